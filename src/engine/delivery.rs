//! The queue between the network thread and the application: bounded, handed over in whole batches.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::task::AtomicWaker;

use crate::engine::batch::Batch;
use crate::error::Status;
use crate::session::{Event, EventKind};

/// Room beyond the limit, for what the network does not send: completions, changes of state.
const OWN_EVENTS: usize = 10_000;

/// What happens to events when the application does not keep up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum QueuePolicy {
    /// The socket is not read any more until there is room: nothing is lost.
    #[default]
    Block,
    /// The messages that have waited longest are dropped, and counted.
    DropOldest,
    /// The messages that come are dropped, and counted.
    DropNewest,
}

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
    policy: QueuePolicy,
    /// The most events that ever waited.
    high_water: AtomicUsize,
    /// How much may wait, beside what is being delivered, before messages are dropped.
    max_events: usize,
    max_bytes: usize,
    /// When reading pauses. Where messages are dropped that is far beyond: only for what cannot be.
    pause_events: usize,
    pause_bytes: usize,
    /// Messages dropped so far.
    dropped: AtomicU64,
    /// The network thread waits for room.
    paused: AtomicBool,
    room: AtomicWaker,
    /// The client is being freed: nothing is delivered any more.
    ended: AtomicBool,
}

#[derive(Default)]
struct Inner {
    waiting: Batch,
    /// Messages that were dropped after everything which waits, and have not been told.
    dropped: u64,
    sleeping: bool,
}

