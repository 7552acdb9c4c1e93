//! Boards of years, of all time and of any dates, days that begin later than midnight, and what ranks (rules §2.8,
//! §2.16, §2.22–24).

use serde_json::{Value, json};
use swf::domain::people::{Known, Profile};
use swf::domain::roster::{End, Fact, Observed};
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::store::{Access, Store};

use crate::home::World;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// Midnight in Tashkent of Tuesday, 18 November 2025.
const START: i64 = 1_763_406_000;

/// Ada studies for 12 h on one day and for an hour in the night after it, Bob for 5 h on each of these days, and Cy for
/// an hour in the next year. A tracker ran on the first two days and in the next year.
fn a_year() -> World {
    let world = World::new();
    let path = world.home.path().join("var/study.db");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut store = Store::open(&path, Access::Write).unwrap();
    let group = store.group(PeerId(world.group), None, "Study Hall", Some("studyhall"), PeerId(world.me)).unwrap();
    let next_year = START + 44 * DAY;
    let mut record = |watched: Span, stays: &[(i64, i64, i64)]| {
        let call = CallId(watched.from.0);
        let mut facts = vec![Fact::Following { call, at: watched.from }];
        for &(peer, from, seconds) in stays {
            let (peer, from, to) = (PeerId(peer), Instant(from), Instant(from + seconds));
            facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
            facts.push(Fact::Closed { call, peer, from, to, end: End::Left });
        }
        facts.push(Fact::Confirmed { call, at: watched.to });
        facts.push(Fact::Ended { call, at: watched.to, watched: true });
        let profile = |(peer, name): (i64, &str)| Profile { name: name.into(), ..Profile::unknown(PeerId(peer)) };
        let people =
            [(11, "Ada"), (12, "Bob"), (13, "Cy")].map(|one| Known { profile: profile(one), access_hash: None });
        let observed = Observed { facts, people: people.to_vec(), watched: Some(watched), at: watched.to };
        store.record(group, &observed, &[]).unwrap();
    };
    record(
        Span::new(Instant(START), Instant(START + 2 * DAY)),
        &[
            (11, START + 10 * HOUR, 12 * HOUR),
            (12, START + 10 * HOUR, 5 * HOUR),
            (11, START + 26 * HOUR, HOUR),
            (12, START + 34 * HOUR, 5 * HOUR),
        ],
    );
    record(Span::new(Instant(next_year), Instant(next_year + 2 * DAY)), &[(13, next_year + 34 * HOUR, HOUR)]);
    world
}

