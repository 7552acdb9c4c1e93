//! The lock that allows one tracker per store.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use super::fs;
use crate::error::{Error, Result};

const RETRIES: u32 = 5;
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// Held while a tracker runs on a store.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock lasts as long as the open file")] File);

impl Lock {
    /// Takes the lock; `None` if another process holds it. Only the owner of the file can open it, so no other user can
    /// hold it.
    pub fn take(path: &Path) -> Result<Option<Lock>> {
        fs::narrow(path);
        let open = || fs::own_file().create(true).truncate(false).write(true).read(true).open(path);
        let locked = open().map_err(TryLockError::Error).and_then(|file| file.try_lock().map(|()| file));
        match locked {
            Ok(file) => Ok(Some(Lock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(Error::file(path, "written", &error)),
        }
    }

    /// Whether a process holds the lock. Writes nothing, and keeps no lock.
    pub fn is_held(path: &Path) -> std::io::Result<bool> {
        let locked = File::open(path).map_err(TryLockError::Error).and_then(|file| file.try_lock_shared());
        match locked {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// As [`Lock::take`], with retries for half a second: a command may hold the lock briefly, and must not keep a
    /// tracker from starting.
    pub async fn take_with_retries(path: &Path) -> Result<Option<Lock>> {
        for _ in 0..RETRIES {
            if let Some(lock) = Lock::take(path)? {
                return Ok(Some(lock));
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        Ok(None)
    }
}

/// A process that holds the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub pid: u32,
    /// The program's name, as the system reports it.
    pub program: Option<String>,
}

impl Holder {
    /// The holder of the lock at `path`. Known only on Linux, and for processes of the same PID namespace.
    pub fn of(path: &Path) -> Option<Holder> {
        #[cfg(target_os = "linux")]
        {
            use std::os::unix::fs::MetadataExt;
            let locks = std::fs::read_to_string("/proc/locks").ok()?;
            let pid = pid_in(&locks, path.metadata().ok()?.ino())?;
            let program = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok();
            Some(Holder { pid, program: program.map(|name| name.trim_end().to_owned()) })
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = path;
            None
        }
    }
}

/// The process that holds a lock on the file with this number, from `/proc/locks`. Files on other disks can have the
/// same number. The device is not compared, since some file systems report another device there than for the file.
///
/// ```text
/// 1: FLOCK  ADVISORY  WRITE 4711 fd:01:1234567 0 EOF
/// ```
#[cfg(target_os = "linux")]
fn pid_in(locks: &str, inode: u64) -> Option<u32> {
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, _, pid, file, ..] = words[..] else { return None };
        let is_it = file.rsplit(':').next()?.parse() == Ok(inode);
        pid.parse().ok().filter(|_| is_it)
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// CASES X18.
    #[test]
    fn only_the_owner_can_open_the_lock_and_no_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("track.lock");
        let mode = || path.metadata().unwrap().permissions().mode() & 0o777;
        drop(Lock::take(&path).unwrap().unwrap());
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        drop(Lock::take(&path).unwrap().unwrap());
        assert_eq!(mode(), 0o600, "one of an earlier version");
        std::fs::remove_file(&path).unwrap();
        symlink("elsewhere", &path).unwrap();
        Lock::take(&path).unwrap_err();
        assert!(!folder.path().join("elsewhere").exists());
    }

    /// CASES X18.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_holder_of_a_lock_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("track.lock");
        let _lock = Lock::take(&path).unwrap().unwrap();
        assert_eq!(Lock::take(&path).unwrap().map(drop), None);
        // A file system with its own locks does not show them.
        if let Some(holder) = Holder::of(&path) {
            assert_eq!(holder.pid, std::process::id());
        }
        let locks = "1: POSIX  ADVISORY  WRITE 11 fd:01:77 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 12 fd:01:77 0 EOF\n\
                     3: FLOCK  ADVISORY  READ 13 fd:01:78 0 EOF\n\
                     4: FLOCK  ADVISORY  READ 14 fd:01:77 0 EOF\n";
        assert_eq!((pid_in(locks, 77), pid_in(locks, 78), pid_in(locks, 1)), (Some(14), Some(13), None));
    }
}
