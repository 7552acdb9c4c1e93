//! What the tracker has to write and can't write now, in order: the disk is full or read-only, or another program has
//! locked the store. Nothing that was seen is lost while the process lives and memory lasts.
//!
//! ```text
//! seen ──► waiting ──► store        at once, one transaction an event
//!             │ ▲ can't be written: said once; tried again every few seconds; what comes meanwhile waits in line
//!             └─┘
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::roster::{Fact, Observed};
use crate::domain::time::period::local_date;
use crate::domain::{Instant, Span};
use crate::error::{Error, Result};
use crate::store::Settlement;

/// How long to wait before the next try.
const RETRY: Duration = Duration::from_secs(3);
/// How many facts and profiles are kept at most, some 20 MB: a year of a quiet group, days of a very busy one. Beyond
/// that the tracker stops looking, and the time until it can write again is blind like any other.
const MOST: usize = 100_000;
/// How many facts that waited are written in one transaction.
const AT_ONCE: usize = 1000;

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    Observed(Observed),
    /// What became of an attempt at a post.
    Settled(Settlement),
    /// How far Telegram's clock is from the system's, in seconds. Also tried for its own sake: where this can be
    /// written, all can.
    Offset(i64),
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The store can't be written, why, and what to do; or it is another reason now.
    Trouble { why: String, mend: String },
    /// It can be written again, and this many facts have been.
    Mended(usize),
}

/// See the module's docs. Instants of `now` are of a clock that does not jump.
#[derive(Debug, Default)]
pub struct Unwritten {
    waiting: VecDeque<Write>,
    /// Facts and profiles that wait.
    size: usize,
    trouble: Option<String>,
    again: Duration,
    /// Facts and profiles written since the trouble began.
    written: usize,
}

impl Unwritten {
    /// Puts `write` at the end of the line.
    pub fn push(&mut self, write: Write) {
        match (self.waiting.back_mut(), write) {
            (_, Write::Observed(seen)) if seen.is_empty() => {}
            (Some(Write::Observed(last)), Write::Observed(seen)) if fits(last, &seen) => {
                self.size -= size(last);
                append(last, seen);
                self.size += size(last);
            }
            (Some(Write::Offset(last)), Write::Offset(offset)) => *last = offset,
            (_, write) => {
                if let Write::Observed(seen) = &write {
                    self.size += size(seen);
                }
                self.waiting.push_back(write);
            }
        }
    }

    /// Writes what waits, oldest first, with one call of `write` for each transaction, unless it is too early to try
    /// again. An error that will not pass is the caller's; what could not be written then still waits.
    pub fn flush(&mut self, now: Duration, mut write: impl FnMut(&Write) -> Result<()>) -> Result<Option<News>> {
        if self.trouble.is_some() && now < self.again {
            return Ok(None);
        }
        while let Some(first) = self.waiting.front() {
            match write(first) {
                Ok(()) => {
                    let done = if let Write::Observed(seen) = first { size(seen) } else { 0 };
                    self.size -= done;
                    self.written += done;
                    self.waiting.pop_front();
                }
                Err(error) if error.may_pass() => return Ok(self.note(now, &error)),
                Err(error) => return Err(error),
            }
        }
        let written = std::mem::take(&mut self.written);
        Ok(self.trouble.take().map(|_| News::Mended(written)))
    }

    /// Something could not be written, and `error` says why.
    pub fn note(&mut self, now: Duration, error: &Error) -> Option<News> {
        self.again = now + RETRY;
        if self.trouble.is_none() {
            self.written = 0;
        }
        let why = error.message().to_owned();
        let is_new = self.trouble.as_ref() != Some(&why);
        self.trouble = Some(why.clone());
        is_new.then(|| News::Trouble {
            why,
            mend: error.hints().iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        })
    }

