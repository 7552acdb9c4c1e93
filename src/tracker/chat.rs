//! The chat: what arrives on either connection, how answers are prepared outside the loop, and what is stored about
//! them.
//!
//! ```text
//! listener, own updates ──Batch──► engine ──PrepareAnswers──► prepare: who asks (Telegram), what is answered (store)
//!                                                                └──Prepared──► engine ──Write::Answers──► store
//! ```

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{AbortHandle, JoinSet};

use super::engine::{Answering, Delivery, Failure, Input, Lane};
use super::groups;
use super::read_thread::ReadThread;
use super::run_loop::{Epoch, Event, RunLoop, report};
use crate::app::chat::dispatch::{self, Answered, ChatGroup, Context};
use crate::app::chat::{Effect, Said, menu};
use crate::app::sender::{self, Finished, Job, Routes};
use crate::app::{bot, forgetting, parts, pause, posts, rights};
use crate::config::Config;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::chat::access::{ChatMode, Standing};
use crate::domain::chat::answers::notes::lines;
use crate::domain::chat::command::PauseRequest;
use crate::domain::chat::hear::{Heard, Listener as Hears, hear};
use crate::domain::chat::limits::Limits;
use crate::domain::chat::{Author, Incoming, ReadState};
use crate::domain::credentials::BotLogin;
use crate::domain::people::Known;
use crate::domain::rights::Decision;
use crate::domain::time::period::local_date;
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;
use crate::platform::state_file;
use crate::store::{AnsweredBatch, GroupRow, Owner, Read, Store};
use crate::telegram::chat::listener::{Batch, Listener};
use crate::telegram::chat::own;
use crate::telegram::chat::requests::{Membership, answer_press, set_menu, standing};
use crate::telegram::connection::Caller;
use crate::telegram::group::{GroupError, self_user};
use crate::telegram::{CallError, Connection, Group};

/// How long Telegram's answer about a person's standing in a group is used, in seconds.
const STANDING_SECONDS: i64 = 60;
/// A span that contains all slots.
const EVER: Span = Span { from: Instant(0), to: Instant(i64::MAX) };
/// How many standings are remembered.
const MAX_STANDINGS: usize = 10_000;
/// How many messages and presses are handled at the same time.
const MAX_SIDE_BY_SIDE: usize = 16;
/// How many answers are sent at the same time.
const MAX_SENDING: usize = 4;

/// The run loop's state for the chat.
pub(super) struct ChatLoop {
    /// The number of the bot's connection.
    epoch: Epoch,
    bot: Option<OpenBot>,
    limits: Arc<Mutex<Limits>>,
    standings: Arc<Standings>,
    reader: Arc<ReadThread>,
    /// For reads that take seconds.
    slow_reader: Arc<ReadThread>,
    /// Batches that wait to be prepared, and prepared answers that wait to be stored.
    heard: BTreeMap<u64, ReceivedBatch>,
    prepared: BTreeMap<u64, Arc<Prepared>>,
    /// The organiser's messages to the account that arrive while the last messages of their chat are being read. Those
    /// are handled first; otherwise they would count as answered.
    meanwhile: Option<Meanwhile>,
    /// The last logged reason why the bot could not connect.
    problem: Option<String>,
}

/// The organiser's messages, and the access hashes that the account needs to answer them.
#[derive(Default)]
struct Meanwhile {
    incoming: Vec<Incoming>,
    hashes: Vec<(PeerId, i64)>,
}

struct OpenBot {
    caller: Caller,
    id: PeerId,
    username: Option<String>,
    listener: AbortHandle,
}

impl Drop for OpenBot {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// Messages and presses that one account received together.
struct ReceivedBatch {
    by: By,
    incoming: Vec<Incoming>,
    state: Option<ReadState>,
    hashes: Vec<(PeerId, i64)>,
}

/// Which account received a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Bot,
    Watcher,
}

/// What is to be done and stored for some batches.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) batch: AnsweredBatch,
    effects: Vec<PreparedEffect>,
    groups: Vec<ChatGroup>,
    now: Instant,
    /// Texts for people who pressed a button, sent once the effect is stored: Telegram's number of the press, and the
    /// text.
    toasts: Vec<(i64, String)>,
}

/// What a command or press changes, with its answers by their index in the batch.
#[derive(Debug)]
struct PreparedEffect {
    effect: Effect,
    /// Indexes of answers that wait for the outcome of the effect.
    waiting: Vec<usize>,
    drafts: Range<usize>,
    edits: Range<usize>,
    /// The text of the answers if the effect can't be carried out.
    failure: Option<String>,
}

/// A bot that has signed in.
pub(super) struct Connected {
    connection: Connection,
    me: Known,
    state: Option<ReadState>,
}

