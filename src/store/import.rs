//! The old tracker's database: recognised, read without changing it, and its totals stored as carried time (rules §5).
//! The file may come from anyone: only tables are read, only possible dates are accepted, and every query ends in time.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::Read;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use chrono::NaiveDate;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use sha2::{Digest, Sha256};

use super::connection::{has_content, immutable, in_memory, leave_wal_mode};
use super::forgetting::{forget_again, nobody};
use super::sql::{all, first, run, value};
use super::{GroupKey, Store};
use crate::domain::forgotten::Forgotten;
use crate::domain::text::{clean, shorten};
use crate::domain::time::period::local_date;
use crate::domain::time::zone::Zone;
use crate::domain::{Instant, PeerId};
use crate::error::{Error, Result};

/// How long to wait for another program that writes to the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// How many steps of SQLite's virtual machine a query may take: about 50 times as many as the totals of a group of
/// 2,000 people over ten years need.
const MAX_STEPS: u64 = 4_000_000_000;
/// How many steps pass between two checks of their number.
const STEPS: i32 = 1_000_000;
/// The longest name that is accepted, in graphemes. Telegram allows 128 characters.
const MAX_NAME: usize = 128;
/// The old tracker can't have run before group calls began.
const FIRST_YEAR: i32 = 2015;
/// The state file, which holds the time at which the old tracker last ran.
const STATE_FILE: &str = "tracker_state.json";

/// The contents of an old database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OldTracker {
    pub path: PathBuf,
    /// Seconds of an account on a local day; all are positive.
    pub totals: BTreeMap<(NaiveDate, PeerId), i64>,
    /// Name and username of each account.
    pub people: BTreeMap<PeerId, (String, Option<String>)>,
    pub last_post_date: Option<NaiveDate>,
    pub anchor_date: Option<NaiveDate>,
    pub group_key: Option<String>,
    /// When the old tracker last ran, according to its state file.
    pub last_seen: Option<Instant>,
    /// When the database was last written.
    pub modified: Option<Instant>,
    /// The number of rows with an invalid date, account or number of seconds.
    pub bad_rows: usize,
}

/// Whether `path` is an old tracker's database, by its tables. False for an unreadable file.
pub fn is_old_tracker(path: &Path) -> bool {
    has_content(path) && connect(path).is_ok_and(|db| has_old_tables(&db).unwrap_or(false))
}

pub(super) fn has_old_tables(db: &Connection) -> rusqlite::Result<bool> {
    let has = |table: &str, required: &[&str]| -> rusqlite::Result<bool> {
        let sql = "SELECT lower(name) FROM pragma_table_info(?1)";
        let columns: BTreeSet<String> = all(db, sql, [table], |row| row.get(0))?;
        Ok(is_table(db, table)? && required.iter().all(|column| columns.contains(*column)))
    };
    Ok(has("seconds_totals", &["d", "user_id", "seconds"])?
        && (has("user_cache", &["user_id", "display_name", "username"])? || has("meta", &["k", "v"])?))
}

/// Whether there is a table of this name. A view is not accepted: it could run any computation, for any time.
fn is_table(db: &Connection, name: &str) -> rusqlite::Result<bool> {
    value(db, "SELECT count(*) FROM pragma_table_list(?1) WHERE schema = 'main' AND type = 'table'", [name])
}

/// Opens the file read-only, without creating any file: a database in WAL mode that no program has open gets no log.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let mut header = [0_u8; 20];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    if read.is_err() || header[18] != 2 || beside(path, "-wal").exists() {
        return open(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    }
    open(immutable(path).as_ref(), OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)
}

fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let mut db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    bound(&mut db, MAX_STEPS)?;
    Ok(db)
}

/// Interrupts the connection after all its queries together have taken `max` steps.
fn bound(db: &mut Connection, max: u64) -> rusqlite::Result<()> {
    let mut steps = 0;
    db.progress_handler(
        STEPS,
        Some(move || {
            steps += u64::from(STEPS.unsigned_abs());
            steps > max
        }),
    )
}

