//! `swf post`: posts what is due, or with `--now` the standings of this moment.

use std::time::Duration;

use serde_json::json;

use super::pause;
use crate::app::posts::{self, Author, ManualRequest, Outlet};
use crate::app::publish;
use crate::app::sender::{self, Claimed, Lane, Routes, User};
use crate::app::site;
use crate::app::upgrade;
use crate::app::{forgetting, groups};
use crate::commands::args::GroupArg;
use crate::commands::context::{self, Context, Groups};
use crate::commands::runtime;
use crate::commands::terminal::{self, Interrupt, Prompt};
use crate::config::{Config, GroupSettings};
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::group_name::message_link;
use crate::domain::meet::Invitation;
use crate::domain::post::PostKind;
use crate::domain::post::delivery::Operation;
use crate::domain::text::clean;
use crate::domain::time::period::{iso, local, local_date};
use crate::domain::{Instant, PeerId};
use crate::error::{Error, Kind, Result};
use crate::platform::clock::Clock;
use crate::platform::lock::Lock;
use crate::platform::logging;
use crate::platform::own_folder::Changes;
use crate::store::{Delivery, Draft, GroupRow, Queued, Store};
use crate::telegram::find::{self, KnownGroup};
use crate::telegram::{Connection, LoginString, group, reach};
use crate::web::client::Exporter;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Post the standings of this moment; the schedule stays as it is
    #[arg(long)]
    now: bool,
    /// Post even if the group already has the same standings
    #[arg(long, requires = "now")]
    again: bool,
    /// Delete the last message that swf has posted; swf does not post its day again by itself
    #[arg(long, conflicts_with_all = ["now", "dry_run", "author", "json"])]
    undo: bool,
    /// Give up manual posts that are not sent yet, or were refused
    #[arg(long, conflicts_with_all = ["now", "undo", "dry_run", "author", "json"])]
    drop: bool,
    /// Do not ask
    #[arg(long, requires = "undo")]
    yes: bool,
    /// Print what would be posted, and post nothing
    #[arg(long)]
    dry_run: bool,
    /// Which account posts [default: the bot where there is one]
    #[arg(long = "as", value_name = "WHO")]
    author: Option<Author>,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

/// How long the command waits for a running tracker to deliver before it delivers itself.
const TRACKER_TIMEOUT: Duration = Duration::from_secs(5);
/// How often the command checks whether the tracker has delivered.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// How long the command waits before it leaves a post to the next run, in seconds.
const MAX_WAIT_SECONDS: i64 = 45;

impl Args {
    /// Posts that are due are posted in all groups, as a scheduler needs it; everything else is about one group.
    pub fn groups(&self) -> Groups {
        let name = self.group.group.clone();
        match self.now || self.undo || self.drop || self.json {
            true => Groups::One(name),
            false if name.is_some() => Groups::One(name),
            false => Groups::All(None),
        }
    }
}

/// Runs for each group; a failure in one group does not stop the others.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let (contexts, mut log, mut first) = (context.for_each_group(), None, Ok(()));
    for context in &contexts {
        let end = run_in_group(args, context, &mut log);
        let end = if contexts.len() > 1 { end.map_err(|error| context.about_group(error)) } else { end };
        match (&first, end) {
            (Err(_), Err(error)) => eprintln!("swf: {error}"),
            (Ok(()), end) => first = end,
            (Err(_), Ok(())) => {}
        }
    }
    first
}

