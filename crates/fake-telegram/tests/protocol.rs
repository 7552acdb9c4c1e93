//! MTProto itself, packet by packet.

mod common;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use common::*;
use fake_telegram::FakeTelegram;
use grammers_client::tl::{self, Serializable};
use grammers_mtproto::mtp::{Deserialization, Encrypted, Mtp, RpcResultError};
use grammers_mtproto::transport::{Full, Transport};

type Buffer = grammers_crypto::DequeBuffer<u8>;

/// A connection whose packets a test makes itself.
struct Wire {
    stream: TcpStream,
    transport: Full,
    mtp: Encrypted,
    read: Vec<u8>,
    early: Vec<Deserialization>,
}

impl Wire {
    fn new(telegram: &FakeTelegram, login: &str) -> Self {
        let bytes = BASE64_URL_SAFE.decode(&login[1..]).unwrap();
        let stream = TcpStream::connect(telegram.address()).unwrap();
        stream.set_read_timeout(Some(BOUND)).unwrap();
        Self {
            stream,
            transport: Full::new(),
            mtp: Encrypted::build().compression_threshold(Some(64)).finish(bytes[7..].try_into().unwrap()),
            read: Vec::new(),
            early: Vec::new(),
        }
    }

    /// A packet with these requests; a container if there are several.
    fn packet(&mut self, requests: &[Vec<u8>]) -> Vec<u8> {
        loop {
            let mut buffer = Buffer::with_capacity(0, 0);
            let pushed = requests.iter().all(|request| self.mtp.push(&mut buffer, request).is_some());
            self.mtp.finalize(&mut buffer).expect("something to send");
            let packet = buffer.as_ref().to_vec();
            if pushed {
                return packet;
            }
            // The client first asks for salts, and sends nothing else until it has them.
            self.send(&packet);
            let found = self.next_found().expect("salts");
            self.early.extend(found);
        }
    }

    fn send(&mut self, packet: &[u8]) {
        let mut buffer = Buffer::with_capacity(0, 0);
        buffer.extend(packet.iter().copied());
        self.transport.pack(&mut buffer);
        self.stream.write_all(buffer.as_ref()).unwrap();
    }

    fn request(&mut self, requests: &[Vec<u8>]) {
        let packet = self.packet(requests);
        self.send(&packet);
    }

    /// Messages that were received early, or those of the next packet; or the transport's error.
    fn next(&mut self) -> Result<Vec<Deserialization>, String> {
        match std::mem::take(&mut self.early) {
            early if early.is_empty() => self.next_found(),
            early => Ok(early),
        }
    }

