//! A change from the old tracker loses nothing and counts nothing twice (rules §5.5).

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, UNIX_EPOCH};

use chrono::{Datelike, Days, NaiveDate, TimeZone, Utc};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::home::{START, World};

type Totals = BTreeMap<(NaiveDate, i64), i64>;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The test's first day.
fn today() -> NaiveDate {
    date("2033-05-18")
}

/// Midnight in Tashkent.
fn midnight() -> i64 {
    Utc.with_ymd_and_hms(2033, 5, 17, 19, 0, 0).unwrap().timestamp()
}

/// Totals of two months up to yesterday, with days off and odd numbers.
fn two_months() -> Totals {
    let mut totals = Totals::new();
    for back in 1..=61_u64 {
        let day = today() - Days::new(back);
        for person in 1..=12_u64 {
            let number = (back * 7919 + person * 104_729) % 1_000_003;
            if number % 4 != 0 {
                totals.insert((day, 500 + person as i64), (number % 30_000) as i64 + 1);
            }
        }
    }
    totals
}

/// Writes a database like the old tracker.
pub fn write_old(path: &Path, totals: &Totals, meta: &[(&str, &str)]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let db = Connection::open(path).unwrap();
    db.execute_batch(
        "BEGIN;
         CREATE TABLE IF NOT EXISTS seconds_totals (d TEXT, user_id INTEGER, seconds INTEGER, PRIMARY KEY (d, user_id));
         CREATE TABLE IF NOT EXISTS user_cache (user_id INTEGER PRIMARY KEY, display_name TEXT, username TEXT);
         CREATE TABLE IF NOT EXISTS meta (k TEXT PRIMARY KEY, v TEXT);",
    )
    .unwrap();
    for ((day, user), seconds) in totals {
        let insert = "INSERT OR REPLACE INTO seconds_totals VALUES (?1, ?2, ?3)";
        db.execute(insert, params![day.to_string(), user, seconds]).unwrap();
        let insert = "INSERT OR REPLACE INTO user_cache VALUES (?1, ?2, ?3)";
        db.execute(insert, params![user, format!("Old {user}"), format!("old{user}")]).unwrap();
    }
    for (key, value) in meta {
        db.execute("INSERT OR REPLACE INTO meta VALUES (?1, ?2)", [key, value]).unwrap();
    }
    db.execute_batch("COMMIT").unwrap();
    // Last changed late on the day before the last date: so the file does not show when the old tracker last ran, but
    // its dates are possible.
    let days = totals.keys().map(|(day, _)| day.to_string());
    let days = days.chain(meta.iter().filter(|(key, _)| key.ends_with("_date")).map(|(_, day)| (*day).to_owned()));
    if let Some(last) = days.filter_map(|day| day.parse().ok()).max() {
        set_modified_before(path, last);
    }
}

/// Sets a file's time of change to late on the day before `day`.
fn set_modified_before(path: &Path, day: NaiveDate) {
    let late = day.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp() - 6 * 3600;
    let modified = UNIX_EPOCH + Duration::from_secs(late.unsigned_abs());
    File::options().append(true).open(path).unwrap().set_modified(modified).unwrap();
}

pub fn write_state(world: &World, last_seen: i64) {
    std::fs::write(world.home.path().join("tracker_state.json"), format!("{{\"last_seen\": {last_seen}.25}}")).unwrap();
}

fn entries(board: &Value) -> BTreeMap<i64, i64> {
    let entries = board["entries"].as_array().unwrap().iter();
    entries.map(|entry| (entry["user_id"].as_i64().unwrap(), entry["seconds"].as_i64().unwrap())).collect()
}

/// The sums by the old tracker's own totals.
fn naive(totals: &Totals, from: NaiveDate, to: NaiveDate) -> BTreeMap<i64, i64> {
    let mut sums = BTreeMap::new();
    for ((day, user), seconds) in totals {
        if (from..=to).contains(day) {
            *sums.entry(*user).or_default() += seconds;
        }
    }
    sums
}

