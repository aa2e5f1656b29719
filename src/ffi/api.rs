//! Pusher's HTTP API.

use std::ffi::c_char;
use std::ptr;
use std::sync::{Mutex, PoisonError};

use crate::client::Client;
use crate::error::{Error, Result, Status};
use crate::ffi::client::request;
use crate::ffi::guard::{guard, guard_value};
use crate::ffi::handles::Handles;
use crate::ffi::text::{optional, required, sized};
use crate::ffi::types::{pusher_batch, pusher_client, pusher_request};
use crate::protocol::api::Trigger;

/// Publishes an event as a server would, through the HTTP API: on any channel, to everybody. Needs
/// the app id and the secret, and no connection. On an encrypted channel the data is encrypted
/// first, with the master key.
///
/// Completed with PUSHER_OK and the server's answer as `data`; with PUSHER_ERR_AUTH,
/// PUSHER_ERR_TOO_LARGE or PUSHER_ERR_REFUSED and the server's `code`, also where a server hides an
/// error in an answer with status 200; with PUSHER_ERR_NETWORK, PUSHER_ERR_TLS or
/// PUSHER_ERR_TIMEOUT where the server could not be asked; with PUSHER_ERR_QUEUE_FULL where too many
/// calls wait. Of all calls of the HTTP API 16 are under way together, and the others wait for their
/// turn, in order.
///
/// @param channels   whole names; 1 to 100, and 1 where it is encrypted; copied
/// @param count      how many they are
/// @param event      the event's name; copied
/// @param data       UTF-8 text, usually JSON; copied; NULL is empty where data_len is 0
/// @param data_len   the length of data in bytes
/// @param socket_id  the connection that is not to receive it; NULL for none; copied
/// @param info       what to tell about the channels, such as "subscription_count"; NULL for nothing
/// @param request    receives the request's number; may be NULL
/// @return PUSHER_OK; PUSHER_ERR_AUTH where app id, secret or master key are missing;
///         PUSHER_ERR_CHANNEL; PUSHER_ERR_ARGUMENT; PUSHER_ERR_TOO_LARGE; PUSHER_ERR_HANDLE;
///         PUSHER_ERR_CLOSED; PUSHER_ERR_QUEUE_FULL; PUSHER_ERR_FORKED
///
/// Since 0.1.0. Pusher HTTP API: "POST /apps/[app_id]/events".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_trigger(
    client: *mut pusher_client,
    channels: *const *const c_char,
    count: usize,
    event: *const c_char,
    data: *const c_char,
    data_len: usize,
    socket_id: *const c_char,
    info: *const c_char,
    request: *mut pusher_request,
) -> i32 {
    let make = |client: &Client| {
        // SAFETY: strings and an array of `count` strings, by contract.
        let event = unsafe {
            Trigger {
                name: required("event", event)?,
                channels: names(channels, count)?,
                data: sized("data", data, data_len)?,
                socket_id: optional("socket_id", socket_id)?,
                info: optional("info", info)?,
            }
        };
        client.trigger(&event)
    };
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, make) }
}

/// # Safety
/// `channels` is NULL or has `count` NUL-terminated strings.
unsafe fn names<'a>(channels: *const *const c_char, count: usize) -> Result<Vec<&'a str>> {
    if channels.is_null() || count > 1_000_000 {
        return Err(Error::new(Status::Argument, "channels is NULL, or count is not their number"));
    }
    // SAFETY: the caller's promise.
    (0..count).map(|n| unsafe { required("a channel", *channels.add(n)) }).collect()
}

/// One event of a batch, with text of its own.
struct Event {
    channel: String,
    name: String,
    data: String,
    socket_id: Option<String>,
    info: Option<String>,
}

static BATCHES: Handles<Mutex<Vec<Event>>> = Handles::new("batch", 4);

/// Makes an empty batch of events for `pusher_client_trigger_batch`.
///
/// @return a batch to be freed with `pusher_batch_free`; never NULL where there is memory
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_batch_new() -> *mut pusher_batch {
    guard_value(|| BATCHES.insert(Mutex::default())).unwrap_or(ptr::null_mut())
}

/// Frees a batch.
///
/// @param batch  NULL is fine
/// @return PUSHER_OK; PUSHER_ERR_HANDLE where it has been freed before
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_batch_free(batch: *mut pusher_batch) -> i32 {
    guard(|| if batch.is_null() { Ok(()) } else { BATCHES.remove(batch).map(drop) })
}

/// Adds an event to a batch.
///
/// @param channel    one whole name; copied
/// @param event      the event's name; copied
/// @param data       UTF-8 text, usually JSON; copied; NULL is empty where data_len is 0
/// @param data_len   the length of data in bytes
/// @param socket_id  the connection that is not to receive it; NULL for none; copied
/// @param info       what to tell about the channel; NULL for nothing; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_batch_add(
    batch: *mut pusher_batch,
    channel: *const c_char,
    event: *const c_char,
    data: *const c_char,
    data_len: usize,
    socket_id: *const c_char,
    info: *const c_char,
) -> i32 {
    guard(|| {
        let batch = BATCHES.get(batch)?;
        // SAFETY: NULL, NUL-terminated or of the given length, by contract.
        let event = unsafe {
            Event {
                channel: required("channel", channel)?.to_owned(),
                name: required("event", event)?.to_owned(),
                data: sized("data", data, data_len)?.to_owned(),
                socket_id: optional("socket_id", socket_id)?.map(str::to_owned),
                info: optional("info", info)?.map(str::to_owned),
            }
        };
        batch.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        Ok(())
    })
}

