//! `pusher_event`: what callbacks receive, and how to keep one.

use std::collections::BTreeMap;
use std::ffi::c_char;
use std::ptr;

use crate::client::Delivered;
use crate::engine::batch::Batch;
use crate::engine::fork::ForkMutex;
use crate::error::{Error, Result, Status};
use crate::ffi::guard::{guard, guard_value};
use crate::ffi::handles::Handles;
use crate::ffi::numbers::{
    pusher_connection_state, pusher_data_format, pusher_event_kind, pusher_status,
};
use crate::ffi::text::raw;
use crate::ffi::types::{pusher_client, pusher_event, pusher_events};

/// An event as C sees it, for as long as `event` lives.
pub(super) fn borrowed(event: &Delivered<'_>, client: *mut pusher_client) -> pusher_event {
    let (name, name_len) = raw(Some(event.c_name()));
    let (channel, channel_len) = raw(event.c_channel());
    let (data, data_len) = raw(event.c_data());
    let (user_id, user_id_len) = raw(event.c_user_id());
    let (socket_id, socket_id_len) = raw(event.c_socket_id());
    let retry_in = event.retry_in().map(|delay| delay.as_millis().try_into().unwrap_or(i64::MAX));
    pusher_event {
        size: size_of::<pusher_event>() as u32,
        kind: pusher_event_kind::from(event.kind()) as i32,
        status: pusher_status::of(event.status()),
        code: event.code(),
        request: event.request(),
        value: event.value(),
        state: pusher_connection_state::from(event.state()) as i32,
        previous_state: pusher_connection_state::from(event.previous_state()) as i32,
        retry_in_ms: retry_in.unwrap_or(-1),
        data_format: pusher_data_format::from(event.data_format()) as i32,
        reserved: 0,
        name,
        name_len,
        channel,
        channel_len,
        data,
        data_len,
        user_id,
        user_id_len,
        socket_id,
        socket_id_len,
        client,
    }
}

/// A kept event and the text it points to.
struct Kept {
    event: pusher_event,
    _text: Text,
}

