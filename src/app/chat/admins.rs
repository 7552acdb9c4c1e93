//! Answers to admins and the organiser: `/post`, `/preview`, `/status`, `/audit`, `/settings`, `/pause`, `/who`,
//! `/logs`, and the parts that a group turns on (`/rhythm`, `/slots`, `/pairs`, `/silence`).

use chrono::NaiveDate;

use super::{Asking, Effect, Reply};
use crate::app::audit;
use crate::app::boards;
use crate::app::log_tail;
use crate::app::parts;
use crate::app::pause::has_passed;
use crate::app::posts;
use crate::app::store_times;
use crate::config::Config;
use crate::domain::Instant;
use crate::domain::chat::access::ChatMode;
use crate::domain::chat::command::{PauseRequest, Usage};
use crate::domain::chat::press::{Confirmer, Press};
use crate::domain::chat::{Answer, Author, Button, Buttons};
use crate::domain::group_name::message_link;
use crate::domain::live::{GroupView, Person};
use crate::domain::parts::{Part, PartValue};
use crate::domain::post::delivery::Lane;
use crate::domain::post::message::{
    EntityKind, MAX_CAPTION_UNITS, MAX_UNITS, Message, MessageBuilder, cut_units, harmless_text, isolated_name,
};
use crate::domain::post::names::Names;
use crate::domain::post::picture::{Attachment, Pictured};
use crate::domain::post::problem::Problem;
use crate::domain::post::{PostKind, message};
use crate::domain::text;
use crate::domain::time::pause::Pause;
use crate::domain::time::period::{Calendar, Scope, clock_date, local_date, local_text};
use crate::domain::words::Words;
use crate::domain::words::admin::{AdminWords, CallNow, Choice, Setting};
use crate::domain::words::parts::PartWords;
use crate::error::Result;
use crate::store::{Delivery, GroupRow};

/// The most UTF-16 units of a part of a long answer.
pub const MAX_PART_UNITS: usize = 3800;
/// People who are named in the call; the others are counted.
const MAX_NAMED: usize = 30;
/// Findings of an audit that are shown; the others are counted.
const MAX_FINDINGS: usize = 100;
/// Pauses that are shown.
const MAX_PAUSES: usize = 5;
/// Lines of the post that the question whether to post shows.
const SHOWN_LINES: usize = 2;
/// The most graphemes of a reason.
const MAX_REASON: usize = 300;
/// The most UTF-16 units of a reason: a grapheme can have many.
const MAX_REASON_UNITS: usize = 600;
/// Refused posts are counted for this long, in seconds.
const MAX_REFUSED_AGE: i64 = 7 * 86_400;
/// Less blind time than this is not shown, in seconds.
const MIN_BLIND_SHOWN: i64 = 60;
/// How many buttons with values are in a row.
const VALUES_PER_ROW: usize = 3;

// `/post` and `/preview`.

/// What would be posted, and where, with buttons. The answer also says if the group has the same standings already.
pub fn post_question(asking: &Asking) -> Result<Answer> {
    let day = local_date(asking.settings.zone, asking.now.at);
    let draft = posts::draft(asking.store, asking.settings, asking.group, PostKind::Manual, day, &[], asking.now)?;
    let repeated = posts::repeated(asking.store, asking.group, &draft.message, asking.now.at)?;
    let mut answer = MessageBuilder::default();
    if let Some(row) = repeated.as_ref().filter(|row| row.sent.is_none()) {
        answer.push(&admin_words(asking).post_waits());
        answer.push(&reason(asking, row).map_or(String::new(), |why| format!("\n{why}")));
        return Ok(plain(answer));
    }
    answer.push_as(EntityKind::Bold, &admin_words(asking).post_question(&place(asking)));
    let lines = draft.message.text.lines().filter(|line| !line.is_empty());
    let shown: Vec<&str> = lines.take(SHOWN_LINES).map(|line| cut_units(line, MAX_REASON_UNITS)).collect();
    answer.push("\n");
    answer.push_as(EntityKind::Quote, &shown.join("\n"));
    if let Some(row) = repeated {
        let sent = row.sent.map_or(String::new(), |at| time(asking, at));
        answer.push(&format!("\n⚠️ {}", admin_words(asking).same_standings(&sent)));
        answer.push(&link(asking.group, &row).map_or(String::new(), |link| format!("\n{link}")));
    }
    if let Some(pause) = asking.settings.pauses.at(day) {
        answer.push(&format!("\n⏸ {}", admin_words(asking).post_in_pause(pause)));
    }
    let press = Press::Post { group: asking.group.key.0, by: confirmer(asking.author) };
    Ok(Answer { message: answer.finish(), buttons: confirm(asking, Choice::Post, press), ..Answer::default() })
}

