//! A post is sent exactly once, and on time (rules §4).

use chrono::{TimeZone, Utc};
use fake_telegram::{Person, Topic};
use serde_json::Value;

use crate::home::{START, World};

/// 21:30 in Tashkent on the day of the test.
fn post_time() -> i64 {
    Utc.with_ymd_and_hms(2033, 5, 18, 16, 30, 0).unwrap().timestamp()
}

/// A world in which Ada has studied for an hour, and no tracker runs.
fn studied() -> (World, i64, i64) {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 3600);
    let tracker = world.track();
    assert_eq!(tracker.stop(), Some(0));
    (world, call, ada)
}

fn texts(world: &World) -> Vec<String> {
    world.telegram.messages(world.group).into_iter().map(|message| message.text).collect()
}

// P4
#[test]
fn posting_now_again_names_the_message_that_is_there() {
    let (world, ..) = studied();
    let first = world.ok(&["post", "--now"]);
    let link = format!("https://t.me/studyhall/{}", world.telegram.messages(world.group)[0].id);
    assert!(first.contains(&format!("Posted in Study Hall: {link}")), "{first}");
    // After 5 minutes without a tracker, the text would contain the unwatched time.
    for later in [3, 60, 90, 600, 3600] {
        world.telegram.advance(later);
        let again = world.ok(&["post", "--now"]);
        assert!(again.contains("already") && again.contains(&link) && again.contains("--again"), "{again}");
        let json = world.json(&["post", "--now", "--json"]);
        assert_eq!((&json["posts"][0]["link"], &json["posts"][0]["repeated"]), (&link.as_str().into(), &true.into()));
    }
    assert_eq!(texts(&world).len(), 1);
    world.ok(&["post", "--now", "--again"]);
    let messages = world.telegram.messages(world.group);
    assert_eq!(messages.len(), 2);
    assert!(messages[0].text.contains("Ada") && messages[0].text.contains("1h 00m"), "{}", messages[0].text);
    assert!(!messages[0].entities.is_empty());
    assert_ne!(messages[0].random_id, messages[1].random_id);
    assert_eq!(messages[0].from, world.me);
}

#[test]
fn posting_now_again_posts_if_the_message_was_deleted() {
    let (world, ..) = studied();
    world.ok(&["post", "--now"]);
    let id = world.telegram.messages(world.group)[0].id;
    world.telegram.advance(600);
    // While Telegram can't be asked, the message counts as there.
    world.telegram.faults().error("channels.getMessages", 500, "INTERNAL", 1);
    assert!(world.ok(&["post", "--now"]).contains("already"));
    world.telegram.delete_message(world.group, id);
    assert!(world.ok(&["post", "--now"]).contains("Posted in Study Hall"));
    assert!(world.ok(&["post", "--now"]).contains("already"));
    let messages = world.telegram.messages(world.group);
    assert_eq!((messages.len(), messages[0].id == id), (1, false));
}

#[test]
fn a_post_whose_reply_was_lost_is_one_message() {
    let (world, ..) = studied();
    world.telegram.faults().lose_reply("messages.sendMessage", 1);
    let first = world.run(&["post", "--now"]);
    assert_eq!(first.status.code(), Some(75), "{first:?}");
    assert_eq!(texts(&world).len(), 1);
    // The row waits for its next try. The command reports it, and does not make a second one.
    world.telegram.advance(60);
    let again = world.json(&["post", "--now", "--json"]);
    assert!(again["posts"][0]["message_id"].is_i64(), "{again}");
    assert_eq!(texts(&world).len(), 1);
    let sends = world.telegram.requests().iter().filter(|request| request.method == "messages.sendMessage").count();
    assert_eq!(sends, 2);
}

#[test]
fn the_tracker_posts_at_the_post_time_once() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, post_time() - 10 - START);
    assert_eq!(texts(&world), Vec::<String>::new());
    world.pass(call, 10);
    world.await_that("the post is in the group", || texts(&world).len() == 1);
    let studied = format!("{}h", (post_time() - START) / 3600);
    assert!(texts(&world)[0].contains(&studied), "{}", texts(&world)[0]);
    // A little later, neither cron nor a restarted tracker has anything to do.
    world.pass(call, 60);
    assert!(world.ok(&["post"]).contains("Nothing is due"));
    tracker.kill();
    world.telegram.advance(60);
    let _tracker = world.track();
    let look: Value = world.json(&["post", "--dry-run", "--json"]);
    assert_eq!(look["would_post"], Value::Array(Vec::new()));
    assert_eq!(look["next"], "2033-05-19T21:30:00+05:00");
    assert_eq!(texts(&world).len(), 1);
}

