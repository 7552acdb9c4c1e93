//! MTProto sessions: reading a client's packets, and packing answers.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use grammers_tl_types::{Cursor, Deserializable, Identifiable, Serializable, enums, functions, types};
use sha2::{Digest, Sha256};

use crate::rpc;
use crate::wire::{self, AuthKey, GZIP_PACKED, MSG_CONTAINER, RPC_RESULT};
use crate::world::{Outgoing, Received, RpcError, SessionKey, Weight, World};

/// How many messages have their answer kept, to repeat it when the message is repeated.
const REMEMBERED: usize = 512;
/// The minimum length of answers that are compressed, in bytes.
const COMPRESSED_FROM: usize = 1024;
/// The maximum number of messages in a container; clients use the same.
const CONTAINER_MESSAGES: usize = 100;
/// The length at which a packet is closed, in bytes.
const CONTAINER_BYTES: usize = 200 << 10;

/// A message id this far behind the server clock is refused (code 16).
const BEHIND_SECONDS: i64 = 300;
/// A message id this far ahead of the server clock is refused (code 17).
const AHEAD_SECONDS: i64 = 30;

/// What happens to the connection after a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    Continue,
    /// Close it now.
    Close,
}

/// The connection and session on which a message came.
#[derive(Clone, Copy)]
pub struct Arrival {
    pub connection: u64,
    pub session: SessionKey,
}

struct Incoming {
    id: i64,
    seq_no: i32,
    body: Vec<u8>,
}

