//! Requests: a table from constructor id to handler, and the checks before and after it.
//!
//! # Layers
//!
//! Answers are made of layer 230, and a client may ask for layer 229 or 230. Of all constructors that this server reads
//! or sends, only one differs: `messageEntityTonAddress#fdabbfcd` is new in 230 (the other differences are the wallet,
//! on-ramp and bot verification objects). It is left out of the messages that a client of layer 229 gets, see
//! [`in_layer`].

use std::any::Any;
use std::fmt::Debug;

use grammers_tl_types::{Cursor, Deserializable, Identifiable, Serializable, deserialize, enums, functions};

use crate::faults::{Fault, Moment};
use crate::session::{Arrival, Flow};
use crate::wire::{self, GZIP_PACKED};
use crate::world::{Id, Request, RpcError, SendKey, World};

pub use general::DC;

mod auth;
mod bots;
mod chats;
mod ephemeral;
mod general;
mod login;
mod messages;
mod phone;
mod upload;
mod users;

/// The layers that are served. They differ only in [`in_layer`].
const LAYERS: std::ops::RangeInclusive<i32> = 229..=230;

/// The maximum length of the detail that is kept of a request, in bytes; a file part is longer.
const LONGEST_DETAIL: usize = 20_000;

/// Whether a client of this layer can read the entity.
pub fn in_layer(entity: &enums::MessageEntity, layer: i32) -> bool {
    layer >= 230 || !matches!(entity, enums::MessageEntity::TonAddress(_))
}

/// The sender of a request.
pub struct Caller {
    pub at: Arrival,
    /// The account; 0 where the method needs no account and the key is not signed in.
    pub me: Id,
    pub layer: i32,
}

pub type Answer<T> = Result<T, RpcError>;

/// Who may use a method.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    /// Everybody, also keys that are not signed in.
    Anyone,
    Accounts,
    /// Only accounts that are not bots.
    Users,
    /// Only bots.
    Bots,
}

/// A request that was read, with its handler.
trait Parsed: Send {
    fn detail(&self) -> String;
    /// The request as a type of the schema.
    fn request(&self) -> &dyn Any;
    fn run(self: Box<Self>, world: &mut World, caller: &Caller) -> Answer<Vec<u8>>;
}

struct Bound<R, T> {
    request: R,
    handler: fn(&mut World, &Caller, R) -> Answer<T>,
}

impl<R: Any + Debug + Send, T: Serializable> Parsed for Bound<R, T> {
    fn detail(&self) -> String {
        let mut detail = format!("{:?}", self.request);
        detail.truncate(detail.floor_char_boundary(LONGEST_DETAIL));
        detail
    }

    fn request(&self) -> &dyn Any {
        &self.request
    }

    fn run(self: Box<Self>, world: &mut World, caller: &Caller) -> Answer<Vec<u8>> {
        (self.handler)(world, caller, self.request).map(|answer| answer.to_bytes())
    }
}

struct Method {
    id: u32,
    name: &'static str,
    for_whom: For,
    parse: fn(&mut Cursor) -> Result<Box<dyn Parsed>, deserialize::Error>,
}

macro_rules! methods {
    ($($name:literal $for_whom:ident $request:path => $handler:path;)*) => {
        &[$(Method {
            id: <$request>::CONSTRUCTOR_ID,
            name: $name,
            for_whom: For::$for_whom,
            parse: |cursor| Ok(Box::new(Bound {
                request: <$request>::deserialize(cursor)?,
                handler: $handler,
            })),
        }),*]
    };
}

