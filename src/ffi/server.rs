//! What a server does with the secret: answers for clients, webhooks, encryption.

use std::ffi::c_char;

use crate::engine::random;
use crate::error::{Error, Result, Status};
use crate::ffi::client::fill;
use crate::ffi::config::snapshot;
use crate::ffi::guard::guard;
use crate::ffi::text::{optional, required, sized};
use crate::ffi::types::pusher_config;
use crate::protocol::channel::ChannelName;
use crate::protocol::server;

/// Makes the answer of an authorisation endpoint: the JSON that permits one connection to subscribe
/// to one channel. For programs that authorise others. Check first that they may.
///
/// @param config        has the key and the secret, and the master key for encrypted channels
/// @param socket_id     as the client sent it
/// @param channel       as the client sent it
/// @param channel_data  for a presence channel: the user as JSON with a user_id; else NULL
/// @param buffer        receives the JSON, NUL-terminated
/// @param capacity      the size of buffer, in bytes
/// @param length        receives the JSON's length without the NUL; may be NULL
/// @return PUSHER_OK; PUSHER_ERR_TOO_LARGE where it does not fit, and length says what would;
///         PUSHER_ERR_ARGUMENT where something is missing or malformed; PUSHER_ERR_CHANNEL;
///         PUSHER_ERR_HANDLE
///
/// Since 0.1.0. Pusher Channels: "Generating authentication signatures".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_authorize_channel(
    config: *const pusher_config,
    socket_id: *const c_char,
    channel: *const c_char,
    channel_data: *const c_char,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let config = snapshot(config)?;
        let (credentials, master_key) = config.server_keys()?;
        // SAFETY: NULL or NUL-terminated strings, by contract.
        let (socket_id, channel, data) = unsafe {
            (
                required("socket_id", socket_id)?,
                required("channel", channel)?,
                optional("channel_data", channel_data)?,
            )
        };
        let channel = ChannelName::within(channel, config.limits())?;
        let json = server::authorize_channel(credentials, master_key, socket_id, &channel, data)?;
        // SAFETY: `buffer` has `capacity` bytes, and `length` is NULL or valid, by contract.
        unsafe { fill("answer", &json, buffer, capacity, length) }
    })
}

/// Makes the answer of a user authorisation endpoint: the JSON that permits one connection to sign
/// in as this user.
///
/// @param config     has the key and the secret
/// @param socket_id  as the client sent it
/// @param user_data  the user as JSON with an id
/// @param buffer     receives the JSON, NUL-terminated
/// @param capacity   the size of buffer, in bytes
/// @param length     receives the JSON's length without the NUL; may be NULL
/// @return as for `pusher_authorize_channel`
///
/// Since 0.1.0. Pusher Channels: "Generating authentication signatures".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_authorize_user(
    config: *const pusher_config,
    socket_id: *const c_char,
    user_data: *const c_char,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let config = snapshot(config)?;
        let (credentials, _) = config.server_keys()?;
        // SAFETY: NUL-terminated strings, by contract.
        let (socket_id, data) =
            unsafe { (required("socket_id", socket_id)?, required("user_data", user_data)?) };
        let json = server::authorize_user(credentials, socket_id, data)?;
        // SAFETY: `buffer` has `capacity` bytes, and `length` is NULL or valid, by contract.
        unsafe { fill("answer", &json, buffer, capacity, length) }
    })
}

/// Tells whether a webhook really comes from the server: compares the signature in constant time.
///
/// @param config     has the key and the secret
/// @param key        the request's header X-Pusher-Key
/// @param signature  the request's header X-Pusher-Signature
/// @param body       the request's body, byte for byte
/// @param body_len   its length in bytes
/// @return PUSHER_OK; PUSHER_ERR_AUTH where it is not genuine; PUSHER_ERR_ARGUMENT;
///         PUSHER_ERR_HANDLE
///
/// Since 0.1.0. Pusher Channels: "Webhooks".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_verify_webhook(
    config: *const pusher_config,
    key: *const c_char,
    signature: *const c_char,
    body: *const c_char,
    body_len: usize,
) -> i32 {
    guard(|| {
        let config = snapshot(config)?;
        let (credentials, _) = config.server_keys()?;
        // SAFETY: NUL-terminated or of the given length, by contract.
        let (key, signature, body) = unsafe {
            (
                required("key", key)?,
                required("signature", signature)?,
                sized("body", body, body_len)?,
            )
        };
        server::verify_webhook(credentials, key, signature, body.as_bytes())
    })
}

/// Encrypts an event's data for an encrypted channel, for programs that publish by other means than
/// `pusher_client_trigger`, which encrypts by itself. Each call uses a new random nonce.
///
/// @param config    has the master key, and the secret
/// @param channel   an encrypted channel's whole name
/// @param data      UTF-8 text; NULL is empty where data_len is 0
/// @param data_len  the length of data in bytes
/// @param buffer    receives JSON: {"nonce":"...","ciphertext":"..."}, NUL-terminated
/// @param capacity  the size of buffer, in bytes; 4/3 of data_len and 100 are enough
/// @param length    receives the JSON's length without the NUL; may be NULL
/// @return PUSHER_OK; PUSHER_ERR_TOO_LARGE where it does not fit, and length says what would;
///         PUSHER_ERR_ARGUMENT where the channel is not encrypted or the key is missing;
///         PUSHER_ERR_CHANNEL; PUSHER_ERR_SYSTEM where the system gives no random numbers;
///         PUSHER_ERR_HANDLE
///
/// Since 0.1.0. Pusher Channels: "Encrypted channels".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_encrypt(
    config: *const pusher_config,
    channel: *const c_char,
    data: *const c_char,
    data_len: usize,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let config = snapshot(config)?;
        let (_, master_key) = config.server_keys()?;
        // SAFETY: NUL-terminated or of the given length, by contract.
        let (channel, data) =
            unsafe { (required("channel", channel)?, sized("data", data, data_len)?) };
        let channel = ChannelName::within(channel, config.limits())?;
        let missing = |text: &str| -> Result<()> { Err(Error::new(Status::Argument, text)) };
        if !channel.kind().is_encrypted() {
            return missing(
                "the channel is not encrypted; its name begins with private-encrypted-",
            );
        }
        let Some(master_key) = master_key else {
            return missing("this needs the encryption master key; set it in the config");
        };
        let json = master_key.channel_key(channel.as_str()).encrypt(&random::nonce()?, data);
        // SAFETY: `buffer` has `capacity` bytes, and `length` is NULL or valid, by contract.
        unsafe { fill("encrypted data", &json, buffer, capacity, length) }
    })
}
