//! The chat, from a person's message to the answer that they read, with the real program, its bot and the account that
//! watches.

use std::collections::BTreeMap;

use fake_telegram::{Button, Id, MenuScope, Message, Moment, Person, Rights, Saying};

use crate::home::{Tracker, World};
use crate::web::Server;

/// A world with a bot in the group.
struct Chat {
    world: World,
    bot: Id,
    token: String,
    ada: Id,
    call: i64,
}

/// A running tracker whose bot reads updates.
struct Listening {
    _tracker: Tracker,
}

impl Chat {
    fn new() -> Chat {
        let world = World::new();
        let bot = world.telegram.person(Person::named("Study bot").username("study_bot").bot());
        world.telegram.add_member(world.group, bot);
        let token = world.telegram.bot_token(bot);
        let ada = world.member("Ada");
        let call = world.telegram.start_call(world.group);
        let chat = Chat { world, bot, token, ada, call };
        chat.configure(&[]);
        chat
    }

    fn configure(&self, more: &[(&str, &str)]) {
        let login = self.world.telegram.login_string(self.bot);
        let bot = [("TELEGRAM_BOT_TOKEN", self.token.as_str()), ("TG_BOT_STRING_SESSION", login.as_str())];
        self.world.configure("@studyhall", &[&bot, more].concat());
    }

    /// Starts a tracker and waits for its bot. Ada studies for an hour.
    fn track(&self) -> Listening {
        let tracker = self.await_connected(|| self.world.track());
        self.world.telegram.join(self.call, self.ada);
        self.world.pass(self.call, 3600);
        Listening { _tracker: tracker }
    }

    /// Waits until the bot has requested its place in the updates, and then set its menu.
    fn await_connected<T>(&self, start: impl FnOnce() -> T) -> T {
        let asked = |method| {
            let requests = self.world.telegram.requests();
            requests.iter().filter(|one| one.account == Some(self.bot) && one.method == method).count()
        };
        let reads = || asked("updates.getState") + asked("updates.getDifference");
        let before = reads();
        let started = start();
        self.world.await_that("the bot is connected", || reads() > before);
        started
    }

    /// The bot's private messages to somebody.
    fn private(&self, person: Id) -> Vec<Message> {
        let messages = self.world.telegram.messages(person);
        messages.into_iter().filter(|message| message.from == self.bot).collect()
    }

    /// The bot's messages in the group.
    fn public(&self) -> Vec<Message> {
        let messages = self.world.telegram.messages(self.world.group);
        messages.into_iter().filter(|message| message.from == self.bot).collect()
    }

    #[track_caller]
    fn await_private(&self, person: Id, count: usize) -> Message {
        self.world.await_that("a private answer", || self.private(person).len() >= count);
        self.private(person).swap_remove(count - 1)
    }

    #[track_caller]
    fn await_public(&self, count: usize) -> Message {
        self.world.await_that("an answer in the group", || self.public().len() >= count);
        self.public().swap_remove(count - 1)
    }

    /// Somebody writes a command, and waits for the answer in private.
    fn asks(&self, person: Id, text: &str) -> Message {
        let count = self.private(person).len() + 1;
        self.world.telegram.say(person, self.bot, text);
        self.await_private(person, count)
    }

    /// Lets enough time pass that the same person may ask again.
    fn later(&self) {
        // More than three seconds, as the tracker's clock may be ahead of Telegram's, which stands still.
        self.world.pass(self.call, 10);
    }

    /// Waits for the answer to another command, so that earlier commands are answered, too.
    fn await_others(&self) {
        let olga = self.world.me;
        self.later();
        self.asks(olga, "/help");
    }

    fn press(&self, person: Id, message: &Message, chat: Id, button: &str) -> i64 {
        let query = self.world.telegram.press(person, chat, message.id, button);
        self.world.await_that("the press is answered", || self.world.telegram.press_answer(query).is_some());
        query
    }

    fn assert_correct(&self) {
        assert_eq!(self.world.telegram.violations(), Vec::<String>::new());
    }
}

