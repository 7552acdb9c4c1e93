//! `swf goal`: what people want to reach in a week.

use serde_json::json;

use crate::app::{groups, people};
use crate::commands::args::GroupArg;
use crate::commands::context::Context;
use crate::commands::facts::open_group;
use crate::commands::streaks::choose;
use crate::commands::terminal;
use crate::domain::accounting::goals;
use crate::domain::people::{Viewer, display};
use crate::domain::text::duration;
use crate::domain::time::period::local_date;
use crate::error::Result;
use crate::render;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    pub group: GroupArg,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Set a person's goal for each week
    Set {
        /// Who: @username, a name or part of one, or an id
        #[arg(allow_negative_numbers = true)]
        person: String,
        /// How much a week, e.g. 10h or 7h30m; off for no goal
        #[arg(value_parser = goal)]
        goal: Goal,
    },
    /// Show all goals, and how far people are this week
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Seconds a week; `None` for no goal.
#[derive(Clone, Copy, Debug)]
struct Goal(Option<i64>);

fn goal(text: &str) -> std::result::Result<Goal, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "off" => Ok(Goal(None)),
        text => goals::parse(text).map(|seconds| Goal(Some(seconds))).map_err(|allowed| format!("{allowed}; or off")),
    }
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    match &args.action {
        Action::Set { person, goal: Goal(goal) } => {
            let label = choose(context, person, |choices| choices.goal = *goal)?;
            let goal = goal.map_or("has no goal".to_owned(), |goal| format!("wants {} a week", duration(goal)));
            terminal::print(&format!("{label} {goal}.\n"))
        }
        Action::List { json } => list(*json, context),
    }
}

fn list(as_json: bool, context: &Context) -> Result<()> {
    let settings = context.config.group();
    let (store, group) = open_group(context)?;
    let now = groups::now(context.config.home(), &group);
    let today = local_date(settings.zone, now.at);
    let known = people::known(&store, settings, group.key)?;
    let goals = people::goals(&store, settings, group.key, &known, today, now)?;
    if as_json {
        let rows = goals.iter().map(|(person, progress)| {
            let shown = display(&known.profile(*person), Viewer::Terminal);
            json!({
                "user_id": shown.id.0,
                "username": shown.username,
                "name": shown.to_string(),
                "goal": people::goal_json(progress),
            })
        });
        return terminal::print_json(&json!({ "people": rows.collect::<Vec<_>>() }));
    }
    if goals.is_empty() {
        let how = context.command("Set one with", "swf goal set @ada 10h");
        return terminal::print(&format!("Nobody has a goal. {how}\n"));
    }
    let line = |(person, progress): &(_, goals::Progress)| {
        let shown = display(&known.profile(*person), Viewer::Terminal);
        format!("{}: {}\n", shown.with_username(), render::person::goal(progress))
    };
    terminal::print(&goals.iter().map(line).collect::<String>())
}
