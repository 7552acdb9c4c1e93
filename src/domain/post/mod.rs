//! What is posted, when, and how an attempt to send it ends.

pub mod compose;
pub mod delivery;
pub mod praise;
pub mod problem;
pub mod schedule;
