//! `/why`: which time of a person's day counts, and which does not.

use chrono::NaiveDate;

use super::counted_up_to;
use crate::domain::accounting::leaderboard::Board;
use crate::domain::accounting::receipt::{Evidence, Part, Reason, Receipt};
use crate::domain::accounting::unwatched::Coverage;
use crate::domain::chat::press::Press;
use crate::domain::chat::{Answer, Button, Buttons};
use crate::domain::post::compose::{NOTE, empty_text, offline_note};
use crate::domain::post::message::{EntityKind, MAX_UNITS, MessageBuilder};
use crate::domain::text::clean;
use crate::domain::time::period::{clock_date, local, local_text};
use crate::domain::time::zone::Zone;
use crate::domain::words::chat::{ChatWords, PartNote};
use crate::domain::words::{Dates, SeenFrom};
use crate::domain::{Instant, Span};

/// UTF-16 units that are kept free for the lines below the parts: one sentence of each kind.
const END_UNITS: usize = 1000;

/// At most so many silences are named; the others are left out.
const MAX_SILENCES: usize = 3;

/// The data for a receipt of a day.
pub struct Why<'a> {
    pub words: &'a dyn ChatWords,
    /// The group's key.
    pub group: i64,
    pub zone: Zone,
    pub date: NaiveDate,
    /// The first day about which anything is known.
    pub first: NaiveDate,
    pub today: NaiveDate,
    pub receipt: &'a Receipt,
    /// The board of the day.
    pub board: &'a Board,
    /// A session counts from so many seconds on.
    pub gate: i64,
    /// The most seconds of a day that rank.
    pub cap: Option<i64>,
    /// How long a silence ranks, in seconds.
    pub silence: Option<i64>,
    /// Whether the account can be on a board.
    pub counts: bool,
}

/// The answer. Its first line has the time and the rank.
pub fn why(why: &Why) -> Answer {
    let mut message = MessageBuilder::default();
    message.push_as(EntityKind::Bold, &title(why));
    if !why.counts {
        message.push(&format!("\n{}", why.words.left_out()));
    } else if why.receipt.parts.is_empty() {
        message.push(&format!("\n{}", nothing(why)));
    } else {
        draw_parts(&mut message, why);
        draw_total(&mut message, why);
    }
    draw_notes(&mut message, why);
    Answer { message: message.finish(), buttons: buttons(why), ..Answer::default() }
}

/// `3h 05m · #4 · Sunday 22 November`.
fn title(why: &Why) -> String {
    let words = why.words;
    let date = words.dates(Dates::Day(why.date));
    if why.receipt.parts.is_empty() {
        return date;
    }
    let entry = why.board.entries.iter().find(|entry| entry.profile.peer == why.receipt.person);
    let rank = entry.map_or(String::new(), |entry| format!(" · {}", words.rank(entry.rank)));
    format!("{}{rank} · {date}", words.duration(why.receipt.seconds))
}

/// Why there is nothing to show.
fn nothing(why: &Why) -> String {
    match why.board.coverage {
        Coverage::Ahead => why.words.not_begun(),
        Coverage::Watched => why.words.not_in_call(),
        _ => empty_text(why.words, why.board, why.zone, why.date),
    }
}

/// `3:05:00`: receipts and exports show seconds.
pub fn exact(seconds: i64) -> String {
    format!("{}:{:02}:{:02}", seconds / 3600, seconds % 3600 / 60, seconds % 60)
}

/// The note of a part, in addition to its times.
fn note(part: &Part, gate: i64) -> Option<PartNote> {
    let Some(reason) = part.reason else {
        return (part.evidence == Evidence::Carried).then_some(PartNote::OldTotal);
    };
    Some(match reason {
        Reason::Blind(_) if part.evidence == Evidence::Unproved => PartNote::Unproved,
        Reason::Blind(_) => PartNote::Proved,
        Reason::Gate { session } => PartNote::TooShort { session, gate },
        Reason::Overlap { .. } => PartNote::OtherAccount,
        Reason::Outside => PartNote::OtherDay,
        Reason::Carried => PartNote::InOldTotal,
        Reason::Full => PartNote::Full,
        Reason::Correction { .. } if part.counted => PartNote::Added,
        Reason::Correction { .. } => PartNote::Removed,
        Reason::Folded { .. } => PartNote::Folded,
    })
}

