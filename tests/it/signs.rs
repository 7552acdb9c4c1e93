//! Signs of life in the call, as Telegram shows them (rules §2.25).

use swf::domain::PeerId;
use swf::store::Access;

use crate::home::{START, World};

/// When somebody gave signs, in seconds since the start.
fn signs(world: &World, person: i64) -> Vec<i64> {
    let (store, group) = world.store(Access::Read);
    store.signs_of(group, PeerId(person)).unwrap().iter().map(|at| at.0 - START).collect()
}

#[test]
fn what_people_do_in_the_call_is_stored_and_being_there_is_not() {
    let world = World::new();
    world.configure("@studyhall", &[("SWF_SILENCE", "record")]);
    let (ada, bob) = (world.member("Ada"), world.member("Bob"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    world.telegram.join(call, bob);
    let tracker = world.track_without_posting();
    world.await_look();
    let telegram = &world.telegram;
    // Each is a sign: what was there before was seen in the first read.
    let acts: [&dyn Fn(); 9] = [
        &|| telegram.mute(call, ada),
        &|| telegram.unmute(call, ada),
        &|| telegram.raise_hand(call, ada),
        &|| telegram.lower_hand(call, ada),
        &|| telegram.video(call, ada, true),
        &|| telegram.video(call, ada, false),
        &|| telegram.screen(call, ada, true),
        &|| telegram.screen(call, ada, false),
        &|| telegram.speak(call, ada),
    ];
    for act in acts {
        telegram.advance(700);
        act();
        // Somebody else's update confirms the roster: a word of speech has no version.
        telegram.leave(call, bob);
        telegram.join(call, bob);
        world.await_look();
    }
    let expected: Vec<i64> = (1..=9).map(|act| act * 700).collect();
    assert_eq!((signs(&world, ada), signs(&world, bob)), (expected, vec![]));
    // An open microphone gives no further sign, and two at once are one.
    for _ in 0..3 {
        telegram.advance(700);
        telegram.speak(call, ada);
        telegram.mute(call, bob);
        telegram.unmute(call, bob);
        world.await_look();
    }
    assert_eq!((signs(&world, ada).len(), signs(&world, bob)), (9, vec![7000, 7700, 8400]));
    assert_eq!(tracker.stop(), Some(0));
    let folder = world.home.path().join("for-ada");
    world.ok(&["person", "export", "ada", "-o", folder.to_str().unwrap()]);
    let person = std::fs::read_to_string(folder.join("person.json")).unwrap();
    let person: serde_json::Value = serde_json::from_str(&person).unwrap();
    assert_eq!(person["signs_of_life"].as_array().unwrap().len(), 9);
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn without_the_setting_nothing_is_stored_and_no_credited_second_differs() {
    let seconds = ["off", "record"].map(|setting| {
        let world = World::new();
        world.configure("@studyhall", &[("SWF_SILENCE", setting)]);
        let ada = world.member("Ada");
        let call = world.telegram.start_call(world.group);
        world.telegram.join(call, ada);
        let tracker = world.track_without_posting();
        world.telegram.advance(700);
        world.telegram.video(call, ada, true);
        world.await_look();
        world.telegram.advance(700);
        world.telegram.video(call, ada, false);
        world.await_look();
        assert_eq!(tracker.stop(), Some(0));
        assert_eq!(signs(&world, ada).is_empty(), setting == "off");
        world.seconds().iter().map(|(_, seconds)| *seconds).collect::<Vec<_>>()
    });
    assert_eq!(seconds, [vec![1400], vec![1400]]);
}
