//! The store in memory: it takes facts, and returns stays and the state for a restart. A few runs compare it with the
//! real store.

use std::collections::BTreeMap;

use swf::domain::accounting::presence::{Blind, Stay};
use swf::domain::roster::{End, Fact, GroupWatcher, Present, ProvisionalEnd, SavedState};
use swf::domain::{CallId, Instant, PeerId, Span};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub joined: Instant,
    pub seen: Instant,
    pub ended: Option<(Instant, End)>,
}

#[derive(Clone, Debug)]
struct Call {
    order: usize,
    followed: Instant,
    confirmed: Option<Instant>,
    ended: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Ledger {
    calls: BTreeMap<CallId, Call>,
    pub kept: BTreeMap<(CallId, PeerId, Instant), Kept>,
    pub blinds: Vec<Blind>,
}

impl Ledger {
    pub fn keep(&mut self, fact: &Fact) {
        match *fact {
            Fact::Following { call, at } => {
                let order = self.calls.len();
                let new = Call { order, followed: at, confirmed: None, ended: false };
                self.calls.entry(call).or_insert(new).ended = false;
            }
            Fact::Opened { call, peer, joined, from, seen } => {
                assert!(self.calls.contains_key(&call), "a stay in a call that is not followed");
                let kept = self.kept.entry((call, peer, from)).or_insert(Kept { joined, seen, ended: None });
                kept.ended = None;
                kept.seen = kept.seen.max(seen);
            }
            Fact::Seen { call, peer, from, at } => {
                let kept = self.kept.get_mut(&(call, peer, from)).expect("seen, but not in");
                assert_eq!(kept.ended, None, "seen, but gone");
                kept.seen = kept.seen.max(at);
            }
            Fact::Closed { call, peer, from, to, end } => {
                assert!(to >= from, "a stay ends before it starts: {fact:?}");
                let kept = self.kept.get_mut(&(call, peer, from)).expect("closed, but never opened");
                // An end at the last sighting may move to a later one.
                let later = kept.ended.is_none_or(|(before, was)| was == End::Gone && before <= to);
                assert!(later, "closed twice: {fact:?}");
                kept.ended = Some((to, end));
            }
            Fact::Confirmed { call, at } => {
                let call = self.calls.get_mut(&call).expect("confirmed, but not followed");
                call.confirmed = call.confirmed.max(Some(at));
            }
            Fact::Blind { call, peer, span, reason } => {
                assert!(!span.is_empty(), "an empty blind span");
                self.blinds.push(Blind { call, peer, span, reason });
            }
            Fact::Ended { call, .. } => self.calls.get_mut(&call).expect("ended, but not followed").ended = true,
            Fact::Sign { .. } | Fact::Idle { .. } => {}
        }
    }

    /// All stays; an open one ends at the last instant that shows the participant in the call.
    pub fn stays(&self) -> Vec<Stay> {
        let stays = self.kept.iter().map(|(&(call, peer, from), kept)| {
            let to = kept.ended.map_or_else(
                || self.calls[&call].confirmed.map_or(kept.seen, |at| at.max(kept.seen)).max(from),
                |(to, _)| to,
            );
            Stay { call, peer, span: Span::new(from, to), open: kept.ended.is_none() }
        });
        stays.collect()
    }

    /// The state from which a tracker starts now, as `Store::resume` returns it.
    pub fn resume(&self) -> Option<(CallId, Option<Instant>, bool, SavedState)> {
        let (id, call) = self.calls.iter().max_by_key(|(_, call)| (!call.ended, call.order))?;
        let earlier = |(other, at): &(&CallId, &Call)| *other != id && at.followed < call.followed;
        let not_before = self.calls.iter().filter(earlier).filter_map(|(_, call)| call.confirmed).max();
        let mut memory = SavedState { not_before, ..SavedState::default() };
        let mut theirs: Vec<_> = self.kept.iter().filter(|((call, ..), _)| call == id).collect();
        theirs.sort_by_key(|((_, _, from), _)| *from);
        for (&(_, peer, from), kept) in theirs {
            match kept.ended {
                None => {
                    memory.present.insert(peer, Present { joined: kept.joined, from, seen: kept.seen });
                }
                Some((to, End::Left)) => {
                    memory.provisional.remove(&peer);
                    memory.left.insert(peer, to);
                }
                Some((to, _)) => {
                    memory.provisional.insert(peer, ProvisionalEnd { joined: kept.joined, from, to });
                }
            }
        }
        Some((*id, call.confirmed, call.ended, memory))
    }

    pub fn watch(&self) -> GroupWatcher {
        self.resume().map_or_else(GroupWatcher::default, |(call, confirmed, over, memory)| {
            GroupWatcher::resume(call, confirmed, over, memory)
        })
    }
}
