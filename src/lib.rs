//! `swf` watches a Telegram group's voice or video call, measures who studied how long, and posts leaderboards.
//!
//! ARCHITECTURE.md is the map. The rules live in [`domain`].

pub mod alerting;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod domain;
pub mod env_file;
pub mod error;
pub mod exporting;
pub mod liveness;
pub mod logging;
pub mod posting;
pub mod render;
pub mod secrets;
pub mod separation;
pub mod service;
pub mod standings;
pub mod store;
pub mod takeover;
pub mod telegram;
pub mod tracker;
pub mod unwritten;
pub mod web;
pub mod web_export;