/// The labels of buttons, and the addresses of those that open one.
fn buttons(message: &Message) -> Vec<String> {
    let label = |button: &Button| match button {
        Button::Callback { text, .. } => text.clone(),
        Button::Url { url, .. } => url.clone(),
    };
    message.buttons.iter().flatten().map(label).collect()
}

#[test]
fn somebody_asks_where_they_stand_and_is_answered_in_private_once() {
    let chat = Chat::new();
    let _listening = chat.track();
    let answer = chat.asks(chat.ada, "/me");
    assert!(answer.text.contains("1h 00m"), "{}", answer.text);
    assert!(!answer.silent);
    chat.await_others();
    assert_eq!((chat.private(chat.ada).len(), chat.public().len()), (1, 0));
    chat.assert_correct();
}

#[test]
fn private_numbers_are_not_answered_in_the_group() {
    let chat = Chat::new();
    let _listening = chat.track();
    // The bot can't begin a conversation, so the group gets a button that opens one, for a minute.
    let asked = chat.world.telegram.say(chat.ada, chat.world.group, "/me");
    let hint = chat.await_public(1);
    assert!(!hint.text.contains("1h"), "{}", hint.text);
    assert_eq!((hint.reply_to, hint.silent), (Some(asked), true));
    let link = buttons(&hint).swap_remove(0);
    assert!(link.starts_with("https://t.me/study_bot?start=me-"), "{link}");
    chat.world.telegram.advance(60);
    chat.world.await_that("the hint is taken back", || chat.public().is_empty());
    // The button's link leads to the answer.
    let payload = link.split_once("start=").unwrap().1.to_owned();
    chat.later();
    let answer = chat.asks(chat.ada, &format!("/start {payload}"));
    assert!(answer.text.contains("1h "), "{}", answer.text);
    // Now the answer comes at once, and the bot writes nothing into the group.
    chat.later();
    chat.world.telegram.say(chat.ada, chat.world.group, "/me@study_bot");
    chat.await_private(chat.ada, 2);
    chat.await_others();
    assert_eq!(chat.public(), []);
    chat.assert_correct();
}

#[test]
fn a_link_to_the_pages_is_answered_in_private_and_logs_in_as_who_asked() {
    let chat = Chat::new();
    let _listening = chat.track();
    let none = chat.asks(chat.ada, "/web");
    assert!(none.text.contains("no pages"), "{}", none.text);
    // Links lead to the server. `localhost` is a host that it always accepts.
    chat.configure(&[("SWF_WEB_URL", "http://localhost:8080")]);
    let server = Server::start(&chat.world, "127.0.0.1:0");
    let mut cookie = String::new();
    chat.world.await_that("the server takes the link", || {
        chat.later();
        let count = chat.private(chat.ada).len() + 1;
        // A command in the group is answered in private, without a hint in the group.
        chat.world.telegram.say(chat.ada, chat.world.group, "/web");
        let answer = chat.await_private(chat.ada, count);
        let Some((_, path)) = answer.text.split_once("http://localhost:8080") else { return false };
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\
             Content-Length: 0\r\n\r\n"
        );
        let reply = server.raw(&request);
        let set = reply.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_default();
        cookie = set.split(';').next().unwrap_or_default().to_owned();
        reply.starts_with("HTTP/1.1 303")
    });
    let page = |path: &str| {
        server.raw(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: {cookie}\r\n\r\n"))
    };
    let own = format!("location: /g/group/p/{}", chat.ada);
    assert!(page("/g/group/me").contains(&own), "{}", page("/g/group/me"));
    chat.await_others();
    assert_eq!(chat.public(), []);
    // No log contains the link.
    let logs = std::fs::read_dir(chat.world.home.path().join("var/log")).unwrap();
    for log in logs.map(|log| std::fs::read_to_string(log.unwrap().path()).unwrap()).chain([chat.world.log()]) {
        assert!(!log.contains("login?t="), "{log}");
    }
    chat.assert_correct();
}

