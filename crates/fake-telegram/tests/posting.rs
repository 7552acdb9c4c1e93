//! Bots, editing, and refusals to write, with the grammers client.

mod common;

use common::*;
use fake_telegram::Person;
use grammers_client::tl;

const STATE: tl::functions::updates::GetState = tl::functions::updates::GetState {};
const DAY: i64 = 86_400;

/// The group in the next update that asks the client to request it again.
async fn told(client: &mut Client) -> tl::types::Channel {
    let told = next_of(client, |update| matches!(update, tl::enums::Update::Channel(_))).await;
    match told.chats.as_slice() {
        [tl::enums::Chat::Channel(channel)] => channel.clone(),
        other => panic!("not one channel: {other:?}"),
    }
}

#[tokio::test]
async fn a_bot_signs_in_with_its_token() {
    let hall = Hall::open();
    let bot = hall.telegram.person(Person::named("Board").username("board_bot").bot());
    let token = hall.telegram.bot_token(bot);
    assert_eq!(token, hall.telegram.bot_token(bot));
    let secret = token.strip_prefix(&format!("{bot}:")).expect("the bot's id");
    assert_eq!(secret.len(), 35);

    let login = hall.telegram.signed_out_login_string();
    let client = Client::new(&login);
    assert_eq!(client.error(&STATE).await, "401 AUTH_KEY_UNREGISTERED");
    for wrong in [secret.to_owned(), format!("{}:{secret}", hall.ada), format!("{bot}:{}", &secret[1..]), "1:".into()] {
        assert_eq!(client.error(&sign_in(&wrong)).await, "400 ACCESS_TOKEN_INVALID", "{wrong}");
    }
    let nameless = tl::functions::auth::ImportBotAuthorization { api_id: 0, ..sign_in(&token) };
    assert_eq!(client.error(&nameless).await, "400 API_ID_INVALID");
    assert_eq!(client.error(&STATE).await, "401 AUTH_KEY_UNREGISTERED");

    let tl::enums::auth::Authorization::Authorization(signed_in) = client.invoke(&sign_in(&token)).await else {
        panic!("not signed in");
    };
    let tl::enums::User::User(user) = signed_in.user else { panic!("nobody") };
    assert!(user.is_self && user.bot);
    assert_eq!(user.id, bot);
    client.invoke(&STATE).await;
    // The key is signed in as the bot on every connection, and can be signed in again.
    let again = Client::new(&login);
    again.invoke(&STATE).await;
    again.invoke(&sign_in(&token)).await;

    hall.telegram.revoke_bot_token(bot);
    assert_eq!(again.error(&sign_in(&token)).await, "400 ACCESS_TOKEN_EXPIRED");
    again.invoke(&STATE).await;
    let token = hall.telegram.bot_token(bot);
    again.invoke(&sign_in(&token)).await;

    hall.telegram.faults().revoke(bot);
    assert_eq!(again.error(&STATE).await, "401 AUTH_KEY_UNREGISTERED");
    again.invoke(&sign_in(&token)).await;
    again.invoke(&tl::functions::auth::LogOut {}).await;
    assert_eq!(client.error(&STATE).await, "401 AUTH_KEY_UNREGISTERED");
    hall.no_violations();

    let ada = hall.client().await;
    assert_eq!(ada.error(&sign_in(&token)).await, "400 USER_ALREADY_AUTHORIZED");
    assert_eq!(hall.telegram.violations().len(), 1);
}

