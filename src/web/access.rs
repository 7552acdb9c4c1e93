//! Who may read what (rules §5.7): the secret, the exemption for requests from this computer, and failed requests.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::header::{AUTHORIZATION, HOST, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, Version};
use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::front::Front;
use super::{SECRET, SESSION_VERSION, refusal};
use crate::domain::Instant;
use crate::domain::text::quoted;
use crate::error::{Error, Result};

/// The minimum length of a secret, in characters, if other computers can connect.
const MIN_SECRET_CHARS: usize = 16;

/// The access rules, and the admin state.
#[derive(Clone, Debug)]
pub struct Rules {
    secret: Option<SecretString>,
    pub(super) version: u64,
    /// When [`SESSION_VERSION`] was read: at the server's start.
    pub(super) since: Instant,
    /// Whether requests from this computer need no secret to read boards.
    is_open: bool,
    pub(super) front: Front,
}

impl Rules {
    /// `secret` is [`SECRET`], and `raw` returns a setting by its name, trimmed. `file` is the file in which the user
    /// writes settings. With `open`, requests from this computer can read boards without the secret.
    ///
    /// Other computers can connect, and the secret is missing or short (78), or `open` is set (2).
    pub fn new<'a>(
        raw: impl Fn(&str) -> Option<&'a str>,
        secret: Option<SecretString>,
        file: &Path,
        listen: SocketAddr,
        open: bool,
        now: Instant,
    ) -> Result<Rules> {
        let is_local = listen.ip().is_loopback();
        if !is_local {
            check_public(secret.as_ref(), file, listen, open)?;
        }
        let (version, front) = (session_version(&raw)?, Front::read(&raw)?);
        let is_open = is_local && (open || secret.is_none());
        Ok(Rules { secret, version, since: now, is_open, front })
    }

    /// A warning about settings with which the server still runs.
    pub fn warning(&self) -> Option<String> {
        let is_short = self.secret.as_ref().is_some_and(is_short);
        is_short.then(|| format!("{SECRET} is short and can be guessed; use at least {MIN_SECRET_CHARS} characters"))
    }

    /// Returns a refusal unless the headers carry the secret.
    pub(super) fn authorize(&self, headers: &HeaderMap) -> Option<Response> {
        let Some(secret) = &self.secret else {
            return Some(refusal(StatusCode::INTERNAL_SERVER_ERROR, &format!("{SECRET} is not set")));
        };
        let bearer = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes).and_then(|value| {
            let (scheme, rest) = value.split_at_checked(7)?;
            scheme.eq_ignore_ascii_case(b"bearer ").then(|| rest.trim_ascii())
        });
        let offered = [headers.get("x-cron-secret").map(HeaderValue::as_bytes), bearer];
        // Hashes have the same length, so comparing them always takes the same time.
        let expected = Sha256::digest(secret.expose_secret());
        let same = |offer: &[u8]| Sha256::digest(offer).ct_eq(&expected);
        if offered.into_iter().flatten().any(|offer| same(offer).into()) {
            return None;
        }
        let words = "send the secret as x-cron-secret, or as Authorization: Bearer";
        let mut response = refusal(StatusCode::UNAUTHORIZED, words);
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        Some(response)
    }

    /// As [`Rules::authorize`], but a request from this computer itself may be exempt.
    pub(super) fn authorize_reader(&self, host: Host, headers: &HeaderMap) -> Option<Response> {
        let is_exempt = self.is_open && host.is_loopback && !is_forwarded(headers);
        if is_exempt { None } else { self.authorize(headers) }
    }
}

/// [`SESSION_VERSION`]: logins that were signed under another version are not valid.
///
/// The setting is not a whole number (78).
pub fn session_version<'a>(raw: impl Fn(&str) -> Option<&'a str>) -> Result<u64> {
    let Some(text) = raw(SESSION_VERSION) else { return Ok(1) };
    text.parse().map_err(|_| {
        let value = quoted(text);
        Error::config(format!("{SESSION_VERSION} is {value}; it must be a whole number, e.g. {SESSION_VERSION}=1"))
    })
}

