//! `pusher_config`: the options.

use std::ffi::c_char;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::config::{Config, Delivery};
use crate::error::{Error, Result, Status};
use crate::ffi::guard::{guard, guard_value};
use crate::ffi::handles::Handles;
use crate::ffi::numbers;
use crate::ffi::text::{optional, required};
use crate::ffi::types::{pusher_config, pusher_queue};

static CONFIGS: Handles<Mutex<Config>> = Handles::new("config", 0);

/// The config behind a handle, as it is now.
pub(super) fn snapshot(config: *const pusher_config) -> Result<Config> {
    let config = CONFIGS.get(config)?;
    Ok(config.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

pub(super) fn change(
    config: *mut pusher_config,
    set: impl FnOnce(&mut Config) -> Result<()>,
) -> i32 {
    guard(|| {
        let config: Arc<Mutex<Config>> = CONFIGS.get(config)?;
        set(&mut config.lock().unwrap_or_else(PoisonError::into_inner))
    })
}

pub(super) fn milliseconds(what: &str, number: i32) -> Result<Duration> {
    u64::try_from(number).map(Duration::from_millis).map_err(|_| {
        Error::new(Status::Argument, format!("{what} is {number} ms, and cannot be negative"))
    })
}

/// Makes a config for an application's key. Set a cluster or a host before you make a client of it.
///
/// @param key  the application's key, as the dashboard or the server's configuration shows it
/// @return a config to be freed with `pusher_config_free`, or NULL where the key is not valid
///         (`pusher_last_error` says why)
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_new(key: *const c_char) -> *mut pusher_config {
    let made = guard_value(|| {
        // SAFETY: a NUL-terminated string, by contract.
        let key = unsafe { required("key", key) }?;
        CONFIGS.insert(Mutex::new(Config::new(key)?))
    });
    made.unwrap_or(ptr::null_mut())
}

/// Frees a config. Clients made from it keep what they were given.
///
/// @param config  NULL is fine
/// @return PUSHER_OK, or PUSHER_ERR_HANDLE where it has been freed before
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_free(config: *mut pusher_config) -> i32 {
    guard(|| if config.is_null() { Ok(()) } else { CONFIGS.remove(config).map(drop) })
}

/// Connects to a cluster of Pusher's own: "eu" means ws-eu.pusher.com. Either this or a host.
///
/// @param cluster  the cluster's short name; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_cluster(
    config: *mut pusher_config,
    cluster: *const c_char,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    change(config, |config| config.set_cluster(unsafe { required("cluster", cluster) }?))
}

/// Connects to a server of your own (soketi, Laravel Reverb, Sockudo, ...). Either this or a cluster.
///
/// @param host  a host name or an IP address, without scheme, port and path; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_host(
    config: *mut pusher_config,
    host: *const c_char,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    change(config, |config| config.set_host(unsafe { required("host", host) }?))
}

/// Sets the port. Default: 443 with TLS, 80 without.
///
/// @param port  1 to 65535
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_port(config: *mut pusher_config, port: i32) -> i32 {
    change(config, |config| config.set_port(port))
}

/// Sets a path that goes before /app/KEY, for servers behind a reverse proxy. Default: none.
///
/// @param path  such as "/realtime"; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_path(
    config: *mut pusher_config,
    path: *const c_char,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    change(config, |config| config.set_path(unsafe { required("path", path) }?))
}

/// Switches TLS (wss) on or off. Default: on. The server's certificate is checked against the
/// platform's trust store; on Linux that is the package ca-certificates, or what the environment
/// variables SSL_CERT_FILE and SSL_CERT_DIR name.
///
/// A server that takes TLS only (close code 4000) switches it on by itself.
///
/// @param tls  0 for off, anything else for on
/// @return PUSHER_OK, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_tls(config: *mut pusher_config, tls: i32) -> i32 {
    change(config, |config| {
        config.set_tls(tls != 0);
        Ok(())
    })
}

