//! The run loop: performs the engine's actions, and hands it what happens.
//!
//! ```text
//! Telegram, store thread, deliveries, signals ──event──► input ──► engine ──► action ──► perform
//! ```
//! Nothing here decides when something is done, and nothing slow runs here: requests and deliveries are tasks, the
//! store has a thread of its own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Options;
use super::engine::{
    Action, Delivery, Edits, Engine, Failure, GroupId, Input, Lane, LastCall, Link, Now, Opened, OpenedGroup,
    OutageOver, OutageStep, Schedule, StoreNotice,
};
use super::record::Recorder;
use super::store_thread::{External, StoreThread};
use super::view::StateFile;
use super::write_buffer::{StoreFailure, Write};
use crate::app::sender::{Finished, Job, Routes, User};
use crate::app::{alerts, backup, boards, posts, publish, sender};
use crate::config::Config;
use crate::domain::accounting::presence::Stay;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::alert::AlertContext;
use crate::domain::credentials::{BotLogin, Login};
use crate::domain::group_name;
use crate::domain::live::View;
use crate::domain::people::Known;
use crate::domain::post::delivery::{Operation, Outcome, Verdict};
use crate::domain::roster::Request;
use crate::domain::{Instant, PeerId, Span};
use crate::error::{Error, Result};
use crate::platform::clock::Clock;
use crate::platform::systemd::{self, Service};
use crate::store::{GroupKey, GroupRow, Settlement, Store};
use crate::telegram::connection::Caller;
use crate::telegram::find::{self, KnownGroup, resolve};
use crate::telegram::group::GroupError;
use crate::telegram::observe::{self, Answer, Keys, Query};
use crate::telegram::server_time::clock_ahead;
use crate::telegram::{CallError, Connection, Group, LoginString, group, reach, refusals};
use crate::web::client::Exporter;
use crate::web::notify::{self, Endpoint};

/// The one group; the engine can hold several.
pub(super) const GROUP: GroupId = GroupId(0);
/// Updates that are taken into one transaction at most.
const MAX_BATCH: usize = 512;

/// The group, once Telegram has shown it.
#[derive(Clone)]
pub(super) struct Place {
    group: Group,
    pub(super) row: GroupRow,
    me: PeerId,
}

/// The time for the engine.
pub(super) fn now(clock: &Clock) -> Now {
    Now { steady: clock.elapsed(), system: clock.system().0, elapsed: Some(clock.elapsed_with_sleep()) }
}

/// Something that reaches the loop.
enum Event {
    Input(Input),
    External(External),
    /// Telegram has answered a new connection.
    Found(Epoch, std::result::Result<Found, OpenError>),
    /// Where the data centre answers, if it is not at the address of the login.
    Reached(Option<SocketAddr>),
    /// The store knows the group.
    Loaded(Epoch, i64, Box<Result<Loaded>>),
    Answered(Epoch, std::result::Result<Answer, CallError>),
    Ponged(Epoch, std::result::Result<Instant, CallError>),
    /// A delivery is claimed.
    Claimed(Epoch, Box<Job>),
    /// An attempt at a delivery has ended.
    Attempted(Epoch, Box<Job>, Finished),
    /// How a sign of life has ended.
    Beaten(Outcome),
    /// What counts today for whoever is in the call, and the next post.
    Outlook(HashMap<PeerId, i64>),
    /// An error that no retry can help: it ends the tracker.
    Broken(Error),
}

impl From<External> for Event {
    fn from(external: External) -> Event {
        match external {
            External::Ended(error) => Event::Broken(error),
            external => Event::External(external),
        }
    }
}

/// A connection, by number: what an older one still answers is ignored.
type Epoch = u64;

/// What a new connection found; the account and the group only where they were not known.
struct Found {
    /// Telegram's clock minus the system clock, in seconds.
    offset: i64,
    new: Option<(Known, Group)>,
}

enum OpenError {
    Call(CallError),
    Fatal(Error),
}

impl From<CallError> for OpenError {
    fn from(error: CallError) -> OpenError {
        OpenError::Call(error)
    }
}

impl From<GroupError> for OpenError {
    fn from(error: GroupError) -> OpenError {
        match error {
            GroupError::Call(error) => OpenError::Call(error),
            unfit => OpenError::Fatal(unfit.into()),
        }
    }
}

/// The group to find.
struct Wanted {
    /// What the settings call it.
    name: String,
    /// As the store knows it, once it was watched.
    known: Option<KnownGroup>,
    /// What an account needs to ask about it, with the account: it is of no use to another one.
    hash: Option<(PeerId, i64)>,
}

/// A group as the store knows it.
struct Loaded {
    place: Place,
    keys: Vec<(PeerId, i64)>,
    opened: OpenedGroup,
}

