//! A person gets their data, and is forgotten (rules §8).

use std::path::{Path, PathBuf};

use fake_telegram::Person;
use serde_json::Value;
use swf::domain::PeerId;

use crate::home::{START, World};

const DAY: i64 = 86_400;

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The files of the home that contain anything of a person: the id in any form, the name or the username.
pub fn traces(home: &Path, id: i64, name: &str, username: &str) -> Vec<PathBuf> {
    let mut varint = vec![(id & 0x7f) as u8];
    let mut rest = id >> 7;
    while rest > 0 {
        varint.insert(0, (rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    let bytes = id.to_be_bytes();
    let integer = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
    let texts = [id.to_string(), name.to_owned(), username.to_owned()].map(String::into_bytes);
    let patterns: Vec<Vec<u8>> = texts.into_iter().chain([integer, varint]).collect();
    let has = |file: &PathBuf| {
        let bytes = std::fs::read(file).unwrap();
        patterns.iter().any(|pattern| bytes.windows(pattern.len()).any(|window| window == *pattern))
    };
    // The tracker's printed output is not a file of the home.
    files(home).into_iter().filter(|file| !file.ends_with("stderr")).filter(has).collect()
}

/// The rows of the day's board without names.
fn numbers(board: &Value) -> Vec<(Value, Value)> {
    board["entries"].as_array().unwrap().iter().map(|row| (row["rank"].clone(), row["seconds"].clone())).collect()
}

#[test]
fn a_forgotten_person_leaves_no_trace_and_their_rank_stays() {
    let world = World::new();
    let add = |name: &str, username: &str| {
        let person = world.telegram.person(Person::named(name).username(username));
        world.telegram.add_member(world.group, person);
        person
    };
    let (ada, phone) = (add("Ada Lovelace", "ada_lovelace"), add("Ada Pocketphone", "ada_pocket"));
    let bob = world.member("Bob");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 1400);
    world.telegram.join_at(call, phone, START - 1000);
    world.telegram.join_at(call, bob, START - 700);
    let tracker = world.track();
    world.pass(call, 100);
    world.await_backup();
    world.ok(&["alias", "add", "@ada_lovelace", "@ada_pocket"]);
    world.ok(&["goal", "set", "lovelace", "10h"]);
    let before = numbers(&world.json(&["leaderboard", "day", "--json"]));
    assert_eq!(before.len(), 2);
    // A post with their name waits in the store, or is sent.
    world.ok(&["post", "--now"]);

    let text = world.ok(&["person", "forget", "@ada_pocket"]);
    assert!(text.contains("will be forgotten on 2033-05-25") && text.contains("swf person restore"), "{text}");
    world.ok(&["person", "restore", "lovelace"]);
    let copy = world.home.path().with_extension("copy.db");
    world.ok(&["backup", copy.to_str().unwrap()]);
    let refused = world.run(&["person", "forget", "lovelace", "--now"]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let refused = world.run(&["person", "forget", "olga", "--now", "--yes"]);
    assert_ne!(refused.status.code(), Some(0), "{refused:?}");
    assert!(!traces(world.home.path(), ada, "Lovelace", "ada_lovelace").is_empty());

    // They are in the call, and the tracker runs on.
    world.ok(&["person", "forget", "lovelace", "--now", "--yes"]);
    assert_eq!(numbers(&world.json(&["leaderboard", "day", "--json"])), before);
    world.await_status("the tracker knows", |status| status["call"]["uncounted"] == 2);
    world.pass(call, 50);
    world.telegram.leave(call, ada);
    world.pass(call, 50);
    assert_eq!(tracker.stop(), Some(0));
    let board = world.json(&["leaderboard", "day", "--json"]);
    let row = board["entries"].as_array().unwrap().iter().find(|row| row["name"] == "Somebody").unwrap();
    assert_eq!((&row["seconds"], &row["user_id"], &row["username"]), (&before[0].1, &0.into(), &Value::Null));
    assert_eq!(traces(world.home.path(), ada, "Lovelace", "ada_lovelace"), Vec::<PathBuf>::new());
    assert_eq!(traces(world.home.path(), phone, "Pocketphone", "ada_pocket"), Vec::<PathBuf>::new());
    assert!(!traces(world.home.path(), bob, "Bob", "Bob").is_empty());
    world.ok(&["audit"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let marks = world.home.path().join("var/forgotten");
        assert_eq!(marks.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    // An earlier backup does not bring them back.
    world.ok(&["backup", "--restore", copy.to_str().unwrap()]);
    let restored = world.json(&["leaderboard", "day", "--json"]);
    assert_eq!(numbers(&restored), before);
    assert!(!restored.to_string().contains("Lovelace"), "{restored}");
    world.ok(&["person", "list"]);
    world.ok(&["goal", "set", "bob", "10h"]);
    world.ok(&["audit"]);
    assert!(!world.json(&["leaderboard", "day", "--json"]).to_string().contains("Lovelace"));
    std::fs::remove_file(copy).unwrap();

    // After their request they are counted again.
    world.ok(&["person", "restore", &ada.to_string()]);
    let tracker = world.track_without_posting();
    world.telegram.join(call, ada);
    world.pass(call, 400);
    assert_eq!(tracker.stop(), Some(0));
    assert!(world.json(&["leaderboard", "day", "--json"]).to_string().contains("Lovelace"));
}

#[test]
fn whoever_is_due_is_forgotten_by_the_next_command_that_writes() {
    let world = World::new();
    let ada = world.member("Ada Lovelace");
    let bob = world.member("Bob");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 1400);
    world.telegram.join_at(call, bob, START - 700);
    let tracker = world.track_without_posting();
    world.pass(call, 100);
    assert_eq!(tracker.stop(), Some(0));
    world.ok(&["person", "forget", "ada"]);
    // Without the state file, the store's clock is used.
    std::fs::remove_file(world.home.path().join("tracker_state.json")).unwrap();
    let known = |world: &World| {
        let (store, group) = world.store(swf::store::Access::Read);
        store.is_known(group, PeerId(ada)).unwrap()
    };
    world.advance_stored_clock(6 * DAY);
    world.ok(&["goal", "set", "bob", "10h"]);
    assert!(known(&world));
    world.advance_stored_clock(DAY + 3600);
    world.ok(&["goal", "set", "bob", "11h"]);
    assert!(!known(&world));
}

#[test]
fn a_person_gets_all_that_is_stored_of_them() {
    let world = World::new();
    let (ada, bob) = (world.member("Ada Lovelace"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 1400);
    world.telegram.join_at(call, bob, START - 700);
    let tracker = world.track_without_posting();
    world.pass(call, 100);
    assert_eq!(tracker.stop(), Some(0));
    world.ok(&["person", "hide", "ada"]);
    let folder = world.home.path().join("for-ada");
    let output = folder.to_str().unwrap();
    world.ok(&["person", "export", "ada", "-o", output]);
    let person: Value = serde_json::from_slice(&std::fs::read(folder.join("person.json")).unwrap()).unwrap();
    assert_eq!((&person["accounts"][0]["peer"], &person["accounts"][0]["name"]), (&ada.into(), &"Ada Lovelace".into()));
    assert_eq!((&person["why"]["seconds"], &person["decided"]["hidden"]), (&1500.into(), &true.into()));
    let totals = std::fs::read_to_string(folder.join("totals.csv")).unwrap();
    for period in ["day", "week", "month", "year"] {
        assert!(totals.lines().any(|line| line.starts_with(period) && line.contains(",1,2,1500,")), "{totals}");
    }
    let stays = std::fs::read_to_string(folder.join("stays.csv")).unwrap();
    assert!(stays.lines().count() == 2 && stays.contains("Ada Lovelace"), "{stays}");
    for file in ["person.json", "totals.csv", "stays.csv"] {
        assert!(!std::fs::read_to_string(folder.join(file)).unwrap().contains("Bob"), "{file}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(folder.join("person.json").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = world.run(&["person", "export", "ada", "-o", output]);
    assert_eq!(again.status.code(), Some(2), "{again:?}");
}
