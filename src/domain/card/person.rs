//! A person's picture: times, places, streak, the last year day by day, the last weeks, records.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::Named;
use crate::domain::accounting::records::{Best, Records};
use crate::domain::accounting::streak::{Day, Streak};
use crate::domain::people::{Profile, Viewer, display};
use crate::domain::text::clean;
use crate::domain::words::Words;
use crate::domain::words::card::{Caption, CardWords};

/// How many weeks the map has: a year, and the current week.
pub const MAP_WEEKS: u64 = 53;
/// How many weeks have a bar.
const BAR_WEEKS: u64 = 12;
/// The fewest seconds of a day for level 4, 3 and 2 ([`Square::Level`]). A day with less time has level 1.
const STEPS: [i64; 3] = [4 * 3600, 2 * 3600, 3600];

/// A person, ready to draw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonCard {
    pub who: Named,
    /// The group's name; may be empty.
    pub group: String,
    /// The day of the picture.
    pub date: String,
    /// The times of the week, month and year with the place in each, and the streak.
    pub tiles: Vec<Tile>,
    pub map: DayMap,
    pub weeks_title: String,
    /// The last weeks, the oldest first.
    pub weeks: Vec<WeekBar>,
    pub records_title: String,
    pub records: Vec<Tile>,
    /// Replaces the records if there are none.
    pub no_records: Option<String>,
}

/// A number with a caption.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Tile {
    pub caption: String,
    pub value: String,
    /// A place, or a date; may be empty.
    pub note: String,
}

/// A map of a year: one square for each day, one column for each week, one row for each weekday.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct DayMap {
    pub title: String,
    /// The number of active days, and the total time.
    pub total: String,
    /// Week after week, each from its first weekday on. The last week may end early.
    pub squares: Vec<Square>,
    /// Columns in which a month begins, each with the name of the month.
    pub months: Vec<(usize, String)>,
    /// The name of each row.
    pub weekdays: Vec<String>,
    pub less: String,
    pub more: String,
    /// The explanation of [`Square::Unknown`]; `None` if the map has no such square.
    pub unknown: Option<String>,
}

/// A day on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Square {
    /// From no time (0) to much (4).
    Level(u8),
    /// The group was not watched, or swf was not in use: whether the person had any time is not known.
    Unknown,
}

/// A week's time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct WeekBar {
    /// The date of the week's first day.
    pub label: String,
    pub time: String,
    /// The week's time as a share of the longest week shown, in thousandths.
    pub share: u32,
    /// No day of the week was watched.
    pub is_unknown: bool,
}

/// The person's row on the board of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub caption: Caption,
    pub seconds: i64,
    /// The place, and the number of people on the board; `None` if the person has no time.
    pub place: Option<(usize, usize)>,
}

/// The data for a person's picture.
#[derive(Clone, Copy, Debug)]
pub struct PersonFacts<'a> {
    pub group: &'a str,
    pub profile: &'a Profile,
    pub date: NaiveDate,
    pub standings: &'a [Standing],
    pub streak: Streak,
    pub records: Records,
    /// Days in order, up to `date`. Nothing is known about missing days.
    pub days: &'a [Day],
    /// The first day about which anything is known for the group.
    pub known_since: Option<NaiveDate>,
    /// A day with at least so many credited seconds is active.
    pub threshold: i64,
    /// The weekday on which weeks begin.
    pub week_start: chrono::Weekday,
    pub words: &'a dyn Words,
    pub card: &'a dyn CardWords,
}

/// The first day of the map that ends with the week of `date`.
pub fn first_day(date: NaiveDate, week_start: chrono::Weekday) -> NaiveDate {
    let week = date.week(week_start).first_day();
    week.checked_sub_days(Days::new(7 * (MAP_WEEKS - 1))).unwrap_or(week)
}

impl PersonCard {
    pub fn new(facts: &PersonFacts) -> PersonCard {
        let PersonFacts { words, card, .. } = *facts;
        let records = records(facts);
        PersonCard {
            who: Named { name: words.name(&display(facts.profile, Viewer::Group)), mark: String::new() },
            group: clean(facts.group),
            date: card.short_date(facts.date),
            tiles: tiles(facts),
            map: map(facts),
            weeks_title: card.caption(Caption::LastWeeks).into(),
            weeks: weeks(facts),
            records_title: card.caption(Caption::Records).into(),
            no_records: records.is_empty().then(|| card.caption(Caption::NoRecords).into()),
            records,
        }
    }
}

