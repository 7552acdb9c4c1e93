//! The connection, and finding groups on it.
//!
//! ```text
//! Open ──► time, account ──► one group: found and loaded, then opened
//!                       └──► several: opened, and each is found by itself (Find), so that a lost one stops no other
//! ```

use std::sync::Arc;

use super::engine::{Failure, GroupId, Input, LastCall, Opened, OpenedGroup, Sight, Sweep};
use super::run_loop::{Event, RunLoop};
use crate::app::{address, groups};
use crate::config::GroupSettings;
use crate::domain::PeerId;
use crate::domain::people::Known;
use crate::error::{Error, Result};
use crate::platform::clock::Clock;
use crate::store::{GroupRow, Store};
use crate::telegram::connection::Caller;
use crate::telegram::find::{self, KnownGroup, resolve};
use crate::telegram::group::GroupError;
use crate::telegram::sweep::{self, Swept};
use crate::telegram::{CallError, Connection, Group, LoginString, group, reach};

/// The result of a new connection; with the only group if that was not known.
pub(super) struct Found {
    /// Telegram's clock minus the system clock, in seconds.
    offset: i64,
    me: Known,
    group: Option<Group>,
}

pub(super) enum OpenError {
    Call(CallError),
    Fatal(Error),
}

impl From<CallError> for OpenError {
    fn from(error: CallError) -> OpenError {
        OpenError::Call(error)
    }
}

impl From<GroupError> for OpenError {
    fn from(error: GroupError) -> OpenError {
        match error {
            GroupError::Call(error) => OpenError::Call(error),
            unfit => OpenError::Fatal(unfit.into()),
        }
    }
}

/// A group to find.
struct Wanted {
    /// The group's name in the settings, and the setting with that name.
    name: String,
    setting: String,
    /// The group by its id, if that is known.
    known: Option<KnownGroup>,
    /// The account to which the access hash belongs. Another account can't use the hash.
    account: Option<PeerId>,
}

impl Wanted {
    /// The group by its id, with the access hash only if it is `me`'s.
    fn known_to(&self, me: PeerId) -> Option<KnownGroup> {
        let known = self.known.clone()?;
        Some(KnownGroup { hash: known.hash.filter(|_| self.account == Some(me)), ..known })
    }
}

/// Telegram's result for each group that was searched for.
pub(super) type FoundGroups = Vec<(GroupId, std::result::Result<Group, GroupError>)>;

/// The stored data of each group that was found, or why the group was not found.
pub(super) struct LoadedGroups {
    /// Set if the new connection waits for these groups: Telegram's clock minus the system clock, in seconds.
    opening: Option<i64>,
    groups: Vec<(GroupId, std::result::Result<Box<Loaded>, LoadError>)>,
}

enum LoadError {
    NotFound(GroupError),
    Store(Error),
}

/// A group with its stored data.
struct Loaded {
    group: Group,
    row: GroupRow,
    keys: Vec<(PeerId, i64)>,
    opened: OpenedGroup,
}

impl RunLoop {
    pub(super) fn open(&mut self) {
        self.epoch += 1;
        self.hold_commands();
        let connection = Connection::new(&self.string, &self.login.access);
        let (caller, clock, epoch) = (connection.caller.clone(), self.clock, self.epoch);
        self.connection = Some(connection);
        let only = self.only().filter(|group| self.groups[group.0].group.is_none());
        let wanted = only.map(|group| self.wanted(group));
        let me = self.me.clone();
        self.requests.spawn(async move { Event::Found(epoch, open(&caller, clock, me, wanted).await) });
    }

    /// The only group; `None` if there are several.
    fn only(&self) -> Option<GroupId> {
        let mut groups = self.active();
        groups.next().filter(|_| groups.next().is_none())
    }

    fn wanted(&self, group: GroupId) -> Wanted {
        let (known, account) = self.groups[group.0].known();
        let settings = &self.groups[group.0].settings;
        Wanted { name: self.groups[group.0].name(), setting: settings.place(), known, account }
    }

