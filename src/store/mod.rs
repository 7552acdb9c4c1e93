//! The SQLite store, `var/study.db`, in WAL mode: a write returns when it is durable, there is one writer at a time,
//! and readers never wait.

mod alerts;
mod aliases;
mod answers;
mod appointments;
mod backup;
mod boards;
mod choices;
mod clock;
mod connection;
mod corrections;
mod deliveries;
mod folding;
mod forgetting;
mod history;
mod identity;
mod import;
mod lane_sizes;
mod pairs;
mod people;
mod posts;
mod publish;
mod pulses;
mod readers;
mod recaps;
mod reminders;
mod reopen;
mod rewrite;
mod rights;
mod settings_log;
mod silence;
mod sql;
mod stays;
mod times;

pub use alerts::alert_id;
pub use aliases::Alias;
pub use answers::{AnswerDraft, AnswerEdit, AnsweredBatch, Hint, OpenedChat, PressSign, Read, Reminds};
pub use appointments::Appointment;
pub use backup::{Contents, check, copy_of, read_back, supersedes, to_copy};
pub use boards::StoredStay;
pub use choices::Choices;
pub use clock::ClockPhase;
pub use connection::{Access, FileStamps, ReadTxn, Store, file_stamps, is_missing, is_ours, of_older_version};
pub use deliveries::{Claimant, Delivery, Owner, Settlement};
pub use folding::{FoldedRow, Folding, MAX_STAYS, ToFold};
pub use forgetting::{Leaving, read_marks};
pub use identity::{Identity, identity_of, identity_of_empty};
pub use import::{OldTracker, beside, check_unused, forget_in_old_tracker, in_use, is_old_tracker};
pub use lane_sizes::LaneSize;
pub use pairs::PairChange;
pub use people::GroupRow;
pub use posts::{Draft, Queued};
pub use pulses::PULSE;
pub use readers::{Reader, Readers};
pub use recaps::PostedRecap;
pub use rewrite::Rewrite;
pub use settings_log::ChangedSetting;
pub use stays::{Resumed, SeenOf};
pub use times::ImpossibleTime;

/// A group's key in the store. It stays the same when a basic group becomes a supergroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupKey(pub(crate) i64);
