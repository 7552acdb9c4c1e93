//! Answers with a picture, and the captions below the pictures.

use crate::domain::card::Named;
use crate::domain::card::board::BoardCard;
use crate::domain::card::person::PersonCard;
use crate::domain::chat::Answer;
use crate::domain::post::message::{EntityKind, MAX_CAPTION_UNITS, Message, MessageBuilder, isolated_name};
use crate::domain::post::picture::{Attachment, Card};
use crate::domain::post::place;

/// The caption of a board repeats at most so many rows.
const NAMED_ROWS: usize = 3;

/// A board as a picture. `text`: the answer if pictures are not allowed.
pub fn board(board: BoardCard, text: Message) -> Answer {
    let mut caption = MessageBuilder::default();
    caption.push_as(EntityKind::Bold, &board.title);
    caption.push(&format!(" · {}", board.dates));
    for row in board.rows.iter().take(NAMED_ROWS) {
        caption.push(&format!("\n{} {} · {}", place(row.rank), name(&row.who), row.time));
    }
    for line in board.empty.iter().chain(&board.total) {
        caption.push("\n");
        caption.push_as(EntityKind::Italic, line);
    }
    answer(caption, Card::Board(board), text)
}

/// A person as a picture. `text` as in [`board`].
pub fn person(person: PersonCard, text: Message) -> Answer {
    let mut caption = MessageBuilder::default();
    caption.push_as(EntityKind::Bold, &name(&person.who));
    caption.push(&format!(" · {}", person.date));
    for tile in &person.tiles {
        caption.push(&format!("\n{}: {}", tile.caption, tile.value));
        if !tile.note.is_empty() {
            caption.push(&format!(" · {}", tile.note));
        }
    }
    answer(caption, Card::Person(person), text)
}

fn name(who: &Named) -> String {
    if who.mark.is_empty() { isolated_name(&who.name) } else { isolated_name(&format!("{} {}", who.name, who.mark)) }
}

fn answer(caption: MessageBuilder, card: Card, text: Message) -> Answer {
    let message = caption.finish().cut(MAX_CAPTION_UNITS);
    Answer { message, attachment: Some(Attachment { card, text }), ..Answer::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::card::board::CardRow;
    use crate::domain::card::person::Tile;

    fn text() -> Message {
        Message { text: "All of it".into(), entities: Vec::new() }
    }

    #[test]
    fn a_caption_names_the_first_three_and_no_name_becomes_a_link() {
        let row = |(rank, name): (usize, &str)| CardRow {
            rank,
            who: Named { name: name.into(), mark: String::new() },
            time: "1h 00m".into(),
            ..CardRow::default()
        };
        let rows = [(1, "Ada"), (2, "t.me/x"), (3, "@all"), (4, "Dan")].map(row).into();
        let (title, dates) = ("This week".into(), "16–22 November 2026".into());
        let total = Some("4 people".into());
        let answer = board(BoardCard { title, dates, rows, total, ..BoardCard::default() }, text());
        let shown = answer.message.text.replace(['\u{2068}', '\u{2069}'], "").replace('\u{2060}', "_");
        assert_eq!(
            shown,
            "This week · 16–22 November 2026\n🥇 Ada · 1h 00m\n🥈 t._me/_x · 1h 00m\n🥉 @_all · 1h 00m\n4 people"
        );
        assert_eq!(answer.into_text(), Answer { message: text(), ..Answer::default() });
        let empty = board(BoardCard { empty: Some("Nobody".into()), ..BoardCard::default() }, text());
        assert!(empty.message.text.ends_with("\nNobody"));
    }

    #[test]
    fn a_persons_caption_has_the_numbers_and_keeps_the_limit() {
        let tile = Tile { caption: "This week".into(), value: "3h".into(), note: "place 1 of 5".into() };
        let who = Named { name: "Z\u{301}".repeat(5000), mark: String::new() };
        let tiles = vec![tile; 60];
        let answer = person(PersonCard { who, tiles, date: "22 Nov".into(), ..PersonCard::default() }, text());
        assert!(answer.message.text.contains("\nThis week: 3h · place 1 of 5\n"), "{}", answer.message.text);
        assert!(answer.message.text.encode_utf16().count() <= MAX_CAPTION_UNITS);
    }
}
