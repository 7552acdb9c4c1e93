use super::super::admin_world::World;
use super::*;
use crate::domain::Instant;
use crate::domain::post::message::EntityKind;
use crate::domain::words::Language;

const AT: Instant = Instant(1_800_000_000);

fn reply(world: &World, command: OldCommand) -> Reply {
    // The old answers are English, whatever the group's language is.
    world.ask(Language::Ru, |asking| old(asking, command, &world.config, AT).unwrap())
}

fn text(world: &World, command: OldCommand) -> String {
    let reply = reply(world, command);
    assert_eq!((reply.answers.len(), reply.effect), (1, None));
    reply.answers[0].message.text.clone()
}

#[test]
fn usages_and_unknown_words_are_answered_as_the_old_tracker_did() {
    let world = World::new("SWF_LANGUAGE=ru\n");
    for (command, answer) in [
        (OldCommand::AuditUsage, "Usage: .audit quick|full"),
        (OldCommand::LayoutUsage, "Usage: .layout audit|preview"),
        (OldCommand::UnknownLayout, "Unknown .layout command."),
        (OldCommand::Unknown, "Unknown admin command."),
        (OldCommand::LogsTail(50), "(log empty)"),
        (OldCommand::LayoutAudit, "FORMAT PASS (no changes)"),
    ] {
        assert_eq!(text(&world, command), answer);
    }
}

#[test]
fn post_now_is_scheduled() {
    let world = World::new("");
    let scheduled = reply(&world, OldCommand::PostNow);
    assert_eq!(scheduled.answers[0].message.text, "Manual leaderboard post scheduled.");
    assert_eq!(scheduled.effect, Some(Effect::Post { group: world.group, at: AT }));
}

#[test]
fn the_preview_is_the_post_itself() {
    let world = World::new("SWF_POST_LOOK=classic\nSWF_ANCHOR_DATE=2025-11-28\nSWF_MENTIONS=all\n");
    let answers = reply(&world, OldCommand::LayoutPreview).answers;
    let message = &answers[0].message;
    assert!(message.text.starts_with("📊 LEADERBOARD"), "{}", message.text);
    assert!(message.entities.iter().any(|entity| entity.kind == EntityKind::Bold));
    assert!(message.entities.iter().all(|entity| !matches!(entity.kind, EntityKind::Mention { .. })));
}

#[test]
fn a_summary_has_a_line_for_each_check_and_details_of_what_failed() {
    let world = World::new("");
    assert_eq!(text(&world, OldCommand::AuditQuick), "=== Audit Summary ===\n✅ LAYOUT: the post is in order");
    let check = |details: Vec<String>| Check { name: "LAYOUT".into(), good: "fine".into(), details };
    let one = summary(&[check(vec!["entity 3 is empty\n/post".into()])]).answers;
    assert_eq!(
        one[0].message.text,
        "=== Audit Summary ===\n❌ LAYOUT: 1 problem\nDetail: entity 3 is empty /\u{2060}post"
    );
    let many = summary(&[check((0..120).map(|n| format!("{n} {}", "x".repeat(200))).collect())]).answers;
    assert!(many.len() > 2 && many[0].message.text.contains("❌ LAYOUT: 120 problems"));
    assert!(many.iter().all(|part| part.message.text.chars().count() <= 3800));
    assert!(many.last().unwrap().message.text.ends_with("Detail: and 70 more"));
}

#[test]
fn the_end_of_the_log_comes_as_it_is() {
    let world = World::new("");
    world.log("one\ntwo\nthree\n");
    assert_eq!(text(&world, OldCommand::LogsTail(2)), "two\nthree");
}

#[test]
fn a_full_audit_also_checks_boards_and_the_setup() {
    let world = World::new("TELEGRAM_GROUP_USERNAME=@studyhall\n");
    let said = text(&world, OldCommand::AuditFull);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[..2], ["=== Audit Summary ===", "✅ LAYOUT: the post is in order"]);
    assert!(lines[2].starts_with("✅ AUDIT: ") && lines[2].ends_with("all add up"), "{said}");
    for (name, mark) in [("SETTINGS", "✅"), ("DISK", ""), ("STORE", "✅"), ("BACKUP", "❌"), ("ZONES", "✅")] {
        assert!(
            lines.iter().any(|line| line.starts_with(mark) && line.contains(&format!(" {name}: "))),
            "{name}: {said}"
        );
    }
    assert!(lines.contains(&"Detail: there is no copy of the store"), "{said}");
    world.meddle();
    let said = text(&world, OldCommand::AuditFull);
    assert!(said.contains("\n❌ AUDIT: ") && said.contains("\nDetail: stay of 1 at "), "{said}");
}
