//! `swf leaderboard`: prints a board from the store, also while a tracker writes.

use std::io::IsTerminal;

use crate::app::{boards, groups};
use crate::commands::args::{self, GroupArg, RangeArgs, ScopeArg};
use crate::commands::context::Context;
use crate::commands::export::entry_cells;
use crate::commands::facts::{group_line, open_group};
use crate::commands::terminal;
use crate::domain::accounting::leaderboard::Board;
use crate::domain::accounting::ranking::{RankBy, Standing};
use crate::domain::accounting::unwatched::Coverage;
use crate::domain::people::Viewer;
use crate::domain::time::asked::AskedDate;
use crate::domain::time::period::Scope;
use crate::error::{Error, Result};
use crate::render::{Look, table, words};

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("scope").multiple(false))]
pub struct Args {
    /// Which board [default: day]
    #[arg(group = "scope")]
    period: Option<ScopeArg>,
    /// The day's board
    #[arg(long, group = "scope", conflicts_with = "from")]
    day: bool,
    /// The week's board
    #[arg(long, group = "scope", conflicts_with = "from")]
    week: bool,
    /// The month's board
    #[arg(long, group = "scope", conflicts_with = "from")]
    month: bool,
    #[command(flatten)]
    range: RangeArgs,
    /// A day in the period, e.g. 2026-11-22, today, yesterday, last (the period before), -2 (two periods back) [default: today]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    date: Option<AskedDate>,
    /// How people are ranked: hours, days (active days, then hours) or bands (people of similar pace) [default: SWF_BOARD]
    #[arg(long, value_name = "HOW", value_parser = rank_by)]
    by: Option<RankBy>,
    /// How many rows [default: all]
    #[arg(long, value_name = "N", value_parser = rows)]
    top: Option<usize>,
    /// As JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// As CSV
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

fn rows(text: &str) -> std::result::Result<usize, &'static str> {
    text.parse().ok().filter(|rows| *rows > 0).ok_or("it must be a whole number above 0, e.g. 10")
}

fn rank_by(text: &str) -> std::result::Result<RankBy, &'static str> {
    let found = RankBy::NAMES.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    found.map(|(_, by)| by).ok_or("it must be hours, days or bands")
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = &context.config;
    let (store, group) = open_group(context)?;
    let now = groups::now(context.config.home(), &group);
    let scope = match (args.period, args.week, args.month) {
        (Some(period), ..) => period.into(),
        (_, true, _) => Scope::Week,
        (_, _, true) => Scope::Month,
        _ => Scope::Day,
    };
    let period = args::period(scope, args.date, &args.range, &store, config.group(), group.key, now.at)?;
    let mut settings = config.group().clone();
    settings.ranking.by = args.by.unwrap_or(settings.ranking.by);
    let board = boards::board_of(&store, &settings, group.key, period, now)?;
    if args.json {
        return terminal::print_json(&boards::to_json(&board, &group, config.group().zone, args.top, Viewer::Terminal));
    }
    if args.csv {
        if board.coverage != Coverage::Watched && context.verbosity >= 0 {
            eprintln!("swf: {}", words::empty_board(&board, config.group().zone));
        }
        return terminal::print(&to_csv(&board, args.top, Viewer::Terminal, true)?);
    }
    let terminal = std::io::stdout().is_terminal();
    let look = Look { width: terminal::width(), color: context.color(), borders: terminal, top: args.top };
    terminal::print(&(group_line(&group) + &table::leaderboard(&board, config.group().zone, &look)))
}

const COLUMNS: &str =
    "rank,user_id,username,name,seconds,proved_seconds,in_call,unwatched_seconds,ranked_seconds,active_days,band";

/// Without `shows_ids`, the columns of ids and usernames are empty.
pub(super) fn to_csv(board: &Board, top: Option<usize>, viewer: Viewer, shows_ids: bool) -> Result<String> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let mut write = || {
        out.write_record(COLUMNS.split(','))?;
        for entry in board.entries.iter().take(top.unwrap_or(usize::MAX)) {
            let Standing { active_days, band, .. } = entry.standing;
            let number = |number: Option<usize>| number.map_or(String::new(), |number| number.to_string());
            let more = [
                entry.in_call.to_string(),
                board.unwatched_seconds.to_string(),
                entry.ranked_seconds().to_string(),
                number(active_days),
                number(band),
            ];
            let mut cells = entry_cells(entry, viewer);
            if !shows_ids {
                [1, 2].into_iter().for_each(|cell| cells[cell].clear());
            }
            out.write_record(cells.into_iter().chain(more))?;
        }
        out.flush().map_err(csv::Error::from)
    };
    write().map_err(|error| Error::failed(format!("the CSV can't be written: {error}")))?;
    Ok(String::from_utf8_lossy(out.get_ref()).into_owned())
}
