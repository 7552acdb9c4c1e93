//! The SQLite store, `var/study.db`: WAL, durable before acknowledged, one writer at a time, readers never wait.

mod alerts;
mod aliases;
mod boards;
mod copy;
mod exports;
mod import;
mod open;
mod outbox;
mod people;
mod stays;

pub use alerts::{Alert, RefusedPost, alert_id};
pub use aliases::Alias;
pub use boards::StoredStay;
pub use copy::{Contents, check, copy_of, read_back};
pub use import::{Imported, OldTracker, beside, in_use, is_old_tracker, settle};
pub use open::{Access, Moment, Store, is_ours};
pub use outbox::{Draft, Queued, Row};
pub use people::GroupRow;
pub use stays::{Resumed, Seen};

/// A group's key in the store: it stays the same when a basic group becomes a supergroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupKey(pub(crate) i64);
