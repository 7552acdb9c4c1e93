//! Each day's post is one message, whatever crashes (rules §4.1–2, §4.5–7).

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::{TimeZone, Utc};
use fake_telegram::{Id, Moment, Person};
use swf::domain::post::delivery::Lane;
use swf::domain::{Instant, PeerId};
use swf::store::Access;

use crate::home::{START, World};

/// 21:30 in Tashkent on the first day of the test.
pub fn post_time() -> i64 {
    Utc.with_ymd_and_hms(2033, 5, 18, 16, 30, 0).unwrap().timestamp()
}

/// A world in which somebody has studied on the first day, up to the post time, and no tracker runs.
pub fn studied() -> World {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 3600);
    world.telegram.advance(post_time() - START);
    let tracker = world.track_without_posting();
    assert_eq!(tracker.stop(), Some(0));
    world
}

/// Lets time pass, and stores it as watched.
pub fn watch_until(world: &World, seconds: i64) {
    world.telegram.advance(seconds);
    world.store_watched();
    world.advance_stored_clock(seconds);
}

/// Whether the final edit of the last post is done.
fn is_final(world: &World) -> bool {
    world.last_sent().is_some_and(|post| post.finalized.is_some())
}

fn with_bot(world: &World) -> Id {
    let bot = world.telegram.person(Person::named("Board").username("board_bot").bot());
    world.telegram.add_member(world.group, bot);
    let token = world.telegram.bot_token(bot);
    let login = world.telegram.signed_out_login_string();
    world.configure("@studyhall", &[("TELEGRAM_BOT_TOKEN", &token), ("TG_BOT_STRING_SESSION", &login)]);
    bot
}

pub fn authors(world: &World) -> Vec<Id> {
    world.telegram.messages(world.group).into_iter().map(|message| message.from).collect()
}

