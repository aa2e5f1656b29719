//! Authorising, signing in.

use std::ffi::c_char;

use crate::client::Client;
use crate::error::{Error, Result, Status};
use crate::ffi::channels::whole_name;
use crate::ffi::client::{client, request};
use crate::ffi::guard::guard;
use crate::ffi::text::{optional, required};
use crate::ffi::types::{pusher_client, pusher_request};
use crate::protocol::authorization::{ChannelAuth, UserAuth};

/// Subscribes with a ready-made permission, for programs that got one elsewhere. It was made for the
/// present socket id, and so is good for the present connection only: after a reconnect the
/// configured authorisation takes its place, and without one the subscription is refused with
/// PUSHER_ERR_AUTH. All else as for `pusher_client_subscribe`.
///
/// @param channel        the channel's whole name; copied
/// @param auth           "KEY:SIGNATURE"; copied
/// @param channel_data   for a presence channel: the signed user, byte for byte; else NULL; copied
/// @param shared_secret  for an encrypted channel: the base64 of its key; else NULL; copied
/// @param request        receives the request's number; may be NULL
/// @return as for `pusher_client_subscribe`; PUSHER_ERR_AUTH where auth or shared_secret are malformed
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_subscribe_with_auth(
    client: *mut pusher_client,
    channel: *const c_char,
    auth: *const c_char,
    channel_data: *const c_char,
    shared_secret: *const c_char,
    request: *mut pusher_request,
) -> i32 {
    let make = |client: &Client| {
        // SAFETY: NULL or NUL-terminated strings, by contract.
        let (channel, auth) = unsafe {
            (whole_name(client, channel)?, channel_auth(auth, channel_data, shared_secret)?)
        };
        client.subscribe_with_auth(&channel, auth)
    };
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, make) }
}

/// # Safety
/// NULL or NUL-terminated strings.
unsafe fn channel_auth(
    auth: *const c_char,
    channel_data: *const c_char,
    shared_secret: *const c_char,
) -> Result<ChannelAuth> {
    // SAFETY: the caller's promise.
    let (auth, data, secret) = unsafe {
        (
            required("auth", auth)?,
            optional("channel_data", channel_data)?,
            optional("shared_secret", shared_secret)?,
        )
    };
    ChannelAuth::new(auth, data.map(str::to_owned), secret)
}

/// Answers an event of kind PUSHER_EVENT_AUTHORIZE. At once or later, from any thread. An answer
/// that comes too late, twice, or for a connection that is no more, is dropped.
///
/// @param number         the event's `request`
/// @param channel        which channel of a batch is answered; NULL where the event was for one
/// @param auth           "KEY:SIGNATURE", made for the event's socket id; copied
/// @param channel_data   for a presence channel: the signed user, byte for byte; else NULL; copied
/// @param shared_secret  for an encrypted channel: the base64 of its key; else NULL; copied
/// @return PUSHER_OK; PUSHER_ERR_AUTH where auth or shared_secret are malformed, and the
///         authorisation goes on waiting; PUSHER_ERR_CHANNEL; PUSHER_ERR_ARGUMENT;
///         PUSHER_ERR_HANDLE; PUSHER_ERR_CLOSED; PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_authorize(
    client: *mut pusher_client,
    number: pusher_request,
    channel: *const c_char,
    auth: *const c_char,
    channel_data: *const c_char,
    shared_secret: *const c_char,
) -> i32 {
    guard(|| {
        let client = self::client(client)?;
        // SAFETY: NULL or NUL-terminated strings, by contract.
        let auth = unsafe { channel_auth(auth, channel_data, shared_secret) }?;
        // SAFETY: as above.
        let channel = unsafe { optional("channel", channel) }?;
        let channel = channel.map(|name| client.channel(name)).transpose()?;
        client.authorize(number, channel, Ok(auth))
    })
}

