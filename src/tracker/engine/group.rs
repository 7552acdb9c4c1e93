//! One group: its roster machine, when its call is read, and when its posts are due.
//!
//! ```text
//! read in full ─── check ─── check ─── … ─── read in full       every 25–35 s, and every 5 minutes
//!      updates ↑     ↑ ↑ ↑       ↑                                a check confirms what the updates said
//! ```

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::calls::UnknownCalls;
use super::{
    Action, Edits, Engine, Failure, GroupId, Job, Lane, Loss, MIN_RETRY_INTERVAL, MOVED, OpenedGroup, Schedule, Shared,
};
use crate::domain::accounting::presence::Stay;
use crate::domain::people::{Known, Profile, Viewer, display};
use crate::domain::roster::{BlindReason, CallState, Changes, Event, Fact, GroupWatcher, Observed, Request, Update};
use crate::domain::text::duration;
use crate::domain::{CallId, Instant, PeerId, Span};
use crate::tracker::write_buffer::{StoreFailure, Write};

/// How often the roster is checked: at random between these two, so that a thousand trackers do not ask at once.
const CHECK_INTERVAL: (f64, f64) = (25.0, 35.0);
/// How often it is checked while the server changes it without pushing updates: between these two, but at most one
/// check a second over all groups.
const POLL_INTERVAL: (f64, f64) = (10.0, 12.0);
/// How often the roster is read in full.
const READ_INTERVAL: Duration = Duration::from_secs(300);
/// How long a gap between versions may fill by itself (rules §3.1).
const GAP_TIMEOUT: Duration = Duration::from_secs(1);
/// The longest pause after a request that Telegram refused.
const MAX_REQUEST_BACKOFF: Duration = Duration::from_secs(30);
/// At most one check in this time because of updates that could not be read.
const UNREADABLE_INTERVAL: Duration = Duration::from_secs(5);
/// At most one log line in this time about them.
const UNREADABLE_LOG_INTERVAL: Duration = Duration::from_secs(60);
/// How long a due post waits for the roster to be confirmed once more.
const FRESHEN_TIMEOUT: Duration = Duration::from_secs(15);
/// How often the schedule is looked at when nothing changes.
const SCHEDULE_INTERVAL: Duration = Duration::from_secs(60);
/// How often a sent post is looked at whose day is over, but not final yet.
const EDIT_INTERVAL: Duration = Duration::from_secs(10);
/// At most one look in this time, however often the group is confirmed.
const MIN_EDIT_INTERVAL: Duration = Duration::from_secs(2);
/// A stay that is seen this long after its start was under way before, in seconds.
const SEEN_LATE: i64 = 60;

/// What a group waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupTimer {
    /// A request waits, and none is under way: send it, unless Telegram asked to wait.
    Request,
    /// A gap between versions had its time to fill.
    Gap,
    /// The roster is to be checked, or read in full.
    Check,
    /// Updates could not be read: check whether the roster has changed.
    Unreadable,
    /// Updates of unknown calls wait: look up whose they are.
    UnknownCall,
    /// A post may be due.
    Schedule,
    /// A due post has its fresh roster, or waits no longer for it.
    Freshen,
    /// A flag file asks for a post.
    Flag,
    /// A sent post may have become final.
    Edits,
}

impl GroupTimer {
    pub(super) const ALL: [GroupTimer; 9] = [
        GroupTimer::Request,
        GroupTimer::Gap,
        GroupTimer::Check,
        GroupTimer::Unreadable,
        GroupTimer::UnknownCall,
        GroupTimer::Schedule,
        GroupTimer::Freshen,
        GroupTimer::Flag,
        GroupTimer::Edits,
    ];
}

/// A call as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallView {
    pub call: CallId,
    /// The start of its first stay that is known.
    pub since: Option<Instant>,
    /// Since when, and why, it is not seen.
    pub blind: Option<(Instant, BlindReason)>,
    /// Everybody in it, with the stay up to now, or up to the last confirmed instant while it is not seen.
    pub people: Vec<(Profile, Stay)>,
}

