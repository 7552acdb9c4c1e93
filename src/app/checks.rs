//! Checks of the setup that need no network and change nothing: `swf doctor`, and `.audit full` in the chat.

use chrono::{Datelike, NaiveDate};

use crate::app::backup;
use crate::app::facts::{Facts, size};
use crate::app::{alerts, publish, retention, sender, site, store_times};
use crate::config::env_file::{self, Difference};
use crate::config::{Config, Home, Settings};
use crate::domain::text::{clean, count};
use crate::domain::time::period::local_date;
use crate::domain::time::zone::BUILT_IN_VERSION;
use crate::error::Error;
use crate::platform::zone_data;
use crate::store;
use crate::web::{self, client};

/// With less free space than this, in bytes, writes to the store will soon fail.
const MIN_FREE_BYTES: u64 = 100_000_000;
/// If the newest copy of the store is older than this, in days, the check fails.
const MAX_BACKUP_AGE: i64 = 2;
/// A refused post is shown for this long, in seconds.
pub const MAX_REFUSED_AGE: i64 = 7 * 86_400;

/// A check and its result.
#[derive(Clone, Debug)]
pub struct Check {
    pub label: &'static str,
    pub verdict: Verdict,
}

/// The result of a check. The hints of an error say what to do.
#[derive(Clone, Debug)]
pub enum Verdict {
    Good(String),
    /// It works, but needs attention.
    Note(Error),
    Bad(Error),
    Skipped(String),
}

impl Check {
    fn good(label: &'static str, text: impl Into<String>) -> Check {
        Check { label, verdict: Verdict::Good(text.into()) }
    }

    fn note(label: &'static str, error: Error) -> Check {
        Check { label, verdict: Verdict::Note(error) }
    }

    fn bad(label: &'static str, error: Error) -> Check {
        Check { label, verdict: Verdict::Bad(error) }
    }

    fn skipped(label: &'static str, why: &str) -> Check {
        Check { label, verdict: Verdict::Skipped(why.into()) }
    }

    /// The text of the result, without hints.
    pub fn text(&self) -> &str {
        match &self.verdict {
            Verdict::Good(text) | Verdict::Skipped(text) => text,
            Verdict::Note(error) | Verdict::Bad(error) => error.message(),
        }
    }
}

/// All checks of the group that `facts` are about.
pub fn local(config: &Config, facts: &Facts) -> Vec<Check> {
    let mut checks = configuration(config, None);
    checks.extend([disk(facts), store_check(facts), backups(facts), time_zones(facts)]);
    checks.extend(other_readers(facts.home));
    checks.extend(folded(facts));
    checks.extend(unsent(facts));
    checks
}

/// How far old stays are folded, and whether the settings have changed since; `None` if no stays are folded, and none
/// will be.
pub fn folded(facts: &Facts) -> Option<Check> {
    const LABEL: &str = "retention";
    let (store, group) = (facts.store.as_ref().ok()?, facts.group.as_ref()?);
    let folding = store.foldings(group.key).ok()?.into_iter().next();
    let ages = facts.settings.retention.map_or("off".into(), |months| count(i64::from(months), "month", "months"));
    let text = match folding {
        None => {
            facts.settings.retention?;
            format!("{ages}; nothing is folded yet")
        }
        Some(folding) => {
            let (days, stays) = store.folded_counts(group.key).ok()?;
            let (stays, days) = (count(stays, "stay", "stays"), count(days, "day", "days"));
            format!("{ages}; {stays} before {} are folded into {days}", folding.before)
        }
    };
    let others = retention::other_rules(store, facts.settings, group.key).ok()?;
    Some(match others.is_empty() {
        true => Check::good(LABEL, text),
        false => Check::note(LABEL, Error::failed(format!("{text}; {}", others.join("; ")))),
    })
}

