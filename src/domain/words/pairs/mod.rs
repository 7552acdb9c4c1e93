//! The texts about pairs, two people who share a streak (rules §10.5).

mod en;
mod ru;
mod uz;

use super::{Language, en as posts_en, ru as posts_ru, uz as posts_uz};

/// A text without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairText {
    /// The group has no pairs.
    Off,
    /// Nobody with that name can be asked. The text does not reveal whether such a person hides, has left or does not
    /// exist.
    NotFound,
    Several,
    Oneself,
    /// A person who hides can't ask anybody.
    YouHide,
    /// One of the two people has as many pairs as allowed.
    Full,
    /// The person has no pair.
    NoPair,
    /// How to ask somebody.
    How,
    /// How to end a pair.
    HowEnd,
    Ended,
    /// There is no such pair.
    NotPaired,
    /// There are several pairs, so the command must name one.
    WhichOne,
    /// The question can no longer be answered.
    Gone,
    Declined,
    AcceptButton,
    DeclineButton,
    /// What the commands do, for the help.
    Help,
    /// What `/pair` does, for the menu.
    Menu,
    /// What is stored, for how long, and who sees it.
    Privacy,
}

impl PairText {
    pub const ALL: [PairText; 19] = [
        PairText::Off,
        PairText::NotFound,
        PairText::Several,
        PairText::Oneself,
        PairText::YouHide,
        PairText::Full,
        PairText::NoPair,
        PairText::How,
        PairText::HowEnd,
        PairText::Ended,
        PairText::NotPaired,
        PairText::WhichOne,
        PairText::Gone,
        PairText::Declined,
        PairText::AcceptButton,
        PairText::DeclineButton,
        PairText::Help,
        PairText::Menu,
        PairText::Privacy,
    ];
}

/// All texts of one language. Names are clean already.
pub trait PairWords {
    fn text(&self, text: PairText) -> String;
    /// The question was sent now.
    fn asked(&self, name: &str) -> String;
    /// The question was sent before, and is not answered yet.
    fn waits(&self, name: &str) -> String;
    /// The two are a pair already.
    fn already(&self, name: &str) -> String;
    /// The bot can't write to the other person.
    fn not_open(&self, name: &str) -> String;
    /// To the other person: who asks, and for what.
    fn question(&self, name: &str) -> String;
    /// To the person who accepts.
    fn accepted(&self, name: &str) -> String;
    /// To the person who asked.
    fn was_accepted(&self, name: &str) -> String;
    /// The shared streak, in days on which both studied.
    fn shared(&self, name: &str, days: u32) -> String;
}

impl Language {
    /// The texts about pairs, in this language.
    pub fn pair_words(self) -> &'static dyn PairWords {
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

    type OfName = fn(&dyn PairWords, &str) -> String;
    const OF_NAMES: [(&str, OfName); 7] = [
        ("asked", |words, name| words.asked(name)),
        ("waits", |words, name| words.waits(name)),
        ("already", |words, name| words.already(name)),
        ("not_open", |words, name| words.not_open(name)),
        ("question", |words, name| words.question(name)),
        ("accepted", |words, name| words.accepted(name)),
        ("was_accepted", |words, name| words.was_accepted(name)),
    ];

    /// All texts, one on each line.
    fn all(language: Language) -> String {
        let words = language.pair_words();
        let mut all: Vec<(String, String)> =
            PairText::ALL.iter().map(|text| (format!("{text:?}"), words.text(*text))).collect();
        all.extend(OF_NAMES.map(|(name, text)| (name.to_owned(), text(words, "Ada"))));
        all.extend([0, 1, 2, 5, 21].map(|days| (format!("shared {days}"), words.shared("Ada", days))));
        all.into_iter().map(|(name, text)| format!("{name}: {text}\n")).collect()
    }

    #[test]
    fn the_texts_about_pairs_in_every_language() {
        for language in Language::ALL {
            insta::assert_snapshot!(format!("pairs_{}", language.code()), all(language));
        }
    }

    /// Every language has the commands as they are typed, and names unchanged.
    #[test]
    fn commands_and_names_are_not_translated() {
        for language in Language::ALL {
            let words = language.pair_words();
            for (text, command) in [
                (PairText::How, "/pair @"),
                (PairText::HowEnd, "/unpair"),
                (PairText::WhichOne, "/unpair @"),
                (PairText::Help, "/pair"),
                (PairText::Privacy, "/pair"),
            ] {
                assert!(words.text(text).contains(command), "{}: {text:?}", language.code());
            }
            for (name, text) in OF_NAMES {
                assert!(text(words, "Ada").contains("Ada"), "{}: {name}", language.code());
            }
            // Telegram's limits: a button on a phone, a command in the menu, and a toast.
            for button in [PairText::AcceptButton, PairText::DeclineButton] {
                assert!(words.text(button).chars().count() <= 32, "{button:?}");
            }
            assert!(words.text(PairText::Menu).chars().count() <= 80);
            let toasts = [words.accepted(&"x".repeat(30)), words.text(PairText::Gone), words.text(PairText::Full)];
            for toast in toasts {
                assert!(toast.chars().count() <= 200, "{toast}");
            }
        }
    }
}