static METHODS: &[Method] = methods! {
    "auth.importBotAuthorization" Anyone functions::auth::ImportBotAuthorization => auth::import_bot_authorization;
    "auth.exportLoginToken" Anyone functions::auth::ExportLoginToken => login::export_login_token;
    "auth.importLoginToken" Anyone functions::auth::ImportLoginToken => login::import_login_token;
    "auth.checkPassword" Anyone functions::auth::CheckPassword => login::check_password;
    "account.getPassword" Anyone functions::account::GetPassword => login::get_password;
    "auth.logOut" Accounts functions::auth::LogOut => auth::log_out;
    "help.getConfig" Anyone functions::help::GetConfig => general::get_config;
    "updates.getState" Accounts functions::updates::GetState => general::get_state;
    "updates.getDifference" Accounts functions::updates::GetDifference => general::get_difference;
    "updates.getChannelDifference" Accounts functions::updates::GetChannelDifference => general::get_channel_difference;
    "users.getUsers" Accounts functions::users::GetUsers => users::get_users;
    "users.getFullUser" Accounts functions::users::GetFullUser => users::get_full_user;
    "contacts.resolveUsername" Accounts functions::contacts::ResolveUsername => users::resolve_username;
    "channels.getChannels" Accounts functions::channels::GetChannels => chats::get_channels;
    "channels.getFullChannel" Accounts functions::channels::GetFullChannel => chats::get_full_channel;
    "messages.getChats" Accounts functions::messages::GetChats => chats::get_chats;
    "messages.getFullChat" Accounts functions::messages::GetFullChat => chats::get_full_chat;
    "messages.checkChatInvite" Users functions::messages::CheckChatInvite => chats::check_chat_invite;
    "messages.getDialogs" Users functions::messages::GetDialogs => messages::get_dialogs;
    "messages.getPeerDialogs" Users functions::messages::GetPeerDialogs => messages::get_peer_dialogs;
    "messages.getHistory" Users functions::messages::GetHistory => messages::get_history;
    "messages.getMessages" Accounts functions::messages::GetMessages => messages::get_messages;
    "channels.getMessages" Accounts functions::channels::GetMessages => messages::get_channel_messages;
    "messages.editMessage" Accounts functions::messages::EditMessage => messages::edit_message;
    "messages.deleteMessages" Accounts functions::messages::DeleteMessages => messages::delete_messages;
    "channels.deleteMessages" Accounts functions::channels::DeleteMessages => messages::delete_channel_messages;
    "messages.sendMessage" Accounts functions::messages::SendMessage => messages::send_message;
    "messages.sendMedia" Accounts functions::messages::SendMedia => messages::send_media;
    "messages.uploadMedia" Accounts functions::messages::UploadMedia => upload::upload_media;
    "upload.saveFilePart" Accounts functions::upload::SaveFilePart => upload::save_file_part;
    "messages.setBotCallbackAnswer" Bots functions::messages::SetBotCallbackAnswer => bots::set_bot_callback_answer;
    "channels.getParticipant" Accounts functions::channels::GetParticipant => chats::get_participant;
    "bots.setBotCommands" Bots functions::bots::SetBotCommands => bots::set_bot_commands;
    "bots.getBotCommands" Bots functions::bots::GetBotCommands => bots::get_bot_commands;
    "bots.resetBotCommands" Bots functions::bots::ResetBotCommands => bots::reset_bot_commands;
    "ephemeral.sendMessage" Bots functions::ephemeral::SendMessage => ephemeral::send_message;
    "ephemeral.editMessage" Bots functions::ephemeral::EditMessage => ephemeral::edit_message;
    "ephemeral.deleteMessage" Bots functions::ephemeral::DeleteMessage => ephemeral::delete_message;
    "phone.getGroupCall" Users functions::phone::GetGroupCall => phone::get_group_call;
    "phone.editGroupCallTitle" Users functions::phone::EditGroupCallTitle => phone::edit_group_call_title;
    "phone.getGroupParticipants" Users functions::phone::GetGroupParticipants => phone::get_group_participants;
};

/// The static form of a method's name; `None` if it is not served.
pub fn served(name: &str) -> Option<&'static str> {
    METHODS.iter().map(|method| method.name).find(|served| *served == name)
}

/// The names of all methods, sorted.
pub fn methods() -> Vec<&'static str> {
    let mut names: Vec<_> = METHODS.iter().map(|method| method.name).collect();
    names.sort_unstable();
    names
}

/// A request that waits for [`resume`].
pub struct Paused {
    at: Arrival,
    message: i64,
    held: Held,
}

enum Held {
    /// Not executed yet. `sends` identifies the message that it would send.
    Read { caller: Caller, request: Box<dyn Parsed>, sends: Option<SendKey> },
    /// Executed, not answered yet.
    Stored(Answer<Vec<u8>>),
}

/// The wrappers around a request.
#[derive(Default)]
struct Wrapping {
    layer: Option<i32>,
    init: bool,
    without_updates: bool,
}

/// Removes the wrappers; returns them, and the bytes of the request from its constructor on.
fn unwrap(body: &[u8]) -> Result<(Wrapping, Vec<u8>), deserialize::Error> {
    let mut wrapping = Wrapping::default();
    let mut body = body.to_vec();
    loop {
        let mut cursor = Cursor::from_slice(&body);
        match u32::deserialize(&mut cursor)? {
            // invokeWithLayer {X:Type} layer:int query:!X = X
            0xda9b_0d0d => wrapping.layer = Some(i32::deserialize(&mut cursor)?),
            // initConnection {X:Type} flags:# … query:!X = X
            0xc1cd_5ea9 => {
                let flags = u32::deserialize(&mut cursor)?;
                i32::deserialize(&mut cursor)?;
                for _ in 0..6 {
                    Vec::<u8>::deserialize(&mut cursor)?;
                }
                if flags & 1 != 0 {
                    enums::InputClientProxy::deserialize(&mut cursor)?;
                }
                if flags & 2 != 0 {
                    enums::Jsonvalue::deserialize(&mut cursor)?;
                }
                wrapping.init = true;
            }
            // invokeWithoutUpdates {X:Type} query:!X = X
            0xbf94_59b7 => wrapping.without_updates = true,
            // invokeAfterMsg {X:Type} msg_id:long query:!X = X
            0xcb9f_372d => drop(i64::deserialize(&mut cursor)?),
            // invokeAfterMsgs {X:Type} msg_ids:Vector<long> query:!X = X
            0x3dc4_b4f0 => drop(Vec::<i64>::deserialize(&mut cursor)?),
            GZIP_PACKED => {
                body = wire::gunzip(&mut cursor).ok_or(deserialize::Error::UnexpectedEof)?;
                continue;
            }
            _ => return Ok((wrapping, body)),
        }
        let rest = cursor.pos();
        body.drain(..rest);
    }
}

