//! Who is in the call, from when, until when, and how that is known (rules §2.1, 2, 4, 14).
//!
//! ```text
//! joined ├───────────────────┤ left            both by the server's dates
//! joined ├──────────┤ · · · · a read without   ended at the last instant that had them: given up
//! joined ├──────────┤ · · · · the same date    the stay continues, and the dots are proved
//! joined ├──────────┤ · · ├── a later date     another stay; the dots are unknown
//! ```

use super::{BlindReason, End, Fact, FollowedCall, Output, Present, ProvisionalEnd};
use crate::domain::{Instant, PeerId, Span};

impl FollowedCall {
    /// While listeners are hidden, muted participants may be missing from the lists, and may leave without an update:
    /// only listed participants are certain (rules §2.14).
    pub(super) fn set_listeners_hidden(&mut self, at: Instant, hidden: bool) {
        if self.hidden_at > Some(at) {
            return;
        }
        self.hidden_at = Some(at);
        if hidden && !std::mem::replace(&mut self.listeners_hidden, hidden) {
            self.blind.get_or_insert(BlindReason::ListenersHidden);
            self.invalidate_read();
        }
        self.listeners_hidden = hidden;
    }

    pub(super) fn disconnect(&mut self, reason: BlindReason) {
        self.read = None;
        self.waiting = false;
        self.held.clear();
        self.failure = None;
        self.blind.get_or_insert(reason);
    }

    /// The last instant that had this person in (rules §2.2).
    fn last_had(&self, present: &Present) -> Instant {
        self.confirmed.map_or(present.seen, |confirmed| confirmed.max(present.seen)).max(present.from)
    }

    /// A participant is in the call, and joined at `joined`.
    pub(super) fn show_present(&mut self, peer: PeerId, joined: Instant, at: Instant, out: &mut Output) {
        let call = self.id;
        let before = self.provisional.get(&peer).copied();
        if let Some(present) = self.present.get_mut(&peer) {
            if joined <= present.joined {
                if at > present.seen {
                    present.seen = at;
                    if self.confirmed.is_none_or(|confirmed| at > confirmed) {
                        out.facts.push(Fact::Seen { call, peer, from: present.from, at });
                    }
                }
                return;
            }
            // A later date with no `left` in between: two stays.
            let old = *present;
            let to = self.last_had(&old).min(joined).max(old.from);
            self.give_up(peer, to, out);
        } else if self.left.get(&peer).is_some_and(|left| at < *left || (at == *left && joined < *left)) {
            // An old sighting of a participant who has left since.
            return;
        }
        let from = match before {
            Some(provisional) if provisional.joined == joined => {
                self.provisional.remove(&peer);
                let reason = if self.listeners_hidden { BlindReason::ListenersHidden } else { BlindReason::Gap };
                self.not_seen(Some(peer), provisional.to, at, reason, out);
                provisional.from
            }
            _ => self.left.get(&peer).map_or(joined, |left| joined.max(*left)),
        };
        // A late update does not shorten a known stay.
        let known = before.filter(|provisional| provisional.from == from).map_or(from, |provisional| provisional.to);
        let seen = at.max(known);
        self.present.insert(peer, Present { joined, from, seen });
        out.facts.push(Fact::Opened { call, peer, joined, from, seen });
    }

    /// Ends a stay. In a call that was never seen as a whole, the stay was not watched.
    pub(super) fn close(&self, peer: PeerId, from: Instant, to: Instant, end: End, out: &mut Output) {
        if self.confirmed.is_none() {
            self.not_seen(Some(peer), from, to, self.blind.unwrap_or(BlindReason::Gap), out);
        }
        out.facts.push(Fact::Closed { call: self.id, peer, from, to, end });
    }

    /// The call, or one person in it, was not seen between two instants.
    fn not_seen(&self, peer: Option<PeerId>, from: Instant, to: Instant, reason: BlindReason, out: &mut Output) {
        let span = Span::new(from, to);
        if !span.is_empty() {
            out.facts.push(Fact::Blind { call: self.id, peer, span, reason });
        }
    }

    /// As [`Self::show_present`], from a source other than the next update. Presence before the last confirmed instant
    /// was not known then, so it is stored as blind.
    pub(super) fn discover(&mut self, peer: PeerId, joined: Instant, at: Instant, out: &mut Output) {
        let had = self.present.get(&peer).map(|present| present.joined);
        let went = self.provisional.get(&peer).map(|provisional| provisional.joined);
        self.show_present(peer, joined, at, out);
        if let (Some(present), Some(confirmed)) = (self.present.get(&peer), self.confirmed)
            && had.is_none_or(|had| had < present.joined)
            && went != Some(present.joined)
        {
            self.not_seen(Some(peer), present.from, confirmed.min(at), BlindReason::Gap, out);
        }
    }

    /// A participant who is not in the roster was in the call until `at`. It is not known whether they still are.
    pub(super) fn prove(&mut self, peer: PeerId, joined: Instant, at: Instant, end: End, out: &mut Output) {
        let from = match self.provisional.get(&peer) {
            Some(old) if old.joined > joined => {
                self.prove_unknown(peer, joined, at.min(old.from), end, out);
                return;
            }
            Some(old) if old.joined == joined && old.to >= at => return,
            Some(old) if old.joined == joined => {
                self.not_seen(Some(peer), old.to, at, BlindReason::Gap, out);
                out.facts.push(Fact::Closed { call: self.id, peer, from: old.from, to: at, end });
                old.from
            }
            _ => match self.prove_unknown(peer, joined, at, end, out) {
                Some(from) => from,
                None => return,
            },
        };
        self.provisional.insert(peer, ProvisionalEnd { joined, from, to: at });
    }

