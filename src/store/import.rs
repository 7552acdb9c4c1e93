//! The old tracker's database: recognised, read without changing it, and its totals stored as carried time (rules §5).

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use chrono::NaiveDate;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::{GroupKey, Store};
use crate::domain::{Instant, PeerId};
use crate::error::{Error, Result};

/// How long to wait for another program that writes to the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// The state file, which says when the old tracker last ran.
const STATE_FILE: &str = "tracker_state.json";

/// The contents of an old database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OldTracker {
    pub path: PathBuf,
    /// Seconds of an account on a local day; all are positive.
    pub totals: BTreeMap<(NaiveDate, PeerId), i64>,
    /// Name and username.
    pub people: BTreeMap<PeerId, (String, Option<String>)>,
    pub last_post_date: Option<NaiveDate>,
    pub anchor_date: Option<NaiveDate>,
    pub group_key: Option<String>,
    /// When the old tracker last ran, by its state file.
    pub last_seen: Option<Instant>,
    /// When the database was last written.
    pub modified: Option<Instant>,
    /// The number of rows with an invalid date, account or number of seconds.
    pub bad_rows: usize,
}

/// The result of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    New,
    /// The same totals were imported before.
    Already,
}

/// Whether `path` is an old tracker's database, by its tables. False for an unreadable file.
pub fn is_old_tracker(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.len() > 0)
        && connect(path).is_ok_and(|db| has_old_tables(&db).unwrap_or(false))
}

pub(super) fn has_old_tables(db: &Connection) -> rusqlite::Result<bool> {
    let columns = |table: &str| -> rusqlite::Result<BTreeSet<String>> {
        let mut statement = db.prepare("SELECT lower(name) FROM pragma_table_info(?1)")?;
        let names = statement.query_map([table], |row| row.get(0))?;
        names.collect()
    };
    let has = |table: &str, required: &[&str]| {
        columns(table).map(|columns| required.iter().all(|column| columns.contains(*column)))
    };
    Ok(has("seconds_totals", &["d", "user_id", "seconds"])?
        && (has("user_cache", &["user_id", "display_name", "username"])? || has("meta", &["k", "v"])?))
}

/// Opens the file read-only, without creating any file: a database in WAL mode that no program has open gets no log.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let mut header = [0_u8; 20];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = if read.is_ok() && header[18] == 2 && !beside(path, "-wal").exists() {
        let name: String = path.to_string_lossy().chars().fold(String::new(), |name, c| match c {
            '%' => name + "%25",
            '?' => name + "%3f",
            '#' => name + "%23",
            '\\' if cfg!(windows) => name + "/",
            c => name + c.encode_utf8(&mut [0; 4]),
        });
        let slash = if name.starts_with('/') { "" } else { "/" };
        Connection::open_with_flags(format!("file:{slash}{name}?immutable=1"), flags | OpenFlags::SQLITE_OPEN_URI)?
    } else {
        Connection::open_with_flags(path, flags)?
    };
    db.busy_timeout(BUSY_TIMEOUT)?;
    Ok(db)
}

/// The path with a suffix after its name.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Where the state file of a database may be: beside a copy, in its folder, or in the folder above.
pub fn state_of(path: &Path) -> Vec<PathBuf> {
    let folder = path.parent();
    let around = [folder, folder.and_then(Path::parent)].into_iter().flatten().map(|folder| folder.join(STATE_FILE));
    std::iter::once(beside(path, ".state.json")).chain(around).collect()
}

fn read_error(path: &Path, error: rusqlite::Error) -> Error {
    let explained = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => in_use(path),
        Some(ErrorCode::NotADatabase) => foreign(path),
        _ => damaged(path, &error.to_string()),
    };
    explained.caused_by(error)
}

/// The error for an old database that another program has open.
pub fn in_use(path: &Path) -> Error {
    Error::temporary(format!("{} is in use by another program; it was left as it is", path.display()))
        .hint("Stop the old tracker, then try again.")
}