/// The path with a suffix after its name.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Possible places of a database's state file: beside a copy, in its folder, or in the folder above.
fn state_of(path: &Path) -> Vec<PathBuf> {
    let folder = path.parent();
    let around = [folder, folder.and_then(Path::parent)].into_iter().flatten().map(|folder| folder.join(STATE_FILE));
    std::iter::once(beside(path, ".state.json")).chain(around).collect()
}

fn read_error(path: &Path, error: rusqlite::Error) -> Error {
    let explained = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => in_use(path),
        Some(ErrorCode::NotADatabase) => foreign(path),
        Some(ErrorCode::OperationInterrupted) => damaged(path, "reading it takes too long"),
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
        .hint("Give its study.db, which has the tables seconds_totals, user_cache and meta.")
}

fn damaged(path: &Path, what: &str) -> Error {
    Error::failed(format!("{} is damaged, or can't be read: {what}; it was left as it is", path.display())).hint(
        "Use an intact copy from a backup, or recover what is readable: sqlite3 study.db .recover | sqlite3 new.db",
    )
}

impl OldTracker {
    /// Reads a database of the old tracker and changes nothing. Rows with impossible dates are left out and counted.
    pub fn read(path: &Path, zone: Zone, now: Instant) -> Result<OldTracker> {
        let name_it =
            |error: Error| error.command("Give the old tracker's study.db, e.g.", "swf import ../old/var/study.db");
        if path.is_dir() {
            return Err(name_it(Error::usage(format!("{} is a folder", path.display()))));
        }
        std::fs::File::open(path).map_err(|error| name_it(Error::file(path, "read", &error)))?;
        let failed = |error| read_error(path, error);
        let db = connect(path).map_err(failed)?;
        if !has_old_tables(&db).map_err(failed)? {
            return Err(foreign(path));
        }
        let check: String = value(&db, "PRAGMA quick_check(1)", []).map_err(failed)?;
        if check != "ok" {
            return Err(damaged(path, &check));
        }
        let mut old = OldTracker { path: path.to_owned(), ..OldTracker::default() };
        old.last_seen = state_of(path).iter().find_map(|state| last_seen(state));
        let files = [path.to_owned(), beside(path, "-wal")];
        let times = files.iter().filter_map(|file| file.metadata().and_then(|file| file.modified()).ok());
        let seconds = times.filter_map(|time| Some(time.duration_since(UNIX_EPOCH).ok()?.as_secs()));
        old.modified = seconds.max().map(|seconds| Instant(seconds as i64));
        old.fill(&db, &old.possible_dates(zone, now)).map_err(failed)?;
        Ok(old)
    }

    /// The dates that rows can have. The clock of a computer that has just started may be behind, so the last time at
    /// which the old tracker ran counts too; and the old tracker's zone may have been ahead of `zone`.
    fn possible_dates(&self, zone: Zone, now: Instant) -> RangeInclusive<NaiveDate> {
        let latest = [self.last_seen, self.modified].into_iter().flatten().fold(now, Instant::max);
        let today = local_date(zone, latest);
        NaiveDate::from_yo_opt(FIRST_YEAR, 1).unwrap_or(today)..=today.succ_opt().unwrap_or(today)
    }

