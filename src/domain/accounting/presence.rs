//! From stays to credited time: sessions, the gate, and which part was observed or proved (rules §2.5–8).

use std::collections::BTreeMap;

use crate::domain::roster::BlindReason;
use crate::domain::time::interval::SpanSet;
use crate::domain::{CallId, Instant, PeerId, Span};

/// One participant's unbroken presence in one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    pub call: CallId,
    pub peer: PeerId,
    /// An open stay ends at the last instant that shows the participant in the call.
    pub span: Span,
    /// No end is known: the participant is still in the call.
    pub open: bool,
}

/// A time in which a call ran and could not be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blind {
    pub call: CallId,
    /// The participant who could not be seen; `None` if the whole call could not.
    pub peer: Option<PeerId>,
    pub span: Span,
    pub reason: BlindReason,
}

/// What makes a session, and which sessions count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// A session with fewer credited seconds earns nothing.
    pub gate: i64,
    /// A gap of fewer seconds does not end a session. The gap itself earns nothing.
    pub grace: i64,
}

impl SessionRules {
    /// How far outside a period a stay can decide what counts inside it, in seconds. A session that reaches further has
    /// passed the gate: each of its stays has at least one second, and each gap is shorter than the grace.
    pub fn reach(self) -> i64 {
        self.gate.max(0).saturating_mul(self.grace.max(0) + 1)
    }
}

/// One person's time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credit {
    /// All credited time; not yet cut to a period.
    pub credited: SpanSet,
    /// The part of it in which the call was not seen, but which a later sighting proves.
    pub proved: SpanSet,
    /// The person's last session, if it has not passed the gate.
    pub short: Option<ShortSession>,
}

/// A session below the gate that may still continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortSession {
    pub span: Span,
    /// No end is known: the person is still in the call.
    pub open: bool,
}

/// The credit of one person, from the stays of all accounts of that person:
/// ```text
/// @ada    ├───────┤         ├──┤
/// @ada2       ├───────┤  ├──┤
/// union   ├───────────┤  ├─────┤        gap < 60 s: one session, the gap earns nothing
/// gate    the whole session has ≥ 300 s credited, or none of it counts
/// ```
/// A second is observed if any of the accounts was seen in it, else proved.
pub fn credit(stays: &[Stay], blind: &Blinds, rules: SessionRules) -> Credit {
    let present = SpanSet::union(stays.iter().map(|stay| stay.span));
    let mut counted = Vec::new();
    let mut last_short = None;
    for session in present.runs(rules.grace) {
        last_short = None;
        if session.seconds() >= rules.gate {
            counted.extend(session.iter());
        } else if let (Some(first), Some(last)) = (session.iter().next(), session.iter().last()) {
            last_short = Some(Span::new(first.from, last.to));
        }
    }
    // Only for the last session: a search in every short session would be quadratic.
    let short = last_short
        .map(|span| ShortSession { span, open: stays.iter().any(|stay| stay.open && stay.span.to == span.to) });
    let credited = SpanSet::union(counted);
    let (partly, wholly): (Vec<&Stay>, Vec<&Stay>) = stays.iter().partition(|stay| blind.of(stay).next().is_some());
    let partly = partly.into_iter().flat_map(|stay| blind.observed(stay));
    let observed = SpanSet::union(wholly.into_iter().map(|stay| stay.span).chain(partly));
    let proved = credited.without(&observed);
    Credit { credited, proved, short }
}

/// The part of a person's presence in sessions that pass the gate.
pub fn passed(present: &SpanSet, rules: SessionRules) -> SpanSet {
    let passed = present.runs(rules.grace).filter(|session| session.seconds() >= rules.gate);
    SpanSet::union(passed.flat_map(|session| session.iter().collect::<Vec<_>>()))
}

/// Blind spans, by call.
#[derive(Clone, Debug, Default)]
pub struct Blinds(BTreeMap<CallId, Vec<Blind>>);

impl Blinds {
    pub fn new(spans: impl IntoIterator<Item = Blind>) -> Blinds {
        let mut blinds = Blinds::default();
        spans.into_iter().for_each(|blind| blinds.add(blind));
        blinds
    }

    /// The parts of a stay in which the participant was seen.
    fn observed(&self, stay: &Stay) -> Vec<Span> {
        let blind = SpanSet::union(self.of(stay).map(|blind| blind.span));
        SpanSet::union([stay.span]).without(&blind).iter().collect()
    }

    /// The blind spans of a stay's call in which the stay's participant could not be seen.
    pub fn of<'a>(&'a self, stay: &Stay) -> impl Iterator<Item = &'a Blind> + use<'a> {
        let (call, peer) = (stay.call, stay.peer);
        self.0.get(&call).into_iter().flatten().filter(move |blind| blind.peer.is_none_or(|blind| blind == peer))
    }

    pub fn add(&mut self, blind: Blind) {
        self.0.entry(blind.call).or_default().push(blind);
    }

    /// Removes the blind spans inside `window` of single participants who are in `accounts`.
    #[cfg(test)]
    pub fn remove_about(&mut self, accounts: &[PeerId], window: Span) {
        let is_gone = |blind: &Blind| {
            blind.peer.is_some_and(|peer| accounts.contains(&peer))
                && blind.span.from >= window.from
                && blind.span.to <= window.to
        };
        self.0.values_mut().for_each(|blinds| blinds.retain(|blind| !is_gone(blind)));
    }

    /// The blind time of single participants who are in `accounts`, without that of whole calls.
    pub fn about(&self, accounts: &[PeerId]) -> SpanSet {
        let own = |blind: &&Blind| blind.peer.is_some_and(|peer| accounts.contains(&peer));
        SpanSet::union(self.0.values().flatten().filter(own).map(|blind| blind.span))
    }

    /// The time inside `window` in which a whole call could not be seen, for a reason that `counts`.
    pub fn within(&self, window: Span, counts: impl Fn(BlindReason) -> bool) -> SpanSet {
        let whole = self.0.values().flatten().filter(|blind| blind.peer.is_none() && counts(blind.reason));
        SpanSet::union(whole.map(|blind| blind.span.clip(window)))
    }
}

