//! The tracker's decisions, without I/O: inputs and the time go in, actions and the next timeout come out.
//!
//! ```text
//!              ┌──────────────────────── engine ────────────────────────┐
//! Telegram ──► │ account: connection, clock, outage, store health        │ ──► actions: connect, request, write,
//! store    ──► │   └─ group: roster machine, reads, posts, edits         │     deliver, alert, end
//! signals  ──► │                                                          │ ──► the next timeout
//!              └──────────────────────────────────────────────────────────┘
//! ```
//! The run loop ([`super::run_loop`]) repeats three steps: it performs the actions, sleeps until
//! [`Engine::poll_timeout`] or the next input, and calls [`Engine::handle`]. All policy about *when* is in [`Timer`]
//! and [`GroupTimer`]: each variant says what it waits for, and `deadline` says until when.
//!
//! Nothing here credits time. A connection that hangs, a clock that jumps or a store that can't be written only makes
//! the tracker blind (rules §2.3–2.5).
//!
//! Read in this order: `account` (connection, outage, store health), `telegram_clock` (what time it is, and which dates
//! are accepted), `group` (reads, posts, edits), `calls` (updates of calls that are not followed), `requests` (which
//! request is sent next), `sweep` (several groups), `clock` (phases of a rhythm).

mod account;
mod calls;
mod chat;
#[cfg(test)]
mod chat_tests;
mod clock;
#[cfg(test)]
mod clock_tests;
mod group;
#[cfg(test)]
mod many_tests;
mod requests;
mod store_health;
mod sweep;
mod telegram_clock;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::write_buffer::{StoreFailure, Write, WriteBuffer};
use crate::domain::accounting::silence::QuestionCheck;
use crate::domain::meet::reminder::ReminderCheck;
use crate::domain::people::Known;
pub use crate::domain::post::delivery::Lane;
use crate::domain::pulse::weekly::Weekly;
use crate::domain::rights::GroupRights;
use crate::domain::roster::{BlindReason, Changes, Request, SavedState, Update};
use crate::domain::{CallId, Instant, PeerId, Span};

pub use account::Link;
use account::{Connection, Outage, Timer};
use calls::UnknownCalls;
pub use chat::Answering;
use chat::Chat;
pub use clock::ClockTurn;
pub use group::CallView;
use group::{Group, GroupTimer, Unreadable};
use requests::RequestBudget;
use store_health::StoreHealth;
pub use store_health::StoreNotice;
use sweep::Standing;
pub use sweep::{Sight, Sweep};
use telegram_clock::TelegramClock;

/// How long a stopped tracker waits for its final read, and for a post that is under way.
const FINAL_READ_TIMEOUT: Duration = Duration::from_secs(3);
/// A timeout that is handled this much late means that the process, or the machine, stood still.
const MAX_TIMER_DELAY: Duration = Duration::from_secs(10);
/// How far the system clock may drift from the steady clock between two inputs, in seconds. A larger drift means that
/// the computer slept or that its clock was set.
const MAX_DRIFT: i64 = 5;
/// The reason for a gap after sleep or a clock change.
const STALL_REASON: &str = "this computer slept, or its clock was set";
/// Why a group has to be found again.
const MOVED: &str = "the group has become a supergroup";
/// How often the state file is written when nothing changes.
const STATE_INTERVAL: Duration = Duration::from_secs(10);
/// Old stays are folded for the first time this long after the start.
const FIRST_FOLD: Duration = Duration::from_secs(600);
/// How often `SWF_HEARTBEAT_URL` gets a heartbeat. A heartbeat reports a failure if the group was not confirmed for
/// this long.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(300);
/// The shortest time between two writes of the state file; and the same for each group, because the file holds all
/// groups.
const MIN_STATE_INTERVAL: Duration = Duration::from_millis(200);
const STATE_INTERVAL_OF_GROUP: Duration = Duration::from_millis(100);
/// The shortest pause before a job that waits for the store looks again by itself.
const MIN_RETRY_INTERVAL: Duration = Duration::from_secs(1);
/// How long alerts of several groups are collected before they are decided.
const ALERT_DELAY: Duration = Duration::from_secs(2);
/// The pause after a batch of four answers: Telegram accepts about 30 messages a second from a bot.
const ANSWER_PAUSE: Duration = Duration::from_millis(125);
/// How often the live view shows a new second.
const VIEW_INTERVAL: Duration = Duration::from_secs(1);

/// The time of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// Since the tracker started, by a clock that does not jump.
    pub steady: Duration,
    /// Unix seconds by the system clock, which may be wrong and may be set.
    pub system: i64,
    /// Like `steady`, but by a clock that also runs while this computer sleeps. `None` in records of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elapsed: Option<Duration>,
}

