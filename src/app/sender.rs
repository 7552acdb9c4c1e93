//! Sending stored rows: one path for posts, alerts and website exports, as the user, as the bot and over HTTP.
//!
//! ```text
//! store ──next, claim──► Job ──run──► Finished ──settle──► store
//! ```
//! Only [`Job::run`] takes time. It borrows nothing, so it can run while the store is used for something else. If the
//! process dies at any step, the row is tried again with the same `random_id`.

use std::collections::BTreeMap;

use secrecy::SecretString;
use tokio::sync::Semaphore;

use crate::app::bot;
use crate::app::cards;
use crate::app::posts::Author;
use crate::config::GroupSettings;
use crate::domain::chat::Buttons;
use crate::domain::credentials::{self, BotLogin};
pub use crate::domain::post::delivery::Lane;
use crate::domain::post::delivery::{self, Attempt, Operation, Outcome, TitleFailure, Turn, Verdict};
use crate::domain::post::hours::may_be_sent;
use crate::domain::post::message::{EntityKind, Message};
use crate::domain::post::picture::Attachment;
use crate::domain::post::problem::{Code, Problem};
use crate::domain::rights::Audience;
use crate::domain::time::zone::Zone;
use crate::domain::words::ENGLISH;
use crate::domain::{CallId, Instant, PeerId};
use crate::error::{Error, Result};
use crate::platform::clock::Clock;
use crate::store::{Claimant, Delivery, Owner, PULSE, Settlement, Store};
use crate::telegram::bot::Bot;
use crate::telegram::call_title::{self, Change};
use crate::telegram::chat::ephemeral::{self, EphemeralTo};
use crate::telegram::connection::{Caller, REQUEST_TIMEOUT};
use crate::telegram::group::{Addressee, GroupError, Searcher, addressee, is_forum, self_user, writing};
use crate::telegram::refusals;
use crate::telegram::upload::{self, Photo};
use crate::telegram::{CallError, Connection, Group, LoginString, find, reach, send};
use crate::web::client::{self, Exporter};
use crate::web::notify::Endpoint;

/// The title of an alert that goes to `SWF_ALERT_URL`.
const ALERT_TITLE: &str = "swf";
/// How long an attempt at a post may take, in seconds, before another process may try.
const POST_LEASE: i64 = 20;
/// How long an attempt at a message with a picture may take, which is drawn and uploaded before, in seconds.
const PICTURE_LEASE: i64 = 40;
/// How long an attempt at an alert may take, which connects, signs in, finds the receiver and sends, in seconds.
const ALERT_LEASE: i64 = 60;
/// The topic that every forum has.
const GENERAL_TOPIC: i32 = 1;
/// How long an alert waits if there is no route to send it by, in seconds.
const NO_ROUTE_DELAY: i64 = 60;
/// Pictures are drawn one at a time, because drawing one needs some 30 MB.
static DRAWING: Semaphore = Semaphore::const_new(1);
/// How many rows one call of [`send_due`] sends at most.
const MAX_AT_ONCE: usize = 20;

/// Who sends a message.
#[derive(Clone)]
pub enum Sender {
    /// The user, over a connection that is open.
    Connected(Caller),
    /// The user; connects for one attempt.
    Login { string: SecretString, access: credentials::Access },
    /// The bot; connects for one attempt.
    Bot(Box<BotLogin>),
}

/// Who receives a message.
#[derive(Clone, Debug)]
pub enum Receiver {
    /// A group that the connection has found.
    Group(Group),
    /// The chat that the bot's login names, else this group.
    BotTarget(PeerId),
    /// The account's own Saved Messages.
    Itself,
    /// The receiver as the user wrote it, with that person's access hash if the store has it.
    Named { name: String, hash: Option<i64> },
    /// A person or a group that has written to the account. A bot needs no access hash of them.
    Peer { peer: PeerId, hash: i64 },
    /// A person in a group in which nobody else sees the message. Only bots can send such messages.
    EphemeralTo { group: PeerId, person: PeerId },
}

/// The user's account, which sends posts.
#[derive(Clone)]
pub struct User {
    pub caller: Caller,
    pub group: Group,
    pub account: PeerId,
}

/// A route by which alerts reach the organiser.
#[derive(Clone)]
pub struct AlertRoute {
    /// By Telegram; `None` if there is no login.
    pub telegram: Option<(Sender, Receiver)>,
    /// `SWF_ALERT_URL`, used if Telegram does not answer.
    pub url: Option<Endpoint>,
}

impl AlertRoute {
    /// The code of this route in the store.
    pub fn code(&self) -> &'static str {
        match &self.telegram {
            None => "url",
            Some((Sender::Bot(_), _)) => "bot",
            Some((_, Receiver::Itself)) => "self",
            Some(_) => "user",
        }
    }

    /// Signs in to Telegram, and checks that the receiver can be written to; nothing is sent.
    pub async fn check(&self) -> Result<()> {
        let Some((sender, receiver)) = &self.telegram else { return Ok(()) };
        let open = sender.open(receiver).await?;
        if let Receiver::Itself = receiver {
            // No request was made so far.
            self_user(&open.caller).await.map_err(GroupError::from)?;
        }
        let Some(group) = open.chat.as_group() else { return Ok(()) };
        let who = if matches!(sender, Sender::Bot(_)) { "the bot" } else { "the account" };
        match writing(&open.caller, &group).await?.obstacle(who) {
            Some((text, fix)) => Err(Error::config(text).hint(fix)),
            None => Ok(()),
        }
    }

    /// Makes one attempt. If Telegram does not answer, or asks to wait, the alert goes to `url`. It then arrives twice
    /// if only Telegram's answer was lost. A refusal is returned, since another route may be better.
    pub async fn send(&self, text: &str, random_id: i64) -> Finished {
        let by_telegram = match &self.telegram {
            Some((sender, receiver)) => {
                let message = Message { text: text.to_owned(), entities: Vec::new() };
                let request = Request::Send { random_id, options: send::Options::default(), picture: None };
                Some(finished(perform(sender, receiver, &message, request, &Hashes::new()).await))
            }
            None => None,
        };
        let url = match (by_telegram, &self.url) {
            (Some(finished), Some(url)) if finished.is_unusable() => {
                let by_url = url.alert(ALERT_TITLE, text).await;
                return match by_url.problem() {
                    None => Finished { outcome: by_url, broken: None, moved: false },
                    Some(problem) => {
                        tracing::warn!("an alert could not be sent to SWF_ALERT_URL either: {}", explain(problem));
                        finished
                    }
                };
            }
            (Some(finished), _) => return finished,
            (None, url) => url,
        };
        match url {
            Some(url) => Finished { outcome: url.alert(ALERT_TITLE, text).await, broken: None, moved: false },
            None => finished(Err(CallError::Lost("there is no route for alerts to the organiser".into()).into())),
        }
    }
}

