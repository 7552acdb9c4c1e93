//! The chats that an account is in.

use std::collections::{BTreeMap, BTreeSet};

use grammers_client::tl;

use super::call_error::CallError;
use super::connection::Caller;
use super::peers::{Group, group_of, input_peer, marked, marked_id_of, people};
use crate::domain::PeerId;

/// A group that the account is in, as its list of chats shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    pub group: Group,
    /// Its call is running now.
    pub in_call: bool,
}

/// The groups that the account is in; groups with the newest messages come first.
pub async fn groups(caller: &Caller) -> Result<Vec<Listed>, CallError> {
    let listed = chats(caller).await?.into_iter().filter_map(|chat| {
        let in_call = match &chat {
            tl::enums::Chat::Chat(chat) => chat.call_active,
            tl::enums::Chat::Channel(channel) => channel.call_active,
            _ => false,
        };
        match group_of(&chat)? {
            (group, None) => Some(Listed { group, in_call }),
            // The supergroup is in the list, too.
            (_, Some(_)) => None,
        }
    });
    Ok(listed.collect())
}

/// How many dialogs one answer holds at most.
const MAX_DIALOGS: i32 = 100;
/// How many answers are requested at most for a list that a user reads.
const MAX_PAGES: usize = 20;
/// How many answers are requested at most to find one chat: an account is in 1,000 groups at most, among private chats.
const MAX_SEARCH_PAGES: usize = 200;

/// The chats among the account's newest dialogs.
pub(super) async fn chats(caller: &Caller) -> Result<Vec<tl::enums::Chat>, CallError> {
    let mut pages = Pages::default();
    let mut found: Vec<tl::enums::Chat> = Vec::new();
    for _ in 0..MAX_PAGES {
        let Some(page) = pages.next(caller).await? else { break };
        found.extend(page.into_iter().filter(|chat| group_of(chat).is_some()));
    }
    let mut seen = BTreeSet::new();
    found.retain(|chat| seen.insert(marked_id_of(chat)));
    Ok(found)
}

/// The first chat among the account's dialogs for which `is_meant` is true, the newest first. Reads only as many pages
/// as needed.
pub(super) async fn find_chat(
    caller: &Caller,
    is_meant: impl Fn(&tl::enums::Chat) -> bool,
) -> Result<Option<tl::enums::Chat>, CallError> {
    let mut pages = Pages::default();
    for _ in 0..MAX_SEARCH_PAGES {
        let Some(page) = pages.next(caller).await? else { break };
        if let Some(chat) = page.into_iter().find(&is_meant) {
            return Ok(Some(chat));
        }
    }
    Ok(None)
}

/// For each list of ids, a chat with one of them among the account's dialogs. Reads only as many pages as needed, and
/// each at most once.
pub(super) async fn find_each(
    caller: &Caller,
    wanted: &[Vec<PeerId>],
) -> Result<Vec<Option<tl::enums::Chat>>, CallError> {
    let mut pages = Pages::default();
    let mut found: Vec<Option<tl::enums::Chat>> = vec![None; wanted.len()];
    for _ in 0..MAX_SEARCH_PAGES {
        if found.iter().all(Option::is_some) {
            break;
        }
        let Some(page) = pages.next(caller).await? else { break };
        for (found, ids) in found.iter_mut().zip(wanted).filter(|(found, _)| found.is_none()) {
            *found = page.iter().find(|chat| ids.contains(&marked_id_of(chat))).cloned();
        }
    }
    Ok(found)
}

/// The chats with these ids among the account's dialogs. Reads only as many pages as needed.
pub(super) async fn find_chats(
    caller: &Caller,
    peers: &[PeerId],
) -> Result<BTreeMap<PeerId, tl::enums::Chat>, CallError> {
    let mut pages = Pages::default();
    let mut found = BTreeMap::new();
    for _ in 0..MAX_SEARCH_PAGES {
        if found.len() == peers.len() {
            break;
        }
        let Some(page) = pages.next(caller).await? else { break };
        let meant = page.into_iter().filter(|chat| peers.contains(&marked_id_of(chat)));
        found.extend(meant.map(|chat| (marked_id_of(&chat), chat)));
    }
    Ok(found)
}

/// The account's list of chats, and its archive.
const FOLDERS: [i32; 2] = [0, 1];

/// The pages of the account's lists of chats, one folder after the other.
#[derive(Default)]
struct Pages {
    /// The index of the folder in [`FOLDERS`].
    folder: usize,
    /// The offset of the next page: date, id and chat of the last dialog of the page before it.
    offset: Option<(i32, i32, tl::enums::InputPeer)>,
}

impl Pages {
    /// The chats of the next page; `None` after the last one.
    async fn next(&mut self, caller: &Caller) -> Result<Option<Vec<tl::enums::Chat>>, CallError> {
        let Some(folder) = FOLDERS.get(self.folder) else { return Ok(None) };
        let (offset_date, offset_id, offset_peer) = self.offset.clone().unwrap_or((0, 0, tl::enums::InputPeer::Empty));
        let request = tl::functions::messages::GetDialogs {
            // Pinned dialogs come with the first page.
            exclude_pinned: self.offset.is_some(),
            folder_id: Some(*folder),
            offset_date,
            offset_id,
            offset_peer,
            limit: MAX_DIALOGS,
            hash: 0,
        };
        let (next, chats) = match caller.call_unless_held(&request).await? {
            tl::enums::messages::Dialogs::Slice(page) => (next_offset(&page), page.chats),
            tl::enums::messages::Dialogs::Dialogs(all) => (None, all.chats),
            tl::enums::messages::Dialogs::NotModified(_) => (None, Vec::new()),
        };
        self.folder += usize::from(next.is_none());
        self.offset = next;
        Ok(Some(chats))
    }
}

/// The offset of the page after this one: date, id and chat of its last dialog that has a message.
fn next_offset(page: &tl::types::messages::DialogsSlice) -> Option<(i32, i32, tl::enums::InputPeer)> {
    use tl::enums::{Message, Peer};
    page.dialogs.iter().rev().find_map(|dialog| {
        let tl::enums::Dialog::Dialog(dialog) = dialog else { return None };
        let (date, id) = page.messages.iter().find_map(|message| {
            let (date, id, peer) = match message {
                Message::Message(one) => (one.date, one.id, &one.peer_id),
                Message::Service(one) => (one.date, one.id, &one.peer_id),
                Message::Empty(_) => return None,
            };
            (id == dialog.top_message && *peer == dialog.peer).then_some((date, id))
        })?;
        if let Peer::Chat(chat) = &dialog.peer {
            return Some((date, id, tl::types::InputPeerChat { chat_id: chat.chat_id }.into()));
        }
        let peer = marked(&dialog.peer);
        let known = people(&page.users, &page.chats).into_iter().find(|known| known.profile.peer == peer)?;
        Some((date, id, input_peer(peer, known.access_hash.unwrap_or(0))))
    })
}
