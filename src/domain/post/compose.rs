//! What a post says: which rows and lines, in which order, and what is left out if there is no room (rules §4).
//!
//! This file holds no sentence: all texts come from [`Words`].

use std::borrow::Cow;

use chrono::NaiveDate;

use super::classic;
use super::history::Move;
use super::message::{EntityKind, MAX_CAPTION_UNITS, MAX_UNITS, Message, MessageBuilder, isolated_name};
use super::names::Names;
use super::recap::{self, Recap};
use super::style::Look;
use super::{Mentions, Post, PostKind, medal, place, praise};
use crate::domain::PeerId;
use crate::domain::accounting::leaderboard::{Board, Entry};
use crate::domain::accounting::ranking::{bands, by_hours, has_bands, without_bands};
use crate::domain::accounting::unwatched::{Coverage, MIN_UNWATCHED_SHOWN};
use crate::domain::meet::slots::shown;
use crate::domain::people::{Name, Profile, Viewer, display};
use crate::domain::text;
use crate::domain::time::period::{Period, Scope, local, local_date};
use crate::domain::time::zone::Zone;
use crate::domain::words::{BoardState, Comparison, Dates, Occasion, Record, Seen, SeenFrom, Words};

/// No row is shorter than this in any language, in UTF-16 units: a place of two units, a space, two isolates, a name of
/// one unit, a separator of three, a duration of one, and the line break.
const MIN_ROW_UNITS: usize = 11;
/// No board of a message can have more rows than this.
const MAX_ROWS: usize = MAX_UNITS / MIN_ROW_UNITS;
/// Rows of a board that are shown without unfolding it.
const OPEN_ROWS: usize = 3;
/// At most so many skipped days are named; the others are counted.
const MAX_NAMED_DAYS: usize = 7;
/// At most so many people are named in the first line; the others are counted.
const MAX_LEADERS: usize = 2;
/// A recap names the winners of at most so many bands. If there are more bands, it names the first three people of all.
const MAX_RECAP_BANDS: usize = 5;
/// At most so many people are named in a line of a recap.
const MAX_RECAP_NAMES: usize = 3;
/// The start of a line that is about swf, not about people.
pub(crate) const NOTE: &str = "ℹ️ ";

/// Writes a post. It never exceeds the limits of a message. If there is no room for everything, parts are left out in
/// this order: the quote, the praise from the third person to the first, the details of recaps, then rows. Each row is
/// taken from the lowest band of the board with the most rows, and the board says how many are missing. If there are
/// too many mentions, those of the lowest rows are left out first.
pub fn compose(post: &Post) -> Message {
    compose_and_count_praise(post).0
}

/// Like [`compose`], and also returns how many of the day's first rows have their praise in the message.
pub fn compose_and_count_praise(post: &Post) -> (Message, usize) {
    write(&Post { boards: &boards_of_look(post), ..*post }, &MESSAGE)
}

/// The text of a post below a picture: its first lines, the first three rows of each board, and the group's total.
pub fn caption(post: &Post) -> Message {
    let (message, _) = write(&Post { boards: &boards_of_look(post), ..*post }, &CAPTION);
    // The long names of many winners alone can fill a caption.
    message.cut(MAX_CAPTION_UNITS)
}

/// The most that there is room for.
struct Room {
    units: usize,
    rows: usize,
    /// Whether there is room for praise, the quote and details.
    extras: bool,
}

const MESSAGE: Room = Room { units: MAX_UNITS, rows: MAX_ROWS, extras: true };
const CAPTION: Room = Room { units: MAX_CAPTION_UNITS, rows: OPEN_ROWS, extras: false };

/// The boards, ranked as the look of the post requires.
pub(super) fn boards_of_look<'a>(post: &Post<'a>) -> Cow<'a, [Board]> {
    let by_hours = |board: &Board| Board { entries: by_hours(&board.entries), ..board.clone() };
    match post.style.look {
        Look::Standard => post.boards.into(),
        Look::Classic => post.boards.iter().map(by_hours).collect(),
    }
}

fn write(post: &Post, room: &Room) -> (Message, usize) {
    let recapped = post.recaps.iter().flat_map(|recap| recap.profiles.values());
    let rows = post.boards.iter().flat_map(|board| entries_with_row(post, board));
    let names = Names::new(post.words, rows.map(|entry| &entry.profile).chain(recapped));
    let lines: Vec<Vec<BoardLine>> = (0..post.boards.len()).map(|at| board_lines(post, at, &names)).collect();
    let praise = if is_classic(post) || !room.extras { 0 } else { OPEN_ROWS };
    let rows = lines.iter().map(|lines| lines.len().min(room.rows)).collect();
    let mut extent = Extent { rows, praise, quote: room.extras, details: room.extras };
    // Without this, a post of a thousand rows would be written a thousand times.
    while extent.row_units(&lines) > room.units && extent.shrink() {}
    loop {
        let message = match post.style.look {
            Look::Standard => draw(post, &names, &lines, &extent),
            Look::Classic => classic::draw(post, &names, &lines, &extent),
        };
        if message.fits(room.units) || !extent.shrink() {
            let day = post.boards.iter().position(|board| board.period.scope == Scope::Day);
            let rows = day.map_or(0, |day| rows_of_first_band(&lines[day][..extent.rows[day]]));
            return (message.finish(), extent.praise.min(rows));
        }
    }
}

fn is_classic(post: &Post) -> bool {
    post.style.look == Look::Classic
}

/// The people who have a row if there is room for everybody: the first [`Post::top`] of the board, or of each band.
pub(super) fn entries_with_row<'b>(post: &Post, board: &'b Board) -> impl Iterator<Item = &'b Entry> {
    let max = if is_classic(post) { classic::MAX_ROWS } else { MAX_ROWS };
    let top = post.top;
    bands(&board.entries).flat_map(move |band| band.iter().take(top)).take(max)
}

/// How many of these rows of a board belong to its first band.
fn rows_of_first_band(lines: &[BoardLine]) -> usize {
    by_band(lines).next().map_or(0, <[BoardLine]>::len)
}

fn by_band(lines: &[BoardLine]) -> impl Iterator<Item = &[BoardLine]> {
    lines.chunk_by(|a, b| a.band == b.band)
}

/// Which parts of a post there is room for.
pub(super) struct Extent {
    /// Rows of each board.
    pub rows: Vec<usize>,
    /// How many of the first three are praised.
    praise: usize,
    pub quote: bool,
    /// All lines of a recap, and how many people studied on the last days.
    pub details: bool,
}

