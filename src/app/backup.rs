//! Copies of the store: the tracker makes one a day, `swf backup` makes one on request. Also restores a copy.
//!
//! ```text
//! var/study.db ──copy, read back──► var/backup/study-2026-12-10.db.x7Kq2a.part ──renamed──► study-2026-12-10.db
//! ```
//! A copy gets its name only when it is whole and checked.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDate;

use crate::config::Home;
use crate::domain::Instant;
use crate::domain::backup::{Plan, day_of, file_name, kept_name, kept_of, part_name, plan};
use crate::domain::text::count;
use crate::domain::time::period::{first_instant, local, local_date};
use crate::domain::time::zone::Zone;
use crate::error::{Error, Kind, Result, single_quoted};
use crate::platform::fs::{self, Part};
use crate::platform::state_file::State;
use crate::store::{self, Access, Contents, Store};

/// How long the tracker waits after a copy could not be made, unless a new day begins.
pub const RETRY_INTERVAL: Duration = Duration::from_secs(3600);
/// How often the tracker checks whether the day has its copy.
const CHECK_INTERVAL: Duration = Duration::from_secs(3600);
/// How often the tracker checks whether a new store is still empty.
const EMPTY_INTERVAL: Duration = Duration::from_secs(5);
/// How often the tracker copies a store on its first day, when no copy of an earlier day has any of its data.
const FIRST_DAY_INTERVAL: Duration = Duration::from_secs(3600);

/// A copy that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub file: PathBuf,
    pub contents: Contents,
    pub bytes: u64,
    /// Earlier copies that were set aside, because this copy does not supersede them.
    pub set_aside: Vec<PathBuf>,
}

/// Makes the copy of the local date `today`, which replaces an earlier copy of that date, and deletes old copies. A
/// copy that no other one supersedes (of another store, or of a newer state of this store) is set aside instead.
pub fn daily(home: &Home, today: NaiveDate) -> Result<Made> {
    let folder = home.backups();
    std::fs::create_dir_all(&folder).map_err(|error| Error::file(&folder, "made", &error))?;
    let file = folder.join(file_name(today));
    if file.exists() && !store::is_ours(&file) {
        return Err(Error::failed(format!(
            "{} exists, and is not a copy of the store; it was left as it is",
            file.display()
        ))
        .command("Move it away, or choose a file that does not exist yet", "swf backup FILE"));
    }
    let (part, contents, bytes) = copy(&home.store(), &folder, today)?;
    let mut set_aside = Vec::new();
    if file.exists() && !store::supersedes(part.path(), &file) {
        set_aside.push(keep(&file, &folder, today)?);
    }
    part.replace(&file).map_err(|error| Error::file(&file, "written", &error))?;
    for name in look(&folder, today)?.delete {
        let old = folder.join(&name);
        match day_of(&name) {
            Some(day) if !is_superseded(home, &old, &file)? => set_aside.push(keep(&old, &folder, day)?),
            _ => std::fs::remove_file(&old).map_err(|error| Error::file(&old, "removed", &error))?,
        }
    }
    Ok(Made { file, contents, bytes, set_aside })
}

/// Sets a copy of `day` aside under a name that no later copy takes. Returns the new path.
fn keep(file: &Path, folder: &Path, day: NaiveDate) -> Result<PathBuf> {
    let kept = free_name(folder, day);
    std::fs::rename(file, &kept).map_err(|error| Error::file(file, "renamed", &error))?;
    Ok(kept)
}

/// The first free name for a copy of `day` that is set aside.
fn free_name(folder: &Path, day: NaiveDate) -> PathBuf {
    let free = (1..).map(|number| folder.join(kept_name(day, number))).find(|path| path.symlink_metadata().is_err());
    free.unwrap_or_else(|| unreachable!("numbers do not end"))
}

/// Makes a copy of an open store, and sets it aside at once. Returns its path.
pub fn set_aside_copy_of(home: &Home, store: &Store, day: NaiveDate) -> Result<PathBuf> {
    let folder = home.backups();
    std::fs::create_dir_all(&folder).map_err(|error| Error::file(&folder, "made", &error))?;
    let (prefix, suffix) = part_name(day);
    let part = Part::new(&folder, &prefix, suffix).map_err(|error| Error::file(&folder, "written", &error))?;
    store.copy_into(part.path())?;
    let kept = free_name(&folder, day);
    part.place_new(&kept).map_err(|error| Error::file(&kept, "written", &error))?;
    Ok(kept)
}

