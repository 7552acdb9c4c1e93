//! One group: its roster machine, when its call is read, and when its posts are due.
//!
//! ```text
//! read in full ─── check ─── check ─── … ─── read in full       every 25–35 s, and every 5 minutes
//!      updates ↑     ↑ ↑ ↑       ↑                                a check confirms what the updates said
//! ```

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::clock::GroupClock;
use super::requests::Method;
use super::sweep::Standing;
use super::{
    Action, Edits, Engine, Failure, GroupId, Job, Lane, Loss, MIN_RETRY_INTERVAL, MOVED, OpenedGroup, Schedule, Shared,
};
use crate::domain::accounting::presence::Stay;
use crate::domain::accounting::silence::QuestionCheck;
use crate::domain::meet::reminder::ReminderCheck;
use crate::domain::people::{Known, Profile, Viewer, display};
use crate::domain::pulse::weekly::Weekly;
use crate::domain::rights::GroupRights;
use crate::domain::roster::signs::SignWatcher;
use crate::domain::roster::{
    BlindReason, CallState, Changes, Event, Fact, GroupWatcher, Observed, Present, Request, Update,
};
use crate::domain::text::{clean, duration};
use crate::domain::{CallId, Instant, PeerId, Span};
use crate::tracker::write_buffer::{StoreFailure, Write};

/// How often the roster is checked: at random between these two, so that many trackers do not send at the same time.
const CHECK_INTERVAL: (f64, f64) = (25.0, 35.0);
/// How often the roster is checked while the server changes it without pushing updates: between these two, but at most
/// one check a second over all groups.
const POLL_INTERVAL: (f64, f64) = (10.0, 12.0);
/// How often the roster is read in full.
const READ_INTERVAL: Duration = Duration::from_secs(300);
/// How long a gap between versions may fill by itself (rules §3.1).
const GAP_TIMEOUT: Duration = Duration::from_secs(1);
/// The longest pause after a request that Telegram refused.
const MAX_REQUEST_BACKOFF: Duration = Duration::from_secs(30);
/// At most one check in this time because of updates that could not be read.
const UNREADABLE_INTERVAL: Duration = Duration::from_secs(5);
/// At most one log line in this time about unreadable updates.
const UNREADABLE_LOG_INTERVAL: Duration = Duration::from_secs(60);
/// How long a due post waits until the roster is confirmed again; the second for an account of several groups, whose
/// calls can't all be checked in one moment.
const FRESHEN_TIMEOUT: Duration = Duration::from_secs(15);
const SHARED_FRESHEN_TIMEOUT: Duration = Duration::from_secs(5);
/// How often the schedule is checked when nothing changes; but at most one check a second over all groups.
const SCHEDULE_INTERVAL: Duration = Duration::from_secs(60);
/// How often a sent post is checked if its day is over but not final yet.
const EDIT_INTERVAL: Duration = Duration::from_secs(10);
/// At most one check of sent posts in this time, however often the group is confirmed.
const MIN_EDIT_INTERVAL: Duration = Duration::from_secs(2);
/// If a stay is first seen this long after its start, the person was in the call before, in seconds.
const SEEN_LATE: i64 = 60;

/// What a group waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupTimer {
    /// A gap between versions had its time to fill.
    Gap,
    /// The roster is to be checked, or read in full.
    Check,
    /// A post may be due.
    Schedule,
    /// A due post has a freshly confirmed roster, or does not wait for it any longer.
    Freshen,
    /// A flag file asks for a post.
    Flag,
    /// A sent post may have become final.
    Edits,
    /// A phase of the rhythm ends, or the call or the rhythm has changed.
    Clock,
    /// Somebody may have to be reminded of an appointment.
    Reminders,
    /// Somebody who is silent may have to be asked whether they are still there.
    Silence,
    /// The organiser's message of the week may be due.
    Pulse,
}

impl GroupTimer {
    pub(super) const ALL: [GroupTimer; 10] = [
        GroupTimer::Gap,
        GroupTimer::Check,
        GroupTimer::Schedule,
        GroupTimer::Freshen,
        GroupTimer::Flag,
        GroupTimer::Edits,
        GroupTimer::Clock,
        GroupTimer::Reminders,
        GroupTimer::Silence,
        GroupTimer::Pulse,
    ];
}

/// A call as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallView {
    pub call: CallId,
    /// The start of the first known stay in it.
    pub since: Option<Instant>,
    /// Since when the call is not seen, and why.
    pub blind: Option<(Instant, BlindReason)>,
    /// Everybody in the call who is counted, with the stay up to now, or up to the last confirmed instant while the
    /// call is not seen.
    pub people: Vec<(Profile, Stay)>,
    /// How many people in the call are not counted: they have left the boards, or have not agreed (rules §7).
    pub uncounted: usize,
}

