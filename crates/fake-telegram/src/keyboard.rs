//! Inline buttons: how they are checked, shown, pressed and answered.

use grammers_tl_types::{enums, types};

use crate::FakeTelegram;
use crate::calls::container;
use crate::view::{Mentioned, peer};
use crate::wire::random_i64;
use crate::world::{Id, Place, RpcError, World};

/// In bytes.
const MAX_DATA: usize = 64;
const MAX_BUTTONS: usize = 100;
/// In characters.
const MAX_ANSWER: usize = 200;
/// How long a bot may take to answer a press, in seconds.
pub const ANSWER_SECONDS: i64 = 15;
/// After how many seconds a press without an answer is delivered again.
const REPEAT_SECONDS: i64 = 5;

/// One button below a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Button {
    /// Pressing it sends the data to the bot.
    Callback { text: String, data: Vec<u8> },
    /// Pressing it opens the link.
    Url { text: String, url: String },
}

impl Button {
    /// The text on the button.
    pub fn text(&self) -> &str {
        match self {
            Self::Callback { text, .. } | Self::Url { text, .. } => text,
        }
    }
}

/// The answer of a bot to a press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PressAnswer {
    pub text: Option<String>,
    /// Whether the person has to close it.
    pub alert: bool,
    pub url: Option<String>,
}

/// A press of a button by a person.
pub struct Press {
    pub bot: Id,
    person: Id,
    on: Pressed,
    data: Vec<u8>,
    /// Server clock, Unix seconds.
    at: i64,
    delivered_at: i64,
    deliveries: u32,
    answer: Option<PressAnswer>,
    /// How many answers the bot has sent, including refused ones.
    attempts: u32,
}

/// The message whose button was pressed.
#[derive(Clone, Copy)]
enum Pressed {
    Message(Place, i32),
    Ephemeral(i32),
}

impl Press {
    /// Whether the bot may still answer.
    pub fn is_open(&self, now: i64) -> bool {
        self.answer.is_none() && now - self.at <= ANSWER_SECONDS
    }

    pub fn is_by(&self, person: Id) -> bool {
        self.person == person
    }
}

/// The buttons in the form that clients receive; `None` if there are none.
pub fn markup(buttons: &[Vec<Button>]) -> Option<enums::ReplyMarkup> {
    let shown = |button: &Button| {
        let r#type = match button.clone() {
            Button::Callback { data, .. } => types::InlineButtonTypeCallback { requires_password: false, data }.into(),
            Button::Url { url, .. } => types::InlineButtonTypeUrl { url }.into(),
        };
        types::KeyboardInlineButton { style: None, text: button.text().to_owned(), r#type }.into()
    };
    let row = |row: &Vec<Button>| types::KeyboardInlineButtonRow { buttons: row.iter().map(shown).collect() }.into();
    let rows: Vec<_> = buttons.iter().map(row).collect();
    (!rows.is_empty()).then(|| types::ReplyInlineMarkup { force_reply: false, rows }.into())
}

/// Checks the buttons that a bot sends. Buttons from users are ignored.
pub fn checked(world: &mut World, me: Id, markup: Option<enums::ReplyMarkup>) -> Result<Vec<Vec<Button>>, RpcError> {
    let Some(markup) = markup.filter(|_| world.is_bot(me)) else {
        return Ok(vec![]);
    };
    let enums::ReplyMarkup::ReplyInlineMarkup(markup) = markup else {
        world.violation("sent a keyboard that is not inline, which is not served");
        return Err(RpcError::bad("REPLY_MARKUP_INVALID"));
    };
    let rows = markup.rows.into_iter().map(|enums::KeyboardInlineButtonRow::Row(row)| row.buttons);
    let rows: Vec<Vec<Button>> = rows
        .filter(|row| !row.is_empty())
        .map(|row| row.into_iter().map(|button| checked_button(world, button)).collect())
        .collect::<Result<_, _>>()?;
    if rows.iter().map(Vec::len).sum::<usize>() > MAX_BUTTONS {
        return Err(RpcError::bad("REPLY_MARKUP_TOO_LONG"));
    }
    Ok(rows)
}

