//! `phone.*`: group calls.

use std::time::{Duration, Instant};

use grammers_tl_types::{enums, functions, types};

use super::{Answer, Caller};
use crate::calls::container;
use crate::view::{Mentioned, peer};
use crate::world::{Id, PageReader, RpcError, World};

/// `phone.getGroupCall` raises a smaller limit to this number of people.
const FEWEST: usize = 3;
/// The maximum number of people on a page.
const LONGEST_PAGE: usize = 500;
/// The maximum number of peers that one request may name.
const MOST_IDS: usize = 100;
/// A client that begins again sooner than this after the last page, this many times in a row, without a change in the
/// call, is in an endless loop.
const LOOP_WITHIN: Duration = Duration::from_millis(100);
const LOOP_RESTARTS: u32 = 3;

/// An opaque offset into a list. As with Telegram, clients can't interpret it.
fn offset_text(call: i64, index: usize) -> String {
    format!("{:x}g{index:x}", call ^ 0x5bd1_e995)
}

fn offset_index(call: i64, text: &str) -> Option<usize> {
    let (place, index) = text.split_once('g')?;
    let place = i64::from_str_radix(place, 16).ok()?;
    (place == call ^ 0x5bd1_e995).then_some(())?;
    usize::from_str_radix(index, 16).ok()
}

struct Page {
    participants: Vec<enums::GroupCallParticipant>,
    mentioned: Mentioned,
    next_offset: String,
}

fn page(world: &World, viewer: Id, call: i64, from: usize, limit: usize) -> Page {
    let listed = world.call(call).listed();
    let end = listed.len().min(from.saturating_add(limit));
    let shown = listed.get(from..end).unwrap_or_default();
    Page {
        participants: views(world, viewer, call, shown),
        mentioned: Mentioned::of(shown.iter().copied()),
        next_offset: if end < listed.len() { offset_text(call, end) } else { String::new() },
    }
}

fn views(world: &World, viewer: Id, call: i64, who: &[Id]) -> Vec<enums::GroupCallParticipant> {
    who.iter().filter_map(|id| world.participant(viewer, call, *id)).map(Into::into).collect()
}

pub fn get_group_call(
    world: &mut World,
    caller: &Caller,
    request: functions::phone::GetGroupCall,
) -> Answer<enums::phone::GroupCall> {
    let call = world.input_group_call(caller.me, &request.call)?;
    let limit = usize::try_from(request.limit).map_err(|_| RpcError::bad("LIMIT_INVALID"))?;
    let mut page = page(world, caller.me, call, 0, limit.clamp(FEWEST, LONGEST_PAGE));
    page.mentioned.add(world.call(call).group);
    Ok(types::phone::GroupCall {
        call: world.group_call(caller.me, call),
        participants: page.participants,
        participants_next_offset: page.next_offset,
        chats: page.mentioned.chats(world, caller.me),
        users: page.mentioned.users(world, caller.me, false),
    }
    .into())
}

/// Only admins who may manage calls can set a title.
pub fn edit_group_call_title(
    world: &mut World,
    caller: &Caller,
    request: functions::phone::EditGroupCallTitle,
) -> Answer<enums::Updates> {
    let id = world.input_group_call(caller.me, &request.call)?;
    let group = world.call(id).group;
    if !world.group(group).rights_of(caller.me).is_some_and(|rights| rights.manage_call) {
        return Err(RpcError::bad("CHAT_ADMIN_REQUIRED"));
    }
    if world.call(id).titles.last().map_or("", String::as_str) == request.title {
        return Err(RpcError::bad("GROUPCALL_NOT_MODIFIED"));
    }
    world.title_call(id, &request.title);
    let update =
        types::UpdateGroupCall { live_story: false, peer: Some(peer(group)), call: world.group_call(caller.me, id) };
    Ok(container(world, caller.me, vec![update.into()], &Mentioned::of([group])))
}

