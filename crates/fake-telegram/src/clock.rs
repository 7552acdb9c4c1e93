//! The server clock: Unix time that a test can set, move and stop.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const NANOS: i128 = 1_000_000_000;

/// Reads Unix time in nanoseconds. It runs with the monotonic clock, so changes of the system's time do not affect it.
#[derive(Debug)]
pub struct Clock {
    base: i128,
    since: Instant,
    frozen: bool,
    /// The total time for which it stood still, up to `since`.
    stood: Duration,
}

impl Clock {
    /// A clock that shows the system's time.
    pub fn system() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self { base: now.as_nanos() as i128, since: Instant::now(), frozen: false, stood: Duration::ZERO }
    }

    /// A clock that shows `seconds` now.
    pub fn at(seconds: i64) -> Self {
        Self { base: i128::from(seconds) * NANOS, since: Instant::now(), frozen: false, stood: Duration::ZERO }
    }

    /// Unix time in nanoseconds.
    pub fn nanos(&self) -> i128 {
        if self.frozen { self.base } else { self.base + self.since.elapsed().as_nanos() as i128 }
    }

    /// Unix time in whole seconds.
    pub fn seconds(&self) -> i64 {
        self.nanos().div_euclid(NANOS) as i64
    }

    /// Jumps ahead, or back when `seconds` is negative.
    pub fn advance(&mut self, seconds: i64) {
        self.base += i128::from(seconds) * NANOS;
    }

    /// By how many seconds it is behind a clock that never stood still, such as a client's.
    pub fn lag(&self) -> i64 {
        let standing = if self.frozen { self.since.elapsed() } else { Duration::ZERO };
        (self.stood + standing).as_secs() as i64
    }

    /// Stops the clock, or lets it run on from its current time.
    pub fn freeze(&mut self, frozen: bool) {
        if self.frozen {
            self.stood += self.since.elapsed();
        }
        self.base = self.nanos();
        self.since = Instant::now();
        self.frozen = frozen;
    }

    /// The message id of this moment, its two low bits clear.
    pub fn message_id(&self) -> i64 {
        let nanos = self.nanos();
        let seconds = nanos.div_euclid(NANOS) as i64;
        let fraction = (nanos.rem_euclid(NANOS) << 32) / NANOS;
        (seconds << 32) | (fraction as i64 & !3)
    }
}
