//! Messages and the chat list.

use std::any::Any;
use std::collections::BTreeMap;

use grammers_tl_types::{enums, functions, types};

use super::{Answer, Caller, general};
use crate::blank;
use crate::calls::container;
use crate::chat::command_entities;
use crate::keyboard;
use crate::pictures::Picture;
use crate::view::{Mentioned, peer};
use crate::world::{
    Bare, Event, GroupKind, Id, Message, Place, RpcError, SendKey, Sent, SessionKey, Stored, Topic, What, World, bare,
};

/// In UTF-16 units.
const LONGEST_TEXT: usize = 4096;
const LONGEST_CAPTION: usize = 1024;
const MOST_ENTITIES: usize = 100;
const LONGEST_HISTORY: usize = 100;
/// How long a user may edit a message, in seconds.
pub const EDIT_SECONDS: i64 = 172_800;

/// The key by which the server recognises the message of this request, if it sends one.
pub fn send_key(world: &mut World, me: Id, request: &dyn Any) -> Option<SendKey> {
    let (peer, random_id) = if let Some(text) = request.downcast_ref::<functions::messages::SendMessage>() {
        (&text.peer, text.random_id)
    } else {
        let media = request.downcast_ref::<functions::messages::SendMedia>()?;
        (&media.peer, media.random_id)
    };
    let to = world.input_peer(me, peer).ok()?;
    Some((me, world.place(me, to), random_id))
}

/// The common fields of `sendMessage` and `sendMedia`.
struct Sending {
    peer: enums::InputPeer,
    random_id: i64,
    reply_to: Option<enums::InputReplyTo>,
    silent: bool,
    text: String,
    entities: Option<Vec<enums::MessageEntity>>,
    markup: Option<enums::ReplyMarkup>,
    media: Option<enums::InputMedia>,
}

pub fn send_message(
    world: &mut World,
    caller: &Caller,
    request: functions::messages::SendMessage,
) -> Answer<enums::Updates> {
    let functions::messages::SendMessage { peer, random_id, reply_to, silent, message, entities, reply_markup, .. } =
        request;
    let (text, markup) = (message, reply_markup);
    send(world, caller, Sending { peer, random_id, reply_to, silent, text, entities, markup, media: None })
}

pub fn send_media(
    world: &mut World,
    caller: &Caller,
    request: functions::messages::SendMedia,
) -> Answer<enums::Updates> {
    let functions::messages::SendMedia { peer, random_id, reply_to, silent, message, entities, reply_markup, .. } =
        request;
    let (text, markup, media) = (message, reply_markup, Some(request.media));
    send(world, caller, Sending { peer, random_id, reply_to, silent, text, entities, markup, media })
}

fn send(world: &mut World, caller: &Caller, sending: Sending) -> Answer<enums::Updates> {
    let me = caller.me;
    let to = world.input_peer(me, &sending.peer)?;
    let place = world.place(me, to);
    let random_id = sending.random_id;
    if random_id == 0 {
        return Err(RpcError::bad("RANDOM_ID_EMPTY"));
    }
    let key = (me, place, random_id);
    if let Some(sent) = world.sent.get(&key) {
        let id = sent.id;
        let picture = sending.media.as_ref().map(|media| world.pictures.named(me, media)).transpose();
        let differs = sent.text != sending.text || picture.is_ok_and(|picture| picture != sent.picture);
        if differs {
            world.violation(format!("account {me} used random id {random_id} for two messages"));
        }
        return Ok(sent_updates(world, caller, place, id, random_id));
    }
    world.may_write(me, to)?;
    check_slow_mode(world, me, to)?;
    let (reply_to, topic) = checked_reply(world, me, to, sending.reply_to.as_ref())?;
    let picture = checked_picture(world, me, to, sending.media.as_ref())?;
    let text = sending.text;
    let mut entities = match picture {
        Some(_) => checked_caption(world, me, &text, sending.entities)?,
        None => checked_text(world, me, &text, sending.entities)?,
    };
    if !world.is_bot(me) {
        add_commands(&mut entities, &text);
    }
    let buttons = keyboard::checked(world, me, sending.markup)?;
    let now = world.now();
    let message = Message {
        id: 0,
        from: me,
        date: now,
        text: text.clone(),
        entities,
        random_id,
        edited: None,
        edits: 0,
        topic,
        silent: sending.silent,
        reply_to,
        buttons,
        picture: picture.clone(),
    };
    let id = world.store(place, message, None);
    world.sent.insert(key, Sent { id, text, picture });
    if let Some(group) = world.groups.get_mut(&to) {
        group.last_wrote.insert(me, now);
    }
    world.push_event(place, id, What::New, Some(caller.at.session));
    Ok(sent_updates(world, caller, place, id, random_id))
}

