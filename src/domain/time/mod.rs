//! Instants and spans; time zones, the start of days, and the days, weeks, months and years that follow; and how users
//! write dates and times.

pub mod asked;
pub mod asked_time;
pub mod day_start;
pub mod interval;
pub mod pause;
pub mod period;
pub mod zone;