    /// Lets the next [`Unwritten::flush`] try at once.
    pub fn hurry(&mut self) {
        self.again = Duration::ZERO;
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// As much waits as may.
    pub fn is_full(&self) -> bool {
        self.size >= MOST
    }

    /// Why the store can't be written, and how many facts and profiles wait.
    pub fn trouble(&self) -> Option<(&str, usize)> {
        self.trouble.as_deref().map(|why| (why, self.size))
    }

    /// What would be lost if the process ended now; `None` if that is nothing that was seen.
    pub fn loss(&self, zone: crate::domain::time::zone::Zone) -> Option<String> {
        let seen = || {
            self.waiting.iter().filter_map(|write| if let Write::Observed(seen) = write { Some(seen) } else { None })
        };
        let facts = || seen().flat_map(|seen| &seen.facts);
        let ends = facts().filter_map(instants).reduce(|a, b| Span::new(a.from.min(b.from), a.to.max(b.to)))?;
        let came = facts().filter(|fact| matches!(fact, Fact::Opened { .. })).count();
        let left = facts().filter(|fact| matches!(fact, Fact::Closed { .. })).count();
        let (from, to) = (zone.local(ends.from), zone.local(ends.to));
        let same_day = local_date(zone, ends.from) == local_date(zone, ends.to);
        let to = if same_day { to.format("%H:%M:%S") } else { to.format("%Y-%m-%d %H:%M:%S") };
        Some(format!(
            "what was seen of the call from {} to {to} ({}): {came} came, {left} left",
            from.format("%Y-%m-%d %H:%M:%S"),
            zone.name()
        ))
    }
}

fn size(seen: &Observed) -> usize {
    seen.facts.len() + seen.people.len()
}

/// Whether `next` may go into one transaction with `last`, which waits already.
fn fits(last: &Observed, next: &Observed) -> bool {
    let one_watch = match (last.watched, next.watched) {
        (Some(a), Some(b)) => a.from == b.from,
        _ => true,
    };
    one_watch && size(last) + size(next) <= AT_ONCE
}

fn append(last: &mut Observed, next: Observed) {
    // A call that is confirmed again and again adds nothing but the last time: what waits grows with what happens, not
    // with how long it waits.
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

/// The time that a fact is about.
fn instants(fact: &Fact) -> Option<Span> {
    let moment = |at: Instant| Some(Span::new(at, at));
    match *fact {
        Fact::Following { at, .. } | Fact::Seen { at, .. } | Fact::Confirmed { at, .. } | Fact::Ended { at, .. } => {
            moment(at)
        }
        Fact::Opened { seen, .. } => moment(seen),
        Fact::Closed { to, .. } => moment(to),
        Fact::Blind { span, .. } => Some(span),
        Fact::Idle { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::post::delivery::{Operation, Verdict};
    use crate::domain::post::problem::{Code, Problem};
    use crate::domain::roster::End;
    use crate::domain::{CallId, PeerId};
    use crate::error::Kind;

    const CALL: CallId = CallId(1);

    fn seen(facts: Vec<Fact>) -> Write {
        Write::Observed(Observed { facts, ..Observed::new(Instant(0)) })
    }

    fn confirmed(at: i64) -> Fact {
        Fact::Confirmed { call: CALL, at: Instant(at) }
    }

    fn opened(peer: i64, at: i64) -> Fact {
        let at = Instant(at);
        Fact::Opened { call: CALL, peer: PeerId(peer), joined: at, from: at, seen: at }
    }

    fn closed(peer: i64, from: i64, to: i64) -> Fact {
        Fact::Closed { call: CALL, peer: PeerId(peer), from: Instant(from), to: Instant(to), end: End::Left }
    }

    fn full() -> Error {
        Error::new(Kind::Unwritable, "no room")
    }

    fn trouble(why: &str) -> Option<News> {
        Some(News::Trouble { why: why.into(), mend: String::new() })
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// A disk that can be full.
    #[derive(Default)]
    struct Disk {
        trouble: Option<fn() -> Error>,
        tries: usize,
        written: Vec<Write>,
    }

    impl Disk {
        fn take(&mut self, unwritten: &mut Unwritten, now: u64) -> Result<Option<News>> {
            unwritten.flush(at(now), |write| {
                self.tries += 1;
                self.trouble.map_or(Ok(()), |trouble| Err(trouble()))?;
                self.written.push(write.clone());
                Ok(())
            })
        }

        fn facts(&self) -> Vec<Fact> {
            let facts = self.written.iter().filter_map(|write| match write {
                Write::Observed(seen) => Some(seen.facts.clone()),
                _ => None,
            });
            facts.flatten().collect()
        }
    }

    #[test]
    fn an_event_is_a_transaction_while_all_is_well() {
        let (mut unwritten, mut disk) = (Unwritten::default(), Disk::default());
        for n in 0..3 {
            unwritten.push(seen(vec![opened(n, n)]));
            assert_eq!(disk.take(&mut unwritten, 0).unwrap(), None);
        }
        assert_eq!(disk.written.len(), 3);
        unwritten.push(seen(vec![]));
        assert!(unwritten.is_empty());
    }

    #[test]
    fn what_cannot_be_written_waits_in_order_and_is_told_once() {
        let (mut unwritten, mut disk) = (Unwritten::default(), Disk { trouble: Some(full), ..Disk::default() });
        let settled = Write::Settled(Settlement {
            id: 7,
            operation: Operation::Send,
            idempotency_key: None,
            content_hash: "hash".into(),
            route: None,
            made_nothing: true,
            verdict: Verdict::Refused { problem: Problem::new(Code::Telegram, "CHAT_RESTRICTED") },
        });
        unwritten.push(seen(vec![opened(1, 10), confirmed(10)]));
        assert_eq!(disk.take(&mut unwritten, 0).unwrap(), trouble("no room"));
        unwritten.push(seen(vec![confirmed(20)]));
        unwritten.push(settled.clone());
        unwritten.push(seen(vec![closed(1, 10, 30), confirmed(30)]));
        // Too early to try.
        assert_eq!(disk.take(&mut unwritten, 1).unwrap(), None);
        assert_eq!(disk.tries, 1);
        assert_eq!(disk.take(&mut unwritten, 3).unwrap(), None);
        assert_eq!((disk.tries, unwritten.trouble()), (2, Some(("no room", 4))));
        disk.trouble = Some(|| Error::temporary("locked"));
        assert_eq!(disk.take(&mut unwritten, 6).unwrap(), trouble("locked"));
        disk.trouble = None;
        assert_eq!(disk.take(&mut unwritten, 9).unwrap(), Some(News::Mended(4)));
        assert_eq!(
            disk.written,
            [seen(vec![opened(1, 10), confirmed(20)]), settled, seen(vec![closed(1, 10, 30), confirmed(30)])]
        );
        assert!(unwritten.is_empty() && unwritten.trouble().is_none());
        assert_eq!(disk.take(&mut unwritten, 99).unwrap(), None);
    }

    #[test]
    fn an_error_that_does_not_pass_is_the_callers_and_what_waits_stays() {
        let (mut unwritten, mut disk) = (Unwritten::default(), Disk::default());
        disk.trouble = Some(|| Error::new(Kind::Damaged, "the file is damaged"));
        unwritten.push(seen(vec![opened(1, 10)]));
        assert_eq!(disk.take(&mut unwritten, 0).unwrap_err().kind, Kind::Damaged);
        assert!(unwritten.loss(crate::domain::time::zone::Zone::UTC).is_some());
    }

    #[test]
    fn waiting_for_long_costs_no_memory_and_many_facts_few_transactions() {
        let (mut unwritten, mut disk) = (Unwritten::default(), Disk { trouble: Some(full), ..Disk::default() });
        let watched = |to| Some(Span::new(Instant(0), Instant(to)));
        for n in 0..50_000 {
            unwritten.push(Write::Observed(Observed {
                facts: vec![confirmed(n)],
                watched: watched(n),
                ..Observed::new(Instant(n))
            }));
            disk.take(&mut unwritten, 0).unwrap();
        }
        assert_eq!((unwritten.waiting.len(), unwritten.size), (1, 1));
        let Write::Observed(last) = &unwritten.waiting[0] else { panic!("{unwritten:?}") };
        assert_eq!((last.watched, last.at), (watched(49_999), Instant(49_999)));
        let facts: Vec<Fact> = (0..10_000).map(|n| opened(n, n)).collect();
        facts.iter().for_each(|fact| unwritten.push(seen(vec![fact.clone()])));
        disk.trouble = None;
        assert_eq!(disk.take(&mut unwritten, 3).unwrap(), Some(News::Mended(10_001)));
        assert_eq!(disk.facts()[1..], facts);
        assert_eq!(disk.written.len(), 11);
    }

    #[test]
    fn each_watch_keeps_its_row() {
        let mut unwritten = Unwritten::default();
        for (from, to) in [(0, 10), (0, 20), (50, 50), (50, 70)] {
            let watched = Some(Span::new(Instant(from), Instant(to)));
            unwritten.push(Write::Observed(Observed { watched, ..Observed::new(Instant(to)) }));
        }
        let rows = unwritten.waiting.iter().map(|write| match write {
            Write::Observed(seen) => seen.watched.map(|span| (span.from.0, span.to.0)),
            _ => None,
        });
        assert_eq!(rows.collect::<Vec<_>>(), [Some((0, 20)), Some((50, 70))]);
    }

    #[test]
    fn memory_has_an_end() {
        let mut unwritten = Unwritten::default();
        unwritten.note(at(0), &full());
        let facts = || (0..1000).map(|n| opened(n, n)).collect();
        (1..MOST / 1000).for_each(|_| unwritten.push(seen(facts())));
        assert!(!unwritten.is_full());
        unwritten.push(seen(facts()));
        assert!(unwritten.is_full());
        let mut disk = Disk::default();
        disk.take(&mut unwritten, 3).unwrap();
        assert!(!unwritten.is_full());
    }

    #[test]
    fn a_loss_is_named_exactly() {
        let mut unwritten = Unwritten::default();
        unwritten.push(Write::Offset(3));
        assert_eq!(unwritten.loss(crate::domain::time::zone::Zone::UTC), None);
        unwritten.push(seen(vec![opened(1, 2_000_000_000), opened(2, 2_000_000_100), confirmed(2_000_000_100)]));
        unwritten.push(seen(vec![closed(1, 2_000_000_000, 2_000_000_700)]));
        assert_eq!(
            unwritten.loss(crate::domain::time::zone::Zone::TASHKENT).unwrap(),
            "what was seen of the call from 2033-05-18 08:33:20 to 08:45:00 (Asia/Tashkent): 2 came, 1 left"
        );
        let mut disk = Disk { trouble: Some(full), ..Disk::default() };
        disk.take(&mut unwritten, 0).unwrap();
        disk.trouble = None;
        unwritten.hurry();
        assert_eq!(disk.take(&mut unwritten, 1).unwrap(), Some(News::Mended(4)));
        assert_eq!(unwritten.loss(crate::domain::time::zone::Zone::UTC), None);
    }
}
