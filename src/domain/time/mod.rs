//! Instants, spans, time zones, when days begin, the days, weeks, months and years in them, and how users ask for a date.

pub mod asked;
pub mod asked_time;
pub mod day_start;
pub mod interval;
pub mod pause;
pub mod period;
pub mod zone;