/// Updates that could not be read.
#[derive(Debug, Default)]
struct Unreadable {
    /// When the roster is to be checked because of them.
    check_at: Option<Duration>,
    checked: Option<Duration>,
    /// Since the last log line.
    count: u64,
    logged: Option<Duration>,
}

/// A post is due and waits for a roster that was confirmed after `wanted`.
#[derive(Clone, Copy, Debug)]
struct Freshen {
    wanted: Instant,
    until: Duration,
}

/// What is being composed and stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Queueing {
    Due,
    Flagged,
}

#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) id: GroupId,
    pub(super) title: Option<String>,
    username: Option<String>,
    peer: Option<PeerId>,
    migrated_from: Option<PeerId>,
    watcher: GroupWatcher,
    /// The start of the first stay in the call that is followed, or was.
    began: Option<(CallId, Instant)>,
    /// What the store has of people, so that unchanged profiles are not written again.
    known: HashMap<PeerId, Known>,
    /// People who were shown before the store had the group.
    early: Vec<Known>,
    /// The last instant at which the group was seen, call or no call.
    pub(super) confirmed: Option<Instant>,
    /// Since when it is watched without a break.
    watched_since: Option<Instant>,
    /// From the first to the last confirmed instant of this run.
    pub(super) run: Option<Span>,
    /// Posts that this run sent.
    pub(super) posted: usize,
    requests: VecDeque<Request>,
    pub(super) in_flight: Option<Request>,
    pub(super) check_at: Duration,
    read_at: Duration,
    gap_at: Option<Duration>,
    /// Until then Telegram is not asked about the call.
    quiet: Duration,
    /// Because Telegram asked to wait.
    flooded: bool,
    /// Requests that failed in a row.
    failures: u32,
    calls: UnknownCalls,
    unreadable: Unreadable,
    /// Checks find changes that no update announced: check more often.
    polling: bool,
    /// Of earlier calls and connections.
    changes: Changes,
    /// Of the followed call, when it was looked at last.
    changes_seen: Changes,
    pub(super) schedule: Job,
    freshen: Option<Freshen>,
    pub(super) next_post: Option<Instant>,
    /// The age of a flag file that asks for a post.
    pub(super) flag: Option<Option<Instant>>,
    queueing: Option<Queueing>,
    pub(super) edits: Job,
    /// A sent post can become final once an instant at or after this one is confirmed.
    final_after: Option<Instant>,
    /// When sent posts were looked at for the last time.
    edits_looked: Duration,
}

impl Group {
    pub(super) fn new(id: GroupId, title: Option<String>) -> Group {
        Group { id, title, ..Group::default() }
    }

    /// The group is found: what the store knows of it is taken up.
    pub(super) fn found(&mut self, found: OpenedGroup, shared: &mut Shared) {
        self.peer = Some(found.peer);
        self.migrated_from = found.migrated_from;
        self.title = Some(found.title);
        self.username = found.username;
        if self.watcher.call().is_none()
            && let Some(last) = found.last_call
        {
            self.began = last.began.map(|at| (last.call, at));
            self.watcher = GroupWatcher::resume(last.call, last.confirmed, last.over, last.saved);
        }
        self.watcher.seen_before(found.confirmed);
        self.confirmed = found.confirmed;
        self.persist(Vec::new(), vec![found.me], None, shared);
    }

    /// A new connection.
    pub(super) fn connected(&mut self, shared: &mut Shared) {
        let now = shared.steady();
        self.watched_since = None;
        self.quiet = Duration::ZERO;
        self.flooded = false;
        self.failures = 0;
        self.check_at = now + self.check_interval(1, shared);
        self.read_at = now + READ_INTERVAL;
        self.schedule.due_now(now);
        self.edits.due_now(now);
    }

    /// The connection is gone, with every request on it.
    pub(super) fn disconnected(&mut self) {
        self.requests.clear();
        self.in_flight = None;
        self.gap_at = None;
        self.freshen = None;
        self.unreadable.check_at = None;
        self.calls.disconnected();
    }

    /// How long until the roster is checked again; `polling` is the number of groups that are polled.
    fn check_interval(&mut self, polling: usize, shared: &mut Shared) -> Duration {
        let (low, high) = if self.polling { POLL_INTERVAL } else { CHECK_INTERVAL };
        let seconds = shared.jitter.between(low, high);
        Duration::from_secs_f64(if self.polling { seconds.max(polling as f64) } else { seconds })
    }

