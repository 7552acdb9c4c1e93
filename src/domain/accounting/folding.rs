//! Which days of a person may be folded into totals, and what their totals are (rules §8.4).
//!
//! ```text
//! days       │ 1         │ 2         │ 3         │ 4         │
//! presence     ├───┤           ├─────────┤   ├──┤
//! stretches  ├───────────┼───────────────────────┤            nothing that decides a session lies across a border
//! ```

use chrono::NaiveDate;

use crate::domain::accounting::corrections::{self, Corrected};
use crate::domain::accounting::days::{LocalDay, ended_on, hidden, per_day, possible};
use crate::domain::accounting::folded::Folded;
use crate::domain::accounting::leaderboard::{Policy, Record};
use crate::domain::accounting::presence::Stay;
use crate::domain::time::interval::SpanSet;
use crate::domain::{Instant, PeerId, Span};

/// Days of one person that are folded at once: neither a session nor anything that could make a session longer lies
/// across their borders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// From the first instant of the first day to the end of the last day.
    pub span: Span,
    /// How many stays lie in the stretch. Folding deletes all of them.
    pub stays: usize,
    /// The days about which something is stored.
    pub days: Vec<FoldedDay>,
}

/// A folded day, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoldedDay {
    pub day: LocalDay,
    /// Credited seconds, after corrections.
    pub credited: i64,
    pub folded: Folded,
}

/// The result of [`stretches`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub stretches: Vec<Stretch>,
    /// The start of the days that can't be decided without later days, if there are any: something lies across each of
    /// their ends.
    pub open_from: Option<Instant>,
}

/// Finds the stretches of the person with these accounts in `days`, which are in order and without a gap. The first and
/// the last day are never folded: they only show what lies across the borders of the others. `record` has the stays,
/// the blind time and the corrections of all these days, and the person's folded days. `may` returns whether a day may
/// be folded at all. `at` is stored as the time of folding.
pub fn stretches(
    record: &Record,
    policy: Policy,
    accounts: &[PeerId],
    days: &[LocalDay],
    may: impl Fn(NaiveDate) -> bool,
    at: Instant,
) -> Found {
    let [first, inner @ .., last] = days else { return Found::default() };
    let person = Person::new(record, policy, accounts, days, Span::new(first.span.from, last.span.to));
    let mut found = Found::default();
    let mut rest = inner;
    while let Some(first) = rest.first() {
        let is_clean = |border: Instant| !person.runs.iter().any(|run| run.from < border && border < run.to);
        // The stretch goes up to the first border that nothing lies across.
        let Some(length) = rest.iter().position(|day| is_clean(day.span.to)) else {
            found.open_from = Some(first.span.from);
            break;
        };
        let (stretch, later) = rest.split_at(length + 1);
        let span = Span::new(first.span.from, stretch[length].span.to);
        let is_over = record.confirmed.is_some_and(|confirmed| confirmed >= span.to);
        if is_clean(span.from) && is_over && stretch.iter().all(|day| may(day.date)) {
            found.stretches.extend(person.fold(span, at));
        }
        rest = later;
    }
    found
}

/// What decides one person's days.
struct Person<'a> {
    days: &'a [LocalDay],
    stays: &'a [Stay],
    /// Spans that no border may cut: sessions, blind time that could make them longer, and added time.
    runs: Vec<Span>,
    sessions: Vec<SpanSet>,
    /// Seconds of each day, as in the fields below.
    credited: Vec<i64>,
    proved: Vec<i64>,
    added: Vec<i64>,
    removed: Vec<i64>,
    possible: Vec<i64>,
}

