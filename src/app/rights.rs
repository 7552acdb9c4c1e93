//! What people decide about themselves (rules §7): stored, and carried to what waits to be sent.

use chrono::NaiveDate;

use super::people;
use super::post_writer::{Writer, Written};
use crate::config::GroupSettings;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::people::Aliases;
use crate::domain::post::PostKind;
use crate::domain::post::delivery::Operation;
use crate::domain::rights::{Decision, PenNameFault, pen_name};
use crate::domain::time::period::local_date;
use crate::domain::{Instant, PeerId};
use crate::error::Result;
use crate::store::{Alias, Delivery, GroupKey, GroupRow, Store};

/// Stores what the person behind `account` decided at `at`, and composes again what waits to be sent and names them. The
/// same decision again changes nothing.
pub fn decide(
    store: &mut Store,
    settings: &GroupSettings,
    group: &GroupRow,
    account: PeerId,
    decision: &Decision,
    at: Instant,
    now: ReadTime,
) -> Result<()> {
    let aliases = Aliases::new(store.aliases(group.key, &settings.aliases)?.iter().filter_map(Alias::peers));
    let accounts = aliases.accounts(aliases.person(account));
    let rights = store.rights(group.key, settings.audience, &settings.aliases)?;
    let before = rights.of(account).cloned().unwrap_or_default();
    store.decide(group.key, &accounts, &before.with(decision, settings.audience, at))?;
    match decision {
        Decision::Hide | Decision::Show | Decision::PenName(_) => rename_waiting(store, settings, group, now),
        Decision::Leave | Decision::Return | Decision::Agree { .. } => Ok(()),
    }
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

/// Composes posts and edits again that are not sent yet, and takes names out of what waits for a website. What a process
/// is sending at this moment is not changed.
fn rename_waiting(store: &mut Store, settings: &GroupSettings, group: &GroupRow, now: ReadTime) -> Result<()> {
    for row in store.unsent_posts(group.key, now.at)? {
        let Written { message, snapshot, .. } = written_again(store, settings, group, &row, now)?;
        store.replace_post(row.id, &message, &snapshot)?;
    }
    let rights = store.rights(group.key, settings.audience, &settings.aliases)?;
    store.rename_exports(group.key, &rights)
}

fn written_again(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    row: &Delivery,
    now: ReadTime,
) -> Result<Written> {
    let settings = GroupSettings { language: row.language, ..settings.clone() };
    let writer = Writer::new(store, &settings, group, now);
    let Some(day) = row.day() else {
        let asked = row.subject.parse().map_or(now.at, Instant);
        return writer.post(PostKind::Manual, local_date(settings.zone, asked), None, &[], &[]);
    };
    let days: Vec<NaiveDate> = [store.told_in(row.id)?, vec![day]].concat();
    let (skipped, recaps) = (store.skipped_in(group.key, day)?, writer.recaps(&row.recaps)?);
    let is_over = row.post_kind() == PostKind::Backfill || row.state.operation == Some(Operation::Edit);
    match days[..] {
        [day] => writer.post(row.post_kind(), day, is_over.then_some(day), &skipped, &recaps),
        _ => writer.digest(&days, &skipped, &recaps),
    }
}
