//! Why something has not been sent: a code and a detail, as the store keeps them. [`Words::problem`] has the text.
//!
//! [`Words::problem`]: crate::domain::words::Words::problem

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::PeerId;

/// The kind of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Telegram asks to wait. Detail: seconds.
    FloodWait,
    /// Telegram is still executing an earlier attempt with the same `random_id`.
    Executing,
    /// Telegram answered with an error. Detail: its name.
    Telegram,
    /// The account is signed out. Detail: the name of Telegram's error.
    SignedOut,
    /// The account belongs to another data centre. Detail: the centre's number.
    OtherDataCentre,
    /// A setting is wrong. Detail: which one, and why.
    Settings,
    /// The connection failed. Detail: how.
    Connection,
    /// Telegram did not answer in time. Detail: how many seconds it had.
    NoAnswer,
    /// The row stays with the account that tried it first. Detail: the id of that account.
    OtherAccount,
    /// The message can't be edited any more. Detail: the name of Telegram's error.
    NotEditable,
    /// The message can't be deleted. Detail: the name of Telegram's error.
    NotDeletable,
    /// The picture can't be sent, so the text is sent. Detail: the name of Telegram's error, or why the picture was not
    /// drawn.
    NoPictures,
    /// There is no account with which an alert can be sent.
    NoRoute,
    /// A website answered with an error. Detail: the site, the status and the answer's text.
    Website,
    /// As `Website`, because the secret is wrong.
    WebsiteSecret,
    /// As `Website`, because the address is wrong.
    WebsiteAddress,
    /// As `Website`: it redirects.
    WebsiteRedirect,
    /// A website did not answer. Detail: the site, and why.
    WebsiteSilent,
    /// A website did not answer in time. Detail: the site, and how many milliseconds it had.
    WebsiteTimeout,
    /// Detail: the text that an older version of swf stored.
    Other,
}

/// Each code with its name in the store.
const CODES: [(Code, &str); 20] = [
    (Code::FloodWait, "flood_wait"),
    (Code::Executing, "executing"),
    (Code::Telegram, "telegram"),
    (Code::SignedOut, "signed_out"),
    (Code::OtherDataCentre, "other_data_centre"),
    (Code::Settings, "settings"),
    (Code::Connection, "connection"),
    (Code::NoAnswer, "no_answer"),
    (Code::OtherAccount, "other_account"),
    (Code::NotEditable, "not_editable"),
    (Code::NotDeletable, "not_deletable"),
    (Code::NoPictures, "no_pictures"),
    (Code::NoRoute, "no_route"),
    (Code::Website, "website"),
    (Code::WebsiteSecret, "website_secret"),
    (Code::WebsiteAddress, "website_address"),
    (Code::WebsiteRedirect, "website_redirect"),
    (Code::WebsiteSilent, "website_silent"),
    (Code::WebsiteTimeout, "website_timeout"),
    (Code::Other, "other"),
];

impl Code {
    /// Every code.
    pub fn all() -> impl Iterator<Item = Code> {
        CODES.into_iter().map(|(code, _)| code)
    }

    /// The name in the store; it never changes.
    pub fn name(self) -> &'static str {
        CODES.iter().find(|(code, _)| *code == self).map_or("other", |(_, name)| name)
    }

    /// The code with this name; `Other` if this version does not know it.
    pub fn of_name(name: &str) -> Code {
        CODES.iter().find(|(_, known)| *known == name).map_or(Code::Other, |(code, _)| *code)
    }
}

/// Why an operation is not done yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub code: Code,
    /// The details of the problem; [`Code`] says what each code has.
    pub detail: String,
}

impl Problem {
    pub fn new(code: Code, detail: impl fmt::Display) -> Problem {
        Problem { code, detail: detail.to_string() }
    }

    /// The row stays with `account`.
    pub fn other_account(account: PeerId) -> Problem {
        Problem::new(Code::OtherAccount, account)
    }

    /// Whether the problem lasts until somebody acts: the same request would be refused again.
    pub fn lasts(&self) -> bool {
        self.code == Code::Telegram && LASTING.contains(&self.detail.as_str())
    }
}

/// Telegram's errors that last until somebody acts. Each language says what to do about each of them.
pub const LASTING: [&str; 15] = [
    "CHAT_WRITE_FORBIDDEN",
    "USER_BANNED_IN_CHANNEL",
    "CHAT_ADMIN_REQUIRED",
    "CHAT_RESTRICTED",
    "CHANNEL_PRIVATE",
    "CHANNEL_INVALID",
    "PEER_ID_INVALID",
    "CHAT_SEND_PLAIN_FORBIDDEN",
    "CHAT_GUEST_SEND_FORBIDDEN",
    "TOPIC_CLOSED",
    "TOPIC_DELETED",
    "MSG_ID_INVALID",
    "ALLOW_PAYMENT_REQUIRED",
    "ACCESS_TOKEN_INVALID",
    "ACCESS_TOKEN_EXPIRED",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_by_its_name() {
        for (code, name) in CODES {
            assert_eq!((code.name(), Code::of_name(name)), (name, code));
        }
        assert_eq!(Code::of_name("of a newer version"), Code::Other);
    }

    #[test]
    fn only_some_errors_of_telegram_last() {
        let lasts = |code, detail: &str| Problem::new(code, detail).lasts();
        assert!(LASTING.into_iter().all(|name| lasts(Code::Telegram, name)));
        assert!(!lasts(Code::Telegram, "INTERNAL") && !lasts(Code::SignedOut, "CHANNEL_PRIVATE"));
    }
}
