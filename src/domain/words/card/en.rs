//! English.

use chrono::{Datelike, NaiveDate};

use super::{Caption, CardWords};
use crate::domain::text::{count, duration};
use crate::domain::time::period::Scope;

#[derive(Debug)]
pub(super) struct EnCard;

impl CardWords for EnCard {
    fn caption(&self, caption: Caption) -> &'static str {
        match caption {
            Caption::Week => "Week",
            Caption::Month => "Month",
            Caption::Year => "Year",
            Caption::Streak => "Streak",
            Caption::NoStreak => "none yet",
            Caption::LastYear => "The last year, day by day",
            Caption::LastWeeks => "The last weeks",
            Caption::Records => "Records",
            Caption::BestDay => "Day",
            Caption::BestWeek => "Week",
            Caption::BestMonth => "Month",
            Caption::LongestSession => "In one go",
            Caption::MostActiveDays => "Active days",
            Caption::NoRecords => "The first record is still to come.",
            Caption::Less => "less",
            Caption::More => "more",
            Caption::NotWatched => "not watched",
        }
    }

    fn past_board(&self, scope: Scope) -> String {
        let name = match scope {
            Scope::Day => "Day",
            Scope::Week => "Week",
            Scope::Month => "Month",
            Scope::Year => "Year",
            Scope::AllTime | Scope::Range => "Leaderboard",
        };
        name.into()
    }

    fn dates_of_year(&self, dates: &str, year: i32) -> String {
        format!("{dates} {year}")
    }

    fn year(&self, year: i32) -> String {
        year.to_string()
    }

    fn short_date(&self, date: NaiveDate) -> String {
        format!("{} {} {}", date.day(), self.short_month(date), date.year())
    }

    fn short_month(&self, date: NaiveDate) -> String {
        super::super::en::month(date)[..3].into()
    }

    fn short_weekday(&self, date: NaiveDate) -> String {
        super::super::en::short_weekday(date).into()
    }

    fn unwatched(&self, seconds: i64) -> String {
        format!("swf was offline for {}; time that Telegram can prove is counted", duration(seconds))
    }

    fn place(&self, rank: usize, of: usize) -> String {
        format!("place {rank} of {of}")
    }

    fn streak(&self, days: u32) -> String {
        count(days, "day", "days")
    }

    fn active_days(&self, days: i64, of: i64) -> String {
        format!("{days} of {of}")
    }

    fn year_total(&self, days: usize, seconds: i64) -> String {
        format!("{} · {}", count(days, "active day", "active days"), duration(seconds))
    }
}
