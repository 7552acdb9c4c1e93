//! Settings as data: parsed once, then passed down. What belongs to a group is in [`GroupSettings`].

use std::path::PathBuf;
use std::time::SystemTime;

use chrono::{NaiveTime, Weekday};

use super::lines;
use super::parse::{self, Reader, choice, parse_alias_groups};
use super::sources::{Found, RawSettings};
use crate::domain::accounting::leaderboard::Policy;
use crate::domain::accounting::presence::SessionRules;
use crate::domain::group_name;
use crate::domain::post::Mentions;
use crate::domain::post::badges::Badges;
use crate::domain::post::schedule::Timetable;
use crate::domain::post::style::{Late, Look, StreakMarks, Style, parse_recaps};
use crate::domain::text::parse_bool;
use crate::domain::time::period::Calendar;
use crate::domain::time::zone::Zone;
use crate::domain::words::Language;
use crate::error::Error;
use crate::platform::paths::Home;
use crate::platform::zone_data;

/// In place of a file of praise or quotes: neither own lines nor those of swf.
const NO_LINES: &str = "off";
const POST_TIME: NaiveTime = NaiveTime::from_hms_opt(21, 30, 0).unwrap();

/// All settings but the secrets.
#[derive(Clone, Debug)]
pub struct Settings {
    pub home: Home,
    pub group: GroupSettings,
    /// The filter of the log, in `tracing`'s syntax.
    pub log: Option<String>,
    /// Problems that stop nothing.
    pub warnings: Vec<String>,
    /// A warning that other users can read secrets in `.env.local`.
    pub exposed: Option<String>,
    /// Why praise or quotes could not be read; posts go out without them.
    pub unreadable: Vec<Error>,
    /// The files that these settings were read from.
    pub files: Vec<SettingsFile>,
}

/// The settings of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSettings {
    /// `TELEGRAM_GROUP_USERNAME` as the user wrote it: name, @name, t.me link, invite link or id.
    pub name: Option<String>,
    pub zone: Zone,
    pub calendar: Calendar,
    pub timetable: Timetable,
    /// The language of posts and alerts.
    pub language: Language,
    pub policy: Policy,
    /// Alias groups of `ALIAS_GROUPS_USERNAMES`, as pairs of canonical account and alias, as written.
    pub aliases: Vec<(String, String)>,
    /// Whether a daily post is edited once its day is final.
    pub finalize: bool,
    /// How many rows a posted board has.
    pub top: usize,
    /// Whom a post notifies.
    pub mentions: Mentions,
    /// How the group wants its posts.
    pub style: Style,
    /// The lines of `SWF_PRAISE_FILE`, safe for a message. They count where [`Style::own_praise`] says so.
    pub praise: Vec<String>,
    /// The lines of `SWF_QUOTES_FILE`, safe for a message. They count where [`Style::own_quotes`] says so.
    pub quotes: Vec<String>,
    /// Whom to alert, as the user wrote it; the account's Saved Messages if `None`.
    pub alert_to: Option<String>,
    /// The topic of a forum to post in, of `SWF_TOPIC` or of the link that names where to post. In a group that is no forum,
    /// it means nothing.
    pub topic: Option<i32>,
    /// Where the bot posts, as the user wrote it; the group if `None`.
    pub bot_target: Option<String>,
}

/// A file that settings were read from, present or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFile {
    pub path: PathBuf,
    /// Time and size just before it was read; `None` if it was absent.
    stamp: Option<(Option<SystemTime>, u64)>,
}

impl SettingsFile {
    pub fn new(path: PathBuf) -> SettingsFile {
        let stamp = path.metadata().ok().map(|file| (file.modified().ok(), file.len()));
        SettingsFile { path, stamp }
    }

    /// Whether the file's time or size differs from when it was read.
    pub fn has_changed(&self) -> bool {
        SettingsFile::new(self.path.clone()) != *self
    }
}

impl Settings {
    /// Parses what the sources say. Where something is wrong, the default is in its place and the error beside it: it
    /// names all wrong values at once. `env_file` was created before the sources were read.
    pub(super) fn parse(home: Home, found: Found, env_file: SettingsFile) -> (Settings, Option<Error>) {
        let Found { raw, mut warnings, exposed, mut failure } = found;
        warnings.extend(parse::unknown(&raw));
        warnings.extend(parse::misspelled(&raw, &parse::FIXED));
        let (mut files, mut unreadable) = (vec![env_file], Vec::new());
        let (mut group, wrong) = GroupSettings::parse(&raw);
        for (name, lines) in [("SWF_PRAISE_FILE", &mut group.praise), ("SWF_QUOTES_FILE", &mut group.quotes)] {
            let Some(file) = raw.get(name).filter(|file| !file.eq_ignore_ascii_case(NO_LINES)) else { continue };
            let file = SettingsFile::new(home.path().join(file));
            *lines = lines::read(name, &file.path, &home).unwrap_or_else(|error| {
                unreadable.push(error);
                Vec::new()
            });
            files.push(file);
        }
        if !wrong.is_empty() {
            let many = if wrong.len() == 1 { "a setting is wrong" } else { "some settings are wrong" };
            // A misspelled name may be why one of them is missing.
            let wrong = wrong.into_iter().chain(warnings.iter().cloned());
            failure.get_or_insert(wrong.fold(Error::config(many), Error::hint));
        }
        let log = raw.get("SWF_LOG").map(str::to_owned);
        (Settings { home, group, log, warnings, exposed, unreadable, files }, failure)
    }

