//! `swf post`: what is due, or with `--now` the standings of this moment.

use std::time::Duration;

use serde_json::json;

use super::Context;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::message::PostKind;
use crate::domain::period::{iso, local, local_date};
use crate::domain::{Instant, PeerId};
use crate::error::{Error, Result};
use crate::store::{Access, GroupRow, Queued, Row, Store, Verdict};
use crate::telegram::{Connection, Group, LoginString, group};
use crate::tracker::Lock;
use crate::{logging, posting, standings};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Post the standings of this moment; the schedule stays as it is
    #[arg(long)]
    now: bool,
    /// Print what would be posted, and post nothing
    #[arg(long)]
    dry_run: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// How long a running tracker has to deliver before the command does it by itself.
const TRACKERS_TURN: Duration = Duration::from_secs(5);
/// How often the command looks whether the tracker has delivered.
const LOOK: Duration = Duration::from_millis(100);
/// How long the command waits for Telegram's permission to try again.
const PATIENCE: i64 = 30;

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = &context.config;
    let access = if args.dry_run { Access::Read } else { Access::Write };
    // Never make an empty store: there is nothing to post from.
    let mut store = Store::open(&config.home.store(), Access::Read)?;
    let group = standings::group(&store, config)?;
    let clock = Clock::new(group.clock_offset);
    if args.dry_run {
        return dry_run(args, &store, config, &group, clock.now());
    }
    config.login()?;
    context.make_home()?;
    logging::start(config, context.verbosity - 1, false)?;
    store = Store::open(&config.home.store(), access)?;
    let mut rows = Vec::new();
    if args.now {
        match posting::queue_now(&mut store, config, &group, clock.now())? {
            Queued::New(row) => rows.push(row),
            Queued::Already(row) => {
                eprintln!("A manual post is still undelivered; no second one was made.");
                rows.push(row);
            }
        }
    } else {
        posting::queue_owed(&mut store, config, &group, clock.now())?;
        rows = store.undelivered(group.key)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let end = runtime.block_on(deliver(&mut store, config, &group, &rows, clock));
    runtime.shutdown_background();
    let rows = rows.iter().map(|row| store.post(row.id)).collect::<Result<Vec<_>>>()?;
    report(args, config, &rows, clock.now())?;
    end?;
    match rows.iter().find(|row| row.sent.is_none()) {
        None => Ok(()),
        Some(row) => Err(undelivered(row)),
    }
}

fn undelivered(row: &Row) -> Error {
    let problem = row.problem.as_deref().unwrap_or("it was not tried yet");
    if row.refused {
        return Error::failed(format!("the post was refused: {problem}"))
            .hint("It is kept. Mend this, then run: swf post --now");
    }
    Error::temporary(format!("not delivered yet: {problem}"))
        .hint("The post is kept, and will be tried again by the tracker or by the next: swf post")
}

fn dry_run(args: &Args, store: &Store, config: &Config, group: &GroupRow, now: Instant) -> Result<()> {
    let drafts = if args.now {
        let day = local_date(config.zone, now);
        vec![posting::draft(store, config, group, PostKind::Manual, day, &[], now)?]
    } else {
        posting::owed_drafts(store, config, group, now)?.into_iter().map(|(draft, _)| draft).collect()
    };
    if args.json {
        let posts = drafts.iter().map(|draft| {
            json!({ "day": draft.day.to_string(), "text": draft.message.text, "entities": draft.message.entities })
        });
        return super::print_json(&json!({
            "would_post": posts.collect::<Vec<_>>(),
            "next": iso(config.zone, config.timetable.next(now)),
        }));
    }
    if drafts.is_empty() {
        return super::print(&nothing_due(config, now));
    }
    drafts.iter().try_for_each(|draft| super::print(&format!("{}\n", draft.message.text)))
}

fn nothing_due(config: &Config, now: Instant) -> String {
    let next = config.timetable.next(now);
    format!("Nothing is due. The next post is due on {}.\n", local(config.zone, next).format("%A, %-d %B at %H:%M"))
}

fn report(args: &Args, config: &Config, rows: &[Row], now: Instant) -> Result<()> {
    let next = config.timetable.next(now);
    if args.json {
        let posts = rows.iter().map(|row| {
            json!({
                "id": row.id,
                "sent": row.sent.map(|at| iso(config.zone, at)),
                "message_id": row.message_id,
                "problem": row.problem,
                "refused": row.refused,
            })
        });
        return super::print_json(&json!({ "posts": posts.collect::<Vec<_>>(), "next": iso(config.zone, next) }));
    }
    if rows.is_empty() {
        return super::print(&nothing_due(config, now));
    }
    match rows.iter().filter(|row| row.sent.is_some()).count() {
        0 => Ok(()),
        1 => super::print("Posted.\n"),
        count => super::print(&format!("Posted {count} messages.\n")),
    }
}

/// Lets a running tracker deliver; does it by itself where there is none, or where it can't.
async fn deliver(store: &mut Store, config: &Config, group: &GroupRow, rows: &[Row], clock: Clock) -> Result<()> {
    let waiting = |store: &Store| -> Result<bool> {
        let mut waiting = false;
        for row in rows {
            let row = store.post(row.id)?;
            waiting |= row.sent.is_none() && !row.refused;
        }
        Ok(waiting)
    };
    // The lock is only asked for, and given back at once.
    let tracked = Lock::take(&config.home.lock())?.is_none();
    let start = clock.elapsed();
    while tracked && clock.elapsed() < start + TRACKERS_TURN && waiting(store)? {
        tokio::time::sleep(LOOK).await;
    }
    if !waiting(store)? {
        return Ok(());
    }
    let login = config.login()?;
    let connection = Connection::new(&LoginString::parse(&login.string)?, login.api_id);
    let caller = &connection.caller;
    let me = group::self_user(caller).await.map_err(|error| error.explain())?.profile.peer;
    let place = group::resolve(caller, &login.group).await.map_err(|error| error.explain())?;
    if place.peer != group.peer && place.migrated_from != Some(group.peer) {
        return Err(Error::config(format!(
            "TELEGRAM_GROUP_USERNAME means {:?}, but the post is for {:?}",
            place.title, group.title
        )));
    }
    for row in rows {
        attempt(store, &connection, &place, row.id, me, clock).await?;
    }
    Ok(())
}

/// Tries one post until it is sent, refused, or has to wait for longer than [`PATIENCE`].
async fn attempt(
    store: &mut Store,
    connection: &Connection,
    place: &Group,
    id: i64,
    me: PeerId,
    clock: Clock,
) -> Result<()> {
    let begun = clock.now();
    loop {
        let row = store.post(id)?;
        if row.sent.is_some() || row.refused || !posting::claim(store, &row, me, clock.now())? {
            return Ok(());
        }
        let outcome = posting::attempt(&connection.caller, place, &row).await;
        let verdict = posting::verdict(&outcome, row.attempts, clock.now());
        store.settle(id, &verdict)?;
        match (&verdict, outcome) {
            (Verdict::Retry { at, .. }, Err(error)) => {
                if !error.spares_the_connection() {
                    return Err(error.explain());
                }
                let wait = (*at - clock.now()).max(0);
                if *at - begun > PATIENCE {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_secs(wait.unsigned_abs())).await;
            }
            _ => return Ok(()),
        }
    }
}
