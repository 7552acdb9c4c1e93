//! Folds old stays of the groups, one step at a time (rules §8.4): on the store's thread, when the engine says so.

use std::time::Duration;

use super::engine::{GroupId, Input};
use super::groups::Target;
use super::run_loop::{Event, RunLoop};
use crate::app::retention::{self, Cursor};
use crate::domain::Instant;
use crate::error::Result;
use crate::store::Store;

/// The store does other work in between.
const STEP_INTERVAL: Duration = Duration::from_secs(1);
/// A day becomes old enough once a day; a setting may be new.
const PASS_INTERVAL: Duration = Duration::from_secs(3600);

/// How far a pass over the groups has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pass {
    /// The place among the groups that have the setting.
    group: usize,
    cursor: Cursor,
}

impl RunLoop {
    /// One step; the answer says when the next one is due.
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
                tracing::warn!("old stays are not folded: {error}");
                (Pass::default(), PASS_INTERVAL)
            });
            let _ = events.send(Event::Folded(pass, Input::Folded { again }));
        });
    }
}

fn step(store: &mut Store, targets: &[(GroupId, Target)], mut pass: Pass, now: Instant) -> Result<(Pass, Duration)> {
    let Some((_, target)) = targets.get(pass.group) else { return Ok((Pass::default(), PASS_INTERVAL)) };
    // Without the index, a step reads all stays.
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
