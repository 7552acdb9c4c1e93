//! Turns updates and answers into small events at once, because a container of the library takes 15 KiB.

use std::collections::HashMap;

use grammers_client::session::updates::UpdatesLike;
use grammers_client::tl;

use super::call_error::{CallError, refusals};
use super::connection::Caller;
use super::peers::{Address, Group, full_name, input_peer, marked, people, usernames};
use crate::domain::people::{Known, Profile};
use crate::domain::roster::signs::Shown;
use crate::domain::roster::{CallState, CallUpdate, Event, Request, Sighting, Update};
use crate::domain::{CallId, Instant, PeerId};

/// How many participants one page holds at most.
const MAX_PAGE: i32 = 100;

/// An answer about the call, with the id and access hash of the group's call if a lookup found one.
#[derive(Debug, Default)]
pub struct Answer {
    pub update: Update,
    call: Option<(CallId, i64)>,
}

/// How many calls' access hashes are kept: more than an account has groups.
const MAX_CALLS: usize = 2000;

/// Access hashes that requests about calls and their participants need.
#[derive(Debug, Default)]
pub struct Keys {
    calls: HashMap<CallId, i64>,
    people: HashMap<PeerId, i64>,
}

impl Keys {
    /// Adds access hashes of people from the store.
    pub fn extend(&mut self, people: impl IntoIterator<Item = (PeerId, i64)>) {
        self.people.extend(people);
    }

    /// Stores the access hashes in an answer.
    pub fn learn_answer(&mut self, answer: &Answer) {
        if let Some((call, hash)) = answer.call {
            if self.calls.len() >= MAX_CALLS {
                // A call whose access hash is not known is looked up again.
                self.calls.clear();
            }
            self.calls.insert(call, hash);
        }
        self.learn(&answer.update.people);
    }

    /// Stores the access hashes of people.
    pub fn learn(&mut self, people: &[Known]) {
        for known in people {
            if let Some(hash) = known.access_hash {
                self.people.insert(known.profile.peer, hash);
            }
        }
    }

    fn peer(&self, peer: PeerId) -> Option<tl::enums::InputPeer> {
        Some(input_peer(peer, *self.people.get(&peer)?))
    }
}

/// A request of the roster with its access hashes, ready to run in a task of its own.
#[derive(Debug)]
pub struct Query {
    request: Request,
    call: Option<tl::enums::InputGroupCall>,
    peers: Vec<tl::enums::InputPeer>,
}

impl Query {
    pub fn new(request: Request, keys: &Keys) -> Query {
        let (call, peers) = match &request {
            Request::Lookup | Request::Wait => (None, &[][..]),
            Request::Check { call } | Request::Page { call, .. } => (Some(*call), &[][..]),
            Request::Named { call, peers } => (Some(*call), &peers[..]),
        };
        let call = call.and_then(|id| Some((id, *keys.calls.get(&id)?)));
        let call = call.map(|(id, access_hash)| tl::types::InputGroupCall { id: id.0, access_hash }.into());
        // A peer without an access hash cannot be requested. The pages did not list it either.
        let peers = peers.iter().filter_map(|peer| keys.peer(*peer)).collect();
        Query { request, call, peers }
    }

