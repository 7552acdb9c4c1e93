//! What a post says: which rows and lines, in which order, and what is left out where there is no room (rules §4).
//!
//! This file holds no sentence: all texts come from [`Words`].

use chrono::NaiveDate;

use super::message::{EntityKind, MAX_UNITS, Message, MessageBuilder, harmless, isolated_name};
use super::{Mentions, Post, PostKind, badge, medal, place, praise};
use crate::domain::accounting::leaderboard::{Board, Entry};
use crate::domain::accounting::unwatched::{Coverage, MIN_UNWATCHED_SHOWN};
use crate::domain::people::{self, Display, Name, Viewer};
use crate::domain::text;
use crate::domain::time::period::{Period, Scope, local, local_date};
use crate::domain::words::{BoardState, Dates, Occasion, Seen, SeenFrom, Words};

/// No row is shorter than this, in UTF-16 units, in any language: a place of two, a space, two isolates, a name of one,
/// a separator of three, a duration of one, a space, a badge of one, and the line break.
const MIN_ROW_UNITS: usize = 13;
/// No board of a message can have more rows.
const MAX_ROWS: usize = MAX_UNITS / MIN_ROW_UNITS;
/// Rows of a board that are shown without unfolding it.
const OPEN_ROWS: usize = 3;
/// Skipped days that are named; the others are counted.
const MAX_NAMED_DAYS: usize = 7;

/// Writes a post. It never exceeds the limits of a message. Where there is no room for everything, the quote is left out
/// first, then the praise from the third person to the first, then rows, always of the board that has the most; the board
/// says how many are missing. Of too many mentions, those of the lowest rows go first.
pub fn compose(post: &Post) -> Message {
    compose_and_count_praise(post).0
}

/// As [`compose`], and how many of the day's first rows have their praise in the message.
pub fn compose_and_count_praise(post: &Post) -> (Message, usize) {
    let max_rows = post.top.min(MAX_ROWS);
    let shown = post.boards.iter().flat_map(|board| board.entries.iter().take(max_rows));
    let people: Vec<Display> = shown.map(|entry| people::display(&entry.profile, Viewer::Group)).collect();
    let marks = people::distinctions(&people);
    let line = |entry: &Entry| BoardLine::new(entry, marks.get(&entry.profile.peer), post);
    let lines: Vec<Vec<BoardLine>> =
        post.boards.iter().map(|board| board.entries.iter().take(max_rows).map(line).collect()).collect();
    let mut extent = Extent { rows: lines.iter().map(Vec::len).collect(), praise: OPEN_ROWS, quote: true };
    // Without this, a post of a thousand rows would be written a thousand times.
    while extent.row_units(&lines) > MAX_UNITS && extent.shrink() {}
    loop {
        let message = draw(post, &lines, &extent);
        if message.units() <= MAX_UNITS || !extent.shrink() {
            let day = post.boards.iter().position(|board| board.period.scope == Scope::Day);
            let rows = day.map_or(0, |day| extent.rows[day]);
            return (message.finish(), extent.praise.min(rows));
        }
    }
}

/// How much of a post there is room for.
struct Extent {
    /// Rows of each board.
    rows: Vec<usize>,
    /// How many of the first three are praised.
    praise: usize,
    quote: bool,
}

impl Extent {
    /// Takes away the least important part that is left; false if nothing is.
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

    /// The length of all rows, in UTF-16 units.
    fn row_units(&self, lines: &[Vec<BoardLine>]) -> usize {
        let shown = lines.iter().zip(&self.rows).flat_map(|(lines, shown)| &lines[..*shown]);
        shown.map(|line| line.units).sum()
    }
}

