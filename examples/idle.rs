//! What a tracker costs while little happens: a call of 60 people, in which one person joins or leaves each 10 s, in real
//! time. Prints CPU time, voluntary context switches, resident memory and requests by method.
//!
//! Linux only: the figures are read from `/proc`. The fake-telegram runs in this process and the tracker in another, so
//! the tracker's figures are its own. A busy machine raises them; the load average stands beside them.
//!
//! ```text
//! cargo build --release --bin swf --example idle
//! target/release/examples/idle
//! target/release/examples/idle path/to/another/swf --seconds 600
//! ```

#![allow(clippy::disallowed_methods, reason = "a benchmark in real time")]

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Parser;
use fake_telegram::{Counts, FakeTelegram, Id, Person};

const PEOPLE: usize = 60;
const SETTLING_TIME: Duration = Duration::from_secs(20);
const MOVE_INTERVAL: Duration = Duration::from_secs(10);
/// Half an interval, so that no move falls on the begin or the end of the measurement.
const FIRST_MOVE: Duration = Duration::from_secs(5);
/// `/proc/PID/stat` counts CPU time in `USER_HZ`, which is 100 on all platforms of Linux.
const TICK: Duration = Duration::from_millis(10);

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Measure what an idle tracker costs
#[derive(Parser)]
struct Args {
    /// The swf to measure; without it, the one that was built with this example
    swf: Option<PathBuf>,
    /// How long to measure, in seconds
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
}

fn main() -> Result<(), Error> {
    let args = Args::parse();
    let program = match args.swf {
        Some(program) => fs::canonicalize(&program).map_err(|error| format!("{}: {error}", program.display()))?,
        None => built_with_this()?,
    };
    let mut hall = Hall::open();
    let mut tracker = Tracker::start(&program, &hall.login())?;
    let begin = Instant::now();
    hall.move_until(begin, SETTLING_TIME);
    let before = tracker.sample(&hall.telegram)?;
    hall.move_until(begin, SETTLING_TIME + Duration::from_secs(args.seconds));
    let after = tracker.sample(&hall.telegram)?;
    println!("{}", after.since(&before, args.seconds)?);
    Ok(())
}

/// `target/release/swf` for `target/release/examples/idle`.
fn built_with_this() -> Result<PathBuf, Error> {
    let example = std::env::current_exe()?;
    let folder = example.parent().and_then(Path::parent).ok_or("this program is in no folder")?;
    let program = folder.join("swf");
    match program.is_file() {
        true => Ok(program),
        false => Err(format!("there is no swf in {}; build it, or name one", folder.display()).into()),
    }
}

/// A running tracker with a home of its own; killed when dropped.
struct Tracker {
    process: Child,
    home: tempfile::TempDir,
}

impl Tracker {
    /// Starts it with nothing of this process's environment.
    fn start(program: &Path, login: &str) -> Result<Self, Error> {
        let settings = format!(
            "TELEGRAM_API_ID=1\nTELEGRAM_API_HASH=hash\nTG_STRING_SESSION={login}\nTELEGRAM_GROUP_USERNAME=@studyhall\n"
        );
        let home = tempfile::tempdir()?;
        let file = home.path().join(".env.local");
        fs::write(&file, settings)?;
        #[cfg(unix)]
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        let log = fs::File::create(home.path().join("stderr"))?;
        let mut command = Command::new(program);
        command.args(["track", "--plain"]).current_dir(home.path()).env_clear();
        // No keyring: its answers would be measured, too.
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?;
        Ok(Self { process, home })
    }

