//! Telegram can be reached through proxies and over other addresses, and bad servers are handled (rules §3.11, §3.15).

use std::io::{Read, Write};
use std::net::{SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::process::{Child, Output, Stdio};
use std::sync::mpsc;

use fake_telegram::{FakeProxy, FakeTelegram};
use secrecy::ExposeSecret;
use serde_json::Value;
use swf::domain::credentials::Access;
use swf::domain::proxy::Proxies;
use swf::telegram::reach::built_in_addresses;
use swf::telegram::{LoginString, group, reach};

use crate::home::{BOUND, ClosedPort, START, World};
use crate::login::Login;

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
        world.await_confirmed();
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

/// One of doctor's checks: its state, its text, and the advice.
fn check(world: &World, name: &str, variables: &[(&str, &str)]) -> Option<(String, String, String)> {
    let output = world.command(&["doctor", "--json"]).envs(variables.iter().copied()).output().expect("swf runs");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let check = report["checks"].as_array().expect("checks").iter().find(|check| check["check"] == name)?;
    let text = |field: &str| check[field].as_str().expect("a text").to_owned();
    Some((text("state"), text("text"), check["mend"].to_string()))
}

#[test]
fn a_wrong_login_of_the_bot_is_one_line_with_each_hint_once() {
    let world = World::new();
    let bot = [("TELEGRAM_BOT_TOKEN", "1:x"), ("TG_BOT_STRING_SESSION", "abc"), ("TELEGRAM_BOT_TARGET", "@studyhall")];
    let (state, text, advice) = check(&world, "posting", &bot).expect("a check of the posts");
    assert_eq!(state, "failed");
    assert!(
        text.starts_with("the rights of the bot can't be checked: TG_BOT_STRING_SESSION is not a login string"),
        "{text}"
    );
    assert!(!text.contains('\n') && !text.contains("signs in by itself"), "{text}");
    assert_eq!(advice.matches("signs in by itself").count(), 1, "{advice}");
}

/// The state and text of doctor's check of the proxy.
fn proxy_check(world: &World, variables: &[(&str, &str)]) -> (String, String) {
    let (state, text, _) = check(world, "proxy", variables).expect("a check of the proxy");
    (state, text)
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
        let words = format!("Telegram answers through {}", proxy.link());
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
    // With an exception in a variable, the connection is direct.
    for (name, value) in [("SWF_PROXY", "direct"), ("NO_PROXY", "127.0.0.0/8")] {
        let mut command = world.command(&["session", "check"]);
        let output = command.env("ALL_PROXY", proxy.link()).env(name, value).output().unwrap();
        assert!(output.status.success(), "{name}: {output:?}");
    }
    // The setting is invalid.
    let output = world.command(&["session", "check"]).env("SWF_PROXY", "socks4://hush:hush@a.b:1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(78) && text.contains("SWF_PROXY is a SOCKS4 proxy"), "{text}");
    assert!(!text.contains("hush"), "{text}");
}

/// A server that knows no key, and whose key exchange needs a prime to be factorised. It sends a signal when it has
/// asked for that.
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

/// A login string with that address, and a key that no server knows.
fn string_to(address: SocketAddr) -> String {
    LoginString::new(2, address, [9; 256]).print().expose_secret().to_owned()
}

// CASES T9.
#[test]
fn a_tracker_whose_library_computes_for_hours_still_stops() {
    let world = World::new();
    let (address, was_sent) = prime_server();
    world.configure("@studyhall", &[("TG_STRING_SESSION", &string_to(address))]);
    let tracker = world.track_blindly();
    was_sent.recv_timeout(BOUND).expect("the key exchange began");
    assert_eq!(tracker.stop(), Some(0));
}

// CASES T9.
#[test]
fn a_key_exchange_that_never_ends_is_given_up() {
    let world = World::new();
    let (address, was_sent) = prime_server();
    let string = string_to(address);
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

/// A process that is killed when this is dropped, since it may compute for hours.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A world whose login string has a dead address. Its proxy reaches Telegram only at `alive`, one of swf's built-in
/// addresses.
struct Moved {
    world: World,
    proxy: FakeProxy,
    login: LoginString,
}

/// An address that is reserved for documentation (RFC 5737).
const DEAD: &str = "203.0.113.7:443";

impl Moved {
    fn new(alive: SocketAddr) -> Moved {
        let (world, proxy) = (World::new(), FakeProxy::socks5(None));
        proxy.lead_only(&[(alive, world.telegram.address())]);
        let login = LoginString::parse(&world.telegram.login_string(world.me).into()).unwrap();
        world.configure("@studyhall", &[("SWF_PROXY", &proxy.link())]);
        let moved = Moved { world, proxy, login };
        moved.write(&moved.settings().replace(&moved.text_at(moved.login.address), &moved.text_at(dead())));
        moved
    }

    fn text_at(&self, address: SocketAddr) -> String {
        self.login.at(address).print().expose_secret().to_owned()
    }

    fn settings(&self) -> String {
        std::fs::read_to_string(self.world.home.path().join(".env.local")).unwrap()
    }

    fn write(&self, settings: &str) {
        std::fs::write(self.world.home.path().join(".env.local"), settings).unwrap();
    }
}

fn dead() -> SocketAddr {
    DEAD.parse().unwrap()
}

// CASES T8, T11.
#[test]
fn the_tracker_goes_on_at_another_address_and_stores_it() {
    for alive in built_in_addresses(2).unwrap() {
        let moved = Moved::new(alive);
        let (world, settings) = (&moved.world, moved.settings());
        let ada = world.member("Ada");
        let call = world.telegram.start_call(world.group);
        world.telegram.join(call, ada);
        let tracker = world.track();
        world.pass(call, 600);
        let stored = settings.replace(&moved.text_at(dead()), &moved.text_at(alive));
        world.await_that("the address is stored", || moved.settings() == stored);
        assert!(moved.proxy.targets().contains(&DEAD.to_owned()));
        assert_eq!(tracker.stop(), Some(0));
        assert_eq!(world.seconds(), [(ada, 600)]);
        // The next tracker starts with the new address.
        let before = moved.proxy.targets().len();
        let tracker = world.track();
        assert_eq!(tracker.stop(), Some(0));
        let targets = moved.proxy.targets().split_off(before);
        assert!(!targets.is_empty() && targets.iter().all(|target| *target == alive.to_string()), "{targets:?}");
        assert_eq!(world.telegram.violations(), Vec::<String>::new());
    }
}

// CASES T8.
#[test]
fn a_login_string_that_is_not_in_the_file_is_left_alone() {
    let [alive, _] = built_in_addresses(2).unwrap();
    let moved = Moved::new(alive);
    let string = moved.text_at(dead());
    // A comment keeps the old string.
    moved.write(&moved.settings().replace("TG_STRING_SESSION=", "#TG_STRING_SESSION="));
    let settings = moved.settings();
    let tracker = moved.world.track_with(&[("TG_STRING_SESSION", &string)]);
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(moved.settings(), settings);
}

// CASES T8.
#[test]
fn doctor_names_another_address_and_a_login_stores_it() {
    let [_, alive] = built_in_addresses(2).unwrap();
    let moved = Moved::new(alive);
    let world = &moved.world;
    let proxy = format!("Telegram answers through {}", moved.proxy.link());
    assert_eq!(proxy_check(world, &[]), ("ok".to_owned(), proxy.clone()));
    let (state, text, mend) = check(world, "address", &[]).expect("a remark about the address");
    assert_eq!((&*state, text), ("note", format!("{DEAD} does not answer; Telegram answers at {alive}")));
    assert!(mend.contains("session qr"), "{mend}");
    for name in ["login", "group"] {
        assert_eq!(check(world, name, &[]).expect("a check").0, "ok", "{name}");
    }
    let stored = moved.settings().replace(&moved.text_at(dead()), &moved.text_at(alive));
    let output = world.run(&["session", "qr", "--store", "file"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains(&format!("Telegram answers at {alive}; this address was stored.")), "{said}");
    assert_eq!(moved.settings(), stored);
    assert_eq!((check(world, "address", &[]), proxy_check(world, &[])), (None, ("ok".to_owned(), proxy)));
    // An address that the proxy does not reach.
    moved.proxy.lead_only(&[]);
    let (state, text) = proxy_check(world, &[]);
    assert!(state == "failed" && text.contains(&format!("can't reach Telegram at {alive}")), "{text}");
    assert_eq!(check(world, "address", &[]), None);
}

// CASES T11. A real key exchange is not possible here, because the library accepts only keys that Telegram has signed.
#[tokio::test]
async fn a_first_login_begins_over_ipv6_where_there_is_nothing_else() {
    let (telegram, proxy) = (FakeTelegram::start(), FakeProxy::socks5(None));
    let [_, ipv6] = built_in_addresses(2).unwrap();
    proxy.lead_only(&[(ipv6, telegram.address())]);
    let proxies = Proxies::read(Some(&proxy.link().into()), |_| None).unwrap();
    let access = Access { proxies: proxies.into(), ..Access::direct(1) };
    let connection = reach::connect_fresh(&access).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((connection.dc(), connection.address()), (2, Some(ipv6)));
    let before = proxy.targets().len();
    assert!(group::self_user(&connection.caller).await.is_err(), "no key");
    assert_eq!(proxy.targets().split_off(before), [ipv6.to_string()]);
}

/// The standard error of a command that fails because of its proxy.
fn fails(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(75), "{said}");
    assert!(!said.contains("Check the network"), "{said}");
    said
}

// CASES T10.
#[test]
fn every_command_names_the_password_that_a_proxy_refuses() {
    for (proxy, name) in [
        (FakeProxy::socks5(ACCOUNT), "SWF_PROXY"),
        (FakeProxy::http(ACCOUNT), "SWF_PROXY"),
        (FakeProxy::http(ACCOUNT), "ALL_PROXY"),
    ] {
        let world = World::new();
        assert_eq!(world.track().stop(), Some(0));
        let link = proxy.link().replace("%61%64%61:", "%61%64%61:x");
        let words = "refuses access: user or password is wrong";
        let advice = format!("Correct user and password, or the secret, in {name}.");
        for args in
            [&["session", "check"][..], &["session", "logout", "--yes"], &["post", "--now"], &["init", "--no-test"]]
        {
            let output = world.command(args).env(name, &link).stdin(Stdio::null()).output().unwrap();
            let said = fails(&output);
            assert!(said.contains(words) && said.contains(&advice), "{args:?}: {said}");
        }
        let (_, text, mend) = check(&world, "proxy", &[(name, &link)]).expect("a check of the proxy");
        assert!(text.contains(words) && mend.contains(&advice), "{text} {mend}");
        // These commands wait, so that the user can fix the proxy meanwhile.
        let mut command = world.command(&["session", "qr", "--print"]);
        command.env(name, &link);
        let mut login = Login::start(command);
        login.say(&format!("{words}. {advice} Trying again; leave this running."));
        login.kill();
        let mut command = world.command(&["track"]);
        command.env(name, &link);
        let tracker = world.spawn(command);
        world.await_status("the tracker names the proxy", |status| {
            let shown = status["tracker"]["problem"].to_string();
            shown.contains(words) && shown.contains(advice.trim_end_matches('.'))
        });
        assert_eq!(tracker.stop(), Some(0));
        assert!(proxy.targets().is_empty());
    }
}

// CASES T10.
#[test]
fn each_step_on_the_way_through_a_proxy_is_named() {
    let world = World::new();
    let port = ClosedPort::new();
    let closed = port.address();
    let (socks, http) = (FakeProxy::socks5(None), FakeProxy::http(None));
    let mtproxy = FakeProxy::mtproxy(KEY, &world.telegram);
    socks.lead_only(&[]);
    http.redirect(closing().into());
    let as_tls = format!("tg://proxy?server=127.0.0.1&port={}&secret=ee{KEY}61", socks.address().port());
    let other_key = mtproxy.link().replace("ff", "fe");
    for (link, words, advice) in [
        (&format!("socks5://{closed}"), "can't be reached: it refuses connections", "Check host and port in SWF_PROXY"),
        (&as_tls, "does not answer like a proxy", "Check that SWF_PROXY begins with the right scheme"),
        (&socks.link(), "can't reach Telegram at", "does not reach Telegram"),
        (&http.link(), "Telegram does not answer through the proxy", "does not reach Telegram"),
        (&other_key, "its secret may be wrong", "Check the secret of an MTProxy"),
    ] {
        let output = world.command(&["session", "check"]).env("SWF_PROXY", link).output().unwrap();
        let said = fails(&output);
        assert!(said.contains(words) && said.contains(advice), "{link}: {said}");
        assert!(!said.contains(KEY), "{said}");
    }
}

/// A server that closes each connection.
fn closing() -> SocketAddrV4 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let SocketAddr::V4(address) = listener.local_addr().unwrap() else { unreachable!() };
    std::thread::spawn(move || listener.incoming().for_each(drop));
    address
}

/// A relay to `to` on which data arrives in pieces of a few bytes. (How long each piece may take:
/// `src/telegram/proxy/tests.rs`.)
fn in_pieces(to: SocketAddrV4) -> SocketAddr {
    const PIECE: usize = 5;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let copy = |mut from: TcpStream, mut to: TcpStream| {
        to.set_nodelay(true).unwrap();
        let mut piece = [0; PIECE];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            if to.write_all(&piece[..length]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    };
    std::thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            let far = TcpStream::connect(to).unwrap();
            let (near_2, far_2) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            std::thread::spawn(move || copy(near, far));
            std::thread::spawn(move || copy(far_2, near_2));
        }
    });
    address
}

// CASES T5.
#[test]
fn a_connection_in_pieces_works_through_each_kind_of_proxy() {
    let world = World::new();
    let pieces = in_pieces(world.telegram.address());
    let login = LoginString::parse(&world.telegram.login_string(world.me).into()).unwrap();
    let string = login.at(pieces).print().expose_secret().to_owned();
    let tls = format!("ee{KEY}7777772e782e636f6d");
    let proxies = [FakeProxy::socks5(ACCOUNT), FakeProxy::http(ACCOUNT), FakeProxy::mtproxy(&tls, &world.telegram)];
    for proxy in proxies {
        // The relay on the client's side is slow, too.
        let link = proxy.link();
        let port = proxy.address().port();
        let slow = link.replace(&port.to_string(), &in_pieces(proxy.address()).port().to_string());
        proxy.redirect(pieces);
        let mut command = world.command(&["session", "check"]);
        let output = command.env("TG_STRING_SESSION", &string).env("SWF_PROXY", &slow).output().unwrap();
        assert!(output.status.success(), "{link}: {output:?}");
    }
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}
