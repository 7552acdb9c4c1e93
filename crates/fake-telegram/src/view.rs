//! The world's objects as one account sees them; and the reverse: the objects that a request of an account refers to.

use std::collections::BTreeSet;

use grammers_tl_types::{enums, types};

use crate::blank;
use crate::keyboard;
use crate::pictures;
use crate::world::{
    Bare, CallKind, GroupKind, Id, Message, Place, Rights, RpcError, Stored, World, bare, channel_mark,
};

pub fn peer(id: Id) -> enums::Peer {
    match bare(id) {
        Bare::User(user_id) => types::PeerUser { user_id }.into(),
        Bare::Chat(chat_id) => types::PeerChat { chat_id }.into(),
        Bare::Channel(channel_id) => types::PeerChannel { channel_id }.into(),
    }
}

/// Users and chats that an answer mentions, collected while it is made.
#[derive(Default)]
pub struct Mentioned(BTreeSet<Id>);

impl Mentioned {
    pub fn add(&mut self, id: Id) {
        self.0.insert(id);
    }

    pub fn of(ids: impl IntoIterator<Item = Id>) -> Self {
        Self(ids.into_iter().collect())
    }

    pub fn users(&self, world: &World, viewer: Id, min: bool) -> Vec<enums::User> {
        self.0.iter().filter(|id| **id > 0).map(|id| world.user(viewer, *id, min)).collect()
    }

    pub fn chats(&self, world: &World, viewer: Id) -> Vec<enums::Chat> {
        self.0.iter().filter(|id| **id < 0).map(|id| world.chat(viewer, *id)).collect()
    }
}

/// The rights of an admin in the form of the schema.
pub fn administering(rights: Rights) -> types::ChatAdminRights {
    types::ChatAdminRights {
        post_messages: true,
        edit_messages: true,
        delete_messages: rights.delete_messages,
        pin_messages: true,
        anonymous: rights.anonymous,
        manage_call: rights.manage_call,
        ..blank::admin_rights()
    }
}

/// The message that a message replies to, and its topic.
fn reply_header(message: &Message) -> Option<enums::MessageReplyHeader> {
    let (id, top) = match (message.reply_to, message.topic) {
        (None, None) => return None,
        (None, Some(topic)) => (topic, None),
        (Some(id), topic) => (id, topic),
    };
    let header = types::MessageReplyHeader {
        forum_topic: message.topic.is_some(),
        reply_to_msg_id: Some(id),
        reply_to_top_id: top,
        ..blank::reply_header()
    };
    Some(header.into())
}

/// Restrictions that forbid to write, or none.
pub fn writing(forbidden: bool) -> types::ChatBannedRights {
    types::ChatBannedRights { send_messages: forbidden, send_plain: forbidden, ..blank::banned_rights() }
}

impl World {
    /// The access hash that `viewer` has for a user, channel or call.
    pub fn access_hash(&self, viewer: Id, id: i64) -> i64 {
        self.derived("access", &[viewer, id])
    }

    /// The hash in a `min` object; it does not grant access.
    pub fn min_hash(&self, viewer: Id, id: Id) -> i64 {
        self.derived("min", &[viewer, id])
    }

    pub fn user(&self, viewer: Id, id: Id, min: bool) -> enums::User {
        let Some(person) = self.people.get(&id) else {
            return types::UserEmpty { id }.into();
        };
        let min = min && id != viewer;
        let hash = if min { self.min_hash(viewer, id) } else { self.access_hash(viewer, id) };
        let shown = !person.deleted;
        types::User {
            is_self: id == viewer,
            min,
            deleted: person.deleted,
            bot: person.bot,
            bot_chat_history: self.bots.get(&id).is_some_and(|bot| bot.reads_all),
            bot_info_version: person.bot.then_some(1),
            lang_code: person.lang_code.clone().filter(|_| self.is_bot(viewer)),
            id,
            access_hash: Some(hash),
            first_name: shown.then(|| person.first_name.clone()),
            last_name: person.last_name.clone().filter(|_| shown),
            // Clients expect one username, or a list of several.
            username: person.username.clone().filter(|_| shown && person.more_usernames.is_empty()),
            usernames: Some(person.usernames()).filter(|_| shown && !person.more_usernames.is_empty()),
            ..blank::user()
        }
        .into()
    }

