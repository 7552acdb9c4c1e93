//! `swf track` on a terminal, and its output at the end.

use std::process::{Command, Stdio};

use crate::home::{START, World};
use crate::takeover::{write_old, write_state};
use crate::terminal::Terminal;

/// The sequences to enter and leave the alternate screen.
const ENTER: &str = "\u{1b}[?1049h";
const LEAVE: &str = "\u{1b}[?1049l";
const CURSOR: (&str, &str) = ("\u{1b}[?25l", "\u{1b}[?25h");

fn view(world: &World, args: &[&str], environment: &[(&str, &str)]) -> Terminal {
    let mut command = world.command(args);
    command.envs(environment.iter().copied());
    Terminal::start(command)
}

/// A call with `people` people in it, who joined an hour ago.
fn call(world: &World, people: usize) -> i64 {
    let call = world.telegram.start_call(world.group);
    for number in 0..people {
        let person = world.member(&format!("Person {number}"));
        world.telegram.join_at(call, person, START - 3600);
    }
    call
}

/// Checks that the terminal was restored and nothing of the view is left.
fn given_back(raw: &str) {
    assert_eq!(raw.matches(ENTER).count(), raw.matches(LEAVE).count(), "{raw}");
    assert_eq!(raw.matches(CURSOR.0).count(), raw.matches(CURSOR.1).count(), "{raw}");
    let rest = raw.rsplit_once(LEAVE).expect("it was left").1;
    assert!(!rest.contains('\u{1b}'), "{rest:?}");
}

#[test]
fn two_hundred_people_and_a_terminal_that_changes_its_size() {
    let world = World::new();
    call(&world, 200);
    let mut terminal = view(&world, &["track"], &[]);
    terminal.await_text("200 people in it");
    // Of 50 rows, one stays free; two are the head, one the list's head, two the end, and two are blank.
    terminal.await_text("and 159 more");
    terminal.resize(40, 10);
    terminal.await_text("and 197 more");
    terminal.resize(120, 60);
    terminal.await_text("and 149 more");
    terminal.resize(9, 4);
    terminal.await_text("Call 1h");
    terminal.resize(80, 300);
    terminal.await_text("Person 199");
    terminal.signal("INT");
    let (code, raw) = terminal.end_raw();
    assert_eq!(code, Some(0));
    given_back(&raw);
}

#[test]
fn every_end_restores_the_terminal_and_prints_a_summary() {
    for signal in ["INT", "TERM", "HUP"] {
        let world = World::new();
        let call = call(&world, 2);
        let mut terminal = view(&world, &["track"], &[]);
        terminal.await_text("2 people in it");
        assert!(!terminal.echoes());
        world.pass(call, 600);
        terminal.signal(signal);
        let (code, raw) = terminal.end_raw();
        assert_eq!(code, Some(0), "{signal}");
        given_back(&raw);
        let told = raw.rsplit_once(LEAVE).unwrap().1.replace('\r', "");
        assert_eq!(
            told,
            "Watched Study Hall for 10m, from 08:33 to 08:43.\n\
             2 people in the call, 20m of study time. Today: 2h 20m.\n"
        );
    }
}

#[test]
fn keys_show_the_help_and_stop_the_tracker() {
    let world = World::new();
    call(&world, 1);
    let mut terminal = view(&world, &["track"], &[]);
    terminal.await_text("1 person in it");
    assert!(!terminal.echoes() && !terminal.waits_for_lines());
    terminal.press("x\u{1b}[A\t?");
    terminal.await_text("these keys; any key: back");
    terminal.press("\u{1b}[B");
    terminal.await_text("1 person in it");
    terminal.press("q");
    let (code, raw) = terminal.end_raw();
    assert_eq!(code, Some(0));
    given_back(&raw);
    assert!(raw.rsplit_once(LEAVE).unwrap().1.starts_with("Watched Study Hall for 0s"), "{raw}");
}

