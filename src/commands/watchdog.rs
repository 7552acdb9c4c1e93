//! `swf watchdog`: for cron. Alerts if the tracker is dead, or hangs; while it lives it alerts by itself.

use std::time::Duration;

use secrecy::SecretString;

use crate::app::alerts;
use crate::app::sender::{self, Lane, Routes};
use crate::app::upgrade;
use crate::commands::context::{Context, Global};
use crate::commands::runtime;
use crate::commands::terminal;
use crate::config::Config;
use crate::domain::alert::{self, AlertContext, AlertKind, UnstoredAlert};
use crate::domain::text::duration;
use crate::domain::time::period::local;
use crate::domain::{Instant, PeerId};
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::platform::clock::{Clock, boot_time};
use crate::platform::lock::Lock;
use crate::platform::logging;
use crate::platform::state_file::State;
use crate::store::{GroupRow, Store};

#[derive(Debug, clap::Args)]
pub struct Args {}

/// A tracker that seems to hang may only have slept with the computer: it must write its state within this time.
const WAKE_TIMEOUT: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// An outage of the tracker.
struct Silence {
    since: Instant,
    why: String,
    /// Its process is there.
    lives: bool,
    now: Instant,
}

/// Works with settings that can't be read, too: alerts by those that can, and then ends with the error about the others.
pub fn run(
    _: &Args,
    global: Global,
    environment: impl IntoIterator<Item = (String, impl Into<SecretString>)>,
) -> Result<()> {
    let (context, wrong) = Context::lenient(global, environment)?;
    context.print_warnings();
    match (watch(&context, wrong.as_ref()), wrong) {
        (watched, None) => watched,
        (Ok(()), Some(wrong)) => Err(wrong),
        (Err(error), Some(wrong)) => {
            eprintln!("swf: {wrong}");
            Err(error)
        }
    }
}

fn watch(context: &Context, wrong: Option<&Error>) -> Result<()> {
    let config = &context.config;
    let Some(state) = State::read(config.home()) else {
        return terminal::print("No tracker has run here yet; there is nothing to watch.\n");
    };
    // Alert even if the log can't be written.
    let _log = logging::start(&config.home().logs(), config.settings.log.as_deref(), context.verbosity - 1, false)
        .inspect_err(|error| eprintln!("swf: {error}"));
    terminal::print(&runtime::block_on(look(config, state, wrong))??)
}

/// `wrong` is why not all settings could be read.
async fn look(config: &Config, mut state: State, wrong: Option<&Error>) -> Result<String> {
    let clock = Clock::new(state.clock_offset);
    let is_held = || {
        let path = config.home().lock();
        Lock::is_held(&path).map_err(|error| Error::failed(format!("{} can't be read: {error}", path.display())))
    };
    let mut silence = if is_held()? {
        let hangs = |state: &State| state.hangs(clock.now());
        let start = clock.elapsed();
        while hangs(&state) && clock.elapsed() < start + WAKE_TIMEOUT {
            tokio::time::sleep(POLL_INTERVAL).await;
            state = State::read(config.home()).unwrap_or(state);
        }
        if !hangs(&state) || !is_held()? {
            return Ok(match state.pid {
                Some(_) => "The tracker is running, and alerts by itself.\n".into(),
                None => "The tracker has no heartbeat yet: it has just started, or belongs to an older swf.\n".into(),
            });
        }
        let process = state.pid.map_or(String::new(), |pid| format!(", process {pid}"));
        let why =
            format!("the tracker is running, but hangs, or can't write to {}{process}", config.home().path().display());
        Silence { since: state.outage_start(), why, lives: true, now: clock.now() }
    } else if let Some(at) = state.current_stop(clock.now(), boot_time().map(|boot| boot + state.clock_offset)) {
        let at = local(config.group().zone, at).format("%Y-%m-%d %H:%M");
        return Ok(format!("The tracker was stopped at {at} ({}); no alert is sent.\n", config.group().zone.name()));
    } else if state.is_unfinished() || state.stopped_at.is_some() {
        let why = match &state.error {
            Some(error) => format!("the tracker has ended: {error}; start it again with: swf track"),
            None if state.stopped_at.is_some() => {
                "the tracker was stopped and not started again; start it with: swf track".into()
            }
            None => "the tracker is not running; start it with: swf track".into(),
        };
        Silence { since: state.outage_start(), why, lives: false, now: clock.now() }
    } else {
        return Ok("Only the old tracker has run here; there is nothing to check.\n".into());
    };
    if let Some(wrong) = wrong {
        silence.why += &format!("; not all of its settings can be read: {}", wrong.message());
    }
    alert(config, &state, silence, clock).await
}

