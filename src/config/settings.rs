//! Settings as data: parsed once, then passed down. Settings of a group are in [`GroupSettings`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::SystemTime;

use chrono::{NaiveTime, Weekday};

use super::groups_file::{self, GroupTable, GroupsFile};
use super::parse::{self, Reader, choice, parse_alias_groups, rank_cap};
use super::sources::{Found, RawSettings, Source};
use super::{lines, logged, own_words, secrets};
use crate::domain::PeerId;
use crate::domain::accounting::leaderboard::Policy;
use crate::domain::accounting::presence::SessionRules;
use crate::domain::accounting::ranking::{RankBy, Ranking};
use crate::domain::accounting::silence::Silence;
use crate::domain::chat::access::ChatMode;
use crate::domain::credentials::BotTarget;
use crate::domain::group_name::{self, KnownGroup};
use crate::domain::meet::slots::{MAX_SLOTS, Slots};
use crate::domain::post::Mentions;
use crate::domain::post::badges::Badges;
use crate::domain::post::schedule::Timetable;
use crate::domain::post::style::{Form, Late, Look, StreakMarks, Style, parse_recaps};
use crate::domain::rhythm::{self, Rhythm};
use crate::domain::rights::Audience;
use crate::domain::text::{parse_bool, quoted};
use crate::domain::time::day_start::DayStarts;
use crate::domain::time::pause::Pauses;
use crate::domain::time::period::Calendar;
use crate::domain::time::zone::Zone;
use crate::domain::visibility::Visibility;
use crate::domain::words::Language;
use crate::domain::words::own::OwnWords;
use crate::error::{Error, Result};
use crate::platform::logging::{Format, LogSettings};
use crate::platform::paths::Home;
use crate::platform::{trust, zone_data};

/// As the name of a file of praise or quotes: use neither own lines nor those of swf.
const NO_LINES: &str = "off";
/// The minimum age of stays that can be folded, in months. Streaks, edited posts, suggested corrections and the pace of
/// bands need the stays of the last three months.
const MIN_RETENTION: u32 = 3;
const MAX_RETENTION: u32 = 1200;
const TARGET: &str = "TELEGRAM_BOT_TARGET";
const BOT_TOKEN: &str = "TELEGRAM_BOT_TOKEN";
const POST_TIME: NaiveTime = NaiveTime::from_hms_opt(21, 30, 0).unwrap();

/// All settings but the secrets.
#[derive(Clone, Debug)]
pub struct Settings {
    pub home: Home,
    /// The groups of `groups.toml`, in its order; without the file, the group of `TELEGRAM_GROUP_USERNAME`. Never
    /// empty.
    pub groups: Vec<GroupSettings>,
    /// The raw settings of each group, in the same order.
    pub(super) raw_groups: Vec<RawSettings>,
    pub log: LogSettings,
    /// The shell command to run after each backup of the store, from `SWF_BACKUP_COMMAND`.
    pub backup_command: Option<String>,
    /// The person who may give commands in the chat, from `ADMIN_CHAT_ID`.
    pub owner: Option<PeerId>,
    /// The settings in `.env.local` whose values are wrong: name, and what is wrong with it.
    pub wrong_in_file: Vec<(String, String)>,
    /// Problems that do not stop swf.
    pub warnings: Vec<String>,
    /// A warning that other users can read secrets in `.env.local`.
    pub exposed: Option<String>,
    /// Why praise, quotes or own texts could not be read. Posts are sent without them.
    pub unreadable: Vec<Error>,
    /// The files that these settings were read from.
    pub files: Vec<SettingsFile>,
}

