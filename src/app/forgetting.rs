//! Forgetting people (rules §8): it is announced, and carried out a week later in all files of the home.
//!
//! ```text
//! announced ──7 days──► logs ──► marks in var/forgotten ──► store follows ──► copies ──► store's file written again
//!     └──taken back
//! ```
//! The logs come first, because only the store has the names that are in them. After a crash at a later step, the store
//! follows the marks when it is opened, and the next call of [`carry_out`] goes on with the copies and the store's file.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::app::login_link::fill;
use crate::config::{Config, GroupSettings, Home};
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::forgotten::{Forgotten, KEY_BYTES, contains_name};
use crate::domain::people::Aliases;
use crate::domain::{Instant, PeerId};
use crate::error::{Error, Result};
use crate::platform::fs::{self, Mode, Part};
use crate::platform::logging;
use crate::store::{self, Access, Alias, GroupKey, Leaving, Store};

use super::backup;
use super::groups;
use super::rewrite;

/// All accounts of the person behind `account`, with the account that stands for them in each group of the store.
pub fn leaving(store: &Store, config: &Config, account: PeerId) -> Result<Vec<Leaving>> {
    let mut aliases: BTreeMap<i64, (GroupKey, Aliases)> = BTreeMap::new();
    for config in config.each_group() {
        if let Some(row) = groups::configured(store, config.group().name.as_deref())? {
            aliases.insert(row.key.0, (row.key, aliases_of(store, config.group(), row.key)?));
        }
    }
    for row in store.groups()? {
        // No settings are about this group: only the store has aliases of it.
        if let Entry::Vacant(group) = aliases.entry(row.key.0) {
            let stored = store.aliases(row.key, &[])?;
            group.insert((row.key, Aliases::new(stored.iter().filter_map(Alias::peers))));
        }
    }
    // All accounts that are one person in any group.
    let mut accounts = BTreeSet::from([account]);
    loop {
        let known = accounts.len();
        for (_, aliases) in aliases.values() {
            let more: Vec<PeerId> = accounts.iter().flat_map(|one| aliases.accounts(aliases.person(*one))).collect();
            accounts.extend(more);
        }
        if accounts.len() == known {
            break;
        }
    }
    let mut leaving = Vec::new();
    for (group, aliases) in aliases.into_values() {
        for account in &accounts {
            leaving.push(Leaving { group, person: aliases.person(*account), accounts: vec![*account] });
        }
    }
    Ok(leaving)
}

fn aliases_of(store: &Store, settings: &GroupSettings, group: GroupKey) -> Result<Aliases> {
    Ok(Aliases::new(store.aliases(group, &settings.aliases)?.iter().filter_map(Alias::peers)))
}

/// The accounts of a person.
pub fn accounts(leaving: &[Leaving]) -> Vec<PeerId> {
    let accounts: BTreeSet<PeerId> = leaving.iter().flat_map(|part| part.accounts.clone()).collect();
    accounts.into_iter().collect()
}

/// Forgets the people who are due, in all files of the home, and finishes an earlier attempt. While a post is being
/// sent, does nothing: call it again later. Returns whether nothing is left to do.
pub fn carry_out(home: &Home, store: &mut Store, now: Instant) -> Result<bool> {
    let due = store.due_to_forget(now)?;
    if due.is_empty() && !store.needs_cleaning()? {
        return Ok(true);
    }
    if !due.is_empty() && store.is_sending_post(now)? {
        return Ok(false);
    }
    let names = store.names_of(&due)?;
    redact_logs(home, &due, &names)?;
    store.forget_due(now, |accounts| mark(home, accounts))?;
    // Lines that were written in the meantime.
    redact_logs(home, &due, &names)?;
    if let Some(forgotten) = store::read_marks(&home.forgotten())? {
        forget_in_copies(home, &forgotten)?;
    }
    if let Err(error) = store.clean() {
        // The tracker or the next command that writes tries again.
        tracing::warn!("{error}");
    }
    Ok(true)
}

/// Makes a store that was just restored follow the marks, and wipes the forgotten people from its file. The caller
/// holds the tracker's lock.
pub fn follow_marks(home: &Home) -> Result<()> {
    if home.forgotten().exists() {
        let mut store = Store::open(&home.store(), Access::Upgrade)?;
        // At time 0 nobody is due, so this only finishes earlier attempts.
        carry_out(home, &mut store, Instant(0))?;
    }
    Ok(())
}

/// As [`carry_out`], for a tracker: an error is logged, and the next call tries again. Also edits posts.
pub fn carry_out_if_due(config: &Config, now: Instant) {
    let home = config.home();
    let work = || -> Result<()> {
        let reader = Store::open(&home.store(), Access::Read)?;
        let is_done = reader.due_to_forget(now)?.is_empty() && !reader.needs_cleaning()?;
        // Another command may have forgotten the people; it does not edit posts.
        let has_blank_posts = reader.has_posts_to_write_again(now)?;
        if is_done && !has_blank_posts {
            return Ok(());
        }
        drop(reader);
        let mut store = Store::open(&home.store(), Access::Write)?;
        if carry_out(home, &mut store, now)? || has_blank_posts {
            edit_posts(&mut store, config, now)?;
        }
        Ok(())
    };
    if let Err(error) = work() {
        tracing::error!("people who are due to be forgotten were not forgotten yet: {error}");
    }
}

