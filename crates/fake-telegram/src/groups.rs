//! Groups: creating, changing, migrating and deleting them, and a handle for each, for tests with many groups.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use grammers_tl_types::{enums, types};

use crate::server::Shared;
use crate::wire;
use crate::world::{Bare, CallKind, Group, GroupKind, Id, Message, Place, Stay, What, World, bare};

/// The description of a group for [`crate::FakeTelegram::add_group`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSpec {
    kind: GroupKind,
    title: String,
    username: Option<String>,
    members: Vec<Id>,
}

impl GroupSpec {
    /// A private supergroup without members.
    pub fn supergroup(title: &str) -> Self {
        Self { kind: GroupKind::Supergroup, title: title.to_owned(), username: None, members: Vec::new() }
    }

    /// A basic group without members.
    pub fn basic(title: &str) -> Self {
        Self { kind: GroupKind::Basic, ..Self::supergroup(title) }
    }

    /// Makes a supergroup public; `name` without `@`.
    ///
    /// # Panics
    ///
    /// If it is a basic group.
    pub fn username(mut self, name: &str) -> Self {
        assert!(self.kind == GroupKind::Supergroup, "basic groups have no usernames");
        self.username = Some(name.to_owned());
        self
    }

    pub fn member(mut self, user: Id) -> Self {
        self.members.push(user);
        self
    }

    pub fn members(mut self, users: impl IntoIterator<Item = Id>) -> Self {
        self.members.extend(users);
        self
    }
}

/// One group of a running server. Methods about its call mean the call that runs or is scheduled, and panic if there is
/// none.
#[derive(Clone)]
pub struct GroupHandle {
    shared: Arc<Shared>,
    id: Id,
}

impl GroupHandle {
    pub(crate) fn new(shared: Arc<Shared>, id: Id) -> Self {
        Self { shared, id }
    }

    fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.shared.read())
    }

    fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.shared.change())
    }

    fn change_call<T>(&self, change: impl FnOnce(&mut World, i64) -> T) -> T {
        self.change(|world| {
            let call = world.call_of(self.id);
            change(world, call)
        })
    }

    pub fn id(&self) -> Id {
        self.id
    }

    pub fn title(&self) -> String {
        self.read(|world| world.group(self.id).title.clone())
    }

    /// Without `@`.
    pub fn username(&self) -> Option<String> {
        self.read(|world| world.group(self.id).username.clone())
    }

    /// The access hash that this account has for the supergroup.
    pub fn access_hash(&self, account: Id) -> i64 {
        self.read(|world| world.access_hash(account, self.id))
    }

    /// As [`crate::FakeTelegram::add_member`].
    pub fn add(&self, user: Id) {
        self.change(|world| world.add_member(self.id, user));
    }

    /// As [`crate::FakeTelegram::remove_member`].
    pub fn kick(&self, user: Id) {
        self.change(|world| world.remove_member(self.id, user));
    }

    /// As [`crate::FakeTelegram::bar`].
    pub fn ban(&self, user: Id) {
        self.change(|world| world.bar(self.id, user));
    }

    /// As [`crate::FakeTelegram::rename_group`].
    pub fn rename(&self, title: &str, username: Option<&str>) {
        self.change(|world| world.rename_group(self.id, title, username));
    }

    /// As [`crate::FakeTelegram::migrate`]; returns the handle of the supergroup.
    pub fn migrate(&self) -> GroupHandle {
        let id = self.change(|world| world.migrate(self.id));
        Self::new(Arc::clone(&self.shared), id)
    }

    /// As [`crate::FakeTelegram::delete_group`].
    pub fn delete(&self) {
        self.change(|world| world.delete_group(self.id));
    }

    /// The messages of the group, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        self.read(|world| world.messages_to(self.id))
    }

    /// The group's call, running or scheduled.
    pub fn call(&self) -> Option<i64> {
        self.read(|world| world.group(self.id).call)
    }

    /// As [`crate::FakeTelegram::start_call`].
    pub fn start_call(&self) -> i64 {
        self.change(|world| world.create_call(self.id, CallKind::Group, None))
    }

    /// As [`crate::FakeTelegram::schedule_call`].
    pub fn schedule_call(&self, at: i64) -> i64 {
        self.change(|world| world.create_call(self.id, CallKind::Group, Some(at)))
    }

    /// As [`crate::FakeTelegram::start_scheduled`].
    pub fn start_scheduled(&self) {
        self.change_call(World::start_scheduled_call);
    }

    /// As [`crate::FakeTelegram::end_call`].
    pub fn end_call(&self) {
        self.change_call(World::end_call);
    }

    /// Somebody joins the call now; see [`crate::FakeTelegram::join`].
    pub fn join(&self, peer: Id) {
        self.change_call(|world, call| world.join_call(call, peer, world.now()));
    }

    /// As [`crate::FakeTelegram::join_at`].
    pub fn join_at(&self, peer: Id, date: i64) {
        self.change_call(|world, call| world.join_call(call, peer, date));
    }

    /// Somebody leaves the call.
    pub fn leave(&self, peer: Id) {
        self.change_call(|world, call| world.leave_call(call, peer));
    }

    /// As [`crate::FakeTelegram::listeners_hidden`].
    pub fn listeners_hidden(&self, hidden: bool) {
        self.change_call(|world, call| world.hide_listeners(call, hidden));
    }

    /// The stays of all calls of the group, call by call: see [`crate::FakeTelegram::stays`]. If the group was a basic
    /// group before, the stays of the call that moved with it are included.
    pub fn stays(&self) -> Vec<Stay> {
        self.read(|world| {
            let own = world.calls.values().filter(|call| call.group == self.id && call.kind == CallKind::Group);
            own.flat_map(|call| call.stays()).collect()
        })
    }
}

