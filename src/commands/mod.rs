//! One file a subcommand: its arguments, and one entry function.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::NaiveDate;
use clap::ColorChoice;
use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal;
use secrecy::SecretString;

use crate::cli::{Cli, Command, Global};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::period::Scope;
use crate::error::{Error, Result};
use crate::render::sheet::Item;
use crate::telegram::server_time::server_time;
use crate::telegram::{LoginString, bot};
use crate::web_export;

pub mod alias;
pub mod audit;
pub mod backfill;
pub mod backup;
pub mod completions;
pub mod doctor;
pub mod export;
pub mod import;
pub mod init;
pub mod leaderboard;
pub mod post;
pub mod schedule;
pub mod secrets;
pub mod session;
mod sign_in;
pub mod status;
pub mod track;
pub mod verify_separation;
pub mod watchdog;
pub mod web;
pub mod why;

/// Runs what the command line says, with the variables of `environment` and nothing else of the process's.
pub fn run(cli: Cli, environment: impl IntoIterator<Item = (String, String)>) -> Result<()> {
    let home = cli.global.home.clone();
    command(cli, environment).map_err(|error| error.map_hints(|hint| for_home(hint, home.as_deref())))
}

fn command(cli: Cli, environment: impl IntoIterator<Item = (String, String)>) -> Result<()> {
    let Cli { global, command } = cli;
    match command {
        Command::Init(args) => init::run(&args, global, environment),
        Command::Track(args) => track::run(&args, &Context::new(global, environment)?),
        Command::Post(args) => post::run(&args, &Context::new(global, environment)?),
        Command::Leaderboard(args) => leaderboard::run(&args, &Context::new(global, environment)?),
        Command::Why(args) => why::run(&args, &Context::new(global, environment)?),
        Command::Audit(args) => audit::run(&args, &Context::new(global, environment)?),
        Command::Alias(args) => alias::run(&args, &Context::new(global, environment)?),
        Command::Backfill(args) => backfill::run(&args, &Context::new(global, environment)?),
        Command::Import(args) => import::run(&args, &Context::new(global, environment)?),
        Command::Backup(args) => backup::run(&args, &Context::new(global, environment)?),
        Command::Export(args) => export::run(&args, &Context::new(global, environment)?),
        Command::Status(args) => status::run(&args, &Context::new(global, environment)?),
        Command::Doctor(args) => doctor::run(&args, global, environment),
        Command::Watchdog(args) => watchdog::run(&args, &Context::new(global, environment)?),
        Command::Schedule(args) => schedule::run(&args, &Context::new(global, environment)?),
        Command::Session(args) => session::run(&args, &Context::new(global, environment)?),
        Command::Secrets(args) => secrets::run(&args, &Context::new(global, environment)?),
        Command::Web(args) => web::run(&args, &Context::new(global, environment)?),
        Command::VerifySeparation(args) => verify_separation::run(&args),
        Command::Completions(args) => completions::run(&args),
    }
}

/// A text in which a command that can be pasted is `swf …` at its beginning or after ": ". Whoever has named a home with
/// `--home` has to name it there, too.
fn for_home(text: String, home: Option<&Path>) -> String {
    let Some(home) = home else { return text };
    let program = format!("swf --home {} ", shell_words(home));
    let names_it = |rest: &str| rest.starts_with("--home");
    match (text.strip_prefix("swf "), text.split_once(": swf ")) {
        (Some(rest), _) if !names_it(rest) => format!("{program}{rest}"),
        (None, Some((before, rest))) if !names_it(rest) => format!("{before}: {program}{rest}"),
        _ => text,
    }
}

