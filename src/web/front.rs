//! What is between a browser and this server (rules §5.11): the server's public address, and the reverse proxies that
//! may name the client of a request.
//!
//! ```text
//! browser ──https://study.example──► proxy ──X-Forwarded-For, -Proto, -Host──► this server
//! ```

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header::ORIGIN};
use url::Url;

use super::access::{HostName, host_name};
use super::{PROXY, URL};
use crate::domain::text::quoted;
use crate::error::{Error, Result};

/// `SWF_WEB_URL` and `SWF_WEB_PROXY`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Front {
    url: Option<PublicUrl>,
    proxies: Vec<Network>,
}

/// The address at which browsers reach this server: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PublicUrl {
    base: String,
    host: String,
    is_https: bool,
}

/// Addresses whose first `prefix` bits are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix: u8,
}

/// How a request reached this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// `https://study.example`, as the browser names this server.
    pub base: String,
    pub is_https: bool,
    /// The host is an address or this computer, or that of `SWF_WEB_URL`. Any other name may belong to a page that
    /// tries to read this server through its visitor's browser (DNS rebinding).
    pub is_known: bool,
}

impl Front {
    /// `raw` returns a setting by its name, trimmed.
    ///
    /// # Errors
    /// A setting is wrong (78).
    pub fn read<'a>(raw: impl Fn(&str) -> Option<&'a str>) -> Result<Front> {
        let url = raw(URL).map(|text| {
            let wrong = || {
                let allowed = "the address of this server alone, without a path";
                let value = quoted(text);
                Error::config(format!("{URL} is {value}; it must be {allowed}, e.g. {URL}=https://study.example"))
            };
            PublicUrl::parse(text).ok_or_else(wrong)
        });
        let proxies = raw(PROXY).map(|text| {
            let wrong = || {
                let allowed = "addresses or networks, separated by commas";
                let value = quoted(text);
                Error::config(format!("{PROXY} is {value}; it must be {allowed}, e.g. {PROXY}=127.0.0.1,10.0.0.0/8"))
            };
            text.split(',').map(|one| Network::parse(one.trim())).collect::<Option<_>>().ok_or_else(wrong)
        });
        Ok(Front { url: url.transpose()?, proxies: proxies.transpose()?.unwrap_or_default() })
    }

    /// The error of each setting that is wrong; [`Front::read`] returns only the first one.
    pub(super) fn problems<'a>(raw: impl Fn(&str) -> Option<&'a str>) -> Vec<Error> {
        let alone = |name: &'static str| Front::read(|asked| raw(asked).filter(|_| asked == name)).err();
        [URL, PROXY].into_iter().filter_map(alone).collect()
    }

    /// `SWF_WEB_URL`, without a trailing slash.
    pub fn base(&self) -> Option<&str> {
        self.url.as_ref().map(|url| url.base.as_str())
    }

    /// The client of a request from `peer`: `peer` itself, unless it is a trusted proxy.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let values = headers.get_all("x-forwarded-for").iter().rev().filter_map(|value| value.to_str().ok());
        for hop in values.flat_map(|value| value.rsplit(',')) {
            // An address counts only if a trusted proxy has added it.
            if !self.is_proxy(client) {
                break;
            }
            let Some(address) = address_of(hop.trim()) else { break };
            client = address.to_canonical();
        }
        client
    }

    /// How a request of `peer` reached this server. `host` is the host of the request.
    ///
    /// # Errors
    /// A trusted proxy names a malformed host.
    pub(super) fn origin(&self, peer: IpAddr, host: &str, headers: &HeaderMap) -> Result<Origin, &'static str> {
        let is_trusted = self.is_proxy(peer.to_canonical());
        let said = |name| last(headers, name).filter(|_| is_trusted);
        let host = said("x-forwarded-host").unwrap_or(host);
        let name = host_name(host).ok_or("X-Forwarded-Host is malformed")?;
        let own = self.url.as_ref().filter(|url| url.has(name));
        if let Some(url) = own {
            return Ok(Origin { base: url.base.clone(), is_https: url.is_https, is_known: true });
        }
        let is_https = said("x-forwarded-proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
        let scheme = if is_https { "https" } else { "http" };
        Ok(Origin { base: format!("{scheme}://{host}"), is_https, is_known: name.is_address() })
    }

    fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(address))
    }
}

impl Origin {
    /// Whether a request that changes something comes from a page of this server, and not from another site.
    pub(super) fn sent(&self, headers: &HeaderMap) -> bool {
        match (last(headers, "sec-fetch-site"), last(headers, ORIGIN.as_str())) {
            (Some(site), _) => site == "same-origin",
            // Without encryption, browsers send only the origin of a request.
            (None, Some(origin)) => origin.eq_ignore_ascii_case(&self.base),
            (None, None) => false,
        }
    }
}

impl PublicUrl {
    fn parse(text: &str) -> Option<PublicUrl> {
        let url = Url::parse(text).ok()?;
        let is_plain = url.username().is_empty() && url.password().is_none();
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let is_web = ["http", "https"].contains(&url.scheme());
        let host = url.host_str().filter(|_| is_plain && is_bare && is_web)?.to_owned();
        Some(PublicUrl { base: url.origin().ascii_serialization(), host, is_https: url.scheme() == "https" })
    }

