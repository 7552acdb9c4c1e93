//! Care of the store: backups, checks, exports, and disks that become full or read-only (rules §2.5, §5.4).

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::{TimeZone, Utc};
use fake_telegram::Moment;
use rusqlite::Connection;
use swf::store::{Access, Store};

use crate::home::{START, World};

fn store(world: &World) -> PathBuf {
    world.home.path().join("var/study.db")
}

/// The standard error of a run that must end with `code`.
#[track_caller]
fn refused(world: &World, args: &[&str], code: i32) -> String {
    let output = world.run(args);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn run(program: &str, args: &[&str]) -> bool {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.status.success())
}

/// A small disk, mounted at `var/` of a world's home.
struct Disk(PathBuf);

impl Disk {
    /// Needs Linux and root with the right to mount.
    fn mount(world: &World) -> Disk {
        let path = world.home.path().join("var");
        std::fs::create_dir_all(&path).unwrap();
        assert!(
            run("mount", &["-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", path.to_str().unwrap()]),
            "root can mount a small disk"
        );
        Disk(path)
    }

    fn fill(&self) {
        let mut ballast = File::create(self.0.join("ballast")).unwrap();
        while ballast.write_all(&[0; 512]).is_ok() {}
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run("umount", &["-l", self.0.to_str().unwrap()]);
    }
}

/// A file that can be written, but not replaced, because it is mounted onto itself.
struct Pinned(PathBuf);

impl Pinned {
    fn mount(path: &Path) -> Pinned {
        let text = path.to_str().unwrap();
        assert!(run("mount", &["--bind", text, text]), "{text} can't be mounted onto itself");
        Pinned(path.to_owned())
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        run("umount", &["-l", self.0.to_str().unwrap()]);
    }
}

/// An evening with joins, leaves and a network cut. `breaks` and `mends` run in the middle of the call. Returns the
/// exported boards and stays.
fn evening(world: &World, breaks: impl FnOnce(), mends: impl FnOnce()) -> [String; 2] {
    let [ada, bob, eve, zoe] = ["Ada", "Bob", "Eve", "Zoe"].map(|name| world.member(name));
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    world.telegram.join(call, bob);
    let tracker = world.track();
    world.await_backup();
    world.pass(call, 1000);
    breaks();
    world.telegram.join(call, eve);
    world.pass(call, 400);
    world.telegram.leave(call, bob);
    world.pass(call, 100);
    // Eve leaves and joins again. Zoe is in for ten minutes, and only an update in the middle of them shows her.
    world.telegram.leave(call, eve);
    world.pass(call, 200);
    world.telegram.join(call, eve);
    world.telegram.join(call, zoe);
    world.pass(call, 600);
    world.telegram.leave(call, zoe);
    world.pass(call, 10);
    world.telegram.faults().refuse(true);
    world.await_offline();
    world.telegram.advance(30);
    world.telegram.faults().refuse(false);
    world.await_confirmed();
    world.pass(call, 60);
    mends();
    world.pass(call, 300);
    world.telegram.leave(call, ada);
    world.telegram.advance(20);
    world.telegram.end_call(call);
    world.await_confirmed();
    assert_eq!(tracker.stop(), Some(0));
    let seen = ["boards", "stays"].map(|what| world.ok(&["export", what]));
    world.ok(&["audit"]);
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
    seen
}

/// Runs the evening with and without a problem at the same time. Both must give the same result.
fn evening_is_the_same(world: &World, breaks: impl FnOnce(), mends: impl FnOnce()) {
    std::thread::scope(|scope| {
        let undisturbed = scope.spawn(|| evening(&World::new(), || {}, || {}));
        let disturbed = evening(world, breaks, mends);
        assert_same(&disturbed, &undisturbed.join().unwrap());
    });
}

/// Compares without the calls' ids, which are random.
fn assert_same(a: &[String; 2], b: &[String; 2]) {
    let without_call = |text: &String| {
        let rows = text.lines().map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if cells.len() == 13 {
                cells.remove(4);
            }
            cells.join(",")
        });
        rows.collect::<Vec<_>>()
    };
    for (a, b) in a.iter().zip(b) {
        assert_eq!(without_call(a), without_call(b));
    }
}

/// Logged once when the store can't be written.
const BUFFERING: &str = "new data is kept in memory, and posts wait";

