//! Messages of people, and which bots receive them, with the grammers client.

mod common;

use common::*;
use fake_telegram::{Button, Id, MenuCommand, MenuScope, Message, Person, Rights, Saying};
use grammers_client::tl;

const STATE: tl::functions::updates::GetState = tl::functions::updates::GetState {};
const DAY: i64 = 86_400;

fn user(user_id: Id) -> tl::enums::InputPeer {
    tl::types::InputPeerUser { user_id, access_hash: 0 }.into()
}

fn channel(group: Id) -> tl::types::InputChannel {
    tl::types::InputChannel { channel_id: bare(group), access_hash: 0 }
}

/// A message that was pushed in a container of its own.
fn pushed(container: &tl::types::Updates) -> &tl::types::Message {
    match container.updates.as_slice() {
        [tl::enums::Update::NewMessage(update)] => message(&update.message),
        [tl::enums::Update::NewChannelMessage(update)] => message(&update.message),
        other => panic!("not one message: {other:?}"),
    }
}

/// The next message that the client receives, skipping other updates.
async fn heard(client: &mut Client) -> tl::types::Message {
    let container = next_of(client, |update| {
        matches!(update, tl::enums::Update::NewMessage(_) | tl::enums::Update::NewChannelMessage(_))
    });
    pushed(&container.await).clone()
}

/// Checks that nothing was pushed: it would have come before the answer.
async fn hears_nothing(client: &mut Client) {
    client.invoke(&STATE).await;
    while let Ok(next) = client.updates.try_recv() {
        if let grammers_client::session::updates::UpdatesLike::Updates(tl::enums::Updates::Updates(container)) = next {
            let is_message = |update: &tl::enums::Update| {
                matches!(update, tl::enums::Update::NewMessage(_) | tl::enums::Update::NewChannelMessage(_))
            };
            assert!(!container.updates.iter().any(is_message), "{container:?}");
        }
    }
}

async fn state(client: &Client) -> tl::types::updates::State {
    let tl::enums::updates::State::State(state) = client.invoke(&STATE).await;
    state
}

fn difference(pts: i32) -> tl::functions::updates::GetDifference {
    tl::functions::updates::GetDifference {
        pts,
        pts_limit: None,
        pts_total_limit: None,
        date: 0,
        qts: 0,
        qts_limit: None,
    }
}

fn channel_difference(group: Id, pts: i32) -> tl::functions::updates::GetChannelDifference {
    tl::functions::updates::GetChannelDifference {
        force: false,
        channel: channel(group).into(),
        filter: tl::enums::ChannelMessagesFilter::Empty,
        pts,
        limit: 100,
    }
}

fn texts(messages: &[tl::enums::Message]) -> Vec<String> {
    messages.iter().map(|new| message(new).message.clone()).collect()
}

fn sender(message: &tl::types::Message) -> Option<Id> {
    message.from_id.as_ref().map(|peer| match peer {
        tl::enums::Peer::User(peer) => peer.user_id,
        tl::enums::Peer::Chat(peer) => -peer.chat_id,
        tl::enums::Peer::Channel(peer) => -1_000_000_000_000 - peer.channel_id,
    })
}