fn start(world: &World) -> Child {
    let mut command: Command = world.command(&["post"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The number of rounds. The long form is `SWF_ROUNDS=200 cargo test --test it crash`.
pub fn rounds(normally: usize) -> usize {
    std::env::var("SWF_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(normally)
}

/// Starts `swf post`, once or several times at once, and interrupts it in one of six ways. `method` is the request that
/// sends.
pub fn interrupt(world: &World, round: usize, method: &str) {
    let faults = world.telegram.faults();
    let many = 1 + round % 3;
    match round % 6 {
        // Killed when the server has read the request, or has executed it but not answered.
        0 | 1 => {
            let moment = if round.is_multiple_of(6) { Moment::Read } else { Moment::Stored };
            faults.pause(method, moment, 1);
            let mut posts: Vec<Child> = (0..many).map(|_| start(world)).collect();
            world.await_that("a request is held", || world.telegram.paused() > 0);
            posts.iter_mut().for_each(|post| post.kill().unwrap());
            for post in &mut posts {
                post.wait().unwrap();
            }
            faults.resume();
        }
        2 => {
            faults.lose_reply(method, 1);
            let mut posts: Vec<Child> = (0..many).map(|_| start(world)).collect();
            for post in &mut posts {
                post.wait().unwrap();
            }
        }
        // Killed at some point: before the commit, after it, while connecting, or after the answer.
        _ => {
            let mut posts: Vec<Child> = (0..many).map(|_| start(world)).collect();
            std::thread::sleep(Duration::from_millis((round as u64 * 17) % 130));
            posts.iter_mut().for_each(|post| post.kill().unwrap());
            for post in &mut posts {
                post.wait().unwrap();
            }
        }
    }
}

/// Each round is a day. Its post is interrupted in one of many ways, and then requested again.
fn crash(world: &World, author: Id) {
    let rounds = rounds(12);
    for round in 0..rounds {
        interrupt(world, round, "messages.sendMessage");
        // By then the lease of the killed process has expired.
        watch_until(world, 60);
        let again = world.run(&["post"]);
        assert!(again.status.success(), "round {round}: {again:?}");
        let sent = authors(world);
        assert_eq!(sent, vec![author; round + 1], "round {round}");
        watch_until(world, 86_400 - 60);
    }
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
    // The first Monday is on the sixth day. In the weeks after that nobody studied.
    let recaps = usize::from(rounds > 5);
    let texts = world.telegram.messages(world.group).into_iter().map(|message| message.text);
    assert_eq!(texts.filter(|text| text.contains("won the week")).count(), recaps);
}

#[test]
fn a_crash_at_any_moment_leaves_one_message_of_the_user() {
    let world = studied();
    crash(&world, world.me);
}

#[test]
fn a_crash_at_any_moment_leaves_one_message_of_the_bot() {
    let world = studied();
    let bot = with_bot(&world);
    crash(&world, bot);
}

#[test]
fn a_bot_signs_in_once_and_posts_without_the_users_login() {
    let world = studied();
    let bot = with_bot(&world);
    let text = std::fs::read_to_string(world.home.path().join(".env.local")).unwrap();
    let without: String =
        text.lines().filter(|line| !line.starts_with("TG_STRING_SESSION")).map(|line| format!("{line}\n")).collect();
    std::fs::write(world.home.path().join(".env.local"), without).unwrap();
    world.ok(&["post"]);
    world.ok(&["post", "--now", "--again"]);
    assert_eq!(authors(&world), [bot, bot]);
    let signed_in =
        world.telegram.requests().iter().filter(|request| request.method == "auth.importBotAuthorization").count();
    assert_eq!(signed_in, 1);
    let output = world.run(&["post", "--now", "--as", "user"]);
    assert_eq!(output.status.code(), Some(78), "{output:?}");
}

#[test]
fn a_bad_token_is_refused_and_the_post_waits_for_the_right_one() {
    let world = studied();
    let bot = with_bot(&world);
    world.telegram.revoke_bot_token(bot);
    let output = world.run(&["post"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("TELEGRAM_BOT_TOKEN") && text.contains("@BotFather"), "{text}");
    assert!(!text.contains(&world.telegram.bot_token(bot)), "{text}");
}

#[test]
fn a_post_stays_with_the_account_that_tried_it_first() {
    let world = studied();
    world.telegram.faults().lose_reply("messages.sendMessage", 1);
    assert_eq!(world.run(&["post"]).status.code(), Some(75));
    // From now on there is a bot. The reply to the first try was lost, and only the same account can repeat it without
    // a duplicate.
    with_bot(&world);
    watch_until(&world, 60);
    world.ok(&["post"]);
    assert_eq!(authors(&world), [world.me]);
    world.ok(&["post", "--now", "--again"]);
    assert_eq!(authors(&world).len(), 2);
    assert_ne!(authors(&world)[1], world.me);
}

#[test]
fn a_daily_post_is_edited_once_when_its_day_is_final() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, post_time() - START);
    world.await_that("the post is in the group", || world.telegram.messages(world.group).len() == 1);
    let message = || world.telegram.messages(world.group).remove(0);
    assert!(message().text.contains("so far"), "{}", message().text);
    // Ada studies on past midnight; the day becomes final.
    world.pass(call, 3 * 3600);
    world.await_that("the message is final", || message().edits == 1);
    assert!(message().text.contains("15h 26m") && !message().text.contains("so far"), "{}", message().text);
    tracker.kill();
    world.telegram.advance(60);
    let _tracker = world.track();
    world.pass(call, 600);
    assert_eq!((message().edits, world.telegram.messages(world.group).len()), (1, 1));
}

/// A final edit keeps the language of its post, also if the group's language has changed.
#[test]
fn a_final_edit_is_in_the_language_of_the_post() {
    let world = World::new();
    world.configure("@studyhall", &[("SWF_LANGUAGE", "ru")]);
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, post_time() - START);
    world.await_that("the post is in the group", || world.telegram.messages(world.group).len() == 1);
    let message = || world.telegram.messages(world.group).remove(0);
    assert!(message().text.contains("среда, 18 мая") && message().text.contains("Ada"), "{}", message().text);
    assert_eq!(tracker.stop(), Some(0));
    world.configure("@studyhall", &[("SWF_LANGUAGE", "uz-cyrl")]);
    let _tracker = world.track_on();
    world.pass(call, 3 * 3600);
    world.await_that("the message is final", || message().edits == 1);
    assert!(message().text.contains("15 ч 26 мин") && message().text.contains("среда, 18 мая"), "{}", message().text);
    // The next post is in the new language.
    world.pass(call, 21 * 3600);
    world.await_that("the next post is in the group", || world.telegram.messages(world.group).len() == 2);
    let next = world.telegram.messages(world.group).remove(1).text;
    assert!(next.contains("19-май, пайшанба") && next.contains("Ada"), "{next}");
}

#[test]
fn a_post_that_is_gone_is_not_edited() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let _tracker = world.track();
    world.pass(call, post_time() - START);
    world.await_that("the post is in the group", || world.telegram.messages(world.group).len() == 1);
    let id = world.telegram.messages(world.group)[0].id;
    world.telegram.delete_message(world.group, id);
    world.pass(call, 3 * 3600);
    let edits = || world.telegram.requests().iter().filter(|request| request.method == "messages.editMessage").count();
    world.await_that("it tries to edit", || edits() == 1);
    world.await_that("it lets the message be", || is_final(&world));
    world.pass(call, 600);
    assert_eq!(edits(), 1);
}

#[test]
fn a_flag_file_asks_a_running_tracker_for_a_post() {
    let world = studied();
    world.configure("@studyhall", &[("SWF_POST_TIME", "23:00")]);
    let _tracker = world.track();
    let flag = world.home.path().join("post_now.flag");
    std::fs::write(&flag, "").unwrap();
    world.await_that("the post is in the group", || authors(&world).len() == 1);
    world.await_that("the flag is gone", || !flag.exists());
    assert_eq!(authors(&world).len(), 1);
}

#[test]
fn a_backfill_posts_what_was_missed_and_asks_first() {
    let world = studied();
    for _ in 0..9 {
        watch_until(&world, 86_400);
    }
    let output = world.run(&["backfill", "--since", "2033-05-18"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("--yes"), "{output:?}");
    assert_eq!(authors(&world).len(), 0);
    let look = world.json(&["backfill", "--since", "2033-05-18", "--dry-run", "--json"]);
    assert_eq!(look["would_post"].as_array().unwrap().len(), 9);
    world.ok(&["backfill", "--since", "2033-05-18", "--yes"]);
    assert_eq!(authors(&world).len(), 9);
    assert!(world.telegram.messages(world.group)[0].text.contains("18 May"));
    assert!(world.ok(&["backfill", "--since", "2033-05-18", "--yes"]).contains("No day was missed"));
    assert_eq!(authors(&world).len(), 9);
}

#[test]
fn slow_mode_is_waited_for() {
    let world = studied();
    world.telegram.slow_mode(world.group, 3600);
    world.ok(&["post"]);
    let output = world.run(&["post", "--now", "--again"]);
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    watch_until(&world, 3700);
    world.ok(&["post", "--now", "--again"]);
    assert_eq!(authors(&world).len(), 2);
}

#[test]
fn a_week_off_and_a_week_without_posts_are_caught_up_once() {
    let world = studied();
    let day = 86_400;
    // The first post is on time. Then the tracker is off for a week, and on without posting for another week.
    world.ok(&["post"]);
    world.telegram.advance(7 * day);
    assert_eq!(world.track_without_posting().stop(), Some(0));
    for _ in 0..7 {
        watch_until(&world, day);
    }
    // Now it is the evening of 1 June; 25 May to 31 May were watched.
    let said = world.ok(&["post"]);
    assert!(said.contains("Posted 8"), "{said}");
    let texts: Vec<String> = world.telegram.messages(world.group).into_iter().map(|message| message.text).collect();
    let days = ["18 May", "25 May", "26 May", "27 May", "28 May", "29 May", "30 May", "31 May", "1 June"];
    assert_eq!(texts.len(), days.len());
    for (text, day) in texts.iter().zip(days) {
        let title: String = text.lines().take(2).collect();
        assert!(title.contains(day), "{day}: {title}");
    }
    // Each post has the week and month up to that day.
    assert!(texts[2].contains("That week up to then · 23–26 May"), "{}", texts[2]);
    assert!(world.ok(&["post"]).contains("Nothing is due"));
    assert_eq!(authors(&world).len(), days.len());
}

#[test]
fn hostile_names_break_nothing() {
    let world = World::new();
    let call = world.telegram.start_call(world.group);
    let nasty = [
        "\u{202e}desrever",
        "<b>bold</b> *stars* _line_ `code`",
        "two\nlines\r\n\u{1b}[31mred\u{7}",
        "👩\u{200d}👩\u{200d}👧\u{200d}👦".repeat(16).as_str(),
        "\u{200d}\u{200b}\u{2060}",
        "=HYPERLINK(1)",
        "a\"b,c;d",
        "@everyone",
    ]
    .map(str::to_owned);
    for name in &nasty {
        let person = world.telegram.person(Person::named(name));
        world.telegram.add_member(world.group, person);
        world.telegram.join_at(call, person, START - 4000);
    }
    let gone = world.telegram.person(Person::named("").deleted());
    world.telegram.join_at(call, gone, START - 4000);
    let _tracker = world.track();
    world.ok(&["post", "--now", "--again"]);
    let post = world.telegram.messages(world.group).remove(0).text;
    let csv = world.ok(&["leaderboard", "--csv"]);
    for text in [&post, &csv, &world.ok(&["leaderboard"]), &world.ok(&["why", &gone.to_string()]), &world.log()] {
        let dangerous = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!text.contains(dangerous), "{text:?}");
    }
    let rows: Vec<csv::StringRecord> = csv::Reader::from_reader(csv.as_bytes()).records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), nasty.len() + 1, "{csv}");
    assert!(rows.iter().all(|row| !row[3].starts_with(['=', '@', '+', '-'])), "{csv}");
    assert!(post.contains("Deleted account"), "{post}");
    eprintln!("{post}\n{csv}\n{}", world.ok(&["leaderboard"]));
}