fn run_in_group(args: &Args, context: &Context, log: &mut Option<logging::Log>) -> Result<()> {
    let config = &context.config;
    let of_group = config.group();
    // The target and its topic are the bot's.
    let is_by_bot = of_group.is_by_bot && args.author != Some(Author::User);
    let settings = &GroupSettings { is_by_bot, ..of_group.clone() };
    let export = publish::settings(config).is_wanted();
    // Never create a store: an empty one has nothing to post.
    let mut store = upgrade::open_to_read(config.home(), settings.zone)?;
    let group = groups::to_post(&store, settings)?;
    let before = config.settings.groups.iter().take_while(|other| other.label != settings.label);
    groups::check_differs(&store, before, settings)?;
    if args.drop {
        return drop_unsent(context, &group);
    }
    let clock = context::telegram_clock(&config.credentials, groups::clock(config.home(), Some(&group)))?;
    let bot = config.bot()?;
    match (args.author, &bot) {
        (Some(Author::Bot), None) => return Err(no_bot()),
        (Some(Author::User), _) | (None, None) if !args.dry_run => drop(config.login()?),
        _ => {}
    }
    if args.author.is_none()
        && let Some(warning) = groups::unused_target(settings, &group).filter(|_| context.verbosity >= 0)
    {
        eprintln!("swf: {warning}");
    }
    let undone = if args.undo { Some(ask_to_undo(args, context, &store, &group)?) } else { None };
    if let Some(None) = undone {
        return terminal::print("Nothing was deleted.\n");
    }
    if args.dry_run {
        return dry_run(args, context, &store, &group, groups::at(config.home(), &group, clock));
    }
    for error in &config.settings.unreadable {
        eprintln!("swf: {error}\n  The post is sent without this file.");
    }
    context.make_home()?;
    if log.is_none() {
        let (folder, settings) = (config.home().logs(), &config.settings.log);
        *log = Some(logging::start(&folder, settings, context.verbosity - 1, false)?);
    }
    store = upgrade::open_for_writing(config.home())?;
    if store.has_posts_to_write_again(clock.now())? {
        forgetting::edit_posts(&mut store, config, clock.now())?;
    }
    if let Some(Some(row)) = undone {
        return undo(&mut store, context, &group, clock, &row);
    }
    let again = args.again || (args.now && is_deleted(&store, config, &group, clock)?);
    let (mut rows, mut repeated) = (Vec::new(), false);
    let queue = |store: &mut Store, account| {
        let now = groups::at(config.home(), &group, clock);
        if args.now {
            let request = ManualRequest::Command { again };
            let queued = posts::queue_now(store, settings, &group, request, account, export, now)?;
            match &queued {
                Queued::Already(row) if row.sent.is_some() => repeated = true,
                Queued::Already(_) => eprintln!("An earlier manual post is not delivered yet; no second one was made."),
                Queued::New(_) => {}
            }
            let (Queued::New(row) | Queued::Already(row)) = queued;
            rows.push(row);
        } else {
            // Try all refused days, since the user asks: this process's clock may be a second behind the last one's.
            let owed = posts::due_and_refused_days(store, settings, &group, Instant(i64::MAX), now.at)?;
            let invitation = invitation(args, config)?;
            posts::queue_due(store, settings, &group, &owed, Outlet { account, export, invitation }, now)?;
            rows = store.waiting(group.key, Lane::Posts, now.at)?;
        }
        Ok(rows.clone())
    };
    if args.now
        && let Some(pause) = settings.pauses.at(local_date(settings.zone, clock.now()))
    {
        eprintln!(
            "{} {}. This post is sent all the same, because you asked for it.",
            group.title.escape_debug(),
            pause::is_paused(pause)
        );
    }
    let end = deliver(&mut store, config, &group, clock, args.author, queue, || {});
    let rows = rows.iter().map(|row| store.delivery(row.id)).collect::<Result<Vec<_>>>()?;
    // Without a post, there is only the failure to report.
    if !rows.is_empty() || end.is_ok() {
        let next = posts::next(&store, settings, group.key, clock.now())?;
        let chat = groups::place_of(&store, settings, &group, rows.iter().find_map(|row| row.chat))?;
        report(context, args.json, &group, &chat, &rows, repeated, next)?;
    }
    end?;
    rows.iter().find(|row| row.sent.is_none()).map_or(Ok(()), |row| Err(undelivered(row)))
}

/// Whether the message to which `--now` would refer was deleted in Telegram. If that can't be asked, it counts as there.
fn is_deleted(store: &Store, config: &Config, group: &GroupRow, clock: Clock) -> Result<bool> {
    let now = groups::at(config.home(), group, clock);
    let Some(row) = posts::referred(store, config.group(), group, now)? else { return Ok(false) };
    let mut accounts = Accounts::new(config, group, None)?;
    runtime::block_on(async {
        if accounts.connect_for(store, &row).await.is_err() {
            return false;
        }
        !sender::is_there(store, &accounts.routes, &row).await.unwrap_or(true)
    })
}