/// The praise of the first rows of `board`, if `praised` rows of the day have theirs in the message. Only the day's board
/// of a post that is not manual has any.
pub(crate) fn praise_of<'a>(post: &Post<'a>, board: &Board, praised: usize) -> Vec<&'a str> {
    let praised = if board.period.scope == Scope::Day && post.kind != PostKind::Manual { praised } else { 0 };
    praise::praise(post.praise, post.day, board.entries.iter().take(praised).map(|entry| entry.profile.peer))
}

/// What a board of the post is called in the language of `words`: `Today`, or `DAY 12` where periods have numbers.
pub(crate) fn board_name(post: &Post, board: &Board, words: &dyn Words) -> String {
    let Period { scope, number, .. } = board.period;
    number.map_or_else(|| words.period(scope, seen_from(post)), |number| words.numbered_period(scope, number))
}

/// The line above a board: `Today · Sunday 22 November`. A late post's week and month end with its day.
pub(crate) fn heading(post: &Post, board: &Board, words: &dyn Words) -> String {
    let period = board.period;
    let is_cut = post.kind == PostKind::Backfill && (period.first..period.last).contains(&post.day);
    let shown = if is_cut { Period { last: post.day, ..period } } else { period };
    words.heading(&board_name(post, board, words), Dates::of(shown), is_cut)
}

fn draw(post: &Post, lines: &[Vec<BoardLine>], extent: &Extent) -> MessageBuilder {
    let words = post.words;
    let mut message = MessageBuilder::default();
    message.push_as(EntityKind::Bold, &words.title(&isolated_name(post.group)));
    message.push("\n");
    message.push(&words.occasion(post.day, occasion(post)));
    // Once: the boards that follow are of longer periods, and began before that, too.
    let mut since = post.boards.iter().find_map(|board| board.watched_since);
    for ((board, lines), shown) in post.boards.iter().zip(lines).zip(&extent.rows) {
        message.push("\n\n");
        message.push_as(EntityKind::Bold, &heading(post, board, words));
        if board.entries.is_empty() {
            message.push("\n");
            message.push(&empty_board(post, board));
            since = since.filter(|_| board.watched_since.is_none());
        } else {
            draw_rows(&mut message, post, board, &lines[..*shown], extent.praise);
            message.push("\n");
            let total = words.total(board.people(), board.shown_seconds(), state(post, board));
            message.push_as(EntityKind::Italic, &total);
        }
        if let Some(first) = since.take_if(|_| board.watched_since.is_some()) {
            message.push("\n");
            message.push_as(EntityKind::Italic, &words.watched_since(local(post.zone, first).naive_local()));
        }
    }
    if let Some(note) = offline_note(post) {
        message.push("\n\n");
        message.push_as(EntityKind::Italic, &note);
    }
    if !post.skipped.is_empty() {
        let (named, rest) = post.skipped.split_at(MAX_NAMED_DAYS.min(post.skipped.len()));
        message.push("\n\n");
        message.push(&words.skipped(named, rest.len()));
    }
    if post.kind != PostKind::Manual
        && extent.quote
        && let Some(quote) = praise::quote(post.quotes, post.day)
    {
        message.push("\n\n");
        message.push_as(EntityKind::Italic, quote);
    }
    message
}

/// What a line begins with that is about swf, not about people.
pub(crate) const NOTE: &str = "ℹ️ ";

/// For how long swf saw nothing, once for all boards: of a longer period only if that is more than of the one before it. A
/// board that has no rows for this reason says it in their place (rules §2.16).
fn offline_note(post: &Post) -> Option<String> {
    let mut parts: Vec<(Scope, i64)> = Vec::new();
    for board in post.boards.iter().filter(|board| board.coverage == Coverage::Watched) {
        let seconds = board.unwatched_seconds + board.blind_seconds;
        let shown = text::shown_seconds(seconds);
        if seconds >= MIN_UNWATCHED_SHOWN && parts.iter().all(|(_, before)| *before < shown) {
            parts.push((board.period.scope, shown));
        }
    }
    (!parts.is_empty()).then(|| format!("{NOTE}{}", post.words.offline(&parts, seen_from(post))))
}

