//! Services: systemd notifications (`sd_notify`) of a tracker, and the entries for schedulers in `contrib/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;

fn contrib(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib").join(path)
}

#[cfg(target_os = "linux")]
mod systemd {
    use std::os::unix::net::UnixDatagram;
    use std::time::Duration;

    use super::*;
    use crate::home::{BOUND, Tracker, World};

    /// Receives notifications like systemd.
    struct Listener {
        socket: UnixDatagram,
        path: String,
        heard: Vec<String>,
    }

    impl Listener {
        fn new(world: &World) -> Listener {
            let path = world.home.path().join("notify");
            let socket = UnixDatagram::bind(&path).unwrap();
            Listener { socket, path: path.display().to_string(), heard: Vec::new() }
        }

        /// Starts a tracker as a service with a watchdog timeout of `patience` milliseconds.
        fn track(&self, world: &World, patience: u64) -> Tracker {
            let patience = (patience * 1000).to_string();
            world.track_with(&[("NOTIFY_SOCKET", &self.path), ("WATCHDOG_USEC", &patience)])
        }

        /// The next notification, if one arrives within `bound`.
        fn hear(&mut self, bound: Duration) -> Option<String> {
            self.socket.set_read_timeout(Some(bound)).unwrap();
            let mut bytes = [0; 4096];
            let length = self.socket.recv(&mut bytes).ok()?;
            let text = String::from_utf8(bytes[..length].to_vec()).unwrap().trim_end().to_owned();
            self.heard.push(text.clone());
            Some(text)
        }

        /// Waits for a notification.
        #[track_caller]
        fn await_message(&mut self, wanted: &str) {
            while self.hear(BOUND).unwrap_or_else(|| panic!("no {wanted}: {:?}", self.heard)) != wanted {}
        }

        /// Reads the notifications that have arrived so far.
        fn drain(&mut self) {
            while self.hear(Duration::from_millis(1)).is_some() {}
        }
    }

    #[test]
    fn it_hears_when_the_tracker_is_ready_lives_and_stops() {
        let world = World::new();
        let call = world.telegram.start_call(world.group);
        world.telegram.join(call, world.me);
        let mut systemd = Listener::new(&world);
        let tracker = systemd.track(&world, 500);
        systemd.await_message("READY=1");
        assert_eq!(systemd.heard, ["READY=1"], "the first word");
        systemd.await_message("STATUS=watching Study Hall");
        systemd.await_message("WATCHDOG=1");
        systemd.await_message("WATCHDOG=1");
        world.telegram.faults().refuse(true);
        while !systemd.hear(BOUND).unwrap().starts_with("STATUS=offline: ") {}
        // It also sends them without a network.
        systemd.await_message("WATCHDOG=1");
        systemd.await_message("WATCHDOG=1");
        assert_eq!(tracker.stop(), Some(0));
        systemd.drain();
        assert_eq!(systemd.heard.last().unwrap(), "STOPPING=1");
        assert_eq!(systemd.heard.iter().filter(|message| *message == "READY=1").count(), 1);
    }

    #[test]
    fn a_stopped_process_sends_nothing_and_a_continued_one_is_alive_again() {
        let world = World::new();
        let call = world.telegram.start_call(world.group);
        world.telegram.join(call, world.me);
        let mut systemd = Listener::new(&world);
        let tracker = systemd.track(&world, 500);
        systemd.await_message("WATCHDOG=1");
        tracker.signal("STOP");
        systemd.drain();
        assert_eq!(systemd.hear(Duration::from_millis(750)), None, "three notifications are due");
        tracker.signal("CONT");
        systemd.await_message("WATCHDOG=1");
        systemd.await_message("WATCHDOG=1");
    }