    /// Nothing is asked, and nothing waits to be asked.
    fn is_idle(&self) -> bool {
        self.in_flight.is_none() && self.requests.is_empty()
    }

    /// Whether a stopped tracker has its final read, or can't have it.
    pub(super) fn is_read(&self, now: Duration) -> bool {
        now < self.quiet || (self.is_idle() && self.gap_at.is_none() && self.check_at > now)
    }

    /// How long Telegram asked to wait.
    pub(super) fn flood_wait(&self, now: Duration) -> Option<Duration> {
        (self.flooded && self.quiet > now).then(|| self.quiet - now)
    }

    #[cfg(test)]
    pub(super) fn quiet(&self) -> Duration {
        self.quiet
    }

    #[cfg(test)]
    pub(super) fn version(&self) -> Option<i32> {
        self.watcher.version()
    }

    pub(super) fn changes(&self) -> Changes {
        self.changes
    }

    /// Feeds the roster machine; returns its facts, and the last instant that they confirm.
    fn handle(&mut self, events: impl IntoIterator<Item = Event>, now: Duration) -> (Vec<Fact>, Option<Instant>) {
        let mut facts = Vec::new();
        for event in events {
            let output = self.watcher.handle(event);
            facts.extend(output.facts);
            for request in output.requests {
                match request {
                    // No request: it goes on beside one.
                    Request::Wait => self.gap_at = Some(now + GAP_TIMEOUT),
                    request => self.requests.push_back(request),
                }
            }
            self.count_changes();
        }
        let confirmed = facts.iter().filter_map(|fact| match fact {
            Fact::Confirmed { at, .. } | Fact::Idle { at } => Some(*at),
            _ => None,
        });
        let confirmed = confirmed.max();
        (facts, confirmed)
    }

    /// A server that changes the roster without pushing updates is polled, until it pushes again.
    fn count_changes(&mut self) {
        let (changes, seen) = (self.watcher.changes(), self.changes_seen);
        // Of another call the count starts again.
        let news = |now: u64, before: u64| if now < before { now } else { now - before };
        let (pushed, found) = (news(changes.pushed, seen.pushed), news(changes.found, seen.found));
        self.changes_seen = changes;
        self.changes.pushed += pushed;
        self.changes.found += found;
        self.polling = found > 0 || (self.polling && pushed == 0);
    }

    /// Takes over the group's title and username, where an answer or update shows them.
    fn take_name(&mut self, people: &[Known], shared: &mut Shared) {
        let shown = people.iter().rev().find(|known| Some(known.profile.peer) == self.peer);
        let Some(Known { profile, access_hash }) = shown else { return };
        let (title, shown) = profile.as_group();
        // A short description has no username.
        let username = if access_hash.is_some() { shown } else { self.username.clone() };
        if self.title.as_ref() != Some(&title) || self.username != username {
            let name = display(profile, Viewer::Terminal);
            tracing::info!("the group is now called {}", name.with_id());
            (self.title, self.username) = (Some(title.clone()), username.clone());
            shared.buffer.push(Write::Renamed(self.id, title, username));
        }
    }

    /// Hands facts and changed profiles to the write buffer, for one transaction, and logs what happened.
    fn persist(&mut self, mut facts: Vec<Fact>, people: Vec<Known>, watched: Option<Span>, shared: &mut Shared) {
        let mut observed = Observed { watched, ..Observed::new(shared.at()) };
        if self.peer.is_none() {
            // The store may not have the group yet, and what is seen may wait for the lookup of its call.
            self.early.extend(people);
        } else {
            for known in self.early.drain(..).chain(people) {
                if self.known.get(&known.profile.peer) != Some(&known) {
                    self.known.insert(known.profile.peer, known.clone());
                    observed.people.push(known);
                }
            }
        }
        for fact in &facts {
            self.log(fact);
            if let Fact::Opened { call, from, .. } = fact {
                let began = self.began_of(*call).map_or(*from, |at| at.min(*from));
                self.began = Some((*call, began));
            }
        }
        facts.retain(|fact| !matches!(fact, Fact::Idle { .. }));
        observed.facts = facts;
        if !observed.is_empty() {
            shared.buffer.push(Write::Observed(self.id, observed));
        }
    }