impl Now {
    /// Seconds since `earlier`, sleep included; by the system clock if `elapsed` is not known.
    fn seconds_since(self, earlier: Now) -> i64 {
        match (self.elapsed, earlier.elapsed) {
            // Both are cut to whole seconds first, like the system clock's.
            (Some(now), Some(earlier)) => now.as_secs() as i64 - earlier.as_secs() as i64,
            _ => self.system.saturating_sub(earlier.system),
        }
    }

    fn drift(self) -> i64 {
        self.system - self.steady.as_secs() as i64
    }
}

/// A group of the account, by its place in the list of groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupId(pub usize);

/// Why a request to Telegram, or the connection, failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// Telegram asks to wait this many seconds; the connection still works.
    Flood { seconds: u32 },
    /// Telegram refused the request; the connection still works. `moved`: the group has become a supergroup.
    Refused { why: String, moved: bool },
    /// The connection can't be used any more. `silent`: Telegram did not answer at all.
    Lost { why: String, silent: bool },
    /// No retry can help. The run loop keeps the error itself.
    Fatal,
}

/// The connection is open, and the groups are found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Telegram's clock minus the system clock, in seconds.
    pub offset: i64,
    /// The account that watches.
    pub me: PeerId,
    /// The groups that were not found before.
    pub groups: Vec<OpenedGroup>,
}

/// A group that was found, with what the store has about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedGroup {
    pub group: GroupId,
    pub peer: PeerId,
    pub migrated_from: Option<PeerId>,
    pub title: String,
    #[serde(default)]
    pub username: Option<String>,
    /// The account's own profile.
    pub me: Known,
    /// The last confirmed instant of the group, with or without a call.
    pub confirmed: Option<Instant>,
    pub last_call: Option<LastCall>,
    /// What people of the group decided (rules §7).
    #[serde(default)]
    pub rights: GroupRights,
    /// The group has a rhythm, or work on its clock is left to do.
    #[serde(default)]
    pub clock: bool,
}

/// The group's last call in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastCall {
    pub call: CallId,
    pub confirmed: Option<Instant>,
    pub over: bool,
    /// The start of the first stay.
    pub began: Option<Instant>,
    pub saved: SavedState,
}

/// The result of [`Action::Deliver`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivery {
    /// Nothing was due; the next attempt is due at `next`, if anything waits.
    Nothing { next: Option<Instant> },
    /// One attempt was made. Its outcome is kept by the run loop under `ticket` until [`Write::Settle`] stores it.
    Attempted {
        ticket: u64,
        /// The group to which the message belongs.
        #[serde(default)]
        group: GroupId,
        sent: bool,
        /// Set if the message went through the watching account's connection and showed that this connection is broken.
        failure: Option<Failure>,
        /// The group has become a supergroup, and the message went there.
        moved: bool,
    },
}

/// Whether posts are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    pub due: bool,
    /// When the next daily post that is not stored yet is due.
    pub next: Instant,
}

impl Default for Schedule {
    /// Nothing is due, and nothing will be.
    fn default() -> Schedule {
        Schedule { due: false, next: Instant(i64::MAX) }
    }
}

