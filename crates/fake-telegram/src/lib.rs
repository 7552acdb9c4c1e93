//! A Telegram data centre on loopback, for tests and demos.
//!
//! It speaks the real protocol: MTProto 2.0 over the *full* TCP transport, with authorisation keys that are known
//! beforehand, so an unmodified client needs only a login string (Telethon's form) to reach it. There is no key
//! exchange beyond its first step: clients accept only keys that are signed by Telegram, and have no setting for
//! others. It is as strict as Telegram: a request that a correct client would not send is answered with Telegram's
//! error, and noted in [`FakeTelegram::violations`].
//!
//! ```no_run
//! use fake_telegram::{FakeTelegram, Person};
//!
//! let telegram = FakeTelegram::start();
//! let ada = telegram.person(Person::named("Ada").username("ada"));
//! let hall = telegram.supergroup("Study Hall", Some("studyhall"));
//! telegram.add_member(hall, ada);
//! let call = telegram.start_call(hall);
//! telegram.join(call, ada);
//! println!("TG_STRING_SESSION={}", telegram.login_string(ada));
//! ```
//!
//! Methods take marked ids ([`Id`]) and Unix seconds of the *server clock*. They panic on ids that do not exist and on
//! events that cannot happen (a second call in a group, somebody leaving a call that they are not in): the test is
//! wrong then, not the client.
//!
//! # Groups
//!
//! There can be any number of groups, each with a call of its own: [`FakeTelegram::add_group`]. Updates of a call are
//! pushed to the members of its group. `updateGroupCallParticipants` has no peer, and nothing else in its container
//! names the group. `updateGroupCall` has one, unless [`Faults::omit_call_peer`] or
//! [`FakeTelegram::push_call_without_peer`] leaves it out. An access hash is valid for one account only.
//!
//! `channels.getChannels` and `messages.getChats` take up to 100 ids. If one id is bad, the whole request fails, and
//! the error does not name the id: `CHANNEL_INVALID` for an unknown id or a wrong hash, `CHANNEL_PRIVATE` where the
//! account can't look into the group (as seen in gramjs#742), and with `CHAT_ID_INVALID` for a basic group that it is
//! not in. With [`Faults::forbidden_chats`] groups that the account can't see are answered as forbidden chats instead.
//!
//! # In the chat
//!
//! People write with [`FakeTelegram::say`] and [`FakeTelegram::say_as`]. A bot in privacy mode is pushed commands,
//! replies to its messages and service messages only, and its differences hold the same messages only. A channel's pts
//! still counts every message, so a bot sees gaps that its differences do not fill. A plain `/command` reaches every
//! bot of the group. (Telegram's documentation names the bot that wrote there last; clients cannot rely on it.) A bot
//! can write privately only to a person who has written to it: 400 `PEER_ID_INVALID` otherwise. In Saved Messages `out`
//! is not set.
//!
//! Buttons are pressed with [`FakeTelegram::press`]. A press is pushed again every 5 s of the server clock until it is
//! answered, for 15 s; later answers, and a second one, are refused with `QUERY_ID_INVALID`. Ephemeral messages
//! ([`FakeTelegram::say_ephemeral`]) have no pts, and an account that is not connected never gets them.
//!
//! # Pictures
//!
//! Files are uploaded part by part. `messages.uploadMedia` makes a photo of them, and `messages.sendMedia` sends it;
//! see [`Message::picture`]. Only PNG is accepted. A random id that `sendMessage` has used is a duplicate for
//! `sendMedia`, too, and the reverse.
//!
//! # Layers and clocks
//!
//! Clients of layers 229 and 230 are served. For the methods and objects here
//! the two differ in one constructor only, `messageEntityTonAddress` (new in
//! 230), which a client of 229 is not sent.
//!
//! A client's clock may not run more than 30 s ahead of the server's, or more than 300 s behind: its message ids are
//! refused then, as by Telegram, and the client corrects its clock. A client that is ahead cannot always do that, so
//! prefer a server clock that is ahead of the system's.

mod blank;
mod bots;
mod calls;
mod chat;
mod clock;
mod counts;
mod ephemeral;
mod faults;
mod groups;
mod keyboard;
mod pictures;
mod proxy;
mod rpc;
mod server;
mod session;
mod srp;
mod view;
mod wire;
mod world;