#[test]
fn cron_posts_what_is_due_and_nothing_else() {
    let (world, call, ada) = studied();
    assert!(world.ok(&["post"]).contains("Nothing is due"));
    assert_eq!(texts(&world), Vec::<String>::new());
    // Time passes without a tracker; a short run of a tracker then stores Telegram's clock.
    world.telegram.advance(post_time() - START);
    world.telegram.leave(call, ada);
    assert_eq!(world.track_without_posting().stop(), Some(0));
    assert!(world.ok(&["post", "--dry-run"]).contains("Ada"));
    assert_eq!(texts(&world), Vec::<String>::new());
    assert!(world.ok(&["post"]).contains("Posted"));
    assert!(world.ok(&["post"]).contains("Nothing is due"));
    assert_eq!(texts(&world).len(), 1);
}

/// Rules §4.3.
#[test]
fn a_group_that_is_first_watched_after_its_post_time_gets_no_empty_post_that_night() {
    let empty = World::new();
    empty.telegram.advance(post_time() + 60 - START);
    assert_eq!(empty.track().stop(), Some(0));
    assert!(empty.ok(&["post"]).contains("Nothing is due"));
    assert_eq!(texts(&empty), Vec::<String>::new());
    // The next evening has a post, although nobody studied, and the first night is not posted late.
    empty.telegram.advance(86_400);
    assert_eq!(empty.track().stop(), Some(0));
    empty.ok(&["post"]);
    let all = texts(&empty);
    assert!(all.len() == 1 && all[0].contains("19 May") && !all[0].contains("18 May"), "{all:#?}");
    // If somebody has studied, the board of that day is due.
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    world.telegram.advance(post_time() + 60 - START);
    assert_eq!(world.track_without_posting().stop(), Some(0));
    assert!(world.ok(&["post"]).contains("Posted"));
    assert!(texts(&world)[0].contains("Ada"));
}

