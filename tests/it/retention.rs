//! Old stays become totals of days, and only receipts change (rules §8.4).

use serde_json::Value;

use crate::home::{Tracker, World};

const LATER: i64 = 200 * 86_400;
const DAY: &str = "2033-05-18";

fn stop(world: &World, tracker: Tracker) {
    assert_eq!(tracker.stop(), Some(0));
    world.telegram.advance(LATER);
    world.store_watched();
    world.advance_stored_clock(LATER);
    // Without the state file, the store's clock is used.
    std::fs::remove_file(world.home.path().join("tracker_state.json")).expect("the tracker left its state");
}

#[test]
fn old_stays_are_folded_when_that_is_asked_for_and_boards_stay() {
    let world = World::new();
    let (ada, bob) = (world.member("Ada"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    world.telegram.join(call, bob);
    let tracker = world.track_without_posting();
    world.pass(call, 7200);
    world.telegram.leave(call, ada);
    world.pass(call, 600);
    world.telegram.end_call(call);
    world.await_that("the stay has ended", || {
        let (store, group) = world.store(swf::store::Access::Read);
        store.resume(group).unwrap().is_some_and(|last| last.over)
    });
    stop(&world, tracker);
    let refused = world.run(&["retention"]);
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(78) && error.contains("SWF_RETENTION is off"), "{error}");
    world.configure("@studyhall", &[("SWF_RETENTION", "3m")]);
    let board = || world.json(&["leaderboard", "day", "--date", DAY, "--json"]);
    let why = || world.json(&["why", "Ada", "--date", DAY, "--json"]);
    let (before, receipt) = (board(), why());
    assert!(before["entries"][1]["seconds"].as_i64().unwrap() > 3600, "{before}");

    let look = world.ok(&["retention"]);
    assert!(look.contains("Would fold 2 stays") && look.contains("Nothing was changed"), "{look}");
    assert_eq!(why()["parts"], receipt["parts"]);
    let done = world.ok(&["retention", "--apply"]);
    assert!(done.contains("Folded 2 stays into 2 days"), "{done}");
    assert_eq!(board(), before);
    let folded = why();
    let part = &folded["parts"][0];
    assert!(part["reason"].as_str().unwrap().contains("the stays were folded on"), "{part}");
    assert_eq!((&part["seconds"], &part["evidence"]), (&receipt["seconds"], &Value::from("observed")));
    for same in ["seconds", "proved_seconds", "streak", "records", "person"] {
        assert_eq!(folded[same], receipt[same], "{same}");
    }
    world.ok(&["audit"]);
    assert!(world.ok(&["retention"]).contains("There is nothing to fold"));

    // The output names what can no longer be changed or known.
    let doctor = String::from_utf8_lossy(&world.run(&["doctor"]).stdout).into_owned();
    assert!(doctor.contains("3 months; 2 stays before 2033-09-04 are folded into 2 days"), "{doctor}");
    let before = "Stays before 2033-09-04 were folded into totals.";
    let joined = world.ok(&["alias", "add", "123", &bob.to_string()]);
    assert!(joined.contains(before) && joined.contains("are added"), "{joined}");
    let parted = world.ok(&["alias", "remove", &bob.to_string()]);
    assert!(parted.contains(before) && parted.contains("stay with the account"), "{parted}");
    let old = world.home.path().join("old.db");
    rusqlite::Connection::open(&old)
        .unwrap()
        .execute_batch(
            "CREATE TABLE seconds_totals (d TEXT, user_id INTEGER, seconds INTEGER, PRIMARY KEY (d, user_id));
             CREATE TABLE user_cache (user_id INTEGER PRIMARY KEY, display_name TEXT, username TEXT);
             INSERT INTO seconds_totals VALUES ('2033-05-18', 5, 3600);",
        )
        .unwrap();
    let import = world.run(&["import", &old.to_string_lossy()]);
    let error = String::from_utf8_lossy(&import.stderr).into_owned();
    assert!(
        import.status.code() == Some(1) && error.contains("the time from 2033-05-18 on can't be changed"),
        "{error}"
    );

    let times = ["2033-05-18 10:00", "2033-05-18 11:00"];
    let late = world.run(&["adjust", "Ada", "--add", times[0], times[1], "--reason", "power cut", "--yes"]);
    let error = String::from_utf8_lossy(&late.stderr).into_owned();
    assert!(!late.status.success() && error.contains("were folded into totals"), "{error}");
    world.configure("@studyhall", &[("SWF_RETENTION", "3m"), ("SWF_MIN_SESSION", "60")]);
    let said = world.ok(&["retention"]);
    assert!(said.contains("were folded with") && said.contains("SWF_MIN_SESSION=300"), "{said}");

    let export = world.home.path().join("export");
    world.ok(&["person", "export", "Ada", "-o", &export.to_string_lossy()]);
    let person: Value = serde_json::from_slice(&std::fs::read(export.join("person.json")).unwrap()).unwrap();
    assert_eq!(person["folded_days"][0]["seconds"], receipt["seconds"]);
    assert!(person["folded_days"][0]["stays"] == 1, "{person}");
}
