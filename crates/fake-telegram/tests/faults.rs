//! Each fault knob, with the grammers client.

mod common;

use common::*;
use fake_telegram::{Id, Moment, Release};
use grammers_client::{InvocationError, tl};

const STATE: tl::functions::updates::GetState = tl::functions::updates::GetState {};

#[tokio::test]
async fn flood_waits_and_errors() {
    let hall = Hall::open();
    hall.telegram.freeze();
    let client = hall.client().await;
    hall.telegram.faults().flood_wait("updates.getState", 31, 1);
    assert_eq!(client.error(&STATE).await, "420 FLOOD_WAIT 31");
    hall.telegram.advance(31);
    client.invoke(&STATE).await;
    hall.no_violations();
    hall.telegram.faults().flood_wait("updates.getState", 31, 1);
    assert_eq!(client.error(&STATE).await, "420 FLOOD_WAIT 31");
    hall.telegram.advance(30);
    client.invoke(&STATE).await;
    assert!(hall.telegram.violations()[0].contains("1 s before its flood wait was over"));

    hall.telegram.faults().error("*", 500, "INTERNAL", 2);
    hall.telegram.faults().error("updates.getState", 400, "GROUPCALL_INVALID", 1);
    assert_eq!(client.error(&STATE).await, "500 INTERNAL");
    assert_eq!(client.error(&STATE).await, "500 INTERNAL");
    assert_eq!(client.error(&STATE).await, "400 GROUPCALL_INVALID");
    client.invoke(&STATE).await;
}

#[tokio::test]
async fn the_date_in_the_state_is_wrong() {
    let hall = Hall::open();
    hall.telegram.freeze();
    let client = hall.client().await;
    let now = hall.telegram.now();
    for ahead in [7200, -60, 0] {
        hall.telegram.faults().state_ahead(ahead);
        let tl::enums::updates::State::State(state) = client.invoke(&STATE).await;
        assert_eq!(i64::from(state.date), now + i64::from(ahead));
    }
    hall.no_violations();
}

#[tokio::test]
async fn a_reply_is_lost_after_the_message_was_stored() {
    let hall = Hall::open();
    let client = hall.client().await;
    let channel = client.channel("studyhall").await;
    hall.telegram.faults().lose_reply("messages.sendMessage", 1);
    let request = text(input_peer(&channel), "Standings", 77);
    let lost = client.try_invoke(&request).await;
    assert!(!matches!(lost, Ok(_) | Err(InvocationError::Rpc(_))), "{lost:?}");
    assert_eq!(hall.telegram.messages(hall.group).len(), 1);
    client.invoke(&request).await;
    assert_eq!(hall.telegram.messages(hall.group).len(), 1);
    hall.no_violations();
}

#[tokio::test]
async fn a_request_hangs() {
    let hall = Hall::open();
    let client = hall.client().await;
    let channel = client.channel("studyhall").await;
    hall.telegram.faults().hang("messages.sendMessage", 1);
    assert!(client.hangs(&text(input_peer(&channel), "Standings", 77)).await);
    assert_eq!(hall.telegram.messages(hall.group).len(), 1);
    client.invoke(&STATE).await;
    assert_eq!(hall.telegram.connections(), 1);
}

#[tokio::test]
async fn a_message_is_held_before_it_is_stored() {
    let hall = Hall::open();
    let eve = hall.person("Eve");
    hall.telegram.add_member(hall.group, eve);
    let one = hall.client().await;
    let two = Client::new(&hall.telegram.new_login_string(hall.ada));
    let other = Client::new(&hall.telegram.login_string(eve));
    let request = text(input_peer(&one.channel("studyhall").await), "Standings", 77);
    let elsewhere = text(input_peer(&two.channel("studyhall").await), "Standings", 77);
    let evening = text(input_peer(&other.channel("studyhall").await), "Standings", 77);
    hall.telegram.faults().pause("messages.sendMessage", Moment::Read, 1);
    let (first, ()) = tokio::join!(one.invoke(&request), async {
        until(|| hall.telegram.paused() == 1).await;
        assert_eq!(hall.telegram.messages(hall.group), []);
        assert_eq!(one.error(&request).await, "400 RANDOM_ID_DUPLICATE");
        // Another authorisation key, and the fault is used up.
        assert_eq!(two.error(&elsewhere).await, "400 RANDOM_ID_DUPLICATE");
        other.invoke(&evening).await;
        two.invoke(&text(elsewhere.peer.clone(), "Standings", 78)).await;
        assert_eq!(hall.telegram.messages(hall.group).len(), 2);
        hall.telegram.faults().resume();
        assert_eq!(hall.telegram.paused(), 0);
    });
    assert_eq!(hall.telegram.messages(hall.group).len(), 3);
    assert_eq!(sent_id(&two.invoke(&elsewhere).await), sent_id(&first));
    assert_eq!(hall.telegram.messages(hall.group).len(), 3);
    hall.no_violations();
}

