//! The common part of the benchmarks: a tracker in its own process and home, and what it costs. Linux only.

#![allow(dead_code, reason = "each benchmark uses its own part")]

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fake_telegram::{Counts, FakeTelegram};

pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// `/proc/PID/stat` counts CPU time in `USER_HZ`, which is 100 on all platforms of Linux.
const TICK: Duration = Duration::from_millis(10);

/// The swf to measure: `named`, or else the one that was built with this example.
pub fn program(named: Option<PathBuf>) -> Result<PathBuf, Error> {
    match named {
        Some(program) => Ok(fs::canonicalize(&program).map_err(|error| format!("{}: {error}", program.display()))?),
        None => built_with_this(),
    }
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

/// The lines of `.env.local` that set the account.
pub fn account_settings(login: &str) -> String {
    format!("TELEGRAM_API_ID=1\nTELEGRAM_API_HASH=hash\nTG_STRING_SESSION={login}\n")
}

/// A running tracker with a home of its own; killed when dropped.
pub struct Tracker {
    process: Child,
    home: tempfile::TempDir,
}

impl Tracker {
    /// Starts a tracker with these files in its home, and with an empty environment.
    pub fn start(program: &Path, files: &[(&str, String)]) -> Result<Self, Error> {
        Self::start_in(tempfile::tempdir()?, program, files)
    }

    /// As [`Tracker::start`], in a home that has other files already.
    pub fn start_in(home: tempfile::TempDir, program: &Path, files: &[(&str, String)]) -> Result<Self, Error> {
        for (name, text) in files {
            let file = home.path().join(name);
            fs::write(&file, text)?;
            #[cfg(unix)]
            fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        }
        let log = fs::File::create(home.path().join("stderr"))?;
        let mut command = Command::new(program);
        command.args(["track", "--plain"]).current_dir(home.path()).env_clear();
        // No keyring: its answers would be part of the measurement.
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
        // The fake Telegram may be in another year.
        command.env("FAKE_TELEGRAM_DATES", "1");
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?;
        Ok(Self { process, home })
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The path of its store.
    pub fn store(&self) -> PathBuf {
        self.home.path().join("var/study.db")
    }

    /// Its output on standard error.
    pub fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("stderr")).unwrap_or_default()
    }

    /// Fails if it does not run, or has done something that a correct client would not do.
    pub fn check(&mut self, telegram: &FakeTelegram) -> Result<(), Error> {
        let violations = telegram.violations();
        let ended = self.process.try_wait()?;
        if violations.is_empty() && ended.is_none() {
            return Ok(());
        }
        Err(format!("swf does not run as it should: {ended:?}, {violations:#?}\n{}", self.log()).into())
    }

    /// Requests it to stop, and waits until it has.
    pub fn stop(mut self) -> Result<(), Error> {
        let asked = Command::new("kill").arg(self.id().to_string()).status()?;
        match asked.success() && self.process.wait()?.success() {
            true => Ok(()),
            false => Err(format!("swf did not stop as it should\n{}", self.log()).into()),
        }
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The figures of a process at one time.
pub struct Sample {
    /// User and system time of all threads, in whole ticks.
    cpu: Duration,
    /// By thread, in nanoseconds: more precise, but without threads that have ended.
    thread_cpu: BTreeMap<String, u64>,
    /// Voluntary context switches, by thread.
    switches: BTreeMap<String, u64>,
    resident_kib: u64,
    requests: Counts,
}

impl Sample {
    pub fn take(process: u32, telegram: &FakeTelegram) -> Result<Self, Error> {
        let folder = PathBuf::from(format!("/proc/{process}"));
        let stat = fs::read_to_string(folder.join("stat"))?;
        // The program's name is in brackets, and may contain any character.
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

    /// The cost since an earlier sample.
    pub fn since(&self, before: &Sample) -> Cost {
        Cost {
            cpu: self.cpu - before.cpu,
            thread_cpu: Duration::from_nanos(difference(&self.thread_cpu, &before.thread_cpu)),
            switches: difference(&self.switches, &before.switches),
            resident_kib: self.resident_kib,
            requests: self.requests.since(&before.requests),
        }
    }
}

/// The cost of a process between two samples.
pub struct Cost {
    /// User and system time of all threads, in whole ticks.
    pub cpu: Duration,
    /// More precise, but without threads that have ended.
    pub thread_cpu: Duration,
    /// Voluntary context switches.
    pub switches: u64,
    /// At the end of the measurement.
    pub resident_kib: u64,
    pub requests: Counts,
}

/// Prints everything except the requests.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "CPU {} ms ({:.1} ms by thread), {} voluntary context switches, {:.1} MiB resident",
            self.cpu.as_millis(),
            self.thread_cpu.as_secs_f64() * 1e3,
            self.switches,
            self.resident_kib as f64 / 1024.0
        )
    }
}

/// The load of the machine.
pub fn load() -> Result<String, Error> {
    let load = fs::read_to_string("/proc/loadavg")?;
    Ok(format!("load average {}", load.split_whitespace().next().unwrap_or("unknown")))
}

/// The total increase for the threads that run now.
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
