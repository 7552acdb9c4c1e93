//! The long-running loop: events in, the domain decides, the store writes.
//!
//! ```text
//! connect ── look ── watch ────────────── lost ── back off ── connect …
//!                      │ updates, answers → GroupWatcher → facts → store (one transaction)
//!                      │ every 15 s a sign of life; every 30 s a check; every 5 min a full read
//! ```
//! Nothing here credits time: a connection that hangs or a clock that jumps only makes it blind (DESIGN §2.3–5).

mod alerts;
pub mod engine;
mod posts;
mod unwritten;
mod view;
pub mod write_buffer;

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::app::backup::{self, Daily};
use crate::app::boards;
use crate::app::import;
use crate::app::publish;
use crate::app::sender::{Finished, Job, Lane};
use crate::config::Config;
use crate::domain::alert::{StoreFailure, UnstoredAlert};
use crate::domain::credentials::{BotLogin, Login};
use crate::domain::live::{self, View, Wait};
use crate::domain::people::Known;
use crate::domain::post::problem::Problem;
use crate::domain::roster::{BlindReason, Event, Fact, GroupWatcher, Observed, Output, Request};
use crate::domain::text::duration;
use crate::domain::{CallId, Instant, PeerId, Span};
use crate::error::{Error, Result};
use crate::platform::clock::Clock;
use crate::platform::lock::Lock;
use crate::platform::state_file::State;
use crate::platform::systemd::Service;
use crate::store::{self, Access, GroupKey, GroupRow, Store};
use crate::telegram::group::GroupError;
use crate::telegram::observe::{self, Keys, Query, Seen};
use crate::telegram::server_time::{MAX_CLOCK_AHEAD, server_time};
use crate::telegram::{CallError, Connection, Group, LoginString, group};
use crate::tracker::unwritten::{News, Unwritten, Write};
use crate::web::client::Exporter;
use alerts::{Dark, Sending};

pub use view::Summary;

/// How often the loop looks at its timers.
const TICK: Duration = Duration::from_millis(250);
/// How often Telegram is asked for a sign of life.
const PING: Duration = Duration::from_secs(15);
/// How often the roster is checked: between these two, at random, so that a thousand trackers do not ask at once.
const CHECK: (Duration, Duration) = (Duration::from_secs(25), Duration::from_secs(35));
/// How often the roster is read in full.
const READ: Duration = Duration::from_secs(300);
/// How long a tracker that is stopped waits for the last look, and for a post that is under way.
const LAST_LOOK: Duration = Duration::from_secs(3);
/// The longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A pause between two ticks that is this much longer than planned means that the process, or the machine, stood still.
const STOOD_STILL: Duration = Duration::from_secs(10);
/// The system clock may run this far from the steady one before it means a sleep or a set clock, in seconds.
const DRIFT: i64 = 5;
/// How often the outbox is looked at: a manual post is delivered within a second (DESIGN §4.5).
const OUTBOX: Duration = Duration::from_millis(400);
/// How often the schedule is looked at.
const SCHEDULE: Duration = Duration::from_secs(5);
/// How often sent posts are looked at: once their day is final they are edited.
const FINALIZE: Duration = Duration::from_secs(10);
/// How often it is looked whether a website is to hear something.
const EXPORT: Duration = Duration::from_secs(1);
/// Why nothing is known of a while.
const SLEPT: &str = "this computer slept, or its clock was set";
/// How many updates are taken into one transaction.
const BATCH: usize = 512;
/// How long a write waits for another program that has locked the store; after that it is kept and tried again.
const PATIENCE: Duration = Duration::from_secs(1);

/// How the tracker is run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Post on time.
    pub post: bool,
    /// Somebody looks: work out what a live view shows.
    pub view: bool,
}

/// How a tracker that had begun to look ended, and what there is to tell of it.
#[derive(Debug)]
pub struct Ended {
    pub end: Result<()>,
    pub summary: Summary,
}

