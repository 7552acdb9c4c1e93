//! Finding the group that the user means.

use std::collections::BTreeSet;

use grammers_client::tl;

use super::call_error::CallError;
use super::connection::Caller;
use crate::domain::PeerId;
use crate::domain::people::Known;
use crate::error::Error;

/// A group that the account is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub peer: PeerId,
    pub title: String,
    pub username: Option<String>,
    /// The basic group that it was before.
    pub migrated_from: Option<PeerId>,
    pub(super) access: Access,
}

/// How Telegram wants the group named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Chat { id: i64 },
    Channel { id: i64, hash: i64 },
}

impl Group {
    pub(super) fn input(&self) -> tl::enums::InputPeer {
        match self.access {
            Access::Chat { id } => tl::types::InputPeerChat { chat_id: id }.into(),
            Access::Channel { id, hash } => tl::types::InputPeerChannel { channel_id: id, access_hash: hash }.into(),
        }
    }
}

impl Group {
    /// A group by its marked id alone, as a bot may name it.
    pub fn by_id(peer: PeerId) -> Group {
        let access = match -peer.0 - CHANNELS {
            id if id > 0 => Access::Channel { id, hash: 0 },
            _ => Access::Chat { id: -peer.0 },
        };
        Group { peer, title: peer.to_string(), username: None, migrated_from: None, access }
    }
}

/// Where a bot is to post: a marked id, a username or a link of a group or channel.
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
    let request = tl::functions::contacts::ResolveUsername { username: name.to_owned(), referer: None };
    let found = match caller.call(&request).await {
        Ok(tl::enums::contacts::ResolvedPeer::Peer(found)) => found,
        Err(error) if error.is_unknown_username() => {
            return Err(unfit("nobody has that name"));
        }
        Err(error) => return Err(error.into()),
    };
    match found.chats.first() {
        Some(tl::enums::Chat::Channel(channel)) => {
            let access = Access::Channel { id: channel.id, hash: channel.access_hash.unwrap_or(0) };
            let (peer, title) = (marked_channel(channel.id), channel.title.clone());
            Ok(Group { peer, title, username: Some(name.to_owned()), migrated_from: None, access })
        }
        _ => Err(unfit("there is no group of that name")),
    }
}

/// Whether an account may write in a group, as Telegram says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    Allowed,
    /// It is not in the group.
    Outside,
    /// It was taken the right to.
    Banned,
    /// Only admins may, and it is none.
    AdminsOnly,
}

