//! Takes over the totals of the old tracker (rules §5.5): from a file elsewhere, or in place, if the old database is
//! where the store should be.
//!
//! ```text
//! study.db (old) ──copy──► study.db.old-tracker      kept for good, with the state file
//!        │ ──totals──► study.db.new ──renamed──► study.db
//! ```
//! Until the rename, the old file stays in its place. If a run is killed before, the next run starts over. The rename
//! is the last step.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::retention::refuse_folded;
use crate::config::{GroupSettings, Home};
use crate::domain::time::period::{first_instant, local_date};
use crate::domain::time::zone::Zone;
use crate::domain::{Instant, PeerId};
use crate::error::{Error, Result};
use crate::platform::{clock, fs};
use crate::store::{self, Access, GroupKey, OldTracker, Store};

/// What was taken over, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub file: PathBuf,
    /// The copy of the old database that is kept, if it was taken over in place.
    pub kept: Option<PathBuf>,
    pub days: usize,
    pub first: Option<NaiveDate>,
    pub last: Option<NaiveDate>,
    pub people: usize,
    pub seconds: i64,
    pub bad_rows: usize,
    /// Totals longer than their day: they count as the whole day.
    pub capped: usize,
    /// On a day with a total, stays before this instant are in the total already.
    pub until: Instant,
    /// Whether `until` comes from the state file; otherwise it is an estimate.
    pub until_known: bool,
    pub last_post_date: Option<NaiveDate>,
    pub anchor_date: Option<NaiveDate>,
    /// Whether the import changed the store.
    pub changed: bool,
}

/// What can be taken over from an old database. `until` is never after `now`: a store with a later time is refused
/// (rules §3.16).
pub fn look(zone: Zone, old: &OldTracker, now: Instant) -> Taken {
    let length = |day: NaiveDate| {
        let next = day.succ_opt().unwrap_or(day);
        (first_instant(zone, next) - first_instant(zone, day)).max(0)
    };
    let days: std::collections::BTreeSet<NaiveDate> = old.totals.keys().map(|(day, _)| *day).collect();
    let people: std::collections::BTreeSet<PeerId> = old.totals.keys().map(|(_, peer)| *peer).collect();
    let last = days.last().copied();
    // The old tracker can't have stopped before its last day with a total. If no better time is known, it stopped at
    // the end of that day. A day after today is one of a zone that is ahead, and says nothing.
    let latest = if clock::checks_dates() { now } else { Instant(i64::MAX) };
    let last_begun = days.iter().rev().find(|day| first_instant(zone, **day) <= latest);
    let since = last_begun.map(|last| first_instant(zone, *last));
    let is_possible = |at: &Instant| *at <= latest && since.is_none_or(|since| *at >= since);
    let end = last_begun.and_then(|last| last.succ_opt()).map(|next| first_instant(zone, next).min(latest));
    let seen = old.last_seen.filter(is_possible);
    let fallback = if last.is_some() { now } else { Instant(0) };
    let until = seen.or(old.modified.filter(is_possible)).or(end).unwrap_or(fallback);
    Taken {
        file: old.path.clone(),
        kept: None,
        days: days.len(),
        first: days.first().copied(),
        last,
        people: people.len(),
        seconds: old.totals.iter().map(|((day, _), seconds)| (*seconds).min(length(*day))).sum(),
        bad_rows: old.bad_rows,
        capped: old.totals.iter().filter(|((day, _), seconds)| **seconds > length(*day)).count(),
        until,
        until_known: seen.is_some(),
        // The old tracker can't have posted a future day.
        last_post_date: old.last_post_date.filter(|day| *day <= local_date(zone, until)),
        anchor_date: old.anchor_date,
        changed: false,
    }
}

/// Takes over an old database from elsewhere.
pub fn import(store: &mut Store, zone: Zone, group: GroupKey, old: &OldTracker, now: Instant) -> Result<Taken> {
    let taken = look(zone, old, now);
    if let Some(first) = taken.first {
        refuse_folded(store, group, first_instant(zone, first), &format!("the time from {first} on"))?;
    }
    let changed = store.import(group, old, taken.until, taken.until_known, taken.last_post_date)?;
    Ok(Taken { changed, ..taken })
}

