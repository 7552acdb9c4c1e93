//! Commands as people write them: `/top week`, `/why@study_bot yesterday`, `.audit full`.

use chrono::{NaiveDate, NaiveTime};

use crate::domain::accounting::goals;
use crate::domain::meet::slots::parse_time;
use crate::domain::parts::{Part, PartValue};
use crate::domain::time::asked::AskedDate;
use crate::domain::time::period::Scope;

/// The lines that `.logs tail` and `/logs` show, if no number is given.
pub const DEFAULT_LOG_LINES: usize = 50;

/// The word after `/forget` that confirms it.
const CONFIRMED: &str = "yes";

/// A command, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Me,
    Top(Scope),
    /// A picture.
    Card(CardRequest),
    /// The receipt of a day.
    Why(AskedDate),
    /// Sets the weekly goal; without a value, shows it.
    Goal(Option<GoalRequest>),
    Hide,
    Show,
    Leave,
    Return,
    Agree,
    /// Asks to be forgotten; `true` if it is confirmed.
    Forget(bool),
    /// Cancels `Forget`.
    Restore,
    /// The sender's own data.
    Export,
    /// The sender means to come to a slot.
    In(SlotRequest),
    /// Cancels `In`, for one slot or for all.
    Out(SlotRequest),
    /// Shares a streak with the person of that name; without a name, shows the sender's pairs.
    Pair(Option<String>),
    /// Ends a pair; without a name, the only one that the sender has.
    Unpair(Option<String>),
    /// Sets a pen name; without a value, shows it.
    Name(Option<String>),
    Help,
    /// The payload of the link that was followed: the name of the group that has the link.
    Start(Option<String>),
    Privacy,
    /// A link that logs a browser in to the pages.
    Web,
    Post,
    Preview,
    Status,
    Audit,
    Settings,
    Pause(PauseRequest),
    /// Sets a part of swf; without a value, shows it.
    Part(Part, Option<PartValue>),
    Who,
    /// So many lines of the log.
    Logs(usize),
    /// A command of the old tracker, such as `.post now`.
    Old(OldCommand),
    /// A known command with an argument that could not be parsed.
    Misread(Usage),
    /// The text begins like a command, but swf has no such command.
    Unknown,
}

/// What `/card` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardRequest {
    /// The group's board.
    Board(Scope),
    /// The person who asks.
    Me,
}

/// A goal for each week, in seconds; `None` for no goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoalRequest(pub Option<i64>);

/// The slot that a command names, by its time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotRequest {
    /// No slot is named.
    Any,
    At(NaiveTime),
    /// The argument is not a time.
    Unreadable,
}

/// What `/pause` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PauseRequest {
    /// From today to this day, or until somebody ends it.
    Until(Option<NaiveDate>),
    End,
}

/// A command of the old tracker, from its owner only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldCommand {
    PostNow,
    AuditQuick,
    AuditFull,
    /// `.audit` with another word.
    AuditUsage,
    LayoutAudit,
    LayoutPreview,
    /// `.layout` without a word.
    LayoutUsage,
    /// `.layout` with another word.
    UnknownLayout,
    LogsTail(usize),
    Unknown,
}

/// A command whose arguments can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    Top,
    Card,
    Why,
    Goal,
    Pause,
    Part(Part),
    Logs,
}

