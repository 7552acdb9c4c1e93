//! Alerts arrive: without Telegram, with broken settings, and when a clean stop no longer explains the missing tracker.

use std::process::Output;

use fake_telegram::Id;
use serde_json::Value;

use crate::home::World;
use crate::web::Site;

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The messages that the organiser received in Telegram.
fn told(world: &World) -> Vec<String> {
    world.telegram.messages(world.me).into_iter().map(|message| message.text).collect()
}

/// The messages that the address received.
fn posted(site: &Site) -> Vec<String> {
    site.hits().into_iter().filter(|hit| hit.line.starts_with("POST")).map(|hit| hit.body).collect()
}

fn studying(world: &World) -> (i64, Id) {
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    (call, ada)
}

/// Moves all times in the state file `seconds` into the past.
fn move_back(world: &World, seconds: i64) {
    let path = world.home.path().join("tracker_state.json");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for key in ["stopped", "last_seen", "since", "beat"] {
        if let Some(at) = state[key].as_i64() {
            state[key] = (at - seconds).into();
        }
    }
    std::fs::write(&path, state.to_string()).unwrap();
}

/// Writes `text` to `.env.local`.
fn write_settings(world: &World, text: &str) {
    std::fs::write(world.home.path().join(".env.local"), text).unwrap();
}

/// State and text of the checks with this name.
fn check(world: &World, args: &[&str], name: &str) -> Vec<(String, String)> {
    let output = world.run(&[&["doctor", "--json"], args].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let checks = report["checks"].as_array().expect("checks").iter().filter(|check| check["check"] == name);
    let text = |check: &Value, key: &str| check[key].as_str().expect("a text").to_owned();
    checks.map(|check| (text(check, "state"), text(check, "text"))).collect()
}

fn states(checks: &[(String, String)]) -> Vec<&str> {
    checks.iter().map(|(state, _)| state.as_str()).collect()
}

// CASES P6
#[test]
fn an_alert_goes_to_the_address_after_the_login_was_revoked_and_doctor_says_so() {
    let (world, site) = (World::new(), Site::new());
    world.configure("@studyhall", &[("SWF_ALERT_URL", &site.url())]);
    world.track().kill();
    world.telegram.faults().revoke(world.me);
    world.telegram.advance(300);
    for _ in 0..2 {
        let out = world.ok(&["watchdog"]);
        assert!(out.contains("alert") && !out.contains("hush"), "{out}");
    }
    let texts = posted(&site);
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("the tracker is not running") && texts[0].contains("“Study Hall”"), "{texts:?}");

    let alerts = check(&world, &[], "alerts").remove(0);
    assert!(alerts.0 == "failed" && alerts.1.starts_with("alerts can't reach Telegram: "), "{alerts:?}");
    let url = check(&world, &[], "alert url").remove(0);
    assert!(url.0 == "ok" && !url.1.contains("hush"), "{url:?}");
    assert_eq!(posted(&site).len(), 1, "doctor sends nothing");
    assert_eq!(states(&check(&world, &["--alert"], "test alert")), ["failed", "ok"]);
    assert!(posted(&site)[1].contains("alerts about “Study Hall” arrive here"), "{:?}", posted(&site));
}

// CASES P6
#[test]
fn an_alert_goes_to_the_address_while_telegram_cannot_be_reached_and_is_not_repeated() {
    let (world, site) = (World::new(), Site::new());
    world.configure("@studyhall", &[("SWF_ALERT_URL", &site.url())]);
    world.track().kill();
    move_back(&world, 1200);
    world.telegram.faults().refuse(true);
    assert!(world.ok(&["watchdog"]).contains(": alerted"));
    assert_eq!(posted(&site).len(), 1, "{:?}", posted(&site));
    world.telegram.faults().refuse(false);
    assert!(world.ok(&["watchdog"]).contains("all alerts have already been sent"));
    assert_eq!((posted(&site).len(), told(&world).len()), (1, 0));
}

// CASES P6
#[test]
fn an_address_gets_an_alert_once_where_no_store_can_keep_it() {
    let (world, site) = (World::new(), Site::new());
    world.configure("@studyhall", &[("SWF_ALERT_URL", &site.url())]);
    world.track().kill();
    world.telegram.faults().revoke(world.me);
    move_back(&world, 1200);
    std::fs::write(world.home.path().join("var/study.db"), "no database").unwrap();
    for _ in 0..2 {
        world.ok(&["watchdog"]);
    }
    assert_eq!(posted(&site).len(), 1, "{:?}", posted(&site));
}

