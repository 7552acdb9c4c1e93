//! English.

use chrono::{NaiveDate, Weekday};

use super::{AdminWords, CallNow, Choice, Setting};
use crate::domain::chat::access::ChatMode;
use crate::domain::live::Connection;
use crate::domain::post::style::Look;
use crate::domain::text::count;
use crate::domain::time::pause::Pause;
use crate::domain::words::en::{En, people};

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl AdminWords for En {
    fn choice(&self, choice: Choice) -> String {
        match choice {
            Choice::Post => "Post",
            Choice::Pause => "Pause",
            Choice::Resume => "End the pause",
            Choice::Cancel => "Cancel",
        }
        .into()
    }

    fn none(&self) -> String {
        "none".into()
    }

    fn post_question(&self, place: &str) -> String {
        format!("Post the current standings in {place}?")
    }

    fn same_standings(&self, sent: &str) -> String {
        format!("The group has these standings already, sent at {sent}.")
    }

    fn post_waits(&self) -> String {
        "A post of the standings is not delivered yet. No second one is made.".into()
    }

    fn post_in_pause(&self, pause: Pause) -> String {
        format!("The group is paused {}. This post goes out all the same.", self.pause_dates(pause))
    }

    fn posting(&self) -> String {
        "The post is on its way.".into()
    }

    fn cancelled(&self) -> String {
        "Cancelled. Nothing was done.".into()
    }

    fn preview(&self) -> String {
        "Preview of today’s post. Nothing was posted.".into()
    }

    fn connection(&self, connection: Connection, last_look: Option<&str>) -> String {
        let state = match connection {
            Connection::Connecting => "connecting",
            Connection::Online => "connected",
            Connection::Offline => "not connected",
            Connection::FloodWait => "asks to wait",
        };
        let look = last_look.map_or("the group was not seen yet".into(), |ago| format!("last look {ago} ago"));
        format!("Telegram: {state}; {look}")
    }

    fn next_attempt(&self, wait: &str) -> String {
        format!("Next attempt in {wait}")
    }

    fn outage(&self, length: Option<&str>, reason: &str) -> String {
        let length = length.map_or(String::new(), |length| format!(" for {length}"));
        format!("The group can't be seen{length}: {reason}")
    }

    fn call(&self, call: CallNow) -> String {
        match call {
            CallNow::None => "Call: none is running".into(),
            CallNow::Seen { length, people: count } => {
                let length = length.map_or(String::new(), |length| format!(" for {length}"));
                format!("Call: running{length}, {} in it", people(count))
            }
            CallNow::Unseen { length, people: count } => {
                format!("Call: can't be seen for {length}; {} in it before", people(count))
            }
        }
    }

    fn last_post(&self, sent: Option<&str>) -> String {
        format!("Last post: {}", sent.unwrap_or("none yet"))
    }

    fn next_post(&self, due: Option<(&str, &str)>) -> String {
        match due {
            Some((time, length)) => format!("Next post: {time} (in {length})"),
            None => "Next post: none until the pause ends".into(),
        }
    }

    fn does_not_post(&self) -> String {
        "Next post: this tracker does not post".into()
    }

    fn outbox(&self, waiting: usize, refused: usize) -> String {
        let text = match (waiting, refused) {
            (0, 0) => "nothing waits".into(),
            (waiting, 0) => format!("{waiting} not delivered yet"),
            (0, refused) => format!("{refused} refused"),
            (waiting, refused) => format!("{waiting} not delivered yet, {refused} refused"),
        };
        format!("Outbox: {text}")
    }

    fn store(&self, problem: Option<(&str, usize)>) -> String {
        match problem {
            None => "Store: can be written".into(),
            Some((reason, buffered)) => {
                let facts = count(buffered as u64, "fact waits", "facts wait");
                format!("Store: can't be written ({reason}); {facts} in memory")
            }
        }
    }

    fn blind_today(&self, length: &str) -> String {
        format!("Today: the call was not seen for {length}")
    }

    fn not_running_today(&self, length: &str) -> String {
        format!("Today: swf did not run for {length}")
    }

    fn in_call(&self, count: usize) -> String {
        match count {
            0 => "Nobody is in the call.".into(),
            count => format!("In the call: {}", people(count)),
        }
    }

    fn since(&self, time: &str, length: &str) -> String {
        format!("since {time} ({length})")
    }

    fn layout(&self, faults: usize) -> String {
        match faults {
            0 => "Layout of the post: in order".into(),
            faults => format!("Layout of the post: {}", count(faults as u64, "problem", "problems")),
        }
    }

    fn audited(&self, days: u64, boards: u64, findings: usize) -> String {
        let checked = format!("Checked {} and {}", count(days, "day", "days"), count(boards, "board", "boards"));
        match findings {
            0 => format!("{checked}: all add up"),
            findings => format!("{checked}: {}", count(findings as u64, "finding", "findings")),
        }
    }

    fn setting(&self, setting: Setting) -> String {
        match setting {
            Setting::Zone => "Time zone",
            Setting::PostTime => "Daily post",
            Setting::Language => "Language",
            Setting::Periods => "Weeks and months",
            Setting::Look => "Look of posts",
            Setting::Target => "Posts go to",
            Setting::Chat => "Answers in the chat",
            Setting::Pause => "Pause",
        }
        .into()
    }

    fn civil_periods(&self, week_start: Weekday) -> String {
        format!("weeks from {}, calendar months", WEEKDAYS[week_start.num_days_from_monday() as usize])
    }

    fn numbered_periods(&self, anchor: NaiveDate) -> String {
        format!("numbered, of 7 and 30 days from {anchor}")
    }

    fn look(&self, look: Look) -> String {
        match look {
            Look::Standard => "standard",
            Look::Classic => "as the old tracker",
        }
        .into()
    }

    fn chat_mode(&self, mode: ChatMode) -> String {
        match mode {
            ChatMode::Off => "off",
            ChatMode::Private => "in private chats only",
            ChatMode::Group => "in the group and in private chats",
        }
        .into()
    }

    fn this_group(&self) -> String {
        "this group".into()
    }

    fn topic(&self, topic: i32) -> String {
        format!("topic {topic}")
    }

    fn change_settings(&self, by_command: bool) -> String {
        match by_command {
            true => "To change a setting, run a command like this where swf runs:",
            false => "To change a setting, write a line like this into .env.local where swf runs:",
        }
        .into()
    }

    fn pause_dates(&self, pause: Pause) -> String {
        match pause.last {
            Some(last) => format!("from {} to {last}", pause.first),
            None => format!("from {} until somebody ends it", pause.first),
        }
    }

    fn pause_question(&self, group: &str, pause: Pause) -> String {
        format!("Pause {group} {}? There are no posts in a pause; time still counts.", self.pause_dates(pause))
    }

    fn resume_question(&self, group: &str, pause: Pause) -> String {
        format!("End the pause of {group}? It goes {}. Today gets its post again.", self.pause_dates(pause))
    }

    fn paused(&self, pause: Pause) -> String {
        format!("The group is paused {}. Time still counts.", self.pause_dates(pause))
    }

    fn resumed(&self) -> String {
        "The pause is over. Posts come again.".into()
    }

    fn not_paused(&self, today: NaiveDate) -> String {
        format!("There is no pause on {today}. Nothing was done.")
    }

    fn date_passed(&self, until: NaiveDate, today: NaiveDate, example: &str) -> String {
        format!("{until} has passed; today is {today}. The last day without a post is today or later, e.g. {example}")
    }

    fn log_empty(&self) -> String {
        "The log is empty.".into()
    }
}
