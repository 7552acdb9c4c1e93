//! `swf web`: sends waiting boards to the website, and serves the pages, the admin state and the boards.

use std::net::SocketAddr;

use chrono::NaiveDate;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::track::stop_on_signal;
use super::web_server::{self, DEFAULT_LISTEN, address};
use crate::app::publish;
use crate::app::sender::{self, Lane, Routes};
use crate::app::upgrade;
use crate::app::{boards, groups, login_link, people};
use crate::commands::args::GroupArg;
use crate::commands::context::{Context, Groups};
use crate::commands::facts::open_group;
use crate::commands::person::find;
use crate::commands::runtime;
use crate::commands::terminal;
use crate::config::{GroupSettings, Home};
use crate::domain::Instant;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::people::Viewer;
use crate::domain::text::count;
use crate::domain::time::period::{Period, iso, local_date};
use crate::domain::visibility::Visibility;
use crate::error::{Error, Result};
use crate::platform::{logging, systemd};
use crate::store::{Delivery, FileStamps, GroupRow, Reader, Readers, Store, file_stamps};
use crate::web::client::{self, Exporter};
use crate::web::viewer::Grant;
use crate::web::{Asked, Boards, Revised};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Send all waiting boards to the website now, including boards that it refused
    Push {
        /// Print the bodies that would be sent, one on each line, and send nothing
        #[arg(long)]
        dry_run: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a link that logs a browser in to the pages; it works once, for 10 minutes
    Link {
        /// For whom: a person (@username, a name or part of one, or an id), admin, or owner
        #[arg(allow_negative_numbers = true)]
        who: String,
        #[command(flatten)]
        group: GroupArg,
    },
    /// Serve the pages, the admin state and the boards over HTTP until stopped
    Serve {
        /// The address to listen on; an address that other computers can reach needs CRON_SECRET
        #[arg(long, value_name = "ADDRESS", default_value = DEFAULT_LISTEN, value_parser = address)]
        listen: SocketAddr,
        /// Let programs on this computer read the boards without CRON_SECRET
        #[arg(long)]
        open: bool,
    },
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    match args.command {
        Command::Push { dry_run: true, .. } => dry_run(context),
        Command::Push { json, .. } => push(context, json),
        Command::Serve { listen, open } => serve(context, listen, open),
        Command::Link { ref who, .. } => link(context, who),
    }
}

impl Args {
    /// A link for the owner is about no group in particular.
    pub fn groups(&self) -> Groups {
        match &self.command {
            Command::Link { who, group } if who != OWNER => Groups::One(group.group.clone()),
            _ => Groups::First,
        }
    }
}

/// Arguments of `swf web link` that are not the name of a person.
const OWNER: &str = "owner";
const ADMIN: &str = "admin";

/// The error if the pages are off, since a link would lead nowhere.
fn check_visibility(context: &Context, who: &str) -> Result<()> {
    let config = &context.config;
    let is_off = match who {
        OWNER => config.settings.groups.iter().all(|group| group.web == Visibility::Off),
        _ => config.group().web == Visibility::Off,
    };
    let error = || Error::config("there are no pages: SWF_WEB is off").hint("Set SWF_WEB=private or SWF_WEB=public.");
    if is_off { Err(error()) } else { Ok(()) }
}

fn link(context: &Context, who: &str) -> Result<()> {
    check_visibility(context, who)?;
    let grant = match who {
        OWNER => Grant::Owner,
        ADMIN => Grant::Admin { group: open_group(context)?.1.peer, person: None },
        person => {
            let (store, group) = open_group(context)?;
            let known = people::known(&store, context.config.group(), group.key)?;
            let profile = find(&known, group.peer, store.was_in_call(group.key, group.peer)?, person)?;
            Grant::Member { group: group.peer, person: profile.peer }
        }
    };
    terminal::print(&format!("{}\n", login_link::link(&context.config, grant)?))
}

/// Prints the bodies that would be sent, one on each line.
fn dry_run(context: &Context) -> Result<()> {
    let (store, group) = open_group(context)?;
    let waiting = store.undelivered(group.key, Lane::Website, Instant(0))?;
    if waiting.is_empty() {
        eprintln!("Nothing waits to be sent.");
    }
    terminal::print(&waiting.iter().map(|waiting| format!("{}\n", waiting.message.text)).collect::<String>())
}

