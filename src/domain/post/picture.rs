//! A message with a picture. The contents of the picture are stored as data with the caption, so that each attempt
//! draws the same picture.

use serde::{Deserialize, Serialize};

use super::Post;
use super::compose::boards_of_look;
use super::message::Message;
use crate::domain::accounting::leaderboard::Board;
use crate::domain::card::board::{BoardCard, BoardFacts};
use crate::domain::card::person::PersonCard;
use crate::domain::time::period::Scope;
use crate::domain::words::card::CardWords;

/// The contents of a picture. The serialised form is stored: a new field needs a default.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "few exist at a time")]
pub enum Card {
    Board(BoardCard),
    Person(PersonCard),
}

/// The data that is stored for a picture in addition to its caption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub card: Card,
    /// The whole message as text: it is sent if the picture can't be.
    pub text: Message,
}

/// A message as a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pictured {
    pub card: Card,
    /// The text below the picture, for search and for people who do not see the picture.
    pub caption: Message,
}

/// The picture of a post: the board of its day. `None` if the post has no such board.
pub fn board_card(post: &Post, today: chrono::NaiveDate, card: &dyn CardWords) -> Option<BoardCard> {
    let boards = boards_of_look(post);
    let at = boards.iter().position(|board| board.period.scope == Scope::Day)?;
    let board: &Board = &boards[at];
    let none = super::history::Moves::new();
    Some(BoardCard::new(&BoardFacts {
        group: post.group,
        zone: post.zone,
        board,
        today,
        top: post.top,
        moves: post.history.moves.get(at).unwrap_or(&none),
        comparison: post.history.comparisons.get(at).copied().flatten(),
        streaks: &post.history.streaks,
        newcomers: &post.history.newcomers,
        words: post.words,
        card,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HOUR, board, post};
    use super::super::{PostKind, message::Message};
    use super::*;
    use crate::domain::card::board::{CardRow, Movement};
    use crate::domain::card::person::{DayMap, Square};
    use crate::domain::words::Language;

    /// Rows can wait for days, so that a later version reads them.
    #[test]
    fn the_stored_form_does_not_change() {
        let row = CardRow { rank: 2, movement: Some(Movement::Up(3)), time: "1h 00m".into(), ..CardRow::default() };
        let card = Card::Board(BoardCard { title: "Today".into(), rows: vec![row], ..BoardCard::default() });
        let attachment = Attachment { card, text: Message { text: "Today".into(), entities: Vec::new() } };
        let json = concat!(
            r#"{"card":{"board":{"group":"","title":"Today","dates":"","has_podium":false,"rows":[{"band":null,"rank":2,"#,
            r#""who":{"name":"","mark":""},"time":"1h 00m","share":0,"movement":{"up":3},"mark":null}],"empty":null,"#,
            r#""more":null,"total":null,"comparison":null,"notes":[]}},"text":{"text":"Today","entities":[]}}"#
        );
        assert_eq!(serde_json::to_string(&attachment).unwrap(), json);
        assert_eq!(serde_json::from_str::<Attachment>(json).unwrap(), attachment);
        let map = DayMap { squares: vec![Square::Level(4), Square::Unknown], ..DayMap::default() };
        let person = Card::Person(PersonCard { map, ..PersonCard::default() });
        let json = serde_json::to_string(&person).unwrap();
        assert!(json.contains(r#""squares":[{"level":4},"unknown"]"#), "{json}");
        assert_eq!(serde_json::from_str::<Card>(&json).unwrap(), person);
        // Unknown fields of a later version are ignored, and missing fields have a default.
        let other = serde_json::from_str::<Card>(r#"{"board":{"title":"Today","color":"red"}}"#).unwrap();
        assert_eq!(other, Card::Board(BoardCard { title: "Today".into(), ..BoardCard::default() }));
    }

    #[test]
    fn the_picture_of_a_post_is_its_days_board() {
        let boards = [(Scope::Week, 5), (Scope::Day, 1)]
            .map(|(scope, hours)| board(scope, "2026-11-22", &[("Ada", hours * HOUR), ("Bob", 600)]));
        let card = |boards: &[Board], today: &str| {
            let post = post(PostKind::Daily, "2026-11-22", boards);
            board_card(&post, today.parse().unwrap(), Language::En.card_words())
        };
        let shown = card(&boards, "2026-11-22").unwrap();
        assert_eq!((shown.title.as_str(), shown.rows.len(), shown.rows[0].time.as_str()), ("Today", 2, "1h 00m"));
        assert_ne!(card(&boards, "2026-11-23").unwrap().title, "Today");
        assert_eq!(card(&boards[..1], "2026-11-22"), None);
    }
}
