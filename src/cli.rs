//! The command line, as data. Completions and man pages are generated from it.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use secrecy::SecretString;

use crate::commands;
use crate::commands::context::{Context, Global, Groups, for_home};
use crate::error::Result;
use crate::platform::zone_data;

/// Study time from a Telegram group's voice call: tracked, explained, posted.
#[derive(Debug, Parser)]
#[command(name = "swf", version, max_term_width = 100, after_help = "Start with: swf init")]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Parses the process's arguments; ends the process for `--help`, `--version` and wrong arguments. `--version` also
    /// names the time zone data in use. That depends on the computer, so the generated files do not have it.
    pub fn from_arguments() -> Cli {
        let version = format!("{}\n{}", env!("CARGO_PKG_VERSION"), zone_data::describe());
        let matches = Cli::command().long_version(&*version.leak()).try_get_matches();
        let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches));
        cli.unwrap_or_else(|error| {
            let line: Vec<String> = std::env::args_os().skip(1).filter_map(|word| word.into_string().ok()).collect();
            with_tip(error, &line).exit()
        })
    }
}

/// Adds to the error about the arguments `line` what to type, where the parser's own words don't say it.
fn with_tip(mut error: clap::Error, line: &[String]) -> clap::Error {
    let names = |kind| match error.get(kind) {
        Some(ContextValue::String(name)) => vec![name.clone()],
        Some(ContextValue::Strings(names)) => names.clone(),
        _ => Vec::new(),
    };
    let arguments = names(ContextKind::InvalidArg);
    let is_word = |argument: &String| !argument.starts_with(['-', '[', '<']);
    let is_address = |argument: &String| argument.parse::<std::net::SocketAddr>().is_ok();
    // The commands that take the name of a person.
    let names_person =
        line.iter().any(|word| ["adjust", "card", "export", "goal", "person", "streaks", "why"].contains(&&**word));
    let tip = match error.kind() {
        ErrorKind::MissingRequiredArgument if arguments.iter().any(|name| name == "<SYSTEM>") => {
            "SYSTEM is cron, systemd, launchd or windows, e.g. swf schedule systemd"
        }
        ErrorKind::InvalidValue if names_person && arguments.iter().any(|name| name == "[PERIOD]") => NAME_TIP,
        ErrorKind::UnknownArgument if arguments.iter().any(is_address) => {
            "an address belongs to its option, e.g. --web=0.0.0.0:8080"
        }
        ErrorKind::UnknownArgument if arguments.iter().any(is_word) && names_person => NAME_TIP,
        _ => return error,
    };
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    error
}

const NAME_TIP: &str = "a name of several words needs quotes, e.g. \"Ada Lovelace\"";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set up swf, one question at a time
    ///
    /// Run it again to change something. Each answer is stored at once. Without a terminal, swf init does not ask: give
    /// the values as options. The error lists each value that is still missing.
    Init(commands::init::Args),
    /// Watch the group's call until stopped, and post on time
    Track(commands::track::Args),
    /// Post what is due, or the current standings
    Post(commands::post::Args),
    /// Post the boards of missed days
    Backfill(commands::backfill::Args),
    /// Print a leaderboard
    Leaderboard(commands::leaderboard::Args),
    /// Draw a board or a person as a picture, to share
    Card(commands::card::Args),
    /// Explain a person's number: every stay, its evidence, and what was cut
    Why(commands::why::Args),
    /// Show streaks: who studies day after day
    Streaks(commands::streaks::Args),
    /// Show how the group is doing, in numbers without names
    Pulse(commands::pulse::Args),
    /// Set people's goals for the week
    Goal(commands::goal::Args),
    /// Check that every board of the store adds up
    Audit(commands::audit::Args),
    /// Add time to a person or remove some, with a reason
    ///
    /// Shows the effect on each board first, and asks. What was seen stays stored: a correction can be taken back.
    Adjust(commands::adjust::Args),
    /// Show how long a silence in the call ranks, and what a limit would change
    Silence(commands::silence::Args),
    /// Count several accounts as one person
    Alias(commands::alias::Args),
    /// Hide or forget a person, export their data, record who agreed
    Person(commands::people::Args),
    /// Choose the groups that swf watches
    Group(commands::group::Args),
    /// Pause posts, e.g. for holidays; time still counts
    ///
    /// The pause begins today. The days of the pause get no post, also not later. Run it again to change the last day.
    Pause(commands::pause::Args),
    /// Log in, show the login, log out
    Session(commands::session::Args),
    /// Keep passwords and login strings in the system's keyring
    Secrets(commands::secrets::Args),
    /// Import the totals of the old tracker
    Import(commands::import::Args),
    /// Copy the store, even while the tracker writes
    Backup(commands::backup::Args),
    /// Fold old stays into totals of days
    ///
    /// Without --apply, it only shows what would be folded. The running tracker folds by itself, in small steps.
    Retention(commands::retention::Args),
    /// Print stays, boards or days as CSV
    Export(commands::export::Args),
    /// Show what runs now: tracker, call, posts, store
    Status(commands::status::Args),
    /// Check the setup, and suggest a fix for each problem
    Doctor(commands::doctor::Args),
    /// Check the tracker and alert if it is down (for cron)
    Watchdog(commands::watchdog::Args),
    /// Print a ready entry for cron, systemd, launchd or Windows Task Scheduler
    Schedule(commands::schedule::Args),
    /// Send the boards to a website, or serve them
    Web(commands::web::Args),
    /// Write the boards as pages for any web space
    Site(commands::site::Args),
    /// Check that only the web export refers to the website
    VerifySeparation(commands::verify_separation::Args),
    /// Print every text of posts and alerts in a language, next to English (for translators)
    Words(commands::words::Args),
    /// Print completions for a shell
    Completions(commands::completions::Args),
}

