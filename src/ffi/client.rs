//! `pusher_client`: the connection, its requests and its callbacks.

use std::ffi::c_char;
use std::sync::Arc;
use std::time::Duration;

use crate::client::{BindOptions, Client, Delivered};
use crate::error::{Error, Result, Status};
use crate::ffi::config::snapshot;
use crate::ffi::event::borrowed;
use crate::ffi::guard::{guard, guard_value};
use crate::ffi::handles::Handles;
use crate::ffi::numbers::pusher_bind_flags::{PUSHER_BIND_GLOB, PUSHER_BIND_ONCE};
use crate::ffi::numbers::{pusher_connection_state, pusher_status};
use crate::ffi::polling::patience;
use crate::ffi::text::{copy_out, optional};
use crate::ffi::types::{
    pusher_binding, pusher_callback, pusher_client, pusher_config, pusher_request,
};

static CLIENTS: Handles<Client> = Handles::new("client", 1);

pub(super) fn client(handle: *const pusher_client) -> Result<Arc<Client>> {
    CLIENTS.get(handle)
}

/// Makes a request on a client, and gives its number to the caller who wants it.
///
/// # Safety
/// `request` is NULL or points to a `pusher_request`.
pub(super) unsafe fn request(
    handle: *mut pusher_client,
    request: *mut pusher_request,
    make: impl FnOnce(&Client) -> Result<u64>,
) -> i32 {
    guard(|| {
        let number = make(&*client(handle)?)?;
        if !request.is_null() {
            // SAFETY: the caller's promise.
            unsafe { *request = number };
        }
        Ok(())
    })
}

/// What C handed over to be called. Ending it ends its `user_data`.
struct CCallback(pusher_callback, *mut pusher_client);

// SAFETY: by contract, `call` and `drop` may be run on any thread, with `user_data`.
unsafe impl Send for CCallback {}
// SAFETY: as above; the library itself never runs two calls of a client at the same time.
unsafe impl Sync for CCallback {}

impl CCallback {
    fn call(&self, event: &Delivered<'_>) {
        if let Some(call) = self.0.call {
            let event = borrowed(event, self.1);
            // SAFETY: the event lives until the call returns; the rest is the caller's promise.
            unsafe { call(&event, self.0.user_data) };
        }
    }
}

impl Drop for CCallback {
    fn drop(&mut self) {
        if let Some(end) = self.0.drop {
            // SAFETY: runs once, after the last call, as promised to the caller.
            unsafe { end(self.0.user_data) };
        }
    }
}

/// Makes a client and its threads. Connects nothing: bind callbacks and subscribe first, or after
/// `pusher_client_connect`, as you like.
///
/// Clients share one network thread, or as many as `pusher_config_set_network_threads` says. With
/// PUSHER_DELIVER_THREAD, which is the default, each has one more on which its callbacks run, one at a
/// time and in order. Signals are blocked on both, but for faults.
///
/// @param config  read now, and not needed afterwards
/// @param client  receives the client, to be freed with `pusher_client_free`; written only on
///                success
/// @return PUSHER_OK; PUSHER_ERR_ARGUMENT where the options do not fit together, or client is NULL;
///         PUSHER_ERR_HANDLE; PUSHER_ERR_SYSTEM where no thread could be started
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_new(
    config: *const pusher_config,
    client: *mut *mut pusher_client,
) -> i32 {
    guard(|| {
        if client.is_null() {
            return Err(Error::new(
                Status::Argument,
                "the pointer that receives the client is NULL",
            ));
        }
        let handle: *mut pusher_client = CLIENTS.insert(Client::new(&snapshot(config)?)?)?;
        self::client(handle)?.set_tag(handle.addr());
        // SAFETY: not NULL, and a pointer to a pointer by contract.
        unsafe { *client = handle };
        Ok(())
    })
}

/// Connects, and stays connected: what is lost is tried again, with growing delays, until you
/// disconnect or close, the server refuses for good, or your own limit or decision ends the tries.
///
/// Completed with PUSHER_OK when the server has given a socket id (at once where it has already);
/// with PUSHER_ERR_REFUSED and the close code where the server refused for good; with
/// PUSHER_ERR_CANCELLED by a disconnect or close, or where `pusher_client_retry` decided against
/// another try; with the last error where `pusher_config_set_max_tries` ends them; with
/// PUSHER_ERR_QUEUE_FULL where a thousand such requests wait already. A network that is down is none of
/// these: it is tried again, and errors and changes of state tell how it goes.
///
/// @param request  receives the request's number; may be NULL
/// @return PUSHER_OK, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_QUEUE_FULL,
///         PUSHER_ERR_FORKED
///
/// Since 0.1.0. Pusher Channels protocol: "Connecting", "Connection closure".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_connect(
    client: *mut pusher_client,
    request: *mut pusher_request,
) -> i32 {
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, Client::connect) }
}

