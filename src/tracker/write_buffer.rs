//! What the tracker has to write, in order: the store's thread has one transaction at a time, the rest waits here.
//! Nothing that was seen is lost while the process lives and memory lasts, also if the disk is full or read-only, or
//! another program has locked the store.
//!
//! ```text
//! seen ──► waiting ──► store        one transaction at a time; facts that arrive meanwhile join the next one
//!             │ ▲ can't be written: logged once; tried again every few seconds
//!             └─┘
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::engine::GroupId;
use crate::domain::roster::{Fact, Observed};
use crate::domain::time::period::clock_date;
use crate::domain::time::zone::Zone;
use crate::domain::{Instant, Span};

/// The pause before the next try.
const RETRY_INTERVAL: Duration = Duration::from_secs(3);
/// The largest number of facts and profiles in the buffer, about 20 MB: a year of a quiet group, days of a very busy
/// one. If the buffer is full, the tracker stops watching, and the time until it can write again is blind.
const MAX_WAITING: usize = 100_000;
/// The largest number of facts in one transaction.
const MAX_TRANSACTION: usize = 1000;

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// What was seen of one or several groups; each group is listed once.
    Observed(Vec<(GroupId, Observed)>),
    /// The group has this title and username now.
    Renamed(GroupId, String, Option<String>),
    /// The outcome of a delivery, which the run loop keeps under this ticket.
    Settle(u64),
    /// Answers in the chat with how far their accounts have read, which the run loop keeps under this ticket.
    Answers(u64),
    /// How far Telegram's clock is from the system's, in seconds. Also a probe: if this can be written, everything can.
    Offset(i64),
}

/// Why the store can't be written or read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreFailure {
    /// A retry later may succeed.
    pub passes: bool,
    pub why: String,
    /// What the user can do about it.
    pub hint: String,
}

/// See the module's docs. Times are of a clock that does not jump.
#[derive(Debug, Default)]
pub struct WriteBuffer {
    waiting: VecDeque<Arc<Write>>,
    /// The first of `waiting` is with the store's thread.
    in_flight: bool,
    /// Facts and profiles that wait.
    size: usize,
    failure: Option<String>,
    retry_at: Duration,
    /// Facts and profiles written since the failure began.
    written: usize,
}

impl WriteBuffer {
    /// Appends `write` to the buffer.
    pub fn push(&mut self, write: Write) {
        let is_free = self.waiting.len() > usize::from(self.in_flight);
        let last = self.waiting.back_mut().filter(|_| is_free).and_then(Arc::get_mut);
        match (last, write) {
            (Some(Write::Observed(last)), Write::Observed(next)) if fits(last, &next) => {
                self.size -= size(last);
                next.into_iter().for_each(|(group, observed)| join(last, group, observed));
                self.size += size(last);
            }
            (Some(Write::Offset(last)), Write::Offset(offset)) => *last = offset,
            (_, write) => {
                if let Write::Observed(observed) = &write {
                    self.size += size(observed);
                }
                self.waiting.push_back(Arc::new(write));
            }
        }
    }

    /// When the next transaction may be passed to the store; `None` while one is there, or nothing waits.
    pub fn next_write(&self) -> Option<Duration> {
        let waits = !self.in_flight && !self.waiting.is_empty();
        waits.then_some(if self.failure.is_some() { self.retry_at } else { Duration::ZERO })
    }

    /// Takes the next transaction, until [`WriteBuffer::written`] or [`WriteBuffer::not_written`] is called.
    pub fn start(&mut self) -> Option<Arc<Write>> {
        let first = self.waiting.front().filter(|_| !self.in_flight).cloned();
        self.in_flight |= first.is_some();
        first
    }

    /// The transaction is on the disk. After a failure, once nothing waits any more, returns how many facts had waited.
    pub fn written(&mut self) -> Option<usize> {
        self.in_flight = false;
        if let Some(write) = self.waiting.pop_front()
            && let Write::Observed(observed) = &*write
        {
            self.size -= size(observed);
            self.written += size(observed);
        }
        self.retry_at = Duration::ZERO;
        if !self.waiting.is_empty() {
            return None;
        }
        let written = std::mem::take(&mut self.written);
        self.failure.take().map(|_| written)
    }