    fn log(&self, fact: &Fact) {
        let name = |peer: &PeerId| display(&self.profile(*peer), Viewer::Terminal);
        match fact {
            Fact::Following { call, .. } => tracing::info!("call {call}: following"),
            Fact::Opened { peer, joined, seen, .. } if *seen - *joined > SEEN_LATE => {
                tracing::info!("{} has been in the call for {}", name(peer), duration(*seen - *joined));
            }
            Fact::Opened { peer, .. } => tracing::info!("{} joined", name(peer)),
            Fact::Closed { peer, from, to, end, .. } => {
                tracing::info!("{} left after {} ({})", name(peer), duration(*to - *from), end.code());
            }
            Fact::Blind { peer: None, span, reason, .. } => {
                tracing::warn!("the call was not seen for {} ({})", duration(span.seconds()), reason.code());
            }
            Fact::Ended { call, watched, .. } => {
                tracing::info!("call {call}: over{}", if *watched { "" } else { "; its end was not seen" });
            }
            Fact::Blind { peer: Some(_), .. } | Fact::Seen { .. } | Fact::Confirmed { .. } | Fact::Idle { .. } => {}
        }
    }

    fn began_of(&self, call: CallId) -> Option<Instant> {
        self.began.filter(|(began, _)| *began == call).map(|(_, at)| at)
    }

    fn profile(&self, peer: PeerId) -> Profile {
        self.known.get(&peer).map_or_else(|| Profile::unknown(peer), |known| known.profile.clone())
    }

    /// The call as it is shown at `now`. Beyond the confirmed instant this is an outlook, and there is none while the
    /// call is not seen.
    pub(super) fn view(&self, now: Instant, online: bool) -> Option<CallView> {
        let call = self.watcher.call()?;
        let (confirmed, blind) = (self.watcher.confirmed(), self.watcher.blind());
        let until = confirmed.map(|at| if online && blind.is_none() { now.max(at) } else { at });
        let people = self.watcher.present().map(|(peer, present)| {
            let until = until.unwrap_or(present.seen).max(present.seen);
            (self.profile(peer), Stay { call, peer, span: Span::new(present.from, until), open: true })
        });
        let blind = blind.map(|reason| (confirmed.unwrap_or(now), reason));
        Some(CallView { call, since: self.began_of(call), blind, people: people.collect() })
    }

    /// An update of a call; `Some` if the roster machine is to see it now.
    fn route(&mut self, call: CallId, event: Event, now: Duration) -> Option<Event> {
        if self.watcher.call() == Some(call) { Some(event) } else { self.calls.take(call, event, now) }
    }

    /// Whether a call update that names `peer` can be about this group.
    fn is_named(&self, peer: PeerId) -> bool {
        self.peer == Some(peer) || self.migrated_from == Some(peer)
    }

    /// The events of one container that this group's roster machine is to see now, in order.
    fn events_of(&mut self, update: &Update, now: Duration) -> Vec<Event> {
        let mut events = Vec::new();
        for event in &update.events {
            match event {
                Event::Participants { call, .. } => events.extend(self.route(*call, event.clone(), now)),
                other => events.push(other.clone()),
            }
        }
        for one in &update.calls {
            let event = Event::Call { at: one.at, call: one.call, state: one.state };
            if one.state == CallState::Discarded {
                self.calls.discarded(one.call);
            }
            match one.peer {
                Some(peer) if self.is_named(peer) => events.push(event),
                Some(_) => {}
                // Only the id can tell.
                None => events.extend(self.route(one.call, event, now)),
            }
        }
        events
    }

    /// Something came that could not be read. If it was a change of the roster, a check shows it: what it said is lost,
    /// but the versions tell that something is missing (rules §3.3).
    fn unreadable(&mut self, now: Duration) {
        let unreadable = &mut self.unreadable;
        unreadable.count += 1;
        if unreadable.logged.is_none_or(|logged| now >= logged + UNREADABLE_LOG_INTERVAL) {
            tracing::warn!("{} updates could not be read; the roster is checked", unreadable.count);
            (unreadable.count, unreadable.logged) = (0, Some(now));
        }
        let earliest = unreadable.checked.map_or(now, |checked| now.max(checked + UNREADABLE_INTERVAL));
        unreadable.check_at.get_or_insert(earliest);
    }
}

