//! The texts of the terminal: always English, whatever the group's language is.

use crate::domain::time::zone::Zone;
use chrono::{Datelike, NaiveDate};

use crate::domain::Instant;
use crate::domain::accounting::leaderboard::{Board, Entry};
use crate::domain::accounting::receipt::Evidence;
use crate::domain::accounting::unwatched::Coverage;
use crate::domain::roster::BlindReason;
use crate::domain::text::{count, duration};
use crate::domain::time::period::{Period, Scope, clock_date, local, local_date, local_text};
use crate::domain::words::{Dates, ENGLISH};

/// The text after a number of people: how many more people are not counted.
pub fn uncounted(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => " and 1 who is not counted".to_owned(),
        _ => format!(" and {count} who are not counted"),
    }
}

/// `1 person`, `2 people`.
pub fn people(number: usize) -> String {
    count(number, "person", "people")
}

/// How many rows are not shown.
pub fn more(number: usize) -> String {
    format!("and {number} more")
}

/// The text of a board without rows.
pub fn empty_board(board: &Board, zone: Zone) -> String {
    match board.coverage {
        Coverage::Unwatched => ENGLISH.not_running(),
        Coverage::BeforeFirst(first) => {
            format!("swf was not in use yet; it first watched the group on {}.", local_date(zone, first))
        }
        Coverage::Blind => ENGLISH.not_seen(),
        Coverage::Ahead => "This period has not begun yet.".into(),
        Coverage::Watched => match board.watched_since {
            Some(first) => ENGLISH.empty_since(local(zone, first).naive_local()),
            None => ENGLISH.empty_board(board.is_final)[0].into(),
        },
    }
}

/// Since when swf has watched the group, for a period that began before.
pub fn watched_since(first: Instant, zone: Zone) -> String {
    ENGLISH.watched_since(local(zone, first).naive_local())
}

/// For how long no tracker watched the group, and what that means.
pub fn unwatched(seconds: i64) -> String {
    format!("swf was not running for {}; whether a call ran then is not known", duration(seconds))
}

/// For how long the call could not be seen, and what that means.
pub fn blind(seconds: i64) -> String {
    format!("swf could not see the call for {}; time that Telegram can prove is counted", duration(seconds))
}

/// `Week`, or `WEEK 2` where periods have numbers.
pub fn period(period: Period) -> String {
    let name = match period.scope {
        Scope::Day => "Day",
        Scope::Week => "Week",
        Scope::Month => "Month",
        Scope::Year => "Year",
        Scope::AllTime => "All time",
        Scope::Range => "Days",
    };
    period.number.map_or_else(|| name.into(), |number| format!("{} {number}", name.to_uppercase()))
}

/// A person's rank on a board: `rank 3 of 12`, `rank 1 of 8 in band 2`.
pub fn place(entry: &Entry, board: &Board) -> String {
    let band = entry.standing.band;
    let people = board.entries.iter().filter(|other| other.standing.band == band).count();
    let band = band.map_or(String::new(), |band| format!(" in band {band}"));
    format!("rank {} of {people}{band}", entry.rank)
}

/// The dates of a period, with the year unless it is that of `today`.
pub fn dates(period: Period, today: Option<NaiveDate>) -> String {
    let (dates, year) = (Dates::of(period), period.last.year());
    if period.scope == Scope::Year && period.number.is_none() {
        return year.to_string();
    }
    let text = ENGLISH.dates(dates);
    let is_clear = dates.show_year() || today.is_some_and(|today| today.year() == year);
    if is_clear { text } else { format!("{text} {year}") }
}

/// `today 21:30`, `tomorrow 21:30`, `yesterday 21:30`, or with the date.
pub fn day_and_time(zone: Zone, at: Instant, now: Instant) -> String {
    let date = clock_date(zone, at);
    let day = match (date - clock_date(zone, now)).num_days() {
        -1 => "yesterday".into(),
        0 => "today".into(),
        1 => "tomorrow".into(),
        _ => date.to_string(),
    };
    format!("{day} {}", local_text(zone, at, "%H:%M"))
}

/// The reason of a blind span.
pub fn blind_reason(reason: BlindReason) -> &'static str {
    match reason {
        BlindReason::Offline => "offline",
        BlindReason::FloodWait => "flood wait",
        BlindReason::Clock => "wrong date",
        BlindReason::NotRunning => "not running",
        BlindReason::Gap => "gap",
        BlindReason::ListenersHidden => "listeners hidden",
    }
}

/// The evidence of a span.
pub fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Observed => "observed",
        Evidence::Proved => "proved",
        Evidence::Carried => "carried",
        Evidence::Unproved => "unproved",
        Evidence::Corrected => "corrected",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::period::{Calendar, instant_of};
    use crate::domain::time::zone::Zone;
    const TASHKENT: Zone = Zone::TASHKENT;

    #[test]
    fn dates_have_a_year_where_it_is_not_clear() {
        let date = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let of = |scope, day, today: Option<&str>| {
            dates(Period::of(scope, date(day), TASHKENT, Calendar::default()), today.map(date))
        };
        assert_eq!(of(Scope::Day, "2026-11-22", Some("2026-01-01")), "Sunday 22 November");
        assert_eq!(of(Scope::Day, "2026-11-22", Some("2027-01-01")), "Sunday 22 November 2026");
        assert_eq!(of(Scope::Day, "2026-11-22", None), "Sunday 22 November 2026");
        assert_eq!(of(Scope::Month, "2026-11-22", None), "November 2026");
        assert_eq!(of(Scope::Year, "2026-11-22", Some("2026-01-01")), "2026");
        assert_eq!(of(Scope::Week, "2027-01-01", None), "28 December 2026 – 3 January 2027");
    }

    #[test]
    fn days_nearby_have_names() {
        let at = |text: &str| instant_of(TASHKENT, text.parse().unwrap());
        let of = |text| day_and_time(TASHKENT, at(text), at("2026-11-22T23:59:00"));
        assert_eq!(of("2026-11-21T00:00:00"), "yesterday 00:00");
        assert_eq!(of("2026-11-22T00:00:00"), "today 00:00");
        assert_eq!(of("2026-11-23T21:30:00"), "tomorrow 21:30");
        assert_eq!(of("2026-11-24T21:30:00"), "2026-11-24 21:30");
    }
}
