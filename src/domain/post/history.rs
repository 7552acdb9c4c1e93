//! What a post says about earlier times: who moved up or down, and whether the group has more time than before.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use crate::domain::accounting::leaderboard::Board;
use crate::domain::accounting::ranking::has_bands;
use crate::domain::accounting::totals::Totals;
use crate::domain::accounting::unwatched::{Coverage, MIN_UNWATCHED_SHOWN};
use crate::domain::time::period::{Calendar, Period, Scope, date_back};
use crate::domain::time::zone::Zone;
use crate::domain::words::{Comparison, SeenFrom};
use crate::domain::{Instant, PeerId, Span};

/// How a person's place changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// By so many places.
    Up(usize),
    Down(usize),
    /// The person was not on the earlier board.
    New,
}

/// By person. People who kept their place are left out.
pub type Moves = BTreeMap<PeerId, Move>;

/// What a post says in addition to its boards.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// For each board of the post; shorter if there is nothing to compare with.
    pub moves: Vec<Moves>,
    /// For each board of the post: how many seconds the group has more than in the last period.
    pub comparisons: Vec<Option<(i64, Comparison)>>,
    /// How many people studied on each of the last days; `None` if that is not known.
    pub last_days: Vec<(NaiveDate, Option<usize>)>,
    /// Streaks to show, in days.
    pub streaks: BTreeMap<PeerId, u32>,
    pub newcomers: BTreeSet<PeerId>,
}

/// How places changed between two boards of the same kind. There are no moves if the earlier board has no rows. Bands
/// change whenever somebody joins a board, so places within them are not compared.
pub fn moves(now: &Board, before: &Board) -> Moves {
    let ranks: BTreeMap<PeerId, usize> = before.entries.iter().map(|entry| (entry.profile.peer, entry.rank)).collect();
    if ranks.is_empty() {
        return Moves::new();
    }
    let has_bands = has_bands(&now.entries) || has_bands(&before.entries);
    let moved = now.entries.iter().filter_map(|entry| {
        let change = match ranks.get(&entry.profile.peer) {
            None => Move::New,
            Some(_) if has_bands => return None,
            Some(before) if *before > entry.rank => Move::Up(before - entry.rank),
            Some(before) if *before < entry.rank => Move::Down(entry.rank - before),
            Some(_) => return None,
        };
        Some((entry.profile.peer, change))
    });
    moved.collect()
}

/// Whether a board was watched from beginning to end, so that it can be compared with another.
pub fn is_whole(board: &Board) -> bool {
    board.coverage == Coverage::Watched
        && board.watched_since.is_none()
        && board.unwatched_seconds + board.blind_seconds < MIN_UNWATCHED_SHOWN
}

/// The span with which a board is compared, which counts up to `until` at most. It is the last period up to the same
/// time in it, or the whole last period if the board's period is over. A day is compared with the same day of the week
/// before. `None` if the group was never seen.
///
/// ```text
/// last week  ├───────────────┼──────────────┤
/// this week                                  ├───────────────┤ now, or the end of a late post's day
/// compared   ├───────────────┤
/// ```
pub fn prior(
    board: &Board,
    until: Instant,
    zone: Zone,
    calendar: Calendar,
    seen_from: SeenFrom,
) -> Option<(Span, Comparison)> {
    let Period { scope, first, span, .. } = board.period;
    let end = board.as_of?.min(until).min(span.to);
    let date = match scope {
        Scope::Day => first.checked_sub_days(Days::new(7))?,
        _ => date_back(scope, first, calendar, 1),
    };
    let last = Period::of(scope, date, zone, calendar);
    let is_open = end < span.to;
    let same_time = if is_open { last.span.from + (end - span.from) } else { last.span.to };
    let window = Span::new(last.span.from, last.span.to.min(same_time));
    Some((window, Comparison { scope, first: last.first, seen_from, is_open }))
}

/// How many more seconds the group has on `board` than in `before`; `None` unless both were watched from beginning to
/// end.
pub fn difference(board: &Board, before: &Totals) -> Option<i64> {
    (is_whole(board) && before.is_whole()).then(|| board.total_seconds() - before.total_seconds())
}

/// How many people are on a board. `None` if nobody is, but swf did not see the whole time.
pub fn people_of_board(board: &Board) -> Option<usize> {
    Some(board.people()).filter(|people| *people > 0 || is_whole(board))
}

