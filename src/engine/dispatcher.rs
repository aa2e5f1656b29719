//! The thread of a client on which its callbacks run: `pusherws-ev`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle, ThreadId};

use crate::engine::batch::Batch;
use crate::engine::bindings::Bindings;
use crate::engine::fork::ForkMutex;
use crate::engine::shared::Shared;
use crate::engine::signals;
use crate::error::{Error, Result, Status};

pub struct Dispatcher {
    thread: JoinHandle<()>,
}

impl Dispatcher {
    pub fn start(
        shared: Arc<Shared>,
        bindings: Arc<Bindings>,
        thread_id: Arc<OnceLock<ThreadId>>,
    ) -> Result<Dispatcher> {
        let run = move || {
            let _ = thread_id.set(thread::current().id());
            deliver(&shared, &bindings);
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

fn deliver(shared: &Shared, bindings: &Bindings) {
    let mut batch = Batch::default();
    while shared.queue.take(&mut batch) {
        let mut begun = 0;
        let mut rest = || deliver_rest(shared, bindings, &batch, &mut begun);
        while catch_unwind(AssertUnwindSafe(&mut rest)).is_err() {
            // A bug in here ends this client, as one in the driver does. It costs one event: the
            // others are delivered, and so is what the driver has to tell about it.
            shared.queue.delivered();
            shared.broken.notify_one();
        }
        if shared.queue.has_ended() {
            return;
        }
        let bytes = batch.bytes();
        batch.clear();
        shared.queue.finished(bytes);
    }
}

/// Delivers what has not begun yet. It does not keep the table, which may hold the last reference
/// to an unbound callback.
fn deliver_rest(shared: &Shared, bindings: &Bindings, batch: &Batch, begun: &mut usize) {
    // The version first: a change after it is seen with the next event.
    let mut version = bindings.version();
    let mut table = bindings.table();
    for event in batch.iter().skip(*begun) {
        if shared.queue.has_ended() {
            return;
        }
        *begun += 1;
        if bindings.version() != version {
            version = bindings.version();
            table = bindings.table();
        }
        #[cfg(feature = "planted-faults")]
        assert_ne!(event.name(), crate::engine::shared::PLANTED, "planted in the delivery");
        if table.offer(&event) {
            bindings.sweep();
        }
        shared.queue.delivered();
    }
}
