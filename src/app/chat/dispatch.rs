//! From a received message to a stored answer: which group it is about, whether the person may ask it, and where the
//! answer goes.
//!
//! Everything here only reads the store. Between the two steps, [`candidates`] and [`answer`], the caller asks Telegram
//! for the person's standing in the group.

use std::sync::{Arc, Mutex, PoisonError};

use super::recent::Recent;
use super::rights::{self, Asked};
use super::{Asking, Effect, Message, Reply, admins, forgetting, meet, members, old, pairs};
use crate::config::{Config, GroupSettings};
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::chat::access::{Refusal, Route, Standing, route};
use crate::domain::chat::answers::notes::lines;
use crate::domain::chat::command::{CardRequest, Command, OldCommand, SlotRequest};
use crate::domain::chat::hear::Heard;
use crate::domain::chat::limits::Limits;
use crate::domain::chat::press::{Confirmer, Press};
use crate::domain::chat::{
    ANSWER_RETENTION, Answer, Author, ButtonPress, Chat, ChatMessage, HINT_SECONDS, MAX_COMMAND_AGE, POST_COMPLETED,
    language,
};
use crate::domain::live::View;
use crate::domain::post::message;
use crate::domain::time::asked::AskedDate;
use crate::domain::time::period::local_date;
use crate::domain::words::Language;
use crate::domain::{CallId, Instant, PeerId};
use crate::error::Result;
use crate::store::{
    AnswerDraft, AnswerEdit, AnsweredBatch, GroupKey, GroupRow, Hint, OpenedChat, PressSign, Read, Store,
};

/// A group that people ask about.
#[derive(Clone, Debug)]
pub struct ChatGroup {
    pub row: GroupRow,
    pub settings: Arc<GroupSettings>,
    /// When the running tracker first saw the group.
    pub tracked_since: Option<Instant>,
    /// A website receives its boards.
    pub export: bool,
}

/// What an answer depends on in addition to the store.
#[derive(Clone, Debug)]
pub struct Context {
    /// In the order of the settings.
    pub groups: Vec<ChatGroup>,
    pub live: View,
    /// Now, on Telegram's clock.
    pub now: Instant,
    /// The account that answers.
    pub account: PeerId,
    /// The bot's username; `None` if the account that watches answers.
    pub bot: Option<String>,
    /// The organiser: `ADMIN_CHAT_ID`.
    pub owner: Option<PeerId>,
    /// Where the settings and the log are.
    pub config: Arc<Config>,
    pub limits: Arc<Mutex<Limits>>,
}

/// What is done about a received command or press.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// Stored together with the answers of the whole batch.
    pub batch: AnsweredBatch,
    /// Carried out before `batch` is stored.
    pub effect: Option<Effect>,
    /// The answer that is sent instead if the effect can't be carried out.
    pub failure: Option<String>,
    /// The text that the person who pressed a button sees for a moment.
    pub toast: Option<String>,
}

/// The groups that a command or press may be about, as indexes of [`Context::groups`]. If empty, nobody answers.
pub fn candidates(store: &Store, context: &Context, heard: &Heard) -> Result<Vec<usize>> {
    let by_key = |key: i64| context.groups.iter().position(|group| group.row.key == GroupKey(key));
    if let Heard::Press(_, press) = heard {
        return Ok(press.and_then(Press::group).and_then(by_key).into_iter().collect());
    }
    if let Chat::Group { group, .. } = heard.chat() {
        let known = context.groups.iter().position(|known| known.row.peer == group);
        // The organiser can send a command in any chat; it is then about the first group.
        let elsewhere = context.bot.is_none().then_some(0).filter(|_| !context.groups.is_empty());
        return Ok(known.or(elsewhere).into_iter().collect());
    }
    if let Heard::Command(_, Command::Start(Some(payload))) = heard
        && let Some(group) = linked(context, payload)
    {
        return Ok(vec![group]);
    }
    let chosen = match heard.person() {
        Some(person) => store.private_chat(context.account, person)?.flatten(),
        None => None,
    };
    match chosen.and_then(|key| by_key(key.0)) {
        Some(group) => Ok(vec![group]),
        None if context.bot.is_none() => Ok((0..context.groups.len()).take(1).collect()),
        None => Ok((0..context.groups.len()).collect()),
    }
}

/// The group that a link names: `me-3` or `me-study`.
fn linked(context: &Context, payload: &str) -> Option<usize> {
    let name = payload.strip_prefix("me-")?;
    let is_it =
        |group: &ChatGroup| group.settings.label.as_deref() == Some(name) || group.row.key.0.to_string() == name;
    context.groups.iter().position(is_it)
}

