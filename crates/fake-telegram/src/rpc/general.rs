//! `help.*` and `updates.*`.

use grammers_tl_types::{enums, functions, types};

use super::messages::{EDIT_SECONDS, dialog, missed};
use super::{Answer, Caller};
use crate::blank;
use crate::view::Mentioned;
use crate::world::{Event, Place, RpcError, World};

/// The data centre's number, unless a test sets another.
pub const DC: i32 = 2;

pub fn get_config(world: &mut World, _: &Caller, _: functions::help::GetConfig) -> Answer<enums::Config> {
    let here = types::DcOption {
        r#static: true,
        id: world.dc,
        ip_address: if world.faults.broken_config { "nowhere".into() } else { world.address.ip().to_string() },
        port: i32::from(world.address.port()),
        ..blank::dc_option()
    };
    Ok(types::Config {
        date: world.date(),
        expires: world.date() + 3600,
        this_dc: world.dc,
        dc_options: vec![here.into()],
        dc_txt_domain_name: "apv3.stel.com".to_owned(),
        chat_size_max: 200,
        megagroup_size_max: 200_000,
        forwarded_count_max: 100,
        online_update_period_ms: 210_000,
        offline_blur_timeout_ms: 5_000,
        offline_idle_timeout_ms: 30_000,
        online_cloud_timeout_ms: 300_000,
        notify_cloud_delay_ms: 30_000,
        notify_default_delay_ms: 1_500,
        push_chat_period_ms: 60_000,
        push_chat_limit: 2,
        edit_time_limit: EDIT_SECONDS as i32,
        revoke_time_limit: i32::MAX,
        revoke_pm_time_limit: i32::MAX,
        rating_e_decay: 2_419_200,
        stickers_recent_limit: 200,
        channels_read_media_period: 604_800,
        call_receive_timeout_ms: 20_000,
        call_ring_timeout_ms: 90_000,
        call_connect_timeout_ms: 30_000,
        call_packet_timeout_ms: 10_000,
        me_url_prefix: "https://t.me/".to_owned(),
        caption_length_max: 1024,
        message_length_max: 4096,
        webfile_dc_id: 4,
        ..blank::config()
    }
    .into())
}

/// Updates of this server carry no seq, so the seq of the state never changes.
const SEQ: i32 = 1;

pub fn state(world: &World, me: i64) -> types::updates::State {
    types::updates::State {
        pts: world.accounts.get(&me).map_or(1, |account| account.pts),
        qts: 0,
        date: world.date(),
        seq: SEQ,
        unread_count: 0,
    }
}

/// The maximum number of events in one difference.
fn limit(world: &World, wanted: Option<i32>) -> usize {
    let wanted = wanted.and_then(|wanted| usize::try_from(wanted).ok()).filter(|wanted| *wanted > 0);
    let limits = [wanted, world.faults.difference_limit];
    limits.into_iter().flatten().min().unwrap_or(usize::MAX)
}

/// The first events after a pts, up to `limit`.
fn after(events: &[Event], pts: i32, limit: usize) -> &[Event] {
    let missed = &events[events.partition_point(|event| event.pts <= pts)..];
    &missed[..missed.len().min(limit)]
}

pub fn get_state(world: &mut World, caller: &Caller, _: functions::updates::GetState) -> Answer<enums::updates::State> {
    let state = state(world, caller.me);
    let date = state.date.saturating_add(world.faults.state_ahead);
    Ok(types::updates::State { date, ..state }.into())
}

pub fn get_difference(
    world: &mut World,
    caller: &Caller,
    request: functions::updates::GetDifference,
) -> Answer<enums::updates::Difference> {
    let state = state(world, caller.me);
    if request.pts < 1 || request.pts > state.pts {
        return Err(RpcError::bad("PERSISTENT_TIMESTAMP_INVALID"));
    }
    if request.pts == state.pts {
        return Ok(types::updates::DifferenceEmpty { date: state.date, seq: state.seq }.into());
    }
    let is_beyond = request.pts_total_limit.is_some_and(|most| state.pts - request.pts > most);
    if is_beyond || world.faults.take_long_difference(caller.me) {
        return Ok(types::updates::DifferenceTooLong { pts: state.pts }.into());
    }
    let mut mentioned = Mentioned::default();
    let events = world.accounts.get(&caller.me).map_or(&[][..], |account| &account.events);
    let slice = after(events, request.pts, limit(world, request.pts_limit));
    let (new_messages, other_updates) = missed(world, caller, slice, &mut mentioned);
    let new_encrypted_messages = vec![];
    let chats = mentioned.chats(world, caller.me);
    let users = mentioned.users(world, caller.me, false);
    Ok(match slice.last() {
        Some(last) if last.pts < state.pts => types::updates::DifferenceSlice {
            new_messages,
            new_encrypted_messages,
            other_updates,
            chats,
            users,
            intermediate_state: types::updates::State { pts: last.pts, ..state }.into(),
        }
        .into(),
        Some(_) | None => types::updates::Difference {
            new_messages,
            new_encrypted_messages,
            other_updates,
            chats,
            users,
            state: state.into(),
        }
        .into(),
    })
}

pub fn get_channel_difference(
    world: &mut World,
    caller: &Caller,
    request: functions::updates::GetChannelDifference,
) -> Answer<enums::updates::ChannelDifference> {
    /// Seconds until a client that watches the channel asks again.
    const TIMEOUT: i32 = 30;
    let channel = world.input_channel(caller.me, &request.channel)?;
    let pts = world.group(channel).pts;
    if request.pts < 1 || request.pts > pts {
        return Err(RpcError::bad("PERSISTENT_TIMESTAMP_INVALID"));
    }
    if request.pts == pts {
        return Ok(types::updates::ChannelDifferenceEmpty { r#final: true, pts, timeout: Some(TIMEOUT) }.into());
    }
    let mut mentioned = Mentioned::of([channel]);
    if world.faults.take_long_difference(channel) {
        let (line, last) = dialog(world, caller, Place::Group(channel), &mut mentioned);
        return Ok(types::updates::ChannelDifferenceTooLong {
            r#final: true,
            timeout: Some(TIMEOUT),
            dialog: line.into(),
            messages: last.into_iter().collect(),
            chats: mentioned.chats(world, caller.me),
            users: mentioned.users(world, caller.me, false),
        }
        .into());
    }
    let slice = after(&world.group(channel).events, request.pts, limit(world, Some(request.limit)));
    let (new_messages, other_updates) = missed(world, caller, slice, &mut mentioned);
    let told = slice.last().map_or(pts, |last| last.pts);
    Ok(types::updates::ChannelDifference {
        r#final: told == pts,
        pts: told,
        timeout: Some(TIMEOUT),
        new_messages,
        other_updates,
        chats: mentioned.chats(world, caller.me),
        users: mentioned.users(world, caller.me, false),
    }
    .into())
}