fn foreign(path: &Path) -> Error {
    Error::config(format!("{} is not a database of the old tracker; it was left as it is", path.display()))
        .hint("Name its study.db, which has the tables seconds_totals, user_cache and meta.")
}

fn damaged(path: &Path, what: &str) -> Error {
    Error::failed(format!("{} is damaged, or can't be read: {what}; it was left as it is", path.display())).hint(
        "Use an intact copy from a backup, or recover what is readable: sqlite3 study.db .recover | sqlite3 new.db",
    )
}

impl OldTracker {
    /// Reads a database of the old tracker and changes nothing.
    pub fn read(path: &Path) -> Result<OldTracker> {
        let name_it =
            |error: Error| error.command("Name the old tracker's study.db, e.g.", "swf import ../old/var/study.db");
        if path.is_dir() {
            return Err(name_it(Error::usage(format!("{} is a folder", path.display()))));
        }
        std::fs::File::open(path).map_err(|error| name_it(Error::file(path, "read", &error)))?;
        let db = connect(path).map_err(|error| read_error(path, error))?;
        if !has_old_tables(&db).map_err(|error| read_error(path, error))? {
            return Err(foreign(path));
        }
        let check: String =
            db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|error| read_error(path, error))?;
        if check != "ok" {
            return Err(damaged(path, &check));
        }
        let mut old = OldTracker { path: path.to_owned(), ..OldTracker::default() };
        old.fill(&db).map_err(|error| read_error(path, error))?;
        old.last_seen = state_of(path).iter().find_map(|state| last_seen(state));
        let times =
            [path.to_owned(), beside(path, "-wal")].map(|file| file.metadata().and_then(|file| file.modified()));
        let times = times.into_iter().flatten().filter_map(|time| time.duration_since(UNIX_EPOCH).ok());
        old.modified = times.max().map(|time| Instant(time.as_secs() as i64));
        Ok(old)
    }

    fn fill(&mut self, db: &Connection) -> rusqlite::Result<()> {
        // One transaction: one snapshot, even if another program writes to the file.
        db.execute_batch("BEGIN")?;
        let mut statement = db.prepare("SELECT d, user_id, seconds FROM seconds_totals")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let day = row.get_ref(0)?.as_str().ok().and_then(date);
            let peer = row.get_ref(1)?.as_i64().ok().filter(|peer| *peer != 0);
            let seconds = match row.get_ref(2)? {
                ValueRef::Integer(seconds) => Some(seconds),
                ValueRef::Real(seconds) if seconds.is_finite() => Some(seconds as i64),
                _ => None,
            };
            match (day, peer, seconds.filter(|seconds| *seconds >= 0)) {
                (Some(_), Some(_), Some(0)) => {}
                (Some(day), Some(peer), Some(seconds)) => {
                    let total = self.totals.entry((day, PeerId(peer))).or_default();
                    *total = total.saturating_add(seconds);
                }
                _ => self.bad_rows += 1,
            }
        }
        let exists = |table: &str| -> rusqlite::Result<bool> {
            db.query_row("SELECT count(*) FROM sqlite_schema WHERE name = ?1", [table], |row| row.get(0))
        };
        if exists("user_cache")? {
            let mut statement = db.prepare("SELECT user_id, display_name, username FROM user_cache")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let Ok(peer) = row.get_ref(0)?.as_i64() else { continue };
                let text = |column| -> rusqlite::Result<String> {
                    Ok(row.get_ref(column)?.as_str().unwrap_or_default().trim().to_owned())
                };
                let (name, username) = (text(1)?, text(2)?);
                let username = username.trim_start_matches('@').to_owned();
                self.people.insert(PeerId(peer), (name, Some(username).filter(|name| !name.is_empty())));
            }
        }
        if exists("meta")? {
            let value = |key: &str| -> rusqlite::Result<Option<String>> {
                let sql = "SELECT cast(v AS TEXT) FROM meta WHERE k = ?1";
                Ok(db.query_row(sql, [key], |row| row.get(0)).optional()?.flatten())
            };
            self.last_post_date = value("last_post_date")?.as_deref().and_then(date);
            self.anchor_date = value("anchor_date")?.as_deref().and_then(date);
            self.group_key = value("group_key")?;
        }
        Ok(())
    }

    /// The group's marked id, if the old tracker stored it.
    pub fn group(&self) -> Option<PeerId> {
        self.group_key.as_deref()?.trim().parse().ok().filter(|id| *id < 0).map(PeerId)
    }

    /// The first and the last day with a total.
    pub fn days(&self) -> Option<(NaiveDate, NaiveDate)> {
        Some((self.totals.first_key_value()?.0.0, self.totals.last_key_value()?.0.0))
    }

    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for ((day, peer), seconds) in &self.totals {
            hash.update(format!("{day} {peer} {seconds}\n"));
        }
        hash.update(format!("{:?}", self.last_post_date));
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Only the form `2026-11-22`.
fn date(text: &str) -> Option<NaiveDate> {
    let date: NaiveDate = text.trim().parse().ok()?;
    (date.to_string() == text.trim()).then_some(date)
}

