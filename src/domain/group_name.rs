//! A group as a user writes it: a name, an id, or an address that some Telegram app shows.
//!
//! ```text
//! studyhall  @studyhall  t.me/studyhall/4  tg://resolve?domain=studyhall  ──► a username
//! -1001234567890  1234567890  t.me/c/1234567890/55  web.telegram.org/a/#-1001234567890  ──► an id
//! t.me/+AbC  t.me/joinchat/AbC  tg://join?invite=AbC  ──► an invite link
//! t.me/addlist/AbC  t.me/+998901234567  tg://user?id=5  ──► something that is not a group
//! everything else  ──► a title
//! ```
//! A group is identified by its id (rules §3.7): a name is resolved once, and the store keeps the id that it meant.

use super::PeerId;
use super::fold::fold;
use super::text::clean;

/// The marked id of a channel or supergroup is minus the sum of this number and its bare id.
const CHANNEL_BASE: i64 = 1_000_000_000_000;
/// Hosts of links; each name may also stand before the host, as in `studyhall.t.me`.
const HOSTS: [&str; 3] = ["t.me", "telegram.me", "telegram.dog"];
/// Hosts of Telegram's apps for browsers.
const WEB_HOSTS: [&str; 4] = ["web.telegram.org", "weba.telegram.org", "webk.telegram.org", "webz.telegram.org"];
/// The longest username.
const MAX_USERNAME: usize = 32;
/// Quotes that come along when a name is copied from a text.
const QUOTES: [(char, char); 8] =
    [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('„', '“'), ('‘', '’'), ('«', '»'), ('<', '>')];
/// The first words of links that do not lead to a group.
const OTHER_LINKS: [&str; 24] = [
    "addemoji",
    "addlist",
    "addstickers",
    "addstyle",
    "addtheme",
    "bg",
    "call",
    "confirmphone",
    "contact",
    "giftcode",
    "invoice",
    "iv",
    "login",
    "m",
    "msg",
    "msg_url",
    "nft",
    "proxy",
    "setlanguage",
    "setlink",
    "share",
    "socks",
    "stars",
    "user",
];
const FOLDER: &str = "that link leads to a folder of chats; use the group's own link";
const PERSON: &str = "that link leads to a person, not to a group";
const OTHER: &str = "that link leads to no group";
const INCOMPLETE: &str = "that link is cut off: what names the group is missing";

/// The meaning of a text with which a user names a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupName {
    /// A public name, without `@`.
    Username(String),
    /// A word that may be a public name or a title.
    Word(String),
    /// The hash of an invite link.
    Invite(String),
    /// An id. If its form leaves open which kind of group it is, there are several, the most likely one first.
    Id(Vec<PeerId>),
    Title(String),
    /// A link that does not lead to a group, with an English text that says so.
    Other(&'static str),
}

/// A group's name with the topic that a link names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub group: GroupName,
    /// The topic of a forum, or the number of a message if the group is not a forum.
    pub topic: Option<i32>,
}

/// The address of a message. `None` in a basic group: its messages have no address.
pub fn message_link(chat: PeerId, username: Option<&str>, message_id: i32) -> Option<String> {
    let id = -chat.0 - CHANNEL_BASE;
    match username {
        _ if id <= 0 => None,
        Some(name) => Some(format!("https://t.me/{name}/{message_id}")),
        None => Some(format!("https://t.me/c/{id}/{message_id}")),
    }
}

/// The id in a text, if it has Telegram's marked form, which shows the kind of group. Else `None`.
pub fn marked_id(text: &str) -> Option<PeerId> {
    match parse(text).group {
        GroupName::Id(ids) if ids[0].0 < 0 && ids.len() == 1 => Some(ids[0]),
        _ => None,
    }
}

/// Parses what a user wrote. A text that is nothing else is a title.
pub fn parse(text: &str) -> Named {
    let cleaned = clean(text);
    let text = without_quotes(&cleaned);
    let only = |group| Named { group, topic: None };
    let address = text.trim_start_matches('@');
    if let Some(named) = tg_address(address).or_else(|| web_address(address)).or_else(|| link(address)) {
        return named;
    }
    if let Some((group, topic)) = id_and_topic(text) {
        return Named { group: GroupName::Id(group), topic };
    }
    if text.starts_with('@') && !address.is_empty() {
        let (name, topic) = address.split_once('/').unwrap_or((address, ""));
        return Named { group: GroupName::Username(name.trim().into()), topic: number(topic) };
    }
    if is_username(text) { only(GroupName::Word(text.into())) } else { only(GroupName::Title(text.into())) }
}

