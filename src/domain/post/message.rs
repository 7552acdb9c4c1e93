//! A message as Telegram accepts it: text, entities, and the limits of both (rules §3.9).
//!
//! Text and entities are built together, never as markup that is parsed later, so nothing in a name can open or close
//! an entity.

use serde::{Deserialize, Serialize};

use crate::domain::text;

/// The most UTF-16 units of a message.
pub const MAX_UNITS: usize = 4096;
/// The most UTF-16 units of the caption of a picture.
pub const MAX_CAPTION_UNITS: usize = 1024;
/// The most entities of a message.
pub const MAX_ENTITIES: usize = 100;
/// The most graphemes of a name in a message.
pub const MAX_NAME: usize = 40;

/// A message as it is stored and sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub text: String,
    /// Ordered by offset. No entity is empty.
    pub entities: Vec<Entity>,
}

/// A styled part of a message; `offset` and `length` count UTF-16 units, as Telegram does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    pub kind: EntityKind,
    pub offset: usize,
    pub length: usize,
}

/// The serialised names are stored: they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    Bold,
    Italic,
    /// A block quote.
    Quote,
    /// A block quote that first shows only its first lines.
    ExpandableQuote,
    /// Preformatted lines: nothing in them becomes a link.
    Pre,
    /// Notifies the user with this id.
    Mention {
        user: i64,
    },
}

/// A message to which text is appended; it counts its length.
#[derive(Default)]
pub struct MessageBuilder {
    message: Message,
    units: usize,
    /// The priority and the offset of each mention.
    mentions: Vec<(usize, usize)>,
}

impl MessageBuilder {
    /// The length so far, in UTF-16 units.
    pub fn units(&self) -> usize {
        self.units
    }

    /// Whether the message keeps Telegram's limits, if necessary without its mentions. `max_units`: the limit of its
    /// text.
    pub fn fits(&self, max_units: usize) -> bool {
        let is_mention = |entity: &&Entity| matches!(entity.kind, EntityKind::Mention { .. });
        let others = self.message.entities.iter().filter(|entity| !is_mention(entity)).count();
        self.units <= max_units && others <= MAX_ENTITIES
    }

    pub fn push(&mut self, text: &str) {
        self.message.text.push_str(text);
        self.units += text.encode_utf16().count();
    }

    /// Appends `text` as an entity.
    pub fn push_as(&mut self, kind: EntityKind, text: &str) {
        self.within(kind, |builder| builder.push(text));
    }

    /// Appends `name` as a mention. If the message has too many entities, the mentions with the highest `priority`
    /// numbers are dropped first.
    pub fn push_mention(&mut self, user: i64, name: &str, priority: usize) {
        self.mentions.push((priority, self.units));
        self.push_as(EntityKind::Mention { user }, name);
    }

    /// Makes an entity of all that `write` appends. It encloses the entities that `write` appends.
    pub fn within(&mut self, kind: EntityKind, write: impl FnOnce(&mut MessageBuilder)) {
        let (offset, index) = (self.units, self.message.entities.len());
        write(self);
        if self.units > offset {
            self.message.entities.insert(index, Entity { kind, offset, length: self.units - offset });
        }
    }

    /// The message, without the mentions that would exceed [`MAX_ENTITIES`].
    pub fn finish(mut self) -> Message {
        let excess = self.message.entities.len().saturating_sub(MAX_ENTITIES);
        self.mentions.sort_unstable();
        let excess_mentions = self.mentions.split_off(self.mentions.len().saturating_sub(excess));
        let is_excess = |entity: &Entity| {
            matches!(entity.kind, EntityKind::Mention { .. })
                && excess_mentions.iter().any(|(_, offset)| *offset == entity.offset)
        };
        self.message.entities.retain(|entity| !is_excess(entity));
        self.message
    }
}

impl Message {
    /// The beginning of the message, with at most `max` UTF-16 units.
    pub fn cut(mut self, max: usize) -> Message {
        self.text.truncate(cut_units(&self.text, max).trim_end().len());
        let units = self.text.encode_utf16().count();
        self.entities.retain(|entity| entity.offset < units);
        self.entities.iter_mut().for_each(|entity| entity.length = entity.length.min(units - entity.offset));
        self
    }
}

/// A name as part of a message: [`harmless`], and isolated from the writing direction of the text around it. Empty if
/// nothing of the name can be shown.
pub fn isolated_name(raw: &str) -> String {
    let name = harmless(raw);
    if name.is_empty() { name } else { text::isolated(&name) }
}

