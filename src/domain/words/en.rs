//! English.

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::{
    AlertSubject, BoardState, Comparison, Dates, Language, Occasion, PastOutage, PastSpan, Proved, Record, SeenFrom,
    Words, unbroken,
};
use crate::domain::people::Display;
use crate::domain::post::problem::{Code, Problem};
use crate::domain::text;
use crate::domain::time::period::Scope;

#[derive(Debug)]
pub(super) struct En;

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn weekday(date: NaiveDate) -> &'static str {
    WEEKDAYS[date.weekday().num_days_from_monday() as usize]
}

pub(super) fn month(date: NaiveDate) -> &'static str {
    MONTHS[date.month0() as usize]
}

/// `Sun`.
pub(super) fn short_weekday(date: NaiveDate) -> &'static str {
    &weekday(date)[..3]
}

/// `22 November`.
fn day_month(date: NaiveDate) -> String {
    format!("{} {}", date.day(), month(date))
}

/// `1 person`, `2 people`: one is singular, everything else plural.
pub(super) fn people(count: usize) -> String {
    text::count(count, "person", "people")
}

const EMPTY: [&str; 5] = [
    "No study time this time. Every day is a new start.",
    "Nobody studied. Tomorrow is another chance.",
    "A quiet day: nobody was in the call for long enough.",
    "An empty board. Who comes back first?",
    "No study time. Rest is part of learning, too.",
];
const EMPTY_SO_FAR: [&str; 5] = [
    "No study time yet. The first minutes could be yours.",
    "Nobody has studied yet. The first place is free.",
    "Still empty. Five minutes are enough for a place here.",
    "Nothing yet. Open the call, and others may follow.",
    "No study time so far. It is not too late to begin.",
];
const PRAISE: [&str; 28] = [
    "Steady as a rock.",
    "What a day!",
    "Hats off.",
    "Quietly brilliant.",
    "That was real work.",
    "Focus like a laser.",
    "A day well spent.",
    "This is how it is done.",
    "Hour by hour, page by page.",
    "Future you says thank you.",
    "Nobody saw it, and still you did it.",
    "You make it look easy.",
    "Strong from start to finish.",
    "Patience pays, and today it did.",
    "The books are impressed.",
    "One more step up the mountain.",
    "Discipline over mood.",
    "You set the pace.",
    "A good habit in the making.",
    "Worth every minute.",
    "The hard part is behind you.",
    "Small steps, great distance.",
    "Well begun, well done.",
    "Your chair deserves a medal, too.",
    "Calm, clear and consistent.",
    "Others talk about it. You did it.",
    "The best excuse is none.",
    "Somebody here means it.",
];
const QUOTES: [&str; 24] = [
    "“A journey of a thousand miles begins with a single step.” — Lao Tzu",
    "“Learning without thought is labour lost; thought without learning is perilous.” — Confucius",
    "“While we are postponing, life speeds by.” — Seneca",
    "“We suffer more often in imagination than in reality.” — Seneca",
    "“Little strokes fell great oaks.” — Benjamin Franklin",
    "“Lost time is never found again.” — Benjamin Franklin",
    "“Dare to be wise; begin!” — Horace",
    "“Dripping water hollows out a stone.” — Ovid",
    "“In the fields of observation, chance favours only the prepared mind.” — Louis Pasteur",
    "“Genius is one per cent inspiration and ninety-nine per cent perspiration.” — Thomas Edison",
    "“If I have seen further, it is by standing on the shoulders of giants.” — Isaac Newton",
    "“Great works are performed, not by strength, but by perseverance.” — Samuel Johnson",
    "“Reading maketh a full man, conference a ready man, and writing an exact man.” — Francis Bacon",
    "“Knowledge itself is power.” — Francis Bacon",
    "“The impediment to action advances action.” — Marcus Aurelius",
    "“Slow and steady wins the race.” — Aesop",
    "“Well begun is half done.” — Greek proverb",
    "“Fall seven times, stand up eight.” — Japanese proverb",
    "“Little by little, a little becomes a lot.” — Tanzanian proverb",
    "“Drop by drop a lake is made.” — Uzbek proverb",
    "“Measure seven times, cut once.” — Russian proverb",
    "“A little every day makes much in a year.” — German proverb",
    "“Where there is a will, there is a way.” — English proverb",
    "“Repetition is the mother of learning.” — Latin proverb",
];
const TITLES: [&str; 40] = [
    "🌞 Early Bird Energy",
    "🚀 Unstoppable Focus",
    "📚 Master of Pages",
    "🧠 Big Brain Time",
    "🦉 Wise Night Owl",
    "🏔️ Peak Climber",
    "⚙️ Study Machine",
    "🎯 Sharp Aim",
    "🐢 Slow and Steady",
    "🦁 Heart of a Lion",
    "🔥 On Fire",
    "🌊 Deep Diver",
    "🧭 Sure of the Way",
    "🛠️ Hard Worker",
    "💎 Diamond Discipline",
    "🌱 Growing Every Day",
    "🏗️ Builder of Habits",
    "🎓 Born Scholar",
    "🧩 Puzzle Solver",
    "⏳ Friend of Time",
    "🐝 Busy Bee",
    "🦅 Eagle Eye",
    "🪨 Steady as a Rock",
    "🗝️ Keeper of Keys",
    "✍️ Ink and Patience",
    "🌟 Rising Star",
    "🧗 Never Lets Go",
    "🏹 Straight to the Point",
    "🐜 Strength of an Ant",
    "🕯️ Light in the Dark",
    "🎼 Perfect Rhythm",
    "🔭 Sees Far",
    "🥷 Silent Worker",
    "🛡️ Guardian of Focus",
    "🌋 Quiet Volcano",
    "🚴 Keeps the Pace",
    "🍀 Makes Own Luck",
    "🧵 Never Loses the Thread",
    "🌄 First Light",
    "🏆 Champion Mindset",
];

