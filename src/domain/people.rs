//! Accounts, and the people behind them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use unicode_width::UnicodeWidthStr;

use crate::domain::PeerId;
use crate::domain::fold::fold;
use crate::domain::forgotten::is_forgotten_id;
use crate::domain::text::{clean, shorten};

/// An account as Telegram shows it. All texts are written by its owner and untrusted. Only [`display`] makes them ready
/// to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub peer: PeerId,
    pub username: Option<String>,
    /// Its active usernames other than `username`. A search finds the account by them, but they are not shown.
    #[serde(default)]
    pub other_usernames: Vec<String>,
    /// First and last name, or a channel's title; empty for a deleted account.
    pub name: String,
    pub bot: bool,
    pub deleted: bool,
    /// The person hides: others see neither a name nor an id (rules §7.1).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// What others see instead of the name, the username and the id (rules §7.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pen_name: Option<String>,
    /// Replaces the id for a website, with a minus, if the person hides or has a pen name (rules §7.1).
    #[serde(skip)]
    pub pseudonym: Option<i64>,
}

impl Profile {
    /// An account of which only the id is known. A forgotten person is hidden for good.
    pub fn unknown(peer: PeerId) -> Profile {
        Profile {
            peer,
            username: None,
            other_usernames: Vec::new(),
            name: String::new(),
            bot: false,
            deleted: false,
            hidden: is_forgotten_id(peer),
            pen_name: None,
            pseudonym: None,
        }
    }

    /// Whether others see the name and the id of the account itself.
    pub fn is_open(&self) -> bool {
        !self.hidden && self.pen_name.is_none()
    }

    /// The id for a website. For a person who hides or has a pen name it is a negative number above -2^52, the same on
    /// every board, or 0 if the person has no pseudonym. A forgotten account has a random id already.
    pub fn website_id(&self) -> i64 {
        match self.pseudonym {
            _ if is_forgotten_id(self.peer) => -self.peer.0,
            _ if self.is_open() => self.peer.0,
            pseudonym => pseudonym.map_or(0, |pseudonym| -pseudonym),
        }
    }

    /// The profile as the person themself sees it.
    pub fn for_themself(self) -> Profile {
        Profile { hidden: false, pen_name: None, ..self }
    }

    /// The name that decides the order of people who share a rank. It only uses what the group sees.
    pub fn sort_name(&self) -> &str {
        match &self.pen_name {
            _ if self.hidden => "",
            Some(pen_name) => pen_name,
            None => &self.name,
        }
    }

    /// All active usernames.
    pub(super) fn usernames(&self) -> impl Iterator<Item = &String> {
        self.username.iter().chain(&self.other_usernames)
    }

    /// The title and username of a group or channel, as they are stored.
    pub fn as_group(&self) -> (String, Option<String>) {
        (self.name.clone(), self.username.clone())
    }
}

/// The reader of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// The members of the group, in its posts.
    Group,
    /// A reader of the terminal's tables, the log, or files that swf writes.
    Terminal,
    /// The organiser, who acts on one person, and also sees the names of people who hide.
    Organiser,
    /// A website or another program.
    Web,
}

/// The part of an account that a viewer sees. All texts are clean: safe for one line of any surface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Display {
    /// [`NO_ID`] if the viewer must not know it.
    pub id: PeerId,
    /// Without `@`; never empty.
    pub username: Option<String>,
    pub name: Name,
}

/// The name of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// The account's own name; it is not invisible.
    Full(String),
    /// The account has no name, but a username.
    Username(String),
    /// The account does not exist any more.
    Deleted,
    /// Only the id is known.
    Unknown,
    /// The person hides.
    Hidden,
}

/// Replaces the id of a person who hides or has a pen name: the same value for all of them.
pub const NO_ID: PeerId = PeerId(0);

/// The longest name that is shown, in graphemes. Telegram allows 128 characters, but a faulty server may send more.
const MAX_NAME: usize = 128;

