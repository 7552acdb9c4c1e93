//! Whether a person came to an appointment (rules §10.2): decided from the credited time of a window, and the time in
//! it that swf could not see.
//!
//! ```text
//! window     ├──────────────────────┤
//! credited     ├──┤                     ten minutes: came
//! possible     ├──┤     ├─ blind ─┤     fewer, but with the blind time ten: unknown
//! ```

use crate::domain::accounting::leaderboard::{Policy, Record};
use crate::domain::meet::Verdict;
use crate::domain::time::interval::SpanSet;
use crate::domain::{PeerId, Span};

/// A person with at least this many credited seconds in the window came.
pub const MIN_PRESENCE: i64 = 600;

/// Whether `person` came in `window`. The stays and blind spans of `record` reach
/// [`reach`](crate::domain::accounting::presence::SessionRules::reach) beyond it. The verdict is never "did not come"
/// if the person may have been there for [`MIN_PRESENCE`] seconds, seen and unseen time together.
pub fn attendance(record: &Record, policy: Policy, person: PeerId, window: Span) -> Verdict {
    let accounts = record.aliases.accounts(person);
    let (stays, old) = record.people(policy).remove(&person).unwrap_or_default();
    let credited = record.account(person, &stays, &old, policy).credit.credited;
    let unseen = record.watches.unseen(window, &record.blinds);
    let own = record.blinds.about(&accounts);
    let whole = record.blinds.within(window, |_| true);
    // Before the first watched instant and after the last confirmed one, nobody saw anything.
    let before = Span::new(window.from, record.watches.first.unwrap_or(window.to));
    let after = Span::new(record.confirmed.unwrap_or(window.from), window.to);
    let hidden = [before, after].into_iter().map(|span| span.clip(window));
    let hidden = hidden.chain(own.iter()).chain(whole.iter()).chain(unseen.unwatched.iter());
    let present = stays.iter().map(|stay| stay.span);
    verdict(window, &credited, &SpanSet::union(present.chain(hidden)))
}

