//! Files made from the definition of the command line: `completions/`, `man/` and `docs/cli.md`. They are committed,
//! and these tests check that they are up to date. `SWF_REGENERATE=1 cargo test generated` rewrites them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_complete::{Generator, Shell};
use clap_mangen::Man;
use swf::cli::Cli;

/// The folders that contain only generated files.
const FOLDERS: [&str; 2] = ["completions", "man"];
const SHELLS: [Shell; 4] = [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell];
/// The width of a help text, in columns; without it, the width of the terminal would be used.
const WIDTH: usize = 100;

/// Paths from the project's root, with the expected contents.
type Files = BTreeMap<String, String>;

#[test]
fn generated_files_are_true() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let wanted = wanted();
    let is_changed = |path: &str, text: &str| std::fs::read_to_string(root.join(path)).ok().as_deref() != Some(text);
    let changed: Vec<(&String, &String)> = wanted.iter().filter(|(path, text)| is_changed(path, text)).collect();
    let present = FOLDERS.iter().flat_map(|folder| present(root, folder));
    let stale: Vec<String> = present.filter(|path| !wanted.contains_key(path)).collect();
    if std::env::var_os("SWF_REGENERATE").is_some() {
        for path in stale {
            std::fs::remove_file(root.join(path)).expect("a stale file can be removed");
        }
        for (path, text) in changed {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
            std::fs::write(path, text).expect("the file can be written");
        }
        return;
    }
    let changed: Vec<&String> = changed.into_iter().map(|(path, _)| path).collect();
    assert!(
        changed.is_empty() && stale.is_empty(),
        "differ: {changed:?}, should not be there: {stale:?}\nRun: SWF_REGENERATE=1 cargo test generated"
    );
}

fn wanted() -> Files {
    let mut files = Files::new();
    for shell in SHELLS {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "swf", &mut script);
        let script = String::from_utf8(script).expect("a script is UTF-8");
        files.insert(format!("completions/{}", shell.file_name("swf")), script);
    }
    // `swf help track` prints the same as `swf track --help`, so it needs no page.
    let mut root = Cli::command().disable_help_subcommand(true).term_width(WIDTH);
    root.build();
    let mut reference = "# The command line\n\nWhat `--help` says, for every command.\n".to_owned();
    for command in commands(&root) {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
        let mut page = Vec::new();
        let source = format!("swf {}", env!("CARGO_PKG_VERSION"));
        Man::new(command.clone()).source(source).render(&mut page).expect("memory can be written");
        files.insert(format!("man/{name}.1"), text(page));
        let title = command.get_bin_name().unwrap_or(&name).to_owned();
        let help = command.clone().render_long_help().to_string();
        reference += &format!("\n## {title}\n\n```text\n{}```\n", text(help.into_bytes()));
    }
    files.insert("docs/cli.md".to_owned(), reference);
    files
}

/// The command and all its subcommands, parents first.
fn commands(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().filter(|command| !command.is_hide_set()).flat_map(commands);
    std::iter::once(command).chain(below).collect()
}

/// Removes blanks at line ends, and makes the text end with one line end.
fn text(bytes: Vec<u8>) -> String {
    let text = String::from_utf8(bytes).expect("pages are UTF-8");
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

/// The files of a folder, as paths from the root.
fn present(root: &Path, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten();
    let names = entries.map(|entry| PathBuf::from(entry.expect("the folder can be listed").file_name()));
    names.map(|name| format!("{folder}/{}", name.display())).collect()
}
