//! The people who need to know that the group is not seen get one alert for each problem, whatever fails (rules §4.10).

use std::process::{Child, Stdio};

use fake_telegram::{Id, Moment, Person};
use serde_json::Value;

use crate::home::World;
use crate::web::Site;

/// The organiser's alerts.
fn told(world: &World) -> Vec<String> {
    world.telegram.messages(world.me).into_iter().map(|message| message.text).collect()
}

fn watchdog(world: &World) -> String {
    world.ok(&["watchdog"])
}

/// Ada and Bob join a new call. Returns the call and the two.
fn studying(world: &World) -> (i64, [Id; 2]) {
    let people = [world.member("Ada"), world.member("Bob")];
    let call = world.telegram.start_call(world.group);
    people.iter().for_each(|person| world.telegram.join(call, *person));
    (call, people)
}

fn state(world: &World) -> Value {
    let text = std::fs::read(world.home.path().join("tracker_state.json")).expect("the liveness file is there");
    serde_json::from_slice(&text).expect("it is JSON")
}

fn no_violations(world: &World) {
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn a_killed_tracker_is_alerted_after_5_10_and_15_minutes_and_its_return_once() {
    let world = World::new();
    let (call, [ada, bob]) = studying(&world);
    let tracker = world.track();
    world.pass(call, 600);
    assert_eq!(watchdog(&world), "The tracker is running, and sends alerts itself.\n");
    tracker.kill();
    let mut counts = Vec::new();
    // The watchdog runs every minute, as from cron, and sometimes twice.
    for minute in 1..=40 {
        world.telegram.advance(60);
        if minute == 7 {
            world.telegram.leave(call, bob);
        }
        watchdog(&world);
        if minute % 3 == 0 {
            watchdog(&world);
        }
        counts.push(told(&world).len());
    }
    let reached = |count| counts.iter().position(|so_far| *so_far == count).map(|index| index + 1);
    assert_eq!([1, 2, 3].map(reached), [Some(5), Some(10), Some(15)], "{counts:?}");
    assert_eq!(counts.last(), Some(&3));
    let texts = told(&world);
    for (text, words) in texts.iter().zip(["for 5m", "for 10m", "for 15m"]) {
        assert!(text.contains(words) && text.contains("since 08:43") && text.contains("“Study Hall”"), "{text}");
        assert!(text.contains("the tracker is not running; start it with: swf track"), "{text}");
    }

    let tracker = world.track_on();
    world.await_that("the organiser is told", || told(&world).len() == 4);
    insta::assert_snapshot!(told(&world)[3], @"✅ swf is back, and sees the call of “Study Hall”. It was away for 40m, from 08:43 to 09:23 (Asia/Tashkent): it was killed, or the computer was switched off. All of it is proved, by 1 person. 1 person left meanwhile, and count up to 08:43.");
    world.pass(call, 600);
    watchdog(&world);
    assert_eq!(told(&world).len(), 4);
    assert_eq!(world.seconds(), [(ada, 600 + 2400 + 600), (bob, 600)]);
    assert_eq!(tracker.stop(), Some(0));
    no_violations(&world);
}

#[test]
fn a_clean_stop_alerts_nobody_and_neither_does_a_start_after_it() {
    let world = World::new();
    let (call, _) = studying(&world);
    let tracker = world.track();
    world.pass(call, 600);
    assert_eq!(tracker.stop(), Some(0));
    assert!(state(&world)["stopped"].is_i64());
    world.telegram.advance(3600);
    assert!(watchdog(&world).starts_with("The tracker was stopped at"));
    let tracker = world.track_on();
    world.pass(call, 60);
    // The tracker checks for alerts before it checks for posts.
    world.ok(&["post", "--now", "--again"]);
    world.ok(&["post", "--now", "--again"]);
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(world.status()["alerts"], serde_json::json!([]));
    assert_eq!(told(&world), Vec::<String>::new());
}

#[test]
fn where_nothing_has_run_there_is_nothing_to_watch() {
    let world = World::new();
    assert_eq!(watchdog(&world), "No tracker has run here yet; there is nothing to watch.\n");
    std::fs::write(world.home.path().join("tracker_state.json"), r#"{"last_seen": 1777703000.5}"#).unwrap();
    assert!(watchdog(&world).starts_with("Only the old tracker has run here"));
    assert_eq!(told(&world), Vec::<String>::new());
}

#[test]
fn a_tracker_that_returns_after_a_kill_alerts_of_it_once() {
    let world = World::new();
    let (call, _) = studying(&world);
    world.track().kill();
    world.telegram.advance(120);
    let tracker = world.track_on();
    world.await_that("the organiser is told", || told(&world).len() == 1);
    let text = told(&world).remove(0);
    assert!(text.contains("It was away for 2m") && text.contains("proved, by 2 people"), "{text}");
    tracker.kill();
    // A short outage causes no alert.
    world.telegram.advance(30);
    let _tracker = world.track_on();
    world.pass(call, 30);
    assert_eq!(told(&world).len(), 1);
}

#[test]
fn watchdogs_that_run_at_once_and_crash_in_the_middle_alert_once() {
    let world = World::new();
    let (_, _) = studying(&world);
    world.track().kill();
    world.telegram.advance(300);
    let start = || -> Child {
        let mut command = world.command(&["watchdog"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    for moment in [Moment::Read, Moment::Stored] {
        world.telegram.faults().pause("messages.sendMessage", moment, 1);
        let mut all: Vec<Child> = (0..4).map(|_| start()).collect();
        world.await_that("a request is held", || world.telegram.paused() > 0);
        for child in &mut all {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        world.telegram.faults().resume();
        // The lease of the killed processes has expired.
        world.telegram.advance(61);
        watchdog(&world);
        watchdog(&world);
        let (count, text) = (told(&world).len(), told(&world).pop().unwrap_or_default());
        assert_eq!(count, if moment == Moment::Read { 1 } else { 2 }, "{text}");
        world.telegram.advance(239);
    }
    // The reply is lost, so it is not known whether the message was sent.
    world.telegram.faults().lose_reply("messages.sendMessage", 1);
    let output = world.run(&["watchdog"]);
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("the alert could not be sent"), "{output:?}");
    world.telegram.advance(90);
    watchdog(&world);
    assert_eq!(told(&world).len(), 3);
    no_violations(&world);
}

#[test]
fn a_tracker_alerts_of_a_call_that_it_cannot_see_and_a_watchdog_beside_it_repeats_nothing() {
    let world = World::new();
    let (call, [ada, bob]) = studying(&world);
    let tracker = world.track();
    world.pass(call, 600);
    // For twenty minutes Telegram refuses reads of the call, but everything else works.
    world.telegram.faults().flood_wait("phone.getGroupParticipants", 1200, 1);
    world.telegram.faults().cut();
    world.await_status("the flood wait is met", |status| status["tracker"]["connection"] == "flood_wait");
    let hear = |seconds| {
        world.telegram.advance(seconds);
        // An update brings Telegram's current time.
        world.telegram.mute(call, ada);
        world.telegram.unmute(call, ada);
    };
    for (count, minutes) in [5, 10, 15].into_iter().enumerate() {
        hear(300);
        watchdog(&world);
        world.await_that("the organiser is told", || told(&world).len() > count);
        assert!(told(&world)[count].contains(&format!("for {minutes}m")), "{:?}", told(&world));
        assert!(told(&world)[count].contains("flood wait: Telegram asks to wait 1200 s"), "{:?}", told(&world));
        watchdog(&world);
    }
    let blind = world.json(&["status", "--json"]);
    assert_eq!(blind["call"]["blind_since"], "2033-05-18T08:43:20+05:00", "{blind:#}");
    hear(360);
    world.telegram.faults().cut();
    world.await_that("the organiser is told", || told(&world).len() == 4);
    let back = told(&world).remove(3);
    assert!(back.contains("sees the call of “Study Hall” again. It could not for 21m"), "{back}");
    assert!(back.contains("All of it is proved, by 2 people."), "{back}");
    world.pass(call, 40);
    watchdog(&world);
    assert_eq!(told(&world).len(), 4);
    assert_eq!(world.seconds(), [(ada, 600 + 1260 + 40), (bob, 600 + 1260 + 40)]);
    drop(tracker);
    no_violations(&world);
}

#[test]
fn a_night_without_network_is_one_message_when_it_is_over_also_without_a_call() {
    let world = World::new();
    let _tracker = world.track();
    world.telegram.advance(10);
    world.telegram.faults().refuse(true);
    world.await_offline();
    world.telegram.advance(8 * 3600);
    world.telegram.faults().refuse(false);
    world.await_that("the organiser is told", || !told(&world).is_empty());
    world.await_confirmed();
    let texts = told(&world);
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("It could not for 8h 00m"), "{texts:?}");
    assert!(texts[0].contains("Nobody was seen in a call before or after it."), "{texts:?}");
}

/// CASES P6: Telegram does not accept the alert.
#[test]
fn an_alert_goes_to_the_address_when_telegram_cannot_be_used() {
    let world = World::new();
    let (call, _) = studying(&world);
    let tracker = world.track();
    world.pass(call, 600);
    tracker.kill();
    let site = Site::new();
    world.configure("studyhall", &[("SWF_ALERT_URL", &site.url())]);
    world.telegram.advance(301);
    // While Telegram accepts the alert, it is sent only there.
    watchdog(&world);
    assert_eq!((told(&world).len(), site.hits().len()), (1, 0));
    world.telegram.faults().revoke(world.me);
    world.telegram.advance(300);
    watchdog(&world);
    let hits = site.hits();
    assert_eq!((told(&world).len(), hits.len()), (1, 1), "{hits:?}");
    assert!(hits[0].line.starts_with("POST /api/leaderboard?token=hush"), "{hits:?}");
    assert!(hits[0].body.contains("Study Hall"), "{hits:?}");
    // The alert is sent, so it is not repeated.
    watchdog(&world);
    assert_eq!(site.hits().len(), 1);
}

/// Rules §4.10: another machine receives a sign of life.
#[test]
fn a_sign_of_life_is_sent_when_the_group_is_seen() {
    let world = World::new();
    studying(&world);
    let site = Site::new();
    world.configure("studyhall", &[("SWF_HEARTBEAT_URL", &site.url())]);
    let tracker = world.track();
    world.await_that("a sign of life comes", || !site.hits().is_empty());
    let hits = site.hits();
    assert!(hits[0].line.starts_with("POST /api/leaderboard?token=hush") && hits[0].body.is_empty(), "{hits:?}");
    assert_eq!(tracker.stop(), Some(0));
}

#[test]
fn a_short_flood_wait_alerts_nobody() {
    let world = World::new();
    let (call, _) = studying(&world);
    let _tracker = world.track();
    world.telegram.faults().flood_wait("phone.getGroupParticipants", 1, 1);
    world.await_request("phone.getGroupParticipants", || world.telegram.faults().cut());
    world.telegram.advance(20);
    world.await_confirmed();
    world.pass(call, 60);
    assert_eq!(told(&world), Vec::<String>::new());
}

/// The tracker is stopped, as on a machine that sleeps, while a watchdog runs and sees that it hangs.
#[cfg(unix)]
#[test]
fn an_alert_tells_of_a_tracker_that_stood_still_and_it_goes_on_as_after_sleep() {
    let world = World::new();
    let (call, [ada, bob]) = studying(&world);
    let tracker = world.track();
    world.pass(call, 600);
    tracker.signal("STOP");
    world.telegram.advance(300);
    world.telegram.leave(call, bob);
    world.telegram.advance(300);
    // The state file is made ten minutes older.
    let path = world.home.path().join("tracker_state.json");
    let mut stopped = state(&world);
    stopped["beat"] = (stopped["beat"].as_i64().unwrap() - 600).into();
    std::fs::write(&path, stopped.to_string()).unwrap();
    // The watchdog waits for 10 s to find out whether the machine only slept. A tracker needs to stand still for as
    // long to notice it.
    let words = watchdog(&world);
    assert!(words.contains("the tracker is running, but hangs"), "{words}");
    // It waits again, so the tracker has stood still for long enough to notice it.
    watchdog(&world);
    assert_eq!(told(&world).len(), 1);
    tracker.signal("CONT");
    world.await_that("the organiser is told", || told(&world).len() == 2);
    let texts = told(&world);
    assert!(texts[1].contains("It could not for 10m"), "{texts:?}");
    world.pass(call, 60);
    // The update about Bob's leave may have been received before; then its time counts for him.
    let bobs = world.seconds()[1];
    assert_eq!(world.seconds()[0], (ada, 600 + 600 + 60));
    assert!([(bob, 600), (bob, 900)].contains(&bobs), "{bobs:?}");
    assert_eq!(told(&world).len(), 2);
    no_violations(&world);
}

#[test]
fn a_refused_post_is_alerted_once() {
    let world = World::new();
    let (call, _) = studying(&world);
    let _tracker = world.track();
    world.telegram.forbid_writing(world.group, true);
    // A time after the post time.
    world.pass(call, 13 * 3600);
    world.await_that("the organiser is told", || !told(&world).is_empty());
    world.pass(call, 60);
    watchdog(&world);
    let texts = told(&world);
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("Telegram refuses the post of 2033-05-18") && texts[0].contains("once that is mended"));
    assert!(texts[0].contains("CHAT_WRITE_FORBIDDEN"), "{texts:?}");
}

fn with_bot(world: &World, more: &[(&str, &str)]) -> Id {
    let bot = world.telegram.person(Person::named("Board").username("board_bot").bot());
    world.telegram.add_member(world.group, bot);
    // A bot may write to people who have written to it.
    world.telegram.say(world.me, bot, "/start");
    let (token, login) = (world.telegram.bot_token(bot), world.telegram.signed_out_login_string());
    let own = [("TELEGRAM_BOT_TOKEN", token.as_str()), ("TG_BOT_STRING_SESSION", login.as_str())];
    world.configure("@studyhall", &[&own, more].concat());
    bot
}

#[test]
fn the_bot_alerts_whom_the_settings_name_and_the_account_does_if_the_bot_cannot() {
    let world = World::new();
    let helper = world.telegram.person(Person::named("Helper").username("helper"));
    let bot = with_bot(&world, &[("SWF_ALERT_TO", "@helper")]);
    world.telegram.say(helper, bot, "/start");
    world.track().kill();
    world.telegram.advance(300);
    watchdog(&world);
    let messages = world.telegram.messages(helper);
    assert_eq!(messages.iter().map(|message| message.from).collect::<Vec<_>>(), [bot]);
    // The bot no longer exists. That is a definite refusal, so the account sends the alert.
    world.telegram.revoke_bot_token(bot);
    world.telegram.faults().revoke(bot);
    world.telegram.advance(300);
    watchdog(&world);
    let mut messages = world.telegram.messages(helper);
    messages.sort_by_key(|message| message.date);
    assert_eq!(messages.iter().map(|message| message.from).collect::<Vec<_>>(), [bot, world.me]);
    // Nobody has that name, so the alert goes to the Saved Messages.
    world.configure("@studyhall", &[("SWF_ALERT_TO", "@nobody_at_all")]);
    world.telegram.advance(300);
    watchdog(&world);
    assert_eq!(told(&world).len(), 1);
    no_violations(&world);
}

#[test]
fn the_receiver_of_alerts_can_be_named_by_id() {
    let world = World::new();
    let crew = world.telegram.supergroup("Crew", None);
    world.telegram.add_member(crew, world.me);
    let (call, [ada, _]) = studying(&world);
    world.configure("@studyhall", &[("SWF_ALERT_TO", &crew.to_string())]);
    let tracker = world.track();
    world.pass(call, 10);
    tracker.kill();
    world.telegram.advance(300);
    watchdog(&world);
    assert_eq!(world.telegram.messages(crew).len(), 1);
    // Ada has never written to the account, but is in the call.
    world.configure("@studyhall", &[("SWF_ALERT_TO", &ada.to_string())]);
    world.telegram.advance(300);
    watchdog(&world);
    assert_eq!(world.telegram.messages(ada).len(), 1);
    no_violations(&world);
}

#[test]
fn a_broken_store_does_not_prevent_an_alert() {
    let world = World::new();
    world.track().kill();
    for name in ["study.db-wal", "study.db-shm"] {
        let _ = std::fs::remove_file(world.home.path().join("var").join(name));
    }
    std::fs::write(world.home.path().join("var/study.db"), "no database at all, and for a tracker the end").unwrap();
    world.telegram.advance(299);
    assert_eq!(world.run(&["watchdog"]).status.code(), Some(75));
    assert_eq!(told(&world).len(), 0);
    world.telegram.advance(1);
    watchdog(&world);
    world.telegram.advance(60);
    watchdog(&world);
    assert_eq!(told(&world).len(), 1, "{:?}", told(&world));
    assert!(told(&world)[0].contains("not a database"), "{:?}", told(&world));
    no_violations(&world);
}

#[test]
fn the_bot_alerts_of_a_login_that_has_ended() {
    let world = World::new();
    let bot = with_bot(&world, &[]);
    let (call, _) = studying(&world);
    let tracker = world.track();
    world.pass(call, 60);
    world.telegram.faults().revoke(world.me);
    world.telegram.faults().cut();
    assert_eq!(tracker.end(), Some(78));
    assert!(state(&world)["error"].as_str().expect("an error").contains("signed out"));
    world.telegram.advance(300);
    watchdog(&world);
    let messages = world.telegram.messages(world.me);
    assert_eq!(messages.iter().map(|message| message.from).collect::<Vec<_>>(), [bot]);
    assert!(messages[0].text.contains("signed out"), "{messages:?}");
}

#[test]
fn the_organiser_is_alerted_past_a_store_that_cannot_be_written() {
    let world = World::new();
    let (call, [ada, bob]) = studying(&world);
    let tracker = world.track();
    world.pass(call, 100);
    let other = rusqlite::Connection::open(world.home.path().join("var/study.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    world.pass(call, 10);
    world.await_store_problem();
    world.pass(call, 300);
    world.await_that("the organiser is told", || !told(&world).is_empty());
    let text = told(&world).remove(0);
    assert!(text.contains("can't write down what it sees of the call of “Study Hall”, for 5m now"), "{text}");
    assert!(
        text.contains("another program has locked it") && text.contains("is lost. Close the other program"),
        "{text}"
    );
    other.execute_batch("COMMIT").unwrap();
    world.await_store_recovery();
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(told(&world).len(), 1, "{:?}", told(&world));
    assert_eq!(world.status()["alerts"], serde_json::json!([]));
    let all = 100 + 10 + 300;
    assert_eq!(world.seconds(), [(ada, all), (bob, all)]);
    no_violations(&world);
}
