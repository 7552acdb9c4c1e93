//! Turns the server's updates and answers about the group's call into facts to store (rules §2.1–4, 12–14, and §3).
//!
//! [`GroupWatcher`] is a pure machine: events with instants go in, [`Fact`]s to store and [`Request`]s to make come
//! out. From a failed request it receives only a [`BlindReason`], and it never reads a clock.
//!
//! ```text
//! updates  ──v6──v7──────v9──(gap, held 1 s)──►  a complete read at v11: blind from the last confirmed instant
//! roster      C=6 C=7                            to the read; a stay with the same join date is proved
//! ```
//!
//! Read in this order: `events` (what goes in and comes out), `watch` (which call is the group's), `stays` (who is in,
//! from when, until when, and how that is known), `join_dates` (which join dates are accepted), `updates` (the chain of
//! versions), `reads` (checks, pages, and requests for named participants). `signs`, which is not a part of the
//! machine, reads signs of life from the same events.

mod events;
mod join_dates;
mod reads;
pub mod signs;
mod stays;
#[cfg(test)]
mod tests;
mod updates;
mod watch;

use std::collections::BTreeMap;

use super::{CallId, Instant, PeerId};
use reads::Read;

pub use events::{
    BlindReason, CallState, CallUpdate, Changes, End, Event, Fact, Observed, Output, Present, ProvisionalEnd, Request,
    SavedState, Sighting, Update,
};
pub use reads::MAX_NAMED;
pub use watch::GroupWatcher;

/// The known state of one call.
#[derive(Debug, Default)]
struct FollowedCall {
    id: CallId,
    /// The last instant at which this call is known not to have run.
    not_before: Option<Instant>,
    present: BTreeMap<PeerId, Present>,
    provisional: BTreeMap<PeerId, ProvisionalEnd>,
    left: BTreeMap<PeerId, Instant>,
    /// The last confirmed instant; `None` before the first complete read.
    confirmed: Option<Instant>,
    version: Option<i32>,
    /// A versioned update was applied since the version was set by a read.
    updated: bool,
    /// Versioned updates that can't be applied yet.
    held: BTreeMap<i32, Vec<(Instant, Vec<Sighting>)>>,
    /// The chain of updates is broken: only a complete read repairs it.
    blind: Option<BlindReason>,
    /// A request failed since the last confirmation; the chain of updates is whole.
    failure: Option<BlindReason>,
    waiting: bool,
    /// Changes of the roster that updates announced, and those that only reads showed.
    changes: Changes,
    /// The highest version that the server has mentioned.
    highest_version: i32,
    listeners_hidden: bool,
    /// When the server last sent `listeners_hidden`.
    hidden_at: Option<Instant>,
    read: Option<Read>,
}