/// The view is on a terminal, but standard input is not.
#[test]
fn without_a_terminal_to_type_on_no_key_is_read() {
    let world = World::new();
    let call = call(&world, 1);
    let swf = world.command(&["track"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$0\" \"$@\" </dev/null"]).arg(swf.get_program()).args(swf.get_args());
    shell
        .env_clear()
        .envs(swf.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(world.home.path());
    let mut terminal = Terminal::start(shell);
    terminal.await_text("1 person in it");
    terminal.press("q");
    for _ in 0..2 {
        world.pass(call, 600);
        let came = world.member("Zoe");
        world.telegram.join(call, came);
    }
    terminal.await_text("3 people in it");
    terminal.signal("INT");
    assert_eq!(terminal.end().0, Some(0));
}

/// A line of the list of people.
fn line(name: &str, stay: &str, today: &str) -> String {
    format!("{name:<24}{stay:>9}{today:>9}")
}

#[test]
fn a_person_with_a_second_account_has_all_of_today() {
    let world = World::new();
    let (ada, phone) = (world.member("Ada"), world.member("Ada's phone"));
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 3600);
    let tracker = world.track();
    world.telegram.leave(call, ada);
    world.telegram.join(call, phone);
    world.pass(call, 30);
    assert_eq!(tracker.stop(), Some(0));
    world.ok(&["alias", "add", &ada.to_string(), &phone.to_string()]);
    let mut terminal = view(&world, &["track"], &[]);
    terminal.await_text("1 person in it");
    world.pass(call, 590);
    terminal.await_text(&line("Ada's phone", "10m", "1h 10m"));
    assert_eq!(world.seconds(), [(ada, 3600 + 620)]);
    terminal.signal("INT");
    assert_eq!(terminal.end().0, Some(0));
}

#[test]
fn no_time_is_counted_while_the_call_cannot_be_seen() {
    let world = World::new();
    let ada = world.member("Ada");
    let call = world.telegram.start_call(world.group);
    world.telegram.join_at(call, ada, START - 3600);
    let mut terminal = view(&world, &["track"], &[]);
    terminal.await_text(&line("Ada", "1h 00m", "1h 00m"));
    // An update is lost, and the reads that would fill the gap fail.
    let faults = world.telegram.faults();
    faults.error("phone.getGroupParticipants", 500, "INTERNAL", 1000);
    faults.drop_updates(1);
    world.telegram.mute(call, ada);
    world.telegram.unmute(call, ada);
    terminal.await_text("call not seen for");
    world.telegram.advance(1200);
    world.telegram.mute(call, ada);
    terminal.await_text("call not seen for 20m");
    let frame = terminal.await_text("Next post");
    assert!(frame.contains(&line("Ada", "1h 00m", "1h 00m")), "{frame}");
    terminal.signal("INT");
    assert_eq!(terminal.end().0, Some(0));
}

#[test]
fn a_fatal_error_is_printed_on_the_main_screen() {
    let world = World::new();
    call(&world, 1);
    let mut terminal = view(&world, &["track"], &[]);
    terminal.await_text("1 person in it");
    world.telegram.faults().revoke(world.me);
    world.telegram.faults().cut();
    let (code, raw) = terminal.end_raw();
    assert_eq!(code, Some(78));
    given_back(&raw);
    let told = raw.rsplit_once(LEAVE).unwrap().1;
    assert!(told.contains("Watched Study Hall for") && told.contains("signed out"), "{told}");
}

#[test]
fn no_color_is_printed_if_color_is_off() {
    let world = World::new();
    call(&world, 1);
    let colors = |raw: &str| {
        raw.split("\u{1b}[")
            .filter(|part| part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m'))
            .count()
    };
    for (args, no_color, colored) in [
        (&["track"][..], "", true),
        (&["track"], "1", false),
        (&["track", "--color", "never"], "", false),
        (&["track", "--color", "always"], "1", true),
    ] {
        let mut terminal = view(&world, args, &[("NO_COLOR", no_color)]);
        terminal.await_text("1 person in it");
        terminal.signal("INT");
        let (_, raw) = terminal.end_raw();
        assert_eq!(colors(&raw) > 0, colored, "{args:?} {no_color}: {raw}");
    }
}

#[test]
fn a_dumb_terminal_gets_log_lines() {
    for term in ["dumb", ""] {
        let world = World::new();
        call(&world, 1);
        let mut terminal = view(&world, &["track"], &[("TERM", term)]);
        terminal.await_text("Person 0 has been in the call for 1h 00m");
        terminal.signal("INT");
        let (code, raw) = terminal.end_raw();
        assert_eq!(code, Some(0));
        assert!(!raw.contains('\u{1b}'), "{raw:?}");
        assert!(raw.contains("Watched Study Hall for 0s"), "{raw:?}");
    }
}

/// Stopped as by Ctrl-Z.
#[test]
#[cfg(target_os = "linux")]
fn a_suspended_view_restores_the_terminal_until_it_continues() {
    let world = World::new();
    call(&world, 1);
    let mut terminal = view(&world, &["track"], &[]);
    terminal.await_text("1 person in it");
    terminal.signal("TSTP");
    terminal.await_raw(LEAVE);
    let stat = format!("/proc/{}/stat", terminal.id());
    let stands = || std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") T "));
    world.await_that("it stands still", stands);
    assert!(terminal.echoes() && terminal.waits_for_lines());
    terminal.signal("CONT");
    terminal.await_text("1 person in it");
    assert!(!terminal.echoes() && !terminal.waits_for_lines());
    terminal.signal("INT");
    let (code, raw) = terminal.end_raw();
    assert_eq!((code, raw.matches(ENTER).count()), (Some(0), 2));
    given_back(&raw);
}

