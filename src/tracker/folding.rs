//! Folds old stays of the groups, one step at a time (rules §8.4), on the store's thread, when the engine requests it.

use std::time::Duration;

use super::engine::{GroupId, Input};
use super::groups::Target;
use super::run_loop::{Event, RunLoop};
use crate::app::retention::{self, Cursor};
use crate::domain::Instant;
use crate::error::Result;
use crate::store::Store;

/// The pause between two steps, in which the store does other work.
const STEP_INTERVAL: Duration = Duration::from_secs(1);
/// The pause between two passes. Once a day another day becomes old enough, and settings may have changed.
const PASS_INTERVAL: Duration = Duration::from_secs(3600);

/// The progress of a pass over the groups.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pass {
    /// The index among the groups that have the setting.
    group: usize,
    cursor: Cursor,
}

impl RunLoop {
    /// Runs one step; its input has the time of the next one.
    pub(super) fn fold(&mut self) {
        let targets: Vec<(GroupId, Target)> =
            self.active_targets().into_iter().filter(|(_, target)| target.settings.retention.is_some()).collect();
        let (events, pass, (now, _)) = (self.events.clone(), self.folding, self.engine.clock());
        if targets.is_empty() {
            let _ = events.send(Event::Folded(Pass::default(), Input::Folded { again: PASS_INTERVAL }));
            return;
        }
        self.store.run(move |store| {
            let (pass, again) = step(store, &targets, pass, now).unwrap_or_else(|error| {
                tracing::warn!("old stays could not be folded: {error}");
                (Pass::default(), PASS_INTERVAL)
            });
            let _ = events.send(Event::Folded(pass, Input::Folded { again }));
        });
    }
}

fn step(store: &mut Store, targets: &[(GroupId, Target)], mut pass: Pass, now: Instant) -> Result<(Pass, Duration)> {
    let Some((_, target)) = targets.get(pass.group) else { return Ok((Pass::default(), PASS_INTERVAL)) };
    // Without the index, a step would read all stays.
    if !store.has_person_index()? {
        return Ok((pass, PASS_INTERVAL));
    }
    let progress = match retention::horizon(&target.settings, now) {
        Some(horizon) => retention::step(store, &target.settings, target.key, &horizon, &mut pass.cursor)?,
        None => None,
    };
    if progress.is_none() {
        pass = Pass { group: pass.group + 1, cursor: Cursor::default() };
    }
    Ok((pass, STEP_INTERVAL))
}
