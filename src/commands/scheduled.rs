//! Whether a scheduler of this computer has an entry for a home: one of `swf schedule`, or one of the user's own.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::schedule::{NAME, in_xml};

/// How long a scheduler's program may take to list entries.
const LIST_TIMEOUT: Duration = Duration::from_secs(2);

/// Returns what the entry is, or `None` if no entry was found. `name` is the name that `swf schedule` gives to the entries
/// of this home; earlier versions used [`NAME`] for every home.
pub fn find(home: &Path, name: &str) -> Option<&'static str> {
    if cfg!(windows) {
        return task(home, name).then_some("a task in Task Scheduler");
    }
    let user_home = std::env::home_dir().unwrap_or_default();
    let cron = output("crontab", &["-l"]).is_some_and(|table| runs_in_crontab(&table, home, &user_home));
    if cron {
        Some("a cron entry")
    } else if unit(&["--user"], home) || unit(&[], home) {
        Some("a systemd unit")
    } else {
        agent(home, name, &user_home).then_some("a launchd agent")
    }
}

fn task(home: &Path, name: &str) -> bool {
    [name, NAME].into_iter().any(|task| {
        output("schtasks", &["/query", "/tn", task, "/xml"])
            .is_some_and(|xml| mentions(&xml, home) || mentions(&xml, Path::new(&in_xml(home))))
    })
}

fn unit(manager: &[&str], home: &Path) -> bool {
    let ask = |more: &[&str]| output("systemctl", &[manager, more].concat());
    // Packages install units that nobody has enabled.
    let list = ask(&["list-unit-files", "--no-legend", "--state=enabled", "swf*"]).unwrap_or_default();
    let names: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    // Without a name, `show` would be about the manager itself.
    let show = [&["show", "--property=ExecStart", "--"], &*names].concat();
    !names.is_empty() && ask(&show).is_some_and(|commands| commands.lines().any(|command| runs_in(command, home)))
}

fn agent(home: &Path, name: &str, user_home: &Path) -> bool {
    [name, NAME].into_iter().any(|agent| {
        let file = user_home.join("Library/LaunchAgents").join(format!("{agent}.plist"));
        std::fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("<string>{}</string>", in_xml(home))))
    })
}

/// Whether a command runs swf in `home`. One without `--home` is accepted: its home may be set elsewhere.
fn runs_in(command: &str, home: &Path) -> bool {
    command.contains("swf") && (!command.contains("--home") || mentions(command, home))
}

/// Whether a line of a crontab runs swf in `home`.
fn runs_in_crontab(table: &str, home: &Path, user_home: &Path) -> bool {
    let user_home = user_home.display().to_string();
    let runs = |line: &str| {
        let line =
            line.replace("${HOME}", &user_home).replace("$HOME", &user_home).replace(" ~/", &format!(" {user_home}/"));
        !line.trim_start().starts_with('#') && runs_in(&line, home)
    };
    table.lines().any(runs)
}

/// Whether `text` contains the path `home` as a whole, not as the beginning of a longer one.
fn mentions(text: &str, home: &Path) -> bool {
    let home = home.display().to_string();
    let is_end = |c: char| c.is_whitespace() || "\"';<&/\\".contains(c);
    text.match_indices(&*home).any(|(at, _)| text[at + home.len()..].chars().next().is_none_or(is_end))
}

/// The output of a program of the system, if it succeeds in time.
fn output(program: &str, args: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    let mut child =
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        sender.send(stdout.read_to_end(&mut bytes).map(|_| bytes))
    });
    let output = receiver.recv_timeout(LIST_TIMEOUT);
    if output.is_err() {
        // Leave no process behind.
        let _ = child.kill();
    }
    let status = child.wait().ok()?;
    let text = String::from_utf8_lossy(&output.ok()?.ok()?).into_owned();
    status.success().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_entry_of_this_home_is_accepted() {
        let runs = |line: &str| runs_in_crontab(line, Path::new("/home/ada/study"), Path::new("/home/ada"));
        for line in [
            "*/5 * * * * /usr/bin/swf --home /home/ada/study -q track",
            "*/5 * * * * $HOME/.cargo/bin/swf --home $HOME/study -q track",
            "@reboot swf --home ~/study track",
            "@reboot swf --home '/home/ada/study' track",
            "@reboot swf --home=${HOME}/study/ track",
            "@reboot cd /home/ada/study && swf track",
        ] {
            assert!(runs(line), "{line}");
        }
        for line in [
            "",
            "# */5 * * * * /usr/bin/swf --home /home/ada/study -q track",
            "*/5 * * * * /usr/bin/swf --home /home/ada/study2 -q track",
            "*/5 * * * * /usr/bin/backup /home/ada/study",
        ] {
            assert!(!runs(line), "{line}");
        }
    }
}
