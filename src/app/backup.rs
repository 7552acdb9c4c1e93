//! Copies of the store: one a day kept by the tracker, one on request; and how to restore one.
//!
//! ```text
//! var/study.db ──copy, read back──► var/backup/study-2026-12-10.db.x7Kq2a.part ──renamed──► study-2026-12-10.db
//! ```
//! A copy is there whole and checked, or not at all.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDate;

use crate::config::Home;
use crate::domain::Instant;
use crate::domain::backup::{Plan, day_of, file_name, part_name, plan};
use crate::domain::text::count;
use crate::domain::time::period::{first_instant, local, local_date};
use crate::domain::time::zone::Zone;
use crate::error::{Error, Kind, Result};
use crate::platform::fs::{self, Part};
use crate::store::{self, Access, Contents, Store};

/// How long the tracker waits after a copy could not be made, unless a new day begins.
pub const RETRY_INTERVAL: Duration = Duration::from_secs(3600);
/// How often it checks whether the day has its copy.
const CHECK_INTERVAL: Duration = Duration::from_secs(3600);
/// How often it checks whether a new store has something in it.
const EMPTY_INTERVAL: Duration = Duration::from_secs(5);
/// How often it copies a store on its first day: no earlier copy has anything of what is in there.
const FIRST_DAY_INTERVAL: Duration = Duration::from_secs(3600);

/// A copy that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub file: PathBuf,
    pub contents: Contents,
    pub bytes: u64,
}

/// Makes the copy of the local date `today`, in place of an earlier one of that date, and deletes what it makes
/// needless.
pub fn daily(home: &Home, today: NaiveDate) -> Result<Made> {
    let folder = home.backups();
    std::fs::create_dir_all(&folder).map_err(|error| Error::file(&folder, "made", &error))?;
    let file = folder.join(file_name(today));
    if file.exists() && !store::is_ours(&file) {
        return Err(Error::failed(format!(
            "{} is there, and is no copy of the store; it was left as it is",
            file.display()
        ))
        .command("Move it away, or name a file that is not there yet", "swf backup FILE"));
    }
    let (part, contents, bytes) = copy(&home.store(), &folder, today)?;
    part.replace(&file).map_err(|error| Error::file(&file, "written", &error))?;
    for name in look(&folder, today)?.delete {
        let old = folder.join(name);
        std::fs::remove_file(&old).map_err(|error| Error::file(&old, "removed", &error))?;
    }
    Ok(Made { file, contents, bytes })
}

/// Makes a copy at `file`, where nothing is yet.
pub fn to_file(home: &Home, file: &Path, today: NaiveDate) -> Result<Made> {
    let taken = || {
        Error::failed(format!("{} is there already; it was left as it is", file.display()))
            .command("Name a file that is not there yet, or none for the daily copy of today", "swf backup")
    };
    if file.symlink_metadata().is_ok() {
        return Err(taken());
    }
    let (part, contents, bytes) = copy(&home.store(), fs::folder_of(file), today)?;
    part.place_new(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => taken(),
        _ => Error::file(file, "written", &error),
    })?;
    Ok(Made { file: file.to_owned(), contents, bytes })
}

/// A checked copy under a passing name; it goes away unless it gets a lasting one. Only its owner can read it.
fn copy(from: &Path, folder: &Path, today: NaiveDate) -> Result<(Part, Contents, u64)> {
    store::check(from)?;
    let store = Store::open(from, Access::Read)?;
    let (prefix, suffix) = part_name(today);
    let part = Part::new(folder, &prefix, suffix).map_err(|error| Error::file(folder, "written", &error))?;
    let contents = store.copy_into(part.path())?;
    let bytes = part.path().metadata().map_err(|error| Error::file(part.path(), "read", &error))?.len();
    Ok((part, contents, bytes))
}

/// The names in a folder; none if there is no folder.
fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| Error::file(folder, "read", &error))?,
    };
    // Skip names that are not valid Unicode.
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
}

fn look(folder: &Path, today: NaiveDate) -> Result<Plan> {
    let names = names(folder)?;
    Ok(plan(names.iter().map(String::as_str), today))
}

/// A daily copy by its name; it was checked when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    pub day: NaiveDate,
    pub file: PathBuf,
    pub bytes: u64,
}

/// The daily copies, newest first.
pub fn copies(home: &Home) -> Result<Vec<Copy>> {
    let folder = home.backups();
    let mut days: Vec<NaiveDate> = names(&folder)?.iter().filter_map(|name| day_of(name)).collect();
    days.sort_unstable_by(|a, b| b.cmp(a));
    let copies = days.into_iter().map(|day| {
        let file = folder.join(file_name(day));
        let bytes = file.metadata().map_or(0, |file| file.len());
        Copy { day, file, bytes }
    });
    Ok(copies.collect())
}

/// The newest daily copy that is whole.
fn newest_good(home: &Home) -> Option<(PathBuf, Contents)> {
    let folder = home.backups();
    let mut days: Vec<NaiveDate> = names(&folder).ok()?.iter().filter_map(|name| day_of(name)).collect();
    days.sort_unstable();
    let files = days.into_iter().rev().map(|day| folder.join(file_name(day)));
    files.filter_map(|file| store::read_back(&file).ok().map(|contents| (file, contents))).next()
}

