//! Which call is the group's, and which call an event belongs to.

use super::{
    BlindReason, CallState, Changes, Event, Fact, FollowedCall, Output, Present, Request, SavedState, Sighting,
};
use crate::domain::{CallId, Instant, PeerId};

/// More updates than arrive between a call's start and the lookup that finds it.
const MAX_UNMATCHED: usize = 1000;

/// Watches one group: at most one call at a time.
#[derive(Debug, Default)]
pub struct GroupWatcher {
    call: Option<FollowedCall>,
    /// The previous call. It is kept in case the server answers "no call" in error, and later names the same call
    /// again.
    over: Option<FollowedCall>,
    /// The last instant at which the group was seen without a call, or with a call that is not followed any more.
    without: Option<Instant>,
    /// A lookup is under way.
    lookup_pending: bool,
    /// This run has seen the group before.
    seen_group: bool,
    /// Updates about a call that is not followed (the group's next call, or a call of another group): call, date,
    /// version and participants.
    unmatched: Vec<(CallId, Instant, i32, Vec<Sighting>)>,
    /// Whether a call that is not followed hides its listeners, and the date of that update: a lookup under way may
    /// have been answered before.
    unmatched_hidden: Option<(CallId, Instant, bool)>,
}

impl GroupWatcher {
    /// Continues with the last call in the store. The call is blind until a complete read, because the tracker was not
    /// running. `over`: the call is stored as ended, but the server may name it again.
    pub fn resume(call: CallId, confirmed: Option<Instant>, over: bool, memory: SavedState) -> GroupWatcher {
        let SavedState { present, provisional, left, not_before } = memory;
        let blind = Some(BlindReason::NotRunning);
        let watched = FollowedCall {
            id: call,
            not_before,
            present,
            provisional,
            left,
            confirmed,
            blind,
            ..FollowedCall::default()
        };
        let (call, over) = if over { (None, Some(watched)) } else { (Some(watched), None) };
        GroupWatcher { call, over, ..GroupWatcher::default() }
    }

    /// An earlier tracker saw the group at `at`, without a call or with the resumed call: no other call ran then.
    pub fn seen_before(&mut self, at: Option<Instant>) {
        self.without = self.without.max(at);
    }

    /// The call that is followed.
    pub fn call(&self) -> Option<CallId> {
        self.call.as_ref().map(|call| call.id)
    }

