//! Shared by commands: global options, settings, the home, Telegram's clock.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{ArgAction, ColorChoice};
use secrecy::SecretString;

use super::runtime;
use super::terminal::understands_escapes;
use crate::app::groups::{self, Shown};
use crate::config::{Config, Credentials};
use crate::domain::Instant;
use crate::error::{Error, Hint, Result, shell_quoted};
use crate::platform::clock::Clock;
use crate::platform::trust;
use crate::render::sheet::Item;
use crate::store::{GroupRow, Store};
use crate::telegram::server_time::server_time;
use crate::telegram::{LoginString, bot};
use crate::web::client;

#[derive(Clone, Debug, clap::Args)]
pub struct Global {
    /// The folder with .env.local and var/ [default: this folder if it has swf's .env.local or a store, else the
    /// platform's data folder]
    #[arg(long, global = true, help_heading = "Global options", value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Log more; give it twice to log everything
    #[arg(short, long, global = true, help_heading = "Global options", action = ArgAction::Count)]
    pub verbose: u8,
    /// Log only warnings and errors
    #[arg(short, long, global = true, help_heading = "Global options", conflicts_with = "verbose")]
    pub quiet: bool,
    /// Whether to use colors
    #[arg(long, global = true, help_heading = "Global options", value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
    /// Which groups the command is about; the command says it, not an option here.
    #[arg(skip)]
    pub groups: Groups,
}

/// Which groups of `groups.toml` a command is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Groups {
    /// The command is about no group in particular. If it needs one, it uses the first.
    #[default]
    First,
    /// One group, by its name. The name may be left out if there is only one group.
    One(Option<String>),
    /// All groups, unless one is named.
    All(Option<String>),
}

impl Groups {
    /// The group that the user has named.
    pub fn name(&self) -> Option<&str> {
        match self {
            Groups::First => None,
            Groups::One(name) | Groups::All(name) => name.as_deref(),
        }
    }
}

/// The commands that are about one group, [`Groups::One`]. With several groups, each of them needs `--group`. The
/// exception is `post` without an option, which is about all groups.
pub const ABOUT_ONE_GROUP: [&str; 15] = [
    "adjust",
    "alias",
    "backfill",
    "card",
    "export",
    "goal",
    "leaderboard",
    "pause",
    "person",
    "post",
    "pulse",
    "retention",
    "silence",
    "streaks",
    "why",
];

/// Inserts `--home` and `--group` into a command if the user named a home or a group: the new command needs them, too.
pub fn for_home(hint: Hint, home: Option<&Path>, group: Option<&str>) -> Hint {
    let hint = match group {
        Some(group) => hint.with_group(group, &ABOUT_ONE_GROUP),
        None => hint,
    };
    match home {
        Some(home) => hint.with_home(&shell_quoted(home)),
        None => hint,
    }
}

/// The settings and global options of a command.
pub struct Context {
    pub config: Config,
    /// `-v` minus `-q`.
    pub verbosity: i8,
    color: ColorChoice,
    /// The value of `--home`.
    home: Option<PathBuf>,
    groups: Groups,
}

impl Context {
    pub fn new(
        global: Global,
        environment: impl IntoIterator<Item = (String, impl Into<SecretString>)>,
    ) -> Result<Context> {
        let (context, error) = Context::lenient(global, environment)?;
        error.map_or(Ok(()), Err)?;
        context.print_warnings();
        Ok(context)
    }

    /// Prints the warnings about the settings.
    pub fn print_warnings(&self) {
        if self.verbosity >= 0 {
            self.config.settings.all_warnings().for_each(|warning| eprintln!("swf: {warning}"));
        }
    }

    /// For a command that also runs with invalid settings; returns the error about them, too. Fails if the home can't
    /// be trusted.
    pub fn lenient(
        global: Global,
        environment: impl IntoIterator<Item = (String, impl Into<SecretString>)>,
    ) -> Result<(Context, Option<Error>)> {
        let working_directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let environment = environment.into_iter().map(|(name, value)| (name, value.into()));
        let (mut config, error) = Config::read(global.home.clone(), &working_directory, environment)?;
        config.warn_of_misspelled(&client::NAMES);
        let verbosity = i8::try_from(global.verbose).unwrap_or(i8::MAX) - i8::from(global.quiet);
        let choice = match &global.groups {
            Groups::One(name) => config.choose(name.as_deref()),
            Groups::All(Some(name)) => config.choose(Some(name)),
            Groups::First | Groups::All(None) => Ok(()),
        };
        // With invalid settings, the groups may be unknown, so this error is not reported.
        choice.or_else(|wrong| error.is_some().then_some(()).ok_or(wrong))?;
        Ok((Context { config, verbosity, color: global.color, home: global.home, groups: global.groups }, error))
    }