/// Whether answering can take seconds, so that other answers must not wait for it.
pub fn is_slow(heard: &Heard) -> bool {
    use OldCommand::{AuditFull, AuditQuick};
    matches!(heard, Heard::Command(_, Command::Audit | Command::Old(AuditFull | AuditQuick)))
}

/// Whether the answer depends on the standing of the person who asks.
pub fn depends_on_standing(context: &Context, heard: &Heard) -> bool {
    match heard {
        Heard::Command(message, command) => {
            // With several groups, it is about the group that the person is in.
            command.depends_on_standing() || (message.chat.is_private() && context.groups.len() > 1)
        }
        Heard::Press(_, press) => press.is_some(),
    }
}

/// What is done and stored. `standings` has the standing of the person who asks in each group of [`candidates`].
pub fn answer(
    store: &Store,
    recent: &mut Recent,
    context: &Context,
    heard: &Heard,
    standings: &[(usize, Standing)],
) -> Result<Answered> {
    let _snapshot = store.read_snapshot()?;
    match heard {
        Heard::Command(message, command) => answer_command(store, recent, context, message, command, standings),
        Heard::Press(press, action) => {
            let mut answered = answer_press(store, recent, context, press, *action, standings)?;
            answered.batch.signs = signs(store, context, press.person)?;
            Ok(answered)
        }
    }
}

/// Who asks, about which group, in which chat.
struct Case<'a> {
    context: &'a Context,
    asking: Asking<'a>,
    chat: Chat,
    /// The id of the message that is answered; `asked_at` is when it was written.
    asked: i32,
    asked_at: Instant,
    answered: Answered,
}

fn answer_command(
    store: &Store,
    recent: &mut Recent,
    context: &Context,
    message: &ChatMessage,
    command: &Command,
    standings: &[(usize, Standing)],
) -> Result<Answered> {
    let mut answered = Answered::default();
    if context.bot.is_none() {
        let (account, chat) = (context.account, message.chat.peer());
        if store.answered(account, chat)?.is_some_and(|last| last >= message.id) {
            return Ok(answered);
        }
        answered.batch.read.push(Read::Chat { account, chat, message_id: message.id });
    }
    let (group, standing, others) = match choose(standings) {
        Choice::Group(group, standing) => (group, standing, Vec::new()),
        Choice::Several(groups) => (groups[0].0, groups[0].1, groups),
        Choice::None => return Ok(answered),
    };
    let group = &context.groups[group];
    let asking = asking(store, context, group, message.author, standing, message.chat, message.language.as_deref());
    let mut case = Case { context, asking, chat: message.chat, asked: message.id, asked_at: message.at, answered };
    if let (Chat::Private(person), Some(_)) = (message.chat, &context.bot) {
        case.open(store, person, others.is_empty().then_some(group.row.key).filter(|_| standing > Standing::Stranger))?;
    }
    if others.len() > 1 && command.depends_on_standing() {
        let names = others.iter().map(|(group, _)| &context.groups[*group].row);
        let names: Vec<(i64, String)> = names.map(|row| (row.key.0, row.title.clone())).collect();
        case.here(members::choose_group(case.asking.language, &names).into(), None);
        return Ok(case.answered);
    }
    let route = route(command, message.author, standing, message.chat, group.settings.chat);
    match (route, message.author.person().filter(|_| message.ephemeral && group.settings.is_chat_ephemeral)) {
        (Route::Ignored, _) => {}
        (Route::Here | Route::Private, Some(person)) => {
            case.asking = asking_in_private(case.asking, message.language.as_deref());
            let reply = compose(&case.asking, recent, context, message, command)?;
            case.ephemeral(person, reply);
        }
        (Route::Refused(refusal), _) => {
            let is_short = !message.chat.is_private();
            case.here(members::refused(&case.asking, refusal).into(), is_short.then_some(HINT_SECONDS));
        }
        (Route::Here, None) => {
            let reply = compose(&case.asking, recent, context, message, command)?;
            case.here(reply, None);
            if *command == Command::Old(OldCommand::PostNow) {
                case.when_posted();
            }
        }
        (Route::Private, None) => {
            case.asking = asking_in_private(case.asking, message.language.as_deref());
            let reply = compose(&case.asking, recent, context, message, command)?;
            case.in_private(store, message.author, reply)?;
        }
    }
    Ok(case.answered)
}

enum Choice {
    None,
    Group(usize, Standing),
    /// The person who asks is in several groups.
    Several(Vec<(usize, Standing)>),
}