#[tokio::test]
async fn a_bot_is_told_of_what_is_meant_for_it() {
    let hall = Hall::open();
    let (bot, mut client) = bot_in(&hall).await;
    let other = hall.telegram.person(Person::named("Other").username("other_bot").bot());
    hall.telegram.add_member(hall.group, other);
    let own = sent_id(&client.invoke(&text(input_peer(&channel(hall.group)), "Board", 1)).await).unwrap();
    let say = |text: &str| hall.telegram.say(hall.ada, hall.group, text);
    let first = say("hello");
    say("/me");
    say("/me@other_bot");
    say("/me@Board_Bot now");
    say("and /me in the middle");
    hall.telegram.say_as(Saying::new(hall.ada, hall.group, "why?").in_reply_to(own));
    hall.telegram.say_as(Saying::new(hall.ada, hall.group, "to Ada").in_reply_to(first));
    hall.telegram.say(other, hall.group, "/bots hear no bots");
    let wanted = ["/me", "/me@Board_Bot now", "why?"];
    for text in wanted {
        let container = next_of(&mut client, |update| matches!(update, tl::enums::Update::NewChannelMessage(_))).await;
        let new = pushed(&container);
        assert_eq!((new.message.as_str(), sender(new), new.out), (text, Some(hall.ada), false));
    }
    hears_nothing(&mut client).await;
    let tl::enums::updates::ChannelDifference::Difference(missed) =
        client.invoke(&channel_difference(hall.group, 3)).await
    else {
        panic!("no difference");
    };
    assert_eq!(texts(&missed.new_messages), wanted);
    assert_eq!(missed.pts, 11, "the others are counted");

    hall.telegram.privacy_mode(bot, false);
    say("all of it");
    assert_eq!(heard(&mut client).await.message, "all of it");
    hall.telegram.privacy_mode(bot, true);
    say("nothing");
    hall.telegram.admin(hall.group, bot, true);
    say("for admins");
    assert_eq!(heard(&mut client).await.message, "for admins");
    hall.no_violations();
}

#[tokio::test]
async fn a_bot_in_a_basic_group_counts_what_it_is_told_only() {
    let hall = Hall::open();
    let (bot, mut client) = bot_in(&hall).await;
    let basic = hall.telegram.basic_group("Old Hall");
    hall.telegram.add_member(basic, hall.ada);
    hall.telegram.add_member(basic, bot);
    let before = state(&client).await.pts;
    let hidden = hall.telegram.say(hall.ada, basic, "hello");
    hall.telegram.say(hall.ada, basic, "/me");
    hall.telegram.delete_message(basic, hidden);
    assert_eq!(heard(&mut client).await.message, "/me");
    assert_eq!(state(&client).await.pts, before + 1);
    let tl::enums::updates::Difference::Difference(missed) = client.invoke(&difference(before)).await else {
        panic!("no difference");
    };
    assert_eq!((texts(&missed.new_messages), missed.other_updates.len()), (vec!["/me".to_owned()], 0));
    hall.no_violations();
}

#[tokio::test]
async fn a_command_has_its_entity_and_its_place() {
    let hall = Hall::open();
    let (bot, mut client) = bot_in(&hall).await;
    let topic = hall.telegram.topic(hall.group);
    let id = hall.telegram.say_as(Saying::new(hall.ada, hall.group, "/me 🦉 /top").in_topic(topic));
    let told = heard(&mut client).await;
    let command = |offset, length| tl::types::MessageEntityBotCommand { offset, length }.into();
    assert_eq!(told.entities, Some(vec![command(0, 3), command(7, 4)]));
    let Some(tl::enums::MessageReplyHeader::Header(header)) = told.reply_to else { panic!("no topic") };
    assert_eq!((header.forum_topic, header.reply_to_msg_id, header.reply_to_top_id), (true, Some(topic), None));

    let request = tl::functions::messages::SendMessage {
        reply_to: Some(reply(id, Some(topic))),
        ..text(input_peer(&channel(hall.group)), "You", 5)
    };
    let answer = sent_id(&client.invoke(&request).await).unwrap();
    let stored = hall.telegram.messages(hall.group).pop().unwrap();
    assert_eq!((stored.id, stored.reply_to, stored.topic, stored.from), (answer, Some(id), Some(topic), bot));
    hall.telegram.say_as(Saying::new(hall.ada, hall.group, "thanks").in_reply_to(answer));
    let told = heard(&mut client).await;
    let Some(tl::enums::MessageReplyHeader::Header(header)) = told.reply_to else { panic!("no reply") };
    assert_eq!((header.reply_to_msg_id, header.reply_to_top_id), (Some(answer), Some(topic)));
    hall.no_violations();

    for (to, top, error) in [(9999, None, "400 MSG_ID_INVALID"), (id, None, "no error")] {
        let request = tl::functions::messages::SendMessage {
            reply_to: Some(reply(to, top)),
            ..text(input_peer(&channel(hall.group)), "x", 6 + i64::from(to))
        };
        assert_eq!(client.error(&request).await, error);
    }
    // The request did not name the topic.
    assert_eq!(hall.telegram.violations().len(), 1);
}

