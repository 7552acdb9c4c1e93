//! Accounts, and the people behind them.

use super::PeerId;

/// Somebody as Telegram shows them. All texts are theirs and untrusted; see [`super::text`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub peer: PeerId,
    pub username: Option<String>,
    /// First and last name, or a channel's title; empty for a deleted account.
    pub name: String,
    pub bot: bool,
    pub deleted: bool,
}

impl Profile {
    /// Somebody of whom only the id is known.
    pub fn unknown(peer: PeerId) -> Profile {
        Profile { peer, username: None, name: String::new(), bot: false, deleted: false }
    }
}

/// A profile with what Telegram wants to hear when it is asked about that account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub profile: Profile,
    /// `None` if it came without one of use.
    pub access_hash: Option<i64>,
}
