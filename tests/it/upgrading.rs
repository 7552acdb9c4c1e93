//! A new swf on a store of an older version, before anybody has written to it.

use std::path::PathBuf;

use rusqlite::Connection;
use swf::platform::lock::Lock;
use swf::store::{Access, Store};

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

/// A store in the state in which swf of that version left it.
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

/// Commands that only read, and whose output does not change with time.
const MIN_STEADY_CONNECTION: [&[&str]; 14] = [
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
fn commands_that_only_read_can_read_a_store_of_every_version_and_do_not_change_it() {
    let newest = migrations().len();
    for version in 1..newest {
        let world = World::new();
        store_of(&world, version);
        let before = std::fs::read(path(&world)).unwrap();
        let say = |args: &[&str]| {
            let output = world.run(args);
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert_eq!(output.status.code(), Some(0), "version {version}, {args:?}: {said}");
            // The time of day and the file size may differ.
            let is_steady =
                |line: &&str| !["\"now\"", "\"bytes\"", "_in\"", "\"next"].iter().any(|it| line.contains(it));
            said.lines().filter(is_steady).collect::<Vec<_>>().join("\n")
        };
        let old = MIN_STEADY_CONNECTION.map(say);
        let doctor = String::from_utf8(world.run(&["doctor"]).stdout).unwrap();
        assert!(doctor.contains("whole, ") && doctor.contains("Study Hall"), "version {version}: {doctor}");
        let copy = world.home.path().join("copy.db");
        world.ok(&["backup", copy.to_str().unwrap()]);
        assert_eq!(std::fs::read(path(&world)).unwrap(), before, "version {version}");
        bring(&Connection::open(path(&world)).unwrap(), version, newest);
        for (args, old) in MIN_STEADY_CONNECTION.iter().zip(old) {
            assert_eq!(say(args), old, "version {version}, {args:?}");
        }
        // A backup of an older version can be restored, too.
        std::fs::write(&copy, before).unwrap();
        world.ok(&["backup", "--restore", copy.to_str().unwrap()]);
        world.ok(&["audit"]);
    }
}

#[test]
fn an_older_tracker_that_still_runs_does_not_count_as_hanging() {
    let world = World::new();
    store_of(&world, 1);
    let _lock = Lock::take(&world.home.path().join("var/track.lock")).unwrap().unwrap();
    std::fs::write(world.home.path().join("tracker_state.json"), r#"{"last_seen": 2000007200}"#).unwrap();
    let before = std::fs::read(path(&world)).unwrap();
    let status = world.ok(&["status"]);
    assert!(status.contains("running without a heartbeat yet") && !status.contains("last heartbeat"), "{status}");
    assert!(world.ok(&["watchdog"]).contains("belongs to an older swf"));
    let doctor = String::from_utf8(world.run(&["doctor"]).stdout).unwrap();
    assert!(doctor.contains("✓ tracker   running"), "{doctor}");
    assert_eq!(world.run(&["track"]).status.code(), Some(75));
    assert_eq!(std::fs::read(path(&world)).unwrap(), before);
}

/// A tracker of an older version could not use a store that was upgraded while it runs.
#[test]
fn a_store_of_an_older_version_stays_as_it_is_while_a_tracker_runs_on_it() {
    let newest = migrations().len();
    for version in [1, newest - 1] {
        let world = World::new();
        store_of(&world, version);
        let lock = Lock::take(&world.home.path().join("var/track.lock")).unwrap().unwrap();
        let before = std::fs::read(path(&world)).unwrap();
        for args in [&["alias", "add", "ada", "bob"][..], &["post", "--now", "--again"], &["post"]] {
            let output = world.run(args);
            assert_eq!(output.status.code(), Some(75), "version {version}, {args:?}: {output:?}");
            let said = String::from_utf8_lossy(&output.stderr);
            let words = "the store is of an older version and a tracker is running on it; restart the tracker";
            assert!(said.contains(words), "{said}");
        }
        world.ok(&["leaderboard", "day", "--date", "2033-05-18"]);
        assert_eq!(std::fs::read(path(&world)).unwrap(), before, "version {version}");
        drop(lock);
        world.ok(&["alias", "add", "ada", "bob"]);
        let db = Connection::open(path(&world)).unwrap();
        let now: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(now, newest as i64);
    }
}

/// All rows of the tables of a store, with the values of these columns.
fn rows(db: &Connection, tables: &[(String, String)]) -> Vec<Vec<String>> {
    let of_table = |(table, columns): &(String, String)| -> Vec<String> {
        let mut statement = db.prepare(&format!("SELECT json_array({columns}) FROM \"{table}\" ORDER BY 1")).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(|row| row.unwrap()).collect()
    };
    tables.iter().map(of_table).collect()
}

#[test]
fn a_store_of_version_5_keeps_all_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let db = Connection::open(&path).unwrap();
    db.execute_batch(include_str!("../fixtures/store-5.sql")).unwrap();
    let sql =
        "SELECT t.name, group_concat('\"' || c.name || '\"') FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
               WHERE t.type = 'table' GROUP BY t.name";
    let tables: Vec<(String, String)> = {
        let mut statement = db.prepare(sql).unwrap();
        let tables = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        tables.map(|table| table.unwrap()).collect()
    };
    let before = rows(&db, &tables);
    assert!(tables.len() == 14 && before.iter().all(|rows| !rows.is_empty()), "{tables:?}");
    drop(db);
    let store = Store::open(&path, Access::Upgrade).unwrap();
    assert!(store.identity().unwrap().is_some());
    drop(store);
    let db = Connection::open(&path).unwrap();
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, migrations().len() as i64);
    assert_eq!(rows(&db, &tables), before);
}

