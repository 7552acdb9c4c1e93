//! Everything the server knows: people, groups, calls, messages, keys,
//! sessions and connections.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::net::SocketAddrV4;
use std::sync::Arc;
use std::time::Instant;

use grammers_tl_types::{Serializable, enums, types};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

use crate::bots::Bot;
use crate::clock::Clock;
use crate::counts::Counts;
use crate::ephemeral::EphemeralMessage;
use crate::faults::FaultState;
use crate::keyboard::{Button, Press};
use crate::pictures::{Picture, Pictures};
use crate::rpc::{DC, Paused};
use crate::srp::{Challenge, Password};
use crate::wire::{self, AuthKey, KeyId, random_i64};

/// A *marked* Telegram id: a user is positive, a basic group is `-id`, a channel or supergroup `-1000000000000 - id`.
pub type Id = i64;

/// The marked id of a channel is this minus its bare id.
const CHANNEL_MARK: i64 = -1_000_000_000_000;
/// How long a server salt is sent to clients, in seconds. It is accepted for as long again after that.
const SALT_SECONDS: i64 = 1800;
/// How many requests and violations are kept, so that a demo can run for weeks.
const KEPT: usize = 200_000;

/// The marked id of a channel or supergroup with this bare id.
pub fn channel_mark(bare: i64) -> Id {
    CHANNEL_MARK - bare
}

/// The kind of peer that a marked id stands for, with its bare id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bare {
    User(i64),
    Chat(i64),
    Channel(i64),
}

pub fn bare(id: Id) -> Bare {
    if id > 0 {
        Bare::User(id)
    } else if id <= CHANNEL_MARK {
        Bare::Channel(CHANNEL_MARK - id)
    } else {
        Bare::Chat(-id)
    }
}

/// Somebody with a Telegram account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub first_name: String,
    pub last_name: Option<String>,
    /// Without `@`.
    pub username: Option<String>,
    /// Active usernames after `username`.
    pub more_usernames: Vec<String>,
    pub bot: bool,
    /// A deleted account: it keeps its id and has no name.
    pub deleted: bool,
    /// The language of their app, which only bots receive.
    pub lang_code: Option<String>,
}

impl Person {
    /// Somebody with this first name and no other data.
    pub fn named(first_name: &str) -> Self {
        Self {
            first_name: first_name.to_owned(),
            last_name: None,
            username: None,
            more_usernames: Vec::new(),
            bot: false,
            deleted: false,
            lang_code: None,
        }
    }

    pub fn last_name(mut self, name: &str) -> Self {
        self.last_name = Some(name.to_owned());
        self
    }

    /// Sets the username, without `@`.
    pub fn username(mut self, name: &str) -> Self {
        self.username = Some(name.to_owned());
        self
    }

    /// Adds another username, without `@`.
    pub fn also(mut self, name: &str) -> Self {
        self.more_usernames.push(name.to_owned());
        self
    }

    /// The usernames in the form of the schema.
    pub(crate) fn usernames(&self) -> Vec<enums::Username> {
        let active = |(at, name): (usize, &String)| {
            let username = name.clone();
            types::Username { editable: at == 0, active: true, deletable: false, expired: false, username }.into()
        };
        self.username.iter().chain(&self.more_usernames).enumerate().map(active).collect()
    }

    pub fn bot(mut self) -> Self {
        self.bot = true;
        self
    }

    /// Sets the language of their app, like `ru` or `pt-br`.
    pub fn lang(mut self, code: &str) -> Self {
        self.lang_code = Some(code.to_owned());
        self
    }

    pub fn deleted(mut self) -> Self {
        self.deleted = true;
        self
    }
}