    fn has(&self, name: HostName) -> bool {
        match name {
            HostName::Domain(name) => name.strip_suffix('.').unwrap_or(name).eq_ignore_ascii_case(&self.host),
            HostName::Address(address) => address_of(&self.host) == Some(address),
        }
    }
}

impl Network {
    fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(bits), |text| text.parse().ok())?;
        (prefix <= bits).then_some(Network { address, prefix })
    }

    fn contains(self, address: IpAddr) -> bool {
        let same = |own: u128, other: u128, bits: u8| {
            let shift = u32::from(bits - self.prefix);
            own.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
        };
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => same(own.to_bits().into(), other.to_bits().into(), 32),
            (IpAddr::V6(own), IpAddr::V6(other)) => same(own.to_bits(), other.to_bits(), 128),
            _ => false,
        }
    }
}

/// An address, with or without a port.
fn address_of(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// The last value of a header. It was added nearest to this server.
fn last<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let name = HeaderName::try_from(name).ok()?;
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next().map(str::trim)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn front(url: &'static str, proxies: &'static str) -> Result<Front> {
        let set = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        Front::read(|name| set(if name == URL { url } else { proxies }))
    }

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in all {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    const PROXY_ADDRESS: &str = "10.0.0.1";
    const HTTPS: [(&str, &str); 2] = [("x-forwarded-proto", "https"), ("x-forwarded-host", "study.example")];

    #[test]
    fn a_wrong_setting_is_named_with_an_example() {
        insta::assert_snapshot!(front("study.example", "").unwrap_err(), @r#"SWF_WEB_URL is "study.example"; it must be the address of this server alone, without a path, e.g. SWF_WEB_URL=https://study.example"#);
        insta::assert_snapshot!(front("", "10.0.0.0/33").unwrap_err(), @r#"SWF_WEB_PROXY is "10.0.0.0/33"; it must be addresses or networks, separated by commas, e.g. SWF_WEB_PROXY=127.0.0.1,10.0.0.0/8"#);
        for wrong in
            ["ftp://a.example", "https://", "https://a.example/x", "https://a.example/?x", "https://a@b.example"]
        {
            assert_eq!(front(wrong, "").unwrap_err().kind.code(), 78, "{wrong}");
        }
        for wrong in ["localhost", "10.0.0.1,", "10.0.0.1 10.0.0.2", "::1/129", "10.0.0.1/x", "10.0.0.1:80"] {
            assert_eq!(front("", wrong).unwrap_err().kind.code(), 78, "{wrong}");
        }
        assert_eq!(front("HTTPS://Study.Example:443/", "").unwrap().base(), Some("https://study.example"));
        assert_eq!(front("", "").unwrap().base(), None);
    }

    #[test]
    fn a_network_has_the_addresses_of_its_first_bits() {
        let has = |network: &str, address: &str| Network::parse(network).unwrap().contains(address.parse().unwrap());
        for (network, address, expected) in [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false),
            ("fd00::/8", "fdff::1", true),
            ("fd00::/8", "fe80::1", false),
            ("::/0", "fe80::1", true),
            ("::1", "::1", true),
        ] {
            assert_eq!(has(network, address), expected, "{network} {address}");
        }
    }

    #[test]
    fn forwarded_addresses_count_only_from_a_trusted_proxy() {
        let front = front("", "10.0.0.0/8,::1").unwrap();
        let client = |peer: &str, values: &[&str]| {
            let values: Vec<_> = values.iter().map(|value| ("x-forwarded-for", *value)).collect();
            front.client(peer.parse().unwrap(), &headers(&values)).to_string()
        };
        assert_eq!(client("203.0.113.1", &["1.2.3.4"]), "203.0.113.1");
        assert_eq!(client(PROXY_ADDRESS, &[]), PROXY_ADDRESS);
        assert_eq!(client(PROXY_ADDRESS, &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(client("::ffff:10.0.0.1", &["1.2.3.4"]), "1.2.3.4");
        // The client's own values come before those that the proxy added.
        assert_eq!(client(PROXY_ADDRESS, &["9.9.9.9, 1.2.3.4"]), "1.2.3.4");
        assert_eq!(client(PROXY_ADDRESS, &["9.9.9.9", "1.2.3.4"]), "1.2.3.4");
        assert_eq!(client("::1", &["9.9.9.9, 1.2.3.4, 10.0.0.2"]), "1.2.3.4");
        assert_eq!(client(PROXY_ADDRESS, &["1.2.3.4:5678"]), "1.2.3.4");
        assert_eq!(client(PROXY_ADDRESS, &["[2001:db8::1]:5678"]), "2001:db8::1");
        assert_eq!(client(PROXY_ADDRESS, &["2001:db8::1"]), "2001:db8::1");
        assert_eq!(client(PROXY_ADDRESS, &["9.9.9.9, unknown"]), PROXY_ADDRESS);
    }

    #[test]
    fn the_address_of_a_request_is_the_browsers() {
        let front = front("", PROXY_ADDRESS).unwrap();
        let base = |peer: &str, host: &str, all: &[(&'static str, &str)]| {
            front.origin(peer.parse().unwrap(), host, &headers(all)).unwrap().base
        };
        assert_eq!(base("1.2.3.4", "192.168.1.5:8080", &HTTPS), "http://192.168.1.5:8080");
        assert_eq!(base(PROXY_ADDRESS, "192.168.1.5:8080", &HTTPS), "https://study.example");
        assert_eq!(base(PROXY_ADDRESS, "a.example", &[("x-forwarded-proto", "http")]), "http://a.example");
        let bad = headers(&[("x-forwarded-host", "a b")]);
        front.origin(PROXY_ADDRESS.parse().unwrap(), "localhost", &bad).unwrap_err();
        front.origin("1.2.3.4".parse().unwrap(), "localhost", &bad).unwrap();
    }

    #[test]
    fn only_known_hosts_get_pages() {
        let known = |url, peer: &str, host: &str, all: &[(&'static str, &str)]| {
            front(url, PROXY_ADDRESS).unwrap().origin(peer.parse().unwrap(), host, &headers(all)).unwrap().is_known
        };
        for host in ["localhost", "localhost:8080", "127.0.0.1", "192.168.1.5:8080", "[fd00::1]", "[::1]:80"] {
            assert!(known("", "1.2.3.4", host, &[]), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "", "study.example"] {
            assert!(!known("", "1.2.3.4", host, &[]), "{host}");
        }
        let own = "https://study.example";
        for host in ["study.example", "STUDY.example:8080", "study.example."] {
            assert!(known(own, "1.2.3.4", host, &[]), "{host}");
        }
        assert!(!known(own, "1.2.3.4", "a.study.example", &[]));
        // A host from a proxy is checked in the same way as one from a browser.
        assert!(!known(own, PROXY_ADDRESS, "127.0.0.1", &[("x-forwarded-host", "evil.example")]));
        assert!(known(own, PROXY_ADDRESS, "127.0.0.1", &HTTPS));
    }

    #[test]
    fn a_change_is_asked_for_by_a_page_of_this_server() {
        let sent = |url, host: &str, all: &[(&'static str, &str)]| {
            front(url, "").unwrap().origin("1.2.3.4".parse().unwrap(), host, &headers(all)).unwrap().sent(&headers(all))
        };
        let (site, origin) = ("sec-fetch-site", "origin");
        assert!(sent("", "localhost:1", &[(site, "same-origin")]));
        // With `no-referrer`, browsers hide the origin, but still report that it is the same.
        assert!(sent("", "localhost:1", &[(site, "same-origin"), (origin, "null")]));
        for other in ["cross-site", "same-site", "none", ""] {
            assert!(!sent("", "localhost:1", &[(site, other), (origin, "http://localhost:1")]), "{other}");
        }
        assert!(sent("", "192.168.1.5:1", &[(origin, "http://192.168.1.5:1")]));
        for other in ["http://192.168.1.5", "http://192.168.1.5:2", "https://192.168.1.5:1", "null", ""] {
            assert!(!sent("", "192.168.1.5:1", &[(origin, other)]), "{other}");
        }
        assert!(!sent("", "192.168.1.5:1", &[]));
        let own = "https://study.example";
        assert!(sent(own, "study.example", &[(origin, own)]));
        assert!(!sent(own, "study.example", &[(origin, "http://study.example")]));
    }

    proptest! {
        #[test]
        fn headers_of_strangers_count_for_nothing_and_those_of_proxies_make_no_odd_address(
            chain in "((10\\.0\\.0\\.[1-9]|198\\.51\\.100\\.[1-9]|\\[?::1]?)(:80)?(, ?)?){1,4}|\\PC{0,40}",
            host in "[a-z0-9.:@/\\[\\]-]{0,30}|\\PC{0,30}",
            scheme in "https?|HTTPS|\\PC{0,10}",
        ) {
            let front = front("https://study.example", "10.0.0.0/8").unwrap();
            let mut headers = HeaderMap::new();
            for (name, value) in [("x-forwarded-for", &chain), ("x-forwarded-host", &host), ("x-forwarded-proto", &scheme)] {
                if let Ok(value) = value.parse() {
                    headers.append(name, value);
                }
            }
            let stranger: IpAddr = "192.0.2.1".parse().unwrap();
            prop_assert_eq!(front.client(stranger, &headers), stranger);
            let own = Origin { base: "http://localhost:8080".into(), is_https: false, is_known: true };
            prop_assert_eq!(front.origin(stranger, "localhost:8080", &headers), Ok(own));
            let proxy: IpAddr = PROXY_ADDRESS.parse().unwrap();
            front.client(proxy, &headers);
            if let Ok(origin) = front.origin(proxy, "localhost:8080", &headers) {
                let is_plain = |c: char| c.is_ascii_graphic() && !"\"'<>\\/@".contains(c);
                prop_assert!(origin.base.split_once("://").unwrap().1.chars().all(is_plain), "{}", origin.base);
            }
        }
    }
}
