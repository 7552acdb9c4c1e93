use super::super::admin_world::{BOB, GROUP, NASTY, World, at, person};
use super::*;
use crate::app::posts::ManualRequest;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::chat::ButtonAction;
use crate::domain::live::{Blind, Connection, Outage, StoreProblem, Wait};
use crate::domain::people::Profile;
use crate::domain::post::delivery::{Operation, Verdict};
use crate::domain::post::message::Entity;
use crate::domain::post::problem::Code;
use crate::domain::roster::{BlindReason, Fact, Observed};
use crate::domain::words::Language;
use crate::domain::{CallId, PeerId, Span};
use crate::store::{Claimant, Queued, Settlement};

/// The whole answer, with isolates made visible, and with entities and buttons below.
fn shown(answer: &Answer) -> String {
    let units: Vec<u16> = answer.message.text.encode_utf16().collect();
    let of = |entity: &Entity| String::from_utf16(&units[entity.offset..entity.offset + entity.length]).unwrap();
    let entities = answer.message.entities.iter().map(|entity| format!("\n{:?}: {}", entity.kind, of(entity)));
    let buttons = answer.buttons.0.iter().flatten().map(|button| match &button.action {
        ButtonAction::Press(press) => format!("\n[{}] {press}", button.label),
        ButtonAction::Url(url) => format!("\n[{}] {url}", button.label),
    });
    let all = format!("{}\n---{}{}", answer.message.text, entities.collect::<String>(), buttons.collect::<String>());
    all.replace(text::ISOLATE.0, "⟨").replace(text::ISOLATE.1, "⟩").replace('\u{2060}', "~")
}

/// The answer in every language.
fn in_all(world: &World, answer: impl Fn(&Asking) -> Answer) -> String {
    let one = |language: Language| {
        format!("== {}\n{}\n", language.code(), world.ask(language, |asking| shown(&answer(asking))))
    };
    Language::ALL.map(one).concat()
}

fn first(reply: &Reply) -> String {
    shown(&reply.answers[0])
}

/// Stores a manual post that waits.
fn queued(world: &mut World) -> Delivery {
    let group = world.row();
    let now = ReadTime { at: world.now - 120, tracked_since: None };
    let request = ManualRequest::Command { again: true };
    let settings = world.config.group().clone();
    let queued = posts::queue_now(&mut world.store, &settings, &group, request, None, false, now).unwrap();
    let (Queued::New(row) | Queued::Already(row)) = queued;
    row
}

/// Makes an attempt to send a row that ends with `verdict`.
fn settle(world: &mut World, id: i64, verdict: Verdict) {
    let by = Claimant { account: Some(PeerId(999)), route: None, lease: 60, asked: true };
    world.store.claim(id, by, world.now - 110).unwrap();
    let made_nothing = matches!(verdict, Verdict::Refused { .. });
    let operation = Operation::Send;
    let content_hash = "hash".into();
    let settlement =
        Settlement { id, operation, idempotency_key: None, content_hash, route: None, made_nothing, verdict };
    world.store.settle(&settlement).unwrap();
}

fn sent(world: &mut World) -> Delivery {
    let row = queued(world);
    let at = world.now - 100;
    settle(world, row.id, Verdict::Done { at, message_id: Some(77), chat: Some(GROUP) });
    world.store.delivery(row.id).unwrap()
}

fn refused(world: &mut World) -> Delivery {
    let row = queued(world);
    settle(world, row.id, Verdict::Refused { problem: Problem::new(Code::Telegram, "CHAT_RESTRICTED") });
    world.store.delivery(row.id).unwrap()
}