/// One message of a chat, as the server stored it.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub id: i32,
    /// The account that sent it; the group for an anonymous admin, the channel for a person who writes as a channel.
    pub from: Id,
    /// Server clock, Unix seconds.
    pub date: i64,
    pub text: String,
    pub entities: Vec<enums::MessageEntity>,
    /// Chosen by the client.
    pub random_id: i64,
    /// When it was last edited; server clock, Unix seconds.
    pub edited: Option<i64>,
    /// How often it was edited.
    pub edits: usize,
    /// The topic of a forum; `None` for General, and in a group that is not a forum.
    pub topic: Option<i32>,
    /// Whether it was sent without a notification.
    pub silent: bool,
    /// The message of the same chat that it replies to.
    pub reply_to: Option<i32>,
    /// Rows of inline buttons.
    pub buttons: Vec<Vec<Button>>,
    /// If there is one, the text is its caption.
    pub picture: Option<Picture>,
}

/// One request that reached the server, also of an unknown method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Server clock, Unix seconds.
    pub at: i64,
    /// The account that sent it; `None` for a key that is not signed in.
    pub account: Option<Id>,
    /// The connection that it came on; counted from 1.
    pub connection: u64,
    /// As in the schema: `phone.getGroupParticipants`.
    pub method: &'static str,
    /// The request's fields.
    pub detail: String,
}

/// An error answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcError {
    pub code: i32,
    pub name: String,
}

impl RpcError {
    pub fn new(code: i32, name: impl Into<String>) -> Self {
        Self { code, name: name.into() }
    }

    /// An error 400, the most common code.
    pub fn bad(name: &str) -> Self {
        Self::new(400, name)
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    Supergroup,
    Basic,
    Broadcast,
}

pub struct Group {
    pub kind: GroupKind,
    pub title: String,
    pub username: Option<String>,
    pub created: i64,
    /// Member → when they joined.
    pub members: BTreeMap<Id, i64>,
    /// What follows `https://t.me/+`.
    pub invite: String,
    pub call: Option<i64>,
    pub migrated_to: Option<Id>,
    pub migrated_from: Option<Id>,
    /// Only for a channel or supergroup.
    pub pts: i32,
    pub last_message_id: i32,
    /// The changes in a channel or supergroup, for differences.
    pub events: Vec<Event>,
    /// The creator, if a test has set one.
    pub creator: Option<Id>,
    pub admins: BTreeMap<Id, Rights>,
    /// Former members who were removed and did not come back.
    pub removed: BTreeSet<Id>,
    /// Those of `removed` who can't read the group either.
    pub barred: BTreeSet<Id>,
    pub deleted: bool,
    /// Members who may not write.
    pub banned: BTreeSet<Id>,
    /// Only admins may write.
    pub write_forbidden: bool,
    /// Only admins may send pictures.
    pub pictures_forbidden: bool,
    /// Seconds between two messages of one member; 0 for none.
    pub slow_mode: i64,
    /// The topics of a forum, with the state of each; `None` where the group is not a forum.
    pub topics: Option<BTreeMap<i32, Topic>>,
    /// When each member last wrote.
    pub last_wrote: HashMap<Id, i64>,
}

/// The state of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    Open,
    /// Only admins may write.
    Closed,
    Deleted,
}

/// What an admin of a group may do, in addition to what every admin may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Delete messages of others.
    pub delete_messages: bool,
    pub manage_call: bool,
    /// Their messages are shown as the group's.
    pub anonymous: bool,
}

impl Rights {
    /// All except anonymity.
    pub const ALL: Self = Self { delete_messages: true, manage_call: true, anonymous: false };
    pub const NONE: Self = Self { delete_messages: false, manage_call: false, anonymous: false };
}

impl Group {
    /// What this member may do as an admin; `None` if they are not an admin.
    pub fn rights_of(&self, member: Id) -> Option<Rights> {
        if self.creator == Some(member) { Some(Rights::ALL) } else { self.admins.get(&member).copied() }
    }

    pub fn is_admin(&self, member: Id) -> bool {
        self.rights_of(member).is_some()
    }

