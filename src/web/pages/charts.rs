//! Charts as SVG. Each has a title and a description; the same numbers are in a table next to it.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use maud::{Markup, html};

use super::data::{ChartDay, ChartWeek};
use super::frame::Visit;
use crate::domain::words::page::Label;

/// The seconds from which a day has each of the four darker colours.
pub type Levels = [i64; 4];

/// The levels of a person's days.
pub const PERSON: Levels = [1, 3600, 3 * 3600, 6 * 3600];

/// The levels for days of which the fullest has `most` seconds.
pub fn levels_up_to(most: i64) -> Levels {
    [1, (most / 4).max(2), (most / 2).max(3), (most / 4 * 3).max(4)]
}

const LEVEL_CLASSES: [&str; 6] = ["c0", "c1", "c2", "c3", "c4", "cu"];
const UNKNOWN: usize = 5;
/// The side of a day, and the distance from one day to the next.
const CELL: usize = 10;
const PITCH: usize = 12;
/// The position of the first day; the names of days and months are before it.
const LEFT: usize = 24;
const TOP: usize = 13;

/// A part of a whole, as a bar.
pub fn bar(part: i64, whole: i64) -> Markup {
    let width = (part.max(0) * 100).checked_div(whole).unwrap_or(0).min(100).max(i64::from(part > 0));
    html! {
        svg.bar viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" {
            path.bg d="M0 0h100v1H0z" {}
            path d={ "M0 0h" (width) "v1H0z" } {}
        }
    }
}

/// The colour of a day; `None` if the day is not drawn.
fn level(day: ChartDay, levels: Levels) -> Option<usize> {
    match day {
        ChartDay::Outside => None,
        ChartDay::Unknown => Some(UNKNOWN),
        ChartDay::Known(seconds) => Some(levels.iter().filter(|from| seconds >= **from).count()),
    }
}

/// Days as two halves with a column for each week, side by side if there is room. A half without drawn days is left
/// out, unless both are empty.
pub fn days(
    visit: &Visit,
    week_start: Weekday,
    first: NaiveDate,
    days: &[ChartDay],
    levels: Levels,
    description: &str,
) -> Markup {
    let monday = first.week(week_start).first_day();
    let before = (first - monday).num_days() as usize;
    let weeks = (before + days.len()).div_ceil(7);
    let half = weeks.div_ceil(2);
    let title = visit.label(Label::DaysOfStudy);
    let parts = [0..half, half..weeks].map(|columns| Part { first, monday, days, levels, columns });
    let is_empty = |part: &Part| part.paths().is_empty();
    let are_all_empty = parts.iter().all(is_empty);
    html! {
        div.heat {
            @for part in parts.iter().filter(|part| are_all_empty || !is_empty(part)) {
                svg role="img" viewBox={ "0 0 " (LEFT + half * PITCH) " " (TOP + 7 * PITCH) } {
                    title { (title) }
                    desc { (description) }
                    (part.names(visit))
                    @for (class, path) in part.paths() { path class=(LEVEL_CLASSES[class]) d=(path) {} }
                }
            }
        }
        p.key aria-hidden="true" {
            (visit.label(Label::Less))
            @for class in &LEVEL_CLASSES[..UNKNOWN] { (key(class)) }
            (visit.label(Label::More))
            " · " (key(LEVEL_CLASSES[UNKNOWN])) (visit.label(Label::NotWatched))
        }
    }
}

fn key(class: &str) -> Markup {
    html! { svg viewBox="-1 -1 12 12" { path class=(class) d="M0 0h10v10H0z" {} } }
}

/// Some columns of the chart of days.
struct Part<'a> {
    first: NaiveDate,
    /// The first day of the first column.
    monday: NaiveDate,
    days: &'a [ChartDay],
    levels: Levels,
    columns: std::ops::Range<usize>,
}

impl Part<'_> {
    /// The dates of these columns, with column and row.
    fn places(&self) -> impl Iterator<Item = (NaiveDate, usize, usize)> + '_ {
        self.columns.clone().enumerate().flat_map(move |(column, week)| {
            (0..7).filter_map(move |row| {
                let date = self.monday.checked_add_days(Days::new((week * 7 + row) as u64))?;
                Some((date, column, row))
            })
        })
    }

    /// One path for all days of a colour.
    fn paths(&self) -> BTreeMap<usize, String> {
        let mut paths: BTreeMap<usize, String> = BTreeMap::new();
        for (date, column, row) in self.places() {
            let Ok(index) = usize::try_from((date - self.first).num_days()) else { continue };
            let Some(level) = self.days.get(index).and_then(|day| level(*day, self.levels)) else { continue };
            let (x, y) = (LEFT + column * PITCH, TOP + row * PITCH);
            let path = paths.entry(level).or_default();
            // A dashed line lies half outside of its path.
            let _ = match level {
                UNKNOWN => write!(path, "M{x}.5 {y}.5h9v9h-9z"),
                _ => write!(path, "M{x} {y}h{CELL}v{CELL}h-{CELL}z"),
            };
        }
        paths
    }

    /// The names of months above the weeks with their first day, and the names of every second day of the week.
    fn names(&self, visit: &Visit) -> Markup {
        let months = self.places().filter(|(date, ..)| date.day() == 1);
        let days = self.places().take(7).filter(|(_, _, row)| row % 2 == 0);
        html! {
            @for (date, column, _) in months {
                text x=(LEFT + column * PITCH) y="9" { (visit.words.short_month(date)) }
            }
            @for (date, _, row) in days {
                text x="0" y=(TOP + row * PITCH + 8) { (visit.words.short_weekday(date)) }
            }
        }
    }
}