/// The settings of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSettings {
    /// The group's name in `groups.toml`, for `--group`, addresses and the log; `None` without that file.
    pub label: Option<String>,
    /// `TELEGRAM_GROUP_USERNAME`, or `id` in `groups.toml`, as the user wrote it: name, @name, t.me link, invite link
    /// or id.
    pub name: Option<String>,
    pub zone: Zone,
    pub calendar: Calendar,
    pub timetable: Timetable,
    /// Days without posts.
    pub pauses: Pauses,
    /// The hours at which the group studies together.
    pub slots: Slots,
    /// Whether people may share a streak (rules §10.5).
    pub pairs: bool,
    /// The language of posts and alerts.
    pub language: Language,
    pub policy: Policy,
    /// How boards are ranked. `active_seconds` also decides which days count for a streak.
    pub ranking: Ranking,
    /// Whether signs of life are stored, and for how long a silence still ranks.
    pub silence: Silence,
    /// Whether the organiser gets the pulse each Monday (rules §5.12).
    pub pulse: bool,
    /// The organiser gets a list of longer stays, in seconds. They are not cut automatically.
    pub max_stay: Option<i64>,
    /// Times of focus and breaks (rules §9).
    pub rhythm: Option<Rhythm>,
    /// After how many months stays are folded into totals of days (rules §8.4); `None` means never.
    pub retention: Option<u32>,
    /// Alias groups of `ALIAS_GROUPS_USERNAMES`, as pairs of canonical account and alias, as written.
    pub aliases: Vec<(String, String)>,
    /// Whether a daily post is edited once its day is final.
    pub finalize: bool,
    /// How many rows a posted board has.
    pub top: usize,
    /// The people whom a post notifies.
    pub mentions: Mentions,
    /// The style of posts.
    pub style: Style,
    /// The lines of `SWF_PRAISE_FILE`, safe for a message. Used if [`Style::own_praise`] is set.
    pub praise: Vec<String>,
    /// The lines of `SWF_QUOTES_FILE`, safe for a message. Used if [`Style::own_quotes`] is set.
    pub quotes: Vec<String>,
    /// The group's own texts and badges, from `SWF_WORDS_FILE`.
    pub own_words: OwnWords,
    /// The receiver of alerts, as the user wrote it; `None` means the account's Saved Messages.
    pub alert_to: Option<String>,
    /// `SWF_TOPIC`; see [`GroupSettings::topic`].
    pub set_topic: Option<i32>,
    /// Where the bot posts, as the user wrote it; `None` means the group. See [`GroupSettings::target`].
    pub bot_target: Option<String>,
    /// The setting that names the target, for messages.
    pub target_place: String,
    /// Whether a bot posts. Without one, the account posts in the group.
    pub is_by_bot: bool,
    /// Where commands of members and admins are answered.
    pub chat: ChatMode,
    /// Private answers to commands in the group are shown there as ephemeral messages. Not tested on live Telegram yet.
    pub is_chat_ephemeral: bool,
    /// Who may see the group's pages.
    pub web: Visibility,
    /// Which people have data stored.
    pub audience: Audience,
    /// The folder of the group's site.
    pub site_dir: Option<PathBuf>,
    /// The settings that are logged (rules §5.12), as they were written.
    pub logged: BTreeMap<&'static str, Option<String>>,
}

