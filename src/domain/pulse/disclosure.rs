//! Which of the sums may be shown: no number is about fewer than [`MIN_PEOPLE`] people, and no such number can be
//! computed from those that are shown (rules §5.12).
//!
//! ```text
//! people of a week    ├──────── 21 ────────┤
//! regulars            ├───── 18 ─────┤       3 are not regulars: neither 18 nor 3 is shown
//! regulars            ├──────── 21 ────────┤ all are: the number is about 21 people, and is shown
//! ```
//! A number that splits people is shown only if each part has enough people or none. A mean is shown only if the number
//! of each of its weeks is.

use super::measures::{Measures, Member, Night, Retained, Streaks, WeekSums, steps};
use super::weeks::Week;
use super::{MIN_PEOPLE, STREAK_STEPS};

/// One week; a number that may not be shown is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeekLine {
    pub week: Week,
    /// How many people have credited time.
    pub people: Option<usize>,
    /// How many people have at least three active days.
    pub regulars: Option<usize>,
    /// Credited hours of all, rounded.
    pub hours: Option<i64>,
}

/// Some weeks together; a number that may not be shown is `None`. Shares are percent, rounded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many weeks count.
    pub weeks: usize,
    /// The mean of the weeks, rounded.
    pub people: Option<usize>,
    /// The mean of the weeks, rounded.
    pub regulars: Option<usize>,
    /// The mean of the weeks, rounded.
    pub hours: Option<i64>,
    /// The share of members who were there in the next week, in the order of [`Member::ALL`].
    pub came_again: [Option<u8>; Member::ALL.len()],
    /// How many streaks began.
    pub streaks: Option<usize>,
    /// The median length of streaks, in active days.
    pub median_streak: Option<u32>,
    /// The share of streaks that reach each of [`STREAK_STEPS`], in active days.
    pub reaching: [Option<u8>; STREAK_STEPS.len()],
    /// The share of hours that the top tenth of people has.
    pub top_tenth: Option<u8>,
    /// The share of hours from 00:00 to 05:00.
    pub night: Option<u8>,
}

/// A report about weeks in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulse {
    pub lines: Vec<WeekLine>,
    pub summary: Summary,
    /// How many people hide now.
    pub hiding: Option<usize>,
    /// How many people have left in these weeks, and not come back.
    pub left: Option<usize>,
}

/// The weeks before a date and after it. A number is shown for both or for neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    pub before: (Vec<Week>, Summary),
    pub after: (Vec<Week>, Summary),
}

impl Pulse {
    /// `hiding`, `left`: how many people hide now, and how many have left.
    pub fn of(weeks: Vec<Week>, measures: &Measures, hiding: usize, left: usize) -> Pulse {
        let line = |(week, sums): (&Week, &WeekSums)| line(*week, sums);
        Pulse {
            lines: weeks.iter().zip(&measures.weeks).map(line).collect(),
            summary: Summary::of(&weeks, measures),
            hiding: shown(hiding),
            left: shown(left),
        }
    }

    /// The last week that counts.
    pub fn last(&self) -> Option<&WeekLine> {
        self.lines.iter().rev().find(|line| line.week.counts())
    }
}

impl Comparison {
    pub fn of(before: (Vec<Week>, &Measures), after: (Vec<Week>, &Measures)) -> Comparison {
        let mut first = Summary::of(&before.0, before.1);
        let mut second = Summary::of(&after.0, after.1);
        first.show_what_both_have(&mut second);
        Comparison { before: (before.0, first), after: (after.0, second) }
    }
}

impl Summary {
    fn of(weeks: &[Week], measures: &Measures) -> Summary {
        let counted: Vec<WeekLine> = weeks
            .iter()
            .zip(&measures.weeks)
            .filter(|(week, _)| week.counts())
            .map(|(week, sums)| line(*week, sums))
            .collect();
        let mean = |of: fn(&WeekLine) -> Option<i64>| {
            let values: Option<Vec<i64>> = counted.iter().map(of).collect();
            values.filter(|values| !values.is_empty()).map(|values| {
                let (sum, number) = (values.iter().sum::<i64>(), values.len() as i64);
                (2 * sum + number) / (2 * number)
            })
        };
        let people = |mean: Option<i64>| mean.map(|mean| mean as usize);
        let Streaks { number, people: owners, .. } = measures.streaks;
        Summary {
            weeks: counted.len(),
            people: people(mean(|line| line.people.map(|people| people as i64))),
            regulars: people(mean(|line| line.regulars.map(|people| people as i64))),
            hours: mean(|line| line.hours),
            came_again: measures.retained.map(came_again),
            streaks: shown(owners).map(|_| number),
            median_streak: median(&measures.streaks),
            reaching: reaching(&measures.streaks),
            top_tenth: top_tenth(&measures.totals),
            night: night(measures.night),
        }
    }