impl Command {
    /// Which groups the command is about.
    fn groups(&self) -> Groups {
        match self {
            Command::Post(args) => args.groups(),
            Command::Backfill(args) => Groups::One(args.group.group.clone()),
            Command::Leaderboard(args) => Groups::One(args.group.group.clone()),
            Command::Card(args) => Groups::One(args.group.group.clone()),
            Command::Why(args) => Groups::One(args.group.group.clone()),
            Command::Streaks(args) => Groups::One(args.group.group.clone()),
            Command::Pulse(args) => Groups::One(args.group.group.clone()),
            Command::Goal(args) => Groups::One(args.group.group.clone()),
            Command::Adjust(args) => Groups::One(args.group.group.clone()),
            Command::Silence(args) => Groups::One(args.group.group.clone()),
            Command::Alias(args) => Groups::One(args.group.group.clone()),
            Command::Person(args) => Groups::One(args.group.group.clone()),
            Command::Pause(args) => Groups::One(args.group.group.clone()),
            Command::Export(args) => Groups::One(args.group.group.clone()),
            Command::Retention(args) => Groups::One(args.group.group.clone()),
            Command::Audit(args) => Groups::All(args.group.group.clone()),
            Command::Status(args) => Groups::All(args.group.group.clone()),
            Command::Doctor(args) => Groups::All(args.group.group.clone()),
            Command::Site(args) => Groups::All(args.group.group.clone()),
            Command::Web(args) => args.groups(),
            Command::Init(_)
            | Command::Track(_)
            | Command::Group(_)
            | Command::Session(_)
            | Command::Secrets(_)
            | Command::Import(_)
            | Command::Backup(_)
            | Command::Watchdog(_)
            | Command::Schedule(_)
            | Command::VerifySeparation(_)
            | Command::Words(_)
            | Command::Completions(_) => Groups::First,
        }
    }
}

/// Runs the command, with the variables of `environment` instead of those of the process.
pub fn run(cli: Cli, environment: impl IntoIterator<Item = (String, impl Into<SecretString>)>) -> Result<()> {
    let (home, groups) = (cli.global.home.clone(), cli.command.groups());
    dispatch(cli, environment).map_err(|error| error.map_hints(|hint| for_home(hint, home.as_deref(), groups.name())))
}