/// Adds the restore command to an error about a damaged store.
pub fn with_way_back(error: Error, home: &Home, zone: Zone) -> Error {
    if error.kind == Kind::Damaged { way_back(Error::new(Kind::Damaged, error.message()), home, zone) } else { error }
}

fn way_back(error: Error, home: &Home, zone: Zone) -> Error {
    let Some((file, contents)) = newest_good(home) else {
        let damaged = error.kind == Kind::Damaged;
        let error = error.hint(format!("There is no good copy in {}.", home.backups().display()));
        return if damaged {
            error.hint("To recover readable rows, run: sqlite3 study.db .recover | sqlite3 new.db")
        } else {
            error
        };
    };
    error
        .hint(format!("The newest good copy is {}: {}.", file.display(), summary(&contents, zone)))
        .hint("To restore it, stop the tracker, then run (the current store is kept):")
        .command("", format!("swf --home \"{}\" backup --restore \"{}\"", home.path().display(), file.display()))
}

/// `1234 stays, up to 2026-12-10 21:30 (Asia/Tashkent)`.
pub fn summary(contents: &Contents, zone: Zone) -> String {
    let stays = count(contents.stays(), "stay", "stays");
    match contents.until {
        Some(until) => {
            let until = local(zone, until).format("%Y-%m-%d %H:%M");
            format!("{stays}, up to {until} ({})", zone.name())
        }
        None => stays,
    }
}

/// Puts a copy in the store's place, and returns where what was there is kept. The caller holds the tracker's
/// lock.
pub fn restore(home: &Home, zone: Zone, file: &Path) -> Result<(Option<PathBuf>, Contents)> {
    let store = home.store();
    let no_copy = |what: String| way_back(Error::failed(what), home, zone);
    match file.metadata() {
        Err(error) => return Err(no_copy(Error::file(file, "read", &error).message().to_owned())),
        Ok(there) if !there.is_file() => return Err(no_copy(format!("{} is no file", file.display()))),
        Ok(there) if there.len() == 0 => return Err(no_copy(format!("{} is empty", file.display()))),
        Ok(_) => {}
    }
    if file.canonicalize().is_ok_and(|file| store.canonicalize().is_ok_and(|store| file == store)) {
        return Err(no_copy(format!("{} is the store itself, no copy of it", file.display())));
    }
    let copy = store::copy_of(file).map_err(|error| with_way_back(error, home, zone))?;
    let folder = store.parent().unwrap_or(Path::new("."));
    let part = Part::new(folder, "study.db.", ".part").map_err(|error| Error::file(folder, "written", &error))?;
    // Not byte by byte: what was kept beside an earlier store may have a log of its own.
    let contents = copy.copy_into(part.path())?;
    let mut kept = None;
    if store.exists() {
        let free = (1..).map(|n| store::beside(&store, &if n == 1 { ".kept".into() } else { format!(".kept.{n}") }));
        let to = free.into_iter().find(|path| !path.exists()).unwrap_or_else(|| store.clone());
        // The log goes with it: the two are one. The store itself is never missing from its place.
        fs::copy_atomic(&store, &to).map_err(|error| Error::file(&store, "copied", &error))?;
        for suffix in ["-wal", "-shm"] {
            let log = store::beside(&store, suffix);
            match std::fs::rename(&log, store::beside(&to, suffix)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::file(&log, "moved", &error));
                }
                _ => {}
            }
        }
        kept = Some(to);
    }
    part.replace(&store).map_err(|error| Error::file(&store, "replaced", &error))?;
    Ok((kept, contents))
}

/// Makes the copy of the local day at `now`, if it is due, and logs it. Returns after what time to look again.
pub fn copy_if_due(home: &Home, zone: Zone, now: Instant) -> Duration {
    let today = local_date(zone, now);
    match copy_of_day(home, zone, today) {
        Ok((made, again)) => {
            if let Some(made) = made {
                let contents = summary(&made.contents, zone);
                tracing::info!("copied the store to {} ({contents})", made.file.display());
            }
            again.unwrap_or(CHECK_INTERVAL)
        }
        Err(error) => {
            tracing::error!("no daily copy of the store: {}", with_way_back(error, home, zone));
            RETRY_INTERVAL
        }
    }
}

/// The copy of the day, if it was due, and after what time to look again on the same day, if need be.
fn copy_of_day(home: &Home, zone: Zone, today: NaiveDate) -> Result<(Option<Made>, Option<Duration>)> {
    let store = Store::open(&home.store(), Access::Read)?;
    if store.is_empty()? {
        return Ok((None, Some(EMPTY_INTERVAL)));
    }
    let mut young = true;
    for group in store.groups()? {
        let first = store.first_watched(group.key)?;
        young &= first.is_none_or(|first| local_date(zone, first) >= today);
    }
    let due = young || look(&home.backups(), today)?.due;
    let made = due.then(|| daily(home, today)).transpose()?;
    Ok((made, young.then_some(FIRST_DAY_INTERVAL)))
}

/// The end of the local day at `now`.
pub fn day_end(zone: Zone, now: Instant) -> Instant {
    local_date(zone, now).succ_opt().map_or(now + 86_400, |next| first_instant(zone, next))
}
