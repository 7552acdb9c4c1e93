//! Time in which no tracker watched the group at all: whether a call ran is not known (rules §2.16).
//!
//! ```text
//! watched      ├────────┤          ├──────────────┤
//! blind                 ├───┤                                a call is known to have run
//! unwatched                 ├──────┤              ├────► now
//! ```

use crate::domain::accounting::presence::{Blind, Blinds};
use crate::domain::roster::BlindReason;
use crate::domain::time::interval::SpanSet;
use crate::domain::{CallId, Instant, Span};

/// A running tracker confirms the group at least this often, in seconds. Until then, time that it has not confirmed is
/// neither blind nor unwatched.
pub const MAX_CONFIRM_INTERVAL: i64 = 120;

/// Texts mention unwatched time from this many seconds on; data has it to the second. It is the gate: no session that was
/// watched for less can count, so a period that was watched for less is described as not watched.
pub const MIN_UNWATCHED_SHOWN: i64 = 300;

/// The time at which something is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadTime {
    pub at: Instant,
    /// When the tracker that runs at that time first saw the group; `None` if none runs, or it has not seen the group
    /// yet.
    pub tracked_since: Option<Instant>,
}

/// When trackers watched a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watches {
    /// The first instant at which any tracker watched it. Time before that is not unwatched: swf was not in use.
    pub first: Option<Instant>,
    /// Watched spans; at least those that overlap the time in question.
    pub spans: Vec<Span>,
    /// Blind spans without a tracker after which the call was over: it may have ended at once.
    pub maybe_ended: Vec<Span>,
    /// The call whose end is not known, and its last confirmed instant.
    pub open_call: Option<(CallId, Instant)>,
    /// The time now: later time is not unwatched either.
    pub now: Option<ReadTime>,
}

/// How a period was watched, for a board without rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coverage {
    /// The period was watched, at least for the time of the gate, 300 s.
    #[default]
    Watched,
    /// No tracker ran in the part of it that is over, or for less than 300 s.
    Unwatched,
    /// A tracker ran, but did not see the call in the part of it that is over, or for less than 300 s.
    Blind,
    /// It ended before a tracker watched the group for the first time, at this instant.
    BeforeFirst(Instant),
    /// It has not begun.
    Ahead,
}

impl Coverage {
    /// The code in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Coverage::Watched => "watched",
            Coverage::Unwatched => "unwatched",
            Coverage::Blind => "blind",
            Coverage::BeforeFirst(_) => "before_first",
            Coverage::Ahead => "ahead",
        }
    }
}

/// The parts of a period that were not seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unseen {
    /// A call is known to have run.
    pub blind: SpanSet,
    /// Whether a call ran is not known.
    pub unwatched: SpanSet,
    /// No tracker ran: `unwatched`, and the part of `blind` with that reason.
    pub not_running: SpanSet,
}

/// Whether so little was seen of a time of `in_use` seconds, of which `unseen` were not seen, that it shows nothing about
/// who studied: nothing, or less than the gate while the rest is longer than that (rules §2.16).
pub fn is_hardly_watched(unseen: i64, in_use: i64) -> bool {
    let seen = in_use - unseen;
    unseen > 0 && seen <= 0 || unseen >= MIN_UNWATCHED_SHOWN && seen < MIN_UNWATCHED_SHOWN
}

impl Watches {
    /// The blind time that is not stored yet: a blind span is stored when it ends. It is the time since the open call
    /// was last seen, as far as a tracker watched the group, and up to now if that tracker still runs.
    pub fn running_blinds(&self) -> Vec<Blind> {
        let Some((call, seen)) = self.open_call else { return Vec::new() };
        // The last sighting of an earlier tracker proves nothing about the time before the tracker that runs now.
        let runs = self.now.filter(|now| now.tracked_since.is_some_and(|since| since <= seen));
        let to_now = runs.map(|now| Span::new(seen, now.at));
        let watched = self.spans.iter().map(|span| Span::new(span.from.max(seen), span.to));
        let blind = |span| Blind { call, peer: None, span, reason: BlindReason::Offline };
        to_now.into_iter().chain(watched).filter(|span| span.seconds() > MAX_CONFIRM_INTERVAL).map(blind).collect()
    }

