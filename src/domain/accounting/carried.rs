//! Days that are totals without spans: of the old tracker (rules §1 *carried*), or of stays that were folded (rules
//! §8.4). No gate applies to them.

use chrono::NaiveDate;

use crate::domain::accounting::folded::Folded;
use crate::domain::accounting::presence::Credit;
use crate::domain::time::interval::SpanSet;
use crate::domain::{Instant, PeerId, Span};

/// The total of one local day: of one account, from the old tracker; or of one person's folded stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    pub peer: PeerId,
    pub day: NaiveDate,
    /// That day in the group's zone.
    pub span: Span,
    /// When the old tracker last read the call. It counted nothing after that. For a folded day, the start of the day:
    /// other stored time of that day counts, too.
    pub until: Instant,
    pub seconds: i64,
    /// The other numbers of a folded day; `None` for a total of the old tracker.
    pub folded: Option<Folded>,
}

/// How much of a carried total counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub carried: Carried,
    /// At most the carried seconds; fewer if the total and the stays would exceed the day, or if a correction removes
    /// some.
    pub counted: i64,
    /// Seconds that corrections removed.
    pub removed: i64,
}

impl Share {
    /// Whether the total counts for a period. Periods begin and end where days do.
    pub fn is_in(&self, window: Span) -> bool {
        window.from <= self.carried.span.from && self.carried.span.from < window.to
    }

    /// How many of the counted seconds were proved, not observed.
    pub fn proved(&self) -> i64 {
        self.carried.folded.map_or(0, |folded| folded.proved.min(self.counted))
    }

    /// Whether corrections change what counts.
    pub fn is_corrected(&self) -> bool {
        self.removed > 0 || self.carried.folded.is_some_and(|folded| folded.added > 0)
    }
}

/// The time that one person's carried totals stand for: each day of a total, up to the last read of the old tracker. A
/// folded day stands for no span: its stays are gone.
pub fn cut(carried: &[Carried]) -> SpanSet {
    SpanSet::union(carried.iter().map(|one| Span::new(one.span.from, one.span.to.min(one.until))))
}

/// Removes from one person's credit the time that the carried totals of the person's accounts stand for, and returns
/// how much of each total counts:
/// ```text
/// day      ├─────────────────────────────┤
/// old      ├─ 2 h somewhere ─┤ until
/// stays         ├─────┤   ├──────────┤
/// counted        2 h   +     ├───────┤      together at most the length of the day
/// ```
pub fn apply(credit: &mut Credit, carried: &[Carried]) -> Vec<Share> {
    cut_off(credit, carried);
    shares(&credit.credited, carried, &SpanSet::default())
}

/// Removes from one person's credit the time that the carried totals stand for.
pub fn cut_off(credit: &mut Credit, carried: &[Carried]) {
    if !carried.is_empty() {
        let cut = cut(carried);
        credit.credited = credit.credited.without(&cut);
        credit.proved = credit.proved.without(&cut);
    }
}

/// How much of each carried total counts in addition to `credited`. A total has no spans: each `removed` second of the
/// time that it stands for is subtracted from it. A folded day was corrected before it was folded.
pub fn shares(credited: &SpanSet, carried: &[Carried], removed: &SpanSet) -> Vec<Share> {
    let mut sorted = carried.to_vec();
    sorted.sort_by_key(|one| (one.span.from, one.day, one.peer));
    let mut shares = Vec::with_capacity(sorted.len());
    for day in sorted.chunk_by(|a, b| a.day == b.day) {
        let span = day[0].span;
        let mut room = span.seconds() - credited.clip(span).seconds();
        let mut to_remove = removed.meet(&cut(day)).seconds();
        for &carried in day {
            let possible = carried.seconds.clamp(0, room.max(0));
            if let Some(folded) = carried.folded {
                room -= possible;
                shares.push(Share { carried, counted: possible, removed: folded.removed });
                continue;
            }
            let removed = possible.min(to_remove);
            let counted = possible - removed;
            (room, to_remove) = (room - counted, to_remove - removed);
            shares.push(Share { carried, counted, removed });
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(from: i64, to: i64) -> SpanSet {
        SpanSet::union([Span::new(Instant(from), Instant(to))])
    }

    fn carried(peer: i64, seconds: i64, until: i64) -> Carried {
        let span = Span::new(Instant(0), Instant(86_400));
        Carried { peer: PeerId(peer), day: NaiveDate::default(), span, until: Instant(until), seconds, folded: None }
    }

    fn counted(credited: SpanSet, carried: &[Carried]) -> (i64, Vec<i64>) {
        let mut credit = Credit { credited, ..Credit::default() };
        let shares = apply(&mut credit, carried);
        (credit.credited.seconds(), shares.iter().map(|share| share.counted).collect())
    }

    #[test]
    fn stays_are_cut_at_the_last_read_of_the_old_tracker() {
        assert_eq!(counted(set(0, 1000), &[carried(1, 500, 600)]), (400, vec![500]));
        // A stay that began on this day counts in full on the next.
        assert_eq!(counted(set(80_000, 90_000), &[carried(1, 500, 100_000)]), (3600, vec![500]));
        assert_eq!(counted(set(0, 1000), &[]), (1000, vec![]));
    }

    #[test]
    fn accounts_add_up_to_the_day_at_most() {
        let two = [carried(2, 50_000, 50_000), carried(1, 40_000, 50_000)];
        assert_eq!(counted(SpanSet::default(), &two), (0, vec![40_000, 46_400]));
        assert_eq!(counted(set(50_000, 60_000), &two), (10_000, vec![40_000, 36_400]));
        assert_eq!(counted(set(0, 5), &[carried(1, i64::MAX, 0), carried(2, i64::MAX, 0)]), (5, vec![86_395, 0]));
        assert_eq!(counted(set(0, 5), &[carried(1, -7, 0)]), (5, vec![0]));
    }
}
