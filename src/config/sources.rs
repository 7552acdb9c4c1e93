//! The sources of settings: process environment, systemd's credentials directory, `.env.local`; and the home folder.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::secrets::{self, SecretStore};
use super::{env_file, parse};
use crate::error::{Error, Result, single_quoted};
use crate::platform::paths::Home;

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Environment,
    /// A file in `$CREDENTIALS_DIRECTORY`, where systemd puts a service's credentials.
    Credentials,
    /// `.env.local`.
    File,
    /// `groups.toml`.
    Groups,
    /// Only for secrets.
    Keyring,
}

impl Source {
    /// The name of the source in a sentence.
    pub fn words(self, home: &Home) -> String {
        match self {
            Source::Environment => "the environment".to_owned(),
            Source::Credentials => "$CREDENTIALS_DIRECTORY".to_owned(),
            Source::File => SecretStore::File.words(home),
            Source::Groups => home.groups_file().display().to_string(),
            Source::Keyring => SecretStore::Keyring.words(home),
        }
    }
}

/// Settings as they were written, by name, before parsing and without the keyring. Some are secrets, so debug output
/// shows names only.
#[derive(Clone, Default)]
pub struct RawSettings(Arc<BTreeMap<String, (Source, SecretString)>>);

impl RawSettings {
    /// Later layers win. Blank values count as not set.
    fn new(layers: impl IntoIterator<Item = (Source, Vars)>) -> RawSettings {
        let mut all = BTreeMap::new();
        for (source, vars) in layers {
            let set = vars.into_iter().filter(|(_, value)| !is_blank(value));
            all.extend(set.map(|(name, value)| (name, (source, value))));
        }
        RawSettings(Arc::new(all))
    }

    /// The settings of one group of `groups.toml`: its own override the shared ones, and settings that identify a group
    /// are never shared.
    pub(super) fn of_group(&self, own: Vars) -> RawSettings {
        let shared = self.0.iter().filter(|(name, _)| !parse::ONE_GROUP.contains(&name.as_str()));
        let mut all: BTreeMap<_, _> = shared.map(|(name, value)| (name.clone(), value.clone())).collect();
        all.extend(own.into_iter().map(|(name, value)| (name, (Source::Groups, value))));
        // A blank value removes the setting for all groups.
        all.retain(|_, (_, value)| !is_blank(value));
        RawSettings(Arc::new(all))
    }

