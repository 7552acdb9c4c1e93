//! Sums over the people of a group. They are exact; [`disclosure`](super::disclosure) decides which of them may be
//! shown.

use chrono::{NaiveDate, NaiveTime};

use super::survival::Survival;
use super::weeks::Week;
use super::{NIGHT_HOURS, REGULAR_DAYS, STREAK_STEPS};
use crate::domain::Span;
use crate::domain::accounting::days::PersonDays;
use crate::domain::accounting::past_streaks::past_streaks;
use crate::domain::accounting::streak::Day;
use crate::domain::time::interval::SpanSet;
use crate::domain::time::zone::Zone;

/// The sums of one week over all people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeekSums {
    /// How many people have credited time.
    pub people: usize,
    /// How many people have at least [`REGULAR_DAYS`] active days.
    pub regulars: usize,
    /// Credited seconds of all.
    pub seconds: i64,
}

/// Whether a member of a week was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// It is the first week with credited time.
    New,
    /// They were there in the week before, too.
    Current,
    /// They were there before, and not in the week before.
    Returned,
}

impl Member {
    pub const ALL: [Member; 3] = [Member::New, Member::Current, Member::Returned];

    /// The code in JSON and CSV.
    pub fn code(self) -> &'static str {
        match self {
            Member::New => "new",
            Member::Current => "current",
            Member::Returned => "returned",
        }
    }
}

/// Members of one kind, and how many of them were there in the next week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Members in all weeks; a person counts once in each week.
    pub members: usize,
    /// How many of these were there in the next week.
    pub came: usize,
    /// How many different people came in the next week at least once.
    pub people_who_came: usize,
    /// How many different people did not come at least once. A person can be in both numbers.
    pub people_who_did_not: usize,
}

/// The lengths of the streaks that began in the weeks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Streaks {
    pub survival: Survival,
    pub number: usize,
    /// How many people have such a streak.
    pub people: usize,
    /// By length: how many people have a streak that was seen at this length, or beyond.
    pub reaching: Vec<usize>,
    /// By length: how many people have a streak that ended before this length.
    pub ended_before: Vec<usize>,
    /// By two of `steps`: how many people have a streak that ended at the first step or later, and before the second.
    pub ended_between: [[usize; STREAK_STEPS.len() + 1]; STREAK_STEPS.len() + 1],
}

/// Credited time by the hour of the day, without days that are totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Night {
    /// Seconds from 00:00 to 05:00.
    pub seconds: i64,
    /// Seconds at all other times.
    pub other_seconds: i64,
    pub people: usize,
    pub other_people: usize,
}

/// All sums of some weeks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    /// In the order of the weeks of the report.
    pub weeks: Vec<WeekSums>,
    /// In the order of [`Member::ALL`].
    pub retained: [Retained; 3],
    pub streaks: Streaks,
    pub night: Night,
    /// Credited seconds of each person who has any in the weeks that count.
    pub totals: Vec<i64>,
}

/// Adds up people, one after the other.
#[derive(Clone, Debug)]
pub struct Measurer {
    /// The first is the week before the report.
    weeks: Vec<Week>,
    threshold: i64,
    counted: SpanSet,
    nights: SpanSet,
    measures: Measures,
}

impl Measurer {
    /// `weeks` follow one another. The first is not a part of the report: it shows who was there before. `threshold`:
    /// the least credited seconds of an active day.
    pub fn new(weeks: Vec<Week>, zone: Zone, threshold: i64) -> Measurer {
        let counted = || weeks.iter().skip(1).filter(|week| week.counts());
        let spans = SpanSet::union(counted().map(|week| week.span));
        let nights = SpanSet::union(counted().flat_map(|week| nights(week, zone)));
        let measures =
            Measures { weeks: vec![WeekSums::default(); weeks.len().saturating_sub(1)], ..Measures::default() };
        Measurer { nights: nights.meet(&spans), counted: spans, weeks, threshold, measures }
    }

    /// Adds a person. `person` has all days from the first day of the group that swf knows, up to the last of the weeks
    /// or later.
    pub fn add(&mut self, person: &PersonDays) {
        let weeks: Vec<&[Day]> = self.weeks.iter().map(|week| within(&person.days, week.first, week.last)).collect();
        let seconds: Vec<i64> = weeks.iter().map(|days| days.iter().map(|day| day.seconds).sum()).collect();
        let first = person.days.iter().find(|day| day.seconds > 0).map(|day| day.date);
        self.add_weeks(&weeks, &seconds);
        if let Some(first) = first {
            self.add_retained(first, &seconds);
        }
        self.add_streaks(&person.days);
        self.add_night(&person.credited);
    }

