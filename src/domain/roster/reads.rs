//! Reads of the call: a check of version and count, all pages, or named participants (rules §3).

use std::collections::{BTreeMap, BTreeSet};

use super::{End, FollowedCall, Output, Request, Sighting};
use crate::domain::{Instant, PeerId};

/// The most peers that one `ids` request may name.
pub const MAX_NAMED: usize = 100;

/// More pages than any call has: with more, the server repeats itself.
const MAX_PAGES: usize = 1000;

/// The one read under way.
#[derive(Debug)]
pub(super) enum Read {
    /// A check of version and count; `version` is the one that was known at the request.
    Check { version: i32 },
    /// All pages.
    Pages(Pages),
    /// Peers whose presence an update or a read made doubtful.
    Named { asked: BTreeSet<PeerId>, touched: BTreeSet<PeerId>, then: Option<Pages> },
}

#[derive(Debug, Default)]
pub(super) struct Pages {
    /// The version that we had when the read began; `None` while blind.
    began: Option<i32>,
    /// Its pages so far are not valid any more: it must start again.
    stale: bool,
    /// Versions that were held when the read began.
    held: BTreeSet<i32>,
    first: Option<(Instant, i32)>,
    last_version: i32,
    pages: usize,
    found: BTreeMap<PeerId, Instant>,
    /// Peers in updates since the read began: the updates take precedence.
    touched: BTreeSet<PeerId>,
    /// Missing from the pages, not requested by name yet.
    unconfirmed: Vec<PeerId>,
    /// Missing, and confirmed to be missing.
    missing: Vec<PeerId>,
}

impl FollowedCall {
    /// Starts a read, unless one is under way.
    pub(super) fn due(&mut self, full: bool, out: &mut Output) {
        match (&self.read, self.version) {
            (Some(_), _) => {}
            (None, Some(version)) if !full && self.blind.is_none() => {
                self.read = Some(Read::Check { version });
                out.requests.push(Request::Check { call: self.id });
            }
            _ => self.start_pages(out),
        }
    }

    pub(super) fn start_pages(&mut self, out: &mut Output) {
        let began = self.version.filter(|_| self.blind.is_none());
        let held = self.held.keys().copied().collect();
        self.read = Some(Read::Pages(Pages { began, held, ..Pages::default() }));
        out.requests.push(Request::Page { call: self.id, offset: String::new() });
    }

    /// Requests `peers`, unless a read is under way, which will show them.
    pub(super) fn ask_named(&mut self, peers: Vec<PeerId>, out: &mut Output) {
        if self.read.is_none() {
            self.request_named(peers.into_iter().take(MAX_NAMED).collect(), None, out);
        }
    }

    fn request_named(&mut self, peers: Vec<PeerId>, then: Option<Pages>, out: &mut Output) {
        self.read = Some(Read::Named { asked: peers.iter().copied().collect(), touched: BTreeSet::new(), then });
        out.requests.push(Request::Named { call: self.id, peers });
    }

    /// An update named this participant: it takes precedence over the read under way.
    pub(super) fn touch(&mut self, peer: PeerId) {
        if let Some(Read::Pages(Pages { touched, .. }) | Read::Named { touched, .. }) = &mut self.read {
            touched.insert(peer);
        }
    }

    /// Marks the read under way as not valid any more.
    pub(super) fn invalidate_read(&mut self) {
        if let Some(Read::Pages(pages) | Read::Named { then: Some(pages), .. }) = &mut self.read {
            pages.stale = true;
        }
    }

    pub(super) fn checked(&mut self, at: Instant, version: i32, count: i64, out: &mut Output) {
        let Some(Read::Check { version: began }) = self.read else { return };
        self.read = None;
        let Some(known) = self.version.filter(|_| self.blind.is_none()) else {
            self.start_pages(out);
            return;
        };
        if version == known && count == self.present.len() as i64 {
            if let Some(reason) = self.failure {
                self.record_blind(at, reason, out);
            }
            self.confirm(at, out);
        } else if version > known {
            self.count_found(version);
            self.note_version(version, out);
        } else if version == known || version < began {
            self.start_pages(out);
        }
        // Otherwise updates arrived while the check was answered, and they take precedence.
    }