async fn alert(config: &Config, state: &State, mut silence: Silence, mut clock: Clock) -> Result<String> {
    let (group, title) = match &state.group {
        Some(group) => (PeerId(group.id), group.title.as_str()),
        None => (PeerId(0), config.group().name.as_deref().unwrap_or_default()),
    };
    let account = state.account.map(PeerId);
    let words = config.group().language.words();
    let context = AlertContext { group: title, zone: config.group().zone, words };
    let store = upgrade::open_for_writing(config.home()).and_then(|store| {
        let row = store.groups()?.into_iter().find(|row| row.peer == group);
        row.map(|row| (store, row)).ok_or_else(|| Error::failed("the store does not know the group"))
    });
    let (steps, waits) = match &store {
        Ok((store, row)) => {
            let waits = !store.waiting(row.key, Lane::Alerts, silence.now)?.is_empty();
            (store.alerts_of(row.key, silence.since)?, waits)
        }
        Err(_) => (Vec::new(), false),
    };
    if waits || !alert::has_last_step(&steps) {
        // Telegram's clock is the clock of record, and cron's machine may be off.
        crate::commands::context::sync_clock(&config.credentials, &mut clock).await;
        silence.now = clock.now();
    }
    let Silence { since, why, now, .. } = &silence;
    let queued = store.and_then(|(mut store, row)| {
        alerts::queue_step(&mut store, row.key, &context, *since, *now, why)?;
        alerts::queue_refusals(&mut store, row.key, &context, *now)?;
        Ok((store, row))
    });
    match queued {
        Ok((mut store, row)) => {
            let lead = format!("{why}. Not seen for {}", duration((*now - *since).max(0)));
            deliver(config, &mut store, &row, account, clock, &lead).await
        }
        Err(error) => without_store(config, &context, group, &silence, account, &error).await,
    }
}

/// Sends the alerts that wait, one after the other.
async fn deliver(
    config: &Config,
    store: &mut Store,
    group: &GroupRow,
    account: Option<PeerId>,
    clock: Clock,
    lead: &str,
) -> Result<String> {
    let mut sent = 0;
    // The routes need secrets, which may come from the keyring.
    if sender::is_due(store, group.key, Lane::Alerts, clock.now())? {
        let routes = alerts::routes(config.group(), &config.credentials, Some(store), account);
        let routes = Routes { alerts: routes, ..Routes::none(group.key, group.peer) };
        sent = sender::send_due(store, &routes, Lane::Alerts, clock).await?;
    }
    let waiting = store.waiting(group.key, Lane::Alerts, clock.now())?;
    match waiting.first().map(|alert| alert.problem.as_ref().map(sender::explain)) {
        Some(Some(problem)) => Err(Error::temporary(format!("the alert could not be sent: {problem}"))
            .command("It is kept, and tried again by the next", "swf watchdog")),
        _ if sent > 0 => Ok(format!("{lead}: alerted.\n")),
        _ => Ok(format!("{lead}: all alerts are sent already.\n")),
    }
}

/// Sends the last step without the store, which may be the cause. Its id is fixed, so Telegram drops a repeat.
async fn without_store(
    config: &Config,
    context: &AlertContext<'_>,
    group: PeerId,
    silence: &Silence,
    account: Option<PeerId>,
    error: &Error,
) -> Result<String> {
    if silence.lives && error.kind == ErrorKind::Unwritable {
        // The state file is old because nothing can be written; that does not prove that the tracker hangs.
        return Ok(format!("The tracker is running, but {}; it sends an alert about that itself.\n", error.message()));
    }
    let Some(kind @ AlertKind::Outage { minutes }) = alert::due_step(silence.since, silence.now, &[]) else {
        return Err(Error::temporary(error.message()));
    };
    let why = format!("the tracker is silent, and the store can't be written: {}", error.message());
    let text = context.outage(silence.since, silence.since + minutes * 60, &why);
    let unstored = UnstoredAlert { kind, incident: silence.since, text };
    let routes = alerts::routes(config.group(), &config.credentials, None, account);
    match alerts::send_unstored(group, &unstored, &routes).await {
        Ok(()) => Ok(format!("{why}. Alerted.\n")),
        Err(problem) => Err(Error::temporary(format!("the alert could not be sent: {}", sender::explain(&problem)))
            .hint("The next swf watchdog tries again.")),
    }
}