/// Updates that could not be read.
#[derive(Debug, Default)]
pub(super) struct Unreadable {
    /// When the roster is to be checked because of them.
    pub(super) check_at: Option<Duration>,
    checked: Option<Duration>,
    /// Unreadable updates since the last log line.
    count: u64,
    logged: Option<Duration>,
}

/// A post is due and waits for a roster that was confirmed after `wanted`.
#[derive(Clone, Copy, Debug)]
struct Freshen {
    wanted: Instant,
    until: Duration,
}

/// Which posts are being composed and stored.
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
    pub(super) standing: Standing,
    pub(super) watcher: GroupWatcher,
    signs: SignWatcher,
    /// The start of the first stay in the followed call, or in the last one.
    began: Option<(CallId, Instant)>,
    /// People as they are in the store, so that unchanged profiles are not written again.
    known: HashMap<PeerId, Known>,
    /// What people decided about what is stored of them and shown.
    rights: GroupRights,
    /// People who were seen before the store had the group.
    early: Vec<Known>,
    /// The last instant at which the group was seen, with or without a call.
    pub(super) confirmed: Option<Instant>,
    /// Since when the group is watched without a break.
    watched_since: Option<Instant>,
    /// From the first to the last confirmed instant of this run.
    pub(super) run: Option<Span>,
    /// Posts that this run sent.
    pub(super) posted: usize,
    requests: VecDeque<Request>,
    /// When the group's last request was sent.
    served: Duration,
    pub(super) in_flight: Option<Request>,
    pub(super) check_at: Duration,
    read_at: Duration,
    gap_at: Option<Duration>,
    /// Until then no request about the call is sent.
    quiet: Duration,
    /// `quiet` is set because Telegram asked to wait.
    flooded: bool,
    /// Requests that failed in a row.
    failures: u32,
    /// Checks find changes that no update announced: check more often.
    polling: bool,
    /// Changes of earlier calls and connections.
    changes: Changes,
    /// Changes of the followed call when they were last counted.
    changes_seen: Changes,
    pub(super) schedule: Job,
    freshen: Option<Freshen>,
    pub(super) next_post: Option<Instant>,
    /// The time of a flag file that requests a post.
    pub(super) flag: Option<Option<Instant>>,
    queueing: Option<Queueing>,
    pub(super) edits: Job,
    pub(super) reminders: Job,
    pub(super) silence: Job,
    /// How many seconds after somebody joins they may have to be asked; `None`: nobody is asked.
    asked_after: Option<i64>,
    pub(super) pulse: Job,
    /// A sent post can become final once an instant at or after this one is confirmed.
    final_after: Option<Instant>,
    /// When sent posts were looked at for the last time.
    edits_looked: Duration,
    pub(super) clock: GroupClock,
}

impl Group {
    pub(super) fn new(id: GroupId, title: Option<String>) -> Group {
        Group { id, title, ..Group::default() }
    }

    /// The group is found: takes over what the store has about it.
    pub(super) fn found(&mut self, found: OpenedGroup, shared: &mut Shared) {
        self.peer = Some(found.peer);
        self.migrated_from = found.migrated_from;
        self.title = Some(found.title);
        self.username = found.username;
        self.standing = Standing::Found;
        self.rights = found.rights;
        if found.clock {
            self.clock.turn.due_now(shared.steady());
        }
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
        self.check_at = now + self.check_interval(Load::default(), shared);
        self.read_at = now + READ_INTERVAL;
        self.schedule.due_now(now);
        self.edits.due_now(now);
        self.clock.look_again(now);
        self.reminders.due_now(now);
        self.silence.due_now(now);
        self.pulse.due_now(now);
    }

    /// The connection is gone, with every request on it.
    pub(super) fn disconnected(&mut self) {
        self.requests.clear();
        self.in_flight = None;
        self.gap_at = None;
        self.freshen = None;
        if let Standing::Asked { failures } = self.standing {
            self.standing = Standing::Wanted { at: Duration::ZERO, failures };
        }
    }

    /// How long until the roster is checked again.
    fn check_interval(&mut self, load: Load, shared: &mut Shared) -> Duration {
        let (low, high) = if self.polling { POLL_INTERVAL } else { CHECK_INTERVAL };
        let calls = if self.polling { load.polled } else { load.live };
        Duration::from_secs_f64(shared.jitter.between(low, high).max(calls as f64))
    }