    #[test]
    fn the_name_of_a_group_is_no_word_to_systemd() {
        let world = World::new();
        let group = world.telegram.supergroup("Study\nMAINPID=1\nREADY=1", Some("evil"));
        world.telegram.add_member(group, world.me);
        world.configure("@evil", &[]);
        let mut systemd = Listener::new(&world);
        let tracker = systemd.track(&world, 500);
        systemd.await_message("STATUS=watching Study MAINPID=1 READY=1");
        assert_eq!(tracker.stop(), Some(0));
    }

    #[test]
    fn nobody_asked_means_nothing_said() {
        let world = World::new();
        let mut systemd = Listener::new(&world);
        // A watchdog timeout for another process is ignored.
        let tracker =
            world.track_with(&[("NOTIFY_SOCKET", &systemd.path), ("WATCHDOG_USEC", "1000"), ("WATCHDOG_PID", "1")]);
        systemd.await_message("STATUS=watching Study Hall");
        assert_eq!(tracker.stop(), Some(0));
        systemd.drain();
        assert!(!systemd.heard.contains(&"WATCHDOG=1".to_owned()), "{:?}", systemd.heard);
        let world = World::new();
        let tracker = world.track_with(&[("NOTIFY_SOCKET", "/nowhere/at/all"), ("WATCHDOG_USEC", "1000000")]);
        assert_eq!(tracker.stop(), Some(0));
    }

    fn units(kind: &str) -> Vec<(String, String)> {
        let files = std::fs::read_dir(contrib("systemd").join(kind)).unwrap().map(|file| file.unwrap().path());
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut units: Vec<_> = files.map(|path| (name(&path), std::fs::read_to_string(&path).unwrap())).collect();
        units.sort();
        units
    }

    #[test]
    fn the_services_of_a_kind_are_hardened_alike() {
        for kind in ["system", "user"] {
            let services: Vec<_> = units(kind).into_iter().filter(|(name, _)| name.ends_with(".service")).collect();
            assert_eq!(services.len(), 6);
            let hardening = |text: &str| {
                let lines = text
                    .split("# Restrictions: a fault in swf can't reach the rest of the system.\n")
                    .nth(1)
                    .expect("it is hardened");
                lines.split("\n\n").next().unwrap().trim_end().to_owned()
            };
            for (name, text) in &services {
                assert_eq!(hardening(text), hardening(&services[0].1), "{kind} {name}");
            }
            assert_eq!(units("user").len(), units("system").len());
        }
    }

    /// The directives of a unit, with the folder and the credentials of an instance.
    fn substance(text: &str, folder: &str) -> Vec<String> {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("Description="));
        let lines = lines.filter(|line| !line.starts_with("ReadWritePaths=") && !line.starts_with("# One tracker"));
        let lines = lines.filter(|line| !line.starts_with("#   systemctl"));
        lines.map(|line| line.replace(folder, "FOLDER").replace("swf@%i.", "swf.")).collect()
    }

    #[test]
    fn a_template_does_for_each_folder_what_the_unit_does_for_one() {
        for (kind, folder) in [("system", "/var/lib/swf"), ("user", "%h/study")] {
            let units = units(kind);
            let text = |name: &str| &units.iter().find(|(known, _)| known == name).expect(name).1;
            for name in ["swf.service", "swf-watchdog.service", "swf-watchdog.timer"] {
                let template = text(&name.replace('.', "@."));
                assert_eq!(substance(template, "%f"), substance(text(name), folder), "{kind} {name}");
            }
        }
    }

    /// CASES X13, X15.
    #[test]
    fn no_service_dumps_its_memory_and_each_takes_its_secrets_from_credentials() {
        use swf::config::secrets::NAMES;
        for kind in ["system", "user"] {
            let services: Vec<_> = units(kind).into_iter().filter(|(name, _)| name.ends_with(".service")).collect();
            assert!(services.iter().all(|(_, text)| text.contains("\nLimitCORE=0\n")), "{kind}");
            let text: String = services.iter().map(|(_, text)| text.as_str()).collect();
            // A service never needs the password of two-step verification.
            let telegram = NAMES.into_iter().filter(|name| *name != "TELEGRAM_2FA_PASSWORD");
            let web = [swf::web::SECRET, swf::web::client::SECRET];
            for name in telegram.chain(web) {
                assert!(text.contains(&format!("LoadCredential={name}:")), "{kind}: {name}");
            }
        }
    }

    fn analyze(args: &[&str]) -> std::process::Output {
        let mut command = Command::new("systemd-analyze");
        command.args(args).env("XDG_RUNTIME_DIR", std::env::temp_dir()).output().expect("systemd-analyze runs")
    }

    #[test]
    #[ignore = "needs systemd-analyze; run by .ci/run where it is"]
    fn systemd_finds_no_fault_with_the_units() {
        for kind in ["system", "user"] {
            let folder = tempfile::tempdir().unwrap();
            for (name, text) in units(kind) {
                // The programs that the units start must exist.
                let program = env!("CARGO_BIN_EXE_swf");
                let text = text.replace("/usr/local/bin/swf", program).replace("%h/.cargo/bin/swf", program);
                std::fs::write(folder.path().join(name), text).unwrap();
            }
            for (name, _) in units(kind) {
                let unit = folder.path().join(&name).display().to_string();
                let manager = format!("--{kind}");
                let output = analyze(&["verify", &manager, "--man=no", &unit]);
                // Problems of other units of this machine do not matter here.
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(!said.contains("swf"), "{said}");
            }
        }
        let unit = contrib("systemd/system/swf.service").display().to_string();
        let output = analyze(&["security", "--offline=true", "--threshold=20", &unit]);
        // An older systemd-analyze can't check files.
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() || said.contains("offline"), "{said} {output:?}");
    }
}

