//! Logging in by QR code, checking the login, logging out.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use fake_telegram::{FakeProxy, FakeTelegram, Id, Person};
use secrecy::ExposeSecret;
use swf::app::bot::keep;
use swf::config::Config;
use swf::domain::Instant;
use swf::domain::credentials::{Access, Application};
use swf::platform::clock::Clock;
use swf::telegram::login::machine::{Notice, Passwords};
use swf::telegram::login::{Event, QrLogin};
use swf::telegram::{CallError, Connection, LoginString, bot, group, reach};

use crate::home::{BOUND, ClosedPort, World};

/// A world without a login: its login string has a connection, but no account is signed in.
fn signed_out() -> (World, String) {
    let world = World::new();
    let string = world.telegram.signed_out_login_string();
    world.configure("@studyhall", &[("TG_STRING_SESSION", &string)]);
    (world, string)
}

/// A running `swf session qr`, and its output so far.
pub struct Login {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Login {
    pub fn start(mut command: Command) -> Login {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Login { child, stderr, said: String::new() }
    }

    /// The next link that it shows.
    pub fn link(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.stderr.read_line(&mut line).unwrap() > 0, "no link in: {}", self.said);
            self.said += &line;
            if line.starts_with("tg://") {
                return line.trim().to_owned();
            }
        }
    }

    /// Waits until it has printed this text.
    pub fn say(&mut self, text: &str) {
        while !self.said.contains(text) {
            let mut line = String::new();
            assert!(self.stderr.read_line(&mut line).unwrap() > 0, "not said: {}", self.said);
            self.said += &line;
        }
    }

    /// Kills it before its code is scanned.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end; returns the output, with all of standard error.
    pub fn end(mut self) -> Output {
        self.stderr.read_to_string(&mut self.said).unwrap();
        let mut output = self.child.wait_with_output().unwrap();
        output.stderr = self.said.into_bytes();
        output
    }
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_scanned_code_logs_in_and_tracking_works() {
    let (world, string) = signed_out();
    // The file does not contain the string yet.
    let text =
        format!("{}\r\n# the end", "TELEGRAM_API_ID=1\r\nTELEGRAM_API_HASH=hash\r\nTELEGRAM_GROUP_USERNAME=studyhall");
    let file = world.home.path().join(".env.local");
    std::fs::write(&file, &text).unwrap();
    let mut command = world.command(&["session", "qr", "--store", "file", "--png", "code.png"]);
    command.env("TG_STRING_SESSION", &string);
    let mut login = Login::start(command);
    let link = login.link();
    let picture = std::fs::read(world.home.path().join("code.png")).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
    assert!(world.telegram.scan(&link, world.me));
    let output = login.end();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("Logged in as Olga (@olga, ") && said.contains('█'), "{said}");
    assert!(output.stdout.is_empty() && !said.contains(&string), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{text}\r\nTG_STRING_SESSION={string}\r\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(world.track().stop(), Some(0));
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
    // A second run has nothing to do.
    let again = world.run(&["session", "qr", "--store", "file"]);
    assert_eq!(again.status.code(), Some(0), "{again:?}");
}

#[test]
fn printing_puts_the_string_and_nothing_else_on_standard_output() {
    let (world, string) = signed_out();
    let mut login = Login::start(world.command(&["session", "qr", "--print"]));
    assert!(world.telegram.scan(&login.link(), world.me));
    let output = login.end();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{string}\n"));
}

