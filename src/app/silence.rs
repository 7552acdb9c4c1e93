//! Signs of life (rules §2.25): what is done with them beside the tracker's observations.

use crate::config::Config;
use crate::domain::Instant;
use crate::error::Result;
use crate::store::{Access, Store};

/// Deletes signs that are too old. For a tracker: what fails is logged, and tried again with the next look.
pub fn tidy(config: &Config, now: Instant) {
    let path = config.home().store();
    let work = || -> Result<()> {
        if Store::open(&path, Access::Read)?.has_old_signs(now)? {
            Store::open(&path, Access::Write)?.delete_old_signs(now)?;
        }
        Ok(())
    };
    if let Err(error) = work() {
        tracing::error!("old signs of life are not deleted yet: {error}");
    }
}
