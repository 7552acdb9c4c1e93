//! The login string `TG_STRING_SESSION`: read and written in Telethon's form, and read in Pyrogram's and GramJS's
//! (rules §5.1).
//!
//! ```text
//! Telethon  1, URL-safe base64 of: data centre 1, address 4 or 16, port 2, key 256
//! GramJS    1, base64 of:          data centre 1, length 2, address as text, port 2, key 256
//! Pyrogram  URL-safe base64 of:    data centre 1, [API id 4], test server 1, key 256, account 4 or 8, bot 1
//! ```

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox, SecretString};

use super::reach::built_in_addresses;
use crate::error::{Error, Result};

/// The first character of Telethon's and GramJS's strings.
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

/// The parts of a decoded string. The address is `None` if the form has no address, or one that can't be dialled.
struct Parts<'a> {
    dc: u8,
    address: Option<SocketAddr>,
    key: &'a [u8],
}

impl LoginString {
    pub fn new(dc: u8, address: SocketAddr, key: [u8; KEY]) -> LoginString {
        LoginString { dc, address, key: std::sync::Arc::new(SecretBox::new(Box::new(key))) }
    }

    /// The same authorisation, at another address of its data centre.
    pub fn at(&self, address: SocketAddr) -> LoginString {
        LoginString { address, ..self.clone() }
    }

    /// Whether both are the same authorisation, at any address of the data centre.
    pub fn is_same_login(&self, other: &LoginString) -> bool {
        self.dc == other.dc && self.key() == other.key()
    }

    /// Parses the string, without quotes and blanks around it. The error describes the string's form, and never quotes
    /// it.
    pub fn parse(text: &SecretString) -> Result<LoginString> {
        LoginString::read(text.expose_secret()).map_err(|what| {
            Error::config(format!("TG_STRING_SESSION is not a login string: {what}"))
                .hint("It is one long line, as the StringSession of Telethon, Pyrogram or GramJS prints it.")
                .command("For a new one", "swf session qr")
        })
    }

    fn read(text: &str) -> Result<LoginString, String> {
        let text: Zeroizing<String> =
            unquoted(text).chars().filter(|c| !c.is_whitespace()).map(to_url_safe).collect::<String>().into();
        let body = match text.strip_prefix(VERSION) {
            Some(rest) => rest,
            None if text.starts_with(['A', 'B']) => &text,
            None if text.is_empty() => return Err("it is empty".into()),
            None => return Err(format!("it does not start with {VERSION}")),
        };
        let bytes = Zeroizing::new(BASE64.decode(body).map_err(|error| match error {
            DecodeError::InvalidByte(..) => "it has characters that do not belong there",
            _ => "its end is missing; perhaps it was cut off",
        })?);
        let is_pyrogram = body.len() == text.len();
        let Parts { dc, address, key } = if is_pyrogram { pyrogram(&bytes)? } else { telethon_or_gramjs(&bytes)? };
        let address = match (address, built_in_addresses(dc)) {
            (_, None) => return Err(format!("data centre {dc} does not exist")),
            (Some(address), _) => address,
            (None, Some([first, _])) => first,
        };
        let key = <[u8; KEY]>::try_from(key).map_err(|_| "its key is incomplete")?;
        Ok(LoginString::new(dc, address, key))
    }

    /// Writes the string in Telethon's form.
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

    /// A warning if the address is not Telegram's: a server at that address receives everything that is sent with this
    /// login.
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

/// Removes quotes, blanks and marks around the string that were copied with it.
fn unquoted(text: &str) -> &str {
    text.trim_matches(|c: char| !(c.is_ascii_alphanumeric() || "-_+/=".contains(c)))
}

/// GramJS uses the standard alphabet of base64.
fn to_url_safe(c: char) -> char {
    match c {
        '+' => '-',
        '/' => '_',
        c => c,
    }
}

fn telethon_or_gramjs(bytes: &[u8]) -> Result<Parts<'_>, String> {
    if let Some(parts) = gramjs(bytes) {
        return Ok(parts);
    }
    let (ip, rest): (IpAddr, &[u8]) = match bytes.len() {
        263 => (<[u8; 4]>::try_from(&bytes[1..5]).unwrap_or_default().into(), &bytes[5..]),
        275 => (<[u8; 16]>::try_from(&bytes[1..17]).unwrap_or_default().into(), &bytes[17..]),
        other => return Err(format!("it has {other} bytes, but Telethon's have 263 or 275; perhaps it was cut off")),
    };
    Ok(Parts { dc: bytes[0], address: address(ip, &rest[..2]), key: &rest[2..] })
}