/// The post that was sent last, if the user wants it deleted.
fn ask_to_undo(args: &Args, context: &Context, store: &Store, group: &GroupRow) -> Result<Option<Delivery>> {
    let Some(row) = store.last_sent(group.key)? else {
        return Err(Error::failed(format!("there is no post of swf in {} to delete", group.title.escape_debug())));
    };
    let zone = context.config.group().zone;
    let at = row.sent.map_or(String::new(), |at| local(zone, at).format(" of %-d %B, %H:%M").to_string());
    let place = link(group, &row).map_or(String::new(), |link| format!(", {link}"));
    let chat = groups::place_of(store, context.config.group(), group, row.chat)?;
    let question = format!("Delete the post{at} in {}{place}?", chat.escape_debug());
    if args.yes {
        return Ok(Some(row));
    }
    let Some(prompt) = Prompt::open(Interrupt::Exits) else {
        return Err(Error::usage(format!("{question} Standard input is not a terminal; pass --yes."))
            .command("To delete it, run", "swf post --undo --yes"));
    };
    Ok(prompt.confirm(&question, false)?.then_some(row))
}

/// Gives up manual posts that are not sent. It needs no network.
fn drop_unsent(context: &Context, group: &GroupRow) -> Result<()> {
    let home = context.config.home();
    let clock = groups::clock(home, Some(group));
    let dropped = upgrade::open_for_writing(home)?.drop_manual(group.key, clock.now())?;
    if dropped.is_empty() {
        return terminal::print("No manual post is waiting, and none was refused.\n");
    }
    let lines = dropped.iter().map(|row| {
        let why = row.problem.as_ref().map_or_else(|| "it was not tried yet".into(), sender::explain);
        let doubt = if row.state.unanswered > 0 {
            " The post may have arrived: Telegram did not answer an attempt."
        } else {
            ""
        };
        format!("Given up: a manual post ({}).{doubt}\n", clean(&why))
    });
    terminal::print(&lines.collect::<String>())
}

fn undo(store: &mut Store, context: &Context, group: &GroupRow, clock: Clock, row: &Delivery) -> Result<()> {
    let queue = |store: &mut Store, _| {
        store.queue_undo(row.id, clock.now())?;
        Ok(vec![store.delivery(row.id)?])
    };
    deliver(store, &context.config, group, clock, None, queue, || {})?;
    let row = store.delivery(row.id)?;
    if row.dropped.is_none() {
        let problem = row.problem.as_ref().map_or_else(|| "it was not tried yet".into(), sender::explain);
        return Err(match row.state.operation {
            Some(_) => Error::temporary(format!("the post is not deleted yet: {problem}"))
                .command("The tracker will try again. To try now, run", "swf post --undo"),
            None => Error::failed(format!("the post was not deleted: {problem}")),
        });
    }
    let again = match row.day() {
        // Without a date, only the last days are posted.
        Some(day) => {
            let command = format!("swf backfill --since {day}");
            context.command("The day is not posted again, unless you run", &command)
        }
        None => context.command("To post the standings again, run", "swf post --now"),
    };
    terminal::print(&format!("Deleted.\n{again}\n"))
}

fn no_bot() -> Error {
    Error::config("swf can't post as a bot: TELEGRAM_BOT_TOKEN is not set")
        .hint("Make a bot with @BotFather, add it to the group, and set TELEGRAM_BOT_TOKEN to its token.")
}

fn undelivered(row: &Delivery) -> Error {
    let problem = row.problem.as_ref().map_or_else(|| "it was not tried yet".into(), sender::explain);
    if row.state.refused {
        let command = if row.day().is_some() { "swf post" } else { "swf post --now" };
        return Error::failed(format!("the post was refused: {problem}"))
            .command("The post is kept. Fix the cause, then run", command);
    }
    Error::temporary(format!("not delivered yet: {problem}"))
        .command("The post is kept, and will be tried again by the tracker or by the next", "swf post")
}

/// How the post asks who comes to the next day's slots.
fn invitation(args: &Args, config: &Config) -> Result<Invitation> {
    let has_bot = config.bot()?.is_some();
    let author = args.author.unwrap_or(if has_bot { Author::Bot } else { Author::User });
    Ok(posts::invitation(config.group(), has_bot, author))
}

