//! `swf secrets`: where passwords and login strings are kept.

use std::io::{IsTerminal, Read};
use std::path::Path;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::commands::context::Context;
use crate::commands::terminal;
use crate::config;
use crate::config::env_file;
use crate::config::secrets::{self, SecretStore};
use crate::config::{Config, Home, Source, exposed_words, others_can_read};
use crate::error::{Error, Result};
use crate::web;
use crate::web::client;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Store a secret: type it hidden, or give it on standard input
    Set {
        /// The setting, e.g. TELEGRAM_BOT_TOKEN
        name: String,
        /// Where to store it
        #[arg(long, value_name = "PLACE", default_value = "keyring")]
        store: SecretStore,
    },
    /// Print a secret
    Get {
        /// The setting
        name: String,
        /// Print it on a terminal, too
        #[arg(long)]
        reveal: bool,
    },
    /// Show where each secret comes from, but not the secrets
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a secret from the keyring and from .env.local
    Remove {
        /// The setting
        name: String,
    },
    /// Move all secrets from .env.local to the keyring
    Migrate,
}

/// The most bytes that are read from standard input, far more than any secret has.
const MAX_INPUT_BYTES: u64 = 64 * 1024;

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = &context.config;
    match &args.action {
        Action::Set { name, store } => set(known(name)?, *store, config),
        Action::Get { name, reveal } => get(known(name)?, *reveal, config),
        Action::List { json } => list(*json, config),
        Action::Remove { name } => remove(known(name)?, config),
        Action::Migrate => migrate(config),
    }
}

/// The names of all secrets, those of the web side last.
const NAMES: [&str; 10] = {
    let [a, b, c, d, e, f, g, h] = secrets::NAMES;
    [a, b, c, d, e, f, g, h, web::SECRET, client::SECRET]
};

/// The secret with this name; if there is none, the error suggests the closest name.
fn known(text: &str) -> Result<&'static str> {
    if let Some(name) = NAMES.iter().find(|name| **name == text) {
        return Ok(name);
    }
    let error = Error::usage(format!("{text:?} is not a secret of swf"));
    let error = match config::nearest(&text.to_uppercase(), &NAMES) {
        Some(name) => error.hint(format!("Did you mean {name}?")),
        None => error,
    };
    Err(error
        .hint(format!("Secrets are {}.", NAMES.join(", ")))
        .hint("Other settings are in the environment or in .env.local."))
}

fn set(name: &str, place: SecretStore, config: &Config) -> Result<()> {
    let value = if std::io::stdin().is_terminal() { terminal::read_hidden(&format!("{name}: "))? } else { piped()? };
    if value.expose_secret().trim().is_empty() {
        return Err(Error::usage(format!("{name} was not stored: the value is empty"))
            .command("To remove it", format!("swf secrets remove {name}")));
    }
    if value.expose_secret().contains(['\n', '\r', '\0']) {
        return Err(Error::usage(format!("{name} was not stored: the value is more than one line"))
            .hint("A secret must be one line; only a line break at its end is ignored."));
    }
    secrets::store(config.home(), name, &value, place)?;
    terminal::print(&format!("{name} is stored in {}.\n", place.words(config.home())))?;
    warn_of_winner(name, config);
    warn_of_readers(name, place, config);
    Ok(())
}

/// The contents of standard input, without the line break at its end.
fn piped() -> Result<SecretString> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = std::io::stdin().lock().take(MAX_INPUT_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| Error::file(Path::new("standard input"), "read", &error))?;
    if bytes.len() as u64 > MAX_INPUT_BYTES {
        return Err(Error::usage(format!(
            "standard input is longer than {MAX_INPUT_BYTES} bytes, which is too long for a secret"
        )));
    }
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Error::usage("standard input is not UTF-8, so it can't be a secret"))?;
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    Ok(SecretString::from(text))
}

/// Prints a warning if another source has the setting, so that the change has no effect.
pub(super) fn warn_of_winner(name: &str, config: &Config) {
    if let Some(source @ (Source::Environment | Source::Credentials)) = config.raw.source(name) {
        eprintln!("{name} is still set in {}, and that value is used. Remove it there.", source.words(config.home()));
    }
}

