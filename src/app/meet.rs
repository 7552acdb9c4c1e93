//! Appointments (rules §10): who means to come to a slot, and who came.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::app::boards;
use crate::config::GroupSettings;
use crate::domain::accounting::attendance::attendance;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::meet::{Kept, KeptSlot, Verdict, is_over, window};
use crate::domain::people::Aliases;
use crate::domain::time::period::{Period, Scope, clock_date, local};
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;
use crate::store::{Appointment, GroupKey, Store};

/// How many came to the slots of `day` that are over, and to those of the day before that were not over when its post was
/// due. Nothing while the group has no slots.
pub fn kept(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    day: NaiveDate,
    now: ReadTime,
) -> Result<Vec<KeptSlot>> {
    if settings.slots.is_empty() {
        return Ok(Vec::new());
    }
    let mut slots = Vec::new();
    for date in day.pred_opt().into_iter().chain([day]) {
        let span = Period::of(Scope::Day, date, settings.zone, settings.calendar).span;
        for (starts, people) in by_slot(store, settings, group, span)? {
            let was_told = date != day && is_over(starts, settings.timetable.due(date));
            if was_told || !is_over(starts, now.at) {
                continue;
            }
            let verdicts = verdicts(store, settings, group, starts, &people, now)?;
            let time = local(settings.zone, starts).time();
            slots.extend(Kept::of(verdicts).map(|kept| KeptSlot { is_day_before: date != day, time, kept }));
        }
    }
    Ok(slots)
}

/// Who means to come to each slot that begins in `span`: people whose time is stored.
fn by_slot(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    span: Span,
) -> Result<BTreeMap<Instant, BTreeSet<PeerId>>> {
    let appointments = store.appointments(group, span)?;
    if appointments.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rights = store.rights(group, settings.audience, &settings.aliases)?;
    let aliases = aliases(store, settings, group)?;
    let mut slots: BTreeMap<Instant, BTreeSet<PeerId>> = BTreeMap::new();
    for Appointment { account, starts, .. } in appointments {
        if rights.is_counted(account) {
            slots.entry(starts).or_default().insert(aliases.person(account));
        }
    }
    Ok(slots)
}

/// How many people mean to come to the slot at `starts`, the person of `account` among them.
pub fn coming_with(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    starts: Instant,
    account: PeerId,
) -> Result<usize> {
    let mut people =
        by_slot(store, settings, group, Span::new(starts, starts + 1))?.remove(&starts).unwrap_or_default();
    people.insert(aliases(store, settings, group)?.person(account));
    Ok(people.len())
}

/// Which accounts belong to one person.
pub fn aliases(store: &Store, settings: &GroupSettings, group: GroupKey) -> Result<Aliases> {
    let aliases = store.aliases(group, &settings.aliases)?;
    Ok(Aliases::new(aliases.iter().filter_map(crate::store::Alias::peers)))
}

/// Whether people came to the slot at `starts`, in their order.
fn verdicts(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    starts: Instant,
    people: &BTreeSet<PeerId>,
    now: ReadTime,
) -> Result<Vec<Verdict>> {
    let (window, policy) = (window(starts), settings.policy);
    let reach = policy.rules.reach();
    let read = Span::new(window.from - reach, window.to + reach);
    let mut record = boards::record(store, settings, group, read)?;
    record.set_now(now);
    Ok(people.iter().map(|person| attendance(&record, policy, *person, window)).collect())
}

/// Whether the clock shows another date at `starts` than at `now`.
pub fn is_tomorrow(settings: &GroupSettings, starts: Instant, now: Instant) -> bool {
    clock_date(settings.zone, starts) != clock_date(settings.zone, now)
}