/// A file that settings were read from, present or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFile {
    pub path: PathBuf,
    /// Time and size just before the file was read; `None` if it was absent.
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
    /// Parses the settings of the sources. A wrong setting gets its default; the error that is returned with the
    /// settings names all wrong values. `files` were created before the sources were read.
    pub(super) fn parse(home: Home, found: Found, files: [SettingsFile; 2]) -> (Settings, Option<Error>) {
        let Found { raw, mut warnings, exposed, mut failure } = found;
        warnings.extend(parse::unknown(&raw));
        warnings.extend(parse::misspelled(&raw, &parse::FIXED));
        let (mut files, mut unreadable) = (files.to_vec(), Vec::new());
        let file = groups_file::read(&home).unwrap_or_else(|error| {
            failure.get_or_insert(error);
            None
        });
        let (mut groups, mut wrong) = parse_groups(&raw, file);
        let log = read_log(&raw, groups[0].0.zone, &mut wrong);
        let backup_command = read_backup_command(&raw, &home, &mut warnings);
        let mut read = BTreeMap::new();
        for (group, raw) in &mut groups {
            for (name, lines) in [("SWF_PRAISE_FILE", &mut group.praise), ("SWF_QUOTES_FILE", &mut group.quotes)] {
                let Some(path) = raw
                    .get(name)
                    .filter(|file| !file.eq_ignore_ascii_case(NO_LINES))
                    .map(|file| home.path().join(file))
                else {
                    continue;
                };
                // Several groups may use the same file.
                let found = read.entry(path.clone()).or_insert_with(|| {
                    files.push(SettingsFile::new(path.clone()));
                    lines::read(name, &path, &home).unwrap_or_else(|error| {
                        unreadable.push(error);
                        Vec::new()
                    })
                });
                lines.clone_from(found);
            }
        }
        for (group, raw) in &mut groups {
            group.site_dir = raw.get("SWF_SITE_DIR").map(|dir| home.path().join(dir));
        }
        let mut own = BTreeMap::new();
        for (group, raw) in &mut groups {
            let Some(path) = raw.get(own_words::NAME).map(|file| home.path().join(file)) else { continue };
            let found = own.entry(path.clone()).or_insert_with(|| {
                files.push(SettingsFile::new(path.clone()));
                own_words::read(&path, &home).unwrap_or_else(|error| {
                    unreadable.push(error);
                    OwnWords::default()
                })
            });
            group.own_words.clone_from(found);
            group.style.badges.replace(&group.own_words.badges);
        }
        let has_bot =
            raw.get(BOT_TOKEN).is_some() || secrets::noted(&home).is_ok_and(|names| names.contains(BOT_TOKEN));
        groups.iter_mut().for_each(|(group, _)| group.is_by_bot = has_bot);
        let (groups, raw_groups) = groups.into_iter().unzip();
        let mut wrong_in_file = Vec::new();
        if !wrong.is_empty() {
            let mut places = BTreeSet::new();
            for line in &wrong {
                let (name, problem) = line.split_once(' ').unwrap_or((line, ""));
                // A line of that file names its place.
                if problem.starts_with("(groups.toml, ") {
                    continue;
                }
                match raw.source(name) {
                    // Users know how they set the environment, so it is not named.
                    None | Some(Source::Environment) => continue,
                    Some(Source::File) => wrong_in_file.push((name.to_owned(), line.clone())),
                    Some(_) => {}
                }
                places.extend(raw.source(name).map(|source| source.words(&home)));
            }
            let mut error = wrong_settings(wrong);
            if !places.is_empty() {
                let places = places.into_iter().collect::<Vec<_>>().join(" and in ");
                error = error.hint(format!("Correct this in {places}."));
            }
            // A misspelled name may be why a setting is missing.
            failure.get_or_insert(warnings.iter().cloned().fold(error, Error::hint));
        }
        let owner = read_owner(&raw, &mut warnings);
        (
            Settings {
                home,
                groups,
                raw_groups,
                log,
                backup_command,
                owner,
                wrong_in_file,
                warnings,
                exposed,
                unreadable,
                files,
            },
            failure,
        )
    }

    /// All warnings, that about exposed secrets first.
    pub fn all_warnings(&self) -> impl Iterator<Item = &str> {
        self.exposed.iter().chain(&self.warnings).map(String::as_str)
    }

    /// Marks the current state of the files as read: their problems were reported.
    pub(super) fn count_as_read(&mut self) {
        self.files.iter_mut().for_each(|file| *file = SettingsFile::new(file.path.clone()));
    }

    /// Whether a file that these settings were read from has changed in time or size.
    pub fn have_changed(&self) -> bool {
        self.files.iter().any(SettingsFile::has_changed)
    }
}

/// The settings of each group without its files, with its raw settings; and all problems.
fn parse_groups(raw: &RawSettings, file: Option<GroupsFile>) -> (Vec<(GroupSettings, RawSettings)>, Vec<String>) {
    let GroupsFile { tables, mut wrong } = file.unwrap_or_default();
    let mut parse = |table: Option<&GroupTable>| {
        let raw = table.map_or_else(|| raw.clone(), |table| raw.of_group(table.vars.clone()));
        let (group, bad) = GroupSettings::parse(table, &raw);
        // A setting for all groups that is wrong is found in each of them; report it once.
        let new: Vec<String> = bad.into_iter().filter(|bad| !wrong.contains(bad)).collect();
        wrong.extend(new);
        (group, raw)
    };
    let groups = match tables.is_empty() {
        true => vec![parse(None)],
        false => tables.iter().map(|table| parse(Some(table))).collect(),
    };
    (groups, wrong)
}

/// Checks the groups in a text that is to become `groups.toml`.
pub(super) fn check_groups(raw: &RawSettings, text: &str) -> Result<()> {
    let (_, wrong) = parse_groups(raw, Some(groups_file::parse(text)?));
    if wrong.is_empty() { Ok(()) } else { Err(wrong_settings(wrong)) }
}

