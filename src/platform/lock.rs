//! The lock that allows one tracker per store.

use std::fs::File;
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
        let failed = |error: &std::io::Error| Error::file(path, "written", error);
        let file = File::options().create(true).truncate(false).write(true).read(true).open(path);
        let file = file.map_err(|error| failed(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock(file))),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(failed(&error)),
        }
    }

    /// Whether a process holds the lock. Writes nothing, and keeps no lock.
    pub fn is_held(path: &Path) -> std::io::Result<bool> {
        match File::open(path) {
            Ok(file) => match file.try_lock_shared() {
                Ok(()) => Ok(false),
                Err(std::fs::TryLockError::WouldBlock) => Ok(true),
                Err(std::fs::TryLockError::Error(error)) => Err(error),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
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