    /// The settings of each group that the command is about.
    pub fn each_group(&self) -> Vec<Config> {
        match self.groups {
            Groups::All(None) => self.config.each_group().collect(),
            _ => vec![self.config.clone()],
        }
    }

    /// One context for each of [`Context::each_group`], as if the user had named that group.
    pub fn for_each_group(&self) -> Vec<Context> {
        let of_group = |config: Config| {
            let groups = Groups::One(self.name_among_several(&config).map(str::to_owned));
            Context { config, verbosity: self.verbosity, color: self.color, home: self.home.clone(), groups }
        };
        self.each_group().into_iter().map(of_group).collect()
    }

    /// The name of the group that `config` is about, if there are several groups.
    pub fn name_among_several<'a>(&self, config: &'a Config) -> Option<&'a str> {
        config.group().label.as_deref().filter(|_| config.settings.groups.len() > 1)
    }

    /// With several groups, adds the name of the group to its error.
    pub fn about_group(&self, error: Error) -> Error {
        let Some(label) = self.name_among_several(&self.config) else { return error };
        error.preceded_by(&format!("{label}: ")).map_hints(|hint| for_home(hint, None, Some(label)))
    }

    /// `before: command` for this home; see [`for_home`].
    pub fn command(&self, before: &str, command: &str) -> String {
        for_home(Hint::command(before, command), self.home.as_deref(), self.groups.name()).to_string()
    }

    /// The item with its commands for this home.
    pub fn ready(&self, item: Item) -> Item {
        self.ready_for(item, &self.config)
    }

    /// As [`Context::ready`]; the commands are about the group of `config`.
    pub fn ready_for(&self, item: Item, config: &Config) -> Item {
        let group = self.groups.name().or(self.name_among_several(config));
        let hints = item.hints.into_iter().map(|hint| for_home(hint, self.home.as_deref(), group));
        Item { hints: hints.collect(), ..item }
    }

    /// The group to show. If the settings name another group, prints a note on standard error.
    pub fn group(&self, store: &Store) -> Result<GroupRow> {
        self.group_of(store, &self.config)
    }

    /// As [`Context::group`], for the group that `config` is about.
    pub fn group_of(&self, store: &Store, config: &Config) -> Result<GroupRow> {
        let Shown { group, note } = groups::shown(store, config.group())?;
        if let Some(note) = note.filter(|_| self.verbosity >= 0) {
            eprintln!("swf: {note}");
        }
        Ok(group)
    }

    /// Creates the folders that a command writes to, and makes swf's files private.
    pub fn make_home(&self) -> Result<()> {
        let logs = self.config.home().logs();
        std::fs::create_dir_all(&logs).map_err(|error| {
            Error::file(&logs, "made", &error).hint("Or choose another folder with --home or SWF_HOME.")
        })?;
        trust::narrow(self.config.home());
        Ok(())
    }

    /// Whether standard output gets colors.
    pub fn color(&self) -> bool {
        self.color_on(std::io::stdout().is_terminal())
    }

    /// Whether an output gets colors. `terminal`: it is a terminal.
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

/// The clock that decides whether posts are due. The system clock may have been set since the tracker last stored its
/// offset, so this requests the time from Telegram. Without an answer, it returns `known`.
pub fn telegram_clock(credentials: &Credentials, known: Clock) -> Result<Clock> {
    let mut clock = known;
    match runtime::block_on(telegram_time(credentials))? {
        Some(at) if !clock.sync(at) => {
            Err(Error::temporary("this computer's clock and Telegram's differ, and swf can't decide which is right")
                .hint(
                    "Correct this computer's clock, or start a tracker: it switches to Telegram's time within minutes.",
                ))
        }
        _ => Ok(clock),
    }
}

/// Sets `clock` to Telegram's time, if Telegram answers; if that is not accepted (rules §3.16), to the earlier of both.
pub async fn sync_clock(credentials: &Credentials, clock: &mut Clock) {
    if let Some(at) = telegram_time(credentials).await
        && !clock.sync(at)
    {
        clock.sync_back(at);
    }
}

async fn telegram_time(credentials: &Credentials) -> Option<Instant> {
    let user = || credentials.session().ok().flatten().and_then(|string| LoginString::parse(&string).ok());
    let bot = || credentials.bot(None).ok().flatten().and_then(|login| bot::kept(&login).ok().flatten());
    server_time(&user().or_else(bot)?, &credentials.access().ok()?).await
}
