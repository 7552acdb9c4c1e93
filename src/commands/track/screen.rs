//! The screen of the live view: the terminal's size, keys, Ctrl-Z, and the return of the terminal at the end.

use std::cell::RefCell;
use std::io::{IsTerminal, Stdout};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::keys;
use crate::domain::live::View;
use crate::render::live::{self, Shown};
use crate::render::live_focus::{Focus, Key};

/// How often the terminal's size and keys are read.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The live view on the terminal.
pub struct Canvas {
    /// `None` before the first check, and while swf is in the background and another program has the terminal.
    screen: Option<(live::Screen<Stdout>, platform::Mute)>,
    shown: Shown,
    latest: Option<View>,
    size: (u16, u16),
    focus: Focus,
    color: bool,
}

impl Canvas {
    pub fn new(color: bool) -> Canvas {
        // Without a terminal to type on, keys are not read.
        let focus = Focus { has_keys: std::io::stdin().is_terminal(), ..Focus::default() };
        Canvas { screen: None, shown: Shown::default(), latest: None, size: (0, 0), focus, color }
    }

    /// Shows `view` from now on.
    pub fn show(&mut self, view: &View) {
        if let Some(before) = self.latest.replace(view.clone()) {
            self.focus.follow(&before, view);
        }
        self.draw();
    }

    fn draw(&mut self) {
        let (Some((screen, _)), Some(view)) = (&mut self.screen, &self.latest) else { return };
        self.size = size();
        let lines = live::frame(view, self.focus, self.size.0, self.size.1, self.color);
        if let Err(error) = screen.draw(&lines, self.size) {
            tracing::warn!("the live view can't be drawn: {error}");
        }
    }

    /// Takes the terminal when swf is in the foreground, and redraws when its size has changed.
    fn look(&mut self) {
        if self.screen.is_none() && platform::is_ours() {
            let mute = platform::Mute::new();
            self.screen = live::Screen::new(std::io::stdout(), self.shown.clone()).ok().map(|screen| (screen, mute));
            self.draw();
        } else if self.size != size() {
            self.draw();
        }
    }
}

impl Canvas {
    /// Handles the keys that were pressed. Returns whether one of them ends the tracker.
    fn take_keys(&mut self) -> bool {
        // In the background the keys are for another program, and the system would stop this process for reading them.
        if !self.focus.has_keys || self.screen.is_none() || !platform::is_ours() {
            return false;
        }
        let groups = self.latest.as_ref().map_or(1, |view| view.groups.len());
        let (before, keys) = (self.focus, keys::read());
        keys.iter().for_each(|key| self.focus.press(*key, groups));
        if self.focus != before {
            self.draw();
        }
        keys.contains(&Key::Stop)
    }
}

/// Columns and rows of the terminal.
fn size() -> (u16, u16) {
    crossterm::terminal::size().ok().filter(|(width, height)| *width > 0 && *height > 0).unwrap_or((80, 24))
}

/// Redraws the live view when the terminal changes its size, takes keys, and hides the view during Ctrl-Z. The key `q`
/// cancels `stop`.
pub async fn follow_the_terminal(canvas: &RefCell<Canvas>, stop: &CancellationToken) {
    let (shown, hook) = (canvas.borrow().shown.clone(), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        // The alternate screen would hide the panic message. Other threads only write to the log.
        if std::thread::current().name() == Some("main") {
            let _ = shown.leave(&mut std::io::stdout());
        }
        hook(panic);
    }));
    let mut pause = platform::Pause::new();
    loop {
        canvas.borrow_mut().look();
        if canvas.borrow_mut().take_keys() {
            stop.cancel();
        }
        tokio::select! {
            () = tokio::time::sleep(POLL_INTERVAL) => {}
            () = pause.requested() => {
                canvas.borrow_mut().screen = None;
                platform::pause();
            }
        }
    }
}

/// The terminal on Unix.
#[cfg(unix)]
mod platform {
    use std::io::{IsTerminal, stdin, stdout};
    use std::os::fd::{AsFd, BorrowedFd};

    use rustix::process::{Signal, getpgrp, getpid, kill_process};
    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr};
    use tokio::signal::unix::{self, SignalKind};

    /// Whether this process is in the foreground: only then may it draw and change the modes of the terminal. True also
    /// for the terminal of another session, in which this process has no background.
    pub fn is_ours() -> bool {
        tcgetpgrp(stdout()).map_or(true, |group| group == getpgrp())
    }

    /// While this exists, the terminal does not echo keys, and each key can be read at once. At the end, drops typed
    /// keys, so that they do not reach the shell. Ctrl-C and Ctrl-Z still send their signals.
    pub struct Mute(Option<Termios>);

    impl Mute {
        pub fn new() -> Mute {
            let before = with_keyboard(|keyboard| tcgetattr(keyboard).ok());
            if let Some(mut modes) = before.clone() {
                modes.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON);
                // Make reads return at once.
                modes.special_codes[SpecialCodeIndex::VMIN] = 0;
                modes.special_codes[SpecialCodeIndex::VTIME] = 0;
                let _ = with_keyboard(|keyboard| tcsetattr(keyboard, OptionalActions::Now, &modes));
            }
            Mute(before)
        }
    }

    impl Drop for Mute {
        fn drop(&mut self) {
            if let Some(before) = &self.0 {
                let _ = with_keyboard(|keyboard| tcsetattr(keyboard, OptionalActions::Flush, before));
            }
        }
    }

    /// The terminal that keys come from.
    fn with_keyboard<T>(run: impl FnOnce(BorrowedFd) -> T) -> T {
        if stdin().is_terminal() { run(stdin().as_fd()) } else { run(stdout().as_fd()) }
    }

    /// Receives Ctrl-Z.
    pub struct Pause(Option<unix::Signal>);

    impl Pause {
        pub fn new() -> Pause {
            Pause(unix::signal(SignalKind::from_raw(Signal::TSTP.as_raw())).ok())
        }

        pub async fn requested(&mut self) {
            match &mut self.0 {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
    }

    /// Stops the process until the shell continues it.
    pub fn pause() {
        let _ = kill_process(getpid(), Signal::STOP);
    }
}

/// A console without Ctrl-Z and background.
#[cfg(not(unix))]
mod platform {
    pub fn is_ours() -> bool {
        true
    }

    /// Does nothing: the console gives each key at once, and does not echo it.
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

        pub async fn requested(&mut self) {
            std::future::pending().await
        }
    }

    pub fn pause() {}
}
