//! Uzbek, in both scripts. See [`super::super::uz`].

use std::fmt::Display as Shown;

use chrono::{Datelike, NaiveDate};

use super::super::Words;
use super::super::uz::{self, Lines, Uz, places, say};
use super::{Caption, CardWords};
use crate::domain::time::period::Scope;

#[derive(Debug)]
pub(super) struct UzCard(Uz);

pub(super) const LATIN: UzCard = UzCard(uz::LATIN);
pub(super) const CYRILLIC: UzCard = UzCard(uz::CYRILLIC);

const SHORT_MONTHS: [&str; 12] = ["yan", "fev", "mar", "apr", "may", "iyun", "iyul", "avg", "sen", "okt", "noy", "dek"];

/// In the order of [`Caption::ALL`].
static CAPTIONS: Lines = Lines::new(&[
    "Hafta",
    "Oy",
    "Yil",
    "Ketma-ket kunlar",
    "hozircha yoʻq",
    "Oxirgi yil, kunma-kun",
    "Oxirgi haftalar",
    "Rekordlar",
    "Kun",
    "Hafta",
    "Oy",
    "Tanaffussiz",
    "Faol kunlar",
    "Birinchi rekord hali oldinda.",
    "kam",
    "koʻp",
    "kuzatilmagan",
]);

impl CardWords for UzCard {
    fn caption(&self, caption: Caption) -> &'static str {
        let at = Caption::ALL.iter().position(|one| *one == caption);
        at.and_then(|at| CAPTIONS.write(self.0.0).get(at)).copied().unwrap_or_default()
    }

    fn past_board(&self, scope: Scope) -> String {
        match scope {
            Scope::Day => say!(self.0, "Kun"),
            Scope::Week => say!(self.0, "Hafta"),
            Scope::Month => say!(self.0, "Oy"),
            Scope::Year => say!(self.0, "Yil"),
            Scope::AllTime | Scope::Range => say!(self.0, "Reyting"),
        }
    }

    fn dates_of_year(&self, dates: &str, year: i32) -> String {
        say!(self.0, "{}-yil {}", year, dates)
    }

    fn year(&self, year: i32) -> String {
        say!(self.0, "{}-yil", year)
    }

    fn short_date(&self, date: NaiveDate) -> String {
        date.format("%d.%m.%Y").to_string()
    }

    fn short_month(&self, date: NaiveDate) -> String {
        // In Cyrillic letters, every short name has three letters: июнь and июль lose their soft sign.
        let month = self.0.0.write(SHORT_MONTHS[date.month0() as usize]);
        month.trim_end_matches('ь').to_owned()
    }

    fn short_weekday(&self, date: NaiveDate) -> String {
        self.0.short_weekday(date)
    }

    fn unwatched(&self, seconds: i64) -> String {
        let time = self.0.duration(seconds);
        say!(self.0, "`swf` {} aloqada boʻlmadi; tasdiqlangan vaqt hisobga olingan", time)
    }

    fn place(&self, rank: usize, of: usize) -> String {
        say!(self.0, "{} kishidan {}-oʻrin", of, rank)
    }

    fn streak(&self, days: u32) -> String {
        say!(self.0, "{} kun", days)
    }

    fn active_days(&self, days: i64, of: i64) -> String {
        say!(self.0, "{} / {}", days, of)
    }

    fn year_total(&self, days: usize, seconds: i64) -> String {
        say!(self.0, "{} faol kun · {}", days, self.0.duration(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_stand_in_their_order() {
        let words = [Caption::Week, Caption::NoStreak, Caption::NoRecords, Caption::NotWatched];
        assert_eq!(
            words.map(|caption| LATIN.caption(caption)),
            ["Hafta", "hozircha yoʻq", "Birinchi rekord hali oldinda.", "kuzatilmagan"]
        );
        assert_eq!(CYRILLIC.caption(Caption::NotWatched), "кузатилмаган");
    }
}