/// How many people studied in a window of one day. `None` if nobody did, but swf did not see the whole day.
pub fn people_of_day(day: &Totals) -> Option<usize> {
    Some(day.people()).filter(|people| *people > 0 || day.is_whole())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounting::leaderboard::Entry;
    use crate::domain::people::Profile;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// People and their seconds, in any order.
    fn board(scope: Scope, day: &str, people: &[(i64, i64)]) -> Board {
        let period = Period::of(scope, date(day), Zone::TASHKENT, Calendar::default());
        let mut people = people.to_vec();
        people.sort_by_key(|(_, seconds)| -seconds);
        let entry = |&(peer, seconds): &(i64, i64)| Entry {
            rank: people.iter().position(|other| other.1 == seconds).unwrap() + 1,
            profile: Profile::unknown(PeerId(peer)),
            seconds,
            proved_seconds: 0,
            in_call: false,
            standing: crate::domain::accounting::ranking::Standing::default(),
        };
        Board {
            period,
            entries: people.iter().map(entry).collect(),
            as_of: Some(period.span.to),
            is_final: true,
            blind_seconds: 0,
            unwatched_seconds: 0,
            coverage: Coverage::Watched,
            watched_since: None,
            is_corrected: false,
        }
    }

    /// How many people are ahead of `peer`; `None` if the person has no time.
    fn ahead(people: &BTreeMap<i64, i64>, peer: i64) -> Option<usize> {
        let own = people.get(&peer)?;
        Some(people.values().filter(|seconds| *seconds > own).count())
    }

    proptest! {
        #[test]
        fn moves_are_those_of_a_slow_count(
            now in proptest::collection::btree_map(0..12i64, 1..6i64, 0..12),
            before in proptest::collection::btree_map(0..12i64, 1..6i64, 0..12),
        ) {
            let list = |people: &BTreeMap<i64, i64>| -> Vec<(i64, i64)> { people.clone().into_iter().collect() };
            let made = moves(
                &board(Scope::Week, "2026-11-22", &list(&now)),
                &board(Scope::Week, "2026-11-22", &list(&before)),
            );
            for peer in 0..12 {
                let slow = match (ahead(&now, peer), ahead(&before, peer)) {
                    (None, _) => None,
                    (Some(_), None) => Some(Move::New),
                    (Some(now), Some(then)) if now < then => Some(Move::Up(then - now)),
                    (Some(now), Some(then)) if now > then => Some(Move::Down(now - then)),
                    _ => None,
                };
                let slow = slow.filter(|_| !before.is_empty());
                prop_assert_eq!(made.get(&PeerId(peer)).copied(), slow, "{}", peer);
            }
        }
    }

    /// Rules §4.11.
    #[test]
    fn in_bands_only_who_is_new_is_marked() {
        let in_bands = |board: &Board, last: usize| {
            let mut board = board.clone();
            board.entries.iter_mut().zip([1, 1, last]).for_each(|(entry, band)| entry.standing.band = Some(band));
            board
        };
        let before = board(Scope::Week, "2026-11-22", &[(1, 3), (2, 2), (3, 1)]);
        let now = board(Scope::Week, "2026-11-22", &[(2, 9), (1, 8), (4, 7)]);
        let (up, down, new) = ((PeerId(2), Move::Up(1)), (PeerId(1), Move::Down(1)), (PeerId(4), Move::New));
        assert_eq!(moves(&in_bands(&now, 1), &in_bands(&before, 1)), [up, down, new].into());
        assert_eq!(moves(&in_bands(&now, 2), &in_bands(&before, 1)), [new].into());
        assert_eq!(moves(&in_bands(&now, 1), &in_bands(&before, 2)), [new].into());
    }

    fn hours(span: Span) -> i64 {
        span.seconds() / 3600
    }

    #[test]
    fn a_period_that_goes_on_is_compared_up_to_the_same_time() {
        let compared = |scope, day: &str, until: i64| {
            let board = board(scope, day, &[]);
            let until = board.period.span.from + until * 3600;
            let (span, with) = prior(&board, until, Zone::TASHKENT, Calendar::default(), SeenFrom::Within).unwrap();
            (with.first.to_string(), hours(span), with.is_open)
        };
        // A day is compared with the same weekday.
        assert_eq!(compared(Scope::Day, "2026-11-19", 21), ("2026-11-12".into(), 21, true));
        assert_eq!(compared(Scope::Day, "2026-11-19", 30), ("2026-11-12".into(), 24, false));
        assert_eq!(compared(Scope::Week, "2026-11-19", 90), ("2026-11-09".into(), 90, true));
        assert_eq!(compared(Scope::Week, "2026-11-19", 999), ("2026-11-09".into(), 168, false));
        // The last month is shorter.
        assert_eq!(compared(Scope::Month, "2026-03-30", 29 * 24), ("2026-02-01".into(), 28 * 24, true));
        assert_eq!(compared(Scope::Month, "2026-03-30", 9999), ("2026-02-01".into(), 28 * 24, false));
    }

    /// Rules §2.16.
    #[test]
    fn nothing_is_compared_with_a_time_that_was_not_watched() {
        let day = board(Scope::Day, "2026-11-22", &[(1, 7200)]);
        let before = |unseen_seconds, began_before_swf| Totals {
            window: day.period.span,
            seconds: [(PeerId(1), 3600)].into(),
            unseen_seconds,
            began_before_swf,
        };
        assert_eq!(difference(&day, &before(299, false)), Some(3600));
        assert_eq!((difference(&day, &before(300, false)), difference(&day, &before(0, true))), (None, None));
        for unseen in [
            Board { unwatched_seconds: 300, ..day.clone() },
            Board { blind_seconds: 300, ..day.clone() },
            Board { watched_since: Some(Instant(0)), ..day.clone() },
            Board { coverage: Coverage::Blind, ..day.clone() },
        ] {
            assert_eq!(difference(&unseen, &before(0, false)), None, "{unseen:?}");
        }
        let nobody = |unseen| people_of_day(&Totals { seconds: BTreeMap::new(), ..before(unseen, false) });
        assert_eq!((nobody(0), nobody(300), people_of_day(&before(300, false))), (Some(0), None, Some(1)));
    }
}