    /// A whole stay that was not seen, and that ended at `to`; returns its start.
    fn prove_unknown(&self, peer: PeerId, joined: Instant, to: Instant, end: End, out: &mut Output) -> Option<Instant> {
        let call = self.id;
        let from = self.left.get(&peer).map_or(joined, |left| joined.max(*left));
        if from >= to {
            return None;
        }
        out.facts.push(Fact::Opened { call, peer, joined, from, seen: to });
        self.not_seen(Some(peer), from, to, BlindReason::Gap, out);
        out.facts.push(Fact::Closed { call, peer, from, to, end });
        Some(from)
    }

    /// An update said `left` at `at`.
    pub(super) fn leave(&mut self, peer: PeerId, joined: Instant, at: Instant, out: &mut Output) {
        let call = self.id;
        if let Some(old) = self.present.get(&peer).copied() {
            if let Some(before) = self.provisional.get(&peer).copied()
                && before.joined == joined
                && joined < old.joined
            {
                // It ends the previous stay: a read was faster than this update.
                let to = at.min(old.from);
                if before.to < to {
                    self.not_seen(Some(peer), before.to, to, BlindReason::Gap, out);
                    out.facts.push(Fact::Closed { call, peer, from: before.from, to, end: End::Left });
                }
                self.provisional.remove(&peer);
                return;
            }
            if joined < old.joined {
                // A read was faster than the updates, and showed the next stay only.
                self.prove_unknown(peer, joined, at.min(old.from), End::Left, out);
            }
            self.present.remove(&peer);
            // They left and joined again unseen: this is the end of another stay.
            let another = old.joined < joined && joined < at;
            // With the chain broken, only an unchanged join date proves that this is the stay that ended here.
            if joined == old.joined || (self.blind.is_none() && !another) {
                let to = at.max(old.from);
                self.close(peer, old.from, to, End::Left, out);
            } else {
                let to = if another { self.last_had(&old).min(joined).max(old.from) } else { self.last_had(&old) };
                self.close(peer, old.from, to, End::Gone, out);
                if another {
                    self.provisional.remove(&peer);
                    self.prove(peer, joined, at, End::Left, out);
                }
            }
        } else {
            self.prove(peer, joined, at, End::Left, out);
        }
        self.provisional.remove(&peer);
        let left = self.left.entry(peer).or_insert(at);
        *left = at.max(*left);
    }

    /// A read did not show this person any more.
    pub(super) fn end_provisionally(&mut self, peer: PeerId, out: &mut Output) {
        if let Some(old) = self.present.get(&peer) {
            self.give_up(peer, self.last_had(old), out);
        }
    }

    /// Ends the stay of a participant at `to`; it may turn out to continue.
    pub(super) fn give_up(&mut self, peer: PeerId, to: Instant, out: &mut Output) {
        if let Some(Present { joined, from, .. }) = self.present.remove(&peer) {
            self.provisional.insert(peer, ProvisionalEnd { joined, from, to });
            self.close(peer, from, to, End::Gone, out);
        }
    }

    pub(super) fn confirm(&mut self, at: Instant, out: &mut Output) {
        self.failure = None;
        if self.confirmed.is_none_or(|confirmed| at >= confirmed) {
            self.confirmed = Some(at);
            out.facts.push(Fact::Confirmed { call: self.id, at });
        }
    }

    /// The time from the last confirmed instant to `at` was not watched. Before the first read of a call, nothing was
    /// watched: the call has run since the earliest stay began.
    pub(super) fn record_blind(&mut self, at: Instant, reason: BlindReason, out: &mut Output) {
        let first = || self.present.values().map(|present| present.from).min();
        self.not_seen(None, self.confirmed.or_else(first).unwrap_or(at), at, reason, out);
    }

    /// `groupCallDiscarded` while the call was watched: all participants were in until now (rules §2.4).
    pub(super) fn discarded(&mut self, at: Instant, out: &mut Output) {
        let behind = !self.held.is_empty() || self.version.is_some_and(|known| self.highest_version > known);
        if self.blind.is_some() || behind {
            self.end_unseen(at, out);
            return;
        }
        for (peer, present) in std::mem::take(&mut self.present) {
            let to = at.max(present.from);
            out.facts.push(Fact::Closed { call: self.id, peer, from: present.from, to, end: End::Call });
        }
        self.confirm(at, out);
        out.facts.push(Fact::Ended { call: self.id, at, watched: true });
        self.disconnect(BlindReason::Gap);
    }

    /// The call is over, but its end was not seen: that proves nothing about any participant.
    pub(super) fn end_unseen(&mut self, at: Instant, out: &mut Output) {
        let reason = self.blind.or(self.failure).unwrap_or(BlindReason::Gap);
        self.blind = Some(reason);
        // Held updates are valid all the same.
        self.replay_held(i32::MAX, out);
        self.record_blind(at, reason, out);
        for peer in self.present.keys().copied().collect::<Vec<_>>() {
            self.end_provisionally(peer, out);
        }
        out.facts.push(Fact::Ended { call: self.id, at, watched: false });
        self.disconnect(reason);
    }
}