impl Words for En {
    fn language(&self) -> Language {
        Language::En
    }

    fn duration(&self, seconds: i64) -> String {
        text::duration(seconds)
    }

    fn dates(&self, dates: Dates) -> String {
        match dates {
            Dates::Day(day) => format!("{} {}", weekday(day), day_month(day)),
            Dates::Month(day) => format!("{} {}", month(day), day.year()),
            Dates::WithinMonth(first, last) => format!("{}–{}", first.day(), day_month(last)),
            Dates::WithinYear(first, last) => format!("{} – {}", day_month(first), day_month(last)),
            Dates::AcrossYears(first, last) => {
                format!("{} {} – {} {}", day_month(first), first.year(), day_month(last), last.year())
            }
        }
    }

    fn name(&self, person: &Display) -> String {
        person.to_string()
    }

    fn title(&self, group: &str) -> String {
        match group {
            "" => "📚 Study leaderboard".into(),
            group => format!("📚 Study leaderboard · {group}"),
        }
    }

    fn occasion(&self, day: NaiveDate, occasion: Occasion) -> String {
        let date = format!("{}, {}", weekday(day), day_month(day));
        match occasion {
            Occasion::Daily => date,
            Occasion::Late => format!("for {date}, posted late"),
            Occasion::Standings { seen: None } => format!("{date}, standings"),
            Occasion::Standings { seen: Some(seen) } => {
                let on = seen.other_day.map_or(String::new(), |day| format!(" on {}", day_month(day)));
                format!("{date}, standings at {}{on}", seen.time.format("%H:%M"))
            }
        }
    }