/// Refuses to listen on an address that other computers can reach, unless a good secret is required from readers.
fn check_public(secret: Option<&SecretString>, file: &Path, listen: SocketAddr, open: bool) -> Result<()> {
    let local =
        |error: Error| error.command("Or listen to this computer only, e.g.", "swf web serve --listen 127.0.0.1:8080");
    let weak = |problem: &str| {
        let error = Error::config(format!("{listen} can be reached from other computers, and {SECRET} {problem}"));
        let words =
            format!("Set {SECRET} in {} to a random text of at least {MIN_SECRET_CHARS} characters.", file.display());
        local(error.hint(words))
    };
    match secret {
        _ if open => Err(local(
            Error::usage(format!("--open can't be used on {listen}, which can be reached from other computers"))
                .hint("Leave out --open."),
        )),
        None => Err(weak("is not set")),
        Some(secret) if is_short(secret) => Err(weak("is too short")),
        Some(_) => Ok(()),
    }
}

fn is_short(secret: &SecretString) -> bool {
    secret.expose_secret().chars().count() < MIN_SECRET_CHARS
}

/// Headers that proxies add to a request, in addition to `X-Forwarded-…` and `X-Original-…`.
const PROXY_HEADERS: [&str; 9] = [
    "cdn-loop",
    "cf-connecting-ip",
    "fastly-client-ip",
    "forwarded",
    "true-client-ip",
    "via",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-real-ip",
];

/// Whether a proxy has forwarded the request from another computer.
fn is_forwarded(headers: &HeaderMap) -> bool {
    headers
        .keys()
        .map(|name| name.as_str())
        .any(|name| name.starts_with("x-forwarded") || name.starts_with("x-original-") || PROXY_HEADERS.contains(&name))
}

/// The host that a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// The host is this computer. A request for another host comes through a proxy, or from a page whose host name
    /// resolves to this computer (DNS rebinding).
    is_loopback: bool,
}

impl Host {
    /// Reads the only host of a request, strictly: a form that other programs read differently is an error (RFC 9112
    /// §3.2).
    pub(super) fn of(version: Version, target: &Uri, headers: &HeaderMap) -> Result<Host, &'static str> {
        let mut values = headers.get_all(HOST).iter();
        let host = match (values.next(), values.next()) {
            (_, Some(_)) => return Err("there is more than one Host header"),
            (None, _) if version >= Version::HTTP_11 => return Err("the Host header is missing"),
            (None, _) => "",
            (Some(host), _) => host.to_str().map_err(|_| "the Host header is malformed")?,
        };
        // An absolute target (GET http://host/path) also contains the host.
        if target.authority().is_some_and(|authority| !authority.as_str().eq_ignore_ascii_case(host)) {
            return Err("the Host header is not that of the request's address");
        }
        Host::parse(host).ok_or("the Host header is malformed")
    }

    /// An empty host is allowed, and does not count as this computer.
    fn parse(text: &str) -> Option<Host> {
        host_name(text).map(|name| Host { is_loopback: name.is_loopback() })
    }
}

/// A host without its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HostName<'a> {
    Address(IpAddr),
    /// A domain name, or empty.
    Domain(&'a str),
}

impl HostName<'_> {
    fn is_loopback(self) -> bool {
        match self {
            HostName::Address(address) => address.is_loopback(),
            HostName::Domain(name) => is_localhost(name),
        }
    }

    /// Whether it is an address, or this computer. A page of another site never has such a host.
    pub(super) fn is_address(self) -> bool {
        matches!(self, HostName::Address(_)) || self.is_loopback()
    }
}

