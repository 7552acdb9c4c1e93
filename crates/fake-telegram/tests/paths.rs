//! The main paths, with the grammers client.

mod common;

use common::*;
use fake_telegram::{FakeTelegram, Id, Person};
use grammers_client::tl;

#[tokio::test]
async fn a_client_connects_and_watches_a_call() {
    let hall = Hall::open();
    hall.telegram.freeze();
    let now = hall.telegram.now();
    hall.telegram.join_at(hall.call, hall.ada, now - 100);
    let mut client = hall.client().await;

    let me = client.invoke(&tl::functions::users::GetUsers { id: vec![tl::enums::InputUser::UserSelf] }).await;
    let [tl::enums::User::User(me)] = me.as_slice() else {
        panic!("not one user: {me:?}");
    };
    assert!(me.is_self);
    assert_eq!(me.id, hall.ada);
    assert_eq!(me.username.as_deref(), Some("ada_l"));

    let call = client.call("studyhall").await;
    let page = client.page(&call, "", 100).await;
    assert_eq!((page.count, page.version), (1, 2));
    assert_eq!(page.next_offset, "");
    let ada = participant(&page.participants[0]);
    assert!(ada.is_self && !ada.just_joined && !ada.left);
    assert_eq!(i64::from(ada.date), now - 100);

    let bob = hall.person("Bob");
    hall.telegram.join(hall.call, bob);
    let (date, joined) = client.next_participants().await;
    assert_eq!(i64::from(date), now);
    assert_eq!(joined.version, 3);
    let p = participant(&joined.participants[0]);
    assert!(p.just_joined && p.versioned && !p.left);
    assert_eq!(i64::from(p.date), now);

    hall.telegram.advance(60);
    hall.telegram.leave(hall.call, bob);
    let (date, left) = client.next_participants().await;
    assert_eq!(i64::from(date), now + 60);
    assert_eq!(left.version, 4);
    assert!(participant(&left.participants[0]).left);
    assert_eq!(i64::from(participant(&left.participants[0]).date), now);
    assert_eq!(hall.telegram.participants(hall.call), [(hall.ada, now - 100)]);
    hall.no_violations();
}

#[tokio::test]
async fn speaking_is_unversioned_and_muting_is_not() {
    let hall = Hall::open();
    let bob = hall.person("Bob");
    hall.telegram.join(hall.call, bob);
    hall.telegram.join(hall.call, hall.ada);
    let mut client = hall.client().await;
    let version = hall.telegram.version(hall.call);

    hall.telegram.speak(hall.call, bob);
    let (_, spoke) = client.next_participants().await;
    let p = participant(&spoke.participants[0]);
    assert_eq!((spoke.version, p.versioned), (version, false));
    assert!(p.active_date.is_some());

    hall.telegram.mute(hall.call, bob);
    let (_, muted) = client.next_participants().await;
    let p = participant(&muted.participants[0]);
    assert_eq!((muted.version, p.versioned, p.muted), (version + 1, true, true));

    hall.telegram.unmute(hall.call, bob);
    let (_, unmuted) = client.next_participants().await;
    assert!(!participant(&unmuted.participants[0]).muted);

    hall.telegram.raise_hand(hall.call, bob);
    let (_, raised) = client.next_participants().await;
    assert_eq!(raised.version, version + 3);
    assert!(participant(&raised.participants[0]).raise_hand_rating.is_some());

    let call = client.call("studyhall").await;
    let page = client.page(&call, "", 1).await;
    assert_eq!(who(&page.participants[0]), bob, "who spoke last comes first");
    hall.no_violations();
}

