//! One person's streaks in order, each with its length as far as swf saw it (rules §5.12).
//!
//! ```text
//! A A A M M M   A A A A – – – – – – – – A A M M M M M   A A A
//! ├───┤         ├─────┤ more than 7 unseen days         ├───►
//! ended: 3      went on at 4            not counted     went on at 3
//! ```

use chrono::NaiveDate;

use crate::domain::accounting::streak::{Day, Fold, Kind};

/// After more unseen days in a row, it is not known whether a streak went on.
pub const MAX_UNSEEN_DAYS: u32 = 7;

/// A streak of the past, by the rules of streaks (rules §2.19): freezes and comebacks are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastStreak {
    pub first: NaiveDate,
    /// Active days.
    pub days: u32,
    /// It broke, and was not mended. Otherwise it went on when it was last seen.
    pub has_ended: bool,
}

/// The streaks in `days`, which are in order. A streak begins after a missed day. A streak whose beginning was not seen
/// is left out: one that runs on the first day, and one after more than [`MAX_UNSEEN_DAYS`].
pub fn past_streaks(days: &[Day], threshold: i64) -> Vec<PastStreak> {
    let mut reader = Reader::default();
    for day in days {
        match day.kind(threshold) {
            Kind::Active => reader.active(day.date),
            Kind::Missed => reader.missed(day.date),
            Kind::Bridge if day.is_unwatched || day.is_paused || day.possible >= threshold => reader.unseen(),
            Kind::Bridge | Kind::Open => {}
        }
    }
    reader.lose_sight();
    reader.found
}

#[derive(Default)]
struct Reader {
    fold: Fold,
    found: Vec<PastStreak>,
    /// The first day of the current streak, if its beginning was seen.
    current: Option<NaiveDate>,
    /// The broken streak that can still be mended, if its beginning was seen.
    broken: Option<PastStreak>,
    /// The streaks since `broken`. They become parts of it if it is mended.
    since: Vec<PastStreak>,
    is_start_seen: bool,
    /// Unseen days since the last day that was seen.
    unseen: u32,
}

impl Reader {
    fn active(&mut self, date: NaiveDate) {
        let before = self.fold;
        self.fold.add(date);
        self.unseen = 0;
        if before.broken.is_some() && self.fold.broken.is_none() {
            self.current = self.broken.take().map(|broken| broken.first);
            self.since.clear();
        } else if before.current == 0 {
            self.current = self.is_start_seen.then_some(date);
        }
    }

    fn missed(&mut self, date: NaiveDate) {
        let before = self.fold;
        self.fold.miss(date);
        self.unseen = 0;
        if self.fold.current > 0 {
            // A freeze covers the missed day.
            return;
        }
        self.is_start_seen = true;
        let ended = self.current.take().map(|first| PastStreak { first, days: before.current, has_ended: true });
        match (before.broken.is_some(), self.fold.broken.is_some()) {
            (false, true) => self.broken = ended,
            (true, true) => self.since.extend(ended),
            (_, false) => self.found.extend(self.broken.take().into_iter().chain(self.since.drain(..)).chain(ended)),
        }
    }

    fn unseen(&mut self) {
        self.unseen += 1;
        if self.unseen > MAX_UNSEEN_DAYS {
            self.lose_sight();
        }
    }

    /// Adds the running and the broken streak as not ended: swf no longer sees whether they go on or are mended.
    fn lose_sight(&mut self) {
        let current = self.current.take().filter(|_| self.fold.broken.is_none());
        let current = current.map(|first| PastStreak { first, days: self.fold.current, has_ended: false });
        let broken = self.broken.take().map(|broken| PastStreak { has_ended: false, ..broken });
        self.found.extend(broken.into_iter().chain(current));
        self.since.clear();
        self.is_start_seen = false;
    }
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::accounting::streak::streak;

    const THRESHOLD: i64 = 1500;

    /// A active, M missed, - no call, U unwatched, P paused, B blind.
    fn days(letters: &str) -> Vec<Day> {
        let first: NaiveDate = "2026-01-01".parse().unwrap();
        let day = |(index, letter): (usize, char)| Day {
            date: first + Days::new(index as u64),
            seconds: if letter == 'A' { THRESHOLD } else { 0 },
            possible: if matches!(letter, 'A' | 'B') { THRESHOLD } else { 0 },
            had_call: letter != '-',
            is_unwatched: letter == 'U',
            is_paused: letter == 'P',
            is_final: true,
        };
        letters.chars().enumerate().map(day).collect()
    }

