use super::{RightsText, RightsWords};
use crate::domain::words::en::En;

impl RightsWords for En {
    fn text(&self, text: RightsText) -> String {
        match text {
            RightsText::Hidden => {
                "From now on the group sees “Somebody” instead of your name. Your rank and time stay. /show takes it back."
            }
            RightsText::Shown => "The group sees your name again.",
            RightsText::Left => {
                "From now on I store nothing about you. What I stored before stays. /return counts you again."
            }
            RightsText::Returned => "Your time counts again from now on.",
            RightsText::Agreed => "Thank you. Your time is stored from now on. /leave takes it back.",
            RightsText::NotAgreed => {
                "I store nothing about you: this group counts only those who have agreed. If you agree, write /agree"
            }
            RightsText::HasLeft => "You have left, and I store nothing about you. /return counts you again.",
            RightsText::NoPenName => "You have no pen name.",
            RightsText::PenNameHow => {
                "After /name comes what the group is to see instead of your name, or off. Example: /name Falcon"
            }
            RightsText::PenNameLength => "A pen name has 1 to 32 characters. Example: /name Falcon",
            RightsText::PenNameTaken => "Somebody else in the group has that name. Choose another one.",
            RightsText::PenNameReserved => "Those who hide are called that. Choose another name.",
            RightsText::PrivacyHide => {
                "/hide shows you as “Somebody” everywhere; /name shows you under a name of your own choice."
            }
            RightsText::PrivacyLeave => "/leave ends it: from then on I store nothing about you.",
            RightsText::PrivacyConsent => {
                "I store nothing about anybody who has not agreed. /agree says that you do; /leave takes it back."
            }
            RightsText::PrivacyPagesOfMembers => "Members of the group can read the boards on web pages, too.",
            RightsText::PrivacyPagesOfAll => "The boards are also on web pages that everybody can read.",
            RightsText::PrivacySigns => {
                "I store when you did something in the call (mute, hand, camera, screen, speech, my \
                 buttons): the time alone, for 35 days, never a word or a picture. I may ask whether you are still there, and \
                 store when I did."
            }
        }
        .into()
    }

    fn pen_name(&self, name: &str) -> String {
        format!("The group sees you as {name}.")
    }

    fn uncounted(&self, people: usize) -> String {
        match people {
            1 => "1 more in the call is not counted.".into(),
            _ => format!("{people} more in the call are not counted."),
        }
    }
}
