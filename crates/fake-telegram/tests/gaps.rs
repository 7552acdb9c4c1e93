//! Messages that get lost, arrive twice or in another order, and differences that arrive in slices or are too long,
//! with the grammers client.

mod common;

use common::*;
use fake_telegram::{FakeTelegram, Id};
use grammers_client::session::updates::UpdatesLike;
use grammers_client::tl;

const STATE: tl::functions::updates::GetState = tl::functions::updates::GetState {};

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

fn channel_difference(group: Id, pts: i32, limit: i32) -> tl::functions::updates::GetChannelDifference {
    tl::functions::updates::GetChannelDifference {
        force: false,
        channel: tl::types::InputChannel { channel_id: bare(group), access_hash: 0 }.into(),
        filter: tl::enums::ChannelMessagesFilter::Empty,
        pts,
        limit,
    }
}

fn texts(messages: &[tl::enums::Message]) -> Vec<String> {
    messages.iter().map(|new| message(new).message.clone()).collect()
}

async fn pts(client: &Client) -> i32 {
    let tl::enums::updates::State::State(state) = client.invoke(&STATE).await;
    state.pts
}

/// The next `n` private messages, with their pts.
async fn next_texts(client: &mut Client, n: usize) -> Vec<(String, i32)> {
    let mut texts = Vec::new();
    while texts.len() < n {
        for update in client.next().await.updates {
            if let tl::enums::Update::NewMessage(new) = update {
                texts.push((message(&new.message).message.clone(), new.pts));
            }
        }
    }
    texts
}

fn say_all(telegram: &FakeTelegram, person: Id, to: Id, texts: &[&str]) {
    for text in texts {
        telegram.say(person, to, text);
    }
}

