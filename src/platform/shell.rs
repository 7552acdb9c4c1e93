//! Runs a command of the user in a shell, for one file.
//!
//! The shell gets the file's path as an argument and in the environment, so nothing in the path is read as a command.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, copy, sink};
use tokio::process::{Child, ChildStderr, Command};

use crate::domain::text::clean;

/// The default timeout of a command.
pub const TIMEOUT: Duration = Duration::from_secs(600);
/// The variable that holds the file's path.
pub const FILE: &str = "BACKUP_FILE";
/// How much of a command's standard error is logged, in bytes.
const MAX_OUTPUT: u64 = 2000;

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Completes "the command …".
    pub why: String,
    /// The beginning of its standard error, on one line.
    pub output: String,
}

/// Runs `command` for `file`. It succeeds if the shell ends with code 0 within `timeout`. The command is killed after
/// the timeout, or when the future is dropped. It gets none of the variables in `secrets`.
pub async fn run(command: &str, file: &Path, secrets: &[String], timeout: Duration) -> Result<(), Failure> {
    let mut shell = shell(command, file);
    shell.env(FILE, file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    for secret in secrets {
        shell.env_remove(secret);
    }
    let failure = |why: String, output: &[u8]| Failure { why, output: clean(&String::from_utf8_lossy(output)) };
    let mut child = shell.spawn().map_err(|error| failure(format!("can't be started: {error}"), &[]))?;
    let (errors, mut output) = (child.stderr.take(), Vec::new());
    let ended = async { tokio::join!(read_start(errors, &mut output), child.wait()).1 };
    match tokio::time::timeout(timeout, ended).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(failure(ended_with(status), &output)),
        Ok(Err(error)) => Err(failure(format!("can't be waited for: {error}"), &output)),
        Err(_) => {
            kill(&mut child).await;
            Err(failure(format!("did not end within {} minutes", timeout.as_secs() / 60), &output))
        }
    }
}

/// `$1` is the file.
#[cfg(not(windows))]
fn shell(command: &str, file: &Path) -> Command {
    let mut shell = Command::new("sh");
    // A process group of its own: processes that the command starts are killed with it.
    shell.args(["-c", command, "swf"]).arg(file).process_group(0);
    shell
}

/// `$env:BACKUP_FILE` is the file.
#[cfg(windows)]
fn shell(command: &str, _: &Path) -> Command {
    let mut shell = Command::new("powershell.exe");
    shell.args(["-NoProfile", "-NonInteractive", "-Command", command]);
    shell
}

/// Reads to the end, but stores only the beginning.
async fn read_start(errors: Option<ChildStderr>, start: &mut Vec<u8>) {
    let Some(mut errors) = errors else { return };
    // Output that can't be read is not logged.
    let _ = (&mut errors).take(MAX_OUTPUT).read_to_end(start).await;
    let _ = copy(&mut errors, &mut sink()).await;
}

fn ended_with(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => "was killed by a signal".to_owned(),
    }
}

async fn kill(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
        // The process may have ended already.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill().await;
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    async fn run_in(folder: &Path, command: &str) -> Result<(), Failure> {
        run(command, &folder.join("a copy; touch \"$(touch hostile)\" '.db"), &[], TIMEOUT).await
    }

    #[tokio::test]
    async fn the_path_is_an_argument_and_never_a_part_of_the_command() {
        let folder = tempfile::tempdir().unwrap();
        let copy = "printf '%s\\n%s' \"$1\" \"$BACKUP_FILE\" >\"$(dirname \"$1\")/seen\"";
        run_in(folder.path(), copy).await.unwrap();
        let path = folder.path().join("a copy; touch \"$(touch hostile)\" '.db");
        let path = path.to_str().unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("seen")).unwrap(), format!("{path}\n{path}"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn a_failure_has_the_exit_code_and_what_was_printed() {
        let folder = tempfile::tempdir().unwrap();
        let failure = run_in(folder.path(), "echo out; echo 'no\troom' >&2; exit 3").await.unwrap_err();
        assert_eq!(failure, Failure { why: "ended with exit code 3".into(), output: "no room".into() });
        let failure = run_in(folder.path(), "kill -9 $$").await.unwrap_err();
        assert_eq!(failure.why, "was killed by a signal");
    }

    #[tokio::test]
    async fn endless_output_is_read_and_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let print = "head -c 300000 /dev/zero | tr '\\0' x >&2";
        // The command would fail if nobody read its output.
        run_in(folder.path(), print).await.unwrap();
        let failure = run_in(folder.path(), &format!("{print}; exit 1")).await.unwrap_err();
        assert_eq!(failure.output.len() as u64, MAX_OUTPUT);
    }

    #[tokio::test]
    async fn a_command_that_does_not_end_is_killed() {
        let failure = run("sleep 30", Path::new("copy.db"), &[], Duration::ZERO).await.unwrap_err();
        assert_eq!(failure.why, "did not end within 0 minutes");
    }

    #[tokio::test]
    async fn a_command_gets_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        // A variable that every process of the tests has plays the secret.
        let names = ["PATH".to_owned()];
        let command = "test -z \"$(env | grep ^CARGO_MANIFEST_DIR=)\"";
        run(command, folder.path(), &["CARGO_MANIFEST_DIR".to_owned()], TIMEOUT).await.unwrap();
        run(command, folder.path(), &names, TIMEOUT).await.unwrap_err();
    }
}
