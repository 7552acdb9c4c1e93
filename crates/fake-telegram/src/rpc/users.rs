//! `users.*` and `contacts.*`.

use grammers_tl_types::{enums, functions, types};

use super::{Answer, Caller};
use crate::blank;
use crate::view::{Mentioned, peer};
use crate::world::{RpcError, World};

/// Unknown users, and users named with a wrong hash, are left out.
pub fn get_users(world: &mut World, caller: &Caller, request: functions::users::GetUsers) -> Answer<Vec<enums::User>> {
    let mut users = Vec::new();
    for named in &request.id {
        if let Ok(id) = world.input_user(caller.me, named) {
            users.push(world.user(caller.me, id, false));
        }
    }
    Ok(users)
}

pub fn get_full_user(
    world: &mut World,
    caller: &Caller,
    request: functions::users::GetFullUser,
) -> Answer<enums::users::UserFull> {
    let id = world.input_user(caller.me, &request.id)?;
    let full_user = types::UserFull { id, ..blank::user_full() };
    Ok(types::users::UserFull {
        full_user: full_user.into(),
        chats: vec![],
        users: vec![world.user(caller.me, id, false)],
    }
    .into())
}

pub fn resolve_username(
    world: &mut World,
    caller: &Caller,
    request: functions::contacts::ResolveUsername,
) -> Answer<enums::contacts::ResolvedPeer> {
    let name = &request.username;
    let valid = (4..=32).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !valid {
        return Err(RpcError::bad("USERNAME_INVALID"));
    }
    let id = world.find_username(name).ok_or_else(|| RpcError::bad("USERNAME_NOT_OCCUPIED"))?;
    let mentioned = Mentioned::of([id]);
    Ok(types::contacts::ResolvedPeer {
        peer: peer(id),
        chats: mentioned.chats(world, caller.me),
        users: mentioned.users(world, caller.me, false),
    }
    .into())
}