/// Waits until the tracker can't write its store, and returns why.
fn store_problem(world: &World) -> String {
    world.await_store_problem();
    world.status()["tracker"]["trouble"].as_str().unwrap_or_default().to_owned()
}

#[test]
#[ignore = "needs root, to mount a small disk; run by .ci/run"]
fn a_full_disk_in_the_middle_of_a_call_loses_nobody_a_second() {
    let world = World::new();
    let disk = Disk::mount(&world);
    evening_is_the_same(
        &world,
        || disk.fill(),
        || {
            assert!(store_problem(&world).contains("the disk is full"));
            let before = world.seconds();
            disk.free();
            world.await_store_recovery();
            assert_ne!(world.seconds(), before);
        },
    );
    // It is logged once, not at each of the many tries.
    assert_eq!(world.log().matches(BUFFERING).count(), 1, "{}", world.log());
}

#[test]
#[ignore = "needs root, and a disk that knows immutable files; run by .ci/run"]
fn a_store_made_read_only_in_the_middle_of_a_call_loses_nobody_a_second() {
    let world = World::new();
    std::fs::create_dir_all(world.home.path().join("var")).unwrap();
    // Permissions do not restrict root. An immutable file can't be written by anybody, if the file system supports it.
    let attribute = |sign: &str, path: &Path| run("chattr", &[sign, path.to_str().unwrap()]);
    let probe = world.home.path().join("var/probe");
    let mut file = File::create(&probe).unwrap();
    let works = attribute("+i", &probe) && file.write_all(b"x").is_err();
    attribute("-i", &probe);
    if !works {
        eprintln!("skipped: no file can be made immutable here; it needs Linux, root, chattr and a disk that knows it");
        return;
    }
    let files = ["", "-wal"].map(|suffix| PathBuf::from(format!("{}{suffix}", store(&world).display())));
    evening_is_the_same(
        &world,
        || files.iter().for_each(|file| assert!(attribute("+i", file))),
        || {
            world.await_store_problem();
            files.iter().for_each(|file| assert!(attribute("-i", file)));
            world.await_store_recovery();
        },
    );
    assert_eq!(world.log().matches(BUFFERING).count(), 1, "{}", world.log());
}

#[test]
fn a_store_that_another_program_has_locked_loses_nobody_a_second() {
    let world = World::new();
    let other = std::cell::OnceCell::new();
    evening_is_the_same(
        &world,
        || {
            let db = other.get_or_init(|| Connection::open(store(&world)).unwrap());
            db.execute_batch("BEGIN IMMEDIATE").unwrap();
        },
        || {
            assert!(store_problem(&world).contains("another program has locked it"));
            // Readers do not wait for the lock.
            world.today();
            other.get().unwrap().execute_batch("COMMIT").unwrap();
            world.await_store_recovery();
        },
    );
}

#[test]
fn a_command_that_writes_a_locked_store_is_refused_after_a_while() {
    let world = World::new();
    assert_eq!(world.track().stop(), Some(0));
    let other = Connection::open(store(&world)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let text = refused(&world, &["alias", "add", "1", "2"], 75);
    assert!(text.contains("another program has locked it") && text.contains("Close the other program"), "{text}");
}

/// 21:30 in Tashkent on the day of the test.
fn post_time() -> i64 {
    Utc.with_ymd_and_hms(2033, 5, 18, 16, 30, 0).unwrap().timestamp()
}

#[test]
#[ignore = "needs root, to mount a small disk; run by .ci/run"]
fn a_due_post_waits_for_space_on_the_disk_and_is_right() {
    let world = World::new();
    let disk = Disk::mount(&world);
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, post_time() - 7200);
    world.telegram.advance(post_time() - 60 - START);
    let tracker = world.track();
    world.await_backup();
    disk.fill();
    world.pass(call, 70);
    assert!(store_problem(&world).contains("the disk is full"));
    // The post time has passed, the call is still tracked, and the store is tried several more times.
    world.pass(call, 60);
    assert_eq!(sends(&world), 0);
    disk.free();
    // The tracker's clock runs on while Telegram's stands still, so the queued post is due by now.
    world.pass(call, 30);
    world.await_that("the post is in the group", || !world.telegram.messages(world.group).is_empty());
    let text = world.telegram.messages(world.group).remove(0).text;
    assert!(text.contains("2h 01m"), "{text}");
    world.await_that("the tracker knows", || world.last_sent().is_some());
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(sends(&world), 1);
}

