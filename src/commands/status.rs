//! `swf status`: what runs now, on one screen. Reads files and the store; no network, no keyring.

use serde_json::{Value, json};

use crate::app::backup;
use crate::app::groups;
use crate::app::posts;
use crate::app::publish;
use crate::app::sender::{self, Lane};
use crate::commands::context::Context;
use crate::commands::terminal;
use crate::config::{Config, GroupSettings, Home};
use crate::domain::Instant;
use crate::domain::live::Connection;
use crate::domain::post::PostKind;
use crate::domain::text::{clean, duration, isolated_if_mixed};
use crate::domain::time::period::{iso, local, local_date};
use crate::error::{Error, Hint, Result};
use crate::platform::clock::Clock;
use crate::platform::lock::Lock;
use crate::platform::state_file::State;
use crate::render::Look;
use crate::render::sheet::{Item, Mark, sheet};
use crate::render::words::day_and_time;
use crate::store::{self, Access, Delivery, GroupRow, Store};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// How far back a refused post is worth a line, in seconds.
const RECENT: i64 = 7 * 86_400;
/// A group that was not seen for longer than this, in seconds, while a tracker runs: one look is missing at least.
const LATE: i64 = 60;

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let report = Report::gather(&context.config);
    if args.json {
        return terminal::print_json(&report.to_json());
    }
    let look = Look { width: terminal::width(), color: context.color(), borders: false, top: None };
    let items: Vec<Item> = report.items().into_iter().map(|item| context.ready(item)).collect();
    terminal::print(&sheet(&report.title(), &items, &look))
}

/// How the tracker is.
#[derive(Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum Life {
    /// None has run here.
    Never,
    Running,
    /// It holds its lock, and does nothing.
    Hangs,
    /// It was asked to stop.
    Stopped,
    /// It ended without being asked to.
    Dead,
}

/// What the store says of the group.
struct Kept {
    last: Option<Delivery>,
    /// When the next post is due.
    next: Instant,
    waiting: Vec<Delivery>,
    refused: Vec<Delivery>,
    exports: Vec<Delivery>,
    alerts: Vec<Delivery>,
}

struct Report<'a> {
    home: &'a Home,
    settings: &'a GroupSettings,
    /// The web export is on.
    exports: bool,
    now: Instant,
    state: Option<State>,
    life: Life,
    group: Option<GroupRow>,
    /// Why the store can't be read.
    broken: Option<String>,
    kept: Option<Kept>,
    bytes: u64,
    /// There is nothing in the store that a copy would keep.
    empty: bool,
    backups: Result<Vec<backup::Copy>>,
}