/// `None` if this is not GramJS's form, in which the address is a text with its length before it.
fn gramjs(bytes: &[u8]) -> Option<Parts<'_>> {
    let (&dc, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (text, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    let (port, key) = rest.split_at_checked(2)?;
    let text = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()))?;
    // In a browser the address is the name of a host with WebSocket, which can't be used.
    let address = text.parse().ok().and_then(|ip| address(ip, port));
    (!text.is_empty() && key.len() == KEY).then_some(Parts { dc, address, key })
}

fn pyrogram(bytes: &[u8]) -> Result<Parts<'_>, String> {
    // The form with an API id, and two older forms without it.
    let flag = match bytes.len() {
        271 => 5,
        263 | 267 => 1,
        other => {
            return Err(format!(
                "it starts like Pyrogram's, but has {other} bytes instead of 271, 267 or 263; perhaps it was cut off"
            ));
        }
    };
    if bytes[flag] != 0 {
        return Err("it belongs to a test server of Telegram".into());
    }
    Ok(Parts { dc: bytes[0], address: None, key: &bytes[flag + 1..flag + 1 + KEY] })
}

/// `None` if the address can't be dialled: early versions of swf wrote such addresses for IPv6.
fn address(ip: IpAddr, port: &[u8]) -> Option<SocketAddr> {
    let port = u16::from_be_bytes([port[0], port[1]]);
    (port > 0 && !ip.is_unspecified()).then(|| SocketAddr::new(ip, port))
}