fn without_quotes(text: &str) -> &str {
    let quoted = |(open, close): &(char, char)| text.strip_prefix(*open)?.strip_suffix(*close);
    QUOTES.iter().find_map(quoted).map_or(text, |inner| without_quotes(inner.trim()))
}

/// Whether the text can be a username of Telegram.
fn is_username(text: &str) -> bool {
    (4..=MAX_USERNAME).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn channel(id: i64) -> PeerId {
    PeerId(-CHANNEL_BASE - id)
}

/// The number of a peer, without its mark: at most 15 digits.
fn positive(digits: &str) -> Option<i64> {
    let plain = (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| plain && *number > 0)
}

/// A marked id, or an id without its mark: `-1001234567890`, `-1234567890`, `1234567890`.
fn id(text: &str) -> Option<Vec<PeerId>> {
    // A phone or an editor may have turned the minus into a dash.
    let text = text.replace(['\u{2212}', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}'], "-");
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let number = positive(digits)?;
    let mut peers = match text.starts_with('-') {
        true if number > CHANNEL_BASE => vec![PeerId(-number)],
        // A basic group, or a supergroup as web.telegram.org/k writes it.
        true => vec![PeerId(-number), channel(number)],
        false => vec![channel(number), PeerId(-number)],
    };
    // Some people put -100 before the id of a basic group, too.
    peers.extend(digits.strip_prefix("100").and_then(positive).map(|number| PeerId(-number)));
    Some(peers)
}

/// An id, and its topic if there is one, as the browser app writes it: `-1001234567890_4`.
fn id_and_topic(text: &str) -> Option<(Vec<PeerId>, Option<i32>)> {
    let (peer, rest) = text.split_once(['_', '/', '?']).unwrap_or((text, ""));
    let topic = parameter(rest, &["thread"]).unwrap_or_else(|| rest.split(['_', '/', '?']).next().unwrap_or_default());
    Some((id(peer)?, number(topic)))
}

fn number(text: &str) -> Option<i32> {
    text.parse().ok().filter(|number| *number > 0)
}

/// The value of a parameter of `a=1&b=2`.
fn parameter<'a>(query: &'a str, names: &[&str]) -> Option<&'a str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, value)| names.contains(name) && !value.is_empty()).map(|(_, value)| value)
}

/// Decodes the characters that a link writes like `%2B`.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok()).filter(u8::is_ascii);
        match code {
            Some(code) => out.extend([char::from(code)].into_iter().chain(part[2..].chars())),
            None => out.extend(['%'].into_iter().chain(part.chars())),
        }
    }
    out
}

/// `text` without a prefix, which is compared without regard to case. `None` if it does not begin so.
fn strip_start<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

/// Parses `tg://resolve?domain=studyhall`, `tg://privatepost?channel=1234567890&post=55`, `tg://join?invite=AbC`.
fn tg_address(text: &str) -> Option<Named> {
    let rest = strip_start(text, "tg:")?.trim_start_matches('/');
    let (action, query) = rest.split_once('?').unwrap_or((rest, ""));
    let has = |names: &[&str]| parameter(query, names);
    let topic = has(&["thread", "topic"]).or_else(|| has(&["post"])).and_then(number);
    let group = if let Some(name) = has(&["domain"]) {
        GroupName::Username(name.into())
    } else if let Some(hash) = has(&["invite"]) {
        GroupName::Invite(hash.into())
    } else if let Some(id) = has(&["channel"]).and_then(positive) {
        GroupName::Id(vec![channel(id)])
    } else if let Some(peers) = has(&["chat_id"]).and_then(id) {
        GroupName::Id(peers)
    } else {
        GroupName::Other(match action.trim_end_matches('/') {
            "addlist" => FOLDER,
            "user" | "openmessage" | "resolve" => PERSON,
            _ => OTHER,
        })
    };
    Some(Named { group, topic })
}

fn without_scheme(text: &str) -> &str {
    let rest = ["https://", "http://"].into_iter().find_map(|scheme| strip_start(text, scheme)).unwrap_or(text);
    strip_start(rest, "www.").unwrap_or(rest)
}

/// Parses `https://web.telegram.org/a/#-1001234567890`, also with `_17` for a topic; `/k/#@studyhall`;
/// `/#/im?p=@studyhall`, `p=c1234567890_17`, `p=g123`; `/k/#?tgaddr=tg%3A%2F%2Fresolve%3Fdomain%3Dstudyhall`.
fn web_address(text: &str) -> Option<Named> {
    let rest = without_scheme(text);
    let rest = WEB_HOSTS.iter().find_map(|host| strip_start(rest, host))?;
    if !rest.is_empty() && !rest.starts_with(['/', '#', '?']) {
        return None;
    }
    Some(web_chat(rest).unwrap_or(Named { group: GroupName::Other(INCOMPLETE), topic: None }))
}

