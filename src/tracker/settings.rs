//! Changed settings: those that a running tracker applies, and those that need a restart.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::engine::{GroupId, Input};
use super::groups::Watched;
use super::run_loop::{Event, RunLoop};
use crate::app::{alerts, groups, publish};
use crate::config::{Config, GroupSettings};
use crate::domain::credentials::Login;
use crate::domain::group_name;
use crate::domain::text::clean;
use crate::error::{Error, Result};
use crate::store::{GroupRow, Store};
use crate::telegram::LoginString;
use crate::web::notify;

impl RunLoop {
    /// Applies changed settings. If the login can't be read any more, the old one is kept until the next start.
    pub(super) fn apply_settings(&mut self, config: Config) {
        // The log keeps the settings with which it was started.
        let log_changes = self.log.changed(&config.settings.log);
        self.config = Arc::new(config);
        match self.config.login().and_then(|login| Ok((LoginString::parse(&login.string)?, login))) {
            Ok((string, login)) => {
                if let Some(warning) = string.warning().filter(|_| string.address != self.string.address) {
                    tracing::warn!("{warning}");
                }
                (self.string, self.login) = (string, login);
            }
            Err(error) => tracing::error!("the new login can't be used, so the old one stays: {error}"),
        }
        match self.config.credentials.bot(None) {
            Ok(bot) => self.bot = bot,
            Err(error) => tracing::error!("the new bot can't be used, so the old one stays: {error}"),
        }
        self.read_addresses();
        self.apply_groups();
        self.log_settings();
        self.read_answering();
        self.note_restart(log_changes);
    }

    /// Groups that are new in the settings are watched from now on; groups that are gone from them are not watched any
    /// more.
    fn apply_groups(&mut self) {
        let (mut kept, mut fresh) = (Vec::<(GroupId, usize, GroupSettings)>::new(), Vec::new());
        for (place, settings) in self.config.settings.groups.iter().enumerate() {
            match self.group_of(settings).filter(|group| !kept.iter().any(|(kept, ..)| kept == group)) {
                Some(group) => kept.push((group, place, settings.clone())),
                None => fresh.push((place, settings.clone())),
            }
        }
        self.target_cache = None;
        let gone: Vec<GroupId> = self.active().filter(|group| !kept.iter().any(|(kept, ..)| kept == group)).collect();
        let shows =
            |settings: &GroupSettings| (settings.rhythm, settings.rhythm.map(|_| (settings.zone, settings.language)));
        for (id, place, settings) in kept {
            let group = &mut self.groups[id.0];
            let is_other_clock = shows(&group.settings) != shows(&settings);
            (group.settings, group.place) = (Arc::new(settings), place);
            if is_other_clock {
                self.give(Input::ClockChanged { group: id });
            }
        }
        for group in gone {
            let watched = &mut self.groups[group.0];
            (watched.is_removed, watched.group) = (true, None);
            tracing::info!("{} is no longer watched", clean(&watched.title()));
            self.give(Input::GroupRemoved { group });
        }
        if fresh.is_empty() {
            return;
        }
        let events = self.events.clone();
        self.store.run(move |store| {
            let _ = events.send(match watched(store, &fresh) {
                Ok(groups) => Event::GroupsAdded(groups),
                Err(error) => Event::Broken(error),
            });
        });
    }

    /// Logs the groups' settings that have changed since the last log (rules §5.12).
    pub(super) fn log_settings(&self) {
        let (targets, (now, _)) = (self.active_targets(), self.engine.clock());
        self.store.run(move |store| {
            for (_, target) in targets {
                // If this fails, the change is logged when settings are applied the next time.
                if let Err(error) = store.log_settings(target.key, &target.settings.logged, now) {
                    tracing::warn!("the changed settings of {} are not logged: {error}", clean(&target.title));
                }
            }
        });
    }

    /// The group to which settings belong.
    fn group_of(&self, settings: &GroupSettings) -> Option<GroupId> {
        let is_same = |group: &GroupId| {
            let known = &self.groups[group.0].settings;
            (&known.label, &known.name) == (&settings.label, &settings.name)
        };
        // Only if no group has the same name, another name of a group is accepted.
        let is_other = |group: &GroupId| {
            let known = &self.groups[group.0].settings;
            let mut all = self.config.settings.groups.iter();
            all.any(|one| (&one.label, &one.name) == (&known.label, &known.name))
        };
        let is_meant = |group: &GroupId| self.groups[group.0].is_meant_by(settings) && !is_other(group);
        self.active().find(is_same).or_else(|| self.active().find(is_meant))
    }

    pub(super) fn groups_added(&mut self, groups: Vec<Watched>) {
        for mut watched in groups {
            if self.active().any(|group| watched.has_row_of(&self.groups[group.0])) {
                watched.forget_row();
            }
            let title = watched.row().map(|row| row.title.clone());
            tracing::info!("{} is now watched, too", clean(&watched.title()));
            self.groups.push(watched);
            self.target_cache = None;
            self.read_addresses();
            self.give(Input::GroupAdded { group: GroupId(self.groups.len() - 1), title });
        }
    }