/// Composes the posts again that were sent and can be edited.
pub fn edit_posts(store: &mut Store, config: &Config, now: Instant) -> Result<()> {
    for config in config.each_group() {
        if let Some(group) = groups::configured(store, config.group().name.as_deref())? {
            let now = ReadTime { at: now, tracked_since: None };
            // The website's rows are changed already.
            rewrite::rewrite_sent(store, config.group(), &group, None, false, now)?;
        }
    }
    Ok(())
}

/// Marks accounts as forgotten in `var/forgotten`.
fn mark(home: &Home, accounts: &[PeerId]) -> Result<()> {
    let path = home.forgotten();
    let mut forgotten = match store::read_marks(&path)? {
        Some(forgotten) => forgotten,
        None => {
            let mut key = [0; KEY_BYTES];
            fill(&mut key)?;
            Forgotten::new(key)
        }
    };
    accounts.iter().for_each(|account| forgotten.forget(*account));
    write(&path, &forgotten)
}

/// Takes back that the person behind an account is to be forgotten. If they are forgotten already, they are counted
/// again from `now` on.
pub fn take_back(store: &mut Store, config: &Config, account: PeerId, now: Instant) -> Result<()> {
    store.cancel_forgetting(&accounts(&leaving(store, config, account)?))?;
    count_again(store, config.home(), account, now).map(drop)
}

/// Counts a forgotten account again, from `now` on. Its earlier time stays with "Somebody". Returns whether the account
/// was forgotten.
pub fn count_again(store: &mut Store, home: &Home, account: PeerId, now: Instant) -> Result<bool> {
    let path = home.forgotten();
    let Some(mut forgotten) = store::read_marks(&path)? else { return Ok(false) };
    let was_forgotten = forgotten.take_back(account);
    if was_forgotten {
        store.count_from(account, now)?;
        write(&path, &forgotten)?;
    }
    Ok(was_forgotten)
}

fn write(path: &Path, forgotten: &Forgotten) -> Result<()> {
    fs::write_atomic(path, forgotten.to_text().as_bytes(), Mode::Private)
        .map_err(|error| Error::file(path, "written", &error))
}

/// Forgets people in all copies of the store in the home. A copy that can't be read is left as it is.
fn forget_in_copies(home: &Home, forgotten: &Forgotten) -> Result<()> {
    let copies = all_copies(home)?.into_iter().map(|file| (file, Store::forget_in_copy as Forget));
    let old = old_trackers(home)?.into_iter().map(|file| (file, store::forget_in_old_tracker as Forget));
    for (file, forget) in copies.chain(old) {
        let folder = fs::folder_of(&file);
        let part = Part::new(folder, "study.db.", ".part").map_err(|error| Error::file(folder, "written", &error))?;
        match forget(&file, part.path(), forgotten) {
            Ok(false) => {}
            Ok(true) => put_in_place(part, &file).map_err(|error| Error::file(&file, "written", &error))?,
            Err(error) => {
                tracing::warn!("{} may still contain the name of a forgotten person: {error}", file.display());
            }
        }
    }
    Ok(())
}

fn put_in_place(part: Part, file: &Path) -> io::Result<()> {
    File::options().write(true).open(part.path())?.sync_all()?;
    part.replace(file)
}

/// Writes the first file to the second path without the forgotten people. Returns `false` if there was nothing of them
/// in it; then the first file stays.
type Forget = fn(&Path, &Path, &Forgotten) -> Result<bool>;

/// The databases of the old tracker that were taken over.
fn old_trackers(home: &Home) -> Result<Vec<PathBuf>> {
    let is_kept = |name: &str| name.starts_with("study.db.old-tracker") && !name.ends_with(".json");
    let names = backup::names(&home.var())?.into_iter().filter(|name| is_kept(name));
    Ok(names.map(|name| home.var().join(name)).collect())
}

/// The daily copies, those that were set aside, and the stores that a restore has replaced.
fn all_copies(home: &Home) -> Result<Vec<PathBuf>> {
    let copies = backup::copies(home)?.into_iter().chain(backup::kept(home)?).map(|copy| copy.file);
    let is_kept = |name: &str| name.starts_with("study.db.kept") && !name.ends_with("-wal") && !name.ends_with("-shm");
    let beside = backup::names(&home.var())?.into_iter().filter(|name| is_kept(name)).map(|name| home.var().join(name));
    Ok(copies.chain(beside).collect())
}

/// Removes the lines that name one of the accounts from the logs.
fn redact_logs(home: &Home, accounts: &[PeerId], names: &BTreeSet<String>) -> Result<()> {
    let ids: Vec<String> = accounts.iter().map(ToString::to_string).collect();
    let tells = |line: &str| {
        ids.iter().any(|id| line.contains(id.as_str())) || names.iter().any(|name| contains_name(line, name))
    };
    for name in backup::names(&home.logs())?.into_iter().filter(|name| logging::is_log(name)) {
        let file = home.logs().join(name);
        let Ok(bytes) = std::fs::read(&file) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        if text.lines().any(tells) {
            let kept: String = text.split_inclusive('\n').filter(|line| !tells(line)).collect();
            // A process that writes to this log notices that the file was replaced.
            fs::write_atomic(&file, kept.as_bytes(), Mode::Private)
                .map_err(|error| Error::file(&file, "written", &error))?;
        }
    }
    Ok(())
}
