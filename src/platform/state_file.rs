//! `tracker_state.json`: the state of the tracker, for other programs, `swf status` and `swf watchdog`.
//!
//! Whether a tracker is running is shown by its lock (`var/track.lock`), not by this file: the system releases the lock
//! however the process ends. The file adds whether it still responds (the heartbeat), and whether it was stopped by the
//! user.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::live::{self, Connection, GroupView, View};
use crate::domain::{Instant, PeerId};
use crate::platform::fs;
use crate::platform::paths::Home;

/// A tracker that has not written the file for this long hangs, in seconds. Normally it writes every few seconds.
const HEARTBEAT_TIMEOUT: i64 = 300;

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
    #[serde(rename = "since")]
    pub started_at: i64,
    /// When the tracker last wrote this file.
    #[serde(rename = "beat")]
    pub heartbeat_at: i64,
    /// When the user stopped the tracker.
    #[serde(rename = "stopped")]
    pub stopped_at: Option<i64>,
    /// Why the tracker ended, if it was not stopped.
    pub error: Option<String>,
    pub connection: Connection,
    /// The reason for the outage: no connection, or no view of the call.
    pub problem: Option<String>,
    /// The start of the outage, which also identifies its alerts.
    #[serde(rename = "dark_since")]
    pub outage_since: Option<i64>,
    pub call: Option<Call>,
    pub group: Option<Group>,
    /// The account that watches.
    pub account: Option<i64>,
    /// Telegram's clock minus the system clock, in seconds.
    pub clock_offset: i64,
    /// Whether it posts on time.
    pub posts: bool,
    /// Why the store can't be written.
    #[serde(rename = "trouble")]
    pub store_problem: Option<String>,
    /// Facts that are buffered in memory.
    #[serde(rename = "unwritten")]
    pub buffered: usize,
    /// Changes of the call's roster in this run: those from updates, and those found by reads.
    pub changes_pushed: u64,
    pub changes_found: u64,
    /// Names of changed settings that take effect only after a restart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub restart_for: Vec<String>,
    /// The first confirmed instant of this run; absent before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<i64>,
    /// The bot that answers in the chat; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat: Option<Chat>,
    /// The identity of the store. It shows that this home had a store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// Each group in the order of the settings, if there are several. The fields above describe the first one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupState>,
    /// The outage step, in minutes, of the last alert of `swf watchdog`, if no store could keep it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alerted: Option<i64>,
    /// The server of `swf track --web`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web: Option<WebServer>,
}

/// The server that runs beside a tracker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebServer {
    /// The address on which it listens, or tries to.
    pub address: String,
    /// Why it does not run. The tracker retries.
    pub problem: Option<String>,
}

/// The state of the server of `swf track --web`, for the tracker's state file.
#[derive(Clone, Debug, Default)]
pub struct WebState(Arc<Mutex<Option<WebServer>>>);

impl WebState {
    pub fn set(&self, server: WebServer) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(server);
    }

    /// `None` if there is no server.
    pub fn get(&self) -> Option<WebServer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The state of one of several groups. All instants are Unix seconds on Telegram's clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupState {
    /// Its name in `groups.toml`.
    pub name: Option<String>,
    /// `None` until it has been found.
    pub id: Option<i64>,
    /// From Telegram, or as the settings name it.
    pub title: String,
    /// The last confirmed instant of this run; `None` if there was none yet.
    pub last_seen: Option<i64>,
    /// The first confirmed instant of this run; `None` if there was none yet.
    pub first_seen: Option<i64>,
    pub call: Option<Call>,
    /// Why this group is not watched while others are, and since when.
    pub problem: Option<String>,
    #[serde(rename = "dark_since")]
    pub outage_since: Option<i64>,
    /// `None` if the tracker does not post.
    pub next_post: Option<i64>,
    /// As [`State::changes_pushed`] and [`State::changes_found`].
    pub changes_pushed: u64,
    pub changes_found: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The start of the first known stay.
    pub since: Option<i64>,
    /// How many counted people are in the call.
    pub people: usize,
    /// How many other people are in the call (rules §7).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub uncounted: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub id: i64,
    /// As Telegram sent it.
    pub title: String,
}