/// How many messages were sent, to any chat.
fn sends(world: &World) -> u64 {
    world.telegram.counts().of("messages.sendMessage")
}

#[test]
#[ignore = "needs root, to mount a small disk; run by .ci/run"]
fn a_watchdog_tells_a_full_disk_from_a_tracker_that_hangs() {
    let world = World::new();
    let disk = Disk::mount(&world);
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.await_backup();
    world.pass(call, 60);
    disk.fill();
    world.pass(call, 60);
    world.await_store_problem();
    // If the state file is on that disk too, its heartbeat stopped when the problem began.
    let file = world.home.path().join("tracker_state.json");
    let _pinned = Pinned::mount(&file);
    await_logged(&world, "tracker_state.json can't be written");
    let mut state: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    world.telegram.advance(600);
    state["beat"] = (world.telegram.now() - 1200).into();
    std::fs::write(&file, state.to_string()).unwrap();
    let said = world.ok(&["watchdog"]);
    assert!(said.contains("the disk is full") && said.contains("sends an alert about that itself"), "{said}");
    // So far only the tracker itself may have sent an alert.
    let told = world.telegram.messages(world.me);
    assert!(told.iter().all(|message| message.text.contains("can't write down")), "{told:?}");
    disk.free();
    world.telegram.mute(call, ada);
    world.await_that("it is stored", || world.seconds() == [(ada, 720)]);
    assert_eq!(tracker.stop(), Some(0));
}

#[test]
#[ignore = "needs root, to mount a small disk; run by .ci/run"]
fn a_post_that_is_sent_while_the_disk_fills_up_is_not_sent_again() {
    let world = World::new();
    let disk = Disk::mount(&world);
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, post_time() - 7200);
    world.telegram.advance(post_time() - 60 - START);
    let tracker = world.track();
    world.await_backup();
    world.telegram.faults().pause("messages.sendMessage", Moment::Stored, 1);
    world.pass(call, 70);
    world.await_that("the post is on its way", || world.telegram.paused() == 1);
    disk.fill();
    world.telegram.faults().resume();
    world.await_store_problem();
    // Longer than the lease, and the store has no record that the post is sent.
    for _ in 0..3 {
        world.pass(call, 60);
    }
    disk.free();
    world.await_that("the tracker knows that it is sent", || world.last_sent().is_some());
    world.pass(call, 60);
    assert!(world.ok(&["post"]).contains("Nothing is due"));
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!((sends(&world), world.telegram.messages(world.group).len()), (1, 1));
}

// CASES S6.
#[test]
#[ignore = "needs root, to mount a small disk; run by .ci/run"]
fn what_does_not_fit_on_the_disk_leaves_the_file_that_was_there() {
    let world = World::new();
    let disk = Disk::mount(&world);
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, world.me);
    let tracker = world.track();
    world.pass(call, 1000);
    assert_eq!(tracker.stop(), Some(0));
    let path = |name: &str| world.home.path().join("var").join(name);
    std::fs::write(path("old.csv"), "old").unwrap();
    disk.fill();
    for args in [
        &["export", "boards", "-o", "var/old.csv"][..],
        &["export", "stays", "--excel", "-o", "var/old.csv"],
        &["backup", "var/new.db"],
    ] {
        let output = world.run(args);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {text}");
        assert!(text.contains("the disk is full"), "{args:?}: {text}");
    }
    assert_eq!(std::fs::read_to_string(path("old.csv")).unwrap(), "old");
    let names = path("").read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = names.filter(|name| name.contains(".part") || name == "new.db").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[cfg(unix)]