/// The group that is meant: the only one that the person who asks is in.
fn choose(standings: &[(usize, Standing)]) -> Choice {
    if let [(group, standing)] = standings {
        return Choice::Group(*group, *standing);
    }
    let own: Vec<_> = standings.iter().copied().filter(|(_, standing)| *standing > Standing::Stranger).collect();
    match (own.as_slice(), standings.first()) {
        ([(group, standing)], _) => Choice::Group(*group, *standing),
        ([], Some((group, standing))) => Choice::Group(*group, *standing),
        ([], None) => Choice::None,
        _ => Choice::Several(own),
    }
}

fn asking<'a>(
    store: &'a Store,
    context: &'a Context,
    group: &'a ChatGroup,
    author: Author,
    standing: Standing,
    chat: Chat,
    code: Option<&str>,
) -> Asking<'a> {
    let asking = Asking {
        store,
        settings: &group.settings,
        group: &group.row,
        now: ReadTime { at: context.now, tracked_since: group.tracked_since },
        author,
        standing,
        language: group.settings.language,
        in_private: false,
        bot: context.bot.as_deref(),
        live: &context.live,
    };
    if chat.is_private() { asking_in_private(asking, code) } else { asking }
}

fn asking_in_private<'a>(asking: Asking<'a>, code: Option<&str>) -> Asking<'a> {
    Asking { in_private: true, language: language(code, asking.settings.language), ..asking }
}

fn has_website(context: &Context, asking: &Asking) -> bool {
    context.groups.iter().any(|group| group.row.key == asking.group.key && group.export)
}

fn compose(
    asking: &Asking,
    recent: &mut Recent,
    context: &Context,
    message: &ChatMessage,
    command: &Command,
) -> Result<Reply> {
    let today = local_date(asking.settings.zone, asking.now.at);
    Ok(match command {
        Command::Me => members::me(asking, recent)?.into(),
        Command::Top(scope) => members::top(asking, recent, *scope, today, 0)?.into(),
        Command::Card(CardRequest::Board(scope)) => members::card(asking, recent, *scope)?.into(),
        Command::Card(CardRequest::Me) => members::card_of_asker(asking, recent)?.into(),
        Command::Why(date) => members::why(asking, recent, *date)?.into(),
        Command::Goal(goal) => members::goal(asking, recent, *goal)?,
        Command::Hide => rights::decide(asking, Asked::Hide)?,
        Command::Show => rights::decide(asking, Asked::Show)?,
        Command::Leave => rights::decide(asking, Asked::Leave)?,
        Command::Return => rights::decide(asking, Asked::Return)?,
        Command::Agree => rights::decide(asking, Asked::Agree)?,
        Command::Forget(confirmed) => forgetting::forget(asking, *confirmed)?,
        Command::Restore => forgetting::restore(asking)?,
        Command::Export => forgetting::export(asking)?,
        Command::In(slot) => meet::come(asking, *slot)?,
        Command::Out(slot) => meet::withdraw(asking, *slot)?,
        Command::Pair(name) => pairs::pair(asking, recent, name.as_deref(), context.account)?,
        Command::Unpair(name) => pairs::unpair(asking, recent, name.as_deref())?,
        Command::Name(name) => rights::decide(asking, Asked::Name(name.as_deref()))?,
        Command::Help => members::help(asking).into(),
        // The person followed the link of the hint in the group: send the answer that they asked for there.
        Command::Start(Some(_)) if asking.standing > Standing::Stranger => members::me(asking, recent)?.into(),
        Command::Start(_) => members::start(asking).into(),
        Command::Privacy => members::privacy(asking, &context.config, has_website(context, asking))?.into(),
        Command::Web => members::web(asking, &context.config)?.into(),
        Command::Post => admins::post_question(asking)?.into(),
        Command::Preview => admins::preview(asking)?.into(),
        Command::Status => admins::status(asking)?.into(),
        Command::Audit => admins::audit(asking)?,
        Command::Settings => admins::settings(asking, asking.settings.chat).into(),
        Command::Pause(pause) => admins::pause_question(asking, *pause).into(),
        Command::Part(part, value) => admins::part(asking, *part, value.as_ref()),
        Command::Who => admins::who(asking).into(),
        Command::Logs(lines) => admins::logs(asking, &context.config, *lines)?.into(),
        Command::Old(command) => {
            // Some checks are about the group that the settings mean.
            let mut config = Config::clone(&context.config);
            config.choose(asking.settings.label.as_deref())?;
            old::old(asking, *command, &config, message.at)?
        }
        Command::Misread(usage) => members::misread(asking, *usage).into(),
        Command::Unknown => members::unknown(asking).into(),
    })
}