pub(super) struct RunLoop {
    pub(super) config: Arc<Config>,
    pub(super) options: Options,
    pub(super) clock: Clock,
    pub(super) engine: Engine,
    store: StoreThread,
    events: UnboundedSender<Event>,
    inbox: UnboundedReceiver<Event>,
    login: Login,
    /// The login that the group was found with.
    started: Login,
    string: LoginString,
    bot: Option<BotLogin>,
    /// `SWF_LOG` as the log was started with.
    log: Option<String>,
    website: Option<Exporter>,
    /// Where signs of life go.
    heartbeat: Option<Endpoint>,
    /// The last sign of life did not arrive.
    heartbeat_fails: bool,
    connection: Option<Connection>,
    epoch: Epoch,
    pub(super) place: Option<Place>,
    /// The group as the store knows it, once it was watched.
    pub(super) row: Option<GroupRow>,
    /// What an account needs to ask about that group, with the account.
    group_hash: Option<(PeerId, i64)>,
    keys: Keys,
    /// Requests on the connection; they end with it.
    requests: JoinSet<Event>,
    /// Everything else that takes time.
    jobs: JoinSet<Event>,
    settlements: HashMap<u64, Settlement>,
    next_ticket: u64,
    /// The error that ends the tracker.
    error: Option<Error>,
    service: Service,
    pub(super) state: StateFile,
    recorder: Option<Recorder>,
    pub(super) today: HashMap<PeerId, i64>,
    /// What counts today is being computed.
    looking: bool,
}

impl RunLoop {
    #[allow(clippy::too_many_arguments, reason = "each is made by `tracker::run`, which checks it first")]
    pub(super) fn new(
        config: Config,
        options: Options,
        clock: Clock,
        engine: Engine,
        store: Store,
        row: Option<GroupRow>,
        service: Service,
        recorder: Option<Recorder>,
    ) -> Result<RunLoop> {
        let login = config.credentials.login()?;
        let string = LoginString::parse(&login.string)?;
        let (events, inbox) = unbounded_channel();
        let watched = row.as_ref().and_then(|row| Some((row.tracker?, row.peer)));
        let group_hash = match watched {
            Some((account, peer)) => store.access_hash(account, peer)?.map(|hash| (account, hash)),
            None => None,
        };
        let state = StateFile::new(clock.system(), store.identity()?.map(|identity| identity.id));
        let store = StoreThread::start(store, config.clone(), Arc::clone(&options.reload), events.clone())?;
        let mut run_loop = RunLoop {
            bot: config.bot()?,
            log: config.settings.log.clone(),
            website: None,
            heartbeat: None,
            heartbeat_fails: false,
            options,
            clock,
            engine,
            store,
            events,
            inbox,
            started: login.clone(),
            login,
            string,
            connection: None,
            epoch: 0,
            place: None,
            row,
            group_hash,
            keys: Keys::default(),
            requests: JoinSet::new(),
            jobs: JoinSet::new(),
            settlements: HashMap::new(),
            next_ticket: 0,
            error: None,
            service,
            state,
            recorder,
            today: HashMap::new(),
            looking: false,
            config: Arc::new(config),
        };
        run_loop.read_addresses();
        Ok(run_loop)
    }

    /// Runs until the engine ends the tracker.
    pub(super) async fn run(&mut self, stop: &CancellationToken, show: &mut impl FnMut(&View)) {
        let mut stopping = false;
        let mut batch = Vec::with_capacity(MAX_BATCH);
        loop {
            while let Some(action) = self.engine.poll_action() {
                if let Action::End { .. } = action {
                    return;
                }
                self.perform(action);
            }
            let timeout = self.engine.poll_timeout().map(|at| at.saturating_sub(self.clock.elapsed()));
            let timeout = timeout.unwrap_or(Duration::from_secs(60));
            let updates = self.connection.as_mut().map(|connection| &mut connection.updates);
            let event = tokio::select! {
                biased;
                () = stop.cancelled(), if !stopping => {
                    stopping = true;
                    Event::Input(Input::Stop)
                }
                Some(event) = self.inbox.recv() => event,
                Some(event) = self.jobs.join_next() => match event {
                    Ok(event) => event,
                    // Its panic is in the log. What waits for its answer would wait for ever.
                    Err(_) => Event::Broken(Error::failed("a task of the tracker broke down; see the log")),
                },
                // Before answers: an update that came first is seen first.
                count = async { match updates {
                    Some(updates) => updates.recv_many(&mut batch, MAX_BATCH).await,
                    None => std::future::pending().await,
                }} => {
                    if count == 0 {
                        // The library has given up.
                        let why = self.connection.take().map_or_else(String::new, |connection| connection.end().to_string());
                        Event::Input(Input::Pong(Err(Failure::Lost { why, silent: false })))
                    } else {
                        let updates: Vec<_> = batch.drain(..).map(observe::pushed).collect();
                        updates.iter().for_each(|update| self.keys.learn(&update.people));
                        Event::Input(Input::Updates(updates))
                    }
                }
                Some(event) = self.requests.join_next() => match event {
                    Ok(event) => event,
                    // It was aborted with its connection, or its panic is in the log.
                    Err(error) if error.is_cancelled() => continue,
                    Err(_) => {
                        let why = "a request broke down".into();
                        Event::Input(Input::Pong(Err(Failure::Lost { why, silent: false })))
                    }
                },
                () = tokio::time::sleep(timeout) => Event::Input(Input::Timeout),
            };
            if let Event::Broken(error) = event {
                self.error = Some(error);
                return;
            }
            if !self.store.is_alive() {
                self.error.get_or_insert(Error::failed("the thread of the store broke down; see the log"));
                return;
            }
            self.take(event, show);
        }
    }