/// What a process can send with.
#[derive(Clone)]
pub struct Routes {
    /// The owner of the deliveries that are sent.
    pub owner: Owner,
    /// The group that the posts are about.
    pub group: PeerId,
    /// The user's account, while it is connected.
    pub user: Option<User>,
    pub bot: Option<BotLogin>,
    /// Who sends a post that no account has tried yet; by default the bot, if there is one.
    pub author: Option<Author>,
    /// The routes for alerts to the organiser, the best first.
    pub alerts: Vec<AlertRoute>,
    /// The routes by which the organiser gets the pulse, the best first.
    pub pulse: Vec<AlertRoute>,
    pub website: Option<Exporter>,
    /// If set, posts are sent only by day, by the clock of this zone.
    pub by_day: Option<Zone>,
    /// The accounts that answer in the chat, while they are connected.
    pub answering: Vec<(PeerId, Caller)>,
}

impl Routes {
    /// Routes that can send nothing.
    pub fn none(owner: impl Into<Owner>, group: PeerId) -> Routes {
        let owner = owner.into();
        Routes {
            owner,
            group,
            user: None,
            bot: None,
            author: None,
            alerts: Vec::new(),
            pulse: Vec::new(),
            website: None,
            by_day: None,
            answering: Vec::new(),
        }
    }

    /// Sets the hours in which the group's posts are sent.
    pub fn in_hours(self, settings: &GroupSettings) -> Routes {
        Routes { by_day: (settings.audience == Audience::Consent).then_some(settings.zone), ..self }
    }

    /// The earliest time at which a row may be sent. An edit, or a row that is not a post, may be sent at any time.
    fn opens(&self, row: &Delivery, now: Instant) -> Instant {
        let is_post = row.lane == Lane::Posts && row.state.operation == Some(Operation::Send);
        self.by_day.filter(|_| is_post).map_or(now, |zone| may_be_sent(zone, now))
    }

    /// Who sends a post, or the message of a clock: the account that tried it first, else [`Routes::author`].
    pub fn author_of(&self, post: &Delivery) -> Author {
        match (post.state.account, &self.bot, self.author) {
            (Some(account), Some(bot), _) if account == bot.id => Author::Bot,
            (Some(_), ..) => Author::User,
            (None, _, Some(author)) => author,
            (None, Some(_), None) => Author::Bot,
            (None, None, None) => Author::User,
        }
    }

    /// The connection of an account that answers in the chat, if it is connected.
    fn caller_of(&self, account: PeerId) -> Option<(PeerId, Caller)> {
        self.answering.iter().find(|(one, _)| *one == account).cloned()
    }

    /// The account that sets the title of a call or sends the message of a clock, if it can send.
    fn account_of_clock(&self, row: &Delivery) -> Option<PeerId> {
        match row.titled_call() {
            Some(_) => self.user.as_ref().map(|user| user.account),
            None => self.account_of(row),
        }
    }

    /// The id of the account of [`Routes::author_of`], if it can send.
    fn account_of(&self, post: &Delivery) -> Option<PeerId> {
        match self.author_of(post) {
            Author::Bot => self.bot.as_ref().map(|bot| bot.id),
            Author::User => self.user.as_ref().map(|user| user.account),
        }
    }
}

/// Access hashes, by person.
type Hashes = BTreeMap<PeerId, i64>;

/// A claimed row and how it is sent.
#[derive(Clone)]
pub struct Job {
    /// The row as it was claimed.
    pub row: Delivery,
    operation: Operation,
    route: Route,
    /// When it was claimed.
    at: Instant,
}

#[derive(Clone)]
enum Route {
    Telegram {
        sender: Sender,
        receiver: Receiver,
        hashes: Hashes,
    },
    Alert {
        route: AlertRoute,
        /// The code of the next route, which is used if this one refuses. After the last route, `first` is used.
        next: Option<&'static str>,
        first: &'static str,
    },
    Website(Exporter),
    /// Sets the title of a call, if its title is one of `expected` now.
    Title {
        user: User,
        call: CallId,
        expected: Vec<String>,
    },
}

/// How an attempt ended.
#[derive(Debug)]
pub struct Finished {
    pub outcome: Outcome,
    /// The connection or the login is broken, so the next message would fail too.
    pub broken: Option<GroupError>,
    /// The group has become a supergroup, and the message went to the supergroup.
    pub moved: bool,
}

impl Finished {
    /// The route can't be used now, but did not refuse.
    fn is_unusable(&self) -> bool {
        matches!(self.outcome, Outcome::Failed { .. } | Outcome::Wait { .. })
    }
}

/// The result of a claim.
pub enum Claimed {
    Job(Box<Job>),
    /// The row may not be sent before this instant.
    Wait(Instant),
    /// The row stays with this account, which tried it first.
    OtherAccount(PeerId),
    /// `Routes` has no account and no website to send the row with.
    NoRoute,
    /// There is nothing left to do for the row.
    Over,
}

/// Whether a row waits that may be tried now. Cheap: call this before building [`Routes`].
pub fn is_due(store: &Store, owner: impl Into<Owner>, lane: Lane, now: Instant) -> Result<bool> {
    Ok(!store.due(owner, lane, now)?.is_empty())
}

/// Claims the first due row of a lane that `routes` can send.
pub fn next(store: &mut Store, routes: &Routes, lane: Lane, now: Instant) -> Result<Option<Job>> {
    for row in store.due(routes.owner, lane, now)? {
        if let Claimed::Job(job) = claim(store, routes, &row, false, now)? {
            return Ok(Some(*job));
        }
    }
    Ok(None)
}