use std::collections::BTreeSet;
use std::net::SocketAddrV4;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::{BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use grammers_tl_types::{Serializable, enums, types};

use crate::clock::Clock;
use crate::faults::{Fault, FloodLimit};
use crate::server::Server;
use crate::view::Mentioned;
use crate::world::{Accepted, Bare, CallKind, GroupKind, Place, RpcError, World, bare};

pub use crate::bots::{MenuCommand, MenuScope};
pub use crate::chat::Saying;
pub use crate::counts::Counts;
pub use crate::ephemeral::EphemeralMessage;
pub use crate::faults::{Moment, Release};
pub use crate::groups::{GroupHandle, GroupSpec};
pub use crate::keyboard::{Button, PressAnswer};
pub use crate::pictures::Picture;
pub use crate::proxy::FakeProxy;
pub use crate::world::{Id, Message, Person, Request, Rights, Stay, Topic};

/// A running data centre. Dropping it closes every socket at once.
pub struct FakeTelegram {
    server: Server,
}

impl FakeTelegram {
    /// Listens on a free port of 127.0.0.1. The server clock is the system's.
    pub fn start() -> Self {
        Self::with_clock(Clock::system())
    }

    /// As [`FakeTelegram::start`], with this data centre number, 1 to 5. Without it the number is 2.
    pub fn start_in(dc: u8) -> Self {
        let telegram = Self::start();
        telegram.change(|world| world.dc = i32::from(dc));
        telegram
    }

    /// As [`FakeTelegram::start`]; the server clock reads `now` (Unix seconds)
    /// at first and runs on in real time.
    pub fn start_at(now: i64) -> Self {
        Self::with_clock(Clock::at(now))
    }

    fn with_clock(clock: Clock) -> Self {
        Self { server: Server::start(clock).expect("a socket on loopback can be opened") }
    }

    fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.server.shared.read())
    }

    fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.server.shared.change())
    }

    /// The names of the methods that are served, as in the schema, sorted.
    pub fn methods() -> Vec<&'static str> {
        rpc::methods()
    }

    /// The address on which it listens.
    pub fn address(&self) -> SocketAddrV4 {
        self.server.address
    }

    /// The server clock, Unix seconds.
    pub fn now(&self) -> i64 {
        self.read(World::now)
    }

    /// Moves the server clock ahead, or back when `seconds` is negative. A client whose message ids are out of bounds
    /// then gets error 16 or 17.
    pub fn advance(&self, seconds: i64) {
        self.change(|world| {
            world.clock.advance(seconds);
            if seconds < 0 {
                world.clock_generation += 1;
            }
        });
    }

    /// Stops the server clock: from now on only [`FakeTelegram::advance`] moves it. The clocks of clients run on, but
    /// they do not count as ahead.
    pub fn freeze(&self) {
        self.change(|world| world.clock.freeze(true));
    }

    /// Lets the server clock run on.
    pub fn unfreeze(&self) {
        self.change(|world| world.clock.freeze(false));
    }

    /// Adds an account; returns its id.
    pub fn person(&self, person: Person) -> Id {
        self.change(|world| world.add_person(person))
    }

    /// The person or group with this username, which is without `@`.
    pub fn find(&self, username: &str) -> Option<Id> {
        self.read(|world| world.find_username(username))
    }

    /// Changes a person's names, and pushes the change to everybody who shares a group with them.
    pub fn rename(&self, user: Id, person: Person) {
        self.change(|world| {
            assert!(world.people.contains_key(&user), "there is no user {user}");
            world.people.insert(user, person.clone());
            world.push(
                |world, account| {
                    account == user
                        || world
                            .groups
                            .values()
                            .any(|group| group.members.contains_key(&account) && group.members.contains_key(&user))
                },
                None,
                |world, viewer| {
                    let update = types::UpdateUserName {
                        user_id: user,
                        first_name: person.first_name.clone(),
                        last_name: person.last_name.clone().unwrap_or_default(),
                        usernames: person.usernames(),
                    };
                    calls::container(world, viewer, vec![update.into()], &Mentioned::of([user]))
                },
            );
        });
    }

    /// A login string (Telethon's form, this data centre and address) for an authorisation of this account; the same
    /// string each time.
    pub fn login_string(&self, user: Id) -> String {
        self.change(|world| {
            assert!(world.people.contains_key(&user), "there is no user {user}");
            let key = match world.first_keys.get(&user) {
                Some(key) => *key,
                None => {
                    let key = world.add_key(Some(user));
                    world.first_keys.insert(user, key);
                    key
                }
            };
            login_string(world, key)
        })
    }

    /// As [`FakeTelegram::login_string`], but for a new authorisation each time.
    pub fn new_login_string(&self, user: Id) -> String {
        self.change(|world| {
            assert!(world.people.contains_key(&user), "there is no user {user}");
            let key = world.add_key(Some(user));
            login_string(world, key)
        })
    }

    /// A login string whose key the server knows, but nobody is signed in.
    pub fn signed_out_login_string(&self) -> String {
        self.change(|world| {
            let key = world.add_key(None);
            login_string(world, key)
        })
    }

    /// The account's phone scans a login link (`tg://login?token=…`) and accepts it. Returns false if the token is
    /// expired or used.
    pub fn scan(&self, link: &str, user: Id) -> bool {
        self.change(|world| {
            assert!(world.people.contains_key(&user), "there is no user {user}");
            world.accept_login(&token_of(link), Accepted::By(user))
        })
    }

    /// As [`FakeTelegram::scan`], by an account of another data centre, `home`: the client is redirected there.
    pub fn scan_from(&self, link: &str, home: &FakeTelegram, user: Id) -> bool {
        let token = token_of(link);
        let dc = home.change(|world| {
            assert!(world.people.contains_key(&user), "there is no user {user}");
            world.incoming_logins.insert(token.clone(), user);
            world.dc
        });
        self.change(|world| world.accept_login(&token, Accepted::Elsewhere(dc)))
    }

    /// Sets how long a login token is valid, by the server clock: 30 s by default. It applies to tokens that are made
    /// from now on.
    pub fn login_token_seconds(&self, seconds: u32) {
        self.change(|world| world.login_token_seconds = i64::from(seconds));
    }

    /// Turns on two-step verification: a login to this account needs the password, too.
    pub fn set_password(&self, user: Id, password: &str) {
        let password = srp::Password::new(password);
        self.change(|world| {
            assert!(world.people.contains_key(&user), "there is no user {user}");
            world.passwords.insert(user, password);
        });
    }

    /// The token of a bot, as BotFather gives it; the same token each time, until it is revoked.
    ///
    /// # Panics
    ///
    /// If this is not a bot.
    pub fn bot_token(&self, bot: Id) -> String {
        self.read(|world| {
            assert!(world.is_bot(bot), "{bot} is not a bot");
            world.bot_token(bot)
        })
    }

    /// Makes the bot's current token invalid: 400 `ACCESS_TOKEN_EXPIRED`. A client that is signed in with it stays
    /// signed in; see [`Faults::revoke`].
    ///
    /// # Panics
    ///
    /// If this is not a bot.
    pub fn revoke_bot_token(&self, bot: Id) {
        self.change(|world| {
            assert!(world.is_bot(bot), "{bot} is not a bot");
            *world.revoked_tokens.entry(bot).or_default() += 1;
        });
    }

    /// A supergroup without members; public if it has a username.
    pub fn supergroup(&self, title: &str, username: Option<&str>) -> Id {
        self.change(|world| world.new_group(GroupKind::Supergroup, title, username))
    }

    /// A basic group without members.
    pub fn basic_group(&self, title: &str) -> Id {
        self.change(|world| world.new_group(GroupKind::Basic, title, None))
    }

    /// A broadcast channel, as which people can join calls.
    pub fn channel(&self, title: &str) -> Id {
        self.change(|world| world.new_group(GroupKind::Broadcast, title, None))
    }

    /// Turns a basic group into a supergroup; returns the supergroup's id. Its members and its call move there. The old
    /// group stays, deactivated, and points to the new one.
    pub fn migrate(&self, basic: Id) -> Id {
        self.change(|world| world.migrate(basic))
    }

    /// Adds the group that the spec describes.
    pub fn add_group(&self, spec: GroupSpec) -> GroupHandle {
        let id = self.change(|world| world.add_group(spec));
        self.group(id)
    }

    /// A handle of a group that exists.
    pub fn group(&self, id: Id) -> GroupHandle {
        // Panics if there is no such group.
        self.read(|world| world.group(id).kind);
        GroupHandle::new(Arc::clone(&self.server.shared), id)
    }

    /// Adds somebody to a group; the change is pushed to them.
    pub fn add_member(&self, group: Id, user: Id) {
        self.change(|world| world.add_member(group, user));
    }

    /// Gives a group another title and username; the change is pushed to its members.
    pub fn rename_group(&self, group: Id, title: &str, username: Option<&str>) {
        self.change(|world| world.rename_group(group, title, username));
    }

    /// Removes somebody from a group; the change is pushed to them. They can still read a public group, but not write:
    /// `CHANNEL_PRIVATE`.
    pub fn remove_member(&self, group: Id, user: Id) {
        self.change(|world| world.remove_member(group, user));
    }

    /// Bans somebody from a supergroup; the change is pushed to them. They are no longer a member and can't read the
    /// group, public or not.
    pub fn bar(&self, group: Id, user: Id) {
        self.change(|world| world.bar(group, user));
    }

    /// Deletes a group with its call. Only the deletion of the group is pushed to its members.
    pub fn delete_group(&self, group: Id) {
        self.change(|world| world.delete_group(group));
    }

    /// Makes a member an admin of the group with all rights, or takes the rights back. A new group has no admins.
    pub fn admin(&self, group: Id, user: Id, on: bool) {
        if on { self.promote(group, user, Rights::ALL) } else { self.demote(group, user) }
    }

    /// Lets only admins write: 403 `CHAT_WRITE_FORBIDDEN` for others.
    pub fn forbid_writing(&self, group: Id, on: bool) {
        self.change(|world| {
            world.group_mut(group).write_forbidden = on;
            world.push_group(group);
        });
    }

    /// Takes the right to write from a member of a supergroup: 400 `USER_BANNED_IN_CHANNEL`. They stay in the group.
    pub fn ban(&self, group: Id, user: Id, on: bool) {
        self.change(|world| {
            assert!(matches!(bare(group), Bare::Channel(_)), "basic groups ban nobody");
            put(&mut world.group_mut(group).banned, user, on);
            world.push_membership(group, user);
        });
    }

    /// Turns on slow mode in a supergroup: 420 `SLOWMODE_WAIT_n`. A member who is not an admin has to wait `seconds` of
    /// the server clock between two messages. 0 turns it off.
    pub fn slow_mode(&self, group: Id, seconds: u32) {
        self.change(|world| {
            assert!(matches!(bare(group), Bare::Channel(_)), "basic groups have no slow mode");
            world.group_mut(group).slow_mode = i64::from(seconds);
            world.push_group(group);
        });
    }

    /// Makes a topic in a supergroup, which becomes a forum; returns the topic's id.
    pub fn topic(&self, group: Id) -> i32 {
        self.change(|world| {
            assert!(matches!(bare(group), Bare::Channel(_)), "basic groups have no topics");
            let group = world.group_mut(group);
            // The topic's first message is a service message, which is not stored here.
            group.last_message_id += 1;
            let id = group.last_message_id;
            group.topics.get_or_insert_default().insert(id, Topic::Open);
            id
        })
    }

    /// Opens, closes or deletes a topic: 400 `TOPIC_CLOSED` or `TOPIC_DELETED` for messages to it.
    pub fn set_topic(&self, group: Id, id: i32, topic: Topic) {
        self.change(|world| world.group_mut(group).topics.get_or_insert_default().insert(id, topic));
    }

    /// Somebody deletes a message of a group, for everybody.
    pub fn delete_message(&self, group: Id, id: i32) {
        self.change(|world| world.delete(Place::Group(group), id, None));
    }

    /// `https://t.me/+…`, the same each time.
    pub fn invite_link(&self, group: Id) -> String {
        self.read(|world| format!("https://t.me/+{}", world.group(group).invite))
    }

    /// A private supergroup with this account and two more people in it, who are both in its call. Returns the ids of
    /// the group and of the call. For tests of updates from groups that the account does not watch.
    pub fn busy_group(&self, title: &str, account: Id) -> (Id, i64) {
        let group = self.supergroup(title, None);
        self.add_member(group, account);
        let call = self.start_call(group);
        for name in ["First", "Second"] {
            let person = self.person(Person::named(&format!("{name} in {title}")));
            self.add_member(group, person);
            self.join(call, person);
        }
        (group, call)
    }

    /// Starts the group's call; returns its id.
    ///
    /// # Panics
    ///
    /// If the group has a call already.
    pub fn start_call(&self, group: Id) -> i64 {
        self.change(|world| world.create_call(group, CallKind::Group, None))
    }

    /// Schedules the group's call for this time; returns its id. Nobody can join it before
    /// [`FakeTelegram::start_scheduled`].
    pub fn schedule_call(&self, group: Id, at: i64) -> i64 {
        self.change(|world| world.create_call(group, CallKind::Group, Some(at)))
    }

    /// Starts a scheduled call.
    pub fn start_scheduled(&self, call: i64) {
        self.change(|world| world.start_scheduled_call(call));
    }

    /// An admin gives a call another title; an empty one removes the title.
    pub fn title_call(&self, call: i64, title: &str) {
        self.change(|world| world.title_call(call, title));
    }

    /// Every title that a call has had, in order, no matter who set it.
    pub fn call_titles(&self, call: i64) -> Vec<String> {
        self.read(|world| world.call(call).titles.clone())
    }

    /// Ends a call. No update says that its participants left.
    pub fn end_call(&self, call: i64) {
        self.change(|world| world.end_call(call));
    }

    /// Ends the group's call and starts another at the same moment; returns the new call's id.
    pub fn replace_call(&self, group: Id) -> i64 {
        self.change(|world| {
            let old = world.group(group).call;
            world.end_call(old.unwrap_or_else(|| panic!("no call runs in {group}")));
            world.create_call(group, CallKind::Group, None)
        })
    }

    /// A live story of the group: it is not a group call, but its updates look like those of one. It can be joined and
    /// left like a call.
    pub fn live_story(&self, group: Id) -> i64 {
        self.change(|world| world.create_call(group, CallKind::LiveStory, None))
    }

    /// A conference whose updates reach the group's members; as with
    /// [`FakeTelegram::live_story`], it is not the group's call.
    pub fn conference(&self, group: Id) -> i64 {
        self.change(|world| world.create_call(group, CallKind::Conference, None))
    }

    /// A person or a channel joins now. Somebody who is in the call already joins again, as from another device.
    pub fn join(&self, call: i64, peer: Id) {
        self.change(|world| {
            let now = world.now();
            world.join_call(call, peer, now);
        });
    }

    /// Somebody joins, with `date` as the join date that the server reports.
    pub fn join_at(&self, call: i64, peer: Id, date: i64) {
        self.change(|world| world.join_call(call, peer, date));
    }

    /// Somebody leaves.
    pub fn leave(&self, call: i64, peer: Id) {
        self.change(|world| world.leave_call(call, peer));
    }

    /// Somebody mutes themselves: a versioned update.
    pub fn mute(&self, call: i64, peer: Id) {
        self.change(|world| world.mute_in_call(call, peer, true));
    }

    /// Somebody unmutes themselves: a versioned update.
    pub fn unmute(&self, call: i64, peer: Id) {
        self.change(|world| world.mute_in_call(call, peer, false));
    }

    /// Somebody speaks, and comes first in the list: an unversioned update.
    pub fn speak(&self, call: i64, peer: Id) {
        self.change(|world| world.speak_in_call(call, peer));
    }

    /// Somebody raises a hand: a versioned update.
    pub fn raise_hand(&self, call: i64, peer: Id) {
        self.change(|world| world.raise_hand_in_call(call, peer));
    }

    /// Somebody lowers their hand: a versioned update.
    pub fn lower_hand(&self, call: i64, peer: Id) {
        self.change(|world| world.set_in_call(call, peer, |participant| participant.raised = None));
    }

    /// Somebody turns their camera on or off: a versioned update.
    pub fn video(&self, call: i64, peer: Id, on: bool) {
        self.change(|world| world.set_in_call(call, peer, |participant| participant.video = on));
    }

    /// Somebody starts or stops sharing their screen: a versioned update.
    pub fn screen(&self, call: i64, peer: Id, on: bool) {
        self.change(|world| world.set_in_call(call, peer, |participant| participant.screen = on));
    }

    /// Somebody in the call mutes or unmutes themselves `times` times at once: this pushes `times` containers with one
    /// versioned `updateGroupCallParticipants` each, which does not name the group.
    ///
    /// # Panics
    ///
    /// If nobody is listed in the call.
    pub fn activity_burst(&self, call: i64, times: u32) {
        self.change(|world| {
            for _ in 0..times {
                assert!(world.toggle_mute(call), "nobody is listed in call {call}");
            }
        });
    }

    /// Pushes one update as in [`FakeTelegram::activity_burst`] each `interval` of real time, until the [`Activity`] is
    /// dropped. While nobody is listed in the call, it pushes nothing.
    pub fn start_activity(&self, call: i64, interval: Duration) -> Activity {
        // Panics if there is no such call.
        self.version(call);
        let shared = Arc::clone(&self.server.shared);
        let (stop, stopped) = mpsc::channel();
        let run = move || {
            // The channel closes when the activity is dropped.
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                shared.change().toggle_mute(call);
            }
        };
        Activity { stop: Some(stop), thread: Some(thread::spawn(run)) }
    }

    /// Pushes `updateGroupCall` with the current state of the call and its group's peer.
    pub fn push_call(&self, call: i64) {
        self.change(|world| world.push_call_alone(call, true));
    }

    /// As [`FakeTelegram::push_call`], but nothing in the update names the group.
    pub fn push_call_without_peer(&self, call: i64) {
        self.change(|world| world.push_call_alone(call, false));
    }

    /// Leaves muted people out of the list; they are still counted.
    pub fn listeners_hidden(&self, call: i64, hidden: bool) {
        self.change(|world| world.hide_listeners(call, hidden));
    }

    /// Who is in the call, with their join dates, in order of id.
    pub fn participants(&self, call: i64) -> Vec<(Id, i64)> {
        self.read(|world| {
            let mut all: Vec<_> =
                world.call(call).participants.iter().map(|(id, participant)| (*id, participant.date)).collect();
            all.sort_unstable();
            all
        })
    }

    /// All stays in the call: first those that have ended, in the order of their ends, then those of the people who are
    /// in the call, in order of id.
    pub fn stays(&self, call: i64) -> Vec<Stay> {
        self.read(|world| world.call(call).stays())
    }

    /// The call's version.
    pub fn version(&self, call: i64) -> i32 {
        self.read(|world| world.call(call).version)
    }

    /// The messages of a group, oldest first. For a user's id: the messages that others sent to that user, and those in
    /// Saved Messages.
    pub fn messages(&self, to: Id) -> Vec<Message> {
        self.read(|world| world.messages_to(to))
    }

    /// How many requests are held now by [`Faults::pause`].
    pub fn paused(&self) -> usize {
        self.read(|world| world.paused.len())
    }

    /// The faults that a test can turn on.
    pub fn faults(&self) -> Faults<'_> {
        Faults { telegram: self }
    }

    /// Every request so far, except pings and the like.
    pub fn requests(&self) -> Vec<Request> {
        self.read(|world| world.requests.clone())
    }

    /// How many requests of each method came so far, except pings and the like. To count from a moment on, take the
    /// counts then as `mark`, and later `telegram.counts().since(&mark)`.
    pub fn counts(&self) -> Counts {
        self.read(|world| world.counts.clone())
    }

    /// Descriptions of what clients did that a correct client would not do.
    pub fn violations(&self) -> Vec<String> {
        self.read(|world| world.violations.clone())
    }

    /// How many messages were refused because of their ids, as from a client whose clock is wrong.
    pub fn refused_messages(&self) -> u64 {
        self.read(|world| world.refused_messages)
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.read(|world| world.connections.len())
    }

    /// Waits for a condition, which is checked after every change.
    ///
    /// # Panics
    ///
    /// When `bound` passes first. The message has `what`, the last requests and the violations.
    #[track_caller]
    pub fn wait_until(&self, what: &str, bound: Duration, mut condition: impl FnMut(&FakeTelegram) -> bool) {
        const SHOWN: usize = 20;
        let end = Instant::now() + bound;
        loop {
            let generation = self.read(|world| world.generation);
            if condition(self) {
                return;
            }
            if Instant::now() >= end {
                break;
            }
            self.server.shared.wait_past(generation, end);
        }
        let requests = self.requests();
        let last = &requests[requests.len().saturating_sub(SHOWN)..];
        panic!("waited {bound:?} in vain: {what}\nlast requests: {last:#?}\nviolations: {:#?}", self.violations());
    }
}

