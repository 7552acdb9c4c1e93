//! Instants, spans, time zones, and the days, weeks and months in them.

pub mod interval;
pub mod period;
pub mod zone;