/// Claims all answers that can be sent now, at most `max`, so that people do not wait for each other.
pub fn next_answers(store: &mut Store, routes: &Routes, max: usize, now: Instant) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for row in store.due(routes.owner, Lane::Answers, now)?.into_iter().take(max) {
        if let Claimed::Job(job) = claim(store, routes, &row, false, now)? {
            jobs.push(*job);
        }
    }
    Ok(jobs)
}

/// When the next row that `routes` can send may be tried, at the earliest `now`; `None` if there is no such row.
pub fn next_try(store: &Store, routes: &Routes, lane: Lane, now: Instant) -> Result<Option<Instant>> {
    let rows = store.open_rows(routes.owner, lane, now)?;
    let ready = rows.iter().filter_map(|row| {
        let account = match lane {
            Lane::Posts => Some(routes.account_of(row)?),
            Lane::Alerts => None,
            Lane::Website => routes.website.as_ref().map(|_| None)?,
            Lane::Answers => Some(routes.caller_of(row.state.account?)?.0),
            Lane::Clock => Some(routes.account_of_clock(row)?),
        };
        match row.state.turn(account, false, now) {
            Turn::Ready => Some(routes.opens(row, now)),
            Turn::Wait(at) => Some(at),
            Turn::OtherAccount(_) | Turn::Done => None,
        }
    });
    Ok(ready.min())
}

/// Claims one row. With `asked` a row is claimed at once, also if it was refused.
pub fn claim(store: &mut Store, routes: &Routes, row: &Delivery, asked: bool, now: Instant) -> Result<Claimed> {
    let opens = routes.opens(row, now);
    if opens > now {
        return Ok(Claimed::Wait(opens));
    }
    let Some(mut route) = route_of(store, routes, row)? else {
        if row.lane == Lane::Alerts {
            store.postpone(row.id, now + NO_ROUTE_DELAY, &Problem::new(Code::NoRoute, ""))?;
        }
        return Ok(Claimed::NoRoute);
    };
    let account = match row.lane {
        Lane::Posts => routes.account_of(row),
        Lane::Answers => row.state.account,
        Lane::Clock => routes.account_of_clock(row),
        Lane::Alerts | Lane::Website => None,
    };
    if let Turn::OtherAccount(other) = row.state.turn(account, asked, now)
        && row.problem == Some(Problem::other_account(other))
    {
        // The reason is stored already; do not write it again.
        return Ok(Claimed::OtherAccount(other));
    }
    // While Telegram asks to wait, an alert goes to its address alone.
    if let Route::Alert { route, .. } = &mut route
        && route.url.is_some()
        && store.alert_held_until(row, route.code(), now)?.is_some()
    {
        route.telegram = None;
    }
    let (code, lease) = match &route {
        Route::Telegram { .. } if row.attachment.is_some() => (None, PICTURE_LEASE),
        Route::Telegram { .. } | Route::Title { .. } => (None, POST_LEASE),
        Route::Alert { route, .. } => (Some(route.code()), ALERT_LEASE),
        Route::Website(exporter) => (None, exporter.lease()),
    };
    let (turn, row) = store.claim(row.id, Claimant { account, route: code, lease, asked }, now)?;
    Ok(match (turn, row.state.operation) {
        (Turn::Ready, Some(operation)) => Claimed::Job(Box::new(Job { row, operation, route, at: now })),
        (Turn::Wait(at), _) => Claimed::Wait(at),
        (Turn::OtherAccount(account), _) => Claimed::OtherAccount(account),
        (Turn::Ready | Turn::Done, _) => Claimed::Over,
    })
}

/// Whether the message of a sent post is still in its chat, as far as its sender can see that.
pub async fn is_there(store: &Store, routes: &Routes, post: &Delivery) -> Result<bool> {
    let route = route_of(store, routes, post)?;
    let (Some(Route::Telegram { sender, receiver, .. }), Some(message_id)) = (route, post.message_id) else {
        return Ok(true);
    };
    let open = sender.open(&receiver).await?;
    let chat = open.group.as_ref().map(|group| group.peer);
    if post.chat.is_some() && post.chat != chat {
        return Ok(true);
    }
    Ok(send::exists(&open.caller, &open.chat, message_id).await.map_err(GroupError::from)?)
}

/// How a row would be sent; `None` if `routes` cannot send it.
fn route_of(store: &Store, routes: &Routes, row: &Delivery) -> Result<Option<Route>> {
    if let (Lane::Clock, Some(call)) = (row.lane, row.titled_call()) {
        let Some(user) = routes.user.clone() else { return Ok(None) };
        return Ok(Some(Route::Title { user, call, expected: store.expected_titles(row)? }));
    }
    Ok(match row.lane {
        Lane::Posts | Lane::Clock => match (routes.author_of(row), &routes.bot, &routes.user) {
            (Author::Bot, Some(login), _) => Some(Route::Telegram {
                sender: Sender::Bot(Box::new(login.clone())),
                receiver: Receiver::BotTarget(routes.group),
                // A bot needs no access hash: Telegram resolves people whom the bot has met.
                hashes: mentioned(&row.message).map(|peer| (peer, 0)).collect(),
            }),
            (Author::User, _, Some(user)) => Some(Route::Telegram {
                sender: Sender::Connected(user.caller.clone()),
                receiver: Receiver::Group(user.group.clone()),
                hashes: hashes(store, user.account, &row.message)?,
            }),
            _ => None,
        },
        Lane::Alerts => {
            let ways = if row.kind == PULSE { &routes.pulse } else { &routes.alerts };
            let known = ways.iter().position(|route| Some(route.code()) == row.route.as_deref());
            let at = known.unwrap_or(0);
            ways.get(at).zip(ways.first()).map(|(route, first)| {
                let next = ways.get(at + 1).map(AlertRoute::code);
                Route::Alert { route: route.clone(), next, first: first.code() }
            })
        }
        Lane::Website => routes.website.clone().map(Route::Website),
        Lane::Answers => match (row.state.account.and_then(|account| routes.caller_of(account)), row.receiver) {
            (Some((account, caller)), Some(peer)) => Some(Route::Telegram {
                sender: Sender::Connected(caller),
                receiver: match row.chat {
                    Some(group) if row.is_ephemeral() => Receiver::EphemeralTo { group, person: peer },
                    _ if peer == account => Receiver::Itself,
                    _ => Receiver::Peer { peer, hash: store.access_hash(account, peer)?.unwrap_or(0) },
                },
                hashes: Hashes::new(),
            }),
            _ => None,
        },
    })
}