    /// The parts of `window` that were not seen, from the first start of swf on. A blind span is not unwatched: its
    /// call is known to have run.
    pub fn unseen(&self, window: Span, blinds: &Blinds) -> Unseen {
        let in_use = self.first.map_or(window, |first| Span::new(window.from.max(first), window.to));
        let maybe_ended = SpanSet::union(self.maybe_ended.iter().copied());
        let blind = blinds.within(in_use, |_| true).without(&maybe_ended);
        let unwatched = self.between_watches(window).without(&blind);
        let not_running = blinds.within(in_use, |reason| reason == BlindReason::NotRunning);
        let not_running = SpanSet::union(not_running.without(&maybe_ended).iter().chain(unwatched.iter()));
        Unseen { blind, unwatched, not_running }
    }

    fn between_watches(&self, window: Span) -> SpanSet {
        let Some(first) = self.first else { return SpanSet::default() };
        let last = self.spans.iter().map(|span| span.to).max().unwrap_or(first);
        // Without a later watched span, the tracker may be gone, or about to confirm again.
        let now = self.now.map(|now| now.at).filter(|now| *now - last > MAX_CONFIRM_INTERVAL);
        let asked = SpanSet::union([window.clip(Span::new(first, now.unwrap_or(last)))]);
        asked.without(&SpanSet::union(self.spans.iter().copied()))
    }

    /// How `window` was watched, for a board without rows: seconds of watching do not show that nobody studied (rules §2.16).
    pub fn coverage(&self, window: Span, unseen: &Unseen) -> Coverage {
        let now = self.now.map(|now| now.at);
        let over = Span::new(window.from, now.map_or(window.to, |now| window.to.min(now)));
        let in_use = over.seconds() - self.first.map_or(0, |first| (first - window.from).max(0));
        let is_all = |part: &SpanSet| is_hardly_watched(part.seconds(), in_use);
        match self.first {
            _ if now.is_some_and(|now| window.from > now) => Coverage::Ahead,
            Some(first) if window.to <= first => Coverage::BeforeFirst(first),
            _ if is_all(&unseen.not_running) => Coverage::Unwatched,
            _ if is_all(&SpanSet::union(unseen.blind.iter().chain(unseen.unwatched.iter()))) => Coverage::Blind,
            _ => Coverage::Watched,
        }
    }

    /// The first instant at which a tracker watched the group, if a part of `window` worth mentioning lies before it.
    pub fn since(&self, window: Span) -> Option<Instant> {
        self.first.filter(|first| *first < window.to && *first - window.from >= MIN_UNWATCHED_SHOWN)
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
        let now = Some(ReadTime { at: Instant(now), tracked_since: None });
        Watches { first: Some(Instant(1000)), spans, now, ..Watches::default() }
    }

    fn unwatched(watches: &Watches, from: i64, to: i64) -> Vec<Span> {
        watches.unseen(span(from, to), &Blinds::default()).unwatched.iter().collect()
    }

    fn blind(from: i64, to: i64, reason: BlindReason) -> Blind {
        Blind { call: CallId(1), peer: None, span: span(from, to), reason }
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
        let coverage_with = |watches: &Watches, from, to, blinds: &[Blind]| {
            let window = span(from, to);
            watches.coverage(window, &watches.unseen(window, &Blinds::new(blinds.iter().copied())))
        };
        let coverage = |from, to| coverage_with(&watches, from, to, &[]);
        assert_eq!(coverage(2500, 3000), Coverage::Unwatched);
        assert_eq!(coverage(1500, 3000), Coverage::Watched);
        assert_eq!(coverage(6000, 7000), Coverage::Watched);
        assert_eq!(coverage(0, 1000), Coverage::BeforeFirst(Instant(1000)));
        assert_eq!(coverage(10_000, 11_000), Coverage::Ahead);
        // A day that goes on, and on which no tracker has run.
        let now = Some(ReadTime { at: Instant(3000), tracked_since: None });
        let stopped = Watches { now, spans: Vec::new(), ..watches.clone() };
        assert_eq!(coverage_with(&stopped, 2500, 9000, &[]), Coverage::Unwatched);
        // The part before the first watched span does not count.
        assert_eq!(
            coverage_with(&Watches { spans: vec![span(1000, 1300)], ..stopped.clone() }, 0, 1900, &[]),
            Coverage::Watched
        );
        // Less than the gate was watched: that shows nothing.
        assert_eq!(
            coverage_with(&Watches { spans: vec![span(1000, 1299)], ..stopped }, 0, 1900, &[]),
            Coverage::Unwatched
        );
        assert_eq!(coverage(1800, 2099), Coverage::Watched, "most of it was watched");
        // A call ran, and either no tracker ran, or the tracker did not see the call.
        let of = |reason| coverage_with(&watches, 2500, 3000, &[blind(2000, 5000, reason)]);
        assert_eq!(of(BlindReason::NotRunning), Coverage::Unwatched);
        assert_eq!(of(BlindReason::Offline), Coverage::Blind);
        let half = [blind(2000, 2600, BlindReason::Offline)];
        assert_eq!(coverage_with(&watches, 2300, 3000, &half), Coverage::Blind);
        assert_eq!(coverage_with(&watches, 2301, 3000, &half), Coverage::Unwatched);
        assert_eq!(coverage_with(&watches, 1700, 3000, &half), Coverage::Watched);
        assert_eq!(coverage_with(&watches, 1701, 3000, &half), Coverage::Blind);
    }

