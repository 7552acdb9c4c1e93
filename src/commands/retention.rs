//! `swf retention`: folds old stays into totals of days (rules §8.4).

use crate::app::{groups, retention, upgrade};
use crate::commands::args::GroupArg;
use crate::commands::context::Context;
use crate::commands::facts::open_group;
use crate::commands::terminal;
use crate::domain::text::count;
use crate::error::{Error, Result};
use crate::platform::lock::Lock;
use crate::store::GroupRow;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Fold now
    #[arg(long)]
    apply: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let (config, settings) = (&context.config, context.config.group());
    let (store, group) = open_group(context)?;
    let now = groups::now(config.home(), &group).at;
    let Some(horizon) = retention::horizon(settings, now) else {
        return Err(Error::config("SWF_RETENTION is off, so all stays are kept")
            .hint("Set it to the age at which stays are folded, e.g. SWF_RETENTION=24m."));
    };
    let plan = retention::plan(&store, settings, group.key, &horizon)?;
    terminal::print(&plan_text(&plan, &horizon, args.apply))?;
    let others = retention::other_rules(&store, settings, group.key)?;
    terminal::print(&others.iter().map(|other| format!("{other}.\n")).collect::<String>())?;
    if !args.apply || plan.stays == 0 {
        return Ok(());
    }
    drop(store);
    apply(context, &group, &horizon)
}

fn plan_text(plan: &retention::Plan, horizon: &retention::Horizon, applies: bool) -> String {
    let before = horizon.before;
    let mut text = match plan.stays {
        0 => format!("There is nothing to fold before {before}.\n"),
        stays => format!(
            "{} {} before {before} into {} of {}.\n",
            if applies { "Folds" } else { "Would fold" },
            count(stays, "stay", "stays"),
            count(plan.days, "day", "days"),
            count(plan.people, "person", "people"),
        ),
    };
    if plan.kept > 0 {
        text += &format!(
            "{} of that time stay as they are: days of the old tracker, sessions across the border, calls whose end is not \
             known, accounts that do not count, and days with more than {} stays of one account.\n",
            count(plan.kept, "stay", "stays"),
            retention::MAX_STAYS_OF_DAY,
        );
    }
    if plan.stays > 0 {
        text += "Boards, streaks, records, goals and totals stay the same. For these days, swf why then shows totals \
                 with evidence, but no stays: no times, no accounts, and no reasons why time did not count. swf \
                 export stays leaves them out. Corrections of these days can no longer be made or taken back.\n";
        if !applies {
            text += "Nothing was changed. Pass --apply to fold.\n";
        }
    }
    text
}

fn apply(context: &Context, group: &GroupRow, horizon: &retention::Horizon) -> Result<()> {
    let (config, settings) = (&context.config, context.config.group());
    let mut store = upgrade::open_for_writing(config.home())?;
    store.build_person_index(|| true)?;
    let (mut days, mut stays) = (0, 0);
    let mut cursor = retention::Cursor::default();
    while let Some(step) = retention::step(&mut store, settings, group.key, horizon, &mut cursor)? {
        (days, stays) = (days + step.days, stays + step.stays);
    }
    let mut text = format!("Folded {} into {}.\n", count(stays, "stay", "stays"), count(days, "day", "days"));
    // Without a tracker, the file can be written again without its free space. A running tracker reuses that space.
    if let Some(_lock) = Lock::take(&config.home().lock())? {
        store.shrink()?;
    } else {
        text += "The tracker uses the free space of the store again; the file does not shrink while it runs.\n";
    }
    terminal::print(&text)
}