/// Takes over an old database that is where the store should be; `None` if there is none. The caller holds the
/// tracker's lock.
pub fn in_place(home: &Home, settings: &GroupSettings, now: Instant) -> Result<Option<Taken>> {
    let path = home.store();
    if !store::is_old_tracker(&path) {
        return Ok(None);
    }
    // Read everything first, so that a damaged database is refused before anything changes.
    OldTracker::read(&path, settings.zone, now)?;
    store::check_unused(&path)?;
    let kept = keep_copy(home)?;
    let taken = build(home, settings, now)?;
    put_in_place(home, &kept)?;
    Ok(Some(Taken { kept: Some(kept), ..taken }))
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::failed(format!("{} can't be {what}: {error}", path.display()))
        .hint("The old tracker's database was left as it is. Check the disk and the permissions of the folder.")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy_atomic(from, to).map_err(|error| failed("copied", from, &error))
}

fn same(a: &Path, b: &Path) -> Result<bool> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| failed("read", path, &error));
    Ok(read(a)? == read(b)?)
}

/// Keeps a copy of the old database and its state file; a copy that is there already is never overwritten.
fn keep_copy(home: &Home) -> Result<PathBuf> {
    let path = home.store();
    let names = std::iter::once(".old-tracker".to_owned()).chain((2..).map(|n| format!(".old-tracker.{n}")));
    for kept in names.map(|name| store::beside(&path, &name)) {
        if kept.exists() {
            // This copy is from an interrupted attempt.
            if same(&path, &kept)? {
                return Ok(kept);
            }
            continue;
        }
        // The state file first, so that a copy never lacks it.
        if home.state().exists() {
            copy(&home.state(), &store::beside(&kept, ".state.json"))?;
        }
        copy(&path, &kept)?;
        return Ok(kept);
    }
    unreachable!("numbers do not end")
}

fn new_store(home: &Home) -> PathBuf {
    store::beside(&home.store(), ".new")
}

/// Makes the new store beside the old database, with all of its totals.
fn build(home: &Home, settings: &GroupSettings, now: Instant) -> Result<Taken> {
    let new = new_store(home);
    for file in ["", "-wal", "-shm", "-journal"].map(|suffix| store::beside(&new, suffix)) {
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed("removed", &file, &error));
            }
            _ => {}
        }
    }
    let old = OldTracker::read(&home.store(), settings.zone, now)?;
    let mut store = Store::open(&new, Access::Write)?;
    // The tracker will find out which group this is.
    let group = store.placeholder_group(None, settings.name.as_deref().unwrap_or_default())?;
    let taken = import(&mut store, settings.zone, group, &old, now)?;
    store.close_in_one_file()?;
    Ok(taken)
}