/// Reads `host` or `host:port`.
pub(super) fn host_name(text: &str) -> Option<HostName<'_>> {
    let end = if text.starts_with('[') { text.find(']')? + 1 } else { text.find(':').unwrap_or(text.len()) };
    let (name, port) = text.split_at(end);
    let is_port = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok();
    if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
        return None;
    }
    match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => Some(HostName::Address(address.parse::<Ipv6Addr>().ok()?.into())),
        None => match name.parse::<Ipv4Addr>() {
            Ok(address) => Some(HostName::Address(address.into())),
            Err(_) => is_domain(name).then_some(HostName::Domain(name)),
        },
    }
}

/// Whether `name` is a domain name, or empty. Browsers read a name that ends in a number as an address, so it is not
/// accepted.
fn is_domain(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    let mut labels = name.strip_suffix('.').unwrap_or(name).split('.');
    name.is_empty()
        || labels.clone().all(|label| !label.is_empty() && label.bytes().all(letter))
            && labels.next_back().is_some_and(|last| !is_number(last))
}

fn is_localhost(name: &str) -> bool {
    name.strip_suffix('.').unwrap_or(name).eq_ignore_ascii_case("localhost")
}

/// The client to which an address belongs. All addresses of an IPv6 /64 network are one client.
pub(super) fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

/// The maximum delay of a refusal.
const MAX_REFUSAL_DELAY: Duration = Duration::from_secs(1);
/// By how much each further failure of a client delays its refusal.
const REFUSAL_DELAY_STEP: Duration = Duration::from_millis(25);
/// How many clients are counted separately; all others count as one.
const MAX_FAILING_CLIENTS: usize = 1000;

/// Clients that did not send the right secret. The first failure of a client is logged at once, the number of its
/// further failures each minute.
#[derive(Debug, Default)]
pub(super) struct Failures(Mutex<HashMap<IpAddr, Failing>>);

#[derive(Debug, Default)]
struct Failing {
    /// The failures since the client's last minute without one.
    count: u32,
    unlogged: u32,
}

impl Failures {
    /// Counts and logs a failure. Returns how long to delay the refusal.
    pub(super) fn add(&self, client: IpAddr) -> Duration {
        let (count, client) = self.count(client);
        if count == 1 {
            tracing::warn!("a request from {client} did not have the right secret");
        }
        (REFUSAL_DELAY_STEP * count).min(MAX_REFUSAL_DELAY)
    }

    /// Logs the failures of the last minute that were not logged yet.
    pub(super) fn log(&self) {
        for (client, count) in self.end_minute() {
            tracing::warn!("further requests from {client} without the right secret: {count}");
        }
    }

    /// How many failures `client` has.
    #[cfg(test)]
    pub(super) fn of(&self, client: IpAddr) -> u32 {
        self.0.lock().unwrap().get(&client).map_or(0, |failing| failing.count)
    }

    /// Counts a failure of `client`. Returns the client's number of failures, and the client under which it is counted.
    fn count(&self, client: IpAddr) -> (u32, IpAddr) {
        let mut failing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = failing.contains_key(&client) || failing.len() < MAX_FAILING_CLIENTS;
        let client = if is_known { client } else { Ipv4Addr::UNSPECIFIED.into() };
        let entry = failing.entry(client).or_default();
        entry.unlogged = if entry.count == 0 { 0 } else { entry.unlogged.saturating_add(1) };
        entry.count = entry.count.saturating_add(1);
        (entry.count, client)
    }