impl Engine {
    /// Until when a group's timer waits; `None` while it waits for something else than time.
    pub(super) fn group_deadline(&self, group: &Group, timer: GroupTimer) -> Option<Duration> {
        if !self.is_online() {
            return None;
        }
        let now = self.shared.steady();
        let ready = self.store_is_ready() && self.stopping.is_none() && group.queueing.is_none();
        match timer {
            GroupTimer::Request => (group.in_flight.is_none() && !group.requests.is_empty()).then_some(group.quiet),
            GroupTimer::Gap => group.gap_at,
            GroupTimer::Check => group.is_idle().then(|| group.check_at.min(group.read_at).max(group.quiet)),
            GroupTimer::Unreadable => {
                group.unreadable.check_at.filter(|_| group.is_idle()).map(|at| at.max(group.quiet))
            }
            GroupTimer::UnknownCall => group.calls.deadline().filter(|_| group.is_idle()),
            GroupTimer::Schedule => {
                let waits = self.shared.options.post && group.confirmed.is_some() && group.freshen.is_none();
                group.schedule.deadline().filter(|_| ready && waits)
            }
            GroupTimer::Freshen => group.freshen.filter(|_| ready).map(|freshen| {
                let fresh = group.confirmed.is_some_and(|confirmed| confirmed >= freshen.wanted);
                if fresh { now } else { freshen.until }
            }),
            GroupTimer::Flag => (ready && group.flag.is_some()).then_some(now),
            GroupTimer::Edits => group.edits.deadline().filter(|_| ready),
        }
    }

    pub(super) fn fire_group(&mut self, id: GroupId, timer: GroupTimer) {
        let now = self.shared.steady();
        let polling = self.groups.iter().filter(|group| group.polling).count();
        let group = &mut self.groups[id.0];
        match timer {
            GroupTimer::Request => {
                if let Some(request) = group.requests.pop_front() {
                    if request == Request::Lookup {
                        group.calls.lookup_sent(now);
                    }
                    group.in_flight = Some(request.clone());
                    self.shared.act(Action::Request { group: id, request });
                }
            }
            GroupTimer::Gap => {
                group.gap_at = None;
                self.feed(id.0, Event::WaitOver);
            }
            GroupTimer::Check => {
                let full = now >= group.read_at || group.failures > 0;
                if full {
                    group.read_at = now + READ_INTERVAL;
                }
                group.check_at = now + group.check_interval(polling, &mut self.shared);
                self.feed(id.0, Event::Due { full });
            }
            GroupTimer::Unreadable => {
                (group.unreadable.check_at, group.unreadable.checked) = (None, Some(now));
                group.check_at = now + group.check_interval(polling, &mut self.shared);
                self.feed(id.0, Event::Due { full: false });
            }
            GroupTimer::UnknownCall => {
                let held = group.calls.release();
                self.observe(id.0, held, Vec::new());
            }
            GroupTimer::Schedule => {
                group.schedule.start();
                self.shared.act(Action::CheckSchedule { group: id });
            }
            GroupTimer::Freshen => {
                group.queueing = Some(Queueing::Due);
                self.shared.act(Action::QueuePosts { group: id });
            }
            GroupTimer::Flag => {
                if let Some(at) = group.flag {
                    group.queueing = Some(Queueing::Flagged);
                    self.shared.act(Action::QueueFlagged { group: id, at });
                }
            }
            GroupTimer::Edits => {
                group.edits.start();
                group.edits_looked = now;
                self.shared.act(Action::QueueEdits { group: id });
            }
        }
    }

    pub(super) fn feed(&mut self, index: usize, event: Event) {
        self.observe(index, vec![event], Vec::new());
    }

