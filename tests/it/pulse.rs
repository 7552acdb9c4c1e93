//! `swf pulse` (rules §5.12): numbers without names, of the weeks that were seen.

use swf::domain::people::{Known, Profile};
use swf::domain::roster::{End, Fact, Observed};
use swf::domain::{CallId, Instant, PeerId, Span};
use swf::store::{Access, Store};

use crate::home::{START, World};

const DAY: i64 = 86_400;

/// Three weeks in which twelve people study each evening, six of them on two days of each week only; and nobody watches
/// after that.
fn three_weeks(world: &World) {
    let mut store = Store::open(&world.home.path().join("var/study.db"), Access::Write).expect("the store opens");
    let group = store.groups().expect("the store can be read")[0].key;
    let (first, end) = (START - 28 * DAY, START - DAY);
    let mut facts = Vec::new();
    for day in 0..27 {
        let (call, from) = (CallId(day + 1), Instant(first + day * DAY));
        facts.push(Fact::Following { call, at: from });
        for peer in (101..113).filter(|peer| peer % 2 == 0 || day % 7 < 2) {
            let peer = PeerId(peer);
            facts.push(Fact::Opened { call, peer, joined: from, from, seen: from });
            facts.push(Fact::Closed { call, peer, from, to: from + 3600, end: End::Left });
        }
        facts.push(Fact::Confirmed { call, at: from + 3600 });
        facts.push(Fact::Ended { call, at: from + 3600, watched: true });
    }
    let person = |peer| Known {
        profile: Profile { name: format!("Person {peer}"), ..Profile::unknown(PeerId(peer)) },
        access_hash: None,
    };
    let people = (101..113).map(person).collect();
    let watched = Some(Span::new(Instant(first), Instant(end)));
    let seen = Observed { facts, people, watched, ..Observed::new(Instant(end)) };
    store.record(group, &seen, &[]).expect("the store can be written");
}

/// The tracker stores what the settings are, and each change that it takes up, once.
#[test]
fn changed_settings_are_logged() {
    let world = World::new();
    assert_eq!(world.track_without_posting().stop(), Some(0));
    world.configure("@studyhall", &[("SWF_TOP", "3"), ("SWF_ALERT_TO", "12345")]);
    world.telegram.advance(60);
    let tracker = world.track_without_posting();
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(world.track_without_posting().stop(), Some(0));
    let around = world.json(&["pulse", "--around", "today", "--json"]);
    let changes = around["changed_settings"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{around}");
    let change = &changes[0];
    assert_eq!(
        (&change["name"], &change["before"], &change["after"]),
        (&"SWF_TOP".into(), &serde_json::Value::Null, &"3".into())
    );
    let text = world.ok(&["pulse", "--around", "today"]);
    assert!(text.contains("SWF_TOP not set → 3") && !text.contains("SWF_ALERT_TO"), "{text}");
}

#[test]
fn the_pulse_has_numbers_and_no_names() {
    let world = World::new();
    assert_eq!(world.track_without_posting().stop(), Some(0));
    three_weeks(&world);
    let pulse = world.json(&["pulse", "--weeks", "4", "--json"]);
    let counted: Vec<_> = pulse["weeks"].as_array().unwrap().iter().filter(|week| week["left_out"].is_null()).collect();
    assert!(counted.len() >= 2, "{pulse}");
    assert!(counted.iter().all(|week| week["people"] == 12 && week["regulars"] == 6), "{pulse}");
    assert_eq!((&pulse["summary"]["regulars"], &pulse["hiding"]), (&6.into(), &serde_json::Value::Null));
    let text = world.ok(&["pulse"]);
    assert!(text.contains("left out: before swf watched the group") && text.contains("regulars"), "{text}");
    assert!(!text.contains("Person"), "{text}");
    let around = world.json(&["pulse", "--around", "-14", "--json"]);
    assert!(around["before"]["summary"]["weeks"].is_u64() && around["after"]["weeks"].is_array(), "{around}");
    let text = world.ok(&["pulse", "--around", "-14"]);
    assert!(text.contains("Before: ") && text.contains("After: "), "{text}");
    for (wrong, said) in [
        (&["pulse", "--weeks", "0"][..], "0 is not in 1..=104"),
        (&["pulse", "--around", "2099-01-01"], "--around 2099-01-01 is later than today"),
        (&["pulse", "--weeks", "3", "--around", "-7"], "cannot be used with"),
    ] {
        let output = world.run(wrong);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(said), "{output:?}");
    }
}
