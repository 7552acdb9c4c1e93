//! Groups of known retention, and reports compared with counting people one by one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::measures::{Measures, Member, steps};
use super::*;
use crate::domain::Span;
use crate::domain::accounting::days::PersonDays;
use crate::domain::accounting::past_streaks::past_streaks;
use crate::domain::accounting::streak::Day;
use crate::domain::time::interval::SpanSet;
use crate::domain::time::period::{Calendar, Period, Scope};
use crate::domain::time::zone::Zone;

const THRESHOLD: i64 = 1500;

fn first() -> NaiveDate {
    "2026-01-05".parse().unwrap()
}

/// The weeks from the first Monday on; those of `left_out` do not count.
fn weeks(count: usize, left_out: &[usize]) -> Vec<Week> {
    let period = |index| Period::of(Scope::Week, first() + Days::new(7 * index as u64), Zone::UTC, Calendar::default());
    let week = |index| {
        let Period { first, last, span, .. } = period(index);
        Week { first, last, span, left_out: left_out.contains(&index).then_some(LeftOut::Unwatched) }
    };
    (0..count).map(week).collect()
}

/// A person with `minutes` of credited time on each day, from `hour` on.
fn person(minutes: &[i64], hour: i64) -> PersonDays {
    let day = |(index, minutes): (usize, &i64)| Day {
        date: first() + Days::new(index as u64),
        seconds: minutes * 60,
        possible: minutes * 60,
        had_call: true,
        is_unwatched: false,
        is_paused: false,
        is_final: true,
    };
    let spans = minutes.iter().enumerate().map(|(index, minutes)| {
        let from = Period::of(Scope::Day, first() + Days::new(index as u64), Zone::UTC, Calendar::default()).span.from;
        Span::new(from + hour * 3600, from + hour * 3600 + minutes * 60)
    });
    PersonDays {
        days: minutes.iter().enumerate().map(day).collect(),
        credited: SpanSet::union(spans),
        ..PersonDays::default()
    }
}

fn measured(weeks: Vec<Week>, people: &[PersonDays]) -> (Vec<Week>, Measures) {
    let mut measurer = Measurer::new(weeks, Zone::UTC, THRESHOLD);
    people.iter().for_each(|person| measurer.add(person));
    measurer.finish()
}

/// A person who is active on the first `active` days of each week in which `there` has an x.
fn by_week(there: &str, active: usize) -> PersonDays {
    let week = |letter| (0..7).map(move |day| if letter == 'x' && day < active { 30 } else { 0 });
    person(&there.chars().flat_map(week).collect::<Vec<i64>>(), 10)
}

#[test]
fn a_group_of_known_retention() {
    // 8 of 20 new members come again, 24 of 30 current ones, and 5 of 10 returned ones.
    let mut people = Vec::new();
    let mut add = |number: usize, there: &str| people.extend((0..number).map(|_| by_week(there, 3)));
    add(8, "..xx");
    add(12, "..x.");
    add(24, "xxxx");
    add(6, "xxx.");
    add(5, "x.xx");
    add(5, "x.x.");
    // Only the third week has a week before and one after it in the report.
    let (weeks, measures) = measured(weeks(4, &[]).split_off(1), &people);
    let pulse = Pulse::of(weeks, &measures, 5, 4);
    assert_eq!(pulse.summary.came_again, [Some(40), Some(80), Some(50)]);
    assert_eq!(pulse.lines.iter().map(|line| line.people).collect::<Vec<_>>(), [Some(60), Some(37)]);
    // All are regulars: this number is about all of them, so it is shown.
    assert_eq!(pulse.lines[0].regulars, Some(60));
    assert_eq!((pulse.hiding, pulse.left), (Some(5), None));
    assert_eq!(pulse.lines[0].hours, Some(90));
}

