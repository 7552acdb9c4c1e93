//! `swf track`: watches the call until it is stopped. On a terminal a live view, otherwise a log line an event.

use std::cell::RefCell;
use std::io::Stdout;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Context;
use crate::config::Config;
use crate::domain::Instant;
use crate::domain::message::words;
use crate::domain::period::{local, local_date};
use crate::domain::text::{clean, duration};
use crate::error::Result;
use crate::logging;
use crate::render::live::{self, Connection, Live, LiveCall, LivePerson, Shown};
use crate::tracker::{self, Ended, Link, Options, Status, Summary};

/// How often the terminal's size is looked at.
const LOOK: Duration = Duration::from_millis(200);

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
    let view = !args.plain && super::can_draw();
    let _log = logging::start(&context.config, context.verbosity, !view)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
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
        let _ = super::print(&summary_words(&summary, &context.config));
    }
    end
}

/// The live view's place on the terminal.
struct Canvas {
    /// `None` while the terminal belongs to somebody else: before the first look, and in the background.
    screen: Option<(live::Screen<Stdout>, terminal::Mute)>,
    shown: Shown,
    latest: Option<Live>,
    size: (u16, u16),
    color: bool,
}

impl Canvas {
    fn new(color: bool) -> Canvas {
        Canvas { screen: None, shown: Shown::default(), latest: None, size: (0, 0), color }
    }

    /// Shows `live` from now on.
    fn show(&mut self, live: Live) {
        self.latest = Some(live);
        self.draw();
    }

    fn draw(&mut self) {
        let (Some((screen, _)), Some(live)) = (&mut self.screen, &self.latest) else { return };
        self.size = size();
        let lines = live::frame(live, self.size.0, self.size.1, self.color);
        if let Err(error) = screen.draw(&lines, self.size) {
            tracing::warn!("the live view can't be drawn: {error}");
        }
    }

    /// Takes the terminal when it is ours, and draws anew when it has changed its size.
    fn look(&mut self) {
        if self.screen.is_none() && terminal::is_ours() {
            let mute = terminal::Mute::new();
            self.screen = live::Screen::new(std::io::stdout(), self.shown.clone()).ok().map(|screen| (screen, mute));
            self.draw();
        } else if self.size != size() {
            self.draw();
        }
    }
}

/// Columns and rows of the terminal.
fn size() -> (u16, u16) {
    crossterm::terminal::size().ok().filter(|(width, height)| *width > 0 && *height > 0).unwrap_or((80, 24))
}

/// Keeps the live view where it belongs while the terminal changes its size, and around Ctrl-Z.
async fn follow_the_terminal(canvas: &RefCell<Canvas>) {
    let (shown, hook) = (canvas.borrow().shown.clone(), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        // What the hook says would be gone with the second screen. Other threads only write to the log.
        if std::thread::current().name() == Some("main") {
            let _ = shown.leave(&mut std::io::stdout());
        }
        hook(panic);
    }));
    let mut pause = terminal::Pause::new();
    loop {
        canvas.borrow_mut().look();
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = pause.wanted() => {
                canvas.borrow_mut().screen = None;
                terminal::pause();
            }
        }
    }
}

/// What is Unix's alone about a terminal.
#[cfg(unix)]
mod terminal {
    use std::io::stdout;

    use rustix::process::{Signal, getpgrp, getpid, kill_process};
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};
    use tokio::signal::unix::{self, SignalKind};

    /// Whether we are in the foreground: only then may we draw, and touch how keys are treated. A terminal that is not
    /// that of our session knows no background.
    pub fn is_ours() -> bool {
        tcgetpgrp(stdout()).map_or(true, |group| group == getpgrp())
    }

    /// While it lives, typed keys do not appear in the middle of the picture, nor afterwards in the shell.
    pub struct Mute(Option<Termios>);

    impl Mute {
        pub fn new() -> Mute {
            let before = tcgetattr(stdout()).ok();
            if let Some(mut modes) = before.clone() {
                modes.local_modes.remove(LocalModes::ECHO);
                let _ = tcsetattr(stdout(), OptionalActions::Now, &modes);
            }
            Mute(before)
        }
    }

    impl Drop for Mute {
        fn drop(&mut self) {
            if let Some(before) = &self.0 {
                let _ = tcsetattr(stdout(), OptionalActions::Flush, before);
            }
        }
    }

    /// Ctrl-Z.
    pub struct Pause(Option<unix::Signal>);

    impl Pause {
        pub fn new() -> Pause {
            Pause(unix::signal(SignalKind::from_raw(Signal::TSTP.as_raw())).ok())
        }

        pub async fn wanted(&mut self) {
            match &mut self.0 {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
    }

    /// Stands still until the shell says to go on.
    pub fn pause() {
        let _ = kill_process(getpid(), Signal::STOP);
    }
}

/// A console without Ctrl-Z and background.
#[cfg(not(unix))]
mod terminal {
    pub fn is_ours() -> bool {
        true
    }

    /// Nothing that is typed appears by itself.
    pub struct Mute;

    impl Mute {
        pub fn new() -> Mute {
            Mute
        }
    }

    pub struct Pause;

    impl Pause {
        pub fn new() -> Pause {
            Pause
        }

        pub async fn wanted(&mut self) {
            std::future::pending().await
        }
    }

    pub fn pause() {}
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
