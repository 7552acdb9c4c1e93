//! Settings that change the contents of a board.

use crate::home::{START, World};

/// Writes `text` to a file in the home.
fn write(world: &World, name: &str, text: &str) {
    std::fs::write(world.home.path().join(name), text).expect("the home can be written to");
}

/// A world in which Ada has studied for a day and an hour, and yesterday's board is due.
fn a_day() -> World {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 3600);
    let tracker = world.track_without_posting();
    world.pass(call, 86_400);
    assert_eq!(tracker.stop(), Some(0));
    // A short run of a tracker stores Telegram's clock.
    assert_eq!(world.track_without_posting().stop(), Some(0));
    world
}

#[test]
fn anchored_periods_praise_and_quotes_reach_the_post_and_everything_adds_up() {
    let world = a_day();
    let anchored = [("SWF_PERIODS", "anchored"), ("SWF_ANCHOR_DATE", "2033-05-12")];
    let files = [("SWF_PRAISE_FILE", "praise.txt"), ("SWF_QUOTES_FILE", "quotes.txt")];
    world.configure("@studyhall", &[anchored, files].concat());
    write(&world, "praise.txt", "\u{feff}# kind words\r\nBravo!\r\n");
    write(&world, "quotes.txt", "Little by little.\n");

    let posts = world.json(&["post", "--dry-run", "--json"]);
    let text = posts["would_post"][0]["text"].as_str().expect("yesterday's post is owed");
    for words in ["DAY 7 · Wednesday 18 May", "WEEK 1 · 12–18 May", "MONTH 1 up to then · 12–18 May", "\nBravo!\n"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(text.ends_with("\n\nLittle by little."), "{text}");
    // The next date begins a week, but not a month.
    assert!(world.ok(&["leaderboard", "week"]).contains("\nWEEK 2 · 19–25 May · Asia/Tashkent"));
    let seconds =
        |period, date| world.json(&["leaderboard", period, "--date", date, "--json"])["total_seconds"].clone();
    assert_eq!(seconds("month", "2033-05-19"), 3600 + 86_400);
    assert_eq!(seconds("week", "2033-05-18"), seconds("day", "2033-05-18"));
    assert_eq!(seconds("week", "2033-05-19"), seconds("day", "2033-05-19"));
    // Two days, two weeks, one month, one year.
    assert_eq!(world.json(&["audit", "--json"])["boards"], 6);
}

#[test]
fn own_texts_reach_the_post_and_a_bad_file_of_them_keeps_no_post_back() {
    let world = a_day();
    let board = ("SWF_BOARD", "days");
    world.configure("@studyhall", &[("SWF_LANGUAGE", "uz"), ("SWF_WORDS_FILE", "words.toml"), board]);
    write(&world, "words.toml", "title = '🎓 {group}!'\n[period]\nday = 'Bugun'\n");
    let preview = || world.json(&["post", "--now", "--dry-run", "--json"])["would_post"][0]["text"].clone();
    let text = preview().as_str().expect("a text").to_owned();
    // The first line names the leader.
    let second_line = text.lines().nth(1).unwrap_or_default();
    assert!(text.starts_with("🥇 ") && second_line.ends_with(" · 🎓 \u{2068}Study Hall\u{2069}!"), "{text}");
    assert!(text.contains("\u{2069} · 2 kun · 25 soat 00 daq"), "{text}");
    write(&world, "words.toml", "title = 5\n");
    let output = world.run(&["post"]);
    assert!(output.status.success(), "{output:?}");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("SWF_WORDS_FILE") && error.contains("has a title that is not a text in quotes"), "{error}");
    let messages = world.telegram.messages(world.group);
    assert!(messages.len() == 1 && messages[0].text.contains(" · \u{2068}Study Hall\u{2069}\n"), "{messages:?}");
}

/// CASES F2.
#[test]
fn what_the_running_tracker_cannot_take_up_is_said() {
    let world = World::new();
    let tracker = world.track();
    let restart_for = |status: &serde_json::Value| status["tracker"]["restart_for"].clone();
    assert_eq!(restart_for(&world.status()), serde_json::json!([]));
    let file = world.home.path().join(".env.local");
    let before = std::fs::read_to_string(&file).unwrap();
    // The last line with a name counts.
    let change = |lines: &str| std::fs::write(&file, format!("{before}{lines}")).unwrap();
    // Only settings that the tracker can't apply need a restart, and not another name of the same group.
    change("TELEGRAM_GROUP_USERNAME=https://t.me/studyhall\nSWF_TOP=3\nSWF_LOG=debug\n");
    world.await_status("SWF_LOG alone", |status| restart_for(status) == serde_json::json!(["SWF_LOG"]));
    change("TELEGRAM_GROUP_USERNAME=@elsewhere\n");
    world.await_status("another group", |status| restart_for(status) == serde_json::json!(["TELEGRAM_GROUP_USERNAME"]));
    let status = world.ok(&["status"]);
    assert!(status.contains("restart the tracker to apply TELEGRAM_GROUP_USERNAME"), "{status}");
    assert!(world.log().contains("restart the tracker to apply TELEGRAM_GROUP_USERNAME"), "{}", world.log());
    change("");
    world.await_status("the old group", |status| restart_for(status) == serde_json::json!([]));
    assert_eq!(tracker.stop(), Some(0));
}

#[test]
fn a_missing_file_of_praise_is_named_but_keeps_no_post_back() {
    let world = a_day();
    world.configure("@studyhall", &[("SWF_PRAISE_FILE", "praise.txt")]);
    let output = world.run(&["post"]);
    assert!(output.status.success(), "{output:?}");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("SWF_PRAISE_FILE") && error.contains("praise.txt can't be read"), "{error}");
    assert_eq!(world.telegram.messages(world.group).len(), 1);
}

#[cfg(unix)]
#[test]
fn a_variable_of_swf_that_is_not_unicode_ends_every_command_and_others_are_skipped() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let world = World::new();
    let odd = OsStr::from_bytes(b"Europe/\xff");
    for name in ["SWF_HOME", "SWF_TIMEZONE", "CRON_SECRET"] {
        let output = world.command(&["status"]).env(name, odd).output().expect("swf runs");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(78), "{text}");
        assert!(text.contains(&format!("{name} in the environment is not UTF-8 text")), "{text}");
    }
    let output = world.command(&["status"]).env("OTHER", odd).output().expect("swf runs");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}
