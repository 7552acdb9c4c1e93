//! Settings as data, where they come from, and secrets.
//!
//! Order: flag, `groups.toml` (of a group), process environment, systemd's credentials directory, `.env.local`,
//! keyring, default (rules §5.2). Everything but the secrets is parsed once, into [`Settings`]. The keyring is queried
//! when a secret is needed that no other source has ([`Credentials`]). The error for a bad value names the variable,
//! the value, what is allowed and an example; all bad values are reported at once.

pub mod credentials;
pub mod env_file;
mod groups_edit;
mod groups_file;
mod lines;
mod logged;
mod own_words;
mod parse;
pub mod secrets;
pub mod settings;
mod sources;

use std::path::{Path, PathBuf};

use secrecy::SecretString;

pub use self::credentials::Credentials;
pub use self::groups_edit::{GroupsDocument, set_of_group};
pub use self::groups_file::{ID, NAME, NAME_WORDS, is_name, name_for, problem_of_key, setting_of};
pub use self::lines::is_key;
pub use self::parse::{account_name, nearest};
pub use self::settings::{GroupSettings, Settings, SettingsFile};
pub use self::sources::{RawSettings, Source, environment, exposed_words, others_can_read};

use self::sources::Inputs;
use crate::domain::credentials::{BotLogin, Login};
use crate::error::{Error, Result};
pub use crate::platform::paths::Home;
use crate::platform::trust;

/// Everything that a command gets: settings, secrets, and the raw settings.
#[derive(Clone, Debug)]
pub struct Config {
    pub settings: Settings,
    pub credentials: Credentials,
    pub raw: RawSettings,
    inputs: Inputs,
    /// Names of settings that are not swf's own, to which misspelled names are compared.
    known: Vec<&'static str>,
    /// The index in [`Settings::groups`] of the group that [`Config::group`] returns.
    chosen: usize,
}

