//! The real binary against a Telegram data centre on loopback.

mod chaos;
mod delivery;
mod documents;
mod explaining;
mod generated;
mod home;
mod login;
mod model;
mod posting;
mod settings;
mod shape;
mod takeover;
mod tracking;
mod web;
