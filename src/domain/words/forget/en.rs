use super::{ForgetText, ForgetWords};
use crate::domain::words::en::En;

impl ForgetWords for En {
    fn text(&self, text: ForgetText) -> String {
        match text {
            ForgetText::Question => {
                "I can forget you: your name, your goal and your account go from everything I store, in all groups where I \
                 count. Your hours stay under “Somebody”. You have 7 days to take it back. If you want that, write \
                 /forget yes"
            }
            ForgetText::TakenBack => "You are not forgotten.",
            ForgetText::NotAnnounced => "There is nothing to take back. /forget says how I forget you.",
            ForgetText::CountedAgain => "Your time counts again from now on. What I have forgotten does not come back.",
            ForgetText::Watches => "This account watches the call, so I can't forget it.",
            ForgetText::NothingStored => "I store nothing about you.",
            ForgetText::FoldedDays => "Of older days only the total is stored:",
            ForgetText::AllData => "Ask the organiser for everything as files.",
            ForgetText::Privacy => "/export shows what I store of your time; /forget has me forget you.",
        }
        .into()
    }

    fn announced(&self, date: &str) -> String {
        format!("I forget you on {date}. Until then, /restore takes it back.")
    }

    fn stays(&self, stays: usize) -> String {
        match stays {
            1 => "You were in the call once. From, to:".into(),
            _ => format!("You were in the call {stays} times. The newest, from and to:"),
        }
    }
}