    /// Makes the request.
    pub async fn run(self, caller: &Caller, group: &Group) -> Result<Answer, CallError> {
        match self.request {
            Request::Lookup => lookup(caller, group).await,
            Request::Check { call } => {
                let at = caller.date().await?;
                let page = participants(caller, self.call, Vec::new(), String::new(), 1).await?;
                let event = Event::Checked { at, call, version: page.version, count: page.count.into() };
                Ok(Answer::of(at, event, people(&page.users, &page.chats)))
            }
            Request::Page { call, offset } => {
                let at = caller.date().await?;
                let page = participants(caller, self.call, Vec::new(), offset, MAX_PAGE).await?;
                let participants = page.participants.iter().map(sighting).collect();
                let event = Event::Page { at, call, version: page.version, participants, next: page.next_offset };
                Ok(Answer::of(at, event, people(&page.users, &page.chats)))
            }
            Request::Named { call, .. } => {
                let at = caller.date().await?;
                let (mut found, mut known) = (Vec::new(), Vec::new());
                let mut rest = vec![self.peers];
                while let Some(mut peers) = rest.pop().filter(|peers| !peers.is_empty()) {
                    match participants(caller, self.call.clone(), peers.clone(), String::new(), MAX_PAGE).await {
                        Ok(page) => {
                            found.extend(page.participants.iter().map(sighting));
                            known.extend(people(&page.users, &page.chats));
                        }
                        // One unknown peer makes Telegram refuse all. A single unknown peer is skipped like one without
                        // an access hash.
                        Err(error) if error.is(refusals::UNKNOWN_PEER) => {
                            if peers.len() > 1 {
                                let half = peers.split_off(peers.len() / 2);
                                rest.extend([peers, half]);
                            }
                        }
                        Err(error) => return Err(error),
                    }
                }
                Ok(Answer::of(at, Event::Named { at, call, participants: found }, known))
            }
            // `Wait` sends no request: the tracker waits while other work goes on.
            Request::Wait => Ok(Answer::default()),
        }
    }
}

impl Answer {
    fn of(at: Instant, event: Event, people: Vec<Known>) -> Answer {
        Answer { update: Update { at: Some(at), events: vec![event], people, ..Update::default() }, call: None }
    }
}

/// The contents of a container of updates.
pub fn pushed(container: UpdatesLike) -> Update {
    use tl::enums::Updates as U;
    let (updates, users, chats, date) = match container {
        UpdatesLike::Updates(U::Updates(all)) => (all.updates, all.users, all.chats, all.date),
        UpdatesLike::Updates(U::Combined(all)) => (all.updates, all.users, all.chats, all.date),
        UpdatesLike::Updates(U::UpdateShort(one)) => (vec![one.update], Vec::new(), Vec::new(), one.date),
        UpdatesLike::ConnectionClosed => return Update { closed: true, ..Update::default() },
        // Unreadable updates, or `updatesTooLong`: the server has dropped updates.
        UpdatesLike::MalformedUpdates | UpdatesLike::Updates(U::TooLong) => {
            return Update { unreadable: true, ..Update::default() };
        }
        _ => return Update::default(),
    };
    let at = Instant(date.into());
    let mut pushed = Update { at: Some(at), people: people(&users, &chats), ..Update::default() };
    for update in updates {
        match update {
            tl::enums::Update::GroupCallParticipants(update) => {
                if let Some((call, _)) = call_id(&update.call) {
                    let participants = update.participants.iter().map(sighting).collect();
                    pushed.events.push(Event::Participants { at, call, version: update.version, participants });
                }
            }
            tl::enums::Update::GroupCall(update) => {
                let (call, state) = call_state(&update.call);
                let state = if update.live_story { CallState::Foreign } else { state };
                pushed.calls.push(CallUpdate { at, peer: update.peer.as_ref().map(marked), call, state });
            }
            tl::enums::Update::UserName(update) => {
                let name = full_name(Some(&update.first_name), Some(&update.last_name));
                let (username, other_usernames) = usernames(None, Some(&update.usernames));
                let profile = Profile { username, other_usernames, name, ..Profile::unknown(PeerId(update.user_id)) };
                pushed.people.push(Known { profile, access_hash: None });
            }
            _ => {}
        }
    }
    pushed
}