    /// Whether `viewer` can read a group.
    pub fn can_see(&self, viewer: Id, id: Id) -> bool {
        self.groups.get(&id).is_some_and(|group| {
            let is_open = group.username.is_some() || group.kind == GroupKind::Broadcast;
            let is_closed = group.deleted || group.barred.contains(&viewer);
            !is_closed && (is_open || group.members.contains_key(&viewer))
        })
    }

    pub fn chat(&self, viewer: Id, id: Id) -> enums::Chat {
        let group = self.group(id);
        let member = group.members.contains_key(&viewer);
        let call = group.call.and_then(|call| self.calls.get(&call));
        let call_active = call.is_some();
        let call_not_empty = call.is_some_and(|call| !call.participants.is_empty());
        let count = group.members.len() as i32;
        let admin_rights = group.rights_of(viewer).map(|rights| administering(rights).into());
        let default_banned_rights = Some(writing(group.write_forbidden).into());
        match (group.kind, bare(id)) {
            (GroupKind::Basic, Bare::Chat(bare_id)) if !member => {
                types::ChatForbidden { id: bare_id, title: group.title.clone() }.into()
            }
            (GroupKind::Basic, Bare::Chat(bare_id)) => types::Chat {
                creator: group.creator == Some(viewer),
                id: bare_id,
                deactivated: group.migrated_to.is_some(),
                admin_rights,
                default_banned_rights,
                call_active,
                call_not_empty,
                title: group.title.clone(),
                participants_count: count,
                date: group.created as i32,
                version: 1,
                migrated_to: group.migrated_to.map(|to| self.input_channel_of(viewer, to)),
                ..blank::chat()
            }
            .into(),
            (kind, Bare::Channel(bare_id)) if !self.can_see(viewer, id) => types::ChannelForbidden {
                broadcast: kind == GroupKind::Broadcast,
                megagroup: kind == GroupKind::Supergroup,
                monoforum: false,
                id: bare_id,
                access_hash: self.access_hash(viewer, id),
                title: group.title.clone(),
                until_date: None,
            }
            .into(),
            (kind, Bare::Channel(bare_id) | Bare::Chat(bare_id) | Bare::User(bare_id)) => types::Channel {
                creator: group.creator == Some(viewer),
                id: bare_id,
                left: !member,
                broadcast: kind == GroupKind::Broadcast,
                megagroup: kind == GroupKind::Supergroup,
                call_active,
                call_not_empty,
                slowmode_enabled: group.slow_mode > 0,
                forum: group.topics.is_some(),
                admin_rights,
                banned_rights: group.banned.contains(&viewer).then(|| writing(true).into()),
                default_banned_rights,
                access_hash: Some(self.access_hash(viewer, id)),
                title: group.title.clone(),
                username: group.username.clone(),
                date: group.members.get(&viewer).copied().unwrap_or(group.created) as i32,
                participants_count: Some(count),
                ..blank::channel()
            }
            .into(),
        }
    }

    fn input_channel_of(&self, viewer: Id, id: Id) -> enums::InputChannel {
        match bare(id) {
            Bare::Channel(channel_id) => {
                types::InputChannel { channel_id, access_hash: self.access_hash(viewer, id) }.into()
            }
            Bare::User(_) | Bare::Chat(_) => enums::InputChannel::Empty,
        }
    }

    pub fn input_call(&self, viewer: Id, call: i64) -> enums::InputGroupCall {
        types::InputGroupCall { id: call, access_hash: self.access_hash(viewer, call) }.into()
    }

    pub fn group_call(&self, viewer: Id, id: i64) -> enums::GroupCall {
        let call = self.call(id);
        let access_hash = self.access_hash(viewer, id);
        if call.ended {
            return types::GroupCallDiscarded { id, access_hash, duration: (self.now() - call.started).max(0) as i32 }
                .into();
        }
        types::GroupCall {
            can_start_video: true,
            listeners_hidden: call.listeners_hidden,
            conference: call.kind == CallKind::Conference,
            id,
            access_hash,
            participants_count: call.participants.len() as i32,
            title: call.titles.last().filter(|title| !title.is_empty()).cloned(),
            schedule_date: call.scheduled.map(|at| at as i32),
            unmuted_video_limit: 30,
            version: call.version,
            ..blank::group_call()
        }
        .into()
    }

