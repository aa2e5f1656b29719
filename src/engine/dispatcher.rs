//! The thread of a client on which its callbacks run: `pusherws-ev`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle, ThreadId};

use crate::engine::batch::Batch;
use crate::engine::bindings::{Bindings, Table};
use crate::engine::delivery::DeliveryQueue;
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
        };
        signals::spawn_blocked("pusherws-ev", run).map(|thread| Dispatcher { thread }).map_err(
            |error| {
                Error::new(Status::System, format!("the delivery thread did not start: {error}"))
            },
        )
    }

    /// Waits until no callback runs any more. On the delivery thread itself, where that would be
    /// for ever, it leaves the thread to end by itself.
    pub fn join(self) {
        if self.thread.thread().id() != thread::current().id() {
            // A panic of the thread has been told by the hook already.
            let _ = self.thread.join();
        }
    }
}

fn deliver(queue: &DeliveryQueue, bindings: &Bindings) {
    let mut batch = Batch::default();
    while queue.take(&mut batch) {
        let mut table = bindings.table();
        let mut version = bindings.version();
        for event in batch.iter() {
            if queue.has_ended() {
                return;
            }
            if bindings.version() != version {
                version = bindings.version();
                table = bindings.table();
            }
            offer(&table, &event);
            queue.delivered();
        }
        let bytes = batch.bytes();
        batch.clear();
        // Not kept while asleep: an unbound callback's last reference may be in here.
        drop(table);
        queue.finished(bytes);
    }
}

/// A panic in a callback written in Rust must not cost the other callbacks their events.
fn offer(table: &Table, event: &crate::engine::batch::Delivered<'_>) {
    let _ = catch_unwind(AssertUnwindSafe(|| table.offer(event)));
}
