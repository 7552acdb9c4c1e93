//! MTProto: login string, login, connection, finding groups, their calls, sending.

pub mod bot;
pub mod call_error;
pub mod call_title;
pub mod chat;
pub mod connection;
pub mod dialogs;
pub mod find;
pub mod group;
pub mod login;
pub mod login_string;
pub mod observe;
pub mod panics;
pub mod peers;
pub mod proxy;
pub mod reach;
pub mod send;
pub mod server_time;
pub mod sweep;
pub mod upload;

pub use call_error::{CallError, refusals};
pub use connection::Connection;
pub use login_string::LoginString;
pub use peers::Group;
