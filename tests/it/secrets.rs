//! Where secrets are stored: in a real keyring that is unlocked, locked, silent or absent; in `.env.local`; in
//! systemd's credentials.

#![allow(clippy::disallowed_methods, reason = "a bound on how long a command takes")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::home::{World, command};
#[cfg(target_os = "linux")]
use crate::terminal::Terminal;

const STRING: &str = "TG_STRING_SESSION";
const TOKEN: &str = "TELEGRAM_BOT_TOKEN";
/// The timeout of the keyring is two seconds; the rest is for a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// Runs a command with `input` on its standard input, and checks that no output has a secret.
fn fed(mut command: Command, input: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("swf runs");
    // A command that refuses at once does not read its input.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("swf ends")
}

#[track_caller]
fn ends(output: &Output, code: i32) -> (String, String) {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    (String::from_utf8(output.stdout.clone()).unwrap(), String::from_utf8(output.stderr.clone()).unwrap())
}

/// The contents of `.env.local` of a home.
fn file(home: &Path) -> String {
    std::fs::read_to_string(home.join(".env.local")).unwrap_or_default()
}

fn write_file(home: &Path, text: &str) {
    let path = home.join(".env.local");
    std::fs::write(&path, text).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

#[test]
fn invalid_names_and_values_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let set = |name: &str, value: &str| fed(command(home.path(), &["secrets", "set", name, "--store", "file"]), value);
    let (_, said) = ends(&set("TG_STRING_SESION", "hush"), 2);
    assert_eq!(
        said,
        "swf: \"TG_STRING_SESION\" is not a secret of swf\n  Did you mean TG_STRING_SESSION?\n  Secrets are \
         TG_STRING_SESSION, TG_BOT_STRING_SESSION, TELEGRAM_API_HASH, TELEGRAM_BOT_TOKEN, TELEGRAM_2FA_PASSWORD, \
         SWF_ALERT_URL, SWF_HEARTBEAT_URL, SWF_PROXY, CRON_SECRET, LEADERBOARD_INGEST_SECRET.\n  Other settings are \
         in the environment or in .env.local.\n"
    );
    for (value, words) in [("", "is empty"), (" \n", "is empty"), ("a\nb\n", "more than one line"), ("a\n\n", "more")] {
        let (_, said) = ends(&set(TOKEN, value), 2);
        assert!(said.contains(words), "{value:?}: {said}");
    }
    assert_eq!(file(home.path()), "");
    let (_, said) = ends(&command(home.path(), &["secrets", "get", TOKEN]).output().unwrap(), 78);
    assert!(said.starts_with("swf: TELEGRAM_BOT_TOKEN is not set\n  To store it"), "{said}");
}

#[test]
fn the_file_takes_any_value_and_gives_it_back() {
    let home = tempfile::tempdir().unwrap();
    write_file(home.path(), "# mine\r\nSWF_TOP=5\r\n");
    let name = "TELEGRAM_2FA_PASSWORD";
    for value in ["plain-_=", " correct horse ", "a#b $HOME 'x'", "\"it's\" \\ $5", "é日本", "x=y;z"] {
        for end in ["", "\n", "\r\n"] {
            let stored =
                fed(command(home.path(), &["secrets", "set", name, "--store", "file"]), &format!("{value}{end}"));
            let (out, said) = ends(&stored, 0);
            assert!(out.contains(".env.local") && !(out + &said).contains(value), "{stored:?}");
            let (out, _) = ends(&command(home.path(), &["secrets", "get", name]).output().unwrap(), 0);
            assert_eq!(out, format!("{value}\n"), "{}", file(home.path()));
        }
    }
    ends(&command(home.path(), &["secrets", "remove", name]).output().unwrap(), 0);
    assert_eq!(file(home.path()), "# mine\r\nSWF_TOP=5\r\n");
    let (out, _) = ends(&command(home.path(), &["secrets", "remove", name]).output().unwrap(), 0);
    assert!(out.contains("nothing to remove"), "{out}");
}