#[test]
#[ignore = "needs root, to mount a small disk; run by .ci/run"]
fn a_tracker_goes_on_if_its_log_and_standard_error_cannot_be_written() {
    let world = World::new();
    let disk = Disk::mount(&world);
    // The tracker's standard error goes to the same disk.
    std::os::unix::fs::symlink("var/stderr", world.home.path().join("stderr")).unwrap();
    let (ada, bob) = (world.member("Ada"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.await_backup();
    disk.fill();
    for _ in 0..20 {
        world.telegram.join(call, bob);
        world.pass(call, 400);
        world.telegram.leave(call, bob);
        world.pass(call, 100);
    }
    disk.free();
    let mut both = [(ada, 10_000), (bob, 8000)];
    both.sort_unstable();
    world.await_that("all of it is in the store", || world.seconds() == both);
    // If it is stopped while nothing can be written, its exit code still reports that.
    disk.fill();
    world.pass(call, 100);
    assert_eq!(tracker.stop(), Some(1));
}

#[test]
#[ignore = "needs root, to mount a small disk; run by .ci/run"]
fn a_tracker_that_stops_on_a_full_disk_says_what_is_lost() {
    let world = World::new();
    let disk = Disk::mount(&world);
    let (ada, bob) = (world.member("Ada"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.await_backup();
    world.pass(call, 500);
    disk.fill();
    world.telegram.join(call, bob);
    world.pass(call, 400);
    world.telegram.leave(call, bob);
    world.pass(call, 100);
    world.await_store_problem();
    assert_eq!(tracker.stop(), Some(1));
    let log = world.log();
    let words = "stopped, but the store could not be written, and this is lost: changes in the call from 2033-05-18 \
                 08:41:40 to 08:50:00 (Asia/Tashkent): 1 came, 1 left (the store can't be written: the disk is full";
    assert!(log.contains(words) && log.contains("start the tracker again"), "{log}");
    // Ada, who is still in the call, has lost nothing.
    disk.free();
    let tracker = world.track();
    assert_eq!(world.seconds(), [(ada, 1000)]);
    // If there is space again before it stops, nothing is lost.
    disk.fill();
    world.telegram.join(call, bob);
    world.pass(call, 400);
    world.await_store_problem();
    disk.free();
    assert_eq!(tracker.stop(), Some(0));
    let mut both = [(ada, 1400), (bob, 400)];
    both.sort_unstable();
    assert_eq!(world.seconds(), both);
    world.ok(&["audit"]);
}

/// Waits for a line of the log, since the state file can't report that it can't be written.
fn await_logged(world: &World, what: &str) {
    world.await_that(what, || world.log().contains(what));
}

#[test]
fn a_tracker_goes_on_if_its_state_file_cannot_be_written() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let file = world.home.path().join("tracker_state.json");
    let tracker = world.track();
    // A folder in its place can't be replaced by a file. The tracker may write the file again before the folder exists.
    world.await_that("a folder is in its place", || {
        let _ = std::fs::remove_file(&file);
        std::fs::create_dir(&file).is_ok()
    });
    world.telegram.advance(600);
    world.telegram.mute(call, ada);
    await_logged(&world, "tracker_state.json can't be written");
    world.await_that("it counts", || world.seconds() == [(ada, 600)]);
    std::fs::remove_dir(&file).unwrap();
    world.pass(call, 60);
    await_logged(&world, "tracker_state.json can be written again");
    assert_eq!(tracker.stop(), Some(0));
}

fn copies(world: &World) -> Vec<String> {
    let names = std::fs::read_dir(world.home.path().join("var/backup")).unwrap();
    let mut names: Vec<String> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

#[test]
fn the_tracker_copies_the_store_once_a_day_and_keeps_seven() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let folder = world.home.path().join("var/backup");
    std::fs::create_dir_all(&folder).unwrap();
    let foreign = ["notes.txt", "study-2020-01-01.db.bak", "study-2020-01-01.db-keep"];
    let stale = "study-2033-05-01.db.x7Kq2a.part";
    let old: Vec<String> = (8..=15).map(|day| format!("study-2033-05-{day:02}.db")).collect();
    for name in foreign.iter().copied().chain([stale]).chain(old.iter().map(String::as_str)) {
        std::fs::write(folder.join(name), name).unwrap();
    }
    let tracker = world.track();
    world.await_that("the copy of the day is there", || copies(&world).contains(&"study-2033-05-18.db".to_owned()));
    let expected = |new: &[&str], first: usize| {
        let mut names: Vec<String> = foreign.iter().chain(new).map(|name| (*name).to_owned()).collect();
        names.extend_from_slice(&old[first..]);
        names.sort_unstable();
        names
    };
    world.await_that("the oldest go", || copies(&world) == expected(&["study-2033-05-18.db"], 2));
    let first = std::fs::read(folder.join("study-2033-05-18.db")).unwrap();
    world.pass(call, 3600);
    // The next local day begins in Tashkent at 19:00 UTC.
    let midnight = Utc.with_ymd_and_hms(2033, 5, 18, 19, 0, 0).unwrap().timestamp();
    world.pass(call, midnight - world.telegram.now() + 5);
    let both = ["study-2033-05-18.db", "study-2033-05-19.db"];
    world.await_that("the next day has its own", || copies(&world) == expected(&both, 3));
    assert_eq!(std::fs::read(folder.join("study-2033-05-18.db")).unwrap(), first);
    assert_eq!(tracker.stop(), Some(0));
    for name in foreign {
        assert_eq!(std::fs::read_to_string(folder.join(name)).unwrap(), name);
    }
}

#[test]
fn a_backup_is_whole_private_and_never_overwrites() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.await_backup();
    world.pass(call, 1000);
    let words = world.ok(&["backup", "mine.db"]);
    assert!(words.contains("mine.db: 1 stay, up to 2033-05-18 08:50 (Asia/Tashkent)"), "{words}");
    let mine = world.home.path().join("mine.db");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(mine.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    // The backup is a single file, and it works as a store.
    let names = std::fs::read_dir(world.home.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().contains("mine.db")).count(), 1);
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::create_dir(elsewhere.path().join("var")).unwrap();
    std::fs::copy(&mine, elsewhere.path().join("var/study.db")).unwrap();
    let board = world.json(&["--home", elsewhere.path().to_str().unwrap(), "leaderboard", "--json"]);
    assert_eq!(board["total_seconds"], 1000);
    // If the file exists, the command refuses to replace it.
    let before = std::fs::read(&mine).unwrap();
    let text = refused(&world, &["backup", "mine.db"], 1);
    assert!(text.contains("already exists") && text.contains("swf backup"), "{text}");
    assert_eq!(std::fs::read(&mine).unwrap(), before);
    // The daily backup is replaced, unless that file is something else.
    let daily = world.home.path().join("var/backup/study-2033-05-18.db");
    let old = std::fs::read(&daily).unwrap();
    world.ok(&["backup"]);
    assert_ne!(std::fs::read(&daily).unwrap(), old);
    std::fs::write(&daily, "my own notes").unwrap();
    let text = refused(&world, &["backup"], 1);
    assert!(text.contains("is not a copy of the store"), "{text}");
    assert_eq!(std::fs::read_to_string(&daily).unwrap(), "my own notes");
    assert_eq!(tracker.stop(), Some(0));
}

/// Damages a page in the middle of a store that is not open.
fn damage(path: &Path) -> Vec<u8> {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[4096 * 3 + 1..4096 * 4].fill(0x5a);
    std::fs::write(path, &bytes).unwrap();
    bytes
}

#[test]
fn a_damaged_store_is_not_changed_and_a_copy_can_be_restored() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, 1000);
    assert_eq!(tracker.stop(), Some(0));
    world.ok(&["backup"]);
    // A newer backup that is damaged too is not suggested.
    let newer = world.home.path().join("var/backup/study-2033-05-19.db");
    std::fs::copy(world.home.path().join("var/backup/study-2033-05-18.db"), &newer).unwrap();
    damage(&newer);
    let damaged = damage(&store(&world));
    for args in [&["track"][..], &["backup"]] {
        let text = refused(&world, args, 1);
        for words in ["is damaged", "was left as it is", "study-2033-05-18.db: 1 stay", "backup --restore"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains("study-2033-05-19"), "{text}");
        assert_eq!(std::fs::read(store(&world)).unwrap(), damaged);
    }
    let text = refused(&world, &["track"], 1);
    let line = text.lines().find(|line| line.contains("--restore")).unwrap().trim();
    let file = line.split('\'').nth(3).unwrap();
    let words = world.ok(&["backup", "--restore", file]);
    assert!(words.contains("study.db.kept"), "{words}");
    assert_eq!(std::fs::read(world.home.path().join("var/study.db.kept")).unwrap(), damaged);
    // Ada, who is still in the call, has lost nothing.
    let tracker = world.track();
    world.pass(call, 500);
    assert_eq!(world.seconds(), [(ada, 1500)]);
    let text = refused(&world, &["backup", "--restore", file], 75);
    assert!(text.contains("a tracker is running") && text.contains("Stop it first"), "{text}");
    assert_eq!(tracker.stop(), Some(0));
    // A damaged backup is not restored, and nothing else changes.
    let before = std::fs::read(store(&world)).unwrap();
    refused(&world, &["backup", "--restore", newer.to_str().unwrap()], 1);
    assert_eq!(std::fs::read(store(&world)).unwrap(), before);
}

