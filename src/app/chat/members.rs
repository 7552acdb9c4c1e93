use super::recent::Recent;
use super::{Asking, Reply};
use crate::domain::chat::Answer;
use crate::domain::chat::access::Refusal;
use crate::domain::chat::command::{GoalAsked, Usage};
use crate::domain::time::period::Scope;
use crate::error::Result;
use chrono::NaiveDate;
pub fn me(_: &Asking, _: &mut Recent) -> Result<Answer> { Ok(Answer::default()) }
pub fn top(_: &Asking, _: &mut Recent, _: Scope, _: NaiveDate, _: u32) -> Result<Answer> { Ok(Answer::default()) }
pub fn why(_: &Asking, _: NaiveDate) -> Result<Answer> { Ok(Answer::default()) }
pub fn goal(_: &Asking, _: Option<GoalAsked>) -> Result<Reply> { Ok(Reply::default()) }
pub fn help(_: &Asking) -> Answer { Answer::default() }
pub fn start(_: &Asking) -> Answer { Answer::default() }
pub fn privacy(_: &Asking) -> Result<Answer> { Ok(Answer::default()) }
pub fn misread(_: &Asking, _: Usage) -> Answer { Answer::default() }
pub fn unknown(_: &Asking) -> Answer { Answer::default() }
pub fn refused(_: &Asking, _: Refusal) -> Answer { Answer::default() }
pub fn hint(_: &Asking) -> Answer { Answer::default() }
pub fn too_old(_: &Asking) -> String { String::new() }
pub fn choose_group(_: &Asking, _: &[(i64, &str)]) -> Answer { Answer::default() }
