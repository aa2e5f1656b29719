//! `pusher_metrics`: what a client has counted, and the same as text for Prometheus.

use std::ffi::c_char;
use std::ptr;

use crate::client::metrics::Metrics;
use crate::error::{Error, Result, Status};
use crate::ffi::client::{client, fill};
use crate::ffi::guard::{guard, guard_value};
use crate::ffi::handles::Handles;
use crate::ffi::numbers::{cause, event_kind, pusher_channel_state, pusher_connection_state};
use crate::ffi::polling::check_target;
use crate::ffi::text::{optional, required};
use crate::ffi::types::{pusher_channel_metrics, pusher_client, pusher_metrics, pusher_totals};
use crate::session::{Cause, EventKind};

/// The metrics of one moment, as C reads them. The channels' pointers point into `_names`.
struct Snapshot {
    metrics: Metrics,
    totals: pusher_totals,
    channels: Vec<pusher_channel_metrics>,
    _names: String,
}

// SAFETY: the pointers point into the snapshot's own text, which never changes.
unsafe impl Send for Snapshot {}
// SAFETY: as above.
unsafe impl Sync for Snapshot {}

static SNAPSHOTS: Handles<Snapshot> = Handles::new("snapshot of metrics", 7);

impl Snapshot {
    fn new(metrics: Metrics) -> Snapshot {
        let mut names = String::new();
        let mut starts = Vec::with_capacity(metrics.channels.len());
        for channel in &metrics.channels {
            starts.push(names.len());
            names.push_str(channel.name.as_str());
            names.push('\0');
        }
        // Only now: while it grew, the text moved.
        let channels = metrics.channels.iter().zip(starts);
        let channels = channels.map(|(channel, start)| pusher_channel_metrics {
            size: size_of::<pusher_channel_metrics>() as u32,
            state: pusher_channel_state::from(Some(channel.state)) as i32,
            messages: channel.messages,
            bytes: channel.bytes,
            last_ms: channel.last,
            name: names[start..].as_ptr().cast(),
            name_len: channel.name.as_str().len(),
        });
        let channels = channels.collect();
        Snapshot { totals: totals(&metrics), metrics, channels, _names: names }
    }
}

fn totals(metrics: &Metrics) -> pusher_totals {
    let times = &metrics.round_trips;
    pusher_totals {
        size: size_of::<pusher_totals>() as u32,
        state: pusher_connection_state::from(metrics.state) as i32,
        connected_since_ms: metrics.connected_since,
        events: metrics.all_events(),
        messages: metrics.events(EventKind::Message),
        dropped: metrics.dropped,
        frames_in: metrics.frames_in,
        bytes_in: metrics.bytes_in,
        frames_out: metrics.frames_out,
        bytes_out: metrics.bytes_out,
        unsent_bytes: metrics.unsent_bytes,
        queue_depth: metrics.queue_depth,
        queue_bytes: metrics.queue_bytes,
        queue_high_water: metrics.queue_high_water,
        tries: metrics.tries,
        connects: metrics.connects,
        losses: metrics.all_losses(),
        failed_tries: metrics.all_failed_tries(),
        pongs: times.count,
        ping_last_us: times.last,
        ping_min_us: times.min,
        ping_max_us: times.max,
        ping_p50_us: times.p50,
        ping_p90_us: times.p90,
        ping_p99_us: times.p99,
    }
}

/// What a client has counted since it was made, as of now. docs/observing.md says what the numbers are
/// good for. Counting costs an event next to nothing, and asking waits for nobody, so it may be done as
/// often as you like; on a closed client, too.
///
/// @param metrics  receives a snapshot, to be freed with `pusher_metrics_free`; written only on success
/// @return PUSHER_OK; PUSHER_ERR_ARGUMENT where metrics is NULL; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_metrics(
    client: *const pusher_client,
    metrics: *mut *mut pusher_metrics,
) -> i32 {
    guard(|| {
        check_target(metrics, "metrics")?;
        let handle = SNAPSHOTS.insert(Snapshot::new(self::client(client)?.metrics()?))?;
        // SAFETY: not NULL, and valid by contract.
        unsafe { *metrics = handle };
        Ok(())
    })
}

