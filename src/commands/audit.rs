//! `swf audit`: derives every board of the store again, and checks that boards, receipts and sums agree.

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::app::audit::{self, Report};
use crate::app::{groups, store_times, upgrade};
use crate::commands::args::GroupArg;
use crate::commands::context::Context;
use crate::commands::terminal;
use crate::domain::text::count;
use crate::error::{Error, Kind, Result};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

/// The most findings to show.
const MAX_SHOWN: usize = 10;

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let (home, settings) = (context.config.home(), context.config.group());
    let store = upgrade::open_to_read(home, settings.zone)?;
    let configs = context.each_group();
    let mut known = Vec::new();
    for config in &configs {
        match context.group_of(&store, config) {
            Ok(group) => known.push((config, Some(group))),
            // Audit the other groups.
            Err(_) if configs.len() > 1 => known.push((config, None)),
            Err(error) => return Err(error),
        }
    }
    let clock = groups::clock(home, known.iter().find_map(|(_, group)| group.as_ref()));
    store_times::check(&store, home, settings.zone, clock.now())?;
    let _snapshot = store.read_snapshot()?;
    let (mut texts, mut reports, mut findings) = (String::new(), Vec::new(), Vec::new());
    for (config, group) in known {
        let label = context.name_among_several(config);
        let named = |text: String| label.map_or(text.clone(), |label| format!("{label}: {text}"));
        let Some(group) = group else {
            texts += &named("not watched yet\n".into());
            reports.push(json!({ "name": label, "days": 0, "boards": 0, "receipts": 0, "findings": 0, "first": [] }));
            continue;
        };
        let bar = progress();
        let report = audit::audit(&store, config.group(), group.key, &mut |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        })?;
        bar.finish_and_clear();
        texts += &named(words(&report));
        reports.push(to_json(&report, config.group().label.as_deref()));
        findings.extend(report.findings.into_iter().map(named));
    }
    if args.json {
        let mut json = reports[0].clone();
        json["groups"] = reports.into();
        terminal::print_json(&json)?;
    } else {
        terminal::print(&texts)?;
    }
    if findings.is_empty() {
        return Ok(());
    }
    let more = findings.len().saturating_sub(MAX_SHOWN);
    let error = Error::new(Kind::Found, "some totals in the store do not add up");
    let error = findings.into_iter().take(MAX_SHOWN).fold(error, Error::hint);
    Err(if more > 0 { error.hint(format!("and {more} more")) } else { error })
}

fn words(report: &Report) -> String {
    format!(
        "Checked {}, {}, {}: {}.\n",
        count(report.days, "day", "days"),
        count(report.boards, "board", "boards"),
        count(report.receipts, "receipt", "receipts"),
        match report.findings.len() {
            0 => "all add up".into(),
            some => count(some, "finding", "findings"),
        }
    )
}

fn to_json(report: &Report, label: Option<&str>) -> serde_json::Value {
    json!({
        "name": label, "days": report.days, "boards": report.boards, "receipts": report.receipts,
        "findings": report.findings.len(), "first": report.findings.iter().take(MAX_SHOWN).collect::<Vec<_>>(),
    })
}

/// A progress bar on standard error; it is drawn only on a terminal.
fn progress() -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:40} {pos}/{len} days").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}