    #[test]
    fn a_period_that_began_before_the_first_watched_span_says_since_when() {
        let watches = watches(&[(1000, 2000)], 9030);
        let since = |from, to| watches.since(span(from, to)).map(|at| at.0);
        assert_eq!(
            [since(700, 2000), since(701, 2000), since(0, 1000), since(1000, 2000)],
            [Some(1000), None, None, None]
        );
    }

    #[test]
    fn a_blind_span_is_not_unwatched() {
        let watches = watches(&[(1000, 2000), (5000, 9000)], 9000);
        let unseen = watches.unseen(span(0, 10_000), &Blinds::new([blind(2000, 3000, BlindReason::Offline)]));
        assert_eq!(unseen.unwatched.iter().collect::<Vec<_>>(), [span(3000, 5000)]);
        assert_eq!((unseen.blind.seconds(), unseen.not_running), (1000, unseen.unwatched));
    }

    /// CASES S2: somebody was in a call when the tracker ended; when a tracker runs again, that call is over.
    #[test]
    fn time_without_a_tracker_after_which_the_call_was_over_is_unwatched() {
        let blinds = Blinds::new([blind(2000, 5000, BlindReason::NotRunning)]);
        let watches = watches(&[(1000, 2000), (5000, 9000)], 9000);
        let known = watches.unseen(span(0, 10_000), &blinds);
        assert_eq!((known.blind.seconds(), known.unwatched.seconds(), known.not_running.seconds()), (3000, 0, 3000));
        let over = Watches { maybe_ended: vec![span(2000, 5000)], ..watches }.unseen(span(0, 10_000), &blinds);
        assert_eq!((over.blind.seconds(), over.unwatched.seconds(), over.not_running.seconds()), (0, 3000, 3000));
    }

    /// CASES P10: a call that ran already when swf was started for the first time.
    #[test]
    fn nothing_before_the_first_start_counts_as_blind() {
        let blinds = Blinds::new([blind(200, 1100, BlindReason::NotRunning)]);
        let unseen = watches(&[(1000, 2000)], 2000).unseen(span(0, 10_000), &blinds);
        assert_eq!((unseen.blind.seconds(), unseen.not_running.seconds()), (100, 100));
        let imported = Watches { first: None, ..Watches::default() }.unseen(span(0, 10_000), &blinds);
        assert_eq!(imported.blind.seconds(), 900);
    }

    #[test]
    fn a_tracker_that_has_not_seen_its_call_for_a_while_is_blind_and_a_dead_one_watches_nothing() {
        let open_call = Some((CallId(1), Instant(2000)));
        let with = |at, since: Option<i64>| Watches {
            open_call,
            now: Some(ReadTime { at: Instant(at), tracked_since: since.map(Instant) }),
            ..watches(&[(1000, 2000)], 0)
        };
        let spans = |watches: Watches| watches.running_blinds().iter().map(|blind| blind.span).collect::<Vec<_>>();
        assert_eq!(spans(with(2120, Some(1000))), []);
        assert_eq!(with(2600, Some(1000)).running_blinds(), [blind(2000, 2600, BlindReason::Offline)]);
        assert_eq!(spans(with(2600, None)), []);
        // The running tracker has not seen the call yet.
        assert_eq!(spans(with(2600, Some(2500))), []);
        assert_eq!(spans(Watches { open_call: None, ..with(2600, Some(1000)) }), []);
        // The tracker watched the group without seeing the call, and then died.
        let died = Watches { spans: vec![span(1000, 2500), span(3000, 3400)], ..with(9000, None) };
        assert_eq!(spans(died), [span(2000, 2500), span(3000, 3400)]);
    }
}
