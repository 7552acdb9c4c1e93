//! The forgotten accounts, without their ids (rules §8): a file outside of the store with a mark for each of them. A
//! mark is a keyed hash of an account's id.
//!
//! ```text
//! swf forgotten 1
//! key 5f…                 the key of this home; without it, a mark reveals nothing
//! 0c9e…                   the mark of a forgotten account
//! 77ab… back              the mark of another account, which asked to be counted again
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::PeerId;
use super::roster::{Fact, Observed};

/// For how long a person can cancel `/forget`, in seconds.
pub const FORGET_CANCEL_PERIOD: i64 = 7 * 86_400;

/// The lowest id of a forgotten account. These ids are above all of Telegram's, and below 2^52, so that JavaScript
/// represents them exactly.
pub const FIRST_FORGOTTEN_ID: i64 = 1 << 51;

/// Whether the id is that of a forgotten account.
pub fn is_forgotten_id(peer: PeerId) -> bool {
    (FIRST_FORGOTTEN_ID..2 * FIRST_FORGOTTEN_ID).contains(&peer.0)
}

/// Whether a text contains a name as separate words. A name with a single letter never matches.
pub fn contains_name(text: &str, name: &str) -> bool {
    let goes_on = |next: Option<char>| next.is_some_and(char::is_alphanumeric);
    name.chars().filter(|letter| letter.is_alphanumeric()).count() > 1
        && text
            .match_indices(name)
            .any(|(at, _)| !goes_on(text[..at].chars().next_back()) && !goes_on(text[at + name.len()..].chars().next()))
}

/// The length of the key, in bytes.
pub const KEY_BYTES: usize = 32;
/// The first line of the file.
const HEAD: &str = "swf forgotten 1";
/// Follows a mark whose account is counted again.
const BACK: &str = "back";

/// The accounts that were forgotten.
#[derive(Clone, PartialEq, Eq)]
pub struct Forgotten {
    key: [u8; KEY_BYTES],
    /// Each mark, and whether its account is counted again.
    marks: BTreeMap<String, bool>,
}

/// Keeps the key out of logs.
impl std::fmt::Debug for Forgotten {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Forgotten").field("marks", &self.marks.len()).finish_non_exhaustive()
    }
}

impl Forgotten {
    /// A list without accounts.
    pub fn new(key: [u8; KEY_BYTES]) -> Forgotten {
        Forgotten { key, marks: BTreeMap::new() }
    }

    /// Parses the file; `None` if it is damaged.
    pub fn parse(text: &str) -> Option<Forgotten> {
        let mut lines = text.strip_prefix(HEAD)?.strip_prefix('\n')?.lines();
        let mut forgotten = Forgotten::new(bytes(lines.next()?.strip_prefix("key ")?)?);
        for line in lines {
            let (mark, is_back) = match line.split_once(' ') {
                Some((mark, BACK)) => (mark, true),
                Some(_) => return None,
                None => (line, false),
            };
            bytes(mark)?;
            forgotten.marks.insert(mark.to_owned(), is_back);
        }
        Some(forgotten)
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEAD}\nkey {}\n", hex(&self.key));
        for (mark, is_back) in &self.marks {
            let back = if *is_back { " back" } else { "" };
            let _ = writeln!(text, "{mark}{back}");
        }
        text
    }

    pub fn marks(&self) -> impl Iterator<Item = &String> {
        self.marks.keys()
    }

    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// The mark of an account that was forgotten `times` times before.
    fn mark(&self, account: PeerId, times: u32) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).unwrap_or_else(|_| unreachable!("any length will do"));
        mac.update(format!("{}:{times}", account.0).as_bytes());
        hex(&mac.finalize().into_bytes())
    }

    /// All marks of an account, the oldest first.
    pub fn marks_of(&self, account: PeerId) -> Vec<String> {
        if self.is_empty() {
            return Vec::new();
        }
        (0..).map(|times| self.mark(account, times)).take_while(|mark| self.marks.contains_key(mark)).collect()
    }

    /// Whether an account is forgotten, so that nothing about it is stored.
    pub fn contains(&self, account: PeerId) -> bool {
        self.marks_of(account).last().is_some_and(|last| !self.marks[last])
    }

    /// Marks an account. An account that is forgotten already gets no second mark.
    pub fn forget(&mut self, account: PeerId) {
        if !self.contains(account) {
            let times = u32::try_from(self.marks_of(account).len()).unwrap_or(u32::MAX);
            self.marks.insert(self.mark(account, times), false);
        }
    }

    /// Counts an account again from now on; forgotten data stays forgotten. Returns whether the account was forgotten.
    pub fn take_back(&mut self, account: PeerId) -> bool {
        let is_forgotten = self.contains(account);
        for mark in self.marks_of(account) {
            self.marks.insert(mark, true);
        }
        is_forgotten
    }

    /// Whether a store must still forget an account. `followed`: the marks that were applied to the store.
    pub fn must_forget(&self, account: PeerId, followed: &BTreeSet<String>) -> bool {
        self.marks_of(account).iter().any(|mark| !followed.contains(mark))
    }

    /// The part of an observation that may be stored.
    pub fn without(&self, seen: &Observed) -> Observed {
        let mut seen = seen.clone();
        if !self.is_empty() {
            seen.people.retain(|known| !self.contains(known.profile.peer));
            seen.facts.retain(|fact| account_of(fact).is_none_or(|account| !self.contains(account)));
        }
        seen
    }
}

