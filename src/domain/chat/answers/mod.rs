//! Composes swf's answers in the chat: from plain data to messages with buttons. Names are untrusted, so they become
//! text and entities, never markup.

pub mod card;
pub mod me;
pub mod notes;
pub mod rights;
pub mod top;
pub mod why;

use chrono::NaiveDate;

use crate::domain::accounting::leaderboard::{Board, Entry};
use crate::domain::post::compose::standing;
use crate::domain::post::message::{EntityKind, MessageBuilder};
use crate::domain::post::names::Names;
use crate::domain::post::place;
use crate::domain::text;
use crate::domain::time::period::{Scope, local};
use crate::domain::time::zone::Zone;
use crate::domain::words::chat::ChatWords;

/// A row of a board, ready to draw.
struct Row<'a> {
    entry: &'a Entry,
    scope: Scope,
    /// The badge after the time; may be empty.
    badge: &'a str,
    /// The asker's own row is in bold.
    is_own: bool,
    in_call: bool,
}

impl Row<'_> {
    /// Appends the row as a line.
    fn draw(&self, message: &mut MessageBuilder, words: &dyn ChatWords, names: &Names) {
        let (name, mark) = names.of(&self.entry.profile);
        let name = text::isolated(&format!("{name}{mark}"));
        let mut row = format!("{} {name} · {}", place(self.entry.rank), standing(words, self.scope, self.entry));
        for mark in [self.badge, if self.in_call { "🎧" } else { "" }] {
            if !mark.is_empty() {
                row += &format!(" {mark}");
            }
        }
        message.push("\n");
        if self.is_own { message.push_as(EntityKind::Bold, &row) } else { message.push(&row) }
    }
}

/// The text that says up to when the board counts; `None` if the group was never seen.
fn counted_up_to(words: &dyn ChatWords, board: &Board, zone: Zone, today: NaiveDate) -> Option<String> {
    let seen = local(zone, board.as_of?);
    let other_day = Some(seen.date_naive()).filter(|date| *date != today);
    Some(words.up_to(seen.time(), other_day))
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod testing;
