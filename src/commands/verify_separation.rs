//! `swf verify-separation`: checks that only the web export refers to the website.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::commands::terminal;
use crate::error::{Error, Kind, Result};
use crate::web::client::GUARDED;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of the source code, which contains src/
    #[arg(default_value = ".")]
    path: PathBuf,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<()> {
    let breaches = breaches(&args.path).map_err(|error| {
        let folder = args.path.join("src");
        Error::usage(format!("the source code in {} can't be read: {error}", folder.display()))
            .command("Give the folder of swf's source code, e.g.", "swf verify-separation ~/src/swf")
    })?;
    if args.json {
        let list = breaches
            .iter()
            .map(|breach| json!({ "file": breach.file, "line": breach.line, "guarded": breach.guarded }));
        terminal::print_json(&json!({ "breaches": list.collect::<Vec<_>>() }))?;
    } else {
        let lines = breaches.iter().map(|breach| format!("{}:{}: {}\n", breach.file, breach.line, breach.guarded));
        terminal::print(&lines.collect::<String>())?;
    }
    match breaches.len() {
        0 if args.json => Ok(()),
        0 => terminal::print("Only the web export refers to the website.\n"),
        count => {
            let lines = if count == 1 { "1 line breaks".into() } else { format!("{count} lines break") };
            Err(Error::new(Kind::Found, format!("{lines} the separation"))
                .hint("Move that code to src/web/, and call it from there."))
        }
    }
}

/// A guarded string outside of the web export.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Breach {
    /// The path from the project's root, with slashes.
    pub file: String,
    /// The number of the line, from 1.
    pub line: usize,
    pub guarded: &'static str,
}

/// All guarded strings in `src/**/*.rs` of the project at `root`, in order, except in `src/web/` (and in its former
/// place, `src/web_export.rs`). Fails if there is no such folder, or something in it can't be read.
fn breaches(root: &Path) -> io::Result<Vec<Breach>> {
    let mut breaches = Vec::new();
    let mut folders = vec![root.join("src")];
    // Without this, a link to a parent folder would be followed forever.
    let mut seen = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        if !seen.insert(folder.canonicalize()?) {
            continue;
        }
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = name(root, &path);
            // Skip broken links.
            let Ok(kind) = path.metadata() else { continue };
            if kind.is_dir() && name != "src/web" {
                folders.push(path);
            } else if kind.is_file() && name.ends_with(".rs") && name != "src/web_export.rs" {
                breaches.extend(breaches_in(&name, &std::fs::read(&path)?));
            }
        }
    }
    breaches.sort();
    Ok(breaches)
}

fn name(root: &Path, path: &Path) -> String {
    let parts: PathBuf = path.strip_prefix(root).unwrap_or(path).components().collect();
    parts.to_string_lossy().replace('\\', "/")
}

fn breaches_in(file: &str, bytes: &[u8]) -> Vec<Breach> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().enumerate().flat_map(|(index, line)| {
        let found = GUARDED.into_iter().filter(move |guarded| line.contains(guarded));
        // One guarded string may contain another: report the longest.
        let longest = found.max_by_key(|guarded| guarded.len());
        longest.map(|guarded| Breach { file: file.to_owned(), line: index + 1, guarded })
    });
    lines.collect()
}