fn push(context: &Context, json: bool) -> Result<()> {
    let config = &context.config;
    let web = publish::settings(config);
    let secret = || config.credentials.secret(client::SECRET);
    let proxies = || config.credentials.proxies();
    let exporter = Exporter::required(&web, secret, proxies, &config.home().env_file())?;
    let mut store = upgrade::open_for_writing(config.home())?;
    context.make_home()?;
    let _log = logging::start(&config.home().logs(), &config.settings.log, context.verbosity, false)?;
    let group = context.group(&store)?;
    let clock = groups::clock(config.home(), Some(&group));
    let routes = Routes { website: Some(exporter), ..Routes::none(group.key, group.peer) };
    let taken = runtime::block_on(sender::send_asked(&mut store, &routes, Lane::Website, clock))?;
    let (taken, left) = (taken?, store.undelivered(group.key, Lane::Website, Instant(0))?);
    if json {
        let left = left.iter().map(|waiting| {
            json!({
                "day": waiting.subject,
                "refused": waiting.state.refused,
                "problem": waiting.problem.as_ref().map(sender::explain),
                "attempts": waiting.state.attempts,
                "next_try": (!waiting.state.refused).then(|| iso(config.group().zone, waiting.state.next_try)),
            })
        });
        terminal::print_json(&json!({ "delivered": taken, "undelivered": left.collect::<Vec<_>>() }))?;
    } else {
        terminal::print(&match taken {
            0 if left.is_empty() => "Nothing waits to be sent.\n".to_owned(),
            0 => String::new(),
            taken => format!("Sent the boards of {}.\n", count(taken, "day", "days")),
        })?;
    }
    if left.is_empty() { Ok(()) } else { Err(undelivered(&left)) }
}

fn undelivered(left: &[Delivery]) -> Error {
    let (refused, waiting): (Vec<&Delivery>, Vec<&Delivery>) = left.iter().partition(|waiting| waiting.state.refused);
    let line = |waiting: &&Delivery| {
        let problem = waiting.problem.as_ref().map(sender::explain);
        format!("{}: {}", waiting.subject, problem.unwrap_or_else(|| "another process is sending it".into()))
    };
    let (error, before) = if refused.is_empty() {
        let before = "They are kept, and sent again by the tracker, by the next swf post, or by";
        (Error::temporary("some boards are not delivered yet"), before)
    } else {
        (Error::failed("the website refuses what was sent"), "The export is kept. Fix the cause, then run")
    };
    let lines = refused.iter().chain(&waiting).map(line);
    lines.fold(error, Error::hint).command(before, "swf web push")
}

fn serve(context: &Context, listen: SocketAddr, open: bool) -> Result<()> {
    let config = &context.config;
    let socket =
        systemd::socket().map_err(|error| Error::failed(format!("systemd's socket can't be used: {error}")))?;
    let listen = socket.as_ref().and_then(|socket| socket.local_addr().ok()).unwrap_or(listen);
    let rules = web_server::rules(config, listen, open)?;
    context.make_home()?;
    let _log = logging::start(&config.home().logs(), &config.settings.log, context.verbosity, true)?;
    if let Some(warning) = rules.warning() {
        tracing::warn!("{warning}");
    }
    let content = web_server::content(config);
    let end = runtime::block_on(async {
        let stop = CancellationToken::new();
        let signals = tokio::spawn(stop_on_signal(stop.clone(), false, || {
            tracing::warn!("settings are read only at the start; to apply changes, restart swf web serve");
        }));
        let server = web_server::bind(socket, listen, rules, content).await?;
        tracing::info!("listening on http://{}", server.address());
        server.run(&stop).await;
        signals.abort();
        Ok(())
    })?;
    tracing::info!("stopped");
    end
}

/// So long after the end of a period, in seconds, its board no longer depends on the present time (rules §2.16).
const SETTLING_TIME: i64 = 600;

/// The time that a board of `period` depends on: now, but at most [`SETTLING_TIME`] after the end of the period.
pub(super) fn board_time(period: Period, now: Instant) -> Instant {
    now.min(period.span.to + SETTLING_TIME)
}