impl Extent {
    /// Removes the least important part that is left; false if nothing is left.
    fn shrink(&mut self) -> bool {
        if self.quote {
            self.quote = false;
        } else if self.praise > 0 {
            self.praise -= 1;
        } else if self.details {
            self.details = false;
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

/// The praise for the first rows of `board`, or of its first band. `praised`: how many rows of the day have their
/// praise in the message. Only the day's board has praise, and none in a manual post.
pub(crate) fn praise_of<'a>(post: &Post<'a>, board: &Board, praised: usize) -> Vec<&'a str> {
    let praised = if board.period.scope == Scope::Day && post.kind != PostKind::Manual { praised } else { 0 };
    praise::praise(post.praise, post.day, board.entries.iter().take(praised).map(|entry| entry.profile.peer))
}

/// The name of a board of the post, in the language of `words`: `Today`, or `DAY 12` if periods have numbers.
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

fn draw(post: &Post, names: &Names, lines: &[Vec<BoardLine>], extent: &Extent) -> MessageBuilder {
    let mut message = MessageBuilder::default();
    draw_head(&mut message, post, names);
    for recap in post.recaps {
        draw_recap(&mut message, post, names, recap, extent.details);
    }
    for (at, board) in post.boards.iter().enumerate() {
        message.push("\n\n");
        message.push_as(EntityKind::Bold, &heading(post, board, post.words));
        match same_above(post, at) {
            Some(above) => {
                message.push("\n");
                message.push_as(EntityKind::Italic, &post.words.same_board(above));
            }
            None => draw_board(&mut message, post, at, &lines[at][..extent.rows[at]], extent),
        }
    }
    draw_notes(&mut message, post);
    if post.kind != PostKind::Manual
        && extent.quote
        && let Some(quote) = praise::quote(post.quotes, post.day)
    {
        message.push("\n\n");
        message.push_as(EntityKind::Italic, quote);
    }
    message
}

/// The first line, which a phone shows in its notification, and why the post is made.
fn draw_head(message: &mut MessageBuilder, post: &Post, names: &Names) {
    let occasion = post.words.occasion(post.day, occasion(post));
    match headline(post, names) {
        Some(headline) => {
            message.push_as(EntityKind::Bold, &headline);
            message.push(&format!("\n{}", with_title(post, occasion)));
        }
        None => {
            message.push_as(EntityKind::Bold, &post.words.title(&isolated_name(post.group)));
            message.push(&format!("\n{occasion}"));
        }
    }
}

/// The line under a first line that says who leads: the occasion, and the group's name or its own title.
pub(super) fn with_title(post: &Post, occasion: String) -> String {
    match post.words.short_title(&isolated_name(post.group)) {
        title if title.is_empty() => occasion,
        title => format!("{occasion} · {title}"),
    }
}

/// The first line: who won the longest period that is over, else who leads the day; `None` if nobody studied.
fn headline(post: &Post, names: &Names) -> Option<String> {
    let day = post.boards.iter().find(|board| board.period.scope == Scope::Day);
    let won = post.recaps.last().and_then(|recap| {
        let (leaders, seconds) = leaders(&recap.board, names)?;
        Some(post.words.recap_headline(recap.board.period.scope, &leaders, seconds))
    });
    won.or_else(|| {
        let (leaders, seconds) = leaders(day?, names)?;
        Some(post.words.headline(&leaders, seconds, day?.people()))
    })
}

/// The names of the people who lead the board, and their seconds; `None` if the board has no rows.
pub(crate) fn leaders(board: &Board, names: &Names) -> Option<(String, i64)> {
    let leading = leading(board);
    let seconds = leading.first()?.seconds;
    Some((names.list(leading.iter().map(|entry| &entry.profile), MAX_LEADERS), seconds))
}

/// The people with rank 1. If the board has several bands, only those of them with the most time.
pub(super) fn leading(board: &Board) -> Vec<&Entry> {
    let first: Vec<&Entry> = board.entries.iter().filter(|entry| entry.rank == 1).collect();
    let most = first.iter().map(|entry| entry.ranked_seconds()).max();
    first.into_iter().filter(|entry| Some(entry.ranked_seconds()) == most).collect()
}

/// A recap: what a week or month was, and who did well in it.
pub(super) fn draw_recap(message: &mut MessageBuilder, post: &Post, names: &Names, recap: &Recap, details: bool) {
    let (words, board) = (post.words, &recap.board);
    let Period { scope, number, .. } = board.period;
    message.push("\n\n");
    message.push_as(EntityKind::Bold, &words.recap_heading(scope, number, Dates::of(board.period)));
    winners(words, names, board, details).iter().for_each(|line| message.push(&format!("\n{line}")));
    let total = words.total(board.people(), board.shown_seconds(), BoardState::Final);
    message.push("\n");
    message.push_as(EntityKind::Italic, &with_comparison(words, total, recap.comparison));
    if details {
        recap_details(words, names, recap).iter().for_each(|line| message.push(&format!("\n{line}")));
    }
}

/// The first three of a period; or the winners of each band, if there are few bands and `by_band` allows it.
fn winners(words: &dyn Words, names: &Names, board: &Board, by_band: bool) -> Vec<String> {
    let scope = board.period.scope;
    let bands: Vec<&[Entry]> = bands(&board.entries).collect();
    if !by_band || !(2..=MAX_RECAP_BANDS).contains(&bands.len()) {
        let line = |entry: &Entry| {
            let name = names.list([&entry.profile], 1);
            format!("{} {name} · {}", place(entry.rank), standing(words, scope, entry))
        };
        return without_bands(&board.entries, OPEN_ROWS).iter().map(line).collect();
    }
    let line = |(number, band): (usize, &&[Entry])| {
        let first = band.iter().take_while(|entry| entry.rank == 1).map(|entry| &entry.profile);
        let (name, time) = (names.list(first, MAX_LEADERS), standing(words, scope, &band[0]));
        format!("{} · {} {name} · {time}", words.band(number), place(1))
    };
    (1..).zip(&bands).map(line).collect()
}

fn recap_details(words: &dyn Words, names: &Names, recap: &Recap) -> Vec<String> {
    let list = |people: &[PeerId]| {
        let profiles: Vec<Profile> = people.iter().map(|person| recap.profile(*person)).collect();
        names.list(&profiles, MAX_RECAP_NAMES)
    };
    let scope = recap.board.period.scope;
    let mut lines = Vec::new();
    if let Some((people, days)) = &recap.most_days {
        lines.push(words.recap_most_days(&list(people), *days, recap::DAYS));
    }
    if let Some((people, seconds)) = &recap.improved {
        lines.push(words.recap_improved(&list(people), *seconds));
    }
    if !recap.first_timers.is_empty() {
        lines.push(words.recap_first_timers(&list(&recap.first_timers)));
    }
    lines.extend(recap.records.iter().map(|best| {
        let record = match &best.people {
            Some(people) => Record::Person { names: list(people), seconds: best.seconds },
            None => Record::Group { seconds: best.seconds },
        };
        words.recap_record(scope, &record, best.of)
    }));
    lines
}

fn with_comparison(words: &dyn Words, total: String, comparison: Option<(i64, Comparison)>) -> String {
    match comparison {
        Some((seconds, with)) => format!("{total}\u{a0}· {}", words.comparison(seconds, with)),
        None => total,
    }
}

/// The board above the board at `at` that says the same: on the first day of a week or month, the day's.
fn same_above(post: &Post, at: usize) -> Option<Scope> {
    let says = |board: &Board| -> (Vec<(PeerId, i64, Option<usize>)>, Coverage) {
        let row = |entry: &Entry| (entry.profile.peer, entry.seconds, entry.standing.band);
        (board.entries.iter().map(row).collect(), board.coverage)
    };
    let board = says(&post.boards[at]);
    post.boards[..at].iter().find(|above| says(above) == board).map(|above| above.period.scope)
}

/// The rows of the board at `at`, or the text that replaces them, and the line under them.
fn draw_board(message: &mut MessageBuilder, post: &Post, at: usize, lines: &[BoardLine], extent: &Extent) {
    let (words, board) = (post.words, &post.boards[at]);
    if board.entries.is_empty() {
        message.push("\n");
        message.push(&empty_board(post, board));
    } else {
        draw_rows(message, post, board, lines, extent.praise);
        message.push("\n");
        let total = words.total(board.people(), board.shown_seconds(), state(post, board));
        let comparison = post.history.comparisons.get(at).copied().flatten();
        message.push_as(EntityKind::Italic, &with_comparison(words, total, comparison));
    }
    if board.period.scope == Scope::Day && extent.details && is_worth_showing(&post.history.last_days) {
        message.push("\n");
        message.push_as(EntityKind::Italic, &words.last_days(&post.history.last_days));
    }
}

/// Whether anything is known about a day before the last one.
fn is_worth_showing(days: &[(NaiveDate, Option<usize>)]) -> bool {
    days.split_last().is_some_and(|(_, before)| before.iter().any(|(_, people)| people.is_some()))
}

/// How many people came to the slots that are over, and which slots are next.
fn draw_appointments(message: &mut MessageBuilder, post: &Post) {
    let words = post.words.language().meet_words();
    let kept = post.kept.iter().map(|slot| words.kept(slot.is_day_before, &shown(slot.time), slot.kept));
    let invitation = post.invited.first().map(|first| {
        let slots: Vec<String> = post.invited.iter().map(|time| shown(*time)).collect();
        words.invitation(&slots.join(", "), &shown(*first))
    });
    let lines: Vec<String> = kept.chain(invitation).collect();
    if !lines.is_empty() {
        message.push(&format!("\n\n{}", lines.join("\n")));
    }
}

/// The lines below the boards: appointments, and what the post says about swf: since when swf watches, for how long it
/// saw nothing, and which days have no board.
pub(super) fn draw_notes(message: &mut MessageBuilder, post: &Post) {
    draw_appointments(message, post);
    let words = post.words;
    // A board without rows whose period began before swf watched says so in place of the rows.
    let says_since = |board: &&Board| board.watched_since.is_some() && !board.entries.is_empty();
    let is_said = post.boards.iter().any(|board| board.watched_since.is_some() && board.entries.is_empty());
    let since = post.boards.iter().find(says_since).and_then(|board| board.watched_since).filter(|_| !is_said);
    let since = since.map(|first| words.watched_since(local(post.zone, first).naive_local()));
    let notes: Vec<String> = since
        .into_iter()
        .chain(offline(post))
        .chain(corrected_note(words, post.boards))
        .chain(post.silence.map(|(from, limit)| words.silence(from, limit / 3600)))
        .map(|note| format!("{NOTE}{note}"))
        .collect();
    if !notes.is_empty() {
        message.push("\n\n");
        message.push_as(EntityKind::Italic, &notes.join("\n"));
    }
    if !post.skipped.is_empty() {
        let (named, rest) = post.skipped.split_at(MAX_NAMED_DAYS.min(post.skipped.len()));
        message.push("\n\n");
        message.push(&words.skipped(named, rest.len()));
    }
}

/// [`offline_note`] for the boards of a post.
fn offline(post: &Post) -> Option<String> {
    offline_note(post.words, post.boards, seen_from(post))
}

/// For how long swf saw nothing, once for all boards (rules §2.16). A longer period is named only if swf saw nothing
/// for longer in it than in the shorter periods. A board that has no rows for this reason says so in place of the rows.
/// A time shorter than a session that counts is not named: nobody can have lost time in it.
pub(crate) fn offline_note<'b>(
    words: &dyn Words,
    boards: impl IntoIterator<Item = &'b Board>,
    seen_from: SeenFrom,
) -> Option<String> {
    let mut parts: Vec<(Scope, i64)> = Vec::new();
    for board in boards.into_iter().filter(|board| board.coverage == Coverage::Watched) {
        let seconds = board.unwatched_seconds + board.blind_seconds;
        let shown = text::shown_seconds(seconds);
        if seconds >= MIN_UNWATCHED_SHOWN && parts.iter().all(|(_, before)| *before < shown) {
            parts.push((board.period.scope, shown));
        }
    }
    (!parts.is_empty()).then(|| words.offline(&parts, seen_from))
}

