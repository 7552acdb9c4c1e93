//! What folders, files and signals of other users can't do to the user (SECURITY.md).

use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::json;

use crate::home::World;

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// CASES X1: a person who prepares a folder decides nothing for the user who runs swf in it.
#[test]
fn a_folder_that_everybody_can_write_to_is_used_only_if_it_is_named() {
    let world = World::new();
    let home = world.home.path();
    set_mode(home, 0o777);
    // The tracker is last: if it is not refused, it does not end.
    for args in [&["post"][..], &["session", "qr"], &["session", "check"], &["doctor"], &["init"], &["track"]] {
        let output = world.run(args);
        assert_eq!(output.status.code(), Some(78), "{args:?}: {output:?}");
        let text = said(&output);
        assert!(text.contains("can be written to by everybody"), "{text}");
        assert!(text.contains(&format!("--home '{}'", home.display())), "{text}");
    }
    assert_eq!(world.telegram.requests().len(), 0, "nothing was sent anywhere");
    assert!(!home.join("var").exists());
    let output = world.run(&["--home", &home.display().to_string(), "session", "check"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(said(&output).contains("everybody can write to"), "{output:?}");
}

/// CASES X1.
#[test]
fn no_own_file_is_written_through_a_link_and_wide_modes_are_narrowed() {
    let world = World::new();
    let path = |name: &str| world.home.path().join(name);
    assert_eq!(world.track().stop(), Some(0));
    std::fs::write(path("mine"), "mine\n").unwrap();
    std::fs::rename(path("tracker_state.json"), path("state")).unwrap();
    symlink("mine", path("tracker_state.json")).unwrap();
    for args in [["post"], ["track"]] {
        let output = world.run(&args);
        assert_eq!(output.status.code(), Some(78), "{output:?}");
        assert!(said(&output).contains("tracker_state.json is a link"), "{output:?}");
    }
    assert_eq!(std::fs::read_to_string(path("mine")).unwrap(), "mine\n");
    std::fs::remove_file(path("tracker_state.json")).unwrap();

    let own = ["var/study.db", "var/track.lock"];
    own.iter().chain(&[".env.local"]).for_each(|name| set_mode(&path(name), 0o644));
    assert_eq!(world.track().stop(), Some(0));
    assert_eq!(own.map(|name| mode(&path(name))), [0o600; 2]);
    assert_eq!(mode(&path(".env.local")), 0o644, "other programs share it");
}

/// CASES X1.
#[test]
fn a_login_that_leads_elsewhere_is_named() {
    let world = World::new();
    let words = "this login connects to 127.0.0.1, not to Telegram";
    assert_eq!(world.track().stop(), Some(0));
    assert!(world.log().contains(words), "{}", world.log());
    for args in [&["session", "qr", "--store", "file"][..], &["init", "--no-test"]] {
        let text = said(&world.run(args));
        assert!(text.contains(words), "{args:?}: {text}");
    }
}

/// CASES X1.
#[test]
fn a_key_is_never_posted_as_a_quote() {
    let world = World::new();
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, world.me);
    let tracker = world.track_without_posting();
    world.pass(call, 1000);
    assert_eq!(tracker.stop(), Some(0));
    let key = world.home.path().join("id_ed25519");
    std::fs::write(&key, "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n").unwrap();
    let key = key.display().to_string();
    world.configure("@studyhall", &[("SWF_QUOTES_FILE", &key), ("SWF_PRAISE_FILE", &key)]);
    let output = world.run(&["post", "--now"]);
    assert!(output.status.success(), "{output:?}");
    assert!(said(&output).contains("id_ed25519 contains a private key"), "{output:?}");
    let posts = world.telegram.messages(world.group);
    assert!(posts.len() == 1 && !posts[0].text.contains("KEY") && !posts[0].text.contains("c2Vj"), "{posts:?}");
}

/// CASES X13.
#[cfg(target_os = "linux")]
#[test]
fn a_tracker_leaves_no_core_dump() {
    let world = World::new();
    let swf = env!("CARGO_BIN_EXE_swf");
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c unlimited 2>/dev/null; exec \"$0\" track", swf]).env_clear();
    command.current_dir(world.home.path()).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    command.env("FAKE_TELEGRAM_DATES", "1");
    let mut tracker = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    world.await_confirmed();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", tracker.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"]);
    assert!(Command::new("kill").args(["-QUIT", &tracker.id().to_string()]).status().unwrap().success());
    let end = tracker.wait().unwrap();
    assert_eq!((end.signal(), end.core_dumped()), (Some(3), false));
}

