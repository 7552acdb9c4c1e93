//! The messages that reach a bot, and the user's account, in their chats, and the requests that answers send (through
//! the library).

use std::collections::BTreeMap;

use fake_telegram::{Button as Shown, FakeTelegram, Id, Person, Rights, Saying};
use swf::domain::PeerId;
use swf::domain::chat::{Author, Button, ButtonAction, Buttons, Chat, ChatMessage, Incoming, ReadState};
use swf::domain::credentials::Access;
use swf::domain::post::message::Message;
use swf::telegram::chat::ephemeral::{self, EphemeralTo};
use swf::telegram::chat::listener::{Batch, Listener};
use swf::telegram::chat::own;
use swf::telegram::chat::requests::{self, Membership, MenuCommand, MenuFor, MenuScope};
use swf::telegram::group::Addressee;
use swf::telegram::{Connection, Group, LoginString, refusals, send};

use crate::home::BOUND;

struct Hall {
    telegram: FakeTelegram,
    bot: Id,
    ada: Id,
    group: Id,
}

impl Hall {
    fn open() -> Hall {
        let telegram = FakeTelegram::start();
        let bot = telegram.person(Person::named("Board").username("study_bot").bot());
        let ada = telegram.person(Person::named("Ada").lang("uz"));
        let group = telegram.supergroup("Study Hall", Some("studyhall"));
        for person in [bot, ada] {
            telegram.add_member(group, person);
        }
        Hall { telegram, bot, ada, group }
    }

    fn connection(&self, account: Id) -> Connection {
        let login = LoginString::parse(&self.telegram.login_string(account).into()).unwrap();
        Connection::new(&login, &Access::direct(1))
    }

    fn group(&self) -> Group {
        Group::by_id(PeerId(self.group))
    }

    /// The bot, which continues after `state`.
    async fn bot_after(&self, state: Option<ReadState>) -> Ear {
        let bot = PeerId(self.bot);
        let mut ear = Ear { connection: self.connection(self.bot), listener: Listener::new(state.clone(), bot), state };
        if ear.state.is_none() {
            // After this, every message arrives.
            assert_eq!(ear.batch().await.incoming, []);
        }
        ear
    }

    fn in_group(&self, topic: Option<i32>) -> Chat {
        Chat::Group { group: PeerId(self.group), topic }
    }
}

struct Ear {
    connection: Connection,
    listener: Listener,
    /// The state in the form in which it would be stored.
    state: Option<ReadState>,
}

impl Ear {
    async fn batch(&mut self) -> Batch {
        let next = self.listener.next(&mut self.connection);
        let batch = tokio::time::timeout(BOUND, next).await.expect("a batch in time").expect("the connection lives");
        self.state = Some(batch.state.clone());
        batch
    }

    async fn hear(&mut self, count: usize) -> Vec<Incoming> {
        let mut heard = Vec::new();
        while heard.len() < count {
            heard.extend(self.batch().await.incoming);
        }
        heard
    }

    async fn messages(&mut self, count: usize) -> Vec<ChatMessage> {
        messages(self.hear(count).await)
    }

    async fn texts(&mut self, count: usize) -> Vec<String> {
        texts(&self.messages(count).await)
    }
}

fn messages(incoming: Vec<Incoming>) -> Vec<ChatMessage> {
    let message = |incoming| match incoming {
        Incoming::Message(message) => message,
        Incoming::Press(press) => panic!("{press:?}"),
    };
    incoming.into_iter().map(message).collect()
}

/// The texts, sorted.
fn texts(messages: &[ChatMessage]) -> Vec<String> {
    let mut texts: Vec<String> = messages.iter().map(|message| message.text.clone()).collect();
    texts.sort_unstable();
    texts
}

fn plain(text: &str) -> Message {
    Message { text: text.into(), entities: Vec::new() }
}

fn week() -> Buttons {
    Buttons(vec![vec![Button { label: "Week".into(), action: ButtonAction::Press("week".into()) }]])
}

/// Sends a board with a button into the group; returns its id.
async fn board(hall: &Hall, connection: &Connection) -> i32 {
    let (buttons, to) = (week(), Addressee::group(&hall.group()));
    let options = send::Options { buttons: Some(&buttons), ..send::Options::default() };
    let sent = send::send(&connection.caller, &to, &plain("Board"), options, 5, &BTreeMap::new()).await;
    sent.unwrap().expect("a number")
}