    /// A new connection has answered, or has failed.
    pub(super) fn found(&mut self, found: std::result::Result<Found, OpenError>) {
        let Found { offset, me, group } = match found {
            Ok(found) => found,
            Err(OpenError::Call(error)) => {
                if error.is_of_address() {
                    let (string, access) = (self.string.clone(), self.login.access.clone());
                    self.jobs.spawn(async move { Event::Reached(reach::elsewhere(&string, &access).await) });
                }
                let failure = self.failure(&error);
                return self.give(Input::OpenFailed(failure));
            }
            Err(OpenError::Fatal(error)) => {
                self.error = Some(error);
                return self.give(Input::OpenFailed(Failure::Fatal));
            }
        };
        self.keep_address();
        let account = me.profile.peer;
        self.me = Some(me);
        match group.zip(self.only()) {
            Some((group, id)) => self.load(Some(offset), vec![(id, Ok(group))]),
            None => self.give(Input::Opened(Box::new(Opened { offset, me: account, groups: Vec::new() }))),
        }
    }

    /// Stores the address where Telegram answers, unless it is the login string's own.
    fn keep_address(&mut self) {
        if LoginString::parse(&self.login.string).is_ok_and(|stored| stored.address != self.string.address) {
            self.login.string = self.string.print();
            let (config, string) = (Arc::clone(&self.config), self.string.clone());
            // This may need the keyring.
            tokio::task::spawn_blocking(move || address::keep(&config, &string));
        }
    }

    /// Searches for groups. A group that is lost does not stop the others.
    pub(super) fn find(&mut self, groups: Vec<GroupId>) {
        let (Some(caller), Some(me)) = (self.caller(), &self.me) else { return };
        let wanted: Vec<_> = groups.into_iter().map(|group| (group, self.wanted(group))).collect();
        let (epoch, me) = (self.epoch, me.profile.peer);
        self.requests.spawn(async move { Event::GroupsFound(epoch, find_each(&caller, me, wanted).await) });
    }

    pub(super) fn groups_found(&mut self, found: std::result::Result<FoundGroups, CallError>) {
        match found {
            Ok(found) => self.load(None, found),
            Err(error) => {
                let failure = self.failure(&error);
                self.give(Input::Pong(Err(failure)));
            }
        }
    }

    /// Refuses each group that another group of the settings is already; of several that are found together, the first
    /// in the settings is watched.
    fn without_repeated(&self, mut found: FoundGroups) -> FoundGroups {
        found.sort_by_key(|(id, _)| self.groups[id.0].place);
        let mut watched: Vec<(GroupId, PeerId)> =
            self.active().filter_map(|id| Some((id, self.groups[id.0].group.as_ref()?.peer))).collect();
        let mut checked = Vec::new();
        for (id, result) in found {
            let peer = result.as_ref().ok().map(|group| group.peer);
            let other = watched.iter().find(|(other, known)| *other != id && Some(*known) == peer);
            let result = match other {
                Some((other, _)) => {
                    let [settings, other] = [&id, other].map(|id| &self.groups[id.0].settings);
                    Err(GroupError::Unfit(groups::same_as(settings, other)))
                }
                None => result,
            };
            watched.extend(result.as_ref().ok().map(|group| (id, group.peer)));
            checked.push((id, result));
        }
        checked
    }

    /// Reads the stored data of the groups that were found.
    fn load(&mut self, opening: Option<i64>, found: FoundGroups) {
        let Some(me) = self.me.clone() else { return };
        let found = self.without_repeated(found);
        let of = |id: GroupId| (self.groups[id.0].name(), Arc::clone(&self.groups[id.0].settings));
        let found: Vec<_> = found.into_iter().map(|(id, found)| (of(id), (id, found))).collect();
        let (events, epoch, offset) = (self.events.clone(), self.epoch, opening.unwrap_or(self.engine.clock().1));
        self.store.run(move |store| {
            let groups = found.into_iter().map(|((name, settings), (id, found))| {
                let loaded = found.map_err(LoadError::NotFound).and_then(|group| {
                    let loaded = load(store, id, group, me.clone(), name, &settings, offset);
                    loaded.map(Box::new).map_err(LoadError::Store)
                });
                (id, loaded)
            });
            let _ = events.send(Event::Loaded(epoch, LoadedGroups { opening, groups: groups.collect() }));
        });
    }