#[test]
fn a_post_is_confirmed_by_who_asked_for_it() {
    let mut world = World::new("");
    insta::assert_snapshot!("post_question", in_all(&world, |asking| post_question(asking).unwrap()));
    let by = |author| {
        let buttons = world.ask(Language::En, |asking| post_question(&Asking { author, ..*asking }).unwrap().buttons);
        buttons.0[0].iter().map(|button| button.action.clone()).collect::<Vec<_>>()
    };
    let press = |press: Press| ButtonAction::Press(press.write());
    for (author, by_whom) in
        [(Author::Person(BOB), Confirmer::Person(BOB)), (Author::AnonymousAdmin, Confirmer::AnyAdmin)]
    {
        let expected = [Press::Post { group: world.group.0, by: by_whom }, Press::Cancel { by: by_whom }].map(press);
        assert_eq!(by(author), expected);
    }
    let at = world.now;
    let reply = world.ask(Language::En, |asking| post(asking, at));
    assert_eq!(reply.effect, Some(Effect::Post { group: world.group, at }));
    assert_eq!(first(&reply), "The post is on its way.\n---");
    assert_eq!(world.ask(Language::En, |asking| shown(&cancelled(asking))), "Cancelled. Nothing was done.\n---");
    // In a pause, and with the same standings in the group: the answer says both, and the post is still possible.
    world.set("SWF_PAUSE=2026-11-20..2026-11-30\n");
    sent(&mut world);
    insta::assert_snapshot!("post_question_again", in_all(&world, |asking| post_question(asking).unwrap()));
}

#[test]
fn a_preview_is_the_post_with_its_formatting_and_notifies_nobody() {
    let world = World::new("SWF_MENTIONS=all\nSWF_PRAISE_FILE=off\nSWF_QUOTES_FILE=off\n");
    let (answer, post) = world.ask(Language::En, |asking| {
        let post = posts::preview(asking.store, asking.settings, asking.group, asking.now).unwrap();
        (preview(asking).unwrap(), post)
    });
    insta::assert_snapshot!("preview", shown(&answer));
    assert!(post.entities.iter().all(|entity| !matches!(entity.kind, EntityKind::Mention { .. })));
    let faults = world.ask(Language::En, |asking| {
        posts::layout_faults(asking.store, asking.settings, asking.group, PostKind::Daily, asking.now).unwrap()
    });
    assert_eq!(faults, []);
    // A post that fills the message has no heading.
    let long = Message { text: "x".repeat(MAX_UNITS - 5), entities: Vec::new() };
    assert_eq!(with_heading("Preview", long.clone()), long);
}

#[test]
fn a_preview_of_a_picture_is_one_and_says_all_where_pictures_are_not_allowed() {
    let picture = World::new("SWF_POST_STYLE=card\n").ask(Language::En, |asking| preview(asking).unwrap());
    assert!(picture.message.text.starts_with("👁 ") && picture.attachment.is_some());
    assert!(picture.message.text.encode_utf16().count() <= MAX_CAPTION_UNITS);
    let text = World::new("").ask(Language::En, |asking| preview(asking).unwrap());
    assert_eq!((text.attachment.is_some(), picture.into_text()), (false, text));
}

#[test]
fn the_status_fits_on_a_phone() {
    let mut world = World::new("");
    let status_of = |world: &World| in_all(world, |asking| status(asking).unwrap());
    insta::assert_snapshot!("status", status_of(&world));
    // All problems at once.
    refused(&mut world);
    sent(&mut world);
    queued(&mut world);
    let now = world.now;
    world.view.connection = Connection::FloodWait;
    world.view.wait = Some(Wait { until: now + 40, reason: Some("too many requests".into()) });
    world.view.outage = Some(Outage { since: Some(now - 300), reason: NASTY.into() });
    world.view.store_problem = Some(StoreProblem { reason: "disk full\n/post".into(), buffered: 12 });
    world.view.groups[0].next_post = None;
    let call = world.view.groups[0].call.as_mut().unwrap();
    call.blind = Some(Blind { since: now - 300, reason: BlindReason::Offline });
    insta::assert_snapshot!("status_bad", status_of(&world));
    world.set("SWF_PAUSE=2026-11-20..\n");
    world.view.groups[0].call = None;
    world.view.groups[0].watched = None;
    let said = world.ask(Language::En, |asking| shown(&status(asking).unwrap()));
    assert!(said.contains("Call: none is running") && said.contains("Next post: none until the pause ends"), "{said}");
    assert!(said.contains("the group was not seen yet"), "{said}");
}

