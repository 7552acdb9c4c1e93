//! A date as a user asks for it: `2026-11-22`, `today`, `yesterday`, `last` or `-2`.

use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

use crate::domain::time::period::{Calendar, Scope, date_back};

/// The most periods that a date may lie back.
const MAX_PERIODS_BACK: u32 = 9999;

/// The years of dates that can be asked for. Each period that has such a date ends before the year 10000, which no
/// ISO 8601 date with four digits can show.
pub const YEARS: RangeInclusive<i32> = 1..=9998;

/// A date that can be computed from today's date in the group's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedDate {
    On(NaiveDate),
    Yesterday,
    /// A date in the period that lies this many periods back; 0 is today.
    PeriodsBack(u32),
}

/// The error for a text that is no [`AskedDate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "it must be a date, YYYY-MM-DD, e.g. 2026-11-22; or today, yesterday, last (the period before), or -2 (two periods \
     back)"
)]
pub struct InvalidDate;

impl AskedDate {
    /// The date that is meant on `today`, for the board of a `scope`.
    pub fn resolve(self, scope: Scope, today: NaiveDate, calendar: Calendar) -> NaiveDate {
        match self {
            AskedDate::On(date) => date,
            AskedDate::Yesterday => date_back(Scope::Day, today, calendar, 1),
            AskedDate::PeriodsBack(back) => date_back(scope, today, calendar, back),
        }
    }
}

impl FromStr for AskedDate {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<AskedDate, InvalidDate> {
        let back = |digits: &str| digits.parse().ok().filter(|back| *back <= MAX_PERIODS_BACK);
        match text.to_ascii_lowercase().as_str() {
            "today" => return Ok(AskedDate::PeriodsBack(0)),
            "yesterday" => return Ok(AskedDate::Yesterday),
            "last" => return Ok(AskedDate::PeriodsBack(1)),
            _ => {}
        }
        let is_number = |rest: &&str| rest.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(digits) = text.strip_prefix('-').filter(is_number) {
            return back(digits).map(AskedDate::PeriodsBack).ok_or(InvalidDate);
        }
        // chrono also reads years that no calendar has.
        let date = text.parse::<NaiveDate>().ok().filter(|date| YEARS.contains(&date.year()));
        date.map(AskedDate::On).ok_or(InvalidDate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str, scope: Scope) -> Option<String> {
        let today = "2026-03-31".parse().unwrap();
        Some(text.parse::<AskedDate>().ok()?.resolve(scope, today, Calendar::default()).to_string())
    }

    #[test]
    fn dates_are_absolute_or_counted_back_from_today() {
        for (text, day, week, month) in [
            ("2024-02-29", "2024-02-29", "2024-02-29", "2024-02-29"),
            ("9998-12-31", "9998-12-31", "9998-12-31", "9998-12-31"),
            ("0001-01-01", "0001-01-01", "0001-01-01", "0001-01-01"),
            ("today", "2026-03-31", "2026-03-31", "2026-03-31"),
            ("Yesterday", "2026-03-30", "2026-03-30", "2026-03-30"),
            ("last", "2026-03-30", "2026-03-24", "2026-02-28"),
            ("-0", "2026-03-31", "2026-03-31", "2026-03-31"),
            ("-1", "2026-03-30", "2026-03-24", "2026-02-28"),
            ("-2", "2026-03-29", "2026-03-17", "2026-01-31"),
            ("-9999", "1998-11-14", "1834-08-12", "1192-12-31"),
        ] {
            let all = [Scope::Day, Scope::Week, Scope::Month].map(|scope| resolve(text, scope).unwrap());
            assert_eq!(all, [day, week, month], "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "-",
            "--1",
            "-1d",
            "+1",
            "1",
            "-10000",
            "-4294967297",
            "tomorrow",
            "last week",
            "2026-02-29",
            "2026-13-01",
            "0000-00-00",
            "0000-01-01",
            "-999-01-01",
            // A period of it can end in the year 10000.
            "9999-01-01",
            "+12026-11-03",
            "12026-11-03",
            "2026-11-22T00:00",
            "22.11.2026",
            "−1",
        ] {
            assert_eq!(resolve(text, Scope::Day), None, "{text:?}");
        }
    }
}