#[test]
fn a_restore_includes_the_write_ahead_log_beside_the_file() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.ok(&["backup", "early.db"]);
    world.pass(call, 1000);
    // The last changes are only in the write-ahead log.
    tracker.kill();
    assert!(world.home.path().join("var/study.db-wal").metadata().unwrap().len() > 0);
    world.ok(&["backup", "--restore", "early.db"]);
    assert_eq!(world.seconds(), []);
    // The replaced store can be restored, too.
    let words = world.ok(&["backup", "--restore", "var/study.db.kept"]);
    assert!(words.contains("1 stay, up to 2033-05-18 08:50"), "{words}");
    assert_eq!(world.seconds(), [(ada, 1000)]);
}

#[test]
fn a_restore_from_a_file_that_is_no_copy_is_refused_and_names_a_copy() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.await_backup();
    world.pass(call, 1000);
    assert_eq!(tracker.stop(), Some(0));
    let before = std::fs::read(store(&world)).unwrap();
    std::fs::write(world.home.path().join("empty.db"), "").unwrap();
    std::fs::write(world.home.path().join("letter.db"), "dear diary, ".repeat(500)).unwrap();
    for (file, why) in [
        ("nowhere.db", "there is no such file"),
        ("var", "is not a file"),
        ("empty.db", "is empty"),
        ("letter.db", "is not a database"),
        ("var/study.db", "is the store itself"),
    ] {
        let text = refused(&world, &["backup", "--restore", file], 1);
        assert!(text.contains(why), "{file}: {text}");
        assert!(text.contains("backup --restore '") && text.contains("study-2033-05-18.db: 1 stay"), "{file}: {text}");
        assert!(!text.contains("swf track") && !text.contains("says: swf backup"), "{file}: {text}");
        assert_eq!(std::fs::read(store(&world)).unwrap(), before, "{file}");
    }
    // A missing folder is reported as such.
    for args in [&["backup", "nowhere/x.db"][..], &["export", "stays", "--output", "nowhere/x.csv"]] {
        let text = refused(&world, args, 1);
        assert!(text.contains("there is no such file or folder") && !text.contains("os error"), "{text}");
    }
}

