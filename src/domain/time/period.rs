//! Days, weeks, months and years in the group's time zone.

use chrono::{DateTime, Datelike, Days, FixedOffset, Months, NaiveDate, NaiveDateTime, NaiveTime, Weekday};

use crate::domain::time::zone::Zone;
use crate::domain::{Instant, Span};

/// A kind of period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Day,
    Week,
    Month,
    Year,
    /// All time that is in the store.
    AllTime,
    /// From one date to another.
    Range,
}

impl Scope {
    /// Every kind that one date determines, from the shortest to the longest. What a post or the website contains is
    /// not derived from this: see [`BOARDS`](crate::domain::post::BOARDS) and
    /// [`SCOPES`](crate::domain::publish::SCOPES).
    pub const ALL: [Scope; 4] = [Scope::Day, Scope::Week, Scope::Month, Scope::Year];

    /// The name in JSON, in addresses and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Day => "day",
            Scope::Week => "week",
            Scope::Month => "month",
            Scope::Year => "year",
            Scope::AllTime => "all",
            Scope::Range => "range",
        }
    }
}

/// Which dates belong to a week, a month and a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calendar {
    /// Weeks that begin on `week_start`, and calendar months and years.
    Civil { week_start: Weekday },
    /// The old tracker's blocks: a week has 7 days and a month 30, and all periods are numbered; a year has 365.
    /// `anchor` is the first date of day 1, week 1, month 1 and year 1; earlier periods have the numbers 0, −1 and so
    /// on.
    Anchored { anchor: NaiveDate },
}

impl Default for Calendar {
    fn default() -> Calendar {
        Calendar::Civil { week_start: Weekday::Mon }
    }
}

/// A run of local dates, from the first instant of `first` to the first instant of the date after `last`
/// (rules §1, *period*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub scope: Scope,
    pub first: NaiveDate,
    /// The last date, which belongs to the period.
    pub last: NaiveDate,
    pub span: Span,
    /// Its number in an anchored calendar; `None` in a civil one.
    pub number: Option<i64>,
}

impl Period {
    /// The period of `scope` that holds the local date `date`. For a scope that one date does not determine
    /// ([`Scope::AllTime`], [`Scope::Range`]), it has that date alone; see [`Period::between`].
    pub fn of(scope: Scope, date: NaiveDate, zone: Zone, calendar: Calendar) -> Period {
        let (first, last, number) = match calendar {
            Calendar::Civil { week_start } => civil(scope, date, week_start),
            Calendar::Anchored { anchor } => block(scope, date, anchor),
        };
        Period { number, ..Period::between(scope, first, last, zone) }
    }

    /// The period from `first` to `last`; both dates belong to it.
    pub fn between(scope: Scope, first: NaiveDate, last: NaiveDate, zone: Zone) -> Period {
        let span = Span::new(first_instant(zone, first), first_instant(zone, last.succ_opt().unwrap_or(last)));
        Period { scope, first, last, span, number: None }
    }
}

/// A date in the period that is `back` periods before the one that holds `date`.
pub fn date_back(scope: Scope, date: NaiveDate, calendar: Calendar, back: u32) -> NaiveDate {
    let months = match (scope, calendar) {
        (Scope::Month, Calendar::Civil { .. }) => 1,
        (Scope::Year, Calendar::Civil { .. }) => 12,
        _ => {
            let days = block_days(scope) as u64 * u64::from(back);
            return date.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN);
        }
    };
    date.checked_sub_months(Months::new(back.saturating_mul(months))).unwrap_or(NaiveDate::MIN)
}

fn civil(scope: Scope, date: NaiveDate, week_start: Weekday) -> (NaiveDate, NaiveDate, Option<i64>) {
    let (first, last) = match scope {
        Scope::Day | Scope::AllTime | Scope::Range => (date, date),
        Scope::Week => {
            let first = date.week(week_start).first_day();
            (first, first.checked_add_days(Days::new(6)).unwrap_or(first))
        }
        Scope::Month => {
            let first = date.with_day(1).unwrap_or(date);
            (first, first.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(first))
        }
        Scope::Year => {
            let on = |month, day| NaiveDate::from_ymd_opt(date.year(), month, day).unwrap_or(date);
            (on(1, 1), on(12, 31))
        }
    };
    (first, last, None)
}

/// How many days a block of an anchored calendar has.
fn block_days(scope: Scope) -> i64 {
    match scope {
        Scope::Day | Scope::AllTime | Scope::Range => 1,
        Scope::Week => 7,
        Scope::Month => 30,
        Scope::Year => 365,
    }
}

