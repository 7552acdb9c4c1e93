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
    pub present: BTreeMap<PeerId, Present>,
    pub given_up: BTreeMap<PeerId, GivenUp>,
    /// The last observed `left` of each participant.
    pub left: BTreeMap<PeerId, Instant>,
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
        } else if self.left.get(&peer).is_some_and(|left| at < *left || (at == *left && joined < *left)) {
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
        // An update that comes late does not take back what was known already.
        let known = before.filter(|given_up| given_up.from == from).map_or(from, |given_up| given_up.to);
        let seen = at.max(known);
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
            Some(old) if old.joined > joined => {
                self.prove_before(peer, joined, at.min(old.from), end, out);
                return;
            }
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

    /// A later stay is known already; there was one before it that nobody saw begin.
    fn prove_before(&self, peer: PeerId, joined: Instant, to: Instant, end: End, out: &mut Step) {
        let call = self.id;
        let from = self.left.get(&peer).map_or(joined, |left| joined.max(*left));
        if joined.0 > 0 && from < to {
            let span = Span::new(from, to);
            out.facts.push(Fact::Opened { call, peer, joined, from, seen: to });
            out.facts.push(Fact::Blind { call, peer: Some(peer), span, reason: BlindReason::Gap });
            out.facts.push(Fact::Closed { call, peer, from, to, end });
        }
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
            if joined < old.joined {
                // A read was faster than the updates, and showed the next stay only.
                self.prove_before(peer, joined, at.min(old.from), End::Left, out);
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
        if let Some(Read::Pages(Pages { touched, .. }) | Read::Named { touched, .. }) = &mut self.read {
            touched.insert(peer);
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
        self.hear(version, out);
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
            } else if self.confirmed.is_none_or(|confirmed| at >= confirmed) {
                if one.just_joined {
                    self.sight(one.peer, one.joined, at, out);
                } else {
                    self.discover(one.peer, one.joined, at, out);
                }
                if self.listeners_hidden {
                    // Perhaps they were muted, and this was the last that we hear of them: a read will say.
                    self.give_up(one.peer, out);
                }
            } else if !self.present.contains_key(&one.peer) {
                // The last read knew this update already, and did not have them any more.
                self.prove(one.peer, one.joined, at, End::Gone, out);
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
        self.hear(version, out);
        pages.last_version = version;
        pages.pages += 1;
        // Whatever becomes of the read as a whole: these were in.
        for one in list.iter().filter(|one| !one.left) {
            pages.found.insert(one.peer, one.joined);
            self.answer_shows(one.peer, one.joined, pages.touched.contains(&one.peer), at, out);
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

    /// An answer shows somebody. If an update spoke of them since it was asked for, it may be older than that update:
    /// then it only says of the stay that we know, or have given up, that it went on until then.
    fn answer_shows(&mut self, peer: PeerId, joined: Instant, touched: bool, at: Instant, out: &mut Step) {
        if !touched {
            self.discover(peer, joined, at, out);
        } else if self.present.get(&peer).is_some_and(|present| present.joined == joined) {
            self.sight(peer, joined, at, out);
        } else if self.given_up.get(&peer).is_some_and(|given_up| given_up.joined == joined) {
            self.prove(peer, joined, at, End::Gone, out);
        }
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
        for (peer, joined) in &found {
            self.answer_shows(*peer, *joined, touched.contains(peer), at, out);
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

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: CallId = CallId(1);
    const ADA: PeerId = PeerId(1);
    const BOB: PeerId = PeerId(2);
    const EVE: PeerId = PeerId(3);

    fn someone(peer: PeerId, joined: i64) -> Sighting {
        Sighting { peer, joined: Instant(joined), left: false, just_joined: false, versioned: false }
    }

    fn joins(peer: PeerId, joined: i64) -> Sighting {
        Sighting { just_joined: true, versioned: true, ..someone(peer, joined) }
    }

    fn leaves(peer: PeerId, joined: i64) -> Sighting {
        Sighting { left: true, versioned: true, ..someone(peer, joined) }
    }

    fn mutes(peer: PeerId, joined: i64) -> Sighting {
        Sighting { versioned: true, ..someone(peer, joined) }
    }

    /// `left`, but neither flagged nor counted.
    fn hints(peer: PeerId, joined: i64) -> Sighting {
        Sighting { left: true, ..someone(peer, joined) }
    }

    fn update(at: i64, version: i32, list: &[Sighting]) -> Event {
        Event::Participants { at: Instant(at), call: CALL, version, participants: list.to_vec() }
    }

    fn live(at: i64, version: i32, listeners_hidden: bool) -> Event {
        Event::Call { at: Instant(at), call: CALL, state: CallState::Live { version, listeners_hidden } }
    }

    fn state(at: i64, call: i64, state: CallState) -> Event {
        Event::Call { at: Instant(at), call: CallId(call), state }
    }

    fn found(at: i64, call: Option<i64>) -> Event {
        Event::Found { at: Instant(at), call: call.map(|call| (CallId(call), false)) }
    }

    fn page(at: i64, version: i32, list: &[(PeerId, i64)], next: &str) -> Event {
        let participants = list.iter().map(|(peer, joined)| someone(*peer, *joined)).collect();
        Event::Page { at: Instant(at), call: CALL, version, participants, next: next.into() }
    }

    fn named(at: i64, list: &[(PeerId, i64)]) -> Event {
        let participants = list.iter().map(|(peer, joined)| someone(*peer, *joined)).collect();
        Event::Named { at: Instant(at), call: CALL, participants }
    }

    fn checked(at: i64, version: i32, count: i64) -> Event {
        Event::Checked { at: Instant(at), call: CALL, version, count }
    }

    fn opened(peer: PeerId, joined: i64, from: i64, seen: i64) -> Fact {
        let [joined, from, seen] = [joined, from, seen].map(Instant);
        Fact::Opened { call: CALL, peer, joined, from, seen }
    }

    fn closed(peer: PeerId, from: i64, to: i64, end: End) -> Fact {
        Fact::Closed { call: CALL, peer, from: Instant(from), to: Instant(to), end }
    }

    fn confirmed(at: i64) -> Fact {
        Fact::Confirmed { call: CALL, at: Instant(at) }
    }

    fn blind(peer: Option<PeerId>, from: i64, to: i64, reason: BlindReason) -> Fact {
        Fact::Blind { call: CALL, peer, span: Span::new(Instant(from), Instant(to)), reason }
    }

    fn first_page() -> Ask {
        Ask::Page { call: CALL, offset: String::new() }
    }

    /// A call at version 5 with Ada (since 50) and Bob (since 60), seen in full at 100.
    fn watching() -> Watch {
        let mut watch = Watch::default();
        assert_eq!(watch.handle(Event::Connected).asks, [Ask::Lookup]);
        assert_eq!(watch.handle(found(100, Some(1))).asks, [first_page()]);
        let facts = watch.handle(page(100, 5, &[(ADA, 50), (BOB, 60)], "")).facts;
        let first_look = blind(None, 50, 100, BlindReason::NotRunning);
        assert_eq!(facts, [opened(ADA, 50, 50, 100), opened(BOB, 60, 60, 100), first_look, confirmed(100)]);
        watch
    }

    fn who(watch: &Watch) -> Vec<PeerId> {
        watch.present().map(|(peer, _)| peer).collect()
    }

    #[test]
    fn the_next_version_applies_and_confirms_everybody() {
        let mut watch = watching();
        let step = watch.handle(update(110, 6, &[leaves(BOB, 60)]));
        assert_eq!(step, Step { facts: vec![closed(BOB, 60, 110, End::Left), confirmed(110)], asks: vec![] });
        let step = watch.handle(update(120, 7, &[joins(EVE, 120)]));
        assert_eq!(step.facts, [opened(EVE, 120, 120, 120), confirmed(120)]);
        assert_eq!(watch.confirmed(), Some(Instant(120)));
    }

    #[test]
    fn a_version_below_ours_is_skipped() {
        assert_eq!(watching().handle(update(110, 4, &[leaves(BOB, 60)])), Step::default());
        // Nor does one count that comes again while a gap keeps us blind.
        let mut watch = watching();
        watch.handle(Event::Lost(BlindReason::Offline));
        watch.handle(update(110, 4, &[joins(EVE, 90)]));
        watch.handle(found(120, Some(1)));
        let facts = watch.handle(page(120, 5, &[(ADA, 50), (BOB, 60)], "")).facts;
        assert!(!facts.iter().any(|fact| matches!(fact, Fact::Opened { .. })), "{facts:?}");
    }

    #[test]
    fn our_own_version_applies_only_if_it_is_the_first() {
        // The read may have been a moment ahead of its update.
        let mut watch = watching();
        let step = watch.handle(update(100, 5, &[mutes(BOB, 60)]));
        assert_eq!(step.facts, [confirmed(100)]);
        assert_eq!(watch.handle(update(110, 5, &[mutes(BOB, 60)])), Step::default());
        // After an update it is a duplicate.
        let mut watch = watching();
        watch.handle(update(110, 6, &[leaves(BOB, 60)]));
        assert_eq!(watch.handle(update(110, 6, &[leaves(BOB, 60)])), Step::default());
        watch.handle(update(120, 7, &[joins(BOB, 120)]));
        assert_eq!(watch.handle(update(120, 7, &[joins(BOB, 120)])), Step::default());
    }

    #[test]
    fn somebody_whom_the_read_did_not_have_is_not_put_back_by_its_own_update() {
        let mut watch = watching();
        watch.handle(Event::Due { full: false });
        watch.handle(checked(150, 5, 2));
        let step = watch.handle(update(95, 5, &[joins(EVE, 90)]));
        assert_eq!(step.facts[0], opened(EVE, 90, 90, 95));
        assert!(step.facts.contains(&closed(EVE, 90, 95, End::Gone)));
        assert_eq!(who(&watch), [ADA, BOB]);
    }

    #[test]
    fn an_uncounted_left_ends_the_stay_until_an_answer_shows_them() {
        let mut watch = watching();
        let step = watch.handle(update(110, 5, &[hints(BOB, 60)]));
        let ask = Ask::Named { call: CALL, peers: vec![BOB] };
        assert_eq!(step, Step { facts: vec![closed(BOB, 60, 110, End::Gone)], asks: vec![ask] });
        // Whatever comes meanwhile says nothing about Bob.
        assert_eq!(watch.handle(update(115, 5, &[someone(ADA, 50)])).facts.last(), Some(&confirmed(115)));
        assert_eq!(watch.handle(named(111, &[])), Step::default());
        assert_eq!(who(&watch), [ADA]);
        // A false one costs nothing.
        let mut watch = watching();
        watch.handle(update(110, 5, &[hints(BOB, 60)]));
        let facts = watch.handle(named(112, &[(BOB, 60)])).facts;
        assert_eq!(facts, [blind(Some(BOB), 110, 112, BlindReason::Gap), opened(BOB, 60, 60, 112)]);
    }

    #[test]
    fn an_uncounted_left_is_not_undone_by_a_read_that_was_under_way() {
        let mut watch = watching();
        assert_eq!(watch.handle(Event::Due { full: true }).asks, [first_page()]);
        assert_eq!(watch.handle(update(110, 5, &[hints(BOB, 60)])).asks, []);
        watch.handle(page(105, 5, &[(ADA, 50), (BOB, 60)], ""));
        assert_eq!(who(&watch), [ADA]);
        // The next check counts.
        watch.handle(Event::Due { full: false });
        assert_eq!(watch.handle(checked(130, 5, 2)).asks, [first_page()]);
    }

    #[test]
    fn a_gap_that_fills_within_the_second_costs_nothing() {
        let mut watch = watching();
        assert_eq!(watch.handle(update(112, 7, &[leaves(BOB, 60)])), Step { facts: vec![], asks: vec![Ask::Wait] });
        let facts = watch.handle(update(111, 6, &[joins(EVE, 111)])).facts;
        assert_eq!(
            facts,
            [opened(EVE, 111, 111, 111), confirmed(111), closed(BOB, 60, 112, End::Left), confirmed(112)]
        );
        assert_eq!(watch.handle(Event::WaitOver), Step::default());
        assert_eq!(watch.blind(), None);
    }

    #[test]
    fn a_gap_that_stays_leads_to_a_complete_read() {
        let mut watch = watching();
        watch.handle(update(112, 7, &[leaves(BOB, 60)]));
        assert_eq!(watch.handle(Event::WaitOver), Step { facts: vec![], asks: vec![first_page()] });
        assert_eq!(watch.blind(), Some(BlindReason::Gap));
        // What was held says when Bob left; what was lost was Eve's coming.
        let facts = watch.handle(page(113, 7, &[(ADA, 50), (EVE, 111)], "")).facts;
        assert_eq!(
            facts,
            [
                closed(BOB, 60, 112, End::Left),
                Fact::Seen { call: CALL, peer: ADA, from: Instant(50), at: Instant(113) },
                opened(EVE, 111, 111, 113),
                blind(None, 100, 113, BlindReason::Gap),
                confirmed(113),
            ]
        );
    }

    #[test]
    fn what_was_held_is_not_lost_with_the_connection() {
        let mut watch = watching();
        watch.handle(update(112, 7, &[leaves(BOB, 60)]));
        assert_eq!(watch.handle(Event::Lost(BlindReason::Offline)).facts, [closed(BOB, 60, 112, End::Left)]);
    }

    #[test]
    fn an_uncounted_left_behind_a_gap_is_not_swallowed() {
        let mut watch = watching();
        watch.handle(update(112, 7, &[joins(EVE, 112)]));
        watch.handle(update(113, 7, &[hints(BOB, 60)]));
        watch.handle(update(111, 6, &[mutes(ADA, 50)]));
        assert_eq!(who(&watch), [ADA, EVE]);
    }

    #[test]
    fn a_held_version_that_the_server_never_had_is_not_waited_for_again_and_again() {
        let mut watch = watching();
        watch.handle(update(112, 900, &[mutes(BOB, 60)]));
        watch.handle(Event::WaitOver);
        let step = watch.handle(page(113, 6, &[(ADA, 50), (BOB, 60)], ""));
        assert_eq!(step.asks, []);
    }

    #[test]
    fn unversioned_updates_apply_whatever_their_version() {
        let mut watch = watching();
        // Of our version: the roster is as we have it.
        assert_eq!(watch.handle(update(110, 5, &[someone(ADA, 50)])).facts.last(), Some(&confirmed(110)));
        // Of another: it shows only the one who speaks.
        let facts = watch.handle(update(120, 6, &[someone(ADA, 50)])).facts;
        assert_eq!(facts, [Fact::Seen { call: CALL, peer: ADA, from: Instant(50), at: Instant(120) }]);
        // Of somebody whom we do not have: they were in, and an answer says whether they are.
        let step = watch.handle(update(130, 5, &[someone(EVE, 115)]));
        assert_eq!(step.asks, [Ask::Named { call: CALL, peers: vec![EVE] }]);
        assert!(step.facts.contains(&closed(EVE, 115, 130, End::Gone)), "{step:?}");
        watch.handle(named(130, &[(EVE, 115)]));
        assert_eq!(who(&watch), [ADA, BOB, EVE]);
    }

    #[test]
    fn a_higher_version_of_the_call_means_a_gap() {
        let mut watch = watching();
        assert_eq!(watch.handle(live(110, 5, false)), Step::default());
        // Participants come first within one container, so that this is none.
        watch.handle(update(111, 6, &[mutes(ADA, 50)]));
        assert_eq!(watch.handle(live(111, 6, false)), Step::default());
        assert_eq!(watch.handle(live(112, 7, false)).asks, [Ask::Wait]);
        assert_eq!(watch.handle(Event::WaitOver).asks, [first_page()]);
    }

    #[test]
    fn the_end_of_a_call_that_we_watch_ends_every_stay() {
        let mut watch = watching();
        let step = watch.handle(state(150, 1, CallState::Discarded));
        let ended = Fact::Ended { call: CALL, at: Instant(150), watched: true };
        let facts = vec![closed(ADA, 50, 150, End::Call), closed(BOB, 60, 150, End::Call), confirmed(150), ended];
        assert_eq!(step, Step { facts, asks: vec![Ask::Lookup] });
        assert_eq!(watch.call(), None);
    }

    #[test]
    fn the_end_of_a_call_in_a_blind_span_proves_nothing_about_anybody() {
        let behind: [fn(&mut Watch); 3] = [
            |watch| drop(watch.handle(Event::Lost(BlindReason::Offline))),
            // An update is missing: it may have been somebody's `left`.
            |watch| drop(watch.handle(update(140, 7, &[mutes(ADA, 50)]))),
            |watch| drop(watch.handle(live(140, 6, false))),
        ];
        for (case, fall_behind) in behind.into_iter().enumerate() {
            let mut watch = watching();
            fall_behind(&mut watch);
            let facts = watch.handle(state(150, 1, CallState::Discarded)).facts;
            assert!(facts.contains(&closed(BOB, 60, 100, End::Gone)), "{case}: {facts:?}");
            // The update that came did show Ada.
            let ada = if case == 1 { 140 } else { 100 };
            assert!(facts.contains(&closed(ADA, 50, ada, End::Gone)), "{case}: {facts:?}");
            assert_eq!(facts.last(), Some(&Fact::Ended { call: CALL, at: Instant(150), watched: false }));
        }
    }

    #[test]
    fn another_call_or_none_ends_every_stay_at_the_last_confirmed_instant() {
        for next in [None, Some(2)] {
            let mut watch = watching();
            let facts = watch.handle(found(150, next)).facts;
            assert_eq!(
                facts[..4],
                [
                    blind(None, 100, 150, BlindReason::Gap),
                    closed(ADA, 50, 100, End::Gone),
                    closed(BOB, 60, 100, End::Gone),
                    Fact::Ended { call: CALL, at: Instant(150), watched: false },
                ]
            );
            assert_eq!(watch.call(), next.map(CallId));
            // It was an error: the same call again, with the same people.
            watch.handle(found(160, Some(1)));
            let facts = watch.handle(page(160, 5, &[(ADA, 50)], "")).facts;
            assert_eq!(facts[..2], [blind(Some(ADA), 100, 160, BlindReason::Gap), opened(ADA, 50, 50, 160)]);
        }
    }

    #[test]
    fn a_scheduled_or_foreign_call_is_none() {
        for none in [CallState::Scheduled, CallState::Foreign] {
            assert_eq!(watching().handle(state(110, 2, none)), Step::default());
            assert_eq!(Watch::default().handle(state(110, 2, none)), Step::default());
        }
        // Another one might be the group's, where the update does not say whose it is: the group decides.
        let mut watch = watching();
        let live = CallState::Live { version: 1, listeners_hidden: false };
        assert_eq!(watch.handle(state(110, 9, live)), Step { facts: vec![], asks: vec![Ask::Lookup] });
        assert_eq!(watch.handle(state(110, 9, live)), Step::default());
        assert_eq!(watch.handle(found(110, Some(1))), Step::default());
        assert_eq!(watch.handle(state(111, 9, CallState::Discarded)), Step::default());
        assert_eq!(watch.call(), Some(CALL));
    }

    #[test]
    fn what_comes_before_the_call_is_found_counts() {
        let mut watch = Watch::default();
        watch.handle(found(90, None));
        assert_eq!(watch.handle(update(101, 2, &[joins(ADA, 101)])).asks, [Ask::Lookup]);
        watch.handle(update(150, 3, &[leaves(ADA, 101)]));
        watch.handle(found(151, Some(1)));
        let facts = watch.handle(page(151, 3, &[], "")).facts;
        assert!(facts.contains(&closed(ADA, 101, 150, End::Left)), "{facts:?}");
        assert!(facts.contains(&blind(Some(ADA), 101, 150, BlindReason::Gap)), "{facts:?}");
    }

    #[test]
    fn somebody_missing_from_several_pages_is_asked_for_before_their_stay_ends() {
        let mut watch = watching();
        watch.handle(Event::Due { full: true });
        let next = watch.handle(page(130, 5, &[(ADA, 50)], "more")).asks;
        assert_eq!(next, [Ask::Page { call: CALL, offset: "more".into() }]);
        let step = watch.handle(page(131, 5, &[(ADA, 50)], ""));
        assert_eq!(step.asks, [Ask::Named { call: CALL, peers: vec![BOB] }]);
        let facts = watch.handle(named(132, &[(BOB, 60)])).facts;
        assert_eq!(facts.last(), Some(&confirmed(130)));
        assert_eq!(who(&watch), [ADA, BOB]);

        watch.handle(Event::Due { full: true });
        watch.handle(page(160, 5, &[(ADA, 50)], "more"));
        watch.handle(page(161, 5, &[], ""));
        let facts = watch.handle(named(162, &[])).facts;
        // The last instant that had Bob is the answer that showed him.
        assert!(facts.contains(&closed(BOB, 60, 132, End::Gone)), "{facts:?}");
    }

    #[test]
    fn no_more_than_a_hundred_are_asked_for_at_once() {
        let mut watch = Watch::default();
        watch.handle(found(100, Some(1)));
        let crowd: Vec<(PeerId, i64)> = (1..=250).map(|peer| (PeerId(peer), 50)).collect();
        watch.handle(page(100, 5, &crowd, ""));
        watch.handle(Event::Due { full: true });
        watch.handle(page(130, 5, &[], "more"));
        let mut asks = watch.handle(page(130, 5, &[], "")).asks;
        let mut batches = Vec::new();
        while let Some(Ask::Named { peers, .. }) = asks.pop() {
            batches.push(peers.len());
            asks = watch.handle(named(131, &[])).asks;
        }
        assert_eq!(batches, [100, 100, 50]);
        assert_eq!(who(&watch), []);
    }

    #[test]
    fn an_error_makes_blind_and_nothing_else() {
        for reason in [BlindReason::FloodWait, BlindReason::Gap] {
            let mut watch = watching();
            watch.handle(Event::Due { full: false });
            assert_eq!(watch.handle(Event::Failed(reason)), Step::default());
            assert_eq!((who(&watch), watch.blind()), (vec![ADA, BOB], Some(reason)));
            // The call itself is in doubt.
            assert_eq!(watch.handle(Event::Due { full: true }).asks, [Ask::Lookup]);
            watch.handle(found(190, Some(1)));
            let facts = watch.handle(page(190, 5, &[(ADA, 50), (BOB, 60)], "")).facts;
            assert!(facts.contains(&blind(None, 100, 190, reason)), "{facts:?}");
            assert_eq!(watch.blind(), None);
        }
    }

    #[test]
    fn after_a_blind_span_the_join_date_decides() {
        let mut watch = watching();
        watch.handle(update(101, 6, &[joins(EVE, 101)]));
        watch.handle(Event::Lost(BlindReason::Offline));
        watch.handle(found(500, Some(1)));
        let facts = watch.handle(page(500, 20, &[(ADA, 50), (BOB, 300), (PeerId(4), 200)], "")).facts;
        let seen = Fact::Seen { call: CALL, peer: ADA, from: Instant(50), at: Instant(500) };
        assert_eq!(
            facts,
            [
                seen,
                // Bob was away; Eve is gone; a new one is new.
                closed(BOB, 60, 101, End::Gone),
                opened(BOB, 300, 300, 500),
                opened(PeerId(4), 200, 200, 500),
                blind(None, 101, 500, BlindReason::Offline),
                closed(EVE, 101, 101, End::Gone),
                confirmed(500),
            ]
        );
    }

    #[test]
    fn a_restart_is_a_blind_span() {
        let present = [(ADA, Present { joined: Instant(50), from: Instant(50), seen: Instant(100) })].into();
        let memory = Memory { present, ..Memory::default() };
        let mut watch = Watch::resume(CALL, Some(Instant(100)), false, memory);
        watch.handle(Event::Connected);
        watch.handle(found(500, Some(1)));
        let facts = watch.handle(page(500, 20, &[(ADA, 50)], "")).facts;
        assert!(facts.contains(&blind(None, 100, 500, BlindReason::NotRunning)), "{facts:?}");
        assert!(!facts.iter().any(|fact| matches!(fact, Fact::Opened { .. } | Fact::Closed { .. })), "{facts:?}");
    }

    #[test]
    fn a_stay_never_starts_before_the_last_left() {
        let mut watch = watching();
        watch.handle(update(110, 6, &[leaves(BOB, 60)]));
        // The server still tells the old date.
        let facts = watch.handle(update(120, 7, &[joins(BOB, 60)])).facts;
        assert_eq!(facts[0], opened(BOB, 60, 110, 120));
        // Back within the same second: two stays that touch.
        let mut watch = watching();
        watch.handle(update(110, 6, &[leaves(BOB, 60)]));
        let facts = watch.handle(update(110, 7, &[joins(BOB, 110)])).facts;
        assert_eq!(facts[0], opened(BOB, 110, 110, 110));
    }

    #[test]
    fn a_left_that_comes_after_a_blind_span_still_proves_the_stay() {
        let mut watch = watching();
        watch.handle(Event::Lost(BlindReason::Offline));
        watch.handle(found(500, Some(1)));
        // Held until the read, which came too late to see either of them.
        watch.handle(update(501, 21, &[leaves(BOB, 60)]));
        watch.handle(update(502, 22, &[leaves(EVE, 300)]));
        let facts = watch.handle(page(500, 22, &[(ADA, 50)], "")).facts;
        assert!(facts.contains(&closed(BOB, 60, 501, End::Left)), "{facts:?}");
        assert!(facts.contains(&opened(EVE, 300, 300, 502)), "{facts:?}");
        assert!(facts.contains(&closed(EVE, 300, 502, End::Left)), "{facts:?}");
    }

    #[test]
    fn a_left_of_the_stay_before_does_not_end_the_one_that_a_read_already_showed() {
        let mut watch = watching();
        watch.handle(Event::Lost(BlindReason::Offline));
        watch.handle(found(110, Some(1)));
        watch.handle(page(110, 5, &[(ADA, 50)], "more"));
        watch.handle(update(111, 6, &[leaves(BOB, 60)]));
        watch.handle(update(112, 7, &[joins(BOB, 112)]));
        let facts = watch.handle(page(113, 7, &[(BOB, 112)], "")).facts;
        assert!(facts.contains(&closed(BOB, 60, 111, End::Left)), "{facts:?}");
        assert_eq!(who(&watch), [ADA, BOB]);
        assert_eq!(watch.present().last().map(|(_, bob)| bob.from), Some(Instant(112)));
    }

    #[test]
    fn hidden_listeners_are_out_of_sight_not_out() {
        let mut watch = watching();
        assert_eq!(watch.handle(live(110, 5, true)).asks, [first_page()]);
        assert_eq!(watch.blind(), Some(BlindReason::ListenersHidden));
        let facts = watch.handle(page(110, 5, &[(ADA, 50)], "")).facts;
        assert!(facts.contains(&closed(BOB, 60, 100, End::Gone)), "{facts:?}");
        // Ada mutes herself: from then on nobody tells us about her.
        let facts = watch.handle(update(120, 6, &[mutes(ADA, 50)])).facts;
        assert!(facts.contains(&closed(ADA, 50, 120, End::Gone)), "{facts:?}");
        // Bob is listed again, and has been in all the time.
        watch.handle(live(200, 6, false));
        watch.handle(Event::Due { full: true });
        let facts = watch.handle(page(200, 6, &[(BOB, 60)], "")).facts;
        assert!(facts.contains(&blind(Some(BOB), 100, 200, BlindReason::Gap)), "{facts:?}");
        assert!(facts.contains(&opened(BOB, 60, 60, 200)), "{facts:?}");
    }

    #[test]
    fn a_read_from_before_the_listeners_hid_starts_over() {
        let mut watch = Watch::default();
        watch.handle(found(100, Some(1)));
        watch.handle(page(100, 5, &[(ADA, 50)], "more"));
        watch.handle(live(101, 5, true));
        assert_eq!(watch.handle(page(100, 5, &[(BOB, 60)], "")).asks, [first_page()]);
        watch.handle(page(102, 5, &[(BOB, 60)], ""));
        assert_eq!(who(&watch), [BOB]);
    }

    #[test]
    fn a_check_confirms_only_with_version_and_count_as_ours() {
        let check = |version, count| {
            let mut watch = watching();
            assert_eq!(watch.handle(Event::Due { full: false }).asks, [Ask::Check { call: CALL }]);
            watch.handle(checked(130, version, count))
        };
        assert_eq!(check(5, 2), Step { facts: vec![confirmed(130)], asks: vec![] });
        assert_eq!(check(5, 3), Step { facts: vec![], asks: vec![first_page()] });
        assert_eq!(check(4, 2), Step { facts: vec![], asks: vec![first_page()] });
        assert_eq!(check(6, 2), Step { facts: vec![], asks: vec![Ask::Wait] });
    }
}
