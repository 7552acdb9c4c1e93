//! The login string `TG_STRING_SESSION`, in Telethon's form (rules §5).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox, SecretString};

use crate::error::{Error, Result};

const VERSION: char = '1';
const KEY: usize = 256;

/// Telethon writes padding; some tools drop it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A Telegram authorisation: the data centre, its address, and the key to it.
#[derive(Clone)]
pub struct LoginString {
    pub dc: u8,
    pub address: SocketAddr,
    key: std::sync::Arc<SecretBox<[u8; KEY]>>,
}

impl LoginString {
    pub fn new(dc: u8, address: SocketAddr, key: [u8; KEY]) -> LoginString {
        LoginString { dc, address, key: std::sync::Arc::new(SecretBox::new(Box::new(key))) }
    }

    /// Parses the string. The error describes its form, and never quotes it.
    pub fn parse(text: &SecretString) -> Result<LoginString> {
        let wrong = |what: &str| {
            Error::config(format!("TG_STRING_SESSION is not a login string: {what}"))
                .hint("It is one long line that starts with 1, as Telethon's StringSession prints it.")
        };
        let text: Zeroizing<String> =
            text.expose_secret().chars().filter(|c| !c.is_whitespace()).collect::<String>().into();
        let rest = text.strip_prefix(VERSION).ok_or_else(|| wrong("it does not start with 1"))?;
        let bytes =
            Zeroizing::new(BASE64.decode(rest).map_err(|_| wrong("it has characters that do not belong there"))?);
        let (address, rest): (IpAddr, &[u8]) = match bytes.len() {
            263 => (<[u8; 4]>::try_from(&bytes[1..5]).unwrap_or_default().into(), &bytes[5..]),
            275 => (<[u8; 16]>::try_from(&bytes[1..17]).unwrap_or_default().into(), &bytes[17..]),
            other => return Err(wrong(&format!("it holds {other} bytes, not 263 or 275; was it cut?"))),
        };
        let port = u16::from_be_bytes([rest[0], rest[1]]);
        let mut key = [0; KEY];
        key.copy_from_slice(&rest[2..]);
        match bytes[0] {
            dc @ 1..=5 if port > 0 => Ok(LoginString::new(dc, SocketAddr::new(address, port), key)),
            1..=5 => Err(wrong("its port is 0")),
            dc => Err(wrong(&format!("data centre {dc} does not exist"))),
        }
    }

    /// Writes the string in exactly the form that [`LoginString::parse`] reads.
    pub fn print(&self) -> SecretString {
        let mut bytes = Zeroizing::new(vec![self.dc]);
        match self.address.ip() {
            IpAddr::V4(ip) => bytes.extend(ip.octets()),
            IpAddr::V6(ip) => bytes.extend(ip.octets()),
        }
        bytes.extend(self.address.port().to_be_bytes());
        bytes.extend(self.key());
        SecretString::from(format!("{VERSION}{}", BASE64.encode(&*bytes)))
    }

    /// A warning if the address is none of Telegram's: whoever answers there gets what is sent with this login.
    pub fn warning(&self) -> Option<String> {
        let ip = self.address.ip().to_canonical();
        let is_telegrams = TELEGRAM.iter().any(|(network, bits)| contains(*network, *bits, ip));
        (!is_telegrams).then(|| format!("this login connects to {ip}, not to Telegram"))
    }

    pub(super) fn key(&self) -> &[u8; KEY] {
        self.key.expose_secret()
    }
}

/// Telegram's networks, as <https://core.telegram.org/resources/cidr.txt> lists them: address and bits of the prefix.
const TELEGRAM: [(IpAddr, u32); 14] = [
    (v4(91, 105, 192, 0), 23),
    (v4(91, 108, 4, 0), 22),
    (v4(91, 108, 8, 0), 22),
    (v4(91, 108, 12, 0), 22),
    (v4(91, 108, 16, 0), 22),
    (v4(91, 108, 20, 0), 22),
    (v4(91, 108, 56, 0), 22),
    (v4(149, 154, 160, 0), 20),
    (v4(185, 76, 151, 0), 24),
    (v6(0x2001, 0x67c, 0x4e8), 48),
    (v6(0x2001, 0xb28, 0xf23c), 48),
    (v6(0x2001, 0xb28, 0xf23d), 48),
    (v6(0x2001, 0xb28, 0xf23f), 48),
    (v6(0x2a0a, 0xf280, 0), 32),
];