/// The first and last date of the block that holds `date`, and its number.
///
/// ```text
/// anchor          ▼
/// day  …  −1   0  1  2  3  4  5  6  7  8  9 …
/// week …─────0───┤├─────────1────────┤├────2──…
/// ```
fn block(scope: Scope, date: NaiveDate, anchor: NaiveDate) -> (NaiveDate, NaiveDate, Option<i64>) {
    let length = block_days(scope);
    let days = date.signed_duration_since(anchor).num_days();
    let before = days.rem_euclid(length);
    let first = date.checked_sub_days(Days::new(before as u64)).unwrap_or(NaiveDate::MIN);
    let last = date.checked_add_days(Days::new((length - 1 - before) as u64)).unwrap_or(NaiveDate::MAX);
    (first, last, Some(days.div_euclid(length) + 1))
}

/// The date of the day that an instant belongs to. Before the day's start, and where the clock is set back over
/// midnight, it is not the date that the clock shows ([`clock_date`]).
pub fn local_date(zone: Zone, at: Instant) -> NaiveDate {
    let shown = clock_date(zone, at);
    let near = [shown.succ_opt(), Some(shown), shown.pred_opt()];
    let begun = near.into_iter().flatten().find(|date| first_instant(zone, *date) <= at);
    begun.unwrap_or(shown)
}

/// The date that the local clock shows.
pub fn clock_date(zone: Zone, at: Instant) -> NaiveDate {
    zone.local(at).date_naive()
}

/// An instant as a date and time in `zone`; see [`Zone::local`].
pub fn local(zone: Zone, at: Instant) -> DateTime<FixedOffset> {
    zone.local(at)
}

/// The first instant of the day of a local date (rules §2.8). If the zone skips its start, that is the instant after
/// the gap.
pub fn first_instant(zone: Zone, date: NaiveDate) -> Instant {
    zone.instant_of(date.and_time(zone.day_starts.of(date)))
}

/// The instant at which the local clock shows `at`; see [`Zone::instant_of`].
pub fn instant_of(zone: Zone, at: NaiveDateTime) -> Instant {
    zone.instant_of(at)
}

/// If a day ends before a time of the clock: how long before the day's end [`time_in_day`] is, in seconds.
const SHORT_DAY_MARGIN: i64 = 60;

/// The last instant of the day `date` at which the clock shows `time`. With days that begin at 04:00, 00:30 comes late
/// in the night after `date`. If the day ends before that time, it is just before the day's end.
/// ```text
/// days       ├─04:00── 22 Nov ──────24:00────────┼─04:00── 23 Nov
/// time                                ▲ 00:30
/// ```
pub fn time_in_day(zone: Zone, date: NaiveDate, time: NaiveTime) -> Instant {
    let Some(next) = date.succ_opt() else { return instant_of(zone, date.and_time(time)) };
    let (start, end) = (first_instant(zone, date), first_instant(zone, next));
    let shown = [next, date].map(|date| instant_of(zone, date.and_time(time)));
    let in_the_day = shown.into_iter().find(|at| *at >= start && *at < end);
    in_the_day.unwrap_or(start.max(end - SHORT_DAY_MARGIN))
}

/// An instant as ISO 8601 with the zone's offset, e.g. `2026-11-22T21:30:00+05:00`.
pub fn iso(zone: Zone, at: Instant) -> String {
    zone.local(at).to_rfc3339()
}

