use crate::config::{Config, GroupSettings};
use crate::domain::Instant;
use crate::error::Result;
use chrono::NaiveDate;
pub fn begin(_: &Config, _: &GroupSettings, _: Option<NaiveDate>, _: Instant) -> Result<()> { Ok(()) }
pub fn end(_: &Config, _: &GroupSettings, _: Instant) -> Result<()> { Ok(()) }
