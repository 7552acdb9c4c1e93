//! Instants, half-open spans, and sets of spans.

use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// A moment: Unix seconds on Telegram's clock (rules §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instant(pub i64);

impl Add<i64> for Instant {
    type Output = Instant;
    fn add(self, seconds: i64) -> Instant {
        Instant(self.0.saturating_add(seconds))
    }
}

impl Sub<i64> for Instant {
    type Output = Instant;
    fn sub(self, seconds: i64) -> Instant {
        Instant(self.0.saturating_sub(seconds))
    }
}

impl Sub for Instant {
    type Output = i64;
    /// Seconds from `earlier` to `self`.
    fn sub(self, earlier: Instant) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A half-open span `[from, to)`; empty where `to <= from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    pub from: Instant,
    pub to: Instant,
}

impl Span {
    pub fn new(from: Instant, to: Instant) -> Span {
        Span { from, to }
    }

    /// Length in seconds, never negative.
    pub fn seconds(self) -> i64 {
        (self.to - self.from).max(0)
    }

    pub fn is_empty(self) -> bool {
        self.to <= self.from
    }

    /// The part of `self` inside `other`; empty where they do not meet.
    pub fn clip(self, other: Span) -> Span {
        Span::new(self.from.max(other.from), self.to.min(other.to))
    }
}

/// Sorted, non-empty spans that neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanSet(Vec<Span>);

impl SpanSet {
    /// The union of `spans`, in any order, overlapping or empty:
    /// ```text
    /// a      ├──────────┤
    /// b              ├───────┤      ├──┤
    /// union  ├───────────────┤      ├──┤
    /// ```
    pub fn union(spans: impl IntoIterator<Item = Span>) -> SpanSet {
        let mut sorted: Vec<Span> = spans.into_iter().filter(|span| !span.is_empty()).collect();
        sorted.sort_unstable();
        let mut out: Vec<Span> = Vec::with_capacity(sorted.len());
        for span in sorted {
            match out.last_mut() {
                Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
                _ => out.push(span),
            }
        }
        SpanSet(out)
    }

    /// What both sets cover:
    /// ```text
    /// a      ├──────────┤     ├───┤
    /// b           ├─────────────┤
    /// meet        ├─────┤     ├─┤
    /// ```
    pub fn meet(&self, other: &SpanSet) -> SpanSet {
        self.without(&self.without(other))
    }

    /// What `self` covers and `other` does not:
    /// ```text
    /// a      ├──────────────┤
    /// b          ├────┤
    /// a - b  ├───┤    ├─────┤
    /// ```
    pub fn without(&self, other: &SpanSet) -> SpanSet {
        let mut out = Vec::new();
        for span in &self.0 {
            let mut from = span.from;
            let first = other.0.partition_point(|cut| cut.to <= span.from);
            for cut in other.0[first..].iter().take_while(|cut| cut.from < span.to) {
                if from < cut.from {
                    out.push(Span::new(from, cut.from));
                }
                from = from.max(cut.to);
            }
            if from < span.to {
                out.push(Span::new(from, span.to));
            }
        }
        SpanSet(out)
    }

    /// The part inside `window`.
    pub fn clip(&self, window: Span) -> SpanSet {
        SpanSet(self.0.iter().map(|span| span.clip(window)).filter(|span| !span.is_empty()).collect())
    }

    /// Total length in seconds.
    pub fn seconds(&self) -> i64 {
        self.0.iter().map(|span| span.seconds()).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = Span> + '_ {
        self.0.iter().copied()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Runs of spans whose gaps are shorter than `grace` seconds; each run is one session's spans.
    /// ```text
    /// spans      ├────┤ ├──┤         ├─────┤
    /// runs       └────────┘          └─────┘
    /// ```
    pub fn runs(&self, grace: i64) -> impl Iterator<Item = SpanSet> + '_ {
        self.0.chunk_by(move |a, b| b.from - a.to < grace).map(|run| SpanSet(run.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(spans: &[(i64, i64)]) -> SpanSet {
        SpanSet::union(spans.iter().map(|&(from, to)| Span::new(Instant(from), Instant(to))))
    }

    /// The reference: a set of spans is the set of the seconds it covers.
    fn seconds(set: &SpanSet) -> std::collections::BTreeSet<i64> {
        set.iter().flat_map(|span| span.from.0..span.to.0).collect()
    }

    fn spans() -> impl Strategy<Value = Vec<(i64, i64)>> {
        proptest::collection::vec((0..60i64, -3..20i64).prop_map(|(from, len)| (from, from + len)), 0..8)
    }

    proptest! {
        #[test]
        fn set_algebra_agrees_with_sets_of_seconds(a in spans(), b in spans(), window in (0..60i64, 0..60i64)) {
            let naive = |spans: &[(i64, i64)]| spans.iter().flat_map(|&(from, to)| from..to).collect::<std::collections::BTreeSet<_>>();
            let (x, y) = (set(&a), set(&b));
            prop_assert_eq!(seconds(&x), naive(&a));
            prop_assert_eq!(x.seconds() as usize, naive(&a).len());
            prop_assert_eq!(seconds(&x.meet(&y)), seconds(&x).intersection(&seconds(&y)).copied().collect());
            prop_assert_eq!(seconds(&x.without(&y)), seconds(&x).difference(&seconds(&y)).copied().collect());
            let clipped = x.clip(Span::new(Instant(window.0), Instant(window.1)));
            prop_assert_eq!(seconds(&clipped), seconds(&x).into_iter().filter(|s| (window.0..window.1).contains(s)).collect());
        }

        #[test]
        fn runs_split_exactly_at_gaps_of_the_grace_or_more(a in spans(), grace in 1..10i64) {
            let x = set(&a);
            let runs: Vec<SpanSet> = x.runs(grace).collect();
            prop_assert_eq!(SpanSet::union(runs.iter().flat_map(|run| run.iter())), x);
            for pair in runs.windows(2) {
                prop_assert!(pair[1].iter().next().unwrap().from - pair[0].iter().last().unwrap().to >= grace);
            }
        }
    }

    #[test]
    fn touching_spans_are_one() {
        assert_eq!(set(&[(0, 5), (5, 9)]), set(&[(0, 9)]));
    }
}
