//! An existing store is not lost, and can be read where nothing can be written.

use std::path::{Path, PathBuf};

use fake_telegram::Id;
use serde_json::json;

use crate::home::World;

/// A world in which Ada has been in the call for 1000 s; nothing runs any more.
fn studied() -> (World, Id) {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, 1000);
    assert_eq!(tracker.stop(), Some(0));
    (world, ada)
}

fn store(world: &World) -> PathBuf {
    world.home.path().join("var/study.db")
}

fn backups(world: &World) -> PathBuf {
    world.home.path().join("var/backup")
}

/// Standard output and standard error of a command that must end with this code.
fn said(world: &World, args: &[&str], code: i32) -> String {
    let output = world.run(args);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// CASES S1: the store is removed or empty, and there are backups.
#[test]
fn a_missing_store_is_refused_until_it_is_restored_or_a_new_one_is_asked_for() {
    let (world, ada) = studied();
    world.ok(&["backup"]);
    let copy = backups(&world).join("study-2033-05-18.db");
    let before = std::fs::read(&copy).unwrap();
    std::fs::write(world.home.path().join("old.db"), "").unwrap();
    for what in ["is missing", "is empty"] {
        std::fs::remove_file(store(&world)).unwrap();
        if what == "is empty" {
            std::fs::write(store(&world), "").unwrap();
        }
        for args in [
            &["track"][..],
            &["import", "old.db"],
            &["leaderboard"],
            &["why", "Ada"],
            &["export", "stays"],
            &["backup"],
            &["backup", "mine.db"],
            &["post"],
        ] {
            let text = said(&world, args, 1);
            let named = format!("The newest intact copy is {}: 1 stay, up to 2033-05-18 08:50", copy.display());
            let restore = format!("backup --restore '{}'", copy.display());
            for words in [what, &named, &restore, "swf track --new-store"] {
                assert!(text.contains(words), "{args:?}, {words}: {text}");
            }
        }
        assert!(said(&world, &["status"], 3).contains(what));
        let doctor = said(&world, &["doctor"], 3);
        assert!(doctor.contains(what) && doctor.contains("study-2033-05-18.db"), "{doctor}");
        assert_eq!(std::fs::read(&copy).unwrap(), before);
        world.ok(&["backup", "--restore", copy.to_str().unwrap()]);
        assert_eq!(world.seconds(), [(ada, 1000)]);
    }
    // If there is a store, it is not replaced by a new one.
    let text = said(&world, &["track", "--new-store"], 2);
    assert!(text.contains("--new-store is only for a missing store"), "{text}");

    // A new store is made on request. Its backup does not replace one of the old store.
    std::fs::remove_file(store(&world)).unwrap();
    world.telegram.advance(10);
    let tracker = world.track_anew();
    let kept = backups(&world).join("study-2033-05-18.kept.db");
    world.await_that("the old copy is set aside", || kept.exists());
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(std::fs::read(&kept).unwrap(), before);
    let doctor = said(&world, &["doctor"], 3);
    assert!(doctor.contains("set aside") && doctor.contains("study-2033-05-18.kept.db"), "{doctor}");
    let copies = world.ok(&["backup"]);
    let names = ["study-2033-05-18.db, ", "study-2033-05-18.kept.db, ", ", kept until you delete it"];
    assert!(names.iter().all(|name| copies.contains(name)), "{copies}");
    // The old store can be restored.
    world.ok(&["backup", "--restore", kept.to_str().unwrap()]);
    assert_eq!(world.seconds(), [(ada, 1000)]);
}

/// CASES S1: something else is in the place of the store.
#[test]
fn what_is_in_the_place_of_the_store_is_not_taken_for_it() {
    let (world, ada) = studied();
    world.ok(&["backup"]);
    let copy = backups(&world).join("study-2033-05-18.db");
    let before = std::fs::read(&copy).unwrap();
    let garbage = || std::fs::write(store(&world), [7; 9000]).unwrap();
    let truncated = || std::fs::write(store(&world), &before[..9000]).unwrap();
    let new = || drop(swf::store::Store::open(&store(&world), swf::store::Access::Write).unwrap());
    let cases: [(&dyn Fn(), &str); 3] =
        [(&garbage, "not a database"), (&truncated, "damaged"), (&new, "is a new one without study time")];
    for (make, what) in cases {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(store(&world).with_file_name(format!("study.db{suffix}")));
        }
        make();
        for args in [
            &["track"][..],
            &["leaderboard"],
            &["why", "Ada"],
            &["export", "stays"],
            &["audit"],
            &["backup"],
            &["backup", "mine.db"],
            &["post"],
            &["post", "--undo", "--yes"],
            &["backfill", "--yes"],
            &["alias", "list"],
            &["alias", "add", "1", "2"],
        ] {
            let text = said(&world, args, 1);
            for words in [what, &copy.display().to_string(), "backup --restore"] {
                assert!(text.contains(words), "{args:?}, {words}: {text}");
            }
        }
        assert_eq!(std::fs::read(&copy).unwrap(), before, "{what}");
        world.ok(&["backup", "--restore", copy.to_str().unwrap()]);
        assert_eq!(world.seconds(), [(ada, 1000)]);
    }
}

