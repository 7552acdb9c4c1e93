//! The state behind [`crate::Faults`].

use std::collections::{HashMap, HashSet};

use crate::world::{Id, Outgoing, RpcError};

/// The order in which [`crate::Faults::release_updates`] sends what was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// In the order of the events.
    InOrder,
    /// The last event first.
    Reversed,
}

/// The point in the handling of a request at which [`crate::Faults::pause`] holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The request was read and accepted; nothing is stored yet.
    Read,
    /// The request was executed and everything is stored; no answer was sent yet.
    Stored,
}

/// What happens to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Answered with this error; not executed.
    Error(RpcError),
    /// Executed; the connection is cut before the answer leaves.
    LoseReply,
    /// Executed; the answer never leaves.
    Hang,
    /// Executed; the answer is not a complete TL object.
    Malformed,
    /// Held at this moment.
    Pause(Moment),
}

/// A limit on how often an account may call a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloodLimit {
    pub count: usize,
    /// In any span of this many seconds.
    pub seconds: i64,
}

struct Rule {
    method: String,
    fault: Fault,
    left: u32,
}

/// What happens to one pushed container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushFault {
    Drop,
    Duplicate,
}

#[derive(Default)]
pub struct FaultState {
    rules: Vec<Rule>,
    pub drop_updates: u32,
    pub duplicate_updates: u32,
    /// How many of the next pushed containers can't be read.
    pub unreadable_updates: u32,
    /// The date of the next pushed container.
    pub next_date: Option<i32>,
    /// By how many seconds the date in `updates.getState` is ahead.
    pub state_ahead: i32,
    /// Nothing is pushed.
    pub no_pushes: bool,
    /// No updates about these groups and their calls are pushed.
    pub quiet_groups: HashSet<Id>,
    /// While `Some`, pushed containers wait here.
    pub held: Option<Vec<(u64, Outgoing)>>,
    pub shuffle_pages: bool,
    pub min_objects: bool,
    pub omit_call_peer: bool,
    pub refuse: bool,
    pub silence: bool,
    /// The configuration has an invalid address.
    pub broken_config: bool,
    pub duplicated: HashSet<Id>,
    /// The limits, by method.
    pub flood_limits: HashMap<&'static str, FloodLimit>,
    /// Chats that can't be seen are answered as forbidden ones.
    pub forbidden_chats: bool,
    /// Private messages are pushed in their short form.
    pub short_messages: bool,
    /// How many of the next differences of an account or a channel are too long.
    pub long_differences: HashMap<Id, u32>,
    /// The maximum number of events in one difference.
    pub difference_limit: Option<usize>,
    /// How many of the next pushes to an account are dropped.
    pub dropped: HashMap<Id, u32>,
    /// How many of the next pushes to an account are sent twice.
    pub doubled: HashMap<Id, u32>,
    /// Accounts whose next two pushes are swapped.
    pub swaps: HashMap<Id, Swap>,
}

/// Two pushes to one account that are swapped.
#[derive(Default)]
pub struct Swap {
    /// The first push, by connection; it waits for the second.
    first: Vec<(u64, Outgoing)>,
    has_first: bool,
}

/// Uses up one of the `left` faults of an account or channel.
fn take_one(left: &mut HashMap<Id, u32>, of: Id) -> bool {
    let Some(left) = left.get_mut(&of).filter(|left| **left > 0) else { return false };
    *left -= 1;
    true
}

impl FaultState {
    pub fn add(&mut self, method: &str, fault: Fault, times: u32) {
        self.rules.push(Rule { method: method.to_owned(), fault, left: times });
    }

    /// The fault for this request, if any; uses it up by one.
    pub fn take(&mut self, method: &str) -> Option<Fault> {
        let rule = self.rules.iter_mut().find(|rule| rule.left > 0 && (rule.method == "*" || rule.method == method))?;
        rule.left -= 1;
        let fault = rule.fault.clone();
        self.rules.retain(|rule| rule.left > 0);
        Some(fault)
    }

    /// Holds no further requests.
    pub fn stop_pausing(&mut self) {
        self.rules.retain(|rule| !matches!(rule.fault, Fault::Pause(_)));
    }

    /// How many times the next push is sent: 0, 1 or 2. Uses its fault up by one.
    pub fn pushes(&mut self) -> usize {
        if self.no_pushes {
            return 0;
        }
        match self.take_push() {
            Some(PushFault::Drop) => 0,
            Some(PushFault::Duplicate) => 2,
            None => 1,
        }
    }

    /// Whether the next push that is sent can't be read; uses the fault up by one.
    pub fn take_unreadable(&mut self) -> bool {
        let unreadable = self.unreadable_updates > 0;
        self.unreadable_updates -= u32::from(unreadable);
        unreadable
    }

    /// How many times the next push to one account is sent: 0, 1 or 2.
    pub fn pushes_to(&mut self, account: Id) -> usize {
        if take_one(&mut self.dropped, account) {
            0
        } else if take_one(&mut self.doubled, account) {
            2
        } else {
            1
        }
    }

    /// The pushes to send now: those of `push`, and earlier ones, unless they wait for a swap.
    pub fn swap(&mut self, push: Vec<(Id, u64, Outgoing)>) -> Vec<(u64, Outgoing)> {
        let accounts: HashSet<Id> = push.iter().map(|(account, ..)| *account).collect();
        let mut now = Vec::new();
        for (account, connection, outgoing) in push {
            match self.swaps.get_mut(&account) {
                Some(swap) if !swap.has_first => swap.first.push((connection, outgoing)),
                Some(_) | None => now.push((connection, outgoing)),
            }
        }
        for account in accounts {
            match self.swaps.get_mut(&account) {
                Some(swap) if !swap.has_first => swap.has_first = true,
                Some(_) => now.extend(self.swaps.remove(&account).into_iter().flat_map(|swap| swap.first)),
                None => {}
            }
        }
        now
    }

    /// Whether the next difference is too long; uses the fault up by one.
    pub fn take_long_difference(&mut self, of: Id) -> bool {
        take_one(&mut self.long_differences, of)
    }

    fn take_push(&mut self) -> Option<PushFault> {
        if self.drop_updates > 0 {
            self.drop_updates -= 1;
            Some(PushFault::Drop)
        } else if self.duplicate_updates > 0 {
            self.duplicate_updates -= 1;
            Some(PushFault::Duplicate)
        } else {
            None
        }
    }
}