fn seen_from(post: &Post) -> SeenFrom {
    if post.kind == PostKind::Backfill { SeenFrom::After } else { SeenFrom::Within }
}

/// What stands for the rows of a board without any (rules §2.16).
fn empty_board(post: &Post, board: &Board) -> String {
    let words = post.words;
    match (board.coverage, board.watched_since) {
        (Coverage::Unwatched, _) => words.not_running(),
        (Coverage::Blind, _) => words.not_seen(),
        (Coverage::BeforeFirst(first), _) => words.not_in_use(local_date(post.zone, first)),
        (Coverage::Watched, Some(first)) => words.empty_since(local(post.zone, first).naive_local()),
        (Coverage::Watched | Coverage::Ahead, _) => {
            praise::empty_sentence(words.empty_board(board.is_final), post.day).into()
        }
    }
}

fn occasion(post: &Post) -> Occasion {
    match post.kind {
        PostKind::Daily => Occasion::Daily,
        PostKind::Backfill => Occasion::Late,
        PostKind::Manual => {
            let as_of = post.boards.iter().find_map(|board| board.as_of);
            let seen = as_of.map(|at| local(post.zone, at)).map(|at| Seen {
                time: at.time(),
                other_day: Some(at.date_naive()).filter(|date: &NaiveDate| *date != post.day),
            });
            Occasion::Standings { seen }
        }
    }
}

/// A final board of a period that still goes on is final only up to the post's day. A late post's board ends there.
fn state(post: &Post, board: &Board) -> BoardState {
    match board.is_final {
        false => BoardState::Open,
        true if post.kind != PostKind::Backfill && post.day < board.period.last => BoardState::FinalUpTo(post.day),
        true => BoardState::Final,
    }
}

/// The rows of a board: the first three open, the others folded, and how many are missing.
fn draw_rows(message: &mut MessageBuilder, post: &Post, board: &Board, lines: &[BoardLine], praised: usize) {
    let praise = praise_of(post, board, praised);
    let (open, folded) = lines.split_at(OPEN_ROWS.min(lines.len()));
    for (index, line) in open.iter().enumerate() {
        message.push("\n");
        line.draw(message, index);
        if let Some(praise) = praise.get(index) {
            message.push("\n");
            message.push_as(EntityKind::Italic, praise);
        }
    }
    let missing = match board.people() - lines.len() {
        missing if missing > 0 && !lines.is_empty() => Some(post.words.more(missing)),
        _ => None,
    };
    if !folded.is_empty() {
        message.push("\n");
        message.within(EntityKind::ExpandableQuote, |message| {
            for (index, line) in folded.iter().enumerate() {
                message.push(if index == 0 { "" } else { "\n" });
                line.draw(message, OPEN_ROWS + index);
            }
            if let Some(missing) = missing {
                message.push(&format!("\n{missing}"));
            }
        });
    } else if let Some(missing) = missing {
        message.push(&format!("\n{missing}"));
    }
}

/// A row of a board, in the parts that it is written in.
struct BoardLine {
    before: String,
    name: String,
    after: String,
    /// The user to notify.
    mention: Option<i64>,
    /// The length in UTF-16 units.
    units: usize,
}

impl BoardLine {
    /// `mark` tells the person apart from others of the same name.
    fn new(entry: &Entry, mark: Option<&String>, post: &Post) -> BoardLine {
        let person = people::display(&entry.profile, Viewer::Group);
        let is_wanted = match post.mentions {
            Mentions::None => false,
            Mentions::Top3 => medal(entry.rank).is_some(),
            Mentions::All => true,
        };
        // Channels and deleted accounts can't be mentioned.
        let can_be_mentioned = person.id.0 > 0 && person.name != Name::Deleted;
        // The isolates stay outside of a mention.
        let (open, close) = text::ISOLATE;
        let before = format!("{} {open}", place(entry.rank));
        let name = harmless(&post.words.name(&person));
        let mark = mark.map_or(String::new(), |mark| format!(" ({})", harmless(mark)));
        let after = format!("{mark}{close} · {} {}", post.words.duration(entry.seconds), badge(entry.ranked_seconds()));
        let units = [&before, &name, &after].map(|part| part.encode_utf16().count()).iter().sum();
        BoardLine { before, name, after, mention: (is_wanted && can_be_mentioned).then_some(person.id.0), units }
    }

