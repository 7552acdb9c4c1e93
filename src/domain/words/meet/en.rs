use super::{MeetText, MeetWords, NamedSlot};
use crate::domain::meet::Kept;
use crate::domain::words::en::En;

impl MeetWords for En {
    fn text(&self, text: MeetText) -> String {
        match text {
            MeetText::Off => "This group has no appointments.",
            MeetText::HowOut => "/out takes it back.",
            MeetText::Out => "Taken back. Another time!",
            MeetText::NotIn => "There is no appointment to take back.",
            MeetText::TooLate => "That hour has begun. Just come!",
            MeetText::ComingButton => "I'm coming",
            MeetText::NotComingButton => "Not today",
            MeetText::Coming => "Good. See you there!",
            MeetText::NotComing => "All right. Another time!",
            MeetText::Help => "/in 19:00 — say that you come at that hour; /out takes it back",
            MeetText::MenuIn => "say that you come to an hour together",
            MeetText::MenuOut => "take that back",
            MeetText::Privacy => {
                "If you say with /in or a button that you come, I store that for 60 days, and may remind you. The group sees only how many \
                 came, never who."
            }
        }
        .into()
    }

    fn slot(&self, slot: NamedSlot) -> String {
        let NamedSlot { is_tomorrow, time } = slot;
        format!("{} {time}", if is_tomorrow { "tomorrow" } else { "today" })
    }

    fn button(&self, slot: NamedSlot) -> String {
        let NamedSlot { is_tomorrow, time } = slot;
        format!("{} {time}, I'm in", if is_tomorrow { "Tomorrow" } else { "Today" })
    }

    fn invitation(&self, slots: &str, first: &str) -> String {
        format!("📅 The next hours together: {slots}. Do you come? Write /in {first} to the bot.")
    }

    fn kept(&self, is_day_before: bool, time: &str, kept: Kept) -> String {
        let day = if is_day_before { "the day before, " } else { "" };
        format!("📅 {day}{time}: {} of {} came", kept.came, kept.of)
    }

    fn is_in(&self, slot: &str, people: usize) -> String {
        match people {
            1 => format!("You are in: {slot}. You are the first."),
            _ => format!("You are in: {slot}, {people} in all."),
        }
    }

    fn reminder(&self, time: &str, minutes: i64) -> String {
        format!("⏰ {time}: we begin in {minutes} minutes. You said that you come.")
    }

    fn own(&self, slots: &str) -> String {
        format!("You are in: {slots}.")
    }

    fn which(&self, slots: &str, first: &str) -> String {
        format!("The hours are {slots}. Say one of them: /in {first}")
    }
}