    /// No request is under way or waits.
    fn is_idle(&self) -> bool {
        self.in_flight.is_none() && self.requests.is_empty()
    }

    /// Whether a stopped tracker has its final read, or can't have it. With several groups, the sweep is the final read
    /// of groups without a call.
    pub(super) fn is_read(&self, now: Duration, many: bool) -> bool {
        let is_swept = self.standing != Standing::Found || (many && self.watcher.call().is_none());
        is_swept || now < self.quiet || (self.is_idle() && self.gap_at.is_none() && self.check_at > now)
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
            facts.extend(self.signs.handle(&event, self.watcher.call()));
            let output = self.watcher.handle(event);
            facts.extend(output.facts);
            for request in output.requests {
                match request {
                    // This is no request, so it does not wait for the one under way.
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

    /// If a server changes the roster without pushing updates, it is polled until it pushes again.
    fn count_changes(&mut self) {
        let (changes, seen) = (self.watcher.changes(), self.changes_seen);
        // For another call the count starts again.
        let news = |now: u64, before: u64| if now < before { now } else { now - before };
        let (pushed, found) = (news(changes.pushed, seen.pushed), news(changes.found, seen.found));
        self.changes_seen = changes;
        self.changes.pushed += pushed;
        self.changes.found += found;
        self.polling = found > 0 || (self.polling && pushed == 0);
    }

    /// Takes over the group's title and username from an answer or update.
    pub(super) fn take_name(&mut self, people: &[Known], shared: &mut Shared) {
        let shown = people.iter().rev().find(|known| Some(known.profile.peer) == self.peer);
        let Some(Known { profile, access_hash }) = shown else { return };
        let (title, shown) = profile.as_group();
        // A short (`min`) profile has no username.
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
            // The store may not have the group yet, and updates may wait for the lookup of its call.
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
            self.log(fact, shared.many);
            if let Fact::Opened { call, from, .. } = fact {
                let began = self.began_of(*call).map_or(*from, |at| at.min(*from));
                self.began = Some((*call, began));
                self.ask_later(*from, shared);
            }
        }
        facts.retain(|fact| !matches!(fact, Fact::Idle { .. }));
        observed.facts = facts;
        if !observed.is_empty() {
            shared.buffer.push(Write::Observed(vec![(self.id, observed)]));
        }
    }

    /// Somebody is in the call since `from`. For people who were there before, a check is due already.
    fn ask_later(&mut self, from: Instant, shared: &Shared) {
        if let (None, Some(after)) = (self.silence.deadline(), self.asked_after) {
            self.silence.due_now(shared.steady_at(from + after).max(shared.steady()));
        }
    }

    /// What people decided has changed. For people who are newly counted, and for people who left and returned between
    /// two calls of this function, the store gets the profiles and open stays again. It knows from when on they count.
    fn take_rights(&mut self, rights: GroupRights, shared: &mut Shared) {
        let before = std::mem::replace(&mut self.rights, rights);
        let is_new =
            |peer: PeerId| self.rights.is_counted(peer) && before.counted_from(peer) != self.rights.counted_from(peer);
        let people = self.known.values().filter(|known| is_new(known.profile.peer)).cloned().collect();
        let call = self.watcher.call();
        let present = self.watcher.present().filter(|(peer, _)| is_new(*peer));
        let opened = |(peer, Present { joined, from, seen }): (PeerId, Present)| {
            Some(Fact::Opened { call: call?, peer, joined, from, seen })
        };
        let facts = present.filter_map(opened).collect();
        let observed = Observed { facts, people, ..Observed::new(shared.at()) };
        if self.peer.is_some() && !observed.is_empty() {
            shared.buffer.push(Write::Observed(vec![(self.id, observed)]));
        }
    }

    /// Logs what happened, with the group's name if there are several. People who are not counted are not logged.
    fn log(&self, fact: &Fact, many: bool) {
        if matches!(fact, Fact::Opened { peer, .. } | Fact::Closed { peer, .. } if !self.rights.is_counted(*peer)) {
            return;
        }
        let group = self.title.as_deref().filter(|_| many).map_or(String::new(), |title| format!("{}: ", clean(title)));
        let name = |peer: &PeerId| display(&self.profile(*peer), Viewer::Terminal);
        match fact {
            Fact::Following { call, .. } => tracing::info!("{group}call {call}: following"),
            Fact::Opened { peer, joined, seen, .. } if *seen - *joined > SEEN_LATE => {
                tracing::info!("{group}{} has been in the call for {}", name(peer), duration(*seen - *joined));
            }
            Fact::Opened { peer, .. } => tracing::info!("{group}{} joined", name(peer)),
            Fact::Closed { peer, from, to, end, .. } => {
                tracing::info!("{group}{} left after {} ({})", name(peer), duration(*to - *from), end.code());
            }
            // Before the first start, nothing was to be seen (rules §2.16).
            Fact::Blind { reason: BlindReason::NotRunning, .. } if self.confirmed.is_none() => {}
            Fact::Blind { peer: None, span, reason, .. } => {
                tracing::warn!("{group}the call was not seen for {} ({})", duration(span.seconds()), reason.code());
            }
            Fact::Ended { call, watched, .. } => {
                tracing::info!("{group}call {call}: over{}", if *watched { "" } else { "; its end was not seen" });
            }
            Fact::Blind { peer: Some(_), .. }
            | Fact::Seen { .. }
            | Fact::Sign { .. }
            | Fact::Confirmed { .. }
            | Fact::Idle { .. } => {}
        }
    }

    fn began_of(&self, call: CallId) -> Option<Instant> {
        self.began.filter(|(began, _)| *began == call).map(|(_, at)| at)
    }

    fn profile(&self, peer: PeerId) -> Profile {
        let known = self.known.get(&peer).map(|known| known.profile.clone());
        let mut profile = known.unwrap_or_else(|| Profile::unknown(peer));
        self.rights.apply(&mut profile);
        profile
    }

    /// The call as it is shown at `now`. The part after the confirmed instant is a forecast, which is left out while
    /// the call is not seen.
    pub(super) fn view(&self, now: Instant, online: bool) -> Option<CallView> {
        let call = self.watcher.call()?;
        let (confirmed, blind) = (self.watcher.confirmed(), self.watcher.blind());
        let until = confirmed.map(|at| if online && blind.is_none() { now.max(at) } else { at });
        let people = self.watcher.present().filter_map(|(peer, present)| {
            let until = until.unwrap_or(present.seen).max(present.seen);
            let from = present.from.max(self.rights.counted_from(peer)?);
            (from <= until).then(|| (self.profile(peer), Stay { call, peer, span: Span::new(from, until), open: true }))
        });
        let uncounted = self.watcher.present().filter(|(peer, _)| !self.rights.is_counted(*peer)).count();
        let blind = blind.map(|reason| (confirmed.unwrap_or(now), reason));
        Some(CallView { call, since: self.began_of(call), blind, people: people.collect(), uncounted })
    }

    /// Whether a call update that names `peer` can be about this group.
    fn is_named(&self, peer: PeerId) -> bool {
        self.standing != Standing::Removed && (self.peer == Some(peer) || self.migrated_from == Some(peer))
    }

    /// Whether a profile is the group itself.
    pub(super) fn is(&self, known: &Known) -> bool {
        self.peer == Some(known.profile.peer)
    }

    /// Whether a profile may belong to the group.
    fn knows(&self, peer: PeerId) -> bool {
        self.known.contains_key(&peer) || self.peer == Some(peer)
    }
}

/// What a batch of containers has for one group.
#[derive(Clone, Debug, Default)]
struct Batch {
    events: Vec<Event>,
    people: Vec<Known>,
}

/// How many calls of the account are checked.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    /// Calls that are followed.
    live: usize,
    /// Followed calls whose server does not push.
    polled: usize,
}

impl Unreadable {
    /// An update arrived that could not be read. If it was a change of the roster, a check shows it: its content is
    /// lost, but the versions show that something is missing (rules §3.3).
    fn note(&mut self, now: Duration) {
        self.count += 1;
        if self.logged.is_none_or(|logged| now >= logged + UNREADABLE_LOG_INTERVAL) {
            tracing::warn!("{} updates could not be read; the roster is checked", self.count);
            (self.count, self.logged) = (0, Some(now));
        }
        let earliest = self.checked.map_or(now, |checked| now.max(checked + UNREADABLE_INTERVAL));
        self.check_at.get_or_insert(earliest);
    }
}

impl Engine {
    pub(in crate::tracker) fn rights(&self, group: GroupId) -> &GroupRights {
        &self.groups[group.0].rights
    }

