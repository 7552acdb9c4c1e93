//! `swf watchdog`: for cron. Alerts if the tracker is dead or hangs. A running tracker alerts by itself.

use std::time::Duration;

use secrecy::SecretString;

use crate::app::alerts;
use crate::app::groups;
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
use crate::store::{Access, GroupRow, Store};
use crate::telegram::LoginString;

#[derive(Debug, clap::Args)]
pub struct Args {}

/// A tracker that seems to hang may only have slept with the computer. It then writes its state within this time.
const WAKE_TIMEOUT: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// An outage of the tracker.
struct Silence {
    since: Instant,
    why: String,
    /// The tracker's process exists.
    lives: bool,
    now: Instant,
}

/// What the command found.
struct Report {
    text: String,
    /// The organiser has received an alert about it.
    is_alerted: bool,
}

impl Report {
    fn nothing(text: impl Into<String>) -> Result<Report> {
        Ok(Report { text: text.into(), is_alerted: false })
    }

    fn alerted(text: String) -> Result<Report> {
        Ok(Report { text, is_alerted: true })
    }
}

/// Alerts with the settings that can be read. If settings are wrong and no alert was sent, that is the error.
pub fn run(
    _: &Args,
    global: Global,
    environment: impl IntoIterator<Item = (String, impl Into<SecretString>)>,
) -> Result<()> {
    let (context, wrong) = Context::lenient(global, environment)?;
    context.print_warnings();
    let report = watch(&context, wrong.as_ref())?;
    terminal::print(&report.text)?;
    match wrong {
        Some(error) if report.is_alerted => eprintln!("swf: {error}"),
        Some(error) => return Err(error),
        None => {}
    }
    Ok(())
}

fn watch(context: &Context, wrong: Option<&Error>) -> Result<Report> {
    let config = &context.config;
    let Some(state) = State::read(config.home()) else {
        return Report::nothing("No tracker has run here yet; there is nothing to watch.\n");
    };
    // Alert even if the log can't be written.
    let _log = logging::start(&config.home().logs(), &config.settings.log, context.verbosity - 1, false)
        .inspect_err(|error| eprintln!("swf: {error}"));
    runtime::block_on(look(config, state, wrong))?
}

async fn look(config: &Config, mut state: State, wrong: Option<&Error>) -> Result<Report> {
    let clock = Clock::new(state.clock_offset);
    let is_held = || {
        let path = config.home().lock();
        Lock::is_held(&path).map_err(|error| Error::failed(format!("{} can't be read: {error}", path.display())))
    };
    let silence = if is_held()? {
        let hangs = |state: &State| state.hangs(clock.now());
        let start = clock.elapsed();
        while hangs(&state) && clock.elapsed() < start + WAKE_TIMEOUT {
            tokio::time::sleep(POLL_INTERVAL).await;
            state = State::read(config.home()).unwrap_or(state);
        }
        if !hangs(&state) || !is_held()? {
            return Report::nothing(match state.pid {
                Some(_) => "The tracker is running, and sends alerts itself.\n",
                None => "The tracker has no heartbeat yet: it has just started, or belongs to an older swf.\n",
            });
        }
        let process = state.pid.map_or(String::new(), |pid| format!(", process {pid}"));
        let why =
            format!("the tracker is running, but hangs, or can't write to {}{process}", config.home().path().display());
        Silence { since: state.outage_start(), why, lives: true, now: clock.now() }
    } else if let Some(at) = state.current_stop(clock.now(), boot_time().map(|boot| boot + state.clock_offset)) {
        let at = local(config.group().zone, at).format("%Y-%m-%d %H:%M");
        let zone = config.group().zone.name();
        return Report::nothing(format!("The tracker was stopped at {at} ({zone}); no alert is sent.\n"));
    } else if state.is_unfinished() || state.stopped_at.is_some() {
        let why = match &state.error {
            Some(error) => format!("the tracker is not running: {error}"),
            None if state.stopped_at.is_some() => "the tracker was stopped and not started again".into(),
            None => "the tracker is not running".into(),
        };
        Silence { since: state.outage_start(), why, lives: false, now: clock.now() }
    } else {
        return Report::nothing("Only the old tracker has run here; there is nothing to check.\n");
    };
    alert(config, &state, silence, wrong, clock).await
}

