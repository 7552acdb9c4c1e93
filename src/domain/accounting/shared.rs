//! The streak that two people share (rules §10.5): the fold of [`streak`](super::streak) over the days of both.
//!
//! ```text
//! day          1  2  3  4  5  6
//! Ada          A  A  –  A  M  A       A active, M missed, – bridge
//! Bob          A  –  A  A  A  A
//! together     A  –  –  A  M  A
//! streak       1  1  1  2  0  1
//! ```

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::streak::{Day, Fold, Kind};

/// The kind of a day for two people: active if both were active, else a bridge if it is one for either. Only a day that
/// is final for both can be missed.
fn together(one: Kind, other: Kind) -> Kind {
    match (one, other) {
        (Kind::Active, Kind::Active) => Kind::Active,
        (Kind::Bridge, _) | (_, Kind::Bridge) => Kind::Bridge,
        (Kind::Open, _) | (_, Kind::Open) => Kind::Open,
        (Kind::Missed, _) | (_, Kind::Missed) => Kind::Missed,
    }
}

/// The shared streak at the end of the last of their days, which are in order. A date that only one of them has is left
/// out.
pub fn shared_streak(one: &[Day], other: &[Day], threshold: i64) -> u32 {
    let other: BTreeMap<NaiveDate, Kind> = other.iter().map(|day| (day.date, day.kind(threshold))).collect();
    let mut fold = Fold::default();
    for day in one {
        let Some(kind) = other.get(&day.date) else { continue };
        match together(day.kind(threshold), *kind) {
            Kind::Active => fold.add(day.date),
            Kind::Missed => fold.miss(day.date),
            Kind::Bridge | Kind::Open => {}
        }
    }
    fold.current
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::streak::tests::{THRESHOLD, days, letters, reference};
    use super::*;

    fn shared(one: &str, other: &str) -> u32 {
        shared_streak(&days(one), &days(other), THRESHOLD)
    }

    #[test]
    fn a_day_counts_if_both_were_active_and_breaks_if_it_is_known_that_one_was_not() {
        assert_eq!([shared("AAA", "AAA"), shared("AAA", "AAM"), shared("AAM", "AAM")], [3, 0, 0]);
        // Like a person's own streak, it has freezes and comebacks.
        assert_eq!([shared("AAAAAAAM", "AAAAAAAA"), shared("AAMAA", "AAAAA")], [7, 4]);
    }

    #[test]
    fn what_can_not_be_known_of_either_is_a_bridge_and_only_final_days_break() {
        for bridge in ["B", "N", "U", "P"] {
            for other in ["A", "M", "O", "B"] {
                let (one, other) = (format!("AA{bridge}A"), format!("AA{other}A"));
                assert_eq!([shared(&one, &other), shared(&other, &one)], [3, 3], "{one} {other}");
            }
        }
        assert_eq!([shared("AAO", "AAA"), shared("AAA", "AAO"), shared("AAM", "AAO")], [2, 2, 2]);
    }

    #[test]
    fn a_date_that_only_one_has_is_left_out() {
        assert_eq!(shared_streak(&days("AAAA"), &days("AAAA")[2..], THRESHOLD), 2);
        assert_eq!(shared("AAAA", ""), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

        /// The reference decides each day in another way, and computes the streak by looking ahead.
        #[test]
        fn a_shared_streak_is_what_looking_ahead_gives(one in letters(), other in letters()) {
            let mut decisive = Vec::new();
            for (number, both) in (0..).zip(one.chars().zip(other.chars())) {
                let both = [both.0, both.1];
                let is_known = both.iter().all(|letter| "AM".contains(*letter));
                if is_known {
                    decisive.push((number, both == ['A', 'A']));
                }
            }
            prop_assert_eq!(shared(&one, &other) as usize, reference::current(&decisive));
            prop_assert_eq!(shared(&one, &other), shared(&other, &one));
        }

        /// A pair of one person would have that person's streak.
        #[test]
        fn with_oneself_it_is_the_own_streak(letters in letters()) {
            let days = days(&letters);
            prop_assert_eq!(shared_streak(&days, &days, THRESHOLD), super::super::streak::streak(&days, THRESHOLD).current);
        }
    }
}
