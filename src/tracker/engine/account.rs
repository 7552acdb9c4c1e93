//! The account: its connection, its outage, and the timers that all its groups share.

use std::time::Duration;

use super::{
    Action, Engine, Failure, GroupId, HEARTBEAT_INTERVAL, Lane, Loss, MIN_STATE_INTERVAL, Opened, OutageOver,
    OutageStep, STATE_INTERVAL, STATE_INTERVAL_OF_GROUP, VIEW_INTERVAL,
};
use crate::domain::alert::{MIN_STATE_DURATION, OUTAGE_STEPS};
use crate::domain::roster::{BlindReason, Event};
use crate::domain::{Instant, Span};
use crate::tracker::write_buffer::Write;

/// The longest pause between two attempts to connect.
const MAX_BACKOFF: Duration = Duration::from_secs(30);
/// If Telegram sends nothing for this long, it is pinged.
const PING_INTERVAL: Duration = Duration::from_secs(15);
/// How long an outage lasts between two alerts, in seconds; and the number of alerts in one outage.
const ALERT_STEP: i64 = OUTAGE_STEPS[0] * 60;
const ALERT_STEPS: i64 = OUTAGE_STEPS.len() as i64;
/// At most one alert in this time about wrong dates from Telegram that caused only a short outage.
const WRONG_DATE_ALERT_INTERVAL: Duration = Duration::from_secs(3600);
/// How long the tracker itself must have noted an outage before it alerts.
const MIN_OUTAGE: Duration = Duration::from_secs(MIN_STATE_DURATION.unsigned_abs());

/// What the account waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// The pause after a lost connection is over: connect.
    Reconnect,
    /// Nothing came from Telegram for a while: ping it.
    Ping,
    /// A group's request waits, that group has no other request under way, and Telegram has not asked to wait.
    Request,
    /// Groups are to be found.
    Find,
    /// With several groups, ask which have a call.
    Sweep,
    /// Updates could not be read: check whether a roster has changed.
    Unreadable,
    /// Updates of unknown calls wait: look up the groups of these calls.
    UnknownCall,
    /// Something waits to be written, and the store is free, or it is time to try again after a failure.
    Write,
    /// The store can't be written for minutes, or can be again: tell the organiser.
    StoreNotice,
    /// An outage has lasted long enough for its next alert.
    OutageAlert,
    /// Alerts have to be decided, and the store can take them.
    DecideAlerts,
    /// The next attempt at a message in a group.
    Posts,
    /// The next attempt at an alert.
    Alerts,
    /// The next attempt at sending to the website.
    Website,
    /// The next attempt at an answer in the chat.
    Answers,
    /// The next attempt at the title of a call, or at the message in its place.
    Clock,
    /// The pause after the bot's connection was lost is over: connect.
    OpenChat,
    /// The bot's connection is to be checked.
    CheckChat,
    /// The bot's menu may differ from what it should offer.
    Menu,
    /// Messages that may be commands wait, and no batch of them is being prepared.
    PrepareAnswers,
    /// The daily copy of the store.
    BackUp,
    /// Old stays may be folded, and no post is due.
    Fold,
    /// The state file is to be written: it shows that the tracker makes progress, or something has changed.
    State,
    /// systemd expects a notification.
    Alive,
    /// Another machine expects a heartbeat.
    Heartbeat,
    /// The live view shows a new second.
    View,
    /// A stopped tracker has its final read, or does not wait for it any longer.
    Stopped,
}

impl Timer {
    pub(super) const ALL: [Timer; 27] = [
        Timer::Reconnect,
        Timer::Ping,
        Timer::Request,
        Timer::Find,
        Timer::Sweep,
        Timer::Unreadable,
        Timer::UnknownCall,
        Timer::Write,
        Timer::StoreNotice,
        Timer::OutageAlert,
        Timer::DecideAlerts,
        Timer::Posts,
        Timer::Alerts,
        Timer::Website,
        Timer::Answers,
        Timer::Clock,
        Timer::OpenChat,
        Timer::CheckChat,
        Timer::Menu,
        Timer::PrepareAnswers,
        Timer::BackUp,
        Timer::Fold,
        Timer::State,
        Timer::Alive,
        Timer::Heartbeat,
        Timer::View,
        Timer::Stopped,
    ];
}

/// The state of the connection, for other parts of the tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    Connecting,
    Online,
    /// No connection; the next attempt is `again` seconds away.
    Offline {
        why: String,
        again: u64,
    },
    /// Telegram asked to wait this many seconds.
    FloodWait {
        seconds: u64,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    #[default]
    Opening,
    Online,
    /// The system clock is compared with Telegram's, as it may be the reason why Telegram does not answer.
    Measuring {
        wait: Option<Duration>,
        reason: BlindReason,
        why: String,
    },
    Waiting {
        until: Duration,
        why: String,
    },
}