/// Watches the group's call until `stop`. If somebody looks, `show` gets what a live view needs, about once a second.
/// An error is of the time before it could look at all.
pub async fn run(
    config: &Config,
    options: Options,
    stop: &CancellationToken,
    mut show: impl FnMut(&View),
) -> Result<Ended> {
    let login = config.credentials.login()?;
    let string = LoginString::parse(&login.string)?;
    let Some(_lock) = Lock::take_patiently(&config.home().lock()).await? else {
        return Err(Error::temporary("a tracker is already running on this store")
            .hint("There is no need for a second one. To stop the first, end its process, e.g. with Ctrl-C."));
    };
    if let Some(taken) = import::in_place(config.home(), config.group())? {
        let kept = taken.kept.unwrap_or_default();
        tracing::info!("took over the old tracker's {} days; its database is kept as {}", taken.days, kept.display());
        if let Some(day) = taken.anchor_date {
            tracing::info!("to go on with its old blocks: set SWF_ANCHOR_DATE={day} and SWF_PERIODS=anchored");
        }
        if taken.bad_rows + taken.capped > 0 {
            tracing::warn!(
                "left out {} rows that can't be; {} totals are longer than their day",
                taken.bad_rows,
                taken.capped
            );
        }
    }
    let path = config.home().store();
    if path.metadata().is_ok_and(|file| file.len() > 0) {
        // Before the first byte is written to it.
        store::check(&path).map_err(|error| backup::with_way_back(error, config.home(), config.group().zone))?;
    }
    let store = Store::open(&path, Access::Upgrade)?;
    store.wait_at_most(PATIENCE)?;
    let clock = Clock::new(store.groups()?.first().map_or(0, |group| group.clock_offset));
    for error in &config.settings.unreadable {
        tracing::error!("{error}");
    }
    let web = publish::settings(&config.raw, &config.credentials);
    let exporter = publish::exporter(&web, &config.credentials).unwrap_or_else(|error| {
        tracing::error!("{error}");
        None
    });
    let earlier = State::read(config.home());
    let dark = match &earlier {
        Some(state) if state.is_unfinished() => Dark {
            since: Some(state.dark_since()),
            why: state.error.clone().unwrap_or_else(|| "it was killed, or the computer was switched off".into()),
            died: true,
            noted: clock.elapsed(),
        },
        _ => Dark { since: None, why: "it was starting".into(), died: false, noted: clock.elapsed() },
    };
    let last_seen = earlier.map_or(0, |state| state.last_seen);
    let mut tracker = Tracker {
        config,
        dark: Some(dark),
        asleep: false,
        ended: None,
        since: clock.system(),
        row: boards::group(&store, config.group().name.as_deref()).ok(),
        link: live::Connection::Connecting,
        wait: None,
        last_seen,
        beat: Duration::ZERO,
        alert: Duration::ZERO,
        alerts: JoinSet::new(),
        trouble: None,
        word: None,
        words: JoinSet::new(),
        exporter,
        export: web.is_wanted(),
        options,
        login,
        bot: config.bot()?,
        string,
        store,
        clock,
        watch: GroupWatcher::default(),
        began: None,
        unwritten: Unwritten::default(),
        daily: Daily::default(),
        stale: false,
        place: None,
        key: None,
        keys: Keys::default(),
        known: HashMap::new(),
        confirmed: None,
        today: HashMap::new(),
        next_post: None,
        viewed: None,
        jitter: Jitter::default(),
        flag: None,
        service: Service::new(),
        watched: None,
        posted: 0,
    };
    tracing::info!("started");
    tracker.write_state(None);
    tracker.service.ready();
    let end = tracker.run(stop, &mut show).await;
    tracker.service.stopping();
    let end = tracker.finish(end).map_err(|error| backup::with_way_back(error, config.home(), config.group().zone));
    tracker.write_state(Some(&end));
    match &end {
        Ok(()) => tracing::info!("stopped"),
        Err(error) => tracing::error!("stopped: {error}"),
    }
    Ok(Ended { end, summary: tracker.summary() })
}

/// The group that is watched.
#[derive(Clone)]
struct Place {
    group: Group,
    row: GroupRow,
    me: PeerId,
}

