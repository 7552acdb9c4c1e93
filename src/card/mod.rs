//! Pictures: draws [`crate::domain::card`] as SVG, and SVG as PNG.
//!
//! ```text
//! BoardCard, PersonCard ──board, person──► Picture (SVG) ──png──► bytes
//!                              │
//!                            Fonts: each grapheme gets the first font that has all of it
//! ```
//! This is not a part of `render`, which is for the terminal and in English: pictures are in the group's language, and
//! posts and answers have them, too. Fonts are unpacked when a picture is drawn. Fonts of the system are read only if a
//! name has letters that no font of swf has.

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

/// A picture as SVG. All texts in it are escaped, and it refers to nothing outside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub svg: String,
    /// Width and height are in pixels.
    pub width: u32,
    pub height: u32,
}

/// Who made the fonts and the emoji, and the licence of the fonts, which must come with them.
pub const CREDITS: &str =
    concat!(include_str!("../../docs/licenses/CREDITS.md"), "\n", include_str!("../../docs/licenses/OFL-1.1.txt"));

#[cfg(test)]
mod golden;
