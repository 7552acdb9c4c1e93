//! Methods for bots only: their menus, and answers to pressed buttons.

use grammers_tl_types::{enums, functions, types};

use super::{Answer, Caller};
use crate::bots::{MenuCommand, MenuScope};
use crate::keyboard::PressAnswer;
use crate::world::{Id, RpcError, World};

const MAX_COMMANDS: usize = 100;
/// In bytes; all of them are ASCII.
const MAX_COMMAND: usize = 32;
/// In characters.
const MAX_DESCRIPTION: usize = 256;

pub fn set_bot_callback_answer(
    world: &mut World,
    caller: &Caller,
    request: functions::messages::SetBotCallbackAnswer,
) -> Answer<bool> {
    let answer = PressAnswer { text: request.message, alert: request.alert, url: request.url };
    world.answer_press(caller.me, request.query_id, answer)?;
    Ok(true)
}

/// The scope and language of a menu in a request.
fn menu_key(
    world: &mut World,
    me: Id,
    scope: &enums::BotCommandScope,
    lang_code: String,
) -> Answer<(MenuScope, String)> {
    let is_code = lang_code.len() == 2 && lang_code.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_code && !lang_code.is_empty() {
        return Err(RpcError::bad("LANG_CODE_INVALID"));
    }
    let scope = match scope {
        enums::BotCommandScope::Default => MenuScope::Default,
        enums::BotCommandScope::Users => MenuScope::Users,
        enums::BotCommandScope::Chats => MenuScope::Chats,
        enums::BotCommandScope::ChatAdmins => MenuScope::ChatAdmins,
        enums::BotCommandScope::Peer(scope) => MenuScope::Peer(world.input_peer(me, &scope.peer)?),
        enums::BotCommandScope::PeerAdmins(scope) => MenuScope::PeerAdmins(world.input_peer(me, &scope.peer)?),
        enums::BotCommandScope::PeerUser(scope) => {
            MenuScope::PeerUser(world.input_peer(me, &scope.peer)?, world.input_user(me, &scope.user_id)?)
        }
    };
    Ok((scope, lang_code))
}

fn checked_command(enums::BotCommand::Command(command): enums::BotCommand) -> Answer<MenuCommand> {
    let types::BotCommand { ephemeral, command, description } = command;
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if !(1..=MAX_COMMAND).contains(&command.len()) || !command.bytes().all(is_name) {
        return Err(RpcError::bad("BOT_COMMAND_INVALID"));
    }
    if !(1..=MAX_DESCRIPTION).contains(&description.chars().count()) {
        return Err(RpcError::bad("BOT_COMMAND_DESCRIPTION_INVALID"));
    }
    Ok(MenuCommand { command, description, ephemeral })
}

pub fn set_bot_commands(world: &mut World, caller: &Caller, request: functions::bots::SetBotCommands) -> Answer<bool> {
    let key = menu_key(world, caller.me, &request.scope, request.lang_code)?;
    if request.commands.len() > MAX_COMMANDS {
        return Err(RpcError::bad("BOT_COMMANDS_TOO_MUCH"));
    }
    let commands = request.commands.into_iter().map(checked_command).collect::<Answer<Vec<_>>>()?;
    let menus = &mut world.bot_mut(caller.me).menu;
    if commands.is_empty() {
        menus.remove(&key);
    } else {
        menus.insert(key, commands);
    }
    Ok(true)
}

pub fn get_bot_commands(
    world: &mut World,
    caller: &Caller,
    request: functions::bots::GetBotCommands,
) -> Answer<Vec<enums::BotCommand>> {
    let key = menu_key(world, caller.me, &request.scope, request.lang_code)?;
    let commands = world.bot_mut(caller.me).menu.get(&key).cloned().unwrap_or_default();
    let shown =
        |MenuCommand { command, description, ephemeral }| types::BotCommand { ephemeral, command, description }.into();
    Ok(commands.into_iter().map(shown).collect())
}

pub fn reset_bot_commands(
    world: &mut World,
    caller: &Caller,
    request: functions::bots::ResetBotCommands,
) -> Answer<bool> {
    let key = menu_key(world, caller.me, &request.scope, request.lang_code)?;
    world.bot_mut(caller.me).menu.remove(&key);
    Ok(true)
}
