//! A record of the engine's inputs, from which a test can be made: `swf track --record FILE`.
//!
//! One JSON value a line: first the start, then each input with its time. Ids are replaced by numbers from a keyed hash
//! whose key is thrown away; names, titles and access hashes are left out. So the file shows when each person was in a
//! call, but not who they are. [`replay`] feeds it to an engine again.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::engine::{Action, Engine, Failure, Input, Now, Options, Start};
use crate::error::{Error, Result};

/// The version of the file's form.
const VERSION: u32 = 1;
/// Values under these keys are ids of people, groups and calls.
const IDS: [&str; 7] = ["peer", "peers", "call", "me", "migrated_from", "account", "user"];
/// Values under these keys are maps by the id of a person.
const MAPS_BY_ID: [&str; 4] = ["present", "provisional", "left", "decided"];
/// Texts under these keys can identify a person or a group.
const PRIVATE: [&str; 8] = ["name", "username", "other_usernames", "title", "titles", "next", "pen_name", "by"];

#[derive(Serialize, Deserialize)]
struct Head {
    version: u32,
    options: Options,
    start: Start,
    now: Now,
}

#[derive(Serialize, Deserialize)]
struct Line {
    now: Now,
    input: Input,
}

/// Writes a record.
pub struct Recorder {
    file: BufWriter<File>,
    path: PathBuf,
    key: RandomState,
    failed: bool,
}

impl Recorder {
    /// Creates `path`, which must not exist yet, and writes the start.
    pub fn create(path: &Path, options: Options, start: &Start, now: Now) -> Result<Recorder> {
        let file = File::create_new(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Error::failed(format!("{} already exists; it was left as it is", path.display()))
                    .command("Choose a file that does not exist yet", "swf track --record FILE")
            }
            _ => Error::file(path, "written", &error),
        })?;
        let mut recorder =
            Recorder { file: BufWriter::new(file), path: path.to_owned(), key: RandomState::new(), failed: false };
        let start = Start { titles: vec![None; start.titles.len()], ..start.clone() };
        recorder.write(&Head { version: VERSION, options, start, now });
        Ok(recorder)
    }

    /// Writes an input. If that fails, it is logged once: nothing depends on the record.
    pub fn record(&mut self, now: Now, input: &Input) {
        let mut input = input.clone();
        if let Input::GroupsFound(found) = &mut input {
            // The reason why a group was not found has the group's name.
            for (_, result) in found {
                if let Err(Failure::Refused { why, .. }) = result {
                    *why = "not found".into();
                }
            }
        }
        self.write(&Line { now, input });
    }

    fn write(&mut self, line: &impl Serialize) {
        if self.failed {
            return;
        }
        let written = serde_json::to_value(line).map_err(std::io::Error::from).and_then(|mut value| {
            anonymize(&mut value, None, &self.key);
            serde_json::to_writer(&mut self.file, &value)?;
            self.file.write_all(b"\n")?;
            self.file.flush()
        });
        if let Err(error) = written {
            tracing::error!("the record {} ends here, because it can't be written: {error}", self.path.display());
            self.failed = true;
        }
    }
}

/// The same id always becomes the same number of the same sign; 0 stays.
fn hashed(id: i64, key: &RandomState) -> i64 {
    // Below 2^53, so that every reader of JSON can read it.
    let hash = (key.hash_one(id) >> 12) as i64 | 1;
    id.signum() * hash
}

fn anonymize(value: &mut Value, under: Option<&str>, key: &RandomState) {
    let is = |names: &[&str]| under.is_some_and(|name| names.contains(&name));
    match value {
        Value::Object(map) if is(&MAPS_BY_ID) => {
            let entries = std::mem::take(map).into_iter().map(|(id, mut entry)| {
                anonymize(&mut entry, None, key);
                (id.parse().map_or(id, |id: i64| hashed(id, key).to_string()), entry)
            });
            *map = entries.collect();
        }
        Value::Object(map) => {
            for (name, entry) in map.iter_mut() {
                if name == "access_hash" {
                    *entry = Value::Null;
                } else if PRIVATE.contains(&name.as_str()) {
                    blank(entry);
                } else {
                    anonymize(entry, Some(name), key);
                }
            }
        }
        // In a pair, the id may come first, as in the answer to a lookup: the call and whether it hides its listeners.
        Value::Array(list) => list.iter_mut().for_each(|entry| anonymize(entry, under, key)),
        Value::Number(number) if is(&IDS) => {
            if let Some(id) = number.as_i64() {
                *value = hashed(id, key).into();
            }
        }
        _ => {}
    }
}

