//! Stays become credited time, ranks and receipts; a person's days become streaks, records and progress.

pub mod attendance;
pub mod carried;
pub mod corrections;
pub mod days;
pub mod folded;
pub mod folding;
pub mod goals;
pub mod leaderboard;
pub mod past_streaks;
pub mod presence;
pub mod ranking;
pub mod receipt;
pub mod records;
pub mod rounds;
pub mod shared;
pub mod silence;
pub mod streak;
pub mod totals;
pub mod unwatched;