fn wrong_settings(wrong: Vec<String>) -> Error {
    let many = if wrong.len() == 1 { "a setting is wrong" } else { "some settings are wrong" };
    wrong.into_iter().fold(Error::config(many), Error::hint)
}

impl GroupSettings {
    /// The name of the setting for the group, for messages.
    pub fn place(&self) -> String {
        match &self.label {
            Some(label) => format!("id of {label} in groups.toml"),
            None => "TELEGRAM_GROUP_USERNAME".into(),
        }
    }

    /// Where the bot posts; `None` means the group.
    pub fn bot_target(&self) -> Option<BotTarget> {
        let text = self.bot_target.clone()?;
        Some(BotTarget { text, place: self.target_place.clone() })
    }

    /// Where posts go, as the user wrote it; `None` means the group.
    pub fn target(&self) -> Option<&str> {
        self.bot_target.as_deref().filter(|_| self.is_by_bot)
    }

    /// The target that is not used, because no bot posts there. `known` is the group itself, once it was found.
    pub fn unused_target(&self, known: Option<KnownGroup>) -> Option<&str> {
        let target = self.bot_target.as_deref().filter(|_| !self.is_by_bot)?;
        (!self.is_group(target, known)).then_some(target)
    }

    /// Whether a target is the group itself, as far as that is known.
    fn is_group(&self, target: &str, known: Option<KnownGroup>) -> bool {
        let is_known = known.is_some_and(|known| group_name::find(target, &[known]).is_some());
        let is_same = |name| group_name::is_same(&group_name::parse(name).group, &group_name::parse(target).group);
        is_known || self.name.as_deref().is_some_and(is_same)
    }

    /// The topic of a forum to post in, from `SWF_TOPIC` or from a link (rules §4.9). Ignored in a group that is not a
    /// forum. `known` is the group itself, once it was found.
    pub fn topic(&self, known: Option<KnownGroup>) -> Option<i32> {
        let linked = |text: &str| group_name::parse(text).topic;
        let of_target = self.target().and_then(linked);
        let is_in_group = self.target().is_none_or(|target| self.is_group(target, known));
        let of_group = self.name.as_deref().filter(|_| is_in_group).and_then(linked);
        self.set_topic.or(of_target).or(of_group)
    }

