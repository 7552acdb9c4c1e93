//! `swf track`: watches the call until it is stopped. Shows a live view on a terminal, and otherwise one log line per
//! event.

mod keys;
mod screen;

use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use self::screen::{Canvas, follow_the_terminal};
use crate::commands::context::{Context, Global};
use crate::commands::runtime;
use crate::commands::terminal;
use crate::commands::web_server::{self, DEFAULT_LISTEN, address};
use crate::config::Config;
use crate::config::Home;
use crate::domain::Span;
use crate::domain::text::{clean, count, duration};
use crate::domain::time::period::{clock_date, local_text};
use crate::domain::time::zone::Zone;
use crate::error::{Error, Result};
use crate::platform::lock::Lock;
use crate::platform::logging;
use crate::platform::state_file::{State, WebState};
use crate::render::words;
use crate::telegram::{LoginString, bot};
use crate::tracker::{self, Ended, GroupSummary, Options, Summary};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Do not post on time; track only
    #[arg(long)]
    no_post: bool,
    /// Do not answer in the chat
    #[arg(long)]
    no_chat: bool,
    /// Log lines instead of the live view, also on a terminal
    #[arg(long)]
    plain: bool,
    /// Start with an empty store if the previous store is missing
    #[arg(long)]
    new_store: bool,
    /// Record the events from Telegram and the system in this file, for a bug report; ids are hashed, and names left
    /// out
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Also serve the pages and boards, as swf web serve does, at this address [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = DEFAULT_LISTEN, value_parser = address)]
    web: Option<SocketAddr>,
}

pub fn run(
    args: &Args,
    global: Global,
    environment: impl IntoIterator<Item = (String, impl Into<SecretString>)>,
) -> Result<()> {
    let (context, wrong) = Context::lenient(global, environment)?;
    let end = wrong.map_or(Ok(()), Err).and_then(|()| {
        context.print_warnings();
        watch(args, &context, &CancellationToken::new())
    });
    if let Err(error) = &end {
        note_failed_start(context.config.home(), error);
    }
    end
}

/// Notes for `swf watchdog` that the tracker could not start, unless it failed because another tracker is running.
fn note_failed_start(home: &Home, error: &Error) {
    // Create no state file if no tracker has run here.
    if home.state().exists()
        && let Ok(Some(_lock)) = Lock::take(&home.lock())
        && let Err(error) = State::start_failed(home, &error.brief())
    {
        eprintln!("swf: {} can't be written: {error}", home.state().display());
    }
}

/// Tracks until a signal or `stop`.
pub fn watch(args: &Args, context: &Context, stop: &CancellationToken) -> Result<()> {
    let Ended { end, summary } = track(args, context, stop)?;
    if context.verbosity >= 0 {
        // A closed terminal can't show the summary; that is not an error.
        let _ = terminal::print(&summary_words(&summary));
    }
    end
}

/// Tracks until it ends. An `Err` means that it failed before it could watch.
fn track(args: &Args, context: &Context, stop: &CancellationToken) -> Result<Ended> {
    let config = &context.config;
    // Report configuration errors before any file is created.
    config.login()?;
    context.make_home()?;
    let view = !args.plain && terminal::can_draw();
    let _log = logging::start(&config.home().logs(), &config.settings.log, context.verbosity, !view)?;
    // Not under cron (-q), which would log the same warning every few minutes.
    for warning in foreign_logins(config).filter(|_| context.verbosity >= 0) {
        tracing::warn!("{warning}");
        if view {
            eprintln!("swf: {warning}");
        }
    }
    let web = WebState::default();
    if let Some(listen) = args.web {
        web_server::serve_beside(config, listen, web.clone(), stop.clone())?;
    }
    let runtime = runtime::new(2)?;
    let reload = Arc::default();
    let options = Options {
        post: !args.no_post,
        chat: !args.no_chat,
        view,
        new_store: args.new_store,
        record: args.record.clone(),
        reload: Arc::clone(&reload),
        web,
    };
    let ended = runtime.block_on(async {
        let signals = tokio::spawn(stop_on_signal(stop.clone(), view, move || reload.store(true, Ordering::Relaxed)));
        let canvas = RefCell::new(Canvas::new(context.color()));
        let track = tracker::run(config, options, stop, |view| canvas.borrow_mut().show(view));
        let ended = tokio::select! {
            ended = track => ended,
            () = follow_the_terminal(&canvas, stop), if view => unreachable!("it has no end"),
        };
        signals.abort();
        ended
    });
    // Drop pending network requests; all facts are stored.
    runtime.shutdown_background();
    ended
}

