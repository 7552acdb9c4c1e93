//! Reads everything that reaches a bot in its chats, without gaps. Telegram numbers updates (pts); if numbers are
//! missing, their updates are requested. `MessageBoxes` of the library counts them; this file makes the requests, and
//! keeps one broken chat from stopping the others.

use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;

use grammers_client::session::types::{ChannelState, UpdatesState};
use grammers_client::session::updates::{MessageBoxes, PrematureEndReason, State, UpdateAndPeers, UpdatesLike};
use grammers_client::tl;
use tokio::time::{Instant, sleep, sleep_until};

use super::super::call_error::CallError;
use super::super::connection::{Caller, Connection};
use super::super::peers::marked_channel;
use super::incoming::{for_bot, involved, is_from_person};
use crate::domain::PeerId;
use crate::domain::chat::{Incoming, ReadState};
use crate::domain::people::Known;
use crate::platform::clock::Clock;

/// How many messages and presses a batch has at most.
pub const MAX_BATCH: usize = 500;
/// How many containers of updates are read before the next request: a storm of updates leads to one request.
const MAX_READ: usize = 1000;
/// How many updates of a channel one request asks for.
const MAX_CHANNEL_UPDATES: i32 = 100;
/// The shortest time between two batches that have only a new state: a busy group changes the state with each message.
const STATE_PAUSE: Duration = Duration::from_secs(1);
/// After this time, an update that is missing between two others is requested. The library has a timeout of its own,
/// but can lose it when another chat's difference has just ended.
const GAP_PAUSE: Duration = Duration::from_secs(1);
/// The shortest time between two requests for the difference of the same chat.
const DIFFERENCE_PAUSE: Duration = Duration::from_secs(1);
/// How long no difference is requested after a failure of Telegram.
const FAILURE_PAUSE: Duration = Duration::from_secs(5);
/// The longest sleep.
const MAX_SLEEP: Duration = Duration::from_secs(60);
/// How many messages are remembered, so that none is returned twice.
const MAX_RECENT: usize = 10_000;
/// How many channels are remembered: more than a bot has groups.
const MAX_CHANNELS: usize = 20_000;

/// What has arrived, and how far the bot has read. Both are stored together, so that each message is answered exactly
/// once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    pub incoming: Vec<Incoming>,
    pub state: ReadState,
    /// People who wrote or pressed, and their groups, as far as Telegram described them.
    pub people: Vec<Known>,
    /// Their access hashes, as far as they are known.
    pub hashes: Vec<(PeerId, i64)>,
}

/// Reads the updates of a bot.
pub struct Listener {
    me: PeerId,
    /// The clock for the times below.
    clock: Clock,
    boxes: MessageBoxes,
    /// The state of the last batch.
    told: ReadState,
    told_at: Option<Duration>,
    /// The state has advanced since `told`.
    has_advanced: bool,
    /// Messages that are not in a batch yet.
    incoming: VecDeque<Incoming>,
    people: Vec<Known>,
    /// Access hashes by bare id.
    channels: HashMap<i64, i64>,
    recent: Recent,
    /// The request under way.
    asking: Option<Pin<Box<dyn Future<Output = Answer> + Send>>>,
    /// When the last difference ended, of the account (`None`) and of channels.
    ended: HashMap<Option<i64>, Duration>,
    /// No difference is requested before this time.
    held_until: Option<Duration>,
    /// Gaps in the updates of the account (`None`) and of channels: the number after the gap, and when the missing
    /// updates are requested.
    gaps: HashMap<Option<i64>, (i32, Duration)>,
}

enum Question {
    /// The account's current state.
    Begin,
    Account(tl::functions::updates::GetDifference),
    Channel(i64, tl::functions::updates::GetChannelDifference),
}

#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
enum Answer {
    Begin(Result<tl::enums::updates::State, CallError>),
    Account(Result<tl::enums::updates::Difference, CallError>),
    Channel(i64, Result<tl::enums::updates::ChannelDifference, CallError>),
}

impl Question {
    async fn ask(self, caller: &Caller) -> Answer {
        match self {
            Question::Begin => Answer::Begin(caller.call(&tl::functions::updates::GetState {}).await),
            Question::Account(request) => Answer::Account(caller.call(&request).await),
            Question::Channel(id, request) => Answer::Channel(id, caller.call(&request).await),
        }
    }

    fn channel(&self) -> Option<i64> {
        match self {
            Question::Begin | Question::Account(_) => None,
            Question::Channel(id, _) => Some(*id),
        }
    }
}

impl Listener {
    /// Continues after `state`. Without a state it begins with the updates that arrive from now on. Each connection
    /// needs a new listener.
    pub fn new(state: Option<ReadState>, me: PeerId) -> Listener {
        // The library can't continue from 0.
        let told = state.filter(|state| state.pts > 0).unwrap_or_default();
        Listener {
            me,
            clock: Clock::new(0),
            boxes: loaded(&told),
            told,
            told_at: None,
            has_advanced: false,
            incoming: VecDeque::new(),
            people: Vec::new(),
            channels: HashMap::new(),
            recent: Recent::default(),
            asking: None,
            ended: HashMap::new(),
            held_until: None,
            gaps: HashMap::new(),
        }
    }

