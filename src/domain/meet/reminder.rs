//! When somebody is reminded of an appointment (rules §10.4): ten minutes before it, once a day at most, and not after
//! three ignored reminders in a row.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::domain::Instant;
use crate::domain::time::period::local_date;
use crate::domain::time::zone::Zone;

/// How long before the slot the reminder is sent, in seconds. It is not sent once the slot has begun.
pub const REMINDER_LEAD: i64 = 600;
/// After how many ignored reminders in a row there are no more, until the person writes `/in` again.
pub const MAX_IGNORED: usize = 3;

/// A reminder that was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// When its slot begins.
    pub starts: Instant,
    /// When the person pressed one of its buttons, or wrote `/in` or `/out` after it.
    pub answered: Option<Instant>,
}

/// The result of a look for due reminders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderCheck {
    /// Reminders were stored.
    pub any: bool,
    /// When the next reminder may be due.
    pub next: Option<Instant>,
}

/// An appointment that somebody may be reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coming {
    pub starts: Instant,
    /// When it was made.
    pub made: Instant,
}

/// The appointment that the person is reminded of at `now`; `None` if there is none. `reminders` are those of the last
/// weeks.
pub fn due(zone: Zone, coming: &[Coming], reminders: &[Reminder], now: Instant) -> Option<Instant> {
    let reminded: BTreeSet<NaiveDate> = reminders.iter().map(|one| local_date(zone, one.starts)).collect();
    let is_due = |one: &&Coming| {
        let opens = one.starts - REMINDER_LEAD;
        // A person who made the appointment in the last minutes needs no reminder.
        opens <= now && now < one.starts && one.made <= opens && !reminded.contains(&local_date(zone, one.starts))
    };
    coming.iter().filter(is_due).map(|one| one.starts).min()
}

/// When the next reminder may be due after `now`.
pub fn next(coming: &[Coming], now: Instant) -> Option<Instant> {
    coming.iter().map(|one| one.starts - REMINDER_LEAD).filter(|at| *at > now).min()
}

/// Whether reminders have stopped: the person answered none of the last three, and came to none of their slots.
/// `verdict` returns whether the person came to a slot. A reminder whose verdict is unknown is left out.
pub fn have_stopped<E>(
    reminders: &[Reminder],
    mut verdict: impl FnMut(Instant) -> Result<Verdict, E>,
) -> Result<bool, E> {
    let mut newest: Vec<&Reminder> = reminders.iter().collect();
    newest.sort_by_key(|one| std::cmp::Reverse(one.starts));
    let mut ignored = 0;
    for one in newest {
        if one.answered.is_some() {
            return Ok(false);
        }
        match verdict(one.starts)? {
            Verdict::Came => return Ok(false),
            Verdict::DidNotCome => ignored += 1,
            Verdict::Unknown => {}
        }
        if ignored == MAX_IGNORED {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::time::period::instant_of;

    const ZONE: Zone = Zone::TASHKENT;

    fn at(text: &str) -> Instant {
        instant_of(ZONE, format!("2026-11-{text}").parse().unwrap())
    }

    fn coming(starts: &str, made: &str) -> Coming {
        Coming { starts: at(starts), made: at(made) }
    }

    #[test]
    fn a_reminder_is_due_from_ten_minutes_before_the_slot_until_it_begins() {
        let evening = [coming("29T19:00:00", "28T21:00:00")];
        for (now, is_due) in
            [("29T18:49:59", false), ("29T18:50:00", true), ("29T18:59:59", true), ("29T19:00:00", false)]
        {
            let expected = is_due.then_some(at("29T19:00:00"));
            assert_eq!(due(ZONE, &evening, &[], at(now)), expected, "{now}");
        }
        assert_eq!(next(&evening, at("29T12:00:00")), Some(at("29T18:50:00")));
        assert_eq!(next(&evening, at("29T18:50:00")), None);
        // An appointment that was made in the last ten minutes gets no reminder.
        for (made, is_due) in [("29T18:50:00", true), ("29T18:50:01", false)] {
            let late = [coming("29T19:00:00", made)];
            assert_eq!(due(ZONE, &late, &[], at("29T18:55:00")).is_some(), is_due, "{made}");
        }
    }

    #[test]
    fn there_is_one_reminder_a_day() {
        let both = [coming("29T19:00:00", "28T21:00:00"), coming("29T19:05:00", "28T21:00:00")];
        let now = at("29T18:56:00");
        assert_eq!(due(ZONE, &both, &[], now), Some(both[0].starts));
        let reminded = |starts: &str| [Reminder { starts: at(starts), answered: None }];
        assert_eq!(due(ZONE, &both, &reminded("29T19:00:00"), now), None);
        assert_eq!(due(ZONE, &both, &reminded("29T08:00:00"), now), None);
        assert_eq!(due(ZONE, &both, &reminded("28T23:50:00"), now), Some(both[0].starts));
    }

    fn stopped(reminders: &[(i64, bool, Verdict)]) -> bool {
        let stored: Vec<Reminder> = reminders
            .iter()
            .map(|(day, is_answered, _)| Reminder {
                starts: Instant(day * 86_400),
                answered: is_answered.then_some(Instant(day * 86_400)),
            })
            .collect();
        let verdict = |starts: Instant| {
            let found = reminders.iter().find(|(day, ..)| Instant(day * 86_400) == starts);
            Ok::<_, Infallible>(found.map_or(Verdict::Unknown, |(_, _, verdict)| *verdict))
        };
        have_stopped(&stored, verdict).unwrap()
    }

    #[test]
    fn three_ignored_reminders_in_a_row_are_the_last() {
        use Verdict::{Came, DidNotCome, Unknown};
        let ignored = |day| (day, false, DidNotCome);
        assert!(!stopped(&[ignored(1), ignored(2)]));
        assert!(stopped(&[ignored(3), ignored(1), ignored(2)]));
        assert!(stopped(&[(0, true, Came), ignored(1), ignored(2), ignored(3)]));
        // Coming, or an answer, starts the count again; an unknown verdict changes nothing.
        assert!(!stopped(&[ignored(1), ignored(2), ignored(3), (4, false, Came)]));
        assert!(!stopped(&[ignored(1), ignored(2), (3, true, DidNotCome), ignored(4)]));
        assert!(!stopped(&[ignored(1), ignored(2), (3, false, Unknown)]));
        assert!(stopped(&[ignored(1), ignored(2), (3, false, Unknown), ignored(4)]));
    }

    proptest! {
        /// The reference counts from the oldest reminder on.
        #[test]
        fn reminders_stop_as_one_counts_them(cases in proptest::collection::vec((any::<bool>(), 0..3usize), 0..12)) {
            let verdicts = [Verdict::Came, Verdict::DidNotCome, Verdict::Unknown];
            let all: Vec<(i64, bool, Verdict)> =
                (1..).zip(&cases).map(|(day, (answered, which))| (day, *answered, verdicts[*which])).collect();
            let mut in_a_row = 0;
            for (_, answered, verdict) in &all {
                match (answered, verdict) {
                    (true, _) | (_, Verdict::Came) => in_a_row = 0,
                    (_, Verdict::DidNotCome) => in_a_row += 1,
                    (_, Verdict::Unknown) => {}
                }
            }
            prop_assert_eq!(stopped(&all), in_a_row >= MAX_IGNORED);
        }
    }
}