    fn now(&self) -> Now {
        now(&self.clock)
    }

    fn give(&mut self, input: Input) {
        let now = self.now();
        if let Some(recorder) = &mut self.recorder {
            recorder.record(now, &input);
        }
        self.engine.handle(now, input);
    }

    fn take(&mut self, event: Event, show: &mut impl FnMut(&View)) {
        match event {
            Event::Input(input) => self.give(input),
            Event::External(External::Changed) => self.give(Input::Changed),
            Event::External(External::Flag(at)) => {
                tracing::info!("{} asks for a post", self.config.home().post_now_flag().display());
                self.give(Input::FlagFound { group: GROUP, at });
            }
            Event::External(External::Settings(config)) => {
                self.take_up(*config);
                self.give(Input::Changed);
            }
            Event::Found(epoch, found) if epoch == self.epoch => self.found(found),
            Event::Loaded(epoch, offset, loaded) if epoch == self.epoch => self.loaded(offset, *loaded),
            Event::Answered(epoch, answer) if epoch == self.epoch => {
                let answer = match answer {
                    Ok(answer) => {
                        self.keys.learn_answer(&answer);
                        Ok(Box::new(answer.update))
                    }
                    Err(error) => Err(self.failure(&error)),
                };
                self.give(Input::Answered { group: GROUP, answer });
            }
            Event::Ponged(epoch, date) if epoch == self.epoch => {
                let date = date.map_err(|error| self.failure(&error));
                self.give(Input::Pong(date));
            }
            Event::Found(..) | Event::Loaded(..) | Event::Answered(..) | Event::Ponged(..) => {}
            Event::Reached(None) => {}
            Event::Reached(Some(address)) => {
                tracing::warn!("Telegram does not answer at {}; trying {address}", self.string.address);
                self.string = self.string.at(address);
            }
            Event::Claimed(epoch, job) => {
                self.jobs.spawn(async move {
                    let finished = job.run().await;
                    Event::Attempted(epoch, job, finished)
                });
            }
            Event::Attempted(epoch, job, finished) => self.attempted(epoch, &job, finished),
            Event::Beaten(outcome) => self.beaten(&outcome),
            Event::Outlook(today) => {
                self.today = today;
                self.looking = false;
                show(&self.view());
            }
            Event::External(External::Ended(_)) | Event::Broken(_) => {}
        }
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Open => self.open(),
            Action::Close { find_again } => {
                self.connection = None;
                self.epoch += 1;
                self.requests.abort_all();
                if find_again {
                    self.place = None;
                }
            }
            Action::MeasureClock => {
                let (string, access) = (self.string.clone(), self.login.access.clone());
                self.jobs.spawn(async move {
                    let ahead = clock_ahead(string.dc.into(), string.address, &access).await;
                    let ahead = ahead.map(|seconds| CallError::ClockAhead { seconds });
                    Event::Input(Input::ClockMeasured(ahead.map(|error| error.to_string())))
                });
            }
            Action::Request { request, .. } => self.request(request),
            Action::Ping => {
                if let Some(caller) = self.caller() {
                    let epoch = self.epoch;
                    self.requests.spawn(async move { Event::Ponged(epoch, caller.date().await) });
                }
            }
            Action::Write(write) => self.write(write),
            Action::CheckSchedule { group } => self.with_group(
                move |schedule| Input::ScheduleChecked { group, schedule },
                |store, config, row, now| {
                    let settings = config.group();
                    let owed = posts::owed_and_refused(store, settings, row, now - posts::REFUSED_RETRY_INTERVAL, now)?;
                    let next = posts::next(store, settings, row.key, now)?;
                    Ok(Schedule { due: !owed.days.is_empty(), next })
                },
            ),
            Action::QueuePosts { group } => {
                let (website, tracked_since) = (self.website.is_some(), self.first_seen());
                self.with_group(
                    move |queued| Input::PostsQueued { group, queued },
                    move |store, config, row, now| {
                        let settings = config.group();
                        let owed =
                            posts::owed_and_refused(store, settings, row, now - posts::REFUSED_RETRY_INTERVAL, now)?;
                        for post in posts::queue_owed(
                            store,
                            settings,
                            row,
                            &owed,
                            None,
                            website,
                            ReadTime { at: now, tracked_since },
                        )? {
                            tracing::info!("post {} is due", post.id);
                        }
                        Ok(())
                    },
                );
            }
            Action::QueueFlagged { group, at } => {
                let (website, tracked_since) = (self.website.is_some(), self.first_seen());
                self.with_group(
                    move |queued| Input::PostsQueued { group, queued },
                    move |store, config, row, now| {
                        posts::queue_now(
                            store,
                            config.group(),
                            row,
                            posts::ManualRequest::Flag(at),
                            None,
                            website,
                            ReadTime { at: now, tracked_since },
                        )?;
                        // After the post is stored: a crash in between finds the flag again, and the same post.
                        let flag = config.home().post_now_flag();
                        if let Err(error) = std::fs::remove_file(&flag) {
                            tracing::error!("{} can't be removed: {error}; remove it", flag.display());
                        }
                        Ok(())
                    },
                );
            }
            Action::QueueEdits { group } => {
                let (website, tracked_since) = (self.website.is_some(), self.first_seen());
                self.with_group(
                    move |edits| Input::EditsQueued { group, edits },
                    move |store, config, row, now| {
                        let queued = posts::queue_final(
                            store,
                            config.group(),
                            row,
                            website,
                            ReadTime { at: now, tracked_since },
                        )? > 0;
                        let next = posts::next_final(store, config.group(), row, now)?;
                        Ok(Edits { queued, next })
                    },
                );
            }
            Action::DecideAlerts { outage, over } => self.decide_alerts(outage, over),
            Action::Deliver { lane } => self.deliver(lane),
            Action::TellStore(notice) => self.tell_store(notice),
            Action::BackUp => self.back_up(),
            Action::WriteState => self.write_state(),
            // By the store's thread: it has to move as well.
            Action::NotifyAlive => self.store.run(|_| systemd::notify_alive()),
            Action::Heartbeat { failure } => self.beat(failure),
            Action::Show => self.show(),
            Action::End { .. } => {}
        }
    }

    fn caller(&self) -> Option<Caller> {
        self.connection.as_ref().map(|connection| connection.caller.clone())
    }

    /// The group as it is known now.
    pub(super) fn group_row(&self) -> Option<&GroupRow> {
        self.place.as_ref().map(|place| &place.row).or(self.row.as_ref())
    }

    /// The group's title, or what the user calls it.
    pub(super) fn title(&self) -> String {
        self.group_row().map_or_else(|| self.login.group.clone(), |row| row.title.clone())
    }

    /// Changed settings. A login that can't be read any more is left as it is until the next start.
    fn take_up(&mut self, config: Config) {
        // The log began with the first settings.
        let is_log_changed = self.log != config.settings.log;
        self.config = Arc::new(config);
        match self.config.credentials.login().and_then(|login| Ok((LoginString::parse(&login.string)?, login))) {
            Ok((string, login)) => {
                if let Some(warning) = string.warning().filter(|_| string.address != self.string.address) {
                    tracing::warn!("{warning}");
                }
                (self.string, self.login) = (string, login);
            }
            Err(error) => tracing::error!("the old login stays: {error}"),
        }
        match self.config.bot() {
            Ok(bot) => self.bot = bot,
            Err(error) => tracing::error!("the old bot stays: {error}"),
        }
        self.read_addresses();
        self.note_restart(is_log_changed);
    }

    /// Notes which changed settings are not taken up: the group and the account stay the same while a tracker runs.
    fn note_restart(&mut self, is_log_changed: bool) {
        if self.place.is_none() {
            self.started = self.login.clone();
        }
        let known = self.group_row().map(GroupRow::known);
        let mut names = changed_login(&self.started, &self.login, known);
        names.extend(is_log_changed.then_some("SWF_LOG"));
        if names != self.state.restart_for {
            if !names.is_empty() {
                tracing::warn!("restart the tracker to take up {}", names.join(", "));
            }
            self.state.restart_for = names;
            self.write_state();
        }
    }

    /// Where boards and signs of life go, by the settings. A wrong address is logged and not used.
    fn read_addresses(&mut self) {
        let (raw, credentials) = (&self.config.raw, &self.config.credentials);
        let say = |error: Error| tracing::error!("{error}");
        self.website = publish::exporter(&publish::settings(raw, credentials), credentials).map_err(say).ok().flatten();
        self.heartbeat = alerts::endpoint(notify::HEARTBEAT_URL, credentials).map_err(say).ok().flatten();
    }

    // Connection.

    fn open(&mut self) {
        self.epoch += 1;
        let connection = Connection::new(&self.string, &self.login.access);
        let (caller, clock, epoch) = (connection.caller.clone(), self.clock, self.epoch);
        let wanted = self.place.is_none().then(|| Wanted {
            name: self.login.group.clone(),
            // Without an account it was never watched: an import says only what it may be.
            known: self.row.as_ref().filter(|row| row.tracker.is_some()).map(|row| KnownGroup {
                peer: row.peer,
                hash: None,
                migrated_from: row.migrated_from,
            }),
            hash: self.group_hash,
        });
        self.connection = Some(connection);
        self.requests.spawn(async move { Event::Found(epoch, find(&caller, clock, wanted).await) });
    }

    fn found(&mut self, found: std::result::Result<Found, OpenError>) {
        let Found { offset, new } = match found {
            Ok(found) => found,
            Err(OpenError::Call(error)) => {
                if let CallError::Lost(_) | CallError::Silence = error {
                    let (string, access) = (self.string.clone(), self.login.access.clone());
                    self.jobs.spawn(async move { Event::Reached(reach::elsewhere(&string, &access).await) });
                }
                let failure = self.failure(&error);
                return self.give(Input::OpenFailed(failure));
            }
            Err(OpenError::Fatal(error)) => {
                self.error = Some(error);
                return self.give(Input::OpenFailed(Failure::Fatal));
            }
        };
        match (new, &self.place) {
            (Some((me, group)), _) => {
                let (events, epoch, setting) = (self.events.clone(), self.epoch, self.login.group.clone());
                self.store.run(move |store| {
                    let loaded = load(store, group, me, setting, offset);
                    let _ = events.send(Event::Loaded(epoch, offset, Box::new(loaded)));
                });
            }
            (None, Some(place)) => {
                let opened = Opened { offset, me: place.me, groups: Vec::new() };
                self.give(Input::Opened(Box::new(opened)));
            }
            (None, None) => {}
        }
    }

    fn loaded(&mut self, offset: i64, loaded: Result<Loaded>) {
        match loaded {
            Ok(Loaded { place, keys, opened }) => {
                tracing::info!("watching {} as {}", place.group.title.escape_debug(), place.me);
                self.keys = Keys::new(keys);
                let me = place.me;
                self.row = Some(place.row.clone());
                self.group_hash = place.group.access_hash().map(|hash| (me, hash));
                self.place = Some(place);
                self.give(Input::Opened(Box::new(Opened { offset, me, groups: vec![opened] })));
            }
            // Without a row for the group nothing can be kept: as long as there is none, this is no connection.
            Err(error) if error.may_pass() => {
                let why = error.message().to_owned();
                self.give(Input::OpenFailed(Failure::Lost { why, silent: false }));
            }
            Err(error) => {
                self.error = Some(error);
                self.give(Input::OpenFailed(Failure::Fatal));
            }
        }
    }

    fn request(&mut self, request: Request) {
        let (Some(caller), Some(place)) = (self.caller(), &self.place) else { return };
        let (query, group, epoch) = (Query::new(request, &self.keys), place.group.clone(), self.epoch);
        self.requests.spawn(async move { Event::Answered(epoch, query.run(&caller, &group).await) });
    }

    /// What an error of Telegram's means for the engine.
    fn failure(&mut self, error: &CallError) -> Failure {
        match error {
            CallError::SignedOut(_) => {
                self.error = Some(error.clone().into());
                Failure::Fatal
            }
            CallError::Flood { seconds } => Failure::Flood { seconds: *seconds },
            CallError::Refused { .. } => {
                Failure::Refused { why: error.to_string(), moved: error.is(&[refusals::MIGRATED]) }
            }
            CallError::Silence => Failure::Lost { why: error.to_string(), silent: true },
            _ => Failure::Lost { why: error.to_string(), silent: false },
        }
    }

    // Store.

    fn write(&mut self, write: Arc<Write>) {
        if let Write::Settle(ticket) = &*write {
            // Writes are in order: what came before this one is stored.
            self.settlements.retain(|earlier, _| earlier >= ticket);
        }
        if let Write::Renamed(_, title, username) = &*write {
            let rows = self.row.iter_mut().chain(self.place.as_mut().map(|place| &mut place.row));
            rows.for_each(|row| (row.title, row.username) = (title.clone(), username.clone()));
        }
        let key = self.place.as_ref().map(|place| place.row.key).or(self.row.as_ref().map(|row| row.key));
        let settlement = match &*write {
            Write::Settle(ticket) => self.settlements.get(ticket).cloned(),
            _ => None,
        };
        // Once the group is watched and the first of that is stored.
        let is_seen = matches!(&*write, Write::Observed(..));
        let (events, config) = (self.events.clone(), Arc::clone(&self.config));
        self.store.run(move |store| {
            let written = commit(store, &config, key, &write, settlement.as_ref());
            // The buffer joins what comes next to it only once nobody else holds it.
            drop(write);
            let written = written.map_err(|error| report(&events, error));
            let _ = events.send(Event::Input(Input::Written(written)));
        });
        if is_seen {
            self.store.build_person_index();
        }
    }

    /// The first confirmed instant of this run.
    fn first_seen(&self) -> Option<Instant> {
        Some(self.engine.summary(GROUP).0?.from)
    }

    /// Runs a job about the group on the store's thread, and answers with its result. Where the store does not know
    /// the group yet, there is nothing to do, and no answer but the default.
    fn with_group<T: Default + Send + 'static>(
        &self,
        input: impl FnOnce(std::result::Result<T, StoreFailure>) -> Input + Send + 'static,
        job: impl FnOnce(&mut Store, &Config, &GroupRow, Instant) -> Result<T> + Send + 'static,
    ) {
        let (events, config, row) = (self.events.clone(), Arc::clone(&self.config), self.group_row().cloned());
        let (now, _) = self.engine.clock();
        self.store.run(move |store| {
            let done = row.map_or_else(|| Ok(T::default()), |row| job(store, &config, &row, now));
            let done = done.map_err(|error| report(&events, error));
            let _ = events.send(Event::Input(input(done)));
        });
    }

    fn decide_alerts(&self, outage: Option<OutageStep>, over: Option<OutageOver>) {
        let title = self.title();
        self.with_group(Input::AlertsDecided, move |store, config, row, now| {
            let about =
                AlertContext { group: &title, zone: config.group().zone, words: config.group().language.words() };
            if let Some(over) = &over {
                alerts::queue_back(store, row.key, &about, over.span, over.died, over.wrong_date, &over.why, now)?;
            }
            if let Some(outage) = &outage {
                alerts::queue_step(store, row.key, &about, outage.since, now, &outage.why)?;
            }
            alerts::queue_refusals(store, row.key, &about, now)?;
            alerts::queue_late(store, row.key, &about, now)
        });
    }

    /// Tells the organiser what the store can't keep.
    fn tell_store(&mut self, notice: StoreNotice) {
        let (config, title) = (Arc::clone(&self.config), self.title());
        let row = self.group_row();
        let (group, account) = (row.map_or(PeerId(0), |row| row.peer), row.and_then(|row| row.tracker));
        let events = self.events.clone();
        let runtime = tokio::runtime::Handle::current();
        // Secrets may come from the keyring, which can take its time.
        self.store.run(move |store| {
            let routes = alerts::routes(config.group(), &config.credentials, Some(store), account);
            runtime.spawn(async move {
                let about =
                    AlertContext { group: &title, zone: config.group().zone, words: config.group().language.words() };
                let alert = match &notice {
                    StoreNotice::Failing { since, now, failure } => {
                        about.store_failing(*since, *now, &failure.why, &failure.hint)
                    }
                    StoreNotice::Recovered { since, until } => about.store_recovered(Span::new(*since, *until)),
                };
                let sent = alerts::send_unstored(group, &alert, &routes).await;
                if let Err(problem) = &sent {
                    tracing::warn!("the alert is not sent yet: {}", sender::explain(problem));
                }
                let _ = events.send(Event::Input(Input::Told(sent.is_ok())));
            });
        });
    }

    /// Sends a sign of life to another machine, where one is set.
    fn beat(&mut self, failure: Option<String>) {
        let Some(endpoint) = self.heartbeat.clone() else { return };
        self.jobs.spawn(async move { Event::Beaten(endpoint.heartbeat(failure.as_deref()).await) });
    }

    /// Logs whether signs of life arrive, when that changes.
    fn beaten(&mut self, outcome: &Outcome) {
        match outcome.problem() {
            Some(problem) if !self.heartbeat_fails => {
                tracing::warn!("SWF_HEARTBEAT_URL does not get the sign of life: {}", sender::explain(problem));
            }
            None if self.heartbeat_fails => tracing::info!("SWF_HEARTBEAT_URL gets the sign of life again"),
            _ => {}
        }
        self.heartbeat_fails = outcome.problem().is_some();
    }

    fn back_up(&mut self) {
        let (home, zone) = (self.config.home().clone(), self.config.group().zone);
        let (now, _) = self.engine.clock();
        self.jobs.spawn(async move {
            let copied = tokio::task::spawn_blocking(move || backup::copy_if_due(&home, zone, now)).await;
            let again = copied.unwrap_or(backup::RETRY_INTERVAL);
            Event::Input(Input::BackedUp { again, day_ends: backup::day_end(zone, now) })
        });
    }

    // Deliveries.

    fn deliver(&self, lane: Lane) {
        let nothing = move |next| Event::Input(Input::Delivered { lane, delivery: Ok(Delivery::Nothing { next }) });
        let Some(row) = self.group_row() else {
            let _ = self.events.send(nothing(None));
            return;
        };
        let user = self.caller().zip(self.place.as_ref()).map(|(caller, place)| User {
            caller,
            group: place.group.clone(),
            account: place.me,
        });
        let (key, account) = (row.key, row.tracker);
        let mut routes =
            Routes { user, bot: self.bot.clone(), website: self.website.clone(), ..Routes::none(key, row.peer) };
        let (events, config, epoch) = (self.events.clone(), Arc::clone(&self.config), self.epoch);
        let (now, _) = self.engine.clock();
        self.store.run(move |store| {
            let mut claim = || -> Result<Event> {
                if sender::is_due(store, key, lane, now)? {
                    // Only now: an alert's route may need secrets from the keyring.
                    if lane == Lane::Alerts {
                        routes.alerts = alerts::routes(config.group(), &config.credentials, Some(store), account);
                    }
                    if let Some(job) = sender::next(store, &routes, lane, now)? {
                        return Ok(Event::Claimed(epoch, Box::new(job)));
                    }
                }
                Ok(nothing(sender::next_try(store, &routes, lane, now)?))
            };
            let event = claim().unwrap_or_else(|error| {
                let delivery = Err(report(&events, error));
                Event::Input(Input::Delivered { lane, delivery })
            });
            let _ = events.send(event);
        });
    }

    fn attempted(&mut self, epoch: Epoch, job: &Job, finished: Finished) {
        let (now, _) = self.engine.clock();
        let moved = finished.moved;
        let broken = finished.broken.filter(|_| job.uses_connection() && epoch == self.epoch);
        let failure = match broken {
            Some(GroupError::Call(error)) => Some(self.failure(&error)),
            _ => None,
        };
        let settlement = job.settlement(finished.outcome, now);
        job.log(&settlement.verdict, now);
        let sent = job.operation() == Operation::Send && matches!(settlement.verdict, Verdict::Done { .. });
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.settlements.insert(ticket, settlement);
        let delivery = Ok(Delivery::Attempted { ticket, sent, failure, moved });
        self.give(Input::Delivered { lane: job.lane(), delivery });
    }

    // What others see.

    fn show(&mut self) {
        // On a slow disk one look waits, not one a second.
        if std::mem::replace(&mut self.looking, true) {
            return;
        }
        let stays: Vec<Stay> = self
            .engine
            .call(GROUP)
            .map_or_else(Vec::new, |call| call.people.into_iter().map(|(_, stay)| stay).collect());
        let (events, config, row) = (self.events.clone(), Arc::clone(&self.config), self.group_row().cloned());
        let (now, _) = self.engine.clock();
        let earlier = self.today.clone();
        self.store.run(move |store| {
            // What can't be read now is shown as it was.
            let today = row.and_then(|row| boards::outlook(store, config.group(), row.key, now, &stays).ok());
            let _ = events.send(Event::Outlook(today.unwrap_or(earlier)));
        });
    }

    fn write_state(&mut self) {
        let status = match self.engine.link() {
            Link::Connecting => "connecting".to_owned(),
            Link::Online | Link::FloodWait { .. } => format!("watching {}", self.title()),
            Link::Offline { why, .. } => format!("offline: {why}"),
        };
        self.service.status(&status);
        if self.state.put(self.describe()) {
            let (file, path) = (self.state.clone(), self.config.home().state());
            self.store.run(move |_| file.write(&path));
        }
    }

    // The end.

    /// Gives the store back, with everything written that can be; what is lost is an error.
    pub(super) fn finish(mut self) -> (RunEnd, Result<()>) {
        self.service.stopping();
        self.connection = None;
        self.requests.abort_all();
        let end = self.error.take().map_or(Ok(()), Err);
        let (store, mended) = self.store.finish();
        let end = end.and(mended);
        let row = self.place.map(|place| place.row).or(self.row);
        let (engine, config, state, options) = (self.engine, self.config, self.state, self.options);
        let mut ended = RunEnd { engine, config, store, row, state, options };
        // Answers that were on their way.
        while let Ok(event) = self.inbox.try_recv() {
            if let Event::Input(Input::Written(written)) = event {
                match written {
                    Ok(()) => drop(ended.engine.buffer().written()),
                    Err(_) => ended.engine.buffer().not_written(),
                }
            }
        }
        let end = ended.write_rest(&self.settlements, end);
        (ended, end)
    }
}

