//! `swf streaks`: who studies day after day, and whose streak the group may see.

use std::io::IsTerminal;

use clap::ValueEnum;
use serde_json::json;

use crate::app::people::{self, StreakPolicy};
use crate::app::{groups, upgrade};
use crate::commands::args::GroupArg;
use crate::commands::context::Context;
use crate::commands::facts::{group_line, open_group};
use crate::commands::person::{find, label};
use crate::commands::terminal;
use crate::domain::PeerId;
use crate::domain::people::{Viewer, display};
use crate::domain::time::asked::AskedDate;
use crate::domain::time::period::{Scope, local_date};
use crate::error::Result;
use crate::render::{self, Look};
use crate::store::{Choices, Store};

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// The day at whose end to show them, e.g. 2026-11-22, yesterday, -7 [default: today]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    date: Option<AskedDate>,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Allow or forbid posts to show a person's streak; off until the person chooses it
    Show {
        /// Who: @username, a name or part of one, or an id
        #[arg(allow_negative_numbers = true)]
        person: String,
        /// Whether posts may show it
        whether: Whether,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Whether {
    On,
    Off,
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    match &args.action {
        None => list(args, context),
        Some(Action::Show { person, whether }) => {
            let shows_streak = matches!(whether, Whether::On);
            let label = choose(context, person, |choices| choices.shows_streak = shows_streak)?;
            let verb = if shows_streak { "may" } else { "will not" };
            terminal::print(&format!("Posts {verb} show the streak of {label}.\n"))
        }
    }
}

/// Changes the choices of the person whom `text` names. Returns the person's name.
pub fn choose(context: &Context, text: &str, change: impl FnOnce(&mut Choices)) -> Result<String> {
    let settings = context.config.group();
    let mut store: Store = upgrade::open_for_writing(context.config.home())?;
    let group = context.group(&store)?;
    let known = people::known(&store, settings, group.key)?;
    let named = find(&known, group.peer, store.was_in_call(group.key, group.peer)?, text)?;
    let accounts = known.aliases.accounts(known.aliases.person(named.peer));
    let (person, others): (PeerId, &[PeerId]) = (accounts[0], &accounts[1..]);
    let mut choices = store.choices(group.key, &known.aliases)?.get(&person).copied().unwrap_or_default();
    change(&mut choices);
    store.choose(group.key, person, others, choices)?;
    Ok(label(&known.profile(person)))
}

fn list(args: &Args, context: &Context) -> Result<()> {
    let settings = context.config.group();
    let (store, group) = open_group(context)?;
    let now = groups::now(context.config.home(), &group);
    let today = local_date(settings.zone, now.at);
    let date = args.date.map_or(today, |date| date.resolve(Scope::Day, today, settings.calendar)).min(today);
    let (streaks, known) = people::streaks(&store, settings, group.key, date, now)?;
    let streaks: Vec<_> = streaks
        .into_iter()
        .map(|(person, streak)| (display(&known.profile(person), Viewer::Terminal), streak))
        .collect();
    let threshold = StreakPolicy::of(settings).threshold;
    if args.json {
        let rows = streaks.iter().map(|(person, streak)| {
            json!({
                "user_id": person.id.0,
                "username": person.username,
                "name": person.to_string(),
                "streak": people::streak_json(streak),
            })
        });
        let rows: Vec<_> = rows.collect();
        return terminal::print_json(&json!({
            "date": date.to_string(), "timezone": settings.zone.name(), "active_seconds": threshold, "people": rows,
        }));
    }
    let borders = std::io::stdout().is_terminal();
    let look = Look { width: terminal::width(), color: context.color(), borders, top: None };
    terminal::print(&(group_line(&group) + &render::person::streaks(&streaks, threshold, &look)))
}
