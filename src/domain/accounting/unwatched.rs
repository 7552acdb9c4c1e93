//! Time in which no tracker watched the group at all: whether a call ran is not known (rules §2.16).
//!
//! ```text
//! watched      ├────────┤          ├──────────────┤
//! blind                 ├───┤                                a call is known to have run
//! unwatched                 ├──────┤              ├────► now
//! ```

use crate::domain::accounting::leaderboard::Coverage;
use crate::domain::accounting::presence::Blinds;
use crate::domain::time::interval::SpanSet;
use crate::domain::{Instant, Span};

/// A tracker that runs confirms the group at least this often, in seconds: time that it has not confirmed yet is not
/// unwatched before that.
const MAX_CONFIRM_INTERVAL: i64 = 120;

/// A text mentions unwatched time from here on, in seconds; data always has it.
pub const MIN_UNWATCHED_SHOWN: i64 = 300;

/// When trackers watched a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watches {
    /// The first instant at which any tracker watched it. Time before that is not unwatched: swf was not in use.
    pub first: Option<Instant>,
    /// Watched spans; at least those that overlap the time that is asked about.
    pub spans: Vec<Span>,
    /// The time now: what lies ahead is not unwatched either.
    pub now: Option<Instant>,
}

impl Watches {
    /// What a board of `window` without rows can say; `unwatched` is its unwatched time in seconds.
    pub fn coverage(&self, window: Span, unwatched: i64) -> Coverage {
        let over = Span::new(window.from, self.now.map_or(window.to, |now| window.to.min(now)));
        match (self.now, self.first) {
            (Some(now), _) if window.from > now => Coverage::Ahead,
            (_, Some(first)) if window.to <= first => Coverage::BeforeFirst(first),
            (_, Some(first)) if unwatched > 0 && unwatched >= over.seconds() - (first - window.from).max(0) => {
                Coverage::Unwatched
            }
            _ => Coverage::Watched,
        }
    }

    /// The unwatched time in `window`. A blind span is not unwatched: its call is known to have run.
    pub fn unwatched(&self, window: Span, blinds: &Blinds) -> SpanSet {
        let Some(first) = self.first else { return SpanSet::default() };
        let last = self.spans.iter().map(|span| span.to).max().unwrap_or(first);
        // Without a later watched span, the tracker may be gone, or about to confirm again.
        let until = self.now.filter(|now| *now - last > MAX_CONFIRM_INTERVAL).unwrap_or(last);
        let asked = SpanSet::union([window.clip(Span::new(first, until))]);
        asked.without(&SpanSet::union(self.spans.iter().copied())).without(&blinds.within(window))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CallId;
    use crate::domain::accounting::presence::Blind;
    use crate::domain::roster::BlindReason;

    fn span(from: i64, to: i64) -> Span {
        Span::new(Instant(from), Instant(to))
    }

    fn watches(spans: &[(i64, i64)], now: i64) -> Watches {
        let spans: Vec<Span> = spans.iter().map(|(from, to)| span(*from, *to)).collect();
        Watches { first: Some(Instant(1000)), spans, now: Some(Instant(now)) }
    }

    fn unwatched(watches: &Watches, from: i64, to: i64) -> Vec<Span> {
        watches.unwatched(span(from, to), &Blinds::default()).iter().collect()
    }

    #[test]
    fn gaps_between_watched_spans_are_unwatched_and_nothing_before_the_first_is() {
        let both = watches(&[(1000, 2000), (5000, 9000)], 9030);
        assert_eq!(unwatched(&both, 0, 10_000), [span(2000, 5000)]);
        assert_eq!(unwatched(&both, 2500, 3000), [span(2500, 3000)]);
        assert_eq!(unwatched(&both, 0, 1000), []);
        assert_eq!(unwatched(&Watches::default(), 0, 1000), []);
    }

    #[test]
    fn time_after_the_last_watched_span_is_unwatched_up_to_now_once_a_tracker_would_have_confirmed() {
        assert_eq!(unwatched(&watches(&[(1000, 2000)], 2120), 0, 10_000), []);
        assert_eq!(unwatched(&watches(&[(1000, 2000)], 2121), 0, 10_000), [span(2000, 2121)]);
        // A window without any watched span in it.
        assert_eq!(unwatched(&watches(&[], 8000), 3000, 4000), [span(3000, 4000)]);
        assert_eq!(unwatched(&watches(&[], 3500), 3000, 4000), [span(3000, 3500)]);
    }

    #[test]
    fn a_board_without_rows_says_why() {
        let watches = watches(&[(1000, 2000), (5000, 9000)], 9030);
        let coverage = |from, to| {
            watches.coverage(span(from, to), unwatched(&watches, from, to).iter().map(|s| s.seconds()).sum())
        };
        assert_eq!(coverage(2500, 3000), Coverage::Unwatched);
        assert_eq!(coverage(1500, 3000), Coverage::Watched);
        assert_eq!(coverage(6000, 7000), Coverage::Watched);
        assert_eq!(coverage(0, 1000), Coverage::BeforeFirst(Instant(1000)));
        assert_eq!(coverage(10_000, 11_000), Coverage::Ahead);
        // A day that goes on, and on which no tracker has run.
        let stopped = Watches { now: Some(Instant(3000)), ..watches.clone() };
        let stopped = Watches { spans: Vec::new(), ..stopped };
        assert_eq!(stopped.coverage(span(2500, 9000), 500), Coverage::Unwatched);
    }

    #[test]
    fn a_blind_span_is_not_unwatched() {
        let blind = Blind { call: CallId(1), peer: None, span: span(2000, 3000), reason: BlindReason::Offline };
        let watches = watches(&[(1000, 2000), (5000, 9000)], 9000);
        let found = watches.unwatched(span(0, 10_000), &Blinds::new(vec![blind]));
        assert_eq!(found.iter().collect::<Vec<_>>(), [span(3000, 5000)]);
    }
}
