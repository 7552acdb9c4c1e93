//! `swf verify-separation`: whether nothing but the web export knows of the website.

use std::path::PathBuf;

use serde_json::json;

use crate::error::{Error, Kind, Result};
use crate::separation;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of the source code, the one with src/ in it
    #[arg(default_value = ".")]
    path: PathBuf,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<()> {
    let breaches = separation::breaches(&args.path).map_err(|error| {
        let folder = args.path.join("src");
        Error::usage(format!("the source code in {} can't be read: {error}", folder.display()))
            .hint("Name the folder of swf's source code, e.g.: swf verify-separation ~/src/swf")
    })?;
    if args.json {
        let list = breaches
            .iter()
            .map(|breach| json!({ "file": breach.file, "line": breach.line, "guarded": breach.guarded }));
        super::print_json(&json!({ "breaches": list.collect::<Vec<_>>() }))?;
    } else {
        let lines = breaches.iter().map(|breach| format!("{}:{}: {}\n", breach.file, breach.line, breach.guarded));
        super::print(&lines.collect::<String>())?;
    }
    match breaches.len() {
        0 if args.json => Ok(()),
        0 => super::print("Nothing but the web export knows of the website.\n"),
        count => {
            let lines = if count == 1 { "1 line breaks".into() } else { format!("{count} lines break") };
            Err(Error::new(Kind::Found, format!("{lines} the separation"))
                .hint("Move what they need to src/web_export.rs or src/web/, and let the others ask there."))
        }
    }
}
