//! The thread of a client on which its callbacks run: `pusherws-ev`.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::engine::consumer::Consumer;
use crate::engine::signals;
use crate::engine::turn::Wait;
use crate::error::{Error, Result, Status};

pub struct Dispatcher {
    thread: JoinHandle<()>,
}

impl Dispatcher {
    pub fn start(consumer: Arc<Consumer>) -> Result<Dispatcher> {
        let run = move || consumer.run();
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
        let other = self.thread.thread().id();
        if let Some(_announced) = Wait::announce(thread::current().id(), other) {
            // A panic of the thread has been told by the hook already.
            let _ = self.thread.join();
        }
    }
}
