//! Receivers of messages, rights to write, and the account itself.

use grammers_client::tl;

use super::call_error::CallError;
use super::connection::Caller;
use super::find::{chat_of, resolve, resolve_username};
use super::peers::{Address, Group, people};
use crate::domain::PeerId;
use crate::domain::group_name::{self, GroupName};
use crate::domain::people::Known;
use crate::error::Error;

/// Why a group or a receiver was not found.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    #[error(transparent)]
    Call(#[from] CallError),
    /// The settings name a group that does not exist or can't be used.
    #[error("{0}")]
    Unfit(Error),
}

impl GroupError {
    /// Adds the setting that names the group to the error.
    #[must_use]
    pub fn at(self, setting: &str) -> GroupError {
        match self {
            GroupError::Unfit(error) => GroupError::Unfit(error.preceded_by(&format!("{setting} is "))),
            call => call,
        }
    }
}

impl From<GroupError> for Error {
    fn from(error: GroupError) -> Error {
        match error {
            GroupError::Call(error) => error.into(),
            GroupError::Unfit(error) => error,
        }
    }
}

/// The group or channel that a bot posts to: an id, a username or a link. Of several ids that fit, the one of `group`
/// is meant, or else the first one whose chat the bot sees. The error does not name the setting ([`GroupError::at`]).
pub async fn target(caller: &Caller, text: &str, group: PeerId) -> Result<Group, GroupError> {
    let unfit = |what: &str| {
        GroupError::Unfit(
            Error::config(format!("{text:?}: {what}"))
                .hint("Allowed are @name, a t.me link, or an id like -1001234567890."),
        )
    };
    let name = match group_name::parse(text).group {
        GroupName::Id(ids) if ids.contains(&group) => return Ok(Group::by_id(group)),
        GroupName::Id(ids) => {
            for id in &ids {
                if chat_of(caller, &Group::by_id(*id)).await?.is_some() {
                    return Ok(Group::by_id(*id));
                }
            }
            return Err(unfit("the bot sees no group with that id"));
        }
        GroupName::Username(name) | GroupName::Word(name) => name,
        GroupName::Other(what) => return Err(unfit(what)),
        GroupName::Invite(_) | GroupName::Title(_) => {
            return Err(unfit("a bot finds a group only by @name or id"));
        }
    };
    let found = resolve_username(caller, &name).await?.ok_or_else(|| unfit("no person or group has that name"))?;
    match found.chats.first() {
        Some(tl::enums::Chat::Channel(channel)) => {
            let address = Address::Channel { id: channel.id, hash: channel.access_hash.unwrap_or(0) };
            Ok(Group::new(address, channel.title.clone(), Some(name)))
        }
        _ => Err(unfit("there is no group with that name")),
    }
}

/// Whether an account may write in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    Allowed,
    /// The account is not in the group.
    Outside,
    /// An admin has restricted the account.
    Banned,
    /// Only admins may write, and the account is not one.
    AdminsOnly,
}

impl Writing {
    /// Why `who` may not write, and what to do about it.
    pub fn obstacle(self, who: &str) -> Option<(String, String)> {
        match self {
            Writing::Allowed => None,
            Writing::Outside => Some((format!("{who} is not in the group"), format!("Add {who} to the group."))),
            Writing::Banned => Some((
                format!("{who} may no longer write in the group"),
                format!("To allow it again: group → Permissions → Exceptions → {who} → Send text messages."),
            )),
            Writing::AdminsOnly => Some((
                format!("only admins may write in the group, and {who} is not an admin"),
                format!("Make {who} an admin, or allow text messages: group → Permissions."),
            )),
        }
    }
}

/// Whether the account of `caller` may write text messages in `group`.
pub async fn writing(caller: &Caller, group: &Group) -> Result<Writing, CallError> {
    use tl::enums::{Chat, ChatBannedRights as Rights};
    let forbids = |rights: &Option<Rights>| {
        rights.as_ref().is_some_and(|Rights::Rights(rights)| rights.send_messages || rights.send_plain)
    };
    Ok(match chat_of(caller, group).await? {
        Some(Chat::Channel(channel)) if channel.creator || channel.admin_rights.is_some() => Writing::Allowed,
        Some(Chat::Channel(channel)) if channel.left => Writing::Outside,
        Some(Chat::Channel(channel)) if forbids(&channel.banned_rights) => Writing::Banned,
        Some(Chat::Channel(channel)) if channel.broadcast || forbids(&channel.default_banned_rights) => {
            Writing::AdminsOnly
        }
        Some(Chat::Channel(_)) => Writing::Allowed,
        Some(Chat::Chat(chat)) if chat.left => Writing::Outside,
        Some(Chat::Chat(chat)) if chat.creator || chat.admin_rights.is_some() => Writing::Allowed,
        Some(Chat::Chat(chat)) if forbids(&chat.default_banned_rights) => Writing::AdminsOnly,
        Some(Chat::Chat(_)) => Writing::Allowed,
        _ => Writing::Outside,
    })
}

/// Whether the account of `caller` may manage the calls of `group`, and so set their titles.
pub async fn may_manage_calls(caller: &Caller, group: &Group) -> Result<bool, CallError> {
    use tl::enums::{Chat, ChatAdminRights as Rights};
    let manages = |rights: Option<Rights>| rights.is_some_and(|Rights::Rights(rights)| rights.manage_call);
    Ok(match chat_of(caller, group).await? {
        Some(Chat::Channel(channel)) => channel.creator || manages(channel.admin_rights),
        Some(Chat::Chat(chat)) => chat.creator || manages(chat.admin_rights),
        _ => false,
    })
}

