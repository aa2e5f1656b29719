//! The structs and opaque types of the header.

use std::ffi::{c_char, c_void};

/// The number of a request: never 0, never used twice by a client.
///
/// Since 0.1.0.
pub type pusher_request = u64;

/// The number of a binding: never 0, never used twice by a client.
///
/// Since 0.1.0.
pub type pusher_binding = u64;

/// Options for clients. Make one, set options, make any number of clients from it, free it. Setting
/// an option later does not change clients that exist.
///
/// Functions on one config must not run on two threads at the same time; this is the only type with
/// such a rule.
///
/// Since 0.1.0.
pub struct pusher_config {
    _opaque: [u8; 0],
}

/// One connection to a server, what is subscribed over it, and the callbacks for its events.
///
/// The pointer is a ticket, not an address: a freed or invented one is refused with
/// `PUSHER_ERR_HANDLE` and never followed. Any function on it may be called from any thread, and
/// from any callback, unless its own comment says otherwise.
///
/// Since 0.1.0.
pub struct pusher_client {
    _opaque: [u8; 0],
}

/// The members of a presence channel at one moment. Does not change; free it with
/// `pusher_members_free`.
///
/// Since 0.1.0.
pub struct pusher_members {
    _opaque: [u8; 0],
}

/// The channels that a client wants, at one moment. Does not change; free it with
/// `pusher_channels_free`.
///
/// Since 0.1.0.
pub struct pusher_channels {
    _opaque: [u8; 0],
}

/// Events to be published together. Free it with `pusher_batch_free`.
///
/// Since 0.1.0.
pub struct pusher_batch {
    _opaque: [u8; 0],
}

/// A place to ask for the events of many clients.
///
/// The pointer is a ticket, as a client's is. Any function on it may be called from any thread, and
/// from any callback.
///
/// Since 0.1.0.
pub struct pusher_queue {
    _opaque: [u8; 0],
}

/// Events that were taken together. Does not change; free it with `pusher_events_free`.
///
/// Since 0.1.0.
pub struct pusher_events {
    _opaque: [u8; 0],
}

/// What a client has counted, at one moment. Does not change; free it with `pusher_metrics_free`.
///
/// Since 0.1.0.
pub struct pusher_metrics {
    _opaque: [u8; 0],
}

/// Something that happened. Made by the library only.
///
/// An event belongs to the library and lives until the callback returns, and so does all text in
/// it. To keep one longer, `pusher_event_clone` it. One that you took yourself lives until you free
/// it, or the `pusher_events` it is in. Text is UTF-8, is followed by a NUL byte which
/// its length does not count, and may hold NUL bytes itself; where there is none, it is NULL and
/// its length 0.
///
/// Later versions append fields: `size` says how many bytes of the struct are there.
///
/// Since 0.1.0.
#[repr(C)]
#[derive(Debug)]
pub struct pusher_event {
    /// The size of this struct in the library that made it, in bytes.
    pub size: u32,
    /// A `pusher_event_kind`.
    pub kind: i32,
    /// A `pusher_status`: `PUSHER_OK`, or what went wrong.
    pub status: i32,
    /// Pusher's code (4000 to 4399), a WebSocket close code or an HTTP status; 0 for none.
    pub code: i32,
    /// The request that is done or, in an error, that it is about; where you are asked something, the
    /// number to answer with, which is of another series; or 0.
    pub request: u64,
    /// A number; the kind says which.
    pub value: i64,
    /// A `pusher_connection_state`, for a change of state.
    pub state: i32,
    /// The `pusher_connection_state` before it.
    pub previous_state: i32,
    /// Milliseconds until the next try to connect, or -1 where none is planned; with
    /// `pusher_config_set_retry_patience` what the client proposes.
    pub retry_in_ms: i64,
    /// A `pusher_data_format`.
    pub data_format: i32,
    /// 0; keeps the pointers aligned the same way everywhere.
    pub reserved: i32,
    /// The event's name; never NULL.
    pub name: *const c_char,
    pub name_len: usize,
    /// The channel's whole name, or NULL.
    pub channel: *const c_char,
    pub channel_len: usize,
    /// What was sent, or a sentence about an error, or NULL.
    pub data: *const c_char,
    pub data_len: usize,
    /// A user id, or NULL.
    pub user_id: *const c_char,
    pub user_id_len: usize,
    /// The socket id that an authorisation is for, or NULL.
    pub socket_id: *const c_char,
    pub socket_id_len: usize,
    /// The client that it happened to.
    pub client: *mut pusher_client,
}

/// Receives events. `event` dies when this returns; `user_data` is what was bound.
///
/// Must not let a C++ exception, a `longjmp` or a language's own exception leave it: between here
/// and your code are the library's own frames, which know nothing of it. Leaving through them ends
/// the process at once, or, which is worse, skips what they still had to do. Catch all before it
/// returns.
///
/// Since 0.1.0.
pub type pusher_event_callback =
    Option<unsafe extern "C" fn(event: *const pusher_event, user_data: *mut c_void)>;

