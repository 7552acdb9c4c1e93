//! Dates on the command line: absolute, or counted back from today.

use swf::domain::people::{Known, Profile};
use swf::domain::roster::{End, Fact, Observed};
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::platform::clock::Clock;
use swf::platform::state_file::State;
use swf::store::{Access, Store};

use crate::home::World;

/// The commands that take a date, up to the option for it.
const COMMANDS: [&[&str]; 6] = [
    &["leaderboard", "--date"],
    &["leaderboard", "month", "--date"],
    &["why", "Ada", "--date"],
    &["export", "boards", "--since"],
    &["export", "stays", "--until"],
    &["backfill", "--dry-run", "--since"],
];

fn world() -> World {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, 1000);
    assert_eq!(tracker.stop(), Some(0));
    world
}

#[test]
fn dates_can_be_counted_back_from_today() {
    let world = world();
    let start = |period: &str, date: &str| {
        let board = world.json(&["leaderboard", period, "--json", "--date", date]);
        board["start"].as_str().unwrap()[..10].to_owned()
    };
    // Today is Wednesday, 18 May 2033.
    for (date, day, week, month) in [
        ("2033-05-11", "2033-05-11", "2033-05-09", "2033-05-01"),
        ("today", "2033-05-18", "2033-05-16", "2033-05-01"),
        ("yesterday", "2033-05-17", "2033-05-16", "2033-05-01"),
        ("last", "2033-05-17", "2033-05-09", "2033-04-01"),
        ("-1", "2033-05-17", "2033-05-09", "2033-04-01"),
        ("-2", "2033-05-16", "2033-05-02", "2033-03-01"),
    ] {
        assert_eq!(["day", "week", "month"].map(|period| start(period, date)), [day, week, month], "{date}");
    }
    assert_eq!(world.json(&["why", "Ada", "--date", "today", "--json"])["seconds"], 1000);
    let last = world.json(&["why", "Ada", "week", "--date", "last", "--json"]);
    assert_eq!(last["start"], "2033-05-09T00:00:00+05:00");
    for (since, lines) in [("-3", 2), ("today", 2)] {
        assert_eq!(world.ok(&["export", "stays", "--since", since, "--until=today"]).lines().count(), lines, "{since}");
    }
    assert_eq!(world.ok(&["export", "stays", "--until", "yesterday"]).lines().count(), 1);
    assert!(world.ok(&["backfill", "--since", "-3", "--dry-run"]).contains("last 3 days"));
}

#[test]
fn what_is_no_date_is_refused_with_the_flag_and_an_example() {
    let world = world();
    for bad in ["", "tomorrow", "0000-00-00", "-999-01-01", "+12026-11-03", "2033-02-30", "-", "-10000", "--json"] {
        for command in COMMANDS {
            let output = world.run(&[command, &[bad]].concat());
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{command:?} {bad}: {text}");
            let flag = format!("'{} <DATE>'", command.last().unwrap());
            for words in [bad, &flag, "YYYY-MM-DD, e.g. 2026-11-22", "yesterday"] {
                assert!(text.contains(words), "{command:?} {bad}: {text}");
            }
        }
    }
}

#[test]
fn every_date_of_the_calendar_has_an_honest_answer() {
    let world = world();
    for date in ["0001-01-01", "9998-12-31", "1969-12-31", "-9999", "2033-05-19"] {
        for command in COMMANDS {
            let output = world.run(&[command, &[date]].concat());
            let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            // A board of a future day can't be posted.
            let expected = if text.contains("is in the future") { 2 } else { 0 };
            assert_eq!(output.status.code(), Some(expected), "{command:?} {date}: {text}");
            assert!(!text.contains("panicked") && !text.contains("No study time"), "{command:?} {date}: {text}");
        }
    }
    assert!(world.ok(&["leaderboard", "--date", "0001-01-01"]).contains("not in use yet"));
    assert!(world.ok(&["leaderboard", "--date", "9998-12-31"]).contains("has not begun"));
}

/// A store in which the tracking account was in a call during these spans, with a clock that was a day behind when the
/// tracker connected. By the tracker's state file it is `now`.
fn world_at(now: i64, spans: &[(i64, i64)]) -> World {
    let world = World::new();
    let path = |name: &str| world.home.path().join(name);
    std::fs::create_dir_all(path("var")).unwrap();
    let mut store = Store::open(&path("var/study.db"), Access::Write).unwrap();
    let group = store.group(PeerId(world.group), None, "Study Hall", Some("studyhall"), PeerId(world.me)).unwrap();
    let (call, peer) = (CallId(7), PeerId(world.me));
    let mut facts = vec![Fact::Following { call, at: Instant(spans[0].0) }];
    for (from, to) in spans.iter().map(|&(from, to)| (Instant(from), Instant(to))) {
        facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
        facts.push(Fact::Closed { call, peer, from, to, end: End::Left });
    }
    let people = vec![Known { profile: Profile::unknown(peer), access_hash: None }];
    let watched = Some(Span::new(Instant(spans[0].0 - 86_400), Instant(now)));
    store.record(group, &Observed { facts, people, watched, at: Instant(now) }, &[]).unwrap();
    let clock_offset = now - Clock::new(0).system().0;
    store.set_clock_offset(group, clock_offset - 86_400).unwrap();
    State { pid: Some(1), clock_offset, ..State::default() }.write(&path("tracker_state.json")).unwrap();
    world
}

/// CASES S10. In Berlin the hour from 02:00 to 03:00 occurs twice on 25 October 2026.
#[test]
fn times_of_the_hour_that_comes_twice_have_their_offset() {
    // A stay from the first 02:30 to the second one; now it is the second 02:50.
    let half_past_two = 1_792_888_200;
    let world = world_at(half_past_two + 4800, &[(half_past_two, half_past_two + 3600)]);
    world.configure("@studyhall", &[("SWF_TIMEZONE", "Europe/Berlin")]);
    let me = world.me.to_string();
    let why = world.ok(&["why", &me, "--date", "today"]);
    let row: Vec<&str> = why.lines().find(|line| line.contains("02:30")).unwrap().split_whitespace().collect();
    assert_eq!(row[..3], ["02:30:00+02:00", "02:30:00+01:00", "1:00:00"], "{why}");
    let json = world.json(&["why", &me, "--json"]);
    assert_eq!(json["parts"][0]["to"], "2026-10-25T02:30:00+01:00");
    assert!(world.ok(&["leaderboard"]).contains("as of 02:50+01:00"));
    assert!(world.found(&["status"]).contains("2026-10-25 02:50+01:00"));
}

/// CASES S5: the system clock was corrected while the tracker was connected.
#[test]
fn every_command_reads_the_offset_of_the_tracker() {
    // 22 November 2025, 12:00 in Tashkent.
    let noon = 1_763_794_800;
    let world = world_at(noon, &[(noon - 7200, noon - 3600)]);
    let today = "2025-11-22";
    for (json, name) in [
        (world.status(), "now"),
        (world.json(&["leaderboard", "--json"]), "start"),
        (world.json(&["why", &world.me.to_string(), "--json"]), "start"),
    ] {
        assert!(json[name].as_str().unwrap().starts_with(today), "{json:#}");
    }
    assert!(world.ok(&["backup"]).contains("study-2025-11-22.db"));
    assert!(world.ok(&["export", "boards", "--since", "today"]).contains("\n2025-11-22,1,"));
}