/// Sets the application's secret: private and presence channels are then authorised by the client
/// itself, unless an endpoint or an authoriser is set: then that gives all permissions, and the secret
/// signs calls of the HTTP API only. For programs whose users may know the secret: services, tools, your
/// own machines. It is never logged, and overwritten when it is dropped.
///
/// @param secret  copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0. Pusher: "Generating authentication signatures".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_secret(
    config: *mut pusher_config,
    secret: *const c_char,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    change(config, |config| config.set_secret(unsafe { required("secret", secret) }?))
}

/// Sets the user that presence channels are subscribed as. A subscribe can bring another one.
///
/// @param user_id    unique for each user; Pusher allows 128 characters; copied
/// @param user_info  what the other members see, as JSON, such as {"name":"Ann"}; Pusher allows
///                   1 KB; NULL for none; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_presence_user(
    config: *mut pusher_config,
    user_id: *const c_char,
    user_info: *const c_char,
) -> i32 {
    change(config, |config| {
        // SAFETY: NUL-terminated strings, by contract.
        let (id, info) =
            unsafe { (required("user_id", user_id)?, optional("user_info", user_info)?) };
        config.set_presence_user(id, info)
    })
}

/// Sets what the client calls itself in the URL it connects to. Default: "pusherws" and its version.
///
/// @param name     1 to 64 printable ASCII characters without spaces; copied
/// @param version  the same; servers expect something like "1.0.0"; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_client_name(
    config: *mut pusher_config,
    name: *const c_char,
    version: *const c_char,
) -> i32 {
    change(config, |config| {
        // SAFETY: NUL-terminated strings, by contract.
        let (name, version) = unsafe { (required("name", name)?, required("version", version)?) };
        config.set_client_name(name, version)
    })
}

/// Sets how long a try to connect may take, from the DNS query to the server's socket id.
/// Default: 20000 ms.
///
/// @param timeout_ms  1 to 86400000
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_connect_timeout(
    config: *mut pusher_config,
    timeout_ms: i32,
) -> i32 {
    change(config, |config| {
        config.set_connect_timeout(milliseconds("the connect timeout", timeout_ms)?)
    })
}

/// Sets after how long a silence the server is pinged. The server may ask for less, and gets it.
/// Default: 120000 ms.
///
/// @param timeout_ms  1 to 86400000
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0. Pusher Channels protocol: "Ping and pong messages".
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_activity_timeout(
    config: *mut pusher_config,
    timeout_ms: i32,
) -> i32 {
    change(config, |config| {
        config.set_activity_timeout(milliseconds("the activity timeout", timeout_ms)?)
    })
}

/// Sets how long the answer to a ping may take, before the connection counts as lost and is made
/// anew. Default: 30000 ms.
///
/// @param timeout_ms  1 to 86400000
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0. Pusher Channels protocol: "Ping and pong messages".
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_pong_timeout(
    config: *mut pusher_config,
    timeout_ms: i32,
) -> i32 {
    change(config, |config| config.set_pong_timeout(milliseconds("the pong timeout", timeout_ms)?))
}

/// Sets how long the server may take to answer a subscription, before it counts as refused. Some
/// servers refuse in silence. Default: 20000 ms.
///
/// @param timeout_ms  1 to 86400000
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_subscribe_timeout(
    config: *mut pusher_config,
    timeout_ms: i32,
) -> i32 {
    change(config, |config| {
        config.set_subscribe_timeout(milliseconds("the subscribe timeout", timeout_ms)?)
    })
}

/// Sets how long to wait before connecting again. The first delay is drawn at random between nothing
/// and first_ms, the next between nothing and twice that, and so on, up to longest_ms. A server that
/// is over capacity is given a second more. Default: 1000 ms and 30000 ms.
///
/// @param first_ms    1 to 86400000
/// @param longest_ms  first_ms to 86400000
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_backoff(
    config: *mut pusher_config,
    first_ms: i32,
    longest_ms: i32,
) -> i32 {
    change(config, |config| {
        let first = milliseconds("the first back-off", first_ms)?;
        config.set_backoff(first, milliseconds("the longest back-off", longest_ms)?)
    })
}