/// The picture for a message, if the account may send one.
fn checked_picture(world: &World, me: Id, to: Id, media: Option<&enums::InputMedia>) -> Answer<Option<Picture>> {
    let Some(media) = media else { return Ok(None) };
    world.may_send_pictures(me, to)?;
    world.pictures.named(me, media).map(Some)
}

/// As [`checked_text`], for the text below a picture, which may be empty.
fn checked_caption(
    world: &mut World,
    me: Id,
    text: &str,
    entities: Option<Vec<enums::MessageEntity>>,
) -> Answer<Vec<enums::MessageEntity>> {
    if text.encode_utf16().count() > LONGEST_CAPTION {
        return Err(RpcError::bad("MEDIA_CAPTION_TOO_LONG"));
    }
    checked_entities(world, me, text, entities.unwrap_or_default())
}

pub fn edit_message(
    world: &mut World,
    caller: &Caller,
    request: functions::messages::EditMessage,
) -> Answer<enums::Updates> {
    let me = caller.me;
    let to = world.input_peer(me, &request.peer)?;
    let place = world.place(me, to);
    if request.schedule_date.is_some() || request.rich_message.is_some() {
        world.violation("edited something other than a text or a picture, which is not served");
        return Err(RpcError::bad("MEDIA_INVALID"));
    }
    world.may_write(me, to)?;
    let stored = world
        .stored(place, request.id)
        .filter(|stored| stored.action.is_none())
        .ok_or_else(|| RpcError::bad("MESSAGE_ID_INVALID"))?;
    let old = stored.message.clone();
    if old.from != me {
        return Err(RpcError::new(403, "MESSAGE_AUTHOR_REQUIRED"));
    }
    let now = world.now();
    let any_time = world.is_bot(me) || to == me || world.groups.get(&to).is_some_and(|group| group.is_admin(me));
    if !any_time && now - old.date > EDIT_SECONDS {
        return Err(RpcError::bad("MESSAGE_EDIT_TIME_EXPIRED"));
    }
    let new_picture = checked_picture(world, me, to, request.media.as_ref())?;
    let has_new_picture = new_picture.is_some();
    let picture = new_picture.or_else(|| old.picture.clone());
    let (text, mut entities) = match request.message {
        Some(text) => {
            let entities = match picture {
                Some(_) => checked_caption(world, me, &text, request.entities)?,
                None => checked_text(world, me, &text, request.entities)?,
            };
            (text, entities)
        }
        None => (old.text.clone(), old.entities.clone()),
    };
    if !world.is_bot(me) {
        add_commands(&mut entities, &text);
    }
    // Buttons that are not sent again are removed.
    let buttons = keyboard::checked(world, me, request.reply_markup)?;
    // A new picture always differs from the old one.
    if !has_new_picture && (&text, &entities, &buttons) == (&old.text, &old.entities, &old.buttons) {
        return Err(RpcError::bad("MESSAGE_NOT_MODIFIED"));
    }
    let new = Message { text, entities, buttons, picture, edited: Some(now), edits: old.edits + 1, ..old };
    if let Some(stored) = world.stored_mut(place, request.id) {
        stored.message = new;
    }
    world.note(place, request.id, What::Edited);
    world.push_event(place, request.id, What::Edited, Some(caller.at.session));
    let mut mentioned = Mentioned::default();
    let update = last_update(world, me, place, request.id, What::Edited, &mut mentioned, caller.layer);
    Ok(container(world, me, update.into_iter().collect(), &mentioned))
}

/// Deletes messages of basic groups and private chats. Ids of messages that are gone are skipped.
pub fn delete_messages(
    world: &mut World,
    caller: &Caller,
    request: functions::messages::DeleteMessages,
) -> Answer<enums::messages::AffectedMessages> {
    if !request.revoke {
        world.violation("deleted messages for one account only, which is not served");
    }
    let events = world.accounts.get(&caller.me).map(|account| account.events.clone()).unwrap_or_default();
    let places: BTreeMap<i32, Place> = events.iter().map(|event| (event.id, event.place)).collect();
    let named = request.id.iter().filter_map(|id| Some((*places.get(id)?, *id))).collect();
    let pts_count = delete_all(world, caller, named)?;
    let pts = general::state(world, caller.me).pts;
    Ok(types::messages::AffectedMessages { pts, pts_count }.into())
}

