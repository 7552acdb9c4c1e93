//! Whether the store can be written, and which notices about failures the organiser gets. A notice is not stored,
//! because the store can't be written.
//!
//! ```text
//! ──┤ can't be written                  ├ can ┤ can't ├── can ──────────
//!   S               +5 min                                    +20 s
//!                   notice                                    notice: recovered
//! ```

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::Instant;
use crate::tracker::write_buffer::StoreFailure;

/// How long the store must have failed before a notice is due.
const MIN_FAILURE: i64 = 300;
/// How long a failure or a recovery must have lasted by the steady clock: a computer that wakes up recovers quickly.
const SETTLING_TIME: Duration = Duration::from_secs(20);
/// The pause after a notice that could not be sent.
const RETRY_INTERVAL: Duration = Duration::from_secs(60);

/// A notice to the organiser. `since` identifies the failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoreNotice {
    /// Since when the store can't be written, why, and what to do about it.
    Failing { since: Instant, now: Instant, failure: StoreFailure },
    /// The store could not be written from `since` to `until`.
    Recovered { since: Instant, until: Instant },
}

#[derive(Debug)]
struct Episode {
    since: Instant,
    noted: Duration,
    failure: StoreFailure,
    told: bool,
    /// When writes began to succeed again; the failure may be over.
    recovered: Option<(Instant, Duration)>,
}

/// See the module's docs.
#[derive(Debug, Default)]
pub(super) struct StoreHealth {
    episode: Option<Episode>,
    /// A notice that is not sent yet, and when to try again.
    notice: Option<(StoreNotice, Duration)>,
    sending: Option<StoreNotice>,
}

impl StoreHealth {
    /// A write failed.
    pub(super) fn failed(&mut self, failure: StoreFailure, now: Instant, steady: Duration) {
        let same = self.episode.as_ref().is_some_and(|episode| episode.failure == failure);
        if !same {
            tracing::error!("{}; new data is kept in memory, and posts wait", failure.why);
        }
        match &mut self.episode {
            Some(episode) => (episode.failure, episode.recovered) = (failure, None),
            None => {
                self.episode = Some(Episode { since: now, noted: steady, failure, told: false, recovered: None });
            }
        }
    }

    /// Everything that waited is written.
    pub(super) fn recovered(&mut self, now: Instant, steady: Duration) {
        if let Some(episode) = &mut self.episode {
            episode.recovered.get_or_insert((now, steady));
        }
    }

    pub(super) fn is_failing(&self) -> bool {
        self.episode.as_ref().is_some_and(|episode| episode.recovered.is_none())
    }

    /// When a notice is due, or the failure counts as over.
    pub(super) fn deadline(&self, now: Instant, steady: Duration) -> Option<Duration> {
        let retry = self.notice.as_ref().filter(|_| self.sending.is_none()).map(|(_, at)| *at);
        let step = self.episode.as_ref().and_then(|episode| match episode.recovered {
            Some((_, noted)) => Some(noted + SETTLING_TIME),
            None if episode.told => None,
            None => {
                let wait = Duration::from_secs((MIN_FAILURE - (now - episode.since)).max(0).unsigned_abs());
                Some((steady + wait).max(episode.noted + SETTLING_TIME))
            }
        });
        [retry, step].into_iter().flatten().min()
    }

    /// The notice to send now.
    pub(super) fn notice(&mut self, now: Instant, steady: Duration) -> Option<StoreNotice> {
        if let Some(episode) = &mut self.episode {
            let settled = |noted: Duration| steady >= noted + SETTLING_TIME;
            match episode.recovered {
                Some((until, noted)) if settled(noted) => {
                    // This newer notice replaces one that could not be sent.
                    if episode.told {
                        let notice = StoreNotice::Recovered { since: episode.since, until };
                        self.notice = Some((notice, steady));
                    }
                    self.episode = None;
                }
                None if !episode.told && now - episode.since >= MIN_FAILURE && settled(episode.noted) => {
                    episode.told = true;
                    let failure = episode.failure.clone();
                    self.notice = Some((StoreNotice::Failing { since: episode.since, now, failure }, steady));
                }
                _ => {}
            }
        }
        let (notice, at) = self.notice.as_mut().filter(|_| self.sending.is_none())?;
        if steady < *at {
            return None;
        }
        *at = steady + RETRY_INTERVAL;
        self.sending = Some(notice.clone());
        self.sending.clone()
    }