const WEEK_WIDTH: usize = 30;
const WEEK_HEIGHT: usize = 80;
const WEEKS_TOP: usize = 14;
/// The minimum width of the chart, in weeks.
const MIN_WEEKS: usize = 12;

/// A bar for each week, with its hours above and its first day below.
pub fn weeks(visit: &Visit, weeks: &[ChartWeek]) -> Markup {
    let most = weeks.iter().filter_map(|week| week.seconds).max().unwrap_or(0).max(3600);
    let height = |seconds: i64| ((seconds * WEEK_HEIGHT as i64 / most) as usize).max(usize::from(seconds > 0));
    let middle = |at: usize| at * WEEK_WIDTH + WEEK_WIDTH / 2;
    let bottom = WEEKS_TOP + WEEK_HEIGHT;
    html! {
        svg.weeks role="img" viewBox={ "0 0 " (weeks.len().max(MIN_WEEKS) * WEEK_WIDTH) " " (bottom + 14) } {
            title { (visit.label(Label::LastWeeks)) }
            desc { @for week in weeks { (visit.words.short_date(week.period.first)) ": " (amount(visit, week)) ". " } }
            @for (at, week) in weeks.iter().enumerate() {
                @let (x, width) = (at * WEEK_WIDTH + 4, WEEK_WIDTH - 8);
                @match week.seconds {
                    Some(seconds) => {
                        path.c0 d={ "M" (x) " " (bottom) "h" (width) "v-1h-" (width) "z" } {}
                        path.c3 d={ "M" (x) " " (bottom) "h" (width) "v-" (height(seconds)) "h-" (width) "z" } {}
                        @if seconds >= 60 {
                            text x=(middle(at)) y=(bottom - height(seconds) - 3) text-anchor="middle" { (hours(seconds)) }
                        }
                    }
                    None => { path.cu d={ "M" (x) " " (bottom) "h" (width) "v-12h-" (width) "z" } {} }
                }
                @if at % 2 == weeks.len() % 2 {
                    text x=(middle(at)) y=(bottom + 11) text-anchor="middle" { (visit.words.short_date(week.period.first)) }
                }
            }
        }
    }
}

/// `3:05`: short enough to fit above a bar.
fn hours(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 3600, seconds % 3600 / 60)
}

/// The time of a week, or that it is unknown.
pub fn amount(visit: &Visit, week: &ChartWeek) -> String {
    week.seconds
        .map_or_else(|| visit.label(Label::NotWatched).into_owned(), |seconds| visit.words.words().duration(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bar_is_as_long_as_its_part() {
        let width = |part, whole| {
            let svg = bar(part, whole).into_string();
            svg.rsplit_once("M0 0h").unwrap().1.split('v').next().unwrap().parse::<i64>().unwrap()
        };
        assert_eq!([width(0, 100), width(1, 1000), width(50, 100), width(100, 100)], [0, 1, 50, 100]);
        assert_eq!([width(0, 0), width(-5, 10), width(30, 10)], [0, 0, 100]);
    }

    #[test]
    fn what_is_unknown_is_not_drawn_as_nothing() {
        let known = [0, 1, 3599, 3600, 6 * 3600, 86_400].map(|seconds| level(ChartDay::Known(seconds), PERSON));
        assert_eq!(known, [0, 1, 1, 2, 4, 4].map(Some));
        assert_eq!((level(ChartDay::Unknown, PERSON), level(ChartDay::Outside, PERSON)), (Some(UNKNOWN), None));
    }

    #[test]
    fn a_half_of_a_year_without_anything_is_left_out() {
        let head = crate::web::pages::tests::head("Study Hall");
        let visit = crate::web::pages::tests::visit(&head, crate::domain::words::Language::En);
        let first = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        let halves = |before: ChartDay, after: ChartDay| {
            let days: Vec<ChartDay> = [[before; 28], [after; 28]].concat();
            super::days(&visit, Weekday::Mon, first, &days, PERSON, "").into_string().matches("<svg role").count()
        };
        let (outside, known) = (ChartDay::Outside, ChartDay::Known(0));
        assert_eq!([halves(outside, known), halves(known, outside), halves(known, known)], [1, 1, 2]);
        assert_eq!([halves(outside, outside), halves(ChartDay::Unknown, known)], [2, 2]);
    }

    proptest! {
        /// Each day is drawn once, on whatever day the chart and its weeks begin.
        #[test]
        fn each_day_has_one_place(start in 0..30_000u64, length in 1..400usize, week_start in 0..7u8) {
            let first = NaiveDate::from_ymd_opt(1990, 1, 1).unwrap() + Days::new(start);
            let monday = first.week(Weekday::try_from(week_start).unwrap()).first_day();
            let days = vec![ChartDay::Known(1); length];
            let weeks = ((first - monday).num_days() as usize + length).div_ceil(7);
            let half = weeks.div_ceil(2);
            let cells: usize = [0..half, half..weeks].into_iter().map(|columns| {
                let part = Part { first, monday, days: &days, levels: PERSON, columns };
                part.paths().values().map(|path| path.matches('M').count()).sum::<usize>()
            }).sum();
            prop_assert_eq!(cells, length);
            prop_assert!(weeks <= 58);
        }
    }
}