/// An instant as `format` shows it, with the offset where the local clock shows that time twice: `02:30+02:00`.
pub fn local_text(zone: Zone, at: Instant, format: &str) -> String {
    let time = zone.local(at);
    if zone.is_repeated(at) {
        format!("{}{}", time.format(format), time.offset())
    } else {
        time.format(format).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::day_start::DayStarts;
    use crate::domain::time::day_start::testing::any_starts;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn any_zone() -> impl Strategy<Value = Zone> {
        proptest::sample::select(Zone::all().collect::<Vec<_>>())
    }

    /// A day, and changes of the start of days around it.
    fn day_and_starts() -> impl Strategy<Value = (NaiveDate, DayStarts)> {
        (0..20_000u64, 0..60u64).prop_flat_map(|(day, before)| {
            let day = date("1972-01-01") + Days::new(day);
            (Just(day), any_starts(day - Days::new(before)))
        })
    }

    fn day_length(zone: Zone, text: &str) -> i64 {
        Period::of(Scope::Day, date(text), zone, Calendar::default()).span.seconds()
    }

    #[test]
    fn days_are_as_long_as_in_the_zone() {
        let [santiago, tashkent, lord_howe, london, apia] =
            ["America/Santiago", "Asia/Tashkent", "Australia/Lord_Howe", "Europe/London", "Pacific/Apia"].map(zone);
        assert_eq!(day_length(tashkent, "2026-11-22"), 24 * 3600);
        assert_eq!(day_length(london, "2026-03-29"), 23 * 3600);
        assert_eq!(day_length(london, "2026-10-25"), 25 * 3600);
        assert_eq!(day_length(lord_howe, "2026-10-04"), 23 * 3600 + 1800);
        assert_eq!(day_length(lord_howe, "2026-04-05"), 24 * 3600 + 1800);
        // Midnight itself is skipped: the day starts at 01:00.
        let start = first_instant(santiago, date("2026-09-06"));
        assert_eq!(local(santiago, start).naive_local().to_string(), "2026-09-06 01:00:00");
        assert_eq!(day_length(santiago, "2026-09-06"), 23 * 3600);
        // The zone skipped this date.
        assert_eq!(day_length(apia, "2011-12-30"), 0);
        assert_eq!(day_length(apia, "2011-12-29"), 24 * 3600);
    }

    #[test]
    fn a_night_belongs_to_the_day_before_it_once_days_begin_later() {
        let zone = Zone::TASHKENT.with_day_starts("04:00@2026-12-01,00:00@2026-12-05".parse().unwrap());
        let day = |at: &str| local_date(zone, instant_of(zone, at.parse().unwrap())).to_string();
        assert_eq!(day("2026-11-30T00:00:00"), "2026-11-30");
        assert_eq!(day("2026-12-01T03:59:59"), "2026-11-30");
        assert_eq!(day("2026-12-01T04:00:00"), "2026-12-01");
        assert_eq!(day("2026-12-04T23:59:59"), "2026-12-04");
        assert_eq!(day("2026-12-05T00:00:00"), "2026-12-05");
        let lengths = ["2026-11-29", "2026-11-30", "2026-12-01", "2026-12-04", "2026-12-05"];
        assert_eq!(lengths.map(|text| day_length(zone, text) / 3600), [24, 28, 24, 20, 24]);
        let week = Period::of(Scope::Week, date("2026-12-01"), zone, Calendar::default());
        assert_eq!(iso(zone, week.span.from), "2026-11-30T00:00:00+05:00");
        assert_eq!((week.span.seconds(), week.last), (7 * 86_400, date("2026-12-06")));
        // A day that has begun goes on while the clock that was set back shows the time before its start again.
        let london = self::zone("Europe/London").with_day_starts("01:30@2026-01-01".parse().unwrap());
        let twice = instant_of(london, "2026-10-25T01:15:00".parse().unwrap());
        assert_eq!([0, 3600].map(|later| local_date(london, twice + later)), ["2026-10-24", "2026-10-25"].map(date));
        // Here the clock was set back from 00:01 to 23:01 of the day before.
        let newfoundland = self::zone("America/St_Johns");
        let midnight = first_instant(newfoundland, date("2010-11-07"));
        assert_eq!(clock_date(newfoundland, midnight + 90), date("2010-11-06"));
        assert_eq!([-1, 0, 90, 7200].map(|later| local_date(newfoundland, midnight + later).day()), [6, 7, 7, 7]);
        // The date that the clock shows changes at midnight.
        assert_eq!(clock_date(zone, instant_of(zone, "2026-12-02T01:00:00".parse().unwrap())), date("2026-12-02"));
    }

    #[test]
    fn weeks_start_on_monday_and_months_on_the_first() {
        let zone = Zone::TASHKENT;
        let week = Period::of(Scope::Week, date("2026-11-22"), zone, Calendar::default());
        assert_eq!((week.first, week.last), (date("2026-11-16"), date("2026-11-22")));
        let month = Period::of(Scope::Month, date("2024-02-10"), zone, Calendar::default());
        assert_eq!((month.first, month.last, month.number), (date("2024-02-01"), date("2024-02-29"), None));
        assert_eq!(iso(zone, week.span.from), "2026-11-16T00:00:00+05:00");
        let year = Period::of(Scope::Year, date("2024-02-10"), zone, Calendar::default());
        assert_eq!((year.first, year.last), (date("2024-01-01"), date("2024-12-31")));
        assert_eq!(year.span.seconds(), 366 * 86_400);
    }

    #[test]
    fn anchored_blocks_are_numbered_from_their_anchor() {
        let calendar = Calendar::Anchored { anchor: date("2026-11-11") };
        let of = |scope, text| {
            let period = Period::of(scope, date(text), Zone::TASHKENT, calendar);
            (period.first.to_string(), period.last.to_string(), period.number.unwrap())
        };
        let block = |first: &str, last: &str, number| (first.to_owned(), last.to_owned(), number);
        for scope in Scope::ALL {
            assert_eq!((of(scope, "2026-11-11").2, of(scope, "2026-11-10").2), (1, 0), "{scope:?}");
        }
        assert_eq!(of(Scope::Day, "2026-11-22"), block("2026-11-22", "2026-11-22", 12));
        assert_eq!(of(Scope::Week, "2026-11-17"), block("2026-11-11", "2026-11-17", 1));
        assert_eq!(of(Scope::Week, "2026-11-18"), block("2026-11-18", "2026-11-24", 2));
        assert_eq!(of(Scope::Month, "2026-12-10"), block("2026-11-11", "2026-12-10", 1));
        assert_eq!(of(Scope::Month, "2026-12-11"), block("2026-12-11", "2027-01-09", 2));
        assert_eq!(of(Scope::Week, "2026-11-10"), block("2026-11-04", "2026-11-10", 0));
        assert_eq!(of(Scope::Week, "2026-11-03"), block("2026-10-28", "2026-11-03", -1));
        // The first and the last date that chrono knows cut a block short.
        let (min, max) = (NaiveDate::MIN, NaiveDate::MAX);
        assert_eq!(super::block(Scope::Month, min + Days::new(5), min + Days::new(6)).0, min);
        assert_eq!(super::block(Scope::Month, max, max), (max, max, Some(1)));
    }

    #[test]
    fn a_skipped_time_is_the_next_instant_and_a_repeated_one_the_first() {
        let zone: Zone = zone("Europe/London");
        let at = |text: &str| instant_of(zone, text.parse().unwrap());
        assert_eq!(at("2026-03-29T01:30:00"), at("2026-03-29T02:00:00"));
        assert_eq!(at("2026-10-25T01:30:00") + 2 * 3600, at("2026-10-25T02:30:00"));
    }

    #[test]
    fn a_time_that_comes_twice_has_its_offset() {
        let berlin = zone("Europe/Berlin");
        let first = instant_of(berlin, "2026-10-25T02:00:00".parse().unwrap());
        let texts = [-1, 0, 3599, 3600, 7199, 7200].map(|after| local_text(berlin, first + after, "%H:%M:%S"));
        assert_eq!(
            texts,
            ["01:59:59", "02:00:00+02:00", "02:59:59+02:00", "02:00:00+01:00", "02:59:59+01:00", "03:00:00"]
        );
        // The other direction: an hour is skipped, and no time comes twice.
        let skipped = instant_of(berlin, "2026-03-29T02:30:00".parse().unwrap());
        assert_eq!([-1, 0].map(|after| local_text(berlin, skipped + after, "%H:%M:%S")), ["01:59:59", "03:00:00"]);
    }

    #[test]
    fn periods_are_counted_back_from_the_one_that_goes_on() {
        let back = |scope, from, back| date_back(scope, date(from), Calendar::default(), back).to_string();
        assert_eq!(back(Scope::Day, "2026-03-01", 1), "2026-02-28");
        assert_eq!(back(Scope::Week, "2026-03-01", 2), "2026-02-15");
        assert_eq!(back(Scope::Month, "2026-03-31", 1), "2026-02-28");
        assert_eq!(back(Scope::Month, "2026-03-31", 13), "2025-02-28");
        assert_eq!(back(Scope::Month, "2026-03-31", 0), "2026-03-31");
        assert_eq!(back(Scope::Year, "2024-02-29", 1), "2023-02-28");
    }

    proptest! {
        #[test]
        fn going_back_leads_to_the_period_right_before(
            anchored: bool, anchor in 0..20_000u64, day in 0..20_000u64, times in 1..50u32,
        ) {
            let from_1972 = |days| date("1972-01-01").checked_add_days(Days::new(days)).unwrap();
            let calendar = match anchored {
                true => Calendar::Anchored { anchor: from_1972(anchor) },
                false => Calendar::default(),
            };
            for scope in Scope::ALL {
                let of = |date| Period::of(scope, date, Zone::UTC, calendar);
                let mut expected = of(from_1972(day));
                for _ in 0..times {
                    expected = of(expected.first.pred_opt().unwrap());
                }
                prop_assert_eq!(of(date_back(scope, from_1972(day), calendar, times)), expected);
            }
        }

        #[test]
        fn days_partition_time(
            (day, starts) in day_and_starts(), zone in any_zone(), part in 0..1000i64,
        ) {
            let zone = zone.with_day_starts(starts);
            let next = day.succ_opt().unwrap();
            let (start, end) = (first_instant(zone, day), first_instant(zone, next));
            prop_assert!(start <= end, "{zone} {day}");
            if start < end {
                // The instants of a day belong to it, and those before and after it do not.
                let inside = start + (end - start - 1) * part / 999;
                prop_assert_eq!([start, inside, end - 1].map(|at| local_date(zone, at)), [day; 3]);
                prop_assert_ne!(local_date(zone, start - 1), day);
                prop_assert_ne!(local_date(zone, end), day);
            }
        }

        /// Rules §2.8.
        #[test]
        fn the_days_of_a_period_sum_to_it_whenever_they_begin(
            (day, starts) in day_and_starts(), zone in any_zone(), anchored: bool,
        ) {
            let zone = zone.with_day_starts(starts);
            let calendar = if anchored { Calendar::Anchored { anchor: date("1999-05-07") } } else { Calendar::default() };
            for scope in Scope::ALL {
                let period = Period::of(scope, day, zone, calendar);
                let days = period.first.iter_days().take_while(|date| *date <= period.last);
                let lengths = days.map(|date| Period::of(Scope::Day, date, zone, calendar).span.seconds());
                prop_assert_eq!(lengths.sum::<i64>(), period.span.seconds());
            }
        }

        #[test]
        fn history_does_not_move_when_a_change_is_added(
            (day, starts) in day_and_starts(), zone in any_zone(), later in 0..60u64, minutes in 0..=360u32,
        ) {
            let change = date("2060-01-01") + Days::new(later);
            let start = NaiveTime::from_num_seconds_from_midnight_opt(minutes * 60, 0).unwrap();
            let before = zone.with_day_starts(starts);
            let after = zone.with_day_starts(starts.and(change, start));
            let of = |zone, date| Period::of(Scope::Day, date, zone, Calendar::default()).span;
            prop_assert_eq!(of(before, day), of(after, day));
            // The day before the change begins as it did, and ends when the next day begins.
            let last = change.pred_opt().unwrap();
            prop_assert_eq!(of(before, last).from, of(after, last).from);
            prop_assert_eq!(of(after, last).to, instant_of(zone, change.and_time(start)));
        }

        #[test]
        fn every_date_is_in_exactly_one_block_of_each_scope(
            anchor in 0..20_000u64, day in 0..20_000u64, zone in proptest::sample::select(Zone::all().collect::<Vec<_>>()),
        ) {
            let from_1972 = |days| date("1972-01-01").checked_add_days(Days::new(days)).unwrap();
            let (anchor, date) = (from_1972(anchor), from_1972(day));
            for (scope, length) in [(Scope::Day, 1), (Scope::Week, 7), (Scope::Month, 30), (Scope::Year, 365)] {
                let of = |date| Period::of(scope, date, zone, Calendar::Anchored { anchor });
                let period = of(date);
                let dates: Vec<NaiveDate> = period.first.iter_days().take_while(|date| *date <= period.last).collect();
                prop_assert_eq!(dates.len(), length);
                prop_assert!(dates.contains(&date));
                // All dates of a block lead to it, and the dates before and after it lead to the neighbouring blocks.
                prop_assert!(dates.iter().all(|date| of(*date) == period));
                let (before, after) = (of(period.first.pred_opt().unwrap()), of(period.last.succ_opt().unwrap()));
                prop_assert_eq!([before.number, after.number], [-1, 1].map(|step| period.number.map(|n| n + step)));
                prop_assert_eq!((before.span.to, period.span.to), (period.span.from, after.span.from));
                // A block is as long as the sum of its days.
                let days = dates.iter().map(|date| Period::of(Scope::Day, *date, zone, Calendar::default()).span.seconds());
                prop_assert_eq!(days.sum::<i64>(), period.span.seconds());
                // The number counts blocks from the anchor.
                let whole = (period.first - anchor).num_days();
                prop_assert_eq!(period.number, Some(whole / length as i64 + 1));
                prop_assert_eq!(whole % length as i64, 0);
            }
        }
    }
}
