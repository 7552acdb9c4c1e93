//! `swf schedule`: an entry for the system's scheduler, with this machine's paths, or the script that removes it.
//!
//! Each home has entries of its own, named after the home ([`service_name`]), so that the entries of one home never
//! replace those of another. Earlier versions called every home's entry `swf`, so the scripts check whose an entry is
//! before they change it.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::commands::context::Context;
use crate::commands::terminal;
use crate::error::{Error, Result};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which scheduler
    system: System,
    /// Print commands that remove the entry of this folder instead
    #[arg(long)]
    remove: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum System {
    /// Lines for crontab
    Cron,
    /// Services of your user on Linux
    Systemd,
    /// Agents of your user on macOS
    Launchd,
    /// Tasks of your user
    Windows,
}

/// The values that an entry is made from.
struct Entry<'a> {
    program: &'a Path,
    home: &'a Path,
    /// See [`service_name`].
    name: &'a str,
}

impl System {
    /// The scheduler of this machine.
    pub fn here() -> System {
        if cfg!(windows) {
            System::Windows
        } else if cfg!(target_os = "macos") {
            System::Launchd
        } else if Path::new("/run/systemd/system").is_dir() {
            System::Systemd
        } else {
            System::Cron
        }
    }

    /// What to do to make `program`, as it is called in a shell, start by itself.
    pub fn steps(self, program: &str) -> String {
        let command = self.command(program);
        match self {
            System::Cron => format!("{command}    prints lines; add them with: crontab -e"),
            System::Systemd | System::Launchd => command,
            System::Windows => format!("{command}    prints what to paste into PowerShell"),
        }
    }

    /// The command for [`System::steps`].
    pub fn command(self, program: &str) -> String {
        let system = match self {
            System::Cron => "cron",
            System::Systemd => "systemd | sh",
            System::Launchd => "launchd | sh",
            System::Windows => "windows",
        };
        format!("{program} schedule {system}")
    }

    /// The text of an entry that keeps a tracker of this home running, or of a script that removes the entry.
    fn text(self, home: &Path, name: &str, remove: bool) -> Result<String> {
        let program = std::env::current_exe()
            .map_err(|error| Error::failed(format!("can't find the program's own file: {error}")).caused_by(error))?;
        [&*program, home].into_iter().try_for_each(check)?;
        let entry = Entry { program: &program, home, name };
        Ok(match (self, remove) {
            (System::Cron, false) => cron(&entry),
            (System::Cron, true) => remove_cron(&entry),
            (System::Systemd, false) => systemd(&entry),
            (System::Systemd, true) => remove_systemd(&entry),
            (System::Launchd, false) => launchd(&entry),
            (System::Launchd, true) => remove_launchd(&entry),
            (System::Windows, remove) => windows(&entry, remove),
        })
    }
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let home = context.config.home().path();
    let name = service_name(home, context.config.has_platform_home());
    terminal::print(&args.system.text(home, &name, args.remove)?)
}

/// The name of the platform's own home, and of every home's entry in earlier versions.
pub(super) const NAME: &str = "swf";
/// The most characters of a folder's name in a service's name.
const MAX_FOLDER_CHARS: usize = 24;

/// The name of the service, agent or task of a home: `swf` for the home in the platform's data directory, else
/// `swf-study-1f0c93ab`, with the folder's name and a hash of its path. The same path always gives the same name.
pub(super) fn service_name(home: &Path, is_platform_home: bool) -> String {
    if is_platform_home {
        return NAME.to_owned();
    }
    // A path with a slash at the end is the same folder; so is, on Windows, a path in another case.
    let path = home.components().collect::<std::path::PathBuf>().display().to_string();
    let path = if cfg!(windows) { path.to_lowercase() } else { path };
    let hash: String = Sha256::digest(path)[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = home.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let words = folder.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let folder: String = words.collect::<Vec<_>>().join("-").chars().take(MAX_FOLDER_CHARS).collect();
    match folder.trim_end_matches('-') {
        "" => format!("{NAME}-{hash}"),
        folder => format!("{NAME}-{folder}-{hash}"),
    }
}

/// The paths of the program and its folder in `contrib/`.
const UNIX: [&str; 2] = ["$HOME/.cargo/bin/swf", "$HOME/study"];
const SYSTEMD: [&str; 2] = ["%h/.cargo/bin/swf", "%h/study"];

/// Refuses a path that would change an entry, such as one with a line break.
fn check(path: &Path) -> Result<()> {
    let why = match path.to_str() {
        None => "is not Unicode",
        Some(text) if text.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) => {
            "has a control character, such as a line break"
        }
        Some(_) => return Ok(()),
    };
    Err(Error::config(format!("the path {path:?} {why}, and can't be part of a scheduler's entry"))
        .hint("Rename it, or use another folder with --home."))
}

