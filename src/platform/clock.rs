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
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Time since a start, by a clock that does not jump.
#[derive(Clone, Copy, Debug)]
pub struct SteadyTime(std::time::Instant);

impl SteadyTime {
    pub fn start() -> SteadyTime {
        SteadyTime(std::time::Instant::now())
    }

    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// When a file was changed, by the system clock; `None` if the file system does not say.
pub fn modified(file: &std::fs::Metadata) -> Option<Instant> {
    let since = file.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Instant(i64::try_from(since.as_secs()).unwrap_or(i64::MAX)))
}
