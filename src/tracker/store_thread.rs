//! The store on a thread of its own: nothing that waits for a disk runs on the event loop.
//!
//! Jobs run in order, one at a time, and answer after their commit. Between jobs the thread checks once a second for
//! external changes: another process has written to the store, a flag file requests a post, settings have changed, the
//! store was removed. It wakes the loop only if there is such a change.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::app::alerts;
use crate::app::groups;
use crate::app::store_file::{Change, StoreFile};
use crate::config::Config;
use crate::domain::Instant;
use crate::domain::alert::AlertContext;
use crate::domain::time::period::local_date;
use crate::error::{Error, Result};
use crate::platform::clock::{Clock, modified};
use crate::platform::fs::FileId;
use crate::platform::lock::Lock;
use crate::platform::systemd;
use crate::store::Store;
use crate::web::{client, notify};

/// How often the thread checks for external changes.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

type Job = Box<dyn FnOnce(&mut Store) + Send>;

/// A change that another process or the user made.
#[derive(Debug)]
pub(super) enum External {
    /// Another process has written to the store.
    Changed,
    /// A flag file requests a post; with the time of the file, if it can be read.
    Flag(PathBuf, Option<Instant>),
    /// The settings have changed.
    Settings(Box<Config>),
    /// The store's file or the lock was taken away, and the tracker must end.
    Ended(Error),
}

/// A handle to the thread. If it is dropped, the thread finishes its jobs and ends.
pub(super) struct StoreThread {
    jobs: Sender<Job>,
    /// The index of people's stays is built, or about to be.
    is_indexed: bool,
    /// Set when the thread is to end.
    ends: Arc<AtomicBool>,
    thread: JoinHandle<(Store, Result<()>)>,
}

impl StoreThread {
    /// Starts the thread. `external` receives external changes; if `reload` is set, the settings are read again.
    pub(super) fn start<E: From<External> + Send + 'static>(
        store: Store,
        config: Config,
        reload: Arc<AtomicBool>,
        external: UnboundedSender<E>,
    ) -> Result<StoreThread> {
        let (jobs, queue) = channel();
        let run = move || {
            let mut watcher = Watcher::new(&store, config, reload);
            work(store, &queue, &mut watcher, &external)
        };
        let thread = std::thread::Builder::new().name("store".into()).spawn(run);
        let thread =
            thread.map_err(|error| Error::failed(format!("no thread for the store can be started: {error}")))?;
        Ok(StoreThread { jobs, is_indexed: false, ends: Arc::default(), thread })
    }

    /// Queues a job for the thread.
    pub(super) fn run(&self, job: impl FnOnce(&mut Store) + Send + 'static) {
        // The thread ends only if this handle is dropped, or by a panic, which is in the log.
        if self.jobs.send(Box::new(job)).is_err() {
            tracing::error!("the thread of the store has ended");
        }
    }

    /// Builds the index of people's stays, if it is absent: once after each start. That can take a minute in a large
    /// store; facts that arrive meanwhile wait in the write buffer. A tracker that stops does not wait for the index.
    pub(super) fn build_person_index(&mut self) {
        if std::mem::replace(&mut self.is_indexed, true) {
            return;
        }
        let ends = Arc::clone(&self.ends);
        self.run(move |store| {
            let goes_on = move || {
                systemd::notify_alive();
                !ends.load(Ordering::Relaxed)
            };
            match store.build_person_index(goes_on) {
                Ok(true) => tracing::info!("the store has an index of people's stays now"),
                Ok(false) => {}
                // The next start tries again.
                Err(error) => tracing::warn!("the index of people's stays could not be built: {error}"),
            }
        });
    }

    /// Whether the thread still runs.
    pub(super) fn is_alive(&self) -> bool {
        !self.thread.is_finished()
    }

    /// Waits until every job is done, and returns the store. An error means that other processes do not find its file.
    pub(super) fn finish(self) -> (Option<Store>, Result<()>) {
        self.ends.store(true, Ordering::Relaxed);
        drop(self.jobs);
        match self.thread.join() {
            Ok((store, mended)) => (Some(store), mended),
            Err(_) => (None, Err(Error::failed("the thread of the store crashed; see the log"))),
        }
    }
}

fn work<E: From<External>>(
    mut store: Store,
    queue: &Receiver<Job>,
    watcher: &mut Watcher,
    external: &UnboundedSender<E>,
) -> (Store, Result<()>) {
    let clock = Clock::new(0);
    let mut next_check = POLL_INTERVAL;
    loop {
        match queue.recv_timeout(next_check.saturating_sub(clock.elapsed())) {
            Ok(job) => job(&mut store),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let mended = watcher.mend(&mut store).map(drop);
                return (store, mended);
            }
        }
        if clock.elapsed() >= next_check {
            next_check = clock.elapsed() + POLL_INTERVAL;
            let lost = watcher.mend(&mut store).ok().flatten().or_else(|| watcher.retake_lock());
            let lost = lost.map(External::Ended);
            for found in watcher.look(&store).into_iter().chain(lost) {
                // The loop may have ended.
                let _ = external.send(found.into());
            }
        }
    }
}