pub fn delete_channel_messages(
    world: &mut World,
    caller: &Caller,
    request: functions::channels::DeleteMessages,
) -> Answer<enums::messages::AffectedMessages> {
    let channel = world.input_channel(caller.me, &request.channel)?;
    let named = request.id.iter().map(|id| (Place::Group(channel), *id)).collect();
    let pts_count = delete_all(world, caller, named)?;
    Ok(types::messages::AffectedMessages { pts: world.group(channel).pts, pts_count }.into())
}

/// Whether an account may delete a message for everybody.
fn may_delete(world: &World, me: Id, place: Place, message: &Message) -> bool {
    // Bots may delete a message for two days only, unless they are admins with the right to delete.
    let in_time = !world.is_bot(me) || world.now() - message.date <= EDIT_SECONDS;
    match place {
        Place::Private(..) => in_time,
        Place::Group(group) => match world.group(group).rights_of(me) {
            Some(rights) if rights.delete_messages => true,
            Some(_) | None => message.from == me && in_time,
        },
    }
}

/// Deletes those of `named` that exist; returns their number. The caller's session gets the answer, but no update.
fn delete_all(world: &mut World, caller: &Caller, mut named: Vec<(Place, i32)>) -> Answer<i32> {
    named.sort_unstable();
    named.dedup();
    named.retain(|(place, id)| world.stored(*place, *id).is_some());
    let may = |(place, id): &(Place, i32)| {
        world.stored(*place, *id).is_some_and(|stored| may_delete(world, caller.me, *place, &stored.message))
    };
    if !named.iter().all(may) {
        return Err(RpcError::new(403, "MESSAGE_DELETE_FORBIDDEN"));
    }
    for (place, id) in &named {
        world.delete(*place, *id, Some(caller.at.session));
    }
    Ok(named.len() as i32)
}

/// Whether one user may write to another. A bot may not write first.
fn may_write_privately(world: &World, me: Id, to: Id) -> Answer<()> {
    if world.has_blocked(me, to) {
        return Err(RpcError::bad("YOU_BLOCKED_USER"));
    }
    if me == to || !world.is_bot(me) {
        return Ok(());
    }
    if world.is_bot(to) {
        return Err(RpcError::bad("USER_IS_BOT"));
    }
    if world.has_blocked(to, me) {
        return Err(RpcError::new(403, "USER_IS_BLOCKED"));
    }
    if world.has_started(to, me) { Ok(()) } else { Err(RpcError::bad("PEER_ID_INVALID")) }
}

fn may_write(world: &World, me: Id, to: Id) -> Answer<()> {
    let Some(group) = world.groups.get(&to) else {
        return may_write_privately(world, me, to);
    };
    let admin = group.is_admin(me);
    if group.kind == GroupKind::Broadcast && !admin {
        return Err(RpcError::bad("CHAT_ADMIN_REQUIRED"));
    }
    if group.migrated_to.is_some() {
        return Err(RpcError::bad("PEER_ID_INVALID"));
    }
    if group.removed.contains(&me) {
        return Err(RpcError::bad("CHANNEL_PRIVATE"));
    }
    if group.banned.contains(&me) {
        return Err(RpcError::bad("USER_BANNED_IN_CHANNEL"));
    }
    if !group.members.contains_key(&me) || (group.write_forbidden && !admin) {
        return Err(RpcError::new(403, "CHAT_WRITE_FORBIDDEN"));
    }
    Ok(())
}

/// Adds the commands that the client did not mark.
fn add_commands(entities: &mut Vec<enums::MessageEntity>, text: &str) {
    for found in command_entities(text) {
        let overlaps = |entity: &enums::MessageEntity| {
            entity.offset() < found.offset() + found.length() && found.offset() < entity.offset() + entity.length()
        };
        if !entities.iter().any(overlaps) {
            entities.push(found);
        }
    }
}