/// The verdict from the credited time and from all time in which the person may have been there.
fn verdict(window: Span, credited: &SpanSet, possible: &SpanSet) -> Verdict {
    let credited = credited.clip(window);
    let possible = SpanSet::union(possible.clip(window).iter().chain(credited.iter()));
    match (credited.seconds(), possible.seconds()) {
        (MIN_PRESENCE.., _) => Verdict::Came,
        (_, MIN_PRESENCE..) => Verdict::Unknown,
        _ => Verdict::DidNotCome,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::accounting::presence::{Blind, Blinds, SessionRules, Stay};
    use crate::domain::accounting::unwatched::{ReadTime, Watches};
    use crate::domain::meet::window;
    use crate::domain::people::Aliases;
    use crate::domain::roster::BlindReason;
    use crate::domain::{CallId, Instant};

    const POLICY: Policy = Policy { rules: SessionRules { gate: 300, grace: 60 }, track_self: true };
    const ADA: PeerId = PeerId(7);
    const PHONE: PeerId = PeerId(8);
    const MINUTE: i64 = 60;
    /// The window goes from minute 50 to minute 120.
    const STARTS: Instant = Instant(60 * MINUTE);

    fn minutes((from, length): (i64, i64)) -> Span {
        Span::new(Instant(from * MINUTE), Instant((from + length) * MINUTE))
    }

    fn stay(peer: PeerId, span: (i64, i64)) -> Stay {
        Stay { call: CallId(1), peer, span: minutes(span), open: false }
    }

    fn blind(peer: Option<PeerId>, span: (i64, i64)) -> Blind {
        Blind { call: CallId(1), peer, span: minutes(span), reason: BlindReason::Offline }
    }

    /// Watched from minute 0 to 200, but not in `gaps`.
    fn record(stays: Vec<Stay>, blinds: Vec<Blind>, gaps: &[(i64, i64)]) -> Record {
        let watched = SpanSet::union([minutes((0, 200))]).without(&SpanSet::union(gaps.iter().copied().map(minutes)));
        let watches = Watches {
            first: Some(Instant(0)),
            spans: watched.iter().collect(),
            now: Some(ReadTime { at: Instant(200 * MINUTE), tracked_since: None }),
            ..Watches::default()
        };
        let (aliases, confirmed) = (Aliases::new([(ADA, PHONE)]), Some(Instant(200 * MINUTE)));
        Record { stays, blinds: Blinds::new(blinds), watches, aliases, confirmed, ..Record::default() }
    }

    fn of(record: &Record) -> Verdict {
        attendance(record, POLICY, ADA, window(STARTS))
    }

    #[test]
    fn ten_credited_minutes_of_the_window_count_as_coming() {
        let came =
            |spans: &[(i64, i64)]| of(&record(spans.iter().map(|span| stay(ADA, *span)).collect(), Vec::new(), &[]));
        assert_eq!(came(&[(50, 10)]), Verdict::Came);
        assert_eq!(came(&[(110, 10)]), Verdict::Came);
        // In parts; minutes outside of the window do not count.
        assert_eq!(came(&[(55, 5), (80, 5)]), Verdict::Came);
        assert_eq!(came(&[(30, 29)]), Verdict::DidNotCome);
        assert_eq!(came(&[(111, 60)]), Verdict::DidNotCome);
        assert_eq!(came(&[]), Verdict::DidNotCome);
        // Seen there, but in sessions too short to count: no verdict against them.
        assert_eq!(came(&[(55, 4), (70, 4), (90, 4)]), Verdict::Unknown);
        let both = record(vec![stay(ADA, (60, 5)), stay(PHONE, (65, 5))], Vec::new(), &[]);
        assert_eq!(of(&both), Verdict::Came);
    }

    #[test]
    fn what_nobody_saw_gives_no_verdict() {
        let unseen = |blinds: Vec<Blind>, gaps: &[(i64, i64)]| of(&record(vec![stay(ADA, (60, 5))], blinds, gaps));
        assert_eq!(unseen(vec![blind(None, (70, 5))], &[]), Verdict::Unknown);
        assert_eq!(unseen(vec![blind(None, (70, 4))], &[]), Verdict::DidNotCome);
        assert_eq!(unseen(vec![blind(Some(PHONE), (70, 5))], &[]), Verdict::Unknown);
        assert_eq!(unseen(vec![blind(Some(PeerId(9)), (70, 50))], &[]), Verdict::DidNotCome);
        // The call may have been over then.
        let mut over = record(vec![stay(ADA, (60, 5))], vec![blind(None, (70, 5))], &[]);
        over.watches.maybe_ended = vec![minutes((70, 5))];
        assert_eq!(of(&over), Verdict::Unknown);
        assert_eq!(unseen(Vec::new(), &[(100, 5)]), Verdict::Unknown);
        assert_eq!(unseen(Vec::new(), &[(120, 5)]), Verdict::DidNotCome);
        // Before the first watched instant, and after the last confirmed one.
        let nobody = record(Vec::new(), Vec::new(), &[]);
        let watches = Watches { first: Some(Instant(60 * MINUTE)), ..nobody.watches.clone() };
        assert_eq!(of(&Record { watches, ..nobody.clone() }), Verdict::Unknown);
        let confirmed = Some(Instant(110 * MINUTE));
        assert_eq!(of(&Record { confirmed, ..nobody.clone() }), Verdict::Unknown);
        assert_eq!(of(&Record { confirmed: None, ..nobody }), Verdict::Unknown);
    }

    /// How many minutes of the window are in sessions that pass the gate, counted one by one.
    fn slow(present: &[bool]) -> i64 {
        let mut credited = vec![false; present.len()];
        let mut at = 0;
        while at < present.len() {
            let run = present[at..].iter().take_while(|here| **here).count();
            if run as i64 * MINUTE >= POLICY.rules.gate {
                credited[at..at + run].fill(true);
            }
            at += run.max(1);
        }
        credited[50..120].iter().filter(|minute| **minute).count() as i64
    }

    fn spans(max: usize) -> impl Strategy<Value = Vec<(i64, i64)>> {
        proptest::collection::vec((0..180i64, 1..20i64), 0..max)
    }

    proptest! {
        /// Blind time never gives "did not come": a person who may have been there for ten minutes does not get that
        /// verdict.
        #[test]
        fn nobody_is_said_not_to_have_come_who_may_have(
            stays in spans(4),
            blinds in spans(3),
            gaps in spans(3),
        ) {
            let mut seen = [false; 200];
            let mut hidden = [false; 200];
            let fill = |minutes: &mut [bool; 200], spans: &[(i64, i64)]| for (from, length) in spans {
                minutes[*from as usize..(from + length) as usize].fill(true);
            };
            fill(&mut seen, &stays);
            fill(&mut hidden, &blinds);
            fill(&mut hidden, &gaps);
            let record = record(
                stays.iter().map(|span| stay(ADA, *span)).collect(),
                blinds.iter().map(|span| blind(None, *span)).collect(),
                &gaps,
            );
            let verdict = of(&record);
            prop_assert_eq!(verdict == Verdict::Came, slow(&seen) >= 10, "{:?}", verdict);
            let most: Vec<bool> = seen.iter().zip(&hidden).map(|(seen, hidden)| *seen || *hidden).collect();
            if slow(&most) >= 10 {
                prop_assert_ne!(verdict, Verdict::DidNotCome);
            }
            // Where nothing is hidden, a person who was not there did not come.
            if !hidden[50..120].contains(&true) && !seen[50..120].contains(&true) {
                prop_assert_eq!(verdict, Verdict::DidNotCome);
            }
        }
    }
}
