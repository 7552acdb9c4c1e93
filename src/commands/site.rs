//! `swf site`: the final boards as files for a web space.

use std::path::PathBuf;

use serde_json::json;

use crate::app::site::{self, Site};
use crate::commands::args::GroupArg;
use crate::commands::context::Context;
use crate::commands::terminal;
use crate::domain::text::count;
use crate::error::{Error, Result};
use crate::platform::own_folder::Changes;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder to write to: a new or empty folder, or one that swf has written to [default: SWF_SITE_DIR]
    dir: Option<PathBuf>,
    /// Write to a folder that has other files, too; they are not changed
    #[arg(long)]
    adopt: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

/// The most names of files that are listed.
const MAX_LISTED: usize = 10;

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let (mut results, mut problem) = (Vec::new(), None);
    for site in sites(args, context)? {
        match site.write(context.config.home(), args.adopt) {
            Ok(changes) => {
                problem = problem.or(foreign(&site, &changes));
                results.push((site, changes));
            }
            // Go on with the other sites.
            Err(error) => problem = Some(error),
        }
    }
    if args.json {
        terminal::print_json(&json!({ "sites": results.iter().map(to_json).collect::<Vec<_>>() }))?;
    } else {
        terminal::print(&results.iter().map(words).collect::<String>())?;
    }
    problem.map_or(Ok(()), Err)
}

/// The sites to write. A group that the user names is written even if its pages are not public.
fn sites(args: &Args, context: &Context) -> Result<Vec<Site>> {
    let config = &context.config;
    let named = args.group.group.is_some().then(|| config.group().clone());
    let dir = args.dir.as_deref();
    match (dir, named) {
        (Some(dir), Some(group)) => Ok(vec![Site { dir: dir.to_owned(), groups: vec![group] }]),
        (Some(dir), None) => Ok(vec![site::site_in(dir, &config.settings.groups)?]),
        (None, named) => {
            let mut sites = site::sites(&config.settings.groups);
            // Other groups with the same folder stay on the site.
            sites.retain(|site| named.as_ref().is_none_or(|named| site.groups.contains(named)));
            let error = || Error::usage("no folder is given").hint("Give a folder, or set SWF_SITE_DIR.");
            if sites.is_empty() { Err(error()) } else { Ok(sites) }
        }
    }
}

fn words((site, changes): &(Site, Changes)) -> String {
    let Changes { written, removed, unchanged, .. } = changes;
    let files = |number: usize| count(number, "file", "files");
    let dir = site.dir.display();
    match (written, removed) {
        (0, 0) => format!("Nothing has changed in {dir}: {}.\n", files(*unchanged)),
        _ => format!("Wrote {} in {dir}; removed {}, left {unchanged} unchanged.\n", files(*written), files(*removed)),
    }
}

fn to_json((site, changes): &(Site, Changes)) -> serde_json::Value {
    json!({
        "dir": site.dir.to_string_lossy(),
        "groups": site.groups.iter().map(crate::app::pages::name).collect::<Vec<_>>(),
        "written": changes.written,
        "removed": changes.removed,
        "unchanged": changes.unchanged,
        "foreign": changes.foreign,
    })
}

/// The error if files of others were in the way, so that pages are missing.
pub(super) fn foreign(site: &Site, changes: &Changes) -> Option<Error> {
    let count = count(changes.foreign.len(), "file is", "files are");
    let mut names: Vec<&str> = changes.foreign.iter().take(MAX_LISTED).map(String::as_str).collect();
    if changes.foreign.len() > names.len() {
        names.push("…");
    }
    let error = || {
        Error::failed(format!("{count} in the way in {}: {}", site.dir.display(), names.join(", ")))
            .hint("Others wrote or changed these files, so they stay. Move them to another folder.")
    };
    (!changes.foreign.is_empty()).then(error)
}
