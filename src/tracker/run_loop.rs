//! The run loop: performs the engine's actions, and passes inputs to it.
//!
//! ```text
//! Telegram, store thread, deliveries, signals ──event──► input ──► engine ──► action ──► perform
//! ```
//! Nothing here decides when something is done, and nothing slow runs here: requests and deliveries are tasks, the
//! store has a thread of its own.
//!
//! Parts of the loop have files of their own: `opening` (the connection, and finding groups on it), `outgoing`
//! (deliveries and alerts), `settings` (changed settings), `groups` (the state of each group), `site` (sites of files).

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::chat::{ChatLoop, Connected, Prepared};

use super::engine::{Action, Edits, Engine, Failure, GroupId, Input, Lane, Link, Now, Schedule};
use super::folding::Pass;
use super::groups::{Target, Watched};
use super::opening::{Found, FoundGroups, LoadedGroups, OpenError};
use super::phases::ReadTitle;
use super::record::Recorder;
use super::site::Sites;
use super::store_thread::{External, StoreThread};
use super::view::StateFile;
use super::write_buffer::{StoreFailure, Write};
use super::{Options, groups};
use crate::app::sender::{Finished, Job};
use crate::app::{alerts, backup, boards, forgetting, meet, posts, sender, silence, site};
use crate::config::{Config, GroupSettings};
use crate::domain::accounting::presence::Stay;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::alert::AlertContext;
use crate::domain::chat::Incoming;
use crate::domain::credentials::{BotLogin, Login};
use crate::domain::live::View;
use crate::domain::people::Known;
use crate::domain::post::delivery::Outcome;
use crate::domain::pulse::weekly::Due;
use crate::domain::rights::GroupRights;
use crate::domain::roster::Request;
use crate::domain::{CallId, Instant, PeerId};
use crate::error::{Error, Result};
use crate::platform::clock::Clock;
use crate::platform::logging::LogSettings;
use crate::platform::own_folder::Changes;
use crate::platform::shell;
use crate::platform::systemd::{self, Service};
use crate::store::{GroupRow, SeenOf, Settlement, Store};
use crate::telegram::chat::listener::Batch;
use crate::telegram::chat::own;
use crate::telegram::connection::Caller;
use crate::telegram::group::GroupError;
use crate::telegram::observe::{self, Answer, Keys, Query};
use crate::telegram::server_time::clock_ahead;
use crate::telegram::sweep::Swept;
use crate::telegram::{CallError, Connection, LoginString, refusals};
use crate::web::notify::Endpoint;

/// How many updates one transaction has at most.
const MAX_BATCH: usize = 512;

/// The time for the engine.
pub(super) fn now(clock: &Clock) -> Now {
    Now { steady: clock.elapsed(), system: clock.system().0, elapsed: Some(clock.elapsed_with_sleep()) }
}

