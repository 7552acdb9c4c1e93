//! The store's file under a running tracker. A file that was removed is written again; a file that somebody put in its
//! place is left alone.
//!
//! ```text
//! rm study.db              ──► the open store is written to study.db again
//! mv other.db study.db     ──► the open store is kept in var/backup/, and the tracker ends
//! rm study.db-wal          ──► the contents of the log are written to study.db
//! ```

use std::io;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::backup;
use crate::config::Home;
use crate::domain::time::zone::Zone;
use crate::error::{Error, Result};
use crate::platform::fs::{self, FileId, Part};
use crate::store::{self, Store};

/// What happened to the files of an open store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// There is no file at the store's path any more.
    Removed,
    /// Another file is at the store's path.
    Replaced,
    /// The store's log (`-wal`) was removed, or another file is in its place.
    LogLost,
}

/// Watches the files of an open store. On Unix an open file can be removed or replaced. SQLite then still uses the old
/// file, which no other process can find.
#[derive(Debug)]
pub struct StoreFile {
    home: Home,
    store: Option<FileId>,
    log: Option<FileId>,
}

impl StoreFile {
    /// Remembers the files of the store that was just opened in `home`.
    pub fn new(home: Home) -> StoreFile {
        let path = home.store();
        let id = |path: &Path| FileId::at(path).ok().flatten();
        StoreFile { store: id(&path), log: id(&store::beside(&path, "-wal")), home }
    }

    /// What has happened to the files since they were opened. A file that can't be checked counts as unchanged.
    pub fn change(&self) -> Option<Change> {
        let path = self.home.store();
        let is_lost = |was: Option<FileId>, now: &io::Result<Option<FileId>>| matches!(now, Ok(now) if was.is_some() && *now != was);
        let store = FileId::at(&path);
        match store {
            Ok(None) if self.store.is_some() => Some(Change::Removed),
            _ if is_lost(self.store, &store) => Some(Change::Replaced),
            _ if is_lost(self.log, &FileId::at(&store::beside(&path, "-wal"))) => Some(Change::LogLost),
            _ => None,
        }
    }

    /// Writes the open store to a file that other processes can find. If the tracker must end, returns the error for
    /// that; what the tracker still writes is kept, too. After a failure the open store is unchanged: try again.
    pub fn mend(&mut self, change: Change, store: &mut Store, zone: Zone, today: NaiveDate) -> Result<Option<Error>> {
        let path = self.home.store();
        store.empty_log()?;
        match change {
            Change::Removed => {
                let folder = fs::folder_of(&path);
                std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, "made", &error))?;
                let part =
                    Part::new(folder, "study.db.", ".part").map_err(|error| Error::file(folder, "written", &error))?;
                store.copy_into(part.path())?;
                self.clear_log()?;
                part.place_new(&path).map_err(|error| Error::file(&path, "written", &error))?;
                store.move_to(&path)?;
            }
            Change::Replaced => {
                let kept = backup::set_aside_copy_of(&self.home, store, today)?;
                self.remove_log()?;
                store.move_to(&kept)?;
                let end = Error::failed(format!(
                    "the store {} was replaced by another file while the tracker ran",
                    path.display()
                ))
                .hint(format!("The other file was left as it is. The tracker's data is kept as {}.", kept.display()))
                .hint("To continue with the tracker's data, run:")
                .command("", backup::restore_command(&self.home, &kept))
                .command("To continue with the other file, run", "swf track");
                // From now on, ignore the other file in the store's place.
                (self.store, self.log) = (None, None);
                return Ok(Some(end));
            }
            Change::LogLost => {
                self.clear_log()?;
                if let Err(error) = store.reopen(&path) {
                    return Ok(Some(backup::with_restore_hint(error, &self.home, zone)));
                }
            }
        }
        *self = StoreFile::new(self.home.clone());
        Ok(None)
    }

    /// Removes the store's log, so that SQLite does not apply it to another file at the store's path. The store must
    /// have emptied its log.
    fn remove_log(&self) -> Result<()> {
        let path = self.home.store();
        let log = store::beside(&path, "-wal");
        if self.log.is_some() && FileId::at(&log).is_ok_and(|now| now == self.log) {
            remove(&log)?;
            remove(&store::beside(&path, "-shm"))?;
        }
        Ok(())
    }

    /// Frees the path of the log: removes the store's own log, and renames a foreign one. The store must have emptied
    /// its log.
    fn clear_log(&self) -> Result<()> {
        self.remove_log()?;
        let path = self.home.store();
        let log = store::beside(&path, "-wal");
        if log.symlink_metadata().is_ok() {
            std::fs::rename(&log, free_name(&log)).map_err(|error| Error::file(&log, "renamed", &error))?;
        }
        remove(&store::beside(&path, "-shm"))
    }
}

/// A free name next to `path`.
fn free_name(path: &Path) -> PathBuf {
    let names = (1..).map(|number| store::beside(path, &format!(".foreign.{number}")));
    let mut free = names.filter(|name| name.symlink_metadata().is_err());
    free.next().unwrap_or_else(|| unreachable!("numbers do not end"))
}

