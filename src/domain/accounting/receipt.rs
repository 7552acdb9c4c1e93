//! Why a person's number is what it is: every stay with its evidence, and what does not count (`swf why`).

use crate::domain::accounting::carried::Carried;
use crate::domain::accounting::corrections::{Account, Correction, Operation};
use crate::domain::accounting::leaderboard::{Policy, Record};
use crate::domain::accounting::presence::{self, Blinds, Stay};
use crate::domain::roster::BlindReason;
use crate::domain::time::interval::SpanSet;
use crate::domain::time::period::Period;
use crate::domain::{Instant, PeerId, Span};

/// How a span is known (rules §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The call was seen.
    Observed,
    /// The call was not seen, but a later sighting in the same call has a join date at or before the span's start.
    Proved,
    /// A day's total of the old tracker.
    Carried,
    /// None of these.
    Unproved,
    /// The organiser added it.
    Corrected,
}

codes!(Evidence {
    Observed: "observed",
    Proved: "proved",
    Carried: "carried",
    Unproved: "unproved",
    Corrected: "corrected"
});

/// Why a part counts although the call was not seen, or why it does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The call could not be seen.
    Blind(BlindReason),
    /// The whole session has this many seconds, fewer than the gate.
    Gate { session: i64 },
    /// The person was in the call with this account already.
    Overlap { with: PeerId },
    /// The part lies outside the period.
    Outside,
    /// The old tracker's total of that day includes it.
    Carried,
    /// The day would be longer than the clock allows (rules §2.11).
    Full,
    /// The correction with this id added it, or removed it.
    Correction { id: i64 },
    /// It is a part of a day's total: the stays of that day were folded at `at` (rules §8.4).
    Folded { at: Instant },
}

/// A span of one account with one evidence and one reason; or a day, with its carried total or with a part of its
/// folded total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub peer: PeerId,
    pub span: Span,
    /// The length of the span, or the seconds of the total.
    pub seconds: i64,
    pub evidence: Evidence,
    pub counted: bool,
    pub reason: Option<Reason>,
}

impl Part {
    fn new(peer: PeerId, span: Span, evidence: Evidence, counted: bool, reason: Option<Reason>) -> Part {
        Part { peer, span, seconds: span.seconds(), evidence, counted, reason }
    }

    /// Whether the part is a number of seconds somewhere on its day, without a beginning and an end.
    pub fn is_total(&self) -> bool {
        self.evidence == Evidence::Carried || matches!(self.reason, Some(Reason::Folded { .. }))
    }

    /// The id of the correction that decides the part.
    pub fn correction(&self) -> Option<i64> {
        match self.reason {
            Some(Reason::Correction { id }) => Some(id),
            _ => None,
        }
    }
}

/// All parts of one person in one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The account that stands for the person.
    pub person: PeerId,
    /// The board's number: the sum of the counted parts.
    pub seconds: i64,
    /// How many of `seconds` are proved.
    pub proved_seconds: i64,
    /// Ordered by time.
    pub parts: Vec<Part>,
    /// The time in the period that counts and does not rank, because no sign of life came.
    pub silent: SpanSet,
    /// The person's corrections that touch the period, the oldest first.
    pub corrections: Vec<Correction>,
}

impl Receipt {
    pub fn correction(&self, id: i64) -> Option<&Correction> {
        self.corrections.iter().find(|one| one.id == id)
    }
}