/// The newest post that was refused or is late; `None` if there is none.
pub fn unsent(facts: &Facts) -> Option<Check> {
    const LABEL: &str = "outbox";
    let (store, group) = (facts.store.as_ref().ok()?, facts.group.as_ref().filter(|_| facts.note.is_none())?);
    let refused = store.refused_since(group.key, facts.now - MAX_REFUSED_AGE).ok()?;
    let late = alerts::late(store, group.key, facts.settings, facts.now).ok()?;
    let (row, how) = match (refused.first(), late.last()) {
        (Some(row), _) => (row, "was refused"),
        (None, Some(row)) => (row, "is over 30 minutes late"),
        (None, None) => return None,
    };
    let post = row.day().map_or_else(|| "the standings of a moment".into(), |day| format!("the post of {day}"));
    let why = row.problem.as_ref().map_or_else(|| "it was not tried yet".into(), sender::explain);
    let command = if row.day().is_some() { "swf post" } else { "swf post --now" };
    let error = Error::failed(format!("{post} {how}: {}", clean(&why))).command("Fix the cause, then run", command);
    Some(Check::bad(LABEL, error))
}

/// Whether all settings can be read: one check, or one for each error. `wrong` is the error if they can't be read as a
/// whole.
pub fn configuration(config: &Config, wrong: Option<&Error>) -> Vec<Check> {
    const LABEL: &str = "settings";
    let first = wrong.or(config.settings.unreadable.first()).cloned();
    let errors: Vec<Check> =
        first.into_iter().chain(read_later(config)).map(|error| Check::bad(LABEL, error)).collect();
    if errors.is_empty() { vec![group_and_warnings(&config.settings)] } else { errors }
}

/// The errors of settings that are parsed only when something needs them.
fn read_later(config: &Config) -> Vec<Error> {
    let export = |config: Config| {
        let label = config.group().label.as_ref().map_or(String::new(), |label| format!("{label}: "));
        publish::problem(&config).map(|error| error.preceded_by(&label))
    };
    let log = config.settings.log.check().err();
    let web = web::wrong_settings(|name| config.raw.get(name));
    let site = site::problems(&config.settings.groups, config.home());
    log.into_iter().chain(web).chain(config.each_group().filter_map(export)).chain(site).collect()
}

fn group_and_warnings(settings: &Settings) -> Check {
    const LABEL: &str = "settings";
    if settings.groups[0].name.is_none() {
        let error = Error::config("TELEGRAM_GROUP_USERNAME is not set, so there is no group to watch")
            .command("", "swf init")
            .hint("Or set it to the group, e.g. @studyhall or an invite link.");
        return Check::bad(LABEL, error);
    }
    // Exposed files are reported by `files`.
    let warnings: Vec<String> = settings.warnings.iter().map(|text| clean(text)).collect();
    match warnings.is_empty() {
        true => Check::good(LABEL, "all can be read"),
        false => Check::note(LABEL, Error::failed(warnings.join("; "))),
    }
}

/// Names each line of `.env.local` that other programs read differently. `configuration` reports a file that can't be
/// read.
pub fn other_readers(home: &Home) -> Option<Check> {
    let shared = [&client::NAMES[..], &[web::SECRET, web::SESSION_VERSION]].concat();
    let lines = env_file::differences(&home.env_file(), &shared).ok().filter(|lines| !lines.is_empty())?;
    let line = |one: &Difference| format!("line {}, {}: {}", one.line, one.name, one.why);
    let text = lines.iter().map(line).collect::<Vec<_>>().join("; ");
    let hint = "All programs read NAME=value in the same way if nothing else is on the line and the value has no $ \
                or #. If only swf reads the file, you need not change anything.";
    Some(Check::note("env file", Error::failed(format!(".env.local, {text}")).hint(hint)))
}

/// Which time zone data is used, and whether it may be out of date.
pub fn time_zones(facts: &Facts) -> Check {
    const LABEL: &str = "zones";
    let zone = facts.settings.zone;
    match zone_data::newer_version() {
        Some(version) if zone.is_newer() => Check::good(LABEL, format!("{version}, from {}", zone_data::FOLDER)),
        Some(version) => {
            let text = format!("{BUILT_IN_VERSION}, built in: {zone} can't be read from {}", zone_data::FOLDER);
            let hint = format!("The system has {version}. Reinstall its package tzdata.");
            Check::note(LABEL, Error::failed(text).hint(hint))
        }
        None if is_old(BUILT_IN_VERSION, local_date(zone, facts.now)) => {
            let text = format!("{BUILT_IN_VERSION}, built in; the rules of {zone} may have changed since");
            let update = if cfg!(unix) { "Update the system's package tzdata, or swf." } else { "Update swf." };
            Check::note(LABEL, Error::failed(text).hint(update))
        }
        None => Check::good(LABEL, format!("{BUILT_IN_VERSION}, built in")),
    }
}

