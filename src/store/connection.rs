//! Opening the store and migrating it.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, ffi};

use super::forgetting::{Marks, follow};
use super::identity::count_write;
use super::import::beside;
use super::times::ImpossibleTime;
use crate::domain::forgotten::Forgotten;
use crate::error::{Error, Kind, Result, shell_quoted};

/// Numbered and append-only. All missing migrations run in one transaction, with the new version.
const MIGRATIONS: [&str; 24] = [
    include_str!("../../migrations/0001_start.sql"),
    include_str!("../../migrations/0002_carried.sql"),
    include_str!("../../migrations/0003_export.sql"),
    include_str!("../../migrations/0004_alerts.sql"),
    include_str!("../../migrations/0005_deliveries.sql"),
    include_str!("../../migrations/0006_identity.sql"),
    include_str!("../../migrations/0007_usernames.sql"),
    include_str!("../../migrations/0008_goals.sql"),
    include_str!("../../migrations/0009_recap.sql"),
    include_str!("../../migrations/0010_chat.sql"),
    include_str!("../../migrations/0011_rights.sql"),
    include_str!("../../migrations/0012_forgotten.sql"),
    include_str!("../../migrations/0013_corrections.sql"),
    include_str!("../../migrations/0014_pseudonym.sql"),
    include_str!("../../migrations/0015_retention.sql"),
    include_str!("../../migrations/0016_signs.sql"),
    include_str!("../../migrations/0017_appointments.sql"),
    include_str!("../../migrations/0018_rhythm.sql"),
    include_str!("../../migrations/0019_silence.sql"),
    include_str!("../../migrations/0020_reminders.sql"),
    include_str!("../../migrations/0021_settings_log.sql"),
    include_str!("../../migrations/0022_still_here.sql"),
    include_str!("../../migrations/0023_pairs.sql"),
    include_str!("../../migrations/0024_flood_waits.sql"),
];

/// Marks the file as a store of swf: "swf1".
const APPLICATION_ID: i64 = 0x7377_6631;

/// How long to wait for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How many times a store that can't be opened where it is gets copied, if another process writes to it meanwhile.
const COPY_TRIES: u32 = 5;
/// The largest page of SQLite. A database without tables is one page.
const MAX_PAGE_BYTES: u64 = 65_536;
/// The files beside a store that hold data which is not in the store's own file yet.
const LOGS: [&str; 2] = ["-wal", "-journal"];

/// How a store is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Creates a missing store. One of an older version is refused: see [`Access::Upgrade`].
    Write,
    /// Like `Write`, and migrates a store of an older version. A tracker of that version could not continue, so the
    /// caller must hold the tracker's lock.
    Upgrade,
    /// Never writes; the store must exist. One of an older version is migrated in memory only.
    Read,
}

/// The store. See the module's docs.
#[derive(Debug)]
pub struct Store {
    pub(super) db: Connection,
    /// The store is a copy in memory, or a file that is assumed not to change.
    pub(super) is_fixed: bool,
    /// The marks of forgotten people.
    pub(super) marks: Marks,
}

/// A read transaction: while it lives, all reads see one snapshot of the store.
#[derive(Debug)]
pub struct ReadTxn<'a>(
    #[expect(dead_code, reason = "the snapshot lasts as long as the transaction")] Option<Transaction<'a>>,
);

impl Store {
    /// Opens `path`. A file of another program, or of a newer swf, is refused and not changed.
    pub fn open(path: &Path, access: Access) -> Result<Store> {
        if has_content(path) {
            let (store, version) = Store::open_unmigrated(path)?;
            if access == Access::Read {
                let store = store.migrated(version).map_err(|error| cannot_open(path, error))?;
                return store.followed(path, false);
            }
            if access == Access::Write && is_old(version) {
                return Err(of_older_version());
            }
        } else if access == Access::Read {
            Store::check_exists(path)?;
        }
        let mut db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        set_up(&mut db).map_err(|error| cannot_open(path, error))?;
        Store { db, is_fixed: false, marks: Marks::default() }.followed(path, true)
    }

