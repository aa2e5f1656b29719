//! Channels: names, subscribing, publishing, presence members.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::client::Client;
use crate::error::{Error, Result, Status};
use crate::ffi::client::{client, fill, request};
use crate::ffi::guard::{guard, guard_value};
use crate::ffi::handles::Handles;
use crate::ffi::numbers::{channel_kind, pusher_channel_state, pusher_status};
use crate::ffi::text::{optional, required, sized};
use crate::ffi::types::{
    pusher_channels, pusher_client, pusher_member, pusher_members, pusher_request,
};
use crate::protocol::channel::{ChannelKind, ChannelName};
use crate::protocol::limits::Limits;
use crate::protocol::presence::Members;

/// # Safety
/// `name` is NULL or a NUL-terminated string.
pub(super) unsafe fn whole_name(client: &Client, name: *const c_char) -> Result<ChannelName> {
    // SAFETY: the caller's promise.
    client.channel(unsafe { required("channel", name) }?)
}

fn kind(number: i32) -> Result<ChannelKind> {
    channel_kind(number).ok_or_else(|| {
        let text = format!("{number} is no channel kind; they are PUSHER_CHANNEL_PUBLIC and so on");
        Error::new(Status::Argument, text)
    })
}

/// Makes a channel's whole name: the prefix of its kind, and the bare name. A name which has that
/// prefix already is taken as it is. The result has to be of that kind: PUSHER_CHANNEL_PUBLIC and
/// "private-x", or PUSHER_CHANNEL_PRIVATE and "cache-x", are errors.
///
/// @param kind      a `pusher_channel_kind`
/// @param name      the bare name, such as "orders"
/// @param buffer    receives the whole name, such as "private-orders", NUL-terminated; 201 bytes
///                  are always enough
/// @param capacity  the size of buffer, in bytes
/// @param length    receives the name's length without the NUL; may be NULL
/// @return PUSHER_OK; PUSHER_ERR_CHANNEL where the name breaks a rule; PUSHER_ERR_TOO_LARGE where it
///         does not fit; PUSHER_ERR_ARGUMENT
///
/// Since 0.1.0. Pusher Channels: "Channel naming conventions".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_channel_name(
    kind: i32,
    name: *const c_char,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        // SAFETY: a NUL-terminated string, by contract.
        let bare = unsafe { required("name", name) }?;
        let whole = ChannelName::with_kind(self::kind(kind)?, bare, &Limits::COMMON)?;
        // SAFETY: `buffer` has `capacity` bytes, and `length` is NULL or valid, by contract.
        unsafe { fill("channel name", whole.as_str(), buffer, capacity, length) }
    })
}

/// Subscribes to a channel, now and after every reconnect, until you unsubscribe. May be called at
/// any time, also before connecting. Subscribing twice is one subscription.
///
/// Completed with PUSHER_OK when the server has confirmed (at once where it has already); with
/// PUSHER_ERR_AUTH or PUSHER_ERR_REFUSED where it was refused, and `code` says what the server said;
/// with PUSHER_ERR_TIMEOUT where the server did not answer; with PUSHER_ERR_NETWORK or PUSHER_ERR_TLS
/// where the endpoint that authorises cannot be reached; with PUSHER_ERR_CANCELLED by an unsubscribe or
/// close; with PUSHER_ERR_QUEUE_FULL where a thousand such requests wait already. While there is no
/// connection it waits for one.
///
/// @param channel       the channel's whole name, such as "private-orders"; copied
/// @param channel_data  for a presence channel: the user as JSON, such as
///                      {"user_id":"1","user_info":{"name":"Ann"}}, signed and sent byte for byte;
///                      NULL takes the config's presence user. NULL for other channels. Copied
/// @param request       receives the request's number; may be NULL
/// @return PUSHER_OK; PUSHER_ERR_CHANNEL where the name breaks a rule; PUSHER_ERR_ARGUMENT;
///         PUSHER_ERR_HANDLE; PUSHER_ERR_CLOSED; PUSHER_ERR_QUEUE_FULL; PUSHER_ERR_FORKED
///
/// Since 0.1.0. Pusher Channels protocol: "pusher:subscribe".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_subscribe(
    client: *mut pusher_client,
    channel: *const c_char,
    channel_data: *const c_char,
    request: *mut pusher_request,
) -> i32 {
    let make = |client: &Client| {
        // SAFETY: NULL or NUL-terminated strings, by contract.
        let (channel, data) =
            unsafe { (whole_name(client, channel)?, optional("channel_data", channel_data)?) };
        client.subscribe(&channel, data)
    };
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, make) }
}