#[test]
fn a_code_that_is_over_is_replaced() {
    let (world, _) = signed_out();
    world.telegram.unfreeze();
    world.telegram.login_token_seconds(1);
    let mut login = Login::start(world.command(&["session", "qr", "--store", "file"]));
    let first = login.link();
    let second = login.link();
    assert_ne!(first, second);
    assert!(!world.telegram.scan(&first, world.me));
    world.telegram.login_token_seconds(600);
    // The update about the scan is lost, too; the client finds out when the token expires.
    world.telegram.faults().drop_updates(1);
    let mut link = second;
    while !world.telegram.scan(&link, world.me) {
        link = login.link();
        world.telegram.login_token_seconds(1);
        world.telegram.faults().drop_updates(1);
    }
    let output = login.end();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn a_login_survives_a_lost_connection_and_a_flood_wait() {
    let (world, _) = signed_out();
    world.telegram.faults().flood_wait("auth.exportLoginToken", 1, 1);
    let mut login = Login::start(world.command(&["session", "qr", "--store", "file"]));
    login.link();
    world.telegram.faults().cut();
    let link = login.link();
    assert!(world.telegram.scan(&link, world.me));
    let output = login.end();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(said(&output).contains("asks to wait 1s"), "{output:?}");
}

#[test]
fn two_step_verification_takes_the_password_from_the_environment() {
    let (world, _) = signed_out();
    world.telegram.set_password(world.me, " correct horse ");
    for (password, code, words) in [
        (Some(" correct horse"), 78, "TELEGRAM_2FA_PASSWORD is wrong"),
        (None, 78, "Set TELEGRAM_2FA_PASSWORD"),
        (Some(" correct horse "), 0, "Logged in as Olga"),
    ] {
        // A key that waits for its password keeps waiting; the phone is asked once.
        let mut command = world.command(&["session", "qr", "--store", "file"]);
        command.envs(password.map(|password| ("TELEGRAM_2FA_PASSWORD", password)));
        let mut login = Login::start(command);
        if world.telegram.requests().iter().all(|request| request.method != "account.getPassword") {
            assert!(world.telegram.scan(&login.link(), world.me));
        }
        let output = login.end();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words) && !said.contains("horse"), "{said}");
    }
    assert_eq!(world.run(&["session", "check"]).status.code(), Some(0));
}

