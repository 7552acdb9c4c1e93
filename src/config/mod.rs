//! Where settings come from, and what they may be.
//!
//! Order: flag, process environment, systemd's credentials directory, `.env.local`, keyring, default (DESIGN §5). The
//! keyring is asked when a secret is needed, and only for what is nowhere else. A bad value names the variable, what was
//! read, what is allowed and an example, and all of them are reported at once.

pub mod env_file;
pub mod secrets;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use chrono::{NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;
use secrecy::{ExposeSecret, SecretString};

use self::secrets::Place;
use crate::domain::PeerId;
use crate::domain::accounting::leaderboard::Policy;
use crate::domain::accounting::presence::Rules;
use crate::domain::post::compose::Mentions;
use crate::domain::post::schedule::Timetable;
use crate::domain::text;
use crate::domain::time::period::Calendar;
use crate::error::{Error, Kind, Result};
pub use crate::platform::paths::Home;

/// What a command needs to sign in and find the group.
#[derive(Clone, Debug)]
pub struct Login {
    pub api_id: i32,
    /// Telethon's form; parsed by [`crate::telegram::login_string`].
    pub string: SecretString,
    /// As the user wrote it: name, @name, t.me link or invite link.
    pub group: String,
}

/// What a bot needs to sign in and post.
#[derive(Clone, Debug)]
pub struct BotLogin {
    pub api_id: i32,
    pub api_hash: SecretString,
    pub token: SecretString,
    /// The bot's own id, which the token begins with.
    pub id: PeerId,
    /// `TG_BOT_STRING_SESSION`, signed in or not.
    pub string: Option<SecretString>,
    /// Where the bot's login string is kept once it is signed in.
    pub file: PathBuf,
    /// Where to post: @name, link or marked id; the group if `None`.
    pub target: Option<String>,
}

/// What somebody logs in with, besides being there.
#[derive(Clone, Debug)]
pub struct Application {
    pub api_id: i32,
    pub api_hash: SecretString,
}

#[derive(Clone, Debug)]
pub struct Config {
    pub home: Home,
    pub zone: Tz,
    pub calendar: Calendar,
    pub timetable: Timetable,
    pub policy: Policy,
    /// Alias groups of `ALIAS_GROUPS_USERNAMES`, as pairs of canonical account and alias, as written.
    pub aliases: Vec<(String, String)>,
    /// Whether a daily post is edited once its day is final.
    pub finalize: bool,
    /// How many rows a posted board has.
    pub top: usize,
    /// Whom a post notifies.
    pub mentions: Mentions,
    /// What goes into the log, in `tracing`'s filter syntax.
    pub log: Option<String>,
    /// What is odd about the settings, but keeps nothing from working.
    pub warnings: Vec<String>,
    vars: Vars,
    /// Where each of them comes from.
    sources: BTreeMap<String, Source>,
}

/// Where a setting comes from. The first one that has it wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Environment,
    /// A file in `$CREDENTIALS_DIRECTORY`, where systemd puts a service's credentials.
    Credentials,
    /// `.env.local`.
    File,
    /// Only secrets.
    Keyring,
}

impl Source {
    /// Where that is, for a sentence.
    pub fn words(self, home: &Home) -> String {
        match self {
            Source::Environment => "the environment".to_owned(),
            Source::Credentials => "$CREDENTIALS_DIRECTORY".to_owned(),
            Source::File => Place::File.words(home),
            Source::Keyring => Place::Keyring.words(home),
        }
    }
}

/// Variables as they were set; some are secrets, so only their names are ever shown.
#[derive(Clone)]
struct Vars(BTreeMap<String, String>);

impl fmt::Debug for Vars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// All settings of our own; another name that begins like them is a mistake.
const OWN: [&str; 17] = [
    "SWF_ALERT_TO",
    "SWF_ANCHOR_DATE",
    "SWF_BACKFILL_DAYS",
    "SWF_FINALIZE",
    "SWF_HOME",
    "SWF_LOG",
    "SWF_MENTIONS",
    "SWF_MIN_SESSION",
    "SWF_PERIODS",
    "SWF_POST_TIME",
    "SWF_PRAISE_FILE",
    "SWF_QUOTES_FILE",
    "SWF_REJOIN_GRACE",
    "SWF_TIMEZONE",
    "SWF_TOP",
    "SWF_TRACK_SELF",
    "SWF_WEEK_START",
];