struct Tracker<'a> {
    config: &'a Config,
    options: Options,
    login: Login,
    bot: Option<BotLogin>,
    exporter: Option<Exporter>,
    /// A website wants a snapshot of each post.
    export: bool,
    string: LoginString,
    store: Store,
    clock: Clock,
    watch: GroupWatcher,
    /// The start of the first stay in the call that is followed, or was.
    began: Option<(CallId, Instant)>,
    unwritten: Unwritten,
    daily: Daily,
    /// The group is not seen.
    dark: Option<Dark>,
    /// What is seen just now waited while the process stood still.
    asleep: bool,
    /// It was not, and whoever should know of it is not told yet: from when to when.
    ended: Option<(Span, Dark)>,
    /// When the tracker was started, by the system clock.
    since: Instant,
    /// The group, as the store knew it at the start.
    row: Option<GroupRow>,
    link: live::Connection,
    wait: Option<Wait>,
    /// The last confirmed instant, also of an earlier tracker; 0 if there was none.
    last_seen: i64,
    beat: Duration,
    alert: Duration,
    /// The alert that is on its way.
    alerts: JoinSet<Sending>,
    /// The store can't be written, or could not just now.
    trouble: Option<StoreFailure>,
    /// What is to be told of that, and when to try next.
    word: Option<(Word, Duration)>,
    words: JoinSet<(Word, std::result::Result<(), Problem>)>,
    /// The liveness file can't be written.
    stale: bool,
    place: Option<Place>,
    /// The group's key, once it is known: it stays while `place` is looked for anew.
    key: Option<GroupKey>,
    keys: Keys,
    /// What the store has of people, so that unchanged names are not written again.
    known: HashMap<PeerId, Known>,
    /// The last instant at which the group was seen, call or no call.
    confirmed: Option<Instant>,
    /// What counts today of whoever is in.
    today: HashMap<PeerId, i64>,
    /// When the next post is due that nobody has made yet.
    next_post: Option<Instant>,
    viewed: Option<Duration>,
    jitter: Jitter,
    /// The age of a flag file that has asked for its post, and stays.
    flag: Option<Option<Instant>>,
    service: Service,
    /// From the first to the last confirmed instant of this run.
    watched: Option<Span>,
    /// Posts that this run brought into the group.
    posted: usize,
}

/// How a connection ended.
enum End {
    Stopped,
    Lost { why: String, reason: BlindReason, wait: Option<Duration>, silent: bool },
    Failed(Error),
}

impl From<Error> for End {
    fn from(error: Error) -> End {
        End::Failed(error)
    }
}

impl From<CallError> for End {
    fn from(error: CallError) -> End {
        match &error {
            CallError::SignedOut(_) => End::Failed(error.into()),
            CallError::Flood { seconds } => {
                let wait = Some(Duration::from_secs((*seconds).into()));
                End::Lost { why: error.to_string(), reason: BlindReason::FloodWait, wait, silent: false }
            }
            _ => {
                let silent = error == CallError::Silence;
                End::Lost { why: error.to_string(), reason: BlindReason::Offline, wait: None, silent }
            }
        }
    }
}

/// A job under way beside the loop.
enum Done {
    Answer(std::result::Result<Seen, CallError>),
    Ping(std::result::Result<Instant, CallError>),
    Sent(Box<Job>, Finished),
}

/// The timers of one connection, by [`Clock::elapsed`].
struct Timers {
    ping: Duration,
    check: Duration,
    read: Duration,
    outbox: Duration,
    schedule: Duration,
    /// Until then Telegram is not asked about the call.
    quiet: Duration,
    /// Because it wants that.
    flooded: bool,
    /// Requests about the call that failed in a row.
    failures: u32,
    finalize: Duration,
    export: Duration,
    /// A post is due, and waits until then for a fresh look at the call.
    freshen: Option<(Duration, Instant)>,
}

