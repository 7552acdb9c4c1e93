//! Several groups: which of them have a call is asked in batches, not group by group (rules §3.6).
//!
//! ```text
//! sweep ──► no call ──────────► the group is confirmed
//!      ├──► a call ───────────► looked up, if it is not followed yet
//!      └──► not accessible ───► that group's outage; the others go on
//! ```
//! Also which groups are not found yet: each is looked for by itself, so that one that is lost stops no other.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::requests::Method;
use super::{Action, Engine, Failure, GroupId, Loss, OpenedGroup};
use crate::domain::Instant;
use crate::domain::people::Known;
use crate::domain::roster::{BlindReason, Event};

/// How often groups without a call are swept: at random between these two.
const SWEEP_INTERVAL: (f64, f64) = (25.0, 35.0);
/// The pauses between two searches for a group that is not found: doubled each time.
const MIN_FIND_PAUSE: Duration = Duration::from_secs(30);
const MAX_FIND_PAUSE: Duration = Duration::from_secs(3600);

/// What a sweep shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// A date no later than the moment at which it was true.
    pub at: Instant,
    pub groups: Vec<(GroupId, Sight)>,
    /// The groups' titles and usernames.
    pub people: Vec<Known>,
}

/// What a sweep shows of one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sight {
    NoCall,
    /// A call, perhaps only a scheduled one.
    Call,
    /// The account does not see the group any more.
    Lost {
        why: String,
    },
}

/// Whether Telegram has shown a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has to be found, from `at` on, after `failures` searches without success.
    Wanted { at: Duration, failures: u32 },
    /// It is being looked for.
    Asked { failures: u32 },
    #[default]
    Found,
    /// The settings name it no more.
    Removed,
}

impl Engine {
    /// The places of all groups that are found.
    pub(super) fn found_groups(&self) -> impl Iterator<Item = usize> + use<> {
        let found: Vec<usize> =
            (0..self.groups.len()).filter(|index| self.groups[*index].standing == Standing::Found).collect();
        found.into_iter()
    }

    /// When the groups are swept next; `None` with one group, whose call is looked up directly.
    pub(super) fn sweep_deadline(&self) -> Option<Duration> {
        let is_wanted = self.shared.many && self.stopping.is_none_or(|_| !self.swept_at_end);
        let at = self.sweep.deadline().filter(|_| is_wanted && self.is_online())?;
        Some(at.max(self.budget.held_until(Method::Sweep)))
    }

    pub(super) fn start_sweep(&mut self) {
        self.swept_at_end = self.stopping.is_some();
        self.sweep.start();
        self.calls.ask();
        self.calls.lookup_sent(self.shared.steady());
        self.shared.act(Action::Sweep);
    }

    pub(super) fn swept(&mut self, swept: Result<Box<Sweep>, Failure>) -> Option<Loss> {
        let now = self.shared.steady();
        self.connection.received = now;
        let pause = Duration::from_secs_f64(self.shared.jitter.between(SWEEP_INTERVAL.0, SWEEP_INTERVAL.1));
        self.sweep.finish(Some(now + pause));
        let sweep = match swept {
            Ok(sweep) => *sweep,
            Err(Failure::Flood { seconds }) => {
                let wait = Duration::from_secs(seconds.into());
                tracing::warn!("Telegram asks to wait {seconds} s with looks for calls");
                self.budget.hold(Method::Sweep, now + wait);
                self.calls.failed(now, wait);
                return None;
            }
            Err(Failure::Refused { why, .. }) => {
                tracing::warn!("{why}; the next look for calls is in {} s", pause.as_secs());
                self.calls.failed(now, pause);
                return None;
            }
            Err(failure) => return self.connection_failed(failure),
        };
        if let Some(why) = self.take_date(sweep.at) {
            return Some(self.wrong_date(why));
        }
        let mut candidates = Vec::new();
        for (id, sight) in sweep.groups {
            let follows = self.groups[id.0].watcher.call().is_some();
            match sight {
                Sight::NoCall if !follows => {
                    let own: Vec<Known> =
                        sweep.people.iter().filter(|one| self.groups[id.0].is(one)).cloned().collect();
                    self.observe(id.0, vec![Event::Found { at: sweep.at, call: None }], &own);
                }
                // A check of the call shows whether it is over.
                Sight::NoCall => self.groups[id.0].check_at = now,
                Sight::Call if !follows => candidates.push(id.0),
                Sight::Call => self.groups[id.0].take_name(&sweep.people, &mut self.shared),
                Sight::Lost { why } => self.group_lost(id, why),
            }
        }
        self.look_up_calls(&candidates);
        None
    }

    /// Groups that have a call which is not followed look it up. Updates of unknown calls may be theirs.
    fn look_up_calls(&mut self, candidates: &[usize]) {
        match candidates {
            [] => self.calls.answered(None, self.shared.steady()),
            _ => self.calls.undecided(),
        }
        candidates.iter().for_each(|index| self.feed(*index, Event::Due { full: false }));
    }

