//! Commands of the owner to the user's account. Reads only pushed messages, and after connecting the last messages of
//! the owner's chat, because a difference would fetch all private chats of the account.

use grammers_client::session::updates::UpdatesLike;
use grammers_client::tl;

use super::super::call_error::CallError;
use super::super::connection::Caller;
use super::super::peers::{input_peer, marked, marked_chat};
use super::incoming::{command_text, involved, message};
use crate::domain::chat::{Author, Chat, ChatMessage, Incoming};
use crate::domain::{Instant, PeerId};

/// How many messages [`recent`] reads.
const MAX_RECENT: i32 = 20;

/// Messages of `owner` to the account `me` that begin with a dot, and the access hashes of the chat and the author, if
/// Telegram sent them. The owner's other account writes in any chat; the account itself only in Saved Messages.
pub fn commands(update: &UpdatesLike, me: PeerId, owner: PeerId) -> (Vec<Incoming>, Vec<(PeerId, i64)>) {
    use tl::enums::Updates as U;
    let UpdatesLike::Updates(container) = update else { return (Vec::new(), Vec::new()) };
    let (updates, users, chats) = match container {
        U::Updates(all) => (&all.updates[..], &all.users[..], &all.chats[..]),
        U::Combined(all) => (&all.updates[..], &all.users[..], &all.chats[..]),
        U::UpdateShort(one) => (std::slice::from_ref(&one.update), &[][..], &[][..]),
        U::UpdateShortMessage(short) => return (in_private(short, me, owner).into_iter().collect(), Vec::new()),
        U::UpdateShortChatMessage(short) => return (in_basic(short, me, owner).into_iter().collect(), Vec::new()),
        U::TooLong | U::UpdateShortSentMessage(_) => return (Vec::new(), Vec::new()),
    };
    let found: Vec<Incoming> = updates.iter().filter_map(|update| new_message(update, me, owner)).collect();
    let known = involved(&found, users, chats).into_iter();
    let hashes = known.filter_map(|known| Some((known.profile.peer, known.access_hash?))).collect();
    (found, hashes)
}

/// Commands among the last messages of the owner's chat, the oldest first. The caller checks their age.
pub async fn recent(caller: &Caller, owner: PeerId, me: PeerId, hash: i64) -> Result<Vec<Incoming>, CallError> {
    let peer = if owner == me { tl::enums::InputPeer::PeerSelf } else { input_peer(owner, hash) };
    let request = tl::functions::messages::GetHistory {
        peer,
        offset_id: 0,
        offset_date: 0,
        add_offset: 0,
        limit: MAX_RECENT,
        max_id: 0,
        min_id: 0,
        hash: 0,
    };
    use tl::enums::messages::Messages as M;
    let messages = match caller.call(&request).await? {
        M::Messages(all) => all.messages,
        M::Slice(all) => all.messages,
        M::ChannelMessages(all) => all.messages,
        M::NotModified(_) => Vec::new(),
    };
    let newest_first = messages.iter().take(MAX_RECENT as usize).filter_map(|one| owners(one, me, owner));
    let mut found: Vec<Incoming> = newest_first.collect();
    found.reverse();
    Ok(found)
}

fn new_message(update: &tl::enums::Update, me: PeerId, owner: PeerId) -> Option<Incoming> {
    match update {
        tl::enums::Update::NewMessage(update) => owners(&update.message, me, owner),
        tl::enums::Update::NewChannelMessage(update) => owners(&update.message, me, owner),
        _ => None,
    }
}

fn owners(new: &tl::enums::Message, me: PeerId, owner: PeerId) -> Option<Incoming> {
    let tl::enums::Message::Message(new) = new else { return None };
    // Saved Messages also hold messages that were saved from other chats.
    if new.saved_peer_id.as_ref().is_some_and(|peer| marked(peer) != me) {
        return None;
    }
    checked(message(new, me)?, me, owner)
}

/// Returns the message if it is a command of the owner.
fn checked(message: ChatMessage, me: PeerId, owner: PeerId) -> Option<Incoming> {
    // In Saved Messages, the chat is the account itself.
    let may_ask = message.chat == Chat::Private(owner) || (owner != me && !message.chat.is_private());
    let is_owners = message.author == Author::Person(owner) && may_ask && message.text.starts_with('.');
    is_owners.then_some(Incoming::Message(message))
}

fn in_private(short: &tl::types::UpdateShortMessage, me: PeerId, owner: PeerId) -> Option<Incoming> {
    if short.fwd_from.is_some() || short.via_bot_id.is_some() {
        return None;
    }
    let author = if short.out { me } else { PeerId(short.user_id) };
    let chat = Chat::Private(PeerId(short.user_id));
    checked(plain(chat, author, short.id, short.date, &short.message)?, me, owner)
}

fn in_basic(short: &tl::types::UpdateShortChatMessage, me: PeerId, owner: PeerId) -> Option<Incoming> {
    if short.fwd_from.is_some() || short.via_bot_id.is_some() {
        return None;
    }
    let chat = Chat::Group { group: marked_chat(short.chat_id), topic: None };
    checked(plain(chat, PeerId(short.from_id), short.id, short.date, &short.message)?, me, owner)
}

fn plain(chat: Chat, author: PeerId, id: i32, date: i32, text: &str) -> Option<ChatMessage> {
    let (author, at, text) = (Author::Person(author), Instant(date.into()), command_text(text)?);
    Some(ChatMessage { chat, author, id, at, text, language: None, ephemeral: false })
}