/// The part of an account that `viewer` sees. Every surface gets names, usernames and ids from here, so that no surface
/// names a person who hides.
pub fn display(profile: &Profile, viewer: Viewer) -> Display {
    match (viewer, &profile.pen_name) {
        // A forgotten person: no viewer sees anything.
        _ if is_forgotten_id(profile.peer) => Display { id: NO_ID, username: None, name: Name::Hidden },
        (Viewer::Organiser, _) => for_organiser(profile),
        _ if profile.hidden => Display { id: NO_ID, username: None, name: Name::Hidden },
        (_, Some(pen_name)) => Display { id: NO_ID, username: None, name: Name::Full(shown_name(pen_name)) },
        (Viewer::Group | Viewer::Terminal | Viewer::Web, None) => own(profile),
    }
}

fn shown_name(name: &str) -> String {
    shorten(&clean(name), MAX_NAME)
}

/// The account's own name, username and id.
fn own(profile: &Profile) -> Display {
    let username = profile.username.as_deref().map(clean).filter(|username| !username.is_empty());
    let full = shown_name(&profile.name);
    let name = match &username {
        _ if profile.deleted => Name::Deleted,
        _ if full.width() > 0 => Name::Full(full),
        Some(username) => Name::Username(username.clone()),
        None => Name::Unknown,
    };
    Display { id: profile.peer, username, name }
}

/// The account's own name, with a note of what the group sees instead.
fn for_organiser(profile: &Profile) -> Display {
    let own = own(profile);
    let note = match &profile.pen_name {
        _ if profile.hidden => "hidden".to_owned(),
        Some(pen_name) => format!("as {}", shown_name(pen_name)),
        None => return own,
    };
    Display { name: Name::Full(format!("{own} ({note})")), ..own }
}

impl Display {
    /// `Ada Lovelace (@ada, 123)`.
    pub fn with_id(&self) -> String {
        let username = self.username.as_ref().map_or(String::new(), |username| format!("@{username}, "));
        format!("{self} ({username}{})", self.id)
    }

    /// `Ada Lovelace @ada (123)`; only the name if the id is [`NO_ID`].
    pub fn with_username(&self) -> String {
        if self.id == NO_ID {
            return self.to_string();
        }
        let username = self.username.as_deref().filter(|_| !matches!(self.name, Name::Username(_)));
        let username = username.map_or(String::new(), |name| format!(" @{name}"));
        match self.name {
            // The name has the id.
            Name::Unknown | Name::Deleted => format!("{self}{username}"),
            _ => format!("{self}{username} ({})", self.id),
        }
    }
}

/// The name in English, as the terminal, the log and the website show it; never empty.
impl fmt::Display for Display {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Name::Full(name) => f.write_str(name),
            Name::Username(username) => write!(f, "@{username}"),
            Name::Deleted => write!(f, "Deleted account {}", self.id),
            Name::Unknown => write!(f, "id {}", self.id),
            Name::Hidden => f.write_str("Somebody"),
        }
    }
}

/// The fewest digits of an id that tell people apart.
const MIN_DIGITS: usize = 4;

/// A mark for each person who shares a name with another person of `shown`: the @username, or else the last digits of
/// the id. People with a unique name have no mark. A person may be in `shown` several times.
pub fn distinctions<'a>(shown: impl IntoIterator<Item = &'a Display>) -> BTreeMap<PeerId, String> {
    let mut namesakes: BTreeMap<String, BTreeMap<PeerId, &Display>> = BTreeMap::new();
    for person in shown {
        if let Name::Full(name) = &person.name {
            namesakes.entry(fold(name)).or_default().insert(person.id, person);
        }
    }
    // A pen name has no mark.
    let marks = namesakes.values().filter(|same| same.len() > 1).flat_map(tell_apart);
    marks.filter(|(id, _)| *id != NO_ID).collect()
}

fn tell_apart(same: &BTreeMap<PeerId, &Display>) -> Vec<(PeerId, String)> {
    let ids: Vec<String> = same.keys().map(ToString::to_string).collect();
    let end = |id: &str, digits: usize| id[id.len().saturating_sub(digits)..].to_owned();
    let are_distinct =
        |digits: &usize| ids.iter().map(|id| end(id, *digits)).collect::<BTreeSet<_>>().len() == ids.len();
    let digits = (MIN_DIGITS..).find(are_distinct).unwrap_or(MIN_DIGITS);
    // If a username has moved to another account, both accounts may still have it here.
    let has = |person: &Display, username: &str| person.username.as_deref() == Some(username);
    let is_unique = |username: &&String| same.values().filter(|person| has(person, username)).count() == 1;
    let mark = |person: &Display| match person.username.as_ref().filter(is_unique) {
        Some(username) => format!("@{username}"),
        None => format!("…{}", end(&person.id.to_string(), digits)),
    };
    same.iter().map(|(id, person)| (*id, mark(person))).collect()
}

