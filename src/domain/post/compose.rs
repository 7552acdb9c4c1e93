//! What a post says: its text and entities (DESIGN §1 *post*, §4).
//!
//! Text and entities are built side by side, never as markup that is parsed later, so nothing in a name can open or
//! close an entity. All wording is in `words`.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::accounting::leaderboard::{Board, Entry};
use crate::domain::post::praise;
use crate::domain::text;
use crate::domain::time::period::{Period, Scope, local};
use crate::domain::time::zone::Zone;

/// Telegram's limits of one message (DESIGN §3).
pub const MOST_UNITS: usize = 4096;
pub const MOST_ENTITIES: usize = 100;

/// No more rows of one board than this are ever looked at: the shortest row has 14 UTF-16 units.
const MOST_ROWS: usize = MOST_UNITS / 14;
/// Graphemes of a name.
pub(crate) const NAME: usize = 40;
/// Rows of a board that are seen without unfolding it.
const OPEN_ROWS: usize = 3;
/// Skipped days that are named one by one.
const NAMED_DAYS: usize = 7;

/// A message as it is stored in the outbox and sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub text: String,
    /// By offset; none is empty.
    pub entities: Vec<Entity>,
}

/// A styled part of a message; `offset` and `length` count UTF-16 units, as Telegram does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    pub kind: Kind,
    pub offset: usize,
    pub length: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Bold,
    Italic,
    /// A block quote that shows its first lines and unfolds.
    ExpandableQuote,
    /// Notifies the user with this id.
    Mention {
        user: i64,
    },
}

/// Whom a post notifies. A channel can't be, nor an account that is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mentions {
    #[default]
    None,
    /// Whoever has a medal.
    Top3,
    /// Whoever has a row.
    All,
}

impl Mentions {
    /// The user to notify, if it is one of these.
    fn user(self, entry: &Entry) -> Option<i64> {
        let wanted = match self {
            Mentions::None => false,
            Mentions::Top3 => medal(entry.rank).is_some(),
            Mentions::All => true,
        };
        Some(entry.profile.peer.0).filter(|id| wanted && *id > 0 && !entry.profile.deleted)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostKind {
    Daily,
    Manual,
    Backfill,
}

/// What a post is made from.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    pub kind: PostKind,
    /// The group's title, as Telegram gives it.
    pub group: &'a str,
    pub zone: Zone,
    /// The day that the post is about.
    pub day: NaiveDate,
    /// Day, week and month. A backfill's week and month are cut at the end of `day`.
    pub boards: &'a [Board],
    /// Days that nobody watched, to be named (DESIGN §4.3).
    pub skipped: &'a [NaiveDate],
    /// Rows of a board at most.
    pub top: usize,
    pub mentions: Mentions,
    /// Cleaned lines, of which each of the day's first three gets one; none in a manual post.
    pub praise: &'a [String],
    /// Cleaned lines, of which one ends the post; none in a manual post.
    pub quotes: &'a [String],
}

/// Writes a post. It never exceeds [`MOST_UNITS`]: if need be, the quote goes, then the praise from the third to the
/// first, then rows from the longest board first, and the board says how many are missing. Nor does it exceed
/// [`MOST_ENTITIES`]: mentions go from the lowest rows first.
pub fn compose(post: &Post) -> Message {
    write(post).0
}

/// Writes a post as [`compose`] does, and says how many of the day's first rows bear their praise in it.
pub fn write(post: &Post) -> (Message, usize) {
    let most = post.top.min(MOST_ROWS);
    let row = |entry| Row::new(entry, post.mentions);
    let rows: Vec<Vec<Row>> =
        post.boards.iter().map(|board| board.entries.iter().take(most).map(row).collect()).collect();
    let mut extent = Extent { rows: rows.iter().map(Vec::len).collect(), praise: OPEN_ROWS, quote: true };
    loop {
        let draft = draw(post, &rows, &extent);
        if draft.units <= MOST_UNITS || !extent.shrink() {
            let day = post.boards.iter().position(|board| board.period.scope == Scope::Day);
            let rows = day.map_or(0, |day| extent.rows[day]);
            return (draft.finish(), extent.praise.min(rows));
        }
    }
}

/// How much of a post there is room for.
struct Extent {
    /// Of each board.
    rows: Vec<usize>,
    /// How many of the first three are praised.
    praise: usize,
    quote: bool,
}

impl Extent {
    /// Takes away what is missed least; false if nothing is left.
    fn shrink(&mut self) -> bool {
        if self.quote {
            self.quote = false;
        } else if self.praise > 0 {
            self.praise -= 1;
        } else {
            match self.rows.iter_mut().max() {
                Some(longest) if *longest > 0 => *longest -= 1,
                _ => return false,
            }
        }
        true
    }
}

/// 🥇, 🥈 or 🥉 for the ranks 1–3. A tie shares it.
pub fn medal(rank: usize) -> Option<&'static str> {
    ["🥇", "🥈", "🥉"].get(rank.checked_sub(1)?).copied()
}

/// What a row begins with: a medal, or "4.".
pub fn place(rank: usize) -> String {
    medal(rank).map_or_else(|| format!("{rank}."), str::to_owned)
}

/// The praise of the first rows of `board`, if so many of the day's bear theirs: a manual post has none.
pub(crate) fn praise_of<'a>(post: &Post<'a>, board: &Board, praised: usize) -> Vec<&'a str> {
    let praised = if board.period.scope == Scope::Day && post.kind != PostKind::Manual { praised } else { 0 };
    praise::praise(post.praise, post.day, board.entries.iter().take(praised).map(|entry| entry.profile.peer))
}