#[test]
fn mentions_work_for_user_and_bot_and_unknown_people_hold_back_no_post() {
    use grammers_client::tl::enums::MessageEntity;
    let world = studied();
    let mentioned = |message: &fake_telegram::Message| {
        let names = message.entities.iter().filter(|entity| matches!(entity, MessageEntity::MentionName(_)));
        names.count()
    };
    world.configure("@studyhall", &[("SWF_MENTIONS", "all"), ("SWF_PRAISE_FILE", "nowhere.txt")]);
    // A missing praise file does not hold back the post.
    let output = world.run(&["post"]);
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("SWF_PRAISE_FILE"), "{output:?}");
    world.telegram.faults().error("messages.sendMessage", 400, "ENTITY_MENTION_USER_INVALID", 1);
    world.ok(&["post", "--now", "--again"]);
    let messages = world.telegram.messages(world.group);
    // One mention: the boards of week and month have the same contents as the day's.
    assert_eq!(messages.iter().map(mentioned).collect::<Vec<_>>(), [1, 0]);
    // A bot can mention people who have written in the group; others it only names.
    with_bot(&world);
    let settings = world.home.path().join(".env.local");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text + "SWF_MENTIONS=all\n").unwrap();
    world.ok(&["post", "--now", "--again"]);
    assert_eq!(world.telegram.messages(world.group).len(), 3);
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn a_bot_posts_where_it_is_told_to() {
    let world = studied();
    let bot = with_bot(&world);
    let channel = world.telegram.supergroup("Boards", Some("boards"));
    world.telegram.add_member(channel, bot);
    let settings = world.home.path().join(".env.local");
    let text = std::fs::read_to_string(&settings).unwrap();
    let mut sent = 0;
    // The id without its mark, as a link and as the browser's app for phones write it.
    let bare = -channel - 1_000_000_000_000;
    for target in [
        "TELEGRAM_BOT_TARGET=@boards".to_owned(),
        format!("TELEGRAM_GROUP_ID={channel}"),
        format!("TELEGRAM_GROUP_ID={bare}"),
        format!("TELEGRAM_GROUP_ID=-{bare}"),
        format!("TELEGRAM_BOT_TARGET=https://web.telegram.org/k/#-{bare}"),
    ] {
        std::fs::write(&settings, format!("{text}{target}\n")).unwrap();
        world.ok(&["post", "--now", "--again"]);
        sent += 1;
        assert_eq!((world.telegram.messages(channel).len(), authors(&world).len()), (sent, 0), "{target}");
    }
}