    pub(super) fn rights_changed(&mut self, group: GroupId, rights: GroupRights) {
        self.groups[group.0].take_rights(rights, &mut self.shared);
        self.state_changed = true;
    }

    /// Until when a group's timer waits; `None` while it does not wait for a time.
    pub(super) fn group_deadline(&self, group: &Group, timer: GroupTimer) -> Option<Duration> {
        if !self.is_online() || group.standing != Standing::Found {
            return None;
        }
        let now = self.shared.steady();
        // Jobs of several groups take turns, so that facts are written between two of them.
        let is_busy = if self.shared.many { self.group_jobs > 0 } else { group.queueing.is_some() };
        let ready = self.store_is_ready() && self.stopping.is_none() && !is_busy;
        match timer {
            GroupTimer::Gap => group.gap_at,
            GroupTimer::Check => {
                let is_swept = self.shared.many && group.watcher.call().is_none();
                (group.is_idle() && !is_swept).then(|| group.check_at.min(group.read_at).max(group.quiet))
            }
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
            GroupTimer::Clock => self.clock_deadline(group),
            GroupTimer::Reminders => group.reminders.deadline().filter(|_| ready && self.answers_by_bot()),
            GroupTimer::Silence => {
                // While the call is not seen, no silence is measured.
                let is_seen = group.watcher.call().is_some() && group.watcher.blind().is_none();
                group.silence.deadline().filter(|_| ready && is_seen && self.answers_by_bot())
            }
            GroupTimer::Pulse => group.pulse.deadline().filter(|_| ready),
        }
    }

