//! Ephemeral messages: in a group, between one member and one bot. They have no pts: a client that is not connected
//! never gets them.

use grammers_tl_types::{enums, types};

use crate::FakeTelegram;
use crate::blank;
use crate::calls::container;
use crate::chat::command_entities;
use crate::keyboard::{self, Button};
use crate::view::{Mentioned, peer};
use crate::world::{Id, World};

/// One ephemeral message, as the server stored it.
#[derive(Clone, Debug, PartialEq)]
pub struct EphemeralMessage {
    pub id: i32,
    pub from: Id,
    /// The only account that sees it, in addition to its sender.
    pub to: Id,
    pub group: Id,
    /// Server clock, Unix seconds.
    pub date: i64,
    pub text: String,
    pub entities: Vec<enums::MessageEntity>,
    pub buttons: Vec<Vec<Button>>,
    /// The ephemeral message that it replies to.
    pub reply_to: Option<i32>,
    /// Chosen by the client; 0 for a message that a test wrote.
    pub random_id: i64,
    pub edits: usize,
    pub deleted: bool,
}

impl EphemeralMessage {
    pub fn shown_to(&self, viewer: Id) -> enums::EphemeralMessage {
        let reply_to = self.reply_to.map(|id| {
            let header = types::MessageReplyHeader {
                reply_to_ephemeral: true,
                reply_to_msg_id: Some(id),
                ..blank::reply_header()
            };
            header.into()
        });
        types::EphemeralMessage {
            out: self.from == viewer,
            id: self.id,
            from_id: peer(self.from),
            peer_id: Some(peer(self.group)),
            receiver_id: self.to,
            date: self.date as i32,
            message: self.text.clone(),
            entities: (!self.entities.is_empty()).then(|| self.entities.clone()),
            reply_markup: keyboard::markup(&self.buttons),
            reply_to,
            ..blank::ephemeral_message()
        }
        .into()
    }
}

impl World {
    /// Stores an ephemeral message under the next id, and pushes it to its receiver.
    pub fn add_ephemeral(&mut self, mut message: EphemeralMessage) -> i32 {
        let id = self.ephemeral.keys().next_back().map_or(1, |last| last + 1);
        let to = message.to;
        message.id = id;
        self.ephemeral.insert(id, message);
        self.push_ephemeral(id, to, |message| types::UpdateNewEphemeralMessage { message }.into());
        id
    }

    /// The updates about an ephemeral message for `viewer`.
    pub fn ephemeral_updates(
        &self,
        id: i32,
        viewer: Id,
        update: impl Fn(enums::EphemeralMessage) -> enums::Update,
    ) -> enums::Updates {
        let message = &self.ephemeral[&id];
        let mentioned = Mentioned::of([message.from, message.to, message.group]);
        container(self, viewer, vec![update(message.shown_to(viewer))], &mentioned)
    }

    pub fn push_ephemeral(&mut self, id: i32, to: Id, update: impl Fn(enums::EphemeralMessage) -> enums::Update) {
        self.push(|_, account| account == to, None, |world, viewer| world.ephemeral_updates(id, viewer, &update));
    }

    fn say_ephemeral(&mut self, person: Id, bot: Id, group: Id, text: &str) -> i32 {
        assert!(self.is_bot(bot), "{bot} is not a bot");
        for member in [person, bot] {
            assert!(self.is_member(group, member), "{member} is not in {group}");
        }
        let message = EphemeralMessage {
            id: 0,
            from: person,
            to: bot,
            group,
            date: self.now(),
            text: text.to_owned(),
            entities: command_entities(text).collect(),
            buttons: vec![],
            reply_to: None,
            random_id: 0,
            edits: 0,
            deleted: false,
        };
        self.add_ephemeral(message)
    }
}

impl FakeTelegram {
    /// A member writes an ephemeral message in a group, which only this bot sees; returns its id. It is lost if the bot
    /// is not connected.
    ///
    /// # Panics
    ///
    /// If the person or the bot is not in the group.
    pub fn say_ephemeral(&self, person: Id, bot: Id, group: Id, text: &str) -> i32 {
        self.change(|world| world.say_ephemeral(person, bot, group, text))
    }

    /// The ephemeral messages that bots sent to a person and did not delete,
    /// oldest first.
    pub fn ephemeral_messages(&self, person: Id) -> Vec<EphemeralMessage> {
        self.read(|world| {
            let seen = |message: &&EphemeralMessage| message.to == person && !message.deleted;
            world.ephemeral.values().filter(seen).cloned().collect()
        })
    }
}