const fn v4(a: u8, b: u8, c: u8, d: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

const fn v6(a: u16, b: u16, c: u16) -> IpAddr {
    IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
}

/// Whether `ip` begins with the first `bits` bits of `network`.
fn contains(network: IpAddr, bits: u32, ip: IpAddr) -> bool {
    match (network, ip) {
        (IpAddr::V4(network), IpAddr::V4(ip)) => (network.to_bits() ^ ip.to_bits()).leading_zeros() >= bits,
        (IpAddr::V6(network), IpAddr::V6(ip)) => (network.to_bits() ^ ip.to_bits()).leading_zeros() >= bits,
        _ => false,
    }
}

impl fmt::Debug for LoginString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoginString(dc {} at {})", self.dc, self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_printed_reads_back(dc in 1..=5u8, ip: IpAddr, port in 1..u16::MAX, seed: [u8; 32]) {
            let key: [u8; KEY] = std::array::from_fn(|i| seed[i % 32].wrapping_add(i as u8));
            let login = LoginString::new(dc, SocketAddr::new(ip, port), key);
            let text = login.print();
            let again = LoginString::parse(&text).unwrap();
            prop_assert_eq!((again.dc, again.address, again.key()), (dc, login.address, &key));
            // Padding is optional.
            let bare = text.expose_secret().trim_end_matches('=').to_owned();
            prop_assert!(LoginString::parse(&bare.into()).is_ok());
        }

        #[test]
        fn garbage_is_refused_and_not_repeated(text in "\\PC{0,400}") {
            if let Err(error) = LoginString::parse(&text.clone().into()) {
                prop_assert!(text.len() < 8 || !error.to_string().contains(&text));
            }
        }
    }

    /// CASES X1.
    #[test]
    fn an_address_that_is_none_of_telegrams_is_named() {
        let warning = |ip: &str| LoginString::new(2, SocketAddr::new(ip.parse().unwrap(), 443), [1; KEY]).warning();
        // The data centres, as Telegram's own clients have them, the edges of its networks, and a v4 address in v6 form.
        for ip in [
            "149.154.175.53",
            "149.154.167.51",
            "149.154.175.100",
            "149.154.167.91",
            "91.108.56.130",
            "149.154.160.0",
            "149.154.175.255",
            "91.105.193.255",
            "2001:b28:f23d:f001::a",
            "2001:67c:4e8:f002::a",
            "2001:b28:f23f:f005::a",
            "2a0a:f280:203:a:5000::100",
            "::ffff:149.154.167.51",
        ] {
            assert_eq!(warning(ip), None, "{ip}");
        }
        assert_eq!(warning("127.0.0.1").unwrap(), "this login connects to 127.0.0.1, not to Telegram");
        for ip in ["149.154.159.255", "149.154.176.0", "91.108.60.0", "8.8.8.8", "::1", "2001:b28:f23e::1", "::"] {
            assert!(warning(ip).unwrap().contains("not to Telegram"), "{ip}");
        }
    }

    #[test]
    fn telethons_form_is_exact() {
        // 2, 149.154.167.51, 443, and a key of 0, 1, 2 …
        let login = LoginString::new(2, "149.154.167.51:443".parse().unwrap(), std::array::from_fn(|i| i as u8));
        let text = login.print();
        assert!(text.expose_secret().starts_with("1ApWapzMBuwABAgMEBQYHCAkKCwwNDg8QERITFBUW"));
        assert_eq!(text.expose_secret().len(), 353);
        assert_eq!(format!("{login:?}"), "LoginString(dc 2 at 149.154.167.51:443)");
    }
}
