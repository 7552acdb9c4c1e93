//! Messages and presses as plain data. Only possible commands are read: no other text leaves this file.

use std::collections::BTreeSet;

use grammers_client::tl;

use super::super::peers::{marked, people};
use crate::domain::chat::press::MAX_DATA;
use crate::domain::chat::{Author, ButtonPress, Chat, ChatMessage, Incoming};
use crate::domain::people::Known;
use crate::domain::{Instant, PeerId};

/// How many characters of a message are read at most.
const MAX_TEXT: usize = 512;
/// How many bytes the name of a language has at most.
const MAX_LANGUAGE: usize = 16;

/// A message that may be a command: it is new, written by the sender, and begins with `/` or `.`.
pub(super) fn message(message: &tl::types::Message, me: PeerId) -> Option<ChatMessage> {
    let is_foreign = message.fwd_from.is_some()
        || message.via_bot_id.is_some()
        || message.via_business_bot_id.is_some()
        || message.guestchat_via_from.is_some();
    // A reaction sets an edit date, too, but a hidden one.
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

/// The beginning of the text, if it starts like a command.
pub(super) fn command_text(text: &str) -> Option<String> {
    let text = text.trim_start();
    text.starts_with(['/', '.']).then(|| text.chars().take(MAX_TEXT).collect())
}

/// The author of a message in a group; `None` if Telegram does not name the author.
fn author(from: Option<&tl::enums::Peer>, group: &tl::enums::Peer) -> Option<Author> {
    match from {
        Some(tl::enums::Peer::User(user)) => Some(Author::Person(PeerId(user.user_id))),
        Some(peer) if peer == group => Some(Author::AnonymousAdmin),
        Some(peer) => Some(Author::Channel(marked(peer))),
        // Basic groups have no anonymous admins.
        None => matches!(group, tl::enums::Peer::Channel(_)).then_some(Author::AnonymousAdmin),
    }
}

/// The topic of a message in a forum. Elsewhere a reply belongs to a thread, which is not a topic.
fn topic(reply: Option<&tl::enums::MessageReplyHeader>) -> Option<i32> {
    let Some(tl::enums::MessageReplyHeader::Header(header)) = reply else { return None };
    let topic = header.reply_to_top_id.or(header.reply_to_msg_id).filter(|_| header.forum_topic);
    topic.filter(|topic| *topic != GENERAL)
}

/// The number of the topic General. Requests do not name it.
const GENERAL: i32 = 1;

/// A message or press of another account, for a bot. The bot's own messages are left out.
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

/// The chat in which a person wrote or pressed.
fn place(peer: Option<&tl::enums::Peer>, person: i64, topic: Option<i32>) -> Chat {
    match peer {
        None | Some(tl::enums::Peer::User(_)) => Chat::Private(PeerId(person)),
        Some(group) => Chat::Group { group: marked(group), topic: topic.filter(|topic| *topic != GENERAL) },
    }
}

/// Every press is answered, even one with data that no button of swf has: such data is read as empty.
fn pressed(query: i64, chat: Chat, person: i64, message_id: i32, data: Option<&[u8]>, ephemeral: bool) -> Incoming {
    let data = data.filter(|data| data.len() <= MAX_DATA).unwrap_or_default().to_vec();
    Incoming::Press(ButtonPress { query, chat, person: PeerId(person), message_id, data, language: None, ephemeral })
}

/// Sets the language of the sender. Returns whether to keep `incoming`: other bots are not answered.
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

/// The people and chats of `incoming`, as far as Telegram's answer describes them.
pub(super) fn involved(incoming: &[Incoming], users: &[tl::enums::User], chats: &[tl::enums::Chat]) -> Vec<Known> {
    if incoming.is_empty() {
        return Vec::new();
    }
    let peers: BTreeSet<PeerId> = incoming.iter().flat_map(peers).collect();
    let mut known = people(users, chats);
    known.retain(|known| peers.contains(&known.profile.peer));
    known
}

/// The chat and the author.
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

#[cfg(test)]
pub(super) mod tests {
    use grammers_client::tl::{Deserializable, Serializable};

    use super::*;

    const BOT: PeerId = PeerId(99);
    const ADA: i64 = 7;

    pub(in crate::telegram::chat) fn user(user_id: i64) -> tl::enums::Peer {
        tl::types::PeerUser { user_id }.into()
    }

    pub(in crate::telegram::chat) fn channel(channel_id: i64) -> tl::enums::Peer {
        tl::types::PeerChannel { channel_id }.into()
    }

    fn basic(chat_id: i64) -> tl::enums::Peer {
        tl::types::PeerChat { chat_id }.into()
    }

    /// A message with number 3, from the year 2001.
    pub(in crate::telegram::chat) fn written(chat: tl::enums::Peer, text: &str) -> tl::types::Message {
        let mut bytes = Vec::new();
        for number in [0, 0, 3] {
            i32::serialize(&number, &mut bytes);
        }
        chat.serialize(&mut bytes);
        1_000_000_000_i32.serialize(&mut bytes);
        text.to_owned().serialize(&mut bytes);
        tl::types::Message::from_bytes(&bytes).unwrap()
    }

    pub(in crate::telegram::chat) fn new(message: tl::types::Message) -> tl::enums::Update {
        let message = message.into();
        tl::types::UpdateNewMessage { message, pts: 1, pts_count: 1 }.into()
    }

    fn read(message: tl::types::Message) -> Option<ChatMessage> {
        match for_bot(&new(message), BOT) {
            Some(Incoming::Message(message)) => Some(message),
            Some(Incoming::Press(press)) => panic!("{press:?}"),
            None => None,
        }
    }

    fn group(id: i64, from: Option<tl::enums::Peer>) -> tl::types::Message {
        tl::types::Message { from_id: from, ..written(channel(id), "/me") }
    }

    fn author(message: tl::types::Message) -> Option<Author> {
        read(message).map(|message| message.author)
    }

    #[test]
    fn a_private_message_is_of_the_person_whose_chat_it_is() {
        let found = read(written(user(ADA), " /why yesterday")).unwrap();
        let wanted = ChatMessage {
            chat: Chat::Private(PeerId(ADA)),
            author: Author::Person(PeerId(ADA)),
            id: 3,
            at: Instant(1_000_000_000),
            text: "/why yesterday".into(),
            language: None,
            ephemeral: false,
        };
        assert_eq!(found, wanted);
    }

    #[test]
    fn only_somebodys_own_new_words_are_a_command() {
        let command = || written(user(ADA), "/me");
        let forward: tl::types::MessageFwdHeader = {
            let mut bytes = Vec::new();
            0_i32.serialize(&mut bytes);
            5_i32.serialize(&mut bytes);
            tl::types::MessageFwdHeader::from_bytes(&bytes).unwrap()
        };
        for other in [
            tl::types::Message { fwd_from: Some(forward.into()), ..command() },
            tl::types::Message { via_bot_id: Some(5), ..command() },
            tl::types::Message { via_business_bot_id: Some(5), ..command() },
            tl::types::Message { guestchat_via_from: Some(user(5)), ..command() },
            tl::types::Message { edit_date: Some(5), ..command() },
            tl::types::Message { out: true, ..command() },
            tl::types::Message { post: true, ..group(5, None) },
            written(user(ADA), "me"),
            written(user(ADA), ""),
        ] {
            assert_eq!(read(other.clone()), None, "{other:?}");
        }
        // A reaction to the message.
        assert!(read(tl::types::Message { edit_date: Some(5), edit_hide: true, ..command() }).is_some());
        let message = command().into();
        let edit = tl::types::UpdateEditMessage { message, pts: 1, pts_count: 1 }.into();
        assert_eq!(for_bot(&edit, BOT), None);
        let empty = tl::types::MessageEmpty { id: 1, peer_id: None }.into();
        let nothing = tl::types::UpdateNewMessage { message: empty, pts: 1, pts_count: 1 }.into();
        assert_eq!(for_bot(&nothing, BOT), None);
    }

    #[test]
    fn who_writes_in_a_group_is_told_apart() {
        assert_eq!(author(group(5, Some(user(ADA)))), Some(Author::Person(PeerId(ADA))));
        assert_eq!(author(group(5, Some(channel(5)))), Some(Author::AnonymousAdmin));
        assert_eq!(author(group(5, None)), Some(Author::AnonymousAdmin));
        assert_eq!(author(group(5, Some(channel(6)))), Some(Author::Channel(marked(&channel(6)))));
        assert_eq!(author(written(basic(5), "/me")), None);
        let found = read(tl::types::Message { from_id: Some(user(ADA)), ..written(basic(5), "/me") }).unwrap();
        assert_eq!(found.chat, Chat::Group { group: PeerId(-5), topic: None });
    }

    #[test]
    fn a_topic_is_that_of_a_forum() {
        let of = |forum_topic, reply_to_msg_id, reply_to_top_id| {
            let mut bytes = Vec::new();
            0_i32.serialize(&mut bytes);
            let header = tl::types::MessageReplyHeader::from_bytes(&bytes).unwrap();
            let header = tl::types::MessageReplyHeader { forum_topic, reply_to_msg_id, reply_to_top_id, ..header };
            let message = group(5, Some(user(ADA)));
            match read(tl::types::Message { reply_to: Some(header.into()), ..message }).unwrap().chat {
                Chat::Group { topic, .. } => topic,
                Chat::Private(_) => panic!("private"),
            }
        };
        assert_eq!(of(true, Some(17), None), Some(17));
        assert_eq!(of(true, Some(40), Some(17)), Some(17));
        assert_eq!(of(false, Some(40), Some(17)), None);
        assert_eq!(of(true, Some(1), None), None);
        assert_eq!(of(true, None, None), None);
    }

    #[test]
    fn long_texts_and_foreign_data_are_cut() {
        let text = format!("/{}", "ю".repeat(5000));
        assert_eq!(read(written(user(ADA), &text)).unwrap().text.chars().count(), MAX_TEXT);
        let press = |data: Option<Vec<u8>>| {
            let update = tl::types::UpdateBotCallbackQuery {
                query_id: 8,
                user_id: ADA,
                peer: channel(5),
                msg_id: 3,
                chat_instance: 0,
                data,
                game_short_name: None,
            };
            match for_bot(&update.into(), BOT) {
                Some(Incoming::Press(press)) => press,
                other => panic!("{other:?}"),
            }
        };
        let found = press(Some(b"me;1".to_vec()));
        assert_eq!((found.query, found.person, found.message_id), (8, PeerId(ADA), 3));
        assert_eq!(found.chat, Chat::Group { group: marked(&channel(5)), topic: None });
        assert_eq!(found.data, b"me;1");
        assert!(!found.ephemeral);
        assert!(press(Some(vec![b'x'; MAX_DATA + 1])).data.is_empty());
        assert!(press(None).data.is_empty());
    }

    fn ephemeral(from: tl::enums::Peer, receiver_id: i64) -> tl::types::EphemeralMessage {
        let mut bytes = Vec::new();
        for number in [0, 4] {
            i32::serialize(&number, &mut bytes);
        }
        from.serialize(&mut bytes);
        receiver_id.serialize(&mut bytes);
        1_000_000_000_i32.serialize(&mut bytes);
        "/me".to_owned().serialize(&mut bytes);
        let blank = tl::types::EphemeralMessage::from_bytes(&bytes).unwrap();
        tl::types::EphemeralMessage { peer_id: Some(channel(5)), top_msg_id: Some(17), ..blank }
    }

    #[test]
    fn ephemeral_messages_and_presses_are_marked() {
        let read = |message: tl::types::EphemeralMessage| {
            for_bot(&tl::types::UpdateNewEphemeralMessage { message: message.into() }.into(), BOT)
        };
        let place = Chat::Group { group: marked(&channel(5)), topic: Some(17) };
        let Some(Incoming::Message(found)) = read(ephemeral(user(ADA), BOT.0)) else { panic!("nothing") };
        assert_eq!((found.chat, found.author, found.ephemeral), (place, Author::Person(PeerId(ADA)), true));
        assert_eq!(read(ephemeral(channel(5), BOT.0)), None);
        assert_eq!(read(ephemeral(user(ADA), 5)), None);
        assert_eq!(read(tl::types::EphemeralMessage { out: true, ..ephemeral(user(ADA), BOT.0) }), None);
        let press = tl::types::UpdateEphemeralBotCallbackQuery {
            query_id: 8,
            user_id: ADA,
            peer: None,
            msg_id: 4,
            data: Vec::new(),
            chat_instance: None,
            message: ephemeral(user(ADA), BOT.0).into(),
        };
        let Some(Incoming::Press(found)) = for_bot(&press.into(), BOT) else { panic!("nothing") };
        assert_eq!((found.chat, found.ephemeral), (place, true));
    }

    fn person(id: i64, lang_code: &str, bot: bool) -> tl::enums::User {
        let mut bytes = Vec::new();
        for number in [0, 0] {
            i32::serialize(&number, &mut bytes);
        }
        id.serialize(&mut bytes);
        let blank = tl::types::User::from_bytes(&bytes).unwrap();
        let access_hash = Some(11);
        tl::types::User { lang_code: Some(lang_code.into()), bot, access_hash, ..blank }.into()
    }

    #[test]
    fn the_language_is_that_of_the_writer_and_bots_are_left_out() {
        let with = |users: &[tl::enums::User]| {
            let mut incoming = for_bot(&new(written(user(ADA), "/me")), BOT).unwrap();
            let is_kept = is_from_person(&mut incoming, users);
            let Incoming::Message(message) = incoming else { panic!("{incoming:?}") };
            (is_kept, message.language)
        };
        assert_eq!(with(&[person(8, "en", false), person(ADA, "uz", false)]), (true, Some("uz".into())));
        assert_eq!(with(&[person(ADA, &"x".repeat(MAX_LANGUAGE + 1), false)]), (true, None));
        assert_eq!(with(&[]), (true, None));
        assert!(!with(&[person(ADA, "uz", true)]).0);
    }

    #[test]
    fn nobody_is_described_but_who_writes() {
        let incoming = for_bot(&new(written(user(ADA), "/me")), BOT).unwrap();
        let users = [person(8, "en", false), person(ADA, "uz", false)];
        let known = involved(&[incoming], &users, &[]);
        assert_eq!(
            known.iter().map(|known| (known.profile.peer, known.access_hash)).collect::<Vec<_>>(),
            [(PeerId(ADA), Some(11))]
        );
        assert!(involved(&[], &users, &[]).is_empty());
    }
}