/// Why no tracker could start now: an error of the settings or of the login.
fn obstacle(config: &Config, wrong: Option<&Error>) -> Option<Error> {
    let login = || config.login().and_then(|login| LoginString::parse(&login.string));
    wrong.cloned().or_else(|| login().err())
}

/// The reason with what to do. A problem of the settings comes first.
fn with_remedy(silence: &Silence, obstacle: Option<&Error>) -> String {
    let why = &silence.why;
    let wrong = obstacle.map(Error::brief).filter(|wrong| !why.contains(wrong.as_str()));
    let wrong = wrong.map_or(String::new(), |wrong| format!("; {wrong}"));
    let remedy = match (silence.lives, obstacle) {
        (_, Some(_)) => "; to see what to do, run: swf doctor",
        (true, None) => "",
        (false, None) => "; start it with: swf track",
    };
    format!("{why}{wrong}{remedy}")
}

async fn alert(
    config: &Config,
    state: &State,
    mut silence: Silence,
    wrong: Option<&Error>,
    mut clock: Clock,
) -> Result<Report> {
    let (group, title) = match &state.group {
        Some(group) => (PeerId(group.id), group.title.clone()),
        None => (PeerId(0), config.group().name.clone().unwrap_or_default()),
    };
    let others = others(config, group);
    // An outage of all groups is one alert, which names them all.
    let titles: Vec<&str> =
        [title.as_str()].into_iter().chain(others.iter().map(|(_, row)| row.title.as_str())).collect();
    let title = &titles.join(", ");
    let account = state.account.map(PeerId);
    let context = context_of(config, title);
    let store = upgrade::open_for_writing(config.home()).and_then(|store| {
        let row = store.groups()?.into_iter().find(|row| row.peer == group);
        row.map(|row| (store, row)).ok_or_else(|| Error::failed("the group is not in the store"))
    });
    let (steps, waits) = match &store {
        Ok((store, row)) => {
            let waits = !store.waiting(row.key, Lane::Alerts, silence.now)?.is_empty();
            (store.alerts_of(row.key, silence.since)?, waits)
        }
        Err(_) => (Vec::new(), false),
    };
    let mut obstacle = wrong.cloned();
    if waits || !alert::has_last_step(&steps) {
        obstacle = self::obstacle(config, wrong);
        // Telegram's clock counts, and the clock of this computer may be wrong.
        crate::commands::context::sync_clock(&config.credentials, &mut clock).await;
        silence.now = clock.now();
    }
    silence.why = with_remedy(&silence, obstacle.as_ref());
    let Silence { since, why, now, .. } = &silence;
    let queued = store.and_then(|(mut store, row)| {
        alerts::queue_step(&mut store, row.key, &context, *since, *now, why)?;
        alerts::queue_refusals(&mut store, row.key, &context, *now)?;
        for (config, row) in &others {
            alerts::queue_refusals(&mut store, row.key, &context_of(config, &row.title), *now)?;
        }
        Ok((store, row))
    });
    let report = match queued {
        Ok((mut store, row)) => {
            let report = deliver(config, &mut store, &row, account, clock, &silence).await;
            for (config, row) in &others {
                send_waiting(config, &mut store, row, account, clock).await?;
            }
            report
        }
        Err(error) => without_store(config, &context, group, &silence, state, &error).await,
    };
    match obstacle {
        Some(obstacle) => report.map_err(|error| obstacle.hint(error.message())),
        None => report,
    }
}

fn context_of<'a>(config: &Config, title: &'a str) -> AlertContext<'a> {
    AlertContext { group: title, zone: config.group().zone, words: config.group().language.words() }
}

