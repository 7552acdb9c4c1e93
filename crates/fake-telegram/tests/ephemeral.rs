//! Ephemeral messages, which only a member and a bot see, with the grammers
//! client.

mod common;

use common::*;
use fake_telegram::{Button, Id};
use grammers_client::tl;

fn user(user_id: Id) -> tl::enums::InputUser {
    tl::types::InputUser { user_id, access_hash: 0 }.into()
}

fn peer(group: Id) -> Option<tl::enums::InputPeer> {
    Some(input_peer(&tl::types::InputChannel { channel_id: bare(group), access_hash: 0 }))
}

fn send(group: Id, to: Id, text: &str, random_id: i64) -> tl::functions::ephemeral::SendMessage {
    tl::functions::ephemeral::SendMessage {
        invert_media: false,
        welcome: false,
        anchor: false,
        noforwards: false,
        peer: peer(group),
        receiver_id: user(to),
        query_id: None,
        message: text.to_owned(),
        entities: None,
        media: None,
        reply_markup: None,
        rich_message: None,
        random_id,
        reply_to: None,
    }
}

fn reply(id: i32) -> Option<tl::enums::InputReplyTo> {
    Some(tl::types::InputReplyToEphemeralMessage { id }.into())
}

fn button() -> Option<tl::enums::ReplyMarkup> {
    let r#type = tl::types::InlineButtonTypeCallback { requires_password: false, data: b"w".to_vec() }.into();
    let button = tl::types::KeyboardInlineButton { style: None, text: "Week".to_owned(), r#type }.into();
    let row = tl::types::KeyboardInlineButtonRow { buttons: vec![button] }.into();
    Some(tl::types::ReplyInlineMarkup { force_reply: false, rows: vec![row] }.into())
}

fn edit(group: Id, to: Id, id: i32, text: &str) -> tl::functions::ephemeral::EditMessage {
    tl::functions::ephemeral::EditMessage {
        invert_media: false,
        welcome: false,
        peer: peer(group),
        receiver_id: user(to),
        id,
        message: Some(text.to_owned()),
        media: None,
        entities: None,
        reply_markup: None,
        rich_message: None,
    }
}

async fn heard(client: &mut Client) -> tl::types::EphemeralMessage {
    let container = next_of(client, |update| matches!(update, tl::enums::Update::NewEphemeralMessage(_))).await;
    match container.updates.into_iter().next() {
        Some(tl::enums::Update::NewEphemeralMessage(update)) => {
            let tl::enums::EphemeralMessage::Message(message) = update.message;
            message
        }
        other => panic!("no ephemeral message: {other:?}"),
    }
}

#[tokio::test]
async fn a_member_and_a_bot_talk_unseen() {
    let hall = Hall::open();
    let (bot, mut client) = bot_in(&hall).await;
    let mut hers = hall.client().await;
    let asked = hall.telegram.say_ephemeral(hall.ada, bot, hall.group, "/me");
    let told = heard(&mut client).await;
    assert_eq!((told.id, told.message.as_str(), told.receiver_id, told.out), (asked, "/me", bot, false));
    assert!(matches!(&told.from_id, tl::enums::Peer::User(from) if from.user_id == hall.ada));
    assert_eq!(told.entities, Some(vec![tl::types::MessageEntityBotCommand { offset: 0, length: 3 }.into()]));
    let request = tl::functions::ephemeral::SendMessage {
        reply_to: reply(asked),
        reply_markup: button(),
        ..send(hall.group, hall.ada, "40 min", 5)
    };
    client.invoke(&request).await;
    let answer = heard(&mut hers).await;
    let Some(tl::enums::MessageReplyHeader::Header(header)) = &answer.reply_to else { panic!("no reply") };
    assert_eq!(
        (answer.message.as_str(), header.reply_to_ephemeral, header.reply_to_msg_id),
        ("40 min", true, Some(asked))
    );
    let seen = hall.telegram.ephemeral_messages(hall.ada);
    assert_eq!((seen.len(), seen[0].id, seen[0].reply_to, seen[0].random_id), (1, answer.id, Some(asked), 5));
    assert_eq!(seen[0].buttons, [[Button::Callback { text: "Week".into(), data: b"w".to_vec() }]]);

    let query = hall.telegram.press_ephemeral(hall.ada, answer.id, "Week");
    let container =
        next_of(&mut client, |update| matches!(update, tl::enums::Update::EphemeralBotCallbackQuery(_))).await;
    let [tl::enums::Update::EphemeralBotCallbackQuery(press)] = container.updates.as_slice() else { panic!() };
    assert_eq!((press.query_id, press.msg_id, press.data.as_slice()), (query, answer.id, &b"w"[..]));
    let by_press =
        tl::functions::ephemeral::SendMessage { query_id: Some(query), ..send(hall.group, hall.ada, "The week", 6) };
    client.invoke(&by_press).await;
    let answered = tl::functions::messages::SetBotCallbackAnswer {
        alert: false,
        query_id: query,
        message: None,
        url: None,
        cache_time: 0,
    };
    client.invoke(&answered).await;
    assert!(hall.telegram.press_answer(query).is_some());

    assert_eq!(client.error(&edit(hall.group, hall.ada, asked, "x")).await, "400 MESSAGE_ID_INVALID");
    client.invoke(&edit(hall.group, hall.ada, answer.id, "41 min")).await;
    assert_eq!(client.error(&edit(hall.group, hall.ada, answer.id, "41 min")).await, "400 MESSAGE_NOT_MODIFIED");
    let seen = hall.telegram.ephemeral_messages(hall.ada);
    assert_eq!((seen[0].text.as_str(), seen[0].edits, seen[0].buttons.len()), ("41 min", 1, 0));
    let delete =
        tl::functions::ephemeral::DeleteMessage { peer: peer(hall.group), receiver_id: user(hall.ada), id: answer.id };
    client.invoke(&delete).await;
    assert_eq!(client.error(&delete).await, "400 MESSAGE_ID_INVALID");
    assert_eq!(hall.telegram.ephemeral_messages(hall.ada).len(), 1);
    assert_eq!(hall.telegram.messages(hall.group), []);
    hall.no_violations();
}

#[tokio::test]
async fn what_is_said_while_the_bot_is_away_is_lost() {
    let hall = Hall::open();
    let (bot, client) = bot_in(&hall).await;
    let state = tl::functions::updates::GetState {};
    let before = client.invoke(&state).await;
    drop(client);
    hall.telegram.faults().cut();
    hall.telegram.say_ephemeral(hall.ada, bot, hall.group, "/lost");
    let mut client = Client::new(&hall.telegram.login_string(bot));
    let after = client.invoke(&state).await;
    let pts = |state: &tl::enums::updates::State| {
        let tl::enums::updates::State::State(state) = state;
        state.pts
    };
    assert_eq!(pts(&before), pts(&after));
    hall.telegram.say_ephemeral(hall.ada, bot, hall.group, "/me");
    assert_eq!(heard(&mut client).await.message, "/me");
    hall.no_violations();
}

#[tokio::test]
async fn a_bot_answers_unseen_only_where_it_was_asked_or_is_an_admin() {
    let hall = Hall::open();
    let (bot, client) = bot_in(&hall).await;
    let bob = hall.person("Bob");
    hall.telegram.add_member(hall.group, bob);
    let asked = hall.telegram.say_ephemeral(hall.ada, bot, hall.group, "/me");
    let unasked = send(hall.group, bob, "hello", 1);
    assert_eq!(client.error(&unasked).await, "403 CHAT_ADMIN_REQUIRED");
    let wrong = tl::functions::ephemeral::SendMessage { reply_to: reply(asked), ..unasked.clone() };
    assert_eq!(client.error(&wrong).await, "400 MESSAGE_ID_INVALID");
    let wrong = tl::functions::ephemeral::SendMessage { query_id: Some(1), ..unasked.clone() };
    assert_eq!(client.error(&wrong).await, "400 QUERY_ID_INVALID");
    let wrong = tl::functions::ephemeral::SendMessage { random_id: 0, ..unasked.clone() };
    assert_eq!(client.error(&wrong).await, "400 RANDOM_ID_EMPTY");
    hall.telegram.admin(hall.group, bot, true);
    client.invoke(&unasked).await;
    hall.telegram.remove_member(hall.group, bob);
    assert_eq!(client.error(&send(hall.group, bob, "bye", 2)).await, "400 USER_NOT_PARTICIPANT");
    hall.no_violations();
    client.invoke(&send(hall.group, hall.ada, "hello", 1)).await;
    assert_eq!(hall.telegram.violations().len(), 1, "the same random id");
}
