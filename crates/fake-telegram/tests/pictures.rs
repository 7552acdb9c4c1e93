//! Pictures: uploaded, made photos, sent and edited.

mod common;

use common::*;
use grammers_client::tl;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nfirst";

fn part(file_id: i64, file_part: i32, bytes: &[u8]) -> tl::functions::upload::SaveFilePart {
    tl::functions::upload::SaveFilePart { file_id, file_part, bytes: bytes.to_vec() }
}

fn uploaded(id: i64, parts: i32) -> tl::enums::InputMedia {
    let file = tl::types::InputFile { id, parts, name: "board.png".into(), md5_checksum: String::new() };
    tl::types::InputMediaUploadedPhoto {
        spoiler: false,
        live_photo: false,
        file: file.into(),
        stickers: None,
        ttl_seconds: None,
        video: None,
    }
    .into()
}

fn upload(peer: tl::enums::InputPeer, media: tl::enums::InputMedia) -> tl::functions::messages::UploadMedia {
    tl::functions::messages::UploadMedia { business_connection_id: None, peer, media }
}

/// Refers to the photo of an answer; with another file reference, if one is given.
fn named(answer: tl::enums::MessageMedia, reference: Option<&[u8]>) -> tl::enums::InputMedia {
    let tl::enums::MessageMedia::Photo(media) = answer else { panic!("no photo") };
    let Some(tl::enums::Photo::Photo(photo)) = media.photo else { panic!("an empty photo") };
    let file_reference = reference.map_or(photo.file_reference, <[u8]>::to_vec);
    let id = tl::types::InputPhoto { id: photo.id, access_hash: photo.access_hash, file_reference }.into();
    tl::types::InputMediaPhoto { spoiler: false, live_photo: false, id, ttl_seconds: None, video: None }.into()
}

fn picture(
    peer: tl::enums::InputPeer,
    media: tl::enums::InputMedia,
    caption: &str,
    random_id: i64,
) -> tl::functions::messages::SendMedia {
    tl::functions::messages::SendMedia {
        silent: false,
        background: false,
        clear_draft: false,
        noforwards: false,
        update_stickersets_order: false,
        invert_media: false,
        allow_paid_floodskip: false,
        peer,
        reply_to: None,
        media,
        message: caption.to_owned(),
        random_id,
        reply_markup: None,
        entities: None,
        schedule_date: None,
        schedule_repeat_period: None,
        send_as: None,
        quick_reply_shortcut: None,
        effect: None,
        allow_paid_stars: None,
        suggested_post: None,
    }
}

#[tokio::test]
async fn a_picture_is_one_message_with_texts_of_the_same_random_id() {
    let hall = Hall::open();
    let client = hall.client().await;
    let peer = input_peer(&client.channel("studyhall").await);
    assert_eq!(client.error(&upload(peer.clone(), uploaded(7, 2))).await, "400 FILE_PART_MISSING 0");
    hall.telegram.faults().lose_parts(1);
    client.invoke(&part(7, 0, PNG)).await;
    client.invoke(&part(7, 1, b" second")).await;
    assert_eq!(client.error(&upload(peer.clone(), uploaded(7, 2))).await, "400 FILE_PART_MISSING 0");
    client.invoke(&part(7, 0, PNG)).await;
    let photo = || async { client.invoke(&upload(peer.clone(), uploaded(7, 2))).await };
    let stale = named(photo().await, Some(b"old"));
    assert_eq!(client.error(&picture(peer.clone(), stale, "Board", 5)).await, "400 FILE_REFERENCE_EXPIRED");
    let long = "x".repeat(1025);
    let refused = client.error(&picture(peer.clone(), named(photo().await, None), &long, 5)).await;
    assert_eq!(refused, "400 MEDIA_CAPTION_TOO_LONG");
    client.invoke(&picture(peer.clone(), named(photo().await, None), "Board", 5)).await;
    // The same again, with another photo of the same bytes, and as a text: each is a duplicate.
    client.invoke(&picture(peer.clone(), named(photo().await, None), "Board", 5)).await;
    assert_eq!(hall.telegram.violations(), Vec::<String>::new());
    client.invoke(&text(peer.clone(), "Board", 5)).await;
    let messages = hall.telegram.messages(hall.group);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].picture.as_deref(), Some([PNG, b" second"].concat().as_slice()));

    // A caption is edited like a text. The picture is edited with it, also if it is the same one.
    client.invoke(&edit(peer.clone(), messages[0].id, "Final")).await;
    assert_eq!(client.error(&edit(peer.clone(), messages[0].id, &long)).await, "400 MEDIA_CAPTION_TOO_LONG");
    let media = Some(named(photo().await, None));
    let again = tl::functions::messages::EditMessage { media, ..edit(peer.clone(), messages[0].id, "Final") };
    client.invoke(&again).await;
    assert_eq!(hall.telegram.messages(hall.group)[0].edits, 2);

    hall.telegram.forbid_pictures(hall.group, true);
    let refused = "403 CHAT_SEND_PHOTOS_FORBIDDEN";
    assert_eq!(client.error(&upload(peer.clone(), uploaded(7, 2))).await, refused);
    assert_eq!(client.error(&again).await, refused);
    client.invoke(&text(peer.clone(), "All of it", 6)).await;
    hall.telegram.admin(hall.group, hall.ada, true);
    client.invoke(&again).await;
}

#[tokio::test]
async fn only_pictures_are_taken() {
    let hall = Hall::open();
    let client = hall.client().await;
    let peer = input_peer(&client.channel("studyhall").await);
    assert_eq!(client.error(&part(1, 0, b"")).await, "400 FILE_PART_EMPTY");
    assert_eq!(client.error(&part(1, 0, &vec![0; 512 * 1024 + 1])).await, "400 FILE_PART_TOO_BIG");
    assert_eq!(client.error(&part(1, -1, b"x")).await, "400 FILE_PART_INVALID");
    client.invoke(&part(1, 0, b"hello")).await;
    assert_eq!(client.error(&upload(peer.clone(), uploaded(1, 1))).await, "400 IMAGE_PROCESS_FAILED");
    assert_eq!(client.error(&upload(peer.clone(), uploaded(1, 0))).await, "400 FILE_PARTS_INVALID");
    assert_eq!(client.error(&upload(peer.clone(), tl::enums::InputMedia::Empty)).await, "400 MEDIA_INVALID");
}
