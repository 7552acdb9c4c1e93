//! Several groups of one account: `groups.toml`, `--group`, and pauses.

use std::collections::BTreeMap;
use std::process::Output;

use fake_telegram::Id;
use serde_json::{Value, json};
use swf::domain::post::delivery::Lane;
use swf::store::{Access, Store};

use crate::home::{START, World};

const HOUR: i64 = 3600;

fn file(world: &World) -> String {
    std::fs::read_to_string(world.home.path().join("groups.toml")).unwrap_or_default()
}

/// The output of a command that must end with this code.
#[track_caller]
fn refused(world: &World, args: &[&str], code: i32) -> String {
    let output = world.run(args);
    assert_eq!(output.status.code(), Some(code), "swf {args:?}: {output:?}");
    said(&output)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Adds the account to a second group.
fn night_hall(world: &World) -> Id {
    let night = world.telegram.supergroup("Night Hall", Some("nighthall"));
    world.telegram.add_member(night, world.me);
    night
}

/// A store in which Ada has studied for an hour in Study Hall, then Bob for two hours in Night Hall; and a file with
/// both groups.
fn two_groups() -> (World, Id, Id) {
    let world = World::new();
    let night = night_hall(&world);
    let (ada, bob) = (world.member("Ada"), world.member("Bob"));
    world.telegram.add_member(night, bob);
    for (name, group, somebody, seconds) in
        [("@studyhall", world.group, ada, HOUR), ("@nighthall", night, bob, 2 * HOUR)]
    {
        world.configure(name, &[]);
        let call = world.telegram.start_call(group);
        world.telegram.join(call, somebody);
        let tracker = world.track_without_posting();
        world.pass(call, seconds);
        assert_eq!(tracker.stop(), Some(0));
    }
    let text = format!(
        "[[group]]\nname = 'study'\nid = {}\n\n[[group]]\nname = 'night'\nid = '@nighthall'\npost_time = '22:00'\n",
        world.group
    );
    std::fs::write(world.home.path().join("groups.toml"), text).unwrap();
    (world, ada, bob)
}

#[test]
fn a_second_group_is_added_beside_the_first_and_each_has_settings_of_its_own() {
    let world = World::new();
    night_hall(&world);
    world.configure("@studyhall", &[("SWF_TOPIC", "4"), ("SWF_TOP", "5")]);
    // If standard input is not a terminal, the groups are listed, and nothing is written.
    assert!(refused(&world, &["group", "add"], 2).contains("Also add Study Hall (@studyhall) to it, as studyhall?"));
    let listed = refused(&world, &["group", "add", "--yes"], 2);
    assert!(listed.contains("Night Hall (@nighthall)") && !listed.contains("Study Hall"), "{listed}");
    let wrong = refused(&world, &["group", "add", "--yes", "--id", "@nobody_knows"], 78);
    assert!(wrong.contains("\"@nobody_knows\": there is no group with that name"), "{wrong}");
    assert!(
        refused(&world, &["group", "add", "Night Hall", "--id", "@nighthall", "--yes"], 2).contains("a-z, 0-9 and -")
    );
    assert!(
        refused(&world, &["group", "add", "studyhall", "--id", "@nighthall", "--yes"], 2)
            .contains("is the first group")
    );
    assert_eq!(file(&world), "");

    let text = world.ok(&["group", "add", "night", "--id", "https://t.me/nighthall", "--yes"]);
    assert!(
        text.contains(
            "Added Night Hall (@nighthall) as night.\nNo call is running now; the account will see the next one.\n"
        ),
        "{text}"
    );
    assert!(text.contains("Telegram allows the account to write in the group"), "{text}");
    let ids: Vec<i64> = world.json(&["group", "list", "--json"])["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["setting"].as_str().unwrap().parse().unwrap())
        .collect();
    let expected = format!(
        "[[group]]\nname = \"studyhall\"\nid = {}\ntopic = 4\n\n[[group]]\nname = \"night\"\nid = {}\n",
        ids[0], ids[1]
    );
    assert_eq!((file(&world), ids[0]), (expected, world.group));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(world.home.path().join("groups.toml")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(refused(&world, &["group", "add", "--id", &ids[1].to_string()], 78).contains("is already watched"));
    assert_eq!(world.telegram.violations(), Vec::<String>::new());

    // A setting is checked before it is written.
    let before = file(&world);
    let wrong = refused(&world, &["group", "set", "night", "post_time", "25:00"], 2);
    assert!(wrong.contains("post_time (groups.toml, line 9) is \"25:00\"; it must be a time of day"), "{wrong}");
    assert!(
        refused(&world, &["group", "set", "night", "alert_url", "https://x"], 2).contains("belongs to the account")
    );
    assert!(refused(&world, &["group", "set", "night", "posttime", "1"], 2).contains("did you mean post_time?"));
    assert!(
        refused(&world, &["group", "set", "night", "name", "studyhall"], 2).contains("which is another group's name")
    );
    assert!(refused(&world, &["group", "set", "nihgt", "top", "1"], 2).contains("Did you mean night?"));
    assert!(refused(&world, &["group", "set", "night", "--unset", "id"], 2).contains("each group needs its id"));
    assert_eq!(file(&world), before);
    world.ok(&["group", "set", "night", "post_time", "22:00"]);
    world.ok(&["group", "set", "night", "target", "-1001"]);
    world.ok(&["group", "set", "night", "name", "late"]);
    assert_eq!(file(&world), before.replace("\"night\"", "\"late\"") + "post_time = \"22:00\"\ntarget = -1001\n");
    let late = &world.json(&["group", "list", "--json"])["groups"][1];
    assert_eq!(
        (&late["name"], &late["post_time"], &late["target"]),
        (&json!("late"), &json!("22:00"), &json!("-1001"))
    );
    world.ok(&["group", "set", "late", "--unset", "target"]);
    assert_eq!(world.json(&["group", "list", "--json"])["groups"][1]["target"], Value::Null);

    assert!(refused(&world, &["group", "remove", "late"], 2).contains("pass --yes"));
    assert!(world.ok(&["group", "remove", "late", "--yes"]).contains("Its time stays in the store"));
    assert_eq!(file(&world), format!("[[group]]\nname = \"studyhall\"\nid = {}\ntopic = 4\n", world.group));
    assert!(refused(&world, &["group", "remove", "studyhall", "--yes"], 1).contains("is the only group"));
}

#[test]
fn the_topic_of_a_link_is_added_with_its_group() {
    let world = World::new();
    let night = night_hall(&world);
    let [_, topic] = [(); 2].map(|()| world.telegram.topic(night));
    let link = format!("https://t.me/nighthall/{topic}");
    let text = world.ok(&["group", "add", "--yes", "night", "--id", &link]);
    assert!(text.contains(&format!("Added Night Hall (@nighthall) as night; posts go to topic {topic}.")), "{text}");
    assert!(file(&world).ends_with(&format!("name = \"night\"\nid = {night}\ntopic = {topic}\n")), "{}", file(&world));
    // In a group that is not a forum, the number is the id of a message.
    let quiet = world.telegram.supergroup("Quiet Hall", Some("quiethall"));
    world.telegram.add_member(quiet, world.me);
    world.ok(&["group", "add", "--yes", "quiet", "--id", "https://t.me/quiethall/5"]);
    assert!(file(&world).ends_with(&format!("name = \"quiet\"\nid = {quiet}\n")), "{}", file(&world));
}

#[test]
fn a_target_without_a_bot_is_said_to_be_ignored() {
    let (world, ..) = two_groups();
    let text = file(&world).replacen("\n\n", "\ntarget = '@nighthall'\n\n", 1);
    std::fs::write(world.home.path().join("groups.toml"), text).unwrap();
    let list = world.ok(&["group", "list"]);
    let ignored = "in the group (only a bot posts in the target @nighthall, and TELEGRAM_BOT_TOKEN is not set)";
    assert!(list.contains(ignored), "{list}");
    assert_eq!(world.json(&["group", "list", "--json"])["groups"][0]["target"], "@nighthall");
    let warning =
        "target of study in groups.toml is \"@nighthall\", but posts go to Study Hall: only a bot posts there";
    let output = world.run(&["post", "--now", "--group", "study"]);
    assert!(output.status.success() && said(&output).contains(warning), "{output:?}");
    assert_eq!(world.telegram.messages(world.group).len(), 1);
    let doctor = String::from_utf8(world.run(&["doctor"]).stdout).unwrap();
    let words = doctor.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(warning), "{doctor}");
}

#[test]
fn a_post_of_the_bot_is_said_to_be_in_the_chat_that_it_is_in() {
    let (world, ..) = two_groups();
    let night = world.json(&["group", "list", "--json"])["groups"][1]["id"].as_i64().unwrap();
    let boards = world.telegram.supergroup("Boards", Some("boards"));
    let bot = world.telegram.person(fake_telegram::Person::named("Board").username("board_bot").bot());
    world.telegram.add_member(night, bot);
    world.telegram.add_member(boards, bot);
    let (token, login) = (world.telegram.bot_token(bot), world.telegram.login_string(bot));
    world.configure("@studyhall", &[("TELEGRAM_BOT_TOKEN", &token), ("TG_BOT_STRING_SESSION", &login)]);
    let table = file(&world);
    for (target, chat, name) in [("@nighthall", night, "Night Hall"), ("@boards", boards, "@boards")] {
        let text = table.replacen("\n\n", &format!("\ntarget = '{target}'\n\n"), 1);
        std::fs::write(world.home.path().join("groups.toml"), text).unwrap();
        let text = world.ok(&["post", "--now", "--again", "--group", "study"]);
        assert!(text.starts_with(&format!("Posted in {name}: https://t.me/")), "{text}");
        assert_eq!(world.telegram.messages(chat).len(), 1);
        let text = world.ok(&["post", "--now", "--group", "study"]);
        assert!(text.starts_with(&format!("{name} has these standings already")), "{text}");
    }
}

#[test]
fn a_group_of_another_table_is_refused_once_its_name_is_resolved() {
    let (world, ..) = two_groups();
    let path = world.home.path().join("groups.toml");
    let table = file(&world);
    let wrong = refused(&world, &["group", "set", "study", "id", "@nighthall"], 2);
    assert!(wrong.contains("is the group that \"night\" is, too"), "{wrong}");
    let wrong = refused(&world, &["group", "set", "night", "id", "https://t.me/studyhall"], 2);
    assert!(wrong.contains("is the group that \"study\" is, too"), "{wrong}");
    assert_eq!(file(&world), table);
    // The second table names the first one's group, which only Telegram or the store can tell.
    std::fs::write(&path, table.replace("'@nighthall'", "'Study Hall'")).unwrap();
    let same = "id of night in groups.toml is \"Study Hall\": that is the group that \"study\" is, too";
    let doctor = String::from_utf8(world.run(&["doctor"]).stdout).unwrap();
    let words = doctor.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(same), "{doctor}");
    let tracker = world.track();
    world.await_that("the tracker says so", || world.log().contains(same));
    assert_eq!(tracker.stop(), Some(0));
    assert_eq!(world.log().matches("watching Study Hall").count(), 1, "{}", world.log());
    let posted = world.run(&["post", "--now", "--group", "night"]);
    assert!(!posted.status.success() && said(&posted).contains("study"), "{posted:?}");
}

#[test]
fn a_pause_is_said_of_the_group_of_the_settings() {
    let (world, ..) = two_groups();
    std::fs::remove_file(world.home.path().join("groups.toml")).unwrap();
    world.configure("@another_hall", &[]);
    let output = world.run(&["pause", "--until", "2033-05-19"]);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(text.starts_with("@another_hall is paused from 2033-05-18 to 2033-05-19."), "{text}");
    assert!(said(&output).contains("a group that swf has not watched yet"), "{output:?}");
    assert!(world.ok(&["pause", "--end"]).starts_with("The pause of @another_hall since"));
}

#[test]
fn each_command_is_about_the_group_that_is_named() {
    let (world, ada, bob) = two_groups();
    let board = |group: &str| {
        let board = world.json(&["leaderboard", "--json", "--group", group]);
        let entries = board["entries"].as_array().unwrap();
        let entries: Vec<_> =
            entries.iter().map(|entry| (entry["user_id"].clone(), entry["seconds"].clone())).collect();
        (board["group"]["title"].clone(), entries)
    };
    assert_eq!(board("study"), (json!("Study Hall"), vec![(json!(ada), json!(HOUR))]));
    assert_eq!(board("night"), (json!("Night Hall"), vec![(json!(bob), json!(2 * HOUR))]));
    for command in
        ["leaderboard", "why ada", "post --now", "backfill", "export days", "alias list", "pause", "pause --list"]
    {
        let error = refused(&world, &command.split(' ').collect::<Vec<_>>(), 2);
        assert!(error.contains("The groups are study, night."), "{command}: {error}");
    }
    // A cron entry from before there were several groups posts what is due in all of them.
    let due = world.ok(&["post"]);
    assert!(due.contains("study: ") && due.contains("night: "), "{due}");
    assert!(refused(&world, &["post", "--group", "third"], 2).contains("there is no group \"third\""));
    assert!(world.ok(&["why", "Bob", "--group", "night"]).contains("2:00:00"));
    assert!(refused(&world, &["why", "Bob", "--group", "study"], 1).contains("no person named"));
    // Aliases belong to one group, and suggested commands name the group.
    world.ok(&["alias", "--group", "study", "add", &ada.to_string(), "@ada_phone"]);
    assert_eq!(world.json(&["alias", "list", "--json", "--group", "night"])["aliases"], json!([]));
    assert!(world.ok(&["alias", "list", "--group", "night"]).contains("swf alias add @ada @ada_phone --group night"));
    let days = world.ok(&["export", "days", "--group", "night"]);
    assert!(days.contains(&format!(",1,{},", 2 * HOUR)), "{days}");

    let audit = world.json(&["audit", "--json"]);
    assert_eq!(
        (&audit["days"], &audit["groups"][1]["name"], &audit["findings"]),
        (&json!(1), &json!("night"), &json!(0))
    );
    assert!(world.ok(&["audit"]).contains("night: Checked 1 day, "));
    assert!(world.ok(&["backup"]).contains("The copy was read back and is intact."));

    let status = world.status();
    let of = |field: &str| [status["groups"][0][field].clone(), status["groups"][1][field].clone()];
    assert_eq!(
        (status["group"].clone(), of("group")),
        (json!("Study Hall"), [json!("Study Hall"), json!("Night Hall")])
    );
    assert_eq!(of("next_post").map(|at| at.as_str().unwrap()[11..16].to_owned()), ["21:30", "22:00"]);
    let text = world.ok(&["status"]);
    assert!(text.contains("2 groups · ") && text.contains("\nnight · Night Hall · "), "{text}");
    assert!(world.ok(&["status", "--group", "night"]).starts_with("night · Night Hall · "));
    world.ok(&["pause", "--group", "night"]);
    assert!(world.ok(&["status"]).contains("To end it, run: swf pause --end --group night"));

    let doctor: Value = serde_json::from_slice(&world.run(&["doctor", "--json"]).stdout).unwrap();
    let seen = |index: usize| doctor["groups"][index]["checks"][0]["text"].as_str().unwrap().to_owned();
    assert_eq!(
        [seen(0), seen(1)].map(|text| text.split(" (").next().unwrap().to_owned()),
        ["study: Study Hall", "night: Night Hall"]
    );
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn a_group_that_was_never_watched_has_no_other_in_its_place() {
    let (world, ..) = two_groups();
    let text = file(&world) + "[[group]]\nname = 'third'\nid = -1009\n";
    std::fs::write(world.home.path().join("groups.toml"), text).unwrap();
    for command in ["leaderboard", "post", "export days"] {
        let args = [&command.split(' ').collect::<Vec<_>>()[..], &["--group", "third"]].concat();
        let error = refused(&world, &args, 1);
        assert!(error.contains("the group \"third\" has not been watched yet"), "{command}: {error}");
    }
    assert!(world.ok(&["audit"]).contains("third: not watched yet\n"));
    assert_eq!(world.status()["groups"][2]["last_post"], Value::Null);
}

#[test]
fn a_post_goes_to_the_group_that_is_named() {
    let (world, ..) = two_groups();
    let night = world.json(&["group", "list", "--json"])["groups"][1]["id"].as_i64().unwrap();
    let site = [("LEADERBOARD_INGEST_URL", "http://127.0.0.1:9/"), ("LEADERBOARD_INGEST_SECRET", "hush")];
    world.configure("@studyhall", &[&site[..], &[("LEADERBOARD_WEB_EXPORT_ENABLED", "true")]].concat());
    let text = world.ok(&["post", "--now", "--group", "night"]);
    assert!(text.contains("Posted in Night Hall") && text.contains("swf post --undo --group night"), "{text}");
    assert_eq!((world.telegram.messages(night).len(), world.telegram.messages(world.group).len()), (1, 0));
    // A website receives only the boards of the first group.
    world.ok(&["post", "--now", "--group", "study"]);
    let store = Store::open(&world.home.path().join("var/study.db"), Access::Read).unwrap();
    let exports = store.groups().unwrap().into_iter().map(|group| {
        let waiting = store.undelivered(group.key, Lane::Website, swf::domain::Instant(i64::MAX)).unwrap().len();
        (group.title, waiting)
    });
    let exports: BTreeMap<String, usize> = exports.collect();
    assert_eq!(exports, [("Night Hall".into(), 0), ("Study Hall".into(), 1)].into());
    // It is 11:33. The other group's post is due at 21:30, this one's at 22:00.
    world.telegram.advance(10 * HOUR);
    assert!(
        world
            .ok(&["post", "--group", "night"])
            .contains("Nothing is due. The next post is due on Wednesday, 18 May at 22:00")
    );
    assert_eq!(world.telegram.violations(), Vec::<String>::new());
}

#[test]
fn an_outage_of_several_groups_is_one_alert_that_names_them() {
    let (world, ..) = two_groups();
    let tracker = world.track_without_posting();
    tracker.kill();
    world.telegram.advance(300);
    world.ok(&["watchdog"]);
    world.ok(&["watchdog"]);
    let told = world.telegram.messages(world.me);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].text.contains("“Study Hall, Night Hall”"), "{}", told[0].text);
}

