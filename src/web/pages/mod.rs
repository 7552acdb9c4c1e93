//! The HTML pages: pure functions from plain data ([`data`]) to text. Other modules decide where the data comes from,
//! and who may see it.
//!
//! Each page is one request: it contains its style and its script. Without the script everything works, but the call is
//! not updated after the page was loaded. No element has a `style` attribute: a page's policy would ignore it.

pub mod address;
mod board;
mod call;
mod charts;
pub mod data;
mod frame;
mod groups;
mod names;
mod overview;
mod person;
mod pulse;
#[cfg(test)]
mod tests;

pub use board::{board_page, board_pages};
pub use call::{live, now_page};
pub use frame::{ICON, SCOPES, Visit, message};
pub use groups::{about_page, badge, embed, groups_page, language};
pub use overview::overview_page;
pub use person::person_page;
pub use pulse::pulse_page;

/// The style sheet of all pages, and the script that keeps the call up to date.
pub const STYLE: &str = include_str!("page.css");
pub const SCRIPT: &str = include_str!("page.js");
