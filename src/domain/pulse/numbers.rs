//! The numbers of a report in the order in which pages and messages list them. All come from
//! [`disclosure`](super::disclosure).

use super::disclosure::Pulse;
use super::measures::Member;
use super::{NIGHT_HOURS, STREAK_STEPS};

/// What a number of a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// The mean of the weeks, as the next two are.
    Regulars,
    People,
    Hours,
    CameAgain(Member),
    Streaks,
    MedianStreak,
    /// The share of streaks with at least this many active days; the number is one of [`STREAK_STEPS`].
    Reaching(u32),
    TopTenth,
    Night,
    Hiding,
    Left,
}

/// The value of a [`Number`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    Count(i64),
    Days(u32),
    Percent(u8),
}

impl Amount {
    /// The value without its unit.
    pub fn number(self) -> i64 {
        match self {
            Amount::Count(count) => count,
            Amount::Days(days) => days.into(),
            Amount::Percent(share) => share.into(),
        }
    }
}

impl Number {
    /// Each number once.
    pub fn all() -> Vec<Number> {
        let before = [Number::Regulars, Number::People, Number::Hours];
        let between = [Number::Streaks, Number::MedianStreak];
        let after = [Number::TopTenth, Number::Night, Number::Hiding, Number::Left];
        let (came_again, reaching) = (Member::ALL.map(Number::CameAgain), STREAK_STEPS.map(Number::Reaching));
        [&before[..], &came_again, &between, &reaching, &after].concat()
    }

    /// The code in CSV.
    pub fn code(self) -> String {
        match self {
            Number::Regulars => "regulars".into(),
            Number::People => "people".into(),
            Number::Hours => "hours".into(),
            Number::CameAgain(member) => format!("came_again_percent_{}", member.code()),
            Number::Streaks => "streaks".into(),
            Number::MedianStreak => "median_streak_days".into(),
            Number::Reaching(days) => format!("streaks_reaching_percent_{days}"),
            Number::TopTenth => "top_tenth_percent".into(),
            Number::Night => "night_percent".into(),
            Number::Hiding => "hiding".into(),
            Number::Left => "left".into(),
        }
    }
}

/// `00:00–05:00`
pub fn night_hours() -> String {
    let (from, to) = NIGHT_HOURS;
    format!("{from:02}:00–{to:02}:00")
}

impl Pulse {
    /// All numbers that are not about one week; a number that may not be shown is `None`.
    pub fn numbers(&self) -> Vec<(Number, Option<Amount>)> {
        Number::all().into_iter().map(|number| (number, self.amount(number))).collect()
    }

    fn amount(&self, number: Number) -> Option<Amount> {
        let count = |count: Option<usize>| count.map(|count| Amount::Count(count as i64));
        let share = |share: Option<u8>| share.map(Amount::Percent);
        let summary = &self.summary;
        match number {
            Number::Regulars => count(summary.regulars),
            Number::People => count(summary.people),
            Number::Hours => summary.hours.map(Amount::Count),
            Number::CameAgain(member) => share(summary.came_again[member as usize]),
            Number::Streaks => count(summary.streaks),
            Number::MedianStreak => summary.median_streak.map(Amount::Days),
            Number::Reaching(days) => {
                let step = STREAK_STEPS.iter().position(|step| *step == days)?;
                share(summary.reaching[step])
            }
            Number::TopTenth => share(summary.top_tenth),
            Number::Night => share(summary.night),
            Number::Hiding => count(self.hiding),
            Number::Left => count(self.left),
        }
    }
}
