//! The chain of versions: an update applies, is skipped, or waits for the one before it (rules §3).

use super::{BlindReason, End, FollowedCall, Output, Request, Sighting};
use crate::domain::{Instant, PeerId};

/// More updates than can be in flight. Further ones are dropped, and the next complete read makes up for them.
const MAX_HELD: usize = 20_000;

impl FollowedCall {
    pub(super) fn participants(&mut self, at: Instant, version: i32, list: &[Sighting], out: &mut Output) {
        let list = self.with_possible_dates(at, Some(version), list);
        let versioned = list.iter().any(|one| one.versioned || one.left || one.just_joined);
        match self.version {
            _ if !versioned => self.unversioned(at, version, &list, out),
            Some(known) if version < known => {}
            _ if self.blind.is_some() => self.hold(at, version, list),
            Some(known) if version == known => self.apply_repeat(at, version, &list, out),
            _ => {
                self.hold(at, version, list);
                let known = self.version;
                self.drain(out);
                if self.version == known {
                    self.wait(out);
                }
            }
        }
    }

    /// An update of the version that we have: one that the last read already included, a duplicate, or a `left` without
    /// a version of its own.
    fn apply_repeat(&mut self, at: Instant, version: i32, list: &[Sighting], out: &mut Output) {
        let is_hint = |one: &&Sighting| one.left && !one.versioned && self.present.contains_key(&one.peer);
        let hints: Vec<PeerId> = list.iter().filter(is_hint).map(|one| one.peer).collect();
        if hints.is_empty() {
            if !self.updated {
                self.apply(at, version, list, out);
            }
            return;
        }
        // Their presence after this is not certain: they are out until an answer shows them.
        for peer in &hints {
            self.touch(*peer);
            if let Some(old) = self.present.get(peer) {
                self.give_up(*peer, at.max(old.from), out);
            }
        }
        self.ask_named(hints, out);
    }

    fn hold(&mut self, at: Instant, version: i32, list: Vec<Sighting>) {
        if self.held.len() < MAX_HELD {
            self.held.entry(version).or_default().push((at, list));
        }
    }

    /// Speaking and similar updates: they apply at any version, and at most show that a participant is in.
    fn unversioned(&mut self, at: Instant, version: i32, list: &[Sighting], out: &mut Output) {
        let mut unknown = Vec::new();
        for one in list {
            match self.present.get(&one.peer) {
                Some(present) if one.joined == present.joined => self.show_present(one.peer, one.joined, at, out),
                Some(_) => unknown.push(one.peer),
                None => {
                    self.prove(one.peer, one.joined, at, End::Gone, out);
                    unknown.push(one.peer);
                }
            }
        }
        self.note_version(version, out);
        if self.blind.is_some() {
            return;
        }
        if !unknown.is_empty() {
            self.ask_named(unknown, out);
        } else if self.version == Some(version) {
            self.confirm(at, out);
        }
    }

    /// Applies held updates as far as they follow each other.
    pub(super) fn drain(&mut self, out: &mut Output) {
        while let Some(known) = self.version
            && let Some(next) = known.checked_add(1)
            && let Some(updates) = self.held.remove(&next)
        {
            for (index, (at, list)) in updates.into_iter().enumerate() {
                match index {
                    0 => self.apply(at, next, &list, out),
                    _ => self.apply_repeat(at, next, &list, out),
                }
            }
        }
    }

    /// Applies updates that arrived while blind, up to the version of a read: the read shows who is in now, the updates
    /// show when participants joined or left.
    pub(super) fn replay_held(&mut self, version: i32, out: &mut Output) {
        let newer = version.checked_add(1).map(|next| self.held.split_off(&next)).unwrap_or_default();
        for (at, list) in std::mem::replace(&mut self.held, newer).into_values().flatten() {
            for one in list {
                if one.left {
                    self.leave(one.peer, one.joined, at, out);
                } else {
                    self.discover(one.peer, one.joined, at, out);
                }
            }
        }
    }

    fn apply(&mut self, at: Instant, version: i32, list: &[Sighting], out: &mut Output) {
        for one in list {
            self.touch(one.peer);
            if one.left {
                self.leave(one.peer, one.joined, at, out);
            } else if self.confirmed.is_none_or(|confirmed| at >= confirmed) {
                if one.just_joined {
                    self.show_present(one.peer, one.joined, at, out);
                } else {
                    self.discover(one.peer, one.joined, at, out);
                }
                if self.listeners_hidden {
                    // They may be muted now, and this may be their last update: a read will show it.
                    self.end_provisionally(one.peer, out);
                }
            } else if !self.present.contains_key(&one.peer) {
                // The last read included this update, and did not show them any more.
                self.prove(one.peer, one.joined, at, End::Gone, out);
            }
        }
        self.changes.pushed += 1;
        self.version = Some(version);
        self.updated = true;
        self.confirm(at, out);
    }

    /// The server mentioned this version: if it is newer than the known one, its update may be on its way.
    pub(super) fn note_version(&mut self, version: i32, out: &mut Output) {
        self.highest_version = self.highest_version.max(version);
        if self.blind.is_none() && self.version.is_some_and(|known| version > known) {
            self.wait(out);
        }
    }

    /// A read shows `version`, which may be one that no update has announced.
    pub(super) fn count_found(&mut self, version: i32) {
        let held = self.held.last_key_value().map_or(0, |(held, _)| *held);
        self.changes.found += u64::from(version > self.highest_version.max(held));
    }

    pub(super) fn wait(&mut self, out: &mut Output) {
        if !self.waiting {
            self.waiting = true;
            out.requests.push(Request::Wait);
        }
    }

    /// The second is over: either the gap has filled, or the chain of updates is broken.
    pub(super) fn gap_wait_over(&mut self, out: &mut Output) {
        let waited = std::mem::take(&mut self.waiting);
        let gap = !self.held.is_empty() || self.version.is_some_and(|known| self.highest_version > known);
        if waited && gap && self.blind.is_none() {
            self.blind = Some(BlindReason::Gap);
            // A read under way began in another state: its answer starts a new one.
            if self.read.is_none() {
                self.start_pages(out);
            }
        }
    }
}
