//! Time without a tracker is shown as unwatched, and never as zero (rules §2.16).

use serde_json::Value;
use swf::domain::people::{Known, Profile};
use swf::domain::roster::{Fact, Observed};
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::platform::lock::Lock;
use swf::platform::state_file::State;
use swf::store::{Access, Store};

use crate::home::{START, World};

const DAY: i64 = 86_400;

/// CASES S2 and S3: a tracker ran on one day, was off for three, and ran again.
#[test]
fn days_without_a_tracker_are_said_everywhere() {
    let world = World::new();
    let path = world.home.path().join("var/study.db");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut store = Store::open(&path, Access::Write).unwrap();
    let group = store.group(PeerId(world.group), None, "Study Hall", Some("studyhall"), PeerId(world.me)).unwrap();
    // Midnight in Tashkent of Tuesday, 18 November 2025.
    let start = 1_763_406_000;
    for (from, to) in [(start, start + DAY), (start + 4 * DAY, start + 40 * DAY)] {
        let watched = Some(Span::new(Instant(from), Instant(to)));
        store.record(group, &Observed { watched, ..Observed::new(Instant(to)) }, &[]).unwrap();
    }
    drop(store);
    let text = |args: &[&str]| world.ok(args);
    let json = |period: &str, date: &str| world.json(&["leaderboard", period, "--date", date, "--json"]);
    assert_eq!(json("day", "2025-11-20")["unwatched_seconds"], DAY);
    assert_eq!(json("day", "2025-11-18")["unwatched_seconds"], 0);
    assert_eq!(json("week", "2025-11-20")["unwatched_seconds"], 3 * DAY);
    assert_eq!(json("day", "2025-11-17")["unwatched_seconds"], 0);
    let unwatched = text(&["leaderboard", "--date", "2025-11-20"]);
    assert!(unwatched.contains("swf was not running") && !unwatched.contains("No study time"), "{unwatched}");
    assert!(text(&["leaderboard", "week", "--date", "2025-11-20"]).contains("swf was not running for 72h 00m"));
    let before = text(&["leaderboard", "--date", "2025-11-17"]);
    assert!(
        before.contains("not in use yet") && before.contains("2025-11-18") && !before.contains("final"),
        "{before}"
    );
    let ahead = text(&["leaderboard", "--date", "2099-01-01"]);
    assert!(ahead.contains("has not begun") && !ahead.contains("final"), "{ahead}");
    assert_eq!(json("day", "2099-01-01")["final"], false);
}

/// The rows of a CSV: column → cell.
fn rows(csv: &str) -> Vec<std::collections::BTreeMap<&str, &str>> {
    let mut lines = csv.lines().map(|line| line.split(','));
    let head: Vec<&str> = lines.next().unwrap().collect();
    lines.map(|cells| head.iter().copied().zip(cells).collect()).collect()
}

/// CASES S2: the computer lost its power while somebody was in the call; days later that call has ended.
#[test]
fn days_after_a_tracker_died_in_a_call_are_unwatched_if_the_call_is_over_then() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, 1000);
    tracker.kill();
    world.telegram.end_call(call);
    world.telegram.advance(3 * DAY);
    let tracker = world.track_on();
    world.telegram.advance(600);
    world.await_confirmed();
    let board = |args: &[&str]| world.json(&[&["leaderboard"], args, &["--json"]].concat());
    let [day, today] = [board(&["--date", "-2"]), board(&[])];
    assert_eq!(
        (&day["unwatched_seconds"], &day["blind_seconds"], &day["coverage"]),
        (&DAY.into(), &0.into(), &"unwatched".into())
    );
    // From midnight to 08:50:00.
    assert_eq!((&today["unwatched_seconds"], &today["blind_seconds"]), (&31_800.into(), &0.into()));
    assert_eq!(board(&["week", "--date", "today"])["unwatched_seconds"], 3 * DAY);
    let words = "swf was not running";
    for args in [&["leaderboard", "--date", "2033-05-20"][..], &["why", "Ada", "--date", "2033-05-20"]] {
        let text = world.ok(args);
        for wrong in ["No study time", "They were not seen", "final"] {
            assert!(text.contains(words) && !text.contains(wrong), "{args:?}: {text}");
        }
    }
    assert!(world.ok(&["leaderboard", "week"]).contains("swf was not running for 72h 00m"));
    let why = world.json(&["why", "Ada", "week", "--json"]);
    assert_eq!((&why["unwatched_seconds"], &why["seconds"]), (&(3 * DAY).into(), &1000.into()));
    let post = world.ok(&["post", "--now", "--dry-run"]);
    assert!(post.contains("swf was offline for 8h 50m today") && post.matches("offline").count() == 1, "{post}");
    let export = world.ok(&["export", "days"]);
    let expected = [
        "date,people,seconds,blind_seconds,unwatched_seconds,coverage,final",
        "2033-05-18,1,1000,0,54600,watched,true",
        "2033-05-19,0,0,0,86400,unwatched,true",
        "2033-05-20,0,0,0,86400,unwatched,true",
        "2033-05-21,0,0,0,31800,watched,false",
    ];
    assert_eq!(export.lines().collect::<Vec<_>>(), expected);
    let export = world.ok(&["export", "boards"]);
    assert_eq!((rows(&export).len(), rows(&export)[0]["unwatched_seconds"]), (1, "54600"), "{export}");
    let csv = world.ok(&["leaderboard", "week", "--csv"]);
    assert_eq!((rows(&csv)[0]["name"], rows(&csv)[0]["unwatched_seconds"]), ("Ada", "259200"), "{csv}");
    let empty = world.run(&["leaderboard", "--date", "yesterday", "--csv"]);
    assert!(String::from_utf8_lossy(&empty.stderr).contains("swf was not running"), "{empty:?}");
    assert_eq!(String::from_utf8_lossy(&empty.stdout).lines().count(), 1, "{empty:?}");
    assert_eq!(world.status()["unwatched_seconds"], 31_800);
    assert!(world.ok(&["status"]).contains("swf was not running for 8h 50m"));
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(world.json(&["audit", "--json"])["findings"], 0);
}