impl ChatLoop {
    pub(super) fn new(config: &Config) -> ChatLoop {
        ChatLoop {
            epoch: 0,
            bot: None,
            limits: Arc::default(),
            standings: Arc::default(),
            reader: Arc::new(ReadThread::new(config.home().store())),
            slow_reader: Arc::new(ReadThread::new(config.home().store())),
            heard: BTreeMap::new(),
            prepared: BTreeMap::new(),
            meanwhile: None,
            problem: None,
        }
    }

    /// The bot for the state file, if a bot should answer.
    pub(super) fn describe(&self, answers: bool) -> Option<state_file::Chat> {
        let bot = self.bot.as_ref().and_then(|bot| bot.username.clone());
        answers.then(|| state_file::Chat { bot, problem: self.problem.clone() })
    }

    /// A thread for reads that take long.
    pub(super) fn slow_reader(&self) -> &Arc<ReadThread> {
        &self.slow_reader
    }

    /// The bot's connection, while it is open.
    pub(super) fn bot_caller(&self) -> Option<Caller> {
        self.bot.as_ref().map(|bot| bot.caller.clone())
    }

    /// Returns what is kept under a ticket, for the store. Earlier tickets are stored already.
    pub(super) fn prepared(&mut self, ticket: u64) -> Option<Arc<Prepared>> {
        self.prepared.retain(|earlier, _| *earlier >= ticket);
        self.prepared.get(&ticket).cloned()
    }
}

impl RunLoop {
    /// Tells the engine which account answers, according to the settings.
    pub(super) fn read_answering(&mut self) {
        let is_on = self.options.chat && self.active().any(|group| self.groups[group.0].settings.chat != ChatMode::Off);
        let owner = self.config.settings.owner.is_some();
        self.give(Input::Answering(Answering { bot: is_on && self.bot.is_some(), owner: is_on && owner }));
    }

    // The bot's connection.

    pub(super) fn open_chat(&mut self) {
        self.close_chat();
        let Some(login) = self.bot.clone() else { return };
        let (epoch, reader) = (self.chat.epoch, Arc::clone(&self.chat.reader));
        self.jobs.spawn(async move {
            let login = BotLogin { target: None, ..login };
            let connected = connect(&login, &reader).await.map(Box::new);
            Event::ChatOpened(epoch, connected)
        });
    }

    pub(super) fn close_chat(&mut self) {
        self.chat.epoch += 1;
        self.chat.bot = None;
    }

    pub(super) fn chat_opened(&mut self, epoch: Epoch, connected: std::result::Result<Box<Connected>, GroupError>) {
        if epoch != self.chat.epoch {
            return;
        }
        let opened = match connected {
            Ok(connected) => {
                let Connected { connection, me, state } = *connected;
                let (caller, id) = (connection.caller.clone(), me.profile.peer);
                let listener = Listener::new(state, id);
                let events = self.events.clone();
                let listener = self.jobs.spawn(async move {
                    // A panic in the listener counts as a failure of the connection.
                    let mut task = JoinSet::new();
                    task.spawn(listen(connection, listener, epoch, events));
                    let error = match task.join_next().await {
                        Some(Ok(error)) => error,
                        _ => CallError::Lost("reading updates crashed; see the log".into()),
                    };
                    Event::ChatLost(epoch, error)
                });
                let username = me.profile.as_group().1;
                if self.chat.problem.take().is_some() {
                    tracing::info!("the bot is connected again");
                }
                self.chat.bot = Some(OpenBot { caller, id, username, listener });
                Ok(())
            }
            Err(error) => Err(self.chat_failure(&error)),
        };
        self.give(Input::ChatOpened(opened));
    }

    pub(super) fn chat_lost(&mut self, epoch: Epoch, error: CallError) {
        if epoch == self.chat.epoch {
            let failure = self.chat_failure(&GroupError::Call(error));
            self.give(Input::ChatLost(failure));
        }
    }

    /// Turns an error on the bot's connection into a failure, and logs it when it changes. No such error ends the
    /// tracker.
    fn chat_failure(&mut self, error: &GroupError) -> Failure {
        let why = error.to_string();
        let failure = match error {
            GroupError::Unfit(_) | GroupError::Call(CallError::SignedOut(_)) => {
                Failure::Refused { why: why.clone(), moved: false }
            }
            GroupError::Call(CallError::Refused { .. }) => Failure::Refused { why: why.clone(), moved: false },
            GroupError::Call(CallError::Flood { seconds }) => Failure::Flood { seconds: *seconds },
            GroupError::Call(_) => Failure::Lost { why: why.clone(), silent: false },
        };
        if self.chat.problem.as_ref() != Some(&why) {
            match &failure {
                Failure::Refused { .. } => tracing::error!("the bot does not answer in the chat: {why}"),
                _ => tracing::warn!("the bot is not connected: {why}"),
            }
            self.chat.problem = Some(why);
        }
        failure
    }

