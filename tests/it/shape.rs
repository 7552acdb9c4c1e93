//! What the code must not do, held by reading it.

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

/// Lines of code in `folder` that name one of `words`; comments may.
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
        "crate::clock",
        "crate::config",
        "crate::store",
        "crate::telegram",
        "crate::tracker",
        "crate::render",
        "crate::commands",
        "println!",
        "tracing",
    ];
    assert_eq!(lines_with("src/domain", &impure), Vec::<String>::new());
}

#[test]
fn commands_hold_no_sql_and_no_telegram_types() {
    assert_eq!(lines_with("src/commands", &["rusqlite", "SELECT ", "grammers", "tl::"]), Vec::<String>::new());
}

#[test]
fn adapters_do_not_import_each_other() {
    for (folder, others) in [
        ("src/store", &["crate::telegram", "crate::render", "crate::tracker", "crate::commands"][..]),
        ("src/telegram", &["crate::render", "crate::tracker", "crate::commands", "rusqlite"][..]),
        ("src/render", &["crate::store", "crate::telegram", "crate::tracker", "crate::commands"][..]),
        ("src/web", &["crate::store", "crate::telegram", "crate::render", "crate::tracker", "crate::commands"][..]),
    ] {
        assert_eq!(lines_with(folder, others), Vec::<String>::new());
    }
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