    fn period(&self, scope: Scope, seen_from: SeenFrom) -> String {
        let name = match (seen_from, scope) {
            (SeenFrom::Within, Scope::Day) => "Today",
            (SeenFrom::Within, Scope::Week) => "This week",
            (SeenFrom::Within, Scope::Month) => "This month",
            (SeenFrom::Within, Scope::Year) => "This year",
            (SeenFrom::Within, Scope::Range) => "These days",
            (SeenFrom::After, Scope::Day) => "That day",
            (SeenFrom::After, Scope::Week) => "That week",
            (SeenFrom::After, Scope::Month) => "That month",
            (SeenFrom::After, Scope::Year) => "That year",
            (SeenFrom::After, Scope::Range) => "Those days",
            (_, Scope::AllTime) => "All time",
        };
        name.into()
    }

    fn numbered_period(&self, scope: Scope, number: i64) -> String {
        let name = match scope {
            Scope::Day => "DAY",
            Scope::Week => "WEEK",
            Scope::Month => "MONTH",
            Scope::Year => "YEAR",
            Scope::AllTime | Scope::Range => "DAYS",
        };
        format!("{name} {number}")
    }

    fn heading(&self, board: &str, dates: Dates, is_cut: bool) -> String {
        format!("{board}{} · {}", if is_cut { " up to then" } else { "" }, self.dates(dates))
    }

    fn total(&self, count: usize, seconds: i64, state: BoardState) -> String {
        let state = match state {
            BoardState::Open => "so far".into(),
            BoardState::FinalUpTo(day) => format!("final up to {}", day_month(day)),
            BoardState::Final => "final".into(),
        };
        let together = if count == 1 { "" } else { " together" };
        format!("{} · {}{together} · {state}", people(count), self.duration(seconds))
    }

    fn more(&self, count: usize) -> String {
        format!("and {count} more")
    }

    fn empty_board(&self, is_final: bool) -> &[&str] {
        if is_final { &EMPTY } else { &EMPTY_SO_FAR }
    }

    fn not_running(&self) -> String {
        "swf was not running, so nothing is known of this time.".into()
    }

    fn not_seen(&self) -> String {
        "swf could not see the call, so nothing is known of this time.".into()
    }

    fn corrected(&self) -> String {
        "Corrected by the organiser.".into()
    }

    fn silence(&self, from: NaiveDate, hours: i64) -> String {
        let day = day_month(from);
        format!(
            "From {day} on, {hours} h without a sign of life (mute, hand, camera, screen, speech) rank, and no more until \
             the next sign. All time still counts."
        )
    }

    fn not_in_use(&self, first: NaiveDate) -> String {
        format!("swf was not in use yet; it first watched the group on {} {}.", day_month(first), first.year())
    }

    fn empty_since(&self, first: NaiveDateTime) -> String {
        let (day, time) = (day_month(first.date()), first.format("%H:%M"));
        format!("No study time since {day}, {time}. swf did not watch the group before.")
    }

    fn watched_since(&self, first: NaiveDateTime) -> String {
        format!("swf has watched the group since {}, {}", day_month(first.date()), first.format("%H:%M"))
    }

    fn offline(&self, seconds: &[(Scope, i64)], seen_from: SeenFrom) -> String {
        let part = |(scope, seconds): &(Scope, i64)| {
            let period = self.period(*scope, seen_from).to_lowercase();
            format!("for {} {period}", self.duration(*seconds))
        };
        let parts: Vec<String> = seconds.iter().map(part).collect();
        format!("swf was offline {}; time that Telegram can prove is counted.", parts.join(", "))
    }

    fn skipped(&self, days: &[NaiveDate], more: usize) -> String {
        let mut named: Vec<String> = days.iter().map(|day| self.dates(Dates::Day(*day))).collect();
        if more > 0 {
            named.push(self.more(more));
        }
        format!("No board for {}: nobody was watching the call then.", named.join(", "))
    }

    fn headline(&self, leaders: &str, seconds: i64, people_count: usize) -> String {
        format!("🥇 {leaders} {} · {}", self.duration(seconds), people(people_count))
    }

    fn names(&self, names: &[String], more: usize) -> String {
        match (names, more) {
            ([names @ .., last], 0) if !names.is_empty() => format!("{} and {last}", names.join(", ")),
            (names, 0) => names.join(", "),
            (names, more) => format!("{} and {more} more", names.join(", ")),
        }
    }