/// Whether another copy holds all that `old` does; `newest` was just made.
fn is_superseded(home: &Home, old: &Path, newest: &Path) -> Result<bool> {
    let others = copies(home)?.into_iter().chain(kept(home)?).map(|copy| copy.file);
    let mut good = others.filter(|file| file != old && file != newest && store::read_back(file).is_ok());
    Ok(store::supersedes(newest, old) || good.any(|file| store::supersedes(&file, old)))
}

/// Makes a copy at `file`, which must not exist yet. A link to a missing file is followed.
pub fn to_file(home: &Home, file: &Path, today: NaiveDate) -> Result<Made> {
    let file = &fs::follow_links(file).map_err(|error| Error::file(file, "written", &error))?;
    let taken = || {
        Error::failed(format!("{} already exists; it was left as it is", file.display()))
            .command("Choose a file that does not exist yet, or give no file for the daily copy of today", "swf backup")
    };
    match file.metadata() {
        Ok(there) if there.is_dir() => return Err(Error::file(file, "written", &io::ErrorKind::IsADirectory.into())),
        Ok(_) => return Err(taken()),
        Err(_) => {}
    }
    let (part, contents, bytes) = copy(&home.store(), fs::folder_of(file), today)?;
    part.place_new(file).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => taken(),
        _ => Error::file(file, "written", &error),
    })?;
    Ok(Made { file: file.to_owned(), contents, bytes, set_aside: Vec::new() })
}

/// Makes a copy, and writes it to `out`.
pub fn to_stream(home: &Home, out: &mut dyn Write, today: NaiveDate) -> Result<Made> {
    let (part, contents, bytes) = copy(&home.store(), &std::env::temp_dir(), today)?;
    let copied =
        std::fs::File::open(part.path()).and_then(|mut copy| io::copy(&mut copy, out).and_then(|_| out.flush()));
    let file = PathBuf::from("standard output");
    copied.map_err(|error| Error::file(&file, "written", &error))?;
    Ok(Made { file, contents, bytes, set_aside: Vec::new() })
}

/// A checked copy under a temporary name, which is deleted on drop unless it gets another name. Only its owner can read
/// it.
pub(super) fn copy(from: &Path, folder: &Path, today: NaiveDate) -> Result<(Part, Contents, u64)> {
    // A store of an older version is copied without an upgrade.
    let store = store::to_copy(from)?;
    let (prefix, suffix) = part_name(today);
    let part = Part::new(folder, &prefix, suffix).map_err(|error| Error::file(folder, "written", &error))?;
    let contents = store.copy_into(part.path())?;
    let bytes = part.path().metadata().map_err(|error| Error::file(part.path(), "read", &error))?.len();
    Ok((part, contents, bytes))
}

/// The names in a folder; none if there is no folder.
pub(super) fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| Error::file(folder, "read", &error))?,
    };
    // Skip names that are not valid Unicode.
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
}

fn look(folder: &Path, today: NaiveDate) -> Result<Plan> {
    let names = names(folder)?;
    Ok(plan(names.iter().map(String::as_str), today))
}

/// A copy of the store, as its file name describes it. It was checked when it was made, and is not read here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    pub day: NaiveDate,
    pub file: PathBuf,
    pub bytes: u64,
}

/// The daily copies, newest first.
pub fn copies(home: &Home) -> Result<Vec<Copy>> {
    copies_by(home, day_of)
}

/// The copies that were set aside, newest first.
pub fn kept(home: &Home) -> Result<Vec<Copy>> {
    copies_by(home, |name| kept_of(name).map(|(day, _)| day))
}

fn copies_by(home: &Home, day_of: impl Fn(&str) -> Option<NaiveDate>) -> Result<Vec<Copy>> {
    let folder = home.backups();
    let copy = |name: String| {
        let (day, file) = (day_of(&name)?, folder.join(name));
        let bytes = file.metadata().map_or(0, |file| file.len());
        Some(Copy { day, file, bytes })
    };
    let mut copies: Vec<Copy> = names(&folder)?.into_iter().filter_map(copy).collect();
    copies.sort_unstable_by(|a, b| (b.day, &b.file).cmp(&(a.day, &a.file)));
    Ok(copies)
}

/// The newest whole copy with study time, else the newest whole copy.
fn newest_good(home: &Home) -> Option<(PathBuf, Contents)> {
    newest_good_where(home, |_| true)
}