/// The files of a tracker that has not seen its call for ten minutes. It counts as running as long as the lock is held.
fn tracker_in_an_outage(world: &World) -> Lock {
    let path = |name: &str| world.home.path().join(name);
    std::fs::create_dir_all(path("var")).unwrap();
    let mut store = Store::open(&path("var/study.db"), Access::Write).unwrap();
    let group = store.group(PeerId(world.group), None, "Study Hall", Some("studyhall"), PeerId(world.me)).unwrap();
    let (call, from, seen) = (CallId(7), Instant(START - 1000), Instant(START));
    let facts = vec![
        Fact::Following { call, at: from },
        Fact::Opened { call, peer: PeerId(world.me), joined: from, from, seen: from },
        Fact::Confirmed { call, at: seen },
    ];
    let people = vec![Known { profile: Profile::unknown(PeerId(world.me)), access_hash: None }];
    store.record(group, &Observed { facts, people, watched: Some(Span::new(from, seen)), at: seen }, &[]).unwrap();
    let system = swf::platform::clock::Clock::new(0).system();
    let state = State {
        pid: Some(1),
        first_seen: Some(START - 1000),
        clock_offset: START + 600 - system.0,
        ..State::default()
    };
    state.write(&path("tracker_state.json")).unwrap();
    Lock::take(&path("var/track.lock")).unwrap().unwrap()
}

/// Rules §2.9: the current blind span is not stored yet.
#[test]
fn other_processes_know_of_the_outage_that_goes_on() {
    let world = World::new();
    let lock = tracker_in_an_outage(&world);
    // Time passes while the commands run.
    let is_600 = |value: &Value| (600..900).contains(&value.as_i64().unwrap());
    let all = || [world.today(), world.json(&["why", &world.me.to_string(), "--json"]), world.status()];
    for json in all() {
        assert!(is_600(&json["blind_seconds"]) && json["unwatched_seconds"] == 0, "{json:#}");
    }
    world.telegram.advance(600);
    let post = || world.ok(&["post", "--now", "--dry-run"]);
    assert!(post().contains("swf was offline for 1"), "{}", post());
    for text in [world.ok(&["leaderboard"]), world.ok(&["why", &world.me.to_string()])] {
        assert!(text.contains("swf could not see the call for 1") && !text.contains("not running"), "{text}");
    }
    // The tracker dies: from then on it is not known whether the call goes on.
    drop(lock);
    for json in all() {
        assert!(is_600(&json["unwatched_seconds"]) && json["blind_seconds"] == 0, "{json:#}");
    }
    assert!(post().contains("swf was offline for 1"), "{}", post());
}

/// The tracker is connected, but can't read the call.
#[test]
fn a_call_that_a_tracker_cannot_see_is_blind_on_every_board_also_after_it_has_died() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, 1000);
    world.telegram.faults().flood_wait("phone.getGroupParticipants", 1200, 1);
    world.telegram.faults().cut();
    world.await_status("the flood wait is met", |status| status["tracker"]["connection"] == "flood_wait");
    world.telegram.advance(600);
    // An update brings Telegram's current time.
    world.telegram.mute(call, ada);
    let missing = || {
        let today = world.today();
        ["blind_seconds", "unwatched_seconds"].map(|name| today[name].as_i64().unwrap())
    };
    world.await_that("the outage is on the board", || missing()[0] >= 600);
    assert_eq!(missing()[1], 0);
    tracker.kill();
    world.await_that("all of it is unseen", || missing().iter().sum::<i64>() >= 600);
    // The next tracker stores it.
    world.telegram.advance(1000);
    let tracker = world.track_on();
    world.await_that("the blind span is stored", || missing() == [1600, 0]);
    assert_eq!(tracker.stop(), Some(0));
}

/// A period that began before the first start never shows "nobody studied".
#[test]
fn the_first_day_says_since_when_swf_watches() {
    let world = World::new();
    let tracker = world.track();
    for text in
        [world.ok(&["leaderboard"]), world.ok(&["leaderboard", "month"]), world.ok(&["post", "--now", "--dry-run"])]
    {
        assert!(text.contains("No study time since 18 May, 08:33. swf did not watch the group before."), "{text}");
        assert!(!text.contains("No study time yet"), "{text}");
    }
    assert_eq!(world.today()["watched_since"], "2033-05-18T08:33:20+05:00");
    assert_eq!(tracker.stop(), Some(0));
}
