//! Which store this is, and how new it is: a copy never replaces another store, or a newer state of the same store.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use super::Store;
use crate::error::Result;

/// A store's identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The same in every copy of the store.
    pub id: String,
    /// Grows with every write.
    pub revision: i64,
}

impl Store {
    /// The store's identity; `None` for a file of a version that had none.
    pub fn identity(&self) -> Result<Option<Identity>> {
        Ok(identity(&self.db)?)
    }
}

/// The identity of the store in a file of any version; `None` if it has none, or can't be read as a store.
pub fn identity_of(path: &Path) -> Option<Identity> {
    let (store, _) = Store::open_unmigrated(path).ok()?;
    store.identity().ok().flatten()
}

/// The identity of a store without time for any group; `None` for every other file.
pub fn identity_of_empty(path: &Path) -> Option<Identity> {
    let (store, _) = Store::open_unmigrated(path).ok()?;
    if store.is_empty().ok()? { store.identity().ok().flatten() } else { None }
}

fn identity(db: &Connection) -> rusqlite::Result<Option<Identity>> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'identity'";
    if db.query_row(sql, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(None);
    }
    let read = |row: &rusqlite::Row| Ok(Identity { id: row.get(0)?, revision: row.get(1)? });
    db.query_row("SELECT id, revision FROM identity", [], read).optional()
}

/// Counts a write, in its transaction.
pub(super) fn count_write(db: &Connection) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE identity SET revision = revision + 1")?.execute([]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PeerId;
    use crate::store::Access;

    #[test]
    fn a_copy_keeps_the_identity_and_every_write_raises_the_revision() {
        let folder = tempfile::tempdir().unwrap();
        let [path, copy, other] = ["study.db", "copy.db", "other.db"].map(|name| folder.path().join(name));
        let mut store = Store::open(&path, Access::Write).unwrap();
        let first = store.identity().unwrap().unwrap();
        store.group(PeerId(-1), None, "Study Hall", None, PeerId(1)).unwrap();
        store.copy_into(&copy).unwrap();
        let second = identity_of(&copy).unwrap();
        assert_eq!((&second.id, second.revision), (&first.id, first.revision + 1));
        let other = Store::open(&other, Access::Write).unwrap();
        assert_ne!(other.identity().unwrap().unwrap().id, first.id);
        assert_eq!(identity_of(&folder.path().join("nowhere.db")), None);
    }
}
