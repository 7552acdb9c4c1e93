//! Sending and editing a message.

use std::collections::BTreeMap;

use grammers_client::tl;

use super::call_error::CallError;
use super::chat::buttons::markup;
use super::connection::Caller;
use super::group::Addressee;
use super::upload::Photo;
use crate::domain::PeerId;
use crate::domain::chat::Buttons;
use crate::domain::post::message::{Entity, EntityKind, Message};

/// How a message is sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// The topic in a forum; without it, the message goes to the General topic.
    pub topic: Option<i32>,
    /// The message notifies nobody.
    pub silent: bool,
    /// The message of the same chat and topic to which this one replies.
    pub reply_to: Option<i32>,
    /// The buttons below the message.
    pub buttons: Option<&'a Buttons>,
}

/// Sends `message` and returns its id, if Telegram names it. Repeating the same `random_id` for the same account and
/// chat never makes a second message: Telegram answers with the first one. A person without an access hash in `hashes`
/// is named, but not mentioned.
pub async fn send(
    caller: &Caller,
    to: &Addressee,
    message: &Message,
    options: Options<'_>,
    random_id: i64,
    hashes: &BTreeMap<PeerId, i64>,
) -> Result<Option<i32>, CallError> {
    let request = tl::functions::messages::SendMessage {
        no_webpage: true,
        silent: options.silent,
        background: false,
        clear_draft: false,
        noforwards: false,
        update_stickersets_order: false,
        invert_media: false,
        allow_paid_floodskip: false,
        peer: to.0.clone(),
        reply_to: reply_header(options.topic, options.reply_to),
        message: message.text.clone(),
        random_id,
        reply_markup: markup(options.buttons),
        entities: Some(entities(message, hashes)),
        schedule_date: None,
        schedule_repeat_period: None,
        send_as: None,
        quick_reply_shortcut: None,
        effect: None,
        allow_paid_stars: None,
        suggested_post: None,
        rich_message: None,
    };
    Ok(sent_id(caller.call(&request).await?, random_id))
}

/// The id of the message that was sent, if the answer names it.
fn sent_id(answer: tl::enums::Updates, random_id: i64) -> Option<i32> {
    let updates = match answer {
        tl::enums::Updates::UpdateShortSentMessage(sent) => return Some(sent.id),
        tl::enums::Updates::Updates(updates) => updates.updates,
        tl::enums::Updates::Combined(updates) => updates.updates,
        tl::enums::Updates::UpdateShort(update) => vec![update.update],
        _ => Vec::new(),
    };
    updates.iter().find_map(|update| match update {
        tl::enums::Update::MessageId(sent) if sent.random_id == random_id => Some(sent.id),
        _ => None,
    })
}

/// Like [`send`], with a picture above the message. A repeat is recognised across both: Telegram keeps one list of
/// `random_id`s.
pub async fn send_photo(
    caller: &Caller,
    to: &Addressee,
    photo: Photo,
    message: &Message,
    options: Options<'_>,
    random_id: i64,
    hashes: &BTreeMap<PeerId, i64>,
) -> Result<Option<i32>, CallError> {
    let request = tl::functions::messages::SendMedia {
        silent: options.silent,
        background: false,
        clear_draft: false,
        noforwards: false,
        update_stickersets_order: false,
        invert_media: false,
        allow_paid_floodskip: false,
        peer: to.0.clone(),
        reply_to: reply_header(options.topic, options.reply_to),
        media: photo.0,
        message: message.text.clone(),
        random_id,
        reply_markup: markup(options.buttons),
        entities: Some(entities(message, hashes)),
        schedule_date: None,
        schedule_repeat_period: None,
        send_as: None,
        quick_reply_shortcut: None,
        effect: None,
        allow_paid_stars: None,
        suggested_post: None,
    };
    Ok(sent_id(caller.call(&request).await?, random_id))
}

/// Names a topic by the message that began it, like official clients.
fn reply_header(topic: Option<i32>, reply_to: Option<i32>) -> Option<tl::enums::InputReplyTo> {
    let header = tl::types::InputReplyToMessage {
        reply_to_msg_id: reply_to.or(topic)?,
        top_msg_id: topic,
        reply_to_peer_id: None,
        quote_text: None,
        quote_entities: None,
        quote_offset: None,
        monoforum_peer_id: None,
        todo_item_id: None,
        poll_option: None,
    };
    Some(header.into())
}