impl DeliveryQueue {
    pub fn new(max_events: usize, max_bytes: usize, policy: QueuePolicy) -> DeliveryQueue {
        let (pause_events, pause_bytes) = match policy {
            QueuePolicy::Block => (max_events, max_bytes),
            _ => (2 * max_events + OWN_EVENTS, 3 * max_bytes),
        };
        DeliveryQueue {
            policy,
            pause_events,
            pause_bytes,
            dropped: AtomicU64::new(0),
            inner: Mutex::default(),
            ready: Condvar::new(),
            drained: Condvar::new(),
            depth: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            high_water: AtomicUsize::new(0),
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
        let mut inner = self.lock();
        let (events, bytes) = (inner.waiting.len(), inner.waiting.bytes());
        match self.policy {
            QueuePolicy::Block => inner.waiting.append(batch),
            QueuePolicy::DropNewest => self.append_dropping_newest(&mut inner, batch),
            QueuePolicy::DropOldest => {
                inner.waiting.append(batch);
                self.drop_oldest(&mut inner);
            }
        }
        // Before anybody can take them. Wraps where there are fewer now, and comes out right.
        let more = inner.waiting.len().wrapping_sub(events);
        let depth = self.depth.fetch_add(more, Ordering::SeqCst).wrapping_add(more);
        self.high_water.fetch_max(depth, Ordering::Relaxed);
        self.bytes.fetch_add(inner.waiting.bytes().wrapping_sub(bytes), Ordering::SeqCst);
        if inner.sleeping {
            self.ready.notify_one();
        }
    }

    fn append_dropping_newest(&self, inner: &mut Inner, batch: &mut Batch) {
        let has_room = |waiting: &Batch, more: usize| {
            waiting.len() + more <= self.max_events && waiting.bytes() < self.max_bytes
        };
        if inner.dropped == 0 && has_room(&inner.waiting, batch.len()) {
            return inner.waiting.append(batch);
        }
        for event in batch.iter() {
            if event.kind() == EventKind::Message && !has_room(&inner.waiting, 1) {
                self.dropped.fetch_add(1, Ordering::Relaxed);
                inner.dropped += 1;
                continue;
            }
            inner.tell_dropped();
            inner.waiting.copy(&event);
        }
        batch.clear();
    }

    /// Drops more at a time than it has to, since each time costs a copy of the rest.
    fn drop_oldest(&self, inner: &mut Inner) {
        let beyond = |limit: usize, is: usize| is > limit + limit / 8;
        let Inner { waiting, .. } = inner;
        if !beyond(self.max_events, waiting.len()) && !beyond(self.max_bytes, waiting.bytes()) {
            return;
        }
        let mut dropped = 0;
        let (mut events, mut bytes) = (waiting.len(), waiting.bytes());
        let mut told = 0;
        let mut kept = Batch::default();
        let mut rest = Batch::default();
        for event in waiting.iter() {
            let too_many = events > self.max_events || bytes > self.max_bytes;
            match event.kind() {
                EventKind::Message if too_many => {
                    dropped += 1;
                    events -= 1;
                    bytes -= event.bytes();
                }
                // Told anew, together with those that are dropped now.
                EventKind::Dropped if told == 0 && rest.is_empty() => {
                    told = u64::try_from(event.value()).unwrap_or(0);
                }
                _ => rest.copy(&event),
            }
        }
        if dropped + told > 0 {
            kept.push(&dropped_event(dropped + told));
        }
        kept.append(&mut rest);
        self.dropped.fetch_add(dropped, Ordering::Relaxed);
        *waiting = kept;
    }

    /// How many messages have been dropped so far.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Whether there is anything to take.
    pub fn has_waiting(&self) -> bool {
        self.lock().has_something()
    }

    /// Swaps what waits into `batch`, which has to be empty.
    pub fn take_now(&self, batch: &mut Batch) {
        self.swap(&mut self.lock(), batch);
    }

    /// Waits for events and swaps them into `batch`, which has to be empty. False at the end.
    pub fn take(&self, batch: &mut Batch) -> bool {
        let mut inner = self.lock();
        while !inner.has_something() {
            if self.has_ended() {
                return false;
            }
            inner.sleeping = true;
            inner = self.ready.wait(inner).unwrap_or_else(PoisonError::into_inner);
            inner.sleeping = false;
        }
        self.swap(&mut inner, batch);
        true
    }

    fn swap(&self, inner: &mut Inner, batch: &mut Batch) {
        let (events, bytes) = (inner.waiting.len(), inner.waiting.bytes());
        inner.tell_dropped();
        self.depth.fetch_add(inner.waiting.len() - events, Ordering::SeqCst);
        self.bytes.fetch_add(inner.waiting.bytes() - bytes, Ordering::SeqCst);
        std::mem::swap(&mut inner.waiting, batch);
    }

    /// Events of a batch have been delivered.
    pub fn delivered(&self, count: usize) {
        let before = self.depth.fetch_sub(count, Ordering::SeqCst);
        let half = self.pause_events / 2;
        if before > half && before - count <= half {
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

    /// The bytes of the events that wait.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::SeqCst)
    }

    /// The most events that ever waited at the same time.
    pub fn high_water(&self) -> usize {
        self.high_water.load(Ordering::Relaxed)
    }

    /// For a dump.
    pub fn describe(&self) -> serde_json::Value {
        serde_json::json!({
            "depth": self.depth(),
            "bytes": self.bytes(),
            "high_water": self.high_water(),
            "dropped": self.dropped(),
            "policy": format!("{:?}", self.policy),
            "max_events": self.max_events,
            "max_bytes": self.max_bytes,
            "reading_paused": self.paused.load(Ordering::SeqCst),
        })
    }

    pub fn is_full(&self) -> bool {
        self.depth() >= self.pause_events || self.bytes.load(Ordering::SeqCst) >= self.pause_bytes
    }

    /// Whether these would leave room for more.
    pub fn has_room_for(&self, batch: &Batch) -> bool {
        self.depth().saturating_add(batch.len()) < self.pause_events
            && self.bytes.load(Ordering::SeqCst).saturating_add(batch.bytes()) < self.pause_bytes
    }

    /// Full beyond what the network can cause: the application makes requests without end from
    /// somewhere, and does not look at their completions.
    pub fn is_overfull(&self) -> bool {
        self.depth() >= self.pause_events.saturating_add(OWN_EVENTS)
    }

    /// Whether reading should go on again after a pause: half the queue is free.
    pub fn has_room(&self) -> bool {
        self.depth() <= self.pause_events / 2
            && self.bytes.load(Ordering::SeqCst) <= self.pause_bytes / 2
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

impl Inner {
    fn has_something(&self) -> bool {
        !self.waiting.is_empty() || self.dropped > 0
    }

    /// Tells of drops at the place where the messages are missing.
    fn tell_dropped(&mut self) {
        match std::mem::take(&mut self.dropped) {
            0 => {}
            count => self.waiting.push(&dropped_event(count)),
        }
    }
}

fn dropped_event(count: u64) -> Event<'static> {
    let text = "the callbacks do not keep up, and messages were dropped";
    Event {
        status: Status::QueueFull,
        value: i64::try_from(count).unwrap_or(i64::MAX),
        ..Event::new(EventKind::Dropped, "pusher:dropped").with_text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(policy: QueuePolicy) -> DeliveryQueue {
        DeliveryQueue::new(16, 1 << 20, policy)
    }

    fn push(queue: &DeliveryQueue, numbers: std::ops::Range<usize>) {
        let mut batch = Batch::default();
        for number in numbers {
            let name = number.to_string();
            batch.push(&Event::new(EventKind::Message, &name));
        }
        queue.push(&mut batch);
    }

    fn completed(queue: &DeliveryQueue, request: u64) {
        let mut batch = Batch::default();
        batch.push(&Event::completed(request, Ok(0)));
        queue.push(&mut batch);
    }

    /// What is delivered: names of messages, numbers of drops and of requests.
    fn taken(queue: &DeliveryQueue) -> Vec<String> {
        let mut batch = Batch::default();
        if queue.depth() == 0 && queue.lock().dropped == 0 {
            return Vec::new();
        }
        assert!(queue.take(&mut batch));
        let told = batch.iter().map(|event| {
            queue.delivered(1);
            match event.kind() {
                EventKind::Dropped => format!("-{}", event.value()),
                EventKind::Completed => format!("#{}", event.request()),
                _ => event.name().to_owned(),
            }
        });
        let told = told.collect();
        queue.finished(batch.bytes());
        assert_eq!(queue.depth(), 0);
        assert_eq!(queue.bytes.load(Ordering::SeqCst), 0);
        told
    }

    fn names(numbers: std::ops::Range<usize>) -> Vec<String> {
        numbers.map(|number| number.to_string()).collect()
    }

    #[test]
    fn dropping_the_newest_keeps_the_first_and_tells_of_the_others_in_their_place() {
        let queue = queue(QueuePolicy::DropNewest);
        push(&queue, 0..10);
        push(&queue, 10..30);
        completed(&queue, 7);
        push(&queue, 30..40);
        let mut expected = names(0..16);
        expected.extend(["-14", "#7", "-10"].map(str::to_owned));
        assert_eq!(taken(&queue), expected);
        assert_eq!(queue.dropped(), 24);
        push(&queue, 40..42);
        assert_eq!(taken(&queue), names(40..42));
    }

    #[test]
    fn dropping_the_oldest_keeps_the_last_and_tells_of_the_others_first() {
        let queue = queue(QueuePolicy::DropOldest);
        for start in (0..100).step_by(5) {
            push(&queue, start..start + 5);
            if start == 90 {
                completed(&queue, 3);
            }
        }
        let told = taken(&queue);
        let kept = told.iter().filter(|name| !name.starts_with(['-', '#'])).count();
        assert_eq!(told[0], format!("-{}", 100 - kept), "{told:?}");
        assert!((14..=18).contains(&kept) && told.contains(&"#3".to_owned()), "{told:?}");
        assert_eq!(queue.dropped(), 100 - kept as u64);
        assert_eq!(told.last().unwrap(), "99");
    }

    #[test]
    fn memory_is_bounded_by_bytes_too() {
        for policy in [QueuePolicy::DropNewest, QueuePolicy::DropOldest] {
            let queue = DeliveryQueue::new(1000, 100_000, policy);
            let data = "x".repeat(10_000);
            for _ in 0..1000 {
                let mut batch = Batch::default();
                batch.push(&Event::new(EventKind::Message, "big").with_text(&data));
                queue.push(&mut batch);
                assert!(queue.lock().waiting.bytes() < 150_000);
            }
            assert!(queue.dropped() > 980, "{policy:?}: {}", queue.dropped());
        }
    }

    #[test]
    fn there_is_room_for_what_leaves_some() {
        let queue = DeliveryQueue::new(4, 1000, QueuePolicy::Block);
        push(&queue, 0..2);
        let mut batch = Batch::default();
        assert!(queue.has_room_for(&batch));
        batch.push(&Event::new(EventKind::Message, "2"));
        assert!(queue.has_room_for(&batch));
        batch.push(&Event::new(EventKind::Message, "3"));
        assert!(!queue.has_room_for(&batch), "four events");
        let mut batch = Batch::default();
        batch.push(&Event::new(EventKind::Message, "big").with_text(&"x".repeat(1000)));
        assert!(!queue.has_room_for(&batch), "a thousand bytes");
    }

    #[test]
    fn blocking_drops_nothing() {
        let queue = queue(QueuePolicy::Block);
        push(&queue, 0..40);
        assert!(queue.is_full());
        assert_eq!(taken(&queue), names(0..40));
        assert_eq!(queue.dropped(), 0);
    }
}