    /// A setting, trimmed; `None` if it is absent or blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.untrimmed(name).map(str::trim)
    }

    /// A setting with all its blanks; `None` if it is absent or blank.
    pub fn untrimmed(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|(_, value)| value.expose_secret())
    }

    /// Where a setting comes from.
    pub fn source(&self, name: &str) -> Option<Source> {
        self.0.get(name).map(|(source, _)| *source)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Debug for RawSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// The variables of the process's environment. Variables that are not valid Unicode are skipped, except those with the
/// name of a setting of swf or of `others`: they are an error (78).
pub fn environment(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    others: &[&str],
) -> Result<Vec<(String, SecretString)>> {
    let mut found = Vec::new();
    for (name, value) in variables {
        let Ok(name) = name.into_string() else { continue };
        match value.into_string() {
            Ok(value) => found.push((name, SecretString::from(value))),
            Err(_) if parse::is_setting(&name) || others.contains(&&*name) => {
                return Err(Error::config(format!("{name} in the environment is not UTF-8 text"))
                    .hint("Set it again in UTF-8, or remove it from the environment."));
            }
            Err(_) => {}
        }
    }
    Ok(found)
}

fn is_blank(value: &SecretString) -> bool {
    value.expose_secret().trim().is_empty()
}

pub(super) type Vars = BTreeMap<String, SecretString>;

/// The inputs from which settings are read, in addition to files.
#[derive(Clone, Debug)]
pub(super) struct Inputs {
    /// `--home`; after the first read, the home that was found.
    pub home: Option<PathBuf>,
    pub working_directory: PathBuf,
    pub environment: Vars,
    /// Whether the user named the home. A home that swf found by itself must belong to the user.
    pub is_home_named: bool,
}

impl Inputs {
    pub fn new(
        home: Option<PathBuf>,
        working_directory: &Path,
        environment: impl IntoIterator<Item = (String, SecretString)>,
    ) -> Inputs {
        let environment: Vars = environment.into_iter().filter(|(_, value)| !is_blank(value)).collect();
        let is_home_named = home.is_some() || environment.contains_key("SWF_HOME");
        Inputs { home, working_directory: working_directory.to_owned(), environment, is_home_named }
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(ExposeSecret::expose_secret)
    }

    pub fn home(&self) -> Home {
        let home = self.home.clone().or_else(|| self.variable("SWF_HOME").map(PathBuf::from));
        let home = home.unwrap_or_else(|| self.default_home());
        Home(std::path::absolute(&home).unwrap_or(home))
    }

    /// The working directory if it is a home, else the platform's data directory (rules §5.4). A home has a store, or
    /// an `.env.local` with a setting of swf; a checkout's empty `var/` or a website's `.env.local` does not make it a
    /// home.
    fn default_home(&self) -> PathBuf {
        let here = Home(self.working_directory.clone());
        if here.store().exists() || has_settings(&here.env_file()) {
            return here.0;
        }
        self.platform_home().unwrap_or(here.0)
    }

    /// `swf` in the platform's data directory; `None` if the environment does not define that directory.
    pub fn platform_home(&self) -> Option<PathBuf> {
        let folder = |name: &str| self.variable(name).map(PathBuf::from);
        let data = if cfg!(windows) {
            folder("LOCALAPPDATA").or_else(|| folder("APPDATA"))
        } else if cfg!(target_os = "macos") {
            folder("HOME").map(|home| home.join("Library").join("Application Support"))
        } else {
            folder("XDG_DATA_HOME").or_else(|| folder("HOME").map(|home| home.join(".local").join("share")))
        };
        data.map(|data| data.join("swf"))
    }
}

/// Settings that other programs with a bot have too.
const COMMON: [&str; 3] = ["ADMIN_CHAT_ID", "TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_USERNAME"];

/// Whether an `.env.local` sets anything of swf.
fn has_settings(file: &Path) -> bool {
    let is_ours = |name: &str| parse::OWN.contains(&name) || (parse::FIXED.contains(&name) && !COMMON.contains(&name));
    // Reading a pipe or a device might never end.
    file.is_file() && env_file::sets_any(file, is_ours)
}

/// The result of reading the sources.
pub(super) struct Found {
    pub raw: RawSettings,
    pub warnings: Vec<String>,
    /// Other users can read secrets in `.env.local`.
    pub exposed: Option<String>,
    /// Why a source could not be read completely. Settings that could not be read count as not set.
    pub failure: Option<Error>,
}

/// Reads all sources except the keyring.
pub(super) fn read(inputs: &Inputs, home: &Home) -> Found {
    let mut warnings = Vec::new();
    let file = home.env_file();
    let (written, loaded) = env_file::load(&file);
    let mut failure = loaded.err();
    warnings.extend(env_file::encoding_warning(&file));
    warnings.extend(env_file::missing_equals(&file));
    warnings.extend(env_file::replaced_lines(&file));
    let exposed = exposed(&file, &written);
    let credentials = match inputs.variable("CREDENTIALS_DIRECTORY") {
        Some(folder) => read_credentials(Path::new(folder), &mut warnings).unwrap_or_else(|error| {
            failure.get_or_insert(error);
            Vars::new()
        }),
        None => Vars::new(),
    };
    let layers = [
        (Source::File, written),
        (Source::Credentials, credentials),
        (Source::Environment, inputs.environment.clone()),
    ];
    Found { raw: RawSettings::new(layers), warnings, exposed, failure }
}

/// The files that systemd gives a service, if they have the name of a setting. One line break at the end is not part of
/// a value. A folder that can't be read may belong to another service.
fn read_credentials(folder: &Path, warnings: &mut Vec<String>) -> Result<Vars> {
    let wrong = |path: &Path, what: &str| {
        Error::config(format!("{} {what}", path.display()))
            .hint("It is in CREDENTIALS_DIRECTORY, which systemd sets for a service with LoadCredential=.")
    };
    let mut found = Vars::new();
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
        found.insert(name.to_owned(), SecretString::from(text));
    }
    Ok(found)
}

