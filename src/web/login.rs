//! Logging in (rules §5.11). A link is valid once, for 10 minutes; the login that it gives is valid for 30 days.
//!
//! ```text
//! swf web link, the bot ──link──► GET /login: a button ──► POST /login: the link is used up ──cookie──► every page
//! ``` Links and logins are signed texts and are not stored. A server keeps a list of the used links. It refuses links
//! from before its start, because they may have been used.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

use super::viewer::Grant;
use crate::domain::{Instant, PeerId};

/// How long a link is valid, in seconds.
pub const LINK_LIFETIME: i64 = 600;
/// How long a browser stays logged in, in seconds.
pub const LOGIN_LIFETIME: i64 = 30 * 86_400;
/// How far the clock may go back between signing and reading, in seconds. All programs of one computer have the same
/// clock.
const MAX_CLOCK_STEP: i64 = 60;
/// How many used links are remembered. Only programs with the key can make links.
const MAX_USED: usize = 10_000;
/// The length of a key, in bytes.
pub const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 16;
const TAG_BYTES: usize = 32;

/// A random number that makes each link different.
pub type Nonce = [u8; NONCE_BYTES];

/// Signs and reads links and logins of one home.
#[derive(Clone, Debug)]
pub struct Signer {
    key: SecretSlice<u8>,
    version: u64,
}

/// The purpose of a signed text, which is its first byte. A text for one purpose is not valid for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Link = 1,
    Login = 2,
}

/// The contents of a signed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ticket {
    grant: Grant,
    issued: Instant,
    nonce: Nonce,
}

/// Why a link does not give a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It was changed, or made with another key or `SESSION_VERSION`.
    Forged,
    /// It has expired, or its time is in the future.
    Expired,
    /// It was used, or it was made before the server's start.
    Used,
}

impl Signer {
    /// `version` is `SESSION_VERSION`. Texts that were signed under another version are not valid.
    pub fn new(key: [u8; KEY_BYTES], version: u64) -> Signer {
        Signer { key: SecretSlice::from(key.to_vec()), version }
    }

    /// The text of a link that gives `grant`.
    pub fn link(&self, grant: Grant, now: Instant, nonce: Nonce) -> String {
        self.sign(Purpose::Link, Ticket { grant, issued: now, nonce })
    }

    /// The text that grants `grant` to a browser, for its cookie.
    pub fn login(&self, grant: Grant, now: Instant) -> String {
        self.sign(Purpose::Login, Ticket { grant, issued: now, nonce: Nonce::default() })
    }

    /// The grant of one part of a cookie; `None` if it is not valid.
    pub fn read_login(&self, text: &str, now: Instant) -> Option<Grant> {
        let ticket = self.verify(Purpose::Login, text)?;
        ticket.is_current(now, LOGIN_LIFETIME).then_some(ticket.grant)
    }

    fn read_link(&self, text: &str, now: Instant) -> Result<Ticket, Refusal> {
        let ticket = self.verify(Purpose::Link, text).ok_or(Refusal::Forged)?;
        if ticket.is_current(now, LINK_LIFETIME) { Ok(ticket) } else { Err(Refusal::Expired) }
    }

    fn sign(&self, purpose: Purpose, ticket: Ticket) -> String {
        let mut bytes = ticket.write(purpose);
        let tag = self.mac(&bytes).finalize().into_bytes();
        bytes.extend(tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a text that was signed for `purpose`. The tag is compared first, and in constant time.
    fn verify(&self, purpose: Purpose, text: &str) -> Option<Ticket> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (signed, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG_BYTES)?)?;
        self.mac(signed).verify_slice(tag).ok()?;
        Ticket::read(purpose, signed)
    }

    fn mac(&self, signed: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose_secret()).unwrap_or_else(|_| unreachable!());
        mac.update(b"swf web 1\0");
        mac.update(&self.version.to_be_bytes());
        mac.update(signed);
        mac
    }
}

