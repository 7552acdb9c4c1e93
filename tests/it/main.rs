//! The real binary against a Telegram data centre on loopback.

#[cfg(unix)]
mod administration;
mod agreement;
mod alerting;
#[cfg(unix)]
mod browser;
mod cards;
mod care;
mod chaos;
mod chat;
mod chat_adapter;
mod clocks;
mod corrections;
mod dates;
mod delivery;
mod documents;
mod explaining;
mod files;
mod forgetting;
mod fuzz;
mod generated;
mod groups;
mod histories;
mod home;
#[cfg(unix)]
mod live_view;
mod login;
mod many_groups;
mod meeting;
mod model;
mod moving;
mod pages;
mod pairs;
mod parts;
mod people;
mod periods;
mod posting;
mod posting_pictures;
#[cfg(unix)]
mod protection;
mod pulse;
mod reaching;
#[cfg(unix)]
mod releasing;
mod requests;
mod retention;
mod rhythm;
mod rights;
mod secrets;
#[cfg(unix)]
mod services;
mod setting_up;
mod settings;
mod shape;
mod signs;
mod site;
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