/// A profile with the access hash that Telegram requires in requests about that account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    pub profile: Profile,
    /// `None` if the profile came without a usable access hash.
    pub access_hash: Option<i64>,
}

/// Finds accounts for the organiser by id, @username or name. A whole name comes before a part of a name, and an exact
/// name before one that only [`fold`]s to the same text. Returns several accounts if `text` is ambiguous.
pub fn matching<'a>(profiles: impl IntoIterator<Item = &'a Profile>, text: &str) -> Vec<&'a Profile> {
    let text = text.trim();
    let wanted = text.trim_start_matches('@').to_lowercase();
    let folded = fold(&wanted);
    if wanted.is_empty() {
        return Vec::new();
    }
    let profiles: Vec<&Profile> = profiles.into_iter().collect();
    let id = text.parse().ok().map(PeerId);
    let name = |profile: &Profile| own(profile).to_string().to_lowercase();
    let tests: [&dyn Fn(&Profile) -> bool; 6] = [
        &|profile| id == Some(profile.peer),
        &|profile| profile.usernames().any(|name| name.to_lowercase() == wanted),
        &|profile| name(profile) == wanted,
        &|profile| fold(&name(profile)) == folded,
        &|profile| name(profile).contains(&wanted),
        // An empty text is a part of every name.
        &|profile| !folded.is_empty() && fold(&name(profile)).contains(&folded),
    ];
    // A text that begins with @ is a username, never a name.
    let tests = if text.starts_with('@') { &tests[..2] } else { &tests[..] };
    let found = |fits: &&dyn Fn(&Profile) -> bool| profiles.iter().copied().filter(|profile| fits(profile)).collect();
    tests.iter().map(found).find(|found: &Vec<&Profile>| !found.is_empty()).unwrap_or_default()
}

/// Which accounts are one person (rules §2.6). Aliases are kept by id, so they apply to all history and can be removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases(BTreeMap<PeerId, PeerId>);

impl Aliases {
    /// Each pair is a canonical account and an alias of it. An alias of an alias belongs to the first account of the
    /// chain. A pair that would close a cycle is ignored, and so is a second canonical account of one alias.
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

