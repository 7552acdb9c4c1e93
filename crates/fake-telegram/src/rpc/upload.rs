//! Uploading pictures. Nothing else is served.

use grammers_tl_types::{enums, functions};

use super::{Answer, Caller};
use crate::world::World;

pub fn save_file_part(world: &mut World, caller: &Caller, request: functions::upload::SaveFilePart) -> Answer<bool> {
    world.pictures.save(caller.me, request.file_id, request.file_part, request.bytes).map(|()| true)
}

pub fn upload_media(
    world: &mut World,
    caller: &Caller,
    request: functions::messages::UploadMedia,
) -> Answer<enums::MessageMedia> {
    let to = world.input_peer(caller.me, &request.peer)?;
    world.may_write(caller.me, to)?;
    world.may_send_pictures(caller.me, to)?;
    let bytes = world.pictures.named(caller.me, &request.media)?;
    let now = world.now();
    Ok(world.pictures.keep(caller.me, bytes, now))
}
