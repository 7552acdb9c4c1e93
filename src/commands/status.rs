//! `swf status`: what runs now, on one screen. Reads files and the store; no network, no keyring.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::pause::is_paused;
use crate::app::boards;
use crate::app::checks::MAX_REFUSED_AGE;
use crate::app::posts;
use crate::app::publish;
use crate::app::sender::{self, Lane};
use crate::commands::args::GroupArg;
use crate::commands::context::Context;
use crate::commands::facts::{Facts, Life, print_sheet, size};
use crate::commands::terminal;
use crate::config::Config;
use crate::domain::Instant;
use crate::domain::accounting::leaderboard::Board;
use crate::domain::accounting::unwatched::{Coverage, MIN_UNWATCHED_SHOWN, ReadTime};
use crate::domain::live::Connection;
use crate::domain::post::PostKind;
use crate::domain::text::{clean, duration, isolated_if_mixed};
use crate::domain::time::pause::Pause;
use crate::domain::time::period::{Scope, clock_date, iso, local_date, local_text};
use crate::domain::time::zone::Zone;
use crate::error::{Error, Kind, Result};
use crate::platform::clock::boot_time;
use crate::render::sheet::{Item, Mark};
use crate::render::words::{self, day_and_time};
use crate::store::{Delivery, GroupKey, PostedRecap, Store};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

/// Recaps in the JSON, the newest first.
const MAX_RECAPS: usize = 10;
/// A running tracker checks the group at least this often, in seconds.
const MAX_LOOK_AGE: i64 = 60;

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let configs = context.each_group();
    let reports: Vec<Report> = configs.iter().map(Report::gather).collect();
    let report = &reports[0];
    let ready = |items: Vec<Item>, config: &Config| -> Vec<Item> {
        items.into_iter().map(|item| context.ready_for(item, config)).collect()
    };
    if args.json {
        let mut json = report.to_json();
        json["groups"] = reports.iter().map(Report::group_json).collect();
        terminal::print_json(&json)?;
    } else if reports.len() == 1 {
        let items = [report.process_items(), report.group_items(), report.file_items()].concat();
        print_sheet(context, &report.title(), &ready(items, &configs[0]))?;
    } else {
        let title = format!("{} groups · {}", reports.len(), report.facts.home.path().display());
        let items = [report.process_items(), report.file_items()].concat();
        print_sheet(context, &title, &ready(items, &configs[0]))?;
        for (report, config) in reports.iter().zip(&configs) {
            terminal::print("\n")?;
            print_sheet(context, &report.title(), &ready(report.group_items(), config))?;
        }
    }
    let facts = &report.facts;
    let is_old_stop = || {
        let state = facts.state.as_ref();
        let boot = state.and_then(|state| boot_time().map(|boot| boot + state.clock_offset));
        state.is_some_and(|state| state.current_stop(facts.now, boot).is_none())
    };
    match facts.life {
        Life::Dead => Err(Error::new(Kind::Found, "the tracker ended unexpectedly")),
        Life::Stopped if is_old_stop() => {
            Err(Error::new(Kind::Found, "the tracker was stopped, and not started again"))
        }
        _ => Ok(()),
    }
}

/// The store's data about the group: its deliveries, and today's board.
struct Stored {
    last: Option<Delivery>,
    /// The board of today.
    today: Board,
    /// When the next post is due.
    next: Instant,
    waiting: Vec<Delivery>,
    refused: Vec<Delivery>,
    exports: Vec<Delivery>,
    alerts: Vec<Delivery>,
    recaps: Vec<PostedRecap>,
}

impl Stored {
    fn read(facts: &Facts, store: &Store, group: GroupKey) -> Result<Stored> {
        let today = local_date(facts.settings.zone, facts.now);
        let state = facts.state.as_ref().filter(|_| facts.is_alive());
        let seen = state.zip(facts.group.as_ref()).and_then(|(state, row)| state.first_seen_of(row.peer));
        let now = ReadTime { at: facts.now, tracked_since: seen };
        let today = boards::boards(store, facts.settings, group, &[Scope::Day], today, None, now)?.swap_remove(0);
        Ok(Stored {
            last: store.last_sent(group)?,
            today,
            next: posts::next(store, facts.settings, group, facts.now)?,
            waiting: store.waiting(group, Lane::Posts, facts.now)?,
            refused: store.refused_since(group, facts.now - MAX_REFUSED_AGE)?,
            exports: store.undelivered(group, Lane::Website, facts.now)?,
            alerts: store.waiting(group, Lane::Alerts, facts.now)?,
            recaps: store.recaps(group)?,
        })
    }
}