#[tokio::test]
async fn a_bot_posts_and_edits() {
    let hall = Hall::open();
    let (bot, mut client) = bot_in(&hall).await;
    let me = client.invoke(&tl::functions::users::GetUsers { id: vec![tl::enums::InputUser::UserSelf] }).await;
    assert!(matches!(me.as_slice(), [tl::enums::User::User(me)] if me.id == bot && me.bot));
    let channel = client.channel("studyhall").await;
    client.invoke(&tl::functions::channels::GetChannels { id: vec![channel.clone().into()] }).await;
    client.full_channel(&channel).await;
    let sent = client.invoke(&text(input_peer(&channel), "Board", 5)).await;
    let id = sent_id(&sent).unwrap();
    client.invoke(&edit(input_peer(&channel), id, "Final board")).await;
    let read = tl::functions::channels::GetMessages {
        channel: channel.clone().into(),
        id: vec![tl::types::InputMessageId { id }.into()],
    };
    let tl::enums::messages::Messages::ChannelMessages(read) = client.invoke(&read).await else {
        panic!("not a channel's");
    };
    assert_eq!(message(&read.messages[0]).message, "Final board");
    let stored = hall.telegram.messages(hall.group);
    assert_eq!((stored[0].from, stored[0].edits), (bot, 1));

    hall.telegram.privacy_mode(bot, false);
    let ada = hall.client().await;
    let hers = ada.channel("studyhall").await;
    ada.invoke(&text(input_peer(&hers), "Thanks", 6)).await;
    next_of(&mut client, |update| {
        matches!(update, tl::enums::Update::NewChannelMessage(new) if message(&new.message).message == "Thanks")
    })
    .await;
    hall.no_violations();

    let history = tl::functions::messages::GetHistory {
        peer: input_peer(&channel),
        offset_id: 0,
        offset_date: 0,
        add_offset: 0,
        limit: 10,
        max_id: 0,
        min_id: 0,
        hash: 0,
    };
    assert_eq!(client.error(&history).await, "400 BOT_METHOD_INVALID");
    let dialogs = tl::functions::messages::GetDialogs {
        exclude_pinned: false,
        folder_id: None,
        offset_date: 0,
        offset_id: 0,
        offset_peer: tl::enums::InputPeer::Empty,
        limit: 10,
        hash: 0,
    };
    assert_eq!(client.error(&dialogs).await, "400 BOT_METHOD_INVALID");
}

#[tokio::test]
async fn a_bot_names_what_it_has_met_without_an_access_hash() {
    let hall = Hall::open();
    let (bot, client) = bot_in(&hall).await;
    let secret = hall.telegram.supergroup("Secret Hall", None);
    let named = |group| tl::types::InputChannel { channel_id: bare(group), access_hash: 0 };
    assert_eq!(client.error(&text(input_peer(&named(secret)), "x", 1)).await, "400 CHANNEL_INVALID");
    hall.telegram.add_member(secret, bot);
    client.invoke(&text(input_peer(&named(secret)), "x", 1)).await;
    client.full_channel(&named(secret)).await;
    assert_eq!(hall.telegram.messages(secret).len(), 1);

    let eve = hall.person("Eve");
    let user = |user_id| tl::types::InputPeerUser { user_id, access_hash: 0 }.into();
    assert_eq!(client.error(&text(user(eve), "x", 2)).await, "400 PEER_ID_INVALID");
    hall.telegram.say(hall.ada, bot, "/start");
    client.invoke(&text(user(hall.ada), "x", 2)).await;
    let to_ada = tl::types::InputUser { user_id: hall.ada, access_hash: 0 }.into();
    let mention = tl::types::InputMessageEntityMentionName { offset: 0, length: 3, user_id: to_ada }.into();
    let request = tl::functions::messages::SendMessage {
        entities: Some(vec![mention]),
        ..text(input_peer(&named(hall.group)), "Ada", 3)
    };
    client.invoke(&request).await;

    let basic = hall.telegram.basic_group("Old Hall");
    hall.telegram.add_member(basic, bot);
    client.invoke(&tl::functions::messages::GetChats { id: vec![-basic] }).await;
    client.invoke(&tl::functions::messages::GetFullChat { chat_id: -basic }).await;
    client.invoke(&text(tl::types::InputPeerChat { chat_id: -basic }.into(), "x", 4)).await;
    hall.no_violations();

    let ada = hall.client().await;
    assert_eq!(ada.error(&text(input_peer(&named(hall.group)), "x", 5)).await, "400 CHANNEL_INVALID");
    assert_eq!(hall.telegram.violations().len(), 1);
}

