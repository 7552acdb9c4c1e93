//! What the organiser adds to a person's time or takes from it (rules §2.17). Stays never change.
//!
//! ```text
//! credited   ├──────────┤                ├───┤      after the gate
//! add                ├─────────┤
//! remove          ├──┤                                made before it: the later one counts where they meet
//! counts     ├───┤   ├─────────┤         ├───┤
//! ```

use crate::domain::accounting::carried::{self, Carried, Share};
use crate::domain::accounting::presence::{self, Blinds, Credit, SessionRules, Stay};
use crate::domain::time::interval::SpanSet;
use crate::domain::{Instant, PeerId, Span};

/// The longest correction, in seconds.
pub const MAX_CORRECTION: i64 = 31 * 86_400;

/// What a correction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Add,
    Remove,
}

codes!(Operation { Add: "add", Remove: "remove" });

/// One correction of a person's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    pub id: i64,
    /// The account that it was made for. It counts for the person who has this account.
    pub peer: PeerId,
    pub operation: Operation,
    pub span: Span,
    pub reason: String,
    pub made_by: String,
    pub made: Instant,
    /// When it was taken back, and by whom. It has no effect any more.
    pub undone: Option<(Instant, String)>,
}

/// One person's corrections, combined: of each second, the last correction counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corrected {
    pub added: SpanSet,
    pub removed: SpanSet,
}

impl Corrected {
    /// Combines one person's corrections, the oldest first.
    pub fn of<'a>(corrections: impl IntoIterator<Item = &'a Correction>) -> Corrected {
        let mut corrected = Corrected::default();
        for Correction { operation, span, .. } in corrections {
            let span = SpanSet::union([*span]);
            let (more, less) = match operation {
                Operation::Add => (&mut corrected.added, &mut corrected.removed),
                Operation::Remove => (&mut corrected.removed, &mut corrected.added),
            };
            *more = SpanSet::union(more.iter().chain(span.iter()));
            *less = less.without(&span);
        }
        corrected
    }

    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// `set` with what was added and without what was removed.
    pub fn apply(&self, set: &SpanSet) -> SpanSet {
        if self.is_empty() {
            return set.clone();
        }
        SpanSet::union(set.iter().chain(self.added.iter())).without(&self.removed)
    }

    /// The corrections without the time of the folded ones of `days`: the total of a folded day already includes them
    /// (rules §8.4).
    pub fn outside_folded(&self, days: &[Carried]) -> Corrected {
        let folded = days.iter().filter(|day| day.folded.is_some());
        match self.is_empty() {
            true => Corrected::default(),
            false => {
                let folded = SpanSet::union(folded.map(|day| day.span));
                Corrected { added: self.added.without(&folded), removed: self.removed.without(&folded) }
            }
        }
    }
}

/// One person's time with everything that decides it.
#[derive(Clone, Debug, Default)]
pub struct Account {
    pub credit: Credit,
    /// How much of each total of a day counts.
    pub shares: Vec<Share>,
    /// The part of the credit that counts only because a correction added it.
    pub added: SpanSet,
    /// The time that would count if a correction had not removed it.
    pub removed: SpanSet,
}

impl Account {
    /// Whether corrections change what counts in `window`.
    pub fn is_corrected(&self, window: Span) -> bool {
        let changes = |set: &SpanSet| !set.clip(window).is_empty();
        changes(&self.added)
            || changes(&self.removed)
            || self.shares.iter().any(|share| share.is_in(window) && share.is_corrected())
    }
}

