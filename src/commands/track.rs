//! `swf track`: watches the call until it is stopped. On a terminal a live view, otherwise a log line an event.

use std::io::IsTerminal;

use tokio_util::sync::CancellationToken;

use super::Context;
use crate::config::Config;
use crate::domain::Instant;
use crate::domain::period::{local, local_date};
use crate::domain::text::duration;
use crate::error::Result;
use crate::logging;
use crate::render::live::{self, Connection, Live, LiveCall, LivePerson};
use crate::tracker::{self, Link, Options, Status};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Do not post on time; track only
    #[arg(long)]
    no_post: bool,
    /// Log lines instead of the live view, also on a terminal
    #[arg(long)]
    plain: bool,
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    watch(args, context, &CancellationToken::new())
}

/// Tracks until a signal or `stop`.
pub fn watch(args: &Args, context: &Context, stop: &CancellationToken) -> Result<()> {
    // What is wrong with the configuration is said before anything is made.
    context.config.login()?;
    context.make_home()?;
    let view = std::io::stdout().is_terminal() && !args.plain;
    let _log = logging::start(&context.config, context.verbosity, !view)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let options = Options { post: !args.no_post, view };
    let end = runtime.block_on(async {
        let signals = tokio::spawn(stop_on_signal(stop.clone()));
        let mut screen = if view { Some(live::Screen::new(std::io::stdout())?) } else { None };
        let end = tracker::run(&context.config, options, stop, |status| {
            let Some(screen) = &mut screen else { return };
            let (width, height) = crossterm::terminal::size().unwrap_or((80, 24));
            let lines = live::frame(&to_live(status, &context.config), width, height, context.color());
            if let Err(error) = screen.draw(&lines, width) {
                tracing::warn!("the live view can't be drawn: {error}");
            }
        })
        .await;
        signals.abort();
        end
    });
    // Whatever still hangs on the network is left behind: all that counts is on the disk.
    runtime.shutdown_background();
    end
}

/// Waits for whatever asks a program to end on this platform.
async fn stop_on_signal(stop: CancellationToken) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut terminate), Ok(mut hang_up)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
        else {
            return;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    }
    #[cfg(windows)]
    {
        use tokio::signal::windows;
        let (Ok(mut close), Ok(mut shutdown), Ok(mut ctrl_break)) =
            (windows::ctrl_close(), windows::ctrl_shutdown(), windows::ctrl_break())
        else {
            return;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = close.recv() => {}
            _ = shutdown.recv() => {}
            _ = ctrl_break.recv() => {}
        }
    }
    stop.cancel();
}

/// What the live view shows of the tracker's status.
pub fn to_live(status: &Status, config: &Config) -> Live {
    let call = status.call.as_ref().map(|call| LiveCall {
        seconds: call.since.map(|since| status.now - since),
        people: call
            .people
            .iter()
            .map(|person| LivePerson {
                name: crate::domain::text::display_name(&person.profile),
                stay: person.stay,
                today: person.today,
            })
            .collect(),
    });
    let blind = status.call.as_ref().and_then(|call| call.blind);
    let connection = match (&status.link, blind) {
        (Link::Connecting, _) => Connection::Connecting,
        (Link::Offline { why, again }, _) => Connection::Waiting { seconds: *again as i64, why: why.clone() },
        (Link::FloodWait { seconds }, _) => {
            Connection::Waiting { seconds: *seconds as i64, why: "Telegram asks to wait".into() }
        }
        (Link::Online, Some((since, reason))) => {
            Connection::Blind { since: status.now - since, why: reason.word().into() }
        }
        (Link::Online, None) => Connection::Online,
    };
    Live {
        group: status.group.clone().unwrap_or_else(|| config.group().unwrap_or_default().to_owned()),
        connection,
        call,
        next_post: status.next_post.map_or_else(|| "off".into(), |at| due_words(config, at, status.now)),
        trouble: status.trouble.as_ref().map(|(why, waiting)| format!("{why}; {waiting} facts wait in memory")),
    }
}

/// `today 21:30 (in 2h 05m)`.
fn due_words(config: &Config, at: Instant, now: Instant) -> String {
    let day = match local_date(config.zone, at) - local_date(config.zone, now) {
        days if days.num_days() == 0 => "today".into(),
        days if days.num_days() == 1 => "tomorrow".into(),
        _ => local_date(config.zone, at).to_string(),
    };
    format!("{day} {} (in {})", local(config.zone, at).format("%H:%M"), duration(at - now))
}