#[tokio::test]
async fn messages_are_edited_by_their_author() {
    let hall = Hall::open();
    hall.telegram.freeze();
    let bob = hall.person("Bob");
    hall.telegram.add_member(hall.group, bob);
    let mut reader = Client::new(&hall.telegram.login_string(bob));
    let his = input_peer(&reader.channel("studyhall").await);
    let client = hall.client().await;
    let peer = input_peer(&client.channel("studyhall").await);
    let request = text(peer.clone(), "Standings", 77);
    let id = sent_id(&client.invoke(&request).await).unwrap();
    reader.next().await;

    hall.telegram.advance(60);
    let now = hall.telegram.now();
    let bold = vec![tl::types::MessageEntityBold { offset: 0, length: 5 }.into()];
    let change = tl::functions::messages::EditMessage {
        entities: Some(bold.clone()),
        ..edit(peer.clone(), id, "Final standings")
    };
    let tl::enums::Updates::Updates(answer) = client.invoke(&change).await else {
        panic!("no updates");
    };
    let pushed = reader.next().await;
    for (container, out) in [(&answer, true), (&pushed, false)] {
        let [tl::enums::Update::EditChannelMessage(update)] = container.updates.as_slice() else {
            panic!("not an edit: {container:?}");
        };
        let edited = message(&update.message);
        assert_eq!((edited.id, edited.message.as_str(), edited.out), (id, "Final standings", out));
        assert_eq!(edited.edit_date, Some(now as i32));
        assert_eq!(edited.entities, Some(bold.clone()));
        assert_eq!((update.pts, update.pts_count), (4, 1));
    }
    let stored = hall.telegram.messages(hall.group);
    assert_eq!((stored[0].date, stored[0].edited, stored[0].edits), (now - 60, Some(now), 1));

    for (wrong, error) in [
        (change.clone(), "400 MESSAGE_NOT_MODIFIED"),
        (edit(peer.clone(), id, " "), "400 MESSAGE_EMPTY"),
        (edit(peer.clone(), id, &"x".repeat(4097)), "400 MESSAGE_TOO_LONG"),
        (edit(peer.clone(), id + 1, "x"), "400 MESSAGE_ID_INVALID"),
        // The service message about the creation of the group.
        (edit(peer.clone(), 1, "x"), "400 MESSAGE_ID_INVALID"),
        (
            tl::functions::messages::EditMessage { entities: Some(bold), ..edit(peer.clone(), id, "x") },
            "400 ENTITY_BOUNDS_INVALID",
        ),
    ] {
        assert_eq!(client.error(&wrong).await, error);
    }
    assert_eq!(reader.error(&edit(his, id, "Bob first")).await, "403 MESSAGE_AUTHOR_REQUIRED");
    // The text without its entities is a change.
    client.invoke(&edit(peer.clone(), id, "Final standings")).await;
    assert_eq!(hall.telegram.messages(hall.group)[0].edits, 2);

    assert_eq!(sent_id(&client.invoke(&request).await), Some(id), "the first text's random id is known still");
    hall.telegram.delete_message(hall.group, id);
    assert_eq!(hall.telegram.messages(hall.group), []);
    reader.next().await;
    let pushed = reader.next().await;
    assert!(
        matches!(pushed.updates.as_slice(), [tl::enums::Update::DeleteChannelMessages(gone)] if gone.messages == [id]),
        "{pushed:?}"
    );
    assert_eq!(client.error(&edit(peer.clone(), id, "x")).await, "400 MESSAGE_ID_INVALID");
    assert_eq!(sent_id(&client.invoke(&request).await), Some(id));
    assert_eq!(hall.telegram.messages(hall.group), []);
    hall.no_violations();
}

#[tokio::test]
async fn a_message_becomes_too_old_to_edit() {
    let hall = Hall::open();
    let (_, bot) = bot_in(&hall).await;
    let bots = input_peer(&bot.channel("studyhall").await);
    let bots_id = sent_id(&bot.invoke(&text(bots.clone(), "Board", 1)).await).unwrap();
    let client = hall.client().await;
    let peer = input_peer(&client.channel("studyhall").await);
    let id = sent_id(&client.invoke(&text(peer.clone(), "Standings", 1)).await).unwrap();

    hall.telegram.faults().error("messages.editMessage", 400, "MESSAGE_EDIT_TIME_EXPIRED", 1);
    assert_eq!(client.error(&edit(peer.clone(), id, "Final")).await, "400 MESSAGE_EDIT_TIME_EXPIRED");
    client.invoke(&edit(peer.clone(), id, "Final")).await;

    hall.telegram.advance(2 * DAY + 1);
    // Both clients first get the new time.
    let client = hall.client().await;
    bot.invoke(&STATE).await;
    assert_eq!(client.error(&edit(peer, id, "Too late")).await, "400 MESSAGE_EDIT_TIME_EXPIRED");
    bot.invoke(&edit(bots, bots_id, "Never too late")).await;
}

