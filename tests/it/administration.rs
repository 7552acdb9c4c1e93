//! Settings of an administrator: where backups of the store go, and the form of the log.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::home::World;

/// Whether the organiser received a message with these words.
fn told(world: &World, words: &str) -> bool {
    world.telegram.messages(world.me).iter().any(|message| message.text.contains(words))
}

fn set_command(world: &World, command: &str) {
    world.configure("@studyhall", &[("SWF_BACKUP_COMMAND", command)]);
    let file = world.home.path().join(".env.local");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn copies_go_elsewhere_and_the_organiser_learns_when_that_fails_and_works_again() {
    let world = World::new();
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, world.member("Ada"));
    set_command(&world, "exit 3");
    let tracker = world.track();
    world.await_that("the failure is told", || told(&world, "SWF_BACKUP_COMMAND failed: ended with exit code 3"));
    assert_eq!(tracker.stop(), Some(0));

    let elsewhere = world.home.path().join("elsewhere.db");
    set_command(&world, &format!("cp \"$1\" \"{0}.part\" && mv \"{0}.part\" \"{0}\"", elsewhere.display()));
    let tracker = world.track();
    world.await_that("it is told that it works again", || told(&world, "SWF_BACKUP_COMMAND works again"));
    assert_eq!(tracker.stop(), Some(0));
    assert!(swf::store::is_ours(&elsewhere));
}

#[test]
fn a_log_in_json_has_an_object_on_each_line() {
    let world = World::new();
    world.configure("@studyhall", &[("SWF_LOG_FORMAT", "json"), ("SWF_LOG_TIMES", "local"), ("SWF_LOG", "debug")]);
    let tracker = world.track();
    assert_eq!(tracker.stop(), Some(0));
    let folder = world.home.path().join("var/log");
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let text: String = files.collect();
    assert!(text.lines().count() > 2, "{text}");
    for line in text.lines() {
        let object: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let has_texts = ["level", "message", "target"].iter().all(|key| object[key].is_string());
        // The log uses the zone of the group.
        let time = object["timestamp"].as_str().unwrap_or_default();
        assert!(has_texts && time.ends_with("+05:00"), "{line}");
    }
}