fn answer_press(
    store: &Store,
    recent: &mut Recent,
    context: &Context,
    press: &ButtonPress,
    action: Option<Press>,
    standings: &[(usize, Standing)],
) -> Result<Answered> {
    let mut answered = Answered::default();
    let row = match store.answer_at(context.account, press.chat.peer(), press.message_id, press.ephemeral)? {
        None if !press.ephemeral => {
            store.answer_under_way(context.account, press.chat.peer(), &press.data, context.now)?
        }
        row => row,
    };
    // A press that only cancels its question needs no group.
    let at = standings.first().copied().or_else(|| (!context.groups.is_empty()).then_some((0, Standing::Stranger)));
    let Some((group, standing)) = at else { return Ok(answered) };
    let author = Author::Person(press.person);
    let group = &context.groups[group];
    let asking = asking(store, context, group, author, standing, press.chat, press.language.as_deref());
    if let Some(action @ Press::In { date, minute, .. }) = action {
        // This button is below a post, and changes no message.
        match refusal(action, press, standing, group) {
            Some(refusal) => answered.toast = refusal.map(|refusal| members::refused(&asking, refusal).message.text),
            None => {
                let (effect, toast) = meet::press(&asking, date, minute)?;
                (answered.effect, answered.toast) = (effect, Some(toast));
            }
        }
        return Ok(answered);
    }
    // A question can be answered for longer than its message is kept.
    let is_question = matches!(action, Some(Press::AcceptPair { .. } | Press::DeclinePair { .. }));
    let Some(action) = action.filter(|_| row.is_some() || is_question) else {
        answered.toast = Some(members::too_old(asking.language).message.text);
        return Ok(answered);
    };
    if let Some(refusal) = refusal(action, press, standing, group) {
        answered.toast = refusal.map(|refusal| members::refused(&asking, refusal).message.text);
        return Ok(answered);
    }
    if let (Chat::Group { group, .. }, false) = (press.chat, press.ephemeral)
        && !context.admits(group)
    {
        return Ok(answered);
    }
    let at = row.as_ref().and_then(|row| row.sent).unwrap_or(context.now);
    let reply: Reply = match action {
        Press::Top { scope, date, page, .. } => members::top(&asking, recent, scope, date, page)?.into(),
        Press::Why { date, .. } => members::why(&asking, recent, AskedDate::On(date))?.into(),
        Press::Me { .. } => members::me(&asking, recent)?.into(),
        Press::Choose { .. } => {
            let (account, group) = (context.account, Some(group.row.key));
            answered.batch.opened.push(OpenedChat { account, person: press.person, group });
            members::me(&asking, recent)?.into()
        }
        Press::In { .. } => Reply::default(),
        Press::Coming { starts, .. } => meet::answer_reminder(&asking, Instant(starts), true)?,
        Press::NotComing { starts, .. } => meet::answer_reminder(&asking, Instant(starts), false)?,
        Press::StillHere { .. } => {
            let (settings, group) = (asking.settings, asking.group);
            let is_in = call_of(store, &context.live, settings, group, press.person)?.is_some();
            let words = asking.language.chat_words();
            lines([if is_in { words.is_still_here() } else { words.not_here() }]).into()
        }
        Press::AcceptPair { asked, .. } => pairs::press(&asking, recent, Instant(asked), true, context.account)?,
        Press::DeclinePair { asked, .. } => pairs::press(&asking, recent, Instant(asked), false, context.account)?,
        Press::Post { .. } => admins::post(&asking, at),
        Press::Pause { until, .. } => admins::pause(&asking, until),
        Press::Resume { .. } => admins::resume(&asking),
        Press::Settings { .. } => admins::settings(&asking, group.settings.chat).into(),
        Press::Part { part, .. } => admins::part_choices(&asking, part).into(),
        Press::Set { offer, .. } => match offer.value() {
            Some(value) => admins::set_part(&asking, &value),
            None => Reply::default(),
        },
        Press::Cancel { .. } => admins::cancelled(&asking).into(),
    };
    let asked = AskedIn { chat: press.chat.peer(), message_id: press.message_id, at: context.now };
    answered.batch.drafts.extend(to_others(context, &asking, asked, &reply));
    answered.failure = failure(&asking, &reply);
    answered.effect = reply.effect;
    let Some(row) = row else {
        answered.toast = Some(reply.answers.into_iter().map(|answer| answer.message.text).collect());
        return Ok(answered);
    };
    let expires = context.now + MAX_COMMAND_AGE;
    let edit = |answer| AnswerEdit { row: row.id, answer, expires };
    answered.batch.edits.extend(reply.answers.into_iter().next().map(edit));
    Ok(answered)
}