    /// Appends the row at `index` of its board.
    fn draw(&self, message: &mut MessageBuilder, index: usize) {
        message.push(&self.before);
        match self.mention {
            Some(user) => message.push_mention(user, &self.name, index),
            None => message.push(&self.name),
        }
        message.push(&self.after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounting::ranking::Standing;
    use crate::domain::people::Profile;
    use crate::domain::post::BOARDS;
    use crate::domain::post::message::testing::text_of;
    use crate::domain::post::message::{Entity, MAX_ENTITIES};
    use crate::domain::time::period::{Calendar, instant_of};
    use crate::domain::time::zone::Zone;
    use crate::domain::words::testing::{Marked, unmarked};
    use crate::domain::words::{ENGLISH, Language};
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
            profile: Profile { name: name.into(), ..Profile::unknown(PeerId(id)) },
            seconds,
            proved_seconds: 0,
            in_call: false,
            standing: Standing::default(),
        });
        Board {
            unwatched_seconds: 0,
            watched_since: None,
            coverage: Coverage::Watched,
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
            words: ENGLISH,
        }
    }

    /// The whole message as a snapshot: isolates made visible, entities below.
    fn shown(message: &Message) -> String {
        let entities =
            message.entities.iter().map(|entity| format!("\n{:?}: {}", entity.kind, text_of(message, entity)));
        let all = format!("{}\n---{}", message.text, entities.collect::<String>());
        all.replace(text::ISOLATE.0, "[").replace(text::ISOLATE.1, "]")
    }

    /// CASES S9. A username in a message notifies its owner, unless something stands between.
    #[test]
    fn people_of_one_name_are_told_apart_on_all_boards_and_nobody_is_notified() {
        let mut boards = [
            board(Scope::Day, "2026-11-22", &[("Ali", HOUR), ("Bob", 1800)]),
            board(Scope::Week, "2026-11-22", &[("Ali", 2 * HOUR), ("Bob", HOUR), ("Ali", 1800)]),
        ];
        for board in &mut boards {
            let ali = &mut board.entries[0].profile;
            *ali = Profile { username: Some("ali_1".into()), ..ali.clone() };
        }
        boards[1].entries[2].profile.peer = PeerId(7_654_321);
        let message = compose(&Post { mentions: Mentions::Top3, ..post(PostKind::Daily, "2026-11-22", &boards) });
        assert_eq!(message.text.matches("\u{2068}Ali (@\u{2060}ali_1)\u{2069} · ").count(), 2, "{}", message.text);
        assert_eq!(message.text.matches("\u{2068}Ali (…4321)\u{2069} · ").count(), 1, "{}", message.text);
        assert_eq!(message.text.matches("\u{2068}Bob\u{2069} · ").count(), 2, "{}", message.text);
        let mentions = message.entities.iter().filter(|entity| matches!(entity.kind, EntityKind::Mention { .. }));
        assert_eq!(
            mentions.map(|entity| text_of(&message, entity)).collect::<Vec<_>>(),
            ["Ali", "Bob", "Ali", "Bob", "Ali"]
        );
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
        boards[1].entries[1].profile.peer = PeerId(4);
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
        swf could not see the call for 14m; time that Telegram can prove is counted

        This week · 16–22 November
        🥇 [Ada] · 20h 00m 🚀
        🥈 [Zoe <b>] · 2h 00m 🔥
        2 people · 22h 00m together · final
        swf could not see the call for 26m

        This month · November 2026
        No study time yet. The first minutes could be yours.

        No board for Tuesday 17 November, Wednesday 18 November: nobody was watching the call then.
        ---
        Bold: 📚 Study leaderboard · [Deep Work]
        Bold: Today · Sunday 22 November
        ExpandableQuote: 4. [Zoe <b>] · 31m ✅
        Italic: 4 people · 7h 36m together · so far
        Italic: swf could not see the call for 14m; time that Telegram can prove is counted
        Bold: This week · 16–22 November
        Italic: 2 people · 22h 00m together · final
        Italic: swf could not see the call for 26m
        Bold: This month · November 2026
        "#);
    }

    #[test]
    fn a_manual_post_has_the_time_of_its_standings() {
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
    fn a_late_post_says_so_and_never_says_today() {
        let mut boards = BOARDS.map(|scope| board(scope, "2026-11-20", &[("Ada", HOUR)]));
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

    /// Everything that a post can say, in a language whose texts are marked.
    #[test]
    fn every_text_of_a_post_comes_from_its_language() {
        let people = [("Ada", 3 * HOUR), ("b", 2 * HOUR), ("c", HOUR), ("d", 900), ("e", 800)];
        let skipped: Vec<NaiveDate> = date("2026-11-10").iter_days().take(9).collect();
        for kind in [PostKind::Daily, PostKind::Manual, PostKind::Backfill] {
            let mut boards = [
                board(Scope::Day, "2026-11-20", &people),
                anchored(Scope::Week, "2026-11-20", &people),
                board(Scope::Month, "2026-11-20", &[]),
            ];
            boards[0].blind_seconds = 60;
            boards[0].entries[1].profile.deleted = true;
            boards[1].is_final = true;
            let post = Post { top: 4, skipped: &skipped, words: &Marked, ..post(kind, "2026-11-20", &boards) };
            let text = unmarked(&compose(&post).text);
            assert!(!text.contains(char::is_alphabetic), "{text}");
        }
    }

    #[test]
    fn many_skipped_days_are_counted() {
        let days: Vec<NaiveDate> = date("2026-11-10").iter_days().take(9).collect();
        let text = compose(&Post { skipped: &days, ..post(PostKind::Daily, "2026-11-22", &[]) }).text;
        assert!(text.contains("Monday 16 November, and 2 more: nobody was watching"), "{text}");
    }

    #[test]
    fn a_board_of_a_period_that_goes_on_is_final_up_to_the_day() {
        let state = |is_final, day| {
            let boards = [Board { is_final, ..board(Scope::Week, "2026-11-22", &[("Ada", HOUR)]) }];
            compose(&post(PostKind::Daily, day, &boards)).text.rsplit(" · ").next().unwrap().to_owned()
        };
        assert_eq!(state(false, "2026-11-18"), "so far");
        assert_eq!(state(true, "2026-11-18"), "final up to 18 November");
        assert_eq!(state(true, "2026-11-22"), "final");
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
    fn a_cut_board_says_how_many_are_missing() {
        let people: Vec<(&str, i64)> = (0..30).map(|n| ("Ada", 9000 - n)).collect();
        let boards = [board(Scope::Day, "2026-11-22", &people)];
        let with = |top| compose(&Post { top, ..post(PostKind::Daily, "2026-11-22", &boards) });
        let message = with(10);
        let quote = message.entities.iter().find(|entity| entity.kind == EntityKind::ExpandableQuote).unwrap();
        let quote = text_of(&message, quote);
        assert!(quote.starts_with("4. ") && quote.ends_with("\nand 20 more"), "{quote}");
        assert_eq!(quote.lines().count(), 8);
        // Without a row to unfold there is no quote.
        let few = with(2);
        assert!(few.text.contains("✅\nand 28 more\n") || few.text.contains("🔥\nand 28 more\n"), "{}", few.text);
        assert!(few.entities.iter().all(|entity| entity.kind != EntityKind::ExpandableQuote));
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
        6 people · 6h 00m together · so far

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
        Italic: 6 people · 6h 00m together · so far
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
    fn a_late_post_with_everything() {
        let boards = BOARDS.map(|scope| anchored(scope, "2026-11-20", &[("Ada", HOUR)]));
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
        let boards = BOARDS.map(|scope| anchored(scope, "2026-11-22", &[("Ada", HOUR)]));
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

    /// Rules §2.16: a board without rows never says that nobody studied in a time that swf did not watch.
    #[test]
    fn an_empty_board_says_what_is_not_known() {
        let empty = |coverage, since: Option<&str>| {
            let mut board = board(Scope::Day, "2026-11-22", &[]);
            (board.coverage, board.watched_since, board.is_final) = (coverage, since.map(at), true);
            compose(&post(PostKind::Backfill, "2026-11-22", &[board])).text
        };
        let first = at("2026-11-23T09:00:00");
        for (coverage, since, words) in [
            (Coverage::Watched, None, "No study time this time."),
            (
                Coverage::Watched,
                Some("2026-11-22T09:05:00"),
                "No study time since 22 November, 09:05. swf did not watch",
            ),
            (Coverage::Unwatched, None, "swf was not running"),
            (Coverage::Unwatched, Some("2026-11-22T09:05:00"), "swf was not running"),
            (Coverage::Blind, None, "swf could not see the call"),
            (
                Coverage::BeforeFirst(first),
                None,
                "swf was not in use yet; it first watched the group on 23 November 2026",
            ),
        ] {
            let text = empty(coverage, since);
            assert!(text.contains(words), "{coverage:?}: {text}");
            assert_eq!(
                text.contains("Every day is a new start"),
                (coverage, since) == (Coverage::Watched, None),
                "{text}"
            );
            assert!(!text.contains("final"), "{text}");
        }
    }

    #[test]
    fn a_post_says_once_since_when_swf_watches() {
        let mut boards = BOARDS.map(|scope| board(scope, "2026-11-22", &[("Ada", HOUR)]));
        boards[1].watched_since = Some(at("2026-11-18T15:04:00"));
        boards[2].watched_since = boards[1].watched_since;
        let text = |boards: &[Board]| compose(&post(PostKind::Daily, "2026-11-22", boards)).text;
        let words = "1 person · 1h 00m together · so far\nswf has watched the group since 18 November, 15:04\n";
        assert_eq!(text(&boards).matches(words).count(), 1, "{}", text(&boards));
        assert_eq!(text(&boards).matches("since 18 November").count(), 1);
        // A board without rows says it in its line.
        boards[1].entries.clear();
        assert_eq!(text(&boards).matches("since 18 November").count(), 1, "{}", text(&boards));
    }

    proptest! {
        /// Rules §2.10: the total is what the rows show together.
        #[test]
        fn shown_values_add_up(seconds in proptest::collection::vec(1..40_000i64, 1..30)) {
            let people: Vec<(&str, i64)> = seconds.iter().map(|seconds| ("x", *seconds)).collect();
            let boards = [board(Scope::Day, "2026-11-22", &people)];
            let text = compose(&Post { top: 100, ..post(PostKind::Daily, "2026-11-22", &boards) }).text;
            let shown = |line: &str| text::testing::seconds_in(line.split(" · ").nth(1)?);
            let rows: i64 = text.lines().filter(|line| line.contains('x')).filter_map(shown).sum();
            let total = text.lines().find(|line| line.contains("together")).and_then(shown);
            prop_assert_eq!(total, Some(text::shown_seconds(rows)), "{}", text);
        }
    }

    /// The users who are mentioned, from top to bottom.
    fn mentioned(message: &Message) -> Vec<i64> {
        let user = |entity: &Entity| match entity.kind {
            EntityKind::Mention { user } => Some(user),
            _ => None,
        };
        message.entities.iter().filter_map(user).collect()
    }

    #[test]
    fn people_with_a_medal_are_mentioned() {
        let boards = [board(Scope::Day, "2026-11-22", &[("a", 900), ("b", 800), ("c", 700), ("d", 700), ("e", 600)])];
        let with = |mentions| mentioned(&compose(&Post { mentions, ..post(PostKind::Daily, "2026-11-22", &boards) }));
        assert_eq!(with(Mentions::None), [0; 0]);
        assert_eq!(with(Mentions::Top3), [1, 2, 3, 4]);
        assert_eq!(with(Mentions::All), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn mentions_go_from_the_lowest_rows_before_any_row_does() {
        let people: Vec<(&str, i64)> = (0..40).map(|n| ("x", 9000 - n)).collect();
        let boards = BOARDS.map(|scope| board(scope, "2026-11-22", &people));
        let post = Post { top: 40, mentions: Mentions::All, ..post(PostKind::Daily, "2026-11-22", &boards) };
        let message = compose(&post);
        assert_eq!(message.entities.len(), MAX_ENTITIES);
        assert_eq!(message.text.matches("x").count(), 3 * 40);
        // Ten entities are not mentions: the title, and of each board the heading, the quote and the total.
        assert_eq!(mentioned(&message), [1..=30, 1..=30, 1..=30].into_iter().flatten().collect::<Vec<i64>>());
        let uneven = [boards[0].clone(), Board { blind_seconds: 60, ..boards[1].clone() }, boards[2].clone()];
        let message = compose(&Post { boards: &uneven, ..post });
        assert_eq!(message.entities.len(), MAX_ENTITIES);
        assert_eq!(mentioned(&message), [1..=30, 1..=30, 1..=29].into_iter().flatten().collect::<Vec<i64>>());
    }

    #[test]
    fn praise_and_quote_go_before_a_row_does() {
        let people: Vec<(&str, i64)> = (0..60).map(|n| ("Ada", 9000 - n)).collect();
        let boards = BOARDS.map(|scope| board(scope, "2026-11-22", &people));
        let (praise, quotes) = ([format!("P{}", "p".repeat(499))], [format!("Q{}", "q".repeat(499))]);
        let count = |top| {
            let post = Post { top, praise: &praise, quotes: &quotes, ..post(PostKind::Daily, "2026-11-22", &boards) };
            let message = compose(&post);
            assert!(message.text.encode_utf16().count() <= MAX_UNITS);
            ["Ada", "P", "Q"].map(|what| message.text.matches(what).count())
        };
        assert_eq!(count(10), [30, 3, 1]);
        let counts: Vec<[usize; 3]> = (10..60).map(count).collect();
        for (top, [rows, praised, quoted]) in (10..60).zip(&counts) {
            // The quote goes first; rows go only when quote and praise are gone.
            assert!(*quoted == 0 || *praised == 3, "{top}: {counts:?}");
            assert!(*rows == 3 * top || *praised == 0, "{top}: {counts:?}");
        }
        for state in [(3, 1), (3, 0), (0, 0)] {
            assert!(counts.iter().any(|count| (count[1], count[2]) == state), "{state:?}: {counts:?}");
        }
    }

    /// How many rows a line says are left out.
    fn missing_in(line: &str, words: &dyn Words) -> Option<usize> {
        let digits: String = line.chars().filter(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|count| words.more(*count) == line)
    }

    /// Rules §4: 200 people, the longest notes and a title of the greatest length, in every language.
    #[test]
    fn a_post_of_200_people_keeps_the_limits_in_every_language() {
        let people: Vec<(&str, i64)> = (0..200).map(|n| ("Abdurahmonova Shahlo", 90_000 - n)).collect();
        let skipped: Vec<NaiveDate> = date("2026-11-01").iter_days().take(20).collect();
        let group = "щ".repeat(255);
        for words in Language::ALL.map(Language::words) {
            for kind in PostKind::ALL {
                let mut boards = BOARDS.map(|scope| board(scope, "2026-11-20", &people));
                for board in &mut boards {
                    (board.blind_seconds, board.unwatched_seconds) = (90_000, 90_000);
                    board.watched_since = Some(at("2026-11-18T15:04:00"));
                }
                let full = Post {
                    group: &group,
                    top: 100,
                    skipped: &skipped,
                    mentions: Mentions::All,
                    words,
                    ..post(kind, "2026-11-20", &boards)
                };
                let message = compose(&full);
                let units = message.text.encode_utf16().count();
                assert!(units <= MAX_UNITS && message.entities.len() <= MAX_ENTITIES, "{words:?} {kind:?}: {units}");
                // There is room for all that is said once and for most of the rows.
                let rows = message.text.matches("Abdurahmonova").count();
                let missing: usize = message.text.lines().filter_map(|line| missing_in(line, words)).sum();
                assert!(rows > 20 && rows + missing == 600, "{words:?} {kind:?}: {rows} {missing}");
            }
        }
    }

    /// Names that have broken a message, and random ones.
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
            language in proptest::sample::select(Language::ALL.to_vec()),
        ) {
            let mut people = people;
            people.sort_by_key(|(.., seconds)| -seconds);
            let names: Vec<(&str, i64)> = people.iter().map(|(name, _, seconds)| (name.as_str(), *seconds)).collect();
            let mut boards = BOARDS.map(|scope| board(scope, "2026-11-22", &names));
            for board in &mut boards {
                board.blind_seconds = 60;
                board.entries.iter_mut().zip(&people).for_each(|(entry, person)| entry.profile.deleted = person.1);
            }
            let skipped: Vec<NaiveDate> = date("2026-11-01").iter_days().take(skipped).collect();
            let lines: Vec<String> = lines.iter().map(|line| text::shorten(&text::clean(line), 500)).filter(|line| !line.is_empty()).collect();
            let post = Post { group: &group, top, skipped: &skipped, mentions, praise: &lines, quotes: &lines, words: language.words(), ..post(PostKind::Daily, "2026-11-22", &boards) };
            let message = compose(&post);

            let units: Vec<u16> = message.text.encode_utf16().collect();
            prop_assert!(units.len() <= MAX_UNITS && message.entities.len() <= MAX_ENTITIES, "{} units", units.len());
            prop_assert_eq!(message.text.trim(), &message.text);
            // Only the folded quote may enclose mentions; nothing else overlaps.
            let (mut past, mut fold) = (0, 0);
            for entity in &message.entities {
                let end = entity.offset + entity.length;
                prop_assert!(entity.length > 0 && entity.offset >= past, "overlap");
                match entity.kind {
                    EntityKind::ExpandableQuote => (past, fold) = (entity.offset, end),
                    EntityKind::Mention { .. } => {
                        prop_assert!(entity.offset >= fold || end <= fold, "overlap");
                        let cut = text_of(&message, entity);
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
                prop_assert!(!text_of(&message, entity).contains("\n\n"));
            }

            let shown = message.text.lines().filter(|line| line.contains('\u{2068}')).count();
            for line in message.text.split('\n') {
                let turning = |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
                let isolates: String = line.chars().filter(turning).collect();
                prop_assert!(["", "\u{2068}\u{2069}"].contains(&isolates.as_str()), "{line:?}");
                prop_assert!(!line.chars().any(|c| c.is_control() || c == '\u{2028}'), "{line:?}");
            }
            // Everybody without a row is counted.
            let missing: usize = message.text.lines().filter_map(|line| missing_in(line, language.words())).sum();
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
        assert!(text.encode_utf16().count() > MAX_UNITS - 300, "no more rows go than must");
    }
}