/// After the press: the post that was asked for at `at`.
pub fn post(asking: &Asking, at: Instant) -> Reply {
    let answer = say(&admin_words(asking).posting());
    Reply { effect: Some(Effect::Post { group: asking.group.key, at }), ..answer.into() }
}

/// After the press of ✗.
pub fn cancelled(asking: &Asking) -> Answer {
    say(&admin_words(asking).cancelled())
}

/// Today's post as it would be now, with its formatting. It notifies nobody.
pub fn preview(asking: &Asking) -> Result<Answer> {
    let draft = posts::preview_draft(asking.store, asking.settings, asking.group, asking.now)?;
    let heading = admin_words(asking).preview();
    let text = with_heading(&heading, draft.message);
    Ok(match draft.picture {
        None => plain_message(text),
        Some(Pictured { card, caption }) => Answer {
            message: with_heading(&heading, caption).cut(MAX_CAPTION_UNITS),
            attachment: Some(Attachment { card, text }),
            ..Answer::default()
        },
    })
}

/// The post below a line with `heading`, if there is room for both; else the post alone.
fn with_heading(heading: &str, post: Message) -> Message {
    let lead = format!("👁 {heading}\n\n");
    let units = lead.encode_utf16().count();
    if units + post.text.encode_utf16().count() > MAX_UNITS {
        return post;
    }
    let moved = |entity: &message::Entity| message::Entity { offset: entity.offset + units, ..*entity };
    Message { entities: post.entities.iter().map(moved).collect(), text: lead + &post.text }
}

/// Where posts go: the group with its topic, or another chat.
fn place(asking: &Asking) -> String {
    let target = asking.settings.target().unwrap_or(&asking.group.title);
    let topic = asking.settings.topic(Some(asking.group.known()));
    let topic = topic.map_or(String::new(), |topic| format!(" · {}", admin_words(asking).topic(topic)));
    format!("«{}»{topic}", isolated_name(target))
}

// `/status` and `/who`.

/// The state of the tracker and of the group, short enough for a phone.
pub fn status(asking: &Asking) -> Result<Answer> {
    let (words, now) = (admin_words(asking), asking.now.at);
    let title = isolated_name(&asking.group.title);
    let mut lines = vec![format!("📡 {}", words.connection(asking.live.connection, last_look(asking).as_deref()))];
    if let Some(wait) = &asking.live.wait {
        lines.push(words.next_attempt(&duration(asking, wait.until - now)));
        lines.extend(wait.reason.as_deref().map(shortened));
    }
    let view = group_view(asking);
    let outage = view.and_then(|view| view.outage.as_ref()).or(asking.live.outage.as_ref());
    lines.extend(outage.map(|outage| {
        let length = outage.since.map(|since| duration(asking, now - since));
        format!("⚠️ {}", words.outage(length.as_deref(), &shortened(&outage.reason)))
    }));
    lines.push(format!("🎙 {}", call(asking, view)));
    lines.extend(posting(asking, view)?);
    let problem = asking.live.store_problem.as_ref();
    let why = problem.map(|problem| (shortened(&problem.reason), problem.buffered));
    let store = words.store(why.as_ref().map(|(why, buffered)| (why.as_str(), *buffered)));
    lines.push(format!("{} {store}", if why.is_some() { "⚠️" } else { "💾" }));
    lines.extend(unseen_today(asking)?);
    Ok(sheet(&format!("{title} · {}", time(asking, now)), &lines))
}

fn call(asking: &Asking, view: Option<&GroupView>) -> String {
    let now = asking.now.at;
    let Some(call) = view.and_then(|view| view.call.as_ref()) else { return admin_words(asking).call(CallNow::None) };
    let people = call.people.len();
    if let Some(blind) = call.blind {
        let length = duration(asking, now - blind.since);
        return admin_words(asking).call(CallNow::Unseen { length: &length, people });
    }
    let length = call.since.map(|since| duration(asking, now - since));
    admin_words(asking).call(CallNow::Seen { length: length.as_deref(), people })
}

