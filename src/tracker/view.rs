//! What others see of the tracker: the live view, `tracker_state.json`, and the summary at the end.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::engine::{Engine, GroupId, Link};
use super::run_loop::{GROUP, RunEnd, RunLoop};
use super::{GroupSummary, Summary};
use crate::app::boards;
use crate::app::sender::Lane;
use crate::config::GroupSettings;
use crate::domain::accounting::presence::Stay;
use crate::domain::live::{Blind, Call, Connection, GroupView, Outage, Person, StoreProblem, View, Wait};
use crate::domain::{Instant, PeerId};
use crate::error::Result;
use crate::platform::state_file::{Process, State};
use crate::store::GroupRow;

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
    fn describe(&self, engine: &Engine, view: &View, posts: bool, end: Option<&Result<()>>) -> State {
        let (_, clock_offset) = engine.clock();
        let process = Process {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION"),
            started: self.started + clock_offset,
            clock_offset,
            posts,
            end: end.map(|end| end.as_ref().copied().map_err(|error| error.message())),
        };
        let mut state = State::new(view, &process);
        let first = engine.changes(GROUP);
        (state.changes_pushed, state.changes_found) = (first.pushed, first.found);
        for (id, group) in state.groups.iter_mut().enumerate() {
            let changes = engine.changes(GroupId(id));
            (group.changes_pushed, group.changes_found) = (changes.pushed, changes.found);
        }
        state.restart_for = self.restart_for.iter().map(|name| (*name).to_owned()).collect();
        state.store.clone_from(&self.store);
        state
    }
}

impl RunLoop {
    /// The groups, in the order of their ids in the engine.
    fn groups(&self) -> Vec<GroupInfo<'_>> {
        vec![GroupInfo { settings: self.config.group(), row: self.group_row(), today: &self.today, problem: None }]
    }

    pub(super) fn view(&self) -> View {
        look(&self.engine, &self.groups())
    }

    /// What the state file says now.
    pub(super) fn describe(&self) -> State {
        self.state.describe(&self.engine, &self.view(), self.options.post, None)
    }
}

impl RunEnd {
    /// Writes the state file for the last time, with how the tracker has ended.
    pub(super) fn write_state(&self, end: &Result<()>) {
        let today = HashMap::new();
        let view = look(&self.engine, &self.groups(&today));
        let state = self.state.describe(&self.engine, &view, self.options.post, Some(end));
        let path = self.config.home().state();
        self.state.report(&path, state.write(&path));
    }

    /// The groups, in the order of their ids in the engine.
    fn groups<'a>(&'a self, today: &'a HashMap<PeerId, i64>) -> Vec<GroupInfo<'a>> {
        vec![GroupInfo { settings: self.config.group(), row: self.row.as_ref(), today, problem: None }]
    }

    /// What there is to tell at the end. What can't be read any more is left out: the end has its own words for that.
    pub(super) fn summary(&self) -> Summary {
        let today = HashMap::new();
        let groups = self.groups(&today);
        Summary {
            groups: groups.iter().enumerate().map(|(id, group)| self.group_summary(GroupId(id), group)).collect(),
        }
    }

    fn group_summary(&self, id: GroupId, group: &GroupInfo) -> GroupSummary {
        let (watched, posted) = self.engine.summary(id);
        let mut summary = GroupSummary {
            title: group.title(),
            zone: group.settings.zone,
            watched: watched.filter(|_| group.row.is_some()),
            run: boards::Run::default(),
            posted,
            waiting: 0,
        };
        if let (Some(store), Some(row)) = (&self.store, group.row) {
            let (now, _) = self.engine.clock();
            summary.waiting = store.waiting(row.key, Lane::Posts, now).map_or(0, |posts| posts.len());
            if let Some(Ok(run)) = watched.map(|span| boards::run(store, group.settings, row.key, span)) {
                summary.run = run;
            }
        }
        summary
    }
}

/// What the engine does not know of one of its groups. They stand in the order of [`GroupId`].
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupInfo<'a> {
    pub settings: &'a GroupSettings,
    /// `None` until the group has been found.
    pub row: Option<&'a GroupRow>,
    /// What counts today for whoever is in the call, in seconds.
    pub today: &'a HashMap<PeerId, i64>,
    /// Why this group is not watched while others are.
    pub problem: Option<&'a str>,
}

impl GroupInfo<'_> {
    /// The group's title, or what the settings call the group.
    pub(super) fn title(&self) -> String {
        let name = || self.settings.name.clone().or_else(|| self.settings.label.clone()).unwrap_or_default();
        self.row.map_or_else(name, |row| row.title.clone())
    }

    fn view(&self, engine: &Engine, group: GroupId) -> GroupView {
        let today = |stay: &Stay| self.today.get(&stay.peer).copied().unwrap_or(0);
        let call = engine.call(group).map(|call| {
            let people = call.people.into_iter().map(|(profile, stay)| Person {
                profile,
                since: stay.span.from,
                stay: stay.span.seconds(),
                today: today(&stay),
            });
            let blind = call.blind.map(|(since, reason)| Blind { since, reason });
            Call { since: call.since, blind, people: people.collect() }
        });
        GroupView {
            label: self.settings.label.clone(),
            title: self.title(),
            peer: self.row.map(|row| row.peer),
            zone: self.settings.zone,
            watched: engine.summary(group).0,
            call,
            next_post: engine.next_post(group),
            problem: self.problem.map(str::to_owned),
        }
    }
}

/// What the engine sees, as plain data.
fn look(engine: &Engine, groups: &[GroupInfo]) -> View {
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
    let outage = engine.outage();
    View {
        now,
        account: engine.me().or(groups.iter().find_map(|group| group.row?.tracker)),
        connection,
        wait,
        confirmed: Some(Instant(engine.last_seen())).filter(|at| at.0 > 0),
        outage: outage.map(|(since, why)| Outage { since, reason: why.to_owned() }),
        groups: groups.iter().enumerate().map(|(id, group)| group.view(engine, GroupId(id))).collect(),
        store_problem: engine.store_failure().map(|(why, buffered)| StoreProblem { reason: why.to_owned(), buffered }),
    }
}
