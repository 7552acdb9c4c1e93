//! Groups, people and their marked ids, as Telegram describes them.

use grammers_client::tl;

use crate::domain::PeerId;
use crate::domain::people::{Known, Profile};

/// A group that the account is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub peer: PeerId,
    pub title: String,
    pub username: Option<String>,
    /// The basic group that the group was before.
    pub migrated_from: Option<PeerId>,
    pub(super) address: Address,
}

/// The address of a group in requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Address {
    Chat { id: i64 },
    Channel { id: i64, hash: i64 },
}

impl Group {
    pub(super) fn new(address: Address, title: String, username: Option<String>) -> Group {
        let peer = match address {
            Address::Chat { id } => marked_chat(id),
            Address::Channel { id, .. } => marked_channel(id),
        };
        Group { peer, title, username, migrated_from: None, address }
    }

    /// A group by its marked id alone, which is enough for a bot.
    pub fn by_id(peer: PeerId) -> Group {
        let address = match channel_id(peer) {
            Some(id) => Address::Channel { id, hash: 0 },
            None => Address::Chat { id: -peer.0 },
        };
        Group::unnamed(address)
    }

    /// A group by its marked id; `None` if it needs an access hash and that is not known.
    pub(super) fn at(peer: PeerId, hash: Option<i64>) -> Option<Group> {
        let address = match (channel_id(peer), hash) {
            (Some(id), Some(hash)) => Address::Channel { id, hash },
            (Some(_), None) => return None,
            (None, _) => Address::Chat { id: -peer.0 },
        };
        Some(Group::unnamed(address))
    }

    /// A group of which only the address is known, with its id as the title.
    pub(super) fn unnamed(address: Address) -> Group {
        let mut group = Group::new(address, String::new(), None);
        group.title = group.peer.to_string();
        group
    }

    /// The access hash that this account needs for requests about the group; basic groups need none.
    pub fn access_hash(&self) -> Option<i64> {
        match self.address {
            Address::Channel { hash, .. } => Some(hash),
            Address::Chat { .. } => None,
        }
    }

    pub(super) fn input(&self) -> tl::enums::InputPeer {
        match self.address {
            Address::Chat { id } => tl::types::InputPeerChat { chat_id: id }.into(),
            Address::Channel { id, hash } => tl::types::InputPeerChannel { channel_id: id, access_hash: hash }.into(),
        }
    }
}

/// The marked id of a channel is `-(CHANNEL_BASE + id)`; that of a basic group is `-id`.
const CHANNEL_BASE: i64 = 1_000_000_000_000;

pub(super) fn marked_chat(id: i64) -> PeerId {
    PeerId(-id)
}

pub(super) fn marked_channel(id: i64) -> PeerId {
    PeerId(-CHANNEL_BASE - id)
}

pub(super) fn marked(peer: &tl::enums::Peer) -> PeerId {
    match peer {
        tl::enums::Peer::User(user) => PeerId(user.user_id),
        tl::enums::Peer::Chat(chat) => marked_chat(chat.chat_id),
        tl::enums::Peer::Channel(channel) => marked_channel(channel.channel_id),
    }
}