#[test]
fn where_nobody_can_be_asked_it_says_what_to_type() {
    let (world, _) = signed_out();
    let output = world.command(&["session", "qr"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("swf session qr --print"), "{output:?}");
    let output = world.command(&["session", "logout"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "nobody is logged in: {output:?}");
    std::fs::write(world.home.path().join(".env.local"), "TELEGRAM_API_ID=1\n").unwrap();
    for (args, missing) in [(["session", "qr"], "TELEGRAM_API_HASH"), (["session", "check"], "TG_STRING_SESSION")] {
        let output = world.run(&args);
        assert_eq!(output.status.code(), Some(78), "{output:?}");
        assert!(said(&output).contains(missing), "{output:?}");
    }
}

#[test]
fn check_says_who_is_logged_in_and_what_is_seen() {
    let world = World::new();
    assert!(world.ok(&["session", "check"]).contains("no call is running"));
    let call = world.telegram.start_call(world.group);
    let text = world.ok(&["session", "check"]);
    assert!(text.contains("Olga (@olga, ") && text.contains("data centre 2") && text.contains("can see"), "{text}");
    let report = world.json(&["session", "check", "--json"]);
    assert_eq!((&report["account"]["id"], &report["call"]), (&world.me.into(), &"seen".into()));
    world.telegram.listeners_hidden(call, true);
    assert_eq!(world.json(&["session", "check", "--json"])["call"], "listeners_hidden");
    world.configure("@nowhere", &[]);
    assert_eq!(world.run(&["session", "check"]).status.code(), Some(78));
    world.telegram.faults().revoke(world.me);
    let output = world.run(&["session", "check"]);
    assert_eq!(output.status.code(), Some(78));
    assert!(said(&output).contains("swf session qr"), "{output:?}");
}

#[test]
fn a_login_string_works_again_after_a_logout() {
    let world = World::new();
    let output = world.command(&["session", "logout"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(world.ok(&["session", "logout", "--yes"]).contains("no longer works"));
    assert_eq!(world.run(&["session", "check"]).status.code(), Some(78));
    assert!(world.ok(&["session", "logout", "--yes"]).contains("No account is logged in"));
    let mut login = Login::start(world.command(&["session", "qr", "--store", "file"]));
    assert!(world.telegram.scan(&login.link(), world.me));
    let output = login.end();
    assert!(said(&output).contains("works again"), "{output:?}");
    world.ok(&["session", "check"]);
}

/// Two data centres, and a connection that has a key for both. A real key exchange is not possible with fake-telegram,
/// because the library accepts only keys that Telegram has signed.
struct Centres {
    here: FakeTelegram,
    there: FakeTelegram,
    ada: Id,
}

impl Centres {
    fn new() -> Centres {
        let (here, there) = (FakeTelegram::start(), FakeTelegram::start_in(4));
        let ada = there.person(Person::named("Ada"));
        Centres { here, there, ada }
    }

    fn login(&self, passwords: Passwords) -> QrLogin {
        let string = |telegram: &FakeTelegram| LoginString::parse(&telegram.signed_out_login_string().into()).unwrap();
        let access = Access::direct(1);
        let connection = Connection::among(&string(&self.here), &[string(&self.there)], &access);
        let (application, clock) = (Application { access, api_hash: "hash".to_owned().into() }, Clock::new(0));
        QrLogin::on(connection, application, passwords, Box::new(move || clock.elapsed()))
    }

    /// The account's login string, which works alone.
    async fn signed_in(&self, login: QrLogin) -> LoginString {
        let string = login.into_connection().unwrap().login_string().unwrap();
        let text = string.print().expose_secret().to_owned();
        let connection = Connection::new(&LoginString::parse(&text.into()).unwrap(), &Access::direct(1));
        assert_eq!(group::self_user(&connection.caller).await.unwrap().profile.peer.0, self.ada);
        assert_eq!((self.here.violations(), self.there.violations()), (Vec::<String>::new(), Vec::<String>::new()));
        string
    }
}

/// The next event of a login, without remarks.
async fn next(login: &mut QrLogin) -> Event {
    loop {
        match login.next().await {
            Event::Tell(_) => {}
            event => return event,
        }
    }
}

async fn code(login: &mut QrLogin) -> String {
    match next(login).await {
        Event::Show(token) => token.link,
        other => panic!("no code, but {other:?}"),
    }
}

const NOBODY: Passwords = Passwords { set: None, can_ask: false };

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_another_data_centre_is_followed_there() {
    let centres = Centres::new();
    centres.there.set_password(centres.ada, "secret");
    let mut login = centres.login(Passwords { set: Some("wrong".into()), can_ask: true });
    let link = code(&mut login).await;
    assert!(centres.here.scan_from(&link, &centres.there, centres.ada));
    let Event::AskPassword { hint } = next(&mut login).await else { panic!("the set password is wrong") };
    assert_eq!(hint.as_deref(), Some("the usual"));
    login.give_password("wrong, too".into());
    let Event::AskPassword { .. } = next(&mut login).await else { panic!("it is asked for again") };
    login.give_password("secret".into());
    let Event::End(Ok(done)) = next(&mut login).await else { panic!("signed in") };
    assert_eq!((done.me.profile.peer.0, done.already), (centres.ada, false));
    let string = centres.signed_in(login).await;
    assert_eq!((string.dc, string.address), (4, centres.there.address().into()));
}

// CASES T4.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_accepted_is_not_asked_for_again() {
    const IMPORT: &str = "auth.importLoginToken";
    for fault in ["closed", "lost", "failed", "flooded", "away"] {
        let centres = Centres::new();
        let faults = centres.there.faults();
        match fault {
            "closed" => faults.lose_reply("help.getConfig", 1),
            "lost" => faults.lose_reply(IMPORT, 1),
            "failed" => faults.error(IMPORT, 500, "INTERNAL", 1),
            "flooded" => faults.error(IMPORT, 420, "FLOOD_WAIT_0", 1),
            _ => faults.refuse(true),
        }
        let mut login = centres.login(NOBODY);
        let link = code(&mut login).await;
        assert!(centres.here.scan_from(&link, &centres.there, centres.ada));
        let end = loop {
            match login.next().await {
                Event::Tell(Notice::Trouble(_)) => centres.there.faults().refuse(false),
                Event::Tell(_) => {}
                event => break event,
            }
        };
        let Event::End(Ok(_)) = end else { panic!("{fault}: {end:?}") };
        assert_eq!(centres.signed_in(login).await.dc, 4);
    }
}

// CASES T3.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_another_data_centre_is_shown_and_followed() {
    let centres = Centres::new();
    centres.here.faults().error("auth.exportLoginToken", 303, "NETWORK_MIGRATE_4", 1);
    // The token is valid for longer than the timeout, so only the end of the connection brings a second code.
    centres.there.login_token_seconds(300);
    let mut login = centres.login(NOBODY);
    let link = code(&mut login).await;
    centres.there.faults().cut();
    let second = tokio::time::timeout(BOUND, code(&mut login)).await.unwrap();
    assert_ne!(link, second);
    assert!(centres.there.scan(&second, centres.ada));
    assert!(matches!(next(&mut login).await, Event::End(Ok(_))));
    assert_eq!(centres.signed_in(login).await.dc, 4);
}

// CASES T3.
#[test]
fn what_fails_at_telegram_is_tried_again() {
    let (world, _) = signed_out();
    world.telegram.faults().error("auth.exportLoginToken", 500, "INTERNAL", 1);
    let mut login = Login::start(world.command(&["session", "qr", "--store", "file"]));
    login.link();
    for (code, name) in [(500, "AUTH_RESTART"), (400, "AUTH_TOKEN_EXPIRED")] {
        world.telegram.faults().error("auth.exportLoginToken", code, name, 1);
        world.telegram.faults().cut();
        login.link();
    }
    world.telegram.faults().cut();
    assert!(world.telegram.scan(&login.link(), world.me));
    let output = login.end();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

// CASES T6.
#[test]
fn a_network_that_is_away_while_the_code_is_on_the_screen_ends_nothing() {
    for is_scanned_meanwhile in [false, true] {
        let (world, _) = signed_out();
        let mut login = Login::start(world.command(&["session", "qr", "--store", "file"]));
        let link = login.link();
        world.telegram.faults().refuse(true);
        login.say("Trying again; leave this running.");
        let link = if is_scanned_meanwhile {
            assert!(world.telegram.scan(&link, world.me));
            world.telegram.faults().refuse(false);
            None
        } else {
            world.telegram.faults().refuse(false);
            Some(login.link())
        };
        assert!(link.is_none_or(|link| world.telegram.scan(&link, world.me)));
        let output = login.end();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(said(&output).contains("Telegram answers again."), "{output:?}");
    }
}

// CASES T1.
#[test]
fn every_command_names_a_login_that_has_stopped_at_its_password() {
    let world = World::new();
    assert_eq!(world.track().stop(), Some(0));
    world.configure("@studyhall", &[("TG_STRING_SESSION", &world.telegram.signed_out_login_string())]);
    world.telegram.set_password(world.me, "right");
    let mut login = Login::start(world.command(&["session", "qr", "--store", "file"]));
    assert!(world.telegram.scan(&login.link(), world.me));
    assert_eq!(login.end().status.code(), Some(78));
    for args in [&["session", "check"][..], &["post", "--now"], &["track"], &["init", "--no-test"]] {
        let output = world.command(args).stdin(Stdio::null()).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(78), "{args:?}: {said}");
        assert!(said.contains("stopped at the password") && said.contains("swf session qr"), "{args:?}: {said}");
    }
    let mut command = world.command(&["session", "qr", "--store", "file"]);
    command.env("TELEGRAM_2FA_PASSWORD", "right");
    let output = Login::start(command).end();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(world.track().stop(), Some(0));
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

// CASES T7.
#[test]
fn every_command_names_a_clock_that_is_ahead() {
    let world = World::behind_the_system(0);
    assert_eq!(world.track().stop(), Some(0));
    world.telegram.advance(-600);
    for args in [
        &["session", "check"][..],
        &["session", "qr", "--print"],
        &["session", "logout", "--yes"],
        &["post", "--now"],
        &["init", "--no-test"],
    ] {
        let output = world.command(args).stdin(Stdio::null()).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(75), "{args:?}: {said}");
        assert!(said.contains("clock is 10m ahead of Telegram's") && !said.contains("network"), "{args:?}: {said}");
    }
}

#[test]
fn a_panic_of_the_library_is_an_error_in_plain_words() {
    let world = World::new();
    world.telegram.faults().broken_config(true);
    let output = world.run(&["session", "check"]);
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert_eq!(
        said(&output),
        "swf: the connection failed\n  Check the network, then try again. Where Telegram is blocked, set SWF_PROXY.\n"
    );
}

// CASES T8.
#[test]
fn an_address_that_is_dead_is_named() {
    let world = World::new();
    let login = LoginString::parse(&world.telegram.login_string(world.me).into()).unwrap();
    let port = ClosedPort::new();
    let dead = port.address();
    let string = login.at(dead).print().expose_secret().to_owned();
    let mut command = world.command(&["session", "check"]);
    let output = command.env("TG_STRING_SESSION", &string).output().unwrap();
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert_eq!(
        said(&output),
        format!(
            "swf: data centre 2 of Telegram does not answer; tried {dead}\n  Check the network, then try again. Where Telegram is blocked, set SWF_PROXY.\n"
        )
    );
}

// CASES T8.
#[tokio::test]
async fn another_address_of_the_data_centre_stands_in_for_a_dead_one() {
    let telegram = FakeTelegram::start();
    let port = ClosedPort::new();
    let dead = port.address();
    let addresses = [dead, telegram.address().into()];
    assert_eq!(reach::reach(2, &addresses, &Access::direct(1)).await, Ok(addresses[1]));
    let ahead = Access { now: || Instant(4_000_000_000), ..Access::direct(1) };
    let error = reach::reach(2, &addresses, &ahead).await.unwrap_err();
    assert!(matches!(error, CallError::ClockAhead { seconds: 1_000_000_000.. }), "{error:?}");
}

// CASES T2, T11.
#[test]
fn a_login_over_ipv6_is_stored_with_its_address() {
    let (world, string) = signed_out();
    let Some(address) = relay_on_ipv6(world.telegram.address()) else {
        return eprintln!("skipped: there is no IPv6 on this computer");
    };
    let string = LoginString::parse(&string.into()).unwrap().at(address).print().expose_secret().to_owned();
    let log_in = |args: &[&str]| {
        let mut command = world.command(args);
        command.env("TG_STRING_SESSION", &string);
        let mut login = Login::start(command);
        assert!(world.telegram.scan(&login.link(), world.me));
        login.end()
    };
    let output = log_in(&["session", "qr", "--print"]);
    assert_eq!(String::from_utf8(output.stdout.clone()).unwrap(), format!("{string}\n"), "{output:?}");
    let check = || world.command(&["session", "check"]).env("TG_STRING_SESSION", &string).output().unwrap();
    assert_eq!(check().status.code(), Some(0));
    let mut command = world.command(&["session", "logout", "--yes"]);
    assert!(command.env("TG_STRING_SESSION", &string).output().unwrap().status.success());
    std::fs::write(world.home.path().join(".env.local"), "TELEGRAM_API_ID=1\nTELEGRAM_API_HASH=hash\n").unwrap();
    let output = log_in(&["session", "qr", "--store", "file"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let settings = std::fs::read_to_string(world.home.path().join(".env.local")).unwrap();
    assert!(settings.contains(&format!("\nTG_STRING_SESSION={string}\n")));
}

/// An IPv6 address that forwards to an IPv4 address.
fn relay_on_ipv6(to: SocketAddrV4) -> Option<SocketAddr> {
    let listener = TcpListener::bind("[::1]:0").ok()?;
    let address = listener.local_addr().ok()?;
    std::thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            let Ok(far) = TcpStream::connect(to) else { break };
            for (mut from, mut to) in
                [(near.try_clone(), far.try_clone()), (Ok(far), Ok(near))].map(|(a, b)| (a.unwrap(), b.unwrap()))
            {
                std::thread::spawn(move || {
                    // When one side ends, the other is closed.
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(std::net::Shutdown::Both);
                });
            }
        }
    });
    Some(address)
}

// CASES T12.
#[test]
fn a_string_with_quotes_or_of_gramjs_is_read() {
    let world = World::new();
    let string = world.telegram.login_string(world.me);
    let bytes = BASE64_URL_SAFE.decode(&string[1..]).unwrap();
    let (key, host) = (&bytes[7..], world.telegram.address().ip().to_string());
    let port = world.telegram.address().port().to_be_bytes();
    let gramjs = [&[2, 0, host.len() as u8][..], host.as_bytes(), &port, key].concat();
    let gramjs = format!("1{}", BASE64_STANDARD.encode(gramjs));
    for text in [format!("“{string}”"), format!(" '{string}' "), gramjs] {
        let output = world.command(&["session", "check"]).env("TG_STRING_SESSION", &text).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
}

/// A new connection normally needs a real key exchange; here the server has given out the key.
#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_takes_anothers_place_signs_in_beside_it() {
    let telegram = FakeTelegram::start();
    let [old, new] = ["old_bot", "new_bot"].map(|name| telegram.person(Person::named(name).username(name).bot()));
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("var/bot.session");
    std::fs::create_dir(home.path().join("var")).unwrap();
    std::fs::write(&file, telegram.login_string(old)).unwrap();
    let kept = || std::fs::read_to_string(&file).unwrap();
    let login = |token: String, more: &[(&str, String)]| {
        let vars = [("TELEGRAM_API_ID", "1".to_owned()), ("TELEGRAM_API_HASH", "hash".to_owned())];
        let vars = vars.iter().chain(more).map(|(name, value)| ((*name).to_owned(), value.clone()));
        let vars = vars.chain([("TELEGRAM_BOT_TOKEN".to_owned(), token)]);
        Config::load(Some(home.path().to_owned()), home.path(), vars).unwrap().bot().unwrap().unwrap()
    };
    let parse = |text: String| LoginString::parse(&text.into()).unwrap();
    let fresh = async |access: &Access| Ok(Connection::new(&parse(telegram.signed_out_login_string()), access));
    let none = async |_: &Access| panic!("the login that is kept is good");
    let who = async |connection: Connection| group::self_user(&connection.caller).await.unwrap().profile.peer.0;
    let [old_token, new_token] = [old, new].map(|bot| telegram.bot_token(bot));

    // With a wrong token nothing changes, also for the old bot.
    let before = kept();
    assert!(bot::connect_or(&login(format!("{new}:AAnonsense"), &[]), keep, fresh).await.is_err());
    assert_eq!(kept(), before);
    assert_eq!(who(bot::connect_or(&login(old_token.clone(), &[]), keep, none).await.unwrap()).await, old);
    // With a right token, the new bot is signed in and stays.
    assert_eq!(who(bot::connect_or(&login(new_token.clone(), &[]), keep, fresh).await.unwrap()).await, new);
    assert_ne!(kept(), before);
    assert_eq!(who(bot::connect_or(&login(new_token.clone(), &[]), keep, none).await.unwrap()).await, new);
    // The old bot's own login is unchanged, so the old bot can return.
    assert_eq!(who(Connection::new(&parse(before), &Access::direct(1))).await, old);
    assert_eq!(who(bot::connect_or(&login(old_token, &[]), keep, fresh).await.unwrap()).await, old);

    // A login in the environment is not replaced; the user gets an error.
    let outside = [("TG_BOT_STRING_SESSION", telegram.login_string(old))];
    let before = kept();
    let Err(error) = bot::connect_or(&login(new_token.clone(), &outside), keep, none).await else {
        panic!("another's")
    };
    let text = swf::error::Error::from(error).to_string();
    assert!(text.starts_with(&format!("TG_BOT_STRING_SESSION belongs to account {old}")), "{text}");
    assert!(text.contains("swf secrets remove TG_BOT_STRING_SESSION"), "{text}");
    let outside = [("TG_BOT_STRING_SESSION", "1x".to_owned())];
    let Err(error) = bot::connect_or(&login(new_token, &outside), keep, none).await else { panic!("garbage") };
    assert!(swf::error::Error::from(error).to_string().starts_with("TG_BOT_STRING_SESSION is not a login string"));
    assert_eq!((kept(), telegram.violations()), (before, Vec::new()));
}

/// A bot that has signed in once, or never, with its own home for `var/bot.session`.
struct BotHome {
    telegram: FakeTelegram,
    bot: Id,
    home: tempfile::TempDir,
}

impl BotHome {
    fn new() -> BotHome {
        let telegram = FakeTelegram::start();
        let bot = telegram.person(Person::named("board").username("board_bot").bot());
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("var")).unwrap();
        BotHome { telegram, bot, home }
    }

    /// Connects; the error is as the user sees it.
    async fn connect(&self, token: &str, more: &[(&str, &str)]) -> Result<Id, String> {
        let vars = [("TELEGRAM_API_ID", "1"), ("TELEGRAM_API_HASH", "hash"), ("TELEGRAM_BOT_TOKEN", token)];
        let vars = vars.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Config::load(Some(self.home.path().to_owned()), self.home.path(), vars).unwrap();
        let fresh = async |access: &Access| {
            let string = self.telegram.signed_out_login_string().into();
            Ok(Connection::new(&LoginString::parse(&string).unwrap(), access))
        };
        match bot::connect_or(&config.bot().unwrap().unwrap(), keep, fresh).await {
            Ok(connection) => Ok(group::self_user(&connection.caller).await.unwrap().profile.peer.0),
            Err(error) => Err(swf::error::Error::from(error).to_string()),
        }
    }
}