impl World {
    pub fn add_group(&mut self, spec: GroupSpec) -> Id {
        let id = self.new_group(spec.kind, &spec.title, spec.username.as_deref());
        for member in spec.members {
            self.add_member(id, member);
        }
        id
    }

    pub fn new_group(&mut self, kind: GroupKind, title: &str, username: Option<&str>) -> Id {
        let id = self.next_group_id(kind);
        let mut invite = [0; 12];
        wire::fill_random(&mut invite);
        let created = self.now();
        self.groups.insert(
            id,
            Group {
                kind,
                title: title.to_owned(),
                username: username.map(str::to_owned),
                created,
                members: Default::default(),
                invite: BASE64_URL_SAFE.encode(invite),
                call: None,
                migrated_to: None,
                migrated_from: None,
                pts: 1,
                last_message_id: 0,
                events: vec![],
                creator: None,
                admins: BTreeMap::new(),
                removed: BTreeSet::new(),
                barred: BTreeSet::new(),
                deleted: false,
                banned: BTreeSet::new(),
                write_forbidden: false,
                pictures_forbidden: false,
                slow_mode: 0,
                topics: None,
                last_wrote: Default::default(),
            },
        );
        let action = match kind {
            GroupKind::Basic => types::MessageActionChatCreate { title: title.to_owned(), users: vec![] }.into(),
            GroupKind::Supergroup | GroupKind::Broadcast => {
                types::MessageActionChannelCreate { title: title.to_owned() }.into()
            }
        };
        self.service_message(id, action);
        id
    }

    /// Stores a message like "the group was created", sent by the group itself; returns its id.
    fn service_message(&mut self, group: Id, action: enums::MessageAction) -> i32 {
        let message = Message {
            id: 0,
            from: group,
            date: self.now(),
            text: String::new(),
            entities: vec![],
            random_id: 0,
            edited: None,
            edits: 0,
            topic: None,
            silent: false,
            reply_to: None,
            buttons: vec![],
            picture: None,
        };
        self.store(Place::Group(group), message, Some(action))
    }

    pub fn add_member(&mut self, group: Id, user: Id) {
        assert!(self.people.contains_key(&user), "there is no user {user}");
        let now = self.now();
        let at = self.group_mut(group);
        assert!(!at.deleted, "group {group} was deleted");
        at.members.insert(user, now);
        at.removed.remove(&user);
        at.barred.remove(&user);
        self.push_membership(group, user);
    }

    pub fn remove_member(&mut self, group: Id, user: Id) {
        let at = self.group_mut(group);
        let gone = at.members.remove(&user);
        assert!(gone.is_some(), "{user} is not in {group}");
        at.removed.insert(user);
        at.admins.remove(&user);
        at.creator = at.creator.filter(|creator| *creator != user);
        self.push_membership(group, user);
    }

    /// Removes somebody from the group, and takes the right to read it.
    pub fn bar(&mut self, group: Id, user: Id) {
        assert!(matches!(bare(group), Bare::Channel(_)), "basic groups ban nobody");
        assert!(self.is_member(group, user), "{user} is not in {group}");
        self.group_mut(group).barred.insert(user);
        self.remove_member(group, user);
    }

    pub fn rename_group(&mut self, group: Id, title: &str, username: Option<&str>) {
        let at = self.group_mut(group);
        at.title = title.to_owned();
        at.username = username.map(str::to_owned);
        self.push_group(group);
    }

    pub fn delete_group(&mut self, group: Id) {
        let now = self.now();
        let at = self.group_mut(group);
        assert!(!at.deleted, "group {group} was deleted already");
        at.deleted = true;
        at.username = None;
        let members: Vec<Id> = std::mem::take(&mut at.members).into_keys().collect();
        at.removed.extend(&members);
        at.admins.clear();
        at.creator = None;
        if let Some(call) = at.call.take() {
            self.call_mut(call).end(now);
        }
        for member in members {
            self.push_membership(group, member);
        }
    }

    /// Turns a basic group into a supergroup; returns the supergroup's id.
    pub fn migrate(&mut self, basic: Id) -> Id {
        let Bare::Chat(chat_id) = bare(basic) else {
            panic!("{basic} is no basic group");
        };
        let old = self.group(basic);
        assert!(old.migrated_to.is_none(), "{basic} was migrated already");
        let title = old.title.clone();
        let members = old.members.clone();
        let admins = old.admins.clone();
        let creator = old.creator;
        let write_forbidden = old.write_forbidden;
        let new = self.new_group(GroupKind::Supergroup, &title, None);
        let call = self.group_mut(basic).call.take();
        self.group_mut(basic).migrated_to = Some(new);
        let group = self.group_mut(new);
        group.members = members;
        group.admins = admins;
        group.creator = creator;
        group.write_forbidden = write_forbidden;
        group.call = call;
        group.migrated_from = Some(basic);
        let Bare::Channel(channel_id) = bare(new) else {
            unreachable!("a supergroup's id is a channel's");
        };
        let to = self.service_message(basic, types::MessageActionChatMigrateTo { channel_id }.into());
        let from = self.service_message(new, types::MessageActionChannelMigrateFrom { title, chat_id }.into());
        self.push_event(Place::Group(basic), to, What::New, None);
        self.push_event(Place::Group(new), from, What::New, None);
        if let Some(call) = call {
            self.call_mut(call).group = new;
            self.push_call(call);
        }
        new
    }

    /// The group's call, running or scheduled.
    fn call_of(&self, group: Id) -> i64 {
        self.group(group).call.unwrap_or_else(|| panic!("group {group} has no call"))
    }
}