/// As [`newest_good`], among the copies that pass `is_good`.
fn newest_good_where(home: &Home, is_good: impl Fn(&Path) -> bool) -> Option<(PathBuf, Contents)> {
    let mut all: Vec<Copy> = copies(home).ok()?.into_iter().chain(kept(home).ok()?).collect();
    // The sort is stable: the daily copy of a day stays before those that were set aside.
    all.sort_by_key(|copy| std::cmp::Reverse(copy.day));
    let all = all.into_iter().filter(|copy| is_good(&copy.file));
    let good = all.filter_map(|copy| Some((store::read_back(&copy.file).ok()?, copy.file)));
    let mut good = good.map(|(contents, file)| (file, contents));
    let newest = good.next()?;
    let with_time = |(_, contents): &(PathBuf, Contents)| !contents.is_empty();
    if with_time(&newest) { Some(newest) } else { good.find(with_time).or(Some(newest)) }
}

/// The error if this home had a store, and that store is now missing, empty, or replaced by a new one without study
/// time. The home had a store if the state file names it, or else if a good copy has study time.
pub fn lost(home: &Home, zone: Zone) -> Option<Error> {
    let path = home.store();
    let new = store::identity_of_empty(&path);
    if new.is_none() && !store::is_missing(&path) {
        return None;
    }
    let is_other = |id: &str| new.as_ref().is_none_or(|new| new.id != id);
    let last = State::read(home).filter(|state| state.last_seen > 0).and_then(|state| state.store);
    let was_here = match last {
        Some(last) => is_other(&last),
        None => newest_good(home).is_some_and(|(file, contents)| {
            !contents.is_empty() && store::identity_of(&file).is_none_or(|copy| is_other(&copy.id))
        }),
    };
    if !was_here {
        return None;
    }
    let what = match &new {
        Some(_) => "is a new one without study time",
        None if path.exists() => "is empty",
        None => "is missing",
    };
    let error = Error::failed(format!("the store {} {what}, but this home had one", path.display()));
    Some(way_back(error, home, zone).command("To start with an empty store instead, run", "swf track --new-store"))
}

/// Adds the restore command to an error about a damaged store.
pub fn with_restore_hint(error: Error, home: &Home, zone: Zone) -> Error {
    if error.kind == Kind::Damaged { way_back(Error::new(Kind::Damaged, error.message()), home, zone) } else { error }
}

fn way_back(error: Error, home: &Home, zone: Zone) -> Error {
    restore_hint_where(error, home, zone, |_| true)
}

/// Adds the command that restores the newest good copy that passes `is_good`.
pub fn restore_hint_where(error: Error, home: &Home, zone: Zone, is_good: impl Fn(&Path) -> bool) -> Error {
    let Some((file, contents)) = newest_good_where(home, is_good) else {
        let damaged = error.kind == Kind::Damaged;
        let error = error.hint(format!("There is no intact copy in {}.", home.backups().display()));
        return if damaged {
            error.hint("To recover readable rows, run: sqlite3 study.db .recover | sqlite3 new.db")
        } else {
            error
        };
    };
    error
        .hint(format!("The newest intact copy is {}: {}.", file.display(), summary(&contents, zone)))
        .hint("To restore it, stop the tracker, then run (the current store is kept):")
        .command("", restore_command(home, &file))
}

