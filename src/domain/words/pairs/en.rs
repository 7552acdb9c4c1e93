use super::{PairText, PairWords};
use crate::domain::text::count;
use crate::domain::words::en::En;

impl PairWords for En {
    fn text(&self, text: PairText) -> String {
        match text {
            PairText::Off => "This group has no pairs.",
            PairText::NotFound => {
                "I know nobody here by that name whom I could ask. Whoever hides or has left can't be asked."
            }
            PairText::Several => "That name fits several people. Write the @username, or the whole name.",
            PairText::Oneself => "That is you. A pair takes two!",
            PairText::YouHide => "You hide, so nobody could read who asks. /show shows your name again.",
            PairText::Full => "One of you two has no place for another pair. Five is the most.",
            PairText::NoPair => "You have no pair.",
            PairText::How => "/pair @name asks somebody.",
            PairText::HowEnd => "/unpair @name ends a pair.",
            PairText::Ended => "Ended. Nobody is told.",
            PairText::NotPaired => "You have no pair with that name.",
            PairText::WhichOne => "You have several pairs. Say with whom it ends: /unpair @name",
            PairText::Gone => "That question has ended. /pair asks anew.",
            PairText::Declined => "All right. Nobody is told.",
            PairText::AcceptButton => "Yes, together",
            PairText::DeclineButton => "No, thanks",
            PairText::Help => "/pair @name — share a streak with somebody; /unpair ends it",
            PairText::Menu => "Share a streak with somebody",
            PairText::Privacy => {
                "If you ask somebody with /pair, I store that, and whether they accept. Both of you see your shared streak, \
                 nobody else does, and neither sees more of the other. A question ends after 7 days; /unpair, /hide and \
                 /leave end a pair."
            }
        }
        .into()
    }

    fn asked(&self, name: &str) -> String {
        format!("I have asked {name}. The question ends in 7 days.")
    }

    fn waits(&self, name: &str) -> String {
        format!("{name} has not answered yet.")
    }

    fn already(&self, name: &str) -> String {
        format!("You and {name} are a pair already.")
    }

    fn not_open(&self, name: &str) -> String {
        format!("I can't write to {name} yet: they have to open a private chat with me first.")
    }

    fn question(&self, name: &str) -> String {
        format!(
            "🤝 {name} would like to share a streak with you: the days on which both of you study. Only you two would see \
             it, and nothing more of each other. The question ends in 7 days."
        )
    }

    fn accepted(&self, name: &str) -> String {
        format!("🤝 You and {name} share a streak from today on. /pair shows it, and /unpair ends it.")
    }

    fn was_accepted(&self, name: &str) -> String {
        format!("🤝 {name} said yes: you share a streak from today on. /pair shows it.")
    }

    fn shared(&self, name: &str, days: u32) -> String {
        format!("🤝 {name}: {} together", count(days, "day", "days"))
    }
}