    /// Takes the result of sending a notice.
    pub(super) fn told(&mut self, sent: bool, steady: Duration) {
        let sending = self.sending.take();
        if sent {
            self.notice.take_if(|(notice, _)| Some(&*notice) == sending.as_ref());
        }
        if let Some((notice, at)) = &mut self.notice
            && Some(&*notice) != sending.as_ref()
        {
            *at = steady;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(why: &str) -> StoreFailure {
        StoreFailure { passes: true, why: why.into(), hint: "Make room.".into() }
    }

    /// Runs the clock from `from` to `to`, and returns the notices with their times.
    fn run(health: &mut StoreHealth, from: i64, to: i64, sent: bool) -> Vec<(i64, StoreNotice)> {
        let mut notices = Vec::new();
        for second in from..to {
            let (now, steady) = (Instant(1000 + second), Duration::from_secs(second.unsigned_abs()));
            while health.deadline(now, steady).is_some_and(|at| at <= steady) {
                if let Some(notice) = health.notice(now, steady) {
                    notices.push((second, notice));
                    health.told(sent, steady);
                }
            }
        }
        notices
    }

    #[test]
    fn a_failure_is_told_after_five_minutes_and_its_end_after_twenty_seconds() {
        let mut health = StoreHealth::default();
        health.failed(failure("full"), Instant(1000), Duration::ZERO);
        let notices = run(&mut health, 0, 400, true);
        let told = StoreNotice::Failing { since: Instant(1000), now: Instant(1300), failure: failure("full") };
        assert_eq!(notices, [(300, told)]);
        health.recovered(Instant(1400), Duration::from_secs(400));
        let over = StoreNotice::Recovered { since: Instant(1000), until: Instant(1400) };
        assert_eq!(run(&mut health, 400, 900, true), [(420, over)]);
        assert!(!health.is_failing());
    }

    #[test]
    fn a_short_failure_is_not_told_and_one_that_comes_back_goes_on() {
        let mut health = StoreHealth::default();
        health.failed(failure("full"), Instant(1000), Duration::ZERO);
        health.recovered(Instant(1200), Duration::from_secs(200));
        assert_eq!(run(&mut health, 200, 215, true), []);
        health.failed(failure("locked"), Instant(1215), Duration::from_secs(215));
        let notices = run(&mut health, 215, 320, true);
        assert_eq!(notices.len(), 1);
        assert_eq!(notices[0].0, 300);
        let mut health = StoreHealth::default();
        health.failed(failure("full"), Instant(1000), Duration::ZERO);
        health.recovered(Instant(1200), Duration::from_secs(200));
        assert_eq!(run(&mut health, 200, 900, true), []);
    }

    #[test]
    fn a_notice_that_fails_is_retried_each_minute_until_a_newer_one_replaces_it() {
        let mut health = StoreHealth::default();
        health.failed(failure("full"), Instant(1000), Duration::ZERO);
        let times: Vec<i64> = run(&mut health, 0, 500, false).into_iter().map(|(at, _)| at).collect();
        assert_eq!(times, [300, 360, 420, 480]);
        health.recovered(Instant(1500), Duration::from_secs(500));
        let notices = run(&mut health, 500, 600, true);
        assert_eq!(notices.len(), 1);
        assert!(matches!(notices[0], (520, StoreNotice::Recovered { .. })), "{notices:?}");
    }

    #[test]
    fn a_clock_that_jumps_tells_nobody_before_twenty_seconds() {
        let mut health = StoreHealth::default();
        health.failed(failure("full"), Instant(1000), Duration::ZERO);
        assert_eq!(health.deadline(Instant(90_000), Duration::from_secs(1)), Some(SETTLING_TIME));
    }
}