/// The numbers of a snapshot that are one for the whole client.
///
/// @return a struct that lives as long as the snapshot, and is not to be freed; NULL for NULL and for a
///         freed snapshot
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_metrics_totals(metrics: *const pusher_metrics) -> *const pusher_totals {
    let totals = guard_value(|| Ok(ptr::from_ref(&SNAPSHOTS.get(metrics)?.totals)));
    totals.unwrap_or(ptr::null())
}

/// How many events of one kind the client has told. PUSHER_EVENT_DROPPED is not among them: `dropped`
/// of `pusher_totals` counts what is missing.
///
/// @param kind   a `pusher_event_kind`
/// @param count  receives the number; written only on success
/// @return PUSHER_OK; PUSHER_ERR_ARGUMENT where there is no such kind, or count is NULL;
///         PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_metrics_events(
    metrics: *const pusher_metrics,
    kind: i32,
    count: *mut u64,
) -> i32 {
    let number = |metrics: &Metrics| {
        let kind = event_kind(kind)
            .ok_or_else(|| Error::new(Status::Argument, format!("{kind} is no kind of event")))?;
        Ok(metrics.events(kind))
    };
    // SAFETY: `count` is NULL or valid, by contract.
    unsafe { give_number(metrics, number, count) }
}

/// How many established connections ended for one cause. Unless the cause is your own, or a close code
/// that is final, a reconnect followed each.
///
/// @param cause  a `pusher_cause`
/// @param count  receives the number; written only on success
/// @return PUSHER_OK; PUSHER_ERR_ARGUMENT where there is no such cause, or count is NULL;
///         PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_metrics_losses(
    metrics: *const pusher_metrics,
    cause: i32,
    count: *mut u64,
) -> i32 {
    // SAFETY: `count` is NULL or valid, by contract.
    unsafe { give_number(metrics, |metrics| Ok(metrics.losses(known_cause(cause)?)), count) }
}

/// How many tries to connect ended for one cause before there was a connection.
///
/// @param cause  a `pusher_cause`
/// @param count  receives the number; written only on success
/// @return PUSHER_OK; PUSHER_ERR_ARGUMENT where there is no such cause, or count is NULL;
///         PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_metrics_failed_tries(
    metrics: *const pusher_metrics,
    cause: i32,
    count: *mut u64,
) -> i32 {
    // SAFETY: `count` is NULL or valid, by contract.
    unsafe { give_number(metrics, |metrics| Ok(metrics.failed_tries(known_cause(cause)?)), count) }
}

fn known_cause(number: i32) -> Result<Cause> {
    let text = || Error::new(Status::Argument, format!("{number} is no cause"));
    cause(number).ok_or_else(text)
}

/// # Safety
/// `count` is NULL or valid.
unsafe fn give_number(
    metrics: *const pusher_metrics,
    number: impl FnOnce(&Metrics) -> Result<u64>,
    count: *mut u64,
) -> i32 {
    guard(|| {
        let number = number(&SNAPSHOTS.get(metrics)?.metrics)?;
        check_target(count, "count")?;
        // SAFETY: not NULL, and valid by contract.
        unsafe { *count = number };
        Ok(())
    })
}

/// How many channels a snapshot has: those that were wanted; 0 for NULL and for a freed snapshot.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_metrics_channel_count(metrics: *const pusher_metrics) -> usize {
    guard_value(|| SNAPSHOTS.get(metrics)).map_or(0, |snapshot| snapshot.channels.len())
}

/// The channel at a place; they are ordered by name. They lie one after another in memory: the next one
/// begins `size` bytes behind this one, and so one call is enough for all.
///
/// @param index  0 to `pusher_metrics_channel_count` - 1
/// @return a struct that lives as long as the snapshot, and is not to be freed; NULL where there is none
///         at this place
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_metrics_channel_at(
    metrics: *const pusher_metrics,
    index: usize,
) -> *const pusher_channel_metrics {
    let channel = guard_value(|| {
        let snapshot = SNAPSHOTS.get(metrics)?;
        let channel = snapshot.channels.get(index).map(ptr::from_ref);
        channel.ok_or_else(|| Error::new(Status::NotFound, format!("there is no channel {index}")))
    });
    channel.unwrap_or(ptr::null())
}

