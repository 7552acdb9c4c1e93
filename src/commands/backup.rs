//! `swf backup`: makes a checked copy of the store, also while the tracker writes, or restores one.

use std::io;
use std::path::{Path, PathBuf};

use crate::app::{backup, forgetting, groups, upgrade};
use crate::commands::context::Context;
use crate::commands::facts::size;
use crate::commands::{moving, terminal};
use crate::config::Config;
use crate::domain::time::period::local_date;
use crate::error::{Error, Result};
use crate::platform::lock::Lock;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to create, which must not exist, or - for standard output
    /// [default: var/backup/study-DATE.db, the daily copy of today]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Restore this copy; the current store is kept next to it
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    restore: Option<PathBuf>,
    #[command(flatten)]
    whole: moving::WholeHome,
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = &context.config;
    if args.whole.is_asked() {
        return moving::run(&args.whole, context);
    }
    if let Some(file) = &args.restore {
        context.make_home()?;
        let _lock = lock(config)?;
        let (kept, contents) = backup::restore(config.home(), config.group().zone, file)?;
        forgetting::follow_marks(config.home())?;
        let mut text = format!(
            "Restored the store from {}: {}.\n",
            file.display(),
            backup::summary(&contents, config.group().zone)
        );
        if let Some(kept) = kept {
            text += &format!("The previous store is kept as {}.\n", kept.display());
        }
        return terminal::print(&format!("{text}{}\n", context.command("To continue, run", "swf track")));
    }
    let made = || {
        let groups = upgrade::open_to_read(config.home(), config.group().zone)?.groups()?;
        let clock = groups::clock(config.home(), groups.first());
        let today = local_date(config.group().zone, clock.now());
        match &args.file {
            Some(file) if file == Path::new("-") => backup::to_stream(config.home(), &mut io::stdout().lock(), today),
            Some(file) => backup::to_file(config.home(), file, today),
            None => backup::daily(config.home(), today),
        }
    };
    let made = made().map_err(|error| backup::with_restore_hint(error, config.home(), config.group().zone))?;
    let mut text = format!(
        "Copied the store to {}: {}, {} KB. The copy was read back and is intact.\n",
        made.file.display(),
        backup::summary(&made.contents, config.group().zone),
        made.bytes.div_ceil(1000)
    );
    for file in &made.set_aside {
        text += &format!("An earlier copy is kept as {}: it belongs to another store, or is newer.\n", file.display());
    }
    match args.file.as_deref() {
        // The copy itself goes to standard output.
        Some(file) if file == Path::new("-") => eprint!("{text}"),
        Some(_) => return terminal::print(&text),
        None => return terminal::print(&(text + &list(config)?)),
    }
    Ok(())
}

/// Takes the tracker's lock, so that no tracker runs while a store is restored.
pub(super) fn lock(config: &Config) -> Result<Lock> {
    Lock::take(&config.home().lock())?.ok_or_else(|| {
        Error::temporary("a tracker is running on this store")
            .hint("Stop it first, e.g. with Ctrl-C in its terminal, then try again.")
    })
}

/// Lists the daily copies and those that were set aside.
fn list(config: &Config) -> Result<String> {
    let mut text = String::from("Copies:\n");
    let (daily, kept) = (backup::copies(config.home())?, backup::kept(config.home())?);
    let lines = daily.iter().map(|copy| (copy, "")).chain(kept.iter().map(|copy| (copy, ", kept until you delete it")));
    for (copy, note) in lines {
        text += &format!("  {}, {}{note}\n", copy.file.display(), size(copy.bytes));
    }
    Ok(text)
}
