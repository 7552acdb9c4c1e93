//! The look of the old tracker: three boards of at most ten rows, a title for every row, and the word of the day.
//!
//! The choice of a title depends only on the person, the day's number and the lines: nothing is stored.

use chrono::Datelike;
use unicode_segmentation::UnicodeSegmentation;

use super::compose::{BoardLine, Extent, draw_notes, draw_recap, empty_board, nobody_studied, occasion, seen_from};
use super::message::{EntityKind, MessageBuilder, harmless};
use super::names::Names;
use super::praise::{self, shuffled};
use super::{Post, PostKind, medal};
use crate::domain::PeerId;
use crate::domain::accounting::leaderboard::{Board, Entry};
use crate::domain::people::{Viewer, display};
use crate::domain::text;
use crate::domain::time::period::Scope;

/// The most rows of a board.
pub const MAX_ROWS: usize = 10;
/// Titles take turns from the anchor on, and start again after so many days: whole weeks and whole months.
const CYCLE_DAYS: i64 = 4_200;
const WEEK_DAYS: usize = 7;
const MONTH_DAYS: usize = 30;

/// The start of a row: a medal, or a number in a box.
pub fn place(rank: usize) -> String {
    match (medal(rank), rank) {
        (Some(medal), _) => medal.into(),
        (None, 10) => "🔟".into(),
        (None, 0..=9) => format!("{rank}\u{fe0f}\u{20e3}"),
        (None, _) => format!("{rank}."),
    }
}

/// The row of `entry` on the board at `at`: `🥇 @ada — 115m 🔥 — Early Bird Energy🌞`.
pub fn line(post: &Post, at: usize, entry: &Entry, names: &Names) -> BoardLine {
    let (open, close) = text::ISOLATE;
    let scope = post.boards[at].period.scope;
    let name = match display(&entry.profile, Viewer::Group).username {
        Some(username) => harmless(&format!("@{username}")),
        None => {
            let (name, mark) = names.of(&entry.profile);
            format!("{name}{mark}")
        }
    };
    let badge = post.style.badges.of(scope, entry.seconds);
    let badge = if badge.is_empty() { String::new() } else { format!(" {badge}") };
    let minutes = post.words.classic_minutes(entry.seconds / 60);
    let title = title(post, scope, entry.profile.peer);
    let dash = if title.is_empty() { "" } else { " — " };
    let parts = [format!("{} {open}", place(entry.rank)), name, format!("{close} — {minutes}{badge}{dash}")];
    BoardLine::new(post, entry, parts, Some(title))
}

/// The title of a person on the board of `scope`.
fn title(post: &Post, scope: Scope, person: PeerId) -> String {
    let day = day_number(post).unwrap_or(post.day.num_days_from_ce().into());
    let Some([day, week, month]) = titles(post.praise.len(), day, person) else { return String::new() };
    let place = match scope {
        Scope::Day => day,
        Scope::Week => week,
        _ => month,
    };
    emoji_last(post.praise[place])
}

/// The number of the post's day, if periods have numbers.
fn day_number(post: &Post) -> Option<i64> {
    post.boards.iter().find(|board| board.period.scope == Scope::Day)?.period.number
}

/// Which of `count` titles a person has on the day with this number: for the day, its week and its month. Each period
/// gets a title that the person has not had in a period of the same kind, until all titles are used. The title of a day
/// differs from the titles of its week and month. `None` if there are no titles.
fn titles(count: usize, day: i64, person: PeerId) -> Option<[usize; 3]> {
    if count == 0 {
        return None;
    }
    let day = (day - 1).rem_euclid(CYCLE_DAYS) as usize;
    let mut kinds = [0, 1, 2].map(|kind| Turns::new(count, person.0.wrapping_mul(3).wrapping_add(kind)));
    let [days, weeks, months] = &mut kinds;
    let weeks: Vec<usize> = (0..=day / WEEK_DAYS).map(|_| weeks.next(&[])).collect();
    let months: Vec<usize> = (0..=day / MONTH_DAYS).map(|_| months.next(&[])).collect();
    let own = |day: usize| [weeks[day / WEEK_DAYS], months[day / MONTH_DAYS]];
    let title = (0..=day).map(|day| days.next(&own(day))).last()?;
    let [week, month] = own(day);
    Some([title, week, month])
}

/// The titles of one person for one kind of period, in the order in which they are given.
struct Turns {
    owner: i64,
    run: i64,
    last: Option<usize>,
    /// The titles of this run that were not given yet, in the run's own order.
    left: Vec<usize>,
    count: usize,
}

impl Turns {
    fn new(count: usize, owner: i64) -> Turns {
        Turns { owner, run: 0, last: None, left: shuffled(count, owner, 0), count }
    }

    /// The next title that is not in `taken`, if there is any.
    fn next(&mut self, taken: &[usize]) -> usize {
        let last = self.last;
        let is_free = |title: &usize| !taken.contains(title) && Some(*title) != last;
        let mut at = self.left.iter().position(is_free);
        if at.is_none() {
            self.run += 1;
            self.left = shuffled(self.count, self.owner, self.run);
            at = self.left.iter().position(is_free);
        }
        let title = self.left.remove(at.unwrap_or(0));
        self.last = Some(title);
        title
    }
}