#[test]
fn systemds_credentials_stand_between_the_environment_and_the_file() {
    let world = World::new();
    let home = world.home.path();
    let credentials = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| std::fs::write(credentials.path().join(name), text).unwrap();
    // The login string is only there.
    let login = world.telegram.login_string(world.me);
    write_file(home, "TELEGRAM_API_ID=1\nTELEGRAM_GROUP_USERNAME=studyhall\nTELEGRAM_BOT_TOKEN=1:file\n");
    write(STRING, format!("{login}\n").as_bytes());
    write(TOKEN, b"1:credential");
    write("swf.conf", b"\xff none of ours");
    let run = |args: &[&str], token: Option<&str>| {
        let mut command = world.command(args);
        command.env("CREDENTIALS_DIRECTORY", credentials.path()).envs(token.map(|token| (TOKEN, token)));
        command.output().unwrap()
    };
    ends(&run(&["session", "check"], None), 0);
    assert_eq!(ends(&run(&["secrets", "get", TOKEN], None), 0).0, "1:credential\n");
    assert_eq!(ends(&run(&["secrets", "get", TOKEN], Some("1:environment")), 0).0, "1:environment\n");
    let (out, _) = ends(&run(&["secrets", "list"], None), 0);
    let list: Vec<Vec<&str>> = out.lines().map(|line| line.splitn(2, ' ').map(str::trim).collect()).collect();
    assert_eq!(
        list,
        [
            [STRING, "$CREDENTIALS_DIRECTORY"],
            ["TG_BOT_STRING_SESSION", "not set"],
            ["TELEGRAM_API_HASH", "not set"],
            [TOKEN, "$CREDENTIALS_DIRECTORY"],
            ["TELEGRAM_2FA_PASSWORD", "not set"],
            ["SWF_ALERT_URL", "not set"],
            ["SWF_HEARTBEAT_URL", "not set"],
            ["SWF_PROXY", "not set"],
            ["CRON_SECRET", "not set"],
            ["LEADERBOARD_INGEST_SECRET", "not set"],
        ]
    );
    // swf reports what it can't remove.
    let (_, said) = ends(&run(&["secrets", "remove", STRING], None), 78);
    assert!(said.contains("is set in $CREDENTIALS_DIRECTORY, where swf can't remove it"), "{said}");
    let (_, said) = ends(&run(&["secrets", "remove", TOKEN], None), 0);
    assert!(said.contains("is still set in $CREDENTIALS_DIRECTORY, and that value is used"), "{said}");
    write(TOKEN, b"\xffhush");
    let (_, said) = ends(&run(&["secrets", "list"], None), 78);
    assert!(said.contains("TELEGRAM_BOT_TOKEN is not UTF-8 text") && !said.contains("hush"), "{said}");
    // A missing folder may belong to another service.
    let mut list = world.command(&["secrets", "list"]);
    let (_, said) = ends(&list.env("CREDENTIALS_DIRECTORY", home.join("no")).output().unwrap(), 0);
    assert!(said.contains("can't be read"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_a_secret_is_typed_unseen_and_shown_only_if_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let run = |args: &[&str], typed: &str| {
        let mut terminal = Terminal::start(command(home.path(), args));
        if !typed.is_empty() {
            terminal.await_text(": ");
            terminal.press(typed);
        }
        terminal.end()
    };
    let set = ["secrets", "set", "TELEGRAM_BOT_TOKEN", "--store", "file"];
    let (code, said) = run(&set, "1:hush\x7fh\r");
    assert!(code == Some(0) && said.contains("TELEGRAM_BOT_TOKEN: ") && !said.contains("hus"), "{said}");
    assert_eq!(file(home.path()), "TELEGRAM_BOT_TOKEN=1:hush\n");
    let (code, said) = run(&["secrets", "get", "TELEGRAM_BOT_TOKEN"], "");
    assert!(code == Some(2) && said.contains("--reveal") && !said.contains("1:hush"), "{said}");
    let (code, said) = run(&["secrets", "get", "TELEGRAM_BOT_TOKEN", "--reveal"], "");
    assert!(code == Some(0) && said.contains("1:hush"), "{said}");
    let (code, said) = run(&set, "1:other\x03");
    assert!(code == Some(1) && said.contains("stopped; nothing was done"), "{said}");
    assert_eq!(file(home.path()), "TELEGRAM_BOT_TOKEN=1:hush\n");
}

/// On Linux the keyring is the Secret Service, which a test can run for itself.
#[cfg(target_os = "linux")]
mod keyring {
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;
    use std::process::{Child, ChildStdin};

    use tempfile::TempDir;

    use super::*;
    use crate::home::BOUND;

    /// A separate session bus, with only the services that the test names.
    struct Bus {
        folder: TempDir,
        address: String,
        session: Child,
        /// Closing this ends the session, and its bus.
        until: Option<ChildStdin>,
        daemon: Option<Child>,
    }

    impl Bus {
        /// Needs gnome-keyring and dbus. `services` has names and the commands that start them.
        fn start(services: &[(&str, &str)]) -> Bus {
            let folder = tempfile::tempdir().unwrap();
            let at = |name: &str| folder.path().join(name);
            std::fs::create_dir(at("services")).unwrap();
            for (name, program) in services {
                let text = format!("[D-BUS Service]\nName={name}\nExec={program}\n");
                std::fs::write(at("services").join(format!("{name}.service")), text).unwrap();
            }
            let config = format!(
                "<busconfig><type>session</type><listen>unix:dir={}</listen><servicedir>{}</servicedir>\
                 <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
                 <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
                folder.path().display(),
                at("services").display()
            );
            std::fs::write(at("bus.conf"), config).unwrap();
            let mut session = Command::new("dbus-run-session");
            session.arg("--config-file").arg(at("bus.conf"));
            session.args(["--", "sh", "-c", "echo $DBUS_SESSION_BUS_ADDRESS; exec cat"]);
            let log = std::fs::File::create(at("log")).unwrap();
            let mut session = session.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
            let mut address = String::new();
            let out = session.stdout.take().unwrap();
            std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut address).unwrap();
            let until = session.stdin.take();
            let address = address.trim().to_owned();
            assert!(address.starts_with("unix:"), "{}", std::fs::read_to_string(at("log")).unwrap());
            Bus { folder, address, session, until, daemon: None }
        }

        fn env(&self, command: &mut Command) {
            command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        }

        fn has_keyring(&self) -> bool {
            let mut ask = Command::new("dbus-send");
            ask.args([
                "--session",
                "--print-reply",
                "--dest=org.freedesktop.DBus",
                "/",
                "org.freedesktop.DBus.NameHasOwner",
            ]);
            ask.arg("string:org.freedesktop.secrets");
            self.env(&mut ask);
            String::from_utf8_lossy(&ask.output().unwrap().stdout).contains("boolean true")
        }

        /// Starts a keyring in place of the last one; it is locked unless `unlocked`.
        fn keyring(&mut self, unlocked: bool) {
            if let Some(mut old) = self.daemon.take() {
                old.kill().unwrap();
                old.wait().unwrap();
                self.wait(false);
            }
            let folder = self.folder.path();
            let mut daemon = Command::new("gnome-keyring-daemon");
            daemon.args(["--foreground", "--components=secrets"]).args(unlocked.then_some("--unlock"));
            daemon.env_clear().env("HOME", folder).env("XDG_RUNTIME_DIR", folder).env("XDG_DATA_HOME", folder);
            self.env(&mut daemon);
            daemon.stdin(Stdio::piped()).stdout(Stdio::null());
            daemon.stderr(std::fs::File::create(folder.join("keyring.log")).unwrap());
            let mut child = daemon.spawn().unwrap();
            child.stdin.take().unwrap().write_all(b"the keyring's password").unwrap();
            self.daemon = Some(child);
            self.wait(true);
        }

        fn wait(&self, wanted: bool) {
            let end = Instant::now() + BOUND;
            while self.has_keyring() != wanted {
                let log = std::fs::read_to_string(self.folder.path().join("keyring.log")).unwrap();
                assert!(Instant::now() < end, "no keyring: {log}");
                std::thread::sleep(Duration::from_millis(10));
            }
        }

        fn unlocked() -> Bus {
            let mut bus = Bus::start(&[]);
            bus.keyring(true);
            bus
        }

        /// Runs `swf` on this bus.
        fn swf(&self, home: &Path, args: &[&str], input: &str) -> Output {
            let mut command = command(home, args);
            self.env(&mut command);
            let begun = Instant::now();
            let output = fed(command, input);
            assert!(begun.elapsed() < SOON, "swf {args:?} took {:?}", begun.elapsed());
            output
        }

        #[track_caller]
        fn ok(&self, home: &Path, args: &[&str], input: &str) -> String {
            ends(&self.swf(home, args, input), 0).0
        }
    }

    impl Drop for Bus {
        fn drop(&mut self) {
            if let Some(mut daemon) = self.daemon.take() {
                let _ = daemon.kill();
                let _ = daemon.wait();
            }
            drop(self.until.take());
            let _ = self.session.wait();
        }
    }

    /// Where a secret of a home comes from, from `secrets list --json`, and whether it can be read.
    fn source(bus: &Bus, home: &Path, name: &str) -> (String, bool) {
        let report: serde_json::Value =
            serde_json::from_str(&bus.ok(home, &["secrets", "list", "--json"], "")).unwrap();
        let rows = report["secrets"].as_array().unwrap();
        let row = rows.iter().find(|row| row["name"] == name).unwrap();
        (row["source"].as_str().unwrap_or("none").to_owned(), row["problem"].is_null())
    }

    fn noted(home: &Path) -> String {
        std::fs::read_to_string(home.join("var/keyring")).unwrap_or_default()
    }

    /// The contents of a world's file, without the login string.
    const REST: &str = "TELEGRAM_API_ID=1\nTELEGRAM_API_HASH=hash\nTELEGRAM_GROUP_USERNAME=studyhall\n";

    #[test]
    #[ignore = "needs gnome-keyring and dbus; run by .ci/run"]
    fn a_secret_is_set_shown_listed_and_removed_and_two_homes_do_not_mix() {
        let bus = Bus::unlocked();
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (one, two) = (one.path(), two.path());
        for (home, value) in [(one, "1:one"), (two, "1:two"), (one, "1:three")] {
            let out = bus.ok(home, &["secrets", "set", TOKEN], &format!("{value}\n"));
            assert_eq!(out, "TELEGRAM_BOT_TOKEN is stored in the keyring.\n");
        }
        assert_eq!(bus.ok(one, &["secrets", "get", TOKEN], ""), "1:three\n");
        assert_eq!(bus.ok(two, &["secrets", "get", TOKEN], ""), "1:two\n");
        assert_eq!(source(&bus, one, TOKEN), ("keyring".to_owned(), true));
        assert_eq!(source(&bus, one, STRING), ("none".to_owned(), true));
        let list = bus.ok(one, &["secrets", "list"], "");
        assert!(list.contains("TELEGRAM_BOT_TOKEN         the keyring\n") && !list.contains("1:"), "{list}");
        // The same home through a link.
        let link = two.join("link");
        std::os::unix::fs::symlink(one, &link).unwrap();
        assert_eq!(bus.ok(&link, &["secrets", "get", TOKEN], ""), "1:three\n");
        let out = bus.ok(one, &["secrets", "remove", TOKEN], "");
        assert_eq!(out, "TELEGRAM_BOT_TOKEN is removed from the keyring.\n");
        ends(&bus.swf(one, &["secrets", "get", TOKEN], ""), 78);
        assert_eq!(noted(one), "");
        assert_eq!(bus.ok(two, &["secrets", "get", TOKEN], ""), "1:two\n");
        // A copied home does not have the secret, and removing it there does not affect the original.
        let copy = tempfile::tempdir().unwrap();
        std::fs::create_dir(copy.path().join("var")).unwrap();
        std::fs::copy(two.join("var/keyring"), copy.path().join("var/keyring")).unwrap();
        let (_, said) = ends(&bus.swf(copy.path(), &["secrets", "get", TOKEN], ""), 78);
        assert!(said.contains("is in the keyring, but can't be read: it is no longer there"), "{said}");
        bus.ok(copy.path(), &["secrets", "remove", TOKEN], "");
        assert_eq!(bus.ok(two, &["secrets", "get", TOKEN], ""), "1:two\n");
    }

    #[test]
    #[ignore = "needs gnome-keyring and dbus; run by .ci/run"]
    fn the_web_sides_secrets_can_be_there_too() {
        let bus = Bus::unlocked();
        let world = World::new();
        let home = world.home.path();
        let url = "http://127.0.0.1:9/";
        world.configure("@studyhall", &[("LEADERBOARD_WEB_EXPORT_ENABLED", "1"), ("LEADERBOARD_INGEST_URL", url)]);
        assert_eq!(world.track().stop(), Some(0));
        let (_, said) = ends(&bus.swf(home, &["web", "push"], ""), 78);
        assert!(said.contains("LEADERBOARD_INGEST_SECRET is not set"), "{said}");
        bus.ok(home, &["secrets", "set", "LEADERBOARD_INGEST_SECRET"], "hush");
        bus.ok(home, &["web", "push"], "");
        let (_, said) = ends(&bus.swf(home, &["web", "serve", "--listen", "0.0.0.0:0"], ""), 78);
        assert!(said.contains("CRON_SECRET is not set"), "{said}");
    }

    #[test]
    #[ignore = "needs gnome-keyring and dbus; run by .ci/run"]
    fn the_keyring_comes_last() {
        let bus = Bus::unlocked();
        let (home, credentials) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let home = home.path();
        bus.ok(home, &["secrets", "set", TOKEN], "1:keyring");
        let get = |environment: bool, credential: bool| {
            let mut command = command(home, &["secrets", "get", TOKEN]);
            bus.env(&mut command);
            command.envs(environment.then_some((TOKEN, "1:environment")));
            command.envs(credential.then_some(("CREDENTIALS_DIRECTORY", credentials.path())));
            ends(&command.output().unwrap(), 0).0
        };
        assert_eq!(get(false, false), "1:keyring\n");
        write_file(home, "TELEGRAM_BOT_TOKEN=1:file\n");
        assert_eq!(get(false, false), "1:file\n");
        std::fs::write(credentials.path().join(TOKEN), "1:credential\n").unwrap();
        assert_eq!(get(false, true), "1:credential\n");
        assert_eq!(get(true, true), "1:environment\n");
        // A new value is stored in one place only.
        bus.ok(home, &["secrets", "set", TOKEN, "--store", "file"], "1:new");
        assert_eq!((file(home).as_str(), noted(home).as_str()), ("TELEGRAM_BOT_TOKEN=1:new\n", ""));
        bus.ok(home, &["secrets", "set", TOKEN], "1:newer");
        assert_eq!((file(home).as_str(), noted(home).as_str()), ("", "TELEGRAM_BOT_TOKEN\n"));
        assert_eq!(get(false, false), "1:newer\n");
        let mut set = command(home, &["secrets", "set", TOKEN]);
        bus.env(&mut set);
        set.env(TOKEN, "1:environment");
        let (_, said) = ends(&fed(set, "1:newest"), 0);
        assert_eq!(
            said,
            "TELEGRAM_BOT_TOKEN is still set in the environment, and that value is used. Remove it there.\n"
        );
    }

    #[test]
    #[ignore = "needs gnome-keyring and dbus; run by .ci/run"]
    fn what_stands_in_the_file_moves_to_the_keyring_and_nothing_else_changes() {
        let bus = Bus::unlocked();
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        write_file(
            home,
            "\u{feff}TELEGRAM_API_HASH=abc\r\n# mine\r\nexport TG_STRING_SESSION = '1old'\r\nSWF_TOP=5\r\n\
             TG_STRING_SESSION=\"1hush\" # the last one counts\r\nTELEGRAM_BOT_TOKEN=\r\nTELEGRAM_2FA_PASSWORD=' a b '",
        );
        let out = bus.ok(home, &["secrets", "migrate"], "");
        let path = home.join(".env.local").display().to_string();
        let moved = [STRING, "TELEGRAM_API_HASH", "TELEGRAM_2FA_PASSWORD"];
        let words = moved.map(|name| format!("{name} is moved from {path} to the keyring.\n"));
        assert_eq!(out, words.concat());
        assert_eq!(file(home), "\u{feff}# mine\r\nSWF_TOP=5\r\nTELEGRAM_BOT_TOKEN=\r\n");
        for (name, value) in moved.iter().zip(["1hush", "abc", " a b "]) {
            assert_eq!(bus.ok(home, &["secrets", "get", name], ""), format!("{value}\n"));
        }
        assert!(bus.ok(home, &["secrets", "migrate"], "").contains("nothing to move"));
        // Killed after the note, before the keyring had the secret: the file's value still counts, and a second
        // migration moves it.
        write_file(home, "TELEGRAM_BOT_TOKEN=1:hush\n");
        std::fs::write(home.join("var/keyring"), noted(home) + "TELEGRAM_BOT_TOKEN\n").unwrap();
        assert_eq!(bus.ok(home, &["secrets", "get", TOKEN], ""), "1:hush\n");
        bus.ok(home, &["secrets", "migrate"], "");
        assert_eq!(bus.ok(home, &["secrets", "get", TOKEN], ""), "1:hush\n");
        // If the file has a line of swf's that can't be read, its secret stays there.
        let odd = "TELEGRAM_BOT_TOKEN='1:hu\nsh'\n";
        write_file(home, odd);
        let (_, said) = ends(&bus.swf(home, &["secrets", "migrate"], ""), 78);
        assert!(said.contains("line 1: TELEGRAM_BOT_TOKEN") && !said.contains("1:hu"), "{said}");
        assert_eq!(file(home), odd);
    }

    #[test]
    #[ignore = "needs gnome-keyring and dbus; run by .ci/run"]
    fn a_login_string_that_is_only_in_the_keyring_is_enough_and_never_shows() {
        let bus = Bus::unlocked();
        let world = World::new();
        let home = world.home.path();
        let string = world.telegram.login_string(world.me);
        bus.ok(home, &["secrets", "migrate"], "");
        assert_eq!(file(home), "TELEGRAM_API_ID=1\nTELEGRAM_GROUP_USERNAME='@studyhall'\n");
        let said = bus.ok(home, &["session", "check"], "");
        assert!(said.contains("Logged in as Olga"), "{said}");
        let tracker = world.track_with(&[("DBUS_SESSION_BUS_ADDRESS", &bus.address), ("SWF_LOG", "trace")]);
        assert_eq!(tracker.stop(), Some(0));
        assert_eq!(ends(&world.run(&["leaderboard"]), 0).1, "");
        let mut log = world.log();
        for entry in std::fs::read_dir(home.join("var/log")).unwrap() {
            log += &std::fs::read_to_string(entry.unwrap().path()).unwrap();
        }
        let hidden = |text: &str| !text.contains(&string) && !text.contains(&string[20..60]);
        assert!(log.contains("started") && hidden(&log), "{log}");
        assert!(hidden(&noted(home)) && noted(home).contains(STRING));
    }

    #[test]
    #[ignore = "needs gnome-keyring and dbus; run by .ci/run"]
    fn a_running_tracker_does_not_ask_the_keyring_again() {
        let mut bus = Bus::unlocked();
        let world = World::new();
        let home = world.home.path();
        let ada = world.member("Ada");
        let call = world.telegram.start_call(world.group);
        world.telegram.join(call, ada);
        bus.ok(home, &["secrets", "migrate"], "");
        let tracker = world.track_with(&[("DBUS_SESSION_BUS_ADDRESS", &bus.address)]);
        bus.keyring(false);
        // An alert needs the login.
        world.telegram.forbid_writing(world.group, true);
        world.pass(call, 13 * 3600);
        let told = || world.telegram.messages(world.me);
        world.await_that("the organiser is alerted", || !told().is_empty());
        assert_eq!(tracker.stop(), Some(0));
        assert!(!world.log().contains("keyring"), "{}", world.log());
    }

    #[test]
    #[ignore = "needs gnome-keyring and dbus; run by .ci/run"]
    fn a_login_goes_to_the_keyring_if_it_can_and_nobody_scans_for_nothing() {
        let mut bus = Bus::unlocked();
        let world = World::new();
        let home = world.home.path();
        let string = world.telegram.signed_out_login_string();
        write_file(home, &format!("{REST}TG_STRING_SESSION={string}\n"));
        let mut command = world.command(&["session", "qr", "--store", "keyring"]);
        bus.env(&mut command);
        let mut login = crate::login::Login::start(command);
        assert!(world.telegram.scan(&login.link(), world.me));
        let (_, said) = ends(&login.end(), 0);
        assert!(
            said.ends_with("Stored in the keyring. Next: swf session check\n") && !said.contains(&string),
            "{said}"
        );
        assert_eq!((file(home).as_str(), noted(home).as_str()), (REST, "TG_STRING_SESSION\n"));
        bus.ok(home, &["session", "check"], "");
        // After a logout the string is still the connection for the next login, and stays where it is.
        bus.ok(home, &["session", "logout", "--yes"], "");
        let mut command = world.command(&["session", "qr", "--store", "keyring"]);
        bus.env(&mut command);
        let mut login = crate::login::Login::start(command);
        assert!(world.telegram.scan(&login.link(), world.me));
        let (_, said) = ends(&login.end(), 0);
        assert!(said.contains("The login string in the keyring works again"), "{said}");
        bus.keyring(false);
        let asked = world.telegram.requests().len();
        let (_, said) = ends(&bus.swf(home, &["session", "qr", "--store", "keyring"], ""), 75);
        assert!(said.starts_with("swf: the keyring is locked"), "{said}");
        assert_eq!(world.telegram.requests().len(), asked);
    }

    #[test]
    #[ignore = "needs gnome-keyring and dbus; run by .ci/run"]
    fn on_a_terminal_it_asks_where_the_login_string_is_to_go() {
        let bus = Bus::unlocked();
        // With a keyring, the user picks the first answer, the second, or none. Without a keyring, there is one
        // question less.
        for (address, typed, place) in [
            (Some(&*bus.address), "\r", Some("the keyring")),
            (Some(&*bus.address), "\x1b[B\r", Some(".env.local")),
            (Some(&*bus.address), "\x1b[B\x1b[B\r", None),
            (None, "y\r", Some(".env.local")),
            (None, "n\r", None),
        ] {
            let world = World::new();
            let home = world.home.path();
            let string = world.telegram.signed_out_login_string();
            write_file(home, REST);
            let mut command = command(home, &["session", "qr"]);
            command.env(STRING, &string);
            if let Some(address) = address {
                command.env("DBUS_SESSION_BUS_ADDRESS", address);
            }
            let mut terminal = Terminal::start(command);
            let link = terminal.await_link();
            assert!(world.telegram.scan(&link, world.me));
            terminal.await_text("Store the login string in");
            terminal.press(typed);
            let (code, shown) = terminal.end();
            assert!(code == Some(0) && !shown.contains(&string), "{shown}");
            match place {
                Some(place) => assert!(shown.contains(&format!("{place}. Next: swf session check")), "{shown}"),
                None => assert!(shown.contains("Not stored, and logged out again."), "{shown}"),
            }
            let stored = format!("{REST}TG_STRING_SESSION={string}\n");
            assert_eq!(file(home), if place == Some(".env.local") { &stored } else { REST });
            assert_eq!(noted(home).is_empty(), place != Some("the keyring"));
        }
    }

    #[test]
    #[ignore = "needs gnome-keyring and dbus; run by .ci/run"]
    fn set_up_puts_secrets_where_one_says() {
        let bus = Bus::unlocked();
        let world = World::new();
        let home = world.home.path();
        std::fs::remove_file(home.join(".env.local")).unwrap();
        let hash = "0123456789abcdef0123456789abcdef";
        let mut command = world.command(&["--home", ".", "init", "--group", "@studyhall", "--no-test"]);
        command.env(STRING, world.telegram.signed_out_login_string());
        bus.env(&mut command);
        let mut terminal = Terminal::start(command);
        terminal.await_text("API id:");
        terminal.press("123456\r");
        terminal.await_text("API hash (hidden while you type):");
        terminal.press(&format!("{hash}\r"));
        terminal.await_text("Where secrets are kept");
        terminal.await_text("which only you can read");
        terminal.press("\r");
        let link = terminal.await_link();
        assert!(world.telegram.scan(&link, world.me));
        terminal.await_text("Time zone of the group");
        terminal.press("Asia/Tashkent\r");
        terminal.await_text("Time of the daily post");
        terminal.press("\r");
        terminal.await_text("Who posts");
        terminal.press("\r");
        terminal.await_text("Turn on more for the group");
        terminal.press("\r");
        terminal.await_text("Add another group?");
        terminal.press("n\r");
        let (code, shown) = terminal.end();
        assert_eq!(code, Some(0), "{shown}");
        assert_eq!(noted(home), "TELEGRAM_API_HASH\nTG_STRING_SESSION\n");
        let plain = "TELEGRAM_API_ID=123456\nTELEGRAM_GROUP_USERNAME=@studyhall\nSWF_TIMEZONE=Asia/Tashkent\nSWF_POST_TIME=21:30\n";
        assert_eq!(file(home), plain);
        // Only the keyring has the secrets now.
        bus.ok(home, &["session", "check"], "");
        assert_eq!(bus.ok(home, &["secrets", "get", "TELEGRAM_API_HASH"], ""), format!("{hash}\n"));
    }

    #[test]
    #[ignore = "needs gnome-keyring and dbus; run by .ci/run"]
    fn whoever_is_killed_while_moving_a_secret_has_it_still() {
        let bus = Bus::unlocked();
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        for round in 0..40 {
            write_file(home, "TG_STRING_SESSION=1hush\n");
            let mut command = command(home, &["secrets", "migrate"]);
            bus.env(&mut command);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(round * 2));
            child.kill().unwrap();
            child.wait().unwrap();
            assert_eq!(bus.ok(home, &["secrets", "get", STRING], ""), "1hush\n", "round {round}: {}", file(home));
            bus.ok(home, &["secrets", "remove", STRING], "");
        }
    }

    #[test]
    #[ignore = "needs gnome-keyring and dbus; run by .ci/run"]
    fn a_locked_keyring_is_named_and_hangs_nothing() {
        let mut bus = Bus::unlocked();
        let world = World::new();
        let home = world.home.path();
        bus.ok(home, &["secrets", "migrate"], "");
        let kept = file(home);
        bus.keyring(false);
        let path = home.join(".env.local").display().to_string();
        for args in [&["session", "check"][..], &["track"], &["secrets", "get", STRING]] {
            let (_, said) = ends(&bus.swf(home, args, ""), 75);
            assert_eq!(
                said,
                format!(
                    "swf: TG_STRING_SESSION is in the keyring, but can't be read: the keyring is locked, or was \
                     never set up\n  Unlock it, e.g. by logging in on the desktop, and try again.\n  To store it \
                     without the keyring, in {path} (only you can read it), run: swf secrets set TG_STRING_SESSION \
                     --store file\n  Or give it to a systemd service with LoadCredential=TG_STRING_SESSION:FILE, or \
                     set it in the environment.\n"
                )
            );
        }
        assert_eq!(source(&bus, home, STRING), ("keyring".to_owned(), false));
        let (_, said) = ends(&bus.swf(home, &["secrets", "set", TOKEN], "1:hush"), 75);
        assert!(said.starts_with("swf: TELEGRAM_BOT_TOKEN was not stored: the keyring is locked"), "{said}");
        let (_, said) = ends(&bus.swf(home, &["secrets", "remove", STRING], ""), 75);
        assert!(said.starts_with("swf: TG_STRING_SESSION is still in the keyring: the keyring is locked"), "{said}");
        write_file(home, &format!("{kept}TELEGRAM_BOT_TOKEN=1:hush\n"));
        ends(&bus.swf(home, &["secrets", "migrate"], ""), 75);
        assert_eq!(file(home), format!("{kept}TELEGRAM_BOT_TOKEN=1:hush\n"));
        // A locked keyring is no problem for secrets that are stored elsewhere.
        bus.ok(home, &["secrets", "set", STRING, "--store", "file"], &world.telegram.login_string(world.me));
        bus.ok(home, &["session", "check"], "");
        // After unlocking, everything works again.
        bus.keyring(true);
        assert_eq!(bus.ok(home, &["secrets", "get", "TELEGRAM_API_HASH"], ""), "hash\n");
    }

    #[test]
    #[ignore = "needs gnome-keyring and dbus; run by .ci/run"]
    fn a_prompt_that_nobody_answers_and_a_service_that_never_starts_hang_nothing() {
        // Longer than any timeout; it outlives the bus.
        let sleep = "/bin/sleep 40";
        let mut bus = Bus::start(&[("org.gnome.keyring.SystemPrompter", sleep)]);
        bus.keyring(true);
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        bus.ok(home, &["secrets", "set", STRING], "1hush");
        bus.keyring(false);
        let (_, said) = ends(&bus.swf(home, &["secrets", "get", STRING], ""), 75);
        assert!(
            said.contains("can't be read: the keyring has not answered for 2 s; it may be locked\n  Unlock"),
            "{said}"
        );
        let (_, said) = ends(&bus.swf(home, &["secrets", "set", TOKEN], "1:hush"), 75);
        assert!(said.contains("TELEGRAM_BOT_TOKEN was not stored: the keyring has not answered for 2 s"), "{said}");
        assert_eq!(noted(home), "TG_STRING_SESSION\n");

        let bus = Bus::start(&[("org.freedesktop.secrets", sleep)]);
        for args in [&["secrets", "get", STRING][..], &["secrets", "list"], &["secrets", "set", TOKEN]] {
            let output = bus.swf(home, args, "1:hush");
            let (_, said) = ends(&output, if args[1] == "list" { 0 } else { 75 });
            assert!(said.contains("the keyring has not answered for 2 s"), "{said}");
        }
    }

    #[test]
    #[ignore = "needs gnome-keyring and dbus; run by .ci/run"]
    fn where_there_is_no_keyring_it_says_what_works() {
        let bus = Bus::start(&[]);
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let path = home.join(".env.local").display().to_string();
        let (_, said) = ends(&bus.swf(home, &["secrets", "set", TOKEN], "1:hush"), 78);
        assert!(said.contains("there is no keyring here (") && said.contains("org.freedesktop.secrets"), "{said}");
        // There is no bus at all.
        let (_, said) = ends(&fed(command(home, &["secrets", "set", TOKEN]), "1:hush"), 78);
        assert_eq!(
            said,
            format!(
                "swf: TELEGRAM_BOT_TOKEN was not stored: there is no keyring here (Failed to connect to address \
                 `unix:path=/nowhere`: No such file or directory (os error 2))\n  To store it without the keyring, \
                 in {path} (only you can read it), run: swf secrets set TELEGRAM_BOT_TOKEN --store file\n  Or give \
                 it to a systemd service with LoadCredential=TELEGRAM_BOT_TOKEN:FILE, or set it in the environment.\n"
            )
        );
        assert_eq!(noted(home), "");
        // The advice in the message works.
        ends(&fed(command(home, &["secrets", "set", TOKEN, "--store", "file"]), "1:hush"), 0);
        let (_, said) = ends(&command(home, &["secrets", "migrate"]).output().unwrap(), 78);
        assert!(said.starts_with("swf: there is no keyring here") && file(home).contains("1:hush"), "{said}");
        let (out, said) = ends(&command(home, &["secrets", "list"]).output().unwrap(), 0);
        assert!(out.contains(&format!("TELEGRAM_BOT_TOKEN         {path}\n")) && said.is_empty(), "{out}{said}");
        // The folder comes from a machine with a keyring.
        write_file(home, "");
        std::fs::write(home.join("var/keyring"), "TELEGRAM_BOT_TOKEN\n").unwrap();
        let (out, said) = ends(&command(home, &["secrets", "list"]).output().unwrap(), 0);
        assert!(out.contains("TELEGRAM_BOT_TOKEN         the keyring, which can't be read now\n"), "{out}");
        assert!(said.contains("is in the keyring, but can't be read: there is no keyring here"), "{said}");
        let (_, said) = ends(&command(home, &["secrets", "remove", TOKEN]).output().unwrap(), 78);
        assert!(said.contains("no longer reads TELEGRAM_BOT_TOKEN from the keyring"), "{said}");
        let (out, _) = ends(&command(home, &["secrets", "remove", TOKEN]).output().unwrap(), 0);
        assert!(out.contains("nothing to remove"), "{out}");
    }

    #[test]
    #[ignore = "needs gnome-keyring and dbus; run by .ci/run"]
    fn a_keyring_that_was_never_set_up_is_named() {
        let mut bus = Bus::start(&[]);
        bus.keyring(false);
        let home = tempfile::tempdir().unwrap();
        let (_, said) = ends(&bus.swf(home.path(), &["secrets", "set", TOKEN], "1:hush"), 75);
        assert!(said.contains("the keyring is locked, or was never set up"), "{said}");
        assert_eq!(noted(home.path()), "");
    }

    #[test]
    fn only_who_keeps_something_in_the_keyring_opens_it() {
        let world = World::new();
        let home = world.home.path();
        assert_eq!(world.track().stop(), Some(0));
        // A bus that never answers, and counts connections.
        let socket: PathBuf = home.join("bus");
        let bus = UnixListener::bind(&socket).unwrap();
        bus.set_nonblocking(true).unwrap();
        let swf = |args: &[&str], code: i32| {
            let mut command = world.command(args);
            command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", socket.display()));
            let begun = Instant::now();
            let (_, said) = ends(&command.stdin(Stdio::null()).output().unwrap(), code);
            assert!(begun.elapsed() < SOON, "{args:?} took {:?}", begun.elapsed());
            let came = std::iter::from_fn(|| bus.accept().ok()).count();
            (came, said)
        };
        for args in [
            &["leaderboard"][..],
            &["post", "--dry-run"],
            &["post"],
            &["session", "check"],
            &["secrets", "list"],
            &["secrets", "remove", TOKEN],
            &["audit"],
        ] {
            assert_eq!(swf(args, 0), (0, String::new()), "{args:?}");
        }
        // Now a bot's token is noted as stored there: commands that post need it, others do not.
        std::fs::write(home.join("var/keyring"), "TELEGRAM_BOT_TOKEN\n").unwrap();
        for args in [&["leaderboard"][..], &["session", "check"], &["audit"], &["alias", "list"]] {
            assert_eq!(swf(args, 0), (0, String::new()), "{args:?}");
        }
        let (came, said) = swf(&["post"], 75);
        assert!(came == 1 && said.contains("the keyring has not answered for 2 s"), "{came} {said}");
        // No other account has posted in place of the bot.
        assert!(world.telegram.messages(world.group).is_empty());
    }
}
