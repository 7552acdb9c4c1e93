//! Pauses, such as holidays: days on which a group gets no posts, while the time of its members still counts.
//!
//! ```text
//! 2026-12-25..2027-01-07, 2027-03-21..
//! ├─ both ends are paused ─┤  └ until it is ended
//! ```

use std::fmt;

use chrono::{Datelike, NaiveDate};

/// Paused days, from the first to the last; `last` is `None` until the pause is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pause {
    pub first: NaiveDate,
    pub last: Option<NaiveDate>,
}

impl Pause {
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.first <= date && self.last.is_none_or(|last| date <= last)
    }

    /// `2026-12-25..2027-01-07`, `2026-12-25..` or `2026-12-25`.
    fn parse(text: &str) -> Option<Pause> {
        let (first, last) = text
            .split_once("..")
            .map_or((text, Some(text)), |(first, last)| (first, Some(last).filter(|last| !last.trim().is_empty())));
        let pause = Pause { first: date(first)?, last: last.map_or(Some(None), |last| date(last).map(Some))? };
        pause.last.is_none_or(|last| pause.first <= last).then_some(pause)
    }
}

/// A date with a year of four digits; chrono also reads years that no calendar has.
fn date(text: &str) -> Option<NaiveDate> {
    text.trim().parse::<NaiveDate>().ok().filter(|date| (1..=9999).contains(&date.year()))
}

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..", self.first)?;
        self.last.map_or(Ok(()), |last| write!(f, "{last}"))
    }
}

/// All pauses of a group, past ones too, sorted by their first day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pauses(Vec<Pause>);

impl Pauses {
    /// Reads pauses that are separated by commas.
    pub fn parse(text: &str) -> Option<Pauses> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(Pause::parse).collect::<Option<Vec<_>>>().map(Pauses::sorted)
    }

    fn sorted(mut pauses: Vec<Pause>) -> Pauses {
        pauses.sort_unstable();
        Pauses(pauses)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Pause> {
        self.0.iter()
    }

    /// The pause that a day is in; if there are several, the one that ends last.
    pub fn at(&self, date: NaiveDate) -> Option<Pause> {
        let at = self.0.iter().filter(|pause| pause.contains(date));
        at.max_by_key(|pause| pause.last.unwrap_or(NaiveDate::MAX)).copied()
    }

    pub fn contains(&self, date: NaiveDate) -> bool {
        self.at(date).is_some()
    }

    /// These pauses, with one from `today` to `last`. If `today` is in a pause already, that pause keeps its first day
    /// and ends at `last`.
    pub fn begun(&self, today: NaiveDate, last: Option<NaiveDate>) -> Pauses {
        let (current, mut others): (Vec<Pause>, Vec<Pause>) = self.0.iter().partition(|pause| pause.contains(today));
        let first = current.iter().map(|pause| pause.first).min().unwrap_or(today);
        others.push(Pause { first, last });
        Pauses::sorted(others)
    }

    /// These pauses, without `today`: a pause that began before ends yesterday.
    pub fn ended(&self, today: NaiveDate) -> Pauses {
        let end = |pause: &Pause| match pause.contains(today) {
            false => Some(*pause),
            true => {
                today.pred_opt().filter(|last| pause.first <= *last).map(|last| Pause { last: Some(last), ..*pause })
            }
        };
        Pauses::sorted(self.0.iter().filter_map(end).collect())
    }
}

/// As [`Pauses::parse`] reads it.
impl fmt::Display for Pauses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(Pause::to_string).collect();
        f.write_str(&texts.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(text: &str) -> Pauses {
        Pauses::parse(text).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn both_ends_of_a_pause_are_paused_and_an_open_one_goes_on() {
        let pauses = pauses("2027-03-21.., 2026-12-25..2027-01-07,2027-02-01");
        assert_eq!(pauses.to_string(), "2026-12-25..2027-01-07,2027-02-01..2027-02-01,2027-03-21..");
        let paused = ["2026-12-25", "2027-01-07", "2027-02-01", "2027-03-21", "2999-01-01"];
        let open = ["2026-12-24", "2027-01-08", "2027-01-31", "2027-02-02", "2027-03-20"];
        assert!(paused.iter().all(|date| pauses.contains(day(date))));
        assert!(!open.iter().any(|date| pauses.contains(day(date))));
    }

    #[test]
    fn what_is_no_pause_is_refused() {
        for text in
            ["tomorrow", "2027-01-07..2026-12-25", "..2027-01-07", "2026-12-25...", "+12026-01-01..", "2026-13-01"]
        {
            assert_eq!(Pauses::parse(text), None, "{text}");
        }
        assert_eq!(pauses(" , "), Pauses::default());
    }

    #[test]
    fn a_pause_begins_changes_its_end_and_ends() {
        let old = pauses("2026-01-01..2026-01-05");
        let today = day("2026-12-25");
        let open = old.begun(today, None);
        assert_eq!(open.to_string(), "2026-01-01..2026-01-05,2026-12-25..");
        let closed = open.begun(day("2026-12-27"), Some(day("2026-12-28")));
        assert_eq!(closed.to_string(), "2026-01-01..2026-01-05,2026-12-25..2026-12-28");
        assert_eq!(closed.ended(day("2026-12-27")).to_string(), "2026-01-01..2026-01-05,2026-12-25..2026-12-26");
        assert_eq!(open.ended(today), old, "it began today");
        assert_eq!(closed.ended(day("2027-01-01")), closed, "none is running");
    }
}