/// The one connection.
#[derive(Debug, Default)]
pub(super) struct Connection {
    pub(super) phase: Phase,
    /// Connections that failed in a row.
    failures: u32,
    /// When the current connection was begun.
    begun: Duration,
    /// Counts the connections.
    number: u64,
    /// When something came from Telegram for the last time.
    pub(super) received: Duration,
    pub(super) pinging: bool,
    /// Until when Telegram asked to wait with pings.
    pub(super) ping_held: Duration,
    /// The input that is being handled waited while the process stood still.
    pub(super) stalled: bool,
}

/// A time that goes on, in which the account, or one of several groups, is not seen.
#[derive(Clone, Debug)]
pub(super) struct Outage {
    /// The last confirmed instant; since `noted` if `None`.
    pub(super) since: Option<Instant>,
    pub(super) why: String,
    /// An earlier tracker died during the outage.
    died: bool,
    /// When this tracker noted it, by the steady clock.
    noted: Duration,
    /// How many alerts were due so far.
    steps: i64,
    /// Telegram sent a date that can't be right.
    wrong_date: bool,
}

impl Outage {
    pub(super) fn new(since: Option<Instant>, why: String, noted: Duration) -> Outage {
        Outage { since, why, died: false, noted, steps: 0, wrong_date: false }
    }

    pub(super) fn died(step: OutageStep, noted: Duration) -> Outage {
        Outage { died: true, ..Outage::new(Some(step.since), step.why, noted) }
    }
}

impl Engine {
    /// Until when a timer waits; `None` while it does not wait for a time.
    pub(super) fn deadline(&self, timer: Timer) -> Option<Duration> {
        let shared = &self.shared;
        let ready = self.store_is_ready() && self.stopping.is_none();
        match timer {
            Timer::Reconnect => match &self.connection.phase {
                Phase::Waiting { until, .. } if !shared.buffer.is_full() => Some(*until),
                _ => None,
            },
            Timer::Ping => (self.is_online() && !self.connection.pinging && self.stopping.is_none())
                .then(|| (self.connection.received + PING_INTERVAL).max(self.connection.ping_held)),
            Timer::Request => self.next_request().map(|(at, _)| at),
            Timer::Find => self.find_deadline(),
            Timer::Sweep => self.sweep_deadline(),
            Timer::Unreadable => self.unreadable_deadline(),
            Timer::UnknownCall => self.unknown_call_deadline(),
            Timer::Write => shared.buffer.next_write(),
            Timer::StoreNotice => self.health.deadline(shared.at(), shared.steady()),
            Timer::OutageAlert => {
                self.outages.iter().filter_map(|(scope, outage)| self.outage_alert(*scope, outage)).min()
            }
            Timer::DecideAlerts => self.alerts.deadline().filter(|_| ready),
            Timer::Posts => self.lanes[Lane::Posts as usize].deadline().filter(|_| ready && self.is_online()),
            Timer::Alerts => self.lanes[Lane::Alerts as usize].deadline().filter(|_| ready),
            Timer::Website => self.lanes[Lane::Website as usize].deadline().filter(|_| ready),
            Timer::Answers => self.lanes[Lane::Answers as usize].deadline().filter(|_| ready),
            Timer::Clock => self.lanes[Lane::Clock as usize].deadline().filter(|_| ready && self.is_online()),
            Timer::OpenChat => self.chat.open_deadline().filter(|_| self.stopping.is_none()),
            Timer::CheckChat => self.chat.check_deadline(),
            Timer::Menu => self.chat.menu_deadline(),
            Timer::PrepareAnswers => (self.chat.is_ready() && self.stopping.is_none()).then(|| shared.steady()),
            Timer::BackUp => {
                let next_day = self.day_ends.map(|end| shared.steady_at(end));
                let due = self.backup.deadline().filter(|_| self.stopping.is_none());
                due.map(|at| next_day.map_or(at, |next_day| at.min(next_day)))
            }
            Timer::Fold => {
                let posts = &self.lanes[Lane::Posts as usize];
                let is_posting = posts.busy || posts.at.is_some_and(|at| at <= shared.steady());
                self.fold.deadline().filter(|_| ready && !is_posting)
            }
            Timer::State => {
                let shortest = MIN_STATE_INTERVAL.max(STATE_INTERVAL_OF_GROUP * self.groups.len() as u32);
                let interval = if self.state_changed { shortest.min(STATE_INTERVAL) } else { STATE_INTERVAL };
                Some(self.state_written + interval)
            }
            Timer::Alive => shared.options.watchdog.map(|interval| self.alive + interval),
            Timer::Heartbeat => Some(self.heartbeat_at),
            Timer::View => shared.options.view.then(|| self.viewed + VIEW_INTERVAL),
            Timer::Stopped => {
                let until = self.stopping?;
                let is_swept = !shared.many || (self.swept_at_end && !self.sweep.busy);
                let idle = is_swept
                    && self.groups.iter().all(|group| group.is_read(shared.steady(), shared.many))
                    && !self.lanes[Lane::Posts as usize].busy;
                Some(if idle { shared.steady() } else { until })
            }
        }
    }

