//! Updates that a client has to handle: those of other groups, unreadable ones, and missing ones; and the counts of the
//! requests that follow.

mod common;

use std::time::{Duration, Instant};

use common::*;
use fake_telegram::Counts;
use grammers_client::session::updates::UpdatesLike;
use grammers_client::tl;

const STATE: tl::functions::updates::GetState = tl::functions::updates::GetState {};

fn id_of(call: &tl::enums::InputGroupCall) -> i64 {
    match call {
        tl::enums::InputGroupCall::Call(call) => call.id,
        other => panic!("no call: {other:?}"),
    }
}

fn full(call: &tl::enums::InputGroupCall) -> tl::functions::phone::GetGroupCall {
    tl::functions::phone::GetGroupCall { call: call.clone(), limit: 1 }
}

async fn next_update(client: &mut Client) -> UpdatesLike {
    tokio::time::timeout(BOUND, client.updates.recv()).await.expect("an update in time").expect("the pool runs")
}

/// Checks that nothing was pushed: it would have come before the answer.
async fn nothing_comes(client: &mut Client) {
    client.invoke(&STATE).await;
    assert!(client.updates.try_recv().is_err());
}

#[tokio::test]
async fn another_groups_call_sends_a_burst() {
    let hall = Hall::open();
    let (_, call) = hall.telegram.busy_group("Chess", hall.ada);
    assert_eq!(hall.telegram.participants(call).len(), 2);
    let mut client = hall.client().await;
    let stranger = hall.person("Eve");
    let mut other = Client::new(&hall.telegram.login_string(stranger));
    other.invoke(&STATE).await;
    let version = hall.telegram.version(call);
    hall.telegram.activity_burst(call, 300);
    assert_eq!(hall.telegram.version(call), version + 300);
    let mut named = None;
    for step in 1..=300 {
        let (_, update) = client.next_participants().await;
        assert_eq!((id_of(&update.call), update.version), (call, version + step));
        let [one] = update.participants.as_slice() else { panic!("not one participant: {update:?}") };
        assert!(participant(one).versioned);
        named = Some(update.call);
    }
    // The call that an update names can be requested.
    let named = named.expect("there were updates");
    client.invoke(&full(&named)).await;
    nothing_comes(&mut other).await;
    hall.no_violations();
}

#[tokio::test]
async fn another_groups_call_is_described_with_and_without_its_peer_and_discarded() {
    let hall = Hall::open();
    let (group, call) = hall.telegram.busy_group("Chess", hall.ada);
    let mut client = hall.client().await;
    hall.telegram.push_call(call);
    hall.telegram.push_call_without_peer(call);
    let container = client.next().await;
    let [tl::enums::Update::GroupCall(update)] = container.updates.as_slice() else { panic!("{container:?}") };
    let Some(tl::enums::Peer::Channel(peer)) = &update.peer else { panic!("no peer: {update:?}") };
    assert_eq!(-1_000_000_000_000 - peer.channel_id, group);
    let container = client.next().await;
    let [tl::enums::Update::GroupCall(update)] = container.updates.as_slice() else { panic!("{container:?}") };
    assert_eq!(update.peer, None);
    assert_eq!(container.chats, []);
    let tl::enums::GroupCall::Call(described) = &update.call else { panic!("not running: {update:?}") };
    assert_eq!((described.id, described.participants_count), (call, 2));

    hall.telegram.end_call(call);
    let ended = client.next_call().await;
    assert!(matches!(ended.call, tl::enums::GroupCall::Discarded(discarded) if discarded.id == call));
    let named = tl::types::InputGroupCall { id: call, access_hash: described.access_hash }.into();
    assert_eq!(client.error(&full(&named)).await, "400 GROUPCALL_INVALID");
    // The other call still works.
    client.call("studyhall").await;
    hall.no_violations();
}

#[tokio::test]
async fn a_call_sends_updates_at_a_rate_until_that_is_dropped() {
    const INTERVAL: Duration = Duration::from_millis(5);
    let hall = Hall::open();
    let (_, call) = hall.telegram.busy_group("Chess", hall.ada);
    let mut client = hall.client().await;
    let version = hall.telegram.version(call);
    let start = Instant::now();
    let activity = hall.telegram.start_activity(call, INTERVAL);
    for step in 1..=10 {
        assert_eq!(client.next_participants().await.1.version, version + step);
    }
    assert!(start.elapsed() >= 10 * INTERVAL, "{:?}", start.elapsed());
    drop(activity);
    for version in version + 11..=hall.telegram.version(call) {
        assert_eq!(client.next_participants().await.1.version, version);
    }
    nothing_comes(&mut client).await;
    // An activity with a long interval ends at once, too. In a call that has ended, nothing happens.
    drop(hall.telegram.start_activity(call, Duration::from_secs(3600)));
    let activity = hall.telegram.start_activity(call, INTERVAL);
    hall.telegram.end_call(call);
    drop(activity);
    hall.no_violations();
}