/// Disconnects. What is subscribed stays wanted, and is subscribed again by the next connect; client
/// events that still wait fail with PUSHER_ERR_NOT_CONNECTED.
///
/// Completed with PUSHER_OK at once; the goodbye to the server goes on behind it.
///
/// @param request  receives the request's number; may be NULL
/// @return PUSHER_OK, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_QUEUE_FULL,
///         PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_disconnect(
    client: *mut pusher_client,
    request: *mut pusher_request,
) -> i32 {
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, Client::disconnect) }
}

/// Sends a ping. Completed by the pong, with the round trip in microseconds as the event's `value`;
/// with PUSHER_ERR_NOT_CONNECTED where there is no connection, or it is lost meanwhile; with
/// PUSHER_ERR_TIMEOUT where no pong comes within the pong timeout; with PUSHER_ERR_QUEUE_FULL where
/// 64 pings are waiting for their pongs already.
///
/// Not needed to keep a connection alive: the client does that by itself.
///
/// @param request  receives the request's number; may be NULL
/// @return PUSHER_OK, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_QUEUE_FULL,
///         PUSHER_ERR_FORKED
///
/// Since 0.1.0. Pusher Channels protocol: "Ping and pong messages".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_ping(
    client: *mut pusher_client,
    request: *mut pusher_request,
) -> i32 {
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, Client::ping) }
}

/// Decides about the try to connect that is being waited for, which a PUSHER_EVENT_STATE_CHANGE with
/// a `retry_in_ms` has announced. To be asked before each try, see
/// `pusher_config_set_retry_patience`.
///
/// Completed with PUSHER_OK; with PUSHER_ERR_STATE where no try is being waited for (it has begun
/// already, or there is a connection).
///
/// @param delay_ms  the try begins in so many milliseconds from now; 0 at once; -1 not at all: the
///                  state is then PUSHER_STATE_FAILED until another `pusher_client_connect`
/// @param request   receives the request's number; may be NULL
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT where delay_ms is below -1, PUSHER_ERR_HANDLE,
///         PUSHER_ERR_CLOSED, PUSHER_ERR_QUEUE_FULL, PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_retry(
    client: *mut pusher_client,
    delay_ms: i32,
    request: *mut pusher_request,
) -> i32 {
    let retry = |client: &Client| {
        let delay = match delay_ms {
            -1 => None,
            0.. => Some(Duration::from_millis(delay_ms.unsigned_abs().into())),
            _ => {
                let text = format!("the delay is {delay_ms} ms; -1 means no further try");
                return Err(Error::new(Status::Argument, text));
            }
        };
        client.retry(delay)
    };
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, retry) }
}

/// Tells the client that the machine has another network now (a cable, a Wi-Fi, a VPN): a connection
/// is probed with a ping that has to be answered within 5 seconds, and a try that is being waited for
/// begins at once. The client notices a sleep of the machine by itself, within 5 seconds.
///
/// Completed with PUSHER_OK at once.
///
/// @param request  receives the request's number; may be NULL
/// @return PUSHER_OK, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_QUEUE_FULL,
///         PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_network_changed(
    client: *mut pusher_client,
    request: *mut pusher_request,
) -> i32 {
    // SAFETY: `request` is NULL or valid, by contract.
    unsafe { self::request(client, request, Client::network_changed) }
}

/// How many messages have been dropped because the callbacks did not keep up; 0 where
/// `pusher_config_set_queue_policy` has not been used.
///
/// @param count  receives the number
/// @return PUSHER_OK; PUSHER_ERR_ARGUMENT where count is NULL; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_dropped(
    client: *const pusher_client,
    count: *mut u64,
) -> i32 {
    guard(|| {
        let dropped = self::client(client)?.dropped()?;
        if count.is_null() {
            return Err(Error::new(
                Status::Argument,
                "the pointer that receives the number is NULL",
            ));
        }
        // SAFETY: not NULL, and valid by contract.
        unsafe { *count = dropped };
        Ok(())
    })
}

