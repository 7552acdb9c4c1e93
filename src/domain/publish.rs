//! The JSON of a post for a website (the web export). The JSON is a contract: fields may be added, but no field may be
//! renamed or removed.
//!
//! ```text
//! stored with the post ───post sent──► waiting ──2xx──► delivered
//!                                       ▲  │ ├──408, 429, 5xx, no answer──► waiting, not before `next_try`
//!      a newer snapshot of the day ─────┘  └──anything else──► refused: kept, tried again only on request
//! ```
//! [`crate::domain::post::delivery`] decides what an answer means, as for everything that is sent.

use std::collections::HashMap;

use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::domain::accounting::leaderboard::{Board, Entry};
use crate::domain::accounting::ranking::without_bands;
use crate::domain::people::{Profile, Viewer, display};
use crate::domain::post::message::MAX_NAME;
use crate::domain::post::{Post, compose, place};
use crate::domain::rights::GroupRights;
use crate::domain::text;
use crate::domain::time::period::{Scope, iso, local};
use crate::domain::time::zone::Zone;
use crate::domain::words::ENGLISH;
use crate::domain::{Instant, PeerId};

/// The boards of the website's contract. A new [`Scope`] does not join the contract by itself.
pub const SCOPES: [Scope; 3] = [Scope::Day, Scope::Week, Scope::Month];

/// The most rows of an exported board, however many a post has.
const MAX_ROWS: usize = 10;

/// The boards of a post, as they are stored with it until it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The local date that the post is about, as `YYYY-MM-DD`.
    pub day: String,
    /// The instant up to which the boards count, in Unix seconds; 0 if the group was never seen.
    pub taken: i64,
    /// The day's board can't change any more.
    #[serde(rename = "final")]
    pub is_final: bool,
    boards: Vec<ExportBoard>,
    /// The group's name in `groups.toml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The group's title, safe for one line. Title and language are `None` in snapshots of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// The code of the language of the post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ExportBoard {
    scope: String,
    /// `Today`, or `DAY 12` if periods have numbers.
    title: String,
    /// The line above the board in an English post.
    header: String,
    period_start: String,
    /// The last second of the period.
    period_end: String,
    /// The organiser's corrections have changed the board.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    corrected: bool,
    entries: Vec<ExportEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ExportEntry {
    rank: usize,
    user_id: i64,
    seconds: i64,
    /// Whole minutes.
    minutes: i64,
    /// The person's name: safe for one line, but not escaped for HTML.
    display: String,
    /// The text before the name in the post: a medal, or `4.`.
    rank_emoji: String,
    badge: String,
    /// The praise for this person in the post; may be empty.
    compliment: String,
}

/// The body of the request.
#[derive(Serialize)]
struct Body<'a> {
    posted_at: String,
    source: &'a str,
    message_id: Option<i32>,
    chat_id: Option<i64>,
    #[serde(flatten)]
    snapshot: Listed<'a>,
}

#[derive(Serialize)]
struct Listed<'a> {
    day: &'a str,
    #[serde(rename = "final")]
    is_final: bool,
    boards: &'a [ExportBoard],
    group: ExportGroup<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
}

#[derive(Serialize)]
struct ExportGroup<'a> {
    id: i64,
    name: Option<&'a str>,
    title: Option<&'a str>,
}

impl Snapshot {
    /// The boards of `post` that are in [`SCOPES`], always in English. `praised`: how many of the day's rows have their
    /// praise in the message, as [`compose::compose_and_count_praise`] returns it. `name`: the group's name in
    /// `groups.toml`.
    pub fn of(post: &Post, praised: usize, name: Option<&str>) -> Snapshot {
        let boards = post.boards.iter().filter(|board| SCOPES.contains(&board.period.scope));
        let boards = boards.map(|board| ExportBoard::of(post, board, praised));
        Snapshot {
            day: post.day.to_string(),
            taken: post.boards.iter().filter_map(|board| board.as_of).max().map_or(0, |at| at.0),
            is_final: post.boards.first().is_some_and(|board| board.is_final),
            boards: boards.collect(),
            name: name.map(str::to_owned),
            title: Some(text::clean(post.group)),
            language: Some(post.words.language().code().to_owned()),
        }
    }