    pub(super) fn loaded(&mut self, loaded: LoadedGroups) {
        let LoadedGroups { opening, groups } = loaded;
        let mut found = Vec::new();
        for (id, loaded) in groups {
            let result = match loaded {
                Ok(loaded) => Ok(self.take_group(id, *loaded)),
                Err(LoadError::NotFound(GroupError::Call(error))) => Err(self.failure(&error)),
                Err(LoadError::NotFound(GroupError::Unfit(error))) => {
                    tracing::error!("{error}");
                    Err(Failure::Refused { why: error.message().to_owned(), moved: false })
                }
                // Without a row for the group no facts can be kept, so the connection counts as failed until there is
                // one.
                Err(LoadError::Store(error)) if error.may_pass() => {
                    Err(Failure::Lost { why: error.message().to_owned(), silent: false })
                }
                Err(LoadError::Store(error)) => {
                    self.error = Some(error);
                    Err(Failure::Fatal)
                }
            };
            found.push((id, result));
        }
        let Some((offset, me)) = opening.zip(self.me.as_ref().map(|me| me.profile.peer)) else {
            return self.give(Input::GroupsFound(found));
        };
        self.log_settings();
        match found.into_iter().map(|(_, found)| found.map(|found| *found)).collect() {
            Ok(groups) => self.give(Input::Opened(Box::new(Opened { offset, me, groups }))),
            Err(failure) => self.give(Input::OpenFailed(failure)),
        }
    }

    fn take_group(&mut self, id: GroupId, loaded: Loaded) -> Box<OpenedGroup> {
        let Loaded { group, row, keys, opened } = loaded;
        let me = opened.me.profile.peer;
        tracing::info!("watching {} as {me}", group.title.escape_debug());
        if let Some(warning) = groups::unused_target(&self.groups[id.0].settings, &row)
            && self.groups[id.0].group.is_none()
        {
            tracing::warn!("{warning}");
        }
        self.keys.extend(keys);
        self.groups[id.0].found(group, row, me);
        self.target_cache = None;
        Box::new(opened)
    }

    /// Asks Telegram which of the found groups have a call.
    pub(super) fn sweep(&mut self) {
        let Some(caller) = self.caller() else { return };
        let groups: Vec<Group> = self.active().filter_map(|group| self.groups[group.0].group.clone()).collect();
        let epoch = self.epoch;
        self.requests.spawn(async move { Event::Swept(epoch, sweep::sweep(&caller, &groups).await) });
    }

    pub(super) fn swept(&mut self, swept: std::result::Result<Swept, CallError>) {
        let swept = match swept {
            Ok(Swept { at, groups, people }) => {
                let groups = groups.into_iter().filter_map(|(peer, sight)| {
                    let is_it =
                        |group: &GroupId| self.groups[group.0].group.as_ref().is_some_and(|one| one.peer == peer);
                    let sight = match sight {
                        Ok(true) => Sight::Call,
                        Ok(false) => Sight::NoCall,
                        Err(why) => Sight::Lost { why: why.into() },
                    };
                    Some((self.active().find(is_it)?, sight))
                });
                let groups = groups.collect();
                Ok(Box::new(Sweep { at, groups, people }))
            }
            Err(error) => Err(self.failure(&error)),
        };
        self.give(Input::Swept(swept));
    }
}

/// The first requests on a connection: Telegram's time, the account if it is not known yet, and the only group.
async fn open(
    caller: &Caller,
    clock: Clock,
    me: Option<Known>,
    wanted: Option<Wanted>,
) -> std::result::Result<Found, OpenError> {
    let at = caller.date().await?;
    let offset = at.0 - clock.system().0;
    let me = match me {
        Some(me) if wanted.is_none() => me,
        _ => group::self_user(caller).await?,
    };
    if me.profile.bot {
        return Err(OpenError::Fatal(
            Error::config("TG_STRING_SESSION belongs to a bot, and bots can't see who is in a call")
                .hint("Use the login string of a person's account that is in the group."),
        ));
    }
    let group = match &wanted {
        Some(wanted) => Some(match wanted.known_to(me.profile.peer) {
            Some(known) => find::known(caller, &known).await?.ok_or_else(|| not_seen(known.peer, &wanted.setting))?,
            None => resolve(caller, &wanted.name).await.map_err(|error| error.at(&wanted.setting))?,
        }),
        None => None,
    };
    Ok(Found { offset, me, group })
}