/// The settings in which two logins differ. Another name of the same group is no difference.
fn changed_login(old: &Login, new: &Login, known: Option<group_name::KnownGroup>) -> Vec<&'static str> {
    let is_same_group =
        old.group == new.group || known.is_some_and(|known| group_name::find(&new.group, &[known]).is_some());
    let changes = [
        ("TELEGRAM_API_ID", old.access.api_id != new.access.api_id),
        ("TELEGRAM_GROUP_USERNAME", !is_same_group),
        ("TG_STRING_SESSION", old.string.expose_secret() != new.string.expose_secret()),
    ];
    changes.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// What is left of the loop when it has ended.
pub(super) struct RunEnd {
    pub(super) engine: Engine,
    pub(super) config: Arc<Config>,
    pub(super) store: Option<Store>,
    pub(super) row: Option<GroupRow>,
    pub(super) state: StateFile,
    pub(super) options: Options,
}

impl RunEnd {
    /// Tries once more to write what waits, and says what is lost if that fails.
    fn write_rest(&mut self, settlements: &HashMap<u64, Settlement>, end: Result<()>) -> Result<()> {
        let key = self.row.as_ref().map(|row| row.key);
        let mut problem = None;
        while let (Some(store), Some(write)) = (&mut self.store, self.engine.buffer().start()) {
            let settlement = match &*write {
                Write::Settle(ticket) => settlements.get(ticket),
                _ => None,
            };
            let written = commit(store, &self.config, key, &write, settlement);
            drop(write);
            if let Err(error) = written {
                self.engine.buffer().not_written();
                problem = Some(error);
                break;
            }
            self.engine.buffer().written();
        }
        let Some(loss) = self.engine.buffer().loss(self.config.group().zone) else { return end };
        let why = problem.as_ref().map(Error::message).or(self.engine.store_failure().map(|(why, _)| why));
        let lost = format!("this could not be written, and is lost: {loss} ({})", why.unwrap_or_default());
        let again = "Repair that, then start again: whoever is still in the call then counts from when they joined.";
        Err(match end {
            Ok(()) => Error::failed(format!("stopped, but {lost}")).hint(again),
            Err(error) => error.hint(lost).hint(again),
        })
    }
}