/// Answers one request.
pub fn dispatch(world: &mut World, at: Arrival, message: i64, body: &[u8]) -> Flow {
    let Ok((wrapping, body)) = unwrap(body) else {
        world.violation(format!("connection {}: a broken request", at.connection));
        world.answer_error(at, message, RpcError::bad("INPUT_FETCH_ERROR"));
        return Flow::Continue;
    };
    let constructor = body.first_chunk().map_or(0, |id| u32::from_le_bytes(*id));
    let known = METHODS.iter().find(|method| method.id == constructor);
    let parsed = known.map(|method| (method.parse)(&mut Cursor::from_slice(&body[4..])));
    let name = known.map_or_else(|| grammers_tl_types::name_for_id(constructor), |method| method.name);
    let account = world.keys.get(&at.session.key).and_then(|key| key.account);
    world.record(Request {
        at: world.now(),
        account,
        connection: at.connection,
        method: name,
        detail: match &parsed {
            Some(Ok(request)) => request.detail(),
            _ => format!("{} bytes of {constructor:#010x}", body.len()),
        },
    });

    let layer = match settle(world, at, &wrapping) {
        Ok(layer) => layer,
        Err(error) => {
            world.answer_error(at, message, error);
            return Flow::Continue;
        }
    };
    let (method, request) = match (known, parsed) {
        (Some(method), Some(Ok(request))) => (method, request),
        (Some(method), _) => {
            world.violation(format!("a broken {}", method.name));
            world.answer_error(at, message, RpcError::bad("INPUT_FETCH_ERROR"));
            return Flow::Continue;
        }
        _ => {
            world.violation(format!("called {name} ({constructor:#010x}), which is not served"));
            world.answer_error(at, message, RpcError::bad("METHOD_INVALID"));
            return Flow::Continue;
        }
    };

    if let Some(account) = account {
        check_flood_wait(world, account, method.name);
    }
    let admitted = admit(world, at, layer, method);
    if let Ok(caller) = &admitted
        && let Some(seconds) = flood_wait(world, caller.me, method.name)
    {
        world.answer_error(at, message, RpcError::new(420, format!("FLOOD_WAIT_{seconds}")));
        return Flow::Continue;
    }
    if let Ok(caller) = &admitted
        && is_executed(world, caller, &*request)
    {
        world.answer_error(at, message, RpcError::bad("RANDOM_ID_DUPLICATE"));
        return Flow::Continue;
    }
    let fault = world.faults.take(method.name);
    if let Some(Fault::Error(error)) = fault {
        if let Some(seconds) = error.name.strip_prefix("FLOOD_WAIT_")
            && let (Some(account), Ok(seconds)) = (account, seconds.parse::<i64>())
        {
            let until = world.now() + seconds;
            let account = world.accounts.entry(account).or_default();
            account.flood_until.insert(method.name, until);
        }
        world.answer_error(at, message, error);
        return Flow::Continue;
    }
    let result = match admitted {
        Ok(caller) if fault == Some(Fault::Pause(Moment::Read)) => {
            let sends = messages::send_key(world, caller.me, request.request());
            world.paused.push(Paused { at, message, held: Held::Read { caller, request, sends } });
            return Flow::Continue;
        }
        Ok(caller) => request.run(world, &caller),
        Err(error) => Err(error),
    };
    match fault {
        Some(Fault::LoseReply) => {
            world.close(at.connection);
            return Flow::Close;
        }
        Some(Fault::Hang) => {}
        Some(Fault::Pause(_)) => world.paused.push(Paused { at, message, held: Held::Stored(result) }),
        Some(Fault::Malformed) => {
            let mut answer = result.unwrap_or_default();
            // Half of the answer, or a constructor that does not exist if that is empty.
            answer.truncate(answer.len() / 8 * 4);
            if answer.is_empty() {
                answer = 0xdead_beef_u32.to_bytes();
            }
            world.answer_rpc(at, message, answer);
        }
        Some(Fault::Error(_)) | None => answer(world, at, message, result),
    }
    Flow::Continue
}

