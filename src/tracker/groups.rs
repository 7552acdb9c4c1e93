//! The account's groups in the run loop: for each its settings, and what is known from Telegram and the store. The
//! index of a group in the list is its id in the engine; a group that is gone from the settings keeps its index.

use std::collections::HashMap;
use std::sync::Arc;

use super::engine::GroupId;
use crate::config::GroupSettings;
use crate::domain::PeerId;
use crate::domain::group_name::{self, marked_id};
use crate::domain::text::{clean, shorten};
use crate::error::Result;
use crate::store::{GroupKey, GroupRow, Store};
use crate::telegram::Group;
use crate::telegram::find::KnownGroup;
use crate::web::client::Exporter;

/// How many groups a text names, and how many graphemes of each name.
const MAX_NAMED: usize = 5;
const MAX_NAME: usize = 30;

/// One group.
pub(super) struct Watched {
    pub settings: Arc<GroupSettings>,
    /// `None` until Telegram has shown the group.
    pub group: Option<Group>,
    /// The group's row in the store, once the group was watched.
    row: Option<GroupRow>,
    /// The access hash for requests about the group, with the account to which it belongs. Another account can't use
    /// it.
    hash: Option<(PeerId, i64)>,
    /// The website to which its boards are sent.
    pub website: Option<Exporter>,
    /// What counts today for the people in the call.
    pub today: HashMap<PeerId, i64>,
    /// The group's place in the settings.
    pub place: usize,
    /// The settings do not name the group any more.
    pub is_removed: bool,
}

/// The data about a group that a job on the store's thread needs.
#[derive(Clone)]
pub(super) struct Target {
    pub key: GroupKey,
    pub peer: PeerId,
    pub title: String,
    pub account: Option<PeerId>,
    pub settings: Arc<GroupSettings>,
}

impl Watched {
    pub(super) fn new(settings: GroupSettings, place: usize, row: Option<GroupRow>, store: &Store) -> Result<Watched> {
        let known = row.as_ref().and_then(|row| Some((row.tracker?, row.peer)));
        let hash = match known {
            Some((account, peer)) => store.access_hash(account, peer)?.map(|hash| (account, hash)),
            None => None,
        };
        let settings = Arc::new(settings);
        Ok(Watched { settings, group: None, row, hash, website: None, today: HashMap::new(), place, is_removed: false })
    }

    pub(super) fn row(&self) -> Option<&GroupRow> {
        self.row.as_ref()
    }

    /// Whether the store has one row for this group and another one: their names mean the same group.
    pub(super) fn has_row_of(&self, other: &Watched) -> bool {
        self.row.as_ref().zip(other.row.as_ref()).is_some_and(|(row, other)| row.key == other.key)
    }

    /// The row is that of another group of the settings.
    pub(super) fn forget_row(&mut self) {
        self.row = None;
    }

    /// The group's name in the settings.
    pub(super) fn name(&self) -> String {
        self.settings.name.clone().unwrap_or_default()
    }

    /// The group's title, or its name in the settings.
    pub(super) fn title(&self) -> String {
        let name = || self.settings.name.clone().or_else(|| self.settings.label.clone()).unwrap_or_default();
        self.row.as_ref().map_or_else(name, |row| row.title.clone())
    }

    pub(super) fn target(&self) -> Option<Target> {
        let GroupRow { key, peer, title, tracker, .. } = self.row.as_ref()?;
        let settings = Arc::clone(&self.settings);
        Some(Target { key: *key, peer: *peer, title: title.clone(), account: *tracker, settings })
    }

    /// The group is found and stored.
    pub(super) fn found(&mut self, group: Group, row: GroupRow, account: PeerId) {
        self.hash = group.access_hash().map(|hash| (account, hash));
        self.row = Some(row);
        self.group = Some(group);
    }

    pub(super) fn rename(&mut self, title: &str, username: Option<&str>) {
        if let Some(row) = &mut self.row {
            (row.title, row.username) = (title.to_owned(), username.map(str::to_owned));
        }
    }

    /// The group by its id, if that is known, and the account to which the access hash belongs.
    pub(super) fn known(&self) -> (Option<KnownGroup>, Option<PeerId>) {
        let (account, hash) = self.hash.unzip();
        // A row without an account comes from an import, and the group was never watched, so its id may be wrong.
        let known = match self.row.as_ref().filter(|row| row.tracker.is_some()) {
            Some(row) => Some(KnownGroup { peer: row.peer, hash, migrated_from: row.migrated_from }),
            None => {
                let id = self.settings.label.as_ref().and(self.settings.name.as_deref()).and_then(marked_id);
                id.map(|peer| KnownGroup { peer, hash: None, migrated_from: None })
            }
        };
        (known, account)
    }

    /// Whether `settings` are those of this group: they have its label in `groups.toml`, or their name means it.
    pub(super) fn is_meant_by(&self, settings: &GroupSettings) -> bool {
        let is_same_label = self.settings.label == settings.label;
        let is_same_name = self.settings.name == settings.name || self.is_called(settings.name.as_deref());
        !self.is_removed && (is_same_name || (is_same_label && settings.label.is_none()))
    }

    fn is_called(&self, name: Option<&str>) -> bool {
        let known = self.row.as_ref().map(GroupRow::known);
        known.zip(name).is_some_and(|(known, name)| group_name::find(name, &[known]).is_some())
    }
}

/// The groups that are watched, in the order of the settings.
pub(super) fn in_order(groups: &[Watched]) -> Vec<GroupId> {
    let mut order: Vec<usize> = (0..groups.len()).filter(|index| !groups[*index].is_removed).collect();
    order.sort_by_key(|index| groups[*index].place);
    order.into_iter().map(GroupId).collect()
}

/// The groups that are in the store, by id.
pub(super) fn targets(groups: &[Watched]) -> HashMap<GroupId, Target> {
    let groups = groups.iter().enumerate();
    groups.filter_map(|(index, group)| Some((GroupId(index), group.target()?))).collect()
}

/// The names of groups, as one text.
pub(super) fn names(titles: &[String]) -> String {
    let short = |title: &String| shorten(&clean(title), MAX_NAME);
    match titles {
        [only] => only.clone(),
        _ => {
            let named = titles.iter().take(MAX_NAMED).map(short).collect::<Vec<_>>().join(", ");
            let rest = titles.len().saturating_sub(MAX_NAMED);
            if rest > 0 { format!("{named} +{rest}") } else { named }
        }
    }
}