impl fmt::Debug for LoginString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoginString(dc {} at {})", self.dc, self.address)
    }
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn key() -> [u8; KEY] {
        std::array::from_fn(|i| (i as u8).wrapping_mul(251))
    }

    fn parse(text: impl Into<String>) -> Result<LoginString> {
        LoginString::parse(&SecretString::from(text.into()))
    }

    fn gramjs(dc: u8, address: &str, port: u16) -> String {
        let length = (address.len() as u16).to_be_bytes();
        let bytes = [&[dc][..], &length, address.as_bytes(), &port.to_be_bytes(), &key()].concat();
        format!("1{}", BASE64_STANDARD.encode(bytes))
    }

    /// The form that Python's `struct` packs with `>BI?256sQ?`, or with one of the older `>B?256sQ?` and `>B?256sI?`.
    fn pyrogram(dc: u8, api_id: Option<u32>, test: u8, account: &[u8]) -> String {
        let api_id = api_id.map_or(Vec::new(), |id| id.to_be_bytes().to_vec());
        BASE64_URL_SAFE_NO_PAD.encode([&[dc][..], &api_id, &[test], &key(), account, &[0]].concat())
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(dc in 1..=5u8, ip: IpAddr, port in 1..u16::MAX, seed: [u8; 32]) {
            prop_assume!(!ip.is_unspecified());
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

        /// No bytes make it panic.
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(format!("1{}", BASE64_URL_SAFE.encode(&bytes)));
            let _ = parse(BASE64_URL_SAFE_NO_PAD.encode(&bytes));
        }
    }

    /// CASES X1.
    #[test]
    fn an_address_that_is_none_of_telegrams_is_named() {
        let warning = |ip: &str| LoginString::new(2, SocketAddr::new(ip.parse().unwrap(), 443), [1; KEY]).warning();
        // The data centres as in Telegram's own clients, the edges of its networks, and an IPv4 address in IPv6 form.
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
        // Data centre 2, 149.154.167.51, port 443, and a key of the bytes 0, 1, 2 …
        let login = LoginString::new(2, "149.154.167.51:443".parse().unwrap(), std::array::from_fn(|i| i as u8));
        let text = login.print();
        assert!(text.expose_secret().starts_with("1ApWapzMBuwABAgMEBQYHCAkKCwwNDg8QERITFBUW"));
        assert_eq!(text.expose_secret().len(), 353);
        assert_eq!(format!("{login:?}"), "LoginString(dc 2 at 149.154.167.51:443)");
    }

    /// CASES T12.
    #[test]
    fn gramjs_strings_are_read() {
        for (address, port, expected) in [
            // As long as Telethon's string with an IPv6 address.
            ("149.154.167.51", 80, "149.154.167.51:80"),
            ("91.108.56.165", 443, "91.108.56.165:443"),
            ("2001:67c:4e8:f002::a", 443, "[2001:67c:4e8:f002::a]:443"),
            // The form of a browser.
            ("kws2.web.telegram.org", 443, "149.154.167.41:443"),
            ("149.154.167.51", 0, "149.154.167.41:443"),
        ] {
            let login = parse(gramjs(2, address, port)).unwrap();
            assert_eq!((login.dc, login.address, login.key()), (2, expected.parse().unwrap(), &key()), "{address}");
        }
        assert!(gramjs(2, "149.154.167.51", 80).contains(['+', '/']), "the other alphabet is tested");
    }

    /// CASES T12.
    #[test]
    fn pyrogram_strings_are_read_with_the_built_in_address() {
        let long = 5_000_000_000_u64.to_be_bytes();
        for (text, length) in [
            (pyrogram(2, Some(123_456), 0, &long), 362),
            (pyrogram(2, None, 0, &long), 356),
            (pyrogram(2, None, 0, &long[4..]), 351),
        ] {
            assert_eq!(text.len(), length);
            let login = parse(&text).unwrap();
            let expected = (2, "149.154.167.41:443".parse().unwrap(), &key());
            assert_eq!((login.dc, login.address, login.key()), expected);
        }
        assert_eq!(parse(pyrogram(5, Some(1), 0, &long)).unwrap().address, "91.108.56.104:443".parse().unwrap());
    }

    /// CASES T12.
    #[test]
    fn quotes_and_blanks_around_a_string_are_not_part_of_it() {
        let text = LoginString::new(2, "149.154.167.51:443".parse().unwrap(), key()).print();
        let text = text.expose_secret();
        let (first, second) = text.split_at(100);
        for quoted in [
            format!("'{text}'"),
            format!(" \"{text}\"\r\n"),
            format!("“{text}”"),
            format!("„{text}“"),
            format!("‘{text}’"),
            format!("« {text} »"),
            format!("`{text}`,"),
            format!("\u{feff}{text}\u{200b}"),
            format!("{first}\n  {second}"),
        ] {
            assert_eq!(parse(&quoted).unwrap().print().expose_secret(), text, "{quoted}");
        }
    }

    /// CASES T2: earlier versions stored a login over IPv6 like this.
    #[test]
    fn an_address_that_is_none_is_replaced_by_the_built_in_one() {
        for address in ["0.0.0.0:0", "0.0.0.0:443", "[::]:443", "149.154.167.51:0"] {
            let text = LoginString::new(4, address.parse().unwrap(), key()).print();
            let login = LoginString::parse(&text).unwrap();
            assert_eq!((login.address, login.key()), ("149.154.167.92:443".parse().unwrap(), &key()), "{address}");
        }
    }

    #[test]
    fn a_string_that_can_not_be_used_is_named() {
        let reason = |text: String| parse(text).unwrap_err().to_string();
        let whole = LoginString::new(2, "149.154.167.51:443".parse().unwrap(), key()).print();
        let whole = whole.expose_secret();
        for (text, expected) in [
            (String::new(), "it is empty"),
            ("\"\"".into(), "it is empty"),
            ("x".repeat(353), "it does not start with 1"),
            (whole[..300].into(), "perhaps it was cut off"),
            (format!("{}!{}", &whole[..20], &whole[20..]), "characters that do not belong there"),
            (
                LoginString::new(9, "149.154.167.51:443".parse().unwrap(), key()).print().expose_secret().into(),
                "centre 9",
            ),
            (pyrogram(2, Some(1), 1, &[0; 8]), "a test server"),
            (pyrogram(2, Some(1), 0, &[0; 7]), "like Pyrogram's, but has 270 bytes"),
            (pyrogram(0, Some(1), 0, &[0; 8]), "data centre 0 does not exist"),
        ] {
            let said = reason(text);
            assert!(said.contains(expected) && said.contains("swf session qr"), "{said}");
        }
    }
}
