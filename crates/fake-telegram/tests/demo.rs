//! The demo binary, from outside.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use common::*;
use grammers_client::tl;

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; the test says so then.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The demo with these arguments, and the lines that it prints.
fn start(args: &[&str]) -> (Running, impl Iterator<Item = String> + use<>) {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_fake-telegram"));
    let mut demo =
        Running(demo.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the demo starts"));
    let lines = BufReader::new(demo.0.stdout.take().expect("a pipe")).lines().map(|line| line.expect("UTF-8"));
    (demo, lines)
}

#[tokio::test]
async fn the_demo_serves_a_group_in_which_people_come_and_go() {
    let (_demo, mut lines) = start(&["--people", "250", "--every", "0.05"]);
    let mut setting =
        |name: &str| lines.find_map(|line| Some(line.strip_prefix(name)?.strip_prefix('=')?.to_owned())).expect(name);
    let group = setting("TELEGRAM_GROUP_USERNAME");
    let mut client = Client::new(&setting("TG_STRING_SESSION"));
    let call = client.call(group.strip_prefix('@').expect("a username")).await;
    let page = client.page(&call, "", 100).await;
    assert!((100..=150).contains(&page.count), "{}", page.count);
    assert_eq!(page.participants.len(), 100);
    let (_, update) = client.next_participants().await;
    assert!(update.version >= page.version);
}

#[tokio::test]
async fn the_demo_serves_several_groups_with_a_limit() {
    let limit = "updates.getState=2/600";
    let (_demo, lines) = start(&["--people", "4", "--groups", "3", "--calls", "2", "--lively", "50", "--flood", limit]);
    let mut ids = Vec::new();
    let mut client = None;
    for line in lines {
        if let Some(login) = line.strip_prefix("TG_STRING_SESSION=") {
            client = Some(Client::new(login));
        }
        ids.extend(line.strip_prefix("id = ").map(|id| id.parse::<i64>().expect("an id")));
        if ids.len() == 3 {
            break;
        }
    }
    assert!(ids[0] < -1_000_000_000_000 && ids[1] < -1_000_000_000_000 && ids[2] > -1_000_000_000_000, "{ids:?}");
    let mut client = client.expect("a login string");
    let state = tl::functions::updates::GetState {};
    client.invoke(&state).await;
    client.invoke(&state).await;
    assert!(client.error(&state).await.starts_with("420 FLOOD_WAIT "));
    let chats = client.invoke(&tl::functions::messages::GetChats { id: vec![-ids[2]] }).await;
    let tl::enums::messages::Chats::Chats(chats) = chats else { panic!("a slice") };
    assert!(matches!(&chats.chats[..], [tl::enums::Chat::Chat(chat)] if !chat.call_active), "{chats:?}");
    // An update of the group that is in no list.
    client.next_participants().await;
}

#[tokio::test]
async fn people_of_the_demo_talk_to_its_bot() {
    let (mut demo, mut lines) = start(&["--people", "4", "--every", "86400"]);
    let mut setting =
        |name: &str| lines.find_map(|line| Some(line.strip_prefix(name)?.strip_prefix('=')?.to_owned())).expect(name);
    let token = setting("TELEGRAM_BOT_TOKEN");
    let mut bot = Client::new(&setting("TG_BOT_STRING_SESSION"));
    bot.invoke(&sign_in(&token)).await;
    bot.invoke(&tl::functions::updates::GetState {}).await;
    let mut stdin = demo.0.stdin.take().expect("a pipe");
    writeln!(stdin, "shout ada x\ntell nobody x\ntell ada /me").expect("the demo reads");
    let heard = next_of(&mut bot, |update| matches!(update, tl::enums::Update::NewMessage(_))).await;
    let [tl::enums::Update::NewMessage(new)] = heard.updates.as_slice() else { panic!("{heard:?}") };
    let tl::enums::Peer::User(ada) = message(&new.message).peer_id.clone() else { panic!("not private") };
    let ada = tl::types::InputPeerUser { user_id: ada.user_id, access_hash: 0 }.into();
    bot.invoke(&text(ada, "40 min", 1)).await;
    let printed: Vec<String> = lines.take_while(|line| line != "40 min").collect();
    assert!(printed.iter().any(|line| line == "nobody is called nobody"), "{printed:?}");
    assert!(printed.last().is_some_and(|line| line.ends_with("to ada:")), "{printed:?}");
}

#[test]
fn a_limit_that_is_none_is_named() {
    for (limit, wanted) in [("updates.getState=2", "METHOD=COUNT/SECONDS"), ("updates.getStat=2/1", "not served")] {
        let mut demo = Command::new(env!("CARGO_BIN_EXE_fake-telegram"));
        let output = demo.args(["--flood", limit]).output().expect("the demo starts");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(wanted), "{error}");
    }
}