impl Tracker<'_> {
    async fn run(&mut self, stop: &CancellationToken, show: &mut impl FnMut(&View)) -> Result<()> {
        let mut failures = 0_u32;
        loop {
            self.show(live::Connection::Connecting, None, show);
            self.service.turned(self.clock.elapsed());
            self.service.status("connecting");
            let connected = self.clock.elapsed();
            let (why, reason, wait, silent) = match self.connection(stop, show).await {
                End::Stopped => return Ok(()),
                End::Failed(error) => return Err(error),
                End::Lost { why, reason, wait, silent } => (why, reason, wait, silent),
            };
            let blamed = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                blamed = self.blame_the_clock(silent) => blamed,
            };
            let why = blamed.unwrap_or(why);
            // A connection that held for a while was a good one.
            failures = if self.clock.elapsed() - connected > LONGEST_PAUSE { 0 } else { failures };
            self.darken(&format!("{}: {why}", reason.code()));
            let step = self.watch.handle(Event::Lost(reason));
            self.keep(step.facts, Vec::new(), None)?;
            let pause = Duration::from_secs(1 << failures.min(5)).min(LONGEST_PAUSE);
            let pause = wait.unwrap_or(pause.mul_f64(self.jitter.between(0.7, 1.0)));
            failures += 1;
            tracing::warn!("offline: {why}; next try in {:.0} s", pause.as_secs_f64().ceil());
            self.service.status(&format!("offline: {why}"));
            let until = self.clock.elapsed() + pause;
            while self.clock.elapsed() < until || self.unwritten.is_full() {
                self.flush()?;
                self.look_after().await?;
                self.service.turned(self.clock.elapsed());
                let again = until.saturating_sub(self.clock.elapsed()).as_secs() + 1;
                let wait = Wait { until: self.clock.now() + again as i64, reason: Some(why.clone()) };
                self.show(live::Connection::Offline, Some(wait), show);
                let pause = Some(until.saturating_sub(self.clock.elapsed())).filter(|rest| !rest.is_zero());
                let pause = pause.map_or(TICK, |rest| rest.min(TICK));
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    }

    /// Telegram does not answer a computer whose clock is ahead; says so, if that is why.
    async fn blame_the_clock(&self, silent: bool) -> Option<String> {
        if !silent {
            return None;
        }
        let server = server_time(self.string.address, self.clock.system()).await?;
        let ahead = self.clock.system() - server;
        (ahead > MAX_CLOCK_AHEAD).then(|| {
            format!(
                "this computer's clock is {} ahead of Telegram's, and Telegram refuses that; set it right",
                duration(ahead)
            )
        })
    }

    /// Lives through one connection.
    async fn connection(&mut self, stop: &CancellationToken, show: &mut impl FnMut(&View)) -> End {
        let mut connection = Connection::new(&self.string, self.login.api_id);
        let opened = tokio::select! {
            () = stop.cancelled() => return End::Stopped,
            opened = self.open(&connection) => opened,
        };
        let place = match opened {
            Ok(place) => place,
            Err(end) => return end,
        };
        match self.watch_connection(&mut connection, &place, stop, show).await {
            Ok(()) => End::Stopped,
            // What goes wrong with the last look is not worth a word.
            Err(End::Lost { .. }) if stop.is_cancelled() => End::Stopped,
            Err(end) => end,
        }
    }

    /// The first words on a connection: what time it is, who we are, and which group it is about.
    async fn open(&mut self, connection: &Connection) -> Result<Place, End> {
        let caller = &connection.caller;
        let at = caller.date().await?;
        self.clock.hear(at);
        let place = match self.place.clone() {
            Some(place) => place,
            None => {
                let me = group::self_user(caller).await?;
                if me.profile.bot {
                    let error =
                        Error::config("TG_STRING_SESSION belongs to a bot, and bots can't see who is in a call")
                            .hint("Use the login string of a person's account that is in the group.");
                    return Err(error.into());
                }
                let group = group::resolve(caller, &self.login.group).await.map_err(|error| match error {
                    GroupError::Call(error) => End::from(error),
                    unfit => End::Failed(unfit.into()),
                })?;
                // Without a row for the group nothing can be kept: as long as there is none, this is no connection.
                self.settle_in(group, me, at).map_err(|error| match error.may_pass() {
                    true => {
                        let why = error.message().to_owned();
                        End::Lost { why, reason: BlindReason::Offline, wait: None, silent: false }
                    }
                    false => End::Failed(error),
                })?
            }
        };
        self.write(Write::Offset(self.clock.offset()))?;
        Ok(place)
    }

    /// The group is found: remembers it, and what the store knows of its last call.
    fn settle_in(&mut self, group: Group, me: Known, at: Instant) -> Result<Place> {
        let me_id = me.profile.peer;
        let key = self.store.group(group.peer, group.migrated_from, &group.title, group.username.as_deref(), me_id)?;
        let row = GroupRow {
            key,
            peer: group.peer,
            title: group.title.clone(),
            username: group.username.clone(),
            tracker: Some(me_id),
            clock_offset: self.clock.offset(),
        };
        self.key = Some(key);
        self.keys = Keys::new(self.store.access_hashes(key)?);
        self.write(Write::Observed(Observed { people: vec![me], ..Observed::new(at) }))?;
        if self.watch.call().is_none()
            && let Some(resumed) = self.store.resume(key)?
        {
            self.began = resumed.began.map(|at| (resumed.call, at));
            self.watch = GroupWatcher::resume(resumed.call, resumed.confirmed, resumed.over, resumed.memory);
        }
        self.confirmed = self.store.confirmed(key)?;
        tracing::info!("watching {} as {}", group.title.escape_debug(), me_id);
        let place = Place { group, row, me: me_id };
        self.place = Some(place.clone());
        Ok(place)
    }

    async fn watch_connection(
        &mut self,
        connection: &mut Connection,
        place: &Place,
        stop: &CancellationToken,
        show: &mut impl FnMut(&View),
    ) -> Result<(), End> {
        self.service.status(&format!("watching {}", place.group.title));
        let start = self.clock.elapsed();
        let mut timers = Timers {
            ping: start + PING,
            check: start + self.check_interval(),
            read: start + READ,
            outbox: start,
            schedule: start + SCHEDULE,
            quiet: Duration::ZERO,
            flooded: false,
            failures: 0,
            finalize: start + SCHEDULE,
            export: start,
            freshen: None,
        };
        // Since when the group is watched without a break.
        let mut since = None;
        let mut asks = VecDeque::new();
        let mut jobs: JoinSet<Done> = JoinSet::new();
        let (mut asking, mut pinging, mut sending) = (false, false, false);
        let mut waits = JoinSet::new();
        let mut exports: JoinSet<(Job, Finished)> = JoinSet::new();
        let mut batch = Vec::with_capacity(BATCH);
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last_tick = start;
        let drift = self.clock.drift();
        let mut stopping = None;
        asks.extend(self.watch.handle(Event::Connected).requests);
        loop {
            tokio::select! {
                biased;
                // Nobody may come to prove the seconds since the last look, so there is one more.
                () = stop.cancelled(), if stopping.is_none() => {
                    stopping = Some(self.clock.elapsed() + LAST_LOOK);
                    timers.check = Duration::ZERO;
                }
                count = connection.updates.recv_many(&mut batch, BATCH) => {
                    // What waited while the process stood still is evidence, but not the end of the dark: that is the
                    // first look after it.
                    let stood_still = self.stood_still(last_tick, drift);
                    self.asleep = stood_still.is_err();
                    if self.asleep {
                        self.darken(SLEPT);
                    }
                    if count == 0 {
                        return Err(CallError::Lost("the connection broke down".into()).into());
                    }
                    let seen: Vec<Seen> = batch.drain(..).map(|update| observe::pushed(update, &place.group)).collect();
                    let closed = seen.iter().any(|seen| seen.events.contains(&Event::Lost(BlindReason::Offline)));
                    asks.extend(self.see(seen, &mut since)?);
                    self.asleep = false;
                    stood_still?;
                    if self.unwritten.is_full() {
                        let why = "the store can't be written, and no more can be kept in memory".into();
                        return Err(End::Lost { why, reason: BlindReason::Gap, wait: None, silent: false });
                    }
                    if closed {
                        return Err(CallError::Lost("Telegram closed the connection".into()).into());
                    }
                }
                Some(job) = jobs.join_next() => {
                    let Ok(job) = job else { return Err(CallError::Lost("a request broke down".into()).into()) };
                    match job {
                        Done::Ping(date) => {
                            pinging = false;
                            self.clock.hear(date?);
                        }
                        Done::Answer(Ok(seen)) => {
                            asking = false;
                            timers.failures = 0;
                            asks.extend(self.see(vec![seen], &mut since)?);
                        }
                        Done::Answer(Err(error)) => {
                            asking = false;
                            asks.clear();
                            self.refused(error, &mut timers)?;
                        }
                        Done::Sent(job, finished) => {
                            sending = false;
                            if finished.group_has_moved() {
                                // A look finds out where to.
                                timers.check = self.clock.elapsed();
                            }
                            self.sent(&job, finished)?;
                        }
                    }
                }
                Some(waited) = waits.join_next() => {
                    if waited.is_ok() {
                        asks.extend(self.watch.handle(Event::WaitOver).requests);
                    }
                }
                Some(exported) = exports.join_next() => {
                    if let Ok((job, finished)) = exported {
                        self.exported(&job, finished);
                    }
                }
                _ = tick.tick() => {}
            }
            let now = self.clock.elapsed();
            self.stood_still(last_tick, drift)?;
            last_tick = now;
            self.service.turned(now);
            self.flush()?;
            self.look_after().await?;
            self.daily.look(self.config.home(), self.config.group().zone, self.clock.now(), now).await;
            if now >= timers.ping && !pinging {
                pinging = true;
                timers.ping = now + PING;
                let caller = connection.caller.clone();
                jobs.spawn(async move { Done::Ping(caller.date().await) });
            }
            if now >= timers.quiet && now >= timers.check.min(timers.read) && !asking && asks.is_empty() {
                let full = now >= timers.read || timers.failures > 0;
                timers.check = now + self.check_interval();
                timers.read = if full { now + READ } else { timers.read };
                asks.extend(self.watch.handle(Event::Due { full }).requests);
            }
            // Waiting is no request: it goes on beside one.
            asks.retain(|ask| {
                let wait = *ask == Request::Wait;
                if wait {
                    waits.spawn(tokio::time::sleep(observe::GAP_TIMEOUT));
                }
                !wait
            });
            if !asking
                && now >= timers.quiet
                && let Some(ask) = asks.pop_front()
            {
                asking = true;
                let request = Query::new(ask, &self.keys);
                let (caller, group) = (connection.caller.clone(), place.group.clone());
                jobs.spawn(async move { Done::Answer(request.run(&caller, &group).await) });
            }
            if let Some(until) = stopping {
                let looked = !asking && asks.is_empty() && waits.is_empty() && now < timers.check;
                if now >= until || now < timers.quiet || (looked && !sending) {
                    return Ok(());
                }
            }
            // A post waits until all that it tells of is on the disk, and itself (DESIGN §4.1).
            if self.options.post && now >= timers.schedule && self.unwritten.is_empty() {
                timers.schedule = now + SCHEDULE;
                let scheduled = self.schedule(place, &mut timers, now);
                self.forgive(scheduled)?;
            }
            if now >= timers.outbox && !sending && self.unwritten.is_empty() {
                timers.outbox = now + OUTBOX;
                let flag = self.take_flag(place);
                let next = flag.and_then(|()| self.next_job(place, &connection.caller, Lane::Posts));
                if let Some(job) = self.forgive(next)?.flatten() {
                    sending = true;
                    jobs.spawn(async move {
                        let finished = job.run().await;
                        Done::Sent(Box::new(job), finished)
                    });
                }
            }
            if now >= timers.finalize && self.unwritten.is_empty() {
                timers.finalize = now + FINALIZE;
                let queued = self.queue_final(place);
                self.forgive(queued)?;
            }
            if now >= timers.export && exports.is_empty() && self.unwritten.is_empty() {
                timers.export = now + EXPORT;
                if let Some(job) = self.next_export(place, &connection.caller) {
                    exports.spawn(async move {
                        let finished = job.run().await;
                        (job, finished)
                    });
                }
            }
            let (link, wait) = match timers.quiet.saturating_sub(now).as_secs() {
                seconds @ 1.. if timers.flooded => {
                    let until = self.clock.now() + seconds as i64;
                    (live::Connection::FloodWait, Some(Wait { until, reason: None }))
                }
                _ => (live::Connection::Online, None),
            };
            self.show(link, wait, show);
        }
    }

    /// Takes what was seen: the domain decides, the store writes, then it counts.
    fn see(&mut self, seen: Vec<Seen>, since: &mut Option<Instant>) -> Result<Vec<Request>, End> {
        let mut all = Output::default();
        let mut people = Vec::new();
        for seen in seen {
            if let Some(at) = seen.at
                && at > self.clock.now()
            {
                // Telegram's clock is the clock of record, and never shows a time that is yet to come.
                self.clock.hear(at);
            }
            self.keys.learn(&seen);
            people.extend(seen.people);
            for event in seen.events {
                let step = self.watch.handle(event);
                all.facts.extend(step.facts);
                all.requests.extend(step.requests);
            }
        }
        let confirmed = all.facts.iter().filter_map(|fact| match fact {
            Fact::Confirmed { at, .. } | Fact::Idle { at } => Some(*at),
            _ => None,
        });
        let confirmed = confirmed.max();
        let watched = confirmed.map(|at| Span::new(*since.get_or_insert(at), at));
        self.keep(all.facts, people, watched)?;
        if let Some(at) = confirmed {
            self.confirmed = self.confirmed.max(Some(at));
            self.last_seen = self.last_seen.max(at.0);
            self.watched = Some(self.watched.map_or(Span::new(at, at), |run| Span::new(run.from, run.to.max(at))));
            self.lighten(at);
            self.write_state(None);
        }
        Ok(all.requests)
    }

    /// Stores facts and changed profiles in one transaction, and logs what happened.
    fn keep(&mut self, mut facts: Vec<Fact>, people: Vec<Known>, watched: Option<Span>) -> Result<()> {
        let mut seen = Observed { watched, ..Observed::new(self.clock.now()) };
        for known in people {
            if self.known.get(&known.profile.peer) != Some(&known) {
                self.known.insert(known.profile.peer, known.clone());
                seen.people.push(known);
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
        seen.facts = facts;
        self.write(Write::Observed(seen))
    }

    /// Writes now, or as soon as it can be written.
    fn write(&mut self, write: Write) -> Result<()> {
        self.unwritten.push(write);
        self.flush()
    }

    /// Writes what waits, if it is time to try.
    fn flush(&mut self) -> Result<()> {
        let Some(key) = self.key else { return Ok(()) };
        let (store, aliases) = (&mut self.store, &self.config.group().aliases);
        let news = self.unwritten.flush(self.clock.elapsed(), |write| match write {
            Write::Observed(seen) => store.record(key, seen, aliases),
            Write::Settled(settlement) => store.settle(settlement),
            Write::Offset(offset) => store.set_clock_offset(key, *offset),
        })?;
        self.hear_of(news);
        Ok(())
    }

    /// Says that the store can't be written, or can be again; once.
    fn hear_of(&mut self, news: Option<News>) {
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed().as_secs() as i64);
        match news {
            Some(News::Trouble { why, mend }) => {
                tracing::error!("{why}; what is seen is kept in memory, and posts wait");
                self.trouble = Some(StoreFailure::begin(self.trouble.take(), why, mend, now, elapsed));
            }
            Some(News::Mended(facts)) => {
                tracing::info!("the store can be written again; {facts} facts that waited are in it");
                if let Some(trouble) = &mut self.trouble {
                    trouble.recover(now, elapsed);
                }
            }
            None => {}
        }
    }

    /// What has to do with posts may fail for a while as everything else that is written, and is simply done again.
    fn forgive<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Err(error) if error.may_pass() => {
                let news = self.unwritten.note(self.clock.elapsed(), &error);
                self.hear_of(news);
                // Where this can be written, posts can.
                self.unwritten.push(Write::Offset(self.clock.offset()));
                Ok(None)
            }
            result => result.map(Some),
        }
    }

    /// Tries once more to write what waits, and says what is lost if that fails.
    fn finish(&mut self, end: Result<()>) -> Result<()> {
        self.unwritten.hurry();
        let problem = self.flush().err();
        let Some(loss) = self.unwritten.loss(self.config.group().zone) else { return end };
        let why = problem.as_ref().map(Error::message).or(self.unwritten.trouble().map(|(why, _)| why));
        let lost = format!("this could not be written, and is lost: {loss} ({})", why.unwrap_or_default());
        let again = "Mend that, then start again: whoever is still in the call then counts from when they joined.";
        Err(match end {
            Ok(()) => Error::failed(format!("stopped, but {lost}")).hint(again),
            Err(error) => error.hint(lost).hint(again),
        })
    }

    fn log(&self, fact: &Fact) {
        let name = |peer: &PeerId| display(&self.profile(*peer), Viewer::Terminal);
        match fact {
            Fact::Following { call, .. } => tracing::info!("call {call}: following"),
            Fact::Opened { peer, joined, seen, .. } => {
                let before = *seen - *joined;
                if before > 60 {
                    tracing::info!("{} has been in the call for {}", name(peer), duration(before));
                } else {
                    tracing::info!("{} joined", name(peer));
                }
            }
            Fact::Closed { peer, from, to, end, .. } => {
                let (who, stay) = (name(peer), duration(*to - *from));
                tracing::info!("{who} left after {stay} ({})", end.code());
            }
            Fact::Blind { peer: None, span, reason, .. } => {
                tracing::warn!("could not see the call for {} ({})", duration(span.seconds()), reason.code());
            }
            Fact::Ended { call, watched, .. } => {
                tracing::info!("call {call}: over{}", if *watched { "" } else { ", while nobody watched" });
            }
            Fact::Blind { peer: Some(_), .. } | Fact::Seen { .. } | Fact::Confirmed { .. } | Fact::Idle { .. } => {}
        }
    }

    /// A request about the call failed: an error never means "left" (DESIGN §2.3).
    fn refused(&mut self, error: CallError, timers: &mut Timers) -> Result<(), End> {
        let now = self.clock.elapsed();
        timers.failures += 1;
        let (reason, pause) = match &error {
            CallError::Flood { seconds } => (BlindReason::FloodWait, Duration::from_secs((*seconds).into())),
            CallError::Refused { .. } => {
                if error.is_migrated() {
                    self.place = None;
                    return Err(End::from(CallError::Lost("the group has become a supergroup".into())));
                }
                (BlindReason::Gap, Duration::from_secs(1 << timers.failures.min(5)).min(LONGEST_PAUSE))
            }
            CallError::SignedOut(_)
            | CallError::Elsewhere { .. }
            | CallError::Unfit(_)
            | CallError::Lost(_)
            | CallError::Silence => {
                return Err(error.into());
            }
        };
        tracing::warn!("{error}; asking again in {} s", pause.as_secs());
        self.darken(&format!("{}: {error}", reason.code()));
        timers.quiet = now + pause;
        timers.flooded = reason == BlindReason::FloodWait;
        timers.check = timers.quiet;
        let step = self.watch.handle(Event::Failed(reason));
        Ok(self.keep(step.facts, Vec::new(), None)?)
    }

    /// Whether the machine slept, or somebody has set its clock: either way nothing is known of the time between.
    fn stood_still(&self, last_tick: Duration, drift: i64) -> Result<(), End> {
        let paused = self.clock.elapsed().saturating_sub(last_tick) > STOOD_STILL;
        if paused || (self.clock.drift() - drift).abs() > DRIFT {
            return Err(CallError::Lost(SLEPT.into()).into());
        }
        Ok(())
    }

    /// The group as it is known now.
    fn group_row(&self) -> Option<&GroupRow> {
        self.place.as_ref().map(|place| &place.row).or(self.row.as_ref())
    }

    fn check_interval(&mut self) -> Duration {
        CHECK.0 + (CHECK.1 - CHECK.0).mul_f64(self.jitter.between(0.0, 1.0))
    }
}

/// Spreads requests in time. Not for secrets.
#[derive(Default)]
struct Jitter(RandomState, u64);

impl Jitter {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.1 += 1;
        let unit = (self.0.hash_one(self.1) >> 11) as f64 / (1_u64 << 53) as f64;
        low + (high - low) * unit
    }
}