    fn active_days(&self, days: usize) -> String {
        text::count(days, "day", "days")
    }

    fn band(&self, number: usize) -> String {
        format!("League {number}")
    }

    fn new_on_board(&self) -> &'static str {
        "new"
    }

    fn streak(&self, days: u32) -> String {
        format!("⚡{days}d")
    }

    fn newcomer(&self) -> &'static str {
        "🌱 newcomer"
    }

    fn comparison(&self, seconds: i64, with: Comparison) -> String {
        let before = match (with.scope, with.seen_from) {
            (Scope::Day, SeenFrom::Within) => format!("last {}", weekday(with.first)),
            (Scope::Day, SeenFrom::After) => format!("the {} before", weekday(with.first)),
            (Scope::Week, SeenFrom::Within) => "last week".into(),
            (Scope::Week, SeenFrom::After) => "the week before".into(),
            (_, SeenFrom::Within) => "last month".into(),
            (_, SeenFrom::After) => "the month before".into(),
        };
        let by = if with.is_open { " by this time" } else { "" };
        match text::shown_seconds(seconds.abs()) {
            0 => format!("as much as {before}{by}"),
            shown if seconds > 0 => format!("+{} vs {before}{by}", unbroken(&self.duration(shown))),
            shown => format!("−{} vs {before}{by}", unbroken(&self.duration(shown))),
        }
    }

    fn last_days(&self, days: &[(NaiveDate, Option<usize>)]) -> String {
        let day = |(date, people): &(NaiveDate, Option<usize>)| {
            let people = people.map_or_else(|| "?".into(), |people| people.to_string());
            unbroken(&format!("{} {people}", short_weekday(*date)))
        };
        format!("People a day: {}", days.iter().map(day).collect::<Vec<_>>().join("\u{a0}· "))
    }

    fn same_board(&self, above: Scope) -> String {
        match above {
            Scope::Day => "The same as the day’s board.".into(),
            Scope::Week => "The same as the week’s board.".into(),
            _ => "The same as the board above.".into(),
        }
    }

    fn praise(&self) -> &'static [&'static str] {
        &PRAISE
    }

    fn quotes(&self) -> &'static [&'static str] {
        &QUOTES
    }

    fn digest_title(&self, best: Option<(&str, i64)>, days: usize) -> String {
        let days = text::count(days, "late day", "late days");
        match best {
            Some((leaders, seconds)) => format!("🥇 {leaders} {} · {days}", self.duration(seconds)),
            None => format!("📚 Study leaderboard · {days}"),
        }
    }

    fn digest_occasion(&self, dates: Dates) -> String {
        format!("for {}, posted late", self.dates(dates))
    }

    fn digest_day(&self, day: NaiveDate, leaders: &str, seconds: i64, people_count: usize, total: i64) -> String {
        let date = format!("{} {}", short_weekday(day), day_month(day));
        format!(
            "{date}: 🥇 {leaders} {} · {} · {} together",
            self.duration(seconds),
            people(people_count),
            self.duration(total)
        )
    }

    fn digest_empty_day(&self, day: NaiveDate) -> String {
        format!("{} {}: no study time", short_weekday(day), day_month(day))
    }

    fn digest_unknown_day(&self, day: NaiveDate) -> String {
        format!("{} {}: swf could not see the call, so nothing is known", short_weekday(day), day_month(day))
    }

    fn recap_headline(&self, scope: Scope, winners: &str, seconds: i64) -> String {
        format!("🏆 {winners} won the {} with {}", scope.name(), self.duration(seconds))
    }

    fn recap_heading(&self, scope: Scope, number: Option<i64>, dates: Dates) -> String {
        let name = match number {
            Some(number) => self.numbered_period(scope, number),
            None => format!("The {}", scope.name()),
        };
        format!("🏆 {name} is over · {}", self.dates(dates))
    }

    fn recap_most_days(&self, names: &str, days: usize, of: usize) -> String {
        format!("📅 Most days: {names}, {}", unbroken(&format!("{days} of {of}")))
    }

    fn recap_improved(&self, names: &str, seconds: i64) -> String {
        format!("📈 Most improved: {names}, +{} vs a usual week", unbroken(&self.duration(seconds)))
    }

    fn recap_first_timers(&self, names: &str) -> String {
        format!("🌱 Here for the first time: {names}")
    }

    fn recap_record(&self, scope: Scope, record: &Record, of: usize) -> String {
        let best = format!("best {} of the last {of}", scope.name());
        match record {
            Record::Group { seconds } => format!("🏅 Record: the group’s {best}, {} together", self.duration(*seconds)),
            Record::Person { names, seconds } => format!("🏅 Record: {names}, {}, the {best}", self.duration(*seconds)),
        }
    }

    fn classic_title(&self, day: Option<i64>) -> String {
        match day {
            Some(day) => format!("📊 LEADERBOARD — DAY {day} 👑"),
            None => "📊 LEADERBOARD 👑".into(),
        }
    }

    fn classic_heading(
        &self,
        scope: Scope,
        seen_from: SeenFrom,
        first: NaiveDate,
        last: NaiveDate,
        number: Option<i64>,
    ) -> String {
        let date = |date: NaiveDate| date.format("%d.%m.%y").to_string();
        let number = |name: &str| number.map_or_else(String::new, |number| format!(" ({name} {number})"));
        let name = self.period(scope, seen_from).replace(" w", "\u{a0}W").replace(" m", "\u{a0}M");
        match scope {
            Scope::Day => format!("📅 {name} — {} ({})", date(first), weekday(first).to_uppercase()),
            Scope::Week => format!("📆 {name} — {} - {}{}", date(first), date(last), number("WEEK")),
            _ => format!("🗓️ {name} — {} - {}{}", date(first), date(last), number("MONTH")),
        }
    }

    fn classic_minutes(&self, minutes: i64) -> String {
        format!("{minutes}m")
    }

    fn classic_empty_board(&self) -> &'static str {
        "nobody did lessons 😴"
    }

    fn classic_word_of_the_day(&self) -> &'static str {
        "WORD OF THE DAY 🌟"
    }

    fn classic_titles(&self) -> &'static [&'static str] {
        &TITLES
    }

    fn outage(&self, subject: AlertSubject, seconds: i64, since: &str, reason: &str) -> String {
        let AlertSubject { group, zone } = subject;
        format!(
            "⚠️ swf has not seen the call of “{group}” for {}, since {since} ({zone}): {reason}.",
            self.duration(seconds)
        )
    }

    fn recovered(&self, subject: AlertSubject, outage: &PastOutage) -> String {
        let AlertSubject { group, zone } = subject;
        let PastOutage { span: PastSpan { seconds, from, to }, reason, .. } = outage;
        let length = self.duration(*seconds);
        let mut text = match outage.tracker_died {
            true => format!("✅ swf is back, and sees the call of “{group}”. It was away for {length}"),
            false => format!("✅ swf sees the call of “{group}” again. It could not for {length}"),
        };
        text += &format!(", from {from} to {to} ({zone}): {reason}.");
        text += &match outage.proved {
            Proved::NobodySeen => " Nobody was seen in a call before or after it.".into(),
            Proved::Nothing => " None of it is proved.".into(),
            Proved::All { people: count } => format!(" All of it is proved, by {}.", people(count)),
            Proved::Part { seconds, people: count } => {
                format!(" {} of it is proved, by {}.", self.duration(seconds), people(count))
            }
        };
        if outage.left > 0 {
            text += &format!(" {} left meanwhile, and count up to {from}.", people(outage.left));
        }
        text
    }

    fn late(&self, subject: AlertSubject, day: Option<NaiveDate>, problem: Option<&str>) -> String {
        let post = day.map_or_else(|| "a post".into(), |day| format!("the post of {day}"));
        let why = problem.map_or_else(String::new, |problem| format!(": {problem}"));
        format!(
            "⚠️ In “{}” {post} is over 30 minutes late{why}. swf goes on trying; this is the only alert until it is sent. \
             For details, run: swf status",
            subject.group
        )
    }

    fn late_sent(&self, subject: AlertSubject, day: Option<NaiveDate>) -> String {
        let post = day.map_or_else(|| "a post".into(), |day| format!("the post of {day}"));
        format!("✅ In “{}” {post}, which was late, is sent.", subject.group)
    }

    fn test_alert(&self, subject: AlertSubject) -> String {
        format!("🔔 This is a test of swf: alerts about “{}” arrive here. Nothing is wrong.", subject.group)
    }

    fn refused(&self, subject: AlertSubject, day: Option<NaiveDate>, problem: &str) -> String {
        let (what, next) = match day {
            Some(day) => (format!("the post of {day}"), "It is kept, and sent within 10 minutes once that is mended."),
            None => ("a post".into(), "Mend this, then run: swf post --now"),
        };
        format!("⚠️ Telegram refuses {what} in “{}”: {problem}. {next}", subject.group)
    }

    fn store_failing(&self, subject: AlertSubject, seconds: i64, since: &str, reason: &str, remedy: &str) -> String {
        let AlertSubject { group, zone } = subject;
        format!(
            "⚠️ swf can't write down what it sees of the call of “{group}”, for {} now, since {since} ({zone}): {reason}. \
             It keeps that in memory, and posts wait. If swf is stopped or this computer restarts before it is mended, \
             what was seen since then is lost. {remedy} swf then goes on by itself.",
            self.duration(seconds),
        )
    }

    fn store_mended(&self, subject: AlertSubject, at: &str) -> String {
        let AlertSubject { group, zone } = subject;
        format!(
            "⚠️ A file of swf's store for “{group}” was removed at {at} ({zone}), while swf ran. It is written anew, and nothing \
             is lost. Don't remove or move files in var/ while swf runs."
        )
    }

    fn backup_command_failed(&self, subject: AlertSubject, reason: &str) -> String {
        format!(
            "⚠️ swf has copied its data of “{}”, but SWF_BACKUP_COMMAND failed: {reason}. The copy is in var/backup alone. \
             The command runs again after the next copy.",
            subject.group
        )
    }

    fn backup_command_recovered(&self, subject: AlertSubject) -> String {
        format!("✅ SWF_BACKUP_COMMAND works again for the data of “{}”.", subject.group)
    }

    fn store_recovered(&self, subject: AlertSubject, failure: &PastSpan) -> String {
        let PastSpan { seconds, from, to } = failure;
        format!(
            "✅ swf can write down again what it sees of the call of “{}”, and has written what it kept in memory. It \
             could not for {}, from {from} to {to} ({}).",
            subject.group,
            self.duration(*seconds),
            subject.zone,
        )
    }

    fn problem(&self, problem: &Problem) -> String {
        let detail = problem.detail.as_str();
        // The detail of a website's problem is its address, then its answer.
        let (site, answer) = detail.split_once(' ').unwrap_or((detail, ""));
        match problem.code {
            Code::FloodWait => format!("Telegram asks to wait {detail} s"),
            Code::Executing => "the first try is still being executed".into(),
            Code::Telegram => match remedy(detail) {
                Some(remedy) => format!("{remedy} ({detail})"),
                None => format!("Telegram answered {detail}"),
            },
            Code::SignedOut => format!("the account is signed out ({detail})"),
            Code::OtherDataCentre => format!("the account lives in data centre {detail}"),
            Code::Settings | Code::Connection | Code::Other => detail.into(),
            Code::NoAnswer => format!("no answer within {detail} s"),
            Code::OtherAccount => format!("it was first tried by account {detail}, and stays with it"),
            Code::NotEditable => format!("it can't be edited any more ({detail})"),
            Code::NotDeletable => format!("it can't be deleted ({detail})"),
            Code::NoPictures => format!("a picture can't be sent here, so the post is text ({detail})"),
            Code::NoRoute => "there is neither a login nor a bot".into(),
            Code::Website | Code::WebsiteSecret | Code::WebsiteAddress | Code::WebsiteRedirect => {
                format!("{site} answered {answer}")
            }
            Code::WebsiteSilent => format!("no answer from {site}: {answer}"),
            Code::WebsiteTimeout => format!("no answer from {site} within {answer} ms"),
        }
    }
}

