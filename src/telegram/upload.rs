//! Uploads a picture for one message.

use grammers_client::tl;
use sha2::{Digest, Sha256};

use super::call_error::{CallError, refusals};
use super::connection::Caller;
use super::group::Addressee;

/// Telegram accepts files in parts of at most this size. Pictures of swf have one part.
const PART_BYTES: usize = 512 * 1024;
/// How many times a picture is uploaded for one attempt at a message.
pub const MAX_UPLOADS: u8 = 3;

/// A picture that was uploaded, and that one message can show.
#[derive(Clone, Debug)]
pub struct Photo(pub(super) tl::enums::InputMedia);

/// Uploads a PNG, to be shown in a chat. `upload` counts the tries: the parts of each try belong to a different file.
pub async fn photo(caller: &Caller, chat: &Addressee, png: &[u8], upload: u8) -> Result<Photo, CallError> {
    let id = file_id(png, upload);
    let parts: Vec<&[u8]> = png.chunks(PART_BYTES).collect();
    for (part, bytes) in (0..).zip(&parts) {
        let request = tl::functions::upload::SaveFilePart { file_id: id, file_part: part, bytes: bytes.to_vec() };
        caller.call(&request).await?;
    }
    let file =
        tl::types::InputFile { id, parts: parts.len() as i32, name: "board.png".into(), md5_checksum: String::new() };
    let media = tl::types::InputMediaUploadedPhoto {
        spoiler: false,
        live_photo: false,
        file: file.into(),
        stickers: None,
        ttl_seconds: None,
        video: None,
    };
    let request = tl::functions::messages::UploadMedia {
        business_connection_id: None,
        peer: chat.0.clone(),
        media: media.into(),
    };
    let answer = caller.call(&request).await?;
    let tl::enums::MessageMedia::Photo(tl::types::MessageMediaPhoto {
        photo: Some(tl::enums::Photo::Photo(photo)),
        ..
    }) = answer
    else {
        return Err(CallError::lost_upload());
    };
    let tl::types::Photo { id, access_hash, file_reference, .. } = photo;
    let id = tl::types::InputPhoto { id, access_hash, file_reference }.into();
    let media = tl::types::InputMediaPhoto { spoiler: false, live_photo: false, id, ttl_seconds: None, video: None };
    Ok(Photo(media.into()))
}

/// Whether Telegram does not have the uploaded file any more, so that it has to be uploaded again.
pub fn is_lost(error: &CallError) -> bool {
    error.is(refusals::LOST_UPLOAD)
}

/// An id for the file: the same for the same picture and try.
fn file_id(png: &[u8], upload: u8) -> i64 {
    let hash = Sha256::new().chain_update(png).chain_update([upload]).finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_le_bytes(first)
}