enum Text {
    Copied(#[expect(dead_code, reason = "is pointed to")] [Box<[u8]>; 5]),
    Taken(#[expect(dead_code, reason = "is pointed to")] Batch),
}

/// Owns a kept event that C reads by its address: a `Box` would claim that nobody else does.
struct KeptPointer(*mut Kept);

// SAFETY: whoever has it is its only owner.
unsafe impl Send for KeptPointer {}

impl Drop for KeptPointer {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw`, and dropped once.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// All kept events by address: freeing one twice, or one that was never kept, is found out.
static KEPT: ForkMutex<BTreeMap<usize, KeptPointer>> = ForkMutex::new(BTreeMap::new());

/// # Safety
/// `text` is NULL or points to `len` bytes.
unsafe fn copied(text: *const c_char, len: usize) -> Box<[u8]> {
    if text.is_null() {
        return Box::default();
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { std::slice::from_raw_parts(text.cast::<u8>(), len) };
    bytes.iter().copied().chain([0]).collect()
}

fn pointer(text: &[u8]) -> *const c_char {
    if text.is_empty() { ptr::null() } else { text.as_ptr().cast() }
}

/// Copies an event, so that it outlives the callback: to hand it to another thread, for example.
///
/// @param event  the event that a callback was given, while it runs; or any other that still lives
/// @return a copy to be freed with `pusher_event_free`; NULL where event is NULL
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_event_clone(event: *const pusher_event) -> *mut pusher_event {
    let copy = guard_value(|| -> Result<*mut pusher_event> {
        // SAFETY: NULL or an event of this library, by contract.
        let original = unsafe { event.as_ref() };
        let original = original.ok_or_else(|| Error::new(Status::Argument, "the event is NULL"))?;
        // SAFETY: an event's text has the length it says.
        let text = unsafe {
            [
                copied(original.name, original.name_len),
                copied(original.channel, original.channel_len),
                copied(original.data, original.data_len),
                copied(original.user_id, original.user_id_len),
                copied(original.socket_id, original.socket_id_len),
            ]
        };
        let event = pusher_event {
            name: pointer(&text[0]),
            channel: pointer(&text[1]),
            data: pointer(&text[2]),
            user_id: pointer(&text[3]),
            socket_id: pointer(&text[4]),
            ..*original
        };
        Ok(keep(event, Text::Copied(text)))
    });
    copy.unwrap_or(ptr::null_mut())
}

fn keep(event: pusher_event, text: Text) -> *mut pusher_event {
    let kept = Box::into_raw(Box::new(Kept { event, _text: text }));
    // SAFETY: just made, and nobody else has it.
    let address = unsafe { &raw mut (*kept).event };
    KEPT.lock().insert(address.addr(), KeptPointer(kept));
    address
}

/// Keeps the first event of a batch; None where there is none.
pub(super) fn keep_first(batch: Batch, client: *mut pusher_client) -> Option<*mut pusher_event> {
    let event = borrowed(&batch.iter().next()?, client);
    Some(keep(event, Text::Taken(batch)))
}

/// Frees an event of your own.
///
/// @param event  what `pusher_event_clone`, `pusher_client_next` or `pusher_queue_next` gave; NULL is
///               fine
/// @return PUSHER_OK; PUSHER_ERR_HANDLE where it is none of these, or has been freed before
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_event_free(event: *mut pusher_event) -> i32 {
    guard(|| {
        if event.is_null() {
            return Ok(());
        }
        let copy = KEPT.lock().remove(&event.addr());
        copy.map(drop).ok_or_else(|| {
            let text = "this event is none of yours, or has been freed; the event of a callback and \
                        those of a pusher_events are not to be freed";
            Error::new(Status::Handle, text)
        })
    })
}

/// Events that were taken together, and the text they point to.
struct Events {
    events: Vec<pusher_event>,
    batch: Batch,
}

// SAFETY: nobody changes what the pointers point to.
unsafe impl Send for Events {}
// SAFETY: as above.
unsafe impl Sync for Events {}

static TAKEN: Handles<Events> = Handles::new("list of events", 6);

pub(super) fn keep_batch(batch: Batch, client: *mut pusher_client) -> Result<*mut pusher_events> {
    let events = batch.iter().map(|event| borrowed(&event, client)).collect();
    TAKEN.insert(Events { events, batch })
}

/// How many events there are; 0 for NULL and for freed ones.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_events_count(events: *const pusher_events) -> usize {
    guard_value(|| TAKEN.get(events)).map_or(0, |taken| taken.events.len())
}

/// The event at a place. They lie one after another in memory: the next one begins `size` bytes behind
/// this one, and so one call is enough for all.
///
/// @param index  0 to `pusher_events_count` - 1
/// @return an event that lives as long as `events`, and is not to be freed; NULL where there is none
///         at this place
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_events_at(
    events: *const pusher_events,
    index: usize,
) -> *const pusher_event {
    let event = guard_value(|| {
        let taken = TAKEN.get(events)?;
        let event = taken.events.get(index).map(ptr::from_ref);
        event.ok_or_else(|| Error::new(Status::NotFound, format!("there is no event {index}")))
    });
    event.unwrap_or(ptr::null())
}

/// The block of memory in which all text of these events lies: for languages that copy it as a whole,
/// and find each text by how far its pointer is from this one.
///
/// The texts lie in the order of the events, and for each event in the order name, channel, data, user id,
/// socket id, as far as it has them; each is followed by a NUL byte, and there is nothing else.
///
/// @param length  receives the size of the block, in bytes; may be NULL
/// @return where the block begins, for as long as `events` lives; NULL for NULL and for freed ones
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_events_text(
    events: *const pusher_events,
    length: *mut usize,
) -> *const c_char {
    let text = guard_value(|| {
        let taken = TAKEN.get(events)?;
        let text = taken.batch.text();
        if !length.is_null() {
            // SAFETY: valid by contract.
            unsafe { *length = text.len() };
        }
        Ok(text.as_ptr().cast())
    });
    text.unwrap_or(ptr::null())
}

/// Frees events that were taken together.
///
/// @param events  what `pusher_client_next_batch` or `pusher_queue_next_batch` gave; NULL is fine
/// @return PUSHER_OK; PUSHER_ERR_HANDLE where they have been freed before
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_events_free(events: *mut pusher_events) -> i32 {
    guard(|| if events.is_null() { Ok(()) } else { TAKEN.remove(events).map(drop) })
}
