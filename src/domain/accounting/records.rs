//! A person's records (rules §2.20). Only final periods set one, so a record that is announced stands.

use std::collections::VecDeque;

use chrono::NaiveDate;

use crate::domain::accounting::days::PersonDays;
use crate::domain::accounting::streak::{Day, Kind};
use crate::domain::time::period::Scope;

/// The length of the window for the most active days.
const WINDOW_DAYS: i64 = 28;

/// A person's highest amount of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Best {
    /// Seconds, or active days.
    pub amount: i64,
    /// The last date of the period that set it.
    pub date: NaiveDate,
    /// The record that it broke; `None` if it is the first one.
    pub before: Option<i64>,
}

impl Best {
    /// Whether the period that ends on `date` broke an earlier record.
    pub fn is_broken_on(&self, date: NaiveDate) -> bool {
        self.date == date && self.before.is_some()
    }
}

/// A person's records; `None` where no final period has an amount above 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Records {
    pub day: Option<Best>,
    pub week: Option<Best>,
    pub month: Option<Best>,
    /// The longest session, under the date on which it ended.
    pub session: Option<Best>,
    /// The most active days of 28 days in a row, under the last of them.
    pub active_days: Option<Best>,
}

/// The records of a person. `last` returns the last date of the period of that kind that holds a date.
pub fn records(person: &PersonDays, threshold: i64, last: impl Fn(Scope, NaiveDate) -> NaiveDate) -> Records {
    let days = &person.days;
    let of = |scope| best(periods(days, |date| last(scope, date)));
    let sessions = person.sessions.iter().filter(|session| session.is_final);
    Records {
        day: best(days.iter().filter(|day| day.is_final).map(|day| (day.date, day.seconds))),
        week: of(Scope::Week),
        month: of(Scope::Month),
        session: best(sessions.map(|session| (session.date, session.seconds))),
        active_days: best(active_days(days, threshold)),
    }
}

/// The seconds of each period that is over and final, with its last date. The first period begins with the first of
/// `days`.
fn periods(days: &[Day], last: impl Fn(NaiveDate) -> NaiveDate) -> Vec<(NaiveDate, i64)> {
    let mut periods = Vec::new();
    let mut rest = days;
    while let Some(first) = rest.first() {
        let end = last(first.date);
        let (period, later) = rest.split_at(rest.partition_point(|day| day.date <= end));
        let is_over = period.last().is_some_and(|day| day.date == end) && period.iter().all(|day| day.is_final);
        if is_over {
            periods.push((end, period.iter().map(|day| day.seconds).sum()));
        }
        rest = later;
    }
    periods
}

/// For each final day, how many of the [`WINDOW_DAYS`] that end with it are active.
fn active_days(days: &[Day], threshold: i64) -> impl Iterator<Item = (NaiveDate, i64)> {
    let mut active: VecDeque<NaiveDate> = VecDeque::new();
    days.iter().filter(|day| day.is_final).map(move |day| {
        active.extend((day.kind(threshold) == Kind::Active).then_some(day.date));
        while active.front().is_some_and(|first| (day.date - *first).num_days() >= WINDOW_DAYS) {
            active.pop_front();
        }
        (day.date, active.len() as i64)
    })
}

/// The greatest amount above 0; of equal ones the first.
fn best(amounts: impl IntoIterator<Item = (NaiveDate, i64)>) -> Option<Best> {
    let mut best: Option<Best> = None;
    for (date, amount) in amounts {
        let before = best.map(|best| best.amount);
        if amount > before.unwrap_or(0) {
            best = Some(Best { amount, date, before });
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounting::days::Session;

    const HOUR: i64 = 3600;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Days with these hours, from Monday 2026-11-02 on; the last `open` are not final.
    fn person(hours: &[i64], open: usize) -> PersonDays {
        let count = hours.len();
        let days = date("2026-11-02").iter_days().zip(hours).enumerate().map(|(index, (date, hours))| Day {
            date,
            seconds: hours * HOUR,
            possible: hours * HOUR,
            had_call: true,
            is_unwatched: false,
            is_paused: false,
            is_final: index + open < count,
        });
        PersonDays { days: days.collect(), ..PersonDays::default() }
    }

    fn last(scope: Scope, date: NaiveDate) -> NaiveDate {
        let length = if scope == Scope::Week { 7 } else { 30 };
        let before = (date - self::date("2026-11-02")).num_days().rem_euclid(length);
        date + chrono::Days::new((length - 1 - before) as u64)
    }

    fn of(person: &PersonDays) -> Records {
        records(person, HOUR, last)
    }

    fn best_of(amount: i64, date_text: &str, before: Option<i64>) -> Option<Best> {
        Some(Best { amount, date: date(date_text), before })
    }

    #[test]
    fn the_first_of_equal_days_keeps_the_record() {
        let records = of(&person(&[2, 3, 3, 1], 0));
        assert_eq!(records.day, best_of(3 * HOUR, "2026-11-03", Some(2 * HOUR)));
        assert_eq!((records.week, records.month), (None, None));
        assert!(records.day.unwrap().is_broken_on(date("2026-11-03")));
        assert!(!records.day.unwrap().is_broken_on(date("2026-11-04")));
        // The first record breaks none.
        assert!(!of(&person(&[2, 1], 0)).day.unwrap().is_broken_on(date("2026-11-02")));
        assert_eq!(of(&person(&[0, 0], 0)), Records::default());
    }

    #[test]
    fn only_what_is_final_sets_a_record() {
        let hours = [1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 9];
        let all = of(&person(&hours, 0));
        assert_eq!(all.day, best_of(9 * HOUR, "2026-11-15", Some(2 * HOUR)));
        assert_eq!(all.week, best_of(21 * HOUR, "2026-11-15", Some(7 * HOUR)));
        let open = of(&person(&hours, 1));
        assert_eq!(open.day, best_of(2 * HOUR, "2026-11-09", Some(HOUR)));
        assert_eq!(open.week, best_of(7 * HOUR, "2026-11-08", None));
        assert_eq!((all.active_days.unwrap().amount, open.active_days.unwrap().amount), (14, 13));
        // A week that goes on does not count.
        assert_eq!(of(&person(&hours[..13], 0)).week, best_of(7 * HOUR, "2026-11-08", None));
    }

    #[test]
    fn active_days_are_those_of_28_days_in_a_row() {
        let hours: Vec<i64> = (0..60).map(|day| i64::from(day % 4 != 3 || day > 40)).collect();
        // From day 32 on: 41 to 59 are active, and so are 32, 33, 34, 36, 37, 38 and 40.
        assert_eq!(of(&person(&hours, 0)).active_days, best_of(26, "2026-12-31", Some(25)));
    }

    #[test]
    fn the_longest_session_counts_once_its_day_is_final() {
        let session = |date_text, seconds, is_final| Session { date: date(date_text), seconds, is_final };
        let sessions = vec![session("2026-11-02", 500, true), session("2026-11-03", 900, false)];
        let mut person = PersonDays { sessions, ..person(&[1, 1], 0) };
        assert_eq!(of(&person).session, best_of(500, "2026-11-02", None));
        person.sessions[1].is_final = true;
        assert_eq!(of(&person).session, best_of(900, "2026-11-03", Some(500)));
    }
}
