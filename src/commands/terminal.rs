//! The terminal: questions, hidden input, width, output.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal;
use dialoguer::{Confirm, Input, Select};
use secrecy::SecretString;
use signal_hook::consts::SIGINT;

use crate::error::{Error, Kind, Result};

/// Whether the terminal understands escape sequences.
pub fn understands_escapes() -> bool {
    // A Windows console must be switched to them. Old consoles do not have them.
    #[cfg(windows)]
    return crossterm::ansi_support::supports_ansi();
    #[cfg(not(windows))]
    std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb")
}

/// Whether a view that redraws itself can be shown on standard output.
pub fn can_draw() -> bool {
    std::io::stdout().is_terminal() && understands_escapes()
}

/// The width of text that does not go to a terminal, in cells.
const PIPED_WIDTH: u16 = 100;

/// The width of standard output, in cells.
pub fn width() -> u16 {
    if std::io::stdout().is_terminal() { terminal::size().map_or(80, |(width, _)| width) } else { PIPED_WIDTH }
}

/// Whether there is a terminal to ask on.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Whether standard input, output or error is a terminal that is still open.
pub fn is_there() -> bool {
    std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal()
}

/// What Ctrl-C does while no question is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// It ends the process.
    Exits,
    /// The command handles it.
    Handled,
}

/// The exit code that shells report for a program that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// How many lines of a list are shown at once.
const MAX_LIST_LINES: usize = 12;

/// Questions on the terminal. Ctrl-C ends a question, not the process, so that the cursor comes back and the command
/// can undo what it has begun. A process must have at most one `Prompt`; clones of it are allowed.
#[derive(Clone, Debug)]
pub struct Prompt {
    interrupt: Interrupt,
    /// Read by the signal handler: whether Ctrl-C ends the process.
    exits: Arc<AtomicBool>,
}

impl Prompt {
    /// `None` if there is no terminal to ask on.
    pub fn open(interrupt: Interrupt) -> Option<Prompt> {
        if !can_ask() {
            return None;
        }
        let exits = Arc::new(AtomicBool::new(interrupt == Interrupt::Exits));
        // If the handler can't be registered, Ctrl-C ends the process also during a question.
        let _ = signal_hook::flag::register_conditional_shutdown(SIGINT, INTERRUPTED, Arc::clone(&exits));
        Some(Prompt { interrupt, exits })
    }

    /// A question for yes or no, answered with Enter, so that more typed letters do not answer a later question. Enter
    /// alone means `default`.
    pub fn confirm(&self, question: &str, default: bool) -> Result<bool> {
        self.ask(|| Confirm::new().with_prompt(question).default(default).wait_for_newline(true).interact())
    }

    /// Lets the user choose one of `items`.
    pub fn choose(&self, question: &str, items: &[String], default: usize) -> Result<usize> {
        self.ask(|| list(question, items, default).interact())
    }

    /// As [`Prompt::choose`]; Esc chooses none of them.
    pub fn choose_or_none(&self, question: &str, items: &[String], default: usize) -> Result<Option<usize>> {
        self.ask(|| list(question, items, default).interact_opt())
    }

    /// Asks for a line until `check` accepts the answer; Enter alone means `default`, which is shown unless it is empty.
    pub fn line(
        &self,
        question: &str,
        default: Option<&str>,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<String> {
        let mut input = Input::<String>::new().with_prompt(question).validate_with(|text: &String| check(text));
        if let Some(default) = default {
            input = input.default(default.to_owned()).show_default(!default.is_empty());
        }
        self.ask(|| input.interact_text())
    }

    fn ask<T>(&self, question: impl FnOnce() -> dialoguer::Result<T>) -> Result<T> {
        self.exits.store(false, Ordering::SeqCst);
        let answer = question().map_err(|_| {
            // A list hides the cursor.
            let _ = crossterm::execute!(std::io::stderr(), crossterm::cursor::Show);
            stopped()
        });
        self.exits.store(self.interrupt == Interrupt::Exits, Ordering::SeqCst);
        answer
    }
}

fn list(question: &str, items: &[String], default: usize) -> Select<'static> {
    Select::new()
        .with_prompt(format!("{question} (arrow keys, then Enter)"))
        .items(items)
        .default(default)
        .max_length(MAX_LIST_LINES)
}

fn stopped() -> Error {
    Error::failed("stopped; nothing was done")
}

/// Reads a line that is not shown. In raw mode Ctrl-C is a key like any other, so it can't end the process while the
/// terminal's echo is off.
pub fn read_hidden(prompt: &str) -> Result<SecretString> {
    struct RawMode;
    impl Drop for RawMode {
        fn drop(&mut self) {
            let _ = terminal::disable_raw_mode();
            eprintln!();
        }
    }
    let failed = |error| Error::new(Kind::Failed, format!("can't read from the terminal: {error}")).caused_by(error);
    // Before the prompt, so that keys that are pressed too early are not shown either.
    terminal::enable_raw_mode().map_err(failed)?;
    let _raw_mode = RawMode;
    eprint!("{prompt}");
    let mut typed = String::new();
    loop {
        match crossterm::event::read().map_err(failed)? {
            Event::Key(key) if key.kind != KeyEventKind::Release => match key.code {
                KeyCode::Enter => return Ok(typed.into()),
                KeyCode::Backspace => drop(typed.pop()),
                KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => return Err(stopped()),
                KeyCode::Char(letter) => typed.push(letter),
                _ => {}
            },
            Event::Paste(text) => typed.push_str(&text),
            _ => {}
        }
    }
}

/// Prints to standard output. A reader that has closed the pipe is no error.
pub fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::file(Path::new("standard output"), "written", &error))
        }
        _ => Ok(()),
    }
}

/// Prints a JSON value and a line end.
pub fn print_json(value: &serde_json::Value) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::from_cause(Kind::Failed, error))?;
    print(&format!("{text}\n"))
}