/// CASES X15.
#[test]
fn sighup_reads_the_settings_again_and_user_signals_mean_nothing() {
    let world = World::new();
    let credentials = tempfile::tempdir().unwrap();
    // Changes there are not detected without a signal.
    let write = |text: &str| std::fs::write(credentials.path().join("SWF_LOG"), text).unwrap();
    write("info");
    let tracker = world.track_with(&[("CREDENTIALS_DIRECTORY", credentials.path().to_str().unwrap())]);
    let call = world.telegram.start_call(world.group);
    for signal in ["USR1", "USR2", "HUP"] {
        tracker.signal(signal);
    }
    world.telegram.join(call, world.me);
    world.pass(call, 60);
    write("debug");
    tracker.signal("HUP");
    world.await_status("the settings are read again", |status| status["tracker"]["restart_for"] == json!(["SWF_LOG"]));
    assert_eq!(tracker.stop(), Some(0));
}

/// CASES X15.
#[test]
fn no_entry_is_printed_for_a_folder_with_a_line_break() {
    let world = World::new();
    let home = world.home.path().join("a\nid\n");
    std::fs::create_dir(&home).unwrap();
    for system in ["systemd", "cron", "windows"] {
        let output = world.run(&["--home", home.to_str().unwrap(), "schedule", system]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(78), 0), "{output:?}");
        assert!(said(&output).contains("has a control character"), "{output:?}");
    }
}

/// CASES X18.
#[cfg(target_os = "linux")]
#[test]
fn whoever_holds_the_lock_is_named() {
    let world = World::new();
    let tracker = world.track();
    let output = world.run(&["track"]);
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    let pid = world.status()["tracker"]["pid"].clone();
    assert!(said(&output).contains(&format!("already running on this store (process {pid})")), "{output:?}");
    assert_eq!(tracker.stop(), Some(0));
    // Another program, which opens the file and locks it.
    let lock = world.home.path().join("var/track.lock");
    assert_eq!(mode(&lock), 0o600);
    let held = std::fs::File::open(&lock).unwrap();
    held.lock_shared().unwrap();
    let output = world.run(&["track"]);
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    let text = said(&output);
    assert!(
        text.contains(&format!("process {} (", std::process::id())) && text.contains("so no tracker can"),
        "{text}"
    );
}

/// Tests with two real users on one machine.
mod two_users {
    use super::*;

    const NEIGHBOUR: &str = "nobody";
    const VICTIM: &str = "daemon";

    /// Runs a script as another user.
    fn run(user: &str, script: &str) -> Output {
        let mut command = Command::new("su");
        command.args([user, "-s", "/bin/sh", "-c", script]).stdin(Stdio::null());
        command.output().expect("su runs")
    }

