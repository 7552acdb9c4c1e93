//! Opens the store for commands. A missing store is not replaced by an empty one. A store of an older version is
//! upgraded before anything is written.

use std::time::Duration;

use crate::app::{backup, forgetting, groups};
use crate::domain::time::zone::Zone;
use crate::error::Result;
use crate::platform::lock::Lock;
use crate::platform::paths::Home;
use crate::store::{Access, Store, of_older_version};

/// How often to try to take the tracker's lock: another command may hold it for a moment, or upgrade the store.
const TRIES: u32 = 20;
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Opens the store for a command that reads. `zone` is for times in an error about the store.
pub fn open_to_read(home: &Home, zone: Zone) -> Result<Store> {
    backup::lost(home, zone).map_or(Ok(()), Err)?;
    Store::open(&home.store(), Access::Read).map_err(|error| backup::with_restore_hint(error, home, zone))
}

/// Opens an existing store for a command that writes. A store of an older version is upgraded first, under the tracker's
/// lock, because a tracker of that version could not use it afterwards. A caller that holds the lock opens the store with
/// [`Access::Upgrade`] instead.
pub fn open_for_writing(home: &Home) -> Result<Store> {
    backup::lost(home, Zone::UTC).map_or(Ok(()), Err)?;
    Store::check_exists(&home.store())?;
    open_or_create(home)
}

/// As [`open_for_writing`], and creates a missing store.
pub fn open_or_create(home: &Home) -> Result<Store> {
    backup::lost(home, Zone::UTC).map_or(Ok(()), Err)?;
    let mut store = open_newest(home).map_err(|error| backup::with_restore_hint(error, home, Zone::UTC))?;
    let now = groups::clock(home, store.groups()?.first()).now();
    if let Err(error) = forgetting::carry_out(home, &mut store, now) {
        // The tracker or the next command tries again.
        tracing::warn!("people who are due to be forgotten were not forgotten yet: {error}");
    }
    Ok(store)
}

fn open_newest(home: &Home) -> Result<Store> {
    let path = home.store();
    for _ in 0..TRIES {
        if !Store::needs_upgrade(&path)? {
            return Store::open(&path, Access::Write);
        }
        if let Some(_lock) = Lock::take(&home.lock())? {
            return Store::open(&path, Access::Upgrade);
        }
        std::thread::sleep(POLL_INTERVAL);
    }
    Err(of_older_version())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn a_store_of_an_older_version_waits_for_the_tracker_that_runs_on_it() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home(folder.path().to_owned());
        std::fs::create_dir_all(home.logs()).unwrap();
        let db = Connection::open(home.store()).unwrap();
        db.execute_batch(include_str!("../../tests/fixtures/store-1.sql")).unwrap();
        drop(db);
        let lock = Lock::take(&home.lock()).unwrap().unwrap();
        let error = open_for_writing(&home).unwrap_err();
        let words = "the store is of an older version and a tracker is running on it; restart the tracker";
        assert_eq!((error.kind.code(), error.message()), (75, words));
        assert!(Store::needs_upgrade(&home.store()).unwrap());
        drop(lock);
        open_for_writing(&home).unwrap();
        assert!(!Store::needs_upgrade(&home.store()).unwrap());
        // After the upgrade, a running tracker does not matter.
        let _lock = Lock::take(&home.lock()).unwrap().unwrap();
        open_for_writing(&home).unwrap();
    }
}