/// The note that the organiser has corrected a final board; `None` if no board was corrected.
pub(crate) fn corrected_note<'b>(words: &dyn Words, boards: impl IntoIterator<Item = &'b Board>) -> Option<String> {
    boards.into_iter().any(|board| board.is_corrected && board.is_final).then(|| words.corrected())
}

pub(super) fn seen_from(post: &Post) -> SeenFrom {
    if post.kind == PostKind::Backfill { SeenFrom::After } else { SeenFrom::Within }
}

/// Whether a board without rows shows that nobody studied.
pub(super) fn nobody_studied(board: &Board) -> bool {
    board.coverage == Coverage::Watched && board.watched_since.is_none()
}

/// [`empty_text`] for a board of a post.
pub(super) fn empty_board(post: &Post, board: &Board) -> String {
    empty_text(post.words, board, post.zone, post.day)
}

/// The text that replaces the rows of an empty board (rules §2.16). `day`: chooses one of several sentences.
pub(crate) fn empty_text(words: &dyn Words, board: &Board, zone: Zone, day: NaiveDate) -> String {
    match (board.coverage, board.watched_since) {
        (Coverage::Unwatched, _) => words.not_running(),
        (Coverage::Blind, _) => words.not_seen(),
        (Coverage::BeforeFirst(first), _) => words.not_in_use(local_date(zone, first)),
        (Coverage::Watched, Some(first)) => words.empty_since(local(zone, first).naive_local()),
        (Coverage::Watched | Coverage::Ahead, _) => {
            praise::empty_sentence(words.empty_board(board.is_final), day).into()
        }
    }
}

