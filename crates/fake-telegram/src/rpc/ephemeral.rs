//! `ephemeral.*`: messages of a bot in a group to one member.

use grammers_tl_types::{enums, functions, types};

use super::messages::checked_text;
use super::{Answer, Caller};
use crate::ephemeral::EphemeralMessage;
use crate::keyboard;
use crate::world::{Id, RpcError, World};

/// The group in a request; the bot is in it.
fn group_of(world: &mut World, me: Id, peer: Option<enums::InputPeer>) -> Answer<Id> {
    let group = peer.map(|peer| world.input_peer(me, &peer)).transpose()?;
    group.filter(|group| world.is_member(*group, me)).ok_or_else(|| RpcError::bad("PEER_ID_INVALID"))
}

/// The message that is replied to. Only a bot that is an admin may write without a reply.
fn checked_reply(
    world: &mut World,
    (me, group, receiver): (Id, Id, Id),
    reply: Option<enums::InputReplyTo>,
    query: Option<i64>,
) -> Answer<Option<i32>> {
    let now = world.now();
    let answered = match reply {
        None => None,
        Some(enums::InputReplyTo::EphemeralMessage(reply)) => {
            let asked = world.ephemeral.get(&reply.id);
            let asked = asked.filter(|asked| (asked.from, asked.to, asked.group) == (receiver, me, group));
            Some(asked.ok_or_else(|| RpcError::bad("MESSAGE_ID_INVALID"))?.id)
        }
        Some(_) => {
            world.violation("an ephemeral message replied to something else, which is not served");
            return Err(RpcError::bad("REPLY_TO_INVALID"));
        }
    };
    if let Some(query) = query {
        let press = world.presses.get(&query).filter(|press| press.bot == me && press.is_by(receiver));
        press.filter(|press| press.is_open(now)).ok_or_else(|| RpcError::bad("QUERY_ID_INVALID"))?;
    }
    if answered.is_none() && query.is_none() && !world.group(group).is_admin(me) {
        return Err(RpcError::new(403, "CHAT_ADMIN_REQUIRED"));
    }
    Ok(answered)
}

pub fn send_message(
    world: &mut World,
    caller: &Caller,
    request: functions::ephemeral::SendMessage,
) -> Answer<enums::Updates> {
    let me = caller.me;
    let group = group_of(world, me, request.peer)?;
    let to = world.input_user(me, &request.receiver_id)?;
    if !world.is_member(group, to) {
        return Err(RpcError::bad("USER_NOT_PARTICIPANT"));
    }
    if request.random_id == 0 {
        return Err(RpcError::bad("RANDOM_ID_EMPTY"));
    }
    if request.media.is_some() || request.rich_message.is_some() || request.welcome {
        world.violation("an ephemeral message that is no plain text, which is not served");
        return Err(RpcError::bad("MEDIA_INVALID"));
    }
    // It is not known whether Telegram detects duplicates here.
    if world.ephemeral.values().any(|sent| (sent.from, sent.random_id) == (me, request.random_id)) {
        world.violation(format!("account {me} sent an ephemeral message twice"));
    }
    let reply_to = checked_reply(world, (me, group, to), request.reply_to, request.query_id)?;
    let entities = checked_text(world, me, &request.message, request.entities)?;
    let buttons = keyboard::checked(world, me, request.reply_markup)?;
    let id = world.add_ephemeral(EphemeralMessage {
        id: 0,
        from: me,
        to,
        group,
        date: world.now(),
        text: request.message,
        entities,
        buttons,
        reply_to,
        random_id: request.random_id,
        edits: 0,
        deleted: false,
    });
    Ok(world.ephemeral_updates(id, me, |message| types::UpdateNewEphemeralMessage { message }.into()))
}

/// The bot's own message to this receiver.
fn own_message(
    world: &mut World,
    me: Id,
    peer: Option<enums::InputPeer>,
    receiver: &enums::InputUser,
    id: i32,
) -> Answer<EphemeralMessage> {
    let group = group_of(world, me, peer)?;
    let to = world.input_user(me, receiver)?;
    let own = world.ephemeral.get(&id).filter(|sent| (sent.from, sent.to, sent.group) == (me, to, group));
    own.filter(|sent| !sent.deleted).cloned().ok_or_else(|| RpcError::bad("MESSAGE_ID_INVALID"))
}

pub fn edit_message(
    world: &mut World,
    caller: &Caller,
    request: functions::ephemeral::EditMessage,
) -> Answer<enums::Updates> {
    let me = caller.me;
    let old = own_message(world, me, request.peer, &request.receiver_id, request.id)?;
    let (text, entities) = match request.message {
        Some(text) => {
            let entities = checked_text(world, me, &text, request.entities)?;
            (text, entities)
        }
        None => (old.text.clone(), old.entities.clone()),
    };
    let buttons = keyboard::checked(world, me, request.reply_markup)?;
    if (&text, &entities, &buttons) == (&old.text, &old.entities, &old.buttons) {
        return Err(RpcError::bad("MESSAGE_NOT_MODIFIED"));
    }
    let (id, to) = (old.id, old.to);
    world.ephemeral.insert(id, EphemeralMessage { text, entities, buttons, edits: old.edits + 1, ..old });
    let update = |message| types::UpdateEditEphemeralMessage { message }.into();
    world.push_ephemeral(id, to, update);
    Ok(world.ephemeral_updates(id, me, update))
}

pub fn delete_message(
    world: &mut World,
    caller: &Caller,
    request: functions::ephemeral::DeleteMessage,
) -> Answer<bool> {
    let old = own_message(world, caller.me, request.peer, &request.receiver_id, request.id)?;
    let (id, to, group) = (old.id, old.to, old.group);
    world.ephemeral.insert(id, EphemeralMessage { deleted: true, ..old });
    world.push_ephemeral(id, to, move |_| {
        types::UpdateDeleteEphemeralMessages { peer: crate::view::peer(group), ids: vec![id] }.into()
    });
    Ok(true)
}
