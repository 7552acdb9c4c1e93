//! Groups and channels: `channels.*`, and `messages.*` of basic groups.

use grammers_tl_types::{enums, functions, types};

use super::{Answer, Caller};
use crate::blank;
use crate::view::{Mentioned, administering, peer, writing};
use crate::world::{Bare, GroupKind, Id, RpcError, World, bare};

/// The maximum number of ids in one request. Telegram publishes no limit; clients send no more at once.
const MOST_CHATS: usize = 100;

fn check_count(ids: usize) -> Answer<()> {
    if ids > MOST_CHATS { Err(RpcError::bad("LIMIT_INVALID")) } else { Ok(()) }
}

pub fn get_channels(
    world: &mut World,
    caller: &Caller,
    request: functions::channels::GetChannels,
) -> Answer<enums::messages::Chats> {
    check_count(request.id.len())?;
    let mut chats = Vec::new();
    for named in &request.id {
        let id = match world.faults.forbidden_chats {
            true => world.known_channel(caller.me, named)?,
            false => world.input_channel(caller.me, named)?,
        };
        chats.push(world.chat(caller.me, id));
    }
    Ok(types::messages::Chats { chats }.into())
}

pub fn get_full_channel(
    world: &mut World,
    caller: &Caller,
    request: functions::channels::GetFullChannel,
) -> Answer<enums::messages::ChatFull> {
    let id = world.input_channel(caller.me, &request.channel)?;
    let group = world.group(id);
    let bare_of = |id| match bare(id) {
        Bare::User(id) | Bare::Chat(id) | Bare::Channel(id) => id,
    };
    let full_chat = types::ChannelFull {
        can_view_participants: group.kind == GroupKind::Supergroup,
        id: bare_of(id),
        participants_count: Some(group.members.len() as i32),
        pts: group.pts,
        slowmode_seconds: (group.slow_mode > 0).then_some(group.slow_mode as i32),
        slowmode_next_send_date: group.may_write_from(caller.me).filter(|at| *at > world.now()).map(|at| at as i32),
        call: group.call.map(|call| world.input_call(caller.me, call)),
        migrated_from_chat_id: group.migrated_from.map(bare_of),
        migrated_from_max_id: group.migrated_from.map(|_| world.last_box_id),
        ..blank::channel_full()
    };
    Ok(types::messages::ChatFull {
        full_chat: full_chat.into(),
        chats: Mentioned::of([id]).chats(world, caller.me),
        users: vec![],
    }
    .into())
}

/// The basic group with this bare id, if the caller is in it.
fn basic_group(world: &World, caller: &Caller, bare_id: i64) -> Answer<Id> {
    let id = -bare_id;
    if bare_id > 0 && matches!(bare(id), Bare::Chat(_)) && world.is_member(id, caller.me) {
        Ok(id)
    } else {
        Err(RpcError::bad("CHAT_ID_INVALID"))
    }
}

pub fn get_chats(
    world: &mut World,
    caller: &Caller,
    request: functions::messages::GetChats,
) -> Answer<enums::messages::Chats> {
    check_count(request.id.len())?;
    let mut chats = Vec::new();
    for bare_id in request.id {
        let was_removed = world.groups.get(&-bare_id).is_some_and(|group| group.removed.contains(&caller.me));
        let id = match world.faults.forbidden_chats && was_removed {
            true => -bare_id,
            false => basic_group(world, caller, bare_id)?,
        };
        chats.push(world.chat(caller.me, id));
    }
    Ok(types::messages::Chats { chats }.into())
}

pub fn get_full_chat(
    world: &mut World,
    caller: &Caller,
    request: functions::messages::GetFullChat,
) -> Answer<enums::messages::ChatFull> {
    let id = basic_group(world, caller, request.chat_id)?;
    let group = world.group(id);
    let creator = group.creator.or_else(|| group.members.keys().next().copied()).unwrap_or(caller.me);
    let participants = group
        .members
        .iter()
        .map(|(user, joined)| {
            if *user == creator {
                types::ChatParticipantCreator { user_id: *user, rank: None }.into()
            } else if group.is_admin(*user) {
                types::ChatParticipantAdmin { user_id: *user, inviter_id: creator, date: *joined as i32, rank: None }
                    .into()
            } else {
                types::ChatParticipant { user_id: *user, inviter_id: creator, date: *joined as i32, rank: None }.into()
            }
        })
        .collect();
    let full_chat = types::ChatFull {
        id: request.chat_id,
        participants: types::ChatParticipants { chat_id: request.chat_id, participants, version: 1 }.into(),
        call: group.call.map(|call| world.input_call(caller.me, call)),
        ..blank::chat_full()
    };
    let mut mentioned = Mentioned::of(group.members.keys().copied());
    mentioned.add(id);
    Ok(types::messages::ChatFull {
        full_chat: full_chat.into(),
        chats: mentioned.chats(world, caller.me),
        users: mentioned.users(world, caller.me, false),
    }
    .into())
}

