//! `swf completions`: prints the completions of a shell.

use clap::Command;
use clap_complete::Shell;

use crate::commands::terminal;
use crate::error::Result;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which shell
    shell: Shell,
}

/// `program` is the whole command line, as `cli` defines it.
pub fn run(args: &Args, program: &mut Command) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, program, "swf", &mut script);
    terminal::print(&String::from_utf8_lossy(&script))
}