    pub(super) fn fire(&mut self, timer: Timer) {
        let now = self.shared.steady();
        match timer {
            Timer::Reconnect => self.open(),
            Timer::Ping => {
                self.connection.pinging = true;
                self.shared.act(Action::Ping);
            }
            Timer::Request => {
                if let Some((_, index)) = self.next_request() {
                    self.send_request(index);
                }
            }
            Timer::Find => self.find_groups(),
            Timer::Sweep => self.start_sweep(),
            Timer::Unreadable => self.check_unreadable(),
            Timer::UnknownCall => self.look_up_unknown(),
            Timer::Write => {
                let write = self.shared.buffer.start();
                self.shared.actions.extend(write.map(Action::Write));
            }
            Timer::StoreNotice => {
                let notice = self.health.notice(self.shared.at(), now);
                self.shared.actions.extend(notice.map(Action::NotifyStoreHealth));
            }
            Timer::OutageAlert => {
                let at = self.shared.at();
                let due = |(scope, outage): (&Option<GroupId>, &Outage)| {
                    self.outage_alert(*scope, outage).filter(|at| *at <= now).map(|_| (*scope, self.noted_at(outage)))
                };
                let due: Vec<_> = self.outages.iter().filter_map(due).collect();
                for (scope, noted) in due {
                    let Some(outage) = self.outages.get_mut(&scope) else { continue };
                    // From now on, this instant identifies the outage.
                    let since = *outage.since.get_or_insert(noted);
                    outage.steps = ((at - since) / ALERT_STEP).max(outage.steps + 1).min(ALERT_STEPS);
                }
                self.alerts.due_now(now);
            }
            Timer::DecideAlerts => {
                let steps = self.outages.iter().filter(|(_, outage)| outage.steps > 0).filter_map(|(group, outage)| {
                    let why = match outage.died {
                        true => format!("the tracker was away ({})", outage.why),
                        false => outage.why.clone(),
                    };
                    Some(OutageStep { group: *group, since: outage.since?, why })
                });
                let outages = steps.collect();
                let over = self.outages_over.front().cloned();
                self.alerts.start();
                self.deciding.clone_from(&over);
                self.shared.act(Action::DecideAlerts { outages, over });
            }
            Timer::Posts => self.deliver(Lane::Posts),
            Timer::Alerts => self.deliver(Lane::Alerts),
            Timer::Website => self.deliver(Lane::Website),
            Timer::Answers => self.deliver(Lane::Answers),
            Timer::Clock => self.deliver(Lane::Clock),
            Timer::OpenChat => self.open_chat(),
            Timer::CheckChat => self.check_chat(),
            Timer::Menu => self.set_menu(),
            Timer::PrepareAnswers => self.prepare_answers(),
            Timer::BackUp => {
                self.backup.start();
                self.day_ends = None;
                self.shared.act(Action::BackUp);
            }
            Timer::Fold => {
                self.fold.start();
                self.shared.act(Action::Fold);
            }
            Timer::State => {
                (self.state_written, self.state_changed) = (now, false);
                self.shared.act(Action::WriteState);
            }
            Timer::Alive => {
                self.alive = now;
                self.shared.act(Action::NotifyAlive);
            }
            Timer::Heartbeat => {
                self.heartbeat_at = now + HEARTBEAT_INTERVAL;
                let failure = self.failure();
                self.last_heartbeat_ok = failure.is_none();
                self.shared.act(Action::Heartbeat { failure });
            }
            Timer::View => {
                self.viewed = now;
                self.shared.act(Action::Show);
            }
            Timer::Stopped => self.end(false),
        }
    }

    pub(super) fn deliver(&mut self, lane: Lane) {
        self.lanes[lane as usize].start();
        self.shared.act(Action::Deliver { lane });
    }

