//! The decisions of people about which of their data is stored and shown (rules §7).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use unicode_width::UnicodeWidthStr;

use super::fold::fold;
use super::forgotten::Forgotten;
use super::people::{Aliases, Display, NO_ID, Name, Profile, Viewer, display};
use super::roster::Fact;
use super::text::{clean, shorten};
use super::words::Language;
use super::{Instant, PeerId, Span};

/// Whose data is stored (`SWF_AUDIENCE`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    /// Everybody who has not left.
    #[default]
    Everyone,
    /// People who have agreed.
    Consent,
}

impl Audience {
    pub const NAMES: [(&str, Audience); 2] = [("everyone", Audience::Everyone), ("consent", Audience::Consent)];
}

/// The decisions of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Others see neither a name nor an id.
    pub hidden: bool,
    /// Others see this instead of the name, the username and the id.
    pub pen_name: Option<String>,
    /// Nothing about the person is stored from this instant on.
    pub left: Option<Instant>,
    /// No stay of the person begins before this instant, when they agreed or came back.
    pub counted_from: Option<Instant>,
    pub agreed: Option<Agreement>,
    /// Replaces the id if others may not see it: a random number from 1 to 2^51 - 1 that the store assigns. It
    /// identifies nobody, and is not serialised.
    #[serde(skip)]
    pub pseudonym: Option<i64>,
}

/// A person's consent that their time is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    pub at: Instant,
    /// Who recorded it: `chat` for the person themself, else the organiser's text.
    pub by: String,
}

/// A decision of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Hide,
    Show,
    /// Nothing more about the person is stored. This revokes their agreement.
    Leave,
    /// The person is counted again.
    Return,
    /// The person's time may be stored; `by` as in [`Agreement`]. A person who had left is back.
    Agree {
        by: String,
    },
    /// `None`: the Telegram name is shown again.
    PenName(Option<String>),
}

impl Rights {
    /// These rights after one more decision, made at `at`. Repeating the same decision changes nothing.
    pub fn with(&self, decision: &Decision, audience: Audience, at: Instant) -> Rights {
        let mut rights = self.clone();
        match decision {
            Decision::Hide => rights.hidden = true,
            Decision::Show => rights.hidden = false,
            Decision::Leave => (rights.left, rights.agreed) = (self.left.or(Some(at)), None),
            Decision::Return => rights.left = None,
            Decision::Agree { by } => {
                rights.left = None;
                rights.agreed.get_or_insert_with(|| Agreement { at, by: by.clone() });
            }
            Decision::PenName(name) => rights.pen_name.clone_from(name),
        }
        if self.counted_from(audience).is_none() && rights.counted_from(audience).is_some() {
            rights.counted_from = Some(at);
        }
        rights
    }

    /// Whether others see the name and the id of the account itself.
    pub fn is_open(&self) -> bool {
        !self.hidden && self.pen_name.is_none()
    }

    /// From when on the person's stays are stored; `None`: nothing is stored.
    pub fn counted_from(&self, audience: Audience) -> Option<Instant> {
        let is_counted = self.left.is_none() && (audience == Audience::Everyone || self.agreed.is_some());
        is_counted.then(|| self.counted_from.unwrap_or(Instant(i64::MIN)))
    }

    /// Joins the decisions of two accounts of one person: the decisions of both hold.
    fn join(self, other: Rights) -> Rights {
        Rights {
            hidden: self.hidden || other.hidden,
            pen_name: self.pen_name.or(other.pen_name),
            left: self.left.max(other.left),
            counted_from: self.counted_from.max(other.counted_from),
            agreed: self.agreed.or(other.agreed),
            pseudonym: self.pseudonym.or(other.pseudonym),
        }
    }
}

/// The decisions of the people of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRights {
    pub audience: Audience,
    /// By account. All accounts of a person have the same rights.
    decided: BTreeMap<PeerId, Rights>,
    /// The accounts of `decided` that stand for a person.
    peers: BTreeSet<PeerId>,
    /// People who were forgotten: nothing about them is stored. It is not serialised, so no recording has it.
    #[serde(skip)]
    forgotten: Option<Forgotten>,
}

