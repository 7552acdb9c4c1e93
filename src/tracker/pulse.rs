//! The pulse on Mondays: eight weeks of everybody are read outside the thread that writes the store, then the message
//! is stored.

use std::sync::Arc;

use super::engine::{GroupId, Input};
use super::run_loop::{Event, RunLoop};
use crate::app::pulse;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::pulse::weekly::{Due, Weekly};
use crate::error::Result;

/// The pause after a read that failed, in seconds.
const RETRY_INTERVAL: i64 = 600;

impl RunLoop {
    pub(super) fn queue_pulse(&mut self, group: GroupId) {
        let watched = &self.groups[group.0];
        let (settings, row) = (Arc::clone(&watched.settings), watched.row().cloned());
        let (now, _) = self.engine.clock();
        let weekly = pulse::weekly(&settings, now);
        let Some(((due, next), row)) = weekly.zip(row) else {
            return self.pulse_queued(group, Weekly::default());
        };
        let Some(due) = due else {
            return self.pulse_queued(group, Weekly { queued: false, next });
        };
        let read = ReadTime { at: now, tracked_since: self.first_seen(group) };
        let reader = Arc::clone(self.chat.slow_reader());
        self.jobs.spawn(async move {
            let composed = reader.read(move |store, _| pulse::compose_weekly(store, &settings, &row, due, read));
            Event::PulseComposed(group, due, composed.await)
        });
    }

    /// `composed`: the text, or `None` if the message of that Monday is stored already.
    pub(super) fn pulse_composed(&mut self, group: GroupId, due: Due, composed: Result<Option<String>>) {
        let (now, _) = self.engine.clock();
        let next = pulse::weekly(&self.groups[group.0].settings, now).and_then(|(_, next)| next);
        match composed {
            Ok(None) => self.pulse_queued(group, Weekly { queued: false, next }),
            Ok(Some(text)) => self.with_group(
                group,
                move |weekly| Input::PulseQueued { group, weekly },
                move |store, settings, row, now| {
                    let queued = store.queue_pulse(row.key, due.monday, settings.language, &text, now, due.until)?;
                    Ok(Weekly { queued, next })
                },
            ),
            Err(error) => {
                tracing::warn!("the pulse could not be computed: {error}; again in {RETRY_INTERVAL} s");
                self.pulse_queued(group, Weekly { queued: false, next: Some(now + RETRY_INTERVAL) });
            }
        }
    }

    fn pulse_queued(&self, group: GroupId, weekly: Weekly) {
        let _ = self.events.send(Event::Input(Input::PulseQueued { group, weekly: Ok(weekly) }));
    }
}
