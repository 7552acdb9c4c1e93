//! Instants, spans, and the days, weeks and months of a time zone.

pub mod interval;
pub mod period;
pub mod zone;
