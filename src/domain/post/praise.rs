//! Which lines of praise and which quote a post has.
//!
//! Days are grouped into runs of as many days as there are lines. A run shows every line once, in a random order:
//!
//! ```text
//! days    ├── run 0 ──┤├── run 1 ──┤├── run 2 ──┤
//! lines     2  0  3  1   3  1  2  0   1  3  0  2
//! ```
//!
//! Each person has an order of their own. If another person on the board has a person's line already, the person gets
//! the next free line of their own order. The choice depends only on the day and the people of the board, so a post
//! that is written again has the same lines.

use chrono::{Datelike, NaiveDate};

use crate::domain::PeerId;

/// The praise for each of `people`, in the order of the board of `day`. No line comes twice if there are enough lines.
/// If possible, a person's line differs from their lines of the day before and the day after. Empty if there are no
/// lines.
pub fn praise<T: AsRef<str>>(lines: &[T], day: NaiveDate, people: impl IntoIterator<Item = PeerId>) -> Vec<&str> {
    let mut given: Vec<&str> = Vec::new();
    for person in people {
        let Some(own) = pick(lines, day, person.0) else { return given };
        let beside = [day.pred_opt(), day.succ_opt()].map(|day| day.and_then(|day| pick(lines, day, person.0)));
        // So many days contain a whole run, which has every line.
        let later = || day.iter_days().take(2 * lines.len()).filter_map(|day| pick(lines, day, person.0));
        let free = |line: &&str| !given.contains(line);
        let other = || later().filter(free).find(|line| !beside.contains(&Some(line))).or_else(|| later().find(free));
        given.push(Some(own).filter(free).or_else(other).unwrap_or(own));
    }
    given
}

/// The quote of `day`. If there are at least two quotes, it differs from that of the day before.
pub fn quote<T: AsRef<str>>(lines: &[T], day: NaiveDate) -> Option<&str> {
    // No account has the id 0.
    pick(lines, day, 0)
}

/// The sentence that replaces the rows of an empty board on `day`. If there are at least two sentences, it differs from
/// that of the day before.
pub fn empty_sentence<'a>(sentences: &[&'a str], day: NaiveDate) -> &'a str {
    const OWNER: i64 = -1;
    place_of(sentences.len(), day, OWNER).map_or("", |place| sentences[place])
}

/// The line of `day` in the order that belongs to the id `owner`.
fn pick<T: AsRef<str>>(lines: &[T], day: NaiveDate, owner: i64) -> Option<&str> {
    place_of(lines.len(), day, owner).map(|place| lines[place].as_ref())
}

/// The index of the line of `day`, from 0 to `count` − 1; `None` if there are no lines.
fn place_of(count: usize, day: NaiveDate, owner: i64) -> Option<usize> {
    let days = i64::try_from(count).ok().filter(|count| *count > 0)?;
    let day = i64::from(day.num_days_from_ce());
    let (run, place) = (day.div_euclid(days), day.rem_euclid(days) as usize);
    // Two lines can only alternate.
    let run = if count == 2 { 0 } else { run };
    let mut order = shuffled(count, owner, run);
    // The swap does not move the last line, so the end of a run does not depend on earlier runs.
    if count > 2 && order.first() == shuffled(count, owner, run - 1).last() {
        order.swap(0, 1);
    }
    Some(order[place])
}

/// 0 to `count` − 1 in an order that depends only on `owner` and `run`.
pub(super) fn shuffled(count: usize, owner: i64, run: i64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state = mixed(mixed(owner as u64) ^ run as u64);
    for last in (1..count).rev() {
        state = mixed(state);
        order.swap(last, (state % (last as u64 + 1)) as usize);
    }
    order
}

/// SplitMix64, a small fixed hash. It decides which line is shown on which day, so it must never change.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn lines(count: usize) -> Vec<String> {
        (0..count).map(|n| n.to_string()).collect()
    }

    fn alone(lines: &[String], day: NaiveDate, person: i64) -> &str {
        praise(lines, day, [PeerId(person)])[0]
    }

    fn days(from: u64) -> impl Iterator<Item = NaiveDate> {
        NaiveDate::default().checked_add_days(chrono::Days::new(from)).unwrap().iter_days()
    }

    #[test]
    fn without_lines_there_is_no_praise() {
        let day = NaiveDate::default();
        assert_eq!((praise(&lines(0), day, [PeerId(1)]), quote(&lines(0), day)), (vec![], None));
        assert_eq!(quote(&lines(1), day), Some("0"));
    }

    /// After a change, a post that is written again would have other lines.
    #[test]
    fn the_choice_is_fixed() {
        let lines = lines(7);
        let week = |person| -> String { days(20_000).take(14).map(|day| alone(&lines, day, person)).collect() };
        insta::assert_snapshot!([1, 2, 5_000_000_000].map(week).join("\n"), @r#"
        51603241561425
        52624103530245
        15654321031652
        "#);
    }

    #[test]
    fn an_empty_board_never_has_the_sentence_of_the_day_before() {
        let sentences = ["a", "b", "c", "d", "e"];
        let shown: Vec<&str> = days(20_000).take(400).map(|day| empty_sentence(&sentences, day)).collect();
        assert!(shown.windows(2).all(|two| two[0] != two[1]), "{shown:?}");
        assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), sentences.len());
        assert_eq!(empty_sentence(&[], NaiveDate::default()), "");
    }

    #[test]
    fn somebody_who_is_praised_once_a_week_gets_every_line() {
        for count in 1..60 {
            let lines = lines(count);
            let shown: BTreeSet<_> = days(0).step_by(7).take(count * 20).map(|day| alone(&lines, day, 7)).collect();
            assert_eq!(shown.len(), count);
        }
    }

    proptest! {
        #[test]
        fn no_line_twice_in_a_row_and_every_line_within_two_runs(count in 2..40usize, person: i64, from in 0..40_000u64) {
            let lines = lines(count);
            let shown: Vec<&str> =
                days(from).take(2 * count - 1).map(|day| alone(&lines, day, person)).collect();
            prop_assert!(shown.windows(2).all(|two| two[0] != two[1]), "{shown:?}");
            prop_assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), count);
            let again = days(from).take(2 * count - 1).map(|day| alone(&lines, day, person));
            prop_assert!(again.eq(shown));
        }

        #[test]
        fn no_line_twice_on_one_board(count in 1..20usize, people: [i64; 3], from in 0..40_000u64) {
            let (lines, people) = (lines(count), people.map(PeerId));
            let boards: Vec<Vec<&str>> = days(from).take(2).map(|day| praise(&lines, day, people)).collect();
            for board in &boards {
                prop_assert_eq!(board.len(), 3);
                prop_assert_eq!(board.iter().collect::<BTreeSet<_>>().len(), count.min(3), "{:?}", board);
                prop_assert_eq!(praise(&lines, days(from).next().unwrap(), people), boards[0].clone());
            }
            // The first person gets the first choice.
            prop_assert_eq!(boards[0][0], alone(&lines, days(from).next().unwrap(), people[0].0));
        }
    }
}