/// The last and the next post, and how many posts wait or were refused.
fn posting(asking: &Asking, view: Option<&GroupView>) -> Result<Vec<String>> {
    let (words, now, key) = (admin_words(asking), asking.now.at, asking.group.key);
    let last = asking.store.last_sent(key)?;
    let sent = last.as_ref().and_then(|row| row.sent).map(|at| time(asking, at));
    let place = last.and_then(|row| link(asking.group, &row)).map_or(String::new(), |link| format!("\n{link}"));
    let next = posts::next(asking.store, asking.settings, key, now)?;
    let is_paused = asking.settings.pauses.contains(local_date(asking.settings.zone, next));
    let due = (time(asking, next), duration(asking, next - now));
    let next = match view {
        Some(view) if view.next_post.is_none() && !is_paused => words.does_not_post(),
        _ if is_paused => words.next_post(None),
        _ => words.next_post(Some((&due.0, &due.1))),
    };
    let waiting = asking.store.waiting(key, Lane::Posts, now)?;
    let refused = asking.store.refused_since(key, now - MAX_REFUSED_AGE)?;
    let outbox = words.outbox(waiting.len(), refused.len());
    let why = waiting.iter().chain(&refused).find_map(|row| reason(asking, row));
    let mut lines = vec![format!("📝 {}{place}", words.last_post(sent.as_deref())), format!("⏰ {next}")];
    lines.extend(
        asking.settings.pauses.at(local_date(asking.settings.zone, now)).map(|pause| paused_line(asking, pause)),
    );
    lines.push(format!("📤 {outbox}"));
    lines.extend(why);
    Ok(lines)
}

fn paused_line(asking: &Asking, pause: Pause) -> String {
    format!("⏸ {}", admin_words(asking).paused(pause))
}

/// Today's blind time.
fn unseen_today(asking: &Asking) -> Result<Vec<String>> {
    let today = local_date(asking.settings.zone, asking.now.at);
    let key = asking.group.key;
    let boards = boards::boards(asking.store, asking.settings, key, &[Scope::Day], today, None, asking.now)?;
    let mut lines = Vec::new();
    for board in &boards {
        if board.blind_seconds >= MIN_BLIND_SHOWN {
            lines.push(format!("🕶 {}", admin_words(asking).blind_today(&duration(asking, board.blind_seconds))));
        }
        if board.unwatched_seconds >= MIN_BLIND_SHOWN {
            let length = duration(asking, board.unwatched_seconds);
            lines.push(format!("🕶 {}", admin_words(asking).not_running_today(&length)));
        }
    }
    Ok(lines)
}

/// Who is in the call and since when; the longest stay comes first.
pub fn who(asking: &Asking) -> Answer {
    let view = group_view(asking);
    let mut people: Vec<&Person> =
        view.iter().filter_map(|view| view.call.as_ref()).flat_map(|call| &call.people).collect();
    people.sort_by_key(|person| (person.since, person.profile.peer));
    let names = Names::new(general_words(asking), people.iter().map(|person| &person.profile));
    let line = |person: &&Person| {
        let (name, mark) = names.of(&person.profile);
        let since = admin_words(asking).since(&time(asking, person.since), &duration(asking, person.stay));
        format!("{} · {since}", text::isolated(&format!("{name}{mark}")))
    };
    let lines: Vec<String> = people.iter().take(MAX_NAMED).map(line).collect();
    let is_blind = view.and_then(|view| view.call.as_ref()).is_some_and(|call| call.blind.is_some());
    let head = if is_blind { call(asking, view) } else { admin_words(asking).in_call(people.len()) };
    // A name of few graphemes can still have many UTF-16 units.
    (0..=lines.len())
        .rev()
        .map(|shown| with_missing(asking, &head, &lines[..shown], people.len()))
        .find(fits)
        .unwrap_or_default()
}

/// The lines of some people, and how many of `all` are left out.
fn with_missing(asking: &Asking, head: &str, lines: &[String], all: usize) -> Answer {
    let missing = all - lines.len();
    let more = (missing > 0).then(|| general_words(asking).more(missing));
    sheet(head, &[lines, &more.into_iter().collect::<Vec<_>>()].concat())
}

fn fits(answer: &Answer) -> bool {
    answer.message.text.encode_utf16().count() <= MAX_UNITS
}

// `/audit`.

