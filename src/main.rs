//! Parses the command line, runs the command, and turns the result into an exit code.

use std::io::Write;
use std::process::ExitCode;

use secrecy::SecretString;
use swf::cli::Cli;

fn main() -> ExitCode {
    swf::platform::process::protect();
    // For tests only. It must be in the process's environment; no settings file can set it.
    if std::env::var_os("FAKE_TELEGRAM_DATES").is_some() {
        swf::platform::clock::accept_any_date();
    }
    // Skip variables that are not valid Unicode.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, SecretString::from(value.into_string().ok()?))));
    match swf::cli::run(Cli::from_arguments(), environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A failed write to standard error does not change the exit code.
            let _ = writeln!(std::io::stderr(), "swf: {error}");
            ExitCode::from(error.kind.code())
        }
    }
}
