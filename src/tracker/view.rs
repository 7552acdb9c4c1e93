//! What others see of the tracker: the live view, `tracker_state.json`, and the summary at the end.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Summary;
use super::engine::{Engine, GroupId, Link};
use super::groups::Watched;
use super::run_loop::{RunEnd, RunLoop};
use crate::app::boards;
use crate::app::sender::Lane;
use crate::domain::Instant;
use crate::domain::live::{Blind, Call, Connection, Outage, Person, StoreProblem, View, Wait};
use crate::error::Result;
use crate::platform::state_file::{Process, State};

/// `tracker_state.json`: since when the tracker runs, and whether the file could not be written.
#[derive(Clone, Debug)]
pub(super) struct StateFile {
    /// When the tracker was started, by the system clock.
    started: Instant,
    /// The store's identity.
    store: Option<String>,
    /// Settings that a restart takes up.
    pub(super) restart_for: Vec<&'static str>,
    failed: Arc<AtomicBool>,
    /// The newest state that is not written yet: on a slow disk one job waits, not one for each state.
    next: Arc<Mutex<Option<State>>>,
}

impl StateFile {
    pub(super) fn new(started: Instant, store: Option<String>) -> StateFile {
        StateFile { started, store, restart_for: Vec::new(), failed: Arc::default(), next: Arc::default() }
    }

    /// Takes `state` for the next write; whether a job has to be made for it.
    pub(super) fn put(&self, state: State) -> bool {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).replace(state).is_none()
    }

    /// Writes the newest state.
    pub(super) fn write(&self, path: &Path) {
        let next = self.next.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(state) = next {
            self.report(path, state.write(path));
        }
    }

    /// Logs whether the file could be written, when that changes: nothing depends on it.
    fn report(&self, path: &Path, written: std::io::Result<()>) {
        let failed = self.failed.swap(written.is_err(), Ordering::Relaxed);
        match written {
            Err(error) if !failed => tracing::error!("{} can't be written: {error}", path.display()),
            Ok(()) if failed => tracing::info!("{} can be written again", path.display()),
            _ => {}
        }
    }

    /// What the file says; with how the tracker has ended, if it has.
    fn describe(&self, engine: &Engine, first: GroupId, view: &View, posts: bool, end: Option<&Result<()>>) -> State {
        let (_, clock_offset) = engine.clock();
        let changes = engine.changes(first);
        let process = Process {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION"),
            started: self.started + clock_offset,
            clock_offset,
            posts,
            end: end.map(|end| end.as_ref().copied().map_err(|error| error.message())),
        };
        State {
            changes_pushed: changes.pushed,
            changes_found: changes.found,
            restart_for: self.restart_for.iter().map(|name| (*name).to_owned()).collect(),
            first_seen: engine.summary(first).0.map(|span| span.from.0),
            store: self.store.clone(),
            ..State::new(view, &process)
        }
    }
}

impl RunLoop {
    pub(super) fn view(&self) -> View {
        look(&self.engine, self.first(), &self.groups)
    }

    /// What the state file says now.
    pub(super) fn describe(&self) -> State {
        self.state.describe(&self.engine, self.first(), &self.view(), self.options.post, None)
    }
}

impl RunEnd {
    /// Writes the state file for the last time, with how the tracker has ended.
    pub(super) fn write_state(&self, end: &Result<()>) {
        let view = look(&self.engine, self.first(), &self.groups);
        let state = self.state.describe(&self.engine, self.first(), &view, self.options.post, Some(end));
        let path = self.config.home().state();
        self.state.report(&path, state.write(&path));
    }

    fn first(&self) -> GroupId {
        GroupId(self.groups.iter().position(|group| !group.is_removed).unwrap_or(0))
    }

    /// What there is to tell at the end. What can't be read any more is left out: the end has its own words for that.
    pub(super) fn summary(&self) -> Summary {
        let (watched, posted) = self.engine.summary(self.first());
        let row = self.groups[self.first().0].row();
        let group = watched.and(row).map(|row| row.title.clone());
        let mut summary = Summary { group, watched, posted, ..Summary::default() };
        if let (Some(store), Some(row)) = (&self.store, row) {
            let (now, _) = self.engine.clock();
            summary.waiting = store.waiting(row.key, Lane::Posts, now).map_or(0, |posts| posts.len());
            if let Some(Ok(run)) = watched.map(|span| boards::run(store, self.config.group(), row.key, span)) {
                summary.run = run;
            }
        }
        summary
    }
}

/// What the engine sees, as plain data.
fn look(engine: &Engine, first: GroupId, groups: &[Watched]) -> View {
    let (now, _) = engine.clock();
    let group = &groups[first.0];
    let (connection, wait) = match engine.link() {
        Link::Connecting => (Connection::Connecting, None),
        Link::Online => (Connection::Online, None),
        Link::Offline { why, again } => {
            (Connection::Offline, Some(Wait { until: now + again as i64, reason: Some(why) }))
        }
        Link::FloodWait { seconds } => {
            (Connection::FloodWait, Some(Wait { until: now + seconds as i64, reason: None }))
        }
    };
    let call = engine.call(first).map(|call| {
        let people = call.people.into_iter().map(|(profile, stay)| Person {
            profile,
            since: stay.span.from,
            stay: stay.span.seconds(),
            today: group.today.get(&stay.peer).copied().unwrap_or(0),
        });
        let blind = call.blind.map(|(since, reason)| Blind { since, reason });
        Call { since: call.since, blind, people: people.collect() }
    });
    let outage = engine.outage(None).or_else(|| engine.outage(Some(first)));
    View {
        now,
        title: group.title(),
        group: group.row().map(|row| row.peer),
        account: engine.me().or(group.row().and_then(|row| row.tracker)),
        connection,
        wait,
        confirmed: Some(Instant(engine.last_seen())).filter(|at| at.0 > 0),
        outage: outage.map(|(since, why)| Outage { since, reason: why.to_owned() }),
        call,
        next_post: engine.next_post(first),
        store_problem: engine.store_failure().map(|(why, buffered)| StoreProblem { reason: why.to_owned(), buffered }),
    }
}