/// A press is a sign of life in each call in which the person is now, with any account (rules §2.25).
fn signs(store: &Store, context: &Context, account: PeerId) -> Result<Vec<PressSign>> {
    let mut signs = Vec::new();
    for group in context.groups.iter().filter(|group| group.settings.silence.records()) {
        let call = call_of(store, &context.live, &group.settings, &group.row, account)?;
        signs.extend(call.map(|call| PressSign { group: group.row.key, call, account, at: context.now }));
    }
    Ok(signs)
}

/// The group's call, if the person is in it now.
fn call_of(
    store: &Store,
    live: &View,
    settings: &GroupSettings,
    group: &GroupRow,
    account: PeerId,
) -> Result<Option<CallId>> {
    let Some(call) = live.groups.iter().find(|one| one.peer == Some(group.peer)).and_then(|one| one.call.as_ref())
    else {
        return Ok(None);
    };
    let aliases = crate::app::meet::aliases(store, settings, group.key)?;
    let person = aliases.person(account);
    let is_in = call.people.iter().any(|one| aliases.person(one.profile.peer) == person);
    Ok(store.open_call(group.key, &aliases.accounts(person))?.filter(|_| is_in))
}

/// Why a press is refused; `None` if it is allowed, `Some(None)` if the person is not told why.
fn refusal(action: Press, press: &ButtonPress, standing: Standing, group: &ChatGroup) -> Option<Option<Refusal>> {
    match action.confirmer() {
        Some(Confirmer::Person(person)) if person != press.person => return Some(Some(Refusal::NotTheAsker)),
        Some(Confirmer::AnyAdmin) if standing < Standing::Admin => return Some(Some(Refusal::NotAnAdmin)),
        _ => {}
    }
    let command = match action {
        Press::Top { scope, .. } => Command::Top(scope),
        Press::Me { .. } | Press::Choose { .. } | Press::Why { .. } | Press::StillHere { .. } => Command::Me,
        Press::In { .. } | Press::Coming { .. } | Press::NotComing { .. } => Command::In(SlotRequest::Any),
        Press::AcceptPair { .. } | Press::DeclinePair { .. } => Command::Pair(None),
        // The person may have stopped being an admin.
        Press::Post { .. } | Press::Pause { .. } | Press::Resume { .. } => Command::Post,
        Press::Settings { .. } => Command::Settings,
        Press::Part { part, .. } => Command::Part(part, None),
        Press::Set { offer, .. } => Command::Part(offer.part, None),
        Press::Cancel { .. } => return None,
    };
    match route(&command, Author::Person(press.person), standing, press.chat, group.settings.chat) {
        Route::Here => None,
        Route::Refused(refusal) => Some(Some(refusal)),
        Route::Private if press.ephemeral || matches!(action, Press::In { .. }) => None,
        // Private numbers are not shown in a group.
        Route::Private | Route::Ignored => Some(None),
    }
}

impl Context {
    /// Whether one more message may go to a group now.
    fn admits(&self, group: PeerId) -> bool {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner).admit_group(group, self.now)
    }
}

/// The message that is answered, and when it was written.
#[derive(Clone, Copy)]
struct AskedIn {
    chat: PeerId,
    message_id: i32,
    at: Instant,
}

fn draft(
    context: &Context,
    language: Language,
    asked: AskedIn,
    receiver: PeerId,
    part: u32,
    answer: Answer,
) -> AnswerDraft {
    AnswerDraft {
        account: context.account,
        asked_in: asked.chat,
        asked: asked.message_id,
        part,
        hint: None,
        ephemeral_in: None,
        reminds_of: None,
        receiver,
        topic: None,
        reply_to: None,
        language,
        answer,
        delete_after: None,
        // Just after the start, the clock may be older than the message.
        expires: Some(context.now.max(asked.at) + MAX_COMMAND_AGE),
        waits_for: None,
    }
}

/// The answer that is sent instead if the settings that a reply changes can't be written.
fn failure(asking: &Asking, reply: &Reply) -> Option<String> {
    let writes = reply.effect.as_ref().is_some_and(Effect::writes_settings);
    writes.then(|| asking.language.part_words().not_stored())
}

