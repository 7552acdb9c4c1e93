//! The only place that reads a clock. Everything else takes time as an argument.

#![allow(clippy::disallowed_methods, reason = "this is where clocks are read")]

use std::time::Duration;

use crate::domain::Instant;

/// The system clock, corrected to Telegram's: Telegram's clock is the clock of record (rules §2).
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Telegram's clock minus the system clock, in seconds.
    offset: i64,
    started: std::time::Instant,
    started_wall: i64,
}

impl Clock {
    /// `offset` is the last known one, from the store; 0 if there is none.
    pub fn new(offset: i64) -> Clock {
        Clock { offset, started: std::time::Instant::now(), started_wall: wall() }
    }

    /// Telegram's time, as far as it is known.
    pub fn now(&self) -> Instant {
        Instant(wall() + self.offset)
    }

    /// Time since the clock was created. It does not jump, and may pause while the machine sleeps.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// How far the system clock has drifted from [`Clock::elapsed`], in seconds: after a sleep, or when the clock was set.
    pub fn drift(&self) -> i64 {
        wall() - self.started_wall - self.elapsed().as_secs() as i64
    }

    /// Sets the offset: Telegram's time is `at` now.
    pub fn sync(&mut self, at: Instant) {
        self.offset = at.0 - wall();
    }

    /// The system clock, uncorrected.
    pub fn system(&self) -> Instant {
        Instant(wall())
    }

    pub fn offset(&self) -> i64 {
        self.offset
    }
}

/// Unix seconds by the system clock; before 1970 it reads 0.
fn wall() -> i64 {
    unix_seconds(std::time::SystemTime::now()).unwrap_or(0)
}

/// When this computer started, by the system clock; `None` where the system does not say.
pub fn boot_time() -> Option<Instant> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let seconds = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    seconds.trim().parse().ok().map(Instant)
}

/// When a file was changed, by the system clock; `None` if the file system does not say.
pub fn modified(file: &std::fs::Metadata) -> Option<Instant> {
    unix_seconds(file.modified().ok()?).map(Instant)
}

fn unix_seconds(time: std::time::SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs()).ok()
}