#[test]
fn the_status_of_a_group_is_not_that_of_another() {
    let mut world = World::new("");
    let mut other = world.view.groups[0].clone();
    other.peer = Some(PeerId(-1002));
    other.call = None;
    world.view.groups.insert(0, other);
    let (said, inside) = world.ask(Language::En, |asking| (shown(&status(asking).unwrap()), shown(&who(asking))));
    assert!(said.contains("2 people in it") && inside.contains("In the call: 2 people"), "{said} {inside}");
}

#[test]
fn who_is_in_the_call_names_thirty_people_and_counts_the_others() {
    let mut world = World::new("");
    insta::assert_snapshot!("who", in_all(&world, who));
    let now = world.now;
    let crowd =
        (1..=45).map(|id| person(PeerId(id), if id % 2 == 0 { "Ali" } else { NASTY }, at("18:30:00") - id, now));
    world.view.groups[0].call.as_mut().unwrap().people = crowd.collect();
    let said = world.ask(Language::En, who);
    let lines: Vec<&str> = said.message.text.lines().collect();
    assert_eq!((lines[0], lines.len(), lines[31]), ("In the call: 45 people", 32, "and 15 more"));
    assert!(lines[1].contains("(…45)") && lines[2].contains("Ali (…44)"), "{lines:?}");
    assert_eq!(said.message.entities.len(), 1);
    // Letters with so many marks that thirty names do not fit.
    let tall = "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}".repeat(40);
    for person in &mut world.view.groups[0].call.as_mut().unwrap().people {
        person.profile = Profile { name: tall.clone(), ..Profile::unknown(person.profile.peer) };
    }
    let said = world.ask(Language::En, who);
    let named = said.message.text.lines().count() - 2;
    assert!(fits(&said) && (5..30).contains(&named), "{named}");
    assert!(said.message.text.ends_with(&format!("and {} more", 45 - named)), "{named}");
    world.view.groups[0].call = None;
    assert_eq!(
        world.ask(Language::En, |asking| shown(&who(asking))),
        "Nobody is in the call.\n---\nBold: Nobody is in the call."
    );
}

#[test]
fn no_name_becomes_a_link_or_a_command() {
    let mut world = World::new("");
    let group = world.group;
    world.store.rename_group(group, NASTY, None).unwrap();
    let answers = world.ask(Language::En, |asking| {
        let pause = pause_question(asking, PauseRequest::Until(None));
        [who(asking), status(asking).unwrap(), post_question(asking).unwrap(), pause, settings(asking, ChatMode::Group)]
    });
    for Answer { message, .. } in answers {
        for bad in ["@evil", "t.me/x", "#y", "/post", "\u{202e}"] {
            assert!(!message.text.contains(bad), "{bad}: {}", message.text);
        }
        assert!(message.text.contains("evil"), "{}", message.text);
        assert!(message.entities.iter().all(|entity| matches!(entity.kind, EntityKind::Bold | EntityKind::Quote)));
    }
}

#[test]
fn an_audit_that_finds_nothing_says_so_in_every_language() {
    let world = World::new("");
    insta::assert_snapshot!("audit", in_all(&world, |asking| audit(asking).unwrap().answers.remove(0)));
}

#[test]
fn an_audit_names_what_it_finds() {
    let world = World::new("");
    world.meddle();
    let reply = world.ask(Language::En, |asking| audit(asking).unwrap());
    let said = &reply.answers[0].message.text;
    assert!(said.contains("✅ Layout of the post: in order\n❌ Checked 1 day and 4 boards: "), "{said}");
    assert!(said.lines().any(|line| line.starts_with("· stay of 1 at ")), "{said}");
    assert_eq!(reply.effect, None);
}

