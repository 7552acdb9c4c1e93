//! The real binary against a Telegram data centre on loopback.

mod explaining;
mod generated;
mod home;
mod posting;
mod shape;
mod tracking;
