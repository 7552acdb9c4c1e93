//! What others see of the tracker: the live view, `tracker_state.json`, and the summary at the end.

use std::time::Duration;

use super::Tracker;
use crate::app::boards;
use crate::app::posts;
use crate::app::sender::Lane;
use crate::domain::accounting::presence::Stay;
use crate::domain::live::{Blind, Call, Connection, Outage, Person, StoreProblem, View, Wait};
use crate::domain::people::Profile;
use crate::domain::roster::Present;
use crate::domain::{CallId, Instant, PeerId, Span};
use crate::error::Result;
use crate::platform::state_file::{Process, State};

/// How often what the live view shows is computed anew.
const VIEW: Duration = Duration::from_secs(1);

/// How often the liveness file is written, whatever happens.
const BEAT: Duration = Duration::from_secs(5);

/// What a tracker did, from its start to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub group: Option<String>,
    /// From the first to the last instant at which it saw the group, call or no call; `None` if it never did.
    pub watched: Option<Span>,
    pub run: boards::Run,
    /// Posts that it brought into the group.
    pub posted: usize,
    /// Posts that are not there yet.
    pub waiting: usize,
}

impl Tracker<'_> {
    /// Takes the state of the connection, and shows a view of it, at most once in [`VIEW`].
    pub(super) fn show(&mut self, link: Connection, wait: Option<Wait>, show: &mut impl FnMut(&View)) {
        (self.link, self.wait) = (link, wait);
        let elapsed = self.clock.elapsed();
        if !self.options.view || self.viewed.is_some_and(|viewed| elapsed < viewed + VIEW) {
            return;
        }
        self.viewed = Some(elapsed);
        let now = self.clock.now();
        // The store knows the group before Telegram answers, except at the very first start.
        let key = self
            .key
            .or_else(|| boards::group(&self.store, self.config.group().name.as_deref()).ok().map(|row| row.key));
        let next = key.map(|key| posts::next(&self.store, self.config.group(), key, now));
        if let Ok(next) = next.unwrap_or_else(|| Ok(self.config.group().timetable.next(now, |_| false))) {
            self.next_post = Some(next);
        }
        // What can't be read now stays as it was.
        if let Some(key) = self.place.as_ref().map(|place| place.row.key)
            && let Ok(today) = boards::outlook(&self.store, self.config.group(), key, now, &self.stays(now))
        {
            self.today = today;
        }
        show(&self.view(now));
    }

    /// The stays of everybody in the call. Beyond the confirmed instant they are a forecast, which is made only while the
    /// call is seen, and never stored.
    fn stays(&self, now: Instant) -> Vec<Stay> {
        let is_seen = self.link == Connection::Online && self.watch.blind().is_none();
        let until = self.watch.confirmed().map(|at| if is_seen { now.max(at) } else { at });
        self.watch.call().map_or_else(Vec::new, |call| {
            let stay = |(peer, present): (PeerId, Present)| {
                let until = until.unwrap_or(present.seen).max(present.seen);
                Stay { call, peer, span: Span::new(present.from, until), open: true }
            };
            self.watch.present().map(stay).collect()
        })
    }

    fn view(&self, now: Instant) -> View {
        let call = self.watch.call().map(|call| {
            let people = self.stays(now).into_iter().map(|stay| Person {
                profile: self.profile(stay.peer),
                since: stay.span.from,
                stay: stay.span.seconds(),
                today: self.today.get(&stay.peer).copied().unwrap_or(0),
            });
            let since = self.watch.confirmed().unwrap_or(now);
            let blind = self.watch.blind().map(|reason| Blind { since, reason });
            Call { since: self.began_of(call), blind, people: people.collect() }
        });
        let row = self.group_row();
        View {
            now,
            title: self.title(),
            group: row.map(|row| row.peer),
            account: row.and_then(|row| row.tracker),
            connection: self.link,
            wait: self.wait.clone(),
            confirmed: Some(Instant(self.last_seen)).filter(|at| at.0 > 0),
            outage: self.dark.as_ref().map(|dark| Outage { since: dark.since, reason: dark.why.clone() }),
            call,
            next_post: self.next_post.filter(|_| self.options.post),
            store_problem: self
                .unwritten
                .trouble()
                .map(|(reason, buffered)| StoreProblem { reason: reason.to_owned(), buffered }),
        }
    }

    /// What there is to tell at the end. What can't be read any more is left out: the end has its own words for that.
    pub(super) fn summary(&self) -> Summary {
        let mut summary = Summary {
            group: self.place.as_ref().map(|place| place.group.title.clone()),
            watched: self.watched,
            posted: self.posted,
            ..Summary::default()
        };
        let Some(key) = self.key else { return summary };
        summary.waiting = self.store.waiting(key, Lane::Posts, self.clock.now()).map_or(0, |posts| posts.len());
        if let Some(run) = self.watched
            && let Ok(run) = boards::run(&self.store, self.config.group(), key, run)
        {
            summary.run = run;
        }
        summary
    }

    /// Replaces `tracker_state.json`, which outside programs read; with how the tracker ends, if it does. Nothing hangs
    /// on it: what can't be written is said.
    pub(super) fn write_state(&mut self, end: Option<&Result<()>>) {
        self.beat = self.clock.elapsed() + BEAT;
        let now = self.clock.now();
        let process = Process {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION"),
            started: self.since + self.clock.offset(),
            clock_offset: self.clock.offset(),
            posts: self.options.post,
            end: end.map(|end| end.as_ref().map(|_| ()).map_err(|error| error.message())),
        };
        let state = State::new(&self.view(now), &process);
        let path = self.config.home().state();
        let written = state.write(&path);
        match &written {
            Err(error) if !self.stale => tracing::error!("{} can't be written: {error}", path.display()),
            Ok(()) if self.stale => tracing::info!("{} can be written again", path.display()),
            _ => {}
        }
        self.stale = written.is_err();
    }

    /// The group's title, or what the user calls it.
    pub(super) fn title(&self) -> String {
        self.group_row().map_or_else(|| self.login.group.clone(), |row| row.title.clone())
    }

    /// When the first came into `call` of whom we know.
    pub(super) fn began_of(&self, call: CallId) -> Option<Instant> {
        self.began.filter(|(began, _)| *began == call).map(|(_, at)| at)
    }

    pub(super) fn profile(&self, peer: PeerId) -> Profile {
        self.known.get(&peer).map_or_else(|| Profile::unknown(peer), |known| known.profile.clone())
    }
}