#[test]
fn a_repeat_while_the_first_is_still_executed_waits_and_is_the_same_message() {
    let world = studied();
    world.telegram.faults().pause("messages.sendMessage", Moment::Read, 1);
    let mut first = start(&world);
    world.await_that("the first is held", || world.telegram.paused() > 0);
    // As if the lease had expired.
    let store = rusqlite::Connection::open(world.home.path().join("var/study.db")).unwrap();
    store.busy_timeout(Duration::from_secs(10)).unwrap();
    store.execute("UPDATE deliveries SET leased_until = NULL", []).unwrap();
    let mut second = start(&world);
    let sends = || world.telegram.requests().iter().filter(|request| request.method == "messages.sendMessage").count();
    world.await_that("the second has tried", || sends() == 2);
    world.telegram.faults().resume();
    assert!(first.wait().unwrap().success());
    assert!(second.wait().unwrap().success());
    assert_eq!(authors(&world), [world.me]);
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn a_post_of_an_account_that_is_gone_holds_back_no_other() {
    let world = studied();
    world.telegram.faults().lose_reply("messages.sendMessage", 1);
    assert_eq!(world.run(&["post", "--now", "--again"]).status.code(), Some(75));
    // The account of another person takes over. The first post can only be repeated by the old account.
    let successor = world.member("Successor");
    let settings = world.home.path().join(".env.local");
    let text = std::fs::read_to_string(&settings).unwrap();
    let login = world.telegram.login_string(successor);
    let text: String = text
        .lines()
        .map(|line| match line.starts_with("TG_STRING_SESSION") {
            true => format!("TG_STRING_SESSION={login}\n"),
            false => format!("{line}\n"),
        })
        .collect();
    std::fs::write(&settings, text).unwrap();
    watch_until(&world, 60);
    let output = world.run(&["post"]);
    assert_eq!(authors(&world), [world.me, successor], "{output:?}");
    // The post that waits is still reported.
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains(&format!("account {}", world.me)) && said.contains("only that account may send it"),
        "{said}"
    );
    assert!(world.ok(&["status"]).contains("it was first tried by account"));
    // A backfill of the days after it is sent, too.
    watch_until(&world, 86_400 * 2);
    world.run(&["backfill", "--yes"]);
    assert_eq!(authors(&world)[2..], [successor], "{output:?}");
}

#[test]
fn an_older_store_restored_after_the_post_does_not_post_the_day_again() {
    let world = studied();
    world.ok(&["backup", "before.db"]);
    world.ok(&["post"]);
    watch_until(&world, 86_400 / 2);
    world.ok(&["backup", "--restore", "before.db"]);
    // The restored store does not have the test's current time.
    world.advance_stored_clock(43_200);
    assert!(world.ok(&["post"]).contains("Posted"));
    assert_eq!(authors(&world).len(), 1, "{:#?}", world.telegram.messages(world.group));
    assert!(world.ok(&["post"]).contains("Nothing is due"));
}

