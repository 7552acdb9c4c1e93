//! `swf web`: sends the boards that wait for the website, and serves the admin state and the boards.

use std::net::SocketAddr;

use chrono::NaiveDate;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::track::stop_on_signal;
use crate::app::publish;
use crate::app::sender::{self, Lane, Routes};
use crate::app::upgrade;
use crate::app::{boards, groups};
use crate::commands::context::Context;
use crate::commands::facts::open_group;
use crate::commands::runtime;
use crate::commands::terminal;
use crate::config::{GroupSettings, Home};
use crate::domain::Instant;
use crate::domain::people::Viewer;
use crate::domain::text::count;
use crate::domain::time::period::{Scope, iso, local_date};
use crate::error::{Error, Result};
use crate::platform::clock::Clock;
use crate::platform::logging;
use crate::store::{Access, Delivery, Store};
use crate::web::client::{self, Exporter};
use crate::web::{self, Rules, Server};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Send the website now all boards that wait, including those that it refused
    Push {
        /// Print the bodies that would be sent, one on each line, and send nothing
        #[arg(long)]
        dry_run: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Serve the admin state and the boards over HTTP until stopped
    Serve {
        /// The address to listen on; one that other computers can reach needs CRON_SECRET
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = address)]
        listen: SocketAddr,
    },
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    match args.command {
        Command::Push { dry_run: true, .. } => dry_run(context),
        Command::Push { json, .. } => push(context, json),
        Command::Serve { listen } => serve(context, listen),
    }
}

fn address(text: &str) -> std::result::Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "it must be an IP address and a port, e.g. 127.0.0.1:8080 or [::1]:8080")
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
    let web = publish::settings(&config.raw, &config.credentials);
    let secret = || config.credentials.secret(client::SECRET);
    let proxies = || config.credentials.proxies();
    let exporter = Exporter::required(&web, secret, proxies, &config.home().env_file())?;
    // Fail if there is no store, instead of creating an empty one.
    upgrade::open_to_read(config.home(), config.group().zone)?;
    context.make_home()?;
    logging::start(&config.home().logs(), config.settings.log.as_deref(), context.verbosity - 1, false)?;
    let mut store = upgrade::open_for_writing(config.home())?;
    let group = context.group(&store)?;
    let clock = Clock::new(group.clock_offset);
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

fn serve(context: &Context, listen: SocketAddr) -> Result<()> {
    let config = &context.config;
    let secret = config.credentials.secret(web::SECRET)?;
    let file = config.home().env_file();
    let rules = Rules::new(|name| config.raw.get(name), secret, &file, listen, Clock::new(0).system())?;
    context.make_home()?;
    logging::start(&config.home().logs(), config.settings.log.as_deref(), context.verbosity, true)?;
    let (home, settings) = (config.home().clone(), config.group().clone());
    let end = runtime::block_on(async {
        let stop = CancellationToken::new();
        let signals = tokio::spawn(stop_on_signal(stop.clone()));
        let server = Server::bind(listen, rules, move |scope, date| board(&home, &settings, scope, date)).await?;
        tracing::info!("listening on http://{}", server.address());
        server.run(&stop).await;
        signals.abort();
        Ok(())
    })?;
    tracing::info!("stopped");
    end
}

/// The output of `swf leaderboard --json`.
fn board(home: &Home, settings: &GroupSettings, scope: Scope, date: Option<NaiveDate>) -> Result<Value> {
    let store = Store::open(&home.store(), Access::Read)?;
    let group = groups::shown(&store, settings.name.as_deref())?.group;
    let now = groups::now(home, &group);
    let date = date.unwrap_or_else(|| local_date(settings.zone, now));
    let boards = boards::boards(&store, settings, group.key, &[scope], date, None, now)?;
    let board = boards.first().ok_or_else(|| Error::failed("there is no board"))?;
    Ok(boards::to_json(board, &group, settings.zone, None, Viewer::Web))
}