fn reply(reply_to_msg_id: i32, top_msg_id: Option<i32>) -> tl::enums::InputReplyTo {
    tl::types::InputReplyToMessage {
        reply_to_msg_id,
        top_msg_id,
        reply_to_peer_id: None,
        quote_text: None,
        quote_entities: None,
        quote_offset: None,
        monoforum_peer_id: None,
        todo_item_id: None,
        poll_option: None,
    }
    .into()
}

#[tokio::test]
async fn admins_write_anonymously_and_channels_write() {
    let hall = Hall::open();
    let (_, mut client) = bot_in(&hall).await;
    let channel = hall.telegram.channel("Owls");
    hall.telegram.admin(hall.group, hall.ada, true);
    let say = || Saying::new(hall.ada, hall.group, "/post");
    for (saying, from) in [
        (say().anonymously(), Some(hall.group)),
        (say().without_sender(), None),
        (say().as_channel(channel), Some(channel)),
    ] {
        let id = hall.telegram.say_as(saying);
        let told = heard(&mut client).await;
        assert_eq!((told.id, sender(&told)), (id, from));
    }
    hall.no_violations();
}

#[tokio::test]
async fn a_bot_writes_privately_to_who_has_written_to_it() {
    let hall = Hall::open();
    let ada = hall.telegram.person(Person::named("Adele").lang("ru"));
    hall.telegram.add_member(hall.group, ada);
    let (bot, mut client) = bot_in(&hall).await;
    assert_eq!(client.error(&text(user(ada), "Hello", 1)).await, "400 PEER_ID_INVALID");
    assert_eq!(client.error(&text(user(ada + 1_000_000), "Hello", 1)).await, "400 PEER_ID_INVALID");
    let id = hall.telegram.say(ada, bot, "/start");
    let container = next_of(&mut client, |update| matches!(update, tl::enums::Update::NewMessage(_))).await;
    let told = pushed(&container);
    // The sender is the chat.
    assert_eq!((told.id, told.out, sender(told)), (id, false, None));
    assert!(matches!(&told.peer_id, tl::enums::Peer::User(peer) if peer.user_id == ada));
    let language = container.users.iter().find_map(|seen| match seen {
        tl::enums::User::User(seen) if seen.id == ada => seen.lang_code.clone(),
        _ => None,
    });
    assert_eq!(language.as_deref(), Some("ru"));
    client.invoke(&text(user(ada), "Hello", 1)).await;
    assert_eq!(hall.telegram.messages(ada)[0].text, "Hello");
    assert_eq!(hall.telegram.chat(ada, bot).len(), 2);

    let hers = Client::new(&hall.telegram.login_string(ada));
    // Only bots receive the language.
    let me = hers.invoke(&tl::functions::users::GetUsers { id: vec![tl::enums::InputUser::UserSelf] }).await;
    assert!(matches!(&me[..], [tl::enums::User::User(me)] if me.id == ada && me.lang_code.is_none()));
    hall.telegram.block(ada, bot);
    assert_eq!(client.error(&text(user(ada), "Hello?", 2)).await, "403 USER_IS_BLOCKED");
    hall.telegram.unblock(ada, bot);
    client.invoke(&text(user(ada), "Hello?", 2)).await;
    hall.no_violations();
}

#[tokio::test]
async fn a_user_account_is_told_of_its_private_messages() {
    let hall = Hall::open();
    let mut client = hall.client().await;
    let bob = hall.person("Bob");
    let before = state(&client).await.pts;
    hall.telegram.say(bob, hall.ada, "hello");
    hall.telegram.say(hall.ada, hall.ada, ".logs tail");
    hall.telegram.say(hall.ada, bob, "hello, Bob");
    let mut told = Vec::new();
    for n in 1..=3 {
        let container = client.next().await;
        let [tl::enums::Update::NewMessage(update)] = container.updates.as_slice() else { panic!("{container:?}") };
        assert_eq!((update.pts, update.pts_count), (before + n, 1));
        let new = message(&update.message);
        told.push((new.message.clone(), new.out, sender(new), new.saved_peer_id.is_some()));
    }
    assert_eq!(
        told,
        [
            ("hello".to_owned(), false, None, false),
            (".logs tail".to_owned(), false, Some(hall.ada), true),
            ("hello, Bob".to_owned(), true, Some(hall.ada), false),
        ]
    );
    let tl::enums::updates::Difference::Difference(missed) = client.invoke(&difference(before)).await else {
        panic!("no difference");
    };
    assert_eq!(texts(&missed.new_messages), ["hello", ".logs tail", "hello, Bob"]);
    hall.no_violations();
}