fn answer(world: &mut World, at: Arrival, message: i64, result: Answer<Vec<u8>>) {
    match result {
        Ok(answer) => world.answer_rpc(at, message, answer),
        Err(error) => world.answer_error(at, message, error),
    }
}

/// Whether a held request, which is not executed yet, sends the same message as this one.
fn is_executed(world: &mut World, caller: &Caller, request: &dyn Parsed) -> bool {
    if world.paused.is_empty() {
        return false;
    }
    let key = messages::send_key(world, caller.me, request.request());
    key.is_some() && world.paused.iter().any(|paused| matches!(&paused.held, Held::Read { sends, .. } if *sends == key))
}

/// Executes and answers held requests, in the order of their arrival. If the connection is closed, the request is
/// executed too, and its answer is dropped.
pub fn resume(world: &mut World) {
    world.faults.stop_pausing();
    for Paused { at, message, held } in std::mem::take(&mut world.paused) {
        let result = match held {
            Held::Read { caller, request, .. } => request.run(world, &caller),
            Held::Stored(result) => result,
        };
        answer(world, at, message, result);
    }
}

/// Applies the wrappers; returns the layer of the answer.
fn settle(world: &mut World, at: Arrival, wrapping: &Wrapping) -> Answer<i32> {
    let Some(key) = world.keys.get_mut(&at.session.key) else {
        return Err(RpcError::new(401, "AUTH_KEY_UNREGISTERED"));
    };
    if let Some(layer) = wrapping.layer {
        if !LAYERS.contains(&layer) {
            return Err(RpcError::bad("CONNECTION_LAYER_INVALID"));
        }
        if wrapping.init {
            key.layer = Some(layer);
        }
    }
    let layer = wrapping
        .layer
        .or(key.layer)
        .filter(|_| key.layer.is_some())
        .ok_or_else(|| RpcError::bad("CONNECTION_NOT_INITED"))?;
    let session = world.sessions.entry(at.session).or_default();
    if wrapping.init || session.updates.is_none() {
        session.updates = Some(!wrapping.without_updates);
    }
    Ok(layer)
}

fn check_flood_wait(world: &mut World, id: Id, method: &'static str) {
    let now = world.now();
    let account = world.accounts.entry(id).or_default();
    if let Some(until) = account.flood_until.remove(method)
        && now < until
    {
        account.flood_until.insert(method, until);
        world.violation(format!("account {id} called {method} {} s before its flood wait was over", until - now));
    }
}

/// Counts a request against the method's limit; returns the seconds to wait if it exceeds the limit.
fn flood_wait(world: &mut World, id: Id, method: &'static str) -> Option<i64> {
    let limit = *world.faults.flood_limits.get(method)?;
    let now = world.now();
    let account = world.accounts.get_mut(&id)?;
    let admitted = account.admitted.entry(method).or_default();
    while admitted.front().is_some_and(|at| *at + limit.seconds <= now) {
        admitted.pop_front();
    }
    if admitted.len() < limit.count {
        admitted.push_back(now);
        return None;
    }
    // The clock may have gone back.
    let until = (admitted[admitted.len() - limit.count] + limit.seconds).max(now + 1);
    account.flood_until.insert(method, until);
    Some(until - now)
}

/// Returns the sender of a request if they may use the method.
fn admit(world: &mut World, at: Arrival, layer: i32, method: &Method) -> Answer<Caller> {
    let account = world.keys.get(&at.session.key).filter(|key| !key.revoked).and_then(|key| key.account);
    if account.is_some_and(|id| world.faults.duplicated.contains(&id)) {
        return Err(RpcError::new(406, "AUTH_KEY_DUPLICATED"));
    }
    if method.for_whom != For::Anyone && account.is_none() {
        // A login that still needs its password is half in: all methods but those for the password return that error.
        let is_half_in = world.half_in.contains_key(&at.session.key);
        return Err(if is_half_in { login::password_needed() } else { RpcError::new(401, "AUTH_KEY_UNREGISTERED") });
    }
    if method.for_whom == For::Users && account.is_some_and(|id| world.is_bot(id)) {
        if method.name.starts_with("phone.") {
            world.violation(format!("a bot called {}", method.name));
        }
        return Err(RpcError::bad("BOT_METHOD_INVALID"));
    }
    if method.for_whom == For::Bots && !account.is_some_and(|id| world.is_bot(id)) {
        return Err(RpcError::bad("USER_BOT_REQUIRED"));
    }
    Ok(Caller { at, me: account.unwrap_or(0), layer })
}