/// A warning if other users of this computer can read secrets in the file.
fn exposed(path: &Path, vars: &Vars) -> Option<String> {
    // Secrets of the website have such names.
    let is_secret = |name: &str| secrets::NAMES.contains(&name) || name.ends_with("_SECRET");
    let (secret, _) = vars.iter().find(|(name, value)| is_secret(name) && !value.expose_secret().is_empty())?;
    others_can_read(path).then(|| exposed_words(path, &parse::shown_name(secret)))
}

/// `others can read FILE, and NAME in it; run: …`.
pub fn exposed_words(path: &Path, secret: &str) -> String {
    format!("others can read {}, and {secret} in it; run: chmod 600 {}", path.display(), single_quoted(path))
}

/// Whether other users of this computer can read the file; `false` if it does not exist.
#[cfg(unix)]
pub fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

/// Windows protects a user's folders by itself.
#[cfg(not(unix))]
pub fn others_can_read(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_variable_of_swf_that_is_not_unicode_is_named_and_others_are_skipped() {
        use std::os::unix::ffi::OsStringExt;
        let read = |name: &str| {
            let odd = (OsString::from(name), OsString::from_vec(b"/home/\xff".to_vec()));
            let fine = ("SWF_TOP".into(), "5".into());
            environment([odd, fine], &["SITE_SECRET"]).map(|all| all.len()).map_err(|error| error.message().to_owned())
        };
        for name in ["SWF_HOME", "SWF_TIMEZONE", "TELEGRAM_API_ID", "SITE_SECRET"] {
            assert_eq!(read(name), Err(format!("{name} in the environment is not UTF-8 text")));
        }
        for name in ["PATH", "SWF_PLAYER", "OTHER_SECRET"] {
            assert_eq!(read(name), Ok(1), "{name}");
        }
    }

    #[test]
    fn a_working_directory_is_the_home_only_if_it_has_a_store_or_settings_of_swf() {
        let data = ["HOME", "XDG_DATA_HOME", "LOCALAPPDATA"].map(|name| (name.to_owned(), "/data".to_owned()));
        let is_home = |folder: &Path| {
            Inputs::new(None, folder, data.clone().map(|(name, value)| (name, value.into()))).home().path() == folder
        };
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let write = |name: &str, text: &str| std::fs::write(here.join(name), text).unwrap();
        assert!(!is_home(here));
        // A checkout: var/ is in the repository.
        std::fs::create_dir(here.join("var")).unwrap();
        write("var/.gitignore", "*\n!.gitignore\n");
        write(".env.example", "SWF_TOP=10\n");
        assert!(!is_home(here));
        // Groups of another program, or of a home with its settings elsewhere.
        write("groups.toml", "[[group]]\nname = 'study'\nid = -1001\n");
        assert!(!is_home(here));
        // The `.env.local` of a website.
        for text in [
            "",
            "CRON_SECRET=x\nNEXT_PUBLIC_SITE=SWF_TOP=1\nADMIN_CHAT_ID=1\n",
            "#SWF_TOP=5\n# TELEGRAM_API_ID=1\n",
            "TELEGRAM_BOT_TOKEN=1:x\nTELEGRAM_BOT_USERNAME=x\nSESSION_VERSION=1\n",
            "SWF_PLAYER_URL=/intro.swf\n",
        ] {
            write(".env.local", text);
            assert!(!is_home(here), "{text:?}");
        }
        let ours = [
            "SWF_TOP=5\n",
            "S\0W\0F\0_\0T\0O\0P\0=\0",
            "\u{feff}export  TG_STRING_SESSION='1x",
            "A='broken\r\n TELEGRAM_API_ID = 1\r\n",
        ];
        for text in ours {
            write(".env.local", text);
            assert!(is_home(here), "{text:?}");
        }
        std::fs::remove_file(here.join(".env.local")).unwrap();
        assert!(!is_home(here));
        // The store of the old tracker, or of swf with its settings elsewhere.
        write("var/study.db", "");
        assert!(is_home(here));
        assert!(!is_home(Path::new("/")));
    }
}
