//! The contents of a picture, as plain data: final texts in the group's language, and final numbers. [`crate::card`]
//! decides how the picture looks.
//!
//! Names come from [`people::display`](crate::domain::people::display): clean, and of any length. The drawing code
//! clips them to their room. The serialised form is stored with messages (the column `attachment`): field names never
//! change, and new fields have a default.

pub mod board;
pub mod person;

use serde::{Deserialize, Serialize};

/// A name, and a mark that tells the person apart from others with that name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Named {
    pub name: String,
    /// `@ada`, or `…4321`; empty if nobody else has the name.
    pub mark: String,
}
