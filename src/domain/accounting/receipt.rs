//! Why somebody's number is what it is: every stay with its evidence, and what was cut (DESIGN §6, `swf why`).

use crate::domain::accounting::carried::{self, Carried};
use crate::domain::accounting::leaderboard::{Policy, Record};
use crate::domain::accounting::presence::{self, Blinds, Stay};
use crate::domain::roster::BlindReason;
use crate::domain::time::interval::SpanSet;
use crate::domain::time::period::Period;
use crate::domain::{PeerId, Span};

/// How a span is known (DESIGN §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// We were watching.
    Observed,
    /// We were not, but a later sighting in the same call bears a join date at or before it.
    Proved,
    /// A day's total from the old tracker.
    Carried,
    /// None of these.
    Unproved,
}

impl Evidence {
    /// The code in JSON and CSV; it never changes.
    pub fn code(self) -> &'static str {
        match self {
            Evidence::Observed => "observed",
            Evidence::Proved => "proved",
            Evidence::Carried => "carried",
            Evidence::Unproved => "unproved",
        }
    }
}

/// Why a part counts although nobody watched, or does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The call could not be seen.
    Blind(BlindReason),
    /// The whole session has only this many seconds, and that is below the gate.
    Gate { session: i64 },
    /// The same person was in with this account already.
    Overlap { with: PeerId },
    /// It lies outside the period.
    Outside,
    /// The old tracker's total of that day stands for it.
    Carried,
    /// The day has no room for more (DESIGN §2.11).
    Full,
}

/// A span of one account, all of it known and counted alike; or a day with its carried total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub peer: PeerId,
    pub span: Span,
    /// The length of the span, unless it is a carried total.
    pub seconds: i64,
    pub evidence: Evidence,
    pub counted: bool,
    pub reason: Option<Reason>,
}

