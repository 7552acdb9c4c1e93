//! A group as a user writes it: a name, an id, or an address that some Telegram app shows.
//!
//! ```text
//! studyhall  @studyhall  t.me/studyhall/4  tg://resolve?domain=studyhall  ──► a username
//! -1001234567890  1234567890  t.me/c/1234567890/55  web.telegram.org/a/#-1001234567890  ──► an id
//! t.me/+AbC  t.me/joinchat/AbC  tg://join?invite=AbC  ──► an invite link
//! everything else  ──► a title
//! ```
//! A group is its id (rules §3.7): a name is resolved once, and the store keeps what it meant.

use super::PeerId;

/// What separates channels and supergroups from basic groups among marked ids.
const CHANNEL_BASE: i64 = 1_000_000_000_000;
/// Hosts of links; each name may also stand before the host, as in `studyhall.t.me`.
const HOSTS: [&str; 3] = ["t.me", "telegram.me", "telegram.dog"];
/// The longest username.
const MAX_USERNAME: usize = 32;

/// What a user's words for a group mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupName {
    /// A public name, without `@`.
    Username(String),
    /// A word that may be a public name or a title.
    Word(String),
    /// The hash of an invite link.
    Invite(String),
    /// An id; where its form does not say of which kind, the likely one comes first.
    Id(Vec<PeerId>),
    Title(String),
}

/// A group's name with the topic that a link names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub group: GroupName,
    /// The topic of a forum, or the number of a message where the group is no forum.
    pub topic: Option<i32>,
}

/// The address of a message; basic groups have none.
pub fn message_link(chat: PeerId, username: Option<&str>, message_id: i32) -> Option<String> {
    let id = -chat.0 - CHANNEL_BASE;
    match username {
        _ if id <= 0 => None,
        Some(name) => Some(format!("https://t.me/{name}/{message_id}")),
        None => Some(format!("https://t.me/c/{id}/{message_id}")),
    }
}

/// Reads what a user wrote. Every text means something: at least a title.
pub fn parse(text: &str) -> Named {
    let text = text.trim().trim_matches(['"', '\'']).trim();
    let only = |group| Named { group, topic: None };
    if let Some(named) = tg_address(text).or_else(|| web_address(text)).or_else(|| link(text)) {
        return named;
    }
    if let Some(name) = text.strip_prefix('@').filter(|name| !name.is_empty()) {
        return only(GroupName::Username(name.into()));
    }
    match id(text) {
        Some(peers) => only(GroupName::Id(peers)),
        None if is_username(text) => only(GroupName::Word(text.into())),
        None => only(GroupName::Title(text.into())),
    }
}