/// Checks that every board of every day, week and month equals the old totals, for everybody who was not in today's
/// call.
fn boards_agree(world: &World, totals: &Totals) {
    let totals = &totals.iter().filter(|((_, user), _)| *user < 1000).map(|(key, seconds)| (*key, *seconds)).collect();
    let board = |scope: &str, day: NaiveDate| {
        let mut seconds = entries(&world.json(&["leaderboard", scope, "--date", &day.to_string(), "--json"]));
        seconds.retain(|user, _| *user < 1000);
        seconds
    };
    let (first, last) = (today() - Days::new(63), today() - Days::new(1));
    for day in first.iter_days().take_while(|day| *day <= last) {
        assert_eq!(board("day", day), naive(totals, day, day), "{day}");
        if day.weekday() == chrono::Weekday::Wed {
            let week = day.week(chrono::Weekday::Mon);
            assert_eq!(board("week", day), naive(totals, week.first_day(), week.last_day()), "the week of {day}");
        }
        if day.day() == 28 || day == last {
            let first = day.with_day(1).unwrap();
            let last = (first + Days::new(31)).with_day(1).unwrap().pred_opt().unwrap();
            assert_eq!(board("month", day), naive(totals, first, last), "the month of {day}");
        }
    }
    world.ok(&["audit"]);
}

/// All files in a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.is_file());
    files
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect()
}

#[test]
fn boards_of_two_months_are_as_the_old_tracker_had_them() {
    let world = World::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let old = elsewhere.path().join("var/study.db");
    let mut totals = two_months();
    let group = world.group.to_string();
    write_old(&old, &totals, &[("last_post_date", "2033-05-17"), ("anchor_date", "2033-03-01"), ("group_key", &group)]);
    std::fs::write(elsewhere.path().join("tracker_state.json"), format!("{{\"last_seen\": {START}}}")).unwrap();
    let before = files(old.parent().unwrap());
    let file = old.to_str().unwrap();
    let text = world.ok(&["import", file, "--dry-run"]);
    assert!(text.starts_with("Would import") && text.contains("SWF_ANCHOR_DATE=2033-03-01"), "{text}");
    assert!(!world.home.path().join("var/study.db").exists());
    let report = world.json(&["import", file, "--json"]);
    assert_eq!((&report["changed"], &report["bad_rows"]), (&json!(true), &json!(0)));
    assert_eq!(report["seconds"], totals.values().sum::<i64>());
    boards_agree(&world, &totals);
    // Importing the same file again changes nothing.
    let board = world.json(&["leaderboard", "month", "--date", "2033-04-20", "--json"]);
    assert_eq!(world.json(&["import", file, "--json"])["changed"], false);
    assert_eq!(world.json(&["leaderboard", "month", "--date", "2033-04-20", "--json"]), board);
    assert_eq!(files(old.parent().unwrap()), before);
    // A newer copy replaces the totals of the earlier one.
    totals.insert((date("2033-05-17"), 501), 7777);
    write_old(&old, &totals, &[]);
    assert_eq!(world.json(&["import", file, "--json"])["changed"], true);
    boards_agree(&world, &totals);
    let receipt = world.json(&["why", "old501", "day", "--date", "2033-05-17", "--json"]);
    assert_eq!((&receipt["seconds"], &receipt["parts"][0]["seconds"]), (&json!(7777), &json!(7777)));
    assert_eq!((&receipt["parts"][0]["evidence"], receipt["parts"].as_array().unwrap().len()), (&json!("carried"), 1));
    assert!(world.ok(&["why", "old501", "week", "--date", "2033-05-17"]).contains("from the old tracker"));
}