    fn fill(&mut self, db: &Connection, dates: &RangeInclusive<NaiveDate>) -> rusqlite::Result<()> {
        // One transaction: one snapshot, even if another program writes to the file.
        db.execute_batch("BEGIN")?;
        let sql = "SELECT d, user_id, seconds FROM seconds_totals";
        let totals: Vec<Option<((NaiveDate, PeerId), i64)>> = all(db, sql, [], |row| {
            let day = row.get_ref(0)?.as_str().ok().and_then(date).filter(|day| dates.contains(day));
            let peer = row.get_ref(1)?.as_i64().ok().filter(|peer| *peer != 0).map(PeerId);
            let seconds = match row.get_ref(2)? {
                ValueRef::Integer(seconds) => Some(seconds),
                ValueRef::Real(seconds) if seconds.is_finite() => Some(seconds as i64),
                _ => None,
            };
            Ok(day.zip(peer).zip(seconds.filter(|seconds| *seconds >= 0)))
        })?;
        self.bad_rows = totals.iter().filter(|total| total.is_none()).count();
        for (key, seconds) in totals.into_iter().flatten().filter(|(_, seconds)| *seconds > 0) {
            let total = self.totals.entry(key).or_default();
            *total = total.saturating_add(seconds);
        }
        if is_table(db, "user_cache")? {
            let sql = "SELECT user_id, display_name, username FROM user_cache WHERE typeof(user_id) = 'integer'";
            self.people = all(db, sql, [], |row| {
                let name = shorten(&clean(row.get_ref(1)?.as_str().unwrap_or_default()), MAX_NAME);
                let username = row.get_ref(2)?.as_str().ok().and_then(username);
                Ok((row.get(0)?, (name, username)))
            })?;
        }
        if is_table(db, "meta")? {
            let meta = |key| -> rusqlite::Result<Option<String>> {
                Ok(first(db, "SELECT cast(v AS TEXT) FROM meta WHERE k = ?1", [key], |row| row.get(0))?.flatten())
            };
            let day = |key| -> rusqlite::Result<Option<NaiveDate>> {
                Ok(meta(key)?.as_deref().and_then(date).filter(|day| dates.contains(day)))
            };
            self.last_post_date = day("last_post_date")?;
            self.anchor_date = day("anchor_date")?;
            self.group_key = meta("group_key")?;
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

/// Accepts only the form `2026-11-22`.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let date: NaiveDate = text.trim().parse().ok()?;
    (date.to_string() == text.trim()).then_some(date)
}

/// A username as Telegram allows it, with or without its `@`.
fn username(text: &str) -> Option<String> {
    let name = text.trim().trim_start_matches('@');
    let fits = (1..=32).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    fits.then(|| name.to_owned())
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

/// Copies a kept database of the old tracker to `part` without the accounts in `forgotten`, if it has data about any of
/// them: totals move to ids that no account has, and names are deleted. Returns whether it had such data.
pub fn forget_in_old_tracker(file: &Path, part: &Path, forgotten: &Forgotten) -> Result<bool> {
    let forget = || -> rusqlite::Result<bool> {
        let db = in_memory(&connect(file)?)?;
        let has_names = is_table(&db, "user_cache")?;
        let names = if has_names { "UNION SELECT user_id FROM user_cache" } else { "" };
        let sql = format!(
            "SELECT user_id FROM (SELECT user_id FROM seconds_totals {names}) WHERE typeof(user_id) = 'integer'"
        );
        let accounts: Vec<PeerId> = all(&db, &sql, [], |row| row.get(0))?;
        let gone: Vec<PeerId> =
            accounts.into_iter().filter(|account| !forgotten.marks_of(*account).is_empty()).collect();
        for account in &gone {
            run(&db, "UPDATE seconds_totals SET user_id = ?2 WHERE user_id = ?1", [*account, nobody(&db)?])?;
            if has_names {
                run(&db, "DELETE FROM user_cache WHERE user_id = ?1", [account])?;
            }
        }
        if !gone.is_empty() {
            db.execute("VACUUM INTO ?1", [part.to_string_lossy()])?;
        }
        Ok(!gone.is_empty())
    };
    forget().map_err(|error| read_error(file, error))
}

impl Store {
    /// Stores an old database's totals. If several databases have a day, the one that ran last wins.
    /// Returns false if the same totals were imported before. `until_known`: `until` is no estimate.
    pub fn import(
        &mut self,
        group: GroupKey,
        old: &OldTracker,
        until: Instant,
        until_known: bool,
        last_post_date: Option<NaiveDate>,
    ) -> Result<bool> {
        let (digest, path) = (old.digest(), old.path.to_string_lossy());
        self.write_allowed(|db, forgotten| {
            let known = "SELECT id FROM old_trackers WHERE grp = ?1 AND digest = ?2";
            if let Some(known) = first(db, known, params![group, digest], |row| row.get::<_, i64>(0))? {
                // The state file may have been missing at the first import.
                if until_known {
                    run(db, "UPDATE old_trackers SET until = ?2 WHERE id = ?1", params![known, until])?;
                }
                return Ok(false);
            }
            run(
                db,
                "INSERT INTO old_trackers (grp, path, digest, until, last_post_date) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![group, path, digest, until, last_post_date.map(|day| day.to_string())],
            )?;
            let source = db.last_insert_rowid();
            let replaced = "DELETE FROM carried WHERE grp = ?1 AND source IN \
                            (SELECT id FROM old_trackers WHERE grp = ?1 AND path = ?2 AND until <= ?3)";
            run(db, replaced, params![group, path, until])?;
            for day in old.totals.keys().map(|(day, _)| *day).collect::<BTreeSet<_>>() {
                let older = "DELETE FROM carried WHERE grp = ?1 AND day = ?2 AND source IN \
                             (SELECT id FROM old_trackers WHERE until <= ?3)";
                run(db, older, params![group, day.to_string(), until])?;
            }
            for ((day, peer), seconds) in &old.totals {
                // Rows that are still there come from a database that ran later.
                let insert = "INSERT INTO carried (grp, day, peer, seconds, source) SELECT ?1, ?2, ?3, ?4, ?5 \
                              WHERE NOT EXISTS (SELECT 1 FROM carried WHERE grp = ?1 AND day = ?2 AND source <> ?5)";
                run(db, insert, params![group, day.to_string(), peer, seconds, source])?;
                let (name, username) = old.people.get(peer).cloned().unwrap_or_default();
                run(
                    db,
                    "INSERT INTO people (grp, peer, username, name, bot, deleted, seen) VALUES (?1, ?2, ?3, ?4, 0, 0, 0) \
                     ON CONFLICT (grp, peer) DO UPDATE SET name = excluded.name, username = excluded.username \
                     WHERE seen = 0 AND excluded.name <> ''",
                    params![group, peer, username, name],
                )?;
            }
            forgotten.map_or(Ok(false), |forgotten| forget_again(db, forgotten))?;
            Ok(true)
        })
    }

    /// Carried totals of the days from `first` to `last`: day, account, seconds, and when the old tracker last ran.
    pub fn carried(
        &self,
        group: GroupKey,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<(NaiveDate, PeerId, i64, Instant)>> {
        let sql = "SELECT day, peer, seconds, until FROM carried JOIN old_trackers ON id = source \
                   WHERE carried.grp = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day, peer";
        let rows: Vec<(String, PeerId, i64, Instant)> =
            all(&self.db, sql, params![group, first.to_string(), last.to_string()], |row| row.try_into())?;
        let dated = rows.into_iter().map(|(day, peer, seconds, until)| Some((date(&day)?, peer, seconds, until)));
        Ok(dated.flatten().collect())
    }

    /// The first and the last day with a carried total.
    pub fn carried_days(&self, group: GroupKey) -> Result<Option<(NaiveDate, NaiveDate)>> {
        let sql = "SELECT min(day), max(day) FROM carried WHERE grp = ?1 HAVING count(*) > 0";
        let days: Option<(String, String)> = first(&self.db, sql, [group], |row| row.try_into())?;
        Ok(days.and_then(|(first, last)| date(&first).zip(date(&last))))
    }

    /// The last day for which the old tracker posted.
    pub fn last_old_post(&self, group: GroupKey) -> Result<Option<NaiveDate>> {
        let day: Option<String> =
            value(&self.db, "SELECT max(last_post_date) FROM old_trackers WHERE grp = ?1", [group])?;
        Ok(day.as_deref().and_then(date))
    }

    /// Creates a group that only the old tracker knows. Without an id, the first group that is tracked takes this row
    /// over.
    pub fn placeholder_group(&mut self, peer: Option<PeerId>, title: &str) -> Result<GroupKey> {
        self.write(|db| {
            let peer = peer.unwrap_or(super::people::PLACEHOLDER);
            run(db, "INSERT OR IGNORE INTO groups (peer, title) VALUES (?1, ?2)", params![peer, title])?;
            value(db, "SELECT id FROM groups WHERE peer = ?1", [peer])
        })
    }

    /// Closes the store after moving all data into one file, without a log.
    pub fn close_in_one_file(self) -> Result<()> {
        if !leave_wal_mode(&self.db)? {
            return Err(Error::failed("the new store can't be closed"));
        }
        self.db.close().map_err(|(_, error)| Error::from(error))
    }
}

/// Checks that no other program has an old database open, and moves all data into its one file. The contents stay the
/// same.
pub fn check_unused(path: &Path) -> Result<()> {
    let work = || -> rusqlite::Result<bool> {
        let db = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let in_one_file = leave_wal_mode(&db)?;
        db.execute_batch("BEGIN EXCLUSIVE; COMMIT")?;
        Ok(in_one_file)
    };
    match work() {
        Ok(true) if !beside(path, "-wal").exists() && !beside(path, "-journal").exists() => Ok(()),
        Ok(_) => Err(in_use(path)),
        Err(error) => Err(read_error(path, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: &str =
        "CREATE TABLE seconds_totals (d TEXT, user_id INTEGER, seconds INTEGER, PRIMARY KEY (d, user_id));
                          CREATE TABLE user_cache (user_id INTEGER PRIMARY KEY, display_name TEXT, username TEXT);
                          CREATE TABLE meta (k TEXT PRIMARY KEY, v TEXT);";

    /// Reads, as on 3 November 2026, a database that was made by this SQL and last written in 2024.
    fn read(sql: &str) -> Result<OldTracker> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.db");
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let modified = UNIX_EPOCH + Duration::from_secs(1_704_067_200);
        std::fs::File::options().append(true).open(&path).unwrap().set_modified(modified).unwrap();
        OldTracker::read(&path, Zone::TASHKENT, Instant(1_793_700_000))
    }

    /// CASES X8.
    #[test]
    fn dates_that_can_not_be_are_left_out_and_counted() {
        let dates =
            ["0001-01-01", "2014-12-31", "2015-01-01", "2026-11-04", "2026-11-05", "9999-12-31", "+12026-11-03"];
        let rows = dates.map(|day| format!("INSERT INTO seconds_totals VALUES ('{day}', 5, 60);")).concat();
        let meta = "INSERT INTO meta VALUES ('last_post_date', '2036-01-01'), ('anchor_date', '0001-01-01');";
        let old = read(&[TABLES, &rows, meta].concat()).unwrap();
        let days: Vec<String> = old.totals.keys().map(|(day, _)| day.to_string()).collect();
        assert_eq!(days, ["2015-01-01", "2026-11-04"]);
        assert_eq!((old.bad_rows, old.last_post_date, old.anchor_date), (5, None, None));
    }

    /// CASES X8.
    #[test]
    fn a_view_is_no_table_and_a_column_that_computes_for_ever_is_given_up() {
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT";
        let view = format!(
            "DROP TABLE seconds_totals; CREATE VIEW seconds_totals AS {endless} '2026-11-01' AS d, i AS user_id, 1 AS seconds FROM n;"
        );
        assert_eq!(read(&[TABLES, &view].concat()).unwrap_err().kind.code(), 78);
        let cache = format!(
            "DROP TABLE user_cache; CREATE VIEW user_cache AS {endless} i AS user_id, 'x' AS display_name, '' AS username FROM n;"
        );
        assert!(read(&[TABLES, &cache].concat()).unwrap().people.is_empty());
        let mut db = Connection::open_in_memory().unwrap();
        bound(&mut db, 2_000_000).unwrap();
        let given_up = value::<i64>(&db, &format!("{endless} count(*) FROM n"), []).unwrap_err();
        assert_eq!(given_up.sqlite_error_code(), Some(ErrorCode::OperationInterrupted));
    }

    /// CASES X12.
    #[test]
    fn names_are_cleaned_and_usernames_are_usernames() {
        let people = format!(
            "INSERT INTO user_cache VALUES (1, 'A' || char(27) || '[31m', '@ada'), (2, '{}', 'x' || char(10)), (3, ' ', 'a b');",
            "y".repeat(1 << 20)
        );
        let old = read(&[TABLES, &people].concat()).unwrap();
        assert_eq!(old.people[&PeerId(1)], ("A[31m".into(), Some("ada".into())));
        assert_eq!(
            (old.people[&PeerId(2)].0.chars().count(), &old.people[&PeerId(2)].1),
            (MAX_NAME, &Some("x".into()))
        );
        assert_eq!(old.people[&PeerId(3)], (String::new(), None));
    }
}
