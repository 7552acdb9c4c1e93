//! What people decide about themselves (rules §7): stored, and carried to what waits to be sent.

use crate::config::GroupSettings;
use crate::domain::people::Aliases;
use crate::domain::rights::{Decision, PenNameFault, pen_name};
use crate::domain::{Instant, PeerId};
use crate::error::Result;
use crate::store::{Alias, GroupKey, Store};

use super::people;

/// Stores what the person behind `account` decided at `at`. The same decision again changes nothing.
pub fn decide(
    store: &mut Store,
    settings: &GroupSettings,
    group: GroupKey,
    account: PeerId,
    decision: &Decision,
    at: Instant,
) -> Result<()> {
    let aliases = Aliases::new(store.aliases(group, &settings.aliases)?.iter().filter_map(Alias::peers));
    let accounts = aliases.accounts(aliases.person(account));
    let rights = store.rights(group, settings.audience, &settings.aliases)?;
    let before = rights.of(account).cloned().unwrap_or_default();
    store.decide(group, &accounts, &before.with(decision, settings.audience, at))
}

/// A pen name for the person behind `account`, as it is stored.
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