    /// The account does not see a group any more. The others go on; this one is looked for again from time to time.
    fn group_lost(&mut self, id: GroupId, why: String) {
        let now = self.shared.steady();
        self.outage_started(Some(id), &why);
        self.groups[id.0].disconnected();
        self.groups[id.0].standing = Standing::Wanted { at: now + MIN_FIND_PAUSE, failures: 0 };
        self.feed(id.0, Event::Lost(BlindReason::Gap));
    }

    // Finding groups.

    /// When the next group is to be found that is not.
    pub(super) fn find_deadline(&self) -> Option<Duration> {
        let wanted = self.groups.iter().filter_map(|group| match group.standing {
            Standing::Wanted { at, .. } => Some(at),
            _ => None,
        });
        let is_free = self.is_online() && self.stopping.is_none();
        wanted.min().filter(|_| is_free).map(|at| at.max(self.budget.held_until(Method::Find)))
    }

    /// Looks for all groups that are wanted now.
    pub(super) fn find_groups(&mut self) {
        let now = self.shared.steady();
        let mut wanted = Vec::new();
        for group in &mut self.groups {
            if let Standing::Wanted { at, failures } = group.standing
                && at <= now
            {
                group.standing = Standing::Asked { failures };
                wanted.push(group.id);
            }
        }
        self.shared.act(Action::Find { groups: wanted });
    }

    /// What became of a search for groups. Those that were asked for and are not among the answers are asked for again.
    pub(super) fn groups_found(&mut self, found: Vec<(GroupId, Result<Box<OpenedGroup>, Failure>)>) -> Option<Loss> {
        let now = self.shared.steady();
        self.connection.received = now;
        let mut loss = None;
        for (id, found) in found {
            let Standing::Asked { failures } = self.groups[id.0].standing else { continue };
            match found {
                Ok(found) => {
                    self.groups[id.0].found(*found, &mut self.shared);
                    self.group_connected(id.0);
                }
                Err(Failure::Flood { seconds }) => {
                    tracing::warn!("Telegram asks to wait {seconds} s before it looks for a group");
                    self.budget.hold(Method::Find, now + Duration::from_secs(seconds.into()));
                    self.groups[id.0].standing = Standing::Wanted { at: now, failures };
                }
                Err(Failure::Refused { why, .. }) => {
                    let pause = MIN_FIND_PAUSE.saturating_mul(1 << failures.min(7)).min(MAX_FIND_PAUSE);
                    let at = now + pause;
                    self.groups[id.0].standing = Standing::Wanted { at, failures: failures + 1 };
                    self.outage_started(Some(id), &why);
                }
                Err(failure) => loss = self.connection_failed(failure),
            }
        }
        self.state_changed = true;
        loss
    }

    /// A group appears in the settings.
    pub(super) fn group_added(&mut self, id: GroupId, title: Option<String>) {
        let mut group = super::group::Group::new(id, title);
        group.standing = Standing::Wanted { at: self.shared.steady(), failures: 0 };
        self.groups.push(group);
        self.count_groups();
    }

    /// A group is gone from the settings: from now on it is not watched.
    pub(super) fn group_removed(&mut self, id: GroupId) {
        self.groups[id.0].disconnected();
        self.feed(id.0, Event::Lost(BlindReason::NotRunning));
        self.groups[id.0].standing = Standing::Removed;
        self.outages.remove(&Some(id));
        self.count_groups();
    }

    /// Whether there are several groups decides how their calls are looked for.
    fn count_groups(&mut self) {
        let count = self.groups.iter().filter(|group| group.standing != Standing::Removed).count();
        self.shared.many = count > 1;
        self.state_changed = true;
        let now = self.shared.steady();
        self.sweep.due_now(now);
        for index in self.found_groups() {
            self.groups[index].check_at = now;
        }
    }

    /// A group that is found is seen from now on, on the connection that is open.
    pub(super) fn group_connected(&mut self, index: usize) {
        self.groups[index].connected(&mut self.shared);
        // Of several groups, a sweep shows which have a call.
        if !self.shared.many || self.groups[index].watcher.call().is_some() {
            self.feed(index, Event::Connected);
        }
        self.sweep.due_now(self.shared.steady());
    }

    /// The group whose outage a failure of its request is: with one group, that is the account's.
    pub(super) fn outage_scope(&self, id: GroupId) -> Option<GroupId> {
        self.shared.many.then_some(id)
    }

    /// How long Telegram asks to wait, where that holds everything back that is shown.
    pub(super) fn flood_wait(&self) -> Option<Duration> {
        let now = self.shared.steady();
        match self.shared.many {
            true => self.budget.longest_wait(now),
            false => self.groups.iter().filter_map(|group| group.flood_wait(now)).max(),
        }
    }
}