    /// The settings that need no other files and no home, and the problems with them. `table` is the group's part of
    /// `groups.toml`.
    fn parse(table: Option<&GroupTable>, raw: &RawSettings) -> (GroupSettings, Vec<String>) {
        let mut read = Reader { raw, table, wrong: Vec::new() };
        let zone =
            read.with("SWF_TIMEZONE", Zone::TASHKENT, "a time zone's name", "Asia/Tashkent", |text| text.parse().ok());
        let day_starts =
            "a time from 00:00 to 06:00 with the date from which it holds; several in order, separated by commas";
        let day_starts =
            read.with("SWF_DAY_START", DayStarts::MIDNIGHT, day_starts, "04:00@2026-12-01", |text| text.parse().ok());
        let zone = zone_data::newest(zone).with_day_starts(day_starts);
        let time = read.with("SWF_POST_TIME", POST_TIME, "a time of day, HH:MM", "21:30", |text| {
            NaiveTime::parse_from_str(text, "%H:%M").ok()
        });
        let week_start =
            read.with("SWF_WEEK_START", Weekday::Mon, "a day of the week", "monday", |text| text.parse().ok());
        let style = read_style(&mut read);
        let calendar = read.calendar(week_start, style.look == Look::Classic);
        let languages = format!("a language of swf ({})", Language::ALL.map(Language::code).join(", "));
        let language = read.with("SWF_LANGUAGE", Language::default(), &languages, "uz", Language::parse);
        let choices = [("none", Mentions::None), ("top3", Mentions::Top3), ("all", Mentions::All)];
        let mentions =
            read.with("SWF_MENTIONS", Mentions::None, "none, top3 or all", "top3", |text| choice(text, &choices));
        let gate = read.number("SWF_MIN_SESSION", 300, 0..=86_400, "seconds");
        let grace = read.number("SWF_REJOIN_GRACE", 60, 0..=3_600, "seconds");
        let by =
            read.with("SWF_BOARD", RankBy::Hours, "hours, days or bands", "days", |text| choice(text, &RankBy::NAMES));
        let active = read.number("SWF_STREAK_MINUTES", 25, 1..=600, "minutes");
        let hours = "off, or hours from 1h to 24h";
        let cap = read.with("SWF_RANK_CAP", None, hours, "10h", rank_cap);
        let silence = read.with("SWF_SILENCE", Silence::default(), Silence::ALLOWED, "3h", Silence::parse);
        let pulse =
            read.with("SWF_PULSE", false, "off or on", "on", |text| choice(text, &[("off", false), ("on", true)]));
        let hours = "off, or hours from 1h to 72h";
        let max_stay = read.with("SWF_MAX_STAY", None, hours, "12h", max_stay);
        let rhythm = read.with("SWF_RHYTHM", None, rhythm::ALLOWED, "50/10", rhythm::parse);
        let ages = "off, or months from 3m or years up to 100y: streaks, boards and corrections need the last weeks";
        let retention = read.with("SWF_RETENTION", None, ages, "24m", retention);
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
        let pauses = "dates from the first to the last day without posts, several separated by commas";
        let pauses = read.with("SWF_PAUSE", Pauses::default(), pauses, "2026-12-25..2027-01-07", Pauses::parse);
        let slots = format!("off, or up to {MAX_SLOTS} times of day, at least 15 minutes apart, separated by commas");
        let slots = read.with("SWF_SLOTS", Slots::default(), &slots, "19:00,21:00", Slots::parse);
        let pairs =
            read.with("SWF_PAIRS", false, "off or on", "on", |text| choice(text, &[("off", false), ("on", true)]));
        let modes = [("off", ChatMode::Off), ("private", ChatMode::Private), ("group", ChatMode::Group)];
        let chat =
            read.with("SWF_CHAT", ChatMode::Group, "off, private or group", "private", |text| choice(text, &modes));
        let is_chat_ephemeral = read.with("SWF_CHAT_EPHEMERAL", false, "true or false", "true", parse_bool);
        let web = read.with("SWF_WEB", Visibility::default(), "off, private or public", "public", |text| {
            choice(text, &Visibility::NAMES)
        });
        let audience = read.with("SWF_AUDIENCE", Audience::default(), "everyone or consent", "consent", |text| {
            choice(text, &Audience::NAMES)
        });
        if audience == Audience::Consent && web == Visibility::Public {
            let where_to = "leave SWF_WEB out, or set it to private or off";
            read.wrong.push(format!("SWF_WEB is public, but SWF_AUDIENCE is consent: {where_to}"));
        }
        if audience == Audience::Consent && raw.get("SWF_SITE_DIR").is_some() {
            let why = "everybody can read a site; leave it out, or set site_dir = \"\" for that group in groups.toml";
            read.wrong.push(format!("SWF_SITE_DIR is set, but SWF_AUDIENCE is consent: {why}"));
        }
        let text = |name: &str| raw.get(name).map(str::to_owned);
        let name = text("TELEGRAM_GROUP_USERNAME");
        let target_setting = if raw.get(TARGET).is_some() { TARGET } else { "TELEGRAM_GROUP_ID" };
        let bot_target = text(target_setting);
        let target_place =
            table.map_or(target_setting.into(), |table| format!("target of {} in groups.toml", table.label));
        let settings = GroupSettings {
            label: table.map(|table| table.label.clone()),
            name,
            zone,
            calendar,
            timetable: Timetable { zone, time, backfill_days: backfill_days as u32 },
            pauses,
            slots,
            pairs,
            language,
            policy: Policy { rules: SessionRules { gate, grace }, track_self },
            ranking: Ranking { by, cap, active_seconds: active * 60, reach: silence.clock_reach(), zone, calendar },
            silence,
            pulse,
            max_stay,
            rhythm,
            retention,
            aliases,
            finalize,
            top: top as usize,
            mentions,
            style,
            praise: Vec::new(),
            quotes: Vec::new(),
            own_words: OwnWords::default(),
            alert_to: text("SWF_ALERT_TO"),
            set_topic: topic,
            bot_target,
            target_place,
            is_by_bot: false,
            chat,
            is_chat_ephemeral,
            web,
            audience,
            site_dir: None,
            logged: logged::values(raw),
        };
        (settings, read.wrong)
    }
}