    /// Fails if there is no store at `path`.
    pub fn check_exists(path: &Path) -> Result<()> {
        if has_content(path) {
            return Ok(());
        }
        Err(Error::failed(format!("there is no store at {}", path.display()))
            .command("Nothing has been tracked here yet. Start with", "swf track")
            .command("If nothing is set up yet, first run", "swf init")
            .hint("If the store is elsewhere, give its folder with --home or SWF_HOME."))
    }

    /// Whether later reads see what other processes write.
    pub(super) fn sees_writes(&self) -> bool {
        !self.is_fixed
    }

    /// Whether there is a store of an older version at `path`.
    pub fn needs_upgrade(path: &Path) -> Result<bool> {
        Ok(has_content(path) && is_old(Store::open_unmigrated(path)?.1))
    }

    /// Opens an existing store of any version, to read the file as it is. Also returns its version.
    pub(super) fn open_unmigrated(path: &Path) -> Result<(Store, i64)> {
        if path.is_dir() {
            return Err(Error::failed(format!("{} is a folder, but the store must be a file", path.display()))
                .hint("Move it away, or choose another home with --home or SWF_HOME."));
        }
        let checked = |db: Connection| Ok((check_owner(path, &db)?, db));
        let (is_fixed, (version, db)) = match connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(checked) {
            Err(error) if error.kind == Kind::Unwritable => {
                (true, connect_in_read_only_folder(path).and_then(checked)?)
            }
            opened => (false, opened?),
        };
        Ok((Store { db, is_fixed, marks: Marks::default() }, version))
    }

    /// After an update of swf the file may still be of the old version: the disk is read-only, or a tracker of that
    /// version is running. So a reader migrates a copy in memory and does not change the file.
    pub(super) fn migrated(self, version: i64) -> rusqlite::Result<Store> {
        if version == MIGRATIONS.len() as i64 {
            return Ok(self);
        }
        let mut db = in_memory(&self.db)?;
        migrate(&mut db)?;
        db.pragma_update(None, "query_only", true)?;
        Ok(Store { db, is_fixed: true, marks: self.marks })
    }

    /// A number that changes when another connection has written to the store.
    pub fn data_version(&self) -> Result<i64> {
        Ok(self.db.pragma_query_value(None, "data_version", |row| row.get(0))?)
    }

    /// Sets how long a write waits for another process that is writing.
    pub fn set_busy_timeout(&self, timeout: Duration) -> Result<()> {
        Ok(self.db.busy_timeout(timeout)?)
    }

    /// Begins a read transaction, unless one is open already: several reads then see one snapshot.
    pub fn read_snapshot(&self) -> Result<ReadTxn<'_>> {
        let begun = self.db.is_autocommit().then(|| self.db.unchecked_transaction()).transpose()?;
        Ok(ReadTxn(begun))
    }

    /// Runs `work` in one transaction, and returns after the commit is on the disk.
    pub(super) fn write<T>(&mut self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        self.write_allowed(|db, _| work(db))
    }

    /// Like [`Store::write`]; `work` must store nothing about forgotten accounts.
    pub(super) fn write_allowed<T>(
        &mut self,
        work: impl FnOnce(&Connection, Option<&Forgotten>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let marks = &mut self.marks;
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(cannot_write)?;
        let is_new = marks.reload()?;
        let work = || -> rusqlite::Result<T> {
            // Another process may have forgotten a person in the meantime.
            if let Some(forgotten) = marks.forgotten().filter(|_| is_new) {
                follow(&transaction, forgotten)?;
            }
            let out = work(&transaction, marks.forgotten())?;
            count_write(&transaction)?;
            transaction.commit()?;
            Ok(out)
        };
        work().map_err(|error| {
            self.marks.read_again();
            cannot_write(error)
        })
    }
}

fn cannot_write(error: rusqlite::Error) -> Error {
    sqlite_error("the store can't be written", error)
}

/// Whether there is a file that is not empty.
pub(super) fn has_content(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.len() > 0)
}

/// Whether there is no store at `path`: no file, an empty one, or a database without tables.
pub fn is_missing(path: &Path) -> bool {
    match path.metadata() {
        Err(error) => error.kind() == io::ErrorKind::NotFound,
        Ok(file) if file.len() == 0 => true,
        Ok(file) if file.len() > MAX_PAGE_BYTES => false,
        Ok(_) => {
            let tables = |db: Connection| db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0));
            connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).is_ok_and(|db| tables(db) == Ok(0))
        }
    }
}