fn checked_button(world: &mut World, button: enums::KeyboardInlineButton) -> Result<Button, RpcError> {
    let enums::KeyboardInlineButton::Button(types::KeyboardInlineButton { text, r#type, .. }) = button;
    if text.trim().is_empty() {
        return Err(RpcError::bad("BUTTON_TEXT_INVALID"));
    }
    match r#type {
        enums::InlineButtonType::Callback(callback) if !(1..=MAX_DATA).contains(&callback.data.len()) => {
            Err(RpcError::bad("BUTTON_DATA_INVALID"))
        }
        enums::InlineButtonType::Callback(callback) => Ok(Button::Callback { text, data: callback.data }),
        enums::InlineButtonType::Url(link) if is_link(&link.url) => Ok(Button::Url { text, url: link.url }),
        enums::InlineButtonType::Url(_) => Err(RpcError::bad("BUTTON_URL_INVALID")),
        _ => {
            world.violation(format!("sent a button {text:?} of a type that is not served"));
            Err(RpcError::bad("BUTTON_TYPE_INVALID"))
        }
    }
}

fn is_link(url: &str) -> bool {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let named = host.is_some_and(|rest| rest.split('/').next().is_some_and(|host| host.contains('.')));
    (named || url.starts_with("tg://")) && !url.contains(char::is_whitespace)
}

impl World {
    /// The data of the button with this text.
    fn data_of(buttons: &[Vec<Button>], wanted: &str) -> Vec<u8> {
        let mut texts = buttons.iter().flatten();
        match texts.find(|button| button.text() == wanted) {
            Some(Button::Callback { data, .. }) => data.clone(),
            Some(Button::Url { .. }) => panic!("the button {wanted:?} opens a link"),
            None => panic!("no button {wanted:?} in {buttons:?}"),
        }
    }

    fn add_press(&mut self, person: Id, bot: Id, on: Pressed, data: Vec<u8>) -> i64 {
        let query = random_i64();
        let at = self.now();
        let press = Press { bot, person, on, data, at, delivered_at: at, deliveries: 0, answer: None, attempts: 0 };
        self.presses.insert(query, press);
        self.push_press(query);
        query
    }

    fn press_message(&mut self, person: Id, chat: Id, message: i32, button: &str) -> i64 {
        let place = self.place(person, chat);
        assert!(chat > 0 || self.is_member(chat, person), "{person} is not in {chat}");
        let stored = self.stored(place, message).unwrap_or_else(|| panic!("there is no message {message} in {chat}"));
        let data = Self::data_of(&stored.message.buttons, button);
        let bot = stored.message.from;
        self.add_press(person, bot, Pressed::Message(place, message), data)
    }

    fn press_ephemeral(&mut self, person: Id, message: i32, button: &str) -> i64 {
        let shown = self.ephemeral.get(&message).filter(|shown| shown.to == person && !shown.deleted);
        let shown = shown.unwrap_or_else(|| panic!("{person} sees no ephemeral message {message}"));
        let data = Self::data_of(&shown.buttons, button);
        let bot = shown.from;
        self.add_press(person, bot, Pressed::Ephemeral(message), data)
    }

    /// Pushes a press to the bot's sessions.
    fn push_press(&mut self, query: i64) {
        let now = self.now();
        let Some(press) = self.presses.get_mut(&query) else { return };
        press.delivered_at = now;
        press.deliveries += 1;
        let bot = press.bot;
        self.push(|_, account| account == bot, None, |world, _| world.press_update(query));
    }

    fn press_update(&self, query_id: i64) -> enums::Updates {
        let press = &self.presses[&query_id];
        let (user_id, data) = (press.person, press.data.clone());
        let mut mentioned = Mentioned::of([press.person]);
        let update = match press.on {
            Pressed::Message(place, msg_id) => {
                let chat = place.peer_for(press.bot);
                mentioned.add(chat);
                types::UpdateBotCallbackQuery {
                    query_id,
                    user_id,
                    peer: peer(chat),
                    msg_id,
                    chat_instance: self.chat_instance(press.bot, chat),
                    data: Some(data),
                    game_short_name: None,
                }
                .into()
            }
            Pressed::Ephemeral(msg_id) => {
                let message = &self.ephemeral[&msg_id];
                mentioned.add(message.group);
                types::UpdateEphemeralBotCallbackQuery {
                    query_id,
                    user_id,
                    peer: Some(peer(message.group)),
                    msg_id,
                    data,
                    chat_instance: Some(self.chat_instance(press.bot, message.group)),
                    message: message.shown_to(press.bot),
                }
                .into()
            }
        };
        container(self, press.bot, vec![update], &mentioned)
    }

    fn chat_instance(&self, bot: Id, chat: Id) -> i64 {
        self.derived("chat instance", &[bot, chat])
    }

    /// Presses that wait for an answer and were delivered at least `after` seconds ago.
    fn unanswered(&self, after: i64) -> Vec<i64> {
        let now = self.now();
        let is_due = |press: &Press| press.is_open(now) && now - press.delivered_at >= after;
        self.presses.iter().filter(|(_, press)| is_due(press)).map(|(query, _)| *query).collect()
    }

    pub fn has_due_press(&self) -> bool {
        !self.unanswered(REPEAT_SECONDS).is_empty()
    }

    pub fn repeat_due_presses(&mut self) {
        self.repeat_presses(REPEAT_SECONDS);
    }

    /// Delivers the presses of [`World::unanswered`] again.
    fn repeat_presses(&mut self, after: i64) {
        for query in self.unanswered(after) {
            self.push_press(query);
        }
    }

    /// Stores a bot's answer to a press. A second or late answer is refused.
    pub fn answer_press(&mut self, bot: Id, query: i64, answer: PressAnswer) -> Result<(), RpcError> {
        let now = self.now();
        let is_own_link = answer.url.as_ref().is_none_or(|url| self.is_link_to(bot, url));
        let invalid = || RpcError::bad("QUERY_ID_INVALID");
        let press = self.presses.get_mut(&query).filter(|press| press.bot == bot).ok_or_else(invalid)?;
        press.attempts += 1;
        if !press.is_open(now) {
            return Err(invalid());
        }
        if answer.text.as_ref().is_some_and(|text| text.chars().count() > MAX_ANSWER) {
            return Err(RpcError::bad("MESSAGE_TOO_LONG"));
        }
        if !is_own_link {
            return Err(RpcError::bad("URL_INVALID"));
        }
        press.answer = Some(answer);
        Ok(())
    }

    /// Whether a link opens a chat with the bot, like `https://t.me/bot?start=…`.
    fn is_link_to(&self, bot: Id, url: &str) -> bool {
        let Some(name) = self.people.get(&bot).and_then(|person| person.username.as_ref()) else { return false };
        let (https, tg) = (format!("https://t.me/{name}?"), format!("tg://resolve?domain={name}&"));
        url.starts_with(&https) || url.starts_with(&tg)
    }
}

impl FakeTelegram {
    /// Somebody presses the button with this text below a bot's message; `chat` is the group or, in a private chat, the
    /// bot. Returns the query's id.
    ///
    /// # Panics
    ///
    /// If there is no such button, or it opens a link.
    pub fn press(&self, person: Id, chat: Id, message: i32, button: &str) -> i64 {
        self.change(|world| world.press_message(person, chat, message, button))
    }

    /// As [`FakeTelegram::press`], below an ephemeral message that the person sees.
    pub fn press_ephemeral(&self, person: Id, message: i32, button: &str) -> i64 {
        self.change(|world| world.press_ephemeral(person, message, button))
    }

    /// Delivers again all presses that have no answer and can still get one, without the usual wait of 5 s of the
    /// server clock.
    pub fn repeat_presses(&self) {
        self.change(|world| world.repeat_presses(0));
    }

    /// The bot's answer to a press.
    pub fn press_answer(&self, query: i64) -> Option<PressAnswer> {
        self.read(|world| world.presses[&query].answer.clone())
    }

    /// How many times the bot has answered a press, including refused answers.
    pub fn press_attempts(&self, query: i64) -> u32 {
        self.read(|world| world.presses[&query].attempts)
    }

    /// How many times a press was delivered, whether a client was connected or not.
    pub fn press_deliveries(&self, query: i64) -> u32 {
        self.read(|world| world.presses[&query].deliveries)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddrV4};

    use super::*;
    use crate::clock::Clock;
    use crate::world::Person;

    #[test]
    fn a_press_is_due_again_after_5_seconds_and_for_15() {
        let mut world = World::new(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 1), Clock::at(1000));
        let ada = world.add_person(Person::named("Ada"));
        let bot = world.add_person(Person::named("Board").bot());
        world.instant = Some(1000);
        let query = world.add_press(ada, bot, Pressed::Message(Place::between(ada, bot), 1), b"w".to_vec());
        let mut due = Vec::new();
        for now in 1000..=1030 {
            world.instant = Some(now);
            if world.has_due_press() {
                world.repeat_due_presses();
                due.push(now - 1000);
            }
        }
        assert_eq!(due, [5, 10, 15]);
        assert_eq!(world.presses[&query].deliveries, 4);
    }
}