impl Ticket {
    /// A fixed form: purpose, role, group, person, time, nonce. The id 0 means no person.
    fn write(&self, purpose: Purpose) -> Vec<u8> {
        let (role, group, person) = match self.grant {
            Grant::Member { group, person } => (1, group.0, person.0),
            Grant::Admin { group, person } => (2, group.0, person.map_or(0, |person| person.0)),
            Grant::Owner => (3, 0, 0),
        };
        let mut bytes = vec![purpose as u8, role];
        for number in [group, person, self.issued.0] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(self.nonce);
        bytes
    }

    fn read(purpose: Purpose, bytes: &[u8]) -> Option<Ticket> {
        let ([first, role], rest) = bytes.split_first_chunk()?;
        let (numbers, nonce) = rest.split_first_chunk::<24>()?;
        let number = |place: usize| numbers.as_chunks::<8>().0.get(place).map(|bytes| i64::from_be_bytes(*bytes));
        let (group, person) = (PeerId(number(0)?), PeerId(number(1)?));
        let grant = match role {
            1 => Grant::Member { group, person },
            2 => Grant::Admin { group, person: Some(person).filter(|person| person.0 != 0) },
            3 => Grant::Owner,
            _ => return None,
        };
        let ticket = Ticket { grant, issued: Instant(number(2)?), nonce: nonce.try_into().ok()? };
        (*first == purpose as u8).then_some(ticket)
    }

    fn is_current(&self, now: Instant, lifetime: i64) -> bool {
        (-MAX_CLOCK_STEP..lifetime).contains(&(now.0.saturating_sub(self.issued.0)))
    }
}

/// The links that were used. No link is valid twice, however the clock moves.
#[derive(Debug)]
pub struct UsedLinks {
    /// Links that were issued at this time or before are refused: they may have been used.
    unknown_until: Instant,
    used: BTreeSet<(Instant, Nonce)>,
}

impl UsedLinks {
    /// For a server that starts at `now`.
    pub fn new(now: Instant) -> UsedLinks {
        UsedLinks { unknown_until: now, used: BTreeSet::new() }
    }

    /// Whether `text` would give a login. Does not use it up.
    pub fn check(&self, signer: &Signer, text: &str, now: Instant) -> Result<Grant, Refusal> {
        self.find(signer, text, now).map(|ticket| ticket.grant)
    }

    /// Uses a link up.
    pub fn redeem(&mut self, signer: &Signer, text: &str, now: Instant) -> Result<Grant, Refusal> {
        let ticket = self.find(signer, text, now)?;
        self.used.insert((ticket.issued, ticket.nonce));
        while let Some(first) = self.used.first().copied()
            && (self.used.len() > MAX_USED || now - first.0 >= LINK_LIFETIME)
        {
            self.unknown_until = self.unknown_until.max(first.0);
            self.used.remove(&first);
        }
        Ok(ticket.grant)
    }

