//! The texts about appointments (rules §10): in posts, on buttons and in the chat.

mod en;
mod ru;
mod uz;

use super::{Language, en as posts_en, ru as posts_ru, uz as posts_uz};
use crate::domain::meet::Kept;

/// A text without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeetText {
    /// The group has no appointments.
    Off,
    /// How to cancel an appointment.
    HowOut,
    /// The person has cancelled. The text does not blame them.
    Out,
    /// There was no appointment to cancel.
    NotIn,
    /// The slot of a button has begun.
    TooLate,
    /// The buttons below a reminder, and the texts that replace them after a press.
    ComingButton,
    NotComingButton,
    Coming,
    NotComing,
    /// What `/in` and `/out` do, for the help.
    Help,
    /// What each of them does, for the bot's menu.
    MenuIn,
    MenuOut,
    /// What is stored, for how long, and what the group sees.
    Privacy,
}

impl MeetText {
    pub const ALL: [MeetText; 13] = [
        MeetText::Off,
        MeetText::HowOut,
        MeetText::Out,
        MeetText::NotIn,
        MeetText::TooLate,
        MeetText::ComingButton,
        MeetText::NotComingButton,
        MeetText::Coming,
        MeetText::NotComing,
        MeetText::Help,
        MeetText::MenuIn,
        MeetText::MenuOut,
        MeetText::Privacy,
    ];
}

/// A slot as a text names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedSlot<'a> {
    /// The slot's date by the clock is not today's date.
    pub is_tomorrow: bool,
    /// `19:00`
    pub time: &'a str,
}

/// All texts of one language.
pub trait MeetWords {
    fn text(&self, text: MeetText) -> String;
    /// Today or tomorrow at that time.
    fn slot(&self, slot: NamedSlot) -> String;
    /// The button with which a person says that they mean to come.
    fn button(&self, slot: NamedSlot) -> String;
    /// In a post without buttons: the next day's slots, and the command with which to say that one means to come.
    fn invitation(&self, slots: &str, first: &str) -> String;
    /// How many of the people who meant to come to a slot came. The slot is one of the post's day, or of the day before
    /// it (`is_day_before`).
    fn kept(&self, is_day_before: bool, time: &str, kept: Kept) -> String;
    /// The person means to come. `people`: how many mean to come in all.
    fn is_in(&self, slot: &str, people: usize) -> String;
    /// The slot begins in so many minutes.
    fn reminder(&self, time: &str, minutes: i64) -> String;
    /// All slots to which the person means to come.
    fn own(&self, slots: &str) -> String;
    /// Which slots there are, and how to name one in a command.
    fn which(&self, slots: &str, first: &str) -> String;
}

impl Language {
    /// The texts about appointments, in this language.
    pub fn meet_words(self) -> &'static dyn MeetWords {
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
        let words = language.meet_words();
        let mut all: Vec<(String, String)> =
            MeetText::ALL.iter().map(|text| (format!("{text:?}"), words.text(*text))).collect();
        for is_tomorrow in [false, true] {
            let slot = NamedSlot { is_tomorrow, time: "19:00" };
            all.push(("slot".into(), words.slot(slot)));
            all.push(("button".into(), words.button(slot)));
            all.push(("kept".into(), words.kept(is_tomorrow, "19:00", Kept { came: 6, of: 7 })));
        }
        all.push(("invitation".into(), words.invitation("19:00, 21:00", "19:00")));
        let slot = words.slot(NamedSlot { is_tomorrow: true, time: "19:00" });
        all.extend([1, 2, 5, 21].map(|people| (format!("is_in {people}"), words.is_in(&slot, people))));
        all.push(("reminder".into(), words.reminder("19:00", 10)));
        all.push(("own".into(), words.own(&slot)));
        all.push(("which".into(), words.which("19:00, 21:00", "19:00")));
        all.into_iter().map(|(name, text)| format!("{name}: {text}\n")).collect()
    }

    #[test]
    fn the_texts_about_appointments_in_every_language() {
        for language in Language::ALL {
            insta::assert_snapshot!(format!("meet_{}", language.code()), all(language));
        }
    }

    /// Every language has the commands as they are typed.
    #[test]
    fn commands_are_not_translated() {
        for language in Language::ALL {
            let words = language.meet_words();
            let slot = NamedSlot { is_tomorrow: true, time: "19:00" };
            for (text, command) in [
                (words.text(MeetText::HowOut), "/out"),
                (words.text(MeetText::Help), "/in"),
                (words.text(MeetText::Privacy), "/in"),
                (words.invitation("19:00, 21:00", "19:00"), "/in 19:00"),
                (words.which("19:00, 21:00", "19:00"), "/in 19:00"),
            ] {
                assert!(text.contains(command), "{}: {text}", language.code());
            }
            // Telegram's limits: a toast has 200 characters, and a button on a phone few.
            let toast = [words.is_in(&words.slot(slot), 100), words.text(MeetText::HowOut)].join(" ");
            assert!(toast.chars().count() <= 200, "{toast}");
            assert!(words.button(slot).chars().count() <= 32, "{}", words.button(slot));
        }
    }
}
