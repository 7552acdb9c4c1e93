//! An alert reaches somebody: without Telegram, with broken settings, and when a clean stop no longer explains anything.

use std::process::Output;

use serde_json::Value;

use crate::home::World;
use crate::web::Site;

/// What the organiser was told by Telegram.
fn told(world: &World) -> Vec<String> {
    world.telegram.messages(world.me).into_iter().map(|message| message.text).collect()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// State and text of each check of doctor with this name.
fn checks(world: &World, args: &[&str], name: &str) -> Vec<(String, String)> {
    let output = world.run(&[&["doctor", "--json"], args].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let checks = report["checks"].as_array().unwrap().iter().filter(|check| check["check"] == name);
    let text = |check: &Value, key: &str| check[key].as_str().unwrap().to_owned();
    checks.map(|check| (text(check, "state"), text(check, "text"))).collect()
}

/// The texts that a site got.
fn texts(site: &Site) -> Vec<String> {
    site.hits().into_iter().filter(|hit| hit.line.starts_with("POST")).map(|hit| hit.body).collect()
}

/// Makes all that the state file tells so many seconds older.
fn age_state(world: &World, seconds: i64) {
    let path = world.home.path().join("tracker_state.json");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for key in ["stopped", "last_seen", "since", "beat"] {
        if let Some(at) = state[key].as_i64() {
            state[key] = (at - seconds).into();
        }
    }
    std::fs::write(&path, state.to_string()).unwrap();
}

/// CASES P6.
#[test]
fn doctor_says_which_alerts_can_arrive() {
    let (world, site) = (World::new(), Site::new());
    let [(state, text)] = &checks(&world, &[], "alerts")[..] else { panic!() };
    assert_eq!((&**state, &**text), ("ok", "go to the account's Saved Messages (SWF_ALERT_TO is not set)"));
    assert!(checks(&world, &[], "alert url").is_empty());

    world.configure("@studyhall", &[("SWF_ALERT_URL", &site.url()), ("SWF_HEARTBEAT_URL", &site.url())]);
    for name in ["alert url", "heartbeat"] {
        let [(state, text)] = &checks(&world, &[], name)[..] else { panic!() };
        assert!(state == "ok" && !text.contains("hush"), "{text}");
    }
    assert_eq!((texts(&site), told(&world)), (vec![], vec![]), "a check sends nothing");

    world.telegram.faults().revoke(world.me);
    let [(state, text)] = &checks(&world, &[], "alerts")[..] else { panic!() };
    assert!(state == "failed" && text.starts_with("alerts can't reach Telegram: "), "{text}");
    let tests = checks(&world, &["--alert"], "test alert");
    assert_eq!(tests.iter().map(|(state, _)| &**state).collect::<Vec<_>>(), ["failed", "ok"], "{tests:?}");
    assert_eq!(texts(&site), ["🔔 This is a test: alerts about “@studyhall” arrive here. Nothing is wrong."]);
}

/// CASES P6.
#[test]
fn each_test_alert_is_a_message() {
    let (world, site) = (World::new(), Site::new());
    world.configure("@studyhall", &[("SWF_ALERT_URL", &site.url())]);
    for count in 1..=2 {
        let tests = checks(&world, &["--alert"], "test alert");
        assert_eq!(tests.iter().map(|(state, _)| &**state).collect::<Vec<_>>(), ["ok", "ok"], "{tests:?}");
        assert_eq!((told(&world).len(), texts(&site).len()), (count, count));
    }
}

/// CASES P7: stopped, as by a reboot, and then no start succeeds.
#[test]
fn a_failed_start_after_a_clean_stop_is_alerted_and_so_is_the_return() {
    let world = World::new();
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, world.member("Ada"));
    let tracker = world.track();
    world.pass(call, 60);
    assert_eq!(tracker.stop(), Some(0));
    world.telegram.advance(600);
    assert!(world.ok(&["watchdog"]).starts_with("The tracker was stopped at"));
    assert_eq!(world.run(&["status"]).status.code(), Some(0));

    // What only the command line got wrong is no failed start.
    assert_eq!(world.run(&["track", "--new-store"]).status.code(), Some(2));
    assert_eq!(world.run(&["status"]).status.code(), Some(0));

    world.configure("@studyhall", &[("SWF_TIMEZONE", "Mars/Olympus")]);
    assert_eq!(world.run(&["track"]).status.code(), Some(78));
    world.configure("@studyhall", &[]);
    world.ok(&["watchdog"]);
    assert!(told(&world)[0].contains("the tracker has ended: a setting is wrong"), "{:?}", told(&world));
    assert_eq!((told(&world).len(), world.run(&["status"]).status.code()), (1, Some(3)));

    let tracker = world.track_on();
    world.await_that("the organiser is told", || told(&world).len() == 2);
    assert!(told(&world)[1].contains("a setting is wrong"), "{:?}", told(&world));
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(world.run(&["status"]).status.code(), Some(0));
}

/// CASES P7: a second tracker that is refused is no failed start.
#[test]
fn a_start_beside_a_running_tracker_changes_nothing() {
    let world = World::new();
    let tracker = world.track();
    assert_eq!(world.run(&["track"]).status.code(), Some(75));
    assert_eq!(tracker.stop(), Some(0));
    assert!(world.ok(&["watchdog"]).starts_with("The tracker was stopped at"));
}

/// CASES P7: the stop is more than a day ago.
#[test]
fn an_old_stop_is_alerted_and_so_is_the_return() {
    let world = World::new();
    assert_eq!(world.run(&["status"]).status.code(), Some(0), "none has run");
    assert_eq!(world.track().stop(), Some(0));
    age_state(&world, 87_000);
    assert_eq!(world.run(&["status"]).status.code(), Some(3));
    world.ok(&["watchdog"]);
    assert!(told(&world)[0].contains("the tracker was stopped and not started again"), "{:?}", told(&world));
    let tracker = world.track_on();
    world.await_that("the organiser is told", || told(&world).len() == 2);
    assert!(told(&world)[1].contains("it was stopped"), "{:?}", told(&world));
    assert_eq!(tracker.stop(), Some(0));
}

/// CASES P8: a value is wrong, or a line can't be read.
#[test]
fn a_watchdog_with_broken_settings_alerts_and_says_so() {
    let world = World::new();
    world.track().kill();
    let file = world.home.path().join(".env.local");
    let good = std::fs::read_to_string(&file).unwrap();
    for (count, (name, line)) in
        [("SWF_TIMEZONE", "SWF_TIMEZONE=Mars\n"), ("SWF_LOG", "SWF_LOG='debug\n")].iter().enumerate()
    {
        world.telegram.advance(300);
        std::fs::write(&file, good.clone() + line).unwrap();
        let output = world.run(&["watchdog"]);
        assert_eq!(output.status.code(), Some(78));
        assert!(stderr(&output).contains(name), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("alerted"), "{output:?}");
        assert_eq!(told(&world).len(), count + 1, "{:?}", told(&world));
        assert!(told(&world)[count].contains("not all of its settings can be read: "), "{:?}", told(&world));
    }
}
