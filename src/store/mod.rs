//! The SQLite store, `var/study.db`: WAL, durable before acknowledged, one writer at a time, readers never wait.

mod alerts;
mod aliases;
mod backup;
mod boards;
mod connection;
mod import;
mod outbox;
mod people;
mod publish;
mod stays;

pub use alerts::{Alert, RefusedPost, alert_id};
pub use aliases::Alias;
pub use backup::{Contents, check, copy_of, read_back};
pub use boards::StoredStay;
pub use connection::{Access, Moment, Store, is_ours};
pub use import::{Imported, OldTracker, beside, in_use, is_old_tracker, settle};
pub use outbox::{Draft, Queued, Row};
pub use people::GroupRow;
pub use stays::Resumed;

/// A group's key in the store: it stays the same when a basic group becomes a supergroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupKey(pub(crate) i64);
