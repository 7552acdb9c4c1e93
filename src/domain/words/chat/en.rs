//! English.

use chrono::{NaiveDate, NaiveTime};

use super::{ChatWords, Gap, Listed, PartNote};
use crate::domain::accounting::goals::Progress;
use crate::domain::accounting::streak::Comeback;
use crate::domain::chat::access::Refusal;
use crate::domain::chat::command::Usage;
use crate::domain::parts::Part;
use crate::domain::text::count;
use crate::domain::time::period::Scope;
use crate::domain::words::en::En;
use crate::domain::words::{Dates, Words};

fn days(number: u32) -> String {
    count(number, "day", "days")
}

impl ChatWords for En {
    fn rank(&self, rank: usize) -> String {
        format!("#{rank}")
    }

    fn scope_button(&self, scope: Scope) -> String {
        match scope {
            Scope::Day => "Day",
            Scope::Week => "Week",
            _ => "Month",
        }
        .into()
    }

    fn me_button(&self) -> String {
        "My time".into()
    }

    fn top_button(&self) -> String {
        "The board".into()
    }

    fn why_button(&self) -> String {
        "My day in detail".into()
    }

    fn up_to(&self, time: NaiveTime, other_day: Option<NaiveDate>) -> String {
        let day = other_day.map_or(String::new(), |day| format!("{}, ", self.dates(Dates::Day(day))));
        format!("Counted up to {day}{}.", time.format("%H:%M"))
    }

    fn behind(&self, gap: Gap, rank: usize) -> String {
        match gap {
            Gap::Seconds(seconds) => format!("{} behind #{rank}", self.duration(seconds)),
            Gap::Days(number) => format!("{} behind #{rank}", count(number as u32, "active day", "active days")),
        }
    }

    fn no_time(&self) -> String {
        "nothing yet".into()
    }

    fn nearby(&self) -> String {
        "At your pace this week".into()
    }

    fn in_call(&self) -> String {
        "🎧 You are in the call now.".into()
    }

    fn streak_days(&self, number: u32) -> String {
        match number {
            0 => "🔥 No streak yet".into(),
            number => format!("🔥 Streak: {}", days(number)),
        }
    }

    fn frozen(&self, number: u32) -> String {
        format!("{} frozen", days(number))
    }

    fn freezes(&self, number: u32) -> String {
        format!("{} left", count(number, "freeze", "freezes"))
    }

    fn longest_streak(&self, number: u32) -> String {
        format!("longest {}", days(number))
    }

    fn at_risk(&self, active: i64) -> String {
        format!("study {} today to keep it", self.duration(active))
    }

    fn comeback(&self, comeback: &Comeback, active: i64) -> String {
        let Comeback { streak, active_needed, days_left } = *comeback;
        let (needed, active) = (days(active_needed), self.duration(active));
        let verb = if active_needed == 1 { "brings" } else { "bring" };
        format!(
            "💪 {needed} of {active} or more within the {} left {verb} back your streak of {}.",
            days(days_left),
            days(streak)
        )
    }

    fn goal(&self, goal: &Progress) -> String {
        let mark = if goal.is_reached() { "✅" } else { "🎯" };
        let (time, of) = (self.duration(goal.seconds), self.duration(goal.goal));
        format!("{mark} Goal: {time} of {of} this week ({} %)", goal.percent())
    }

    fn never(&self, gate: i64) -> [String; 2] {
        [
            "You have no study time here yet. It is never too late to begin!".into(),
            format!(
                "Join the group's voice call and stay for at least {}. Then you are on the board, and /me shows \
                 your time.",
                self.duration(gate)
            ),
        ]
    }

    fn left_out(&self) -> String {
        "This account is not on the board: it only watches the call.".into()
    }

    fn in_call_count(&self, count: usize) -> String {
        format!("🎧 {count} in the call now")
    }

    fn part(&self, note: PartNote) -> String {
        match note {
            PartNote::Proved => "nobody saw the call, but you were still in afterwards".into(),
            PartNote::Unproved => "nobody saw the call, and nothing shows that you stayed".into(),
            PartNote::TooShort { session, gate } => {
                format!("too short: {} in all, it takes {}", self.duration(session), self.duration(gate))
            }
            PartNote::OtherAccount => "you were in with another account already".into(),
            PartNote::OtherDay => "counts for another day".into(),
            PartNote::OldTotal => "total of the old tracker".into(),
            PartNote::InOldTotal => "is part of the old tracker's total".into(),
            PartNote::Folded => "only the total of the day is kept".into(),
            PartNote::Full => "the day has no room for more".into(),
            PartNote::Added => "added by the organiser".into(),
            PartNote::Removed => "removed by the organiser".into(),
        }
    }

