//! Where secrets are stored: the system's keyring, or `.env.local`, but never both.
//!
//! In the keyring, a home's secrets have the account names `NAME@FOLDER`, so two homes on one machine do not mix.
//! `var/keyring` lists the stored names: a name is added before the keyring is written, and removed after it has been
//! cleared. A name that is not listed is not requested, so a home without keyring secrets never opens the keyring. A
//! listed secret that can't be read is an error and does not count as "not set".

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use keyring::Entry;
use secrecy::{ExposeSecret, SecretString};

use crate::config::env_file;
use crate::domain::text::clean;
use crate::error::{Error, Result};
use crate::platform::fs;
use crate::platform::paths::Home;

/// Settings that are secret.
pub const NAMES: [&str; 8] = [
    "TG_STRING_SESSION",
    "TG_BOT_STRING_SESSION",
    "TELEGRAM_API_HASH",
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_2FA_PASSWORD",
    "SWF_ALERT_URL",
    "SWF_HEARTBEAT_URL",
    "SWF_PROXY",
];

/// The service name of swf's entries in the keyring.
const SERVICE: &str = "swf";
/// The timeout of one call to the keyring.
const KEYRING_TIMEOUT: Duration = Duration::from_secs(2);

/// Where a secret can be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SecretStore {
    /// The system's keyring
    Keyring,
    /// .env.local, which only you can read
    File,
}

impl SecretStore {
    /// `the keyring`, or the file's path.
    pub fn words(self, home: &Home) -> String {
        match self {
            SecretStore::Keyring => "the keyring".to_owned(),
            SecretStore::File => home.env_file().display().to_string(),
        }
    }
}

/// Whether secrets can be stored in the keyring now; the error says why not, and what works instead. It writes and
/// deletes an entry, since an existing keyring may be locked.
pub fn keyring_state() -> Result<()> {
    let tried = ask("probe", |entry| {
        entry.set_password("swf tests the keyring")?;
        match entry.delete_credential() {
            // Another process may have deleted it.
            Err(keyring::Error::NoEntry) => Ok(()),
            other => other,
        }
    });
    tried.map_err(|error| {
        let error = error.explained("");
        let error = error.hint(
            "Without a keyring, secrets can stay in .env.local, which only you can read (0600), or in the environment.",
        );
        match cfg!(target_os = "linux") {
            true => error.hint("A systemd service can also use LoadCredential=NAME:FILE."),
            false => error,
        }
    })
}

/// Stores a secret in one place, and removes it from the other, but only after reading it back. So it is in at least
/// one place at any time.
///
/// A value in the environment or in systemd's credentials directory still overrides both.
pub fn store(home: &Home, name: &str, value: &SecretString, place: SecretStore) -> Result<()> {
    match place {
        SecretStore::Keyring => {
            to_keyring(home, name, value)?;
            env_file::remove(&home.env_file(), name)?;
        }
        SecretStore::File => {
            env_file::set(&home.env_file(), name, value)?;
            // The keyring's value is no longer used, so an unreachable keyring is not an error.
            if noted(home)?.contains(name)
                && let Ok(()) | Err(KeyringError::NoEntry) = ask(&account(home, name)?, Entry::delete_credential)
            {
                note(home, |names| names.remove(name))?;
            }
        }
    }
    Ok(())
}

fn to_keyring(home: &Home, name: &str, value: &SecretString) -> Result<()> {
    let folder = home.path();
    std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, "made", &error))?;
    let account = account(home, name)?;
    let was_noted = noted(home)?.contains(name);
    note(home, |names| names.insert(name.to_owned()))?;
    let secret = value.clone();
    let back = ask(&account, move |entry| {
        entry.set_password(secret.expose_secret())?;
        entry.get_password().map(SecretString::from)
    });
    let end = match back {
        Ok(back) if back.expose_secret() == value.expose_secret() => return Ok(()),
        Ok(_) => Error::failed(format!("{name} was not stored: the keyring returned a different value")),
        Err(error) => error.with_remedy(&format!("{name} was not stored: "), name, &home.env_file()),
    };
    // If the keyring stored the value nevertheless, it is ignored.
    if !was_noted {
        note(home, |names| names.remove(name))?;
    }
    Err(end)
}

/// Removes a secret from every place that swf can write to; returns the places that had it. If there is no keyring,
/// that is an error, because a keyring may still have the secret; from then on it is not requested from there.
pub fn remove(home: &Home, name: &str) -> Result<Vec<SecretStore>> {
    let mut places = Vec::new();
    if env_file::remove(&home.env_file(), name)? {
        places.push(SecretStore::File);
    }
    if !noted(home)?.contains(name) {
        return Ok(places);
    }
    match ask(&account(home, name)?, Entry::delete_credential) {
        Ok(()) => places.push(SecretStore::Keyring),
        Err(KeyringError::NoEntry) => {}
        Err(error) => {
            let done = match places.first() {
                Some(place) => format!("{name} is removed from {}; ", place.words(home)),
                None => String::new(),
            };
            if !matches!(error, KeyringError::Absent(_)) {
                return Err(error.explained(&format!("{done}{name} is still in the keyring: ")));
            }
            note(home, |names| names.remove(name))?;
            return Err(error.explained(&format!(
                "{done}swf no longer reads {name} from the keyring, but it may still be there: "
            )));
        }
    }
    note(home, |names| names.remove(name))?;
    Ok(places)
}

/// A secret that is noted as stored in the keyring.
pub fn from_keyring(home: &Home, name: &str) -> Result<SecretString> {
    ask(&account(home, name)?, |entry| entry.get_password().map(SecretString::from)).map_err(|error| {
        let lead = format!("{name} is in the keyring, but can't be read: ");
        error.with_remedy(&lead, name, &home.env_file())
    })
}