/// A word that Telegram can take for a username.
fn is_username(text: &str) -> bool {
    (4..=MAX_USERNAME).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn channel(id: i64) -> PeerId {
    PeerId(-CHANNEL_BASE - id)
}

/// A marked id, or one without its mark: `-1001234567890`, `-1234567890`, `1234567890`.
fn id(text: &str) -> Option<Vec<PeerId>> {
    // A dash that a phone or a document made of the minus.
    let text = text.replace(['\u{2212}', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}'], "-");
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let plain = (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = digits.parse().ok().filter(|number| plain && *number > 0)?;
    Some(match text.starts_with('-') {
        true if number > CHANNEL_BASE => vec![PeerId(-number)],
        // A basic group, or a supergroup as web.telegram.org/k writes it.
        true => vec![PeerId(-number), channel(number)],
        false => vec![channel(number), PeerId(-number)],
    })
}

fn number(text: &str) -> Option<i32> {
    text.parse().ok().filter(|number| *number > 0)
}

/// The value of a parameter of `a=1&b=2`.
fn parameter<'a>(query: &'a str, names: &[&str]) -> Option<&'a str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, value)| names.contains(name) && !value.is_empty()).map(|(_, value)| value)
}

/// `tg://resolve?domain=studyhall`, `tg://privatepost?channel=1234567890&post=55`, `tg://join?invite=AbC`.
fn tg_address(text: &str) -> Option<Named> {
    let rest = text.strip_prefix("tg:")?.trim_start_matches('/');
    let query = rest.split_once('?')?.1;
    let topic = parameter(query, &["thread", "topic"]).and_then(number);
    let group = if let Some(name) = parameter(query, &["domain"]) {
        GroupName::Username(name.into())
    } else if let Some(hash) = parameter(query, &["invite"]) {
        GroupName::Invite(hash.into())
    } else {
        GroupName::Id(vec![channel(parameter(query, &["channel"])?.parse().ok()?)])
    };
    Some(Named { group, topic })
}

fn without_scheme(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    let scheme = ["https://", "http://"].into_iter().find(|scheme| lower.starts_with(scheme));
    let rest = scheme.map_or(text, |scheme| &text[scheme.len()..]);
    rest.strip_prefix("www.").unwrap_or(rest)
}

/// `https://web.telegram.org/a/#-1001234567890`, also with `_17` for a topic; `/k/#@studyhall`;
/// `/#/im?p=@studyhall`, `p=c1234567890_17`, `p=g123`.
fn web_address(text: &str) -> Option<Named> {
    let rest = without_scheme(text).strip_prefix("web.telegram.org")?;
    let fragment = rest.split_once('#')?.1;
    let fragment = fragment.split_once('?').and_then(|(_, query)| parameter(query, &["p"])).unwrap_or(fragment);
    if let Some(name) = fragment.strip_prefix('@') {
        return Some(Named { group: GroupName::Username(name.into()), topic: None });
    }
    let (peer, topic) = fragment.split_once('_').unwrap_or((fragment, ""));
    // The old app puts a letter before the id, and an access hash after it.
    let (peers, topic) = match (peer.strip_prefix(['c', 's']), peer.strip_prefix('g')) {
        (Some(peer), _) => (vec![channel(peer.parse().ok()?)], None),
        (_, Some(peer)) => (vec![PeerId(-peer.parse().ok()?)], None),
        _ => (id(peer)?, number(topic)),
    };
    Some(Named { group: GroupName::Id(peers), topic })
}

/// A t.me link.
fn link(text: &str) -> Option<Named> {
    let rest = without_scheme(text);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.to_ascii_lowercase();
    let (path, query) = path.split_once(['?', '#']).unwrap_or((path, ""));
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let asked = parameter(query, &["thread", "topic"]);
    let named = |group, rest: &[&str]| Some(Named { group, topic: asked.or(rest.first().copied()).and_then(number) });
    if let Some(name) = HOSTS.iter().find_map(|known| host.strip_suffix(known)?.strip_suffix('.')) {
        return named(GroupName::Username(name.into()), &parts);
    }
    if !HOSTS.contains(&host.as_str()) {
        return None;
    }
    match &parts[..] {
        ["joinchat", hash, ..] => Some(Named { group: GroupName::Invite((*hash).into()), topic: None }),
        [hash, ..] if hash.starts_with('+') => Some(Named { group: GroupName::Invite(hash[1..].into()), topic: None }),
        // t.me/c/1234567890/17/55 is message 55 of topic 17; t.me/c/1234567890/55 is a message, or a topic.
        ["c", id, rest @ ..] => named(GroupName::Id(vec![channel(id.parse().ok().filter(|id| *id > 0)?)]), rest),
        // The preview of a public channel.
        ["s", name, rest @ ..] | [name, rest @ ..] => {
            named(GroupName::Username(name.trim_start_matches('@').into()), rest)
        }
        [] => None,
    }
}

/// A group as it is known, for a comparison with what a user wrote.
#[derive(Clone, Copy, Debug)]
pub struct KnownGroup<'a> {
    pub peer: PeerId,
    pub migrated_from: Option<PeerId>,
    pub title: &'a str,
    pub username: Option<&'a str>,
    /// What the settings called it when it was found.
    pub setting: Option<&'a str>,
}

fn same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

fn means_same(a: &GroupName, b: &GroupName) -> bool {
    use GroupName::{Title, Username, Word};
    match (a, b) {
        (Username(a) | Word(a), Username(b) | Word(b)) | (Title(a), Title(b)) => same(a, b),
        (a, b) => a == b,
    }
}

