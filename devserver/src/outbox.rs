//! The bounded queue between the hub and the task that writes to one socket.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::faults::How;

/// What the writer is to do.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// Write these bytes: one frame or several whole ones. Suppressed while silent.
    Frames(Bytes),
    /// Write these bytes whatever the connection's state is: they were ordered by a test.
    Bytes(Bytes),
    /// Write a close frame, then nothing more.
    Close(Option<u16>, String),
    /// Drop the TCP connection, after what is queued before.
    Drop(How),
    /// End politely, after what is queued before.
    End,
    /// Never write again.
    Stall,
}

impl Item {
    fn len(&self) -> usize {
        match self {
            Item::Frames(bytes) | Item::Bytes(bytes) => bytes.len(),
            _ => 0,
        }
    }
}

#[derive(Default)]
struct Queue {
    items: VecDeque<(Instant, Item)>,
    bytes: usize,
    /// Nobody will read the queue again.
    gone: bool,
    /// Drop at once, without regard to what is queued.
    abort: Option<How>,
}

/// The queue of one connection.
#[derive(Default)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    /// Wakes the one writer.
    ready: Notify,
    /// Wakes those who wait for room.
    room: Notify,
    aborted: Notify,
}

impl Outbox {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues an item and says how many bytes wait now. After the end it is thrown away.
    pub fn push(&self, item: Item) -> usize {
        let mut queue = self.lock();
        if queue.gone {
            return 0;
        }
        queue.bytes += item.len();
        queue.items.push_back((Instant::now(), item));
        let bytes = queue.bytes;
        drop(queue);
        self.ready.notify_one();
        bytes
    }

    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Waits until fewer than `below` bytes are queued; false when the connection has ended.
    pub async fn room(&self, below: usize) -> bool {
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            // Registered before the look, so that no wake-up between the two is missed.
            room.as_mut().enable();
            {
                let queue = self.lock();
                if queue.gone || queue.abort.is_some() {
                    return false;
                }
                if queue.bytes < below {
                    return true;
                }
            }
            room.await;
        }
    }

    /// Takes what is queued, up to about `max_bytes`, into `batch`.
    pub async fn take(&self, max_bytes: usize, batch: &mut Vec<(Instant, Item)>) {
        loop {
            {
                let mut queue = self.lock();
                let mut taken = 0;
                while taken < max_bytes {
                    let Some((at, item)) = queue.items.pop_front() else { break };
                    taken += item.len();
                    batch.push((at, item));
                }
                queue.bytes -= taken;
                if !batch.is_empty() {
                    drop(queue);
                    self.room.notify_waiters();
                    return;
                }
            }
            self.ready.notified().await;
        }
    }

    /// Asks for the connection to be dropped at once.
    pub fn abort(&self, how: How) {
        self.lock().abort.get_or_insert(how);
        self.aborted.notify_one();
        self.room.notify_waiters();
    }

    /// Waits until [`Outbox::abort`] was called.
    pub async fn aborted(&self) -> How {
        loop {
            if let Some(how) = self.lock().abort {
                return how;
            }
            self.aborted.notified().await;
        }
    }

    /// Nobody writes any more: forget what is queued and let nobody wait for room.
    pub fn close(&self) {
        let mut queue = self.lock();
        queue.gone = true;
        queue.items.clear();
        queue.bytes = 0;
        drop(queue);
        self.room.notify_waiters();
    }
}
