//! Whose turn it is to deliver a client's events: one thread's at a time, so that callbacks come one
//! after another and in order.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::engine::fork::ForkMutex;

#[derive(Default)]
pub struct Turn {
    owner: Mutex<Option<ThreadId>>,
    over: Condvar,
}

/// Its owner's, until it is dropped.
pub struct Mine<'a>(&'a Turn);

impl Turn {
    /// None where another thread has it, or this one already.
    pub fn take(&self) -> Option<Mine<'_>> {
        let mut owner = self.lock();
        if owner.is_some() {
            return None;
        }
        *owner = Some(thread::current().id());
        Some(Mine(self))
    }

    /// True inside of what is delivered.
    pub fn is_mine(&self) -> bool {
        *self.lock() == Some(thread::current().id())
    }

    /// Waits until nobody has it. Where that would be for ever it does not wait: where it is this
    /// thread's own, or that of a thread which waits, over however many others, for this one.
    pub fn wait_until_over(&self) {
        let me = thread::current().id();
        let mut owner = self.lock();
        while let Some(other) = *owner {
            let Some(_announced) = Wait::announce(me, other) else { return };
            owner = self.over.wait(owner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<ThreadId>> {
        self.owner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Mine<'_> {
    fn drop(&mut self) {
        *self.0.lock() = None;
        self.0.over.notify_all();
    }
}

/// Who waits for the end of whom, among the threads that free a client.
static WAITS: ForkMutex<Vec<(ThreadId, ThreadId)>> = ForkMutex::new(Vec::new());

/// One thread waits for another, until this is dropped.
pub struct Wait(ThreadId);

impl Wait {
    /// None where the two would wait for each other, or are the same.
    pub fn announce(me: ThreadId, other: ThreadId) -> Option<Wait> {
        let mut waits = WAITS.lock();
        let mut next = Some(other);
        while let Some(thread) = next {
            if thread == me {
                return None;
            }
            next = waits.iter().find(|(waiting, _)| *waiting == thread).map(|(_, end)| *end);
        }
        waits.push((me, other));
        Some(Wait(me))
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        WAITS.lock().retain(|(waiting, _)| *waiting != self.0);
    }
}
