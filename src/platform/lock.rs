//! The lock that allows one tracker per store.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use crate::error::{Error, Result};

const RETRIES: u32 = 5;
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// Held while a tracker runs on a store.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock lasts as long as the open file")] File);

impl Lock {
    /// Takes the lock; `None` if another process holds it.
    pub fn take(path: &Path) -> Result<Option<Lock>> {
        let open = || File::options().create(true).truncate(false).write(true).read(true).open(path);
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

    /// As [`Lock::take`], with retries for half a second: a command may hold the lock briefly, and must not keep a tracker
    /// from starting.
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
