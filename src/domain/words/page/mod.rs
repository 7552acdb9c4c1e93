//! The texts that only the web pages have. Durations, dates and names come from [`Words`].

mod en;
mod ru;
pub mod samples;
mod uz;

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;

use super::{Language, Words};
use crate::domain::accounting::receipt::Evidence;
use crate::domain::accounting::streak::Comeback;
use crate::domain::pulse::{Amount, LeftOut, Number};
use crate::domain::roster::BlindReason;
use crate::domain::time::period::Scope;

/// A text without values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    // On every page.
    SkipToContent,
    Groups,
    Now,
    About,
    Earlier,
    Later,
    AsData,
    LogIn,
    Login,
    MyTime,
    All,
    AsTable,
    // Boards.
    Rank,
    Name,
    Time,
    ActiveDays,
    Final,
    SoFar,
    InCall,
    FindName,
    Find,
    ShowAll,
    NobodyFound,
    NextRows,
    FirstRows,
    NotBegun,
    NeverSeen,
    // The call now.
    NoCall,
    NotTracked,
    Since,
    TodaySoFar,
    TodayBoard,
    // A person.
    DaysOfStudy,
    LastYear,
    Less,
    More,
    NotWatched,
    LastWeeks,
    Week,
    Records,
    BestDay,
    BestWeek,
    BestMonth,
    LongestSession,
    MostActiveDays,
    NoRecords,
    Streak,
    NoStreak,
    LongestStreak,
    AtRisk,
    Goal,
    Stays,
    NoStays,
    Day,
    ShowDay,
    Account,
    Evidence,
    Counts,
    Yes,
    No,
    Carried,
    CarriedInstead,
    Folded,
    DayIsFull,
    OtherDay,
    Corrected,
    Added,
    Removed,
    NoData,
    // About.
    WhatIsStored,
    StoredCall,
    StoredPeople,
    NotStored,
    HowTimeCounts,
    CountsEvidence,
    CountsUnknown,
    CountsGroupDays,
    AskOrganiser,
    // Logging in.
    LoginFirst,
    NotLoggedIn,
    HowToLogIn,
    ForOrganisers,
    LinkWorksOnce,
    SeesAs,
    RoleMember,
    RoleAdmin,
    RoleOwner,
    LoggedIn,
    LogOut,
    ToThePages,
    LinkNotValid,
    LinkNotValidWhy,
    LinkTooOld,
    LinkTooOldWhy,
    LinkUsed,
    LinkUsedWhy,
    AskForNewLink,
    OtherSite,
    OtherSiteText,
    Busy,
    BusyText,
    PageFailed,
    PageFailedText,
    // The pages of a site.
    Overview,
    LatestBoards,
    AllBoards,
    // The pulse.
    Pulse,
    WeekFrom,
    Number,
    Value,
    Meaning,
    // Errors.
    NotFound,
    NotFoundText,
}