#[tokio::test]
async fn updates_of_an_unknown_constructor_cannot_be_read() {
    let hall = Hall::open();
    let bob = hall.person("Bob");
    let eve = hall.person("Eve");
    let mut client = hall.client().await;
    let mut other = Client::new(&hall.telegram.login_string(eve));
    other.invoke(&STATE).await;
    hall.telegram.faults().push_unreadable(hall.ada, 100);
    for _ in 0..100 {
        let update = next_update(&mut client).await;
        assert!(matches!(update, UpdatesLike::MalformedUpdates), "{update:?}");
    }
    nothing_comes(&mut client).await;
    nothing_comes(&mut other).await;

    // The change in the call is lost with its container.
    let version = hall.telegram.version(hall.call);
    hall.telegram.faults().unreadable_updates(1);
    hall.telegram.join(hall.call, bob);
    hall.telegram.join(hall.call, eve);
    assert!(matches!(next_update(&mut client).await, UpdatesLike::MalformedUpdates));
    assert_eq!(client.next_participants().await.1.version, version + 2);
    assert_eq!(hall.telegram.participants(hall.call).len(), 2);
    hall.no_violations();
}

#[tokio::test]
async fn a_dropped_container_uses_up_no_unreadable_one() {
    let hall = Hall::open();
    let bob = hall.person("Bob");
    let mut client = hall.client().await;
    hall.telegram.faults().unreadable_updates(1);
    hall.telegram.faults().drop_updates(1);
    hall.telegram.join(hall.call, bob);
    hall.telegram.leave(hall.call, bob);
    assert!(matches!(next_update(&mut client).await, UpdatesLike::MalformedUpdates));
    nothing_comes(&mut client).await;
}

#[tokio::test]
async fn updates_are_too_long() {
    let hall = Hall::open();
    let mut client = hall.client().await;
    hall.telegram.faults().push_too_long(hall.ada, 100);
    for _ in 0..100 {
        let update = next_update(&mut client).await;
        assert!(matches!(update, UpdatesLike::Updates(tl::enums::Updates::TooLong)), "{update:?}");
    }
    nothing_comes(&mut client).await;
    hall.no_violations();
}

#[tokio::test]
async fn a_server_pushes_nothing() {
    let hall = Hall::open();
    let (bob, eve) = (hall.person("Bob"), hall.person("Eve"));
    let mut client = hall.client().await;
    let call = client.call("studyhall").await;
    let version = hall.telegram.version(hall.call);
    let faults = hall.telegram.faults();
    faults.no_pushes(true);
    hall.telegram.join(hall.call, bob);
    hall.telegram.join(hall.call, eve);
    hall.telegram.leave(hall.call, bob);
    faults.push_too_long(hall.ada, 3);
    faults.push_unreadable(hall.ada, 3);
    nothing_comes(&mut client).await;
    let page = client.page(&call, "", 100).await;
    assert_eq!((page.count, page.version), (1, version + 3));
    assert_eq!(who(&page.participants[0]), eve);
    faults.no_pushes(false);
    hall.telegram.join(hall.call, bob);
    assert_eq!(client.next_participants().await.1.version, version + 4);
    hall.no_violations();
}

#[tokio::test]
async fn requests_are_counted_by_method() {
    let hall = Hall::open();
    assert_eq!(hall.telegram.counts(), Counts::default());
    assert_eq!(hall.telegram.counts().to_string(), "none");
    let client = hall.client().await;
    client.invoke(&STATE).await;
    assert_eq!(hall.telegram.counts().of("updates.getState"), 2);
    let mark = hall.telegram.counts();
    assert_eq!(hall.telegram.counts().since(&mark).total(), 0);
    let call = client.call("studyhall").await;
    client.page(&call, "", 100).await;
    client.page(&call, "", 100).await;
    // Refused requests are counted, too.
    hall.telegram.faults().flood_wait("updates.getState", 3, 1);
    client.error(&STATE).await;
    let since = hall.telegram.counts().since(&mark);
    assert_eq!(
        since.to_string(),
        "channels.getFullChannel 1, contacts.resolveUsername 1, phone.getGroupParticipants 2, updates.getState 1"
    );
    assert_eq!((since.of("phone.getGroupParticipants"), since.of("phone.getGroupCall"), since.total()), (2, 0, 5));
    assert_eq!(hall.telegram.counts().total(), mark.total() + 5);
    assert_eq!(hall.telegram.counts().total(), hall.telegram.requests().len() as u64);
}
