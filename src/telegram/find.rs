//! Finding a group: by its id if that is known, else by the text that the user wrote (rules §3.7).
//!
//! ```text
//! known id ──► getChannels / getChats ──► the list of chats        another group under the same name is never taken
//! new name ──► resolveUsername ─┬─► a group that the account is in
//!                               └─► else, for a word that may be a title: the list of chats
//! ```

use std::collections::BTreeMap;

use grammers_client::tl;

use super::call_error::{CallError, refusals};
use super::connection::Caller;
use super::dialogs::{chats, find_chat, find_each};
use super::group::{GroupError, full};
use super::peers::{Address, Group, group_of, marked_chat, marked_id_of};
use crate::domain::PeerId;
use crate::domain::fold::fold;
use crate::domain::group_name::{self, GroupName};
use crate::error::Error;

const LEFT: &str = "the account is not in that group; join it first";
pub(super) const REMOVED: &str = "the account was removed from that group";
const DELETED: &str = "that group was deleted";
const MIGRATED: &str = "the group has become a supergroup";
const BROADCAST: &str = "that is a channel; swf watches the calls of groups";
const NOT_A_GROUP: &str = "that is not a group";
const NO_SUCH_NAME: &str = "there is no group with that name";
const NO_SUCH_GROUP: &str = "the account is in no group with that name";

type Chat = tl::enums::Chat;
type Resolved = tl::types::contacts::ResolvedPeer;

/// A group as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownGroup {
    pub peer: PeerId,
    /// The access hash with which this account can request the group, if it is known.
    pub hash: Option<i64>,
    /// The basic group that it was before.
    pub migrated_from: Option<PeerId>,
}

/// Finds a known group, even if its name has changed. `Ok(None)`: this account does not see it.
///
/// # Errors
/// [`GroupError::Unfit`] if the account is not in it any more.
pub async fn known(caller: &Caller, known: &KnownGroup) -> Result<Option<Group>, GroupError> {
    let by_id = match Group::at(known.peer, known.hash) {
        Some(group) => chat_of(caller, &group).await?,
        None => None,
    };
    // Without a valid access hash, only the list of chats has the group.
    let chat = match by_id {
        Some(chat) => Some(chat),
        None => find_chat(caller, |chat| marked_id_of(chat) == known.peer).await?,
    };
    let Some(chat) = chat else { return Ok(None) };
    enter_known(caller, known, &chat).await.map(Some)
}

/// A known group with the data of its chat.
///
/// # Errors
/// [`GroupError::Unfit`] if the account is not in it any more.
pub(super) async fn enter_known(caller: &Caller, known: &KnownGroup, chat: &Chat) -> Result<Group, GroupError> {
    let group = enter(caller, chat).await?.map_err(|what| {
        GroupError::Unfit(
            Error::config(format!("group {}: {what}", known.peer)).hint("Add the account to the group again."),
        )
    })?;
    Ok(Group { migrated_from: group.migrated_from.or(known.migrated_from), ..group })
}

/// Finds the group that the user means by `text`. For a group that was never watched, so its id is not known yet. The
/// error does not name the setting with the text ([`GroupError::at`]).
///
/// # Errors
/// [`GroupError::Unfit`] if there is no such group, the account is not in it, or several have that title.
pub async fn resolve(caller: &Caller, text: &str) -> Result<Group, GroupError> {
    let found = match group_name::parse(text).group {
        GroupName::Username(name) => by_username(caller, &name).await?,
        GroupName::Word(name) => match by_username(caller, &name).await? {
            Ok(group) => Ok(group),
            Err(what) => match by_title(caller, &name).await? {
                Err(NO_SUCH_GROUP) => Err(what),
                found => found,
            },
        },
        GroupName::Title(title) => by_title(caller, &title).await?,
        GroupName::Invite(hash) => by_invite(caller, &hash).await?,
        GroupName::Other(what) => Err(what),
        GroupName::Id(ids) => {
            let chat = find_chat(caller, |chat| ids.contains(&marked_id_of(chat))).await?;
            return enter_listed(caller, text, chat).await;
        }
    };
    let group = found.map_err(|what| unfit(text, what))?;
    Ok(with_history(caller, group).await?)
}

