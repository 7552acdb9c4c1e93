//! Accounts, and the people behind them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::PeerId;
use crate::domain::text::display_name;

/// Somebody as Telegram shows them. All texts are theirs and untrusted; see [`super::text`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    pub profile: Profile,
    /// `None` if it came without one of use.
    pub access_hash: Option<i64>,
}

/// Whom `text` means: an id, @username, or a name; a whole name before a part of one. Several where it is ambiguous.
pub fn matching<'a>(profiles: impl IntoIterator<Item = &'a Profile>, text: &str) -> Vec<&'a Profile> {
    let text = text.trim();
    let wanted = text.trim_start_matches('@').to_lowercase();
    let profiles: Vec<&Profile> = profiles.into_iter().collect();
    let pick = |fits: &dyn Fn(&Profile) -> bool| -> Vec<&'a Profile> {
        profiles.iter().copied().filter(|profile| fits(profile)).collect()
    };
    let by_id = text.parse().map_or_else(|_| Vec::new(), |id| pick(&|profile| profile.peer == PeerId(id)));
    let username = |profile: &Profile| profile.username.as_ref().is_some_and(|name| name.to_lowercase() == wanted);
    let name = |profile: &Profile| display_name(profile).to_lowercase();
    let mut found = by_id;
    for fits in [&username as &dyn Fn(&Profile) -> bool, &|profile| name(profile) == wanted, &|profile| {
        name(profile).contains(&wanted)
    }] {
        // A name never stands behind an @.
        if found.is_empty() && !wanted.is_empty() {
            found = pick(fits);
        }
        if text.starts_with('@') {
            break;
        }
    }
    found
}

/// Which accounts are one person (DESIGN §2.6). Kept by id, so it holds for all history and can be undone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases(BTreeMap<PeerId, PeerId>);

impl Aliases {
    /// From pairs of a canonical account and an alias of it. An alias of an alias belongs to the first account of the
    /// chain; what would close a circle is left out.
    pub fn new(pairs: impl IntoIterator<Item = (PeerId, PeerId)>) -> Aliases {
        let mut aliases = Aliases::default();
        for (canonical, alias) in pairs {
            let root = aliases.person(canonical);
            if root != alias && !aliases.0.contains_key(&alias) {
                aliases.0.values_mut().filter(|person| **person == alias).for_each(|person| *person = root);
                aliases.0.insert(alias, root);
            }
        }
        aliases
    }

    /// The account that stands for the person behind `peer`.
    pub fn person(&self, peer: PeerId) -> PeerId {
        self.0.get(&peer).copied().unwrap_or(peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_found_by_id_username_or_name() {
        let profile = |id, username: &str, name: &str| Profile {
            username: Some(username.into()),
            name: name.into(),
            ..Profile::unknown(PeerId(id))
        };
        let all = [profile(1, "ada", "Ada Lovelace"), profile(2, "bob", "Ada"), profile(3, "adam", "Адам")];
        let found = |text: &str| matching(&all, text).into_iter().map(|profile| profile.peer.0).collect::<Vec<_>>();
        assert_eq!(found("3"), [3]);
        assert_eq!(found("@ADA"), [1]);
        assert_eq!(found("ada"), [1]);
        assert_eq!(found("Ada Lovelace"), [1]);
        assert_eq!(found("love"), [1]);
        assert_eq!(found("адам"), [3]);
        assert_eq!(found("a"), [1, 2]);
        assert_eq!(found("@Ada Lovelace"), [0; 0]);
        assert_eq!(found(""), [0; 0]);
    }

    #[test]
    fn chains_lead_to_their_first_account_and_circles_nowhere() {
        let pairs = |pairs: &[(i64, i64)]| Aliases::new(pairs.iter().map(|&(a, b)| (PeerId(a), PeerId(b))));
        for order in [[(1, 2), (2, 3)], [(2, 3), (1, 2)]] {
            let aliases = pairs(&order);
            assert_eq!([1, 2, 3, 4].map(|peer| aliases.person(PeerId(peer)).0), [1, 1, 1, 4]);
        }
        let circle = pairs(&[(1, 2), (2, 3), (3, 1)]);
        assert_eq!([1, 2, 3].map(|peer| circle.person(PeerId(peer)).0), [1, 1, 1]);
        // The first word on an account holds.
        assert_eq!(pairs(&[(1, 2), (3, 2)]).person(PeerId(2)), PeerId(1));
    }
}
