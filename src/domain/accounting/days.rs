//! One person's local days, computed from stays. Streaks, records and goals are computed from these days.
//!
//! ```text
//! day        ├──────────────────────────────┤
//! stay         ├─── credited ──┤
//! blind                        ├────────────┤
//! possible     ├────────────────────────────┤   had the person stayed: it could hide an active day
//! ```

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::domain::accounting::carried::{self, Carried};
use crate::domain::accounting::corrections::{self, Account, Corrected, Correction};
use crate::domain::accounting::leaderboard::{Policy, Record};
use crate::domain::accounting::presence::{self, SessionRules, Stay};
use crate::domain::accounting::streak::Day;
use crate::domain::accounting::unwatched::{Watches, is_hardly_watched};
use crate::domain::time::interval::SpanSet;
use crate::domain::time::pause::Pauses;
use crate::domain::{Instant, PeerId, Span};

/// A local date, from its first instant to the first instant of the next date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalDay {
    pub date: NaiveDate,
    pub span: Span,
}

/// A session that passed the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// The local date on which it ended.
    pub date: NaiveDate,
    /// Credited seconds.
    pub seconds: i64,
    /// It can't go on: its last day is final.
    pub is_final: bool,
}

/// One person's days and sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonDays {
    pub days: Vec<Day>,
    pub sessions: Vec<Session>,
    /// All credited time, without days that are totals.
    pub credited: SpanSet,
}

/// What the days of all people of a group have in common.
pub struct GroupDays<'a> {
    record: &'a Record,
    policy: Policy,
    /// In order, without a gap; none is empty.
    days: &'a [LocalDay],
    /// For each day, without the time of any person.
    common: Vec<Day>,
    /// The time in which anybody may have been in the call unseen.
    hidden: SpanSet,
}

impl<'a> GroupDays<'a> {
    /// `record` has the blind and the watched time of all `days`. `calls` are the times at which a call is known to
    /// have run. On `carried` days, totals of the old tracker show that a call ran, too.
    pub fn new(
        record: &'a Record,
        policy: Policy,
        days: &'a [LocalDay],
        calls: &[Span],
        carried: &BTreeSet<NaiveDate>,
        paused: &Pauses,
    ) -> GroupDays<'a> {
        let whole = match days {
            [first, .., last] => Span::new(first.span.from, last.span.to),
            [one] => one.span,
            [] => Span::new(Instant(0), Instant(0)),
        };
        let Watches { first, now, .. } = record.watches;
        let unseen = record.watches.unseen(whole, &record.blinds);
        let unseen = per_day(&SpanSet::union(unseen.blind.iter().chain(unseen.unwatched.iter())), days);
        let had_call = touched(calls, days);
        let common = days.iter().enumerate().map(|(index, LocalDay { date, span })| {
            let in_use = span.clip(Span::new(first.unwrap_or(span.from), now.map_or(span.to, |now| now.at)));
            Day {
                date: *date,
                seconds: 0,
                possible: 0,
                had_call: had_call[index] || carried.contains(date),
                is_unwatched: !in_use.is_empty() && is_hardly_watched(unseen[index], in_use.seconds()),
                is_paused: paused.contains(*date),
                is_final: false,
            }
        });
        GroupDays { record, policy, days, common: common.collect(), hidden: hidden(record, days, whole) }
    }

    /// The days of the person with these accounts, from all their stays in these days and
    /// [`reach`](presence::SessionRules::reach) around them.
    pub fn of(&self, accounts: &[PeerId], stays: &[Stay], old: &[Carried]) -> PersonDays {
        let Record { blinds, confirmed, .. } = self.record;
        let rules = self.policy.rules;
        let is_own = |one: &&Correction| accounts.contains(&one.peer) && self.record.counts(one.peer, self.policy);
        let corrected = Corrected::of(self.record.corrections.iter().filter(is_own)).outside_folded(old);
        let Account { credit, shares, .. } = corrections::account(stays, blinds, old, &corrected, rules);
        let credited = per_day(&credit.credited, self.days);
        let folded_days = old.iter().filter(|one| one.folded.is_some()).map(|one| one.span);
        let totals = SpanSet::union(carried::cut(old).iter().chain(folded_days));
        let own = self.record.blinds.about(accounts);
        let possible = possible(stays, &own, &self.hidden, rules).without(&totals);
        let possible = per_day(&corrected.apply(&possible), self.days);
        let mut days = self.common.clone();
        for (index, day) in days.iter_mut().enumerate() {
            (day.seconds, day.possible) = (credited[index], possible[index].max(credited[index]));
            day.is_final = presence::is_final(self.days[index].span.to, *confirmed, rules, credit.short);
        }
        let mut sessions: Vec<Session> = credit
            .credited
            .runs(rules.grace)
            .filter_map(|session| {
                let day = days[ended_on(&session, self.days)?];
                Some(Session { date: day.date, seconds: session.seconds(), is_final: day.is_final })
            })
            .collect();
        // On a folded day, the credited times of accounts that were joined later add up. The time that could be added
        // unseen does not: the largest counts.
        let mut could_add: BTreeMap<usize, i64> = BTreeMap::new();
        for share in shares {
            let Ok(index) = days.binary_search_by_key(&share.carried.day, |day| day.date) else { continue };
            let day = &mut days[index];
            day.seconds += share.counted;
            day.possible += share.counted;
            if let Some(folded) = share.carried.folded {
                let more = could_add.entry(index).or_default();
                *more = (folded.possible - share.carried.seconds).max(*more);
                let (date, is_final) = (day.date, day.is_final);
                let kept = [folded.session_before, folded.session].into_iter().filter(|seconds| *seconds > 0);
                sessions.extend(kept.map(|seconds| Session { date, seconds, is_final }));
            }
        }
        for (index, more) in could_add {
            let length = self.days[index].span.seconds();
            days[index].possible = (days[index].possible + more).min(length.max(days[index].seconds));
        }
        // The sort is stable: sessions of one day keep their order.
        sessions.sort_by_key(|session| session.date);
        PersonDays { days, sessions, credited: credit.credited }
    }
}

