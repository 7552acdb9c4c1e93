//! Parsing values: the allowed values of settings, and suggestions for misspelled names.

use std::ops::RangeInclusive;

use chrono::{NaiveDate, Weekday};

use super::groups_file::GroupTable;
use super::sources::RawSettings;
use crate::domain::text::{clean, quoted, shorten};
use crate::domain::time::period::Calendar;

/// All settings that begin with `SWF_`; any other name with that prefix is a mistake.
pub(super) const OWN: [&str; 54] = [
    "SWF_ALERT_TO",
    "SWF_ALERT_URL",
    "SWF_ANCHOR_DATE",
    "SWF_BACKFILL_DAYS",
    "SWF_BACKUP_COMMAND",
    "SWF_BACKUP_PASSPHRASE_FILE",
    "SWF_BADGES",
    "SWF_BOARD",
    "SWF_CHAT",
    "SWF_CHAT_EPHEMERAL",
    "SWF_DAY_START",
    "SWF_EXPORT_URL",
    "SWF_FINALIZE",
    "SWF_HEARTBEAT_URL",
    "SWF_HOME",
    "SWF_LANGUAGE",
    "SWF_LATE",
    "SWF_LOG",
    "SWF_LOG_FORMAT",
    "SWF_LOG_TIMES",
    "SWF_MAX_STAY",
    "SWF_MENTIONS",
    "SWF_MIN_SESSION",
    "SWF_PAIRS",
    "SWF_PAUSE",
    "SWF_PERIODS",
    "SWF_POST_EMPTY",
    "SWF_POST_LOOK",
    "SWF_POST_STREAKS",
    "SWF_POST_STYLE",
    "SWF_POST_TIME",
    "SWF_PRAISE_FILE",
    "SWF_PROXY",
    "SWF_PULSE",
    "SWF_QUOTES_FILE",
    "SWF_RANK_CAP",
    "SWF_RECAP",
    "SWF_REJOIN_GRACE",
    "SWF_RETENTION",
    "SWF_RHYTHM",
    "SWF_SILENCE",
    "SWF_SITE_DIR",
    "SWF_SLOTS",
    "SWF_STREAK_MINUTES",
    "SWF_TIMEZONE",
    "SWF_TOP",
    "SWF_TOPIC",
    "SWF_TRACK_SELF",
    "SWF_WEB",
    "SWF_AUDIENCE",
    "SWF_WEB_PROXY",
    "SWF_WEB_URL",
    "SWF_WEEK_START",
    "SWF_WORDS_FILE",
];

/// The settings whose names are older than swf. Names of other programs may begin in the same way.
pub(super) const FIXED: [&str; 12] = [
    "ADMIN_CHAT_ID",
    "ALIAS_GROUPS_USERNAMES",
    "TELEGRAM_2FA_PASSWORD",
    "TELEGRAM_API_HASH",
    "TELEGRAM_API_ID",
    "TELEGRAM_BOT_TARGET",
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_BOT_USERNAME",
    "TELEGRAM_GROUP_ID",
    "TELEGRAM_GROUP_USERNAME",
    "TG_BOT_STRING_SESSION",
    "TG_STRING_SESSION",
];

/// Whether it is a setting of swf. Names of other programs may begin in the same way.
pub(super) fn is_setting(name: &str) -> bool {
    OWN.contains(&name) || FIXED.contains(&name)
}

/// The settings that can belong to one group only. With a `groups.toml`, they are read only from there.
pub(super) const ONE_GROUP: [&str; 5] =
    ["SWF_EXPORT_URL", "SWF_TOPIC", "TELEGRAM_BOT_TARGET", "TELEGRAM_GROUP_ID", "TELEGRAM_GROUP_USERNAME"];

/// The form of a setting's name that a similar name may stand for: in capitals, with `_` between words, without
/// characters that can't be seen, and without `set` or `export` in front.
fn intended(name: &str) -> String {
    let upper = clean(name).to_ascii_uppercase();
    let bare = ["SET ", "EXPORT "].iter().find_map(|word| upper.strip_prefix(word)).unwrap_or(&upper);
    bare.replace([' ', '-', '.'], "_")
}

/// A warning for each name that begins with `SWF_`, as [`intended`], and is not a setting; also for `SFW_`.
pub(super) fn unknown(raw: &RawSettings) -> Vec<String> {
    let is_like_ours = |name: &str| name.starts_with("SWF_") || name.starts_with("SFW_");
    let unknown = raw.names().map(|name| (name, intended(name)));
    let unknown = unknown.filter(|(name, intended)| is_like_ours(intended) && !OWN.contains(name));
    unknown.map(|(name, intended)| ignored(name, nearest(&intended, &OWN))).collect()
}

/// A warning for each name that is similar to one of `known`, or is one of them as [`intended`]. If the right name is
/// set too, the similar one belongs to another program.
pub(super) fn misspelled(raw: &RawSettings, known: &[&str]) -> Vec<String> {
    let is_set = |name: &str| raw.get(name).is_some();
    let near = |name: &str| {
        let exactly = known.iter().copied().find(|known| intended(name) == *known);
        let similar = || nearest(name, known).filter(|meant| strsim::damerau_levenshtein(name, meant) <= 2);
        let meant = exactly.or_else(similar)?;
        let is_ours = FIXED.contains(&name) || OWN.contains(&name);
        (is_set(name) && meant != name && !is_set(meant) && !is_ours).then(|| ignored(name, Some(meant)))
    };
    raw.names().filter_map(near).collect()
}