#[test]
fn the_status_names_todays_time_that_was_not_seen() {
    let mut world = World::new("");
    let (group, now) = (world.group, world.now);
    let span = Span::new(at("13:00:00"), at("13:30:00"));
    let facts = vec![Fact::Blind { call: CallId(1), peer: None, span, reason: BlindReason::Offline }];
    world.store.record(group, &Observed { facts, ..Observed::new(now) }, &[]).unwrap();
    let said = world.ask(Language::En, |asking| shown(&status(asking).unwrap()));
    assert!(said.contains("🕶 Today: the call was not seen for 30m"), "{said}");
}

#[test]
fn a_long_answer_comes_in_parts_of_whole_lines() {
    let lines: Vec<String> = (0..300).map(|number| format!("{number} {}", "🦉".repeat(20))).collect();
    let parts = parts(&lines);
    let units = |answer: &Answer| answer.message.text.encode_utf16().count();
    assert!(parts.iter().all(|part| units(part) <= MAX_PART_UNITS) && parts.len() > 3, "{}", parts.len());
    assert!(parts[..parts.len() - 1].iter().all(|part| units(part) + 60 > MAX_PART_UNITS));
    let all: Vec<String> = parts.iter().flat_map(|part| part.message.text.lines().map(str::to_owned)).collect();
    assert_eq!(all, lines);
    // A line that is too long for a part is cut.
    assert!(super::parts(&["x".repeat(5000)]).iter().all(|part| units(part) == MAX_PART_UNITS));
}

#[test]
fn a_part_is_shown_with_what_is_offered_and_set() {
    let mut world = World::new("");
    for kind in Part::ALL {
        insta::assert_snapshot!(
            format!("part_{}", kind.name()),
            in_all(&world, |asking| part(asking, kind, None).answers.remove(0))
        );
        assert_eq!(world.ask(Language::En, |asking| part(asking, kind, None).effect), None);
    }
    // In a group, no button leads to the settings.
    let here = world.ask(Language::En, |asking| {
        let asking = Asking { in_private: false, author: Author::AnonymousAdmin, ..*asking };
        [part(&asking, Part::Pairs, None), part(&asking, Part::Pairs, Some(&PartValue::Pairs(true)))]
            .map(|reply| first(&reply))
    });
    assert!(here.iter().all(|text| !text.contains("settings;")), "{here:?}");
    assert!(here[0].contains(&format!("[✓ off] set;{};pairs;off;admin", world.group.0)), "{}", here[0]);
    world.set("SWF_RHYTHM=50/10\nSWF_SLOTS=07:15,21:00\nSWF_PAIRS=on\nSWF_SILENCE=record\n");
    let shown = world.ask(Language::En, |asking| Part::ALL.map(|kind| first(&part(asking, kind, None))));
    let is = ["Rhythm: 50/10", "Hours together: 07:15, 21:00", "Pairs: on", "Silence: signs only"];
    assert_eq!(shown.each_ref().map(|text| text.lines().next().unwrap()), is);
    let marks = ["✓ 50/10", "", "✓ on", "✓ signs only"];
    for (text, mark) in shown.iter().zip(marks) {
        assert!(text.contains(mark) && text.matches('✓').count() == usize::from(!mark.is_empty()), "{text}");
    }
    let settings = world.ask(Language::En, shown_settings);
    for text in is {
        assert!(
            settings.contains(&format!("\n{text}\n")) && settings.contains(&format!("[{text}] part;")),
            "{settings}"
        );
    }
    for kind in Part::ALL {
        for offer in kind.offers() {
            let value = offer.value().unwrap();
            let reply = world.ask(Language::En, |asking| set_part(asking, &value));
            let text = format!(
                "✅ {}: ",
                is[Part::ALL.iter().position(|one| *one == kind).unwrap()].split(':').next().unwrap()
            );
            assert!(first(&reply).starts_with(&text), "{}", first(&reply));
            assert_eq!(reply.effect, Some(Effect::Set { group: world.group, value }));
        }
    }
}