#[tokio::test]
async fn pushes_to_one_account_are_dropped_doubled_and_swapped() {
    let hall = Hall::open();
    let (bot, mut client) = bot_in(&hall).await;
    let mut hers = hall.client().await;
    let mark = pts(&client).await;
    let (hers_mark, faults) = (pts(&hers).await, hall.telegram.faults());
    faults.drop_updates_to(bot, 1);
    say_all(&hall.telegram, hall.ada, bot, &["lost", "after"]);
    faults.duplicate_updates_to(bot, 1);
    say_all(&hall.telegram, hall.ada, bot, &["twice"]);
    faults.swap_updates_to(bot);
    say_all(&hall.telegram, hall.ada, bot, &["first", "second", "third"]);
    let told = next_texts(&mut client, 6).await;
    let wanted = [("after", 2), ("twice", 3), ("twice", 3), ("second", 5), ("first", 4), ("third", 6)];
    assert_eq!(told, wanted.map(|(text, n)| (text.to_owned(), mark + n)));
    // The other side of the chat has no fault.
    let told = next_texts(&mut hers, 6).await;
    assert_eq!(told.iter().map(|(_, pts)| pts - hers_mark).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    hall.no_violations();
}

#[tokio::test]
async fn a_difference_comes_in_slices_or_is_too_long() {
    let hall = Hall::open();
    let (bot, client) = bot_in(&hall).await;
    let mark = pts(&client).await;
    say_all(&hall.telegram, hall.ada, bot, &["1", "2", "3"]);
    hall.telegram.faults().difference_limit(Some(2));
    let tl::enums::updates::Difference::Slice(slice) = client.invoke(&difference(mark)).await else {
        panic!("no slice");
    };
    let tl::enums::updates::State::State(state) = slice.intermediate_state;
    assert_eq!((texts(&slice.new_messages), state.pts), (vec!["1".to_owned(), "2".to_owned()], mark + 2));
    let tl::enums::updates::Difference::Difference(rest) = client.invoke(&difference(state.pts)).await else {
        panic!("not the last");
    };
    assert_eq!(texts(&rest.new_messages), ["3"]);
    hall.telegram.faults().difference_limit(None);
    let beyond = tl::functions::updates::GetDifference { pts_total_limit: Some(2), ..difference(mark) };
    let too_long = |pts| tl::types::updates::DifferenceTooLong { pts }.into();
    assert_eq!(client.invoke(&beyond).await, too_long(mark + 3));
    hall.telegram.faults().difference_too_long(bot, 1);
    assert_eq!(client.invoke(&difference(mark)).await, too_long(mark + 3));
    assert!(matches!(client.invoke(&difference(mark)).await, tl::enums::updates::Difference::Difference(_)));
    hall.no_violations();
}

#[tokio::test]
async fn a_channels_difference_comes_in_slices_or_is_too_long() {
    let hall = Hall::open();
    let (_, client) = bot_in(&hall).await;
    say_all(&hall.telegram, hall.ada, hall.group, &["/1", "hidden", "/2", "/3"]);
    let mut told = Vec::new();
    let mut pts = 2;
    loop {
        let answer = client.invoke(&channel_difference(hall.group, pts, 2)).await;
        let tl::enums::updates::ChannelDifference::Difference(slice) = answer else { panic!("{answer:?}") };
        told.push(texts(&slice.new_messages));
        pts = slice.pts;
        if slice.r#final {
            break;
        }
    }
    assert_eq!((told, pts), (vec![vec!["/1".to_owned()], vec!["/2".to_owned(), "/3".to_owned()]], 6));
    hall.telegram.faults().difference_too_long(hall.group, 1);
    let answer = client.invoke(&channel_difference(hall.group, 2, 100)).await;
    let tl::enums::updates::ChannelDifference::TooLong(answer) = answer else { panic!("{answer:?}") };
    let tl::enums::Dialog::Dialog(line) = answer.dialog else { panic!("no dialog") };
    assert_eq!((answer.r#final, line.pts), (true, Some(6)));
    let answer = client.invoke(&channel_difference(hall.group, 2, 100)).await;
    assert!(matches!(answer, tl::enums::updates::ChannelDifference::Difference(_)));
    hall.no_violations();
}

#[tokio::test]
async fn private_messages_come_in_their_short_form() {
    let hall = Hall::open();
    let bob = hall.person("Bob");
    let basic = hall.telegram.basic_group("Old Hall");
    for person in [hall.ada, bob] {
        hall.telegram.add_member(basic, person);
    }
    let mut client = hall.client().await;
    let mark = pts(&client).await;
    hall.telegram.faults().short_messages(true);
    hall.telegram.say(bob, hall.ada, "/me");
    hall.telegram.say(hall.ada, bob, "hello");
    hall.telegram.say(bob, basic, "all");
    hall.telegram.say(hall.ada, hall.ada, "note");
    let mut told = Vec::new();
    while told.len() < 4 {
        let next = tokio::time::timeout(BOUND, client.updates.recv()).await.expect("an update in time");
        match next.expect("the pool runs") {
            UpdatesLike::Updates(tl::enums::Updates::UpdateShortMessage(new)) => {
                told.push((new.message, new.user_id, new.out, new.pts - mark, new.entities.is_some()));
            }
            UpdatesLike::Updates(tl::enums::Updates::UpdateShortChatMessage(new)) => {
                assert_eq!(new.chat_id, -basic);
                told.push((new.message, new.from_id, new.out, new.pts - mark, false));
            }
            UpdatesLike::Updates(tl::enums::Updates::Updates(container)) => {
                let [tl::enums::Update::NewMessage(new)] = container.updates.as_slice() else { continue };
                told.push((format!("whole {}", message(&new.message).message), hall.ada, false, new.pts - mark, false));
            }
            _ => {}
        }
    }
    let wanted = [
        ("/me", bob, false, 1, true),
        ("hello", bob, true, 2, false),
        ("all", bob, false, 3, false),
        ("whole note", hall.ada, false, 4, false),
    ];
    assert_eq!(told, wanted.map(|(text, user, out, pts, entities)| (text.to_owned(), user, out, pts, entities)));

    let to_bob = {
        let full = client.invoke(&tl::functions::messages::GetFullChat { chat_id: -basic }).await;
        let tl::enums::messages::ChatFull::Full(full) = full;
        let seen = full.users.into_iter().find_map(|seen| match seen {
            tl::enums::User::User(seen) if seen.id == bob => seen.access_hash,
            _ => None,
        });
        tl::types::InputPeerUser { user_id: bob, access_hash: seen.expect("an access hash") }.into()
    };
    let answer = client.invoke(&text(to_bob, "again", 7)).await;
    let tl::enums::Updates::UpdateShortSentMessage(sent) = answer else { panic!("{answer:?}") };
    assert_eq!((sent.out, sent.pts), (true, mark + 5));
    assert_eq!(hall.telegram.messages(bob).pop().unwrap().id, sent.id);
    hall.no_violations();
}
