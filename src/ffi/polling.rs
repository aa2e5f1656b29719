//! Asking for events, where a client delivers by `PUSHER_DELIVER_POLL`.

use std::time::Duration;

use crate::client::Wakeup;
use crate::engine::batch::Batch;
use crate::error::{Error, Result, Status};
use crate::ffi::client::client;
use crate::ffi::event::{keep_batch, keep_first};
use crate::ffi::guard::guard;
use crate::ffi::types::{pusher_client, pusher_event, pusher_events, pusher_wakeup};

/// Calls your callbacks for events that wait, on this thread, and returns when they have returned.
/// Waits for the first event as long as you say, and for no other.
///
/// Several threads may ask at the same time: a client's callbacks still run one at a time and in
/// order, and who finds another thread busy with them waits as if there were nothing.
///
/// @param max_events  deliver at most so many; 0 all that wait
/// @param timeout_ms  how long to wait for the first; 0 only looks; -1 waits without end
/// @param count       receives how many events were delivered; may be NULL
/// @return PUSHER_OK where there was at least one; PUSHER_ERR_TIMEOUT where there was none;
///         PUSHER_ERR_CLOSED where the client has been closed and has told everything, or is freed
///         meanwhile; PUSHER_ERR_STATE where the config did not say PUSHER_DELIVER_POLL, where the
///         client uses a shared queue (ask that), and inside of one of this client's callbacks;
///         PUSHER_ERR_ARGUMENT where timeout_ms is below -1; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_dispatch(
    client: *mut pusher_client,
    max_events: u32,
    timeout_ms: i32,
    count: *mut u32,
) -> i32 {
    guard(|| {
        let client = self::client(client)?;
        let delivered = client.dispatch(limit(max_events), patience(timeout_ms)?)?;
        // SAFETY: NULL or valid, by contract.
        unsafe { give_count(delivered, count) }
    })
}

/// Takes the next event, without calling anybody: for programs with a loop of their own. No callback
/// sees it.
///
/// @param timeout_ms  how long to wait for it; 0 only looks; -1 waits without end
/// @param event       receives the event, to be freed with `pusher_event_free`; written only on
///                    success
/// @return as for `pusher_client_dispatch`; PUSHER_ERR_ARGUMENT also where event is NULL
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_next(
    client: *mut pusher_client,
    timeout_ms: i32,
    event: *mut *mut pusher_event,
) -> i32 {
    guard(|| {
        check_target(event, "event")?;
        let batch = self::client(client)?.fetch(1, patience(timeout_ms)?)?;
        // SAFETY: not NULL, and valid by contract.
        unsafe { give_event(batch, client, event) }
    })
}

/// Takes events that wait, many in one call, without calling anybody: the cheapest way for other
/// languages. No callback sees them.
///
/// @param max_events  take at most so many; 0 all that wait
/// @param timeout_ms  how long to wait for the first; 0 only looks; -1 waits without end
/// @param events      receives them, to be freed with `pusher_events_free`; written only on success
/// @return as for `pusher_client_dispatch`; PUSHER_ERR_ARGUMENT also where events is NULL
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_next_batch(
    client: *mut pusher_client,
    max_events: u32,
    timeout_ms: i32,
    events: *mut *mut pusher_events,
) -> i32 {
    guard(|| {
        check_target(events, "events")?;
        let batch = self::client(client)?.fetch(limit(max_events), patience(timeout_ms)?)?;
        // SAFETY: not NULL, and valid by contract.
        unsafe { give_events(batch, client, events) }
    })
}

/// Something to wait for beside your own descriptors: it is readable while there are events to ask
/// for. Give it to epoll, poll, select, kqueue or an event loop, and when it is readable ask until
/// PUSHER_ERR_TIMEOUT. Do not read, write or close it; it ends with the client.
///
/// On Linux it is an eventfd, elsewhere a socket. On Windows it is a SOCKET and not an event, since select,
/// WSAPoll and the loops built on them wait for nothing else, and WSAEventSelect makes an event of it
/// for WaitForMultipleObjects.
///
/// @param descriptor  receives it
/// @return PUSHER_OK; PUSHER_ERR_SYSTEM where none could be made; PUSHER_ERR_ARGUMENT where descriptor
///         is NULL; PUSHER_ERR_STATE as for `pusher_client_dispatch`; PUSHER_ERR_HANDLE;
///         PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_descriptor(
    client: *mut pusher_client,
    descriptor: *mut isize,
) -> i32 {
    guard(|| {
        check_target(descriptor, "descriptor")?;
        let number = self::client(client)?.descriptor()?;
        // SAFETY: not NULL, and valid by contract.
        unsafe { *descriptor = number };
        Ok(())
    })
}