/// Subscribes by kind and bare name: PUSHER_CHANNEL_PRIVATE and "orders" is "private-orders". All
/// else as for `pusher_client_subscribe`.
///
/// @param kind          a `pusher_channel_kind`
/// @param name          the bare name; copied
/// @param channel_data  as for `pusher_client_subscribe`
/// @param request       receives the request's number; may be NULL
/// @return as for `pusher_client_subscribe`
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_subscribe_kind(
    client: *mut pusher_client,
    kind: i32,
    name: *const c_char,
    channel_data: *const c_char,
    request: *mut pusher_request,
) -> i32 {
    let make = |client: &Client| {
        // SAFETY: NULL or NUL-terminated strings, by contract.
        let (name, data) =
            unsafe { (required("name", name)?, optional("channel_data", channel_data)?) };
        client.subscribe(&client.channel_of_kind(self::kind(kind)?, name)?, data)
    };
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, make) }
}

/// Unsubscribes from a channel. Events that have been received already may still be delivered, but
/// none after this request's completed event. A subscribe that the server has not answered yet
/// completes with PUSHER_ERR_CANCELLED.
///
/// Completed with PUSHER_OK without asking the server (the protocol has no confirmation); with
/// PUSHER_ERR_NOT_SUBSCRIBED where the channel was not wanted.
///
/// @param channel  the channel's whole name
/// @param request  receives the request's number; may be NULL
/// @return as for `pusher_client_subscribe`
///
/// Since 0.1.0. Pusher Channels protocol: "pusher:unsubscribe".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_unsubscribe(
    client: *mut pusher_client,
    channel: *const c_char,
    request: *mut pusher_request,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    let make = |client: &Client| client.unsubscribe(&unsafe { whole_name(client, channel) }?);
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, make) }
}

/// Unsubscribes from all channels.
///
/// Completed with PUSHER_OK.
///
/// @param request  receives the request's number; may be NULL
/// @return as for `pusher_client_subscribe`
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_unsubscribe_all(
    client: *mut pusher_client,
    request: *mut pusher_request,
) -> i32 {
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, Client::unsubscribe_all) }
}

/// Publishes a client event on a private or presence channel: the other subscribers receive it, you
/// do not. The server or the dashboard has to allow client events.
///
/// It waits while its channel is being subscribed, also over a reconnect, and for its turn where
/// more are published in a second than the limit allows (`pusher_config_set_publish_rate`,
/// `pusher_config_set_publish_queue`).
///
/// On a public channel it goes through the HTTP API, as `pusher_client_trigger` does, where the app
/// id and the secret are set: under its name as it is, and to you, too. Else it is refused.
///
/// Completed with PUSHER_OK when the event has been handed to the connection (the protocol has no
/// confirmation); with PUSHER_ERR_NOT_SUBSCRIBED where the channel is not subscribed; with
/// PUSHER_ERR_TIMEOUT or PUSHER_ERR_QUEUE_FULL where waiting was in vain; with
/// PUSHER_ERR_RATE_LIMITED or PUSHER_ERR_CANCELLED by the limit, as configured; with
/// PUSHER_ERR_NOT_CONNECTED by a disconnect, PUSHER_ERR_CANCELLED by an unsubscribe or close, and with
/// the error of its channel's subscription where that is refused.
///
/// @param channel  the channel's whole name; copied
/// @param event    the event's name; on a private or presence channel "client-" is put before it where
///                 it is missing; copied
/// @param data     UTF-8 text: a JSON object or array is sent as such, anything else as a JSON
///                 string; copied; NULL is empty where data_len is 0
/// @param data_len the length of data in bytes
/// @param request  receives the request's number; may be NULL
/// @return PUSHER_OK; PUSHER_ERR_FORBIDDEN where the protocol has no client events, as on public and
///         encrypted channels; PUSHER_ERR_CHANNEL; PUSHER_ERR_ARGUMENT; PUSHER_ERR_TOO_LARGE where the
///         name is too long; PUSHER_ERR_HANDLE; PUSHER_ERR_CLOSED; PUSHER_ERR_QUEUE_FULL;
///         PUSHER_ERR_FORKED
///
/// Since 0.1.0. Pusher Channels protocol: "Triggering channel client events".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_publish(
    client: *mut pusher_client,
    channel: *const c_char,
    event: *const c_char,
    data: *const c_char,
    data_len: usize,
    request: *mut pusher_request,
) -> i32 {
    let make = |client: &Client| {
        // SAFETY: NULL, NUL-terminated or of the given length, by contract.
        let (channel, event, data) = unsafe {
            (
                whole_name(client, channel)?,
                required("event", event)?,
                sized("data", data, data_len)?,
            )
        };
        client.publish(&channel, event, data)
    };
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, make) }
}

