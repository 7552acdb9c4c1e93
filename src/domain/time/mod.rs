//! Instants, spans, time zones, the days, weeks and months in them, and how users ask for a date.

pub mod asked;
pub mod interval;
pub mod pause;
pub mod period;
pub mod zone;