/// Parses what follows the host of a web address.
fn web_chat(rest: &str) -> Option<Named> {
    if let Some((_, address)) = rest.split_once("tgaddr=") {
        return tg_address(&decoded(address.split('&').next()?));
    }
    let fragment = rest.split_once('#')?.1;
    let fragment = fragment.split_once('?').and_then(|(_, query)| parameter(query, &["p"])).unwrap_or(fragment);
    if let Some(name) = fragment.strip_prefix('@') {
        let (name, rest) = name.split_once(['?', '/']).unwrap_or((name, ""));
        let topic = parameter(rest, &["thread"]).unwrap_or(rest);
        return Some(Named { group: GroupName::Username(name.into()), topic: number(topic) });
    }
    // The old app puts a letter before the id, and an access hash after it.
    let old = fragment.split('_').next().unwrap_or_default();
    let (peers, topic) = match (old.strip_prefix(['c', 's']), old.strip_prefix('g')) {
        (Some(peer), _) => (vec![channel(positive(peer)?)], None),
        (_, Some(peer)) => (vec![PeerId(-positive(peer)?)], None),
        _ => id_and_topic(fragment)?,
    };
    Some(Named { group: GroupName::Id(peers), topic })
}

/// Parses a t.me link.
fn link(text: &str) -> Option<Named> {
    let rest = without_scheme(text).trim_end_matches(['.', ',', ';', '!']);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.to_ascii_lowercase();
    let (path, query) = path.split_once(['?', '#']).unwrap_or((path, ""));
    let path = decoded(path);
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let asked = parameter(query, &["thread", "topic"]);
    let named = |group, rest: &[&str]| Some(Named { group, topic: asked.or(rest.first().copied()).and_then(number) });
    let only = |group| Some(Named { group, topic: None });
    if let Some(name) = HOSTS.iter().find_map(|known| host.strip_suffix(known)?.strip_suffix('.')) {
        return named(GroupName::Username(name.into()), &parts);
    }
    if !HOSTS.contains(&host.as_str()) {
        return None;
    }
    let first = parts.first()?.to_ascii_lowercase();
    match &parts[..] {
        [_, hash, ..] if first == "joinchat" => only(GroupName::Invite((*hash).into())),
        [phone, ..] if phone.strip_prefix('+').and_then(positive).is_some() => only(GroupName::Other(PERSON)),
        ["+", ..] => only(GroupName::Other(INCOMPLETE)),
        [hash, ..] if hash.starts_with('+') => only(GroupName::Invite(hash[1..].into())),
        // t.me/c/1234567890/17/55 is message 55 of topic 17; t.me/c/1234567890/55 is a message, or a topic.
        [_, peer, rest @ ..] if first == "c" => {
            named(GroupName::Id(positive(peer).map(|id| vec![channel(id)]).or_else(|| id(peer))?), rest)
        }
        ["boost", ..] if parameter(query, &["c"]).is_some() => {
            only(GroupName::Id(vec![channel(positive(parameter(query, &["c"])?)?)]))
        }
        ["boost", name, ..] => only(GroupName::Username((*name).into())),
        [_] if ["c", "joinchat", "boost"].contains(&first.as_str()) => only(GroupName::Other(INCOMPLETE)),
        [_, ..] if first == "addlist" => only(GroupName::Other(FOLDER)),
        [_, ..] if OTHER_LINKS.contains(&first.as_str()) => only(GroupName::Other(OTHER)),
        // The preview of a public channel.
        ["s", name, rest @ ..] | [name, rest @ ..] => {
            named(GroupName::Username(name.trim_start_matches('@').into()), rest)
        }
        [] => None,
    }
}

/// A group that swf knows, to compare with what a user wrote.
#[derive(Clone, Copy, Debug)]
pub struct KnownGroup<'a> {
    pub peer: PeerId,
    pub migrated_from: Option<PeerId>,
    pub title: &'a str,
    pub username: Option<&'a str>,
    /// What the settings called the group when it was found.
    pub setting: Option<&'a str>,
}

fn same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

fn means_same(a: &GroupName, b: &GroupName) -> bool {
    use GroupName::{Title, Username, Word};
    match (a, b) {
        (Username(a) | Word(a), Username(b) | Word(b)) => same(a, b),
        (Title(a), Title(b)) => fold(a) == fold(b),
        (a, b) => a == b,
    }
}

