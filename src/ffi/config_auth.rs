//! `pusher_config`: authorisation, users, the HTTP API, limits.

use std::ffi::c_char;

use crate::error::{Error, Status};
use crate::ffi::config::{change, milliseconds};
use crate::ffi::text::required;
use crate::ffi::types::pusher_config;
use crate::protocol::limits::Limits;
use crate::session::config::OverLimit;

/// Has private and presence channels authorised by your application's HTTP endpoint, as pusher-js
/// does: it is asked with POST, `socket_id` and `channel_name`, and answers with
/// {"auth":"KEY:SIGNATURE"}, with "channel_data" for presence and "shared_secret" for encrypted
/// channels. Answers that are no verdict (no connection, 408, 429, 5xx) are asked for again, twice;
/// at most 8 requests are under way together.
///
/// User and password in the URL, before its host, are sent by HTTP Basic, unless a header Authorization of
/// yours is sent; neither is in a message, the log or a dump.
///
/// It gives all permissions, in place of the secret; sign-ins have an endpoint of their own
/// (`pusher_config_set_user_auth_endpoint`), and where you set that alone, private channels have none.
///
/// @param url  a whole http or https URL; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0. Pusher Channels: "Authorizing users".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_auth_endpoint(
    config: *mut pusher_config,
    url: *const c_char,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    change(config, |config| config.set_auth_endpoint(unsafe { required("url", url) }?))
}

/// Has sign-ins authorised by your application's HTTP endpoint: it is asked with POST and
/// `socket_id`, and answers with {"auth":"KEY:SIGNATURE","user_data":"{...}"}. User and password in the
/// URL are sent as for `pusher_config_set_auth_endpoint`.
///
/// @param url  a whole http or https URL; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0. Pusher Channels: "Authenticating users".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_user_auth_endpoint(
    config: *mut pusher_config,
    url: *const c_char,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    change(config, |config| config.set_user_auth_endpoint(unsafe { required("url", url) }?))
}

/// Sends the endpoints a JSON body instead of a form. Default: a form.
///
/// @param json  0 for a form, anything else for JSON
/// @return PUSHER_OK, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_auth_json(config: *mut pusher_config, json: i32) -> i32 {
    change(config, |config| {
        config.set_auth_json(json != 0);
        Ok(())
    })
}

/// Asks the endpoint for many channels in one request where many are wanted at once, as after a
/// reconnect: `channel_name[0]`, `channel_name[1]` and so on in a form, an array in JSON. It answers
/// with an object from channel to what the answer for it alone would be. Default: one by one.
///
/// @param batches  0 for one by one, anything else for many at once
/// @return PUSHER_OK, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_auth_batches(config: *mut pusher_config, batches: i32) -> i32 {
    change(config, |config| {
        config.set_auth_batches(batches != 0);
        Ok(())
    })
}

/// Asks you for headers and parameters before each request to an endpoint, by an event of kind
/// PUSHER_EVENT_PREPARE_AUTHORIZATION; and once more where it answers 401 or 403, so that you can
/// supply a fresh token. Default: off.
///
/// @param prepared  0 for off, anything else for on
/// @return PUSHER_OK, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_auth_prepared(
    config: *mut pusher_config,
    prepared: i32,
) -> i32 {
    change(config, |config| {
        config.set_auth_prepared(prepared != 0);
        Ok(())
    })
}

/// Adds a header to every request to the endpoints. Never logged.
///
/// @param name   the header's name; copied
/// @param value  its value, without control characters; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_add_auth_header(
    config: *mut pusher_config,
    name: *const c_char,
    value: *const c_char,
) -> i32 {
    change(config, |config| {
        // SAFETY: NUL-terminated strings, by contract.
        let (name, value) = unsafe { (required("name", name)?, required("value", value)?) };
        config.add_auth_header(name, value)
    })
}

/// Adds a parameter to the body of every request to the endpoints.
///
/// @param name   the parameter's name; copied
/// @param value  its value; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_add_auth_param(
    config: *mut pusher_config,
    name: *const c_char,
    value: *const c_char,
) -> i32 {
    change(config, |config| {
        // SAFETY: NUL-terminated strings, by contract.
        let (name, value) = unsafe { (required("name", name)?, required("value", value)?) };
        config.add_auth_param(name, value)
    })
}

/// Sets how long an authorisation may take: one request to an endpoint (default: 10000 ms), or your
/// own answer (default: 30000 ms). An endpoint that gives no verdict is asked again, and all of it
/// may take five times as long and 1500 ms; waiting for a turn there does not count.
///
/// @param timeout_ms  1 to 86400000
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_auth_timeout(
    config: *mut pusher_config,
    timeout_ms: i32,
) -> i32 {
    change(config, |config| {
        config.set_auth_timeout(milliseconds("the authorisation timeout", timeout_ms)?)
    })
}

/// Asks you to authorise, by events of kind PUSHER_EVENT_AUTHORIZE and PUSHER_EVENT_AUTHORIZE_USER.
/// Answer at once or later, from any thread, with `pusher_client_authorize`,
/// `pusher_client_authorize_user` or `pusher_client_refuse`.
///
/// @param batches  0: one event for each channel; anything else: one event for many channels where
///                 many are wanted at once, as after a reconnect
/// @return PUSHER_OK, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_authorizer(config: *mut pusher_config, batches: i32) -> i32 {
    change(config, |config| {
        config.set_authorizer(batches != 0);
        Ok(())
    })
}

