//! Where settings come from, and what they may be.
//!
//! Order: flag, process environment, `.env.local`, default (DESIGN §5). A bad value names the variable, what was read,
//! what is allowed and an example, and all of them are reported at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use chrono::{NaiveTime, Weekday};
use chrono_tz::Tz;
use secrecy::SecretString;

use crate::domain::PeerId;
use crate::domain::leaderboard::Policy;
use crate::domain::presence::Rules;
use crate::domain::schedule::Timetable;
use crate::error::{Error, Result};

/// The folder that everything lives in (DESIGN §5).
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

impl Home {
    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn store(&self) -> PathBuf {
        self.0.join("var").join("study.db")
    }

    pub fn logs(&self) -> PathBuf {
        self.0.join("var").join("log")
    }

    /// Held by the one tracker that runs on this store.
    pub fn lock(&self) -> PathBuf {
        self.0.join("var").join("track.lock")
    }

    /// The bot's login string, once it has signed in.
    pub fn bot_session(&self) -> PathBuf {
        self.0.join("var").join("bot.session")
    }

    /// Whoever makes this file wants a post now, as with the old tracker.
    pub fn post_now_flag(&self) -> PathBuf {
        self.0.join("post_now.flag")
    }

    /// The liveness file that outside programs read.
    pub fn state(&self) -> PathBuf {
        self.0.join("tracker_state.json")
    }

    pub fn env_file(&self) -> PathBuf {
        self.0.join(".env.local")
    }
}

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

#[derive(Clone, Debug)]
pub struct Config {
    pub home: Home,
    pub zone: Tz,
    pub week_start: Weekday,
    pub timetable: Timetable,
    pub policy: Policy,
    /// Alias groups of `ALIAS_GROUPS_USERNAMES`, as pairs of canonical account and alias, as written.
    pub aliases: Vec<(String, String)>,
    /// Whether a daily post is edited once its day is final.
    pub finalize: bool,
    /// How many rows a posted board has.
    pub top: usize,
    /// What goes into the log, in `tracing`'s filter syntax.
    pub log: Option<String>,
    vars: BTreeMap<String, String>,
}

impl Config {
    /// Reads all settings. `home` is the flag's value, `environment` the process's variables.
    pub fn load(
        home: Option<PathBuf>,
        working_directory: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Config> {
        let environment: BTreeMap<String, String> =
            environment.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect();
        let home = home
            .or_else(|| environment.get("SWF_HOME").map(PathBuf::from))
            .unwrap_or_else(|| default_home(working_directory, &environment));
        let home = Home(std::path::absolute(&home).unwrap_or(home));
        let mut vars = read_env_file(&home.env_file())?;
        vars.extend(environment);
        let mut wrong = Vec::new();
        let mut read = Reader { vars: &vars, wrong: &mut wrong };
        let zone: Tz = read.setting("SWF_TIMEZONE", chrono_tz::Asia::Tashkent, "a time zone's name", "Asia/Tashkent");
        let time = read.with("SWF_POST_TIME", POST_TIME, "a time of day, HH:MM", "21:30", |text| {
            NaiveTime::parse_from_str(text, "%H:%M").ok()
        });
        let week_start =
            read.with("SWF_WEEK_START", Weekday::Mon, "a day of the week", "monday", |text| text.parse().ok());
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
            return Err(wrong.into_iter().fold(Error::config(many), Error::hint));
        }
        Ok(Config {
            zone,
            week_start,
            timetable: Timetable { zone, time, backfill_days: backfill_days as u32 },
            aliases,
            finalize,
            policy: Policy { rules: Rules { gate, grace }, track_self },
            top: top as usize,
            log: vars.get("SWF_LOG").cloned(),
            home,
            vars,
        })
    }

    /// A variable as it was set, trimmed; `None` if it is absent or empty.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The group as the user wrote it.
    pub fn group(&self) -> Option<&str> {
        self.var("TELEGRAM_GROUP_USERNAME")
    }