/// Checks the layout of the post, and whether boards, receipts and sums agree. The findings are in English, in parts.
pub fn audit(asking: &Asking) -> Result<Reply> {
    let faults = posts::layout_faults(asking.store, asking.settings, asking.group, PostKind::Daily, asking.now)?;
    let report = audited(asking)?;
    let words = admin_words(asking);
    let mark = |found: usize| if found == 0 { "✅" } else { "❌" };
    let mut lines = vec![format!("{} {}", mark(faults.len()), words.layout(faults.len()))];
    lines.extend(faults.iter().map(|fault| format!("· {fault}")));
    let found = report.findings.len();
    lines.push(format!("{} {}", mark(found), words.audited(report.days, report.boards, found)));
    lines.extend(report.findings.iter().take(MAX_FINDINGS).map(|finding| format!("· {}", shortened(finding))));
    if found > MAX_FINDINGS {
        lines.push(general_words(asking).more(found - MAX_FINDINGS));
    }
    Ok(Reply { answers: parts(&lines), ..Reply::default() })
}

/// What `swf audit` finds. If the store has an impossible time, that is the first finding.
pub(super) fn audited(asking: &Asking) -> Result<audit::Report> {
    let _snapshot = asking.store.read_snapshot()?;
    let impossible = store_times::find(asking.store, asking.now.at)?;
    let mut report = audit::audit(asking.store, asking.settings, asking.group.key, &mut |_, _| {})?;
    let finding = impossible.map(|time| format!("the store contains an impossible time: {time}"));
    report.findings.splice(0..0, finding);
    Ok(report)
}

/// Distributes lines to messages of at most [`MAX_PART_UNITS`].
pub(super) fn parts(lines: &[String]) -> Vec<Answer> {
    let mut parts: Vec<MessageBuilder> = Vec::new();
    for line in lines {
        let line = cut_units(line, MAX_PART_UNITS);
        let units = line.encode_utf16().count();
        match parts.last_mut() {
            Some(part) if part.units() + 1 + units <= MAX_PART_UNITS => part.push(&format!("\n{line}")),
            _ => {
                let mut part = MessageBuilder::default();
                part.push(line);
                parts.push(part);
            }
        }
    }
    parts.into_iter().map(plain).collect()
}

// `/settings` and `/pause`.

/// The settings of the group that an organiser needs, how to change them, and a button for each part that can be turned
/// on here.
pub fn settings(asking: &Asking, mode: ChatMode) -> Answer {
    let (words, settings) = (admin_words(asking), asking.settings);
    let periods = match settings.calendar {
        Calendar::Civil { week_start } => words.civil_periods(week_start),
        Calendar::Anchored { anchor } => words.numbered_periods(anchor),
    };
    let target = settings.target().map_or_else(|| words.this_group(), isolated_name);
    let topic = settings.topic(Some(asking.group.known()));
    let topic = topic.map_or(String::new(), |topic| format!(", {}", words.topic(topic)));
    let today = local_date(settings.zone, asking.now.at);
    let coming = settings.pauses.iter().filter(|pause| pause.last.is_none_or(|last| today <= last));
    let pauses: Vec<String> = coming.take(MAX_PAUSES).map(|pause| words.pause_dates(*pause)).collect();
    let all = [
        (Setting::Zone, settings.zone.name().to_owned()),
        (Setting::PostTime, settings.timetable.time.format("%H:%M").to_string()),
        (Setting::Language, settings.language.name().to_owned()),
        (Setting::Periods, periods),
        (Setting::Look, words.look(settings.style.look)),
        (Setting::Target, format!("{target}{topic}")),
        (Setting::Chat, words.chat_mode(mode)),
        (Setting::Pause, if pauses.is_empty() { words.none() } else { pauses.join("; ") }),
    ];
    let mut lines: Vec<String> =
        all.iter().map(|(setting, value)| format!("{}: {value}", words.setting(*setting))).collect();
    let shown = Part::ALL.map(|part| (part, part_shown(asking, part)));
    lines.extend(shown.iter().map(|(_, shown)| shown.clone()));
    let how = words.change_settings(settings.label.is_some());
    let example = match &settings.label {
        Some(label) => format!("swf group set {label} post_time 22:00"),
        None => "SWF_POST_TIME=22:00".into(),
    };
    lines.push(format!("\n{how}\n{example}"));
    lines.push(format!("\n{}", part_words(asking).choose()));
    let (group, by) = (asking.group.key.0, confirmer(asking.author));
    let button = |(part, shown)| vec![Button::press(shown, Press::Part { group, part, by })];
    let buttons = Buttons(shown.into_iter().map(button).collect());
    Answer { buttons, ..sheet(&isolated_name(&asking.group.title), &lines) }
}