/// Replaces `places` in `template` by `paths`. The inserted text is not searched, because it may contain a place.
fn filled(template: &str, places: [&str; 2], paths: [&str; 2]) -> String {
    let (mut out, mut rest) = (String::new(), template);
    let first = |text: &str| (0..2).filter_map(|one| Some((text.find(places[one])?, one))).min();
    while let Some((at, one)) = first(rest) {
        out += &rest[..at];
        out += paths[one];
        rest = &rest[at + places[one].len()..];
    }
    out + rest
}

/// A text in single quotes for a POSIX shell, which expands nothing in them.
fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A path in single quotes for the shell of cron, with % escaped: cron reads it as a line break.
fn in_crontab(path: &Path) -> String {
    shell(&path.display().to_string()).replace('%', "\\%")
}

fn cron(entry: &Entry) -> String {
    let paths = [entry.program, entry.home].map(in_crontab);
    filled(include_str!("../../contrib/cron/swf.cron"), UNIX, [&paths[0], &paths[1]])
}

fn remove_cron(entry: &Entry) -> String {
    // If the crontab can't be read, the script stops before it writes.
    format!(
        "# Removes this folder's lines from your crontab. Run this in a shell: swf schedule cron --remove | sh\n\
         set -e\n\
         lines=$(crontab -l)\n\
         printf '%s\\n' \"$lines\" | grep -vF -- {} | crontab -\n\
         echo 'Removed. A tracker that runs goes on until you stop it.'\n",
        shell(&format!(" --home {} -q ", in_crontab(entry.home)))
    )
}

/// A path in double quotes for systemd.
fn in_unit(path: &Path) -> String {
    let path = path.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", path.replace('%', "%%").replace('$', "$$"))
}

/// The start of the scripts for systemd: the folder of the units, and a function that removes the units of a name if
/// they belong to this home.
fn systemd_head(entry: &Entry) -> String {
    format!(
        "set -e\n\
         units=\"${{XDG_CONFIG_HOME:-$HOME/.config}}/systemd/user\"\n\
         folder={}\n\
         # Removes the units of a name, if they are this folder's.\n\
         remove() {{\n    \
             grep -qsF -e \"$folder\" \"$units/$1.service\" || return 0\n    \
             systemctl --user disable --now \"$1.service\"\n    \
             systemctl --user disable --now \"$1-watchdog.timer\" || true\n    \
             rm -f \"$units/$1.service\" \"$units/$1-watchdog.service\" \"$units/$1-watchdog.timer\"\n    \
             echo \"Removed $1.service.\"\n\
         }}\n",
        shell(&format!(" --home {} ", in_unit(entry.home)))
    )
}

/// Units in quoted here-documents, which the shell does not expand.
fn systemd(entry: &Entry) -> String {
    let (name, paths) = (entry.name, [entry.program, entry.home].map(in_unit));
    let units = [
        (".service", include_str!("../../contrib/systemd/user/swf.service")),
        ("-watchdog.service", include_str!("../../contrib/systemd/user/swf-watchdog.service")),
        ("-watchdog.timer", include_str!("../../contrib/systemd/user/swf-watchdog.timer")),
    ];
    let mut text =
        "# Runs the tracker as a service of your user. Run this in a shell: swf schedule systemd | sh\n".to_owned();
    text += &systemd_head(entry);
    text += &match name {
        NAME => format!(
            "if [ -e \"$units/{NAME}.service\" ] && ! grep -qF -e \"$folder\" \"$units/{NAME}.service\"; then\n    \
                 grep -F -e ExecStart= \"$units/{NAME}.service\" >&2\n    \
                 {}\n    \
                 exit 1\n\
             fi\n",
            shell_says(&foreign(&format!("{NAME}.service"), "systemd | sh"))
        ),
        _ => format!("# Earlier versions of swf gave every folder's service this name.\nremove {NAME}\n"),
    };
    text += "mkdir -p \"$units\"\n";
    for (end, unit) in units {
        let unit = filled(unit, SYSTEMD, [&paths[0], &paths[1]]);
        text += &format!("cat >\"$units/{name}{end}\" <<'END'\n{unit}END\n");
    }
    text + &format!(
        "systemctl --user daemon-reload\n\
         failed=0\n\
         systemctl --user enable --now {name}.service {name}-watchdog.timer || failed=1\n\
         # Keeps it running while you are logged out.\n\
         loginctl enable-linger || echo \"An administrator has to run: loginctl enable-linger $(id -un)\" >&2\n\
         if [ $failed = 1 ]; then\n    \
             {}\n    \
             exit 1\n\
         fi\n",
        shell_says(
            "The service did not start. If swf track runs in a terminal, stop it there with Ctrl-C, and run this again."
        )
    )
}