/// The channel with a name.
///
/// @param channel  the channel's whole name, NUL-terminated
/// @return a struct that lives as long as the snapshot, and is not to be freed; NULL where it was not
///         wanted
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_metrics_channel(
    metrics: *const pusher_metrics,
    channel: *const c_char,
) -> *const pusher_channel_metrics {
    let found = guard_value(|| {
        // SAFETY: a NUL-terminated string, by contract.
        let name = unsafe { required("channel", channel) }?;
        let snapshot = SNAPSHOTS.get(metrics)?;
        let channels = &snapshot.metrics.channels;
        let place = channels.binary_search_by(|channel| channel.name.as_str().cmp(name));
        let place = place.map_err(|_| {
            Error::new(Status::NotFound, "there is no channel with this name in the snapshot")
        })?;
        Ok(ptr::from_ref(&snapshot.channels[place]))
    });
    found.unwrap_or(ptr::null())
}

/// Frees a snapshot of metrics, and with it all that was taken from it.
///
/// @param metrics  NULL is fine
/// @return PUSHER_OK; PUSHER_ERR_HANDLE where it has been freed before
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_metrics_free(metrics: *mut pusher_metrics) -> i32 {
    guard(|| if metrics.is_null() { Ok(()) } else { SNAPSHOTS.remove(metrics).map(drop) })
}

/// What a client has counted, as text that Prometheus and its like read: to be answered to a GET of
/// /metrics with the type "text/plain; version=0.0.4". docs/observing.md lists the names.
///
/// The text grows with the channels, by about 400 bytes each. To learn how long it is now, call with a
/// capacity of 0; it may have grown by the next call, so go on until it fits:
///
///     size_t length = 0, capacity = 0;
///     char *text = NULL;
///     while (pusher_client_prometheus(client, NULL, text, capacity, &length) == PUSHER_ERR_TOO_LARGE) {
///         capacity = length + 1024;
///         text = realloc(text, capacity);
///     }
///
/// @param name      tells this client from others of the process: the label `client` of each line; NULL
///                  for none; 200 bytes at most, without control characters
/// @param buffer    receives the text, NUL-terminated; may be NULL where capacity is 0
/// @param capacity  the size of buffer, in bytes
/// @param length    receives the text's length without the NUL; may be NULL
/// @return PUSHER_OK; PUSHER_ERR_TOO_LARGE where it does not fit, and length says what would;
///         PUSHER_ERR_ARGUMENT; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_prometheus(
    client: *const pusher_client,
    name: *const c_char,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        // SAFETY: NULL or NUL-terminated, by contract.
        let name = unsafe { optional("name", name) }?;
        let text = self::client(client)?.prometheus(name)?;
        // SAFETY: `buffer` has `capacity` bytes, and `length` is NULL or valid, by contract.
        unsafe { fill_or_measure("text for Prometheus", &text, buffer, capacity, length) }
    })
}

/// A client's state as JSON, for a support ticket: version and platform, configuration, connection,
/// channels, what is pending and when it is due, queue, numbers, and the last 20 errors.
///
/// It holds no secret, auth string, shared secret or token, and of headers and parameters only the
/// names. What it holds beside: host and channel names, the app key, the signed-in user's id, and what
/// errors say. It is meant for people: later versions may name its parts otherwise.
///
/// The network thread is asked for a moment of its time, some microseconds; where it does not answer
/// within 200 ms the dump says so, and has the rest. To learn how long the text is, see
/// `pusher_client_prometheus`.
///
/// @param buffer    receives the text, NUL-terminated; may be NULL where capacity is 0
/// @param capacity  the size of buffer, in bytes; 16 KiB are enough for 20 channels
/// @param length    receives the text's length without the NUL; may be NULL
/// @return PUSHER_OK; PUSHER_ERR_TOO_LARGE where it does not fit, and length says what would;
///         PUSHER_ERR_ARGUMENT; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_dump(
    client: *const pusher_client,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let text = self::client(client)?.dump()?;
        // SAFETY: `buffer` has `capacity` bytes, and `length` is NULL or valid, by contract.
        unsafe { fill_or_measure("dump", &text, buffer, capacity, length) }
    })
}

/// Copies a text that has to fit; without a buffer, only its length.
///
/// # Safety
/// `buffer` is NULL or has `capacity` bytes; `length` is NULL or valid.
unsafe fn fill_or_measure(
    what: &str,
    text: &str,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> Result<()> {
    let mut none: c_char = 0;
    let buffer = if capacity == 0 { &raw mut none } else { buffer };
    // SAFETY: the caller's promise; without a capacity nothing is written.
    unsafe { fill(what, text, buffer, capacity, length) }
}
