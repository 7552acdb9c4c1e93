//! Which group the settings mean (rules §3.7). A group is its id; the store keeps which id a name meant.

use crate::config::{GroupSettings, Home};
use crate::domain::PeerId;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::group_name::{GroupName, find, parse};
use crate::error::{Error, Result};
use crate::platform::clock::Clock;
use crate::platform::lock::Lock;
use crate::platform::state_file::State;
use crate::store::{GroupRow, Store};

/// The group of the store that the settings call `name`; `None` if it was never watched. Without a name, the group that
/// was watched last.
pub fn configured(store: &Store, name: Option<&str>) -> Result<Option<GroupRow>> {
    Ok(configured_each(store, std::iter::once(name))?.pop().flatten())
}

/// As [`configured`], for several groups in one read.
pub fn configured_each<'a>(
    store: &Store,
    names: impl Iterator<Item = Option<&'a str>>,
) -> Result<Vec<Option<GroupRow>>> {
    let groups = store.groups()?;
    let known: Vec<_> = groups.iter().map(GroupRow::known).collect();
    let row = |name: Option<&str>| match name {
        Some(name) => find(name, &known).map(|index| groups[index].clone()),
        None => groups.first().cloned(),
    };
    Ok(names.map(row).collect())
}

/// A group to show, with a note about the choice.
#[derive(Clone, Debug)]
pub struct Shown {
    pub group: GroupRow,
    /// Set if the settings name another group, which was never watched.
    pub note: Option<String>,
}

/// The group that the settings name; else the group that was watched last, with a note. A group of `groups.toml` is
/// never replaced by another.
///
/// # Errors
/// The store has no group yet, or does not have this one (1).
pub fn shown(store: &Store, settings: &GroupSettings) -> Result<Shown> {
    let name = settings.name.as_deref();
    if let Some(group) = configured(store, name)? {
        return Ok(Shown { group, note: None });
    }
    let group = store.groups()?.into_iter().next();
    let group = group.ok_or_else(|| match name {
        Some(_) => Error::failed("no group has been tracked yet").command("Start with", "swf track"),
        None => Error::failed("no group is set up yet").command("To set one up, run", "swf init"),
    })?;
    if let Some(label) = &settings.label {
        return Err(Error::failed(format!("the group {label:?} has not been watched yet"))
            .command("To watch it, run", "swf track"));
    }
    // An older swf did not store to which group an invite link led.
    let unknown = |name: &&str| !matches!(parse(name).group, GroupName::Invite(_)) || group.setting.is_some();
    let note =
        name.filter(unknown).map(|name| format!("{}; this is {}", never_watched(name), group.title.escape_debug()));
    Ok(Shown { group, note })
}

/// The group that the settings name, for a command that posts.
///
/// # Errors
/// The settings name a group that was never watched (78, or 1 for a group of `groups.toml`), or the store has no group
/// yet (1).
pub fn to_post(store: &Store, settings: &GroupSettings) -> Result<GroupRow> {
    match shown(store, settings)? {
        Shown { group, note: None } => Ok(group),
        Shown { group, .. } => Err(Error::config(never_watched(settings.name.as_deref().unwrap_or_default()))
            .command("To watch it, run", "swf track")
            .hint(format!("To post for {}, set TELEGRAM_GROUP_USERNAME={}", group.title.escape_debug(), group.peer))),
    }
}

/// The warning about a target that is not used, because only a bot posts in a target.
pub fn unused_target(settings: &GroupSettings, group: &GroupRow) -> Option<String> {
    let target = settings.unused_target(Some(group.known()))?;
    let (place, title) = (&settings.target_place, group.title.escape_debug());
    Some(format!(
        "{place} is {target:?}, but posts go to {title}: only a bot posts there, and TELEGRAM_BOT_TOKEN is not set"
    ))
}

/// The chat that a post is in, for messages: the title of a group in the store, or the target as the user wrote it.
pub fn place_of(store: &Store, settings: &GroupSettings, group: &GroupRow, chat: Option<PeerId>) -> Result<String> {
    let Some(chat) = chat.filter(|chat| *chat != group.peer) else { return Ok(group.title.clone()) };
    let known = store.groups()?.into_iter().find(|row| row.peer == chat || row.migrated_from == Some(chat));
    let named = || settings.bot_target.clone().unwrap_or_else(|| chat.to_string());
    Ok(known.map_or_else(named, |row| row.title))
}

/// The error about a group of `groups.toml` that is the group of another table there (rules §5.2).
pub fn same_as(settings: &GroupSettings, other: &GroupSettings) -> Error {
    let [name, label, other] =
        [&settings.name, &settings.label, &other.label].map(|text| text.as_deref().unwrap_or_default());
    Error::config(format!("{} is {name:?}: that is the group that {other:?} is, too", settings.place()))
        .command("Each needs its own. To remove one of them, run", format!("swf group remove {label}"))
}

/// Checks that none of `others` means the same group of the store as `settings`.
///
/// # Errors
/// One of them does (78), see [`same_as`].
pub fn check_differs<'a>(
    store: &Store,
    others: impl Iterator<Item = &'a GroupSettings>,
    settings: &'a GroupSettings,
) -> Result<()> {
    let others: Vec<&GroupSettings> = others.collect();
    let names = others.iter().copied().chain([settings]).map(|group| group.name.as_deref());
    let mut rows = configured_each(store, names)?;
    let Some(row) = rows.pop().flatten() else { return Ok(()) };
    let is_same = |other: &Option<GroupRow>| other.as_ref().is_some_and(|other| other.key == row.key);
    rows.iter().position(is_same).map_or(Ok(()), |index| Err(same_as(settings, others[index])))
}

