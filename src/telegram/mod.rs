//! Talking to Telegram over MTProto: the login string, logging in, the connection, the group, what is seen of its call, sending.

pub mod bot;
pub mod call_error;
pub mod connection;
pub mod group;
pub mod login;
pub mod login_string;
pub mod observe;
pub mod send;
pub mod server_time;

pub use call_error::CallError;
pub use connection::Connection;
pub use group::Group;
pub use login_string::LoginString;
