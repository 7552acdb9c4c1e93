//! From stays to credited time: sessions, the gate, and what of it was observed or proved (DESIGN §2.5–8).

use std::collections::BTreeMap;

use crate::domain::time::interval::SpanSet;
use crate::domain::{CallId, Instant, PeerId, Span};

/// One participant's unbroken presence in one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    pub call: CallId,
    pub peer: PeerId,
    /// An open stay reaches to the last instant that shows the participant in.
    pub span: Span,
    /// Still in the call, as far as we know.
    pub open: bool,
}

/// A time when a call ran and we could not see it, or could not see one person in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blind {
    pub call: CallId,
    pub peer: Option<PeerId>,
    pub span: Span,
    pub reason: crate::domain::roster::BlindReason,
}

/// What counts, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// A session with less credited time earns nothing, in seconds.
    pub gate: i64,
    /// Gaps shorter than this do not end a session, in seconds; they earn nothing.
    pub grace: i64,
}

impl Rules {
    /// How far outside a period stays can decide what counts inside it. A session that reaches further is past the
    /// gate anyway: each of its stays has a second at least, and each gap is below the grace.
    pub fn reach(self) -> i64 {
        self.gate.max(0).saturating_mul(self.grace.max(0) + 1)
    }
}

/// One person's time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credit {
    /// Everything credited, before it is cut to a period.
    pub credited: SpanSet,
    /// The part of it that nobody watched, but a later sighting proves.
    pub proved: SpanSet,
    /// The person's last session, where it has not passed the gate.
    pub short: Option<Short>,
}

/// A session below the gate that may still go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    pub span: Span,
    /// They are in the call now, as far as we know.
    pub open: bool,
}

/// The credit of one person, from the stays of all their accounts:
/// ```text
/// @ada    ├───────┤         ├──┤
/// @ada2       ├───────┤  ├──┤
/// union   ├───────────┤  ├─────┤        gap < 60 s: one session, the gap earns nothing
/// gate    ≥ 300 s credited in the session as a whole, or none of it counts
/// ```
/// A second is observed if any of the accounts was watched in it, else proved.
pub fn credit(stays: &[Stay], blind: &Blinds, rules: Rules) -> Credit {
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
    // Looked up once, for the last session only: a person with many short sessions has as many stays.
    let short =
        last_short.map(|span| Short { span, open: stays.iter().any(|stay| stay.open && stay.span.to == span.to) });
    let credited = SpanSet::union(counted);
    let observed = SpanSet::union(stays.iter().flat_map(|stay| blind.watched(stay)));
    let proved = credited.without(&observed);
    Credit { credited, proved, short }
}

/// Blind spans, by call.
#[derive(Clone, Debug, Default)]
pub struct Blinds(BTreeMap<CallId, Vec<Blind>>);

impl Blinds {
    pub fn new(spans: impl IntoIterator<Item = Blind>) -> Blinds {
        let mut by_call: BTreeMap<CallId, Vec<Blind>> = BTreeMap::new();
        for blind in spans {
            by_call.entry(blind.call).or_default().push(blind);
        }
        Blinds(by_call)
    }

    /// The parts of a stay that were watched.
    fn watched(&self, stay: &Stay) -> Vec<Span> {
        let dark = SpanSet::union(self.of(stay).map(|blind| blind.span));
        SpanSet::union([stay.span]).without(&dark).iter().collect()
    }

    /// When the participant of a stay could not be seen in its call.
    pub fn of<'a>(&'a self, stay: &Stay) -> impl Iterator<Item = &'a Blind> + use<'a> {
        let (call, peer) = (stay.call, stay.peer);
        self.0.get(&call).into_iter().flatten().filter(move |blind| blind.peer.is_none_or(|whom| whom == peer))
    }

    /// The time inside `window` in which a call could not be seen as a whole.
    pub fn within(&self, window: Span) -> SpanSet {
        let whole = self.0.values().flatten().filter(|blind| blind.peer.is_none());
        SpanSet::union(whole.map(|blind| blind.span.clip(window)))
    }
}

/// Whether a period's board can't change any more: it is over, a confirmed instant lies after its end, and no session
/// across its end is still below the gate (DESIGN §2.15). A session still goes on while somebody is in, or could be
/// back within the grace.
pub fn is_final<'a>(
    end: Instant,
    confirmed: Option<Instant>,
    rules: Rules,
    credits: impl IntoIterator<Item = &'a Credit>,
) -> bool {
    let Some(confirmed) = confirmed.filter(|confirmed| *confirmed >= end) else { return false };
    !credits.into_iter().filter_map(|credit| credit.short).any(|short| {
        let back_by = short.span.to + rules.grace;
        short.span.from < end && back_by > end && (short.open || back_by > confirmed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::roster::BlindReason;

    const RULES: Rules = Rules { gate: 300, grace: 60 };

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
        // The gap itself does not help over the gate.
        assert_eq!(credited(&[stay(1, 0, 140), stay(1, 199, 348)]), []);
    }

    #[test]
    fn a_second_is_observed_if_any_account_was_watched() {
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
    fn what_lies_out_of_reach_does_not_decide() {
        // The worst chain: one second each, with the longest gaps that the grace allows.
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
            is_final(end, Some(Instant(confirmed)), RULES, [&credit(&[stay], &Blinds::default(), RULES)])
        };
        let open = |from, to| Stay { open: true, ..stay(1, from, to) };
        assert!(!is_final(stay(1, 0, 500), 999));
        assert!(is_final(stay(1, 0, 500), 1000));
        // Below the gate and still in: it may pass the gate yet, and then the part before the end counts.
        assert!(!is_final(open(900, 1100), 1100));
        assert!(is_final(open(700, 1100), 1100));
        // It began after the end: no matter for this period.
        assert!(is_final(open(1000, 1100), 1100));
        // Gone, but could be back within the grace.
        assert!(!is_final(stay(1, 900, 990), 1040));
        assert!(is_final(stay(1, 900, 990), 1050));
    }
}