    pub(super) fn fire_group(&mut self, id: GroupId, timer: GroupTimer) {
        let (now, load) = (self.shared.steady(), self.load());
        let group = &mut self.groups[id.0];
        match timer {
            GroupTimer::Gap => {
                group.gap_at = None;
                self.feed(id.0, Event::WaitOver);
            }
            GroupTimer::Check => {
                let full = now >= group.read_at || group.failures > 0;
                if full {
                    // Several groups are not all read at the same moment.
                    let spread = if self.shared.many { self.shared.jitter.between(0.8, 1.2) } else { 1.0 };
                    group.read_at = now + READ_INTERVAL.mul_f64(spread);
                }
                group.check_at = now + group.check_interval(load, &mut self.shared);
                self.feed(id.0, Event::Due { full });
            }
            GroupTimer::Schedule => {
                group.schedule.start();
                self.group_job(Action::CheckSchedule { group: id });
            }
            GroupTimer::Freshen => {
                group.queueing = Some(Queueing::Due);
                self.group_job(Action::QueuePosts { group: id });
            }
            GroupTimer::Flag => {
                if let Some(at) = group.flag {
                    group.queueing = Some(Queueing::Flagged);
                    self.group_job(Action::QueueFlagged { group: id, at });
                }
            }
            GroupTimer::Edits => {
                group.edits.start();
                group.edits_looked = now;
                self.group_job(Action::QueueEdits { group: id });
            }
            GroupTimer::Clock => self.turn_clock(id),
            GroupTimer::Reminders => {
                group.reminders.start();
                self.group_job(Action::QueueReminders { group: id });
            }
            GroupTimer::Silence => {
                group.silence.start();
                self.group_job(Action::AskSilent { group: id });
            }
            GroupTimer::Pulse => {
                group.pulse.start();
                // The pulse is read outside the store's thread, and nothing waits for it.
                self.shared.act(Action::QueuePulse { group: id });
            }
        }
    }

    fn group_job(&mut self, job: Action) {
        self.group_jobs += 1;
        self.shared.act(job);
    }

    fn load(&self) -> Load {
        let live = self.groups.iter().filter(|group| group.watcher.call().is_some());
        let (live, polled) = live.fold((0, 0), |(live, polled), group| (live + 1, polled + usize::from(group.polling)));
        Load { live: if self.shared.many { live } else { 0 }, polled }
    }

    // Requests.

    /// Which group's request is sent next, and when. Of the requests that may be sent now, that of the group served
    /// longest ago.
    pub(super) fn next_request(&self) -> Option<(Duration, usize)> {
        if !self.is_online() {
            return None;
        }
        let now = self.shared.steady();
        let waiting = self.groups.iter().filter(|group| group.in_flight.is_none()).filter_map(|group| {
            let request = group.requests.front()?;
            let at = match self.shared.many {
                true => group.quiet.max(self.budget.next(Method::of(request))),
                false => group.quiet,
            };
            Some((at.max(now), group.served, group.id.0))
        });
        waiting.min().map(|(at, _, index)| (at, index))
    }

    pub(super) fn send_request(&mut self, index: usize) {
        let now = self.shared.steady();
        let group = &mut self.groups[index];
        let Some(request) = group.requests.pop_front() else { return };
        if request == Request::Lookup && !self.shared.many {
            self.calls.lookup_sent(now);
        }
        self.budget.take(Method::of(&request), now);
        group.served = now;
        group.in_flight = Some(request.clone());
        self.shared.act(Action::Request { group: group.id, request });
    }

