//! The chat in Telegram's terms: messages to an account, and the requests that answering needs.

pub mod buttons;
pub mod ephemeral;
pub mod incoming;
pub mod listener;
pub mod own;
pub mod requests;
