//! The long-running process of `swf track`.
//!
//! ```text
//! updates, answers ──► engine ──► facts ──► write buffer ──► store thread
//!                        │ ▲
//!                        ▼ └── run loop: performs actions, waits for inputs
//!                      actions: connect, request, deliver, alert, copy, end
//! ```
//! Read in this order: `engine` (every decision, and everything about *when*, without I/O), `write_buffer` (what waits
//! for the disk), `run_loop` (performs), `store_thread`, `view` (what others see), `record` (inputs as a file).

mod chat;
pub mod engine;
mod folding;
mod groups;
mod opening;
mod outgoing;
mod phases;
mod pulse;
mod read_thread;
pub mod record;
mod run_loop;
mod settings;
mod site;
mod store_thread;
mod view;
pub mod write_buffer;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::{backup, boards, import, store_times};
use crate::config::Config;
use crate::domain::Span;
use crate::domain::live::View;
use crate::domain::text::clean;
use crate::domain::time::zone::Zone;
use crate::error::{Error, Result};
use crate::platform::clock::{self, Clock};
use crate::platform::lock::{Holder, Lock};
use crate::platform::paths::Home;
use crate::platform::state_file::{State, WebState};
use crate::platform::systemd::Service;
use crate::store::{self, Access, GroupRow, Store};
use crate::telegram::LoginString;
use crate::telegram::server_time::server_time;
use engine::{Engine, OutageStep, Start};
use record::Recorder;
use run_loop::RunLoop;

/// How long a write waits for another program that has locked the store. After that the write is kept and tried again.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// How the tracker is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Post on time.
    pub post: bool,
    /// Answer in the chat.
    pub chat: bool,
    /// A live view is shown.
    pub view: bool,
    /// Start with an empty store even if an earlier store is missing.
    pub new_store: bool,
    /// Write the engine's inputs to this file.
    pub record: Option<PathBuf>,
    /// If this is true, the tracker reads its settings again.
    pub reload: Arc<AtomicBool>,
    /// The state of the web server that runs beside the tracker.
    pub web: WebState,
}

/// What a tracker did, from its start to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// In the order of the settings.
    pub groups: Vec<GroupSummary>,
}

/// What a tracker did for one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSummary {
    /// The group's title, or the group's name in the settings.
    pub title: String,
    pub zone: Zone,
    /// From the first to the last instant at which the tracker saw the group, with or without a call; `None` if it
    /// never did.
    pub watched: Option<Span>,
    pub run: boards::Run,
    /// How many posts the tracker sent.
    pub posted: usize,
    /// How many posts are not sent yet.
    pub waiting: usize,
}

/// The result of a tracker that had begun to watch, and what it did.
#[derive(Debug)]
pub struct Ended {
    pub end: Result<()>,
    pub summary: Summary,
}

/// Watches the group's call until `stop`. With a live view, `show` receives one about once a second.
///
/// An error means that the tracker could not begin to watch: settings or login are missing (78), another tracker is
/// running (75), or the store is damaged or can't be opened (1).
pub async fn run(
    config: &Config,
    options: Options,
    stop: &CancellationToken,
    mut show: impl FnMut(&View),
) -> Result<Ended> {
    config.login()?;
    let Some(_lock) = Lock::take_with_retries(&config.home().lock()).await? else {
        return Err(already_running(config.home()));
    };
    let (home, zone) = (config.home(), config.group().zone);
    let store = open(config, options.new_store)?;
    let places: Vec<_> = config.settings.groups.iter().cloned().enumerate().collect();
    let watched = settings::watched(&store, &places)?;
    let first = watched.iter().find_map(|group| group.row().cloned());
    let clock = Clock::new(store.groups()?.first().map_or(0, |group| group.clock_offset));
    refuse_impossible_times(config, &store, &clock).await?;
    let mut service = Service::default();
    service.ready();
    let earlier = State::read(home);
    let start = Start {
        offset: clock.offset(),
        last_seen: earlier.as_ref().map_or(0, |state| state.last_seen),
        died: earlier.filter(|state| state.is_unfinished() || was_alerted(&store, first.as_ref(), state)).map(
            |state| {
                let unknown = match state.stopped_at {
                    Some(_) => "it was stopped",
                    None => "it was killed, or the computer was switched off",
                };
                OutageStep {
                    group: None,
                    since: state.outage_start(),
                    why: state.error.unwrap_or_else(|| unknown.into()),
                }
            },
        ),
        titles: watched.iter().map(|group| group.row().map(|row| row.title.clone())).collect(),
    };
    let now = run_loop::now(&clock);
    let engine_options = engine::Options {
        post: options.post,
        view: options.view,
        watchdog: service.interval(),
        check_dates: clock::checks_dates(),
        seed: u64::from(std::process::id()) ^ now.system.unsigned_abs().rotate_left(32),
    };
    let record = options.record.as_deref();
    let recorder = record.map(|path| Recorder::create(path, engine_options, &start, now)).transpose()?;
    let engine = Engine::new(engine_options, start, now);
    let mut run_loop = RunLoop::new(config.clone(), options, clock, engine, store, watched, service, recorder)?;
    tracing::info!("started");
    run_loop.run(stop, &mut show).await;
    let (ended, end) = run_loop.finish();
    let end = end.map_err(|error| backup::with_restore_hint(error, home, zone));
    ended.write_state(&end);
    match &end {
        Ok(()) => tracing::info!("stopped"),
        Err(error) => tracing::error!("stopped: {error}"),
    }
    Ok(Ended { end, summary: ended.summary() })
}

