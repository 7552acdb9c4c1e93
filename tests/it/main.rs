//! The real binary against a Telegram data centre on loopback.

mod chaos;
mod delivery;
mod documents;
mod explaining;
mod generated;
mod home;
mod model;
mod posting;
mod shape;
mod tracking;
