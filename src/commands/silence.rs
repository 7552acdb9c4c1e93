//! `swf silence`: how long a silence in the call ranks, and what a limit would change (rules §2.25).

use std::io::IsTerminal;

use chrono::{Days, NaiveDate};
use serde_json::json;

use crate::app::{groups, silence};
use crate::commands::args::GroupArg;
use crate::commands::context::Context;
use crate::commands::facts::{group_line, open_group};
use crate::commands::terminal;
use crate::domain::accounting::leaderboard::Entry;
use crate::domain::accounting::silence::Silence;
use crate::domain::people::{Viewer, display};
use crate::domain::time::period::{Period, Scope, iso, local_date, local_text};
use crate::error::{Error, Result};
use crate::render::{self, Look};

/// The limit of a dry run if none is set, in seconds.
const USUAL_LIMIT: i64 = 3 * 3600;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show what a limit would change in the last days; nothing is stored
    #[arg(long)]
    dry_run: bool,
    /// How many days, including today [default: 7]
    #[arg(long, value_name = "DAYS", requires = "dry_run", value_parser = clap::value_parser!(u64).range(1..=34))]
    days: Option<u64>,
    /// The limit, from 1h to 6h [default: the limit in SWF_SILENCE, else 3h]
    #[arg(long, value_name = "HOURS", requires = "dry_run")]
    limit: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    if args.dry_run { dry_run(args, context) } else { show(args, context) }
}

/// Shows the setting, and from when on it acts.
fn show(args: &Args, context: &Context) -> Result<()> {
    let settings = context.config.group();
    let (store, group) = open_group(context)?;
    let zone = settings.zone;
    let last = store.silence_settings(group.key)?.last().copied().filter(|last| last.silence == settings.silence);
    let (noted, acts_from) = (last.map(|last| last.at), last.and_then(|last| last.acts_from));
    if args.json {
        return terminal::print_json(&json!({
            "setting": settings.silence.code(),
            "noted_at": noted.map(|at| iso(zone, at)),
            "acts_from": acts_from.map(|at| iso(zone, at)),
            "announced": last.and_then(|last| last.announced).map(|day| day.to_string()),
        }));
    }
    let text = match (settings.silence, acts_from) {
        (Silence::Off, _) => {
            "Signs of life are not stored (SWF_SILENCE=off). To store them, set SWF_SILENCE=record.".to_owned()
        }
        (Silence::Record, _) => {
            "Signs of life are stored, but do not change any rank. To see what a limit would change, run: swf \
             silence --dry-run"
                .to_owned()
        }
        (Silence::Limit(limit), Some(from)) => {
            let from = local_text(zone, from, "%-d %B %Y, %H:%M");
            format!("A silence ranks for {} h at most, from {from} on ({}).", limit / 3600, zone.name())
        }
        (Silence::Limit(limit), None) => format!(
            "A silence will rank for {} h at most, from the day after the next daily post on. That post announces \
             the limit.",
            limit / 3600
        ),
    };
    terminal::print(&format!("{}{text}\n", group_line(&group)))
}

fn dry_run(args: &Args, context: &Context) -> Result<()> {
    let settings = context.config.group();
    let (store, group) = open_group(context)?;
    let limit = match &args.limit {
        None => settings.silence.limit().unwrap_or(USUAL_LIMIT),
        Some(text) => Silence::parse(text).and_then(Silence::limit).ok_or_else(|| {
            Error::usage(format!("--limit is {text:?}; it must be hours from 1h to 6h, e.g. --limit 3h"))
        })?,
    };
    let now = groups::now(context.config.home(), &group);
    let last = local_date(settings.zone, now.at);
    let first = last.checked_sub_days(Days::new(args.days.unwrap_or(7) - 1)).unwrap_or(NaiveDate::MIN);
    let period = Period::between(Scope::Range, first, last, settings.zone);
    let preview = silence::preview(&store, settings, group.key, period, limit, now)?;
    let since = preview.recorded_since;
    let entries = &preview.board.entries;
    if args.json {
        let row = |entry: &Entry| {
            let person = display(&entry.profile, Viewer::Terminal);
            json!({
                "user_id": person.id.0,
                "username": person.username,
                "name": person.to_string(),
                "seconds": entry.seconds,
                "ranked_seconds": entry.ranked_seconds(),
                "silent_seconds": entry.standing.silent_seconds,
            })
        };
        return terminal::print_json(&json!({
            "first_day": first.to_string(),
            "last_day": last.to_string(),
            "limit_seconds": limit,
            "recorded_since": since.map(|at| iso(settings.zone, at)),
            "people": entries.iter().map(row).collect::<Vec<_>>(),
        }));
    }
    let hours = limit / 3600;
    let mut out = format!("{}With a limit of {hours} h, from {first} to {last}:\n", group_line(&group));
    match since {
        None => out += "No signs of life were stored in that time. To store them, set SWF_SILENCE=record.\n",
        Some(since) if since > period.span.from => {
            let since = local_text(settings.zone, since, "%-d %B, %H:%M");
            out += &format!("Signs were stored from {since} on; all time before that ranks.\n");
        }
        Some(_) => {}
    }
    let rows = entries
        .iter()
        .map(|entry| (display(&entry.profile, Viewer::Terminal), entry.seconds, entry.standing.silent_seconds));
    let borders = std::io::stdout().is_terminal();
    let look = Look { width: terminal::width(), color: context.color(), borders, top: None };
    terminal::print(&(out + &render::person::silences(&rows.collect::<Vec<_>>(), &look)))
}
