//! A week of a study group at high speed: a call each evening, the real tracker, its posts and their final edits.
//! Prints how much memory and how many files the tracker uses, and whether seconds are missing.
//!
//! The `faketime` package of Debian makes time run faster; at 600 times, a week takes 17 minutes:
//!
//! ```text
//! cargo build --release --example week
//! faketime -f '@2026-11-23 12:00:00 x600' target/release/examples/week
//! ```

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use clap::Parser;
use fake_telegram::{FakeTelegram, Id, Person};
use swf::cli::Cli;

const DAYS: i64 = 7;
const PEOPLE: i64 = 40;
const HOUR: i64 = 3600;
/// The offset of Tashkent from UTC.
const ZONE: i64 = 5 * HOUR;

type Error = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().collect();
    // The tracker is a separate process, so that its memory can be measured.
    if args.len() > 1 {
        swf::platform::clock::accept_any_date();
        return Ok(swf::cli::run(Cli::parse_from(args), std::env::vars())?);
    }
    let telegram = FakeTelegram::start();
    let group = telegram.supergroup("Study Hall", Some("studyhall"));
    let people: Vec<Id> = (1..=PEOPLE).map(|n| telegram.person(Person::named(&format!("Student {n}")))).collect();
    people.iter().for_each(|person| telegram.add_member(group, *person));
    let home = tempfile::tempdir()?;
    let login = telegram.login_string(people[0]);
    let settings = format!("TELEGRAM_API_ID=1\nTG_STRING_SESSION={login}\nTELEGRAM_GROUP_USERNAME=@studyhall\n");
    let file = home.path().join(".env.local");
    std::fs::write(&file, settings)?;
    #[cfg(unix)]
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let mut tracker = swf(home.path(), &["-q", "track"]).spawn()?;

    // How far the totals of the days can differ from the truth: the exact time of a leave is between two reads of the
    // clock.
    let (mut least, mut most) = (0, 0);
    let first = (telegram.now() + ZONE) / (24 * HOUR);
    println!("day  posts  final  resident  peak      open files  connections");
    for day in 0..DAYS {
        let at = |hour: i64| (first + day) * 24 * HOUR - ZONE + hour * HOUR;
        wait(&telegram, at(19));
        let call = telegram.start_call(group);
        for (n, person) in people.iter().enumerate().filter(|(n, _)| *n as i64 % 8 != day) {
            telegram.join(call, *person);
            wait(&telegram, at(19) + 60 * n as i64);
        }
        let mut present: BTreeMap<Id, i64> = telegram.participants(call).into_iter().collect();
        wait(&telegram, at(20));
        for person in people.iter().step_by(2) {
            if let Some(since) = present.remove(person) {
                let before = telegram.now();
                telegram.leave(call, *person);
                (least, most) = (least + before - since, most + telegram.now() - since);
            }
        }
        wait(&telegram, at(22));
        let before = telegram.now();
        telegram.end_call(call);
        let after = telegram.now();
        for since in present.into_values() {
            (least, most) = (least + before - since, most + after - since);
        }
        // At midnight the day becomes final, and some time later the store is backed up.
        wait(&telegram, at(24) + HOUR / 2);
        report(&telegram, group, day, &tracker)?;
    }
    let posts = telegram.messages(group);
    let stopped = Command::new("kill").arg(tracker.id().to_string()).status()?.success() && tracker.wait()?.success();
    let boards = swf(home.path(), &["-q", "export", "boards"]).stdout(Stdio::piped()).output()?.stdout;
    let mut rows = csv::Reader::from_reader(&*boards);
    let credited: i64 = rows
        .deserialize::<BTreeMap<String, String>>()
        .map(|row| row.map(|row| seconds(&row)))
        .sum::<Result<i64, _>>()?;
    let audit = swf(home.path(), &["audit"]).status()?.success();
    println!("{least} to {most} s studied, {credited} s on the boards");
    let right = posts.len() as i64 == DAYS && posts.iter().all(|post| post.edits == 1);
    let wrong = telegram.violations();
    match stopped && right && audit && (least..=most).contains(&credited) && wrong.is_empty() {
        true => Ok(()),
        false => Err(format!("not as it should be; Telegram says {wrong:?}").into()),
    }
}

fn seconds(row: &BTreeMap<String, String>) -> i64 {
    row.get("seconds").and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn wait(telegram: &FakeTelegram, until: i64) {
    while telegram.now() < until {
        sleep(Duration::from_secs(5));
    }
}

/// Runs this program as `swf`.
fn swf(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a program has a path"));
    command.arg("--home").arg(home).args(args).stdin(Stdio::null());
    command
}

fn report(telegram: &FakeTelegram, group: Id, day: i64, tracker: &Child) -> Result<(), Error> {
    let posts = telegram.messages(group);
    let is_final = posts.iter().filter(|post| post.edits == 1).count();
    let process = Path::new("/proc").join(tracker.id().to_string());
    let status = std::fs::read_to_string(process.join("status"))?;
    let memory = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim().to_owned()
    };
    let files = std::fs::read_dir(process.join("fd"))?.count();
    println!(
        "{:<4} {:<6} {is_final:<6} {:<9} {:<9} {files:<11} {}",
        day + 1,
        posts.len(),
        memory("VmRSS:"),
        memory("VmHWM:"),
        telegram.connections()
    );
    Ok(())
}