fn dry_run(args: &Args, context: &Context, store: &Store, group: &GroupRow, now: ReadTime) -> Result<()> {
    let settings = context.config.group();
    let drafts = if args.now {
        let day = local_date(settings.zone, now.at);
        vec![posts::draft(store, settings, group, PostKind::Manual, day, &[], now)?]
    } else {
        let owed = posts::due_and_refused_days(store, settings, group, Instant(i64::MAX), now.at)?;
        let invitation = invitation(args, &context.config)?;
        posts::due_drafts(store, settings, group, &owed, invitation, now)?.into_iter().map(|(draft, _)| draft).collect()
    };
    let next = posts::next(store, settings, group.key, now.at)?;
    if args.json {
        let posts = drafts.iter().map(|draft| {
            let caption = draft.picture.as_ref().map(|picture| &picture.caption.text);
            json!({
                "day": draft.day.to_string(),
                "text": draft.message.text,
                "entities": draft.message.entities,
                "picture": caption.is_some(),
                "caption": caption,
            })
        });
        return terminal::print_json(&json!({
            "would_post": posts.collect::<Vec<_>>(),
            "next": iso(settings.zone, next),
        }));
    }
    if drafts.is_empty() {
        return terminal::print(&nothing_due(context, next));
    }
    drafts.iter().try_for_each(|draft| terminal::print(&shown(draft)))
}

/// A post as the group would see it, as text.
pub(super) fn shown(draft: &Draft) -> String {
    match &draft.picture {
        Some(picture) => format!("[a picture of the day's board]\n{}\n", picture.caption.text),
        None => format!("{}\n", draft.message.text),
    }
}

fn nothing_due(context: &Context, next: Instant) -> String {
    let settings = context.config.group();
    let zone = settings.zone;
    let label = context.name_among_several(&context.config).map_or(String::new(), |label| format!("{label}: "));
    match settings.pauses.at(local_date(zone, next)) {
        // This pause has no end.
        Some(pause) => format!("{label}Nothing is due: the group {}.\n", pause::is_paused(pause)),
        None => {
            let next = local(zone, next).format("%A, %-d %B at %H:%M");
            format!("{label}Nothing is due. The next post is due on {next}.\n")
        }
    }
}

/// Prints the state of `rows`. `chat` names the chat that they are in. `repeated`: the post was there before this
/// command.
fn report(
    context: &Context,
    json: bool,
    group: &GroupRow,
    chat: &str,
    rows: &[Delivery],
    repeated: bool,
    next: Instant,
) -> Result<()> {
    let zone = context.config.group().zone;
    if json {
        let posts = rows.iter().map(|row| {
            json!({
                "id": row.id,
                "sent": row.sent.map(|at| iso(zone, at)),
                "message_id": row.message_id,
                "link": link(group, row),
                "repeated": repeated,
                "problem": row.problem.as_ref().map(sender::explain),
                "refused": row.state.refused,
            })
        });
        return terminal::print_json(&json!({ "posts": posts.collect::<Vec<_>>(), "next": iso(zone, next) }));
    }
    if rows.is_empty() {
        return terminal::print(&nothing_due(context, next));
    }
    let sent: Vec<&Delivery> = rows.iter().filter(|row| row.sent.is_some()).collect();
    let place = |row| link(group, row).map_or(String::new(), |link| format!(": {link}"));
    let title = chat.escape_debug();
    let mut text = match sent[..] {
        [] => return Ok(()),
        [row] if repeated => {
            let at = row.sent.map_or(String::new(), |at| local(zone, at).format(", sent at %H:%M").to_string());
            let text = format!("{title} has these standings already{at}{}\n", place(row));
            return terminal::print(&format!(
                "{text}{}\n",
                context.command("To post them again, run", "swf post --now --again")
            ));
        }
        [row] => format!("Posted in {title}{}\n", place(row)),
        _ => format!("Posted {} messages in {title}.\n", sent.len()),
    };
    if sent.len() > 1 {
        text.extend(sent.iter().filter_map(|row| Some(format!("  {}\n", link(group, row)?))));
    }
    text += &format!("{}\n", context.command("To take the last message back, run", "swf post --undo"));
    terminal::print(&text)
}