    pub(super) fn page(&mut self, at: Instant, version: i32, list: &[Sighting], next: String, out: &mut Output) {
        let Some(Read::Pages(mut pages)) = self.read.take_if(|read| matches!(read, Read::Pages(_))) else { return };
        let (_, first_version) = *pages.first.get_or_insert((at, version));
        if self.blind.is_some() {
            self.replay_held(first_version, out);
        }
        let list = self.with_possible_dates(at, Some(version), list);
        if self.blind.is_none() && self.version.is_some_and(|known| version > known) {
            self.count_found(version);
        }
        self.note_version(version, out);
        pages.last_version = version;
        pages.pages += 1;
        // Even if the read as a whole fails, these participants were in the call.
        for one in list.iter().filter(|one| !one.left) {
            pages.found.insert(one.peer, one.joined);
            self.show_answered(one.peer, one.joined, pages.touched.contains(&one.peer), at, out);
        }
        if pages.stale || (self.blind.is_some() && pages.began.is_some()) {
            self.start_pages(out);
            return;
        }
        if !next.is_empty() && pages.pages < MAX_PAGES {
            self.read = Some(Read::Pages(pages));
            out.requests.push(Request::Page { call: self.id, offset: next });
            return;
        }
        let is_missing = |peer: &&PeerId| !pages.found.contains_key(peer) && !pages.touched.contains(peer);
        let missing: Vec<PeerId> = self.present.keys().filter(is_missing).copied().collect();
        if pages.pages > 1 {
            pages.unconfirmed = missing;
        } else {
            pages.missing = missing;
        }
        self.ask_unconfirmed_or_finish(pages, out);
    }

    /// An answer shows a participant. If an update has named them since the request, the answer may be older than that
    /// update: it then only proves that a known or provisionally ended stay continued until `at`.
    fn show_answered(&mut self, peer: PeerId, joined: Instant, touched: bool, at: Instant, out: &mut Output) {
        if !touched {
            self.discover(peer, joined, at, out);
        } else if self.present.get(&peer).is_some_and(|present| present.joined == joined) {
            self.show_present(peer, joined, at, out);
        } else if self.provisional.get(&peer).is_some_and(|provisional| provisional.joined == joined) {
            self.prove(peer, joined, at, End::Gone, out);
        }
    }

    fn ask_unconfirmed_or_finish(&mut self, mut pages: Pages, out: &mut Output) {
        if pages.unconfirmed.is_empty() {
            self.finish(pages, out);
            return;
        }
        let rest = pages.unconfirmed.split_off(pages.unconfirmed.len().min(MAX_NAMED));
        let peers = std::mem::replace(&mut pages.unconfirmed, rest);
        self.request_named(peers, Some(pages), out);
    }

    pub(super) fn named(&mut self, at: Instant, list: &[Sighting], out: &mut Output) {
        let Some(Read::Named { asked, touched, then }) = self.read.take_if(|read| matches!(read, Read::Named { .. }))
        else {
            return;
        };
        let list = self.with_possible_dates(at, None, list);
        let is_found = |one: &&Sighting| !one.left && asked.contains(&one.peer);
        let found: BTreeMap<PeerId, Instant> = list.iter().filter(is_found).map(|one| (one.peer, one.joined)).collect();
        for (peer, joined) in &found {
            self.show_answered(*peer, *joined, touched.contains(peer), at, out);
        }
        let missing = asked.iter().copied().filter(|peer| !found.contains_key(peer));
        match then {
            Some(pages) if pages.stale || (self.blind.is_some() && pages.began.is_some()) => self.start_pages(out),
            Some(mut pages) => {
                pages.missing.extend(missing);
                pages.found.extend(found);
                pages.touched.extend(touched);
                self.ask_unconfirmed_or_finish(pages, out);
            }
            None => {
                for peer in missing.filter(|peer| !touched.contains(peer)).collect::<Vec<_>>() {
                    self.end_provisionally(peer, out);
                }
                if self.blind.is_some() {
                    self.start_pages(out);
                }
            }
        }
    }

    /// A complete read becomes the roster.
    fn finish(&mut self, pages: Pages, out: &mut Output) {
        let Some((at, version)) = pages.first else { return };
        if self.blind.is_none() && self.version.is_some_and(|known| version > known) {
            // The updates up to that version are on their way, and hold the exact times. If they never arrive, the next
            // read counts.
            self.note_version(version, out);
            return;
        }
        // Blind, or a version below the one at the time of the request (the server restarted its count): the read
        // counts. Otherwise updates that arrived during the read take precedence.
        let whole = self.blind.is_some() || pages.began.is_none_or(|began| version < began);
        if let Some(reason) = self.blind.or(self.failure) {
            self.record_blind(at, reason, out);
        }
        for peer in pages.missing.iter().filter(|peer| !pages.touched.contains(peer)) {
            self.end_provisionally(*peer, out);
        }
        self.blind = None;
        self.confirm(at, out);
        if whole {
            self.version = Some(version);
            self.highest_version = pages.last_version.max(version);
            self.updated = false;
            self.held = version.checked_add(1).map(|next| self.held.split_off(&next)).unwrap_or_default();
        }
        self.drain(out);
        // A version that was held before the read, and that is above the last version of the read, is not of this call.
        self.held.retain(|held, _| *held <= pages.last_version || !pages.held.contains(held));
        if !self.held.is_empty() {
            self.wait(out);
        }
        self.note_version(pages.last_version, out);
    }
}
