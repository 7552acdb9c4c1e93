//! `swf` watches a Telegram group's voice or video call, measures who studied how long, and posts leaderboards.
//!
//! ARCHITECTURE.md is the map. The rules live in [`domain`].

pub mod domain;