/// Asks whether to begin, change or end the pause, with buttons; or says why that is not possible.
pub fn pause_question(asking: &Asking, asked: PauseRequest) -> Answer {
    let (words, settings) = (admin_words(asking), asking.settings);
    let today = local_date(settings.zone, asking.now.at);
    let (group, by) = (asking.group.key.0, confirmer(asking.author));
    let name = format!("«{}»", isolated_name(&asking.group.title));
    let (text, choice, press) = match asked {
        PauseRequest::Until(Some(until)) if has_passed(Some(until), today) => {
            let example = today.checked_add_days(chrono::Days::new(7)).unwrap_or(today);
            return say(&words.date_passed(until, today, &format!("/pause {example}")));
        }
        PauseRequest::Until(until) => {
            let pause = pause_until(asking, until, today);
            (words.pause_question(&name, pause), Choice::Pause, Press::Pause { group, until, by })
        }
        PauseRequest::End => match settings.pauses.at(today) {
            None => return say(&words.not_paused(today)),
            Some(pause) => (words.resume_question(&name, pause), Choice::Resume, Press::Resume { group, by }),
        },
    };
    Answer { buttons: confirm(asking, choice, press), ..say(&text) }
}

/// After the press: a pause from today on. If the button is old and its day has passed, asks again.
pub fn pause(asking: &Asking, until: Option<NaiveDate>) -> Reply {
    let today = local_date(asking.settings.zone, asking.now.at);
    if has_passed(until, today) {
        return pause_question(asking, PauseRequest::Until(until)).into();
    }
    let answer = say(&paused_line(asking, pause_until(asking, until, today)));
    Reply { effect: Some(Effect::Pause { group: asking.group.key, until }), ..answer.into() }
}

/// After the press: the end of the pause.
pub fn resume(asking: &Asking) -> Reply {
    let answer = say(&format!("▶️ {}", admin_words(asking).resumed()));
    Reply { effect: Some(Effect::Resume { group: asking.group.key }), ..answer.into() }
}

// Parts: `/rhythm`, `/slots`, `/pairs` and `/silence`.

/// Without `asked`, shows the value of a part and those that it can have; else sets it.
pub fn part(asking: &Asking, part: Part, asked: Option<&PartValue>) -> Reply {
    match asked {
        None => part_choices(asking, part).into(),
        Some(value) => set_part(asking, value),
    }
}

/// What a part does, and a button for each value on offer; the present value has a mark.
pub fn part_choices(asking: &Asking, part: Part) -> Answer {
    let (words, set) = (part_words(asking), parts::value(asking.settings, part));
    let (group, by) = (asking.group.key.0, confirmer(asking.author));
    let offers = part.offers().filter_map(|offer| {
        let value = offer.value()?;
        let mark = if value == set { "✓ " } else { "" };
        Some(Button::press(format!("{mark}{}", words.value(&value)), Press::Set { group, offer, by }))
    });
    let offers: Vec<Button> = offers.collect();
    let rows = offers.chunks(VALUES_PER_ROW).map(<[Button]>::to_vec).chain(back(asking));
    let lines = [words.about(part), asking.language.chat_words().misread(Usage::Part(part))];
    Answer { buttons: Buttons(rows.collect()), ..sheet(&part_shown(asking, part), &lines) }
}

/// Sets a part.
pub fn set_part(asking: &Asking, value: &PartValue) -> Reply {
    let buttons = Buttons(back(asking).into_iter().collect());
    let answer = Answer { buttons, ..say(&part_words(asking).set(value)) };
    Reply { effect: Some(Effect::Set { group: asking.group.key, value: value.clone() }), ..answer.into() }
}

/// `Pairs: off`.
fn part_shown(asking: &Asking, part: Part) -> String {
    let words = part_words(asking);
    format!("{}: {}", words.name(part), words.value(&parts::value(asking.settings, part)))
}

/// The button that leads back to all settings; only in private, because the settings are not shown in a group.
fn back(asking: &Asking) -> Option<Vec<Button>> {
    let press = Press::Settings { group: asking.group.key.0, by: confirmer(asking.author) };
    asking.in_private.then(|| vec![Button::press(part_words(asking).back(), press)])
}

