//! `pusher_queue`: one place to ask for the events of many clients.

use std::ptr;
use std::sync::Arc;

use crate::client::ReadyList;
use crate::error::Result;
use crate::ffi::guard::guard;
use crate::ffi::handles::Handles;
use crate::ffi::polling::{
    check_target, from_c, give_count, give_event, give_events, limit, patience,
};
use crate::ffi::types::{pusher_client, pusher_event, pusher_events, pusher_queue, pusher_wakeup};

static QUEUES: Handles<ReadyList> = Handles::new("queue", 5);

pub(super) fn queue(handle: *const pusher_queue) -> Result<Arc<ReadyList>> {
    QUEUES.get(handle)
}

/// Makes a queue which many clients can share, so that one thread of yours, or a few, serve them all.
/// Give it to their configs with `pusher_config_set_shared_queue`.
///
/// Each client keeps its own order and its own limit on what may wait. The clients take turns, and so
/// none starves. Several threads may ask at the same time: they serve different clients.
///
/// @param queue  receives the queue, to be freed with `pusher_queue_free`; written only on success
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_queue_new(queue: *mut *mut pusher_queue) -> i32 {
    guard(|| {
        check_target(queue, "queue")?;
        let handle = QUEUES.insert(ReadyList::new())?;
        // SAFETY: not NULL, and valid by contract.
        unsafe { *queue = handle };
        Ok(())
    })
}

/// Calls the callbacks of the client that has waited longest, for its events that wait, on this
/// thread; see `pusher_client_dispatch`. Ask until PUSHER_ERR_TIMEOUT to serve all clients.
///
/// @param max_events  deliver at most so many; 0 all that wait for this client
/// @param timeout_ms  how long to wait for the first; 0 only looks; -1 waits without end
/// @param count       receives how many events were delivered; may be NULL
/// @return PUSHER_OK where there was at least one; PUSHER_ERR_TIMEOUT where there was none;
///         PUSHER_ERR_CLOSED where the queue is freed meanwhile; PUSHER_ERR_STATE inside of a
///         callback, where the next events are of that callback's client; PUSHER_ERR_ARGUMENT where
///         timeout_ms is below -1; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_queue_dispatch(
    queue: *mut pusher_queue,
    max_events: u32,
    timeout_ms: i32,
    count: *mut u32,
) -> i32 {
    guard(|| {
        let queue = self::queue(queue)?;
        let delivered = queue.dispatch(limit(max_events), patience(timeout_ms)?)?;
        // SAFETY: NULL or valid, by contract.
        unsafe { give_count(delivered, count) }
    })
}

/// Takes the next event of the client that has waited longest, without calling anybody. Its `client`
/// says whose it is.
///
/// @param timeout_ms  how long to wait for it; 0 only looks; -1 waits without end
/// @param event       receives the event, to be freed with `pusher_event_free`; written only on
///                    success
/// @return as for `pusher_queue_dispatch`; PUSHER_ERR_ARGUMENT also where event is NULL
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_queue_next(
    queue: *mut pusher_queue,
    timeout_ms: i32,
    event: *mut *mut pusher_event,
) -> i32 {
    guard(|| {
        check_target(event, "event")?;
        let (batch, client) = self::queue(queue)?.fetch(1, patience(timeout_ms)?)?;
        // SAFETY: not NULL, and valid by contract.
        unsafe { give_event(batch, handle(client), event) }
    })
}

/// Takes events of the client that has waited longest, many in one call, without calling anybody.
/// Their `client` says whose they are: all are of one.
///
/// @param max_events  take at most so many; 0 all that wait for this client
/// @param timeout_ms  how long to wait for the first; 0 only looks; -1 waits without end
/// @param events      receives them, to be freed with `pusher_events_free`; written only on success
/// @return as for `pusher_queue_dispatch`; PUSHER_ERR_ARGUMENT also where events is NULL
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_queue_next_batch(
    queue: *mut pusher_queue,
    max_events: u32,
    timeout_ms: i32,
    events: *mut *mut pusher_events,
) -> i32 {
    guard(|| {
        check_target(events, "events")?;
        let (batch, client) =
            self::queue(queue)?.fetch(limit(max_events), patience(timeout_ms)?)?;
        // SAFETY: not NULL, and valid by contract.
        unsafe { give_events(batch, handle(client), events) }
    })
}

/// Something to wait for, readable while any client of this queue has events; see
/// `pusher_client_descriptor`. It ends with the queue.
///
/// @param descriptor  receives it
/// @return PUSHER_OK; PUSHER_ERR_SYSTEM where none could be made; PUSHER_ERR_ARGUMENT where descriptor
///         is NULL; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_queue_descriptor(
    queue: *mut pusher_queue,
    descriptor: *mut isize,
) -> i32 {
    guard(|| {
        check_target(descriptor, "descriptor")?;
        let number = self::queue(queue)?.descriptor()?;
        // SAFETY: not NULL, and valid by contract.
        unsafe { *descriptor = number };
        Ok(())
    })
}

/// Has a function called when any client of this queue has events, after none had; the same rules as
/// for `pusher_client_set_wakeup`.
///
/// @param wakeup  what to call, copied; its user_data belongs to the library from here on, also where
///                this fails; NULL for nothing
/// @return PUSHER_OK; PUSHER_ERR_ARGUMENT where its call is NULL; PUSHER_ERR_HANDLE;
///         PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_queue_set_wakeup(
    queue: *mut pusher_queue,
    wakeup: *const pusher_wakeup,
) -> i32 {
    guard(|| {
        // SAFETY: NULL or valid, by contract.
        let wakeup = unsafe { from_c(wakeup) }?;
        self::queue(queue)?.set_wakeup(wakeup)
    })
}

/// Frees a queue. Who waits for it returns with PUSHER_ERR_CLOSED, and its wake-up is called no more.
///
/// Free its clients first: their events cannot be asked for from here on. No client can be made on a
/// freed queue (PUSHER_ERR_STATE).
///
/// @param queue  NULL is fine
/// @return PUSHER_OK; PUSHER_ERR_HANDLE where it has been freed before
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_queue_free(queue: *mut pusher_queue) -> i32 {
    guard(|| {
        if !queue.is_null() {
            let queue = QUEUES.remove(queue)?;
            // The parent's may be half changed.
            if queue.check_process().is_ok() {
                queue.end();
            }
        }
        Ok(())
    })
}

/// The handle that a client's tag is.
fn handle(tag: usize) -> *mut pusher_client {
    ptr::without_provenance_mut(tag)
}
