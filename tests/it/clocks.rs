//! Impossible dates, from Telegram or in the store, and wrong clocks (rules §2.1, §3.13, §3.16).

use std::process::Output;

use fake_telegram::Id;
use swf::domain::Instant;
use swf::store::Access;

use crate::home::World;

/// A world whose clocks all agree, so that dates are checked. Ada has been in the call for ten minutes, and the tracker
/// has seen her.
fn watched() -> (World, crate::home::Tracker, Id, i64) {
    let world = World::behind_the_system(0);
    let (ada, call) = (world.member("Ada"), world.telegram.start_call(world.group));
    world.telegram.join_at(call, ada, world.telegram.now() - 600);
    let tracker = world.track_with_checked_dates();
    world.await_confirmed();
    (world, tracker, ada, call)
}

fn checked(world: &World, args: &[&str]) -> Output {
    world.checked(args).output().expect("swf runs")
}

/// Checks that nothing in the store is in the future, and that Ada has no more than the time since she joined.
fn nothing_is_ahead(world: &World, ada: Id) {
    let now = world.telegram.now();
    let (store, group) = world.store(Access::Read);
    assert_eq!(store.impossible_time(Instant(now + 1)).expect("the store is read"), None);
    assert!(store.confirmed(group).expect("the store is read") <= Some(Instant(now)));
    let [(person, seconds)] = world.seconds()[..] else { panic!("{:?}", world.seconds()) };
    assert!(person == ada && (600..=660).contains(&seconds), "{seconds}");
    assert_eq!(world.today()["final"], false);
    let audit = checked(world, &["audit"]);
    assert!(audit.status.success(), "{audit:?}");
}

/// CASES X2.
#[test]
fn a_container_of_2038_is_not_believed_and_told() {
    let (world, tracker, ada, call) = watched();
    world.await_request("phone.getGroupParticipants", || {
        world.telegram.faults().date_next_update(i32::MAX);
        world.telegram.mute(call, ada);
    });
    world.await_status("the tracker watches again", |status| status["tracker"]["connection"] == "online");
    world.await_that("the cause is told", || {
        let told = world.telegram.messages(world.me);
        told.iter().any(|message| message.text.contains("2038-01-19 03:14:07 UTC"))
    });
    nothing_is_ahead(&world, ada);
    assert_eq!(tracker.stop(), Some(0));
}

/// CASES X2.
#[test]
fn an_answer_that_is_two_hours_ahead_is_not_believed() {
    let (world, tracker, ada, call) = watched();
    world.telegram.faults().state_ahead(7200);
    world.telegram.faults().version_jump(call, 3);
    world.telegram.mute(call, ada);
    world.await_that("it is named", || world.log().contains("2h 00m ahead of its clock"));
    // Nor is it accepted on the next connection.
    world.await_request("updates.getState", || ());
    world.telegram.faults().state_ahead(0);
    world.await_confirmed();
    nothing_is_ahead(&world, ada);
    assert_eq!(tracker.stop(), Some(0));
}

/// CASES X2: no clock offset is known yet, and the first answer is wrong.
#[test]
fn a_first_answer_that_is_wrong_poisons_nothing() {
    let world = World::behind_the_system(0);
    let (ada, call) = (world.member("Ada"), world.telegram.start_call(world.group));
    world.telegram.join_at(call, ada, world.telegram.now() - 600);
    world.telegram.faults().state_ahead(7200);
    let tracker = world.track_with_checked_dates();
    world.await_that("it is named", || world.log().contains("this computer's differ by 2h 00m"));
    world.telegram.faults().state_ahead(0);
    world.await_confirmed();
    nothing_is_ahead(&world, ada);
    assert_eq!(tracker.stop(), Some(0));
}

/// CASES X2: a join date of 1, and other impossible ones.
#[test]
fn a_join_date_that_can_not_be_counts_from_the_first_sighting() {
    let world = World::new();
    let people =
        [1, 0, -1, i64::from(i32::MAX), crate::home::START - 8 * 86_400].map(|date| (world.member("Ada"), date));
    let call = world.telegram.start_call(world.group);
    for (person, date) in people {
        world.telegram.join_at(call, person, date);
    }
    let tracker = world.track();
    world.pass(call, 400);
    // After an outage such a date proves nothing: a person who is still there may have been away.
    world.telegram.faults().refuse(true);
    world.telegram.advance(100);
    world.telegram.faults().refuse(false);
    world.await_confirmed();
    world.pass(call, 500);
    world.await_that("all are counted", || world.seconds().iter().all(|(_, seconds)| *seconds == 900));
    assert_eq!(world.seconds().len(), people.len());
    assert_eq!(tracker.stop(), Some(0));
    world.ok(&["audit"]);
}