/// The badge for a time in seconds.
pub fn badge(seconds: i64) -> &'static str {
    match seconds / 3600 {
        3.. => "🚀",
        2 => "🔥",
        1 => "💪",
        _ => "✅",
    }
}

/// A message that grows at its end and knows its length in UTF-16 units.
#[derive(Default)]
struct Draft {
    message: Message,
    units: usize,
    /// The row of each mention, and its offset.
    mentions: Vec<(usize, usize)>,
}

impl Draft {
    fn push(&mut self, text: &str) {
        self.message.text.push_str(text);
        self.units += text.encode_utf16().count();
    }

    /// Appends `text` as an entity.
    fn push_as(&mut self, kind: Kind, text: &str) {
        self.within(kind, |draft| draft.push(text));
    }

    /// Makes what `write` appends an entity, around those that it has itself.
    fn within(&mut self, kind: Kind, write: impl FnOnce(&mut Draft)) {
        let (offset, place) = (self.units, self.message.entities.len());
        write(self);
        if self.units > offset {
            self.message.entities.insert(place, Entity { kind, offset, length: self.units - offset });
        }
    }

    /// Appends the row at `index` of its board.
    fn push_row(&mut self, index: usize, row: &Row) {
        self.push(&row.before);
        match row.mention {
            Some(user) => {
                self.mentions.push((index, self.units));
                self.push_as(Kind::Mention { user }, &row.name);
            }
            None => self.push(&row.name),
        }
        self.push(&row.after);
    }

    /// The message with no more mentions than it may have entities.
    fn finish(mut self) -> Message {
        let excess = self.message.entities.len().saturating_sub(MOST_ENTITIES);
        self.mentions.sort_unstable();
        let lowest = self.mentions.split_off(self.mentions.len().saturating_sub(excess));
        let dropped = |entity: &Entity| {
            matches!(entity.kind, Kind::Mention { .. }) && lowest.iter().any(|(_, offset)| *offset == entity.offset)
        };
        self.message.entities.retain(|entity| !dropped(entity));
        self.message
    }
}

fn draw(post: &Post, rows: &[Vec<Row>], extent: &Extent) -> Draft {
    let mut draft = Draft::default();
    draft.push_as(Kind::Bold, &words::title(&name(post.group)));
    draft.push("\n");
    draft.push(&words::occasion(post));
    // The explanation is said once, with the first board that needs it.
    let mut explained = false;
    for ((board, rows), shown) in post.boards.iter().zip(rows).zip(&extent.rows) {
        draft.push("\n\n");
        draft.push_as(Kind::Bold, &words::heading(post, board));
        if board.entries.is_empty() {
            draft.push("\n");
            draft.push(words::nobody(board.is_final));
        } else {
            draw_rows(&mut draft, post, board, &rows[..*shown], extent.praise);
            draft.push("\n");
            draft.push_as(Kind::Italic, &words::together(post, board));
        }
        if board.blind_seconds > 0 {
            draft.push("\n");
            draft.push_as(Kind::Italic, &words::blind(board.blind_seconds, !explained));
            explained = true;
        }
    }
    if !post.skipped.is_empty() {
        draft.push("\n\n");
        draft.push(&words::skipped(post.skipped));
    }
    if post.kind != PostKind::Manual
        && extent.quote
        && let Some(quote) = praise::quote(post.quotes, post.day)
    {
        draft.push("\n\n");
        draft.push_as(Kind::Italic, quote);
    }
    draft
}

/// The rows of a board: the first three open, the others folded, and how many are missing.
fn draw_rows(draft: &mut Draft, post: &Post, board: &Board, rows: &[Row], praised: usize) {
    let praise = praise_of(post, board, praised);
    let (open, folded) = rows.split_at(OPEN_ROWS.min(rows.len()));
    for (index, row) in open.iter().enumerate() {
        draft.push("\n");
        draft.push_row(index, row);
        if let Some(line) = praise.get(index) {
            draft.push("\n");
            draft.push_as(Kind::Italic, line);
        }
    }
    let missing = match board.people() - rows.len() {
        missing if missing > 0 && !rows.is_empty() => Some(words::more(missing)),
        _ => None,
    };
    if !folded.is_empty() {
        draft.push("\n");
        draft.within(Kind::ExpandableQuote, |draft| {
            for (index, row) in folded.iter().enumerate() {
                draft.push(if index == 0 { "" } else { "\n" });
                draft.push_row(OPEN_ROWS + index, row);
            }
            if let Some(missing) = missing {
                draft.push(&format!("\n{missing}"));
            }
        });
    } else if let Some(missing) = missing {
        draft.push(&format!("\n{missing}"));
    }
}

/// A row of a board, in the parts that it is written in.
struct Row {
    before: String,
    name: String,
    after: String,
    mention: Option<i64>,
}

impl Row {
    fn new(entry: &Entry, mentions: Mentions) -> Row {
        let place = place(entry.rank);
        // What turns the direction stays outside of a mention.
        let (open, close) = text::ISOLATE;
        Row {
            before: format!("{place} {open}"),
            name: harmless(&text::display_name(&entry.profile)),
            after: format!("{close} · {} {}", text::duration(entry.seconds), badge(entry.seconds)),
            mention: mentions.user(entry),
        }
    }
}

/// A name as part of a message: harmless, and in a direction of its own.
fn name(raw: &str) -> String {
    let name = harmless(raw);
    if name.is_empty() { name } else { text::isolated(&name) }
}