    // Updates of unknown calls, and unreadable updates.

    /// When updates of unknown calls may be looked up: with one group by its lookup, with several by a sweep.
    pub(super) fn unknown_call_deadline(&self) -> Option<Duration> {
        let can_ask = match (self.shared.many, self.groups.first()) {
            (true, _) => !self.sweep.busy,
            (false, group) => group.is_some_and(Group::is_idle),
        };
        self.calls.deadline().filter(|_| can_ask && self.is_online())
    }

    pub(super) fn look_up_unknown(&mut self) {
        if self.shared.many {
            self.start_sweep();
            return;
        }
        let held = self.calls.release();
        if let Some(index) = self.found_groups().next() {
            self.observe(index, held, &[]);
        }
    }

    pub(super) fn unreadable_deadline(&self) -> Option<Duration> {
        let at = self.unreadable.check_at.filter(|_| self.is_online())?;
        let only = self.found_groups().next().filter(|_| !self.shared.many).map(|index| &self.groups[index]);
        match only {
            Some(group) => group.is_idle().then(|| at.max(group.quiet)),
            None => Some(at),
        }
    }

    pub(super) fn check_unreadable(&mut self) {
        let (now, load) = (self.shared.steady(), self.load());
        (self.unreadable.check_at, self.unreadable.checked) = (None, Some(now));
        self.sweep.due_now(now);
        for index in self.found_groups() {
            let group = &mut self.groups[index];
            if self.shared.many && (group.watcher.call().is_none() || !group.is_idle()) {
                continue;
            }
            group.check_at = now + group.check_interval(load, &mut self.shared);
            self.feed(index, Event::Due { full: false });
        }
    }

    pub(super) fn feed(&mut self, index: usize, event: Event) {
        self.observe(index, vec![event], &[]);
    }

    /// Something was seen: the roster machine decides, the facts go to the write buffer, and then they count.
    pub(super) fn observe(&mut self, index: usize, events: Vec<Event>, people: &[Known]) {
        let load = self.load();
        let (shared, group) = (&mut self.shared, &mut self.groups[index]);
        let polled = group.polling;
        group.take_name(people, shared);
        let (facts, confirmed) = group.handle(events, shared.steady());
        if group.polling && !polled {
            let load = Load { polled: load.polled + 1, ..load };
            group.check_at = group.check_at.min(shared.steady() + group.check_interval(load, shared));
        }
        let watched = confirmed.map(|at| Span::new(*group.watched_since.get_or_insert(at), at));
        group.persist(facts, people.to_vec(), watched, shared);
        if let Some(at) = confirmed {
            group.confirmed = group.confirmed.max(Some(at));
            if group.final_after.take_if(|after| at >= *after).is_some() {
                // An edit needs boards, so in a storm of updates they are not computed for each update.
                group.edits.due_now(shared.steady().max(group.edits_looked + MIN_EDIT_INTERVAL));
            }
            group.run = Some(group.run.map_or(Span::new(at, at), |run| Span::new(run.from, run.to.max(at))));
            self.confirmed_at(GroupId(index), at);
        }
        self.follow_call(GroupId(index));
    }

    /// Containers of updates, in order; one transaction for each group.
    pub(super) fn updates(&mut self, updates: Vec<Update>) -> Option<Loss> {
        let now = self.shared.steady();
        self.connection.received = now;
        let mut batches = vec![Batch::default(); self.groups.len()];
        let (mut closed, mut wrong) = (false, None);
        for update in updates {
            if let Some(why) = update.at.and_then(|at| self.take_date(at)) {
                // An old container that is about no call may have been delayed.
                let is_about_calls = !update.events.is_empty() || !update.calls.is_empty();
                wrong = Some(why).filter(|_| is_about_calls || update.at > Some(self.shared.at())).or(wrong);
                continue;
            }
            closed |= update.closed;
            if update.unreadable {
                self.unreadable.note(now);
            }
            self.route(update, &mut batches);
        }
        for (index, Batch { events, people }) in batches.into_iter().enumerate() {
            if !events.is_empty() || !people.is_empty() {
                self.observe(index, events, &people);
            }
        }
        if self.shared.buffer.is_full() {
            let why = "the store can't be written, and the buffer in memory is full";
            return Some(Loss { reason: BlindReason::Gap, ..Loss::new(why) });
        }
        // Before the connection is open, a wrong date loses nothing: nothing was seen on this connection yet.
        if let Some(why) = wrong.filter(|_| self.is_online()) {
            return Some(self.wrong_date(why));
        }
        closed.then(|| Loss::new("Telegram closed the connection"))
    }