/// How far the subscription of a channel is.
///
/// A subscribe or unsubscribe that has just returned may not show yet: the client takes it up on its own
/// thread, a moment later. Its completed event tells when it is done.
///
/// @param channel  the channel's whole name
/// @return a `pusher_channel_state`; or PUSHER_ERR_HANDLE, PUSHER_ERR_ARGUMENT, PUSHER_ERR_FORKED,
///         which are negative
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_channel_state(
    client: *const pusher_client,
    channel: *const c_char,
) -> i32 {
    let state = guard_value(|| {
        // SAFETY: a NUL-terminated string, by contract.
        let channel = unsafe { required("channel", channel) }?;
        self::client(client)?.channel_state(channel)
    });
    state.map_or_else(pusher_status::of, |state| pusher_channel_state::from(state) as i32)
}

/// A list of channels, with names that C can read.
struct List(Vec<(CString, i32)>);

static LISTS: Handles<List> = Handles::new("list of channels", 3);

/// The channels that are wanted, with their states, as of now: as for `pusher_client_channel_state`.
///
/// @param channels  receives a list, ordered by name, to be freed with `pusher_channels_free`;
///                  written only on success
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE, PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_channels(
    client: *const pusher_client,
    channels: *mut *mut pusher_channels,
) -> i32 {
    guard(|| {
        if channels.is_null() {
            let text = "the pointer that receives the channels is NULL";
            return Err(Error::new(Status::Argument, text));
        }
        let all = self::client(client)?.channels()?.into_iter().map(|(name, state)| {
            // A checked name holds no control characters, and so no NUL.
            let name = CString::new(name.as_str()).unwrap_or_default();
            (name, pusher_channel_state::from(Some(state)) as i32)
        });
        let handle = LISTS.insert(List(all.collect()))?;
        // SAFETY: not NULL, and a pointer to a pointer by contract.
        unsafe { *channels = handle };
        Ok(())
    })
}

/// How many channels a list has; 0 for NULL and for a freed list.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_channels_count(channels: *const pusher_channels) -> usize {
    guard_value(|| LISTS.get(channels)).map_or(0, |list| list.0.len())
}

/// The name of the channel at a place.
///
/// @param index  0 to `pusher_channels_count` - 1
/// @return text that lives as long as the list; NULL where there is none at this place
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_channels_name(
    channels: *const pusher_channels,
    index: usize,
) -> *const c_char {
    let name = guard_value(|| {
        let list = LISTS.get(channels)?;
        let name = list.0.get(index).map(|(name, _)| name.as_ptr());
        name.ok_or_else(|| Error::new(Status::NotFound, format!("there is no channel {index}")))
    });
    name.unwrap_or(ptr::null())
}

/// The state of the channel at a place.
///
/// @param index  0 to `pusher_channels_count` - 1
/// @return a `pusher_channel_state`; or PUSHER_ERR_NOT_FOUND, PUSHER_ERR_HANDLE, which are negative
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_channels_state(channels: *const pusher_channels, index: usize) -> i32 {
    let state = guard_value(|| {
        let state = LISTS.get(channels)?.0.get(index).map(|(_, state)| *state);
        state.ok_or_else(|| Error::new(Status::NotFound, format!("there is no channel {index}")))
    });
    state.unwrap_or_else(pusher_status::of)
}

/// Frees a list of channels, and with it every name taken from it.
///
/// @param channels  NULL is fine
/// @return PUSHER_OK; PUSHER_ERR_HANDLE where it has been freed before
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_channels_free(channels: *mut pusher_channels) -> i32 {
    guard(|| if channels.is_null() { Ok(()) } else { LISTS.remove(channels).map(drop) })
}

/// The members of one channel at one moment, as C reads them. Its pointers point into `_text`.
struct Snapshot {
    _text: String,
    members: Vec<pusher_member>,
}

// SAFETY: the pointers point into the snapshot's own text, which never changes.
unsafe impl Send for Snapshot {}
// SAFETY: as above.
unsafe impl Sync for Snapshot {}

static SNAPSHOTS: Handles<Snapshot> = Handles::new("list of members", 2);

impl Snapshot {
    fn new(members: &Members) -> Snapshot {
        let mut text = String::new();
        let mut places = Vec::with_capacity(members.len());
        for (id, info) in members.iter() {
            let id_start = text.len();
            text.push_str(id);
            text.push('\0');
            let info_start = text.len();
            text.push_str(info.unwrap_or_default());
            text.push('\0');
            places.push((id_start, id.len(), info_start, info.map(str::len)));
        }
        // Only now: while it grew, the text moved.
        let pointer = |start: usize| text[start..].as_ptr().cast::<c_char>();
        let list = places.iter().zip(members.iter());
        let list =
            list.map(|(&(id_start, user_id_len, info_start, info_len), (id, _))| pusher_member {
                size: size_of::<pusher_member>() as u32,
                is_me: i32::from(members.me() == Some(id)),
                user_id: pointer(id_start),
                user_id_len,
                user_info: info_len.map_or(ptr::null(), |_| pointer(info_start)),
                user_info_len: info_len.unwrap_or(0),
            });
        let list = list.collect();
        Snapshot { _text: text, members: list }
    }

