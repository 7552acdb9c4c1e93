//! Messages and the chat list.

use std::collections::BTreeMap;

use grammers_tl_types::{enums, functions, types};

use super::{Answer, Caller, general};
use crate::blank;
use crate::calls::container;
use crate::view::{Mentioned, peer};
use crate::world::{Bare, GroupKind, Id, Message, Place, RpcError, Stored, World, bare};

/// In UTF-16 units.
const LONGEST_TEXT: usize = 4096;
const MOST_ENTITIES: usize = 100;
const LONGEST_HISTORY: usize = 100;

pub fn send_message(
    world: &mut World,
    caller: &Caller,
    request: functions::messages::SendMessage,
) -> Answer<enums::Updates> {
    let me = caller.me;
    let to = world.input_peer(me, &request.peer)?;
    let place = world.place(me, to);
    if request.random_id == 0 {
        return Err(RpcError::bad("RANDOM_ID_EMPTY"));
    }
    if let Some(id) = world.sent.get(&(me, place, request.random_id)).copied() {
        let same = find(world, place, id).is_some_and(|sent| sent.message.text == request.message);
        if !same {
            world.violation(format!("account {me} used random id {} for two texts", request.random_id));
        }
        return Ok(sent_updates(world, caller, place, id));
    }
    may_write(world, me, to)?;
    if request.message.trim().is_empty() {
        return Err(RpcError::bad("MESSAGE_EMPTY"));
    }
    if request.message.encode_utf16().count() > LONGEST_TEXT {
        return Err(RpcError::bad("MESSAGE_TOO_LONG"));
    }
    let entities = checked_entities(world, me, &request.message, request.entities.unwrap_or_default())?;
    let message =
        Message { id: 0, from: me, date: world.now(), text: request.message, entities, random_id: request.random_id };
    let id = world.store(place, message, None);
    world.sent.insert((me, place, request.random_id), id);
    world.push_message(place, id, Some(caller.at.session));
    Ok(sent_updates(world, caller, place, id))
}

fn may_write(world: &World, me: Id, to: Id) -> Answer<()> {
    let Some(group) = world.groups.get(&to) else {
        return Ok(());
    };
    if group.kind == GroupKind::Broadcast {
        return Err(RpcError::bad("CHAT_ADMIN_REQUIRED"));
    }
    if group.migrated_to.is_some() {
        return Err(RpcError::bad("PEER_ID_INVALID"));
    }
    if !group.members.contains_key(&me) {
        return Err(RpcError::new(403, "CHAT_WRITE_FORBIDDEN"));
    }
    Ok(())
}

/// The entities as they are stored. Offsets and lengths are UTF-16 units.
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
    // A bound is wrong too if it cuts a surrogate pair.
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

fn find(world: &World, place: Place, id: i32) -> Option<&Stored> {
    world.messages.get(&place)?.iter().find(|stored| stored.message.id == id)
}

/// The update that tells `viewer` of a message.
fn new_message(
    world: &World,
    viewer: Id,
    place: Place,
    id: i32,
    mentioned: &mut Mentioned,
    layer: i32,
) -> Option<enums::Update> {
    let stored = find(world, place, id)?;
    let message = world.message(viewer, place, stored, mentioned, layer);
    let in_channel = matches!(place, Place::Group(group) if matches!(bare(group), Bare::Channel(_)));
    Some(if in_channel {
        types::UpdateNewChannelMessage { message, pts: stored.pts, pts_count: 1 }.into()
    } else {
        let pts = world.accounts.get(&viewer)?.inbox.iter();
        types::UpdateNewMessage {
            message,
            pts: pts.rev().find(|(_, at, which)| *at == place && *which == id).map_or(0, |(pts, _, _)| *pts),
            pts_count: 1,
        }
        .into()
    })
}

/// The answer to `sendMessage`, the first time and every other.
fn sent_updates(world: &World, caller: &Caller, place: Place, id: i32) -> enums::Updates {
    let mut mentioned = Mentioned::default();
    let mut updates = Vec::new();
    if let Some(stored) = find(world, place, id) {
        updates.push(types::UpdateMessageId { id, random_id: stored.message.random_id }.into());
    }
    updates.extend(new_message(world, caller.me, place, id, &mut mentioned, caller.layer));
    container(world, caller.me, updates, &mentioned)
}

impl World {
    /// Keeps a message under the next id of its place; the id.
    pub fn store(&mut self, place: Place, mut message: Message, action: Option<enums::MessageAction>) -> i32 {
        let channel = match place {
            Place::Group(id) if matches!(bare(id), Bare::Channel(_)) => Some(id),
            Place::Group(_) | Place::Private(..) => None,
        };
        let pts = if let Some(channel) = channel {
            let group = self.group_mut(channel);
            group.last_message_id += 1;
            group.pts += 1;
            message.id = group.last_message_id;
            group.pts
        } else {
            self.last_box_id += 1;
            message.id = self.last_box_id;
            let mut readers = match place {
                Place::Group(group) => self.group(group).members.keys().copied().collect(),
                Place::Private(a, b) => vec![a, b],
            };
            readers.dedup();
            for reader in readers {
                let account = self.accounts.entry(reader).or_default();
                account.pts += 1;
                account.inbox.push((account.pts, place, message.id));
            }
            0
        };
        let id = message.id;
        self.messages.entry(place).or_default().push(Stored { message, action, pts });
        id
    }

    /// Tells everybody who can read a message of it, save one session.
    pub fn push_message(&mut self, place: Place, id: i32, except: Option<crate::world::SessionKey>) {
        self.push(
            |world, account| match place {
                Place::Group(group) => world.is_member(group, account),
                Place::Private(a, b) => account == a || account == b,
            },
            except,
            |world, viewer| {
                // Whatever 229 cannot read is left out for all.
                const LEAST_LAYER: i32 = 229;
                let mut mentioned = Mentioned::default();
                let update = new_message(world, viewer, place, id, &mut mentioned, LEAST_LAYER);
                container(world, viewer, update.into_iter().collect(), &mentioned)
            },
        );
    }
}

/// Messages of one place, as the methods that list them answer.
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
        let stored = find(*id).and_then(|(place, id)| Some((place, self::find(world, place, id)?)));
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
        .map(|account| account.inbox.iter().map(|(_, place, id)| (*id, *place)).collect())
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
fn dialog(
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

/// All of the caller's chats, the latest first, in one answer.
pub fn get_dialogs(
    world: &mut World,
    caller: &Caller,
    request: functions::messages::GetDialogs,
) -> Answer<enums::messages::Dialogs> {
    let world = &*world;
    let me = caller.me;
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
        places.retain(|(date, _)| *date < i64::from(request.offset_date));
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