/// Edits of sent posts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edits {
    /// At least one edit was stored.
    pub queued: bool,
    /// When the next sent post can become final, if one waits for that.
    pub next: Option<Instant>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// Only time has passed.
    Timeout,
    /// The tracker is to end.
    Stop,
    /// The answer to [`Action::Open`].
    Opened(Box<Opened>),
    OpenFailed(Failure),
    /// The answer to [`Action::MeasureClock`]: why Telegram does not answer, if the clock is the reason.
    ClockMeasured(Option<String>),
    /// The answer to [`Action::Find`]: the result for each group.
    GroupsFound(Vec<(GroupId, Result<Box<OpenedGroup>, Failure>)>),
    /// The answer to [`Action::Sweep`].
    Swept(Result<Box<Sweep>, Failure>),
    /// The settings name a new group. Its id is the next free one.
    GroupAdded {
        group: GroupId,
        title: Option<String>,
    },
    /// The settings do not name a group any more.
    GroupRemoved {
        group: GroupId,
    },
    /// Containers of updates, in order.
    Updates(Vec<Update>),
    /// The answer to [`Action::Request`].
    Answered {
        group: GroupId,
        answer: Result<Box<Update>, Failure>,
    },
    /// The answer to [`Action::Ping`].
    Pong(Result<Instant, Failure>),
    /// The answer to [`Action::Write`].
    Written(Result<(), StoreFailure>),
    /// Another process has written to the store, or the settings have changed.
    Changed,
    /// What people of a group decided has changed.
    Rights {
        group: GroupId,
        rights: GroupRights,
    },
    /// A flag file requests a post now. The file's time `at` distinguishes it from the next flag file.
    FlagFound {
        group: GroupId,
        at: Option<Instant>,
    },
    /// The answer to [`Action::CheckSchedule`].
    ScheduleChecked {
        group: GroupId,
        schedule: Result<Schedule, StoreFailure>,
    },
    /// The answer to [`Action::QueuePosts`] and [`Action::QueueFlagged`].
    PostsQueued {
        group: GroupId,
        queued: Result<(), StoreFailure>,
    },
    /// The answer to [`Action::QueueEdits`].
    EditsQueued {
        group: GroupId,
        edits: Result<Edits, StoreFailure>,
    },
    /// The rhythm of a group, or what its phases say, has changed.
    ClockChanged {
        group: GroupId,
    },
    /// The answer to [`Action::TurnClock`].
    ClockTurned {
        group: GroupId,
        turned: Result<ClockTurn, StoreFailure>,
    },
    /// The answer to [`Action::QueueReminders`].
    RemindersQueued {
        group: GroupId,
        reminded: Result<ReminderCheck, StoreFailure>,
    },
    /// The answer to [`Action::AskSilent`].
    SilentAsked {
        group: GroupId,
        looked: Result<QuestionCheck, StoreFailure>,
    },
    /// The answer to [`Action::QueuePulse`].
    PulseQueued {
        group: GroupId,
        weekly: Result<Weekly, StoreFailure>,
    },
    /// The answer to [`Action::DecideAlerts`]: when alerts have to be decided again, if nothing else happens.
    AlertsDecided(Result<Option<Instant>, StoreFailure>),
    /// The answer to [`Action::Deliver`].
    Delivered {
        lane: Lane,
        delivery: Result<Delivery, StoreFailure>,
    },
    /// The answer to [`Action::NotifyStoreHealth`]: whether the notice was sent.
    Told(bool),
    /// Which accounts answer in the chat, according to the settings.
    Answering(Answering),
    /// The answer to [`Action::OpenChat`].
    ChatOpened(Result<(), Failure>),
    /// The bot's connection has ended.
    ChatLost(Failure),
    /// The answer to [`Action::CheckChat`].
    ChatChecked(Result<(), Failure>),
    /// The answer to [`Action::SetMenu`]: `Ok` if the menu is right now; else how many seconds Telegram asks to wait,
    /// or 0 after another error.
    MenuSet(Result<(), u32>),
    /// Messages that may be commands. The run loop keeps them under this ticket.
    ChatReceived {
        ticket: u64,
    },
    /// The answer to [`Action::PrepareAnswers`]. The run loop keeps what is to be stored under this ticket, until
    /// [`Write::Answers`] stores it. `answers`: this includes answers, not only how far accounts have read.
    AnswersPrepared {
        ticket: u64,
        answers: bool,
        /// A command has asked for a post.
        posts: bool,
    },
    /// The answer to [`Action::BackUp`]. `again`: the pause until the next look. `day_ends`: when this day ends; the
    /// next day gets a copy of its own.
    BackedUp {
        again: Duration,
        day_ends: Instant,
    },
    /// The answer to [`Action::Fold`]. `again`: the pause until the next step.
    Folded {
        again: Duration,
    },
}

