use crate::config::Settings;
use crate::telegram::chat::requests::MenuFor;
pub fn wanted(_: &Settings) -> Vec<MenuFor> { Vec::new() }