/// The receipt of one person for a period.
/// ```text
/// @ada    ├──counted──┤             ├─gate─┤
/// @ada2        ├─overlap─┤counted┤
/// period ─────────────────────────┤outside
/// ```
pub fn receipt(period: Period, record: &Record, policy: Policy, person: PeerId) -> Receipt {
    let window = period.span;
    let mine = |peer| record.aliases.person(peer) == person && record.counts(peer, policy);
    let mut stays: Vec<Stay> = record.stays.iter().filter(|stay| mine(stay.peer)).copied().collect();
    stays.sort_by_key(|stay| (stay.span.from, stay.peer, stay.span.to));
    let old: Vec<Carried> = record.carried.iter().filter(|one| mine(one.peer)).copied().collect();
    let passed = presence::credit(&stays, &record.blinds, policy.rules).credited;
    let account = record.account(person, &stays, &old, policy);
    let silent = record.silent(&stays, record.signs_by_person().get(&person), &account, policy).clip(window);
    let Account { credit, shares, added, removed } = account;
    // The spans that would count without corrections.
    let seen = SpanSet::union(credit.credited.without(&added).iter().chain(removed.iter()));
    let mine_corrected: Vec<&Correction> = record.corrections.iter().filter(|one| mine(one.peer)).collect();
    let present = SpanSet::union(stays.iter().map(|stay| stay.span));
    let sessions: Vec<SpanSet> = present.runs(policy.rules.grace).collect();
    let mut covered: Vec<Stay> = Vec::new();
    let mut parts = Vec::new();
    for stay in stays.iter().filter(|stay| !stay.span.is_empty() && !stay.span.clip(window).is_empty()) {
        let uncounted = |span, evidence, reason| Part::new(stay.peer, span, evidence, false, Some(reason));
        // With three accounts, each overlap is listed once.
        let mut listed = SpanSet::default();
        for other in &covered {
            let both = SpanSet::union([other.span.clip(stay.span).clip(window)]).without(&listed);
            for span in both.iter() {
                let is_observed = credit.proved.clip(span).is_empty();
                let evidence = if is_observed { Evidence::Observed } else { Evidence::Proved };
                parts.push(uncounted(span, evidence, Reason::Overlap { with: other.peer }));
            }
            listed = SpanSet::union(listed.iter().chain(both.iter()));
        }
        let before = SpanSet::union(covered.iter().map(|other| other.span));
        let fresh = SpanSet::union([stay.span]).without(&before);
        let counted = fresh.meet(&seen).without(&removed);
        for span in counted.clip(window).iter() {
            split(&mut parts, record, stay, span, &credit.proved);
        }
        let outside = counted.without(&SpanSet::union([window]));
        parts.extend(outside.iter().map(|span| uncounted(span, Evidence::Observed, Reason::Outside)));
        for (span, id) in corrected_by(&mine_corrected, Operation::Remove, &fresh.meet(&removed).clip(window)) {
            parts.push(uncounted(span, Evidence::Observed, Reason::Correction { id }));
        }
        let carried = fresh.meet(&passed).without(&seen).clip(window);
        parts.extend(carried.iter().map(|span| uncounted(span, Evidence::Observed, Reason::Carried)));
        for span in fresh.without(&passed).clip(window).iter() {
            let of = sessions.iter().find(|session| !session.clip(span).is_empty());
            let reason = Reason::Gate { session: of.map_or(0, SpanSet::seconds) };
            parts.push(uncounted(span, Evidence::Observed, reason));
        }
        let unproved = unproved(stay, &record.blinds, &present, window);
        parts.extend(
            unproved.into_iter().map(|(span, reason)| uncounted(span, Evidence::Unproved, Reason::Blind(reason))),
        );
        covered.push(*stay);
    }
    for share in shares.iter().filter(|share| share.is_in(window)) {
        let Carried { peer, span, seconds, folded, .. } = share.carried;
        if let Some(folded) = folded {
            let reason = Some(Reason::Folded { at: folded.at });
            let part =
                |seconds, evidence, counted| Part { seconds, ..Part::new(peer, span, evidence, counted, reason) };
            let added = folded.added.min(share.counted - share.proved());
            let pieces = [
                part(share.counted - share.proved() - added, Evidence::Observed, true),
                part(share.proved(), Evidence::Proved, true),
                part(added, Evidence::Corrected, true),
                part(folded.removed + seconds - share.counted, Evidence::Observed, false),
            ];
            parts.extend(pieces.into_iter().filter(|part| part.seconds > 0));
            continue;
        }
        let part =
            |seconds, counted, reason| Part { seconds, ..Part::new(peer, span, Evidence::Carried, counted, reason) };
        let full = seconds - share.counted - share.removed;
        let mut pieces = vec![part(share.counted, true, None), part(full, false, Some(Reason::Full))];
        let stood_for = SpanSet::union([span]);
        let by = corrected_by(&mine_corrected, Operation::Remove, &stood_for).first().map(|(_, id)| *id);
        pieces.extend(by.map(|id| part(share.removed, false, Some(Reason::Correction { id }))));
        parts.extend(pieces.into_iter().filter(|part| part.seconds > 0));
    }
    for (span, id) in corrected_by(&mine_corrected, Operation::Add, &added.clip(window)) {
        let peer = mine_corrected.iter().find(|one| one.id == id).map_or(person, |one| one.peer);
        parts.push(Part::new(peer, span, Evidence::Corrected, true, Some(Reason::Correction { id })));
    }
    parts.sort_by_key(|part| (part.span.from, part.span.to, part.peer));
    let sum = |wanted: fn(&Part) -> bool| parts.iter().filter(|part| wanted(part)).map(|part| part.seconds).sum();
    Receipt {
        person,
        seconds: sum(|part| part.counted),
        proved_seconds: sum(|part| part.counted && part.evidence == Evidence::Proved),
        parts,
        silent,
        corrections: mine_corrected.into_iter().filter(|one| !one.span.clip(window).is_empty()).cloned().collect(),
    }
}

