//! Shared by commands that read: opens the store, and prints facts.

pub use crate::app::facts::{Facts, Life, size};
use crate::app::upgrade;
use crate::commands::context::Context;
use crate::commands::terminal;
use crate::domain::text::{clean, fit, isolated_if_mixed};
use crate::error::Result;
use crate::render::Look;
use crate::render::sheet::{Item, sheet};
use crate::store::{GroupRow, Store};

/// Opens the store to read, and finds the group to show. If the settings name another group, prints a note on standard
/// error.
pub fn open_group(context: &Context) -> Result<(Store, GroupRow)> {
    let store = upgrade::open_to_read(context.config.home(), context.config.group().zone)?;
    let group = context.group(&store)?;
    Ok((store, group))
}

/// The line above a board, with the name of its group.
pub fn group_line(group: &GroupRow) -> String {
    let name = fit(&isolated_if_mixed(&clean(&group.title)), terminal::width().into());
    format!("{name}\n")
}

/// Prints items that were made with [`Context::ready`].
pub fn print_sheet(context: &Context, title: &str, items: &[Item]) -> Result<()> {
    let look = Look { width: terminal::width(), color: context.color(), borders: false, top: None };
    terminal::print(&sheet(title, items, &look))
}