/// The names of the secrets that are noted as stored in the keyring.
pub fn noted(home: &Home) -> Result<BTreeSet<String>> {
    let path = home.keyring_names();
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(Error::file(&path, "read", &error)),
    }
}

/// Changes the list of names that are noted as stored in the keyring.
fn note(home: &Home, change: impl FnOnce(&mut BTreeSet<String>) -> bool) -> Result<()> {
    let mut names = noted(home)?;
    if !change(&mut names) {
        return Ok(());
    }
    let path = home.keyring_names();
    let text: String = names.iter().map(|name| format!("{name}\n")).collect();
    let folder = path.parent().unwrap_or(home.path());
    let written =
        std::fs::create_dir_all(folder).and_then(|()| fs::write_atomic(&path, text.as_bytes(), fs::Mode::Private));
    written.map_err(|error| Error::file(&path, "written", &error))
}

/// `NAME@FOLDER`: the account name shows which home it belongs to. So a copied or moved home does not find the secrets
/// of its old folder.
fn account(home: &Home, name: &str) -> Result<String> {
    let folder = home.path();
    let real = folder
        .canonicalize()
        .map_err(|error| Error::failed(format!("the folder {} can't be read: {error}", folder.display())))?;
    let text = real.to_string_lossy();
    Ok(format!("{name}@{}", text.strip_prefix(r"\\?\").unwrap_or(&text)))
}

/// Why a call to the keyring failed.
#[derive(Debug)]
enum KeyringError {
    /// There is no keyring here, or it can't be reached; contains the system's message.
    Absent(String),
    Locked,
    /// It has not answered; it may show a prompt to unlock it.
    Timeout,
    NoEntry,
    Other(String),
}

impl KeyringError {
    /// The error for the user. Its message begins with `lead`.
    fn explained(&self, lead: &str) -> Error {
        let unlock = "Unlock it, e.g. by logging in on the desktop, and try again.";
        match self {
            KeyringError::Absent(cause) => Error::config(format!("{lead}there is no keyring here ({cause})")),
            KeyringError::Locked => {
                Error::temporary(format!("{lead}the keyring is locked, or was never set up")).hint(unlock)
            }
            KeyringError::Timeout => {
                let seconds = KEYRING_TIMEOUT.as_secs();
                let text = format!("{lead}the keyring has not answered for {seconds} s; it may be locked");
                Error::temporary(text).hint(unlock)
            }
            KeyringError::NoEntry => Error::config(format!("{lead}it is no longer there")),
            KeyringError::Other(cause) => Error::failed(format!("{lead}the keyring failed: {cause}")),
        }
    }

    /// As [`KeyringError::explained`], with advice for this secret.
    fn with_remedy(&self, lead: &str, name: &str, file: &Path) -> Error {
        let error = self.explained(lead);
        if matches!(self, KeyringError::NoEntry) {
            return error
                .command(
                    "Perhaps it was removed there, or the folder was moved. To store it again, run",
                    format!("swf secrets set {name}"),
                )
                .command("Or, to go without it, run", format!("swf secrets remove {name}"));
        }
        let error = error.command(
            format!("To store it without the keyring, in {} (only you can read it), run", file.display()),
            format!("swf secrets set {name} --store file"),
        );
        match cfg!(target_os = "linux") {
            true => error.hint(format!(
                "Or give it to a systemd service with LoadCredential={name}:FILE, or set it in the environment."
            )),
            false => error.hint("Or set it in the environment."),
        }
    }
}

/// The thread of the last call that timed out.
static UNANSWERED: Mutex<Option<JoinHandle<()>>> = Mutex::new(None);

/// Calls the keyring about an account, on a separate thread: an unanswered prompt must not block the program. While a
/// timed-out call is still running, no other call starts.
fn ask<T: Send + 'static>(
    account: &str,
    question: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
) -> Result<T, KeyringError> {
    let mut unanswered = UNANSWERED.lock().unwrap_or_else(PoisonError::into_inner);
    if unanswered.as_ref().is_some_and(|thread| !thread.is_finished()) {
        return Err(KeyringError::Timeout);
    }
    let account = account.to_owned();
    let (answer, answered) = mpsc::sync_channel(1);
    let thread = std::thread::Builder::new().name("keyring".to_owned()).spawn(move || {
        // `Entry::new` reports only that there is no keyring; the status has the cause.
        let result = match Entry::store_status() {
            Err(error) => Err(KeyringError::Absent(cause(error))),
            Ok(()) => Entry::new(SERVICE, &account).and_then(|entry| question(&entry)).map_err(keyring_error),
        };
        let _ = answer.send(result);
    });
    let thread = thread.map_err(|error| KeyringError::Other(error.to_string()))?;
    match answered.recv_timeout(KEYRING_TIMEOUT) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => {
            *unanswered = Some(thread);
            Err(KeyringError::Timeout)
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(KeyringError::Other("it ended without an answer".to_owned())),
    }
}

fn keyring_error(error: keyring::Error) -> KeyringError {
    match error {
        keyring::Error::NoEntry => KeyringError::NoEntry,
        keyring::Error::NoStorageAccess(_) => KeyringError::Locked,
        error => KeyringError::Other(cause(&error)),
    }
}

/// The system's message, without any secret in it.
fn cause(error: &keyring::Error) -> String {
    match error {
        keyring::Error::PlatformFailure(error) | keyring::Error::NoStorageAccess(error) => {
            clean(error.to_string().trim_start_matches("zbus error: "))
        }
        keyring::Error::Ambiguous(_) => "it has several entries for this; remove all but one there".to_owned(),
        error => clean(&error.to_string()),
    }
}