    /// All accounts of a person. `person`, the account that stands for them, comes first.
    pub fn accounts(&self, person: PeerId) -> Vec<PeerId> {
        let others = self.0.iter().filter(|(_, canonical)| **canonical == person).map(|(alias, _)| *alias);
        std::iter::once(person).chain(others).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CASES X12.
    #[test]
    fn a_name_that_is_an_id_or_a_username_is_not_repeated() {
        let with_username = |profile: &Profile| display(profile, Viewer::Organiser).with_username();
        let nobody = Profile::unknown(PeerId(5_000_000_003));
        assert_eq!(with_username(&nobody), "id 5000000003");
        assert_eq!(with_username(&Profile { username: Some("ada".into()), ..nobody.clone() }), "@ada (5000000003)");
        let ada = Profile { name: "Ada".into(), username: Some("ada".into()), ..nobody };
        assert_eq!(with_username(&ada), "Ada @ada (5000000003)");
    }

    #[test]
    fn a_website_gets_an_id_only_of_whoever_is_open() {
        let ada = Profile::unknown(PeerId(7));
        assert_eq!(ada.website_id(), 7);
        let hidden = Profile { hidden: true, pseudonym: Some(99), ..ada.clone() };
        let renamed = Profile { pen_name: Some("Falcon".into()), pseudonym: Some(98), ..ada.clone() };
        assert_eq!([&hidden, &renamed].map(Profile::website_id), [-99, -98]);
        // Once she no longer hides, she has her own id again, even if she has a pseudonym.
        assert_eq!(Profile { pseudonym: Some(99), ..ada }.website_id(), 7);
        assert_eq!(Profile::unknown(PeerId(crate::domain::forgotten::FIRST_FORGOTTEN_ID)).website_id(), -(1 << 51));
        assert_eq!(Profile { hidden: true, ..Profile::unknown(PeerId(7)) }.website_id(), 0);
    }

    #[test]
    fn a_name_of_a_megabyte_is_cut_and_a_username_of_control_characters_is_none() {
        let profile =
            Profile { name: "y".repeat(1 << 20), username: Some("\u{1b}\n".into()), ..Profile::unknown(PeerId(1)) };
        let shown = display(&profile, Viewer::Terminal);
        assert_eq!((shown.to_string().chars().count(), shown.username), (MAX_NAME, None));
    }

    #[test]
    fn accounts_are_found_by_id_username_or_name() {
        let profile = |id, username: &str, name: &str| Profile {
            username: Some(username.into()),
            name: name.into(),
            ..Profile::unknown(PeerId(id))
        };
        let all = [profile(1, "ada", "Ada Lovelace"), profile(2, "bob", "Ada"), profile(3, "adam", "Адам")];
        let found = |text: &str| matching(&all, text).into_iter().map(|profile| profile.peer.0).collect::<Vec<_>>();
        let second = Profile { other_usernames: vec!["Second".into()], ..all[2].clone() };
        // CASES G10.
        assert_eq!(matching([&all[0], &second], "@second"), [&second]);
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

    /// CASES S8.
    #[test]
    fn names_are_found_however_they_are_typed() {
        let names = ["İbrahim", "Zoe\u{308} Quinn", "Oʻktam", "Zoé", "Zoe"];
        let all: Vec<Profile> =
            (1..).zip(names).map(|(id, name)| Profile { name: name.into(), ..Profile::unknown(PeerId(id)) }).collect();
        let found = |text: &str| matching(&all, text).into_iter().map(|profile| profile.peer.0).collect::<Vec<_>>();
        assert_eq!(found("ibrahim"), [1]);
        assert_eq!(found("IBRAHIM"), [1]);
        assert_eq!(found("Zoë Quinn"), [2]);
        assert_eq!(found("o'k"), [3]);
        assert_eq!(found("O’KTAM"), [3]);
        // The exact name comes first; without it, names that differ only in accents are found.
        assert_eq!(found("zoé"), [4]);
        assert_eq!(found("zoë"), [4, 5]);
        assert_eq!(found("quınn"), [2]);
        // The text folds to nothing.
        assert_eq!(found("\u{301}"), [0; 0]);
    }

    /// CASES S9.
    #[test]
    fn people_of_one_name_are_told_apart() {
        let person = |id, username: &str, name: &str| {
            let username = Some(username.to_owned()).filter(|username| !username.is_empty());
            display(&Profile { username, name: name.into(), ..Profile::unknown(PeerId(id)) }, Viewer::Group)
        };
        let marks =
            |people: &[Display]| distinctions(people).into_iter().map(|(id, mark)| (id.0, mark)).collect::<Vec<_>>();
        let mark = |id: i64, mark: &str| (id, mark.to_owned());
        let ali = person(1_234_567, "ali_1", "Ali");
        // The only Ali, though he is shown twice.
        assert_eq!(marks(&[ali.clone(), person(5, "bob", "Bob"), ali.clone()]), []);
        assert_eq!(
            marks(&[ali.clone(), person(5, "bob", "Bob"), person(7_654_321, "", "Alí\u{200b}")]),
            [mark(1_234_567, "@ali_1"), mark(7_654_321, "…4321")]
        );
        // As many digits as it takes.
        assert_eq!(
            marks(&[person(91_234_567, "", "Ali"), person(81_234_567, "", "Ali"), person(-1_001_234, "", "Ali")]),
            [mark(-1_001_234, "…-1001234"), mark(81_234_567, "…81234567"), mark(91_234_567, "…91234567")]
        );
        // The username has moved to another account, so that it is not unique here.
        assert_eq!(marks(&[ali, person(7, "ali_1", "Ali")]), [mark(7, "…7"), mark(1_234_567, "…4567")]);
        // Their names have the whole id already.
        assert_eq!(marks(&[person(1, "", ""), person(2, "", "")]), []);
    }

    #[test]
    fn only_the_organiser_sees_who_hides() {
        let ada = Profile { name: "Ada".into(), username: Some("ada".into()), ..Profile::unknown(PeerId(77)) };
        let hidden = Profile { hidden: true, ..ada.clone() };
        let falcon = Profile { pen_name: Some("Falcon\u{202e}".into()), ..ada.clone() };
        for viewer in [Viewer::Group, Viewer::Terminal, Viewer::Web] {
            let nobody = Display { id: NO_ID, username: None, name: Name::Hidden };
            assert_eq!(display(&hidden, viewer), nobody);
            assert_eq!(display(&Profile { hidden: true, ..falcon.clone() }, viewer), nobody);
            let pen_name = Display { name: Name::Full("Falcon".into()), ..nobody };
            assert_eq!(display(&falcon, viewer), pen_name);
        }
        let of_organiser = |profile| display(profile, Viewer::Organiser).with_id();
        assert_eq!(of_organiser(&hidden), "Ada (hidden) (@ada, 77)");
        assert_eq!(of_organiser(&falcon), "Ada (as Falcon) (@ada, 77)");
        assert_eq!(display(&hidden.clone().for_themself(), Viewer::Web), display(&ada, Viewer::Web));
        // The organiser finds them by their names.
        assert_eq!(matching([&hidden, &falcon], "ada"), [&hidden, &falcon]);
        assert!(matching([&hidden, &falcon], "somebody").is_empty());
        // The namesake has a mark, but the pen name has none.
        let bird = Profile { name: "falcon".into(), ..Profile::unknown(PeerId(12_345)) };
        let shown = [&hidden, &hidden, &falcon, &bird].map(|profile| display(profile, Viewer::Group));
        assert_eq!(distinctions(&shown), [(PeerId(12_345), "…2345".to_owned())].into());
        // A namesake of a person who hides has no mark either: it would give away the name.
        let namesake = Profile { username: None, ..ada };
        assert!(distinctions(&[&hidden, &namesake].map(|profile| display(profile, Viewer::Group))).is_empty());
        // The order of people who share a rank gives nothing away.
        assert_eq!(([&hidden, &falcon].map(|profile| profile.sort_name())), ["", "Falcon\u{202e}"]);
    }

    #[test]
    fn every_account_has_a_name() {
        let mut profile = Profile { name: "\u{2800}\u{200b}".into(), ..Profile::unknown(PeerId(7)) };
        let name = |profile: &Profile| display(profile, Viewer::Terminal).to_string();
        assert_eq!(name(&profile), "id 7");
        profile.username = Some("ada\u{202e}".into());
        assert_eq!(name(&profile), "@ada");
        profile.name = " Ada\n".into();
        assert_eq!(name(&profile), "Ada");
        profile.deleted = true;
        assert_eq!(name(&profile), "Deleted account 7");
        assert_eq!(display(&profile, Viewer::Web).username.as_deref(), Some("ada"));
    }

    #[test]
    fn chains_lead_to_their_first_account_and_cycles_are_ignored() {
        let pairs = |pairs: &[(i64, i64)]| Aliases::new(pairs.iter().map(|&(a, b)| (PeerId(a), PeerId(b))));
        for order in [[(1, 2), (2, 3)], [(2, 3), (1, 2)]] {
            let aliases = pairs(&order);
            assert_eq!([1, 2, 3, 4].map(|peer| aliases.person(PeerId(peer)).0), [1, 1, 1, 4]);
            assert_eq!(aliases.accounts(PeerId(1)), [PeerId(1), PeerId(2), PeerId(3)]);
            assert_eq!(aliases.accounts(PeerId(4)), [PeerId(4)]);
        }
        let circle = pairs(&[(1, 2), (2, 3), (3, 1)]);
        assert_eq!([1, 2, 3].map(|peer| circle.person(PeerId(peer)).0), [1, 1, 1]);
        // The first pair of an alias counts.
        assert_eq!(pairs(&[(1, 2), (3, 2)]).person(PeerId(2)), PeerId(1));
    }
}
