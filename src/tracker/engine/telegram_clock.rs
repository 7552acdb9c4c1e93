//! Telegram's current time, and which of its dates are accepted (rules §3.16).
//!
//! ```text
//! accepted: 20:00:00 ─── 30 s by a clock that does not jump ───► expected: 20:00:30
//!                                                       ├──── 60 s ────┼──── 60 s ────┤
//!                                                   no  │          accepted           │  no
//! ```
//! A date that is not accepted makes the tracker blind: it credits nothing, and ends no stay. If Telegram keeps sending
//! such a time, on several connections, the time is accepted.

use std::time::Duration;

use super::{MAX_DRIFT, Now};
use crate::domain::Instant;
use crate::domain::text::duration;
use crate::domain::time::period::local;
use crate::domain::time::zone::Zone;

/// How far an accepted date may be from the expected one, in seconds.
pub(super) const MAX_DATE_ERROR: i64 = 60;
/// How many answers have to agree before an unexpected time is accepted,
const MIN_ANSWERS: u32 = 3;
/// on how many connections,
const MIN_CONNECTIONS: u32 = 2;
/// and over how long.
const MIN_AGREEMENT: Duration = Duration::from_secs(120);
/// Answers agree if they differ by at most this many seconds: an answer can take a while to arrive.
const MAX_DISAGREEMENT: i64 = 10;
/// Accepted answers move the expected time by at most a second in this many seconds. No computer's clock drifts faster.
const ADJUSTMENT_INTERVAL: i64 = 600;

/// Telegram's clock showed `at` when the other clocks showed `now`.
#[derive(Clone, Copy, Debug)]
struct Reading {
    at: Instant,
    now: Now,
}

impl Reading {
    fn expected(self, now: Now) -> Instant {
        self.at + now.seconds_since(self.now)
    }

    /// The expected time if this computer stood still for as long as its system clock says.
    fn expected_after_pause(self, now: Now) -> Option<Instant> {
        let by_system = self.at + now.system.saturating_sub(self.now.system);
        (by_system - self.expected(now) > MAX_DRIFT).then_some(by_system)
    }
}

/// An unexpected time that Telegram keeps sending.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    first: Reading,
    answers: u32,
    connections: u32,
    /// The last connection with such an answer.
    connection: u64,
}

/// See the module's docs.
#[derive(Debug)]
pub(super) struct TelegramClock {
    /// Off in records of versions that accepted every date, and in tests whose Telegram jumps.
    checks: bool,
    /// Telegram's clock minus the system clock, as the tracker knew it at its start.
    start_offset: i64,
    /// Telegram's last date. Its clock runs on from there.
    shown: Reading,
    /// The base of the expected time; `None` until Telegram has sent an accepted time in this run.
    trusted: Option<Reading>,
    /// The newest accepted date.
    newest: Instant,
    candidate: Option<Candidate>,
}

impl TelegramClock {
    pub(super) fn new(checks: bool, offset: i64, now: Now) -> TelegramClock {
        let at = Instant(now.system) + offset;
        TelegramClock {
            checks,
            start_offset: offset,
            shown: Reading { at, now },
            trusted: None,
            newest: Instant(i64::MIN),
            candidate: None,
        }
    }

    /// Telegram's time, as far as it is known.
    pub(super) fn at(&self, now: Now) -> Instant {
        match self.checks && self.trusted.is_none() {
            // The system clock may be corrected before Telegram is reached.
            true => Instant(now.system) + self.start_offset,
            false => self.shown.expected(now),
        }
    }

    /// Telegram's clock minus the system clock, in seconds.
    pub(super) fn offset(&self, now: Now) -> i64 {
        self.at(now) - Instant(now.system)
    }

    /// Whether Telegram has sent an accepted time in this run.
    pub(super) fn is_trusted(&self) -> bool {
        !self.checks || self.trusted.is_some()
    }

    /// Whether to accept the date of a container or of an answer. The container may have been delayed, so its date may
    /// be older than expected, but not older than the dates before it.
    pub(super) fn accepts(&self, date: Instant, now: Now) -> bool {
        if !self.checks {
            return true;
        }
        let waited =
            |reading: Reading| date - reading.expected(now) <= MAX_DATE_ERROR && self.newest - date <= MAX_DATE_ERROR;
        self.is_expected(date, now) || self.trusted.is_some_and(waited)
    }

    /// Whether `date` can be Telegram's time now.
    fn is_expected(&self, date: Instant, now: Now) -> bool {
        let is_near = |expected: Instant| (date - expected).saturating_abs() <= MAX_DATE_ERROR;
        match self.trusted {
            Some(reading) => is_near(reading.expected(now)) || reading.expected_after_pause(now).is_some_and(is_near),
            // Either clock may be right: the system clock may have been set since the offset was stored.
            None => [0, self.start_offset].into_iter().any(|offset| is_near(Instant(now.system) + offset)),
        }
    }

    /// Takes an accepted date. Telegram's clock is never behind the newest date.
    pub(super) fn note(&mut self, date: Instant, now: Now) {
        self.newest = self.newest.max(date);
        if date > self.at(now) {
            self.shown = Reading { at: date, now };
        }
    }

