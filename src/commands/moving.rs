//! `swf backup --all` and `--restore-all`: a whole home in one file, to move to another computer.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use crate::app::{backup, groups, moving, upgrade};
use crate::commands::context::Context;
use crate::commands::{backup as copies, terminal};
use crate::domain::text::count;
use crate::domain::time::period::local_date;
use crate::error::{Error, Result};
use crate::platform::sealed::MIN_PASSPHRASE;

#[derive(Debug, clap::Args)]
pub struct WholeHome {
    /// Write everything to this file, to move to another computer: store, settings, groups, texts; no logins
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "restore"])]
    all: Option<PathBuf>,
    /// Restore a file that --all wrote, into an empty home
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "restore", "all"])]
    restore_all: Option<PathBuf>,
    /// With --all or --restore-all: logins and passwords, too, encrypted with a passphrase
    #[arg(long)]
    with_logins: bool,
    /// A file with the passphrase [default: you are asked for it]
    #[arg(long, value_name = "FILE", env = "SWF_BACKUP_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
}

impl WholeHome {
    pub(super) fn is_asked(&self) -> bool {
        self.all.is_some() || self.restore_all.is_some() || self.with_logins
    }
}

pub fn run(args: &WholeHome, context: &Context) -> Result<()> {
    match (&args.all, &args.restore_all) {
        (Some(file), _) => pack(args, file, context),
        (None, Some(file)) => unpack(args, file, context),
        (None, None) => Err(Error::usage("--with-logins is for --all and --restore-all")
            .command("For example", "swf backup --all swf-home.tar --with-logins")),
    }
}

fn pack(args: &WholeHome, file: &Path, context: &Context) -> Result<()> {
    let config = &context.config;
    let passphrase = args.with_logins.then(|| passphrase(args, true)).transpose()?;
    let zone = config.group().zone;
    let group = upgrade::open_to_read(config.home(), zone).and_then(|store| store.groups()).unwrap_or_default();
    let today = local_date(zone, groups::clock(config.home(), group.first()).now());
    let packed = moving::pack(config, file, today, passphrase.as_ref())
        .map_err(|error| backup::with_restore_hint(error, config.home(), zone))?;
    let mut text = format!("Wrote {} to {}", count(packed.names.len() as i64 - 1, "file", "files"), file.display());
    if let Some(contents) = &packed.contents {
        text += &format!(", with {}", backup::summary(contents, zone));
    }
    text += ".\n";
    for left_out in &packed.left_out {
        text += &format!("{} was left out, because it is outside the home. Copy it yourself.\n", left_out.display());
    }
    text += match passphrase {
        Some(_) => {
            "The file contains your logins, encrypted. Anybody with the file and the passphrase can use your \
             Telegram account.\n"
        }
        None => "The file contains no logins: log in again on the other computer, or add --with-logins.\n",
    };
    text += &format!("On the other computer: {}\n", ONE_TRACKER);
    let restore = context.command("To restore the file there, run", "swf --home NEW_FOLDER backup --restore-all FILE");
    terminal::print(&format!("{text}{restore}\n"))
}

/// Advice for a user who now has the home on two computers.
const ONE_TRACKER: &str = "run only one tracker. Two trackers with the same login would both post, and Telegram may \
                           end a login that is used from two addresses at once. Stop the tracker here first.";

fn unpack(args: &WholeHome, file: &Path, context: &Context) -> Result<()> {
    let config = &context.config;
    context.make_home()?;
    let _lock = copies::lock(config)?;
    let zone = config.group().zone;
    let asks = args.with_logins.then_some(|| passphrase(args, false));
    let unpacked = moving::unpack(config.home(), zone, file, asks)?;
    let mut text = format!("Restored {} from {}", count(unpacked.files.len() as i64, "file", "files"), file.display());
    if let Some(contents) = &unpacked.contents {
        text += &format!(" and the store: {}", backup::summary(contents, zone));
    }
    text += ".\n";
    if !unpacked.logins.is_empty() {
        text += &format!("These logins are now in .env.local: {}.\n", unpacked.logins.join(", "));
    } else if unpacked.has_logins {
        text += "The logins were not restored. To restore them, too, pass --with-logins.\n";
    }
    text += &format!("On this computer: {ONE_TRACKER}\n");
    terminal::print(&format!("{text}{}\n", context.command("Check it with", "swf doctor")))
}

/// The passphrase, from its file or typed; a new passphrase is typed twice.
fn passphrase(args: &WholeHome, is_new: bool) -> Result<SecretString> {
    let given = match &args.passphrase_file {
        Some(file) => {
            let text = std::fs::read_to_string(file).map_err(|error| Error::file(file, "read", &error))?;
            SecretString::from(text.trim_end_matches(['\r', '\n']))
        }
        None if std::io::stdin().is_terminal() => terminal::read_hidden("Passphrase: ")?,
        None => {
            return Err(Error::usage("a passphrase is needed, and standard input is not a terminal").hint(
                "Put the passphrase into a file that only you can read, and set SWF_BACKUP_PASSPHRASE_FILE to its \
                 path.",
            ));
        }
    };
    if is_new && given.expose_secret().chars().count() < MIN_PASSPHRASE {
        return Err(Error::usage(format!("the passphrase is too short: it needs {MIN_PASSPHRASE} characters or more"))
            .hint("Use e.g. four or five random words that nobody can guess."));
    }
    if is_new && args.passphrase_file.is_none() {
        let again = terminal::read_hidden("Repeat the passphrase: ")?;
        if again.expose_secret() != given.expose_secret() {
            return Err(Error::usage("the two passphrases differ; nothing was written"));
        }
    }
    Ok(given)
}
