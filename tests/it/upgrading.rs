//! A new swf on a store of an older version, before anybody has written to it.

use std::path::PathBuf;

use rusqlite::Connection;
use swf::platform::lock::Lock;

use crate::home::World;

/// All migrations, in order.
fn migrations() -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort_unstable();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

fn path(world: &World) -> PathBuf {
    world.home.path().join("var/study.db")
}

/// A store as the swf of that version has left it.
fn store_of(world: &World, version: usize) {
    std::fs::create_dir_all(path(world).parent().unwrap()).unwrap();
    let db = Connection::open(path(world)).unwrap();
    db.execute_batch(include_str!("../fixtures/store-1.sql")).unwrap();
    let mode: String = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    bring(&db, 1, version);
}

fn bring(db: &Connection, from: usize, to: usize) {
    for sql in &migrations()[from..to] {
        db.execute_batch(sql).unwrap();
    }
    db.pragma_update(None, "user_version", to as i64).unwrap();
}

/// What only reads, and says the same whenever it is asked.
const STEADY: [&[&str]; 14] = [
    &["leaderboard", "day", "--date", "2033-05-18", "--json"],
    &["leaderboard", "month", "--date", "2033-05-18", "--csv"],
    &["why", "ada", "--date", "2033-05-18"],
    &["why", "1002", "week", "--date", "2033-05-18", "--json"],
    &["audit"],
    &["alias", "list"],
    &["export", "stays"],
    &["export", "boards"],
    &["post", "--dry-run"],
    &["post", "--now", "--dry-run"],
    &["backfill", "--dry-run"],
    &["web", "push", "--dry-run"],
    &["watchdog"],
    &["status", "--json"],
];

#[test]
fn whatever_only_reads_reads_a_store_of_every_version_and_leaves_it_as_it_is() {
    let newest = migrations().len();
    for version in 1..newest {
        let world = World::new();
        store_of(&world, version);
        let before = std::fs::read(path(&world)).unwrap();
        let say = |args: &[&str]| {
            let output = world.run(args);
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert_eq!(output.status.code(), Some(0), "version {version}, {args:?}: {said}");
            // The minute of the day, and how large the file is.
            let is_steady =
                |line: &&str| !["\"now\"", "\"bytes\"", "_in\"", "\"next"].iter().any(|it| line.contains(it));
            said.lines().filter(is_steady).collect::<Vec<_>>().join("\n")
        };
        let old = STEADY.map(say);
        let doctor = String::from_utf8(world.run(&["doctor"]).stdout).unwrap();
        assert!(doctor.contains("whole, ") && doctor.contains("Study Hall"), "version {version}: {doctor}");
        let copy = world.home.path().join("copy.db");
        world.ok(&["backup", copy.to_str().unwrap()]);
        assert_eq!(std::fs::read(path(&world)).unwrap(), before, "version {version}");
        bring(&Connection::open(path(&world)).unwrap(), version, newest);
        for (args, old) in STEADY.iter().zip(old) {
            assert_eq!(say(args), old, "version {version}, {args:?}");
        }
        // An old copy is a way back, too.
        std::fs::write(&copy, before).unwrap();
        world.ok(&["backup", "--restore", copy.to_str().unwrap()]);
        world.ok(&["audit"]);
    }
}

#[test]
fn a_tracker_of_before_that_still_runs_is_not_taken_for_one_that_hangs() {
    let world = World::new();
    store_of(&world, 1);
    let _lock = Lock::take(&world.home.path().join("var/track.lock")).unwrap().unwrap();
    std::fs::write(world.home.path().join("tracker_state.json"), r#"{"last_seen": 2000007200}"#).unwrap();
    let before = std::fs::read(path(&world)).unwrap();
    let status = world.ok(&["status"]);
    assert!(status.contains("running, but says nothing of itself") && !status.contains("last moved"), "{status}");
    assert!(world.ok(&["watchdog"]).contains("of an older swf"));
    let doctor = String::from_utf8(world.run(&["doctor"]).stdout).unwrap();
    assert!(doctor.contains("✓ tracker   running"), "{doctor}");
    assert_eq!(world.run(&["track"]).status.code(), Some(75));
    assert_eq!(std::fs::read(path(&world)).unwrap(), before);
}

/// A tracker of the version before may still write while a newer `swf alias` has brought the store up to date.
#[test]
fn migrations_only_add() {
    for sql in &migrations()[1..] {
        let code = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<String>().to_uppercase();
        for word in ["DROP", "RENAME", "DELETE", "UPDATE", "REPLACE", "TRIGGER"] {
            let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
            assert!(!words.any(|each| each == word), "{word}: {sql}");
        }
        for added in code.split(';').filter(|statement| statement.contains("ALTER TABLE")) {
            assert!(added.contains("ADD COLUMN") && !added.contains("NOT NULL"), "{added}");
        }
    }
}