fn callback(text: &str, data: &[u8]) -> tl::enums::KeyboardInlineButton {
    let r#type = tl::types::InlineButtonTypeCallback { requires_password: false, data: data.to_vec() }.into();
    tl::types::KeyboardInlineButton { style: None, text: text.to_owned(), r#type }.into()
}

fn link(text: &str, url: &str) -> tl::enums::KeyboardInlineButton {
    let r#type = tl::types::InlineButtonTypeUrl { url: url.to_owned() }.into();
    tl::types::KeyboardInlineButton { style: None, text: text.to_owned(), r#type }.into()
}

fn keyboard(rows: Vec<Vec<tl::enums::KeyboardInlineButton>>) -> Option<tl::enums::ReplyMarkup> {
    let rows = rows.into_iter().map(|buttons| tl::types::KeyboardInlineButtonRow { buttons }.into()).collect();
    Some(tl::types::ReplyInlineMarkup { force_reply: false, rows }.into())
}

/// A board with the buttons Week and Page, in the hall.
async fn board(hall: &Hall, client: &Client) -> Message {
    let request = tl::functions::messages::SendMessage {
        reply_markup: keyboard(vec![vec![callback("Week", b"w"), link("Page", "https://example.org/")]]),
        ..text(input_peer(&channel(hall.group)), "Board", 5)
    };
    client.invoke(&request).await;
    hall.telegram.messages(hall.group).pop().unwrap()
}

#[tokio::test]
async fn buttons_are_checked_kept_and_edited() {
    let hall = Hall::open();
    let (_, client) = bot_in(&hall).await;
    let mut reader = hall.client().await;
    let peer = input_peer(&channel(hall.group));
    let board = board(&hall, &client).await;
    let week = Button::Callback { text: "Week".into(), data: b"w".to_vec() };
    let page = Button::Url { text: "Page".into(), url: "https://example.org/".into() };
    assert_eq!(board.buttons, [[week, page]]);
    let told = heard(&mut reader).await;
    assert_eq!(told.reply_markup, keyboard(vec![vec![callback("Week", b"w"), link("Page", "https://example.org/")]]));

    let markup = |button| keyboard(vec![vec![button]]);
    let same = tl::functions::messages::EditMessage {
        reply_markup: told.reply_markup.clone(),
        ..edit(peer.clone(), board.id, "Board")
    };
    assert_eq!(client.error(&same).await, "400 MESSAGE_NOT_MODIFIED");
    let change = tl::functions::messages::EditMessage {
        message: None,
        reply_markup: markup(callback("Day", b"d")),
        ..edit(peer.clone(), board.id, "")
    };
    client.invoke(&change).await;
    let changed = || hall.telegram.messages(hall.group).into_iter().find(|message| message.id == board.id).unwrap();
    assert_eq!((changed().text.as_str(), changed().buttons[0][0].text()), ("Board", "Day"));
    client.invoke(&edit(peer.clone(), board.id, "Board")).await;
    assert!(changed().buttons.is_empty());

    for (button, error) in [
        (callback("x", b""), "400 BUTTON_DATA_INVALID"),
        (callback("x", &[b'x'; 65]), "400 BUTTON_DATA_INVALID"),
        (callback(" ", b"x"), "400 BUTTON_TEXT_INVALID"),
        (link("x", "example"), "400 BUTTON_URL_INVALID"),
        (callback("x", &[b'x'; 64]), "no error"),
    ] {
        let request =
            tl::functions::messages::SendMessage { reply_markup: markup(button.clone()), ..text(peer.clone(), "x", 7) };
        assert_eq!(client.error(&request).await, error, "{button:?}");
    }
    let ada = hall.client().await;
    let request = tl::functions::messages::SendMessage {
        reply_markup: markup(callback("x", b"x")),
        ..text(input_peer(&ada.channel("studyhall").await), "mine", 8)
    };
    ada.invoke(&request).await;
    assert!(hall.telegram.messages(hall.group).pop().unwrap().buttons.is_empty(), "users send no buttons");
    hall.no_violations();
}

async fn next_press(client: &mut Client) -> tl::types::UpdateBotCallbackQuery {
    let container = next_of(client, |update| matches!(update, tl::enums::Update::BotCallbackQuery(_))).await;
    match container.updates.into_iter().next() {
        Some(tl::enums::Update::BotCallbackQuery(press)) => press,
        other => panic!("no press: {other:?}"),
    }
}

fn answer(query_id: i64, text: &str) -> tl::functions::messages::SetBotCallbackAnswer {
    tl::functions::messages::SetBotCallbackAnswer {
        alert: true,
        query_id,
        message: Some(text.to_owned()),
        url: None,
        cache_time: 0,
    }
}

#[tokio::test]
async fn a_press_is_delivered_until_it_is_answered() {
    let hall = Hall::open();
    hall.telegram.freeze();
    let (_, mut client) = bot_in(&hall).await;
    let board = board(&hall, &client).await;
    let query = hall.telegram.press(hall.ada, hall.group, board.id, "Week");
    let press = next_press(&mut client).await;
    assert_eq!((press.query_id, press.user_id, press.msg_id), (query, hall.ada, board.id));
    assert_eq!(press.data.as_deref(), Some(&b"w"[..]));
    hall.telegram.advance(4);
    assert_eq!(hall.telegram.press_deliveries(query), 1);
    hall.telegram.advance(1);
    assert_eq!(next_press(&mut client).await.query_id, query);
    hall.telegram.repeat_presses();
    assert_eq!(next_press(&mut client).await, press);
    assert_eq!(client.error(&answer(query, &"x".repeat(201))).await, "400 MESSAGE_TOO_LONG");
    let wrong =
        tl::functions::messages::SetBotCallbackAnswer { url: Some("https://t.me/x".into()), ..answer(query, "") };
    assert_eq!(client.error(&wrong).await, "400 URL_INVALID");
    assert!(client.invoke(&answer(query, "The week")).await);
    let told = hall.telegram.press_answer(query).expect("an answer");
    assert_eq!((told.text.as_deref(), told.alert, told.url), (Some("The week"), true, None));
    assert_eq!(client.error(&answer(query, "again")).await, "400 QUERY_ID_INVALID");
    assert_eq!((hall.telegram.press_attempts(query), hall.telegram.press_deliveries(query)), (4, 3));
    hall.telegram.advance(6);
    assert_eq!(hall.telegram.press_deliveries(query), 3);

    let late = hall.telegram.press(hall.ada, hall.group, board.id, "Week");
    hall.telegram.advance(16);
    let client = Client::new(&hall.telegram.login_string(board.from));
    assert_eq!(client.error(&answer(late, "late")).await, "400 QUERY_ID_INVALID");
    assert_eq!(hall.telegram.press_answer(late), None);
    assert_eq!(client.error(&answer(1, "unknown")).await, "400 QUERY_ID_INVALID");
    let ada = hall.client().await;
    assert_eq!(ada.error(&answer(late, "mine")).await, "400 USER_BOT_REQUIRED");
    hall.no_violations();
}

fn get_participant(group: Id, who: Id) -> tl::functions::channels::GetParticipant {
    tl::functions::channels::GetParticipant { channel: channel(group).into(), participant: user(who) }
}

#[tokio::test]
async fn a_bot_asks_who_is_an_admin() {
    let hall = Hall::open();
    let (bot, client) = bot_in(&hall).await;
    let people = ["Bob", "Cleo", "Dan", "Eve"].map(|name| hall.person(name));
    for person in people {
        hall.telegram.add_member(hall.group, person);
    }
    let [bob, cleo, dan, eve] = people;
    hall.telegram.creator(hall.group, hall.ada);
    hall.telegram.promote(hall.group, bob, Rights::NONE);
    hall.telegram.ban(hall.group, cleo, true);
    hall.telegram.remove_member(hall.group, dan);
    hall.telegram.bar(hall.group, eve);
    let ask = async |who| {
        let answer = client.invoke(&get_participant(hall.group, who)).await;
        let tl::enums::channels::ChannelParticipant::Participant(answer) = answer;
        answer.participant
    };
    use tl::enums::ChannelParticipant as Who;
    assert!(matches!(ask(hall.ada).await, Who::Creator(who) if who.user_id == hall.ada));
    let Who::Admin(admin) = ask(bob).await else { panic!("no admin") };
    let tl::enums::ChatAdminRights::Rights(rights) = admin.admin_rights;
    assert!(!rights.delete_messages);
    assert!(matches!(ask(cleo).await, Who::Banned(who) if !who.left));
    assert!(matches!(ask(eve).await, Who::Banned(who) if who.left));
    assert!(matches!(ask(bot).await, Who::ParticipantSelf(_)));
    assert_eq!(client.error(&get_participant(hall.group, dan)).await, "400 USER_NOT_PARTICIPANT");
    hall.telegram.demote(hall.group, bob);
    assert!(matches!(ask(bob).await, Who::Participant(_)));
    let other = hall.telegram.supergroup("Secret", None);
    assert_eq!(client.error(&get_participant(other, bob)).await, "400 CHANNEL_INVALID");

    let basic = hall.telegram.basic_group("Old Hall");
    for person in [bot, hall.ada, bob, cleo] {
        hall.telegram.add_member(basic, person);
    }
    hall.telegram.creator(basic, cleo);
    hall.telegram.admin(basic, bob, true);
    let tl::enums::messages::ChatFull::Full(full) =
        client.invoke(&tl::functions::messages::GetFullChat { chat_id: -basic }).await;
    let tl::enums::ChatFull::Full(full) = full.full_chat else { panic!("no basic group") };
    let tl::enums::ChatParticipants::Participants(all) = full.participants else { panic!("none") };
    let admins = all.participants.iter().filter_map(|one| match one {
        tl::enums::ChatParticipant::Creator(one) => Some((one.user_id, true)),
        tl::enums::ChatParticipant::Admin(one) => Some((one.user_id, false)),
        tl::enums::ChatParticipant::Participant(_) => None,
    });
    let admins: Vec<_> = admins.collect();
    assert_eq!((admins, all.participants.len()), (vec![(bob, false), (cleo, true)], 4));
    hall.telegram.remove_member(hall.group, bot);
    assert_eq!(client.error(&get_participant(hall.group, bob)).await, "400 CHANNEL_PRIVATE");
    hall.no_violations();
}

#[tokio::test]
async fn a_bot_deletes_its_own_messages_and_those_of_others_as_an_admin() {
    let hall = Hall::open();
    let (bot, client) = bot_in(&hall).await;
    let own = board(&hall, &client).await.id;
    let old = sent_id(&client.invoke(&text(input_peer(&channel(hall.group)), "Old", 9)).await).unwrap();
    let hers = hall.telegram.say(hall.ada, hall.group, "/me");
    let delete = |id: Vec<i32>| tl::functions::channels::DeleteMessages { channel: channel(hall.group).into(), id };
    let mut hers_too = hall.client().await;
    let tl::enums::messages::AffectedMessages::Messages(gone) = client.invoke(&delete(vec![own, own, 9999])).await;
    assert_eq!((gone.pts, gone.pts_count), (6, 1), "the channel's");
    let is_deletion = |update: &tl::enums::Update| matches!(update, tl::enums::Update::DeleteChannelMessages(_));
    let told = next_of(&mut hers_too, is_deletion).await;
    let [tl::enums::Update::DeleteChannelMessages(told)] = told.updates.as_slice() else { panic!("{told:?}") };
    assert_eq!((told.messages.as_slice(), told.pts, told.pts_count), (&[own][..], 6, 1));
    assert_eq!(client.error(&delete(vec![hers])).await, "403 MESSAGE_DELETE_FORBIDDEN");
    hall.telegram.promote(hall.group, bot, Rights::NONE);
    assert_eq!(client.error(&delete(vec![hers])).await, "403 MESSAGE_DELETE_FORBIDDEN");
    hall.telegram.advance(2 * DAY + 1);
    let client = Client::new(&hall.telegram.login_string(bot));
    assert_eq!(client.error(&delete(vec![old])).await, "403 MESSAGE_DELETE_FORBIDDEN");
    hall.telegram.admin(hall.group, bot, true);
    client.invoke(&delete(vec![hers, old])).await;
    assert_eq!(hall.telegram.messages(hall.group), []);

    let asked = hall.telegram.say(hall.ada, bot, "/me");
    let delete = tl::functions::messages::DeleteMessages { revoke: true, id: vec![asked] };
    client.invoke(&delete).await;
    assert_eq!(hall.telegram.chat(hall.ada, bot), []);
    hall.no_violations();
}

fn command(command: &str, description: &str, ephemeral: bool) -> tl::enums::BotCommand {
    let (command, description) = (command.to_owned(), description.to_owned());
    tl::types::BotCommand { ephemeral, command, description }.into()
}

#[tokio::test]
async fn a_bot_has_a_menu_for_each_scope_and_language() {
    let hall = Hall::open();
    let (bot, client) = bot_in(&hall).await;
    let set = |scope, lang_code: &str, commands| tl::functions::bots::SetBotCommands {
        scope,
        lang_code: lang_code.to_owned(),
        commands,
    };
    let get = |scope, lang_code: &str| tl::functions::bots::GetBotCommands { scope, lang_code: lang_code.to_owned() };
    use tl::enums::BotCommandScope as Scope;
    let me = vec![command("me", "Мои часы", true)];
    client.invoke(&set(Scope::Chats, "ru", me.clone())).await;
    client.invoke(&set(Scope::Users, "", vec![command("top", "The board", false)])).await;
    assert_eq!(client.invoke(&get(Scope::Chats, "ru")).await, me);
    assert_eq!(client.invoke(&get(Scope::Chats, "")).await, []);
    let line = MenuCommand { command: "me".into(), description: "Мои часы".into(), ephemeral: true };
    assert_eq!(hall.telegram.menu(bot, MenuScope::Chats, "ru"), [line]);
    let reset = tl::functions::bots::ResetBotCommands { scope: Scope::Chats, lang_code: "ru".to_owned() };
    client.invoke(&reset).await;
    assert_eq!(hall.telegram.menu(bot, MenuScope::Chats, "ru"), []);
    let admins = tl::types::BotCommandScopePeerAdmins { peer: input_peer(&channel(hall.group)) }.into();
    client.invoke(&set(admins, "", vec![command("post", "Post", false)])).await;
    assert_eq!(hall.telegram.menu(bot, MenuScope::PeerAdmins(hall.group), "").len(), 1);

    let one = |name: &str, what: &str| vec![command(name, what, false)];
    for (lang, commands, error) in [
        ("rus", one("me", "x"), "400 LANG_CODE_INVALID"),
        ("RU", one("me", "x"), "400 LANG_CODE_INVALID"),
        ("", one("Me", "x"), "400 BOT_COMMAND_INVALID"),
        ("", one("", "x"), "400 BOT_COMMAND_INVALID"),
        ("", one(&"m".repeat(33), "x"), "400 BOT_COMMAND_INVALID"),
        ("", one("me", ""), "400 BOT_COMMAND_DESCRIPTION_INVALID"),
        ("", one("me", &"я".repeat(257)), "400 BOT_COMMAND_DESCRIPTION_INVALID"),
        ("", vec![command("me", "x", false); 101], "400 BOT_COMMANDS_TOO_MUCH"),
        ("", one(&"m".repeat(32), &"я".repeat(256)), "no error"),
    ] {
        assert_eq!(client.error(&set(Scope::Default, lang, commands)).await, error);
    }
    let ada = hall.client().await;
    assert_eq!(ada.error(&get(Scope::Default, "")).await, "400 USER_BOT_REQUIRED");
    hall.no_violations();
}