struct Report<'a> {
    facts: Facts<'a>,
    /// The web export is on.
    exports: bool,
    /// What is wrong with the settings of the web export.
    export_problem: Option<Error>,
    /// `None` if there is no store, or no group in it.
    stored: Result<Option<Stored>>,
}

impl<'a> Report<'a> {
    fn gather(config: &'a Config) -> Report<'a> {
        let facts = Facts::gather(config);
        let stored = match (&facts.store, &facts.group) {
            (Ok(store), Some(group)) => Stored::read(&facts, store, group.key).map(Some),
            (Err(error), _) if facts.home.store().exists() || facts.lost.is_some() => Err(error.clone()),
            _ => Ok(None),
        };
        let exports = publish::settings(config).is_wanted();
        Report { exports, export_problem: publish::problem(config), stored, facts }
    }

    fn stored(&self) -> Option<&Stored> {
        self.stored.as_ref().ok()?.as_ref()
    }

    fn name(&self) -> Option<String> {
        let stored = self.facts.group.as_ref().map(|group| group.title.as_str());
        let name = stored.or(self.facts.settings.name.as_deref()).map(clean);
        name.filter(|name| !name.is_empty())
    }

    fn title(&self) -> String {
        let zone = self.facts.settings.zone;
        let now = local_text(zone, self.facts.now, "%Y-%m-%d %H:%M");
        let name = self.name().map_or_else(|| "no group yet".to_owned(), |name| isolated_if_mixed(&name));
        let label = self.facts.settings.label.as_ref().map_or(String::new(), |label| format!("{label} · "));
        format!("{label}{name} · {now} · {}", zone.name())
    }

    /// `today 21:30`, or with the date.
    fn time(&self, at: i64) -> String {
        day_and_time(self.facts.settings.zone, Instant(at), self.facts.now)
    }

    /// `5s`: from then until now.
    fn since(&self, at: i64) -> String {
        duration((self.facts.now - Instant(at)).max(0))
    }

    /// The items about the tracker, which are the same for all groups.
    fn process_items(&self) -> Vec<Item> {
        let more = [self.restart(), self.web(), self.memory(), self.chat()].into_iter().flatten();
        [self.tracker()].into_iter().chain(more).collect()
    }

    /// The items about the store and its copies, which are the same for all groups.
    fn file_items(&self) -> Vec<Item> {
        vec![self.store(), self.backup()]
    }

    fn group_items(&self) -> Vec<Item> {
        let mut items = vec![self.last_look(), self.call()];
        items.extend(self.facts.note.clone().map(|note| Mark::Note.item("which group", note)));
        items.extend(self.pause().map(|pause| Mark::Note.item("pause", format!("the group {}", is_paused(pause)))));
        items.extend(self.unwatched());
        let next = self.next_post_item();
        match self.stored() {
            None => items.push(next),
            Some(stored) => {
                items.extend([self.last_post(stored), next]);
                items.extend(self.outbox(stored));
                items.push(self.export(stored));
                items.extend(alerts(stored));
            }
        }
        items
    }

    fn pause(&self) -> Option<Pause> {
        self.facts.settings.pauses.at(local_date(self.facts.settings.zone, self.facts.now))
    }

    fn tracker(&self) -> Item {
        const LABEL: &str = "tracker";
        let Some(state) = &self.facts.state else {
            return match self.facts.life {
                Life::Never if self.facts.settings.name.is_none() => {
                    Mark::None.item(LABEL, "no tracker has run here yet, and nothing is set up").command("", "swf init")
                }
                Life::Never => Mark::None.item(LABEL, "no tracker has run here yet").command("", "swf track"),
                _ => Mark::Note.item(LABEL, "running, but its tracker_state.json can't be read"),
            };
        };
        let process = state.pid.map_or(String::new(), |pid| format!(", process {pid}"));
        match self.facts.life {
            Life::Never => Mark::None.item(LABEL, "only the old tracker has run here").command("", "swf track"),
            Life::Running if state.pid.is_none() => Mark::Note
                .item(LABEL, "running without a heartbeat yet: it has just started, or belongs to an older swf")
                .command("If this does not change, stop it, then run", "swf track"),
            Life::Running => {
                let quiet = if state.posts { "" } else { ", does not post" };
                let (length, start) = (self.since(state.started_at), self.time(state.started_at));
                Mark::Good.item(LABEL, format!("running for {length}, since {start}{process}{quiet}"))
            }
            Life::Hangs => Mark::Bad
                .item(LABEL, format!("hangs: its last heartbeat was {} ago{process}", self.since(state.heartbeat_at)))
                .command(
                    "Check whether the disk is full, or the process is paused. If not, end it, then run",
                    "swf track",
                ),
            Life::Stopped => {
                let at = state.stopped_at.map_or(String::new(), |at| format!(" {}", self.time(at)));
                Mark::None.item(LABEL, format!("not running; stopped{at}")).command("", "swf track")
            }
            Life::Dead => {
                let why = state.error.as_deref().map_or("it ended unexpectedly".into(), clean);
                Mark::Bad
                    .item(LABEL, format!("not running; last heartbeat {}: {why}", self.time(state.heartbeat_at)))
                    .command("", "swf track")
                    .command("To find the cause, run", "swf doctor")
            }
        }
    }

    /// Changed settings that the running tracker uses only after a restart.
    fn restart(&self) -> Option<Item> {
        let names = &self.facts.state.as_ref().filter(|_| self.facts.is_alive())?.restart_for;
        let text = || format!("restart the tracker to apply {}", clean(&names.join(", ")));
        (!names.is_empty()).then(|| Mark::Note.item("settings", text()))
    }

    /// The bot that answers in the chat.
    fn chat(&self) -> Option<Item> {
        let chat = self.facts.state.as_ref().filter(|_| self.facts.is_alive())?.chat.as_ref()?;
        Some(match (&chat.problem, &chat.bot) {
            (Some(why), _) => Mark::Note.item("chat", format!("the bot does not answer: {}", clean(why))),
            (None, Some(bot)) => Mark::Good.item("chat", format!("@{} answers", clean(bot))),
            (None, None) => Mark::Note.item("chat", "the bot is connecting"),
        })
    }

    /// The web server that runs in the tracker's process.
    fn web(&self) -> Option<Item> {
        const LABEL: &str = "pages";
        let server = self.facts.state.as_ref().filter(|_| self.facts.is_alive())?.web.as_ref()?;
        let address = clean(&server.address);
        Some(match &server.problem {
            None => Mark::Good.item(LABEL, format!("served at http://{address}")),
            Some(why) => Mark::Bad.item(LABEL, format!("not served at {address}: {}; tried again soon", clean(why))),
        })
    }

    /// The last confirmed instant, and the connection.
    fn last_look(&self) -> Item {
        const LABEL: &str = "last look";
        let Some(state) = self.facts.state.as_ref().filter(|state| state.last_seen > 0) else {
            let state = self.facts.state.as_ref().filter(|_| self.facts.is_alive());
            return match state.and_then(|state| state.problem.as_deref()) {
                Some(why) => Mark::Note.item(LABEL, format!("never ({})", clean(why))),
                None => Mark::None.item(LABEL, "never"),
            };
        };
        let (zone, now, at) = (self.facts.settings.zone, self.facts.now, Instant(state.last_seen));
        let is_today = clock_date(zone, at) == clock_date(zone, now);
        let time = local_text(zone, at, if is_today { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" });
        let when = format!("{time}, {} ago", self.since(state.last_seen));
        if !self.facts.is_alive() {
            return Mark::None.item(LABEL, when);
        }
        let connection = match state.connection {
            Connection::Connecting => "connecting",
            Connection::Online => "online",
            Connection::Offline => "offline",
            Connection::FloodWait => "Telegram asks to wait",
        };
        let why = state.problem.as_deref().map_or(String::new(), |why| format!(" ({})", clean(why)));
        let is_fine = state.connection == Connection::Online && now - at < MAX_LOOK_AGE;
        let mark = if is_fine { Mark::Good } else { Mark::Note };
        mark.item(LABEL, format!("{when}; {connection}{why}"))
    }

    fn call(&self) -> Item {
        const LABEL: &str = "call";
        let is_alive = self.facts.is_alive();
        let Some(state) = &self.facts.state else { return Mark::None.item(LABEL, "not known") };
        let Some(call) = &state.call else {
            return match is_alive && state.last_seen > 0 {
                true => Mark::Good.item(LABEL, "none is running"),
                false => Mark::None.item(LABEL, "none was seen"),
            };
        };
        let people = words::people(call.people) + &words::uncounted(call.uncounted);
        let length = call.since.map_or(String::new(), |since| {
            let until = if is_alive { self.facts.now } else { Instant(state.last_seen) };
            format!(" for {}", duration((until - Instant(since)).max(0)))
        });
        match (is_alive, state.outage_since) {
            (false, _) => Mark::None.item(LABEL, format!("was running{length}, with {people} in it, when last seen")),
            (true, Some(outage)) => {
                Mark::Note.item(LABEL, format!("not visible for {}; {people} in it before", self.since(outage)))
            }
            (true, None) => Mark::Good.item(LABEL, format!("running{length}, {people} in it")),
        }
    }

    /// Today's time without a tracker.
    fn unwatched(&self) -> Option<Item> {
        let today = &self.stored()?.today;
        let text = match today.coverage {
            Coverage::Unwatched => "swf has not been running so far today".to_owned(),
            _ if today.unwatched_seconds < MIN_UNWATCHED_SHOWN => return None,
            _ => words::unwatched(today.unwatched_seconds),
        };
        Some(Mark::Note.item("today", text))
    }

    /// Facts that are buffered because the store can't be written.
    fn memory(&self) -> Option<Item> {
        let state = self.facts.state.as_ref().filter(|_| self.facts.is_alive())?;
        let why = state.store_problem.as_deref()?;
        let item = Mark::Bad.item("memory", format!("{} facts wait: {}", state.buffered, clean(why)));
        Some(item.hint("Fix the cause while the tracker runs; then nothing is lost."))
    }

    fn last_post(&self, stored: &Stored) -> Item {
        const LABEL: &str = "last post";
        let Some(row) = &stored.last else { return Mark::None.item(LABEL, "none yet") };
        let sent = row.sent.map_or(String::new(), |at| self.time(at.0));
        Mark::Good.item(LABEL, format!("{sent}, {}", what(row)))
    }

    /// When the next post is due; if the store can't be read, by the timetable alone. `None` in a pause without an end.
    fn next_post(&self) -> Option<Instant> {
        let (settings, now) = (self.facts.settings, self.facts.now);
        let next = self.stored().map(|stored| stored.next);
        let next = next.unwrap_or_else(|| settings.timetable.next(now, |date| settings.pauses.contains(date)));
        (!settings.pauses.contains(local_date(settings.zone, next))).then_some(next)
    }

    fn next_post_item(&self) -> Item {
        if self.facts.group.is_none() && self.facts.settings.name.is_none() {
            return Mark::None.item("next post", "none: nothing is set up");
        }
        let Some(next) = self.next_post() else {
            return Mark::None.item("next post", "none during the pause").command("To end it, run", "swf pause --end");
        };
        let (mark, condition) = match &self.facts.state {
            _ if !self.facts.is_alive() => (Mark::None, ", if swf track or swf post runs then"),
            Some(state) if !state.posts => (Mark::None, ", if swf post is run then"),
            _ => (Mark::Good, ""),
        };
        mark.item("next post", format!("{} (in {}){condition}", self.time(next.0), duration(next - self.facts.now)))
    }

    fn outbox(&self, stored: &Stored) -> Vec<Item> {
        const LABEL: &str = "outbox";
        let mut items = Vec::new();
        if let Some(row) = stored.waiting.first() {
            let again = match row.state.next_try - self.facts.now {
                wait if wait > 0 => format!("; next try in {}", duration(wait)),
                _ => String::new(),
            };
            let text = format!("{} not delivered; {}: {}{again}", stored.waiting.len(), what(row), why(row));
            items.push(Mark::Note.item(LABEL, text));
        }
        if let Some(row) = stored.refused.first() {
            let text = format!("{} refused; {}: {}", stored.refused.len(), what(row), why(row));
            let command = if row.day().is_some() { "swf post" } else { "swf post --now" };
            items.push(Mark::Bad.item(LABEL, text).command("Fix the cause, then run", command));
        }
        if items.is_empty() {
            items.push(Mark::Good.item(LABEL, "nothing waits"));
        }
        items.extend(recap(stored));
        items
    }

    fn export(&self, stored: &Stored) -> Item {
        const LABEL: &str = "export";
        if let Some(error) = &self.export_problem {
            return error
                .hints()
                .iter()
                .fold(Mark::Bad.item(LABEL, error.message()), |item, hint| item.hint(hint.to_string()));
        }
        let Some(row) = stored.exports.first() else {
            return if self.exports { Mark::Good.item(LABEL, "nothing waits") } else { Mark::None.item(LABEL, "off") };
        };
        let word = if row.state.refused { "refused" } else { "not delivered" };
        let off = if self.exports { "" } else { "; off now" };
        let text = format!("{} wait; that of {} is {word}: {}{off}", stored.exports.len(), row.subject, why(row));
        Mark::Note.item(LABEL, text).command("", "swf web push")
    }

    fn store(&self) -> Item {
        const LABEL: &str = "store";
        match &self.stored {
            Err(error) => Mark::Bad.item(LABEL, clean(error.message())).command("", "swf doctor"),
            Ok(_) if self.facts.bytes == 0 => Mark::None.item(LABEL, "none yet"),
            Ok(_) => {
                Mark::Good.item(LABEL, format!("{}, {}", size(self.facts.bytes), self.facts.home.store().display()))
            }
        }
    }

    fn backup(&self) -> Item {
        const LABEL: &str = "backup";
        let copies = match &self.facts.copies {
            Err(error) => return Mark::Bad.item(LABEL, clean(error.message())),
            Ok(copies) => copies,
        };
        let Some(copy) = copies.first() else {
            return match self.facts.bytes == 0 || self.facts.is_empty {
                true => Mark::None.item(LABEL, "none yet"),
                false => Mark::Note.item(LABEL, "none yet").command("", "swf backup"),
            };
        };
        let text = format!("{}, {}, {} kept", copy.day, size(copy.bytes), copies.len());
        match (local_date(self.facts.settings.zone, self.facts.now) - copy.day).num_days() {
            ..=1 => Mark::Good.item(LABEL, text),
            _ => Mark::Note.item(LABEL, text).command("", "swf backup"),
        }
    }

    /// The report about its group as an element of the list of all groups.
    fn group_json(&self) -> Value {
        let zone = self.facts.settings.zone;
        let last_seen = self.facts.state.as_ref().map(|state| state.last_seen).filter(|at| *at > 0);
        let mut json = self.group_part();
        json.extend([
            ("name".to_owned(), json!(self.facts.settings.label)),
            ("id".to_owned(), json!(self.facts.group.as_ref().map(|group| group.peer.0))),
            ("last_seen".to_owned(), json!(last_seen.map(|at| iso(zone, Instant(at))))),
        ]);
        Value::Object(json)
    }

    /// The fields about the group that are in the report of one group and in the list of all groups.
    fn group_part(&self) -> Map<String, Value> {
        let zone = self.facts.settings.zone;
        let at = |at: Option<i64>| at.filter(|at| *at > 0).map(|at| iso(zone, Instant(at)));
        let state = self.facts.state.clone().unwrap_or_default();
        let stored = self.stored();
        let day = |date: NaiveDate| date.to_string();
        let fields = [
            ("timezone", json!(zone.name())),
            ("group", json!(self.name())),
            (
                "call",
                json!(state.call.map(|call| json!({
                    "since": at(call.since), "people": call.people,
                    "uncounted": call.uncounted, "blind_since": at(state.outage_since),
                }))),
            ),
            (
                "paused",
                json!(self.pause().map(|pause| json!({
                    "first": day(pause.first), "last": pause.last.map(day),
                }))),
            ),
            ("unwatched_seconds", json!(stored.map(|stored| stored.today.unwatched_seconds))),
            ("blind_seconds", json!(stored.map(|stored| stored.today.blind_seconds))),
            ("last_post", json!(stored.and_then(|rows| rows.last.as_ref()).map(|row| post(row, zone)))),
            ("next_post", json!(self.next_post().map(|next| iso(zone, next)))),
            (
                "outbox",
                json!(stored.map(|rows| json!({
                    "undelivered": rows.waiting.iter().map(|row| post(row, zone)).collect::<Vec<_>>(),
                    "refused": rows.refused.iter().map(|row| post(row, zone)).collect::<Vec<_>>(),
                }))),
            ),
            (
                "recaps",
                json!(stored.map(|rows| {
                    let shown = rows.recaps.iter().take(MAX_RECAPS).map(|recap| {
                        let (scope, first) = (recap.key.scope.name(), recap.key.first.to_string());
                        json!({ "period": scope, "first": first, "post": recap.day })
                    });
                    shown.collect::<Vec<_>>()
                })),
            ),
            (
                "alerts",
                json!(stored.map(|rows| {
                    rows.alerts
                        .iter()
                        .map(|alert| json!({ "kind": alert.kind, "problem": problem(alert) }))
                        .collect::<Vec<_>>()
                })),
            ),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn to_json(&self) -> Value {
        let zone = self.facts.settings.zone;
        let at = |at: Option<i64>| at.filter(|at| *at > 0).map(|at| iso(zone, Instant(at)));
        let state = self.facts.state.clone().unwrap_or_default();
        let stored = self.stored();
        let mut json = json!({
            "now": iso(zone, self.facts.now),
            "tracker": {
                "state": self.facts.life, "alive": self.facts.is_alive(), "pid": state.pid,
                "since": at(Some(state.started_at)), "beat": at(Some(state.heartbeat_at)), "stopped": at(state.stopped_at), "error": state.error,
                "connection": self.facts.is_alive().then_some(state.connection), "problem": state.problem,
                "last_seen": at(Some(state.last_seen)), "posts": state.posts,
                "unwritten": state.buffered, "trouble": state.store_problem,
                "changes_pushed": state.changes_pushed, "changes_found": state.changes_found,
                "restart_for": state.restart_for, "web": state.web.filter(|_| self.facts.is_alive()), "chat": state.chat,
            },
            "export": {
                "on": self.exports,
                "problem": self.export_problem.as_ref().map(Error::message),
                "waiting": stored.map(|rows| rows.exports.iter().map(|export| {
                    json!({ "day": export.subject, "refused": export.state.refused, "problem": problem(export) })
                }).collect::<Vec<_>>()),
            },
            "store": {
                "path": self.facts.home.store(), "bytes": self.facts.bytes,
                "problem": self.stored.as_ref().err().map(Error::message),
            },
            "backup": self.facts.copies.as_ref().ok().and_then(|copies| {
                let copy = copies.first()?;
                Some(json!({
                    "day": copy.day.to_string(), "file": copy.file, "bytes": copy.bytes, "kept": copies.len(),
                }))
            }),
        });
        for (name, value) in self.group_part() {
            json[name] = value;
        }
        json
    }
}

fn post(row: &Delivery, zone: Zone) -> Value {
    json!({
        "id": row.id, "what": what(row), "sent": row.sent.map(|at| iso(zone, at)),
        "problem": problem(row), "refused": row.state.refused,
    })
}

fn alerts(stored: &Stored) -> Option<Item> {
    let alert = stored.alerts.first()?;
    let why = problem(alert).map_or(String::new(), |why| format!(": {}", clean(&why)));
    Some(Mark::Note.item("alerts", format!("{} not sent; {}{why}", stored.alerts.len(), alert.kind)))
}

/// The last recap, and in which post it is.
fn recap(stored: &Stored) -> Option<Item> {
    let PostedRecap { key, day } = stored.recaps.first()?;
    let text = format!("of the {} from {}, in the board of {day}", key.scope.name(), key.first);
    Some(Mark::None.item("recap", text))
}

/// Why a row is not sent yet; `None` if it was not tried.
fn problem(row: &Delivery) -> Option<String> {
    row.problem.as_ref().map(sender::explain)
}

/// As [`problem`], cleaned for the terminal.
fn why(row: &Delivery) -> String {
    problem(row).map_or("not tried yet".into(), |why| clean(&why))
}

/// `the board of 2033-05-18`.
fn what(row: &Delivery) -> String {
    match (row.post_kind(), row.day()) {
        (PostKind::Manual, _) | (_, None) => "a manual post".into(),
        (PostKind::Backfill, Some(day)) => format!("the late board of {day}"),
        (PostKind::Daily, Some(day)) => format!("the board of {day}"),
    }
}