    /// The known participants of the call.
    pub fn present(&self) -> impl Iterator<Item = (PeerId, Present)> + '_ {
        self.call.iter().flat_map(|call| call.present.iter().map(|(peer, present)| (*peer, *present)))
    }

    /// The last confirmed instant of the followed call.
    pub fn confirmed(&self) -> Option<Instant> {
        self.call.as_ref().and_then(|call| call.confirmed)
    }

    /// Why the followed call can't be seen now.
    pub fn blind(&self) -> Option<BlindReason> {
        self.call.as_ref().and_then(|call| call.blind.or(call.failure))
    }

    /// The version of the followed call that the roster shows; `None` while it is not seen.
    pub fn version(&self) -> Option<i32> {
        self.call.as_ref().and_then(|call| call.version)
    }

    /// How the changes of the followed call became known so far.
    pub fn changes(&self) -> Changes {
        self.call.as_ref().map_or_else(Changes::default, |call| call.changes)
    }

    /// Takes one event; returns the facts to store and the requests to make.
    pub fn handle(&mut self, event: Event) -> Output {
        let mut output = Output::default();
        let out = &mut output;
        match event {
            Event::Connected => self.lookup(out),
            Event::Lost(reason) => {
                self.lookup_pending = false;
                self.unmatched.clear();
                if let Some(call) = &mut self.call {
                    call.blind.get_or_insert(reason);
                    call.replay_held(i32::MAX, out);
                    call.disconnect(reason);
                }
            }
            Event::Failed(reason) => {
                self.lookup_pending = false;
                if let Some(call) = &mut self.call {
                    call.read = None;
                    call.failure.get_or_insert(reason);
                }
            }
            Event::LookupFailed => self.lookup_pending = false,
            Event::Found { at, call } => self.found(at, call, out),
            Event::Call { at, call, state } => match (&mut self.call, state) {
                (_, CallState::Foreign | CallState::Scheduled) => {}
                (Some(ours), CallState::Discarded) if ours.id == call => {
                    ours.discarded(at, out);
                    self.put_aside();
                    self.lookup(out);
                }
                (_, CallState::Discarded) => {}
                (Some(ours), CallState::Live { version, listeners_hidden }) if ours.id == call => {
                    ours.set_listeners_hidden(at, listeners_hidden);
                    ours.note_version(version, out);
                    if ours.blind == Some(BlindReason::ListenersHidden) && ours.read.is_none() {
                        ours.start_pages(out);
                    }
                }
                // Another call than the followed one, or the first: a lookup shows whether it is the group's.
                (_, CallState::Live { listeners_hidden, .. }) => {
                    self.unmatched_hidden = Some((call, at, listeners_hidden));
                    self.lookup(out);
                }
            },
            Event::Participants { at, call, version, participants } => match &mut self.call {
                Some(ours) if ours.id == call => ours.participants(at, version, &participants, out),
                _ => {
                    if self.unmatched.len() < MAX_UNMATCHED {
                        self.unmatched.push((call, at, version, participants));
                    }
                    self.lookup(out);
                }
            },
            Event::Due { full } => match &mut self.call {
                // After a failure the call itself is in doubt.
                Some(call) if call.failure.is_none() => call.due(full, out),
                _ => self.lookup(out),
            },
            Event::Checked { at, call, version, count } => {
                self.if_followed(call, |ours| ours.checked(at, version, count, out));
            }
            Event::Page { at, call, version, participants, next } => {
                self.if_followed(call, |ours| ours.page(at, version, &participants, next, out));
            }
            Event::Named { at, call, participants } => {
                self.if_followed(call, |ours| ours.named(at, &participants, out));
            }
            Event::WaitOver => {
                if let Some(call) = &mut self.call {
                    call.gap_wait_over(out);
                }
            }
        }
        output
    }

    fn if_followed(&mut self, call: CallId, work: impl FnOnce(&mut FollowedCall)) {
        if let Some(ours) = self.call.as_mut().filter(|ours| ours.id == call) {
            work(ours);
        }
    }

    fn lookup(&mut self, out: &mut Output) {
        if !self.lookup_pending {
            self.lookup_pending = true;
            out.requests.push(Request::Lookup);
        }
    }

    fn found(&mut self, at: Instant, found: Option<(CallId, bool)>, out: &mut Output) {
        self.lookup_pending = false;
        let known_group = std::mem::replace(&mut self.seen_group, true);
        let unmatched = std::mem::take(&mut self.unmatched);
        let hidden_update = self.unmatched_hidden.take();
        if self.call.as_ref().map(|ours| ours.id) != found.map(|(call, _)| call) {
            let again = found.and_then(|(call, _)| self.over.take_if(|over| over.id == call));
            if let Some(ours) = &mut self.call {
                ours.end_unseen(at, out);
                self.put_aside();
            }
            let not_before = self.without;
            self.call = found.map(|(call, _)| {
                out.facts.push(Fact::Following { call, at });
                let reason = if known_group { BlindReason::Gap } else { BlindReason::NotRunning };
                let blind = Some(reason);
                again.unwrap_or_else(|| FollowedCall { id: call, not_before, blind, ..FollowedCall::default() })
            });
        }
        match (&mut self.call, found) {
            (Some(ours), Some((_, hidden))) => {
                ours.set_listeners_hidden(at, hidden);
                let id = ours.id;
                if let Some((_, hidden_at, hides)) =
                    hidden_update.filter(|(call, hidden_at, _)| *call == id && *hidden_at >= at)
                {
                    ours.set_listeners_hidden(hidden_at, hides);
                }
                for (_, at, version, list) in unmatched.into_iter().filter(|(call, ..)| *call == id) {
                    ours.participants(at, version, &list, out);
                }
                if (ours.blind.is_some() || ours.failure.is_some()) && ours.read.is_none() {
                    ours.start_pages(out);
                }
            }
            _ => {
                self.without = self.without.max(Some(at));
                out.facts.push(Fact::Idle { at });
            }
        }
    }

    /// The followed call is over. No other call ran while it was seen.
    fn put_aside(&mut self) {
        self.over = self.call.take();
        self.without = self.without.max(self.over.as_ref().and_then(|over| over.confirmed));
    }
}