#[tokio::test]
async fn missed_edits_and_deletions_are_told() {
    let hall = Hall::open();
    let client = hall.client().await;
    let channel = client.channel("studyhall").await;
    let mut ids = Vec::new();
    for n in 1..=3 {
        ids.extend(sent_id(&client.invoke(&text(input_peer(&channel), "Draft", n)).await));
    }
    let after = |pts| tl::functions::updates::GetChannelDifference {
        force: false,
        channel: channel.clone().into(),
        filter: tl::enums::ChannelMessagesFilter::Empty,
        pts,
        limit: 100,
    };
    client.invoke(&edit(input_peer(&channel), ids[0], "One")).await;
    client.invoke(&edit(input_peer(&channel), ids[0], "Two")).await;
    hall.telegram.delete_message(hall.group, ids[1]);
    let tl::enums::updates::ChannelDifference::Difference(missed) = client.invoke(&after(5)).await else {
        panic!("no difference");
    };
    assert_eq!(missed.pts, 8);
    assert!(missed.new_messages.is_empty());
    let [tl::enums::Update::EditChannelMessage(edited), tl::enums::Update::DeleteChannelMessages(deleted)] =
        missed.other_updates.as_slice()
    else {
        panic!("{:?}", missed.other_updates);
    };
    assert_eq!((message(&edited.message).message.as_str(), edited.pts), ("Two", 7));
    assert_eq!((deleted.messages.as_slice(), deleted.pts), (&ids[1..2], 8));
    let tl::enums::updates::ChannelDifference::Difference(all) = client.invoke(&after(2)).await else {
        panic!("no difference");
    };
    let texts: Vec<_> = all.new_messages.iter().map(|new| message(new).message.as_str()).collect();
    assert_eq!(texts, ["Two", "Draft"]);

    let basic = hall.telegram.basic_group("Old Hall");
    hall.telegram.add_member(basic, hall.ada);
    let peer: tl::enums::InputPeer = tl::types::InputPeerChat { chat_id: -basic }.into();
    let tl::enums::updates::State::State(before) = client.invoke(&STATE).await;
    let id = sent_id(&client.invoke(&text(peer.clone(), "Draft", 9)).await).unwrap();
    let tl::enums::Updates::Updates(answer) = client.invoke(&edit(peer, id, "One")).await else {
        panic!("no updates");
    };
    let [tl::enums::Update::EditMessage(edited)] = answer.updates.as_slice() else {
        panic!("not an edit: {answer:?}");
    };
    assert_eq!(edited.pts, before.pts + 2);
    hall.telegram.delete_message(basic, id);
    let missed = tl::functions::updates::GetDifference {
        pts: before.pts + 1,
        pts_limit: None,
        pts_total_limit: None,
        date: before.date,
        qts: 0,
        qts_limit: None,
    };
    let tl::enums::updates::Difference::Difference(missed) = client.invoke(&missed).await else {
        panic!("no difference");
    };
    assert!(
        matches!(missed.other_updates.as_slice(), [tl::enums::Update::DeleteMessages(gone)] if gone.messages == [id]),
        "{:?}",
        missed.other_updates
    );
    hall.no_violations();
}