/// Sets the key of which the keys of encrypted channels are made. Beside the secret, for programs
/// that may know both. It is never logged, and overwritten when it is dropped.
///
/// @param base64  the base64 of 32 bytes; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0. Pusher Channels: "Encrypted channels".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_encryption_master_key(
    config: *mut pusher_config,
    base64: *const c_char,
) -> i32 {
    change(config, |config| {
        // SAFETY: a NUL-terminated string, by contract.
        config.set_encryption_master_key(unsafe { required("base64", base64) }?)
    })
}

/// Sets the user to sign in as, where the secret is set. With an endpoint or an authoriser of your
/// own, that says who the user is.
///
/// @param user_data  JSON with an id, such as {"id":"1","user_info":{"name":"Ann"},
///                   "watchlist":["2"]}; signed and sent byte for byte; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0. Pusher Channels: "User authentication".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_user(
    config: *mut pusher_config,
    user_data: *const c_char,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    change(config, |config| config.set_user(unsafe { required("user_data", user_data) }?))
}

/// Sets the application's id, which the HTTP API needs beside the secret. Where both are set,
/// publishing on a public channel goes through the HTTP API.
///
/// @param app_id  copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0. Pusher Channels: "HTTP API".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_app_id(
    config: *mut pusher_config,
    app_id: *const c_char,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    change(config, |config| config.set_app_id(unsafe { required("app_id", app_id) }?))
}

/// Sets the HTTP API's host, where it is not the usual one: api-CLUSTER.pusher.com, or the
/// WebSocket's own host and port.
///
/// @param host  a host name or an IP address; copied
/// @param port  1 to 65535; 0 is 443 with TLS, and 80 without
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_api_host(
    config: *mut pusher_config,
    host: *const c_char,
    port: i32,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    change(config, |config| config.set_api_host(unsafe { required("host", host) }?, port))
}

/// Sets how long a call of the HTTP API may take, its waiting for earlier ones included. Default:
/// 30000 ms.
///
/// @param timeout_ms  1 to 86400000
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_api_timeout(
    config: *mut pusher_config,
    timeout_ms: i32,
) -> i32 {
    change(config, |config| config.set_api_timeout(milliseconds("the API's timeout", timeout_ms)?))
}

/// Sets how many client events may be published in a second, and what happens to more. Default: 10,
/// which is what servers allow, and PUSHER_OVER_LIMIT_WAIT.
///
/// @param per_second  also what may be published at once; 0 is without limit
/// @param over_limit  a `pusher_over_limit`
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0. Pusher Channels: "Client events".
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_publish_rate(
    config: *mut pusher_config,
    per_second: u32,
    over_limit: i32,
) -> i32 {
    change(config, |config| {
        let over_limit = match over_limit {
            0 => OverLimit::Wait,
            1 => OverLimit::Refuse,
            2 => OverLimit::KeepLatest,
            other => {
                let text = format!("{other} is no pusher_over_limit");
                return Err(Error::new(Status::Argument, text));
            }
        };
        config.set_publish_rate(per_second, over_limit);
        Ok(())
    })
}

/// Sets how many client events may wait for their channel's subscription, for a reconnect or for
/// their turn, and for how long; never more than 16 MiB of them. Default: 1000, and 30000 ms.
///
/// @param events  0 to 1000000
/// @param ttl_ms  1 to 86400000
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_publish_queue(
    config: *mut pusher_config,
    events: usize,
    ttl_ms: i32,
) -> i32 {
    change(config, |config| {
        config.set_publish_queue(events, milliseconds("the time to live", ttl_ms)?)
    })
}

/// Sets how long presence members who are missing after a reconnect may take to come back before
/// they count as gone: when a server restarts, all of its members come back one by one.
/// Default: 3000 ms.
///
/// @param grace_ms  0 to 86400000
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_presence_grace(
    config: *mut pusher_config,
    grace_ms: i32,
) -> i32 {
    change(config, |config| {
        config.set_presence_grace(milliseconds("the presence grace time", grace_ms)?)
    })
}

/// Sets whose limits names and data are checked by, before a server is asked. Default:
/// PUSHER_LIMITS_COMMON, and strict.
///
/// @param profile  a `pusher_limits`
/// @param lenient  0: channel names hold letters, digits and _ - = @ , . ; only, as documented;
///                 anything else: whatever the server takes
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_limits(
    config: *mut pusher_config,
    profile: i32,
    lenient: i32,
) -> i32 {
    change(config, |config| {
        let limits = match profile {
            0 => Limits::COMMON,
            1 => Limits::PUSHER,
            2 => Limits::SOKETI,
            3 => Limits::REVERB,
            4 => Limits::SOCKUDO,
            other => {
                let text = format!("{other} is no pusher_limits");
                return Err(Error::new(Status::Argument, text));
            }
        };
        config.set_limits(Limits { strict: lenient == 0, ..limits })
    })
}

/// Sets limits of your own, in place of a profile's.
///
/// @param channel_name  bytes of a channel's whole name; not 0
/// @param event_name    bytes of an event's name; not 0
/// @param event_data    bytes of an event's data; 0 leaves it to the server
/// @param lenient       as for `pusher_config_set_limits`
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_custom_limits(
    config: *mut pusher_config,
    channel_name: usize,
    event_name: usize,
    event_data: usize,
    lenient: i32,
) -> i32 {
    change(config, |config| {
        config.set_limits(Limits {
            profile: "custom",
            channel_name,
            event_name,
            event_data: Some(event_data).filter(|limit| *limit != 0),
            message: None,
            strict: lenient == 0,
        })
    })
}
