//! The queue between the network thread and the application: bounded, handed over in whole batches.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::task::AtomicWaker;

use crate::engine::batch::Batch;

/// Room beyond the limit, for what the network does not send: completions, changes of state.
const OWN_EVENTS: usize = 10_000;

/// Events that wait for the application. The network thread swaps its batch in under one short
/// lock, the consumer swaps it out under another; nobody is woken who is not asleep.
pub struct DeliveryQueue {
    inner: Mutex<Inner>,
    /// Signalled when there is something to take, or the queue ends.
    ready: Condvar,
    /// Signalled when everything has been delivered.
    drained: Condvar,
    /// Not yet delivered, the consumer's batch included.
    ///
    /// These counters and `paused` are a handshake of two sides, each of which writes its own and
    /// then reads the other's; with anything weaker than SeqCst both could read the old value, and
    /// the network would sleep for ever.
    depth: AtomicUsize,
    bytes: AtomicUsize,
    max_events: usize,
    max_bytes: usize,
    /// The network thread waits for room.
    paused: AtomicBool,
    room: AtomicWaker,
    /// The client is being freed: nothing is delivered any more.
    ended: AtomicBool,
}

#[derive(Default)]
struct Inner {
    waiting: Batch,
    sleeping: bool,
}

impl DeliveryQueue {
    pub fn new(max_events: usize, max_bytes: usize) -> DeliveryQueue {
        DeliveryQueue {
            inner: Mutex::default(),
            ready: Condvar::new(),
            drained: Condvar::new(),
            depth: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            max_events,
            max_bytes,
            paused: AtomicBool::new(false),
            room: AtomicWaker::new(),
            ended: AtomicBool::new(false),
        }
    }

    /// Hands over all of `batch`, leaving it empty. Never blocks and never refuses: the network
    /// thread stops reading when the queue is full, so what comes beyond is little.
    pub fn push(&self, batch: &mut Batch) {
        if batch.is_empty() {
            return;
        }
        self.depth.fetch_add(batch.len(), Ordering::SeqCst);
        self.bytes.fetch_add(batch.bytes(), Ordering::SeqCst);
        let mut inner = self.lock();
        inner.waiting.append(batch);
        if inner.sleeping {
            self.ready.notify_one();
        }
    }

    /// Waits for events and swaps them into `batch`, which has to be empty. False at the end.
    pub fn take(&self, batch: &mut Batch) -> bool {
        let mut inner = self.lock();
        while inner.waiting.is_empty() {
            if self.has_ended() {
                return false;
            }
            inner.sleeping = true;
            inner = self.ready.wait(inner).unwrap_or_else(PoisonError::into_inner);
            inner.sleeping = false;
        }
        std::mem::swap(&mut inner.waiting, batch);
        true
    }

    /// One event of a batch has been delivered.
    pub fn delivered(&self) {
        let before = self.depth.fetch_sub(1, Ordering::SeqCst);
        if before == self.max_events / 2 + 1 {
            self.wake_network();
        }
    }

    /// A whole batch has been delivered; it held so many bytes.
    pub fn finished(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::SeqCst);
        self.wake_network();
        if self.depth() == 0 {
            let _inner = self.lock();
            self.drained.notify_all();
        }
    }

    fn wake_network(&self) {
        if self.paused.load(Ordering::SeqCst) {
            self.room.wake();
        }
    }

    /// How many events wait, the one being delivered included.
    pub fn depth(&self) -> usize {
        self.depth.load(Ordering::SeqCst)
    }

    pub fn is_full(&self) -> bool {
        self.depth() >= self.max_events || self.bytes.load(Ordering::SeqCst) >= self.max_bytes
    }

    /// How many more events there is room for.
    pub fn room(&self) -> usize {
        self.max_events.saturating_sub(self.depth())
    }

    /// Full beyond what the network can cause: the application makes requests without end from
    /// somewhere, and does not look at their completions.
    pub fn is_overfull(&self) -> bool {
        self.depth() >= self.max_events.saturating_add(OWN_EVENTS)
    }

    /// Whether reading should go on again after a pause: half the queue is free.
    pub fn has_room(&self) -> bool {
        self.depth() <= self.max_events / 2
            && self.bytes.load(Ordering::SeqCst) <= self.max_bytes / 2
    }

    /// The network thread asks to be woken when there is room; it has to look once more after this.
    pub fn wake_on_room(&self, waker: &std::task::Waker) {
        self.room.register(waker);
        self.paused.store(true, Ordering::SeqCst);
    }

    pub fn reading_again(&self) {
        self.paused.store(false, Ordering::SeqCst);
    }

    /// Waits until everything has been delivered. False when the time is over before.
    pub fn wait_drained(&self, timeout: Duration) -> bool {
        let inner = self.lock();
        let undelivered = |_: &mut Inner| self.depth() > 0 && !self.has_ended();
        drop(self.drained.wait_timeout_while(inner, timeout, undelivered));
        self.depth() == 0
    }

    /// Nothing is delivered from here on.
    pub fn end(&self) {
        let _inner = self.lock();
        self.ended.store(true, Ordering::SeqCst);
        self.ready.notify_all();
        self.drained.notify_all();
    }

    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
