//! Answers about people's decisions about themselves (rules §7).

use super::notes::lines;
use crate::domain::chat::Answer;
use crate::domain::post::message::isolated_name;
use crate::domain::rights::{Audience, PenNameFault};
use crate::domain::visibility::Visibility;
use crate::domain::words::Language;
use crate::domain::words::forget::ForgetText;
use crate::domain::words::rights::{RightsText, RightsWords};

/// One or several texts, each on a line of its own.
pub fn texts<const N: usize>(words: &dyn RightsWords, texts: [RightsText; N]) -> Answer {
    lines(texts.map(|text| words.text(text)))
}

/// The asker's pen name, and how to change it.
pub fn pen_name(words: &dyn RightsWords, name: Option<&str>) -> Answer {
    let first = name.map_or_else(|| words.text(RightsText::NoPenName), |name| words.pen_name(&isolated_name(name)));
    lines([first, words.text(RightsText::PenNameHow)])
}

/// The new pen name; `None`: the pen name was removed.
pub fn pen_name_set(words: &dyn RightsWords, name: Option<&str>) -> Answer {
    let text = name.map_or_else(|| words.text(RightsText::Shown), |name| words.pen_name(&isolated_name(name)));
    lines([text])
}

pub fn pen_name_refused(words: &dyn RightsWords, fault: PenNameFault) -> Answer {
    let text = match fault {
        PenNameFault::Length => RightsText::PenNameLength,
        PenNameFault::Taken => RightsText::PenNameTaken,
        PenNameFault::Reserved => RightsText::PenNameReserved,
    };
    texts(words, [text])
}

/// The lines about people's rights for `/privacy`. `pages`: who can read the boards on web pages. `signs`: whether
/// signs of life are stored.
pub fn privacy(language: Language, audience: Audience, pages: Visibility, signs: bool) -> Vec<String> {
    let about = match audience {
        Audience::Everyone => [RightsText::PrivacyHide, RightsText::PrivacyLeave],
        Audience::Consent => [RightsText::PrivacyConsent, RightsText::PrivacyHide],
    };
    let pages = match pages {
        Visibility::Off => None,
        Visibility::Private => Some(RightsText::PrivacyPagesOfMembers),
        Visibility::Public => Some(RightsText::PrivacyPagesOfAll),
    };
    let forget = language.forget_words().text(ForgetText::Privacy);
    let words = language.rights_words();
    let rights = about.map(|text| words.text(text)).into_iter();
    let signs = signs.then_some(RightsText::PrivacySigns);
    rights.chain([forget]).chain(pages.into_iter().chain(signs).map(|text| words.text(text))).collect()
}
