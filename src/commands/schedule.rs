//! `swf schedule`: a ready entry for the system's own scheduler, with this machine's paths.

use std::path::Path;

use super::Context;
use crate::error::Result;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// For which scheduler
    system: System,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum System {
    Cron,
    Systemd,
    Windows,
}

impl System {
    /// The one that this machine has.
    pub fn here() -> System {
        if cfg!(windows) {
            System::Windows
        } else if Path::new("/run/systemd/system").is_dir() {
            System::Systemd
        } else {
            System::Cron
        }
    }

    /// The entry that keeps a tracker of this home running.
    pub fn entry(self, home: &Path) -> Result<String> {
        let program = std::env::current_exe()?;
        Ok(match self {
            System::Cron => cron(&program, home),
            System::Systemd => systemd(&program, home),
            System::Windows => windows(&program, home),
        })
    }
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    super::print(&args.system.entry(context.config.home.path())?)
}

/// For a shell and cron: single quotes, and % is a line break to cron.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''")).replace('%', "\\%")
}

fn cron(program: &Path, home: &Path) -> String {
    let (program, home) = (quoted(program), quoted(home));
    format!(
        "# swf: posts what is due, also after an outage; does nothing otherwise. Add this with: crontab -e\n\
         */10 * * * * {program} --home {home} post >/dev/null\n\
         # Keeps the tracker running: a second one is refused, so this starts it only where it is not.\n\
         */5 * * * * {program} --home {home} -q track >/dev/null 2>&1\n"
    )
}

fn systemd(program: &Path, home: &Path) -> String {
    // Within double quotes, as systemd reads them.
    let quote = |path: &Path| {
        format!(
            "\"{}\"",
            path.display().to_string().replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$")
        )
    };
    let (program, folder) = (quote(program), quote(home));
    format!(
        "# Save as ~/.config/systemd/user/swf.service, then:\n\
         #   systemctl --user daemon-reload && systemctl --user enable --now swf\n\
         #   loginctl enable-linger    (so that it runs while you are logged out)\n\
         # The tracker posts by itself; no timer is needed.\n\
         [Unit]\n\
         Description=swf: study time of a Telegram group\n\
         Wants=network-online.target\n\
         After=network-online.target\n\
         \n\
         [Service]\n\
         ExecStart={program} --home {folder} track\n\
         Restart=on-failure\n\
         RestartSec=15\n\
         # A login or a setting that is wrong does not mend itself.\n\
         RestartPreventExitStatus=78\n\
         \n\
         [Install]\n\
         WantedBy=default.target\n"
    )
}

fn windows(program: &Path, home: &Path) -> String {
    // PowerShell, single quotes; the action's arguments are in double quotes, which no Windows path holds.
    let quote = |path: &Path| path.display().to_string().replace('\'', "''");
    let (program, home) = (quote(program), quote(home));
    format!(
        "# Run this in PowerShell. The tracker starts when you log on, and posts by itself.\n\
         $action = New-ScheduledTaskAction -Execute '{program}' -Argument '--home \"{home}\" -q track'\n\
         $trigger = New-ScheduledTaskTrigger -AtLogOn\n\
         $settings = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries `\n    \
           -ExecutionTimeLimit ([TimeSpan]::Zero) -RestartCount 99 -RestartInterval (New-TimeSpan -Minutes 1)\n\
         Register-ScheduledTask -TaskName 'swf' -Action $action -Trigger $trigger -Settings $settings\n\
         # To remove it: Unregister-ScheduledTask -TaskName 'swf'\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_odd_characters_are_quoted() {
        let (program, home) = (Path::new("/opt/it's/swf"), Path::new("/home/a b/100%"));
        assert!(
            cron(program, home).contains(r"'/opt/it'\''s/swf' --home '/home/a b/100\%' post"),
            "{}",
            cron(program, home)
        );
        assert!(systemd(program, home).contains("\"/opt/it's/swf\" --home \"/home/a b/100%%\" track"));
        assert!(windows(program, home).contains("'/opt/it''s/swf' -Argument '--home \"/home/a b/100%\""));
    }
}