/// Something to do. Each is answered by at most one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Connect, and find the groups that are not known.
    Open,
    /// Throw the connection away, with every request on it. `find_again`: the groups have to be found again.
    Close {
        find_again: bool,
    },
    /// Find groups that are not found yet. A group that can't be found does not stop the others.
    Find {
        groups: Vec<GroupId>,
    },
    /// Ask which of the groups have a call.
    Sweep,
    /// Find out whether a wrong system clock is the reason why Telegram does not answer.
    MeasureClock,
    Request {
        group: GroupId,
        request: Request,
    },
    Ping,
    Write(Arc<Write>),
    CheckSchedule {
        group: GroupId,
    },
    /// Compose and store the posts that are due.
    QueuePosts {
        group: GroupId,
    },
    /// Compose and store the post that a flag file asks for, then remove the file.
    QueueFlagged {
        group: GroupId,
        at: Option<Instant>,
    },
    /// Compose again the sent posts whose day has become final.
    QueueEdits {
        group: GroupId,
    },
    /// Store the phase that the call of a group shows now, or that its clock has ended. `call`: the running call.
    TurnClock {
        group: GroupId,
        call: Option<CallId>,
    },
    /// Store the reminders of appointments that are due.
    QueueReminders {
        group: GroupId,
    },
    /// Store the due questions to silent people (rules §2.25).
    AskSilent {
        group: GroupId,
    },
    /// Store the organiser's message of the week, if it is due.
    QueuePulse {
        group: GroupId,
    },
    /// Store the alerts that are due.
    DecideAlerts {
        outages: Vec<OutageStep>,
        over: Option<OutageOver>,
    },
    /// Claim the next delivery of the lane, and make one attempt.
    Deliver {
        lane: Lane,
    },
    /// Notify the organiser that the store can't be written, or can be written again.
    NotifyStoreHealth(StoreNotice),
    /// Connect the bot, and read what arrived since its last connection.
    OpenChat,
    /// Throw the bot's connection away.
    CloseChat,
    /// Ask for an answer on the bot's connection, to check that it works.
    CheckChat,
    /// Compare the bot's menu with what it should offer, and set what differs.
    SetMenu,
    /// Read the last messages of the organiser's chat with the account.
    ReadOwnerChat,
    /// Compose answers to the messages under these tickets.
    PrepareAnswers {
        tickets: Vec<u64>,
    },
    /// Copy the store if a copy is due.
    BackUp,
    /// Fold some old stays, if there are any.
    Fold,
    WriteState,
    /// Notify systemd that the event loop makes progress.
    NotifyAlive,
    /// Send a heartbeat to another machine. `failure`: why the group is not seen, or why its data is not stored.
    Heartbeat {
        failure: Option<String>,
    },
    /// Show [`Engine::call`] and [`Engine::link`] in the live view.
    Show,
    /// The tracker ends. `fatal`: with the error that the run loop keeps.
    End {
        fatal: bool,
    },
}

/// An outage that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutageStep {
    /// The one of several groups that is not seen; `None`: the whole account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// The last confirmed instant before the outage, which identifies it.
    pub since: Instant,
    pub why: String,
}

/// An outage that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutageOver {
    /// As in [`OutageStep`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    pub span: Span,
    pub why: String,
    /// An earlier tracker died during the outage.
    pub died: bool,
    /// Telegram sent a date that can't be right. Such an outage causes an alert even if it is short.
    pub wrong_date: bool,
}

/// How the tracker runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Post on time.
    pub post: bool,
    /// A live view is shown.
    pub view: bool,
    /// How often systemd expects a notification.
    pub watchdog: Option<Duration>,
    /// Seed of the jitter that spreads requests in time.
    pub seed: u64,
    /// Accept only possible dates (rules §3.16). Records of older versions accept all.
    #[serde(default)]
    pub check_dates: bool,
}

/// State that an earlier tracker left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Telegram's clock minus the system clock, when Telegram last answered.
    pub offset: i64,
    /// The last confirmed instant of an earlier tracker; 0 if there was none.
    pub last_seen: i64,
    /// Set if the earlier tracker died: since when the group is not seen, and why.
    pub died: Option<OutageStep>,
    /// All groups, with the title if the store has the group already.
    pub titles: Vec<Option<String>>,
}

/// See the module's docs.
#[derive(Debug)]
pub struct Engine {
    shared: Shared,
    connection: Connection,
    /// Outages by group; `None` is the outage of the whole account.
    outages: BTreeMap<Option<GroupId>, Outage>,
    /// Updates of calls that are not followed.
    calls: UnknownCalls,
    budget: RequestBudget,
    /// The sweep, which shows the groups that have a call. Only with several groups.
    sweep: Job,
    /// A stopped tracker has made its last sweep.
    swept_at_end: bool,
    unreadable: Unreadable,
    /// How many jobs about groups the store's thread has now.
    group_jobs: usize,
    /// Outages that are over, and whose alerts are not stored yet, in order.
    outages_over: VecDeque<OutageOver>,
    /// When a short outage with a wrong date last caused an alert.
    wrong_date_alerted: Option<Duration>,
    /// Deciding which alerts are due.
    alerts: Job,
    /// The outage in `outages_over` that the running decision is about.
    deciding: Option<OutageOver>,
    lanes: [LaneState; Lane::ALL.len()],
    /// [`Action::TurnClock`] is under way.
    turning: bool,
    chat: Chat,
    health: StoreHealth,
    groups: Vec<Group>,
    me: Option<PeerId>,
    /// The last confirmed instant, also of an earlier tracker; 0 if there was none.
    last_seen: i64,
    backup: Job,
    fold: Job,
    /// The end of the day for which [`Action::BackUp`] ran last.
    day_ends: Option<Instant>,
    state_written: Duration,
    state_changed: bool,
    alive: Duration,
    heartbeat_at: Duration,
    /// Whether the last heartbeat reported no failure.
    last_heartbeat_ok: bool,
    viewed: Duration,
    /// Until when a stopped tracker waits.
    stopping: Option<Duration>,
    ended: bool,
    /// When the next timeout was expected.
    expected: Option<Duration>,
}

