//! When the days of a group begin: at midnight, or later, so that a night belongs to the day before it.
//!
//! ```text
//! SWF_DAY_START=04:00@2026-12-01
//! midnights   │ 29 Nov    │ 30 Nov    │ 1 Dec     │ 2 Dec
//! days        ├─29 Nov────┼─30 Nov────┴─┼─1 Dec───┴─┼─2 Dec──…      the day before the change is longer
//! ```

use std::str::FromStr;

use chrono::{NaiveDate, NaiveTime, Timelike};

/// The latest start of a day.
const MAX_START: NaiveTime = NaiveTime::from_hms_opt(6, 0, 0).unwrap();

/// At which time of its date each day begins: midnight, until the first change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayStarts(&'static [Change]);

/// From the day of `date` on, days begin at `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    date: NaiveDate,
    start: NaiveTime,
}

/// The error for a text that is no [`DayStarts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a start of the day")]
pub struct InvalidDayStart;

impl DayStarts {
    pub const MIDNIGHT: DayStarts = DayStarts(&[]);

    /// The time on `date` at which the day of `date` begins.
    pub fn of(self, date: NaiveDate) -> NaiveTime {
        let changes = self.0.partition_point(|change| change.date <= date);
        changes.checked_sub(1).map_or(NaiveTime::MIN, |last| self.0[last].start)
    }
}

impl FromStr for DayStarts {
    type Err = InvalidDayStart;

    /// `04:00@2026-12-01,00:00@2027-03-01`: starts with the dates from which they hold, in order. A `00:00` without a
    /// date may come first or alone, and changes nothing. The changes stay in memory until the process ends.
    fn from_str(text: &str) -> Result<DayStarts, InvalidDayStart> {
        let mut parts = text.split(',').map(str::trim).peekable();
        parts.next_if_eq(&"00:00");
        let changes = parts.map(change).collect::<Option<Vec<Change>>>().ok_or(InvalidDayStart)?;
        let in_order = changes.is_sorted_by(|a, b| a.date < b.date);
        in_order.then(|| DayStarts(changes.leak())).ok_or(InvalidDayStart)
    }
}

fn change(text: &str) -> Option<Change> {
    let (start, date) = text.split_once('@')?;
    let start = NaiveTime::parse_from_str(start.trim(), "%H:%M").ok()?;
    let date = date.trim().parse().ok()?;
    (start <= MAX_START && start.second() == 0).then_some(Change { date, start })
}

#[cfg(test)]
pub mod testing {
    use proptest::prelude::*;

    use super::*;

    /// Up to three changes, weeks or a day apart, from `first` on.
    pub fn any_starts(first: NaiveDate) -> impl Strategy<Value = DayStarts> {
        let change = (prop_oneof![1..3u64, 1..40u64], 0..=360u32);
        proptest::collection::vec(change, 0..4).prop_map(move |changes| {
            let mut date = first;
            let changes = changes.into_iter().map(|(later, minutes)| {
                date = date + chrono::Days::new(later);
                Change { date, start: NaiveTime::from_num_seconds_from_midnight_opt(minutes * 60, 0).unwrap() }
            });
            DayStarts(changes.collect::<Vec<_>>().leak())
        })
    }

    impl DayStarts {
        /// These starts, with one more change, which comes after all others.
        pub fn and(self, date: NaiveDate, start: NaiveTime) -> DayStarts {
            assert!(self.0.iter().all(|change| change.date < date));
            DayStarts([self.0, &[Change { date, start }]].concat().leak())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_holds_from_its_date_until_the_next_change() {
        let starts = |text: &str, date: &str| {
            text.parse::<DayStarts>().unwrap().of(date.parse().unwrap()).format("%H:%M").to_string()
        };
        for text in ["04:00@2026-12-01,00:30@2027-03-01", " 00:00, 04:00 @ 2026-12-01 , 00:30@2027-03-01"] {
            let dates = ["1970-01-01", "2026-11-30", "2026-12-01", "2027-02-28", "2027-03-01", "2100-01-01"];
            assert_eq!(
                dates.map(|date| starts(text, date)),
                ["00:00", "00:00", "04:00", "04:00", "00:30", "00:30"],
                "{text}"
            );
        }
        assert_eq!("00:00".parse(), Ok(DayStarts::MIDNIGHT));
        assert_eq!(starts("06:00@2026-12-01", "2026-12-01"), "06:00");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "04:00",
            "4",
            "06:01@2026-12-01",
            "23:00@2026-12-01",
            "-01:00@2026-12-01",
            "04:00:30@2026-12-01",
            "04:00@",
            "04:00@01.12.2026",
            "04:00@2026-12-01,",
            "04:00@2026-12-01,00:00",
            "04:00@2026-12-01,00:00@2026-12-01",
            "04:00@2026-12-01,00:00@2026-11-01",
        ] {
            assert_eq!(text.parse::<DayStarts>(), Err(InvalidDayStart), "{text:?}");
        }
    }
}