    /// When this member may write again, as slow mode allows; `None` means at any time.
    pub fn may_write_from(&self, member: Id) -> Option<i64> {
        let held_back = self.slow_mode > 0 && !self.is_admin(member);
        Some(self.last_wrote.get(&member)? + self.slow_mode).filter(|_| held_back)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    Group,
    LiveStory,
    Conference,
}

#[derive(Default)]
pub struct Participant {
    pub date: i64,
    pub active: Option<i64>,
    pub muted: bool,
    pub raised: Option<i64>,
    pub video: bool,
    pub screen: bool,
    pub source: i32,
    /// The list is sorted by this, in descending order.
    pub rank: u64,
}

/// One unbroken presence of somebody in a call, as the server knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stay {
    pub peer: Id,
    /// The join date; server clock, Unix seconds.
    pub from: i64,
    /// `None` for somebody who is in the call.
    pub to: Option<i64>,
}

pub struct Call {
    pub id: i64,
    pub kind: CallKind,
    pub group: Id,
    pub version: i32,
    pub scheduled: Option<i64>,
    pub started: i64,
    pub ended: bool,
    pub listeners_hidden: bool,
    /// Every title that it has had, in order, no matter who set it.
    pub titles: Vec<String>,
    pub participants: HashMap<Id, Participant>,
    pub last_rank: u64,
    /// Stays that have ended.
    pub past: Vec<Stay>,
}

impl Call {
    /// The participants in the list, the most active first.
    pub fn listed(&self) -> Vec<Id> {
        let mut listed: Vec<_> = self
            .participants
            .iter()
            .filter(|(_, p)| !(self.listeners_hidden && p.muted))
            .map(|(id, p)| (p.rank, *id))
            .collect();
        listed.sort_unstable_by(|a, b| b.cmp(a));
        listed.into_iter().map(|(_, id)| id).collect()
    }

    /// All stays: those that have ended, then those of the people who are in the call.
    pub fn stays(&self) -> Vec<Stay> {
        let mut open: Vec<Stay> =
            self.participants.iter().map(|(id, p)| Stay { peer: *id, from: p.date, to: None }).collect();
        open.sort_unstable();
        self.past.iter().copied().chain(open).collect()
    }

    /// Removes somebody, whose stay ends now; returns whether they were in the call.
    pub fn take_out(&mut self, who: Id, now: i64) -> bool {
        let gone = self.participants.remove(&who);
        self.past.extend(gone.iter().map(|p| Stay { peer: who, from: p.date, to: Some(now) }));
        gone.is_some()
    }

    /// Ends the call, and every stay in it.
    pub fn end(&mut self, now: i64) {
        self.ended = true;
        let mut present: Vec<Id> = self.participants.keys().copied().collect();
        present.sort_unstable();
        for who in present {
            self.take_out(who, now);
        }
    }

    pub fn next_rank(&mut self) -> u64 {
        self.last_rank += 1;
        self.last_rank
    }
}

/// A chat in which messages are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    Group(Id),
    /// Two users, the smaller id first.
    Private(Id, Id),
}

impl Place {
    pub fn between(a: Id, b: Id) -> Self {
        Self::Private(a.min(b), a.max(b))
    }

    /// The id if this is a channel or supergroup.
    pub fn channel(self) -> Option<Id> {
        match self {
            Self::Group(id) if matches!(bare(id), Bare::Channel(_)) => Some(id),
            Self::Group(_) | Self::Private(..) => None,
        }
    }

    /// The peer as which `viewer` sees this.
    pub fn peer_for(self, viewer: Id) -> Id {
        match self {
            Self::Group(id) => id,
            Self::Private(a, b) if a == viewer => b,
            Self::Private(a, _) => a,
        }
    }
}

/// Identifies a message before it has an id: (account, place, random id).
pub type SendKey = (Id, Place, i64);

pub struct Stored {
    pub message: Message,
    /// What happened, if this is a service message.
    pub action: Option<enums::MessageAction>,
    /// Clients do not receive the sender.
    pub unnamed: bool,
}

/// The kind of change of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    New,
    Edited,
    Deleted,
}