/// What the parts of the engine share.
#[derive(Debug)]
struct Shared {
    options: Options,
    now: Now,
    clock: TelegramClock,
    actions: VecDeque<Action>,
    buffer: WriteBuffer,
    jitter: Jitter,
    /// There are several groups.
    many: bool,
}

impl Shared {
    fn act(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    fn steady(&self) -> Duration {
        self.now.steady
    }

    /// Telegram's time.
    fn at(&self) -> Instant {
        self.clock.at(self.now)
    }

    /// Telegram's clock minus the system clock, in seconds.
    fn offset(&self) -> i64 {
        self.clock.offset(self.now)
    }

    /// When `at` is reached, by the steady clock; now if `at` is past.
    fn steady_at(&self, at: Instant) -> Duration {
        self.steady() + Duration::from_secs((at - self.at()).max(0).unsigned_abs())
    }
}

/// A job that repeats. At most one is under way.
#[derive(Clone, Copy, Debug, Default)]
struct Job {
    busy: bool,
    /// When it is due; never if `None`.
    at: Option<Duration>,
}

impl Job {
    fn due_now(&mut self, now: Duration) {
        self.at = Some(self.at.map_or(now, |at| at.min(now)));
    }

    fn deadline(&self) -> Option<Duration> {
        self.at.filter(|_| !self.busy)
    }

    fn start(&mut self) {
        *self = Job { busy: true, at: None };
    }

    /// The job is done. If it became due meanwhile, it stays due.
    fn finish(&mut self, next: Option<Duration>) {
        self.busy = false;
        self.at = match (self.at, next) {
            (Some(at), Some(next)) => Some(at.min(next)),
            (at, next) => at.or(next),
        };
    }
}

type LaneState = Job;

/// How a connection is lost.
#[derive(Clone, Debug)]
struct Loss {
    why: String,
    reason: BlindReason,
    /// Telegram says how long to wait.
    wait: Option<Duration>,
    silent: bool,
    find_again: bool,
    /// Telegram sent a date that can't be right.
    wrong_date: bool,
}

impl Loss {
    fn new(why: impl Into<String>) -> Loss {
        Loss {
            why: why.into(),
            reason: BlindReason::Offline,
            wait: None,
            silent: false,
            find_again: false,
            wrong_date: false,
        }
    }
}

impl Engine {
    /// A tracker that starts at `now`: its first action is to connect.
    pub fn new(options: Options, start: Start, now: Now) -> Engine {
        let shared = Shared {
            options,
            now,
            clock: TelegramClock::new(options.check_dates, start.offset, now),
            actions: VecDeque::new(),
            buffer: WriteBuffer::default(),
            jitter: Jitter(options.seed | 1),
            many: start.titles.len() > 1,
        };
        let outage = match start.died {
            Some(step) => Outage::died(step, now.steady),
            None => Outage::new(None, "it was starting".into(), now.steady),
        };
        let groups = start.titles.into_iter().enumerate().map(|(id, title)| Group::new(GroupId(id), title));
        let mut groups: Vec<Group> = groups.collect();
        if shared.many {
            let wanted = Standing::Wanted { at: now.steady, failures: 0 };
            groups.iter_mut().for_each(|group| group.standing = wanted);
        }
        let due = Job { busy: false, at: Some(now.steady) };
        let mut engine = Engine {
            shared,
            connection: Connection::default(),
            outages: [(None, outage)].into(),
            calls: UnknownCalls::default(),
            budget: RequestBudget::default(),
            sweep: due,
            swept_at_end: false,
            unreadable: Unreadable::default(),
            group_jobs: 0,
            outages_over: VecDeque::new(),
            wrong_date_alerted: None,
            alerts: due,
            deciding: None,
            // The clock is due once there is one.
            lanes: Lane::ALL.map(|lane| if lane == Lane::Clock { Job::default() } else { due }),
            turning: false,
            chat: Chat::default(),
            health: StoreHealth::default(),
            groups,
            me: None,
            last_seen: start.last_seen,
            backup: due,
            fold: Job { busy: false, at: Some(now.steady + FIRST_FOLD) },
            day_ends: None,
            state_written: now.steady,
            state_changed: true,
            alive: now.steady,
            heartbeat_at: now.steady + HEARTBEAT_INTERVAL,
            last_heartbeat_ok: false,
            viewed: now.steady,
            stopping: None,
            ended: false,
            expected: None,
        };
        engine.shared.act(Action::WriteState);
        if options.watchdog.is_some() {
            engine.shared.act(Action::NotifyAlive);
        }
        engine.open();
        engine.run_timers();
        engine
    }