    pub(super) fn check_chat(&mut self) {
        let Some(caller) = self.chat.bot.as_ref().map(|bot| bot.caller.clone()) else { return };
        let epoch = self.chat.epoch;
        self.jobs.spawn(async move { Event::ChatChecked(epoch, caller.date().await.map(drop)) });
    }

    pub(super) fn chat_checked(&mut self, epoch: Epoch, checked: std::result::Result<(), CallError>) {
        if epoch == self.chat.epoch {
            let checked = checked.map_err(|error| self.chat_failure(&GroupError::Call(error)));
            self.give(Input::ChatChecked(checked));
        }
    }

    pub(super) fn set_menu(&mut self) {
        let Some(caller) = self.chat.bot.as_ref().map(|bot| bot.caller.clone()) else { return };
        let menus = menu::wanted(&self.config.settings);
        self.jobs.spawn(async move {
            let set = set_menu(&caller, &menus).await;
            match &set {
                Ok(0) => {}
                Ok(count) => tracing::info!("the bot's menu is set ({count} of {})", menus.len()),
                Err(error) => tracing::warn!("the bot's menu is not set: {error}"),
            }
            let set = set.map(drop).map_err(|error| match error {
                CallError::Flood { seconds } => seconds,
                _ => 0,
            });
            Event::Input(Input::MenuSet(set))
        });
    }

    // Incoming messages.

    pub(super) fn chat_received(&mut self, epoch: Epoch, batch: Batch) {
        if epoch == self.chat.epoch {
            let Batch { incoming, state, hashes, .. } = batch;
            self.keep_heard(ReceivedBatch { by: By::Bot, incoming, state: Some(state), hashes });
        }
    }

    /// Takes the organiser's messages to the watching account.
    pub(super) fn watcher_heard(&mut self, incoming: Vec<Incoming>, hashes: Vec<(PeerId, i64)>) {
        if let Some(meanwhile) = &mut self.chat.meanwhile {
            meanwhile.incoming.extend(incoming);
            meanwhile.hashes.extend(hashes);
        } else if !incoming.is_empty() {
            self.keep_heard(ReceivedBatch { by: By::Watcher, incoming, state: None, hashes });
        }
    }

    fn keep_heard(&mut self, batch: ReceivedBatch) {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.chat.heard.insert(ticket, batch);
        self.give(Input::ChatReceived { ticket });
    }

    /// The organiser and the watching account, if the organiser can send it commands.
    pub(super) fn owner_of_watcher(&self) -> Option<(PeerId, PeerId)> {
        let me = self.me.as_ref()?.profile.peer;
        self.options.chat.then_some(())?;
        Some((self.config.settings.owner?, me))
    }

    /// From now on, the organiser's messages to the account wait until the chat is read: an answer to one command marks
    /// all earlier commands of that chat as answered.
    pub(super) fn hold_commands(&mut self) {
        if self.engine.answers_owner() {
            self.chat.meanwhile.get_or_insert_default();
        }
    }

    /// Reads what the organiser wrote while the account was offline.
    pub(super) fn read_owner_chat(&mut self) {
        let (Some((owner, me)), Some(caller)) = (self.owner_of_watcher(), self.caller()) else { return };
        let (epoch, reader) = (self.epoch, Arc::clone(&self.chat.reader));
        self.hold_commands();
        self.requests.spawn(async move {
            let hash = reader.read(move |store, _| store.access_hash(me, owner)).await.ok().flatten();
            if hash.is_none() && owner != me {
                // The account and the organiser have not met yet.
                return Event::OwnerRead(epoch, Ok(Vec::new()));
            }
            Event::OwnerRead(epoch, own::recent(&caller, owner, me, hash.unwrap_or(0)).await)
        });
    }

    pub(super) fn owner_read(&mut self, epoch: Epoch, read: std::result::Result<Vec<Incoming>, CallError>) {
        if epoch != self.epoch {
            return;
        }
        let meanwhile = self.chat.meanwhile.take().unwrap_or_default();
        match read {
            Ok(incoming) => self.watcher_heard(incoming, Vec::new()),
            Err(error) => tracing::warn!("the organiser's messages could not be read: {error}"),
        }
        self.watcher_heard(meanwhile.incoming, meanwhile.hashes);
    }

    // Preparing answers.

