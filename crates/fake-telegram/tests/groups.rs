//! Many groups on one account: who sees which, how updates name them, and how often an account may call a method.

mod common;

use common::*;
use fake_telegram::{FakeTelegram, GroupHandle, GroupSpec, Id, Person, Stay};
use grammers_client::tl;
use tl::enums::Chat;

const STATE: tl::functions::updates::GetState = tl::functions::updates::GetState {};

/// Ada's account, with a server clock that stands still.
struct World {
    telegram: FakeTelegram,
    ada: Id,
}

impl World {
    fn new() -> Self {
        let telegram = FakeTelegram::start();
        telegram.freeze();
        let ada = telegram.person(Person::named("Ada"));
        Self { telegram, ada }
    }

    /// A private supergroup with Ada in it.
    fn group(&self, title: &str) -> GroupHandle {
        self.telegram.add_group(GroupSpec::supergroup(title).member(self.ada))
    }

    fn person(&self, name: &str) -> Id {
        self.telegram.person(Person::named(name))
    }

    /// Ada's client, connected.
    async fn client(&self) -> Client {
        let client = Client::new(&self.telegram.login_string(self.ada));
        client.invoke(&STATE).await;
        client
    }

    fn channel(&self, group: &GroupHandle) -> tl::types::InputChannel {
        channel(group, group.access_hash(self.ada))
    }

    /// A request for these groups of Ada's.
    fn channels(&self, groups: &[&GroupHandle]) -> tl::functions::channels::GetChannels {
        let id = groups.iter().map(|group| self.channel(group).into()).collect();
        tl::functions::channels::GetChannels { id }
    }

    fn no_violations(&self) {
        assert_eq!(self.telegram.violations(), Vec::<String>::new());
    }
}

fn channel(group: &GroupHandle, access_hash: i64) -> tl::types::InputChannel {
    tl::types::InputChannel { channel_id: -1_000_000_000_000 - group.id(), access_hash }
}

async fn chats<R: tl::RemoteCall<Return = tl::enums::messages::Chats>>(client: &Client, request: &R) -> Vec<Chat> {
    match client.invoke(request).await {
        tl::enums::messages::Chats::Chats(chats) => chats.chats,
        other => panic!("a slice: {other:?}"),
    }
}

/// Whether a call runs, and whether anybody is in it.
fn call_flags(chat: &Chat) -> (bool, bool) {
    match chat {
        Chat::Channel(channel) => (channel.call_active, channel.call_not_empty),
        Chat::Chat(chat) => (chat.call_active, chat.call_not_empty),
        other => panic!("no group: {other:?}"),
    }
}

async fn call_of(client: &Client, channel: &tl::types::InputChannel) -> tl::enums::InputGroupCall {
    client.full_channel(channel).await.call.expect("a call")
}

#[tokio::test]
async fn one_request_says_which_groups_have_a_call() {
    let world = World::new();
    let groups: Vec<_> = (0..100).map(|number| world.group(&format!("Hall {number}"))).collect();
    groups[7].start_call();
    groups[8].start_call();
    groups[8].join(world.person("Bob"));
    groups[9].schedule_call(world.telegram.now() + 600);
    groups[10].start_call();
    groups[10].end_call();
    let client = world.client().await;
    let found = chats(&client, &world.channels(&groups.iter().collect::<Vec<_>>())).await;
    assert_eq!(found.len(), 100);
    for (number, chat) in found.iter().enumerate() {
        let Chat::Channel(channel) = chat else { panic!("no supergroup: {chat:?}") };
        assert_eq!(channel.title, format!("Hall {number}"));
        assert_eq!(call_flags(chat), (matches!(number, 7..=9), number == 8), "{number}");
    }
    let one_more = world.group("One more");
    let all: Vec<_> = groups.iter().chain([&one_more]).collect();
    assert_eq!(client.error(&world.channels(&all)).await, "400 LIMIT_INVALID");
    world.no_violations();
}

