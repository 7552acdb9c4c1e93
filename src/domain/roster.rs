//! What the server says about the group's call, turned into facts worth keeping (DESIGN §2.1–4, 12–14, and §3).
//!
//! [`Watch`] is a pure machine: events with instants go in, [`Fact`]s to store and [`Ask`]s to make come out. It never
//! learns why a request failed beyond a [`BlindReason`], and it never reads a clock.
//!
//! ```text
//! updates  ──v6──v7──────v9──(gap, held 1 s)──►  a complete read at v11: blind from the last confirmed instant
//! roster      C=6 C=7                            to the read; who is still there with the same join date is proved
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::{CallId, Instant, PeerId, Span};

/// One participant as an update or a page shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    pub peer: PeerId,
    /// `groupCallParticipant.date`: when they joined, by the server.
    pub joined: Instant,
    pub left: bool,
    pub just_joined: bool,
    pub versioned: bool,
}

/// What an update or a request says about one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    Live {
        version: i32,
        listeners_hidden: bool,
    },
    /// Planned, not started: not a call yet (DESIGN §2.13).
    Scheduled,
    Discarded,
    /// A live story or a conference: never the group's call.
    Foreign,
}

/// Why we could not see a call that was running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlindReason {
    /// No connection to Telegram.
    Offline,
    /// Telegram refused to answer for a while.
    FloodWait,
    /// The tracker was not running.
    NotRunning,
    /// Updates were lost in between, or a request failed.
    Gap,
    /// The call hides people who only listen.
    ListenersHidden,
}

impl BlindReason {
    pub const ALL: [BlindReason; 5] = [
        BlindReason::Offline,
        BlindReason::FloodWait,
        BlindReason::NotRunning,
        BlindReason::Gap,
        BlindReason::ListenersHidden,
    ];

    /// The word kept in the store and shown in receipts.
    pub fn word(self) -> &'static str {
        match self {
            BlindReason::Offline => "offline",
            BlindReason::FloodWait => "flood wait",
            BlindReason::NotRunning => "not running",
            BlindReason::Gap => "gap",
            BlindReason::ListenersHidden => "listeners hidden",
        }
    }
}

/// How a stay's end is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// An update said `left`.
    Left,
    /// A later read did not show them, or showed a later join date: ended at the last instant that had them.
    Gone,
    /// The call ended while we watched.
    Call,
}

impl End {
    pub const ALL: [End; 3] = [End::Left, End::Gone, End::Call];

    /// The word kept in the store.
    pub fn word(self) -> &'static str {
        match self {
            End::Left => "left",
            End::Gone => "gone",
            End::Call => "call",
        }
    }
}

/// Something that happened, as far as we can know it. Every `at` is a server date at or before which the server's
/// answer was true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A fresh connection: whatever was pushed before it is lost.
    Connected,
    /// The connection is gone.
    Lost(BlindReason),
    /// A request failed; the connection and its updates live on.
    Failed(BlindReason),
    /// The group's call by a direct look; `None` if it has none.
    Found { at: Instant, call: Option<(CallId, bool)> },
    /// `updateGroupCall`.
    Call { at: Instant, call: CallId, state: CallState },
    /// `updateGroupCallParticipants`.
    Participants { at: Instant, call: CallId, version: i32, participants: Vec<Sighting> },
    /// It is time to look: `full` for every page, else a check of version and count.
    Due { full: bool },
    /// The answer to [`Ask::Check`].
    Checked { at: Instant, call: CallId, version: i32, count: i64 },
    /// The answer to [`Ask::Page`]; `next` is empty on the last page.
    Page { at: Instant, call: CallId, version: i32, participants: Vec<Sighting>, next: String },
    /// The answer to [`Ask::Named`].
    Named { at: Instant, call: CallId, participants: Vec<Sighting> },
    /// The second of [`Ask::Wait`] is over.
    WaitOver,
}

