//! Whether the group is seen and the store can be written, and who is told if not.

use std::time::Duration;

use super::Tracker;
use crate::app::alerts;
use crate::app::sender::{self, Finished, Job, Lane, Routes};
use crate::domain::alert::{Place, STEADY};
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;

/// How often it is looked whether somebody is to be alerted.
const ALERT: Duration = Duration::from_millis(500);

/// An attempt at an alert.
pub(super) type Sending = (Job, Finished);

/// A time in which the group is not seen; it goes on.
#[derive(Clone, Debug)]
pub(super) struct Dark {
    /// The last confirmed instant; since `noted` if `None`.
    pub(super) since: Option<Instant>,
    pub(super) why: String,
    /// An earlier tracker died in it.
    pub(super) died: bool,
    /// By the clock's `elapsed`.
    pub(super) noted: Duration,
}

impl Tracker<'_> {
    /// Writes the liveness file if it is time to, and alerts whoever is to be alerted.
    pub(super) async fn look_after(&mut self) -> Result<()> {
        let elapsed = self.clock.elapsed();
        if elapsed >= self.beat {
            self.write_state(None);
        }
        if let Some(Ok((job, finished))) = self.alerts.try_join_next() {
            let settled = sender::settle(&mut self.store, &job, finished.outcome, self.clock.now());
            self.forgive(settled)?;
            self.alert = Duration::ZERO;
        }
        self.tell_of_trouble(elapsed);
        // An alert waits, like a post, until all that it tells of is on the disk, and itself.
        if elapsed >= self.alert && self.unwritten.is_empty() {
            self.alert = elapsed + ALERT;
            let next = self.next_alert();
            if let Some(job) = self.forgive(next)?.flatten() {
                self.alerts.spawn(async move {
                    let finished = job.run().await;
                    (job, finished)
                });
            }
        }
        Ok(())
    }

    /// The group is not seen from now on, or still not.
    pub(super) fn darken(&mut self, why: &str) {
        let (since, noted) = (self.confirmed, self.clock.elapsed());
        let dark = self.dark.get_or_insert_with(|| Dark { since, why: why.to_owned(), died: false, noted });
        if !dark.died {
            dark.why = why.to_owned();
        }
    }

    /// The group is seen at `at`.
    pub(super) fn lighten(&mut self, at: Instant) {
        if self.asleep {
            return;
        }
        let Some(dark) = self.dark.take() else { return };
        let since = dark.since.unwrap_or_else(|| at - (self.clock.elapsed() - dark.noted).as_secs() as i64);
        self.ended = Some((Span::new(since.min(at), at), dark));
        self.alert = Duration::ZERO;
    }

    /// Tells that the store can't be written, and that it can be again: past the store.
    fn tell_of_trouble(&mut self, elapsed: Duration) {
        if let Some(Ok((sent, result))) = self.words.try_join_next() {
            match result {
                Ok(()) => {
                    tracing::info!("the organiser is told");
                    self.word.take_if(|(word, _)| *word == sent);
                }
                Err(problem) => tracing::warn!("the alert is not sent yet: {}", sender::explain(&problem)),
            }
        }
        let title = self.title();
        let context =
            AlertContext { group: &title, zone: self.config.group().zone, words: Language::default().words() };
        let seconds = elapsed.as_secs() as i64;
        if let Some(trouble) = &mut self.trouble {
            // The newer word says more than one that could not be sent.
            let word = trouble.due_alert(&context, self.clock.now(), seconds);
            self.word = word.map(|word| (word, elapsed)).or(self.word.take());
        }
        self.trouble.take_if(|trouble| trouble.is_over(seconds));
        let Some((word, again)) = &mut self.word else { return };
        if elapsed < *again || !self.words.is_empty() {
            return;
        }
        *again = elapsed + Duration::from_secs(alerts::RETRY_DELAY.unsigned_abs());
        let word = word.clone();
        let row = self.group_row();
        let (group, me) = (row.map_or(PeerId(0), |row| row.peer), row.and_then(|row| row.tracker));
        let routes = alerts::routes(self.config.group(), &self.config.credentials, Some(&self.store), me);
        self.words.spawn(async move {
            let result = alerts::send_unstored(group, &word, &routes).await;
            (word, result)
        });
    }

    /// Decides and stores what somebody is to be told, and takes the next alert to send.
    fn next_alert(&mut self) -> Result<Option<Job>> {
        let Some(key) = self.key.or(self.row.as_ref().map(|row| row.key)) else { return Ok(None) };
        let now = self.clock.now();
        let title = self.title();
        let context =
            AlertContext { group: &title, zone: self.config.group().zone, words: Language::default().words() };
        if let Some((span, dark)) = self.ended.clone() {
            alerts::queue_back(&mut self.store, key, &context, span, dark.died, &dark.why, now)?;
            self.ended = None;
        }
        if let Some(dark) = &mut self.dark {
            let noted = self.clock.elapsed() - dark.noted;
            let since = dark.since.unwrap_or(now - noted.as_secs() as i64);
            let why = if dark.died { format!("the tracker was away ({})", dark.why) } else { dark.why.clone() };
            if noted.as_secs() as i64 >= MIN_STEADY
                && alerts::queue_step(&mut self.store, key, &context, since, now, &why)?.is_some()
            {
                // By this the incident is known from now on.
                dark.since = Some(since);
            }
        }
        alerts::queue_refusals(&mut self.store, key, &place, now)?;
        // The routes need secrets: they are made only if one is needed.
        if !self.alerts.is_empty() || !sender::is_due(&self.store, key, Lane::Alerts, now)? {
            return Ok(None);
        }
        let row = self.group_row();
        let (group, me) = (row.map_or(PeerId(0), |row| row.peer), row.and_then(|row| row.tracker));
        let alerts = alerts::routes(self.config.group(), &self.config.credentials, Some(&self.store), me);
        let routes = Routes { alerts, ..Routes::none(key, group) };
        sender::next(&mut self.store, &routes, Lane::Alerts, now)
    }
}