/// The account that a fact is about.
fn account_of(fact: &Fact) -> Option<PeerId> {
    match fact {
        Fact::Opened { peer, .. } | Fact::Seen { peer, .. } | Fact::Closed { peer, .. } | Fact::Sign { peer, .. } => {
            Some(*peer)
        }
        Fact::Blind { peer, .. } => *peer,
        Fact::Following { .. } | Fact::Confirmed { .. } | Fact::Ended { .. } | Fact::Idle { .. } => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<[u8; KEY_BYTES]> {
    let digits = hex.bytes().all(|digit| digit.is_ascii_hexdigit() && !digit.is_ascii_uppercase());
    if hex.len() != 2 * KEY_BYTES || !digits {
        return None;
    }
    let mut bytes = [0; KEY_BYTES];
    for (byte, digits) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_by_its_own_words() {
        for (text, name, is_told) in [
            ("Ada left", "Ada", true),
            ("\"Ada\"", "Ada", true),
            ("Adam left", "Ada", false),
            ("Mr Ada, and Adam", "Ada", true),
            ("the organiser", "e", false),
            ("a . b", ".", false),
            ("Жанна вышла", "Жанна", true),
            ("李明 left", "李明", true),
        ] {
            assert_eq!(contains_name(text, name), is_told, "{text} {name}");
        }
    }
    use crate::domain::people::{Known, Profile};
    use crate::domain::{CallId, Instant};

    const ADA: PeerId = PeerId(5_000_000_001);
    const BOB: PeerId = PeerId(5_000_000_002);

    fn forgotten() -> Forgotten {
        let mut forgotten = Forgotten::new([7; KEY_BYTES]);
        forgotten.forget(ADA);
        forgotten
    }

    #[test]
    fn the_file_says_who_was_forgotten_only_to_whoever_asks_about_an_account() {
        let mut known = forgotten();
        assert!(known.contains(ADA) && !known.contains(BOB));
        known.forget(BOB);
        known.take_back(BOB);
        let text = known.to_text();
        assert_eq!(Forgotten::parse(&text), Some(known));
        assert!(!text.contains("5000000001"));
        // The key of another home makes another mark for the same account.
        let mut other = Forgotten::new([8; KEY_BYTES]);
        other.forget(ADA);
        assert_ne!(other.marks_of(ADA), forgotten().marks_of(ADA));
    }

    #[test]
    fn who_comes_back_and_is_forgotten_again_has_a_new_mark() {
        let mut known = forgotten();
        known.forget(ADA);
        let first: BTreeSet<String> = known.marks_of(ADA).into_iter().collect();
        assert_eq!(first.len(), 1);
        assert!(!known.must_forget(ADA, &first));
        assert!(known.take_back(ADA) && !known.take_back(ADA) && !known.take_back(BOB));
        assert!(!known.contains(ADA));
        // A store restored from before the mark must still forget its old data about her.
        assert!(known.must_forget(ADA, &BTreeSet::new()) && !known.must_forget(ADA, &first));
        known.forget(ADA);
        assert!(known.contains(ADA) && known.must_forget(ADA, &first));
        assert_eq!(known.marks_of(ADA).len(), 2);
    }

    #[test]
    fn nothing_of_a_forgotten_account_is_stored() {
        let known = |peer| Known { profile: Profile::unknown(peer), access_hash: None };
        let (call, at) = (CallId(1), Instant(10));
        let facts = |peer| {
            [
                Fact::Opened { call, peer, joined: at, from: at, seen: at },
                Fact::Seen { call, peer, from: at, at },
                Fact::Confirmed { call, at },
            ]
        };
        let seen = Observed {
            facts: [facts(ADA), facts(BOB)].concat(),
            people: vec![known(ADA), known(BOB)],
            ..Observed::new(at)
        };
        let stored = forgotten().without(&seen);
        assert_eq!(stored.people, [known(BOB)]);
        assert_eq!(stored.facts, [&facts(BOB)[2..], &facts(BOB)].concat());
        assert_eq!(Forgotten::new([0; KEY_BYTES]).without(&seen), seen);
    }

    #[test]
    fn a_damaged_file_is_no_file() {
        let text = forgotten().to_text();
        for damaged in [
            "",
            &text[..HEAD.len() + 1],
            &text[1..],
            &text[..text.len() - 2],
            &text.replace("key ", "kex "),
            &text.replace(HEAD, "swf forgotten 2"),
            &format!("{text}\n"),
            &format!("{} gone\n", text.trim_end()),
            &text.to_uppercase(),
        ] {
            assert_eq!(Forgotten::parse(damaged), None, "{damaged:?}");
        }
    }

    #[test]
    fn the_ids_of_the_forgotten_are_no_account_of_telegrams() {
        assert!(is_forgotten_id(PeerId(FIRST_FORGOTTEN_ID)) && is_forgotten_id(PeerId((1 << 52) - 1)));
        // The largest ids that Telegram gives to users, groups and channels, and numbers outside of the range.
        for peer in [(1 << 40) - 1, -999_999_999_999, -1_997_852_516_352, -4_000_000_000_000, 0, 1 << 52] {
            assert!(!is_forgotten_id(PeerId(peer)), "{peer}");
        }
    }
}