    /// Somebody in a call; `None` if they are not in it.
    pub fn participant(&self, viewer: Id, call: i64, id: Id) -> Option<types::GroupCallParticipant> {
        let participant = self.call(call).participants.get(&id)?;
        Some(types::GroupCallParticipant {
            muted: participant.muted,
            can_self_unmute: true,
            is_self: id == viewer,
            peer: peer(id),
            date: participant.date as i32,
            active_date: participant.active.map(|at| at as i32),
            source: participant.source,
            raise_hand_rating: participant.raised,
            video: participant.video.then(|| blank::stream("video")),
            presentation: participant.screen.then(|| blank::stream("screen")),
            ..blank::participant()
        })
    }

    pub fn message(
        &self,
        viewer: Id,
        place: Place,
        stored: &Stored,
        mentioned: &mut Mentioned,
        layer: i32,
    ) -> enums::Message {
        let message = &stored.message;
        let peer_id = place.peer_for(viewer);
        mentioned.add(message.from);
        mentioned.add(peer_id);
        let post = matches!(place, Place::Group(group) if self.group(group).kind == GroupKind::Broadcast);
        // A private message of somebody else has no sender; the chat shows who it is. A message to oneself is marked as
        // incoming.
        let own = message.from == viewer;
        let named = matches!(place, Place::Group(_)) || own;
        let from_id = Some(peer(message.from)).filter(|_| named && !post && !stored.unnamed);
        let out = own && place != Place::between(viewer, viewer);
        if let Some(action) = &stored.action {
            return types::MessageService {
                out,
                id: message.id,
                from_id,
                peer_id: peer(peer_id),
                date: message.date as i32,
                action: action.clone(),
                ..blank::message_service()
            }
            .into();
        }
        let entities: Vec<_> =
            message.entities.iter().filter(|entity| crate::rpc::in_layer(entity, layer)).cloned().collect();
        types::Message {
            post,
            out,
            silent: message.silent,
            id: message.id,
            from_id,
            peer_id: peer(peer_id),
            saved_peer_id: (place == Place::between(viewer, viewer)).then(|| peer(viewer)),
            reply_to: reply_header(message),
            reply_markup: keyboard::markup(&message.buttons),
            date: message.date as i32,
            message: message.text.clone(),
            entities: (!entities.is_empty()).then_some(entities),
            media: message
                .picture
                .as_ref()
                .map(|picture| pictures::media(message.id.into(), b"of a message", picture.len(), message.date)),
            edit_date: message.edited.map(|at| at as i32),
            ..blank::message()
        }
        .into()
    }

    /// The user that a request refers to; checks the access hash. A bot needs no hash for users whom it has met, and
    /// for channels that it is in.
    pub fn input_user(&mut self, viewer: Id, user: &enums::InputUser) -> Result<Id, RpcError> {
        let invalid = || RpcError::bad("USER_ID_INVALID");
        match user {
            enums::InputUser::UserSelf => Ok(viewer),
            enums::InputUser::User(user) if user.user_id == viewer => Ok(viewer),
            enums::InputUser::User(user) => {
                if user.access_hash == self.access_hash(viewer, user.user_id) && self.people.contains_key(&user.user_id)
                {
                    return Ok(user.user_id);
                }
                if user.access_hash == 0 && self.is_bot(viewer) {
                    return Some(user.user_id).filter(|id| self.has_met(viewer, *id)).ok_or_else(invalid);
                }
                self.wrong_hash(viewer, user.user_id, user.access_hash);
                Err(invalid())
            }
            enums::InputUser::FromMessage(user) => {
                let chat = self.input_peer(viewer, &user.peer)?;
                self.sender_of(viewer, chat, user.msg_id, user.user_id).ok_or_else(invalid)
            }
            enums::InputUser::Empty => Err(invalid()),
        }
    }

    /// The channel that a request refers to; checks the access hash, and that the viewer can read the channel.
    pub fn input_channel(&mut self, viewer: Id, channel: &enums::InputChannel) -> Result<Id, RpcError> {
        let id = self.known_channel(viewer, channel)?;
        if self.can_see(viewer, id) { Ok(id) } else { Err(RpcError::bad("CHANNEL_PRIVATE")) }
    }

