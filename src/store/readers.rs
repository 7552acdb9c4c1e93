//! Open stores for a server, which reads often.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::{Access, Store};
use crate::error::Result;

/// How many stores stay open while nobody reads.
const MAX_IDLE: usize = 4;

/// Opens a store, and keeps it open for the next reader.
#[derive(Debug)]
pub struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Opened>>,
}

/// A store that is opened for reading. Dropping it keeps the store open for the next reader.
#[derive(Debug)]
pub struct Reader<'a> {
    readers: &'a Readers,
    /// `None` only while the reader is being dropped.
    opened: Option<Opened>,
}

#[derive(Debug)]
struct Opened {
    store: Store,
    /// The file that was opened; `None` if the next reader has to open it again.
    file: Option<Version>,
}

impl Readers {
    pub fn new(path: PathBuf) -> Readers {
        Readers { path, idle: Mutex::default() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The store that is now at the path, opened with [`Access::Read`].
    pub fn open(&self) -> Result<Reader<'_>> {
        let file = version(&self.path);
        let idle = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            // Drops stores that were replaced, or that do not have the newest marks of forgotten people.
            idle.retain(|opened| opened.file == file);
            idle.pop()
        };
        let opened = match idle {
            Some(opened) => opened,
            None => {
                let store = Store::open(&self.path, Access::Read)?;
                Opened { file: file.filter(|_| store.sees_writes()), store }
            }
        };
        Ok(Reader { readers: self, opened: Some(opened) })
    }
}

impl Deref for Reader<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.opened.as_ref().expect("it is taken only when the reader is dropped").store
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let is_kept = |opened: &Opened| opened.file.is_some() && opened.store.db.is_autocommit();
        let mut idle = self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.extend(self.opened.take().filter(is_kept));
        }
    }
}

/// Device and number of the store's file, and the state of the file with the marks of forgotten people.
type Version = (u64, u64, Option<(u64, SystemTime)>);

/// `None` if the file is absent, and on systems that do not allow replacing an open file.
#[cfg(unix)]
fn version(path: &Path) -> Option<Version> {
    use std::os::unix::fs::MetadataExt;
    let forgotten = path.with_file_name(super::forgetting::FILE).metadata();
    let forgotten = forgotten.ok().and_then(|file| Some((file.len(), file.modified().ok()?)));
    path.metadata().ok().map(|file| (file.dev(), file.ino(), forgotten))
}

#[cfg(not(unix))]
fn version(_path: &Path) -> Option<Version> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PeerId;

    fn titles(readers: &Readers) -> Vec<String> {
        readers.open().unwrap().groups().unwrap().into_iter().map(|group| group.title).collect()
    }

    #[test]
    fn a_kept_store_shows_what_was_written_since_and_what_was_put_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.db");
        let add = |path: &Path, peer, title| {
            let mut store = Store::open(path, Access::Write).unwrap();
            store.group(PeerId(peer), None, title, None, PeerId(1)).unwrap();
        };
        let readers = Readers::new(path.clone());
        assert!(readers.open().is_err());
        add(&path, -1, "Study Hall");
        assert_eq!(titles(&readers), ["Study Hall"]);
        if cfg!(unix) {
            assert_eq!(readers.idle.lock().unwrap().len(), 1);
        }
        add(&path, -2, "Night Hall");
        assert_eq!(titles(&readers).len(), 2);
        let other = folder.path().join("other.db");
        add(&other, -3, "Other Hall");
        // Everything is in the one file, because nobody has the store open.
        std::fs::rename(&other, &path).unwrap();
        for log in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.path().join(format!("study.db{log}")));
        }
        assert_eq!(titles(&readers), ["Other Hall"]);
        std::fs::remove_file(&path).unwrap();
        assert!(readers.open().is_err());
    }

    #[test]
    fn readers_at_the_same_time_have_a_store_each_and_few_stay_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.db");
        drop(Store::open(&path, Access::Write).unwrap());
        let readers = Readers::new(path);
        let opened: Vec<Reader> = (0..10).map(|_| readers.open().unwrap()).collect();
        drop(opened);
        assert!(readers.idle.lock().unwrap().len() <= MAX_IDLE);
    }
}