    /// The transaction could not be written, and waits again.
    pub fn not_written(&mut self) {
        self.in_flight = false;
    }

    /// An operation of the store failed, a write or something else.
    pub fn failed(&mut self, now: Duration, failure: &StoreFailure) {
        self.retry_at = now + RETRY_INTERVAL;
        if self.failure.is_none() {
            self.written = 0;
        }
        self.failure = Some(failure.why.clone());
    }

    /// Nothing waits, and nothing is with the store's thread.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The buffer is full.
    pub fn is_full(&self) -> bool {
        self.size >= MAX_WAITING
    }

    /// Why the store can't be written, and how many facts and profiles wait.
    pub fn failure(&self) -> Option<(&str, usize)> {
        self.failure.as_deref().map(|why| (why, self.size))
    }

    /// A description of what would be lost if the process ended now; `None` if that includes nothing that was seen.
    pub fn loss(&self, zone: Zone) -> Option<String> {
        let observed = || {
            self.waiting.iter().filter_map(|write| match &**write {
                Write::Observed(observed) => Some(observed),
                _ => None,
            })
        };
        let facts = || observed().flatten().flat_map(|(_, observed)| &observed.facts);
        let ends = facts().filter_map(instants).reduce(|a, b| Span::new(a.from.min(b.from), a.to.max(b.to)))?;
        let came = facts().filter(|fact| matches!(fact, Fact::Opened { .. })).count();
        let left = facts().filter(|fact| matches!(fact, Fact::Closed { .. })).count();
        let (from, to) = (zone.local(ends.from), zone.local(ends.to));
        let same_day = clock_date(zone, ends.from) == clock_date(zone, ends.to);
        let to = if same_day { to.format("%H:%M:%S") } else { to.format("%Y-%m-%d %H:%M:%S") };
        Some(format!(
            "changes in the call from {} to {to} ({}): {came} came, {left} left",
            from.format("%Y-%m-%d %H:%M:%S"),
            zone.name()
        ))
    }
}

fn size(observed: &[(GroupId, Observed)]) -> usize {
    observed.iter().map(|(_, observed)| observed.facts.len() + observed.people.len()).sum()
}

/// Whether `next` may go into one transaction with `last`, which waits already.
fn fits(last: &[(GroupId, Observed)], next: &[(GroupId, Observed)]) -> bool {
    let is_one_watch = |group: GroupId, next: &Observed| {
        let waiting = last.iter().find(|(waiting, _)| *waiting == group);
        waiting.and_then(|(_, last)| last.watched).zip(next.watched).is_none_or(|(a, b)| a.from == b.from)
    };
    next.iter().all(|(group, next)| is_one_watch(*group, next)) && size(last) + size(next) <= MAX_TRANSACTION
}

fn join(last: &mut Vec<(GroupId, Observed)>, group: GroupId, next: Observed) {
    match last.iter_mut().find(|(waiting, _)| *waiting == group) {
        Some((_, last)) => append(last, next),
        None => last.push((group, next)),
    }
}

fn append(last: &mut Observed, next: Observed) {
    // Confirming the same call again only moves the last confirmed time. So the buffer grows with events, not with
    // time.
    if let ([Fact::Confirmed { call, at }, ..], Some(Fact::Confirmed { call: before, at: until })) =
        (&next.facts[..], last.facts.last())
        && call == before
        && at >= until
    {
        last.facts.pop();
    }
    last.facts.extend(next.facts);
    last.people.extend(next.people);
    last.watched = match (last.watched, next.watched) {
        (Some(a), Some(b)) => Some(Span::new(a.from, a.to.max(b.to))),
        (a, b) => b.or(a),
    };
    last.at = next.at;
}