#[test]
fn a_post_by_cron_beside_a_tracker_that_does_not_post_is_made_final() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let _tracker = world.track_without_posting();
    world.pass(call, post_time() - START);
    world.ok(&["post"]);
    let message = || world.telegram.messages(world.group).remove(0);
    assert!(message().text.contains("so far"), "{}", message().text);
    world.pass(call, 3 * 3600);
    assert!(world.ok(&["post"]).contains("Nothing is due"));
    world.await_that("the message is final", || message().edits == 1);
    assert!(message().text.contains("15h 26m"), "{}", message().text);
    world.pass(call, 60);
    world.ok(&["post"]);
    assert_eq!(message().edits, 1);
}

#[test]
fn a_manual_post_beside_a_tracker_is_sent_as_the_account_that_was_asked_for() {
    let world = studied();
    let bot = with_bot(&world);
    let _tracker = world.track();
    world.await_that("the daily post is in the group", || authors(&world) == [bot]);
    // The tracker may check the outbox at any time while the command signs in.
    world.telegram.faults().pause("users.getUsers", Moment::Read, 1);
    let mut command = world.command(&["post", "--now", "--as", "user"]);
    let mut command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    world.await_that("it signs in", || world.telegram.paused() > 0);
    let (store, group) = world.store(Access::Read);
    let waiting = store.waiting(group, Lane::Posts, Instant(world.telegram.now())).unwrap();
    assert!(waiting.iter().all(|row| row.state.account == Some(PeerId(world.me))), "{waiting:?}");
    world.telegram.faults().resume();
    assert!(command.wait().unwrap().success());
    assert_eq!(authors(&world), [bot, world.me]);
}

#[test]
fn a_computer_clock_that_was_set_since_makes_no_post_early() {
    let world = studied();
    world.configure("@studyhall", &[("SWF_POST_TIME", "23:00")]);
    // At the last answer from Telegram, this computer's clock was two hours behind; then it was corrected.
    world.advance_stored_clock(7200);
    assert!(world.ok(&["post"]).contains("Nothing is due"));
    // The same with a difference of a whole day, before the day is over.
    world.advance_stored_clock(86_400);
    assert!(world.ok(&["post"]).contains("Nothing is due"));
    assert!(world.ok(&["backfill", "--yes"]).contains("No day was missed"));
    assert_eq!(authors(&world), Vec::<Id>::new());
    // With a difference in the other direction, the post is on time.
    world.telegram.advance(5400);
    world.advance_stored_clock(-3 * 86_400);
    assert!(world.ok(&["post"]).contains("Posted"));
}

#[test]
fn a_final_edit_never_touches_another_chat() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let bot = with_bot(&world);
    let boards = world.telegram.supergroup("Boards", Some("boards"));
    world.telegram.add_member(boards, bot);
    let settings = world.home.path().join(".env.local");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("{text}SWF_POST_TIME=21:30\n")).unwrap();
    let tracker = world.track();
    world.pass(call, post_time() - START);
    world.await_that("the post is in the group", || authors(&world) == [bot]);
    assert_eq!(tracker.stop(), Some(0));
    // From now on the bot posts elsewhere, where a message gets the same id.
    std::fs::write(&settings, format!("{text}TELEGRAM_BOT_TARGET=@boards\n")).unwrap();
    let tracker = world.track();
    let number = world.telegram.messages(world.group)[0].id;
    while world.telegram.messages(boards).last().is_none_or(|last| last.id < number) {
        world.ok(&["post", "--now", "--again"]);
    }
    let elsewhere = || world.telegram.messages(boards).into_iter().map(|message| (message.id, message.text));
    let before: Vec<_> = elsewhere().collect();
    assert_eq!(before.last().unwrap().0, number);
    world.pass(call, 3 * 3600);
    let (store, group) = world.store(Access::Read);
    world.await_that("the day is done with", || {
        store.provisional(group, Instant(world.telegram.now())).unwrap().is_empty()
            && store.open_rows(group, Lane::Posts, Instant(world.telegram.now())).unwrap().is_empty()
    });
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(elsewhere().collect::<Vec<_>>(), before);
}

#[test]
fn a_flag_that_cannot_be_removed_asks_once_and_holds_back_no_post() {
    let world = studied();
    world.configure("@studyhall", &[("SWF_POST_TIME", "23:00")]);
    let tracker = world.track();
    // A folder can't be removed like a file.
    std::fs::create_dir(world.home.path().join("post_now.flag")).unwrap();
    world.await_that("the post is in the group", || authors(&world).len() == 1);
    let signed_in = || world.telegram.requests().iter().filter(|request| request.method == "users.getUsers").count();
    let before = signed_in();
    world.ok(&["post", "--now", "--again"]);
    // The tracker has sent the post, not the command.
    assert_eq!((authors(&world).len(), signed_in()), (2, before));
    assert_eq!(world.log().matches("can't be removed").count(), 1, "{}", world.log());
    tracker.kill();
    let _tracker = world.track();
    world.ok(&["post", "--now", "--again"]);
    assert_eq!(authors(&world).len(), 3);
}