/// Whether the organiser got an alert that a stopped tracker did not run. If so, its return is reported, too.
fn was_alerted(store: &Store, row: Option<&GroupRow>, state: &State) -> bool {
    row.is_some_and(|row| store.alerts_of(row.key, state.outage_start()).is_ok_and(|alerts| !alerts.is_empty()))
}

/// The error for a lock that another process holds; with the process, if it is known.
fn already_running(home: &Home) -> Error {
    let tracker = State::read(home).filter(State::is_unfinished).and_then(|state| state.pid);
    match Holder::of(&home.lock()) {
        Some(Holder { pid, program: Some(program) }) if tracker != Some(pid) && program != "swf" => {
            let (lock, program) = (home.lock(), clean(&program));
            Error::temporary(format!("process {pid} ({program}) holds {}, so no tracker can start", lock.display()))
                .hint("That process is not a tracker. End it, then try again.")
        }
        holder => {
            let pid = holder.map(|holder| holder.pid).or(tracker);
            let process = pid.map(|pid| format!(" (process {pid})")).unwrap_or_default();
            Error::temporary(format!("a tracker is already running on this store{process}"))
                .hint("One tracker is enough. To stop it, press Ctrl-C in its terminal, or end its process.")
        }
    }
}

/// Refuses a store with impossible times, because facts with earlier times would be lost. This computer's clock may be
/// the one that is wrong, so Telegram is asked for the time; if it does not answer, the tracker starts.
async fn refuse_impossible_times(config: &Config, store: &Store, clock: &Clock) -> Result<()> {
    let now = clock.now().max(clock.system());
    let Some(mut time) = store_times::find(store, now)? else { return Ok(()) };
    if time.is_ahead() {
        let login = config.login()?;
        let string = LoginString::parse(&login.string)?;
        let Some(now) = server_time(&string, &login.access).await else {
            tracing::warn!("the store may contain an impossible time: {time}");
            return Ok(());
        };
        let Some(still) = store_times::find(store, now)? else { return Ok(()) };
        time = still;
    }
    Err(store_times::error(&time, config.home(), config.group().zone, now))
}

/// Opens the store for the tracker, which holds the lock: takes over the old tracker's database, and checks the file
/// before the first byte is written to it. A missing store is created only if there was none before, or with
/// `new_store`.
fn open(config: &Config, new_store: bool) -> Result<Store> {
    let path = config.home().store();
    let lost = backup::lost(config.home(), config.group().zone);
    if new_store && lost.is_none() && !store::is_missing(&path) {
        return Err(Error::usage(format!(
            "there is a store at {}; --new-store is only for a missing store",
            path.display()
        ))
        .command("To continue with it, run", "swf track"));
    }
    if let Some(error) = lost.filter(|_| !new_store) {
        return Err(error);
    }
    if let Some(taken) = import::in_place(config.home(), config.group(), Clock::new(0).now())? {
        let kept = taken.kept.unwrap_or_default();
        tracing::info!("imported {} days of the old tracker; its database is kept as {}", taken.days, kept.display());
        if let Some(day) = taken.anchor_date {
            tracing::info!("to continue its old blocks, set SWF_ANCHOR_DATE={day} and SWF_PERIODS=anchored");
        }
        if taken.bad_rows + taken.capped > 0 {
            tracing::warn!(
                "skipped {} invalid rows; {} totals are longer than their day",
                taken.bad_rows,
                taken.capped
            );
        }
    }
    if path.metadata().is_ok_and(|file| file.len() > 0) {
        store::check(&path).map_err(|error| backup::with_restore_hint(error, config.home(), config.group().zone))?;
    }
    let store = Store::open(&path, Access::Upgrade)?;
    store.set_busy_timeout(BUSY_TIMEOUT)?;
    Ok(store)
}