    /// Of each streak: its first day, counted from 0; its active days; whether it ended.
    fn found(letters: &str) -> Vec<(i64, u32, bool)> {
        let days = days(letters);
        let mut found: Vec<(i64, u32, bool)> = past_streaks(&days, THRESHOLD)
            .into_iter()
            .map(|one| ((one.first - days[0].date).num_days(), one.days, one.has_ended))
            .collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn streaks_end_go_on_and_are_mended() {
        assert_eq!(found("MAAAMMM"), [(1, 3, true)]);
        assert_eq!(found("MMMAAA"), [(3, 3, false)]);
        // The freeze of seven active days covers a missed day.
        assert_eq!(found("MAAAAAAAMAMMMM"), [(1, 8, true)]);
        // Two active days of the next three mend the streak; the missed day between them is forgiven.
        assert_eq!(found("MAAMAMAMMMM"), [(1, 4, true)]);
        assert_eq!(found("MAAMAMMMM"), [(1, 2, true), (4, 1, true)]);
        // It is not known yet whether the streak will be mended.
        assert_eq!(found("MAAMA"), [(1, 2, false)]);
        // A single active day is never mended.
        assert_eq!(found("MAMAMMM"), [(1, 1, true), (3, 1, true)]);
    }

    #[test]
    fn a_streak_whose_beginning_was_not_seen_is_left_out() {
        assert_eq!(found("AAAMMMA"), [(6, 1, false)]);
        assert_eq!(found("-AAAMMMM"), []);
        assert_eq!(found(""), []);
        for letter in ["U", "P", "B"] {
            let bridged = format!("MAAA{}AAMMMMM", letter.repeat(7));
            assert_eq!(found(&bridged), [(1, 5, true)], "{letter}");
            let lost = format!("MAAA{}AAMMMMMAM", letter.repeat(8));
            assert_eq!(found(&lost), [(1, 3, false), (19, 1, true)], "{letter}");
            let between = format!("MAAAMMMM{}AAMMMMM", letter.repeat(8));
            assert_eq!(found(&between), [(1, 3, true)], "{letter}");
        }
        // Days without a call hide nothing.
        assert_eq!(found(&format!("MAAA{}AAMMMMM", "-".repeat(30))), [(1, 5, true)]);
        // Days without a call do not end a run of unseen days.
        assert_eq!(found("MAAAUUUU--UUUUAAMMMMM"), [(1, 3, false)]);
    }

    /// The slow reference: it follows the result of `streak` from day to day. It needs days without a long unseen gap.
    fn slow(days: &[Day]) -> Vec<(NaiveDate, u32, bool)> {
        let at: Vec<_> = (1..=days.len()).map(|end| streak(&days[..end], THRESHOLD)).collect();
        let mut found = Vec::new();
        let mut index = 0;
        while index < days.len() {
            if at[index].current == 0 || index > 0 && at[index - 1].current > 0 {
                index += 1;
                continue;
            }
            // A streak begins here. It ends on the first day after which it is 0 and can't be mended.
            let (first, mut length, mut last, mut state) = (days[index].date, 0, index, None);
            for end in index..days.len() {
                let now = at[end];
                let is_mended = end > 0 && now.came_back.is_some() && now.came_back != at[end - 1].came_back;
                match state {
                    None if now.current > 0 => (length, last) = (now.current, end),
                    None if now.comeback.is_some() => state = Some(()),
                    None => {
                        last = end;
                        found.push((first, length, true));
                        break;
                    }
                    Some(()) if is_mended => {
                        state = None;
                        (length, last) = (now.current, end);
                    }
                    Some(()) if now.comeback.is_some() => {}
                    Some(()) => {
                        found.push((first, length, true));
                        break;
                    }
                }
            }
            if found.last().is_none_or(|(known, ..)| *known != first) {
                found.push((first, length, false));
                // All later days are parts of this streak, or may be.
                return found;
            }
            index = last + 1;
        }
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn streaks_are_those_that_each_day_shows(letters in "M([AAAM-]{0,40}|[AAAAAAAMU]{0,40}|[AM]{0,24})") {
            prop_assume!(!letters.contains("UUUUUUUU"));
            let days = days(&letters);
            let mut fast: Vec<_> = past_streaks(&days, THRESHOLD).into_iter().map(|one| (one.first, one.days, one.has_ended)).collect();
            fast.sort_unstable();
            let mut slow = slow(&days);
            slow.sort_unstable();
            prop_assert_eq!(fast, slow, "{}", letters);
        }
    }
}
