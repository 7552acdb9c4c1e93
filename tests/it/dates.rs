//! Dates on the command line: absolute, or counted back from today.

use crate::home::World;

/// The commands that ask for a date, up to the option for it.
const COMMANDS: [&[&str]; 6] = [
    &["leaderboard", "--date"],
    &["leaderboard", "month", "--date"],
    &["why", "Ada", "--date"],
    &["export", "boards", "--since"],
    &["export", "stays", "--until"],
    &["backfill", "--dry-run", "--since"],
];

fn world() -> World {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    let tracker = world.track();
    world.pass(call, 1000);
    assert_eq!(tracker.stop(), Some(0));
    world
}

#[test]
fn dates_can_be_counted_back_from_today() {
    let world = world();
    let start = |period: &str, date: &str| {
        let board = world.json(&["leaderboard", period, "--json", "--date", date]);
        board["start"].as_str().unwrap()[..10].to_owned()
    };
    // Today is Wednesday, 18 May 2033.
    for (date, day, week, month) in [
        ("2033-05-11", "2033-05-11", "2033-05-09", "2033-05-01"),
        ("today", "2033-05-18", "2033-05-16", "2033-05-01"),
        ("yesterday", "2033-05-17", "2033-05-16", "2033-05-01"),
        ("last", "2033-05-17", "2033-05-09", "2033-04-01"),
        ("-1", "2033-05-17", "2033-05-09", "2033-04-01"),
        ("-2", "2033-05-16", "2033-05-02", "2033-03-01"),
    ] {
        assert_eq!(["day", "week", "month"].map(|period| start(period, date)), [day, week, month], "{date}");
    }
    assert_eq!(world.json(&["why", "Ada", "--date", "today", "--json"])["seconds"], 1000);
    let last = world.json(&["why", "Ada", "week", "--date", "last", "--json"]);
    assert_eq!(last["start"], "2033-05-09T00:00:00+05:00");
    for (since, lines) in [("-3", 2), ("today", 2)] {
        assert_eq!(world.ok(&["export", "stays", "--since", since, "--until=today"]).lines().count(), lines, "{since}");
    }
    assert_eq!(world.ok(&["export", "stays", "--until", "yesterday"]).lines().count(), 1);
    assert!(world.ok(&["backfill", "--since", "-3", "--dry-run"]).contains("last 3 days"));
}

#[test]
fn what_is_no_date_is_refused_with_the_flag_and_an_example() {
    let world = world();
    for bad in ["", "tomorrow", "0000-00-00", "-999-01-01", "+12026-11-03", "2033-02-30", "-", "-10000", "--json"] {
        for command in COMMANDS {
            let output = world.run(&[command, &[bad]].concat());
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{command:?} {bad}: {text}");
            let flag = format!("'{} <DATE>'", command.last().unwrap());
            for words in [bad, &flag, "YYYY-MM-DD, e.g. 2026-11-22", "yesterday"] {
                assert!(text.contains(words), "{command:?} {bad}: {text}");
            }
        }
    }
}

#[test]
fn every_date_of_the_calendar_has_an_honest_answer() {
    let world = world();
    for date in ["0001-01-01", "9999-12-31", "1969-12-31", "-9999", "2033-05-19"] {
        for command in COMMANDS {
            let output = world.run(&[command, &[date]].concat());
            let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            // Nobody can post the boards of a day to come.
            let expected = if text.contains("is in the future") { 2 } else { 0 };
            assert_eq!(output.status.code(), Some(expected), "{command:?} {date}: {text}");
            assert!(!text.contains("panicked") && !text.contains("No study time"), "{command:?} {date}: {text}");
        }
    }
    assert!(world.ok(&["leaderboard", "--date", "0001-01-01"]).contains("not in use yet"));
    assert!(world.ok(&["leaderboard", "--date", "9999-12-31"]).contains("has not begun"));
}