// `/logs`.

/// The last lines of the log, without secrets.
pub fn logs(asking: &Asking, config: &Config, lines: usize) -> Result<Answer> {
    Ok(log_answer(&log_tail::tail(config, lines)?, &admin_words(asking).log_empty()))
}

/// The log as it is, so that nothing in it becomes a link or a command.
pub(super) fn log_answer(log: &str, empty: &str) -> Answer {
    if log.is_empty() {
        return say(empty);
    }
    let mut message = MessageBuilder::default();
    message.push_as(EntityKind::Pre, log);
    plain(message)
}

// Shared.

fn admin_words(asking: &Asking) -> &'static dyn AdminWords {
    asking.language.admin_words()
}

fn part_words(asking: &Asking) -> &'static dyn PartWords {
    asking.language.part_words()
}

fn general_words(asking: &Asking) -> &'static dyn Words {
    asking.language.words()
}

fn duration(asking: &Asking, seconds: i64) -> String {
    general_words(asking).duration(seconds.max(0))
}

/// The time by the group's clock, with the date if that is not today.
fn time(asking: &Asking, at: Instant) -> String {
    let zone = asking.settings.zone;
    let is_today = clock_date(zone, at) == clock_date(zone, asking.now.at);
    local_text(zone, at, if is_today { "%H:%M" } else { "%Y-%m-%d %H:%M" })
}

/// The tracker's view of this group, if it watches the group.
fn group_view<'a>(asking: &Asking<'a>) -> Option<&'a GroupView> {
    let groups = &asking.live.groups;
    let by_peer = groups.iter().find(|view| view.peer == Some(asking.group.peer));
    by_peer.or_else(|| groups.iter().find(|view| view.peer.is_none() && view.label == asking.settings.label))
}

/// How long ago the group was seen.
fn last_look(asking: &Asking) -> Option<String> {
    let seen = group_view(asking)?.watched?.to;
    Some(duration(asking, asking.now.at - seen))
}

/// The pause that begins today; if the group is paused already, that pause with the new end.
fn pause_until(asking: &Asking, until: Option<NaiveDate>, today: NaiveDate) -> Pause {
    let pauses = asking.settings.pauses.begun(today, until);
    pauses.at(today).unwrap_or(Pause { first: today, last: until })
}

fn confirmer(author: Author) -> Confirmer {
    author.person().map_or(Confirmer::AnyAdmin, Confirmer::Person)
}

/// ✓ and ✗.
fn confirm(asking: &Asking, choice: Choice, press: Press) -> Buttons {
    let label = |sign: &str, choice| format!("{sign} {}", admin_words(asking).choice(choice));
    let cancel = Press::Cancel { by: confirmer(asking.author) };
    Buttons(vec![vec![Button::press(label("✓", choice), press), Button::press(label("✗", Choice::Cancel), cancel)]])
}

pub(super) fn say(text: &str) -> Answer {
    let mut message = MessageBuilder::default();
    message.push(text);
    plain(message)
}

/// Lines below a title in bold.
fn sheet(title: &str, lines: &[String]) -> Answer {
    let mut message = MessageBuilder::default();
    message.push_as(EntityKind::Bold, title);
    lines.iter().for_each(|line| message.push(&format!("\n{line}")));
    plain(message)
}

fn plain(message: MessageBuilder) -> Answer {
    plain_message(message.finish())
}

fn plain_message(message: Message) -> Answer {
    Answer { message, ..Answer::default() }
}

/// A text that others wrote, made harmless and short enough to be part of a message.
fn shortened(text: &str) -> String {
    cut_units(&harmless_text(text, MAX_REASON), MAX_REASON_UNITS).to_owned()
}

/// Why a row is not sent, in the language of the answer.
fn reason(asking: &Asking, row: &Delivery) -> Option<String> {
    let said = |problem: &Problem| shortened(&general_words(asking).problem(problem));
    row.problem.as_ref().map(said)
}

/// The address of a sent post, if its chat has addresses.
pub fn link(group: &GroupRow, row: &Delivery) -> Option<String> {
    let chat = row.chat.unwrap_or(group.peer);
    let username = group.username.as_deref().filter(|_| chat == group.peer);
    message_link(chat, username, row.message_id?)
}

#[cfg(test)]
mod tests;