/// The command that restores a copy.
pub fn restore_command(home: &Home, file: &Path) -> String {
    format!("swf --home {} backup --restore {}", single_quoted(home.path()), single_quoted(file))
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

/// Replaces the store by a copy, and returns the path at which the replaced store is kept. The caller holds the
/// tracker's lock.
pub fn restore(home: &Home, zone: Zone, file: &Path) -> Result<(Option<PathBuf>, Contents)> {
    let store = home.store();
    let no_copy = |what: String| way_back(Error::failed(what), home, zone);
    match file.metadata() {
        Err(error) => return Err(no_copy(Error::file(file, "read", &error).message().to_owned())),
        Ok(there) if !there.is_file() => return Err(no_copy(format!("{} is not a file", file.display()))),
        Ok(there) if there.len() == 0 => return Err(no_copy(format!("{} is empty", file.display()))),
        Ok(_) => {}
    }
    if file.canonicalize().is_ok_and(|file| store.canonicalize().is_ok_and(|store| file == store)) {
        return Err(no_copy(format!("{} is the store itself, not a copy", file.display())));
    }
    let copy = store::copy_of(file).map_err(|error| with_restore_hint(error, home, zone))?;
    let folder = store.parent().unwrap_or(Path::new("."));
    let part = Part::new(folder, "study.db.", ".part").map_err(|error| Error::file(folder, "written", &error))?;
    // Through SQLite, not byte by byte: `file` may be a store that was kept, with a log of its own.
    let contents = copy.copy_into(part.path())?;
    let mut kept = None;
    // A log must not stay here without its store: SQLite would apply it to the copy.
    if ["", "-wal"].iter().any(|suffix| store::beside(&store, suffix).exists()) {
        let free = (1..).map(|n| store::beside(&store, &if n == 1 { ".kept".into() } else { format!(".kept.{n}") }));
        let is_free = |path: &PathBuf| ["", "-wal"].iter().all(|suffix| !store::beside(path, suffix).exists());
        let to = free.into_iter().find(is_free).unwrap_or_else(|| store.clone());
        // The log moves with its store. The store itself is copied, so that it is never missing from its place.
        if store.exists() {
            fs::copy_atomic(&store, &to).map_err(|error| Error::file(&store, "copied", &error))?;
        }
        for suffix in ["-wal", "-shm"] {
            let log = store::beside(&store, suffix);
            match std::fs::rename(&log, store::beside(&to, suffix)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::file(&log, "moved", &error));
                }
                _ => {}
            }
        }
        kept = to.exists().then_some(to);
    }
    part.replace(&store).map_err(|error| Error::file(&store, "replaced", &error))?;
    Ok((kept, contents))
}

/// Makes and logs the copy of the local day at `now`, if it is due. Returns the copy, and how long to wait until the
/// next check.
pub fn copy_if_due(home: &Home, zone: Zone, now: Instant) -> (Option<PathBuf>, Duration) {
    let today = local_date(zone, now);
    match copy_of_day(home, zone, today) {
        Ok((made, again)) => {
            let file = made.map(|made| {
                let contents = summary(&made.contents, zone);
                tracing::info!("copied the store to {} ({contents})", made.file.display());
                for file in made.set_aside {
                    tracing::warn!("kept {}: it belongs to another store, or is newer than this one", file.display());
                }
                made.file
            });
            (file, again.unwrap_or(CHECK_INTERVAL))
        }
        Err(error) => {
            tracing::error!("the daily copy of the store failed: {}", with_restore_hint(error, home, zone));
            (None, RETRY_INTERVAL)
        }
    }
}