/// Prints a warning if others can read the file that a secret was just stored in. An existing file keeps its
/// permissions.
pub(super) fn warn_of_readers(name: &str, place: SecretStore, config: &Config) {
    let file = config.home().env_file();
    if place == SecretStore::File && others_can_read(&file) {
        eprintln!("swf: {}", exposed_words(&file, name));
    }
}

/// Describes the file as a place for secrets: `FILE, which only you can read`, or only `FILE` if others can read it.
pub(super) fn file_words(home: &Home) -> String {
    let file = home.env_file();
    let readers = if others_can_read(&file) { "" } else { ", which only you can read" };
    format!("{}{readers}", file.display())
}

fn get(name: &str, reveal: bool, config: &Config) -> Result<()> {
    if std::io::stdout().is_terminal() && !reveal {
        return Err(Error::usage(format!("{name} is not printed, because everybody near this terminal could read it"))
            .command("To print it anyway, run", format!("swf secrets get {name} --reveal")));
    }
    let value = config.credentials.secret(name)?.ok_or_else(|| {
        Error::config(format!("{name} is not set"))
            .command("To store it in the keyring", format!("swf secrets set {name}"))
            .command(
                format!("In {}", SecretStore::File.words(config.home())),
                format!("swf secrets set {name} --store file"),
            )
    })?;
    let line = Zeroizing::new(format!("{}\n", value.expose_secret()));
    terminal::print(&line)
}

fn list(as_json: bool, config: &Config) -> Result<()> {
    let mut rows = Vec::new();
    for name in NAMES {
        let source = config.credentials.source(name)?;
        // A secret that is noted as kept in the keyring may be unreadable now.
        let problem = match source {
            Some(Source::Keyring) => config.credentials.secret(name).err(),
            _ => None,
        };
        rows.push((name, source, problem));
    }
    if as_json {
        let row = |(name, source, problem): &(&str, Option<Source>, Option<Error>)| {
            let problem = problem.as_ref().map(ToString::to_string);
            json!({ "name": name, "source": source, "problem": problem })
        };
        return terminal::print_json(&json!({ "secrets": rows.iter().map(row).collect::<Vec<_>>() }));
    }
    let width = NAMES.iter().map(|name| name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, source, problem) in &rows {
        let place = source.map_or("not set".to_owned(), |source| source.words(config.home()));
        let unread = if problem.is_some() { ", which can't be read now" } else { "" };
        text += &format!("{name:width$}  {place}{unread}\n");
    }
    terminal::print(&text)?;
    if let Some(problem) = rows.into_iter().find_map(|(_, _, problem)| problem) {
        eprintln!("swf: {problem}");
    }
    Ok(())
}

fn remove(name: &str, config: &Config) -> Result<()> {
    let removed = secrets::remove(config.home(), name)?;
    let places: Vec<String> = removed.into_iter().map(|place| place.words(config.home())).collect();
    if !places.is_empty() {
        terminal::print(&format!("{name} is removed from {}.\n", places.join(" and from ")))?;
        warn_of_winner(name, config);
        return Ok(());
    }
    match config.raw.source(name) {
        Some(source @ (Source::Environment | Source::Credentials)) => {
            Err(Error::config(format!("{name} is set in {}, where swf can't remove it", source.words(config.home())))
                .hint("Remove it there."))
        }
        _ => terminal::print(&format!("{name} is not set; there is nothing to remove.\n")),
    }
}

fn migrate(config: &Config) -> Result<()> {
    let file = config.home().env_file();
    let mut found = Vec::new();
    for name in NAMES {
        if let Some(value) = env_file::get(&file, name)? {
            found.push((name, value));
        }
    }
    if found.is_empty() {
        return terminal::print(&format!("There are no secrets in {}; there is nothing to move.\n", file.display()));
    }
    // Fail before any change if the keyring can't store them.
    secrets::keyring_state()?;
    for (name, value) in found {
        secrets::store(config.home(), name, &value, SecretStore::Keyring)?;
        terminal::print(&format!("{name} is moved from {} to the keyring.\n", file.display()))?;
        warn_of_winner(name, config);
    }
    Ok(())
}
