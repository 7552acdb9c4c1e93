//! How long streaks last, by Kaplan and Meier: a streak that went on when it was last seen counts for as long as it was
//! seen.
//!
//! ```text
//! ended at 2      ├──┤×                at 2: 4 streaks, 1 ended:  3/4 go on
//! went on at 3    ├─────┤→             at 3: 3 streaks, none ended
//! ended at 5      ├───────────┤×       at 5: 2 streaks, 1 ended:  3/4 · 1/2 go on
//! went on at 9    ├─────────────────┤→
//! ```

/// Tolerance for rounding errors where shares are compared.
const EPSILON: f64 = 1e-9;

/// The lengths of streaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survival {
    /// How many streaks were last seen at each length, and how many of these ended.
    lengths: Vec<(usize, usize)>,
}

impl Survival {
    /// Adds a streak of `days` active days.
    pub fn add(&mut self, days: u32, has_ended: bool) {
        let index = days as usize;
        if self.lengths.len() <= index {
            self.lengths.resize(index + 1, (0, 0));
        }
        self.lengths[index].0 += 1;
        self.lengths[index].1 += usize::from(has_ended);
    }

    /// The share of streaks that goes on after each length, from 0 on.
    fn curve(&self) -> impl Iterator<Item = f64> + '_ {
        let mut at_risk: usize = self.lengths.iter().map(|(all, _)| all).sum();
        let mut share = 1.0;
        self.lengths.iter().map(move |(all, ended)| {
            if *ended > 0 {
                share *= 1.0 - *ended as f64 / at_risk as f64;
            }
            at_risk -= all;
            share
        })
    }

    /// The share of streaks that reaches `days` active days, from 0 to 1; `None` if no streak was seen for that long.
    pub fn reaching(&self, days: u32) -> Option<f64> {
        let days = days as usize;
        (days < self.lengths.len()).then(|| match days {
            0 => 1.0,
            _ => self.curve().nth(days - 1).unwrap_or(1.0),
        })
    }

    /// The length after which half of the streaks or fewer go on; `None` if more than half went on as long as they were
    /// seen.
    pub fn median(&self) -> Option<u32> {
        self.curve().position(|share| share <= 0.5 + EPSILON).map(|days| days as u32)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn survival(streaks: &[(u32, bool)]) -> Survival {
        let mut survival = Survival::default();
        streaks.iter().for_each(|(days, has_ended)| survival.add(*days, *has_ended));
        survival
    }

    /// The textbook: the product over all lengths at which a streak ended, up to `days`, of the share of those at risk
    /// that did not end. As a fraction, without rounding.
    fn product(streaks: &[(u32, bool)], days: u32) -> (u128, u128) {
        let mut ends: Vec<u32> = streaks.iter().filter(|(_, has_ended)| *has_ended).map(|(days, _)| *days).collect();
        ends.sort_unstable();
        ends.dedup();
        ends.into_iter().filter(|end| *end <= days).fold((1, 1), |(up, down), end| {
            let at_risk = streaks.iter().filter(|(days, _)| *days >= end).count() as u128;
            let ended = streaks.iter().filter(|one| **one == (end, true)).count() as u128;
            (up * (at_risk - ended), down * at_risk)
        })
    }

    #[test]
    fn the_picture_above() {
        let survival = survival(&[(2, true), (3, false), (5, true), (9, false)]);
        let close = |share: Option<f64>, expected: f64| share.is_some_and(|share| (share - expected).abs() < 1e-9);
        assert!(close(survival.reaching(2), 1.0) && close(survival.reaching(3), 0.75));
        assert!(close(survival.reaching(5), 0.75) && close(survival.reaching(6), 0.375));
        assert_eq!((survival.reaching(10), survival.median()), (None, Some(5)));
        assert_eq!((Survival::default().median(), Survival::default().reaching(1)), (None, None));
    }

    proptest! {
        #[test]
        fn the_curve_is_that_of_the_textbook(streaks in proptest::collection::vec((1..9u32, any::<bool>()), 0..12)) {
            let survival = survival(&streaks);
            let longest = streaks.iter().map(|(days, _)| *days).max();
            for days in 1..10 {
                let expected = longest.filter(|longest| *longest >= days).map(|_| product(&streaks, days - 1));
                match (survival.reaching(days), expected) {
                    (Some(share), Some((up, down))) => prop_assert!((share - up as f64 / down as f64).abs() < 1e-9),
                    (share, expected) => prop_assert_eq!(share.is_none(), expected.is_none()),
                }
            }
            let half = |days: &u32| { let (up, down) = product(&streaks, *days); 2 * up <= down };
            prop_assert_eq!(survival.median(), (1..10).find(half));
        }
    }
}
