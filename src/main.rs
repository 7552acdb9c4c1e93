//! Parses, runs, and turns the result into an exit code.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use swf::cli::Cli;

fn main() -> ExitCode {
    // Before the first file is made: nobody else reads the store, the logs or the logins.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    // A variable that is not Unicode is none of ours.
    let environment =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    match swf::cli::run(Cli::parse(), environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A standard error that can't be written, as on a full disk, changes no exit code.
            let _ = writeln!(std::io::stderr(), "swf: {error}");
            ExitCode::from(error.kind.code())
        }
    }
}