    /// Something was seen: the roster machine decides, the store writes, then it counts.
    fn observe(&mut self, index: usize, events: Vec<Event>, people: Vec<Known>) {
        let polling = self.groups.iter().filter(|group| group.polling).count();
        let (shared, group) = (&mut self.shared, &mut self.groups[index]);
        let polled = group.polling;
        group.take_name(&people, shared);
        let (facts, confirmed) = group.handle(events, shared.steady());
        if group.polling && !polled {
            group.check_at = group.check_at.min(shared.steady() + group.check_interval(polling + 1, shared));
        }
        let watched = confirmed.map(|at| Span::new(*group.watched_since.get_or_insert(at), at));
        group.persist(facts, people, watched, shared);
        if let Some(at) = confirmed {
            group.confirmed = group.confirmed.max(Some(at));
            if group.final_after.take_if(|after| at >= *after).is_some() {
                // Boards are computed for it: in a storm of updates not with each of them.
                group.edits.due_now(shared.steady().max(group.edits_looked + MIN_EDIT_INTERVAL));
            }
            group.run = Some(group.run.map_or(Span::new(at, at), |run| Span::new(run.from, run.to.max(at))));
            self.confirmed_at(at);
        }
    }

    /// Containers of updates, in order, in one transaction a group.
    pub(super) fn updates(&mut self, updates: Vec<Update>) -> Option<Loss> {
        let now = self.shared.steady();
        self.connection.received = now;
        let mut events = vec![Vec::new(); self.groups.len()];
        let (mut people, mut closed, mut wrong) = (Vec::new(), false, None);
        for update in updates {
            if let Some(why) = update.at.and_then(|at| self.take_date(at)) {
                // What is old, and about no call, may have waited somewhere.
                let is_about_calls = !update.events.is_empty() || !update.calls.is_empty();
                wrong = Some(why).filter(|_| is_about_calls || update.at > Some(self.shared.at())).or(wrong);
                continue;
            }
            closed |= update.closed;
            for (group, events) in self.groups.iter_mut().zip(&mut events) {
                events.extend(group.events_of(&update, now));
                if update.unreadable {
                    group.unreadable(now);
                }
            }
            people.extend(update.people);
        }
        for (index, events) in events.into_iter().enumerate() {
            self.observe(index, events, people.clone());
        }
        if self.shared.buffer.is_full() {
            let why = "the store can't be written, and memory for what is seen is full";
            return Some(Loss { reason: BlindReason::Gap, ..Loss::new(why) });
        }
        // Until the connection is open, nothing was seen on it that could be missed now.
        if let Some(why) = wrong.filter(|_| self.is_online()) {
            return Some(self.wrong_date(why));
        }
        closed.then(|| Loss::new("Telegram closed the connection"))
    }

    /// Takes the date of what was received; if it is not believed, what was received counts nothing, and this says why.
    fn take_date(&mut self, at: Instant) -> Option<String> {
        let (now, before) = (self.shared.now, self.shared.at());
        if !self.shared.clock.believes(at, now) {
            return Some(self.shared.clock.explain(at, now));
        }
        self.shared.clock.note(at, now);
        self.clock_moved(before);
        None
    }

    /// Telegram's time was `before` a moment ago. A jump changes what is due.
    pub(super) fn clock_moved(&mut self, before: Instant) {
        if (self.shared.at() - before).saturating_abs() > 1 {
            let now = self.shared.steady();
            for group in &mut self.groups {
                group.schedule.due_now(now);
                group.edits.due_now(now);
            }
            self.lanes.iter_mut().for_each(|lane| lane.due_now(now));
        }
    }

    /// The answer to the group's request.
    pub(super) fn answered(&mut self, id: GroupId, answer: Result<Box<Update>, Failure>) -> Option<Loss> {
        let now = self.shared.steady();
        let request = self.groups[id.0].in_flight.take();
        let update = match answer {
            Ok(update) => update,
            Err(failure) => return self.refused(id, request, failure),
        };
        if let Some(why) = update.at.and_then(|at| self.take_date(at)) {
            return Some(self.wrong_date(why));
        }
        let group = &mut self.groups[id.0];
        group.failures = 0;
        let found = update.events.iter().find_map(|event| match event {
            Event::Found { call, .. } => Some(call.map(|(call, _)| call)),
            _ => None,
        });
        if let Some(ours) = found {
            group.calls.answered(ours, now);
        }
        self.observe(id.0, update.events, update.people);
        None
    }

