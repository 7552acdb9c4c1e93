//! A terminal on which a test can type.

#![allow(clippy::disallowed_methods, reason = "a bound on how long a test waits")]

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

use crate::home::BOUND;

/// A program on a terminal of 100 by 50 cells; an xterm unless the command sets another.
pub struct Terminal {
    child: Child,
    keys: File,
    output: Receiver<Vec<u8>>,
    /// Everything that it has written, without the sequences for cursor and colors.
    pub text: String,
    /// How much of `text` was awaited already.
    seen: usize,
    raw: Vec<u8>,
}

impl Terminal {
    pub fn start(mut command: Command) -> Terminal {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master).expect("a terminal");
        unlockpt(&master).expect("a terminal");
        let name = ptsname(&master, Vec::new()).expect("a terminal has a name");
        // Other programs that start in the meantime must not keep it open.
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = rustix::fs::open(name, flags, Mode::empty()).expect("a terminal");
        tcsetwinsize(&slave, Winsize { ws_row: 50, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 }).expect("a terminal");
        // Without this, Ctrl-C would discard output that was not read yet.
        let mut modes = tcgetattr(&slave).expect("a terminal");
        modes.local_modes |= LocalModes::NOFLSH;
        tcsetattr(&slave, OptionalActions::Now, &modes).expect("a terminal");
        let slave = File::from(slave);
        let side = || slave.try_clone().expect("a terminal has three ends");
        if !command.get_envs().any(|(name, _)| name == "TERM") {
            command.env("TERM", "xterm");
        }
        let child = command.stdin(side()).stdout(side()).stderr(side()).spawn().expect("it starts");
        drop(command);
        let keys = File::from(master);
        let mut screen = keys.try_clone().expect("a terminal has two sides");
        let (sender, output) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // On Linux the end is an error.
            while let Ok(length @ 1..) = screen.read(&mut bytes) {
                if sender.send(bytes[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Terminal { child, keys, output, text: String::new(), seen: 0, raw: Vec::new() }
    }

    /// Waits until `wanted` appears after the text that was awaited before; returns the text in between.
    #[track_caller]
    pub fn await_text(&mut self, wanted: &str) -> String {
        let end = Instant::now() + BOUND;
        loop {
            if let Some(at) = self.text[self.seen..].find(wanted) {
                let before = self.text[self.seen..self.seen + at].to_owned();
                self.seen += at + wanted.len();
                return before;
            }
            self.take_until(end, wanted);
        }
    }

    /// Reads the next output, if it comes before `end`. The limit also ends a view that redraws itself forever.
    #[track_caller]
    fn take_until(&mut self, end: Instant, wanted: &str) {
        match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(bytes) => self.take(&bytes),
            Err(_) => panic!("no {wanted:?} on the terminal:\n{}", self.text),
        }
    }

    /// Waits for the link under a QR code.
    #[track_caller]
    pub fn await_link(&mut self) -> String {
        self.await_text("tg://login?token=");
        format!("tg://login?token={}", self.await_text("\n"))
    }

    fn take(&mut self, bytes: &[u8]) {
        self.raw.extend(bytes);
        let all = String::from_utf8_lossy(&self.raw);
        let mut text = String::new();
        let mut rest = all.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\u{1b}' if rest.peek() == Some(&'[') => {
                    rest.next();
                    while rest.next().is_some_and(|c| !c.is_ascii_alphabetic()) {}
                }
                '\r' => {}
                c => text.push(c),
            }
        }
        self.text = text;
    }

    /// Makes the terminal larger or smaller.
    pub fn resize(&self, columns: u16, rows: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.keys, size).expect("a terminal");
    }

    /// Sends a signal, e.g. `INT`, as the terminal does for Ctrl-C.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the terminal shows keys as they are typed.
    pub fn echoes(&self) -> bool {
        tcgetattr(&self.keys).expect("a terminal").local_modes.contains(LocalModes::ECHO)
    }

    /// Whether a program gets keys line by line, and not at once.
    pub fn waits_for_lines(&self) -> bool {
        tcgetattr(&self.keys).expect("a terminal").local_modes.contains(LocalModes::ICANON)
    }

    /// Waits until a question reads single keys. From then on Ctrl-C is a key; before, it is a signal.
    #[track_caller]
    pub fn await_question(&self) {
        let end = Instant::now() + BOUND;
        while self.waits_for_lines() {
            assert!(Instant::now() < end, "nothing is asked:\n{}", self.text);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until `wanted` has been written, including sequences.
    #[track_caller]
    pub fn await_raw(&mut self, wanted: &str) {
        let end = Instant::now() + BOUND;
        while !String::from_utf8_lossy(&self.raw).contains(wanted) {
            self.take_until(end, wanted);
        }
    }

    /// Presses keys; `\r` is Enter.
    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("the terminal is there");
    }

    /// Presses Ctrl-C again and again until the program ends.
    #[track_caller]
    pub fn interrupt(mut self) -> (Option<i32>, String) {
        let end = Instant::now() + BOUND;
        while self.child.try_wait().expect("it ends").is_none() {
            assert!(Instant::now() < end, "it does not end:\n{}", self.text);
            // This fails if the program has just ended.
            let _ = self.keys.write_all(b"\x03");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.end()
    }

    /// Waits for the end of the program; returns its exit code, and everything that it has shown.
    #[track_caller]
    pub fn end(mut self) -> (Option<i32>, String) {
        let code = self.wait();
        (code, std::mem::take(&mut self.text))
    }

    /// As [`Terminal::end`], but returns everything that it wrote, including sequences.
    #[track_caller]
    pub fn end_raw(mut self) -> (Option<i32>, String) {
        let code = self.wait();
        (code, String::from_utf8_lossy(&self.raw).into_owned())
    }

    #[track_caller]
    fn wait(&mut self) -> Option<i32> {
        let end = Instant::now() + BOUND;
        // The other side of the terminal is closed when the program ends.
        loop {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => {
                    let code = self.child.wait().expect("it ends").code();
                    assert!(self.echoes() && self.waits_for_lines(), "the terminal is not as it was:\n{}", self.text);
                    return code;
                }
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{}", self.text),
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
