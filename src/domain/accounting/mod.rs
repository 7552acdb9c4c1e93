//! Stays become credited time, ranks and receipts.

pub mod carried;
pub mod leaderboard;
pub mod presence;
pub mod receipt;
pub mod totals;
pub mod unwatched;