/// Puts the new store in the old database's place, if the old database has not changed since it was copied.
fn put_in_place(home: &Home, kept: &Path) -> Result<()> {
    let path = home.store();
    let log = ["-wal", "-journal"].iter().any(|suffix| store::beside(&path, suffix).exists());
    if log || !same(&path, kept)? {
        return Err(store::in_use(&path));
    }
    std::fs::rename(new_store(home), &path).map_err(|error| failed("replaced", &path, &error))?;
    let folder = fs::folder_of(&path);
    fs::sync_dir(folder).map_err(|error| failed("written", folder, &error))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::config::Config;

    /// On 2 May 2026.
    const NOW: Instant = Instant(1_777_703_000);

    /// A home with the old tracker's database in the store's place.
    fn old_home() -> (tempfile::TempDir, Config, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
        std::fs::create_dir_all(config.home().logs()).unwrap();
        let sql = "CREATE TABLE seconds_totals (d TEXT, user_id INTEGER, seconds INTEGER, PRIMARY KEY (d, user_id));
                   CREATE TABLE user_cache (user_id INTEGER PRIMARY KEY, display_name TEXT, username TEXT);
                   CREATE TABLE meta (k TEXT PRIMARY KEY, v TEXT);
                   INSERT INTO seconds_totals VALUES ('2026-05-01', 5, 3600), ('2026-05-02', 5, 60), ('2026-05-02', 6, 7);
                   INSERT INTO user_cache VALUES (5, 'Ada', 'ada');
                   INSERT INTO meta VALUES ('last_post_date', '2026-05-01');";
        Connection::open(config.home().store()).unwrap().execute_batch(sql).unwrap();
        std::fs::write(config.home().state(), r#"{"last_seen": 1777703000.5}"#).unwrap();
        let bytes = std::fs::read(config.home().store()).unwrap();
        (folder, config, bytes)
    }

    fn kept(config: &Config, suffix: &str) -> PathBuf {
        store::beside(&config.home().store(), suffix)
    }

    /// Checks that everything was taken over and the old file is kept.
    fn is_done(config: &Config, bytes: &[u8]) {
        let store = Store::open(&config.home().store(), Access::Read).unwrap();
        let group = store.groups().unwrap().remove(0).key;
        let (first, last) = store.carried_days(group).unwrap().unwrap();
        let carried = store.carried(group, first, last).unwrap();
        let seconds: Vec<(i64, i64)> = carried.iter().map(|(_, peer, seconds, _)| (peer.0, *seconds)).collect();
        assert_eq!(seconds, [(5, 3600), (5, 60), (6, 7)]);
        assert!(carried.iter().all(|(.., until)| *until == Instant(1_777_703_000)));
        assert_eq!(store.last_old_post(group).unwrap().unwrap().to_string(), "2026-05-01");
        assert_eq!(std::fs::read(kept(config, ".old-tracker")).unwrap(), bytes);
        assert!(kept(config, ".old-tracker.state.json").exists());
        assert!(!kept(config, ".old-tracker.2").exists());
        assert!(!kept(config, ".new").exists());
    }

    #[test]
    fn an_import_that_is_killed_starts_over_and_loses_nothing() {
        for steps in 0..=7 {
            let (_folder, config, bytes) = old_home();
            if steps >= 1 {
                store::check_unused(&config.home().store()).unwrap();
            }
            if steps >= 2 {
                // In the middle of the copy.
                copy(&config.home().state(), &kept(&config, ".old-tracker.state.json")).unwrap();
                std::fs::write(kept(&config, ".old-tracker.x7Kq2a.part"), &bytes[..100]).unwrap();
            }
            if steps >= 3 {
                keep_copy(config.home()).unwrap();
            }
            if steps >= 4 {
                // In the middle of the new store.
                drop(Store::open(&new_store(config.home()), Access::Write).unwrap());
                std::fs::write(store::beside(&new_store(config.home()), "-wal"), "half a log").unwrap();
            }
            if steps >= 5 {
                build(config.home(), config.group(), NOW).unwrap();
            }
            // Until the last step the old database is untouched.
            assert_eq!(std::fs::read(config.home().store()).unwrap(), bytes, "{steps}");
            if steps >= 6 {
                put_in_place(config.home(), &kept(&config, ".old-tracker")).unwrap();
            }
            if steps >= 7 {
                drop(Store::open(&config.home().store(), Access::Write).unwrap());
            }
            assert_eq!(in_place(config.home(), config.group(), NOW).unwrap().is_none(), steps >= 6, "{steps}");
            is_done(&config, &bytes);
            assert_eq!(in_place(config.home(), config.group(), NOW).unwrap(), None);
        }
    }

    /// The tracker refuses a store with a time that lies ahead.
    #[test]
    fn the_old_tracker_never_stopped_later_than_now() {
        let until = |rows: &str, state: Option<&str>, modified: Instant| {
            let (_folder, config, _) = old_home();
            Connection::open(config.home().store()).unwrap().execute_batch(rows).unwrap();
            match state {
                Some(state) => std::fs::write(config.home().state(), format!(r#"{{"last_seen": {state}}}"#)).unwrap(),
                None => std::fs::remove_file(config.home().state()).unwrap(),
            }
            let file = std::fs::File::options().append(true).open(config.home().store()).unwrap();
            let modified = std::time::UNIX_EPOCH + std::time::Duration::from_secs(modified.0 as u64);
            file.set_modified(modified).unwrap();
            let taken = in_place(config.home(), config.group(), NOW).unwrap().unwrap();
            let store = Store::open(&config.home().store(), Access::Read).unwrap();
            assert_eq!(store.impossible_time(NOW).unwrap(), None);
            (taken.until - NOW, taken.until_known)
        };
        let tomorrow = "INSERT INTO seconds_totals VALUES ('2026-05-03', 5, 100)";
        assert_eq!(until("", Some("1777702990"), NOW), (-10, true));
        assert_eq!(until(tomorrow, Some("1777702990"), NOW), (-10, true), "a zone that is ahead");
        assert_eq!(until(tomorrow, None, NOW - 20), (-20, false));
        for ahead in ["1777706600", "4000000000", "1e10"] {
            assert_eq!(until("", Some(ahead), NOW - 20), (-20, false), "{ahead}");
            assert_eq!(until(tomorrow, Some(ahead), NOW + 3600), (0, false), "{ahead}");
        }
        assert_eq!(until("", None, NOW + 3600), (0, false));
        assert_eq!(until("DELETE FROM seconds_totals", None, NOW + 3600), (-NOW.0, false));
    }

    #[test]
    fn a_kept_copy_is_never_overwritten() {
        let (_folder, config, bytes) = old_home();
        std::fs::write(kept(&config, ".old-tracker"), "an earlier one").unwrap();
        let taken = in_place(config.home(), config.group(), NOW).unwrap().unwrap();
        assert_eq!(taken.kept, Some(kept(&config, ".old-tracker.2")));
        assert_eq!(std::fs::read(kept(&config, ".old-tracker")).unwrap(), b"an earlier one");
        assert_eq!(std::fs::read(kept(&config, ".old-tracker.2")).unwrap(), bytes);
    }

    #[test]
    fn a_log_beside_the_old_database_is_taken_too_and_an_open_one_is_refused() {
        let (_folder, config, _) = old_home();
        let user = Connection::open(config.home().store()).unwrap();
        user.pragma_update(None, "journal_mode", "WAL").unwrap();
        user.execute("UPDATE seconds_totals SET seconds = 61 WHERE seconds = 60", []).unwrap();
        assert_eq!(in_place(config.home(), config.group(), NOW).unwrap_err().kind.code(), 75);
        assert!(!kept(&config, ".old-tracker").exists());
        // Killed: the log stays behind.
        let log = kept(&config, "-wal");
        let (bytes, wal) = (std::fs::read(config.home().store()).unwrap(), std::fs::read(&log).unwrap());
        drop(user);
        std::fs::write(config.home().store(), bytes).unwrap();
        std::fs::write(&log, wal).unwrap();
        assert_eq!(in_place(config.home(), config.group(), NOW).unwrap().unwrap().seconds, 3600 + 61 + 7);
        assert!(!log.exists());
        Store::open(&config.home().store(), Access::Write).unwrap();
    }

    #[test]
    fn what_changed_since_it_was_copied_is_in_use() {
        let (_folder, config, _) = old_home();
        let kept = keep_copy(config.home()).unwrap();
        build(config.home(), config.group(), NOW).unwrap();
        let user = Connection::open(config.home().store()).unwrap();
        user.execute("UPDATE seconds_totals SET seconds = 61 WHERE seconds = 60", []).unwrap();
        assert_eq!(put_in_place(config.home(), &kept).unwrap_err().kind.code(), 75);
        assert!(store::is_old_tracker(&config.home().store()));
    }
}
