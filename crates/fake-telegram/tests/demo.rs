//! The demo binary, from outside.

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use common::Client;

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; the test says so then.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_demo_serves_a_group_in_which_people_come_and_go() {
    let mut demo = Running(
        Command::new(env!("CARGO_BIN_EXE_fake-telegram"))
            .args(["--people", "250", "--every", "0.05"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the demo starts"),
    );
    let mut lines = BufReader::new(demo.0.stdout.take().expect("a pipe")).lines().map(|line| line.expect("UTF-8"));
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
