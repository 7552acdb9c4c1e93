//! Answers for tests.

use crate::domain::chat::{Answer, ButtonAction};
use crate::domain::post::testing::shown;

/// The whole answer as a snapshot: the message, and a line for each row of buttons.
pub fn answer(answer: &Answer) -> String {
    let row = |row: &Vec<crate::domain::chat::Button>| {
        let button = |button: &crate::domain::chat::Button| match &button.action {
            ButtonAction::Press(data) => format!("[{}]({data})", button.label),
            ButtonAction::Url(url) => format!("[{}]<{url}>", button.label),
        };
        format!("\n{}", row.iter().map(button).collect::<Vec<_>>().join(" "))
    };
    shown(&answer.message) + "\n---" + &answer.buttons.0.iter().map(row).collect::<String>()
}
