//! Decides which incoming messages and presses can be answered at all, before the asker's standing is looked up.

use super::command::{self, Command};
use super::limits::Limits;
use super::press::Press;
use super::{ButtonPress, Chat, ChatMessage, Incoming, MAX_COMMAND_AGE};
use crate::domain::{Instant, PeerId};

/// A command or press to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    Command(ChatMessage, Command),
    /// The press is `None` if this version does not know the button.
    Press(ButtonPress, Option<Press>),
}

impl Heard {
    pub fn chat(&self) -> Chat {
        match self {
            Heard::Command(message, _) => message.chat,
            Heard::Press(press, _) => press.chat,
        }
    }

    /// Who asks, if it is a person.
    pub fn person(&self) -> Option<PeerId> {
        match self {
            Heard::Command(message, _) => message.author.person(),
            Heard::Press(press, _) => Some(press.person),
        }
    }
}

/// The account that received a message or press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener<'a> {
    /// The bot, with its username.
    Bot(Option<&'a str>),
    /// The account that watches. It only accepts commands of the old tracker, without a rate limit.
    Watcher,
}

/// The command or press, if it can be answered at `now`; it then counts for the limits, a command at the time at which it
/// was sent: commands that waited are not one burst. `None` if it is ignored.
pub fn hear(incoming: &Incoming, listener: Listener, limits: &mut Limits, now: Instant) -> Option<Heard> {
    match incoming {
        Incoming::Message(message) => {
            if now - message.at >= MAX_COMMAND_AGE {
                return None;
            }
            let command = read(message, listener)?;
            // Authors who are not people share the limit of the chat.
            let who = message.author.person().unwrap_or_else(|| message.chat.peer());
            (listener == Listener::Watcher || limits.admit_person(who, message.at))
                .then(|| Heard::Command(message.clone(), command))
        }
        Incoming::Press(press) => {
            let admitted = limits.admit_press(press.person, press.chat.is_private(), now);
            admitted.then(|| Heard::Press(press.clone(), Press::read(&press.data)))
        }
    }
}

fn read(message: &ChatMessage, listener: Listener) -> Option<Command> {
    match listener {
        Listener::Bot(name) => command::read(&message.text, name),
        Listener::Watcher => command::read(&message.text, None).filter(|command| matches!(command, Command::Old(_))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Author;
    use super::*;

    const ADA: PeerId = PeerId(7);
    const BOT: Listener = Listener::Bot(Some("study_bot"));

    fn message(chat: Chat, text: &str, at: i64) -> Incoming {
        Incoming::Message(ChatMessage {
            chat,
            author: Author::Person(ADA),
            id: 5,
            at: Instant(at),
            text: text.into(),
            language: None,
            ephemeral: false,
        })
    }

    fn in_private(text: &str, at: i64) -> Incoming {
        message(Chat::Private(ADA), text, at)
    }

    fn in_group(text: &str, at: i64) -> Incoming {
        message(Chat::Group { group: PeerId(-1001), topic: None }, text, at)
    }

    fn heard(incoming: &Incoming, listener: Listener, limits: &mut Limits, now: i64) -> Option<Command> {
        match hear(incoming, listener, limits, Instant(now)) {
            Some(Heard::Command(_, command)) => Some(command),
            Some(Heard::Press(..)) => panic!("a press"),
            None => None,
        }
    }

    #[test]
    fn commands_that_waited_are_no_burst() {
        let mut limits = Limits::default();
        let answered =
            [1000, 1003, 1005, 1006].map(|at| heard(&in_private("/me", at), BOT, &mut limits, 1015).is_some());
        assert_eq!(answered, [true, true, false, true]);
    }

    #[test]
    fn a_command_is_answered_for_two_minutes() {
        for (now, answered) in [(1000, true), (1119, true), (1120, false), (990, true)] {
            let command = heard(&in_private("/me", 1000), BOT, &mut Limits::default(), now);
            assert_eq!(command.is_some(), answered, "{now}");
        }
    }

    #[test]
    fn who_asks_too_often_is_ignored_and_the_organiser_never_does() {
        let mut limits = Limits::default();
        assert!(heard(&in_private("/me", 1000), BOT, &mut limits, 1000).is_some());
        assert!(heard(&in_private("/top", 1000), BOT, &mut limits, 1001).is_none());
        let press = |chat| {
            let data = b"me;1".into();
            let press =
                ButtonPress { query: 1, chat, person: ADA, message_id: 5, data, language: None, ephemeral: false };
            Incoming::Press(press)
        };
        let group = press(Chat::Group { group: PeerId(-1001), topic: None });
        assert_eq!(hear(&group, BOT, &mut limits, Instant(1002)), None);
        assert!(hear(&group, BOT, &mut limits, Instant(1003)).is_some());
        // In private, presses may follow each other faster.
        let private = press(Chat::Private(ADA));
        let answered: Vec<bool> =
            [1003, 1003, 1004].map(|now| hear(&private, BOT, &mut limits, Instant(now)).is_some()).into();
        assert_eq!(answered, [true, false, true]);
        for _ in 0..3 {
            assert!(heard(&in_private(".post now", 1000), Listener::Watcher, &mut limits, 1003).is_some());
        }
    }

    #[test]
    fn what_is_said_in_a_group_is_no_command_and_no_turn() {
        let mut limits = Limits::default();
        for text in ["hello", "/me@other_bot", "me"] {
            assert_eq!(heard(&in_group(text, 1000), BOT, &mut limits, 1000), None, "{text}");
        }
        assert_eq!(heard(&in_group("/me", 1000), BOT, &mut limits, 1000), Some(Command::Me));
        assert_eq!(heard(&in_private("hello", 1010), BOT, &mut limits, 1010), None);
        assert_eq!(heard(&in_private("/fly", 1010), BOT, &mut limits, 1010), Some(Command::Unknown));
    }

    #[test]
    fn the_account_that_watches_hears_the_old_commands_only() {
        let mut limits = Limits::default();
        assert_eq!(heard(&in_private("/me", 1000), Listener::Watcher, &mut limits, 1000), None);
        assert_eq!(heard(&in_private("hello", 1000), Listener::Watcher, &mut limits, 1000), None);
        assert!(heard(&in_private(".fly", 1000), Listener::Watcher, &mut limits, 1000).is_some());
    }
}
