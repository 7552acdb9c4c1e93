//! Which group the settings mean (rules §3.7): a group is its id, and the store keeps what a name meant.

use crate::config::Home;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::group_name::{GroupName, find, parse};
use crate::error::{Error, Result};
use crate::platform::clock::Clock;
use crate::platform::lock::Lock;
use crate::platform::state_file::State;
use crate::store::{GroupRow, Store};

/// The group of the store that the settings call `name`; `None` if it was never watched. Without a name it is the one that
/// was watched last.
pub fn configured(store: &Store, name: Option<&str>) -> Result<Option<GroupRow>> {
    let groups = store.groups()?;
    let Some(name) = name else { return Ok(groups.into_iter().next()) };
    let known: Vec<_> = groups.iter().map(GroupRow::known).collect();
    let found = find(name, &known);
    Ok(found.and_then(|index| groups.into_iter().nth(index)))
}

/// A group to show, with what the user has to know about the choice.
#[derive(Clone, Debug)]
pub struct Shown {
    pub group: GroupRow,
    /// The settings name another group, which was never watched.
    pub note: Option<String>,
}

/// The group that the settings name; else the one that was watched last, with a note.
///
/// # Errors
/// The store knows no group yet (1).
pub fn shown(store: &Store, name: Option<&str>) -> Result<Shown> {
    if let Some(group) = configured(store, name)? {
        return Ok(Shown { group, note: None });
    }
    let group = store.groups()?.into_iter().next();
    let group =
        group.ok_or_else(|| Error::failed("no group has been tracked yet").command("Start with", "swf track"))?;
    // An older swf did not store what an invite link led to.
    let unknown = |name: &&str| !matches!(parse(name).group, GroupName::Invite(_)) || group.setting.is_some();
    let note =
        name.filter(unknown).map(|name| format!("{}; this is {}", never_watched(name), group.title.escape_debug()));
    Ok(Shown { group, note })
}

/// The group that the settings name, for a command that posts.
///
/// # Errors
/// The settings name a group that was never watched (78), or the store knows no group yet (1).
pub fn to_post(store: &Store, name: Option<&str>) -> Result<GroupRow> {
    match shown(store, name)? {
        Shown { group, note: None } => Ok(group),
        Shown { group, .. } => Err(Error::config(never_watched(name.unwrap_or_default()))
            .command("To watch it, run", "swf track")
            .hint(format!("To post for {}, set TELEGRAM_GROUP_USERNAME={}", group.title.escape_debug(), group.peer))),
    }
}

/// Telegram's clock, as it was last known. The tracker's state file has a newer offset than the store: the system clock may
/// have been set since the tracker connected.
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

fn never_watched(name: &str) -> String {
    format!("TELEGRAM_GROUP_USERNAME is {name:?}, a group that swf has not watched yet")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Instant, PeerId};
    use crate::store::Access;

    /// CASES S5: the system clock was set right while the tracker was connected. The tracker's file has the new offset, the
    /// store the one from when it connected.
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
        assert!(shown(&store, None).is_err());
        let hall = store.group(PeerId(-1001), None, "Study Hall", Some("oldname"), PeerId(1)).unwrap();
        store.remember_group(hall, "@oldname", Some(5)).unwrap();
        // It is renamed, and another group takes the name.
        store.rename_group(hall, "Study Hall 2", Some("newname")).unwrap();
        let thief = store.group(PeerId(-1002), None, "Thief", Some("oldname"), PeerId(1)).unwrap();
        let peer = |name: &str| configured(&store, Some(name)).unwrap().map(|group| group.peer.0);
        assert_eq!(peer("@oldname"), Some(-1001));
        assert_eq!((peer("@newname"), peer("-1002"), peer("@third")), (Some(-1001), Some(-1002), None));
        assert_eq!(store.access_hash(PeerId(1), PeerId(-1001)).unwrap(), Some(5));

        let third = shown(&store, Some("@third")).unwrap();
        assert!(third.note.is_some_and(|note| note.contains("@third") && note.contains("Thief")));
        let error = to_post(&store, Some("@third")).unwrap_err();
        assert_eq!(error.kind.code(), 78, "{error}");
        assert!(shown(&store, Some("t.me/+invited")).unwrap().note.is_none());
        assert_eq!(to_post(&store, Some("@newname")).unwrap().key, hall);
        // A new meaning of a name ends the old one.
        store.remember_group(thief, "@oldname", None).unwrap();
        assert_eq!(configured(&store, Some("@oldname")).unwrap().map(|group| group.key), Some(thief));
    }
}