/// The time of a fact.
fn instants(fact: &Fact) -> Option<Span> {
    let moment = |at: Instant| Some(Span::new(at, at));
    match *fact {
        Fact::Following { at, .. }
        | Fact::Seen { at, .. }
        | Fact::Sign { at, .. }
        | Fact::Confirmed { at, .. }
        | Fact::Ended { at, .. } => moment(at),
        Fact::Opened { seen, .. } => moment(seen),
        Fact::Closed { to, .. } => moment(to),
        Fact::Blind { span, .. } => Some(span),
        Fact::Idle { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::roster::End;
    use crate::domain::{CallId, PeerId};

    const CALL: CallId = CallId(7);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn full(why: &str) -> StoreFailure {
        StoreFailure { passes: true, why: why.into(), hint: String::new() }
    }

    fn opened(peer: i64, from: i64) -> Fact {
        let from = Instant(from);
        Fact::Opened { call: CALL, peer: PeerId(peer), joined: from, from, seen: from }
    }

    fn closed(peer: i64, from: i64, to: i64) -> Fact {
        Fact::Closed { call: CALL, peer: PeerId(peer), from: Instant(from), to: Instant(to), end: End::Left }
    }

    fn confirmed(at: i64) -> Fact {
        Fact::Confirmed { call: CALL, at: Instant(at) }
    }

    fn observed(facts: Vec<Fact>) -> Write {
        Write::Observed(vec![(GroupId(0), Observed { facts, ..Observed::new(Instant(0)) })])
    }

    /// Writes everything that may be written now; returns it.
    fn drain(buffer: &mut WriteBuffer, now: Duration) -> Vec<Write> {
        let mut written = Vec::new();
        while buffer.next_write().is_some_and(|at| at <= now) {
            let write = buffer.start().expect("something waits");
            written.push((*write).clone());
            drop(write);
            buffer.written();
        }
        written
    }

    #[test]
    fn one_transaction_is_written_at_a_time_and_what_comes_meanwhile_is_joined() {
        let mut buffer = WriteBuffer::default();
        buffer.push(observed(vec![opened(1, 10)]));
        let first = buffer.start().unwrap();
        assert_eq!((buffer.next_write(), buffer.start()), (None, None));
        buffer.push(observed(vec![opened(2, 11)]));
        buffer.push(observed(vec![opened(3, 12)]));
        assert_eq!(*first, observed(vec![opened(1, 10)]));
        assert_eq!(buffer.written(), None);
        assert_eq!(drain(&mut buffer, at(0)), [observed(vec![opened(2, 11), opened(3, 12)])]);
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_failed_write_waits_in_order_and_is_retried_after_three_seconds() {
        let mut buffer = WriteBuffer::default();
        buffer.push(observed(vec![opened(1, 10), confirmed(10)]));
        drop(buffer.start());
        buffer.not_written();
        buffer.failed(at(0), &full("no room"));
        buffer.push(observed(vec![confirmed(20)]));
        buffer.push(Write::Settle(7));
        buffer.push(observed(vec![closed(1, 10, 30), confirmed(30)]));
        assert_eq!(buffer.next_write(), Some(at(3)));
        assert_eq!(buffer.failure(), Some(("no room", 4)));
        let write = buffer.start().unwrap();
        assert_eq!(*write, observed(vec![opened(1, 10), confirmed(20)]));
        drop(write);
        assert_eq!(buffer.written(), None);
        // The store works again: the rest can be written at once.
        assert_eq!(buffer.next_write(), Some(Duration::ZERO));
        drop(buffer.start());
        assert_eq!(buffer.written(), None);
        drop(buffer.start());
        assert_eq!((buffer.written(), buffer.failure()), (Some(4), None));
    }

    #[test]
    fn waiting_for_long_costs_no_memory_and_many_facts_few_transactions() {
        let mut buffer = WriteBuffer::default();
        buffer.failed(at(0), &full("no room"));
        let watched = |to| Some(Span::new(Instant(0), Instant(to)));
        for n in 0..50_000 {
            let observed = Observed { facts: vec![confirmed(n)], watched: watched(n), ..Observed::new(Instant(n)) };
            buffer.push(Write::Observed(vec![(GroupId(0), observed)]));
        }
        assert_eq!((buffer.waiting.len(), buffer.size), (1, 1));
        let Write::Observed(last) = &*buffer.waiting[0] else { panic!("{buffer:?}") };
        assert_eq!((last[0].1.watched, last[0].1.at), (watched(49_999), Instant(49_999)));
        let facts: Vec<Fact> = (0..10_000).map(|n| opened(n, n)).collect();
        facts.iter().for_each(|fact| buffer.push(observed(vec![fact.clone()])));
        let written = drain(&mut buffer, at(3));
        assert_eq!(written.len(), 11);
        let stored = written.iter().flat_map(|write| match write {
            Write::Observed(observed) => observed[0].1.facts.clone(),
            _ => Vec::new(),
        });
        assert_eq!(stored.skip(1).collect::<Vec<_>>(), facts);
    }

    #[test]
    fn each_watch_keeps_its_row() {
        let mut buffer = WriteBuffer::default();
        for (from, to) in [(0, 10), (0, 20), (50, 50), (50, 70)] {
            let watched = Some(Span::new(Instant(from), Instant(to)));
            buffer.push(Write::Observed(vec![(GroupId(0), Observed { watched, ..Observed::new(Instant(to)) })]));
        }
        let rows = buffer.waiting.iter().map(|write| match &**write {
            Write::Observed(observed) => observed[0].1.watched.map(|span| (span.from.0, span.to.0)),
            _ => None,
        });
        assert_eq!(rows.collect::<Vec<_>>(), [Some((0, 20)), Some((50, 70))]);
    }

    #[test]
    fn memory_has_a_bound() {
        let mut buffer = WriteBuffer::default();
        buffer.failed(at(0), &full("no room"));
        let facts = || (0..1000).map(|n| opened(n, n)).collect();
        (1..MAX_WAITING / 1000).for_each(|_| buffer.push(observed(facts())));
        assert!(!buffer.is_full());
        buffer.push(observed(facts()));
        assert!(buffer.is_full());
        drain(&mut buffer, at(3));
        assert!(!buffer.is_full());
    }

    #[test]
    fn what_was_seen_of_several_groups_goes_into_one_transaction() {
        let mut buffer = WriteBuffer::default();
        let of = |group, peer, watch| {
            let watched = Some(Span::new(Instant(watch), Instant(watch)));
            let observed = Observed { facts: vec![opened(peer, 1)], watched, ..Observed::new(Instant(1)) };
            Write::Observed(vec![(GroupId(group), observed)])
        };
        [of(0, 1, 0), of(1, 2, 0), of(1, 3, 0)].into_iter().for_each(|write| buffer.push(write));
        let Write::Observed(all) = &*buffer.waiting[0] else { panic!("{buffer:?}") };
        let facts: Vec<_> = all.iter().map(|(group, observed)| (group.0, observed.facts.len())).collect();
        assert_eq!((facts, buffer.waiting.len(), buffer.size), (vec![(0, 1), (1, 2)], 1, 3));
        // The watch of one group was interrupted: its new watch gets a row of its own.
        [of(0, 4, 0), of(1, 5, 9)].into_iter().for_each(|write| buffer.push(write));
        assert_eq!((buffer.waiting.len(), buffer.size), (2, 5));
    }

    #[test]
    fn a_loss_is_named_exactly() {
        let mut buffer = WriteBuffer::default();
        buffer.push(Write::Offset(3));
        assert_eq!(buffer.loss(Zone::UTC), None);
        let facts = vec![opened(1, 2_000_000_000), opened(2, 2_000_000_100), confirmed(2_000_000_100)];
        buffer.push(observed(facts));
        buffer.push(observed(vec![closed(1, 2_000_000_000, 2_000_000_700)]));
        assert_eq!(
            buffer.loss(Zone::TASHKENT).unwrap(),
            "changes in the call from 2033-05-18 08:33:20 to 08:45:00 (Asia/Tashkent): 2 came, 1 left"
        );
    }
}
