//! The focus clock of a group (rules §9.3): when its phases are stored. The store's thread determines the phase and its
//! text, and its answer says when the phase ends.
//!
//! ```text
//! call    ├──────────────────────────────────────┤
//! turns   │ begins    │ phase    │ phase          │ over: the message is deleted
//! ```

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::group::Group;
use super::{Action, Engine, GroupId, Job, Lane, MIN_RETRY_INTERVAL};
use crate::domain::{CallId, Instant};
use crate::tracker::write_buffer::StoreFailure;

/// How long a turn of the clock waits after the title of the call could not be read.
const READ_RETRY_INTERVAL: Duration = Duration::from_secs(30);

/// The result of [`Action::TurnClock`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockTurn {
    /// The group has a rhythm.
    pub on: bool,
    /// A title or message of the clock is to be sent.
    pub queued: bool,
    /// When the phase ends that the call now shows.
    pub next: Option<Instant>,
    /// The title of the call could not be read, so nothing was stored; Telegram asks to wait so many seconds, or 0.
    pub unread: Option<u32>,
}

/// The clock of one group.
#[derive(Debug, Default)]
pub(super) struct GroupClock {
    pub(super) turn: Job,
    /// The group has a rhythm, as far as is known.
    on: bool,
    /// The call of the last turn.
    call: Option<CallId>,
}

impl GroupClock {
    /// There is a new connection, or the clock jumped.
    pub(super) fn look_again(&mut self, now: Duration) {
        if self.on {
            self.turn.due_now(now);
        }
    }
}

impl Engine {
    /// When a group's clock turns: only while the tracker sees the call, or sees that there is none. One clock turns at
    /// a time.
    pub(super) fn clock_deadline(&self, group: &Group) -> Option<Duration> {
        let sees = group.run.is_some() && group.watcher.blind().is_none();
        let ready = self.store_is_ready() && self.stopping.is_none() && !self.turning;
        group.clock.turn.deadline().filter(|_| self.shared.options.post && sees && ready)
    }

    pub(super) fn turn_clock(&mut self, id: GroupId) {
        let group = &mut self.groups[id.0];
        group.clock.turn.start();
        group.clock.call = group.watcher.call();
        let call = group.clock.call;
        self.turning = true;
        self.shared.act(Action::TurnClock { group: id, call });
    }

    pub(super) fn clock_turned(&mut self, id: GroupId, turned: Result<ClockTurn, StoreFailure>) {
        let now = self.shared.steady();
        self.turning = false;
        match turned {
            Ok(ClockTurn { on, queued, next, unread }) => {
                let next = match unread {
                    Some(seconds) => Some(now + READ_RETRY_INTERVAL.max(Duration::from_secs(seconds.into()))),
                    None => next.map(|at| self.shared.steady_at(at).max(now + MIN_RETRY_INTERVAL)),
                };
                let group = self.group(id);
                group.clock.on = on;
                group.clock.turn.finish(next);
                self.follow_call(id);
                if queued {
                    self.lanes[Lane::Clock as usize].due_now(now);
                }
            }
            Err(failure) => {
                self.group(id).clock.turn.finish(Some(now));
                self.store_failed(failure);
            }
        }
    }

    /// The call is not that of the last turn any more: there is another one, or none.
    pub(super) fn follow_call(&mut self, id: GroupId) {
        let now = self.shared.steady();
        let group = self.group(id);
        if group.clock.call != group.watcher.call() {
            group.clock.look_again(now);
        }
    }

    /// The rhythm of a group, or the text of its phases, has changed.
    pub(super) fn clock_changed(&mut self, id: GroupId) {
        let now = self.shared.steady();
        self.group(id).clock.turn.due_now(now);
    }

    /// Whether any group has a rhythm.
    pub(super) fn has_clock(&self) -> bool {
        self.groups.iter().any(|group| group.clock.on)
    }
}