    /// The JSON to send, once the post is in the chat.
    pub fn body(&self, group: PeerId, posted: Instant, message_id: Option<i32>, chat: Option<PeerId>) -> String {
        let body = Body {
            posted_at: local(Zone::UTC, posted).to_rfc3339_opts(SecondsFormat::Secs, true),
            source: "tracker",
            message_id,
            chat_id: chat.map(|peer| peer.0),
            snapshot: Listed {
                day: &self.day,
                is_final: self.is_final,
                boards: &self.boards,
                group: ExportGroup { id: group.0, name: self.name.as_deref(), title: self.title.as_deref() },
                language: self.language.as_deref(),
            },
        };
        serde_json::to_string(&body).expect("a snapshot is plain data")
    }

    /// The idempotency key, by which the website recognises a repeat. It does not depend on the time of posting,
    /// because after a restore the same post has another time.
    pub fn key(&self, group: PeerId, message_id: Option<i32>) -> String {
        let what = serde_json::to_string(&(&self.day, self.is_final, &self.boards)).expect("a snapshot is plain data");
        let hash = Sha256::digest(format!("swf export\n{group}\n{message_id:?}\n{what}"));
        hex(&hash[..16])
    }
}

/// A body or snapshot without the names and ids of people who hide or have a pen name. `None` if it has no such person,
/// or is not JSON.
pub fn without_names(json: &str, rights: &GroupRights) -> Option<String> {
    let mut value: Value = serde_json::from_str(json).ok()?;
    let boards = value.get_mut("boards")?.as_array_mut()?;
    let entries = boards.iter_mut().filter_map(|board| board.get_mut("entries")?.as_array_mut());
    let mut is_changed = false;
    for entry in entries.flatten() {
        let Some(id) = entry.get("user_id").and_then(Value::as_i64).map(PeerId) else { continue };
        let mut profile = Profile::unknown(id);
        rights.apply(&mut profile);
        if !profile.is_open() {
            entry["user_id"] = profile.website_id().into();
            entry["display"] = text::shorten(&display(&profile, Viewer::Web).to_string(), MAX_NAME).into();
            is_changed = true;
        }
    }
    is_changed.then(|| value.to_string())
}