impl GroupRights {
    /// `decisions`: by account.
    pub fn new(audience: Audience, decisions: BTreeMap<PeerId, Rights>, aliases: &Aliases) -> GroupRights {
        let mut people: BTreeMap<PeerId, Rights> = BTreeMap::new();
        // The account that stands for the person comes first, so that its pen name wins.
        let (own, others): (Vec<_>, Vec<_>) =
            decisions.into_iter().partition(|(account, _)| aliases.person(*account) == *account);
        for (account, decided) in own.into_iter().chain(others) {
            let known = people.entry(aliases.person(account)).or_default();
            *known = std::mem::take(known).join(decided);
        }
        let accounts = |person: PeerId, rights: &Rights| {
            aliases.accounts(person).into_iter().map(|account| (account, rights.clone())).collect::<Vec<_>>()
        };
        let decided = people.iter().flat_map(|(person, rights)| accounts(*person, rights)).collect();
        GroupRights { audience, decided, peers: people.into_keys().collect(), forgotten: None }
    }

    /// Adds the people who were forgotten.
    pub fn with_forgotten(self, forgotten: Option<Forgotten>) -> GroupRights {
        GroupRights { forgotten, ..self }
    }

    /// The decisions of the person behind an account.
    pub fn of(&self, account: PeerId) -> Option<&Rights> {
        self.decided.get(&account)
    }

    /// All people who decided anything, by the account that stands for the person.
    pub fn people(&self) -> impl Iterator<Item = (PeerId, &Rights)> {
        self.decided
            .iter()
            .filter(|(account, _)| self.peers.contains(account))
            .map(|(person, rights)| (*person, rights))
    }

    /// All accounts of people who decided anything.
    pub fn accounts(&self) -> impl Iterator<Item = PeerId> {
        self.decided.keys().copied()
    }

    /// Whether everything is stored about everybody.
    pub fn stores_all(&self) -> bool {
        self.audience == Audience::Everyone
            && self.decided.values().all(|rights| rights.left.is_none() && rights.counted_from.is_none())
    }

    /// From when on stays of an account are stored; `None`: nothing is stored.
    pub fn counted_from(&self, account: PeerId) -> Option<Instant> {
        if self.forgotten.as_ref().is_some_and(|forgotten| forgotten.contains(account)) {
            return None;
        }
        self.of(account).unwrap_or(&Rights::default()).counted_from(self.audience)
    }

    pub fn is_counted(&self, account: PeerId) -> bool {
        self.counted_from(account).is_some()
    }

    /// Applies the person's decisions to a profile, so that others see it as the person wishes.
    pub fn apply(&self, profile: &mut Profile) {
        if let Some(rights) = self.of(profile.peer) {
            profile.hidden = rights.hidden;
            profile.pen_name.clone_from(&rights.pen_name);
            profile.pseudonym = rights.pseudonym;
        }
    }

    /// The part of a fact that may be stored; `None` if nothing may be stored.
    ///
    /// ```text
    /// stay                  ├────────────────────┤
    /// agreed, or came back           │
    /// stored                         ├───────────┤
    /// ```
    pub fn stored(&self, fact: &Fact) -> Option<Fact> {
        let mut fact = fact.clone();
        match &mut fact {
            Fact::Opened { peer, from, seen, .. } => {
                let since = self.counted_from(*peer)?;
                (*from, *seen) = ((*from).max(since), (*seen).max(since));
            }
            Fact::Closed { peer, from, to, .. } => {
                let since = self.counted_from(*peer)?;
                (*from, *to) = ((*from).max(since), (*to).max(since));
            }
            Fact::Seen { peer, from, at, .. } => {
                let since = self.counted_from(*peer)?;
                (*from, *at) = ((*from).max(since), (*at).max(since));
            }
            Fact::Blind { peer: Some(peer), span, .. } => {
                let since = self.counted_from(*peer)?;
                let clipped = Span::new(span.from.max(since), span.to);
                *span = Some(clipped).filter(|clipped| !clipped.is_empty())?;
            }
            Fact::Sign { peer, at, .. } => {
                let since = self.counted_from(*peer)?;
                Some(*at).filter(|at| *at >= since)?;
            }
            Fact::Blind { peer: None, .. }
            | Fact::Following { .. }
            | Fact::Confirmed { .. }
            | Fact::Ended { .. }
            | Fact::Idle { .. } => {}
        }
        Some(fact)
    }
}

/// The longest pen name, in graphemes.
pub const MAX_PEN_NAME: usize = 32;

/// Why a pen name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PenNameFault {
    /// It is invisible, or has more than [`MAX_PEN_NAME`] graphemes.
    Length,
    /// Another person has this name, or a name that looks the same.
    Taken,
    /// People who hide are shown with this name.
    Reserved,
}