    pub(super) fn prepare_answers(&mut self, tickets: &[u64]) {
        let Some(last) = tickets.iter().max() else { return };
        let rest = self.chat.heard.split_off(&(last + 1));
        let heard = std::mem::replace(&mut self.chat.heard, rest);
        let (now, _) = self.engine.clock();
        let bot = self.chat.bot.as_ref().map(|bot| (bot.caller.clone(), bot.id, bot.username.clone()));
        let me = self.me.as_ref().map(|me| me.profile.peer);
        let context = Context {
            groups: self.chat_groups(),
            live: self.view(),
            now,
            account: PeerId(0),
            bot: None,
            owner: self.config.settings.owner,
            config: Arc::clone(&self.config),
            limits: Arc::clone(&self.chat.limits),
        };
        let of_watcher = me.map(|account| Arc::new(Context { account, ..context.clone() }));
        let of_bot = bot.as_ref().map(|(_, account, username)| {
            // A bot always has a username; without one, no command can be addressed to it.
            let bot = Some(username.clone().unwrap_or_default());
            Arc::new(Context { account: *account, bot, ..context.clone() })
        });
        let mut prepared = Prepared {
            batch: AnsweredBatch::default(),
            effects: Vec::new(),
            groups: context.groups,
            now,
            toasts: Vec::new(),
        };
        let mut asked = Vec::new();
        for batch in heard.into_values() {
            let context = match batch.by {
                By::Bot => &of_bot,
                By::Watcher => &of_watcher,
            };
            let Some(context) = context else { continue };
            let name = context.bot.as_deref();
            let hears = if batch.by == By::Bot { Hears::Bot(name) } else { Hears::Watcher };
            let mut limits = self.chat.limits.lock().unwrap_or_else(PoisonError::into_inner);
            let heard = batch.incoming.iter().filter_map(|incoming| hear(incoming, hears, &mut limits, now));
            asked.extend(heard.map(|heard| (Arc::clone(context), heard)));
            prepared.batch.hashes.extend(batch.hashes.iter().map(|(peer, hash)| (context.account, *peer, *hash)));
            // A bot that has just begun to read updates has no position in them yet.
            if let Some(state) = batch.state.filter(|state| state.pts > 0) {
                prepared.batch.read.retain(|read| !matches!(read, Read::State(..)));
                prepared.batch.read.push(Read::State(context.account, state));
            }
        }
        let asker = Asker {
            caller: bot.map(|(caller, ..)| caller),
            reader: Arc::clone(&self.chat.reader),
            slow_reader: Arc::clone(&self.chat.slow_reader),
            standings: Arc::clone(&self.chat.standings),
        };
        self.jobs.spawn(async move { Event::ChatPrepared(prepare(asker, asked, prepared).await) });
    }

    pub(super) fn chat_prepared(&mut self, prepared: Prepared) {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let AnsweredBatch { drafts, edits, read, opened, signs, .. } = &prepared.batch;
        let has_read = read.iter().any(|read| matches!(read, Read::Chat { .. }));
        let posts = prepared.effects.iter().any(|one| matches!(one.effect, Effect::Post { .. }));
        let is_empty = drafts.is_empty()
            && edits.is_empty()
            && opened.is_empty()
            && signs.is_empty()
            && prepared.effects.is_empty();
        self.chat.prepared.insert(ticket, Arc::new(prepared));
        self.give(Input::AnswersPrepared { ticket, answers: !is_empty || has_read, posts });
    }

    /// The groups about which people can ask, in the order of the settings.
    fn chat_groups(&self) -> Vec<ChatGroup> {
        let group = |id: super::engine::GroupId| {
            let watched = &self.groups[id.0];
            let (row, settings) = (watched.row()?.clone(), Arc::clone(&watched.settings));
            Some(ChatGroup { row, settings, tracked_since: self.first_seen(id), export: watched.website.is_some() })
        };
        groups::in_order(&self.groups).into_iter().filter_map(group).collect()
    }

    // Sending answers.

    pub(super) fn deliver_answers(&self) {
        let (events, (now, _)) = (self.events.clone(), self.engine.clock());
        let watcher = self.caller().zip(self.me.as_ref().map(|me| me.profile.peer));
        let bot = self.chat.bot.as_ref().map(|bot| (bot.caller.clone(), bot.id));
        let answering: Vec<_> = bot.into_iter().chain(watcher).map(|(caller, account)| (account, caller)).collect();
        self.store.run(move |store| {
            let delivery = match claim(store, &answering, now) {
                Ok(Claim::Jobs(jobs)) => return drop(events.send(Event::AnswersClaimed(jobs))),
                Ok(Claim::Nothing(next)) => Ok(Delivery::Nothing { next }),
                Err(error) => Err(report(&events, error)),
            };
            let _ = events.send(Event::Input(Input::Delivered { lane: Lane::Answers, delivery }));
        });
    }

