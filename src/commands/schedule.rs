//! `swf schedule`: an entry for the system's scheduler, with this machine's paths.

use std::path::Path;

use crate::commands::context::Context;
use crate::commands::terminal;
use crate::error::{Error, Result};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which scheduler
    system: System,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum System {
    Cron,
    Systemd,
    Windows,
}

impl System {
    /// The scheduler of this machine.
    pub fn here() -> System {
        if cfg!(windows) {
            System::Windows
        } else if Path::new("/run/systemd/system").is_dir() {
            System::Systemd
        } else {
            System::Cron
        }
    }

    /// How to make `program`, as it is called in a shell, start by itself.
    pub fn steps(self, program: &str) -> String {
        match self {
            System::Cron => format!("{program} schedule cron    prints lines; add them with: crontab -e"),
            System::Systemd => format!("{program} schedule systemd | sh"),
            System::Windows => format!("{program} schedule windows    prints what to paste into PowerShell"),
        }
    }

    /// The entry that keeps a tracker of this home running.
    fn entry(self, home: &Path) -> Result<String> {
        let program = std::env::current_exe()
            .map_err(|error| Error::failed(format!("can't find the program's own file: {error}")).caused_by(error))?;
        [&*program, home].into_iter().try_for_each(check)?;
        Ok(match self {
            System::Cron => cron(&program, home),
            System::Systemd => systemd(&program, home),
            System::Windows => windows(&program, home),
        })
    }
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    terminal::print(&args.system.entry(context.config.home().path())?)
}

/// The paths of the program and its folder in `contrib/`.
const UNIX: [&str; 2] = ["$HOME/.cargo/bin/swf", "$HOME/study"];
const SYSTEMD: [&str; 2] = ["%h/.cargo/bin/swf", "%h/study"];

/// Refuses a path that would be something else in an entry: a line break begins another line of it.
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

/// Replaces `places` in `template` by `paths`. The inserted text is not searched again: it may contain a place.
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

/// Paths are in single quotes for the shell, with % escaped: cron reads it as a line break.
fn cron(program: &Path, home: &Path) -> String {
    let quote = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', "'\\''")).replace('%', "\\%");
    filled(include_str!("../../contrib/cron/swf.cron"), UNIX, [&quote(program), &quote(home)])
}

/// Paths are in double quotes for systemd, in quoted here-documents, which the shell does not expand.
fn systemd(program: &Path, home: &Path) -> String {
    let quote = |path: &Path| {
        let path = path.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{}\"", path.replace('%', "%%").replace('$', "$$"))
    };
    let units = [
        ("swf.service", include_str!("../../contrib/systemd/user/swf.service")),
        ("swf-watchdog.service", include_str!("../../contrib/systemd/user/swf-watchdog.service")),
        ("swf-watchdog.timer", include_str!("../../contrib/systemd/user/swf-watchdog.timer")),
    ];
    let mut text = "# Runs the tracker as a service of your user. Run this in a shell: swf schedule systemd | sh\n\
                    set -e\n\
                    units=\"${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user\"\n\
                    mkdir -p \"$units\"\n"
        .to_owned();
    for (name, unit) in units {
        let unit = filled(unit, SYSTEMD, [&quote(program), &quote(home)]);
        text += &format!("cat >\"$units/{name}\" <<'END'\n{unit}END\n");
    }
    text + "systemctl --user daemon-reload\n\
            systemctl --user enable --now swf.service swf-watchdog.timer\n\
            # Keeps it running while you are logged out.\n\
            loginctl enable-linger || echo \"An administrator has to run: loginctl enable-linger $(id -un)\" >&2\n"
}

/// Paths are in single quotes for PowerShell; the script inserts them into the XML.
fn windows(program: &Path, home: &Path) -> String {
    // PowerShell also reads typographic quotes as quotes.
    let is_quote = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
    let twice = |c: char| std::iter::repeat_n(c, if is_quote(c) { 2 } else { 1 });
    let quote = |path: &Path| path.display().to_string().chars().flat_map(twice).collect::<String>();
    // These lines replace the parameters of the script and the files beside it.
    let script = include_str!("../../contrib/windows/register.ps1");
    let end = script.find("function Register-Swf").unwrap_or_default();
    format!(
        "# Runs the tracker as a task of your user. Run this in PowerShell; no administrator is needed.\n\
         $ErrorActionPreference = 'Stop'\n\
         $Program = '{}'\n$Folder = '{}'\n\
         $Tracker = @'\n{}'@\n$Watchdog = @'\n{}'@\n\n{}",
        quote(program),
        quote(home),
        include_str!("../../contrib/windows/swf.xml"),
        include_str!("../../contrib/windows/swf-watchdog.xml"),
        &script[end..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_odd_characters_are_quoted() {
        let (program, home) = (Path::new("/opt/it's/swf"), Path::new("/home/a b/100% $HOME/study"));
        let cron = cron(program, home);
        assert!(cron.contains(r"'/opt/it'\''s/swf' --home '/home/a b/100\% $HOME/study' -q post"), "{cron}");
        let systemd = systemd(program, home);
        let expected = "\"/opt/it's/swf\" --home \"/home/a b/100%% $$HOME/study\" track\n";
        assert!(systemd.contains(expected), "{systemd}");
        let windows = windows(program, home);
        assert!(windows.contains("'/opt/it''s/swf'\n$Folder = '/home/a b/100% $HOME/study'\n"), "{windows}");
    }

    /// CASES X15.
    #[test]
    fn a_path_with_a_control_character_is_refused() {
        for home in ["/srv/a\nid", "/srv/a\rb", "/srv/\u{1b}[2J", "/srv/a\tb", "/srv/\u{85}", "/srv/\u{2028}"] {
            for system in [System::Cron, System::Systemd, System::Windows] {
                let error = system.entry(Path::new(home)).unwrap_err();
                assert_eq!(error.kind.code(), 78);
                assert!(!error.to_string().contains(home), "{error}");
            }
        }
        for home in ["/srv/a b", "/srv/Учёба", "/srv/it's $HOME"] {
            System::Systemd.entry(Path::new(home)).unwrap();
        }
    }

    #[test]
    fn no_path_of_the_templates_is_left() {
        let (program, home) = (Path::new("/opt/swf"), Path::new("/srv/study"));
        let all = cron(program, home) + &systemd(program, home);
        assert!(!all.contains(".cargo") && !all.contains("%h") && all.matches("--home").count() == 5, "{all}");
    }
}