/// What to do about an error of Telegram that lasts until somebody acts; `None` for other errors.
fn remedy(name: &str) -> Option<&'static str> {
    Some(match name {
        "CHAT_WRITE_FORBIDDEN" => "the account or bot that posts may not write in the group; give it the right to",
        "USER_BANNED_IN_CHANNEL" => "the account is restricted from writing in groups; ask @SpamBot why",
        "CHAT_ADMIN_REQUIRED" => "only admins may write in the group; make the account one",
        "CHAT_RESTRICTED" => "the group is restricted; nobody can write there",
        "CHANNEL_PRIVATE" => "the account or bot that posts is not in the group any more; add it again",
        "CHANNEL_INVALID" => "the account or bot that posts can't see the group; add it",
        "PEER_ID_INVALID" => "the account or bot that posts can't see the group; add it",
        "CHAT_SEND_PLAIN_FORBIDDEN" => "text messages are not allowed in the group; allow them",
        "CHAT_GUEST_SEND_FORBIDDEN" => "only members may write in the group; add the account or bot that posts",
        "TOPIC_CLOSED" => "the topic is closed; open it, make the account an admin, or name another in SWF_TOPIC",
        "TOPIC_DELETED" => "the topic was deleted; name another in SWF_TOPIC",
        "MSG_ID_INVALID" => "the group has no such topic; name another in SWF_TOPIC",
        "ALLOW_PAYMENT_REQUIRED" => "messages cost Stars in the group; make the account an admin",
        "ACCESS_TOKEN_INVALID" => "TELEGRAM_BOT_TOKEN is not valid; ask @BotFather for the right one",
        "ACCESS_TOKEN_EXPIRED" => "TELEGRAM_BOT_TOKEN has been revoked; ask @BotFather for the new one",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::post::problem::LASTING;

    #[test]
    fn every_lasting_error_has_a_remedy() {
        let words = |name| En.problem(&Problem::new(Code::Telegram, name));
        for name in LASTING {
            assert!(words(name).ends_with(&format!(" ({name})")), "{}", words(name));
        }
        assert_eq!(words("INTERNAL"), "Telegram answered INTERNAL");
        assert_eq!(words("CHAT_RESTRICTED"), "the group is restricted; nobody can write there (CHAT_RESTRICTED)");
    }

    /// The store does not say which of the two has sent a message.
    #[test]
    fn who_is_not_in_the_group_may_be_the_bot() {
        for (language, bot) in Language::ALL.into_iter().zip(["bot", "бот", "bot", "бот"]) {
            for name in ["CHAT_WRITE_FORBIDDEN", "CHANNEL_PRIVATE", "CHANNEL_INVALID", "PEER_ID_INVALID"] {
                let text = language.words().problem(&Problem::new(Code::Telegram, name));
                assert!(text.contains(bot), "{text}");
            }
        }
    }

    #[test]
    fn a_websites_problem_names_the_site() {
        let words = |code, answer| En.problem(&Problem::new(code, format!("https://site.example {answer}")));
        assert_eq!(words(Code::Website, "400 Bad Request: no"), "https://site.example answered 400 Bad Request: no");
        assert_eq!(words(Code::WebsiteSilent, "dns error"), "no answer from https://site.example: dns error");
        assert_eq!(words(Code::WebsiteTimeout, "1500"), "no answer from https://site.example within 1500 ms");
    }
}
