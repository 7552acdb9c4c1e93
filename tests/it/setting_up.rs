//! `swf init`: from nothing to the first post.

use std::process::Output;

use fake_telegram::{Id, Person};

use crate::home::World;
#[cfg(unix)]
use crate::terminal::Terminal;

const HASH: &str = "0123456789abcdef0123456789abcdef";

/// A world with an empty home.
fn nothing() -> World {
    let world = World::new();
    std::fs::remove_file(world.home.path().join(".env.local")).unwrap();
    world
}

fn settings(world: &World) -> Vec<(String, String)> {
    let mut settings: Vec<(String, String)> = dotenvy_lines(&world.home.path().join(".env.local"));
    settings.retain(|(name, _)| name != "TG_STRING_SESSION");
    settings
}

fn dotenvy_lines(path: &std::path::Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned())).collect()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A file with a secret, as used by somebody who sets up many machines.
fn secret_file(world: &World, name: &str, secret: &str) -> String {
    let path = world.home.path().join(name);
    std::fs::write(&path, format!("{secret}\n")).unwrap();
    path.display().to_string()
}

#[test]
fn options_alone_set_everything_up_and_the_first_post_comes() {
    let world = nothing();
    let hash = secret_file(&world, "hash", HASH);
    let login = secret_file(&world, "login", &world.telegram.login_string(world.me));
    let home = world.home.path().display().to_string();
    let args = ["--home", &home, "init", "--api-id", "123456", "--api-hash-file", &hash, "--login-file", &login];
    let more = ["--group", "@studyhall", "--timezone", "asia/samarkand", "--post-time", "9:05", "--test"];
    let output = world.run(&[&args[..], &more[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Olga (@olga, ") && text.contains("a post daily at 09:05, Asia/Samarkand"), "{text}");
    assert!(!text.contains(HASH) && text.contains(&format!("swf --home {home} track")), "{text}");
    let told = world.telegram.messages(world.me);
    assert_eq!(told.len(), 1);
    assert!(told[0].text.contains("Study Hall, a post daily at 09:05, Asia/Samarkand"), "{told:?}");
    let set = settings(&world);
    let expected = [
        ("SWF_TIMEZONE", "Asia/Samarkand"),
        ("SWF_POST_TIME", "09:05"),
        ("TELEGRAM_API_ID", "123456"),
        ("TELEGRAM_API_HASH", HASH),
        ("TELEGRAM_GROUP_USERNAME", "@studyhall"),
    ];
    assert_eq!(set, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(world.home.path().join(".env.local")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // It is 08:33 there; the first board comes half an hour later.
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, world.me);
    let tracker = world.track();
    world.pass(call, 1900);
    world.await_that("the first post comes", || !world.telegram.messages(world.group).is_empty());
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn settings_without_an_option_stay_as_they_are() {
    let world = World::new();
    let file = world.home.path().join(".env.local");
    let text = format!("# mine\r\n{}SWF_TOP=5\r\n", std::fs::read_to_string(&file).unwrap());
    std::fs::write(&file, &text).unwrap();
    assert_eq!(world.run(&["init"]).status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    assert_eq!(world.run(&["init", "--post-time", "22:00"]).status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{text}SWF_POST_TIME=22:00\r\n"));
    // A wrong value can be replaced by a right one.
    std::fs::write(&file, format!("{text}SWF_POST_TIME=29:00\r\n")).unwrap();
    assert_eq!(world.run(&["init"]).status.code(), Some(78));
    assert_eq!(world.run(&["init", "--post-time", "22:00"]).status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{text}SWF_POST_TIME=22:00\r\n"));
    assert!(world.telegram.messages(world.me).is_empty());
}

// P2
#[test]
fn an_account_that_may_not_write_is_named() {
    let world = World::new();
    assert!(!said(&world.run(&["init"])).contains("refused"));
    world.telegram.forbid_writing(world.group, true);
    let output = world.run(&["init"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(said(&output).contains("Posts will be refused: only admins may write in the group"), "{output:?}");
}

#[test]
fn where_nobody_can_be_asked_all_that_is_missing_is_named() {
    let world = nothing();
    let output = world.run(&["init", "--post-as", "bot"]);
    assert_eq!(output.status.code(), Some(78));
    insta::assert_snapshot!(said(&output), @r"
    swf: standard input is not a terminal, and these settings are missing
      TELEGRAM_API_ID: --api-id ID
      TELEGRAM_API_HASH: --api-hash-file FILE
      TG_STRING_SESSION: --login-file FILE, or log in first: swf session qr --store file
      TELEGRAM_GROUP_USERNAME: --group @studyhall
      TELEGRAM_BOT_TOKEN: --bot-token-file FILE
    ");
    assert_eq!(std::fs::read_dir(world.home.path()).unwrap().count(), 0);
}

#[test]
fn a_wrong_option_says_what_is_allowed() {
    let world = World::new();
    let wrong = |args: &[&str]| {
        let output = world.run(&[&["init"], args].concat());
        format!("{} {}", output.status.code().unwrap(), said(&output))
    };
    let empty = secret_file(&world, "empty", "");
    let words = [
        wrong(&["--timezone", "Asia/Tashkend"]),
        wrong(&["--timezone", "Mars"]),
        wrong(&["--post-time", "9pm"]),
        wrong(&["--api-id", "0"]),
        wrong(&["--api-hash-file", &empty]),
        wrong(&["--login-file", "nowhere"]),
        wrong(&["--login-file", ".env.local"]),
        wrong(&["--group", "@nobody_knows"]),
    ]
    .concat()
    .replace(&world.home.path().display().to_string(), "HOME");
    insta::assert_snapshot!(words, @r#"
    2 swf: --timezone is "Asia/Tashkend"
      It must be a time zone's name; did you mean Asia/Tashkent?
    2 swf: --timezone is "Mars"
      It must be a time zone's name, e.g. Asia/Tashkent or Europe/London.
    2 swf: --post-time is "9pm"
      It must be a time of day, HH:MM, e.g. 21:30.
    2 swf: --api-id is 0; it must be a positive number, e.g. 123456
    2 swf: --api-hash-file: HOME/empty is empty
    2 swf: --login-file: nowhere can't be read: No such file or directory (os error 2)
    78 swf: TG_STRING_SESSION is not a login string: it does not start with 1
      It is one long line, as the StringSession of Telethon, Pyrogram or GramJS prints it.
      For a new one: swf session qr
    78 swf: this login connects to 127.0.0.1, not to Telegram
    Logged in as Olga (@olga, 5000000001).
    swf: TELEGRAM_GROUP_USERNAME is "@nobody_knows": there is no group with that name
      Allowed are a name, @name, a link, an invite link, a title or an id, e.g. @studyhall.
    "#);
}

#[cfg(target_os = "linux")]
#[test]
fn a_conversation_sets_everything_up() {
    let world = nothing();
    let other = world.telegram.supergroup("Учёба\u{202e} 🌙", None);
    world.telegram.add_member(other, world.me);
    world.telegram.start_call(other);
    let bot = world.telegram.person(Person::named("Board Bot").username("board_bot").bot());
    world.telegram.add_member(other, bot);
    world.telegram.set_password(world.me, "hush");
    let mut command = world.command(&["--home", "study", "init"]);
    // The connections of the account and of the bot; nobody is signed in on them.
    command.env("TG_STRING_SESSION", world.telegram.signed_out_login_string());
    command.env("TG_BOT_STRING_SESSION", world.telegram.signed_out_login_string());
    let mut terminal = Terminal::start(command);
    terminal.await_text("https://my.telegram.org");
    terminal.await_text("API id:");
    terminal.press("x\r");
    terminal.await_text("positive number");
    terminal.press("\u{15}");
    terminal.press("123456\r");
    terminal.await_text("API hash (hidden while you type):");
    terminal.press("123\r");
    terminal.await_text("32 digits");
    terminal.await_text("API hash (hidden while you type):");
    terminal.press(HASH);
    terminal.press("\r");
    terminal.await_text("no keyring");
    let link = terminal.await_link();
    assert!(world.telegram.scan(&link, world.me));
    terminal.await_text("Password");
    terminal.press("wrong\r");
    terminal.await_text("Wrong password. Try again.");
    terminal.await_text("Password");
    terminal.press("hush\r");
    terminal.await_text("Logged in as Olga (@olga, ");
    // The group with a call is listed first.
    terminal.await_text("Which group");
    terminal.await_text("> Учёба 🌙, in a call now");
    terminal.press("\r");
    terminal.await_text("Time zone of the group");
    terminal.press("Europe/Lodon\r");
    terminal.await_text("did you mean Europe/London?");
    terminal.press("\u{15}");
    terminal.press("Europe/London\r");
    terminal.await_text("Time of the daily post [21:30]:");
    terminal.press("\r");
    terminal.await_text("Who posts");
    terminal.await_text("a bot, made with @BotFather");
    terminal.press("\u{1b}[B\r");
    terminal.await_text("The bot's token (hidden while you type):");
    terminal.press(&format!("{bot}:AAnonsense\r"));
    terminal.await_text("Telegram does not accept the bot's token");
    terminal.await_text("The bot's token (hidden while you type):");
    terminal.press(&format!("{}\r", world.telegram.bot_token(bot)));
    terminal.await_text("The bot Board Bot (@board_bot, ");
    terminal.await_text("Turn on more for the group");
    terminal.press("y\r");
    terminal.await_text("Minutes of focus and break");
    terminal.press("50\r");
    terminal.await_text("It must be off, or minutes of focus (5 to 120)");
    terminal.press("50/10\r");
    terminal.await_text("Hours at which the group studies together");
    terminal.press("\r");
    terminal.await_text("Streaks that two people share");
    terminal.press("\r");
    terminal.await_text("without a sign of life");
    terminal.press("3h\r");
    terminal.await_text("report of the last 8 weeks");
    terminal.press("maybe\r");
    terminal.await_text("It must be on or off.");
    terminal.press("on\r");
    terminal.await_text("Send a test message");
    terminal.press("y\r");
    terminal.await_text("Add another group?");
    terminal.press("y\r");
    terminal.await_text("Also add Учёба 🌙 to it, as group?");
    terminal.press("y\r");
    terminal.await_text("> Study Hall (@studyhall)");
    terminal.press("\r");
    terminal.await_text("Short name for the group (a-z, 0-9, -) [studyhall]:");
    terminal.press("\r");
    terminal.await_text("Added Study Hall (@studyhall) as studyhall.");
    terminal.await_text("Add another group?");
    terminal.press("n\r");
    let (code, text) = terminal.end();
    assert_eq!(code, Some(0), "{text}");
    let groups = std::fs::read_to_string(world.home.path().join("study/groups.toml")).unwrap();
    let group = |name: &str, id: Id| format!("[[group]]\nname = \"{name}\"\nid = {id}\n");
    assert_eq!(groups, format!("{}\n{}", group("group", other), group("studyhall", world.group)));
    assert!(text.contains("swf --home study track") && !text.contains(HASH), "{text}");
    assert_eq!(world.telegram.messages(world.me).len(), 1, "{text}");
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
    let set = dotenvy_lines(&world.home.path().join("study/.env.local"));
    let names: Vec<&str> = set.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "TELEGRAM_API_ID",
        "TELEGRAM_API_HASH",
        "TG_STRING_SESSION",
        "TELEGRAM_GROUP_USERNAME",
        "SWF_TIMEZONE",
        "SWF_POST_TIME",
        "TELEGRAM_BOT_TOKEN",
        "SWF_RHYTHM",
        "SWF_SILENCE",
        "SWF_PULSE",
    ];
    assert_eq!(names, expected);
    assert_eq!(set[3].1, other.to_string());
}

#[cfg(unix)]
#[test]
fn an_interrupted_setup_continues_where_it_stopped() {
    let world = nothing();
    let command = || {
        let mut command = world.command(&["--home", "study", "init"]);
        command.env("TG_STRING_SESSION", world.telegram.login_string(world.me));
        command
    };
    let mut terminal = Terminal::start(command());
    terminal.await_text("API id:");
    terminal.press("123456\r");
    terminal.await_text("API hash");
    let (code, text) = terminal.interrupt();
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("stopped"), "{text}");
    let mut terminal = Terminal::start(command());
    terminal.await_text("API id [123456]:");
    terminal.press("\r");
    terminal.await_text("API hash");
    terminal.press(HASH);
    terminal.press("\r");
    terminal.await_text("Which group");
    terminal.await_text("another group, by name or link");
    let (code, text) = terminal.interrupt();
    // A key that was pressed too late may be shown after the end.
    let text = text.trim_end_matches("^C");
    assert!(code == Some(1) && text.ends_with("To continue, run: swf --home study init\n"), "{text}");
    let set = dotenvy_lines(&world.home.path().join("study/.env.local"));
    assert_eq!(set, [("TELEGRAM_API_ID".into(), "123456".into()), ("TELEGRAM_API_HASH".into(), HASH.into())]);
}

#[cfg(unix)]
#[test]
fn a_wrong_setting_in_the_file_is_asked_for_again() {
    let world = nothing();
    let file = world.home.path().join("study/.env.local");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "# mine\nSWF_TIMEZONE=Mars\nSWF_TOP=many # rows\nCRON_SECRET=hush\n").unwrap();
    let mut terminal = Terminal::start(world.command(&["--home", "study", "init"]));
    terminal.await_text("SWF_TIMEZONE is \"Mars\"; it must be");
    terminal.await_text("SWF_TIMEZONE (leave empty to remove it):");
    terminal.press("Venus\r");
    terminal.await_text("SWF_TIMEZONE is \"Venus\"; it must be");
    terminal.press("Asia/Tashkent\r");
    terminal.await_text("SWF_TOP is \"many\"; it must be");
    terminal.press("\r");
    terminal.await_text("API id:");
    terminal.interrupt();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "# mine\nSWF_TIMEZONE=Asia/Tashkent\nCRON_SECRET=hush\n");
}

#[test]
fn commands_that_change_a_store_do_not_make_one() {
    let world = nothing();
    let bare = world.home.path().join("bare");
    for arguments in
        ["person hide ada", "goal set ada 10h", "streaks show ada on", "alias add a b", "retention --apply"]
    {
        let output = world.command(&["--home", "bare"]).args(arguments.split(' ')).output().unwrap();
        assert!(said(&output).contains("there is no store at"), "{arguments}: {}", said(&output));
    }
    let output = world.command(&["--home", "bare", "pause"]).output().unwrap();
    assert_eq!((output.status.code(), said(&output).contains("swf --home bare init")), (Some(78), true));
    assert!(!bare.join("var/study.db").exists() && !bare.join(".env.local").exists());
}