/// CASES G8.
#[test]
fn a_group_that_becomes_a_supergroup_just_before_a_post_gets_it_there() {
    let world = World::new();
    let basic = world.telegram.basic_group("Circle");
    world.telegram.add_member(basic, world.me);
    world.configure(&basic.to_string(), &[]);
    let _tracker = world.track();
    let supergroup = world.telegram.migrate(basic);
    world.ok(&["post", "--now", "--again"]);
    assert_eq!(world.telegram.messages(supergroup).len(), 1);
}

/// CASES G8: the bot still has the id of the basic group.
#[test]
fn a_bot_with_the_old_id_of_a_basic_group_posts_to_its_supergroup() {
    let world = World::new();
    let ada = world.member("Ada");
    let bot = world.telegram.person(Person::named("Board").username("board_bot").bot());
    let basic = world.telegram.basic_group("Circle");
    for member in [world.me, ada, bot] {
        world.telegram.add_member(basic, member);
    }
    let (token, login) = (world.telegram.bot_token(bot), world.telegram.signed_out_login_string());
    let (id, settings) = (basic.to_string(), ["TELEGRAM_BOT_TOKEN", "TG_BOT_STRING_SESSION", "TELEGRAM_GROUP_ID"]);
    let configure = |target: &str| {
        world.configure(&id, &[(settings[0], &token), (settings[1], &login), (settings[2], target)]);
    };
    configure(&id);
    let call = world.telegram.start_call(basic);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.ok(&["post", "--now"]);
    assert_eq!(world.telegram.messages(basic).len(), 1);
    let supergroup = world.telegram.migrate(basic);
    // Posts with a tracker, by the command alone, and with the id in another form.
    world.ok(&["post", "--now", "--again"]);
    assert_eq!(tracker.stop(), Some(0));
    world.telegram.advance(60);
    world.ok(&["post", "--now", "--again"]);
    configure(&format!("https://web.telegram.org/a/#{supergroup}"));
    world.ok(&["post", "--now", "--again"]);
    let authors: Vec<Id> = world.telegram.messages(supergroup).into_iter().map(|message| message.from).collect();
    assert_eq!(authors, [bot; 3]);
    assert!(world.ok(&["post", "--undo", "--yes"]).contains("Deleted"));
    assert_eq!(world.telegram.messages(supergroup).len(), 2);
}

#[test]
fn a_wrong_bot_target_is_named_and_the_post_waits_for_the_right_one() {
    let world = studied();
    let bot = with_bot(&world);
    let settings = world.home.path().join(".env.local");
    let text = std::fs::read_to_string(&settings).unwrap();
    let targets = ["@nobody_there", "@olga", "17"].map(|target| ("TELEGRAM_BOT_TARGET", target));
    for (setting, target) in targets.into_iter().chain([("TELEGRAM_GROUP_ID", "@nobody_there")]) {
        std::fs::write(&settings, format!("{text}{setting}={target}\n")).unwrap();
        let output = world.run(&["post"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{target}: {said}");
        assert!(said.contains(&format!("{setting} is \"{target}\"")) && said.contains("Allowed are"), "{said}");
        let doctor = String::from_utf8(world.run(&["doctor"]).stdout).unwrap();
        assert_eq!(doctor.matches("Allowed are").count(), 1, "{doctor}");
        watch_until(&world, 60);
    }
    std::fs::write(&settings, text).unwrap();
    world.ok(&["post"]);
    assert_eq!(authors(&world), [bot]);
}

#[test]
fn a_crash_between_the_final_edit_and_its_note_does_not_edit_again() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, post_time() - START);
    world.await_that("the post is in the group", || authors(&world).len() == 1);
    world.await_that("the tracker knows", || world.last_sent().is_some());
    world.telegram.faults().pause("messages.editMessage", Moment::Stored, 1);
    world.pass(call, 3 * 3600);
    world.await_that("the edit is stored", || world.telegram.paused() > 0);
    tracker.kill();
    world.telegram.faults().resume();
    world.telegram.advance(60);
    let tracker = world.track();
    world.await_that("the message is final", || is_final(&world));
    let message = world.telegram.messages(world.group).remove(0);
    assert_eq!(message.edits, 1);
    assert!(message.text.contains("15h 26m") && message.text.contains("final"), "{}", message.text);
    assert_eq!(tracker.stop(), Some(0));
}

