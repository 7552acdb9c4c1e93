//! The full transport, which the library uses: frames of length, sequence number, payload and CRC-32.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// The longest frame, in bytes: the size of the library's buffer.
pub(super) const MAX_FRAME: usize = 1024 * 1024 + 8 * 1024;

/// Puts `payload` into a frame.
pub fn frame(payload: &[u8], sequence: u32) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 12);
    frame.extend((payload.len() as u32 + 12).to_le_bytes());
    frame.extend(sequence.to_le_bytes());
    frame.extend(payload);
    frame.extend(crc32fast::hash(&frame).to_le_bytes());
    frame
}

/// The payload of the next frame. The frame comes from this process, so its checksum is not checked.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let length = usize::try_from(stream.read_u32_le().await?).unwrap_or(usize::MAX);
    if !(12..=MAX_FRAME).contains(&length) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut rest = vec![0; length - 4];
    stream.read_exact(&mut rest).await?;
    rest.truncate(length - 8);
    Ok(rest.split_off(4))
}