// CASES P6
#[test]
fn doctor_checks_each_route_and_sends_a_test_alert_only_when_asked() {
    let (world, site) = (World::new(), Site::new());
    world.configure("@studyhall", &[("SWF_ALERT_URL", &site.url()), ("SWF_HEARTBEAT_URL", &site.url())]);
    for name in ["alerts", "alert url", "heartbeat"] {
        assert_eq!(states(&check(&world, &[], name)), ["ok"], "{name}");
    }
    assert!(site.hits().iter().all(|hit| hit.line.starts_with("HEAD / ")), "{:?}", site.hits());
    assert_eq!(told(&world), Vec::<String>::new());
    for count in [1, 2] {
        assert_eq!(states(&check(&world, &["--alert"], "test alert")), ["ok", "ok"]);
        assert_eq!((told(&world).len(), posted(&site).len()), (count, count), "each test is a message");
    }
    // Nothing listens on that port.
    world.configure("@studyhall", &[("SWF_ALERT_URL", "http://127.0.0.1:9/hidden-topic")]);
    let url = check(&world, &[], "alert url").remove(0);
    assert!(url.0 == "failed" && !url.1.contains("hidden"), "{url:?}");
    // The account is not allowed to write there.
    world.telegram.forbid_writing(world.group, true);
    world.configure("@studyhall", &[("SWF_ALERT_TO", "@studyhall")]);
    let alerts = check(&world, &[], "alerts").remove(0);
    assert!(alerts.0 == "failed" && alerts.1.contains("only admins may write"), "{alerts:?}");
}

/// Rules §4.7.
#[test]
fn doctor_names_a_post_that_is_refused_or_late() {
    let world = World::new();
    studying(&world);
    assert_eq!(world.track_without_posting().stop(), Some(0));
    // Without the tracker's file, commands take Telegram's time from the store.
    std::fs::remove_file(world.home.path().join("tracker_state.json")).unwrap();
    let pass = |seconds| {
        world.telegram.advance(seconds);
        world.advance_stored_clock(seconds);
    };
    let post = |code, name: &str| {
        world.telegram.faults().error("messages.sendMessage", code, name, 1);
        world.run(&["post"]).status.code()
    };
    let outbox = || check(&world, &[], "outbox");
    // A few minutes after 21:30 in Tashkent.
    pass(47_000);
    assert_eq!(post(420, "SLOWMODE_WAIT_3000"), Some(75));
    assert_eq!(outbox(), Vec::new(), "it is not late yet");
    pass(1900);
    let late = outbox().remove(0);
    assert!(late.0 == "failed" && late.1.contains("the post of 2033-05-18 is over 30 minutes late: "), "{late:?}");
    pass(1200);
    assert_eq!(post(400, "TOPIC_DELETED"), Some(1));
    let refused = outbox().remove(0);
    assert!(
        refused.0 == "failed" && refused.1.contains("the post of 2033-05-18 was refused: the topic"),
        "{refused:?}"
    );
    assert_eq!(world.run(&["doctor"]).status.code(), Some(3));
    world.ok(&["post"]);
    assert_eq!(outbox(), Vec::new());
}

// CASES P7
#[test]
fn a_failed_start_after_a_clean_stop_is_alerted_and_so_is_the_return() {
    let world = World::new();
    let (call, _) = studying(&world);
    let broken: [(&str, &dyn Fn()); 2] = [
        ("a setting is wrong: SWF_TIMEZONE", &|| world.configure("@studyhall", &[("SWF_TIMEZONE", "Mars/Olympus")])),
        ("the login is not set up: TG_STRING_SESSION", &|| {
            write_settings(&world, NO_LOGIN);
        }),
    ];
    for (round, (words, break_settings)) in broken.into_iter().enumerate() {
        let tracker = world.track_on();
        world.pass(call, 60);
        assert_eq!(tracker.stop(), Some(0));
        world.telegram.advance(600);
        assert!(world.ok(&["watchdog"]).starts_with("The tracker was stopped at"));
        break_settings();
        assert_eq!(world.run(&["track"]).status.code(), Some(78));
        world.configure("@studyhall", &[]);
        let out = world.ok(&["watchdog"]);
        let why = format!("the tracker is not running: it could not start: {words}");
        assert!(out.contains(&why) && out.contains(": alerted"), "{out}");
        assert_eq!(told(&world).len(), 2 * round + 1, "{:?}", told(&world));
        assert_eq!(world.run(&["status"]).status.code(), Some(3));

        let tracker = world.track_on();
        world.await_that("the organiser is told", || told(&world).len() == 2 * round + 2);
        let back = told(&world).pop().unwrap();
        assert!(back.contains("swf is back") && back.contains(words), "{back}");
        assert_eq!(tracker.stop(), Some(0));
        assert_eq!(world.run(&["status"]).status.code(), Some(0));
    }
}