/// The scripts that `swf schedule` prints, run with a scheduler that only records its calls.
#[cfg(unix)]
mod scripts {
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output, Stdio};

    use crate::home::command;

    /// A user with a scheduler.
    struct User {
        folder: tempfile::TempDir,
    }

    impl User {
        fn new() -> User {
            let user = User { folder: tempfile::tempdir().unwrap() };
            std::fs::create_dir_all(user.path("bin")).unwrap();
            for name in ["systemctl", "loginctl", "launchctl"] {
                user.program(name, "echo \"${0##*/} $*\" >>\"$HOME/asked\"");
            }
            user.program("crontab", "case $1 in -l) cat \"$HOME/crontab\";; *) cat >\"$HOME/new\" && mv \"$HOME/new\" \"$HOME/crontab\";; esac");
            user
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn program(&self, name: &str, script: &str) {
            let file = self.path("bin").join(name);
            std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }

        /// The default home, if the user names none.
        fn platform_home(&self) -> PathBuf {
            let data = if cfg!(target_os = "macos") { "Library/Application Support/swf" } else { ".local/share/swf" };
            self.path(data)
        }

        /// The script that `swf schedule` prints for a home.
        fn script(&self, home: &Path, args: &[&str]) -> String {
            std::fs::create_dir_all(home).unwrap();
            let mut command = command(home, &[&["--home", home.to_str().unwrap(), "schedule"], args].concat());
            let output = command.env("HOME", self.folder.path()).env_remove("XDG_DATA_HOME").output().unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        }

        fn run(&self, script: &str) -> Output {
            let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
            let mut shell = Command::new("sh");
            shell.env("HOME", self.folder.path()).env("PATH", path).env_remove("XDG_CONFIG_HOME");
            let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            std::io::Write::write_all(&mut shell.stdin.take().unwrap(), script.as_bytes()).unwrap();
            shell.wait_with_output().unwrap()
        }

        /// Prints a script and runs it.
        #[track_caller]
        fn schedule(&self, home: &Path, args: &[&str]) -> String {
            let output = self.run(&self.script(home, args));
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        }

        /// The files in a folder, by name.
        fn files(&self, folder: &str) -> BTreeMap<String, String> {
            let files = std::fs::read_dir(self.path(folder)).into_iter().flatten().map(|file| file.unwrap());
            files
                .map(|file| (file.file_name().into_string().unwrap(), std::fs::read_to_string(file.path()).unwrap()))
                .collect()
        }

        /// The calls of the schedulers since the last time.
        fn asked(&self) -> String {
            let asked = std::fs::read_to_string(self.path("asked")).unwrap_or_default();
            let _ = std::fs::remove_file(self.path("asked"));
            asked
        }
    }

    /// The schedulers with entries as files: the name, the folder, and the number of files of an entry.
    const WITH_FILES: [(&str, &str, usize); 2] =
        [("systemd", ".config/systemd/user", 3), ("launchd", "Library/LaunchAgents", 2)];

    #[test]
    fn a_service_that_does_not_start_is_said_and_the_user_keeps_running() {
        let user = User::new();
        user.program("systemctl", "echo \"systemctl $*\" >>\"$HOME/asked\"; case $* in *enable*) exit 1;; esac");
        let output = user.run(&user.script(&user.path("study"), &["systemd"]));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains("stop it there with Ctrl-C"), "{said}");
        assert!(user.asked().contains("loginctl enable-linger"));
    }

    #[test]
    fn each_home_has_entries_of_its_own_and_removes_only_those() {
        for (system, folder, count) in WITH_FILES {
            let user = User::new();
            let homes = [user.path("it's a \"100%\" $HOME/study"), user.path("other/study"), user.platform_home()];
            let mut before = BTreeMap::new();
            for (place, home) in homes.iter().enumerate() {
                user.schedule(home, &[system]);
                let files = user.files(folder);
                assert_eq!(files.len(), (place + 1) * count, "{files:?}");
                assert!(before.iter().all(|(name, text)| files.get(name) == Some(text)), "another home's were changed");
                before = files;
            }
            assert!(before.keys().any(|name| name.starts_with("swf.")), "the name of before: {before:?}");
            // A second run changes nothing.
            user.schedule(&homes[1], &[system]);
            assert_eq!(user.files(folder), before);
            user.asked();
            let said = user.schedule(&homes[0], &[system, "--remove"]);
            assert!(said.starts_with("Removed swf-study-"), "{said}");
            let (left, asked) = (user.files(folder), user.asked());
            assert_eq!(left.len(), 2 * count);
            assert!(left.iter().all(|(name, text)| before.get(name) == Some(text)));
            assert_eq!(user.schedule(&homes[0], &[system, "--remove"]), "", "there is nothing left");
            let gone: Vec<&String> = before.keys().filter(|name| !left.contains_key(*name)).collect();
            let stopped = gone.iter().filter(|name| name.ends_with(".plist") || name.ends_with("y.service"));
            let stopped = stopped.map(|name| name.trim_end_matches(".plist"));
            assert!(stopped.into_iter().all(|name| asked.contains(name)), "{asked}");
            user.schedule(&homes[2], &[system, "--remove"]);
            assert_eq!(user.files(folder).len(), count, "the second home's");
        }
    }

    /// Earlier versions gave every home's entry the name `swf`.
    #[test]
    fn an_entry_of_an_earlier_version_moves_to_its_own_name_and_is_never_replaced_by_another() {
        for (system, folder, count) in WITH_FILES {
            let user = User::new();
            let (study, platform) = (user.path("study"), user.platform_home());
            user.schedule(&study, &[system]);
            for (name, text) in user.files(folder) {
                let old = match name.find("-watchdog") {
                    Some(at) => format!("swf{}", &name[at..]),
                    None => format!("swf.{}", name.rsplit('.').next().unwrap()),
                };
                let file = user.path(folder).join(&name);
                std::fs::write(&file, text).unwrap();
                std::fs::rename(file, user.path(folder).join(old)).unwrap();
            }
            let old = user.files(folder);
            assert_eq!(old.keys().filter(|name| name.starts_with("swf.")).count(), 1);
            user.asked();
            let refused = user.run(&user.script(&platform, &[system]));
            assert_eq!(refused.status.code(), Some(1));
            assert!(String::from_utf8_lossy(&refused.stderr).contains("belongs to another folder"), "{refused:?}");
            assert_eq!((user.files(folder), user.asked()), (old.clone(), String::new()), "{system}");
            // The platform home does not remove it, either.
            user.schedule(&platform, &[system, "--remove"]);
            assert_eq!(user.files(folder), old);
            user.schedule(&study, &[system]);
            assert!(user.files(folder).keys().all(|name| name.starts_with("swf-study-")));
            user.schedule(&platform, &[system]);
            assert_eq!(user.files(folder).len(), 2 * count);
        }
    }

    #[test]
    fn the_lines_of_one_home_leave_the_crontab() {
        let user = User::new();
        let homes = [user.path("a 100% 'odd'/study"), user.path("a 100% 'odd'/study 2")];
        let [first, second] = homes.each_ref().map(|home| user.script(home, &["cron"]));
        std::fs::write(user.path("crontab"), format!("MAILTO=ada\n{first}{second}")).unwrap();
        user.schedule(&homes[0], &["cron", "--remove"]);
        let is_command = |line: &&str| line.starts_with("*/");
        let left = std::fs::read_to_string(user.path("crontab")).unwrap();
        let commands: Vec<&str> = left.lines().filter(is_command).collect();
        assert_eq!(commands, second.lines().filter(is_command).collect::<Vec<_>>());
        assert!(left.starts_with("MAILTO=ada\n"), "{left}");
        // If the crontab can't be read, it is not written.
        user.program("crontab", "[ \"$1\" != -l ] && echo lost >\"$HOME/crontab\"; exit 1");
        assert!(!user.run(&user.script(&homes[1], &["cron", "--remove"])).status.success());
        assert_eq!(std::fs::read_to_string(user.path("crontab")).unwrap(), left);
    }

    #[test]
    fn the_tasks_of_two_homes_have_different_names() {
        let user = User::new();
        let names = [user.path("study"), user.path("b/study"), user.platform_home()].map(|home| {
            let script = user.script(&home, &["windows"]);
            let name = script.lines().find(|line| line.starts_with("$Name = ")).unwrap().to_owned();
            assert!(script.contains("$Remove = $false\n") && script.contains("so nothing was changed"), "{script}");
            assert!(user.script(&home, &["windows", "--remove"]).contains("$Remove = $true\n"));
            name
        });
        assert!(names[0].starts_with("$Name = 'swf-study-") && names[0] != names[1], "{names:?}");
        assert_eq!(names[2], "$Name = 'swf'");
    }
}