    /// Takes the date in Telegram's answer to `updates.getState`, on a connection. `earliest`: when a group was last
    /// seen, also by an earlier tracker. If the answer is not accepted, the error says why.
    pub(super) fn answer(&mut self, date: Instant, earliest: Instant, connection: u64, now: Now) -> Result<(), String> {
        let goes_back = self.trusted.is_none() && earliest - date > MAX_DATE_ERROR;
        if !self.checks {
            self.shown = Reading { at: date, now };
        } else if self.is_expected(date, now) && !goes_back {
            self.adjust(date, now);
        } else if self.agree(date, connection, now) {
            tracing::warn!("Telegram's clock is accepted: {MIN_ANSWERS} answers agree");
            self.trust(date, now);
        } else {
            return Err(self.explain(date, now));
        }
        Ok(())
    }

    /// Takes `date` as Telegram's time, without a comparison.
    pub(super) fn trust(&mut self, date: Instant, now: Now) {
        self.shown = Reading { at: date, now };
        self.trusted = Some(self.shown);
        self.newest = date;
        self.candidate = None;
    }

    /// An accepted answer. Many answers, each a bit further off, could lead to any time, so the expected time follows
    /// slowly.
    fn adjust(&mut self, date: Instant, now: Now) {
        let Some(reading) =
            self.trusted.filter(|reading| (date - reading.expected(now)).saturating_abs() <= MAX_DATE_ERROR)
        else {
            return self.trust(date, now);
        };
        self.candidate = None;
        self.newest = date;
        self.shown = Reading { at: date, now };
        let most = now.seconds_since(reading.now).max(0) / ADJUSTMENT_INTERVAL;
        if most > 0 {
            let error = date - reading.expected(now);
            self.trusted = Some(Reading { at: reading.expected(now) + error.clamp(-most, most), now });
        }
    }

    /// Whether enough answers agree with this one.
    fn agree(&mut self, date: Instant, connection: u64, now: Now) -> bool {
        let new = Candidate { first: Reading { at: date, now }, answers: 0, connections: 0, connection: u64::MAX };
        let agrees = |one: &Candidate| (date - one.first.expected(now)).saturating_abs() <= MAX_DISAGREEMENT;
        let candidate = self.candidate.take_if(|one| agrees(one)).unwrap_or(new);
        let candidate = Candidate {
            answers: candidate.answers + 1,
            connections: candidate.connections + u32::from(candidate.connection != connection),
            connection,
            ..candidate
        };
        self.candidate = Some(candidate);
        candidate.answers >= MIN_ANSWERS
            && candidate.connections >= MIN_CONNECTIONS
            && now.steady.saturating_sub(candidate.first.now.steady) >= MIN_AGREEMENT
    }

