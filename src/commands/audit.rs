//! `swf audit`: derives every board of the store again, and checks that it all adds up.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::app::boards;
use crate::commands::context::Context;
use crate::commands::terminal;
use crate::config::GroupSettings;
use crate::domain::accounting::leaderboard::{Record, board};
use crate::domain::accounting::receipt::{contradiction, receipt};
use crate::domain::people::{Viewer, display};
use crate::domain::text::count;
use crate::domain::time::period::{Period, Scope};
use crate::domain::{Instant, PeerId, Span};
use crate::error::{Error, Kind, Result};
use crate::store::{Access, GroupKey, Store};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// How many findings are shown.
const SHOWN: usize = 10;

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = &context.config;
    let settings = config.group();
    let store = Store::open(&config.home().store(), Access::Read)?;
    // A tracker may write in between: a person in the call would have more on the week's board than on the day's.
    let _snapshot = store.read_snapshot()?;
    let group = context.group(&store)?;
    let mut findings = store.faulty_stays(group.key)?;
    let mut checked = Checked::default();
    if let Some((first, last)) = boards::days(&store, settings, group.key)? {
        let days = first.iter_days().take_while(|date| *date <= last);
        let bar = progress(days.clone().count() as u64);
        let mut sums = Sums::default();
        for date in days {
            check_day(&store, settings, group.key, date, &mut sums, &mut checked, &mut findings)?;
            bar.inc(1);
        }
        sums.flush(&store, settings, group.key, None, &mut checked, &mut findings)?;
        bar.finish_and_clear();
    }
    if args.json {
        terminal::print_json(&json!({
            "days": checked.days, "boards": checked.boards, "receipts": checked.receipts,
            "findings": findings.len(), "first": findings.iter().take(SHOWN).collect::<Vec<_>>(),
        }))?;
    } else {
        terminal::print(&format!(
            "Checked {}, {}, {}: {}.\n",
            count(checked.days, "day", "days"),
            count(checked.boards, "board", "boards"),
            count(checked.receipts, "receipt", "receipts"),
            if findings.is_empty() { "all add up".into() } else { count(findings.len(), "finding", "findings") }
        ))?;
    }
    if findings.is_empty() {
        return Ok(());
    }
    let more = findings.len().saturating_sub(SHOWN);
    let mut error =
        findings.into_iter().take(SHOWN).fold(Error::new(Kind::Found, "the store does not add up"), Error::hint);
    if more > 0 {
        error = error.hint(format!("and {more} more"));
    }
    Err(error)
}

#[derive(Default)]
struct Checked {
    days: u64,
    boards: u64,
    receipts: u64,
}

/// The days' seconds of each person, by the longer periods that the days belong to; the key begins with a period's last day.
#[derive(Default)]
struct Sums(BTreeMap<(NaiveDate, Scope), (Period, BTreeMap<PeerId, i64>)>);

fn progress(days: u64) -> ProgressBar {
    // On standard error; nothing is drawn where that is no terminal.
    let style =
        ProgressStyle::with_template("{bar:40} {pos}/{len} days").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(days).with_style(style)
}

/// Checks a day's board against its receipts, and adds it to its longer periods.
fn check_day(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    date: NaiveDate,
    sums: &mut Sums,
    checked: &mut Checked,
    findings: &mut Vec<String>,
) -> Result<()> {
    let day = Period::of(Scope::Day, date, settings.zone, settings.calendar);
    sums.flush(store, settings, group, Some(date), checked, findings)?;
    let record = load(store, settings, group, day)?;
    let seconds = check_board(&record, settings, day, checked, findings);
    checked.days += 1;
    for scope in Scope::ALL.into_iter().filter(|scope| *scope != Scope::Day) {
        let period = Period::of(scope, date, settings.zone, settings.calendar);
        let (_, sum) = sums.0.entry((period.last, scope)).or_insert((period, BTreeMap::new()));
        for (person, seconds) in &seconds {
            *sum.entry(*person).or_default() += seconds;
        }
    }
    Ok(())
}

impl Sums {
    /// Compares the longer periods that ended before `date` (all, if `None`) with the sums of their days.
    fn flush(
        &mut self,
        store: &Store,
        settings: &GroupSettings,
        group: GroupKey,
        date: Option<NaiveDate>,
        checked: &mut Checked,
        findings: &mut Vec<String>,
    ) -> Result<()> {
        while let Some(entry) = self.0.first_entry()
            && date.is_none_or(|date| entry.key().0 < date)
        {
            let (period, days) = entry.remove();
            let record = load(store, settings, group, period)?;
            let seconds = check_board(&record, settings, period, checked, findings);
            if seconds != days {
                findings.extend(different(&record, period, &seconds, &days));
            }
        }
        Ok(())
    }
}

fn different(
    record: &Record,
    period: Period,
    whole: &BTreeMap<PeerId, i64>,
    days: &BTreeMap<PeerId, i64>,
) -> Vec<String> {
    let people = whole.keys().chain(days.keys()).collect::<std::collections::BTreeSet<_>>();
    let wrong = people.into_iter().filter_map(|person| {
        let (whole, days) = (whole.get(person).unwrap_or(&0), days.get(person).unwrap_or(&0));
        let who = display(&record.profile(*person), Viewer::Terminal);
        let what =
            format!("{} of {}: {who}: {whole} s, but its days sum to {days} s", period.scope.name(), period.first);
        (whole != days).then_some(what)
    });
    wrong.collect()
}

fn load(store: &Store, settings: &GroupSettings, group: GroupKey, period: Period) -> Result<Record> {
    let reach = settings.policy.rules.reach();
    boards::record(store, settings, group, Span::new(period.span.from - reach, period.span.to + reach))
}

/// Checks one board against its receipts; returns everybody's seconds.
fn check_board(
    record: &Record,
    settings: &GroupSettings,
    period: Period,
    checked: &mut Checked,
    findings: &mut Vec<String>,
) -> BTreeMap<PeerId, i64> {
    let board = board(period, Instant(i64::MAX), record, settings.policy);
    checked.boards += 1;
    for entry in &board.entries {
        let receipt = receipt(period, record, settings.policy, entry.profile.peer);
        checked.receipts += 1;
        if let Some(what) = contradiction(&receipt, entry.seconds, entry.proved_seconds, period) {
            let who = display(&entry.profile, Viewer::Terminal);
            findings.push(format!("{} of {}: {who}: {what}", period.scope.name(), period.first));
        }
    }
    board.entries.into_iter().map(|entry| (entry.profile.peer, entry.seconds)).collect()
}
