//! The log in `var/log/`: one file per day, two weeks retained; also on standard error unless the live view is shown.
//! It takes at most 56 MiB: of a day with too many lines, the latest are retained.
//!
//! A separate thread writes the file: a disk that is full, slow or read-only delays nothing else. Lines that cannot be
//! written are dropped.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use tracing::Subscriber;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::domain::Instant;
use crate::domain::text::quoted;
use crate::domain::time::period::local_date;
use crate::domain::time::zone::Zone;
use crate::error::{Error, Result};
use crate::platform::clock::{Clock, system_with_micros};
use crate::platform::fs::{has_moved, own_file};

/// How many days of logs are retained.
const RETAINED_DAYS: usize = 14;
/// The size of a file. There are at most two per day, so all of them take at most `RETAINED_DAYS * 2 * MAX_FILE_BYTES`,
/// 56 MiB. A busy group logs about 100 KB per day.
const MAX_FILE_BYTES: u64 = 2 << 20;

/// How the log is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// What is logged, in `tracing`'s syntax (`SWF_LOG`).
    pub filter: Option<String>,
    /// `SWF_LOG_FORMAT`.
    pub format: Format,
    /// The zone of the times (`SWF_LOG_TIMES`). A file holds the lines of one UTC day, whatever the zone.
    pub zone: Zone,
}

/// The form of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Text,
    /// An object with `timestamp`, `level`, `message`, `target` and more.
    Json,
}

impl LogSettings {
    /// Fails if no log can start with these settings.
    pub fn check(&self) -> Result<()> {
        self.filter.as_deref().map_or(Ok(()), |text| filter(text).map(drop))
    }

    /// The names of the settings that differ between the two.
    pub fn changed(&self, other: &LogSettings) -> Vec<&'static str> {
        let changes = [
            ("SWF_LOG", self.filter != other.filter),
            ("SWF_LOG_FORMAT", self.format != other.format),
            ("SWF_LOG_TIMES", self.zone.name() != other.zone.name()),
        ];
        changes.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }

    /// A line of level WARN, made without a subscriber.
    fn warning(&self, at: Instant, message: &str) -> String {
        let time = timestamp(self.zone, at, 0);
        match self.format {
            Format::Text => format!("{time}  WARN {message}\n"),
            Format::Json => {
                format!("{}\n", serde_json::json!({ "timestamp": time, "level": "WARN", "message": message }))
            }
        }
    }

    fn layer<S, W>(&self, writer: W, with_target: bool) -> Box<dyn Layer<S> + Send + Sync>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
        W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
    {
        let layer = fmt::layer().with_ansi(false).with_target(with_target).with_timer(Times(self.zone));
        match self.format {
            Format::Text => layer.with_writer(writer).boxed(),
            Format::Json => layer.json().flatten_event(true).with_writer(writer).boxed(),
        }
    }
}

/// Writes the times of log lines in a zone.
struct Times(Zone);

impl FormatTime for Times {
    fn format_time(&self, line: &mut Writer<'_>) -> std::fmt::Result {
        let (at, micros) = system_with_micros();
        line.write_str(&timestamp(self.0, at, micros))
    }
}

/// `2026-12-10T21:30:00.000125+05:00`; in UTC with a `Z` at the end.
fn timestamp(zone: Zone, at: Instant, micros: u32) -> String {
    let time = zone.local(at);
    let offset = if zone == Zone::UTC { "Z".to_owned() } else { time.format("%:z").to_string() };
    format!("{}.{micros:06}{offset}", time.format("%Y-%m-%dT%H:%M:%S"))
}