pub(super) fn occasion(post: &Post) -> Occasion {
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

/// The rows of a board, each band under a heading of its own, and how many are missing.
fn draw_rows(message: &mut MessageBuilder, post: &Post, board: &Board, lines: &[BoardLine], praised: usize) {
    let praise = praise_of(post, board, praised.min(rows_of_first_band(lines)));
    let missing = board.people() - lines.len();
    let mut missing = (missing > 0 && !lines.is_empty()).then(|| post.words.more(missing));
    let mut index = 0;
    for band in by_band(lines) {
        let number = band[0].band;
        if let Some(number) = number {
            message.push("\n");
            message.push_as(EntityKind::Bold, &post.words.band(number));
        }
        // Inside a band, the line would say that the rows are missing in that band.
        let missing = if number.is_none() { missing.take_if(|_| band.len() > OPEN_ROWS) } else { None };
        draw_band(message, band, index, &praise, missing);
        index += band.len();
    }
    if let Some(missing) = missing {
        message.push(&format!("\n{missing}"));
    }
}

/// The rows of a band, or of a board without bands: the first three open, the others folded, with the line `missing`.
/// The first row is at `index` of the board.
fn draw_band(
    message: &mut MessageBuilder,
    lines: &[BoardLine],
    index: usize,
    praise: &[&str],
    missing: Option<String>,
) {
    let (open, folded) = lines.split_at(OPEN_ROWS.min(lines.len()));
    for (index, line) in (index..).zip(open) {
        message.push("\n");
        line.draw(message, index);
        if let Some(praise) = praise.get(index) {
            message.push("\n");
            message.push_as(EntityKind::Italic, praise);
        }
    }
    if folded.is_empty() {
        return;
    }
    message.push("\n");
    message.within(EntityKind::ExpandableQuote, |message| {
        for (at, line) in folded.iter().enumerate() {
            message.push(if at == 0 { "" } else { "\n" });
            line.draw(message, index + OPEN_ROWS + at);
        }
        if let Some(missing) = missing {
            message.push(&format!("\n{missing}"));
        }
    });
}

/// The rows of the board at `at`; no rows if a board above says the same.
fn board_lines(post: &Post, at: usize, names: &Names) -> Vec<BoardLine> {
    let entries = entries_with_row(post, &post.boards[at]);
    match post.style.look {
        Look::Classic => entries.map(|entry| classic::line(post, at, entry, names)).collect(),
        Look::Standard if same_above(post, at).is_some() => Vec::new(),
        Look::Standard => entries.map(|entry| BoardLine::standard(post, at, entry, names)).collect(),
    }
}

/// What ranks a person: the time, and before it the active days if the board ranks by them. The board of a day shows no
/// active days.
pub(crate) fn standing(words: &dyn Words, scope: Scope, entry: &Entry) -> String {
    let time = words.duration(entry.seconds);
    match entry.standing.active_days {
        Some(days) if scope != Scope::Day => format!("{} · {time}", words.active_days(days)),
        _ => time,
    }
}

/// A row of a board, in parts.
pub(super) struct BoardLine {
    before: String,
    name: String,
    after: String,
    /// Shown in bold; the name is then bold, too.
    title: Option<String>,
    /// The user to notify.
    mention: Option<i64>,
    /// The number of the band, if the board has several.
    band: Option<usize>,
    /// The length in UTF-16 units.
    units: usize,
}

impl BoardLine {
    /// If there is a title, name and title are in bold.
    pub fn new(post: &Post, entry: &Entry, [before, name, after]: [String; 3], title: Option<String>) -> BoardLine {
        let units = [&before, &name, &after].map(|part| part.encode_utf16().count()).iter().sum::<usize>()
            + title.as_ref().map_or(0, |title| title.encode_utf16().count());
        BoardLine { before, name, after, title, mention: mention(post, entry), band: None, units }
    }

    fn standard(post: &Post, at: usize, entry: &Entry, names: &Names) -> BoardLine {
        // The isolates stay outside of a mention.
        let (open, close) = text::ISOLATE;
        let (name, mark) = names.of(&entry.profile);
        let before = format!("{} {open}", place(entry.rank));
        let board = &post.boards[at];
        let scope = board.period.scope;
        let badge = post.style.badges.of(scope, entry.ranked_seconds());
        let mut after = format!("{mark}{close} · {}", standing(post.words, scope, entry));
        for mark in [badge.to_owned()].into_iter().chain(marks(post, at, entry.profile.peer)) {
            if !mark.is_empty() {
                after += &format!(" {mark}");
            }
        }
        let band = entry.standing.band.filter(|_| has_bands(&board.entries));
        BoardLine { band, ..BoardLine::new(post, entry, [before, name, after], None) }
    }

    /// Appends the row at `index` of its board.
    pub fn draw(&self, message: &mut MessageBuilder, index: usize) {
        message.push(&self.before);
        let name = |message: &mut MessageBuilder| match self.mention {
            Some(user) => message.push_mention(user, &self.name, index),
            None => message.push(&self.name),
        };
        match &self.title {
            Some(title) => {
                message.within(EntityKind::Bold, name);
                message.push(&self.after);
                message.push_as(EntityKind::Bold, title);
            }
            None => {
                name(message);
                message.push(&self.after);
            }
        }
    }
}

/// The user whom a row notifies.
fn mention(post: &Post, entry: &Entry) -> Option<i64> {
    let is_wanted = match post.mentions {
        Mentions::None => false,
        Mentions::Top3 => medal(entry.rank).is_some(),
        Mentions::All => true,
    };
    let person = display(&entry.profile, Viewer::Group);
    // Channels and deleted accounts can't be mentioned.
    let can_be_mentioned = person.id.0 > 0 && person.name != Name::Deleted;
    (is_wanted && can_be_mentioned).then_some(person.id.0)
}

/// How the place of a person changed; on the day's board also the streak, and whether the person is a newcomer.
fn marks(post: &Post, at: usize, person: PeerId) -> Vec<String> {
    let history = post.history;
    let moved = history.moves.get(at).and_then(|moves| moves.get(&person)).map(|moved| match moved {
        Move::Up(places) => format!("▲{places}"),
        Move::Down(places) => format!("▼{places}"),
        Move::New => post.words.new_on_board().to_owned(),
    });
    let is_day = post.boards[at].period.scope == Scope::Day;
    let streak = history.streaks.get(&person).filter(|_| is_day).map(|days| post.words.streak(*days));
    let is_newcomer = is_day && history.newcomers.contains(&person);
    let newcomer = is_newcomer.then(|| post.words.newcomer().to_owned());
    moved.into_iter().chain(streak).chain(newcomer).collect()
}

#[cfg(test)]
mod tests {
    use super::super::BOARDS;
    use super::super::history::History;
    use super::super::message::testing::text_of;
    use super::super::message::{Entity, MAX_ENTITIES};
    use super::super::style::Style;
    use super::super::testing::{HOUR, anchored, at, board, by_days, date, in_bands, post};
    use super::*;
    use crate::domain::accounting::ranking::RankBy;
    use crate::domain::meet::{Kept, KeptSlot};
    use crate::domain::words::own::{OwnPhrase, OwnWords};
    use crate::domain::words::testing::{Marked, unmarked};
    use crate::domain::words::{ENGLISH, Language};
    use chrono::NaiveTime;
    use proptest::prelude::*;

    /// CASES S9. A username in a message notifies its owner, unless a character breaks it.
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
    fn a_manual_post_has_the_time_of_its_standings() {
        let boards = [board(Scope::Day, "2026-11-22", &[("Ada", 60)])];
        let second_line = |post: &Post| {
            let post = Post { group: "", ..*post };
            compose(&post).text.lines().nth(1).unwrap().to_owned()
        };
        let today = post(PostKind::Manual, "2026-11-22", &boards);
        assert_eq!(second_line(&today), "Sunday, 22 November, standings at 18:42");
        let tomorrow = post(PostKind::Manual, "2026-11-23", &boards);
        assert_eq!(second_line(&tomorrow), "Monday, 23 November, standings at 18:42 on 22 November");
        let never = [Board { as_of: None, ..boards[0].clone() }];
        assert_eq!(second_line(&post(PostKind::Manual, "2026-11-22", &never)), "Sunday, 22 November, standings");
    }

    /// A post with every text that it can have, in a language whose texts are marked.
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
            boards[0].blind_seconds = 600;
            boards[0].entries[1].profile.deleted = true;
            for (place, entry) in boards[0].entries.iter_mut().enumerate() {
                entry.standing.band = Some(place / 3 + 1);
            }
            boards[1].is_final = true;
            boards[1] = by_days(boards[1].clone(), 4);
            let all = history(&boards);
            let mut recap = recap();
            recap.board.entries[0].profile.deleted = true;
            recap.board.entries.iter_mut().zip([1, 1, 2, 2]).for_each(|(entry, band)| {
                entry.standing.band = Some(band);
            });
            let post = Post {
                group: "",
                top: 4,
                skipped: &skipped,
                words: &Marked,
                history: &all,
                recaps: &[recap],
                praise: Marked.praise(),
                quotes: Marked.quotes(),
                ..post(kind, "2026-11-20", &boards)
            };
            let classic = Style { look: Look::Classic, ..Style::default() };
            for post in [post, Post { style: &classic, ..post }] {
                // The first character of `NOTE` counts as a letter.
                let text = unmarked(&compose(&post).text).replace(NOTE, "");
                assert!(!text.contains(char::is_alphabetic), "{text}");
            }
            let text = unmarked(&super::super::digest::digest(&post, &boards).text);
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
        // If there is no row to fold, there is no expandable quote.
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

    /// Rules §2.16: a board without rows never says that nobody studied while swf did not watch.
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
        boards[1].entries[0].seconds += 1;
        assert_eq!(text(&boards).matches("since 18 November").count(), 1);
        // A board without rows says it in place of the rows.
        boards[1].entries.clear();
        assert_eq!(text(&boards).matches("since 18 November").count(), 1, "{}", text(&boards));
    }

    proptest! {
        /// Rules §2.10: the total is the sum of the rows as they are shown.
        #[test]
        fn shown_values_add_up(seconds in proptest::collection::vec(1..40_000i64, 1..30)) {
            let people: Vec<(&str, i64)> = seconds.iter().map(|seconds| ("x", *seconds)).collect();
            let boards = [board(Scope::Day, "2026-11-22", &people)];
            let text = compose(&Post { top: 100, ..post(PostKind::Daily, "2026-11-22", &boards) }).text;
            let shown = |line: &str| text::testing::seconds_in(line.split(" · ").nth(1)?);
            let rows: i64 = text.lines().skip(1).filter(|line| line.contains('x')).filter_map(shown).sum();
            let total = text.lines().find(|line| line.contains("so far")).and_then(shown);
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
        let boards = unequal(&people);
        let post = Post { top: 40, mentions: Mentions::All, ..post(PostKind::Daily, "2026-11-22", &boards) };
        let message = compose(&post);
        assert_eq!(message.entities.len(), MAX_ENTITIES);
        assert_eq!(message.text.matches("x").count(), 3 * 40 + 1);
        // Ten entities are not mentions: the first line, and each board's heading, quote and total.
        assert_eq!(mentioned(&message), [1..=30, 1..=30, 1..=30].into_iter().flatten().collect::<Vec<i64>>());
        let uneven = [boards[0].clone(), Board { blind_seconds: 600, ..boards[1].clone() }, boards[2].clone()];
        let message = compose(&Post { boards: &uneven, ..post });
        assert_eq!(message.entities.len(), MAX_ENTITIES);
        assert_eq!(mentioned(&message), [1..=30, 1..=30, 1..=29].into_iter().flatten().collect::<Vec<i64>>());
    }

    #[test]
    fn praise_and_quote_go_before_a_row_does() {
        let people: Vec<(&str, i64)> = (0..60).map(|n| ("Ada", 9000 - n)).collect();
        let boards = unequal(&people);
        let (praise, quote) = (format!("P{}", "p".repeat(499)), format!("Q{}", "q".repeat(499)));
        let (praise, quotes) = ([praise.as_str()], [quote.as_str()]);
        let count = |top| {
            let post = Post { top, praise: &praise, quotes: &quotes, ..post(PostKind::Daily, "2026-11-22", &boards) };
            let message = compose(&post);
            assert!(message.text.encode_utf16().count() <= MAX_UNITS);
            let [ada, praised, quoted] = ["Ada", "P", "Q"].map(|what| message.text.matches(what).count());
            // The first line has one "Ada".
            [ada - 1, praised, quoted]
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

    /// Three different boards of the same people.
    fn unequal(people: &[(&str, i64)]) -> [Board; 3] {
        let mut boards = BOARDS.map(|scope| board(scope, "2026-11-22", people));
        for (more, board) in boards.iter_mut().enumerate() {
            board.entries.iter_mut().for_each(|entry| entry.seconds += more as i64);
        }
        boards
    }

    /// The board, ranked by hours, by days or in bands.
    fn ranked(board: Board, by: RankBy) -> Board {
        match by {
            RankBy::Hours => board,
            RankBy::Days => by_days(board, 123),
            RankBy::Bands => in_bands(board),
        }
    }

    /// A history that adds every mark to every row of these boards.
    fn history(boards: &[Board]) -> History {
        let people = || boards.iter().flat_map(|board| &board.entries).map(|entry| entry.profile.peer);
        let with =
            Comparison { scope: Scope::Week, first: date("2026-11-09"), seen_from: SeenFrom::Within, is_open: true };
        History {
            moves: boards.iter().map(|_| people().map(|person| (person, Move::Up(12))).collect()).collect(),
            comparisons: boards.iter().map(|_| Some((-123_456, with))).collect(),
            last_days: date("2026-11-16").iter_days().take(7).map(|day| (day, Some(123))).collect(),
            streaks: people().map(|person| (person, 123)).collect(),
            newcomers: people().collect(),
        }
    }

    /// A recap that names as many people as a recap can.
    fn recap() -> Recap {
        let names = ["👩\u{200d}👩\u{200d}👧\u{200d}👦".repeat(30), "محمد".repeat(20), "Ada".into(), "Ada".into()];
        let people: Vec<(&str, i64)> = names.iter().map(|name| (name.as_str(), 90_000)).collect();
        let board = Board { is_final: true, ..board(Scope::Month, "2026-10-31", &people) };
        let all: Vec<PeerId> = board.entries.iter().map(|entry| entry.profile.peer).collect();
        let best = |people| recap::Best { people, seconds: 90_000, of: 26 };
        let with =
            Comparison { scope: Scope::Month, first: date("2026-09-01"), seen_from: SeenFrom::After, is_open: false };
        Recap {
            comparison: Some((3600, with)),
            most_days: Some((all.clone(), 27)),
            improved: Some((all.clone(), 9000)),
            first_timers: all.clone(),
            records: vec![best(None), best(Some(all))],
            profiles: board.entries.iter().map(|entry| (entry.profile.peer, entry.profile.clone())).collect(),
            board,
        }
    }

    #[test]
    fn a_board_that_says_the_same_as_one_above_is_not_shown_twice() {
        let people = [("Ada", HOUR), ("Bob", 900)];
        let [day, week] = [Scope::Day, Scope::Week].map(|scope| board(scope, "2026-11-23", &people));
        let month = board(Scope::Month, "2026-11-23", &[("Ada", 9 * HOUR), ("Bob", 900)]);
        let text = |boards: &[Board]| compose(&post(PostKind::Daily, "2026-11-23", boards)).text;
        let monday = text(&[day.clone(), week.clone(), month.clone()]);
        assert_eq!(monday.matches("Bob").count(), 2, "{monday}");
        assert!(monday.contains("This week · 23–29 November\nThe same as the day’s board.\n"), "{monday}");
        // The month equals the week, but not the day.
        let more = board(Scope::Week, "2026-11-23", &[("Ada", 9 * HOUR), ("Bob", 900)]);
        let tuesday = text(&[day.clone(), more, month.clone()]);
        assert!(tuesday.contains("The same as the week’s board."), "{tuesday}");
        // One second is a difference, and so is another reason for an empty board.
        let mut other = week.clone();
        other.entries[1].seconds += 1;
        let unknown = Board { entries: Vec::new(), coverage: Coverage::Unwatched, ..week };
        let empty = Board { entries: Vec::new(), ..day };
        assert!(!text(&[day, other, month]).contains("The same"));
        assert!(!text(&[empty, unknown]).contains("The same"));
    }

    #[test]
    fn what_swf_did_not_see_is_said_once_and_only_where_somebody_may_have_lost_time() {
        let note = |unseen: [(i64, i64); 3]| {
            let mut boards = unequal(&[("Ada", HOUR)]);
            for (board, (blind, unwatched)) in boards.iter_mut().zip(unseen) {
                (board.blind_seconds, board.unwatched_seconds) = (blind, unwatched);
            }
            let text = compose(&post(PostKind::Daily, "2026-11-22", &boards)).text;
            let notes: Vec<&str> = text.lines().filter(|line| line.contains("offline")).collect();
            assert!(notes.len() <= 1, "{text}");
            notes.first().map(|note| note.trim_start_matches(NOTE).to_owned())
        };
        let proved = "; time that Telegram can prove is counted.";
        assert_eq!(note([(0, 0); 3]), None);
        // Nobody can have a session that counts in less than 300 s.
        assert_eq!(note([(299, 0); 3]), None);
        assert_eq!(note([(2000, 800); 3]), Some(format!("swf was offline for 46m today{proved}")));
        let month = note([(0, 0), (0, 3600), (60, 7200)]);
        assert_eq!(month, Some(format!("swf was offline for 1h 00m this week, for 2h 01m this month{proved}")));
    }

    #[test]
    fn the_first_line_names_the_leaders_and_a_number() {
        let first = |people: &[(&str, i64)]| {
            let boards = [board(Scope::Day, "2026-11-22", people)];
            let text = compose(&post(PostKind::Daily, "2026-11-22", &boards)).text;
            text.lines().next().unwrap().replace(['\u{2068}', '\u{2069}'], "")
        };
        assert_eq!(first(&[("Ada", 3 * HOUR), ("Bob", HOUR)]), "🥇 Ada 3h 00m · 2 people");
        assert_eq!(first(&[("Ada", HOUR), ("Bob", HOUR), ("Cy", 60)]), "🥇 Ada and Bob 1h 00m · 3 people");
        let many = [("Ada", HOUR), ("Bob", HOUR), ("Cy", HOUR), ("Di", HOUR)];
        assert_eq!(first(&many), "🥇 Ada, Bob and 2 more 1h 00m · 4 people");
        assert_eq!(first(&[]), "📚 Study leaderboard · Deep Work");
    }

    #[test]
    fn a_groups_own_title_stands_beside_the_date_where_somebody_leads() {
        let own = OwnWords { phrases: [(OwnPhrase::Title, "🎓 {group}!".to_owned())].into(), ..OwnWords::default() };
        let words = own.over(ENGLISH);
        let head = |people: &[(&str, i64)]| -> Vec<String> {
            let boards = [board(Scope::Day, "2026-11-22", people)];
            let text = compose(&Post { words: &words, ..post(PostKind::Daily, "2026-11-22", &boards) }).text;
            text.lines().take(2).map(|line| line.replace(['\u{2068}', '\u{2069}'], "")).collect()
        };
        assert_eq!(head(&[("Ada", HOUR)]), ["🥇 Ada 1h 00m · 1 person", "Sunday, 22 November · 🎓 Deep Work!"]);
        assert_eq!(head(&[]), ["🎓 Deep Work!", "Sunday, 22 November"]);
        let boards = [board(Scope::Day, "2026-11-22", &[("Ada", HOUR)])];
        let late = Post { words: &words, ..post(PostKind::Backfill, "2026-11-22", &boards) };
        let late = super::super::digest::digest(&late, &boards).text;
        assert!(late.lines().nth(1).unwrap().contains(" · 🎓 "), "{late}");
    }

    #[test]
    fn a_row_ends_with_badge_movement_streak_and_newcomer() {
        let boards = [
            board(Scope::Day, "2026-11-22", &[("Ada", HOUR), ("Bob", 900), ("Cy", 800)]),
            board(Scope::Week, "2026-11-22", &[("Ada", HOUR), ("Bob", 901)]),
        ];
        let moves = |moves: &[(i64, Move)]| moves.iter().map(|(id, moved)| (PeerId(*id), *moved)).collect();
        let history = History {
            moves: vec![moves(&[(1, Move::Up(2)), (2, Move::Down(1)), (3, Move::New)]), moves(&[(1, Move::Up(1))])],
            streaks: [(PeerId(1), 12)].into(),
            newcomers: [PeerId(2)].into(),
            ..History::default()
        };
        let text = compose(&Post { history: &history, ..post(PostKind::Daily, "2026-11-22", &boards) }).text;
        let ends: Vec<&str> = text
            .lines()
            .filter(|line| line.contains('✅') || line.contains('💪'))
            .map(|line| line.split(" · ").nth(1).unwrap())
            .collect();
        assert_eq!(ends, ["1h 00m 💪 ▲2 ⚡12d", "15m ✅ ▼1 🌱 newcomer", "13m ✅ new", "1h 00m ✅ ▲1", "15m ✅"]);
    }

    /// How many rows are left out, if `line` says so.
    fn missing_in(line: &str, words: &dyn Words) -> Option<usize> {
        let digits: String = line.chars().filter(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|count| words.more(*count) == line)
    }

    /// Rules §4: 200 people, the longest notes and the longest title, in every language.
    #[test]
    fn a_post_of_200_people_keeps_the_limits_in_every_language() {
        let people: Vec<(&str, i64)> = (0..200).map(|n| ("Abdurahmonova Shahlo", 90_000 - n)).collect();
        let skipped: Vec<NaiveDate> = date("2026-11-01").iter_days().take(20).collect();
        let group = "щ".repeat(255);
        let invited: Vec<NaiveTime> = (0..6).filter_map(|hour| NaiveTime::from_hms_opt(hour, 0, 0)).collect();
        let told = |is_day_before| {
            invited.iter().map(move |time| KeptSlot { is_day_before, time: *time, kept: Kept { came: 100, of: 200 } })
        };
        let kept: Vec<KeptSlot> = told(true).chain(told(false)).collect();
        for words in Language::ALL.map(Language::words) {
            for (kind, by) in PostKind::ALL.into_iter().flat_map(|kind| RankBy::NAMES.map(|(_, by)| (kind, by))) {
                let mut boards = unequal(&people).map(|board| ranked(board, by));
                for board in &mut boards {
                    (board.blind_seconds, board.unwatched_seconds) = (90_000, 90_000);
                    board.watched_since = Some(at("2026-11-18T15:04:00"));
                }
                let (all, recaps) = (history(&boards), [recap(), recap()]);
                let full = Post {
                    kept: &kept,
                    invited: &invited,
                    group: &group,
                    top: 100,
                    skipped: &skipped,
                    mentions: Mentions::All,
                    words,
                    history: &all,
                    recaps: &recaps,
                    ..post(kind, "2026-11-22", &boards)
                };
                let message = compose(&full);
                let units = message.text.encode_utf16().count();
                let what = format!("{words:?} {kind:?} {by:?}: {units}");
                assert!(units <= MAX_UNITS && message.entities.len() <= MAX_ENTITIES, "{what}");
                // There is room for everything that is said once, and for more than 20 rows.
                let rows = message.text.matches("Abdurahmonova").count();
                let missing: usize = message.text.lines().filter_map(|line| missing_in(line, words)).sum();
                // The first line may name the first person again.
                assert!(rows > 20 && (600..602).contains(&(rows + missing)), "{what}: {rows} {missing}");
            }
        }
    }

    #[test]
    fn a_post_tells_how_many_came_and_where_it_has_no_buttons_what_to_write() {
        let time = |text: &str| text.parse().unwrap();
        let kept = [(true, "21:00:00", 3, 3), (false, "19:00:00", 6, 7)];
        let kept = kept.map(|(is_day_before, at, came, of)| KeptSlot {
            is_day_before,
            time: time(at),
            kept: Kept { came, of },
        });
        let boards = unequal(&[("Ada", 7200)]);
        let (none, invited) = (post(PostKind::Daily, "2026-11-22", &boards), [time("19:00:00"), time("21:00:00")]);
        let text = compose(&Post { kept: &kept, ..none }).text;
        assert!(text.contains("\n\n📅 the day before, 21:00: 3 of 3 came\n📅 19:00: 6 of 7 came"), "{text}");
        assert!(!text.contains("/in"), "{text}");
        let text = compose(&Post { invited: &invited, ..none }).text;
        assert!(text.contains("\n\n📅 The next hours together: 19:00, 21:00."), "{text}");
        assert!(text.contains("/in 19:00"), "{text}");
        let caption = caption(&Post { kept: &kept, ..none }).text;
        assert!(caption.contains("6 of 7 came"), "{caption}");
        assert!(!compose(&none).text.contains("📅"));
    }

    /// Names that once broke a message, and random names.
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
            people in proptest::collection::vec((nasty(), any::<bool>(), 300..20_000i64), 0..200),
            group in nasty(),
            top in prop_oneof![0..12usize, Just(usize::MAX)],
            skipped in 0..30usize,
            mentions in proptest::sample::select(vec![Mentions::None, Mentions::Top3, Mentions::All]),
            lines in proptest::collection::vec(nasty(), 0..4),
            language in proptest::sample::select(Language::ALL.to_vec()),
            look in proptest::sample::select(vec![Look::Standard, Look::Classic]),
            by in proptest::sample::select(RankBy::NAMES.map(|(_, by)| by).to_vec()),
            recapped in 0..3usize,
        ) {
            let mut people = people;
            people.sort_by_key(|(.., seconds)| -seconds);
            let names: Vec<(&str, i64)> = people.iter().map(|(name, _, seconds)| (name.as_str(), *seconds)).collect();
            let mut boards = unequal(&names).map(|board| ranked(board, by));
            for board in &mut boards {
                board.blind_seconds = 600;
                board.entries.iter_mut().zip(&people).for_each(|(entry, person)| entry.profile.deleted = person.1);
            }
            let skipped: Vec<NaiveDate> = date("2026-11-01").iter_days().take(skipped).collect();
            let lines: Vec<String> = lines.iter().map(|line| text::shorten(&text::clean(line), 500)).filter(|line| !line.is_empty()).collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let recaps = [recap(), recap()].map(|recap| Recap { board: ranked(recap.board.clone(), by), ..recap });
            let (all, style) = (history(&boards), Style { look, ..Style::default() });
            let post = Post {
                group: &group, top, skipped: &skipped, mentions, praise: &lines, quotes: &lines, history: &all,
                recaps: &recaps[..recapped], style: &style, words: language.words(),
                ..post(PostKind::Daily, "2026-11-22", &boards)
            };
            let below = caption(&post);
            let units = below.text.encode_utf16().count();
            prop_assert!(units <= MAX_CAPTION_UNITS && below.entities.len() <= MAX_ENTITIES, "{units} units");
            prop_assert!(below.entities.iter().all(|entity| entity.length > 0 && entity.offset + entity.length <= units));
            prop_assert_eq!(below.text.trim(), &below.text);
            let message = compose(&post);

            let units: Vec<u16> = message.text.encode_utf16().collect();
            prop_assert!(units.len() <= MAX_UNITS && message.entities.len() <= MAX_ENTITIES, "{} units", units.len());
            prop_assert_eq!(message.text.trim(), &message.text);
            // Each entity is inside the previous one, or after it.
            let mut open: Vec<usize> = Vec::new();
            for entity in &message.entities {
                let end = entity.offset + entity.length;
                prop_assert!(entity.length > 0 && end <= units.len());
                open.retain(|open| *open > entity.offset);
                prop_assert!(open.last().is_none_or(|open| end <= *open), "overlap");
                open.push(end);
                // No entity starts or ends inside a surrogate pair.
                for edge in [entity.offset, end] {
                    prop_assert!(units.get(edge).is_none_or(|unit| !(0xdc00..0xe000).contains(unit)));
                }
                let cut = text_of(&message, entity);
                prop_assert!(!cut.contains("\n\n"));
                if matches!(entity.kind, EntityKind::Mention { .. }) {
                    prop_assert!(!cut.contains(['\n', '\u{2068}', '\u{2069}']), "{cut:?}");
                }
            }

            for line in message.text.split('\n') {
                let turning = |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
                let isolates: String = line.chars().filter(turning).collect();
                prop_assert_eq!(isolates.replace("\u{2068}\u{2069}", ""), "", "{:?}", line);
                prop_assert!(!line.chars().any(|c| c.is_control() || c == '\u{2028}'), "{line:?}");
            }
            // The rest of the test searches for English texts.
            let boards = match message.text.split_once("Today") {
                Some((_, boards)) if language == Language::En => boards,
                _ => return Ok(()),
            };
            let shown = boards.lines().filter(|line| line.contains('\u{2068}')).count();
            match look {
                Look::Classic => prop_assert!(shown <= 3 * people.len().min(10)),
                // The post counts everybody who has no row.
                Look::Standard if top > 0 => {
                    let more = |line: &str| line.strip_prefix("and ")?.strip_suffix(" more")?.parse::<usize>().ok();
                    let missing: usize = boards.lines().filter_map(more).sum();
                    prop_assert_eq!(shown + missing, 3 * people.len());
                }
                Look::Standard => {}
            }
        }
    }

    /// The rows of the message's first board, without its heading and the lines below the rows.
    fn rows_of(message: &Message) -> Vec<String> {
        let board = message.text.split("\n\n").nth(1).unwrap();
        let lines = board.lines().skip(1).take_while(|line| !line.contains(" together "));
        lines.map(|line| line.replace(['\u{2068}', '\u{2069}'], "")).collect()
    }

    #[test]
    fn bands_have_headings_places_and_rows_of_their_own_and_the_first_one_has_the_praise() {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
        let people: Vec<(&str, i64)> = names.iter().zip(0..).map(|(name, n)| (*name, 3599 - 60 * n)).collect();
        let boards = [in_bands(board(Scope::Day, "2026-11-22", &people))];
        let praise = ["P1", "P2", "P3"];
        let with = |top| {
            let post = Post { top, praise: &praise, ..post(PostKind::Daily, "2026-11-22", &boards) };
            compose_and_count_praise(&post)
        };
        let (message, praised) = with(2);
        let rows = rows_of(&message);
        let shown: Vec<&str> = rows.iter().map(|row| row.split(" · ").next().unwrap()).collect();
        assert!(shown[2].starts_with('P') && shown[4].starts_with('P'), "{shown:?}");
        let without_praise: Vec<&str> = shown.into_iter().filter(|row| !row.starts_with('P')).collect();
        assert_eq!(without_praise, ["League 1", "🥇 a", "🥈 b", "League 2", "🥇 g", "🥈 h", "and 7 more"]);
        assert_eq!((praised, message.text.matches("\nP").count()), (2, 2));
        // The first three rows of each band are open.
        let (message, _) = with(10);
        let quotes = message.entities.iter().filter(|entity| entity.kind == EntityKind::ExpandableQuote);
        let quotes: Vec<String> = quotes.map(|entity| text_of(&message, entity)).collect();
        assert!(quotes.len() == 2 && quotes[0].starts_with("4. ") && quotes[0].lines().count() == 3, "{quotes:?}");
        assert_eq!(quotes[1].lines().count(), 2);
    }

    #[test]
    fn who_leads_has_the_most_time_of_all_bands() {
        let first = |people: &[(&str, i64)]| {
            let boards = [in_bands(board(Scope::Day, "2026-11-22", people))];
            let text = compose(&post(PostKind::Daily, "2026-11-22", &boards)).text;
            text.lines().next().unwrap().replace(['\u{2068}', '\u{2069}'], "")
        };
        let mut people = [("x", HOUR); 12];
        people[0].0 = "Ada";
        people[6] = ("Bob", 2 * HOUR);
        assert_eq!(first(&people), "🥇 Bob 2h 00m · 12 people");
        people[0].1 = 2 * HOUR;
        assert_eq!(first(&people), "🥇 Ada and Bob 2h 00m · 12 people");
    }

    #[test]
    fn rows_go_from_the_lowest_band_first_and_a_band_without_rows_has_no_heading() {
        let people: Vec<(&str, i64)> = (0..100).map(|n| ("Abdurahmonova Shahlo", 20_000 - n)).collect();
        let boards = unequal(&people).map(in_bands);
        let message = compose(&post(PostKind::Daily, "2026-11-22", &boards));
        let rows = rows_of(&message);
        let places: Vec<&str> = rows.iter().map(|row| row.split(' ').next().unwrap()).collect();
        // Whole bands, then the beginning of another band, then how many rows are missing.
        let mut bands: Vec<&[&str]> = places[..places.len() - 1].split(|place| *place == "League").skip(1).collect();
        let last = bands.pop().unwrap();
        assert!(bands.len() >= 2 && bands.iter().all(|band| band.len() == 10), "{rows:?}");
        assert!(!last.is_empty() && last == &bands[0][..last.len()], "{rows:?}");
        let missing = 100 - 10 * bands.len() - last.len();
        assert_eq!(rows.last(), Some(&format!("and {missing} more")));
        assert!(message.text.encode_utf16().count() > MAX_UNITS - 60, "no more rows go than must");
    }

    /// With a heading and a quote for every four rows, a message reaches its limit of entities before its limit of
    /// length.
    #[test]
    fn the_headings_of_bands_keep_the_limit_of_entities() {
        let people: Vec<(&str, i64)> = (0..2000).map(|n| ("x", 3000 - n)).collect();
        for top in [1, 4] {
            let boards = unequal(&people).map(in_bands);
            let boards = &boards[..1];
            let message =
                compose(&Post { top, mentions: Mentions::All, ..post(PostKind::Daily, "2026-11-22", boards) });
            assert!(message.entities.len() <= MAX_ENTITIES, "{}", message.entities.len());
            assert!(message.text.contains("League 40\n") && message.text.contains("\nand "), "{}", message.text);
        }
    }

    #[test]
    fn the_day_has_no_days_to_count() {
        let shown = |scope| {
            let boards = [by_days(board(scope, "2026-11-22", &[("Ada", 9 * HOUR), ("Bob", HOUR)]), 2)];
            rows_of(&compose(&post(PostKind::Daily, "2026-11-22", &boards)))
        };
        assert_eq!(shown(Scope::Week), ["🥇 Ada · 2 days · 9h 00m 💪", "🥈 Bob · 1 day · 1h 00m ✅"]);
        assert_eq!(shown(Scope::Day), ["🥇 Ada · 9h 00m 🚀", "🥈 Bob · 1h 00m 💪"]);
    }

    #[test]
    fn the_classic_look_ranks_by_hours() {
        let people: Vec<(&str, i64)> = (0..12).map(|n| ("x", 6000 + 60 * n)).collect();
        let style = Style { look: Look::Classic, ..Style::default() };
        for by in [RankBy::Days, RankBy::Bands] {
            let boards = [ranked(board(Scope::Day, "2026-11-22", &people), by)];
            let text = compose(&Post { style: &style, ..post(PostKind::Daily, "2026-11-22", &boards) }).text;
            let rows = text.lines().filter(|line| line.contains('x'));
            let minutes: Vec<&str> = rows.filter_map(|row| row.split(" — ").nth(1)).collect();
            assert!(minutes.len() == 10 && minutes[0].starts_with("111m") && minutes[9].starts_with("102m"), "{text}");
            assert!(!text.contains("League"), "{text}");
        }
    }

    #[test]
    fn a_recap_of_many_bands_has_the_first_three_of_all() {
        let lines = |count: i64| {
            let people: Vec<(&str, i64)> = (0..count).map(|n| ("x", 6000 + 60 * n)).collect();
            let names = Names::new(ENGLISH, [].into_iter());
            winners(ENGLISH, &names, &in_bands(board(Scope::Week, "2026-11-22", &people)), true)
        };
        assert_eq!(lines(50).len(), MAX_RECAP_BANDS);
        let many = lines(51);
        assert!(many.len() == 3 && many[0].starts_with("🥇") && many[0].ends_with(" · 2h 30m"), "{many:?}");
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