    /// A request about the call failed: an error never means "left" (rules §2.3).
    fn refused(&mut self, id: GroupId, request: Option<Request>, failure: Failure) -> Option<Loss> {
        let now = self.shared.steady();
        let group = &mut self.groups[id.0];
        // The call that is followed is seen: a lookup that fails is about other calls.
        let sees = group.watcher.call().is_some() && group.watcher.blind().is_none();
        if request == Some(Request::Lookup) && sees {
            let wait = match &failure {
                Failure::Flood { seconds } => Some(Duration::from_secs((*seconds).into())),
                Failure::Refused { moved: false, .. } => Some(Duration::ZERO),
                _ => None,
            };
            if let Some(wait) = wait {
                group.calls.failed(now, wait);
                self.feed(id.0, Event::LookupFailed);
                return None;
            }
        }
        let (reason, pause, why) = match failure {
            Failure::Flood { seconds } => {
                let pause = Duration::from_secs(seconds.into());
                (BlindReason::FloodWait, pause, format!("Telegram asks to wait {seconds} s"))
            }
            Failure::Refused { why, moved: false } => {
                let pause = Duration::from_secs(1 << (group.failures + 1).min(5)).min(MAX_REQUEST_BACKOFF);
                (BlindReason::Gap, pause, why)
            }
            Failure::Refused { moved: true, .. } => {
                return Some(Loss { find_again: true, ..Loss::new(MOVED) });
            }
            failure => return self.connection_failed(failure),
        };
        tracing::warn!("{why}; next request in {} s", pause.as_secs());
        group.failures += 1;
        group.requests.clear();
        group.quiet = now + pause;
        group.flooded = reason == BlindReason::FloodWait;
        group.check_at = group.quiet;
        group.calls.failed(now, pause);
        self.outage_started(&format!("{}: {why}", reason.code()));
        self.feed(id.0, Event::Failed(reason));
        None
    }

    pub(super) fn schedule_checked(&mut self, id: GroupId, schedule: Result<Schedule, StoreFailure>) {
        let now = self.shared.steady();
        match schedule {
            Ok(Schedule { due, next }) => {
                let wanted = self.shared.at();
                let next_at = self.shared.steady_at(next).clamp(now + MIN_RETRY_INTERVAL, now + SCHEDULE_INTERVAL);
                let group = self.group(id);
                group.next_post = Some(next);
                group.schedule.finish((!due).then_some(next_at));
                if due {
                    // A fresh look at the call comes first, but no post waits for it for long.
                    group.freshen = Some(Freshen { wanted, until: now + FRESHEN_TIMEOUT });
                    group.check_at = now;
                }
            }
            Err(failure) => {
                self.group(id).schedule.finish(Some(now));
                self.store_failed(failure);
            }
        }
    }

    pub(super) fn posts_queued(&mut self, id: GroupId, queued: Result<(), StoreFailure>) {
        let now = self.shared.steady();
        let queueing = self.group(id).queueing.take();
        match queued {
            Ok(()) => {
                let group = self.group(id);
                match queueing {
                    Some(Queueing::Flagged) => group.flag = None,
                    _ => group.freshen = None,
                }
                group.schedule.due_now(now + MIN_RETRY_INTERVAL);
                // It may be late one day.
                self.alerts.due_now(now);
                self.lanes[Lane::Posts as usize].due_now(now);
            }
            Err(failure) => self.store_failed(failure),
        }
    }

    pub(super) fn edits_queued(&mut self, id: GroupId, edits: Result<Edits, StoreFailure>) {
        let now = self.shared.steady();
        match edits {
            Ok(Edits { queued, next }) => {
                let at = self.shared.at();
                self.group(id).final_after = next;
                let next = next.map(|next| if next <= at { now + EDIT_INTERVAL } else { self.shared.steady_at(next) });
                self.group(id).edits.finish(next);
                if queued {
                    self.lanes[Lane::Posts as usize].due_now(now);
                }
            }
            Err(failure) => {
                self.group(id).edits.finish(Some(now));
                self.store_failed(failure);
            }
        }
    }
}