/// Like [`resolve`], for texts that are ids; one walk through the list of chats finds all of them. `None` for another
/// text. The outer error is that of the walk.
pub async fn resolve_ids(caller: &Caller, texts: &[&str]) -> Result<Vec<Option<Result<Group, GroupError>>>, CallError> {
    let ids: Vec<Option<Vec<PeerId>>> = texts
        .iter()
        .map(|text| match group_name::parse(text).group {
            GroupName::Id(ids) => Some(ids),
            _ => None,
        })
        .collect();
    let wanted: Vec<Vec<PeerId>> = ids.iter().flatten().cloned().collect();
    let mut chats = find_each(caller, &wanted).await?.into_iter();
    let mut found = Vec::new();
    for (text, ids) in texts.iter().zip(ids) {
        found.push(match ids {
            Some(_) => Some(enter_listed(caller, text, chats.next().flatten()).await),
            None => None,
        });
    }
    Ok(found)
}

/// Whether a text is a group's id.
pub fn is_id(text: &str) -> bool {
    matches!(group_name::parse(text).group, GroupName::Id(_))
}

/// The group of a chat that the list of chats has under an id.
async fn enter_listed(caller: &Caller, text: &str, chat: Option<Chat>) -> Result<Group, GroupError> {
    let found = match chat {
        Some(chat) => enter(caller, &chat).await?,
        None => Err("the account is in no group with that id"),
    };
    let group = found.map_err(|what| unfit(text, what))?;
    Ok(with_history(caller, group).await?)
}

fn unfit(text: &str, what: &str) -> GroupError {
    GroupError::Unfit(
        Error::config(format!("{text:?}: {what}"))
            .hint("Allowed are a name, @name, a link, an invite link, a title or an id, e.g. @studyhall."),
    )
}

/// A group, or why it can't be watched.
type Found = Result<Group, &'static str>;

/// The group of a chat, if the account is in it; if it has become a supergroup, the supergroup.
async fn enter(caller: &Caller, chat: &Chat) -> Result<Found, CallError> {
    if let Some(what) = obstacle(chat).filter(|what| *what != MIGRATED) {
        return Ok(Err(what));
    }
    Ok(match group_of(chat) {
        Some((before, Some(tl::enums::InputChannel::Channel(to)))) => match supergroup(caller, to).await? {
            Some(group) => Ok(Group { migrated_from: Some(before.peer), ..group }),
            None => Err("the group became a supergroup, which the account can't see"),
        },
        Some((group, _)) => Ok(group),
        None => Err(NOT_A_GROUP),
    })
}

/// Why a chat can't be watched.
pub(super) fn obstacle(chat: &Chat) -> Option<&'static str> {
    match chat {
        // Everybody has left a basic group that has become a supergroup, so that is no obstacle.
        Chat::Chat(chat) if chat.deactivated && chat.migrated_to.is_none() => Some(DELETED),
        Chat::Chat(chat) if chat.left && chat.migrated_to.is_none() => Some(LEFT),
        Chat::Channel(channel) if channel.left => Some(LEFT),
        Chat::Channel(channel) if channel.broadcast => Some(BROADCAST),
        Chat::Chat(chat) if chat.migrated_to.is_some() => Some(MIGRATED),
        Chat::Forbidden(_) | Chat::ChannelForbidden(_) => Some(REMOVED),
        _ => None,
    }
}

async fn by_username(caller: &Caller, name: &str) -> Result<Found, CallError> {
    let Some(found) = resolve_username(caller, name).await? else { return Ok(Err(NO_SUCH_NAME)) };
    match found.chats.first() {
        Some(chat) => enter(caller, chat).await,
        None => Ok(Err("that is a person or a bot, not a group")),
    }
}

async fn by_invite(caller: &Caller, hash: &str) -> Result<Found, CallError> {
    match caller.call(&tl::functions::messages::CheckChatInvite { hash: hash.to_owned() }).await {
        Ok(tl::enums::ChatInvite::Already(already)) => enter(caller, &already.chat).await,
        Ok(_) => Ok(Err(LEFT)),
        Err(error) if error.is(refusals::INVALID_INVITE) => Ok(Err("that invite link is not valid (any more)")),
        Err(error) => Err(error),
    }
}