/// Whether a version is old. There are several versions a year, so by the middle of the next year there is a newer one.
fn is_old(version: &str, today: NaiveDate) -> bool {
    let year: i32 = version[..4].parse().unwrap_or(today.year());
    NaiveDate::from_ymd_opt(year + 1, 7, 1).is_some_and(|limit| today >= limit)
}

/// Whether there is space for the store and its copies.
pub fn disk(facts: &Facts) -> Check {
    const LABEL: &str = "disk";
    let Some(folder) = facts.home.path().ancestors().find(|folder| folder.is_dir()) else {
        return Check::skipped(LABEL, "there is no folder");
    };
    match fs4::available_space(folder) {
        // A copy is as large as the store.
        Ok(free) if free < MIN_FREE_BYTES.max(2 * facts.bytes) => {
            let error = Error::failed(format!("only {} are free", size(free)))
                .hint("Free some space; logs and backups are in var/log and var/backup.");
            Check::bad(LABEL, error)
        }
        Ok(free) => Check::good(LABEL, format!("{} are free", size(free))),
        Err(error) => Check::note(LABEL, Error::failed(format!("can't read free space: {error}"))),
    }
}

/// Whether the store is undamaged.
pub fn store_check(facts: &Facts) -> Check {
    const LABEL: &str = "store";
    if let Some(error) = &facts.lost {
        return Check::bad(LABEL, error.clone());
    }
    if facts.bytes == 0 {
        let error = Error::failed("there is no store yet").command("To create it, run", "swf track");
        return Check::note(LABEL, error);
    }
    match store::check(&facts.home.store()) {
        Ok(()) => impossible_time(facts).unwrap_or_else(|| Check::good(LABEL, format!("whole, {}", size(facts.bytes)))),
        Err(error) => Check::bad(LABEL, backup::with_restore_hint(error, facts.home, facts.settings.zone)),
    }
}

/// An impossible time in the store, with the copy to restore.
fn impossible_time(facts: &Facts) -> Option<Check> {
    let time = store_times::find(facts.store.as_ref().ok()?, facts.now).ok()??;
    Some(Check::bad("store", store_times::error(&time, facts.home, facts.settings.zone, facts.now)))
}

