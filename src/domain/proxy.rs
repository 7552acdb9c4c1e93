//! Proxies: how they are written, and which connection goes through which (rules §3.15).
//!
//! ```text
//! SWF_PROXY                             every connection to Telegram, and websites unless it is an MTProxy
//! ALL_PROXY, HTTPS_PROXY, NO_PROXY      connections that SWF_PROXY does not cover, as in other programs
//! ```

// From `core`: the domain may not use the network, but addresses are plain data.
use core::net::IpAddr;
use std::fmt;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use url::Url;

/// The setting; it may hold a password.
pub const SETTING: &str = "SWF_PROXY";
/// The value of [`SETTING`] with which no proxy is used, not even one of the environment.
const DIRECT: &str = "direct";

/// Hosts of Telegram's links.
const LINK_HOSTS: [&str; 3] = ["t.me", "telegram.me", "telegram.dog"];
/// Bytes of the key in an MTProxy's secret.
const KEY: usize = 16;
/// The longest name of a website that an MTProxy imitates, in bytes.
const MAX_DOMAIN: usize = 182;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A proxy. Its `Display` leaves out user, password and secret.
#[derive(Clone, Debug)]
pub struct Proxy {
    pub kind: ProxyKind,
    /// A name or an IP address, without brackets.
    pub host: String,
    pub port: u16,
    /// The setting or variable that names the proxy.
    pub setting: &'static str,
}

/// The protocol of a proxy.
#[derive(Clone, Debug)]
pub enum ProxyKind {
    Socks5(Option<Account>),
    /// HTTP with `CONNECT`.
    Http(Option<Account>),
    MtProxy(MtProxySecret),
}

/// The user name and password for a proxy.
#[derive(Clone, Debug)]
pub struct Account {
    pub name: SecretString,
    pub password: SecretString,
}

/// The secret of an MTProxy.
#[derive(Clone, Debug)]
pub struct MtProxySecret {
    /// 16 bytes.
    pub key: SecretSlice<u8>,
    pub disguise: Disguise,
}

/// What the connection to an MTProxy looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disguise {
    /// Random bytes, with the lengths of Telegram's messages.
    Plain,
    /// Random bytes of random length; the secret begins with `dd`.
    Padded,
    /// A TLS connection to this website; the secret begins with `ee`.
    Tls(String),
}

/// `socks5://host:port`
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.kind {
            ProxyKind::Socks5(_) => "socks5",
            ProxyKind::Http(_) => "http",
            ProxyKind::MtProxy(_) => "mtproxy",
        };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}", self.host, self.port),
            false => write!(f, "{scheme}://{}:{}", self.host, self.port),
        }
    }
}