pub fn get_group_participants(
    world: &mut World,
    caller: &Caller,
    request: functions::phone::GetGroupParticipants,
) -> Answer<enums::phone::GroupParticipants> {
    let call = world.input_group_call(caller.me, &request.call)?;
    let page = if request.ids.is_empty() && request.sources.is_empty() {
        read_page(world, caller, call, &request)?
    } else {
        named(world, caller, call, &request)?
    };
    Ok(types::phone::GroupParticipants {
        count: world.call(call).participants.len() as i32,
        participants: page.participants,
        next_offset: page.next_offset,
        chats: page.mentioned.chats(world, caller.me),
        users: page.mentioned.users(world, caller.me, false),
        version: world.call(call).version,
    }
    .into())
}

/// The people in the list whom the request names.
fn named(
    world: &mut World,
    caller: &Caller,
    call: i64,
    request: &functions::phone::GetGroupParticipants,
) -> Answer<Page> {
    if request.ids.len() + request.sources.len() > MOST_IDS {
        return Err(RpcError::bad("LIMIT_INVALID"));
    }
    let mut wanted = Vec::new();
    for named in &request.ids {
        wanted.push(world.input_peer(caller.me, named)?);
    }
    let state = world.call(call);
    let shown: Vec<_> = state
        .listed()
        .into_iter()
        .filter(|id| {
            let source = state.participants.get(id).map(|p| p.source);
            wanted.contains(id) || source.is_some_and(|source| request.sources.contains(&source))
        })
        .collect();
    Ok(Page {
        participants: views(world, caller.me, call, &shown),
        mentioned: Mentioned::of(shown),
        next_offset: String::new(),
    })
}

fn read_page(
    world: &mut World,
    caller: &Caller,
    call: i64,
    request: &functions::phone::GetGroupParticipants,
) -> Answer<Page> {
    let limit = match usize::try_from(request.limit) {
        Ok(0) | Err(_) => return Err(RpcError::bad("LIMIT_INVALID")),
        Ok(limit) => limit.min(LONGEST_PAGE),
    };
    let from = if request.offset.is_empty() {
        note_restart(world, caller, call, request.limit);
        0
    } else {
        let Some(from) = offset_index(call, &request.offset) else {
            world.violation(format!("made up the offset {:?}", request.offset));
            return Err(RpcError::bad("OFFSET_INVALID"));
        };
        if world.faults.shuffle_pages {
            reorder(world, call);
        }
        from
    };
    let page = page(world, caller.me, call, from, limit);
    let reader = (caller.at.connection, call);
    if page.next_offset.is_empty() {
        let version = world.call(call).version;
        let reader = world.readers.entry(reader).or_insert(PageReader {
            version,
            limit: request.limit,
            ended: Instant::now(),
            restarts: 0,
        });
        reader.version = version;
        reader.limit = request.limit;
        reader.ended = Instant::now();
    }
    Ok(page)
}

/// Moves the last of the list to the front, as if they had spoken. A reader half way through then misses one person and
/// sees another twice.
fn reorder(world: &mut World, call: i64) {
    let Some(last) = world.call(call).listed().pop() else {
        return;
    };
    let call = world.call_mut(call);
    let rank = call.next_rank();
    if let Some(participant) = call.participants.get_mut(&last) {
        participant.rank = rank;
    }
}

/// Notes a violation if a client keeps using an empty `next_offset` as an offset.
fn note_restart(world: &mut World, caller: &Caller, call: i64, limit: i32) {
    let version = world.call(call).version;
    let Some(reader) = world.readers.get_mut(&(caller.at.connection, call)) else {
        return;
    };
    let again = reader.version == version && reader.limit == limit && reader.ended.elapsed() < LOOP_WITHIN;
    reader.restarts = if again { reader.restarts + 1 } else { 0 };
    if reader.restarts == LOOP_RESTARTS {
        world.violation(format!("account {} reads the participants of call {call} in an endless loop", caller.me));
    }
}