/// Replaces a private value by one of the same kind.
fn blank(value: &mut Value) {
    match value {
        // It matters whether there is a next page, but not its name.
        Value::String(text) if !text.is_empty() => *text = "x".into(),
        Value::Array(list) => list.iter_mut().for_each(blank),
        _ => {}
    }
}

fn wrong_line(number: usize, what: impl Display) -> Error {
    Error::failed(format!("line {number} of the record: {what}"))
}

fn parse<T: DeserializeOwned>(number: usize, line: std::io::Result<String>) -> Result<T> {
    let line = line.map_err(|error| wrong_line(number, error))?;
    serde_json::from_str(&line).map_err(|error| wrong_line(number, error))
}

/// Feeds a record to an engine; returns its actions with the time of each.
pub fn replay(record: impl BufRead) -> Result<Vec<(Now, Action)>> {
    let mut lines = record.lines().enumerate().map(|(index, line)| (index + 1, line));
    let (number, head) = lines.next().ok_or_else(|| Error::failed("the record is empty"))?;
    let head: Head = parse(number, head)?;
    if head.version != VERSION {
        return Err(wrong_line(number, format!("its version is {}, not {VERSION}", head.version)));
    }
    let mut engine = Engine::new(head.options, head.start, head.now);
    let mut actions: Vec<(Now, Action)> = Vec::new();
    let mut drain = |engine: &mut Engine, now: Now| {
        while let Some(action) = engine.poll_action() {
            actions.push((now, action));
        }
        engine.poll_timeout();
    };
    drain(&mut engine, head.now);
    for (number, line) in lines {
        let Line { now, input } = parse(number, line)?;
        engine.handle(now, input);
        drain(&mut engine, now);
    }
    Ok(actions)
}