#[test]
fn a_dry_run_writes_nothing_at_all() {
    /// The files, except the two that SQLite creates for reading and removes again.
    fn files(folder: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true => found.extend(files(&path)),
                false => found.push((path.clone(), std::fs::read(path).unwrap())),
            }
        }
        found.retain(|(path, _)| !path.ends_with("study.db-wal") && !path.ends_with("study.db-shm"));
        found.sort();
        found
    }
    let world = studied();
    watch_until(&world, 86_400);
    let before = files(world.home.path());
    for args in [&["post", "--dry-run"][..], &["post", "--now", "--dry-run"], &["backfill", "--dry-run"]] {
        assert!(world.ok(args).contains("Ada"), "{args:?}");
        assert!(files(world.home.path()) == before, "{args:?}");
    }
    assert_eq!(authors(&world), Vec::<Id>::new());
}

#[test]
fn backfill_posts_refused_days_after_the_cause_is_fixed() {
    let world = studied();
    world.telegram.forbid_writing(world.group, true);
    for _ in 0..2 {
        assert_eq!(world.run(&["post"]).status.code(), Some(1));
        watch_until(&world, 86_400);
    }
    let output = world.run(&["post"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("Fix the cause, then run: swf post"), "{output:?}");
    world.telegram.forbid_writing(world.group, false);
    let look = world.json(&["backfill", "--dry-run", "--json"]);
    assert_eq!(look["would_post"].as_array().unwrap().len(), 3, "{look:#}");
    assert_eq!(authors(&world).len(), 0);
    assert!(world.ok(&["backfill", "--yes"]).contains("Posted 3"));
    let texts: Vec<String> = world.telegram.messages(world.group).into_iter().map(|message| message.text).collect();
    for (text, day) in
        texts.iter().zip(["for Wednesday, 18 May, posted late", "for Thursday, 19 May", "Friday, 20 May"])
    {
        assert_eq!(text.lines().nth(1).map(|line| line.starts_with(day)), Some(true), "{text}");
    }
    assert!(world.ok(&["backfill", "--yes"]).contains("No day was missed"));
    assert!(world.ok(&["post"]).contains("Nothing is due"));
    assert_eq!((authors(&world).len(), world.telegram.violations()), (3, Vec::new()));
}

#[test]
fn a_post_that_may_be_in_the_group_is_not_written_again_by_another_account_after_a_refusal() {
    let world = studied();
    // The process dies after Telegram has stored the message, before the answer.
    world.telegram.faults().pause("messages.sendMessage", Moment::Stored, 1);
    let mut post = start(&world);
    world.await_that("the message is stored", || world.telegram.paused() > 0);
    post.kill().unwrap();
    post.wait().unwrap();
    world.telegram.faults().resume();
    watch_until(&world, 60);
    world.telegram.faults().error("messages.sendMessage", 403, "CHAT_WRITE_FORBIDDEN", 1);
    assert_eq!(world.run(&["post"]).status.code(), Some(1));
    // By default, a new post would now be sent by the bot.
    with_bot(&world);
    assert!(world.ok(&["backfill", "--yes"]).contains("Posted 1"));
    assert_eq!(authors(&world), [world.me]);
}

#[test]
fn a_late_post_that_did_not_know_the_whole_day_yet_is_edited_once_it_does() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, 3600);
    tracker.kill();
    // The computer sleeps until the next morning. Then cron posts first, with one known hour.
    world.telegram.advance(86_400 - 3600);
    world.ok(&["post"]);
    let message = || world.telegram.messages(world.group).remove(0);
    assert!(message().text.contains("posted late") && message().text.contains("1h 00m"), "{}", message().text);
    // Then the tracker sees Ada with the same join date, which proves the rest.
    let tracker = world.track();
    world.await_that("the message is final", || message().edits == 1);
    assert!(message().text.contains("15h 26m") && !message().text.contains("so far"), "{}", message().text);
    world.pass(call, 60);
    assert_eq!(tracker.stop(), Some(0));
    // A post that had the whole day is not edited.
    world.telegram.advance(86_400);
    assert_eq!(world.track_without_posting().stop(), Some(0));
    world.ok(&["post"]);
    world.ok(&["post"]);
    let edits: Vec<usize> = world.telegram.messages(world.group).iter().map(|message| message.edits).collect();
    assert_eq!((message().edits, edits[1..].iter().sum::<usize>()), (1, 0));
    assert!(edits.len() > 1);
}

#[test]
fn a_flood_wait_holds_for_all_posts_and_keeps_their_order() {
    let world = studied();
    watch_until(&world, 2 * 86_400);
    let sends = || world.telegram.requests().iter().filter(|request| request.method == "messages.sendMessage").count();
    world.telegram.faults().flood_wait("messages.sendMessage", 600, 1);
    let output = world.run(&["post"]);
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert_eq!(sends(), 1);
    watch_until(&world, 600);
    world.telegram.faults().flood_wait("messages.sendMessage", 3, 1);
    let _tracker = world.track();
    world.await_that("the posts are in the group", || authors(&world).len() == 3);
    let texts: Vec<String> = world.telegram.messages(world.group).into_iter().map(|message| message.text).collect();
    for (text, day) in texts.iter().zip(["18 May", "19 May", "20 May"]) {
        assert!(text.lines().nth(1).unwrap().contains(day), "{texts:#?}");
    }
    assert_eq!(sends(), 5);
}

