//! Commands on standard input: people of the demo write to its bot.

use std::io::{self, BufRead, Write};
use std::thread;

use fake_telegram::{Button, FakeTelegram, Id, Message};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

pub const HELP: &str = "Lines on standard input; NAME is a username, such as ada, organiser or student_1:
  say NAME TEXT             write in the first group
  tell NAME TEXT            write to the bot privately
  whisper NAME TEXT         say in the first group what only the bot sees
  press NAME MESSAGE TEXT   press the bot's button with this text in the first group
  tap NAME MESSAGE TEXT     the same in the private chat";

/// One valid line.
#[derive(Debug, PartialEq, Eq)]
enum Line<'a> {
    Say { name: &'a str, text: &'a str },
    Tell { name: &'a str, text: &'a str },
    Whisper { name: &'a str, text: &'a str },
    Press { name: &'a str, message: i32, button: &'a str },
    Tap { name: &'a str, message: i32, button: &'a str },
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (word, rest) = line.trim().split_once(' ')?;
        let (name, text) = rest.trim_start().split_once(' ')?;
        let text = text.trim_start();
        let pressed = || {
            let (message, button) = text.split_once(' ')?;
            Some((message.parse().ok()?, button))
        };
        Some(match word {
            "say" => Self::Say { name, text },
            "tell" => Self::Tell { name, text },
            "whisper" => Self::Whisper { name, text },
            "press" => pressed().map(|(message, button)| Self::Press { name, message, button })?,
            "tap" => pressed().map(|(message, button)| Self::Tap { name, message, button })?,
            _ => return None,
        })
    }

    fn name(&self) -> &'a str {
        match self {
            Self::Say { name, .. }
            | Self::Tell { name, .. }
            | Self::Whisper { name, .. }
            | Self::Press { name, .. }
            | Self::Tap { name, .. } => name,
        }
    }
}

/// The lines of standard input; a separate thread reads them until the end.
pub fn lines() -> UnboundedReceiver<String> {
    let (sender, lines) = unbounded_channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// Prints the buttons below a message: `[Week] [Page: https://…]` for each row.
pub fn print_buttons(message: &[Vec<Button>], out: &mut impl Write) -> io::Result<()> {
    for row in message {
        let shown: Vec<String> = row
            .iter()
            .map(|button| match button {
                Button::Callback { text, .. } => format!("[{text}]"),
                Button::Url { text, url } => format!("[{text}: {url}]"),
            })
            .collect();
        writeln!(out, "{}", shown.join(" "))?;
    }
    Ok(())
}

/// Carries out the commands, and prints the bot's answers to them.
pub struct Console {
    bot: Id,
    group: Id,
    /// The people who have written to the bot: name, account, and how many messages and ephemeral messages were
    /// printed.
    people: Vec<Talker>,
    /// Presses without an answer so far.
    presses: Vec<i64>,
}

struct Talker {
    name: String,
    id: Id,
    printed: usize,
    printed_ephemeral: usize,
}

impl Console {
    pub fn new(bot: Id, group: Id) -> Self {
        Self { bot, group, people: Vec::new(), presses: Vec::new() }
    }

    /// Carries out a line; the error says why it can't.
    pub fn run(&mut self, telegram: &FakeTelegram, line: &str) -> Result<(), String> {
        let line = Line::parse(line).ok_or_else(|| HELP.to_owned())?;
        let name = line.name();
        let person = telegram.find(name).filter(|id| *id > 0).ok_or_else(|| format!("nobody is called {name}"))?;
        self.remember(name, person);
        match line {
            Line::Say { text, .. } => drop(telegram.say(person, self.group, text)),
            Line::Tell { text, .. } => drop(telegram.say(person, self.bot, text)),
            Line::Whisper { text, .. } => drop(telegram.say_ephemeral(person, self.bot, self.group, text)),
            Line::Press { message, button, .. } => {
                self.press(telegram, person, self.group, &telegram.messages(self.group), (message, button))?;
            }
            Line::Tap { message, button, .. } => {
                self.press(telegram, person, self.bot, &telegram.chat(person, self.bot), (message, button))?;
            }
        }
        Ok(())
    }

    fn remember(&mut self, name: &str, id: Id) {
        if !self.people.iter().any(|person| person.id == id) {
            self.people.push(Talker { name: name.to_owned(), id, printed: 0, printed_ephemeral: 0 });
        }
    }

    fn press(
        &mut self,
        telegram: &FakeTelegram,
        person: Id,
        chat: Id,
        messages: &[Message],
        (id, button): (i32, &str),
    ) -> Result<(), String> {
        let message = messages.iter().find(|message| message.id == id);
        let message = message.ok_or_else(|| format!("there is no message {id}"))?;
        let is_it = |own: &Button| matches!(own, Button::Callback { text, .. } if text == button);
        if !message.buttons.iter().flatten().any(is_it) {
            return Err(format!("message {id} has no button {button} to press"));
        }
        self.presses.push(telegram.press(person, chat, id, button));
        Ok(())
    }

    /// Prints the bot's messages to the people who wrote to it, and its answers to presses.
    pub fn print_answers(&mut self, telegram: &FakeTelegram, out: &mut impl Write) -> io::Result<()> {
        for person in &mut self.people {
            let chat = telegram.chat(person.id, self.bot);
            for message in chat.iter().skip(person.printed).filter(|message| message.from == self.bot) {
                writeln!(out, "--- message {} to {}:\n{}", message.id, person.name, message.text)?;
                print_buttons(&message.buttons, out)?;
                writeln!(out, "---")?;
            }
            person.printed = chat.len();
            let unseen = telegram.ephemeral_messages(person.id);
            for message in unseen.iter().skip(person.printed_ephemeral) {
                writeln!(out, "--- only {} sees in the group:\n{}\n---", person.name, message.text)?;
            }
            person.printed_ephemeral = unseen.len();
        }
        let mut open = Vec::new();
        for query in self.presses.drain(..) {
            match telegram.press_answer(query) {
                Some(answer) => writeln!(out, "pressed: {}", answer.text.unwrap_or_default())?,
                None => open.push(query),
            }
        }
        self.presses = open;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood_or_not() {
        assert_eq!(Line::parse(" say ada  /me now"), Some(Line::Say { name: "ada", text: "/me now" }));
        assert_eq!(
            Line::parse("press ada 12 Next week"),
            Some(Line::Press { name: "ada", message: 12, button: "Next week" })
        );
        for wrong in ["", "say", "say ada", "shout ada x", "press ada Week", "press ada x Week"] {
            assert_eq!(Line::parse(wrong), None, "{wrong}");
        }
    }
}