/// Something to store. The facts of one event belong into one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// We follow this call from now on.
    Following {
        call: CallId,
        at: Instant,
    },
    /// A stay begins, or one that was given up goes on. `seen` is the last instant that shows this person.
    Opened {
        call: CallId,
        peer: PeerId,
        joined: Instant,
        from: Instant,
        seen: Instant,
    },
    /// An open stay's person was seen while the roster as a whole was not.
    Seen {
        call: CallId,
        peer: PeerId,
        from: Instant,
        at: Instant,
    },
    Closed {
        call: CallId,
        peer: PeerId,
        from: Instant,
        to: Instant,
        end: End,
    },
    /// The whole roster was as we have it.
    Confirmed {
        call: CallId,
        at: Instant,
    },
    /// We could not see the call (or one person in it) for that span.
    Blind {
        call: CallId,
        peer: Option<PeerId>,
        span: Span,
        reason: BlindReason,
    },
    /// The call is over; `watched` if we saw it end.
    Ended {
        call: CallId,
        at: Instant,
        watched: bool,
    },
    /// The group was seen to have no call.
    Idle {
        at: Instant,
    },
}

/// A request to make, one at a time and in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Which call has the group? → [`Event::Found`]
    Lookup,
    /// `getGroupParticipants` with limit 1 → [`Event::Checked`]
    Check { call: CallId },
    /// One page from `offset` ("" is the start) → [`Event::Page`]
    Page { call: CallId, offset: String },
    /// Exactly these, at most 100 → [`Event::Named`]
    Named { call: CallId, peers: Vec<PeerId> },
    /// Let a second pass, so that a gap may fill → [`Event::WaitOver`]
    Wait,
}

/// What one event led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    pub facts: Vec<Fact>,
    pub asks: Vec<Ask>,
}

/// The most peers that one `ids` request may name.
pub const NAMED_AT_ONCE: usize = 100;

/// More updates than can be in flight: what lies beyond is left to the next complete read.
const MOST_HELD: usize = 20_000;

/// More updates than come between a call's start and the look that finds it.
const MOST_STRANGERS: usize = 1000;

/// More pages than any call has: the server is sending us in circles.
const MOST_PAGES: usize = 1000;

/// Somebody in the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present {
    /// By the server.
    pub joined: Instant,
    /// The stay's start: `joined`, but never before their last observed `left`.
    pub from: Instant,
    /// The last instant that shows this very person.
    pub seen: Instant,
}

/// A stay that was given up without a `left`, and may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenUp {
    pub joined: Instant,
    pub from: Instant,
    pub to: Instant,
}

/// What the store remembers of a call when the tracker starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    pub present: Vec<(PeerId, Present)>,
    pub given_up: Vec<(PeerId, GivenUp)>,
    /// The last observed `left` of each participant.
    pub left: Vec<(PeerId, Instant)>,
}

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
}

#[derive(Debug)]
struct Stranger {
    call: CallId,
    at: Instant,
    version: i32,
    list: Vec<Sighting>,
}

#[derive(Debug)]
struct Watched {
    id: CallId,
    present: BTreeMap<PeerId, Present>,
    given_up: BTreeMap<PeerId, GivenUp>,
    left: BTreeMap<PeerId, Instant>,
    /// The last confirmed instant; `None` before the first complete read.
    confirmed: Option<Instant>,
    version: Option<i32>,
    /// A versioned update was applied since the version was set by a read.
    updated: bool,
    /// Versioned updates that can't be applied yet.
    held: BTreeMap<i32, Vec<(Instant, Vec<Sighting>)>>,
    /// The chain of updates is broken: only a complete read mends it.
    blind: Option<BlindReason>,
    /// A request failed since the last confirmation; the chain of updates is whole.
    trouble: Option<BlindReason>,
    waiting: bool,
    /// The highest version that the server has spoken of.
    heard: i32,
    listeners_hidden: bool,
    /// When the server last spoke of that.
    hidden_at: Instant,
    read: Option<Read>,
}

/// The one read under way.
#[derive(Debug)]
enum Read {
    Check {
        version: i32,
    },
    Pages(Pages),
    /// Asking about peers of which an update or a read made us doubt.
    Named {
        asked: BTreeSet<PeerId>,
        touched: BTreeSet<PeerId>,
        then: Option<Box<Pages>>,
    },
}

