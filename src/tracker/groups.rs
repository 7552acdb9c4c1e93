//! The groups of the account as the run loop holds them: what the settings say of each, and what Telegram and the store
//! know. The place of a group in the list is its id in the engine; a group that is gone from the settings keeps its place.

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

/// How many groups a text names, and how many graphemes of each.
const MAX_NAMED: usize = 5;
const MAX_NAME: usize = 30;

/// One group.
pub(super) struct Watched {
    pub settings: Arc<GroupSettings>,
    /// Once Telegram has shown it.
    pub group: Option<Group>,
    /// As the store knows it, once it was watched.
    row: Option<GroupRow>,
    /// What an account needs to ask about it, with the account: it is of no use to another one.
    hash: Option<(PeerId, i64)>,
    /// Where its boards are sent to.
    pub website: Option<Exporter>,
    /// What counts today for whoever is in the call.
    pub today: HashMap<PeerId, i64>,
    /// Its place in the settings.
    pub place: usize,
    /// The settings name it no more.
    pub is_removed: bool,
}

/// What a group is for a job on the store's thread.
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

    /// What the settings call it.
    pub(super) fn name(&self) -> String {
        self.settings.name.clone().unwrap_or_default()
    }

    /// Its title, or what the settings call it.
    pub(super) fn title(&self) -> String {
        let name = || self.settings.name.clone().or_else(|| self.settings.label.clone()).unwrap_or_default();
        self.row.as_ref().map_or_else(name, |row| row.title.clone())
    }

    pub(super) fn target(&self) -> Option<Target> {
        let GroupRow { key, peer, title, tracker, .. } = self.row.as_ref()?;
        let settings = Arc::clone(&self.settings);
        Some(Target { key: *key, peer: *peer, title: title.clone(), account: *tracker, settings })
    }

    /// The group is found, and stored.
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

    /// The group by its id, where that is known, and the account that its access hash is for.
    pub(super) fn known(&self) -> (Option<KnownGroup>, Option<PeerId>) {
        let (account, hash) = self.hash.unzip();
        // Without an account it was never watched: an import says only what it may be.
        let known = match self.row.as_ref().filter(|row| row.tracker.is_some()) {
            Some(row) => Some(KnownGroup { peer: row.peer, hash, migrated_from: row.migrated_from }),
            None => {
                let id = self.settings.label.as_ref().and(self.settings.name.as_deref()).and_then(marked_id);
                id.map(|peer| KnownGroup { peer, hash: None, migrated_from: None })
            }
        };
        (known, account)
    }

    /// Whether `settings` are of this group: it has their name in `groups.toml`, or they mean it.
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

/// The groups that the store knows, by id.
pub(super) fn targets(groups: &[Watched]) -> HashMap<GroupId, Target> {
    let groups = groups.iter().enumerate();
    groups.filter_map(|(index, group)| Some((GroupId(index), group.target()?))).collect()
}

/// The names of groups in a text.
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