    /// The figures of now; an error if it does not watch the call.
    fn sample(&mut self, telegram: &FakeTelegram) -> Result<Sample, Error> {
        let violations = telegram.violations();
        let watches = telegram.counts().of("phone.getGroupParticipants") > 0;
        if !watches || !violations.is_empty() || self.process.try_wait()?.is_some() {
            let log = fs::read_to_string(self.home.path().join("stderr"))?;
            return Err(format!("swf does not watch the call as it should: {violations:?}\n{log}").into());
        }
        Sample::take(self.process.id(), telegram)
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The group, and who is in its call.
struct Hall {
    telegram: FakeTelegram,
    organiser: Id,
    call: i64,
    present: VecDeque<Id>,
    away: Option<Id>,
    next_move: Duration,
}

impl Hall {
    fn open() -> Self {
        let telegram = FakeTelegram::start();
        let group = telegram.supergroup("Study Hall", Some("studyhall"));
        let organiser = telegram.person(Person::named("Organiser"));
        telegram.add_member(group, organiser);
        let call = telegram.start_call(group);
        let present: VecDeque<Id> =
            (1..=PEOPLE).map(|number| telegram.person(Person::named(&format!("Student {number}")))).collect();
        for person in &present {
            telegram.add_member(group, *person);
            telegram.join(call, *person);
        }
        Self { telegram, organiser, call, present, away: None, next_move: FIRST_MOVE }
    }

    fn login(&self) -> String {
        self.telegram.login_string(self.organiser)
    }

    /// Lets people leave and join until `end`, counted from `begin`.
    fn move_until(&mut self, begin: Instant, end: Duration) {
        while self.next_move < end {
            sleep(self.next_move.saturating_sub(begin.elapsed()));
            self.move_somebody();
            self.next_move += MOVE_INTERVAL;
        }
        sleep(end.saturating_sub(begin.elapsed()));
    }

    /// Who left last joins, or who has been there longest leaves.
    fn move_somebody(&mut self) {
        if let Some(person) = self.away.take() {
            self.telegram.join(self.call, person);
            self.present.push_back(person);
        } else if let Some(person) = self.present.pop_front() {
            self.telegram.leave(self.call, person);
            self.away = Some(person);
        }
    }
}

/// The figures of a process at one moment.
struct Sample {
    /// User and system time of all threads, in whole ticks.
    cpu: Duration,
    /// By thread, in nanoseconds: finer, but without threads that ended.
    thread_cpu: BTreeMap<String, u64>,
    /// By thread.
    switches: BTreeMap<String, u64>,
    resident_kib: u64,
    requests: Counts,
}

impl Sample {
    fn take(process: u32, telegram: &FakeTelegram) -> Result<Self, Error> {
        let folder = PathBuf::from(format!("/proc/{process}"));
        let stat = fs::read_to_string(folder.join("stat"))?;
        // The name of the program stands in brackets, and may hold anything.
        let fields: Vec<&str> = stat.rsplit_once(')').ok_or("a stat without a name")?.1.split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).ok_or("a stat that is too short")?.parse().map_err(Error::from);
        let (user, system): (u32, u32) = (ticks(11)?, ticks(12)?);
        let (mut thread_cpu, mut switches) = (BTreeMap::new(), BTreeMap::new());
        for thread in fs::read_dir(folder.join("task"))? {
            let thread = thread?;
            let id = thread.file_name().to_string_lossy().into_owned();
            let schedule = fs::read_to_string(thread.path().join("schedstat"))?;
            thread_cpu.insert(id.clone(), schedule.split_whitespace().next().ok_or("an empty schedstat")?.parse()?);
            switches.insert(id, field(&thread.path().join("status"), "voluntary_ctxt_switches:")?);
        }
        Ok(Self {
            cpu: TICK * (user + system),
            thread_cpu,
            switches,
            resident_kib: field(&folder.join("status"), "VmRSS:")?,
            requests: telegram.counts(),
        })
    }

    /// The line of figures.
    fn since(&self, before: &Sample, seconds: u64) -> Result<String, Error> {
        let requests = self.requests.since(&before.requests);
        let load = fs::read_to_string("/proc/loadavg")?;
        Ok(format!(
            "{seconds} s: CPU {} ms ({:.1} ms by thread), {} voluntary context switches, {:.1} MiB resident, {} requests \
             ({requests}); load average {}",
            (self.cpu - before.cpu).as_millis(),
            difference(&self.thread_cpu, &before.thread_cpu) as f64 / 1e6,
            difference(&self.switches, &before.switches),
            self.resident_kib as f64 / 1024.0,
            requests.total(),
            load.split_whitespace().next().unwrap_or("unknown"),
        ))
    }
}

/// By how much the threads that run now have gone on.
fn difference(after: &BTreeMap<String, u64>, before: &BTreeMap<String, u64>) -> u64 {
    after.iter().map(|(thread, count)| count - before.get(thread).copied().unwrap_or(0)).sum()
}

/// The number in a line of a status file.
fn field(file: &Path, name: &str) -> Result<u64, Error> {
    let text = fs::read_to_string(file)?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .ok_or_else(|| format!("no {name} in {}", file.display()))?;
    Ok(line.split_whitespace().next().ok_or_else(|| format!("an empty {name}"))?.parse()?)
}
