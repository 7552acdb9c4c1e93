//! Which call is the group's, and to whom an event belongs.

use super::{Ask, BlindReason, CallState, Event, Fact, Memory, Present, Sighting, Step, Watched};
use crate::domain::{CallId, Instant, PeerId};

/// More updates than come between a call's start and the look that finds it.
const MOST_STRANGERS: usize = 1000;

/// Watches one group: at most one call at a time.
#[derive(Debug, Default)]
pub struct Watch {
    call: Option<Watched>,
    /// The call before: a server that says "no call" in error, and later names the same one again, costs nothing.
    over: Option<Watched>,
    /// A lookup is under way.
    looking: bool,
    /// This run has seen the group before.
    seen_group: bool,
    /// Updates about a call that is not followed: the group's next one, or another group's.
    strangers: Vec<Stranger>,
    /// Whether a call that is not followed hides its listeners, and when the server said so: a lookup under way may
    /// have been answered before.
    stranger_hides: Option<(CallId, Instant, bool)>,
}

#[derive(Debug)]
struct Stranger {
    call: CallId,
    at: Instant,
    version: i32,
    list: Vec<Sighting>,
}

impl Watch {
    /// A watch that goes on with the last call that the store knows. Until a read shows more it is blind, because the
    /// tracker was not running. `over`: the store has it as ended, though it may still turn up.
    pub fn resume(call: CallId, confirmed: Option<Instant>, over: bool, memory: Memory) -> Watch {
        let mut watched = Watched::new(call, BlindReason::NotRunning);
        watched.confirmed = confirmed;
        watched.present = memory.present;
        watched.given_up = memory.given_up;
        watched.left = memory.left;
        let (call, over) = if over { (None, Some(watched)) } else { (Some(watched), None) };
        Watch { call, over, ..Watch::default() }
    }

    /// The call that is followed.
    pub fn call(&self) -> Option<CallId> {
        self.call.as_ref().map(|call| call.id)
    }

    /// Who is in the call, as far as we know.
    pub fn present(&self) -> impl Iterator<Item = (PeerId, Present)> + '_ {
        self.call.iter().flat_map(|call| call.present.iter().map(|(peer, present)| (*peer, *present)))
    }

    /// The last confirmed instant of the followed call.
    pub fn confirmed(&self) -> Option<Instant> {
        self.call.as_ref().and_then(|call| call.confirmed)
    }

    /// Why the followed call can't be seen just now.
    pub fn blind(&self) -> Option<BlindReason> {
        self.call.as_ref().and_then(|call| call.blind.or(call.trouble))
    }

    /// Takes one event; returns what to store and what to ask.
    pub fn handle(&mut self, event: Event) -> Step {
        let mut step = Step::default();
        self.take(event, &mut step);
        step
    }

    fn take(&mut self, event: Event, out: &mut Step) {
        match event {
            Event::Connected => self.lookup(out),
            Event::Lost(reason) => {
                self.looking = false;
                self.strangers.clear();
                if let Some(call) = &mut self.call {
                    call.blind.get_or_insert(reason);
                    call.weigh_held(i32::MAX, out);
                    call.lose(reason);
                }
            }
            Event::Failed(reason) => {
                self.looking = false;
                if let Some(call) = &mut self.call {
                    call.read = None;
                    call.trouble.get_or_insert(reason);
                }
            }
            Event::Found { at, call } => self.found(at, call, out),
            Event::Call { at, call, state } => match (&mut self.call, state) {
                (_, CallState::Foreign | CallState::Scheduled) => {}
                (Some(ours), CallState::Discarded) if ours.id == call => {
                    ours.discarded(at, out);
                    self.over = self.call.take();
                    self.lookup(out);
                }
                (_, CallState::Discarded) => {}
                (Some(ours), CallState::Live { version, listeners_hidden }) if ours.id == call => {
                    ours.hide(at, listeners_hidden);
                    ours.hear(version, out);
                    if ours.blind == Some(BlindReason::ListenersHidden) && ours.read.is_none() {
                        ours.start_pages(out);
                    }
                }
                // Another call than ours, or the first: the group itself must say whose it is.
                (_, CallState::Live { listeners_hidden, .. }) => {
                    self.stranger_hides = Some((call, at, listeners_hidden));
                    self.lookup(out);
                }
            },
            Event::Participants { at, call, version, participants } => match &mut self.call {
                Some(ours) if ours.id == call => ours.participants(at, version, participants, out),
                _ => {
                    if self.strangers.len() < MOST_STRANGERS {
                        self.strangers.push(Stranger { call, at, version, list: participants });
                    }
                    self.lookup(out);
                }
            },
            Event::Due { full } => match &mut self.call {
                // After a failure the call itself is in doubt.
                Some(call) if call.trouble.is_none() => call.due(full, out),
                _ => self.lookup(out),
            },
            Event::Checked { at, call, version, count } => {
                if let Some(ours) = self.followed(call) {
                    ours.checked(at, version, count, out);
                }
            }
            Event::Page { at, call, version, participants, next } => {
                if let Some(ours) = self.followed(call) {
                    ours.page(at, version, &participants, next, out);
                }
            }
            Event::Named { at, call, participants } => {
                if let Some(ours) = self.followed(call) {
                    ours.named(at, &participants, out);
                }
            }
            Event::WaitOver => {
                if let Some(call) = &mut self.call {
                    call.wait_over(out);
                }
            }
        }
    }

    fn followed(&mut self, call: CallId) -> Option<&mut Watched> {
        self.call.as_mut().filter(|ours| ours.id == call)
    }

    fn lookup(&mut self, out: &mut Step) {
        if !self.looking {
            self.looking = true;
            out.asks.push(Ask::Lookup);
        }
    }

    fn found(&mut self, at: Instant, found: Option<(CallId, bool)>, out: &mut Step) {
        self.looking = false;
        let known_group = std::mem::replace(&mut self.seen_group, true);
        let strangers = std::mem::take(&mut self.strangers);
        let told = self.stranger_hides.take();
        if self.call.as_ref().map(|ours| ours.id) != found.map(|(call, _)| call) {
            let again = found.and_then(|(call, _)| self.over.take_if(|over| over.id == call));
            if let Some(mut ours) = self.call.take() {
                ours.lost_from_sight(at, out);
                self.over = Some(ours);
            }
            self.call = found.map(|(call, _)| {
                out.facts.push(Fact::Following { call, at });
                let reason = if known_group { BlindReason::Gap } else { BlindReason::NotRunning };
                again.unwrap_or_else(|| Watched::new(call, reason))
            });
        }
        match (&mut self.call, found) {
            (Some(ours), Some((_, hidden))) => {
                ours.hide(at, hidden);
                let id = ours.id;
                if let Some((_, told_at, hides)) = told.filter(|(call, told_at, _)| *call == id && *told_at >= at) {
                    ours.hide(told_at, hides);
                }
                for one in strangers.into_iter().filter(|one| one.call == id) {
                    ours.participants(one.at, one.version, one.list, out);
                }
                if (ours.blind.is_some() || ours.trouble.is_some()) && ours.read.is_none() {
                    ours.start_pages(out);
                }
            }
            _ => out.facts.push(Fact::Idle { at }),
        }
    }
}