    /// The next thing to do.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.shared.actions.pop_front()
    }

    /// When [`Input::Timeout`] is due, by the steady clock.
    pub fn poll_timeout(&mut self) -> Option<Duration> {
        let account = Timer::ALL.into_iter().filter_map(|timer| self.deadline(timer));
        let groups = self
            .groups
            .iter()
            .flat_map(|group| GroupTimer::ALL.into_iter().filter_map(|timer| self.group_deadline(group, timer)));
        self.expected = account.chain(groups).min();
        self.expected
    }

    /// Takes what happened at `now`.
    pub fn handle(&mut self, now: Now, input: Input) {
        if self.ended {
            return;
        }
        let stalled = self.stalled(now);
        self.shared.now = now;
        if stalled && self.is_online() {
            // Updates that waited meanwhile are evidence, but the outage goes on until the next read.
            self.outage_started(None, STALL_REASON);
            self.connection.stalled = true;
        }
        let lost = self.take(input);
        self.connection.stalled = false;
        if let Some(loss) = lost {
            self.lose(loss);
        } else if stalled && self.is_online() {
            self.lose(Loss::new(STALL_REASON));
        }
        self.run_timers();
    }

    /// Whether the machine slept, somebody has set its clock, or the process stood still since the last input.
    fn stalled(&self, now: Now) -> bool {
        let late = self.expected.is_some_and(|expected| now.steady > expected + MAX_TIMER_DELAY);
        late || (now.drift() - self.shared.now.drift()).abs() > MAX_DRIFT
    }

    /// Handles an input. Returns `Some` if the connection is lost because of it.
    fn take(&mut self, input: Input) -> Option<Loss> {
        match input {
            Input::Timeout => {}
            Input::Stop => self.stop(),
            Input::Opened(opened) => return self.opened(*opened),
            Input::OpenFailed(failure) => return self.connection_failed(failure),
            Input::ClockMeasured(why) => self.clock_measured(why),
            Input::GroupsFound(found) => return self.groups_found(found),
            Input::Swept(swept) => return self.swept(swept),
            Input::GroupAdded { group, title } => self.group_added(group, title),
            Input::GroupRemoved { group } => self.group_removed(group),
            Input::Updates(updates) => return self.updates(updates),
            Input::Answered { group, answer } => {
                self.connection.received = self.shared.steady();
                return self.answered(group, answer);
            }
            Input::Pong(date) => {
                self.connection.pinging = false;
                match date {
                    Ok(at) => {
                        self.connection.received = self.shared.steady();
                        return self.take_time(at);
                    }
                    // The connection works: this is an answer.
                    Err(Failure::Flood { seconds }) => {
                        self.connection.received = self.shared.steady();
                        self.connection.ping_held = self.shared.steady() + Duration::from_secs(seconds.into());
                    }
                    Err(failure) => return self.connection_failed(failure),
                }
            }
            Input::Written(result) => self.written(result),
            Input::Changed => self.changed(),
            Input::Rights { group, rights } => self.rights_changed(group, rights),
            Input::FlagFound { group, at } => self.group(group).flag = Some(at),
            Input::ScheduleChecked { group, schedule } => self.schedule_checked(group, schedule),
            Input::PostsQueued { group, queued } => self.posts_queued(group, queued),
            Input::EditsQueued { group, edits } => self.edits_queued(group, edits),
            Input::ClockChanged { group } => self.clock_changed(group),
            Input::ClockTurned { group, turned } => self.clock_turned(group, turned),
            Input::RemindersQueued { group, reminded } => self.reminders_queued(group, reminded),
            Input::SilentAsked { group, looked } => self.silent_asked(group, looked),
            Input::PulseQueued { group, weekly } => self.pulse_queued(group, weekly),
            Input::AlertsDecided(result) => self.alerts_decided(result),
            Input::Delivered { lane, delivery } => return self.delivered(lane, delivery),
            Input::Told(sent) => self.health.told(sent, self.shared.steady()),
            Input::Answering(answering) => self.answering_changed(answering),
            Input::ChatOpened(opened) => self.chat_opened(opened),
            Input::ChatLost(failure) => self.chat_lost(&failure),
            Input::ChatChecked(checked) => self.chat_checked(checked),
            Input::MenuSet(set) => self.menu_set(set),
            Input::ChatReceived { ticket } => self.chat_received(ticket),
            Input::AnswersPrepared { ticket, answers, posts } => self.answers_prepared(ticket, answers, posts),
            Input::BackedUp { again, day_ends } => {
                // The clock may have jumped into the next day meanwhile.
                let is_over = day_ends <= self.shared.at();
                let again = if is_over { MIN_RETRY_INTERVAL } else { again };
                self.backup.finish(Some(self.shared.steady() + again));
                self.day_ends = Some(day_ends).filter(|_| !is_over);
            }
            Input::Folded { again } => self.fold.finish(Some(self.shared.steady() + again)),
        }
        None
    }