    fn add_weeks(&mut self, days: &[&[Day]], seconds: &[i64]) {
        let mut total = 0;
        for (index, week) in self.weeks.iter().enumerate().skip(1).filter(|(_, week)| week.counts()) {
            let sums = &mut self.measures.weeks[index - 1];
            debug_assert!(days[index].iter().all(|day| day.date >= week.first));
            let active = days[index].iter().filter(|day| day.seconds >= self.threshold).count();
            sums.people += usize::from(seconds[index] > 0);
            sums.regulars += usize::from(active >= REGULAR_DAYS);
            sums.seconds += seconds[index];
            total += seconds[index];
        }
        self.measures.totals.extend(Some(total).filter(|total| *total > 0));
    }

    /// A week shows who comes again if this week, the one before and the one after count.
    fn add_retained(&mut self, first: NaiveDate, seconds: &[i64]) {
        let mut people = [[false; 2]; 3];
        for (index, three) in self.weeks.windows(3).enumerate() {
            let [was_there, is_there, comes] = [0, 1, 2].map(|next| seconds[index + next] > 0);
            if !is_there || !three.iter().all(Week::counts) {
                continue;
            }
            let member = match was_there {
                _ if first >= three[1].first => Member::New,
                true => Member::Current,
                false => Member::Returned,
            };
            let retained = &mut self.measures.retained[member as usize];
            retained.members += 1;
            retained.came += usize::from(comes);
            people[member as usize][usize::from(comes)] = true;
        }
        for (retained, [did_not, came]) in self.measures.retained.iter_mut().zip(people) {
            retained.people_who_came += usize::from(came);
            retained.people_who_did_not += usize::from(did_not);
        }
    }

    fn add_streaks(&mut self, days: &[Day]) {
        let (Some(first), Some(last)) = (self.weeks.get(1), self.weeks.last()) else { return };
        let seen = &days[..days.partition_point(|day| day.date <= last.last)];
        let mut streaks = past_streaks(seen, self.threshold);
        streaks.retain(|streak| streak.first >= first.first);
        let Some(longest) = streaks.iter().map(|streak| streak.days).max() else { return };
        let sums = &mut self.measures.streaks;
        streaks.iter().for_each(|streak| sums.survival.add(streak.days, streak.has_ended));
        sums.number += streaks.len();
        sums.people += 1;
        let ends = || streaks.iter().filter(|streak| streak.has_ended).map(|streak| streak.days);
        sums.reaching.resize(sums.reaching.len().max(longest as usize + 1), 0);
        sums.reaching[..=longest as usize].iter_mut().for_each(|people| *people += 1);
        if let Some(end) = ends().min() {
            let ended = &mut sums.ended_before;
            // Beyond the longest streak so far, the last entry holds.
            let all = ended.last().copied().unwrap_or(0);
            ended.resize(ended.len().max(end as usize + 2), all);
            ended[end as usize + 1..].iter_mut().for_each(|people| *people += 1);
        }
        let steps = steps();
        for (from, row) in sums.ended_between.iter_mut().enumerate() {
            for (to, people) in row.iter_mut().enumerate() {
                *people += usize::from(ends().any(|end| (steps[from]..steps[to]).contains(&end)));
            }
        }
    }

    fn add_night(&mut self, credited: &SpanSet) {
        let credited = credited.meet(&self.counted);
        let (night, other) = (credited.meet(&self.nights).seconds(), credited.without(&self.nights).seconds());
        let sums = &mut self.measures.night;
        sums.seconds += night;
        sums.other_seconds += other;
        sums.people += usize::from(night > 0);
        sums.other_people += usize::from(other > 0);
    }

    /// The weeks of the report, and the sums of all people.
    pub fn finish(mut self) -> (Vec<Week>, Measures) {
        self.weeks.drain(..self.weeks.len().min(1));
        (self.weeks, self.measures)
    }
}

/// 0 and [`STREAK_STEPS`]: the limits between which ended streaks are counted.
pub(super) fn steps() -> [u32; STREAK_STEPS.len() + 1] {
    let mut steps = [0; STREAK_STEPS.len() + 1];
    steps[1..].copy_from_slice(&STREAK_STEPS);
    steps
}

fn within(days: &[Day], first: NaiveDate, last: NaiveDate) -> &[Day] {
    let from = days.partition_point(|day| day.date < first);
    let to = days.partition_point(|day| day.date <= last);
    &days[from..to.max(from)]
}

/// The nights of a week on the clock of the group, and the night of the date after it, as days may begin later than
/// midnight.
fn nights(week: &Week, zone: Zone) -> impl Iterator<Item = Span> + use<> {
    let end = week.last.succ_opt().unwrap_or(week.last);
    let at = move |date: NaiveDate, hour| {
        NaiveTime::from_hms_opt(hour, 0, 0).map(|time| zone.instant_of(date.and_time(time)))
    };
    let dates = week.first.iter_days().take_while(move |date| *date <= end);
    dates.filter_map(move |date| Some(Span::new(at(date, NIGHT_HOURS.0)?, at(date, NIGHT_HOURS.1)?)))
}