    /// When the next alert about an outage is due. An outage of one of several groups has one alert.
    fn outage_alert(&self, scope: Option<GroupId>, outage: &Outage) -> Option<Duration> {
        let max_steps = if scope.is_some() { 1 } else { ALERT_STEPS };
        let since = outage.since.unwrap_or_else(|| self.noted_at(outage));
        let at = self.shared.steady_at(since + ALERT_STEP * (outage.steps + 1)).max(outage.noted + MIN_OUTAGE);
        (outage.steps < max_steps).then_some(at)
    }

    /// Telegram's time when this tracker noted the outage.
    fn noted_at(&self, outage: &Outage) -> Instant {
        self.shared.at() - (self.shared.steady() - outage.noted).as_secs() as i64
    }

    pub(super) fn is_online(&self) -> bool {
        self.connection.phase == Phase::Online
    }

    /// The state of the connection, for other parts of the tracker.
    pub fn link(&self) -> Link {
        let now = self.shared.steady();
        match &self.connection.phase {
            Phase::Opening => Link::Connecting,
            Phase::Measuring { why, .. } => Link::Offline { why: why.clone(), again: 0 },
            Phase::Waiting { until, why } => {
                Link::Offline { why: why.clone(), again: until.saturating_sub(now).as_secs() + 1 }
            }
            Phase::Online => match self.flood_wait() {
                Some(wait) if wait.as_secs() > 0 => Link::FloodWait { seconds: wait.as_secs() },
                _ => Link::Online,
            },
        }
    }

    pub(super) fn open(&mut self) {
        self.connection.phase = Phase::Opening;
        self.connection.begun = self.shared.steady();
        self.connection.number += 1;
        self.state_changed = true;
        self.shared.act(Action::Open);
    }

    pub(super) fn opened(&mut self, opened: Opened) -> Option<Loss> {
        let now = self.shared.steady();
        for found in opened.groups {
            let index = found.group.0;
            self.groups[index].found(found, &mut self.shared);
        }
        let wrong = self.take_time(Instant(self.shared.now.system) + opened.offset);
        if wrong.is_some() {
            return wrong;
        }
        self.connection.phase = Phase::Online;
        self.connection.received = now;
        self.connection.pinging = false;
        self.connection.ping_held = Duration::ZERO;
        self.me = Some(opened.me);
        self.state_changed = true;
        self.shared.buffer.push(Write::Offset(self.shared.offset()));
        self.budget.reset_holds();
        for index in self.found_groups() {
            self.group_connected(index);
        }
        self.lanes[Lane::Posts as usize].due_now(now);
        self.lanes[Lane::Answers as usize].due_now(now);
        self.read_owner_chat();
        None
    }

    /// Telegram answers that it is `at` now. Its clock is the clock of record, but after an impossible time this
    /// connection can't be used any more (rules §3.16).
    pub(super) fn take_time(&mut self, at: Instant) -> Option<Loss> {
        let (now, before, connection) = (self.shared.now, self.shared.at(), self.connection.number);
        // The answer may have waited while the process stood still.
        if self.connection.stalled && self.shared.clock.accepts(at, now) {
            return None;
        }
        let earliest = self.groups.iter().filter_map(|group| group.confirmed).max().unwrap_or(at);
        let earliest = earliest.max(Instant(self.last_seen));
        match self.shared.clock.answer(at, earliest, connection, now) {
            Ok(()) => {
                self.clock_moved(before);
                None
            }
            Err(why) => Some(self.wrong_date(why)),
        }
    }

    /// Builds the loss of a connection that sent a date that can't be right.
    pub(super) fn wrong_date(&self, why: String) -> Loss {
        // Before Telegram has sent an accepted date, this computer's clock may just as well be the wrong one.
        let wrong_date = self.shared.clock.is_trusted();
        Loss { reason: BlindReason::Clock, wrong_date, ..Loss::new(why) }
    }

    /// A failure of the whole connection.
    pub(super) fn connection_failed(&mut self, failure: Failure) -> Option<Loss> {
        match failure {
            Failure::Fatal => {
                self.end(true);
                None
            }
            Failure::Lost { why, silent } => Some(Loss { silent, ..Loss::new(why) }),
            Failure::Flood { seconds } => Some(Loss {
                reason: BlindReason::FloodWait,
                wait: Some(Duration::from_secs(seconds.into())),
                ..Loss::new(format!("Telegram asks to wait {seconds} s"))
            }),
            Failure::Refused { why, moved } => Some(Loss { find_again: moved, ..Loss::new(why) }),
        }
    }

