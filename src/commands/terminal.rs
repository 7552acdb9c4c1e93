//! The terminal: questions, hidden input, width, output.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal;
use secrecy::SecretString;

use crate::error::{Error, Result};

/// Whether the terminal, if there is one, is more than a line printer.
pub fn understands_escapes() -> bool {
    // Windows consoles have to be asked to; old ones can't.
    #[cfg(windows)]
    return crossterm::ansi_support::supports_ansi();
    #[cfg(not(windows))]
    std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb")
}

/// Whether a picture that changes can be drawn on standard output.
pub fn can_draw() -> bool {
    std::io::stdout().is_terminal() && understands_escapes()
}

/// How wide text is that nobody looks at on a terminal, in cells.
const PIPED_WIDTH: u16 = 100;

/// How wide standard output is, in cells.
pub fn width() -> u16 {
    if std::io::stdout().is_terminal() { terminal::size().map_or(80, |(width, _)| width) } else { PIPED_WIDTH }
}

/// Whether there is somebody to ask.
pub fn somebody() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks a question that Enter answers with yes.
pub fn confirm(question: &str) -> Result<bool> {
    ask(|| dialoguer::Confirm::new().with_prompt(question).default(true).interact())
}

/// Asks something that hides the cursor meanwhile. Ctrl-C ends the question, not the process, so that the cursor comes
/// back and whatever was begun can be undone; after the question it ends the process as ever.
#[allow(clippy::disallowed_methods, reason = "Ctrl-C ends a process on the spot where nobody listens to it")]
pub fn ask<T>(question: impl FnOnce() -> dialoguer::Result<T>) -> Result<T> {
    static ASKING: AtomicBool = AtomicBool::new(false);
    ASKING.store(true, Ordering::Relaxed);
    let (ready, is_ready) = std::sync::mpsc::channel();
    std::thread::spawn(move || -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            loop {
                let mut pressed = std::pin::pin!(tokio::signal::ctrl_c());
                tokio::select! {
                    biased;
                    // To be asked once is to listen.
                    ended = &mut pressed => ended?,
                    () = std::future::ready(()) => {
                        let _ = ready.send(());
                        pressed.await?;
                    }
                }
                if !ASKING.load(Ordering::Relaxed) {
                    std::process::exit(INTERRUPTED);
                }
            }
        })
    });
    // Where nobody can listen, Ctrl-C ends the process at once.
    let _ = is_ready.recv();
    let answer = question().map_err(|_| {
        let _ = crossterm::execute!(std::io::stderr(), crossterm::cursor::Show);
        Error::failed("stopped; nothing was done")
    })?;
    ASKING.store(false, Ordering::Relaxed);
    Ok(answer)
}

/// What shells say of a program that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// Reads a line that does not appear. Keys come one by one, so that Ctrl-C never leaves the terminal silent.
pub fn type_hidden(prompt: &str) -> Result<SecretString> {
    struct Raw;
    impl Drop for Raw {
        fn drop(&mut self) {
            let _ = terminal::disable_raw_mode();
            eprintln!();
        }
    }
    // First of all, so that what is typed early does not appear either.
    terminal::enable_raw_mode()?;
    let _raw = Raw;
    eprint!("{prompt}");
    let mut typed = String::new();
    loop {
        match crossterm::event::read()? {
            Event::Key(key) if key.kind != KeyEventKind::Release => match key.code {
                KeyCode::Enter => return Ok(typed.into()),
                KeyCode::Backspace => drop(typed.pop()),
                KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                    return Err(Error::failed("stopped; nothing was done"));
                }
                KeyCode::Char(letter) => typed.push(letter),
                _ => {}
            },
            Event::Paste(text) => typed.push_str(&text),
            _ => {}
        }
    }
}

/// Prints to standard output; a reader that has gone away is fine.
pub fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints a JSON value and a line end.
pub fn print_json(value: &serde_json::Value) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::failed(error.to_string()))?;
    print(&format!("{text}\n"))
}