#[test]
fn the_board_is_answered_where_it_was_asked_and_buttons_turn_its_pages() {
    let chat = Chat::new();
    let _listening = chat.track();
    let asked = chat.world.telegram.say(chat.ada, chat.world.group, "/top");
    let board = chat.await_public(1);
    assert_eq!(board.reply_to, Some(asked));
    assert!(board.text.contains("Ada"), "{}", board.text);
    let week = buttons(&board).into_iter().find(|label| label.contains("Week")).expect("a button for the week");
    let edits = || chat.public()[0].edits;
    chat.later();
    let query = chat.press(chat.ada, &board, chat.world.group, &week);
    chat.world.await_that("the message shows the week", || edits() == 1);
    // Pressing the same button again changes nothing.
    chat.later();
    let board = chat.public().swap_remove(0);
    let week = buttons(&board).into_iter().find(|label| label.contains("Week")).expect("a button for the week");
    chat.press(chat.ada, &board, chat.world.group, &week);
    chat.await_others();
    assert_eq!((chat.public().len(), edits()), (1, 1));
    assert_eq!(chat.world.telegram.press_attempts(query), 1);
    chat.assert_correct();
}

#[test]
fn commands_for_others_and_old_ones_are_not_answered() {
    let chat = Chat::new();
    let listening = chat.track();
    chat.world.telegram.say(chat.ada, chat.world.group, "/me@other_bot");
    chat.world.telegram.say(chat.ada, chat.world.group, "hello /me");
    chat.await_others();
    assert_eq!((chat.private(chat.ada).len(), chat.public().len()), (0, 0));
    drop(listening);
    // Somebody asks while no tracker runs; one of the commands becomes too old.
    chat.world.telegram.say(chat.ada, chat.bot, "/me");
    chat.world.telegram.advance(121);
    let bob = chat.world.member("Bob");
    chat.world.telegram.say(bob, chat.bot, "/me");
    let _tracker = chat.await_connected(|| chat.world.track_on());
    chat.await_private(bob, 1);
    chat.await_others();
    assert_eq!(chat.private(chat.ada), []);
    chat.assert_correct();
}

#[test]
fn an_answer_goes_to_the_topic_of_the_question() {
    let chat = Chat::new();
    let topic = chat.world.telegram.topic(chat.world.group);
    let _listening = chat.track();
    chat.world.telegram.say_as(Saying::new(chat.ada, chat.world.group, "/top").in_topic(topic));
    assert_eq!(chat.await_public(1).topic, Some(topic));
    chat.assert_correct();
}

#[test]
fn admins_are_asked_of_telegram_and_anonymous_ones_are_admins() {
    let chat = Chat::new();
    let _listening = chat.track();
    let group = chat.world.group;
    let refused = chat.asks(chat.ada, "/status");
    chat.later();
    chat.world.telegram.promote(group, chat.ada, Rights::ALL);
    // A role from Telegram is cached for a minute.
    assert_eq!(chat.asks(chat.ada, "/status").text, refused.text);
    chat.world.pass(chat.call, 61);
    assert_ne!(chat.asks(chat.ada, "/status").text, refused.text);
    chat.world.telegram.demote(group, chat.ada);
    chat.world.pass(chat.call, 61);
    assert_eq!(chat.asks(chat.ada, "/status").text, refused.text);
    let anonymous = chat.world.telegram.person(Person::named("Boss"));
    chat.world.telegram.add_member(group, anonymous);
    chat.world.telegram.promote(group, anonymous, Rights { anonymous: true, ..Rights::ALL });
    chat.world.telegram.say_as(Saying::new(anonymous, group, "/status").anonymously());
    assert_ne!(chat.await_public(1).text, refused.text);
    chat.assert_correct();
}