/// The groups other than `group`, under which the alert of an outage is stored, with their settings.
fn others(config: &Config, group: PeerId) -> Vec<(Config, GroupRow)> {
    let Ok(store) = Store::open(&config.home().store(), Access::Read) else { return Vec::new() };
    let labelled = config.each_group().filter(|config| config.group().label.is_some());
    let rows = labelled.filter_map(|config| {
        let row = groups::configured(&store, config.group().name.as_deref()).ok()??;
        (row.peer != group).then_some((config, row))
    });
    rows.collect()
}

/// Sends the alerts of a group that wait; returns how many were sent.
async fn send_waiting(
    config: &Config,
    store: &mut Store,
    group: &GroupRow,
    account: Option<PeerId>,
    clock: Clock,
) -> Result<usize> {
    // Check this first: the routes need secrets, which may come from the keyring.
    if !sender::is_due(store, group.key, Lane::Alerts, clock.now())? {
        return Ok(0);
    }
    let routes = alerts::routes(config.group(), &config.credentials, Some(store), account);
    let owner = config.settings.owner;
    let pulse = alerts::pulse_routes(config.group(), owner, &config.credentials, Some(store), account);
    let routes = Routes { alerts: routes, pulse, ..Routes::none(group.key, group.peer) };
    sender::send_due(store, &routes, Lane::Alerts, clock).await
}

/// Sends the alerts that wait, one after the other.
async fn deliver(
    config: &Config,
    store: &mut Store,
    group: &GroupRow,
    account: Option<PeerId>,
    clock: Clock,
    Silence { since, why, now, .. }: &Silence,
) -> Result<Report> {
    let lead = format!("{why}. The group has not been seen for {}", duration((*now - *since).max(0)));
    let sent = send_waiting(config, store, group, account, clock).await?;
    let waiting = store.waiting(group.key, Lane::Alerts, clock.now())?;
    match waiting.first().map(|alert| alert.problem.as_ref().map(sender::explain)) {
        Some(Some(problem)) => Err(Error::temporary(format!("the alert could not be sent: {problem}"))
            .command("It is kept, and tried again by the next", "swf watchdog")),
        _ if sent > 0 => Report::alerted(format!("{lead}: alerted.\n")),
        _ if store.alerts_of(group.key, *since)?.is_empty() => {
            Report::nothing(format!("{lead}: no alert is due yet.\n"))
        }
        _ => Report::alerted(format!("{lead}: all alerts have already been sent.\n")),
    }
}

/// Sends the latest alert of the outage without the store, whose failure may be the cause. The alert's id is fixed, so
/// Telegram drops a repeat. The state file notes the alert, so that `SWF_ALERT_URL` gets no repeat either.
async fn without_store(
    config: &Config,
    context: &AlertContext<'_>,
    group: PeerId,
    silence: &Silence,
    state: &State,
    error: &Error,
) -> Result<Report> {
    if silence.lives && error.kind == ErrorKind::Unwritable {
        // The state file may be old only because nothing can be written; that does not prove that the tracker hangs.
        let text = format!("The tracker is running, but {}; it sends an alert about that itself.\n", error.message());
        return Report::nothing(text);
    }
    let Some(kind @ AlertKind::Outage { minutes }) = alert::due_step(silence.since, silence.now, &[]) else {
        return Err(Error::temporary(error.message()));
    };
    let why = format!("{}; the store can't be written: {}", silence.why, error.message());
    if state.alerted == Some(minutes) {
        return Report::alerted(format!("{why}. All alerts have already been sent.\n"));
    }
    let text = context.outage(silence.since, silence.since + minutes * 60, &why);
    let unstored = UnstoredAlert { kind, incident: silence.since, text };
    let routes = alerts::routes(config.group(), &config.credentials, None, state.account.map(PeerId));
    match alerts::send_unstored(group, &unstored, &routes).await {
        Ok(()) => {
            if !silence.lives {
                // Ignore a failed write: on a full disk a repeated alert is better than none.
                let _ = State { alerted: Some(minutes), ..state.clone() }.write(&config.home().state());
            }
            Report::alerted(format!("{why}. Alerted.\n"))
        }
        Err(problem) => Err(Error::temporary(format!("the alert could not be sent: {}", sender::explain(&problem)))
            .hint("The next swf watchdog tries again.")),
    }
}