/// Which of `groups` a user means by `text`; `None` if it is none of them.
///
/// What the settings called a group comes first: a name that another group has meanwhile still means the first one.
pub fn find(text: &str, groups: &[KnownGroup]) -> Option<usize> {
    let wanted = parse(text).group;
    let by_setting =
        |group: &KnownGroup| group.setting.is_some_and(|setting| means_same(&parse(setting).group, &wanted));
    let by_id = |group: &KnownGroup| match &wanted {
        GroupName::Id(ids) => {
            ids.contains(&group.peer) || group.migrated_from.is_some_and(|before| ids.contains(&before))
        }
        _ => false,
    };
    let by_username = |group: &KnownGroup| match &wanted {
        GroupName::Username(name) | GroupName::Word(name) => group.username.is_some_and(|known| same(known, name)),
        _ => false,
    };
    let by_title = |group: &KnownGroup| match &wanted {
        GroupName::Title(title) | GroupName::Word(title) => same(group.title, title),
        _ => false,
    };
    let position = |is: &dyn Fn(&KnownGroup) -> bool| groups.iter().position(is);
    position(&by_id)
        .or_else(|| position(&by_setting))
        .or_else(|| position(&by_username))
        .or_else(|| position(&by_title))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALL: PeerId = PeerId(-1_001_234_567_890);

    fn group(text: &str) -> GroupName {
        parse(text).group
    }

    #[test]
    fn the_link_of_a_message_names_its_chat() {
        let supergroup = channel(1234567890);
        let link = |chat, username| message_link(chat, username, 55);
        assert_eq!(link(supergroup, Some("studyhall")).as_deref(), Some("https://t.me/studyhall/55"));
        let by_id = link(supergroup, None).unwrap();
        assert_eq!(by_id, "https://t.me/c/1234567890/55");
        assert_eq!(parse(&by_id).group, GroupName::Id(vec![supergroup]));
        assert_eq!((link(PeerId(-123), None), link(PeerId(-123), Some("studyhall"))), (None, None));
    }

    #[test]
    fn usernames_are_read_from_every_form() {
        for text in [
            "@studyhall",
            "t.me/studyhall",
            "https://t.me/studyhall",
            "HTTPS://T.ME/studyhall",
            "http://www.t.me/studyhall",
            " telegram.me/studyhall/ ",
            "telegram.dog/studyhall",
            "https://studyhall.t.me",
            "https://t.me/s/studyhall",
            "https://t.me/studyhall?boost",
            "tg://resolve?domain=studyhall",
            "tg:resolve?domain=studyhall&post=3",
            "https://web.telegram.org/k/#@studyhall",
            "https://web.telegram.org/#/im?p=@studyhall",
            "\"@studyhall\"",
        ] {
            assert_eq!(parse(text), Named { group: GroupName::Username("studyhall".into()), topic: None }, "{text}");
        }
        assert_eq!(group("studyhall"), GroupName::Word("studyhall".into()));
    }

    #[test]
    fn ids_are_read_from_every_form() {
        for text in [
            "-1001234567890",
            " -1001234567890 ",
            "\u{2212}1001234567890",
            "https://t.me/c/1234567890",
            "t.me/c/1234567890/55",
            "tg://privatepost?channel=1234567890&post=55",
            "https://web.telegram.org/a/#-1001234567890",
            "web.telegram.org/z/#-1001234567890",
            "https://web.telegram.org/#/im?p=c1234567890_17592186044416",
            "https://web.telegram.org/#/im?p=s1234567890_17592186044416",
        ] {
            assert_eq!(group(text), GroupName::Id(vec![HALL]), "{text}");
        }
        // The form does not say of which kind it is.
        assert_eq!(group("1234567890"), GroupName::Id(vec![HALL, PeerId(-1_234_567_890)]));
        for text in ["-1234567890", "https://web.telegram.org/k/#-1234567890"] {
            assert_eq!(group(text), GroupName::Id(vec![PeerId(-1_234_567_890), HALL]), "{text}");
        }
        assert_eq!(group("https://web.telegram.org/#/im?p=g77"), GroupName::Id(vec![PeerId(-77)]));
    }

    #[test]
    fn links_name_topics() {
        for (text, topic) in [
            ("https://t.me/studyhall/4", Some(4)),
            ("https://t.me/studyhall/4/120", Some(4)),
            ("https://t.me/studyhall?topic=4", Some(4)),
            ("https://t.me/studyhall/120?thread=4", Some(4)),
            ("https://t.me/c/1234567890/4/120", Some(4)),
            ("tg://resolve?domain=studyhall&thread=4", Some(4)),
            ("https://web.telegram.org/a/#-1001234567890_4", Some(4)),
            ("https://t.me/studyhall/0", None),
            ("https://t.me/studyhall/x", None),
            ("https://t.me/+AbC/4", None),
            ("https://web.telegram.org/#/im?p=c1234567890_4", None),
        ] {
            assert_eq!(parse(text).topic, topic, "{text}");
        }
    }

    #[test]
    fn invite_links_and_titles_are_read() {
        for text in ["https://t.me/+AbC-1_2", "t.me/joinchat/AbC-1_2", "tg://join?invite=AbC-1_2"] {
            assert_eq!(group(text), GroupName::Invite("AbC-1_2".into()), "{text}");
        }
        for text in
            ["Study Hall", "Учёба", "abc", "2026 goals", "study-hall", "@", "0", "t.me", "https://example.com/x"]
        {
            assert_eq!(group(text), GroupName::Title(text.into()), "{text}");
        }
    }

    #[test]
    fn a_known_group_is_found_by_what_the_settings_called_it() {
        let hall = KnownGroup {
            peer: HALL,
            migrated_from: Some(PeerId(-77)),
            title: "Study Hall",
            username: Some("newname"),
            setting: Some("https://t.me/oldname"),
        };
        // This one has taken the name that the other had.
        let thief = KnownGroup {
            peer: PeerId(-1_009),
            migrated_from: None,
            title: "Thief",
            username: Some("oldname"),
            setting: None,
        };
        let groups = [thief, hall];
        for text in
            ["@oldname", "OldName", "t.me/oldname", "@NewName", "Study hall", "-1001234567890", "1234567890", "-77"]
        {
            assert_eq!(find(text, &groups), Some(1), "{text}");
        }
        assert_eq!(find("Thief", &groups), Some(0));
        assert_eq!(find("@another_group", &groups), None);
    }
}
