//! The real binary against a Telegram data centre on loopback.

#[cfg(unix)]
mod administration;
mod agreement;
mod alerting;
mod cards;
mod care;
mod chaos;
mod chat;
mod chat_adapter;
mod chat_answers;
mod clocks;
mod dates;
mod delivery;
mod documents;
mod explaining;
mod files;
mod fuzz;
mod generated;
mod groups;
mod home;
#[cfg(unix)]
mod live_view;
mod login;
mod many_groups;
mod model;
mod pages;
mod people;
mod periods;
mod posting;
#[cfg(unix)]
mod protection;
mod reaching;
mod requests;
mod secrets;
#[cfg(unix)]
mod services;
mod setting_up;
mod settings;
mod shape;
mod status;
mod takeover;
#[cfg(unix)]
mod terminal;
mod tracking;
mod unwatched;
mod upgrading;
mod watchdog;
mod web;
#[cfg(unix)]
mod web_login;
mod which_group;
