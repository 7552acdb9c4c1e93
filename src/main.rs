//! Parses the command line, runs the command, and turns the result into an exit code.

use std::io::Write;
use std::process::ExitCode;

use swf::cli::Cli;
use swf::config::environment;
use swf::web::{self, client};

fn main() -> ExitCode {
    swf::platform::process::protect();
    // For tests only. It must be in the process's environment; no settings file can set it.
    if std::env::var_os("FAKE_TELEGRAM_DATES").is_some() {
        swf::platform::clock::accept_any_date();
    }
    let cli = Cli::from_arguments();
    let of_website = [&client::NAMES[..], &[web::SECRET, web::SESSION_VERSION]].concat();
    match environment(std::env::vars_os(), &of_website).and_then(|environment| swf::cli::run(cli, environment)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A failed write to standard error does not change the exit code.
            let _ = writeln!(std::io::stderr(), "swf: {error}");
            ExitCode::from(error.kind.code())
        }
    }
}