    /// Sorts the contents of one container by group, in order.
    fn route(&mut self, update: Update, batches: &mut [Batch]) {
        let now = self.shared.steady();
        let mut touched = Vec::new();
        let mut give = |index: usize, event: Event| {
            batches[index].events.push(event);
            touched.push(index);
        };
        for event in update.events {
            match event {
                Event::Participants { call, .. } => match self.follower(call) {
                    Some(index) => give(index, event),
                    None => self.calls.hold(call, event, now),
                },
                event => self.found_groups().take(1).for_each(|index| give(index, event.clone())),
            }
        }
        for one in update.calls {
            let event = Event::Call { at: one.at, call: one.call, state: one.state };
            if one.state == CallState::Discarded {
                self.calls.discarded(one.call);
            }
            match one.peer {
                Some(peer) => self.named(peer).into_iter().for_each(|index| give(index, event.clone())),
                // Without a peer, only the id of the call shows the group.
                None => match self.follower(one.call) {
                    Some(index) => give(index, event),
                    None => self.calls.hold(one.call, event, now),
                },
            }
        }
        for known in update.people {
            let peer = known.profile.peer;
            for (index, group) in self.groups.iter().enumerate() {
                // With several groups, people belong to the groups whose calls the container is about, or that know
                // them.
                let is_theirs = if touched.is_empty() { group.knows(peer) } else { touched.contains(&index) };
                if !self.shared.many || is_theirs {
                    batches[index].people.push(known.clone());
                }
            }
        }
    }

    /// The group that follows a call.
    fn follower(&self, call: CallId) -> Option<usize> {
        self.groups.iter().position(|group| group.watcher.call() == Some(call) && group.standing != Standing::Removed)
    }

    /// The group that a call update names.
    fn named(&self, peer: PeerId) -> Option<usize> {
        self.groups.iter().position(|group| group.is_named(peer))
    }

    /// Takes the date of what was received. If the date is not accepted, returns why; what was received then counts for
    /// nothing.
    pub(super) fn take_date(&mut self, at: Instant) -> Option<String> {
        let (now, before) = (self.shared.now, self.shared.at());
        if !self.shared.clock.accepts(at, now) {
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
                group.clock.look_again(now);
                group.silence.due_now(now);
                group.reminders.due_now(now);
                group.pulse.due_now(now);
            }
            self.lanes_due_now();
        }
    }

    /// The answer to the group's request.
    pub(super) fn answered(&mut self, id: GroupId, answer: Result<Box<Update>, Failure>) -> Option<Loss> {
        let now = self.shared.steady();
        let request = self.groups[id.0].in_flight.take();
        if self.groups[id.0].standing != Standing::Found {
            // The group is not watched any more, or the answer is older than the search that found the group.
            return None;
        }
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
        let mut held = Vec::new();
        match found {
            Some(ours) if !self.shared.many => self.calls.answered(ours, now),
            Some(Some(ours)) => held = self.calls.followed(ours),
            _ => {}
        }
        held.extend(update.events);
        self.observe(id.0, held, &update.people);
        None
    }