/// A change that clients may have missed, and can request by its pts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The pts of the channel or account after this change.
    pub pts: i32,
    pub place: Place,
    /// The message.
    pub id: i32,
    pub what: What,
}

/// A message that was sent under a random id, in its first version.
pub struct Sent {
    pub id: i32,
    pub text: String,
    pub picture: Option<Picture>,
}

/// The state of an account, in addition to its [`Person`].
pub struct Account {
    /// Never 0: to clients that means that there is no state.
    pub pts: i32,
    /// The changes outside channels, for differences.
    pub events: Vec<Event>,
    /// Method → the end (server clock) of the wait that the account was sent.
    pub flood_until: HashMap<&'static str, i64>,
    /// Method with a limit → when (server clock) calls were accepted, oldest first.
    pub admitted: HashMap<&'static str, VecDeque<i64>>,
}

impl Default for Account {
    fn default() -> Self {
        Self { pts: 1, events: Vec::new(), flood_until: HashMap::new(), admitted: HashMap::new() }
    }
}

/// The account that accepted a login token, or the data centre of that account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    By(Id),
    Elsewhere(i32),
}

/// A token that a phone may scan.
pub struct LoginToken {
    /// The key that requested it.
    pub key: KeyId,
    /// Server clock, Unix seconds.
    pub expires: i64,
    pub accepted: Option<Accepted>,
}

pub struct Key {
    pub auth: AuthKey,
    pub account: Option<Id>,
    pub layer: Option<i32>,
    pub revoked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey {
    pub key: KeyId,
    pub id: i64,
}

/// A message that was received, and its answer.
pub struct Received {
    pub body: [u8; 32],
    pub answer: Option<Arc<[u8]>>,
}

/// An MTProto session.
#[derive(Default)]
pub struct Session {
    /// Whether it gets pushed updates; `None` until its first request decides it.
    pub updates: Option<bool>,
    /// Content-related messages sent so far.
    pub content: i32,
    pub last_message_id: i64,
    /// The value of [`World::clock_generation`] when that id was made.
    pub clock_generation: u64,
    pub received: HashMap<i64, Received>,
    pub received_order: VecDeque<i64>,
}

/// The kind of a message, which decides its message id and sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// An answer that needs an acknowledgement.
    Answer,
    /// An update; needs an acknowledgement too.
    Update,
    /// Acknowledgements, pongs and such.
    Service,
    /// A notice about the client's clock or salt. It is sent alone: a client whose clock is wrong ignores any other
    /// packet, containers included.
    Notice,
}

#[derive(Clone)]
pub enum Outgoing {
    Message {
        session: SessionKey,
        weight: Weight,
        body: Arc<[u8]>,
    },
    /// A message that is not encrypted, with its header.
    Unencrypted(Vec<u8>),
    /// A transport error; the connection is closed after it.
    TransportError(i32),
}

pub struct Connection {
    pub queue: UnboundedSender<Outgoing>,
    pub session: Option<SessionKey>,
    /// Open, but nothing is answered on it any more.
    pub dead: bool,
    /// When it is closed unless another ping comes.
    pub ping_deadline: Option<Instant>,
    pub tasks: Vec<AbortHandle>,
}

/// How far one connection has read a participant list.
pub struct PageReader {
    pub version: i32,
    pub limit: i32,
    pub ended: Instant,
    /// How many times in a row it began again right after the last page.
    pub restarts: u32,
}