/// The account's group with this title, or else with a title that only looks like it. If several have it, none is
/// chosen.
async fn by_title(caller: &Caller, title: &str) -> Result<Found, CallError> {
    let (wanted, folded) = (title.trim().to_lowercase(), fold(title));
    // A basic group that has become a supergroup leads to the same group, and shows its earlier id.
    let [mut named, mut alike]: [BTreeMap<PeerId, Group>; 2] = Default::default();
    for chat in chats(caller).await? {
        let found = match group_of(&chat) {
            Some((group, _)) if group.title.trim().to_lowercase() == wanted => &mut named,
            Some((group, _)) if fold(&group.title) == folded => &mut alike,
            _ => continue,
        };
        if let Ok(group) = enter(caller, &chat).await? {
            let known = found.entry(group.peer).or_insert_with(|| group.clone());
            known.migrated_from = known.migrated_from.or(group.migrated_from);
        }
    }
    let found = if named.is_empty() { alike } else { named };
    Ok(match (found.len(), found.into_values().next()) {
        (1, Some(group)) => Ok(group),
        (0, _) => Err(NO_SUCH_GROUP),
        _ => Err("the account is in several groups with that title; use an id, as swf init lists it"),
    })
}

/// The owner of a username; `None` if it does not exist.
pub(super) async fn resolve_username(caller: &Caller, username: &str) -> Result<Option<Resolved>, CallError> {
    let request = tl::functions::contacts::ResolveUsername { username: username.to_owned(), referer: None };
    match caller.call_unless_held(&request).await {
        Ok(tl::enums::contacts::ResolvedPeer::Peer(found)) => Ok(Some(found)),
        Err(error) if error.is(refusals::UNKNOWN_USERNAME) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The person with a username; `None` if nobody or a group has it.
pub async fn person_named(caller: &Caller, username: &str) -> Result<Option<PeerId>, CallError> {
    let found = resolve_username(caller, username).await?;
    Ok(found.and_then(|found| match found.peer {
        tl::enums::Peer::User(user) => Some(PeerId(user.user_id)),
        _ => None,
    }))
}

/// A group's chat as Telegram shows it now; `None` if this account can't see it.
pub(super) async fn chat_of(caller: &Caller, group: &Group) -> Result<Option<Chat>, CallError> {
    let answer = match group.address {
        Address::Channel { id, hash } => {
            let channel = tl::types::InputChannel { channel_id: id, access_hash: hash }.into();
            caller.call_unless_held(&tl::functions::channels::GetChannels { id: vec![channel] }).await
        }
        Address::Chat { id } => caller.call_unless_held(&tl::functions::messages::GetChats { id: vec![id] }).await,
    };
    match answer {
        Ok(tl::enums::messages::Chats::Chats(found)) => Ok(found.chats.into_iter().next()),
        Ok(tl::enums::messages::Chats::Slice(found)) => Ok(found.chats.into_iter().next()),
        Err(error) if error.is(refusals::OUTSIDE) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn supergroup(caller: &Caller, channel: tl::types::InputChannel) -> Result<Option<Group>, CallError> {
    let address = Address::Channel { id: channel.channel_id, hash: channel.access_hash };
    let chat = chat_of(caller, &Group::unnamed(address)).await?;
    Ok(chat.as_ref().and_then(group_of).map(|(group, _)| group))
}

/// The supergroup that a basic group has become; `None` if it is still a basic group or does not exist any more.
pub async fn successor(caller: &Caller, group: &Group) -> Result<Option<Group>, CallError> {
    let Address::Chat { .. } = group.address else { return Ok(None) };
    match chat_of(caller, group).await?.as_ref().and_then(group_of) {
        Some((_, Some(tl::enums::InputChannel::Channel(to)))) => supergroup(caller, to).await,
        _ => Ok(None),
    }
}

/// Adds the basic group that the group was before. Only the full description has it, and it is needed to find the stays
/// of the basic group.
async fn with_history(caller: &Caller, mut group: Group) -> Result<Group, CallError> {
    if matches!(group.address, Address::Channel { .. })
        && group.migrated_from.is_none()
        && let tl::enums::ChatFull::ChannelFull(full) = full(caller, &group).await?.full_chat
    {
        group.migrated_from = full.migrated_from_chat_id.map(marked_chat);
    }
    Ok(group)
}