/// Finds external changes.
struct Watcher {
    config: Config,
    clock: Clock,
    file: StoreFile,
    /// The last logged reason why the store's file could not be restored.
    problem: Option<String>,
    /// The file of the tracker's lock.
    lock_id: Option<FileId>,
    /// The lock that was taken later in place of the tracker's first one.
    lock: Option<Lock>,
    /// Set when the user asks for the settings to be read again.
    reload: Arc<AtomicBool>,
    /// The flag files that were reported, with their times: a file that can't be removed causes one request.
    flagged: BTreeMap<PathBuf, Option<Instant>>,
    version: Option<i64>,
}

impl Watcher {
    fn new(store: &Store, config: Config, reload: Arc<AtomicBool>) -> Watcher {
        let file = StoreFile::new(config.home().clone());
        let lock_id = FileId::at(&config.home().lock()).ok().flatten();
        let version = store.data_version().ok();
        Watcher {
            config,
            clock: Clock::new(0),
            file,
            problem: None,
            lock_id,
            lock: None,
            reload,
            flagged: BTreeMap::new(),
            version,
        }
    }

    /// Restores the store's file after a change; an error is logged once, and the next look tries again. Returns an
    /// error that ends the tracker.
    fn mend(&mut self, store: &mut Store) -> Result<Option<Error>> {
        let Some(change) = self.file.change() else { return Ok(None) };
        let zone = self.config.group().zone;
        let mended = self.file.mend(change, store, zone, local_date(zone, self.clock.system()));
        let problem = mended.as_ref().err().map(ToString::to_string);
        if self.problem != problem || problem.is_none() {
            tracing::error!(
                "{}{}",
                told(change),
                problem.as_ref().map_or(String::new(), |why| format!(", but: {why}"))
            );
        }
        if let Ok(None) = mended {
            self.alert(store);
            // Wakes the loop, so that the alert is sent.
            self.version = None;
        }
        self.problem = problem;
        mended
    }

    /// Stores an alert that the store's file was restored.
    fn alert(&self, store: &mut Store) {
        let settings = self.config.group();
        let stored = groups::configured(store, settings.name.as_deref()).and_then(|row| {
            let Some(row) = row else { return Ok(()) };
            let context = AlertContext { group: &row.title, zone: settings.zone, words: settings.language.words() };
            alerts::queue_store_mended(store, row.key, &context, self.clock.system() + row.clock_offset)
        });
        if let Err(error) = stored {
            tracing::error!("an alert could not be stored: {error}");
        }
    }

    /// Takes the lock again if its file was removed, because another tracker could start. Returns an error if one has
    /// started.
    fn retake_lock(&mut self) -> Option<Error> {
        let path = self.config.home().lock();
        if self.lock_id.is_none() || FileId::at(&path).is_ok_and(|now| now == self.lock_id) {
            return None;
        }
        match Lock::take(&path) {
            Ok(Some(lock)) => {
                tracing::warn!("{} was removed while the tracker runs; it is made again", path.display());
                self.lock = Some(lock);
                self.lock_id = FileId::at(&path).ok().flatten();
                None
            }
            Ok(None) => Some(Error::temporary(format!(
                "another tracker has started on this store, because {} was removed",
                path.display()
            ))),
            // The next look, in a second, tries again.
            Err(_) => None,
        }
    }

    fn look(&mut self, store: &Store) -> Vec<External> {
        let mut found = Vec::new();
        let version = store.data_version().ok();
        if version != self.version {
            self.version = version;
            found.push(External::Changed);
        }
        let (home, groups) = (self.config.home(), &self.config.settings.groups);
        let own = groups.iter().filter_map(|group| group.label.as_deref()).map(|label| home.post_now_flag_of(label));
        let flags = own.chain([home.post_now_flag()]);
        let flagged = flags.filter_map(|flag| Some((flag.clone(), modified(&flag.metadata().ok()?))));
        let flagged: BTreeMap<PathBuf, Option<Instant>> = flagged.collect();
        if flagged != self.flagged {
            let fresh = flagged.iter().filter(|(flag, at)| self.flagged.get(*flag) != Some(at));
            found.extend(fresh.map(|(flag, at)| External::Flag(flag.clone(), *at)));
            self.flagged = flagged;
        }
        let is_asked = self.reload.swap(false, Ordering::Relaxed);
        if is_asked || self.config.settings.have_changed() {
            match self.config.reload() {
                Ok(()) => {
                    tracing::info!("the changed settings were applied");
                    // Secrets may come from the keyring, which can be slow, so they are read and kept here. An error is
                    // reported later by the code that needs the secret.
                    let credentials = &self.config.credentials;
                    let _ = (self.config.login(), self.config.bot());
                    let _ =
                        [client::SECRET, notify::ALERT_URL, notify::HEARTBEAT_URL].map(|name| credentials.secret(name));
                    found.push(External::Settings(Box::new(self.config.clone())));
                }
                Err(error) => tracing::error!("the changed settings can't be applied, so the old ones stay: {error}"),
            }
        }
        found
    }
}