fn mentioned(message: &Message) -> impl Iterator<Item = PeerId> {
    message.entities.iter().filter_map(|entity| match entity.kind {
        EntityKind::Mention { user } => Some(PeerId(user)),
        _ => None,
    })
}

/// The access hashes that `account` needs to mention people.
fn hashes(store: &Store, account: PeerId, message: &Message) -> Result<Hashes> {
    let mut hashes = Hashes::new();
    for peer in mentioned(message) {
        if let Some(hash) = store.access_hash(account, peer)? {
            hashes.insert(peer, hash);
        }
    }
    Ok(hashes)
}

impl Job {
    pub fn lane(&self) -> Lane {
        self.row.lane
    }

    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// Whether the job uses the connection of [`Routes::user`]. If it breaks that connection, others lose it, too.
    pub fn uses_connection(&self) -> bool {
        matches!(&self.route, Route::Telegram { sender: Sender::Connected(_), .. } | Route::Title { .. })
    }

    /// Only bots can put buttons below a post.
    fn buttons_of_route<'a>(&self, buttons: &'a Buttons) -> &'a Buttons {
        const NONE: &Buttons = &Buttons(Vec::new());
        let by_bot = matches!(&self.route, Route::Telegram { sender: Sender::Bot(_), .. });
        if self.row.lane == Lane::Posts && !by_bot { NONE } else { buttons }
    }

    /// Makes one attempt.
    pub async fn run(&self) -> Finished {
        match self.draw().await {
            Ok(None) => self.attempt(None).await,
            Ok(Some(png)) => self.attempt(Some(&png)).await,
            Err(error) => no_pictures(&error),
        }
    }

    /// The picture of the message as a PNG, if it has one.
    async fn draw(&self) -> Result<Option<Vec<u8>>> {
        let Some(Attachment { card, .. }) = &self.row.attachment else { return Ok(None) };
        if self.operation == Operation::Delete || self.row.is_ephemeral() {
            return Ok(None);
        }
        let card = card.clone();
        let _turn = DRAWING.acquire().await;
        let drawn = tokio::task::spawn_blocking(move || cards::draw(&card)).await;
        drawn.map_err(|error| Error::failed(format!("the picture was not drawn: {error}")))?.map(Some)
    }

    async fn attempt(&self, picture: Option<&[u8]>) -> Finished {
        let Delivery { message, chat, .. } = &self.row;
        if let Route::Title { user, call, expected } = &self.route {
            return titled(call_title::change(&user.caller, &user.group, *call, expected, &message.text).await);
        }
        let request = match (self.operation, self.row.random_id, self.row.message_id) {
            (Operation::Send, Some(random_id), _) => {
                let Delivery { topic, reply_to, buttons, .. } = &self.row;
                let (silent, buttons) = (self.row.is_silent(), Some(self.buttons_of_route(buttons)));
                let options = send::Options { topic: *topic, silent, reply_to: *reply_to, buttons };
                Request::Send { random_id, options, picture }
            }
            (Operation::Edit, _, Some(message_id)) => {
                Request::Edit { message_id, chat: *chat, buttons: self.buttons_of_route(&self.row.buttons), picture }
            }
            // The row has no message id, because Telegram's answer had none.
            (Operation::Delete, _, Some(message_id)) => Request::Delete { message_id, chat: *chat },
            (Operation::Edit | Operation::Delete, _, None) => return finished(Err(CallError::no_message().into())),
            (Operation::Send, None, _) => {
                let (Route::Website(exporter), Some(key)) = (&self.route, &self.row.idempotency_key) else {
                    return finished(Err(CallError::no_message().into()));
                };
                return Finished {
                    outcome: exporter.send(key, &message.text, self.at).await,
                    broken: None,
                    moved: false,
                };
            }
        };
        let (sender, receiver, hashes) = match &self.route {
            Route::Telegram { sender, receiver, hashes } => (sender, receiver, hashes),
            Route::Alert { route, .. } => {
                return route.send(&message.text, self.row.random_id.unwrap_or(self.row.id)).await;
            }
            Route::Website(_) | Route::Title { .. } => return finished(Err(CallError::no_message().into())),
        };
        match perform(sender, receiver, message, request, hashes).await {
            Err(GroupError::Call(error)) if picture.is_some() && error.is(refusals::NO_PICTURES) => no_pictures(&error),
            result => finished(result),
        }
    }

    /// What an outcome means for the row; [`Store::settle`] stores it.
    pub fn settlement(&self, outcome: Outcome, now: Instant) -> Settlement {
        let next = match &self.route {
            Route::Alert { next, .. } => *next,
            _ => None,
        };
        // Take another route only after a refusal, because then no message exists.
        let route = match (&self.route, &outcome) {
            (Route::Alert { first, .. }, Outcome::Refused { .. }) => Some(next.unwrap_or(first)),
            // A URL can't detect a repeat, so the row need not stay with it: better routes may work again.
            (Route::Alert { route, first, .. }, Outcome::Failed { .. }) if route.telegram.is_none() => Some(*first),
            (Route::Alert { route, .. }, _) => Some(route.code()),
            _ => None,
        };
        let attempt = Attempt {
            lane: self.row.lane,
            operation: self.operation,
            number: self.row.state.attempts,
            seed: &self.row.seed(),
            has_next_route: next.is_some(),
        };
        Settlement {
            id: self.row.id,
            operation: self.operation,
            idempotency_key: self.row.idempotency_key.clone(),
            content_hash: self.row.idempotency_key.clone().unwrap_or_else(|| self.row.content_hash()),
            route: route.map(str::to_owned),
            made_nothing: outcome.made_nothing(),
            verdict: delivery::verdict(attempt, outcome, now),
        }
    }

    /// Logs the result of an attempt.
    pub fn log(&self, verdict: &Verdict, now: Instant) {
        let what = match self.row.lane {
            Lane::Posts => format!("post {}", self.row.id),
            Lane::Alerts => format!("alert {}", self.row.id),
            Lane::Website => format!("the export of {}", self.row.subject),
            Lane::Answers => format!("answer {}", self.row.id),
            Lane::Clock => format!("{} {} of the clock", self.row.kind, self.row.id),
        };
        let done = match (self.row.lane, self.operation) {
            (Lane::Posts, Operation::Send) => "is in the group",
            (Lane::Posts, Operation::Edit) => "is edited",
            (Lane::Posts, Operation::Delete) => "was deleted",
            (Lane::Alerts, _) => "is sent",
            (Lane::Website, _) => "is delivered",
            (Lane::Answers | Lane::Clock, Operation::Send) => "is sent",
            (Lane::Answers | Lane::Clock, Operation::Edit) => "is edited",
            (Lane::Answers | Lane::Clock, Operation::Delete) => "was deleted",
        };
        match verdict {
            // These are frequent: people ask often, and block bots.
            Verdict::Done { .. } | Verdict::Closed { .. } | Verdict::Refused { .. }
                if self.row.lane == Lane::Answers =>
            {
                tracing::debug!("{what} {done}: {:?}", verdict.problem());
            }
            Verdict::Done { message_id: Some(message_id), .. } => tracing::info!(message_id, "{what} {done}"),
            Verdict::Done { .. } => tracing::info!("{what} {done}"),
            Verdict::Closed { problem, .. } => tracing::info!("{what} {done}: {}", explain(problem)),
            Verdict::Retry { at, problem } | Verdict::RateLimited { at, problem } => {
                let wait = (*at - now).max(0);
                tracing::warn!("{what} failed: {}; next try in {wait} s", explain(problem));
            }
            // A message in the group takes the place of the title.
            Verdict::Refused { problem } if self.row.lane == Lane::Clock => {
                tracing::info!("{what} was refused: {}", explain(problem));
            }
            Verdict::Refused { problem } => tracing::error!("{what} was refused: {}", explain(problem)),
        }
    }
}

