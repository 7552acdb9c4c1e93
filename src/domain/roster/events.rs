//! What goes into the machine, and what comes out.

use std::collections::BTreeMap;

use crate::domain::{CallId, Instant, PeerId, Span};

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
    /// The answer to [`Request::Check`].
    Checked { at: Instant, call: CallId, version: i32, count: i64 },
    /// The answer to [`Request::Page`]; `next` is empty on the last page.
    Page { at: Instant, call: CallId, version: i32, participants: Vec<Sighting>, next: String },
    /// The answer to [`Request::Named`].
    Named { at: Instant, call: CallId, participants: Vec<Sighting> },
    /// The second of [`Request::Wait`] is over.
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
pub enum Request {
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
pub struct Output {
    pub facts: Vec<Fact>,
    pub requests: Vec<Request>,
}

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
pub struct ProvisionalEnd {
    pub joined: Instant,
    pub from: Instant,
    pub to: Instant,
}

/// What the store remembers of a call when the tracker starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedState {
    pub present: BTreeMap<PeerId, Present>,
    pub provisional: BTreeMap<PeerId, ProvisionalEnd>,
    /// The last observed `left` of each participant.
    pub left: BTreeMap<PeerId, Instant>,
}