#[test]
fn rows_say_who_moved_and_the_group_is_compared_with_a_day_that_was_watched() {
    let world = World::new();
    let [ada, bob, cy] = ["Ada", "Bob", "Cy"].map(|name| world.member(name));
    let call = world.telegram.start_call(world.group);
    // A bot, which never counts, is always in the call.
    let bot = world.telegram.person(Person::named("Lamp").bot());
    world.telegram.add_member(world.group, bot);
    world.telegram.join(call, bot);
    let tracker = world.track_without_posting();
    let studies = |seconds: [i64; 3]| {
        for (person, seconds) in [ada, bob, cy].into_iter().zip(seconds).filter(|(_, seconds)| *seconds > 0) {
            world.telegram.join(call, person);
            world.pass(call, seconds);
            world.telegram.leave(call, person);
        }
        world.pass(call, 86_400 - seconds.iter().sum::<i64>());
    };
    // Thursday is the first whole day.
    studies([60, 0, 0]);
    studies([7200, 3600, 0]);
    for _ in 0..6 {
        studies([0, 600, 0]);
    }
    studies([5400, 0, 1800]);
    assert_eq!(tracker.stop(), Some(0));
    world.configure("@studyhall", &[("SWF_BACKFILL_DAYS", "1"), ("SWF_RECAP", "off")]);
    let posts = world.json(&["post", "--dry-run", "--json"]);
    let text =
        posts["would_post"][0]["text"].as_str().unwrap().replace(['\u{2068}', '\u{2069}'], "").replace('\u{a0}', " ");
    // On Wednesday Bob was alone, with 40 minutes in the week so far.
    for line in [
        "for Thursday, 26 May, posted late",
        "🥇 Ada · 1h 30m 💪 new",
        "🥈 Cy · 30m ✅ new",
        "2 people · 2h 00m together · final · −1h 00m vs the Thursday before",
        "People a day: Fri 1 · Sat 1 · Sun 1 · Mon 1 · Tue 1 · Wed 1 · Thu 2",
        "🥈 Bob · 30m ✅ ▼1",
        "🥇 Ada · 3h 30m ✅",
        "🥈 Bob · 2h 00m ✅",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn missed_days_come_oldest_first_and_unwatched_ones_are_named() {
    let (world, call, _) = studied();
    world.telegram.end_call(call);
    let day = 86_400;
    // On Thursday no tracker runs. On Friday one runs without posting. On Saturday the post is due.
    world.telegram.advance(2 * day);
    assert_eq!(world.track_without_posting().stop(), Some(0));
    world.telegram.advance(day + post_time() - START);
    assert_eq!(world.track_without_posting().stop(), Some(0));
    assert!(world.ok(&["post"]).contains("Posted 3"));
    let texts = texts(&world);
    let days: Vec<bool> =
        ["18 May", "20 May", "21 May"].iter().zip(&texts).map(|(day, text)| text.contains(day)).collect();
    assert_eq!(days, [true, true, true], "{texts:#?}");
    assert!(texts[0].contains("posted late") && texts[1].contains("posted late"), "{texts:#?}");
    assert!(texts[2].contains("19 May"), "{}", texts[2]);
    assert!(world.ok(&["post"]).contains("Nothing is due"));
}

/// Rules §2.4: the same call goes on, so the time without a tracker is proved.
#[test]
fn a_missed_day_that_is_proved_is_posted_and_no_post_denies_it() {
    let (world, ..) = studied();
    world.telegram.advance(2 * 86_400 + post_time() - START);
    assert_eq!(world.track_without_posting().stop(), Some(0));
    assert!(world.ok(&["post"]).contains("Posted 3"));
    let texts = texts(&world);
    assert!(texts[1].contains("Thursday, 19 May, posted late") && texts[1].contains("24h 00m"), "{}", texts[1]);
    assert!(!texts[2].contains("19 May"), "{}", texts[2]);
}

#[test]
fn a_running_tracker_delivers_a_manual_post() {
    let (world, ..) = studied();
    let _tracker = world.track();
    let before = world.telegram.requests().iter().filter(|request| request.method == "users.getUsers").count();
    assert!(world.ok(&["post", "--now"]).contains("Posted"));
    assert_eq!(texts(&world).len(), 1);
    // The command itself did not connect.
    let after = world.telegram.requests().iter().filter(|request| request.method == "users.getUsers").count();
    assert_eq!(after, before);
}

#[test]
fn a_refused_post_says_how_to_mend_it_and_is_kept() {
    let (world, ..) = studied();
    world.telegram.faults().error("messages.sendMessage", 403, "CHAT_WRITE_FORBIDDEN", 1);
    let output = world.run(&["post", "--now"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("may not write"), "{output:?}");
}

// P2
#[test]
fn a_refused_day_is_posted_once_the_right_to_write_is_back() {
    let (world, call, ada) = studied();
    world.telegram.forbid_writing(world.group, true);
    world.telegram.advance(post_time() + 60 - START);
    world.telegram.leave(call, ada);
    assert_eq!(world.track_without_posting().stop(), Some(0));
    for _ in 0..2 {
        let output = world.run(&["post"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("swf post"), "{output:?}");
        // Moves Telegram's clock back, as a late answer would do for the next command.
        world.telegram.advance(-3);
    }
    assert!(world.run(&["status"]).stdout.windows(7).any(|text| text == b"refused"));
    world.telegram.forbid_writing(world.group, false);
    world.ok(&["post"]);
    assert_eq!(texts(&world).len(), 1);
    let status = world.json(&["status", "--json"]);
    assert_eq!(status["outbox"]["refused"], Value::Array(Vec::new()), "{status}");
    assert!(world.ok(&["post"]).contains("Nothing is due"));
}

#[test]
fn the_last_post_is_taken_back_once_and_its_day_is_posted_only_on_request() {
    let (world, call, ada) = studied();
    assert_eq!(world.run(&["post", "--undo", "--yes"]).status.code(), Some(1));
    world.telegram.advance(post_time() - START);
    world.telegram.leave(call, ada);
    assert_eq!(world.track_without_posting().stop(), Some(0));
    assert!(world.ok(&["post"]).contains("swf post --undo"));
    let first = world.telegram.messages(world.group).remove(0);
    assert_eq!(world.run(&["post", "--undo"]).status.code(), Some(2));
    // The answer is lost. The next run tries again, and deletes nothing else.
    world.telegram.faults().lose_reply("channels.deleteMessages", 1);
    assert_eq!(world.run(&["post", "--undo", "--yes"]).status.code(), Some(75));
    assert_eq!(texts(&world), Vec::<String>::new());
    world.telegram.advance(60);
    assert!(world.ok(&["post", "--undo", "--yes"]).contains("swf backfill --since 2033-05-18"));
    assert!(world.ok(&["post"]).contains("Nothing is due"));
    assert_eq!(world.run(&["post", "--undo", "--yes"]).status.code(), Some(1));
    world.ok(&["backfill", "--yes"]);
    let again = world.telegram.messages(world.group);
    assert_eq!(again.len(), 1);
    assert_ne!(again[0].random_id, first.random_id);
    // The same while a tracker runs.
    let _tracker = world.track();
    assert!(world.ok(&["post", "--undo", "--yes"]).contains("Deleted"));
    assert_eq!(texts(&world), Vec::<String>::new());
}

#[test]
fn a_message_that_a_person_has_deleted_counts_as_taken_back() {
    let (world, ..) = studied();
    world.ok(&["post", "--now"]);
    let id = world.telegram.messages(world.group)[0].id;
    world.telegram.delete_message(world.group, id);
    assert!(world.ok(&["post", "--undo", "--yes"]).contains("Deleted"));
    let output = world.run(&["post", "--undo", "--yes"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no post of swf"), "{output:?}");
}

// P1, P2
#[test]
fn whatever_the_error_a_post_is_kept_and_comes_once_it_can() {
    let (world, ..) = studied();
    let errors = [(403, "CHAT_SEND_PLAIN_FORBIDDEN", 1), (400, "CHAT_RESTRICTED", 1), (420, "SLOWMODE_WAIT_3000", 75)];
    for (code, name, exit) in errors {
        world.telegram.faults().error("messages.sendMessage", code, name, 1);
        let output = world.run(&["post", "--now", "--again"]);
        assert_eq!(output.status.code(), Some(exit), "{name}: {output:?}");
        world.telegram.advance(7200);
        let before = texts(&world).len();
        world.ok(&["post", "--now", "--again"]);
        assert_eq!(texts(&world).len(), before + 1, "{name}");
    }
}

// P5
#[test]
fn a_post_goes_to_the_topic_of_the_link_and_a_closed_or_deleted_one_is_named() {
    let (world, ..) = studied();
    let link = |number: i32| format!("https://t.me/studyhall/{number}");
    // In a group that is not a forum, the number is the id of a message.
    world.configure(&link(4), &[]);
    world.ok(&["post", "--now"]);
    let topics = || -> Vec<Option<i32>> {
        world.telegram.messages(world.group).into_iter().map(|message| message.topic).collect()
    };
    assert_eq!(topics(), [None]);
    let [first, second] = [(); 2].map(|()| world.telegram.topic(world.group));
    world.configure(&link(first), &[]);
    world.ok(&["post", "--now", "--again"]);
    world.configure(&link(first), &[("SWF_TOPIC", &second.to_string())]);
    world.ok(&["post", "--now", "--again"]);
    assert_eq!(topics(), [None, Some(first), Some(second)]);
    for (state, words) in [(Topic::Closed, "the topic is closed"), (Topic::Deleted, "the topic was deleted")] {
        world.telegram.set_topic(world.group, second, state);
        let output = world.run(&["post", "--now", "--again"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(words), "{output:?}");
    }
    // The topic General is not named in requests.
    world.configure(&link(first), &[("SWF_TOPIC", "1")]);
    world.ok(&["post", "--now", "--again"]);
    assert_eq!(topics().last(), Some(&None));
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn the_topic_of_a_link_counts_only_in_the_group_of_that_link() {
    let (world, ..) = studied();
    let night = world.telegram.supergroup("Night Hall", Some("nighthall"));
    let bot = world.telegram.person(Person::named("Board").username("board_bot").bot());
    for (group, person) in [(night, world.me), (night, bot), (world.group, bot)] {
        world.telegram.add_member(group, person);
    }
    // The first topic that this Telegram makes may have the number of General.
    let [_, topic, same_number] = [(); 3].map(|()| world.telegram.topic(world.group));
    let [_, _, night_topic] = [(); 3].map(|()| world.telegram.topic(night));
    assert_eq!(night_topic, same_number);
    let (here, there) = (format!("https://t.me/studyhall/{topic}"), format!("https://t.me/nighthall/{night_topic}"));
    let (token, login) = (world.telegram.bot_token(bot), world.telegram.login_string(bot));
    let by_bot = [("TELEGRAM_BOT_TOKEN", token.as_str()), ("TG_BOT_STRING_SESSION", login.as_str())];
    let id = world.group.to_string();
    let place = |group: &str, more: &[(&str, &str)], args: &[&str]| {
        world.configure(group, more);
        let before = [world.group, night].map(|group| world.telegram.messages(group).len());
        world.ok(&[&["post", "--now", "--again"], args].concat());
        let new = |(group, before)| {
            world.telegram.messages(group).split_off(before).into_iter().map(move |message| (group, message.topic))
        };
        [world.group, night].into_iter().zip(before).flat_map(new).collect::<Vec<_>>()
    };
    // Without a bot, and where the user posts, the target is not where posts go.
    assert_eq!(place("@studyhall", &[("TELEGRAM_BOT_TARGET", &there)], &[]), [(world.group, None)]);
    let with_target = [&by_bot[..], &[("TELEGRAM_BOT_TARGET", there.as_str())]].concat();
    assert_eq!(place(&here, &with_target, &["--as", "user"]), [(world.group, Some(topic))]);
    assert_eq!(place(&here, &with_target, &[]), [(night, Some(night_topic))]);
    // The link of the group does not count in another target, but in the same group under another name.
    let to = |target: &'static str| [&by_bot[..], &[("TELEGRAM_BOT_TARGET", target)]].concat();
    assert_eq!(place(&here, &to("@nighthall"), &[]), [(night, None)]);
    let to_id = [("TELEGRAM_GROUP_ID", id.as_str())];
    assert_eq!(place(&here, &to_id, &[]), [(world.group, Some(topic))]);
    assert_eq!(place(&here, &[&by_bot[..], &to_id].concat(), &[]), [(world.group, Some(topic))]);
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

// P2
#[test]
fn the_tracker_tries_a_refused_day_again_every_ten_minutes() {
    let world = World::new();
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, world.member("Ada"));
    world.telegram.forbid_writing(world.group, true);
    let _tracker = world.track();
    world.pass(call, post_time() - START);
    let sends = || world.telegram.requests().iter().filter(|request| request.method == "messages.sendMessage").count();
    let refused = || world.json(&["status", "--json"])["outbox"]["refused"].as_array().map_or(0, Vec::len);
    world.await_that("the post is refused", || refused() == 1);
    // The alert about it is a message, too.
    world.await_that("the alert is sent", || !world.telegram.messages(world.me).is_empty());
    let before = sends();
    world.pass(call, 500);
    assert_eq!(sends(), before);
    world.telegram.forbid_writing(world.group, false);
    world.pass(call, 200);
    world.await_that("the post is in the group", || texts(&world).len() == 1);
    world.await_that("nothing is refused", || refused() == 0);
}

// P3
#[test]
fn a_manual_post_that_was_refused_leaves_no_trace_once_one_succeeds() {
    let (world, ..) = studied();
    world.telegram.forbid_writing(world.group, true);
    for _ in 0..2 {
        assert_eq!(world.run(&["post", "--now"]).status.code(), Some(1));
    }
    world.telegram.forbid_writing(world.group, false);
    world.ok(&["post", "--now"]);
    let status = world.json(&["status", "--json"]);
    assert_eq!(status["outbox"]["refused"], Value::Array(Vec::new()), "{status}");
}

#[test]
fn without_a_store_there_is_nothing_to_post_and_nothing_is_made() {
    let world = World::new();
    let output = world.run(&["post"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("swf track"), "{output:?}");
    assert!(!world.home.path().join("var").exists());
}

/// CASES X9.
#[test]
fn a_manual_post_that_telegram_delays_for_years_can_be_given_up() {
    let world = World::new();
    assert_eq!(world.track().stop(), Some(0));
    assert!(world.ok(&["post", "--drop"]).starts_with("No manual post is waiting"));
    world.telegram.faults().flood_wait("messages.sendMessage", u32::MAX, 1);
    assert_eq!(world.run(&["post", "--now"]).status.code(), Some(75));
    let status = world.status();
    let problem = status["outbox"]["undelivered"][0]["problem"].as_str().unwrap();
    assert!(problem.contains("24h 00m") || problem.contains("86400"), "{problem}");
    assert!(world.ok(&["post", "--drop"]).starts_with("Given up: a manual post"));
    assert_eq!(world.status()["outbox"]["undelivered"], serde_json::json!([]));
    // The wait still holds for the account.
    assert_eq!(world.run(&["post", "--now"]).status.code(), Some(75));
    assert_eq!(world.telegram.messages(world.group).len(), 0);
    world.telegram.advance(86_400);
    world.ok(&["post", "--now"]);
    assert_eq!(world.telegram.messages(world.group).len(), 1);
}