/// Stores the result of an attempt, and logs it.
pub fn settle(store: &mut Store, job: &Job, outcome: Outcome, now: Instant) -> Result<Verdict> {
    let settlement = job.settlement(outcome, now);
    store.settle(&settlement)?;
    job.log(&settlement.verdict, now);
    Ok(settlement.verdict)
}

/// Sends the due rows of a lane one after the other. Stops at the first that has to wait, since the others would wait
/// for the same reason. Returns how many were delivered.
pub async fn send_due(store: &mut Store, routes: &Routes, lane: Lane, clock: Clock) -> Result<usize> {
    let mut sent = 0;
    for _ in 0..MAX_AT_ONCE {
        let Some(job) = next(store, routes, lane, clock.now())? else { break };
        let outcome = job.run().await.outcome;
        let now = clock.now();
        let verdict = settle(store, &job, outcome, now)?;
        sent += usize::from(matches!(verdict, Verdict::Done { .. }));
        if verdict.next_try().is_some_and(|at| at > now) {
            break;
        }
    }
    Ok(sent)
}

/// As [`send_due`], but sends all undelivered rows, also those that are not due or were refused: the user asked for it.
pub async fn send_asked(store: &mut Store, routes: &Routes, lane: Lane, clock: Clock) -> Result<usize> {
    let mut sent = 0;
    for row in store.undelivered(routes.owner, lane, clock.now())? {
        let Claimed::Job(job) = claim(store, routes, &row, true, clock.now())? else { continue };
        let outcome = job.run().await.outcome;
        let verdict = settle(store, &job, outcome, clock.now())?;
        sent += usize::from(matches!(verdict, Verdict::Done { .. }));
        if verdict.next_try().is_some() {
            break;
        }
    }
    Ok(sent)
}

/// The problem in English, with its remedy if there is one.
pub fn explain(problem: &Problem) -> String {
    match client::remedy(problem) {
        Some(remedy) => format!("{}; {remedy}", ENGLISH.problem(problem)),
        None => ENGLISH.problem(problem),
    }
}

// ── one request ─────────────────────────────────────────────────────────────────────────────────────────────────────

/// A request about a message.
#[derive(Clone, Copy)]
enum Request<'a> {
    Send {
        random_id: i64,
        options: send::Options<'a>,
        /// A PNG.
        picture: Option<&'a [u8]>,
    },
    /// `chat` is where the message is.
    Edit {
        message_id: i32,
        chat: Option<PeerId>,
        buttons: &'a Buttons,
        /// A PNG that replaces the picture of the message.
        picture: Option<&'a [u8]>,
    },
    /// The fields have the same meaning as in `Edit`.
    Delete { message_id: i32, chat: Option<PeerId> },
}

/// A connection and the chat on it.
struct Open {
    /// Held only so that it is closed when this is dropped.
    _connection: Option<Connection>,
    caller: Caller,
    chat: Addressee,
    group: Option<Group>,
    /// The only person who sees the message.
    onlooker: Option<EphemeralTo>,
}

impl Sender {
    /// Connects if there is no connection, and finds the chat.
    async fn open(&self, receiver: &Receiver) -> Result<Open, GroupError> {
        let mut group = match receiver {
            Receiver::Group(group) => Some(group.clone()),
            Receiver::BotTarget(group) => Some(Group::by_id(*group)),
            Receiver::Itself | Receiver::Named { .. } | Receiver::Peer { .. } | Receiver::EphemeralTo { .. } => None,
        };
        let own = |connection: Connection| (connection.caller.clone(), Some(connection));
        let (caller, connection) = match (self, receiver) {
            (Sender::Connected(caller), _) => (caller.clone(), None),
            (Sender::Login { string, access }, _) => {
                let string = LoginString::parse(string).map_err(GroupError::Unfit)?;
                own(reach::connect(&string, access).await?)
            }
            (Sender::Bot(login), Receiver::BotTarget(of)) => {
                let Bot { connection, target } = bot::open(login, *of).await?;
                group = Some(target);
                own(connection)
            }
            (Sender::Bot(login), _) => own(bot::connect(login).await?),
        };
        let chat = match (receiver, &group) {
            (_, Some(group)) => Addressee::group(group),
            (Receiver::Peer { peer, hash }, _) => Addressee::peer(*peer, *hash),
            (Receiver::EphemeralTo { group, .. }, _) => Addressee::peer(*group, 0),
            (Receiver::Named { name, hash }, _) => {
                let searcher = if matches!(self, Sender::Bot(_)) { Searcher::Bot } else { Searcher::User };
                addressee(&caller, name, *hash, searcher).await?
            }
            _ => Addressee::itself(),
        };
        let onlooker = match receiver {
            Receiver::EphemeralTo { person, .. } => Some(EphemeralTo::new(&chat, *person, 0)),
            _ => None,
        };
        Ok(Open { _connection: connection, caller, chat, group, onlooker })
    }
}

