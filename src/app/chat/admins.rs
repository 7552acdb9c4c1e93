use super::{Asking, Reply};
use crate::domain::Instant;
use crate::domain::chat::Answer;
use crate::domain::chat::command::PauseAsked;
use crate::error::Result;
use chrono::NaiveDate;
pub fn post_question(_: &Asking) -> Result<Answer> { Ok(Answer::default()) }
pub fn preview(_: &Asking) -> Result<Answer> { Ok(Answer::default()) }
pub fn status(_: &Asking) -> Result<Answer> { Ok(Answer::default()) }
pub fn audit(_: &Asking) -> Result<Reply> { Ok(Reply::default()) }
pub fn settings(_: &Asking) -> Answer { Answer::default() }
pub fn pause_question(_: &Asking, _: PauseAsked) -> Answer { Answer::default() }
pub fn pause(_: &Asking, _: Option<NaiveDate>) -> Reply { Reply::default() }
pub fn resume(_: &Asking) -> Reply { Reply::default() }
pub fn post(_: &Asking, _: Instant) -> Reply { Reply::default() }
pub fn who(_: &Asking) -> Answer { Answer::default() }
pub fn cancelled(_: &Asking) -> Answer { Answer::default() }
pub fn logs(_: &Asking, _: usize) -> Result<Answer> { Ok(Answer::default()) }