/// The messages of a reply to people other than the one who asked. Nobody waits for them, so they can be sent as long
/// as answers are kept.
fn to_others(context: &Context, asking: &Asking, asked: AskedIn, reply: &Reply) -> Vec<AnswerDraft> {
    let first = reply.answers.len() as u32;
    let draft = |(Message { receiver, answer }, part): (&Message, u32)| {
        let draft = draft(context, asking.settings.language, asked, *receiver, part, answer.clone());
        AnswerDraft { expires: Some(context.now + ANSWER_RETENTION), ..draft }
    };
    reply.others.iter().zip(first..).map(draft).collect()
}

impl Case<'_> {
    fn asked(&self) -> AskedIn {
        AskedIn { chat: self.chat.peer(), message_id: self.asked, at: self.asked_at }
    }

    fn draft(&self, receiver: PeerId, part: u32, answer: Answer) -> AnswerDraft {
        draft(self.context, self.asking.language, self.asked(), receiver, part, answer)
    }

    /// Takes over what a reply changes, and its messages to other people.
    fn take(&mut self, reply: &Reply) {
        self.answered.effect.clone_from(&reply.effect);
        self.answered.failure = failure(&self.asking, reply);
        let others = to_others(self.context, &self.asking, self.asked(), reply);
        self.answered.batch.drafts.extend(others);
    }

    /// Sends the answer to the chat of the question.
    fn here(&mut self, reply: Reply, delete_after: Option<i64>) {
        self.take(&reply);
        for (answer, part) in reply.answers.into_iter().zip(0..) {
            let (topic, reply_to) = match self.chat {
                Chat::Private(_) => (None, None),
                Chat::Group { group, .. } if !self.context.admits(group) => return,
                Chat::Group { topic, .. } => (topic, Some(self.asked)),
            };
            let draft = self.draft(self.chat.peer(), part, answer);
            self.answered.batch.drafts.push(AnswerDraft { topic, reply_to, delete_after, ..draft });
        }
    }

    /// Sends the answer to the chat of the question, visible only to `person`.
    fn ephemeral(&mut self, person: PeerId, reply: Reply) {
        self.take(&reply);
        for (answer, part) in reply.answers.into_iter().zip(0..) {
            let (ephemeral_in, reply_to) = (Some(self.chat.peer()), Some(self.asked));
            // Such messages can't have pictures.
            let draft = self.draft(person, part, answer.into_text());
            self.answered.batch.drafts.push(AnswerDraft { ephemeral_in, reply_to, ..draft });
        }
    }

    /// Sends the answer to the private chat, or, if that is not possible, a hint to the group.
    fn in_private(&mut self, store: &Store, author: Author, reply: Reply) -> Result<()> {
        let (Some(person), Chat::Group { group, topic }) = (author.person(), self.chat) else { return Ok(()) };
        self.take(&reply);
        for (answer, part) in reply.answers.into_iter().zip(0..) {
            let draft = self.draft(person, part, answer);
            self.answered.batch.drafts.push(draft);
        }
        let is_open = store.private_chat(self.context.account, person)?.is_some();
        if self.context.bot.is_some() && (is_open || self.context.admits(group)) {
            let hint = members::hint(&self.asking);
            let (reply_to, delete_after) = (Some(self.asked), Some(HINT_SECONDS));
            let draft = self.draft(group, 0, hint);
            let (language, hint) = (self.asking.settings.language, Some(Hint::IfRefused));
            self.answered.batch.drafts.push(AnswerDraft { hint, topic, reply_to, delete_after, language, ..draft });
        }
        Ok(())
    }

    /// Adds an answer that is sent once the post that was asked for is sent or refused.
    fn when_posted(&mut self) {
        let message = message::Message { text: POST_COMPLETED.into(), entities: Vec::new() };
        let draft = self.draft(self.chat.peer(), 1, Answer { message, ..Answer::default() });
        // The post's own id is known once the post is stored.
        self.answered.batch.drafts.push(AnswerDraft { expires: None, waits_for: Some(0), ..draft });
    }

    /// Stores that somebody has written to the bot in private.
    fn open(&mut self, store: &Store, person: PeerId, group: Option<GroupKey>) -> Result<()> {
        let account = self.context.account;
        let known = store.private_chat(account, person)?;
        if known.is_none() || (group.is_some() && known != Some(group)) {
            self.answered.batch.opened.push(OpenedChat { account, person, group });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::admin_world::{ADA, GROUP, World};
    use super::*;
    use crate::domain::chat::{Button, Buttons};
    use crate::domain::parts::{Offer, Part, PartValue};
    use crate::domain::people::{Known, Profile};
    use crate::domain::post::delivery::{Operation, Verdict};
    use crate::domain::roster::Observed;
    use crate::store::{Claimant, Delivery, PairChange, Settlement};

    const CARL: PeerId = PeerId(3);
    const BOT: PeerId = PeerId(99);

    /// The result of a member's press in the private chat with the bot.
    fn press(world: &World, person: PeerId, action: Press) -> Answered {
        press_as(world, Standing::Member, Chat::Private(person), person, action)
    }

    /// The result of a press below message 5.
    fn press_as(world: &World, standing: Standing, chat: Chat, person: PeerId, action: Press) -> Answered {
        let settings = Arc::new(world.config.group().clone());
        let group = ChatGroup { row: world.row(), settings, tracked_since: None, export: false };
        let context = Context {
            groups: vec![group],
            live: world.view.clone(),
            now: world.now,
            account: BOT,
            bot: Some("study_bot".into()),
            owner: None,
            config: Arc::new(world.config.clone()),
            limits: Arc::default(),
        };
        let data = action.write().into_bytes();
        let press = ButtonPress { query: 1, chat, person, message_id: 5, data, language: None, ephemeral: false };
        let heard = Heard::Press(press, Some(action));
        answer(&world.store, &mut Recent::default(), &context, &heard, &[(0, standing)]).unwrap()
    }

    /// An answer of the bot's with this button; an attempt to send it is under way.
    fn under_way(world: &mut World, receiver: PeerId, action: Press) -> Delivery {
        let buttons = Buttons(vec![vec![Button::press("?", action)]]);
        let answer = Answer { buttons, ..lines(["?".to_owned()]) };
        let draft = AnswerDraft {
            account: BOT,
            asked_in: receiver,
            asked: 4,
            part: 0,
            hint: None,
            ephemeral_in: None,
            reminds_of: None,
            receiver,
            topic: None,
            reply_to: None,
            language: Language::En,
            answer,
            delete_after: None,
            expires: Some(world.now + ANSWER_RETENTION),
            waits_for: None,
        };
        let batch = AnsweredBatch { drafts: vec![draft], ..AnsweredBatch::default() };
        world.store.store_answers(&batch, world.now).unwrap();
        let row = world.store.answers_to(receiver).unwrap().pop().unwrap();
        let by = Claimant { account: Some(BOT), route: None, lease: 20, asked: false };
        world.store.claim(row.id, by, world.now).unwrap().1
    }

    /// As [`under_way`], but the answer has been sent, as message 5.
    fn sent(world: &mut World, receiver: PeerId, action: Press) -> Delivery {
        let row = under_way(world, receiver, action);
        let verdict = Verdict::Done { at: world.now, message_id: Some(5), chat: None };
        let settlement = Settlement {
            id: row.id,
            operation: Operation::Send,
            idempotency_key: None,
            content_hash: row.content_hash(),
            route: None,
            made_nothing: false,
            verdict,
        };
        world.store.settle(&settlement).unwrap();
        row
    }

    fn offer(part: Part, written: &str) -> Offer {
        Offer::read(part.name(), written).unwrap()
    }

    #[test]
    fn a_part_is_set_by_the_press_of_the_admin_who_asked_and_of_nobody_else() {
        let mut world = World::new("");
        let group = world.group.0;
        let by = Confirmer::Person(ADA);
        let set = Press::Set { group, offer: offer(Part::Silence, "3h"), by };
        let row = sent(&mut world, ADA, set);
        let private = Chat::Private(ADA);
        let admin = press_as(&world, Standing::Admin, private, ADA, set);
        let value = PartValue::parse(Part::Silence, "3h").unwrap();
        assert_eq!(admin.effect, Some(Effect::Set { group: world.group, value }));
        let [AnswerEdit { row: edited, answer, .. }] = &admin.batch.edits[..] else { panic!("{admin:?}") };
        assert_eq!(*edited, row.id);
        assert!(answer.message.text.starts_with("✅ Silence: 3 h"), "{answer:?}");
        assert!(admin.failure.is_some() && admin.toast.is_none() && admin.batch.drafts.is_empty(), "{admin:?}");
        assert_eq!(press_as(&world, Standing::Admin, private, ADA, set), admin, "a press that arrives twice");
        for action in [set, Press::Part { group, part: Part::Silence, by }, Press::Settings { group, by }] {
            // The same person, who is no admin any more, and another admin.
            for (standing, person, toast) in [
                (Standing::Member, ADA, "This is for admins of the group."),
                (Standing::Stranger, ADA, "This is for admins of the group."),
                (Standing::Admin, CARL, "Only who asked for it can press this."),
            ] {
                let refused = press_as(&world, standing, private, person, action);
                assert_eq!(refused.toast.as_deref(), Some(toast), "{action:?} {standing:?}");
                assert_eq!((refused.effect, refused.batch.edits), (None, vec![]), "{action:?} {standing:?}");
            }
        }
        let shown =
            |action| press_as(&world, Standing::Admin, private, ADA, action).batch.edits.remove(0).answer.message.text;
        assert!(shown(Press::Part { group, part: Part::Pairs, by }).starts_with("Pairs: off\n"));
        assert!(shown(Press::Settings { group, by }).starts_with("\u{2068}Study Hall\u{2069}\n"));
    }

    #[test]
    fn the_settings_are_shown_in_no_group_and_an_anonymous_admins_buttons_are_for_admins() {
        let mut world = World::new("");
        let (group, by) = (world.group.0, Confirmer::AnyAdmin);
        let here = Chat::Group { group: GROUP, topic: None };
        let set = Press::Set { group, offer: offer(Part::Pairs, "on"), by };
        sent(&mut world, GROUP, set);
        let press = |standing, action| press_as(&world, standing, here, CARL, action);
        assert!(press(Standing::Admin, set).effect.is_some());
        assert!(press(Standing::Member, set).effect.is_none());
        let settings = press(Standing::Admin, Press::Settings { group, by });
        assert_eq!((settings.batch.edits, settings.effect), (vec![], None));
    }

    #[test]
    fn a_button_of_a_forgotten_message_sets_nothing() {
        let mut world = World::new("");
        let (group, by) = (world.group.0, Confirmer::Person(ADA));
        let set = Press::Set { group, offer: offer(Part::Rhythm, "off"), by };
        let press = |world: &World| press_as(world, Standing::Admin, Chat::Private(ADA), ADA, set);
        let old = press(&world);
        assert_eq!(old.toast.as_deref(), Some("This button is too old. Send the command again."));
        assert_eq!((old.effect, old.batch.edits), (None, vec![]));
        // A message with another button is under way in this chat.
        under_way(&mut world, ADA, Press::Part { group, part: Part::Rhythm, by });
        assert_eq!(press(&world).effect, None);
    }

    #[test]
    fn the_answer_to_a_question_that_is_under_way_edits_it() {
        let mut world = World::new("SWF_PAIRS=on");
        let (group, asked) = (world.group, world.now);
        let bob = super::super::admin_world::BOB;
        let accept = Press::AcceptPair { group: group.0, asked: asked.0 };
        let ask = PairChange::Ask { asker: ADA, other: bob, at: asked };
        world.store.change_pair(group, &ask, asked).unwrap();
        let people = [ADA, bob].map(|peer| Known { profile: Profile::unknown(peer), access_hash: None }).into();
        world.store.record(group, &Observed { people, ..Observed::new(asked) }, &[]).unwrap();
        let row = under_way(&mut world, bob, accept);
        let answered = press(&world, bob, accept);
        let edits: Vec<i64> = answered.batch.edits.iter().map(|edit| edit.row).collect();
        assert_eq!((edits, answered.toast.is_none()), (vec![row.id], true), "{answered:?}");
        assert!(matches!(answered.effect, Some(Effect::Pair { .. })), "{answered:?}");
    }

    #[test]
    fn a_press_of_somebody_in_the_call_is_a_sign_of_life() {
        let mut world = World::new("SWF_SILENCE=record");
        let group = world.group.0;
        let call = CallId(2);
        let sign = PressSign { group: world.group, call, account: ADA, at: world.now };
        for action in [Press::StillHere { group }, Press::Me { group }, Press::Cancel { by: Confirmer::AnyAdmin }] {
            assert_eq!(press(&world, ADA, action).batch.signs, [sign], "{action:?}");
            assert_eq!(press(&world, CARL, action).batch.signs, [], "{action:?}");
        }
        // Another account of hers is in the call.
        world.store.add_alias(world.group, "1", "3").unwrap();
        assert_eq!(press(&world, CARL, Press::Me { group }).batch.signs, [PressSign { account: CARL, ..sign }]);
        // She has just left; that is not in the store yet.
        world.view.groups[0].call.as_mut().unwrap().people.clear();
        assert_eq!(press(&world, ADA, Press::Me { group }).batch.signs, []);
        let world = World::new("");
        assert_eq!(press(&world, ADA, Press::Me { group }).batch.signs, [], "none are stored");
    }
}