/// The number of actions of each kind.
pub fn count(actions: &[(Now, Action)]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (_, action) in actions {
        let text = format!("{action:?}");
        let kind = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned();
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;
    use std::time::Duration;

    use super::*;
    use crate::domain::people::{Known, Profile};
    use crate::domain::roster::signs::Shown;
    use crate::domain::roster::{CallState, CallUpdate, Event, SavedState, Sighting, Update};
    use crate::domain::{CallId, Instant, PeerId};
    use crate::tracker::engine::{GroupId, LastCall, Opened, OpenedGroup};

    fn now(second: u64) -> Now {
        Now { steady: Duration::from_secs(second), system: 1_800_000_000 + second as i64, elapsed: None }
    }

    fn known(peer: i64) -> Known {
        let profile = Profile {
            name: "Ada Lovelace".into(),
            username: Some("ada_l".into()),
            other_usernames: vec!["countess".into()],
            ..Profile::unknown(PeerId(peer))
        };
        Known { profile, access_hash: Some(987_654_321) }
    }

    fn inputs() -> Vec<(Now, Input)> {
        let call = CallId(777_000_111);
        let at = Instant(1_800_000_001);
        let present = crate::domain::roster::Present { joined: at, from: at, seen: at };
        let saved = SavedState { present: [(PeerId(424_242), present)].into(), ..SavedState::default() };
        let group = OpenedGroup {
            group: GroupId(0),
            peer: PeerId(-1_001_234_567_890),
            migrated_from: None,
            title: "Study Hall".into(),
            username: None,
            me: known(424_242),
            confirmed: None,
            rights: Default::default(),
            clock: false,
            last_call: Some(LastCall { call, confirmed: None, over: false, began: None, saved }),
        };
        let opened = Opened { offset: 0, me: PeerId(424_242), groups: vec![group] };
        let sighting = Sighting {
            peer: PeerId(424_242),
            joined: at,
            left: false,
            just_joined: false,
            versioned: false,
            shown: Shown::default(),
        };
        let found = Update {
            at: Some(at),
            events: vec![Event::Found { at, call: Some((call, false)) }],
            people: vec![known(424_242)],
            ..Update::default()
        };
        let page = Event::Page { at, call, version: 3, participants: vec![sighting], next: String::new() };
        let page = Update { at: Some(at), events: vec![page], ..Update::default() };
        let update = CallUpdate { at, peer: Some(PeerId(-1_001_234_567_890)), call, state: CallState::Discarded };
        let update = Update { at: Some(at), calls: vec![update], ..Update::default() };
        vec![
            (now(1), Input::Opened(Box::new(opened))),
            (now(2), Input::Answered { group: GroupId(0), answer: Ok(Box::new(found)) }),
            (now(3), Input::Answered { group: GroupId(0), answer: Ok(Box::new(page)) }),
            (now(4), Input::Updates(vec![update])),
            (now(5), Input::Written(Ok(()))),
            (now(6), Input::Stop),
        ]
    }

    #[test]
    fn a_record_replays_to_the_same_actions_and_names_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.jsonl");
        let (options, start) =
            (Options::default(), Start { titles: vec![Some("Study Hall".into())], ..Start::default() });
        let mut recorder = Recorder::create(&path, options, &start, now(0)).unwrap();
        let mut engine = Engine::new(options, start.clone(), now(0));
        let mut actions = Vec::new();
        for (now, input) in inputs() {
            recorder.record(now, &input);
            actions.extend(std::iter::from_fn(|| engine.poll_action()));
            engine.poll_timeout();
            engine.handle(now, input);
        }
        actions.extend(std::iter::from_fn(|| engine.poll_action()));
        drop(recorder);
        let text = std::fs::read_to_string(&path).unwrap();
        for private in ["Ada", "ada_l", "countess", "Study", "424242", "1234567890", "777000111", "987654321"] {
            assert!(!text.contains(private), "{private} stands in {text}");
        }
        let replayed = replay(BufReader::new(File::open(&path).unwrap())).unwrap();
        let all: Vec<(Now, Action)> = actions.into_iter().map(|action| (now(0), action)).collect();
        assert_eq!(count(&replayed), count(&all));
        assert!(count(&replayed)["Request"] >= 2, "{:?}", count(&replayed));
        assert!(Recorder::create(&path, options, &start, now(0)).is_err());
    }

    #[test]
    fn a_record_of_an_older_version_replays() {
        let record = r#"{"version":1,"options":{"post":true,"view":false,"watchdog":null,"seed":7},"start":{"offset":0,"last_seen":0,"died":null,"titles":[null]},"now":{"steady":{"secs":0,"nanos":0},"system":1800000000}}
{"now":{"steady":{"secs":1,"nanos":0},"system":1800000001},"input":{"Opened":{"offset":500000,"me":5,"groups":[]}}}
{"now":{"steady":{"secs":2,"nanos":0},"system":1800000002},"input":{"ClockMeasured":null}}
"#;
        let actions = replay(BufReader::new(record.as_bytes())).unwrap();
        // With this old record, every date of Telegram's is accepted.
        assert_eq!(count(&actions).get("Request"), Some(&1), "{:?}", count(&actions));
        assert_eq!(count(&actions).get("Close"), None);
    }

    #[test]
    fn a_group_that_is_not_found_is_not_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record");
        let mut recorder = Recorder::create(&path, Options::default(), &Start::default(), now(0)).unwrap();
        let failure = Failure::Refused { why: "there is no group @hush".into(), moved: false };
        recorder.record(now(1), &Input::GroupsFound(vec![(GroupId(1), Err(failure))]));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("GroupsFound") && !text.contains("hush"), "{text}");
    }
}