pub struct World {
    /// The number of this data centre.
    pub dc: i32,
    pub address: SocketAddrV4,
    pub clock: Clock,
    /// While a change runs: the time of the change; server clock, Unix seconds.
    pub instant: Option<i64>,
    /// Counts how often the clock went back: message ids may go back with it.
    pub clock_generation: u64,
    /// Counts changes, for tests that wait for one.
    pub generation: u64,
    secret: i64,
    last_user: i64,
    last_chat: i64,
    last_channel: i64,
    last_call: i64,
    last_connection: u64,
    last_source: i32,
    /// The last id of a message outside channels.
    pub last_box_id: i32,
    pub people: BTreeMap<Id, Person>,
    pub accounts: HashMap<Id, Account>,
    pub groups: BTreeMap<Id, Group>,
    pub calls: BTreeMap<i64, Call>,
    pub messages: BTreeMap<Place, Vec<Stored>>,
    pub sent: HashMap<SendKey, Sent>,
    pub bots: HashMap<Id, Bot>,
    /// Presses of buttons, by query id.
    pub presses: BTreeMap<i64, Press>,
    pub ephemeral: BTreeMap<i32, EphemeralMessage>,
    pub pictures: Pictures,
    /// How often each bot's token was revoked.
    pub revoked_tokens: HashMap<Id, u32>,
    pub login_tokens: BTreeMap<Vec<u8>, LoginToken>,
    /// How long a login token is valid, in seconds.
    pub login_token_seconds: i64,
    /// Tokens of other data centres that people of this one have accepted.
    pub incoming_logins: HashMap<Vec<u8>, Id>,
    /// The passwords of two-step verification.
    pub passwords: HashMap<Id, Password>,
    /// Keys whose login still needs a password.
    pub half_in: HashMap<KeyId, Id>,
    pub challenges: HashMap<i64, (Id, Challenge)>,
    pub keys: HashMap<KeyId, Key>,
    pub first_keys: HashMap<Id, KeyId>,
    pub sessions: HashMap<SessionKey, Session>,
    pub connections: BTreeMap<u64, Connection>,
    pub readers: HashMap<(u64, i64), PageReader>,
    pub faults: FaultState,
    /// Requests that are held, in the order of their arrival.
    pub paused: Vec<Paused>,
    pub requests: Vec<Request>,
    /// Counts all requests, also those that `requests` no longer has.
    pub counts: Counts,
    pub violations: Vec<String>,
    /// How many messages were refused because of their ids.
    pub refused_messages: u64,
}

impl World {
    pub fn new(address: SocketAddrV4, clock: Clock) -> Self {
        Self {
            dc: DC,
            address,
            clock,
            instant: None,
            clock_generation: 0,
            generation: 0,
            secret: random_i64(),
            last_user: 5_000_000_000,
            last_chat: 400_000,
            last_channel: 1_500_000_000,
            last_call: 7_000_000_000_000_000,
            last_connection: 0,
            last_source: 1000,
            last_box_id: 0,
            people: BTreeMap::new(),
            accounts: HashMap::new(),
            groups: BTreeMap::new(),
            calls: BTreeMap::new(),
            messages: BTreeMap::new(),
            sent: HashMap::new(),
            bots: HashMap::new(),
            presses: BTreeMap::new(),
            ephemeral: BTreeMap::new(),
            pictures: Pictures::default(),
            revoked_tokens: HashMap::new(),
            login_tokens: BTreeMap::new(),
            login_token_seconds: 30,
            incoming_logins: HashMap::new(),
            passwords: HashMap::new(),
            half_in: HashMap::new(),
            challenges: HashMap::new(),
            keys: HashMap::new(),
            first_keys: HashMap::new(),
            sessions: HashMap::new(),
            connections: BTreeMap::new(),
            readers: HashMap::new(),
            faults: FaultState::default(),
            paused: Vec::new(),
            requests: Vec::new(),
            counts: Counts::default(),
            violations: Vec::new(),
            refused_messages: 0,
        }
    }

    /// Server clock, Unix seconds.
    pub fn now(&self) -> i64 {
        self.instant.unwrap_or_else(|| self.clock.seconds())
    }

    /// The same as [`World::now`], in the type that Telegram sends.
    pub fn date(&self) -> i32 {
        self.now() as i32
    }

    pub fn violation(&mut self, what: impl Into<String>) {
        if self.violations.len() == KEPT {
            self.violations.drain(..KEPT / 2);
        }
        self.violations.push(what.into());
    }

