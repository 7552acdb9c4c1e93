//! The texts that only a picture has ([`crate::domain::card`]), in the group's language. Texts that a post has, too,
//! come from [`super::Words`]: durations, dates, names, totals.

mod en;
mod ru;
mod uz;

use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::samples::{COUNTS, DURATIONS, Sample};
use super::{Dates, Language};
use crate::domain::time::period::Scope;

/// The texts of pictures in one language. Those without values are [`Caption`]s.
pub trait CardWords: fmt::Debug + Sync {
    /// A text without a value.
    fn caption(&self, caption: Caption) -> &'static str;
    /// The name of the board of a past period: `Week`.
    fn past_board(&self, scope: Scope) -> String;
    /// The dates of a period, as [`super::Words::dates`] writes them, with the year: people may look at a picture much
    /// later.
    fn dates_of_year(&self, dates: &str, year: i32) -> String;
    /// A calendar year.
    fn year(&self, year: i32) -> String;
    /// A date in few characters, with its year.
    fn short_date(&self, date: NaiveDate) -> String;
    /// A month in few characters, for the top of a column.
    fn short_month(&self, date: NaiveDate) -> String;
    /// A weekday in few characters, for the beginning of a row.
    fn short_weekday(&self, date: NaiveDate) -> String;
    /// For how many seconds swf did not see the call.
    fn unwatched(&self, seconds: i64) -> String;
    /// A person's place among so many people.
    fn place(&self, rank: usize, of: usize) -> String;
    /// So many days in a row.
    fn streak(&self, days: u32) -> String;
    /// So many active days of `of` days.
    fn active_days(&self, days: i64, of: i64) -> String;
    /// So many active days, and how many seconds together.
    fn year_total(&self, days: usize, seconds: i64) -> String;
}

/// A text of a picture without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caption {
    /// Above a person's time in the week, month and year of the picture.
    Week,
    Month,
    Year,
    /// Above a streak.
    Streak,
    /// Replaces a streak of no days.
    NoStreak,
    /// Above the map of a person's last year, day by day.
    LastYear,
    /// Above the bars of a person's last weeks.
    LastWeeks,
    /// Above a person's records.
    Records,
    BestDay,
    BestWeek,
    BestMonth,
    LongestSession,
    MostActiveDays,
    /// Replaces the records of a person who has none.
    NoRecords,
    /// The ends of the scale of colours.
    Less,
    More,
    /// Explains the colour of a day that was not watched.
    NotWatched,
}

impl Caption {
    pub const ALL: [Caption; 17] = [
        Caption::Week,
        Caption::Month,
        Caption::Year,
        Caption::Streak,
        Caption::NoStreak,
        Caption::LastYear,
        Caption::LastWeeks,
        Caption::Records,
        Caption::BestDay,
        Caption::BestWeek,
        Caption::BestMonth,
        Caption::LongestSession,
        Caption::MostActiveDays,
        Caption::NoRecords,
        Caption::Less,
        Caption::More,
        Caption::NotWatched,
    ];
}

impl Language {
    /// The texts of pictures in this language.
    pub fn card_words(self) -> &'static dyn CardWords {
        match self {
            Language::En => &en::EnCard,
            Language::Ru => &ru::RuCard,
            Language::Uz => &uz::LATIN,
            Language::UzCyrl => &uz::CYRILLIC,
        }
    }
}

/// The dates of a picture's period.
pub fn dates(words: &dyn super::Words, card: &dyn CardWords, dates: Dates) -> String {
    let text = words.dates(dates);
    match dates {
        Dates::Day(last) | Dates::WithinMonth(_, last) | Dates::WithinYear(_, last) => {
            card.dates_of_year(&text, last.year())
        }
        Dates::Month(_) | Dates::AcrossYears(..) => text,
    }
}

/// Every text with sample values, in the same order for each language.
pub fn samples(card: &dyn CardWords) -> Vec<Sample> {
    let day = NaiveDate::from_ymd_opt(2026, 12, 10).unwrap_or_default();
    let mut all = Vec::new();
    let mut add = |phrase, text: String| all.push(Sample { phrase, text });
    Caption::ALL.into_iter().for_each(|caption| add("caption", card.caption(caption).into()));
    Scope::ALL.into_iter().for_each(|scope| add("past_board", card.past_board(scope)));
    add("dates_of_year", card.dates_of_year("7–13", 2026));
    add("year", card.year(2026));
    add("short_date", card.short_date(day));
    let months = (1..=12).filter_map(|month| NaiveDate::from_ymd_opt(2026, month, 1));
    months.for_each(|date| add("short_month", card.short_month(date)));
    day.iter_days().take(7).for_each(|date| add("short_weekday", card.short_weekday(date)));
    DURATIONS.into_iter().for_each(|seconds| add("unwatched", card.unwatched(seconds)));
    COUNTS.into_iter().for_each(|count| add("place", card.place(count + 1, 25)));
    COUNTS.into_iter().for_each(|count| add("streak", card.streak(count as u32)));
    COUNTS.into_iter().for_each(|count| add("active_days", card.active_days(count as i64, 28)));
    COUNTS.into_iter().for_each(|count| add("year_total", card.year_total(count, 3600 * count as i64)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_every_language_says_something() {
        let english = samples(Language::En.card_words());
        for language in Language::ALL {
            let own = samples(language.card_words());
            assert_eq!(own.len(), english.len());
            for (Sample { phrase: name, text }, Sample { text: english, .. }) in own.iter().zip(&english) {
                assert!(!text.trim().is_empty() && !text.contains("{}") && !text.contains('`'), "{name}: {text:?}");
                // Some languages write a date with zeros.
                if *name == "short_date" {
                    continue;
                }
                let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
                let mut numbers = [digits(text), digits(english)].map(|text| text.chars().collect::<Vec<_>>());
                numbers.iter_mut().for_each(|digits| digits.sort_unstable());
                assert_eq!(numbers[0], numbers[1], "{name}: {text:?}");
            }
        }
    }

    #[test]
    fn no_text_has_letters_of_another_alphabet() {
        let is_cyrillic = |c: char| ('\u{400}'..='\u{4ff}').contains(&c);
        for (language, cyrillic) in
            [(Language::En, false), (Language::Ru, true), (Language::Uz, false), (Language::UzCyrl, true)]
        {
            for Sample { phrase: name, text } in samples(language.card_words()) {
                let letters: String =
                    text.replace("swf", "").replace("Telegram", "").chars().filter(|c| c.is_alphabetic()).collect();
                let wrong = letters.chars().find(|c| is_cyrillic(*c) != cyrillic && !matches!(c, 'ʻ' | 'ʼ'));
                assert_eq!(wrong, None, "{language:?} {name}: {text}");
            }
        }
    }

    #[test]
    fn dates_have_their_year() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let week = Dates::between(day("2026-11-16"), day("2026-11-22"));
        let written = |language: Language, of| dates(language.words(), language.card_words(), of);
        assert_eq!(
            Language::ALL.map(|language| written(language, week)),
            ["16–22 November 2026", "16–22 ноября 2026", "2026-yil 16–22-noyabr", "2026-йил 16–22-ноябрь"]
        );
        assert_eq!(written(Language::En, Dates::Month(day("2026-11-01"))), "November 2026");
    }
}