#[tokio::test]
async fn it_begins_now_and_goes_on_where_it_was_as_often_as_it_is_killed() {
    let hall = Hall::open();
    hall.telegram.say(hall.ada, hall.bot, "/before");
    let mut ear = hall.bot_after(None).await;
    hall.telegram.say(hall.ada, hall.bot, "hello");
    let id = hall.telegram.say(hall.ada, hall.bot, "/me");
    let batch = loop {
        let batch = ear.batch().await;
        if !batch.incoming.is_empty() {
            break batch;
        }
    };
    let [Incoming::Message(message)] = &batch.incoming[..] else { panic!("{batch:?}") };
    let private = Chat::Private(PeerId(hall.ada));
    assert_eq!((message.chat, message.author, message.id), (private, Author::Person(PeerId(hall.ada)), id));
    assert_eq!((message.text.as_str(), message.language.as_deref(), message.ephemeral), ("/me", Some("uz"), false));
    assert_eq!(batch.people.iter().map(|known| known.profile.peer).collect::<Vec<_>>(), [PeerId(hall.ada)]);
    assert_eq!(batch.hashes.iter().map(|(peer, _)| *peer).collect::<Vec<_>>(), [PeerId(hall.ada)]);
    hall.telegram.say(hall.ada, hall.group, "/seen");
    assert_eq!(ear.texts(1).await, ["/seen"]);
    let state = ear.state.clone();
    drop(ear);
    hall.telegram.say(hall.ada, hall.bot, "/missed");
    hall.telegram.say(hall.ada, hall.group, "/missed in the group");
    for _ in 0..3 {
        let mut ear = hall.bot_after(state.clone()).await;
        assert_eq!(ear.texts(2).await, ["/missed", "/missed in the group"]);
    }
    assert_eq!(hall.telegram.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_lost_doubled_or_swapped_is_heard_once() {
    let hall = Hall::open();
    let mut ear = hall.bot_after(None).await;
    for to in [hall.bot, hall.group] {
        hall.telegram.say(hall.ada, to, "/1");
        assert_eq!(ear.texts(1).await, ["/1"]);
        hall.telegram.faults().drop_updates_to(hall.bot, 1);
        hall.telegram.say(hall.ada, to, "/2 lost");
        hall.telegram.faults().duplicate_updates_to(hall.bot, 1);
        hall.telegram.say(hall.ada, to, "/3 twice");
        hall.telegram.faults().swap_updates_to(hall.bot);
        hall.telegram.say(hall.ada, to, "/4 late");
        hall.telegram.say(hall.ada, to, "/5 early");
        assert_eq!(ear.texts(4).await, ["/2 lost", "/3 twice", "/4 late", "/5 early"]);
    }
    // Nothing else comes before the next message.
    hall.telegram.say(hall.ada, hall.bot, "/6");
    assert_eq!(ear.texts(1).await, ["/6"]);
    assert_eq!(hall.telegram.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_storm_makes_few_requests() {
    let hall = Hall::open();
    let mut ear = hall.bot_after(None).await;
    hall.telegram.say(hall.ada, hall.group, "/1");
    assert_eq!(ear.texts(1).await, ["/1"]);
    let before = hall.telegram.counts();
    hall.telegram.faults().push_too_long(hall.bot, 500);
    hall.telegram.faults().push_unreadable(hall.bot, 500);
    hall.telegram.say(hall.ada, hall.bot, "/2");
    assert_eq!(ear.texts(1).await, ["/2"]);
    assert!(hall.telegram.counts().since(&before).of("updates.getDifference") < 50);
    assert_eq!(hall.telegram.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_too_long_is_skipped_and_what_comes_is_heard() {
    let hall = Hall::open();
    let mut ear = hall.bot_after(None).await;
    hall.telegram.say(hall.ada, hall.group, "/1");
    assert_eq!(ear.texts(1).await, ["/1"]);
    let state = ear.state.clone();
    drop(ear);
    hall.telegram.faults().difference_too_long(hall.bot, 1);
    hall.telegram.faults().difference_too_long(hall.group, 1);
    hall.telegram.say(hall.ada, hall.bot, "/skipped");
    hall.telegram.say(hall.ada, hall.group, "/skipped");
    let mut ear = hall.bot_after(state.clone()).await;
    let before = state.unwrap();
    loop {
        let batch = ear.batch().await;
        assert_eq!(batch.incoming, []);
        if batch.state.pts > before.pts && batch.state.channels > before.channels {
            break;
        }
    }
    hall.telegram.say(hall.ada, hall.bot, "/3");
    hall.telegram.say(hall.ada, hall.group, "/4");
    assert_eq!(ear.texts(2).await, ["/3", "/4"]);
    assert_eq!(hall.telegram.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_difference_in_slices_is_read_whole() {
    let hall = Hall::open();
    let mut ear = hall.bot_after(None).await;
    hall.telegram.say(hall.ada, hall.group, "/0");
    assert_eq!(ear.texts(1).await, ["/0"]);
    let state = ear.state.clone();
    drop(ear);
    hall.telegram.faults().difference_limit(Some(2));
    let wanted: Vec<String> = (1..=5).map(|n| format!("/{n}")).collect();
    for text in &wanted {
        hall.telegram.say(hall.ada, hall.bot, text);
        hall.telegram.say(hall.ada, hall.group, text);
    }
    let mut ear = hall.bot_after(state).await;
    let mut heard = ear.texts(10).await;
    heard.dedup();
    assert_eq!(heard, wanted);
    assert_eq!(hall.telegram.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn one_group_that_fails_and_a_flood_wait_stop_nobody_else() {
    let hall = Hall::open();
    let other = hall.telegram.supergroup("Reading Room", None);
    for person in [hall.bot, hall.ada] {
        hall.telegram.add_member(other, person);
    }
    let mut ear = hall.bot_after(None).await;
    for group in [hall.group, other] {
        hall.telegram.say(hall.ada, group, "/1");
        assert_eq!(ear.texts(1).await, ["/1"]);
    }
    let state = ear.state.clone();
    drop(ear);
    for group in [hall.group, other] {
        hall.telegram.say(hall.ada, group, "/2");
    }
    hall.telegram.faults().error("updates.getChannelDifference", 400, "CHANNEL_PRIVATE", 1);
    let mut ear = hall.bot_after(state.clone()).await;
    assert_eq!(ear.texts(1).await, ["/2"]);
    hall.telegram.say(hall.ada, hall.group, "/3");
    assert_eq!(ear.texts(1).await, ["/3"]);
    drop(ear);
    hall.telegram.faults().flood_wait("updates.getDifference", 3600, 1);
    let mut ear = hall.bot_after(state).await;
    let before = hall.telegram.counts();
    // The call is dropped while its request is in flight.
    tokio::time::timeout(std::time::Duration::ZERO, ear.listener.next(&mut ear.connection)).await.unwrap_err();
    hall.telegram.wait_until("a difference is asked for", BOUND, |telegram| {
        telegram.counts().since(&before).of("updates.getDifference") == 1
    });
    hall.telegram.say(hall.ada, hall.bot, "/4");
    assert_eq!(ear.texts(1).await, ["/4"]);
    assert_eq!(hall.telegram.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn who_writes_and_where_is_told_apart() {
    let hall = Hall::open();
    let owls = hall.telegram.channel("Owls");
    let basic = hall.telegram.basic_group("Old Hall");
    for person in [hall.bot, hall.ada] {
        hall.telegram.add_member(basic, person);
    }
    hall.telegram.admin(hall.group, hall.ada, true);
    let topic = hall.telegram.topic(hall.group);
    let mut ear = hall.bot_after(None).await;
    let say = || Saying::new(hall.ada, hall.group, "/post");
    let person = Author::Person(PeerId(hall.ada));
    for (saying, author, chat) in [
        (say(), person, hall.in_group(None)),
        (say().anonymously(), Author::AnonymousAdmin, hall.in_group(None)),
        (say().without_sender(), Author::AnonymousAdmin, hall.in_group(None)),
        (say().as_channel(owls), Author::Channel(PeerId(owls)), hall.in_group(None)),
        (say().in_topic(topic), person, hall.in_group(Some(topic))),
        (Saying::new(hall.ada, basic, "/post"), person, Chat::Group { group: PeerId(basic), topic: None }),
    ] {
        let id = hall.telegram.say_as(saying);
        let heard = ear.messages(1).await;
        assert_eq!((heard[0].id, heard[0].author, heard[0].chat), (id, author, chat));
    }
    assert_eq!(hall.telegram.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_press_is_answered_and_its_message_edited() {
    let hall = Hall::open();
    let mut ear = hall.bot_after(None).await;
    let id = board(&hall, &ear.connection).await;
    let shown = || hall.telegram.messages(hall.group).pop().unwrap();
    assert_eq!(shown().buttons, [[Shown::Callback { text: "Week".into(), data: b"week".to_vec() }]]);
    let query = hall.telegram.press(hall.ada, hall.group, id, "Week");
    hall.telegram.repeat_presses();
    for incoming in ear.hear(2).await {
        let Incoming::Press(press) = incoming else { panic!("{incoming:?}") };
        assert_eq!((press.query, press.chat, press.message_id), (query, hall.in_group(None), id));
        assert_eq!((press.person, &press.data[..], press.ephemeral), (PeerId(hall.ada), &b"week"[..], false));
        assert_eq!(press.language.as_deref(), Some("uz"));
    }
    let caller = &ear.connection.caller;
    requests::answer_press(caller, query, Some("This week"), true).await.unwrap();
    let answer = hall.telegram.press_answer(query).unwrap();
    assert_eq!((answer.text.as_deref(), answer.alert), (Some("This week"), true));
    let late = requests::answer_press(caller, query + 1, None, false).await.unwrap_err();
    assert!(late.is(refusals::LATE_PRESS), "{late}");
    let (to, none) = (Addressee::group(&hall.group()), BTreeMap::new());
    send::edit(caller, &to, id, &plain("Week"), Some(&week()), &none).await.unwrap();
    assert_eq!((shown().text.as_str(), shown().buttons.len()), ("Week", 1));
    send::edit(caller, &to, id, &plain("Gone"), None, &none).await.unwrap();
    assert!(shown().buttons.is_empty());
    assert_eq!(hall.telegram.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn an_answer_is_a_reply_in_its_topic_and_a_closed_chat_is_told() {
    let hall = Hall::open();
    let ear = hall.bot_after(None).await;
    let caller = &ear.connection.caller;
    let topic = hall.telegram.topic(hall.group);
    let asked = hall.telegram.say_as(Saying::new(hall.ada, hall.group, "/top").in_topic(topic));
    let none = BTreeMap::new();
    let options = send::Options { topic: Some(topic), reply_to: Some(asked), ..send::Options::default() };
    send::send(caller, &Addressee::group(&hall.group()), &plain("You"), options, 6, &none).await.unwrap();
    let answer = hall.telegram.messages(hall.group).pop().unwrap();
    assert_eq!((answer.reply_to, answer.topic), (Some(asked), Some(topic)));
    let gone = send::Options { reply_to: Some(9999), ..send::Options::default() };
    let error = send::send(caller, &Addressee::group(&hall.group()), &plain("x"), gone, 7, &none).await.unwrap_err();
    assert!(error.is(refusals::NO_REPLIED), "{error}");

    let ada = Addressee::person(PeerId(hall.ada), 0);
    let to_ada =
        async |random_id| send::send(caller, &ada, &plain("You"), send::Options::default(), random_id, &none).await;
    let closed = to_ada(8).await.unwrap_err();
    assert!(closed.is(refusals::NO_PRIVATE_CHAT), "{closed}");
    hall.telegram.say(hall.ada, hall.bot, "/start");
    to_ada(9).await.unwrap().expect("a number");
    hall.telegram.block(hall.ada, hall.bot);
    let blocked = to_ada(10).await.unwrap_err();
    assert!(blocked.is(refusals::NO_PRIVATE_CHAT), "{blocked}");
    assert_eq!(hall.telegram.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn standing_is_as_telegram_says_now() {
    let hall = Hall::open();
    let [creator, admin, muted, outside] =
        ["Cleo", "Abel", "Mute", "Otto"].map(|name| hall.telegram.person(Person::named(name)));
    let basic = hall.telegram.basic_group("Old Hall");
    for group in [hall.group, basic] {
        for person in [creator, admin, muted] {
            hall.telegram.add_member(group, person);
        }
        hall.telegram.creator(group, creator);
        hall.telegram.promote(group, admin, Rights::ALL);
    }
    hall.telegram.add_member(basic, hall.bot);
    hall.telegram.ban(hall.group, muted, true);
    let connection = hall.connection(hall.bot);
    let of = async |group, person| {
        requests::standing(&connection.caller, &Group::by_id(PeerId(group)), PeerId(person), 0).await.unwrap()
    };
    for group in [hall.group, basic] {
        assert_eq!(of(group, creator).await, Membership::Creator);
        assert_eq!(of(group, admin).await, Membership::Admin);
        assert_eq!(of(group, muted).await, Membership::Member);
        assert_eq!(of(group, outside).await, Membership::NotIn);
        hall.telegram.demote(group, admin);
        assert_eq!(of(group, admin).await, Membership::Member);
        hall.telegram.remove_member(group, admin);
        assert_eq!(of(group, admin).await, Membership::NotIn);
    }
    assert_eq!(hall.telegram.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn the_menu_is_set_where_it_differs() {
    let hall = Hall::open();
    let connection = hall.connection(hall.bot);
    let caller = &connection.caller;
    let command =
        |description: &str| MenuCommand { name: "me".into(), description: description.into(), ephemeral: false };
    let menu =
        |scope, language: &str, text: &str| MenuFor { scope, language: language.into(), commands: vec![command(text)] };
    let mut wanted = vec![
        menu(MenuScope::Private, "", "Your time"),
        menu(MenuScope::Private, "ru", "Ваше время"),
        menu(MenuScope::Groups, "", "Your time"),
        menu(MenuScope::GroupAdmins, "", "Your time"),
    ];
    assert_eq!(requests::menu_differs(caller, &wanted).await.unwrap(), 4);
    assert_eq!(requests::set_menu(caller, &wanted).await.unwrap(), 4);
    let set = || hall.telegram.counts().of("bots.setBotCommands");
    assert_eq!((requests::set_menu(caller, &wanted).await.unwrap(), set()), (0, 4));
    wanted[1].commands.clear();
    assert_eq!(requests::menu_differs(caller, &wanted).await.unwrap(), 1);
    assert_eq!((requests::set_menu(caller, &wanted).await.unwrap(), set()), (1, 5));
    let shown = hall.telegram.menu(hall.bot, fake_telegram::MenuScope::Chats, "");
    assert_eq!(shown.iter().map(|one| one.description.as_str()).collect::<Vec<_>>(), ["Your time"]);
    assert!(hall.telegram.menu(hall.bot, fake_telegram::MenuScope::Users, "ru").is_empty());

    assert!(!requests::sees_all_messages(caller).await.unwrap());
    hall.telegram.privacy_mode(hall.bot, false);
    assert!(requests::sees_all_messages(caller).await.unwrap());
    assert_eq!(hall.telegram.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn ephemeral_messages_are_heard_answered_edited_and_deleted() {
    let hall = Hall::open();
    let mut ear = hall.bot_after(None).await;
    let asked = hall.telegram.say_ephemeral(hall.ada, hall.bot, hall.group, "/me");
    let heard = ear.messages(1).await;
    assert_eq!((heard[0].id, heard[0].ephemeral, heard[0].chat), (asked, true, hall.in_group(None)));
    let ada = EphemeralTo::new(&Addressee::group(&hall.group()), PeerId(hall.ada), 0);
    let (buttons, none) = (week(), BTreeMap::new());
    let options = ephemeral::Options { reply_to: Some(asked), buttons: Some(&buttons), query: None };
    let caller = ear.connection.caller.clone();
    let sent = ephemeral::send(&caller, &ada, &plain("You"), options, 3, &none).await.unwrap().expect("a number");
    let shown = || hall.telegram.ephemeral_messages(hall.ada).into_iter().find(|message| message.id == sent);
    assert_eq!(shown().map(|message| (message.text, message.reply_to)), Some(("You".into(), Some(asked))));
    let query = hall.telegram.press_ephemeral(hall.ada, sent, "Week");
    let incoming = ear.hear(1).await;
    let [Incoming::Press(press)] = &incoming[..] else { panic!("{incoming:?}") };
    assert_eq!((press.query, press.message_id, press.ephemeral), (query, sent, true));
    assert_eq!((press.chat, press.person), (hall.in_group(None), PeerId(hall.ada)));
    ephemeral::edit(&caller, &ada, sent, &plain("Week"), None, &none).await.unwrap();
    assert_eq!(shown().map(|message| (message.text, message.buttons.len())), Some(("Week".into(), 0)));
    ephemeral::delete(&caller, &ada, sent).await.unwrap();
    assert_eq!(shown(), None);
    assert_eq!(hall.telegram.violations(), Vec::<String>::new());
}

/// The messages that are pushed to the account `me`, up to the one with the text `last`.
async fn pushed(connection: &mut Connection, me: Id, owner: Id, last: &str) -> Vec<ChatMessage> {
    let mut heard = Vec::new();
    while !heard.iter().any(|message: &ChatMessage| message.text == last) {
        let update = tokio::time::timeout(BOUND, connection.updates.recv()).await.expect("in time").expect("it lives");
        heard.extend(messages(own::commands(&update, PeerId(me), PeerId(owner)).0));
    }
    heard
}

#[tokio::test]
async fn the_owner_is_heard_by_the_users_account() {
    let hall = Hall::open();
    let olga = hall.telegram.person(Person::named("Olga"));
    let basic = hall.telegram.basic_group("Old Hall");
    hall.telegram.add_member(hall.group, olga);
    for person in [hall.ada, olga] {
        hall.telegram.add_member(basic, person);
    }
    for short in [false, true] {
        hall.telegram.faults().short_messages(short);
        let mut connection = hall.connection(hall.ada);
        connection.caller.date().await.unwrap();
        let other = hall.telegram.person(Person::named("Bob"));
        hall.telegram.say(other, hall.ada, ".post now");
        hall.telegram.say(hall.ada, olga, ".post now");
        hall.telegram.say(olga, hall.ada, "hello");
        for to in [hall.ada, hall.group, basic] {
            hall.telegram.say(olga, to, &format!(".logs tail {}", to.signum()));
        }
        hall.telegram.say(olga, hall.ada, ".end");
        let heard = pushed(&mut connection, hall.ada, olga, ".end").await;
        let found: Vec<_> = heard.iter().map(|message| (message.chat.peer(), message.author)).collect();
        let olgas = Author::Person(PeerId(olga));
        let chats = [olga, hall.group, basic, olga].map(|chat| (PeerId(chat), olgas));
        assert_eq!(found, chats);
    }
    assert_eq!(hall.telegram.counts().of("updates.getDifference"), 0);
    assert_eq!(hall.telegram.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn what_the_owner_wrote_before_is_read_once_connected() {
    let hall = Hall::open();
    let olga = hall.telegram.person(Person::named("Olga"));
    hall.telegram.add_member(hall.group, olga);
    hall.telegram.say(hall.ada, hall.ada, ".audit quick");
    hall.telegram.say(hall.ada, hall.ada, "a note");
    hall.telegram.say(hall.ada, hall.ada, ".audit full");
    let connection = hall.connection(hall.ada);
    let me = PeerId(hall.ada);
    let recent = own::recent(&connection.caller, me, me, 0).await.unwrap();
    let heard = messages(recent);
    assert_eq!(heard.iter().map(|message| message.text.as_str()).collect::<Vec<_>>(), [".audit quick", ".audit full"]);
    assert!(heard.iter().all(|message| message.chat == Chat::Private(me)));
    assert_eq!(hall.telegram.counts().of("messages.getHistory"), 1);
    assert_eq!(hall.telegram.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn the_last_of_a_persons_chats_is_read_by_their_access_hash() {
    let hall = Hall::open();
    let olga = hall.telegram.person(Person::named("Olga"));
    hall.telegram.say(olga, hall.ada, ".audit full");
    hall.telegram.say(hall.ada, olga, ".audit quick");
    let mut connection = hall.connection(hall.ada);
    connection.caller.date().await.unwrap();
    hall.telegram.say(olga, hall.ada, ".end");
    let update = tokio::time::timeout(BOUND, connection.updates.recv()).await.expect("in time").expect("it lives");
    let (me, owner) = (PeerId(hall.ada), PeerId(olga));
    let (_, hashes) = own::commands(&update, me, owner);
    let [(peer, hash)] = hashes[..] else { panic!("{hashes:?}") };
    assert_eq!(peer, owner);
    let heard = messages(own::recent(&connection.caller, owner, me, hash).await.unwrap());
    assert_eq!(heard.iter().map(|message| message.text.as_str()).collect::<Vec<_>>(), [".audit full", ".end"]);
    let wrong = own::recent(&connection.caller, owner, me, hash ^ 1).await.unwrap_err();
    assert!(wrong.is(refusals::UNKNOWN_PEER), "{wrong}");
}

#[tokio::test]
async fn a_connection_that_breaks_down_is_an_error() {
    let hall = Hall::open();
    let mut ear = hall.bot_after(None).await;
    hall.telegram.faults().cut();
    let error = loop {
        let next = ear.listener.next(&mut ear.connection);
        match tokio::time::timeout(BOUND, next).await.expect("an end in time") {
            Ok(batch) => assert_eq!(batch.incoming, []),
            Err(error) => break error,
        }
    };
    assert!(!error.keeps_connection(), "{error}");
}
