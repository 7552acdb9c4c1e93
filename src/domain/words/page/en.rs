//! English.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};

use super::{Label, PageWords};
use crate::domain::accounting::receipt::Evidence;
use crate::domain::accounting::streak::Comeback;
use crate::domain::pulse::measures::Member;
use crate::domain::pulse::numbers::night_hours;
use crate::domain::pulse::{LeftOut, Number, REGULAR_DAYS};
use crate::domain::roster::BlindReason;
use crate::domain::text::{count, duration};
use crate::domain::time::period::Scope;
use crate::domain::words::{ENGLISH, Words};

#[derive(Debug)]
pub(super) struct En;

impl PageWords for En {
    fn words(&self) -> &'static dyn Words {
        ENGLISH
    }

    fn label(&self, label: Label) -> Cow<'static, str> {
        let text = match label {
            Label::SkipToContent => "Skip to the content",
            Label::Groups => "Groups",
            Label::Now => "Now",
            Label::About => "About",
            Label::Earlier => "Earlier",
            Label::Later => "Later",
            Label::AsData => "This page as data",
            Label::LogIn => "Log in",
            Label::Login => "Account",
            Label::MyTime => "My time",
            Label::All => "All",
            Label::AsTable => "As a table",
            Label::Rank => "Rank",
            Label::Name => "Name",
            Label::Time => "Time",
            Label::ActiveDays => "Active days",
            Label::Final => "final",
            Label::SoFar => "so far",
            Label::InCall => "in the call",
            Label::FindName => "Find a name",
            Label::Find => "Find",
            Label::ShowAll => "Show all",
            Label::NobodyFound => "Nobody on this board has such a name.",
            Label::NextRows => "Next rows",
            Label::FirstRows => "First rows",
            Label::NotBegun => "This time has not begun.",
            Label::NeverSeen => "The group was never seen.",
            Label::NoCall => "No call is running.",
            Label::NotTracked => "swf is not running, so it is not known who is in the call.",
            Label::Since => "Since",
            Label::TodaySoFar => "Today",
            Label::TodayBoard => "Today’s board",
            Label::DaysOfStudy => "Days",
            Label::LastYear => "The last 12 months",
            Label::Less => "less",
            Label::More => "more",
            Label::NotWatched => "not watched",
            Label::LastWeeks => "The last 12 weeks",
            Label::Week => "Week",
            Label::Records => "Records",
            Label::BestDay => "Best day",
            Label::BestWeek => "Best week",
            Label::BestMonth => "Best month",
            Label::LongestSession => "Longest session",
            Label::MostActiveDays => "Most active days of 28",
            Label::NoRecords => "No records yet.",
            Label::Streak => "Streak",
            Label::NoStreak => "none",
            Label::LongestStreak => "Longest streak",
            Label::AtRisk => "at risk today",
            Label::Goal => "Goal of the week",
            Label::Stays => "Time in the call",
            Label::NoStays => "They were not seen in a call on this day.",
            Label::Day => "Day",
            Label::ShowDay => "Show",
            Label::Account => "Account",
            Label::Evidence => "Evidence",
            Label::Counts => "Counts",
            Label::Yes => "yes",
            Label::No => "no",
            Label::Carried => "carried from the old tracker",
            Label::CarriedInstead => "the old tracker’s total of that day stands for it",
            Label::Folded => "only the day’s total is kept",
            Label::DayIsFull => "the day has no room for more",
            Label::OtherDay => "it counts for another day",
            Label::Corrected => "corrected",
            Label::Added => "added by the organiser",
            Label::Removed => "removed by the organiser",
            Label::NoData => "No study time yet.",
            Label::WhatIsStored => "What is stored",
            Label::StoredCall => "Who was in the group’s call, and from when to when, as Telegram says.",
            Label::StoredPeople => "The id, the name and the username of each person who was in the call.",
            Label::NotStored => "No sound, no video, and no messages.",
            Label::HowTimeCounts => "How time counts",
            Label::CountsEvidence => {
                "Time counts if the call was watched, or if Telegram’s join date proves that the person stayed."
            }
            Label::CountsUnknown => {
                "Time in which nobody watched is unknown. It is shown as unknown, and is never counted as zero."
            }
            Label::CountsGroupDays => "Days, weeks and months are those of the group’s time zone.",
            Label::AskOrganiser => {
                "To see your data, to be hidden or to be forgotten, write /export, /hide or /forget to the group’s bot, or ask the organiser."
            }
            Label::LoginFirst => "Log in first",
            Label::NotLoggedIn => "Not logged in",
            Label::HowToLogIn => "To see these pages, send /web to the group’s bot, or ask the organiser for a link.",
            Label::ForOrganisers => "Organisers make links with",
            Label::LinkWorksOnce => "This link works once. This browser then stays logged in for 30 days.",
            Label::SeesAs => "You see the pages as:",
            Label::RoleMember => "a member of a group",
            Label::RoleAdmin => "an admin of a group",
            Label::RoleOwner => "the owner",
            Label::LoggedIn => "Logged in",
            Label::LogOut => "Log out",
            Label::ToThePages => "To the pages",
            Label::LinkNotValid => "This link is not valid",
            Label::LinkNotValidWhy => "It is not complete, or logins were ended since it was made.",
            Label::LinkTooOld => "This link is too old",
            Label::LinkTooOldWhy => "A link is valid for 10 minutes.",
            Label::LinkUsed => "This link was used",
            Label::LinkUsedWhy => "A link works once, and ends when the server starts again.",
            Label::AskForNewLink => "Ask for a new one.",
            Label::OtherSite => "This came from another site",
            Label::OtherSiteText => "Open the page of this server, and press its button.",
            Label::Busy => "The server is busy",
            Label::BusyText => "There is too much to do. Try again later.",
            Label::PageFailed => "This page can’t be made",
            Label::PageFailedText => "The server’s log says why. Try again later.",
            Label::Overview => "Overview",
            Label::LatestBoards => "Latest boards",
            Label::AllBoards => "All boards",
            Label::Pulse => "Pulse",
            Label::WeekFrom => "Week from",
            Label::Number => "Number",
            Label::Value => "Value",
            Label::Meaning => "What it is",
            Label::NotFound => "Page not found",
            Label::NotFoundText => "There is no such page, or you may not see it.",
        };
        text.into()
    }

    fn scope(&self, scope: Scope) -> Cow<'static, str> {
        let name = match scope {
            Scope::Day => "Day",
            Scope::Week => "Week",
            Scope::Month => "Month",
            Scope::Year => "Year",
            Scope::AllTime => "All time",
            Scope::Range => "Days",
        };
        name.into()
    }

    fn short_weekday(&self, date: NaiveDate) -> String {
        date.format("%a").to_string()
    }

    fn short_month(&self, date: NaiveDate) -> String {
        date.format("%b").to_string()
    }

    fn short_date(&self, date: NaiveDate) -> String {
        format!("{} {}", date.day(), self.short_month(date))
    }

    fn people(&self, number: usize) -> String {
        count(number, "person", "people")
    }

    fn days(&self, number: u32) -> String {
        count(number, "day", "days")
    }

    fn rows(&self, first: usize, last: usize, of: usize) -> String {
        format!("{first}–{last} of {of}")
    }

    fn zone(&self, name: &str) -> String {
        format!("All times are of the zone {name}.")
    }

    fn as_of(&self, time: &str) -> String {
        format!("as of {time}")
    }

    fn unwatched(&self, seconds: i64) -> String {
        format!("swf was not running for {}; whether a call ran then is not known.", duration(seconds))
    }

    fn blind(&self, seconds: i64) -> String {
        format!("swf could not see the call for {}; time that Telegram can prove is counted.", duration(seconds))
    }

    fn last_seen(&self, time: &str) -> String {
        format!("The group was last seen on {time}.")
    }

    fn not_seen_since(&self, time: &str) -> String {
        format!("swf has not seen the call since {time}.")
    }

    fn in_the_call(&self, number: usize) -> String {
        format!("{} in the call", self.people(number))
    }

    fn days_chart(&self, seconds: i64, active_days: usize) -> String {
        format!("{} on {}", duration(seconds), count(active_days, "day", "days"))
    }

    fn freezes(&self, number: u32) -> String {
        format!("{} left", count(number, "freeze", "freezes"))
    }

    fn comeback(&self, comeback: &Comeback) -> String {
        let active = count(comeback.active_needed, "active day", "active days");
        let verb = if comeback.active_needed == 1 { "brings" } else { "bring" };
        let when = match comeback.days_left {
            1 => "on the next day".to_owned(),
            left => format!("of the next {left}"),
        };
        format!("{active} {when} {verb} {} back", self.days(comeback.streak))
    }

    fn goal(&self, seconds: i64, goal: i64, percent: i64) -> String {
        format!("{} of {} this week ({percent}\u{a0}%)", duration(seconds), duration(goal))
    }

    fn evidence(&self, evidence: Evidence) -> Cow<'static, str> {
        evidence.code().into()
    }

    fn blind_reason(&self, reason: BlindReason) -> Cow<'static, str> {
        let text = match reason {
            BlindReason::Offline => "offline",
            BlindReason::FloodWait => "flood wait",
            BlindReason::Clock => "wrong date",
            BlindReason::NotRunning => "not running",
            BlindReason::Gap => "gap",
            BlindReason::ListenersHidden => "listeners hidden",
        };
        text.into()
    }

    fn unproved(&self, reason: &str) -> String {
        format!("not seen ({reason}), and nothing later shows that they stayed")
    }

    fn proved(&self, reason: &str) -> String {
        format!("not seen ({reason}), but still in afterwards since the same moment")
    }

    fn below_gate(&self, session: i64, gate: i64) -> String {
        format!("the whole session has {}, less than {}", duration(session), duration(gate))
    }

    fn silent(&self, hours: i64, time: &str) -> String {
        format!("Not ranked: no sign after {hours} h, {time}.")
    }

    fn overlap(&self, account: &str) -> String {
        format!("in with {account} at the same time")
    }

    fn gate(&self, gate: i64, grace: i64) -> String {
        let (gate, grace) = (duration(gate), duration(grace));
        format!("A session counts from {gate} on. A break of less than {grace} does not end it, and earns nothing.")
    }

    fn weeks_counted(&self, weeks: usize, counted: usize) -> String {
        format!("{}, {counted} of them counted", count(weeks, "week", "weeks"))
    }

    fn pulse_number(&self, number: Number) -> String {
        match number {
            Number::Regulars => "Regulars".into(),
            Number::People => "People".into(),
            Number::Hours => "Hours".into(),
            Number::CameAgain(Member::New) => "New come again".into(),
            Number::CameAgain(Member::Current) => "Current come again".into(),
            Number::CameAgain(Member::Returned) => "Returned come again".into(),
            Number::Streaks => "Streaks".into(),
            Number::MedianStreak => "Half last longer".into(),
            Number::Reaching(days) => format!("{days}-day streaks"),
            Number::TopTenth => "Top tenth".into(),
            Number::Night => night_hours(),
            Number::Hiding => "Hiding".into(),
            Number::Left => "Left".into(),
        }
    }

    fn pulse_meaning(&self, number: Number) -> String {
        let text = match number {
            Number::Regulars => {
                return format!("members with {REGULAR_DAYS} or more active days in a week; the mean of the weeks");
            }
            Number::People => "members with study time in a week; the mean of the weeks",
            Number::Hours => "study time of all in a week; the mean of the weeks",
            Number::CameAgain(Member::New) => "of those in their first week, who was there in the next",
            Number::CameAgain(Member::Current) => {
                "of those who were there in the week before, too, who was there in the next"
            }
            Number::CameAgain(Member::Returned) => {
                "of those who came back after a week or more, who was there in the next"
            }
            Number::Streaks => "streaks that began in these weeks",
            Number::MedianStreak => "half of these streaks have more active days than this",
            Number::Reaching(_) => "the share of these streaks that gets so far",
            Number::TopTenth => "the share of hours of the tenth of members with the most",
            Number::Night => "the share of hours at night",
            Number::Hiding => "members who hide now",
            Number::Left => "people who left in these weeks, and have not come back",
        };
        text.into()
    }

    fn left_out(&self, reason: LeftOut) -> Cow<'static, str> {
        let text = match reason {
            LeftOut::BeforeFirst => "left out: before swf watched the group",
            LeftOut::Unwatched => "left out: swf was not running",
            LeftOut::Blind => "left out: swf could not see the call",
            LeftOut::Paused => "left out: paused",
            LeftOut::NotFinal => "left out: not final yet",
        };
        text.into()
    }

    fn not_shown(&self, sign: &str, people: usize) -> String {
        format!(
            "{sign} stands for what is not shown: a number about fewer than {people} people, or one from which such a \
             number follows. People who have left or were forgotten are in no other number."
        )
    }
}
