//! Why something has not been sent: a code and a detail, as the store keeps them, and the words for both.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::PeerId;

/// What kind of problem it is.
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
    /// The account lives in another data centre. Detail: its number.
    OtherDataCentre,
    /// A setting is wrong. Detail: which one, and why.
    Settings,
    /// The connection failed. Detail: how.
    Connection,
    /// Telegram did not answer in time. Detail: how many seconds it had.
    NoAnswer,
    /// The row stays with another account, which tried it first. Detail: its id.
    OtherAccount,
    /// The message can't be edited any more. Detail: the name of Telegram's error.
    NotEditable,
    /// There is no account that an alert can be sent with.
    NoRoute,
    /// A website answered with an error. Detail: the site, the status, and what it said.
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

/// Each code with the word that the store keeps.
const CODES: [(Code, &str); 18] = [
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
    /// The word that the store keeps.
    pub fn word(self) -> &'static str {
        CODES.iter().find(|(code, _)| *code == self).map_or("other", |(_, word)| word)
    }

    /// A word that this version does not know is `Other`.
    pub fn of_word(word: &str) -> Code {
        CODES.iter().find(|(_, known)| *known == word).map_or(Code::Other, |(code, _)| *code)
    }
}

/// Why an operation is not done yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub code: Code,
    /// What the code does not say; see [`Code`].
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

    /// Whether it lasts until somebody acts: repeating the same request would be refused again.
    pub fn lasts(&self) -> bool {
        self.code == Code::Telegram && remedy(&self.detail).is_some()
    }
}

/// Refusals of Telegram that last until somebody acts, and what to do.
const REFUSALS: [(&str, &str); 13] = [
    ("CHAT_WRITE_FORBIDDEN", "the account may not write in the group; give it the right to"),
    ("USER_BANNED_IN_CHANNEL", "the account is restricted from writing in groups; ask @SpamBot why"),
    ("CHAT_ADMIN_REQUIRED", "only admins may write in the group; make the account one"),
    ("CHAT_RESTRICTED", "the group is restricted; nobody can write there"),
    ("CHANNEL_PRIVATE", "the account is not in the group any more; let it join again"),
    ("CHANNEL_INVALID", "the account can't see the group; let it join"),
    ("PEER_ID_INVALID", "the account can't see the group; let it join"),
    ("CHAT_SEND_PLAIN_FORBIDDEN", "text messages are not allowed in the group; allow them"),
    ("CHAT_GUEST_SEND_FORBIDDEN", "only members may write in the group; let the account join"),
    ("TOPIC_CLOSED", "the group's General topic is closed; open it, or make the account an admin"),
    ("ALLOW_PAYMENT_REQUIRED", "messages cost Stars in the group; make the account an admin"),
    ("ACCESS_TOKEN_INVALID", "TELEGRAM_BOT_TOKEN is not valid; ask @BotFather for the right one"),
    ("ACCESS_TOKEN_EXPIRED", "TELEGRAM_BOT_TOKEN has been revoked; ask @BotFather for the new one"),
];

fn remedy(name: &str) -> Option<&'static str> {
    REFUSALS.iter().find(|(refusal, _)| *refusal == name).map(|(_, remedy)| *remedy)
}

/// The problem in English.
pub fn words(problem: &Problem) -> String {
    let detail = problem.detail.as_str();
    let (site, rest) = detail.split_once(' ').unwrap_or((detail, ""));
    match problem.code {
        Code::FloodWait => format!("Telegram asks to wait {detail} s"),
        Code::Executing => "the first try is still being executed".into(),
        Code::Telegram => match remedy(detail) {
            Some(remedy) => format!("{remedy} ({detail})"),
            None => format!("Telegram answered {detail}"),
        },
        Code::SignedOut => format!("the account is signed out ({detail})"),
        Code::OtherDataCentre => format!("the account lives in data centre {detail}"),
        Code::Settings | Code::Connection | Code::Other => detail.to_owned(),
        Code::NoAnswer => format!("no answer within {detail} s"),
        Code::OtherAccount => format!("it was first tried by account {detail}, and stays with it"),
        Code::NotEditable => format!("it can't be edited any more ({detail})"),
        Code::NoRoute => "there is neither a login nor a bot".into(),
        Code::Website | Code::WebsiteSecret | Code::WebsiteAddress | Code::WebsiteRedirect => {
            format!("{site} answered {rest}")
        }
        Code::WebsiteSilent => format!("no answer from {site}: {rest}"),
        Code::WebsiteTimeout => format!("no answer from {site} within {rest} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_word_of_its_own_and_comes_back_by_it() {
        for (code, word) in CODES {
            assert_eq!((code.word(), Code::of_word(word)), (word, code));
        }
        assert_eq!(Code::of_word("of a newer version"), Code::Other);
    }

    #[test]
    fn only_refusals_that_somebody_can_lift_last() {
        for (name, remedy) in REFUSALS {
            let problem = Problem::new(Code::Telegram, name);
            assert!(problem.lasts() && words(&problem) == format!("{remedy} ({name})"), "{name}");
        }
        let passing = Problem::new(Code::Telegram, "INTERNAL");
        assert_eq!((passing.lasts(), words(&passing).as_str()), (false, "Telegram answered INTERNAL"));
        assert!(!Problem::new(Code::SignedOut, "CHANNEL_PRIVATE").lasts());
    }

    #[test]
    fn a_websites_problem_names_the_site() {
        let site = "https://site.example";
        let words = |code, rest: &str| words(&Problem::new(code, format!("{site} {rest}")));
        assert_eq!(words(Code::Website, "400 Bad Request: no"), "https://site.example answered 400 Bad Request: no");
        assert_eq!(words(Code::WebsiteSilent, "dns error"), "no answer from https://site.example: dns error");
        assert_eq!(words(Code::WebsiteTimeout, "1500"), "no answer from https://site.example within 1500 ms");
    }
}