/// CASES X2: the call did not run when the group was seen without one.
#[test]
fn a_join_date_before_the_call_counts_from_the_first_sighting() {
    let world = World::new();
    let (ada, bob) = (world.member("Ada"), world.member("Bob"));
    let tracker = world.track();
    assert_eq!(tracker.stop(), Some(0));
    world.telegram.advance(1000);
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, world.telegram.now() - 1001);
    world.telegram.join_at(call, bob, world.telegram.now() - 1000);
    let _tracker = world.track();
    world.pass(call, 400);
    assert_eq!(world.seconds(), [(ada, 400), (bob, 1400)]);
}

/// CASES X17.
#[test]
fn no_command_panics_on_a_store_with_times_that_can_not_be_and_the_way_back_is_named() {
    let world = World::new();
    let (ada, call) = (world.member("Ada"), world.telegram.start_call(world.group));
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, 600);
    assert_eq!(tracker.stop(), Some(0));
    world.ok(&["backup"]);
    let path = world.home.path().join("var/study.db");
    let good = std::fs::read(&path).expect("the store is read");
    let commands: [&[&str]; 11] = [
        &["status"],
        &["leaderboard"],
        &["leaderboard", "month", "--json"],
        &["why", "Ada"],
        &["export", "stays"],
        &["export", "boards"],
        &["post", "--dry-run"],
        &["backfill", "--dry-run"],
        &["watchdog"],
        &["audit"],
        &["track"],
    ];
    let columns =
        ["watches.confirmed", "watches.started", "stays.started", "stays.ended", "calls.confirmed", "stays.seen"];
    for (index, column) in columns.iter().enumerate() {
        let (table, name) = column.split_once('.').expect("a table and a column");
        for number in [8_210_266_876_799, i64::MAX, i64::MIN] {
            let db = rusqlite::Connection::open(&path).expect("the store opens");
            db.execute(&format!("UPDATE {table} SET {name} = ?1"), [number]).expect("it is changed");
            db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("one file");
            drop(db);
            // With the first column, each command runs; with the others, a fifth of the commands.
            for (place, args) in commands.iter().enumerate().filter(|(place, _)| index == 0 || place % 5 == index - 1) {
                let output = world.run(args);
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.code().is_some_and(|code| code < 100), "{column} {number} {args:?}: {output:?}");
                assert!(!said.contains("panicked"), "{column} {number} {args:?}: {said}");
                if place >= commands.len() - 2 {
                    assert_eq!(output.status.code(), Some(1), "{column} {number} {args:?}: {output:?}");
                    assert!(
                        said.contains(&format!("{column} is not a valid time")) && said.contains("backup --restore"),
                        "{said}"
                    );
                }
            }
            for suffix in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(world.home.path().join(format!("var/study.db{suffix}")));
            }
            std::fs::write(&path, &good).expect("the store is put back");
        }
    }
    let db = rusqlite::Connection::open(&path).expect("the store opens");
    db.execute("UPDATE watches SET confirmed = ?1", [i64::MAX]).expect("it is changed");
    drop(db);
    let doctor = world.found(&["doctor", "--json"]);
    assert!(doctor.contains("is not a valid time") && doctor.contains("backup --restore"), "{doctor}");
}

/// CASES X2: times in the future that an older version has stored.
#[test]
fn times_that_lie_ahead_are_found_and_the_way_back_is_named() {
    let (world, tracker, _, _) = watched();
    assert_eq!(tracker.stop(), Some(0));
    world.ok(&["backup"]);
    let path = world.home.path().join("var/study.db");
    let db = rusqlite::Connection::open(&path).expect("the store opens");
    db.execute("UPDATE calls SET confirmed = confirmed + 7200", []).expect("it is changed");
    drop(db);
    for (args, code) in [(&["audit"][..], 1), (&["track"], 1), (&["doctor", "--json"], 3)] {
        let output = checked(&world, args);
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(
            said.contains("calls.confirmed is in the future") && said.contains("backup --restore"),
            "{args:?}: {said}"
        );
    }
}

/// CASES X2: a command that runs once gets a single answer.
#[test]
fn a_post_is_not_made_by_a_time_that_nothing_else_agrees_with() {
    let (world, tracker, _, _) = watched();
    assert_eq!(tracker.stop(), Some(0));
    world.telegram.advance(7200);
    let output = checked(&world, &["post", "--now"]);
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("clock and Telegram's differ"), "{output:?}");
    assert_eq!(world.telegram.messages(world.group).len(), 0);
}

/// CASES X19.
#[test]
fn with_a_clock_that_is_ahead_few_messages_are_sent() {
    let world = World::behind_the_system(1000);
    let tracker = world.track_blindly();
    let tries = || world.log().matches("clock is 16m ahead of Telegram's").count();
    world.await_that("it was tried three times", || tries() >= 3);
    assert_eq!(tracker.stop(), Some(0));
    let refused = world.telegram.refused_messages();
    assert!(refused <= 100, "{refused} messages in {} tries", tries());
}