#[tokio::test]
async fn the_list_is_read_in_pages() {
    let hall = Hall::open();
    let people: Vec<Id> = (0..7).map(|n| hall.person(&format!("P{n}"))).collect();
    for id in &people {
        hall.telegram.join(hall.call, *id);
    }
    let client = hall.client().await;
    let call = client.call("studyhall").await;

    let mut seen = Vec::new();
    let mut users = Vec::new();
    let mut offset = String::new();
    for length in [3, 3, 1] {
        let page = client.page(&call, &offset, 3).await;
        assert_eq!((page.count, page.version), (7, 8));
        assert_eq!(page.participants.len(), length);
        seen.extend(page.participants.iter().map(who));
        users.extend(page.users);
        offset = page.next_offset;
    }
    assert_eq!(offset, "");
    seen.sort_unstable();
    assert_eq!(seen, people);
    assert_eq!(users.len(), 7);

    let tl::enums::phone::GroupCall::Call(summary) =
        client.invoke(&tl::functions::phone::GetGroupCall { call: call.clone(), limit: 1 }).await;
    assert_eq!(summary.participants.len(), 3);

    let named = |id: Id| {
        let user = users.iter().find_map(|user| match user {
            tl::enums::User::User(user) if user.id == id => Some(user),
            _ => None,
        });
        tl::types::InputPeerUser { user_id: id, access_hash: user.unwrap().access_hash.unwrap() }.into()
    };
    hall.telegram.leave(hall.call, people[0]);
    let tl::enums::phone::GroupParticipants::Participants(page) = client
        .invoke(&tl::functions::phone::GetGroupParticipants {
            ids: vec![named(people[0]), named(people[3])],
            ..page_request(&call, "", 1)
        })
        .await;
    assert_eq!(page.participants.iter().map(who).collect::<Vec<_>>(), [people[3]]);
    assert_eq!((page.count, page.version), (6, 9));
    hall.no_violations();

    assert_eq!(client.error(&page_request(&call, "made up", 3)).await, "400 OFFSET_INVALID");
    assert_eq!(client.error(&page_request(&call, "", 0)).await, "400 LIMIT_INVALID");
}

#[tokio::test]
async fn an_endless_loop_over_pages_is_reported() {
    let hall = Hall::open();
    hall.telegram.join(hall.call, hall.ada);
    let client = hall.client().await;
    let call = client.call("studyhall").await;
    for _ in 0..3 {
        client.page(&call, "", 100).await;
    }
    hall.no_violations();
    for _ in 0..3 {
        client.page(&call, "", 100).await;
    }
    assert!(hall.telegram.violations()[0].contains("endless loop"));
}

#[tokio::test]
async fn hidden_listeners_are_counted_but_not_listed() {
    let hall = Hall::open();
    let (bob, eve) = (hall.person("Bob"), hall.person("Eve"));
    for id in [hall.ada, bob, eve] {
        hall.telegram.join(hall.call, id);
    }
    hall.telegram.mute(hall.call, bob);
    let mut client = hall.client().await;
    let version = hall.telegram.version(hall.call);
    hall.telegram.listeners_hidden(hall.call, true);
    assert!(call_of(client.next_call().await).listeners_hidden);
    let call = client.call("studyhall").await;
    let page = client.page(&call, "", 100).await;
    assert_eq!(page.count, 3);
    let mut shown: Vec<_> = page.participants.iter().map(who).collect();
    shown.sort_unstable();
    assert_eq!(shown, [hall.ada, eve]);
    hall.telegram.leave(hall.call, bob);
    assert_eq!(call_of(client.next_call().await).participants_count, 2);
    assert_eq!(hall.telegram.version(hall.call), version);
}

fn call_of(update: tl::types::UpdateGroupCall) -> tl::types::GroupCall {
    match update.call {
        tl::enums::GroupCall::Call(call) => call,
        other => panic!("no running call: {other:?}"),
    }
}