    fn more_parts(&self, number: usize) -> String {
        format!("and {number} more")
    }

    fn proved(&self, seconds: i64) -> String {
        format!("{} of it was proved later", self.duration(seconds))
    }

    fn above_cap(&self, seconds: i64, cap: i64) -> String {
        let (seconds, cap) = (self.duration(seconds), self.duration(cap));
        format!("{seconds} above {cap} a day count, but do not rank.")
    }

    fn silent(&self, hours: i64, times: &str) -> String {
        format!("Not ranked: no sign after {hours} h, {times}.")
    }

    fn still_here(&self, hours: i64, minutes: i64) -> String {
        format!(
            "👋 Still here? You gave no sign in the call. In {minutes} min that is {hours} h, and time ranks no \
             more until your next sign. It still counts."
        )
    }

    fn still_here_button(&self) -> String {
        "I'm here".into()
    }

    fn is_still_here(&self) -> String {
        "Good. Your time ranks on.".into()
    }

    fn not_here(&self) -> String {
        "You are not in the call now, so no clock runs.".into()
    }

    fn not_in_call(&self) -> String {
        "You were not seen in the call on that day.".into()
    }

    fn not_begun(&self) -> String {
        "That day has not begun yet.".into()
    }

    fn goal_set(&self, goal: Option<i64>) -> String {
        match goal {
            Some(goal) => format!("🎯 Your goal: {} a week. Good luck!", self.duration(goal)),
            None => "You have no goal any more. Your time counts as before.".into(),
        }
    }

    fn no_goal(&self) -> String {
        "You have no goal for the week yet.".into()
    }

    fn goal_how(&self) -> String {
        "Set one with /goal 10h; /goal off ends it.".into()
    }

    fn help_title(&self) -> String {
        "What I can do:".into()
    }

    fn help_in_group(&self) -> String {
        "/top shows the board here. I answer /me, /why and /goal in private.".into()
    }

    fn does(&self, command: Listed) -> String {
        match command {
            Listed::Me => "your time, rank, streak and goal",
            Listed::Top => "the board of the day, week or month",
            Listed::Card => "the board as a picture; /card me: your year",
            Listed::Why => "what counts of your day, and what does not",
            Listed::Goal => "your goal for the week",
            Listed::Hide => "hide your name from the group",
            Listed::Leave => "have nothing more stored about you",
            Listed::Name => "a name of your own choice, for the group",
            Listed::Export => "what is stored of your time",
            Listed::Forget => "have me forget you",
            Listed::Help => "what I can do",
            Listed::Privacy => "what is stored about you",
            Listed::Web => "a link to your pages in the browser",
            Listed::Post => "post the standings now",
            Listed::Preview => "see the next post",
            Listed::Status => "whether all is well",
            Listed::Audit => "check all totals",
            Listed::Settings => "the group's settings",
            Listed::Pause => "a break without posts",
            Listed::Part(Part::Rhythm) => "focus and break in turns",
            Listed::Part(Part::Slots) => "hours at which the group studies together",
            Listed::Part(Part::Pairs) => "whether two people may share a streak",
            Listed::Part(Part::Silence) => "how long a silence in the call ranks",
            Listed::Who => "who is in the call",
            Listed::Logs => "the last lines of the log",
        }
        .into()
    }

    fn welcome(&self, group: &str) -> String {
        match group {
            "" => "Hello! I count your study time.".into(),
            group => format!("Hello! I count study time in {group}."),
        }
    }

    fn welcome_stranger(&self, group: &str) -> String {
        match group {
            "" => "Hello! I count study time in a group. You are not in it yet: join it first.".into(),
            group => format!("Hello! I count study time in {group}. You are not in it yet: join it first."),
        }
    }

    fn about(&self, gate: i64) -> String {
        format!(
            "Time in the group's voice call counts by itself, from {} on. You need not do anything.",
            self.duration(gate)
        )
    }