/// A copy of a database in memory.
pub(super) fn in_memory(from: &Connection) -> rusqlite::Result<Connection> {
    let mut db = Connection::open_in_memory()?;
    let step = Backup::new(from, &mut db)?.step(-1)?;
    match step {
        StepResult::Done => Ok(db),
        _ => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None)),
    }
}

/// A URI with which SQLite reads a file as it is, without a lock or a file beside it.
pub(super) fn immutable(path: &Path) -> String {
    let name = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let name = if cfg!(windows) { name.replace('\\', "/") } else { name };
    let slash = if name.starts_with('/') { "" } else { "/" };
    format!("file:{slash}{name}?immutable=1")
}

/// Opens a store for reading if SQLite can't create or change the files beside it: on a read-only disk, or in the
/// folder of another user. Without a log the file is complete. With a log, both are merged in a temporary folder, and
/// read from memory.
fn connect_in_read_only_folder(path: &Path) -> Result<Connection> {
    // On Unix SQLite resolves links before it looks for the log.
    let real = if cfg!(unix) { path.canonicalize() } else { Ok(path.to_owned()) };
    let path = &real.map_err(|error| Error::file(path, "read", &error))?;
    if LOGS.iter().all(|log| !has_content(&beside(path, log))) {
        return connect(immutable(path).as_ref(), OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI);
    }
    let folder = tempfile::tempdir().map_err(|error| Error::file(&std::env::temp_dir(), "written", &error))?;
    let copy = folder.path().join("study.db");
    for _ in 0..COPY_TRIES {
        if copy_with_logs(path, &copy)? {
            let db = in_memory(&connect(&copy, OpenFlags::SQLITE_OPEN_READ_WRITE)?)?;
            db.pragma_update(None, "query_only", true)?;
            return Ok(db);
        }
    }
    Err(Error::temporary(format!("{} can't be read: another program writes to it", path.display())))
}

/// Copies a store and its logs; returns false if one of them changed meanwhile.
fn copy_with_logs(from: &Path, to: &Path) -> Result<bool> {
    let files = || [""].into_iter().chain(LOGS).map(|suffix| (beside(from, suffix), beside(to, suffix)));
    let before = file_stamps(from);
    for (from, to) in files() {
        let copied = File::open(&from).and_then(|mut source| io::copy(&mut source, &mut File::create(&to)?));
        match copied {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            copied => drop(copied.map_err(|error| Error::file(&from, "read", &error))?),
        }
    }
    Ok(file_stamps(from) == before)
}

/// Size and time of the last change of a store and its logs; `None` for a missing or empty file.
pub type FileStamps = Vec<Option<(u64, Option<SystemTime>)>>;

