//! Secrets, resolved when one is first needed: from the sources of [`RawSettings`], else from the keyring. The keyring
//! is queried at most once for each secret.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::secrets;
use super::sources::{RawSettings, Source};
use crate::domain::PeerId;
use crate::domain::credentials::{Access, Application, BotLogin, BotTarget, Login};
use crate::domain::proxy::{self, Proxies};
use crate::domain::text::quoted;
use crate::error::{Error, Result};
use crate::platform::clock::Clock;
use crate::platform::paths::Home;

const API_ID: &str = "TELEGRAM_API_ID";
const API_HASH: &str = "TELEGRAM_API_HASH";
const SESSION: &str = "TG_STRING_SESSION";
const GROUP: &str = "TELEGRAM_GROUP_USERNAME";
/// The one secret that may begin or end with a blank.
const PASSWORD: &str = "TELEGRAM_2FA_PASSWORD";

/// How long an error of the keyring is cached. It may be unlocked later.
const KEYRING_RETRY_INTERVAL: Duration = Duration::from_secs(300);

/// Resolves secrets. Clones share the keyring's cached answers.
#[derive(Clone)]
pub struct Credentials {
    home: Home,
    raw: RawSettings,
    /// The names of the secrets that are noted as stored in the keyring.
    noted: Result<BTreeSet<String>>,
    keyring: Arc<Keyring>,
}

/// Requests a secret from the keyring by its name.
type Lookup = dyn Fn(&str) -> Result<SecretString> + Send + Sync;

/// The keyring, with its cached answers.
struct Keyring {
    lookup: Box<Lookup>,
    clock: Clock,
    retry_interval: Duration,
    answers: Mutex<BTreeMap<String, Answer>>,
}

/// The keyring's answer for a secret, and when it came, by the clock's `elapsed`.
type Answer = (Duration, Result<SecretString>);

impl Keyring {
    fn get(&self, name: &str) -> Result<SecretString> {
        // Held during the call: a second request for the same secret waits for the answer to the first.
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.elapsed();
        if let Some((at, answer)) = answers.get(name)
            && (answer.is_ok() || now < *at + self.retry_interval)
        {
            return answer.clone();
        }
        let answer = (self.lookup)(name);
        answers.insert(name.to_owned(), (self.clock.elapsed(), answer.clone()));
        answer
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("set", &self.raw).field("in_keyring", &self.noted).finish_non_exhaustive()
    }
}

impl Credentials {
    pub(super) fn new(home: &Home, raw: &RawSettings) -> Credentials {
        let folder = home.clone();
        let lookup = move |name: &str| secrets::from_keyring(&folder, name);
        Credentials::with(home, raw, secrets::noted(home), KEYRING_RETRY_INTERVAL, lookup)
    }

    fn with(
        home: &Home,
        raw: &RawSettings,
        noted: Result<BTreeSet<String>>,
        retry_interval: Duration,
        lookup: impl Fn(&str) -> Result<SecretString> + Send + Sync + 'static,
    ) -> Credentials {
        let keyring =
            Keyring { lookup: Box::new(lookup), clock: Clock::new(0), retry_interval, answers: Mutex::default() };
        Credentials { home: home.clone(), raw: raw.clone(), noted, keyring: Arc::new(keyring) }
    }

    /// The same with other settings; the keyring's cached answers are kept.
    pub(super) fn with_raw(&self, raw: &RawSettings) -> Credentials {
        Credentials { raw: raw.clone(), noted: secrets::noted(&self.home), ..self.clone() }
    }

    /// The names of the secrets that are noted as stored in the keyring; the keyring is not queried.
    pub fn in_keyring(&self) -> Result<&BTreeSet<String>> {
        self.noted.as_ref().map_err(Clone::clone)
    }

    /// Where a secret comes from; the keyring is not queried.
    pub fn source(&self, name: &str) -> Result<Option<Source>> {
        match self.raw.source(name) {
            None => Ok(self.in_keyring()?.contains(name).then_some(Source::Keyring)),
            set => Ok(set),
        }
    }

    /// A secret, trimmed unless blanks can be part of it; `None` if it is not set. If the keyring should have the
    /// secret and can't return it, that is an error: without the secret, swf would not do what the user set up.
    pub fn secret(&self, name: &str) -> Result<Option<SecretString>> {
        let trimmed = |value: &str| SecretString::from(if name == PASSWORD { value } else { value.trim() });
        match self.raw.untrimmed(name) {
            Some(value) => Ok(Some(trimmed(value))),
            None => Ok(self.from_keyring(name)?.map(|value| trimmed(value.expose_secret()))),
        }
    }