impl Label {
    pub const ALL: [Label; 113] = [
        Label::SkipToContent,
        Label::Groups,
        Label::Now,
        Label::About,
        Label::Earlier,
        Label::Later,
        Label::AsData,
        Label::LogIn,
        Label::Login,
        Label::MyTime,
        Label::All,
        Label::AsTable,
        Label::Rank,
        Label::Name,
        Label::Time,
        Label::ActiveDays,
        Label::Final,
        Label::SoFar,
        Label::InCall,
        Label::FindName,
        Label::Find,
        Label::ShowAll,
        Label::NobodyFound,
        Label::NextRows,
        Label::FirstRows,
        Label::NotBegun,
        Label::NeverSeen,
        Label::NoCall,
        Label::NotTracked,
        Label::Since,
        Label::TodaySoFar,
        Label::TodayBoard,
        Label::DaysOfStudy,
        Label::LastYear,
        Label::Less,
        Label::More,
        Label::NotWatched,
        Label::LastWeeks,
        Label::Week,
        Label::Records,
        Label::BestDay,
        Label::BestWeek,
        Label::BestMonth,
        Label::LongestSession,
        Label::MostActiveDays,
        Label::NoRecords,
        Label::Streak,
        Label::NoStreak,
        Label::LongestStreak,
        Label::AtRisk,
        Label::Goal,
        Label::Stays,
        Label::NoStays,
        Label::Day,
        Label::ShowDay,
        Label::Account,
        Label::Evidence,
        Label::Counts,
        Label::Yes,
        Label::No,
        Label::Carried,
        Label::CarriedInstead,
        Label::Folded,
        Label::DayIsFull,
        Label::OtherDay,
        Label::Corrected,
        Label::Added,
        Label::Removed,
        Label::NoData,
        Label::WhatIsStored,
        Label::StoredCall,
        Label::StoredPeople,
        Label::NotStored,
        Label::HowTimeCounts,
        Label::CountsEvidence,
        Label::CountsUnknown,
        Label::CountsGroupDays,
        Label::AskOrganiser,
        Label::LoginFirst,
        Label::NotLoggedIn,
        Label::HowToLogIn,
        Label::ForOrganisers,
        Label::LinkWorksOnce,
        Label::SeesAs,
        Label::RoleMember,
        Label::RoleAdmin,
        Label::RoleOwner,
        Label::LoggedIn,
        Label::LogOut,
        Label::ToThePages,
        Label::LinkNotValid,
        Label::LinkNotValidWhy,
        Label::LinkTooOld,
        Label::LinkTooOldWhy,
        Label::LinkUsed,
        Label::LinkUsedWhy,
        Label::AskForNewLink,
        Label::OtherSite,
        Label::OtherSiteText,
        Label::Busy,
        Label::BusyText,
        Label::PageFailed,
        Label::PageFailedText,
        Label::Overview,
        Label::LatestBoards,
        Label::AllBoards,
        Label::Pulse,
        Label::WeekFrom,
        Label::Number,
        Label::Value,
        Label::Meaning,
        Label::NotFound,
        Label::NotFoundText,
    ];
}

