//! Russian.

use chrono::{Datelike, NaiveDate};

use super::super::Words;
use super::super::ru::{MONTHS, Ru, WEEKDAYS_SHORT, plural, weekday};
use super::{Caption, CardWords};
use crate::domain::time::period::Scope;

#[derive(Debug)]
pub(super) struct RuCard;

impl CardWords for RuCard {
    fn caption(&self, caption: Caption) -> &'static str {
        match caption {
            Caption::Week => "Неделя",
            Caption::Month => "Месяц",
            Caption::Year => "Год",
            Caption::Streak => "Дней подряд",
            Caption::NoStreak => "пока нет",
            Caption::LastYear => "Последний год, день за днём",
            Caption::LastWeeks => "Последние недели",
            Caption::Records => "Рекорды",
            Caption::BestDay => "День",
            Caption::BestWeek => "Неделя",
            Caption::BestMonth => "Месяц",
            Caption::LongestSession => "Без перерыва",
            Caption::MostActiveDays => "Активные дни",
            Caption::NoRecords => "Первый рекорд ещё впереди.",
            Caption::Less => "меньше",
            Caption::More => "больше",
            Caption::NotWatched => "нет наблюдений",
        }
    }

    fn past_board(&self, scope: Scope) -> String {
        let name = match scope {
            Scope::Day => "День",
            Scope::Week => "Неделя",
            Scope::Month => "Месяц",
            Scope::Year => "Год",
            Scope::AllTime | Scope::Range => "Рейтинг",
        };
        name.into()
    }

    fn dates_of_year(&self, dates: &str, year: i32) -> String {
        format!("{dates} {year}")
    }

    fn year(&self, year: i32) -> String {
        format!("{year} год")
    }

    fn short_date(&self, date: NaiveDate) -> String {
        date.format("%d.%m.%Y").to_string()
    }

    fn short_month(&self, date: NaiveDate) -> String {
        MONTHS[date.month0() as usize].chars().take(3).collect()
    }

    fn short_weekday(&self, date: NaiveDate) -> String {
        weekday(WEEKDAYS_SHORT, date).into()
    }

    fn unwatched(&self, seconds: i64) -> String {
        format!("swf не видел звонок {}; время, которое подтверждает Telegram, учтено", Ru.duration(seconds))
    }

    fn place(&self, rank: usize, of: usize) -> String {
        format!("{rank}-е место из {of}")
    }

    fn streak(&self, days: u32) -> String {
        format!("{days} {}", plural(days as usize, "день", "дня", "дней"))
    }

    fn active_days(&self, days: i64, of: i64) -> String {
        format!("{days} из {of}")
    }

    fn year_total(&self, days: usize, seconds: i64) -> String {
        let active = plural(days, "активный день", "активных дня", "активных дней");
        format!("{days} {active} · {}", Ru.duration(seconds))
    }
}