    fn find(&self, signer: &Signer, text: &str, now: Instant) -> Result<Ticket, Refusal> {
        let ticket = signer.read_link(text, now)?;
        let is_used = ticket.issued <= self.unknown_until || self.used.contains(&(ticket.issued, ticket.nonce));
        if is_used { Err(Refusal::Used) } else { Ok(ticket) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: PeerId = PeerId(-1001);
    const ADA: Grant = Grant::Member { group: GROUP, person: PeerId(1) };
    const START: Instant = Instant(1_000_000);
    /// A time after the server's start.
    const NOW: Instant = Instant(1_000_100);

    fn signer(version: u64) -> Signer {
        Signer::new([7; KEY_BYTES], version)
    }

    fn link(grant: Grant, issued: Instant, number: u8) -> String {
        signer(1).link(grant, issued, [number; NONCE_BYTES])
    }

    fn redeem(links: &mut UsedLinks, text: &str, now: Instant) -> Result<Grant, Refusal> {
        links.redeem(&signer(1), text, now)
    }

    #[test]
    fn a_link_gives_what_it_was_made_for() {
        let admin = |person| Grant::Admin { group: GROUP, person };
        let far = Grant::Member { group: PeerId(i64::MIN), person: PeerId(i64::MAX) };
        for grant in [ADA, admin(None), admin(Some(PeerId(1))), Grant::Owner, far] {
            let text = link(grant, NOW, 1);
            assert!(text.len() < 128 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
            assert_eq!(redeem(&mut UsedLinks::new(START), &text, NOW), Ok(grant));
            assert_eq!(signer(1).read_login(&signer(1).login(grant, NOW), NOW), Some(grant));
        }
    }

    #[test]
    fn a_link_is_valid_for_ten_minutes_and_a_login_for_thirty_days() {
        let at = |seconds| redeem(&mut UsedLinks::new(START), &link(ADA, NOW, 1), NOW + seconds);
        assert_eq!((at(0), at(LINK_LIFETIME - 1)), (Ok(ADA), Ok(ADA)));
        assert_eq!((at(LINK_LIFETIME), at(i64::MAX - NOW.0)), (Err(Refusal::Expired), Err(Refusal::Expired)));
        let login = signer(1).login(ADA, NOW);
        let at = |seconds| signer(1).read_login(&login, NOW + seconds);
        assert_eq!((at(0), at(LOGIN_LIFETIME - 1), at(LOGIN_LIFETIME)), (Some(ADA), Some(ADA), None));
    }

    #[test]
    fn a_link_counts_once_and_looking_at_it_uses_nothing_up() {
        let (mut links, text) = (UsedLinks::new(START), link(ADA, NOW, 1));
        for _ in 0..3 {
            assert_eq!(links.check(&signer(1), &text, NOW), Ok(ADA));
        }
        assert_eq!(redeem(&mut links, &text, NOW), Ok(ADA));
        assert_eq!(redeem(&mut links, &text, NOW), Err(Refusal::Used));
        assert_eq!(links.check(&signer(1), &text, NOW + 1), Err(Refusal::Used));
        // A link with another nonce is a different link, also in the same second for the same person.
        assert_eq!(redeem(&mut links, &link(ADA, NOW, 2), NOW), Ok(ADA));
    }

    #[test]
    fn after_a_restart_no_link_from_before_counts() {
        let text = link(ADA, NOW, 1);
        assert_eq!(redeem(&mut UsedLinks::new(START), &text, NOW), Ok(ADA));
        assert_eq!(redeem(&mut UsedLinks::new(NOW + 5), &text, NOW + 6), Err(Refusal::Used));
        // A server that starts in the second of the link may have started after its use.
        assert_eq!(redeem(&mut UsedLinks::new(NOW), &text, NOW), Err(Refusal::Used));
        assert_eq!(redeem(&mut UsedLinks::new(NOW), &link(ADA, NOW + 1, 2), NOW + 1), Ok(ADA));
    }

    #[test]
    fn a_used_link_is_refused_whatever_the_clock_does() {
        let (mut links, text) = (UsedLinks::new(START), link(ADA, NOW, 1));
        assert_eq!(redeem(&mut links, &text, NOW), Ok(ADA));
        // The used link is removed from the list when it has expired. Then the clock goes back to a time when it was
        // valid.
        assert_eq!(redeem(&mut links, &link(ADA, NOW + LINK_LIFETIME, 2), NOW + LINK_LIFETIME), Ok(ADA));
        assert_eq!(links.used.len(), 1);
        assert_eq!(redeem(&mut links, &text, NOW + 1), Err(Refusal::Used));
        // The clock is back before the start: links of that time may have been used.
        assert_eq!(redeem(&mut links, &link(ADA, START - 50, 3), START - 50), Err(Refusal::Used));
    }

    #[test]
    fn nothing_from_the_future_counts() {
        let (mut links, ahead) = (UsedLinks::new(START), NOW + 86_400);
        assert_eq!(redeem(&mut links, &link(ADA, ahead, 1), NOW), Err(Refusal::Expired));
        assert_eq!(signer(1).read_login(&signer(1).login(ADA, ahead), NOW), None);
        // A small step back of the clock does not end a login.
        assert_eq!(redeem(&mut links, &link(ADA, NOW + 2, 2), NOW), Ok(ADA));
        assert_eq!(signer(1).read_login(&signer(1).login(ADA, NOW + 2), NOW), Some(ADA));
        assert_eq!(redeem(&mut links, &link(ADA, Instant(i64::MIN), 3), NOW), Err(Refusal::Expired));
        assert_eq!(redeem(&mut links, &link(ADA, Instant(i64::MAX), 3), NOW), Err(Refusal::Expired));
    }

    #[test]
    fn a_changed_text_is_forged_wherever_it_is_changed() {
        let text = link(ADA, NOW, 1);
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let text = URL_SAFE_NO_PAD.encode(bytes);
            assert_eq!(redeem(&mut UsedLinks::new(START), &text, NOW), Err(Refusal::Forged), "{bit}");
        }
        for length in 0..text.len() {
            assert_eq!(redeem(&mut UsedLinks::new(START), &text[..length], NOW), Err(Refusal::Forged), "{length}");
        }
        for wrong in [format!("{text}="), format!("{text}AA"), format!(" {text}"), "é".repeat(50), "A".repeat(10_000)]
        {
            assert_eq!(redeem(&mut UsedLinks::new(START), &wrong, NOW), Err(Refusal::Forged), "{wrong}");
        }
    }

    /// A person, a group or a role can't be replaced by that of another signed text.
    #[test]
    fn no_part_of_one_text_fits_another() {
        let others = [
            Grant::Member { group: GROUP, person: PeerId(2) },
            Grant::Member { group: PeerId(-1002), person: PeerId(1) },
            Grant::Admin { group: GROUP, person: Some(PeerId(1)) },
            Grant::Owner,
        ];
        let split = |grant| {
            let mut bytes = URL_SAFE_NO_PAD.decode(link(grant, NOW, 1)).unwrap();
            let tag = bytes.split_off(bytes.len() - TAG_BYTES);
            (bytes, tag)
        };
        for other in others {
            let text = URL_SAFE_NO_PAD.encode([split(other).0, split(ADA).1].concat());
            assert_eq!(redeem(&mut UsedLinks::new(START), &text, NOW), Err(Refusal::Forged), "{other:?}");
        }
        // A link is not valid as a cookie, nor a cookie as a link.
        assert_eq!(signer(1).read_login(&link(ADA, NOW, 1), NOW), None);
        let login = signer(1).login(ADA, NOW);
        assert_eq!(redeem(&mut UsedLinks::new(START), &login, NOW), Err(Refusal::Forged));
    }

    #[test]
    fn another_key_or_session_version_ends_everything() {
        for other in [signer(2), signer(0), Signer::new([8; KEY_BYTES], 1)] {
            let text = other.link(ADA, NOW, [1; NONCE_BYTES]);
            assert_eq!(redeem(&mut UsedLinks::new(START), &text, NOW), Err(Refusal::Forged));
            assert_eq!(signer(1).read_login(&other.login(ADA, NOW), NOW), None);
        }
        assert!(!format!("{:?}", signer(1)).contains("7, 7"));
    }

    #[test]
    fn used_links_take_bounded_memory_and_none_counts_twice() {
        let mut links = UsedLinks::new(START);
        let text = |number: u32| {
            let mut nonce = [0; NONCE_BYTES];
            nonce[..4].copy_from_slice(&number.to_be_bytes());
            // Many links have the same second.
            signer(1).link(ADA, NOW + i64::from(number / 100), nonce)
        };
        let many = MAX_USED as u32 + 500;
        for number in 0..many {
            assert_eq!(redeem(&mut links, &text(number), NOW + 100), Ok(ADA), "{number}");
        }
        assert_eq!(links.used.len(), MAX_USED);
        for number in 0..many {
            assert_eq!(redeem(&mut links, &text(number), NOW + 100), Err(Refusal::Used), "{number}");
        }
    }
}
