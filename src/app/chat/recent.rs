//! A cache of data that many answers need, kept for a few seconds: of many commands in a minute, few compute a board.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::NaiveDate;

use super::{Asking, members};
use crate::app::{boards, cards, people};
use crate::config::GroupSettings;
use crate::domain::accounting::leaderboard::{Board, Record};
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::card::board::BoardCard;
use crate::domain::rights::GroupRights;
use crate::domain::time::period::{Period, Scope, local_date};
use crate::domain::words::Language;
use crate::error::Result;
use crate::store::GroupKey;

/// How old an answer's data can be, in seconds.
const MAX_AGE: i64 = 3;
/// How many boards are kept.
const MAX_BOARDS: usize = 64;
/// The people of how many groups are kept.
const MAX_GROUPS: usize = 16;

/// What is known of a group in addition to its boards.
pub struct Known {
    /// Profiles and aliases, without any stay.
    pub record: Record,
    /// The first day of which the store has data.
    pub first: NaiveDate,
}

/// Boards and people of the last seconds.
#[derive(Default)]
pub struct Recent {
    boards: Kept<Period, Board>,
    known: Kept<(), Known>,
    records: Kept<Period, Record>,
    cards: Kept<(Scope, Language), BoardCard>,
}

impl Recent {
    /// The board of a period.
    pub fn board(&mut self, asking: &Asking, period: Period) -> Result<Arc<Board>> {
        let make = || boards::board_of(asking.store, asking.settings, asking.group.key, period, asking.now);
        self.boards.get(asking, period, MAX_BOARDS, make)
    }

    /// Everything that decides people's time in a period.
    pub fn record(&mut self, asking: &Asking, period: Period) -> Result<Arc<Record>> {
        self.records.get(asking, period, MAX_GROUPS, || members::record(asking, period))
    }

    /// The data of the picture of the current board.
    pub fn card(&mut self, asking: &Asking, scope: Scope) -> Result<BoardCard> {
        let make = || {
            let (settings, today) = (members::in_language(asking), local_date(asking.settings.zone, asking.now.at));
            cards::board(asking.store, &settings, asking.group, scope, today, settings.top, asking.now)
        };
        let card = self.cards.get(asking, (scope, asking.language), MAX_BOARDS, make)?;
        Ok(card.as_ref().clone())
    }

    /// The people of the group.
    pub fn known(&mut self, asking: &Asking) -> Result<Arc<Known>> {
        let make = || {
            let record = people::known(asking.store, asking.settings, asking.group.key)?;
            Ok(Known { record, first: first_day(asking)? })
        };
        self.known.get(asking, (), MAX_GROUPS, make)
    }
}

/// The first day of which the store has data; today if it has none. Reading the first of millions of stays takes long,
/// so it is read only if no watched span and no carried total gives the first day.
fn first_day(asking: &Asking) -> Result<NaiveDate> {
    let (store, key, zone) = (asking.store, asking.group.key, asking.settings.zone);
    let watched = store.first_watched(key)?.map(|first| local_date(zone, first));
    let carried = store.carried_days(key)?.map(|(first, _)| first);
    let first = match watched.into_iter().chain(carried).min() {
        Some(first) => Some(first),
        None => boards::days(store, asking.settings, key)?.map(|(first, _)| first),
    };
    let today = local_date(zone, asking.now.at);
    Ok(first.map_or(today, |first| first.min(today)))
}

struct Kept<K, T>(VecDeque<Entry<K, T>>);

struct Entry<K, T> {
    group: GroupKey,
    key: K,
    settings: GroupSettings,
    /// What people decided, so that a name that somebody hides is gone at once.
    rights: GroupRights,
    now: ReadTime,
    value: Arc<T>,
}

impl<K, T> Default for Kept<K, T> {
    fn default() -> Kept<K, T> {
        Kept(VecDeque::new())
    }
}

impl<K: Copy + PartialEq, T> Kept<K, T> {
    /// The value that was made from the same inputs at most [`MAX_AGE`] ago, else a new one from `make`.
    fn get(&mut self, asking: &Asking, key: K, max: usize, make: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        let now = asking.now;
        let GroupSettings { audience, aliases, .. } = asking.settings;
        let rights = asking.store.rights(asking.group.key, *audience, aliases)?;
        // Also drop entries from the future: their age is unknown after the clock was set back.
        self.0.retain(|entry| (0..=MAX_AGE).contains(&(now.at - entry.now.at)));
        let fits = |entry: &&Entry<K, T>| {
            (entry.group, entry.key, entry.now.tracked_since) == (asking.group.key, key, now.tracked_since)
                && entry.settings == *asking.settings
                && entry.rights == rights
        };
        if let Some(entry) = self.0.iter().find(fits) {
            return Ok(Arc::clone(&entry.value));
        }
        let value = Arc::new(make()?);
        let (group, settings) = (asking.group.key, asking.settings.clone());
        let entry = Entry { group, key, settings, rights, now, value: Arc::clone(&value) };
        self.0.push_back(entry);
        if self.0.len() > max {
            self.0.pop_front();
        }
        Ok(value)
    }
}
