//! A plain grammers client: raw requests with a deadline, and raw updates.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use fake_telegram::FakeTelegram;
use grammers_client::sender::{ConnectionParams, NoRetries, SenderPool, SenderPoolFatHandle};
use grammers_client::session::SessionData;
use grammers_client::session::storages::MemorySession;
use grammers_client::session::types::DcOption;
use grammers_client::session::updates::UpdatesLike;
use grammers_client::{InvocationError, tl};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

/// Long enough for a slow machine; no test waits for it to pass.
pub const BOUND: Duration = Duration::from_secs(20);
/// Long enough for an answer on loopback, where a test expects none.
pub const NO_ANSWER: Duration = Duration::from_millis(300);

pub struct Client {
    pub handle: SenderPoolFatHandle,
    pub updates: Receiver<UpdatesLike>,
    pub dc: i32,
    runner: JoinHandle<()>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.runner.abort();
    }
}

impl Client {
    /// Reads the login string as a program would.
    pub fn new(login: &str) -> Self {
        let bytes = BASE64_URL_SAFE.decode(login.strip_prefix('1').expect("version 1")).expect("base64");
        let dc = i32::from(bytes[0]);
        let ip: [u8; 4] = bytes[1..5].try_into().unwrap();
        let port = u16::from_be_bytes([bytes[5], bytes[6]]);
        let ipv4 = std::net::SocketAddrV4::new(ip.into(), port);
        let option = DcOption {
            id: dc,
            ipv4,
            ipv6: std::net::SocketAddrV6::new(ipv4.ip().to_ipv6_mapped(), port, 0, 0),
            auth_key: Some(bytes[7..].try_into().expect("a key of 256 bytes")),
        };
        let session = MemorySession::from(SessionData {
            home_dc: dc,
            dc_options: HashMap::from([(dc, option)]),
            ..SessionData::default()
        });
        let pool = SenderPool::with_configuration(
            Arc::new(session),
            1,
            ConnectionParams {
                retry_policy: Box::new(NoRetries),
                updates_channel_capacity: NonZeroUsize::new(100_000).unwrap(),
                ..ConnectionParams::default()
            },
        );
        Self { handle: pool.handle, updates: pool.updates, dc, runner: tokio::spawn(pool.runner.run()) }
    }

    /// An answer, or the error.
    pub async fn try_invoke<R: tl::RemoteCall>(&self, request: &R) -> Result<R::Return, InvocationError> {
        tokio::time::timeout(BOUND, self.handle.invoke_in_dc(self.dc, request)).await.expect("an answer in time")
    }

    pub async fn invoke<R: tl::RemoteCall>(&self, request: &R) -> R::Return {
        self.try_invoke(request).await.expect("no error")
    }

    /// The error's full name, with its number where it has one.
    pub async fn error<R: tl::RemoteCall>(&self, request: &R) -> String {
        match self.try_invoke(request).await {
            Err(InvocationError::Rpc(error)) => match error.value {
                Some(value) => format!("{} {} {value}", error.code, error.name),
                None => format!("{} {}", error.code, error.name),
            },
            Err(other) => format!("not an RPC error: {other:?}"),
            Ok(_) => "no error".to_owned(),
        }
    }

    /// Whether there is no answer.
    pub async fn hangs<R: tl::RemoteCall>(&self, request: &R) -> bool {
        tokio::time::timeout(NO_ANSWER, self.handle.invoke_in_dc(self.dc, request)).await.is_err()
    }

    /// The next container of updates.
    pub async fn next(&mut self) -> tl::types::Updates {
        loop {
            let next = tokio::time::timeout(BOUND, self.updates.recv())
                .await
                .expect("an update in time")
                .expect("the pool runs");
            if let UpdatesLike::Updates(tl::enums::Updates::Updates(updates)) = next {
                return updates;
            }
        }
    }

    /// The next participants update with its container's date.
    pub async fn next_participants(&mut self) -> (i32, tl::types::UpdateGroupCallParticipants) {
        loop {
            let container = self.next().await;
            for update in container.updates {
                if let tl::enums::Update::GroupCallParticipants(update) = update {
                    return (container.date, update);
                }
            }
        }
    }

    /// The next call update.
    pub async fn next_call(&mut self) -> tl::types::UpdateGroupCall {
        loop {
            for update in self.next().await.updates {
                if let tl::enums::Update::GroupCall(update) = update {
                    return update;
                }
            }
        }
    }

    pub async fn resolve(&self, name: &str) -> tl::types::contacts::ResolvedPeer {
        let tl::enums::contacts::ResolvedPeer::Peer(peer) =
            self.invoke(&tl::functions::contacts::ResolveUsername { username: name.to_owned(), referer: None }).await;
        peer
    }

    /// The public supergroup of this name.
    pub async fn channel(&self, name: &str) -> tl::types::InputChannel {
        match self.resolve(name).await.chats.as_slice() {
            [tl::enums::Chat::Channel(channel)] => tl::types::InputChannel {
                channel_id: channel.id,
                access_hash: channel.access_hash.expect("an access hash"),
            },
            other => panic!("not one channel: {other:?}"),
        }
    }

    pub async fn full_channel(&self, channel: &tl::types::InputChannel) -> tl::types::ChannelFull {
        let tl::enums::messages::ChatFull::Full(full) =
            self.invoke(&tl::functions::channels::GetFullChannel { channel: channel.clone().into() }).await;
        match full.full_chat {
            tl::enums::ChatFull::ChannelFull(full) => full,
            other => panic!("not a channel: {other:?}"),
        }
    }

    /// The current call of the public supergroup of this name.
    pub async fn call(&self, name: &str) -> tl::enums::InputGroupCall {
        let channel = self.channel(name).await;
        self.full_channel(&channel).await.call.expect("a call")
    }

