//! Proxies on loopback: SOCKS5, HTTP CONNECT and MTProxy. They are written after the specifications, and share no code
//! with any client.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aes::Aes256;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional, duplex, split};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::{FakeTelegram, wire};

/// A proxy that can be stopped and started again at its address. Dropping it closes every socket at once.
pub struct FakeProxy {
    kind: Kind,
    address: SocketAddrV4,
    state: Arc<Mutex<State>>,
    running: Option<Running>,
    /// Reserves the port while nothing listens on it; else the system could give it to any other connection.
    #[cfg(unix)]
    reservation: Option<tokio::net::TcpSocket>,
}

#[derive(Clone)]
enum Kind {
    Socks5(Option<(String, String)>),
    Http(Option<(String, String)>),
    MtProxy(MtProxy),
}

#[derive(Clone)]
struct MtProxy {
    /// In hex, as users write it.
    secret: String,
    key: [u8; 16],
    /// The website that the proxy imitates.
    domain: Option<String>,
    telegram: SocketAddrV4,
    max_padding: u8,
}

#[derive(Default)]
struct State {
    /// The targets that clients have requested; for an MTProxy, the data centres.
    targets: VecDeque<String>,
    /// If set, all connections go to this address.
    redirect: Option<SocketAddr>,
    /// The address to which connections to each target go. Other targets are refused.
    routes: Option<HashMap<String, SocketAddr>>,
}

struct Running {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed when it happened.
            let _ = thread.join();
        }
    }
}

impl FakeProxy {
    /// A SOCKS5 proxy. With an `account`, only its user and password can use it.
    pub fn socks5(account: Option<(&str, &str)>) -> FakeProxy {
        FakeProxy::start(Kind::Socks5(owned(account)))
    }

    /// An HTTP proxy, with an `account` as in [`FakeProxy::socks5`].
    pub fn http(account: Option<(&str, &str)>) -> FakeProxy {
        FakeProxy::start(Kind::Http(owned(account)))
    }

    /// An MTProxy to this data centre, whichever one clients request. The secret is in hex: 32 digits; `dd` before them
    /// for padding; `ee` before them and a name in hex after them for TLS.
    ///
    /// # Panics
    ///
    /// If the secret is invalid.
    pub fn mtproxy(secret: &str, telegram: &FakeTelegram) -> FakeProxy {
        let bytes = from_hex(secret).expect("the secret is hex");
        let (start, domain) = match bytes[..] {
            [0xee, ..] if bytes.len() > 17 => (1, Some(String::from_utf8(bytes[17..].to_vec()).expect("a name"))),
            [0xdd, ..] if bytes.len() == 17 => (1, None),
            _ => (0, None),
        };
        let key = bytes[start..].first_chunk().copied().expect("16 bytes of key");
        let secret = secret.to_owned();
        FakeProxy::start(Kind::MtProxy(MtProxy { secret, key, domain, telegram: telegram.address(), max_padding: 15 }))
    }

    /// Limits the padding of messages to clients to 3 bytes, as many as Telethon removes.
    pub fn with_little_padding(mut self) -> FakeProxy {
        self.stop();
        if let Kind::MtProxy(proxy) = &mut self.kind {
            proxy.max_padding = 3;
        }
        self.restart();
        self
    }