/// The message that is replied to and the topic of the message, from the fields that official clients use.
fn checked_reply(
    world: &mut World,
    me: Id,
    to: Id,
    reply: Option<&enums::InputReplyTo>,
) -> Answer<(Option<i32>, Option<i32>)> {
    let Some(reply) = reply else { return Ok((None, None)) };
    let enums::InputReplyTo::Message(reply) = reply else {
        world.violation("replied to something other than a message, which is not served");
        return Err(RpcError::bad("REPLY_TO_INVALID"));
    };
    let id = reply.reply_to_msg_id;
    let group = world.groups.get(&to);
    let topics = group.and_then(|group| group.topics.as_ref());
    let is_topic = topics.is_some_and(|topics| topics.contains_key(&id));
    let answered = world.stored(world.place(me, to), id).filter(|_| !is_topic);
    let topic = if is_topic { Some(id) } else { answered.and_then(|answered| answered.message.topic) };
    let state = topics.zip(topic).and_then(|(topics, topic)| topics.get(&topic).copied());
    let admin = group.is_some_and(|group| group.is_admin(me));
    if answered.is_none() && !is_topic {
        let error = if topics.is_some() { "MSG_ID_INVALID" } else { "REPLY_MESSAGE_ID_INVALID" };
        return Err(RpcError::bad(error));
    }
    let replied = answered.is_some().then_some(id);
    match state {
        Some(Topic::Deleted) => return Err(RpcError::bad("TOPIC_DELETED")),
        Some(Topic::Closed) if !admin => return Err(RpcError::bad("TOPIC_CLOSED")),
        Some(Topic::Open | Topic::Closed) | None => {}
    }
    if reply.top_msg_id != topic {
        world.violation(format!("replied to message {id} with top_msg_id {:?} in topic {topic:?}", reply.top_msg_id));
    }
    Ok((replied, topic))
}

fn check_slow_mode(world: &World, me: Id, to: Id) -> Answer<()> {
    let Some(group) = world.groups.get(&to) else {
        return Ok(());
    };
    match group.may_write_from(me) {
        Some(at) if at > world.now() => Err(RpcError::new(420, format!("SLOWMODE_WAIT_{}", at - world.now()))),
        _ => Ok(()),
    }
}

/// Checks a text; returns its entities in their stored form.
pub fn checked_text(
    world: &mut World,
    me: Id,
    text: &str,
    entities: Option<Vec<enums::MessageEntity>>,
) -> Answer<Vec<enums::MessageEntity>> {
    if text.trim().is_empty() {
        return Err(RpcError::bad("MESSAGE_EMPTY"));
    }
    if text.encode_utf16().count() > LONGEST_TEXT {
        return Err(RpcError::bad("MESSAGE_TOO_LONG"));
    }
    checked_entities(world, me, text, entities.unwrap_or_default())
}

