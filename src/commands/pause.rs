//! `swf pause`: holidays. A paused group gets no posts; time still counts.

use chrono::NaiveDate;

use crate::app::groups;
use crate::app::pause::{self, Paused};
use crate::commands::args::GroupArg;
use crate::commands::context::Context;
use crate::commands::facts::Facts;
use crate::commands::terminal;
use crate::domain::chat::command::PauseRequest;
use crate::domain::text::clean;
use crate::domain::time::pause::{Pause, Pauses};
use crate::domain::time::period::local_date;
use crate::error::{Error, Result};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The last day without a post, e.g. 2027-01-07 [default: until you end the pause]
    #[arg(long, value_name = "DATE", value_parser = date, conflicts_with_all = ["end", "list"])]
    until: Option<NaiveDate>,
    /// End the pause: today gets its post again
    #[arg(long, conflicts_with = "list")]
    end: bool,
    /// List the pauses, past ones too
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

fn date(text: &str) -> Result<NaiveDate, &'static str> {
    text.parse().map_err(|_| "it must be a date, YYYY-MM-DD, e.g. 2027-01-07")
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = &context.config;
    let settings = config.group();
    let facts = Facts::gather(config);
    let today = local_date(settings.zone, facts.now);
    // With a note, the facts are about another group.
    let title = facts.group.as_ref().filter(|_| facts.note.is_none()).map(|group| clean(&group.title));
    let named = || settings.name.as_deref().map(clean);
    let name = settings.label.clone().or(title).or_else(named).unwrap_or_else(|| "the group".into());
    if args.list {
        return terminal::print(&list(&settings.pauses, today));
    }
    if facts.group.is_none() && settings.name.is_none() {
        return Err(Error::config("there is no group to pause").command("To set one up, run", "swf init"));
    }
    if let Some(setting) = settings.name.as_deref().filter(|_| facts.note.is_some() && context.verbosity >= 0) {
        eprintln!("swf: {}", groups::never_watched(setting));
    }
    let asked = if args.end { PauseRequest::End } else { PauseRequest::Until(args.until) };
    terminal::print(&match pause::change(config, asked, today)? {
        Paused::NothingToEnd => format!("There is no pause on {today}; nothing was done.\n"),
        Paused::Ended(pause) => format!("The pause of {name} since {} is over. Posts come again.\n", pause.first),
        Paused::Begun(pause) => {
            let how = context.command("To end it, run", "swf pause --end");
            format!("{name} {}. Time still counts. {how}\n", is_paused(pause))
        }
    })
}

fn list(pauses: &Pauses, today: NaiveDate) -> String {
    let line = |pause: &Pause| format!("{pause}{}\n", if pause.contains(today) { "  now" } else { "" });
    match pauses.iter().map(line).collect::<String>() {
        text if text.is_empty() => "There are no pauses.\n".to_owned(),
        text => text,
    }
}

/// `is paused from 2026-12-20 to 2027-01-07`, for use after the group's name.
pub(super) fn is_paused(pause: Pause) -> String {
    match pause.last {
        Some(last) => format!("is paused from {} to {last}", pause.first),
        None => format!("is paused since {}, until you end the pause", pause.first),
    }
}