/// The copy of the day, if it was due, and how long to wait until the next check, unless [`CHECK_INTERVAL`] will do.
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

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::app::upgrade::{open_for_writing, open_to_read};

    const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2033, 5, 18).unwrap();

    /// A home with an empty folder for the store.
    fn home() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home(folder.path().to_owned());
        std::fs::create_dir_all(home.logs()).unwrap();
        (folder, home)
    }

    /// A store with four stays in the home.
    fn make_store(home: &Home) -> Store {
        let db = Connection::open(home.store()).unwrap();
        db.execute_batch(include_str!("../../tests/fixtures/store-1.sql")).unwrap();
        drop(db);
        Store::open(&home.store(), Access::Upgrade).unwrap()
    }

    fn write_to(store: &mut Store) {
        let group = store.groups().unwrap()[0].key;
        store.set_clock_offset(group, 1).unwrap();
    }

    fn remove_store(home: &Home) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(store::beside(&home.store(), suffix));
        }
    }

    fn names_of(copies: Result<Vec<Copy>>) -> Vec<String> {
        let names = copies.unwrap().into_iter().map(|copy| copy.file.file_name().unwrap().to_owned());
        names.map(|name| name.into_string().unwrap()).collect()
    }

    fn daily_copies(home: &Home) -> Vec<String> {
        names_of(copies(home))
    }

    fn set_aside(home: &Home) -> Vec<String> {
        names_of(kept(home))
    }

    #[test]
    fn a_store_that_was_here_is_not_taken_for_a_new_one() {
        let (_folder, home) = home();
        assert!(lost(&home, Zone::UTC).is_none());
        let store = make_store(&home);
        let identity = store.identity().unwrap();
        drop(store);
        let file = daily(&home, TODAY).unwrap().file;
        assert!(lost(&home, Zone::UTC).is_none());
        let empty = || std::fs::write(home.store(), "").unwrap();
        let without_tables = || {
            let db = Connection::open(home.store()).unwrap();
            db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
        };
        let cases: [(&dyn Fn(), &str); 3] =
            [(&|| {}, "is missing"), (&empty, "is empty"), (&without_tables, "is empty")];
        for (make, what) in cases {
            remove_store(&home);
            make();
            let before = std::fs::read(home.store()).ok();
            for opened in [open_for_writing(&home), open_to_read(&home, Zone::UTC)] {
                let error = opened.unwrap_err();
                let text: Vec<String> = error.hints().iter().map(ToString::to_string).collect();
                let text = text.join("\n");
                assert!(error.message().contains(what), "{error}");
                assert!(text.contains(&format!("{}: 4 stays, up to 2033-05-18", file.display())), "{text}");
                assert!(text.contains(&format!("backup --restore '{}'", file.display())), "{text}");
                assert!(text.contains("swf track --new-store"), "{text}");
            }
            assert_eq!(std::fs::read(home.store()).ok(), before);
        }
        restore(&home, Zone::UTC, &file).unwrap();
        assert_eq!(open_for_writing(&home).unwrap().identity().unwrap(), identity);
    }

    #[test]
    fn a_new_store_without_time_is_not_taken_for_the_one_that_was_here() {
        let (_folder, home) = home();
        let state = |store: &Store| {
            let id = store.identity().unwrap().unwrap().id;
            State { last_seen: 5, pid: Some(1), store: Some(id), ..State::default() }.write(&home.state()).unwrap();
        };
        // A store that was new from the start.
        let first = Store::open(&home.store(), Access::Write).unwrap();
        assert!(lost(&home, Zone::UTC).is_none());
        state(&first);
        assert!(lost(&home, Zone::UTC).is_none());
        drop(first);
        remove_store(&home);
        let old = make_store(&home);
        daily(&home, TODAY).unwrap();
        state(&old);
        drop(old);
        remove_store(&home);
        let new = Store::open(&home.store(), Access::Write).unwrap();
        let what = "is a new one without study time";
        for state in [true, false] {
            if !state {
                std::fs::remove_file(home.state()).unwrap();
            }
            for opened in [open_for_writing(&home), open_to_read(&home, Zone::UTC)] {
                let error = opened.unwrap_err();
                assert!(error.message().contains(what), "{error}");
            }
        }
        // The state file names the new store, so the user asked for it.
        state(&new);
        assert!(lost(&home, Zone::UTC).is_none());
    }

    #[test]
    fn a_damaged_store_is_named_with_the_way_back_by_readers_and_writers() {
        let (_folder, home) = home();
        drop(make_store(&home));
        let file = daily(&home, TODAY).unwrap().file;
        remove_store(&home);
        std::fs::write(home.store(), [7; 9000]).unwrap();
        for opened in [open_for_writing(&home), open_to_read(&home, Zone::UTC)] {
            let error = opened.unwrap_err();
            let hints: Vec<String> = error.hints().iter().map(ToString::to_string).collect();
            assert!(hints.join("\n").contains(&file.display().to_string()), "{error}");
        }
        std::fs::remove_file(home.store()).unwrap();
        std::fs::create_dir(home.store()).unwrap();
        let error = open_to_read(&home, Zone::UTC).unwrap_err();
        assert!(error.message().contains("is a folder") && error.message().contains("study.db"), "{error}");
    }

    #[test]
    fn without_a_copy_the_state_file_says_that_a_store_was_here() {
        let (_folder, home) = home();
        let old = State { last_seen: 5, pid: Some(1), ..State::default() };
        let never_looked = State { store: Some("a".into()), ..State::default() };
        for state in [old.clone(), never_looked] {
            state.write(&home.state()).unwrap();
            assert!(lost(&home, Zone::UTC).is_none(), "{state:?}");
        }
        State { store: Some("a".into()), ..old }.write(&home.state()).unwrap();
        let error = lost(&home, Zone::UTC).unwrap();
        assert!(error.hints().iter().any(|hint| hint.to_string().contains("There is no intact copy")), "{error}");
    }

    #[test]
    fn copies_of_a_store_without_time_do_not_count() {
        let (_folder, home) = home();
        drop(Store::open(&home.store(), Access::Write).unwrap());
        daily(&home, TODAY).unwrap();
        remove_store(&home);
        assert!(lost(&home, Zone::UTC).is_none());
    }

    #[test]
    fn a_copy_never_replaces_one_of_another_store_or_a_newer_one() {
        let (_folder, home) = home();
        let mut store = make_store(&home);
        daily(&home, TODAY).unwrap();
        let early = home.path().join("early.db");
        to_file(&home, &early, TODAY).unwrap();
        write_to(&mut store);
        // A copy of a newer state of the same store replaces the earlier copy.
        assert_eq!(daily(&home, TODAY).unwrap().set_aside, Vec::<PathBuf>::new());
        let newest = store.identity().unwrap();
        drop(store);
        // A copy of an older state does not.
        restore(&home, Zone::UTC, &early).unwrap();
        let made = daily(&home, TODAY).unwrap();
        assert_eq!(set_aside(&home), ["study-2033-05-18.kept.db"]);
        assert_eq!(made.set_aside, [home.backups().join("study-2033-05-18.kept.db")]);
        assert_eq!(store::identity_of(&made.set_aside[0]), newest);
        // Nor does a copy of another store.
        let before = store::identity_of(&made.file);
        remove_store(&home);
        let other = Store::open(&home.store(), Access::Write).unwrap();
        let made = daily(&home, TODAY).unwrap();
        assert_eq!(set_aside(&home), ["study-2033-05-18.kept.db", "study-2033-05-18.kept-2.db"]);
        assert_eq!(store::identity_of(&made.set_aside[0]), before);
        assert_eq!(store::identity_of(&made.file), other.identity().unwrap());
    }

    #[test]
    fn files_without_an_identity_are_compared_by_their_contents() {
        let (_folder, home) = home();
        let store = make_store(&home);
        daily(&home, TODAY).unwrap();
        let old = home.backups().join("study-2033-05-18.db");
        let make_old = |more: &str| {
            std::fs::remove_file(&old).unwrap();
            let db = Connection::open(&old).unwrap();
            db.execute_batch(include_str!("../../tests/fixtures/store-5.sql")).unwrap();
            db.execute_batch(more).unwrap();
        };
        make_old("DELETE FROM carried");
        assert_eq!(daily(&home, TODAY).unwrap().set_aside, Vec::<PathBuf>::new());
        make_old("");
        assert_eq!(daily(&home, TODAY).unwrap().set_aside.len(), 1);
        assert_eq!(store::identity_of(&old), store.identity().unwrap());
    }

    /// A store that is not upgraded yet has no identity, and neither has its copy: a later copy replaces it.
    #[test]
    fn a_store_of_an_older_version_is_copied_as_it_is() {
        let (_folder, home) = home();
        let db = Connection::open(home.store()).unwrap();
        db.execute_batch(include_str!("../../tests/fixtures/store-5.sql")).unwrap();
        drop(db);
        let made = daily(&home, TODAY).unwrap();
        assert_eq!(store::identity_of(&made.file), None);
        drop(Store::open(&home.store(), Access::Upgrade).unwrap());
        assert_eq!(daily(&home, TODAY).unwrap().set_aside, Vec::<PathBuf>::new());
    }

    #[test]
    fn the_last_copy_of_another_store_is_set_aside_when_its_week_is_over() {
        let (_folder, home) = home();
        let mut store = make_store(&home);
        let day = |number: u64| TODAY + chrono::Days::new(number);
        for number in 0..2 {
            daily(&home, day(number)).unwrap();
            write_to(&mut store);
        }
        drop(store);
        let newest = store::identity_of(&home.backups().join(file_name(day(1))));
        remove_store(&home);
        drop(Store::open(&home.store(), Access::Write).unwrap());
        let aside: Vec<usize> = (2..12).map(|number| daily(&home, day(number)).unwrap().set_aside.len()).collect();
        // On day 8 the copy of day 1 is the eighth, and seven are kept.
        assert_eq!(aside, [0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
        assert_eq!(daily_copies(&home).len(), 7);
        assert_eq!(set_aside(&home), ["study-2033-05-19.kept.db"]);
        assert_eq!(store::identity_of(&home.backups().join("study-2033-05-19.kept.db")), newest);
    }

    #[test]
    fn a_log_that_is_left_of_a_missing_store_is_not_merged_into_the_restored_copy() {
        let (_folder, home) = home();
        let mut store = make_store(&home);
        let file = daily(&home, TODAY).unwrap().file;
        write_to(&mut store);
        let log = store::beside(&home.store(), "-wal");
        let bytes = std::fs::read(&log).unwrap();
        drop(store);
        remove_store(&home);
        std::fs::write(&log, &bytes).unwrap();
        let (kept, _) = restore(&home, Zone::UTC, &file).unwrap();
        assert_eq!((kept, log.exists()), (None, false));
        assert_eq!(std::fs::read(store::beside(&home.store(), ".kept-wal")).unwrap(), bytes);
        assert_eq!(store::identity_of(&home.store()), store::identity_of(&file));
    }
}
