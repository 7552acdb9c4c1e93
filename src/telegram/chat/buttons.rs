//! Buttons below a message, in Telegram's form.

use grammers_client::tl;

use crate::domain::chat::{Button, ButtonAction, Buttons};

/// `None` without a button: an edit then removes the buttons.
pub(in crate::telegram) fn markup(buttons: Option<&Buttons>) -> Option<tl::enums::ReplyMarkup> {
    let buttons = buttons.filter(|buttons| !buttons.is_empty())?;
    let rows = buttons.0.iter().filter(|row| !row.is_empty()).map(|row| {
        let buttons = row.iter().map(button).collect();
        tl::types::KeyboardInlineButtonRow { buttons }.into()
    });
    Some(tl::types::ReplyInlineMarkup { force_reply: false, rows: rows.collect() }.into())
}

fn button(button: &Button) -> tl::enums::KeyboardInlineButton {
    let kind = match &button.action {
        ButtonAction::Press(data) => {
            let data = data.clone().into_bytes();
            tl::types::InlineButtonTypeCallback { requires_password: false, data }.into()
        }
        ButtonAction::Url(url) => tl::types::InlineButtonTypeUrl { url: url.clone() }.into(),
    };
    tl::types::KeyboardInlineButton { style: None, text: button.label.clone(), r#type: kind }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_buttons_are_left_out() {
        let press = Button { label: "week".into(), action: ButtonAction::Press("top;1".into()) };
        let url = Button::url("open", "https://t.me/study_bot");
        let written = |rows: &[&[&Button]]| {
            let rows = rows.iter().map(|row| row.iter().map(|button| (*button).clone()).collect());
            markup(Some(&Buttons(rows.collect())))
        };
        assert_eq!(markup(None), None);
        assert_eq!(written(&[]), None);
        assert_eq!(written(&[&[]]), None);
        let Some(tl::enums::ReplyMarkup::ReplyInlineMarkup(found)) = written(&[&[], &[&press, &url]]) else {
            panic!("no buttons")
        };
        let [tl::enums::KeyboardInlineButtonRow::Row(row)] = &found.rows[..] else { panic!("{:?}", found.rows) };
        let kinds: Vec<_> =
            row.buttons.iter().map(|tl::enums::KeyboardInlineButton::Button(one)| &one.r#type).collect();
        let data = b"top;1".to_vec();
        let callback = tl::types::InlineButtonTypeCallback { requires_password: false, data }.into();
        let link = tl::types::InlineButtonTypeUrl { url: "https://t.me/study_bot".into() }.into();
        assert_eq!(kinds, [&callback, &link]);
    }
}