    /// The connection can't be used any more: all of it is thrown away (rules §3).
    pub(super) fn lose(&mut self, loss: Loss) {
        if self.ended || !matches!(self.connection.phase, Phase::Opening | Phase::Online) {
            return;
        }
        if self.stopping.is_some() {
            self.end(false);
            return;
        }
        self.shared.act(Action::Close { find_again: loss.find_again });
        self.state_changed = true;
        let Loss { why, reason, wait, silent, wrong_date, .. } = loss;
        self.outage_started(None, &format!("{}: {why}", reason.code()));
        if let Some(outage) = self.outages.get_mut(&None) {
            outage.wrong_date |= wrong_date;
        }
        self.calls.disconnected();
        self.unreadable.check_at = None;
        self.sweep.busy = false;
        for index in 0..self.groups.len() {
            self.groups[index].disconnected();
            self.feed(index, Event::Lost(reason));
        }
        if silent {
            self.shared.act(Action::MeasureClock);
            self.connection.phase = Phase::Measuring { wait, reason, why };
        } else {
            self.back_off(wait, why);
        }
    }

    pub(super) fn clock_measured(&mut self, explained: Option<String>) {
        let Phase::Measuring { wait, reason, why } = self.connection.phase.clone() else { return };
        let why = explained.unwrap_or(why);
        self.outage_started(None, &format!("{}: {why}", reason.code()));
        self.back_off(wait, why);
    }

    fn back_off(&mut self, wait: Option<Duration>, why: String) {
        let now = self.shared.steady();
        let connection = &mut self.connection;
        // A connection that lasted for a while counts as successful.
        if now - connection.begun > MAX_BACKOFF {
            connection.failures = 0;
        }
        let pause = Duration::from_secs(1 << connection.failures.min(5)).min(MAX_BACKOFF);
        let pause = wait.unwrap_or_else(|| pause.mul_f64(self.shared.jitter.between(0.7, 1.0)));
        connection.failures += 1;
        tracing::warn!("offline: {why}; next try in {:.0} s", pause.as_secs_f64().ceil());
        connection.phase = Phase::Waiting { until: now + pause, why };
        self.state_changed = true;
    }

    /// From now on the groups, or one of several, are not seen; or they are still not seen.
    pub(super) fn outage_started(&mut self, scope: Option<GroupId>, why: &str) {
        let since = match scope {
            Some(id) => self.groups[id.0].confirmed,
            None => self.groups.iter().filter_map(|group| group.confirmed).max(),
        };
        let noted = self.shared.steady();
        let outage = self.outages.entry(scope).or_insert_with(|| Outage::new(since, why.to_owned(), noted));
        if !outage.died {
            why.clone_into(&mut outage.why);
        }
        self.state_changed = true;
    }

    /// A group is seen at `at`, which ends its outage and that of the account.
    pub(super) fn confirmed_at(&mut self, group: GroupId, at: Instant) {
        self.last_seen = self.last_seen.max(at.0);
        self.state_changed = true;
        if self.connection.stalled {
            return;
        }
        for scope in [None, Some(group)] {
            if let Some(outage) = self.outages.remove(&scope) {
                self.outage_ended(scope, outage, at);
            }
        }
    }

    fn outage_ended(&mut self, group: Option<GroupId>, outage: Outage, at: Instant) {
        let since = outage.since.unwrap_or_else(|| self.noted_at(&outage));
        let Outage { why, died, wrong_date, .. } = outage;
        if !self.last_heartbeat_ok {
            self.heartbeat_at = self.shared.steady();
        }
        let wrong_date = wrong_date && self.is_wrong_date_alert_due();
        self.outages_over.push_back(OutageOver { group, span: Span::new(since.min(at), at), why, died, wrong_date });
        self.alerts.due_now(self.shared.steady());
    }

    /// Whether a short outage because of a wrong date causes an alert now; see [`WRONG_DATE_ALERT_INTERVAL`].
    fn is_wrong_date_alert_due(&mut self) -> bool {
        let now = self.shared.steady();
        let is_due = self.wrong_date_alerted.is_none_or(|told| now >= told + WRONG_DATE_ALERT_INTERVAL);
        if is_due {
            self.wrong_date_alerted = Some(now);
        }
        is_due
    }

    /// Why the group is not seen or why its data is not stored; `None` if all is well. A short outage is no failure.
    fn failure(&self) -> Option<String> {
        if let Some((why, _)) = self.shared.buffer.failure() {
            return Some(why.to_owned());
        }
        let fresh = self.shared.at() - HEARTBEAT_INTERVAL.as_secs() as i64;
        let why = || self.outages.get(&None).map_or("the group was not confirmed", |outage| &outage.why).to_owned();
        (self.last_seen < fresh.0).then(why)
    }
}