    pub(super) fn send_answers(&mut self, jobs: Vec<Job>) {
        self.jobs.spawn(async move {
            let mut sending = JoinSet::new();
            for job in jobs {
                sending.spawn(async move {
                    let finished = job.run().await;
                    (job, finished)
                });
            }
            let mut attempted = Vec::new();
            while let Some(sent) = sending.join_next().await {
                // If one attempt panicked, that is in the log; its row is tried again after its lease.
                attempted.extend(sent.ok());
            }
            Event::AnswersAttempted(attempted)
        });
    }

    pub(super) fn answers_attempted(&mut self, attempted: Vec<(Job, Finished)>) {
        let (now, _) = self.engine.clock();
        let settlements = attempted.into_iter().map(|(job, finished)| {
            let settlement = job.settlement(finished.outcome, now);
            job.log(&settlement.verdict, now);
            settlement
        });
        let settlements = settlements.collect();
        let ticket = self.keep_settlements(settlements);
        let (group, failure) = (super::engine::GroupId::default(), None);
        let delivery = Ok(Delivery::Attempted { ticket, group, sent: false, failure, moved: false });
        self.give(Input::Delivered { lane: Lane::Answers, delivery });
    }
}

async fn connect(login: &BotLogin, reader: &ReadThread) -> std::result::Result<Connected, GroupError> {
    let id = login.id;
    let state = reader.read(move |store, _| store.read_state(id)).await.map_err(GroupError::Unfit)?;
    let connection = bot::connect(login).await?;
    let me = self_user(&connection.caller).await?;
    Ok(Connected { connection, me, state })
}

async fn listen(
    mut connection: Connection,
    mut listener: Listener,
    epoch: Epoch,
    events: UnboundedSender<Event>,
) -> CallError {
    loop {
        match listener.next(&mut connection).await {
            // The loop may have ended, so a failed send is ignored.
            Ok(batch) => drop(events.send(Event::ChatReceived(epoch, batch))),
            Err(error) => return error,
        }
    }
}

enum Claim {
    Jobs(Vec<Job>),
    /// Nothing can be sent before this instant.
    Nothing(Option<Instant>),
}

fn claim(store: &mut Store, answering: &[(PeerId, Caller)], now: Instant) -> Result<Claim> {
    let mut next = None;
    for (account, _) in answering {
        let routes = Routes { answering: answering.to_vec(), ..Routes::none(Owner::Account(*account), PeerId(0)) };
        let jobs = sender::next_answers(store, &routes, MAX_SENDING, now)?;
        if !jobs.is_empty() {
            return Ok(Claim::Jobs(jobs));
        }
        next = next.into_iter().chain(sender::next_try(store, &routes, Lane::Answers, now)?).min();
    }
    Ok(Claim::Nothing(next))
}

/// Answers a press. If this fails, the person presses again, or does not need the answer any more.
async fn tell_press(caller: &Caller, query: i64, toast: Option<&str>) {
    if let Err(error) = answer_press(caller, query, toast, false).await {
        tracing::debug!("the press of a button could not be answered: {error}");
    }
}

/// Finds out who asks, and composes the answer.
#[derive(Clone)]
struct Asker {
    caller: Option<Caller>,
    reader: Arc<ReadThread>,
    slow_reader: Arc<ReadThread>,
    standings: Arc<Standings>,
}

async fn prepare(asker: Asker, asked: Vec<(Arc<Context>, Heard)>, mut prepared: Prepared) -> Prepared {
    let (mut tasks, places) = (JoinSet::new(), Arc::new(Semaphore::new(MAX_SIDE_BY_SIDE)));
    for (number, (context, heard)) in asked.into_iter().enumerate() {
        let (asker, places) = (asker.clone(), Arc::clone(&places));
        tasks.spawn(async move {
            let _place = places.acquire_owned().await;
            let mut answered = asker.answer(&context, &heard).await;
            let toast = match (&heard, &mut answered) {
                (Heard::Press(press, _), Ok(answered)) => answered.toast.take().map(|toast| (press.query, toast)),
                _ => None,
            };
            (number, answered, toast)
        });
    }
    let mut all = BTreeMap::new();
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok((number, Ok(answered), toast)) => drop(all.insert(number, (answered, toast))),
            Ok((_, Err(error), _)) => tracing::warn!("a message in the chat could not be answered: {error}"),
            // The panic is in the log.
            Err(_) => {}
        }
    }
    for (answered, toast) in all.into_values() {
        prepared.add(answered);
        prepared.toasts.extend(toast);
    }
    prepared
}

