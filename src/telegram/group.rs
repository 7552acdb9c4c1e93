//! Finding the group, or the receiver, that the user means.

use grammers_client::tl;

use super::call_error::{CallError, refusals};
use super::connection::Caller;
use super::dialogs::chats;
use super::peers::{Address, Group, group_of, marked_chat, marked_id_of, people};
use crate::domain::PeerId;
use crate::domain::people::Known;
use crate::error::Error;

/// Why a group or a receiver was not found.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    #[error(transparent)]
    Call(#[from] CallError),
    /// The settings name no such group, or one that cannot be used.
    #[error("{0}")]
    Unfit(Error),
}

impl From<GroupError> for Error {
    fn from(error: GroupError) -> Error {
        match error {
            GroupError::Call(error) => error.into(),
            GroupError::Unfit(error) => error,
        }
    }
}

/// A group as the user wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted<'a> {
    Username(&'a str),
    Invite(&'a str),
    Id(PeerId),
    Title(&'a str),
}

fn wanted(text: &str) -> Wanted<'_> {
    let text = text.trim();
    let bare = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let path = ["t.me/", "telegram.me/", "telegram.dog/"].iter().find_map(|host| bare.strip_prefix(host));
    let path = path.map(|path| path.split(['?', '#']).next().unwrap_or(path).trim_end_matches('/'));
    let plain =
        |name: &str| (4..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if let Some(path) = path {
        return match path.strip_prefix('+').or_else(|| path.strip_prefix("joinchat/")) {
            Some(hash) => Wanted::Invite(hash),
            None => Wanted::Username(path.split('/').next().unwrap_or(path)),
        };
    }
    match (text.strip_prefix('@'), text.parse::<i64>()) {
        (Some(name), _) => Wanted::Username(name),
        (None, Ok(id)) if id < 0 => Wanted::Id(PeerId(id)),
        (None, _) if plain(text) => Wanted::Username(text),
        (None, _) => Wanted::Title(text),
    }
}

type Resolved = tl::types::contacts::ResolvedPeer;

/// The owner of a username; `None` if it does not exist.
async fn resolve_username(caller: &Caller, username: &str) -> Result<Option<Resolved>, CallError> {
    let request = tl::functions::contacts::ResolveUsername { username: username.to_owned(), referer: None };
    match caller.call(&request).await {
        Ok(tl::enums::contacts::ResolvedPeer::Peer(found)) => Ok(Some(found)),
        Err(error) if error.is(refusals::UNKNOWN_USERNAME) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Finds the group by name, @name, t.me link, invite link or id, or by its title among the account's chats.
pub async fn resolve(caller: &Caller, text: &str) -> Result<Group, GroupError> {
    let unfit = |what: &str| {
        GroupError::Unfit(Error::config(format!("TELEGRAM_GROUP_USERNAME is {text:?}: {what}")).hint(
            "Allowed are a name, @name, a t.me link, an invite link or an id, e.g. TELEGRAM_GROUP_USERNAME=@studyhall",
        ))
    };
    const NO_SUCH_GROUP: &str = "the account is in no group of that name";
    let chat = match wanted(text) {
        Wanted::Username(name) => match resolve_username(caller, name).await? {
            Some(found) => found.chats.into_iter().next().ok_or("that is a person, not a group"),
            None => by_title(caller, text).await?.ok_or("there is no group of that name"),
        },
        Wanted::Invite(hash) => {
            match caller.call(&tl::functions::messages::CheckChatInvite { hash: hash.to_owned() }).await {
                Ok(tl::enums::ChatInvite::Already(already)) => Ok(already.chat),
                Ok(_) => Err("the account is not in that group yet; join it first"),
                Err(error) if error.is(refusals::INVALID_INVITE) => Err("that invite link is not valid (any more)"),
                Err(error) => return Err(error.into()),
            }
        }
        Wanted::Id(id) => chats(caller).await?.into_iter().find(|chat| marked_id_of(chat) == id).ok_or(NO_SUCH_GROUP),
        Wanted::Title(title) => by_title(caller, title).await?.ok_or(NO_SUCH_GROUP),
    };
    let chat = chat.map_err(unfit)?;
    let group = match group_of(&chat) {
        // It became a supergroup: that one has the calls now.
        Some((_, Some(tl::enums::InputChannel::Channel(to)))) => {
            let chats = chats_at(caller, Address::Channel { id: to.channel_id, hash: to.access_hash }).await?;
            let group = chats.iter().find_map(|chat| group_of(chat).map(|(group, _)| group));
            group.ok_or_else(|| unfit("the account can't see the supergroup that it became"))?
        }
        Some((group, _)) => group,
        None => return Err(unfit("that is not a group that the account is in")),
    };
    Ok(with_history(caller, group).await?)
}

/// The account's group with that title.
async fn by_title(caller: &Caller, title: &str) -> Result<Option<tl::enums::Chat>, CallError> {
    let title = title.trim().to_lowercase();
    let is_it = |chat: &_| group_of(chat).is_some_and(|(group, _)| group.title.trim().to_lowercase() == title);
    Ok(chats(caller).await?.into_iter().find(is_it))
}

/// The short description of a group; empty if Telegram gives none.
async fn chats_at(caller: &Caller, address: Address) -> Result<Vec<tl::enums::Chat>, CallError> {
    let answer = match address {
        Address::Chat { id } => caller.call(&tl::functions::messages::GetChats { id: vec![id] }).await?,
        Address::Channel { id, hash } => {
            let channel = tl::types::InputChannel { channel_id: id, access_hash: hash }.into();
            caller.call(&tl::functions::channels::GetChannels { id: vec![channel] }).await?
        }
    };
    Ok(match answer {
        tl::enums::messages::Chats::Chats(chats) => chats.chats,
        tl::enums::messages::Chats::Slice(chats) => chats.chats,
    })
}

/// The group with the basic group that it was before. Only its full description says that, and the stays of the basic
/// group are found by it.
async fn with_history(caller: &Caller, mut group: Group) -> Result<Group, CallError> {
    if matches!(group.address, Address::Channel { .. })
        && let tl::enums::ChatFull::ChannelFull(full) = full(caller, &group).await?.full_chat
    {
        group.migrated_from = full.migrated_from_chat_id.map(marked_chat);
    }
    Ok(group)
}

/// The group's full description.
pub(super) async fn full(caller: &Caller, group: &Group) -> Result<tl::types::messages::ChatFull, CallError> {
    let tl::enums::messages::ChatFull::Full(full) = match group.address {
        Address::Chat { id } => caller.call(&tl::functions::messages::GetFullChat { chat_id: id }).await?,
        Address::Channel { id, hash } => {
            let channel = tl::types::InputChannel { channel_id: id, access_hash: hash }.into();
            caller.call(&tl::functions::channels::GetFullChannel { channel }).await?
        }
    };
    Ok(full)
}

/// The group or channel that a bot posts to: a marked id, a username or a link.
pub async fn target(caller: &Caller, text: &str) -> Result<Group, GroupError> {
    let unfit = |what: &str| {
        GroupError::Unfit(
            Error::config(format!("TELEGRAM_BOT_TARGET is {text:?}: {what}"))
                .hint("Allowed are @name, a t.me link, or an id like -1001234567890."),
        )
    };
    if let Ok(id) = text.trim().parse::<i64>() {
        return if id < 0 { Ok(Group::by_id(PeerId(id))) } else { Err(unfit("that is a person's id, not a group's")) };
    }
    let Wanted::Username(name) = wanted(text) else { return Err(unfit("a bot can't find a group by that")) };
    let found = resolve_username(caller, name).await?.ok_or_else(|| unfit("no person or group has that name"))?;
    match found.chats.first() {
        Some(tl::enums::Chat::Channel(channel)) => {
            let address = Address::Channel { id: channel.id, hash: channel.access_hash.unwrap_or(0) };
            Ok(Group::new(address, channel.title.clone(), Some(name.to_owned())))
        }
        _ => Err(unfit("there is no group of that name")),
    }
}

/// Whether an account may write in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    Allowed,
    /// It is not in the group.
    Outside,
    /// An admin has restricted it.
    Banned,
    /// Only admins may, and it is not one.
    AdminsOnly,
}

/// Whether the account of `caller` may write text messages in `group`.
pub async fn writing(caller: &Caller, group: &Group) -> Result<Writing, CallError> {
    use tl::enums::{Chat, ChatBannedRights as Rights};
    let chats = match chats_at(caller, group.address).await {
        Ok(chats) => chats,
        Err(error) if error.is(refusals::OUTSIDE) => return Ok(Writing::Outside),
        Err(error) => return Err(error),
    };
    let forbids = |rights: &Option<Rights>| {
        rights.as_ref().is_some_and(|Rights::Rights(rights)| rights.send_messages || rights.send_plain)
    };
    Ok(match chats.first() {
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

/// Whether a basic group has become a supergroup.
pub async fn has_moved(caller: &Caller, group: &Group) -> bool {
    matches!(group.address, Address::Chat { .. })
        && chats_at(caller, group.address)
            .await
            .is_ok_and(|chats| chats.iter().filter_map(group_of).any(|(_, moved)| moved.is_some()))
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

    fn person(user_id: i64, access_hash: i64) -> Addressee {
        Addressee(tl::types::InputPeerUser { user_id, access_hash }.into())
    }
}

/// Who looks for a receiver. A bot finds fewer of them, and needs no access hash.
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
            (Searcher::Bot, _) => Ok(Addressee::person(id, 0)),
            (Searcher::User, Some(hash)) => Ok(Addressee::person(id, hash)),
            (Searcher::User, None) if self_user(caller).await?.profile.peer == PeerId(id) => Ok(Addressee::itself()),
            (Searcher::User, None) => Err(unfit("no person in the group has that id; write their @name")),
        };
    }
    match (wanted(text), searcher) {
        (Wanted::Username(name), _) => {
            let found =
                resolve_username(caller, name).await?.ok_or_else(|| unfit("no person or group has that name"))?;
            match (found.users.first(), found.chats.first()) {
                (Some(tl::enums::User::User(user)), _) => Ok(Addressee::person(user.id, user.access_hash.unwrap_or(0))),
                (_, Some(tl::enums::Chat::Channel(channel))) => {
                    let access_hash = channel.access_hash.unwrap_or(0);
                    Ok(Addressee(tl::types::InputPeerChannel { channel_id: channel.id, access_hash }.into()))
                }
                _ => Err(unfit("no person or group has that name")),
            }
        }
        (Wanted::Id(id), Searcher::Bot) => Ok(Addressee::group(&Group::by_id(id))),
        (_, Searcher::Bot) => Err(unfit("a bot can't find a receiver by that")),
        (_, Searcher::User) => match resolve(caller, text).await {
            Ok(group) => Ok(Addressee::group(&group)),
            Err(GroupError::Unfit(_)) => Err(unfit("the account is in no such group")),
            Err(error) => Err(error),
        },
    }
}

/// The account that is signed in.
pub async fn self_user(caller: &Caller) -> Result<Known, CallError> {
    let request = tl::functions::users::GetUsers { id: vec![tl::enums::InputUser::UserSelf] };
    let users = caller.call(&request).await?;
    let known = people(&users, &[]).into_iter().next();
    known.ok_or_else(CallError::unknown_account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_can_be_named_in_many_ways() {
        for text in
            ["studyhall", "@studyhall", "t.me/studyhall", "https://t.me/studyhall/12?x=1", " telegram.me/studyhall/ "]
        {
            assert_eq!(wanted(text), Wanted::Username("studyhall"), "{text}");
        }
        for text in ["https://t.me/+AbC-12", "t.me/joinchat/AbC-12"] {
            assert_eq!(wanted(text), Wanted::Invite("AbC-12"), "{text}");
        }
        assert_eq!(wanted(" -1001234567890"), Wanted::Id(PeerId(-1_001_234_567_890)));
        assert_eq!(wanted("Study Hall"), Wanted::Title("Study Hall"));
        assert_eq!(wanted("Учёба"), Wanted::Title("Учёба"));
    }
}
