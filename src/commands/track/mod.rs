//! `swf track`: watches the call until it is stopped. On a terminal a live view, otherwise a log line an event.

mod screen;

use std::cell::RefCell;

use tokio_util::sync::CancellationToken;

use self::screen::{Canvas, follow_the_terminal};
use crate::commands::context::Context;
use crate::commands::runtime;
use crate::commands::terminal;
use crate::config::Config;
use crate::domain::Instant;
use crate::domain::post::compose::words;
use crate::domain::text::{clean, duration};
use crate::domain::time::period::{local, local_date};
use crate::error::Result;
use crate::platform::logging;
use crate::render::live::{Connection, Live, LiveCall, LivePerson};
use crate::tracker::{self, Ended, Link, Options, Status, Summary};

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
    let view = !args.plain && terminal::can_draw();
    let _log = logging::start(&context.config, context.verbosity, !view)?;
    let runtime = runtime::new(2)?;
    let options = Options { post: !args.no_post, view };
    let ended = runtime.block_on(async {
        let signals = tokio::spawn(stop_on_signal(stop.clone()));
        let canvas = RefCell::new(Canvas::new(context.color()));
        let track = tracker::run(&context.config, options, stop, |status| {
            canvas.borrow_mut().show(to_live(status, &context.config));
        });
        let ended = tokio::select! {
            ended = track => ended,
            () = follow_the_terminal(&canvas), if view => unreachable!("it has no end"),
        };
        signals.abort();
        ended
    });
    // Whatever still hangs on the network is left behind: all that counts is on the disk.
    runtime.shutdown_background();
    let Ended { end, summary } = ended?;
    if context.verbosity >= 0 {
        // Where nobody can read it any more, as after a terminal was closed, nothing is amiss.
        let _ = terminal::print(&summary_words(&summary, &context.config));
    }
    end
}

/// Waits for whatever asks a program to end on this platform.
pub(super) async fn stop_on_signal(stop: CancellationToken) {
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

/// What a run came to, in a few lines.
fn summary_words(summary: &Summary, config: &Config) -> String {
    let mut text = String::new();
    if let (Some(group), Some(span)) = (&summary.group, summary.watched) {
        let [from, to] = [span.from, span.to].map(|at| local(config.zone, at));
        let form = if from.date_naive() == to.date_naive() { "%H:%M" } else { "%-d %B %H:%M" };
        let (from, to) = (from.format(form), to.format(form));
        text += &format!("Watched {} for {}, from {from} to {to}.\n", clean(group), duration(span.seconds()));
        let run = &summary.run;
        let total = if run.today > run.studied { format!(" Today: {}.", duration(run.today)) } else { String::new() };
        text += &match run.people {
            0 => format!("Nobody was in the call.{total}\n"),
            one => format!("{} in the call, {} of study time.{total}\n", words::people(one), duration(run.studied)),
        };
        if run.blind > 0 {
            text += &format!("The call could not be seen for {} of it.\n", duration(run.blind));
        }
    } else {
        text += "The group was not seen.\n";
    }
    let posts = |count: usize| if count == 1 { "1 post".to_owned() } else { format!("{count} posts") };
    if summary.posted > 0 {
        text += &format!("{} into the group.\n", posts(summary.posted));
    }
    if summary.waiting > 0 {
        text += &format!("{} not sent yet; the next swf track or swf post will try.\n", posts(summary.waiting));
    }
    text
}
