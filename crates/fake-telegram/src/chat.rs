//! The messages that people write in a test, and which bots receive them.

use grammers_tl_types::{enums, types};

use crate::FakeTelegram;
use crate::wire::random_i64;
use crate::world::{Bare, Id, Message, Place, Stored, Topic, What, World, bare};

/// A message that a person writes: [`FakeTelegram::say_as`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    person: Id,
    to: Id,
    text: String,
    topic: Option<i32>,
    reply_to: Option<i32>,
    voice: Voice,
}

/// The sender that a message in a group has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Voice {
    Own,
    /// As the group itself.
    Anonymous,
    /// As the group itself, but clients do not receive the sender.
    Unnamed,
    Channel(Id),
}

impl Saying {
    /// A plain message to a person, a bot or a group.
    pub fn new(person: Id, to: Id, text: &str) -> Self {
        Self { person, to, text: text.to_owned(), topic: None, reply_to: None, voice: Voice::Own }
    }

    /// Puts it in a topic of a forum.
    pub fn in_topic(mut self, topic: i32) -> Self {
        self.topic = Some(topic);
        self
    }

    /// Makes it a reply, in the topic of the message that it replies to.
    pub fn in_reply_to(mut self, message: i32) -> Self {
        self.reply_to = Some(message);
        self
    }

    /// Sends it as an anonymous admin: the sender is the group.
    pub fn anonymously(mut self) -> Self {
        self.voice = Voice::Anonymous;
        self
    }

    /// Sends it as an anonymous admin, without `from_id`.
    pub fn without_sender(mut self) -> Self {
        self.voice = Voice::Unnamed;
        self
    }

    /// Sends it as a channel.
    pub fn as_channel(mut self, channel: Id) -> Self {
        self.voice = Voice::Channel(channel);
        self
    }
}

/// A command in a text; offset and length in UTF-16 units.
struct Command<'a> {
    offset: usize,
    length: usize,
    /// The bot that it is addressed to, without `@`.
    bot: Option<&'a str>,
}

/// The commands in a text as the server finds them: `/name` or `/name@bot`,
/// not within a word or a path.
fn commands(text: &str) -> Vec<Command<'_>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (at, _) in text.match_indices('/') {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| is_word(c) || matches!(c, '/' | '<' | '>')) {
            continue;
        }
        let rest = &text[at + 1..];
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
        let after = &rest[name.len()..];
        let bot = after.strip_prefix('@').map(|rest| &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())]);
        let bot = bot.filter(|bot| (3..=32).contains(&bot.len()));
        let length = 1 + name.len() + bot.map_or(0, |bot| 1 + bot.len());
        let next = text[at + length..].chars().next();
        if !(1..=64).contains(&name.len()) || next.is_some_and(|c| is_word(c) || matches!(c, '/' | '<' | '>')) {
            continue;
        }
        found.push(Command { offset: text[..at].encode_utf16().count(), length, bot });
    }
    found
}

/// The entities of commands, which the server adds to those that a client sent.
pub fn command_entities(text: &str) -> impl Iterator<Item = enums::MessageEntity> {
    commands(text).into_iter().map(|command| {
        types::MessageEntityBotCommand { offset: command.offset as i32, length: command.length as i32 }.into()
    })
}

impl World {
    /// Whether the server sends a message to a member. A bot in privacy mode gets only commands that are not for other
    /// bots, replies to its own messages, and service messages. No bot gets messages of bots.
    pub fn is_told(&self, viewer: Id, place: Place, stored: &Stored) -> bool {
        let message = &stored.message;
        let Place::Group(group) = place else { return true };
        if !self.is_bot(viewer) || message.from == viewer || stored.action.is_some() {
            return true;
        }
        if self.is_bot(message.from) {
            return false;
        }
        let reads_all = self.bots.get(&viewer).is_some_and(|bot| bot.reads_all);
        let is_reply = || {
            let answered = message.reply_to.and_then(|id| self.stored(place, id));
            answered.is_some_and(|answered| answered.message.from == viewer)
        };
        reads_all || self.group(group).is_admin(viewer) || is_reply() || self.is_command_to(viewer, &message.text)
    }

