//! Logging in by QR code, looking who is logged in, logging out.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use fake_telegram::{FakeTelegram, Person};
use secrecy::ExposeSecret;
use swf::app::bot::keep;
use swf::config::Config;
use swf::domain::credentials::{Access, Application};
use swf::telegram::bot;
use swf::telegram::login::{QrLogin, Step};
use swf::telegram::{Connection, LoginString, group};

use crate::home::World;

/// A world in which nobody is logged in; the login string is a connection, and that is all.
fn signed_out() -> (World, String) {
    let world = World::new();
    let string = world.telegram.signed_out_login_string();
    world.configure("@studyhall", &[("TG_STRING_SESSION", &string)]);
    (world, string)
}

/// A `swf session qr` that runs, and what it has said so far.
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

    /// Waits for its end: the output, with all that was said.
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
    // The file does not have the string yet.
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
    // Once more it has nothing to do.
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
    // The notice that somebody has scanned it gets lost, too; then the end of the token shows it.
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
    assert!(said(&output).contains("asks to wait 1 s"), "{output:?}");
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
        // A key that waits for its password waits on; the phone is asked once.
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
    assert!(world.ok(&["session", "logout", "--yes"]).contains("of no use now"));
    assert_eq!(world.run(&["session", "check"]).status.code(), Some(78));
    assert!(world.ok(&["session", "logout", "--yes"]).contains("No account is logged in"));
    let mut login = Login::start(world.command(&["session", "qr", "--store", "file"]));
    assert!(world.telegram.scan(&login.link(), world.me));
    let output = login.end();
    assert!(said(&output).contains("good again"), "{output:?}");
    world.ok(&["session", "check"]);
}

/// A real key exchange is what takes the program to another data centre; here the connection has both keys.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_another_data_centre_is_followed_there() {
    let (here, there) = (FakeTelegram::start(), FakeTelegram::start_in(4));
    let ada = there.person(Person::named("Ada"));
    there.set_password(ada, "secret");
    let string = |telegram: &FakeTelegram| LoginString::parse(&telegram.signed_out_login_string().into()).unwrap();
    let connection = Connection::among(&string(&here), &[string(&there)], &Access::direct(1));
    let mut login =
        QrLogin::new(connection, Application { access: Access::direct(1), api_hash: "hash".to_owned().into() });
    let Ok(Step::Scan(token)) = login.step().await else { panic!("no token") };
    assert!(here.scan_from(&token.link, &there, ada));
    login.accepted(&token).await;
    assert!(matches!(login.step().await, Ok(Step::Password)));
    let question = login.question().await.unwrap();
    assert_eq!(question.hint.as_deref(), Some("the usual"));
    assert!(login.answer(question, "wrong".to_owned().into()).await.unwrap().is_none());
    let question = login.question().await.unwrap();
    let me = login.answer(question, "secret".to_owned().into()).await.unwrap().unwrap();
    assert_eq!(me.profile.peer.0, ada);
    let string = login.login_string().unwrap();
    assert_eq!((string.dc, string.address), (4, there.address().into()));
    // The string stands for itself.
    drop(login);
    let text = string.print();
    let connection =
        Connection::new(&LoginString::parse(&text.expose_secret().to_owned().into()).unwrap(), &Access::direct(1));
    assert_eq!(group::self_user(&connection.caller).await.unwrap().profile.peer.0, ada);
    assert_eq!((here.violations(), there.violations()), (Vec::<String>::new(), Vec::<String>::new()));
}

/// A real key exchange is what makes a new connection; here the server has handed out a key.
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
    let fresh = |access: &Access| Connection::new(&parse(telegram.signed_out_login_string()), access);
    let none = |_: &Access| panic!("the login that is kept is good");
    let who = async |connection: Connection| group::self_user(&connection.caller).await.unwrap().profile.peer.0;
    let [old_token, new_token] = [old, new].map(|bot| telegram.bot_token(bot));

    // With a token that is no good, all is as it was, also for the old bot.
    let before = kept();
    assert!(bot::connect_or(&login(format!("{new}:AAnonsense"), &[]), keep, fresh).await.is_err());
    assert_eq!(kept(), before);
    assert_eq!(who(bot::connect_or(&login(old_token.clone(), &[]), keep, none).await.unwrap()).await, old);
    // With a good one the new bot is in, and stays.
    assert_eq!(who(bot::connect_or(&login(new_token.clone(), &[]), keep, fresh).await.unwrap()).await, new);
    assert_ne!(kept(), before);
    assert_eq!(who(bot::connect_or(&login(new_token.clone(), &[]), keep, none).await.unwrap()).await, new);
    // The old one's own login was not touched, and it may come back.
    assert_eq!(who(Connection::new(&parse(before), &Access::direct(1))).await, old);
    assert_eq!(who(bot::connect_or(&login(old_token, &[]), keep, fresh).await.unwrap()).await, old);

    // What somebody has set is not replaced: they are told.
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