/// Whether the store has a recent copy.
pub fn backups(facts: &Facts) -> Check {
    const LABEL: &str = "backup";
    if facts.bytes == 0 {
        return Check::skipped(LABEL, "there is no store yet");
    }
    let copies = match &facts.copies {
        Err(error) => return Check::bad(LABEL, error.clone()),
        Ok(copies) => copies,
    };
    let Some(copy) = copies.first() else {
        return match facts.is_empty {
            true => Check::skipped(LABEL, "there is nothing in the store yet"),
            false => Check::bad(LABEL, Error::failed("there is no copy of the store").command("", "swf backup")),
        };
    };
    let age = (local_date(facts.settings.zone, facts.now) - copy.day).num_days();
    if age > MAX_BACKUP_AGE {
        let text = format!("the last copy is {age} days old, from {}", copy.day);
        return Check::bad(LABEL, Error::failed(text).command("", "swf backup"));
    }
    let text = format!("the last copy is from {}, {} kept", copy.day, copies.len());
    let set_aside = backup::kept(facts.home).unwrap_or_default();
    let names = set_aside.iter().map(|copy| copy.file.display().to_string()).collect::<Vec<_>>().join(", ");
    match set_aside.len() {
        0 => Check::good(LABEL, text),
        _ => {
            let why = "set aside, because they belong to another store or are newer than this one";
            let error = Error::failed(format!("{text}; {why}: {names}"))
                .hint("Delete the files that you do not need.")
                .command("To restore one of them, run", "swf backup --restore FILE");
            Check::note(LABEL, error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_other_readers_understand_differently_are_named_without_their_values() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
        let line = |text: &str| {
            std::fs::write(config.home().env_file(), text).unwrap();
            other_readers(config.home()).map(|check| check.text().to_owned())
        };
        assert_eq!(line("SWF_TOP=3 # rows\nTELEGRAM_API_ID=1\nCRON_SECRET=hush\nNEXT_URL=$HOST\n"), None);
        insta::assert_snapshot!(line("export TELEGRAM_API_ID=1\nA=1\nSESSION_VERSION=1\nCRON_SECRET=$hush\n").unwrap(), @".env.local, line 1, TELEGRAM_API_ID: the old tracker does not accept export; line 4, CRON_SECRET: Next.js replaces $ and the name after it");
    }

    #[test]
    fn settings_that_stop_a_command_later_are_named_with_what_is_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        std::fs::create_dir_all(home.join("var")).unwrap();
        let [enabled, url, secret, timeout] = client::NAMES;
        let found = |more: &[(&str, &str)]| {
            let group = ("TELEGRAM_GROUP_USERNAME", "@studyhall");
            let vars = [group]
                .into_iter()
                .chain(more.iter().copied())
                .map(|(name, value)| (name.to_string(), value.to_string()));
            let config = Config::load(Some(home.clone()), folder.path(), vars).unwrap();
            let checks = configuration(&config, None);
            let error = |check: Check| match check.verdict {
                Verdict::Bad(error) => error.to_string(),
                other => format!("{other:?}"),
            };
            checks.into_iter().map(error).collect::<Vec<_>>()
        };
        let fine = [r#"Good("all can be read")"#];
        assert_eq!(found(&[]), fine);
        let site = folder.path().join("site").display().to_string();
        let export = [(enabled, "true"), (url, "https://study.example/api"), (secret, "hush"), (timeout, "50")];
        let right = [("SWF_LOG", "swf=debug,warn"), (web::SESSION_VERSION, "2"), (web::URL, "https://study.example")];
        assert_eq!(
            found(&[&right[..], &export, &[("SWF_SITE_DIR", &site), (web::PROXY, "10.0.0.0/8")]].concat()),
            fine
        );
        assert_eq!(found(&[(enabled, "off"), (url, "http://study.example"), (timeout, "1")]), fine, "it is off");
        for (name, value, allowed) in [
            ("SWF_LOG", "bogus=x", "SWF_LOG=debug"),
            (web::SESSION_VERSION, "x", "a whole number"),
            (web::URL, "x", "without a path"),
            (web::PROXY, "foo", "addresses or networks"),
            (enabled, "si", "true or false"),
            (timeout, "49", "from 50 to 60000"),
            (url, "http://study.example", "https://"),
            (url, " ", "is not set"),
            (secret, " ", "is not set"),
            ("SWF_SITE_DIR", ".", "Choose another folder"),
            ("SWF_SITE_DIR", "var", "Choose another folder"),
        ] {
            let mut vars = if client::NAMES.contains(&name) { export.to_vec() } else { Vec::new() };
            vars.retain(|(set, _)| *set != name);
            vars.push((name, value));
            let found = found(&vars);
            assert!(found.len() == 1 && found[0].contains(name) && found[0].contains(allowed), "{name}: {found:?}");
        }
        assert_eq!(
            found(&[(web::URL, "x"), (web::PROXY, "x"), (web::SESSION_VERSION, "x"), ("SWF_LOG", "a=b")]).len(),
            4
        );
    }

    #[test]
    fn zone_data_is_old_from_the_middle_of_the_next_year_on() {
        let is_old = |version, today: &str| is_old(version, today.parse().unwrap());
        assert!(!is_old("2025b", "2026-06-30"));
        assert!(is_old("2025b", "2026-07-01"));
        assert!(!is_old("2026a", "2026-11-28"));
    }
}