/// The address of a sent post, if its chat has addresses.
fn link(group: &GroupRow, row: &Delivery) -> Option<String> {
    let chat = row.chat.unwrap_or(group.peer);
    let username = group.username.as_deref().filter(|_| chat == group.peer);
    message_link(chat, username, row.message_id?)
}

/// Delivers what `queue` stores. A running tracker gets [`TRACKER_TIMEOUT`] to do so; then this process tries. Without
/// a tracker, it also edits messages whose day has become final, and writes the group's site. `queue` receives the
/// account that must post, if the user named one, because a running tracker may claim a post as soon as it is stored.
/// `each` is called after each post.
pub(super) fn deliver(
    store: &mut Store,
    config: &Config,
    group: &GroupRow,
    clock: Clock,
    forced: Option<Author>,
    queue: impl FnOnce(&mut Store, Option<PeerId>) -> Result<Vec<Delivery>>,
    mut each: impl FnMut(),
) -> Result<()> {
    let web = publish::settings(config);
    let (tracked, stuck) = runtime::block_on(async {
        let mut accounts = Accounts::new(config, group, forced)?;
        // The lock is taken only to see whether a tracker holds it, and is released at once.
        let tracked = Lock::take(&config.home().lock())?.is_none();
        let account = match forced {
            Some(author) => Some(accounts.id(store, author).await?),
            None => None,
        };
        let start = clock.elapsed();
        let mut stuck = None;
        for row in &queue(store, account)? {
            if let Some(operation) = row.state.operation {
                while tracked
                    && clock.elapsed() < start + TRACKER_TIMEOUT
                    && store.delivery(row.id)?.waits_for(operation)
                {
                    tokio::time::sleep(POLL_INTERVAL).await;
                }
                stuck = stuck.or(attempt(store, &mut accounts, row.id, operation, clock).await?);
            }
            each();
        }
        if !tracked {
            edit(store, &mut accounts, web.is_wanted(), clock).await?;
            export(store, publish::exporter(&web, &config.credentials), group, clock).await;
        }
        Ok::<_, Error>((tracked, stuck))
    })??;
    if !tracked {
        write_site(config);
    }
    stuck.map_or(Ok(()), Err)
}

/// Writes the site that the group is on, if there is one. An error is only logged, since the posts are sent.
fn write_site(config: &Config) {
    let Some(site) = site::site_of(config.group(), &config.settings.groups) else { return };
    let foreign = |changes: Changes| super::site::foreign(&site, &changes).map_or(Ok(()), Err);
    if let Err(error) = site.write(config.home(), false).and_then(foreign) {
        tracing::error!("the site in {} could not be written: {error}", site.dir.display());
        eprintln!("swf: {error}\n  This does not affect the posts.");
    }
}

/// Edits the messages whose day has become final, and deletes those that were taken back, with one attempt each.
async fn edit(store: &mut Store, accounts: &mut Accounts<'_>, export: bool, clock: Clock) -> Result<()> {
    let now = groups::at(accounts.config.home(), accounts.group, clock);
    posts::queue_final(store, accounts.config.group(), accounts.group, export, now)?;
    let due = store.due(accounts.group.key, Lane::Posts, clock.now())?;
    for row in due.iter().filter(|row| row.state.operation != Some(Operation::Send)) {
        accounts.connect_for(store, row).await?;
        if let Claimed::Job(job) = sender::claim(store, &accounts.routes, row, false, clock.now())? {
            let outcome = job.run().await.outcome;
            sender::settle(store, &job, outcome, clock.now())?;
        }
    }
    Ok(())
}

/// Sends the boards of sent posts to the website, if there is one. An error is only logged, since the posts are sent.
async fn export(store: &mut Store, exporter: Result<Option<Exporter>>, group: &GroupRow, clock: Clock) {
    let end = match exporter {
        Ok(Some(exporter)) => {
            let routes = Routes { website: Some(exporter), ..Routes::none(group.key, group.peer) };
            sender::send_due(store, &routes, Lane::Website, clock).await.map(drop)
        }
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = end {
        eprintln!("swf: {error}\n  This does not affect the posts.");
    }
}

/// The accounts that post; the user's connection is made when it is first needed.
struct Accounts<'a> {
    config: &'a Config,
    group: &'a GroupRow,
    routes: Routes,
    /// Held to keep the user's connection open.
    connection: Option<Connection>,
}