#[tokio::test]
async fn a_repeat_of_a_held_message_is_not_held() {
    let hall = Hall::open();
    let client = hall.client().await;
    let request = text(input_peer(&client.channel("studyhall").await), "Standings", 77);
    hall.telegram.faults().pause("messages.sendMessage", Moment::Read, 2);
    assert!(client.hangs(&request).await);
    until(|| hall.telegram.paused() == 1).await;
    assert_eq!(client.error(&request).await, "400 RANDOM_ID_DUPLICATE");
    assert!(client.hangs(&text(request.peer.clone(), "Standings", 78)).await);
    until(|| hall.telegram.paused() == 2).await;
    hall.telegram.faults().resume();
    let ids: Vec<_> = hall.telegram.messages(hall.group).iter().map(|message| message.random_id).collect();
    assert_eq!(ids, [77, 78], "in the order they came");
}

#[tokio::test]
async fn a_held_message_outlives_its_client() {
    for moment in [Moment::Read, Moment::Stored] {
        let hall = Hall::open();
        let client = hall.client().await;
        let request = text(input_peer(&client.channel("studyhall").await), "Standings", 77);
        hall.telegram.faults().pause("messages.sendMessage", moment, 1);
        assert!(client.hangs(&request).await);
        until(|| hall.telegram.paused() == 1).await;
        drop(client);
        until(|| hall.telegram.connections() == 0).await;
        assert_eq!(hall.telegram.paused(), 1);
        assert_eq!(hall.telegram.messages(hall.group).len(), usize::from(moment == Moment::Stored));
        hall.telegram.faults().resume();
        let stored = hall.telegram.messages(hall.group);
        assert_eq!(stored.len(), 1);
        let again = hall.client().await.invoke(&request).await;
        assert_eq!(sent_id(&again), Some(stored[0].id));
        assert_eq!(hall.telegram.messages(hall.group).len(), 1);
        hall.no_violations();
    }
}

#[tokio::test]
async fn a_message_is_held_after_it_was_stored() {
    let hall = Hall::open();
    let one = hall.client().await;
    let two = Client::new(&hall.telegram.new_login_string(hall.ada));
    let peer = input_peer(&one.channel("studyhall").await);
    let request = text(peer.clone(), "Standings", 77);
    hall.telegram.faults().pause("messages.sendMessage", Moment::Stored, 1);
    let (first, again) = tokio::join!(one.invoke(&request), async {
        until(|| hall.telegram.paused() == 1).await;
        assert_eq!(hall.telegram.messages(hall.group).len(), 1);
        let again = two.invoke(&request).await;
        hall.telegram.faults().resume();
        again
    });
    assert_eq!(sent_id(&first), sent_id(&again));
    assert_eq!(hall.telegram.messages(hall.group).len(), 1);

    let id = sent_id(&first).unwrap();
    hall.telegram.faults().pause("messages.editMessage", Moment::Stored, 5);
    assert!(one.hangs(&edit(peer.clone(), id, "Final")).await);
    until(|| hall.telegram.paused() == 1).await;
    assert_eq!(hall.telegram.messages(hall.group)[0].text, "Final");
    hall.telegram.faults().resume();
    one.invoke(&edit(peer, id, "Final standings")).await;
    assert_eq!(hall.telegram.paused(), 0, "nothing is held any more");
    hall.no_violations();
}

#[tokio::test]
async fn an_answer_is_malformed() {
    let hall = Hall::open();
    let client = hall.client().await;
    hall.telegram.faults().malformed("updates.getState", 1);
    let answer = client.try_invoke(&STATE).await;
    assert!(matches!(answer, Err(InvocationError::Deserialize(_))), "{answer:?}");
    client.invoke(&STATE).await;
}

#[tokio::test]
async fn one_container_has_another_date() {
    let hall = Hall::open();
    hall.telegram.freeze();
    let mut client = hall.client().await;
    hall.telegram.faults().date_next_update(i32::MAX);
    for name in ["Ada", "Bob"] {
        hall.telegram.join(hall.call, hall.person(name));
    }
    let dates = [client.next_participants().await.0, client.next_participants().await.0].map(i64::from);
    assert_eq!(dates, [i32::MAX.into(), hall.telegram.now()]);
}

#[tokio::test]
async fn updates_are_dropped_duplicated_held_and_reversed() {
    let hall = Hall::open();
    let people: Vec<Id> = (0..6).map(|n| hall.person(&format!("P{n}"))).collect();
    let mut client = hall.client().await;
    let faults = hall.telegram.faults();
    faults.drop_updates(1);
    hall.telegram.join(hall.call, people[0]);
    faults.duplicate_updates(1);
    hall.telegram.join(hall.call, people[1]);
    hall.telegram.join(hall.call, people[2]);
    let mut versions = Vec::new();
    for _ in 0..3 {
        versions.push(client.next_participants().await.1.version);
    }
    assert_eq!(versions, [3, 3, 4]);

    faults.hold_updates();
    hall.telegram.join(hall.call, people[3]);
    hall.telegram.join(hall.call, people[4]);
    client.invoke(&STATE).await;
    assert!(client.updates.is_empty());
    faults.release_updates(Release::Reversed);
    hall.telegram.join(hall.call, people[5]);
    let mut versions = Vec::new();
    for _ in 0..3 {
        versions.push(client.next_participants().await.1.version);
    }
    assert_eq!(versions, [6, 5, 7]);

    faults.version_jump(hall.call, 5);
    hall.telegram.leave(hall.call, people[5]);
    assert_eq!(client.next_participants().await.1.version, 13);
    hall.no_violations();
}

