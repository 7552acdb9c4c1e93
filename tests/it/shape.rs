//! What the code must not do; checked by reading the code.

use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the sources are there") {
            let path = entry.expect("the sources can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source is text");
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

/// Lines of code in `folder` that contain one of `words`; comments are not checked.
fn lines_with(folder: &str, words: &[&str]) -> Vec<String> {
    let files = sources(folder);
    let lines = files.iter().flat_map(|(path, text)| {
        let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        code.filter(|(_, line)| words.iter().any(|word| line.contains(word)))
            .map(move |(number, line)| format!("{}:{}: {}", path.display(), number + 1, line.trim()))
    });
    lines.collect()
}

#[test]
fn the_domain_is_pure() {
    let impure = [
        "tokio",
        "rusqlite",
        "grammers",
        "reqwest",
        "std::fs",
        "std::net",
        "std::env",
        "std::io",
        "std::thread",
        "std::time",
        "println!",
        "tracing",
    ];
    assert_eq!(lines_with("src/domain", &impure), Vec::<String>::new());
}

#[test]
fn commands_hold_no_sql_and_no_telegram_types() {
    assert_eq!(lines_with("src/commands", &["rusqlite", "SELECT ", "grammers", "tl::"]), Vec::<String>::new());
}

/// `--home` is inserted into `Hint::Command`s; a command in a text hint would lack it.
#[test]
fn no_text_hint_holds_a_command() {
    let has_command = |argument: &str| {
        let argument = argument.trim_start().trim_start_matches("format!(").trim_start();
        let text = argument.strip_prefix('"').and_then(|rest| rest.split('"').next()).unwrap_or_default();
        text.starts_with("swf ") || text.contains(": swf ")
    };
    let mut wrong = Vec::new();
    for (path, text) in sources("src").iter().filter(|(path, _)| !path.ends_with("src/error.rs")) {
        for call in [".hint(", "Hint::text("] {
            let arguments = text.match_indices(call).map(|(at, _)| &text[at + call.len()..]);
            let lines = arguments.filter(|rest| has_command(rest)).filter_map(|rest| rest.trim_start().lines().next());
            wrong.extend(lines.map(|line| format!("{}: {call}{line}", path.display())));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Data flows one way: main → cli → commands → tracker → app → adapters → domain. Each folder is listed with what it
/// may import.
const MAY_IMPORT: [(&str, &[&str]); 11] = [
    ("domain", &["domain"]),
    ("platform", &["domain", "error", "platform"]),
    ("config", &["config", "domain", "error", "platform"]),
    ("store", &["domain", "error", "store"]),
    ("telegram", &["domain", "error", "platform", "telegram"]),
    ("web", &["domain", "error", "web"]),
    ("render", &["domain", "error", "render"]),
    ("card", &["card", "domain", "error"]),
    ("app", &["app", "card", "config", "domain", "error", "platform", "store", "telegram", "web"]),
    ("tracker", &["app", "card", "config", "domain", "error", "platform", "store", "telegram", "tracker", "web"]),
    (
        "commands",
        &[
            "app", "card", "commands", "config", "domain", "error", "platform", "render", "store", "telegram",
            "tracker", "web",
        ],
    ),
];

#[test]
fn each_folder_imports_only_what_lies_below_it() {
    let mut wrong = Vec::new();
    for (folder, allowed) in MAY_IMPORT {
        for line in lines_with(&format!("src/{folder}"), &["crate::"]) {
            let rooms = line.split("crate::").skip(1);
            let room = |rest: &str| rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next().map(str::to_owned);
            wrong.extend(rooms.filter_map(room).filter(|room| !allowed.contains(&room.as_str())).map(|_| line.clone()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// A name reaches a surface only through `people::display`, where people can be hidden. Boards are ordered by names.
#[test]
fn names_are_shown_only_through_people_display() {
    let lines = lines_with("src", &["profile.name", "profile.username", "profile.other_usernames"]);
    let allowed = ["people.rs", "leaderboard.rs"].map(|file| format!("{file}:"));
    let wrong: Vec<&String> = lines.iter().filter(|line| !allowed.iter().any(|file| line.contains(file))).collect();
    assert_eq!(wrong, Vec::<&String>::new());
}

#[test]
fn what_does_not_cross_compile_or_link_never_comes_in() {
    let lock =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).expect("Cargo.lock is there");
    assert!(!lock.contains("name = \"libsql-ffi\""), "libsql-ffi does not link beside rusqlite's SQLite");
    assert!(
        !lock.contains("name = \"aws-lc-sys\""),
        "aws-lc does not cross-compile to Windows easily; rustls has ring"
    );
}