/// The instant in the old tracker's state file. `None` for a state file of swf, which names a process.
fn last_seen(path: &Path) -> Option<Instant> {
    let state: serde_json::Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    if state.get("pid").is_some() {
        return None;
    }
    let seconds = state.get("last_seen")?.as_f64()?;
    (seconds > 0.0 && seconds < 1e11).then_some(Instant(seconds as i64))
}

impl Store {
    /// Stores an old database's totals. If several databases have a day, the one that ran last wins.
    pub fn import(
        &mut self,
        group: GroupKey,
        old: &OldTracker,
        until: Instant,
        last_post_date: Option<NaiveDate>,
    ) -> Result<Imported> {
        let (digest, path) = (old.digest(), old.path.to_string_lossy().into_owned());
        self.write(|db| {
            let known = "SELECT id FROM old_trackers WHERE grp = ?1 AND digest = ?2";
            let known = db.query_row(known, params![group.0, digest], |row| row.get::<_, i64>(0)).optional()?;
            if let Some(known) = known {
                // The state file may have been missing at the first import.
                if old.last_seen.is_some() {
                    db.execute("UPDATE old_trackers SET until = ?2 WHERE id = ?1", params![known, until.0])?;
                }
                return Ok(Imported::Already);
            }
            db.execute(
                "INSERT INTO old_trackers (grp, path, digest, until, last_post_date) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![group.0, path, digest, until.0, last_post_date.map(|day| day.to_string())],
            )?;
            let source = db.last_insert_rowid();
            db.execute(
                "DELETE FROM carried WHERE grp = ?1 AND source IN \
                 (SELECT id FROM old_trackers WHERE grp = ?1 AND path = ?2 AND until <= ?3)",
                params![group.0, path, until.0],
            )?;
            let newer = "SELECT 1 FROM carried JOIN old_trackers ON id = source \
                         WHERE carried.grp = ?1 AND day = ?2 AND until > ?3";
            let days: BTreeSet<String> = old.totals.keys().map(|(day, _)| day.to_string()).collect();
            let mut taken = BTreeSet::new();
            for day in days {
                if !db.prepare_cached(newer)?.exists(params![group.0, day, until.0])? {
                    db.execute("DELETE FROM carried WHERE grp = ?1 AND day = ?2", params![group.0, day])?;
                    taken.insert(day);
                }
            }
            for ((day, peer), seconds) in &old.totals {
                let day = day.to_string();
                if taken.contains(&day) {
                    let insert = "INSERT INTO carried (grp, day, peer, seconds, source) VALUES (?1, ?2, ?3, ?4, ?5)";
                    db.prepare_cached(insert)?.execute(params![group.0, day, peer.0, seconds, source])?;
                }
                let (name, username) = old.people.get(peer).cloned().unwrap_or_default();
                db.prepare_cached(
                    "INSERT INTO people (grp, peer, username, name, bot, deleted, seen) VALUES (?1, ?2, ?3, ?4, 0, 0, 0) \
                     ON CONFLICT (grp, peer) DO UPDATE SET name = excluded.name, username = excluded.username \
                     WHERE seen = 0 AND excluded.name <> ''",
                )?
                .execute(params![group.0, peer.0, username, name])?;
            }
            Ok(Imported::New)
        })
    }