/// The time that would be credited if a person had been in the call whenever they may have been. In `own`, only this
/// person could not be seen; in `hidden`, nobody could be seen.
pub(super) fn possible(stays: &[Stay], own: &SpanSet, hidden: &SpanSet, rules: SessionRules) -> SpanSet {
    let present = stays.iter().map(|stay| stay.span).chain(own.iter()).chain(hidden.iter());
    presence::passed(&SpanSet::union(present), rules)
}

/// The index of the day on which a session ended; `None` if it ended after `days`.
pub(super) fn ended_on(session: &SpanSet, days: &[LocalDay]) -> Option<usize> {
    let end = session.iter().last()?.to;
    let index = days.partition_point(|day| day.span.to < end);
    (index < days.len()).then_some(index)
}

/// The time in which anybody may have been in the call unseen: the blind time; and if a tracker ended during a call
/// that was over when the next tracker looked, the rest of that day.
pub(super) fn hidden(record: &Record, days: &[LocalDay], whole: Span) -> SpanSet {
    let maybe_ended = &record.watches.maybe_ended;
    let blind = record.blinds.within(whole, |_| true).without(&SpanSet::union(maybe_ended.iter().copied()));
    let rest = maybe_ended.iter().filter_map(|span| {
        let day = days.get(days.partition_point(|day| day.span.to <= span.from))?;
        Some(span.clip(day.span))
    });
    SpanSet::union(blind.iter().chain(rest))
}

/// For each day, whether any of `spans` touches it. An empty span counts as one second.
fn touched(spans: &[Span], days: &[LocalDay]) -> Vec<bool> {
    let spans = spans.iter().map(|span| Span::new(span.from, span.to.max(span.from + 1)));
    per_day(&SpanSet::union(spans), days).into_iter().map(|seconds| seconds > 0).collect()
}

