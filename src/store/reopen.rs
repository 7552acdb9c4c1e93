//! Continues with the store in another file, or opens its own file again.

use std::path::Path;

use rusqlite::Connection;

use super::connection::{Access, Store, sqlite_error};
use crate::error::{Error, Result};

impl Store {
    /// Moves everything from the log into the store's file, even if these files have been deleted.
    pub fn empty_log(&self) -> Result<()> {
        let busy = self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
        match busy.map_err(|error| sqlite_error("the store can't be written", error))? {
            false => Ok(()),
            true => Err(Error::temporary("another program reads the store")),
        }
    }

    /// Continues with the store at `path`, which must have the same content. If it can't be opened, this one stays
    /// open.
    pub fn move_to(&mut self, path: &Path) -> Result<()> {
        let wait = self.db.pragma_query_value(None, "busy_timeout", |row| row.get::<_, i64>(0))?;
        let new = Store::open(path, Access::Write)?;
        new.db.pragma_update(None, "busy_timeout", wait)?;
        *self = new;
        Ok(())
    }

    /// Closes the store and opens it again at `path`, its own file.
    pub fn reopen(&mut self, path: &Path) -> Result<()> {
        let wait = self.db.pragma_query_value(None, "busy_timeout", |row| row.get::<_, i64>(0))?;
        // Two connections of one process would share the files that the first connection has open.
        drop(std::mem::replace(&mut self.db, Connection::open_in_memory()?));
        *self = Store::open(path, Access::Write)?;
        Ok(self.db.pragma_update(None, "busy_timeout", wait)?)
    }
}