/// Looks up the group's call: first in its full description, then the call itself.
async fn lookup(caller: &Caller, group: &Group) -> Result<Answer, CallError> {
    let at = caller.date().await?;
    let full = super::group::full(caller, group).await?;
    let moved = |chat: &tl::enums::Chat| matches!(chat, tl::enums::Chat::Chat(chat) if chat.migrated_to.is_some());
    if matches!(group.address, Address::Chat { .. }) && full.chats.iter().any(moved) {
        return Err(CallError::migrated());
    }
    let input = call_of(full.full_chat);
    let mut update = Update { at: Some(at), people: people(&full.users, &[]), ..Update::default() };
    let (mut found, mut key) = (None, None);
    if let Some(input) = input {
        match caller.call(&tl::functions::phone::GetGroupCall { call: input.clone(), limit: 1 }).await {
            Ok(tl::enums::phone::GroupCall::Call(answer)) => {
                if let (call, CallState::Live { listeners_hidden, .. }) = call_state(&answer.call) {
                    found = Some((call, listeners_hidden));
                    key = call_id(&input).filter(|(id, _)| *id == call);
                }
                update.people.extend(people(&answer.users, &answer.chats));
            }
            // The call ended between the two requests; the next lookup shows that.
            Err(error) => return Err(error),
        }
    }
    update.events.push(Event::Found { at, call: found });
    Ok(Answer { update, call: key })
}

fn call_of(full: tl::enums::ChatFull) -> Option<tl::enums::InputGroupCall> {
    match full {
        tl::enums::ChatFull::Full(chat) => chat.call,
        tl::enums::ChatFull::ChannelFull(channel) => channel.call,
        tl::enums::ChatFull::CommunityFull(_) => None,
    }
}

/// The group's call, and its address for requests; `None` if no call runs.
pub(super) async fn running_call(
    caller: &Caller,
    group: &Group,
) -> Result<Option<(tl::enums::InputGroupCall, tl::types::GroupCall)>, CallError> {
    let Some(input) = call_of(super::group::full(caller, group).await?.full_chat) else { return Ok(None) };
    let request = tl::functions::phone::GetGroupCall { call: input.clone(), limit: 1 };
    let tl::enums::phone::GroupCall::Call(answer) = caller.call(&request).await?;
    Ok(match answer.call {
        tl::enums::GroupCall::Call(call) => Some((input, call)),
        tl::enums::GroupCall::Discarded(_) => None,
    })
}

async fn participants(
    caller: &Caller,
    call: Option<tl::enums::InputGroupCall>,
    ids: Vec<tl::enums::InputPeer>,
    offset: String,
    limit: i32,
) -> Result<tl::types::phone::GroupParticipants, CallError> {
    // Without its access hash the call must be looked up first; the roster does so after any failure.
    let call = call.ok_or_else(CallError::unknown_call)?;
    let request = tl::functions::phone::GetGroupParticipants { call, ids, sources: Vec::new(), offset, limit };
    let tl::enums::phone::GroupParticipants::Participants(page) = caller.call_unless_held(&request).await?;
    Ok(page)
}

fn sighting(participant: &tl::enums::GroupCallParticipant) -> Sighting {
    let tl::enums::GroupCallParticipant::Participant(one) = participant;
    Sighting {
        peer: marked(&one.peer),
        joined: Instant(one.date.into()),
        left: one.left,
        just_joined: one.just_joined,
        versioned: one.versioned,
        shown: Shown {
            muted: one.muted,
            hand: one.raise_hand_rating.is_some(),
            video: one.video.as_ref().is_some_and(runs),
            screen: one.presentation.as_ref().is_some_and(runs),
            spoke: one.active_date.map(|at| Instant(at.into())),
        },
    }
}

/// A stream that its sender has paused does not run.
fn runs(video: &tl::enums::GroupCallParticipantVideo) -> bool {
    let tl::enums::GroupCallParticipantVideo::Video(video) = video;
    !video.paused
}

fn call_id(call: &tl::enums::InputGroupCall) -> Option<(CallId, i64)> {
    match call {
        tl::enums::InputGroupCall::Call(call) => Some((CallId(call.id), call.access_hash)),
        _ => None,
    }
}

fn call_state(call: &tl::enums::GroupCall) -> (CallId, CallState) {
    match call {
        tl::enums::GroupCall::Discarded(call) => (CallId(call.id), CallState::Discarded),
        tl::enums::GroupCall::Call(call) => {
            let state = if call.conference {
                CallState::Foreign
            } else if call.schedule_date.is_some() {
                CallState::Scheduled
            } else {
                CallState::Live { version: call.version, listeners_hidden: call.listeners_hidden }
            };
            (CallId(call.id), state)
        }
    }
}
