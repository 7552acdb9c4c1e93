//! The chats that an account is in.

use std::collections::BTreeSet;

use grammers_client::tl;

use super::call_error::CallError;
use super::connection::Caller;
use super::peers::{Group, group_of, input_peer, marked, marked_id_of, people};

/// A group that the account is in, as its list of chats shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    pub group: Group,
    /// Its call is running now.
    pub in_call: bool,
}

/// The groups that the account is in, those with the newest messages first.
pub async fn groups(caller: &Caller) -> Result<Vec<Listed>, CallError> {
    let listed = chats(caller).await?.into_iter().filter_map(|chat| {
        let in_call = match &chat {
            tl::enums::Chat::Chat(chat) => chat.call_active,
            tl::enums::Chat::Channel(channel) => channel.call_active,
            _ => false,
        };
        match group_of(&chat)? {
            (group, None) => Some(Listed { group, in_call }),
            // Its supergroup is in the list, too.
            (_, Some(_)) => None,
        }
    });
    Ok(listed.collect())
}

/// How many dialogs one answer holds at most.
const MAX_DIALOGS: i32 = 100;
/// How many answers are requested at most.
const MAX_PAGES: usize = 20;

/// The chats among the account's newest dialogs.
pub(super) async fn chats(caller: &Caller) -> Result<Vec<tl::enums::Chat>, CallError> {
    let mut request = tl::functions::messages::GetDialogs {
        exclude_pinned: false,
        folder_id: None,
        offset_date: 0,
        offset_id: 0,
        offset_peer: tl::enums::InputPeer::Empty,
        limit: MAX_DIALOGS,
        hash: 0,
    };
    let mut found: Vec<tl::enums::Chat> = Vec::new();
    for _ in 0..MAX_PAGES {
        let page = match caller.call(&request).await? {
            tl::enums::messages::Dialogs::Slice(page) => page,
            tl::enums::messages::Dialogs::Dialogs(all) => {
                found.extend(all.chats);
                break;
            }
            tl::enums::messages::Dialogs::NotModified(_) => break,
        };
        let next = next_offset(&page);
        found.extend(page.chats.into_iter().filter(|chat| group_of(chat).is_some()));
        let Some((date, id, peer)) = next else { break };
        (request.offset_date, request.offset_id, request.offset_peer) = (date, id, peer);
        // Pinned dialogs come with the first page.
        request.exclude_pinned = true;
    }
    let mut seen = BTreeSet::new();
    found.retain(|chat| seen.insert(marked_id_of(chat)));
    Ok(found)
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
