//! Bytes on the wire: the *full* TCP transport and MTProto 2.0 encryption,
//! seen from the server.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use grammers_crypto::aes;
use grammers_tl_types::{Cursor, Deserializable, Identifiable, Serializable, enums, types};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// `gzip_packed#3072cfa1 packed_data:string = Object;`
pub const GZIP_PACKED: u32 = 0x3072_cfa1;
/// `msg_container#73f1f8dc messages:vector<%Message> = MessageContainer;`
pub const MSG_CONTAINER: u32 = 0x73f1_f8dc;
/// `rpc_result#f35c6d01 req_msg_id:long result:Object = RpcResult;`
pub const RPC_RESULT: u32 = 0xf35c_6d01;

/// `vector#1cb5c415 {t:Type} # [ t ] = Vector t;`
const VECTOR: u32 = 0x1cb5_c415;
/// A constructor that is not an `Update` in any layer.
const UNKNOWN_UPDATE: u32 = 0x5eed_0bad;

/// The longest frame that the server reads, in bytes. The real server's limit is the same, about 1 MiB.
pub const LONGEST_FRAME: usize = 1 << 20;
/// The maximum size of an unpacked `gzip_packed`, in bytes.
const LONGEST_UNPACKED: u64 = 10 << 20;

/// Transport error: the auth key is unknown (or unusable).
pub const UNKNOWN_KEY: i32 = -404;

pub type KeyId = [u8; 8];

/// A 2048-bit authorisation key.
#[derive(Clone)]
pub struct AuthKey {
    pub bytes: [u8; 256],
    pub id: KeyId,
}

impl AuthKey {
    pub fn new(bytes: [u8; 256]) -> Self {
        let hash = Sha1::digest(bytes);
        let mut id = [0; 8];
        id.copy_from_slice(&hash[12..20]);
        Self { bytes, id }
    }

    pub fn random() -> Self {
        let mut bytes = [0; 256];
        fill_random(&mut bytes);
        Self::new(bytes)
    }
}

/// Fills the buffer with random bytes of the system.
pub fn fill_random(buffer: &mut [u8]) {
    getrandom::fill(buffer).expect("the system gives random bytes");
}

pub fn random_i64() -> i64 {
    let mut bytes = [0; 8];
    fill_random(&mut bytes);
    i64::from_le_bytes(bytes)
}

/// A container with one more update, whose constructor no client knows. As its length is unknown too, nothing after it
/// can be read.
///
/// # Panics
///
/// If it is not an `updates` container.
pub fn unreadable(container: enums::Updates) -> Vec<u8> {
    let enums::Updates::Updates(container) = container else {
        panic!("not a whole container: {container:?}");
    };
    let mut bytes = types::Updates::CONSTRUCTOR_ID.to_bytes();
    VECTOR.serialize(&mut bytes);
    (container.updates.len() as u32 + 1).serialize(&mut bytes);
    container.updates.iter().for_each(|update| update.serialize(&mut bytes));
    UNKNOWN_UPDATE.serialize(&mut bytes);
    container.users.serialize(&mut bytes);
    container.chats.serialize(&mut bytes);
    container.date.serialize(&mut bytes);
    container.seq.serialize(&mut bytes);
    bytes
}