    fn start(kind: Kind) -> FakeProxy {
        let mut proxy = FakeProxy {
            kind,
            address: SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0),
            state: Arc::default(),
            running: None,
            #[cfg(unix)]
            reservation: None,
        };
        proxy.restart();
        proxy
    }

    /// Closes every connection, and starts again at the same address.
    ///
    /// # Panics
    ///
    /// If the address is taken in the meantime.
    pub fn restart(&mut self) {
        self.stop();
        #[cfg(unix)]
        self.reserve().expect("an address is free");
        let listener = bind(self.address).expect("the address is free");
        listener.set_nonblocking(true).expect("a socket can be set up");
        let SocketAddr::V4(address) = listener.local_addr().expect("it has an address") else { unreachable!() };
        self.address = address;
        let (stop, stopped) = oneshot::channel();
        let (kind, state) = (self.kind.clone(), Arc::clone(&self.state));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = accept(listener, kind, state) => {}
                }
            });
        });
        self.running = Some(Running { stop: Some(stop), thread: Some(thread) });
    }

    /// Binds a socket that never listens. The listener can have the same address, as both sockets allow that.
    #[cfg(unix)]
    fn reserve(&mut self) -> io::Result<()> {
        if self.reservation.is_none() {
            let socket = tokio::net::TcpSocket::new_v4()?;
            socket.set_reuseaddr(true)?;
            socket.bind(self.address.into())?;
            if let SocketAddr::V4(address) = socket.local_addr()? {
                self.address = address;
            }
            self.reservation = Some(socket);
        }
        Ok(())
    }

    /// Closes every connection, and refuses further ones.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// The address on which it listens.
    pub fn address(&self) -> SocketAddrV4 {
        self.address
    }

    /// The link to the proxy as users write it, with user, password and secret.
    pub fn link(&self) -> String {
        let account = |account: &Option<(String, String)>| match account {
            Some((user, password)) => format!("{}:{}@", percent_encoded(user), percent_encoded(password)),
            None => String::new(),
        };
        match &self.kind {
            Kind::Socks5(user) => format!("socks5://{}{}", account(user), self.address),
            Kind::Http(user) => format!("http://{}{}", account(user), self.address),
            Kind::MtProxy(MtProxy { secret, .. }) => {
                let (ip, port) = (self.address.ip(), self.address.port());
                format!("tg://proxy?server={ip}&port={port}&secret={secret}")
            }
        }
    }

    /// The targets that clients have requested so far: an address, or the number of a data centre.
    pub fn targets(&self) -> Vec<String> {
        self.state().targets.iter().cloned().collect()
    }

    /// Sends all further connections to this address, whatever clients request.
    pub fn redirect(&self, target: SocketAddr) {
        self.state().redirect = Some(target);
    }

    /// Makes a SOCKS5 or HTTP proxy connect each of these targets to the address beside it, and refuse all other
    /// targets.
    pub fn lead_only(&self, routes: &[(SocketAddr, SocketAddrV4)]) {
        let routes = routes.iter().map(|(target, address)| (target.to_string(), SocketAddr::from(*address)));
        self.state().routes = Some(routes.collect());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Binds the address; waits while it is still taken. A process that is started at this moment has a copy of the closed
/// socket until it executes its program.
fn bind(address: SocketAddrV4) -> io::Result<TcpListener> {
    let give_up = Instant::now() + Duration::from_secs(20);
    loop {
        match TcpListener::bind(address) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < give_up => {
                std::thread::sleep(Duration::from_millis(5));
            }
            bound => return bound,
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn owned(account: Option<(&str, &str)>) -> Option<(String, String)> {
    account.map(|(user, password)| (user.to_owned(), password.to_owned()))
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | *digit as u8)).collect())
}

async fn accept(listener: TcpListener, kind: Kind, state: Arc<Mutex<State>>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a runtime runs");
    while let Ok((stream, _)) = listener.accept().await {
        let (kind, state) = (kind.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            // An error closes the connection.
            let _ = match kind {
                Kind::Socks5(account) => socks5(stream, account, &state).await,
                Kind::Http(account) => http(stream, account, &state).await,
                Kind::MtProxy(proxy) => mtproxy(stream, &proxy, &state).await,
            };
        });
    }
}

fn wrong<T>() -> io::Result<T> {
    Err(io::ErrorKind::InvalidData.into())
}

/// Notes the target, and connects to it. Resolves no names.
async fn connect(target: String, state: &Mutex<State>) -> io::Result<TcpStream> {
    let address = match &lock(state).routes {
        None => target.parse().map_err(io::Error::other),
        Some(routes) => routes.get(&target).copied().ok_or_else(|| io::ErrorKind::ConnectionRefused.into()),
    };
    let redirect = note(target, state);
    TcpStream::connect(redirect.map_or(address, Ok)?).await
}

/// Notes the target; returns the address to which all connections go, if one is set.
fn note(target: String, state: &Mutex<State>) -> Option<SocketAddr> {
    let mut state = lock(state);
    state.targets.push_back(target);
    state.redirect
}