/// CASES S1: there was no backup yet, but the state file has the store's identity.
#[test]
fn the_state_file_says_that_a_store_was_here() {
    let (world, _) = studied();
    let state: serde_json::Value =
        serde_json::from_slice(&std::fs::read(world.home.path().join("tracker_state.json")).unwrap()).unwrap();
    assert_eq!(state["store"].as_str().unwrap().len(), 32);
    let _ = std::fs::remove_dir_all(backups(&world));
    std::fs::remove_file(store(&world)).unwrap();
    let text = said(&world, &["track"], 1);
    assert!(text.contains("There is no intact copy") && text.contains("swf track --new-store"), "{text}");
    assert!(!store(&world).exists());
}

/// CASES S6.
#[test]
fn a_hyphen_is_standard_output_and_a_file_keeps_its_permissions() {
    let (world, _) = studied();
    let board = world.ok(&["export", "boards"]);
    assert_eq!(world.ok(&["export", "boards", "-o", "-"]), board);
    let output = world.run(&["backup", "-"]);
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("1 stay, up to"), "{output:?}");
    let copy = world.home.path().join("copy.db");
    std::fs::write(&copy, output.stdout).unwrap();
    assert_eq!(swf::store::read_back(&copy).unwrap().stays(), 1);
    assert!(!world.home.path().join("-").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        let path = |name: &str| world.home.path().join(name);
        world.ok(&["export", "boards", "-o", "new.csv"]);
        assert_eq!(mode(&path("new.csv")), 0o600);
        std::fs::set_permissions(path("new.csv"), PermissionsExt::from_mode(0o644)).unwrap();
        symlink("new.csv", path("link.csv")).unwrap();
        std::fs::write(path("new.csv"), "old").unwrap();
        world.ok(&["export", "boards", "-o", "link.csv"]);
        assert!(path("link.csv").is_symlink());
        assert_eq!((std::fs::read_to_string(path("new.csv")).unwrap(), mode(&path("new.csv"))), (board, 0o644));
        symlink("behind.db", path("link.db")).unwrap();
        world.ok(&["backup", "link.db"]);
        assert!(path("link.db").is_symlink());
        assert_eq!(mode(&path("behind.db")), 0o600);
        let text = said(&world, &["backup", "link.db"], 1);
        assert!(text.contains("already exists"), "{text}");
    }
}

/// CASES S6.
#[cfg(unix)]
#[test]
fn a_place_that_no_file_can_be_written_to_is_named_and_left_as_it_is() {
    let (world, _) = studied();
    let path = |name: &str| world.home.path().join(name);
    std::fs::create_dir(path("folder")).unwrap();
    std::os::unix::fs::symlink("nowhere/file", path("link")).unwrap();
    std::os::unix::fs::symlink("loop", path("loop")).unwrap();
    for command in [
        &["export", "boards", "-o"][..],
        &["export", "stays", "-o"],
        &["export", "stays", "--excel", "-o"],
        &["backup"],
    ] {
        for (file, words) in [
            ("folder", "folder can't be written: it is a folder"),
            ("folder/", "folder/ can't be written: it is a folder"),
            ("nowhere/file", "there is no such file or folder"),
            ("link", "nowhere"),
            ("loop", "loop can't be written"),
        ] {
            let text = said(&world, &[command, &[file]].concat(), 1);
            assert!(text.contains(words), "{command:?} {file}: {text}");
        }
    }
    assert!(path("folder").read_dir().unwrap().next().is_none() && !path("nowhere").exists());
    assert!(path("link").is_symlink() && path("loop").is_symlink());
}