/// The idempotency key of a body that was changed while it waited.
pub fn key_of(body: &str) -> String {
    hex(&Sha256::digest(format!("swf export\n{body}"))[..16])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl ExportBoard {
    fn of(post: &Post, board: &Board, praised: usize) -> ExportBoard {
        let span = board.period.span;
        let people = board.entries.iter().map(|entry| entry.profile.peer);
        let praise: HashMap<PeerId, &str> = people.zip(compose::praise_of(post, board, praised)).collect();
        let entries = without_bands(&board.entries, MAX_ROWS).into_iter();
        ExportBoard {
            scope: board.period.scope.name().to_owned(),
            title: compose::board_name(post, board, ENGLISH),
            header: compose::heading(post, board, ENGLISH),
            period_start: iso(post.zone, span.from),
            period_end: iso(post.zone, span.to - 1),
            corrected: board.is_corrected,
            entries: entries
                .map(|entry| ExportEntry::of(post, board, &entry, praise.get(&entry.profile.peer).copied()))
                .collect(),
        }
    }
}

impl ExportEntry {
    fn of(post: &Post, board: &Board, entry: &Entry, compliment: Option<&str>) -> ExportEntry {
        let person = display(&entry.profile, Viewer::Web);
        ExportEntry {
            rank: entry.rank,
            user_id: entry.profile.website_id(),
            seconds: entry.seconds,
            minutes: entry.seconds / 60,
            display: text::shorten(&person.to_string(), MAX_NAME),
            rank_emoji: place(entry.rank),
            badge: post.style.badges.of(board.period.scope, entry.ranked_seconds()).to_owned(),
            compliment: compliment.unwrap_or_default().to_owned(),
        }
    }
}

/// The seconds that `Retry-After` asks for. `value` is a number of seconds or an HTTP date. A date is compared with
/// `date`, the time by the website's own clock, or with `now` if that is missing. `None` if `value` is neither.
pub fn retry_after(value: &str, date: Option<&str>, now: Instant) -> Option<i64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number with too many digits is a very long wait.
        return Some(value.parse().unwrap_or(i64::MAX));
    }
    let read = |text: &str| chrono::DateTime::parse_from_rfc2822(text.trim()).ok().map(|at| at.timestamp());
    let then = read(value)?;
    Some(then.saturating_sub(date.and_then(read).unwrap_or(now.0)).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::words::testing::Marked;

    /// States the contract, so that a new scope does not join it unnoticed.
    #[test]
    fn the_website_gets_day_week_and_month() {
        assert_eq!(SCOPES.map(Scope::name), ["day", "week", "month"]);
    }

    #[test]
    fn a_compliment_is_exported_only_if_it_is_in_the_post() {
        use crate::domain::accounting::leaderboard::{Policy, Record, board};
        use crate::domain::accounting::presence::{SessionRules, Stay};
        use crate::domain::post::history::History;
        use crate::domain::post::style::Style;
        use crate::domain::post::{BOARDS, Mentions, PostKind};
        use crate::domain::time::period::{Calendar, Period};
        use crate::domain::{CallId, Span};
        let (zone, day) = (Zone::TASHKENT, "2026-11-22".parse().unwrap());
        let boards = BOARDS.map(|scope| {
            let period = Period::of(scope, day, zone, Calendar::default());
            let start = Period::of(Scope::Day, day, zone, Calendar::default()).span.from;
            let stay = |peer| Stay {
                call: CallId(1),
                peer: PeerId(peer),
                span: Span::new(start, start + 1000 * peer),
                open: false,
            };
            let record = Record { stays: (1..=12).map(stay).collect(), ..Record::default() };
            board(
                period,
                period.span.to,
                &record,
                Policy { rules: SessionRules { gate: 300, grace: 60 }, track_self: true },
            )
        });
        let exported = |kind, top, length: usize| {
            let praise = format!("Bravo{}", "!".repeat(length));
            let group = "Study Hall";
            let (mentions, skipped, quotes) = (Mentions::None, &[][..], &[][..]);
            let post = Post {
                silence: None,
                kind,
                group,
                zone,
                day,
                boards: &boards,
                skipped,
                top,
                mentions,
                praise: &[&praise],
                quotes,
                words: ENGLISH,
                style: &Style::default(),
                history: &History::default(),
                recaps: &[],
                kept: &[],
                invited: &[],
            };
            let (message, praised) = compose::compose_and_count_praise(&post);
            let snapshot = Snapshot::of(&post, praised, None);
            assert_eq!(snapshot.boards, Snapshot::of(&Post { words: &Marked, ..post }, praised, None).boards);
            let compliments = snapshot.boards.iter().flat_map(|board| &board.entries);
            let count = compliments.filter(|entry| entry.compliment == praise).count();
            assert_eq!(message.text.matches("Bravo").count(), count);
            assert!(
                snapshot.boards.iter().all(|board| board.entries.len() == 10 && message.text.contains(&board.header))
            );
            count
        };
        assert_eq!(exported(PostKind::Daily, 10, 1), 3);
        assert_eq!(exported(PostKind::Backfill, 2, 1), 2);
        assert_eq!(exported(PostKind::Manual, 10, 1), 0);
        // There is no room for all the praise.
        assert_eq!(exported(PostKind::Daily, 10, 1400), 2);
        assert_eq!(exported(PostKind::Daily, 10, 5000), 0);
    }

    #[test]
    fn the_body_names_the_group_and_the_language() {
        let old = r#"{"day":"2033-05-18","taken":7,"final":true,"boards":[]}"#;
        let old: Snapshot = serde_json::from_str(old).unwrap();
        let new = Snapshot {
            name: Some("study".into()),
            title: Some("Study Hall".into()),
            language: Some("en".into()),
            ..old.clone()
        };
        let body = |snapshot: &Snapshot| snapshot.body(PeerId(-1001), Instant(0), Some(5), Some(PeerId(-1002)));
        let same = r#"{"posted_at":"1970-01-01T00:00:00Z","source":"tracker","message_id":5,"chat_id":-1002,"day":"2033-05-18","final":true,"boards":[],"#;
        assert_eq!(body(&old), format!(r#"{same}"group":{{"id":-1001,"name":null,"title":null}}}}"#));
        assert_eq!(
            body(&new),
            format!(r#"{same}"group":{{"id":-1001,"name":"study","title":"Study Hall"}},"language":"en"}}"#)
        );
        // A changed title does not change the key: the website has these boards already.
        assert_eq!(old.key(PeerId(-1001), Some(5)), new.key(PeerId(-1001), Some(5)));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Instant(1_900_000_000);
        assert_eq!(retry_after(" 120 ", None, now), Some(120));
        assert_eq!(retry_after("99999999999999999999", None, now), Some(i64::MAX));
        // The website's clock decides if it is known, else swf's.
        let (then, date) = ("Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:27:30 GMT");
        assert_eq!(retry_after(then, Some(date), now), Some(30));
        assert_eq!(retry_after(then, None, Instant(1_445_412_480 - 7)), Some(7));
        assert_eq!(retry_after(then, None, now), Some(0));
        for nonsense in ["", "soon", "-5", "1.5", "2015-10-21"] {
            assert_eq!(retry_after(nonsense, None, now), None, "{nonsense}");
        }
    }
}