impl Config {
    /// Reads all settings. `home` is the value of the flag, `environment` the variables of the process.
    pub fn load(
        home: Option<PathBuf>,
        working_directory: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Config> {
        let environment = environment.into_iter().map(|(name, value)| (name, value.into()));
        match Config::read(home, working_directory, environment)? {
            (config, None) => Ok(config),
            (_, Some(error)) => Err(error),
        }
    }

    /// As [`Config::load`], but a wrong setting gets its default, and the error is returned with the settings. For
    /// commands that look for problems. Fails if the home is not to be trusted: then nothing in it is read.
    pub fn read(
        home: Option<PathBuf>,
        working_directory: &Path,
        environment: impl IntoIterator<Item = (String, SecretString)>,
    ) -> Result<(Config, Option<Error>)> {
        let mut inputs = Inputs::new(home, working_directory, environment);
        let home = inputs.home();
        inputs.home = Some(home.path().to_owned());
        let (settings, raw, failure) = Config::parse(&inputs, home)?;
        let credentials = Credentials::new(&settings.home, &raw);
        Ok((Config { settings, credentials, raw, inputs, known: Vec::new(), chosen: 0 }, failure))
    }

    fn parse(inputs: &Inputs, home: Home) -> Result<(Settings, RawSettings, Option<Error>)> {
        let warnings = trust::check(&home, inputs.is_home_named)?;
        // Created before the files are read, so a change in between is found later.
        let files = [home.env_file(), home.groups_file()].map(SettingsFile::new);
        let mut found = sources::read(inputs, &home);
        found.warnings.extend(warnings);
        let raw = found.raw.clone();
        let (settings, failure) = Settings::parse(home, found, files);
        Ok((settings, raw, failure))
    }

    /// Reads all settings again, with the same flags, environment and home. If something is wrong, the old settings
    /// stay, and the error is returned. The files still count as read, so a problem is reported once.
    ///
    /// Cached answers of the keyring stay: a secret that was changed there is used after a restart.
    pub fn reload(&mut self) -> Result<()> {
        let parsed = Config::parse(&self.inputs, self.settings.home.clone());
        let (settings, raw, failure) = parsed.inspect_err(|_| self.settings.count_as_read())?;
        if let Some(error) = failure {
            self.settings.files = settings.files;
            return Err(error);
        }
        self.credentials = self.credentials.with_raw(&raw);
        // The chosen group may have been removed.
        let label = self.group().label.clone();
        self.chosen = settings.groups.iter().position(|group| group.label == label).unwrap_or(0);
        (self.settings, self.raw) = (settings, raw);
        self.settings.warnings.extend(parse::misspelled(&self.raw, &self.known));
        Ok(())
    }

    /// Adds a warning for each set name that looks like one of `known`, if that one is not set.
    pub fn warn_of_misspelled(&mut self, known: &[&'static str]) {
        self.settings.warnings.extend(parse::misspelled(&self.raw, known));
        self.known.extend(known);
    }

    pub fn home(&self) -> &Home {
        &self.settings.home
    }

    /// Whether the home is the default one, in the platform's data directory.
    pub fn has_platform_home(&self) -> bool {
        let platform = self.inputs.platform_home();
        platform.is_some_and(|platform| platform.components().eq(self.home().path().components()))
    }

    /// The settings of the group that a command is about: the first one, unless [`Config::choose`] chose another.
    pub fn group(&self) -> &GroupSettings {
        &self.settings.groups[self.chosen]
    }

    /// Chooses the group that [`Config::group`] returns, by its name in `groups.toml`. Without a name, there must be
    /// only one group.
    ///
    /// There is no group with this name, or no name and several groups (2).
    pub fn choose(&mut self, label: Option<&str>) -> Result<()> {
        let labels: Vec<&str> = self.settings.groups.iter().filter_map(|group| group.label.as_deref()).collect();
        let list = || format!("The groups are {}.", labels.join(", "));
        self.chosen = match label {
            None if labels.len() > 1 => {
                return Err(Error::usage("there are several groups; choose one with --group").hint(format!(
                    "{} E.g. --group {}",
                    list(),
                    labels[0]
                )));
            }
            None => 0,
            Some(label) => labels.iter().position(|known| *known == label).ok_or_else(|| {
                let error = Error::usage(format!("there is no group {label:?}"));
                match nearest(label, &labels) {
                    _ if labels.is_empty() => {
                        error.hint("There is no groups.toml here, so no group has a name. Leave out --group.")
                    }
                    Some(near) => error.hint(format!("{} Did you mean {near}?", list())),
                    None => error.hint(list()),
                }
            })?,
        };
        Ok(())
    }

    /// The problems with the settings of the groups if `text` becomes `groups.toml`.
    pub fn check_groups(&self, text: &str) -> Result<()> {
        settings::check_groups(&self.raw, text)
    }

    /// The raw settings of [`Config::group`], for settings that are parsed elsewhere.
    pub fn raw_group(&self) -> &RawSettings {
        &self.settings.raw_groups[self.chosen]
    }

    /// A copy of the settings for each group, with that group chosen.
    pub fn each_group(&self) -> impl Iterator<Item = Config> {
        (0..self.settings.groups.len()).map(|chosen| Config { chosen, ..self.clone() })
    }

    /// The login of the account that watches.
    ///
    /// The error names everything that is missing (78).
    pub fn login(&self) -> Result<Login> {
        self.credentials.login(self.group().name.is_none())
    }

    /// The bot that posts to the group, if there is one.
    pub fn bot(&self) -> Result<Option<BotLogin>> {
        self.credentials.bot(self.group().bot_target())
    }
}

#[cfg(test)]
mod tests {
    use chrono::Weekday;

    use super::*;
    use crate::domain::time::period::Calendar;

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
            ("SWF_LANGUAGE", "xx"),
            ("SWF_TPO", "5"),
        ]);
        insta::assert_snapshot!(error.unwrap_err(), @r#"
        some settings are wrong
          SWF_TIMEZONE is "Mars/Olympus"; it must be a time zone's name, e.g. SWF_TIMEZONE=Asia/Tashkent
          SWF_POST_TIME is "25:00"; it must be a time of day, HH:MM, e.g. SWF_POST_TIME=21:30
          SWF_LANGUAGE is "xx"; it must be a language of swf (en, ru, uz, uz-cyrl), e.g. SWF_LANGUAGE=uz
          SWF_MIN_SESSION is "-5"; it must be a whole number of seconds from 0 to 86400, e.g. SWF_MIN_SESSION=300
          unknown setting SWF_TPO is ignored; did you mean SWF_TOP?
        "#);
    }

