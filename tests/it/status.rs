//! What is running, and what is wrong: `swf status`, `swf doctor`.

use std::process::Output;

use fake_telegram::Person;
use serde_json::Value;

use crate::home::World;

fn doctor(world: &World) -> (Option<i32>, Value) {
    let output = world.run(&["doctor", "--json"]);
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    (output.status.code(), report)
}

/// The state and text of one check, with the command that it suggests.
fn check(report: &Value, name: &str) -> (String, String) {
    let checks = report["checks"].as_array().expect("checks");
    let check = checks.iter().find(|check| check["check"] == name).unwrap_or_else(|| panic!("{name}: {report:#}"));
    let mend = check["mend"].as_array().expect("hints").iter().filter_map(Value::as_str);
    let text = mend.fold(check["text"].as_str().expect("a text").to_owned(), |text, hint| text + "\n" + hint);
    (check["state"].as_str().expect("a state").to_owned(), text)
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

#[test]
fn status_says_what_runs_and_asks_nobody() {
    let world = World::new();
    let bare = world.ok(&["status"]);
    assert!(bare.contains("no tracker has run here yet") && bare.contains("→ swf track"), "{bare}");

    let nasty = world.member("A\u{202e}da\u{1b}[31m");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, nasty);
    let tracker = world.track();
    world.await_backup();
    world.pass(call, 3600);
    let report = world.json(&["status", "--json"]);
    assert_eq!(report["tracker"]["state"], "running");
    assert_eq!(report["tracker"]["connection"], "online");
    assert_eq!(report["tracker"]["last_seen"], "2033-05-18T09:33:20+05:00");
    assert_eq!(report["call"]["people"], 1);
    assert_eq!(report["call"]["since"], "2033-05-18T08:33:20+05:00");
    assert_eq!(report["group"], "Study Hall");
    assert_eq!(report["next_post"], "2033-05-18T21:30:00+05:00");
    assert_eq!(report["outbox"]["undelivered"], serde_json::json!([]));
    assert_eq!(report["export"]["on"], false);
    assert_eq!(report["backup"]["day"], "2033-05-18");
    assert!(report["store"]["bytes"].as_u64().expect("a size") > 1000);
    let screen = world.ok(&["status"]);
    assert!(screen.lines().count() <= 24, "{screen}");
    for words in
        ["Study Hall", "running for", "online", "1 person in it", "today 21:30", "nothing waits", "2033-05-18,"]
    {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    tracker.kill();
    let dead = world.found(&["status"]);
    assert!(dead.contains("not running; last heartbeat") && dead.contains("when last seen"), "{dead}");
    // The call is as old as its first stay, also if that person has left while no tracker ran.
    world.telegram.join(call, world.member("Bob"));
    world.telegram.leave(call, nasty);
    let tracker = world.track();
    assert_eq!(world.json(&["status", "--json"])["call"]["since"], "2033-05-18T08:33:20+05:00");
    assert_eq!(tracker.stop(), Some(0));
    let stopped = world.ok(&["status"]);
    assert!(stopped.contains("not running; stopped"), "{stopped}");
}

#[test]
fn suggested_commands_name_the_home_that_was_given() {
    let world = World::new();
    let study = world.home.path().join("our study");
    let named = |args: &[&str]| {
        let output = world.run(&[&["--home", "our study"], args].concat());
        String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8")
    };
    assert!(named(&["status"]).contains("→ swf --home 'our study' init\n"), "{}", named(&["status"]));
    assert!(named(&["leaderboard"]).contains("Start with: swf --home 'our study' track\n"));
    assert!(named(&["track"]).contains("step by step, run: swf --home 'our study' init\n"));
    let doctor = named(&["doctor"]);
    assert!(doctor.contains("→ swf --home 'our study' init") && !doctor.contains("study' --home"), "{doctor}");
    // The default home is not named in commands. Commands that find nothing set up write nothing.
    assert!(world.ok(&["status"]).contains("→ swf track\n"));
    assert_eq!(named(&["watchdog"]), "No tracker has run here yet; there is nothing to watch.\n");
    assert!(!study.exists());
}

#[test]
fn status_needs_no_network_no_keyring_no_store_and_no_whole_one() {
    let world = World::new();
    world.track().kill();
    let asked = world.telegram.requests().len();
    let store = world.home.path().join("var/study.db");
    for name in ["study.db-wal", "study.db-shm"] {
        let _ = std::fs::remove_file(world.home.path().join("var").join(name));
    }
    std::fs::write(&store, "no database, but somebody's").unwrap();
    // A secret that is noted as stored in a keyring, but there is no keyring.
    std::fs::write(world.home.path().join("var/keyring"), "TELEGRAM_BOT_TOKEN\n").unwrap();
    let report = world.status();
    assert!(report["store"]["problem"].as_str().expect("a problem").contains("not a database"), "{report:#}");
    assert!(world.found(&["status"]).contains("→ swf doctor"));
    std::fs::remove_file(&store).unwrap();
    assert!(world.found(&["status"]).contains("none yet"));
    std::fs::write(world.home.path().join("tracker_state.json"), "{").unwrap();
    world.ok(&["status"]);
    assert_eq!((world.telegram.requests().len(), world.telegram.connections()), (asked, 0));
}

#[test]
fn status_names_a_refused_post_and_how_to_go_on() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let _tracker = world.track();
    world.telegram.forbid_writing(world.group, true);
    world.pass(call, 13 * 3600);
    world.await_status("the post is refused", |status| !status["outbox"]["refused"][0].is_null());
    let report = world.status();
    assert!(report["outbox"]["refused"][0]["problem"].as_str().expect("why").contains("CHAT_WRITE_FORBIDDEN"));
    let screen = world.ok(&["status"]);
    assert!(screen.contains("1 refused; the board of 2033-05-18") && screen.contains("run: swf post"), "{screen}");
}

