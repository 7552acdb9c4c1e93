//! What others see of the tracker: the live view, `tracker_state.json`, and the summary at the end.

use std::time::Duration;

use super::Tracker;
use crate::app::boards;
use crate::app::posts;
use crate::app::sender::Lane;
use crate::domain::accounting::presence::Stay;
use crate::domain::people::Profile;
use crate::domain::roster::{BlindReason, Present};
use crate::domain::{CallId, Instant, PeerId, Span};
use crate::error::Result;
use crate::platform::state_file::{self, State};

/// How often what the live view shows is computed anew.
const VIEW: Duration = Duration::from_secs(1);

/// How often the liveness file is written, whatever happens.
const BEAT: Duration = Duration::from_secs(5);

/// What a live view shows.
#[derive(Clone, Debug)]
pub struct Status {
    pub group: Option<String>,
    pub link: Link,
    pub call: Option<CallStatus>,
    /// When the next daily post is due; `None` if this tracker does not post.
    pub next_post: Option<Instant>,
    /// Why the store can't be written, and how many facts wait in memory.
    pub trouble: Option<(String, usize)>,
    /// Telegram's time.
    pub now: Instant,
}

/// The state of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    Connecting,
    Online,
    /// No connection; the next attempt is `again` seconds away.
    Offline {
        why: String,
        again: u64,
    },
    /// Telegram asked us to wait this many seconds.
    FloodWait {
        seconds: u64,
    },
}

#[derive(Clone, Debug)]
pub struct CallStatus {
    /// When the first came in of whom we know.
    pub since: Option<Instant>,
    /// Since when, and why, the call can't be seen.
    pub blind: Option<(Instant, BlindReason)>,
    pub people: Vec<PersonStatus>,
}

#[derive(Clone, Debug)]
pub struct PersonStatus {
    pub profile: Profile,
    /// The length of this stay, in seconds.
    pub stay: i64,
    /// What counts today, in seconds.
    pub today: i64,
}

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
    pub(super) fn show(&mut self, link: Link, show: &mut impl FnMut(&Status)) {
        self.link = link.clone();
        let elapsed = self.clock.elapsed();
        if !self.options.view || self.viewed.is_some_and(|viewed| elapsed < viewed + VIEW) {
            return;
        }
        self.viewed = Some(elapsed);
        let now = self.clock.now();
        // The store knows the group before Telegram answers, but the first time.
        let key = self
            .key
            .or_else(|| boards::group(&self.store, self.config.group().name.as_deref()).ok().map(|row| row.key));
        let next = key.map(|key| posts::next(&self.store, self.config.group(), key, now));
        if let Ok(next) = next.unwrap_or_else(|| Ok(self.config.group().timetable.next(now, |_| false))) {
            self.next_post = Some(next);
        }
        let confirmed = self.watch.confirmed();
        // What is shown beyond the confirmed instant is an outlook, and none while nothing is seen; what is stored is not.
        let until =
            confirmed.map(|at| if link == Link::Online && self.watch.blind().is_none() { now.max(at) } else { at });
        let stays: Vec<Stay> = self.watch.call().map_or_else(Vec::new, |call| {
            let stay = |(peer, present): (PeerId, Present)| {
                let until = until.unwrap_or(present.seen).max(present.seen);
                Stay { call, peer, span: Span::new(present.from, until), open: true }
            };
            self.watch.present().map(stay).collect()
        });
        // What can't be read now is shown as it was.
        if let Some(key) = self.place.as_ref().map(|place| place.row.key)
            && let Ok(today) = boards::outlook(&self.store, self.config.group(), key, now, &stays)
        {
            self.today = today;
        }
        let call = self.watch.call().map(|call| {
            let people = stays.iter().map(|stay| PersonStatus {
                profile: self.profile(stay.peer),
                stay: stay.span.seconds(),
                today: self.today.get(&stay.peer).copied().unwrap_or(0),
            });
            let since = self.began_of(call);
            let blind = self.watch.blind().map(|reason| (confirmed.unwrap_or(now), reason));
            CallStatus { since, blind, people: people.collect() }
        });
        let next_post = self.next_post.filter(|_| self.options.post);
        let group = self.place.as_ref().map(|place| place.group.title.clone());
        let trouble = self.unwritten.trouble().map(|(why, waiting)| (why.to_owned(), waiting));
        show(&Status { group, link, call, next_post, trouble, now });
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
        let call = self.watch.call().map(|call| state_file::Call {
            since: self.began_of(call).map(|at| at.0),
            people: self.watch.present().count(),
        });
        let group = self.group_row();
        let trouble = self.unwritten.trouble();
        let state = State {
            last_seen: self.last_seen,
            pid: Some(std::process::id()),
            version: env!("CARGO_PKG_VERSION").into(),
            since: self.since.0 + self.clock.offset(),
            beat: now.0,
            stopped: matches!(end, Some(Ok(()))).then_some(now.0),
            error: end.and_then(|end| end.as_ref().err()).map(|error| error.message().to_owned()),
            connection: match &self.link {
                Link::Connecting => state_file::Connection::Connecting,
                Link::Online => state_file::Connection::Online,
                Link::Offline { .. } => state_file::Connection::Offline,
                Link::FloodWait { .. } => state_file::Connection::FloodWait,
            },
            problem: self.dark.as_ref().map(|dark| dark.why.clone()),
            dark_since: self.dark.as_ref().and_then(|dark| dark.since).map(|since| since.0),
            call,
            group: group.map(|row| state_file::Group { id: row.peer.0, title: row.title.clone() }),
            account: group.and_then(|row| row.tracker).map(|me| me.0),
            clock_offset: self.clock.offset(),
            posts: self.options.post,
            trouble: trouble.map(|(why, _)| why.to_owned()),
            unwritten: trouble.map_or(0, |(_, waiting)| waiting),
        };
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