impl Proxy {
    /// Parses an address or a link of Telegram. The error ends a sentence that begins with the setting's name, and does
    /// not repeat the value.
    pub fn parse(text: &SecretString) -> Result<Proxy, &'static str> {
        const FORM: &str = "is not a proxy's address";
        let text = text.expose_secret().trim();
        // `tg:proxy?…` without slashes is common, too.
        let link =
            text.strip_prefix("tg:").map(|rest| Zeroizing::new(format!("tg://{}", rest.trim_start_matches('/'))));
        let url = Url::parse(link.as_deref().map_or(text, String::as_str)).map_err(|_| FORM)?;
        let host = url.host_str().ok_or(FORM)?;
        let what = match url.scheme() {
            "tg" => host,
            "http" | "https" if LINK_HOSTS.contains(&host) => url.path().trim_matches('/'),
            _ => return Proxy::of_url(&url, host),
        };
        Proxy::of_link(&url, what)
    }

    fn of_url(url: &Url, host: &str) -> Result<Proxy, &'static str> {
        let account = (!url.username().is_empty()).then(|| Account {
            name: percent_decoded(url.username()),
            password: percent_decoded(url.password().unwrap_or_default()),
        });
        let (kind, port) = match url.scheme() {
            "socks5" | "socks5h" => (ProxyKind::Socks5(account), url.port().unwrap_or(1080)),
            "http" => (ProxyKind::Http(account), url.port_or_known_default().unwrap_or(80)),
            "https" => {
                return Err("is a proxy that is reached by TLS, which swf can't do; use its http:// or socks5:// port");
            }
            "socks4" | "socks4a" => return Err("is a SOCKS4 proxy, which swf can't use; most can do socks5://, too"),
            _ => return Err("begins with an unknown scheme"),
        };
        Proxy::new(kind, host, port)
    }

    /// Parses `server=…&port=…` with `secret=…` for an MTProxy, or `user=…&pass=…` for SOCKS.
    fn of_link(url: &Url, what: &str) -> Result<Proxy, &'static str> {
        let part = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let secret = |name: &str| part(name).map(SecretString::from);
        let host = part("server").ok_or("is a link without server=")?;
        let port = part("port").and_then(|port| port.parse().ok()).ok_or("is a link without a port")?;
        let kind = match what {
            "proxy" => {
                let text = secret("secret").ok_or("is a link without secret=")?;
                ProxyKind::MtProxy(MtProxySecret::parse(&text).ok_or("has a secret that is not an MTProxy's")?)
            }
            "socks" => ProxyKind::Socks5(
                secret("user").map(|name| Account { name, password: secret("pass").unwrap_or_default() }),
            ),
            _ => return Err("is a link to something other than a proxy"),
        };
        Proxy::new(kind, &host, port)
    }

    fn new(kind: ProxyKind, host: &str, port: u16) -> Result<Proxy, &'static str> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_plain = |c: char| c.is_alphanumeric() || ".-_:".contains(c);
        if host.is_empty() || host.len() > 253 || !host.chars().all(is_plain) {
            return Err("names no host");
        }
        if port == 0 {
            return Err("has the port 0");
        }
        Ok(Proxy { kind, host: host.to_owned(), port, setting: SETTING })
    }

    /// Whether the proxy can reach websites. An MTProxy only reaches Telegram.
    fn is_general(&self) -> bool {
        !matches!(self.kind, ProxyKind::MtProxy(_))
    }
}

impl MtProxySecret {
    /// Parses hex, or base64 of either alphabet.
    fn parse(text: &SecretString) -> Option<MtProxySecret> {
        // In a query, + stands for a blank.
        let url_safe = |c: char| match c {
            '+' | ' ' => '-',
            '/' => '_',
            c => c,
        };
        let text: Zeroizing<String> = text.expose_secret().chars().map(url_safe).collect::<String>().into();
        let bytes = Zeroizing::new(from_hex(&text).or_else(|| BASE64.decode(&*text).ok())?);
        let (key, disguise) = match bytes.len() {
            KEY => (&bytes[..], Disguise::Plain),
            length if length == KEY + 1 && bytes[0] == 0xdd => (&bytes[1..], Disguise::Padded),
            length if length > KEY + 1 && bytes[0] == 0xee => {
                (&bytes[1..=KEY], Disguise::Tls(domain(&bytes[KEY + 1..])?))
            }
            _ => return None,
        };
        Some(MtProxySecret { key: SecretSlice::from(key.to_vec()), disguise })
    }
}

/// The name of the website that an MTProxy imitates.
fn domain(bytes: &[u8]) -> Option<String> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte);
    let name = String::from_utf8(bytes.to_vec()).ok()?;
    (bytes.len() <= MAX_DOMAIN && bytes.iter().all(is_plain)).then_some(name)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    (digits.len() >= 2 * KEY && digits.len().is_multiple_of(2))
        .then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Decodes sequences like `%40`. Other text stays as it is.
fn percent_decoded(text: &str) -> SecretString {
    let bytes = text.as_bytes();
    let mut decoded = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let byte = hex.filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let byte = byte.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    SecretString::from(String::from_utf8_lossy(&decoded).into_owned())
}

/// Which connection goes through which proxy.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    own: Option<Proxy>,
    /// `ALL_PROXY`.
    all: Option<Proxy>,
    /// `HTTPS_PROXY`.
    https: Option<Proxy>,
    exceptions: Exceptions,
    /// Environment variables with a proxy that swf can't use, each with the reason.
    pub unusable: Vec<(&'static str, &'static str)>,
}