/// Sets the largest message that is accepted from the server. A larger one ends the connection,
/// which is then made anew. Default: 4 MiB.
///
/// @param bytes  1024 to 268435456
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_max_message_size(
    config: *mut pusher_config,
    bytes: usize,
) -> i32 {
    change(config, |config| config.set_max_message(bytes))
}

/// Sets how many events may wait for your callbacks. When so many wait, or 32 MiB of their text, the
/// client stops reading from the server until half of them are delivered: nothing is lost, and memory
/// stays bounded. Meanwhile it keeps the connection alive with pings of its own. Default: 8192.
///
/// What the client itself has to tell (completions, changes of state) always finds room; but when
/// 10000 events more than this wait, new requests are refused with PUSHER_ERR_QUEUE_FULL, apart from
/// those that make less work: disconnect, unsubscribe, close.
///
/// @param events  16 to 16777216
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_queue_capacity(
    config: *mut pusher_config,
    events: usize,
) -> i32 {
    change(config, |config| config.set_queue(events))
}

/// Sets on which thread callbacks run. Default: PUSHER_DELIVER_THREAD.
///
/// PUSHER_DELIVER_INLINE has no queue: `pusher_config_set_queue_capacity` and
/// `pusher_config_set_queue_policy` do nothing then, and a callback that takes long is what stops
/// reading, for all clients of the process.
///
/// @param delivery  a `pusher_delivery`
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_delivery(config: *mut pusher_config, delivery: i32) -> i32 {
    change(config, |config| {
        let text = || format!("{delivery} is no pusher_delivery");
        let known = numbers::delivery(delivery);
        config.set_delivery(known.ok_or_else(|| Error::new(Status::Argument, text()))?);
        Ok(())
    })
}

/// Sets how much is told of everything that a client does: lines for people, as events of the kind
/// PUSHER_EVENT_LOG. They come with all other events, in their place among them, to the bindings that
/// ask for the name "pusher:log", to no others, and to `pusher_client_next`. Default: PUSHER_LOG_OFF,
/// which costs nothing.
///
///     pusher_config_set_log_level(config, PUSHER_LOG_DEBUG);
///     ...
///     pusher_client_bind(client, NULL, "pusher:log", &print_line, NULL);
///
/// No secret, auth string, shared secret or token is in a line: what goes by such a name in JSON, what
/// looks like one, and what the configuration knows to be one is replaced by "[redacted]". What your
/// messages hold beside is in the frames of PUSHER_LOG_TRACE.
///
/// With PUSHER_LOG_TRACE an event costs many times what it does otherwise, and each frame makes one
/// more event: lines are never dropped, and fill the queue as messages do.
///
/// @param level  a `pusher_log_level`
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_log_level(config: *mut pusher_config, level: i32) -> i32 {
    change(config, |config| {
        let text = || format!("{level} is no pusher_log_level");
        let known = numbers::log_level(level);
        config.set_log_level(known.ok_or_else(|| Error::new(Status::Argument, text()))?);
        Ok(())
    })
}

/// Sets a queue that clients share: their events are asked for there, with `pusher_queue_dispatch` or
/// `pusher_queue_next`. The delivery is then PUSHER_DELIVER_POLL; `pusher_config_set_delivery` undoes
/// it.
///
/// @param queue  the queue, which has to live as long as the clients
/// @return PUSHER_OK, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_shared_queue(
    config: *mut pusher_config,
    queue: *mut pusher_queue,
) -> i32 {
    change(config, |config| {
        config.set_delivery(Delivery::Shared(crate::ffi::queue::queue(queue)?));
        Ok(())
    })
}

/// Sets among how many network threads the clients of this config are spread. Default: 1, which is enough
/// for some hundred thousand events a second, or for thousands of quiet connections.
///
/// The threads belong to the process: clients that ask for 1 share the first, those that ask for 4 share
/// the first four. A client stays on the one it was made on, which is the one with the fewest clients.
/// With PUSHER_DELIVER_INLINE callbacks of clients on different threads run at the same time.
///
/// @param threads  1 to 64
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_network_threads(
    config: *mut pusher_config,
    threads: u32,
) -> i32 {
    change(config, |config| config.set_network_threads(threads as usize))
}