    /// Whether a text begins with a command that is not for another bot.
    fn is_command_to(&self, bot: Id, text: &str) -> bool {
        let commands = commands(text);
        let Some(command) = commands.first().filter(|command| command.offset == 0) else { return false };
        let Some(name) = command.bot else { return true };
        let person = &self.people[&bot];
        person.username.iter().chain(&person.more_usernames).any(|own| own.eq_ignore_ascii_case(name))
    }

    /// The sender under which a person's message is stored.
    fn voice_of(&self, saying: &Saying) -> Id {
        match saying.voice {
            Voice::Own => saying.person,
            Voice::Anonymous | Voice::Unnamed => {
                assert!(matches!(bare(saying.to), Bare::Channel(_)), "only supergroups have anonymous admins");
                assert!(self.group(saying.to).is_admin(saying.person), "{} is no admin", saying.person);
                saying.to
            }
            Voice::Channel(channel) => {
                assert!(self.groups.contains_key(&channel), "there is no channel {channel}");
                channel
            }
        }
    }

    /// The topic that a person's message is in.
    fn topic_of(&self, place: Place, saying: &Saying) -> Option<i32> {
        let answered = saying
            .reply_to
            .map(|id| self.stored(place, id).unwrap_or_else(|| panic!("there is no message {id} in {}", saying.to)));
        let topic = saying.topic.or_else(|| answered.and_then(|answered| answered.message.topic))?;
        let state = self.group(saying.to).topics.as_ref().and_then(|topics| topics.get(&topic));
        assert!(state == Some(&Topic::Open), "topic {topic} of {} is {state:?}", saying.to);
        Some(topic)
    }

    pub fn say(&mut self, saying: Saying) -> i32 {
        let (person, to) = (saying.person, saying.to);
        assert!(self.people.contains_key(&person), "there is no user {person}");
        assert!(to < 0 || self.people.contains_key(&to), "there is no user {to}");
        if let Err(error) = self.may_write(person, to) {
            panic!("{person} can't write to {to}: {error}");
        }
        let place = self.place(person, to);
        let now = self.now();
        let message = Message {
            id: 0,
            from: self.voice_of(&saying),
            date: now,
            entities: command_entities(&saying.text).collect(),
            random_id: random_i64(),
            edited: None,
            edits: 0,
            topic: self.topic_of(place, &saying),
            silent: false,
            reply_to: saying.reply_to,
            buttons: vec![],
            picture: None,
            text: saying.text,
        };
        let id = self.store(place, message, None);
        if saying.voice == Voice::Unnamed
            && let Some(stored) = self.stored_mut(place, id)
        {
            stored.unnamed = true;
        }
        if let Some(group) = self.groups.get_mut(&to) {
            group.last_wrote.insert(person, now);
        }
        self.push_event(place, id, What::New, None);
        id
    }
}

impl FakeTelegram {
    /// A person writes to a person, a bot or a group, or to themselves (Saved Messages); returns the message's id. Slow
    /// mode is ignored.
    ///
    /// # Panics
    ///
    /// If they may not write there.
    pub fn say(&self, person: Id, to: Id, text: &str) -> i32 {
        self.say_as(Saying::new(person, to, text))
    }

    /// As [`FakeTelegram::say`], also in a topic, as a reply, or as another sender.
    ///
    /// # Panics
    ///
    /// As [`FakeTelegram::say`], and if there is no such topic, message, or right.
    pub fn say_as(&self, saying: Saying) -> i32 {
        self.change(|world| world.say(saying))
    }

    /// The messages between two people, or a person and a bot, oldest first. The same id twice means Saved Messages.
    pub fn chat(&self, one: Id, other: Id) -> Vec<Message> {
        self.read(|world| {
            let stored = world.messages.get(&Place::between(one, other)).into_iter().flatten();
            stored.map(|stored| stored.message.clone()).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(usize, usize, Option<&str>)> {
        commands(text).iter().map(|command| (command.offset, command.length, command.bot)).collect()
    }

    #[test]
    fn commands_are_found_where_the_server_finds_them() {
        assert_eq!(found("/me"), [(0, 3, None)]);
        assert_eq!(found("/me@board_bot now"), [(0, 13, Some("board_bot"))]);
        assert_eq!(found("🦉 /top, /why"), [(3, 4, None), (9, 4, None)]);
        for none in ["", "/", "1/2", "https://t.me/board", "/usr/bin", "a/me", "//me", "/café", "</me>"] {
            assert_eq!(found(none), [], "{none}");
        }
    }
}