/// The stamps of a store. They change if another program writes to the store or replaces it.
pub fn file_stamps(path: &Path) -> FileStamps {
    let stamp = |suffix| beside(path, suffix).metadata().ok().map(|file| (file.len(), file.modified().ok()));
    [""].into_iter().chain(LOGS).map(|suffix| stamp(suffix).filter(|(size, _)| *size > 0)).collect()
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(|error| cannot_open(path, error))?;
    db.busy_timeout(BUSY_TIMEOUT).map_err(|error| cannot_open(path, error))?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

/// Whether a file is a store of swf, of any version.
pub fn is_ours(path: &Path) -> bool {
    let application = |db: Connection| db.pragma_query_value(None, "application_id", |row| row.get::<_, i64>(0));
    let db = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    db.is_ok_and(|db| application(db).is_ok_and(|id| id == APPLICATION_ID))
}

/// Moves all data into the one file of the database, without a log beside it. Returns false while another program has
/// it open.
pub(super) fn leave_wal_mode(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("PRAGMA journal_mode = DELETE", [], |row| Ok(row.get::<_, String>(0)? == "delete"))
}

fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Whether the version is older than this program's. A file without tables is not a store yet.
fn is_old(version: i64) -> bool {
    (1..MIGRATIONS.len() as i64).contains(&version)
}

/// Refuses a file of another program or of a newer swf. Returns the version.
fn check_owner(path: &Path, db: &Connection) -> Result<i64> {
    let facts = || -> rusqlite::Result<(bool, i64, i64, bool)> {
        let is_ours =
            db.pragma_query_value(None, "application_id", |row| Ok(row.get::<_, i64>(0)? == APPLICATION_ID))?;
        let tables = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((is_ours, version(db)?, tables, !is_ours && super::import::has_old_tables(db)?))
    };
    let (is_ours, version, tables, is_old_tracker) = facts().map_err(|error| cannot_open(path, error))?;
    let refuse = |why: &str| Error::config(format!("{} {why}; it was left as it is", path.display()));
    let known = MIGRATIONS.len() as i64;
    if is_old_tracker {
        Err(refuse("is the old tracker's database")
            .command("To import it and keep the old file next to the store, run", "swf track")
            .command("To import it without tracking, run", format!("swf import {}", shell_quoted(path))))
    } else if !is_ours && tables > 0 {
        Err(refuse("is not a store of swf").hint("Move it away, or choose another folder with --home or SWF_HOME."))
    } else if version > known {
        let why = format!("was written by a newer swf (schema {version}; this version supports up to {known})");
        Err(refuse(&why).hint("Install the newer swf again."))
    } else {
        Ok(version)
    }
}

fn set_up(db: &mut Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "journal_mode", "WAL")?;
    // In WAL mode FULL syncs the log at each commit: what is acknowledged survives a power cut.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    // What is deleted is overwritten.
    db.pragma_update(None, "secure_delete", true)?;
    migrate(db)
}

fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read inside the transaction: another process may have migrated it in the meantime.
    let done = version(&transaction)?;
    for (number, sql) in (1..).zip(MIGRATIONS).skip(done as usize) {
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", number)?;
    }
    if done == 0 {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    transaction.commit()
}

/// The error for a store that can't be migrated, because a tracker of its version is running on it.
pub fn of_older_version() -> Error {
    Error::temporary("the store is of an older version and a tracker is running on it; restart the tracker")
}

fn cannot_open(path: &Path, error: rusqlite::Error) -> Error {
    sqlite_error(&format!("the store {} can't be opened, and was left as it is", path.display()), error)
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Error {
        sqlite_error("the store can't be read", error)
    }
}

/// An error that names the problem with the file or its disk, and how to fix it.
pub(super) fn sqlite_error(what: &str, error: rusqlite::Error) -> Error {
    if let rusqlite::Error::FromSqlConversionFailure(_, _, source) = &error
        && let Some(time) = source.downcast_ref::<ImpossibleTime>()
    {
        return Error::new(Kind::Damaged, format!("{what}: {time}"))
            .command("To restore a backup, run", "swf backup --restore FILE");
    }
    let message = sqlite_message(&error);
    let unwritable = |why: &str| Error::new(Kind::Unwritable, format!("{what}: {why}"));
    let damaged = |why: &str| {
        Error::new(Kind::Damaged, format!("{what}: {why} ({message})"))
            .command("To restore a backup, run", "swf backup --restore FILE")
    };
    let explained = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Error::temporary(format!("{what}: another program has locked it"))
                .hint("Close the other program, then try again.")
        }
        Some(ErrorCode::DiskFull) => unwritable("the disk is full").hint("Free space on the disk, then try again."),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            unwritable(&format!("the file or its folder can't be written ({message})"))
                .hint("Check that the disk is not read-only, and that you may write to the folder and the files in it.")
        }
        Some(ErrorCode::SystemIoFailure) => unwritable(&format!("the disk reports an error ({message})"))
            .hint("Check the disk and the permissions of the folder."),
        Some(ErrorCode::DatabaseCorrupt) => damaged("the file is damaged"),
        Some(ErrorCode::NotADatabase) => damaged("the file is not a database, or its beginning is destroyed"),
        _ => Error::failed(format!("{what}: {message}")),
    };
    explained.caused_by(error)
}