    /// All secrets that this process knows, without querying the keyring: set ones, and cached answers of the keyring.
    /// A variable of another program counts, too, if its name ends like that of a secret.
    pub fn known(&self) -> Vec<SecretString> {
        let set = self.secret_names().filter_map(|name| self.raw.untrimmed(name)).map(SecretString::from);
        let answers = self.keyring.answers.lock().unwrap_or_else(PoisonError::into_inner);
        set.chain(answers.values().filter_map(|(_, answer)| answer.clone().ok())).collect()
    }

    /// The names of secrets, set or not.
    pub fn secret_names(&self) -> impl Iterator<Item = &str> {
        let is_secret = |name: &&str| ["_SECRET", "_TOKEN", "_PASSWORD"].iter().any(|end| name.ends_with(end));
        secrets::NAMES.into_iter().chain(self.raw.names().filter(is_secret))
    }

    /// The value in the keyring, even if another source sets the secret; `None` if the keyring does not have it.
    pub fn from_keyring(&self, name: &str) -> Result<Option<SecretString>> {
        if self.in_keyring()?.contains(name) { self.keyring.get(name).map(Some) } else { Ok(None) }
    }

    pub fn api_id(&self) -> Result<i32> {
        let text = self.raw.get(API_ID).unwrap_or_default();
        text.parse().ok().filter(|id| *id > 0).ok_or_else(|| {
            Error::config(format!("TELEGRAM_API_ID is {}, not a whole number from 1 to {}", quoted(text), i32::MAX))
                .hint("Take it from https://my.telegram.org, e.g. TELEGRAM_API_ID=123456")
        })
    }

    /// The proxies to Telegram and to websites.
    pub fn proxies(&self) -> Result<Proxies> {
        let setting = self.secret(proxy::SETTING)?;
        Proxies::read(setting.as_ref(), |name| self.raw.get(name)).map_err(|problem| {
            Error::config(format!("{} {problem}", proxy::SETTING)).hint(
                "Examples: socks5://user:password@proxy.example:1080, http://proxy.example:3128, or an MTProxy's link \
                 https://t.me/proxy?server=…&port=…&secret=…; in user and password write @ as %40, : as %3A, / as %2F.",
            )
        })
    }

    /// How connections to Telegram are made.
    pub fn access(&self) -> Result<Access> {
        Ok(Access { api_id: self.api_id()?, proxies: Arc::new(self.proxies()?), now: || Clock::new(0).system() })
    }

    /// The application that logs in. The error names everything that is missing.
    pub fn application(&self) -> Result<Application> {
        match (self.raw.get(API_ID), self.secret(API_HASH)?) {
            (Some(_), Some(api_hash)) => Ok(Application { access: self.access()?, api_hash }),
            (id, hash) => {
                let missing = [(API_ID, id.is_none()), (API_HASH, hash.is_none())];
                Err(self.incomplete("the account can't log in yet", &missing))
            }
        }
    }

    /// The login string of the account that watches, signed in or not.
    pub fn session(&self) -> Result<Option<SecretString>> {
        self.secret(SESSION)
    }

    /// The password of two-step verification, blanks and all.
    pub fn password(&self) -> Result<Option<SecretString>> {
        self.secret(PASSWORD)
    }

    /// The account that watches. The error names everything that is missing, and with `group_is_missing` also the
    /// group.
    pub fn login(&self, group_is_missing: bool) -> Result<Login> {
        match (self.raw.get(API_ID), self.session()?) {
            (Some(_), Some(string)) if !group_is_missing => Ok(Login { access: self.access()?, string }),
            (id, string) => {
                let missing = [(API_ID, id.is_none()), (SESSION, string.is_none()), (GROUP, group_is_missing)];
                Err(self.incomplete("the login is not set up", &missing))
            }
        }
    }

    /// The bot that posts, if there is one. `target` is [`super::GroupSettings::bot_target()`].
    pub fn bot(&self, target: Option<BotTarget>) -> Result<Option<BotLogin>> {
        self.secret("TELEGRAM_BOT_TOKEN")?.map(|token| self.bot_of(token, target)).transpose()
    }