impl Proxies {
    /// Reads [`SETTING`] and the environment variables, whose names may be in lower or upper case. Fails if the setting
    /// is wrong; the error ends a sentence that begins with the setting's name.
    pub fn read<'a>(
        setting: Option<&SecretString>,
        variable: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Proxies, &'static str> {
        let own = match setting {
            Some(text) if text.expose_secret() == DIRECT => return Ok(Proxies::default()),
            Some(text) => Some(Proxy::parse(text)?),
            None => None,
        };
        let variable = |name: &str| variable(&name.to_lowercase()).or_else(|| variable(name));
        let mut unusable = Vec::new();
        let mut general = |name: &'static str| {
            let text = variable(name)?;
            // Other programs take an address without a scheme for an HTTP proxy.
            let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
            let proxy = Proxy::parse(&text.into()).map_err(|why| unusable.push((name, why))).ok()?;
            proxy.is_general().then_some(Proxy { setting: name, ..proxy })
        };
        let (all, https) = (general("ALL_PROXY"), general("HTTPS_PROXY"));
        let exceptions = Exceptions::parse(variable("NO_PROXY").unwrap_or_default());
        Ok(Proxies { own, all, https, exceptions, unusable })
    }

    /// Uses `proxy` as the value of [`SETTING`], and ignores the environment.
    pub fn only(proxy: Proxy) -> Proxies {
        Proxies { own: Some(proxy), ..Proxies::default() }
    }

    /// The proxy for an address of Telegram. `NO_PROXY` only affects the proxies of the environment.
    pub fn to_telegram(&self, address: IpAddr) -> Option<&Proxy> {
        let general = || self.all.as_ref().or(self.https.as_ref());
        self.own.as_ref().or_else(|| general().filter(|_| !self.exceptions.cover(&address.to_string())))
    }

    /// The proxy for a website on this host.
    pub fn to_site(&self, host: &str) -> Option<&Proxy> {
        let own = self.own.as_ref().filter(|proxy| proxy.is_general());
        own.or(self.https.as_ref()).or(self.all.as_ref()).filter(|_| !self.exceptions.cover(host))
    }
}

/// `NO_PROXY`: domain names with their subdomains, addresses, networks such as 10.0.0.0/8, or `*` for all hosts.
#[derive(Clone, Debug, Default)]
struct Exceptions(Vec<String>);

impl Exceptions {
    fn parse(text: &str) -> Exceptions {
        Exceptions(text.split(',').map(|entry| entry.trim().to_lowercase()).filter(|entry| !entry.is_empty()).collect())
    }

    fn cover(&self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_lowercase();
        let address: Option<IpAddr> = host.parse().ok();
        self.0.iter().any(|entry| match address {
            _ if entry == "*" => true,
            Some(address) => is_in_network(address, entry),
            None => {
                let name = entry.trim_start_matches("*.").trim_start_matches('.');
                host.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.'))
            }
        })
    }
}