/// All texts of the pages in one language. Names are clean already. Durations are seconds.
pub trait PageWords: fmt::Debug + Sync {
    /// The other texts of this language.
    fn words(&self) -> &'static dyn Words;
    fn label(&self, label: Label) -> Cow<'static, str>;
    /// The name of a kind of board, as a link.
    fn scope(&self, scope: Scope) -> Cow<'static, str>;
    /// `Mon`.
    fn short_weekday(&self, date: NaiveDate) -> String;
    /// `Dec`.
    fn short_month(&self, date: NaiveDate) -> String;
    /// `10 Dec`.
    fn short_date(&self, date: NaiveDate) -> String;
    fn people(&self, count: usize) -> String;
    fn days(&self, count: u32) -> String;
    /// The title and the description of a list of rows: `201–400 of 1250`.
    fn rows(&self, first: usize, last: usize, of: usize) -> String;
    /// The zone of all times on the page.
    fn zone(&self, name: &str) -> String;
    /// The board counts up to this local time.
    fn as_of(&self, time: &str) -> String;
    /// For how long no tracker watched the group, and what that means.
    fn unwatched(&self, seconds: i64) -> String;
    /// For how long the call could not be seen, and what that means.
    fn blind(&self, seconds: i64) -> String;
    /// If no tracker runs: when the group was last seen.
    fn last_seen(&self, time: &str) -> String;
    /// The call has not been seen since this local time, and goes on as far as is known.
    fn not_seen_since(&self, time: &str) -> String;
    /// So many people are in the call.
    fn in_the_call(&self, people: usize) -> String;
    /// The description of the chart of days: the total time, and on how many days.
    fn days_chart(&self, seconds: i64, active_days: usize) -> String;
    /// The end of a streak's line: a freeze covers a missed day.
    fn freezes(&self, count: u32) -> String;
    /// How to bring a broken streak back.
    fn comeback(&self, comeback: &Comeback) -> String;
    fn goal(&self, seconds: i64, goal: i64, percent: i64) -> String;
    fn evidence(&self, evidence: Evidence) -> Cow<'static, str>;
    fn blind_reason(&self, reason: BlindReason) -> Cow<'static, str>;
    /// The call was not seen, for this reason, and nothing shows that the person stayed.
    fn unproved(&self, reason: &str) -> String;
    /// The call was not seen, for this reason, but the person was still in afterwards.
    fn proved(&self, reason: &str) -> String;
    /// The whole session has `session` seconds, fewer than the `gate`.
    fn below_gate(&self, session: i64, gate: i64) -> String;
    /// This time does not rank: there was no sign of life for more than so many hours.
    fn silent(&self, hours: i64, time: &str) -> String;
    /// The person was in the call with another account at the same time.
    fn overlap(&self, account: &str) -> String;
    /// A session counts from `gate` seconds on. A break shorter than `grace` does not end it.
    fn gate(&self, gate: i64, grace: i64) -> String;
    /// The number of weeks, and how many of them count.
    fn weeks_counted(&self, weeks: usize, counted: usize) -> String;
    /// The name of a number of the pulse.
    fn pulse_number(&self, number: Number) -> String;
    /// What a number of the pulse means, in lower case.
    fn pulse_meaning(&self, number: Number) -> String;
    fn pulse_amount(&self, amount: Amount) -> String {
        match amount {
            Amount::Count(count) => count.to_string(),
            Amount::Days(days) => self.days(days),
            Amount::Percent(share) => format!("{share}\u{a0}%"),
        }
    }
    /// Why a week does not count.
    fn left_out(&self, reason: LeftOut) -> Cow<'static, str>;
    /// What the `sign` in place of a number means: the number would be about fewer than `people` people.
    fn not_shown(&self, sign: &str, people: usize) -> String;
}

impl Language {
    /// The texts of the pages in this language.
    pub fn page(self) -> &'static dyn PageWords {
        match self {
            Language::En => &en::En,
            Language::Ru => &ru::Ru,
            Language::Uz => &uz::LATIN,
            Language::UzCyrl => &uz::CYRILLIC,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_text_is_there_and_is_of_its_language() {
        let texts = |language: Language| -> Vec<String> {
            samples::samples(language.page()).into_iter().map(|sample| sample.text).collect()
        };
        let [english, russian, latin, cyrillic] = Language::ALL.map(texts);
        for texts in [&english, &russian, &latin, &cyrillic] {
            assert!(texts.iter().all(|text| !text.trim().is_empty() && !text.contains(['{', '}', '`'])), "{texts:?}");
        }
        // These stay Latin in Cyrillic texts: values, commands and names of programs.
        let foreign = |text: &String| {
            let text = ["Asia/Tashkent", "Deep Work", "swf", "Telegram", "/web", "/export", "/hide", "/forget"]
                .iter()
                .fold(text.clone(), |text, value| text.replace(value, ""));
            text.chars().any(|c| c.is_ascii_alphabetic())
        };
        assert_eq!(russian.iter().chain(&cyrillic).find(|text| foreign(text)), None);
        let is_cyrillic = |text: &&String| text.chars().any(|c| ('а'..='я').contains(&c));
        assert_eq!(english.iter().chain(&latin).find(is_cyrillic), None);
    }

    #[test]
    fn labels_are_all_listed_once_and_differ() {
        let distinct: BTreeSet<String> = Label::ALL.iter().map(|label| format!("{label:?}")).collect();
        assert_eq!(
            (distinct.len(), Label::ALL[distinct.len() - 1]),
            (Label::NotFoundText as usize + 1, Label::NotFoundText)
        );
        for language in Language::ALL {
            assert_eq!(language.page().words().language(), language);
        }
    }
}