impl<'a> Person<'a> {
    fn new(record: &'a Record, policy: Policy, accounts: &[PeerId], days: &'a [LocalDay], whole: Span) -> Person<'a> {
        let rules = policy.rules;
        let own = record.corrections.iter().filter(|one| accounts.contains(&one.peer));
        let corrected = Corrected::of(own).outside_folded(&record.carried);
        let account = corrections::account(&record.stays, &record.blinds, &[], &corrected, rules);
        let (unseen, hidden) = (record.blinds.about(accounts), hidden(record, days, whole));
        let present = record.stays.iter().map(|stay| stay.span);
        let touching = SpanSet::union(present.chain(unseen.iter()).chain(hidden.iter()).chain(corrected.added.iter()));
        let ends = |run: SpanSet| Some(Span::new(run.iter().next()?.from, run.iter().last()?.to));
        let possible = corrected.apply(&possible(&record.stays, &unseen, &hidden, rules));
        Person {
            days,
            stays: &record.stays,
            runs: touching.runs(rules.grace).filter_map(ends).collect(),
            sessions: account.credit.credited.runs(rules.grace).collect(),
            credited: per_day(&account.credit.credited, days),
            proved: per_day(&account.credit.proved, days),
            added: per_day(&account.added, days),
            removed: per_day(&account.removed, days),
            possible: per_day(&possible, days),
        }
    }

    /// Folds the days of a span; `None` if it has no stay, or an open one.
    fn fold(&self, span: Span, at: Instant) -> Option<Stretch> {
        let meets = |stay: &&Stay| stay.span.from <= span.to && stay.span.to >= span.from;
        if self.stays.iter().filter(meets).any(|stay| stay.open) {
            return None;
        }
        let is_inside = |stay: &&Stay| stay.span.from >= span.from && stay.span.to <= span.to;
        let stays = self.stays.iter().filter(is_inside).count();
        let inside = self.days.iter().enumerate().filter(|(_, day)| !day.span.clip(span).is_empty());
        let days = inside.filter_map(|(index, day)| self.day(index, *day, at)).collect();
        (stays > 0).then_some(Stretch { span, stays, days })
    }

    /// What is stored about a day; `None` if there is nothing.
    fn day(&self, index: usize, day: LocalDay, at: Instant) -> Option<FoldedDay> {
        let began = || self.stays.iter().filter(|stay| day.span.from <= stay.span.from && stay.span.from < day.span.to);
        let (mut session, mut session_before) = (0, 0);
        for ended in self.sessions.iter().filter(|session| ended_on(session, self.days) == Some(index)) {
            let seconds = ended.seconds();
            if seconds > session {
                (session, session_before) = (seconds, session);
            }
        }
        let credited = self.credited[index];
        let folded = Folded {
            at,
            stays: began().count() as i64,
            longest_stay: began().map(|stay| stay.span.seconds()).max().unwrap_or(0),
            proved: self.proved[index],
            added: self.added[index],
            removed: self.removed[index],
            possible: self.possible[index].max(credited),
            session,
            session_before,
        };
        let is_empty = folded.stays == 0 && folded.possible == 0 && folded.removed == 0 && session == 0;
        (!is_empty).then_some(FoldedDay { day, credited, folded })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::Days;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::CallId;
    use crate::domain::accounting::carried::Carried;
    use crate::domain::accounting::corrections::{Correction, Operation};
    use crate::domain::accounting::days::{GroupDays, PersonDays};
    use crate::domain::accounting::leaderboard::{Board, ranked_board};
    use crate::domain::accounting::presence::{Blind, Blinds, SessionRules};
    use crate::domain::accounting::ranking::{RankBy, Ranking};
    use crate::domain::accounting::receipt::{contradiction, receipt};
    use crate::domain::accounting::records::records;
    use crate::domain::accounting::streak::streak;
    use crate::domain::accounting::unwatched::Watches;
    use crate::domain::people::Aliases;
    use crate::domain::roster::BlindReason;
    use crate::domain::time::pause::Pauses;
    use crate::domain::time::period::{Calendar, Period, Scope, first_instant, local_date};
    use crate::domain::time::zone::Zone;

    const POLICY: Policy = Policy { rules: SessionRules { gate: 300, grace: 180 }, track_self: true };
    const MINUTE: i64 = 60;
    const DAYS: i64 = 6;
    const THRESHOLD: i64 = 1500;
    const FOLDED_AT: Instant = Instant(1_900_000_000);

    /// Days around a clock change, or around a change of the start of days.
    fn place(index: usize) -> (Zone, NaiveDate) {
        let (zone, first, starts) = [
            ("Asia/Tashkent", "2026-12-01", "00:00"),
            ("Europe/London", "2026-03-26", "00:00"),
            ("Europe/London", "2026-10-22", "04:00@2026-10-24"),
            ("America/Santiago", "2026-09-03", "00:00"),
        ][index % 4];
        (zone.parse::<Zone>().unwrap().with_day_starts(starts.parse().unwrap()), first.parse().unwrap())
    }

    #[derive(Clone, Debug)]
    struct Case {
        place: usize,
        /// Account, first minute, seconds.
        stays: Vec<(i64, i64, i64)>,
        /// Account (0: the whole call), first minute, seconds, whether the call was over afterwards.
        blinds: Vec<(i64, i64, i64, bool)>,
        carried: Vec<(i64, i64, i64, i64)>,
        corrections: Vec<(i64, bool, i64, i64)>,
        alias: bool,
        /// The last stay is open.
        open: bool,
    }

    /// A minute of the days; often around midnight.
    fn minute() -> impl Strategy<Value = i64> {
        prop_oneof![3 => 0..1440 * DAYS, 1 => (1..DAYS, -15..15i64).prop_map(|(day, minute)| day * 1440 + minute)]
    }

    fn case() -> impl Strategy<Value = Case> {
        let stays = proptest::collection::vec((1..4i64, minute(), 1..9000i64), 0..14);
        let blinds = proptest::collection::vec((0..4i64, minute(), 60..20_000i64, any::<bool>()), 0..4);
        let carried = proptest::collection::vec((1..4i64, 0..DAYS, 1..40_000i64, 0..86_400i64), 0..2);
        let corrections = proptest::collection::vec((1..4i64, any::<bool>(), minute(), 1..20_000i64), 0..4);
        (0..4usize, stays, blinds, carried, corrections, any::<bool>(), any::<bool>()).prop_map(
            |(place, stays, blinds, carried, corrections, alias, open)| Case {
                place,
                stays,
                blinds,
                carried,
                corrections,
                alias,
                open,
            },
        )
    }

    struct World {
        zone: Zone,
        days: Vec<LocalDay>,
        record: Record,
        aliases: Aliases,
    }

    impl Case {
        fn world(&self) -> World {
            let (zone, first) = place(self.place);
            let span = |date: NaiveDate| Span::new(first_instant(zone, date), first_instant(zone, date + Days::new(1)));
            let days = (first - Days::new(1)).iter_days().take(DAYS as usize + 3);
            let days: Vec<LocalDay> = days.map(|date| LocalDay { date, span: span(date) }).collect();
            let start = days[1].span.from;
            let at = |minute: i64, seconds: i64| Span::new(start + minute * MINUTE, start + minute * MINUTE + seconds);
            let call = CallId(1);
            let stay = |&(peer, minute, seconds): &(i64, i64, i64)| Stay {
                call,
                peer: PeerId(peer),
                span: at(minute, seconds),
                open: false,
            };
            let mut stays: Vec<Stay> = self.stays.iter().map(stay).collect();
            stays.sort_by_key(|stay| stay.span.to);
            if let Some(last) = stays.last_mut() {
                last.open = self.open;
            }
            let blind = |&(peer, minute, seconds, _): &(i64, i64, i64, bool)| Blind {
                call,
                peer: (peer > 0).then_some(PeerId(peer)),
                span: at(minute, seconds),
                reason: BlindReason::NotRunning,
            };
            let over = self.blinds.iter().filter(|(peer, .., is_over)| *peer == 0 && *is_over);
            let carried = self.carried.iter().map(|&(peer, day, seconds, until)| {
                let LocalDay { date, span } = days[1 + day as usize];
                Carried { peer: PeerId(peer), day: date, span, until: span.from + until, seconds, folded: None }
            });
            let corrections = (1..).zip(&self.corrections).map(|(id, &(peer, adds, minute, seconds))| Correction {
                id,
                peer: PeerId(peer),
                operation: if adds { Operation::Add } else { Operation::Remove },
                span: at(minute, seconds),
                reason: "forgot to join".into(),
                made_by: "Ada".into(),
                made: start,
                undone: None,
            });
            let aliases = Aliases::new(self.alias.then_some((PeerId(1), PeerId(2))));
            let end = days[days.len() - 1].span.to;
            let watches = Watches {
                first: Some(start),
                spans: vec![Span::new(start, end)],
                maybe_ended: over.map(|&(_, minute, seconds, _)| at(minute, seconds)).collect(),
                ..Watches::default()
            };
            let record = Record {
                stays,
                blinds: Blinds::new(self.blinds.iter().map(blind)),
                carried: carried.collect(),
                corrections: corrections.collect(),
                aliases: aliases.clone(),
                watches,
                confirmed: Some(end),
                ..Record::default()
            };
            World { zone, days, record, aliases }
        }
    }

    impl World {
        fn accounts(&self, person: i64) -> Vec<PeerId> {
            self.aliases.accounts(PeerId(person))
        }

        fn people(&self) -> impl Iterator<Item = i64> {
            (1..4).filter(|peer| self.aliases.person(PeerId(*peer)) == PeerId(*peer))
        }

        /// The record after folding all that may be folded before the day with this number.
        fn folded(&self, before: usize) -> Record {
            let mut folded = self.record.clone();
            for person in self.people() {
                let accounts = self.accounts(person);
                let carried: BTreeSet<NaiveDate> = self.record.carried.iter().map(|one| one.day).collect();
                let may = |date: NaiveDate| date < self.days[before].date && !carried.contains(&date);
                let own = |stay: &&Stay| accounts.contains(&stay.peer);
                let record = Record {
                    stays: folded.stays.iter().filter(own).copied().collect(),
                    carried: Vec::new(),
                    ..folded.clone()
                };
                for stretch in stretches(&record, POLICY, &accounts, &self.days, may, FOLDED_AT).stretches {
                    let is_inside = |span: Span| span.from >= stretch.span.from && span.to <= stretch.span.to;
                    let count = folded.stays.len();
                    folded.stays.retain(|stay| !accounts.contains(&stay.peer) || !is_inside(stay.span));
                    assert_eq!(count - folded.stays.len(), stretch.stays);
                    let began: i64 = stretch.days.iter().map(|day| day.folded.stays).sum();
                    assert_eq!(began, stretch.stays as i64);
                    folded.blinds.remove_about(&accounts, stretch.span);
                    folded.carried.extend(stretch.days.iter().map(|kept| Carried {
                        peer: PeerId(person),
                        day: kept.day.date,
                        span: kept.day.span,
                        until: kept.day.span.from,
                        seconds: kept.credited,
                        folded: Some(kept.folded),
                    }));
                }
            }
            folded
        }

        fn periods(&self) -> Vec<Period> {
            let day = |day: &LocalDay| Period::of(Scope::Day, day.date, self.zone, Calendar::default());
            let (first, last) = (self.days[0].date, self.days[self.days.len() - 1].date);
            let between = |first, last| Period::between(Scope::Range, first, last, self.zone);
            let mut periods: Vec<Period> = self.days.iter().map(day).collect();
            periods.push(between(first, last));
            periods.push(between(first + Days::new(2), last - Days::new(3)));
            periods.push(Period::of(Scope::Week, last, self.zone, Calendar::default()));
            periods
        }

        fn boards(&self, record: &Record) -> Vec<Board> {
            let ranking = Ranking {
                reach: 0,
                by: RankBy::Days,
                cap: Some(5400),
                active_seconds: THRESHOLD,
                zone: self.zone,
                calendar: Calendar::default(),
            };
            let board = |period| ranked_board(period, Instant(i64::MAX), record, POLICY, ranking);
            self.periods().into_iter().map(board).collect()
        }

        fn person_days(&self, record: &Record, person: i64) -> PersonDays {
            let accounts = self.accounts(person);
            let calls = [Span::new(self.days[1].span.from, self.days[self.days.len() - 1].span.to)];
            let (none, paused) = (BTreeSet::new(), Pauses::default());
            let days = GroupDays::new(record, POLICY, &self.days, &calls, &none, &paused);
            let stays: Vec<Stay> = record.stays.iter().filter(|stay| accounts.contains(&stay.peer)).copied().collect();
            let old: Vec<Carried> = record.carried.iter().filter(|one| accounts.contains(&one.peer)).copied().collect();
            days.of(&accounts, &stays, &old)
        }

        fn assert_no_contradiction(&self, record: &Record) {
            for board in self.boards(record) {
                for person in self.people() {
                    let receipt = receipt(board.period, record, POLICY, PeerId(person));
                    let entry = board.entries.iter().find(|entry| entry.profile.peer == PeerId(person));
                    let (seconds, proved) = entry.map_or((0, 0), |entry| (entry.seconds, entry.proved_seconds));
                    assert_eq!(contradiction(&receipt, seconds, proved, board.period), None);
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

        /// Folded days give the same numbers as their stays, to the second.
        #[test]
        fn folding_changes_nothing_but_receipts(case in case(), before in 1..DAYS as usize + 3) {
            let world = case.world();
            let folded = world.folded(before);
            prop_assert_eq!(world.boards(&folded), world.boards(&world.record));
            for person in world.people() {
                let (before, after) = (world.person_days(&world.record, person), world.person_days(&folded, person));
                prop_assert_eq!(&after.days, &before.days, "person {}", person);
                let last = |scope, date| Period::of(scope, date, world.zone, Calendar::default()).last;
                prop_assert_eq!(records(&after, THRESHOLD, last), records(&before, THRESHOLD, last));
                prop_assert_eq!(streak(&after.days, THRESHOLD), streak(&before.days, THRESHOLD));
            }
            world.assert_no_contradiction(&folded);
        }

        /// Accounts that an alias joins after their days were folded: it is not known any more when both were in the
        /// call, so their times add up, to the length of the day at most.
        #[test]
        fn accounts_that_are_joined_later_add_up(case in case(), joined in 2..4i64) {
            let is_plain = case.corrections.is_empty() && case.carried.is_empty();
            let apart = Case { alias: false, ..case };
            let world = apart.world();
            let folded = Record { aliases: Aliases::new([(PeerId(1), PeerId(joined))]), ..world.folded(DAYS as usize + 2) };
            let of = |boards: &[Board], day: usize, peer: i64| {
                let entry = boards[day].entries.iter().find(|entry| entry.profile.peer == PeerId(peer));
                entry.map_or(0, |entry| entry.seconds)
            };
            let (before, after) = (world.boards(&world.record), world.boards(&folded));
            for (day, local) in world.days.iter().enumerate() {
                let sum = (of(&before, day, 1) + of(&before, day, joined)).min(local.span.seconds());
                let is_folded = !folded.stays.iter().any(|stay| !stay.span.clip(local.span).is_empty());
                if is_folded && is_plain {
                    prop_assert_eq!(of(&after, day, 1), sum);
                }
            }
            let joined_world = World { aliases: folded.aliases.clone(), ..world };
            joined_world.assert_no_contradiction(&folded);
        }
    }

    fn plain(stays: Vec<(i64, i64, i64)>) -> Case {
        let (blinds, carried, corrections) = (Vec::new(), Vec::new(), Vec::new());
        Case { place: 0, stays, blinds, carried, corrections, alias: true, open: false }
    }

    #[test]
    fn whole_days_before_the_horizon_are_folded_and_a_session_across_it_stays() {
        let late = 3 * 1440 - 20;
        let world = plain(vec![(1, 600, 3600), (2, 630, 3600), (1, late, 2400), (3, late, 600)]).world();
        // The third day ends during the first person's session.
        let folded = world.folded(4);
        assert_eq!(folded.stays.iter().map(|stay| stay.peer.0).collect::<Vec<_>>(), [1]);
        let kept: Vec<_> = folded.carried.iter().map(|one| (one.peer.0, one.seconds)).collect();
        assert_eq!(kept, [(1, 5400), (3, 600)]);
        let first = folded.carried[0].folded.unwrap();
        assert_eq!((first.stays, first.longest_stay, first.session, first.possible), (2, 3600, 5400, 5400));
        assert_eq!(local_date(world.zone, folded.carried[0].span.from), world.days[1].date);
        // One day later, both days of the session are folded together.
        assert!(world.folded(5).stays.is_empty());
    }

    #[test]
    fn an_open_stay_and_a_day_of_the_old_tracker_are_never_folded() {
        let open = Case { open: true, ..plain(vec![(1, 600, 3600)]) };
        assert_eq!(open.world().folded(6).stays.len(), 1);
        let old = Case { carried: vec![(3, 0, 60, 60)], ..plain(vec![(1, 600, 3600), (1, 2040, 3600)]) };
        assert_eq!(old.world().folded(6).stays.len(), 1);
    }

    #[test]
    fn a_day_into_which_a_session_reaches_and_a_day_that_is_not_confirmed_are_not_folded() {
        let world = plain(vec![(1, -10, 1200), (1, 600, 600)]).world();
        assert_eq!(world.folded(6).stays.len(), 2);
        let mut world = plain(vec![(1, 600, 600), (1, 2040, 600)]).world();
        world.record.confirmed = Some(world.days[3].span.from - 1);
        assert_eq!(
            world.folded(6).stays.iter().map(|stay| stay.span.from).collect::<Vec<_>>(),
            [world.days[2].span.from + 600 * MINUTE]
        );
        world.record.confirmed = Some(world.days[3].span.from);
        assert!(world.folded(6).stays.is_empty());
    }

    /// A person who may have been in the call unseen at midnight may have a session then, so the two days stay
    /// together.
    #[test]
    fn blind_time_across_midnight_keeps_two_days_together() {
        for peer in [0, 1] {
            let blinds = vec![(peer, 1437, 360, false)];
            let world = Case { blinds, ..plain(vec![(1, 1435, 120), (1, 2000, 600)]) }.world();
            let folded = world.folded(2);
            assert_eq!((folded.stays.len(), folded.carried.len()), (2, 0));
            assert_eq!(world.person_days(&folded, 1).days, world.person_days(&world.record, 1).days);
            assert!(world.folded(3).stays.is_empty());
        }
    }

    #[test]
    fn what_the_organiser_removed_is_kept() {
        let corrections = vec![(1, false, 610, 600), (1, true, 700, 900)];
        let folded = Case { corrections, ..plain(vec![(1, 600, 3600)]) }.world().folded(6);
        let kept = folded.carried[0].folded.unwrap();
        assert_eq!((folded.carried[0].seconds, kept.removed, kept.added), (3900, 600, 900));
    }

    #[test]
    fn what_goes_on_at_the_end_of_the_days_is_said() {
        let world = plain(vec![(1, 600, 3600), (1, 4 * 1440 - 10, 2400)]).world();
        let days = &world.days[..5];
        let found = stretches(&world.record, POLICY, &[PeerId(1), PeerId(2)], days, |_| true, FOLDED_AT);
        let open_from = days[3].span.from;
        assert_eq!((found.stretches.iter().map(|one| one.stays).sum::<usize>(), found.open_from), (1, None));
        let found = stretches(&world.record, POLICY, &[PeerId(1), PeerId(2)], &world.days[..6], |_| true, FOLDED_AT);
        assert_eq!(found.open_from, Some(world.days[4].span.from), "{open_from:?}");
    }

    /// The record of the longest session names the record that it broke, also one of the same day.
    #[test]
    fn the_session_that_a_record_broke_is_kept() {
        let world = plain(vec![(1, 60, 600), (1, 120, 1200), (1, 180, 900)]).world();
        let folded = world.folded(6);
        let kept = folded.carried[0].folded.unwrap();
        assert_eq!((kept.session, kept.session_before), (1200, 600));
    }
}