/// Warnings about logins that lead to a server other than Telegram's. Ignores logins that can't be read: the code that
/// needs them reports that.
fn foreign_logins(config: &Config) -> impl Iterator<Item = String> {
    let user = config.credentials.session().ok().flatten().and_then(|string| LoginString::parse(&string).ok());
    let bot = config.bot().ok().flatten().and_then(|login| bot::kept(&login).ok().flatten());
    [user, bot].into_iter().flatten().filter_map(|login| login.warning())
}

/// Waits for a signal that ends a program on this platform. SIGHUP ends a live view, and a program whose terminal was
/// closed; otherwise, e.g. in a service, it calls `reload`.
pub(super) async fn stop_on_signal(stop: CancellationToken, view: bool, reload: impl Fn()) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let had_terminal = terminal::is_there();
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hang_up)] = kinds.map(signal) else { return };
        loop {
            tokio::select! {
                _ = interrupt.recv() => break,
                _ = terminate.recv() => break,
                _ = hang_up.recv() => match view || (had_terminal && !terminal::is_there()) {
                    true => break,
                    false => reload(),
                },
            }
        }
    }
    #[cfg(not(unix))]
    let _ = (view, reload);
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

/// The summary of a run in a few lines; with several groups, in a line or two for each.
fn summary_words(summary: &Summary) -> String {
    match &summary.groups[..] {
        [group] => group_words(group),
        groups => groups.iter().map(line_of_group).collect(),
    }
}

fn group_words(group: &GroupSummary) -> String {
    let mut text = String::new();
    if let Some(span) = group.watched {
        text += &format!(
            "Watched {} for {}, {}.\n",
            clean(&group.title),
            duration(span.seconds()),
            times(span, group.zone)
        );
        let run = &group.run;
        let total = if run.today > run.studied { format!(" Today: {}.", duration(run.today)) } else { String::new() };
        text += &match run.people {
            0 => format!("Nobody was in the call.{total}\n"),
            one => format!("{} in the call, {} of study time.{total}\n", words::people(one), duration(run.studied)),
        };
        if run.blind > 0 {
            text += &format!("The call could not be seen for {} of that time.\n", duration(run.blind));
        }
    } else {
        text += "The group was not seen.\n";
    }
    if group.posted > 0 {
        text += &format!("Sent {} to the group.\n", count(group.posted, "post", "posts"));
    }
    if group.waiting > 0 {
        let posts = count(group.waiting, "post", "posts");
        text += &format!("{posts} not sent yet; the next swf track or swf post will try again.\n");
    }
    text
}

/// `Study Hall: watched for 2h 00m, 3 people in the call, 1h 20m of study time, 1 post sent.`
fn line_of_group(group: &GroupSummary) -> String {
    let mut parts = Vec::new();
    match group.watched {
        None => parts.push("not seen".to_owned()),
        Some(span) => {
            parts.push(format!("watched for {}", duration(span.seconds())));
            parts.push(match group.run.people {
                0 => "nobody in the call".to_owned(),
                people => {
                    let studied = duration(group.run.studied);
                    format!("{} in the call, {studied} of study time", words::people(people))
                }
            });
            if group.run.blind > 0 {
                parts.push(format!("the call not seen for {}", duration(group.run.blind)));
            }
        }
    }
    if group.posted > 0 {
        parts.push(format!("{} sent", count(group.posted, "post", "posts")));
    }
    if group.waiting > 0 {
        parts.push(format!("{} not sent yet", count(group.waiting, "post", "posts")));
    }
    format!("{}: {}.\n", clean(&group.title), parts.join(", "))
}

/// `from 08:33 to 08:43`, with the days if they differ.
fn times(span: Span, zone: Zone) -> String {
    let same = clock_date(zone, span.from) == clock_date(zone, span.to);
    let [from, to] = [span.from, span.to].map(|at| local_text(zone, at, if same { "%H:%M" } else { "%-d %B %H:%M" }));
    format!("from {from} to {to}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::boards::Run;
    use crate::domain::Instant;

    #[test]
    fn the_summary_has_a_line_for_each_of_several_groups() {
        let group = |title: &str, watched, run, posted, waiting| GroupSummary {
            title: title.into(),
            zone: Zone::UTC,
            watched,
            run,
            posted,
            waiting,
        };
        let watched = Some(Span::new(Instant(0), Instant(7200)));
        let studied = Run { people: 3, studied: 4800, blind: 0, today: 9000 };
        let blind = Run { blind: 130, ..Run::default() };
        let groups = vec![
            group("Study\u{1b}Hall", watched, studied, 1, 0),
            group("Late Hall", watched, blind, 0, 2),
            group("@gone", None, Run::default(), 0, 0),
        ];
        insta::assert_snapshot!(summary_words(&Summary { groups }), @r#"
        StudyHall: watched for 2h 00m, 3 people in the call, 1h 20m of study time, 1 post sent.
        Late Hall: watched for 2h 00m, nobody in the call, the call not seen for 2m, 2 posts not sent yet.
        @gone: not seen.
        "#);
    }
}