/// The time of one person, from the stays and the totals of days of all accounts, with the person's corrections. No
/// gate applies to added time.
pub fn account(
    stays: &[Stay],
    blinds: &Blinds,
    old: &[Carried],
    corrected: &Corrected,
    rules: SessionRules,
) -> Account {
    let mut credit = presence::credit(stays, blinds, rules);
    let corrected = corrected.outside_folded(old);
    if corrected.is_empty() {
        let shares = carried::apply(&mut credit, old);
        return Account { credit, shares, ..Account::default() };
    }
    carried::cut_off(&mut credit, old);
    let added = corrected.added.without(&credit.credited);
    let removed = credit.credited.meet(&corrected.removed);
    credit.credited = corrected.apply(&credit.credited);
    credit.proved = credit.proved.without(&corrected.removed);
    let shares = carried::shares(&credit.credited, old, &corrected.removed);
    Account { credit, shares, added, removed }
}

/// Why a correction can't be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    #[error("the span ends before it begins, or when it begins")]
    Empty,
    #[error("the span is longer than {} days", MAX_CORRECTION / 86_400)]
    TooLong,
    #[error("the span ends in the future")]
    Future,
    #[error("the span begins before 1970")]
    BeforeCalendar,
}

/// Whether a correction of `span` can be made at `now`.
pub fn check(span: Span, now: Instant) -> Result<(), Impossible> {
    match span {
        _ if span.is_empty() => Err(Impossible::Empty),
        _ if span.seconds() > MAX_CORRECTION => Err(Impossible::TooLong),
        _ if span.to > now => Err(Impossible::Future),
        // The store holds no such instant.
        _ if span.from < Instant(0) => Err(Impossible::BeforeCalendar),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use chrono::{Days, NaiveDate};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::CallId;
    use crate::domain::accounting::days::{GroupDays, LocalDay};
    use crate::domain::accounting::leaderboard::{Board, Policy, Record, board};
    use crate::domain::accounting::presence::Blind;
    use crate::domain::accounting::receipt::{Evidence, Reason, contradiction, receipt};
    use crate::domain::accounting::streak::Kind;
    use crate::domain::accounting::totals::totals;
    use crate::domain::accounting::unwatched::Watches;
    use crate::domain::people::Aliases;
    use crate::domain::roster::BlindReason;
    use crate::domain::time::pause::Pauses;
    use crate::domain::time::period::{Calendar, Period, Scope};
    use crate::domain::time::zone::Zone;

    const POLICY: Policy = Policy { rules: SessionRules { gate: 300, grace: 180 }, track_self: true };
    const MINUTE: i64 = 60;
    const DAY: i64 = 1440;
    const DAYS: u64 = 3;

    fn period(number: u64) -> Period {
        let date = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap() + Days::new(number);
        Period::of(Scope::Day, date, Zone::TASHKENT, Calendar::default())
    }

    /// A span that begins at minute `from` of the first day.
    fn span(from: i64, minutes: i64) -> Span {
        let start = period(0).span.from;
        Span::new(start + from * MINUTE, start + (from + minutes) * MINUTE)
    }

    fn stay(peer: i64, from: i64, minutes: i64) -> Stay {
        Stay { call: CallId(1), peer: PeerId(peer), span: span(from, minutes), open: false }
    }

    fn correction(id: i64, peer: i64, is_addition: bool, from: i64, minutes: i64) -> Correction {
        let operation = if is_addition { Operation::Add } else { Operation::Remove };
        let (reason, made_by) = ("forgot to join".into(), "Ada".into());
        let span = span(from, minutes);
        Correction { id, peer: PeerId(peer), operation, span, reason, made_by, made: span.to, undone: None }
    }

    /// A correction: account, whether it adds, first minute, minutes.
    type Change = (i64, bool, i64, i64);

    #[derive(Clone, Debug)]
    struct Case {
        stays: Vec<(i64, i64, i64)>,
        blinds: Vec<(i64, i64)>,
        carried: Vec<(i64, u64, i64, i64)>,
        changes: Vec<Change>,
        alias: bool,
    }

    fn case() -> impl Strategy<Value = Case> {
        let times = || 0..DAY * DAYS as i64 - 400;
        let stays = proptest::collection::vec((1..4i64, times(), 1..200i64), 0..8);
        let blinds = proptest::collection::vec((times(), 1..100i64), 0..3);
        let carried = proptest::collection::vec((1..4i64, 0..DAYS, 1..DAY, 0..DAY), 0..3);
        let changes = proptest::collection::vec((1..4i64, any::<bool>(), times(), 1..400i64), 0..7);
        (stays, blinds, carried, changes, any::<bool>()).prop_map(|(stays, blinds, carried, changes, alias)| Case {
            stays,
            blinds,
            carried,
            changes,
            alias,
        })
    }

    impl Case {
        fn record(&self) -> Record {
            let blind = |&(from, minutes): &(i64, i64)| Blind {
                call: CallId(1),
                peer: None,
                span: span(from, minutes),
                reason: BlindReason::Offline,
            };
            let carried = |&(peer, day, minutes, until): &(i64, u64, i64, i64)| {
                let Period { first, span, .. } = period(day);
                let until = span.from + until * MINUTE;
                Carried { peer: PeerId(peer), day: first, span, until, seconds: minutes * MINUTE, folded: None }
            };
            let whole = Span::new(period(0).span.from, period(DAYS - 1).span.to);
            Record {
                stays: self.stays.iter().map(|&(peer, from, minutes)| stay(peer, from, minutes)).collect(),
                blinds: Blinds::new(self.blinds.iter().map(blind)),
                carried: self.carried.iter().map(carried).collect(),
                corrections: (1..)
                    .zip(&self.changes)
                    .map(|(id, &(peer, adds, from, minutes))| correction(id, peer, adds, from, minutes))
                    .collect(),
                aliases: Aliases::new(self.alias.then_some((PeerId(1), PeerId(2)))),
                watches: Watches { first: Some(whole.from), spans: vec![whole], ..Watches::default() },
                confirmed: Some(whole.to + 3600),
                ..Record::default()
            }
        }

        fn person(&self, peer: i64) -> i64 {
            if self.alias && peer == 2 { 1 } else { peer }
        }

        /// The seconds of each day of a person, counted minute by minute.
        fn slow(&self, person: i64) -> Vec<i64> {
            let own = |peer: i64| self.person(peer) == person;
            let stays = self.stays.iter().filter(|stay| own(stay.0));
            let present: BTreeSet<i64> = stays.flat_map(|&(_, from, minutes)| from..from + minutes).collect();
            let (mut counted, mut session) = (BTreeSet::new(), Vec::new());
            for &minute in present.iter().chain([&i64::MAX]) {
                if session.last().is_some_and(|last| minute - last > 3) {
                    if session.len() >= 5 {
                        counted.extend(session.iter().copied());
                    }
                    session.clear();
                }
                session.push(minute);
            }
            let old: Vec<_> = self.carried.iter().filter(|one| own(one.0)).collect();
            let cut: BTreeSet<i64> =
                old.iter().flat_map(|(_, day, _, until)| *day as i64 * DAY..*day as i64 * DAY + until).collect();
            counted.retain(|minute| !cut.contains(minute));
            let mut last: BTreeMap<i64, bool> = BTreeMap::new();
            for &(_, adds, from, minutes) in self.changes.iter().filter(|change| own(change.0)) {
                last.extend((from..from + minutes).map(|minute| (minute, adds)));
            }
            for (&minute, &adds) in &last {
                if adds {
                    counted.insert(minute);
                } else {
                    counted.remove(&minute);
                }
            }
            let of_day = |day: i64| {
                let minutes = day * DAY..(day + 1) * DAY;
                let seen = counted.range(minutes.clone()).count() as i64;
                let mut old: Vec<_> = old.iter().filter(|one| one.1 as i64 == day).collect();
                old.sort_by_key(|one| one.0);
                let taken = last.range(minutes).filter(|(minute, adds)| !**adds && cut.contains(minute)).count();
                let (mut sum, mut taken) = (seen, taken as i64);
                for (_, _, total, _) in old {
                    let possible = (*total).min(DAY - sum);
                    let removed = possible.min(taken);
                    (sum, taken) = (sum + possible - removed, taken - removed);
                }
                sum * MINUTE
            };
            (0..DAYS as i64).map(of_day).collect()
        }
    }

    fn seconds(board: &Board, person: i64) -> (i64, i64) {
        let entry = board.entries.iter().find(|entry| entry.profile.peer == PeerId(person));
        entry.map_or((0, 0), |entry| (entry.seconds, entry.proved_seconds))
    }

    fn days_of(record: &Record, accounts: &[PeerId]) -> Vec<(i64, Kind)> {
        let days: Vec<LocalDay> =
            (0..DAYS).map(|day| LocalDay { date: period(day).first, span: period(day).span }).collect();
        let calls = [Span::new(days[0].span.from, days[days.len() - 1].span.to)];
        let group = GroupDays::new(record, POLICY, &days, &calls, &BTreeSet::new(), &Pauses::default());
        let own = |peer: &PeerId| accounts.contains(peer);
        let stays: Vec<Stay> = record.stays.iter().filter(|stay| own(&stay.peer)).copied().collect();
        let old: Vec<Carried> = record.carried.iter().filter(|one| own(&one.peer)).copied().collect();
        group.of(accounts, &stays, &old).days.iter().map(|day| (day.seconds, day.kind(1500))).collect()
    }

    proptest! {
        /// Boards, receipts, totals and days agree with a count of minutes; and nobody has more time than the day.
        #[test]
        fn all_that_is_computed_says_what_counting_minutes_says(case in case()) {
            let record = case.record();
            let windows: Vec<Span> = (0..DAYS).map(|day| period(day).span).collect();
            let sums = totals(&record, &windows, POLICY);
            for person in (1..4).filter(|peer| case.person(*peer) == *peer) {
                let expected = case.slow(person);
                let accounts = record.aliases.accounts(PeerId(person));
                let days: Vec<i64> = days_of(&record, &accounts).iter().map(|day| day.0).collect();
                prop_assert_eq!(&days, &expected);
                for (day, expected) in (0..DAYS).zip(&expected) {
                    let board = board(period(day), Instant(i64::MAX), &record, POLICY);
                    let (counted, proved) = seconds(&board, person);
                    prop_assert_eq!(counted, *expected);
                    prop_assert!(counted <= DAY * MINUTE);
                    prop_assert_eq!(sums[day as usize].of(PeerId(person)), *expected);
                    let receipt = receipt(period(day), &record, POLICY, PeerId(person));
                    prop_assert_eq!(contradiction(&receipt, counted, proved, period(day)), None);
                    let named = receipt.parts.iter().filter_map(|part| part.correction());
                    prop_assert!(named.into_iter().all(|id| receipt.correction(id).is_some()), "{:?}", receipt);
                }
            }
        }

        /// A correction that is taken back leaves no trace.
        #[test]
        fn without_corrections_everything_is_as_it_was(case in case()) {
            let mut record = case.record();
            record.corrections.clear();
            let plain = Case { changes: Vec::new(), ..case };
            for day in 0..DAYS {
                let made = |record: &Record| board(period(day), Instant(i64::MAX), record, POLICY);
                prop_assert_eq!(made(&record), made(&plain.record()));
                prop_assert!(!made(&record).is_corrected);
            }
        }
    }

    fn of(changes: Vec<Change>) -> Case {
        Case { stays: vec![(1, 600, 60)], blinds: Vec::new(), carried: Vec::new(), changes, alias: false }
    }

    fn first_board(case: &Case) -> (i64, bool) {
        let board = board(period(0), Instant(i64::MAX), &case.record(), POLICY);
        (seconds(&board, 1).0 / MINUTE, board.is_corrected)
    }

    #[test]
    fn time_counts_once_and_the_later_correction_counts() {
        assert_eq!(first_board(&of(vec![])), (60, false));
        assert_eq!(first_board(&of(vec![(1, true, 630, 60)])), (90, true));
        // Adding time that counts already, or removing time without a stay, changes nothing.
        assert_eq!(first_board(&of(vec![(1, true, 610, 20)])), (60, false));
        assert_eq!(first_board(&of(vec![(1, false, 0, 60)])), (60, false));
        let (add, remove) = ((1, true, 600, 90), (1, false, 650, 20));
        assert_eq!(first_board(&of(vec![add, remove])), (70, true));
        assert_eq!(first_board(&of(vec![remove, add])), (90, true));
    }

    /// No gate applies to added time, and removed time makes no session too short.
    #[test]
    fn the_gate_decides_before_corrections() {
        assert_eq!(first_board(&of(vec![(1, true, 900, 1)])), (61, true));
        assert_eq!(first_board(&of(vec![(1, false, 603, 57)])), (3, true));
    }

    #[test]
    fn a_total_of_the_old_tracker_loses_what_is_removed_and_leaves_room_for_what_is_added() {
        let old = |changes| Case { stays: Vec::new(), carried: vec![(1, 0, 120, 1440)], ..of(changes) };
        assert_eq!(first_board(&old(vec![(1, true, 600, 30)])), (150, true));
        assert_eq!(first_board(&old(vec![(1, false, 600, 30)])), (90, true));
        assert_eq!(first_board(&old(vec![(1, false, 0, 300)])), (0, true));
        assert_eq!(first_board(&old(vec![(1, true, 0, 1400)])), (1440, true));
    }

    #[test]
    fn a_receipt_names_the_correction_of_each_part() {
        let case = of(vec![(1, true, 655, 10), (1, false, 600, 10)]);
        let receipt = receipt(period(0), &case.record(), POLICY, PeerId(1));
        let parts: Vec<_> = receipt
            .parts
            .iter()
            .map(|part| (part.seconds / MINUTE, part.evidence, part.counted, part.reason))
            .collect();
        let by = |id| Some(Reason::Correction { id });
        let expected = [
            (10, Evidence::Observed, false, by(2)),
            (50, Evidence::Observed, true, None),
            (5, Evidence::Corrected, true, by(1)),
        ];
        assert_eq!(parts, expected);
        assert_eq!((receipt.seconds / MINUTE, receipt.correction(1).unwrap().made_by.as_str()), (55, "Ada"));
    }

    /// The organiser says that the person was not there: unseen time hides no active day then.
    #[test]
    fn what_was_removed_is_no_bridge_of_a_streak() {
        let blind = |changes| Case { stays: Vec::new(), blinds: vec![(600, 60)], ..of(changes) };
        let kind = |changes| days_of(&blind(changes).record(), &[PeerId(1)])[0].1;
        assert_eq!(kind(vec![]), Kind::Bridge);
        assert_eq!(kind(vec![(1, true, 600, 60)]), Kind::Active);
        assert_eq!(kind(vec![(1, false, 590, 80)]), Kind::Missed);
        let removed = days_of(&of(vec![(1, false, 600, 60)]).record(), &[PeerId(1)])[0];
        assert_eq!(removed, (0, Kind::Missed));
    }

    #[test]
    fn only_spans_that_have_passed_can_be_corrected() {
        let now = Instant(1_000_000_000);
        let of = |from: i64, to: i64| check(Span::new(now + from, now + to), now);
        assert_eq!(of(-3600, 0), Ok(()));
        assert_eq!(of(-3600, 1), Err(Impossible::Future));
        assert_eq!(of(-3600, -3600), Err(Impossible::Empty));
        assert_eq!(of(-MAX_CORRECTION, 0), Ok(()));
        assert_eq!(of(-MAX_CORRECTION - 1, 0), Err(Impossible::TooLong));
        // The store refuses an instant before 1970.
        let since = |from: i64| check(Span::new(Instant(from), Instant(3600)), now);
        assert_eq!((since(-1), since(0)), (Err(Impossible::BeforeCalendar), Ok(())));
    }
}
