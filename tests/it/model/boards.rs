//! Boards against the reference model, in zones with days of every length.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use swf::domain::accounting::leaderboard::{Policy, Record, board, ranked_board};
use swf::domain::accounting::presence::{Blind, Blinds, SessionRules, Stay, credit};
use swf::domain::accounting::ranking::{RankBy, Ranking};
use swf::domain::people::{Aliases, Profile};
use swf::domain::time::period::{Calendar as Periods, Period, Scope};
use swf::domain::time::zone::Zone;
use swf::domain::{Instant, PeerId};

use super::driver::{Driver, Move};
use super::reference::{self, Calendar, Credit, Starts};
use super::world::{BOT, FIRST_ACCOUNT, SECOND_ACCOUNT};
use super::{any_life, share};

/// How many seconds of a day rank, and how many make it active.
const CAP: i64 = 400;
const ACTIVE: i64 = 350;

/// Instants at which a day, a week, a month or the local clock changes.
const MOMENTS: [(&str, &str); 8] = [
    ("Europe/London", "2026-03-29T00:00:00Z"),
    ("Europe/London", "2026-10-24T23:00:00Z"),
    ("Europe/London", "2026-10-26T00:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T13:30:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("Asia/Tashkent", "2026-11-30T19:00:00Z"),
    // In Santiago, midnight itself is skipped, and in April it occurs twice.
    ("America/Santiago", "2026-09-06T04:00:00Z"),
    ("America/Santiago", "2026-04-05T03:00:00Z"),
];

pub fn moment(index: usize) -> (Zone, i64) {
    let (zone, text) = MOMENTS[index % MOMENTS.len()];
    (zone.parse().unwrap(), text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp())
}

/// Compares every board that these stays touch with the reference.
pub fn agree(stays: &[Stay], blinds: &[Blind], confirmed: Option<Instant>, rules: SessionRules, zone: Zone) {
    agree_with(stays, blinds, confirmed, rules, zone, &[]);
}

/// As [`agree`], with other times at which days start.
fn agree_with(
    stays: &[Stay],
    blinds: &[Blind],
    confirmed: Option<Instant>,
    rules: SessionRules,
    zone: Zone,
    starts: &Starts,
) {
    let text: Vec<String> =
        starts.iter().map(|(date, start)| format!("{:02}:{:02}@{date}", start / 60, start % 60)).collect();
    let zone = if starts.is_empty() { zone } else { zone.with_day_starts(text.join(",").parse().unwrap()) };
    let person = |peer: PeerId| if peer == SECOND_ACCOUNT { FIRST_ACCOUNT } else { peer };
    let record = Record {
        stays: stays.to_vec(),
        blinds: Blinds::new(blinds.iter().copied()),
        carried: Vec::new(),
        corrections: Vec::new(),
        profiles: [(BOT, Profile { bot: true, ..Profile::unknown(BOT) })].into(),
        aliases: Aliases::new([(FIRST_ACCOUNT, SECOND_ACCOUNT)]),
        confirmed,
        tracker: None,
        watches: Default::default(),
        signs: Default::default(),
    };
    let policy = Policy { rules, track_self: true };
    let mut by_person: BTreeMap<PeerId, Vec<Stay>> = BTreeMap::new();
    for stay in stays.iter().filter(|stay| stay.peer != BOT) {
        by_person.entry(person(stay.peer)).or_default().push(*stay);
    }
    let mut credits: BTreeMap<PeerId, Credit> = BTreeMap::new();
    for (person, stays) in by_person {
        let naive = reference::credit(&stays, blinds, rules);
        let ours = credit(&stays, &record.blinds, rules);
        let seconds = |set: &swf::domain::time::interval::SpanSet| -> BTreeSet<i64> {
            set.iter().flat_map(|span| span.from.0..span.to.0).collect()
        };
        assert_eq!(seconds(&ours.credited), naive.credited);
        assert_eq!(seconds(&ours.proved), naive.proved);
        credits.insert(person, naive);
    }
    let mut calendar = Calendar::default();
    let all: BTreeSet<i64> = credits.values().flat_map(|credit| &credit.credited).copied().collect();
    // The reference reads the zone from the time zone database itself.
    let tz = zone.name().parse().unwrap();
    let dates: BTreeSet<NaiveDate> = all.iter().map(|second| calendar.date(tz, starts, *second)).collect();
    let count = |period: Period| -> BTreeMap<PeerId, (i64, i64)> {
        let board = board(period, Instant(i64::MAX), &record, policy);
        let rows = board.entries.iter().map(|row| (row.profile.peer, (row.seconds, row.proved_seconds)));
        assert!(board.entries.iter().all(|row| row.seconds <= period.span.seconds()), "more than the clock");
        rows.collect()
    };
    for &date in &dates {
        for scope in Scope::ALL {
            let naive = reference::board(&credits, tz, starts, scope, date, &mut calendar);
            let period = Period::of(scope, date, zone, Periods::default());
            assert_eq!(count(period), naive, "{scope:?} of {date} in {zone}");
            let ranking = Ranking {
                reach: 0,
                by: RankBy::Days,
                cap: Some(CAP),
                active_seconds: ACTIVE,
                zone,
                calendar: Periods::default(),
            };
            let ranked = ranked_board(period, Instant(i64::MAX), &record, policy, ranking);
            let ranked: BTreeMap<PeerId, (i64, Option<usize>)> = ranked
                .entries
                .iter()
                .map(|row| (row.profile.peer, (row.ranked_seconds(), row.standing.active_days)))
                .collect();
            let naive: BTreeMap<PeerId, (i64, Option<usize>)> = naive
                .keys()
                .map(|person| {
                    let days = reference::days(&credits[person], tz, starts, scope, date, &mut calendar);
                    let ranked = days.values().map(|seconds| CAP.min(*seconds)).sum();
                    (*person, (ranked, Some(days.values().filter(|seconds| **seconds >= ACTIVE).count())))
                })
                .collect();
            assert_eq!(ranked, naive, "ranked {scope:?} of {date} in {zone}");
        }
    }
    // One anchor puts the end of a block between the dates, the other is in the future.
    let Some(&last) = dates.last() else { return };
    for periods in
        [Periods::default(), Periods::Anchored { anchor: last }, Periods::Anchored { anchor: last + Days::new(5) }]
    {
        for scope in [Scope::Week, Scope::Month, Scope::Year] {
            let wholes: BTreeSet<(NaiveDate, NaiveDate)> = dates
                .iter()
                .map(|date| Period::of(scope, *date, zone, periods))
                .map(|whole| (whole.first, whole.last))
                .collect();
            for (first, last) in wholes {
                let mut sum: BTreeMap<PeerId, (i64, i64)> = BTreeMap::new();
                for day in first.iter_days().take_while(|day| *day <= last) {
                    for (person, (all, proved)) in count(Period::of(Scope::Day, day, zone, periods)) {
                        let row = sum.entry(person).or_default();
                        *row = (row.0 + all, row.1 + proved);
                    }
                }
                let whole = count(Period::of(scope, first, zone, periods));
                assert_eq!(sum, whole, "the days of the {scope:?} from {first} in {zone}, {periods:?}");
            }
        }
    }
}

pub fn play(place: usize, before: i64, seed: u64, rules: SessionRules, moves: &[Move]) {
    play_with(place, before, 0, seed, rules, moves, &[]);
}

/// `later` is in seconds after the moment. `starts` has days, counted from two days before the moment, and minutes.
fn play_with(
    place: usize,
    before: i64,
    later: i64,
    seed: u64,
    rules: SessionRules,
    moves: &[Move],
    starts: &[(u64, u32)],
) {
    let (zone, at) = moment(place);
    let date = zone.local(Instant(at)).date_naive() - Days::new(2);
    let starts: Vec<(NaiveDate, u32)> =
        starts.iter().map(|(days, minute)| (date + Days::new(*days), *minute)).collect();
    let at = at + later;
    let mut driver = Driver::new(at - before, seed, false);
    driver.play(moves);
    driver.calm();
    agree_with(&driver.ledger.stays(), &driver.ledger.blinds, driver.watch.confirmed(), rules, zone, &starts);
}

/// Times at which days start, on different days, in order.
fn starts() -> impl Strategy<Value = Vec<(u64, u32)>> {
    let minute = prop_oneof![Just(0u32), Just(120), Just(240), 0..=360u32];
    proptest::collection::btree_map(0..5u64, minute, 1..3).prop_map(|starts| starts.into_iter().collect())
}

fn rules() -> impl Strategy<Value = SessionRules> {
    let some = |gate, grace| Just(SessionRules { gate, grace });
    prop_oneof![some(300, 60), some(60, 20), some(0, 60), some(300, 0), some(1, 1)]
}

proptest! {
    #![proptest_config(share(150))]
    #[test]
    fn boards_are_what_counting_seconds_gives(
        place in 0..8usize, before in 0..1500i64, seed: u64, rules in rules(), moves in any_life(),
    ) {
        play(place, before, seed, rules, &moves);
    }

    /// Rules §2.8 and §2.18.
    #[test]
    fn boards_of_days_that_begin_later_are_what_counting_seconds_gives(
        place in 0..8usize, before in 0..1500i64, later in prop_oneof![Just(0i64), Just(4 * 3600), 0..7 * 3600i64],
        seed: u64, rules in rules(), moves in any_life(), starts in starts(),
    ) {
        play_with(place, before, later, seed, rules, &moves, &starts);
    }
}