/// The boards of a home, as `swf leaderboard --json` prints them.
pub(super) struct StoreBoards {
    home: Home,
    readers: Readers,
    /// Never empty.
    groups: Vec<GroupSettings>,
}

/// The inputs of a board, and a revision that changes with them.
struct Basis {
    group: GroupRow,
    now: ReadTime,
    date: NaiveDate,
    revision: String,
}

/// The store's row of a group. Without `groups.toml`, a group that was never watched is replaced by the group that was
/// watched last. A group of `groups.toml` is never replaced by another.
pub(super) fn configured_row(store: &Store, settings: &GroupSettings) -> Result<GroupRow> {
    let Some(label) = &settings.label else { return Ok(groups::shown(store, settings)?.group) };
    let row = groups::configured(store, settings.name.as_deref())?;
    row.ok_or_else(|| Error::failed(format!("the group {label} was never watched")))
}

impl StoreBoards {
    pub(super) fn new(home: Home, groups: Vec<GroupSettings>) -> StoreBoards {
        StoreBoards { readers: Readers::new(home.store()), home, groups }
    }

    /// `files` are the stamps of the store's files, taken before it is read: after a write in between, no later request
    /// finds this revision.
    fn basis(&self, store: &Store, files: &FileStamps, asked: Asked) -> Result<Basis> {
        let settings = &self.groups[asked.group];
        let group = configured_row(store, settings)?;
        let now = groups::now(&self.home, &group);
        let date = asked.date.unwrap_or_else(|| local_date(settings.zone, now.at));
        let period = Period::of(asked.scope, date, settings.zone, settings.calendar);
        let time = (board_time(period, now.at), now.tracked_since);
        let revision = format!("{:?} {files:?} {date} {time:?}", store.identity()?);
        Ok(Basis { group, now, date, revision })
    }

    fn open(&self) -> Result<(FileStamps, Reader<'_>)> {
        Ok((file_stamps(self.readers.path()), self.readers.open()?))
    }
}

impl Boards for StoreBoards {
    fn revision(&self, asked: Asked) -> Result<String> {
        let (files, store) = self.open()?;
        Ok(self.basis(&store, &files, asked)?.revision)
    }

    fn compute(&self, asked: Asked) -> Result<Revised> {
        let (files, store) = self.open()?;
        let _snapshot = store.read_snapshot()?;
        let Basis { group, now, date, revision } = self.basis(&store, &files, asked)?;
        let settings = &self.groups[asked.group];
        let boards = boards::boards(&store, settings, group.key, &[asked.scope], date, None, now)?;
        let board = boards.first().ok_or_else(|| Error::failed("there is no board"))?;
        Ok(Revised { revision, board: boards::json_text(board, &group, settings.zone, Viewer::Web) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Span;
    use crate::domain::accounting::leaderboard::{Policy, Record, board};
    use crate::domain::accounting::presence::SessionRules;
    use crate::domain::accounting::unwatched::Watches;
    use crate::domain::time::period::{Calendar, Scope};
    use crate::domain::time::zone::Zone;

    #[test]
    fn a_board_of_one_time_is_one_board() {
        let day = Period::of(Scope::Day, "2026-11-22".parse().unwrap(), Zone::TASHKENT, Calendar::default());
        let policy = Policy { rules: SessionRules { gate: 300, grace: 60 }, track_self: true };
        let (from, to) = (day.span.from, day.span.to);
        for last_watched in [from + 100, to - 110, to - 1, to, to + 110, to + 5000] {
            let watched = Span::new(from - 1000, last_watched);
            let watches = Watches { first: Some(watched.from), spans: vec![watched], ..Watches::default() };
            let mut record = Record { watches, ..Record::default() };
            let mut boards = std::collections::HashMap::new();
            for now in (-1000..10_000).step_by(10).map(|seconds| to + seconds) {
                record.watches.now = Some(ReadTime { at: now, tracked_since: None });
                let board = board(day, Instant(i64::MAX), &record, policy);
                assert_eq!(boards.entry(board_time(day, now)).or_insert_with(|| board.clone()), &board);
            }
            assert_eq!(boards.len(), 161);
        }
    }
}
