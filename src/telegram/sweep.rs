//! Many groups in a few requests (rules §3.6): which of them have a call, and finding groups whose ids are known.

use std::collections::BTreeMap;

use grammers_client::tl;

use super::call_error::{CallError, refusals};
use super::connection::Caller;
use super::dialogs::find_chats;
use super::find::{self, KnownGroup, obstacle};
use super::group::GroupError;
use super::peers::{Address, Group, marked_id_of, people};
use crate::domain::people::Known;
use crate::domain::{Instant, PeerId};

/// How many groups one request has at most.
const MAX_BATCH: usize = 100;

type Chat = tl::enums::Chat;

/// The result of a sweep.
#[derive(Debug)]
pub struct Swept {
    /// A date no later than the moment at which the answer was true.
    pub at: Instant,
    /// Whether each group has a call, or why the account can't see the group.
    pub groups: Vec<(PeerId, Result<bool, &'static str>)>,
    /// Titles and usernames of the groups.
    pub people: Vec<Known>,
}

/// Asks Telegram which of the groups have a call.
pub async fn sweep(caller: &Caller, groups: &[Group]) -> Result<Swept, CallError> {
    let at = caller.date().await?;
    let chats = chats_of(caller, groups).await?;
    let sight = |group: &Group| match chats.get(&group.peer) {
        None => Err(find::REMOVED),
        Some(chat) => match obstacle(chat) {
            Some(why) => Err(why),
            None => Ok(has_call(chat)),
        },
    };
    let groups = groups.iter().map(|group| (group.peer, sight(group))).collect();
    Ok(Swept { at, groups, people: people(&[], &chats.into_values().collect::<Vec<_>>()) })
}

/// Finds known groups, even if their names have changed; the results are in the order of `known`.
///
/// # Errors
/// The request failed. For each group: `None` if this account can't see it, [`GroupError::Unfit`] if the account is not
/// in it any more.
pub async fn find_known(
    caller: &Caller,
    known: &[KnownGroup],
) -> Result<Vec<Result<Option<Group>, GroupError>>, CallError> {
    let addressed: Vec<Group> = known.iter().filter_map(|one| Group::at(one.peer, one.hash)).collect();
    let mut chats = chats_of(caller, &addressed).await?;
    let missing: Vec<PeerId> = known.iter().map(|one| one.peer).filter(|peer| !chats.contains_key(peer)).collect();
    // Without a valid access hash, only the list of chats has the groups.
    let mut unlisted = None;
    match find_chats(caller, &missing).await {
        Ok(listed) => chats.extend(listed),
        Err(error) if error.is_of_connection() => return Err(error),
        Err(error) => unlisted = Some(error),
    }
    let mut found = Vec::new();
    for one in known {
        found.push(match (chats.get(&one.peer), &unlisted) {
            (Some(chat), _) => find::enter_known(caller, one, chat).await.map(Some),
            (None, Some(error)) => Err(error.clone().into()),
            (None, None) => Ok(None),
        });
    }
    Ok(found)
}

fn has_call(chat: &Chat) -> bool {
    match chat {
        Chat::Chat(chat) => chat.call_active,
        Chat::Channel(channel) => channel.call_active,
        _ => false,
    }
}

/// The groups as Telegram shows them now; groups that this account can't see are left out.
async fn chats_of(caller: &Caller, groups: &[Group]) -> Result<BTreeMap<PeerId, Chat>, CallError> {
    let (mut channels, mut basic) = (Vec::new(), Vec::new());
    for group in groups {
        match group.address {
            Address::Channel { id, hash } => {
                channels.push(tl::types::InputChannel { channel_id: id, access_hash: hash }.into());
            }
            Address::Chat { id } => basic.push(id),
        }
    }
    let mut found = BTreeMap::new();
    let mut keep = |chats: Vec<Chat>| found.extend(chats.into_iter().map(|chat| (marked_id_of(&chat), chat)));
    let mut batches: Vec<Vec<tl::enums::InputChannel>> = channels.chunks(MAX_BATCH).map(<[_]>::to_vec).collect();
    while let Some(mut batch) = batches.pop() {
        match caller.call_unless_held(&tl::functions::channels::GetChannels { id: batch.clone() }).await {
            Ok(answer) => keep(chats_in(answer)),
            // One group that the account can't see makes Telegram refuse all of them.
            Err(error) if error.is(refusals::OUTSIDE) => {
                if batch.len() > 1 {
                    let half = batch.split_off(batch.len() / 2);
                    batches.extend([batch, half]);
                }
            }
            Err(error) => return Err(error),
        }
    }
    for batch in basic.chunks(MAX_BATCH) {
        match caller.call_unless_held(&tl::functions::messages::GetChats { id: batch.to_vec() }).await {
            Ok(answer) => keep(chats_in(answer)),
            Err(error) if error.is(refusals::OUTSIDE) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn chats_in(answer: tl::enums::messages::Chats) -> Vec<Chat> {
    match answer {
        tl::enums::messages::Chats::Chats(found) => found.chats,
        tl::enums::messages::Chats::Slice(found) => found.chats,
    }
}

#[cfg(test)]
mod tests {
    use fake_telegram::{FakeTelegram, Person};

    use super::*;
    use crate::domain::credentials::Access;
    use crate::telegram::{Connection, LoginString};

    #[tokio::test]
    async fn a_wait_that_a_search_has_met_holds_the_sweep() {
        let telegram = FakeTelegram::start_at(2_000_000_000);
        telegram.freeze();
        let me = telegram.person(Person::named("Ada"));
        let peer = PeerId(telegram.supergroup("Hall", None));
        let login = LoginString::parse(&telegram.login_string(me).into()).unwrap();
        let connection = Connection::new(&login, &Access::direct(1));
        telegram.faults().flood_wait("channels.getChannels", 90, 1);
        let known = [KnownGroup { peer, hash: Some(7), migrated_from: None }];
        let found = find_known(&connection.caller, &known).await;
        assert!(matches!(found, Err(CallError::Flood { seconds: 90 })), "{found:?}");
        let swept = sweep(&connection.caller, &[Group::at(peer, Some(7)).unwrap()]).await;
        assert!(matches!(swept, Err(CallError::Flood { seconds: 80..=90 })), "{swept:?}");
        assert_eq!(telegram.counts().of("channels.getChannels"), 1);
        assert_eq!(telegram.violations(), Vec::<String>::new());
    }
}
