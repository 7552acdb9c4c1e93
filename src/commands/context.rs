//! Shared by commands: global options, settings, the home, Telegram's clock.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{ArgAction, ColorChoice};

use super::runtime;
use super::terminal::understands_escapes;
use crate::app::groups::{self, Shown};
use crate::config::{Config, Credentials};
use crate::error::{Error, Hint, Result};
use crate::platform::clock::Clock;
use crate::render::sheet::Item;
use crate::store::{GroupRow, Store};
use crate::telegram::server_time::server_time;
use crate::telegram::{LoginString, bot};
use crate::web::client;

#[derive(Clone, Debug, clap::Args)]
pub struct Global {
    /// The folder with .env.local and var/ [default: this folder if it has swf's .env.local or a store, else the platform's data folder]
    #[arg(long, global = true, help_heading = "Global options", value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Log more; twice for everything
    #[arg(short, long, global = true, help_heading = "Global options", action = ArgAction::Count)]
    pub verbose: u8,
    /// Log only what went wrong
    #[arg(short, long, global = true, help_heading = "Global options", conflicts_with = "verbose")]
    pub quiet: bool,
    /// Whether to use colors
    #[arg(long, global = true, help_heading = "Global options", value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
}

/// Inserts `--home` into a command if the user named a home with it: the command needs it, too.
pub fn for_home(hint: Hint, home: Option<&Path>) -> Hint {
    match home {
        Some(home) => hint.with_home(&shell_quoted(home)),
        None => hint,
    }
}

/// Quotes a path for a shell.
pub fn shell_quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_-.:\\~".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// The settings and global options of a command.
pub struct Context {
    pub config: Config,
    /// `-v` minus `-q`.
    pub verbosity: i8,
    color: ColorChoice,
    /// The value of `--home`.
    home: Option<PathBuf>,
}

impl Context {
    pub fn new(global: Global, environment: impl IntoIterator<Item = (String, String)>) -> Result<Context> {
        let quiet = global.quiet;
        let (context, error) = Context::lenient(global, environment);
        error.map_or(Ok(()), Err)?;
        if !quiet {
            context.config.settings.all_warnings().for_each(|warning| eprintln!("swf: {warning}"));
        }
        Ok(context)
    }

    /// For a command that also runs with invalid settings; also returns the error about them.
    pub fn lenient(
        global: Global,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> (Context, Option<Error>) {
        let working_directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let (mut config, error) = Config::read(global.home.clone(), &working_directory, environment);
        config.warn_of_misspelled(&client::NAMES);
        let verbosity = i8::try_from(global.verbose).unwrap_or(i8::MAX) - i8::from(global.quiet);
        (Context { config, verbosity, color: global.color, home: global.home }, error)
    }

    /// `before: command` for this home; see [`for_home`].
    pub fn command(&self, before: &str, command: &str) -> String {
        for_home(Hint::command(before, command), self.home.as_deref()).to_string()
    }

    /// The item with its commands for this home.
    pub fn ready(&self, item: Item) -> Item {
        Item { hints: item.hints.into_iter().map(|hint| for_home(hint, self.home.as_deref())).collect(), ..item }
    }

    /// The group to show; a note on standard error says so if the settings name another one.
    pub fn group(&self, store: &Store) -> Result<GroupRow> {
        let Shown { group, note } = groups::shown(store, self.config.group().name.as_deref())?;
        if let Some(note) = note.filter(|_| self.verbosity >= 0) {
            eprintln!("swf: {note}");
        }
        Ok(group)
    }

    /// Creates the folders that a command writes to.
    pub fn make_home(&self) -> Result<()> {
        let logs = self.config.home().logs();
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

/// The clock by which posts are due. The system clock may have been set since the tracker last stored its offset, so the
/// time is requested from Telegram; `offset` is used if there is no answer.
pub fn telegram_clock(credentials: &Credentials, offset: i64) -> Result<Clock> {
    let mut clock = Clock::new(offset);
    runtime::block_on(sync_clock(credentials, &mut clock))?;
    Ok(clock)
}

/// Sets `clock` to Telegram's time, if Telegram answers.
pub async fn sync_clock(credentials: &Credentials, clock: &mut Clock) {
    let user = || credentials.session().ok().flatten().and_then(|string| LoginString::parse(&string).ok());
    let bot = || credentials.bot(None).ok().flatten().and_then(|login| bot::kept(&login).ok().flatten());
    if let Some(string) = user().or_else(bot)
        && let Ok(access) = credentials.access()
        && let Some(at) = server_time(&string, &access).await
    {
        clock.sync(at);
    }
}