    fn next_found(&mut self) -> Result<Vec<Deserialization>, String> {
        loop {
            match self.transport.unpack(&mut self.read) {
                Ok(packet) => {
                    let found = self.mtp.deserialize(&mut self.read[packet.data_range]).unwrap();
                    self.read.drain(..packet.next_offset);
                    return Ok(found);
                }
                Err(grammers_mtproto::transport::Error::MissingBytes) => {
                    let mut more = [0; 4096];
                    match self.stream.read(&mut more) {
                        Ok(0) => return Err("closed".to_owned()),
                        Ok(n) => self.read.extend_from_slice(&more[..n]),
                        Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                            return Err("closed".to_owned());
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// The bytes of results, and the errors, until there are `n` of both.
    fn results(&mut self, n: usize) -> Vec<Result<Vec<u8>, String>> {
        let mut results = Vec::new();
        while results.len() < n {
            for found in self.next().expect("an open connection") {
                match found {
                    Deserialization::RpcResult(result) => results.push(Ok(result.body)),
                    Deserialization::RpcError(RpcResultError { error, .. }) => {
                        results.push(Err(format!("{} {}", error.error_code, error.error_message)));
                    }
                    _ => {}
                }
            }
        }
        results
    }

    /// Reads until a packet is refused; returns the code.
    fn refusal(&mut self) -> u32 {
        loop {
            for found in self.next().expect("an open connection") {
                if let Deserialization::BadMessage(bad) = found {
                    return bad.code as u32;
                }
            }
        }
    }

    /// Gets the salt, and sends the first request.
    fn greet(&mut self) {
        self.request(&[init(&tl::functions::help::GetConfig {}.to_bytes())]);
        assert_eq!(self.refusal(), 48);
        self.request(&[init(&tl::functions::help::GetConfig {}.to_bytes())]);
        assert!(self.results(1)[0].is_ok());
    }
}

/// A request that was serialized before.
struct Query(Vec<u8>);

impl Serializable for Query {
    fn serialize(&self, buf: &mut impl Extend<u8>) {
        buf.extend(self.0.iter().copied());
    }
}

fn init_connection(query: &[u8]) -> tl::functions::InitConnection<Query> {
    tl::functions::InitConnection {
        api_id: 1,
        device_model: "test".into(),
        system_version: "1".into(),
        app_version: "1".into(),
        system_lang_code: "en".into(),
        lang_pack: String::new(),
        lang_code: "en".into(),
        proxy: None,
        params: Some(tl::enums::Jsonvalue::JsonNull),
        query: Query(query.to_vec()),
    }
}

fn init(query: &[u8]) -> Vec<u8> {
    tl::functions::InvokeWithLayer { layer: 230, query: init_connection(query) }.to_bytes()
}

fn ping(ping_id: i64) -> Vec<u8> {
    tl::functions::Ping { ping_id }.to_bytes()
}

#[test]
fn salts_containers_pings_and_compression() {
    let hall = Hall::open();
    let mut wire = Wire::new(&hall.telegram, &hall.telegram.login_string(hall.ada));
    wire.greet();
    let long = text(tl::enums::InputPeer::PeerSelf, &"long ".repeat(100), 5).to_bytes();
    wire.request(&[ping(7), long, tl::functions::GetFutureSalts { num: 3 }.to_bytes()]);
    let results = wire.results(3);
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let pong = tl::enums::Pong::Pong(tl::types::Pong { msg_id: 0, ping_id: 7 }).to_bytes();
    assert!(results.iter().flatten().any(|body| body[..4] == pong[..4] && body[12..] == pong[12..]));
    assert_eq!(hall.telegram.messages(hall.ada).len(), 1);
    hall.no_violations();
}

#[test]
fn a_repeated_message_is_answered_and_not_executed_again() {
    let hall = Hall::open();
    let mut wire = Wire::new(&hall.telegram, &hall.telegram.login_string(hall.ada));
    wire.greet();
    let packet = wire.packet(&[tl::functions::updates::GetState {}.to_bytes()]);
    let before = hall.telegram.requests().len();
    wire.send(&packet);
    wire.send(&packet);
    let results = wire.results(2);
    assert_eq!(results[0], results[1]);
    assert!(results[0].is_ok());
    assert_eq!(hall.telegram.requests().len(), before + 1);
    hall.no_violations();
}

#[test]
fn a_request_before_init_connection_is_refused() {
    let hall = Hall::open();
    let mut wire = Wire::new(&hall.telegram, &hall.telegram.login_string(hall.ada));
    wire.request(&[ping(1)]);
    assert_eq!(wire.refusal(), 48);
    wire.request(&[tl::functions::help::GetConfig {}.to_bytes()]);
    assert_eq!(wire.results(1), [Err("400 CONNECTION_NOT_INITED".to_owned())]);
    let query = init_connection(&tl::functions::help::GetConfig {}.to_bytes());
    wire.request(&[tl::functions::InvokeWithLayer { layer: 99, query }.to_bytes()]);
    assert_eq!(wire.results(1), [Err("400 CONNECTION_LAYER_INVALID".to_owned())]);
    wire.request(&[init(&[1, 2, 3, 4])]);
    assert_eq!(wire.results(1), [Err("400 METHOD_INVALID".to_owned())]);
    wire.request(&[tl::functions::users::GetUsers { id: vec![] }.to_bytes()[..8].to_vec()]);
    assert_eq!(wire.results(1), [Err("400 INPUT_FETCH_ERROR".to_owned())]);
}

#[test]
fn clocks_that_are_too_far_apart_are_refused() {
    let hall = Hall::open();
    let mut wire = Wire::new(&hall.telegram, &hall.telegram.login_string(hall.ada));
    wire.greet();
    hall.telegram.advance(-40);
    wire.request(&[ping(1)]);
    assert_eq!(wire.refusal(), 17);
    hall.telegram.advance(40 + 310);
    wire.request(&[ping(2)]);
    assert_eq!(wire.refusal(), 16);
    // The client has taken the time from the notice's own id.
    wire.request(&[ping(3)]);
    assert!(wire.results(1)[0].is_ok());
    // A salt is valid for an hour.
    hall.telegram.advance(3 * 3600);
    wire.request(&[ping(4)]);
    assert_eq!(wire.refusal(), 16);
    wire.request(&[ping(4)]);
    assert_eq!(wire.refusal(), 48);
    wire.request(&[ping(4)]);
    assert!(wire.results(1)[0].is_ok());
    hall.no_violations();
}

#[test]
fn a_frozen_clock_still_gives_increasing_ids() {
    let hall = Hall::open();
    hall.telegram.freeze();
    let now = hall.telegram.now();
    let mut wire = Wire::new(&hall.telegram, &hall.telegram.login_string(hall.ada));
    wire.greet();
    for id in 0..50 {
        wire.request(&[ping(id)]);
        assert!(wire.results(1)[0].is_ok());
    }
    assert_eq!(hall.telegram.now(), now);
    hall.telegram.unfreeze();
    hall.no_violations();
}

#[test]
fn no_updates_for_those_who_want_none() {
    let hall = Hall::open();
    let mut wire = Wire::new(&hall.telegram, &hall.telegram.login_string(hall.ada));
    wire.greet();
    let quiet = tl::functions::InvokeWithLayer {
        layer: 229,
        query: tl::functions::InvokeWithoutUpdates {
            query: init_connection(&tl::functions::updates::GetState {}.to_bytes()),
        },
    };
    wire.request(&[quiet.to_bytes()]);
    assert!(wire.results(1)[0].is_ok());
    hall.telegram.join(hall.call, hall.ada);
    wire.request(&[ping(1)]);
    let mut found = Vec::new();
    while !found.iter().any(|f| matches!(f, Deserialization::RpcResult(_))) {
        found.extend(wire.next().unwrap());
    }
    assert!(!found.iter().any(|f| matches!(f, Deserialization::Update(_))));
}

#[test]
fn an_older_layer_is_spared_what_it_cannot_read() {
    let hall = Hall::open();
    let mut wire = Wire::new(&hall.telegram, &hall.telegram.login_string(hall.ada));
    wire.greet();
    let message = tl::functions::messages::SendMessage {
        entities: Some(vec![
            tl::types::MessageEntityBold { offset: 0, length: 2 }.into(),
            tl::types::MessageEntityTonAddress { offset: 3, length: 4 }.into(),
        ]),
        ..text(tl::enums::InputPeer::PeerSelf, "to EQ00", 5)
    };
    wire.request(&[message.to_bytes()]);
    assert!(wire.results(1)[0].is_ok());
    let id = vec![tl::types::InputMessageId { id: 1 }.into()];
    let query = tl::functions::messages::GetMessages { id };
    for (layer, entities) in [(229, 1), (230, 2)] {
        let query = init_connection(&query.to_bytes());
        wire.request(&[tl::functions::InvokeWithLayer { layer, query }.to_bytes()]);
        let answer = wire.results(1).remove(0).unwrap();
        let tl::enums::messages::Messages::Messages(messages) = tl::Deserializable::from_bytes(&answer).unwrap() else {
            panic!("not all messages");
        };
        let seen = messages.messages.iter().find_map(|message| match message {
            tl::enums::Message::Message(message) => message.entities.as_ref(),
            _ => None,
        });
        assert_eq!(seen.unwrap().len(), entities, "layer {layer}");
    }
}

#[test]
fn the_promised_ping_must_come() {
    let hall = Hall::open();
    let mut wire = Wire::new(&hall.telegram, &hall.telegram.login_string(hall.ada));
    wire.greet();
    let started = Instant::now();
    wire.request(&[tl::functions::PingDelayDisconnect { ping_id: 1, disconnect_delay: 1 }.to_bytes()]);
    assert!(wire.results(1)[0].is_ok());
    assert_eq!(wire.next().err().as_deref(), Some("closed"));
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[test]
fn an_unknown_key_is_a_transport_error() {
    let hall = Hall::open();
    let other = FakeTelegram::start();
    let stranger = other.person(fake_telegram::Person::named("Eve"));
    let mut wire = Wire::new(&hall.telegram, &other.login_string(stranger));
    wire.request(&[ping(1)]);
    assert!(wire.next().err().unwrap().contains("404"));
}

#[test]
fn what_is_no_packet_closes_the_connection() {
    let hall = Hall::open();
    for bytes in [
        // Too long, too short, another transport, a wrong sequence number.
        &[0xff, 0xff, 0xff, 0x7f][..],
        &[4, 0, 0, 0],
        &[0xef, 0x0a, 1, 2],
        &[16, 0, 0, 0, 9, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0],
    ] {
        let mut wire = Wire::new(&hall.telegram, &hall.telegram.login_string(hall.ada));
        wire.stream.write_all(bytes).unwrap();
        let mut end = Vec::new();
        match wire.stream.read_to_end(&mut end) {
            Ok(_) => assert_eq!(end[..4], (-404_i32).to_le_bytes()),
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
    let login = hall.telegram.login_string(hall.ada);
    let mut wire = Wire::new(&hall.telegram, &login);
    let mut packet = wire.packet(&[ping(1)]);
    packet[40] ^= 1;
    wire.send(&packet);
    assert!(wire.next().err().unwrap().contains("404"));
    assert_eq!(hall.telegram.violations().len(), 5);
    // The server still runs.
    Wire::new(&hall.telegram, &login).greet();
}

#[test]
fn mangled_requests_do_not_kill_the_server() {
    let hall = Hall::open();
    let login = hall.telegram.login_string(hall.ada);
    let call = tl::types::InputGroupCall { id: hall.call, access_hash: 1 }.into();
    let requests = [
        page_request(&call, "", 5).to_bytes(),
        text(tl::enums::InputPeer::PeerSelf, "Standings", 5).to_bytes(),
        init(&tl::functions::help::GetConfig {}.to_bytes()),
        tl::functions::GetFutureSalts { num: -1 }.to_bytes(),
        tl::functions::PingDelayDisconnect { ping_id: 1, disconnect_delay: -1 }.to_bytes(),
        tl::functions::DestroySession { session_id: 1 }.to_bytes(),
        tl::enums::MsgsAck::Ack(tl::types::MsgsAck { msg_ids: vec![1] }).to_bytes(),
        tl::enums::MsgsStateReq::Req(tl::types::MsgsStateReq { msg_ids: vec![1] }).to_bytes(),
        // A container, a gzip_packed and an rpc_drop_answer, all with invalid contents.
        [0x73f1_f8dc_u32, 0xffff_ffff, 0, 0, 0].iter().flat_map(|word| word.to_le_bytes()).collect(),
        [0x3072_cfa1_u32, 0xffff_ff03].iter().flat_map(|word| word.to_le_bytes()).collect(),
        [0x58e4_a740_u32, 0, 0].iter().flat_map(|word| word.to_le_bytes()).collect(),
    ];
    for request in &requests {
        for at in 0..request.len() / 4 {
            let mut flipped = request.clone();
            flipped[at * 4] ^= 0xff;
            for mangled in [flipped, request[..at * 4 + 4].to_vec()] {
                let mut wire = Wire::new(&hall.telegram, &login);
                wire.request(&[ping(0)]);
                wire.refusal();
                wire.request(&[mangled]);
                wire.stream.shutdown(std::net::Shutdown::Write).unwrap();
                while wire.next_found().is_ok() {}
            }
        }
    }
    Wire::new(&hall.telegram, &login).greet();
}

#[test]
fn dropping_the_server_closes_its_connections() {
    let hall = Hall::open();
    let mut wire = Wire::new(&hall.telegram, &hall.telegram.login_string(hall.ada));
    wire.greet();
    let address = hall.telegram.address();
    drop(hall);
    assert_eq!(wire.next().err().as_deref(), Some("closed"));
    assert!(TcpStream::connect(address).is_err());
}

#[test]
#[should_panic(expected = "waited 10ms in vain: pigs to fly")]
fn waiting_in_vain_says_for_what() {
    Hall::open().telegram.wait_until("pigs to fly", Duration::from_millis(10), |_| false);
}

#[test]
fn waiting_ends_with_the_condition() {
    let hall = Hall::open();
    std::thread::scope(|scope| {
        scope.spawn(|| hall.telegram.wait_until("two joins", BOUND, |t| t.version(hall.call) == 3));
        hall.telegram.join(hall.call, hall.ada);
        hall.telegram.leave(hall.call, hall.ada);
    });
}