// CASES T1, T3: the bot's sign-in also has a next step after each failure.
#[tokio::test(flavor = "multi_thread")]
async fn a_bot_signs_in_whatever_fails_once() {
    const SIGN_IN: &str = "auth.importBotAuthorization";
    let world = BotHome::new();
    let (token, faults) = (world.telegram.bot_token(world.bot), world.telegram.faults());
    let file = world.home.path().join("var/bot.session");
    for fault in 0..6 {
        match fault {
            0 => faults.error(SIGN_IN, 500, "INTERNAL", 1),
            1 => faults.error(SIGN_IN, 500, "AUTH_RESTART", 2),
            2 => faults.lose_reply(SIGN_IN, 1),
            3 => faults.error(SIGN_IN, 303, "USER_MIGRATE_2", 1),
            4 => {
                std::fs::write(&file, world.telegram.login_string(world.bot)).unwrap();
                faults.error("users.getUsers", 401, "SESSION_REVOKED", 1);
            }
            _ => {
                std::fs::write(&file, world.telegram.login_string(world.bot)).unwrap();
                faults.cut();
                faults.lose_reply("users.getUsers", 1);
            }
        }
        assert_eq!(world.connect(&token, &[]).await, Ok(world.bot), "{fault}");
        std::fs::remove_file(&file).unwrap();
    }
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

// CASES T8.
#[tokio::test(flavor = "multi_thread")]
async fn a_bot_stores_the_address_where_telegram_answers() {
    let (world, proxy) = (BotHome::new(), FakeProxy::socks5(None));
    let [_, alive] = reach::built_in_addresses(2).unwrap();
    proxy.lead_only(&[(alive, world.telegram.address())]);
    let string = LoginString::parse(&world.telegram.login_string(world.bot).into()).unwrap();
    let at = |address| string.at(address).print().expose_secret().to_owned();
    let file = world.home.path().join("var/bot.session");
    std::fs::write(&file, at("203.0.113.7:443".parse().unwrap())).unwrap();
    let token = world.telegram.bot_token(world.bot);
    assert_eq!(world.connect(&token, &[("SWF_PROXY", &proxy.link())]).await, Ok(world.bot));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), at(alive));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_can_not_sign_in_says_what_to_do() {
    const SIGN_IN: &str = "auth.importBotAuthorization";
    let world = BotHome::new();
    let token = world.telegram.bot_token(world.bot);
    world.telegram.faults().error(SIGN_IN, 420, "FLOOD_WAIT_3600", 1);
    let error = world.connect(&token, &[]).await.unwrap_err();
    assert!(error.contains("Try again in 1h 00m."), "{error}");
    world.telegram.faults().error(SIGN_IN, 400, "API_ID_INVALID", 1);
    let error = world.connect(&token, &[]).await.unwrap_err();
    assert!(error.contains("TELEGRAM_API_ID and TELEGRAM_API_HASH must belong to the same application"), "{error}");
    let ended = world.telegram.login_string(world.bot);
    world.telegram.faults().error("users.getUsers", 401, "SESSION_REVOKED", 1);
    let error = world.connect(&token, &[("TG_BOT_STRING_SESSION", &ended)]).await.unwrap_err();
    assert!(error.contains("swf secrets remove TG_BOT_STRING_SESSION"), "{error}");
    world.telegram.revoke_bot_token(world.bot);
    let error = world.connect(&token, &[]).await.unwrap_err();
    assert!(error.contains("ACCESS_TOKEN_EXPIRED") && error.contains("@BotFather"), "{error}");
}
