//! The real binary against a Telegram data centre on loopback.

mod care;
mod chaos;
mod delivery;
mod documents;
mod explaining;
mod generated;
mod home;
mod login;
mod model;
mod posting;
mod secrets;
mod setting_up;
mod settings;
mod shape;
mod takeover;
#[cfg(unix)]
mod terminal;
mod tracking;