    /// The next batch. If it has no messages, it only has a newer state. The future can be dropped at any time: nothing
    /// is lost. After an error of the connection, continue on a new one, from the stored state.
    pub async fn next(&mut self, connection: &mut Connection) -> Result<Batch, CallError> {
        loop {
            self.read_arrived(connection)?;
            let now = self.clock.elapsed();
            if let Some(batch) = self.batch(now) {
                return Ok(batch);
            }
            let (pause, deadline) = self.start_due_request(now, &connection.caller)?;
            tokio::select! {
                container = connection.updates.recv() => match container {
                    Some(container) => self.read(container, connection)?,
                    None => return Err(connection.end()),
                },
                answer = answered(&mut self.asking) => {
                    self.asking = None;
                    self.apply(answer, self.clock.elapsed())?;
                }
                () = sleep(pause) => {}
                () = over(deadline) => {}
            }
        }
    }

    /// Reads the updates that have arrived: a storm of updates makes one batch, and one request.
    fn read_arrived(&mut self, connection: &mut Connection) -> Result<(), CallError> {
        for _ in 0..MAX_READ {
            if self.incoming.len() >= MAX_BATCH {
                break;
            }
            let Ok(container) = connection.updates.try_recv() else { break };
            self.read(container, connection)?;
        }
        Ok(())
    }

    /// The batch that is due now.
    fn batch(&mut self, now: Duration) -> Option<Batch> {
        let tells_state = self.has_advanced && self.may_tell_at().is_none_or(|at| at <= now);
        if self.incoming.is_empty() && !tells_state {
            return None;
        }
        let count = self.incoming.len().min(MAX_BATCH);
        let incoming: Vec<Incoming> = self.incoming.drain(..count).collect();
        // The state covers all updates that were read, so it goes with the last messages of them.
        if self.incoming.is_empty() {
            self.tell_state(now);
        }
        let people = std::mem::take(&mut self.people);
        let hashes = people.iter().filter_map(|known| Some((known.profile.peer, known.access_hash?))).collect();
        Some(Batch { incoming, state: self.told.clone(), people, hashes })
    }

    fn tell_state(&mut self, now: Duration) {
        self.told = plain(self.boxes.session_state());
        if self.told.channels.len() > MAX_CHANNELS {
            self.told.channels.clear();
            self.boxes = loaded(&self.told);
        }
        self.told_at = Some(now);
        self.has_advanced = false;
    }

    /// When a batch with only a state may be returned; `None`: at once.
    fn may_tell_at(&self) -> Option<Duration> {
        self.told_at.map(|told| told + STATE_PAUSE)
    }

    /// Starts the request that is due. Returns the longest time to wait, and the library's own deadline.
    fn start_due_request(&mut self, now: Duration, caller: &Caller) -> Result<(Duration, Option<Instant>), CallError> {
        let mut wake = now + MAX_SLEEP;
        if let Some(tell) = self.may_tell_at().filter(|_| self.has_advanced) {
            wake = wake.min(tell);
        }
        if let Some(late) = self.request_missing(now)? {
            wake = wake.min(late);
        }
        let mut deadline = None;
        if self.asking.is_none() {
            match self.question()? {
                Some(question) => match self.may_ask_at(&question).filter(|at| *at > now) {
                    Some(at) => wake = wake.min(at),
                    None => {
                        let caller = caller.clone();
                        self.asking = Some(Box::pin(async move { question.ask(&caller).await }));
                    }
                },
                None => deadline = Some(guarded(|| self.boxes.check_deadlines())?.into()),
            }
        }
        Ok((wake.saturating_sub(now), deadline))
    }

    /// Makes the library request the differences of gaps that are due, and returns when the next one is due.
    fn request_missing(&mut self, now: Duration) -> Result<Option<Duration>, CallError> {
        if self.gaps.is_empty() {
            return Ok(None);
        }
        let mut gaps = std::mem::take(&mut self.gaps);
        gaps.retain(|channel, (pts, _)| self.reached(*channel).is_some_and(|reached| reached < *pts));
        let late: Vec<Option<i64>> = gaps.extract_if(|_, (_, due)| *due <= now).map(|(channel, _)| channel).collect();
        self.gaps = gaps;
        for channel in late {
            let wanted = match channel {
                None => UpdatesLike::MalformedUpdates,
                Some(channel_id) => {
                    let update = tl::types::UpdateChannelTooLong { channel_id, pts: None }.into();
                    UpdatesLike::Updates(tl::types::UpdateShort { update, date: 0 }.into())
                }
            };
            // The library answers that there is a gap, which is intended.
            let _ = guarded(|| self.boxes.process_updates(wanted))?;
        }
        Ok(self.gaps.values().map(|(_, due)| *due).min())
    }