#[test]
fn a_post_is_confirmed_by_who_asked_for_it_and_made_once() {
    let chat = Chat::new();
    chat.world.telegram.promote(chat.world.group, chat.ada, Rights::ALL);
    let bob = chat.world.member("Bob");
    let _listening = chat.track();
    chat.world.telegram.say(chat.ada, chat.world.group, "/post");
    let question = chat.await_public(1);
    let yes = buttons(&question).swap_remove(0);
    // A press by somebody else does nothing.
    chat.press(bob, &question, chat.world.group, &yes);
    chat.await_others();
    assert_eq!(chat.public().len(), 1);
    chat.later();
    chat.press(chat.ada, &question, chat.world.group, &yes);
    let post = chat.await_public(2);
    assert!(post.text.contains("Ada"), "{}", post.text);
    chat.world.await_that("the question is answered", || chat.public()[0].buttons.is_empty());
    chat.await_others();
    assert_eq!(chat.public().len(), 2);
    chat.assert_correct();
}

#[test]
fn a_stranger_sees_nothing_of_the_group() {
    let chat = Chat::new();
    let _listening = chat.track();
    let stranger = chat.world.telegram.person(Person::named("Eve"));
    for command in ["/me", "/top", "/why", "/status", "/start", "/start me-1", "/fly", "/post"] {
        let answer = chat.asks(stranger, command);
        assert!(!answer.text.contains("Ada"), "{command}: {}", answer.text);
        chat.later();
    }
    assert_eq!(chat.public(), []);
    chat.assert_correct();
}

#[test]
fn the_mode_says_where_anything_is_answered_and_changes_while_the_tracker_runs() {
    let chat = Chat::new();
    chat.configure(&[("SWF_CHAT", "private")]);
    let _listening = chat.track();
    chat.world.telegram.say(chat.ada, chat.world.group, "/top");
    chat.await_others();
    assert_eq!(chat.public(), []);
    let reads = || chat.world.telegram.counts().of("updates.getDifference");
    let before = reads();
    chat.configure(&[]);
    chat.world.await_that("the group is answered, too", || {
        chat.world.pass(chat.call, 3);
        chat.world.telegram.say(chat.ada, chat.world.group, "/top");
        !chat.public().is_empty()
    });
    assert_eq!(reads(), before, "the connection stays");
    chat.assert_correct();
}

#[test]
fn a_private_answer_is_in_the_askers_language_and_one_in_the_group_in_the_groups() {
    let chat = Chat::new();
    chat.configure(&[("SWF_LANGUAGE", "uz")]);
    let olga = chat.world.telegram.person(Person::named("Ольга").lang("ru"));
    chat.world.telegram.add_member(chat.world.group, olga);
    let _listening = chat.track();
    let help = chat.asks(olga, "/help").text;
    let is_cyrillic = |text: &str| text.chars().filter(|c| ('а'..='я').contains(c)).count() > 20;
    assert!(is_cyrillic(&help), "{help}");
    chat.later();
    chat.world.telegram.say(olga, chat.world.group, "/help");
    let in_group = chat.await_public(1).text;
    assert!(!is_cyrillic(&in_group), "{in_group}");
    chat.assert_correct();
}