#[test]
fn a_week_that_was_not_seen_is_in_no_number() {
    let people: Vec<PersonDays> = (0..20).map(|index| by_week("xxxxxx", 2 + index % 2)).collect();
    let (weeks, measures) = measured(weeks(6, &[3]), &people);
    let pulse = Pulse::of(weeks, &measures, 0, 0);
    let people: Vec<Option<usize>> = pulse.lines.iter().map(|line| line.people).collect();
    assert_eq!(people, [Some(20), Some(20), None, Some(20), Some(20)]);
    assert_eq!((pulse.summary.weeks, pulse.summary.regulars), (4, Some(10)));
    assert_eq!(measures.weeks[2], Default::default());
    // Only week 1 and the weeks before and after it all count. All came again.
    assert_eq!(measures.retained.map(|one| (one.members, one.came)), [(0, 0), (20, 20), (0, 0)]);
    assert_eq!(pulse.summary.came_again, [None, Some(100), None]);
}

#[test]
fn that_all_do_or_none_does_is_shown_and_that_some_of_few_do_is_not() {
    let share = |came: usize, stayed: usize| {
        let mut people: Vec<PersonDays> = (0..came).map(|_| by_week("..xx", 3)).collect();
        people.extend((0..stayed).map(|_| by_week("..x.", 3)));
        let (weeks, measures) = measured(weeks(4, &[]).split_off(1), &people);
        Pulse::of(weeks, &measures, 0, 0).summary.came_again[Member::New as usize]
    };
    assert_eq!([share(20, 0), share(0, 20), share(16, 4), share(4, 16)], [Some(100), Some(0), None, None]);
    assert_eq!([share(5, 0), share(4, 0), share(0, 4), share(0, 0)], [Some(100), None, None, None]);
    assert_eq!(share(15, 5), Some(75));
}

#[test]
fn the_top_tenth_needs_41_people() {
    let people = |number: usize| -> Vec<PersonDays> {
        (0..number).map(|index| person(&[&[0; 7][..], &[if index < 5 { 80 } else { 10 }]].concat(), 10)).collect()
    };
    let top = |number| measured(weeks(2, &[]), &people(number)).1;
    let share = |number| Pulse::of(weeks(2, &[]).split_off(1), &top(number), 0, 0).summary.top_tenth;
    // 400 of 760 minutes.
    assert_eq!((share(40), share(41)), (None, Some(53)));
}

#[test]
fn the_night_is_from_midnight_to_five_on_the_groups_clock() {
    let people: Vec<PersonDays> =
        (0..10).map(|index| person(&[&[0; 7][..], &[60]].concat(), if index < 5 { 4 } else { 5 })).collect();
    let (report, measures) = measured(weeks(2, &[]), &people);
    assert_eq!(Pulse::of(report, &measures, 0, 0).summary.night, Some(50));
    // In Tashkent it is 09:00 and 10:00 then.
    let mut measurer = Measurer::new(weeks(2, &[]), Zone::TASHKENT, THRESHOLD);
    people.iter().for_each(|person| measurer.add(person));
    assert_eq!(measurer.finish().1.night.seconds, 0);
}

#[test]
fn a_comparison_shows_a_number_for_both_sides_or_for_none() {
    let many: Vec<PersonDays> = (0..20).map(|index| by_week("xx", 1 + index % 6)).collect();
    let (report, of_many) = measured(weeks(2, &[]), &many);
    let (_, of_few) = measured(weeks(2, &[]), &many[..7]);
    let comparison = Comparison::of((report.clone(), &of_many), (report.clone(), &of_few));
    let [before, after] = [&comparison.before.1, &comparison.after.1];
    assert_eq!((before.people, after.people), (Some(20), Some(7)));
    // Of 7 people, 3 are not regulars.
    assert_eq!((before.regulars, after.regulars), (None, None));
    assert!(Pulse::of(report, &of_many, 0, 0).summary.regulars.is_some());
}

type People = BTreeSet<usize>;

/// What a reader learns from a report: the groups of people whose number is shown, or follows from shown numbers.
#[derive(Default)]
struct Learnt(Vec<(String, People)>);

impl Learnt {
    fn of(&mut self, what: impl Into<String>, people: impl IntoIterator<Item = usize>) {
        self.0.push((what.into(), people.into_iter().collect()));
    }
}

const WEEKS_OF_CASE: usize = 5;