#[tokio::test]
async fn one_request_says_which_basic_groups_have_a_call() {
    let world = World::new();
    let basic = |title| world.telegram.add_group(GroupSpec::basic(title).member(world.ada));
    let (quiet, live) = (basic("Quiet"), basic("Live"));
    live.start_call();
    live.join(world.ada);
    let client = world.client().await;
    let both = tl::functions::messages::GetChats { id: vec![-quiet.id(), -live.id()] };
    let found = chats(&client, &both).await;
    assert_eq!(found.iter().map(call_flags).collect::<Vec<_>>(), [(false, false), (true, true)]);

    let gone = basic("Gone");
    gone.delete();
    quiet.kick(world.ada);
    assert_eq!(client.error(&both).await, "400 CHAT_ID_INVALID");
    world.telegram.faults().forbidden_chats(true);
    let found = chats(&client, &both).await;
    assert!(matches!(&found[..], [Chat::Forbidden(quiet), Chat::Chat(_)] if quiet.title == "Quiet"), "{found:?}");
    let found = chats(&client, &tl::functions::messages::GetChats { id: vec![-gone.id()] }).await;
    assert!(matches!(&found[..], [Chat::Forbidden(gone)] if gone.title == "Gone"), "{found:?}");
    let foreign = world.telegram.add_group(GroupSpec::basic("Foreign"));
    for unknown in [-foreign.id(), 1] {
        let request = tl::functions::messages::GetChats { id: vec![-live.id(), unknown] };
        assert_eq!(client.error(&request).await, "400 CHAT_ID_INVALID");
    }

    let moved = live.migrate();
    let found = chats(&client, &tl::functions::messages::GetChats { id: vec![-live.id()] }).await;
    assert!(matches!(&found[..], [Chat::Chat(old)] if old.migrated_to.is_some() && !old.call_active), "{found:?}");
    assert_eq!(call_flags(&chats(&client, &world.channels(&[&moved])).await[0]), (true, true));
    world.no_violations();
}

#[tokio::test]
async fn a_wrong_access_hash_fails_the_whole_request() {
    let world = World::new();
    let (one, two) = (world.group("One"), world.group("Two"));
    let eve = world.person("Eve");
    two.add(eve);
    two.start_call();
    let client = world.client().await;
    let good = world.channels(&[&one, &two]);
    chats(&client, &good).await;
    let unknown = tl::types::InputChannel { channel_id: 1, access_hash: 1 };
    for bad in [channel(&two, one.access_hash(world.ada)), channel(&two, two.access_hash(eve)), unknown] {
        let mut request = good.clone();
        request.id.push(bad.into());
        assert_eq!(client.error(&request).await, "400 CHANNEL_INVALID");
    }
    assert_eq!(world.telegram.violations().len(), 3);

    // The call's hash is valid for one account only, too.
    let other = Client::new(&world.telegram.login_string(eve));
    let hers = call_of(&other, &channel(&two, two.access_hash(eve))).await;
    other.page(&hers, "", 10).await;
    assert_eq!(client.error(&page_request(&hers, "", 10)).await, "400 GROUPCALL_INVALID");
    assert_eq!(world.telegram.violations().len(), 4);
}

#[tokio::test]
async fn who_is_in_no_group_is_refused_there() {
    let world = World::new();
    let (home, secret) = (world.group("Home"), world.group("Secret"));
    let open = world.telegram.add_group(GroupSpec::supergroup("Open").username("openhall").member(world.ada));
    let gone = world.group("Gone");
    for group in [&secret, &open] {
        group.start_call();
    }
    let mut client = world.client().await;
    let secret_call = call_of(&client, &world.channel(&secret)).await;
    let open_call = call_of(&client, &world.channel(&open)).await;

    open.kick(world.ada);
    let found = chats(&client, &world.channels(&[&home, &open])).await;
    assert!(matches!(&found[..], [Chat::Channel(home), Chat::Channel(open)] if !home.left && open.left), "{found:?}");
    client.page(&open_call, "", 10).await;
    open.add(world.ada);
    open.ban(world.ada);
    secret.kick(world.ada);
    gone.delete();
    let news = world.telegram.group(world.telegram.channel("News"));
    chats(&client, &world.channels(&[&news])).await;
    news.delete();
    for call in [&secret_call, &open_call] {
        assert_eq!(client.error(&page_request(call, "", 10)).await, "403 GROUPCALL_FORBIDDEN");
    }
    for group in [&secret, &open, &gone, &news] {
        assert_eq!(client.error(&world.channels(&[&home, group])).await, "400 CHANNEL_PRIVATE", "{}", group.title());
        let write = text(input_peer(&world.channel(group)), "Board", 5);
        assert_eq!(client.error(&write).await, "400 CHANNEL_PRIVATE");
    }
    world.telegram.faults().forbidden_chats(true);
    let found = chats(&client, &world.channels(&[&home, &secret, &open, &gone])).await;
    let [Chat::Channel(_), forbidden @ ..] = &found[..] else { panic!("not at home: {found:?}") };
    let is_forbidden = |chat: &Chat| matches!(chat, Chat::ChannelForbidden(chat) if chat.megagroup);
    assert!(forbidden.len() == 3 && forbidden.iter().all(is_forbidden), "{forbidden:?}");
    // Requests for the other groups still work.
    chats(&client, &world.channels(&[&home])).await;
    // The new state of a group is pushed with the group, also as a forbidden one.
    let mut told = Vec::new();
    while told.len() < 4 {
        told.extend(client.next().await.chats);
    }
    assert!(!is_forbidden(&told[0]) && !is_forbidden(&told[1]) && is_forbidden(&told[2]), "{told:?}");
    world.no_violations();
}