pub(super) fn marked_id_of(chat: &tl::enums::Chat) -> PeerId {
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

/// The unmarked id of a channel or supergroup; `None` for other peers.
fn channel_id(peer: PeerId) -> Option<i64> {
    Some(-peer.0 - CHANNEL_BASE).filter(|id| *id > 0)
}

/// The address of a participant in requests: a person, or a channel as which a person joined.
pub(super) fn input_peer(peer: PeerId, access_hash: i64) -> tl::enums::InputPeer {
    match channel_id(peer) {
        Some(channel_id) => tl::types::InputPeerChannel { channel_id, access_hash }.into(),
        None => tl::types::InputPeerUser { user_id: peer.0, access_hash }.into(),
    }
}

/// The group of a chat, and the supergroup that it has become; `None` if the account is not in it or it is not a group.
pub(super) fn group_of(chat: &tl::enums::Chat) -> Option<(Group, Option<tl::enums::InputChannel>)> {
    match chat {
        tl::enums::Chat::Chat(chat) => {
            let address = Address::Chat { id: chat.id };
            Some((Group::new(address, chat.title.clone(), None), chat.migrated_to.clone()))
        }
        tl::enums::Chat::Channel(channel) if channel.megagroup || channel.gigagroup => {
            let address = Address::Channel { id: channel.id, hash: channel.access_hash? };
            let (username, _) = usernames(channel.username.as_ref(), channel.usernames.as_deref());
            Some((Group::new(address, channel.title.clone(), username), None))
        }
        _ => None,
    }
}

/// The people and channels that an answer describes: a channel can be a participant.
pub(super) fn people(users: &[tl::enums::User], chats: &[tl::enums::Chat]) -> Vec<Known> {
    let users = users.iter().filter_map(|user| match user {
        tl::enums::User::User(user) => {
            let (username, other_usernames) = usernames(user.username.as_ref(), user.usernames.as_deref());
            let name = full_name(user.first_name.as_deref(), user.last_name.as_deref());
            let profile = Profile {
                username,
                other_usernames,
                name,
                bot: user.bot,
                deleted: user.deleted,
                ..Profile::unknown(PeerId(user.id))
            };
            Some(Known { profile, access_hash: user.access_hash.filter(|_| !user.min) })
        }
        tl::enums::User::Empty(_) => None,
    });
    let channels = chats.iter().filter_map(|chat| match chat {
        tl::enums::Chat::Channel(channel) => {
            let (username, other_usernames) = usernames(channel.username.as_ref(), channel.usernames.as_deref());
            let unknown = Profile::unknown(marked_channel(channel.id));
            let profile = Profile { username, other_usernames, name: channel.title.clone(), ..unknown };
            Some(Known { profile, access_hash: channel.access_hash.filter(|_| !channel.min) })
        }
        // A basic group is never a participant, but its title becomes known by this.
        tl::enums::Chat::Chat(chat) => {
            let profile = Profile { name: chat.title.clone(), ..Profile::unknown(marked_chat(chat.id)) };
            Some(Known { profile, access_hash: None })
        }
        _ => None,
    });
    users.chain(channels).collect()
}

pub(super) fn full_name(first: Option<&str>, last: Option<&str>) -> String {
    let parts = [first, last].map(|part| part.unwrap_or_default().trim());
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

/// An account's main username, and its other active ones. Telegram sends either one username or, for an account with
/// several, a list.
pub(super) fn usernames(one: Option<&String>, list: Option<&[tl::enums::Username]>) -> (Option<String>, Vec<String>) {
    let listed = list.unwrap_or_default().iter().map(|tl::enums::Username::Username(name)| name);
    let mut active = one.into_iter().chain(listed.filter(|name| name.active).map(|name| &name.username)).cloned();
    let first = active.next();
    let others = active.filter(|name| Some(name) != first.as_ref()).collect();
    (first, others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_active_usernames_are_known() {
        let list: Vec<tl::enums::Username> = [("first", true), ("sold", false), ("second", true)]
            .map(|(name, active)| {
                let username = name.to_owned();
                tl::types::Username { editable: false, active, deletable: false, expired: false, username }.into()
            })
            .into();
        let of = |one: Option<&str>, list: &[tl::enums::Username]| {
            let (first, others) = usernames(one.map(str::to_owned).as_ref(), Some(list));
            (first.unwrap_or_default(), others.join(" "))
        };
        let texts = |first: &str, others: &str| (first.to_owned(), others.to_owned());
        assert_eq!(of(None, &list), texts("first", "second"));
        assert_eq!(of(Some("second"), &list), texts("second", "first"));
        assert_eq!(of(Some("only"), &[]), texts("only", ""));
        assert_eq!(of(None, &list[1..2]), texts("", ""));
    }

    #[test]
    fn a_marked_id_is_read_back() {
        let input = |peer| Group::by_id(peer).input();
        assert_eq!(input(marked_chat(7)), tl::types::InputPeerChat { chat_id: 7 }.into());
        assert_eq!(input(marked_channel(7)), tl::types::InputPeerChannel { channel_id: 7, access_hash: 0 }.into());
        assert_eq!(input_peer(PeerId(7), 1), tl::types::InputPeerUser { user_id: 7, access_hash: 1 }.into());
        let channel = tl::types::InputPeerChannel { channel_id: 7, access_hash: 1 };
        assert_eq!(input_peer(marked_channel(7), 1), channel.into());
    }
}
