//! With several groups, one request shows for many groups whether they have a call (rules §3.6).
//!
//! ```text
//! sweep ──► no call ──────────► the group is confirmed
//!      ├──► a call ───────────► looked up, if it is not followed yet
//!      └──► not accessible ───► that group's outage; the others go on
//! ```
//! Groups that are not found yet are searched for one by one, so that a lost group does not stop the others.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::requests::Method;
use super::{Action, Engine, Failure, GroupId, Loss, OpenedGroup};
use crate::domain::Instant;
use crate::domain::people::Known;
use crate::domain::roster::{BlindReason, Event};

/// How often groups without a call are swept: at random between these two.
const SWEEP_INTERVAL: (f64, f64) = (25.0, 35.0);
/// The shortest and the longest pause between two searches for a group that is not found; the pause doubles each time.
const MIN_FIND_PAUSE: Duration = Duration::from_secs(30);
const MAX_FIND_PAUSE: Duration = Duration::from_secs(3600);

/// The result of a sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// A date no later than the moment at which the answer was true.
    pub at: Instant,
    pub groups: Vec<(GroupId, Sight)>,
    /// The groups' titles and usernames.
    pub people: Vec<Known>,
}

/// What a sweep shows about one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sight {
    NoCall,
    /// A call, perhaps only a scheduled one.
    Call,
    /// The account can't see the group any more.
    Lost {
        why: String,
    },
}

/// Whether a group is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Standing {
    /// The group has to be found, from `at` on, after `failures` searches without success.
    Wanted { at: Duration, failures: u32 },
    /// A search for the group is under way.
    Asked { failures: u32 },
    #[default]
    Found,
    /// The settings do not name the group any more.
    Removed,
}

impl Engine {
    /// The indexes of all groups that are found.
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
                tracing::warn!("Telegram asks to wait {seconds} s before the next look for calls");
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

    /// Groups with a call that is not followed look it up. Updates of unknown calls may be about these calls.
    fn look_up_calls(&mut self, candidates: &[usize]) {
        match candidates {
            [] => self.calls.answered(None, self.shared.steady()),
            _ => self.calls.undecided(),
        }
        candidates.iter().for_each(|index| self.feed(*index, Event::Due { full: false }));
    }

    /// The account can't see a group any more. The others go on; this one is searched for again from time to time.
    fn group_lost(&mut self, id: GroupId, why: String) {
        let now = self.shared.steady();
        self.outage_started(Some(id), &why);
        self.groups[id.0].disconnected();
        self.groups[id.0].standing = Standing::Wanted { at: now + MIN_FIND_PAUSE, failures: 0 };
        self.feed(id.0, Event::Lost(BlindReason::Gap));
    }

    // Finding groups.

    /// When the next search for a group is due.
    pub(super) fn find_deadline(&self) -> Option<Duration> {
        let wanted = self.groups.iter().filter_map(|group| match group.standing {
            Standing::Wanted { at, .. } => Some(at),
            _ => None,
        });
        let is_free = self.is_online() && self.stopping.is_none();
        wanted.min().filter(|_| is_free).map(|at| at.max(self.budget.held_until(Method::Find)))
    }

    /// Searches for all groups whose search is due.
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

    /// The result of a search for groups. Groups that were requested and are not in the result are searched for again.
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

    /// The way in which calls are looked for depends on whether there are several groups.
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

    /// A found group is watched from now on, on the open connection.
    pub(super) fn group_connected(&mut self, index: usize) {
        self.groups[index].connected(&mut self.shared);
        // With several groups, a sweep shows which have a call.
        if !self.shared.many || self.groups[index].watcher.call().is_some() {
            self.feed(index, Event::Connected);
        }
        self.sweep.due_now(self.shared.steady());
    }

    /// The scope of the outage if a group's request fails: the group, or with one group the whole account.
    pub(super) fn outage_scope(&self, id: GroupId) -> Option<GroupId> {
        self.shared.many.then_some(id)
    }

    /// The longest wait that Telegram asks for, among the requests that watching needs.
    pub(super) fn flood_wait(&self) -> Option<Duration> {
        let now = self.shared.steady();
        match self.shared.many {
            true => self.budget.longest_wait(now),
            false => self.groups.iter().filter_map(|group| group.flood_wait(now)).max(),
        }
    }
}