#[tokio::test]
async fn updates_of_participants_do_not_name_the_group() {
    let world = World::new();
    let (one, two, foreign) = (world.group("One"), world.group("Two"), world.telegram.supergroup("Foreign", None));
    let bob = world.person("Bob");
    let calls = [one.start_call(), two.start_call()];
    let elsewhere = world.telegram.start_call(foreign);
    let mut client = world.client().await;
    two.join(bob);
    world.telegram.join(elsewhere, bob);
    one.join(bob);
    for call in [calls[1], calls[0]] {
        let container = client.next().await;
        let [tl::enums::Update::GroupCallParticipants(update)] = &container.updates[..] else {
            panic!("not one update: {container:?}");
        };
        assert!(matches!(&update.call, tl::enums::InputGroupCall::Call(named) if named.id == call), "{update:?}");
        assert_eq!((container.chats.len(), container.users.len(), update.version), (0, 1, 2));
    }

    // For a quiet group only messages are pushed.
    world.telegram.faults().no_pushes_of(one.id(), true);
    one.leave(bob);
    one.end_call();
    one.rename("First", None);
    two.leave(bob);
    let (_, update) = client.next_participants().await;
    assert!(matches!(&update.call, tl::enums::InputGroupCall::Call(named) if named.id == calls[1]), "{update:?}");
    assert_eq!(call_flags(&chats(&client, &world.channels(&[&one])).await[0]), (false, false));
    world.telegram.faults().no_pushes_of(one.id(), false);
    let next = one.start_call();
    let started = client.next_call().await;
    assert!(matches!(started.call, tl::enums::GroupCall::Call(started) if started.id == next));
    world.no_violations();
}

#[tokio::test]
async fn a_method_has_a_limit_for_each_account() {
    const CALLS: &str = "channels.getChannels";
    let world = World::new();
    let group = world.group("Hall");
    let eve = world.person("Eve");
    group.add(eve);
    let client = world.client().await;
    let other = Client::new(&world.telegram.login_string(eve));
    let request = world.channels(&[&group]);
    let hers = tl::functions::channels::GetChannels { id: vec![channel(&group, group.access_hash(eve)).into()] };
    world.telegram.faults().flood_limit(CALLS, 2, 60);
    client.invoke(&request).await;
    world.telegram.advance(20);
    client.invoke(&request).await;
    assert_eq!(client.error(&request).await, "420 FLOOD_WAIT 40");
    // Other methods and other accounts still work.
    client.invoke(&STATE).await;
    other.invoke(&hers).await;
    // After the wait one call is accepted again; one earlier call still counts.
    world.telegram.advance(40);
    client.invoke(&request).await;
    world.no_violations();
    assert_eq!(client.error(&request).await, "420 FLOOD_WAIT 20");
    world.telegram.advance(19);
    assert_eq!(client.error(&request).await, "420 FLOOD_WAIT 1");
    let violations = world.telegram.violations();
    assert!(
        matches!(&violations[..], [early] if early.contains("1 s before its flood wait was over")),
        "{violations:?}"
    );
    assert_eq!(world.telegram.counts().of(CALLS), 7);
}

