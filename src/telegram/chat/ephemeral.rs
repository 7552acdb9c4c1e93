//! Messages in a group that only one person sees. Telegram stores neither them nor their updates, so a lost one can't
//! be read again.

use std::collections::BTreeMap;

use grammers_client::tl;

use super::super::call_error::CallError;
use super::super::connection::Caller;
use super::super::group::Addressee;
use super::super::send::entities;
use super::buttons::markup;
use crate::domain::PeerId;
use crate::domain::chat::Buttons;
use crate::domain::post::message::Message;

/// The person who sees the message, and the chat.
#[derive(Clone, Debug)]
pub struct EphemeralTo {
    chat: tl::enums::InputPeer,
    person: tl::enums::InputUser,
}

impl EphemeralTo {
    /// A person in a chat. A bot can use 0 as the access hash.
    pub fn new(chat: &Addressee, person: PeerId, access_hash: i64) -> EphemeralTo {
        let person = tl::types::InputUser { user_id: person.0, access_hash }.into();
        EphemeralTo { chat: chat.0.clone(), person }
    }
}

/// How an ephemeral message is sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// The ephemeral message to which this one replies.
    pub reply_to: Option<i32>,
    /// The press that the message answers, within 15 s.
    pub query: Option<i64>,
    pub buttons: Option<&'a Buttons>,
}

/// Sends `message` and returns its id, if Telegram names it; mentions are handled as in
/// [`send`](super::super::send::send).
pub async fn send(
    caller: &Caller,
    to: &EphemeralTo,
    message: &Message,
    options: Options<'_>,
    random_id: i64,
    hashes: &BTreeMap<PeerId, i64>,
) -> Result<Option<i32>, CallError> {
    let request = tl::functions::ephemeral::SendMessage {
        invert_media: false,
        welcome: false,
        anchor: false,
        noforwards: false,
        peer: Some(to.chat.clone()),
        receiver_id: to.person.clone(),
        query_id: options.query,
        message: message.text.clone(),
        entities: Some(entities(message, hashes)),
        media: None,
        reply_markup: markup(options.buttons),
        rich_message: None,
        random_id,
        reply_to: options.reply_to.map(|id| tl::types::InputReplyToEphemeralMessage { id }.into()),
    };
    Ok(number(caller.call(&request).await?))
}

/// The number of the ephemeral message that was sent.
fn number(sent: tl::enums::Updates) -> Option<i32> {
    let updates = match sent {
        tl::enums::Updates::Updates(updates) => updates.updates,
        tl::enums::Updates::Combined(updates) => updates.updates,
        tl::enums::Updates::UpdateShort(update) => vec![update.update],
        _ => Vec::new(),
    };
    updates.iter().find_map(|update| match update {
        tl::enums::Update::NewEphemeralMessage(update) => {
            let tl::enums::EphemeralMessage::Message(message) = &update.message;
            Some(message.id)
        }
        _ => None,
    })
}

/// Replaces the text and the buttons.
pub async fn edit(
    caller: &Caller,
    to: &EphemeralTo,
    message_id: i32,
    message: &Message,
    buttons: Option<&Buttons>,
    hashes: &BTreeMap<PeerId, i64>,
) -> Result<(), CallError> {
    let request = tl::functions::ephemeral::EditMessage {
        invert_media: false,
        welcome: false,
        peer: Some(to.chat.clone()),
        receiver_id: to.person.clone(),
        id: message_id,
        message: Some(message.text.clone()),
        media: None,
        entities: Some(entities(message, hashes)),
        reply_markup: markup(buttons),
        rich_message: None,
    };
    caller.call(&request).await.map(drop)
}

pub async fn delete(caller: &Caller, to: &EphemeralTo, message_id: i32) -> Result<(), CallError> {
    let request = tl::functions::ephemeral::DeleteMessage {
        peer: Some(to.chat.clone()),
        receiver_id: to.person.clone(),
        id: message_id,
    };
    caller.call(&request).await.map(drop)
}