    /// The number of the last update that was read, of the account (`None`) or of a channel.
    fn reached(&self, channel: Option<i64>) -> Option<i32> {
        channel.map_or_else(|| Some(self.numbers().0), |id| self.pts_of(id))
    }

    fn question(&mut self) -> Result<Option<Question>, CallError> {
        if self.boxes.is_empty() {
            return Ok(Some(Question::Begin));
        }
        let channels = &self.channels;
        let boxes = &mut self.boxes;
        guarded(|| {
            boxes.check_deadlines();
            let account = boxes.get_difference().map(Question::Account);
            account.or_else(|| {
                let mut request = boxes.get_channel_difference()?;
                let tl::enums::InputChannel::Channel(channel) = &mut request.channel else { return None };
                // A bot may send 0 if the hash is not known.
                channel.access_hash = channels.get(&channel.channel_id).copied().unwrap_or(0);
                request.limit = MAX_CHANNEL_UPDATES;
                Some(Question::Channel(channel.channel_id, request))
            })
        })
    }

    /// When the question may be sent; `None`: at once.
    fn may_ask_at(&self, question: &Question) -> Option<Duration> {
        let ended = self.ended.get(&question.channel()).map(|ended| *ended + DIFFERENCE_PAUSE);
        ended.max(self.held_until)
    }

    fn end(&mut self, channel: Option<i64>, now: Duration) {
        if self.ended.len() > MAX_CHANNELS {
            self.ended.clear();
        }
        self.ended.insert(channel, now);
    }

    fn apply(&mut self, answer: Answer, now: Duration) -> Result<(), CallError> {
        let (channel, error) = match answer {
            Answer::Begin(Ok(tl::enums::updates::State::State(state))) => {
                self.has_advanced = true;
                return guarded(|| self.boxes.set_state(state));
            }
            Answer::Account(Ok(difference)) => {
                self.apply_account(difference, now);
                return Ok(());
            }
            Answer::Channel(id, Ok(difference)) => {
                self.apply_channel(id, difference, now);
                return Ok(());
            }
            Answer::Begin(Err(error @ CallError::Refused { .. })) => return Err(error),
            Answer::Begin(Err(error)) | Answer::Account(Err(error)) => (None, error),
            Answer::Channel(id, Err(error)) => (Some(id), error),
        };
        match (channel, error) {
            (_, CallError::Flood { seconds }) => self.held_until = Some(now + Duration::from_secs(seconds.into())),
            (None, error) if error.is_servers_fault() => self.held_until = Some(now + FAILURE_PAUSE),
            (None, error @ CallError::Refused { .. }) => self.restart_from_now(&error, now),
            (Some(id), error @ CallError::Refused { .. }) => self.give_up(id, &error, now)?,
            (_, error) => return Err(error),
        }
        Ok(())
    }

    fn apply_account(&mut self, mut difference: tl::enums::updates::Difference, now: Duration) {
        use tl::enums::updates::Difference as D;
        let (is_slice, is_too_long) = (matches!(difference, D::Slice(_)), matches!(difference, D::TooLong(_)));
        match &mut difference {
            D::Difference(all) => self.correct(&mut all.other_updates),
            D::Slice(some) => self.correct(&mut some.other_updates),
            D::Empty(_) | D::TooLong(_) => {}
        }
        let before = self.numbers();
        match guarded(|| self.boxes.apply_difference(difference)) {
            Ok(found) => self.take(found),
            Err(error) => return self.restart_from_now(&error, now),
        }
        self.has_advanced = true;
        let has_advanced = self.numbers() > before;
        if is_slice && !has_advanced {
            return self.restart_from_now(&unreadable(), now);
        }
        if !is_slice {
            self.end(None, now);
        }
        if is_too_long && has_advanced {
            // Updates after the skipped part still have to be requested.
            let _ = guarded(|| self.boxes.process_updates(UpdatesLike::MalformedUpdates));
        }
    }

    /// The account's `pts` and `qts`.
    fn numbers(&self) -> (i32, i32) {
        let state = self.boxes.session_state();
        (state.pts, state.qts)
    }

    /// Skips updates that can't be read. Updates that the account has missed are lost; later ones are not.
    fn restart_from_now(&mut self, error: &CallError, now: Duration) {
        tracing::warn!("updates of the bot were skipped: {error}");
        self.boxes = MessageBoxes::new();
        self.end(None, now);
    }