/// The direction of a message. It decides which bytes of the key are used.
#[derive(Clone, Copy)]
enum Way {
    FromClient = 0,
    FromServer = 8,
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

fn message_key(key: &AuthKey, plaintext: &[u8], way: Way) -> [u8; 16] {
    let x = way as usize;
    let large = sha256(&[&key.bytes[88 + x..120 + x], plaintext]);
    let mut msg_key = [0; 16];
    msg_key.copy_from_slice(&large[8..24]);
    msg_key
}

fn cipher_key(key: &AuthKey, msg_key: &[u8; 16], way: Way) -> ([u8; 32], [u8; 32]) {
    let x = way as usize;
    let a = sha256(&[msg_key, &key.bytes[x..x + 36]]);
    let b = sha256(&[&key.bytes[40 + x..76 + x], msg_key]);
    let mut aes_key = [0; 32];
    aes_key[..8].copy_from_slice(&a[..8]);
    aes_key[8..24].copy_from_slice(&b[8..24]);
    aes_key[24..].copy_from_slice(&a[24..]);
    let mut aes_iv = [0; 32];
    aes_iv[..8].copy_from_slice(&b[..8]);
    aes_iv[8..24].copy_from_slice(&a[8..24]);
    aes_iv[24..].copy_from_slice(&b[24..]);
    (aes_key, aes_iv)
}

/// Decrypts a client's payload (with its key id and message key in front) and
/// checks the message key. `None` if it is not a message under this key.
pub fn open(key: &AuthKey, payload: &mut [u8]) -> Option<Vec<u8>> {
    if payload.len() < 24 + 32 || !(payload.len() - 24).is_multiple_of(16) {
        return None;
    }
    let msg_key: [u8; 16] = payload[8..24].try_into().ok()?;
    let (aes_key, aes_iv) = cipher_key(key, &msg_key, Way::FromClient);
    let body = &mut payload[24..];
    aes::ige_decrypt(body, &aes_key, &aes_iv);
    (message_key(key, body, Way::FromClient) == msg_key).then(|| body.to_vec())
}

/// Encrypts a server's plaintext (salt, session id and message) and wraps it
/// in a frame of the full transport with this sequence number.
pub fn seal(key: &AuthKey, mut plaintext: Vec<u8>, sequence: i32) -> Vec<u8> {
    let padding = 12 + (16 - (plaintext.len() + 12) % 16) % 16;
    let start = plaintext.len();
    plaintext.resize(start + padding, 0);
    fill_random(&mut plaintext[start..]);
    let msg_key = message_key(key, &plaintext, Way::FromServer);
    let (aes_key, aes_iv) = cipher_key(key, &msg_key, Way::FromServer);
    aes::ige_encrypt(&mut plaintext, &aes_key, &aes_iv);
    frame(&[&key.id, &msg_key, &plaintext], sequence)
}

/// A frame of the full transport: length, sequence number, payload, CRC-32.
pub fn frame(payload: &[&[u8]], sequence: i32) -> Vec<u8> {
    let length = 12 + payload.iter().map(|part| part.len()).sum::<usize>();
    let mut frame = Vec::with_capacity(length);
    (length as i32).serialize(&mut frame);
    sequence.serialize(&mut frame);
    for part in payload {
        frame.extend_from_slice(part);
    }
    crc32fast::hash(&frame).serialize(&mut frame);
    frame
}

/// Why a frame is invalid.
#[derive(Debug, PartialEq, Eq)]
pub enum BadFrame {
    Length(i32),
    Sequence { expected: i32, got: i32 },
    Checksum,
}

/// Checks the first four bytes of a frame; returns the length of the whole frame.
pub fn frame_length(prefix: [u8; 4]) -> Result<usize, BadFrame> {
    let length = i32::from_le_bytes(prefix);
    match usize::try_from(length) {
        Ok(n) if (16..=LONGEST_FRAME).contains(&n) && n.is_multiple_of(4) => Ok(n),
        _ => Err(BadFrame::Length(length)),
    }
}

/// Checks a whole frame; returns its payload.
pub fn unframe(frame: &mut [u8], expected: i32) -> Result<&mut [u8], BadFrame> {
    let end = frame.len() - 4;
    let crc = u32::from_le_bytes(frame[end..].try_into().map_err(|_| BadFrame::Checksum)?);
    if crc != crc32fast::hash(&frame[..end]) {
        return Err(BadFrame::Checksum);
    }
    let got = i32::from_le_bytes(frame[4..8].try_into().map_err(|_| BadFrame::Checksum)?);
    if got != expected {
        return Err(BadFrame::Sequence { expected, got });
    }
    Ok(&mut frame[8..end])
}

/// The object in a `gzip_packed` whose constructor id has been read.
pub fn gunzip(cursor: &mut Cursor) -> Option<Vec<u8>> {
    let packed = Vec::<u8>::deserialize(cursor).ok()?;
    let mut object = Vec::new();
    GzDecoder::new(&packed[..]).take(LONGEST_UNPACKED).read_to_end(&mut object).ok()?;
    Some(object)
}

/// The object, as `gzip_packed` if that is shorter.
pub fn gzip_if_shorter(object: Vec<u8>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let packed = encoder.write_all(&object).and_then(|()| encoder.finish()).expect("writing to memory succeeds");
    if packed.len() + 8 >= object.len() {
        return object;
    }
    let mut out = GZIP_PACKED.to_bytes();
    packed.serialize(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_checked() {
        let mut good = frame(&[b"12345678"], 3);
        assert_eq!(frame_length(good[..4].try_into().unwrap()), Ok(20));
        assert_eq!(unframe(&mut good.clone(), 2), Err(BadFrame::Sequence { expected: 2, got: 3 }));
        assert_eq!(unframe(&mut good, 3).unwrap(), b"12345678");
        good[9] ^= 1;
        assert_eq!(unframe(&mut good, 3), Err(BadFrame::Checksum));
        assert_eq!(frame_length([0xef, 0, 0, 0]), Err(BadFrame::Length(0xef)));
    }

    #[test]
    fn a_container_is_unreadable_from_its_last_update_on() {
        let known: enums::Update = types::UpdateChannel { channel_id: 7 }.into();
        let container = types::Updates { updates: vec![known.clone()], users: vec![], chats: vec![], date: 5, seq: 0 };
        let bytes = unreadable(container.into());
        // The bytes are: constructor, vector, count, then the updates.
        let mut cursor = Cursor::from_slice(&bytes[12..]);
        assert_eq!(enums::Update::deserialize(&mut cursor), Ok(known));
        let unknown = grammers_tl_types::deserialize::Error::UnexpectedConstructor { id: UNKNOWN_UPDATE };
        assert_eq!(enums::Update::deserialize(&mut cursor), Err(unknown.clone()));
        assert_eq!(enums::Updates::from_bytes(&bytes), Err(unknown));
        // Without the unknown update, the rest is a valid container.
        let length = bytes.len();
        let rest: Vec<u8> = [&bytes[..8], &1_u32.to_le_bytes(), &bytes[12..24], &bytes[28..]].concat();
        assert_eq!((rest.len(), enums::Updates::from_bytes(&rest).is_ok()), (length - 4, true));
    }

    #[test]
    fn gzip_is_undone() {
        let object = vec![7; 4096];
        let packed = gzip_if_shorter(object.clone());
        let mut cursor = Cursor::from_slice(&packed);
        assert_eq!(u32::deserialize(&mut cursor).unwrap(), GZIP_PACKED);
        assert_eq!(gunzip(&mut cursor).unwrap(), object);
        assert_eq!(gzip_if_shorter(vec![1, 2, 3, 4]), [1, 2, 3, 4]);
    }
}