    /// Ends a minute: returns the clients with failures that were not logged yet, and their number. Clients without
    /// failures are removed.
    fn end_minute(&self) -> Vec<(IpAddr, u32)> {
        let mut failing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failing.retain(|_, failing| failing.unlogged > 0);
        failing.iter_mut().map(|(client, failing)| (*client, std::mem::take(&mut failing.unlogged))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "0123456789abcdef";
    const HERE: &str = "127.0.0.1:8080";
    const HOME: Host = Host { is_loopback: true };

    fn rules(secret: &str, listen: &str, open: bool) -> Result<Rules> {
        let secret = Some(secret).filter(|secret| !secret.is_empty()).map(SecretString::from);
        Rules::new(|_| None, secret, Path::new(".env.local"), listen.parse().unwrap(), open, Instant(0))
    }

    fn headers(headers: &[(&'static str, &str)]) -> HeaderMap {
        HeaderMap::from_iter(headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())))
    }

    fn status(rules: &Rules, host: Host, all: &[(&'static str, &str)]) -> u16 {
        rules.authorize_reader(host, &headers(all)).map_or(200, |response| response.status().as_u16())
    }

    #[test]
    fn a_public_address_needs_a_long_secret_and_is_never_open() {
        let code = |secret, listen, open| rules(secret, listen, open).map_or_else(|error| error.kind.code(), |_| 0);
        for public in ["0.0.0.0:80", "[::]:80", "10.0.0.1:80", "[::ffff:10.0.0.1]:80"] {
            assert_eq!(
                (code("", public, false), code(&LONG[1..], public, false), code(LONG, public, false)),
                (78, 78, 0)
            );
            // The length of a secret is in characters, not bytes.
            assert_eq!((code("éééééééé", public, false), code(LONG, public, true)), (78, 2));
        }
        for local in [HERE, "127.9.9.9:80", "[::1]:80"] {
            assert_eq!((code("", local, false), code("1", local, false), code(LONG, local, true)), (0, 0, 0));
        }
        assert!(rules("1", HERE, false).unwrap().warning().is_some_and(|warning| warning.contains(SECRET)));
        assert!(rules(LONG, HERE, false).unwrap().warning().is_none());
        assert!(rules("", HERE, false).unwrap().warning().is_none());
    }

    #[test]
    fn a_secret_that_is_set_is_asked_for_unless_the_server_is_open() {
        let away = Host { is_loopback: false };
        let none = rules("", HERE, false).unwrap();
        assert_eq!((status(&none, HOME, &[]), status(&none, away, &[])), (200, 500));
        let closed = rules(LONG, HERE, false).unwrap();
        assert_eq!((status(&closed, HOME, &[]), status(&closed, away, &[])), (401, 401));
        assert_eq!(status(&closed, HOME, &[("x-cron-secret", LONG)]), 200);
        let open = rules(LONG, HERE, true).unwrap();
        assert_eq!((status(&open, HOME, &[]), status(&open, away, &[])), (200, 401));
        assert!(open.authorize(&HeaderMap::new()).is_some(), "the admin state is never open");
    }

    #[test]
    fn what_a_proxy_adds_ends_the_exemption() {
        let (none, open) = (rules("", HERE, false).unwrap(), rules(LONG, HERE, true).unwrap());
        for name in PROXY_HEADERS.into_iter().chain(["x-forwarded-for", "x-forwarded-host", "x-original-url"]) {
            assert_eq!((status(&none, HOME, &[(name, "")]), status(&open, HOME, &[(name, "x")])), (500, 401), "{name}");
        }
        assert_eq!(status(&none, HOME, &[("user-agent", "via"), ("x-request-id", "1")]), 200);
    }

    #[test]
    fn a_host_is_read_strictly() {
        let here = ["localhost", "LocalHost:8080", "localhost.", "127.0.0.1", "127.1.2.3:1", "[::1]", "[::1]:65535"];
        let elsewhere = ["", "studyhall.example", "localhost.evil.com:80", "10.0.0.1", "[::2]:80", "a-b_c.1x.example."];
        let malformed = [
            "[::1]evil.com",
            "[::1]:80evil",
            "[::1",
            "::1",
            "[localhost]",
            "[127.0.0.1]",
            "[::1%25lo]",
            "[]",
            "localhost:",
            "localhost:+80",
            "localhost:65536",
            "localhost:80:80",
            "localhost evil.com",
            "localhost,evil",
            "user@localhost",
            "localhost/",
            "localhost..",
            ".",
            ".localhost",
            "127.0.0.1.",
            "127.1",
            "2130706433",
            "127.0.0.01",
            "127.0.0.1.evil.1",
            "loc%61lhost",
            "localhost\\evil",
            "http://localhost",
        ];
        for (hosts, expected) in [(&here[..], Some(true)), (&elsewhere, Some(false)), (&malformed, None)] {
            for host in hosts {
                assert_eq!(Host::parse(host).map(|host| host.is_loopback), expected, "{host}");
            }
        }
    }

    #[test]
    fn a_request_has_one_host() {
        let of = |version, target: &str, all: &[(&'static str, &str)]| {
            let mut hosts = HeaderMap::new();
            for (name, value) in all {
                hosts.append(*name, value.parse().unwrap());
            }
            Host::of(version, &target.parse().unwrap(), &hosts).map(|host| host.is_loopback).ok()
        };
        let (one, two) = ([("host", "localhost")], [("host", "localhost"), ("host", "localhost")]);
        assert_eq!((of(Version::HTTP_11, "/", &one), of(Version::HTTP_11, "/", &two)), (Some(true), None));
        assert_eq!((of(Version::HTTP_11, "/", &[]), of(Version::HTTP_10, "/", &[])), (None, Some(false)));
        for (target, expected) in [
            ("http://localhost/", Some(true)),
            ("http://LOCALHOST/", Some(true)),
            ("http://evil.com/", None),
            ("http://localhost:80/", None),
            ("http://user@localhost/", None),
        ] {
            assert_eq!(of(Version::HTTP_11, target, &one), expected, "{target}");
        }
        let bytes = HeaderMap::from_iter([(HOST, HeaderValue::from_bytes(b"localhost\xff").unwrap())]);
        assert!(Host::of(Version::HTTP_11, &Uri::from_static("/"), &bytes).is_err());
    }

    #[test]
    fn a_client_is_an_address_or_a_network() {
        let of = |text: &str| client(text.parse().unwrap()).to_string();
        assert_eq!((of("10.0.0.1"), of("::ffff:10.0.0.1")), ("10.0.0.1".into(), "10.0.0.1".into()));
        assert_eq!((of("2001:db8::1:2:3:4"), of("2001:db8::9")), ("2001:db8::".into(), "2001:db8::".into()));
    }

    #[test]
    fn failures_are_counted_by_client_and_minute() {
        let failures = Failures::default();
        let client = |number: u32| IpAddr::from(Ipv4Addr::from_bits(number));
        let counts: Vec<u32> = (0..3).map(|_| failures.count(client(1)).0).collect();
        assert_eq!((counts, failures.count(client(2)).0), (vec![1, 2, 3], 1));
        // The first failure of each client was logged at once.
        assert_eq!(failures.end_minute(), [(client(1), 2)]);
        assert_eq!((failures.count(client(1)).0, failures.count(client(2)).0), (4, 1));
        assert_eq!(failures.end_minute(), [(client(1), 1)]);
        // After a minute without a failure, a client's count begins at 1 again.
        assert_eq!(failures.end_minute(), []);
        assert_eq!(failures.count(client(1)), (1, client(1)));
    }

    #[test]
    fn refusals_are_delayed_more_with_each_failure_up_to_a_bound() {
        let failures = Failures::default();
        let delays: Vec<Duration> = (0..100).map(|_| failures.add(Ipv4Addr::LOCALHOST.into())).collect();
        assert!(delays.is_sorted() && delays[0] < Duration::from_millis(50), "{delays:?}");
        assert_eq!(delays.last(), Some(&MAX_REFUSAL_DELAY));
        assert_eq!(failures.add(Ipv4Addr::BROADCAST.into()), delays[0]);
    }

    #[test]
    fn failures_of_many_clients_take_bounded_memory() {
        let failures = Failures::default();
        for number in 1..=5000 {
            failures.count(Ipv4Addr::from_bits(number).into());
        }
        let others = (5000 - MAX_FAILING_CLIENTS as u32, IpAddr::from(Ipv4Addr::UNSPECIFIED));
        assert_eq!(failures.count(Ipv4Addr::BROADCAST.into()), (others.0 + 1, others.1));
        assert_eq!(failures.0.lock().unwrap().len(), MAX_FAILING_CLIENTS + 1);
    }
}
