//! The title of a group's call.

use grammers_client::tl;

use super::call_error::{CallError, refusals};
use super::connection::Caller;
use super::observe::running_call;
use super::peers::Group;
use crate::domain::CallId;

/// The result of setting a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The call has the title.
    Done,
    /// Another title was set meanwhile; it was left as it is.
    Replaced,
    /// The call is over.
    Over,
}

/// The title of the running call, with the call's id; the title is empty if it has none. `None` if no call runs.
pub async fn read(caller: &Caller, group: &Group) -> Result<Option<(CallId, String)>, CallError> {
    Ok(running_call(caller, group).await?.map(|(_, call)| (CallId(call.id), call.title.unwrap_or_default())))
}

/// Sets the title of `call`, if its current one is among `expected`. A repeat finds the title there, and changes
/// nothing.
pub async fn change(
    caller: &Caller,
    group: &Group,
    call: CallId,
    expected: &[String],
    title: &str,
) -> Result<Change, CallError> {
    let Some((input, running)) = running_call(caller, group).await?.filter(|(_, running)| running.id == call.0) else {
        return Ok(Change::Over);
    };
    let now = running.title.unwrap_or_default();
    if now == title {
        return Ok(Change::Done);
    }
    if !expected.contains(&now) {
        return Ok(Change::Replaced);
    }
    let request = tl::functions::phone::EditGroupCallTitle { call: input, title: title.to_owned() };
    match caller.call(&request).await {
        Ok(_) => Ok(Change::Done),
        Err(error) if error.is(refusals::SAME_TITLE) => Ok(Change::Done),
        Err(error) => Err(error),
    }
}