fn shown_settings(asking: &Asking) -> String {
    shown(&settings(asking, ChatMode::Group))
}

#[test]
fn the_settings_of_a_group_say_how_to_change_them() {
    let mut world = World::new("");
    insta::assert_snapshot!("settings", in_all(&world, |asking| settings(asking, ChatMode::Private)));
    world.set(
        "SWF_POST_LOOK=classic\nSWF_ANCHOR_DATE=2025-11-28\nSWF_TOPIC=4\nTELEGRAM_BOT_TARGET=@other\nSWF_LANGUAGE=uz\n\
         SWF_PAUSE=2026-01-01..2026-01-09, 2026-12-25..2027-01-07\nSWF_ALERT_TO=@boss\nTELEGRAM_BOT_TOKEN=1:hush\n",
    );
    let said = world.ask(Language::En, |asking| shown(&settings(asking, ChatMode::Group)));
    insta::assert_snapshot!("settings_changed", said);
    assert!(!said.contains("hush") && !said.contains("boss"), "{said}");
}

#[test]
fn a_pause_is_confirmed_and_never_ends_in_the_past() {
    let mut world = World::new("");
    let today: NaiveDate = "2026-11-28".parse().unwrap();
    let date = |text: &str| Some(text.parse::<NaiveDate>().unwrap());
    let ask = |world: &World, asked| in_all(world, |asking| pause_question(asking, asked));
    insta::assert_snapshot!("pause_question", ask(&world, PauseRequest::Until(date("2026-12-07"))));
    let passed = world.ask(Language::En, |asking| pause_question(asking, PauseRequest::Until(date("2026-11-27"))));
    insta::assert_snapshot!(shown(&passed), @"
    2026-11-27 has passed; today is 2026-11-28. The last day without a post is today or later, e.g. /pause 2026-12-05
    ---
    ");
    let open = world.ask(Language::En, |asking| pause_question(asking, PauseRequest::Until(None)));
    assert!(shown(&open).contains(&format!("pause;{};open;1", world.group.0)), "{}", shown(&open));
    let end = world.ask(Language::En, |asking| pause_question(asking, PauseRequest::End));
    assert_eq!(shown(&end), "There is no pause on 2026-11-28. Nothing was done.\n---");
    // The answers after the press.
    let effect = |reply: Reply| reply.effect;
    let begun = |until| world.ask(Language::En, |asking| pause(asking, until));
    assert_eq!(effect(begun(Some(today))), Some(Effect::Pause { group: world.group, until: Some(today) }));
    assert_eq!(effect(begun(None)), Some(Effect::Pause { group: world.group, until: None }));
    assert_eq!(effect(begun(today.pred_opt())), None);
    assert_eq!(effect(world.ask(Language::En, resume)), Some(Effect::Resume { group: world.group }));
    world.set("SWF_PAUSE=2026-11-20..\n");
    insta::assert_snapshot!("resume_question", ask(&world, PauseRequest::End));
    assert_eq!(
        first(&world.ask(Language::En, |asking| pause(asking, date("2026-12-01")))),
        "⏸ The group is paused from 2026-11-20 to 2026-12-01. Time still counts.\n---"
    );
}

#[test]
fn the_log_is_shown_as_it_is_and_without_secrets() {
    let world = World::new("TELEGRAM_BOT_TOKEN=123456789:short\n");
    let tail = |lines| world.ask(Language::En, |asking| logs(asking, &world.config, lines).unwrap());
    assert_eq!(shown(&tail(5)), "The log is empty.\n---");
    world.log("INFO one\nWARN the token is 123456789:short\nINFO @ada /post t.me/x\n");
    let answer = tail(2);
    assert_eq!(answer.message.text, "WARN the token is (hidden)\nINFO @ada /post t.me/x");
    let pre = Entity { kind: EntityKind::Pre, offset: 0, length: answer.message.text.len() };
    assert_eq!(answer.message.entities, [pre]);
}