/// A name cut to [`MAX_NAME`] and made plain text. Telegram turns parts of a text into links, mentions, hashtags and
/// commands, so a name could advertise a site or notify somebody with every post. To prevent that, an invisible word
/// joiner follows each character that starts such a part.
pub fn harmless(raw: &str) -> String {
    harmless_text(raw, MAX_NAME)
}

/// Like [`harmless`], for a text of up to `max` graphemes.
pub fn harmless_text(raw: &str, max: usize) -> String {
    const JOINER: char = '\u{2060}';
    let short = text::shorten(&text::clean(raw), max);
    let mut out = String::with_capacity(short.len());
    let mut chars = short.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        let starts = matches!(c, '@' | '#' | '＃' | '$' | '/' | '.' | ':');
        if starts && chars.peek().is_some_and(|next| *next != ' ') {
            out.push(JOINER);
        }
    }
    out
}

/// The beginning of a text with at most `max` UTF-16 units.
pub fn cut_units(text: &str, max: usize) -> &str {
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > max
    });
    end.map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// The text of an entity, cut by UTF-16 units as Telegram cuts it.
    pub fn text_of(message: &Message, entity: &Entity) -> String {
        let units: Vec<u16> = message.text.encode_utf16().collect();
        String::from_utf16(&units[entity.offset..entity.offset + entity.length]).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::text_of;
    use super::*;

    #[test]
    fn the_stored_form_of_entities_does_not_change() {
        let entity = Entity { kind: EntityKind::ExpandableQuote, offset: 1, length: 2 };
        let message = Message { text: "🥇x".into(), entities: vec![entity] };
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(json, r#"{"text":"🥇x","entities":[{"kind":"expandable_quote","offset":1,"length":2}]}"#);
        assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), message);
        let mention = Entity { kind: EntityKind::Mention { user: 5_000_000_000 }, ..entity };
        let json = serde_json::to_string(&mention).unwrap();
        assert_eq!(json, r#"{"kind":{"mention":{"user":5000000000}},"offset":1,"length":2}"#);
        assert_eq!(serde_json::from_str::<Entity>(&json).unwrap(), mention);
        let plain = [
            (EntityKind::Bold, "bold"),
            (EntityKind::Italic, "italic"),
            (EntityKind::Quote, "quote"),
            (EntityKind::Pre, "pre"),
        ];
        for (kind, name) in plain {
            let json = format!("\"{name}\"");
            assert_eq!(serde_json::to_string(&kind).unwrap(), json);
        }
    }

    #[test]
    fn an_entity_encloses_those_within_it_and_counts_utf_16_units() {
        let mut builder = MessageBuilder::default();
        builder.push("🥇 ");
        builder.within(EntityKind::ExpandableQuote, |builder| {
            builder.push("👍");
            builder.push_mention(7, "Ada", 0);
        });
        builder.push_as(EntityKind::Bold, "");
        assert_eq!(builder.units(), 8);
        let message = builder.finish();
        let texts: Vec<String> = message.entities.iter().map(|entity| text_of(&message, entity)).collect();
        assert_eq!(texts, ["👍Ada", "Ada"]);
    }

    #[test]
    fn the_least_important_mentions_exceed_the_limit_first() {
        let mut builder = MessageBuilder::default();
        for user in 0..MAX_ENTITIES as i64 {
            builder.push_mention(user, "x", user as usize % 50);
        }
        builder.push_as(EntityKind::Bold, "total");
        builder.push_mention(1000, "y", 7);
        let message = builder.finish();
        let has = |user| message.entities.iter().any(|entity| entity.kind == EntityKind::Mention { user });
        assert_eq!(message.entities.len(), MAX_ENTITIES);
        assert!(!has(49) && !has(99) && has(48) && has(98) && has(1000));
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let cut = |max| cut_units("a🦉b", max);
        assert_eq!([0, 1, 2, 3, 4, 5].map(cut), ["", "a", "a", "a🦉", "a🦉b", "a🦉b"]);
    }

    #[test]
    fn a_message_is_cut_with_its_entities() {
        let entity = |offset, length| Entity { kind: EntityKind::Bold, offset, length };
        let message =
            Message { text: "🥇 Ada, Bob".into(), entities: vec![entity(3, 3), entity(3, 8), entity(8, 3)] };
        let cut = message.cut(8);
        assert_eq!((cut.text.as_str(), cut.entities), ("🥇 Ada,", vec![entity(3, 3), entity(3, 4)]));
    }

    #[test]
    fn a_full_stop_between_words_stays_as_it_is() {
        assert_eq!(isolated_name("J. Smith"), "\u{2068}J. Smith\u{2069}");
        assert_eq!(isolated_name("\u{200b}"), "");
    }
}
