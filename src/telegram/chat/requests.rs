//! Requests for answers in the chat, apart from sending: a person's standing in a group, the bot's menu, answers to
//! presses.

use grammers_client::tl;

use super::super::call_error::{CallError, refusals};
use super::super::connection::Caller;
use super::super::group;
use super::super::peers::{Address, Group, input_peer};
use crate::domain::PeerId;

/// Answers a press, so that the button stops waiting; `alert` shows `text` in a window. Telegram accepts one answer for
/// each press, and refuses a late one with [`refusals::LATE_PRESS`].
pub async fn answer_press(caller: &Caller, query: i64, text: Option<&str>, alert: bool) -> Result<(), CallError> {
    let request = tl::functions::messages::SetBotCallbackAnswer {
        alert,
        query_id: query,
        message: text.map(str::to_owned),
        url: None,
        cache_time: 0,
    };
    caller.call(&request).await.map(drop)
}

/// A person's standing in a group according to Telegram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    Creator,
    Admin,
    /// Also a member with fewer rights than others.
    Member,
    /// The person was never in the group, has left it or is banned.
    NotIn,
}

/// The standing of `person` in `group` now. A bot can use 0 as the access hash. [`refusals::ADMINS_ONLY`]: the group
/// hides its members from this account.
pub async fn standing(caller: &Caller, group: &Group, person: PeerId, hash: i64) -> Result<Membership, CallError> {
    let Address::Channel { id, hash: group_hash } = group.address else { return in_basic(caller, group, person).await };
    let request = tl::functions::channels::GetParticipant {
        channel: tl::types::InputChannel { channel_id: id, access_hash: group_hash }.into(),
        participant: input_peer(person, hash),
    };
    match caller.call(&request).await {
        Ok(tl::enums::channels::ChannelParticipant::Participant(found)) => Ok(membership(&found.participant)),
        Err(error) if error.is(refusals::NOT_A_PARTICIPANT) => Ok(Membership::NotIn),
        Err(error) => Err(error),
    }
}

fn membership(participant: &tl::enums::ChannelParticipant) -> Membership {
    use tl::enums::ChannelParticipant as P;
    match participant {
        P::Creator(_) => Membership::Creator,
        P::Admin(_) => Membership::Admin,
        P::Participant(_) | P::ParticipantSelf(_) => Membership::Member,
        P::Banned(banned) => {
            let tl::enums::ChatBannedRights::Rights(rights) = &banned.banned_rights;
            if banned.left || rights.view_messages { Membership::NotIn } else { Membership::Member }
        }
        P::Left(_) => Membership::NotIn,
    }
}

/// Reads the whole list of members: basic groups are small.
async fn in_basic(caller: &Caller, group: &Group, person: PeerId) -> Result<Membership, CallError> {
    let full = group::full(caller, group).await?;
    if full.chats.iter().any(|chat| matches!(chat, tl::enums::Chat::Chat(chat) if chat.migrated_to.is_some())) {
        return Err(CallError::migrated());
    }
    let tl::enums::ChatFull::Full(chat) = full.full_chat else { return Ok(Membership::NotIn) };
    let tl::enums::ChatParticipants::Participants(all) = chat.participants else { return Ok(Membership::NotIn) };
    Ok(all.participants.iter().find_map(|one| one_of(one, person)).unwrap_or(Membership::NotIn))
}

/// The person's standing, or `None` if `participant` is another person.
fn one_of(participant: &tl::enums::ChatParticipant, person: PeerId) -> Option<Membership> {
    use tl::enums::ChatParticipant as P;
    let (id, membership) = match participant {
        P::Creator(one) => (one.user_id, Membership::Creator),
        P::Admin(one) => (one.user_id, Membership::Admin),
        P::Participant(one) => (one.user_id, Membership::Member),
    };
    (id == person.0).then_some(membership)
}

/// The chats in which a menu is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuScope {
    Private,
    /// All members of all groups.
    Groups,
    /// The admins of all groups.
    GroupAdmins,
    /// One person's private chat, by id and access hash.
    Person(PeerId, i64),
}

