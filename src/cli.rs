//! The command line, as data. Completions and man pages are generated from it.

use std::path::PathBuf;

use clap::{ArgAction, ColorChoice, Parser, Subcommand};

use crate::commands;

/// Study time from a Telegram group's voice call: tracked, explained, posted.
#[derive(Debug, Parser)]
#[command(name = "swf", version, max_term_width = 100, after_help = "Start with: swf init")]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Clone, Debug, clap::Args)]
pub struct Global {
    /// The folder with .env.local and var/ [default: this folder if it has them, else the platform's data folder]
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

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set everything up, question by question
    Init(commands::init::Args),
    /// Watch the group's call until stopped, and post on time
    Track(commands::track::Args),
    /// Post what is due, or the standings of this moment
    Post(commands::post::Args),
    /// Post the boards of missed days
    Backfill(commands::backfill::Args),
    /// Print a leaderboard
    Leaderboard(commands::leaderboard::Args),
    /// Explain somebody's number: every stay, its evidence, and what was cut
    Why(commands::why::Args),
    /// Check that every board of the store adds up
    Audit(commands::audit::Args),
    /// Say which accounts are one person
    Alias(commands::alias::Args),
    /// Log in, look who is logged in, log out
    Session(commands::session::Args),
    /// Keep passwords and login strings in the system's keyring
    Secrets(commands::secrets::Args),
    /// Take over what the old tracker counted
    Import(commands::import::Args),
    /// Copy the store, also while the tracker writes
    Backup(commands::backup::Args),
    /// Print stays or boards as CSV
    Export(commands::export::Args),
    /// Say what runs now: tracker, call, posts, store
    Status(commands::status::Args),
    /// Look for what is wrong, and say how to mend it
    Doctor(commands::doctor::Args),
    /// Alert if the tracker is silent; for cron, every minute or five
    Watchdog(commands::watchdog::Args),
    /// Print a ready entry for cron, systemd or Windows Task Scheduler
    Schedule(commands::schedule::Args),
    /// Send the boards to a website, or serve them
    Web(commands::web::Args),
    /// Check that nothing but the web export knows of the website
    VerifySeparation(commands::verify_separation::Args),
    /// Print completions for a shell
    Completions(commands::completions::Args),
}