/// Of each person, the minutes of each day (many days are empty, many active, some too short), and the hour at which
/// they begin.
fn any_people() -> impl Strategy<Value = Vec<(Vec<i64>, i64)>> {
    let day = prop_oneof![4 => Just(0i64), 3 => Just(30), 1 => 1..60i64];
    let steady = prop_oneof![1 => Just(0i64), 8 => Just(30)];
    let days = |day: BoxedStrategy<i64>| proptest::collection::vec(day, 7 * WEEKS_OF_CASE);
    let late = (days(day.clone().boxed()), 0..30usize).prop_map(|(mut days, first)| {
        days[..first].fill(0);
        days
    });
    let any = prop_oneof![days(day.boxed()), days(steady.boxed()), late];
    proptest::collection::vec((any, prop_oneof![Just(2i64), Just(10), Just(4)]), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The reference counts sets of people, week by week.
    #[test]
    fn numbers_are_those_of_counting_people(people in any_people(), left_out in proptest::collection::btree_set(0..WEEKS_OF_CASE, 0..2)) {
        let left_out: Vec<usize> = left_out.into_iter().collect();
        let histories: Vec<PersonDays> = people.iter().map(|(days, hour)| person(days, *hour)).collect();
        let (_, measures) = measured(weeks(WEEKS_OF_CASE, &left_out), &histories);
        let there = |person: usize, week: usize| people[person].0[7 * week..7 * week + 7].iter().sum::<i64>() > 0;
        let all = 0..people.len();
        for week in 1..WEEKS_OF_CASE {
            let days = |person: usize| &people[person].0[7 * week..7 * week + 7];
            let sums = measures.weeks[week - 1];
            if left_out.contains(&week) {
                prop_assert_eq!(sums, Default::default());
                continue;
            }
            prop_assert_eq!(sums.people, all.clone().filter(|person| there(*person, week)).count());
            let regular = |person: &usize| days(*person).iter().filter(|minutes| **minutes >= 25).count() >= 3;
            prop_assert_eq!(sums.regulars, all.clone().filter(regular).count());
            prop_assert_eq!(sums.seconds, all.clone().flat_map(days).sum::<i64>() * 60);
        }
        let mut retained: BTreeMap<usize, (usize, usize, People, People)> = BTreeMap::new();
        for week in 1..WEEKS_OF_CASE - 1 {
            if (week - 1..=week + 1).any(|week| left_out.contains(&week)) { continue; }
            for person in all.clone().filter(|person| there(*person, week)) {
                let before: Vec<bool> = (0..week).map(|week| there(person, week)).collect();
                let kind = if !before.contains(&true) { Member::New } else if before[week - 1] { Member::Current } else { Member::Returned };
                let sums = retained.entry(kind as usize).or_default();
                sums.0 += 1;
                if there(person, week + 1) { sums.1 += 1; sums.2.insert(person); } else { sums.3.insert(person); }
            }
        }
        for kind in Member::ALL {
            let (members, came, who, others) = retained.remove(&(kind as usize)).unwrap_or_default();
            let sums = measures.retained[kind as usize];
            prop_assert_eq!((sums.members, sums.came, sums.people_who_came, sums.people_who_did_not), (members, came, who.len(), others.len()));
        }
    }

    /// No number that a report shows, or that follows from what it shows, is about one to four people: it is about five
    /// or more, or about nobody.
    #[test]
    fn no_number_is_about_few_people(people in any_people(), left_out in 0..8usize, hiding in 0..9usize, left in 0..9usize) {
        let histories: Vec<PersonDays> = people.iter().map(|(days, hour)| person(days, *hour)).collect();
        let (report, measures) = measured(weeks(WEEKS_OF_CASE, &[left_out]), &histories);
        let pulse = Pulse::of(report, &measures, hiding, left);
        let mut learnt = Learnt::default();
        let all = || 0..people.len();
        let there = |person: usize, week: usize| people[person].0[7 * week..7 * week + 7].iter().sum::<i64>() > 0;
        let active = |person: usize, week: usize| people[person].0[7 * week..7 * week + 7].iter().filter(|minutes| **minutes >= 25).count();
        learnt.of("hiding", 0..pulse.hiding.unwrap_or(MIN_PEOPLE));
        learnt.of("left", 0..pulse.left.unwrap_or(MIN_PEOPLE));
        for (index, line) in pulse.lines.iter().enumerate() {
            let week = index + 1;
            if line.people.is_some() || line.hours.is_some() {
                learnt.of("people", all().filter(|person| there(*person, week)));
            }
            if line.regulars.is_some() {
                learnt.of("regulars", all().filter(|person| active(*person, week) >= 3));
                learnt.of("others than regulars", all().filter(|person| there(*person, week) && active(*person, week) < 3));
            }
        }
        // A mean and all weeks except one would give that week's number.
        let summary = &pulse.summary;
        let counted = || pulse.lines.iter().filter(|line| line.week.counts());
        prop_assert!(summary.people.is_none() || counted().all(|line| line.people.is_some()));
        prop_assert!(summary.regulars.is_none() || counted().all(|line| line.regulars.is_some()));
        prop_assert!(summary.hours.is_none() || counted().all(|line| line.hours.is_some()));
        let counts = |week: usize| week != left_out;
        for (kind, share) in Member::ALL.into_iter().zip(summary.came_again) {
            if share.is_none() { continue; }
            let of = |comes: bool| all().filter(move |person| (1..WEEKS_OF_CASE - 1).any(|week| {
                let before = (0..week).any(|week| there(*person, week));
                let is_kind = match kind {
                    Member::New => !before,
                    Member::Current => there(*person, week - 1),
                    Member::Returned => before && !there(*person, week - 1),
                };
                is_kind && (week - 1..=week + 1).all(counts) && there(*person, week) && there(*person, week + 1) == comes
            }));
            learnt.of(format!("{kind:?} who came"), of(true));
            learnt.of(format!("{kind:?} who did not"), of(false));
        }
        let streaks: Vec<(usize, u32, bool)> = histories.iter().enumerate().flat_map(|(person, history)| {
            let own = past_streaks(&history.days, THRESHOLD).into_iter().filter(|streak| streak.first >= first() + Days::new(7));
            own.map(move |streak| (person, streak.days, streak.has_ended))
        }).collect();
        let with = |is: &dyn Fn(u32, bool) -> bool| -> People { streaks.iter().filter(|(_, days, ended)| is(*days, *ended)).map(|(person, ..)| *person).collect() };
        if summary.streaks.is_some() {
            learnt.of("streaks", with(&|_, _| true));
        }
        if let Some(median) = summary.median_streak {
            learnt.of("shorter than the median", with(&|days, ended| ended && days <= median));
            learnt.of("longer than the median", with(&|days, _| days > median));
        }
        let mut last = 0;
        for (step, share) in steps()[1..].iter().zip(summary.reaching) {
            if share.is_none() { continue; }
            learnt.of(format!("ended from {last} to {step}"), with(&|days, ended| ended && (last..*step).contains(&days)));
            learnt.of(format!("reached {step}"), with(&|days, _| days >= *step));
            last = *step;
        }
        if summary.night.is_some() {
            let counted = |week: usize| counts(week) && week > 0;
            let any = |person: usize| (0..WEEKS_OF_CASE).any(|week| counted(week) && there(person, week));
            learnt.of("at night", all().filter(|person| any(*person) && people[*person].1 < 5));
            let late = |person: usize| people[person].1 >= 5 || (0..7 * WEEKS_OF_CASE).any(|day| counted(day / 7) && people[person].0[day] > (5 - people[person].1) * 60);
            learnt.of("by day", all().filter(|person| any(*person) && late(*person)));
        }
        if summary.top_tenth.is_some() {
            let number = measures.totals.len();
            prop_assert!(number.div_ceil(10) >= MIN_PEOPLE);
        }
        for (what, who) in learnt.0 {
            prop_assert!(who.is_empty() || who.len() >= MIN_PEOPLE, "{}: {:?}", what, who);
        }
    }
}

#[test]
fn the_week_before_the_report_is_in_no_number() {
    let (_, measures) = measured(weeks(1, &[]), &[by_week("x", 3)]);
    assert!(measures.weeks.is_empty() && measures.totals.is_empty());
    let nothing = measured(Vec::new(), &[by_week("x", 3)]);
    assert_eq!(Pulse::of(nothing.0, &nothing.1, 0, 0).last(), None);
}