    /// Notes changed settings that need a restart: while a tracker runs, it keeps its account, and its group if that is
    /// not named in `groups.toml`.
    fn note_restart(&mut self, log_changes: Vec<&'static str>) {
        let group = &self.groups[self.first().0];
        if group.group.is_none() {
            self.started = (self.login.clone(), group.name());
        }
        let name = if group.settings.label.is_some() { self.started.1.clone() } else { group.name() };
        let known = group.row().map(GroupRow::known);
        let mut names = changed_login((&self.started.0, &self.started.1), (&self.login, &name), known);
        names.extend(log_changes);
        if names != self.state.restart_for {
            if !names.is_empty() {
                tracing::warn!("restart the tracker to apply {}", names.join(", "));
            }
            self.state.restart_for = names;
            self.write_state();
        }
    }

    /// Reads from the settings where boards and heartbeats go. A wrong address is logged and not used.
    pub(super) fn read_addresses(&mut self) {
        let (config, credentials) = (Arc::clone(&self.config), &self.config.credentials);
        let say = |error: Error| tracing::error!("{error}");
        for config in config.each_group() {
            let website = publish::exporter(&publish::settings(&config), credentials).map_err(say).ok().flatten();
            if let Some(group) = self.group_of(config.group()) {
                self.groups[group.0].website = website;
            }
        }
        self.heartbeat = alerts::endpoint(notify::HEARTBEAT_URL, credentials).map_err(say).ok().flatten();
    }
}

/// The groups of the settings, with their places and their rows in the store.
pub(super) fn watched(store: &Store, settings: &[(usize, GroupSettings)]) -> Result<Vec<Watched>> {
    let rows = groups::configured_each(store, settings.iter().map(|(_, group)| group.name.as_deref()))?;
    let mut groups: Vec<Watched> = Vec::new();
    for ((place, settings), row) in settings.iter().zip(rows) {
        let mut watched = Watched::new(settings.clone(), *place, row, store)?;
        if groups.iter().any(|other| watched.has_row_of(other)) {
            watched.forget_row();
        }
        groups.push(watched);
    }
    Ok(groups)
}

/// The settings that differ between two logins. Another name of the same group is no difference.
fn changed_login(
    (old, old_group): (&Login, &str),
    (new, new_group): (&Login, &str),
    known: Option<group_name::KnownGroup>,
) -> Vec<&'static str> {
    let is_same_group =
        old_group == new_group || known.is_some_and(|known| group_name::find(new_group, &[known]).is_some());
    let changes = [
        ("TELEGRAM_API_ID", old.access.api_id != new.access.api_id),
        ("TELEGRAM_GROUP_USERNAME", !is_same_group),
        ("TG_STRING_SESSION", !is_same_login(&old.string, &new.string)),
    ];
    changes.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// Whether two login strings are of the same authorisation, at any address.
fn is_same_login(old: &SecretString, new: &SecretString) -> bool {
    match (LoginString::parse(old), LoginString::parse(new)) {
        (Ok(old), Ok(new)) => old.is_same_login(&new),
        _ => old.expose_secret() == new.expose_secret(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PeerId;

    /// CASES F2.
    #[test]
    fn another_account_or_group_needs_a_restart_and_another_name_of_the_group_does_not() {
        let login = |api_id, string: &str, group: &'static str| {
            (Login { access: crate::domain::credentials::Access::direct(api_id), string: string.into() }, group)
        };
        let known = group_name::KnownGroup {
            peer: PeerId(-1_001_000_000_001),
            migrated_from: None,
            title: "Study Hall",
            username: Some("studyhall"),
            setting: Some("@studyhall"),
        };
        let old = login(1, "1x", "@studyhall");
        let changed = |new: (Login, &str)| changed_login((&old.0, old.1), (&new.0, new.1), Some(known)).join(" ");
        assert_eq!(changed(login(1, "1x", "https://t.me/studyhall")), "");
        assert_eq!(changed(login(1, "1x", "-1001000000001")), "");
        assert_eq!(changed(login(1, "1y", "@studyhall")), "TG_STRING_SESSION");
        assert_eq!(changed(login(2, "1x", "@elsewhere")), "TELEGRAM_API_ID TELEGRAM_GROUP_USERNAME");
        let (new, name) = login(1, "1x", "studyhall");
        assert_eq!(changed_login((&old.0, old.1), (&new, name), None), ["TELEGRAM_GROUP_USERNAME"]);
        // CASES T8: the tracker itself stores another address.
        let at = |address: &str, key: u8| {
            let string = LoginString::new(2, address.parse().unwrap(), [key; 256]);
            login(1, string.print().expose_secret(), "@studyhall")
        };
        let here = at("203.0.113.7:443", 1);
        let moved = |new: (Login, &str)| changed_login((&here.0, here.1), (&new.0, new.1), Some(known));
        assert!(moved(at("[2001:db8::1]:443", 1)).is_empty());
        assert_eq!(moved(at("203.0.113.7:443", 2)), ["TG_STRING_SESSION"]);
    }
}
