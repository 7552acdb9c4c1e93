//! One file per subcommand: its arguments and one entry function. They share `args`, `context`, `facts`, `runtime`, `terminal`.

pub mod alias;
pub mod args;
pub mod audit;
pub mod backfill;
pub mod backup;
pub mod completions;
pub mod context;
pub mod doctor;
pub mod export;
mod facts;
pub mod import;
pub mod init;
pub mod leaderboard;
pub mod post;
mod runtime;
pub mod schedule;
pub mod secrets;
pub mod session;
pub mod status;
pub mod terminal;
pub mod track;
pub mod verify_separation;
pub mod watchdog;
pub mod web;
pub mod why;
pub mod words;