    fn first(&self, wanted: impl Fn(&pusher_member) -> bool) -> Option<*const pusher_member> {
        self.members.iter().find(|member| wanted(member)).map(ptr::from_ref)
    }
}

/// The members of a presence channel as of now, your own user included. May be ahead of the events
/// that your callbacks have seen.
///
/// Of one channel 100000 members are kept, and 64 MiB of their ids and infos. Members beyond that are
/// neither listed nor told of by events; that they exist is told once for each list the server sends,
/// by a PUSHER_EVENT_ERROR with the channel and PUSHER_ERR_TOO_LARGE.
///
/// @param channel  the channel's whole name
/// @param members  receives a list, ordered by user id, to be freed with `pusher_members_free`;
///                 written only on success
/// @return PUSHER_OK; PUSHER_ERR_NOT_SUBSCRIBED where the channel is not subscribed yet;
///         PUSHER_ERR_ARGUMENT where it is no presence channel; PUSHER_ERR_CHANNEL;
///         PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
///
/// Since 0.1.0. Pusher Channels: "Presence channels".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_members(
    client: *const pusher_client,
    channel: *const c_char,
    members: *mut *mut pusher_members,
) -> i32 {
    guard(|| {
        if members.is_null() {
            let text = "the pointer that receives the members is NULL";
            return Err(Error::new(Status::Argument, text));
        }
        // SAFETY: a NUL-terminated string, by contract.
        let client = self::client(client)?;
        let channel = unsafe { whole_name(&client, channel) }?;
        let now = client.members(&channel)?;
        let handle = SNAPSHOTS.insert(Snapshot::new(&now))?;
        // SAFETY: not NULL, and a pointer to a pointer by contract.
        unsafe { *members = handle };
        Ok(())
    })
}

/// How many members a list has; 0 for NULL and for a freed list.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_members_count(members: *const pusher_members) -> usize {
    guard_value(|| SNAPSHOTS.get(members)).map_or(0, |snapshot| snapshot.members.len())
}

/// The member at a place.
///
/// @param index  0 to `pusher_members_count` - 1
/// @return a member that lives as long as the list; NULL where there is none at this place
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_members_at(
    members: *const pusher_members,
    index: usize,
) -> *const pusher_member {
    let found = guard_value(|| {
        let snapshot = SNAPSHOTS.get(members)?;
        let member = snapshot.members.get(index).map(ptr::from_ref);
        member.ok_or_else(|| Error::new(Status::NotFound, format!("there is no member {index}")))
    });
    found.unwrap_or(ptr::null())
}

/// The member with a user id.
///
/// @param user_id  NUL-terminated
/// @return a member that lives as long as the list; NULL where there is none with this id
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_members_find(
    members: *const pusher_members,
    user_id: *const c_char,
) -> *const pusher_member {
    let found = guard_value(|| {
        // SAFETY: a NUL-terminated string, by contract.
        let id = unsafe { required("user_id", user_id) }?;
        let member = SNAPSHOTS.get(members)?.first(|member| {
            // SAFETY: the pointers of a snapshot are valid for as long as it lives.
            let own = unsafe { sized("user_id", member.user_id, member.user_id_len) };
            own.is_ok_and(|own| own == id)
        });
        member.ok_or_else(|| Error::new(Status::NotFound, "there is no member with this user id"))
    });
    found.unwrap_or(ptr::null())
}

/// This client's own member.
///
/// @return a member that lives as long as the list; NULL where the server's list does not have it
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_members_me(members: *const pusher_members) -> *const pusher_member {
    let found = guard_value(|| {
        let me = SNAPSHOTS.get(members)?.first(|member| member.is_me == 1);
        me.ok_or_else(|| Error::new(Status::NotFound, "the list does not have this client's user"))
    });
    found.unwrap_or(ptr::null())
}

/// Frees a list of members, and with it every member taken from it.
///
/// @param members  NULL is fine
/// @return PUSHER_OK; PUSHER_ERR_HANDLE where it has been freed before
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_members_free(members: *mut pusher_members) -> i32 {
    guard(|| if members.is_null() { Ok(()) } else { SNAPSHOTS.remove(members).map(drop) })
}