    /// Why `date` is not accepted.
    pub(super) fn explain(&self, date: Instant, now: Now) -> String {
        let ahead = date - self.at(now);
        let by = duration(ahead.saturating_abs());
        let time = local(Zone::UTC, date).format("%Y-%m-%d %H:%M:%S");
        match (self.is_trusted(), ahead > 0) {
            (true, true) => format!("Telegram sent the date {time} UTC, {by} ahead of its clock, which can't be right"),
            (true, false) => format!("Telegram sent the date {time} UTC, {by} behind its clock, which can't be right"),
            (false, _) => format!(
                "Telegram's clock ({time} UTC) and this computer's differ by {by}; correct this computer's clock, or \
                 wait some minutes until Telegram confirms its own"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_800_000_000;
    const NEVER: Instant = Instant(0);

    fn now(second: u64) -> Now {
        let elapsed = Duration::from_secs(second);
        Now { steady: elapsed, system: START + second as i64, elapsed: Some(elapsed) }
    }

    fn at(second: i64) -> Instant {
        Instant(START + second)
    }

    /// A clock that Telegram has confirmed at second 0.
    fn trusted() -> TelegramClock {
        let mut clock = TelegramClock::new(true, 0, now(0));
        clock.answer(at(0), NEVER, 1, now(0)).unwrap();
        clock
    }

    #[test]
    fn a_date_is_believed_within_a_minute_of_what_has_passed() {
        let clock = trusted();
        for (date, is_believed) in
            [(161, false), (160, true), (100, true), (0, true), (-60, true), (-61, false), (7300, false)]
        {
            assert_eq!(clock.accepts(at(date), now(100)), is_believed, "{date}");
        }
        for date in [i32::MAX, i32::MIN, 0, -1, 1] {
            assert!(!clock.accepts(Instant(date.into()), now(100)), "{date}");
        }
        assert!(!clock.accepts(Instant(i64::MAX), now(100)) && !clock.accepts(Instant(i64::MIN), now(100)));
    }

    #[test]
    fn what_waited_is_believed_but_not_what_is_older_than_what_came_before() {
        let mut clock = trusted();
        clock.note(at(500), now(500));
        assert!(clock.accepts(at(500), now(900)));
        assert!(!clock.accepts(at(439), now(900)));
    }

    #[test]
    fn the_system_clock_does_not_matter_once_telegram_has_sent_the_time() {
        let clock = trusted();
        for set in [-86_400, 86_400] {
            let now = Now { system: START + 100 + set, ..now(100) };
            assert_eq!((clock.at(now), clock.offset(now)), (at(100), -set));
            assert!(clock.accepts(at(100), now) && !clock.accepts(at(4000), now));
        }
    }

    /// When a virtual machine was paused, the clock that counts sleep did not run, but its system clock is set right.
    #[test]
    fn after_a_sleep_or_a_pause_the_new_time_is_believed_at_once() {
        let asleep = Now { steady: Duration::from_secs(10), ..now(7200) };
        let paused = Now { system: START + 7200, ..now(10) };
        for woken in [asleep, paused] {
            let mut clock = trusted();
            assert!(clock.accepts(at(7203), woken) && !clock.accepts(at(7300), woken));
            clock.answer(at(7203), NEVER, 2, woken).unwrap();
            assert_eq!(clock.at(woken), at(7203));
        }
    }

    #[test]
    fn a_pause_is_as_long_as_the_system_clock_says() {
        let paused = Now { system: START + 7200, ..now(10) };
        assert!(!trusted().accepts(at(3600), paused));
        // A system clock that goes back is no pause.
        assert!(!trusted().accepts(at(-7200), Now { system: START - 7200, ..now(10) }));
    }

    #[test]
    fn another_time_is_taken_up_after_three_answers_on_two_connections_over_two_minutes() {
        let takes_up = |answers: &[(u64, i64, u64)]| {
            let mut clock = trusted();
            let mut answer =
                |(second, date, connection)| clock.answer(at(date), NEVER, connection, now(second)).is_ok();
            answers.iter().map(|one| answer(*one)).collect::<Vec<_>>()
        };
        assert_eq!(takes_up(&[(10, 7210, 1), (70, 7270, 2), (130, 7330, 2)]), [false, false, true]);
        // Too soon; one connection; too few; they disagree; an accepted one in between.
        assert_eq!(takes_up(&[(10, 7210, 1), (70, 7270, 2), (129, 7329, 3)]), [false; 3]);
        assert_eq!(takes_up(&[(10, 7210, 1), (70, 7270, 1), (130, 7330, 1)]), [false; 3]);
        assert_eq!(takes_up(&[(10, 7210, 1), (130, 7330, 2)]), [false; 2]);
        assert_eq!(takes_up(&[(10, 7210, 1), (70, 7290, 2), (131, 7351, 3)]), [false; 3]);
        assert_eq!(takes_up(&[(10, 7210, 1), (70, 7270, 2), (80, 80, 2), (131, 7331, 3)]), [false, false, true, false]);
    }

    #[test]
    fn at_the_start_the_system_clock_or_the_stored_offset_has_to_agree() {
        let first = |offset: i64, date: i64, earliest: i64| {
            TelegramClock::new(true, offset, now(0)).answer(at(date), at(earliest), 1, now(0)).is_ok()
        };
        assert!(first(0, 60, -5000) && first(5000, 5060, -5000) && first(5000, -60, -5000));
        assert!(!first(0, 61, -5000) && !first(5000, 2500, -5000));
        // The last tracker saw the group at a later time.
        assert!(first(0, 0, 60) && !first(0, 0, 61));
        let mut clock = TelegramClock::new(true, 0, now(0));
        assert!(!clock.is_trusted() && clock.answer(at(7200), NEVER, 1, now(0)).unwrap_err().contains("2h 00m"));
        assert_eq!(clock.at(now(5)), at(5));
        // The system clock is set right before Telegram is reached again.
        let set = Now { system: START + 7230, ..now(30) };
        assert_eq!(clock.at(set), at(7230));
        clock.answer(at(7230), NEVER, 2, set).unwrap();
    }

    /// Each answer alone is accepted.
    #[test]
    fn many_small_steps_lead_nowhere() {
        let mut clock = trusted();
        let mut date = 0;
        for second in (15..86_400).step_by(15) {
            date = (date + 15).max(second as i64 + 50);
            let next = date + 20;
            if clock.answer(at(next), NEVER, 1, now(second)).is_ok() {
                date = next;
            }
        }
        assert!(date - 86_400 < 60 + 86_400 / ADJUSTMENT_INTERVAL + 20, "{date}");
    }

    #[test]
    fn a_clock_that_is_a_little_slow_is_followed() {
        let mut clock = trusted();
        // 100 s in a million: 8.6 s a day, for a month.
        for second in (15..30 * 86_400).step_by(15) {
            let date = second as i64 + second as i64 / 10_000;
            assert_eq!(clock.answer(at(date), NEVER, 1, now(second)), Ok(()), "{second}");
            assert_eq!(clock.at(now(second)), at(date));
        }
    }

    #[test]
    fn a_record_without_checks_believes_all() {
        let mut clock = TelegramClock::new(false, 0, now(0));
        assert!(clock.accepts(Instant(i32::MAX.into()), now(0)));
        clock.answer(at(9000), NEVER, 1, now(0)).unwrap();
        let later = Now { elapsed: None, ..now(10) };
        assert_eq!(clock.at(later), at(9010));
    }
}