impl<'a> Accounts<'a> {
    fn new(config: &'a Config, group: &'a GroupRow, author: Option<Author>) -> Result<Accounts<'a>> {
        let none = Routes::none(group.key, group.peer).in_hours(config.group());
        let routes = Routes { bot: config.bot()?, author, ..none };
        Ok(Accounts { config, group, routes, connection: None })
    }

    /// Makes sure that the account that must send a post can send.
    async fn connect_for(&mut self, store: &Store, row: &Delivery) -> Result<()> {
        match (self.routes.author_of(row), &self.routes.bot) {
            (Author::Bot, None) => Err(no_bot()),
            (Author::Bot, Some(_)) => Ok(()),
            (Author::User, _) => self.user(store).await.map(drop),
        }
    }

    /// The account of an author.
    async fn id(&mut self, store: &Store, author: Author) -> Result<PeerId> {
        match (author, &self.routes.bot) {
            (Author::Bot, bot) => bot.as_ref().map(|login| login.id).ok_or_else(no_bot),
            (Author::User, _) => self.user(store).await,
        }
    }

    /// Connects the user if there is no connection yet, and returns the account.
    async fn user(&mut self, store: &Store) -> Result<PeerId> {
        if let Some(user) = &self.routes.user {
            return Ok(user.account);
        }
        let login = self.config.login()?;
        let connection = reach::connect(&LoginString::parse(&login.string)?, &login.access).await?;
        let caller = connection.caller.clone();
        let account = group::self_user(&caller).await?.profile.peer;
        let (peer, migrated_from) = (self.group.peer, self.group.migrated_from);
        let known = KnownGroup { peer, hash: store.access_hash(account, peer)?, migrated_from };
        let group = find::known(&caller, &known).await?.ok_or_else(|| {
            Error::config(format!("the account has no access to {}", self.group.title.escape_debug()))
                .hint("Add the account to the group again.")
        })?;
        self.connection = Some(connection);
        self.routes.user = Some(User { caller, group, account });
        Ok(account)
    }
}

/// Tries one operation of a post until it is done, refused, or has to wait for longer than [`MAX_WAIT_SECONDS`].
/// `Ok(Some(error))`: only this post failed. `Err`: the next post would fail too.
async fn attempt(
    store: &mut Store,
    accounts: &mut Accounts<'_>,
    id: i64,
    operation: Operation,
    clock: Clock,
) -> Result<Option<Error>> {
    let begun = clock.now();
    loop {
        let row = store.delivery(id)?;
        if !row.waits_for(operation) {
            return Ok(None);
        }
        match accounts.connect_for(store, &row).await {
            // Perhaps only the account that must send this post is missing.
            Err(error) if error.kind == Kind::Config && row.state.account.is_some() => return Ok(Some(error)),
            connected => connected?,
        }
        let at = match sender::claim(store, &accounts.routes, &row, false, clock.now())? {
            Claimed::Over | Claimed::NoRoute => return Ok(None),
            Claimed::OtherAccount(account) => {
                return Ok(Some(
                    Error::failed(format!(
                        "the post was first tried by account {account}; only that account may send it"
                    ))
                    .hint(
                        "Another account could send it a second time. To send it, log in with the first account again.",
                    ),
                ));
            }
            Claimed::Wait(at) => at,
            Claimed::Job(job) => {
                let finished = job.run().await;
                let verdict = sender::settle(store, &job, finished.outcome, clock.now())?;
                if let Some(error) = finished.broken {
                    return Err(error.into());
                }
                match verdict.next_try() {
                    Some(at) => at,
                    None => return Ok(None),
                }
            }
        };
        if at - begun > MAX_WAIT_SECONDS {
            return Ok(None);
        }
        // Another process may be sending the post: check again soon.
        let wait = u64::try_from(at - clock.now()).unwrap_or(0).min(1);
        tokio::time::sleep(Duration::from_secs(wait).max(POLL_INTERVAL)).await;
    }
}
