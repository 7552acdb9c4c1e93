//! The message that the organiser gets each Monday (`SWF_PULSE`): when it is due, and what it says.
//!
//! ```text
//! Monday 21:30 ├──────── it is due ────────┤ Tuesday 21:30       later it is left out
//! ```

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use super::{MIN_PEOPLE, NOT_SHOWN, Pulse};
use crate::domain::Instant;
use crate::domain::post::schedule::Timetable;
use crate::domain::text::{clean, isolated_if_mixed, shorten};
use crate::domain::time::period::local_date;
use crate::domain::words::page::{Label, PageWords};

/// How late the message may be, in seconds.
pub const MAX_LATE: i64 = 86_400;

/// The most graphemes of a group's name.
const MAX_GROUP: usize = 160;

/// The result of a look whether the message is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weekly {
    /// A message was stored.
    pub queued: bool,
    /// When the next message is due; `None` in a group that gets none.
    pub next: Option<Instant>,
}

/// A message that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Together with the group, it identifies the message.
    pub monday: NaiveDate,
    /// The message is not sent from this instant on.
    pub until: Instant,
}

/// The Monday whose message may be sent now.
pub fn due(timetable: &Timetable, now: Instant) -> Option<Due> {
    let today = local_date(timetable.zone, now);
    let mondays = (0..=2).filter_map(|back| today.checked_sub_days(Days::new(back)));
    let mut due = mondays.filter(|date| date.weekday() == Weekday::Mon).map(|monday| {
        let from = timetable.due(monday);
        (from, Due { monday, until: from + MAX_LATE })
    });
    due.find(|(from, due)| *from <= now && now < due.until).map(|(_, due)| due)
}

/// The first time after `now` at which a message is due.
pub fn next(timetable: &Timetable, now: Instant) -> Option<Instant> {
    let today = local_date(timetable.zone, now);
    let days = (0..=7).filter_map(|ahead| today.checked_add_days(Days::new(ahead)));
    let mondays = days.filter(|date| date.weekday() == Weekday::Mon);
    mondays.map(|monday| timetable.due(monday)).find(|at| *at > now)
}

/// The text of the message. `title` is the group's title, as Telegram sent it.
pub fn message(pulse: &Pulse, title: &str, words: &dyn PageWords) -> String {
    let title = isolated_if_mixed(&shorten(&clean(title), MAX_GROUP));
    let counted = pulse.lines.iter().filter(|line| line.week.counts()).count();
    let mut lines = vec![
        format!("{} · {title}", words.label(Label::Pulse)),
        words.weeks_counted(pulse.lines.len(), counted),
        String::new(),
    ];
    let numbers = pulse.numbers();
    lines.extend(numbers.iter().map(|(number, amount)| {
        let amount = amount.map_or_else(|| NOT_SHOWN.to_owned(), |amount| words.pulse_amount(amount));
        format!("{}: {amount}", words.pulse_number(*number))
    }));
    if numbers.iter().any(|(_, amount)| amount.is_none()) {
        lines.extend([String::new(), words.not_shown(NOT_SHOWN, MIN_PEOPLE)]);
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::{LeftOut, Summary, Week, WeekLine};
    use super::*;
    use crate::domain::Span;
    use crate::domain::time::zone::Zone;
    use crate::domain::words::Language;

    const DAY: i64 = 86_400;

    fn timetable() -> Timetable {
        Timetable { zone: Zone::TASHKENT, time: "21:30:00".parse().unwrap(), backfill_days: 7 }
    }

    #[test]
    fn it_is_due_from_mondays_post_time_on_for_one_day() {
        let monday: NaiveDate = "2026-11-30".parse().unwrap();
        let at = timetable().due(monday);
        let due = |now| due(&timetable(), now).map(|due| (due.monday, due.until));
        let this = Some((monday, at + DAY));
        assert_eq!([at - 1, at, at + DAY - 1, at + DAY].map(due), [None, this, this, None]);
        let next = |now| next(&timetable(), now);
        assert_eq!([at - 7 * DAY, at - 1, at].map(next), [Some(at), Some(at), Some(at + 7 * DAY)]);
        for hour in 0..7 * 24 {
            let now = at + hour * 3600;
            assert_eq!((due(now).is_some(), next(now)), (hour < 24, Some(at + 7 * DAY)), "{hour}");
        }
    }

    #[test]
    fn a_message_has_each_number_and_no_name() {
        let week = |first: &str, left_out| {
            let (first, span) = (first.parse().unwrap(), Span::new(Instant(0), Instant(1)));
            Week { first, last: first + Days::new(6), span, left_out }
        };
        let line = |week| WeekLine { week, people: None, regulars: None, hours: None };
        let weeks = [week("2026-11-16", Some(LeftOut::Blind)), week("2026-11-23", None)];
        let summary = Summary {
            weeks: 1,
            people: Some(21),
            regulars: Some(9),
            hours: Some(140),
            came_again: [None, Some(82), Some(51)],
            streaks: Some(43),
            median_streak: Some(1),
            reaching: [Some(61), Some(40), None, None],
            top_tenth: None,
            night: Some(12),
        };
        let pulse = Pulse { lines: weeks.map(line).to_vec(), summary, hiding: None, left: Some(6) };
        let texts = Language::ALL.map(|language| message(&pulse, "Study\u{202e} Hall", language.page()));
        insta::assert_snapshot!("weekly_message", texts.join("\n\n————\n\n"));
    }
}