    /// Fires every timer that is due, until none is.
    fn run_timers(&mut self) {
        // Firing a timer moves its deadline on, so this ends by itself; the bound keeps a bug from hanging the loop.
        for _ in 0..1000 {
            if self.ended {
                return;
            }
            let now = self.shared.steady();
            let account = Timer::ALL.into_iter().find(|timer| self.deadline(*timer).is_some_and(|at| at <= now));
            if let Some(timer) = account {
                self.fire(timer);
                continue;
            }
            let due = self.groups.iter().find_map(|group| {
                let is_due = |timer: &GroupTimer| self.group_deadline(group, *timer).is_some_and(|at| at <= now);
                GroupTimer::ALL.into_iter().find(is_due).map(|timer| (group.id, timer))
            });
            match due {
                Some((group, timer)) => self.fire_group(group, timer),
                None => return,
            }
        }
    }

    /// Handles a failure of the store: the work is retried later, or the tracker ends.
    fn store_failed(&mut self, failure: StoreFailure) {
        if !failure.passes {
            self.end(true);
            return;
        }
        let (now, steady) = (self.shared.at(), self.shared.steady());
        self.shared.buffer.failed(steady, &failure);
        // A small write as a probe: if it succeeds, the store can be written again.
        self.shared.buffer.push(Write::Offset(self.shared.offset()));
        self.health.failed(failure, now, steady);
    }

    fn written(&mut self, result: Result<(), StoreFailure>) {
        match result {
            Ok(()) => {
                if let Some(facts) = self.shared.buffer.written() {
                    tracing::info!("the store can be written again; {facts} facts that waited are stored");
                    self.health.recovered(self.shared.at(), self.shared.steady());
                }
            }
            Err(failure) if failure.passes => {
                let (now, steady) = (self.shared.at(), self.shared.steady());
                self.shared.buffer.not_written();
                self.shared.buffer.failed(steady, &failure);
                self.health.failed(failure, now, steady);
            }
            Err(_) => {
                self.shared.buffer.not_written();
                self.end(true);
            }
        }
        self.state_changed |= self.health.is_failing();
    }

    /// Another process has written, or settings have changed: everything that depends on the store is checked again.
    fn changed(&mut self) {
        let now = self.shared.steady();
        self.lanes_due_now();
        self.alerts.due_now(now);
        for group in &mut self.groups {
            group.schedule.due_now(now);
            group.edits.due_now(now);
            group.reminders.due_now(now);
            group.silence.due_now(now);
            group.pulse.due_now(now);
        }
    }

    /// Makes each lane due; the lane of clocks only if a group has a clock.
    fn lanes_due_now(&mut self) {
        let (now, has_clock) = (self.shared.steady(), self.has_clock());
        for lane in Lane::ALL.into_iter().filter(|lane| *lane != Lane::Clock || has_clock) {
            self.lanes[lane as usize].due_now(now);
        }
    }

    fn delivered(&mut self, lane: Lane, delivery: Result<Delivery, StoreFailure>) -> Option<Loss> {
        let now = self.shared.steady();
        match delivery {
            Ok(Delivery::Nothing { next }) => {
                // A lease that is just running out is checked again in a second, not at once.
                let next = next.map(|at| self.shared.steady_at(at).max(now + MIN_RETRY_INTERVAL));
                self.lanes[lane as usize].finish(next);
            }
            Ok(Delivery::Attempted { ticket, group, sent, failure, moved }) => {
                self.shared.buffer.push(Write::Settle(ticket));
                let pause = if lane == Lane::Answers { ANSWER_PAUSE } else { Duration::ZERO };
                self.lanes[lane as usize].finish(Some(now + pause));
                if lane == Lane::Posts {
                    // A refused post causes an alert; a sent post may become final.
                    self.lanes[Lane::Website as usize].due_now(now);
                    self.alerts_due_soon();
                    let group = self.group(group);
                    group.edits.due_now(now);
                    group.posted += usize::from(sent);
                }
                if moved {
                    return self.moved(group);
                }
                if let Some(failure) = failure {
                    return self.connection_failed(failure);
                }
            }
            Err(failure) => {
                self.lanes[lane as usize].finish(Some(now));
                self.store_failed(failure);
            }
        }
        None
    }