/// The first requests on a connection: Telegram's time, the account, and the group, where these are not known yet.
async fn find(caller: &Caller, clock: Clock, wanted: Option<Wanted>) -> std::result::Result<Found, OpenError> {
    let at = caller.date().await?;
    let offset = at.0 - clock.system().0;
    let Some(Wanted { name, known, hash }) = wanted else { return Ok(Found { offset, new: None }) };
    let me = group::self_user(caller).await?;
    if me.profile.bot {
        return Err(OpenError::Fatal(
            Error::config("TG_STRING_SESSION belongs to a bot, and bots can't see who is in a call")
                .hint("Use the login string of a person's account that is in the group."),
        ));
    }
    let group = match known {
        Some(known) => {
            let hash = hash.filter(|(account, _)| *account == me.profile.peer).map(|(_, hash)| hash);
            find_known(caller, &KnownGroup { hash, ..known }).await?
        }
        None => resolve(caller, &name).await?,
    };
    Ok(Found { offset, new: Some((me, group)) })
}

/// A group that is known is found by its id, whatever bears its name now.
async fn find_known(caller: &Caller, known: &KnownGroup) -> std::result::Result<Group, OpenError> {
    let found = find::known(caller, known).await?;
    found.ok_or_else(|| {
        OpenError::Fatal(
            Error::config(format!("the account does not see the group {} that swf watches here", known.peer)).hint(
                "Add the account to the group, or name another group in TELEGRAM_GROUP_USERNAME; the store keeps both.",
            ),
        )
    })
}