#[test]
fn the_day_of_the_change_counts_nothing_twice() {
    let world = World::new();
    let (ada, bob) = (world.member("Ada"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    // Ada has been in since yesterday. The old tracker's last sighting is 1000 s before the start. Bob came after that.
    world.telegram.join_at(call, ada, midnight() - 3600);
    world.telegram.join_at(call, bob, START - 900);
    let mut totals = two_months();
    let seen = START - 1000;
    totals.insert((today() - Days::new(1), ada), 3600);
    totals.insert((today(), ada), seen - midnight());
    let old = world.home.path().join("var/study.db");
    write_old(&old, &totals, &[("last_post_date", "2033-05-18"), ("group_key", "studyhall")]);
    write_state(&world, seen);
    let bytes = std::fs::read(&old).unwrap();
    // Only the tracker changes the file.
    for args in [&["leaderboard"][..], &["audit"], &["post", "--now", "--dry-run"], &["why", "Ada"]] {
        let output = world.run(args);
        assert_eq!(output.status.code(), Some(78), "{output:?}");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.contains("swf track") && text.contains("swf import"), "{text}");
        assert_eq!(std::fs::read(&old).unwrap(), bytes);
    }
    // Not with `World::track`, which removes the old state file.
    let log = File::create(world.home.path().join("stderr")).unwrap();
    let mut command = world.command(&["track"]);
    let mut tracker = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
    world.await_confirmed();
    world.telegram.advance(100);
    world.telegram.mute(call, bob);
    world.await_confirmed();
    assert_eq!(world.seconds(), [(ada, START + 100 - midnight()), (bob, 1000)]);
    let yesterday = world.json(&["leaderboard", "day", "--date", "2033-05-17", "--json"]);
    assert_eq!(entries(&yesterday)[&ada], 3600);
    world.ok(&["audit"]);
    let receipt = world.json(&["why", "Ada", "--json"]);
    let parts = receipt["parts"].as_array().unwrap().iter();
    let counted: Vec<(i64, &str)> = parts
        .filter(|part| part["counted"] == true)
        .map(|part| (part["seconds"].as_i64().unwrap(), part["evidence"].as_str().unwrap()))
        .collect();
    assert_eq!(counted, [(seen - midnight(), "carried"), (1000, "proved"), (100, "observed")], "{receipt:#}");
    // Today is posted already, and no earlier day is due.
    let evening = Utc.with_ymd_and_hms(2033, 5, 18, 16, 40, 0).unwrap().timestamp();
    world.telegram.advance(evening - world.telegram.now());
    world.telegram.unmute(call, bob);
    world.await_confirmed();
    tracker.kill().unwrap();
    tracker.wait().unwrap();
    let output = world.run(&["post", "--dry-run"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(world.telegram.messages(world.group).len(), 0);
    assert!(world.run(&["post"]).status.success());
    assert_eq!(world.telegram.messages(world.group).len(), 0);
    let kept = world.home.path().join("var/study.db.old-tracker");
    assert_eq!(std::fs::read(&kept).unwrap(), bytes);
    boards_agree(&world, &totals);
    // Importing the copy again changes nothing.
    assert_eq!(world.json(&["import", kept.to_str().unwrap(), "--json"])["changed"], false);
}

/// Whatever the path of the home, its state file shows when swf last ran, and not when the old tracker did.
#[test]
fn our_own_liveness_file_is_never_taken_for_the_old_trackers() {
    for (folder, home, file) in [
        ("var", "..", "old.db"),
        (".", ".", "var/old.db"),
        (".", "var/..", "var/old.db"),
        (".", ".", "var/../var/old.db"),
    ] {
        let world = World::new();
        let ada = world.member("Ada");
        let call = world.telegram.start_call(world.group);
        world.telegram.join_at(call, ada, START - 900);
        let tracker = world.track();
        world.pass(call, 500);
        assert_eq!(tracker.stop(), Some(0));
        // The old tracker's last change is in the first hour of the day.
        let old = world.home.path().join("var/old.db");
        write_old(&old, &[((today(), ada), 1800)].into(), &[]);
        let last = UNIX_EPOCH + Duration::from_secs(midnight() as u64 + 3600);
        File::options().write(true).open(&old).unwrap().set_modified(last).unwrap();
        let mut command = world.command(&["--home", home, "import", file]);
        assert!(command.current_dir(world.home.path().join(folder)).status().unwrap().success());
        assert_eq!(world.seconds(), [(ada, 1800 + 1400)], "{folder} {home} {file}");
    }
}

#[test]
fn an_incomplete_old_database_is_refused_and_not_changed() {
    let world = World::new();
    world.configure("@studyhall", &[("TELEGRAM_GROUP_ID", "-1001")]);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    write_old(&path("good.db"), &two_months(), &[]);
    let good = std::fs::read(path("good.db")).unwrap();
    Connection::open(path("foreign.db")).unwrap().execute_batch("CREATE TABLE notes (text)").unwrap();
    std::fs::write(path("text.db"), "not a database, but somebody's").unwrap();
    let mut damaged = good.clone();
    damaged[4096..].iter_mut().for_each(|byte| *byte = byte.wrapping_add(77));
    std::fs::write(path("damaged.db"), &damaged).unwrap();
    std::fs::write(path("short.db"), &good[..good.len() / 2]).unwrap();
    let before = files(folder.path());
    for (name, code) in [("foreign.db", 78), ("text.db", 78), ("damaged.db", 1), ("short.db", 1), ("absent.db", 1)] {
        let output = world.run(&["import", path(name).to_str().unwrap()]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{name}: {text}");
        assert!(text.contains(name), "{text}");
    }
    let writer = Connection::open(path("good.db")).unwrap();
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let output = world.run(&["import", path("good.db").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("in use"), "{output:?}");
    drop(writer);
    assert_eq!(files(folder.path()), before);
    assert!(!world.home.path().join("var/study.db").exists());
    // The same with the file in the store's place: a damaged file is refused (1), a file in use too (75), and the file
    // stays.
    let old = world.home.path().join("var/study.db");
    std::fs::create_dir_all(old.parent().unwrap()).unwrap();
    std::fs::write(&old, &good[..good.len() / 2]).unwrap();
    assert_eq!(world.run(&["track"]).status.code(), Some(1));
    assert_eq!(std::fs::read(&old).unwrap(), &good[..good.len() / 2]);
    std::fs::write(&old, &good).unwrap();
    let writer = Connection::open(&old).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(world.run(&["track"]).status.code(), Some(75));
    drop(writer);
    assert_eq!(std::fs::read(&old).unwrap(), good);
    assert!(!world.home.path().join("var/study.db.old-tracker").exists());
}

#[test]
fn impossible_rows_are_left_out_and_counted() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("study.db");
    write_old(&old, &[((date("2033-05-01"), 501), 600), ((date("2033-05-01"), 502), 100_000)].into(), &[]);
    let db = Connection::open(&old).unwrap();
    for row in ["'2033-05-01', 503, -5", "'2033-02-30', 501, 60", "'1.5.2033', 501, 60", "'2033-05-02', 501, 'x'"] {
        db.execute(&format!("INSERT INTO seconds_totals VALUES ({row})"), []).unwrap();
    }
    drop(db);
    set_modified_before(&old, date("2033-05-02"));
    let file = old.to_str().unwrap();
    // It is not known to which group the totals belong.
    let output = world.run(&["import", file]);
    assert_eq!(output.status.code(), Some(78), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("swf track"), "{output:?}");
    world.configure("@studyhall", &[("TELEGRAM_GROUP_ID", &world.group.to_string())]);
    let report = world.json(&["import", file, "--json"]);
    assert_eq!((&report["bad_rows"], &report["capped"], &report["days"]), (&json!(4), &json!(1), &json!(1)));
    let day = || entries(&world.json(&["leaderboard", "day", "--date", "2033-05-01", "--json"]));
    assert_eq!(day(), [(501, 600), (502, 86_400)].into());
    // Totals of one person's accounts are added, up to 24 hours for a day.
    world.ok(&["alias", "add", "501", "502"]);
    assert_eq!(day(), [(501, 86_400)].into());
    world.ok(&["audit"]);
    let receipt = world.json(&["why", "501", "--date", "2033-05-01", "--json"]);
    assert_eq!(receipt["parts"].as_array().unwrap().iter().filter(|part| part["counted"] == false).count(), 1);
}

#[test]
fn a_file_that_is_no_old_database_is_named_as_what_it_is() {
    let world = World::new();
    for (file, code, words) in [(".", 2, "is a folder"), ("nowhere.db", 1, "there is no such file")] {
        let output = world.run(&["import", file]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words) && said.contains("swf import ../old/var/study.db"), "{said}");
    }
}

#[test]
fn a_store_of_the_first_schema_gives_the_same_board() {
    let world = World::new();
    let path = world.home.path().join("var/study.db");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    Connection::open(&path).unwrap().execute_batch(include_str!("../fixtures/store-1.sql")).unwrap();
    let board = || entries(&world.json(&["leaderboard", "day", "--date", "2033-05-18", "--json"]));
    // `alias add` writes, so it migrates the store.
    world.ok(&["alias", "add", "1001", "1003"]);
    assert_eq!(board(), [(1001, 6600), (1002, 7100)].into());
    world.ok(&["audit"]);
    let version: i64 = Connection::open(&path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert!(version > 1);
    assert_eq!(world.json(&["why", "ada", "--date", "2033-05-18", "--json"])["proved_seconds"], 600);
}