#[test]
fn an_empty_store_is_not_copied_and_a_young_one_is_copied_again() {
    let world = World::new();
    let ada = world.member("Ada");
    let daily = |day: &str| world.home.path().join(format!("var/backup/study-{day}.db"));
    // The number of stays, and the last instant, in the backup of the first day.
    let contents = || {
        let contents = swf::store::read_back(&daily("2033-05-18")).unwrap();
        (contents.stays(), contents.until.map(|until| until.0 - START))
    };
    let tracker = world.track();
    let doctor = String::from_utf8(world.run(&["doctor"]).stdout).unwrap();
    assert!(doctor.contains("nothing in the store yet"), "{doctor}");
    assert!(world.ok(&["status"]).contains("backup     none yet\n"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    world.await_backup();
    assert_eq!((contents(), copies(&world).len()), ((1, Some(0)), 1));
    world.pass(call, 1000);
    // On the store's first day, a restarted tracker makes a new backup.
    assert_eq!(tracker.stop(), Some(0));
    world.telegram.advance(10);
    let tracker = world.track();
    world.await_that("it is copied again", || contents().1 >= Some(1000));
    assert_eq!((contents().0, copies(&world).len()), (1, 1));
    assert_eq!(tracker.stop(), Some(0));
    // On the next day, one backup is enough.
    world.telegram.advance(86_400);
    let tracker = world.track();
    world.await_that("the next day has its own", || daily("2033-05-19").exists());
    assert_eq!(tracker.stop(), Some(0));
    let before = std::fs::read(daily("2033-05-19")).unwrap();
    world.telegram.advance(10);
    let tracker = world.track();
    world.pass(call, 86_400);
    world.await_that("so has the day after", || daily("2033-05-20").exists());
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(std::fs::read(daily("2033-05-19")).unwrap(), before);
}

#[test]
fn a_file_that_is_no_store_of_this_version_is_refused_and_not_changed() {
    let world = World::new();
    std::fs::create_dir(world.home.path().join("var")).unwrap();
    let newer = || {
        let db = Connection::open(store(&world)).unwrap();
        db.execute_batch("PRAGMA application_id = 0x73776631; PRAGMA user_version = 99; CREATE TABLE x (y)").unwrap();
    };
    let none = || std::fs::write(store(&world), "dear diary, ".repeat(500)).unwrap();
    let cases: [(&dyn Fn(), i32, &str); 2] =
        [(&newer, 78, "written by a newer swf"), (&none, 1, "the file is not a database")];
    for (make, code, words) in cases {
        let _ = std::fs::remove_file(store(&world));
        make();
        let before = std::fs::read(store(&world)).unwrap();
        for args in [&["track"][..], &["backup"], &["export", "stays"], &["leaderboard"]] {
            let text = refused(&world, args, code);
            assert!(text.contains(words) && text.contains("was left as it is"), "{args:?}: {text}");
            assert_eq!(std::fs::read(store(&world)).unwrap(), before, "{args:?}");
        }
    }
}

#[test]
#[ignore = "needs root, to mount a small disk; run by .ci/run"]
fn a_read_only_folder_is_refused_with_a_clear_message() {
    let world = World::new();
    let disk = Disk::mount(&world);
    let tracker = world.track();
    assert_eq!(tracker.stop(), Some(0));
    let before = std::fs::read(store(&world)).unwrap();
    assert!(run("mount", &["-o", "remount,ro", disk.0.to_str().unwrap()]));
    for args in [&["track"][..], &["backup"]] {
        let text = refused(&world, args, 1);
        assert!(text.contains("can't be") && text.contains("read-only"), "{args:?}: {text}");
    }
    // CASES S4.
    for args in [&["leaderboard"][..], &["export", "boards"], &["status"], &["backup", "elsewhere.db"]] {
        world.ok(args);
    }
    assert_eq!(std::fs::read(store(&world)).unwrap(), before);
}

/// The rows of a CSV: column → cell.
fn rows(text: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

#[test]
fn exported_stays_show_how_they_are_known() {
    let world = World::new();
    let (ada, phone) = (world.member("=HYPERLINK(\"x\")"), world.member("Ada's, \"phone\""));
    let bob = world.member("Bob");
    let call = world.telegram.start_call(world.group);
    for person in [ada, phone, bob] {
        world.telegram.join(call, person);
    }
    let tracker = world.track();
    world.ok(&["alias", "add", &ada.to_string(), &phone.to_string()]);
    world.pass(call, 1000);
    world.telegram.leave(call, phone);
    world.pass(call, 100);
    tracker.kill();
    world.telegram.advance(200);
    world.telegram.leave(call, bob);
    let tracker = world.track();
    world.pass(call, 300);
    let stays = rows(&world.ok(&["export", "stays"]));
    let of = |id: i64| stays.iter().find(|row| row["user_id"] == id.to_string()).unwrap();
    let numbers = |id: i64| {
        let row = of(id);
        let number = |column: &str| row[column].parse::<i64>().unwrap();
        ["seconds", "observed_seconds", "proved_seconds", "unproved_seconds"].map(number)
    };
    assert_eq!(stays.len(), 3);
    assert_eq!((of(ada)["name"].as_str(), of(phone)["name"].as_str()), ("'=HYPERLINK(\"x\")", "Ada's, \"phone\""));
    assert_eq!(numbers(ada), [1600, 1400, 200, 0]);
    assert_eq!(numbers(phone), [1000, 1000, 0, 0]);
    // Bob left during the outage, and the time of his leave is unknown.
    assert_eq!(numbers(bob), [1100, 1100, 0, 200]);
    assert_eq!(
        (of(phone)["person_id"].as_str(), of(bob)["person_id"].as_str()),
        (&*ada.to_string(), &*bob.to_string())
    );
    assert_eq!([ada, phone, bob].map(|id| of(id)["ending"].as_str()), ["", "left", "gone"]);
    assert_eq!(of(phone)["from"], "2033-05-18T08:33:20+05:00");
    assert_eq!(of(phone)["to"], "2033-05-18T08:50:00+05:00");
    // Exports of the day itself, and of days before and after it.
    assert_eq!(rows(&world.ok(&["export", "stays", "--since", "2033-05-18", "--until", "2033-05-18"])).len(), 3);
    assert_eq!(world.ok(&["export", "stays", "--until", "2033-05-17"]).lines().count(), 1);
    assert_eq!(world.ok(&["export", "boards", "--since", "2033-05-19"]).lines().count(), 1);
    let text = refused(&world, &["export", "stays", "--since", "2033-05-19", "--until", "2033-05-18"], 2);
    assert!(text.contains("is after"), "{text}");
    assert_eq!(tracker.stop(), Some(0));
}

#[test]
fn exported_days_sum_to_the_week_and_a_pipe_may_close() {
    let world = World::new();
    let people = ["Ada", "Bob", "Eve"].map(|name| world.member(name));
    let call = world.telegram.start_call(world.group);
    // Ada has been in since Monday evening; Bob is in over midnight.
    world.telegram.join_at(call, people[0], START - 40 * 3600);
    let tracker = world.track();
    world.telegram.join(call, people[1]);
    world.pass(call, 16 * 3600);
    world.telegram.join(call, people[2]);
    world.pass(call, 3000);
    assert_eq!(tracker.stop(), Some(0));
    let mut sums = std::collections::BTreeMap::new();
    let text = world.ok(&["export", "boards"]);
    for row in rows(&text) {
        let sum: &mut [i64; 2] = sums.entry(row["user_id"].clone()).or_default();
        sum[0] += row["seconds"].parse::<i64>().unwrap();
        sum[1] += row["proved_seconds"].parse::<i64>().unwrap();
    }
    let week = world.json(&["leaderboard", "week", "--json"]);
    let entries = week["entries"].as_array().unwrap();
    assert_eq!(entries.len(), sums.len());
    for entry in entries {
        let sum = sums[&entry["user_id"].to_string()];
        assert_eq!(sum, ["seconds", "proved_seconds"].map(|column| entry[column].as_i64().unwrap()));
    }
    // Exports replace the contents of a file, and can go into a pipe whose reader has gone.
    std::fs::write(world.home.path().join("out.csv"), "old").unwrap();
    assert_eq!(world.ok(&["export", "boards", "-o", "out.csv"]), "");
    assert_eq!(std::fs::read_to_string(world.home.path().join("out.csv")).unwrap(), text);
    let mut child = world.command(&["export", "boards"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// CASES X4.
#[cfg(unix)]
#[test]
fn whoever_removes_the_store_in_the_middle_of_a_call_costs_nobody_a_second() {
    let removals: [fn(&Path); 2] = [
        |var| std::fs::remove_file(var.join("study.db")).unwrap(),
        |var| std::fs::remove_file(var.join("study.db-wal")).unwrap(),
    ];
    for remove in removals {
        let world = World::new();
        let var = world.home.path().join("var");
        let is_told = || {
            let alerts = world.telegram.messages(world.me);
            alerts.len() == 1 && alerts[0].text.contains("It is written anew, and nothing is lost.")
        };
        evening_is_the_same(&world, || remove(&var), || world.await_that("the organiser is told", is_told));
        assert!(var.join("study.db").exists());
    }
}

/// CASES X4.
#[cfg(unix)]
#[test]
fn a_file_in_the_place_of_the_store_is_left_alone_and_what_was_tracked_is_kept() {
    let world = World::new();
    let other = world.home.path().join("other.db");
    drop(Store::open(&other, Access::Write).unwrap());
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, world.member("Ada"));
    let tracker = world.track();
    world.pass(call, 1000);
    std::fs::rename(other, store(&world)).unwrap();
    assert_eq!(tracker.end(), Some(1));
    assert!(!refused(&world, &["leaderboard"], 1).contains("Ada"));
    let backups = std::fs::read_dir(world.home.path().join("var/backup")).unwrap();
    let kept = backups.map(|file| file.unwrap().path()).find(|path| path.to_string_lossy().contains(".kept."));
    world.ok(&["backup", "--restore", kept.unwrap().to_str().unwrap()]);
    assert!(world.ok(&["leaderboard"]).contains("Ada"));
}