/// Blocks until a request is done, and returns how it ended. For scripts and console programs;
/// others use the completed event. The event arrives all the same, before or after this returns.
///
/// No callback runs meanwhile on this thread, with PUSHER_DELIVER_POLL neither: who waits for what a
/// callback of his own has to answer waits in vain.
///
/// @param request     a number that a call on this client gave
/// @param timeout_ms  how long to wait; 0 only looks; -1 waits without end
/// @return the request's own status, with the reason in `pusher_last_error`; or
///         PUSHER_ERR_TIMEOUT where it is not done yet (it goes on; a request that itself timed out
///         has the same status, so choose a longer time than its own);
///         PUSHER_ERR_ARGUMENT where timeout_ms is below -1;
///         PUSHER_ERR_WOULD_DEADLOCK inside one of this client's callbacks, and inside any with
///         PUSHER_DELIVER_INLINE; PUSHER_ERR_NOT_FOUND
///         where there is no such request, or it was done more than 4096 requests ago;
///         PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_client_wait(
    client: *mut pusher_client,
    request: pusher_request,
    timeout_ms: i32,
) -> i32 {
    guard(|| {
        let timeout = patience(timeout_ms)?;
        self::client(client)?.wait(request, timeout).map(drop)
    })
}

/// The state of the connection.
///
/// @return a `pusher_connection_state`; or PUSHER_ERR_HANDLE, PUSHER_ERR_FORKED, which are negative
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_client_state(client: *const pusher_client) -> i32 {
    let state = guard_value(|| self::client(client)?.state());
    state.map_or_else(pusher_status::of, |state| pusher_connection_state::from(state) as i32)
}

/// The socket id: the server's name for this connection, which every new connection changes.
///
/// @param buffer    receives the id, NUL-terminated; 70 bytes are always enough
/// @param capacity  the size of buffer, in bytes
/// @param length    receives the id's length without the NUL; may be NULL
/// @return PUSHER_OK; PUSHER_ERR_NOT_CONNECTED where there is none at the moment;
///         PUSHER_ERR_TOO_LARGE where it does not fit, and length says what would;
///         PUSHER_ERR_ARGUMENT where buffer is NULL; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_socket_id(
    client: *const pusher_client,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let id = self::client(client)?.socket_id()?.ok_or_else(|| {
            Error::new(Status::NotConnected, "there is no socket id without a connection")
        })?;
        // SAFETY: `buffer` has `capacity` bytes, and `length` is NULL or valid, by contract.
        unsafe { fill("socket id", &id, buffer, capacity, length) }
    })
}