/// A running log. Dropping it writes the last lines and ends it.
#[derive(Debug)]
#[must_use = "the log ends when it is dropped"]
pub struct Log(#[expect(dead_code, reason = "lines are written as long as it lives")] Option<WorkerGuard>);

/// The filter that `SWF_LOG` means.
fn filter(text: &str) -> Result<EnvFilter> {
    EnvFilter::builder().parse(text).map_err(|_| {
        Error::config(format!("SWF_LOG is {}, which is not a log filter", quoted(text)))
            .hint("Allowed are levels and targets, e.g. SWF_LOG=debug or SWF_LOG=swf=debug,warn")
    })
}

/// Starts the log in `folder`. Without a filter `verbosity`, which counts `-v` minus `-q`, decides. `echo` repeats the
/// log on standard error.
pub fn start(folder: &Path, settings: &LogSettings, verbosity: i8, echo: bool) -> Result<Log> {
    let own = match verbosity {
        ..=-1 => "warn",
        0 => "info",
        1 => "debug",
        2.. => "trace",
    };
    let default = format!("swf={own},error");
    let text = settings.filter.as_deref().unwrap_or(&default);
    let files = Files::new(folder, settings.clone()).map_err(|error| Error::file(folder, "written", &error))?;
    let (files, guard) = tracing_appender::non_blocking(files);
    let file = settings.layer(files, true).with_filter(filter(text)?);
    let echo = match echo {
        true => Some(settings.layer(io::stderr, false).with_filter(filter(text)?)),
        false => None,
    };
    // A second command in one process, as in the demo, uses the first one's log.
    if tracing_subscriber::registry().with(file).with(echo).try_init().is_err() {
        return Ok(Log(None));
    }
    // A malformed server message can panic the library's task; the tracker then reconnects. The location goes into the
    // log instead of the live view. The panic message is left out: it may quote private data.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
        if std::thread::current().name() == Some("main") {
            let _ = writeln!(io::stderr(), "swf: this is a bug of swf, at {place}; please report it");
        }
    }));
    Ok(Log(Some(guard)))
}

/// The log files, one per day in UTC. Other processes may write to them at the same time.
///
/// ```text
/// swf.2026-12-09.log                        today's
/// swf.2026-12-10.old.log                    the lines before, if today's file was full
/// swf.2026-12-10.log
/// ```
struct Files {
    folder: PathBuf,
    settings: LogSettings,
    clock: Clock,
    open: Option<(NaiveDate, File)>,
}

impl Files {
    /// Fails if the log can't be written.
    fn new(folder: &Path, settings: LogSettings) -> io::Result<Files> {
        let mut files = Files { folder: folder.to_owned(), settings, clock: Clock::new(0), open: None };
        files.room(files.today(), 0)?;
        Ok(files)
    }

    fn today(&self) -> NaiveDate {
        local_date(Zone::UTC, self.clock.system())
    }

    /// The file of `day`, with space for `length` bytes.
    fn room(&mut self, day: NaiveDate, length: u64) -> io::Result<&mut File> {
        let path = self.folder.join(format!("swf.{day}.log"));
        let open = || {
            // The folder may have been removed.
            fs::create_dir_all(&self.folder)?;
            own_file().create(true).append(true).open(&path)
        };
        let is_full = |file: &File| file.metadata().map(|file| file.len() > 0 && file.len() + length > MAX_FILE_BYTES);
        let mut file = match self.open.take().filter(|(date, _)| *date == day) {
            // Another process may have started a new file already.
            Some((_, file)) if is_full(&file)? => open()?,
            Some((_, file)) if has_moved(&file, &path) => {
                let mut file = open()?;
                let line = self.settings.warning(self.clock.system(), "the log file was removed; a new one was made");
                file.write_all(line.as_bytes())?;
                file
            }
            Some((_, file)) => file,
            None => {
                let file = open()?;
                prune(&self.folder, day);
                file
            }
        };
        if is_full(&file)? {
            drop(file);
            // If this fails, the line is dropped.
            fs::rename(&path, self.folder.join(format!("swf.{day}.old.log")))?;
            file = open()?;
        }
        Ok(&mut self.open.insert((day, file)).1)
    }

    fn write_on(&mut self, day: NaiveDate, line: &[u8]) -> io::Result<()> {
        self.room(day, line.len() as u64)?.write_all(line)
    }
}

impl Write for Files {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.write_on(self.today(), line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open.as_mut().map_or(Ok(()), |(_, file)| file.flush())
    }
}