#[tokio::test]
async fn pages_reorder_between_reads() {
    let hall = Hall::open();
    let people: Vec<Id> = (0..6).map(|n| hall.person(&format!("P{n}"))).collect();
    for id in &people {
        hall.telegram.join(hall.call, *id);
    }
    let client = hall.client().await;
    let call = client.call("studyhall").await;
    hall.telegram.faults().shuffle_pages(true);
    let first = client.page(&call, "", 3).await;
    let second = client.page(&call, &first.next_offset, 3).await;
    assert_eq!((first.version, second.version), (7, 7));
    let mut seen: Vec<_> = first.participants.iter().chain(&second.participants).map(who).collect();
    assert_eq!(seen.len(), 6);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 5, "one person was skipped, another came twice");
}

#[tokio::test]
async fn min_objects_give_no_access() {
    let hall = Hall::open();
    let bob = hall.person("Bob");
    let mut client = hall.client().await;
    hall.telegram.faults().min_objects(true);
    hall.telegram.join(hall.call, bob);
    let update = client.next().await;
    let [tl::enums::User::User(user)] = update.users.as_slice() else {
        panic!("not one user: {update:?}");
    };
    assert!(user.min);
    let tl::enums::Update::GroupCallParticipants(joined) = &update.updates[0] else {
        panic!("not participants");
    };
    assert!(participant(&joined.participants[0]).min);
    hall.telegram.join(hall.call, hall.ada);
    let (_, joined) = client.next_participants().await;
    assert!(!participant(&joined.participants[0]).is_self);
    let call = client.call("studyhall").await;
    let named = tl::functions::phone::GetGroupParticipants {
        ids: vec![tl::types::InputPeerUser { user_id: bob, access_hash: user.access_hash.unwrap() }.into()],
        ..page_request(&call, "", 1)
    };
    assert_eq!(client.error(&named).await, "400 USER_ID_INVALID");
    assert!(hall.telegram.violations()[0].contains("min object"));
}

#[tokio::test]
async fn the_peer_of_a_call_is_left_out() {
    let hall = Hall::open();
    let mut client = hall.client().await;
    hall.telegram.faults().omit_call_peer(true);
    hall.telegram.end_call(hall.call);
    assert_eq!(client.next_call().await.peer, None);
}

#[tokio::test]
async fn connections_are_cut_and_refused() {
    let hall = Hall::open();
    let client = hall.client().await;
    assert_eq!(hall.telegram.connections(), 1);
    hall.telegram.faults().cut();
    assert_eq!(hall.telegram.connections(), 0);
    // The first request may still go out on the old connection.
    let cut = client.try_invoke(&STATE).await;
    assert!(!matches!(cut, Err(InvocationError::Rpc(_))), "{cut:?}");
    client.invoke(&STATE).await;
    assert_eq!(hall.telegram.connections(), 1);

    hall.telegram.faults().refuse(true);
    for _ in 0..3 {
        let refused = client.try_invoke(&STATE).await;
        assert!(matches!(refused, Err(InvocationError::Io(_))), "{refused:?}");
    }
    hall.telegram.faults().refuse(false);
    client.invoke(&STATE).await;
}

#[tokio::test]
async fn a_silent_peer_stays_silent() {
    let hall = Hall::open();
    let mut client = hall.client().await;
    let faults = hall.telegram.faults();
    faults.silence(true);
    assert!(client.hangs(&STATE).await);
    hall.telegram.join(hall.call, hall.ada);
    faults.silence(false);
    assert!(client.hangs(&STATE).await, "the old connection is dead for good");
    assert!(client.updates.try_recv().is_err());
    assert_eq!(hall.telegram.connections(), 1);
    hall.client().await;
}

#[tokio::test]
async fn authorisations_are_revoked_or_duplicated() {
    let hall = Hall::open();
    let mut client = hall.client().await;
    hall.telegram.faults().revoke(hall.ada);
    assert_eq!(client.error(&STATE).await, "401 AUTH_KEY_UNREGISTERED");
    client.invoke(&tl::functions::help::GetConfig {}).await;
    hall.telegram.join(hall.call, hall.ada);
    client.invoke(&tl::functions::help::GetConfig {}).await;
    assert!(client.updates.try_recv().is_err(), "nothing is pushed to it");

    let again = Client::new(&hall.telegram.new_login_string(hall.ada));
    again.invoke(&STATE).await;
    hall.telegram.faults().duplicated_key(hall.ada);
    assert_eq!(again.error(&STATE).await, "406 AUTH_KEY_DUPLICATED");
}