/// Checks a pen name, and returns it as it is stored. `others`: the profiles of everybody else in the group.
pub fn pen_name<'a>(text: &str, others: impl IntoIterator<Item = &'a Profile>) -> Result<String, PenNameFault> {
    let name = clean(text);
    if name.width() == 0 || shorten(&name, MAX_PEN_NAME) != name {
        return Err(PenNameFault::Length);
    }
    let folded = fold(&name);
    let nobody = Display { id: NO_ID, username: None, name: Name::Hidden };
    if folded.is_empty() || Language::ALL.iter().any(|language| fold(&language.words().name(&nobody)) == folded) {
        return Err(PenNameFault::Reserved);
    }
    let unmarked = without_mark(&folded);
    let is_taken = others.into_iter().flat_map(shown_names).any(|other| {
        let other = fold(&clean(&other));
        other == folded || Some(other.as_str()) == unmarked
    });
    if is_taken { Err(PenNameFault::Taken) } else { Ok(name) }
}

/// All texts with which some surface shows a person, in any language, without the mark that tells namesakes apart.
fn shown_names(person: &Profile) -> Vec<String> {
    let shown = display(person, Viewer::Terminal);
    let usernames = person.usernames().flat_map(|username| [username.clone(), format!("@{username}")]);
    let words = Language::ALL.iter().map(|language| language.words().name(&shown));
    let own = [person.name.clone()].into_iter().chain(person.pen_name.clone());
    own.chain(usernames).chain(words).chain([shown.with_id(), shown.with_username()]).collect()
}