    /// The bot with this token.
    pub fn bot_of(&self, token: SecretString, target: Option<BotTarget>) -> Result<BotLogin> {
        let id = token.expose_secret().split_once(':').and_then(|(id, _)| id.parse().ok()).filter(|id| *id > 0);
        let id = id.ok_or_else(|| {
            Error::config("TELEGRAM_BOT_TOKEN is not a bot's token")
                .hint("Take it from @BotFather; it looks like 123456789:AAE… .")
        })?;
        let api_hash = self.secret(API_HASH)?.ok_or_else(|| {
            Error::config("TELEGRAM_API_HASH is not set, and the bot can't sign in without it")
                .hint("Take it from https://my.telegram.org.")
        })?;
        Ok(BotLogin {
            access: self.access()?,
            api_hash,
            token,
            id: PeerId(id),
            string: self.secret("TG_BOT_STRING_SESSION")?,
            file: self.home.bot_session(),
            target,
        })
    }

    /// An error that names what is missing, and where it can be set. The most likely next command comes first.
    fn incomplete(&self, what: &str, settings: &[(&str, bool)]) -> Error {
        let file = self.home.env_file();
        let mut error = Error::config(what)
            .command("To set up swf step by step, run", "swf init")
            .hint(format!("Or set these in the environment or in {}:", file.display()));
        let missing = || settings.iter().filter(|(_, is_missing)| *is_missing).map(|(name, _)| *name);
        for name in missing() {
            error = match name {
                API_ID => error.hint(format!("{name}: the API id from https://my.telegram.org, e.g. 123456")),
                API_HASH => error.hint(format!("{name}: the API hash from https://my.telegram.org")),
                SESSION => {
                    let what = format!("{name}: the login string of the account that watches the call; it comes from");
                    error.command(what, "swf session qr")
                }
                _ => error.hint(format!("{name}: the group, e.g. @studyhall or an invite link")),
            };
        }
        if missing().any(|name| secrets::NAMES.contains(&name)) {
            return error.command("A secret can also be kept in the keyring", "swf secrets set NAME");
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const NAMES: [&str; 3] = ["TG_STRING_SESSION", "TELEGRAM_API_HASH", "TELEGRAM_BOT_TOKEN"];

    /// Credentials of a keyring that counts its reads, and returns `answer` for each name.
    fn counted(
        retry_interval: Duration,
        answer: impl Fn(&str) -> Result<SecretString> + Send + Sync + 'static,
    ) -> (Credentials, Arc<AtomicUsize>) {
        let reads = Arc::new(AtomicUsize::new(0));
        let count = reads.clone();
        let noted = Ok(NAMES.map(str::to_owned).into());
        let home = Home("nowhere".into());
        let credentials = Credentials::with(&home, &RawSettings::default(), noted, retry_interval, move |name| {
            count.fetch_add(1, Ordering::Relaxed);
            answer(name)
        });
        (credentials, reads)
    }

    #[test]
    fn the_keyring_is_read_once_for_each_secret() {
        let (credentials, reads) =
            counted(KEYRING_RETRY_INTERVAL, |name| Ok(SecretString::from(format!(" 7:{name}\n"))));
        let again = credentials.with_raw(&RawSettings::default());
        assert!(again.in_keyring().unwrap().is_empty(), "the notes are read again");
        let again = Credentials { noted: credentials.noted.clone(), ..again };
        for credentials in [&credentials, &credentials.clone(), &again] {
            for _ in 0..20 {
                assert_eq!(credentials.session().unwrap().unwrap().expose_secret(), "7:TG_STRING_SESSION");
                assert!(credentials.secret("TELEGRAM_BOT_TOKEN").unwrap().is_some());
                assert!(credentials.bot(None).is_err(), "there is no API id");
                assert!(credentials.password().unwrap().is_none(), "it is not noted");
                assert_eq!(credentials.source("TG_STRING_SESSION").unwrap(), Some(Source::Keyring));
            }
        }
        assert_eq!(reads.load(Ordering::Relaxed), NAMES.len());
    }

    #[test]
    fn an_error_of_the_keyring_is_cached_for_a_while() {
        let locked = |_: &str| Err(Error::temporary("the keyring is locked"));
        let (credentials, reads) = counted(KEYRING_RETRY_INTERVAL, locked);
        for _ in 0..20 {
            assert_eq!(credentials.session().unwrap_err().message(), "the keyring is locked");
        }
        assert_eq!(reads.load(Ordering::Relaxed), 1);
        let (credentials, reads) = counted(Duration::ZERO, locked);
        for _ in 0..20 {
            assert!(credentials.session().is_err());
        }
        assert_eq!(reads.load(Ordering::Relaxed), 20);
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let (credentials, _) = counted(KEYRING_RETRY_INTERVAL, |_| Ok("hush".to_owned().into()));
        credentials.session().unwrap();
        let text = format!("{credentials:?}");
        assert!(text.contains("TG_STRING_SESSION") && !text.contains("hush"), "{text}");
    }
}