/// Ends a callback's `user_data`. No exception and no `longjmp` may leave it either, see
/// `pusher_event_callback`.
///
/// Since 0.1.0.
pub type pusher_drop_callback = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// A callback and what belongs to it. Handing one over hands over `user_data`, even where the call
/// fails: from then on it is the library's to drop.
///
/// Since 0.1.0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pusher_callback {
    /// Called for each event. Not NULL.
    pub call: pusher_event_callback,
    /// Called exactly once, after the last `call` has returned, on any thread; or NULL.
    pub drop: pusher_drop_callback,
    /// Passed to both; the library does not look at it. May be NULL.
    pub user_data: *mut c_void,
}

/// Says that there are events to ask for; see `pusher_client_set_wakeup`. No exception and no
/// `longjmp` may leave it, see `pusher_event_callback`.
///
/// Since 0.1.0.
pub type pusher_wakeup_callback = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// A wake-up and what belongs to it. Handing one over hands over `user_data`, even where the call
/// fails: from then on it is the library's to drop.
///
/// Since 0.1.0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pusher_wakeup {
    /// Called when there is something to ask for. Not NULL.
    pub call: pusher_wakeup_callback,
    /// Called exactly once, after the last `call` has returned, on any thread; or NULL.
    pub drop: pusher_drop_callback,
    /// Passed to both; the library does not look at it. May be NULL.
    pub user_data: *mut c_void,
}

/// One member of a presence channel. Belongs to the `pusher_members` it came from, and lives as
/// long, its text included. UTF-8, NUL-terminated.
///
/// Later versions append fields: `size` says how many bytes of the struct are there.
///
/// Since 0.1.0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_member {
    /// The size of this struct in the library that made it, in bytes.
    pub size: u32,
    /// 1 where it is this client's own user, else 0.
    pub is_me: i32,
    /// The member's user id; never NULL.
    pub user_id: *const c_char,
    pub user_id_len: usize,
    /// The member's info as JSON, or NULL where the server gave none.
    pub user_info: *const c_char,
    pub user_info_len: usize,
}

/// What a client has counted since it was made: numbers that only grow, but for those that say how
/// something is at the moment. Belongs to the `pusher_metrics` it came from, and lives as long. Made by
/// the library only.
///
/// Later versions append fields: `size` says how many bytes of the struct are there.
///
/// Since 0.1.0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_totals {
    /// The size of this struct in the library that made it, in bytes.
    pub size: u32,
    /// The `pusher_connection_state` at this moment.
    pub state: i32,
    /// When the present connection was established, in milliseconds since 1970; 0 without one.
    pub connected_since_ms: u64,
    /// Events that were told, of all kinds; `pusher_metrics_events` has them by kind.
    pub events: u64,
    /// PUSHER_EVENT_MESSAGE of them; those that were dropped are among them.
    pub messages: u64,
    /// Messages that were dropped because your callbacks did not keep up.
    pub dropped: u64,
    /// Text frames that came, and the bytes that they carried: JSON, without the frames' headers, and
    /// without TLS.
    pub frames_in: u64,
    pub bytes_in: u64,
    /// Text frames that were sent, and the bytes that they carried.
    pub frames_out: u64,
    pub bytes_out: u64,
    /// Bytes of frames that wait for the network at this moment.
    pub unsent_bytes: u64,
    /// Events that wait for your callbacks at this moment, and the bytes of their text. Always 0 with
    /// PUSHER_DELIVER_INLINE, where none wait.
    pub queue_depth: u64,
    pub queue_bytes: u64,
    /// The most events that ever waited at the same time.
    pub queue_high_water: u64,
    /// Connections that were begun, and those of them that were established.
    pub tries: u64,
    pub connects: u64,
    /// Established connections that ended; `pusher_metrics_losses` has them by cause.
    pub losses: u64,
    /// Tries that ended before; `pusher_metrics_failed_tries` has them by cause.
    pub failed_tries: u64,
    /// Pings that were answered, the client's own and yours. Not counted are those whose answer lay
    /// unread for a while because your callbacks did not keep up.
    pub pongs: u64,
    /// How long the last of them took, the fastest and the slowest, in microseconds; 0 where there was
    /// none.
    pub ping_last_us: u64,
    pub ping_min_us: u64,
    pub ping_max_us: u64,
    /// So long or less took 50, 90 and 99 of a hundred, in microseconds and within 7 %.
    pub ping_p50_us: u64,
    pub ping_p90_us: u64,
    pub ping_p99_us: u64,
}

/// What is counted of one channel, from its subscribe to its unsubscribe, over every reconnect. Belongs
/// to the `pusher_metrics` it came from, and lives as long, its text included. Made by the library only.
///
/// Later versions append fields: `size` says how many bytes of the struct are there.
///
/// Since 0.1.0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_channel_metrics {
    /// The size of this struct in the library that made it, in bytes.
    pub size: u32,
    /// The `pusher_channel_state` at this moment.
    pub state: i32,
    /// Messages that came on it, those included that were dropped or could not be decrypted.
    pub messages: u64,
    /// The bytes of their data.
    pub bytes: u64,
    /// When the last of them came, in milliseconds since 1970; 0 where there was none.
    pub last_ms: u64,
    /// The channel's whole name, NUL-terminated; never NULL.
    pub name: *const c_char,
    pub name_len: usize,
}
