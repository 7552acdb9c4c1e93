use super::{Asking, Reply};
use crate::domain::Instant;
use crate::domain::chat::command::OldCommand;
use crate::error::Result;
pub fn old(_: &Asking, _: OldCommand, _: Instant) -> Result<Reply> { Ok(Reply::default()) }