/// The group is found: its row in the store, and what the store knows of its last call.
fn load(store: &mut Store, group: Group, me: Known, setting: String, offset: i64) -> Result<Loaded> {
    let account = me.profile.peer;
    let key = store.group(group.peer, group.migrated_from, &group.title, group.username.as_deref(), account)?;
    store.remember_group(key, &setting, group.access_hash())?;
    let last_call = store.resume(key)?.map(|resumed| LastCall {
        call: resumed.call,
        confirmed: resumed.confirmed,
        over: resumed.over,
        began: resumed.began,
        saved: resumed.state,
    });
    let row = GroupRow {
        key,
        peer: group.peer,
        title: group.title.clone(),
        username: group.username.clone(),
        tracker: Some(account),
        clock_offset: offset,
        migrated_from: group.migrated_from,
        setting: Some(setting),
    };
    let opened = OpenedGroup {
        group: GROUP,
        peer: group.peer,
        migrated_from: group.migrated_from,
        title: group.title.clone(),
        username: group.username.clone(),
        me,
        confirmed: store.confirmed(key)?,
        last_call,
    };
    let keys = store.access_hashes(key)?;
    Ok(Loaded { place: Place { group, row, me: account }, keys, opened })
}

/// Writes one transaction.
fn commit(
    store: &mut Store,
    config: &Config,
    key: Option<GroupKey>,
    write: &Write,
    settlement: Option<&Settlement>,
) -> Result<()> {
    // What was seen has its group; a probe may come before there is one.
    let Some(key) = key else { return Ok(()) };
    match write {
        Write::Observed(_, observed) => store.record(key, observed, &config.group().aliases),
        Write::Renamed(_, title, username) => store.rename_group(key, title, username.as_deref()),
        Write::Settle(_) => settlement.map_or(Ok(()), |settlement| store.settle(settlement)),
        Write::Offset(offset) => store.set_clock_offset(key, *offset),
    }
}

