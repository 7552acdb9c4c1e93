//! Uploaded files, and the photos that are made of them. Both are kept for a while only.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use grammers_tl_types::{enums, types};

use crate::FakeTelegram;
use crate::world::{Id, RpcError, World};

/// In bytes.
const LARGEST_PART: usize = 512 * 1024;
const MOST_PARTS: i32 = 4000;
/// The oldest files are removed first.
const KEPT_FILES: usize = 64;
const KEPT_PHOTOS: usize = 64;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Part of the access hash of a photo, together with its id.
const MARK: i64 = 0x5eed_f070;

/// The bytes of a picture.
pub type Picture = Arc<[u8]>;

/// A file of an account, part by part.
struct File {
    owner: Id,
    id: i64,
    parts: BTreeMap<i32, Vec<u8>>,
}

/// A picture that was uploaded, and that messages can refer to.
struct Photo {
    owner: Id,
    id: i64,
    reference: Vec<u8>,
    bytes: Picture,
}

#[derive(Default)]
pub struct Pictures {
    files: VecDeque<File>,
    photos: VecDeque<Photo>,
    last_photo: i64,
    /// How many of the next parts are lost.
    lost_parts: u32,
}

impl Pictures {
    pub fn save(&mut self, owner: Id, id: i64, part: i32, bytes: Vec<u8>) -> Result<(), RpcError> {
        match bytes.len() {
            0 => return Err(RpcError::bad("FILE_PART_EMPTY")),
            size if size > LARGEST_PART => return Err(RpcError::bad("FILE_PART_TOO_BIG")),
            _ => {}
        }
        if !(0..MOST_PARTS).contains(&part) {
            return Err(RpcError::bad("FILE_PART_INVALID"));
        }
        if self.lost_parts > 0 {
            self.lost_parts -= 1;
            return Ok(());
        }
        let at = self.files.iter().position(|file| (file.owner, file.id) == (owner, id)).unwrap_or_else(|| {
            self.files.push_back(File { owner, id, parts: BTreeMap::new() });
            if self.files.len() > KEPT_FILES {
                self.files.pop_front();
            }
            self.files.len() - 1
        });
        self.files[at].parts.insert(part, bytes);
        Ok(())
    }

    /// The bytes of the picture that a client refers to.
    pub fn named(&self, me: Id, media: &enums::InputMedia) -> Result<Picture, RpcError> {
        match media {
            enums::InputMedia::UploadedPhoto(photo) => self.file(me, &photo.file),
            enums::InputMedia::Photo(photo) => self.photo(me, &photo.id),
            _ => Err(RpcError::bad("MEDIA_INVALID")),
        }
    }

    fn file(&self, me: Id, file: &enums::InputFile) -> Result<Picture, RpcError> {
        let enums::InputFile::File(file) = file else { return Err(RpcError::bad("MEDIA_INVALID")) };
        let known = self.files.iter().find(|known| (known.owner, known.id) == (me, file.id));
        if !(1..=MOST_PARTS).contains(&file.parts) {
            return Err(RpcError::bad("FILE_PARTS_INVALID"));
        }
        let mut bytes = Vec::new();
        for part in 0..file.parts {
            match known.and_then(|known| known.parts.get(&part)) {
                Some(more) => bytes.extend(more),
                None => return Err(RpcError::bad(&format!("FILE_PART_{part}_MISSING"))),
            }
        }
        if bytes.starts_with(PNG) { Ok(bytes.into()) } else { Err(RpcError::bad("IMAGE_PROCESS_FAILED")) }
    }

    fn photo(&self, me: Id, photo: &enums::InputPhoto) -> Result<Picture, RpcError> {
        let enums::InputPhoto::Photo(photo) = photo else { return Err(RpcError::bad("MEDIA_EMPTY")) };
        let known = self.photos.iter().find(|known| (known.owner, known.id) == (me, photo.id));
        match known.filter(|known| photo.access_hash == known.id ^ MARK) {
            None => Err(RpcError::bad("MEDIA_EMPTY")),
            Some(known) if known.reference != photo.file_reference => Err(RpcError::bad("FILE_REFERENCE_EXPIRED")),
            Some(known) => Ok(Arc::clone(&known.bytes)),
        }
    }

    /// Stores uploaded bytes as a photo.
    pub fn keep(&mut self, owner: Id, bytes: Picture, date: i64) -> enums::MessageMedia {
        self.last_photo += 1;
        let id = self.last_photo;
        let reference = format!("reference of photo {id}").into_bytes();
        let media = media(id, &reference, bytes.len(), date);
        self.photos.push_back(Photo { owner, id, reference, bytes });
        if self.photos.len() > KEPT_PHOTOS {
            self.photos.pop_front();
        }
        media
    }
}

/// A photo in the form that clients get.
pub fn media(id: i64, reference: &[u8], size: usize, date: i64) -> enums::MessageMedia {
    let size = types::PhotoSize { r#type: "y".into(), w: 1080, h: 1080, size: size as i32 };
    let photo = types::Photo {
        has_stickers: false,
        id,
        access_hash: id ^ MARK,
        file_reference: reference.to_vec(),
        date: date as i32,
        sizes: vec![size.into()],
        video_sizes: None,
        dc_id: crate::rpc::DC,
    };
    types::MessageMediaPhoto {
        spoiler: false,
        live_photo: false,
        photo: Some(photo.into()),
        ttl_seconds: None,
        video: None,
    }
    .into()
}

impl World {
    /// Whether an account may send pictures to a user or group. Whether it may write there at all is not checked.
    pub fn may_send_pictures(&self, me: Id, to: Id) -> Result<(), RpcError> {
        let is_forbidden = self.groups.get(&to).is_some_and(|group| group.pictures_forbidden && !group.is_admin(me));
        if is_forbidden { Err(RpcError::new(403, "CHAT_SEND_PHOTOS_FORBIDDEN")) } else { Ok(()) }
    }
}

impl FakeTelegram {
    /// Lets only admins send pictures: 403 `CHAT_SEND_PHOTOS_FORBIDDEN` for others, who may still write.
    pub fn forbid_pictures(&self, group: Id, on: bool) {
        self.change(|world| world.group_mut(group).pictures_forbidden = on);
    }
}

impl crate::Faults<'_> {
    /// Loses the next `n` parts of files that are saved. A request that uses such a file gets `FILE_PART_X_MISSING`.
    pub fn lose_parts(&self, n: u32) {
        self.telegram.change(|world| world.pictures.lost_parts = n);
    }
}
