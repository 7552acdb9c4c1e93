//! `/me`: a person's own standing.

use chrono::NaiveDate;

use super::{Row, counted_up_to};
use crate::domain::PeerId;
use crate::domain::accounting::goals::Progress;
use crate::domain::accounting::leaderboard::{Board, Entry};
use crate::domain::accounting::ranking::bands;
use crate::domain::accounting::rounds::Rounds;
use crate::domain::accounting::streak::Streak;
use crate::domain::chat::press::Press;
use crate::domain::chat::{Answer, Button, Buttons};
use crate::domain::post::compose::{NOTE, offline_note, standing};
use crate::domain::post::message::{EntityKind, MessageBuilder};
use crate::domain::post::names::Names;
use crate::domain::time::period::Scope;
use crate::domain::time::zone::Zone;
use crate::domain::words::SeenFrom;
use crate::domain::words::chat::{ChatWords, Gap};

/// How many people of a similar pace are shown, the person included.
const NEARBY: usize = 5;

/// The data for a person's standing.
#[derive(Clone, Copy)]
pub struct Me<'a> {
    pub words: &'a dyn ChatWords,
    /// The group's key.
    pub group: i64,
    pub zone: Zone,
    pub today: NaiveDate,
    pub person: PeerId,
    /// Day, week and month.
    pub boards: [&'a Board; 3],
    pub streak: Streak,
    pub goal: Option<Progress>,
    /// Completed rounds, if the group has a rhythm.
    pub rounds: Option<Rounds>,
    /// A line for each pair of the person.
    pub pairs: &'a [String],
    pub in_call: bool,
    /// Whether any time of the person ever counted.
    pub has_time: bool,
    /// Whether the account can be on a board.
    pub counts: bool,
    /// A session counts from so many seconds on.
    pub gate: i64,
    /// A day is active from so many seconds on.
    pub active: i64,
}

/// The answer. Its first line has the time and the rank of today.
pub fn me(me: &Me) -> Answer {
    let mut message = MessageBuilder::default();
    if !me.counts {
        message.push(&me.words.left_out());
    } else if !me.has_time {
        let [first, how] = me.words.never(me.gate);
        message.push_as(EntityKind::Bold, &first);
        message.push(&format!("\n{how}"));
        draw_in_call(&mut message, me);
    } else {
        draw_periods(&mut message, me);
        draw_nearby(&mut message, me);
        draw_reached(&mut message, me);
        draw_notes(&mut message, me);
    }
    Answer { message: message.finish(), buttons: buttons(me), ..Answer::default() }
}

fn buttons(me: &Me) -> Buttons {
    let why = Button::press(me.words.why_button(), Press::Why { group: me.group, date: me.today });
    let top = Press::Top { group: me.group, scope: Scope::Day, date: me.today, page: 0 };
    let top = Button::press(me.words.top_button(), top);
    Buttons(vec![if me.has_time && me.counts { vec![why, top] } else { vec![top] }])
}

fn entry(board: &Board, person: PeerId) -> Option<&Entry> {
    board.entries.iter().find(|entry| entry.profile.peer == person)
}

/// The rows of the band in which `entry` is ranked.
fn band_of<'b>(board: &'b Board, entry: &Entry) -> &'b [Entry] {
    bands(&board.entries).find(|band| band[0].standing.band == entry.standing.band).unwrap_or(&[])
}

/// How far `entry` is behind the next rank, and that rank; `None` if it has the first rank.
fn next_above(board: &Board, entry: &Entry) -> Option<(Gap, usize)> {
    let above = band_of(board, entry).iter().rfind(|other| other.rank < entry.rank)?;
    let days = above.standing.active_days.unwrap_or(0).saturating_sub(entry.standing.active_days.unwrap_or(0));
    let gap = match days {
        1.. if board.period.scope != Scope::Day => Gap::Days(days),
        _ => Gap::Seconds((above.ranked_seconds() - entry.ranked_seconds()).max(0)),
    };
    Some((gap, above.rank))
}