fn is_in_network(address: IpAddr, network: &str) -> bool {
    let (base, bits) = network.split_once('/').unwrap_or((network, "128"));
    let (Ok(base), Ok(bits)) = (base.parse(), bits.parse::<u32>()) else { return false };
    let prefix = |number: u128, width: u32| number.checked_shr(width.saturating_sub(bits)).unwrap_or(0);
    match (address, base) {
        (IpAddr::V4(a), IpAddr::V4(b)) => prefix(a.to_bits().into(), 32) == prefix(b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => prefix(a.to_bits(), 128) == prefix(b.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Proxy, &'static str> {
        Proxy::parse(&text.into())
    }

    /// The parts of a proxy, secrets included.
    fn parts(text: &str) -> String {
        let proxy = parse(text).unwrap();
        let account = |account: &Option<Account>| match account {
            Some(account) => format!(" as {:?} {:?}", account.name.expose_secret(), account.password.expose_secret()),
            None => String::new(),
        };
        let more = match &proxy.kind {
            ProxyKind::Socks5(user) | ProxyKind::Http(user) => account(user),
            ProxyKind::MtProxy(secret) => format!(" {:02x?} {:?}", secret.key.expose_secret()[15], secret.disguise),
        };
        format!("{proxy}{more}")
    }

    /// CASES T10.
    #[test]
    fn proxies_of_every_form_are_read() {
        let hex = "00112233445566778899aabbccddeeff";
        assert_eq!(parts("socks5://10.0.0.1:1081"), "socks5://10.0.0.1:1081");
        assert_eq!(parts(" socks5h://Proxy.example "), "socks5://Proxy.example:1080");
        assert_eq!(parts("socks5://ada:p%40ss%2F%C3%A9%@[::1]:9"), r#"socks5://[::1]:9 as "ada" "p@ss/é%""#);
        assert_eq!(parts("http://u:a:b@proxy.example:80/"), r#"http://proxy.example:80 as "u" "a:b""#);
        assert_eq!(
            parts(&format!("tg://proxy?server=1.2.3.4&port=443&secret={hex}")),
            "mtproxy://1.2.3.4:443 ff Plain"
        );
        assert_eq!(parts(&format!("tg:proxy?server=a.b&port=443&secret=DD{hex}")), "mtproxy://a.b:443 ff Padded");
        let tls = format!("https://t.me/proxy?server=a.b&port=1&secret=ee{hex}7777772e782e636f6d");
        assert_eq!(parts(&tls), r#"mtproxy://a.b:1 ff Tls("www.x.com")"#);
        // The same bytes as base64, of either alphabet, with padding and without.
        for secret in ["3QARIjNEVWZ3iJmqu8zd7v8=", "3QARIjNEVWZ3iJmqu8zd7v8", "3QARIjNEVWZ3iJmqu8zd7v8%3D"] {
            let link = format!("http://telegram.me/proxy?port=1&server=a.b&secret={secret}");
            assert_eq!(parts(&link), "mtproxy://a.b:1 ff Padded");
        }
        for secret in ["-_-_-_-_-_-_-_-_-_-_-w", "+/+/+/+/+/+/+/+/+/+/+w==", "%2B%2F+/+/+/+/+/+/+/+/+/+w"] {
            assert_eq!(parts(&format!("tg://proxy?server=a.b&port=1&secret={secret}")), "mtproxy://a.b:1 fb Plain");
        }
        assert_eq!(parts("https://t.me/socks?server=a.b&port=1&user=u&pass=p%26"), r#"socks5://a.b:1 as "u" "p&""#);
    }

    #[test]
    fn what_is_no_proxy_is_refused() {
        let hex = "00112233445566778899aabbccddeeff";
        for (text, why) in [
            ("proxy", "is not a proxy's address"),
            ("127.0.0.1:1080", "is not a proxy's address"),
            ("ftp://a.b:1", "begins with an unknown scheme"),
            ("socks4://a.b:1", "is a SOCKS4 proxy, which swf can't use; most can do socks5://, too"),
            ("socks5://a.b:0", "has the port 0"),
            ("socks5://a%20b:1", "names no host"),
            ("https://t.me/studyhall", "is a link without server="),
            ("tg://proxy?server=a.b", "is a link without a port"),
            ("tg://proxy?server=a.b&port=1", "is a link without secret="),
            ("tg://join?server=a.b&port=1", "is a link to something other than a proxy"),
        ] {
            assert_eq!(parse(text).unwrap_err(), why, "{text}");
        }
        assert!(parse("https://a.b:1").unwrap_err().contains("by TLS"));
        let long = format!("ee{hex}{}", "61".repeat(MAX_DOMAIN + 1));
        for secret in ["", &hex[2..], &format!("aa{hex}"), &format!("ee{hex}"), &format!("ee{hex}0a"), &long, "é"] {
            let link = format!("tg://proxy?server=a.b&port=1&secret={secret}");
            assert_eq!(parse(&link).unwrap_err(), "has a secret that is not an MTProxy's", "{secret}");
        }
    }

    #[test]
    fn a_proxy_is_shown_without_its_secrets() {
        let hush = "68757368687573686875736868757368";
        for text in [
            "socks5://hush:hush@a.b:1",
            "http://hush:hush@a.b:1",
            &format!("tg://proxy?server=a.b&port=1&secret={hush}"),
        ] {
            let proxies = Proxies::read(Some(&text.into()), |_| None).unwrap();
            let shown = format!("{proxies:?} {}", proxies.own.as_ref().unwrap());
            assert!(!shown.contains("hush") && !shown.contains(hush) && !shown.contains("104, 117"), "{shown}");
        }
    }

    /// The proxies for Telegram at 149.154.167.51 and for the website hall.example.
    fn routes(setting: Option<&str>, variables: &[(&str, &'static str)]) -> [String; 2] {
        let variable = |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| *value);
        let proxies = Proxies::read(setting.map(SecretString::from).as_ref(), variable).unwrap();
        let shown = |proxy: Option<&Proxy>| proxy.map_or("direct".to_owned(), Proxy::to_string);
        [shown(proxies.to_telegram("149.154.167.51".parse().unwrap())), shown(proxies.to_site("hall.example"))]
    }

    /// CASES T10.
    #[test]
    fn a_proxy_of_swf_comes_before_those_of_the_environment() {
        let own = "socks5://own:1";
        let mtproxy = "tg://proxy?server=mt&port=1&secret=00112233445566778899aabbccddeeff";
        let both = [("ALL_PROXY", "socks5://all:1"), ("HTTPS_PROXY", "http://https:1")];
        assert_eq!(routes(None, &[]), ["direct", "direct"]);
        assert_eq!(routes(Some(own), &both), ["socks5://own:1", "socks5://own:1"]);
        assert_eq!(routes(None, &both), ["socks5://all:1", "http://https:1"]);
        assert_eq!(routes(None, &both[1..]), ["http://https:1", "http://https:1"]);
        assert_eq!(routes(Some(mtproxy), &[]), ["mtproxy://mt:1", "direct"]);
        assert_eq!(routes(Some(mtproxy), &both), ["mtproxy://mt:1", "http://https:1"]);
        assert_eq!(routes(Some("direct"), &both), ["direct", "direct"]);
        // Lower case wins, as in curl. No scheme means HTTP. A proxy that can't be used is left out.
        assert_eq!(routes(None, &[("ALL_PROXY", "http://a:1"), ("all_proxy", "b:2")])[0], "http://b:2");
        assert_eq!(routes(None, &[("ALL_PROXY", "socks4://a:1")]), ["direct", "direct"]);
        let unusable = Proxies::read(None, |name| (name == "HTTPS_PROXY").then_some("https://a:1")).unwrap().unusable;
        assert_eq!(unusable[0].0, "HTTPS_PROXY");
        // Exceptions hold for websites, and for Telegram only with a proxy of the environment.
        let except = |entries| [both[0], ("NO_PROXY", entries)];
        assert_eq!(routes(None, &except("hall.example, 149.154.0.0/16")), ["direct", "direct"]);
        assert_eq!(routes(Some(own), &except("*")), ["socks5://own:1", "direct"]);
        assert_eq!(routes(None, &except("xhall.example,example.com,149.155.0.0/16")), ["socks5://all:1"; 2]);
        assert_eq!(routes(None, &except(".EXAMPLE")), ["socks5://all:1", "direct"]);
    }

    #[test]
    fn exceptions_are_names_addresses_and_networks() {
        let covers = |entry: &str, host: &str| Exceptions::parse(entry).cover(host);
        for (entry, host) in [
            ("10.0.0.0/8", "10.1.2.3"),
            ("10.1.2.3", "10.1.2.3"),
            ("0.0.0.0/0", "1.2.3.4"),
            ("fd00::/8", "[fd12::1]"),
            ("::1", "::1"),
            ("*.example", "a.example"),
            ("localhost", "LOCALHOST"),
        ] {
            assert!(covers(entry, host), "{entry} {host}");
        }
        for (entry, host) in [("10.0.0.0/8", "11.0.0.1"), ("10.0.0.0/x", "10.0.0.1"), ("::/0", "1.2.3.4"), ("", "a.b")]
        {
            assert!(!covers(entry, host), "{entry} {host}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parser(text in "\\PC{0,80}", prefix in 0..4usize) {
            let prefix = ["", "socks5://", "tg://proxy?server=a&port=1&secret=", "http://u:%"][prefix];
            let _ = parse(&format!("{prefix}{text}"));
            Exceptions::parse(&text).cover(&text);
        }
    }
}
