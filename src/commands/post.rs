//! `swf post`: what is due, or with `--now` the standings of this moment.

use std::time::Duration;

use serde_json::json;

use crate::app::boards;
use crate::app::posts;
use crate::app::posts::{Author, Via};
use crate::app::publish;
use crate::commands::context;
use crate::commands::context::Context;
use crate::commands::runtime;
use crate::commands::terminal;
use crate::config::{Config, GroupSettings};
use crate::domain::credentials::BotLogin;
use crate::domain::post::PostKind;
use crate::domain::post::delivery::{self, Turn, Verdict};
use crate::domain::time::period::{iso, local, local_date};
use crate::domain::time::zone::Zone;
use crate::domain::{Instant, PeerId};
use crate::error::{Error, Kind, Result};
use crate::platform::clock::Clock;
use crate::platform::lock::Lock;
use crate::platform::logging;
use crate::store::{Access, GroupRow, Queued, Row, Store};
use crate::telegram::{Connection, Group, LoginString, group};
use crate::web::client::Exporter;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Post the standings of this moment; the schedule stays as it is
    #[arg(long)]
    now: bool,
    /// Print what would be posted, and post nothing
    #[arg(long)]
    dry_run: bool,
    /// Which account posts [default: the bot where there is one]
    #[arg(long = "as", value_name = "WHO")]
    author: Option<Author>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// How long a running tracker has to deliver before the command does it by itself.
const TRACKERS_TURN: Duration = Duration::from_secs(5);
/// How often the command looks whether the tracker has delivered.
const LOOK: Duration = Duration::from_millis(100);
/// How long the command waits before it leaves a post to the next run, in seconds.
const PATIENCE: i64 = 45;

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = &context.config;
    let settings = config.group();
    let export = publish::settings(&config.raw, &config.credentials).is_wanted();
    // Never make an empty store: there is nothing to post from.
    let mut store = Store::open(&config.home().store(), Access::Read)?;
    let group = boards::group(&store, config.group().name.as_deref())?;
    let clock = context::telegrams_clock(&config.credentials, group.clock_offset)?;
    let bot = config.bot()?;
    match (args.author, &bot) {
        (Some(Author::Bot), None) => return Err(no_bot()),
        (Some(Author::User), _) | (None, None) if !args.dry_run => drop(config.credentials.login()?),
        _ => {}
    }
    if args.dry_run {
        return dry_run(args, &store, settings, &group, clock.now());
    }
    for error in &config.settings.unreadable {
        eprintln!("swf: {error}\n  The post goes out without it.");
    }
    context.make_home()?;
    let _log = logging::start(&config.home().logs(), config.settings.log.as_deref(), context.verbosity - 1, false)?;
    store = Store::open(&config.home().store(), Access::Write)?;
    let mut rows = Vec::new();
    let queue = |store: &mut Store, account| {
        let now = clock.now();
        if args.now {
            match posts::queue_now(store, settings, &group, None, account, export, now)? {
                Queued::New(row) => rows.push(row),
                Queued::Already(row) => {
                    eprintln!("A manual post is still undelivered; no second one was made.");
                    rows.push(row);
                }
            }
        } else {
            let owed = posts::owed(store, settings, &group, &settings.timetable, now)?;
            posts::queue_owed(store, settings, &group, &owed, account, export, now)?;
            rows = store.undelivered(group.key)?;
        }
        Ok(rows.clone())
    };
    let end = deliver(&mut store, config, &group, clock, args.author, queue, || {});
    if rows.is_empty() {
        end?;
        return report(args, settings.zone, &[], posts::next(&store, settings, group.key, clock.now())?);
    }
    let rows = rows.iter().map(|row| store.post(row.id)).collect::<Result<Vec<_>>>()?;
    report(args, settings.zone, &rows, posts::next(&store, settings, group.key, clock.now())?)?;
    end?;
    match rows.iter().find(|row| row.sent.is_none()) {
        None => Ok(()),
        Some(row) => Err(undelivered(row)),
    }
}

fn no_bot() -> Error {
    Error::config("there is no bot to post as: TELEGRAM_BOT_TOKEN is not set")
        .hint("Make a bot with @BotFather, let it join the group, and set TELEGRAM_BOT_TOKEN to its token.")
}

