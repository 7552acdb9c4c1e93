//! `swf backfill`: posts the boards of missed days.

use chrono::{Days, NaiveDate};
use indicatif::ProgressBar;
use serde_json::json;

use super::post;
use crate::app::groups;
use crate::app::posts::{self, Outlet};
use crate::app::publish;
use crate::app::sender::Lane;
use crate::app::upgrade;
use crate::commands::args::GroupArg;
use crate::commands::context::{self, Context};
use crate::commands::terminal::{self, Interrupt, Prompt};
use crate::domain::meet::Invitation;
use crate::domain::post::schedule::{Owed, Timetable};
use crate::domain::text;
use crate::domain::time::asked::AskedDate;
use crate::domain::time::period::{Scope, local_date};
use crate::error::{Error, Result};
use crate::platform::clock::Clock;
use crate::platform::logging;
use crate::store::{GroupRow, Store};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The first missed day to post, e.g. 2026-11-01, yesterday, -7 (seven days back) [default: SWF_BACKFILL_DAYS back]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    since: Option<AskedDate>,
    /// Print what would be posted, and post nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// As JSON, with --dry-run
    #[arg(long, requires = "dry_run")]
    json: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = &context.config;
    let settings = config.group();
    let export = publish::settings(config).is_wanted();
    let mut store = upgrade::open_to_read(config.home(), settings.zone)?;
    let group = groups::to_post(&store, settings)?;
    let clock = context::telegram_clock(&config.credentials, groups::clock(config.home(), Some(&group)))?;
    let today = local_date(settings.zone, clock.now());
    let mut timetable = settings.timetable;
    if let Some(since) = args.since {
        let since = since.resolve(Scope::Day, today, settings.calendar);
        let back = (today - since).num_days();
        timetable.backfill_days = u32::try_from(back)
            .map_err(|_| Error::usage(format!("--since {since} is in the future")).hint("Choose a day in the past."))?;
    }
    let mut owed = posts::owed(&store, settings, &group, &timetable, clock.now())?;
    // Today's board is not missed: it is posted on time. It is only added if it was refused or taken back.
    owed.days.retain(|day| *day < today);
    owed.days.extend(owed.refused.iter().chain(&owed.undone));
    owed.days.sort_unstable();
    if args.dry_run {
        let nothing = nothing(&store, &group, &timetable, &owed, today)?;
        return dry_run(args, context, &store, &group, &nothing, &owed, clock);
    }
    if owed.days.is_empty() {
        return terminal::print(&nothing(&store, &group, &timetable, &owed, today)?);
    }
    let count = owed.days.len();
    if !args.yes {
        let question = format!("Post the boards of {count} missed days, from {} on?", owed.days[0]);
        let Some(prompt) = Prompt::open(Interrupt::Exits) else {
            return Err(Error::usage(format!("{question} Standard input is not a terminal; pass --yes."))
                .command("To preview the posts, run", "swf backfill --dry-run")
                .command("Then", "swf backfill --yes"));
        };
        if !prompt.confirm(&question, false)? {
            return terminal::print("Nothing was posted.\n");
        }
    }
    if config.bot()?.is_none() {
        config.login()?;
    }
    context.make_home()?;
    let _log = logging::start(&config.home().logs(), &config.settings.log, context.verbosity - 1, false)?;
    store = upgrade::open_for_writing(config.home())?;
    let mut rows = Vec::new();
    let bar = ProgressBar::new(0);
    let queue = |store: &mut Store, account| {
        let outlet = Outlet { account, export, ..Outlet::default() };
        posts::queue_due(store, settings, &group, &owed, outlet, groups::at(config.home(), &group, clock))?;
        rows = store.waiting(group.key, Lane::Posts, clock.now())?;
        bar.set_length(rows.len() as u64);
        Ok(rows.clone())
    };
    let end = post::deliver(&mut store, config, &group, clock, None, queue, || bar.inc(1));
    bar.finish_and_clear();
    end?;
    let rows = rows.iter().map(|row| store.delivery(row.id)).collect::<Result<Vec<_>>>()?;
    let sent = rows.iter().filter(|row| row.sent.is_some()).count();
    if sent < rows.len() {
        return Err(Error::temporary(format!(
            "posted {sent} of {}; the rest is kept and will be tried again",
            rows.len()
        ))
        .command("A running tracker posts the rest. Without a tracker, run", "swf post"));
    }
    terminal::print(&format!("Posted {}.\n", text::count(sent, "message", "messages")))
}

/// Says that none of the days that were checked was missed.
fn none_missed(timetable: &Timetable) -> String {
    match timetable.backfill_days {
        0 => "No day before today was checked; the post of today comes at its time.\n".into(),
        1 => "Yesterday was not missed.\n".into(),
        days => format!("No day was missed in the last {days} days.\n"),
    }
}

/// How many days without a tracker are named; the others are counted.
const MAX_NAMED_DAYS: usize = 10;

/// Says that no day is to be posted, and which days have no board because no tracker watched them.
fn nothing(store: &Store, group: &GroupRow, timetable: &Timetable, owed: &Owed, today: NaiveDate) -> Result<String> {
    let mut unwatched = Vec::new();
    for back in (1..=u64::from(timetable.backfill_days)).rev() {
        let Some(day) = today.checked_sub_days(Days::new(back)) else { continue };
        let is_named = || Ok::<_, Error>(store.was_skipped(group.key, day)? && !store.has_post(group.key, day)?);
        if owed.skipped.contains(&day) || is_named()? {
            unwatched.push(day.to_string());
        }
    }
    let text = none_missed(timetable);
    if unwatched.is_empty() {
        return Ok(text);
    }
    let (named, rest) = unwatched.split_at(MAX_NAMED_DAYS.min(unwatched.len()));
    let rest = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    Ok(format!("{text}swf was not running, so there is no board, on: {}{rest}.\n", named.join(", ")))
}

fn dry_run(
    args: &Args,
    context: &Context,
    store: &Store,
    group: &GroupRow,
    nothing: &str,
    owed: &Owed,
    clock: Clock,
) -> Result<()> {
    let now = groups::at(context.config.home(), group, clock);
    let drafts = posts::due_drafts(store, context.config.group(), group, owed, Invitation::No, now)?;
    if args.json {
        let posts = drafts.iter().map(|(draft, _)| json!({ "day": draft.day.to_string(), "text": draft.message.text }));
        let skipped = owed.skipped.iter().map(ToString::to_string);
        return terminal::print_json(&json!({
            "would_post": posts.collect::<Vec<_>>(), "not_watched": skipped.collect::<Vec<_>>(),
        }));
    }
    if drafts.is_empty() {
        return terminal::print(nothing);
    }
    drafts.iter().try_for_each(|(draft, _)| terminal::print(&format!("{}\n", post::shown(draft))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_days_that_were_checked_are_named_in_words_that_agree() {
        let config = Config::load(Some("nowhere".into()), std::path::Path::new("."), []).unwrap();
        let text = |backfill_days| none_missed(&Timetable { backfill_days, ..config.group().timetable });
        assert_eq!(text(0), "No day before today was checked; the post of today comes at its time.\n");
        assert_eq!(text(1), "Yesterday was not missed.\n");
        assert_eq!(text(7), "No day was missed in the last 7 days.\n");
    }
}
