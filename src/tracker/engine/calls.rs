//! Updates of calls that no group follows. Participants updates never name their group, and the account is also in
//! groups that are not watched and have calls (rules §3.2).
//!
//! ```text
//! update of an unknown call ──► one lookup (at most one in 15 s) ──► a group's call: followed
//!                                                                └─► another's: ignored for 10 minutes
//! ```
//! With one group, the lookup is that group's; with several, it is a sweep over all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::CallId;
use crate::domain::roster::Event;

/// At most one lookup for unknown calls in this time, however many updates arrive.
pub(super) const MIN_LOOKUP_INTERVAL: Duration = Duration::from_secs(15);
/// How long another group's call is ignored without a lookup.
const FOREIGN_TIMEOUT: Duration = Duration::from_secs(600);
/// How many foreign calls are remembered. An account is in up to 500 groups (1,000 with Premium).
const MAX_FOREIGN: usize = 1000;
/// How many updates of unknown calls may wait for a lookup.
const MAX_HELD: usize = 1000;

/// State about calls that are not followed.
#[derive(Debug, Default)]
pub(super) struct UnknownCalls {
    /// Calls of other groups, and until when they are ignored.
    foreign: BTreeMap<CallId, Duration>,
    /// Updates that wait for the next lookup.
    held: Vec<Event>,
    /// Calls whose updates were received before the lookup under way was sent: its answer shows whose calls they are.
    asked: BTreeSet<CallId>,
    /// A lookup is under way, for whatever reason it was sent.
    under_way: bool,
    /// When the next lookup for an unknown call may be sent.
    next_lookup: Duration,
}

impl UnknownCalls {
    /// Takes an update of a call that is not followed. It waits for the next lookup, unless the call is known to be
    /// foreign.
    pub(super) fn hold(&mut self, call: CallId, event: Event, now: Duration) {
        if self.foreign.get(&call).is_some_and(|until| now < *until) {
            return;
        }
        self.foreign.remove(&call);
        if self.held.len() < MAX_HELD {
            self.held.push(event);
        }
    }

    /// The call is over.
    pub(super) fn discarded(&mut self, call: CallId) {
        self.foreign.remove(&call);
    }

    /// When the updates that wait may be looked up; `None` while a lookup is under way.
    pub(super) fn deadline(&self) -> Option<Duration> {
        (!self.held.is_empty() && !self.under_way).then_some(self.next_lookup)
    }

    /// The updates that waited; they are looked up now.
    pub(super) fn release(&mut self) -> Vec<Event> {
        let held = std::mem::take(&mut self.held);
        self.asked.extend(held.iter().filter_map(call_of));
        held
    }

    /// The updates that wait are looked up now, and are kept until the answer.
    pub(super) fn ask(&mut self) {
        self.asked.extend(self.held.iter().filter_map(call_of));
    }

    /// A call is followed from now on; returns its updates that waited.
    pub(super) fn followed(&mut self, call: CallId) -> Vec<Event> {
        self.foreign.remove(&call);
        let (theirs, held) = std::mem::take(&mut self.held).into_iter().partition(|event| call_of(event) == Some(call));
        self.held = held;
        theirs
    }

    /// A lookup is sent at `now`. Updates that arrive from now on may be newer than its answer.
    pub(super) fn lookup_sent(&mut self, now: Duration) {
        self.under_way = true;
        if !self.asked.is_empty() {
            self.next_lookup = now + MIN_LOOKUP_INTERVAL;
        }
    }

    /// A sweep shows groups with a call that is not followed yet, and each of these groups looks up its call. The
    /// unknown calls may be theirs, so their updates still wait.
    pub(super) fn undecided(&mut self) {
        self.asked.clear();
        self.under_way = false;
    }

    /// The lookup shows which call is the group's: every other call in `asked` is foreign.
    pub(super) fn answered(&mut self, ours: Option<CallId>, now: Duration) {
        self.under_way = false;
        self.foreign.retain(|_, until| now < *until);
        for call in std::mem::take(&mut self.asked) {
            if Some(call) != ours && self.foreign.len() < MAX_FOREIGN {
                self.foreign.insert(call, now + FOREIGN_TIMEOUT);
            }
        }
        if let Some(ours) = ours {
            self.foreign.remove(&ours);
        }
        let foreign = &self.foreign;
        self.held.retain(|event| call_of(event).is_none_or(|call| !foreign.contains_key(&call)));
    }

    /// The lookup failed, so it shows nothing. The next one may be sent after `wait`.
    pub(super) fn failed(&mut self, now: Duration, wait: Duration) {
        self.asked.clear();
        self.under_way = false;
        self.next_lookup = now + wait.max(MIN_LOOKUP_INTERVAL);
    }

