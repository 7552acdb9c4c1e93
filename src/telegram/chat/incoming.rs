//! Messages and presses as plain data. Only what can be a command is read: no other text leaves this file.

use std::collections::BTreeSet;

use grammers_client::tl;

use super::super::peers::{marked, people};
use crate::domain::chat::press::MAX_DATA;
use crate::domain::chat::{Author, ButtonPress, Chat, ChatMessage, Incoming};
use crate::domain::people::Known;
use crate::domain::{Instant, PeerId};

/// How many characters of a message are read.
const MAX_TEXT: usize = 512;
/// How many bytes the name of a language has.
const MAX_LANGUAGE: usize = 16;

/// A message that may be a command: new, somebody's own words, and beginning with `/` or `.`.
pub(super) fn message(message: &tl::types::Message, me: PeerId) -> Option<ChatMessage> {
    let is_foreign = message.fwd_from.is_some()
        || message.via_bot_id.is_some()
        || message.via_business_bot_id.is_some()
        || message.guestchat_via_from.is_some();
    // A reaction, too, makes an edit date, which is hidden.
    let is_edited = message.edit_date.is_some() && !message.edit_hide;
    if is_foreign || is_edited || message.post {
        return None;
    }
    let text = command_text(&message.message)?;
    let (chat, author) = match &message.peer_id {
        tl::enums::Peer::User(user) => {
            let writer = if message.out { me } else { PeerId(user.user_id) };
            (Chat::Private(PeerId(user.user_id)), Author::Person(writer))
        }
        group => {
            let chat = Chat::Group { group: marked(group), topic: topic(message.reply_to.as_ref()) };
            (chat, author(message.from_id.as_ref(), group)?)
        }
    };
    let at = Instant(message.date.into());
    Some(ChatMessage { chat, author, id: message.id, at, text, language: None, ephemeral: false })
}

/// The beginning of a text that begins like a command.
pub(super) fn command_text(text: &str) -> Option<String> {
    let text = text.trim_start();
    text.starts_with(['/', '.']).then(|| text.chars().take(MAX_TEXT).collect())
}

/// `None`: Telegram does not say who it is.
fn author(from: Option<&tl::enums::Peer>, group: &tl::enums::Peer) -> Option<Author> {
    match from {
        Some(tl::enums::Peer::User(user)) => Some(Author::Person(PeerId(user.user_id))),
        Some(peer) if peer == group => Some(Author::AnonymousAdmin),
        Some(peer) => Some(Author::Channel(marked(peer))),
        // Basic groups have no anonymous admins.
        None => matches!(group, tl::enums::Peer::Channel(_)).then_some(Author::AnonymousAdmin),
    }
}

/// The topic of a message in a forum; elsewhere a reply belongs to a thread, which is none.
fn topic(reply: Option<&tl::enums::MessageReplyHeader>) -> Option<i32> {
    let Some(tl::enums::MessageReplyHeader::Header(header)) = reply else { return None };
    let topic = header.reply_to_top_id.or(header.reply_to_msg_id).filter(|_| header.forum_topic);
    topic.filter(|topic| *topic != GENERAL)
}

/// The number of the topic General, which requests do not name.
const GENERAL: i32 = 1;

/// What somebody else wrote or pressed, for a bot. Its own messages are left out.
pub(super) fn for_bot(update: &tl::enums::Update, me: PeerId) -> Option<Incoming> {
    use tl::enums::Update as U;
    let new = match update {
        U::NewMessage(update) => &update.message,
        U::NewChannelMessage(update) => &update.message,
        U::NewEphemeralMessage(update) => {
            let tl::enums::EphemeralMessage::Message(message) = &update.message;
            return ephemeral(message, me).map(Incoming::Message);
        }
        U::BotCallbackQuery(press) => {
            let chat = place(Some(&press.peer), press.user_id, None);
            return Some(pressed(press.query_id, chat, press.user_id, press.msg_id, press.data.as_deref(), false));
        }
        U::EphemeralBotCallbackQuery(press) => {
            let tl::enums::EphemeralMessage::Message(message) = &press.message;
            let peer = press.peer.as_ref().or(message.peer_id.as_ref());
            let chat = place(peer, press.user_id, message.top_msg_id);
            return Some(pressed(press.query_id, chat, press.user_id, press.msg_id, Some(&press.data), true));
        }
        _ => return None,
    };
    match new {
        tl::enums::Message::Message(new) if !new.out => message(new, me).map(Incoming::Message),
        _ => None,
    }
}

fn ephemeral(message: &tl::types::EphemeralMessage, me: PeerId) -> Option<ChatMessage> {
    let tl::enums::Peer::User(writer) = &message.from_id else { return None };
    if message.out || message.welcome_template || message.receiver_id != me.0 {
        return None;
    }
    Some(ChatMessage {
        chat: place(message.peer_id.as_ref(), writer.user_id, message.top_msg_id),
        author: Author::Person(PeerId(writer.user_id)),
        id: message.id,
        at: Instant(message.date.into()),
        text: command_text(&message.message)?,
        language: None,
        ephemeral: true,
    })
}

/// The chat of what a person sent or pressed.
fn place(peer: Option<&tl::enums::Peer>, person: i64, topic: Option<i32>) -> Chat {
    match peer {
        None | Some(tl::enums::Peer::User(_)) => Chat::Private(PeerId(person)),
        Some(group) => Chat::Group { group: marked(group), topic: topic.filter(|topic| *topic != GENERAL) },
    }
}

/// Every press is answered, also one with data that none of our buttons has: it is read as no data.
fn pressed(query: i64, chat: Chat, person: i64, message_id: i32, data: Option<&[u8]>, ephemeral: bool) -> Incoming {
    let data = data.filter(|data| data.len() <= MAX_DATA).unwrap_or_default().to_vec();
    Incoming::Press(ButtonPress { query, chat, person: PeerId(person), message_id, data, language: None, ephemeral })
}

/// The languages of whoever wrote, as a bot sees them; whether it is kept: other bots are not answered.
pub(super) fn is_from_person(incoming: &mut Incoming, users: &[tl::enums::User]) -> bool {
    let (person, language) = match incoming {
        Incoming::Message(message) => (message.author.person(), &mut message.language),
        Incoming::Press(press) => (Some(press.person), &mut press.language),
    };
    let user = users.iter().find_map(|user| match user {
        tl::enums::User::User(user) if Some(PeerId(user.id)) == person => Some(user),
        _ => None,
    });
    let named = user.and_then(|user| user.lang_code.clone());
    *language = named.filter(|name| !name.is_empty() && name.len() <= MAX_LANGUAGE);
    user.is_none_or(|user| !user.bot)
}

/// The people and chats that `incoming` is about, as far as an answer of Telegram's describes them.
pub(super) fn involved(incoming: &[Incoming], users: &[tl::enums::User], chats: &[tl::enums::Chat]) -> Vec<Known> {
    if incoming.is_empty() {
        return Vec::new();
    }
    let peers: BTreeSet<PeerId> = incoming.iter().flat_map(peers).collect();
    let mut known = people(users, chats);
    known.retain(|known| peers.contains(&known.profile.peer));
    known
}

/// The chat and who writes or presses.
fn peers(incoming: &Incoming) -> [PeerId; 2] {
    match incoming {
        Incoming::Message(message) => {
            let writer = match message.author {
                Author::Person(peer) | Author::Channel(peer) => peer,
                Author::AnonymousAdmin => message.chat.peer(),
            };
            [message.chat.peer(), writer]
        }
        Incoming::Press(press) => [press.chat.peer(), press.person],
    }
}