/// Whether two names clearly mean the same group. `false` is not certain: a name and an id may belong to one group.
pub fn is_same(a: &GroupName, b: &GroupName) -> bool {
    match (a, b) {
        // Each id has several forms, and some forms fit two ids.
        (GroupName::Id(a), GroupName::Id(b)) => a.iter().any(|id| b.contains(id)),
        (a, b) => means_same(a, b),
    }
}

/// The index in `groups` of the group that a user means by `text`; `None` if no group fits.
///
/// The name that the settings had for a group comes first: if another group has taken that name since, the name still
/// means the group of the settings.
pub fn find(text: &str, groups: &[KnownGroup]) -> Option<usize> {
    let wanted = parse(text).group;
    let by_setting =
        |group: &KnownGroup| group.setting.is_some_and(|setting| means_same(&parse(setting).group, &wanted));
    let by_username = |group: &KnownGroup| match &wanted {
        GroupName::Username(name) | GroupName::Word(name) => group.username.is_some_and(|known| same(known, name)),
        _ => false,
    };
    let title = match &wanted {
        GroupName::Title(title) | GroupName::Word(title) => Some(title),
        _ => None,
    };
    let by_title = |group: &KnownGroup| title.is_some_and(|title| same(group.title, title));
    let by_alike_title = |group: &KnownGroup| title.is_some_and(|title| fold(group.title) == fold(title));
    let position = |is: &dyn Fn(&KnownGroup) -> bool| groups.iter().position(is);
    let by_id = |id: &PeerId| position(&|group| group.peer == *id || group.migrated_from == Some(*id));
    match &wanted {
        // The most likely id comes first.
        GroupName::Id(ids) => ids.iter().find_map(by_id),
        _ => position(&by_setting)
            .or_else(|| position(&by_username))
            .or_else(|| position(&by_title))
            .or_else(|| position(&by_alike_title)),
    }
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
            "TG:resolve?domain=studyhall",
            "T.me/studyhall?videochat=AbC",
            "https://t.me/studyhall?voicechat",
            "https://WWW.T.me/studyhall.",
            "https://t.me/%40studyhall",
            "https://t.me/boost/studyhall",
            "@t.me/studyhall",
            "@studyhall ",
            "\u{200e}@study\u{200b}hall\u{2069}",
            "\u{feff}@studyhall",
            "“@studyhall”",
            "<https://t.me/studyhall>",
            "'`@studyhall`'",
            "https://Web.Telegram.org/k/#@studyhall",
            "https://webk.telegram.org/#@studyhall",
            "https://web.telegram.org/k/#?tgaddr=tg%3A%2F%2Fresolve%3Fdomain%3Dstudyhall",
            "https://web.telegram.org/a/#?tgaddr=tg://resolve?domain=studyhall",
            "https://web.telegram.org/k/#@studyhall",
            "https://web.telegram.org/#/im?p=@studyhall",
            "\"@studyhall\"",
        ] {
            assert_eq!(parse(text), Named { group: GroupName::Username("studyhall".into()), topic: None }, "{text}");
        }
        assert_eq!(group("studyhall"), GroupName::Word("studyhall".into()));
    }

    /// CASES G6.
    #[test]
    fn ids_are_read_from_every_form() {
        for text in [
            "-1001234567890",
            " -1001234567890 ",
            "\u{2212}1001234567890",
            "\u{2068}-1001234567890\u{2069}",
            "tg://openmessage?chat_id=1234567890&message_id=4",
            "https://t.me/boost?c=1234567890",
            "https://t.me/c/-1001234567890/5",
            "https://web.telegram.org/k/#?tgaddr=tg%3A%2F%2Fprivatepost%3Fchannel%3D1234567890",
            "https://t.me/c/1234567890",
            "t.me/c/1234567890/55",
            "tg://privatepost?channel=1234567890&post=55",
            "https://web.telegram.org/a/#-1001234567890",
            "web.telegram.org/z/#-1001234567890",
            "https://web.telegram.org/#/im?p=c1234567890_17592186044416",
            "https://web.telegram.org/#/im?p=s1234567890_17592186044416",
        ] {
            let GroupName::Id(ids) = group(text) else { panic!("{text}") };
            assert_eq!(ids[0], HALL, "{text}");
        }
        // The user may have put the mark of a supergroup before a basic group's id.
        assert_eq!(group("-1001234567890"), GroupName::Id(vec![HALL, PeerId(-1_234_567_890)]));
        let GroupName::Id(ids) = group("-100987654321") else { panic!() };
        assert!(ids.contains(&PeerId(-987_654_321)), "{ids:?}");
        let GroupName::Id(ids) = group("1001234567890") else { panic!() };
        assert!(ids.contains(&HALL), "{ids:?}");
        // The form does not show which kind of group it is.
        assert_eq!(group("1234567890"), GroupName::Id(vec![HALL, PeerId(-1_234_567_890)]));
        for text in ["-1234567890", "https://web.telegram.org/k/#-1234567890"] {
            assert_eq!(group(text), GroupName::Id(vec![PeerId(-1_234_567_890), HALL]), "{text}");
        }
        assert_eq!(group("https://web.telegram.org/#/im?p=g77"), GroupName::Id(vec![PeerId(-77)]));
    }

    /// CASES P5.
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
            ("tg:resolve?domain=studyhall&post=4", Some(4)),
            ("tg://privatepost?channel=1234567890&post=120&thread=4", Some(4)),
            ("https://web.telegram.org/a/#-1001234567890_4_thread", Some(4)),
            ("https://web.telegram.org/k/#-1234567890?thread=4", Some(4)),
            ("https://web.telegram.org/k/#@studyhall?thread=4", Some(4)),
            ("-1001234567890_4", Some(4)),
            ("@studyhall/4", Some(4)),
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
        for text in [
            "https://t.me/+AbC-1_2",
            "t.me/joinchat/AbC-1_2",
            "tg://join?invite=AbC-1_2",
            "https://t.me/%2BAbC-1_2",
            "https://telegram.dog/JoinChat/AbC-1_2?x=1",
            "https://web.telegram.org/k/#?tgaddr=tg%3A%2F%2Fjoin%3Finvite%3DAbC-1_2",
        ] {
            assert_eq!(group(text), GroupName::Invite("AbC-1_2".into()), "{text}");
        }
        for text in [
            "Study Hall",
            "Учёба",
            "abc",
            "2026 goals",
            "study-hall",
            "@",
            "0",
            "t.me",
            "https://example.com/x",
            "'90s",
        ] {
            assert_eq!(group(text), GroupName::Title(text.into()), "{text}");
        }
    }

    #[test]
    fn a_link_to_something_else_is_no_title() {
        for (text, what) in [
            ("https://web.telegram.org/k/", INCOMPLETE),
            ("web.telegram.org", INCOMPLETE),
            ("https://web.telegram.org/a/#", INCOMPLETE),
            ("t.me/c", INCOMPLETE),
            ("https://t.me/c/", INCOMPLETE),
            ("t.me/joinchat/", INCOMPLETE),
            ("https://t.me/+", INCOMPLETE),
            ("https://t.me/addlist/AbC", FOLDER),
            ("tg://addlist?slug=AbC", FOLDER),
            ("https://t.me/+998901234567", PERSON),
            ("tg://user?id=5", PERSON),
            ("tg://openmessage?user_id=5", PERSON),
            ("tg://resolve?phone=998901234567", PERSON),
            ("https://t.me/addstickers/AbC", OTHER),
            ("https://t.me/share/url?url=x", OTHER),
            ("https://t.me/call/AbC", OTHER),
            ("tg://settings", OTHER),
            ("tg://privatepost?channel=-5", OTHER),
            ("tg://privatepost?channel=9223372036854775807", OTHER),
        ] {
            assert_eq!(parse(text), Named { group: GroupName::Other(what), topic: None }, "{text}");
        }
        // A number that is too large does no harm.
        for text in [
            "https://t.me/c/9223372036854775807/5",
            "https://web.telegram.org/#/im?p=g-9223372036854775808",
            "https://web.telegram.org/#/im?p=c9223372036854775807",
            "-9223372036854775808",
            "https://t.me/%",
            "https://t.me/%zz%é",
            "https://t.me/s",
        ] {
            parse(text);
        }
    }

    #[test]
    fn a_title_is_found_however_it_is_typed() {
        let known = |title| KnownGroup { peer: HALL, migrated_from: None, title, username: None, setting: None };
        let groups = [known("Study Hall"), known("\u{202e}𝐒𝐭𝐮𝐝𝐲\u{200b}  Hall"), known("Zoe\u{308}’s hall")];
        assert_eq!(find("study hall", &groups), Some(0));
        assert_eq!(find("Study Hall", &groups[1..]), Some(0));
        assert_eq!(find("zoë's Hall", &groups), Some(2));
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
        // This group has taken the name that the other group had.
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