/// Describes a change of the store's file, and what the tracker does about it.
fn told(change: Change) -> &'static str {
    match change {
        Change::Removed => "the store was removed while the tracker runs; it is written again",
        Change::Replaced => "the store was replaced by another file; the tracker stops",
        Change::LogLost => "the store's log was removed while the tracker runs; it is made again",
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::domain::PeerId;
    use crate::platform::paths::Home;
    use crate::store::Access;

    fn home() -> (tempfile::TempDir, Home, Config) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("var")).unwrap();
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
        let home = config.home().clone();
        (folder, home, config)
    }

    #[test]
    fn jobs_run_in_order_and_the_store_comes_back() {
        let (_folder, home, config) = home();
        let store = Store::open(&home.store(), Access::Write).unwrap();
        let (events, _kept) = unbounded_channel::<External>();
        let thread = StoreThread::start(store, config, Arc::default(), events).unwrap();
        let (done, results) = channel();
        for number in 0..100 {
            let done = done.clone();
            thread.run(move |_| done.send(number).unwrap());
        }
        assert!(thread.is_alive());
        let (store, mended) = thread.finish();
        mended.unwrap();
        assert_eq!(results.try_iter().collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
        assert!(store.unwrap().groups().unwrap().is_empty());
    }

    #[test]
    fn the_index_of_people_is_built_once_and_not_while_the_thread_ends() {
        let (_folder, home, config) = home();
        let store = Store::open(&home.store(), Access::Write).unwrap();
        let (events, _kept) = unbounded_channel::<External>();
        let mut thread = StoreThread::start(store, config, Arc::default(), events).unwrap();
        let (send, has_index) = channel();
        for _ in 0..2 {
            let send = send.clone();
            thread.run(move |store| send.send(store.has_person_index().unwrap()).unwrap());
            thread.build_person_index();
        }
        assert!(thread.is_indexed);
        let (store, _) = thread.finish();
        assert!(store.unwrap().has_person_index().unwrap());
        assert_eq!(has_index.try_iter().collect::<Vec<_>>(), [false, true]);
    }

    /// CASES X4.
    #[cfg(unix)]
    #[test]
    fn a_lock_that_is_removed_is_taken_again_unless_another_tracker_has_it() {
        let (_folder, home, config) = home();
        let store = Store::open(&home.store(), Access::Write).unwrap();
        let _lock = Lock::take(&home.lock()).unwrap().unwrap();
        let mut watcher = Watcher::new(&store, config, Arc::default());
        assert!(watcher.retake_lock().is_none());
        std::fs::remove_file(home.lock()).unwrap();
        assert!(watcher.retake_lock().is_none());
        assert!(Lock::take(&home.lock()).unwrap().is_none());
        std::fs::remove_file(home.lock()).unwrap();
        let _other = Lock::take(&home.lock()).unwrap().unwrap();
        assert!(watcher.retake_lock().is_some());
    }

    #[test]
    fn the_work_of_others_is_seen_once() {
        let (_folder, home, config) = home();
        let mut store = Store::open(&home.store(), Access::Write).unwrap();
        let reload = Arc::<AtomicBool>::default();
        let mut watcher = Watcher::new(&store, config, Arc::clone(&reload));
        assert!(watcher.look(&store).is_empty());
        // The tracker's own writes are no external changes.
        store.group(PeerId(-1), None, "Study Hall", None, PeerId(1)).unwrap();
        assert!(watcher.look(&store).is_empty());
        let mut other = Store::open(&home.store(), Access::Write).unwrap();
        other.group(PeerId(-2), None, "Another", None, PeerId(1)).unwrap();
        assert!(matches!(watcher.look(&store)[..], [External::Changed]));
        assert!(watcher.look(&store).is_empty());

        std::fs::write(home.post_now_flag(), "").unwrap();
        assert!(matches!(watcher.look(&store)[..], [External::Flag(_, Some(_))]));
        assert!(watcher.look(&store).is_empty());
        std::fs::remove_file(home.post_now_flag()).unwrap();
        assert!(watcher.look(&store).is_empty());

        std::fs::write(home.env_file(), "SWF_TOP=3\n").unwrap();
        let found = watcher.look(&store);
        let [External::Settings(config)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(config.group().top, 3);
        std::fs::write(home.env_file(), "SWF_TOP=three\n").unwrap();
        assert!(watcher.look(&store).is_empty());
        assert_eq!(watcher.config.group().top, 3);
        // CASES X15: on request, settings are read again even if no file has changed.
        std::fs::write(home.env_file(), "SWF_TOP=4\n").unwrap();
        assert_eq!(watcher.look(&store).len(), 1);
        assert!(watcher.look(&store).is_empty());
        reload.store(true, Ordering::Relaxed);
        assert!(matches!(watcher.look(&store)[..], [External::Settings(_)]));
        assert!(watcher.look(&store).is_empty(), "once");
    }
}
