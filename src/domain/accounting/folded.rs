//! What is stored about a local day whose stays were folded into totals (rules §8.4). Boards, streaks, records and
//! receipts use it in addition to the stays; `folding` makes it.

use crate::domain::Instant;

/// What is stored about one person's local day in addition to its credited seconds. All numbers except `at` and `stays`
/// are seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folded {
    /// When the day was folded.
    pub at: Instant,
    /// How many stays began on that day.
    pub stays: i64,
    /// The longest of these stays, gaps not included: it decides who studied before (rules §4.12).
    pub longest_stay: i64,
    /// The part of the credited time that was proved, not observed.
    pub proved: i64,
    /// The part of the credited time that counts only because the organiser added it.
    pub added: i64,
    /// The time that would count if the organiser had not removed it.
    pub removed: i64,
    /// The credited time and the time that could have been credited unseen: it decides whether the day can break a
    /// streak.
    pub possible: i64,
    /// The longest session that ended on that day.
    pub session: i64,
    /// The longest session that ended on that day before `session`: the record of the day that `session` broke. 0 if
    /// there is none.
    pub session_before: i64,
}