#[test]
fn a_running_tracker_keeps_its_groups_while_the_file_is_broken() {
    let world = World::new();
    let path = world.home.path().join("groups.toml");
    let text = format!("[[group]]\nname = 'study'\nid = {}\n", world.group);
    std::fs::write(&path, &text).unwrap();
    let call = world.telegram.start_call(world.group);
    let ada = world.member("Ada");
    world.telegram.join(call, ada);
    let tracker = world.track();
    std::fs::write(&path, format!("{text}tpo = 3\n")).unwrap();
    world.await_that("the error is logged", || world.log().contains("tpo (groups.toml, line 4)"));
    assert!(refused(&world, &["leaderboard"], 78).contains("did you mean top?"));
    world.pass(call, HOUR);
    std::fs::write(&path, &text).unwrap();
    assert_eq!(world.seconds(), [(ada, HOUR)]);
    assert_eq!(tracker.stop(), Some(0));
}

#[test]
fn a_paused_group_is_owed_no_post_also_not_later_while_time_counts() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, ada);
    // It is the morning of 18 May.
    let today = |world: &World| world.telegram.now() + 5 * HOUR;
    assert_eq!(today(&world), START + 5 * HOUR);
    let text = world.ok(&["pause", "--list"]);
    assert_eq!(text, "There are no pauses.\n");
    let tracker = world.track();
    assert!(refused(&world, &["pause", "--until", "2033-05-17"], 2).contains("has passed; today is 2033-05-18"));
    let text = world.ok(&["pause", "--until", "2033-05-19"]);
    assert!(text.contains("is paused from 2033-05-18 to 2033-05-19. Time still counts."), "{text}");
    assert_eq!(world.status()["paused"], json!({ "first": "2033-05-18", "last": "2033-05-19" }));
    assert!(world.ok(&["status"]).contains("the group is paused from 2033-05-18 to 2033-05-19"));
    assert!(world.ok(&["pause", "--list"]).contains("2033-05-18..2033-05-19  now\n"));
    let text = world.ok(&["post"]);
    assert!(text.contains("The next post is due on Friday, 20 May at 21:30"), "{text}");
    // A manual post is still sent.
    let output = world.run(&["post", "--now"]);
    assert!(output.status.success() && said(&output).contains("is paused from"), "{output:?}");
    assert_eq!(world.telegram.messages(world.group).len(), 1);
    // Two days pass. The post of the third day does not list them as missed.
    for _ in 0..10 {
        world.pass(call, 6 * HOUR);
    }
    world.pass(call, HOUR);
    world.await_that("the post of the third day", || world.telegram.messages(world.group).len() == 2);
    let posts = world.telegram.messages(world.group);
    assert!(posts[1].text.contains("Friday 20 May"), "{}", posts[1].text);
    assert_eq!(tracker.stop(), Some(0));
    let seconds = |date: &str| world.json(&["leaderboard", "--date", date, "--json"])["total_seconds"].clone();
    assert_eq!(seconds("2033-05-19"), 86_400);
    assert!(
        world.ok(&["backfill", "--since", "2033-05-18"]).contains("No day was missed"),
        "paused days are not missed"
    );

    // Without a last day, the pause lasts until it is ended.
    let text = world.ok(&["pause"]);
    assert!(text.contains("is paused since 2033-05-20, until you end the pause"), "{text}");
    assert_eq!(world.status()["next_post"], Value::Null);
    assert!(world.ok(&["post"]).contains("Nothing is due: the group is paused since 2033-05-20"));
    world.telegram.advance(86_400);
    world.advance_stored_clock(0);
    let settings = || std::fs::read_to_string(world.home.path().join(".env.local")).unwrap();
    assert!(settings().ends_with("SWF_PAUSE=2033-05-18..2033-05-19,2033-05-20..\n"), "{}", settings());
    assert!(world.ok(&["pause", "--end"]).contains("is over. Posts come again."));
    assert!(world.ok(&["pause", "--end"]).contains("There is no pause on"));
    assert!(settings().ends_with("SWF_PAUSE=2033-05-18..2033-05-19\n"), "{}", settings());
    assert_eq!(world.status()["paused"], Value::Null);
}