/// Whether a group has topics.
pub async fn is_forum(caller: &Caller, group: &Group) -> Result<bool, CallError> {
    Ok(matches!(chat_of(caller, group).await?, Some(tl::enums::Chat::Channel(channel)) if channel.forum))
}

/// A person or group that a message can be sent to.
#[derive(Clone, Debug)]
pub struct Addressee(pub(super) tl::enums::InputPeer);

impl Addressee {
    /// The account's own Saved Messages.
    pub fn itself() -> Addressee {
        Addressee(tl::enums::InputPeer::PeerSelf)
    }

    pub fn group(group: &Group) -> Addressee {
        Addressee(group.input())
    }

    /// The group; `None` for a person.
    pub fn as_group(&self) -> Option<Group> {
        let address = match &self.0 {
            tl::enums::InputPeer::Chat(chat) => Address::Chat { id: chat.chat_id },
            tl::enums::InputPeer::Channel(channel) => {
                Address::Channel { id: channel.channel_id, hash: channel.access_hash }
            }
            _ => return None,
        };
        Some(Group::new(address, String::new(), None))
    }

    /// A person, a group or a channel by its id. Bots need no access hash (0) for people who have written to them.
    pub fn peer(peer: PeerId, hash: i64) -> Addressee {
        match Group::at(peer, Some(hash)) {
            Some(group) if peer.0 < 0 => Addressee::group(&group),
            _ => Addressee::person(peer, hash),
        }
    }

    /// A person's private chat. A bot can use 0 as the access hash once the person has written to it.
    pub fn person(person: PeerId, access_hash: i64) -> Addressee {
        Addressee(tl::types::InputPeerUser { user_id: person.0, access_hash }.into())
    }
}

/// Which account searches for a receiver. A bot finds fewer of them, and needs no access hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Searcher {
    User,
    Bot,
}

/// Finds the receiver that `SWF_ALERT_TO` names: a username, a link of a group, or the id of a person or group. `hash`
/// is the access hash of a person who is named by id, if it is known.
pub async fn addressee(
    caller: &Caller,
    text: &str,
    hash: Option<i64>,
    searcher: Searcher,
) -> Result<Addressee, GroupError> {
    let unfit = |what: &str| {
        GroupError::Unfit(
            Error::config(format!("SWF_ALERT_TO is {text:?}: {what}"))
                .hint("Allowed are @name, or the id of a person or a group, e.g. SWF_ALERT_TO=@olga"),
        )
    };
    if let Some(id) = text.trim().parse::<i64>().ok().filter(|id| *id > 0) {
        return match (searcher, hash) {
            (Searcher::Bot, _) => Ok(Addressee::person(PeerId(id), 0)),
            (Searcher::User, Some(hash)) => Ok(Addressee::person(PeerId(id), hash)),
            (Searcher::User, None) if self_user(caller).await?.profile.peer == PeerId(id) => Ok(Addressee::itself()),
            (Searcher::User, None) => Err(unfit("no person in the group has that id; write their @name")),
        };
    }
    match (group_name::parse(text).group, searcher) {
        (GroupName::Username(name) | GroupName::Word(name), _) => {
            let found =
                resolve_username(caller, &name).await?.ok_or_else(|| unfit("no person or group has that name"))?;
            match (found.users.first(), found.chats.first()) {
                (Some(tl::enums::User::User(user)), _) => {
                    Ok(Addressee::person(PeerId(user.id), user.access_hash.unwrap_or(0)))
                }
                (_, Some(tl::enums::Chat::Channel(channel))) => {
                    let access_hash = channel.access_hash.unwrap_or(0);
                    Ok(Addressee(tl::types::InputPeerChannel { channel_id: channel.id, access_hash }.into()))
                }
                _ => Err(unfit("no person or group has that name")),
            }
        }
        (GroupName::Id(ids), Searcher::Bot) => Ok(Addressee::group(&Group::by_id(ids[0]))),
        (_, Searcher::Bot) => Err(unfit("a bot finds a receiver only by @name or id")),
        (_, Searcher::User) => match resolve(caller, text).await {
            Ok(group) => Ok(Addressee::group(&group)),
            Err(GroupError::Unfit(_)) => Err(unfit("the account is in no such group")),
            Err(error) => Err(error),
        },
    }
}

/// The group's full description.
pub(super) async fn full(caller: &Caller, group: &Group) -> Result<tl::types::messages::ChatFull, CallError> {
    let tl::enums::messages::ChatFull::Full(full) = match group.address {
        Address::Chat { id } => caller.call_unless_held(&tl::functions::messages::GetFullChat { chat_id: id }).await?,
        Address::Channel { id, hash } => {
            let channel = tl::types::InputChannel { channel_id: id, access_hash: hash }.into();
            caller.call_unless_held(&tl::functions::channels::GetFullChannel { channel }).await?
        }
    };
    Ok(full)
}

/// The account that is signed in.
pub async fn self_user(caller: &Caller) -> Result<Known, CallError> {
    let request = tl::functions::users::GetUsers { id: vec![tl::enums::InputUser::UserSelf] };
    let users = caller.call(&request).await?;
    let known = people(&users, &[]).into_iter().next();
    known.ok_or_else(CallError::unknown_account)
}