    pub fn record(&mut self, request: Request) {
        self.counts.add(request.method);
        if self.requests.len() == KEPT {
            self.requests.drain(..KEPT / 2);
        }
        self.requests.push(request);
    }

    pub fn add_person(&mut self, person: Person) -> Id {
        self.last_user += 1;
        self.people.insert(self.last_user, person);
        self.accounts.insert(self.last_user, Account { pts: 1, ..Account::default() });
        self.last_user
    }

    pub fn next_group_id(&mut self, kind: GroupKind) -> Id {
        match kind {
            GroupKind::Basic => {
                self.last_chat += 1;
                -self.last_chat
            }
            GroupKind::Supergroup | GroupKind::Broadcast => {
                self.last_channel += 1;
                channel_mark(self.last_channel)
            }
        }
    }

    pub fn next_call_id(&mut self) -> i64 {
        self.last_call += 1;
        self.last_call
    }

    pub fn next_connection_id(&mut self) -> u64 {
        self.last_connection += 1;
        self.last_connection
    }

    pub fn next_source(&mut self) -> i32 {
        self.last_source += 1;
        self.last_source
    }

    pub fn add_key(&mut self, account: Option<Id>) -> KeyId {
        let auth = AuthKey::random();
        let id = auth.id;
        self.keys.insert(id, Key { auth, account, layer: None, revoked: false });
        id
    }