/// The seconds of a set on each day.
pub fn per_day(set: &SpanSet, days: &[LocalDay]) -> Vec<i64> {
    let mut seconds = vec![0; days.len()];
    let mut first = 0;
    for span in set.iter() {
        first += days[first..].partition_point(|day| day.span.to <= span.from);
        for (index, day) in days.iter().enumerate().skip(first).take_while(|(_, day)| day.span.from < span.to) {
            seconds[index] += span.clip(day.span).seconds();
        }
    }
    seconds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CallId;
    use crate::domain::accounting::presence::{Blind, Blinds, SessionRules};
    use crate::domain::accounting::streak::Kind;
    use crate::domain::accounting::unwatched::ReadTime;
    use crate::domain::roster::BlindReason;
    use crate::domain::time::period::{first_instant, local_date};
    use crate::domain::time::zone::Zone;
    use chrono::Days;
    use proptest::prelude::*;

    const THRESHOLD: i64 = 1500;
    const MINUTE: i64 = 60;
    const POLICY: Policy = Policy { rules: SessionRules { gate: 300, grace: 180 }, track_self: true };
    const ACCOUNTS: [PeerId; 2] = [PeerId(1), PeerId(2)];
    const CALL: CallId = CallId(1);

    fn local_days(zone: Zone, first: &str, count: usize) -> Vec<LocalDay> {
        let dates = first.parse::<NaiveDate>().unwrap().iter_days().take(count);
        let span = |date: NaiveDate| Span::new(first_instant(zone, date), first_instant(zone, date + Days::new(1)));
        dates.map(|date| LocalDay { date, span: span(date) }).collect()
    }

    /// Three days around a clock change, or without one.
    fn place(index: usize) -> (Zone, Vec<LocalDay>) {
        let (zone, first) = [
            ("Asia/Tashkent", "2026-12-01"),
            ("Europe/London", "2026-03-28"),
            ("Europe/London", "2026-10-24"),
            ("America/Santiago", "2026-09-05"),
        ][index % 4];
        let zone = zone.parse().unwrap();
        (zone, local_days(zone, first, 3))
    }

    fn stay(peer: PeerId, span: Span) -> Stay {
        Stay { call: CALL, peer, span, open: false }
    }

    fn blind(peer: Option<PeerId>, span: Span) -> Blind {
        Blind { call: CALL, peer, span, reason: BlindReason::Offline }
    }

    /// Everything was watched except for the blind spans.
    fn record(days: &[LocalDay], blinds: Vec<Blind>) -> Record {
        let (from, to) = (days[0].span.from, days.last().unwrap().span.to);
        let watches = Watches { first: Some(from), spans: vec![Span::new(from, to)], ..Watches::default() };
        Record { blinds: Blinds::new(blinds), watches, confirmed: Some(to + 3600), ..Record::default() }
    }

    fn days_of(record: &Record, days: &[LocalDay], stays: &[Stay]) -> Vec<Day> {
        let (calls, none) = ([Span::new(days[0].span.from, days.last().unwrap().span.to)], BTreeSet::new());
        GroupDays::new(record, POLICY, days, &calls, &none, &Pauses::default()).of(&ACCOUNTS, stays, &[]).days
    }

    fn kinds(days: &[Day]) -> Vec<Kind> {
        days.iter().map(|day| day.kind(THRESHOLD)).collect()
    }

    /// The seconds of each local date that are in sessions that pass the gate, counted minute by minute.
    fn slow(zone: Zone, days: &[LocalDay], present: &BTreeSet<i64>) -> Vec<i64> {
        let (mut counted, mut session): (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
        for &minute in present.iter().chain([&i64::MAX]) {
            if session.last().is_some_and(|last| (minute - last - 1).saturating_mul(MINUTE) >= POLICY.rules.grace) {
                let whole = std::mem::take(&mut session);
                counted.extend(whole.iter().filter(|_| whole.len() as i64 * MINUTE >= POLICY.rules.gate));
            }
            session.push(minute);
        }
        let dates = counted.iter().map(|minute| local_date(zone, Instant(minute * MINUTE)));
        let dates: Vec<NaiveDate> = dates.collect();
        days.iter().map(|day| dates.iter().filter(|date| **date == day.date).count() as i64 * MINUTE).collect()
    }

    /// Spans within three days: whose (an index of [`ACCOUNTS`]), first minute, minutes.
    fn spans(max: i64) -> impl Strategy<Value = Vec<(usize, i64, i64)>> {
        proptest::collection::vec((0..3usize, 0..4200i64, 1..max), 0..6)
    }

    proptest! {
        #[test]
        fn days_are_what_counting_minutes_gives(index in 0..4usize, stays in spans(200), blinds in spans(90)) {
            let (zone, days) = place(index);
            let first = days[0].span.from.0 / MINUTE;
            let span = |from: i64, length: i64| Span::new(Instant((first + from) * MINUTE), Instant((first + from + length) * MINUTE));
            let minutes = |from: i64, length: i64| first + from..first + from + length;
            let (mut present, mut possible) = (BTreeSet::new(), BTreeSet::new());
            for (_, from, length) in &stays {
                present.extend(minutes(*from, *length));
            }
            let end = days[2].span.to.0 / MINUTE;
            for (_, from, length) in &blinds {
                possible.extend(minutes(*from, *length).filter(|minute| *minute < end));
            }
            possible.extend(&present);
            let stays: Vec<Stay> = stays.iter().map(|(who, from, length)| stay(ACCOUNTS[who % 2], span(*from, *length))).collect();
            // One of the two accounts, or the whole call.
            let whom = |who: usize| ACCOUNTS.get(who).copied();
            let blinds = blinds.iter().map(|(who, from, length)| blind(whom(*who), span(*from, *length).clip(Span::new(Instant(0), Instant(end * MINUTE)))));
            let made = days_of(&record(&days, blinds.collect()), &days, &stays);
            prop_assert_eq!(made.iter().map(|day| day.seconds).collect::<Vec<_>>(), slow(zone, &days, &present));
            prop_assert_eq!(made.iter().map(|day| day.possible).collect::<Vec<_>>(), slow(zone, &days, &possible));
        }

        /// Time that is not seen, and not proved later, is missing from the stays. At worst an active day becomes a
        /// bridge, and a missed day never becomes active.
        #[test]
        fn an_outage_neither_makes_nor_breaks(
            index in 0..4usize, stays in spans(200), from in 0..4200i64, length in 1..700i64,
        ) {
            let (_, days) = place(index);
            let first = days[0].span.from;
            let span = |from: i64, length: i64| Span::new(first + from * MINUTE, first + (from + length) * MINUTE);
            let outage = span(from, length).clip(Span::new(first, days[2].span.to));
            let stays: Vec<Stay> = stays.iter().map(|(who, from, length)| stay(ACCOUNTS[who % 2], span(*from, *length))).collect();
            let seen: Vec<Stay> = stays.iter().flat_map(|whole| {
                let parts = SpanSet::union([whole.span]).without(&SpanSet::union([outage]));
                parts.iter().map(|part| stay(whole.peer, part)).collect::<Vec<_>>()
            }).collect();
            let truth = days_of(&record(&days, Vec::new()), &days, &stays);
            let blind = days_of(&record(&days, vec![blind(None, outage)]), &days, &seen);
            for (truth, blind) in truth.iter().zip(&blind) {
                match (truth.kind(THRESHOLD), blind.kind(THRESHOLD)) {
                    (Kind::Active, Kind::Active | Kind::Bridge) | (Kind::Missed, Kind::Missed | Kind::Bridge) => {}
                    other => prop_assert!(false, "{:?} on {}", other, truth.date),
                }
                prop_assert!(blind.possible >= truth.seconds && blind.seconds <= truth.seconds);
            }
        }
    }

    fn at(days: &[LocalDay], day: usize, hour: i64, minutes: i64) -> Span {
        let from = days[day].span.from + hour * 3600;
        Span::new(from, from + minutes * MINUTE)
    }

    #[test]
    fn accounts_of_one_person_are_one_day() {
        let (_, days) = place(0);
        let [ada, phone] = ACCOUNTS.map(|peer| stay(peer, at(&days, 0, 10 + peer.0, 15)));
        let record = record(&days, Vec::new());
        assert_eq!(kinds(&days_of(&record, &days, &[ada])), [Kind::Missed; 3]);
        assert_eq!(kinds(&days_of(&record, &days, &[ada, phone])), [Kind::Active, Kind::Missed, Kind::Missed]);
    }

    #[test]
    fn a_day_is_final_once_the_persons_own_session_can_not_pass_the_gate_any_more() {
        let (_, days) = place(0);
        let mut record = record(&days, Vec::new());
        let end = days[1].span.to;
        let last = stay(ACCOUNTS[0], Span::new(end - 200, end - 20));
        let is_final =
            |record: &Record| days_of(record, &days, &[last]).iter().map(|day| day.is_final).collect::<Vec<_>>();
        record.confirmed = Some(end + 100);
        assert_eq!(is_final(&record), [true, false, false]);
        record.confirmed = Some(end + 160);
        assert_eq!(is_final(&record), [true, true, false]);
        record.confirmed = None;
        assert_eq!(is_final(&record), [false; 3]);
    }

    #[test]
    fn days_without_a_call_and_without_anybody_who_watched_are_bridges() {
        let (_, days) = place(1);
        let mut record = record(&days, Vec::new());
        let (calls, none) = ([at(&days, 1, 9, 0)], (BTreeSet::new(), Pauses::default()));
        let of = |record: &Record, carried: &BTreeSet<NaiveDate>, paused: &Pauses| {
            let days = GroupDays::new(record, POLICY, &days, &calls, carried, paused).of(&ACCOUNTS, &[], &[]);
            (days.days.iter().map(|day| day.is_unwatched).collect::<Vec<_>>(), kinds(&days.days))
        };
        let kinds_of = |record: &Record| of(record, &none.0, &none.1).1;
        assert_eq!(kinds_of(&record), [Kind::Bridge, Kind::Missed, Kind::Bridge]);
        let paused = Pauses::parse(&format!("{0}..{0}", days[1].date)).unwrap();
        assert_eq!(of(&record, &none.0, &paused).1, [Kind::Bridge; 3]);
        // The old tracker counted somebody on the first day.
        assert_eq!(of(&record, &[days[0].date].into(), &none.1).1, [Kind::Missed, Kind::Missed, Kind::Bridge]);
        // No tracker watched on the second day; then one watched for less than the gate, and for as long as the gate.
        record.watches.spans = vec![days[0].span, days[2].span];
        assert_eq!(of(&record, &none.0, &none.1), (vec![false, true, false], vec![Kind::Bridge; 3]));
        record.watches.spans.push(at(&days, 1, 22, 4));
        assert_eq!(kinds_of(&record)[1], Kind::Bridge);
        record.watches.spans.push(at(&days, 1, 21, 1));
        assert_eq!(kinds_of(&record)[1], Kind::Missed);
        // A day that goes on counts up to now.
        record.watches.spans = vec![days[0].span];
        record.watches.now = Some(ReadTime { at: days[1].span.from + 3600, tracked_since: None });
        assert_eq!(of(&record, &none.0, &none.1).0, [false, true, false]);
        // swf was first started half an hour after the day began, and ended at once.
        record.watches.first = Some(days[1].span.from + 1800);
        record.watches.spans = Vec::new();
        assert_eq!(of(&record, &none.0, &none.1).0, [false, true, false]);
        // Before the first start nothing was unwatched.
        record.watches.first = Some(days[1].span.to);
        assert_eq!(of(&record, &none.0, &none.1).0, [false; 3]);
    }

    /// A tracker ended during a call that was over when the next tracker looked: the call may have gone on that day.
    #[test]
    fn the_rest_of_a_day_on_which_a_tracker_ended_in_a_call_can_hide_an_active_day() {
        let (_, days) = place(0);
        let off = Span::new(days[0].span.to - 3600, days[1].span.from + 12 * 3600);
        let mut record = record(&days, vec![Blind { reason: BlindReason::NotRunning, ..blind(None, off) }]);
        let made = |record: &Record| kinds(&days_of(record, &days, &[]));
        assert_eq!(made(&record), [Kind::Bridge, Kind::Bridge, Kind::Missed]);
        record.watches.maybe_ended = vec![off];
        assert_eq!(made(&record), [Kind::Bridge, Kind::Missed, Kind::Missed]);
    }

    #[test]
    fn the_old_trackers_totals_count() {
        let (_, days) = place(0);
        let record = record(&days, Vec::new());
        let LocalDay { date, span } = days[1];
        let old = Carried { peer: ACCOUNTS[1], day: date, span, until: span.from + 7200, seconds: 1400, folded: None };
        let group = GroupDays::new(&record, POLICY, &days, &[], &[date].into(), &Pauses::default());
        let seconds =
            |stays: &[Stay]| group.of(&ACCOUNTS, stays, &[old]).days.iter().map(|day| day.seconds).collect::<Vec<_>>();
        assert_eq!(seconds(&[]), [0, 1400, 0]);
        assert_eq!(seconds(&[stay(ACCOUNTS[0], at(&days, 1, 1, 120))]), [0, 1400 + 3600, 0]);
    }

    #[test]
    fn a_session_belongs_to_the_day_on_which_it_ends() {
        let (_, days) = place(0);
        let record = record(&days, Vec::new());
        let none = BTreeSet::new();
        let stays = [stay(ACCOUNTS[0], at(&days, 0, 23, 90)), stay(ACCOUNTS[0], at(&days, 1, 10, 4))];
        let sessions =
            GroupDays::new(&record, POLICY, &days, &[], &none, &Pauses::default()).of(&ACCOUNTS, &stays, &[]).sessions;
        assert_eq!(sessions, [Session { date: days[1].date, seconds: 5400, is_final: true }]);
    }
}