#[test]
fn the_next_post_is_tomorrows_where_the_old_tracker_has_posted_today() {
    let world = World::new();
    let mut terminal = view(&world, &["track"], &[]);
    terminal.await_text("Next post: today 21:30 (in 12h 56m)");
    terminal.signal("INT");
    terminal.end();
    let world = World::new();
    std::fs::create_dir_all(world.home.path().join("var")).unwrap();
    let old = world.home.path().join("var/study.db");
    write_old(&old, &Default::default(), &[("last_post_date", "2033-05-18"), ("group_key", "studyhall")]);
    write_state(&world, START - 100);
    let mut terminal = view(&world, &["track"], &[]);
    terminal.await_text("Next post: tomorrow 21:30 (in 36h 56m)");
    terminal.signal("INT");
    let (_, text) = terminal.end();
    assert!(!text.split("● online").skip(1).any(|frame| frame.contains("Next post: today")), "{text}");
    let said = world.ok(&["post"]);
    assert!(said.contains("The next post is due on Thursday, 19 May at 21:30"), "{said}");
}

/// The output and standard error of a tracker without a terminal, from its start until the end of `happen`.
fn piped(world: &World, args: &[&str], happen: impl FnOnce()) -> String {
    let mut command = world.command(args);
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    world.await_confirmed();
    happen();
    let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(status.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap() + std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn the_summary_names_sent_and_waiting_posts() {
    let world = World::new();
    let call = call(&world, 1);
    let told = piped(&world, &["track"], || {
        world.pass(call, 600);
        world.ok(&["post", "--now", "--again"]);
        world.telegram.faults().flood_wait("messages.sendMessage", 600, 1);
        world.telegram.advance(60);
        assert_eq!(world.run(&["post", "--now", "--again"]).status.code(), Some(75));
        world.telegram.faults().refuse(true);
        world.await_offline();
        world.telegram.advance(60);
        world.telegram.faults().refuse(false);
        world.await_confirmed();
    });
    let words = "Watched Study Hall for 12m, from 08:33 to 08:45.\n1 person in the call, 12m of study time. Today: \
                 1h 12m.\nThe call could not be seen for 2m of that time.\nSent 1 post to the group.\n1 post not \
                 sent yet; the next swf track or swf post will try again.\n";
    assert!(told.contains(words), "{told}");
}

#[test]
fn nothing_is_printed_under_cron() {
    let world = World::new();
    let call = world.telegram.start_call(world.group);
    world.telegram.join(call, world.me);
    assert_eq!(piped(&world, &["-q", "track"], || world.pass(call, 600)), "");
}

#[test]
fn several_groups_are_listed_and_keys_open_the_next_one() {
    let world = World::new();
    let night = world.add_group("Night Hall");
    call(&world, 3);
    night.start_call();
    let owl = world.member_of(&[&night], "Owl");
    night.join_at(owl, START - 7200);
    world.configure_groups(&[("study", &world.first_group(), ""), ("night", &night, "")]);
    let mut terminal = view(&world, &["track"], &[]);
    terminal.resize(80, 24);
    terminal.await_text("3 people in it");
    terminal.await_text("Group 1 of 2");
    terminal.await_text("> Study Hall          3 people   1h 00m");
    terminal.await_text("  Night Hall          1 person   2h 00m");
    terminal.await_text("Person 2");
    for (key, number, name) in [("\t", 2, "Owl"), ("\u{1b}[B", 1, "Person 2"), ("\u{1b}[A", 2, "Owl")] {
        terminal.press(key);
        terminal.await_text(&format!("Group {number} of 2"));
        terminal.await_text(name);
    }
    terminal.press("q");
    let (code, raw) = terminal.end_raw();
    assert_eq!(code, Some(0));
    given_back(&raw);
    let told = raw.rsplit_once(LEAVE).unwrap().1;
    assert!(told.contains("Study Hall") && told.contains("Night Hall"), "{told}");
}