    pub async fn page(
        &self,
        call: &tl::enums::InputGroupCall,
        offset: &str,
        limit: i32,
    ) -> tl::types::phone::GroupParticipants {
        let tl::enums::phone::GroupParticipants::Participants(page) =
            self.invoke(&page_request(call, offset, limit)).await;
        page
    }
}

pub fn page_request(
    call: &tl::enums::InputGroupCall,
    offset: &str,
    limit: i32,
) -> tl::functions::phone::GetGroupParticipants {
    tl::functions::phone::GetGroupParticipants {
        call: call.clone(),
        ids: vec![],
        sources: vec![],
        offset: offset.to_owned(),
        limit,
    }
}

pub fn text(peer: tl::enums::InputPeer, text: &str, id: i64) -> tl::functions::messages::SendMessage {
    tl::functions::messages::SendMessage {
        no_webpage: true,
        silent: false,
        background: false,
        clear_draft: false,
        noforwards: false,
        update_stickersets_order: false,
        invert_media: false,
        allow_paid_floodskip: false,
        peer,
        reply_to: None,
        message: text.to_owned(),
        random_id: id,
        reply_markup: None,
        entities: None,
        schedule_date: None,
        schedule_repeat_period: None,
        send_as: None,
        quick_reply_shortcut: None,
        effect: None,
        allow_paid_stars: None,
        suggested_post: None,
        rich_message: None,
    }
}

pub fn edit(peer: tl::enums::InputPeer, id: i32, text: &str) -> tl::functions::messages::EditMessage {
    tl::functions::messages::EditMessage {
        no_webpage: true,
        invert_media: false,
        peer,
        id,
        message: Some(text.to_owned()),
        media: None,
        reply_markup: None,
        entities: None,
        schedule_date: None,
        schedule_repeat_period: None,
        quick_reply_shortcut_id: None,
        rich_message: None,
    }
}

/// The id that `sendMessage` answers with.
pub fn sent_id(updates: &tl::enums::Updates) -> Option<i32> {
    let tl::enums::Updates::Updates(updates) = updates else {
        return None;
    };
    updates.updates.iter().find_map(|update| match update {
        tl::enums::Update::MessageId(update) => Some(update.id),
        _ => None,
    })
}

pub fn message(message: &tl::enums::Message) -> &tl::types::Message {
    match message {
        tl::enums::Message::Message(message) => message,
        other => panic!("no message: {other:?}"),
    }
}

/// Waits for a condition while the client runs.
pub async fn until(condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(BOUND, wait).await.expect("the condition in time");
}

pub fn input_peer(channel: &tl::types::InputChannel) -> tl::enums::InputPeer {
    tl::types::InputPeerChannel { channel_id: channel.channel_id, access_hash: channel.access_hash }.into()
}

pub fn participant(p: &tl::enums::GroupCallParticipant) -> &tl::types::GroupCallParticipant {
    let tl::enums::GroupCallParticipant::Participant(p) = p;
    p
}

/// The bare id of a participant.
pub fn who(p: &tl::enums::GroupCallParticipant) -> i64 {
    match &participant(p).peer {
        tl::enums::Peer::User(peer) => peer.user_id,
        tl::enums::Peer::Channel(peer) => peer.channel_id,
        tl::enums::Peer::Chat(peer) => peer.chat_id,
    }
}

/// A public supergroup `@studyhall` with Ada in it, and a running call.
pub struct Hall {
    pub telegram: FakeTelegram,
    pub ada: i64,
    pub group: i64,
    pub call: i64,
}

impl Hall {
    pub fn open() -> Self {
        Self::in_(FakeTelegram::start())
    }

    pub fn in_(telegram: FakeTelegram) -> Self {
        let ada = telegram.person(fake_telegram::Person::named("Ada").username("ada_l"));
        let group = telegram.supergroup("Study Hall", Some("studyhall"));
        telegram.add_member(group, ada);
        let call = telegram.start_call(group);
        Self { telegram, ada, group, call }
    }

    /// Ada's client, connected.
    pub async fn client(&self) -> Client {
        let client = Client::new(&self.telegram.login_string(self.ada));
        client.invoke(&tl::functions::updates::GetState {}).await;
        client
    }

    /// Somebody new.
    pub fn person(&self, name: &str) -> i64 {
        self.telegram.person(fake_telegram::Person::named(name))
    }

    pub fn no_violations(&self) {
        assert_eq!(self.telegram.violations(), Vec::<String>::new());
    }
}

pub fn sign_in(token: &str) -> tl::functions::auth::ImportBotAuthorization {
    tl::functions::auth::ImportBotAuthorization {
        flags: 0,
        api_id: 1,
        api_hash: "0".repeat(32),
        bot_auth_token: token.to_owned(),
    }
}

/// A bot that is in the hall, and a client that is signed in as it.
pub async fn bot_in(hall: &Hall) -> (i64, Client) {
    let bot = hall.telegram.person(fake_telegram::Person::named("Board").username("board_bot").bot());
    hall.telegram.add_member(hall.group, bot);
    let client = Client::new(&hall.telegram.signed_out_login_string());
    client.invoke(&sign_in(&hall.telegram.bot_token(bot))).await;
    (bot, client)
}

/// The next container with one update, and that of this kind. The answers to the client's own requests arrive as
/// updates, too.
pub async fn next_of(client: &mut Client, kind: fn(&tl::enums::Update) -> bool) -> tl::types::Updates {
    loop {
        let next = client.next().await;
        if matches!(next.updates.as_slice(), [update] if kind(update)) {
            return next;
        }
    }
}

/// The bare id of a channel.
pub fn bare(group: i64) -> i64 {
    -1_000_000_000_000 - group
}
