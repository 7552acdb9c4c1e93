//! Posts in every language as members see them on a phone of 375 pixels, one HTML file each. They are made from a store
//! of invented people, by the same functions as real posts. A browser makes light or dark pictures of them:
//!
//! ```text
//! cargo run --example post_pictures -- FOLDER
//! cd FOLDER
//! chromium --headless --screenshot=post.png --window-size=375,1100 --force-device-scale-factor=1.5 uz-10-people.html
//! chromium --headless --screenshot=dark.png --blink-settings=preferredColorScheme=0 … uz-10-people.html
//! ```
//!
//! The pictures in `docs/` are `uz-10-people` and `en-recap`, light and dark; `pngquant 64` reduces their size.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use swf::app::posts;
use swf::config::Config;
use swf::domain::accounting::unwatched::ReadTime;
use swf::domain::meet::Invitation;
use swf::domain::people::{Known, Profile};
use swf::domain::post::message::{EntityKind, Message};
use swf::domain::roster::{End, Fact, Observed};
use swf::domain::time::period::instant_of;
use swf::domain::time::zone::Zone;
use swf::domain::words::Language;
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::store::{Access, Store};

const GROUP: &str = "Study Hall";
/// Names as they occur in study groups; further names are made from [`FIRST`] and [`LAST`].
const NAMES: &str = "Dilnoza|Тимур Алиев|Ada|محمد عبد الله|Jasur 📚|Oʻktam|李小龍|\
    𝓜𝓪𝓭𝓲𝓷𝓪|Abdulvohidjon Abdurahmonov (Toshkent, 2-kurs)|Ғайрат|Jasur 📚|Shahnoza Karimova|יעל כהן|i.am.@student";
const FIRST: &str = "Aziz|Malika|Bekzod|Нодира|Sardor|Камила|Kamola|\
    Олег|Shahzod|Feruza|Otabek|Лола|Umid|Zarina|Ravshan";
const LAST: &str = "Aliyev|R.|Тошматов||Yusupova|🌙|Ergashev|2007|Qodirova|Kim|Ли|IELTS 8|N.";
/// Ids have as many digits as Telegram's.
const FIRST_ID: i64 = 1_530_274_961;
/// How many days before a post the stored history begins.
const DAYS: i64 = 120;
const MINUTE: i64 = 60;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// A post to show.
struct Scene {
    name: &'static str,
    day: &'static str,
    people: i64,
    /// How many days before the post swf began to watch.
    watched: i64,
    /// Whether nobody studied on the day of the post.
    is_empty: bool,
    settings: &'static [(&'static str, &'static str)],
}

const PLAIN: Scene = Scene { name: "", day: "2026-12-10", people: 10, watched: DAYS, is_empty: false, settings: &[] };
const NO_RECAP: &[(&str, &str)] = &[("SWF_RECAP", "off")];
const SCENES: [Scene; 10] = [
    Scene { name: "1-person", people: 1, settings: NO_RECAP, ..PLAIN },
    Scene { name: "3-people", people: 3, settings: &[("SWF_RECAP", "off"), ("SWF_POST_STREAKS", "all")], ..PLAIN },
    Scene { name: "10-people", settings: NO_RECAP, ..PLAIN },
    Scene { name: "200-people", people: 200, settings: &[("SWF_RECAP", "off"), ("SWF_MENTIONS", "top3")], ..PLAIN },
    Scene { name: "empty-day", is_empty: true, settings: NO_RECAP, ..PLAIN },
    Scene { name: "monday", day: "2026-12-07", settings: NO_RECAP, ..PLAIN },
    Scene { name: "recap", day: "2026-12-07", people: 14, settings: &[("SWF_RECAP", "week")], ..PLAIN },
    Scene { name: "recap-of-a-month", day: "2026-12-01", settings: &[("SWF_RECAP", "month")], ..PLAIN },
    Scene { name: "first-day", people: 5, watched: 0, settings: &[], ..PLAIN },
    Scene {
        name: "classic",
        people: 12,
        settings: &[("SWF_POST_LOOK", "classic"), ("SWF_ANCHOR_DATE", "2026-11-01")],
        ..PLAIN
    },
];

fn main() -> Result<(), Error> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder for the files")?);
    std::fs::create_dir_all(&folder)?;
    for scene in &SCENES {
        let home = tempfile::tempdir()?;
        let store = scene.store(home.path())?;
        for language in Language::ALL {
            let message = scene.post(&store, home.path(), language)?;
            std::fs::write(folder.join(format!("{}-{}.html", language.code(), scene.name)), page(&message, language))?;
        }
    }
    Ok(())
}

impl Scene {
    /// The instant `minutes` after midnight, `back` days before the post.
    fn at(&self, back: i64, minutes: i64) -> Result<Instant, Error> {
        let day: NaiveDate = self.day.parse()?;
        Ok(instant_of(Zone::TASHKENT, day.into()) + (minutes - back * 24 * 60) * MINUTE)
    }

    fn store(&self, home: &Path) -> Result<Store, Error> {
        std::fs::create_dir_all(home.join("var"))?;
        let mut store = Store::open(&home.join("var").join("study.db"), Access::Write)?;
        let group = store.group(PeerId(-1_001_000_000_001), None, GROUP, None, PeerId(1))?;
        let begin = self.at(self.watched, if self.watched == 0 { 18 * 60 + 40 } else { 0 })?;
        for back in (0..=self.watched).rev() {
            let now = self.at(back, 21 * 60 + 30)?;
            let mut seen = Observed::new(now);
            seen.watched = Some(Span::new(begin.max(self.at(back + 1, 21 * 60 + 30)?), now));
            if back == self.watched {
                seen.people = (1..=self.people).map(person).collect();
            }
            if back > 0 || !self.is_empty {
                seen.facts = self.evening(back, begin)?;
            }
            store.record(group, &seen, &[])?;
        }
        Ok(store)
    }