fn draw_periods(message: &mut MessageBuilder, me: &Me) {
    for (at, board) in me.boards.into_iter().enumerate() {
        let scope = board.period.scope;
        let period = me.words.period(scope, SeenFrom::Within);
        let text = match entry(board, me.person) {
            None => format!("{period}: {}", me.words.no_time()),
            Some(entry) => {
                let gap = next_above(board, entry).map(|(gap, rank)| format!(" · {}", me.words.behind(gap, rank)));
                let (time, rank) = (standing(me.words, scope, entry), me.words.rank(entry.rank));
                format!("{period}: {time} · {rank}{}", gap.unwrap_or_default())
            }
        };
        match at {
            0 => message.push_as(EntityKind::Bold, &text),
            _ => message.push(&format!("\n{text}")),
        }
    }
    draw_in_call(message, me);
}

fn draw_in_call(message: &mut MessageBuilder, me: &Me) {
    if me.in_call {
        message.push(&format!("\n{}", me.words.in_call()));
    }
}

/// The people of a similar pace: from the week's board, in the person's band.
fn draw_nearby(message: &mut MessageBuilder, me: &Me) {
    let week = me.boards[1];
    let Some(own) = entry(week, me.person) else { return };
    let near = nearby(band_of(week, own), me.person);
    if near.len() < 2 {
        return;
    }
    let names = Names::new(me.words, near.iter().map(|entry| &entry.profile));
    message.push("\n\n");
    message.push_as(EntityKind::Bold, &me.words.nearby());
    for entry in near {
        let is_own = entry.profile.peer == me.person;
        Row { entry, scope: Scope::Week, badge: "", is_own, in_call: false }.draw(message, me.words, &names);
    }
}

/// The person, two people above and two below. Near an end of the board there are four others, too.
fn nearby(entries: &[Entry], person: PeerId) -> &[Entry] {
    let own = entries.iter().position(|entry| entry.profile.peer == person).unwrap_or(0);
    let first = own.saturating_sub(NEARBY / 2).min(entries.len().saturating_sub(NEARBY));
    &entries[first..entries.len().min(first + NEARBY)]
}

fn draw_reached(message: &mut MessageBuilder, me: &Me) {
    let lines = std::iter::once(streak(me));
    let comeback = me.streak.comeback.as_ref().map(|comeback| me.words.comeback(comeback, me.active));
    let goal = me.goal.as_ref().map(|goal| me.words.goal(goal));
    let rounds = me.rounds.map(|rounds| me.words.language().rhythm_words().rounds(rounds));
    message.push("\n");
    for line in lines.chain(comeback).chain(goal).chain(rounds).chain(me.pairs.iter().cloned()) {
        message.push(&format!("\n{line}"));
    }
}

fn streak(me: &Me) -> String {
    let (words, streak) = (me.words, &me.streak);
    let mut parts = vec![words.streak_days(streak.current)];
    if streak.current > 0 {
        parts.extend((streak.frozen > 0).then(|| words.frozen(streak.frozen)));
        parts.extend((streak.freezes > 0).then(|| words.freezes(streak.freezes)));
    }
    parts.extend((streak.longest > streak.current).then(|| words.longest_streak(streak.longest)));
    parts.extend((streak.current > 0 && streak.is_at_risk).then(|| words.at_risk(me.active)));
    parts.join(" · ")
}

fn draw_notes(message: &mut MessageBuilder, me: &Me) {
    let offline = offline_note(me.words, me.boards, SeenFrom::Within).map(|note| format!("{NOTE}{note}"));
    let up_to = counted_up_to(me.words, me.boards[0], me.zone, me.today);
    let lines: Vec<String> = offline.into_iter().chain(up_to).collect();
    if !lines.is_empty() {
        message.push("\n\n");
        message.push_as(EntityKind::Italic, &lines.join("\n"));
    }
}