async fn socks5(mut stream: TcpStream, account: Option<(String, String)>, state: &Mutex<State>) -> io::Result<()> {
    let [version, count] = read(&mut stream).await?;
    let methods = read_some(&mut stream, count.into()).await?;
    let method = if account.is_some() { 2 } else { 0 };
    if version != 5 || !methods.contains(&method) {
        return stream.write_all(&[5, 0xff]).await;
    }
    stream.write_all(&[5, method]).await?;
    if let Some((user, password)) = account {
        let [_] = read(&mut stream).await?;
        let mut given = Vec::new();
        for _ in 0..2 {
            let [length] = read(&mut stream).await?;
            given.push(read_some(&mut stream, length.into()).await?);
        }
        if given != [user.as_bytes(), password.as_bytes()] {
            return stream.write_all(&[1, 1]).await;
        }
        stream.write_all(&[1, 0]).await?;
    }
    let [5, 1, 0, kind] = read(&mut stream).await? else { return wrong() };
    let host = match kind {
        1 => Ipv4Addr::from(read::<4>(&mut stream).await?).to_string(),
        4 => format!("[{}]", Ipv6Addr::from(read::<16>(&mut stream).await?)),
        _ => {
            let [length] = read(&mut stream).await?;
            String::from_utf8_lossy(&read_some(&mut stream, length.into()).await?).into_owned()
        }
    };
    let target = format!("{host}:{}", u16::from_be_bytes(read(&mut stream).await?));
    match connect(target, state).await {
        Ok(mut target) => {
            stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await?;
            copy_bidirectional(&mut stream, &mut target).await.map(drop)
        }
        Err(_) => stream.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]).await,
    }
}

async fn http(mut stream: TcpStream, account: Option<(String, String)>, state: &Mutex<State>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let wanted = account.map(|(user, password)| BASE64_STANDARD.encode(format!("{user}:{password}")));
    let wanted = wanted.map(|pair| format!("proxy-authorization: basic {pair}").to_lowercase());
    if wanted.is_some_and(|wanted| !head.lines().any(|line| line.to_lowercase() == wanted)) {
        return stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    }
    let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap_or_default().to_owned();
    match connect(target, state).await {
        Ok(mut target) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nVia: fake\r\n\r\n").await?;
            copy_bidirectional(&mut stream, &mut target).await.map(drop)
        }
        Err(_) => stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await,
    }
}

