//! The texts about a group's rhythm (rules §9): the title of the call, and the rounds in the chat.

mod en;
mod ru;
mod uz;

use super::{Language, en as posts_en, ru as posts_ru, uz as posts_uz};
use crate::domain::accounting::rounds::Rounds;
use crate::domain::rhythm::PhaseKind;

/// All texts of one language.
pub trait RhythmWords {
    /// The title of the call in a phase, which ends at the local time `until`. At most 64 characters.
    fn phase(&self, kind: PhaseKind, until: &str) -> String;
    /// A person's completed rounds.
    fn rounds(&self, rounds: Rounds) -> String;
}

impl Language {
    /// The texts about a group's rhythm, in this language.
    pub fn rhythm_words(self) -> &'static dyn RhythmWords {
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
        let words = language.rhythm_words();
        let phases = [PhaseKind::Focus, PhaseKind::Break].map(|kind| ("phase", words.phase(kind, "19:50")));
        let rounds =
            [(0, 0), (1, 1), (2, 5), (5, 21)].map(|(today, week)| ("rounds", words.rounds(Rounds { today, week })));
        let texts = phases.into_iter().chain(rounds);
        texts.map(|(name, text)| format!("{name}: {text}\n")).collect()
    }

    #[test]
    fn the_texts_about_the_rhythm_in_every_language() {
        for language in Language::ALL {
            insta::assert_snapshot!(format!("rhythm_{}", language.code()), all(language));
        }
    }

    #[test]
    fn a_phase_is_short_enough_for_a_title_and_names_its_end() {
        for language in Language::ALL {
            let [focus, rest] =
                [PhaseKind::Focus, PhaseKind::Break].map(|kind| language.rhythm_words().phase(kind, "02:30+02:00"));
            assert_ne!(focus, rest);
            for text in [focus, rest] {
                assert!(text.contains("02:30+02:00") && text.chars().count() <= 64, "{text}");
            }
        }
    }
}