impl<'a> Report<'a> {
    fn gather(config: &'a Config) -> Report<'a> {
        let settings = config.group();
        let state = State::read(config.home());
        let store = Store::open(&config.home().store(), Access::Read);
        let group = store
            .as_ref()
            .ok()
            .and_then(|store| groups::shown(store, config.group().name.as_deref()).ok().map(|shown| shown.group));
        // A tracker of today knows Telegram's clock better than the store.
        let offset = state.as_ref().filter(|state| state.pid.is_some()).map(|state| state.clock_offset);
        let now = Clock::new(offset.or(group.as_ref().map(|group| group.clock_offset)).unwrap_or(0)).now();
        let held = Lock::is_held(&config.home().lock()).unwrap_or(false);
        let life = match &state {
            _ if !held && state.as_ref().is_none_or(|state| state.pid.is_none()) => Life::Never,
            Some(state) if held && state.hangs(now) => Life::Hangs,
            _ if held => Life::Running,
            Some(state) if state.is_unfinished() => Life::Dead,
            _ => Life::Stopped,
        };
        let kept = store.as_ref().ok().zip(group.as_ref()).map(|(store, group)| {
            Ok(Kept {
                last: store.last_sent(group.key)?,
                next: posts::next(store, settings, group.key, now)?,
                waiting: store.waiting(group.key, Lane::Posts, now)?,
                refused: store.refused_since(group.key, now - RECENT)?,
                exports: store.undelivered(group.key, Lane::Website, now)?,
                alerts: store.waiting(group.key, Lane::Alerts, now)?,
            })
        });
        let (kept, unread) = match kept.transpose() {
            Ok(kept) => (kept, None),
            Err(error) => (None, Some(Error::message(&error).to_owned())),
        };
        let empty = store.as_ref().is_ok_and(|store| store.is_empty().unwrap_or(false));
        let broken = match store {
            Err(error) if config.home().store().exists() => Some(error.message().to_owned()),
            _ => unread,
        };
        Report {
            home: config.home(),
            settings,
            exports: publish::settings(&config.raw, &config.credentials).is_wanted(),
            now,
            life,
            broken,
            kept,
            bytes: store_bytes(config.home()),
            empty,
            backups: backup::copies(config.home()),
            state,
            group,
        }
    }

    fn name(&self) -> Option<String> {
        let stored = self.group.as_ref().map(|group| group.title.as_str());
        let name = stored.or(self.settings.name.as_deref()).map(clean);
        name.filter(|name| !name.is_empty())
    }

    fn title(&self) -> String {
        let now = local(self.settings.zone, self.now).format("%Y-%m-%d %H:%M");
        let name = self.name().map_or_else(|| "no group yet".to_owned(), |name| isolated_if_mixed(&name));
        format!("{name} · {now} · {}", self.settings.zone.name())
    }

    /// `today 21:30`, or with the date.
    fn time(&self, at: Instant) -> String {
        day_and_time(self.settings.zone, at, self.now)
    }

    /// `5s ago`.
    fn ago(&self, at: Instant) -> String {
        format!("{} ago", duration((self.now - at).max(0)))
    }

    fn is_alive(&self) -> bool {
        matches!(self.life, Life::Running | Life::Hangs)
    }

    fn items(&self) -> Vec<Item> {
        let mut items = vec![self.tracker(), self.seen(), self.call()];
        items.extend(self.trouble());
        items.extend(self.posts());
        items.push(self.store());
        items.push(self.backup());
        items
    }

    fn tracker(&self) -> Item {
        let item = |mark, text: String, hints: &[Hint]| Item { mark, label: "tracker", text, hints: hints.to_vec() };
        let start = || Hint::command("", "swf track");
        let Some(state) = &self.state else {
            return match self.life {
                Life::Never if self.settings.name.is_none() => item(
                    Mark::None,
                    "none has run here yet, and nothing is set up".into(),
                    &[Hint::command("", "swf init")],
                ),
                Life::Never => item(Mark::None, "none has run here yet".into(), &[start()]),
                _ => item(Mark::Note, "running, but its tracker_state.json can't be read".into(), &[]),
            };
        };
        let since = self.time(Instant(state.started_at));
        let process = state.pid.map_or(String::new(), |pid| format!(", process {pid}"));
        match self.life {
            Life::Never => item(Mark::None, "swf's own has not run here yet".into(), &[start()]),
            Life::Running if state.pid.is_none() => {
                let text = "running, but says nothing of itself: it has only just started, or is of an older swf";
                item(
                    Mark::Note,
                    text.into(),
                    &[Hint::command("If it stays like that, stop it, and start it again", "swf track")],
                )
            }
            Life::Running => {
                let quiet = if state.posts { "" } else { ", does not post" };
                let text = format!(
                    "running for {}, since {since}{process}{quiet}",
                    duration((self.now - Instant(state.started_at)).max(0))
                );
                item(Mark::Good, text, &[])
            }
            Life::Hangs => item(
                Mark::Bad,
                format!("holds its lock, but last moved {}{process}", self.ago(Instant(state.heartbeat_at))),
                &[Hint::command("Is the disk full, or the process stopped? If not, end it and type", "swf track")],
            ),
            Life::Stopped => {
                let at = state.stopped_at.map_or(String::new(), |at| format!(" {}", self.time(Instant(at))));
                item(Mark::None, format!("not running; stopped{at}"), &[start()])
            }
            Life::Dead => {
                let why = state.error.as_deref().map_or("it was not asked to stop".into(), clean);
                let text = format!("not running; last moved {}: {why}", self.time(Instant(state.heartbeat_at)));
                item(Mark::Bad, text, &[start(), Hint::command("To find the cause, run", "swf doctor")])
            }
        }
    }

    /// The connection, and the last confirmed instant.
    fn seen(&self) -> Item {
        let item = |mark, text: String| Item { mark, label: "last look", text, hints: Vec::new() };
        let Some(state) = self.state.as_ref().filter(|state| state.last_seen > 0) else {
            return item(Mark::None, "never".into());
        };
        let at = Instant(state.last_seen);
        let clock = local(self.settings.zone, at).format("%H:%M:%S");
        let when = match local_date(self.settings.zone, at) == local_date(self.settings.zone, self.now) {
            true => format!("{clock}, {}", self.ago(at)),
            false => format!("{} {clock}, {}", local_date(self.settings.zone, at), self.ago(at)),
        };
        if !self.is_alive() {
            return item(Mark::None, when);
        }
        let words = match state.connection {
            Connection::Connecting => "connecting",
            Connection::Online => "online",
            Connection::Offline => "offline",
            Connection::FloodWait => "Telegram asks to wait",
        };
        let why = state.problem.as_deref().map_or(String::new(), |why| format!(" ({})", clean(why)));
        let is_fine = state.connection == Connection::Online && self.now - at < LATE;
        item(if is_fine { Mark::Good } else { Mark::Note }, format!("{when}; {words}{why}"))
    }

    fn call(&self) -> Item {
        let item = |mark, text: String| Item { mark, label: "call", text, hints: Vec::new() };
        let Some(state) = &self.state else { return item(Mark::None, "not known".into()) };
        let Some(call) = &state.call else {
            return match self.is_alive() && state.last_seen > 0 {
                true => item(Mark::Good, "none is running".into()),
                false => item(Mark::None, "none was seen".into()),
            };
        };
        let people = match call.people {
            1 => "1 person".to_owned(),
            count => format!("{count} people"),
        };
        let long = call.since.map_or(String::new(), |since| {
            let until = if self.is_alive() { self.now } else { Instant(state.last_seen) };
            format!(" for {}", duration((until - Instant(since)).max(0)))
        });
        match (self.is_alive(), state.outage_since) {
            (false, _) => item(Mark::None, format!("was running{long}, with {people} in it, when last seen")),
            (true, Some(outage_at)) => {
                let text = format!(
                    "can't be seen for {}; {people} in it before",
                    duration((self.now - Instant(outage_at)).max(0))
                );
                item(Mark::Note, text)
            }
            (true, None) => item(Mark::Good, format!("running{long}, {people} in it")),
        }
    }

    /// What waits in memory because the store can't be written.
    fn trouble(&self) -> Option<Item> {
        let state = self.state.as_ref().filter(|_| self.is_alive())?;
        let why = state.store_problem.as_deref()?;
        Some(Item {
            mark: Mark::Bad,
            label: "memory",
            text: format!("{} facts wait: {}", state.buffered, clean(why)),
            hints: vec![Hint::text("Fix the cause while the tracker runs; then nothing is lost.")],
        })
    }

    /// When the next post is due; by the timetable alone where the store can't be read.
    fn next_post(&self) -> Instant {
        let kept = self.kept.as_ref().map(|kept| kept.next);
        kept.unwrap_or_else(|| self.settings.timetable.next(self.now, |_| false))
    }

    fn posts(&self) -> Vec<Item> {
        let item = |mark, label, text: String| Item { mark, label, text, hints: Vec::new() };
        let next = self.next_post();
        let until = format!("{} (in {})", self.time(next), duration(next - self.now));
        let off = self.is_alive() && self.state.as_ref().is_some_and(|state| !state.posts);
        let next = match (self.is_alive(), off) {
            (true, false) => item(Mark::Good, "next post", until),
            (true, true) => item(Mark::None, "next post", format!("{until}, if swf post is run then")),
            (false, _) => item(Mark::None, "next post", format!("{until}, if something runs then")),
        };
        let Some(kept) = &self.kept else { return vec![next] };
        let last = match &kept.last {
            Some(row) => item(
                Mark::Good,
                "last post",
                format!("{}, {}", row.sent.map_or(String::new(), |at| self.time(at)), what(row)),
            ),
            None => item(Mark::None, "last post", "none yet".into()),
        };
        let mut items = vec![last, next];
        if kept.waiting.is_empty() && kept.refused.is_empty() {
            items.push(item(Mark::Good, "outbox", "nothing waits".into()));
        }
        if let Some(row) = kept.waiting.first() {
            let why = problem(row).map_or("not tried yet".into(), |why| clean(&why));
            let again = match row.state.next_try - self.now {
                wait if wait > 0 => format!("; next try in {}", duration(wait)),
                _ => String::new(),
            };
            let text = format!("{} not delivered; {}: {why}{again}", kept.waiting.len(), what(row));
            items.push(item(Mark::Note, "outbox", text));
        }
        if let Some(row) = kept.refused.first() {
            let why = problem(row).map(|why| clean(&why)).unwrap_or_default();
            let text = format!("{} refused; {}: {why}", kept.refused.len(), what(row));
            items.push(Item {
                hints: vec![
                    Hint::command("Fix the cause, then run", "swf post --now"),
                    Hint::command("Or, for the board of a day", "swf backfill"),
                ],
                ..item(Mark::Bad, "outbox", text)
            });
        }
        items.push(self.exports(kept));
        if let Some(alert) = kept.alerts.first() {
            let why = problem(alert).map_or(String::new(), |why| format!(": {}", clean(&why)));
            items.push(item(Mark::Note, "alerts", format!("{} not sent; {}{why}", kept.alerts.len(), alert.kind)));
        }
        items
    }

    fn exports(&self, kept: &Kept) -> Item {
        let item = |mark, text: String| Item { mark, label: "export", text, hints: Vec::new() };
        let on = self.exports;
        match kept.exports.first() {
            None if on => item(Mark::Good, "nothing waits".into()),
            None => item(Mark::None, "off".into()),
            Some(export) => {
                let why = problem(export).map_or("not tried yet".into(), |why| clean(&why));
                let word = if export.state.refused { "refused" } else { "not delivered" };
                let off = if on { "" } else { "; off now" };
                let text = format!("{} wait; that of {} is {word}: {why}{off}", kept.exports.len(), export.subject);
                Item { hints: vec![Hint::command("", "swf web push")], ..item(Mark::Note, text) }
            }
        }
    }

    fn store(&self) -> Item {
        let item = |mark, text: String| Item { mark, label: "store", text, hints: Vec::new() };
        match &self.broken {
            Some(why) => Item { hints: vec![Hint::command("", "swf doctor")], ..item(Mark::Bad, clean(why)) },
            None if self.bytes == 0 => item(Mark::None, "none yet".into()),
            None => item(Mark::Good, format!("{}, {}", size(self.bytes), self.home.store().display())),
        }
    }

    fn backup(&self) -> Item {
        let item = |mark, text: String| Item { mark, label: "backup", text, hints: Vec::new() };
        match &self.backups {
            Err(error) => item(Mark::Bad, clean(error.message())),
            Ok(copies) => match copies.first() {
                Some(copy) => {
                    let age = (local_date(self.settings.zone, self.now) - copy.day).num_days();
                    let mark = if age <= 1 { Mark::Good } else { Mark::Note };
                    let text = format!("{}, {}, {} kept", copy.day, size(copy.bytes), copies.len());
                    let hints = if age <= 1 { Vec::new() } else { vec![Hint::command("", "swf backup")] };
                    Item { hints, ..item(mark, text) }
                }
                None if self.bytes == 0 || self.empty => item(Mark::None, "none yet".into()),
                None => Item { hints: vec![Hint::command("", "swf backup")], ..item(Mark::Note, "none yet".into()) },
            },
        }
    }

    fn to_json(&self) -> Value {
        let at = |at: Option<i64>| at.filter(|at| *at > 0).map(|at| iso(self.settings.zone, Instant(at)));
        let state = self.state.clone().unwrap_or_default();
        let post = |row: &Delivery| {
            json!({
                "id": row.id, "what": what(row), "sent": row.sent.map(|at| iso(self.settings.zone, at)),
                "problem": problem(row), "refused": row.state.refused,
            })
        };
        let kept = self.kept.as_ref();
        json!({
            "now": iso(self.settings.zone, self.now),
            "timezone": self.settings.zone.name(),
            "group": self.name(),
            "tracker": {
                "state": self.life, "alive": self.is_alive(), "pid": state.pid, "since": at(Some(state.started_at)),
                "beat": at(Some(state.heartbeat_at)), "stopped": at(state.stopped_at), "error": state.error,
                "connection": self.is_alive().then_some(state.connection), "problem": state.problem,
                "last_seen": at(Some(state.last_seen)), "posts": state.posts,
                "unwritten": state.buffered, "trouble": state.store_problem,
                "changes_pushed": state.changes_pushed, "changes_found": state.changes_found,
            },
            "call": state.call.map(|call| json!({
                "since": at(call.since), "people": call.people, "blind_since": at(state.outage_since),
            })),
            "last_post": kept.and_then(|kept| kept.last.as_ref()).map(post),
            "next_post": iso(self.settings.zone, self.next_post()),
            "outbox": kept.map(|kept| json!({
                "undelivered": kept.waiting.iter().map(post).collect::<Vec<_>>(),
                "refused": kept.refused.iter().map(post).collect::<Vec<_>>(),
            })),
            "export": {
                "on": self.exports,
                "waiting": kept.map(|kept| kept.exports.iter().map(|export| {
                    json!({ "day": export.subject, "refused": export.state.refused, "problem": problem(export) })
                }).collect::<Vec<_>>()),
            },
            "alerts": kept.map(|kept| kept.alerts.iter().map(|alert| {
                json!({ "kind": alert.kind, "problem": problem(alert) })
            }).collect::<Vec<_>>()),
            "store": { "path": self.home.store(), "bytes": self.bytes, "problem": self.broken },
            "backup": self.backups.as_ref().ok().and_then(|copies| {
                let copy = copies.first()?;
                Some(json!({
                    "day": copy.day.to_string(), "file": copy.file, "bytes": copy.bytes, "kept": copies.len(),
                }))
            }),
        })
    }
}

/// Why it is not sent yet, in words.
fn problem(row: &Delivery) -> Option<String> {
    row.problem.as_ref().map(sender::explain)
}

/// `the board of 2033-05-18`.
fn what(row: &Delivery) -> String {
    match (row.post_kind(), row.day()) {
        (PostKind::Manual, _) | (_, None) => "the standings of a moment".into(),
        (PostKind::Backfill, Some(day)) => format!("the late board of {day}"),
        (PostKind::Daily, Some(day)) => format!("the board of {day}"),
    }
}

/// The store and its log.
pub(super) fn store_bytes(home: &Home) -> u64 {
    let size = |suffix| store::beside(&home.store(), suffix).metadata().map_or(0, |file| file.len());
    size("") + size("-wal")
}

/// `1.2 MB`.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes.div_ceil(1000)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
