//! The thread of a client on which its callbacks run: `pusherws-ev`.

use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle, ThreadId};

use crate::engine::batch::Batch;
use crate::engine::bindings::Bindings;
use crate::engine::delivery::DeliveryQueue;
use crate::engine::fork::ForkMutex;
use crate::engine::signals;
use crate::error::{Error, Result, Status};

pub struct Dispatcher {
    thread: JoinHandle<()>,
}

impl Dispatcher {
    pub fn start(
        queue: Arc<DeliveryQueue>,
        bindings: Arc<Bindings>,
        thread_id: Arc<OnceLock<ThreadId>>,
    ) -> Result<Dispatcher> {
        let run = move || {
            let _ = thread_id.set(thread::current().id());
            deliver(&queue, &bindings);
            bindings.clear();
        };
        signals::spawn_blocked("pusherws-ev", run).map(|thread| Dispatcher { thread }).map_err(
            |error| {
                Error::new(Status::System, format!("the delivery thread did not start: {error}"))
            },
        )
    }

    /// Waits until no callback runs any more. Where that would be for ever it leaves the thread to
    /// end by itself: on the delivery thread itself, and where that thread is waiting, over however
    /// many others, for this one.
    pub fn join(self) {
        let me = thread::current().id();
        let other = self.thread.thread().id();
        if !announce_wait(me, other) {
            return;
        }
        // A panic of the thread has been told by the hook already.
        let _ = self.thread.join();
        WAITS.lock().retain(|(waiting, _)| *waiting != me);
    }
}

/// Who waits for the end of whom, among the threads that free a client.
static WAITS: ForkMutex<Vec<(ThreadId, ThreadId)>> = ForkMutex::new(Vec::new());

/// Notes that `me` is going to wait for `other`; false where the two would wait for each other.
fn announce_wait(me: ThreadId, other: ThreadId) -> bool {
    let mut waits = WAITS.lock();
    let mut next = Some(other);
    while let Some(thread) = next {
        if thread == me {
            return false;
        }
        next = waits.iter().find(|(waiting, _)| *waiting == thread).map(|(_, end)| *end);
    }
    waits.push((me, other));
    true
}

fn deliver(queue: &DeliveryQueue, bindings: &Bindings) {
    let mut batch = Batch::default();
    while queue.take(&mut batch) {
        // The version first: a change after it is seen with the next event.
        let mut version = bindings.version();
        let mut table = bindings.table();
        for event in batch.iter() {
            if queue.has_ended() {
                return;
            }
            if bindings.version() != version {
                version = bindings.version();
                table = bindings.table();
            }
            if table.offer(&event) {
                bindings.sweep();
            }
            queue.delivered();
        }
        let bytes = batch.bytes();
        batch.clear();
        // Not kept while asleep: an unbound callback's last reference may be in here.
        drop(table);
        queue.finished(bytes);
    }
}