#[cfg(test)]
mod tests {
    use super::super::incoming::tests::{channel, new, user, written};
    use super::*;

    const ME: PeerId = PeerId(50);
    const OLGA: PeerId = PeerId(7);

    fn container(updates: Vec<tl::enums::Update>) -> UpdatesLike {
        let all = tl::types::Updates { updates, users: Vec::new(), chats: Vec::new(), date: 0, seq: 0 };
        UpdatesLike::Updates(all.into())
    }

    fn texts(update: &UpdatesLike, owner: PeerId) -> Vec<String> {
        let text = |incoming: Incoming| match incoming {
            Incoming::Message(message) => message.text,
            Incoming::Press(press) => panic!("{press:?}"),
        };
        commands(update, ME, owner).0.into_iter().map(text).collect()
    }

    fn one(message: tl::types::Message, owner: PeerId) -> bool {
        !texts(&container(vec![new(message)]), owner).is_empty()
    }

    #[test]
    fn the_owner_is_heard_in_any_chat_and_nobody_else() {
        let by = |from: i64, text| tl::types::Message { from_id: Some(user(from)), ..written(channel(5), text) };
        assert!(one(written(user(OLGA.0), ".post now"), OLGA));
        assert!(one(by(OLGA.0, ".post now"), OLGA));
        assert!(!one(by(8, ".post now"), OLGA));
        assert!(!one(written(user(8), ".post now"), OLGA));
        assert!(!one(by(OLGA.0, "/post"), OLGA));
        assert!(!one(by(OLGA.0, "post."), OLGA));
        // A message from the account to the owner, and one of an anonymous admin.
        assert!(!one(tl::types::Message { out: true, ..written(user(OLGA.0), ".post now") }, OLGA));
        assert!(!one(written(channel(5), ".post now"), OLGA));
    }

    #[test]
    fn the_account_itself_is_heard_in_saved_messages_only() {
        let saved = |text| tl::types::Message { saved_peer_id: Some(user(ME.0)), ..written(user(ME.0), text) };
        assert!(one(saved(".logs tail"), ME));
        assert!(one(tl::types::Message { out: true, ..saved(".logs tail") }, ME));
        assert!(!one(tl::types::Message { saved_peer_id: Some(user(8)), ..saved(".logs tail") }, ME));
        assert!(!one(saved("a note"), ME));
        let elsewhere =
            tl::types::Message { out: true, from_id: Some(user(ME.0)), ..written(channel(5), ".logs tail") };
        assert!(!one(elsewhere, ME));
        assert!(!one(tl::types::Message { out: true, ..written(user(8), ".logs tail") }, ME));
        assert!(!one(saved(".logs tail"), OLGA));
    }

    fn short(user_id: i64, out: bool) -> UpdatesLike {
        let short = tl::types::UpdateShortMessage {
            out,
            mentioned: false,
            media_unread: false,
            silent: false,
            id: 3,
            user_id,
            message: ".audit full".into(),
            pts: 1,
            pts_count: 1,
            date: 1_000_000_000,
            fwd_from: None,
            via_bot_id: None,
            reply_to: None,
            entities: None,
            ttl_period: None,
        };
        UpdatesLike::Updates(short.into())
    }

    fn short_in_group(from_id: i64) -> UpdatesLike {
        let short = tl::types::UpdateShortChatMessage {
            out: false,
            mentioned: false,
            media_unread: false,
            silent: false,
            id: 3,
            from_id,
            chat_id: 5,
            message: ".audit full".into(),
            pts: 1,
            pts_count: 1,
            date: 1_000_000_000,
            fwd_from: None,
            via_bot_id: None,
            reply_to: None,
            entities: None,
            ttl_period: None,
        };
        UpdatesLike::Updates(short.into())
    }

    #[test]
    fn short_forms_are_read() {
        let (found, _) = commands(&short(OLGA.0, false), ME, OLGA);
        let wanted = ChatMessage {
            chat: Chat::Private(OLGA),
            author: Author::Person(OLGA),
            id: 3,
            at: Instant(1_000_000_000),
            text: ".audit full".into(),
            language: None,
            ephemeral: false,
        };
        assert_eq!(found, [Incoming::Message(wanted.clone())]);
        assert!(texts(&short(OLGA.0, true), OLGA).is_empty());
        assert!(texts(&short(8, false), OLGA).is_empty());
        assert_eq!(texts(&short(ME.0, true), ME).len(), 1);
        assert!(texts(&short(OLGA.0, true), ME).is_empty());
        let chat = Chat::Group { group: PeerId(-5), topic: None };
        let (found, _) = commands(&short_in_group(OLGA.0), ME, OLGA);
        assert_eq!(found, [Incoming::Message(ChatMessage { chat, ..wanted })]);
        assert!(texts(&short_in_group(8), OLGA).is_empty());
        assert!(texts(&short_in_group(ME.0), ME).is_empty());
    }

    #[test]
    fn what_holds_no_message_costs_nothing() {
        let call = tl::types::InputGroupCall { id: 1, access_hash: 1 }.into();
        let storm = tl::types::UpdateGroupCallParticipants { call, participants: Vec::new(), version: 1 };
        for update in [container(vec![storm.into()]), UpdatesLike::ConnectionClosed, UpdatesLike::MalformedUpdates] {
            let (found, hashes) = commands(&update, ME, OLGA);
            assert_eq!((found.capacity(), hashes.capacity()), (0, 0));
        }
    }
}
