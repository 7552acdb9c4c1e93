//! What a picture shows, as plain data: all texts are written, in the group's language, and all numbers are decided. How it
//! looks is decided in [`crate::card`].
//!
//! Names are as [`people::display`](crate::domain::people::display) gives them: clean, and of any length. What draws them
//! clips them to their room. The serialised form is stored with messages (the column `attachment`): names never change, and
//! what is added has a default.

pub mod board;
pub mod person;

use serde::{Deserialize, Serialize};

/// A name, and what tells the person apart from others of that name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Named {
    pub name: String,
    /// `@ada`, or `…4321`; empty where nobody else has the name.
    pub mark: String,
}
