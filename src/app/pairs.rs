//! Pairs (rules §10.5): who shares a streak with whom, and how long it is.

use crate::app::people;
use crate::config::GroupSettings;
use crate::domain::accounting::leaderboard::Record;
use crate::domain::accounting::shared::shared_streak;
use crate::domain::accounting::streak::Day;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::meet::pairs::{self, Pair};
use crate::domain::people::{Profile, matching};
use crate::domain::rights::GroupRights;
use crate::domain::time::period::local_date;
use crate::domain::{Instant, PeerId};
use crate::error::Result;
use crate::store::{GroupKey, Store};

/// The result of a search for a person by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Nobody,
    One(PeerId),
    Several,
}

/// The pairs and questions of people who can be in a pair. `known` has the profiles and aliases.
pub fn of_people(store: &Store, settings: &GroupSettings, group: GroupKey, known: &Record) -> Result<Vec<Pair>> {
    let stored = store.pairs(group)?;
    if stored.is_empty() {
        return Ok(Vec::new());
    }
    let rights = store.rights(group, settings.audience, &settings.aliases)?;
    let can = |account| can_be_asked(settings, known, &rights, account);
    let people = stored.into_iter().map(|pair| pair.of_people(&known.aliases));
    Ok(people.filter(|pair| pair.asker != pair.other && can(pair.asker) && can(pair.other)).collect())
}

/// Whether a person is counted, and is not hidden from others.
pub fn can_be_asked(settings: &GroupSettings, known: &Record, rights: &GroupRights, account: PeerId) -> bool {
    let is_hidden = rights.of(account).is_some_and(|rights| rights.hidden);
    account.0 > 0 && !is_hidden && rights.is_counted(account) && known.counts(account, settings.policy)
}

/// Finds a person who can be asked, by the name that the group sees: a person with a pen name is not found by their own
/// name.
pub fn find(settings: &GroupSettings, known: &Record, rights: &GroupRights, text: &str) -> Found {
    let is_id = text.trim().parse::<i64>().is_ok();
    let seen = |profile: &Profile| {
        let mut profile = profile.clone();
        if let Some(pen_name) = profile.pen_name.clone() {
            profile = Profile { name: pen_name, ..Profile::unknown(profile.peer) };
            // Do not find a pen name by an id: that would show whose it is.
            return (!is_id).then_some(profile);
        }
        Some(profile)
    };
    let can = |profile: &&Profile| !profile.deleted && can_be_asked(settings, known, rights, profile.peer);
    let profiles: Vec<Profile> = known.profiles.values().filter(can).filter_map(seen).collect();
    let mut people: Vec<PeerId> =
        matching(&profiles, text).into_iter().map(|profile| known.aliases.person(profile.peer)).collect();
    people.sort_unstable();
    people.dedup();
    match people[..] {
        [] => Found::Nobody,
        [person] => Found::One(person),
        _ => Found::Several,
    }
}

/// With whom a person shares a streak, in the order in which the pairs began, and the days of each streak.
pub fn shared(
    store: &Store,
    settings: &GroupSettings,
    group: GroupKey,
    known: &Record,
    person: PeerId,
    now: ReadTime,
) -> Result<Vec<(Profile, u32)>> {
    if !settings.pairs {
        return Ok(Vec::new());
    }
    let all = of_people(store, settings, group, known)?;
    let mut own: Vec<(Instant, PeerId)> =
        pairs::accepted(&all, person).filter_map(|pair| Some((pair.accepted?, pair.partner(person)?))).collect();
    own.sort_unstable();
    let (Some((first, _)), today) = (own.first(), local_date(settings.zone, now.at)) else { return Ok(Vec::new()) };
    // A shared streak begins on the day on which the pair began.
    let days = |person, since: Instant| -> Result<Vec<Day>> {
        let from = local_date(settings.zone, since);
        Ok(people::history(store, settings, group, known, person, (from, today), now)?.days)
    };
    let mine = days(person, *first)?;
    let mut shared = Vec::new();
    for (since, partner) in own {
        let streak = shared_streak(&mine, &days(partner, since)?, settings.ranking.active_seconds);
        shared.push((known.profile(partner), streak));
    }
    Ok(shared)
}