    fn apply_channel(&mut self, id: i64, mut difference: tl::enums::updates::ChannelDifference, now: Duration) {
        use tl::enums::updates::ChannelDifference as D;
        let (is_final, timeout) = match &mut difference {
            D::Empty(empty) => (empty.r#final, &mut empty.timeout),
            D::TooLong(too_long) => (too_long.r#final, &mut too_long.timeout),
            D::Difference(difference) => (difference.r#final, &mut difference.timeout),
        };
        *timeout = timeout.filter(|seconds| *seconds > 0);
        let before = self.pts_of(id);
        self.has_advanced = true;
        match guarded(|| self.boxes.apply_channel_difference(difference)) {
            Ok(found) => self.take(found),
            Err(error) => {
                tracing::warn!("updates of group {} were skipped: {error}", marked_channel(id));
                self.told.channels.retain(|(channel, _)| *channel != id);
                self.boxes = loaded(&self.told);
                return self.end(Some(id), now);
            }
        }
        if is_final {
            self.end(Some(id), now);
        } else if self.pts_of(id) <= before {
            // Otherwise it would be requested again without end.
            let _ = guarded(|| self.boxes.end_channel_difference(PrematureEndReason::TemporaryServerIssues));
            self.end(Some(id), now);
        }
    }

    fn pts_of(&self, channel: i64) -> Option<i32> {
        let state = self.boxes.session_state();
        state.channels.iter().find(|one| one.id == channel).map(|one| one.pts)
    }

    /// Stops requesting a group's difference; others go on. If the bot is in the group, its next message starts it
    /// again.
    fn give_up(&mut self, channel: i64, error: &CallError, now: Duration) -> Result<(), CallError> {
        tracing::info!("no updates of group {}: {error}", marked_channel(channel));
        let reason = if error.is_servers_fault() {
            PrematureEndReason::TemporaryServerIssues
        } else {
            PrematureEndReason::Banned
        };
        self.has_advanced = true;
        self.end(Some(channel), now);
        guarded(|| self.boxes.end_channel_difference(reason))
    }

    fn read(&mut self, container: UpdatesLike, connection: &Connection) -> Result<(), CallError> {
        let now = self.clock.elapsed();
        if matches!(container, UpdatesLike::ConnectionClosed) {
            Err(connection.end())
        } else {
            self.digest(container, now)
        }
    }

    fn digest(&mut self, mut container: UpdatesLike, now: Duration) -> Result<(), CallError> {
        use tl::enums::Updates as U;
        let numbers: Vec<(Option<i64>, i32)> = match &container {
            UpdatesLike::Updates(U::Updates(all)) => all.updates.iter().filter_map(number).collect(),
            UpdatesLike::Updates(U::Combined(all)) => all.updates.iter().filter_map(number).collect(),
            UpdatesLike::Updates(U::UpdateShort(one)) => number(&one.update).into_iter().collect(),
            UpdatesLike::Updates(U::UpdateShortMessage(short)) => vec![(None, short.pts)],
            UpdatesLike::Updates(U::UpdateShortChatMessage(short)) => vec![(None, short.pts)],
            _ => Vec::new(),
        };
        match &mut container {
            UpdatesLike::Updates(U::Updates(all)) => self.correct(&mut all.updates),
            UpdatesLike::Updates(U::Combined(all)) => self.correct(&mut all.updates),
            UpdatesLike::Updates(U::UpdateShort(one)) => self.correct(std::slice::from_mut(&mut one.update)),
            _ => {}
        }
        // Messages in a group that a bot may not read leave gaps, too, so this does not wait for a difference.
        match &container {
            UpdatesLike::Updates(U::Updates(all)) => self.keep(&all.updates, &all.users, &all.chats),
            UpdatesLike::Updates(U::Combined(all)) => self.keep(&all.updates, &all.users, &all.chats),
            UpdatesLike::Updates(U::UpdateShort(one)) => self.keep(std::slice::from_ref(&one.update), &[], &[]),
            _ => {}
        }
        let is_short =
            matches!(container, UpdatesLike::Updates(U::UpdateShortMessage(_) | U::UpdateShortChatMessage(_)));
        match guarded(|| self.boxes.process_updates(container))? {
            Ok(found) if is_short => self.take(found),
            Ok((updates, ..)) => self.count(&updates),
            // The library now requests a difference.
            Err(_) => {}
        }
        for (channel, pts) in numbers {
            if self.reached(channel).is_some_and(|reached| reached < pts) && self.gaps.len() < MAX_CHANNELS {
                let (highest, _) = self.gaps.entry(channel).or_insert((pts, now + GAP_PAUSE));
                *highest = pts.max(*highest);
            }
        }
        Ok(())
    }

    /// `updateChannelTooLong` names the latest number: the library would continue from there and skip the missing
    /// updates.
    fn correct(&self, updates: &mut [tl::enums::Update]) {
        for update in updates {
            if let tl::enums::Update::ChannelTooLong(update) = update
                && self.pts_of(update.channel_id).is_some()
            {
                update.pts = None;
            }
        }
    }

    /// An answer to a question.
    fn take(&mut self, (updates, users, chats): UpdateAndPeers) {
        self.count(&updates);
        let updates: Vec<tl::enums::Update> = updates.into_iter().map(|(update, _)| update).collect();
        self.keep(&updates, &users, &chats);
    }

    fn count(&mut self, updates: &[(tl::enums::Update, State)]) {
        self.has_advanced |= updates.iter().any(|(_, state)| state.message_box.is_some());
    }

    /// Keeps the messages and presses for the next batch. Messages that were pushed also come with a difference.
    fn keep(&mut self, updates: &[tl::enums::Update], users: &[tl::enums::User], chats: &[tl::enums::Chat]) {
        self.learn(chats);
        let mut found: Vec<Incoming> = updates.iter().filter_map(|update| for_bot(update, self.me)).collect();
        found.retain_mut(|incoming| is_from_person(incoming, users) && self.recent.is_new(incoming));
        self.people.extend(involved(&found, users, chats));
        self.incoming.extend(found);
    }

    /// Keeps the access hashes of groups.
    fn learn(&mut self, chats: &[tl::enums::Chat]) {
        for chat in chats {
            let tl::enums::Chat::Channel(channel) = chat else { continue };
            let has_room = self.channels.len() < MAX_CHANNELS || self.channels.contains_key(&channel.id);
            if let Some(hash) = channel.access_hash.filter(|_| !channel.min && has_room) {
                self.channels.insert(channel.id, hash);
            }
        }
    }
}

/// The channel of an update of a message (`None`: the account's own updates), and its number.
fn number(update: &tl::enums::Update) -> Option<(Option<i64>, i32)> {
    use tl::enums::Update as U;
    match update {
        U::NewMessage(update) => Some((None, update.pts)),
        U::EditMessage(update) => Some((None, update.pts)),
        U::DeleteMessages(update) => Some((None, update.pts)),
        U::NewChannelMessage(update) => Some((Some(channel_of(&update.message)?), update.pts)),
        U::EditChannelMessage(update) => Some((Some(channel_of(&update.message)?), update.pts)),
        U::DeleteChannelMessages(update) => Some((Some(update.channel_id), update.pts)),
        _ => None,
    }
}

/// Which channel a message is in.
fn channel_of(message: &tl::enums::Message) -> Option<i64> {
    let peer = match message {
        tl::enums::Message::Message(message) => &message.peer_id,
        tl::enums::Message::Service(message) => &message.peer_id,
        tl::enums::Message::Empty(_) => return None,
    };
    match peer {
        tl::enums::Peer::Channel(channel) => Some(channel.channel_id),
        _ => None,
    }
}

/// Messages that were recently returned.
#[derive(Default)]
struct Recent {
    known: HashSet<(PeerId, i32, bool)>,
    in_order: VecDeque<(PeerId, i32, bool)>,
}

impl Recent {
    /// A press is always new: the person who pressed waits for an answer.
    fn is_new(&mut self, incoming: &Incoming) -> bool {
        let Incoming::Message(message) = incoming else { return true };
        let key = (message.chat.peer(), message.id, message.ephemeral);
        let is_new = self.known.insert(key);
        if is_new {
            self.in_order.push_back(key);
        }
        if self.in_order.len() > MAX_RECENT
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.known.remove(&oldest);
        }
        is_new
    }
}

/// The answer to the request that runs, if any.
async fn answered(asking: &mut Option<Pin<Box<dyn Future<Output = Answer> + Send>>>) -> Answer {
    match asking {
        Some(asking) => asking.await,
        None => std::future::pending().await,
    }
}

async fn over(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// The library panics at updates that contradict each other.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, CallError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| unreadable())
}

fn unreadable() -> CallError {
    CallError::Lost("the updates can't be read: they contradict each other".into())
}

/// The library's state from which it continues; it requests every difference first.
fn loaded(state: &ReadState) -> MessageBoxes {
    let channels = state.channels.iter().map(|&(id, pts)| ChannelState { id, pts }).collect();
    let ReadState { pts, qts, date, seq, .. } = *state;
    if pts <= 0 { MessageBoxes::new() } else { MessageBoxes::load(UpdatesState { pts, qts, date, seq, channels }) }
}

fn plain(state: UpdatesState) -> ReadState {
    let UpdatesState { pts, qts, date, seq, channels } = state;
    ReadState { pts, qts, date, seq, channels: channels.into_iter().map(|one| (one.id, one.pts)).collect() }
}

#[cfg(test)]
mod tests {
    use grammers_client::tl::{Deserializable, Serializable};

    use super::super::incoming::tests::{channel, user, written};
    use super::*;

    const BOT: PeerId = PeerId(99);
    const NOW: Duration = Duration::from_secs(1000);
    /// A group, by bare id.
    const HALL: i64 = 5;
    const OTHER: i64 = 6;

    fn state() -> ReadState {
        ReadState { pts: 10, qts: 1, date: 1, seq: 0, channels: vec![(HALL, 20), (OTHER, 30)] }
    }

    fn container(updates: Vec<tl::enums::Update>) -> UpdatesLike {
        UpdatesLike::Updates(
            tl::types::Updates { updates, users: Vec::new(), chats: Vec::new(), date: 0, seq: 0 }.into(),
        )
    }

    fn private(id: i32, pts: i32) -> tl::enums::Update {
        let message = tl::types::Message { id, ..written(user(7), "/me") }.into();
        tl::types::UpdateNewMessage { message, pts, pts_count: 1 }.into()
    }

    fn in_group(group: i64, id: i32, pts: i32) -> tl::enums::Update {
        let message = tl::types::Message { id, from_id: Some(user(7)), ..written(channel(group), "/me") }.into();
        tl::types::UpdateNewChannelMessage { message, pts, pts_count: 1 }.into()
    }

    fn difference_empty() -> Answer {
        Answer::Account(Ok(tl::types::updates::DifferenceEmpty { date: 2, seq: 0 }.into()))
    }

    fn channel_empty(group: i64, pts: i32) -> Answer {
        let empty = tl::types::updates::ChannelDifferenceEmpty { r#final: true, pts, timeout: None };
        Answer::Channel(group, Ok(empty.into()))
    }

    /// The next request: `begin`, `account 10`, `channel 5 20`.
    fn asked(listener: &mut Listener) -> String {
        match listener.question().unwrap() {
            None => "nothing".into(),
            Some(Question::Begin) => "begin".into(),
            Some(Question::Account(request)) => format!("account {}", request.pts),
            Some(Question::Channel(id, request)) => format!("channel {id} {}", request.pts),
        }
    }

    /// A listener that has read everything.
    fn listening() -> Listener {
        let mut listener = Listener::new(Some(state()), BOT);
        assert_eq!(asked(&mut listener), "account 10");
        listener.apply(difference_empty(), NOW).unwrap();
        assert_eq!(asked(&mut listener), "channel 5 20");
        listener.apply(channel_empty(HALL, 20), NOW).unwrap();
        assert_eq!(asked(&mut listener), "channel 6 30");
        listener.apply(channel_empty(OTHER, 30), NOW).unwrap();
        assert_eq!(asked(&mut listener), "nothing");
        listener.batch(NOW).unwrap();
        listener
    }

    fn numbers(batch: &Batch) -> Vec<i32> {
        let number = |incoming: &Incoming| match incoming {
            Incoming::Message(message) => message.id,
            Incoming::Press(press) => press.message_id,
        };
        batch.incoming.iter().map(number).collect()
    }

    #[test]
    fn without_a_state_it_begins_now() {
        for state in [None, Some(ReadState { qts: 4, ..ReadState::default() })] {
            let mut listener = Listener::new(state, BOT);
            assert_eq!(asked(&mut listener), "begin");
            let now = tl::types::updates::State { pts: 7, qts: 0, date: 3, seq: 0, unread_count: 0 };
            listener.apply(Answer::Begin(Ok(now.into())), NOW).unwrap();
            assert_eq!(asked(&mut listener), "nothing");
            assert_eq!(listener.batch(NOW).unwrap().state.pts, 7);
            assert_eq!(listener.batch(NOW), None);
        }
    }

    #[test]
    fn a_state_alone_is_told_after_a_pause() {
        let mut listener = listening();
        let nothing_to_do = tl::types::Message { id: 1, ..written(user(7), "hello") }.into();
        let update = tl::types::UpdateNewMessage { message: nothing_to_do, pts: 11, pts_count: 1 };
        listener.digest(container(vec![update.into()]), NOW).unwrap();
        assert_eq!(listener.batch(NOW + STATE_PAUSE / 2), None);
        let batch = listener.batch(NOW + STATE_PAUSE).unwrap();
        assert_eq!((batch.incoming.len(), batch.state.pts), (0, 11));
    }

    #[test]
    fn a_command_is_told_before_the_gap_is_filled_and_only_once() {
        let mut listener = listening();
        let before = listener.told.clone();
        listener.digest(container(vec![in_group(HALL, 1, 23)]), NOW).unwrap();
        let batch = listener.batch(NOW).unwrap();
        assert_eq!((numbers(&batch), batch.state), (vec![1], before));
        listener.digest(container(vec![in_group(HALL, 1, 23)]), NOW).unwrap();
        assert_eq!(listener.batch(NOW), None);
        // Groups number their messages separately.
        listener.digest(container(vec![in_group(OTHER, 1, 31), private(1, 11)]), NOW).unwrap();
        let batch = listener.batch(NOW).unwrap();
        assert_eq!((numbers(&batch), batch.state.pts), (vec![1, 1], 11));
        assert_eq!(batch.state.channels, [(HALL, 20), (OTHER, 31)]);
    }

    /// The library forgets the second gap: when the time of the first is over, it checks no other.
    #[test]
    fn what_is_missing_in_two_groups_is_asked_for_in_both() {
        let mut listener = listening();
        let first = listener.clock.elapsed();
        listener.digest(container(vec![in_group(HALL, 1, 23)]), first).unwrap();
        listener.digest(container(vec![in_group(OTHER, 1, 33)]), first + GAP_PAUSE / 2).unwrap();
        assert_eq!(listener.request_missing(first).unwrap(), Some(first + GAP_PAUSE));
        let then = first + GAP_PAUSE;
        assert_eq!(listener.request_missing(then).unwrap(), Some(then + GAP_PAUSE / 2));
        assert_eq!(asked(&mut listener), "channel 5 20");
        listener.apply(channel_empty(HALL, 23), then).unwrap();
        assert_eq!(listener.request_missing(then + GAP_PAUSE / 2).unwrap(), None);
        assert_eq!(asked(&mut listener), "channel 6 30");
        listener.apply(channel_empty(OTHER, 33), then).unwrap();
        // Updates that came late are not requested.
        listener.digest(container(vec![private(1, 12)]), then).unwrap();
        listener.digest(container(vec![private(2, 11)]), then).unwrap();
        assert_eq!(listener.request_missing(then + GAP_PAUSE).unwrap(), None);
        assert_eq!(asked(&mut listener), "nothing");
    }

    #[test]
    fn a_press_is_told_as_often_as_it_comes() {
        let mut listener = listening();
        let press = tl::types::UpdateBotCallbackQuery {
            query_id: 8,
            user_id: 7,
            peer: channel(HALL),
            msg_id: 3,
            chat_instance: 0,
            data: None,
            game_short_name: None,
        };
        for _ in 0..2 {
            listener.digest(container(vec![press.clone().into()]), NOW).unwrap();
            assert_eq!(numbers(&listener.batch(NOW).unwrap()), [3]);
        }
    }

    #[test]
    fn the_state_is_told_with_the_last_of_what_it_counts() {
        let mut listener = listening();
        let count = MAX_BATCH as i32 + 1;
        listener.digest(container((1..=count).map(|n| private(n, 10 + n)).collect()), NOW).unwrap();
        let first = listener.batch(NOW).unwrap();
        assert_eq!((first.incoming.len(), first.state.pts), (MAX_BATCH, 10));
        let second = listener.batch(NOW).unwrap();
        assert_eq!((numbers(&second), second.state.pts), (vec![count], 10 + count));
    }

    #[test]
    fn a_channel_that_is_too_long_is_read_from_where_we_are() {
        let mut listener = listening();
        let too_long = |channel_id| tl::types::UpdateChannelTooLong { channel_id, pts: Some(90) };
        listener.digest(container(vec![too_long(HALL).into()]), NOW).unwrap();
        assert_eq!(asked(&mut listener), "channel 5 20");
        // There is no state to continue from.
        listener.apply(channel_empty(HALL, 90), NOW).unwrap();
        listener.digest(container(vec![too_long(77).into()]), NOW).unwrap();
        assert_eq!(asked(&mut listener), "channel 77 90");
    }

    #[test]
    fn a_storm_makes_one_request() {
        let mut listener = listening();
        for _ in 0..1000 {
            listener.digest(UpdatesLike::MalformedUpdates, NOW).unwrap();
        }
        assert_eq!(asked(&mut listener), "account 10");
        listener.apply(difference_empty(), NOW).unwrap();
        assert_eq!(asked(&mut listener), "nothing");
        listener.digest(UpdatesLike::MalformedUpdates, NOW).unwrap();
        let question = listener.question().unwrap().unwrap();
        assert_eq!(listener.may_ask_at(&question), Some(NOW + DIFFERENCE_PAUSE));
    }

    #[test]
    fn a_group_that_refuses_does_not_stop_the_others() {
        let refused = |code, name: &str| CallError::Refused { code, name: name.into() };
        for (error, channels) in [
            (refused(400, "CHANNEL_PRIVATE"), vec![(OTHER, 30)]),
            (refused(500, "PERSISTENT_TIMESTAMP_OUTDATED"), vec![(HALL, 20), (OTHER, 30)]),
        ] {
            let mut listener = Listener::new(Some(state()), BOT);
            listener.apply(difference_empty(), NOW).unwrap();
            assert_eq!(asked(&mut listener), "channel 5 20");
            listener.apply(Answer::Channel(HALL, Err(error)), NOW).unwrap();
            assert_eq!(asked(&mut listener), "channel 6 30");
            listener.apply(channel_empty(OTHER, 30), NOW).unwrap();
            assert_eq!(listener.batch(NOW).unwrap().state.channels, channels);
        }
    }

    #[test]
    fn a_flood_wait_holds_requests_and_nothing_else() {
        let mut listener = Listener::new(Some(state()), BOT);
        listener.apply(Answer::Account(Err(CallError::Flood { seconds: 3600 })), NOW).unwrap();
        let question = listener.question().unwrap().unwrap();
        assert_eq!(listener.may_ask_at(&question), Some(NOW + Duration::from_secs(3600)));
        listener.digest(container(vec![in_group(HALL, 1, 21)]), NOW).unwrap();
        assert_eq!(numbers(&listener.batch(NOW).unwrap()), [1]);
        let silence = listener.apply(Answer::Account(Err(CallError::Silence)), NOW);
        assert_eq!(silence, Err(CallError::Silence));
    }

    fn slice(pts: i32) -> Answer {
        let state = tl::types::updates::State { pts, qts: 1, date: 2, seq: 0, unread_count: 0 };
        let slice = tl::types::updates::DifferenceSlice {
            new_messages: vec![written(user(7), "/me").into()],
            new_encrypted_messages: Vec::new(),
            other_updates: Vec::new(),
            chats: Vec::new(),
            users: Vec::new(),
            intermediate_state: state.into(),
        };
        Answer::Account(Ok(slice.into()))
    }

    #[test]
    fn slices_that_lead_nowhere_end() {
        let mut listener = Listener::new(Some(state()), BOT);
        listener.apply(slice(11), NOW).unwrap();
        assert_eq!(asked(&mut listener), "account 11");
        assert_eq!(numbers(&listener.batch(NOW).unwrap()), [3]);
        listener.apply(slice(11), NOW).unwrap();
        assert_eq!(asked(&mut listener), "begin");
        let mut listener = Listener::new(Some(state()), BOT);
        listener.apply(difference_empty(), NOW).unwrap();
        let empty = tl::types::updates::ChannelDifferenceEmpty { r#final: false, pts: 20, timeout: None };
        listener.apply(Answer::Channel(HALL, Ok(empty.into())), NOW).unwrap();
        assert_eq!(asked(&mut listener), "channel 6 30");
    }

    #[test]
    fn what_is_too_long_is_skipped_and_the_rest_asked_for() {
        let mut listener = Listener::new(Some(state()), BOT);
        let too_long = tl::types::updates::DifferenceTooLong { pts: 500 };
        listener.apply(Answer::Account(Ok(too_long.into())), NOW).unwrap();
        assert_eq!(asked(&mut listener), "account 500");
    }

    fn too_long_without_pts() -> tl::enums::updates::ChannelDifference {
        let mut settings = Vec::new();
        0_i32.serialize(&mut settings);
        let dialog = tl::types::Dialog {
            pinned: false,
            unread_mark: false,
            view_forum_as_messages: false,
            peer: channel(HALL),
            top_message: 0,
            read_inbox_max_id: 0,
            read_outbox_max_id: 0,
            unread_count: 0,
            unread_mentions_count: 0,
            unread_reactions_count: 0,
            unread_poll_votes_count: 0,
            notify_settings: tl::types::PeerNotifySettings::from_bytes(&settings).unwrap().into(),
            pts: None,
            draft: None,
            folder_id: None,
            ttl_period: None,
        };
        let too_long = tl::types::updates::ChannelDifferenceTooLong {
            r#final: true,
            timeout: Some(i32::MIN),
            dialog: dialog.into(),
            messages: Vec::new(),
            chats: Vec::new(),
            users: Vec::new(),
        };
        too_long.into()
    }

    #[test]
    fn no_timeout_of_a_group_ends_anything() {
        let mut listener = Listener::new(Some(state()), BOT);
        listener.apply(difference_empty(), NOW).unwrap();
        let empty = tl::types::updates::ChannelDifferenceEmpty { r#final: true, pts: 21, timeout: Some(i32::MIN) };
        listener.apply(Answer::Channel(HALL, Ok(empty.into())), NOW).unwrap();
        assert_eq!(asked(&mut listener), "channel 6 30");
        assert_eq!(listener.batch(NOW).unwrap().state.channels, [(HALL, 21), (OTHER, 30)]);
    }

    /// The library panics at each of these contradictory updates.
    #[test]
    fn what_contradicts_itself_ends_nothing() {
        crate::telegram::panics::keep_off_the_terminal();
        let mut listener = Listener::new(Some(state()), BOT);
        listener.apply(difference_empty(), NOW).unwrap();
        assert_eq!(asked(&mut listener), "channel 5 20");
        listener.apply(Answer::Channel(HALL, Ok(too_long_without_pts())), NOW).unwrap();
        listener.apply(difference_empty(), NOW).unwrap();
        assert_eq!(asked(&mut listener), "channel 6 30");
        assert_eq!(listener.batch(NOW).unwrap().state.channels, [(OTHER, 30)]);

        let mut listener = listening();
        let message = written(channel(HALL), "/me").into();
        let misplaced = tl::types::UpdateNewMessage { message, pts: 11, pts_count: 1 };
        assert!(listener.digest(container(vec![misplaced.clone().into()]), NOW).is_err());

        let mut listener = Listener::new(Some(state()), BOT);
        let difference = tl::types::updates::Difference {
            new_messages: Vec::new(),
            new_encrypted_messages: Vec::new(),
            other_updates: vec![misplaced.into()],
            chats: Vec::new(),
            users: Vec::new(),
            state: tl::types::updates::State { pts: 11, qts: 1, date: 2, seq: 0, unread_count: 0 }.into(),
        };
        listener.apply(Answer::Account(Ok(difference.into())), NOW).unwrap();
        assert_eq!(asked(&mut listener), "begin");
    }
}
