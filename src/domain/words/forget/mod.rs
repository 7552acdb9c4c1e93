//! The texts about forgetting and getting one's own data (rules §8): answers in private.

mod en;
mod ru;
mod uz;

use super::{Language, en as posts_en, ru as posts_ru, uz as posts_uz};

/// A text without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgetText {
    /// What forgetting means, and how to confirm it.
    Question,
    /// Forgetting was cancelled in time.
    TakenBack,
    /// There is nothing to cancel.
    NotAnnounced,
    /// The person was forgotten, and is counted again from now on.
    CountedAgain,
    /// The account watches the call, so it can't be forgotten.
    Watches,
    /// Nothing is stored about the person.
    NothingStored,
    /// How to get all data as files.
    AllData,
    /// The line above the totals of folded days.
    FoldedDays,
    /// For `/privacy`: how to see what is stored, and how to be forgotten.
    Privacy,
}

impl ForgetText {
    pub const ALL: [ForgetText; 9] = [
        ForgetText::Question,
        ForgetText::TakenBack,
        ForgetText::NotAnnounced,
        ForgetText::CountedAgain,
        ForgetText::Watches,
        ForgetText::NothingStored,
        ForgetText::AllData,
        ForgetText::FoldedDays,
        ForgetText::Privacy,
    ];
}

/// All texts of one language.
pub trait ForgetWords {
    fn text(&self, text: ForgetText) -> String;
    /// The person will be forgotten on `date`, such as `2026-12-06`, and how to cancel that.
    fn announced(&self, date: &str) -> String;
    /// So many stays are stored; the list of the newest stays follows.
    fn stays(&self, stays: usize) -> String;
}

impl Language {
    /// The texts about forgetting, in this language.
    pub fn forget_words(self) -> &'static dyn ForgetWords {
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

    /// Every language has the commands as they are typed, and no text is missing.
    #[test]
    fn commands_are_not_translated_and_every_text_differs() {
        for language in Language::ALL {
            let words = language.forget_words();
            let texts: std::collections::BTreeSet<String> = ForgetText::ALL.map(|text| words.text(text)).into();
            assert_eq!(texts.len(), ForgetText::ALL.len(), "{}", language.code());
            for (text, parts) in [
                (words.text(ForgetText::Question), ["/forget yes", "7"]),
                (words.announced("2026-12-06"), ["/restore", "2026-12-06"]),
                (words.text(ForgetText::NotAnnounced), ["/forget", ""]),
                (words.stays(21), ["21", ""]),
            ] {
                assert!(parts.iter().all(|part| text.contains(part)), "{}: {text}", language.code());
            }
        }
    }
}
