//! The organiser corrects a person's time (rules §2.17).

use serde_json::{Value, json};

use crate::home::{START, World};

/// From the start of the test to midnight in Tashkent, in seconds.
const TO_MIDNIGHT: i64 = 15 * 3600 + 26 * 60 + 40;
/// The day whose board is posted, and the span that is corrected.
const DAY: &str = "2033-05-18";
const SPAN: [&str; 2] = ["2033-05-18 20:00", "2033-05-18 22:00"];

fn adjust<'a>(person: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let fixed = ["adjust", person, "--remove", SPAN[0], SPAN[1], "--reason", "left the call open", "--by", "Mrs Gray"];
    [&fixed, more].concat()
}

fn seconds(world: &World) -> (i64, bool) {
    let board = world.json(&["leaderboard", "day", "--date", DAY, "--json"]);
    (board["entries"][0]["seconds"].as_i64().expect("somebody is on the board"), board["corrected"] == true)
}

#[test]
fn a_final_board_is_corrected_its_message_edited_and_both_are_restored() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let _tracker = world.track();
    world.pass(call, TO_MIDNIGHT - 2 * 3600);
    world.await_that("the post is in the group", || world.telegram.messages(world.group).len() == 1);
    let message = || world.telegram.messages(world.group).remove(0);
    world.pass(call, 3 * 3600);
    world.await_that("the message is final", || message().edits == 1);
    let (before, last) = (message().text, seconds(&world));
    assert!(!last.1 && !before.contains("Corrected"), "{before}");

    // Without --yes, nothing changes.
    let look = world.ok(&adjust("Ada", &[]));
    assert!(look.contains("Nothing was changed") && look.contains("a final board"), "{look}");
    assert_eq!((seconds(&world), world.json(&["adjust", "list", "--json"])), (last, json!({ "corrections": [] })));

    let done = world.json(&adjust("Ada", &["--yes", "--json"]));
    assert_eq!((&done["done"], &done["messages_to_edit"]), (&true.into(), &1.into()), "{done}");
    assert_eq!(done["boards"][0]["seconds_after"], last.0 - 7200);
    world.await_that("the message is corrected", || message().edits == 2);
    assert!(message().text.contains("Corrected by the organiser."), "{}", message().text);
    assert_eq!(seconds(&world), (last.0 - 7200, true));
    let why = world.json(&["why", "Ada", "--date", DAY, "--json"]);
    let cut =
        why["parts"].as_array().unwrap().iter().find(|part| part["correction"] == done["id"]).expect("it is named");
    let reason = cut["reason"].as_str().unwrap();
    assert!(reason.starts_with("removed by Mrs Gray on") && reason.ends_with(": left the call open"), "{reason}");
    assert_eq!((&why["seconds"], &cut["seconds"]), (&json!(last.0 - 7200), &json!(7200)));
    assert_eq!(why["corrections"][0]["by"], "Mrs Gray");
    world.ok(&["audit"]);

    let id = done["id"].to_string();
    assert_eq!(world.json(&["adjust", "undo", &id, "--yes", "--json"])["done"], true);
    world.await_that("the message is as before", || message().edits == 3);
    assert_eq!((message().text, seconds(&world)), (before, last));
    assert_eq!(world.run(&["adjust", "undo", &id, "--yes"]).status.code(), Some(1));
    let listed = world.json(&["adjust", "list", "Ada", "--json"]);
    assert_eq!(listed["corrections"][0]["undone_by"], "the organiser");
}

#[test]
fn a_board_whose_message_is_too_old_to_be_edited_is_corrected_all_the_same() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, TO_MIDNIGHT - 2 * 3600);
    world.await_that("the post is in the group", || world.telegram.messages(world.group).len() == 1);
    world.pass(call, 3 * 3600);
    let message = || world.telegram.messages(world.group).remove(0);
    world.await_that("the message is final", || message().edits == 1);
    assert_eq!(tracker.stop(), Some(0));
    let last = seconds(&world);
    world.telegram.advance(3 * 86_400);
    world.store_watched();
    world.advance_stored_clock(3 * 86_400);
    // Without the state file, the store's clock is used.
    std::fs::remove_file(world.home.path().join("tracker_state.json")).expect("the tracker left its state");
    let done = world.json(&adjust("Ada", &["--yes", "--json"]));
    assert_eq!((&done["messages_to_edit"], &done["messages_too_old"]), (&0.into(), &1.into()), "{done}");
    assert_eq!((seconds(&world), message().edits), ((last.0 - 7200, true), 1));
}

#[test]
fn a_correction_needs_a_past_span_and_a_reason_and_long_stays_are_suggested() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 3600);
    let tracker = world.track_without_posting();
    world.pass(call, 13 * 3600);
    assert_eq!(tracker.stop(), Some(0));
    let refused_with = |code: i32, args: &[&str], what: &str| {
        let output = world.run(args);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(code) && error.contains(what), "{output:?}");
    };
    let refused = |args: &[&str], what: &str| refused_with(2, args, what);
    let add = ["adjust", "Ada", "--add"];
    let reason = ["--reason", "power cut", "--yes"];
    refused(&[&add[..], &["today 10:00", "tomorrow 10:00"], &reason].concat(), "it must be a date and a time");
    refused(&[&add[..], &["today 10:00", "today 23:59"], &reason].concat(), "in the future");
    refused(&[&add[..], &["today 10:00", "today 09:00"], &reason].concat(), "ends before it begins");
    refused(&[&add[..], &["today 09:00", "today 10:00"]].concat(), "--reason");
    refused_with(78, &["adjust", "list", "--suggested"], "SWF_MAX_STAY");
    world.configure("@studyhall", &[("SWF_MAX_STAY", "12h")]);
    let suggested = world.json(&["adjust", "list", "--suggested", "--json"]);
    let stay = &suggested["suggested"][0];
    assert_eq!(stay["seconds"], 14 * 3600, "{suggested}");
    let text = |field: &str| stay[field].as_str().unwrap().to_owned();
    let (person, from, to) = (ada.to_string(), text("cut_from"), text("to"));
    assert_eq!(text("command"), format!("swf adjust {person} --remove {from} {to} --reason \"left the call open\""));
    world.ok(&["adjust", &person, "--remove", &from, &to, "--reason", "left the call open", "--yes"]);
    assert_eq!(world.json(&["adjust", "list", "--suggested", "--json"])["suggested"], Value::Array(Vec::new()));
    assert_eq!(world.today()["entries"][0]["seconds"], 12 * 3600);
}
