//! People's credited time in several windows, from one pass over a record. A board for each window would read all stays
//! again.

use std::collections::BTreeMap;

use crate::domain::accounting::corrections::Account;
use crate::domain::accounting::leaderboard::{Policy, Record};
use crate::domain::accounting::unwatched::MIN_UNWATCHED_SHOWN;
use crate::domain::{PeerId, Span};

/// People's credited time in one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    pub window: Span,
    /// Credited seconds by person; people without any are not in it.
    pub seconds: BTreeMap<PeerId, i64>,
    /// For how many seconds swf could not see the call, or was not running.
    pub unseen_seconds: i64,
    /// A part of the window lies before the first start of swf.
    pub began_before_swf: bool,
}

impl Totals {
    pub fn people(&self) -> usize {
        self.seconds.len()
    }

    pub fn total_seconds(&self) -> i64 {
        self.seconds.values().sum()
    }

    /// Credited seconds of one person.
    pub fn of(&self, person: PeerId) -> i64 {
        self.seconds.get(&person).copied().unwrap_or(0)
    }

    /// Whether the window was watched from beginning to end, so that it can be compared with another one (rules §2.16).
    pub fn is_whole(&self) -> bool {
        !self.began_before_swf && self.unseen_seconds < MIN_UNWATCHED_SHOWN
    }
}

/// People's credited time in each of `windows`. The record reaches beyond them as for a board.
pub fn totals(record: &Record, windows: &[Span], policy: Policy) -> Vec<Totals> {
    let mut totals: Vec<Totals> = windows.iter().map(|window| empty(record, *window)).collect();
    for (person, (stays, old)) in record.people(policy) {
        let Account { credit, shares, .. } = record.account(person, &stays, &old, policy);
        for total in &mut totals {
            let shares = shares.iter().filter(|share| share.is_in(total.window)).map(|share| share.counted);
            let seconds = credit.credited.clip(total.window).seconds() + shares.sum::<i64>();
            if seconds > 0 {
                total.seconds.insert(person, seconds);
            }
        }
    }
    totals
}

fn empty(record: &Record, window: Span) -> Totals {
    let unseen = record.watches.unseen(window, &record.blinds);
    let first = record.watches.first;
    Totals {
        window,
        seconds: BTreeMap::new(),
        unseen_seconds: unseen.blind.seconds() + unseen.unwatched.seconds(),
        began_before_swf: first.is_none_or(|first| window.to <= first) || record.watches.since(window).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounting::carried::Carried;
    use crate::domain::accounting::leaderboard::board;
    use crate::domain::accounting::presence::{SessionRules, Stay};
    use crate::domain::accounting::unwatched::Watches;
    use crate::domain::people::Aliases;
    use crate::domain::time::period::{Calendar, Period, Scope};
    use crate::domain::time::zone::Zone;
    use crate::domain::{CallId, Instant};
    use proptest::prelude::*;

    const POLICY: Policy = Policy { rules: SessionRules { gate: 300, grace: 60 }, track_self: true };

    fn day(back: u64) -> Period {
        let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap() - chrono::Days::new(back);
        Period::of(Scope::Day, date, Zone::TASHKENT, Calendar::default())
    }

    proptest! {
        /// A board for each window is the slow reference.
        #[test]
        fn each_window_has_what_its_board_has(
            stays in proptest::collection::vec((1..6i64, 0..300_000i64, 1..9_000i64), 0..30),
            old in proptest::collection::vec((1..6i64, 0..3u64, 0..20_000i64), 0..4),
        ) {
            let start = day(2).span.from;
            let stay = |&(peer, from, length): &(i64, i64, i64)| Stay {
                call: CallId(1), peer: PeerId(peer), span: Span::new(start + from, start + from + length), open: false,
            };
            let carried = |&(peer, back, seconds): &(i64, u64, i64)| {
                let day = day(back);
                Carried { peer: PeerId(peer), day: day.first, span: day.span, until: day.span.from + seconds, seconds, folded: None }
            };
            let watched = Span::new(start, day(0).span.to);
            let record = Record {
                stays: stays.iter().map(stay).collect(),
                carried: old.iter().map(carried).collect(),
                aliases: Aliases::new([(PeerId(1), PeerId(5))]),
                watches: Watches { first: Some(start), spans: vec![watched], ..Watches::default() },
                ..Record::default()
            };
            let days = [day(2), day(1), day(0)];
            let spans = days.map(|day| day.span);
            for (day, total) in days.iter().zip(totals(&record, &spans, POLICY)) {
                let board = board(*day, Instant(i64::MAX), &record, POLICY);
                let seconds: BTreeMap<PeerId, i64> =
                    board.entries.iter().map(|entry| (entry.profile.peer, entry.seconds)).collect();
                prop_assert_eq!(&total.seconds, &seconds);
                prop_assert_eq!(total.total_seconds(), board.total_seconds());
            }
        }
    }

    #[test]
    fn a_window_is_whole_only_if_it_was_watched_from_beginning_to_end() {
        let span = day(1).span;
        let whole = |first: i64, gap: i64| {
            let first = span.from + first;
            let spans = vec![Span::new(first, span.from + 40_000), Span::new(span.from + 40_000 + gap, span.to)];
            let watches = Watches { first: Some(first), spans, ..Watches::default() };
            totals(&Record { watches, ..Record::default() }, &[span], POLICY)[0].is_whole()
        };
        assert!(whole(-100, 0) && whole(299, 0) && whole(0, 299));
        assert!(!whole(300, 0) && !whole(0, 300) && !whole(90_000, 0));
    }
}
