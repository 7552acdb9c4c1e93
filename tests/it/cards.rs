//! Pictures on the command line.

use std::process::Output;

use crate::home::{START, World};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn boards_and_people_become_pictures() {
    let world = World::new();
    let ada = world.member("Ada <b>&amp;");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 1400);
    let tracker = world.track();
    world.pass(call, 600);
    for period in ["day", "week", "month", "year", "ada"] {
        let output = world.run(&["card", period, "-o", "-", "--dark"]);
        assert!(output.status.success() && output.stdout.starts_with(PNG), "{period}: {}", error(&output));
    }
    let svg = world.ok(&["card", "-o", "-", "--svg"]);
    assert!(svg.contains(">Ada &lt;b&gt;&amp;amp;<") && svg.contains("33m"), "{svg}");
    let earlier = world.ok(&["card", "week", "--date", "last", "-o", "-", "--svg"]);
    assert!(!earlier.contains("Ada") && svg.contains("Today"), "{earlier}");
    let person = world.ok(&["card", "ada", "--date", "2001-01-01", "-o", "-", "--svg"]);
    assert!(person.contains(">Ada &lt;b") && person.contains("place 1 of 1"), "{person}");

    let file = world.home.path().join("card.png");
    let said = world.ok(&["card", "day", "-o", file.to_str().unwrap()]);
    assert!(said.contains("1080 × "), "{said}");
    assert!(std::fs::read(&file).unwrap().starts_with(PNG));
    assert_eq!(tracker.stop(), Some(0));
}

#[test]
fn what_can_not_be_drawn_is_said() {
    let world = World::new();
    let tracker = world.track();
    assert_eq!(tracker.stop(), Some(0));
    let wrong = |args: &[&str], code: i32, says: &str| {
        let output = world.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
        assert!(error(&output).contains(says), "{args:?}: {output:?}");
    };
    wrong(&["card"], 2, "--output <FILE>");
    wrong(&["card", "day", "-o", "-", "--top", "51"], 2, "from 1 to 50");
    wrong(&["card", "nobody", "-o", "-"], 1, "no person named \"nobody\"");
    wrong(&["card", "nobody", "-o", "-", "--top", "5"], 2, "--top is only for a board");
    // Standard output is not a terminal here.
    wrong(&["card", "--show"], 1, "--show needs a terminal");
    let nowhere = world.home.path().join("nowhere/card.png");
    wrong(&["card", "-o", nowhere.to_str().unwrap()], 1, "nowhere");
    let credits = world.ok(&["card", "--credits"]);
    assert!(credits.contains("Noto Sans") && credits.contains("CC BY 4.0"), "{credits}");
    assert!(credits.contains("PERMISSION & CONDITIONS"), "{credits}");
}
