//! The local facts for `swf status`, `swf doctor` and the checks in the chat. No network, no keyring.

use crate::app::backup;
use crate::app::groups::{self, Shown};
use crate::config::{Config, GroupSettings, Home};
use crate::domain::Instant;
use crate::error::{Error, Result};
use crate::platform::state_file::State;
use crate::store::{self, Access, GroupRow, Store};

/// Whether a tracker runs.
#[derive(Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// No tracker has run here.
    Never,
    Running,
    /// The tracker holds its lock, but makes no progress.
    Hangs,
    /// The user stopped the tracker.
    Stopped,
    /// The tracker ended without being stopped.
    Dead,
}

impl Life {
    fn of(state: Option<&State>, is_held: bool, now: Instant) -> Life {
        match state {
            Some(state) if is_held && state.hangs(now) => Life::Hangs,
            _ if is_held => Life::Running,
            Some(state) if state.is_unfinished() => Life::Dead,
            Some(state) if state.pid.is_some() => Life::Stopped,
            _ => Life::Never,
        }
    }
}

pub struct Facts<'a> {
    pub home: &'a Home,
    pub settings: &'a GroupSettings,
    /// On Telegram's clock, as the tracker or the store last knew it.
    pub now: Instant,
    pub state: Option<State>,
    pub life: Life,
    pub store: Result<Store>,
    /// The error if the home had a store and it is lost, see [`backup::lost`].
    pub lost: Option<Error>,
    pub group: Option<GroupRow>,
    /// Set if the settings name another group, which was never watched.
    pub note: Option<String>,
    /// The size of the store with its log; 0 if there is no store.
    pub bytes: u64,
    /// The store has no data worth a copy.
    pub is_empty: bool,
    /// The daily copies, the latest first.
    pub copies: Result<Vec<backup::Copy>>,
}

impl<'a> Facts<'a> {
    pub fn gather(config: &'a Config) -> Facts<'a> {
        let (home, settings) = (config.home(), config.group());
        let lost = backup::lost(home, settings.zone);
        let store = lost.clone().map_or_else(|| Store::open(&home.store(), Access::Read), Err);
        let group = store.as_ref().ok().and_then(|store| groups::shown(store, settings).ok());
        let (group, note) = group.map_or((None, None), |Shown { group, note }| (Some(group), note));
        let now = groups::clock(home, group.as_ref()).now();
        let id = group.as_ref().map(|group| group.peer.0);
        let state = State::read(home).map(|state| match &settings.label {
            Some(label) => state.of_group(label, id),
            None => state,
        });
        let size = |suffix| store::beside(&home.store(), suffix).metadata().map_or(0, |file| file.len());
        Facts {
            home,
            settings,
            now,
            life: Life::of(state.as_ref(), groups::is_tracked(home), now),
            state,
            is_empty: store.as_ref().is_ok_and(|store| store.is_empty().unwrap_or(false)),
            store,
            lost,
            group,
            note,
            bytes: size("") + size("-wal"),
            copies: backup::copies(home),
        }
    }

    /// A tracker holds the lock.
    pub fn is_alive(&self) -> bool {
        matches!(self.life, Life::Running | Life::Hangs)
    }
}

/// `1.2 MB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes.div_ceil(1000)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