fn ignored(name: &str, meant: Option<&str>) -> String {
    let meant = meant.map_or(String::new(), |meant| format!("; did you mean {meant}?"));
    let seen = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let why = if seen(&clean(name)) < seen(name) { ": it has a character that can't be seen" } else { "" };
    format!("unknown setting {} is ignored{why}{meant}", shown_name(name))
}

/// The longest name of an unknown setting that is shown.
const MAX_SHOWN_NAME: usize = 60;

/// A name that anybody may have written, safe for one line.
pub(super) fn shown_name(name: &str) -> String {
    shorten(&clean(name), MAX_SHOWN_NAME)
}

/// The longest name that is compared with others, in bytes. The comparison takes time with each character.
const MAX_COMPARED_NAME: usize = 100;

/// The name among `names` that a misspelled name probably means.
pub fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    if name.len() > MAX_COMPARED_NAME {
        return None;
    }
    let near = names.iter().map(|own| (strsim::damerau_levenshtein(own, name), *own)).min()?;
    (near.0 <= 4).then_some(near.1)
}

/// `canonical:alias1,alias2;other:alias` as pairs.
pub(super) fn parse_alias_groups(text: &str) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    for group in text.split(';').map(str::trim).filter(|group| !group.is_empty()) {
        let (canonical, aliases) = group.split_once(':')?;
        let canonical = account_name(canonical)?;
        for alias in aliases.split(',').filter(|alias| !alias.trim().is_empty()) {
            pairs.push((canonical.clone(), account_name(alias)?));
        }
    }
    Some(pairs)
}

/// A username in lower case without its @, or a decimal id.
pub fn account_name(text: &str) -> Option<String> {
    let name = text.trim().trim_start_matches('@').to_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

/// `10h` in seconds, from 1 to 24 hours; `Some(None)` for `off`.
pub(super) fn rank_cap(text: &str) -> Option<Option<i64>> {
    if text.eq_ignore_ascii_case("off") {
        return Some(None);
    }
    let hours: i64 = text.strip_suffix(['h', 'H'])?.trim().parse().ok()?;
    (1..=24).contains(&hours).then_some(Some(hours * 3600))
}

/// The value that a word stands for; case is ignored.
pub(super) fn choice<T: Copy>(text: &str, choices: &[(&str, T)]) -> Option<T> {
    choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, value)| *value)
}

/// Parses values, and collects the problems: name, value, what is allowed, and an example.
pub(super) struct Reader<'a> {
    pub raw: &'a RawSettings,
    /// The group's part of `groups.toml`.
    pub table: Option<&'a GroupTable>,
    pub wrong: Vec<String>,
}

impl Reader<'_> {
    /// The name of a setting in messages: its key and line if it is in `groups.toml`.
    pub fn place(&self, name: &str) -> String {
        self.table.and_then(|table| table.place(name)).unwrap_or_else(|| name.to_owned())
    }

    /// An example of setting `name`, in the file that sets `beside`.
    fn example(&self, name: &str, beside: &str, value: &str) -> String {
        match self.table.and_then(|table| table.place(beside)) {
            Some(_) => GroupTable::example(name, value),
            None => format!("{name}={value}"),
        }
    }

    pub fn with<T>(
        &mut self,
        name: &str,
        default: T,
        allowed: &str,
        example: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> T {
        let Some(text) = self.raw.get(name) else { return default };
        parse(text).unwrap_or_else(|| {
            let (place, example) = (self.place(name), self.example(name, name, example));
            self.wrong.push(format!("{place} is {}; it must be {allowed}, e.g. {example}", quoted(text)));
            default
        })
    }

    pub fn number(&mut self, name: &str, default: i64, range: RangeInclusive<i64>, unit: &str) -> i64 {
        let allowed = format!("a whole number of {unit} from {} to {}", range.start(), range.end());
        self.with(name, default, &allowed, &default.to_string(), |text| {
            text.parse().ok().filter(|number| range.contains(number))
        })
    }

    /// The classic look has anchored periods by default.
    pub fn calendar(&mut self, week_start: Weekday, is_classic: bool) -> Calendar {
        let choices = [("calendar", false), ("anchored", true)];
        let anchored =
            self.with("SWF_PERIODS", is_classic, "calendar or anchored", "calendar", |text| choice(text, &choices));
        let wrong = self.wrong.len();
        let anchor: Option<NaiveDate> =
            self.with("SWF_ANCHOR_DATE", None, "a date, YYYY-MM-DD", "2026-11-01", |text| text.parse().ok().map(Some));
        match anchor {
            Some(anchor) if anchored => Calendar::Anchored { anchor },
            None if anchored && self.wrong.len() == wrong => {
                let (by, value) = match self.raw.get("SWF_PERIODS").is_some() {
                    true => ("SWF_PERIODS", "anchored"),
                    false => ("SWF_POST_LOOK", "classic"),
                };
                let needs = self.example(by, by, value);
                let example = self.example("SWF_ANCHOR_DATE", by, "2026-11-01");
                let of = self.table.map_or(String::new(), |table| format!(" for the group {:?}", table.label));
                self.wrong
                    .push(format!("SWF_ANCHOR_DATE is not set{of}; {needs} needs the date of day 1, e.g. {example}"));
                Calendar::default()
            }
            _ => Calendar::Civil { week_start },
        }
    }
}
