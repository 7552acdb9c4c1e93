//! The documents are true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use swf::config::{Config, GroupSettings};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All texts between two marks.
fn between<'a>(text: &'a str, from: &'a str, to: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(from).skip(1).filter_map(move |rest| Some(rest.split_once(to)?.0))
}

/// The settings in `.env.example`, also those that are commented out.
fn example() -> BTreeMap<String, String> {
    let text = read(".env.example");
    let lines = text.lines().map(|line| line.strip_prefix('#').unwrap_or(line));
    let pairs = lines.filter_map(|line| line.split_once('=')).filter(|(name, _)| !name.contains(' '));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn the_example_has_every_setting_that_is_read() {
    let config = ["credentials", "parse", "settings", "sources"].map(|file| format!("src/config/{file}.rs"));
    let web = ["src/web/client.rs", "src/web/mod.rs"].map(str::to_owned);
    let files: Vec<String> = config.iter().chain(&web).map(|file| read(file)).collect();
    let is_setting = |word: &&str| word.contains('_') && word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let settings = files.iter().flat_map(|whole| {
        let code = whole.split("#[cfg(test)]").next().unwrap_or_default();
        // Settings are read by their name, or by a constant with it.
        between(code, "(\"", "\"").chain(between(code, ": &str = \"", "\"")).filter(is_setting)
    });
    let settings: BTreeSet<&str> = settings.filter(|word| !word.starts_with('_') && !word.ends_with('_')).collect();
    assert!(settings.len() > 10 && settings.contains("CRON_SECRET"), "{settings:?}");
    let example = example();
    // The platform sets the default folder of data and the folder of credentials, and cargo sets the version.
    let platform = ["LOCALAPPDATA", "APPDATA", "HOME", "XDG_DATA_HOME", "CREDENTIALS_DIRECTORY", "CARGO_PKG_VERSION"];
    let missing: Vec<&str> =
        settings.into_iter().filter(|name| !platform.contains(name) && !example.contains_key(*name)).collect();
    assert_eq!(missing, Vec::<&str>::new(), ".env.example");
}

#[test]
fn the_example_shows_the_defaults() {
    let load = |vars: BTreeMap<String, String>| {
        let config = Config::load(Some(PathBuf::from("nowhere")), root(), vars).expect("the settings are right");
        // The example names people and a group; the defaults do not.
        let none = GroupSettings { name: None, aliases: Vec::new(), alert_to: None, ..config.group().clone() };
        // The logged settings are the texts as they were written.
        GroupSettings { bot_target: None, logged: BTreeMap::new(), ..none }
    };
    assert_eq!(load(example()), load(BTreeMap::new()));
}

#[test]
fn the_repository_has_an_empty_var_that_nothing_is_committed_from() {
    assert_eq!(read("var/.gitignore"), "*\n!.gitignore\n");
    assert!(!read(".gitignore").lines().any(|line| line.trim_matches('/') == "var"));
}

#[test]
fn the_files_and_functions_that_the_architecture_names_exist() {
    let text = read("ARCHITECTURE.md");
    let folders =
        ["src/", "tests/", "examples/", "benches/", "migrations/", "contrib/", "crates/", "completions/", "man/"];
    let names = || text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let paths = names().filter(|name| !name.contains(' ') && folders.iter().any(|folder| name.starts_with(folder)));
    let missing: Vec<&str> = paths.filter(|path| !root().join(path).exists()).collect();
    assert_eq!(missing, Vec::<&str>::new());
    // The walks are tables: a function, its file, and what it does.
    let steps = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split("` | `");
        Some((cells.next()?, cells.next()?.split('`').next()?))
    });
    let steps: Vec<(&str, &str)> = steps.filter(|(_, file)| file.starts_with("src/")).collect();
    assert!(steps.len() > 40, "{steps:?}");
    let is_missing = |(function, file): &&(&str, &str)| {
        let name = function.rsplit("::").next().unwrap_or_default();
        let code = read(file);
        !["(", "<"].iter().any(|next| code.contains(&format!("fn {name}{next}")))
    };
    assert_eq!(steps.iter().filter(is_missing).collect::<Vec<_>>(), Vec::<&(&str, &str)>::new());
}

#[test]
fn links_lead_somewhere() {
    let docs = ["administration", "chat", "dependencies", "guide", "linux", "macos", "page", "releasing", "windows"];
    let privacy = ["privacy", "privacy.ru", "privacy.uz", "privacy.uz-cyrl"];
    let docs: Vec<String> = docs.iter().chain(&privacy).map(|name| format!("docs/{name}.md")).collect();
    let pages = ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"].map(str::to_owned);
    for page in pages.iter().chain(&docs) {
        let text = read(page);
        let folder = root().join(page);
        let folder = folder.parent().expect("a page is in a folder");
        let pictures = ["src=\"", "srcset=\""].into_iter().flat_map(|name| between(&text, name, "\""));
        let links = between(&text, "](", ")").chain(pictures);
        for link in links.filter(|link| !link.starts_with("http")) {
            let path = link.split('#').next().unwrap_or_default();
            assert!(path.is_empty() || folder.join(path).exists(), "{page} links to {link}");
        }
    }
}

#[test]
fn the_readme_names_the_test_command_that_is_run_before_a_change() {
    let command = "cargo test --workspace";
    assert!(read("README.md").lines().any(|line| line.trim() == command));
    assert!(read(".ci/run").lines().any(|line| line.trim() == format!("step {command}")));
}
