//! Arguments that several commands take.

use clap::builder::PossibleValue;

use crate::app::boards;
use crate::config::GroupSettings;
use crate::domain::Instant;
use crate::domain::time::asked::AskedDate;
use crate::domain::time::period::{Period, Scope, local_date};
use crate::error::{Error, Result};
use crate::store::{GroupKey, Store};

/// Which group a command is about.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct GroupArg {
    /// The group, by its name in groups.toml; only needed where there are several
    #[arg(long, global = true, value_name = "NAME")]
    pub group: Option<String>,
}

/// The longest range of dates, in days: a century.
const MAX_RANGE_DAYS: i64 = 36_525;

/// The dates of a range, as arguments in addition to `period` and `date`.
#[derive(Debug, clap::Args)]
pub struct RangeArgs {
    /// The first day of a range, instead of a period, e.g. 2026-11-01, yesterday, -7 (seven days back)
    #[arg(long, value_name = "DATE", allow_hyphen_values = true, conflicts_with_all = ["period", "date"])]
    from: Option<AskedDate>,
    /// The last day of the range, written the same way [default: today]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true, requires = "from")]
    to: Option<AskedDate>,
}

/// The period that the arguments of a command mean.
pub fn period(
    scope: Scope,
    date: Option<AskedDate>,
    range: &RangeArgs,
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    now: Instant,
) -> Result<Period> {
    let today = local_date(settings.zone, now);
    let day = |asked: AskedDate| asked.resolve(Scope::Day, today, settings.calendar);
    if let Some(from) = range.from {
        let (first, last) = (day(from), range.to.map_or(today, day));
        let days = (last - first).num_days() + 1;
        if !(1..=MAX_RANGE_DAYS).contains(&days) {
            let wrong = match days {
                ..1 => format!("--from {first} is after --to {last}"),
                _ => format!("--from {first} --to {last} are {days} days; a range has {MAX_RANGE_DAYS} at most"),
            };
            return Err(Error::usage(wrong)
                .hint("Both days are included, e.g. --from 2026-11-01 --to 2026-11-30; --to is today if left out."));
        }
        return Ok(Period::between(Scope::Range, first, last, settings.zone));
    }
    if scope == Scope::AllTime {
        return match date {
            Some(_) => Err(Error::usage("--date can't be used with all").hint("Choose a period instead, e.g. month.")),
            None => boards::all_time(store, settings, group, now),
        };
    }
    let date = date.map_or(today, |date| date.resolve(scope, today, settings.calendar));
    Ok(Period::of(scope, date, settings.zone, settings.calendar))
}

/// Which period a command is about: one value for each [`Scope::ALL`], and all time.
#[derive(Clone, Copy, Debug)]
pub struct ScopeArg(Scope);

impl ScopeArg {
    const ALL: [ScopeArg; Scope::ALL.len() + 1] = {
        let mut all = [ScopeArg(Scope::AllTime); Scope::ALL.len() + 1];
        let mut index = 0;
        while index < Scope::ALL.len() {
            all[index] = ScopeArg(Scope::ALL[index]);
            index += 1;
        }
        all
    };
}

impl clap::ValueEnum for ScopeArg {
    fn value_variants<'a>() -> &'a [ScopeArg] {
        &ScopeArg::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()))
    }
}

impl From<ScopeArg> for Scope {
    fn from(arg: ScopeArg) -> Scope {
        arg.0
    }
}