#[tokio::test]
async fn writing_is_forbidden_and_members_are_banned() {
    let hall = Hall::open();
    let mut client = hall.client().await;
    let channel = client.channel("studyhall").await;
    let peer = input_peer(&channel);
    let id = sent_id(&client.invoke(&text(peer.clone(), "Standings", 1)).await).unwrap();
    let telegram = &hall.telegram;

    telegram.forbid_writing(hall.group, true);
    let chat = told(&mut client).await;
    assert!(chat.admin_rights.is_none());
    assert!(matches!(
        &chat.default_banned_rights,
        Some(tl::enums::ChatBannedRights::Rights(rights)) if rights.send_messages
    ));
    assert_eq!(client.error(&text(peer.clone(), "x", 2)).await, "403 CHAT_WRITE_FORBIDDEN");
    assert_eq!(client.error(&edit(peer.clone(), id, "x")).await, "403 CHAT_WRITE_FORBIDDEN");
    assert_eq!(sent_id(&client.invoke(&text(peer.clone(), "Standings", 1)).await), Some(id));
    telegram.admin(hall.group, hall.ada, true);
    assert!(told(&mut client).await.admin_rights.is_some());
    client.invoke(&text(peer.clone(), "x", 2)).await;
    telegram.admin(hall.group, hall.ada, false);
    assert_eq!(client.error(&text(peer.clone(), "x", 3)).await, "403 CHAT_WRITE_FORBIDDEN");
    telegram.forbid_writing(hall.group, false);
    client.invoke(&text(peer.clone(), "x", 3)).await;

    telegram.ban(hall.group, hall.ada, true);
    assert_eq!(client.error(&text(peer.clone(), "x", 4)).await, "400 USER_BANNED_IN_CHANNEL");
    client.full_channel(&channel).await;
    telegram.ban(hall.group, hall.ada, false);
    client.invoke(&text(peer.clone(), "x", 4)).await;

    telegram.remove_member(hall.group, hall.ada);
    assert_eq!(client.error(&text(peer.clone(), "x", 5)).await, "400 CHANNEL_PRIVATE");
    assert_eq!(client.error(&edit(peer.clone(), id, "x")).await, "400 CHANNEL_PRIVATE");
    telegram.add_member(hall.group, hall.ada);
    client.invoke(&text(peer, "x", 5)).await;

    let news = telegram.channel("News");
    telegram.add_member(news, hall.ada);
    let named = loop {
        let named = told(&mut client).await;
        if named.id == bare(news) {
            break tl::types::InputChannel { channel_id: named.id, access_hash: named.access_hash.unwrap() };
        }
    };
    let peer = input_peer(&named);
    assert_eq!(client.error(&text(peer.clone(), "x", 6)).await, "400 CHAT_ADMIN_REQUIRED");
    telegram.admin(news, hall.ada, true);
    client.invoke(&text(peer, "x", 6)).await;
    assert_eq!(telegram.messages(news)[0].from, hall.ada);
    hall.no_violations();
}

#[tokio::test]
async fn slow_mode_holds_members_back() {
    let hall = Hall::open();
    hall.telegram.freeze();
    let client = hall.client().await;
    let channel = client.channel("studyhall").await;
    let peer = input_peer(&channel);
    hall.telegram.slow_mode(hall.group, 30);
    let full = client.full_channel(&channel).await;
    assert_eq!((full.slowmode_seconds, full.slowmode_next_send_date), (Some(30), None));
    let first = text(peer.clone(), "one", 1);
    client.invoke(&first).await;
    let full = client.full_channel(&channel).await;
    assert_eq!(full.slowmode_next_send_date, Some(hall.telegram.now() as i32 + 30));
    hall.telegram.advance(12);
    assert_eq!(client.error(&text(peer.clone(), "two", 2)).await, "420 SLOWMODE_WAIT 18");
    client.invoke(&first).await;
    hall.telegram.advance(18);
    client.invoke(&text(peer.clone(), "two", 2)).await;
    assert_eq!(client.error(&text(peer.clone(), "three", 3)).await, "420 SLOWMODE_WAIT 30");
    hall.telegram.admin(hall.group, hall.ada, true);
    client.invoke(&text(peer.clone(), "three", 3)).await;
    hall.telegram.admin(hall.group, hall.ada, false);
    hall.telegram.slow_mode(hall.group, 0);
    client.invoke(&text(peer, "four", 4)).await;
    assert_eq!(hall.telegram.messages(hall.group).len(), 4);
    hall.no_violations();
}