/// Removes all logs except those of `day` and of the latest other days. Failures are retried the next day.
fn prune(folder: &Path, day: NaiveDate) {
    let Ok(files) = fs::read_dir(folder) else { return };
    let files = files.filter_map(|file| Some((day_of(file.as_ref().ok()?.file_name().to_str()?)?, file.ok()?.path())));
    let files: Vec<(NaiveDate, PathBuf)> = files.collect();
    let others: BTreeSet<NaiveDate> = files.iter().map(|(date, _)| *date).filter(|date| *date != day).collect();
    let kept: BTreeSet<NaiveDate> = others.into_iter().rev().take(RETAINED_DAYS - 1).chain([day]).collect();
    for (_, path) in files.iter().filter(|(date, _)| !kept.contains(date)) {
        let _ = fs::remove_file(path);
    }
}

/// Whether a file in the folder of logs is one of swf's, by its name.
pub fn is_log(name: &str) -> bool {
    day_of(name).is_some()
}

/// The day of a log file by its name; `None` for other files.
fn day_of(name: &str) -> Option<NaiveDate> {
    let day = name.strip_prefix("swf.")?.strip_suffix(".log")?;
    day.strip_suffix(".old").unwrap_or(day).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &[u8] = &[b'x'; 1 << 16];

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 12, 1).unwrap() + chrono::Days::new(day.into())
    }

    fn sizes(folder: &Path) -> Vec<(String, u64)> {
        let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
        let mut files: Vec<_> =
            files.map(|file| (file.file_name().into_string().unwrap(), file.metadata().unwrap().len())).collect();
        files.sort();
        files
    }

    const SETTINGS: LogSettings = LogSettings { filter: None, format: Format::Text, zone: Zone::UTC };

    fn files(folder: &Path) -> Files {
        Files { folder: folder.to_owned(), settings: SETTINGS, clock: Clock::new(0), open: None }
    }

    /// The lines that `log` writes to the file.
    fn logged(settings: &LogSettings, log: impl FnOnce()) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        let writer = std::sync::Mutex::new(file.reopen().unwrap());
        let subscriber = tracing_subscriber::registry().with(settings.layer(writer, true));
        tracing::subscriber::with_default(subscriber, log);
        fs::read_to_string(file.path()).unwrap()
    }

    #[test]
    fn a_line_is_text_or_an_object() {
        let log = || tracing::info!(post = 7, "sent \"it\"\nnow");
        let text = logged(&SETTINGS, log);
        assert!(text.contains("  INFO ") && text.contains("Z ") && text.ends_with("post=7\n"), "{text}");
        let line = logged(&LogSettings { format: Format::Json, zone: Zone::TASHKENT, ..SETTINGS }, log);
        assert_eq!(line.lines().count(), 1);
        let object: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&object["level"], &object["message"]), (&"INFO".into(), &"sent \"it\"\nnow".into()));
        assert_eq!((&object["post"], &object["target"]), (&7.into(), &module_path!().into()));
        assert!(object["timestamp"].as_str().unwrap().ends_with("+05:00"), "{line}");
    }

    #[test]
    fn times_are_in_the_zone_of_the_settings() {
        let at = Instant(2_000_000_000);
        assert_eq!(timestamp(Zone::UTC, at, 125), "2033-05-18T03:33:20.000125Z");
        assert_eq!(timestamp(Zone::TASHKENT, at, 125), "2033-05-18T08:33:20.000125+05:00");
    }

    #[test]
    fn a_warning_without_a_subscriber_has_the_form_of_the_others() {
        let json = LogSettings { format: Format::Json, ..SETTINGS };
        let object: serde_json::Value = serde_json::from_str(&json.warning(Instant(0), "removed")).unwrap();
        assert_eq!(
            object,
            serde_json::json!({ "timestamp": "1970-01-01T00:00:00.000000Z", "level": "WARN", "message": "removed" })
        );
        assert_eq!(SETTINGS.warning(Instant(0), "removed"), "1970-01-01T00:00:00.000000Z  WARN removed\n");
    }

    #[test]
    fn what_differs_between_two_logs_has_a_name() {
        let other = LogSettings { filter: Some("debug".into()), format: Format::Json, zone: Zone::TASHKENT };
        assert_eq!(SETTINGS.changed(&other), ["SWF_LOG", "SWF_LOG_FORMAT", "SWF_LOG_TIMES"]);
        assert_eq!(SETTINGS.changed(&SETTINGS), Vec::<&str>::new());
    }

    #[test]
    fn the_log_never_exceeds_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = files(folder.path());
        fs::write(folder.path().join("mine.log"), "not a log of swf").unwrap();
        for date in 0..30 {
            for _ in 0..100 {
                files.write_on(day(date), LINE).unwrap();
            }
            let all: u64 = sizes(folder.path()).iter().map(|(_, size)| size).sum();
            assert!(all <= RETAINED_DAYS as u64 * 2 * MAX_FILE_BYTES + 12, "{all} on {date}");
        }
        let sizes = sizes(folder.path());
        assert_eq!(sizes.len(), 2 * RETAINED_DAYS + 1);
        assert_eq!(sizes[0].0, "mine.log");
        assert_eq!(sizes[1].0, "swf.2026-12-17.log");
        assert_eq!(sizes[2], ("swf.2026-12-17.old.log".to_owned(), MAX_FILE_BYTES));
    }

    #[test]
    fn the_latest_lines_of_a_day_are_retained() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = files(folder.path());
        for n in 0..100_000 {
            files
                .write_on(day(0), format!("line {n} of a day with far too many lines in its log file\n").as_bytes())
                .unwrap();
        }
        let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        let (old, new) = (text("swf.2026-12-01.old.log"), text("swf.2026-12-01.log"));
        assert!(new.ends_with("line 99999 of a day with far too many lines in its log file\n"));
        let first = |text: &str| text.split(' ').nth(1).unwrap().parse::<usize>().unwrap();
        let lines = old.lines().count() + new.lines().count();
        assert_eq!(first(&old) + lines, 100_000, "no line is missing in between");
    }

    #[test]
    fn two_quiet_weeks_are_retained_and_logs_from_the_future_do_not_displace_today() {
        let folder = tempfile::tempdir().unwrap();
        for date in 100..120 {
            files(folder.path()).write_on(day(date), b"ahead\n").unwrap();
        }
        for date in 0..3 {
            files(folder.path()).write_on(day(date), b"one\n").unwrap();
            files(folder.path()).write_on(day(date), b"two\n").unwrap();
            let today = folder.path().join(format!("swf.{}.log", day(date)));
            assert_eq!(fs::read_to_string(today).unwrap(), "one\ntwo\n");
            assert_eq!(sizes(folder.path()).len(), RETAINED_DAYS);
        }
    }

    /// CASES X1.
    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_a_log_is_not_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (mine, today) = (folder.path().join("mine"), folder.path().join("swf.2026-12-01.log"));
        fs::write(&mine, "mine\n").unwrap();
        symlink(&mine, &today).unwrap();
        files(folder.path()).write_on(day(0), b"forged\n").unwrap_err();
        assert_eq!(fs::read_to_string(&mine).unwrap(), "mine\n");
        fs::remove_file(&today).unwrap();
        files(folder.path()).write_on(day(0), b"line\n").unwrap();
        assert_eq!(today.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    /// CASES X4.
    #[cfg(unix)]
    #[test]
    fn a_log_that_is_removed_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("log");
        let mut files = files(&logs);
        let mut write = || {
            files.write_on(day(0), b"a line\n").unwrap();
            fs::read_to_string(logs.join("swf.2026-12-01.log")).unwrap()
        };
        assert_eq!(write(), "a line\n");
        fs::remove_dir_all(&logs).unwrap();
        assert!(write().ends_with("WARN the log file was removed; a new one was made\na line\n"));
    }

    #[test]
    fn two_processes_share_a_file_and_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let (mut a, mut b) = (files(folder.path()), files(folder.path()));
        for _ in 0..200 {
            a.write_on(day(0), LINE).unwrap();
            b.write_on(day(0), LINE).unwrap();
        }
        let all: u64 = sizes(folder.path()).iter().map(|(_, size)| size).sum();
        assert!(all > MAX_FILE_BYTES && all <= 2 * MAX_FILE_BYTES, "{all}");
    }
}