#[derive(Debug, Default)]
struct Pages {
    /// The version that we had when the read began; `None` while blind.
    began: Option<i32>,
    /// What it showed so far is no more to be trusted: it has to start over.
    stale: bool,
    /// Versions that were held when the read began.
    held: BTreeSet<i32>,
    first: Option<(Instant, i32)>,
    last_version: i32,
    pages: usize,
    found: BTreeMap<PeerId, Instant>,
    /// Peers that updates spoke of since the read began: the updates know better.
    touched: BTreeSet<PeerId>,
    /// Missing from the pages, still to be asked about.
    doubted: Vec<PeerId>,
    /// Missing, and confirmed to be missing.
    missing: Vec<PeerId>,
}

impl Watch {
    /// A watch that goes on with the last call that the store knows. Until a read shows more it is blind, because the
    /// tracker was not running. `over`: the store has it as ended, though it may still turn up.
    pub fn resume(call: CallId, confirmed: Option<Instant>, over: bool, memory: Memory) -> Watch {
        let mut watched = Watched::new(call, BlindReason::NotRunning);
        watched.confirmed = confirmed;
        watched.present = memory.present.into_iter().collect();
        watched.given_up = memory.given_up.into_iter().collect();
        watched.left = memory.left.into_iter().collect();
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
                (_, CallState::Live { .. }) => self.lookup(out),
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
        if self.call.as_ref().map(|ours| ours.id) != found.map(|(call, _)| call) {
            if let Some(mut ours) = self.call.take() {
                ours.lost_from_sight(at, out);
                self.over = Some(ours);
            }
            self.call = found.map(|(call, _)| {
                out.facts.push(Fact::Following { call, at });
                let reason = if known_group { BlindReason::Gap } else { BlindReason::NotRunning };
                self.over.take_if(|over| over.id == call).unwrap_or_else(|| Watched::new(call, reason))
            });
        }
        match (&mut self.call, found) {
            (Some(ours), Some((_, hidden))) => {
                ours.hide(at, hidden);
                let id = ours.id;
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

impl Watched {
    fn new(id: CallId, blind: BlindReason) -> Watched {
        Watched {
            id,
            present: BTreeMap::new(),
            given_up: BTreeMap::new(),
            left: BTreeMap::new(),
            confirmed: None,
            version: None,
            updated: false,
            held: BTreeMap::new(),
            blind: Some(blind),
            trouble: None,
            waiting: false,
            heard: 0,
            listeners_hidden: false,
            hidden_at: Instant(i64::MIN),
            read: None,
        }
    }

    /// From now on muted people may vanish from the lists, and leave unheard: only who is listed now can be trusted
    /// (DESIGN §2.14).
    fn hide(&mut self, at: Instant, hidden: bool) {
        if at < self.hidden_at {
            return;
        }
        self.hidden_at = at;
        if hidden && !std::mem::replace(&mut self.listeners_hidden, hidden) {
            self.blind.get_or_insert(BlindReason::ListenersHidden);
            if let Some(Read::Pages(pages)) = &mut self.read {
                pages.stale = true;
            } else if let Some(Read::Named { then: Some(pages), .. }) = &mut self.read {
                pages.stale = true;
            }
        }
        self.listeners_hidden = hidden;
    }

    fn lose(&mut self, reason: BlindReason) {
        self.read = None;
        self.waiting = false;
        self.held.clear();
        self.trouble = None;
        self.blind.get_or_insert(reason);
    }

    // ── people ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// The last instant that had this person in (DESIGN §2.2).
    fn last_had(&self, present: &Present) -> Instant {
        self.confirmed.map_or(present.seen, |confirmed| confirmed.max(present.seen)).max(present.from)
    }

    /// Somebody is in the call, and joined at `joined`.
    fn sight(&mut self, peer: PeerId, joined: Instant, at: Instant, out: &mut Step) {
        // A date of nothing would credit years.
        let joined = if joined.0 > 0 { joined } else { at };
        let call = self.id;
        let before = self.given_up.get(&peer).copied();
        if let Some(present) = self.present.get_mut(&peer) {
            if joined <= present.joined {
                if at > present.seen {
                    present.seen = at;
                    if self.confirmed.is_none_or(|confirmed| at > confirmed) {
                        out.facts.push(Fact::Seen { call, peer, from: present.from, at });
                    }
                }
                return;
            }
            // A later date with no `left` in between: two stays.
            let old = *present;
            let to = self.last_had(&old).min(joined).max(old.from);
            self.present.remove(&peer);
            self.given_up.insert(peer, GivenUp { joined: old.joined, from: old.from, to });
            self.close(peer, old.from, to, End::Gone, out);
        } else if self.left.get(&peer).is_some_and(|left| at < *left) {
            // An old word about somebody who has left since.
            return;
        }
        let from = match before {
            Some(given_up) if given_up.joined == joined => {
                self.given_up.remove(&peer);
                let span = Span::new(given_up.to, at);
                if !span.is_empty() {
                    let reason = if self.listeners_hidden { BlindReason::ListenersHidden } else { BlindReason::Gap };
                    out.facts.push(Fact::Blind { call, peer: Some(peer), span, reason });
                }
                given_up.from
            }
            _ => self.left.get(&peer).map_or(joined, |left| joined.max(*left)),
        };
        let seen = at.max(from);
        self.present.insert(peer, Present { joined, from, seen });
        out.facts.push(Fact::Opened { call, peer, joined, from, seen });
    }

    /// Ends a stay. In a call that was never seen as a whole nobody watched it.
    fn close(&self, peer: PeerId, from: Instant, to: Instant, end: End, out: &mut Step) {
        let span = Span::new(from, to);
        if self.confirmed.is_none() && !span.is_empty() {
            let reason = self.blind.unwrap_or(BlindReason::Gap);
            out.facts.push(Fact::Blind { call: self.id, peer: Some(peer), span, reason });
        }
        out.facts.push(Fact::Closed { call: self.id, peer, from, to, end });
    }

    /// As [`Self::sight`], by something else than the next update: if they were in before the last confirmed instant,
    /// we did not know it then.
    fn discover(&mut self, peer: PeerId, joined: Instant, at: Instant, out: &mut Step) {
        let had = self.present.get(&peer).map(|present| present.joined);
        let went = self.given_up.get(&peer).map(|given_up| given_up.joined);
        self.sight(peer, joined, at, out);
        if let (Some(present), Some(confirmed)) = (self.present.get(&peer), self.confirmed)
            && had.is_none_or(|had| had < present.joined)
            && went != Some(present.joined)
        {
            let span = Span::new(present.from, confirmed.min(at));
            if !span.is_empty() {
                let call = self.id;
                out.facts.push(Fact::Blind { call, peer: Some(peer), span, reason: BlindReason::Gap });
            }
        }
    }

    /// Somebody whom we do not have was in until `at`: whether they still are, this does not say.
    fn prove(&mut self, peer: PeerId, joined: Instant, at: Instant, end: End, out: &mut Step) {
        let call = self.id;
        let (from, since) = match self.given_up.get(&peer) {
            Some(old) if old.joined == joined => (old.from, old.to),
            Some(old) if old.joined > joined => return,
            _ => {
                let from = self.left.get(&peer).map_or(joined, |left| joined.max(*left));
                if joined.0 <= 0 || from >= at {
                    return;
                }
                out.facts.push(Fact::Opened { call, peer, joined, from, seen: at });
                (from, from)
            }
        };
        if since >= at {
            return;
        }
        out.facts.push(Fact::Blind { call, peer: Some(peer), span: Span::new(since, at), reason: BlindReason::Gap });
        out.facts.push(Fact::Closed { call, peer, from, to: at, end });
        self.given_up.insert(peer, GivenUp { joined, from, to: at });
    }

    /// An update said `left` at `at`.
    fn leave(&mut self, peer: PeerId, joined: Instant, at: Instant, out: &mut Step) {
        let call = self.id;
        if let Some(old) = self.present.get(&peer).copied() {
            if let Some(before) = self.given_up.get(&peer).copied()
                && before.joined == joined
                && joined < old.joined
            {
                // It is about the stay before: a read was faster than this update.
                let to = at.min(old.from);
                if before.to < to {
                    let span = Span::new(before.to, to);
                    out.facts.push(Fact::Blind { call, peer: Some(peer), span, reason: BlindReason::Gap });
                    out.facts.push(Fact::Closed { call, peer, from: before.from, to, end: End::Left });
                }
                self.given_up.remove(&peer);
                return;
            }
            self.present.remove(&peer);
            // They left and came back unseen: this is the end of another stay.
            let another = old.joined < joined && joined < at;
            // With the chain broken, only an unchanged join date proves that this is the stay that ended here.
            if joined == old.joined || (self.blind.is_none() && !another) {
                let to = at.max(old.from);
                self.close(peer, old.from, to, End::Left, out);
            } else {
                let to = if another { self.last_had(&old).min(joined).max(old.from) } else { self.last_had(&old) };
                self.close(peer, old.from, to, End::Gone, out);
                if another {
                    self.given_up.remove(&peer);
                    self.prove(peer, joined, at, End::Left, out);
                }
            }
        } else {
            self.prove(peer, joined, at, End::Left, out);
        }
        self.given_up.remove(&peer);
        let left = self.left.entry(peer).or_insert(at);
        *left = at.max(*left);
    }

    /// A read did not have this person any more.
    fn give_up(&mut self, peer: PeerId, out: &mut Step) {
        if let Some(old) = self.present.remove(&peer) {
            let to = self.last_had(&old);
            self.given_up.insert(peer, GivenUp { joined: old.joined, from: old.from, to });
            self.close(peer, old.from, to, End::Gone, out);
        }
    }

    fn confirm(&mut self, at: Instant, out: &mut Step) {
        self.trouble = None;
        if self.confirmed.is_none_or(|confirmed| at >= confirmed) {
            self.confirmed = Some(at);
            out.facts.push(Fact::Confirmed { call: self.id, at });
        }
    }

    /// The time from the last confirmed instant to `at` was not watched. Before the first look at a call nothing was:
    /// it has run since the first of those who are in came.
    fn was_blind(&mut self, at: Instant, reason: BlindReason, out: &mut Step) {
        if let Some(from) = self.confirmed.or_else(|| self.present.values().map(|present| present.from).min())
            && from < at
        {
            out.facts.push(Fact::Blind { call: self.id, peer: None, span: Span::new(from, at), reason });
        }
    }

    // ── updates ─────────────────────────────────────────────────────────────────────────────────────────────────────

    fn participants(&mut self, at: Instant, version: i32, list: Vec<Sighting>, out: &mut Step) {
        let versioned = list.iter().any(|one| one.versioned || one.left || one.just_joined);
        match self.version {
            _ if !versioned => self.unversioned(at, version, &list, out),
            Some(known) if version < known => {}
            _ if self.blind.is_some() => self.hold(at, version, list),
            Some(known) if version == known => self.again(at, version, &list, out),
            _ => {
                self.hold(at, version, list);
                let known = self.version;
                self.drain(out);
                if self.version == known {
                    self.wait(out);
                }
            }
        }
    }

    /// An update of the version that we have: the one that the last read already knew, the same one again, or a
    /// `left` that was not counted.
    fn again(&mut self, at: Instant, version: i32, list: &[Sighting], out: &mut Step) {
        let is_hint = |one: &&Sighting| one.left && !one.versioned && self.present.contains_key(&one.peer);
        let hints: Vec<PeerId> = list.iter().filter(is_hint).map(|one| one.peer).collect();
        if hints.is_empty() {
            if !self.updated {
                self.apply(at, version, list, out);
            }
            return;
        }
        // Nobody can say of them that they were in after this: they are out until an answer shows them.
        for peer in &hints {
            self.touch(*peer);
            if let Some(old) = self.present.remove(peer) {
                let to = at.max(old.from);
                self.given_up.insert(*peer, GivenUp { joined: old.joined, from: old.from, to });
                self.close(*peer, old.from, to, End::Gone, out);
            }
        }
        self.ask_named(hints, out);
    }

    /// An update spoke of this person: it knows better than the read under way.
    fn touch(&mut self, peer: PeerId) {
        match &mut self.read {
            Some(Read::Pages(Pages { touched, .. }) | Read::Named { touched, .. }) => {
                touched.insert(peer);
            }
            _ => {}
        }
    }

    fn hold(&mut self, at: Instant, version: i32, list: Vec<Sighting>) {
        if self.held.len() < MOST_HELD {
            self.held.entry(version).or_default().push((at, list));
        }
    }

    /// Speaking and the like: it applies whatever the version, and says at most that somebody is in.
    fn unversioned(&mut self, at: Instant, version: i32, list: &[Sighting], out: &mut Step) {
        let mut unknown = Vec::new();
        for one in list {
            match self.present.get(&one.peer) {
                Some(present) if one.joined == present.joined => self.sight(one.peer, one.joined, at, out),
                Some(_) => unknown.push(one.peer),
                None => {
                    self.prove(one.peer, one.joined, at, End::Gone, out);
                    unknown.push(one.peer);
                }
            }
        }
        if self.blind.is_some() {
            return;
        }
        if !unknown.is_empty() {
            self.ask_named(unknown, out);
        } else if self.version == Some(version) {
            self.confirm(at, out);
        }
    }

    /// Applies held updates as far as they follow each other.
    fn drain(&mut self, out: &mut Step) {
        while let Some(known) = self.version
            && let Some(next) = known.checked_add(1)
            && let Some(updates) = self.held.remove(&next)
        {
            for (index, (at, list)) in updates.into_iter().enumerate() {
                match index {
                    0 => self.apply(at, next, &list, out),
                    _ => self.again(at, next, &list, out),
                }
            }
        }
    }

    fn apply(&mut self, at: Instant, version: i32, list: &[Sighting], out: &mut Step) {
        for one in list {
            self.touch(one.peer);
            if one.left {
                self.leave(one.peer, one.joined, at, out);
            } else {
                self.sight(one.peer, one.joined, at, out);
                if self.listeners_hidden {
                    // Perhaps they were muted, and this was the last that we hear of them: a read will say.
                    self.give_up(one.peer, out);
                }
            }
        }
        self.version = Some(version);
        self.updated = true;
        self.confirm(at, out);
    }

    /// The server spoke of this version: if it is newer than ours, its update may be on its way.
    fn hear(&mut self, version: i32, out: &mut Step) {
        self.heard = self.heard.max(version);
        if self.blind.is_none() && self.version.is_some_and(|known| version > known) {
            self.wait(out);
        }
    }

    fn wait(&mut self, out: &mut Step) {
        if !self.waiting {
            self.waiting = true;
            out.asks.push(Ask::Wait);
        }
    }

    /// The second is over: either the gap has filled, or the chain of updates is broken.
    fn wait_over(&mut self, out: &mut Step) {
        let waited = std::mem::take(&mut self.waiting);
        let gap = !self.held.is_empty() || self.version.is_some_and(|known| self.heard > known);
        if waited && gap && self.blind.is_none() {
            self.blind = Some(BlindReason::Gap);
            // A read under way began in another state: its answer starts a new one.
            if self.read.is_none() {
                self.start_pages(out);
            }
        }
    }

    // ── reads ───────────────────────────────────────────────────────────────────────────────────────────────────────

    fn due(&mut self, full: bool, out: &mut Step) {
        match (&self.read, self.version) {
            (Some(_), _) => {}
            (None, Some(version)) if !full && self.blind.is_none() => {
                self.read = Some(Read::Check { version });
                out.asks.push(Ask::Check { call: self.id });
            }
            _ => self.start_pages(out),
        }
    }

    fn start_pages(&mut self, out: &mut Step) {
        let began = self.version.filter(|_| self.blind.is_none());
        let held = self.held.keys().copied().collect();
        self.read = Some(Read::Pages(Pages { began, held, ..Pages::default() }));
        out.asks.push(Ask::Page { call: self.id, offset: String::new() });
    }

    fn ask_named(&mut self, peers: Vec<PeerId>, out: &mut Step) {
        if self.read.is_none() {
            let peers: Vec<PeerId> = peers.into_iter().take(NAMED_AT_ONCE).collect();
            self.read =
                Some(Read::Named { asked: peers.iter().copied().collect(), touched: BTreeSet::new(), then: None });
            out.asks.push(Ask::Named { call: self.id, peers });
        }
    }

    fn checked(&mut self, at: Instant, version: i32, count: i64, out: &mut Step) {
        let Some(Read::Check { version: began }) = self.read else { return };
        self.read = None;
        let Some(known) = self.version.filter(|_| self.blind.is_none()) else {
            self.start_pages(out);
            return;
        };
        if version == known && count == self.present.len() as i64 {
            if let Some(reason) = self.trouble {
                self.was_blind(at, reason, out);
            }
            self.confirm(at, out);
        } else if version > known {
            self.hear(version, out);
        } else if version == known || version < began {
            self.start_pages(out);
        }
        // Otherwise updates came in while the check was answered, and they know better.
    }

    fn page(&mut self, at: Instant, version: i32, list: &[Sighting], next: String, out: &mut Step) {
        let mut pages = match self.read.take() {
            Some(Read::Pages(pages)) => pages,
            other => {
                self.read = other;
                return;
            }
        };
        let (_, first_version) = *pages.first.get_or_insert((at, version));
        if self.blind.is_some() {
            self.weigh_held(first_version, out);
        }
        pages.last_version = version;
        pages.pages += 1;
        // Whatever becomes of the read as a whole: these were in.
        for one in list.iter().filter(|one| !one.left) {
            pages.found.insert(one.peer, one.joined);
            if !pages.touched.contains(&one.peer) {
                self.discover(one.peer, one.joined, at, out);
            }
        }
        if pages.stale || (self.blind.is_some() && pages.began.is_some()) {
            self.start_pages(out);
            return;
        }
        if !next.is_empty() && pages.pages < MOST_PAGES {
            self.read = Some(Read::Pages(pages));
            out.asks.push(Ask::Page { call: self.id, offset: next });
            return;
        }
        let missing: Vec<PeerId> = self
            .present
            .keys()
            .filter(|peer| !pages.found.contains_key(peer) && !pages.touched.contains(peer))
            .copied()
            .collect();
        if pages.pages > 1 {
            pages.doubted = missing;
        } else {
            pages.missing = missing;
        }
        self.ask_doubted_or_finish(pages, out);
    }

    /// Updates that came while we were blind, up to the version of a read: the read says who is in now, they say when
    /// somebody came or left.
    fn weigh_held(&mut self, version: i32, out: &mut Step) {
        let newer = version.checked_add(1).map(|next| self.held.split_off(&next)).unwrap_or_default();
        for (at, list) in std::mem::replace(&mut self.held, newer).into_values().flatten() {
            for one in list {
                if one.left {
                    self.leave(one.peer, one.joined, at, out);
                } else {
                    self.discover(one.peer, one.joined, at, out);
                }
            }
        }
    }

    fn ask_doubted_or_finish(&mut self, mut pages: Pages, out: &mut Step) {
        if pages.doubted.is_empty() {
            self.finish(pages, out);
            return;
        }
        let rest = pages.doubted.split_off(pages.doubted.len().min(NAMED_AT_ONCE));
        let peers = std::mem::replace(&mut pages.doubted, rest);
        let asked = peers.iter().copied().collect();
        out.asks.push(Ask::Named { call: self.id, peers });
        self.read = Some(Read::Named { asked, touched: BTreeSet::new(), then: Some(Box::new(pages)) });
    }

    fn named(&mut self, at: Instant, list: &[Sighting], out: &mut Step) {
        let (asked, touched, then) = match self.read.take() {
            Some(Read::Named { asked, touched, then }) => (asked, touched, then),
            other => {
                self.read = other;
                return;
            }
        };
        let found: BTreeMap<PeerId, Instant> = list
            .iter()
            .filter(|one| !one.left && asked.contains(&one.peer))
            .map(|one| (one.peer, one.joined))
            .collect();
        for (peer, joined) in found.iter().filter(|(peer, _)| !touched.contains(peer)) {
            self.discover(*peer, *joined, at, out);
        }
        let missing = asked.iter().copied().filter(|peer| !found.contains_key(peer));
        match then {
            Some(pages) if pages.stale || (self.blind.is_some() && pages.began.is_some()) => self.start_pages(out),
            Some(mut pages) => {
                pages.missing.extend(missing);
                pages.found.extend(found);
                pages.touched.extend(touched);
                self.ask_doubted_or_finish(*pages, out);
            }
            None => {
                for peer in missing.filter(|peer| !touched.contains(peer)).collect::<Vec<_>>() {
                    self.give_up(peer, out);
                }
                if self.blind.is_some() {
                    self.start_pages(out);
                }
            }
        }
    }

    /// A complete read becomes the roster.
    fn finish(&mut self, pages: Pages, out: &mut Step) {
        let Some((at, version)) = pages.first else { return };
        if self.blind.is_none() && self.version.is_some_and(|known| version > known) {
            // Its updates are on their way, and hold the exact times. If they never come, the next read counts.
            self.hear(version, out);
            return;
        }
        // Blind, or a version below the one that we had when we asked (the server began anew): the read is the truth.
        // Otherwise updates that came while it ran know better.
        let whole = self.blind.is_some() || pages.began.is_none_or(|began| version < began);
        if let Some(reason) = self.blind.or(self.trouble) {
            self.was_blind(at, reason, out);
        }
        for peer in pages.missing.iter().filter(|peer| !pages.touched.contains(peer)) {
            self.give_up(*peer, out);
        }
        self.blind = None;
        self.confirm(at, out);
        if whole {
            self.version = Some(version);
            self.heard = pages.last_version.max(version);
            self.updated = false;
            self.held = version.checked_add(1).map(|next| self.held.split_off(&next)).unwrap_or_default();
        }
        self.drain(out);
        // What the server had not heard of when it was asked later is none of this call's versions.
        self.held.retain(|held, _| *held <= pages.last_version || !pages.held.contains(held));
        if !self.held.is_empty() {
            self.wait(out);
        }
        self.hear(pages.last_version, out);
    }

    // ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────

    /// `groupCallDiscarded` while we watched: everybody was in until now (DESIGN §2.4).
    fn discarded(&mut self, at: Instant, out: &mut Step) {
        let behind = !self.held.is_empty() || self.version.is_some_and(|known| self.heard > known);
        if self.blind.is_some() || behind {
            self.lost_from_sight(at, out);
            return;
        }
        for (peer, present) in std::mem::take(&mut self.present) {
            let to = at.max(present.from);
            out.facts.push(Fact::Closed { call: self.id, peer, from: present.from, to, end: End::Call });
        }
        self.confirm(at, out);
        out.facts.push(Fact::Ended { call: self.id, at, watched: true });
        self.lose(BlindReason::Gap);
    }

    /// The call is over, but we did not see it end: that proves nothing about one person.
    fn lost_from_sight(&mut self, at: Instant, out: &mut Step) {
        let reason = self.blind.or(self.trouble).unwrap_or(BlindReason::Gap);
        self.blind = Some(reason);
        // What the updates held back say is known all the same.
        self.weigh_held(i32::MAX, out);
        self.was_blind(at, reason, out);
        for peer in self.present.keys().copied().collect::<Vec<_>>() {
            self.give_up(peer, out);
        }
        out.facts.push(Fact::Ended { call: self.id, at, watched: false });
        self.lose(reason);
    }
}
