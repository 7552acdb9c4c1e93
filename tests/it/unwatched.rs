//! Time in which no tracker ran is said, and never shown as zero (rules §2.16).

use swf::domain::roster::Observed;
use swf::domain::{Instant, PeerId, Span};
use swf::store::{Access, Store};

use crate::home::World;

const DAY: i64 = 86_400;

/// CASES S2 and S3: a tracker ran on one day, was off for three, and ran again.
#[test]
fn days_without_a_tracker_are_said_everywhere() {
    let world = World::new();
    let path = world.home.path().join("var/study.db");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut store = Store::open(&path, Access::Write).unwrap();
    let group = store.group(PeerId(world.group), None, "Study Hall", Some("studyhall"), PeerId(world.me)).unwrap();
    // Midnight in Tashkent of Tuesday, 18 November 2025.
    let start = 1_763_406_000;
    for (from, to) in [(start, start + DAY), (start + 4 * DAY, start + 40 * DAY)] {
        let watched = Some(Span::new(Instant(from), Instant(to)));
        store.record(group, &Observed { watched, ..Observed::new(Instant(to)) }, &[]).unwrap();
    }
    drop(store);
    let text = |args: &[&str]| world.ok(args);
    let json = |period: &str, date: &str| world.json(&["leaderboard", period, "--date", date, "--json"]);
    assert_eq!(json("day", "2025-11-20")["unwatched_seconds"], DAY);
    assert_eq!(json("day", "2025-11-18")["unwatched_seconds"], 0);
    assert_eq!(json("week", "2025-11-20")["unwatched_seconds"], 3 * DAY);
    assert_eq!(json("day", "2025-11-17")["unwatched_seconds"], 0);
    let unwatched = text(&["leaderboard", "--date", "2025-11-20"]);
    assert!(unwatched.contains("swf was not running") && !unwatched.contains("No study time"), "{unwatched}");
    assert!(text(&["leaderboard", "week", "--date", "2025-11-20"]).contains("swf was not running for 72h 00m"));
    let before = text(&["leaderboard", "--date", "2025-11-17"]);
    assert!(
        before.contains("not in use yet") && before.contains("2025-11-18") && !before.contains("final"),
        "{before}"
    );
    let ahead = text(&["leaderboard", "--date", "2099-01-01"]);
    assert!(ahead.contains("has not begun") && !ahead.contains("final"), "{ahead}");
    assert_eq!(json("day", "2099-01-01")["final"], false);
}
