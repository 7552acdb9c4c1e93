//! Shared by the commands that read: the store of the group, and how facts are printed.

pub use crate::app::facts::{Facts, Life, size};
use crate::app::upgrade;
use crate::commands::context::Context;
use crate::commands::terminal;
use crate::domain::text::{clean, fit, isolated_if_mixed};
use crate::error::Result;
use crate::render::Look;
use crate::render::sheet::{Item, sheet};
use crate::store::{GroupRow, Store};

/// Opens the store to read, for the group to show; a note on standard error says so if the settings name another one.
pub fn open_group(context: &Context) -> Result<(Store, GroupRow)> {
    let store = upgrade::open_to_read(context.config.home(), context.config.group().zone)?;
    let group = context.group(&store)?;
    Ok((store, group))
}

/// The line above a board: whose it is.
pub fn group_line(group: &GroupRow) -> String {
    let name = fit(&isolated_if_mixed(&clean(&group.title)), terminal::width().into());
    format!("{name}\n")
}

/// Prints the items, which are [`Context::ready`].
pub fn print_sheet(context: &Context, title: &str, items: &[Item]) -> Result<()> {
    let look = Look { width: terminal::width(), color: context.color(), borders: false, top: None };
    terminal::print(&sheet(title, items, &look))
}
