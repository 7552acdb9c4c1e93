//! Finds a person by the name that the organiser typed.

use crate::commands::terminal::{Interrupt, Prompt};
use crate::domain::PeerId;
use crate::domain::accounting::leaderboard::Record;
use crate::domain::people::{Profile, Viewer, display, matching};
use crate::error::{Error, Result};

/// The account that `text` names. If several match, asks on a terminal, and otherwise fails with a list of them. The
/// store also has a profile of the group, which counts as a person only if an admin joined as the group.
pub fn find(record: &Record, group: PeerId, group_joined: bool, text: &str) -> Result<Profile> {
    let is_person = |profile: &&Profile| profile.peer != group || group_joined;
    let found = matching(record.profiles.values().filter(is_person), text);
    match found[..] {
        [] => Err(Error::failed(format!("no person named {text:?} was seen in this group")).command(
            "Use an @username, a name or part of a name, or an id. To see who is on the board, run",
            "swf leaderboard month",
        )),
        [one] => Ok(one.clone()),
        _ => {
            let names: Vec<String> = found.iter().map(|profile| label(profile)).collect();
            let Some(prompt) = Prompt::open(Interrupt::Exits) else {
                let error = Error::usage(format!("{text:?} matches several people; use an @username or id:"));
                return Err(names.into_iter().fold(error, Error::hint));
            };
            let chosen = prompt.choose_or_none("Who", &names, 0)?;
            chosen.map(|index| found[index].clone()).ok_or_else(|| Error::usage("no person was chosen"))
        }
    }
}

/// `Ada Lovelace @ada (123)`.
pub fn label(profile: &Profile) -> String {
    display(profile, Viewer::Organiser).with_username()
}
