//! Telegram is reached through proxies, and whatever a server does (rules §3.11, §3.15).

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Stdio};
use std::sync::mpsc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use fake_telegram::{FakeProxy, FakeTelegram};
use serde_json::Value;

use crate::home::{BOUND, START, World};

const KEY: &str = "00112233445566778899aabbccddeeff";
const ACCOUNT: Option<(&str, &str)> = Some(("ada", "p@ss/ %23"));

/// Tracks through a proxy that is restarted twice, and checks that nobody loses a second.
fn an_evening_through(proxy: impl FnOnce(&FakeTelegram) -> FakeProxy) {
    let world = World::new();
    let mut proxy = proxy(&world.telegram);
    world.configure("@studyhall", &[("SWF_PROXY", &proxy.link())]);
    let (ada, bob) = (world.member("Ada"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.telegram.join(call, bob);
    for _ in 0..2 {
        world.pass(call, 300);
        proxy.stop();
        world.await_offline();
        world.telegram.advance(100);
        proxy.restart();
        world.await_look();
    }
    world.pass(call, 200);
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(world.seconds(), [(ada, 1000), (bob, 1000)]);
    assert!(proxy.targets().len() >= 3, "{:?}", proxy.targets());
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
    let shown = world.log() + &world.ok(&["status"]);
    for secret in ["p@ss", "p%40ss", KEY] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

// CASES T10.
#[test]
fn a_call_is_tracked_through_socks5() {
    an_evening_through(|_| FakeProxy::socks5(ACCOUNT));
}

// CASES T10.
#[test]
fn a_call_is_tracked_through_an_http_proxy() {
    an_evening_through(|_| FakeProxy::http(ACCOUNT));
}

// CASES T10.
#[test]
fn a_call_is_tracked_through_an_mtproxy() {
    an_evening_through(|telegram| FakeProxy::mtproxy(KEY, telegram));
}

// CASES T10.
#[test]
fn a_call_is_tracked_through_an_mtproxy_with_padding() {
    an_evening_through(|telegram| FakeProxy::mtproxy(&format!("dd{KEY}"), telegram));
}

// CASES T10.
#[test]
fn a_call_is_tracked_through_an_mtproxy_with_tls() {
    an_evening_through(|telegram| FakeProxy::mtproxy(&format!("ee{KEY}7777772e782e636f6d"), telegram));
}

/// State and text of doctor's check of the proxy.
fn proxy_check(world: &World, variables: &[(&str, &str)]) -> (String, String) {
    let output = world.command(&["doctor", "--json"]).envs(variables.iter().copied()).output().expect("swf runs");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let check = report["checks"].as_array().expect("checks").iter().find(|check| check["check"] == "proxy");
    let check = check.unwrap_or_else(|| panic!("{report:#}"));
    (check["state"].as_str().unwrap().to_owned(), check["text"].as_str().unwrap().to_owned())
}

// CASES T10.
#[test]
fn nothing_goes_round_the_proxy_and_doctor_says_what_is_wrong_with_it() {
    let world = World::new();
    let mut proxy = FakeProxy::socks5(None);
    let requests = || world.telegram.requests().len();
    for name in ["SWF_PROXY", "ALL_PROXY", "https_proxy"] {
        let before = proxy.targets().len();
        let output = world.command(&["session", "check"]).env(name, proxy.link()).output().unwrap();
        assert!(output.status.success() && proxy.targets().len() > before, "{name}: {output:?}");
        let words = format!("{} leads to Telegram", proxy.link());
        assert_eq!(proxy_check(&world, &[(name, &proxy.link())]), ("ok".to_owned(), words));
    }
    let before = (requests(), proxy.targets().len());
    proxy.stop();
    let output = world.command(&["session", "check"]).env("SWF_PROXY", proxy.link()).output().unwrap();
    assert_eq!(output.status.code(), Some(75));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let words = format!("the proxy {} can't be reached: it refuses connections", proxy.link());
    assert!(text.contains(&words), "{text}");
    assert_eq!(proxy_check(&world, &[("SWF_PROXY", &proxy.link())]), ("failed".to_owned(), words));
    assert_eq!((requests(), proxy.targets().len()), before);
    // With an exception from the variable the way is direct.
    for (name, value) in [("SWF_PROXY", "direct"), ("NO_PROXY", "127.0.0.0/8")] {
        let mut command = world.command(&["session", "check"]);
        let output = command.env("ALL_PROXY", proxy.link()).env(name, value).output().unwrap();
        assert!(output.status.success(), "{name}: {output:?}");
    }
    // A proxy that never answers.
    proxy.restart();
    proxy.silence(true);
    let (state, text) = proxy_check(&world, &[("SWF_PROXY", &proxy.link())]);
    assert!(state == "failed" && text.contains("does not answer as one: no answer within"), "{text}");
    // A setting that is wrong.
    let output = world.command(&["session", "check"]).env("SWF_PROXY", "socks4://hush:hush@a.b:1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(78) && text.contains("SWF_PROXY is a SOCKS4 proxy"), "{text}");
    assert!(!text.contains("hush"), "{text}");
}

/// A server that knows no key, and whose key exchange has a prime to factorise; it says when it has sent one.
fn prime_server() -> (SocketAddr, mpsc::Receiver<()>) {
    const PRIME: u64 = (1 << 63) - 25;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sent, was_sent) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut start = [0; 48];
            if stream.read_exact(&mut start).is_err() {
                continue;
            }
            if start[8..16] != [0; 8] {
                let _ = stream.write_all(&(-404_i32).to_le_bytes());
                continue;
            }
            let mut body = 0x0516_2463_u32.to_le_bytes().to_vec();
            body.extend(&start[32..48]);
            body.extend([7; 16]);
            body.push(8);
            body.extend(PRIME.to_be_bytes());
            body.extend([0; 3]);
            body.extend(0x1cb5_c415_u32.to_le_bytes());
            body.extend([0; 4]);
            let mut payload = vec![0; 8];
            payload.extend(((START << 32) | 1).to_le_bytes());
            payload.extend((body.len() as u32).to_le_bytes());
            payload.extend(body);
            let mut frame = (payload.len() as u32 + 12).to_le_bytes().to_vec();
            frame.extend([0; 4]);
            frame.extend(payload);
            frame.extend(crc32fast::hash(&frame).to_le_bytes());
            stream.write_all(&frame).unwrap();
            // The connection stays open.
            std::mem::forget(stream);
            if sent.send(()).is_err() {
                return;
            }
        }
    });
    (address, was_sent)
}

// CASES T9.
#[test]
fn a_key_exchange_that_never_ends_is_given_up() {
    let world = World::new();
    let (address, was_sent) = prime_server();
    let SocketAddr::V4(address) = address else { unreachable!() };
    let mut bytes = vec![2];
    bytes.extend(address.ip().octets());
    bytes.extend(address.port().to_be_bytes());
    bytes.extend([9; 256]);
    let string = format!("1{}", BASE64_URL_SAFE.encode(bytes));
    let mut command = world.command(&["session", "check"]);
    let command = command.env("TG_STRING_SESSION", string).stdout(Stdio::null()).stderr(Stdio::null());
    let mut check = Running(command.spawn().unwrap());
    was_sent.recv_timeout(BOUND).expect("the key exchange began");
    let mut ended = None;
    world.await_that("the command gives up", || {
        ended = check.0.try_wait().unwrap();
        ended.is_some()
    });
    assert_eq!(ended.unwrap().code(), Some(75));
}

/// A process that is ended when this is dropped: it may compute for hours.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