/// Returns on the first Monday after Ada's evening, when the week is final and its recap is due.
fn on_monday() -> World {
    let world = studied();
    for _ in 0..5 {
        world.ok(&["post"]);
        watch_until(&world, 86_400);
    }
    world
}

fn texts_with(world: &World, words: &str) -> usize {
    world.telegram.messages(world.group).iter().filter(|message| message.text.contains(words)).count()
}

#[test]
fn a_recap_is_posted_once_also_after_a_restore_and_it_is_in_the_status() {
    let world = on_monday();
    world.ok(&["backup", "before.db"]);
    assert_eq!(texts_with(&world, "won the week"), 0);
    world.ok(&["post"]);
    let recaps = serde_json::json!([{ "period": "week", "first": "2033-05-16", "post": "2033-05-23" }]);
    assert_eq!((texts_with(&world, "won the week"), &world.status()["recaps"]), (1, &recaps));
    let last = world.telegram.messages(world.group).pop().unwrap();
    assert!(last.text.lines().next().unwrap().contains("Ada") && !last.silent, "{}", last.text);
    let block = "\n\n🏆 The week is over · 16–22 May\n🥇 \u{2068}Ada\u{2069} · 13h 56m\n1 person · 13h 56m · final\n\n";
    assert!(last.text.contains(block), "{}", last.text);
    // The restored store has no record of the recap, but neither that evening nor the next posts it again.
    world.ok(&["backup", "--restore", "before.db"]);
    watch_until(&world, 600);
    world.ok(&["post"]);
    watch_until(&world, 86_400);
    world.ok(&["post"]);
    assert_eq!((texts_with(&world, "won the week"), authors(&world).len()), (1, 7));
    assert_eq!(world.status()["recaps"], recaps);
}

#[test]
fn a_recap_that_was_taken_back_comes_again_with_its_post() {
    let world = on_monday();
    world.ok(&["post"]);
    world.ok(&["post", "--undo", "--yes"]);
    assert_eq!((texts_with(&world, "won the week"), &world.status()["recaps"]), (0, &serde_json::json!([])));
    world.ok(&["backfill", "--yes"]);
    assert_eq!(texts_with(&world, "won the week"), 1);
}

#[test]
fn a_digest_is_one_silent_message_also_after_a_restore_and_an_undo() {
    let world = studied();
    world.configure("@studyhall", &[("SWF_LATE", "digest")]);
    for _ in 0..3 {
        watch_until(&world, 86_400);
    }
    world.ok(&["backup", "before.db"]);
    let said = world.ok(&["post"]);
    assert!(said.contains("Posted 2"), "{said}");
    let sent = || -> Vec<(bool, bool)> {
        let messages = world.telegram.messages(world.group).into_iter();
        messages.map(|message| (message.silent, message.text.contains("posted late"))).collect()
    };
    assert_eq!(sent(), [(true, true), (false, false)], "{:#?}", world.telegram.messages(world.group));
    let digest = world.telegram.messages(world.group).remove(0).text;
    for day in ["Wed 18 May: 🥇", "Thu 19 May: ", "Fri 20 May: "] {
        assert!(digest.contains(day), "{day}: {digest}");
    }
    assert!(world.ok(&["post"]).contains("Nothing is due"));
    world.ok(&["backup", "--restore", "before.db"]);
    world.ok(&["post"]);
    assert_eq!(sent().len(), 2);
    // The last message is today's post. After its removal the digest is the last one; it is removed with all its days.
    world.ok(&["post", "--undo", "--yes"]);
    world.ok(&["post", "--undo", "--yes"]);
    assert_eq!(sent(), []);
    assert!(world.ok(&["post"]).contains("Nothing is due"));
    world.ok(&["backfill", "--yes"]);
    assert_eq!(sent(), [(true, true), (false, false)]);
    // A digest that was refused is written again with all its days.
    for _ in 0..2 {
        watch_until(&world, 86_400);
    }
    world.telegram.forbid_writing(world.group, true);
    assert_eq!(world.run(&["post"]).status.code(), Some(1));
    world.telegram.forbid_writing(world.group, false);
    world.ok(&["post"]);
    assert!(world.ok(&["post"]).contains("Nothing is due"));
}

#[test]
fn a_day_on_which_nobody_studied_has_no_post_where_that_is_not_wanted() {
    let world = studied();
    world.configure("@studyhall", &[("SWF_POST_EMPTY", "false")]);
    world.ok(&["post"]);
    for _ in 0..2 {
        watch_until(&world, 86_400);
        assert!(world.ok(&["post"]).contains("Nothing is due"));
    }
    world.configure("@studyhall", &[]);
    assert!(world.ok(&["post"]).contains("Posted 2"));
}
