//! `swf import`: imports the totals of the old tracker.

use std::path::PathBuf;

use serde_json::json;

use crate::app::backup;
use crate::app::import::{self, Taken};
use crate::app::upgrade;
use crate::commands::context::Context;
use crate::commands::terminal;
use crate::config::RawSettings;
use crate::domain::PeerId;
use crate::domain::text::{count, duration, quoted};
use crate::domain::time::period::{iso, local};
use crate::domain::time::zone::Zone;
use crate::error::{Error, Result};
use crate::platform::clock::Clock;
use crate::platform::lock::Lock;
use crate::store::{Access, GroupKey, OldTracker, Store, is_old_tracker};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The old tracker's database, e.g. ../old/var/study.db
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Show what would be imported, and import nothing
    #[arg(long)]
    dry_run: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = &context.config;
    let (path, zone) = (config.home().store(), config.group().zone);
    let file = std::path::absolute(&args.file).unwrap_or_else(|_| args.file.clone());
    if file.canonicalize().is_ok_and(|file| path.canonicalize().is_ok_and(|path| file == path)) {
        return in_place(args, context);
    }
    backup::lost(config.home(), zone).map_or(Ok(()), Err)?;
    let existing = if path.exists() { Some(Store::open(&path, Access::Read)?) } else { None };
    let row = match &existing {
        Some(store) if !store.groups()?.is_empty() => Some(context.group(store)?),
        _ => None,
    };
    let offset = row.as_ref().map_or(0, |row| row.clock_offset);
    let now = Clock::new(offset).now();
    let old = OldTracker::read(&file, zone, now)?;
    drop(existing);
    if args.dry_run {
        return report(args, zone, &import::look(zone, &old, now));
    }
    let peer = group_id(&config.raw)?.or(old.group());
    if row.is_none() && peer.is_none() {
        return Err(Error::config("the group of the totals is not known yet")
            .command("Run this once, and stop it when it watches the group", "swf track")
            .hint("Or set TELEGRAM_GROUP_ID, e.g. TELEGRAM_GROUP_ID=-1001234567890."));
    }
    context.make_home()?;
    let mut store = upgrade::open_or_create(config.home())?;
    let key: GroupKey = match row {
        Some(row) => row.key,
        None => store.placeholder_group(peer, config.group().name.as_deref().unwrap_or_default())?,
    };
    let taken = import::import(&mut store, zone, key, &old, now)?;
    report(args, zone, &taken)
}

/// `TELEGRAM_GROUP_ID`, if it is a marked id.
fn group_id(raw: &RawSettings) -> Result<Option<PeerId>> {
    let Some(text) = raw.get("TELEGRAM_GROUP_ID") else { return Ok(None) };
    let id = text.parse().ok().filter(|id| *id < 0).map(PeerId);
    id.map(Some).ok_or_else(|| {
        Error::config(format!("TELEGRAM_GROUP_ID is {}, not a group's id", quoted(text)))
            .hint("It begins with a minus, e.g. TELEGRAM_GROUP_ID=-1001234567890.")
    })
}

fn in_place(args: &Args, context: &Context) -> Result<()> {
    let config = &context.config;
    let (path, settings, now) = (config.home().store(), config.group(), Clock::new(0).now());
    if !is_old_tracker(&path) {
        // Fails with the reason if it is not a valid store.
        Store::open(&path, Access::Read)?;
        return Err(Error::usage(format!("{} is swf's own store, not the old tracker's database", path.display())));
    }
    if args.dry_run {
        let old = OldTracker::read(&path, settings.zone, now)?;
        return report(args, settings.zone, &import::look(settings.zone, &old, now));
    }
    context.make_home()?;
    let Some(_lock) = Lock::take(&config.home().lock())? else {
        return Err(Error::temporary("a tracker is starting on this store")
            .hint("The tracker imports the old database itself."));
    };
    match import::in_place(config.home(), settings, now)? {
        Some(taken) => report(args, settings.zone, &taken),
        None => Ok(()),
    }
}

fn report(args: &Args, zone: Zone, taken: &Taken) -> Result<()> {
    if args.json {
        return terminal::print_json(&json!({
            "file": taken.file, "copy": taken.kept, "changed": taken.changed, "dry_run": args.dry_run,
            "days": taken.days, "first": taken.first.map(|day| day.to_string()),
            "last": taken.last.map(|day| day.to_string()), "people": taken.people, "seconds": taken.seconds,
            "bad_rows": taken.bad_rows, "capped": taken.capped, "until": iso(zone, taken.until),
            "last_post_date": taken.last_post_date.map(|day| day.to_string()),
            "anchor_date": taken.anchor_date.map(|day| day.to_string()),
        }));
    }
    terminal::print(&words(zone, taken, args.dry_run))
}

/// The report as text.
fn words(zone: Zone, taken: &Taken, dry_run: bool) -> String {
    let what = match (dry_run, taken.changed) {
        (true, _) => "Would import",
        (false, true) => "Imported",
        (false, false) => "Nothing new. Imported before:",
    };
    let dates = match (taken.first, taken.last) {
        (Some(first), Some(last)) => format!(" ({first} to {last})"),
        _ => String::new(),
    };
    let mut lines = vec![format!(
        "{what} {} of {} on {}{dates} from {}.",
        duration(taken.seconds),
        count(taken.people, "person", "people"),
        count(taken.days, "day", "days"),
        taken.file.display()
    )];
    if let Some(kept) = &taken.kept {
        lines.push(format!("The old database is kept as {}.", kept.display()));
    }
    if taken.bad_rows > 0 {
        lines.push(format!(
            "Skipped {} with an invalid date (allowed: 2015 to tomorrow), account or number of seconds.",
            count(taken.bad_rows, "row", "rows")
        ));
    }
    if taken.capped > 0 {
        let text = match taken.capped {
            1 => "1 total is longer than its day, and counts as the whole day.".to_owned(),
            totals => format!("{totals} totals are longer than their days, and count as whole days."),
        };
        lines.push(text);
    }
    if taken.days > 0 {
        let until = local(zone, taken.until).format("%Y-%m-%d %H:%M:%S");
        let how =
            if taken.until_known { "" } else { " (estimated, because no tracker_state.json has a possible time)" };
        lines.push(format!(
            "The old tracker last checked the call at {until}{how}; on that day, time counts from then on."
        ));
    }
    if let Some(day) = taken.last_post_date {
        lines.push(format!("It last posted on {day}; nothing up to that day is posted again."));
    }
    if let Some(day) = taken.anchor_date {
        lines.push(format!("To continue its numbered periods, set SWF_ANCHOR_DATE={day} and SWF_PERIODS=anchored."));
    }
    lines.join("\n") + "\n"
}