/// Of each row of a board: rank, name, seconds, and ranked seconds.
fn rows(board: &Value) -> Vec<(i64, &str, i64, i64)> {
    let number = |row: &Value, name: &str| row[name].as_i64().unwrap();
    let row = |row| {
        (number(row, "rank"), row["name"].as_str().unwrap(), number(row, "seconds"), number(row, "ranked_seconds"))
    };
    board["entries"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn boards_of_a_year_of_all_time_and_of_any_dates_tell_the_same_truth() {
    let world = a_year();
    let board = |args: &[&str]| world.json(&[&["leaderboard"], args, &["--json"]].concat());
    let year = board(&["year", "--date", "2025-11-18"]);
    assert_eq!([&year["period"], &year["start"]], [&json!("year"), &json!("2025-01-01T00:00:00+05:00")]);
    assert_eq!(rows(&year), [(1, "Ada", 13 * HOUR, 13 * HOUR), (2, "Bob", 10 * HOUR, 10 * HOUR)]);
    let all = board(&["all"]);
    assert_eq!([&all["period"], &all["start"]], [&json!("all"), &json!("2025-11-18T00:00:00+05:00")]);
    assert_eq!((&all["total_seconds"], &all["people"]), (&(24 * HOUR).into(), &3.into()));
    let range = board(&["--from", "2025-11-19", "--to", "2026-01-02"]);
    assert_eq!([&range["period"], &range["end"]], [&json!("range"), &json!("2026-01-03T00:00:00+05:00")]);
    assert_eq!(rows(&range), [(1, "Bob", 5 * HOUR, 5 * HOUR), (2, "Ada", HOUR, HOUR), (2, "Cy", HOUR, HOUR)]);
    assert_eq!(range["unwatched_seconds"], 42 * DAY);
    let why = world.json(&["why", "Bob", "--from", "2025-11-19", "--to", "2026-01-02", "--json"]);
    assert_eq!([&why["seconds"], &why["period"]], [&(5 * HOUR).into(), &json!("range")]);
    assert!(world.ok(&["leaderboard", "year", "--date", "2025-11-18"]).contains("\nYear · 2025 · Asia/Tashkent"));
    assert_eq!(world.json(&["audit", "--json"])["findings"], 0);

    for (args, words) in [
        (&["--from", "2025-11-20", "--to", "2025-11-19"][..], "--from 2025-11-20 is after --to 2025-11-19"),
        (&["--from", "0001-01-01", "--to", "9998-12-31"], "a range has 36525 at most"),
        (&["all", "--date", "2025-11-19"], "--date can't be used with all"),
        (&["--to", "2025-11-19"], "--from"),
        (&["week", "--from", "2025-11-19"], "can't be used with"),
        (&["--by", "luck"], "hours, days or bands"),
    ] {
        let output = world.run(&[&["leaderboard"], args].concat());
        let error = String::from_utf8_lossy(&output.stderr).replace("cannot", "can't");
        assert!(output.status.code() == Some(2) && error.contains(words), "{args:?}: {error}");
    }
}

#[test]
fn days_can_begin_in_the_night_and_a_cap_or_active_days_can_rank() {
    let world = a_year();
    let day = |date: &str| world.json(&["leaderboard", "--date", date, "--json"]);
    assert_eq!(rows(&day("2025-11-18"))[0], (1, "Ada", 12 * HOUR, 12 * HOUR));
    world.configure("@studyhall", &[("SWF_DAY_START", "04:00@2025-11-19"), ("SWF_RANK_CAP", "10h")]);
    let first = day("2025-11-18");
    assert_eq!(
        [&first["start"], &first["end"]],
        [&json!("2025-11-18T00:00:00+05:00"), &json!("2025-11-19T04:00:00+05:00")]
    );
    assert_eq!(rows(&first), [(1, "Ada", 13 * HOUR, 10 * HOUR), (2, "Bob", 5 * HOUR, 5 * HOUR)]);
    assert_eq!(rows(&day("2025-11-19")), [(1, "Bob", 5 * HOUR, 5 * HOUR)]);
    let why = world.ok(&["why", "Ada", "--date", "2025-11-18"]);
    assert!(why.contains("13:00:00") && why.contains("not ranked: 3:00:00 above the cap of 10h 00m a day"), "{why}");
    assert_eq!(world.json(&["why", "Ada", "--date", "2025-11-18", "--json"])["ranked_seconds"], 10 * HOUR);
    assert!(world.ok(&["export", "boards"]).contains("2025-11-18,1,11,,Ada,46800,"));
    // Ten hours rank for each of them, so the week is a draw.
    let week = world.json(&["leaderboard", "week", "--date", "2025-11-18", "--json"]);
    assert_eq!(rows(&week), [(1, "Ada", 13 * HOUR, 10 * HOUR), (1, "Bob", 10 * HOUR, 10 * HOUR)]);
    let days = world.ok(&["leaderboard", "week", "--date", "2025-11-18", "--by", "days"]);
    assert!(days.contains("2 d · 10h 00m") && days.find("Bob") < days.find("Ada"), "{days}");
    let bands = world.json(&["leaderboard", "week", "--date", "2025-11-18", "--by", "bands", "--json"]);
    assert_eq!([&bands["entries"][0]["band"], &bands["entries"][0]["active_days"]], [&json!(1), &Value::Null]);
    assert_eq!(world.json(&["audit", "--json"])["findings"], 0);

    let wrong =
        [("SWF_DAY_START", "04:00"), ("SWF_RANK_CAP", "25h"), ("SWF_BOARD", "luck"), ("SWF_STREAK_MINUTES", "0")];
    world.configure("@studyhall", &wrong);
    let output = world.run(&["leaderboard"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{error}");
    for words in [
        "e.g. SWF_DAY_START=04:00@2026-12-01",
        "SWF_RANK_CAP is \"25h\"; it must be off, or hours from 1h to 24h, e.g. SWF_RANK_CAP=10h",
        "SWF_BOARD is \"luck\"; it must be hours, days or bands",
        "SWF_STREAK_MINUTES is \"0\"; it must be a whole number of minutes from 1 to 600",
    ] {
        assert!(error.contains(words), "{words}: {error}");
    }
}
