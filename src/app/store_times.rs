//! Whether a store has impossible times, and which copy to restore then (rules §3.16).

use crate::app::backup;
use crate::config::Home;
use crate::domain::Instant;
use crate::domain::time::zone::Zone;
use crate::error::{Error, Kind, Result};
use crate::platform::clock;
use crate::store::{Access, ImpossibleTime, Store};

/// How far a stored time may be ahead of Telegram's clock, in seconds. A command derives that clock from the system
/// clock, which may have been set since.
const MAX_AHEAD: i64 = 600;

/// A stored time that lies ahead of `now`, or outside of what a calendar can show.
pub fn find(store: &Store, now: Instant) -> Result<Option<ImpossibleTime>> {
    let latest = if clock::checks_dates() { now + MAX_AHEAD } else { Instant(i64::MAX) };
    store.impossible_time(latest)
}

/// The error about an impossible time, with the newest copy that has none.
pub fn error(time: &ImpossibleTime, home: &Home, zone: Zone, now: Instant) -> Error {
    let is_possible = |file: &std::path::Path| {
        let found = Store::open(file, Access::Read).and_then(|copy| find(&copy, now));
        found.is_ok_and(|time| time.is_none())
    };
    let error = Error::new(Kind::Damaged, format!("the store contains an impossible time: {time}"));
    let error = if time.is_ahead() {
        error.hint("If this computer's clock is wrong, correct it and try again.")
    } else {
        error
    };
    backup::restore_hint_where(error, home, zone, is_possible)
}

/// Fails if the store has an impossible time.
pub fn check(store: &Store, home: &Home, zone: Zone, now: Instant) -> Result<()> {
    find(store, now)?.map_or(Ok(()), |time| Err(error(&time, home, zone, now)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn the_copy_to_go_back_to_is_the_newest_without_such_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home(folder.path().to_owned());
        std::fs::create_dir_all(home.logs()).unwrap();
        let db = Connection::open(home.store()).unwrap();
        db.execute_batch(include_str!("../../tests/fixtures/store-1.sql")).unwrap();
        drop(db);
        let store = Store::open(&home.store(), Access::Upgrade).unwrap();
        let now = store.confirmed(store.groups().unwrap()[0].key).unwrap().unwrap();
        let good = backup::daily(&home, "2033-05-18".parse().unwrap()).unwrap().file;
        assert!(check(&store, &home, Zone::UTC, now).is_ok());
        drop(store);
        Connection::open(home.store()).unwrap().execute("UPDATE watches SET confirmed = confirmed + 7200", []).unwrap();
        let bad = backup::daily(&home, "2033-05-19".parse().unwrap()).unwrap().file;
        let store = Store::open(&home.store(), Access::Read).unwrap();
        let error = check(&store, &home, Zone::UTC, now).unwrap_err();
        let hints: Vec<String> = error.hints().iter().map(ToString::to_string).collect();
        let hints = hints.join("\n");
        assert!(error.message().contains("watches.confirmed is in the future"), "{error}");
        assert!(hints.contains(&format!("backup --restore '{}'", good.display())), "{hints}");
        assert!(!hints.contains(&bad.display().to_string()), "{hints}");
        // The time is no longer impossible once it has passed.
        assert!(check(&store, &home, Zone::UTC, now + 7200).is_ok());
    }
}
