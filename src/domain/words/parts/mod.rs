//! The texts about the parts that a group can turn on, for admins: buttons, and answers in the chat.

mod en;
mod ru;
mod uz;

use super::{Language, en as posts_en, ru as posts_ru, uz as posts_uz};
use crate::domain::parts::{Part, PartValue};

/// All texts of one language.
pub trait PartWords {
    /// The name of a part, also on a button.
    fn name(&self, part: Part) -> String;
    /// The value of a part, short enough for a button.
    fn value(&self, value: &PartValue) -> String;
    /// What a part does, and what people see of it.
    fn about(&self, part: Part) -> String;
    /// The part has this value from now on.
    fn set(&self, value: &PartValue) -> String;
    /// The text above the buttons of all parts.
    fn choose(&self) -> String;
    /// The button that leads back to all parts.
    fn back(&self) -> String;
    /// The settings can't be written, so nothing was changed.
    fn not_stored(&self) -> String;
}

impl Language {
    /// The texts about the parts that a group can turn on, in this language.
    pub fn part_words(self) -> &'static dyn PartWords {
        match self {
            Language::En => &posts_en::En,
            Language::Ru => &posts_ru::Ru,
            Language::Uz => &posts_uz::LATIN,
            Language::UzCyrl => &posts_uz::CYRILLIC,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> impl Iterator<Item = PartValue> {
        let more = [(Part::Rhythm, "120/60"), (Part::Slots, "7 9 11 13 15 17"), (Part::Silence, "1h")];
        let more = more.into_iter().filter_map(|(part, text)| PartValue::parse(part, text));
        Part::ALL.into_iter().flat_map(Part::offers).filter_map(|offer| offer.value()).chain(more)
    }

    /// All texts, one on each line.
    fn all(language: Language) -> String {
        let words = language.part_words();
        let parts = Part::ALL.map(|part| format!("{}: {}\n", words.name(part), words.about(part)));
        let values = values().map(|value| format!("{value}: {} · {}\n", words.value(&value), words.set(&value)));
        let others = [words.choose(), words.back(), words.not_stored()].map(|text| format!("{text}\n"));
        parts.into_iter().chain(values).chain(others).collect()
    }

    #[test]
    fn the_texts_about_parts_in_every_language() {
        for language in Language::ALL {
            insta::assert_snapshot!(format!("parts_{}", language.code()), all(language));
        }
    }

    /// A button has the name of the part and its value.
    #[test]
    fn what_stands_on_a_button_is_short() {
        for language in Language::ALL {
            let words = language.part_words();
            for value in values() {
                let button = format!("{}: {}", words.name(value.part()), words.value(&value));
                assert!(button.chars().count() <= 64 && !button.contains('\n'), "{button}");
            }
        }
    }

    /// Every language has the commands as they are typed, and announces a limit before it acts.
    #[test]
    fn commands_are_not_translated() {
        for language in Language::ALL {
            let words = language.part_words();
            for (part, command) in [(Part::Slots, "/in"), (Part::Pairs, "/pair"), (Part::Silence, "/privacy")] {
                assert!(words.about(part).contains(command), "{}", words.about(part));
            }
            let set = |text| words.set(&PartValue::parse(Part::Silence, text).unwrap());
            assert!(set("3h").chars().count() > set("record").chars().count() + 30, "{}", set("3h"));
            // A limit does not act yet.
            let (_, from_now) =
                set("record").rsplit_once(", ").map(|(set, now)| (set.to_owned(), now.to_owned())).unwrap();
            assert!(!set("3h").contains(from_now.trim_end_matches('.')), "{}", set("3h"));
        }
    }
}