/// CASES S6: the file is a device, and the output does not fit.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let (world, _) = studied();
    for what in ["boards", "stays"] {
        let text = said(&world, &["export", what, "-o", "/dev/full"], 1);
        assert!(text.contains("/dev/full can't be written: the disk is full"), "{text}");
    }
    for args in
        [&["export", "boards"][..], &["export", "stays", "-o", "-"], &["backup", "-"], &["leaderboard", "--csv"]]
    {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = world.command(args).stdout(full).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {text}");
        assert!(text.contains("standard output can't be written: the disk is full"), "{args:?}: {text}");
    }
}

#[cfg(unix)]
mod read_only {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use super::*;

    /// The user `nobody`: root could write everywhere.
    const NOBODY: u32 = 65_534;

    /// A home in which nothing can be written.
    struct ReadOnly<'a> {
        world: &'a World,
        /// The program at a place where everybody can run it.
        program: PathBuf,
        /// A folder that everybody can write to.
        elsewhere: tempfile::TempDir,
    }

    fn set_permissions(folder: &Path, folders: u32, files: u32) {
        std::fs::set_permissions(folder, Permissions::from_mode(0o700)).unwrap();
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match entry.is_dir() {
                true => set_permissions(&entry, folders, files),
                false => std::fs::set_permissions(&entry, Permissions::from_mode(files)).unwrap(),
            }
        }
        std::fs::set_permissions(folder, Permissions::from_mode(folders)).unwrap();
    }

    impl ReadOnly<'_> {
        fn new(world: &World) -> ReadOnly<'_> {
            let elsewhere = tempfile::tempdir().unwrap();
            let program = elsewhere.path().join("swf");
            let from = env!("CARGO_BIN_EXE_swf");
            if std::fs::hard_link(from, &program).is_err() {
                std::fs::copy(from, &program).unwrap();
            }
            std::fs::set_permissions(elsewhere.path(), Permissions::from_mode(0o777)).unwrap();
            set_permissions(world.home.path(), 0o555, 0o444);
            ReadOnly { world, program, elsewhere }
        }

        fn ok(&self, args: &[&str]) -> String {
            let mut command = Command::new(&self.program);
            command.args(args).env_clear().current_dir(self.world.home.path()).env("COLUMNS", "80");
            command.env("TMPDIR", self.elsewhere.path()).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
            if Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n") {
                command.uid(NOBODY).gid(NOBODY);
            }
            let output = command.output().unwrap();
            // After a killed tracker, `status` ends with 3.
            let is_good = output.status.success() || (args == ["status"] && output.status.code() == Some(3));
            assert!(is_good, "{args:?}: {output:?}");
            String::from_utf8(output.stdout).unwrap()
        }
    }

    impl Drop for ReadOnly<'_> {
        fn drop(&mut self) {
            set_permissions(self.world.home.path(), 0o700, 0o600);
        }
    }

    /// CASES S4: without a write-ahead log, with that of a killed tracker, and with the log but not its index.
    #[test]
    fn commands_that_only_read_work_where_nothing_can_be_written() {
        let world = World::new();
        let ada = world.member("Ada");
        let call = world.telegram.start_call(world.group);
        world.telegram.join(call, ada);
        for state in ["no log", "log", "log without index"] {
            let tracker = world.track();
            world.pass(call, 1000);
            let seconds = world.seconds()[0].1;
            match state {
                "no log" => assert_eq!(tracker.stop(), Some(0)),
                _ => tracker.kill(),
            }
            let log = |suffix: &str| world.home.path().join(format!("var/study.db-{suffix}"));
            assert_eq!(log("wal").metadata().is_ok_and(|log| log.len() > 0), state != "no log", "{state}");
            if state == "log without index" {
                std::fs::remove_file(log("shm")).unwrap();
            }
            let before = std::fs::read(store(&world)).unwrap();
            let read_only = ReadOnly::new(&world);
            let board: serde_json::Value =
                serde_json::from_str(&read_only.ok(&["leaderboard", "day", "--json"])).unwrap();
            assert_eq!(board["entries"][0]["seconds"], json!(seconds), "{state}");
            assert!(read_only.ok(&["export", "boards"]).contains(&format!(",Ada,{seconds},")), "{state}");
            assert!(read_only.ok(&["why", "Ada"]).contains("Ada"), "{state}");
            assert!(read_only.ok(&["status"]).contains("Study Hall"), "{state}");
            let copy = read_only.elsewhere.path().join("copy.db");
            read_only.ok(&["backup", copy.to_str().unwrap()]);
            assert_eq!(swf::store::read_back(&copy).unwrap().stays(), 1, "{state}");
            assert_eq!(std::fs::read(store(&world)).unwrap(), before, "{state}");
            drop(read_only);
            world.telegram.advance(10);
        }
    }
}