    /// All warnings, that of exposed secrets first.
    pub fn all_warnings(&self) -> impl Iterator<Item = &str> {
        self.exposed.iter().chain(&self.warnings).map(String::as_str)
    }

    /// The files count as read as they are now: what is wrong with them was reported.
    pub(super) fn count_as_read(&mut self) {
        self.files.iter_mut().for_each(|file| *file = SettingsFile::new(file.path.clone()));
    }

    /// Whether a file that these settings were read from differs in time or size.
    pub fn have_changed(&self) -> bool {
        self.files.iter().any(SettingsFile::has_changed)
    }
}

impl GroupSettings {
    /// The settings without praise and quotes, and what is wrong with them.
    fn parse(raw: &RawSettings) -> (GroupSettings, Vec<String>) {
        let mut read = Reader { raw, wrong: Vec::new() };
        let zone =
            read.with("SWF_TIMEZONE", Zone::TASHKENT, "a time zone's name", "Asia/Tashkent", |text| text.parse().ok());
        let zone = zone_data::newest(zone);
        let time = read.with("SWF_POST_TIME", POST_TIME, "a time of day, HH:MM", "21:30", |text| {
            NaiveTime::parse_from_str(text, "%H:%M").ok()
        });
        let week_start =
            read.with("SWF_WEEK_START", Weekday::Mon, "a day of the week", "monday", |text| text.parse().ok());
        let style = read_style(&mut read);
        let calendar = read.calendar(week_start, style.look == Look::Classic);
        let language = read.with("SWF_LANGUAGE", Language::default(), "a language of swf (en)", "en", Language::parse);
        let choices = [("none", Mentions::None), ("top3", Mentions::Top3), ("all", Mentions::All)];
        let mentions =
            read.with("SWF_MENTIONS", Mentions::None, "none, top3 or all", "top3", |text| choice(text, &choices));
        let gate = read.number("SWF_MIN_SESSION", 300, 0..=86_400, "seconds");
        let grace = read.number("SWF_REJOIN_GRACE", 60, 0..=3_600, "seconds");
        let top = read.number("SWF_TOP", 10, 1..=100, "rows");
        let backfill_days = read.number("SWF_BACKFILL_DAYS", 7, 0..=366, "days");
        let finalize = read.with("SWF_FINALIZE", true, "true or false", "true", parse_bool);
        let track_self = read.with("SWF_TRACK_SELF", true, "true or false", "true", parse_bool);
        let groups = "canonical:alias1,alias2;other:alias";
        let aliases =
            read.with("ALIAS_GROUPS_USERNAMES", Vec::new(), groups, "ada:ada_phone,ada_work", parse_alias_groups);
        let topic = read.with("SWF_TOPIC", None, "the number of a topic, from its link", "4", |text| {
            text.parse().ok().filter(|topic| *topic > 0).map(Some)
        });
        let text = |name: &str| raw.get(name).map(str::to_owned);
        let name = text("TELEGRAM_GROUP_USERNAME");
        let bot_target = text("TELEGRAM_BOT_TARGET").or(text("TELEGRAM_GROUP_ID"));
        let linked = bot_target.as_deref().or(name.as_deref()).and_then(|text| group_name::parse(text).topic);
        let settings = GroupSettings {
            name,
            zone,
            calendar,
            timetable: Timetable { zone, time, backfill_days: backfill_days as u32 },
            language,
            policy: Policy { rules: SessionRules { gate, grace }, track_self },
            aliases,
            finalize,
            top: top as usize,
            mentions,
            style,
            praise: Vec::new(),
            quotes: Vec::new(),
            alert_to: text("SWF_ALERT_TO"),
            topic: topic.or(linked),
            bot_target,
        };
        (settings, read.wrong)
    }
}

/// How the group wants its posts.
fn read_style(read: &mut Reader) -> Style {
    let looks = [("standard", Look::Standard), ("classic", Look::Classic)];
    let look =
        read.with("SWF_POST_LOOK", Look::Standard, "standard or classic", "classic", |text| choice(text, &looks));
    let is_classic = look == Look::Classic;
    let base = if is_classic { Badges::classic() } else { Badges::default() };
    let steps = "minutes and badges for day, week and month";
    let badges = read.with("SWF_BADGES", base.clone(), steps, "day:180=🚀,60=💪;week:1200=🚀", |text| {
        Badges::parse(text, base.clone())
    });
    let lates = [("each", Late::Each), ("digest", Late::Digest)];
    let late = read.with("SWF_LATE", Late::Each, "each or digest", "digest", |text| choice(text, &lates));
    let marks = [("off", StreakMarks::Off), ("chosen", StreakMarks::Chosen), ("all", StreakMarks::All)];
    let streaks =
        read.with("SWF_POST_STREAKS", StreakMarks::Chosen, "off, chosen or all", "all", |text| choice(text, &marks));
    let post_empty = read.with("SWF_POST_EMPTY", true, "true or false", "false", parse_bool);
    // The old tracker had none.
    let recaps = if is_classic { Vec::new() } else { Style::default().recaps };
    let recaps = read.with("SWF_RECAP", recaps, "week, month, both as week,month, or off", "week,month", parse_recaps);
    let is_set = |name| read.raw.get(name).is_some();
    let (own_praise, own_quotes) = (is_set("SWF_PRAISE_FILE"), is_set("SWF_QUOTES_FILE"));
    Style { look, badges, late, streaks, post_empty, recaps, own_praise, own_quotes }
}