/// Telegram's clock, as it was last known. The tracker's state file has a newer offset than the store, which has that
/// of the last connection: the system clock may have been set since.
pub fn clock(home: &Home, group: Option<&GroupRow>) -> Clock {
    let tracker = State::read(home).filter(|state| state.pid.is_some()).map(|state| state.clock_offset);
    Clock::new(tracker.or(group.map(|group| group.clock_offset)).unwrap_or(0))
}

/// Telegram's time, and since when a tracker runs in this home.
pub fn now(home: &Home, group: &GroupRow) -> ReadTime {
    at(home, group, clock(home, Some(group)))
}

/// The time by `clock`, and since when a tracker watches the group.
pub fn at(home: &Home, group: &GroupRow, clock: Clock) -> ReadTime {
    let first_seen = || State::read(home)?.first_seen_of(group.peer);
    ReadTime { at: clock.now(), tracked_since: is_tracked(home).then(first_seen).flatten() }
}

/// Whether a tracker runs in this home.
pub fn is_tracked(home: &Home) -> bool {
    Lock::is_held(&home.lock()).unwrap_or(false)
}

/// The note about a group of the settings that is not in the store.
pub fn never_watched(name: &str) -> String {
    format!("TELEGRAM_GROUP_USERNAME is {name:?}, a group that swf has not watched yet")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Instant, PeerId};
    use crate::store::Access;

    /// CASES S5: the system clock was corrected while the tracker was connected. The tracker's file has the new offset;
    /// the store has the offset from when the tracker connected.
    #[test]
    fn the_offset_of_the_tracker_replaces_the_one_of_the_store() {
        const DAY: i64 = 86_400;
        let folder = tempfile::tempdir().unwrap();
        let home = Home(folder.path().to_owned());
        std::fs::create_dir_all(home.logs()).unwrap();
        let mut store = Store::open(&home.store(), Access::Write).unwrap();
        let key = store.group(PeerId(-1001), None, "Study Hall", None, PeerId(1)).unwrap();
        store.set_clock_offset(key, -DAY).unwrap();
        let group = store.groups().unwrap().remove(0);
        assert_eq!([clock(&home, Some(&group)), clock(&home, None)].map(|clock| clock.offset()), [-DAY, 0]);
        // The old tracker's file has no offset.
        State::default().write(&home.state()).unwrap();
        assert_eq!(clock(&home, Some(&group)).offset(), -DAY);
        State { pid: Some(1), clock_offset: 2, first_seen: Some(7), ..State::default() }.write(&home.state()).unwrap();
        assert_eq!([clock(&home, Some(&group)), clock(&home, None)].map(|clock| clock.offset()), [2, 2]);
        assert!(!is_tracked(&home));
        let _lock = Lock::take(&home.lock()).unwrap().unwrap();
        assert_eq!(now(&home, &group).tracked_since, Some(Instant(7)));
    }

    #[test]
    fn a_name_means_the_group_that_it_meant_when_it_was_found() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("study.db"), Access::Write).unwrap();
        assert!(configured(&store, Some("@oldname")).unwrap().is_none());
        let settings = |name: Option<&str>, label: Option<&str>| {
            let config = crate::config::Config::load(Some("nowhere".into()), std::path::Path::new("."), []).unwrap();
            let [name, label] = [name, label].map(|text| text.map(str::to_owned));
            GroupSettings { name, label, ..config.group().clone() }
        };
        assert!(shown(&store, &settings(None, None)).is_err());
        let hall = store.group(PeerId(-1001), None, "Study Hall", Some("oldname"), PeerId(1)).unwrap();
        store.remember_group(hall, "@oldname", Some(5)).unwrap();
        // The group is renamed, and another group takes the name.
        store.rename_group(hall, "Study Hall 2", Some("newname")).unwrap();
        let thief = store.group(PeerId(-1002), None, "Thief", Some("oldname"), PeerId(1)).unwrap();
        let peer = |name: &str| configured(&store, Some(name)).unwrap().map(|group| group.peer.0);
        assert_eq!(peer("@oldname"), Some(-1001));
        assert_eq!((peer("@newname"), peer("-1002"), peer("@third")), (Some(-1001), Some(-1002), None));
        assert_eq!(store.access_hash(PeerId(1), PeerId(-1001)).unwrap(), Some(5));

        let third = shown(&store, &settings(Some("@third"), None)).unwrap();
        assert!(third.note.is_some_and(|note| note.contains("@third") && note.contains("Thief")));
        let error = to_post(&store, &settings(Some("@third"), None)).unwrap_err();
        assert_eq!(error.kind.code(), 78, "{error}");
        assert!(shown(&store, &settings(Some("t.me/+invited"), None)).unwrap().note.is_none());
        assert_eq!(to_post(&store, &settings(Some("@newname"), None)).unwrap().key, hall);
        // A group of a file is never replaced by another.
        assert_eq!(shown(&store, &settings(Some("-1002"), Some("night"))).unwrap().group.key, thief);
        let error = shown(&store, &settings(Some("-1003"), Some("third"))).unwrap_err();
        assert!(error.message().contains("\"third\""), "{error}");
        // If a name gets a new meaning, the old meaning ends.
        store.remember_group(thief, "@oldname", None).unwrap();
        assert_eq!(configured(&store, Some("@oldname")).unwrap().map(|group| group.key), Some(thief));
    }
}