/// Makes a request. If a mention makes it fail, repeats it without mentions. If the group has become a supergroup,
/// repeats it there, and returns `true` with the outcome.
async fn perform(
    sender: &Sender,
    receiver: &Receiver,
    message: &Message,
    request: Request<'_>,
    hashes: &Hashes,
) -> Result<(Outcome, bool), GroupError> {
    let open = sender.open(receiver).await?;
    let result = match open.request(message, request, hashes).await {
        Err(error) if !hashes.is_empty() && error.is(refusals::MENTION) => {
            open.request(message, request, &Hashes::new()).await
        }
        result => result,
    };
    let chat = open.group.as_ref().map(|group| group.peer);
    let (error, group) = match (result, &open.group) {
        (Ok(message_id), _) => return Ok((Outcome::Delivered { message_id, chat }, false)),
        (Err(error @ CallError::Refused { .. }), Some(group)) => (error, group),
        (Err(error), _) => return Err(error.into()),
    };
    // A basic group that has become a supergroup refuses messages, so they go to the supergroup.
    let Some(to) = find::successor(&open.caller, group).await? else { return Err(error.into()) };
    let moved = Open { chat: Addressee::group(&to), group: Some(to.clone()), ..open };
    let message_id = moved.request(message, request, hashes).await?;
    Ok((Outcome::Delivered { message_id, chat: Some(to.peer) }, true))
}

impl Open {
    async fn request(
        &self,
        message: &Message,
        request: Request<'_>,
        hashes: &Hashes,
    ) -> Result<Option<i32>, CallError> {
        if let Some(onlooker) = &self.onlooker {
            return self.ephemeral(onlooker, message, request, hashes).await;
        }
        match request {
            Request::Send { random_id, options, picture } => {
                let options = send::Options { topic: self.topic(options.topic).await?, ..options };
                let (caller, chat) = (&self.caller, &self.chat);
                let Some(png) = picture else {
                    return send::send(caller, chat, message, options, random_id, hashes).await;
                };
                self.upload_for(png, |photo| send::send_photo(caller, chat, photo, message, options, random_id, hashes))
                    .await
            }
            // The message is in another chat. In this chat its number may be that of another message.
            Request::Edit { chat: Some(chat), .. } | Request::Delete { chat: Some(chat), .. }
                if self.group.as_ref().is_some_and(|group| group.peer != chat) =>
            {
                Err(CallError::no_message())
            }
            Request::Edit { message_id, buttons, picture, .. } => {
                let edit = |photo| {
                    send::edit_photo(&self.caller, &self.chat, message_id, photo, message, Some(buttons), hashes)
                };
                let edited = match picture {
                    Some(png) => self.upload_for(png, |photo| edit(Some(photo))).await,
                    None => edit(None).await,
                };
                edited.map(|()| Some(message_id))
            }
            Request::Delete { message_id, .. } => {
                send::delete(&self.caller, &self.chat, message_id).await.map(|()| Some(message_id))
            }
        }
    }

    /// Uploads a picture and calls `use_photo` with it. Does both again if Telegram has lost the picture by then.
    async fn upload_for<T, F: Future<Output = Result<T, CallError>>>(
        &self,
        png: &[u8],
        use_photo: impl Fn(Photo) -> F,
    ) -> Result<T, CallError> {
        let mut uploads = 1;
        loop {
            let result = match upload::photo(&self.caller, &self.chat, png, uploads).await {
                Ok(photo) => use_photo(photo).await,
                Err(error) => Err(error),
            };
            match result {
                Err(error) if upload::is_lost(&error) && uploads < upload::MAX_UPLOADS => uploads += 1,
                result => return result,
            }
        }
    }

    async fn ephemeral(
        &self,
        to: &EphemeralTo,
        message: &Message,
        request: Request<'_>,
        hashes: &Hashes,
    ) -> Result<Option<i32>, CallError> {
        match request {
            Request::Send { random_id, options, .. } => {
                let send::Options { reply_to, buttons, .. } = options;
                let options = ephemeral::Options { reply_to, query: None, buttons };
                ephemeral::send(&self.caller, to, message, options, random_id, hashes).await
            }
            Request::Edit { message_id, buttons, .. } => {
                let edited = ephemeral::edit(&self.caller, to, message_id, message, Some(buttons), hashes).await;
                edited.map(|()| Some(message_id))
            }
            Request::Delete { message_id, .. } => {
                ephemeral::delete(&self.caller, to, message_id).await.map(|()| Some(message_id))
            }
        }
    }

    /// The topic, if the chat has topics. In another group the number in a link is the number of a message.
    async fn topic(&self, topic: Option<i32>) -> Result<Option<i32>, CallError> {
        match (topic, &self.group) {
            // Messages to General name no topic.
            (Some(GENERAL_TOPIC) | None, _) => Ok(None),
            // An answer to somebody who wrote in this topic.
            (topic, None) => Ok(topic),
            (Some(topic), Some(group)) => Ok(is_forum(&self.caller, group).await?.then_some(topic)),
        }
    }
}

/// The result if the message can't be a picture, and so was not sent.
fn no_pictures(why: &impl std::fmt::Display) -> Finished {
    let problem = Problem::new(Code::NoPictures, why);
    Finished { outcome: Outcome::Refused { problem }, broken: None, moved: false }
}

/// Turns the result of setting a call's title into an outcome, and says whether the connection is broken.
fn titled(result: Result<Change, CallError>) -> Finished {
    let untitled = match result {
        Ok(Change::Done) => return finished(Ok((Outcome::Delivered { message_id: None, chat: None }, false))),
        Ok(Change::Replaced) => TitleFailure::Replaced,
        Ok(Change::Over) => TitleFailure::Over,
        Err(error) => return finished(Err(error.into())),
    };
    Finished { outcome: Outcome::Refused { problem: untitled.problem() }, broken: None, moved: false }
}

