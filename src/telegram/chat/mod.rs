//! The chat as Telegram carries it: what reaches an account, and the requests that answering needs.

pub mod buttons;
pub mod ephemeral;
pub mod incoming;
pub mod listener;
pub mod own;
pub mod requests;