/// Something that reaches the loop.
pub(super) enum Event {
    Input(Input),
    External(External),
    /// Telegram has answered a new connection.
    Found(Epoch, std::result::Result<Found, OpenError>),
    /// Where the data centre answers, if it is not at the address of the login.
    Reached(Option<SocketAddr>),
    /// New groups of the settings are in the store.
    GroupsAdded(Vec<Watched>),
    /// Telegram has answered a search for groups.
    GroupsFound(Epoch, std::result::Result<FoundGroups, CallError>),
    /// Groups that were found are in the store.
    Loaded(Epoch, LoadedGroups),
    Swept(Epoch, std::result::Result<Swept, CallError>),
    Answered(Epoch, GroupId, std::result::Result<Answer, CallError>),
    Ponged(Epoch, std::result::Result<Instant, CallError>),
    /// A delivery of a group is claimed.
    Claimed(Epoch, GroupId, Box<Job>),
    /// An attempt at a delivery has ended.
    Attempted(Epoch, GroupId, Box<Job>, Finished),
    /// The bot is connected, or could not be.
    ChatOpened(Epoch, std::result::Result<Box<Connected>, GroupError>),
    ChatChecked(Epoch, std::result::Result<(), CallError>),
    /// The bot's connection has ended.
    ChatLost(Epoch, CallError),
    /// Messages or presses have reached the bot.
    ChatReceived(Epoch, Batch),
    /// The organiser's last messages to the account.
    OwnerRead(Epoch, std::result::Result<Vec<Incoming>, CallError>),
    ChatPrepared(Prepared),
    /// Answers are claimed.
    AnswersClaimed(Vec<Job>),
    AnswersAttempted(Vec<(Job, Finished)>),
    /// The store was copied to this file; `None` if no copy was made.
    BackedUp(Option<PathBuf>, Input),
    /// A part of the old stays was folded.
    Folded(Pass, Input),
    /// How `SWF_BACKUP_COMMAND` has ended.
    BackupSent(std::result::Result<(), shell::Failure>),
    /// The outcome of a heartbeat.
    HeartbeatSent(Outcome),
    /// What people of groups decided (rules §7).
    Rights(Vec<(GroupId, GroupRights)>),
    /// The title of the running call, for a turn of the clock.
    TitleRead(GroupId, Option<CallId>, ReadTitle),
    /// The pulse of a group for this Monday; `None` if it is stored already.
    PulseComposed(GroupId, Due, Result<Option<String>>),
    /// The last final day of a group that has a site.
    DayIsFinal(GroupId, NaiveDate),
    /// A site was written to its folder, or could not be.
    SiteWritten(PathBuf, Box<Result<Changes>>),
    /// What counts today for the people in each group's call.
    Outlook(Vec<(GroupId, HashMap<PeerId, i64>)>),
    /// An error that no retry can fix: it ends the tracker.
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

/// The number of a connection. Answers of older connections are ignored.
pub(super) type Epoch = u64;

pub(super) struct RunLoop {
    pub(super) config: Arc<Config>,
    pub(super) options: Options,
    pub(super) clock: Clock,
    pub(super) engine: Engine,
    pub(super) store: StoreThread,
    pub(super) events: UnboundedSender<Event>,
    inbox: UnboundedReceiver<Event>,
    pub(super) login: Login,
    /// The login that was used first, and the name of the only group in the settings at that time.
    pub(super) started: (Login, String),
    pub(super) string: LoginString,
    pub(super) bot: Option<BotLogin>,
    /// The settings with which the log was started.
    pub(super) log: LogSettings,
    /// Where heartbeats go.
    pub(super) heartbeat: Option<Endpoint>,
    /// The last heartbeat did not arrive.
    heartbeat_fails: bool,
    pub(super) connection: Option<Connection>,
    pub(super) epoch: Epoch,
    /// Never empty; a group's index is its id.
    pub(super) groups: Vec<Watched>,
    /// What jobs on the store's thread need about the groups, until something of it changes.
    pub(super) target_cache: Option<Arc<HashMap<GroupId, Target>>>,
    /// The account, once Telegram has shown it.
    pub(super) me: Option<Known>,
    pub(super) keys: Keys,
    /// Requests on the connection; they end with it.
    pub(super) requests: JoinSet<Event>,
    /// Everything else that takes time.
    pub(super) jobs: JoinSet<Event>,
    pub(super) settlements: HashMap<u64, Vec<Settlement>>,
    pub(super) chat: ChatLoop,
    pub(super) sites: Sites,
    pub(super) folding: Pass,
    pub(super) next_ticket: u64,
    /// The error that ends the tracker.
    pub(super) error: Option<Error>,
    service: Service,
    pub(super) state: StateFile,
    recorder: Option<Recorder>,
    /// The outlook for the live view is being computed.
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
        groups: Vec<Watched>,
        service: Service,
        recorder: Option<Recorder>,
    ) -> Result<RunLoop> {
        let login = config.login()?;
        let string = LoginString::parse(&login.string)?;
        let (events, inbox) = unbounded_channel();
        let state = StateFile::new(clock.system(), store.identity()?.map(|identity| identity.id), options.web.clone());
        let store = StoreThread::start(store, config.clone(), Arc::clone(&options.reload), events.clone())?;
        let mut run_loop = RunLoop {
            bot: config.credentials.bot(None)?,
            log: config.settings.log.clone(),
            heartbeat: None,
            heartbeat_fails: false,
            options,
            clock,
            engine,
            store,
            events,
            inbox,
            started: (login.clone(), config.group().name.clone().unwrap_or_default()),
            login,
            string,
            connection: None,
            epoch: 0,
            groups,
            target_cache: None,
            me: None,
            keys: Keys::default(),
            requests: JoinSet::new(),
            jobs: JoinSet::new(),
            settlements: HashMap::new(),
            chat: ChatLoop::new(&config),
            sites: Sites::default(),
            folding: Pass::default(),
            next_ticket: 0,
            error: None,
            service,
            state,
            recorder,
            looking: false,
            config: Arc::new(config),
        };
        run_loop.read_addresses();
        Ok(run_loop)
    }

