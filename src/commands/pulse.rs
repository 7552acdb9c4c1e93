//! `swf pulse`: how the group is doing, in numbers without names.

use std::io::IsTerminal;

use crate::app::{groups, pulse};
use crate::commands::args::GroupArg;
use crate::commands::context::Context;
use crate::commands::facts::{group_line, open_group};
use crate::commands::terminal;
use crate::domain::pulse::{MAX_WEEKS, WEEKS};
use crate::domain::time::asked::AskedDate;
use crate::domain::time::period::{Scope, local_date};
use crate::error::Result;
use crate::render::pulse::Change;
use crate::render::{self, Look};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many completed weeks to show
    #[arg(long, value_name = "NUMBER", default_value_t = WEEKS, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_WEEKS)))]
    weeks: u32,
    /// Instead, compare the four weeks before a date with the four after it, e.g. 2026-11-02, -30 (thirty days back)
    #[arg(long, value_name = "DATE", allow_hyphen_values = true, conflicts_with = "weeks")]
    around: Option<AskedDate>,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let settings = context.config.group();
    let (store, group) = open_group(context)?;
    let now = groups::now(context.config.home(), &group);
    let borders = std::io::stdout().is_terminal();
    let look = Look { width: terminal::width(), color: context.color(), borders, top: None };
    let (json, text) = match args.around {
        Some(date) => {
            let date = date.resolve(Scope::Day, local_date(settings.zone, now.at), settings.calendar);
            let (comparison, changes) = pulse::comparison(&store, settings, group.key, date, now)?;
            let named = changes.iter().map(|one| Change {
                date: local_date(settings.zone, one.at),
                name: &one.name,
                before: one.before.as_deref(),
                after: one.after.as_deref(),
            });
            let text = render::pulse::comparison(date, &comparison, &named.collect::<Vec<_>>(), &look);
            (pulse::comparison_json(date, &comparison, &changes, settings.zone), text)
        }
        None => {
            let pulse = pulse::pulse(&store, settings, group.key, args.weeks, now)?;
            (pulse::to_json(&pulse), render::pulse::report(&pulse, &look))
        }
    };
    match args.json {
        true => terminal::print_json(&json),
        false => terminal::print(&(group_line(&group) + &text)),
    }
}