impl MenuScope {
    fn input(self) -> tl::enums::BotCommandScope {
        use tl::enums::BotCommandScope as S;
        match self {
            MenuScope::Private => S::Users,
            MenuScope::Groups => S::Chats,
            MenuScope::GroupAdmins => S::ChatAdmins,
            MenuScope::Person(person, hash) => tl::types::BotCommandScopePeer { peer: input_peer(person, hash) }.into(),
        }
    }
}

/// A command in a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuCommand {
    /// Without the slash.
    pub name: String,
    pub description: String,
    /// In groups, a message with this command is ephemeral.
    pub ephemeral: bool,
}

/// The menu of a scope in a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuFor {
    pub scope: MenuScope,
    /// The language of the person's Telegram app, such as `uz`; empty for all languages without a menu of their own.
    pub language: String,
    /// If there are no commands, Telegram shows the menu of a wider scope.
    pub commands: Vec<MenuCommand>,
}

impl MenuFor {
    fn input(&self) -> Vec<tl::enums::BotCommand> {
        let commands = self.commands.iter().map(|command| {
            let MenuCommand { name, description, ephemeral } = command.clone();
            tl::types::BotCommand { ephemeral, command: name, description }.into()
        });
        commands.collect()
    }

    async fn is_set(&self, caller: &Caller) -> Result<bool, CallError> {
        let request =
            tl::functions::bots::GetBotCommands { scope: self.scope.input(), lang_code: self.language.clone() };
        Ok(caller.call(&request).await? == self.input())
    }
}

/// Sets the menus that differ, and returns how many did.
pub async fn set_menu(caller: &Caller, wanted: &[MenuFor]) -> Result<usize, CallError> {
    let mut count = 0;
    for menu in wanted {
        if menu.is_set(caller).await? {
            continue;
        }
        let (scope, lang_code, commands) = (menu.scope.input(), menu.language.clone(), menu.input());
        caller.call(&tl::functions::bots::SetBotCommands { scope, lang_code, commands }).await?;
        count += 1;
    }
    Ok(count)
}

/// How many menus differ.
pub async fn menu_differs(caller: &Caller, wanted: &[MenuFor]) -> Result<usize, CallError> {
    let mut count = 0;
    for menu in wanted {
        count += usize::from(!menu.is_set(caller).await?);
    }
    Ok(count)
}

/// Whether the bot's privacy mode is off, so that it reads every message of its groups. As an admin it does so in any
/// case.
pub async fn sees_all_messages(caller: &Caller) -> Result<bool, CallError> {
    let request = tl::functions::users::GetUsers { id: vec![tl::enums::InputUser::UserSelf] };
    match caller.call(&request).await?.first() {
        Some(tl::enums::User::User(user)) => Ok(user.bot_chat_history),
        _ => Err(CallError::unknown_account()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_rights_are_no_exclusion() {
        let banned = |left, view_messages| {
            let rights = tl::types::ChatBannedRights {
                view_messages,
                send_messages: true,
                send_media: true,
                send_stickers: true,
                send_gifs: true,
                send_games: true,
                send_inline: true,
                embed_links: true,
                send_polls: true,
                change_info: true,
                invite_users: true,
                pin_messages: true,
                manage_topics: true,
                send_photos: true,
                send_videos: true,
                send_roundvideos: true,
                send_audios: true,
                send_voices: true,
                send_docs: true,
                send_plain: true,
                edit_rank: true,
                send_reactions: true,
                manage_linked_peers: true,
                until_date: 0,
            };
            let peer = tl::types::PeerUser { user_id: 7 }.into();
            let participant = tl::types::ChannelParticipantBanned {
                left,
                peer,
                kicked_by: 1,
                date: 0,
                banned_rights: rights.into(),
                rank: None,
            };
            membership(&participant.into())
        };
        assert_eq!(banned(false, false), Membership::Member);
        assert_eq!(banned(true, false), Membership::NotIn);
        assert_eq!(banned(false, true), Membership::NotIn);
    }
}