impl Call {
    fn of(call: &live::Call) -> Call {
        Call { since: call.since.map(|since| since.0), people: call.people.len(), uncounted: call.uncounted }
    }
}

impl GroupState {
    fn of(group: &GroupView) -> GroupState {
        GroupState {
            name: group.label.clone(),
            id: group.peer.map(|peer| peer.0),
            title: group.title.clone(),
            last_seen: group.watched.map(|span| span.to.0),
            first_seen: group.watched.map(|span| span.from.0),
            call: group.call.as_ref().map(Call::of),
            problem: group.outage.as_ref().map(|outage| outage.reason.clone()),
            outage_since: group.outage.as_ref().and_then(|outage| outage.since).map(|since| since.0),
            next_post: group.next_post.map(|at| at.0),
            ..GroupState::default()
        }
    }
}

/// The part of the state that describes the process.
#[derive(Clone, Copy, Debug)]
pub struct Process<'a> {
    pub pid: u32,
    pub version: &'a str,
    /// When it was started, on Telegram's clock.
    pub started: Instant,
    /// Telegram's clock minus the system clock, in seconds.
    pub clock_offset: i64,
    /// Whether it posts on time.
    pub posts: bool,
    /// How it ended, if it has: stopped by the user, or with an error.
    pub end: Option<Result<(), &'a str>>,
}

/// For how long a clean stop explains that no tracker runs, in seconds.
const MAX_STOP_AGE: i64 = 86_400;

/// How long after the start of the computer its tracker may take to start, in seconds.
const MAX_START_DELAY: i64 = 300;

/// The old tracker may have written a fraction.
fn whole<'de, D: Deserializer<'de>>(number: D) -> Result<i64, D::Error> {
    f64::deserialize(number).map(|number| number as i64)
}

/// A bot that answers in the chat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chat {
    /// Its username, once it has been connected.
    pub bot: Option<String>,
    /// Why it is not connected.
    pub problem: Option<String>,
}

impl State {
    /// The state of a tracker with this view.
    pub fn new(view: &View, process: &Process) -> State {
        let problem = view.store_problem.as_ref();
        let first = view.first();
        State {
            last_seen: view.confirmed.map_or(0, |at| at.0),
            pid: Some(process.pid),
            version: process.version.into(),
            started_at: process.started.0,
            heartbeat_at: view.now.0,
            stopped_at: matches!(process.end, Some(Ok(()))).then_some(view.now.0),
            error: process.end.and_then(|end| end.err()).map(str::to_owned),
            connection: view.connection,
            problem: view.outage.as_ref().map(|outage| outage.reason.clone()),
            outage_since: view.outage.as_ref().and_then(|outage| outage.since).map(|since| since.0),
            call: first.call.as_ref().map(Call::of),
            group: first.peer.map(|id| Group { id: id.0, title: first.title.clone() }),
            first_seen: first.watched.map(|span| span.from.0),
            groups: view.groups.iter().filter(|_| view.groups.len() > 1).map(GroupState::of).collect(),
            account: view.account.map(|account| account.0),
            clock_offset: process.clock_offset,
            posts: process.posts,
            store_problem: problem.map(|problem| problem.reason.clone()),
            buffered: problem.map_or(0, |problem| problem.buffered),
            ..State::default()
        }
    }

    /// The first confirmed instant of this run in the group of this id.
    pub fn first_seen_of(&self, group: PeerId) -> Option<Instant> {
        let own = self.groups.iter().find(|one| one.id == Some(group.0));
        own.map_or(self.first_seen, |one| one.first_seen).map(Instant)
    }

