//! `swf` watches a Telegram group's voice or video call, measures who studied how long, and posts leaderboards.
//!
//! ARCHITECTURE.md is the map. The rules live in [`domain`].

pub mod app;
pub mod card;
pub mod cli;
pub mod commands;
pub mod config;
pub mod domain;
pub mod error;
pub mod platform;
pub mod render;
pub mod store;
pub mod telegram;
pub mod tracker;
pub mod web;
