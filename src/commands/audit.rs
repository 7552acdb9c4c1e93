//! `swf audit`: derives every board of the store again, and checks that boards, receipts and sums agree.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::app::{boards, groups, store_times, upgrade};
use crate::commands::args::GroupArg;
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
use crate::store::{GroupKey, Store};

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
            // The others are audited.
            Err(_) if configs.len() > 1 => known.push((config, None)),
            Err(error) => return Err(error),
        }
    }
    let clock = groups::clock(home, known.iter().find_map(|(_, group)| group.as_ref()));
    store_times::check(&store, home, settings.zone, clock.now())?;
    // Without a snapshot, a tracker that writes meanwhile would give the week's board more time than the days' boards.
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
        let audit = Audit::of(&store, config.group(), group.key)?;
        texts += &named(audit.words());
        reports.push(audit.to_json(config.group().label.as_deref()));
        findings.extend(audit.findings.into_iter().map(named));
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
    let error = Error::new(Kind::Found, "the store does not add up");
    let error = findings.into_iter().take(MAX_SHOWN).fold(error, Error::hint);
    Err(if more > 0 { error.hint(format!("and {more} more")) } else { error })
}

/// The seconds of each person.
type Seconds = BTreeMap<PeerId, i64>;

struct Audit<'a> {
    store: &'a Store,
    settings: &'a GroupSettings,
    group: GroupKey,
    /// How many were checked.
    days: u64,
    boards: u64,
    receipts: u64,
    findings: Vec<String>,
    /// The sums of the days' boards, for each longer period that is not checked yet; the key begins with its last day.
    sums: BTreeMap<(NaiveDate, Scope), (Period, Seconds)>,
}

impl<'a> Audit<'a> {
    /// Audits a group.
    fn of(store: &'a Store, settings: &'a GroupSettings, group: GroupKey) -> Result<Audit<'a>> {
        let findings = store.faulty_stays(group)?;
        let (days, boards, receipts) = (0, 0, 0);
        let mut audit = Audit { store, settings, group, days, boards, receipts, findings, sums: BTreeMap::new() };
        audit.check_all()?;
        Ok(audit)
    }

    fn words(&self) -> String {
        format!(
            "Checked {}, {}, {}: {}.\n",
            count(self.days, "day", "days"),
            count(self.boards, "board", "boards"),
            count(self.receipts, "receipt", "receipts"),
            match self.findings.len() {
                0 => "all add up".into(),
                some => count(some, "finding", "findings"),
            }
        )
    }

    fn to_json(&self, label: Option<&str>) -> serde_json::Value {
        json!({
            "name": label, "days": self.days, "boards": self.boards, "receipts": self.receipts,
            "findings": self.findings.len(), "first": self.findings.iter().take(MAX_SHOWN).collect::<Vec<_>>(),
        })
    }

    fn check_all(&mut self) -> Result<()> {
        let Some((first, last)) = boards::days(self.store, self.settings, self.group)? else { return Ok(()) };
        let days = first.iter_days().take_while(|date| *date <= last);
        let bar = progress(days.clone().count() as u64);
        for date in days {
            self.check_periods_before(Some(date))?;
            self.check_day(date)?;
            bar.inc(1);
        }
        self.check_periods_before(None)?;
        bar.finish_and_clear();
        Ok(())
    }

    /// Checks a day's board against its receipts, and adds it to its longer periods.
    fn check_day(&mut self, date: NaiveDate) -> Result<()> {
        let period = |scope| Period::of(scope, date, self.settings.zone, self.settings.calendar);
        let longer = Scope::ALL.into_iter().filter(|scope| *scope != Scope::Day).map(period).collect::<Vec<_>>();
        let (_, seconds) = self.check_board(period(Scope::Day))?;
        self.days += 1;
        for period in longer {
            let (_, sum) = self.sums.entry((period.last, period.scope)).or_insert((period, Seconds::new()));
            for (person, seconds) in &seconds {
                *sum.entry(*person).or_default() += seconds;
            }
        }
        Ok(())
    }

    /// Compares the longer periods that ended before `date` (all, if `None`) with the sums of their days.
    fn check_periods_before(&mut self, date: Option<NaiveDate>) -> Result<()> {
        while let Some(entry) = self.sums.first_entry()
            && date.is_none_or(|date| entry.key().0 < date)
        {
            let (period, days) = entry.remove();
            let (record, whole) = self.check_board(period)?;
            let people: BTreeSet<PeerId> = whole.keys().chain(days.keys()).copied().collect();
            for person in people {
                let [whole, days] = [&whole, &days].map(|seconds| seconds.get(&person).copied().unwrap_or(0));
                if whole != days {
                    self.find(&record, period, person, &format!("{whole} s, but its days sum to {days} s"));
                }
            }
        }
        Ok(())
    }

    /// Checks one board against its receipts; returns its record and its seconds.
    fn check_board(&mut self, period: Period) -> Result<(Record, Seconds)> {
        let policy = self.settings.policy;
        let reach = policy.rules.reach();
        let window = Span::new(period.span.from - reach, period.span.to + reach);
        let record = boards::record(self.store, self.settings, self.group, window)?;
        let board = board(period, Instant(i64::MAX), &record, policy);
        self.boards += 1;
        for entry in &board.entries {
            let person = entry.profile.peer;
            let receipt = receipt(period, &record, policy, person);
            self.receipts += 1;
            if let Some(what) = contradiction(&receipt, entry.seconds, entry.proved_seconds, period) {
                self.find(&record, period, person, &what);
            }
        }
        let seconds = board.entries.into_iter().map(|entry| (entry.profile.peer, entry.seconds)).collect();
        Ok((record, seconds))
    }

    fn find(&mut self, record: &Record, period: Period, person: PeerId, what: &str) {
        let who = display(&record.profile(person), Viewer::Terminal);
        self.findings.push(format!("{} of {}: {who}: {what}", period.scope.name(), period.first));
    }
}

/// A progress bar on standard error; it is drawn only on a terminal.
fn progress(days: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:40} {pos}/{len} days").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(days).with_style(style)
}
