//! `tracker_state.json`: what a tracker says of itself, for outside programs, `swf status` and `swf watchdog`.
//!
//! That a tracker lives is proved by its lock (`var/track.lock`), not by this file: the system lets go of the lock
//! however the process ends. What the file adds is whether it still moves (`beat`), and whether it was stopped on
//! purpose (`stopped`).

use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::Instant;
use crate::platform::fs;
use crate::platform::paths::Home;

/// A tracker that has not written for this long, in seconds, hangs: it writes every few seconds.
const HANGS: i64 = 300;

/// The file. All instants are Unix seconds on Telegram's clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The last confirmed instant; 0 if there was none yet.
    #[serde(deserialize_with = "whole")]
    pub last_seen: i64,
    /// Absent in the old tracker's file.
    pub pid: Option<u32>,
    pub version: String,
    /// When this tracker was started.
    pub since: i64,
    /// When it last wrote this.
    pub beat: i64,
    /// When it was stopped on purpose.
    pub stopped: Option<i64>,
    /// Why it ended, if it was not stopped.
    pub error: Option<String>,
    pub connection: Connection,
    /// Why it has no connection, or the call can't be seen.
    pub problem: Option<String>,
    /// Since when the group is not seen: an alert's incident.
    pub dark_since: Option<i64>,
    pub call: Option<Call>,
    pub group: Option<Group>,
    /// The account that watches.
    pub account: Option<i64>,
    /// Telegram's clock minus the system clock, in seconds.
    pub clock_offset: i64,
    /// Whether it posts on time.
    pub posts: bool,
    /// Why the store can't be written.
    pub trouble: Option<String>,
    /// Facts that wait in memory.
    pub unwritten: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    #[default]
    Connecting,
    Online,
    Offline,
    FloodWait,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// When the first came in of whom we know.
    pub since: Option<i64>,
    pub people: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub id: i64,
    /// As it came from Telegram.
    pub title: String,
}

/// The old tracker may have written a fraction.
fn whole<'de, D: Deserializer<'de>>(number: D) -> Result<i64, D::Error> {
    f64::deserialize(number).map(|number| number as i64)
}

impl State {
    /// What the file says; `None` if it is not there, or can't be read as one.
    pub fn read(home: &Home) -> Option<State> {
        serde_json::from_slice(&std::fs::read(home.state()).ok()?).ok()
    }

    /// Replaces the file: a reader sees the old one or the new one.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write_atomic(path, text.as_bytes(), fs::Mode::Unsynced)
    }

    /// Whether a tracker of ours wrote it, and ended without being asked to, if it has ended.
    pub fn is_unfinished(&self) -> bool {
        self.pid.is_some() && self.stopped.is_none()
    }

    /// Whether the tracker that holds the lock at `now` has stopped to move. One that has only just started, or is of a
    /// swf that knew no `beat`, says nothing of that.
    pub fn hangs(&self, now: Instant) -> bool {
        self.pid.is_some() && now - Instant(self.beat) >= HANGS
    }

    /// Since when the group is not seen, if the tracker that wrote this is dead.
    pub fn dark_since(&self) -> Instant {
        Instant(self.dark_since.unwrap_or(self.last_seen.max(self.since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_trackers_file_is_no_unfinished_tracker() {
        let state: State = serde_json::from_str(r#"{"last_seen": 1777703000.5, "x": 1}"#).unwrap();
        assert_eq!((state.last_seen, state.is_unfinished()), (1_777_703_000, false));
        let ours = State { pid: Some(1), since: 50, last_seen: 40, ..State::default() };
        let read: State = serde_json::from_str(&serde_json::to_string(&ours).unwrap()).unwrap();
        assert_eq!(read, ours);
        assert!(read.is_unfinished());
        assert_eq!(
            (read.hangs(Instant(299)), read.hangs(Instant(300)), state.hangs(Instant(300))),
            (false, true, false)
        );
        assert_eq!(read.dark_since(), Instant(50));
        assert_eq!(State { dark_since: Some(30), ..read.clone() }.dark_since(), Instant(30));
        assert!(!State { stopped: Some(60), ..read }.is_unfinished());
    }
}