/// A name cut short and only text. Telegram makes links, mentions, hashtags and commands out of plain text, so a name
/// could advertise a site or ping somebody with every post; a word joiner, which nobody sees, after the character that
/// starts one prevents that.
fn harmless(raw: &str) -> String {
    const JOINER: char = '\u{2060}';
    let short = text::shorten(&text::clean(raw), NAME);
    let mut out = String::with_capacity(short.len());
    let mut chars = short.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        let starts = matches!(c, '@' | '#' | '＃' | '$' | '/' | '.' | ':');
        if starts && chars.peek().is_some_and(|next| *next != ' ') {
            out.push(JOINER);
        }
    }
    out
}

/// Everything that a post says, in English; another language is another module like this one.
pub(crate) mod words {
    use chrono::Datelike;

    use super::*;

    /// `group` is safe already, and may be empty.
    pub(crate) fn title(group: &str) -> String {
        if group.is_empty() {
            "📚 Study leaderboard".to_owned()
        } else {
            format!("📚 Study leaderboard · {group}")
        }
    }

    /// The line under the title: which day, and why now.
    pub(crate) fn occasion(post: &Post) -> String {
        let day = post.day.format("%A, %-d %B");
        let seen = post.boards.iter().find_map(|board| board.as_of);
        match (post.kind, seen) {
            (PostKind::Daily, _) => format!("{day} {}", post.day.format("%Y")),
            (PostKind::Backfill, _) => format!("for {day}, posted late"),
            (PostKind::Manual, None) => format!("{day}, standings"),
            (PostKind::Manual, Some(at)) => {
                let time = local(post.zone, at);
                // The tracker may not have seen the group today.
                let date =
                    if time.date_naive() == post.day { String::new() } else { time.format(" on %-d %B").to_string() };
                format!("{day}, standings at {}{date}", time.format("%H:%M"))
            }
        }
    }

    /// "Today · Sunday 22 November", or where periods are numbered "DAY 12 · Sunday 22 November". A late post is not about
    /// today, and its week and month end with its day.
    pub(crate) fn heading(post: &Post, board: &Board) -> String {
        let period = board.period;
        let what = what(post, board);
        let cut = post.kind == PostKind::Backfill && (period.first..period.last).contains(&post.day);
        match cut {
            true => format!("{what} up to then · {}", dates(Period { last: post.day, ..period })),
            false => format!("{what} · {}", dates(period)),
        }
    }

    /// The heading's first words: "Today", or "DAY 12".
    pub(crate) fn what(post: &Post, board: &Board) -> String {
        numbered(board.period).unwrap_or_else(|| {
            let what = match (post.kind, board.period.scope) {
                (PostKind::Backfill, Scope::Day) => "That day",
                (PostKind::Backfill, Scope::Week) => "That week",
                (PostKind::Backfill, Scope::Month) => "That month",
                (_, Scope::Day) => "Today",
                (_, Scope::Week) => "This week",
                (_, Scope::Month) => "This month",
            };
            what.to_owned()
        })
    }

    /// "WEEK 2", as the old tracker called it; `None` where periods have no numbers.
    pub(crate) fn numbered(period: Period) -> Option<String> {
        let number = period.number?;
        Some(format!("{} {number}", period.scope.name().to_uppercase()))
    }

    /// The dates of a period, no longer than they must be: "Sunday 22 November", "16–22 November", "November 2026",
    /// "28 December 2026 – 3 January 2027".
    pub(crate) fn dates(period: Period) -> String {
        let (first, last) = (period.first, period.last);
        // A numbered month never is a whole month but by chance.
        let whole_month = period.scope == Scope::Month
            && period.number.is_none()
            && (first.day(), first.year(), first.month()) == (1, last.year(), last.month())
            && last.succ_opt().is_none_or(|next| next.day() == 1);
        let same_year = first.year() == last.year();
        if first == last {
            first.format("%A %-d %B").to_string()
        } else if whole_month {
            first.format("%B %Y").to_string()
        } else if same_year && first.month() == last.month() {
            format!("{}–{}", first.day(), last.format("%-d %B"))
        } else if same_year {
            format!("{} – {}", first.format("%-d %B"), last.format("%-d %B"))
        } else {
            format!("{} – {}", first.format("%-d %B %Y"), last.format("%-d %B %Y"))
        }
    }

    /// As [`dates`], with the year unless it is that of `seen`, the date on which somebody looks.
    pub(crate) fn dates_seen_from(period: Period, seen: Option<NaiveDate>) -> String {
        let (dates, year) = (dates(period), period.last.year());
        let plain = seen.is_some_and(|seen| seen.year() == year) || dates.ends_with(&year.to_string());
        if plain { dates } else { format!("{dates} {year}") }
    }

    pub(crate) fn people(count: usize) -> String {
        text::count(count, "person", "people")
    }

    pub(crate) fn more(count: usize) -> String {
        format!("and {count} more")
    }