/// Answers an event of kind PUSHER_EVENT_AUTHORIZE_USER. All else as for `pusher_client_authorize`.
///
/// @param number     the event's `request`
/// @param auth       "KEY:SIGNATURE", made for the event's socket id; copied
/// @param user_data  the signed user, JSON with an id, byte for byte; copied
/// @return PUSHER_OK; PUSHER_ERR_AUTH, PUSHER_ERR_ARGUMENT where one of them is malformed;
///         PUSHER_ERR_HANDLE; PUSHER_ERR_CLOSED; PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_authorize_user(
    client: *mut pusher_client,
    number: pusher_request,
    auth: *const c_char,
    user_data: *const c_char,
) -> i32 {
    guard(|| {
        // SAFETY: NULL or NUL-terminated strings, by contract.
        let (auth, data) = unsafe { (required("auth", auth)?, required("user_data", user_data)?) };
        self::client(client)?.authorize_user(number, Ok(UserAuth::new(auth, data)?))
    })
}

/// Refuses what an event of kind PUSHER_EVENT_AUTHORIZE, PUSHER_EVENT_AUTHORIZE_USER or
/// PUSHER_EVENT_PREPARE_AUTHORIZATION asks for; of a batch, all that is not answered yet. The
/// subscriptions, or the sign-in, end with PUSHER_ERR_AUTH.
///
/// @param number  the event's `request`
/// @param reason  told with the error; NULL for none; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_refuse(
    client: *mut pusher_client,
    number: pusher_request,
    reason: *const c_char,
) -> i32 {
    guard(|| {
        // SAFETY: NULL or a NUL-terminated string, by contract.
        let reason = unsafe { optional("reason", reason) }?;
        let reason = reason.unwrap_or("the program refused");
        self::client(client)?.refuse_authorization(number, reason)
    })
}

/// Answers an event of kind PUSHER_EVENT_PREPARE_AUTHORIZATION: supplies headers and parameters for
/// this one request to the endpoint. They win over those of the config.
///
/// @param number   the event's `request`
/// @param headers  names and values in turn, ended by a NULL name; NULL for none; copied
/// @param params   the same for the body's parameters; NULL for none; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_prepare(
    client: *mut pusher_client,
    number: pusher_request,
    headers: *const *const c_char,
    params: *const *const c_char,
) -> i32 {
    guard(|| {
        // SAFETY: NULL, or arrays of NUL-terminated strings ended by NULL, by contract.
        let (headers, params) =
            unsafe { (pairs("a header", headers)?, pairs("a parameter", params)?) };
        self::client(client)?.prepare_authorization(number, headers, params)
    })
}

/// # Safety
/// NULL, or an array of NUL-terminated strings, of names and values in turn, ended by a NULL name.
unsafe fn pairs(what: &str, list: *const *const c_char) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    if list.is_null() {
        return Ok(found);
    }
    let mut place = list;
    loop {
        // SAFETY: the caller's promise: a name or the NULL at the end, and behind a name its value.
        unsafe {
            let Some(name) = optional(what, *place)? else { return Ok(found) };
            let value = optional(what, *place.add(1))?.ok_or_else(|| {
                let text = format!("{what} of the name '{}' has no value", name.escape_debug());
                Error::new(Status::Argument, text)
            })?;
            found.push((name.to_owned(), value.to_owned()));
            place = place.add(2);
        }
    }
}

/// Signs the user in, now and after every reconnect. Events to this user then arrive on the channel
/// `#server-to-user-ID`, and those of the watchlist as PUSHER_EVENT_WATCHLIST.
///
/// Completed with PUSHER_OK when the server has confirmed; with PUSHER_ERR_AUTH where it was refused;
/// with PUSHER_ERR_TIMEOUT where the server did not answer, as servers do that know no users; with
/// PUSHER_ERR_NETWORK or PUSHER_ERR_TLS where the endpoint that authorises cannot be reached; with
/// PUSHER_ERR_QUEUE_FULL where a thousand such requests wait already.
///
/// @param request  receives the request's number; may be NULL
/// @return PUSHER_OK, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_QUEUE_FULL,
///         PUSHER_ERR_FORKED
///
/// Since 0.1.0. Pusher Channels protocol: "pusher:signin".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_sign_in(
    client: *mut pusher_client,
    request: *mut pusher_request,
) -> i32 {
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, Client::sign_in) }
}
