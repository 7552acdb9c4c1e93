//! Services: what systemd hears of a tracker, and the entries for schedulers in `contrib/`.

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

    /// What systemd is to a service.
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

        /// A tracker whose service is looked after every so many milliseconds.
        fn track(&self, world: &World, patience: u64) -> Tracker {
            let patience = (patience * 1000).to_string();
            world.track_with(&[("NOTIFY_SOCKET", &self.path), ("WATCHDOG_USEC", &patience)])
        }

        /// The next message, if one comes within `bound`.
        fn hear(&mut self, bound: Duration) -> Option<String> {
            self.socket.set_read_timeout(Some(bound)).unwrap();
            let mut bytes = [0; 4096];
            let length = self.socket.recv(&mut bytes).ok()?;
            let text = String::from_utf8(bytes[..length].to_vec()).unwrap().trim_end().to_owned();
            self.heard.push(text.clone());
            Some(text)
        }

        /// Waits for a message.
        #[track_caller]
        fn await_message(&mut self, wanted: &str) {
            while self.hear(BOUND).unwrap_or_else(|| panic!("no {wanted}: {:?}", self.heard)) != wanted {}
        }

        /// Takes what has come so far.
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
        // Without a network it lives on.
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
        // systemd's patience with another process is none of ours.
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
            assert_eq!(services.len(), 4);
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

    /// CASES X13, X15.
    #[test]
    fn no_service_dumps_its_memory_and_each_takes_its_secrets_from_credentials() {
        use swf::config::secrets::NAMES;
        for kind in ["system", "user"] {
            let services: Vec<_> = units(kind).into_iter().filter(|(name, _)| name.ends_with(".service")).collect();
            assert!(services.iter().all(|(_, text)| text.contains("\nLimitCORE=0\n")), "{kind}");
            let text: String = services.iter().map(|(_, text)| text.as_str()).collect();
            // A service never asks for the password of two-step verification.
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
                // What they start has to be there.
                let program = env!("CARGO_BIN_EXE_swf");
                let text = text.replace("/usr/local/bin/swf", program).replace("%h/.cargo/bin/swf", program);
                std::fs::write(folder.path().join(name), text).unwrap();
            }
            for (name, _) in units(kind) {
                let unit = folder.path().join(&name).display().to_string();
                let manager = format!("--{kind}");
                let output = analyze(&["verify", &manager, "--man=no", &unit]);
                // Faults of other units of this machine are none of ours.
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(!said.contains("swf"), "{said}");
            }
        }
        let unit = contrib("systemd/system/swf.service").display().to_string();
        let output = analyze(&["security", "--offline=true", "--threshold=20", &unit]);
        // An older one can't look at files.
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() || said.contains("offline"), "{said} {output:?}");
    }
}

/// Lines that start swf, without what is quoted and where it lies.
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