/// Copies a text that has to fit.
///
/// # Safety
/// `buffer` is NULL or has `capacity` bytes; `length` is NULL or valid.
pub(super) unsafe fn fill(
    what: &str,
    text: &str,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> Result<()> {
    if buffer.is_null() {
        let text = format!("the buffer that receives the {what} is NULL");
        return Err(Error::new(Status::Argument, text));
    }
    if !length.is_null() {
        // SAFETY: the caller's promise.
        unsafe { *length = text.len() };
    }
    if text.len() >= capacity {
        let text = format!("the {what} needs {} bytes with its NUL", text.len() + 1);
        return Err(Error::new(Status::TooLarge, text));
    }
    // SAFETY: the caller's promise.
    unsafe { copy_out(text, buffer, capacity) };
    Ok(())
}

/// Calls a function for every event that fits: of this channel and with this name. Callbacks run one
/// at a time, in the order in which they were bound, on the thread that `pusher_config_set_delivery`
/// has chosen; while one runs, the others and all later events wait.
///
/// A callback may call any function, except that waiting in it is refused, and closing does not
/// wait. Binding needs no subscription, and subscribing needs no binding.
///
/// @param channel   a channel's whole name; NULL for any, and for events without a channel; copied
/// @param event     an event's name, such as "price", "client-typing" or
///                  "pusher:subscription_succeeded"; NULL for any; copied
/// @param callback  what to call, copied; its user_data belongs to the library from here on, also
///                  where this fails
/// @param binding   receives a number for `pusher_client_unbind`; may be NULL
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_bind(
    client: *mut pusher_client,
    channel: *const c_char,
    event: *const c_char,
    callback: *const pusher_callback,
    binding: *mut pusher_binding,
) -> i32 {
    // SAFETY: the same contract.
    unsafe { pusher_client_bind_with(client, channel, event, 0, callback, binding) }
}

/// Binds like `pusher_client_bind`, for one event only, or with patterns in place of names. All
/// bindings that fit are called, names and patterns alike, in the order in which they were bound.
///
/// @param channel   a channel's whole name or a pattern; NULL for any; copied
/// @param event     an event's name or a pattern; NULL for any; copied
/// @param flags     `pusher_bind_flags`, added up; 0 is `pusher_client_bind`
/// @param callback  as for `pusher_client_bind`
/// @param binding   receives a number for `pusher_client_unbind`; may be NULL
/// @return as for `pusher_client_bind`; PUSHER_ERR_ARGUMENT also where a pattern is not valid
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_bind_with(
    client: *mut pusher_client,
    channel: *const c_char,
    event: *const c_char,
    flags: i32,
    callback: *const pusher_callback,
    binding: *mut pusher_binding,
) -> i32 {
    guard(|| {
        if callback.is_null() {
            return Err(Error::new(Status::Argument, "callback is NULL"));
        }
        // From here on, every way out drops it.
        // SAFETY: not NULL, and a pusher_callback by contract.
        let callback = CCallback(unsafe { *callback }, client);
        if callback.0.call.is_none() {
            return Err(Error::new(Status::Argument, "the callback's call is NULL"));
        }
        let (once, glob) = (PUSHER_BIND_ONCE as i32, PUSHER_BIND_GLOB as i32);
        if flags & !(once | glob) != 0 {
            return Err(Error::new(Status::Argument, format!("{flags} is no pusher_bind_flags")));
        }
        let options = BindOptions { once: flags & once != 0, glob: flags & glob != 0 };
        // SAFETY: NULL or NUL-terminated strings, by contract.
        let (channel, event) =
            unsafe { (optional("channel", channel)?, optional("event", event)?) };
        let call = Box::new(move |event: &Delivered<'_>| callback.call(event));
        let number = self::client(client)?.bind_with(channel, event, options, call)?;
        if !binding.is_null() {
            // SAFETY: not NULL, and a pusher_binding by contract.
            unsafe { *binding = number };
        }
        Ok(())
    })
}

/// Undoes a bind. It gets no further events; one call may just be under way on another thread.
/// Its `drop` tells when it is over.
///
/// @param binding  the number that bind gave
/// @return PUSHER_OK; PUSHER_ERR_NOT_FOUND where it is not bound (any more); PUSHER_ERR_HANDLE;
///         PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_client_unbind(client: *mut pusher_client, binding: pusher_binding) -> i32 {
    guard(|| self::client(client)?.unbind(binding))
}

/// Closes politely: sends what has been given to the connection, says goodbye to the server, and
/// completes everything else as PUSHER_ERR_CANCELLED: calls of the HTTP API under way, and client events
/// that wait for their channel or their turn. Wait first for those that matter. Then it waits until your
/// callbacks have had all events. A closed client is good for nothing but `pusher_client_free`.
///
/// With PUSHER_DELIVER_POLL it does not wait for your callbacks, since it may be you who has to ask: ask
/// until PUSHER_ERR_CLOSED. Inside one of this client's callbacks, and inside any with
/// PUSHER_DELIVER_INLINE, it begins to close, and waits for nothing.
///
/// @param timeout_ms  how long to wait at most; 0 waits for nothing; negative is an error
/// @return PUSHER_OK; PUSHER_ERR_TIMEOUT where it takes longer, and goes on; PUSHER_ERR_ARGUMENT;
///         PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_client_close(client: *mut pusher_client, timeout_ms: i32) -> i32 {
    guard(|| {
        let timeout = u64::try_from(timeout_ms).map_err(|_| {
            let text = format!("the timeout is {timeout_ms} ms, and cannot be negative");
            Error::new(Status::Argument, text)
        })?;
        self::client(client)?.close(Duration::from_millis(timeout))
    })
}

/// Frees a client at once. When this returns, none of its callbacks is running or ever will, and
/// all have been dropped. Events that were not delivered yet are not delivered any more, so close
/// first where they matter.
///
/// It waits for a callback that is running: do not hold a lock that this callback wants. Inside one
/// of this client's own callbacks it does not wait, and the same is true as soon as that callback
/// returns; nor does it where it would wait for itself, because callbacks of two clients free
/// each other's. Inside any callback with PUSHER_DELIVER_INLINE it does not wait either: a callback of
/// the freed client that another thread is in runs to its end, and is dropped then. A thread that waits in `pusher_client_wait` returns with PUSHER_ERR_CANCELLED, one
/// that waits for events with PUSHER_ERR_CLOSED.
///
/// @param client  NULL is fine
/// @return PUSHER_OK; PUSHER_ERR_HANDLE where it has been freed before
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_client_free(client: *mut pusher_client) -> i32 {
    guard(|| {
        if client.is_null() {
            return Ok(());
        }
        CLIENTS.remove(client)?.free();
        Ok(())
    })
}