#[tokio::test]
async fn calls_are_scheduled_started_replaced_and_ended() {
    let telegram = FakeTelegram::start();
    let ada = telegram.person(Person::named("Ada"));
    let group = telegram.supergroup("Study Hall", Some("studyhall"));
    telegram.add_member(group, ada);
    let mut client = Client::new(&telegram.login_string(ada));
    let channel = client.channel("studyhall").await;
    assert_eq!(client.full_channel(&channel).await.call, None);

    let at = telegram.now() + 600;
    let call = telegram.schedule_call(group, at);
    let update = client.next_call().await;
    let peer: tl::enums::Peer = tl::types::PeerChannel { channel_id: channel.channel_id }.into();
    assert_eq!(update.peer, Some(peer.clone()));
    let scheduled = call_of(update);
    assert_eq!((scheduled.id, scheduled.schedule_date), (call, Some(at as i32)));
    telegram.start_scheduled(call);
    assert_eq!(call_of(client.next_call().await).schedule_date, None);
    telegram.join(call, ada);
    client.next_participants().await;
    let chat = client.invoke(&tl::functions::channels::GetChannels { id: vec![channel.clone().into()] }).await;
    let tl::enums::messages::Chats::Chats(chats) = chat else { panic!("a slice") };
    let tl::enums::Chat::Channel(chat) = &chats.chats[0] else { panic!("not a channel") };
    assert!(chat.call_active && chat.call_not_empty && chat.megagroup);

    let old = client.call("studyhall").await;
    let next = telegram.replace_call(group);
    assert!(matches!(client.next_call().await.call, tl::enums::GroupCall::Discarded(gone) if gone.id == call));
    assert_eq!(call_of(client.next_call().await).id, next);
    assert_eq!(client.error(&page_request(&old, "", 10)).await, "400 GROUPCALL_INVALID");

    telegram.end_call(next);
    client.next_call().await;
    assert_eq!(client.full_channel(&channel).await.call, None);

    let story = telegram.live_story(group);
    let update = client.next_call().await;
    assert!(update.live_story);
    assert_eq!(update.peer, Some(peer));
    telegram.join(story, ada);
    client.next_participants().await;
    telegram.conference(group);
    let update = client.next_call().await;
    assert_eq!(update.peer, None);
    assert!(call_of(update).conference);
    assert_eq!(client.full_channel(&channel).await.call, None);
    assert_eq!(telegram.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_channel_joins_and_names_change() {
    let hall = Hall::open();
    let mut client = hall.client().await;
    let channel = hall.telegram.channel("Night Owls");
    hall.telegram.join(hall.call, channel);
    let joined = client.next().await;
    let titles: Vec<_> = joined
        .chats
        .iter()
        .filter_map(|chat| match chat {
            tl::enums::Chat::Channel(channel) => Some((channel.title.as_str(), channel.broadcast)),
            _ => None,
        })
        .collect();
    assert!(titles.contains(&("Night Owls", true)), "{titles:?}");
    let tl::enums::Update::GroupCallParticipants(update) = &joined.updates[0] else {
        panic!("not participants: {joined:?}");
    };
    let tl::enums::Peer::Channel(peer) = &participant(&update.participants[0]).peer else {
        panic!("not a channel");
    };
    assert_eq!(-1_000_000_000_000 - peer.channel_id, channel);

    hall.telegram.rename(hall.ada, Person::named("Ada").last_name("Lovelace"));
    let renamed = client.next().await;
    let [tl::enums::Update::UserName(update)] = renamed.updates.as_slice() else {
        panic!("not a name: {renamed:?}");
    };
    assert_eq!((update.user_id, update.last_name.as_str()), (hall.ada, "Lovelace"));
    assert!(update.usernames.is_empty());
}

#[tokio::test]
async fn a_basic_group_becomes_a_supergroup() {
    let telegram = FakeTelegram::start();
    let ada = telegram.person(Person::named("Ada"));
    let group = telegram.basic_group("Old Hall");
    telegram.add_member(group, ada);
    let call = telegram.start_call(group);
    let mut client = Client::new(&telegram.login_string(ada));
    let full = client.invoke(&tl::functions::messages::GetFullChat { chat_id: -group }).await;
    let tl::enums::messages::ChatFull::Full(full) = full;
    let tl::enums::ChatFull::Full(full) = full.full_chat else { panic!("a channel") };
    let tl::enums::InputGroupCall::Call(running) = full.call.unwrap() else { panic!("no call") };
    assert_eq!(running.id, call);

    let supergroup = telegram.migrate(group);
    let update = client.next_call().await;
    let peer = update.peer.clone();
    assert_eq!(call_of(update).id, call);
    assert_eq!(peer, Some(tl::types::PeerChannel { channel_id: -1_000_000_000_000 - supergroup }.into()));
    let chats = client.invoke(&tl::functions::messages::GetChats { id: vec![-group] }).await;
    let tl::enums::messages::Chats::Chats(chats) = chats else { panic!("a slice") };
    let tl::enums::Chat::Chat(old) = &chats.chats[0] else { panic!("not a chat") };
    let Some(tl::enums::InputChannel::Channel(new)) = &old.migrated_to else {
        panic!("not migrated: {old:?}");
    };
    assert!(old.deactivated && !old.call_active);
    let full = client.full_channel(new).await;
    assert_eq!(full.migrated_from_chat_id, Some(-group));
    assert!(matches!(full.call, Some(tl::enums::InputGroupCall::Call(c)) if c.id == call));
    assert_eq!(telegram.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn private_groups_are_found_by_invite_link() {
    let telegram = FakeTelegram::start();
    let ada = telegram.person(Person::named("Ada"));
    let eve = telegram.person(Person::named("Eve"));
    let group = telegram.supergroup("Secret Hall", None);
    telegram.add_member(group, ada);
    let link = telegram.invite_link(group);
    let hash = link.strip_prefix("https://t.me/+").unwrap().to_owned();
    let check = tl::functions::messages::CheckChatInvite { hash };
    let mut client = Client::new(&telegram.login_string(ada));
    let tl::enums::ChatInvite::Already(already) = client.invoke(&check).await else {
        panic!("not a member");
    };
    let tl::enums::Chat::Channel(channel) = already.chat else { panic!("not a channel") };
    let named = tl::types::InputChannel { channel_id: channel.id, access_hash: channel.access_hash.unwrap() };
    client.full_channel(&named).await;
    let outsider = Client::new(&telegram.login_string(eve));
    let tl::enums::ChatInvite::Invite(invite) = outsider.invoke(&check).await else {
        panic!("a member");
    };
    assert_eq!((invite.title.as_str(), invite.participants_count), ("Secret Hall", 1));

    telegram.remove_member(group, ada);
    let removed = client.next().await;
    assert!(matches!(removed.updates.as_slice(), [tl::enums::Update::Channel(_)]), "{removed:?}");
    assert!(matches!(removed.chats.as_slice(), [tl::enums::Chat::ChannelForbidden(_)]), "{removed:?}");
    let full = tl::functions::channels::GetFullChannel { channel: named.into() };
    assert_eq!(client.error(&full).await, "400 CHANNEL_PRIVATE");
    let unknown = tl::functions::messages::CheckChatInvite { hash: "nothing".to_owned() };
    assert_eq!(client.error(&unknown).await, "400 INVITE_HASH_EXPIRED");
}

#[tokio::test]
async fn a_message_is_sent_once_for_one_random_id() {
    let hall = Hall::open();
    let client = hall.client().await;
    let channel = client.channel("studyhall").await;
    let request = text(input_peer(&channel), "Standings", 77);
    let first = client.invoke(&request).await;
    let again = client.invoke(&request).await;
    assert_eq!(sent_id(&first), sent_id(&again));
    let stored = hall.telegram.messages(hall.group);
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].text, "Standings");
    assert_eq!(stored[0].from, hall.ada);
    assert_eq!(stored[0].random_id, 77);
    assert_eq!(Some(stored[0].id), sent_id(&first));
    hall.no_violations();

    let other = client.invoke(&text(input_peer(&channel), "Something else", 77)).await;
    assert_eq!(sent_id(&first), sent_id(&other));
    assert_eq!(hall.telegram.messages(hall.group).len(), 1);
    assert_eq!(hall.telegram.violations().len(), 1);
}

#[tokio::test]
async fn messages_are_checked_as_telegram_does() {
    let hall = Hall::open();
    let client = hall.client().await;
    let peer = input_peer(&client.channel("studyhall").await);
    let bold = |offset, length| Some(vec![tl::types::MessageEntityBold { offset, length }.into()]);
    let owl = |entities| tl::functions::messages::SendMessage { entities, ..text(peer.clone(), "🦉 ok", 9) };
    for (request, error) in [
        (text(peer.clone(), " \n", 1), "400 MESSAGE_EMPTY"),
        (text(peer.clone(), &"🦉".repeat(2049), 1), "400 MESSAGE_TOO_LONG"),
        (text(peer.clone(), "x", 0), "400 RANDOM_ID_EMPTY"),
        (owl(bold(0, 6)), "400 ENTITY_BOUNDS_INVALID"),
        (owl(bold(-1, 2)), "400 ENTITY_BOUNDS_INVALID"),
        (owl(bold(1, 2)), "400 ENTITY_BOUNDS_INVALID"),
        (owl(bold(0, 0)), "400 ENTITY_BOUNDS_INVALID"),
        (owl(bold(0, i32::MAX)), "400 ENTITY_BOUNDS_INVALID"),
        (owl(Some(vec![tl::types::MessageEntityBold { offset: 0, length: 2 }.into(); 101])), "400 ENTITIES_TOO_LONG"),
    ] {
        assert_eq!(client.error(&request).await, error);
    }
    client.invoke(&owl(bold(0, 5))).await;
    client.invoke(&text(peer.clone(), &"🦉".repeat(2048), 10)).await;
    assert_eq!(hall.telegram.messages(hall.group)[0].entities, bold(0, 5).unwrap());

    let stranger = hall.telegram.person(Person::named("Eve"));
    let stranger = Client::new(&hall.telegram.login_string(stranger));
    let peer = input_peer(&stranger.channel("studyhall").await);
    assert_eq!(stranger.error(&text(peer, "x", 11)).await, "403 CHAT_WRITE_FORBIDDEN");
}

#[tokio::test]
async fn messages_reach_others_and_are_listed() {
    let hall = Hall::open();
    let bob = hall.telegram.person(Person::named("Bob").username("bobby"));
    hall.telegram.add_member(hall.group, bob);
    let mut reader = Client::new(&hall.telegram.login_string(bob));
    reader.invoke(&tl::functions::updates::GetState {}).await;
    let client = hall.client().await;
    let channel = client.channel("studyhall").await;
    for n in 0..5 {
        client.invoke(&text(input_peer(&channel), &format!("m{n}"), 100 + n)).await;
    }
    let pushed = reader.next().await;
    assert!(matches!(pushed.updates.as_slice(), [tl::enums::Update::NewChannelMessage(_)]));

    let history = tl::functions::messages::GetHistory {
        peer: input_peer(&channel),
        offset_id: 6,
        offset_date: 0,
        add_offset: 0,
        limit: 2,
        max_id: 0,
        min_id: 0,
        hash: 0,
    };
    let texts = |messages: &[tl::enums::Message]| -> Vec<String> {
        messages
            .iter()
            .map(|message| match message {
                tl::enums::Message::Message(message) => message.message.clone(),
                other => format!("{other:?}"),
            })
            .collect()
    };
    let tl::enums::messages::Messages::ChannelMessages(page) = client.invoke(&history).await else {
        panic!("not a channel's");
    };
    assert_eq!(texts(&page.messages), ["m3", "m2"]);
    assert_eq!(page.count, 6, "with the service message of the group's beginning");

    let difference = tl::functions::updates::GetChannelDifference {
        force: false,
        channel: channel.clone().into(),
        filter: tl::enums::ChannelMessagesFilter::Empty,
        pts: page.pts - 2,
        limit: 100,
    };
    let tl::enums::updates::ChannelDifference::Difference(difference) = client.invoke(&difference).await else {
        panic!("no difference");
    };
    assert_eq!(texts(&difference.new_messages), ["m3", "m4"]);

    let state = reader.invoke(&tl::functions::updates::GetState {}).await;
    let tl::enums::updates::State::State(state) = state;
    let tl::enums::User::User(bob_seen) = client.resolve("bobby").await.users[0].clone() else {
        panic!("no user");
    };
    let to_bob = tl::types::InputPeerUser { user_id: bob, access_hash: bob_seen.access_hash.unwrap() }.into();
    client.invoke(&text(to_bob, "psst", 200)).await;
    assert_eq!(hall.telegram.messages(bob)[0].text, "psst");
    let difference = tl::functions::updates::GetDifference {
        pts: state.pts,
        pts_limit: None,
        pts_total_limit: None,
        date: state.date,
        qts: 0,
        qts_limit: None,
    };
    let tl::enums::updates::Difference::Difference(difference) = reader.invoke(&difference).await else {
        panic!("no difference");
    };
    assert_eq!(texts(&difference.new_messages), ["psst"]);
    hall.no_violations();
}

#[tokio::test]
async fn access_is_checked() {
    let hall = Hall::open();
    let client = hall.client().await;
    let channel = client.channel("studyhall").await;
    let wrong = tl::types::InputChannel { access_hash: channel.access_hash ^ 4, ..channel.clone() };
    let full = tl::functions::channels::GetFullChannel { channel: wrong.into() };
    assert_eq!(client.error(&full).await, "400 CHANNEL_INVALID");
    let call = tl::types::InputGroupCall { id: hall.call, access_hash: 1 }.into();
    assert_eq!(client.error(&page_request(&call, "", 5)).await, "400 GROUPCALL_INVALID");
    let stranger = tl::types::InputPeerUser { user_id: hall.ada + 1, access_hash: 1 }.into();
    assert_eq!(client.error(&text(stranger, "x", 1)).await, "400 USER_ID_INVALID");
    assert_eq!(hall.telegram.violations().len(), 3);

    let unknown = tl::functions::messages::GetFullChat { chat_id: 1 };
    assert_eq!(client.error(&unknown).await, "400 CHAT_ID_INVALID");
    let nobody = tl::functions::contacts::ResolveUsername { username: "nobody_here".into(), referer: None };
    assert_eq!(client.error(&nobody).await, "400 USERNAME_NOT_OCCUPIED");
    let not_served = tl::functions::account::GetAuthorizations {};
    assert_eq!(client.error(&not_served).await, "400 METHOD_INVALID");
    assert!(hall.telegram.violations()[3].contains("account.getAuthorizations"), "{:?}", hall.telegram.violations());
}

#[tokio::test]
async fn bots_and_the_signed_out_are_refused() {
    let hall = Hall::open();
    let client = hall.client().await;
    let call = client.call("studyhall").await;
    let bot = hall.telegram.person(Person::named("Board").username("board_bot").bot());
    let bot = Client::new(&hall.telegram.login_string(bot));
    assert_eq!(bot.error(&page_request(&call, "", 5)).await, "400 BOT_METHOD_INVALID");
    bot.channel("studyhall").await;

    let nobody = Client::new(&hall.telegram.signed_out_login_string());
    nobody.invoke(&tl::functions::help::GetConfig {}).await;
    assert_eq!(nobody.error(&tl::functions::updates::GetState {}).await, "401 AUTH_KEY_UNREGISTERED");
}

#[tokio::test]
async fn login_strings_are_stable_or_new() {
    let hall = Hall::open();
    let telegram = &hall.telegram;
    assert_eq!(telegram.login_string(hall.ada), telegram.login_string(hall.ada));
    let other = telegram.new_login_string(hall.ada);
    assert_ne!(other, telegram.login_string(hall.ada));
    let (mut one, mut two) = (hall.client().await, Client::new(&other));
    two.invoke(&tl::functions::updates::GetState {}).await;
    telegram.join(hall.call, hall.ada);
    assert_eq!(one.next_participants().await, two.next_participants().await);
}

#[tokio::test]
async fn a_storm_of_joins_gets_through() {
    const PEOPLE: usize = 5000;
    let hall = Hall::open();
    let mut client = hall.client().await;
    let people: Vec<Id> = (0..PEOPLE).map(|n| hall.person(&format!("P{n}"))).collect();
    for id in &people {
        hall.telegram.join(hall.call, *id);
    }
    for (n, id) in people.iter().enumerate() {
        let (_, update) = client.next_participants().await;
        assert_eq!(update.version, n as i32 + 2);
        assert_eq!(who(&update.participants[0]), *id);
    }
    let call = client.call("studyhall").await;
    assert_eq!(client.page(&call, "", 1).await.count, PEOPLE as i32);
    hall.no_violations();
}