/// The settings whose names are older than swf. Other programs have some that begin like them.
const FIXED: [&str; 12] = [
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

impl Config {
    /// Reads all settings. `home` is the flag's value, `environment` the process's variables.
    pub fn load(
        home: Option<PathBuf>,
        working_directory: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Config> {
        match Config::read(home, working_directory, environment) {
            (config, None) => Ok(config),
            (_, Some(error)) => Err(error),
        }
    }

    /// As [`Config::load`]; where something is wrong, with the default in its place and the error beside it. For whoever
    /// looks for what is wrong.
    pub fn read(
        home: Option<PathBuf>,
        working_directory: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> (Config, Option<Error>) {
        let mut failure = None;
        let environment: BTreeMap<String, String> =
            environment.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect();
        let home = home
            .or_else(|| environment.get("SWF_HOME").map(PathBuf::from))
            .unwrap_or_else(|| default_home(working_directory, &environment));
        let home = Home(std::path::absolute(&home).unwrap_or(home));
        let file = home.env_file();
        let written = read_env_file(&file).unwrap_or_else(|error| {
            failure = Some(error);
            BTreeMap::new()
        });
        let mut warnings: Vec<String> = exposed(&file, &written).into_iter().collect();
        let credentials = match environment.get("CREDENTIALS_DIRECTORY") {
            Some(folder) => credentials(Path::new(folder), &mut warnings).unwrap_or_else(|error| {
                failure.get_or_insert(error);
                BTreeMap::new()
            }),
            None => BTreeMap::new(),
        };
        let (mut vars, mut sources) = (BTreeMap::new(), BTreeMap::new());
        for (source, layer) in
            [(Source::File, written), (Source::Credentials, credentials), (Source::Environment, environment)]
        {
            let set = layer.iter().filter(|(_, value)| !value.trim().is_empty());
            sources.extend(set.map(|(name, _)| (name.clone(), source)));
            vars.extend(layer);
        }
        warnings.extend(vars.keys().filter_map(|name| unknown(name)));
        warnings.extend(misspelt(&vars, &FIXED));
        let mut wrong = Vec::new();
        let mut read = Reader { vars: &vars, wrong: &mut wrong };
        let zone: Tz = read.setting("SWF_TIMEZONE", chrono_tz::Asia::Tashkent, "a time zone's name", "Asia/Tashkent");
        let time = read.with("SWF_POST_TIME", POST_TIME, "a time of day, HH:MM", "21:30", |text| {
            NaiveTime::parse_from_str(text, "%H:%M").ok()
        });
        let week_start =
            read.with("SWF_WEEK_START", Weekday::Mon, "a day of the week", "monday", |text| text.parse().ok());
        let calendar = read.calendar(week_start);
        let mentions = read.with("SWF_MENTIONS", Mentions::None, "none, top3 or all", "top3", |text| {
            match text.to_ascii_lowercase().as_str() {
                "none" => Some(Mentions::None),
                "top3" => Some(Mentions::Top3),
                "all" => Some(Mentions::All),
                _ => None,
            }
        });
        let gate = read.number("SWF_MIN_SESSION", 300, 0..=86_400, "seconds");
        let grace = read.number("SWF_REJOIN_GRACE", 60, 0..=3_600, "seconds");
        let top = read.number("SWF_TOP", 10, 1..=100, "rows");
        let backfill_days = read.number("SWF_BACKFILL_DAYS", 7, 0..=366, "days");
        let finalize = read.with("SWF_FINALIZE", true, "true or false", "true", truth);
        let track_self = read.with("SWF_TRACK_SELF", true, "true or false", "true", truth);
        let groups = "canonical:alias1,alias2;other:alias";
        let aliases = read.with("ALIAS_GROUPS_USERNAMES", Vec::new(), groups, "ada:ada_phone,ada_work", alias_groups);
        if !wrong.is_empty() {
            let many = if wrong.len() == 1 { "a setting is wrong" } else { "some settings are wrong" };
            // A misspelt name may be why one of them is missing.
            let wrong = wrong.into_iter().chain(warnings.iter().cloned());
            failure.get_or_insert(wrong.fold(Error::config(many), Error::hint));
        }
        let config = Config {
            zone,
            calendar,
            timetable: Timetable { zone, time, backfill_days: backfill_days as u32 },
            aliases,
            finalize,
            policy: Policy { rules: Rules { gate, grace }, track_self },
            top: top as usize,
            mentions,
            log: vars.get("SWF_LOG").cloned(),
            home,
            warnings,
            vars: Vars(vars),
            sources,
        };
        (config, failure)
    }

    /// Warns of names that are set and look like one of `known`, which is not.
    pub fn warn_of_misspelt(&mut self, known: &[&str]) {
        self.warnings.extend(misspelt(&self.vars.0, known));
    }

    /// Where a setting comes from, leaving aside the keyring.
    pub fn set_by(&self, name: &str) -> Option<Source> {
        self.sources.get(name).copied()
    }

    /// Where a secret comes from. The keyring is not asked: what it has is noted.
    pub fn source(&self, name: &str) -> Result<Option<Source>> {
        match self.set_by(name) {
            None => Ok(secrets::is_in_keyring(&self.home, name)?.then_some(Source::Keyring)),
            set => Ok(set),
        }
    }

    /// A secret from wherever it is, trimmed unless blanks may be part of it; `None` if it is not set. What the keyring
    /// should have and can't give is an error: doing without would be something else than what was asked for.
    pub fn secret(&self, name: &str) -> Result<Option<SecretString>> {
        let trimmed = |value: &str| SecretString::from(if name == PASSWORD { value } else { value.trim() });
        match self.set_by(name) {
            Some(_) => Ok(self.vars.0.get(name).map(|value| trimmed(value))),
            None => Ok(secrets::from_keyring(&self.home, name)?.map(|value| trimmed(value.expose_secret()))),
        }
    }

    /// A variable as it was set, trimmed; `None` if it is absent or empty.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The lines of the text file that the variable `name` names, made safe for a message; none if it is not set. Blank
    /// lines and those that start with # are left out, and so is what stands there a second time. A relative path starts
    /// at the home.
    pub fn lines(&self, name: &str) -> Result<Vec<String>> {
        let Some(value) = self.var(name) else { return Ok(Vec::new()) };
        let path = self.home.path().join(value);
        let wrong = |what: &str| {
            Error::config(format!("{name}: {} {what}", path.display())).hint(format!(
                "It must be a text file (UTF-8) with one line each, e.g. {name}=lines.txt, and in it: Well begun is half done."
            ))
        };
        let bytes = std::fs::read(&path).map_err(|error| wrong(&format!("can't be read: {error}")))?;
        let all = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8"))?;
        let mut lines: Vec<String> = Vec::new();
        for line in all.trim_start_matches('\u{feff}').lines().filter(|line| !line.trim_start().starts_with('#')) {
            let line = text::shorten(&text::clean(line), LONGEST_LINE);
            if !line.is_empty() && !lines.contains(&line) {
                lines.push(line);
            }
        }
        if lines.is_empty() { Err(wrong("has no line to show")) } else { Ok(lines) }
    }

    /// The group as the user wrote it.
    pub fn group(&self) -> Option<&str> {
        self.var("TELEGRAM_GROUP_USERNAME")
    }

    /// Whom to alert, as the user wrote it; the account's Saved Messages if `None`.
    pub fn alert_to(&self) -> Option<&str> {
        self.var("SWF_ALERT_TO")
    }

    /// The bot that posts, if there is one.
    pub fn bot(&self) -> Result<Option<BotLogin>> {
        self.secret("TELEGRAM_BOT_TOKEN")?.map(|token| self.bot_of(token)).transpose()
    }

    /// The bot of that token, as if it was the one that posts.
    pub fn bot_of(&self, token: SecretString) -> Result<BotLogin> {
        let id = token.expose_secret().split_once(':').and_then(|(id, _)| id.parse().ok()).filter(|id| *id > 0);
        let id = id.ok_or_else(|| {
            Error::config("TELEGRAM_BOT_TOKEN is not a bot's token")
                .hint("Take it from @BotFather; it looks like 123456789:AAE… .")
        })?;
        let api_hash = self.secret("TELEGRAM_API_HASH")?.ok_or_else(|| {
            Error::config("TELEGRAM_API_HASH is not set, and the bot can't sign in without it")
                .hint("Take it from https://my.telegram.org.")
        })?;
        Ok(BotLogin {
            api_id: self.api_id()?,
            api_hash,
            token,
            id: PeerId(id),
            string: self.secret("TG_BOT_STRING_SESSION")?,
            file: self.home.bot_session(),
            target: self.var("TELEGRAM_BOT_TARGET").or(self.var("TELEGRAM_GROUP_ID")).map(str::to_owned),
        })
    }

    /// The application that logs in.
    pub fn application(&self) -> Result<Application> {
        let from = "take it from https://my.telegram.org.";
        let api_hash = self.secret("TELEGRAM_API_HASH")?;
        let mut missing = Vec::new();
        if self.var("TELEGRAM_API_ID").is_none() {
            missing.push(format!("TELEGRAM_API_ID is missing; {from}"));
        }
        match api_hash {
            Some(api_hash) if missing.is_empty() => Ok(Application { api_id: self.api_id()?, api_hash }),
            api_hash => {
                if api_hash.is_none() {
                    missing.push(format!("TELEGRAM_API_HASH is missing; {from}"));
                }
                Err(self.incomplete("nobody can log in yet", missing, api_hash.is_none()))
            }
        }
    }

    /// Says what is missing, and where it can be set. What most people want to type next comes first.
    fn incomplete(&self, what: &str, missing: Vec<String>, secret: bool) -> Error {
        let error = Error::config(what).command("To be asked for everything, one by one", "swf init");
        let file = self.home.env_file();
        let error = error.hint(format!("Or set these in the environment or in {}:", file.display()));
        let error = missing.into_iter().fold(error, Error::hint);
        if secret { error.command("A secret can also be kept in the keyring", "swf secrets set NAME") } else { error }
    }

    /// The login string of the account that watches, signed in or not.
    pub fn session(&self) -> Result<Option<SecretString>> {
        self.secret("TG_STRING_SESSION")
    }

    /// The password of two-step verification, blanks and all.
    pub fn password(&self) -> Result<Option<SecretString>> {
        self.secret(PASSWORD)
    }

    pub fn api_id(&self) -> Result<i32> {
        let text = self.var("TELEGRAM_API_ID").unwrap_or_default();
        text.parse().ok().filter(|id| *id > 0).ok_or_else(|| {
            Error::config(format!("TELEGRAM_API_ID is {text:?}, not a positive number"))
                .hint("Take it from https://my.telegram.org, e.g. TELEGRAM_API_ID=123456")
        })
    }

    /// What is needed to talk to Telegram; everything that is missing is named at once.
    pub fn login(&self) -> Result<Login> {
        let string = self.session()?;
        let mut missing = Vec::new();
        let mut want = |is_set: bool, name: &str, what: &str| {
            if !is_set {
                missing.push(format!("{name}: {what}"));
            }
        };
        want(
            self.var("TELEGRAM_API_ID").is_some(),
            "TELEGRAM_API_ID",
            "the API id from https://my.telegram.org, e.g. 123456",
        );
        want(
            string.is_some(),
            "TG_STRING_SESSION",
            "the login string of the account that watches the call; it comes from: swf session qr",
        );
        want(self.group().is_some(), "TELEGRAM_GROUP_USERNAME", "the group, e.g. @studyhall or an invite link");
        match (string, self.group()) {
            (Some(string), Some(group)) if missing.is_empty() => {
                Ok(Login { api_id: self.api_id()?, string, group: group.to_owned() })
            }
            (string, _) => Err(self.incomplete("the login is not set up", missing, string.is_none())),
        }
    }
}

/// The one secret that may begin or end with a blank.
const PASSWORD: &str = "TELEGRAM_2FA_PASSWORD";

/// Graphemes of a line of praise or a quote.
const LONGEST_LINE: usize = 500;

const POST_TIME: NaiveTime = NaiveTime::from_hms_opt(21, 30, 0).unwrap();

/// The working directory if it looks like a home, else the platform's data directory.
fn default_home(working_directory: &Path, environment: &BTreeMap<String, String>) -> PathBuf {
    // The root's var/ is the system's.
    let var = working_directory.parent().is_some() && working_directory.join("var").is_dir();
    if var || working_directory.join(".env.local").exists() {
        return working_directory.to_owned();
    }
    let var = |name: &str| environment.get(name).map(PathBuf::from);
    let data = if cfg!(windows) {
        var("LOCALAPPDATA").or_else(|| var("APPDATA"))
    } else if cfg!(target_os = "macos") {
        var("HOME").map(|home| home.join("Library").join("Application Support"))
    } else {
        var("XDG_DATA_HOME").or_else(|| var("HOME").map(|home| home.join(".local").join("share")))
    };
    data.map_or_else(|| working_directory.to_owned(), |data| data.join("swf"))
}

/// A setting of ours by the look of its name, but none that there is; says which one may be meant.
fn unknown(name: &str) -> Option<String> {
    if !name.starts_with("SWF_") || OWN.contains(&name) {
        return None;
    }
    let meant = nearest(name, &OWN).map_or(String::new(), |near| format!("; is {near} meant?"));
    Some(format!("{name} is no setting of swf, and does nothing{meant}"))
}

/// What is set under a name that is only nearly one of `known`. Where the right name is set too, the other is another
/// program's.
fn misspelt(vars: &BTreeMap<String, String>, known: &[&str]) -> Vec<String> {
    let set = |name: &str| vars.get(name).is_some_and(|value| !value.trim().is_empty());
    let near = |name: &str| {
        let meant = nearest(name, known).filter(|meant| strsim::damerau_levenshtein(name, meant) <= 2)?;
        let odd = set(name) && meant != name && !set(meant) && !FIXED.contains(&name) && !OWN.contains(&name);
        odd.then(|| format!("{name} is no setting of swf, and does nothing; is {meant} meant?"))
    };
    vars.keys().filter_map(|name| near(name)).collect()
}

/// Which of `names` may be meant by a misspelt one.
pub fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let near = names.iter().map(|own| (strsim::damerau_levenshtein(own, name), *own)).min()?;
    (near.0 <= 4).then_some(near.1)
}

/// What systemd gives a service: files that are named like settings. Others are none of ours. One line break at the end
/// is not part of it. A folder that can't be read may be another service's.
fn credentials(folder: &Path, warnings: &mut Vec<String>) -> Result<BTreeMap<String, String>> {
    let wrong = |path: &Path, what: &str| {
        Error::config(format!("{} {what}", path.display()))
            .hint("It lies in CREDENTIALS_DIRECTORY, which systemd sets for a service with LoadCredential=.")
    };
    let mut found = BTreeMap::new();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            warnings.push(format!("CREDENTIALS_DIRECTORY is {}, which can't be read: {error}", folder.display()));
            return Ok(found);
        }
    };
    for entry in entries {
        let path = entry.map_err(|error| Error::file(folder, "read", &error))?.path();
        let is_setting = |name: &&str| {
            name.contains('_') && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        };
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(is_setting) else { continue };
        let bytes = std::fs::read(&path).map_err(|error| wrong(&path, &format!("can't be read: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|_| wrong(&path, "is not UTF-8 text"))?;
        let text = text.strip_suffix('\n').map_or(&*text, |text| text.strip_suffix('\r').unwrap_or(text));
        if !text.trim().is_empty() {
            found.insert(name.to_owned(), text.to_owned());
        }
    }
    Ok(found)
}

/// Says so if others on this machine can read secrets in the file.
fn exposed(path: &Path, vars: &BTreeMap<String, String>) -> Option<String> {
    // The secrets of what is around swf are named like that.
    let is_secret = |name: &str| secrets::NAMES.contains(&name) || name.ends_with("_SECRET");
    let (secret, _) = vars.iter().find(|(name, value)| is_secret(name) && !value.is_empty())?;
    let open = others_can_read(path);
    let path = path.display();
    open.then(|| format!("others can read {path}, and {secret} in it; run: chmod 600 '{path}'"))
}

/// Whether others on this machine can read the file; `false` if it is not there.
#[cfg(unix)]
pub fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

/// Windows keeps a user's folders from others by itself.
#[cfg(not(unix))]
pub fn others_can_read(_: &Path) -> bool {
    false
}

/// `.env.local` as a map; absent is empty. It is never put into the process's environment.
fn read_env_file(path: &Path) -> Result<BTreeMap<String, String>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => {
            let mut error = Error::file(path, "read", &error);
            error.kind = Kind::Config;
            return Err(error);
        }
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    dotenvy::from_read_iter(bytes).map(|pair| pair.map_err(|error| unreadable(path, bytes, &error))).collect()
}

/// Says which line is wrong, but not what it holds: it may be a secret.
fn unreadable(path: &Path, bytes: &[u8], error: &dotenvy::Error) -> Error {
    let line = match error {
        dotenvy::Error::LineParse(line, _) => {
            // Of a line whose value is wrong it may name only the value.
            let is_it = |text: &str| text == line || (text.contains('=') && text.ends_with(line.as_str()));
            let at = String::from_utf8_lossy(bytes).lines().position(is_it);
            at.map_or(String::new(), |at| format!(", line {}", at + 1))
        }
        _ => String::new(),
    };
    Error::config(format!("{}{line} can't be read", path.display()))
        .hint("Each line is NAME=value, e.g. SWF_TIMEZONE=Asia/Tashkent; quote a value that has spaces.")
}

/// `canonical:alias1,alias2;other:alias` as pairs.
fn alias_groups(text: &str) -> Option<Vec<(String, String)>> {
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

/// `1`, `true`, `yes` or `on`, or their opposites.
pub fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Reads values and collects what is wrong with them.
struct Reader<'a> {
    vars: &'a BTreeMap<String, String>,
    wrong: &'a mut Vec<String>,
}

impl Reader<'_> {
    fn with<T>(
        &mut self,
        name: &str,
        default: T,
        allowed: &str,
        example: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> T {
        let Some(text) = self.vars.get(name).map(|text| text.trim()).filter(|text| !text.is_empty()) else {
            return default;
        };
        parse(text).unwrap_or_else(|| {
            self.wrong.push(format!("{name} is {text:?}; it must be {allowed}, e.g. {name}={example}"));
            default
        })
    }

    fn calendar(&mut self, week_start: Weekday) -> Calendar {
        let anchored = self.with("SWF_PERIODS", false, "calendar or anchored", "calendar", |text| {
            match text.to_ascii_lowercase().as_str() {
                "calendar" => Some(false),
                "anchored" => Some(true),
                _ => None,
            }
        });
        let wrong = self.wrong.len();
        let anchor: Option<NaiveDate> =
            self.with("SWF_ANCHOR_DATE", None, "a date, YYYY-MM-DD", "2026-11-01", |text| text.parse().ok().map(Some));
        match anchor {
            Some(anchor) if anchored => Calendar::Anchored { anchor },
            None if anchored && self.wrong.len() == wrong => {
                let missing = "SWF_ANCHOR_DATE is not set; SWF_PERIODS=anchored needs the date of day 1";
                self.wrong.push(format!("{missing}, e.g. SWF_ANCHOR_DATE=2026-11-01"));
                Calendar::default()
            }
            _ => Calendar::Civil { week_start },
        }
    }

    fn setting<T: FromStr>(&mut self, name: &str, default: T, allowed: &str, example: &str) -> T {
        self.with(name, default, allowed, example, |text| text.parse().ok())
    }

    fn number(&mut self, name: &str, default: i64, range: std::ops::RangeInclusive<i64>, unit: &str) -> i64 {
        let allowed = format!("a whole number of {unit} from {} to {}", range.start(), range.end());
        self.with(name, default, &allowed, &default.to_string(), |text| {
            text.parse().ok().filter(|number| range.contains(number))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(vars: &[(&str, &str)]) -> Result<Config> {
        let vars = vars.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        Config::load(Some(PathBuf::from("nowhere")), Path::new("."), vars)
    }

    #[test]
    fn every_bad_value_is_named_at_once() {
        let error = load(&[
            ("SWF_TIMEZONE", "Mars/Olympus"),
            ("SWF_MIN_SESSION", "-5"),
            ("SWF_POST_TIME", "25:00"),
            ("SWF_TPO", "5"),
        ]);
        insta::assert_snapshot!(error.unwrap_err(), @r#"
        some settings are wrong
          SWF_TIMEZONE is "Mars/Olympus"; it must be a time zone's name, e.g. SWF_TIMEZONE=Asia/Tashkent
          SWF_POST_TIME is "25:00"; it must be a time of day, HH:MM, e.g. SWF_POST_TIME=21:30
          SWF_MIN_SESSION is "-5"; it must be a whole number of seconds from 0 to 86400, e.g. SWF_MIN_SESSION=300
          SWF_TPO is no setting of swf, and does nothing; is SWF_TOP meant?
        "#);
    }

    #[test]
    fn a_misspelt_setting_is_named_with_the_one_that_may_be_meant() {
        let config = load(&[("SWF_TIMEZON", "UTC"), ("SWF_COLOUR_OF_THE_SKY", "blue"), ("SWFX", "1")]).unwrap();
        insta::assert_snapshot!(config.warnings.join("\n"), @r"
        SWF_COLOUR_OF_THE_SKY is no setting of swf, and does nothing
        SWF_TIMEZON is no setting of swf, and does nothing; is SWF_TIMEZONE meant?
        ");
    }

    #[test]
    fn a_misspelt_name_that_others_may_use_is_named_only_if_it_is_near() {
        let warnings = |vars: &[(&str, &str)], known: &[&str]| {
            let mut config = load(vars).unwrap();
            config.warn_of_misspelt(known);
            config.warnings.join("\n")
        };
        insta::assert_snapshot!(warnings(&[("TELEGRAM_API_HAHS", "x"), ("TELEGRAM_APP_ID", "1"), ("SITE_SECERT", "x")], &["SITE_SECRET"]), @r"
        TELEGRAM_API_HAHS is no setting of swf, and does nothing; is TELEGRAM_API_HASH meant?
        TELEGRAM_APP_ID is no setting of swf, and does nothing; is TELEGRAM_API_ID meant?
        SITE_SECERT is no setting of swf, and does nothing; is SITE_SECRET meant?
        ");
        // Another program's, and one beside the right one.
        let others = [("TELEGRAM_CHAT_ID", "1"), ("TELEGRAM_PHONE", "1"), ("SITE_SECRET", "x"), ("SITE_SECRETS", "x")];
        assert_eq!(warnings(&others, &["SITE_SECRET"]), "");
        assert_eq!(warnings(&FIXED.map(|name| (name, "1:1")), &FIXED), "");
    }

    #[cfg(unix)]
    #[test]
    fn the_systems_var_makes_no_home_of_the_root() {
        let environment = BTreeMap::from([("HOME".to_owned(), "/home/ada".to_owned())]);
        assert!(!default_home(Path::new("/"), &environment).eq(Path::new("/")));
        let study = tempfile::tempdir().unwrap();
        std::fs::create_dir(study.path().join("var")).unwrap();
        assert_eq!(default_home(study.path(), &environment), study.path());
    }

    #[test]
    fn every_setting_of_our_own_is_known() {
        let code = include_str!("mod.rs").split("#[cfg(test)]").next().unwrap();
        let named = code
            .split('"')
            .filter(|word| word.starts_with("SWF_") && word.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
        let unknown: Vec<&str> = named.filter(|name| !OWN.contains(name)).collect();
        assert_eq!(unknown, ["SWF_"]);
    }

    #[test]
    fn secrets_show_in_no_debug_output() {
        let config = load(&[("TG_STRING_SESSION", "1hush"), ("TELEGRAM_BOT_TOKEN", "1:hush")]).unwrap();
        let text = format!("{config:?}");
        assert!(text.contains("TG_STRING_SESSION") && !text.contains("hush"), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn secrets_that_others_can_read_are_warned_about() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(".env.local");
        std::fs::write(&file, "TG_STRING_SESSION=1x\n").unwrap();
        let warnings = |mode| {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            Config::load(Some(home.path().to_owned()), Path::new("."), []).unwrap().warnings.len()
        };
        assert_eq!((warnings(0o644), warnings(0o600)), (1, 0));
    }

    #[test]
    fn a_missing_login_says_all_that_is_missing() {
        let config = load(&[("TELEGRAM_API_ID", "1")]).unwrap();
        let error = config.login().unwrap_err();
        assert_eq!(error.kind.code(), 78);
        let text = error.to_string();
        assert!(text.contains("TG_STRING_SESSION") && text.contains("TELEGRAM_GROUP_USERNAME"), "{text}");
        assert!(!text.contains("TELEGRAM_API_ID"), "{text}");
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_keeps_its_secrets() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(".env.local"), "\u{feff}export SWF_TOP=3\r\nSWF_REJOIN_GRACE='30'\r\n")
            .unwrap();
        let environment = [("SWF_TOP".to_string(), "5".to_string())];
        let config = Config::load(Some(home.path().to_owned()), Path::new("."), environment).unwrap();
        assert_eq!((config.top, config.policy.rules.grace), (5, 30));
        std::fs::write(home.path().join(".env.local"), "SWF_TOP=3\nTG_STRING_SESSION='1secret\n").unwrap();
        let text = Config::load(Some(home.path().to_owned()), Path::new("."), []).unwrap_err().to_string();
        assert!(text.contains(".env.local") && !text.contains("secret"), "{text}");
    }

    #[test]
    fn anchored_periods_need_their_anchor() {
        let calendar = |vars: &[_]| load(vars).map(|config| config.calendar);
        let anchor = "2026-11-11".parse().unwrap();
        assert_eq!(calendar(&[]).unwrap(), Calendar::default());
        assert_eq!(
            calendar(&[("SWF_PERIODS", "Anchored"), ("SWF_ANCHOR_DATE", "2026-11-11")]).unwrap(),
            Calendar::Anchored { anchor }
        );
        // Kept for another time.
        assert_eq!(
            calendar(&[("SWF_WEEK_START", "sunday"), ("SWF_ANCHOR_DATE", "2026-11-11")]).unwrap(),
            Calendar::Civil { week_start: Weekday::Sun }
        );
        let wrong = |vars: &[_]| load(vars).unwrap_err().to_string();
        insta::assert_snapshot!(wrong(&[("SWF_PERIODS", "anchored")]), @r#"
        a setting is wrong
          SWF_ANCHOR_DATE is not set; SWF_PERIODS=anchored needs the date of day 1, e.g. SWF_ANCHOR_DATE=2026-11-01
        "#);
        insta::assert_snapshot!(wrong(&[("SWF_PERIODS", "anchored"), ("SWF_ANCHOR_DATE", "11.11.2026")]), @r#"
        a setting is wrong
          SWF_ANCHOR_DATE is "11.11.2026"; it must be a date, YYYY-MM-DD, e.g. SWF_ANCHOR_DATE=2026-11-01
        "#);
        insta::assert_snapshot!(wrong(&[("SWF_PERIODS", "lunar"), ("SWF_MENTIONS", "top5")]), @r#"
        some settings are wrong
          SWF_PERIODS is "lunar"; it must be calendar or anchored, e.g. SWF_PERIODS=calendar
          SWF_MENTIONS is "top5"; it must be none, top3 or all, e.g. SWF_MENTIONS=top3
        "#);
    }

    #[test]
    fn lines_are_read_from_any_editors_file() {
        let home = tempfile::tempdir().unwrap();
        let vars = [("SWF_QUOTES_FILE".to_string(), "quotes.txt".to_string())];
        let config = Config::load(Some(home.path().to_owned()), Path::new("."), vars).unwrap();
        let lines = |bytes: &[u8]| {
            std::fs::write(home.path().join("quotes.txt"), bytes).unwrap();
            config.lines("SWF_QUOTES_FILE")
        };
        let text = "\u{feff}# mine\r\n  One\ttwo \r\n\r\n \t\n\u{202e}Three\n  # no\n\u{200b}\nOne two\nFour";
        assert_eq!(lines(text.as_bytes()).unwrap(), ["One two", "Three", "Four"]);
        let long = lines("é".repeat(501).as_bytes()).unwrap();
        assert_eq!((long[0].chars().count(), long[0].ends_with('…')), (500, true));
        assert_eq!(config.lines("SWF_PRAISE_FILE").unwrap(), [""; 0]);

        let shown =
            |error: Error| error.to_string().replace(&home.path().display().to_string(), "HOME").replace('\\', "/");
        insta::assert_snapshot!(shown(lines(b"# nothing\n\n").unwrap_err()), @r#"
        SWF_QUOTES_FILE: HOME/quotes.txt has no line to show
          It must be a text file (UTF-8) with one line each, e.g. SWF_QUOTES_FILE=lines.txt, and in it: Well begun is half done.
        "#);
        assert!(shown(lines(b"\xff\xfeO\0").unwrap_err()).contains("is not UTF-8"));
        std::fs::remove_file(home.path().join("quotes.txt")).unwrap();
        let error = config.lines("SWF_QUOTES_FILE").unwrap_err();
        assert_eq!(error.kind.code(), 78);
        let error = shown(error);
        assert!(error.starts_with("SWF_QUOTES_FILE: HOME/quotes.txt can't be read: "), "{error}");
    }
}