/// A folder for a shell.
pub fn shell_words(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_-.:\\~".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// What most commands need.
pub struct Context {
    pub config: Config,
    /// `-v` minus `-q`.
    pub verbosity: i8,
    color: ColorChoice,
    /// As `--home` says.
    home: Option<PathBuf>,
}

impl Context {
    pub fn new(global: Global, environment: impl IntoIterator<Item = (String, String)>) -> Result<Context> {
        let working_directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let mut config = Config::load(global.home.clone(), &working_directory, environment)?;
        config.warn_of_misspelt(&web_export::NAMES);
        if !global.quiet {
            config.warnings.iter().for_each(|warning| eprintln!("swf: {warning}"));
        }
        let verbosity = i8::try_from(global.verbose).unwrap_or(i8::MAX) - i8::from(global.quiet);
        Ok(Context { config, verbosity, color: global.color, home: global.home })
    }

    /// For a command that goes on where settings are wrong; with what is wrong about them.
    pub fn lenient(
        global: Global,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> (Context, Option<Error>) {
        let working_directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let (mut config, error) = Config::read(global.home.clone(), &working_directory, environment);
        config.warn_of_misspelt(&web_export::NAMES);
        let verbosity = i8::try_from(global.verbose).unwrap_or(i8::MAX) - i8::from(global.quiet);
        (Context { config, verbosity, color: global.color, home: global.home }, error)
    }

    /// What is to be typed next, for this home; see [`for_home`].
    pub fn for_home(&self, text: impl Into<String>) -> String {
        for_home(text.into(), self.home.as_deref())
    }

    /// What is said of one thing, with what is to be typed for this home.
    pub fn ready(&self, item: Item) -> Item {
        Item { hints: item.hints.into_iter().map(|hint| self.for_home(hint)).collect(), ..item }
    }

    /// Makes the folders that a command writes to.
    pub fn make_home(&self) -> Result<()> {
        let logs = self.config.home.logs();
        std::fs::create_dir_all(&logs)
            .map_err(|error| Error::file(&logs, "made", &error).hint("Or name another folder with --home or SWF_HOME."))
    }

    /// Whether standard output gets colors.
    pub fn color(&self) -> bool {
        self.color_on(std::io::stdout().is_terminal())
    }

    /// Whether an output that is a terminal, or is not, gets colors.
    pub fn color_on(&self, terminal: bool) -> bool {
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
                terminal && !set("NO_COLOR") && understands_escapes()
            }
        }
    }
}

/// Whether the terminal, if there is one, is more than a line printer.
fn understands_escapes() -> bool {
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

/// Which period a command is about.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum ScopeArg {
    Day,
    Week,
    Month,
}

impl From<ScopeArg> for Scope {
    fn from(arg: ScopeArg) -> Scope {
        match arg {
            ScopeArg::Day => Scope::Day,
            ScopeArg::Week => Scope::Week,
            ScopeArg::Month => Scope::Month,
        }
    }
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

/// The clock by which posts are due. This computer's may have been set since the tracker heard Telegram's, so Telegram is
/// asked what time it is; where it can't be, `offset` stands.
fn telegrams_clock(config: &Config, offset: i64) -> Result<Clock> {
    let mut clock = Clock::new(offset);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(hear(config, &mut clock));
    Ok(clock)
}

/// Sets `clock` to Telegram's time, if Telegram tells it.
async fn hear(config: &Config, clock: &mut Clock) {
    let user = || config.session().ok().flatten().and_then(|string| LoginString::parse(&string).ok());
    let bot = || config.bot().ok().flatten().and_then(|login| bot::kept(&login).ok().flatten());
    if let Some(string) = user().or_else(bot)
        && let Some(at) = server_time(string.address, clock.system()).await
    {
        clock.hear(at);
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

/// A spreadsheet takes a cell that starts like this for a formula.
fn no_formula(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

/// Reads a date of the command line.
pub fn date(text: &str) -> Result<NaiveDate, &'static str> {
    text.parse().map_err(|_| "it must be a date, YYYY-MM-DD, e.g. 2026-11-22")
}

/// Prints a JSON value and a line end.
pub fn print_json(value: &serde_json::Value) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::failed(error.to_string()))?;
    print(&format!("{text}\n"))
}