/// Publishes all events of a batch in one call of the HTTP API. All else as for
/// `pusher_client_trigger`.
///
/// @param batch    1 to 10 events; read now, still yours to free
/// @param request  receives the request's number; may be NULL
/// @return as for `pusher_client_trigger`
///
/// Since 0.1.0. Pusher HTTP API: "POST /apps/[app_id]/batch_events".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_trigger_batch(
    client: *mut pusher_client,
    batch: *const pusher_batch,
    request: *mut pusher_request,
) -> i32 {
    let make = |client: &Client| {
        let batch = BATCHES.get(batch)?;
        let events = batch.lock().unwrap_or_else(PoisonError::into_inner);
        let events: Vec<Trigger<'_>> = events
            .iter()
            .map(|event| Trigger {
                name: &event.name,
                channels: vec![&event.channel],
                data: &event.data,
                socket_id: event.socket_id.as_deref(),
                info: event.info.as_deref(),
            })
            .collect();
        client.trigger_batch(&events)
    };
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, make) }
}

/// Asks the HTTP API which channels are in use. The completed event's `data` is the server's answer:
/// {"channels":{"presence-room":{"user_count":2}}}.
///
/// @param prefix   only those whose names begin so, such as "presence-"; NULL for all; copied
/// @param info     such as "user_count" (with the prefix "presence-"); NULL for nothing; copied
/// @param request  receives the request's number; may be NULL
/// @return as for `pusher_client_trigger`
///
/// Since 0.1.0. Pusher HTTP API: "GET /apps/[app_id]/channels".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_get_channels(
    client: *mut pusher_client,
    prefix: *const c_char,
    info: *const c_char,
    request: *mut pusher_request,
) -> i32 {
    let make = |client: &Client| {
        // SAFETY: NULL or NUL-terminated strings, by contract.
        let (prefix, info) = unsafe { (optional("prefix", prefix)?, optional("info", info)?) };
        client.get_channels(prefix, info)
    };
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, make) }
}

/// Asks the HTTP API about one channel. The completed event's `data` is the server's answer:
/// {"occupied":true,"subscription_count":3}.
///
/// @param channel  the channel's whole name; copied
/// @param info     such as "subscription_count,user_count,cache"; NULL for nothing; copied
/// @param request  receives the request's number; may be NULL
/// @return as for `pusher_client_trigger`
///
/// Since 0.1.0. Pusher HTTP API: "GET /apps/[app_id]/channels/[channel_name]".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_get_channel(
    client: *mut pusher_client,
    channel: *const c_char,
    info: *const c_char,
    request: *mut pusher_request,
) -> i32 {
    let make = |client: &Client| {
        // SAFETY: NULL or NUL-terminated strings, by contract.
        let (channel, info) = unsafe { (required("channel", channel)?, optional("info", info)?) };
        client.get_channel(channel, info)
    };
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, make) }
}

/// Asks the HTTP API who is on a presence channel, as the server sees it. The completed event's
/// `data` is the server's answer: {"users":[{"id":"1"}]}. For a channel that you are subscribed to,
/// `pusher_client_members` knows more, and without asking.
///
/// @param channel  a presence channel's whole name; copied
/// @param request  receives the request's number; may be NULL
/// @return as for `pusher_client_trigger`
///
/// Since 0.1.0. Pusher HTTP API: "GET /apps/[app_id]/channels/[channel_name]/users".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_get_users(
    client: *mut pusher_client,
    channel: *const c_char,
    request: *mut pusher_request,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    let make = |client: &Client| client.get_users(unsafe { required("channel", channel) }?);
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, make) }
}

/// Has the server end all connections of a signed-in user.
///
/// @param user_id  copied
/// @param request  receives the request's number; may be NULL
/// @return as for `pusher_client_trigger`
///
/// Since 0.1.0. Pusher HTTP API: "POST /apps/[app_id]/users/[user_id]/terminate_connections".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_terminate_user(
    client: *mut pusher_client,
    user_id: *const c_char,
    request: *mut pusher_request,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    let make = |client: &Client| client.terminate_user(unsafe { required("user_id", user_id) }?);
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, make) }
}

/// Publishes an event to one signed-in user, on all of that user's connections.
///
/// @param user_id   copied
/// @param event     the event's name; copied
/// @param data      UTF-8 text, usually JSON; copied; NULL is empty where data_len is 0
/// @param data_len  the length of data in bytes
/// @param request   receives the request's number; may be NULL
/// @return as for `pusher_client_trigger`
///
/// Since 0.1.0. Pusher Channels: "Sending events to authenticated users".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_send_to_user(
    client: *mut pusher_client,
    user_id: *const c_char,
    event: *const c_char,
    data: *const c_char,
    data_len: usize,
    request: *mut pusher_request,
) -> i32 {
    let make = |client: &Client| {
        // SAFETY: NUL-terminated or of the given length, by contract.
        let (user, event, data) = unsafe {
            (
                required("user_id", user_id)?,
                required("event", event)?,
                sized("data", data, data_len)?,
            )
        };
        client.send_to_user(user, event, data)
    };
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, make) }
}
