//! `swf leaderboard`: prints a board from the store, also while the tracker writes it.

use std::io::IsTerminal;

use chrono::NaiveDate;

use crate::app::boards;
use crate::commands::args;
use crate::commands::args::ScopeArg;
use crate::commands::args::no_formula;
use crate::commands::context::Context;
use crate::commands::terminal;
use crate::domain::accounting::leaderboard::Board;
use crate::domain::people::{Viewer, display};
use crate::domain::time::period::{Scope, local_date};
use crate::error::{Error, Result};
use crate::platform::clock::Clock;
use crate::render::{Look, table};
use crate::store::{Access, Store};

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("scope").multiple(false))]
pub struct Args {
    /// Which board [default: day]
    #[arg(group = "scope")]
    period: Option<ScopeArg>,
    /// The day's board
    #[arg(long, group = "scope")]
    day: bool,
    /// The week's board
    #[arg(long, group = "scope")]
    week: bool,
    /// The month's board
    #[arg(long, group = "scope")]
    month: bool,
    /// A day in the period, e.g. 2026-11-22 [default: today]
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    date: Option<NaiveDate>,
    /// How many rows [default: all]
    #[arg(long, value_name = "N", value_parser = rows)]
    top: Option<usize>,
    /// As JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// As CSV
    #[arg(long)]
    csv: bool,
}

fn rows(text: &str) -> std::result::Result<usize, &'static str> {
    text.parse().ok().filter(|rows| *rows > 0).ok_or("it must be a whole number, from 1 on, e.g. 10")
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = &context.config;
    let store = Store::open(&config.home().store(), Access::Read)?;
    let group = context.group(&store)?;
    let now = Clock::new(group.clock_offset).now();
    let scope = match (args.period, args.week, args.month) {
        (Some(period), ..) => period.into(),
        (_, true, _) => Scope::Week,
        (_, _, true) => Scope::Month,
        _ => Scope::Day,
    };
    let date = args.date.unwrap_or_else(|| local_date(config.group().zone, now));
    let boards = boards::boards(&store, config.group(), group.key, &[scope], date, None)?;
    let Some(board) = boards.into_iter().next() else { return Ok(()) };
    if args.json {
        return terminal::print_json(&boards::to_json(&board, &group, config.group().zone, args.top, Viewer::Terminal));
    }
    if args.csv {
        return terminal::print(&to_csv(&board, args.top)?);
    }
    let terminal = std::io::stdout().is_terminal();
    let look = Look { width: terminal::width(), color: context.color(), borders: terminal, top: args.top };
    terminal::print(&table::leaderboard(&board, config.group().zone, &look))
}

fn to_csv(board: &Board, top: Option<usize>) -> Result<String> {
    let failed = |error: String| Error::failed(format!("the CSV can't be written: {error}"));
    let mut out = csv::Writer::from_writer(Vec::new());
    let header = ["rank", "user_id", "username", "name", "seconds", "proved_seconds", "in_call"];
    out.write_record(header).map_err(|error| failed(error.to_string()))?;
    for entry in board.entries.iter().take(top.unwrap_or(usize::MAX)) {
        let person = display(&entry.profile, Viewer::Terminal);
        let row = [
            entry.rank.to_string(),
            person.id.to_string(),
            no_formula(person.username.clone().unwrap_or_default()),
            no_formula(person.to_string()),
            entry.seconds.to_string(),
            entry.proved_seconds.to_string(),
            entry.in_call.to_string(),
        ];
        out.write_record(row).map_err(|error| failed(error.to_string()))?;
    }
    let bytes = out.into_inner().map_err(|error| failed(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