/// Whether the account of `caller` may write text messages in `group`.
pub async fn writing(caller: &Caller, group: &Group) -> Result<Writing, CallError> {
    use tl::enums::{Chat, ChatBannedRights as Rights};
    let answer = match group.access {
        Access::Channel { id, hash } => {
            let channel = tl::types::InputChannel { channel_id: id, access_hash: hash }.into();
            caller.call(&tl::functions::channels::GetChannels { id: vec![channel] }).await
        }
        Access::Chat { id } => caller.call(&tl::functions::messages::GetChats { id: vec![id] }).await,
    };
    let chats = match answer {
        Ok(tl::enums::messages::Chats::Chats(chats)) => chats.chats,
        Ok(tl::enums::messages::Chats::Slice(chats)) => chats.chats,
        Err(error) if error.is_outside() => return Ok(Writing::Outside),
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

/// Whether a basic group has become a supergroup, as Telegram says.
pub async fn has_moved(caller: &Caller, group: &Group) -> bool {
    let Access::Chat { id } = group.access else { return false };
    let answer = caller.call(&tl::functions::messages::GetChats { id: vec![id] }).await;
    let Ok(tl::enums::messages::Chats::Chats(answer)) = answer else { return false };
    answer.chats.iter().filter_map(read).any(|(_, moved)| moved.is_some())
}

/// Somebody, or a group, that a message can be sent to.
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
}

/// Whom `SWF_ALERT_TO` means: a name or @name of anybody, a link of a group, or the id of a person or group. `hash` is
/// the access hash of a person who is named by id, where it is known; a bot needs none.
pub async fn addressee(caller: &Caller, text: &str, hash: Option<i64>, bot: bool) -> Result<Addressee, GroupError> {
    let unfit = |what: &str| {
        GroupError::Unfit(
            Error::config(format!("SWF_ALERT_TO is {text:?}: {what}"))
                .hint("Allowed are @name, or the id of a person or a group, e.g. SWF_ALERT_TO=@olga"),
        )
    };
    let person = |user_id, access_hash| Addressee(tl::types::InputPeerUser { user_id, access_hash }.into());
    if let Some(id) = text.trim().parse::<i64>().ok().filter(|id| *id > 0) {
        return match hash {
            _ if bot => Ok(person(id, 0)),
            Some(hash) => Ok(person(id, hash)),
            None if self_user(caller).await?.profile.peer == PeerId(id) => Ok(Addressee::itself()),
            None => Err(unfit("nobody in the group has that id; name them by their @name")),
        };
    }
    match wanted(text) {
        Wanted::Username(name) => {
            let request = tl::functions::contacts::ResolveUsername { username: name.to_owned(), referer: None };
            let found = match caller.call(&request).await {
                Ok(tl::enums::contacts::ResolvedPeer::Peer(found)) => found,
                Err(error) if error.is_unknown_username() => {
                    return Err(unfit("nobody has that name"));
                }
                Err(error) => return Err(error.into()),
            };
            match (found.users.first(), found.chats.first()) {
                (Some(tl::enums::User::User(user)), _) => Ok(person(user.id, user.access_hash.unwrap_or(0))),
                (_, Some(tl::enums::Chat::Channel(channel))) => {
                    let access_hash = channel.access_hash.unwrap_or(0);
                    Ok(Addressee(tl::types::InputPeerChannel { channel_id: channel.id, access_hash }.into()))
                }
                _ => Err(unfit("nobody has that name")),
            }
        }
        Wanted::Id(id) if bot => Ok(Addressee::group(&Group::by_id(id))),
        _ if bot => Err(unfit("a bot can't find anybody by that")),
        _ => match resolve(caller, text).await {
            Ok(group) => Ok(Addressee::group(&group)),
            Err(GroupError::Unfit(_)) => Err(unfit("the account is in no such group")),
            Err(error) => Err(error),
        },
    }
}

/// Why the group can't be had.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    #[error(transparent)]
    Call(#[from] CallError),
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

/// Finds the group by name, @name, t.me link, invite link or id, or by its title among the account's chats.
pub async fn resolve(caller: &Caller, text: &str) -> Result<Group, GroupError> {
    let unfit = |what: String| {
        GroupError::Unfit(Error::config(format!("TELEGRAM_GROUP_USERNAME is {text:?}: {what}")).hint(
            "Allowed are a name, @name, a t.me link, an invite link or an id, e.g. TELEGRAM_GROUP_USERNAME=@studyhall",
        ))
    };
    let chat = match wanted(text) {
        Wanted::Username(name) => {
            let request = tl::functions::contacts::ResolveUsername { username: name.to_owned(), referer: None };
            match caller.call(&request).await {
                Ok(tl::enums::contacts::ResolvedPeer::Peer(found)) => match found.chats.into_iter().next() {
                    Some(chat) => Some(chat),
                    None => return Err(unfit("that is a person, not a group".into())),
                },
                Err(error) if error.is_unknown_username() => match by_title(caller, text).await? {
                    Some(chat) => Some(chat),
                    None => return Err(unfit("there is no group of that name".into())),
                },
                Err(error) => return Err(error.into()),
            }
        }
        Wanted::Invite(hash) => {
            let request = tl::functions::messages::CheckChatInvite { hash: hash.to_owned() };
            match caller.call(&request).await {
                Ok(tl::enums::ChatInvite::Already(already)) => Some(already.chat),
                Ok(_) => return Err(unfit("the account is not in that group yet; join it first".into())),
                Err(error) if error.is_invalid_invite() => {
                    return Err(unfit("that invite link is not valid (any more)".into()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Wanted::Id(id) => chats(caller).await?.into_iter().find(|chat| id_of(chat) == id),
        Wanted::Title(title) => by_title(caller, title).await?,
    };
    let Some(chat) = chat else { return Err(unfit("the account is in no group of that name".into())) };
    let mut group = match read(&chat) {
        // It became a supergroup: that one has the calls now.
        Some((_, Some(tl::enums::InputChannel::Channel(to)))) => {
            let request = tl::functions::channels::GetChannels { id: vec![to.into()] };
            let chats = match caller.call(&request).await? {
                tl::enums::messages::Chats::Chats(chats) => chats.chats,
                tl::enums::messages::Chats::Slice(chats) => chats.chats,
            };
            let group = chats.iter().find_map(|chat| read(chat).map(|(group, _)| group));
            group.ok_or_else(|| unfit("the account can't see the supergroup that it became".into()))?
        }
        Some((group, _)) => group,
        None => return Err(unfit("that is not a group that the account is in".into())),
    };
    // Only its full description says what a supergroup was before, and its history hangs on that.
    if let Access::Channel { id, hash } = group.access {
        let channel = tl::types::InputChannel { channel_id: id, access_hash: hash }.into();
        let tl::enums::messages::ChatFull::Full(full) =
            caller.call(&tl::functions::channels::GetFullChannel { channel }).await?;
        if let tl::enums::ChatFull::ChannelFull(full) = full.full_chat {
            group.migrated_from = full.migrated_from_chat_id.map(marked_chat);
        }
    }
    Ok(group)
}

/// The account's group with that title.
async fn by_title(caller: &Caller, title: &str) -> Result<Option<tl::enums::Chat>, CallError> {
    let title = title.trim().to_lowercase();
    let is_it = |chat: &_| read(chat).is_some_and(|(group, _)| group.title.trim().to_lowercase() == title);
    Ok(chats(caller).await?.into_iter().find(is_it))
}

/// A group that the account is in, as its list of chats shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    pub group: Group,
    /// Its call is running now.
    pub in_call: bool,
}

/// The groups that the account is in, those with the newest messages first.
pub async fn of_account(caller: &Caller) -> Result<Vec<Listed>, CallError> {
    let listed = chats(caller).await?.into_iter().filter_map(|chat| {
        let in_call = match &chat {
            tl::enums::Chat::Chat(chat) => chat.call_active,
            tl::enums::Chat::Channel(channel) => channel.call_active,
            _ => false,
        };
        match read(&chat)? {
            (group, None) => Some(Listed { group, in_call }),
            // Its supergroup is in the list, too.
            (_, Some(_)) => None,
        }
    });
    Ok(listed.collect())
}

/// Dialogs that come with one answer at most.
const DIALOGS: i32 = 100;

/// The chats among the account's newest dialogs, 2,000 of them at most.
async fn chats(caller: &Caller) -> Result<Vec<tl::enums::Chat>, CallError> {
    let mut request = tl::functions::messages::GetDialogs {
        exclude_pinned: false,
        folder_id: None,
        offset_date: 0,
        offset_id: 0,
        offset_peer: tl::enums::InputPeer::Empty,
        limit: DIALOGS,
        hash: 0,
    };
    let mut found: Vec<tl::enums::Chat> = Vec::new();
    for _ in 0..20 {
        let page = match caller.call(&request).await? {
            tl::enums::messages::Dialogs::Slice(page) => page,
            tl::enums::messages::Dialogs::Dialogs(all) => {
                found.extend(all.chats);
                break;
            }
            tl::enums::messages::Dialogs::NotModified(_) => break,
        };
        let next = after(&page);
        found.extend(page.chats.into_iter().filter(|chat| read(chat).is_some()));
        let Some((date, id, peer)) = next else { break };
        (request.offset_date, request.offset_id, request.offset_peer) = (date, id, peer);
        // Pinned dialogs come with the first page.
        request.exclude_pinned = true;
    }
    let mut seen = BTreeSet::new();
    found.retain(|chat| seen.insert(id_of(chat)));
    Ok(found)
}

/// Where the page after this one begins: date, id and chat of its last dialog that has a message.
fn after(page: &tl::types::messages::DialogsSlice) -> Option<(i32, i32, tl::enums::InputPeer)> {
    use tl::enums::{Message, Peer};
    page.dialogs.iter().rev().find_map(|dialog| {
        let tl::enums::Dialog::Dialog(dialog) = dialog else { return None };
        let (date, id) = page.messages.iter().find_map(|message| match message {
            Message::Message(one) if one.id == dialog.top_message && one.peer_id == dialog.peer => {
                Some((one.date, one.id))
            }
            Message::Service(one) if one.id == dialog.top_message && one.peer_id == dialog.peer => {
                Some((one.date, one.id))
            }
            _ => None,
        })?;
        let peer = match &dialog.peer {
            Peer::User(user) => page.users.iter().find_map(|one| match one {
                tl::enums::User::User(one) if one.id == user.user_id => {
                    let access_hash = one.access_hash.unwrap_or(0);
                    Some(tl::types::InputPeerUser { user_id: one.id, access_hash }.into())
                }
                _ => None,
            }),
            Peer::Chat(chat) => Some(tl::types::InputPeerChat { chat_id: chat.chat_id }.into()),
            Peer::Channel(channel) => page.chats.iter().find_map(|one| match one {
                tl::enums::Chat::Channel(one) if one.id == channel.channel_id => {
                    let access_hash = one.access_hash.unwrap_or(0);
                    Some(tl::types::InputPeerChannel { channel_id: one.id, access_hash }.into())
                }
                _ => None,
            }),
        };
        Some((date, id, peer?))
    })
}

/// The group in a chat, and the supergroup that it has become; `None` for what is no group of ours.
fn read(chat: &tl::enums::Chat) -> Option<(Group, Option<tl::enums::InputChannel>)> {
    match chat {
        tl::enums::Chat::Chat(chat) => {
            let access = Access::Chat { id: chat.id };
            let peer = marked_chat(chat.id);
            let group = Group { peer, title: chat.title.clone(), username: None, migrated_from: None, access };
            Some((group, chat.migrated_to.clone()))
        }
        tl::enums::Chat::Channel(channel) if channel.megagroup || channel.gigagroup => {
            let access = Access::Channel { id: channel.id, hash: channel.access_hash? };
            let username = channel.username.clone().or_else(|| active(channel.usernames.as_deref()));
            let peer = marked_channel(channel.id);
            Some((Group { peer, title: channel.title.clone(), username, migrated_from: None, access }, None))
        }
        _ => None,
    }
}

fn id_of(chat: &tl::enums::Chat) -> PeerId {
    match chat {
        tl::enums::Chat::Empty(chat) => marked_chat(chat.id),
        tl::enums::Chat::Chat(chat) => marked_chat(chat.id),
        tl::enums::Chat::Forbidden(chat) => marked_chat(chat.id),
        tl::enums::Chat::Channel(channel) => marked_channel(channel.id),
        tl::enums::Chat::ChannelForbidden(channel) => marked_channel(channel.id),
        tl::enums::Chat::Community(community) => marked_channel(community.id),
        tl::enums::Chat::CommunityForbidden(community) => marked_channel(community.id),
    }
}

pub(super) fn active(usernames: Option<&[tl::enums::Username]>) -> Option<String> {
    usernames?.iter().find_map(|tl::enums::Username::Username(name)| name.active.then(|| name.username.clone()))
}

fn marked_chat(id: i64) -> PeerId {
    PeerId(-id)
}

/// What separates channels from basic groups among marked ids.
const CHANNELS: i64 = 1_000_000_000_000;

pub(super) fn marked_channel(id: i64) -> PeerId {
    PeerId(-CHANNELS - id)
}

pub(super) fn marked(peer: &tl::enums::Peer) -> PeerId {
    match peer {
        tl::enums::Peer::User(user) => PeerId(user.user_id),
        tl::enums::Peer::Chat(chat) => marked_chat(chat.chat_id),
        tl::enums::Peer::Channel(channel) => marked_channel(channel.channel_id),
    }
}

/// The account that is signed in.
pub async fn self_user(caller: &Caller) -> Result<Known, CallError> {
    let request = tl::functions::users::GetUsers { id: vec![tl::enums::InputUser::UserSelf] };
    let users = caller.call(&request).await?;
    let known = super::observe::people(&users, &[]).into_iter().next();
    known.ok_or_else(|| CallError::Lost("Telegram did not say who is signed in".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_named_in_many_ways() {
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
