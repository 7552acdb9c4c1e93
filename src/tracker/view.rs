//! What other programs and the user see of the tracker: the live view, `tracker_state.json` and the final summary.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::engine::{Engine, GroupId, Link};
use super::groups::{Watched, in_order};
use super::run_loop::{RunEnd, RunLoop};
use super::{GroupSummary, Summary};
use crate::app::boards;
use crate::app::sender::Lane;
use crate::domain::Instant;
use crate::domain::accounting::presence::Stay;
use crate::domain::live::{Blind, Call, Connection, GroupView, Outage, Person, StoreProblem, View, Wait};
use crate::error::Result;
use crate::platform::state_file::{Process, State, WebState};

/// Writes `tracker_state.json`.
#[derive(Clone, Debug)]
pub(super) struct StateFile {
    /// When the tracker was started, by the system clock.
    started: Instant,
    /// The store's identity.
    store: Option<String>,
    /// Changed settings that need a restart.
    pub(super) restart_for: Vec<&'static str>,
    web: WebState,
    failed: Arc<AtomicBool>,
    /// The newest state that is not written yet. On a slow disk only one job waits, not one for each state.
    next: Arc<Mutex<Option<State>>>,
}

impl StateFile {
    pub(super) fn new(started: Instant, store: Option<String>, web: WebState) -> StateFile {
        StateFile { started, store, restart_for: Vec::new(), web, failed: Arc::default(), next: Arc::default() }
    }

    /// Keeps `state` for the next write; returns whether a new job is needed to write it.
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

    /// Logs whether the file could be written, when that changes. Nothing else depends on it.
    fn report(&self, path: &Path, written: std::io::Result<()>) {
        let failed = self.failed.swap(written.is_err(), Ordering::Relaxed);
        match written {
            Err(error) if !failed => tracing::error!("{} can't be written: {error}", path.display()),
            Ok(()) if failed => tracing::info!("{} can be written again", path.display()),
            _ => {}
        }
    }

    /// The content of the file; at the end with the tracker's result.
    fn describe(&self, shown: Shown, posts: bool, end: Option<&Result<()>>) -> State {
        let (engine, (_, clock_offset)) = (shown.engine, shown.engine.clock());
        let process = Process {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION"),
            started: self.started + clock_offset,
            clock_offset,
            posts,
            end: end.map(|end| end.as_ref().copied().map_err(|error| error.message())),
        };
        let mut state = State::new(&shown.view(), &process);
        let order = shown.order();
        let first = engine.changes(order[0]);
        (state.changes_pushed, state.changes_found) = (first.pushed, first.found);
        for (group, id) in state.groups.iter_mut().zip(order) {
            let changes = engine.changes(id);
            (group.changes_pushed, group.changes_found) = (changes.pushed, changes.found);
        }
        state.restart_for = self.restart_for.iter().map(|name| (*name).to_owned()).collect();
        state.store.clone_from(&self.store);
        state.web = self.web.get().filter(|_| end.is_none());
        state
    }
}

impl RunLoop {
    fn shown(&self) -> Shown<'_> {
        Shown { engine: &self.engine, groups: &self.groups }
    }

    pub(super) fn view(&self) -> View {
        self.shown().view()
    }

    /// The content of the state file now.
    pub(super) fn describe(&self) -> State {
        let chat = self.chat.describe(self.engine.answers_by_bot());
        State { chat, ..self.state.describe(self.shown(), self.options.post, None) }
    }
}

impl RunEnd {
    fn shown(&self) -> Shown<'_> {
        Shown { engine: &self.engine, groups: &self.groups }
    }

    /// Writes the state file for the last time, with the tracker's result.
    pub(super) fn write_state(&self, end: &Result<()>) {
        let state = self.state.describe(self.shown(), self.options.post, Some(end));
        let path = self.config.home().state();
        self.state.report(&path, state.write(&path));
    }

    /// The summary at the end. Numbers that can't be read any more are left out; the error is reported separately.
    pub(super) fn summary(&self) -> Summary {
        let order = self.shown().order();
        Summary { groups: order.into_iter().map(|id| self.group_summary(id, &self.groups[id.0])).collect() }
    }

    fn group_summary(&self, id: GroupId, group: &Watched) -> GroupSummary {
        let (watched, posted) = self.engine.summary(id);
        let mut summary = GroupSummary {
            title: group.title(),
            zone: group.settings.zone,
            watched: watched.filter(|_| group.row().is_some()),
            run: boards::Run::default(),
            posted,
            waiting: 0,
        };
        if let (Some(store), Some(row)) = (&self.store, group.row()) {
            let (now, _) = self.engine.clock();
            summary.waiting = store.waiting(row.key, Lane::Posts, now).map_or(0, |posts| posts.len());
            if let Some(Ok(run)) = watched.map(|span| boards::run(store, &group.settings, row.key, span)) {
                summary.run = run;
            }
        }
        summary
    }
}

/// The engine, and the groups of the run loop.
#[derive(Clone, Copy)]
struct Shown<'a> {
    engine: &'a Engine,
    groups: &'a [Watched],
}

impl Shown<'_> {
    /// The groups in the order of the settings; at least one.
    fn order(self) -> Vec<GroupId> {
        let order = in_order(self.groups);
        if order.is_empty() { vec![GroupId(0)] } else { order }
    }

    /// Everything for the live view, as plain data.
    fn view(self) -> View {
        let engine = self.engine;
        let (now, _) = engine.clock();
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
        let tracker = || self.groups.iter().find_map(|group| group.row()?.tracker);
        let problem = engine.store_failure();
        View {
            now,
            account: engine.me().or_else(tracker),
            connection,
            wait,
            confirmed: Some(Instant(engine.last_seen())).filter(|at| at.0 > 0),
            outage: engine.outage(None).map(|(since, why)| Outage { since, reason: why.to_owned() }),
            groups: self.order().into_iter().map(|id| self.group_view(id)).collect(),
            store_problem: problem.map(|(why, buffered)| StoreProblem { reason: why.to_owned(), buffered }),
        }
    }

    fn group_view(self, id: GroupId) -> GroupView {
        let (engine, group) = (self.engine, &self.groups[id.0]);
        let today = |stay: &Stay| group.today.get(&stay.peer).copied().unwrap_or(0);
        let call = engine.call(id).map(|call| {
            let people = call.people.into_iter().map(|(profile, stay)| Person {
                profile,
                since: stay.span.from,
                stay: stay.span.seconds(),
                today: today(&stay),
            });
            let blind = call.blind.map(|(since, reason)| Blind { since, reason });
            Call { since: call.since, blind, people: people.collect(), uncounted: call.uncounted }
        });
        GroupView {
            label: group.settings.label.clone(),
            title: group.title(),
            peer: group.row().map(|row| row.peer),
            zone: group.settings.zone,
            watched: engine.summary(id).0,
            call,
            next_post: engine.next_post(id),
            outage: engine.outage(Some(id)).map(|(since, why)| Outage { since, reason: why.to_owned() }),
        }
    }
}