#[test]
fn somebody_hides_chooses_a_name_leaves_and_comes_back() {
    let chat = Chat::new();
    let bob = chat.world.member("Bob");
    chat.world.telegram.join(chat.call, bob);
    let _listening = chat.track();
    let names = || {
        let board = chat.world.today();
        let names = board["entries"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let asks = |person: Id, text: &str| {
        chat.later();
        chat.asks(person, text).text
    };
    assert!(asks(chat.ada, "/hide").contains("/show"));
    assert!(names().contains(&"Somebody".to_owned()) && !names().contains(&"Ada".to_owned()), "{:?}", names());
    // The change takes effect at once, also in the chat.
    assert!(!asks(bob, "/top").contains("Ada"));
    asks(chat.ada, "/show");
    assert!(asks(chat.ada, "/name bob").contains("Choose another"));
    asks(chat.ada, "/name Falcon");
    assert!(names().contains(&"Falcon".to_owned()), "{:?}", names());
    asks(chat.ada, "/name off");
    assert!(names().contains(&"Ada".to_owned()), "{:?}", names());
    let seconds = || chat.world.seconds().into_iter().find(|(person, _)| *person == chat.ada).unwrap().1;
    assert!(asks(chat.ada, "/leave").contains("/return"));
    let before = seconds();
    chat.world.pass(chat.call, 500);
    assert_eq!(seconds(), before);
    asks(chat.ada, "/return");
    chat.world.pass(chat.call, 500);
    // Counted from the decision on, by the tracker's clock, which runs on while Telegram's stands still.
    assert!(seconds() >= before + 490, "{before} {}", seconds());
    // All answers were private.
    assert_eq!(chat.public(), []);
    chat.assert_correct();
}

#[test]
fn the_menu_is_set_once_and_names_what_the_bot_can_do() {
    let chat = Chat::new();
    let listening = chat.track();
    let menu = |scope, language| chat.world.telegram.menu(chat.bot, scope, language);
    chat.world.await_that("the menu is set", || !menu(MenuScope::ChatAdmins, "uz").is_empty());
    let names: Vec<String> = menu(MenuScope::Users, "").into_iter().map(|line| line.command).collect();
    assert!(names.contains(&"me".into()) && !names.contains(&"post".into()), "{names:?}");
    let admins: Vec<String> = menu(MenuScope::ChatAdmins, "").into_iter().map(|line| line.command).collect();
    assert!(admins.contains(&"post".into()), "{admins:?}");
    let sets = || chat.world.telegram.counts().of("bots.setBotCommands");
    let before = sets();
    drop(listening);
    let reads = || chat.world.telegram.counts().of("bots.getBotCommands");
    let read = reads();
    let _tracker = chat.await_connected(|| chat.world.track());
    chat.world.await_that("the menu is compared", || reads() >= 2 * read);
    assert_eq!(sets(), before);
    chat.assert_correct();
}

#[test]
fn doctor_checks_the_menu_and_what_the_bot_hears() {
    let chat = Chat::new();
    let doctor = || String::from_utf8(chat.world.run(&["doctor"]).stdout).unwrap();
    let differs = doctor();
    assert!(differs.contains("menus of the bot are not as they should be"), "{differs}");
    let _listening = chat.track();
    chat.world.await_that("the menu is set", || chat.world.telegram.counts().of("bots.setBotCommands") == 12);
    let good = doctor();
    assert!(good.contains("the bot answers, and its menu lists its commands"), "{good}");
    chat.world.telegram.privacy_mode(chat.bot, false);
    let hears_all = doctor();
    assert!(hears_all.contains("the bot receives every message of its groups"), "{hears_all}");
}

#[test]
fn a_flood_wait_about_members_is_obeyed_and_known_people_are_answered() {
    let chat = Chat::new();
    let _listening = chat.track();
    chat.world.telegram.faults().flood_wait("channels.getParticipant", 600, 1);
    let asked = || chat.world.telegram.counts().of("channels.getParticipant");
    assert!(chat.asks(chat.ada, "/me").text.contains("1h"));
    chat.later();
    chat.asks(chat.ada, "/top");
    assert_eq!(asked(), 1);
    chat.world.pass(chat.call, 600);
    chat.asks(chat.ada, "/me");
    assert_eq!(asked(), 2);
    chat.assert_correct();
}

#[test]
fn nothing_is_answered_where_the_chat_is_off() {
    let chat = Chat::new();
    for more in [vec![("SWF_CHAT", "off")], vec![]] {
        chat.configure(&more);
        let args: &[&str] = if more.is_empty() { &["track", "--no-chat"] } else { &["track"] };
        let _tracker = chat.world.spawn(chat.world.command(args));
        chat.world.await_confirmed();
        chat.world.telegram.say(chat.ada, chat.bot, "/me");
        chat.world.telegram.join(chat.call, chat.ada);
        chat.world.pass(chat.call, 100);
        chat.world.telegram.leave(chat.call, chat.ada);
        let bots = chat.world.telegram.requests().into_iter().filter(|one| one.account == Some(chat.bot)).count();
        assert_eq!((bots, chat.private(chat.ada).len()), (0, 0));
        chat.world.telegram.advance(10);
    }
}

#[test]
fn the_organiser_commands_through_the_bot_and_the_log_stays_in_private() {
    let chat = Chat::new();
    chat.configure(&[("ADMIN_CHAT_ID", &chat.ada.to_string())]);
    let bob = chat.world.member("Bob");
    let _listening = chat.track();
    assert_eq!(chat.asks(chat.ada, ".layout audit").text, "FORMAT PASS (no changes)");
    chat.later();
    let log = chat.asks(chat.ada, "/logs 5").text;
    assert!(log.contains("INFO") && !log.contains(&chat.token), "{log}");
    chat.later();
    chat.world.telegram.say(chat.ada, chat.world.group, "/logs 5");
    chat.await_private(chat.ada, 3);
    // Others are not the organiser, and the old tracker's commands from them are ignored.
    let refused = chat.asks(bob, "/logs 5").text;
    assert!(!refused.contains("INFO"), "{refused}");
    chat.later();
    chat.world.telegram.say(bob, chat.bot, ".logs tail 5");
    // Others can't see a person's numbers, either.
    chat.await_others();
    chat.later();
    let why = chat.asks(bob, "/why Ada").text;
    assert!(!why.contains("1h"), "{why}");
    assert_eq!((chat.private(bob).len(), chat.public().len()), (2, 0));
    chat.assert_correct();
}

// Tests of the old tracker's commands, through the account that watches.

/// A world whose organiser is not the account that watches.
fn owned() -> (World, Id) {
    let world = World::new();
    let boss = world.member("Boss");
    world.configure("@studyhall", &[("ADMIN_CHAT_ID", &boss.to_string())]);
    (world, boss)
}

/// The answers of the account that watches in a private chat.
fn answers(world: &World, to: Id) -> Vec<String> {
    let messages = world.telegram.messages(to);
    messages.into_iter().filter(|message| message.from == world.me).map(|message| message.text).collect()
}

#[track_caller]
fn await_answer(world: &World, to: Id, count: usize) -> String {
    world.await_that("an answer to the organiser", || answers(world, to).len() >= count);
    answers(world, to).swap_remove(count - 1)
}

#[test]
fn the_organiser_commands_through_the_account_that_watches() {
    let (world, boss) = owned();
    let call = world.telegram.start_call(world.group);
    let ada = world.member("Ada");
    let _tracker = world.track();
    world.telegram.join(call, ada);
    world.pass(call, 3600);
    world.telegram.say(boss, world.me, ".Post NOW");
    assert_eq!(await_answer(&world, boss, 1), "Manual leaderboard post scheduled.");
    assert_eq!(await_answer(&world, boss, 2), "Manual leaderboard post completed.");
    let posts = || world.telegram.messages(world.group).into_iter().filter(|one| one.from == world.me).count();
    assert_eq!(posts(), 1);
    let mut count = 2;
    for (command, answer) in [
        (".audit quick", "=== Audit Summary ==="),
        (".layout audit", "FORMAT PASS (no changes)"),
        (".layout", "Usage: .layout audit|preview"),
        (".logs tail 1", ""),
        (".fly", "Unknown admin command."),
    ] {
        world.telegram.say(boss, world.me, command);
        count += 1;
        let said = await_answer(&world, boss, count);
        assert!(said.starts_with(answer), "{command}: {said}");
    }
    // Messages from others are ignored, and so are those without a dot at the start.
    world.telegram.say(ada, world.me, ".post now");
    world.telegram.say(boss, world.me, "post now");
    world.telegram.say(boss, world.me, ".layout fly");
    assert_eq!(await_answer(&world, boss, count + 1), "Unknown .layout command.");
    assert_eq!((answers(&world, ada).len(), posts()), (0, 1));
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn logs_are_answered_in_private_also_if_they_are_asked_for_in_the_group() {
    let (world, boss) = owned();
    let _tracker = world.track();
    world.telegram.say(boss, world.me, ".fly");
    await_answer(&world, boss, 1);
    world.telegram.say(boss, world.group, ".logs tail 1");
    await_answer(&world, boss, 2);
    world.telegram.say(boss, world.group, ".layout audit");
    world.await_that("an answer in the group", || {
        world.telegram.messages(world.group).iter().any(|message| message.text.starts_with("FORMAT"))
    });
    let logs = world.telegram.messages(world.group).into_iter().filter(|message| message.from == world.me).count();
    assert_eq!(logs, 1);
}

#[test]
fn what_the_organiser_wrote_meanwhile_is_answered_once() {
    let (world, boss) = owned();
    let tracker = world.track();
    world.telegram.say(boss, world.me, ".fly");
    await_answer(&world, boss, 1);
    drop(tracker);
    world.telegram.say(boss, world.me, ".too old");
    world.telegram.advance(121);
    world.telegram.say(boss, world.me, ".layout fly");
    let history = || world.telegram.counts().of("messages.getHistory");
    let before = history();
    let tracker = world.track_on();
    assert_eq!(await_answer(&world, boss, 2), "Unknown .layout command.");
    drop(tracker);
    world.telegram.advance(5);
    let _tracker = world.track_on();
    world.await_that("the chat is read", || history() == before + 2);
    world.telegram.say(boss, world.me, ".layout");
    await_answer(&world, boss, 3);
    assert_eq!(answers(&world, boss).len(), 3);
    assert_eq!(world.telegram.counts().of("updates.getDifference"), 0);
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn what_the_organiser_wrote_before_is_answered_though_a_later_command_arrives_first() {
    let (world, boss) = owned();
    let _tracker = world.track();
    world.telegram.say(boss, world.me, ".fly");
    await_answer(&world, boss, 1);
    // The first command arrives while the account is offline, the second is pushed before the account has read the
    // chat.
    world.telegram.faults().pause("updates.getState", Moment::Read, 1);
    world.telegram.faults().cut();
    world.telegram.say(boss, world.me, ".layout fly");
    world.await_that("the tracker connects again", || world.telegram.paused() == 1);
    world.telegram.say(boss, world.me, ".fly");
    world.telegram.faults().resume();
    await_answer(&world, boss, 3);
    let mut later = answers(&world, boss).split_off(1);
    later.sort();
    assert_eq!(later, ["Unknown .layout command.", "Unknown admin command."]);
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn an_organiser_who_is_the_account_itself_commands_in_saved_messages() {
    let world = World::new();
    world.configure("@studyhall", &[("ADMIN_CHAT_ID", &world.me.to_string())]);
    let _tracker = world.track();
    let before = world.telegram.messages(world.me).len();
    world.telegram.say(world.me, world.me, ".fly");
    world.await_that("an answer", || world.telegram.messages(world.me).len() > before + 1);
    let said = world.telegram.messages(world.me).pop().unwrap();
    assert_eq!(said.text, "Unknown admin command.");
    // Commands of others get no answer.
    let ada = world.member("Ada");
    world.telegram.say(ada, world.me, ".fly");
    world.telegram.say(world.me, world.me, ".layout");
    world.await_that("another answer", || world.telegram.messages(world.me).len() > before + 3);
    assert_eq!(answers(&world, ada), Vec::<String>::new());
}

// Tests with crashes.

/// The number of kills. The long form is `SWF_KILLS=100 cargo test --test it answered_once`.
fn kills() -> u64 {
    std::env::var("SWF_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(6)
}

/// Pseudo-random numbers, the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the moment of a kill is random")]
fn each_command_is_answered_once_through_kills_by_the_bot() {
    let chat = Chat::new();
    let people: Vec<Id> = (0..kills()).map(|number| chat.world.member(&format!("Person {number}"))).collect();
    let listening = chat.track();
    chat.await_others();
    drop(listening);
    let mut numbers = Numbers(0xc0ffee);
    for person in &people {
        let tracker = chat.world.track_blindly();
        std::thread::sleep(std::time::Duration::from_millis(numbers.below(300)));
        chat.world.telegram.say(*person, chat.bot, "/me");
        std::thread::sleep(std::time::Duration::from_millis(numbers.below(60)));
        tracker.kill();
        chat.world.telegram.advance(1);
    }
    let _tracker = chat.world.track_on();
    for person in &people {
        chat.await_private(*person, 1);
    }
    chat.await_others();
    let counts: BTreeMap<Id, usize> =
        people.iter().map(|person| (*person, chat.private(*person).len())).filter(|(_, count)| *count != 1).collect();
    assert_eq!(counts, BTreeMap::new());
    chat.assert_correct();
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the moment of a kill is random")]
fn each_command_is_answered_once_through_kills_by_the_account() {
    let (world, boss) = owned();
    let tracker = world.track();
    // After this the account has the access hash of the chat.
    world.telegram.say(boss, world.me, ".fly");
    await_answer(&world, boss, 1);
    drop(tracker);
    let mut numbers = Numbers(0xbeef);
    for _ in 0..kills() {
        let tracker = world.track_blindly();
        std::thread::sleep(std::time::Duration::from_millis(numbers.below(300)));
        world.telegram.say(boss, world.me, ".fly");
        std::thread::sleep(std::time::Duration::from_millis(numbers.below(60)));
        tracker.kill();
        world.telegram.advance(1);
    }
    let _tracker = world.track_on();
    await_answer(&world, boss, 1 + kills().min(20) as usize);
    world.telegram.say(boss, world.me, ".layout fly");
    world.await_that("the last answer", || answers(&world, boss).last().is_some_and(|last| last.contains(".layout")));
    assert_eq!(answers(&world, boss).len(), kills() as usize + 2);
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn an_ephemeral_command_is_answered_so_where_that_is_on() {
    let chat = Chat::new();
    chat.configure(&[("SWF_CHAT_EPHEMERAL", "true")]);
    let _listening = chat.track();
    chat.world.telegram.say_ephemeral(chat.ada, chat.bot, chat.world.group, "/me");
    let seen = || chat.world.telegram.ephemeral_messages(chat.ada);
    chat.world.await_that("an answer that only Ada sees", || !seen().is_empty());
    assert!(seen()[0].text.contains("1h 00m"), "{:?}", seen());
    chat.await_others();
    assert_eq!((seen().len(), chat.private(chat.ada).len(), chat.public().len()), (1, 0, 0));
    chat.assert_correct();
}

#[test]
fn a_picture_of_the_board_stands_in_the_group_and_the_askers_own_comes_in_private() {
    let chat = Chat::new();
    let _listening = chat.track();
    let asked = chat.world.telegram.say(chat.ada, chat.world.group, "/card week");
    let board = chat.await_public(1);
    assert_eq!((board.reply_to, board.silent, board.picture.is_some()), (Some(asked), true, true));
    assert!(board.text.contains("Ada") && board.text.contains("1h 00m"), "{}", board.text);
    chat.later();
    let own = chat.asks(chat.ada, "/card me");
    assert!(own.picture.is_some() && own.text.contains("Ada"), "{}", own.text);
    // A request in the group is answered in private, too.
    chat.later();
    chat.world.telegram.say(chat.ada, chat.world.group, "/card me");
    assert!(chat.await_private(chat.ada, 2).picture.is_some());
    // Where pictures are not allowed, the board is sent once, as text.
    chat.world.telegram.forbid_pictures(chat.world.group, true);
    chat.later();
    chat.world.telegram.say(chat.ada, chat.world.group, "/card");
    let text = chat.await_public(2);
    assert!(text.picture.is_none() && text.text.contains("Ada"), "{}", text.text);
    chat.await_others();
    assert_eq!((chat.public().len(), chat.private(chat.ada).len()), (2, 2));
    chat.assert_correct();
}