/// Removes a file, if it is there.
fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::file(path, "removed", &error)),
        _ => Ok(()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::domain::PeerId;
    use crate::store::{Access, beside};

    const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2033, 5, 18).unwrap();

    struct World {
        _folder: tempfile::TempDir,
        home: Home,
        store: Store,
        file: StoreFile,
    }

    impl World {
        /// An open store with a group in its log.
        fn new() -> World {
            let folder = tempfile::tempdir().unwrap();
            let home = Home(folder.path().to_owned());
            std::fs::create_dir(folder.path().join("var")).unwrap();
            let mut store = Store::open(&home.store(), Access::Write).unwrap();
            add(&mut store, 1);
            let file = StoreFile::new(home.clone());
            assert_eq!(file.change(), None);
            World { _folder: folder, home, store, file }
        }

        fn mend(&mut self) -> Result<Option<Error>> {
            let change = self.file.change().unwrap();
            let mended = self.file.mend(change, &mut self.store, Zone::UTC, TODAY);
            if mended.is_ok() {
                assert_eq!(self.file.change(), None);
            }
            mended
        }

        /// Puts another database, with a log of its own, in the store's place.
        fn move_in(&self) {
            let elsewhere = self.home.path().join("other.db");
            let mut other = Store::open(&elsewhere, Access::Write).unwrap();
            add(&mut other, 9);
            for suffix in ["", "-wal"] {
                std::fs::rename(beside(&elsewhere, suffix), beside(&self.home.store(), suffix)).unwrap();
            }
        }
    }

    fn add(store: &mut Store, number: i64) {
        store.group(PeerId(-number), None, "Study Hall", None, PeerId(1)).unwrap();
    }

    /// The groups that another process would find in the file.
    fn found(path: &Path) -> Vec<i64> {
        let store = Store::open(path, Access::Read).unwrap();
        let mut groups: Vec<i64> = store.groups().unwrap().into_iter().map(|group| -group.peer.0).collect();
        groups.sort_unstable();
        groups
    }

    /// CASES X4.
    #[test]
    fn a_store_that_is_removed_is_written_anew() {
        type Remove = fn(&Home);
        let only_the_store: Remove = |home| std::fs::remove_file(home.store()).unwrap();
        let the_folder: Remove = |home| std::fs::remove_dir_all(home.path().join("var")).unwrap();
        for remove in [only_the_store, the_folder] {
            let mut world = World::new();
            remove(&world.home);
            assert_eq!(world.file.change(), Some(Change::Removed));
            // A write while the file has no name is not lost either.
            add(&mut world.store, 2);
            assert!(world.mend().unwrap().is_none());
            assert_eq!(found(&world.home.store()), [1, 2]);
            add(&mut world.store, 3);
            assert_eq!(found(&world.home.store()), [1, 2, 3]);
        }
    }

    /// CASES X4.
    #[test]
    fn a_file_in_the_stores_place_is_left_alone_and_what_was_open_is_kept() {
        let mut world = World::new();
        std::fs::remove_file(beside(&world.home.store(), "-wal")).unwrap();
        world.move_in();
        assert_eq!(world.file.change(), Some(Change::Replaced));
        let end = world.mend().unwrap().unwrap();
        let hints: Vec<String> = end.hints().iter().map(ToString::to_string).collect();
        let kept = world.home.backups().join("study-2033-05-18.kept.db");
        assert!(hints.join("\n").contains(&format!("backup --restore '{}'", kept.display())), "{hints:?}");
        // A last write when the tracker ends.
        add(&mut world.store, 2);
        drop(world.store);
        assert_eq!(found(&kept), [1, 2]);
        assert_eq!(found(&world.home.store()), [9]);
    }

    /// CASES X4.
    #[test]
    fn a_log_that_is_removed_or_moved_in_costs_nothing() {
        let mut world = World::new();
        std::fs::remove_file(beside(&world.home.store(), "-wal")).unwrap();
        assert_eq!(world.file.change(), Some(Change::LogLost));
        assert!(world.mend().unwrap().is_none());
        add(&mut world.store, 2);
        assert_eq!(found(&world.home.store()), [1, 2]);
        std::fs::write(world.home.path().join("log"), "another log").unwrap();
        std::fs::rename(world.home.path().join("log"), beside(&world.home.store(), "-wal")).unwrap();
        assert!(world.mend().unwrap().is_none());
        assert_eq!(found(&world.home.store()), [1, 2]);
        assert_eq!(std::fs::read(beside(&world.home.store(), "-wal.foreign.1")).unwrap(), b"another log");
    }

    #[test]
    fn where_it_can_not_be_written_anew_the_open_store_goes_on() {
        let mut world = World::new();
        let folder = world.home.path().join("var");
        std::fs::remove_dir_all(&folder).unwrap();
        std::fs::write(&folder, "in the way").unwrap();
        add(&mut world.store, 2);
        assert!(world.mend().is_err());
        std::fs::remove_file(&folder).unwrap();
        assert!(world.mend().unwrap().is_none());
        assert_eq!(found(&world.home.store()), [1, 2]);
    }
}