/// Writes the contents of the store as swf of version 4 would have.
fn downgrade(world: &World) {
    let old = world.home.path().join("old.db");
    let db = Connection::open(&old).unwrap();
    for sql in &migrations()[..4] {
        db.execute_batch(sql).unwrap();
    }
    let id: i64 = {
        let new = Connection::open(path(world)).unwrap();
        new.pragma_query_value(None, "application_id", |row| row.get(0)).unwrap()
    };
    db.execute("ATTACH ?1 AS new", [path(world).to_str().unwrap()]).unwrap();
    db.execute_batch(
        "INSERT INTO groups (id, peer, title, username, tracker, clock_offset, longest_stay)
           SELECT g.id, peer, title, username, tracker, clock_offset, longest_stay
           FROM new.groups AS g JOIN new.accounts AS a ON a.id = tracker;
         INSERT INTO people SELECT grp, p.peer, username, name, bot, deleted, hash, seen
           FROM new.people AS p LEFT JOIN new.access_hashes AS h ON h.peer = p.peer;
         INSERT INTO calls SELECT * FROM new.calls;
         INSERT INTO stays SELECT * FROM new.stays;
         INSERT INTO watches SELECT * FROM new.watches;
         INSERT INTO outbox (id, grp, kind, day, random_id, text, entities, created, account, attempts, next_try,
             leased_until, problem, refused, sent, message_id, finalized, snapshot, chat)
           SELECT id, owner, kind, iif(kind = 'manual', NULL, subject), random_id, text, entities, created, account,
             attempts, next_try, leased_until, problem_detail, refused, sent, message_id, finalized, snapshot, chat
           FROM new.deliveries WHERE lane = 'posts';
         DETACH new;",
    )
    .unwrap();
    db.pragma_update(None, "application_id", id).unwrap();
    db.pragma_update(None, "user_version", 4).unwrap();
    drop(db);
    std::fs::rename(old, path(world)).unwrap();
}

#[test]
fn a_post_that_version_4_has_sent_or_was_sending_is_one_message() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, crate::home::START - 3600);
    assert_eq!(world.track_without_posting().stop(), Some(0));
    let texts = || world.telegram.messages(world.group).into_iter().map(|message| message.text).collect::<Vec<_>>();
    // The first one is stored as sent. The answer to the second one was lost, and its text would be different now.
    world.ok(&["post", "--now", "--again"]);
    world.telegram.advance(60);
    world.telegram.faults().lose_reply("messages.sendMessage", 1);
    assert_eq!(world.run(&["post", "--now", "--again"]).status.code(), Some(75));
    let before = texts();
    assert_eq!(before.len(), 2);
    downgrade(&world);
    world.telegram.advance(600);
    let waiting = world.json(&["status", "--json"]);
    assert_eq!(waiting["outbox"]["undelivered"].as_array().unwrap().len(), 1, "{waiting:#}");
    assert!(world.ok(&["post", "--now", "--again"]).contains("Posted"));
    assert_eq!(texts(), before);
    let sent = world.json(&["status", "--json"]);
    assert_eq!(sent["outbox"]["undelivered"], serde_json::json!([]));
    assert_eq!(sent["last_post"]["id"], waiting["outbox"]["undelivered"][0]["id"]);
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}
