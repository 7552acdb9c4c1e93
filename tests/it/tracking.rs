//! A call is watched, and the time is right.

use crate::home::{START, World};

#[test]
fn somebody_who_joined_before_the_tracker_has_all_of_their_time() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 2400);
    world.telegram.freeze();
    let now = world.telegram.now();
    let tracker = world.track();
    assert_eq!(world.seconds(), [(ada, now - (START - 2400))]);
    let board = world.today();
    assert_eq!(board["entries"][0]["in_call"], true);
    assert_eq!(board["entries"][0]["proved_seconds"], board["entries"][0]["seconds"]);
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}