    /// A post was stored or sent, which may cause an alert. Posts of several groups are collected for one alert.
    fn alerts_due_soon(&mut self) {
        let delay = if self.shared.many { ALERT_DELAY } else { Duration::ZERO };
        self.alerts.due_now(self.shared.steady() + delay);
    }

    fn alerts_decided(&mut self, result: Result<Option<Instant>, StoreFailure>) {
        let now = self.shared.steady();
        match result {
            Ok(next) => {
                if self.deciding.take().is_some() {
                    self.outages_over.pop_front();
                }
                self.alerts.finish(next.map(|at| self.shared.steady_at(at).max(now + MIN_RETRY_INTERVAL)));
                if !self.outages_over.is_empty() {
                    self.alerts.due_now(now);
                }
                self.lanes[Lane::Alerts as usize].due_now(now);
            }
            Err(failure) => {
                self.alerts.finish(Some(now));
                self.store_failed(failure);
            }
        }
    }

    fn stop(&mut self) {
        if !self.is_online() {
            self.end(false);
            return;
        }
        // The seconds since the last read may never be proved later, so the tracker reads once more.
        let now = self.shared.steady();
        self.stopping = Some(now + FINAL_READ_TIMEOUT);
        self.sweep.due_now(now);
        self.groups.iter_mut().for_each(|group| group.check_at = now);
    }

    fn end(&mut self, fatal: bool) {
        self.ended = true;
        self.shared.act(Action::End { fatal });
    }

    fn group(&mut self, id: GroupId) -> &mut Group {
        &mut self.groups[id.0]
    }

    /// Nothing waits to be written: all that a post or an alert reports is on the disk, and the message itself can be
    /// stored.
    fn store_is_ready(&self) -> bool {
        self.shared.buffer.is_empty()
    }

    // State for other parts of the tracker.

    /// Telegram's time, and its clock minus the system clock.
    pub fn clock(&self) -> (Instant, i64) {
        (self.shared.at(), self.shared.offset())
    }

    /// The last confirmed instant, also of an earlier tracker; 0 if there was none.
    pub fn last_seen(&self) -> i64 {
        self.last_seen
    }

    /// The account that watches, once it is known.
    pub fn me(&self) -> Option<PeerId> {
        self.me
    }

    /// The outage that goes on, of the account or of one group: since when, if that is known, and why.
    pub fn outage(&self, group: Option<GroupId>) -> Option<(Option<Instant>, &str)> {
        self.outages.get(&group).map(|outage| (outage.since, outage.why.as_str()))
    }

    /// Why the store can't be written, and how many facts wait in memory.
    pub fn store_failure(&self) -> Option<(&str, usize)> {
        self.shared.buffer.failure()
    }

    /// What has not been written yet.
    pub fn buffer(&mut self) -> &mut WriteBuffer {
        &mut self.shared.buffer
    }

    /// A group's title, once it is known.
    pub fn title(&self, group: GroupId) -> Option<&str> {
        self.groups.get(group.0).and_then(|group| group.title.as_deref())
    }

    /// When a group's next daily post is due, once the schedule was checked.
    pub fn next_post(&self, group: GroupId) -> Option<Instant> {
        self.groups.get(group.0).and_then(|group| group.next_post)
    }

    /// From the first to the last confirmed instant of this run, and how many posts it sent.
    pub fn summary(&self, group: GroupId) -> (Option<Span>, usize) {
        self.groups.get(group.0).map_or((None, 0), |group| (group.run, group.posted))
    }

    /// How the changes of a group's calls became known in this run.
    pub fn changes(&self, group: GroupId) -> Changes {
        self.groups.get(group.0).map_or_else(Changes::default, Group::changes)
    }

    /// The call of a group, as it is shown.
    pub fn call(&self, group: GroupId) -> Option<CallView> {
        self.groups.get(group.0).and_then(|group| group.view(self.shared.at(), self.is_online()))
    }
}

/// Spreads requests in time; the same seed gives the same numbers. Not for secrets.
#[derive(Clone, Copy, Debug)]
struct Jitter(u64);

impl Jitter {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        low + (high - low) * ((self.0 >> 11) as f64 / (1_u64 << 53) as f64)
    }
}