impl Part {
    fn new(peer: PeerId, span: Span, evidence: Evidence, counted: bool, reason: Option<Reason>) -> Part {
        Part { peer, span, seconds: span.seconds(), evidence, counted, reason }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The account that stands for the person.
    pub person: PeerId,
    /// The board's number: the sum of the counted parts.
    pub seconds: i64,
    /// Of which proved.
    pub proved_seconds: i64,
    /// In order of time.
    pub parts: Vec<Part>,
}

/// The receipt of one person for a period.
/// ```text
/// @ada    ├──counted──┤             ├─gate─┤
/// @ada2        ├─overlap─┤counted┤
/// period ─────────────────────────┤outside
/// ```
pub fn receipt(period: Period, record: &Record, policy: Policy, person: PeerId) -> Receipt {
    let window = period.span;
    let mut stays: Vec<Stay> = record
        .stays
        .iter()
        .filter(|stay| record.aliases.person(stay.peer) == person && record.counts(stay.peer, policy))
        .copied()
        .collect();
    stays.sort_by_key(|stay| (stay.span.from, stay.peer, stay.span.to));
    let mine = |one: &&Carried| record.aliases.person(one.peer) == person && record.counts(one.peer, policy);
    let old: Vec<Carried> = record.carried.iter().filter(mine).copied().collect();
    let mut credit = presence::credit(&stays, &record.blinds, policy.rules);
    let passed = credit.credited.clone();
    let shares = carried::apply(&mut credit, &old);
    let present = SpanSet::union(stays.iter().map(|stay| stay.span));
    let sessions: Vec<SpanSet> = present.runs(policy.rules.grace).collect();
    let mut covered: Vec<Stay> = Vec::new();
    let mut parts = Vec::new();
    for stay in stays.iter().filter(|stay| !stay.span.is_empty() && !stay.span.clip(window).is_empty()) {
        let own = SpanSet::union([stay.span]);
        let before = SpanSet::union(covered.iter().map(|other| other.span));
        let fresh = own.without(&before);
        for other in &covered {
            let both = other.span.clip(stay.span).clip(window);
            if !both.is_empty() {
                let reason = Some(Reason::Overlap { with: other.peer });
                let evidence = if credit.proved.meet(&SpanSet::union([both])).is_empty() {
                    Evidence::Observed
                } else {
                    Evidence::Proved
                };
                parts.push(Part::new(stay.peer, both, evidence, false, reason));
            }
        }
        let counted = fresh.meet(&credit.credited);
        for span in counted.clip(window).iter() {
            split(&mut parts, record, stay, span, &credit.proved);
        }
        let inside = SpanSet::union([window]);
        for span in counted.without(&inside).iter() {
            parts.push(Part::new(stay.peer, span, Evidence::Observed, false, Some(Reason::Outside)));
        }
        for span in fresh.meet(&passed).without(&credit.credited).clip(window).iter() {
            parts.push(Part::new(stay.peer, span, Evidence::Observed, false, Some(Reason::Carried)));
        }
        for span in fresh.without(&passed).clip(window).iter() {
            let of = sessions
                .iter()
                .find(|session| session.iter().any(|part| part.from <= span.from && span.from < part.to));
            let session = of.map_or(0, SpanSet::seconds);
            let reason = Some(Reason::Gate { session });
            parts.push(Part::new(stay.peer, span, Evidence::Observed, false, reason));
        }
        unproved(&mut parts, record, stay, &present, window);
        covered.push(*stay);
    }
    for share in shares.iter().filter(|share| share.is_in(window)) {
        let Carried { peer, span, seconds, .. } = share.carried;
        let part =
            |seconds, counted, reason| Part { seconds, ..Part::new(peer, span, Evidence::Carried, counted, reason) };
        let halves = [part(share.counted, true, None), part(seconds - share.counted, false, Some(Reason::Full))];
        parts.extend(halves.into_iter().filter(|part| part.seconds > 0));
    }
    parts.sort_by_key(|part| (part.span.from, part.span.to, part.peer));
    let sum = |wanted: fn(&Part) -> bool| parts.iter().filter(|part| wanted(part)).map(|part| part.seconds).sum();
    Receipt {
        person,
        seconds: sum(|part| part.counted),
        proved_seconds: sum(|part| part.counted && part.evidence == Evidence::Proved),
        parts,
    }
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

/// The blind time right after a stay that nobody saw end: they may have been in for a while, but nothing proves it.
fn unproved(parts: &mut Vec<Part>, record: &Record, stay: &Stay, present: &SpanSet, window: Span) {
    if stay.open {
        return;
    }
    for blind in record.blinds.of(stay).filter(|blind| blind.span.from == stay.span.to) {
        let dark = SpanSet::union([blind.span.clip(window)]).without(present);
        let reason = Some(Reason::Blind(blind.reason));
        let part = |span| Part::new(stay.peer, span, Evidence::Unproved, false, reason);
        parts.extend(dark.iter().take(1).map(part));
    }
}

/// How much of one stay is known how, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    pub observed: i64,
    pub proved: i64,
    /// The dark right after it, if nobody saw it end: not part of the stay.
    pub unproved: i64,
}

/// The evidence of one stay; `present` is all presence of the person that touches the dark after it.
/// ```text
/// blind          ├────┤       ├───────┤
/// stay      ├─────────────────┤         next ├────
///           observed proved observed unproved
/// ```
pub fn shares(stay: &Stay, blinds: &Blinds, present: &SpanSet) -> Shares {
    let dark = SpanSet::union(blinds.of(stay).map(|blind| blind.span));
    let proved = dark.clip(stay.span).seconds();
    let after = blinds.of(stay).filter(|blind| !stay.open && blind.span.from == stay.span.to);
    let after = after.filter_map(|blind| SpanSet::union([blind.span]).without(present).iter().next());
    Shares { observed: stay.span.seconds() - proved, proved, unproved: after.map(Span::seconds).max().unwrap_or(0) }
}

/// Checks one person's period: the receipt must say what the board says, and nobody exceeds the clock (DESIGN §2.5,
/// §2.11). What is wrong, in words; `None` if nothing is.
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
    let (carried, stays): (Vec<&Part>, Vec<&Part>) = counted.partition(|part| part.evidence == Evidence::Carried);
    let spans = SpanSet::union(stays.iter().map(|part| part.span));
    if spans.seconds() != stays.iter().map(|part| part.seconds).sum::<i64>() {
        return Some("the receipt counts a second twice".into());
    }
    for one in &carried {
        let day = carried.iter().filter(|other| other.span == one.span).map(|other| other.seconds);
        let (sum, length) = (day.sum::<i64>() + spans.clip(one.span).seconds(), one.span.seconds());
        if sum > length {
            return Some(format!("{sum} s in a day of {length} s, with what was carried"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounting::leaderboard::board;
    use crate::domain::accounting::presence::{Blind, Blinds, Rules};
    use crate::domain::people::Aliases;
    use crate::domain::time::period::{Calendar, Scope};
    use crate::domain::time::zone::Zone;
    use crate::domain::{CallId, Instant};
    use proptest::prelude::*;

    const POLICY: Policy = Policy { rules: Rules { gate: 300, grace: 60 }, track_self: true };

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