    fn show_what_both_have(&mut self, other: &mut Summary) {
        both(&mut self.people, &mut other.people);
        both(&mut self.regulars, &mut other.regulars);
        both(&mut self.hours, &mut other.hours);
        self.came_again.iter_mut().zip(&mut other.came_again).for_each(|(one, other)| both(one, other));
        both(&mut self.streaks, &mut other.streaks);
        both(&mut self.median_streak, &mut other.median_streak);
        self.reaching.iter_mut().zip(&mut other.reaching).for_each(|(one, other)| both(one, other));
        both(&mut self.top_tenth, &mut other.top_tenth);
        both(&mut self.night, &mut other.night);
    }
}

/// Hides both values unless both are shown.
fn both<T>(one: &mut Option<T>, other: &mut Option<T>) {
    if one.is_none() || other.is_none() {
        (*one, *other) = (None, None);
    }
}

fn shown(people: usize) -> Option<usize> {
    Some(people).filter(|people| *people >= MIN_PEOPLE)
}

/// Whether a number may split people into these parts. If all are in one part, the number is about all of them.
fn may_split(parts: [usize; 2]) -> bool {
    let is_few = |people: usize| people > 0 && people < MIN_PEOPLE;
    parts.iter().any(|people| *people > 0) && !parts.into_iter().any(is_few)
}

/// A share in percent, rounded.
fn percent(share: f64) -> u8 {
    (share * 100.0).round().clamp(0.0, 100.0) as u8
}

fn line(week: Week, sums: &WeekSums) -> WeekLine {
    let WeekSums { people, regulars, seconds } = *sums;
    let people = shown(people).filter(|_| week.counts());
    let may_split = people.is_some_and(|people| may_split([regulars, people.saturating_sub(regulars)]));
    WeekLine {
        week,
        people,
        regulars: Some(regulars).filter(|_| may_split),
        hours: people.map(|_| (seconds + 1800) / 3600),
    }
}

fn came_again(retained: Retained) -> Option<u8> {
    let Retained { members, came, people_who_came, people_who_did_not } = retained;
    may_split([people_who_came, people_who_did_not]).then(|| percent(came as f64 / members as f64))
}

fn median(streaks: &Streaks) -> Option<u32> {
    let median = streaks.survival.median()?;
    let at = |people: &[usize], days: usize| people.get(days).or(people.last()).copied().unwrap_or(0);
    // No streak is longer than the longest.
    let longer = streaks.reaching.get(median as usize + 1).copied().unwrap_or(0);
    may_split([at(&streaks.ended_before, median as usize + 1), longer]).then_some(median)
}

/// Between two steps that are shown, the streaks of enough people ended, or those of nobody.
fn reaching(streaks: &Streaks) -> [Option<u8>; STREAK_STEPS.len()] {
    let (steps, mut last) = (steps(), 0);
    std::array::from_fn(|index| {
        let (step, days) = (index + 1, steps[index + 1]);
        let people = streaks.reaching.get(days as usize).copied().unwrap_or(0);
        let is_shown = may_split([people, streaks.ended_between[last][step]]);
        let share = streaks.survival.reaching(days).filter(|_| is_shown)?;
        last = step;
        Some(percent(share))
    })
}

/// The top tenth, rounded up, must have enough people; the others then have enough, too.
fn top_tenth(totals: &[i64]) -> Option<u8> {
    let top = totals.len().div_ceil(10);
    if top < MIN_PEOPLE {
        return None;
    }
    let mut sorted = totals.to_vec();
    sorted.sort_unstable_by_key(|seconds| std::cmp::Reverse(*seconds));
    Some(percent(sorted[..top].iter().sum::<i64>() as f64 / sorted.iter().sum::<i64>() as f64))
}

fn night(night: Night) -> Option<u8> {
    let Night { seconds, other_seconds, people, other_people } = night;
    may_split([people, other_people]).then(|| percent(seconds as f64 / (seconds + other_seconds) as f64))
}