fn tiles(facts: &PersonFacts) -> Vec<Tile> {
    let PersonFacts { words, card, streak, .. } = *facts;
    let standing = |one: &Standing| Tile {
        caption: card.caption(one.caption).into(),
        value: words.duration(one.seconds),
        note: one.place.map_or(String::new(), |(rank, of)| card.place(rank, of)),
    };
    let value = if streak.current > 0 { card.streak(streak.current) } else { card.caption(Caption::NoStreak).into() };
    let streak = Tile { caption: card.caption(Caption::Streak).into(), value, note: String::new() };
    facts.standings.iter().map(standing).chain([streak]).collect()
}

fn by_date<'a>(facts: &PersonFacts<'a>) -> BTreeMap<NaiveDate, &'a Day> {
    facts.days.iter().map(|day| (day.date, day)).collect()
}

/// The square of a day. A day with time is known, even if the group was not watched.
fn square(day: Option<&&Day>, date: NaiveDate, known_since: Option<NaiveDate>) -> Square {
    let is_known = known_since.is_some_and(|since| date >= since);
    match day {
        Some(day) if day.seconds > 0 => {
            Square::Level(4 - STEPS.iter().position(|step| day.seconds >= *step).unwrap_or(STEPS.len()) as u8)
        }
        Some(day) if is_known && !day.is_unwatched => Square::Level(0),
        _ => Square::Unknown,
    }
}

fn map(facts: &PersonFacts) -> DayMap {
    let card = facts.card;
    let first = first_day(facts.date, facts.week_start);
    let days = by_date(facts);
    let dates: Vec<NaiveDate> = first.iter_days().take_while(|date| *date <= facts.date).collect();
    let squares: Vec<Square> = dates.iter().map(|date| square(days.get(date), *date, facts.known_since)).collect();
    let shown: Vec<&&Day> = dates.iter().filter_map(|date| days.get(date)).collect();
    let active = shown.iter().filter(|day| day.seconds >= facts.threshold).count();
    let month = |(at, date): (usize, &NaiveDate)| (date.day() == 1).then(|| (at / 7, card.short_month(*date)));
    DayMap {
        title: card.caption(Caption::LastYear).into(),
        total: card.year_total(active, shown.iter().map(|day| day.seconds).sum()),
        months: dates.iter().enumerate().filter_map(month).collect(),
        weekdays: first.iter_days().take(7).map(|date| card.short_weekday(date)).collect(),
        less: card.caption(Caption::Less).into(),
        more: card.caption(Caption::More).into(),
        unknown: squares.contains(&Square::Unknown).then(|| card.caption(Caption::NotWatched).into()),
        squares,
    }
}

fn weeks(facts: &PersonFacts) -> Vec<WeekBar> {
    let days = by_date(facts);
    let this = facts.date.week(facts.week_start).first_day();
    let first = (0..BAR_WEEKS).rev().filter_map(|back| this.checked_sub_days(Days::new(7 * back)));
    let week = |first: NaiveDate| {
        let dates: Vec<NaiveDate> = first.iter_days().take(7).take_while(|date| *date <= facts.date).collect();
        let seconds: i64 = dates.iter().filter_map(|date| days.get(date)).map(|day| day.seconds).sum();
        let is_unknown = dates.iter().all(|date| square(days.get(date), *date, facts.known_since) == Square::Unknown);
        (first, seconds, is_unknown)
    };
    let weeks: Vec<(NaiveDate, i64, bool)> = first.map(week).collect();
    let most = weeks.iter().map(|week| week.1).max().unwrap_or(1).max(1);
    let bar = |(first, seconds, is_unknown): (NaiveDate, i64, bool)| WeekBar {
        label: format!("{} {}", first.day(), facts.card.short_month(first)),
        time: if is_unknown || seconds == 0 { String::new() } else { hours(seconds) },
        share: (seconds * 1000 / most) as u32,
        is_unknown,
    };
    weeks.into_iter().map(bar).collect()
}

/// `11:56`: short enough to fit above a bar, in every language.
fn hours(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 3600, seconds % 3600 / 60)
}