    /// When the user stopped the tracker, if that still explains that no tracker runs: for a day, and until 5 minutes
    /// after the computer has started again. `boot` is the time of that start on Telegram's clock, if known.
    pub fn current_stop(&self, now: Instant, boot: Option<Instant>) -> Option<Instant> {
        let is_before = |at: Instant, boot: Instant| at < boot && now - boot >= MAX_START_DELAY;
        let is_current = |at: &Instant| now - *at <= MAX_STOP_AGE && !boot.is_some_and(|boot| is_before(*at, boot));
        self.stopped_at.map(Instant).filter(is_current)
    }

    /// Notes that a start failed and no tracker runs: an earlier clean stop no longer explains that. An error with
    /// which a tracker ended stays.
    pub fn start_failed(home: &Home, error: &str) -> std::io::Result<()> {
        let explains = |state: &State| state.pid.is_some() && (state.stopped_at.is_some() || state.error.is_none());
        let Some(state) = State::read(home).filter(explains) else { return Ok(()) };
        let error = Some(format!("it could not start: {error}"));
        State { stopped_at: None, error, ..state }.write(&home.state())
    }

    /// Reads the file; `None` if it does not exist or is not valid.
    pub fn read(home: &Home) -> Option<State> {
        serde_json::from_slice(&std::fs::read(home.state()).ok()?).ok()
    }

    /// The same state for the group of this name; `id` is its id, if known.
    pub fn of_group(self, name: &str, id: Option<i64>) -> State {
        let found = self.groups.iter().find(|group| group.name.as_deref() == Some(name)).cloned();
        let is_first = found.is_none() && self.group.as_ref().is_some_and(|group| Some(group.id) == id);
        if is_first {
            return self;
        }
        let own = found.unwrap_or_default();
        State {
            group: own.id.map(|id| Group { id, title: own.title }),
            last_seen: own.last_seen.unwrap_or(0),
            problem: own.problem.or(self.problem),
            outage_since: own.outage_since.or(self.outage_since),
            call: own.call,
            first_seen: own.first_seen,
            ..self
        }
    }

