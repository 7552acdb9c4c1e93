//! Pictures: [`crate::domain::card`] as SVG, and SVG as PNG.
//!
//! ```text
//! BoardCard, PersonCard ──board, person──► Picture (SVG) ──png──► bytes
//!                              │
//!                            Fonts: each grapheme gets the first font that has all of it
//! ```
//! This room is not part of `render`, which is for the terminal and is English: pictures are in the group's language, and
//! what posts and answers can send them too. Nothing is read or unpacked before a picture is drawn; fonts of the system only
//! if a name has letters that no font of swf has.

mod board;
mod canvas;
mod fonts;
mod person;
mod png;
mod system_fonts;
mod theme;

pub use board::board;
pub use fonts::Fonts;
pub use person::person;
pub use png::png;
pub use theme::Theme;

/// A picture as SVG. All texts in it are escaped, and it refers to nothing outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub svg: String,
    /// In pixels.
    pub width: u32,
    pub height: u32,
}

/// Who made the fonts and the pictures of emoji, and the licence of the fonts, which has to come with them.
pub const CREDITS: &str =
    concat!(include_str!("../../docs/licenses/CREDITS.md"), "\n", include_str!("../../docs/licenses/OFL-1.1.txt"));

#[cfg(test)]
mod golden;