/// Whether the board of a period that ends at `end` can't change any more: a confirmed instant lies at or after the
/// end, and no session across the end is below the gate and can still pass it (rules §2.15). A session can still
/// continue while the person is in the call, or may return within the grace.
pub fn is_final(
    end: Instant,
    confirmed: Option<Instant>,
    rules: SessionRules,
    short: impl IntoIterator<Item = ShortSession>,
) -> bool {
    let Some(confirmed) = confirmed.filter(|confirmed| *confirmed >= end) else { return false };
    !short.into_iter().any(|short| {
        let back_by = short.span.to + rules.grace;
        short.span.from < end && back_by > end && (short.open || back_by > confirmed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: SessionRules = SessionRules { gate: 300, grace: 60 };

    fn stay(peer: i64, from: i64, to: i64) -> Stay {
        Stay { call: CallId(1), peer: PeerId(peer), span: Span::new(Instant(from), Instant(to)), open: false }
    }

    fn spans(set: &SpanSet) -> Vec<(i64, i64)> {
        set.iter().map(|span| (span.from.0, span.to.0)).collect()
    }

    fn credited(stays: &[Stay]) -> Vec<(i64, i64)> {
        spans(&credit(stays, &Blinds::default(), RULES).credited)
    }

    #[test]
    fn two_accounts_at_once_are_one_hour() {
        assert_eq!(credited(&[stay(1, 0, 3600), stay(2, 1800, 3600)]), [(0, 3600)]);
    }

    #[test]
    fn a_session_below_the_gate_earns_nothing() {
        assert_eq!(credited(&[stay(1, 0, 299)]), []);
        assert_eq!(credited(&[stay(1, 0, 300)]), [(0, 300)]);
    }

    #[test]
    fn a_gap_below_the_grace_joins_sessions_and_earns_nothing() {
        assert_eq!(credited(&[stay(1, 0, 150), stay(1, 209, 359)]), [(0, 150), (209, 359)]);
        assert_eq!(credited(&[stay(1, 0, 150), stay(1, 210, 360)]), []);
        // The gap itself does not count towards the gate.
        assert_eq!(credited(&[stay(1, 0, 140), stay(1, 199, 348)]), []);
    }

    #[test]
    fn a_second_is_observed_if_any_account_was_seen() {
        let blind = |peer: Option<i64>, from, to| Blind {
            call: CallId(1),
            peer: peer.map(PeerId),
            span: Span::new(Instant(from), Instant(to)),
            reason: BlindReason::Offline,
        };
        let one = credit(&[stay(1, 0, 1000)], &Blinds::new([blind(None, 100, 200), blind(Some(2), 0, 900)]), RULES);
        assert_eq!(spans(&one.proved), [(100, 200)]);
        let two = [stay(1, 0, 1000), stay(2, 0, 1000)];
        let both = credit(&two, &Blinds::new([blind(Some(1), 100, 200), blind(Some(2), 150, 300)]), RULES);
        assert_eq!(spans(&both.proved), [(150, 200)]);
    }

    #[test]
    fn stays_out_of_reach_do_not_change_the_credit() {
        // The longest chain: stays of one second, with the longest gaps that the grace allows.
        let chain: Vec<Stay> = (0..400).map(|i| stay(1, i * 60, i * 60 + 1)).collect();
        let end = chain.last().unwrap().span.to;
        let near: Vec<Stay> = chain.iter().copied().filter(|stay| stay.span.to > end - RULES.reach()).collect();
        assert!(near.len() < chain.len());
        let day = Span::new(end - 60, end);
        assert_eq!(
            credit(&near, &Blinds::default(), RULES).credited.clip(day),
            credit(&chain, &Blinds::default(), RULES).credited.clip(day)
        );
    }

    #[test]
    fn a_short_session_across_the_end_keeps_a_board_open() {
        let end = Instant(1000);
        let is_final = |stay: Stay, confirmed: i64| {
            is_final(end, Some(Instant(confirmed)), RULES, credit(&[stay], &Blinds::default(), RULES).short)
        };
        let open = |from, to| Stay { open: true, ..stay(1, from, to) };
        assert!(!is_final(stay(1, 0, 500), 999));
        assert!(is_final(stay(1, 0, 500), 1000));
        // Below the gate and still in the call: once it passes the gate, the part before the end counts.
        assert!(!is_final(open(900, 1100), 1100));
        assert!(is_final(open(700, 1100), 1100));
        // It began after the end: it does not count for this period.
        assert!(is_final(open(1000, 1100), 1100));
        // The person left, but may return within the grace.
        assert!(!is_final(stay(1, 900, 990), 1040));
        assert!(is_final(stay(1, 900, 990), 1050));
    }
}