/// Seconds; `Some(None)` for `off`.
fn max_stay(text: &str) -> Option<Option<i64>> {
    if text.eq_ignore_ascii_case("off") {
        return Some(None);
    }
    let hours: i64 = text.trim_end_matches(['h', 'H']).parse().ok()?;
    (1..=72).contains(&hours).then_some(Some(hours * 3600))
}

/// Months: `24m`, `2y`; `Some(None)` for `off`.
fn retention(text: &str) -> Option<Option<u32>> {
    if text.eq_ignore_ascii_case("off") {
        return Some(None);
    }
    let (number, months) = match text.strip_suffix(['m', 'M']) {
        Some(number) => (number, 1),
        None => (text.strip_suffix(['y', 'Y'])?, 12),
    };
    let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    let age = number.parse::<u32>().ok().filter(|_| is_number)?.checked_mul(months)?;
    (MIN_RETENTION..=MAX_RETENTION).contains(&age).then_some(Some(age))
}

/// The settings of the log; `zone` is that of the first group.
fn read_log(raw: &RawSettings, zone: Zone, wrong: &mut Vec<String>) -> LogSettings {
    let mut read = Reader { raw, table: None, wrong: Vec::new() };
    let formats = [("text", Format::Text), ("json", Format::Json)];
    let format = read.with("SWF_LOG_FORMAT", Format::Text, "text or json", "json", |text| choice(text, &formats));
    let zones = [("utc", Zone::UTC), ("local", zone)];
    let zone = read.with("SWF_LOG_TIMES", Zone::UTC, "utc or local", "local", |text| choice(text, &zones));
    wrong.extend(read.wrong);
    LogSettings { filter: raw.get("SWF_LOG").map(str::to_owned), format, zone }
}

/// A command in an `.env.local` that somebody else can write to is ignored, also in a home that the user named: it
/// could run their code with the user's rights.
fn read_backup_command(raw: &RawSettings, home: &Home, warnings: &mut Vec<String>) -> Option<String> {
    const NAME: &str = "SWF_BACKUP_COMMAND";
    let command = raw.get(NAME)?;
    if raw.source(NAME) == Some(Source::File)
        && let Err(problem) = trust::check_command_file(&home.env_file())
    {
        warnings.push(format!("{NAME} is not run: {} {problem}", home.env_file().display()));
        return None;
    }
    Some(command.to_owned())
}

/// Another person could take over a username, so the owner must be an id. Older versions of swf accepted any value.
fn read_owner(raw: &RawSettings, warnings: &mut Vec<String>) -> Option<PeerId> {
    let text = raw.get("ADMIN_CHAT_ID").map(str::trim).filter(|text| !text.is_empty())?;
    let owner = text.parse().ok().filter(|id| *id > 0).map(PeerId);
    if owner.is_none() {
        warnings.push(format!(
            "ADMIN_CHAT_ID is {}, so nobody can give commands in the chat; it must be your numeric id, e.g. 123456789",
            quoted(text)
        ));
    }
    owner
}

/// The style of posts.
fn read_style(read: &mut Reader) -> Style {
    let looks = [("standard", Look::Standard), ("classic", Look::Classic)];
    let look =
        read.with("SWF_POST_LOOK", Look::Standard, "standard or classic", "classic", |text| choice(text, &looks));
    let forms = [("text", Form::Text), ("card", Form::Card)];
    let form = read.with("SWF_POST_STYLE", Form::Text, "text or card", "card", |text| choice(text, &forms));
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
    // The old tracker had no recaps.
    let recaps = if is_classic { Vec::new() } else { Style::default().recaps };
    let recaps = read.with("SWF_RECAP", recaps, "week, month, both as week,month, or off", "week,month", parse_recaps);
    let is_set = |name| read.raw.get(name).is_some();
    let (own_praise, own_quotes) = (is_set("SWF_PRAISE_FILE"), is_set("SWF_QUOTES_FILE"));
    Style { look, form, badges, late, streaks, post_empty, recaps, own_praise, own_quotes }
}