/// Replaces the text and the buttons of a message that this account has sent; mentions are handled as in [`send`].
pub async fn edit(
    caller: &Caller,
    chat: &Addressee,
    message_id: i32,
    message: &Message,
    buttons: Option<&Buttons>,
    hashes: &BTreeMap<PeerId, i64>,
) -> Result<(), CallError> {
    edit_photo(caller, chat, message_id, None, message, buttons, hashes).await
}

/// Like [`edit`], and replaces the picture if there is a `photo`.
pub async fn edit_photo(
    caller: &Caller,
    chat: &Addressee,
    message_id: i32,
    photo: Option<Photo>,
    message: &Message,
    buttons: Option<&Buttons>,
    hashes: &BTreeMap<PeerId, i64>,
) -> Result<(), CallError> {
    let request = tl::functions::messages::EditMessage {
        no_webpage: true,
        invert_media: false,
        peer: chat.0.clone(),
        id: message_id,
        message: Some(message.text.clone()),
        media: photo.map(|photo| photo.0),
        reply_markup: markup(buttons),
        entities: Some(entities(message, hashes)),
        schedule_date: None,
        schedule_repeat_period: None,
        quick_reply_shortcut_id: None,
        rich_message: None,
    };
    caller.call(&request).await.map(drop)
}

/// Deletes a message for everybody. Deleting it again is no error.
pub async fn delete(caller: &Caller, chat: &Addressee, message_id: i32) -> Result<(), CallError> {
    let id = vec![message_id];
    if let tl::enums::InputPeer::Channel(tl::types::InputPeerChannel { channel_id, access_hash }) = chat.0 {
        let channel = tl::types::InputChannel { channel_id, access_hash }.into();
        return caller.call(&tl::functions::channels::DeleteMessages { channel, id }).await.map(drop);
    }
    caller.call(&tl::functions::messages::DeleteMessages { revoke: true, id }).await.map(drop)
}

/// Whether a message is still in the chat; false if somebody has deleted it.
pub async fn exists(caller: &Caller, chat: &Addressee, message_id: i32) -> Result<bool, CallError> {
    use tl::enums::messages::Messages as M;
    let id = vec![tl::types::InputMessageId { id: message_id }.into()];
    let answer = match chat.0 {
        tl::enums::InputPeer::Channel(tl::types::InputPeerChannel { channel_id, access_hash }) => {
            let channel = tl::types::InputChannel { channel_id, access_hash }.into();
            caller.call(&tl::functions::channels::GetMessages { channel, id }).await?
        }
        _ => caller.call(&tl::functions::messages::GetMessages { id }).await?,
    };
    let messages = match answer {
        M::Messages(all) => all.messages,
        M::Slice(page) => page.messages,
        M::ChannelMessages(page) => page.messages,
        M::NotModified(_) => return Ok(true),
    };
    Ok(!matches!(messages.first(), Some(tl::enums::Message::Empty(_))))
}

pub(super) fn entities(message: &Message, hashes: &BTreeMap<PeerId, i64>) -> Vec<tl::enums::MessageEntity> {
    message.entities.iter().filter_map(|each| entity(each, hashes)).collect()
}

/// `None` for a mention without an access hash.
fn entity(entity: &Entity, hashes: &BTreeMap<PeerId, i64>) -> Option<tl::enums::MessageEntity> {
    // Within a message of at most 4096 units these always fit.
    let (offset, length) = (entity.offset as i32, entity.length as i32);
    Some(match entity.kind {
        EntityKind::Bold => tl::types::MessageEntityBold { offset, length }.into(),
        EntityKind::Italic => tl::types::MessageEntityItalic { offset, length }.into(),
        EntityKind::Quote => tl::types::MessageEntityBlockquote { collapsed: false, offset, length }.into(),
        EntityKind::ExpandableQuote => tl::types::MessageEntityBlockquote { collapsed: true, offset, length }.into(),
        EntityKind::Pre => tl::types::MessageEntityPre { offset, length, language: String::new() }.into(),
        EntityKind::Mention { user } => {
            let access_hash = *hashes.get(&PeerId(user))?;
            let user_id = tl::types::InputUser { user_id: user, access_hash }.into();
            tl::types::InputMessageEntityMentionName { offset, length, user_id }.into()
        }
    })
}
