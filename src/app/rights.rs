//! What people decide about themselves (rules §7): stores it, and applies it to posts and exports.

use super::people;
use super::rewrite::{Rewritten, rewrite_sent};
use crate::config::GroupSettings;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::people::Aliases;
use crate::domain::rights::{Decision, PenNameFault, pen_name};
use crate::domain::{Instant, PeerId};
use crate::error::Result;
use crate::store::{Alias, GroupKey, GroupRow, Store};

/// The group to whose posts and exports a decision applies.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub settings: &'a GroupSettings,
    pub group: &'a GroupRow,
    /// A website receives the group's boards.
    pub export: bool,
    pub now: ReadTime,
}

/// Stores what the person behind `account` decided at `at`. If that changes the name in posts, posts are composed
/// again: those that wait, and those whose messages can be edited. The same decision again changes nothing.
pub fn decide(store: &mut Store, place: Place, account: PeerId, decision: &Decision, at: Instant) -> Result<Rewritten> {
    let Place { settings, group, export, now } = place;
    let aliases = Aliases::new(store.aliases(group.key, &settings.aliases)?.iter().filter_map(Alias::peers));
    let accounts = aliases.accounts(aliases.person(account));
    let rights = store.rights(group.key, settings.audience, &settings.aliases)?;
    let before = rights.of(account).cloned().unwrap_or_default();
    store.decide(group.key, &accounts, &before.with(decision, settings.audience, at))?;
    match decision {
        Decision::Hide | Decision::Show | Decision::PenName(_) => {
            let rights = store.rights(group.key, settings.audience, &settings.aliases)?;
            store.rename_exports(group.key, &rights)?;
            rewrite_sent(store, settings, group, None, export, now)
        }
        Decision::Leave | Decision::Return | Decision::Agree { .. } => Ok(Rewritten::default()),
    }
}

/// Checks a pen name for the person behind `account`. Returns it in the form in which it is stored.
pub fn check_pen_name(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    account: PeerId,
    text: &str,
) -> Result<std::result::Result<String, PenNameFault>> {
    let known = people::known(store, settings, group)?;
    let person = known.aliases.person(account);
    let others = known.profiles.values().filter(|other| known.aliases.person(other.peer) != person);
    Ok(pen_name(text, others))
}