    /// The bot that posts, if there is one.
    pub fn bot(&self) -> Result<Option<BotLogin>> {
        let Some(token) = self.var("TELEGRAM_BOT_TOKEN") else { return Ok(None) };
        let id = token.split_once(':').and_then(|(id, _)| id.parse().ok()).filter(|id| *id > 0).ok_or_else(|| {
            Error::config("TELEGRAM_BOT_TOKEN is not a bot's token")
                .hint("Take it from @BotFather; it looks like 123456789:AAE… .")
        })?;
        let api_hash = self.var("TELEGRAM_API_HASH").ok_or_else(|| {
            Error::config("TELEGRAM_API_HASH is not set, and the bot can't sign in without it")
                .hint("Take it from https://my.telegram.org.")
        })?;
        Ok(Some(BotLogin {
            api_id: self.api_id()?,
            api_hash: SecretString::from(api_hash),
            token: SecretString::from(token),
            id: PeerId(id),
            string: self.var("TG_BOT_STRING_SESSION").map(SecretString::from),
            file: self.home.bot_session(),
            target: self.var("TELEGRAM_BOT_TARGET").or(self.var("TELEGRAM_GROUP_ID")).map(str::to_owned),
        }))
    }

    fn api_id(&self) -> Result<i32> {
        let text = self.var("TELEGRAM_API_ID").unwrap_or_default();
        text.parse().ok().filter(|id| *id > 0).ok_or_else(|| {
            Error::config(format!("TELEGRAM_API_ID is {text:?}, not a positive number"))
                .hint("Take it from https://my.telegram.org, e.g. TELEGRAM_API_ID=123456")
        })
    }

    /// What is needed to talk to Telegram; everything that is missing is named at once.
    pub fn login(&self) -> Result<Login> {
        let mut missing = Vec::new();
        let mut want = |name: &'static str, what: &str| {
            let value = self.var(name);
            if value.is_none() {
                missing.push(format!("{name}: {what}"));
            }
            value.unwrap_or_default()
        };
        want("TELEGRAM_API_ID", "the API id from https://my.telegram.org, e.g. 123456");
        let string = want("TG_STRING_SESSION", "the login string of the account that watches the call");
        let group = want("TELEGRAM_GROUP_USERNAME", "the group, e.g. @studyhall or an invite link");
        if !missing.is_empty() {
            let file = self.home.env_file();
            let error = missing.into_iter().fold(Error::config("the login is not set up"), Error::hint);
            return Err(error.hint(format!("Set them in the environment or in {}.", file.display())));
        }
        Ok(Login { api_id: self.api_id()?, string: SecretString::from(string), group: group.to_owned() })
    }
}

const POST_TIME: NaiveTime = NaiveTime::from_hms_opt(21, 30, 0).unwrap();

/// The working directory if it looks like a home, else the platform's data directory.
fn default_home(working_directory: &Path, environment: &BTreeMap<String, String>) -> PathBuf {
    if working_directory.join(".env.local").exists() || working_directory.join("var").is_dir() {
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

/// `.env.local` as a map; absent is empty. It is never put into the process's environment.
fn read_env_file(path: &Path) -> Result<BTreeMap<String, String>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(Error::config(format!("{} can't be read: {error}", path.display()))),
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    dotenvy::from_read_iter(bytes).map(|pair| pair.map_err(|error| unreadable(path, bytes, &error))).collect()
}

/// Says which line is wrong, but not what it holds: it may be a secret.
fn unreadable(path: &Path, bytes: &[u8], error: &dotenvy::Error) -> Error {
    let line = match error {
        dotenvy::Error::LineParse(line, _) => {
            let at = String::from_utf8_lossy(bytes).lines().position(|text| text == line);
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

fn truth(text: &str) -> Option<bool> {
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
        let error = load(&[("SWF_TIMEZONE", "Mars/Olympus"), ("SWF_MIN_SESSION", "-5"), ("SWF_POST_TIME", "25:00")]);
        insta::assert_snapshot!(error.unwrap_err(), @r#"
        some settings are wrong
          SWF_TIMEZONE is "Mars/Olympus"; it must be a time zone's name, e.g. SWF_TIMEZONE=Asia/Tashkent
          SWF_POST_TIME is "25:00"; it must be a time of day, HH:MM, e.g. SWF_POST_TIME=21:30
          SWF_MIN_SESSION is "-5"; it must be a whole number of seconds from 0 to 86400, e.g. SWF_MIN_SESSION=300
        "#);
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
}