/// The start and the end of a span. Each has its date if that is not `date`. Both have the offset from UTC if the clock
/// changes in the span.
fn times(span: Span, date: NaiveDate, zone: Zone) -> String {
    let offset = |at: Instant| local(zone, at).offset().to_string();
    let is_changed = offset(span.from) != offset(span.to);
    let text = |at: Instant| {
        let format = if clock_date(zone, at) == date { "%H:%M:%S" } else { "%d.%m %H:%M:%S" };
        match is_changed {
            true => local(zone, at).format(&format!("{format}%:z")).to_string(),
            false => local_text(zone, at, format),
        }
    };
    format!("{}–{}", text(span.from), text(span.to))
}

/// `✓ 09:00:12–10:05:40 · 1:05:28`.
fn part_line(why: &Why, part: &Part) -> String {
    let mark = if part.counted { "✓" } else { "✗" };
    let times = match part.is_total() {
        true => String::new(),
        false => format!("{} · ", times(part.span, why.date, why.zone)),
    };
    let note = note(part, why.gate).map(|note| format!(" · {}", why.words.part(note))).unwrap_or_default();
    format!("{mark} {times}{}{note}{}", exact(part.seconds), correction(why, part).unwrap_or_default())
}

/// Who corrected a part, when and why.
fn correction(why: &Why, part: &Part) -> Option<String> {
    let Some(Reason::Correction { id }) = part.reason else { return None };
    let one = why.receipt.correction(id)?;
    let made = local_text(why.zone, one.made, "%d.%m.%Y");
    Some(format!(" · {} · {made} · {}", clean(&one.made_by), clean(&one.reason)))
}

/// Appends as many parts as there is room for.
fn draw_parts(message: &mut MessageBuilder, why: &Why) {
    let parts = &why.receipt.parts;
    message.push("\n");
    for (at, part) in parts.iter().enumerate() {
        let line = part_line(why, part);
        if message.units() + line.encode_utf16().count() + 1 > MAX_UNITS - END_UNITS {
            message.push(&format!("\n{}", why.words.more_parts(parts.len() - at)));
            return;
        }
        message.push(&format!("\n{line}"));
    }
}

fn draw_total(message: &mut MessageBuilder, why: &Why) {
    let (words, receipt) = (why.words, why.receipt);
    message.push("\n");
    let total = format!("= {} · {}", exact(receipt.seconds), words.duration(receipt.seconds));
    message.push_as(EntityKind::Bold, &total);
    if receipt.proved_seconds > 0 {
        message.push(&format!(" · {}", words.proved(receipt.proved_seconds)));
    }
    let entry = why.board.entries.iter().find(|entry| entry.profile.peer == receipt.person);
    let above = entry.map_or(0, |entry| entry.standing.above_cap());
    if let Some(cap) = why.cap.filter(|_| above > 0) {
        message.push(&format!("\n{}", words.above_cap(above, cap)));
    }
    let silent: Vec<Span> = receipt.silent.iter().collect();
    if let Some(limit) = why.silence.filter(|_| !silent.is_empty()) {
        let times: Vec<String> =
            silent.iter().take(MAX_SILENCES).map(|span| times(*span, why.date, why.zone)).collect();
        let more = if silent.len() > MAX_SILENCES { ", …" } else { "" };
        message.push(&format!("\n{}", words.silent(limit / 3600, &(times.join(", ") + more))));
    }
}

fn draw_notes(message: &mut MessageBuilder, why: &Why) {
    let seen_from = if why.date == why.today { SeenFrom::Within } else { SeenFrom::After };
    let offline = offline_note(why.words, [why.board], seen_from).map(|note| format!("{NOTE}{note}"));
    let up_to = counted_up_to(why.words, why.board, why.zone, why.today).filter(|_| why.date == why.today);
    let lines: Vec<String> = offline.into_iter().chain(up_to).collect();
    if !lines.is_empty() {
        message.push("\n\n");
        message.push_as(EntityKind::Italic, &lines.join("\n"));
    }
}

fn buttons(why: &Why) -> Buttons {
    let press = |date| Press::Why { group: why.group, date };
    let is_shown = |date: &NaiveDate| (why.first..=why.today).contains(date);
    let dates = |date: NaiveDate| why.words.dates(Dates::Day(date));
    let earlier = why.date.pred_opt().map(|date| date.min(why.today)).filter(is_shown);
    let later = why.date.succ_opt().map(|date| date.max(why.first)).filter(is_shown);
    let earlier = earlier.map(|date| Button::press(format!("◀ {}", dates(date)), press(date)));
    let later = later.map(|date| Button::press(format!("{} ▶", dates(date)), press(date)));
    let days: Vec<Button> = earlier.into_iter().chain(later).collect();
    let me = Button::press(why.words.me_button(), Press::Me { group: why.group });
    Buttons([days, vec![me]].into_iter().filter(|row| !row.is_empty()).collect())
}