/// Lines that start swf, without quotes and paths.
fn calls(text: &str) -> impl Iterator<Item = Vec<String>> {
    let tagged = text.replace("</string>\n        <string>", " ").replace(['"', '\''], " ").replace(['<', '>'], "\n");
    let lines: Vec<String> = tagged.lines().filter(|line| line.contains("--home ")).map(str::to_owned).collect();
    lines.into_iter().map(|line| {
        let rest = line.split_once("--home ").expect("it has a home").1;
        rest.split_whitespace().skip(1).take_while(|word| *word != "/dev/null").map(str::to_owned).collect()
    })
}

#[test]
fn every_scheduler_has_the_tracker_and_the_watchdog_and_calls_what_there_is() {
    for folder in ["cron", "systemd/user", "systemd/system", "windows", "macos"] {
        let files = std::fs::read_dir(contrib(folder)).unwrap().map(|file| file.unwrap().path());
        let texts: Vec<String> = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        let calls: Vec<Vec<String>> = texts.iter().flat_map(|text| calls(text)).collect();
        for wanted in ["track", "watchdog"] {
            assert!(calls.iter().any(|call| call.iter().any(|word| word == wanted)), "{folder}: {calls:?}");
        }
        for call in calls {
            assert!(
                swf::cli::Cli::try_parse_from(["swf".to_owned()].iter().chain(&call)).is_ok(),
                "{folder}: {call:?}"
            );
        }
    }
}