    #[test]
    fn the_file_of_a_bad_value_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env.local"), "SWF_TOP=many\n").unwrap();
        let error = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap_err().to_string();
        let file = folder.path().join(".env.local");
        assert!(error.contains(&format!("Correct this in {}.", file.display())), "{error}");
    }

    #[test]
    fn a_misspelled_setting_is_named_with_the_one_that_may_be_meant() {
        let config = load(&[
            ("SWF_TIMEZON", "UTC"),
            ("SWF_COLOUR_OF_THE_SKY", "blue"),
            ("SWFX", "1"),
            ("SFW_TOP", "3"),
            ("swf_Late", "no"),
        ])
        .unwrap();
        insta::assert_snapshot!(config.settings.warnings.join("\n"), @r"
        unknown setting SFW_TOP is ignored; did you mean SWF_TOP?
        unknown setting SWF_COLOUR_OF_THE_SKY is ignored
        unknown setting SWF_TIMEZON is ignored; did you mean SWF_TIMEZONE?
        unknown setting swf_Late is ignored; did you mean SWF_LATE?
        ");
    }

    #[test]
    fn a_name_is_shown_on_one_line_and_not_too_long() {
        let long = format!("SWF_{}", "X".repeat(100_000));
        let value = "y".repeat(300_000);
        let config = load(&[
            ("SWF_\u{1b}[31mRED\n", "1"),
            (&long, "1"),
            ("ADMIN_CHAT_\u{200b}ID", "1"),
            ("SWF_\u{200b}TOP", "5"),
            ("ADMIN_CHAT_ID", &value),
        ]);
        let warnings = config.unwrap().settings.warnings.join("\n");
        assert!(!warnings.contains('\u{1b}') && !warnings.contains('\u{200b}'), "{warnings:?}");
        assert!(warnings.len() < 1500, "{}", warnings.len());
        assert!(warnings.contains("SWF_TOP is ignored: it has a character that can't be seen; did you mean SWF_TOP?"));
        assert!(warnings.contains("SWF_[31mRED is ignored: it has a character that can't be seen"), "{warnings}");
        let error = load(&[("SWF_TOP", &value)]).unwrap_err().to_string();
        assert!(error.len() < 1500 && error.contains("SWF_TOP is \"yyy"), "{}", error.len());
    }

    #[test]
    fn a_name_in_another_form_is_named_with_the_right_one() {
        let vars = [
            ("SWF TIMEZONE", "x"),
            ("set SWF_TOP", "5"),
            ("admin_chat_id", "x"),
            ("SWF-LATE", "no"),
            ("Tg_String_Session", "x"),
        ];
        insta::assert_snapshot!(load(&vars).unwrap().settings.warnings.join("\n"), @r"
        unknown setting SWF TIMEZONE is ignored; did you mean SWF_TIMEZONE?
        unknown setting SWF-LATE is ignored; did you mean SWF_LATE?
        unknown setting set SWF_TOP is ignored; did you mean SWF_TOP?
        unknown setting Tg_String_Session is ignored; did you mean TG_STRING_SESSION?
        unknown setting admin_chat_id is ignored; did you mean ADMIN_CHAT_ID?
        ");
        // If the right name is set too, the other one belongs to another program.
        let both = [("telegram_api_id", "1"), ("TELEGRAM_API_ID", "1"), ("set", "1"), ("set PATH", "x")];
        assert_eq!(load(&both).unwrap().settings.warnings, Vec::<String>::new());
    }

    #[test]
    fn a_misspelled_name_that_others_may_use_is_named_only_if_it_is_near() {
        let warnings = |vars: &[(&str, &str)], known: &[&'static str]| {
            let mut config = load(vars).unwrap();
            config.warn_of_misspelled(known);
            config.settings.warnings.join("\n")
        };
        insta::assert_snapshot!(warnings(&[("TELEGRAM_API_HAHS", "x"), ("TELEGRAM_APP_ID", "1"), ("SITE_SECERT", "x")], &["SITE_SECRET"]), @r"
        unknown setting TELEGRAM_API_HAHS is ignored; did you mean TELEGRAM_API_HASH?
        unknown setting TELEGRAM_APP_ID is ignored; did you mean TELEGRAM_API_ID?
        unknown setting SITE_SECERT is ignored; did you mean SITE_SECRET?
        ");
        // Names of another program, and one that is set together with the right one.
        let others = [("TELEGRAM_CHAT_ID", "1"), ("TELEGRAM_PHONE", "1"), ("SITE_SECRET", "x"), ("SITE_SECRETS", "x")];
        assert_eq!(warnings(&others, &["SITE_SECRET"]), "");
        assert_eq!(
            warnings(
                &parse::FIXED.map(|name| (name, if name == "ADMIN_CHAT_ID" { "1" } else { "1:1" })),
                &parse::FIXED
            ),
            ""
        );
    }

    #[test]
    fn every_setting_of_our_own_is_known() {
        let files = [
            include_str!("mod.rs"),
            include_str!("credentials.rs"),
            include_str!("groups_file.rs"),
            include_str!("lines.rs"),
            include_str!("own_words.rs"),
            include_str!("parse.rs"),
            include_str!("settings.rs"),
            include_str!("sources.rs"),
        ];
        let words = files.iter().flat_map(|file| file.split("#[cfg(test)]").next().unwrap_or_default().split('"'));
        let named =
            words.filter(|word| word.starts_with("SWF_") && word.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
        let unknown: std::collections::BTreeSet<&str> = named.filter(|name| !parse::OWN.contains(name)).collect();
        assert_eq!(unknown, ["SWF_"].into(), "the prefix alone");
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
            Config::load(Some(home.path().to_owned()), Path::new("."), []).unwrap().settings.all_warnings().count()
        };
        assert_eq!((warnings(0o644), warnings(0o600)), (1, 0));
    }

    /// CASES X1.
    #[cfg(unix)]
    #[test]
    fn settings_that_somebody_else_may_have_changed_are_not_taken_up() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env.local");
        let change = |text: &str, mode| {
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        change("SWF_TOP=3\n", 0o600);
        let mut config = Config::load(None, folder.path(), []).unwrap();
        assert_eq!((config.home().path(), config.group().top), (folder.path(), 3));
        change("SWF_TOP=12\n", 0o666);
        assert!(config.settings.have_changed());
        assert_eq!(config.reload().unwrap_err().kind.code(), 78);
        assert_eq!(config.group().top, 3);
        assert!(!config.settings.have_changed(), "it is reported once");
        assert_eq!(Config::load(None, folder.path(), []).unwrap_err().kind.code(), 78);
        let home = Some(folder.path().to_owned());
        assert_eq!(Config::load(home, Path::new("."), []).unwrap().group().top, 12, "it is named");
        let named = [("SWF_HOME".to_string(), folder.path().display().to_string())];
        assert_eq!(Config::load(None, Path::new("."), named).unwrap().group().top, 12, "it is named");
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
        assert_eq!((config.group().top, config.group().policy.rules.grace), (5, 30));
        std::fs::write(home.path().join(".env.local"), "SWF_TOP=3\nTG_STRING_SESSION='1secret\n").unwrap();
        let text = Config::load(Some(home.path().to_owned()), Path::new("."), []).unwrap_err().to_string();
        assert!(text.contains(".env.local") && !text.contains("secret"), "{text}");
    }

    #[test]
    fn anchored_periods_need_their_anchor() {
        let calendar = |vars: &[_]| load(vars).map(|config| config.group().calendar);
        let anchor = "2026-11-11".parse().unwrap();
        assert_eq!(calendar(&[]).unwrap(), Calendar::default());
        assert_eq!(
            calendar(&[("SWF_PERIODS", "Anchored"), ("SWF_ANCHOR_DATE", "2026-11-11")]).unwrap(),
            Calendar::Anchored { anchor }
        );
        // Without SWF_PERIODS=anchored, SWF_ANCHOR_DATE is ignored.
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
    fn the_classic_look_has_numbered_periods_badges_of_its_own_and_no_recaps() {
        use crate::domain::post::style::{Late, Look, StreakMarks};
        use crate::domain::time::period::Scope;
        let style = |vars: &[_]| load(vars).map(|config| config.group().style.clone());
        let standard = style(&[]).unwrap();
        assert_eq!((standard.look, standard.late, standard.streaks), (Look::Standard, Late::Each, StreakMarks::Chosen));
        assert!(standard.post_empty && standard.recaps == [Scope::Week, Scope::Month]);
        assert!(!standard.own_praise && !standard.own_quotes);
        let anchored = [("SWF_POST_LOOK", "classic"), ("SWF_ANCHOR_DATE", "2026-11-11")];
        let config = load(&anchored).unwrap();
        assert!(matches!(config.group().calendar, Calendar::Anchored { .. }));
        let classic = &config.group().style;
        assert_eq!((classic.badges.of(Scope::Month, 3 * 3600), &classic.recaps[..]), ("🚀", &[][..]));
        let recaps = style(&[&anchored[..], &[("SWF_RECAP", "month")]].concat()).unwrap().recaps;
        assert_eq!(recaps, [Scope::Month]);
        // Neither own lines nor swf's, and no file named "off" is read.
        let off = load(&[("SWF_PRAISE_FILE", "off"), ("SWF_QUOTES_FILE", "OFF")]).unwrap();
        assert!(off.settings.unreadable.is_empty() && off.group().style.own_praise && off.group().praise.is_empty());
        assert!(off.group().style.own_quotes && off.group().quotes.is_empty());
        let wrong = |vars: &[_]| load(vars).unwrap_err().to_string();
        let vars =
            [("SWF_BADGES", "day:x"), ("SWF_LATE", "never"), ("SWF_RECAP", "year"), ("SWF_POST_LOOK", "classic")];
        insta::assert_snapshot!(wrong(&vars), @r#"
        some settings are wrong
          SWF_BADGES is "day:x"; it must be minutes and badges for day, week and month, e.g. SWF_BADGES=day:180=🚀,60=💪;week:1200=🚀
          SWF_LATE is "never"; it must be each or digest, e.g. SWF_LATE=digest
          SWF_RECAP is "year"; it must be week, month, both as week,month, or off, e.g. SWF_RECAP=week,month
          SWF_ANCHOR_DATE is not set; SWF_POST_LOOK=classic needs the date of day 1, e.g. SWF_ANCHOR_DATE=2026-11-01
        "#);
    }

    /// CASES P9.
    #[test]
    fn lines_are_read_from_any_editors_file() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("quotes.txt");
        let vars = [("SWF_QUOTES_FILE".to_string(), "quotes.txt".to_string())];
        let load = || Config::load(Some(home.path().to_owned()), Path::new("."), vars.clone()).unwrap().settings;
        let lines = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            let settings = load();
            assert!(settings.unreadable.is_empty() && settings.groups[0].praise.is_empty());
            settings.groups[0].quotes.clone()
        };
        // The last line but one is a section of the old tracker's file.
        let text =
            "\u{feff}# mine\r\n  One\ttwo \r\n\r\n \t\n\u{202e}Three\n  # no\n\u{200b}\nOne two\n[neutral]\nFour";
        assert_eq!(lines(text.as_bytes()), ["One two", "Three", "Four"]);
        let long = lines("é".repeat(501).as_bytes());
        assert_eq!((long[0].chars().count(), long[0].ends_with('…')), (500, true));

        let wrong = || {
            let mut settings = load();
            assert!(settings.groups[0].quotes.is_empty());
            settings.unreadable.remove(0)
        };
        let shown =
            |error: Error| error.to_string().replace(&home.path().display().to_string(), "HOME").replace('\\', "/");
        std::fs::write(&file, "# nothing\n\n").unwrap();
        insta::assert_snapshot!(shown(wrong()), @r#"
        SWF_QUOTES_FILE: HOME/quotes.txt has no line to show
          It must be a text file (UTF-8) with one line each, e.g. SWF_QUOTES_FILE=lines.txt, and in it: Well begun is half done.
        "#);
        std::fs::write(&file, b"\xff\xfeO\0").unwrap();
        assert!(shown(wrong()).contains("is not UTF-8"));
        std::fs::remove_file(&file).unwrap();
        let error = wrong();
        assert_eq!(error.kind.code(), 78);
        let error = shown(error);
        assert!(error.starts_with("SWF_QUOTES_FILE: HOME/quotes.txt can't be read: "), "{error}");
    }

    #[test]
    fn own_texts_are_read_and_a_bad_file_of_them_stops_nothing() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("words.toml");
        let vars = [("SWF_WORDS_FILE".to_string(), "words.toml".to_string())];
        let load = || Config::load(Some(home.path().to_owned()), Path::new("."), vars.clone()).unwrap().settings;
        std::fs::write(&file, "title = '🎓 {group}'\n").unwrap();
        let settings = load();
        assert!(settings.unreadable.is_empty() && !settings.have_changed());
        assert_eq!(settings.groups[0].own_words.phrases.len(), 1);
        std::fs::write(&file, "titel = '🎓 {group}'\n").unwrap();
        assert!(settings.have_changed(), "a running tracker takes a change up");
        let settings = load();
        assert_eq!(settings.groups[0].own_words, crate::domain::words::own::OwnWords::default());
        let error = settings.unreadable[0].to_string().replace(&home.path().display().to_string(), "HOME");
        let error = error.replace('\\', "/");
        insta::assert_snapshot!(error, @r#"
        SWF_WORDS_FILE: HOME/words.toml has an unknown key "titel"; did you mean title? The keys are title, period.day, period.week, period.month, empty, more, badges.day, badges.week, badges.month
          It must be a text file (UTF-8) with texts of your own, e.g. SWF_WORDS_FILE=words.toml, and in it: title = "🎓 {group}"
        "#);
        // The checks of files that are posted apply here, too.
        std::fs::write(&file, "title = 'x'\n# -----BEGIN OPENSSH PRIVATE KEY-----\n").unwrap();
        let error = load().unreadable.remove(0).to_string();
        assert!(error.contains("contains a private key") && !error.contains("OPENSSH"), "{error}");
    }

    #[test]
    fn the_log_is_text_in_utc_unless_it_is_set() {
        use crate::domain::time::zone::Zone;
        use crate::platform::logging::{Format, LogSettings};
        let log = |vars: &[_]| load(vars).map(|config| config.settings.log);
        let default = LogSettings { filter: None, format: Format::Text, zone: Zone::UTC };
        assert_eq!(log(&[]).unwrap(), default);
        assert_eq!(log(&[("SWF_LOG_FORMAT", "text"), ("SWF_LOG_TIMES", "UTC")]).unwrap(), default);
        let other = log(&[("SWF_LOG_FORMAT", "JSON"), ("SWF_LOG_TIMES", "local"), ("SWF_TIMEZONE", "Asia/Tokyo")]);
        let other = other.unwrap();
        assert_eq!((other.format, other.zone.name()), (Format::Json, "Asia/Tokyo"));
        let wrong = load(&[("SWF_LOG_FORMAT", "xml"), ("SWF_LOG_TIMES", "mars")]).unwrap_err().to_string();
        insta::assert_snapshot!(wrong, @r#"
        some settings are wrong
          SWF_LOG_FORMAT is "xml"; it must be text or json, e.g. SWF_LOG_FORMAT=json
          SWF_LOG_TIMES is "mars"; it must be utc or local, e.g. SWF_LOG_TIMES=local
        "#);
    }

    #[cfg(unix)]
    #[test]
    fn a_backup_command_is_not_taken_from_a_file_that_others_can_write_to() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(".env.local");
        std::fs::write(&file, "SWF_BACKUP_COMMAND=true\n").unwrap();
        let load = |mode: u32, vars: &[(&str, &str)]| {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let settings = Config::load(Some(home.path().to_owned()), Path::new("."), vars).unwrap().settings;
            (settings.backup_command, settings.warnings.join("\n"))
        };
        assert_eq!(load(0o644, &[]).0.as_deref(), Some("true"));
        for mode in [0o664, 0o646] {
            let (command, warnings) = load(mode, &[]);
            assert_eq!(command, None, "{mode:o}");
            assert!(
                warnings.contains("SWF_BACKUP_COMMAND is not run: ") && warnings.contains("chmod go-w"),
                "{warnings}"
            );
        }
        // A command in the environment is the user's own.
        assert_eq!(load(0o666, &[("SWF_BACKUP_COMMAND", "false")]).0.as_deref(), Some("false"));
    }

    #[test]
    fn settings_are_taken_up_again_when_their_files_change() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(home.path().join(name), text).unwrap();
        write(".env.local", "SWF_TOP=3\nSWF_QUOTES_FILE=quotes.txt\n");
        let environment = [("SWF_MENTIONS".to_string(), "all".to_string())];
        let mut config = Config::load(Some(home.path().to_owned()), Path::new("."), environment).unwrap();
        config.warn_of_misspelled(&["SITE_SECRET"]);
        let before = config.group().clone();
        assert!(!config.settings.have_changed());
        config.reload().unwrap();
        assert_eq!(*config.group(), before);

        write("quotes.txt", "One\n");
        assert!(config.settings.have_changed(), "a file that was absent is there");
        config.reload().unwrap();
        assert_eq!(*config.group(), GroupSettings { quotes: vec!["One".into()], ..before });
        assert!(!config.settings.have_changed());

        write(".env.local", "SWF_TOP=a lot\n");
        assert!(config.settings.have_changed());
        assert_eq!(config.reload().unwrap_err().kind.code(), 78);
        assert_eq!((config.group().top, config.group().quotes.len()), (3, 1), "the old settings stay");
        assert!(!config.settings.have_changed(), "a broken file is reported once");

        write(".env.local", "SWF_TOP=12\nTELEGRAM_GROUP_USERNAME=@hall\nSITE_SECERT=x\n");
        config.reload().unwrap();
        let group = config.group();
        assert_eq!((group.top, group.quotes.len(), group.name.as_deref()), (12, 0, Some("@hall")));
        assert_eq!(group.mentions, crate::domain::post::Mentions::All, "the environment is the same");
        assert_eq!(config.settings.warnings, ["unknown setting SITE_SECERT is ignored; did you mean SITE_SECRET?"]);
        assert!(config.login().unwrap_err().to_string().contains("TG_STRING_SESSION"));
    }

    /// A home with this `.env.local` and this `groups.toml`.
    fn home_with(env: &str, groups: &str) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(".env.local"), env).unwrap();
        std::fs::write(home.path().join("groups.toml"), groups).unwrap();
        home
    }

    fn load_home(home: &tempfile::TempDir, environment: &[(&str, &str)]) -> Result<Config> {
        let environment = environment.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        Config::load(Some(home.path().to_owned()), Path::new("."), environment)
    }

    const TWO: &str = "[[group]]\nname = 'study'\nid = -1001\ntop = 3\n[[group]]\nname = 'night'\nid = -1002\n";

    #[test]
    fn a_groups_own_setting_goes_before_the_environment_and_before_what_holds_for_all() {
        let env = "SWF_TOP=5\nSWF_MIN_SESSION=60\nSWF_TOPIC=4\nTELEGRAM_BOT_TARGET=@x\nTELEGRAM_GROUP_USERNAME=@old\n";
        let home = home_with(env, TWO);
        let config = load_home(&home, &[("SWF_TOP", "7")]).unwrap();
        let shown = |group: &GroupSettings| (group.name.clone().unwrap(), group.top, group.policy.rules.gate);
        let groups: Vec<_> = config.settings.groups.iter().map(shown).collect();
        assert_eq!(groups, [("-1001".to_owned(), 3, 60), ("-1002".to_owned(), 7, 60)]);
        // Settings that can belong to one group only are not shared.
        let own = |group: &GroupSettings| (group.topic(None), group.bot_target.clone());
        assert!(config.settings.groups.iter().all(|group| own(group) == (None, None)));
        std::fs::remove_file(home.path().join("groups.toml")).unwrap();
        let config = load_home(&home, &[]).unwrap();
        let group = config.group();
        assert_eq!((group.label.as_deref(), shown(group)), (None, ("@old".to_owned(), 5, 60)));
        assert_eq!(own(group), (Some(4), Some("@x".to_owned())));
    }

    /// The right file is in the line itself.
    #[test]
    fn a_wrong_key_of_groups_is_not_said_to_be_in_another_file() {
        let groups = format!("{TWO}TELEGRAM_GROUP_USERNAME = '@x'\nTG_STRING_SESSION = 'hush'\n");
        let home = home_with("TELEGRAM_GROUP_USERNAME=@old\nTG_STRING_SESSION=1x\n", &groups);
        let error = load_home(&home, &[]).unwrap_err().to_string();
        assert!(error.contains("TELEGRAM_GROUP_USERNAME (groups.toml, line 8) is not a key of a group"), "{error}");
        assert!(!error.contains("To correct that"), "{error}");
    }

    #[test]
    fn wrong_values_of_groups_are_named_by_their_line_and_what_all_share_once() {
        let groups =
            format!("{TWO}post_time = '25:00'\ntop = 0\npause = ['2027-01-07..2026-12-25']\nperiods = 'anchored'\n");
        let home = home_with("SWF_LANGUAGE=xx\n", &format!("colour = 1\n{groups}"));
        let error = load_home(&home, &[]).unwrap_err().to_string();
        let error = error.replace(&home.path().join(".env.local").display().to_string(), "FILE");
        insta::assert_snapshot!(error, @r#"
        some settings are wrong
          colour (groups.toml, line 1) is above the first [[group]]; settings for all groups belong in .env.local
          SWF_LANGUAGE is "xx"; it must be a language of swf (en, ru, uz, uz-cyrl), e.g. SWF_LANGUAGE=uz
          post_time (groups.toml, line 9) is "25:00"; it must be a time of day, HH:MM, e.g. post_time = "21:30"
          SWF_ANCHOR_DATE is not set for the group "night"; periods = "anchored" needs the date of day 1, e.g. anchor_date = "2026-11-01"
          top (groups.toml, line 10) is "0"; it must be a whole number of rows from 1 to 100, e.g. top = 10
          pause (groups.toml, line 11) is "2027-01-07..2026-12-25"; it must be dates from the first to the last day without posts, several separated by commas, e.g. pause = "2026-12-25..2027-01-07"
          Correct this in FILE.
        "#);
        // A program that looks for problems still gets both groups.
        let (config, _) = Config::read(Some(home.path().to_owned()), Path::new("."), []).unwrap();
        assert_eq!((config.settings.groups.len(), config.settings.groups[0].top), (2, 3));
    }

    #[test]
    fn one_of_several_groups_has_to_be_named() {
        let home = home_with("", TWO);
        let mut config = load_home(&home, &[]).unwrap();
        config.choose(Some("night")).unwrap();
        assert_eq!(config.group().label.as_deref(), Some("night"));
        let mut wrong = |label: Option<&str>| {
            let error = config.choose(label).unwrap_err();
            assert_eq!(error.kind.code(), 2);
            error.to_string()
        };
        insta::assert_snapshot!(wrong(None), @r"
        there are several groups; choose one with --group
          The groups are study, night. E.g. --group study
        ");
        insta::assert_snapshot!(wrong(Some("nihgt")), @r#"
        there is no group "nihgt"
          The groups are study, night. Did you mean night?
        "#);
        insta::assert_snapshot!(load(&[]).unwrap().choose(Some("study")).unwrap_err(), @r#"
        there is no group "study"
          There is no groups.toml here, so no group has a name. Leave out --group.
        "#);
        load(&[]).unwrap().choose(None).unwrap();
        // The only group of a file is chosen by default.
        std::fs::write(home.path().join("groups.toml"), "[[group]]\nname='study'\nid=-1\n").unwrap();
        let mut config = load_home(&home, &[]).unwrap();
        config.choose(None).unwrap();
        assert_eq!(config.group().label.as_deref(), Some("study"));
    }

    #[test]
    fn a_broken_file_of_groups_keeps_the_groups_and_is_reported_once() {
        let home = home_with("", TWO);
        let mut config = load_home(&home, &[]).unwrap();
        config.choose(Some("night")).unwrap();
        for broken in [
            "[[group]\n",
            "# none\n",
            "[[group]]\nname='night'\nid=-1002\ntop=0\n",
            "[[group]]\nname='x'\nid=1\ntpo=1\n",
        ] {
            std::fs::write(home.path().join("groups.toml"), broken).unwrap();
            assert!(config.settings.have_changed(), "{broken:?}");
            assert_eq!(config.reload().unwrap_err().kind.code(), 78, "{broken:?}");
            assert_eq!((config.settings.groups.len(), config.settings.groups[0].top), (2, 3), "{broken:?}");
            assert!(!config.settings.have_changed(), "{broken:?}");
        }
        // The chosen group stays chosen when its position changes.
        std::fs::write(home.path().join("groups.toml"), format!("[[group]]\nname='new'\nid=-1003\n{TWO}")).unwrap();
        config.reload().unwrap();
        assert_eq!((config.settings.groups.len(), config.group().label.as_deref()), (3, Some("night")));
    }
}