    /// Runs until the engine ends the tracker.
    pub(super) async fn run(&mut self, stop: &CancellationToken, show: &mut impl FnMut(&View)) {
        self.read_answering();
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
                    // The bot's connection was closed.
                    Err(error) if error.is_cancelled() => continue,
                    // The panic is in the log. Whatever waits for this job's answer would wait without end.
                    Err(_) => Event::Broken(Error::failed("a task of the tracker crashed; see the log")),
                },
                // Before answers: an update that arrived first is handled first.
                count = async { match updates {
                    Some(updates) => updates.recv_many(&mut batch, MAX_BATCH).await,
                    None => std::future::pending().await,
                }} => {
                    if count == 0 {
                        // The library has given up.
                        let why = self.connection.take().map_or_else(String::new, |connection| connection.end().to_string());
                        Event::Input(Input::Pong(Err(Failure::Lost { why, silent: false })))
                    } else {
                        if let Some((owner, me)) = self.owner_of_watcher() {
                            let commands = batch.iter().map(|update| own::commands(update, me, owner));
                            let (incoming, hashes): (Vec<_>, Vec<_>) = commands.unzip();
                            self.watcher_heard(incoming.concat(), hashes.concat());
                        }
                        let updates: Vec<_> = batch.drain(..).map(observe::pushed).collect();
                        updates.iter().for_each(|update| self.keys.learn(&update.people));
                        Event::Input(Input::Updates(updates))
                    }
                }
                Some(event) = self.requests.join_next() => match event {
                    Ok(event) => event,
                    // The request was aborted with its connection, or its panic is in the log.
                    Err(error) if error.is_cancelled() => continue,
                    Err(_) => {
                        let why = "a request crashed".into();
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
                self.error.get_or_insert(Error::failed("the thread of the store crashed; see the log"));
                return;
            }
            self.take(event, show);
        }
    }

    fn now(&self) -> Now {
        now(&self.clock)
    }

    pub(super) fn give(&mut self, input: Input) {
        let now = self.now();
        if let Some(recorder) = &mut self.recorder {
            recorder.record(now, &input);
        }
        self.engine.handle(now, input);
    }

    fn take(&mut self, event: Event, show: &mut impl FnMut(&View)) {
        match event {
            Event::Input(input) => self.give(input),
            Event::External(External::Changed) => {
                self.read_rights();
                self.give(Input::Changed);
            }
            Event::External(External::Flag(flag, at)) => {
                let group = self.active().find(|group| self.flags_of(*group).contains(&flag));
                if let Some(group) = group {
                    tracing::info!("{} requests a post", flag.display());
                    self.give(Input::FlagFound { group, at });
                }
            }
            Event::External(External::Settings(config)) => {
                self.apply_settings(*config);
                self.read_rights();
                self.give(Input::Changed);
            }
            Event::GroupsAdded(groups) => self.groups_added(groups),
            Event::Found(epoch, found) if epoch == self.epoch => self.found(found),
            Event::GroupsFound(epoch, found) if epoch == self.epoch => self.groups_found(found),
            Event::Loaded(epoch, loaded) if epoch == self.epoch => self.loaded(loaded),
            Event::Swept(epoch, swept) if epoch == self.epoch => self.swept(swept),
            Event::Answered(epoch, group, answer) if epoch == self.epoch => {
                let answer = match answer {
                    Ok(answer) => {
                        self.keys.learn_answer(&answer);
                        Ok(Box::new(answer.update))
                    }
                    Err(error) => Err(self.failure(&error)),
                };
                self.give(Input::Answered { group, answer });
            }
            Event::Ponged(epoch, date) if epoch == self.epoch => {
                let date = date.map_err(|error| self.failure(&error));
                self.give(Input::Pong(date));
            }
            Event::Found(..)
            | Event::GroupsFound(..)
            | Event::Loaded(..)
            | Event::Swept(..)
            | Event::Answered(..)
            | Event::Ponged(..) => {}
            Event::Reached(None) => {}
            Event::Reached(Some(address)) => {
                tracing::warn!("Telegram does not answer at {}; trying {address}", self.string.address);
                self.string = self.string.at(address);
            }
            Event::Claimed(epoch, group, job) => {
                self.jobs.spawn(async move {
                    let finished = job.run().await;
                    Event::Attempted(epoch, group, job, finished)
                });
            }
            Event::Attempted(epoch, group, job, finished) => self.attempted(epoch, group, &job, finished),
            Event::ChatOpened(epoch, connected) => self.chat_opened(epoch, connected),
            Event::ChatChecked(epoch, checked) => self.chat_checked(epoch, checked),
            Event::ChatLost(epoch, error) => self.chat_lost(epoch, error),
            Event::ChatReceived(epoch, batch) => self.chat_received(epoch, batch),
            Event::OwnerRead(epoch, read) => self.owner_read(epoch, read),
            Event::ChatPrepared(prepared) => self.chat_prepared(prepared),
            Event::AnswersClaimed(jobs) => self.send_answers(jobs),
            Event::AnswersAttempted(attempted) => self.answers_attempted(attempted),
            Event::BackedUp(copy, input) => {
                self.give(input);
                self.send_backup(copy);
            }
            Event::Folded(pass, input) => {
                self.folding = pass;
                self.give(input);
            }
            Event::BackupSent(sent) => self.backup_sent(sent.err()),
            Event::HeartbeatSent(outcome) => self.heartbeat_sent(&outcome),
            Event::Rights(groups) => self.take_rights(groups),
            Event::TitleRead(group, call, read) => self.title_read(group, call, read),
            Event::PulseComposed(group, due, composed) => self.pulse_composed(group, due, composed),
            Event::DayIsFinal(group, day) => self.day_is_final(group, day),
            Event::SiteWritten(dir, written) => self.site_written(&dir, *written),
            Event::Outlook(today) => {
                for (group, today) in today {
                    self.groups[group.0].today = today;
                }
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
                    self.groups.iter_mut().for_each(|group| group.group = None);
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
            Action::Find { groups } => self.find(groups),
            Action::Sweep => self.sweep(),
            Action::Request { group, request } => self.request(group, request),
            Action::Ping => {
                if let Some(caller) = self.caller() {
                    let epoch = self.epoch;
                    self.requests.spawn(async move { Event::Ponged(epoch, caller.date().await) });
                }
            }
            Action::Write(write) => self.write(write),
            Action::CheckSchedule { group } => self.with_group(
                group,
                move |schedule| Input::ScheduleChecked { group, schedule },
                |store, settings, row, now| {
                    silence::note(store, settings, row.key, now)?;
                    let owed =
                        posts::due_and_refused_days(store, settings, row, now - posts::REFUSED_RETRY_INTERVAL, now)?;
                    let next = posts::next(store, settings, row.key, now)?;
                    Ok(Schedule { due: !owed.days.is_empty(), next })
                },
            ),
            Action::QueuePosts { group } => {
                let (export, tracked_since) = (self.groups[group.0].website.is_some(), self.first_seen(group));
                let author = if self.bot.is_some() { posts::Author::Bot } else { posts::Author::User };
                let invitation = posts::invitation(&self.groups[group.0].settings, self.bot.is_some(), author);
                let outlet = posts::Outlet { account: None, export, invitation };
                self.with_group(
                    group,
                    move |queued| Input::PostsQueued { group, queued },
                    move |store, settings, row, now| {
                        let owed = posts::due_and_refused_days(
                            store,
                            settings,
                            row,
                            now - posts::REFUSED_RETRY_INTERVAL,
                            now,
                        )?;
                        for post in
                            posts::queue_due(store, settings, row, &owed, outlet, ReadTime { at: now, tracked_since })?
                        {
                            tracing::info!("post {} is due", post.id);
                        }
                        Ok(())
                    },
                );
            }
            Action::QueueFlagged { group, at } => {
                let (website, tracked_since) = (self.groups[group.0].website.is_some(), self.first_seen(group));
                let flags = self.flags_of(group);
                self.with_group(
                    group,
                    move |queued| Input::PostsQueued { group, queued },
                    move |store, settings, row, now| {
                        posts::queue_now(
                            store,
                            settings,
                            row,
                            posts::ManualRequest::Flag(at),
                            None,
                            website,
                            ReadTime { at: now, tracked_since },
                        )?;
                        // After the post is stored: if swf crashes in between, it finds the flag again, and makes the
                        // same post.
                        for flag in flags.iter().filter(|flag| flag.exists()) {
                            if let Err(error) = std::fs::remove_file(flag) {
                                tracing::error!("{} can't be removed: {error}; remove it", flag.display());
                            }
                        }
                        Ok(())
                    },
                );
            }
            Action::QueueEdits { group } => {
                let (website, tracked_since) = (self.groups[group.0].website.is_some(), self.first_seen(group));
                let events = self.events.clone();
                self.with_group(
                    group,
                    move |edits| Input::EditsQueued { group, edits },
                    move |store, settings, row, now| {
                        let read = ReadTime { at: now, tracked_since };
                        let queued = posts::queue_final(store, settings, row, website, read)? > 0;
                        let next = posts::next_final(store, settings, row, now)?;
                        let site = site::due(store, settings, row, read)?;
                        if let Some(day) = site.and_then(|due| due.day) {
                            let _ = events.send(Event::DayIsFinal(group, day));
                        }
                        let next = next.into_iter().chain(site.map(|due| due.next)).min();
                        Ok(Edits { queued, next })
                    },
                );
            }
            Action::TurnClock { group, call } => self.turn_clock(group, call),
            Action::QueueReminders { group } => {
                let (bot, tracked_since) = (self.bot.as_ref().map(|bot| bot.id), self.first_seen(group));
                self.with_group(
                    group,
                    move |reminded| Input::RemindersQueued { group, reminded },
                    move |store, settings, row, now| {
                        meet::queue_reminders(store, settings, row, bot, ReadTime { at: now, tracked_since })
                    },
                );
            }
            Action::AskSilent { group } => {
                let bot = self.bot.as_ref().map(|bot| bot.id);
                self.with_group(
                    group,
                    move |looked| Input::SilentAsked { group, looked },
                    move |store, settings, row, now| silence::ask(store, settings, row, bot, now),
                );
            }
            Action::QueuePulse { group } => self.queue_pulse(group),
            Action::DecideAlerts { outages, over } => self.decide_alerts(outages, over),
            Action::Deliver { lane: Lane::Answers } => self.deliver_answers(),
            Action::Deliver { lane } => self.deliver(lane),
            Action::OpenChat => self.open_chat(),
            Action::CloseChat => self.close_chat(),
            Action::CheckChat => self.check_chat(),
            Action::SetMenu => self.set_menu(),
            Action::ReadOwnerChat => self.read_owner_chat(),
            Action::PrepareAnswers { tickets } => self.prepare_answers(&tickets),
            Action::NotifyStoreHealth(notice) => self.send_store_notice(notice),
            Action::BackUp => self.back_up(),
            Action::Fold => self.fold(),
            Action::WriteState => self.write_state(),
            // On the store's thread, because this thread has to make progress as well.
            Action::NotifyAlive => self.store.run(|_| systemd::notify_alive()),
            Action::Heartbeat { failure } => self.beat(failure),
            Action::Show => self.show(),
            Action::End { .. } => {}
        }
    }

    pub(super) fn caller(&self) -> Option<Caller> {
        self.connection.as_ref().map(|connection| connection.caller.clone())
    }

    /// The groups that the settings name.
    pub(super) fn active(&self) -> impl Iterator<Item = GroupId> + use<'_> {
        self.groups.iter().enumerate().filter(|(_, group)| !group.is_removed).map(|(index, _)| GroupId(index))
    }

    /// The group that the settings name first.
    pub(super) fn first(&self) -> GroupId {
        self.active().min_by_key(|group| self.groups[group.0].place).unwrap_or_default()
    }

    /// The groups that are in the store, as jobs on its thread need them.
    pub(super) fn active_targets(&self) -> Vec<(GroupId, Target)> {
        self.active().filter_map(|group| Some((group, self.groups[group.0].target()?))).collect()
    }

    /// The files that ask for a post of a group.
    fn flags_of(&self, group: GroupId) -> Vec<PathBuf> {
        let home = self.config.home();
        let own = self.groups[group.0].settings.label.as_deref().map(|label| home.post_now_flag_of(label));
        let common = (group == self.first()).then(|| home.post_now_flag());
        common.into_iter().chain(own).collect()
    }

    fn request(&mut self, id: GroupId, request: Request) {
        let (Some(caller), Some(group)) = (self.caller(), self.groups[id.0].group.clone()) else { return };
        let (query, epoch) = (Query::new(request, &self.keys), self.epoch);
        self.requests.spawn(async move { Event::Answered(epoch, id, query.run(&caller, &group).await) });
    }

    /// Turns an error of Telegram's into the engine's failure.
    pub(super) fn failure(&mut self, error: &CallError) -> Failure {
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
            CallError::Unreached(failure) => Failure::Lost { why: failure.with_advice(), silent: false },
            _ => Failure::Lost { why: error.to_string(), silent: false },
        }
    }

    // Store.

    fn write(&mut self, write: Arc<Write>) {
        if let Write::Settle(ticket) = &*write {
            // Writes are in order, so settlements with earlier tickets are stored.
            self.settlements.retain(|earlier, _| earlier >= ticket);
        }
        if let Write::Renamed(group, title, username) = &*write {
            self.groups[group.0].rename(title, username.as_deref());
            self.target_cache = None;
        }
        let kept = self.kept(&write);
        // Once groups are watched and the first of that is stored.
        let is_seen = matches!(&*write, Write::Observed(..));
        let decides = matches!(&kept, Kept::Answers(prepared, _) if prepared.decides());
        let (events, targets) = (self.events.clone(), self.known_targets());
        let (runtime, bot) = (tokio::runtime::Handle::current(), self.chat.bot_caller());
        self.store.run(move |store| {
            let written = commit(store, &targets, &write, &kept);
            if let (Kept::Answers(prepared, _), Ok(())) = (&kept, &written) {
                prepared.tell_presses(&runtime, bot.as_ref());
            }
            // The buffer can append to this transaction again only when no other reference to it is left.
            drop(write);
            let written = written.map_err(|error| report(&events, error));
            let _ = events.send(Event::Input(Input::Written(written)));
        });
        if is_seen {
            self.store.build_person_index();
        }
        if decides {
            self.read_rights();
        }
    }

    /// Reads what people decided, after everything queued before is stored.
    fn read_rights(&self) {
        let (events, targets) = (self.events.clone(), self.active_targets());
        self.store.run(move |store| {
            let read = |(group, target): (GroupId, Target)| {
                let GroupSettings { audience, ref aliases, .. } = *target.settings;
                // A group that can't be read now keeps its old value; the store itself applies the new one.
                Some((group, store.rights(target.key, audience, aliases).ok()?))
            };
            let _ = events.send(Event::Rights(targets.into_iter().filter_map(read).collect()));
        });
    }

    fn take_rights(&mut self, groups: Vec<(GroupId, GroupRights)>) {
        for (group, rights) in groups {
            if *self.engine.rights(group) != rights {
                self.give(Input::Rights { group, rights });
                self.names_changed(group);
            }
        }
    }

    /// What the loop keeps for a transaction under a ticket.
    fn kept(&mut self, write: &Write) -> Kept {
        match write {
            Write::Settle(ticket) => Kept::Settlements(self.settlements.get(ticket).cloned().unwrap_or_default()),
            Write::Answers(ticket) => {
                let prepared = self.chat.prepared(*ticket);
                prepared.map_or(Kept::Nothing, |prepared| Kept::Answers(prepared, Arc::clone(&self.config)))
            }
            _ => Kept::Nothing,
        }
    }

    /// Keeps outcomes of attempts until they are stored, under the ticket that is returned.
    pub(super) fn keep_settlements(&mut self, settlements: Vec<Settlement>) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.settlements.insert(ticket, settlements);
        ticket
    }

    /// All groups that are in the store, by id; also groups that are gone from the settings, as some of their data may
    /// still wait.
    fn known_targets(&mut self) -> Arc<HashMap<GroupId, Target>> {
        Arc::clone(self.target_cache.get_or_insert_with(|| Arc::new(groups::targets(&self.groups))))
    }

    /// The first confirmed instant of a group in this run.
    pub(super) fn first_seen(&self, group: GroupId) -> Option<Instant> {
        Some(self.engine.summary(group).0?.from)
    }

    /// Runs a job about the group on the store's thread, and sends its result as an input. If the group is not in the
    /// store yet, there is nothing to do, and the result is the default.
    pub(super) fn with_group<T: Default + Send + 'static>(
        &self,
        group: GroupId,
        input: impl FnOnce(std::result::Result<T, StoreFailure>) -> Input + Send + 'static,
        job: impl FnOnce(&mut Store, &GroupSettings, &GroupRow, Instant) -> Result<T> + Send + 'static,
    ) {
        let group = &self.groups[group.0];
        let (events, settings, row) = (self.events.clone(), Arc::clone(&group.settings), group.row().cloned());
        let (now, _) = self.engine.clock();
        self.store.run(move |store| {
            let done = row.map_or_else(|| Ok(T::default()), |row| job(store, &settings, &row, now));
            let done = done.map_err(|error| report(&events, error));
            let _ = events.send(Event::Input(input(done)));
        });
    }

    /// Sends a heartbeat to another machine, if one is set.
    fn beat(&mut self, failure: Option<String>) {
        let Some(endpoint) = self.heartbeat.clone() else { return };
        self.jobs.spawn(async move { Event::HeartbeatSent(endpoint.heartbeat(failure.as_deref()).await) });
    }

    /// Logs whether heartbeats arrive, when that changes.
    fn heartbeat_sent(&mut self, outcome: &Outcome) {
        match outcome.problem() {
            Some(problem) if !self.heartbeat_fails => {
                tracing::warn!("the heartbeat to SWF_HEARTBEAT_URL failed: {}", sender::explain(problem));
            }
            None if self.heartbeat_fails => tracing::info!("the heartbeat to SWF_HEARTBEAT_URL works again"),
            _ => {}
        }
        self.heartbeat_fails = outcome.problem().is_some();
    }

    fn back_up(&mut self) {
        let (config, home, zone) = (self.config.clone(), self.config.home().clone(), self.config.group().zone);
        let (now, _) = self.engine.clock();
        self.jobs.spawn(async move {
            let work = move || {
                // First, so that the daily copy has nothing of a forgotten person.
                forgetting::carry_out_if_due(&config, now);
                silence::tidy(&config, now);
                backup::copy_if_due(&home, zone, now)
            };
            let copied = tokio::task::spawn_blocking(work).await;
            let (copy, again) = copied.unwrap_or((None, backup::RETRY_INTERVAL));
            Event::BackedUp(copy, Input::BackedUp { again, day_ends: backup::day_end(zone, now) })
        });
    }

    /// Runs the user's command for a new copy. Copies are an hour apart, so two commands never run at once.
    fn send_backup(&mut self, copy: Option<PathBuf>) {
        let Some((copy, command)) = copy.zip(self.config.settings.backup_command.clone()) else { return };
        let secrets: Vec<String> = self.config.credentials.secret_names().map(str::to_owned).collect();
        self.jobs.spawn(async move { Event::BackupSent(shell::run(&command, &copy, &secrets, shell::TIMEOUT).await) });
    }

    /// Logs the result of the user's command, and alerts when it changes.
    fn backup_sent(&mut self, failure: Option<shell::Failure>) {
        match &failure {
            Some(shell::Failure { why, output }) => tracing::error!("SWF_BACKUP_COMMAND {why}: {output}"),
            None => tracing::info!("SWF_BACKUP_COMMAND has finished"),
        }
        self.with_group(
            self.first(),
            |_: std::result::Result<(), _>| Input::Changed,
            move |store, settings, row, now| {
                let context = AlertContext { group: &row.title, zone: settings.zone, words: settings.language.words() };
                let why = failure.as_ref().map(|failure| failure.why.as_str());
                alerts::queue_backup_command(store, row.key, &context, why, now)
            },
        );
    }

    // What others see of the tracker.

    fn show(&mut self) {
        // On a slow disk at most one job waits, not one a second.
        if std::mem::replace(&mut self.looking, true) {
            return;
        }
        let watched = self.active_targets().into_iter().map(|(group, target)| {
            let people = self.engine.call(group).map_or_else(Vec::new, |call| call.people);
            let stays: Vec<Stay> = people.into_iter().map(|(_, stay)| stay).collect();
            (group, target, stays, self.groups[group.0].today.clone())
        });
        let (events, watched) = (self.events.clone(), watched.collect::<Vec<_>>());
        let (now, _) = self.engine.clock();
        self.store.run(move |store| {
            // If today can't be read now, the last value stays.
            let today = watched.into_iter().map(|(group, Target { key, settings, .. }, stays, earlier)| {
                let is_empty = stays.is_empty();
                let today = (!is_empty).then(|| boards::outlook(store, &settings, key, now, &stays).ok());
                (group, today.flatten().unwrap_or(earlier))
            });
            let _ = events.send(Event::Outlook(today.collect()));
        });
    }

    /// The titles of all groups, for a text.
    fn titles(&self) -> String {
        groups::names(&self.active().map(|group| self.groups[group.0].title()).collect::<Vec<_>>())
    }

    pub(super) fn write_state(&mut self) {
        let status = match self.engine.link() {
            Link::Connecting => "connecting".to_owned(),
            Link::Online | Link::FloodWait { .. } => format!("watching {}", self.titles()),
            Link::Offline { why, .. } => format!("offline: {why}"),
        };
        self.service.status(&status);
        if self.state.put(self.describe()) {
            let (file, path) = (self.state.clone(), self.config.home().state());
            self.store.run(move |_| file.write(&path));
        }
    }

    // The end.

    /// Returns the store after writing everything that can be written; whatever is lost is an error.
    pub(super) fn finish(mut self) -> (RunEnd, Result<()>) {
        self.service.stopping();
        self.connection = None;
        self.requests.abort_all();
        let end = self.error.take().map_or(Ok(()), Err);
        let (store, mended) = self.store.finish();
        let end = end.and(mended);
        let (engine, config, state, options, groups) =
            (self.engine, self.config, self.state, self.options, self.groups);
        let (settlements, mut chat) = (self.settlements, self.chat);
        let mut ended = RunEnd { engine, config, store, groups, state, options };
        // Answers of the store that were on their way.
        while let Ok(event) = self.inbox.try_recv() {
            if let Event::Input(Input::Written(written)) = event {
                match written {
                    Ok(()) => drop(ended.engine.buffer().written()),
                    Err(_) => ended.engine.buffer().not_written(),
                }
            }
        }
        let end = ended.write_rest(&settlements, &mut chat, end);
        if let Some(store) = &ended.store {
            // SQLite itself empties the log only if no other process, such as a server of the pages, has the file open.
            let _ = store.empty_log();
        }
        (ended, end)
    }
}

