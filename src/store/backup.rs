//! Checking a store, and copying it while others write.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::connection::{Store, trouble};
use crate::domain::Instant;
use crate::error::{Error, Kind, Result};

/// What is in a store, as far as it shows that a copy is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Of the schema.
    version: i64,
    /// How many rows each table has.
    rows: BTreeMap<String, i64>,
    /// The last instant at which a group was watched.
    pub until: Option<Instant>,
}

impl Contents {
    pub fn stays(&self) -> i64 {
        self.rows.get("stays").copied().unwrap_or(0)
    }
}

fn contents(db: &Connection) -> rusqlite::Result<Contents> {
    let mut statement =
        db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")?;
    let tables: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut rows = BTreeMap::new();
    for table in tables {
        let count = db.query_row(&format!("SELECT count(*) FROM \"{table}\""), [], |row| row.get(0))?;
        rows.insert(table, count);
    }
    let until = if rows.contains_key("watches") {
        db.query_row("SELECT max(confirmed) FROM watches", [], |row| row.get::<_, Option<i64>>(0))?
    } else {
        None
    };
    Ok(Contents {
        version: db.pragma_query_value(None, "user_version", |row| row.get(0))?,
        rows,
        until: until.map(Instant),
    })
}

/// Runs one of SQLite's checks of the whole file.
fn verify(path: &Path, db: &Connection, check: &str) -> Result<()> {
    let first = db.query_row(&format!("PRAGMA {check}(1)"), [], |row| row.get::<_, String>(0));
    let what = format!("{} was left as it is", path.display());
    let first = first.map_err(|error| trouble(&what, &error))?;
    if first == "ok" {
        return Ok(());
    }
    // Several lines, with rows and pages that only say something to those who know SQLite.
    let first = first.lines().last().unwrap_or_default();
    Err(Error::new(Kind::Damaged, format!("{what}: the file is damaged ({first})")))
}

/// Looks through the store at `path`, and changes nothing: whether it is whole enough to be written to. It takes 0.3 s
/// for a million stays.
pub fn check(path: &Path) -> Result<()> {
    let store = Store::as_it_is(path)?;
    verify(path, &store.db, "quick_check")
}

/// Opens a copy, of whatever version, once it has been read as a whole and found whole.
pub fn copy_of(path: &Path) -> Result<Store> {
    let store = Store::as_it_is(path)?;
    verify(path, &store.db, "integrity_check")?;
    Ok(store)
}

/// Reads a copy as a whole, and checks that everything in it is there and fits together.
pub fn read_back(path: &Path) -> Result<Contents> {
    Ok(contents(&copy_of(path)?.db)?)
}

impl Store {
    /// Copies the store, as it is at one moment, into the empty file `part`, and reads it back. Nobody waits for that:
    /// in WAL mode others write on while the moment is read. The copy is one file, without a log beside it.
    pub fn copy_into(&self, part: &Path) -> Result<Contents> {
        // Both the count and the pages are those of this one read.
        let moment = self.db.unchecked_transaction()?;
        let wanted = contents(&moment)?;
        let unwritten = |error| trouble(&format!("the copy {} can't be written", part.display()), &error);
        let copy = || -> rusqlite::Result<bool> {
            let mut db = Connection::open(part)?;
            // Until it is whole it is nothing; then it is synced as a whole.
            db.pragma_update(None, "synchronous", "OFF")?;
            let step = Backup::new(&moment, &mut db)?.step(-1)?;
            let mode: String = db.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
            db.close().map_err(|(_, error)| error)?;
            Ok(step == StepResult::Done && mode == "delete")
        };
        if !copy().map_err(unwritten)? {
            return Err(Error::temporary("the store can't be copied: another program has locked it"));
        }
        let synced = File::options().write(true).open(part).and_then(|file| file.sync_all());
        synced.map_err(|error| Error::file(part, "written", &error))?;
        drop(moment);
        let found = read_back(part)?;
        if found != wanted {
            return Err(Error::failed(format!("the copy {} is not what was copied", part.display())));
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
    fn a_copy_is_one_moment_while_others_write() {
        let folder = tempfile::tempdir().unwrap();
        let (path, part) = (folder.path().join("study.db"), folder.path().join("copy.db"));
        let mut writer = store(&path);
        let reader = Store::open(&path, Access::Read).unwrap();
        // A write in the middle that has not been committed is neither seen nor waited for.
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
    fn a_copy_of_a_damaged_store_is_not_taken_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let (path, part) = (folder.path().join("study.db"), folder.path().join("copy.db"));
        store(&path).close_whole().unwrap();
        check(&path).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        // The page of one table or index, whichever: all but its first byte.
        bytes[4096 * 3 + 1..4096 * 4].fill(0x5a);
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(check(&path).unwrap_err().kind, Kind::Damaged);
        let error = Store::open(&path, Access::Read).unwrap().copy_into(&part).unwrap_err();
        assert_eq!(error.kind, Kind::Damaged, "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
}