fn remove_systemd(entry: &Entry) -> String {
    let mut text =
        "# Removes the service of this folder; its data stays. Run this in a shell: swf schedule systemd --remove | sh\n"
            .to_owned();
    text += &systemd_head(entry);
    text += &removals(entry);
    text + "systemctl --user daemon-reload\n"
}

/// Removes the entry of the home, and the entry that an earlier version made for it.
fn removals(entry: &Entry) -> String {
    let names = [entry.name, NAME];
    let names = if entry.name == NAME { &names[..1] } else { &names[..] };
    names.iter().map(|name| format!("remove {name}\n")).collect()
}

/// The message that an entry of this name belongs to another folder.
fn foreign(entry: &str, command: &str) -> String {
    format!(
        "{entry} belongs to another folder, so nothing was changed. Give it a name of its own first: swf --home \
         THAT_FOLDER schedule {command}"
    )
}

fn shell_says(words: &str) -> String {
    format!("echo {} >&2", shell(words))
}

/// The paths of the program and its folder in `contrib/macos`.
const MACOS: [&str; 2] = ["/Users/YOU/.cargo/bin/swf", "/Users/YOU/study"];

/// A path as the text of an XML element.
pub(super) fn in_xml(path: &Path) -> String {
    path.display().to_string().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn launchd_head(entry: &Entry) -> String {
    format!(
        "set -e\n\
         agents=\"$HOME/Library/LaunchAgents\"\n\
         user=\"gui/$(id -u)\"\n\
         folder={}\n\
         # Removes the agents of a name, if they are this folder's.\n\
         remove() {{\n    \
             grep -qsF -e \"$folder\" \"$agents/$1.plist\" || return 0\n    \
             launchctl bootout \"$user/$1\" || true\n    \
             launchctl bootout \"$user/$1-watchdog\" || true\n    \
             rm -f \"$agents/$1.plist\" \"$agents/$1-watchdog.plist\"\n    \
             echo \"Removed $1.\"\n\
         }}\n",
        shell(&format!("<string>{}</string>", in_xml(entry.home)))
    )
}

fn launchd(entry: &Entry) -> String {
    let (name, paths) = (entry.name, [entry.program, entry.home].map(in_xml));
    let agents = [
        (NAME.to_owned(), name.to_owned(), include_str!("../../contrib/macos/swf.plist")),
        (
            format!("{NAME}-watchdog"),
            format!("{name}-watchdog"),
            include_str!("../../contrib/macos/swf-watchdog.plist"),
        ),
    ];
    let mut text =
        "# Runs the tracker as an agent of your user. Run this in a shell: swf schedule launchd | sh\n".to_owned();
    text += &launchd_head(entry);
    text += &match name {
        NAME => format!(
            "if [ -e \"$agents/{NAME}.plist\" ] && ! grep -qF -e \"$folder\" \"$agents/{NAME}.plist\"; then\n    \
                 {}\n    \
                 exit 1\n\
             fi\n",
            shell_says(&foreign(&format!("The agent {NAME}"), "launchd | sh"))
        ),
        _ => format!("# Earlier versions of swf gave every folder's agent this name.\nremove {NAME}\n"),
    };
    text += "mkdir -p \"$agents\"\n";
    for (template, label, agent) in agents {
        let agent = agent.replacen(&format!("<string>{template}</string>"), &format!("<string>{label}</string>"), 1);
        let agent = filled(&agent, MACOS, [&paths[0], &paths[1]]);
        text += &format!(
            "launchctl bootout \"$user/{label}\" 2>/dev/null || true\n\
             cat >\"$agents/{label}.plist\" <<'END'\n{agent}END\n\
             launchctl bootstrap \"$user\" \"$agents/{label}.plist\"\n"
        );
    }
    text
}

fn remove_launchd(entry: &Entry) -> String {
    let text =
        "# Removes the agent of this folder; its data stays. Run this in a shell: swf schedule launchd --remove | sh\n";
    text.to_owned() + &launchd_head(entry) + &removals(entry)
}

/// Paths are in single quotes for PowerShell; the script inserts them into the XML.
fn windows(entry: &Entry, remove: bool) -> String {
    // PowerShell also reads typographic quotes as quotes.
    let is_quote = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
    let twice = |c: char| std::iter::repeat_n(c, if is_quote(c) { 2 } else { 1 });
    let quote = |path: &Path| path.display().to_string().chars().flat_map(twice).collect::<String>();
    // These lines replace the parameters of the script and the files beside it.
    let script = include_str!("../../contrib/windows/register.ps1");
    let end = script.find("# The folder of a task").unwrap_or_default();
    let what = if remove {
        "Removes the task of this folder; its data stays"
    } else {
        "Runs the tracker as a task of your user"
    };
    format!(
        "# {what}. Run this in PowerShell; no administrator is needed.\n\
         $ErrorActionPreference = 'Stop'\n\
         $Program = '{}'\n$Folder = '{}'\n$Name = '{}'\n$Remove = ${remove}\n\
         $Tracker = @'\n{}'@\n$Watchdog = @'\n{}'@\n\n{}",
        quote(entry.program),
        quote(entry.home),
        entry.name,
        include_str!("../../contrib/windows/swf.xml"),
        include_str!("../../contrib/windows/swf-watchdog.xml"),
        &script[end..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [System; 4] = [System::Cron, System::Systemd, System::Launchd, System::Windows];

    #[test]
    fn paths_with_odd_characters_are_quoted() {
        let (program, home) = (Path::new("/opt/it's/swf"), Path::new("/home/a b/100% $HOME/study"));
        let entry = Entry { program, home, name: "swf-study-1f0c93ab" };
        let cron = cron(&entry);
        assert!(cron.contains(r"'/opt/it'\''s/swf' --home '/home/a b/100\% $HOME/study' -q post"), "{cron}");
        let removed = remove_cron(&entry);
        assert!(removed.contains(r"grep -vF -- ' --home '\''/home/a b/100\% $HOME/study'\'' -q '"), "{removed}");
        let systemd = systemd(&entry);
        let expected = "\"/opt/it's/swf\" --home \"/home/a b/100%% $$HOME/study\" track\n";
        assert!(systemd.contains(expected), "{systemd}");
        let windows = windows(&entry, false);
        assert!(windows.contains("'/opt/it''s/swf'\n$Folder = '/home/a b/100% $HOME/study'\n"), "{windows}");
        let launchd = launchd(&Entry { home: Path::new("/Users/ada/R&D <1>"), ..entry });
        assert!(launchd.contains("<string>/Users/ada/R&amp;D &lt;1&gt;</string>\n"), "{launchd}");
    }

    /// CASES X15.
    #[test]
    fn a_path_with_a_control_character_is_refused() {
        for home in ["/srv/a\nid", "/srv/a\rb", "/srv/\u{1b}[2J", "/srv/a\tb", "/srv/\u{85}", "/srv/\u{2028}"] {
            for (system, remove) in ALL.into_iter().flat_map(|system| [(system, false), (system, true)]) {
                let error = system.text(Path::new(home), "swf", remove).unwrap_err();
                assert_eq!(error.kind.code(), 78);
                assert!(!error.to_string().contains(home), "{error}");
            }
        }
        for home in ["/srv/a b", "/srv/Учёба", "/srv/it's $HOME"] {
            System::Systemd.text(Path::new(home), "swf", false).unwrap();
        }
    }

    #[test]
    fn no_path_of_the_templates_is_left() {
        let entry = Entry { program: Path::new("/opt/swf"), home: Path::new("/srv/study"), name: "swf-study-1f0c93ab" };
        let all = cron(&entry) + &systemd(&entry) + &launchd(&entry);
        for place in [".cargo", "%h", "YOU"] {
            assert!(!all.contains(place), "{all}");
        }
        // Five command lines, two agents, and the line by which the script recognises its units.
        assert_eq!(all.matches("--home").count(), 8, "{all}");
    }

    #[test]
    fn a_home_has_a_name_of_its_own_that_stays() {
        let name = |home: &str| service_name(Path::new(home), false);
        assert_eq!(name("/home/ada/study"), "swf-study-1cb5ca4c");
        assert_eq!(name("/home/ada/study"), name("/home/ada/study/"));
        assert_ne!(name("/home/ada/study"), name("/home/bob/study"));
        assert_eq!(service_name(Path::new("/home/ada/.local/share/swf"), true), "swf");
        for odd in
            ["/srv/Учёба", "/", "/srv/a b'c\"$(id)%h", "/srv/--", "/srv/@x", &format!("/srv/{}", "long ".repeat(50))]
        {
            let name = name(odd);
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(name.chars().all(is_plain) && name.len() <= 40 && name.starts_with("swf-"), "{odd}: {name}");
            assert!(!name.contains("--") && !name.ends_with('-'), "{odd}: {name}");
        }
    }

    /// Two homes never share a file, an agent or a task. A home's name is never that of another home's watchdog either.
    #[test]
    fn the_entries_of_two_homes_have_nothing_in_common() {
        let homes = ["/home/ada/study", "/home/ada/study-watchdog", "/home/ada/other/study", "/home/ada/swf"];
        let names: Vec<String> = homes.iter().map(|home| service_name(Path::new(home), false)).collect();
        for (place, name) in names.iter().enumerate() {
            let others = names.iter().enumerate().filter(|(other, _)| *other != place);
            for taken in others.map(|(_, other)| other.clone()).chain([NAME.to_owned()]) {
                assert!(*name != taken && *name != format!("{taken}-watchdog"), "{name} {taken}");
            }
        }
    }
}