/// A packet that cannot be read: the connection is closed.
struct Unreadable(&'static str);

impl From<grammers_tl_types::deserialize::Error> for Unreadable {
    fn from(_: grammers_tl_types::deserialize::Error) -> Self {
        Self("a message that ends too early")
    }
}

fn read_message(cursor: &mut Cursor) -> Result<Incoming, Unreadable> {
    let id = i64::deserialize(cursor)?;
    let seq_no = i32::deserialize(cursor)?;
    let length = u32::deserialize(cursor)? as usize;
    if !(4..=wire::LONGEST_FRAME).contains(&length) || !length.is_multiple_of(4) {
        return Err(Unreadable("a message of an impossible length"));
    }
    let mut body = vec![0; length];
    cursor.read_exact(&mut body)?;
    Ok(Incoming { id, seq_no, body })
}

fn constructor(body: &[u8]) -> u32 {
    body.first_chunk().map_or(0, |id| u32::from_le_bytes(*id))
}

/// Decompresses a whole message.
fn unpacked(body: Vec<u8>) -> Result<Vec<u8>, Unreadable> {
    if constructor(&body) != GZIP_PACKED {
        return Ok(body);
    }
    wire::gunzip(&mut Cursor::from_slice(&body[4..])).ok_or(Unreadable("a broken gzip_packed"))
}

impl World {
    /// Handles one payload of a connection.
    pub fn receive(&mut self, connection: u64, payload: &mut [u8]) -> Flow {
        match self.connections.get(&connection) {
            None => return Flow::Close,
            Some(open) if open.dead => return Flow::Continue,
            Some(_) => {}
        }
        if payload.first_chunk() == Some(&[0; 8]) {
            return match self.greet(&payload[8..]) {
                Ok(answer) => {
                    self.send(connection, Outgoing::Unencrypted(answer));
                    Flow::Continue
                }
                Err(_) => {
                    self.send(connection, Outgoing::TransportError(wire::UNKNOWN_KEY));
                    Flow::Continue
                }
            };
        }
        let key = payload.first_chunk::<8>().and_then(|id| self.keys.get(id));
        let Some(auth) = key.map(|key| key.auth.clone()) else {
            self.send(connection, Outgoing::TransportError(wire::UNKNOWN_KEY));
            return Flow::Continue;
        };
        let Some(plain) = wire::open(&auth, payload) else {
            self.violation(format!("connection {connection}: a wrong message key"));
            self.send(connection, Outgoing::TransportError(wire::UNKNOWN_KEY));
            return Flow::Continue;
        };
        match self.receive_plain(connection, &auth, &plain) {
            Ok(flow) => flow,
            Err(Unreadable(what)) => {
                self.violation(format!("connection {connection}: {what}"));
                Flow::Close
            }
        }
    }

    /// The first step of a key exchange, from which a client gets the server's time. There is no second step: clients
    /// have the keys of the real servers only.
    fn greet(&mut self, message: &[u8]) -> Result<Vec<u8>, Unreadable> {
        let mut cursor = Cursor::from_slice(message);
        i64::deserialize(&mut cursor)?;
        i32::deserialize(&mut cursor)?;
        if u32::deserialize(&mut cursor)? != functions::ReqPqMulti::CONSTRUCTOR_ID {
            return Err(Unreadable("an unencrypted message that begins no key exchange"));
        }
        let request = functions::ReqPqMulti::deserialize(&mut cursor)?;
        let mut server_nonce = [0; 16];
        wire::fill_random(&mut server_nonce);
        let body = enums::ResPq::Pq(types::ResPq {
            nonce: request.nonce,
            server_nonce,
            pq: vec![0x17, 0xed, 0x48, 0x94, 0x1a, 0x08, 0xf9, 0x81],
            server_public_key_fingerprints: Vec::new(),
        })
        .to_bytes();
        let mut answer = vec![0; 8];
        (self.clock.message_id() | 1).serialize(&mut answer);
        (body.len() as i32).serialize(&mut answer);
        answer.extend(body);
        Ok(answer)
    }

    fn receive_plain(&mut self, connection: u64, auth: &AuthKey, plain: &[u8]) -> Result<Flow, Unreadable> {
        let mut cursor = Cursor::from_slice(plain);
        let salt = i64::deserialize(&mut cursor)?;
        let session_id = i64::deserialize(&mut cursor)?;
        let outer = read_message(&mut cursor)?;
        if !(12..=1024).contains(&(plain.len() - cursor.pos())) {
            return Err(Unreadable("a message with a wrong padding"));
        }
        let session = SessionKey { key: auth.id, id: session_id };
        let at = Arrival { connection, session };

        if let Some(code) = self.bad_message_id(outer.id) {
            self.refuse(at, &outer, code);
            return Ok(Flow::Continue);
        }
        if salt != self.salt(auth.id, 0) && salt != self.salt(auth.id, -1) {
            let body = enums::BadMsgNotification::BadServerSalt(types::BadServerSalt {
                bad_msg_id: outer.id,
                bad_msg_seqno: outer.seq_no,
                error_code: 48,
                new_server_salt: self.salt(auth.id, 0),
            })
            .to_bytes();
            self.answer_with(at, Weight::Notice, body.into());
            return Ok(Flow::Continue);
        }

        let outer_id = outer.id;
        let body = unpacked(outer.body)?;
        let inner = if constructor(&body) == MSG_CONTAINER {
            let mut cursor = Cursor::from_slice(&body[4..]);
            let count = u32::deserialize(&mut cursor)?;
            let mut inner = Vec::new();
            for _ in 0..count {
                let message = read_message(&mut cursor)?;
                inner.push(Incoming { body: unpacked(message.body)?, ..message });
            }
            inner
        } else {
            vec![Incoming { body, ..outer }]
        };

        self.bind(at, inner.iter().map(|m| m.id).min().unwrap_or(outer_id));
        let acknowledged: Vec<i64> =
            inner.iter().filter(|message| message.seq_no & 1 == 1).map(|message| message.id).collect();
        if !acknowledged.is_empty() {
            let body = enums::MsgsAck::Ack(types::MsgsAck { msg_ids: acknowledged }).to_bytes();
            self.answer_with(at, Weight::Service, body.into());
        }
        for message in inner {
            if self.handle(at, message)? == Flow::Close {
                return Ok(Flow::Close);
            }
        }
        Ok(Flow::Continue)
    }

    /// The `bad_msg_notification` code for a message id, if it is wrong.
    fn bad_message_id(&self, id: i64) -> Option<i32> {
        let seconds = id >> 32;
        let now = self.now();
        if id & 3 != 0 {
            Some(18)
        } else if seconds < now - BEHIND_SECONDS {
            Some(16)
        } else if seconds > now + self.clock.lag() + AHEAD_SECONDS {
            Some(17)
        } else {
            None
        }
    }

    fn refuse(&mut self, at: Arrival, message: &Incoming, code: i32) {
        self.refused_messages += 1;
        let body = enums::BadMsgNotification::Notification(types::BadMsgNotification {
            bad_msg_id: message.id,
            bad_msg_seqno: message.seq_no,
            error_code: code,
        })
        .to_bytes();
        self.answer_with(at, Weight::Notice, body.into());
    }

    /// Ties the session to the connection; greets a new session.
    fn bind(&mut self, at: Arrival, first_msg_id: i64) {
        if let Some(open) = self.connections.get_mut(&at.connection) {
            open.session = Some(at.session);
        }
        if self.sessions.contains_key(&at.session) {
            return;
        }
        self.forget_old_sessions(at.session.key);
        self.sessions.insert(at.session, Default::default());
        let body = enums::NewSession::Created(types::NewSessionCreated {
            first_msg_id,
            unique_id: wire::random_i64(),
            server_salt: self.salt(at.session.key, 0),
        })
        .to_bytes();
        self.answer_with(at, Weight::Update, body.into());
    }

    /// Clients use a new session for each connection. Sessions without a connection are removed when there are many.
    fn forget_old_sessions(&mut self, key: wire::KeyId) {
        const MANY: usize = 32;
        if self.sessions.keys().filter(|session| session.key == key).count() < MANY {
            return;
        }
        let bound: HashSet<SessionKey> = self.connections.values().filter_map(|open| open.session).collect();
        self.sessions.retain(|session, _| session.key != key || bound.contains(session));
    }

    fn handle(&mut self, at: Arrival, message: Incoming) -> Result<Flow, Unreadable> {
        let body: [u8; 32] = Sha256::digest(&message.body).into();
        let Some(session) = self.sessions.get_mut(&at.session) else {
            return Ok(Flow::Continue);
        };
        if let Some(earlier) = session.received.get(&message.id) {
            if earlier.body == body {
                if let Some(answer) = earlier.answer.clone() {
                    self.answer_with(at, Weight::Answer, answer);
                }
            } else {
                self.violation(format!(
                    "connection {}: message id {} used again for something else",
                    at.connection, message.id
                ));
                self.refuse(at, &message, 19);
            }
            return Ok(Flow::Continue);
        }
        session.received.insert(message.id, Received { body, answer: None });
        session.received_order.push_back(message.id);
        if session.received_order.len() > REMEMBERED
            && let Some(oldest) = session.received_order.pop_front()
        {
            session.received.remove(&oldest);
        }

        let mut cursor = Cursor::from_slice(&message.body);
        match u32::deserialize(&mut cursor)? {
            // The server sends nothing again, so it needs no acknowledgements.
            types::MsgsAck::CONSTRUCTOR_ID => drop(types::MsgsAck::deserialize(&mut cursor)?),
            functions::Ping::CONSTRUCTOR_ID => {
                let ping = functions::Ping::deserialize(&mut cursor)?;
                self.pong(at, message.id, ping.ping_id);
            }
            functions::PingDelayDisconnect::CONSTRUCTOR_ID => {
                let ping = functions::PingDelayDisconnect::deserialize(&mut cursor)?;
                if let Some(open) = self.connections.get_mut(&at.connection) {
                    let delay = Duration::from_secs(ping.disconnect_delay.max(0) as u64);
                    open.ping_deadline = Some(Instant::now() + delay);
                }
                self.pong(at, message.id, ping.ping_id);
            }
            functions::GetFutureSalts::CONSTRUCTOR_ID => {
                let wanted = functions::GetFutureSalts::deserialize(&mut cursor)?;
                let salts = (0..i64::from(wanted.num.clamp(1, 64)))
                    .map(|period| {
                        let (since, until) = self.salt_validity(period);
                        types::FutureSalt {
                            valid_since: since as i32,
                            valid_until: until as i32,
                            salt: self.salt(at.session.key, period),
                        }
                    })
                    .collect();
                let body = enums::FutureSalts::Salts(types::FutureSalts {
                    req_msg_id: message.id,
                    now: self.date(),
                    salts: grammers_tl_types::RawVec(salts),
                })
                .to_bytes();
                self.answer_with(at, Weight::Service, body.into());
            }
            functions::DestroySession::CONSTRUCTOR_ID => {
                let request = functions::DestroySession::deserialize(&mut cursor)?;
                let session_id = request.session_id;
                let other = SessionKey { key: at.session.key, id: session_id };
                let known = other != at.session && self.sessions.remove(&other).is_some();
                let body = if known {
                    enums::DestroySessionRes::DestroySessionOk(types::DestroySessionOk { session_id })
                } else {
                    enums::DestroySessionRes::DestroySessionNone(types::DestroySessionNone { session_id })
                }
                .to_bytes();
                self.answer_with(at, Weight::Service, body.into());
            }
            types::MsgsStateReq::CONSTRUCTOR_ID => {
                let request = types::MsgsStateReq::deserialize(&mut cursor)?;
                let info = match self.sessions.get(&at.session) {
                    Some(session) => {
                        request.msg_ids.iter().map(|id| if session.received.contains_key(id) { 4 } else { 1 }).collect()
                    }
                    None => vec![],
                };
                let body = enums::MsgsStateInfo::Info(types::MsgsStateInfo { req_msg_id: message.id, info }).to_bytes();
                self.answer_with(at, Weight::Service, body.into());
            }
            functions::RpcDropAnswer::CONSTRUCTOR_ID => {
                let body = enums::RpcDropAnswer::RpcAnswerUnknown.to_bytes();
                self.answer_rpc(at, message.id, body);
            }
            types::MsgsStateInfo::CONSTRUCTOR_ID
            | types::MsgsAllInfo::CONSTRUCTOR_ID
            | types::MsgResendReq::CONSTRUCTOR_ID
            | types::HttpWait::CONSTRUCTOR_ID => {}
            _ => return Ok(rpc::dispatch(self, at, message.id, &message.body)),
        }
        Ok(Flow::Continue)
    }

    fn pong(&mut self, at: Arrival, msg_id: i64, ping_id: i64) {
        let body = enums::Pong::Pong(types::Pong { msg_id, ping_id }).to_bytes();
        self.answer_with(at, Weight::Service, body.into());
    }

    /// Sends the result of a request, and stores it.
    pub fn answer_rpc(&mut self, at: Arrival, request: i64, result: Vec<u8>) {
        let mut body = RPC_RESULT.to_bytes();
        request.serialize(&mut body);
        if result.len() >= COMPRESSED_FROM {
            body.extend(wire::gzip_if_shorter(result));
        } else {
            body.extend(result);
        }
        let body: Arc<[u8]> = body.into();
        if let Some(session) = self.sessions.get_mut(&at.session)
            && let Some(received) = session.received.get_mut(&request)
        {
            received.answer = Some(Arc::clone(&body));
        }
        self.answer_with(at, Weight::Answer, body);
    }

    pub fn answer_error(&mut self, at: Arrival, request: i64, error: RpcError) {
        let result =
            enums::RpcError::Error(types::RpcError { error_code: error.code, error_message: error.name }).to_bytes();
        self.answer_rpc(at, request, result);
    }

    fn answer_with(&mut self, at: Arrival, weight: Weight, body: Arc<[u8]>) {
        self.send(at.connection, Outgoing::Message { session: at.session, weight, body });
    }

    fn next_message_id(&mut self, key: SessionKey, low_bits: i64) -> i64 {
        let clock = self.clock.message_id();
        let generation = self.clock_generation;
        let session = self.sessions.entry(key).or_default();
        if session.clock_generation != generation {
            session.clock_generation = generation;
            session.last_message_id = 0;
        }
        let id = clock.max((session.last_message_id & !3) + 4) | low_bits;
        session.last_message_id = id;
        id
    }

    fn write_header(&mut self, key: SessionKey, weight: Weight, length: usize, to: &mut Vec<u8>) {
        let low_bits = if weight == Weight::Update { 3 } else { 1 };
        let id = self.next_message_id(key, low_bits);
        let session = self.sessions.entry(key).or_default();
        let seq_no = match weight {
            Weight::Service | Weight::Notice => session.content * 2,
            Weight::Answer | Weight::Update => {
                session.content += 1;
                session.content * 2 - 1
            }
        };
        id.serialize(to);
        seq_no.serialize(to);
        (length as i32).serialize(to);
    }

    /// Packs the first messages of the queue that go to one session, and removes them from the queue. Returns the key
    /// and the plaintext, or `None` if the session's key no longer exists.
    pub fn pack(&mut self, queue: &mut Vec<(SessionKey, Weight, Arc<[u8]>)>) -> Option<(AuthKey, Vec<u8>)> {
        let session = queue.first()?.0;
        let mut taken = 0;
        let mut bytes = 0;
        for (key, weight, body) in queue.iter().take(CONTAINER_MESSAGES) {
            let alone = *weight == Weight::Notice || bytes + body.len() > CONTAINER_BYTES;
            if *key != session || (taken > 0 && alone) {
                break;
            }
            taken += 1;
            bytes += body.len() + 16;
            if *weight == Weight::Notice {
                break;
            }
        }
        let messages: Vec<_> = queue.drain(..taken).collect();
        let auth = self.keys.get(&session.key)?.auth.clone();
        let mut packed = Vec::with_capacity(bytes + 64);
        for (_, weight, body) in &messages {
            self.write_header(session, *weight, body.len(), &mut packed);
            packed.extend_from_slice(body);
        }
        let mut plain = Vec::with_capacity(packed.len() + 64);
        self.salt(session.key, 0).serialize(&mut plain);
        session.id.serialize(&mut plain);
        if taken > 1 {
            self.write_header(session, Weight::Service, packed.len() + 8, &mut plain);
            MSG_CONTAINER.serialize(&mut plain);
            (taken as u32).serialize(&mut plain);
        }
        plain.extend(packed);
        Some((auth, plain))
    }
}
