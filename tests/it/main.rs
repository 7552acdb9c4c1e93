//! The real binary against a Telegram data centre on loopback.

mod home;
mod posting;
mod shape;
mod tracking;
