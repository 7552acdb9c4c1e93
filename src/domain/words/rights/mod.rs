//! The texts about the decisions of people about themselves (rules §7): answers in the chat, and parts of the answer to
//! `/privacy`.

mod en;
mod ru;
mod uz;

use super::{Language, en as posts_en, ru as posts_ru, uz as posts_uz};

/// A text without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RightsText {
    /// Others see "Somebody" from now on, and how to undo that.
    Hidden,
    /// Others see the name again.
    Shown,
    /// Nothing is stored from now on, what was stored stays, and how to come back.
    Left,
    /// Time counts again from now on.
    Returned,
    /// Time is stored from now on, and how to revoke the agreement.
    Agreed,
    /// Nothing is stored, and how to agree.
    NotAgreed,
    /// The person has left, and so can't make this decision.
    HasLeft,
    /// There is no pen name.
    NoPenName,
    /// How to set a pen name.
    PenNameHow,
    /// Why a pen name is refused.
    PenNameLength,
    PenNameTaken,
    PenNameReserved,
    /// For `/privacy`: how to hide, how to leave, and that only people who have agreed are counted.
    PrivacyHide,
    PrivacyLeave,
    PrivacyConsent,
    /// For `/privacy`: members can read the boards on web pages, or everybody can.
    PrivacyPagesOfMembers,
    PrivacyPagesOfAll,
    /// For `/privacy`: signs of life are stored.
    PrivacySigns,
}

impl RightsText {
    pub const ALL: [RightsText; 18] = [
        RightsText::Hidden,
        RightsText::Shown,
        RightsText::Left,
        RightsText::Returned,
        RightsText::Agreed,
        RightsText::NotAgreed,
        RightsText::HasLeft,
        RightsText::NoPenName,
        RightsText::PenNameHow,
        RightsText::PenNameLength,
        RightsText::PenNameTaken,
        RightsText::PenNameReserved,
        RightsText::PrivacyHide,
        RightsText::PrivacyLeave,
        RightsText::PrivacyConsent,
        RightsText::PrivacyPagesOfMembers,
        RightsText::PrivacyPagesOfAll,
        RightsText::PrivacySigns,
    ];
}

/// All texts of one language. Names are clean already.
pub trait RightsWords {
    fn text(&self, text: RightsText) -> String;
    /// Others see this pen name.
    fn pen_name(&self, name: &str) -> String;
    /// So many other people are in the call who are not counted.
    fn uncounted(&self, people: usize) -> String;
}

impl Language {
    /// The texts about what people decide, in this language.
    pub fn rights_words(self) -> &'static dyn RightsWords {
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

    /// All texts, one on each line.
    fn all(language: Language) -> String {
        let words = language.rights_words();
        let texts = RightsText::ALL.map(|text| (format!("{text:?}"), words.text(text)));
        let counts = [1, 2, 5, 21].map(|people| (format!("uncounted {people}"), words.uncounted(people)));
        let name = [("pen_name".to_owned(), words.pen_name("Falcon"))];
        texts.into_iter().chain(name).chain(counts).map(|(name, text)| format!("{name}: {text}\n")).collect()
    }

    #[test]
    fn the_texts_about_rights_in_every_language() {
        for language in Language::ALL {
            insta::assert_snapshot!(format!("rights_{}", language.code()), all(language));
        }
    }

    /// Every language has the commands as they are typed.
    #[test]
    fn commands_are_not_translated() {
        for language in Language::ALL {
            let text = |text| language.rights_words().text(text);
            for (text, command) in [
                (text(RightsText::Hidden), "/show"),
                (text(RightsText::Left), "/return"),
                (text(RightsText::NotAgreed), "/agree"),
                (text(RightsText::Agreed), "/leave"),
                (text(RightsText::PenNameHow), "/name Falcon"),
                (text(RightsText::PrivacyHide), "/hide"),
            ] {
                assert!(text.contains(command), "{}: {text}", language.code());
            }
        }
    }
}