    /// The channel that a request refers to; checks the access hash.
    pub fn known_channel(&mut self, viewer: Id, channel: &enums::InputChannel) -> Result<Id, RpcError> {
        let (channel_id, access_hash) = match channel {
            enums::InputChannel::Channel(c) => (c.channel_id, c.access_hash),
            enums::InputChannel::FromMessage(_) | enums::InputChannel::Empty => {
                return Err(RpcError::bad("CHANNEL_INVALID"));
            }
        };
        let id = channel_mark(channel_id);
        if access_hash == 0 && self.is_bot(viewer) {
            let was_removed = self.groups.get(&id).is_some_and(|group| group.removed.contains(&viewer));
            let error = if was_removed { "CHANNEL_PRIVATE" } else { "CHANNEL_INVALID" };
            return Some(id).filter(|id| self.is_member(*id, viewer)).ok_or_else(|| RpcError::bad(error));
        }
        if !self.groups.contains_key(&id) || access_hash != self.access_hash(viewer, id) {
            self.wrong_hash(viewer, id, access_hash);
            return Err(RpcError::bad("CHANNEL_INVALID"));
        }
        Ok(id)
    }

    /// The peer that a request refers to; checks the access.
    pub fn input_peer(&mut self, viewer: Id, named: &enums::InputPeer) -> Result<Id, RpcError> {
        match named {
            enums::InputPeer::PeerSelf => Ok(viewer),
            enums::InputPeer::User(user) => {
                let named = types::InputUser { user_id: user.user_id, access_hash: user.access_hash }.into();
                let found = self.input_user(viewer, &named);
                // For a bot, an unknown user is an error of the peer.
                if self.is_bot(viewer) { found.map_err(|_| RpcError::bad("PEER_ID_INVALID")) } else { found }
            }
            enums::InputPeer::UserFromMessage(user) => {
                let chat = self.input_peer(viewer, &user.peer)?;
                self.sender_of(viewer, chat, user.msg_id, user.user_id).ok_or_else(|| RpcError::bad("USER_ID_INVALID"))
            }
            enums::InputPeer::Channel(channel) => self.input_channel(
                viewer,
                &types::InputChannel { channel_id: channel.channel_id, access_hash: channel.access_hash }.into(),
            ),
            enums::InputPeer::Chat(chat) => {
                let id = -chat.chat_id;
                if self.is_member(id, viewer) { Ok(id) } else { Err(RpcError::bad("CHAT_ID_INVALID")) }
            }
            enums::InputPeer::ChannelFromMessage(_) | enums::InputPeer::Empty => Err(RpcError::bad("PEER_ID_INVALID")),
        }
    }

    /// The running (or scheduled) call that a request refers to; checks the access hash.
    pub fn input_group_call(&mut self, viewer: Id, call: &enums::InputGroupCall) -> Result<i64, RpcError> {
        let invalid = || RpcError::bad("GROUPCALL_INVALID");
        let enums::InputGroupCall::Call(named) = call else {
            return Err(invalid());
        };
        if named.access_hash != self.access_hash(viewer, named.id) {
            self.wrong_hash(viewer, named.id, named.access_hash);
            return Err(invalid());
        }
        let Some(call) = self.calls.get(&named.id).filter(|call| !call.ended) else {
            return Err(invalid());
        };
        if call.kind == CallKind::Group && !self.can_see(viewer, call.group) {
            return Err(RpcError::new(403, "GROUPCALL_FORBIDDEN"));
        }
        Ok(named.id)
    }

    fn sender_of(&self, viewer: Id, chat: Id, message: i32, user: Id) -> Option<Id> {
        let place = self.place(viewer, chat);
        self.messages
            .get(&place)?
            .iter()
            .find(|stored| stored.message.id == message && stored.message.from == user)
            .map(|stored| stored.message.from)
    }

    /// The place of the messages between `viewer` and a peer.
    pub fn place(&self, viewer: Id, peer: Id) -> Place {
        if peer > 0 { Place::between(viewer, peer) } else { Place::Group(peer) }
    }

    fn wrong_hash(&mut self, viewer: Id, id: i64, hash: i64) {
        let what = if hash == self.min_hash(viewer, id) {
            "used the access hash of a min object"
        } else {
            "used a wrong access hash"
        };
        self.violation(format!("account {viewer} {what} for {id}"));
    }
}
