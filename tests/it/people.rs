//! Streaks, goals and records on the command line (rules §2.19–21).

use serde_json::Value;
use swf::store::{Access, Store};

use crate::home::{START, World};

fn streak_of(world: &World, name: &str) -> Value {
    world.json(&["why", name, "--json"])["streak"].clone()
}

#[test]
fn a_persons_streak_goal_and_records_are_shown_and_kept_private_until_they_choose() {
    let world = World::new();
    let (ada, phone, bob) = (world.member("Ada Lovelace"), world.member("Phone"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 1400);
    world.telegram.join_at(call, bob, START - 600);
    world.telegram.join_at(call, phone, START - 10);
    let tracker = world.track();
    world.pass(call, 99);
    // One second below the threshold.
    assert_eq!(
        (streak_of(&world, "ada")["days"].as_u64(), streak_of(&world, "ada")["at_risk"].as_bool()),
        (Some(0), Some(false))
    );
    world.pass(call, 1);
    assert_eq!(streak_of(&world, "ada")["days"], 1);
    let listed = world.json(&["streaks", "--json"]);
    assert_eq!(listed["active_seconds"], 1500);
    let people: Vec<&Value> = listed["people"].as_array().unwrap().iter().collect();
    assert_eq!((people.len(), &people[0]["user_id"], &people[0]["streak"]["days"]), (1, &ada.into(), &1.into()));
    let table = world.ok(&["streaks"]);
    assert!(table.contains("Ada Lovelace") && !table.contains("Bob") && table.contains("25m"), "{table}");

    let set = world.ok(&["goal", "set", "lovelace", "10h"]);
    assert!(set.contains("Ada Lovelace") && set.contains("10h 00m a week"), "{set}");
    assert_eq!(world.json(&["why", "ada", "--json"])["goal"]["goal_seconds"], 36_000);
    let goals = world.json(&["goal", "list", "--json"]);
    assert_eq!((&goals["people"][0]["user_id"], &goals["people"][0]["goal"]["seconds"]), (&ada.into(), &1500.into()));
    for wrong in ["10", "200h", "never"] {
        let output = world.run(&["goal", "set", "ada", wrong]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("e.g. 10h or 7h30m; or off"), "{output:?}");
    }
    assert_eq!(world.json(&["why", "ada", "--json"])["shows_streak"], false);
    world.ok(&["streaks", "show", "ada", "on"]);
    // A choice applies to the person, and moves to the account that stands for them.
    world.ok(&["alias", "add", &phone.to_string(), &ada.to_string()]);
    let person = world.json(&["why", "phone", "--json"]);
    assert_eq!((&person["shows_streak"], &person["goal"]["goal_seconds"]), (&true.into(), &36_000.into()));
    world.ok(&["goal", "set", "ada", "off"]);
    world.ok(&["streaks", "show", "phone", "off"]);
    world.ok(&["alias", "remove", &ada.to_string()]);
    let person = world.json(&["why", "ada", "--json"]);
    assert_eq!((&person["shows_streak"], &person["goal"]), (&false.into(), &Value::Null));
    let text = world.ok(&["why", "ada"]);
    assert!(text.contains("Streak: 1 day"), "{text}");
    assert!(!world.ok(&["why", "phone"]).contains("Streak"));

    // A day without a tracker does not end a streak; it is final once a tracker runs again.
    assert_eq!(tracker.stop(), Some(0));
    world.telegram.end_call(call);
    world.telegram.advance(2 * 86_400);
    assert_eq!(world.track().stop(), Some(0));
    let kept = world.json(&["why", "ada", "--json"]);
    assert_eq!((&kept["streak"]["days"], &kept["streak"]["freezes"]), (&1.into(), &0.into()));
    assert_eq!((&kept["records"]["day"]["seconds"], &kept["records"]["day"]["before"]), (&1500.into(), &Value::Null));
    // The tracker has built the index.
    let store = Store::open(&world.home.path().join("var/study.db"), Access::Read).unwrap();
    assert!(store.has_person_index().unwrap());
}
