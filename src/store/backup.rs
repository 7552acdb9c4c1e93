//! Checking a store, and copying it while others write.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::connection::{Store, leave_wal_mode, sqlite_error};
use super::identity::identity_of;
use super::sql::{all, value};
use crate::domain::Instant;
use crate::error::{Error, Kind, Result};

/// A summary of a store, which shows that a copy is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The version of the schema.
    version: i64,
    /// The number of rows of each table.
    rows: BTreeMap<String, i64>,
    /// The last instant at which a group was watched.
    pub until: Option<Instant>,
}

impl Contents {
    pub fn stays(&self) -> i64 {
        self.count("stays")
    }

    /// Whether the store holds no time for any group.
    pub fn is_empty(&self) -> bool {
        ["stays", "carried", "folded_days"].iter().all(|table| self.count(table) == 0)
    }

    fn count(&self, table: &str) -> i64 {
        self.rows.get(table).copied().unwrap_or(0)
    }

    /// Whether the store holds at least as much time as `other`.
    fn covers(&self, other: &Contents) -> bool {
        ["stays", "carried"].iter().all(|table| self.count(table) >= other.count(table)) && self.until >= other.until
    }
}

fn contents(db: &Connection) -> rusqlite::Result<Contents> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let tables: Vec<String> = all(db, sql, [], |row| row.get(0))?;
    let count = |table: String| {
        let rows = value(db, &format!("SELECT count(*) FROM \"{table}\""), [])?;
        Ok((table, rows))
    };
    let rows = tables.into_iter().map(count).collect::<rusqlite::Result<BTreeMap<_, _>>>()?;
    let has_watches = rows.contains_key("watches");
    Ok(Contents {
        version: db.pragma_query_value(None, "user_version", |row| row.get(0))?,
        until: if has_watches { value(db, "SELECT max(confirmed) FROM watches", [])? } else { None },
        rows,
    })
}

/// Opens a store of any version after a check by SQLite: `quick_check` or `integrity_check`.
fn checked(path: &Path, check: &str) -> Result<Store> {
    let (store, _) = Store::open_unmigrated(path)?;
    let first = store.db.query_row(&format!("PRAGMA {check}(1)"), [], |row| row.get::<_, String>(0));
    let what = format!("{} was left as it is", path.display());
    let first = first.map_err(|error| sqlite_error(&what, error))?;
    if first == "ok" {
        return Ok(store);
    }
    // The last line names the cause; the ones before it list rows and pages.
    let first = first.lines().last().unwrap_or_default();
    Err(Error::new(Kind::Damaged, format!("{what}: the file is damaged ({first})")))
}

/// Checks the store at `path`, and changes nothing. Takes 0.3 s for a million stays.
pub fn check(path: &Path) -> Result<()> {
    to_copy(path).map(drop)
}

/// Opens a store of any version to copy it as it is, after a check.
pub fn to_copy(path: &Path) -> Result<Store> {
    checked(path, "quick_check")
}

/// Opens a copy of any version after a check of the whole file.
pub fn copy_of(path: &Path) -> Result<Store> {
    checked(path, "integrity_check")
}

/// Reads a whole copy and checks its integrity.
pub fn read_back(path: &Path) -> Result<Contents> {
    Ok(contents(&copy_of(path)?.db)?)
}

/// Whether the valid copy `new` holds everything that `old` holds: both are of one store, and `old` is not newer. A
/// file of a version without identities is compared by its contents. A file that can't be read holds nothing.
pub fn supersedes(new: &Path, old: &Path) -> bool {
    if let (Some(new), Some(old)) = (identity_of(new), identity_of(old)) {
        return new.id == old.id && new.revision >= old.revision;
    }
    match read_back(old) {
        Ok(old) => read_back(new).is_ok_and(|new| new.covers(&old)),
        Err(_) => true,
    }
}

impl Store {
    /// Copies a snapshot of the store into the empty file `part`, and reads it back. In WAL mode other processes can
    /// write meanwhile. The copy is one file, without a log beside it.
    pub fn copy_into(&self, part: &Path) -> Result<Contents> {
        // Both the summary and the pages come from this snapshot.
        let snapshot = self.db.unchecked_transaction()?;
        let expected = contents(&snapshot)?;
        let failed = |error| sqlite_error(&format!("the copy {} can't be written", part.display()), error);
        let copy = || -> rusqlite::Result<bool> {
            let mut db = Connection::open(part)?;
            // The file is synced as a whole below.
            db.pragma_update(None, "synchronous", "OFF")?;
            let step = Backup::new(&snapshot, &mut db)?.step(-1)?;
            let in_one_file = leave_wal_mode(&db)?;
            db.close().map_err(|(_, error)| error)?;
            Ok(step == StepResult::Done && in_one_file)
        };
        if !copy().map_err(failed)? {
            return Err(Error::temporary("the store can't be copied: another program has locked it"));
        }
        let synced = File::options().write(true).open(part).and_then(|file| file.sync_all());
        synced.map_err(|error| Error::file(part, "written", &error))?;
        drop(snapshot);
        let found = read_back(part)?;
        if found != expected {
            return Err(Error::failed(format!("the copy {} differs from the store", part.display())));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PeerId;
    use crate::store::Access;

    fn store(path: &Path) -> Store {
        let mut store = Store::open(path, Access::Write).unwrap();
        store.group(PeerId(-100), None, "Study", None, PeerId(1)).unwrap();
        store
    }

    #[test]
    fn a_copy_is_one_snapshot_while_others_write() {
        let folder = tempfile::tempdir().unwrap();
        let (path, part) = (folder.path().join("study.db"), folder.path().join("copy.db"));
        let mut writer = store(&path);
        let reader = Store::open(&path, Access::Read).unwrap();
        // An uncommitted write is not seen, and the copy does not wait for it.
        let writing = writer.db.transaction().unwrap();
        writing.execute("UPDATE groups SET title = 'Later'", []).unwrap();
        let copied = reader.copy_into(&part).unwrap();
        writing.commit().unwrap();
        assert_eq!((copied.rows["groups"], copied.stays()), (1, 0));
        let title = |path| Store::open(path, Access::Read).unwrap().groups().unwrap().remove(0).title;
        assert_eq!((title(&part), title(&path)), ("Study".into(), "Later".into()));
        let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(!names.map(|name| name.into_string().unwrap()).any(|name| name.starts_with("copy.db-")));
    }

    #[test]
    fn a_copy_of_a_damaged_store_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, part) = (folder.path().join("study.db"), folder.path().join("copy.db"));
        store(&path).close_in_one_file().unwrap();
        check(&path).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        // One page of a table or index, except its first byte.
        bytes[4096 * 3 + 1..4096 * 4].fill(0x5a);
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(check(&path).unwrap_err().kind, Kind::Damaged);
        let error = Store::open(&path, Access::Read).unwrap().copy_into(&part).unwrap_err();
        assert_eq!(error.kind, Kind::Damaged, "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
}