    fn privacy_title(&self) -> String {
        "What I know about you".into()
    }

    fn privacy_stored(&self) -> String {
        "I store your Telegram id, name and username, when you are in the group's voice call, and your choices, such as \
         your goal. I store nothing that you say there, and no message that is no command."
            .into()
    }

    fn privacy_since(&self, first: NaiveDate) -> String {
        format!("I have watched the group since {}.", self.dates(Dates::Day(first)))
    }

    fn privacy_kept(&self, copies: usize) -> String {
        format!(
            "Times stay as long as the organiser keeps the board. Copies of the last {copies} days guard against loss."
        )
    }

    fn privacy_folded(&self, months: u32) -> String {
        format!("Of times that are older than {months} months, only a total for each day stays.")
    }

    fn privacy_chat(&self, command_seconds: i64, answer_hours: i64) -> String {
        format!(
            "I answer a command within {command_seconds} seconds or never, and forget my answer after {answer_hours} hours."
        )
    }

    fn privacy_group(&self, top: usize) -> String {
        format!(
            "The group sees the first {top} of each board in its posts, and the whole board with /top. Only you see /me, /why and your goal here; the organiser has all data."
        )
    }

    fn privacy_streaks(&self, of_all: bool) -> String {
        match of_all {
            true => "Posts also show how many days in a row somebody has studied.".into(),
            false => "Posts show your streak only if you have asked the organiser for it.".into(),
        }
    }

    fn privacy_website(&self, is_on: bool) -> String {
        match is_on {
            true => "A website also gets the boards, with names.".into(),
            false => "No website gets the boards.".into(),
        }
    }

    fn privacy_ask(&self) -> String {
        "Do you want to know more? Ask the organiser of the group.".into()
    }

    fn web_link(&self, minutes: i64) -> String {
        format!(
            "This link opens your pages in a browser. It works once, within {minutes} minutes. Do not share it: whoever \
             opens it sees the pages as you do."
        )
    }

    fn no_pages(&self) -> String {
        "This group has no pages for a browser. Ask me here: /me, /top".into()
    }

    fn misread(&self, usage: Usage) -> String {
        match usage {
            Usage::Top => "After /top comes day, week or month. Example: /top week",
            Usage::Card => "After /card comes day, week, month or me. Example: /card week",
            Usage::Why => "After /why comes a date, today or yesterday. Example: /why 2026-11-22",
            Usage::Goal => "After /goal come hours and minutes a week, up to 168h, or off. Example: /goal 7h30m",
            Usage::Pause => "After /pause comes the last day without posts, or off. Example: /pause 2026-12-31",
            Usage::Part(Part::Rhythm) => {
                "After /rhythm come minutes of focus (5 to 120) and of break (1 to 60), or off. Example: /rhythm 50/10"
            }
            Usage::Part(Part::Slots) => {
                "After /slots come up to 6 times of day, at least 15 minutes apart, or off. Example: /slots 19:00 21:00"
            }
            Usage::Part(Part::Pairs) => "After /pairs comes on or off. Example: /pairs on",
            Usage::Part(Part::Silence) => {
                "After /silence come hours from 1h to 6h, record or off. Example: /silence 3h"
            }
            Usage::Logs => "After /logs comes a number of lines. Example: /logs 50",
        }
        .into()
    }

    fn unknown_command(&self) -> String {
        "I don't know this command. /help shows all of them.".into()
    }

    fn refusal(&self, refusal: Refusal) -> String {
        match refusal {
            Refusal::NotAMember => "This is for members of the group. Join it first.",
            Refusal::NotAnAdmin => "This is for admins of the group.",
            Refusal::NotTheOwner => "This is for the organiser.",
            Refusal::NotAsAPerson => "I answer this to people only. Write it as yourself, in our private chat.",
            Refusal::NotTheAsker => "Only who asked for it can press this.",
        }
        .into()
    }

    fn hint(&self) -> String {
        "I answer that in private 👇".into()
    }

    fn hint_button(&self) -> String {
        "Open the private chat".into()
    }

    fn choose_group(&self) -> String {
        "Which group is it about?".into()
    }

    fn group_not_found(&self) -> String {
        "I don't watch this group any more.".into()
    }

    fn too_old(&self) -> String {
        "This button is too old. Send the command again.".into()
    }
}
