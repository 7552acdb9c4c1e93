//! What a picture shows, as plain data: all texts are written, in the group's language, and all numbers are decided. How it
//! looks is decided in [`crate::card`].
//!
//! Names are as [`people::display`](crate::domain::people::display) gives them: clean, and of any length. What draws them
//! clips them to their room.

pub mod board;
pub mod person;

/// A name, and what tells the person apart from others of that name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Named {
    pub name: String,
    /// `@ada`, or `…4321`; empty where nobody else has the name.
    pub mark: String,
}