/// The role of somebody in a group, as the caller sees it.
fn participant(world: &World, me: Id, group: Id, id: Id) -> Option<enums::ChannelParticipant> {
    let at = world.group(group);
    let barred = at.barred.contains(&id);
    if barred || at.banned.contains(&id) {
        let banned_rights = types::ChatBannedRights { view_messages: barred, ..writing(true) }.into();
        let (date, kicked_by) = (at.members.get(&id).copied().unwrap_or(at.created) as i32, at.creator.unwrap_or(0));
        let peer = peer(id);
        return Some(
            types::ChannelParticipantBanned { left: barred, peer, kicked_by, date, banned_rights, rank: None }.into(),
        );
    }
    let date = *at.members.get(&id)? as i32;
    let inviter_id = at.creator.unwrap_or(id);
    let admin_rights = at.rights_of(id).map(|rights| administering(rights).into());
    Some(match admin_rights {
        Some(admin_rights) if at.creator == Some(id) => {
            types::ChannelParticipantCreator { user_id: id, admin_rights, rank: None }.into()
        }
        Some(admin_rights) => types::ChannelParticipantAdmin {
            can_edit: at.creator == Some(me),
            is_self: id == me,
            user_id: id,
            inviter_id: (id == me).then_some(inviter_id),
            promoted_by: inviter_id,
            date,
            admin_rights,
            rank: None,
        }
        .into(),
        None if id == me => types::ChannelParticipantSelf {
            via_request: false,
            user_id: id,
            inviter_id,
            date,
            subscription_until_date: None,
            rank: None,
        }
        .into(),
        None => types::ChannelParticipant { user_id: id, date, subscription_until_date: None, rank: None }.into(),
    })
}

pub fn get_participant(
    world: &mut World,
    caller: &Caller,
    request: functions::channels::GetParticipant,
) -> Answer<enums::channels::ChannelParticipant> {
    let me = caller.me;
    let group = world.input_channel(me, &request.channel)?;
    let id = world.input_peer(me, &request.participant)?;
    if !matches!(bare(id), Bare::User(_)) {
        return Err(RpcError::bad("PARTICIPANT_ID_INVALID"));
    }
    let at = world.group(group);
    if at.kind == GroupKind::Broadcast && id != me && !at.is_admin(me) {
        return Err(RpcError::bad("CHAT_ADMIN_REQUIRED"));
    }
    let participant = participant(world, me, group, id).ok_or_else(|| RpcError::bad("USER_NOT_PARTICIPANT"))?;
    let mentioned = Mentioned::of([id]);
    let users = mentioned.users(world, me, false);
    Ok(types::channels::ChannelParticipant { participant, chats: vec![], users }.into())
}

pub fn check_chat_invite(
    world: &mut World,
    caller: &Caller,
    request: functions::messages::CheckChatInvite,
) -> Answer<enums::ChatInvite> {
    let invited = world
        .groups
        .iter()
        .find(|(_, group)| group.invite == request.hash && group.migrated_to.is_none())
        .filter(|(_, group)| !group.deleted && !group.barred.contains(&caller.me))
        .ok_or_else(|| RpcError::bad("INVITE_HASH_EXPIRED"))?;
    let (id, group) = (*invited.0, invited.1);
    if group.members.contains_key(&caller.me) {
        return Ok(types::ChatInviteAlready { chat: world.chat(caller.me, id) }.into());
    }
    Ok(types::ChatInvite {
        channel: group.kind != GroupKind::Basic,
        broadcast: group.kind == GroupKind::Broadcast,
        megagroup: group.kind == GroupKind::Supergroup,
        public: group.username.is_some(),
        title: group.title.clone(),
        participants_count: group.members.len() as i32,
        ..blank::chat_invite()
    }
    .into())
}