fn dispatch(cli: Cli, environment: impl IntoIterator<Item = (String, impl Into<SecretString>)>) -> Result<()> {
    let Cli { global, command } = cli;
    let global = Global { groups: command.groups(), ..global };
    match command {
        Command::Init(args) => commands::init::run(&args, global, environment),
        Command::Track(args) => commands::track::run(&args, global, environment),
        Command::Post(args) => commands::post::run(&args, &Context::new(global, environment)?),
        Command::Leaderboard(args) => commands::leaderboard::run(&args, &Context::new(global, environment)?),
        Command::Card(args) if args.prints_credits() => commands::card::print_credits(),
        Command::Card(args) => commands::card::run(&args, &Context::new(global, environment)?),
        Command::Why(args) => commands::why::run(&args, &Context::new(global, environment)?),
        Command::Streaks(args) => commands::streaks::run(&args, &Context::new(global, environment)?),
        Command::Pulse(args) => commands::pulse::run(&args, &Context::new(global, environment)?),
        Command::Goal(args) => commands::goal::run(&args, &Context::new(global, environment)?),
        Command::Audit(args) => commands::audit::run(&args, &Context::new(global, environment)?),
        Command::Adjust(args) => commands::adjust::run(&args, &Context::new(global, environment)?),
        Command::Silence(args) => commands::silence::run(&args, &Context::new(global, environment)?),
        Command::Alias(args) => commands::alias::run(&args, &Context::new(global, environment)?),
        Command::Group(args) => commands::group::run(&args, &Context::new(global, environment)?),
        Command::Person(args) => commands::people::run(&args, &Context::new(global, environment)?),
        Command::Pause(args) => commands::pause::run(&args, &Context::new(global, environment)?),
        Command::Backfill(args) => commands::backfill::run(&args, &Context::new(global, environment)?),
        Command::Import(args) => commands::import::run(&args, &Context::new(global, environment)?),
        Command::Backup(args) => commands::backup::run(&args, &Context::new(global, environment)?),
        Command::Retention(args) => commands::retention::run(&args, &Context::new(global, environment)?),
        Command::Export(args) => commands::export::run(&args, &Context::new(global, environment)?),
        Command::Status(args) => commands::status::run(&args, &Context::new(global, environment)?),
        Command::Doctor(args) => commands::doctor::run(&args, global, environment),
        Command::Watchdog(args) => commands::watchdog::run(&args, global, environment),
        Command::Schedule(args) => commands::schedule::run(&args, &Context::new(global, environment)?),
        Command::Session(args) => commands::session::run(&args, &Context::new(global, environment)?),
        Command::Secrets(args) => commands::secrets::run(&args, &Context::new(global, environment)?),
        Command::Site(args) => commands::site::run(&args, &Context::new(global, environment)?),
        Command::Web(args) => commands::web::run(&args, &Context::new(global, environment)?),
        Command::VerifySeparation(args) => commands::verify_separation::run(&args),
        Command::Words(args) => commands::words::run(&args),
        Command::Completions(args) => commands::completions::run(&args, &mut Cli::command()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_arguments_say_what_to_type() {
        let tip = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let text = with_tip(Cli::try_parse_from(&words).unwrap_err(), &words).to_string();
            text.lines().find_map(|line| line.trim().strip_prefix("tip: ")).map(str::to_owned).unwrap_or_default()
        };
        for line in ["swf why ada lovelace", "swf person hide ada lovelace"] {
            assert_eq!(tip(line), NAME_TIP, "{line}");
        }
        assert!(tip("swf schedule").contains("swf schedule systemd"));
        assert!(tip("swf track --web 0.0.0.0:1").contains("--web="));
        assert_eq!((tip("swf track now"), tip("swf leaderboard today")), (String::new(), String::new()));
    }
    use crate::commands::context::ABOUT_ONE_GROUP;

    /// Hints insert `--group` into exactly these commands.
    #[test]
    fn the_commands_about_one_group_are_those_that_need_one_named() {
        let parsed = |name: &str| {
            let more: &[&str] = match name {
                "adjust" | "alias" => &["list"],
                "card" => &["-o", "-"],
                "export" => &["days"],
                "goal" | "person" => &["list"],
                "why" => &["ada"],
                _ => &[],
            };
            Cli::try_parse_from([&["swf", name], more, &["--group", "study"]].concat())
        };
        let takes = |name: &&str| parsed(name).is_ok_and(|cli| matches!(cli.command.groups(), Groups::One(Some(_))));
        let command = Cli::command();
        let mut names: Vec<&str> = command.get_subcommands().map(|one| one.get_name()).filter(takes).collect();
        names.sort_unstable();
        assert_eq!(names, ABOUT_ONE_GROUP);
    }
}