#[test]
fn a_healthy_home_passes_every_check() {
    let world = World::behind_the_system(2);
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, world.me);
    let _tracker = world.track();
    world.await_backup();
    world.ok(&["backup"]);
    let output = world.run(&["doctor"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let (_, report) = doctor(&world);
    for name in
        ["settings", "files", "disk", "store", "backup", "clock", "login", "group", "call", "posting", "tracker"]
    {
        assert_eq!(check(&report, name).0, "ok", "{name}: {report:#}");
    }
    assert_eq!(check(&report, "keyring").0, "skipped");
    let call_item = check(&report, "call").1;
    assert_eq!(call_item, "running, and can be seen");
    world.telegram.listeners_hidden(call, true);
    let (code, report) = doctor(&world);
    let (state, words) = check(&report, "call");
    assert_eq!((code, state.as_str()), (Some(0), "note"));
    assert!(words.contains("hides its listeners"), "{words}");
}

#[test]
fn every_check_is_made_whatever_the_others_say() {
    let world = World::new();
    world.configure("@studyhall", &[("SWF_TOP", "many"), ("SWF_POST_TIME", "noon")]);
    let (code, report) = doctor(&world);
    assert_eq!(code, Some(3));
    let (state, words) = check(&report, "settings");
    assert_eq!(state, "failed");
    assert!(words.contains("SWF_TOP is \"many\"") && words.contains("SWF_POST_TIME is \"noon\""), "{words}");
    // The other checks still run.
    assert_eq!(check(&report, "login").0, "ok");
    assert_eq!(check(&report, "group").0, "ok");
    assert_eq!(report["checks"].as_array().expect("checks").len(), 15);
    assert_eq!(
        report["failed"],
        report["checks"].as_array().unwrap().iter().filter(|one| one["state"] == "failed").count()
    );

    // No settings at all.
    std::fs::write(world.home.path().join(".env.local"), "").unwrap();
    let (code, report) = doctor(&world);
    assert_eq!(code, Some(3));
    assert!(check(&report, "login").1.contains("swf session qr"), "{report:#}");
    for name in ["group", "call", "posting"] {
        let (state, words) = check(&report, name);
        assert!(state == "skipped" && words.starts_with("skipped: "), "{name}: {report:#}");
    }
    assert_eq!(report["checks"].as_array().expect("checks").len(), 15);

    // Not even one line can be read.
    std::fs::write(world.home.path().join(".env.local"), "TG_STRING_SESSION='1secret\n").unwrap();
    let output = world.run(&["doctor"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output).contains(".env.local") && !text(&output).contains("1secret"), "{}", text(&output));
}

#[test]
fn what_telegram_says_of_login_group_and_rights_is_passed_on() {
    let world = World::new();
    let posting = || check(&doctor(&world).1, "posting");
    world.telegram.forbid_writing(world.group, true);
    assert!(posting().0 == "failed" && posting().1.contains("only admins may write"), "{:?}", posting());
    world.telegram.admin(world.group, world.me, true);
    assert_eq!(posting().0, "ok");
    world.telegram.admin(world.group, world.me, false);
    world.telegram.forbid_writing(world.group, false);
    world.telegram.ban(world.group, world.me, true);
    assert!(posting().0 == "failed" && posting().1.contains("may no longer write"), "{:?}", posting());
    world.telegram.ban(world.group, world.me, false);

    // The bot posts, so its rights are checked.
    let bot = world.telegram.person(Person::named("Board").username("board_bot").bot());
    let (token, login) = (world.telegram.bot_token(bot), world.telegram.signed_out_login_string());
    world.configure("@studyhall", &[("TELEGRAM_BOT_TOKEN", &token), ("TG_BOT_STRING_SESSION", &login)]);
    assert!(posting().0 == "failed" && posting().1.contains("Add the bot to the group."), "{:?}", posting());
    world.telegram.add_member(world.group, bot);
    assert_eq!(posting(), ("ok".into(), "the bot may write in the group".into()));

    world.configure("@nosuchgroup", &[("SWF_ALERT_TO", "@nobody_at_all")]);
    let (code, report) = doctor(&world);
    assert_eq!(code, Some(3));
    assert!(check(&report, "group").1.contains("there is no group with that name"), "{report:#}");
    assert_eq!(check(&report, "call").0, "skipped");
    assert!(
        check(&report, "alerts").1.contains("SWF_ALERT_TO is \"@nobody_at_all\": no person or group has that name"),
        "{report:#}"
    );
    world.telegram.faults().revoke(world.me);
    let login = check(&doctor(&world).1, "login");
    assert!(login.0 == "failed" && login.1.contains("swf session qr"), "{login:?}");
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn a_clock_that_is_ahead_and_a_dead_network_are_named() {
    let world = World::behind_the_system(600);
    let (code, report) = doctor(&world);
    assert_eq!(code, Some(3));
    let (state, words) = check(&report, "clock");
    assert!(state == "failed" && words.contains("10m ahead of Telegram's; Telegram refuses such requests"), "{words}");

    let world = World::new();
    world.telegram.faults().silence(true);
    let (code, report) = doctor(&world);
    assert_eq!(code, Some(3));
    assert!(check(&report, "clock").1.contains("does not answer"), "{report:#}");
    assert!(check(&report, "login").1.contains("no answer within 10 s"), "{report:#}");
    assert_eq!(check(&report, "store").0, "note");
}

#[cfg(unix)]
#[test]
fn files_that_others_can_read_and_a_damaged_store_are_named_with_the_way_back() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    world.track().kill();
    world.ok(&["backup"]);
    let file = world.home.path().join(".env.local");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    for name in ["study.db-wal", "study.db-shm"] {
        let _ = std::fs::remove_file(world.home.path().join("var").join(name));
    }
    std::fs::write(world.home.path().join("var/study.db"), "no database, but somebody's").unwrap();
    std::fs::write(world.home.path().join("var/keyring"), "TELEGRAM_2FA_PASSWORD\n").unwrap();
    let (code, report) = doctor(&world);
    assert_eq!(code, Some(3));
    let (state, words) = check(&report, "files");
    assert!(state == "failed" && words.contains(&format!("chmod 600 '{}'", file.display())), "{words}");
    let (state, words) = check(&report, "store");
    assert!(state == "failed" && words.contains("backup --restore"), "{words}");
    let (state, words) = check(&report, "keyring");
    assert!(state == "failed" && words.contains("TELEGRAM_2FA_PASSWORD"), "{words}");
    let (state, words) = check(&report, "tracker");
    assert!(state == "failed" && words.contains("ended unexpectedly"), "{words}");
}