#[tokio::test]
async fn each_group_has_its_messages() {
    let world = World::new();
    let (one, two) = (world.group("One"), world.group("Two"));
    let basic = world.telegram.add_group(GroupSpec::basic("Three").member(world.ada));
    let client = world.client().await;
    let peers = [
        input_peer(&world.channel(&one)),
        input_peer(&world.channel(&two)),
        tl::types::InputPeerChat { chat_id: -basic.id() }.into(),
    ];
    for _ in 0..2 {
        // The same random id is no duplicate: it is unique per account and peer.
        for (number, peer) in peers.iter().enumerate() {
            client.invoke(&text(peer.clone(), &format!("Board {number}"), 5)).await;
        }
    }
    for (number, group) in [one, two, basic].iter().enumerate() {
        let texts: Vec<_> = group.messages().into_iter().map(|message| message.text).collect();
        assert_eq!(texts, [format!("Board {number}")]);
    }
    world.no_violations();
}

#[tokio::test]
async fn the_server_knows_all_stays() {
    let world = World::new();
    let group = world.group("Hall");
    let (bob, eve) = (world.person("Bob"), world.person("Eve"));
    let start = world.telegram.now();
    let call = group.start_call();
    group.join_at(bob, start - 100);
    group.join(eve);
    world.telegram.advance(10);
    group.leave(bob);
    world.telegram.advance(10);
    group.join(bob);
    let stay = |peer, from, to: Option<i64>| Stay { peer, from: start + from, to: to.map(|to| start + to) };
    assert_eq!(world.telegram.stays(call), [stay(bob, -100, Some(10)), stay(bob, 20, None), stay(eve, 0, None)]);
    world.telegram.advance(10);
    // Eve joins from another device.
    group.join(eve);
    world.telegram.advance(10);
    group.end_call();
    let next = group.start_call();
    group.join(eve);
    let first = [stay(bob, -100, Some(10)), stay(eve, 0, Some(30)), stay(bob, 20, Some(40)), stay(eve, 30, Some(40))];
    assert_eq!(world.telegram.stays(call), first);
    assert_eq!(group.stays()[..4], first);
    world.telegram.advance(10);
    group.delete();
    assert_eq!(world.telegram.stays(next), [stay(eve, 40, Some(50))]);
    assert_eq!((group.call(), group.stays().len()), (None, 5));
}

#[tokio::test]
async fn the_chat_list_has_all_groups_of_one_second() {
    let world = World::new();
    let groups: Vec<_> = (0..150).map(|number| world.group(&format!("Hall {number}")).id()).collect();
    let client = world.client().await;
    let mut request = tl::functions::messages::GetDialogs {
        exclude_pinned: false,
        folder_id: None,
        offset_date: 0,
        offset_id: 0,
        offset_peer: tl::enums::InputPeer::Empty,
        limit: 100,
        hash: 0,
    };
    let mut found = Vec::new();
    for expected in [100, 50, 0] {
        let tl::enums::messages::Dialogs::Slice(page) = client.invoke(&request).await else { panic!("no slice") };
        assert_eq!((page.dialogs.len(), page.count), (expected, 150));
        let Some(Chat::Channel(last)) = page.chats.iter().find(|chat| chat.id() == last_peer(&page)) else { break };
        request.offset_date = world.telegram.now() as i32;
        request.offset_peer =
            tl::types::InputPeerChannel { channel_id: last.id, access_hash: last.access_hash.unwrap() }.into();
        found.extend(page.chats.iter().map(|chat| -1_000_000_000_000 - chat.id()));
    }
    found.sort_unstable();
    let mut all = groups;
    all.sort_unstable();
    assert_eq!(found, all);
    world.no_violations();
}

/// The bare id of the last line of a chat list; 0 for an empty one.
fn last_peer(page: &tl::types::messages::DialogsSlice) -> i64 {
    match page.dialogs.last() {
        Some(tl::enums::Dialog::Dialog(dialog)) => match &dialog.peer {
            tl::enums::Peer::Channel(peer) => peer.channel_id,
            other => panic!("no channel: {other:?}"),
        },
        _ => 0,
    }
}