/// An error of the store for the engine. One that no retry can mend is kept: it ends the tracker.
fn report(events: &UnboundedSender<Event>, error: Error) -> StoreFailure {
    let failure = StoreFailure {
        passes: error.may_pass(),
        why: error.message().to_owned(),
        hint: error.hints().iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    };
    if !failure.passes {
        let _ = events.send(Event::Broken(error));
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CASES F2.
    #[test]
    fn another_account_or_group_needs_a_restart_and_another_name_of_the_group_does_not() {
        let login = |api_id, string: &str, group: &str| Login {
            access: crate::domain::credentials::Access::direct(api_id),
            string: string.into(),
            group: group.into(),
        };
        let known = group_name::KnownGroup {
            peer: PeerId(-1_001_000_000_001),
            migrated_from: None,
            title: "Study Hall",
            username: Some("studyhall"),
            setting: Some("@studyhall"),
        };
        let old = login(1, "1x", "@studyhall");
        let changed = |new: Login| changed_login(&old, &new, Some(known)).join(" ");
        assert_eq!(changed(login(1, "1x", "https://t.me/studyhall")), "");
        assert_eq!(changed(login(1, "1x", "-1001000000001")), "");
        assert_eq!(changed(login(1, "1y", "@studyhall")), "TG_STRING_SESSION");
        assert_eq!(changed(login(2, "1x", "@elsewhere")), "TELEGRAM_API_ID TELEGRAM_GROUP_USERNAME");
        assert_eq!(changed_login(&old, &login(1, "1x", "studyhall"), None), ["TELEGRAM_GROUP_USERNAME"]);
    }
}
