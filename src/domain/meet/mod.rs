//! Appointments: the hours at which a group studies together, who means to come, and who came (rules §10).
//!
//! ```text
//! slot                    19:00
//! window       18:50 ├──────┼──────────────┤ 20:00
//! Ada                 ├──────────┤                    came: at least ten minutes of the window are credited
//! Bob                ├─ blind ─┤                      unknown: nobody saw the call
//! ```
//! [`slots`]: the hours; [`attendance`](crate::domain::accounting::attendance): who came; [`reminder`]: when somebody
//! is reminded; [`pairs`]: who shares a streak.

pub mod pairs;
pub mod reminder;
pub mod slots;

use chrono::NaiveTime;

use crate::domain::{Instant, Span};

/// How many seconds before a slot its window begins; it ends [`WINDOW_AFTER`] seconds after the slot begins.
pub const WINDOW_BEFORE: i64 = 600;
pub const WINDOW_AFTER: i64 = 3600;
/// The least number of people with a verdict that a count is about: a smaller one would show what one person did.
pub const MIN_COUNTED: usize = 2;

/// The window of a slot that begins at `starts` (rules §10.2).
pub fn window(starts: Instant) -> Span {
    Span::new(starts - WINDOW_BEFORE, starts + WINDOW_AFTER)
}

/// Whether the window of a slot is over at `now`.
pub fn is_over(starts: Instant, now: Instant) -> bool {
    window(starts).to <= now
}

/// Whether somebody came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Came,
    DidNotCome,
    /// It can't be known: the call was not seen, or the window is not over.
    Unknown,
}

/// How many of the people who meant to come came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    pub came: usize,
    pub of: usize,
}

impl Kept {
    /// Counts verdicts. [`Verdict::Unknown`] is in neither number. `None` if fewer than [`MIN_COUNTED`] are counted.
    pub fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Option<Kept> {
        let mut kept = Kept { came: 0, of: 0 };
        for verdict in verdicts {
            match verdict {
                Verdict::Came => (kept.came, kept.of) = (kept.came + 1, kept.of + 1),
                Verdict::DidNotCome => kept.of += 1,
                Verdict::Unknown => {}
            }
        }
        (kept.of >= MIN_COUNTED).then_some(kept)
    }
}

/// A slot that is over, as a post shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptSlot {
    /// The slot was on the day before the post's day.
    pub is_day_before: bool,
    /// The local time at which the slot began.
    pub time: NaiveTime,
    pub kept: Kept,
}

/// How a daily post asks who comes to the next day's slots (rules §10.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Invitation {
    /// Nobody could answer.
    #[default]
    No,
    /// A button for each slot.
    Buttons,
    /// A line that says what to write to the bot.
    Line,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_no_verdict_is_in_neither_number() {
        use Verdict::{Came, DidNotCome, Unknown};
        let kept = |verdicts: &[Verdict]| Kept::of(verdicts.iter().copied()).map(|kept| (kept.came, kept.of));
        assert_eq!(kept(&[Came, Unknown, DidNotCome, Came]), Some((2, 3)));
        assert_eq!(kept(&[DidNotCome, DidNotCome]), Some((0, 2)));
        for few in [&[][..], &[Came], &[Came, Unknown], &[Unknown, Unknown, DidNotCome]] {
            assert_eq!(kept(few), None, "{few:?}");
        }
    }
}