impl Asker {
    async fn answer(&self, context: &Arc<Context>, heard: &Heard) -> Result<Answered> {
        let (of_context, of_heard) = (Arc::clone(context), heard.clone());
        let groups = self.reader.read(move |store, _| dispatch::candidates(store, &of_context, &of_heard)).await?;
        let mut standings = Vec::with_capacity(groups.len());
        for group in groups {
            let standing = if dispatch::depends_on_standing(context, heard) {
                self.standing(context, group, heard).await
            } else {
                Standing::Stranger
            };
            standings.push((group, standing));
        }
        let (of_context, of_heard) = (Arc::clone(context), heard.clone());
        let reader = if dispatch::is_slow(heard) { &self.slow_reader } else { &self.reader };
        let answered =
            reader.read(move |store, recent| dispatch::answer(store, recent, &of_context, &of_heard, &standings)).await;
        let mut answered = answered;
        // A text that confirms a change waits until the change is stored.
        let waits = answered.as_ref().is_ok_and(|answered| answered.effect.is_some() && answered.toast.is_some());
        if let (Heard::Press(press, _), Some(caller), false) = (heard, &self.caller, waits) {
            let toast = answered.as_mut().ok().and_then(|answered| answered.toast.take());
            tell_press(caller, press.query, toast.as_deref()).await;
        }
        answered
    }

    /// The standing in a group of the person who asks.
    async fn standing(&self, context: &Context, group: usize, heard: &Heard) -> Standing {
        let group = &context.groups[group].row;
        let person = match heard {
            Heard::Press(press, _) => press.person,
            Heard::Command(message, _) => match message.author {
                Author::AnonymousAdmin => return Standing::Admin,
                Author::Channel(_) => return Standing::Stranger,
                Author::Person(person) => person,
            },
        };
        if context.owner == Some(person) {
            return Standing::Owner;
        }
        let Some(caller) = &self.caller else { return Standing::Stranger };
        if let Some(standing) = self.standings.get(group.peer, person, context.now) {
            return standing;
        }
        if self.standings.is_held(context.now) {
            return self.known_standing(group, person).await;
        }
        match standing(caller, &Group::by_id(group.peer), person, 0).await {
            Ok(membership) => {
                let standing = match membership {
                    Membership::Creator | Membership::Admin => Standing::Admin,
                    Membership::Member => Standing::Member,
                    Membership::NotIn => Standing::Stranger,
                };
                self.standings.put(group.peer, person, standing, context.now);
                standing
            }
            Err(error) => {
                if let CallError::Flood { seconds } = error {
                    self.standings.hold(context.now + i64::from(seconds));
                }
                tracing::debug!("the role of {person} in {} could not be checked: {error}", group.peer);
                self.known_standing(group, person).await
            }
        }
    }

    /// A person's standing according to the store alone.
    async fn known_standing(&self, group: &GroupRow, person: PeerId) -> Standing {
        let key = group.key;
        let known = self.reader.read(move |store, _| store.is_known(key, person)).await;
        if known.unwrap_or(false) { Standing::Member } else { Standing::Stranger }
    }
}

impl Prepared {
    fn add(&mut self, answered: Answered) {
        let Answered { batch, effect, failure, .. } = answered;
        let AnsweredBatch { drafts, edits, read, opened, hashes, signs } = batch;
        if let Some(effect) = effect {
            let first = self.batch.drafts.len();
            let waiting = drafts.iter().zip(first..).filter(|(draft, _)| draft.waits_for.is_some());
            self.effects.push(PreparedEffect {
                effect,
                waiting: waiting.map(|(_, place)| place).collect(),
                drafts: first..first + drafts.len(),
                edits: self.batch.edits.len()..self.batch.edits.len() + edits.len(),
                failure,
            });
        }
        self.batch.drafts.extend(drafts);
        self.batch.edits.extend(edits);
        self.batch.read.extend(read);
        self.batch.opened.extend(opened);
        self.batch.hashes.extend(hashes);
        self.batch.signs.extend(signs);
    }

    /// Whether a person decided about what is stored of them and shown.
    pub(super) fn decides(&self) -> bool {
        self.effects.iter().any(|one| matches!(one.effect, Effect::Decide { .. } | Effect::TakeBack { .. }))
    }

    /// Answers presses whose effect is stored now.
    pub(super) fn tell_presses(&self, runtime: &tokio::runtime::Handle, bot: Option<&Caller>) {
        let Some(bot) = bot.filter(|_| !self.toasts.is_empty()).cloned() else { return };
        let toasts = self.toasts.clone();
        runtime.spawn(async move {
            for (query, toast) in toasts {
                tell_press(&bot, query, Some(&toast)).await;
            }
        });
    }