    /// Replaces the file: a reader sees the old one or the new one.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write_atomic(path, text.as_bytes(), fs::Mode::Unsynced)
    }

    /// True if swf wrote this file and did not stop cleanly. True also while the tracker runs.
    pub fn is_unfinished(&self) -> bool {
        self.pid.is_some() && self.stopped_at.is_none()
    }

    /// Whether the tracker that holds the lock does not respond at `now`.
    pub fn hangs(&self, now: Instant) -> bool {
        self.pid.is_some() && now - Instant(self.heartbeat_at) >= HEARTBEAT_TIMEOUT
    }

    /// The start of the outage, if the tracker that wrote this is dead.
    pub fn outage_start(&self) -> Instant {
        Instant(self.outage_since.unwrap_or(self.last_seen.max(self.started_at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Span;
    use crate::domain::live::{Blind, Outage, Person, StoreProblem, Wait};
    use crate::domain::people::Profile;
    use crate::domain::roster::BlindReason;
    use crate::domain::time::zone::Zone;

    /// CASES P7.
    #[test]
    fn a_failed_start_ends_a_clean_stop_and_keeps_the_error_of_a_tracker() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home(folder.path().to_owned());
        let after = |before: &State| {
            before.write(&home.state()).unwrap();
            State::start_failed(&home, "a setting is wrong").unwrap();
            State::read(&home).unwrap()
        };
        State::start_failed(&home, "none has run").unwrap();
        assert_eq!(State::read(&home), None);
        let failed = Some("it could not start: a setting is wrong".to_owned());
        let stopped = State { pid: Some(1), last_seen: 900, stopped_at: Some(1000), ..State::default() };
        let ended = after(&stopped);
        assert_eq!((ended.stopped_at, &ended.error, ended.outage_start()), (None, &failed, Instant(900)));
        assert!(ended.is_unfinished());
        assert_eq!(after(&State { stopped_at: None, ..stopped.clone() }).error, failed, "it was killed before");
        let signed_out = State { stopped_at: None, error: Some("signed out".into()), ..stopped };
        assert_eq!(after(&signed_out), signed_out);
        let old = State { last_seen: 900, ..State::default() };
        assert_eq!(after(&old), old, "the old tracker's");
    }

    /// CASES P7.
    #[test]
    fn a_clean_stop_explains_a_day_without_a_tracker_until_the_next_boot() {
        let state = State { stopped_at: Some(1000), ..State::default() };
        let at = Some(Instant(1000));
        assert_eq!(state.current_stop(Instant(1000 + MAX_STOP_AGE), None), at);
        assert_eq!(state.current_stop(Instant(1001 + MAX_STOP_AGE), None), None);
        assert_eq!(state.current_stop(Instant(2000), Some(Instant(900))), at);
        assert_eq!(state.current_stop(Instant(2000), Some(Instant(1500))), None);
        // The computer has just started, so its tracker may still start.
        assert_eq!(state.current_stop(Instant(1799), Some(Instant(1500))), at);
        assert_eq!(state.current_stop(Instant(1800), Some(Instant(1500))), None);
        assert_eq!(State::default().current_stop(Instant(2000), None), None);
    }

    /// A view of one group with two people in its call.
    fn view() -> View {
        let person = |id| Person { profile: Profile::unknown(PeerId(id)), since: Instant(900), stay: 100, today: 100 };
        let group = GroupView {
            label: None,
            title: "Study Hall".into(),
            peer: Some(PeerId(-1001)),
            zone: Zone::UTC,
            watched: None,
            call: Some(live::Call {
                since: Some(Instant(900)),
                blind: Some(Blind { since: Instant(990), reason: BlindReason::FloodWait }),
                people: vec![person(1), person(2)],
                uncounted: 0,
            }),
            next_post: Some(Instant(2000)),
            outage: None,
        };
        View {
            now: Instant(1000),
            account: Some(PeerId(7)),
            connection: Connection::FloodWait,
            wait: Some(Wait { until: Instant(1030), reason: None }),
            confirmed: Some(Instant(990)),
            outage: Some(Outage { since: Some(Instant(990)), reason: "flood wait: 30 s".into() }),
            groups: vec![group],
            store_problem: Some(StoreProblem { reason: "the disk is full".into(), buffered: 8 }),
        }
    }

    /// Other programs read this file: its names and values never change.
    #[test]
    fn the_files_names_and_values_do_not_change() {
        let view = view();
        let process = Process {
            pid: 42,
            version: "0.1.0",
            started: Instant(800),
            clock_offset: -2,
            posts: true,
            end: Some(Err("it was killed")),
        };
        let file = serde_json::to_string(&State::new(&view, &process)).unwrap();
        assert_eq!(
            file,
            r#"{"last_seen":990,"pid":42,"version":"0.1.0","since":800,"beat":1000,"stopped":null,"error":"it was killed","connection":"flood_wait","problem":"flood wait: 30 s","dark_since":990,"call":{"since":900,"people":2},"group":{"id":-1001,"title":"Study Hall"},"account":7,"clock_offset":-2,"posts":true,"trouble":"the disk is full","unwritten":8,"changes_pushed":0,"changes_found":0}"#
        );
        let with_store = State { store: Some("a1".into()), ..State::new(&view, &process) };
        assert!(serde_json::to_string(&with_store).unwrap().ends_with(r#","store":"a1"}"#));
        let changed = State { restart_for: vec!["SWF_LOG".into()], ..State::new(&view, &process) };
        assert!(serde_json::to_string(&changed).unwrap().ends_with(r#","restart_for":["SWF_LOG"]}"#));
        let stopped = State::new(&view, &Process { end: Some(Ok(())), ..process });
        assert_eq!((stopped.stopped_at, stopped.error), (Some(1000), None));
        let words = [Connection::Connecting, Connection::Online, Connection::Offline, Connection::FloodWait]
            .map(|connection| serde_json::to_string(&connection).unwrap());
        assert_eq!(words, [r#""connecting""#, r#""online""#, r#""offline""#, r#""flood_wait""#]);
    }

    /// With several groups, the old fields describe the first one, so programs that know only one group can still read
    /// the file.
    #[test]
    fn several_groups_are_a_list_beside_the_first_one() {
        let process =
            Process { pid: 42, version: "0.1.0", started: Instant(800), clock_offset: 0, posts: true, end: None };
        let (one, mut several) = (view(), view());
        let second = GroupView {
            label: Some("late".into()),
            title: "Late Hall".into(),
            peer: Some(PeerId(-1002)),
            watched: Some(Span::new(Instant(850), Instant(980))),
            call: None,
            outage: Some(Outage { since: Some(Instant(980)), reason: "the account was removed from it".into() }),
            ..several.groups[0].clone()
        };
        several.groups.push(second);
        let state = State::new(&several, &process);
        assert_eq!(State { groups: Vec::new(), ..state.clone() }, State::new(&one, &process));
        assert_eq!(
            serde_json::to_string(&state.groups[1]).unwrap(),
            r#"{"name":"late","id":-1002,"title":"Late Hall","last_seen":980,"first_seen":850,"call":null,"problem":"the account was removed from it","dark_since":980,"next_post":2000,"changes_pushed":0,"changes_found":0}"#
        );
        assert_eq!(state.groups[0].call, state.call);
        let read: State = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
        assert_eq!(read, state);
        let seen = |state: &State, id| state.first_seen_of(PeerId(id)).map(|at| at.0);
        assert_eq!((seen(&state, -1002), seen(&state, -1001)), (Some(850), None));
        let old = State { first_seen: Some(7), ..State::default() };
        assert_eq!(seen(&old, -1001), Some(7), "a file of one group");
    }

    #[test]
    fn each_of_several_groups_has_its_own_part_of_the_state() {
        let group = |id| Some(Group { id, title: "Hall".into() });
        let first = State { pid: Some(1), last_seen: 900, group: group(-1), first_seen: Some(800), ..State::default() };
        // A tracker of one group wrote this.
        assert_eq!(first.clone().of_group("study", Some(-1)), first);
        let other = first.clone().of_group("night", Some(-2));
        assert_eq!((other.pid, other.last_seen, other.group, other.first_seen), (Some(1), 0, None, None));
        let night = GroupState {
            name: Some("night".into()),
            id: Some(-2),
            title: "Hall".into(),
            last_seen: Some(700),
            ..GroupState::default()
        };
        let both = State { groups: vec![night], ..first };
        let read: State = serde_json::from_str(&serde_json::to_string(&both).unwrap()).unwrap();
        let night = read.of_group("night", None);
        assert_eq!((night.pid, night.last_seen, night.group), (Some(1), 700, group(-2)));
    }

    #[test]
    fn the_old_trackers_file_is_no_unfinished_tracker() {
        let state: State = serde_json::from_str(r#"{"last_seen": 1777703000.5, "x": 1}"#).unwrap();
        assert_eq!((state.last_seen, state.is_unfinished()), (1_777_703_000, false));
        let ours = State { pid: Some(1), started_at: 50, last_seen: 40, ..State::default() };
        let read: State = serde_json::from_str(&serde_json::to_string(&ours).unwrap()).unwrap();
        assert_eq!(read, ours);
        assert!(read.is_unfinished());
        assert_eq!(
            (read.hangs(Instant(299)), read.hangs(Instant(300)), state.hangs(Instant(300))),
            (false, true, false)
        );
        assert_eq!(read.outage_start(), Instant(50));
        assert_eq!(State { outage_since: Some(30), ..read.clone() }.outage_start(), Instant(30));
        assert!(!State { stopped_at: Some(60), ..read }.is_unfinished());
    }
}
