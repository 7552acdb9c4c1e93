//! Days, weeks and months in the group's time zone.

use chrono::{
    DateTime, Datelike, Days, LocalResult, Months, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc, Weekday,
};
use chrono_tz::Tz;

use super::{Instant, Span};

/// Which board: a day, a week or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    Day,
    Week,
    Month,
}

impl Scope {
    pub const ALL: [Scope; 3] = [Scope::Day, Scope::Week, Scope::Month];

    pub fn name(self) -> &'static str {
        match self {
            Scope::Day => "day",
            Scope::Week => "week",
            Scope::Month => "month",
        }
    }
}

/// A run of local dates, from the first instant of `first` to the first instant of the date after `last`
/// (DESIGN §1, *period*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub scope: Scope,
    pub first: NaiveDate,
    /// Inclusive.
    pub last: NaiveDate,
    pub span: Span,
}

impl Period {
    /// The period of `scope` that holds the local date `date`.
    pub fn of(scope: Scope, date: NaiveDate, zone: Tz, week_start: Weekday) -> Period {
        let (first, last) = match scope {
            Scope::Day => (date, date),
            Scope::Week => {
                let first = date.week(week_start).first_day();
                (first, first.checked_add_days(Days::new(6)).unwrap_or(first))
            }
            Scope::Month => {
                let first = date.with_day(1).unwrap_or(date);
                (first, first.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(first))
            }
        };
        let span = Span::new(first_instant(zone, first), first_instant(zone, last.succ_opt().unwrap_or(last)));
        Period { scope, first, last, span }
    }
}

/// The local date of an instant.
pub fn local_date(zone: Tz, at: Instant) -> NaiveDate {
    local(zone, at).date_naive()
}

/// An instant as a date and time in `zone`. Instants outside chrono's range (±262,000 years) read as the epoch.
pub fn local(zone: Tz, at: Instant) -> DateTime<Tz> {
    DateTime::<Utc>::from_timestamp(at.0, 0).unwrap_or_default().with_timezone(&zone)
}

/// The first instant of a local date; where midnight is skipped, the instant after the gap.
pub fn first_instant(zone: Tz, date: NaiveDate) -> Instant {
    instant_of(zone, date.and_time(NaiveTime::MIN))
}

/// The instant at which the local clock shows `at`: the first, where it does so twice; the next instant that
/// exists, where it is skipped (DESIGN §4.3).
pub fn instant_of(zone: Tz, at: NaiveDateTime) -> Instant {
    match zone.from_local_datetime(&at) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Instant(time.timestamp()),
        LocalResult::None => {
            // In a gap: the earliest instant whose local clock is past `at`. No zone is over 15 h from UTC and no gap
            // was over 24 h, so the answer lies within 40 h of `at` read as UTC.
            let (mut before, mut after) = (at.and_utc().timestamp() - 40 * 3600, at.and_utc().timestamp() + 40 * 3600);
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if local(zone, Instant(middle)).naive_local() < at {
                    before = middle;
                } else {
                    after = middle;
                }
            }
            Instant(after)
        }
    }
}

/// An instant as ISO 8601 with the zone's offset, e.g. `2026-11-22T21:30:00+05:00`.
pub fn iso(zone: Tz, at: Instant) -> String {
    let time = local(zone, at);
    time.with_timezone(&time.offset().fix()).to_rfc3339()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn day_length(zone: Tz, text: &str) -> i64 {
        Period::of(Scope::Day, date(text), zone, Weekday::Mon).span.seconds()
    }

    #[test]
    fn days_are_as_long_as_the_zone_says() {
        use chrono_tz::{America::Santiago, Asia::Tashkent, Australia::Lord_Howe, Europe::London, Pacific::Apia};
        assert_eq!(day_length(Tashkent, "2026-11-22"), 24 * 3600);
        assert_eq!(day_length(London, "2026-03-29"), 23 * 3600);
        assert_eq!(day_length(London, "2026-10-25"), 25 * 3600);
        assert_eq!(day_length(Lord_Howe, "2026-10-04"), 23 * 3600 + 1800);
        assert_eq!(day_length(Lord_Howe, "2026-04-05"), 24 * 3600 + 1800);
        // Midnight itself is skipped: the day starts at 01:00.
        let start = first_instant(Santiago, date("2026-09-06"));
        assert_eq!(local(Santiago, start).naive_local().to_string(), "2026-09-06 01:00:00");
        assert_eq!(day_length(Santiago, "2026-09-06"), 23 * 3600);
        // A date that never was has no length.
        assert_eq!(day_length(Apia, "2011-12-30"), 0);
        assert_eq!(day_length(Apia, "2011-12-29"), 24 * 3600);
    }

    #[test]
    fn weeks_start_on_monday_and_months_on_the_first() {
        let zone = chrono_tz::Asia::Tashkent;
        let week = Period::of(Scope::Week, date("2026-11-22"), zone, Weekday::Mon);
        assert_eq!((week.first, week.last), (date("2026-11-16"), date("2026-11-22")));
        let month = Period::of(Scope::Month, date("2024-02-10"), zone, Weekday::Mon);
        assert_eq!((month.first, month.last), (date("2024-02-01"), date("2024-02-29")));
        assert_eq!(iso(zone, week.span.from), "2026-11-16T00:00:00+05:00");
    }

    #[test]
    fn a_skipped_time_is_the_next_instant_and_a_repeated_one_the_first() {
        let zone = chrono_tz::Europe::London;
        let at = |text: &str| instant_of(zone, text.parse().unwrap());
        assert_eq!(at("2026-03-29T01:30:00"), at("2026-03-29T02:00:00"));
        assert_eq!(at("2026-10-25T01:30:00") + 2 * 3600, at("2026-10-25T02:30:00"));
    }

    proptest! {
        #[test]
        fn days_partition_time(day in 0..20_000u64, zone in proptest::sample::select(chrono_tz::TZ_VARIANTS.to_vec())) {
            let date = date("1972-01-01").checked_add_days(Days::new(day)).unwrap();
            let next = date.succ_opt().unwrap();
            let (start, end) = (first_instant(zone, date), first_instant(zone, next));
            prop_assert!(start <= end, "{zone} {date}");
            if start < end {
                prop_assert_eq!(local_date(zone, start), date);
                // Nothing of the date comes before its start.
                prop_assert_ne!(local_date(zone, start - 1), date);
            }
        }
    }
}