/// Has a function called when there are events to ask for, after there were none: to post a message
/// to a window, to wake a game loop. It is called once for any number of events, and not again until
/// you have asked until PUSHER_ERR_TIMEOUT; at once where some wait already.
///
/// It runs on a thread of the library, at the end of a call that asks, or inside of this function where
/// events wait already; and has to return soon: the network waits for it. It should not ask for the
/// events itself. When this function returns, the one set before is not running and will not be called
/// again, except where it is the one that calls this.
///
/// @param wakeup  what to call, copied; its user_data belongs to the library from here on, also where
///                this fails; NULL for nothing
/// @return PUSHER_OK; PUSHER_ERR_ARGUMENT where its call is NULL; PUSHER_ERR_STATE as for
///         `pusher_client_dispatch`; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_set_wakeup(
    client: *mut pusher_client,
    wakeup: *const pusher_wakeup,
) -> i32 {
    guard(|| {
        // SAFETY: NULL or valid, by contract.
        let wakeup = unsafe { from_c(wakeup) }?;
        self::client(client)?.set_wakeup(wakeup)
    })
}

/// 0 is all.
pub(super) fn limit(max_events: u32) -> usize {
    if max_events == 0 { usize::MAX } else { max_events as usize }
}

pub(super) fn patience(timeout_ms: i32) -> Result<Option<Duration>> {
    match timeout_ms {
        -1 => Ok(None),
        0.. => Ok(Some(Duration::from_millis(timeout_ms.unsigned_abs().into()))),
        _ => {
            let text = format!("the timeout is {timeout_ms} ms; -1 waits without end");
            Err(Error::new(Status::Argument, text))
        }
    }
}

pub(super) fn check_target<T>(target: *mut T, what: &str) -> Result<()> {
    if target.is_null() {
        let text = format!("the pointer that receives the {what} is NULL");
        return Err(Error::new(Status::Argument, text));
    }
    Ok(())
}

/// # Safety
/// `count` is NULL or valid.
pub(super) unsafe fn give_count(delivered: usize, count: *mut u32) -> Result<()> {
    if delivered == 0 {
        return Err(nothing());
    }
    if !count.is_null() {
        // SAFETY: the caller's promise.
        unsafe { *count = u32::try_from(delivered).unwrap_or(u32::MAX) };
    }
    Ok(())
}

/// # Safety
/// `event` is valid.
pub(super) unsafe fn give_event(
    batch: Batch,
    client: *mut pusher_client,
    event: *mut *mut pusher_event,
) -> Result<()> {
    let kept = keep_first(batch, client).ok_or_else(nothing)?;
    // SAFETY: the caller's promise.
    unsafe { *event = kept };
    Ok(())
}

/// # Safety
/// `events` is valid.
pub(super) unsafe fn give_events(
    batch: Batch,
    client: *mut pusher_client,
    events: *mut *mut pusher_events,
) -> Result<()> {
    if batch.is_empty() {
        return Err(nothing());
    }
    let handle = keep_batch(batch, client)?;
    // SAFETY: the caller's promise.
    unsafe { *events = handle };
    Ok(())
}

fn nothing() -> Error {
    Error::new(Status::Timeout, "there is no event; ask again")
}

/// What C handed over to be called. Ending it ends its `user_data`.
struct CWakeup(pusher_wakeup);

// SAFETY: by contract, `call` and `drop` may be run on any thread, with `user_data`.
unsafe impl Send for CWakeup {}
// SAFETY: as above.
unsafe impl Sync for CWakeup {}

impl Drop for CWakeup {
    fn drop(&mut self) {
        if let Some(end) = self.0.drop {
            // SAFETY: runs once, after the last call, as promised to the caller.
            unsafe { end(self.0.user_data) };
        }
    }
}

/// # Safety
/// `wakeup` is NULL or points to a `pusher_wakeup`.
pub(super) unsafe fn from_c(wakeup: *const pusher_wakeup) -> Result<Option<Wakeup>> {
    // SAFETY: the caller's promise.
    let Some(wakeup) = (unsafe { wakeup.as_ref() }) else { return Ok(None) };
    // From here on, every way out drops it.
    let wakeup = CWakeup(*wakeup);
    let Some(call) = wakeup.0.call else {
        return Err(Error::new(Status::Argument, "the wake-up's call is NULL"));
    };
    Ok(Some(Box::new(move || {
        let wakeup = &wakeup;
        // SAFETY: `user_data` lives until `drop` has been called, as the caller promised.
        unsafe { call(wakeup.0.user_data) };
    })))
}