/// The parts of `set` that a correction with this operation covers, each with the id of the last such correction.
fn corrected_by(corrections: &[&Correction], operation: Operation, set: &SpanSet) -> Vec<(Span, i64)> {
    let mut rest = set.clone();
    let mut parts = Vec::new();
    for correction in corrections.iter().rev().filter(|one| one.operation == operation) {
        let own = SpanSet::union([correction.span]);
        parts.extend(rest.meet(&own).iter().map(|span| (span, correction.id)));
        rest = rest.without(&own);
    }
    parts
}

/// A counted span, split where the evidence or its reason changes.
fn split(parts: &mut Vec<Part>, record: &Record, stay: &Stay, span: Span, proved: &SpanSet) {
    let whole = SpanSet::union([span]);
    let part = |span, evidence, reason| Part::new(stay.peer, span, evidence, true, reason);
    parts.extend(whole.without(proved).iter().map(|span| part(span, Evidence::Observed, None)));
    let mut rest = whole.meet(proved);
    for blind in record.blinds.of(stay) {
        let here = SpanSet::union([blind.span]);
        let reason = Some(Reason::Blind(blind.reason));
        parts.extend(rest.meet(&here).iter().map(|span| part(span, Evidence::Proved, reason)));
        rest = rest.without(&here);
    }
    parts.extend(rest.iter().map(|span| part(span, Evidence::Proved, None)));
}

/// The blind time inside `window` directly after a stay whose end was not seen: the person may have stayed, but nothing
/// proves it.
fn unproved(stay: &Stay, blinds: &Blinds, present: &SpanSet, window: Span) -> Vec<(Span, BlindReason)> {
    let after = blinds.of(stay).filter(|blind| !stay.open && blind.span.from == stay.span.to);
    let unproved = after.map(|blind| {
        let unproved = SpanSet::union([blind.span.clip(window)]).without(present);
        Some((unproved.iter().next()?, blind.reason))
    });
    unproved.flatten().collect()
}

/// The seconds of one stay by evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    pub observed: i64,
    pub proved: i64,
    /// The blind time directly after the stay, if its end was not seen. It is not part of the stay.
    pub unproved: i64,
}

/// The evidence of one stay; `present` is all presence of the person that touches the blind time after it.
/// ```text
/// blind          ├────┤       ├───────┤
/// stay      ├─────────────────┤         next ├────
///           observed proved observed unproved
/// ```
pub fn shares(stay: &Stay, blinds: &Blinds, present: &SpanSet) -> Shares {
    let blind = SpanSet::union(blinds.of(stay).map(|blind| blind.span));
    let proved = blind.clip(stay.span).seconds();
    let after = unproved(stay, blinds, present, Span::new(stay.span.to, Instant(i64::MAX)));
    let unproved = after.iter().map(|(span, _)| span.seconds()).max().unwrap_or(0);
    Shares { observed: stay.span.seconds() - proved, proved, unproved }
}

