//! The state of a tracker at one moment: the one model that the live view of `swf track` and `tracker_state.json` show.
//!
//! ```text
//! tracker ──View──► render::live            a frame on the terminal
//!               └─► platform::state_file    tracker_state.json, which `swf status` and `swf watchdog` read
//! ```
//! All instants are on Telegram's clock. Texts come unchanged from Telegram or the system, and are not yet safe to
//! show.

use serde::{Deserialize, Serialize};

use crate::domain::people::Profile;
use crate::domain::roster::BlindReason;
use crate::domain::time::zone::Zone;
use crate::domain::{Instant, PeerId, Span};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub now: Instant,
    /// The account that watches.
    pub account: Option<PeerId>,
    pub connection: Connection,
    /// The next request or attempt to connect, while the tracker waits for it.
    pub wait: Option<Wait>,
    /// The last instant at which any group was seen, with or without a call; `None` if no group ever was.
    pub confirmed: Option<Instant>,
    /// `None` while the groups are seen.
    pub outage: Option<Outage>,
    /// In the order of the settings. Never empty.
    pub groups: Vec<GroupView>,
    /// `None` while the store can be written.
    pub store_problem: Option<StoreProblem>,
}

impl View {
    /// The first group, which represents all groups if only one can be shown.
    pub fn first(&self) -> &GroupView {
        &self.groups[0]
    }
}

/// One of the groups that the account watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// The group's name in `groups.toml`; `None` without that file.
    pub label: Option<String>,
    /// The group's title, or what the settings call the group while it has not been found.
    pub title: String,
    /// `None` until the group has been found.
    pub peer: Option<PeerId>,
    /// The zone in which the group's times are shown.
    pub zone: Zone,
    /// The first and the last instant at which this run saw the group, with or without a call; `None` before that.
    pub watched: Option<Span>,
    /// `None` if no call is known to run.
    pub call: Option<Call>,
    /// `None` if this tracker does not post.
    pub next_post: Option<Instant>,
    /// This group is not watched while others are, e.g. because the account was removed from it.
    pub outage: Option<Outage>,
}

/// The state of the connection to Telegram. The serialised names are part of `tracker_state.json`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    #[default]
    Connecting,
    Online,
    Offline,
    /// Telegram asked to wait.
    FloodWait,
}

/// Why the tracker waits, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    pub until: Instant,
    /// `None` for a rate limit of Telegram.
    pub reason: Option<String>,
}

/// An outage that continues: the group is not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// The last confirmed instant before it; `None` if it is not known.
    pub since: Option<Instant>,
    pub reason: String,
}

/// The call as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When the first known stay began.
    pub since: Option<Instant>,
    /// `None` while the call is seen.
    pub blind: Option<Blind>,
    /// The people in the call who are counted, in any order.
    pub people: Vec<Person>,
    /// How many people in the call are not counted: they chose to leave, or have not agreed (rules §7).
    pub uncounted: usize,
}

/// Since when a call is not seen, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blind {
    pub since: Instant,
    pub reason: BlindReason,
}

/// A participant of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub profile: Profile,
    /// When this stay began.
    pub since: Instant,
    /// Seconds of this stay: up to `now` while the call is seen, else up to the last instant that shows this person.
    pub stay: i64,
    /// Seconds that count today, of all accounts of the person.
    pub today: i64,
}

/// Why the store can't be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreProblem {
    pub reason: String,
    /// Facts that wait in memory.
    pub buffered: usize,
}