    /// Carries out the effects of commands, and stores the answers. All of it may be repeated after a failure.
    pub(super) fn commit(&self, store: &mut Store, config: &Config) -> Result<()> {
        let mut batch = self.batch.clone();
        for prepared in &self.effects {
            match self.carry_out(store, config, &prepared.effect) {
                Ok(post) => prepared.waiting.iter().for_each(|place| batch.drafts[*place].waits_for = post),
                Err(error) if error.may_pass() && prepared.failure.is_none() => return Err(error),
                // The failure must not hold up other answers, nor facts that were seen.
                Err(error) => {
                    tracing::error!("a command in the chat could not be carried out: {error}");
                    prepared.say_failure(&mut batch);
                }
            }
        }
        store.store_answers(&batch, self.now)
    }

    /// Returns the `random_id` of the requested post, if there is one.
    fn carry_out(&self, store: &mut Store, config: &Config, effect: &Effect) -> Result<Option<i64>> {
        let group = |key| self.groups.iter().find(|group| group.row.key == key);
        match effect {
            Effect::Choose { group, person, others, choices } => {
                store.choose(*group, *person, others, *choices)?;
            }
            Effect::Decide { group: key, account, decision, at } => {
                if let Some(ChatGroup { row, settings, tracked_since, export }) = group(*key) {
                    let now = ReadTime { at: self.now, tracked_since: *tracked_since };
                    if matches!(decision, Decision::Agree { .. } | Decision::Return) {
                        forgetting::take_back(store, config, *account, self.now)?;
                    }
                    let place = rights::Place { settings, group: row, export: *export, now };
                    rights::decide(store, place, *account, decision, *at)?;
                }
            }
            Effect::Appoint { group, account, accounts, starts, by, at } => {
                store.appoint(*group, *account, *starts, *at)?;
                if *by == Said::ByCommand {
                    store.answer_reminders(*group, accounts, EVER, *at)?;
                }
            }
            Effect::Withdraw { group, accounts, span, at } => {
                store.withdraw(*group, accounts, *span)?;
                store.answer_reminders(*group, accounts, EVER, *at)?;
            }
            Effect::AnswerReminder { group, accounts, span, at } => {
                store.answer_reminders(*group, accounts, *span, *at)?;
            }
            Effect::Pair { group, change } => store.change_pair(*group, change, self.now)?,
            Effect::Forget { account, due } => {
                store.announce_forgetting(&forgetting::leaving(store, config, *account)?, *due)?;
            }
            Effect::TakeBack { account } => forgetting::take_back(store, config, *account, self.now)?,
            Effect::Post { group: key, at } => {
                let Some(ChatGroup { row, settings, tracked_since, export }) = group(*key) else { return Ok(None) };
                let now = ReadTime { at: self.now, tracked_since: *tracked_since };
                let request = posts::ManualRequest::Flag(Some(*at));
                let (crate::store::Queued::New(post) | crate::store::Queued::Already(post)) =
                    posts::queue_now(store, settings, row, request, None, *export, now)?;
                // If the post is sent already, no answer has to wait for it.
                return Ok(post.random_id.filter(|_| post.sent.is_none()));
            }
            Effect::Pause { group: key, until } => {
                if let Some(group) = group(*key) {
                    self.pause(config, group, PauseRequest::Until(*until))?;
                }
            }
            Effect::Resume { group: key } => {
                if let Some(group) = group(*key) {
                    self.pause(config, group, PauseRequest::End)?;
                }
            }
            Effect::Set { group: key, value } => {
                if let Some(group) = group(*key) {
                    parts::set(config, group.settings.label.as_deref(), value)?;
                }
            }
        }
        Ok(None)
    }
}

impl PreparedEffect {
    /// Replaces the answers by the text that nothing was changed.
    fn say_failure(&self, batch: &mut AnsweredBatch) {
        let Some(failure) = &self.failure else { return };
        let drafts = batch.drafts[self.drafts.clone()].iter_mut().filter(|draft| draft.hint.is_none());
        let drafts = drafts.map(|draft| &mut draft.answer);
        let edits = batch.edits[self.edits.clone()].iter_mut().map(|edit| &mut edit.answer);
        drafts.chain(edits).for_each(|answer| *answer = lines([failure.clone()]));
    }
}

impl Prepared {
    fn pause(&self, config: &Config, group: &ChatGroup, asked: PauseRequest) -> Result<()> {
        let today = local_date(group.settings.zone, self.now);
        pause::carry_out_pause(config, group.settings.label.as_deref(), asked, today).map(drop)
    }
}