async fn read<const N: usize>(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn read_some(stream: &mut (impl AsyncRead + Unpin), length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

// ── MTProxy: https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation ─────────────────────────────

type Cipher = Ctr128BE<Aes256>;

async fn mtproxy(mut stream: TcpStream, proxy: &MtProxy, state: &Mutex<State>) -> io::Result<()> {
    if proxy.domain.is_none() {
        return obfuscated(stream, proxy, state).await;
    }
    accept_tls(&mut stream, proxy).await?;
    let (near, far) = duplex(1 << 16);
    let (near_reader, near_writer) = split(near);
    let (reader, writer) = stream.into_split();
    tokio::select! {
        end = obfuscated(far, proxy, state) => end,
        end = from_records(reader, near_writer) => end,
        end = to_records(near_reader, writer) => end,
    }
}

async fn obfuscated(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    proxy: &MtProxy,
    state: &Mutex<State>,
) -> io::Result<()> {
    let sent: [u8; 64] = read(&mut stream).await?;
    let reversed: Vec<u8> = sent[8..56].iter().rev().copied().collect();
    let cipher = |key: &[u8], vector: &[u8]| {
        let key: [u8; 32] = Sha256::digest([key, &proxy.key].concat()).into();
        Cipher::new_from_slices(&key, vector).expect("32 and 16 bytes")
    };
    let mut from_client = cipher(&sent[8..40], &sent[40..56]);
    let mut to_client = cipher(&reversed[..32], &reversed[32..]);
    let mut header = sent;
    from_client.apply_keystream(&mut header);
    let is_padded = match header[56..60] {
        [0xdd, 0xdd, 0xdd, 0xdd] => true,
        [0xee, 0xee, 0xee, 0xee] => false,
        // Without the secret, nothing can be decrypted. A real proxy goes on reading, and never answers.
        _ => return wrong(),
    };
    let dc = i16::from_le_bytes([header[60], header[61]]);
    let redirect = note(dc.to_string(), state);
    let telegram = TcpStream::connect(redirect.unwrap_or(proxy.telegram.into())).await?;
    let (mut reader, mut writer) = split(stream);
    let (mut telegram_reader, mut telegram_writer) = telegram.into_split();
    let up = async {
        let mut sequence = 0;
        loop {
            let mut length: [u8; 4] = read(&mut reader).await?;
            from_client.apply_keystream(&mut length);
            let mut message = read_some(&mut reader, u32::from_le_bytes(length).min(1 << 21) as usize).await?;
            from_client.apply_keystream(&mut message);
            let payload = if is_padded { &message[..without_padding(&message)] } else { &message[..] };
            telegram_writer.write_all(&wire::frame(&[payload], sequence)).await?;
            sequence += 1;
        }
    };
    let down = async {
        loop {
            let length: [u8; 4] = read(&mut telegram_reader).await?;
            let payload = match i32::from_le_bytes(length) {
                error @ ..0 => error.to_le_bytes().to_vec(),
                length => {
                    let rest = read_some(&mut telegram_reader, length as usize - 4).await?;
                    rest[4..rest.len() - 4].to_vec()
                }
            };
            let mut padding = vec![0; if is_padded { proxy.max_padding.into() } else { 0 }];
            wire::fill_random(&mut padding);
            padding.truncate(padding.first().map_or(0, |byte| usize::from(*byte) % (padding.len() + 1)));
            let mut data = ((payload.len() + padding.len()) as u32).to_le_bytes().to_vec();
            data.extend(payload);
            data.extend(padding);
            to_client.apply_keystream(&mut data);
            writer.write_all(&data).await?;
            writer.flush().await?;
        }
    };
    tokio::select! {
        end = up => end,
        end = down => end,
    }
}

/// The length of a client's message without padding. An encrypted message has 24 bytes and whole blocks.
fn without_padding(message: &[u8]) -> usize {
    match message.get(16..20) {
        Some(&[a, b, c, d]) if message[..8] == [0; 8] => 20 + u32::from_le_bytes([a, b, c, d]) as usize,
        _ => message.len() - message.len().saturating_sub(24) % 16,
    }
}

/// Answers the greeting of a client that knows the secret.
async fn accept_tls(stream: &mut TcpStream, proxy: &MtProxy) -> io::Result<()> {
    let hello: [u8; 517] = read(stream).await?;
    let hmac = |parts: &[&[u8]]| -> [u8; 32] {
        let mut hmac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&proxy.key).expect("any length");
        parts.iter().for_each(|part| hmac.update(part));
        hmac.finalize().into_bytes().into()
    };
    let digest = hmac(&[&hello[..11], &[0; 32], &hello[43..]]);
    let name = proxy.domain.as_deref().unwrap_or_default();
    let has_name = hello.windows(name.len()).any(|part| part == name.as_bytes());
    if hello[..5] != [0x16, 3, 1, 2, 0] || digest[..28] != hello[11..39] || !has_name {
        // A real proxy would pass on the answer of the website that it imitates.
        return stream.write_all(&[0x15, 3, 3, 0, 2, 2, 40]).await.and_then(|()| wrong());
    }
    let mut answer = vec![0x16, 3, 3, 0, 122, 2, 0, 0, 118, 3, 3];
    answer.resize(127, 0);
    wire::fill_random(&mut answer[43..]);
    answer.extend([0x14, 3, 3, 0, 1, 1, 0x17, 3, 3, 0, 200]);
    answer.resize(answer.len() + 200, 7);
    let digest = hmac(&[&hello[11..43], &answer]);
    answer[11..43].copy_from_slice(&digest);
    stream.write_all(&answer).await
}

async fn from_records(mut reader: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    loop {
        let [kind, _, _, high, low] = read(&mut reader).await?;
        let data = read_some(&mut reader, u16::from_be_bytes([high, low]).into()).await?;
        match kind {
            0x17 => to.write_all(&data).await?,
            0x14 => {}
            _ => return wrong(),
        }
    }
}

async fn to_records(mut from: impl AsyncRead + Unpin, mut writer: impl AsyncWrite + Unpin) -> io::Result<()> {
    let mut data = vec![0; 1000];
    loop {
        let length = from.read(&mut data).await?;
        if length == 0 {
            return Ok(());
        }
        writer.write_all(&[0x17, 3, 3]).await?;
        writer.write_all(&(length as u16).to_be_bytes()).await?;
        writer.write_all(&data[..length]).await?;
    }
}
