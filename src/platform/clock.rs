//! The only place that reads a clock. Everything else takes time as an argument.

#![allow(clippy::disallowed_methods, reason = "this is where clocks are read")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::domain::Instant;

/// See [`accept_any_date`].
static ACCEPTS_ANY_DATE: AtomicBool = AtomicBool::new(false);

/// A single answer's date is accepted only if it differs from the expected time by at most this, in seconds.
pub const MAX_DATE_ERROR: i64 = 60;

/// Whether impossible dates from Telegram are rejected (rules §3.16).
pub fn checks_dates() -> bool {
    !ACCEPTS_ANY_DATE.load(Ordering::Relaxed)
}

/// Accepts every date from now on, for tests with a Telegram whose clock moves freely.
pub fn accept_any_date() {
    ACCEPTS_ANY_DATE.store(true, Ordering::Relaxed);
}

/// The system clock, corrected to Telegram's clock, which decides all times (rules §2).
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Telegram's clock minus the system clock, in seconds.
    offset: i64,
    started: std::time::Instant,
    started_with_sleep: Duration,
    started_wall: i64,
}

impl Clock {
    /// `offset` is the last known one, from the store; 0 if there is none.
    pub fn new(offset: i64) -> Clock {
        Clock { offset, started: std::time::Instant::now(), started_with_sleep: with_sleep(), started_wall: wall() }
    }

    /// Telegram's time, as far as the offset is known.
    pub fn now(&self) -> Instant {
        Instant(wall()) + self.offset
    }

    /// Time since the clock was created. It does not jump, and may pause while the machine sleeps.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// As [`Clock::elapsed`], with the time that the machine slept.
    pub fn elapsed_with_sleep(&self) -> Duration {
        with_sleep().saturating_sub(self.started_with_sleep)
    }

    /// How far the system clock has drifted from [`Clock::elapsed`], in seconds, by sleep or because the clock was set.
    pub fn drift(&self) -> i64 {
        wall() - self.started_wall - self.elapsed().as_secs() as i64
    }

    /// Sets the offset: Telegram's time is `at` now. A single answer is accepted only if it is near the system clock,
    /// with the last known offset or without one. Returns whether it was accepted.
    pub fn sync(&mut self, at: Instant) -> bool {
        let offset = at - self.system();
        let is_believed = !checks_dates() || is_plausible(offset, self.offset);
        if is_believed {
            self.offset = offset;
        }
        is_believed
    }

    /// Sets the offset if Telegram's time `at` is earlier than this clock's.
    pub fn sync_back(&mut self, at: Instant) {
        self.offset = self.offset.min(at - self.system());
    }

    /// The system clock, uncorrected.
    pub fn system(&self) -> Instant {
        Instant(wall())
    }

    pub fn offset(&self) -> i64 {
        self.offset
    }
}

fn is_plausible(offset: i64, known: i64) -> bool {
    [0, known].into_iter().any(|expected| offset.saturating_sub(expected).saturating_abs() <= MAX_DATE_ERROR)
}

/// A monotonic time that also counts while the machine sleeps.
fn with_sleep() -> Duration {
    // On Windows `std::time::Instant` counts sleep; it never goes back.
    #[cfg(not(unix))]
    {
        static FIRST: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        FIRST.get_or_init(std::time::Instant::now).elapsed()
    }
    #[cfg(unix)]
    {
        use rustix::time::{ClockId, clock_gettime};
        // macOS counts sleep in its monotonic clock; Linux has a separate clock for it.
        #[cfg(target_os = "linux")]
        let clock = ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        let clock = ClockId::Monotonic;
        clock_gettime(clock).try_into().unwrap_or_default()
    }
}

/// Unix seconds by the system clock; 0 before 1970.
fn wall() -> i64 {
    unix_seconds(std::time::SystemTime::now()).unwrap_or(0)
}

/// The system clock, uncorrected, and the microseconds of the current second.
pub fn system_with_micros() -> (Instant, u32) {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    (Instant(i64::try_from(since.as_secs()).unwrap_or(0)), since.subsec_micros())
}

/// When this computer started, by the system clock; `None` where that is unknown.
pub fn boot_time() -> Option<Instant> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let seconds = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    seconds.trim().parse().ok().map(Instant)
}

/// When a file was changed, by the system clock; `None` if the file system does not report it.
pub fn modified(file: &std::fs::Metadata) -> Option<Instant> {
    unix_seconds(file.modified().ok()?).map(Instant)
}

fn unix_seconds(time: std::time::SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_answer_is_believed_near_the_system_clock_or_the_known_offset() {
        for (offset, known, is_believed) in [
            (60, 0, true),
            (61, 0, false),
            (-60, 5000, true),
            (5060, 5000, true),
            (2500, 5000, false),
            (i64::MAX, i64::MIN, false),
        ] {
            assert_eq!(is_plausible(offset, known), is_believed, "{offset} {known}");
        }
    }

    /// CASES X3: one of two clocks is a day ahead: the system's, or Telegram's.
    #[test]
    fn of_two_clocks_that_differ_the_earlier_one_can_be_taken() {
        let mut clock = Clock::new(0);
        clock.sync_back(clock.system() - 86_400);
        assert!((-86_401..=-86_399).contains(&clock.offset()));
        clock.sync_back(clock.system() + 86_400);
        assert!((-86_401..=-86_399).contains(&clock.offset()));
    }

    #[test]
    fn an_absurd_offset_does_not_overflow() {
        for offset in [i64::MAX, i64::MIN] {
            let clock = Clock::new(offset);
            assert!(clock.now() - clock.system() != 0);
        }
    }
}