fn not_seen(group: PeerId, setting: &str) -> GroupError {
    GroupError::Unfit(
        Error::config(format!("the account has no access to the group {group}, which swf watches here"))
            .hint(format!("Add the account to the group, or set {setting} to another group; the store keeps both.")),
    )
}

/// Finds each group: groups with known ids, and those that the settings name by an id, in a few requests, the others
/// one by one.
async fn find_each(
    caller: &Caller,
    me: PeerId,
    wanted: Vec<(GroupId, Wanted)>,
) -> std::result::Result<FoundGroups, CallError> {
    let mut found = Vec::new();
    let (known, named): (Vec<_>, Vec<_>) = wanted
        .into_iter()
        .map(|(id, wanted)| (id, wanted.known_to(me), wanted))
        .partition(|(_, known, _)| known.is_some());
    let by_id: Vec<KnownGroup> = known.iter().filter_map(|(_, known, _)| known.clone()).collect();
    let results = match sweep::find_known(caller, &by_id).await {
        Err(error) if !error.is_of_connection() => by_id.iter().map(|_| Err(error.clone().into())).collect(),
        found => found?,
    };
    for ((id, _, wanted), (result, one)) in known.iter().zip(results.into_iter().zip(&by_id)) {
        found.push((*id, result.and_then(|group| group.ok_or_else(|| not_seen(one.peer, &wanted.setting)))));
    }
    let (listed, named): (Vec<_>, Vec<_>) = named.into_iter().partition(|(.., wanted)| find::is_id(&wanted.name));
    let names: Vec<&str> = listed.iter().map(|(.., wanted)| wanted.name.as_str()).collect();
    let results = match find::resolve_ids(caller, &names).await {
        Err(error) if error.is_of_connection() => return Err(error),
        Err(error) => names.iter().map(|_| Some(Err(error.clone().into()))).collect(),
        Ok(results) => results,
    };
    for ((id, _, wanted), result) in listed.iter().zip(results) {
        match result {
            Some(Err(GroupError::Call(error))) if error.is_of_connection() => return Err(error),
            Some(result) => found.push((*id, result.map_err(|error| error.at(&wanted.setting)))),
            None => {}
        }
    }
    let mut flood = None;
    for (id, _, wanted) in named {
        let result = match &flood {
            // Further requests would make the wait longer.
            Some(flood) => Err(GroupError::Call(CallError::clone(flood))),
            None => resolve(caller, &wanted.name).await.map_err(|error| error.at(&wanted.setting)),
        };
        match &result {
            Err(GroupError::Call(error)) if error.is_of_connection() => return Err(error.clone()),
            Err(GroupError::Call(error @ CallError::Flood { .. })) => flood = Some(error.clone()),
            _ => {}
        }
        found.push((id, result));
    }
    Ok(found)
}

/// The group is found: makes its row in the store, and reads its last call.
fn load(
    store: &mut Store,
    id: GroupId,
    group: Group,
    me: Known,
    setting: String,
    settings: &GroupSettings,
    offset: i64,
) -> Result<Loaded> {
    let account = me.profile.peer;
    let key = store.group(group.peer, group.migrated_from, &group.title, group.username.as_deref(), account)?;
    store.remember_group(key, &setting, group.access_hash())?;
    let last_call = store.resume(key)?.map(|resumed| LastCall {
        call: resumed.call,
        confirmed: resumed.confirmed,
        over: resumed.over,
        began: resumed.began,
        saved: resumed.state,
    });
    // The access hashes of other people become known when Telegram shows these people: an account may have met many.
    let saved = last_call.iter().flat_map(|last| last.saved.present.keys().chain(last.saved.provisional.keys()));
    let keys = store.access_hashes(account, saved.copied())?;
    let row = GroupRow {
        key,
        peer: group.peer,
        title: group.title.clone(),
        username: group.username.clone(),
        tracker: Some(account),
        clock_offset: offset,
        migrated_from: group.migrated_from,
        setting: Some(setting),
    };
    let opened = OpenedGroup {
        group: id,
        peer: group.peer,
        migrated_from: group.migrated_from,
        title: group.title.clone(),
        username: group.username.clone(),
        me,
        confirmed: store.confirmed(key)?,
        last_call,
        rights: store.rights(key, settings.audience, &settings.aliases)?,
        clock: settings.rhythm.is_some() || store.has_clock(key)?,
    };
    Ok(Loaded { group, row, keys, opened })
}
