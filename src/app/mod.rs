//! Use cases over the store, Telegram and the domain: boards; posts, alerts and website exports, with one sender for
//! all three; backups, imports, the store's file.
//!
//! Nothing here depends on a command or on the tracker.

pub mod address;
pub mod alerts;
pub mod audit;
pub mod backup;
pub mod board_csv;
pub mod boards;
pub mod bot;
pub mod cards;
pub mod chat;
pub mod checks;
pub mod clock;
pub mod corrections;
pub mod facts;
pub mod forgetting;
pub mod groups;
pub mod health;
pub mod import;
pub mod log_tail;
pub mod login_link;
pub mod meet;
pub mod moving;
pub mod pages;
pub mod pairs;
pub mod parts;
pub mod pause;
pub mod people;
mod post_writer;
pub mod posts;
pub mod publish;
pub mod pulse;
pub mod retention;
pub mod rewrite;
pub mod rights;
pub mod sender;
pub mod silence;
pub mod site;
pub mod store_file;
pub mod store_times;
pub mod upgrade;