/// Checks one person's period: the receipt must agree with the board, and no total may exceed the clock (rules §2.5,
/// §2.11). Returns the first contradiction in English, for `swf audit`; `None` if there is none.
pub fn contradiction(receipt: &Receipt, board_seconds: i64, board_proved: i64, period: Period) -> Option<String> {
    let Receipt { seconds, proved_seconds, .. } = *receipt;
    if seconds != board_seconds {
        return Some(format!("the board says {board_seconds} s, the receipt {seconds} s"));
    }
    if proved_seconds != board_proved {
        return Some(format!("the board says {board_proved} s proved, the receipt {proved_seconds} s"));
    }
    let length = period.span.seconds();
    if seconds > length {
        return Some(format!("{seconds} s in a {} of {length} s", period.scope.name()));
    }
    let counted = receipt.parts.iter().filter(|part| part.counted);
    let (carried, stays): (Vec<&Part>, Vec<&Part>) = counted.partition(|part| part.is_total());
    let spans = SpanSet::union(stays.iter().map(|part| part.span));
    if spans.seconds() != stays.iter().map(|part| part.seconds).sum::<i64>() {
        return Some("the receipt counts a second twice".into());
    }
    for one in &carried {
        let day = carried.iter().filter(|other| other.span == one.span).map(|other| other.seconds);
        let (sum, length) = (day.sum::<i64>() + spans.clip(one.span).seconds(), one.span.seconds());
        if sum > length {
            return Some(format!("{sum} s in a day of {length} s, with its totals"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounting::leaderboard::board;
    use crate::domain::accounting::presence::{Blind, Blinds, SessionRules};
    use crate::domain::people::Aliases;
    use crate::domain::time::period::{Calendar, Scope};
    use crate::domain::time::zone::Zone;
    use crate::domain::{CallId, Instant};
    use proptest::prelude::*;

    const POLICY: Policy = Policy { rules: SessionRules { gate: 300, grace: 60 }, track_self: true };

    fn day() -> Period {
        Period::of(Scope::Day, "2026-11-22".parse().unwrap(), Zone::TASHKENT, Calendar::default())
    }

    fn stay(peer: i64, from: i64, to: i64) -> Stay {
        let start = day().span.from;
        Stay { call: CallId(1), peer: PeerId(peer), span: Span::new(start + from, start + to), open: false }
    }

    fn blind(peer: Option<i64>, from: i64, to: i64) -> Blind {
        let start = day().span.from;
        let span = Span::new(start + from, start + to);
        Blind { call: CallId(1), peer: peer.map(PeerId), span, reason: BlindReason::Offline }
    }

    fn parts(receipt: &Receipt) -> Vec<(i64, i64, &'static str, bool)> {
        let start = day().span.from;
        let row = |part: &Part| (part.span.from - start, part.span.to - start, part.evidence.code(), part.counted);
        receipt.parts.iter().map(row).collect()
    }

    #[test]
    fn time_in_the_call_with_three_accounts_is_listed_once_for_each() {
        let record = Record {
            stays: vec![stay(1, 0, 1000), stay(2, 200, 1500), stay(3, 400, 1200)],
            aliases: Aliases::new([(PeerId(1), PeerId(2)), (PeerId(1), PeerId(3))]),
            ..Record::default()
        };
        let receipt = receipt(day(), &record, POLICY, PeerId(1));
        assert_eq!(
            parts(&receipt),
            [
                (0, 1000, "observed", true),
                (200, 1000, "observed", false),
                (400, 1000, "observed", false),
                (1000, 1200, "observed", false),
                (1000, 1500, "observed", true),
            ]
        );
    }

    #[test]
    fn every_cut_is_shown() {
        let record = Record {
            stays: vec![stay(1, -600, 1000), stay(2, 500, 2000), stay(1, 9000, 9100)],
            blinds: Blinds::new([blind(None, 1200, 1300), blind(None, 2000, 2500)]),
            aliases: Aliases::new([(PeerId(1), PeerId(2))]),
            ..Record::default()
        };
        let receipt = receipt(day(), &record, POLICY, PeerId(1));
        assert_eq!(
            parts(&receipt),
            [
                (-600, 0, "observed", false),
                (0, 1000, "observed", true),
                (500, 1000, "observed", false),
                (1000, 1200, "observed", true),
                (1200, 1300, "proved", true),
                (1300, 2000, "observed", true),
                (2000, 2500, "unproved", false),
                (9000, 9100, "observed", false),
            ]
        );
        let reasons: Vec<Reason> = receipt.parts.iter().filter_map(|part| part.reason).collect();
        assert_eq!(
            reasons,
            [
                Reason::Outside,
                Reason::Overlap { with: PeerId(1) },
                Reason::Blind(BlindReason::Offline),
                Reason::Blind(BlindReason::Offline),
                Reason::Gate { session: 100 },
            ]
        );
        assert_eq!((receipt.seconds, receipt.proved_seconds), (2000, 100));
    }

    proptest! {
        #[test]
        fn receipts_sum_to_the_board(
            stays in proptest::collection::vec((1..4i64, -1000..90_000i64, 0..4000i64), 0..12),
            blinds in proptest::collection::vec((proptest::option::of(1..4i64), -1000..90_000i64, 0..3000i64), 0..6),
            carried in proptest::collection::vec((1..4i64, 1..90_000i64, 0..90_000i64), 0..3),
            alias in any::<bool>(),
        ) {
            let pairs = alias.then_some((PeerId(1), PeerId(2)));
            let record = Record {
                carried: carried.iter().map(|&(peer, seconds, until)| Carried {
                    peer: PeerId(peer),
                    day: day().first,
                    span: day().span,
                    until: day().span.from + until,
                    seconds,
                    folded: None,
                }).collect(),
                stays: stays.iter().map(|&(peer, from, length)| stay(peer, from, from + length)).collect(),
                blinds: Blinds::new(blinds.iter().map(|&(peer, from, length)| blind(peer, from, from + length))),
                aliases: Aliases::new(pairs),
                ..Record::default()
            };
            let board = board(day(), Instant(i64::MAX), &record, POLICY);
            for person in 1..4 {
                let receipt = receipt(day(), &record, POLICY, PeerId(person));
                let entry = board.entries.iter().find(|entry| entry.profile.peer == PeerId(person));
                let (seconds, proved) = entry.map_or((0, 0), |entry| (entry.seconds, entry.proved_seconds));
                prop_assert_eq!(contradiction(&receipt, seconds, proved, day()), None);
            }
        }
    }
}