    /// A request about the call failed: an error never means "left" (rules §2.3).
    fn refused(&mut self, id: GroupId, request: Option<Request>, failure: Failure) -> Option<Loss> {
        let now = self.shared.steady();
        let group = &mut self.groups[id.0];
        // The followed call is seen, so a lookup that fails is about other calls.
        let sees = group.watcher.call().is_some() && group.watcher.blind().is_none();
        if request == Some(Request::Lookup) && sees {
            let wait = match &failure {
                Failure::Flood { seconds } => Some(Duration::from_secs((*seconds).into())),
                Failure::Refused { moved: false, .. } => Some(Duration::ZERO),
                _ => None,
            };
            if let Some(wait) = wait {
                self.calls.failed(now, wait);
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
            Failure::Refused { moved: true, .. } => return self.moved(id),
            failure => return self.connection_failed(failure),
        };
        let method = request.as_ref().map_or(Method::Lookup, Method::of);
        tracing::warn!("{why}; next request in {} s", pause.as_secs());
        group.failures += 1;
        group.requests.clear();
        group.quiet = now + pause;
        group.flooded = reason == BlindReason::FloodWait;
        group.check_at = group.quiet;
        if group.flooded {
            self.budget.hold(method, now + pause);
        }
        if !self.shared.many {
            self.calls.failed(now, pause);
        }
        self.outage_started(self.outage_scope(id), &format!("{}: {why}", reason.code()));
        self.feed(id.0, Event::Failed(reason));
        None
    }

    /// The group has become a supergroup. A single group is found again on a new connection, one of several on this
    /// connection.
    pub(super) fn moved(&mut self, id: GroupId) -> Option<Loss> {
        if !self.shared.many {
            return Some(Loss { find_again: true, ..Loss::new(MOVED) });
        }
        let group = &mut self.groups[id.0];
        group.disconnected();
        group.standing = Standing::Wanted { at: Duration::ZERO, failures: 0 };
        self.feed(id.0, Event::Lost(BlindReason::Gap));
        None
    }

    pub(super) fn schedule_checked(&mut self, id: GroupId, schedule: Result<Schedule, StoreFailure>) {
        let now = self.shared.steady();
        self.group_jobs -= 1;
        let (interval, timeout) = match self.shared.many {
            true => (SCHEDULE_INTERVAL.max(Duration::from_secs(self.groups.len() as u64)), SHARED_FRESHEN_TIMEOUT),
            false => (SCHEDULE_INTERVAL, FRESHEN_TIMEOUT),
        };
        match schedule {
            Ok(Schedule { due, next }) => {
                let wanted = self.shared.at();
                let next_at = self.shared.steady_at(next).clamp(now + MIN_RETRY_INTERVAL, now + interval);
                let group = self.group(id);
                group.next_post = Some(next);
                group.schedule.finish((!due).then_some(next_at));
                if due {
                    // The call is checked first, but the post waits for that only for a short time.
                    group.freshen = Some(Freshen { wanted, until: now + timeout });
                    group.check_at = now;
                    self.sweep.due_now(now);
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
        self.group_jobs -= 1;
        let queueing = self.group(id).queueing.take();
        match queued {
            Ok(()) => {
                let group = self.group(id);
                match queueing {
                    Some(Queueing::Flagged) => group.flag = None,
                    _ => group.freshen = None,
                }
                group.schedule.due_now(now + MIN_RETRY_INTERVAL);
                // If the post is not sent in time, it becomes late and needs an alert.
                self.alerts_due_soon();
                self.lanes[Lane::Posts as usize].due_now(now);
            }
            Err(failure) => self.store_failed(failure),
        }
    }

    pub(super) fn edits_queued(&mut self, id: GroupId, edits: Result<Edits, StoreFailure>) {
        let now = self.shared.steady();
        self.group_jobs -= 1;
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

    pub(super) fn silent_asked(&mut self, id: GroupId, looked: Result<QuestionCheck, StoreFailure>) {
        let now = self.shared.steady();
        self.group_jobs -= 1;
        match looked {
            Ok(QuestionCheck { any, next, after }) => {
                let next = next.map(|at| self.shared.steady_at(at).max(now + MIN_RETRY_INTERVAL));
                let group = self.group(id);
                group.asked_after = after;
                group.silence.finish(next);
                if any {
                    self.lanes[Lane::Answers as usize].due_now(now);
                }
            }
            Err(failure) => {
                self.group(id).silence.finish(Some(now));
                self.store_failed(failure);
            }
        }
    }

    pub(super) fn pulse_queued(&mut self, id: GroupId, weekly: Result<Weekly, StoreFailure>) {
        let now = self.shared.steady();
        match weekly {
            Ok(Weekly { queued, next }) => {
                let next = next.map(|at| self.shared.steady_at(at).max(now + MIN_RETRY_INTERVAL));
                self.group(id).pulse.finish(next);
                if queued {
                    self.lanes[Lane::Alerts as usize].due_now(now);
                }
            }
            Err(failure) => {
                self.group(id).pulse.finish(Some(now));
                self.store_failed(failure);
            }
        }
    }

    pub(super) fn reminders_queued(&mut self, id: GroupId, reminded: Result<ReminderCheck, StoreFailure>) {
        let now = self.shared.steady();
        self.group_jobs -= 1;
        match reminded {
            Ok(ReminderCheck { any, next }) => {
                let next = next.map(|at| self.shared.steady_at(at).max(now + MIN_RETRY_INTERVAL));
                self.group(id).reminders.finish(next);
                if any {
                    self.lanes[Lane::Answers as usize].due_now(now);
                }
            }
            Err(failure) => {
                self.group(id).reminders.finish(Some(now));
                self.store_failed(failure);
            }
        }
    }
}