    /// A number that only this server can compute, for access hashes and salts.
    pub fn derived(&self, purpose: &str, numbers: &[i64]) -> i64 {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        hash.update(self.secret.to_le_bytes());
        hash.update(purpose);
        for number in numbers {
            hash.update(number.to_le_bytes());
        }
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hash.finalize()[..8]);
        i64::from_le_bytes(bytes) | 1
    }

    /// The salt of a key, `periods` after the current one.
    pub fn salt(&self, key: KeyId, periods: i64) -> i64 {
        let period = self.now().div_euclid(SALT_SECONDS) + periods;
        self.derived("salt", &[i64::from_le_bytes(key), period])
    }

    /// When the salt of `periods` from now is first sent to clients, and until when it is accepted.
    pub fn salt_validity(&self, periods: i64) -> (i64, i64) {
        let since = (self.now().div_euclid(SALT_SECONDS) + periods) * SALT_SECONDS;
        (since, since + 2 * SALT_SECONDS)
    }

    pub fn find_username(&self, name: &str) -> Option<Id> {
        let same = |other: &Option<String>| other.as_deref().is_some_and(|other| other.eq_ignore_ascii_case(name));
        self.people
            .iter()
            .find(|(_, person)| same(&person.username) && !person.deleted)
            .map(|(id, _)| *id)
            .or_else(|| self.groups.iter().find(|(_, group)| same(&group.username)).map(|(id, _)| *id))
    }

    /// Queues a message for one connection.
    pub fn send(&mut self, connection: u64, outgoing: Outgoing) {
        if let Some(open) = self.connections.get(&connection)
            && !open.dead
        {
            // The writer ends only with its connection, so a failure needs no handling.
            let _ = open.queue.send(outgoing);
        }
    }

    /// Closes a connection at once.
    pub fn close(&mut self, connection: u64) {
        if let Some(open) = self.connections.remove(&connection) {
            for task in open.tasks {
                task.abort();
            }
        }
        self.readers.retain(|(reader, _), _| *reader != connection);
    }

    pub fn close_all(&mut self) {
        let open: Vec<_> = self.connections.keys().copied().collect();
        for connection in open {
            self.close(connection);
        }
    }

    /// The open connections that want updates: account, connection and session.
    fn listeners(&self) -> impl Iterator<Item = (Id, u64, SessionKey)> {
        self.connections.iter().filter_map(|(id, open)| {
            let session = open.session?;
            let key = self.keys.get(&session.key)?;
            let wants = self.sessions.get(&session)?.updates == Some(true);
            (wants && !key.revoked && !open.dead).then_some((key.account?, *id, session))
        })
    }

    /// Pushes a container to every listening session of the accounts for which `for_account` is true, save `except`.
    /// The container is made once for each account, and shared by its sessions.
    pub fn push(
        &mut self,
        for_account: impl Fn(&World, Id) -> bool,
        except: Option<SessionKey>,
        make: impl Fn(&World, Id) -> enums::Updates,
    ) {
        let copies = self.faults.pushes();
        if copies > 0 {
            let unreadable = self.faults.take_unreadable();
            let date = self.faults.next_date.take();
            self.queue(copies, for_account, except, |world, viewer| {
                let mut updates = make(world, viewer);
                if let (Some(date), enums::Updates::Updates(container)) = (date, &mut updates) {
                    container.date = date;
                }
                match updates {
                    container @ enums::Updates::Updates(_) if unreadable => wire::unreadable(container),
                    updates => updates.to_bytes(),
                }
            });
        }
    }

    /// As [`World::push`], for bytes that are not a container of updates.
    pub fn push_bytes(
        &mut self,
        for_account: impl Fn(&World, Id) -> bool,
        except: Option<SessionKey>,
        make: impl Fn(&World, Id) -> Vec<u8>,
    ) {
        let copies = self.faults.pushes();
        self.queue(copies, for_account, except, make);
    }

    fn queue(
        &mut self,
        copies: usize,
        for_account: impl Fn(&World, Id) -> bool,
        except: Option<SessionKey>,
        make: impl Fn(&World, Id) -> Vec<u8>,
    ) {
        let reached = |(account, _, session): &(Id, u64, SessionKey)| {
            copies > 0 && Some(*session) != except && for_account(self, *account)
        };
        let listeners: Vec<_> = self.listeners().filter(reached).collect();
        let mut bodies: HashMap<Id, (usize, Arc<[u8]>)> = HashMap::new();
        let mut ready = Vec::new();
        for (account, connection, session) in listeners {
            let (copies, body) = match bodies.entry(account) {
                Entry::Occupied(made) => made.into_mut(),
                Entry::Vacant(missing) => {
                    let copies = copies * self.faults.pushes_to(account);
                    missing.insert((copies, make(self, account).into()))
                }
            };
            let outgoing = Outgoing::Message { session, weight: Weight::Update, body: Arc::clone(body) };
            ready.extend(std::iter::repeat_n((account, connection, outgoing), *copies));
        }
        let ready = self.faults.swap(ready);
        match &mut self.faults.held {
            Some(held) => held.extend(ready),
            None => {
                for (connection, outgoing) in ready {
                    self.send(connection, outgoing);
                }
            }
        }
    }

    pub fn is_bot(&self, account: Id) -> bool {
        self.people.get(&account).is_some_and(|person| person.bot)
    }

    /// Whether a bot may name a user without an access hash: it has met them, also if only in a group that they have
    /// left since.
    pub fn has_met(&self, bot: Id, user: Id) -> bool {
        let was_in = |group: &Group| group.members.contains_key(&user) || group.removed.contains(&user);
        self.messages.contains_key(&Place::between(bot, user))
            || self.groups.values().any(|group| group.members.contains_key(&bot) && was_in(group))
    }

    pub fn is_member(&self, group: Id, account: Id) -> bool {
        self.groups.get(&group).is_some_and(|group| group.members.contains_key(&account))
    }

    pub fn group(&self, id: Id) -> &Group {
        self.groups.get(&id).unwrap_or_else(|| panic!("there is no group {id}"))
    }

    pub fn group_mut(&mut self, id: Id) -> &mut Group {
        self.groups.get_mut(&id).unwrap_or_else(|| panic!("there is no group {id}"))
    }

    pub fn call(&self, id: i64) -> &Call {
        self.calls.get(&id).unwrap_or_else(|| panic!("there is no call {id}"))
    }

    pub fn call_mut(&mut self, id: i64) -> &mut Call {
        self.calls.get_mut(&id).unwrap_or_else(|| panic!("there is no call {id}"))
    }
}