/// A title with its emoji after the words, without a space: `Early Bird Energy🌞`.
fn emoji_last(title: &str) -> String {
    let graphemes: Vec<&str> = title.graphemes(true).collect();
    let first = graphemes.iter().take_while(|grapheme| is_emoji(grapheme)).count();
    let last = graphemes.iter().rev().take_while(|grapheme| is_emoji(grapheme)).count();
    if first == graphemes.len() {
        return title.to_owned();
    }
    let words = graphemes[first..graphemes.len() - last].concat();
    let emoji = if first > 0 { &graphemes[..first] } else { &graphemes[graphemes.len() - last..] };
    let rest = if first > 0 { graphemes[graphemes.len() - last..].concat() } else { String::new() };
    format!("{}{}{rest}", words.trim(), emoji.concat())
}

fn is_emoji(grapheme: &str) -> bool {
    let is_symbol = |c| matches!(c, '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}');
    grapheme.chars().next().is_some_and(is_symbol)
}

pub fn draw(post: &Post, names: &Names, lines: &[Vec<BoardLine>], extent: &Extent) -> MessageBuilder {
    let mut message = MessageBuilder::default();
    message.push_as(EntityKind::Bold, &post.words.classic_title(day_number(post)));
    if post.kind == PostKind::Backfill {
        message.push(&format!("\n{}", post.words.occasion(post.day, occasion(post))));
    }
    for recap in post.recaps {
        draw_recap(&mut message, post, names, recap, extent.details);
    }
    for (at, board) in post.boards.iter().enumerate() {
        message.push("\n\n");
        message.within(EntityKind::Quote, |message| message.push_as(EntityKind::Bold, &heading(post, board)));
        draw_rows(&mut message, post, board, &lines[at][..extent.rows[at]]);
    }
    draw_notes(&mut message, post);
    if extent.quote
        && let Some(quote) = praise::quote(post.quotes, post.day)
    {
        message.push("\n\n");
        message.push_as(EntityKind::Bold, post.words.classic_word_of_the_day());
        message.push("\n");
        message.within(EntityKind::Quote, |message| {
            message.within(EntityKind::Bold, |message| message.push_as(EntityKind::Italic, quote));
        });
    }
    message
}

/// The line above a board.
pub fn heading(post: &Post, board: &Board) -> String {
    let period = board.period;
    post.words.classic_heading(period.scope, seen_from(post), period.first, period.last, period.number)
}

fn draw_rows(message: &mut MessageBuilder, post: &Post, board: &Board, lines: &[BoardLine]) {
    if board.entries.is_empty() {
        message.push("\n");
        if nobody_studied(board) {
            message.push_as(EntityKind::Bold, post.words.classic_empty_board());
        } else {
            message.push(&empty_board(post, board));
        }
    }
    for (index, line) in lines.iter().enumerate() {
        message.push("\n");
        line.draw(message, index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn are_distinct(titles: &[usize]) -> bool {
        titles.iter().collect::<BTreeSet<_>>().len() == titles.len()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn no_title_comes_again_before_all_are_used(count in 1..45usize, person: i64) {
            let days: Vec<[usize; 3]> =
                (1..=210).map(|day| titles(count, day, PeerId(person)).unwrap()).collect();
            // A week keeps its title, and so does a month.
            for (length, kind) in [(WEEK_DAYS, 1), (MONTH_DAYS, 2)] {
                let kept: Vec<usize> = days.chunks(length).map(|days| days[0][kind]).collect();
                prop_assert!(days.chunks(length).zip(&kept).all(|(days, title)| days.iter().all(|day| day[kind] == *title)));
                prop_assert!(kept.chunks(count).all(are_distinct), "{kept:?}");
            }
            // A day never has the title of its week or month, so the last titles of a run may be left out.
            if count > 3 {
                prop_assert!(days.iter().all(|[day, week, month]| day != week && day != month), "{days:?}");
                let titles: Vec<usize> = days.iter().map(|[day, ..]| *day).collect();
                prop_assert!(are_distinct(&titles[..(count - 3).min(titles.len())]), "{titles:?}");
                prop_assert!(titles.windows(2).all(|two| two[0] != two[1]), "{titles:?}");
            }
        }

        #[test]
        fn a_title_depends_on_nothing_but_person_and_day(count in 1..45usize, person: i64, day in -9000..9000i64) {
            let chosen = titles(count, day, PeerId(person));
            prop_assert_eq!(chosen, titles(count, day, PeerId(person)));
            prop_assert!(chosen.unwrap().iter().all(|title| *title < count));
        }
    }

    #[test]
    fn people_have_titles_of_their_own_and_without_lines_there_are_none() {
        let of = |person| -> Vec<usize> { (1..40).map(|day| titles(40, day, PeerId(person)).unwrap()[0]).collect() };
        assert_ne!(of(1), of(2));
        assert_eq!(titles(0, 1, PeerId(1)), None);
    }

    #[test]
    fn the_emoji_of_a_title_stands_at_its_end() {
        for (line, shown) in [
            ("🌞 Early Bird Energy", "Early Bird Energy🌞"),
            ("Early Bird Energy 🌞", "Early Bird Energy🌞"),
            ("⚙️ Study Machine", "Study Machine⚙️"),
            ("“Quoted”", "“Quoted”"),
            ("🔥🔥 Double", "Double🔥🔥"),
            ("🌞 Both 🌙", "Both🌞🌙"),
            ("Эрта турган 🌞", "Эрта турган🌞"),
            ("🌞", "🌞"),
            ("Plain", "Plain"),
        ] {
            assert_eq!(emoji_last(line), shown);
        }
        assert_eq!([1, 4, 10, 11].map(place), ["🥇", "4️⃣", "🔟", "11."]);
    }
}
