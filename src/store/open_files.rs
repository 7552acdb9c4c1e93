//! Whether the files of an open store are still where they were. On Unix a file can be removed, or another one put in its
//! place, while it is open: SQLite then goes on with files that nobody else can find.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::connection::{Access, Store, sqlite_error};
use super::import::beside;
use crate::error::{Error, Result};

/// What happened to the files of an open store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// There is no file at its path any more.
    Removed,
    /// Another file is at its path.
    Replaced,
    /// Its log (`-wal`) was removed, or another file is in its place.
    LogLost,
}

/// The files that an open store uses.
#[derive(Debug)]
pub struct OpenFiles {
    path: PathBuf,
    store: Option<FileId>,
    log: Option<FileId>,
}

/// A file, whatever its name: device and inode.
type FileId = (u64, u64);

impl OpenFiles {
    /// The files of the store that was just opened at `path`.
    pub fn new(path: &Path) -> OpenFiles {
        let there = |path: &Path| id(path).ok().flatten();
        OpenFiles { path: path.to_owned(), store: there(path), log: there(&beside(path, "-wal")) }
    }

    /// What happened to them. A file that can't be looked at counts as unchanged.
    pub fn change(&self) -> Option<Change> {
        let is_lost = |was: Option<FileId>, now: &io::Result<Option<FileId>>| matches!(now, Ok(now) if was.is_some() && *now != was);
        let (store, log) = (id(&self.path), id(&beside(&self.path, "-wal")));
        match store {
            Ok(None) if self.store.is_some() => Some(Change::Removed),
            _ if is_lost(self.store, &store) => Some(Change::Replaced),
            _ if is_lost(self.log, &log) => Some(Change::LogLost),
            _ => None,
        }
    }

    /// Takes the log out of the way of another file at the store's path. The store must have emptied its log.
    pub fn remove_log(&self) -> Result<()> {
        let log = beside(&self.path, "-wal");
        if self.log.is_some() && id(&log).is_ok_and(|now| now == self.log) {
            remove(&log)?;
            remove(&beside(&self.path, "-shm"))?;
        }
        Ok(())
    }

    /// Takes any log out of the way of the store: its own is removed, and a foreign one gets another name. The store must
    /// have emptied its log.
    pub fn clear_log(&self) -> Result<()> {
        self.remove_log()?;
        let log = beside(&self.path, "-wal");
        if log.symlink_metadata().is_ok() {
            std::fs::rename(&log, free_name(&log)).map_err(|error| Error::file(&log, "renamed", &error))?;
        }
        remove(&beside(&self.path, "-shm"))
    }
}

/// Removes a file, if it is there.
fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if !is_missing(&error) => Err(Error::file(path, "removed", &error)),
        _ => Ok(()),
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// A name beside `path` at which nothing is.
fn free_name(path: &Path) -> PathBuf {
    let names = (1..).map(|number| beside(path, &format!(".foreign.{number}")));
    let mut free = names.filter(|name| name.symlink_metadata().is_err());
    free.next().unwrap_or_else(|| unreachable!("numbers do not end"))
}

/// `None` if there is no such file.
#[cfg(unix)]
fn id(path: &Path) -> io::Result<Option<FileId>> {
    use std::os::unix::fs::MetadataExt;
    match path.metadata() {
        Ok(file) => Ok(Some((file.dev(), file.ino()))),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Elsewhere an open store can be neither removed nor replaced.
#[cfg(not(unix))]
fn id(_path: &Path) -> io::Result<Option<FileId>> {
    Ok(None)
}

impl Store {
    /// Moves everything from the log into the store's file, also if either has no name any more.
    pub fn empty_log(&self) -> Result<()> {
        let busy = self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
        match busy.map_err(|error| sqlite_error("the store can't be written", error))? {
            false => Ok(()),
            true => Err(Error::temporary("another program reads the store")),
        }
    }

    /// Goes on with the store at `path`, which must hold the same. If it can't be opened, this one stays open.
    pub fn move_to(&mut self, path: &Path) -> Result<()> {
        let wait = self.db.pragma_query_value(None, "busy_timeout", |row| row.get::<_, i64>(0))?;
        let new = Store::open(path, Access::Write)?;
        new.db.pragma_update(None, "busy_timeout", wait)?;
        *self = new;
        Ok(())
    }

    /// Closes the store and opens it again at `path`, its own.
    pub fn reopen(&mut self, path: &Path) -> Result<()> {
        let wait = self.db.pragma_query_value(None, "busy_timeout", |row| row.get::<_, i64>(0))?;
        // Two connections of one process would share the files that the first one has open.
        drop(std::mem::replace(&mut self.db, Connection::open_in_memory()?));
        *self = Store::open(path, Access::Write)?;
        Ok(self.db.pragma_update(None, "busy_timeout", wait)?)
    }
}
