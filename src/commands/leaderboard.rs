//! `swf leaderboard`: prints a board from the store, also while a tracker writes.

use std::io::IsTerminal;

use crate::app::{board_csv, boards, groups};
use crate::commands::args::{self, GroupArg, RangeArgs, ScopeArg};
use crate::commands::context::Context;
use crate::commands::facts::{group_line, open_group};
use crate::commands::terminal;
use crate::domain::accounting::ranking::RankBy;
use crate::domain::accounting::unwatched::Coverage;
use crate::domain::people::Viewer;
use crate::domain::time::asked::AskedDate;
use crate::domain::time::period::Scope;
use crate::error::Result;
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
    /// A day in the period, e.g. 2026-11-22, today, yesterday, last (the period before), -2 (two periods back)
    /// [default: today]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    date: Option<AskedDate>,
    /// How people are ranked: hours, days (active days, then hours) or bands (people of similar pace)
    /// [default: SWF_BOARD]
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
        return terminal::print(&board_csv::to_csv(&board, args.top, Viewer::Terminal, true)?);
    }
    let terminal = std::io::stdout().is_terminal();
    let look = Look { width: terminal::width(), color: context.color(), borders: terminal, top: args.top };
    terminal::print(&(group_line(&group) + &table::leaderboard(&board, config.group().zone, &look)))
}