/// Turns the result of a request into an outcome, and says whether the connection is broken.
fn finished(result: Result<(Outcome, bool), GroupError>) -> Finished {
    let error = match result {
        Ok((outcome, moved)) => return Finished { outcome, broken: None, moved },
        Err(GroupError::Unfit(error)) => {
            let problem = Problem::new(Code::Settings, &error);
            return Finished {
                outcome: Outcome::Refused { problem },
                broken: Some(GroupError::Unfit(error)),
                moved: false,
            };
        }
        Err(GroupError::Call(error)) => error,
    };
    let problem = match &error {
        CallError::Flood { seconds } => Problem::new(Code::FloodWait, seconds),
        CallError::SignedOut(name) => Problem::new(Code::SignedOut, name),
        CallError::Elsewhere { dc } => Problem::new(Code::OtherDataCentre, dc),
        CallError::Refused { name, .. } => Problem::new(Code::Telegram, name),
        CallError::Unfit(what) => Problem::new(Code::Settings, what),
        CallError::Lost(what) => Problem::new(Code::Connection, what),
        CallError::Unreached(failure) => Problem::new(Code::Connection, failure),
        CallError::Silence => Problem::new(Code::NoAnswer, REQUEST_TIMEOUT.as_secs()),
        CallError::ClockAhead { .. } => Problem::new(Code::Connection, &error),
    };
    let outcome = match &error {
        CallError::Flood { seconds } => Outcome::Wait { seconds: i64::from(*seconds), problem },
        error if let Some(seconds) = error.slow_mode() => Outcome::Wait { seconds: i64::from(seconds), problem },
        error if error.is(refusals::EXECUTING) => Outcome::Executing,
        // A server that fails may have created the message before.
        CallError::Refused { code, .. } if !(400..500).contains(code) => Outcome::Failed { problem },
        CallError::Refused { .. } | CallError::SignedOut(_) | CallError::Unfit(_) => Outcome::Refused { problem },
        CallError::Elsewhere { .. }
        | CallError::Lost(_)
        | CallError::Unreached(_)
        | CallError::Silence
        | CallError::ClockAhead { .. } => Outcome::Failed { problem },
    };
    let broken = (!error.keeps_connection()).then_some(GroupError::Call(error));
    Finished { outcome, broken, moved: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alert::AlertKind;
    use crate::domain::post::PostKind;
    use crate::domain::proxy::Proxies;
    use crate::store::{Access, Draft, GroupKey, Queued};

    const GROUP: PeerId = PeerId(-1001);
    const ME: PeerId = PeerId(1);
    const BOT: PeerId = PeerId(2);

    fn store() -> (tempfile::TempDir, Store, GroupKey) {
        let home = tempfile::tempdir().unwrap();
        let mut store = Store::open(&home.path().join("study.db"), Access::Write).unwrap();
        let group = store.group(GROUP, None, "Study Hall", None, ME).unwrap();
        (home, store, group)
    }

    fn bot() -> BotLogin {
        let secret = || SecretString::from("hush");
        BotLogin {
            access: credentials::Access::direct(1),
            api_hash: secret(),
            token: secret(),
            id: BOT,
            string: None,
            file: "nowhere".into(),
            target: None,
        }
    }

    fn alert_routes() -> Vec<AlertRoute> {
        let named = || Receiver::Named { name: "@olga".into(), hash: None };
        let login = || Sender::Login { string: SecretString::from("hush"), access: credentials::Access::direct(1) };
        let route = |sender, receiver| AlertRoute { telegram: Some((sender, receiver)), url: None };
        vec![route(Sender::Bot(Box::new(bot())), named()), route(login(), named()), route(login(), Receiver::Itself)]
    }

    fn telegram(name: &str, code: i32) -> Outcome {
        finished(Err(CallError::Refused { code, name: name.into() }.into())).outcome
    }

    fn lost() -> Outcome {
        finished(Err(CallError::Silence.into())).outcome
    }

    #[test]
    fn an_alert_keeps_its_route_until_that_route_refuses() {
        let (_home, mut store, group) = store();
        store
            .queue_alert(group, AlertKind::Recovered, 7, crate::domain::words::Language::En, "back", Instant(100))
            .unwrap();
        let mut routes = Routes { alerts: alert_routes(), ..Routes::none(group, GROUP) };
        // Claims the alert at `now`, settles it with the outcome, and returns the route and when the next try is due.
        let mut attempt = |routes: &Routes, now: i64, outcome| {
            let job = next(&mut store, routes, Lane::Alerts, Instant(now)).unwrap().unwrap();
            let route = job.row.route.clone().unwrap();
            let verdict = settle(&mut store, &job, outcome, Instant(now)).unwrap();
            (route, verdict.next_try().map(|at| at - Instant(now)))
        };
        assert_eq!(attempt(&routes, 100, lost()).0, "bot");
        assert_eq!(attempt(&routes, 2000, telegram("RANDOM_ID_DUPLICATE", 500)), ("bot".into(), Some(2)));
        assert_eq!(attempt(&routes, 3000, telegram("INTERNAL", 500)).0, "bot");
        assert_eq!(attempt(&routes, 4000, telegram("FLOOD", 400)), ("bot".into(), Some(0)));
        assert_eq!(attempt(&routes, 5000, lost()).0, "user");
        // The alert stays with its route also when a better route has come back.
        routes.alerts.rotate_right(1);
        assert_eq!(attempt(&routes, 6000, lost()).0, "user");
        routes.alerts.rotate_left(1);
        assert_eq!(attempt(&routes, 7000, telegram("PEER_ID_INVALID", 400)), ("user".into(), Some(0)));
        let (route, delay) = attempt(&routes, 8000, telegram("PEER_ID_INVALID", 400));
        assert!(route == "self" && delay > Some(0), "{delay:?}");
        assert_eq!(attempt(&routes, 9000, Outcome::Delivered { message_id: None, chat: None }), ("bot".into(), None));
        assert!(next(&mut store, &routes, Lane::Alerts, Instant(20_000)).unwrap().is_none());
    }

    /// CASES P6.
    #[test]
    fn the_address_is_used_after_all_routes_by_telegram_have_refused_and_they_are_tried_again_if_it_fails() {
        let (_home, mut store, group) = store();
        store
            .queue_alert(group, AlertKind::Recovered, 7, crate::domain::words::Language::En, "back", Instant(100))
            .unwrap();
        let url = Endpoint::new("SWF_ALERT_URL", &SecretString::from("http://127.0.0.1:9/topic"), &Proxies::default())
            .unwrap();
        let last = AlertRoute { telegram: None, url: Some(url) };
        let alerts = alert_routes().into_iter().chain([last]).collect();
        let routes = Routes { alerts, ..Routes::none(group, GROUP) };
        let no = || telegram("PEER_ID_INVALID", 400);
        let used = [no(), no(), no(), lost(), lost()].into_iter().enumerate().map(|(number, outcome)| {
            let now = Instant(1000 * (number as i64 + 1));
            let job = next(&mut store, &routes, Lane::Alerts, now).unwrap().unwrap();
            let route = job.row.route.clone().unwrap();
            settle(&mut store, &job, outcome, now).unwrap();
            route
        });
        assert_eq!(used.collect::<Vec<_>>(), ["bot", "user", "self", "url", "bot"]);
    }

    #[test]
    fn an_alert_without_a_route_waits_and_says_why() {
        let (_home, mut store, group) = store();
        store
            .queue_alert(group, AlertKind::Recovered, 7, crate::domain::words::Language::En, "back", Instant(100))
            .unwrap();
        let routes = Routes::none(group, GROUP);
        assert!(is_due(&store, group, Lane::Alerts, Instant(100)).unwrap());
        assert!(next(&mut store, &routes, Lane::Alerts, Instant(100)).unwrap().is_none());
        assert!(!is_due(&store, group, Lane::Alerts, Instant(159)).unwrap());
        let row = store.waiting(group, Lane::Alerts, Instant(100)).unwrap().remove(0);
        assert_eq!((row.problem.unwrap().code, row.state.attempts), (Code::NoRoute, 0));
        assert_eq!(next_try(&store, &routes, Lane::Alerts, Instant(100)).unwrap(), Some(Instant(160)));
    }

    fn queue(store: &mut Store, group: GroupKey, day: &str) -> Delivery {
        let draft = Draft {
            kind: PostKind::Daily,
            day: day.parse().unwrap(),
            at: Instant(100),
            once: false,
            generation: 0,
            topic: None,
            account: None,
            language: crate::domain::words::Language::En,
            message: Message { text: "Board".into(), entities: Vec::new() },
            picture: None,
            buttons: Buttons::default(),
            is_final: false,
            snapshot: None,
            recaps: Vec::new(),
            told: Vec::new(),
        };
        match store.queue(group, &draft, &[], Instant(100)).unwrap() {
            Queued::New(row) => row,
            Queued::Already(row) => panic!("{row:?}"),
        }
    }

    #[test]
    fn a_post_stays_with_the_account_that_tried_it_and_others_pass_it() {
        let (_home, mut store, group) = store();
        let [first, second] = ["2033-05-17", "2033-05-18"].map(|day| queue(&mut store, group, day));
        let with_bot = Routes { bot: Some(bot()), ..Routes::none(group, GROUP) };
        let of_user = Claimant { account: Some(ME), route: None, lease: POST_LEASE, asked: false };
        assert_eq!(store.claim(first.id, of_user, Instant(100)).unwrap().0, Turn::Ready);
        // The bot does not take over the user's post, and its own post is sent.
        let job = next(&mut store, &with_bot, Lane::Posts, Instant(200)).unwrap().unwrap();
        assert_eq!((job.row.id, job.row.state.account), (second.id, Some(BOT)));
        assert!(!job.uses_connection());
        assert_eq!(next_try(&store, &with_bot, Lane::Posts, Instant(200)).unwrap(), Some(Instant(200 + POST_LEASE)));
        settle(&mut store, &job, lost(), Instant(201)).unwrap();
        assert_eq!(store.delivery(second.id).unwrap().state.unanswered, 1);
        // Without a bot and without a connection nothing can be sent, and nothing is due.
        let none = Routes::none(group, GROUP);
        assert!(next(&mut store, &none, Lane::Posts, Instant(900)).unwrap().is_none());
        assert_eq!(next_try(&store, &none, Lane::Posts, Instant(900)).unwrap(), None);
        // `Routes::author` decides who posts as long as no account has tried.
        let fresh = queue(&mut store, group, "2033-05-19");
        let forced = Routes { author: Some(Author::User), ..with_bot.clone() };
        let authors = |row: &Delivery| [&with_bot, &forced, &none].map(|routes| routes.author_of(row));
        assert_eq!(authors(&fresh), [Author::Bot, Author::User, Author::User]);
        let second = store.delivery(second.id).unwrap();
        assert_eq!(authors(&second)[..2], [Author::Bot; 2]);
    }

    #[test]
    fn an_answer_is_only_a_no_if_it_is_sure_that_nothing_was_made() {
        let made_nothing = |error: CallError| finished(Err(error.into())).outcome.made_nothing();
        let refused = |name: &str, code| CallError::Refused { code, name: name.into() };
        let slow = refused("SLOWMODE_WAIT_30", 420);
        assert!(matches!(finished(Err(slow.into())).outcome, Outcome::Wait { seconds: 30, .. }));
        assert!(made_nothing(refused("CHAT_WRITE_FORBIDDEN", 403)) && made_nothing(CallError::Flood { seconds: 9 }));
        assert!(made_nothing(CallError::SignedOut("SESSION_REVOKED".into())));
        for unsure in [refused("INTERNAL", 500), refused("Timeout", -503), refused("RANDOM_ID_DUPLICATE", 500)] {
            assert!(!made_nothing(unsure));
        }
        assert!(!made_nothing(CallError::Silence) && !made_nothing(CallError::Lost("closed".into())));
        let broken = |error: CallError| finished(Err(error.into())).broken.is_some();
        assert!(broken(CallError::Silence) && !broken(refused("INTERNAL", 500)));
    }
}