    /// Carried totals of the days from `first` to `last`: day, account, seconds, and when the old tracker last ran.
    pub fn carried(
        &self,
        group: GroupKey,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<(NaiveDate, PeerId, i64, Instant)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT day, peer, seconds, until FROM carried JOIN old_trackers ON id = source \
             WHERE carried.grp = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day, peer",
        )?;
        let mut rows = statement.query(params![group.0, first.to_string(), last.to_string()])?;
        let mut carried = Vec::new();
        while let Some(row) = rows.next()? {
            if let Some(day) = date(&row.get::<_, String>(0)?) {
                carried.push((day, PeerId(row.get(1)?), row.get(2)?, Instant(row.get(3)?)));
            }
        }
        Ok(carried)
    }

    /// The first and the last day with a carried total.
    pub fn carried_days(&self, group: GroupKey) -> Result<Option<(NaiveDate, NaiveDate)>> {
        let sql = "SELECT min(day), max(day) FROM carried WHERE grp = ?1";
        let ends = self.db.query_row(sql, [group.0], |row| {
            Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<String>>(1)?))
        })?;
        Ok(ends.0.as_deref().and_then(date).zip(ends.1.as_deref().and_then(date)))
    }

    /// The last day that the old tracker posted.
    pub fn last_old_post(&self, group: GroupKey) -> Result<Option<NaiveDate>> {
        let sql = "SELECT max(last_post_date) FROM old_trackers WHERE grp = ?1";
        let day = self.db.query_row(sql, [group.0], |row| row.get::<_, Option<String>>(0))?;
        Ok(day.as_deref().and_then(date))
    }

    /// Creates a group that only the old tracker knows. Without an id it becomes the group that is tracked first.
    pub fn placeholder_group(&mut self, peer: Option<PeerId>, title: &str) -> Result<GroupKey> {
        self.write(|db| {
            let peer = peer.unwrap_or(super::people::PLACEHOLDER).0;
            db.execute("INSERT OR IGNORE INTO groups (peer, title) VALUES (?1, ?2)", params![peer, title])?;
            db.query_row("SELECT id FROM groups WHERE peer = ?1", [peer], |row| row.get(0).map(GroupKey))
        })
    }

    /// Closes the store; all data is then in one file, without a log.
    pub fn close_in_one_file(self) -> Result<()> {
        let mode: String = self.db.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
        if mode != "delete" {
            return Err(Error::failed("the new store can't be closed"));
        }
        self.db.close().map_err(|(_, error)| Error::from(error))
    }
}

/// Checks that no other program has an old database open, and moves all data into its one file. The contents stay the
/// same.
pub fn check_unused(path: &Path) -> Result<()> {
    let work = || -> rusqlite::Result<bool> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(BUSY_TIMEOUT)?;
        let mode: String = db.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
        if mode == "wal" {
            let mode: String = db.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
            if mode != "delete" {
                return Ok(false);
            }
        }
        db.execute_batch("BEGIN EXCLUSIVE; COMMIT")?;
        Ok(true)
    };
    match work() {
        Ok(true) if !beside(path, "-wal").exists() && !beside(path, "-journal").exists() => Ok(()),
        Ok(_) => Err(in_use(path)),
        Err(error) => Err(read_error(path, error)),
    }
}