// CASES P7
#[test]
fn a_second_tracker_that_is_refused_is_no_failed_start() {
    let world = World::new();
    let tracker = world.track();
    assert_eq!(world.run(&["track"]).status.code(), Some(75));
    assert_eq!(tracker.stop(), Some(0));
    assert!(world.ok(&["watchdog"]).starts_with("The tracker was stopped at"));
}

// CASES P7
#[test]
fn an_old_stop_is_alerted_and_so_is_the_return() {
    let world = World::new();
    let (call, _) = studying(&world);
    assert_eq!(world.track().stop(), Some(0));
    move_back(&world, 87_000);
    assert!(world.ok(&["watchdog"]).starts_with("the tracker was stopped and not started again"));
    assert_eq!(told(&world).len(), 1, "{:?}", told(&world));
    let _tracker = world.track_on();
    world.pass(call, 60);
    world.await_that("the organiser is told", || told(&world).len() == 2);
    assert!(told(&world)[1].contains("it was stopped"), "{:?}", told(&world));
}

// CASES P8
#[test]
fn broken_settings_are_named_in_the_alert_that_the_others_send() {
    let world = World::new();
    world.track().kill();
    let settings = |line: &str| {
        world.configure("@studyhall", &[]);
        let text = std::fs::read_to_string(world.home.path().join(".env.local")).unwrap();
        write_settings(&world, &format!("{text}{line}\n"));
    };
    let lines = ["SWF_TIMEZONE=Mars", "SWF_LOG='debug", "SWF_POST_TIME=noon"];
    for (count, line) in lines.iter().enumerate() {
        world.telegram.advance(300);
        settings(line);
        let name = line.split('=').next().unwrap();
        let output = world.run(&["watchdog"]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(stdout(&output).contains(": alerted") && stderr(&output).contains(name), "{output:?}");
        assert!(told(&world)[count].contains(name), "{:?}", told(&world));
    }
    assert_eq!(told(&world).len(), lines.len());
}

/// Settings without a login.
const NO_LOGIN: &str = "TELEGRAM_API_ID=1\nTELEGRAM_GROUP_USERNAME=@studyhall\n";

// CASES P8
#[test]
fn without_a_login_the_address_is_told_why_and_without_it_the_error_is_78() {
    let (world, site) = (World::new(), Site::new());
    world.track().kill();
    move_back(&world, 1200);
    write_settings(&world, &format!("{NO_LOGIN}SWF_ALERT_URL={}\n", site.url()));
    let output = world.run(&["watchdog"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let texts = posted(&site);
    assert!(texts.len() == 1 && texts[0].contains("the login is not set up: TG_STRING_SESSION"), "{texts:?}");

    let world = World::new();
    world.track().kill();
    move_back(&world, 1200);
    write_settings(&world, NO_LOGIN);
    let output = world.run(&["watchdog"]);
    assert_eq!(output.status.code(), Some(78), "{output:?}");
    assert!(stderr(&output).contains("TG_STRING_SESSION"), "{output:?}");
}

// CASES P8
#[test]
fn broken_settings_are_the_error_of_a_watchdog_that_has_nothing_to_tell() {
    let world = World::new();
    let _tracker = world.track();
    world.configure("@studyhall", &[("SWF_TIMEZONE", "Mars")]);
    let output = world.run(&["watchdog"]);
    assert_eq!(output.status.code(), Some(78));
    assert!(stdout(&output).contains("The tracker is running") && stderr(&output).contains("SWF_TIMEZONE"));
    assert_eq!(told(&world), Vec::<String>::new());
}