fn records(facts: &PersonFacts) -> Vec<Tile> {
    let PersonFacts { words, card, records, .. } = *facts;
    let tile = |caption, value: &dyn Fn(i64) -> String, best: Option<Best>| {
        best.map(|best| Tile {
            caption: card.caption(caption).into(),
            value: value(best.amount),
            note: card.short_date(best.date),
        })
    };
    let time = |seconds| words.duration(seconds);
    let tiles = [
        tile(Caption::BestDay, &time, records.day),
        tile(Caption::BestWeek, &time, records.week),
        tile(Caption::BestMonth, &time, records.month),
        tile(Caption::LongestSession, &time, records.session),
        tile(Caption::MostActiveDays, &|days| card.active_days(days, 28), records.active_days),
    ];
    tiles.into_iter().flatten().collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::PeerId;
    use crate::domain::words::Language;
    use chrono::Weekday;

    pub const TODAY: &str = "2026-11-19";

    pub fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A day on which a group had a call and was watched.
    pub fn day(date: NaiveDate, seconds: i64) -> Day {
        Day { date, seconds, possible: seconds, had_call: true, is_unwatched: false, is_paused: false, is_final: true }
    }

    /// A year of days with pseudo-random times, the same on every run.
    pub fn year() -> Vec<Day> {
        let first = first_day(date(TODAY), Weekday::Mon);
        let dice = |at: i64| ((at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as i64;
        let seconds = |at: i64| if dice(at) % 4 == 0 { 0 } else { dice(at * 7 + 3) % (4000 + 40 * at) };
        let days = first.iter_days().take_while(|day| *day <= date(TODAY));
        days.zip(0..).map(|(date, at)| day(date, seconds(at))).collect()
    }

    pub fn facts<'a>(profile: &'a Profile, days: &'a [Day], language: Language) -> PersonFacts<'a> {
        PersonFacts {
            group: "Study Hall",
            profile,
            date: date(TODAY),
            standings: &[
                Standing { caption: Caption::Week, seconds: 23_760, place: Some((2, 18)) },
                Standing { caption: Caption::Month, seconds: 145_000, place: Some((1, 25)) },
                Standing { caption: Caption::Year, seconds: 1_415_100, place: Some((4, 61)) },
            ],
            streak: Streak { current: 12, longest: 30, ..Streak::default() },
            records: Records::default(),
            days,
            known_since: days.first().map(|day| day.date),
            threshold: 1500,
            week_start: Weekday::Mon,
            words: language.words(),
            card: language.card_words(),
        }
    }

    #[test]
    fn a_map_is_a_year_and_the_week_that_goes_on() {
        let profile = Profile { name: "Ada".into(), ..Profile::unknown(PeerId(7)) };
        let days = year();
        let card = PersonCard::new(&facts(&profile, &days, Language::En));
        // 2026-11-19 is a Thursday.
        assert_eq!(card.map.squares.len(), 52 * 7 + 4);
        assert_eq!(first_day(date(TODAY), Weekday::Mon), date("2025-11-17"));
        assert_eq!(card.map.months.len(), 12);
        assert_eq!(card.map.months[0], (2, "Dec".into()));
        assert_eq!(card.map.weekdays[0], "Mon");
        assert_eq!(card.map.unknown, None);
        assert_eq!(card.weeks.len(), 12);
        assert!(card.weeks.iter().any(|week| week.share == 1000) && card.weeks.iter().all(|week| week.share <= 1000));
        assert_eq!(
            card.tiles[0],
            Tile { caption: "Week".into(), value: "6h 36m".into(), note: "place 2 of 18".into() }
        );
        assert_eq!((card.tiles[3].value.as_str(), card.records.len()), ("12 days", 0));
        assert!(card.no_records.is_some());
    }

    /// Rules §2.16: a day that was not watched is not a day without time.
    #[test]
    fn a_day_that_nobody_watched_is_not_a_day_without_time() {
        let (before, since) = (date("2026-01-01"), Some(date("2026-01-02")));
        let seen = |day: Option<Day>, date| square(day.as_ref().as_ref(), date, since);
        let nothing = |date| day(date, 0);
        assert_eq!(seen(Some(nothing(before)), before), Square::Unknown);
        assert_eq!(seen(None, date("2026-01-05")), Square::Unknown);
        let watched = nothing(date("2026-01-05"));
        assert_eq!(seen(Some(watched), watched.date), Square::Level(0));
        assert_eq!(seen(Some(Day { is_unwatched: true, ..watched }), watched.date), Square::Unknown);
        // Proved time counts on an unwatched day, too.
        assert_eq!(seen(Some(Day { is_unwatched: true, seconds: 60, ..watched }), watched.date), Square::Level(1));
        let levels = [1, 3599, 3600, 7200, 14_400, 90_000].map(|seconds| seen(Some(day(before, seconds)), before));
        assert_eq!(levels, [1, 1, 2, 3, 4, 4].map(Square::Level));
    }

    #[test]
    fn a_week_that_nobody_watched_is_not_a_week_without_time() {
        let profile = Profile::unknown(PeerId(7));
        let mut days = year();
        days.iter_mut().rev().take(4).for_each(|day| (day.seconds, day.is_unwatched) = (0, true));
        let card = PersonCard::new(&facts(&profile, &days, Language::En));
        let unknown: Vec<bool> = card.weeks.iter().map(|week| week.is_unknown).collect();
        assert_eq!(unknown, [[false; 11].as_slice(), &[true]].concat());
        assert_eq!(card.map.unknown.as_deref(), Some("not watched"));
    }
}