/// The entities in their stored form. Offsets and lengths are UTF-16 units.
fn checked_entities(
    world: &mut World,
    me: Id,
    text: &str,
    entities: Vec<enums::MessageEntity>,
) -> Answer<Vec<enums::MessageEntity>> {
    if entities.len() > MOST_ENTITIES {
        return Err(RpcError::bad("ENTITIES_TOO_LONG"));
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    // A bound that cuts a surrogate pair is wrong, too.
    let on_a_character =
        |at: usize| at == units.len() || units.get(at).is_some_and(|unit| !(0xdc00..0xe000).contains(unit));
    let mut checked = Vec::with_capacity(entities.len());
    for entity in entities {
        let (offset, length) = (entity.offset(), entity.length());
        let inside = usize::try_from(offset)
            .ok()
            .zip(usize::try_from(length).ok())
            .is_some_and(|(offset, length)| length > 0 && on_a_character(offset) && on_a_character(offset + length));
        if !inside {
            return Err(RpcError::bad("ENTITY_BOUNDS_INVALID"));
        }
        checked.push(match entity {
            enums::MessageEntity::InputMessageEntityMentionName(mention) => {
                let user_id =
                    world.input_user(me, &mention.user_id).map_err(|_| RpcError::bad("ENTITY_MENTION_USER_INVALID"))?;
                types::MessageEntityMentionName { offset, length, user_id }.into()
            }
            other => other,
        });
    }
    Ok(checked)
}

/// The message, if the server sends it to `viewer`.
fn told(world: &World, viewer: Id, place: Place, id: i32) -> Option<&Stored> {
    world.stored(place, id).filter(|stored| world.is_told(viewer, place, stored))
}

/// The update about an event for `viewer`; `None` if its message no longer exists.
fn update(world: &World, viewer: Id, event: Event, mentioned: &mut Mentioned, layer: i32) -> Option<enums::Update> {
    let Event { pts, place, id, what } = event;
    let pts_count = 1;
    if what == What::Deleted {
        let messages = vec![id];
        return Some(match place.channel().map(bare) {
            Some(Bare::Channel(channel_id)) => {
                types::UpdateDeleteChannelMessages { channel_id, messages, pts, pts_count }.into()
            }
            _ => types::UpdateDeleteMessages { messages, pts, pts_count }.into(),
        });
    }
    let message = world.message(viewer, place, told(world, viewer, place, id)?, mentioned, layer);
    Some(match (place.channel(), what) {
        (Some(_), What::Edited) => types::UpdateEditChannelMessage { message, pts, pts_count }.into(),
        (Some(_), _) => types::UpdateNewChannelMessage { message, pts, pts_count }.into(),
        (None, What::Edited) => types::UpdateEditMessage { message, pts, pts_count }.into(),
        (None, _) => types::UpdateNewMessage { message, pts, pts_count }.into(),
    })
}

/// The update about the last event of this kind for `viewer`.
fn last_update(
    world: &World,
    viewer: Id,
    place: Place,
    id: i32,
    what: What,
    mentioned: &mut Mentioned,
    layer: i32,
) -> Option<enums::Update> {
    let events = match place.channel() {
        Some(channel) => &world.group(channel).events,
        None => &world.accounts.get(&viewer)?.events,
    };
    let same = |event: &&Event| (event.place, event.id, event.what) == (place, id, what);
    update(world, viewer, *events.iter().rev().find(same)?, mentioned, layer)
}

/// The missed events: new messages in their current form, and other updates.
pub fn missed(
    world: &World,
    caller: &Caller,
    missed: &[Event],
    mentioned: &mut Mentioned,
) -> (Vec<enums::Message>, Vec<enums::Update>) {
    let mut new_messages = Vec::new();
    let mut other_updates = Vec::new();
    for (index, event) in missed.iter().enumerate() {
        let same = |other: &Event, what| (other.place, other.id, other.what) == (event.place, event.id, what);
        match event.what {
            What::New => new_messages.extend(
                told(world, caller.me, event.place, event.id)
                    .map(|stored| world.message(caller.me, event.place, stored, mentioned, caller.layer)),
            ),
            // A new message or a later edit already has this change.
            What::Edited if missed[..index].iter().any(|other| same(other, What::New)) => {}
            What::Edited if missed[index + 1..].iter().any(|other| same(other, What::Edited)) => {}
            What::Edited | What::Deleted => {
                other_updates.extend(update(world, caller.me, *event, mentioned, caller.layer));
            }
        }
    }
    (new_messages, other_updates)
}

/// A new message of a private chat or basic group in the short form, without users and chats; `None` where the server
/// would not use that form.
fn short(world: &World, update: &enums::Update) -> Option<enums::Updates> {
    let enums::Update::NewMessage(update) = update else { return None };
    let enums::Message::Message(message) = update.message.clone() else { return None };
    let is_plain = message.reply_markup.is_none() && message.saved_peer_id.is_none() && message.media.is_none();
    if !world.faults.short_messages || !is_plain {
        return None;
    }
    let (pts, pts_count) = (update.pts, update.pts_count);
    let types::Message { out, silent, id, message, date, reply_to, entities, peer_id, from_id, .. } = message;
    let (media_unread, mentioned) = (false, false);
    let (fwd_from, via_bot_id, ttl_period) = (None, None, None);
    Some(match (peer_id, from_id) {
        (enums::Peer::User(peer), _) => types::UpdateShortMessage {
            out,
            mentioned,
            media_unread,
            silent,
            id,
            user_id: peer.user_id,
            message,
            pts,
            pts_count,
            date,
            fwd_from,
            via_bot_id,
            reply_to,
            entities,
            ttl_period,
        }
        .into(),
        (enums::Peer::Chat(peer), Some(enums::Peer::User(from))) => types::UpdateShortChatMessage {
            out,
            mentioned,
            media_unread,
            silent,
            id,
            from_id: from.user_id,
            chat_id: peer.chat_id,
            message,
            pts,
            pts_count,
            date,
            fwd_from,
            via_bot_id,
            reply_to,
            entities,
            ttl_period,
        }
        .into(),
        _ => return None,
    })
}

/// The short answer to a private `sendMessage`.
fn short_sent(short: &enums::Updates) -> Option<enums::Updates> {
    let enums::Updates::UpdateShortMessage(sent) = short else { return None };
    let entities = sent.entities.clone();
    let (out, id, pts, pts_count, date) = (sent.out, sent.id, sent.pts, sent.pts_count, sent.date);
    let sent = types::UpdateShortSentMessage { out, id, pts, pts_count, date, media: None, entities, ttl_period: None };
    Some(sent.into())
}

/// The answer to `sendMessage` and `sendMedia`, also to a repeated one.
fn sent_updates(world: &World, caller: &Caller, place: Place, id: i32, random_id: i64) -> enums::Updates {
    let mut mentioned = Mentioned::default();
    let mut updates = vec![types::UpdateMessageId { id, random_id }.into()];
    let new = last_update(world, caller.me, place, id, What::New, &mut mentioned, caller.layer);
    if let Some(sent) = new.as_ref().and_then(|new| short_sent(&short(world, new)?)) {
        return sent;
    }
    updates.extend(new);
    container(world, caller.me, updates, &mentioned)
}

impl World {
    /// Whether an account may write to a user or group.
    pub fn may_write(&self, me: Id, to: Id) -> Answer<()> {
        may_write(self, me, to)
    }

    pub fn stored(&self, place: Place, id: i32) -> Option<&Stored> {
        let messages = self.messages.get(&place)?;
        let at = messages.binary_search_by_key(&id, |stored| stored.message.id).ok()?;
        messages.get(at)
    }

    pub fn stored_mut(&mut self, place: Place, id: i32) -> Option<&mut Stored> {
        let messages = self.messages.get_mut(&place)?;
        let at = messages.binary_search_by_key(&id, |stored| stored.message.id).ok()?;
        messages.get_mut(at)
    }

    /// Stores a message under the next id of its place; returns the id.
    pub fn store(&mut self, place: Place, mut message: Message, action: Option<enums::MessageAction>) -> i32 {
        let last = match place.channel() {
            Some(channel) => &mut self.group_mut(channel).last_message_id,
            None => &mut self.last_box_id,
        };
        *last += 1;
        let id = *last;
        message.id = id;
        if let Place::Private(a, b) = place {
            let other = if message.from == a { b } else { a };
            if self.is_bot(other) {
                self.bot_mut(other).started_by.insert(message.from);
            }
        }
        self.messages.entry(place).or_default().push(Stored { message, action, unnamed: false });
        self.note(place, id, What::New);
        id
    }

    /// The messages of a group; for a user, those from others, and those in Saved Messages.
    pub fn messages_to(&self, to: Id) -> Vec<Message> {
        let told = |stored: &&Stored| stored.action.is_none();
        if to < 0 {
            let messages = self.messages.get(&Place::Group(to)).into_iter().flatten();
            return messages.filter(told).map(|stored| stored.message.clone()).collect();
        }
        let mut found = Vec::new();
        for (place, messages) in &self.messages {
            let Place::Private(a, b) = *place else { continue };
            if a == to || b == to {
                let read = |stored: &&Stored| a == b || stored.message.from != to;
                found.extend(messages.iter().filter(told).filter(read).map(|stored| stored.message.clone()));
            }
        }
        found
    }

    /// Deletes a message for everybody; the session `except` gets no update.
    pub fn delete(&mut self, place: Place, id: i32, except: Option<SessionKey>) {
        let messages = self.messages.entry(place).or_default();
        let at = messages.iter().position(|stored| stored.message.id == id);
        messages.remove(at.unwrap_or_else(|| panic!("there is no message {id} in {place:?}")));
        self.note(place, id, What::Deleted);
        self.push_event(place, id, What::Deleted, except);
    }

    /// Counts a change of a message in the pts of its channel, or in the pts of each of its readers.
    fn note(&mut self, place: Place, id: i32, what: What) {
        if let Some(channel) = place.channel() {
            let group = self.group_mut(channel);
            group.pts += 1;
            group.events.push(Event { pts: group.pts, place, id, what });
            return;
        }
        let mut readers = match place {
            Place::Group(group) => self.group(group).members.keys().copied().collect(),
            Place::Private(a, b) => vec![a, b],
        };
        readers.dedup();
        readers.retain(|reader| match what {
            What::New => told(self, *reader, place, id).is_some(),
            What::Edited | What::Deleted => !self.is_bot(*reader) || self.has_received(*reader, place, id),
        });
        for reader in readers {
            let account = self.accounts.entry(reader).or_default();
            account.pts += 1;
            account.events.push(Event { pts: account.pts, place, id, what });
        }
    }

    /// Whether the account has received the message as a new one.
    fn has_received(&self, account: Id, place: Place, id: i32) -> bool {
        let is_it = |event: &Event| (event.place, event.id, event.what) == (place, id, What::New);
        self.accounts.get(&account).is_some_and(|account| account.events.iter().rev().any(is_it))
    }

    /// Pushes a change of a message to everybody who can read it, except one session.
    pub fn push_event(&mut self, place: Place, id: i32, what: What, except: Option<SessionKey>) {
        // The container is the same for all, so it leaves out what layer 229 can't read.
        const LEAST_LAYER: i32 = 229;
        let telling = |world: &World, viewer, mentioned: &mut Mentioned| {
            last_update(world, viewer, place, id, what, mentioned, LEAST_LAYER)
        };
        self.push(
            |world, account| {
                let reads = match place {
                    Place::Group(group) => world.is_member(group, account),
                    Place::Private(a, b) => account == a || account == b,
                };
                reads && telling(world, account, &mut Mentioned::default()).is_some()
            },
            except,
            |world, viewer| {
                let mut mentioned = Mentioned::default();
                let update = telling(world, viewer, &mut mentioned);
                if let Some(short) = update.as_ref().and_then(|update| short(world, update)) {
                    return short;
                }
                container(world, viewer, update.into_iter().collect(), &mentioned)
            },
        );
    }
}

/// Messages of one place, as an answer of the methods that list messages.
fn listing(world: &World, caller: &Caller, place: Place, shown: &[&Stored], total: usize) -> enums::messages::Messages {
    let me = caller.me;
    let mut mentioned = Mentioned::of([place.peer_for(me)]);
    let messages: Vec<_> =
        shown.iter().map(|stored| world.message(me, place, stored, &mut mentioned, caller.layer)).collect();
    let chats = mentioned.chats(world, me);
    let users = mentioned.users(world, me, false);
    match place {
        Place::Group(id) if matches!(bare(id), Bare::Channel(_)) => types::messages::ChannelMessages {
            inexact: false,
            pts: world.group(id).pts,
            count: total as i32,
            offset_id_offset: None,
            messages,
            topics: vec![],
            chats,
            users,
        }
        .into(),
        Place::Group(_) | Place::Private(..) if messages.len() < total => types::messages::MessagesSlice {
            inexact: false,
            count: total as i32,
            next_rate: None,
            offset_id_offset: None,
            search_flood: None,
            messages,
            topics: vec![],
            chats,
            users,
        }
        .into(),
        Place::Group(_) | Place::Private(..) => {
            types::messages::Messages { messages, topics: vec![], chats, users }.into()
        }
    }
}

pub fn get_history(
    world: &mut World,
    caller: &Caller,
    request: functions::messages::GetHistory,
) -> Answer<enums::messages::Messages> {
    let peer = world.input_peer(caller.me, &request.peer)?;
    let place = world.place(caller.me, peer);
    let newest_first: Vec<&Stored> = world.messages.get(&place).into_iter().flatten().rev().collect();
    let before = |stored: &&Stored| {
        (request.offset_id <= 0 || stored.message.id < request.offset_id)
            && (request.offset_date <= 0 || stored.message.date < i64::from(request.offset_date))
    };
    let start = newest_first.iter().position(before).unwrap_or(newest_first.len());
    let first = start as i64 + i64::from(request.add_offset);
    let limit = usize::try_from(request.limit).unwrap_or(0).min(LONGEST_HISTORY);
    let last = (first + limit as i64).clamp(0, newest_first.len() as i64) as usize;
    let first = first.clamp(0, last as i64) as usize;
    let shown: Vec<&Stored> = newest_first[first..last]
        .iter()
        .copied()
        .filter(|stored| {
            let id = stored.message.id;
            (request.max_id <= 0 || id < request.max_id) && id > request.min_id
        })
        .collect();
    Ok(listing(world, caller, place, &shown, newest_first.len()))
}

/// The messages with these ids among `stored`; `messageEmpty` for the rest.
fn by_id(
    world: &World,
    caller: &Caller,
    ids: &[enums::InputMessage],
    find: impl Fn(i32) -> Option<(Place, i32)>,
    mentioned: &mut Mentioned,
) -> Answer<Vec<enums::Message>> {
    let mut messages = Vec::new();
    for named in ids {
        let enums::InputMessage::Id(types::InputMessageId { id }) = named else {
            return Err(RpcError::bad("MESSAGE_IDS_EMPTY"));
        };
        let stored = find(*id).and_then(|(place, id)| Some((place, world.stored(place, id)?)));
        messages.push(match stored {
            Some((place, stored)) => world.message(caller.me, place, stored, mentioned, caller.layer),
            None => types::MessageEmpty { id: *id, peer_id: None }.into(),
        });
    }
    Ok(messages)
}

pub fn get_messages(
    world: &mut World,
    caller: &Caller,
    request: functions::messages::GetMessages,
) -> Answer<enums::messages::Messages> {
    let world = &*world;
    let inbox: BTreeMap<i32, Place> = world
        .accounts
        .get(&caller.me)
        .map(|account| account.events.iter().map(|event| (event.id, event.place)).collect())
        .unwrap_or_default();
    let mut mentioned = Mentioned::default();
    let find = |id| Some((*inbox.get(&id)?, id));
    let messages = by_id(world, caller, &request.id, find, &mut mentioned)?;
    Ok(types::messages::Messages {
        messages,
        topics: vec![],
        chats: mentioned.chats(world, caller.me),
        users: mentioned.users(world, caller.me, false),
    }
    .into())
}

pub fn get_channel_messages(
    world: &mut World,
    caller: &Caller,
    request: functions::channels::GetMessages,
) -> Answer<enums::messages::Messages> {
    let channel = world.input_channel(caller.me, &request.channel)?;
    let world = &*world;
    let place = Place::Group(channel);
    let mut mentioned = Mentioned::of([channel]);
    let find = |id| Some((place, id));
    let messages = by_id(world, caller, &request.id, find, &mut mentioned)?;
    Ok(types::messages::ChannelMessages {
        inexact: false,
        pts: world.group(channel).pts,
        count: messages.len() as i32,
        offset_id_offset: None,
        messages,
        topics: vec![],
        chats: mentioned.chats(world, caller.me),
        users: mentioned.users(world, caller.me, false),
    }
    .into())
}

/// One line of the chat list, with its last message.
pub fn dialog(
    world: &World,
    caller: &Caller,
    place: Place,
    mentioned: &mut Mentioned,
) -> (types::Dialog, Option<enums::Message>) {
    let id = place.peer_for(caller.me);
    mentioned.add(id);
    let last = world.messages.get(&place).and_then(|messages| messages.last());
    let dialog = types::Dialog {
        peer: peer(id),
        top_message: last.map_or(0, |stored| stored.message.id),
        pts: match bare(id) {
            Bare::Channel(_) => Some(world.group(id).pts),
            Bare::User(_) | Bare::Chat(_) => None,
        },
        ..blank::dialog()
    };
    let message = last.map(|stored| world.message(caller.me, place, stored, mentioned, caller.layer));
    (dialog, message)
}

/// The caller's chats, the latest first. Among chats of the same second, those after the offset's peer.
pub fn get_dialogs(
    world: &mut World,
    caller: &Caller,
    request: functions::messages::GetDialogs,
) -> Answer<enums::messages::Dialogs> {
    let me = caller.me;
    let after = match &request.offset_peer {
        enums::InputPeer::Empty => None,
        peer => Some(world.input_peer(me, peer)?),
    };
    let after = after.map(|peer| world.place(me, peer));
    let world = &*world;
    let mut places: Vec<(i64, Place)> = world
        .messages
        .iter()
        .filter(|(place, _)| match place {
            Place::Group(id) => world.is_member(*id, me),
            Place::Private(a, b) => *a == me || *b == me,
        })
        .filter_map(|(place, messages)| Some((messages.last()?.message.date, *place)))
        .collect();
    places.sort_unstable_by(|a, b| b.cmp(a));
    let count = places.len();
    if request.folder_id.is_some_and(|folder| folder != 0) {
        places.clear();
    }
    if request.offset_date > 0 {
        let from = i64::from(request.offset_date);
        places.retain(|(date, place)| *date < from || (*date == from && after.is_some_and(|after| *place < after)));
    }
    places.truncate(usize::try_from(request.limit).unwrap_or(0).clamp(1, 100));
    let mut mentioned = Mentioned::default();
    let mut dialogs = Vec::new();
    let mut messages = Vec::new();
    for (_, place) in places {
        let (line, last) = dialog(world, caller, place, &mut mentioned);
        dialogs.push(line.into());
        messages.extend(last);
    }
    let chats = mentioned.chats(world, me);
    let users = mentioned.users(world, me, false);
    Ok(if dialogs.len() == count {
        types::messages::Dialogs { dialogs, messages, chats, users }.into()
    } else {
        types::messages::DialogsSlice { count: count as i32, dialogs, messages, chats, users }.into()
    })
}

pub fn get_peer_dialogs(
    world: &mut World,
    caller: &Caller,
    request: functions::messages::GetPeerDialogs,
) -> Answer<enums::messages::PeerDialogs> {
    let mut mentioned = Mentioned::default();
    let mut dialogs = Vec::new();
    let mut messages = Vec::new();
    for named in &request.peers {
        let enums::InputDialogPeer::Peer(named) = named else {
            return Err(RpcError::bad("PEER_ID_INVALID"));
        };
        let id = world.input_peer(caller.me, &named.peer)?;
        let place = world.place(caller.me, id);
        let (line, last) = dialog(world, caller, place, &mut mentioned);
        dialogs.push(line.into());
        messages.extend(last);
    }
    Ok(types::messages::PeerDialogs {
        dialogs,
        messages,
        chats: mentioned.chats(world, caller.me),
        users: mentioned.users(world, caller.me, false),
        state: general::state(world, caller.me).into(),
    }
    .into())
}