/// The state that is left when the loop has ended.
pub(super) struct RunEnd {
    pub(super) engine: Engine,
    pub(super) config: Arc<Config>,
    pub(super) store: Option<Store>,
    pub(super) groups: Vec<Watched>,
    pub(super) state: StateFile,
    pub(super) options: Options,
}

impl RunEnd {
    /// Tries again to write what waits. If that fails, the error says what is lost.
    fn write_rest(
        &mut self,
        settlements: &HashMap<u64, Vec<Settlement>>,
        chat: &mut ChatLoop,
        end: Result<()>,
    ) -> Result<()> {
        let targets = groups::targets(&self.groups);
        let mut problem = None;
        while let (Some(store), Some(write)) = (&mut self.store, self.engine.buffer().start()) {
            let kept = match &*write {
                Write::Settle(ticket) => Kept::Settlements(settlements.get(ticket).cloned().unwrap_or_default()),
                Write::Answers(ticket) => chat
                    .prepared(*ticket)
                    .map_or(Kept::Nothing, |prepared| Kept::Answers(prepared, Arc::clone(&self.config))),
                _ => Kept::Nothing,
            };
            let written = commit(store, &targets, &write, &kept);
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
        let lost = format!("the store could not be written, and this is lost: {loss} ({})", why.unwrap_or_default());
        let again = "Fix the cause, then start the tracker again. The time of people who are still in the call then \
                     counts from when they joined.";
        Err(match end {
            Ok(()) => Error::failed(format!("stopped, but {lost}")).hint(again),
            Err(error) => error.hint(lost).hint(again),
        })
    }
}

/// What a transaction has that the loop keeps under a ticket.
enum Kept {
    Nothing,
    Settlements(Vec<Settlement>),
    Answers(Arc<Prepared>, Arc<Config>),
}

/// Writes one transaction.
fn commit(store: &mut Store, targets: &HashMap<GroupId, Target>, write: &Write, kept: &Kept) -> Result<()> {
    // What was seen belongs to groups in the store; a probe may come before there is one.
    match write {
        Write::Observed(seen) => {
            let seen = seen.iter().filter_map(|(group, observed)| Some((targets.get(group)?, observed)));
            let seen = seen.map(|(target, seen)| SeenOf {
                group: target.key,
                seen,
                audience: target.settings.audience,
                aliases: &target.settings.aliases,
                signs: target.settings.silence.records(),
            });
            store.record_all(&seen.collect::<Vec<_>>())
        }
        Write::Renamed(group, title, username) => match targets.get(group) {
            Some(target) => store.rename_group(target.key, title, username.as_deref()),
            None => Ok(()),
        },
        Write::Settle(_) | Write::Answers(_) => match kept {
            Kept::Nothing => Ok(()),
            Kept::Settlements(settlements) => store.settle_all(settlements),
            Kept::Answers(prepared, config) => prepared.commit(store, config),
        },
        // The clock belongs to the account, so any of its groups can store it.
        Write::Offset(offset) => match targets.values().next() {
            Some(target) => store.set_clock_offset(target.key, *offset),
            None => Ok(()),
        },
    }
}

/// Turns an error of the store into one for the engine. An error that no retry can fix is kept: it ends the tracker.
pub(super) fn report(events: &UnboundedSender<Event>, error: Error) -> StoreFailure {
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
