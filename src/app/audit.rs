//! Derives every board of a group again, and checks that boards, receipts and sums agree: `swf audit`, and `/audit` in
//! the chat.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::app::boards;
use crate::config::GroupSettings;
use crate::domain::accounting::leaderboard::{Record, board};
use crate::domain::accounting::receipt::{contradiction, receipt};
use crate::domain::people::{Viewer, display};
use crate::domain::time::period::{Period, Scope};
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;
use crate::store::{GroupKey, Store};

/// The seconds of each person.
type Seconds = BTreeMap<PeerId, i64>;

/// What an audit of a group found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many days were checked; likewise boards and receipts.
    pub days: u64,
    pub boards: u64,
    pub receipts: u64,
    /// Each is safe to show on a line.
    pub findings: Vec<String>,
}

/// Audits a group. The caller must hold a snapshot of the store: otherwise, if a tracker writes meanwhile, the week's
/// board has more time than the days' boards. `progress` receives how many of all days are checked.
pub fn audit(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Report> {
    let report = Report { findings: store.faulty_stays(group)?, ..Report::default() };
    let mut audit = Audit { store, settings, group, report, sums: BTreeMap::new() };
    audit.check_all(progress)?;
    Ok(audit.report)
}

struct Audit<'a> {
    store: &'a Store,
    settings: &'a GroupSettings,
    group: GroupKey,
    report: Report,
    /// The sums of the days' boards, for each longer period that is not checked yet; the key begins with its last day.
    sums: BTreeMap<(NaiveDate, Scope), (Period, Seconds)>,
}

impl Audit<'_> {
    fn check_all(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<()> {
        let Some((first, last)) = boards::days(self.store, self.settings, self.group)? else { return Ok(()) };
        let days = first.iter_days().take_while(|date| *date <= last);
        let count = days.clone().count() as u64;
        for date in days {
            self.check_periods_before(Some(date))?;
            self.check_day(date)?;
            progress(self.report.days, count);
        }
        self.check_periods_before(None)
    }

    /// Checks a day's board against its receipts, and adds it to the sums of its longer periods.
    fn check_day(&mut self, date: NaiveDate) -> Result<()> {
        let period = |scope| Period::of(scope, date, self.settings.zone, self.settings.calendar);
        let longer = Scope::ALL.into_iter().filter(|scope| *scope != Scope::Day).map(period).collect::<Vec<_>>();
        let (_, seconds) = self.check_board(period(Scope::Day))?;
        self.report.days += 1;
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

    /// Checks one board against its receipts. Returns its record and its seconds.
    fn check_board(&mut self, period: Period) -> Result<(Record, Seconds)> {
        let policy = self.settings.policy;
        let reach = policy.rules.reach();
        let window = Span::new(period.span.from - reach, period.span.to + reach);
        let record = boards::record(self.store, self.settings, self.group, window)?;
        let board = board(period, Instant(i64::MAX), &record, policy);
        self.report.boards += 1;
        for entry in &board.entries {
            let person = entry.profile.peer;
            let receipt = receipt(period, &record, policy, person);
            self.report.receipts += 1;
            if let Some(what) = contradiction(&receipt, entry.seconds, entry.proved_seconds, period) {
                self.find(&record, period, person, &what);
            }
        }
        let seconds = board.entries.into_iter().map(|entry| (entry.profile.peer, entry.seconds)).collect();
        Ok((record, seconds))
    }

    fn find(&mut self, record: &Record, period: Period, person: PeerId, what: &str) {
        let who = display(&record.profile(person), Viewer::Terminal);
        self.report.findings.push(format!("{} of {}: {who}: {what}", period.scope.name(), period.first));
    }
}