/// Pushes the updates of [`FakeTelegram::start_activity`]. Dropping it stops them at once.
pub struct Activity {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Activity {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed when it happened.
            let _ = thread.join();
        }
    }
}

fn put(set: &mut BTreeSet<Id>, id: Id, on: bool) {
    if on {
        set.insert(id);
    } else {
        set.remove(&id);
    }
}

/// The token in a `tg://login` link.
fn token_of(link: &str) -> Vec<u8> {
    let text = link.strip_prefix("tg://login?token=").unwrap_or_else(|| panic!("{link} is no login link"));
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap_or_else(|error| panic!("{link} holds no token: {error}"))
}

fn login_string(world: &World, key: wire::KeyId) -> String {
    let mut bytes = vec![world.dc as u8];
    bytes.extend(world.address.ip().octets());
    bytes.extend(world.address.port().to_be_bytes());
    bytes.extend(world.keys[&key].auth.bytes);
    format!("1{}", BASE64_URL_SAFE.encode(bytes))
}

/// Turns faults on and off: [`FakeTelegram::faults`].
pub struct Faults<'a> {
    telegram: &'a FakeTelegram,
}

impl Faults<'_> {
    fn add(&self, method: &str, fault: Fault, times: u32) {
        self.telegram.change(|world| world.faults.add(method, fault, times));
    }

    /// Answers the next `times` calls with `FLOOD_WAIT_n`. Calling again before the wait is over is a violation.
    pub fn flood_wait(&self, method: &str, seconds: u32, times: u32) {
        self.error(method, 420, &format!("FLOOD_WAIT_{seconds}"), times);
    }

    /// Lets each account call the method `count` times in any `seconds` of the server clock. More calls are answered
    /// with `FLOOD_WAIT_n` and not executed; calling again before the n seconds are over is a violation. Refused calls
    /// are not counted. A later limit of the method replaces this one.
    ///
    /// # Panics
    ///
    /// If no such method is served, or `count` is 0.
    pub fn flood_limit(&self, method: &str, count: u32, seconds: u32) {
        let method = rpc::served(method).unwrap_or_else(|| panic!("{method} is not served"));
        assert!(count > 0 && seconds > 0, "a limit of {count} calls in {seconds} s");
        self.telegram.change(|world| {
            world.faults.flood_limits.insert(method, FloodLimit { count: count as usize, seconds: i64::from(seconds) })
        });
    }

    /// Answers `channels.getChannels` and `messages.getChats` with forbidden chats in place of those that the account
    /// was removed from or can't see. Without this, one such chat fails the whole request; see [`crate`].
    pub fn forbidden_chats(&self, on: bool) {
        self.telegram.change(|world| world.faults.forbidden_chats = on);
    }

    /// Answers the next `times` calls with an error; they are not executed.
    pub fn error(&self, method: &str, code: i32, name: &str, times: u32) {
        self.add(method, Fault::Error(RpcError::new(code, name)), times);
    }

    /// Executes the next `times` calls, but cuts the connection before the
    /// answer leaves.
    pub fn lose_reply(&self, method: &str, times: u32) {
        self.add(method, Fault::LoseReply, times);
    }

    /// Executes the next `times` calls, but never sends the answers.
    pub fn hang(&self, method: &str, times: u32) {
        self.add(method, Fault::Hang, times);
    }

    /// Executes the next `times` calls; sends only the first half of each answer, correctly encrypted.
    pub fn malformed(&self, method: &str, times: u32) {
        self.add(method, Fault::Malformed, times);
    }

    /// Holds the next `times` calls at this moment, until [`Faults::resume`]; [`FakeTelegram::paused`] counts them. A
    /// held call is executed even if its client has disconnected. While a `messages.sendMessage` or
    /// `messages.sendMedia` is held at [`Moment::Read`], other calls with its random id are not held, but answered with
    /// `RANDOM_ID_DUPLICATE`.
    pub fn pause(&self, method: &str, moment: Moment, times: u32) {
        self.add(method, Fault::Pause(moment), times);
    }

    /// Executes and answers the held calls, in the order of their arrival, and holds no further calls. They are
    /// executed when this returns.
    pub fn resume(&self) {
        self.telegram.change(rpc::resume);
    }

    /// Drops the next `n` pushed containers, for all accounts.
    pub fn drop_updates(&self, n: u32) {
        self.telegram.change(|world| world.faults.drop_updates = n);
    }

    /// Pushes the next `n` containers twice.
    pub fn duplicate_updates(&self, n: u32) {
        self.telegram.change(|world| world.faults.duplicate_updates = n);
    }

    /// Adds to each of the next `n` pushed containers an update with a constructor that no client knows, so that the
    /// whole container can't be read.
    pub fn unreadable_updates(&self, n: u32) {
        self.telegram.change(|world| world.faults.unreadable_updates = n);
    }

    /// Gives the next pushed container this date.
    pub fn date_next_update(&self, date: i32) {
        self.telegram.change(|world| world.faults.next_date = Some(date));
    }

    /// Adds `seconds` to the date in each answer to `updates.getState`; 0 makes it right again. All other dates stay
    /// right.
    pub fn state_ahead(&self, seconds: i32) {
        self.telegram.change(|world| world.faults.state_ahead = seconds);
    }

    /// Pushes to an account `n` containers that have only an update with a constructor that no client knows.
    pub fn push_unreadable(&self, account: Id, n: u32) {
        self.telegram.change(|world| {
            for _ in 0..n {
                world.push_bytes(
                    |_, other| other == account,
                    None,
                    |world, viewer| wire::unreadable(calls::container(world, viewer, vec![], &Mentioned::default())),
                );
            }
        });
    }

    /// Pushes `updatesTooLong` to an account `n` times. It means that the server dropped updates, and not which.
    pub fn push_too_long(&self, account: Id, n: u32) {
        self.telegram.change(|world| {
            for _ in 0..n {
                world.push_bytes(|_, other| other == account, None, |_, _| enums::Updates::TooLong.to_bytes());
            }
        });
    }

    /// Pushes no updates to anybody, although the state and versions change. Requests are answered.
    pub fn no_pushes(&self, on: bool) {
        self.telegram.change(|world| world.faults.no_pushes = on);
    }

    /// As [`Faults::no_pushes`], but only for this group and its calls. Messages and memberships are still pushed.
    pub fn no_pushes_of(&self, group: Id, on: bool) {
        self.telegram.change(|world| match on {
            true => world.faults.quiet_groups.insert(group),
            false => world.faults.quiet_groups.remove(&group),
        });
    }

    /// Drops the next `n` containers that would be pushed to this account. Its pts counts them, so it sees a gap.
    /// Containers of other accounts, or while it is not connected, are not counted.
    pub fn drop_updates_to(&self, account: Id, n: u32) {
        self.telegram.change(|world| world.faults.dropped.insert(account, n));
    }

    /// Pushes the next `n` containers to this account twice.
    pub fn duplicate_updates_to(&self, account: Id, n: u32) {
        self.telegram.change(|world| world.faults.doubled.insert(account, n));
    }

    /// Pushes the next two containers to this account in the other order: the
    /// first waits for the second.
    pub fn swap_updates_to(&self, account: Id) {
        self.telegram.change(|world| {
            world.faults.swaps.entry(account).or_default();
        });
    }

    /// Answers the next `times` requests for a non-empty difference with the pts only: `updates.differenceTooLong` for
    /// an account, `updates.channelDifferenceTooLong` for a channel.
    pub fn difference_too_long(&self, of: Id, times: u32) {
        self.telegram.change(|world| world.faults.long_differences.insert(of, times));
    }

    /// Puts at most `n` events into each difference, so that longer ones come in slices. With `None`, each client sets
    /// the limit.
    pub fn difference_limit(&self, n: Option<usize>) {
        assert!(n != Some(0), "a difference without events goes on for ever");
        self.telegram.change(|world| world.faults.difference_limit = n);
    }

    /// Pushes plain private messages as `updateShortMessage`, those of basic
    /// groups as `updateShortChatMessage`, and answers `messages.sendMessage` in
    /// private chats with `updateShortSentMessage`, as Telegram often does.
    pub fn short_messages(&self, on: bool) {
        self.telegram.change(|world| world.faults.short_messages = on);
    }

    /// Keeps pushed containers back until [`Faults::release_updates`].
    pub fn hold_updates(&self) {
        self.telegram.change(|world| {
            world.faults.held.get_or_insert_default();
        });
    }

    /// Pushes the containers that were held back, and holds back no further ones.
    pub fn release_updates(&self, order: Release) {
        self.telegram.change(|world| {
            let mut held = world.faults.held.take().unwrap_or_default();
            if order == Release::Reversed {
                held.reverse();
            }
            for (connection, outgoing) in held {
                world.send(connection, outgoing);
            }
        });
    }

    /// Adds `by` to a call's version, without an update.
    pub fn version_jump(&self, call: i64, by: i32) {
        self.telegram.change(|world| world.call_mut(call).version += by);
    }

    /// Reorders the participant list between one page and the next, without
    /// a change of version: the last of the list becomes the first, so that a
    /// reader of several pages misses one person and sees another twice.
    pub fn shuffle_pages(&self, on: bool) {
        self.telegram.change(|world| world.faults.shuffle_pages = on);
    }

    /// Makes pushed updates carry `min` participants, which lack `self`, and `min` users, whose access hashes give no
    /// access.
    pub fn min_objects(&self, on: bool) {
        self.telegram.change(|world| world.faults.min_objects = on);
    }

    /// Leaves the peer out of `updateGroupCall`.
    pub fn omit_call_peer(&self, on: bool) {
        self.telegram.change(|world| world.faults.omit_call_peer = on);
    }

    /// Closes every connection now.
    pub fn cut(&self) {
        self.telegram.change(World::close_all);
    }

    /// While on, closes every connection, old or new, at once.
    pub fn refuse(&self, on: bool) {
        self.telegram.change(|world| {
            world.faults.refuse = on;
            if on {
                world.close_all();
            }
        });
    }

    /// Connections stay open (and new ones are accepted), but nothing is answered or pushed on them. After it is turned
    /// off, only new connections work. Updates that were pushed meanwhile are lost.
    pub fn silence(&self, on: bool) {
        self.telegram.change(|world| {
            world.faults.silence = on;
            if on {
                for open in world.connections.values_mut() {
                    open.dead = true;
                }
            }
        });
    }

    /// Gives clients an invalid address of this data centre. Some clients panic.
    pub fn broken_config(&self, on: bool) {
        self.telegram.change(|world| world.faults.broken_config = on);
    }

    /// Signs out every authorisation that this account has now: 401
    /// `AUTH_KEY_UNREGISTERED`.
    pub fn revoke(&self, user: Id) {
        self.telegram.change(|world| {
            for key in world.keys.values_mut() {
                key.revoked |= key.account == Some(user);
            }
        });
    }

    /// Answers every request of this account with 406 `AUTH_KEY_DUPLICATED`.
    pub fn duplicated_key(&self, user: Id) {
        self.telegram.change(|world| world.faults.duplicated.insert(user));
    }
}
