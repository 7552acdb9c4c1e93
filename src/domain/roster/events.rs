//! Inputs and outputs of the roster machine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::signs::Shown;
use crate::domain::people::Known;
use crate::domain::{CallId, Instant, PeerId, Span};

/// One participant in an update or a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    pub peer: PeerId,
    /// `groupCallParticipant.date`: when they joined, by the server's clock.
    pub joined: Instant,
    pub left: bool,
    pub just_joined: bool,
    pub versioned: bool,
    /// What others see of them. Recordings of older versions lack it.
    #[serde(default)]
    pub shown: Shown,
}

/// The state of one call, from an update or a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallState {
    /// It runs; `version` counts its changes.
    Live { version: i32, listeners_hidden: bool },
    /// Scheduled, not started: not a call yet (rules §2.13).
    Scheduled,
    /// It is over.
    Discarded,
    /// A live story or a conference: never the group's call (rules §2.13).
    Foreign,
}

/// Why a running call was not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BlindReason {
    /// No connection to Telegram.
    Offline,
    /// Telegram asked to wait (FLOOD_WAIT).
    FloodWait,
    /// Telegram sent a date that can't be right.
    Clock,
    /// The tracker was not running.
    NotRunning,
    /// Updates were lost, or a request failed.
    Gap,
    /// The call hides participants who only listen.
    ListenersHidden,
}

codes!(BlindReason {
    Offline: "offline",
    FloodWait: "flood wait",
    Clock: "wrong date",
    NotRunning: "not running",
    Gap: "gap",
    ListenersHidden: "listeners hidden",
});

/// How a stay's end is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum End {
    /// An update with `left`.
    Left,
    /// A later read did not show them, or showed a later join date: the end is the last instant that had them.
    Gone,
    /// The call ended while it was watched.
    Call,
}

codes!(End { Left: "left", Gone: "gone", Call: "call" });

/// One input of the roster machine. Each `at` is a server date no later than the moment at which the server's answer
/// was true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A new connection: updates that were pushed before it are lost.
    Connected,
    /// The connection is closed.
    Lost(BlindReason),
    /// A request about the followed call failed; the connection and its updates continue.
    Failed(BlindReason),
    /// A lookup for a call that is not followed failed. The followed call is not affected.
    LookupFailed,
    /// The answer to [`Request::Lookup`]: the group's call and whether it hides its listeners; `None` if it has none.
    Found { at: Instant, call: Option<(CallId, bool)> },
    /// `updateGroupCall`.
    Call { at: Instant, call: CallId, state: CallState },
    /// `updateGroupCallParticipants`.
    Participants { at: Instant, call: CallId, version: i32, participants: Vec<Sighting> },
    /// A read is due: of every page if `full`, else a check of version and count.
    Due { full: bool },
    /// The answer to [`Request::Check`].
    Checked { at: Instant, call: CallId, version: i32, count: i64 },
    /// The answer to [`Request::Page`]; `next` is empty on the last page.
    Page { at: Instant, call: CallId, version: i32, participants: Vec<Sighting>, next: String },
    /// The answer to [`Request::Named`].
    Named { at: Instant, call: CallId, participants: Vec<Sighting> },
    /// The second after [`Request::Wait`] has passed.
    WaitOver,
}

/// `updateGroupCall`, which may name its group; participants updates never do (rules §3.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallUpdate {
    pub at: Instant,
    pub peer: Option<PeerId>,
    pub call: CallId,
    pub state: CallState,
}

/// The contents of one container of updates, or of one answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// The date of the container, or one no later than the moment at which the answer was true.
    pub at: Option<Instant>,
    /// Participants updates in their order, or the event of the answer.
    pub events: Vec<Event>,
    /// To be applied after `events` (rules §3.2).
    pub calls: Vec<CallUpdate>,
    pub people: Vec<Known>,
    /// It holds something that could not be read, or reports that updates were dropped.
    pub unreadable: bool,
    /// Telegram closed the connection.
    pub closed: bool,
}

/// Something to store. The facts of one event are written in one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// This call is followed from now on.
    Following { call: CallId, at: Instant },
    /// A stay begins, or one that ended provisionally continues. `seen` is the last instant that shows this person.
    Opened { call: CallId, peer: PeerId, joined: Instant, from: Instant, seen: Instant },
    /// The person of an open stay was seen while the roster as a whole was not.
    Seen { call: CallId, peer: PeerId, from: Instant, at: Instant },
    /// A stay ends at `to`; unless it ends with a `left`, it may continue later (see [`End`]).
    Closed { call: CallId, peer: PeerId, from: Instant, to: Instant, end: End },
    /// A participant gave a sign of life.
    Sign { call: CallId, peer: PeerId, at: Instant },
    /// The whole roster was as it is stored.
    Confirmed { call: CallId, at: Instant },
    /// The call, or one person in it, was not seen for this span.
    Blind { call: CallId, peer: Option<PeerId>, span: Span, reason: BlindReason },
    /// The call is over; `watched` if its end was seen.
    Ended { call: CallId, at: Instant, watched: bool },
    /// The group was seen without a call.
    Idle { at: Instant },
}

/// A request to Telegram; one at a time and in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Which call does the group have? → [`Event::Found`]
    Lookup,
    /// `getGroupParticipants` with limit 1 → [`Event::Checked`]
    Check { call: CallId },
    /// One page from `offset` ("" is the start) → [`Event::Page`]
    Page { call: CallId, offset: String },
    /// Exactly these participants, at most 100 → [`Event::Named`]
    Named { call: CallId, peers: Vec<PeerId> },
    /// No request: let a second pass, so that a gap can fill → [`Event::WaitOver`]
    Wait,
}

/// The output for one event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    pub facts: Vec<Fact>,
    pub requests: Vec<Request>,
}

/// The facts of one or several events; stored in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    pub facts: Vec<Fact>,
    /// People who are new or whose profile has changed.
    pub people: Vec<Known>,
    /// The group was watched without a break from the first instant to the second, with or without a call.
    pub watched: Option<Span>,
    /// Telegram's time when it was observed.
    pub at: Instant,
}

impl Observed {
    /// Nothing yet.
    pub fn new(at: Instant) -> Observed {
        Observed { facts: Vec::new(), people: Vec::new(), watched: None, at }
    }

    pub fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.people.is_empty() && self.watched.is_none()
    }
}

/// How the changes of a call became known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Versioned updates that were applied.
    pub pushed: u64,
    /// Reads that showed a version which no update had announced.
    pub found: u64,
}

/// A participant of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// By the server's clock.
    pub joined: Instant,
    /// The stay's start: `joined`, but never before their last observed `left`.
    pub from: Instant,
    /// The last instant that shows this very person.
    pub seen: Instant,
}

/// The end of a stay without a `left`: the stay may turn out to continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvisionalEnd {
    pub joined: Instant,
    pub from: Instant,
    pub to: Instant,
}

/// The stored state of a call when the tracker starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedState {
    pub present: BTreeMap<PeerId, Present>,
    pub provisional: BTreeMap<PeerId, ProvisionalEnd>,
    /// The last observed `left` of each participant.
    pub left: BTreeMap<PeerId, Instant>,
    /// The last instant at which the call is known not to have run.
    #[serde(default)]
    pub not_before: Option<Instant>,
}