    /// The connection is lost, and the waiting updates with it.
    pub(super) fn disconnected(&mut self) {
        self.held.clear();
        self.asked.clear();
        self.under_way = false;
    }
}

/// The call that an update is about.
fn call_of(event: &Event) -> Option<CallId> {
    match event {
        Event::Call { call, .. } | Event::Participants { call, .. } => Some(*call),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Instant;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn update(call: i64) -> Event {
        Event::Participants { at: Instant(0), call: CallId(call), version: 1, participants: Vec::new() }
    }

    /// Looks up what is held at `now`.
    fn look_up(calls: &mut UnknownCalls, now: u64) -> usize {
        let released = calls.release().len();
        calls.lookup_sent(seconds(now));
        released
    }

    #[test]
    fn a_foreign_call_is_looked_up_once_in_ten_minutes() {
        let mut calls = UnknownCalls::default();
        calls.hold(CallId(7), update(7), seconds(0));
        assert_eq!((calls.deadline(), look_up(&mut calls, 0)), (Some(seconds(0)), 1));
        calls.answered(Some(CallId(1)), seconds(1));
        for now in 1..600 {
            calls.hold(CallId(7), update(7), seconds(now));
            assert_eq!(calls.deadline(), None, "{now}");
        }
        calls.hold(CallId(7), update(7), seconds(601));
        assert_eq!(calls.deadline(), Some(seconds(15)));
    }

    #[test]
    fn many_unknown_calls_share_one_lookup_in_fifteen_seconds() {
        let mut calls = UnknownCalls::default();
        calls.hold(CallId(1), update(1), seconds(100));
        look_up(&mut calls, 100);
        calls.answered(None, seconds(100));
        (2..500).for_each(|call| calls.hold(CallId(call), update(call), seconds(101)));
        assert_eq!(calls.deadline(), Some(seconds(115)));
        assert_eq!(look_up(&mut calls, 115), 498);
        calls.answered(Some(CallId(3)), seconds(116));
        calls.hold(CallId(2), update(2), seconds(200));
        assert_eq!(calls.deadline(), None);
        calls.hold(CallId(3), update(3), seconds(200));
        assert_eq!(calls.deadline(), Some(seconds(130)));
    }

    #[test]
    fn an_update_that_came_after_the_lookup_was_sent_is_not_judged_by_it() {
        let mut calls = UnknownCalls::default();
        calls.hold(CallId(1), update(1), seconds(0));
        look_up(&mut calls, 0);
        calls.hold(CallId(2), update(2), seconds(1));
        assert_eq!(calls.deadline(), None, "a lookup is under way");
        calls.answered(None, seconds(2));
        // The update is held for the next lookup; its call is not foreign.
        assert_eq!(calls.deadline(), Some(seconds(15)));
    }

    #[test]
    fn a_lookup_that_was_sent_for_another_reason_judges_no_later_update() {
        let mut calls = UnknownCalls::default();
        calls.lookup_sent(seconds(0));
        calls.hold(CallId(2), update(2), seconds(1));
        calls.answered(None, seconds(2));
        // The update needs a lookup of its own, which is due at once.
        assert_eq!(calls.deadline(), Some(Duration::ZERO));
        assert_eq!(calls.release(), [update(2)]);
    }

    #[test]
    fn what_a_sweep_leaves_open_waits_until_its_call_is_followed() {
        let mut calls = UnknownCalls::default();
        [2, 3].into_iter().for_each(|call| calls.hold(CallId(call), update(call), seconds(0)));
        calls.ask();
        calls.lookup_sent(seconds(0));
        calls.hold(CallId(2), update(2), seconds(1));
        calls.undecided();
        assert_eq!(calls.deadline(), Some(seconds(15)));
        assert_eq!(calls.followed(CallId(2)), [update(2), update(2)]);
        // The other call belongs to no watched group.
        calls.ask();
        calls.lookup_sent(seconds(15));
        calls.answered(None, seconds(16));
        assert_eq!((calls.deadline(), calls.held.len()), (None, 0));
    }

    #[test]
    fn a_discarded_or_followed_call_is_forgotten_and_memory_is_bounded() {
        let mut calls = UnknownCalls::default();
        calls.asked.extend((0..2000).map(CallId));
        calls.answered(None, seconds(0));
        assert_eq!(calls.foreign.len(), MAX_FOREIGN);
        calls.discarded(CallId(5));
        calls.answered(Some(CallId(6)), seconds(1));
        calls.hold(CallId(5), update(5), seconds(20));
        calls.hold(CallId(6), update(6), seconds(20));
        assert_eq!(calls.held.len(), 2);
        (0..5000).for_each(|call| calls.hold(CallId(9000 + call), update(1), seconds(20)));
        assert_eq!(calls.held.len(), MAX_HELD);
    }
}