    pub(crate) fn nobody(is_final: bool) -> &'static str {
        if is_final {
            "No study time this time. Every day is a new start."
        } else {
            "No study time yet. The first minutes could be yours."
        }
    }

    /// A final board of a week that still goes on is final only as far as the post goes.
    pub(crate) fn together(post: &Post, board: &Board) -> String {
        let state = match board.is_final {
            false => "so far".to_owned(),
            true if post.kind != PostKind::Backfill && post.day < board.period.last => {
                post.day.format("final up to %-d %B").to_string()
            }
            true => "final".to_owned(),
        };
        format!("{} · {} together · {state}", people(board.people()), text::duration(board.total_seconds()))
    }

    pub(crate) fn blind(seconds: i64, explain: bool) -> String {
        let explanation = if explain { "; time shown was observed or proved" } else { "" };
        format!("{} of the call could not be seen{explanation}", text::duration(seconds))
    }

    pub(crate) fn skipped(days: &[NaiveDate]) -> String {
        let mut named: Vec<String> =
            days.iter().take(NAMED_DAYS).map(|day| day.format("%A %-d %B").to_string()).collect();
        if days.len() > NAMED_DAYS {
            named.push(more(days.len() - NAMED_DAYS));
        }
        format!("No board for {}: nobody was watching the call then.", named.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::people::Profile;
    use crate::domain::time::period::{Calendar, instant_of};
    use crate::domain::{Instant, PeerId};
    use proptest::prelude::*;

    const HOUR: i64 = 3600;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Instant {
        instant_of(Zone::TASHKENT, text.parse().unwrap())
    }

    /// A board of people in the order given; equal times share a rank.
    fn board(scope: Scope, day: &str, people: &[(&str, i64)]) -> Board {
        let entries = people.iter().zip(1..).map(|(&(name, seconds), id)| Entry {
            rank: people.iter().position(|other| other.1 == seconds).unwrap() + 1,
            profile: Profile { peer: PeerId(id), username: None, name: name.into(), bot: false, deleted: false },
            seconds,
            proved_seconds: 0,
            in_call: false,
        });
        Board {
            period: Period::of(scope, date(day), Zone::TASHKENT, Calendar::default()),
            entries: entries.collect(),
            as_of: Some(at("2026-11-22T18:42:10")),
            is_final: false,
            blind_seconds: 0,
        }
    }

    fn post<'a>(kind: PostKind, day: &str, boards: &'a [Board]) -> Post<'a> {
        Post {
            kind,
            group: "Deep Work",
            zone: Zone::TASHKENT,
            day: date(day),
            boards,
            skipped: &[],
            top: 10,
            mentions: Mentions::None,
            praise: &[],
            quotes: &[],
        }
    }

    /// The words of an entity, cut by UTF-16 units as Telegram cuts them.
    fn words_of(message: &Message, entity: &Entity) -> String {
        let units: Vec<u16> = message.text.encode_utf16().collect();
        String::from_utf16(&units[entity.offset..entity.offset + entity.length]).unwrap()
    }

    /// The whole message as a snapshot: isolates made visible, entities below.
    fn shown(message: &Message) -> String {
        let entities =
            message.entities.iter().map(|entity| format!("\n{:?}: {}", entity.kind, words_of(message, entity)));
        let all = format!("{}\n---{}", message.text, entities.collect::<String>());
        all.replace(text::ISOLATE.0, "[").replace(text::ISOLATE.1, "]")
    }

    #[test]
    fn a_daily_post() {
        let mut boards = [
            board(
                Scope::Day,
                "2026-11-22",
                &[("Ada", 3 * HOUR + 300), ("Боря", 2 * HOUR), ("محمد", 2 * HOUR), ("Zoe <b>", 1860)],
            ),
            board(Scope::Week, "2026-11-22", &[("Ada", 20 * HOUR), ("Zoe <b>", 2 * HOUR)]),
            board(Scope::Month, "2026-11-22", &[]),
        ];
        boards[0].blind_seconds = 14 * 60;
        boards[1].blind_seconds = 26 * 60;
        boards[1].is_final = true;
        let skipped = [date("2026-11-17"), date("2026-11-18")];
        let post = Post { skipped: &skipped, ..post(PostKind::Daily, "2026-11-22", &boards) };
        insta::assert_snapshot!(shown(&compose(&post)), @r#"
        📚 Study leaderboard · [Deep Work]
        Sunday, 22 November 2026

        Today · Sunday 22 November
        🥇 [Ada] · 3h 05m 🚀
        🥈 [Боря] · 2h 00m 🔥
        🥈 [محمد] · 2h 00m 🔥
        4. [Zoe <b>] · 31m ✅
        4 people · 7h 36m together · so far
        14m of the call could not be seen; time shown was observed or proved

        This week · 16–22 November
        🥇 [Ada] · 20h 00m 🚀
        🥈 [Zoe <b>] · 2h 00m 🔥
        2 people · 22h 00m together · final
        26m of the call could not be seen

        This month · November 2026
        No study time yet. The first minutes could be yours.

        No board for Tuesday 17 November, Wednesday 18 November: nobody was watching the call then.
        ---
        Bold: 📚 Study leaderboard · [Deep Work]
        Bold: Today · Sunday 22 November
        ExpandableQuote: 4. [Zoe <b>] · 31m ✅
        Italic: 4 people · 7h 36m together · so far
        Italic: 14m of the call could not be seen; time shown was observed or proved
        Bold: This week · 16–22 November
        Italic: 2 people · 22h 00m together · final
        Italic: 26m of the call could not be seen
        Bold: This month · November 2026
        "#);
    }

    #[test]
    fn a_manual_post_tells_the_time_it_stands_for() {
        let boards = [board(Scope::Day, "2026-11-22", &[("Ada", 60)])];
        let second_line = |post: &Post| compose(post).text.lines().nth(1).unwrap().to_owned();
        let today = post(PostKind::Manual, "2026-11-22", &boards);
        assert_eq!(second_line(&today), "Sunday, 22 November, standings at 18:42");
        let tomorrow = post(PostKind::Manual, "2026-11-23", &boards);
        assert_eq!(second_line(&tomorrow), "Monday, 23 November, standings at 18:42 on 22 November");
        let never = [Board { as_of: None, ..boards[0].clone() }];
        assert_eq!(second_line(&post(PostKind::Manual, "2026-11-22", &never)), "Sunday, 22 November, standings");
    }

    #[test]
    fn a_backfill_says_that_it_is_late_and_never_today() {
        let mut boards = Scope::ALL.map(|scope| board(scope, "2026-11-20", &[("Ada", HOUR)]));
        boards.iter_mut().for_each(|board| board.is_final = true);
        insta::assert_snapshot!(shown(&compose(&post(PostKind::Backfill, "2026-11-20", &boards))), @r#"
        📚 Study leaderboard · [Deep Work]
        for Friday, 20 November, posted late

        That day · Friday 20 November
        🥇 [Ada] · 1h 00m 💪
        1 person · 1h 00m together · final

        That week up to then · 16–20 November
        🥇 [Ada] · 1h 00m 💪
        1 person · 1h 00m together · final

        That month up to then · 1–20 November
        🥇 [Ada] · 1h 00m 💪
        1 person · 1h 00m together · final
        ---
        Bold: 📚 Study leaderboard · [Deep Work]
        Bold: That day · Friday 20 November
        Italic: 1 person · 1h 00m together · final
        Bold: That week up to then · 16–20 November
        Italic: 1 person · 1h 00m together · final
        Bold: That month up to then · 1–20 November
        Italic: 1 person · 1h 00m together · final
        "#);
        let sunday = [board(Scope::Week, "2026-11-22", &[])];
        let text = compose(&post(PostKind::Backfill, "2026-11-22", &sunday)).text;
        assert!(text.contains("That week · 16–22 November"), "{text}");
    }

    #[test]
    fn many_skipped_days_are_counted() {
        let days: Vec<NaiveDate> = date("2026-11-10").iter_days().take(9).collect();
        let text = compose(&Post { skipped: &days, ..post(PostKind::Daily, "2026-11-22", &[]) }).text;
        assert!(text.contains("Monday 16 November, and 2 more: nobody was watching"), "{text}");
    }

    #[test]
    fn a_board_that_goes_on_is_final_only_up_to_the_day() {
        let state = |is_final, day| {
            let boards = [Board { is_final, ..board(Scope::Week, "2026-11-22", &[("Ada", HOUR)]) }];
            compose(&post(PostKind::Daily, day, &boards)).text.rsplit(" · ").next().unwrap().to_owned()
        };
        assert_eq!(state(false, "2026-11-18"), "so far");
        assert_eq!(state(true, "2026-11-18"), "final up to 18 November");
        assert_eq!(state(true, "2026-11-22"), "final");
    }

    #[test]
    fn dates_are_no_longer_than_they_must_be() {
        let period = |scope, first, last| Period {
            first: date(first),
            last: date(last),
            ..Period::of(scope, date(first), Zone::TASHKENT, Calendar::default())
        };
        let dates = |scope, first, last| words::dates(period(scope, first, last));
        assert_eq!(dates(Scope::Week, "2026-11-30", "2026-12-06"), "30 November – 6 December");
        assert_eq!(dates(Scope::Week, "2026-12-28", "2027-01-03"), "28 December 2026 – 3 January 2027");
        assert_eq!(dates(Scope::Month, "2024-02-01", "2024-02-29"), "February 2024");
        assert_eq!(dates(Scope::Month, "2024-02-01", "2024-02-28"), "1–28 February");
        assert_eq!(dates(Scope::Month, "2026-11-01", "2027-11-30"), "1 November 2026 – 30 November 2027");
        // The old tracker's blocks of thirty days are no calendar months.
        let block = period(Scope::Month, "2026-11-01", "2026-11-30");
        assert_eq!(words::dates(block), "November 2026");
        assert_eq!(words::dates(Period { number: Some(1), ..block }), "1–30 November");
    }

    #[test]
    fn ties_share_a_medal_and_use_up_the_next() {
        let boards = [board(Scope::Day, "2026-11-22", &[("a", 900), ("b", 800), ("c", 800), ("d", 700)])];
        let text = compose(&post(PostKind::Daily, "2026-11-22", &boards)).text;
        let places: Vec<&str> =
            text.lines().filter(|line| line.contains('✅')).map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(places, ["🥇", "🥈", "🥈", "4."]);
    }

    #[test]
    fn badges_follow_the_time() {
        assert_eq!(
            [0, HOUR - 1, HOUR, 2 * HOUR - 1, 2 * HOUR, 3 * HOUR - 1, 3 * HOUR].map(badge),
            ["✅", "✅", "💪", "💪", "🔥", "🔥", "🚀"]
        );
        assert_eq!([0, 1, 2, 3, 4].map(medal), [None, Some("🥇"), Some("🥈"), Some("🥉"), None]);
    }

    #[test]
    fn a_cut_board_says_how_many_are_missing() {
        let people: Vec<(&str, i64)> = (0..30).map(|n| ("Ada", 9000 - n)).collect();
        let boards = [board(Scope::Day, "2026-11-22", &people)];
        let with = |top| compose(&Post { top, ..post(PostKind::Daily, "2026-11-22", &boards) });
        let message = with(10);
        let quote = message.entities.iter().find(|entity| entity.kind == Kind::ExpandableQuote).unwrap();
        let quote = words_of(&message, quote);
        assert!(quote.starts_with("4. ") && quote.ends_with("\nand 20 more"), "{quote}");
        assert_eq!(quote.lines().count(), 8);
        // With no row to unfold there is no quote.
        let few = with(2);
        assert!(few.text.contains("✅\nand 28 more\n") || few.text.contains("🔥\nand 28 more\n"), "{}", few.text);
        assert!(few.entities.iter().all(|entity| entity.kind != Kind::ExpandableQuote));
        assert!(!with(0).text.contains("more"));
    }

    #[test]
    fn a_name_is_never_a_link_a_mention_or_a_command() {
        for trap in ["t.me/spam", "@everyone", "https://x.uz", "tg://resolve", "#tag", "/start", "$USD", "a@b.uz"] {
            let boards = [board(Scope::Day, "2026-11-22", &[(trap, 900)])];
            let text = compose(&post(PostKind::Daily, "2026-11-22", &boards)).text;
            let row = text.lines().find(|line| line.contains('✅')).unwrap();
            let armed =
                row.chars().zip(row.chars().skip(1)).find(|&(c, next)| "@#$/.:".contains(c) && next != '\u{2060}');
            assert_eq!(armed, None, "{row}");
            assert_eq!(row.replace('\u{2060}', ""), format!("🥇 \u{2068}{trap}\u{2069} · 15m ✅"));
        }
        // A full stop between words starts nothing.
        assert_eq!(name("J. Smith"), "\u{2068}J. Smith\u{2069}");
    }

    #[test]
    fn the_outbox_reads_back_what_it_stored() {
        let entity = Entity { kind: Kind::ExpandableQuote, offset: 1, length: 2 };
        let message = Message { text: "🥇x".into(), entities: vec![entity] };
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(json, r#"{"text":"🥇x","entities":[{"kind":"expandable_quote","offset":1,"length":2}]}"#);
        assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), message);
        let mention = Entity { kind: Kind::Mention { user: 5_000_000_000 }, ..entity };
        let json = serde_json::to_string(&mention).unwrap();
        assert_eq!(json, r#"{"kind":{"mention":{"user":5000000000}},"offset":1,"length":2}"#);
        assert_eq!(serde_json::from_str::<Entity>(&json).unwrap(), mention);
    }

    /// A board of an anchored calendar, whose people have the ids 1, 2, 3 …
    fn anchored(scope: Scope, day: &str, people: &[(&str, i64)]) -> Board {
        let calendar = Calendar::Anchored { anchor: date("2026-11-11") };
        Board { period: Period::of(scope, date(day), Zone::TASHKENT, calendar), ..board(scope, day, people) }
    }

    fn lines(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn a_daily_post_with_everything() {
        let mut boards = [
            anchored(
                Scope::Day,
                "2026-11-22",
                &[
                    ("Ada", 3 * HOUR + 300),
                    ("محمد", 2 * HOUR),
                    ("Zoe", 1860),
                    ("Боря", 600),
                    ("Канал", 500),
                    ("x", 400),
                ],
            ),
            anchored(Scope::Week, "2026-11-22", &[("Ada", 20 * HOUR), ("محمد", 2 * HOUR)]),
            anchored(Scope::Month, "2026-11-22", &[("Ada", 40 * HOUR)]),
        ];
        boards[0].entries[4].profile.peer = PeerId(-1_001_000_000_001);
        boards[0].entries[5].profile.deleted = true;
        let praise =
            lines(&["Steady as a rock.", "What a day!", "Well begun is half done.", "Keep going.", "Hats off."]);
        let quotes = lines(&["“Little by little.” — Anon", "“Slow and steady.” — Aesop"]);
        let skipped = [date("2026-11-21")];
        let post = Post {
            mentions: Mentions::All,
            praise: &praise,
            quotes: &quotes,
            skipped: &skipped,
            ..post(PostKind::Daily, "2026-11-22", &boards)
        };
        insta::assert_snapshot!(shown(&compose(&post)), @r#"
        📚 Study leaderboard · [Deep Work]
        Sunday, 22 November 2026

        DAY 12 · Sunday 22 November
        🥇 [Ada] · 3h 05m 🚀
        Hats off.
        🥈 [محمد] · 2h 00m 🔥
        Steady as a rock.
        🥉 [Zoe] · 31m ✅
        Well begun is half done.
        4. [Боря] · 10m ✅
        5. [Канал] · 8m ✅
        6. [Deleted account 6] · 6m ✅
        6 people · 6h 01m together · so far

        WEEK 2 · 18–24 November
        🥇 [Ada] · 20h 00m 🚀
        🥈 [محمد] · 2h 00m 🔥
        2 people · 22h 00m together · so far

        MONTH 1 · 11 November – 10 December
        🥇 [Ada] · 40h 00m 🚀
        1 person · 40h 00m together · so far

        No board for Saturday 21 November: nobody was watching the call then.

        “Little by little.” — Anon
        ---
        Bold: 📚 Study leaderboard · [Deep Work]
        Bold: DAY 12 · Sunday 22 November
        Mention { user: 1 }: Ada
        Italic: Hats off.
        Mention { user: 2 }: محمد
        Italic: Steady as a rock.
        Mention { user: 3 }: Zoe
        Italic: Well begun is half done.
        ExpandableQuote: 4. [Боря] · 10m ✅
        5. [Канал] · 8m ✅
        6. [Deleted account 6] · 6m ✅
        Mention { user: 4 }: Боря
        Italic: 6 people · 6h 01m together · so far
        Bold: WEEK 2 · 18–24 November
        Mention { user: 1 }: Ada
        Mention { user: 2 }: محمد
        Italic: 2 people · 22h 00m together · so far
        Bold: MONTH 1 · 11 November – 10 December
        Mention { user: 1 }: Ada
        Italic: 1 person · 40h 00m together · so far
        Italic: “Little by little.” — Anon
        "#);
    }

    #[test]
    fn a_backfill_with_everything() {
        let boards = Scope::ALL.map(|scope| anchored(scope, "2026-11-20", &[("Ada", HOUR)]));
        let post = Post {
            mentions: Mentions::Top3,
            praise: &lines(&["What a day!"]),
            quotes: &lines(&["“Little by little.”"]),
            ..post(PostKind::Backfill, "2026-11-20", &boards)
        };
        insta::assert_snapshot!(shown(&compose(&post)), @r#"
        📚 Study leaderboard · [Deep Work]
        for Friday, 20 November, posted late

        DAY 10 · Friday 20 November
        🥇 [Ada] · 1h 00m 💪
        What a day!
        1 person · 1h 00m together · so far

        WEEK 2 up to then · 18–20 November
        🥇 [Ada] · 1h 00m 💪
        1 person · 1h 00m together · so far

        MONTH 1 up to then · 11–20 November
        🥇 [Ada] · 1h 00m 💪
        1 person · 1h 00m together · so far

        “Little by little.”
        ---
        Bold: 📚 Study leaderboard · [Deep Work]
        Bold: DAY 10 · Friday 20 November
        Mention { user: 1 }: Ada
        Italic: What a day!
        Italic: 1 person · 1h 00m together · so far
        Bold: WEEK 2 up to then · 18–20 November
        Mention { user: 1 }: Ada
        Italic: 1 person · 1h 00m together · so far
        Bold: MONTH 1 up to then · 11–20 November
        Mention { user: 1 }: Ada
        Italic: 1 person · 1h 00m together · so far
        Italic: “Little by little.”
        "#);
    }

    #[test]
    fn a_manual_post_has_neither_praise_nor_quote() {
        let boards = Scope::ALL.map(|scope| anchored(scope, "2026-11-22", &[("Ada", HOUR)]));
        let post = Post {
            mentions: Mentions::Top3,
            praise: &lines(&["What a day!"]),
            quotes: &lines(&["“Little by little.”"]),
            ..post(PostKind::Manual, "2026-11-22", &boards)
        };
        insta::assert_snapshot!(shown(&compose(&post)), @r#"
        📚 Study leaderboard · [Deep Work]
        Sunday, 22 November, standings at 18:42

        DAY 12 · Sunday 22 November
        🥇 [Ada] · 1h 00m 💪
        1 person · 1h 00m together · so far

        WEEK 2 · 18–24 November
        🥇 [Ada] · 1h 00m 💪
        1 person · 1h 00m together · so far

        MONTH 1 · 11 November – 10 December
        🥇 [Ada] · 1h 00m 💪
        1 person · 1h 00m together · so far
        ---
        Bold: 📚 Study leaderboard · [Deep Work]
        Bold: DAY 12 · Sunday 22 November
        Mention { user: 1 }: Ada
        Italic: 1 person · 1h 00m together · so far
        Bold: WEEK 2 · 18–24 November
        Mention { user: 1 }: Ada
        Italic: 1 person · 1h 00m together · so far
        Bold: MONTH 1 · 11 November – 10 December
        Mention { user: 1 }: Ada
        Italic: 1 person · 1h 00m together · so far
        "#);
    }

    /// The users who are mentioned, from top to bottom.
    fn mentioned(message: &Message) -> Vec<i64> {
        let user = |entity: &Entity| match entity.kind {
            Kind::Mention { user } => Some(user),
            _ => None,
        };
        message.entities.iter().filter_map(user).collect()
    }

    #[test]
    fn whoever_has_a_medal_is_mentioned() {
        let boards = [board(Scope::Day, "2026-11-22", &[("a", 900), ("b", 800), ("c", 700), ("d", 700), ("e", 600)])];
        let with = |mentions| mentioned(&compose(&Post { mentions, ..post(PostKind::Daily, "2026-11-22", &boards) }));
        assert_eq!(with(Mentions::None), [0; 0]);
        assert_eq!(with(Mentions::Top3), [1, 2, 3, 4]);
        assert_eq!(with(Mentions::All), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn mentions_go_from_the_lowest_rows_before_any_row_does() {
        let people: Vec<(&str, i64)> = (0..40).map(|n| ("x", 9000 - n)).collect();
        let boards = Scope::ALL.map(|scope| board(scope, "2026-11-22", &people));
        let post = Post { top: 40, mentions: Mentions::All, ..post(PostKind::Daily, "2026-11-22", &boards) };
        let message = compose(&post);
        assert_eq!(message.entities.len(), MOST_ENTITIES);
        assert_eq!(message.text.matches("x").count(), 3 * 40);
        // Ten entities are no mentions: the title, and of each board the heading, the quote and the total.
        assert_eq!(mentioned(&message), [1..=30, 1..=30, 1..=30].into_iter().flatten().collect::<Vec<i64>>());
        let uneven = [boards[0].clone(), Board { blind_seconds: 60, ..boards[1].clone() }, boards[2].clone()];
        let message = compose(&Post { boards: &uneven, ..post });
        assert_eq!(message.entities.len(), MOST_ENTITIES);
        assert_eq!(mentioned(&message), [1..=30, 1..=30, 1..=29].into_iter().flatten().collect::<Vec<i64>>());
    }

    #[test]
    fn praise_and_quote_go_before_a_row_does() {
        let people: Vec<(&str, i64)> = (0..60).map(|n| ("Ada", 9000 - n)).collect();
        let boards = Scope::ALL.map(|scope| board(scope, "2026-11-22", &people));
        let (praise, quotes) = ([format!("P{}", "p".repeat(499))], [format!("Q{}", "q".repeat(499))]);
        let count = |top| {
            let post = Post { top, praise: &praise, quotes: &quotes, ..post(PostKind::Daily, "2026-11-22", &boards) };
            let message = compose(&post);
            assert!(message.text.encode_utf16().count() <= MOST_UNITS);
            ["Ada", "P", "Q"].map(|what| message.text.matches(what).count())
        };
        assert_eq!(count(10), [30, 3, 1]);
        let counts: Vec<[usize; 3]> = (10..60).map(count).collect();
        for (top, [rows, praised, quoted]) in (10..60).zip(&counts) {
            // The quote goes first, and a row only when nothing else is left to go.
            assert!(*quoted == 0 || *praised == 3, "{top}: {counts:?}");
            assert!(*rows == 3 * top || *praised == 0, "{top}: {counts:?}");
        }
        for state in [(3, 1), (3, 0), (0, 0)] {
            assert!(counts.iter().any(|count| (count[1], count[2]) == state), "{state:?}: {counts:?}");
        }
    }

    /// Names that have broken a message somewhere, and anything else.
    fn nasty() -> impl Strategy<Value = String> {
        let known = [
            "\u{202e}gnp.exe\u{202d}",
            "\u{2066}\u{2067}open",
            "👩\u{200d}👩\u{200d}👧\u{200d}👦",
            "\u{200d}\u{200d}",
            "<b>",
            "</b>&lt;",
            "*_`[x](y)",
            "two\nlines\r\u{2028}\u{85}three",
            "",
            "\u{1b}[2J",
            "👍🏿🇺🇿",
            "e\u{301}\u{301}\u{301}",
            "\u{2068}\u{2069}\u{2069}",
            "محمد",
            "李",
        ];
        prop_oneof![
            proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
            Just("👩\u{200d}👧".repeat(64)),
            Just(format!("z{}", "\u{334}".repeat(5000))),
            "\\PC{0,64}",
            "(?s).{0,80}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_name_breaks_a_message(
            people in proptest::collection::vec((nasty(), any::<bool>(), 300..20_000i64), 0..60),
            group in nasty(),
            top in prop_oneof![0..12usize, Just(usize::MAX)],
            skipped in 0..30usize,
            mentions in proptest::sample::select(vec![Mentions::None, Mentions::Top3, Mentions::All]),
            lines in proptest::collection::vec(nasty(), 0..4),
        ) {
            let mut people = people;
            people.sort_by_key(|(.., seconds)| -seconds);
            let names: Vec<(&str, i64)> = people.iter().map(|(name, _, seconds)| (name.as_str(), *seconds)).collect();
            let mut boards = Scope::ALL.map(|scope| board(scope, "2026-11-22", &names));
            for board in &mut boards {
                board.blind_seconds = 60;
                board.entries.iter_mut().zip(&people).for_each(|(entry, person)| entry.profile.deleted = person.1);
            }
            let skipped: Vec<NaiveDate> = date("2026-11-01").iter_days().take(skipped).collect();
            let lines: Vec<String> = lines.iter().map(|line| text::shorten(&text::clean(line), 500)).filter(|line| !line.is_empty()).collect();
            let post = Post { group: &group, top, skipped: &skipped, mentions, praise: &lines, quotes: &lines, ..post(PostKind::Daily, "2026-11-22", &boards) };
            let message = compose(&post);

            let units: Vec<u16> = message.text.encode_utf16().collect();
            prop_assert!(units.len() <= MOST_UNITS && message.entities.len() <= MOST_ENTITIES, "{} units", units.len());
            prop_assert_eq!(message.text.trim(), &message.text);
            // What is folded may have mentions within it; nothing else overlaps.
            let (mut past, mut fold) = (0, 0);
            for entity in &message.entities {
                let end = entity.offset + entity.length;
                prop_assert!(entity.length > 0 && entity.offset >= past, "overlap");
                match entity.kind {
                    Kind::ExpandableQuote => (past, fold) = (entity.offset, end),
                    Kind::Mention { .. } => {
                        prop_assert!(entity.offset >= fold || end <= fold, "overlap");
                        let cut = words_of(&message, entity);
                        prop_assert!(!cut.contains(['\n', '\u{2068}', '\u{2069}']), "{cut:?}");
                        past = end;
                    }
                    _ => {
                        prop_assert!(entity.offset >= fold, "overlap");
                        past = end;
                    }
                }
                prop_assert!(end <= units.len());
                // No end of an entity lies inside a surrogate pair.
                for edge in [entity.offset, end] {
                    prop_assert!(units.get(edge).is_none_or(|unit| !(0xdc00..0xe000).contains(unit)));
                }
                prop_assert!(!words_of(&message, entity).contains("\n\n"));
            }

            let shown = message.text.lines().filter(|line| line.contains('\u{2068}')).count();
            for line in message.text.split('\n') {
                let turning = |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
                let isolates: String = line.chars().filter(turning).collect();
                prop_assert!(["", "\u{2068}\u{2069}"].contains(&isolates.as_str()), "{line:?}");
                prop_assert!(!line.chars().any(|c| c.is_control() || c == '\u{2028}'), "{line:?}");
            }
            // Whoever has no row is counted.
            let missing: usize = message.text.lines().filter_map(|line| line.strip_prefix("and ")?.strip_suffix(" more")?.parse::<usize>().ok()).sum();
            let titled = usize::from(!text::clean(&group).is_empty());
            if top > 0 {
                prop_assert_eq!(shown - titled + missing, 3 * people.len());
            }
        }
    }

    #[test]
    fn rows_go_from_the_longest_board_first() {
        let name = "👩\u{200d}👩\u{200d}👧\u{200d}👦".repeat(12);
        let many: Vec<(&str, i64)> = (0..60).map(|n| (name.as_str(), 20_000 - n)).collect();
        let boards = [
            board(Scope::Day, "2026-11-22", &many[..3]),
            board(Scope::Week, "2026-11-22", &many[..20]),
            board(Scope::Month, "2026-11-22", &many),
        ];
        let text = compose(&Post { top: 60, ..post(PostKind::Daily, "2026-11-22", &boards) }).text;
        let rows: Vec<usize> = text.split("\n\n").skip(1).map(|block| block.matches('👦').count() / 12).collect();
        assert_eq!((rows[0], rows[1].abs_diff(rows[2]) <= 1), (3, true), "{rows:?}");
        assert!(text.encode_utf16().count() > MOST_UNITS - 300, "no more rows go than must");
    }
}