/// Parses a message. `bot` is the username of the account that reads it, if it has one. `None`: the message is not a
/// command, or is for another bot.
pub fn read(text: &str, bot: Option<&str>) -> Option<Command> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('.') {
        return Some(Command::Old(read_old(rest)));
    }
    let rest = text.strip_prefix('/')?;
    let (first, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let mut words = rest.split_whitespace();
    let name = match first.split_once('@') {
        Some((name, to)) if bot.is_some_and(|bot| bot.eq_ignore_ascii_case(to)) => name,
        Some(_) => return None,
        None => first,
    };
    let argument = words.next();
    let text = || Some(rest.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
    Some(match name.to_ascii_lowercase().as_str() {
        "me" => Command::Me,
        "top" => read_scope(argument).map_or(Command::Misread(Usage::Top), Command::Top),
        "card" => read_card(argument).map_or(Command::Misread(Usage::Card), Command::Card),
        "why" => {
            let date = argument.map_or(Ok(AskedDate::PeriodsBack(0)), str::parse);
            date.map_or(Command::Misread(Usage::Why), Command::Why)
        }
        "goal" => read_goal(argument, words.next()),
        "hide" => Command::Hide,
        "show" => Command::Show,
        "leave" => Command::Leave,
        "return" => Command::Return,
        "agree" => Command::Agree,
        "forget" => Command::Forget(argument.is_some_and(|word| word.eq_ignore_ascii_case(CONFIRMED))),
        "restore" => Command::Restore,
        "export" => Command::Export,
        "name" => Command::Name(text()),
        "pair" => Command::Pair(text()),
        "unpair" => Command::Unpair(text()),
        "in" => Command::In(read_slot(argument)),
        "out" => Command::Out(read_slot(argument)),
        "help" => Command::Help,
        "start" => Command::Start(argument.map(str::to_owned)),
        "privacy" => Command::Privacy,
        "web" => Command::Web,
        "post" => Command::Post,
        "preview" => Command::Preview,
        "status" => Command::Status,
        "audit" => Command::Audit,
        "settings" => Command::Settings,
        "pause" => read_pause(argument).map_or(Command::Misread(Usage::Pause), Command::Pause),
        "who" => Command::Who,
        "logs" => read_lines(argument).map_or(Command::Misread(Usage::Logs), Command::Logs),
        name => Part::of_name(name).map_or(Command::Unknown, |part| read_part(part, rest)),
    })
}

fn read_scope(argument: Option<&str>) -> Option<Scope> {
    match argument.map(str::to_ascii_lowercase).as_deref() {
        None | Some("day" | "today") => Some(Scope::Day),
        Some("week") => Some(Scope::Week),
        Some("month") => Some(Scope::Month),
        Some(_) => None,
    }
}

fn read_card(argument: Option<&str>) -> Option<CardRequest> {
    match argument {
        Some(me) if me.eq_ignore_ascii_case("me") => Some(CardRequest::Me),
        scope => read_scope(scope).map(CardRequest::Board),
    }
}

/// `10h`, `7h 30m`, `off`.
fn read_goal(first: Option<&str>, second: Option<&str>) -> Command {
    let text = match (first, second) {
        (None, _) => return Command::Goal(None),
        (Some(first), None) => first.to_owned(),
        (Some(first), Some(second)) => format!("{first} {second}"),
    };
    let goal = if text.eq_ignore_ascii_case("off") { Some(None) } else { goals::parse(&text).ok().map(Some) };
    goal.map_or(Command::Misread(Usage::Goal), |goal| Command::Goal(Some(GoalRequest(goal))))
}

/// `19:00`, or `19` for the full hour.
fn read_slot(argument: Option<&str>) -> SlotRequest {
    let Some(text) = argument else { return SlotRequest::Any };
    let time = parse_time(text).or_else(|| parse_time(&format!("{text}:00")));
    time.map_or(SlotRequest::Unreadable, SlotRequest::At)
}

fn read_pause(argument: Option<&str>) -> Option<PauseRequest> {
    match argument.map(str::to_ascii_lowercase).as_deref() {
        None => Some(PauseRequest::Until(None)),
        Some("off" | "end") => Some(PauseRequest::End),
        Some(date) => match date.parse() {
            Ok(AskedDate::On(date)) => Some(PauseRequest::Until(Some(date))),
            _ => None,
        },
    }
}

/// `50/10`, `19:00 21:00`, `on`, `3h`, `off`.
fn read_part(part: Part, text: &str) -> Command {
    match (text.trim(), PartValue::parse(part, text)) {
        ("", _) => Command::Part(part, None),
        (_, None) => Command::Misread(Usage::Part(part)),
        (_, value) => Command::Part(part, value),
    }
}

fn read_lines(argument: Option<&str>) -> Option<usize> {
    argument.map_or(Some(DEFAULT_LOG_LINES), |count| count.parse().ok().filter(|count| *count > 0))
}

fn read_old(text: &str) -> OldCommand {
    let text = text.to_lowercase();
    let mut words = text.split_whitespace();
    match (words.next(), words.next()) {
        (Some("post"), Some("now")) => OldCommand::PostNow,
        (Some("audit"), Some("quick")) => OldCommand::AuditQuick,
        (Some("audit"), Some("full")) => OldCommand::AuditFull,
        (Some("audit"), _) => OldCommand::AuditUsage,
        (Some("layout"), Some("audit")) => OldCommand::LayoutAudit,
        (Some("layout"), Some("preview")) => OldCommand::LayoutPreview,
        (Some("layout"), None) => OldCommand::LayoutUsage,
        (Some("layout"), Some(_)) => OldCommand::UnknownLayout,
        (Some("logs"), Some("tail")) => {
            OldCommand::LogsTail(words.next().and_then(|count| count.parse().ok()).unwrap_or(DEFAULT_LOG_LINES))
        }
        _ => OldCommand::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounting::silence::Silence;
    use crate::domain::meet::slots::Slots;
    use crate::domain::rhythm::Rhythm;

    const BOT: Option<&str> = Some("study_bot");

    #[test]
    fn a_command_is_read_as_people_write_it() {
        let on = |date: &str| AskedDate::On(date.parse().unwrap());
        let until = |date: &str| PauseRequest::Until(Some(date.parse().unwrap()));
        let set = |value: PartValue| Command::Part(value.part(), Some(value));
        for (text, command) in [
            ("/me", Command::Me),
            ("  /ME  ", Command::Me),
            ("/me@study_bot", Command::Me),
            ("/me@Study_Bot and more", Command::Me),
            ("/top", Command::Top(Scope::Day)),
            ("/top Week", Command::Top(Scope::Week)),
            ("/top month", Command::Top(Scope::Month)),
            ("/top century", Command::Misread(Usage::Top)),
            ("/card", Command::Card(CardRequest::Board(Scope::Day))),
            ("/card Week", Command::Card(CardRequest::Board(Scope::Week))),
            ("/card ME", Command::Card(CardRequest::Me)),
            ("/card @ada", Command::Misread(Usage::Card)),
            ("/why", Command::Why(AskedDate::PeriodsBack(0))),
            ("/why yesterday", Command::Why(AskedDate::Yesterday)),
            ("/why 2026-11-22", Command::Why(on("2026-11-22"))),
            ("/why me", Command::Misread(Usage::Why)),
            ("/goal", Command::Goal(None)),
            ("/goal 10h", Command::Goal(Some(GoalRequest(Some(36_000))))),
            ("/goal 7h 30m", Command::Goal(Some(GoalRequest(Some(27_000))))),
            ("/goal off", Command::Goal(Some(GoalRequest(None)))),
            ("/goal 400h", Command::Misread(Usage::Goal)),
            ("/hide", Command::Hide),
            ("/leave now", Command::Leave),
            ("/agree@study_bot", Command::Agree),
            ("/forget", Command::Forget(false)),
            ("/forget me", Command::Forget(false)),
            ("/forget YES", Command::Forget(true)),
            ("/restore", Command::Restore),
            ("/export", Command::Export),
            ("/name", Command::Name(None)),
            ("/name  The Falcon ", Command::Name(Some("The Falcon".into()))),
            ("/pair", Command::Pair(None)),
            ("/pair  @ada ", Command::Pair(Some("@ada".into()))),
            ("/pair Ada Lovelace", Command::Pair(Some("Ada Lovelace".into()))),
            ("/unpair", Command::Unpair(None)),
            ("/unpair@study_bot @ada", Command::Unpair(Some("@ada".into()))),
            ("/in", Command::In(SlotRequest::Any)),
            ("/in 19:00", Command::In(SlotRequest::At(NaiveTime::from_hms_opt(19, 0, 0).unwrap()))),
            ("/in 19 please", Command::In(SlotRequest::At(NaiveTime::from_hms_opt(19, 0, 0).unwrap()))),
            ("/in tonight", Command::In(SlotRequest::Unreadable)),
            ("/out@study_bot 9:30", Command::Out(SlotRequest::At(NaiveTime::from_hms_opt(9, 30, 0).unwrap()))),
            ("/out", Command::Out(SlotRequest::Any)),
            ("/out 25:00", Command::Out(SlotRequest::Unreadable)),
            ("/start", Command::Start(None)),
            ("/web", Command::Web),
            ("/start me-study", Command::Start(Some("me-study".into()))),
            ("/pause", Command::Pause(PauseRequest::Until(None))),
            ("/pause 2027-01-07", Command::Pause(until("2027-01-07"))),
            ("/pause off", Command::Pause(PauseRequest::End)),
            ("/pause soon", Command::Misread(Usage::Pause)),
            ("/rhythm", Command::Part(Part::Rhythm, None)),
            ("/rhythm 50/10", set(PartValue::Rhythm(Rhythm::new(50, 10)))),
            ("/rhythm 25 / 5", set(PartValue::Rhythm(Rhythm::new(25, 5)))),
            ("/rhythm Off", set(PartValue::Rhythm(None))),
            ("/rhythm 4/1", Command::Misread(Usage::Part(Part::Rhythm))),
            ("/rhythm fast", Command::Misread(Usage::Part(Part::Rhythm))),
            ("/slots@study_bot", Command::Part(Part::Slots, None)),
            ("/slots 21:00 19", set(PartValue::Slots(Slots::parse("19:00,21:00").unwrap()))),
            ("/slots off", set(PartValue::Slots(Slots::default()))),
            ("/slots 19:00 tonight", Command::Misread(Usage::Part(Part::Slots))),
            ("/Pairs ON", set(PartValue::Pairs(true))),
            ("/pairs @ada", Command::Misread(Usage::Part(Part::Pairs))),
            ("/silence 3h", set(PartValue::Silence(Silence::Limit(10_800)))),
            ("/silence record", set(PartValue::Silence(Silence::Record))),
            ("/silence 9h", Command::Misread(Usage::Part(Part::Silence))),
            ("/logs", Command::Logs(50)),
            ("/logs 7", Command::Logs(7)),
            ("/logs all", Command::Misread(Usage::Logs)),
            ("/logs 0", Command::Misread(Usage::Logs)),
            ("/fly", Command::Unknown),
        ] {
            assert_eq!(read(text, BOT), Some(command), "{text}");
        }
    }

    #[test]
    fn what_is_for_another_bot_or_no_command_is_not_read() {
        for text in ["/me@other_bot", "/me@", "me", "hello /me", "/", "", "//", "/ me"] {
            let read = read(text, BOT);
            assert!(matches!(read, None | Some(Command::Unknown)), "{text}: {read:?}");
            assert_ne!(read, Some(Command::Me), "{text}");
        }
        assert_eq!(read("/me@other_bot", BOT), None);
        assert_eq!(read("/me@study_bot", None), None, "an account without a username");
    }

    #[test]
    fn the_old_trackers_commands_are_read_in_any_case() {
        for (text, command) in [
            (".post now", OldCommand::PostNow),
            (".POST  Now", OldCommand::PostNow),
            (".post", OldCommand::Unknown),
            (".audit quick", OldCommand::AuditQuick),
            (".audit full", OldCommand::AuditFull),
            (".audit", OldCommand::AuditUsage),
            (".audit slow", OldCommand::AuditUsage),
            (".layout audit", OldCommand::LayoutAudit),
            (".layout preview", OldCommand::LayoutPreview),
            (".layout", OldCommand::LayoutUsage),
            (".layout fly", OldCommand::UnknownLayout),
            (".logs tail", OldCommand::LogsTail(50)),
            (".logs tail 7", OldCommand::LogsTail(7)),
            (".logs tail x", OldCommand::LogsTail(50)),
            (".logs", OldCommand::Unknown),
            (".fly", OldCommand::Unknown),
        ] {
            assert_eq!(read(text, None), Some(Command::Old(command)), "{text}");
        }
    }
}