fn undelivered(row: &Row) -> Error {
    let problem = row.problem.as_deref().unwrap_or("it was not tried yet");
    if row.standing.refused {
        let error = Error::failed(format!("the post was refused: {problem}"))
            .command("It is kept. Mend this, then run", "swf post --now");
        return if row.day.is_some() { error.command("Or, for the board of that day", "swf backfill") } else { error };
    }
    Error::temporary(format!("not delivered yet: {problem}"))
        .command("The post is kept, and will be tried again by the tracker or by the next", "swf post")
}

fn dry_run(args: &Args, store: &Store, settings: &GroupSettings, group: &GroupRow, now: Instant) -> Result<()> {
    let drafts = if args.now {
        let day = local_date(settings.zone, now);
        vec![posts::draft(store, settings, group, PostKind::Manual, day, &[], now)?]
    } else {
        let owed = posts::owed(store, settings, group, &settings.timetable, now)?;
        posts::owed_drafts(store, settings, group, &owed, now)?.into_iter().map(|(draft, _)| draft).collect()
    };
    let next = posts::next(store, settings, group.key, now)?;
    if args.json {
        let posts = drafts.iter().map(|draft| {
            json!({ "day": draft.day.to_string(), "text": draft.message.text, "entities": draft.message.entities })
        });
        return terminal::print_json(&json!({
            "would_post": posts.collect::<Vec<_>>(),
            "next": iso(settings.zone, next),
        }));
    }
    if drafts.is_empty() {
        return terminal::print(&nothing_due(settings.zone, next));
    }
    drafts.iter().try_for_each(|draft| terminal::print(&format!("{}\n", draft.message.text)))
}

fn nothing_due(zone: Zone, next: Instant) -> String {
    format!("Nothing is due. The next post is due on {}.\n", local(zone, next).format("%A, %-d %B at %H:%M"))
}

fn report(args: &Args, zone: Zone, rows: &[Row], next: Instant) -> Result<()> {
    if args.json {
        let posts = rows.iter().map(|row| {
            json!({
                "id": row.id,
                "sent": row.sent.map(|at| iso(zone, at)),
                "message_id": row.message_id,
                "problem": row.problem,
                "refused": row.standing.refused,
            })
        });
        return terminal::print_json(&json!({ "posts": posts.collect::<Vec<_>>(), "next": iso(zone, next) }));
    }
    if rows.is_empty() {
        return terminal::print(&nothing_due(zone, next));
    }
    match rows.iter().filter(|row| row.sent.is_some()).count() {
        0 => Ok(()),
        1 => terminal::print("Posted.\n"),
        count => terminal::print(&format!("Posted {count} messages.\n")),
    }
}

/// Delivers what `queue` stores: lets a running tracker do it, and does it by itself where there is none, or where it
/// can't. Then makes final what can be made final. `queue` hears whose posts they are to be, if that is said: a tracker
/// may take one as soon as it is stored. `each` is called after each post.
pub(super) fn deliver(
    store: &mut Store,
    config: &Config,
    group: &GroupRow,
    clock: Clock,
    forced: Option<Author>,
    queue: impl FnOnce(&mut Store, Option<PeerId>) -> Result<Vec<Row>>,
    mut each: impl FnMut(),
) -> Result<()> {
    let web = publish::settings(&config.raw, &config.credentials);
    runtime::block_on(async {
        let mut ways = Ways { config, group, forced, bot: config.bot()?, user: None };
        // The lock is only asked for, and given back at once.
        let tracked = Lock::take(&config.home().lock())?.is_none();
        let account = match forced {
            Some(author) => Some(ways.account(author).await?),
            None => None,
        };
        let start = clock.elapsed();
        let mut stuck = None;
        for row in &queue(store, account)? {
            while tracked && clock.elapsed() < start + TRACKERS_TURN && waits(&store.post(row.id)?) {
                tokio::time::sleep(LOOK).await;
            }
            stuck = stuck.or(attempt(store, &mut ways, row.id, clock).await?);
            each();
        }
        if !tracked && let Some(post) = posts::finalizable(store, config.group(), group, web.is_wanted(), clock.now())?
        {
            let (via, _) = ways.of(store, &post.row).await?;
            let result = via.edit(&post).await;
            posts::finalized(store, &post, &result, clock.now())?;
        }
        if !tracked {
            export(store, publish::exporter(&web, &config.credentials), group, clock).await;
        }
        stuck.map_or(Ok(()), Err)
    })?
}