    /// The facts of an evening's call.
    fn evening(&self, back: i64, begin: Instant) -> Result<Vec<Fact>, Error> {
        let call = CallId(1 + back);
        let mut facts = vec![Fact::Following { call, at: self.at(back, 10 * 60)?.max(begin) }];
        for number in 1..=self.people {
            let dice = dice(number, back);
            // A person with a low number comes more often and stays longer. One in eight is new. On the day of the post
            // everybody is there.
            let is_known = number % 8 != 7 || back < 3 + number;
            let is_here = back == 0 || is_known && dice % 100 < 95 - (number % 20) * 2;
            let to = 21 * 60 + 5 + dice % 20;
            let from = (to - 20 - (dice / 7) % (260 - (number % 12) * 18)).max((begin - self.at(back, 0)?) / MINUTE);
            if is_here && to - from >= 5 {
                let (peer, from, to) = (id(number), self.at(back, from)?, self.at(back, to)?);
                facts.push(Fact::Opened { call, peer, joined: from, from, seen: to });
                facts.push(Fact::Closed { call, peer, from, to, end: End::Left });
            }
        }
        facts.push(Fact::Ended { call, at: self.at(back, 21 * 60 + 29)?, watched: true });
        Ok(facts)
    }

    /// The post that is due at 21:30.
    fn post(&self, store: &Store, home: &Path, language: Language) -> Result<Message, Error> {
        let settings =
            self.settings.iter().chain(&[("SWF_BACKFILL_DAYS", "0")]).chain(&[("SWF_TIMEZONE", "Asia/Tashkent")]);
        let settings = settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let language = ("SWF_LANGUAGE".to_owned(), language.code().to_owned());
        let config = Config::load(Some(home.to_owned()), home, settings.chain([language]))?;
        let (settings, group) = (config.group(), store.groups()?.remove(0));
        let now = self.at(0, 21 * 60 + 30)?;
        let owed = posts::owed(store, settings, &group, &settings.timetable, now)?;
        let now = ReadTime { at: now, tracked_since: Some(self.at(self.watched, 0)?) };
        let (draft, _) =
            posts::due_drafts(store, settings, &group, &owed, Invitation::No, now)?.pop().ok_or("no post is due")?;
        Ok(draft.message)
    }
}

/// A number that looks random, but is always the same for its arguments.
fn dice(person: i64, day: i64) -> i64 {
    let mut hash = (person * 7919 + day * 104_729 + 17) as u64;
    for _ in 0..3 {
        hash = (hash ^ (hash >> 13)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    (hash >> 40) as i64
}

fn id(number: i64) -> PeerId {
    PeerId(FIRST_ID + number * 7_654_321)
}

fn person(number: i64) -> Known {
    let index = number as usize - 1;
    let made = || [FIRST, LAST].map(|part| part.split('|').cycle().nth(index).unwrap_or_default()).join(" ");
    let name = NAMES.split('|').nth(index).map_or_else(made, str::to_owned);
    Known { profile: Profile { name, ..Profile::unknown(id(number)) }, access_hash: None }
}

/// The message as HTML. Two entities are nested or do not overlap.
fn html(message: &Message) -> String {
    let (mut out, mut open, mut at) = (String::new(), Vec::new(), 0);
    let mut entities = message.entities.iter().peekable();
    let mut chars = message.text.chars().peekable();
    while let Some(c) = chars.next() {
        while let Some(entity) = entities.next_if(|entity| entity.offset <= at) {
            let (start, end) = tags(entity.kind);
            out += start;
            open.push((entity.offset + entity.length, end));
        }
        match c {
            '<' => out += "&lt;",
            '&' => out += "&amp;",
            _ => out.push(c),
        }
        at += c.len_utf16();
        while let Some((_, end)) = open.pop_if(|(to, _)| *to <= at) {
            out += end;
            // A block element already ends the line.
            if end == "</blockquote>" && chars.next_if_eq(&'\n').is_some() {
                at += 1;
            }
        }
    }
    out
}

fn tags(kind: EntityKind) -> (&'static str, &'static str) {
    match kind {
        EntityKind::Bold => ("<b>", "</b>"),
        EntityKind::Italic => ("<i>", "</i>"),
        EntityKind::Quote => ("<blockquote>", "</blockquote>"),
        EntityKind::ExpandableQuote => ("<blockquote class=\"long\">", "</blockquote>"),
        EntityKind::Pre => ("<pre>", "</pre>"),
        EntityKind::Mention { .. } => ("<a>", "</a>"),
    }
}

/// The chat, with the notification above it. A click on a folded quote unfolds it.
fn page(message: &Message, language: Language) -> String {
    let first = message.text.lines().next().unwrap_or_default();
    let values = [("LANGUAGE", language.code()), ("GROUP", GROUP), ("FIRST_LINE", first), ("MESSAGE", &html(message))];
    values.into_iter().fold(include_str!("phone.html").to_owned(), |page, (name, value)| {
        page.replace(&format!("{{{{{name}}}}}"), value)
    })
}