/// People's standing in groups, as Telegram last reported it.
#[derive(Default)]
struct Standings {
    known: Mutex<HashMap<(PeerId, PeerId), (Standing, Instant)>>,
    /// Until then Telegram must not be asked.
    held_until: Mutex<Option<Instant>>,
}

impl Standings {
    fn get(&self, group: PeerId, person: PeerId, now: Instant) -> Option<Standing> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (standing, at) = known.get(&(group, person))?;
        (0..STANDING_SECONDS).contains(&(now - *at)).then_some(*standing)
    }

    fn put(&self, group: PeerId, person: PeerId, standing: Standing, now: Instant) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_STANDINGS {
            known.clear();
        }
        known.insert((group, person), (standing, now));
    }

    fn hold(&self, until: Instant) {
        *self.held_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    fn is_held(&self, now: Instant) -> bool {
        self.held_until.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parts::PartValue;
    use crate::domain::rhythm::Rhythm;
    use crate::domain::words::Language;
    use crate::store::{Access, AnswerDraft};

    fn draft(asked: i32, text: &str) -> AnswerDraft {
        AnswerDraft {
            account: PeerId(99),
            asked_in: PeerId(7),
            asked,
            part: 0,
            hint: None,
            ephemeral_in: None,
            reminds_of: None,
            receiver: PeerId(7),
            topic: None,
            reply_to: None,
            language: Language::En,
            answer: lines([text.to_owned()]),
            delete_after: None,
            expires: None,
            waits_for: None,
        }
    }

    /// If the settings can't be written, other answers and facts are stored all the same, and the person who asked is
    /// informed.
    #[test]
    fn whoever_sets_a_part_reads_it_if_the_settings_can_not_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        std::fs::create_dir(&home).unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        let key = store.group(PeerId(-1001), None, "Study Hall", None, PeerId(1)).unwrap();
        let row = store.groups().unwrap().remove(0);
        let load =
            |environment: Vec<(String, String)>| Config::load(Some(home.clone()), folder.path(), environment).unwrap();
        let free = load(Vec::new());
        let set_outside = load(vec![("SWF_RHYTHM".into(), "25/5".into())]);
        let mut said = |config: &Config, asked| {
            let settings = Arc::new(config.group().clone());
            let group = ChatGroup { row: row.clone(), settings, tracked_since: None, export: false };
            let mut prepared = Prepared {
                batch: AnsweredBatch::default(),
                effects: Vec::new(),
                groups: vec![group],
                now: Instant(1000),
                toasts: Vec::new(),
            };
            let answered = |draft, effect: Option<Effect>| {
                let failure = effect.as_ref().map(|_| "nothing was changed".to_owned());
                let batch = AnsweredBatch { drafts: vec![draft], ..AnsweredBatch::default() };
                Answered { batch, effect, failure, toast: None }
            };
            let value = PartValue::Rhythm(Rhythm::new(50, 10));
            prepared.add(answered(draft(asked, "before"), None));
            prepared.add(answered(draft(asked + 1, "set"), Some(Effect::Set { group: key, value })));
            prepared.add(answered(draft(asked + 2, "after"), None));
            prepared.commit(&mut store, config).unwrap();
            let answers = store.answers_to(PeerId(7)).unwrap();
            let texts = answers.into_iter().rev().take(3).rev().map(|row| row.message.text);
            texts.collect::<Vec<_>>()
        };
        assert_eq!(said(&free, 1), ["before", "set", "after"]);
        let env_file = std::fs::read_to_string(home.join(".env.local")).unwrap();
        assert_eq!(env_file.trim(), "SWF_RHYTHM=50/10");
        let failed = ["before", "nothing was changed", "after"];
        // A variable of the environment overrides the file.
        assert_eq!(said(&set_outside, 4), failed);
        // A file has replaced the folder: such a failure can pass.
        std::fs::remove_dir_all(&home).unwrap();
        std::fs::write(&home, "").unwrap();
        assert_eq!(said(&free, 7), failed);
    }

    #[test]
    fn what_somebody_is_in_a_group_counts_for_a_minute() {
        let standings = Standings::default();
        let (hall, ada) = (PeerId(-1001), PeerId(7));
        let get = |group, at| standings.get(group, ada, Instant(at));
        standings.put(hall, ada, Standing::Admin, Instant(100));
        assert_eq!(get(hall, 159), Some(Standing::Admin));
        assert_eq!(get(hall, 160), None, "they may have been demoted");
        assert_eq!(get(hall, 99), None, "the clock was corrected");
        assert_eq!(get(PeerId(-1002), 100), None);
        standings.hold(Instant(200));
        assert!(standings.is_held(Instant(199)) && !standings.is_held(Instant(200)));
    }
}