/// SQLite's own message, without the SQL that rusqlite adds.
fn sqlite_message(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(text)) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_or_foreign_file_is_refused_and_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        for (name, sql) in [
            (
                "newer.db",
                format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 99; CREATE TABLE x (y);"),
            ),
            ("foreign.db", "CREATE TABLE notes (text);".to_owned()),
        ] {
            let path = folder.path().join(name);
            Connection::open(&path).unwrap().execute_batch(&sql).unwrap();
            let before = std::fs::read(&path).unwrap();
            for access in [Access::Read, Access::Write, Access::Upgrade] {
                assert_eq!(Store::open(&path, access).unwrap_err().kind.code(), 78, "{name}");
            }
            assert_eq!(std::fs::read(&path).unwrap(), before, "{name}");
        }
        let path = folder.path().join("garbage.db");
        std::fs::write(&path, "this is not a database, but it is important").unwrap();
        assert!(Store::open(&path, Access::Write).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"this is not a database, but it is important");
    }

    #[test]
    fn a_store_in_a_read_only_folder_is_read_with_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a store?#%.db");
        let titles = |path: &Path| -> rusqlite::Result<String> {
            let db = connect_in_read_only_folder(path).unwrap();
            db.query_row("SELECT title FROM groups", [], |row| row.get(0))
        };
        let mut store = Store::open(&path, Access::Write).unwrap();
        store.group(crate::domain::PeerId(-1), None, "Study Hall", None, crate::domain::PeerId(1)).unwrap();
        assert!(has_content(&beside(&path, "-wal")));
        assert_eq!(titles(&path).unwrap(), "Study Hall");
        store.close_in_one_file().unwrap();
        let before = std::fs::read(&path).unwrap();
        assert_eq!(titles(&path).unwrap(), "Study Hall");
        assert_eq!(std::fs::read(&path).unwrap(), before);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_database_without_tables_is_a_missing_store() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.db");
        assert!(is_missing(&path));
        std::fs::write(&path, "").unwrap();
        assert!(is_missing(&path));
        drop(Store::open(&path, Access::Write).unwrap());
        assert!(!is_missing(&path));
        std::fs::write(&path, "no database").unwrap();
        assert!(!is_missing(&path));
    }

    #[test]
    fn a_store_whose_creation_was_cut_off_is_created_again() {
        let folder = tempfile::tempdir().unwrap();
        let [begun, path] = ["begun.db", "study.db"].map(|name| folder.path().join(name));
        let db = Connection::open(&begun).unwrap();
        // With a small cache, pages are written before the commit, and only the journal has the old content.
        db.execute_batch("PRAGMA cache_size = 1; BEGIN; CREATE TABLE x (y);").unwrap();
        for _ in 0..100 {
            db.execute("INSERT INTO x VALUES (zeroblob(3000))", []).unwrap();
        }
        for suffix in ["", "-journal"] {
            std::fs::copy(beside(&begun, suffix), beside(&path, suffix)).unwrap();
        }
        assert!(path.metadata().unwrap().len() > 0);
        let store = Store::open(&path, Access::Write).unwrap();
        assert_eq!((version(&store.db).unwrap(), store.groups().unwrap()), (MIGRATIONS.len() as i64, Vec::new()));
    }

    #[test]
    fn every_version_of_the_schema_migrates_to_the_newest() {
        for done in 0..=MIGRATIONS.len() {
            let mut db = Connection::open_in_memory().unwrap();
            for sql in &MIGRATIONS[..done] {
                db.execute_batch(sql).unwrap();
            }
            db.pragma_update(None, "user_version", done as i64).unwrap();
            migrate(&mut db).unwrap();
            assert_eq!(version(&db).unwrap(), MIGRATIONS.len() as i64);
        }
    }

    #[test]
    fn only_upgrade_access_changes_a_store_of_an_older_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.db");
        let db = Connection::open(&path).unwrap();
        db.execute_batch(MIGRATIONS[0]).unwrap();
        db.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;")).unwrap();
        drop(db);
        let before = std::fs::read(&path).unwrap();
        assert!(Store::needs_upgrade(&path).unwrap());
        let error = Store::open(&path, Access::Write).unwrap_err();
        assert_eq!((error.kind.code(), error.message().contains("restart the tracker")), (75, true));
        Store::open(&path, Access::Read).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), before);
        Store::open(&path, Access::Upgrade).unwrap();
        assert!(!Store::needs_upgrade(&path).unwrap());
        Store::open(&path, Access::Write).unwrap();
        assert!(!Store::needs_upgrade(&folder.path().join("nowhere.db")).unwrap());
    }
}
