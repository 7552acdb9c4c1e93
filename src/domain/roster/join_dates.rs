//! Which join dates are accepted (rules §2.1).
//!
//! ```text
//!         not running      running
//! call  ──────────────┤├────────────────────────►
//!         20:00 seen    without it      21:00 first sighting
//! 19:00                                 counts from 21:00
//!                      20:30            counts from 20:30
//! ```

use super::{FollowedCall, Sighting};
use crate::domain::{Instant, PeerId};

/// How far before the first sighting an accepted join date may lie, in seconds, if no instant is known at which the
/// call did not run.
const MAX_UNSEEN: i64 = 7 * 86_400;
/// How far a join date may be ahead of the answer that holds it, in seconds: an answer has the date of an earlier
/// answer.
const MAX_AHEAD: i64 = 60;

impl FollowedCall {
    /// The sightings in an update or answer of `at`, with impossible join dates replaced. `version` is that of the
    /// update or answer, if it has one.
    pub(super) fn with_possible_dates(&self, at: Instant, version: Option<i32>, list: &[Sighting]) -> Vec<Sighting> {
        let is_missing = |known: i32| version.max(Some(self.highest_version)) > known.checked_add(1);
        let follows =
            self.blind.is_none() && self.held.is_empty() && self.version.is_some_and(|known| !is_missing(known));
        let date = |one: &Sighting| self.possible_date(one.peer, one.joined, at, follows);
        list.iter().map(|one| Sighting { joined: date(one), ..*one }).collect()
    }

    /// The join date, or a replacement if it is impossible. A participant who was in keeps the known date if no update
    /// is missing in between (`follows`); everybody else counts from this sighting.
    fn possible_date(&self, peer: PeerId, joined: Instant, at: Instant, follows: bool) -> Instant {
        let had = self.present.get(&peer).map(|present| present.joined);
        let had_before = self.provisional.get(&peer).map(|provisional| provisional.joined);
        let earliest = self.not_before.unwrap_or(at - MAX_UNSEEN).max(Instant(1));
        if (earliest..=at + MAX_AHEAD).contains(&joined) || [had, had_before].contains(&Some(joined)) {
            joined
        } else {
            had.filter(|_| follows).unwrap_or(at)
        }
    }
}