    #[track_caller]
    fn ok(user: &str, script: &str) -> String {
        let output = run(user, script);
        assert!(output.status.success(), "{script}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A folder of this user that others can enter.
    fn folder(user: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display().to_string();
        assert!(Command::new("chown").args([user, &path]).status().unwrap().success());
        set_mode(folder.path(), 0o755);
        folder
    }

    /// The program in a place where everybody can run it.
    fn program() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (env!("CARGO_BIN_EXE_swf"), folder.path().join("swf"));
        std::fs::copy(from, &to).unwrap();
        set_mode(folder.path(), 0o755);
        set_mode(&to, 0o755);
        folder
    }

    /// CASES X1.
    #[test]
    #[ignore = "needs root and su; run by .ci/run where they are"]
    fn a_folder_of_a_neighbour_is_not_used_and_writes_through_no_link() {
        let world = World::new();
        let (bin, evil, mine) = (program(), folder(NEIGHBOUR), folder(VICTIM));
        let swf = bin.path().join("swf").display().to_string();
        let (evil, mine) = (evil.path().display().to_string(), mine.path().display().to_string());
        ok(VICTIM, &format!("echo mine >{mine}/.bashrc; cp {mine}/.bashrc {mine}/state; chmod 600 {mine}/state"));
        let env = std::fs::read_to_string(world.home.path().join(".env.local")).unwrap();
        let trap = format!(
            "cd {evil}; umask 022; cat >.env.local <<'END'\n{env}SWF_QUOTES_FILE={mine}/.bashrc\nEND\n\
             mkdir -p var/log; ln -s {mine}/state tracker_state.json\n\
             for day in 0 1; do ln -s {mine}/.bashrc var/log/swf.$(date -u -d \"+$day day\" +%F).log; done"
        );
        ok(NEIGHBOUR, &trap);
        for command in ["track", "post --now", "session qr --store file", "status", "leaderboard", "doctor"] {
            let output = run(VICTIM, &format!("cd {evil}; TELEGRAM_API_HASH=mine timeout 60 {swf} {command}"));
            assert_eq!(output.status.code(), Some(78), "{command}: {output:?}");
            // In a home that the user named, links are refused, too.
            let output = run(VICTIM, &format!("timeout 60 {swf} --home {evil} {command}"));
            assert_eq!(output.status.code(), Some(78), "{command}: {output:?}");
            assert!(said(&output).contains("is a link"), "{command}: {output:?}");
        }
        assert_eq!(world.telegram.requests().len(), 0, "no login reached anybody");
        assert_eq!(ok(VICTIM, &format!("cat {mine}/.bashrc {mine}/state")), "mine\nmine\n");
        // Without the links, the folder still belongs to the neighbour. It is only read if the user names it.
        ok(NEIGHBOUR, &format!("cd {evil}; rm tracker_state.json var/log/*"));
        let output = run(VICTIM, &format!("cd {evil}; {swf} session check"));
        assert_eq!(output.status.code(), Some(78), "{output:?}");
        assert!(said(&output).contains("belongs to user "), "{output:?}");
        let output = run(VICTIM, &format!("{swf} --home {evil} session check"));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }

    /// CASES X1, X18.
    #[test]
    #[ignore = "needs root and su; run by .ci/run where they are"]
    fn a_neighbour_can_neither_lend_a_file_of_quotes_nor_hold_the_lock() {
        let world = World::new();
        let (bin, neighbours, mine) = (program(), folder(NEIGHBOUR), folder(VICTIM));
        let swf = bin.path().join("swf").display().to_string();
        let (theirs, mine) = (neighbours.path().display().to_string(), mine.path().display().to_string());
        ok(NEIGHBOUR, &format!("echo Their words. >{theirs}/quotes.txt"));
        let env = std::fs::read_to_string(world.home.path().join(".env.local")).unwrap();
        ok(
            VICTIM,
            &format!("cd {mine}; umask 077; cat >.env.local <<'END'\n{env}SWF_QUOTES_FILE={theirs}/quotes.txt\nEND"),
        );
        let output = run(VICTIM, &format!("cd {mine}; {swf} doctor --json"));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("belongs to user"), "{text}");
        // A lock file that an earlier version left readable.
        ok(VICTIM, &format!("mkdir -p {mine}/var; cd {mine}/var; umask 022; : >track.lock"));
        ok(NEIGHBOUR, &format!("flock -s -n {mine}/var/track.lock true"));
        // There is no such backup, but the command takes the lock.
        let output = run(VICTIM, &format!("cd {mine}; {swf} backup --restore none.db"));
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let output = run(NEIGHBOUR, &format!("flock -s -n {mine}/var/track.lock true"));
        assert!(!output.status.success(), "{output:?}");
    }
}