/// The folded name without the mark of a namesake at its end, `(@ada)` or `(…0002)`; `None` if it has none.
fn without_mark(folded: &str) -> Option<&str> {
    let (name, mark) = folded.strip_suffix(')')?.rsplit_once('(')?;
    // A folded ellipsis is three dots.
    (mark.starts_with('@') || mark.starts_with("...")).then(|| name.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CallId;
    use crate::domain::roster::{BlindReason, End};

    const ADA: PeerId = PeerId(7);
    const PHONE: PeerId = PeerId(8);
    const CALL: CallId = CallId(1);

    fn decided(audience: Audience, decisions: &[(Decision, i64)]) -> Rights {
        let decide = |rights: Rights, (decision, at): &(Decision, i64)| rights.with(decision, audience, Instant(*at));
        decisions.iter().fold(Rights::default(), decide)
    }

    fn agree() -> Decision {
        Decision::Agree { by: "chat".into() }
    }

    #[test]
    fn time_counts_from_an_agreement_or_a_return_on() {
        let from = |audience, decisions: &[(Decision, i64)]| {
            decided(audience, decisions).counted_from(audience).map(|at| if at.0 == i64::MIN { -1 } else { at.0 })
        };
        let everyone = |decisions: &[(Decision, i64)]| from(Audience::Everyone, decisions);
        assert_eq!(everyone(&[]), Some(-1));
        assert_eq!(everyone(&[(Decision::Hide, 5), (agree(), 6)]), Some(-1), "a running stay goes on");
        assert_eq!(everyone(&[(Decision::Leave, 5)]), None);
        assert_eq!(everyone(&[(Decision::Leave, 5), (Decision::Return, 9), (Decision::Return, 11)]), Some(9));
        let consent = |decisions: &[(Decision, i64)]| from(Audience::Consent, decisions);
        assert_eq!(consent(&[]), None);
        assert_eq!(consent(&[(Decision::Hide, 5)]), None);
        assert_eq!(consent(&[(agree(), 5), (agree(), 7)]), Some(5));
        // A person who leaves revokes the agreement.
        assert_eq!(consent(&[(agree(), 5), (Decision::Leave, 7), (Decision::Return, 9)]), None);
        assert_eq!(consent(&[(agree(), 5), (Decision::Leave, 7), (agree(), 9)]), Some(9));
        // If a decision is repeated, the first one holds: a command may be carried out twice.
        assert_eq!(decided(Audience::Everyone, &[(Decision::Leave, 5), (Decision::Leave, 6)]).left, Some(Instant(5)));
    }

    fn rights(audience: Audience, decisions: &[(PeerId, Rights)], aliases: &Aliases) -> GroupRights {
        GroupRights::new(audience, decisions.iter().cloned().collect(), aliases)
    }

    #[test]
    fn a_decision_holds_for_all_accounts_of_the_person() {
        let joined = Aliases::new([(ADA, PHONE)]);
        let hidden = decided(Audience::Everyone, &[(Decision::Hide, 1)]);
        let of_phone = rights(Audience::Everyone, &[(PHONE, hidden.clone())], &joined);
        assert!([ADA, PHONE].iter().all(|account| of_phone.of(*account).is_some_and(|rights| rights.hidden)));
        assert_eq!(of_phone.people().map(|(person, _)| person).collect::<Vec<_>>(), [ADA]);
        let alone = rights(Audience::Everyone, &[(PHONE, hidden)], &Aliases::default());
        assert_eq!((alone.of(ADA), alone.of(PHONE).is_some()), (None, true));
    }

    #[test]
    fn what_is_stored_begins_where_it_is_counted() {
        let back = decided(Audience::Everyone, &[(Decision::Leave, 50), (Decision::Return, 100)]);
        let rights = rights(Audience::Everyone, &[(ADA, back)], &Aliases::default());
        let at = Instant;
        let opened =
            |from, seen| Fact::Opened { call: CALL, peer: ADA, joined: at(20), from: at(from), seen: at(seen) };
        let closed = |from, to| Fact::Closed { call: CALL, peer: ADA, from: at(from), to: at(to), end: End::Left };
        let blind = |peer, from, to| {
            let span = Span::new(at(from), at(to));
            Fact::Blind { call: CALL, peer, span, reason: BlindReason::Gap }
        };
        assert_eq!(rights.stored(&opened(20, 90)), Some(opened(100, 100)));
        assert_eq!(rights.stored(&closed(20, 150)), Some(closed(100, 150)));
        assert_eq!(rights.stored(&closed(20, 40)), Some(closed(100, 100)), "it earns nothing");
        assert_eq!(rights.stored(&opened(120, 130)), Some(opened(120, 130)));
        assert_eq!(rights.stored(&blind(Some(ADA), 90, 110)), Some(blind(Some(ADA), 100, 110)));
        assert_eq!(rights.stored(&blind(Some(ADA), 80, 100)), None);
        assert_eq!(rights.stored(&blind(None, 80, 100)), Some(blind(None, 80, 100)));
        let gone = self::rights(
            Audience::Everyone,
            &[(ADA, decided(Audience::Everyone, &[(Decision::Leave, 50)]))],
            &Aliases::default(),
        );
        assert_eq!(
            [opened(60, 60), closed(20, 60), blind(Some(ADA), 1, 2)].map(|fact| gone.stored(&fact)),
            [None, None, None]
        );
        let nobody = self::rights(Audience::Consent, &[], &Aliases::default());
        assert_eq!((nobody.stored(&opened(60, 60)), nobody.stores_all()), (None, false));
    }

    #[test]
    fn a_pen_name_is_nobody_elses() {
        let other = |name: &str, username: Option<&str>, pen_name: Option<&str>| Profile {
            name: name.into(),
            username: username.map(str::to_owned),
            pen_name: pen_name.map(str::to_owned),
            ..Profile::unknown(PHONE)
        };
        let deleted = Profile { deleted: true, ..Profile::unknown(PeerId(6_000_000_038)) };
        let others = [
            other("Zoë", Some("zoe_q"), None),
            other("Bob", None, Some("Falcon")),
            other("", Some("empty"), None),
            deleted,
            Profile::unknown(PeerId(6_000_000_039)),
        ];
        let fault = |text: &str| pen_name(text, &others).err();
        assert_eq!(pen_name(" Night\nOwl ", &others).as_deref(), Ok("Night Owl"));
        for taken in ["zoe", "Zoé", "ZOE_Q", "falcon", "F\u{430}lcon", "bob"] {
            assert_eq!(fault(taken), Some(PenNameFault::Taken), "{taken}");
        }
        // The other ways in which a row shows people.
        for taken in [
            "@zoe_q",
            "＠Zoe_Q",
            "@empty",
            "Deleted account 6000000038",
            "Удалённый аккаунт 6000000038",
            "id 6000000039",
            "Zoë (@zoe_q)",
            "Zoe (…0002)",
            "Zoe(...0002)",
            "Zoë @zoe_q (8)",
        ] {
            assert_eq!(fault(taken), Some(PenNameFault::Taken), "{taken}");
        }
        for free in ["Falcon Heavy", "@falcon", "Zoe (Tashkent)", "Ali (…0002)", "Deleted account 1"] {
            assert_eq!(fault(free), None, "{free}");
        }
        for reserved in ["Somebody", "кто-то", "KIMDIR", "Кимдир"] {
            assert_eq!(fault(reserved), Some(PenNameFault::Reserved), "{reserved}");
        }
        for wrong in ["", " ", "\u{200b}", &"x".repeat(33)] {
            assert_eq!(fault(wrong), Some(PenNameFault::Length), "{wrong:?}");
        }
        assert_eq!(fault(&"é".repeat(32)), None);
    }
}