/// Tells the website, if there is one, once all posts are out. Whatever goes wrong here is no matter of theirs.
async fn export(store: &mut Store, exporter: Result<Option<Exporter>>, group: &GroupRow, clock: Clock) {
    let end = match exporter {
        Ok(Some(exporter)) => publish::try_once(store, group.key, &exporter, clock).await,
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = end {
        eprintln!("swf: {error}\n  The posts are not touched by it.");
    }
}

fn waits(row: &Row) -> bool {
    row.sent.is_none() && !row.standing.refused
}

/// The ways to the group; the user's connection is made when it is first needed.
struct Ways<'a> {
    config: &'a Config,
    group: &'a GroupRow,
    forced: Option<Author>,
    bot: Option<BotLogin>,
    user: Option<(Connection, Group, PeerId)>,
}

impl Ways<'_> {
    /// How a post goes out, and by which account.
    async fn of(&mut self, store: &Store, row: &Row) -> Result<(Via, PeerId)> {
        if posts::author(row, self.bot.as_ref(), self.forced) == Author::Bot {
            let login = self.bot.clone().ok_or_else(no_bot)?;
            let me = login.id;
            return Ok((Via::Bot { login: Box::new(login), group: self.group.peer }, me));
        }
        let hashes = posts::hashes(store, self.config.group(), self.group)?;
        let (connection, place, me) = self.user().await?;
        Ok((Via::User { caller: connection.caller.clone(), group: place.clone(), hashes }, *me))
    }

    /// Which account an author is.
    async fn account(&mut self, author: Author) -> Result<PeerId> {
        match (author, &self.bot) {
            (Author::Bot, bot) => bot.as_ref().map(|login| login.id).ok_or_else(no_bot),
            (Author::User, _) => Ok(self.user().await?.2),
        }
    }

    async fn user(&mut self) -> Result<&(Connection, Group, PeerId)> {
        if self.user.is_none() {
            self.user = Some(self.connect().await?);
        }
        self.user.as_ref().ok_or_else(|| Error::failed("there is no connection"))
    }

    async fn connect(&self) -> Result<(Connection, Group, PeerId)> {
        let login = self.config.credentials.login()?;
        let connection = Connection::new(&LoginString::parse(&login.string)?, login.api_id);
        let caller = &connection.caller;
        let me = group::self_user(caller).await?.profile.peer;
        let place = group::resolve(caller, &login.group).await?;
        if place.peer != self.group.peer && place.migrated_from != Some(self.group.peer) {
            return Err(Error::config(format!(
                "TELEGRAM_GROUP_USERNAME means {:?}, but the post is for {:?}",
                place.title, self.group.title
            )));
        }
        Ok((connection, place, me))
    }
}

/// Tries one post until it is sent, refused, or has to wait for longer than [`PATIENCE`]. What keeps only this post back
/// comes as a value; an error is one that the next post would meet as well.
async fn attempt(store: &mut Store, ways: &mut Ways<'_>, id: i64, clock: Clock) -> Result<Option<Error>> {
    let begun = clock.now();
    loop {
        let row = store.post(id)?;
        if !waits(&row) {
            return Ok(None);
        }
        let (via, me) = match ways.of(store, &row).await {
            // The account that it stays with may be the one that is not there.
            Err(error) if error.kind == Kind::Config && row.standing.account.is_some() => return Ok(Some(error)),
            way => way?,
        };
        let at = match store.claim(id, me, clock.now())? {
            Turn::Over => return Ok(None),
            Turn::NotOurs(account) => {
                return Ok(Some(Error::failed(format!("the post {}", delivery::not_ours(account))).hint(
                    "A second account could make a second message. Set that account's login again, and it goes out.",
                )));
            }
            Turn::Wait(at) => at,
            Turn::Send => {
                let result = via.send(&row).await;
                let verdict = delivery::verdict(posts::outcome(&result), row.standing.attempts, clock.now());
                store.settle(id, &verdict)?;
                match (verdict, result) {
                    (_, Err(error)) if !error.spares_the_connection() => return Err(error.into()),
                    (Verdict::Retry { at, .. } | Verdict::Quiet { at, .. }, _) => at,
                    _ => return Ok(None),
                }
            }
        };
        if at - begun > PATIENCE {
            return Ok(None);
        }
        // Somebody else may be sending it: look again soon.
        let wait = u64::try_from(at - clock.now()).unwrap_or(0).min(1);
        tokio::time::sleep(Duration::from_secs(wait).max(LOOK)).await;
    }
}
