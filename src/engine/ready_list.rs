//! Clients whose events wait to be asked for: one client's own list, or one that many share.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crate::engine::batch::Batch;
use crate::engine::clock::Deadline;
use crate::engine::consumer::Consumer;
use crate::engine::descriptor::Descriptor;
use crate::engine::fork;
use crate::engine::turn::Wait;
use crate::error::{Error, Result, Status};

/// Longer waits are made of several.
const LONGEST_SLEEP: Duration = Duration::from_secs(3600);

/// Called when the list is no longer empty.
pub type Wakeup = Box<dyn Fn() + Send + Sync>;

pub struct ReadyList {
    inner: Mutex<Inner>,
    added: Condvar,
    wakeup_over: Condvar,
    forks: u32,
}

#[derive(Default)]
struct Inner {
    ready: VecDeque<Weak<Consumer>>,
    /// Whether it has been told that there is something to ask for: by the descriptor, which is
    /// readable as long as this is true, and by the wake-up, which is called when it becomes true.
    told: bool,
    /// Made when somebody asks for it.
    descriptor: Option<Descriptor>,
    wakeup: Option<Arc<Wakeup>>,
    /// The threads that are inside of a wake-up.
    waking: Vec<ThreadId>,
    ended: bool,
}

/// This thread is inside of a wake-up, until this is dropped: also where the wake-up panics, for whose
/// end others wait.
struct Waking<'a>(&'a ReadyList);

impl Drop for Waking<'_> {
    fn drop(&mut self) {
        let me = thread::current().id();
        let mut inner = self.0.lock();
        if let Some(place) = inner.waking.iter().rposition(|thread| *thread == me) {
            inner.waking.swap_remove(place);
        }
        self.0.wakeup_over.notify_all();
    }
}

/// Calls it and lets go of it.
fn call(wakeup: Arc<Wakeup>) {
    wakeup();
}

impl std::fmt::Debug for ReadyList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadyList").finish_non_exhaustive()
    }
}

impl Default for ReadyList {
    fn default() -> ReadyList {
        ReadyList {
            inner: Mutex::default(),
            added: Condvar::new(),
            wakeup_over: Condvar::new(),
            forks: fork::count(),
        }
    }
}

impl ReadyList {
    /// One that watches for forks.
    pub fn new() -> ReadyList {
        fork::watch();
        ReadyList::default()
    }

    pub fn add(&self, consumer: Weak<Consumer>) {
        let mut inner = self.lock();
        inner.ready.push_back(consumer);
        self.added.notify_one();
        self.tell(inner);
    }

    /// Says that there is something, where that has not been said yet.
    fn tell<'a>(&'a self, mut inner: MutexGuard<'a, Inner>) {
        if inner.told || inner.ready.is_empty() {
            return;
        }
        inner.told = true;
        if let Some(descriptor) = &inner.descriptor {
            descriptor.set();
        }
        let Some(wakeup) = inner.wakeup.clone() else { return };
        inner.waking.push(thread::current().id());
        drop(inner);
        let _waking = Waking(self);
        // The application's code: not under the lock. It is let go of before others hear that it is over.
        call(wakeup);
    }

    /// The opposite, where nothing is left. Not as soon as the last client is taken off, which comes
    /// back where it has more than is asked for: two system calls for each event would be the price.
    fn settle(inner: &mut Inner) {
        if !inner.ready.is_empty() {
            return;
        }
        let told = std::mem::replace(&mut inner.told, false);
        if let Some(descriptor) = &inner.descriptor
            && (told || descriptor.is_to_come())
        {
            descriptor.clear();
        }
    }

    /// The client that has waited longest; None when the time is over before there is one.
    pub fn pop(&self, deadline: Deadline) -> Option<Arc<Consumer>> {
        let mut inner = self.lock();
        loop {
            while let Some(consumer) = inner.ready.pop_front() {
                // One that has been freed meanwhile is passed over.
                if let Some(consumer) = consumer.upgrade() {
                    consumer.unlisted();
                    return Some(consumer);
                }
            }
            Self::settle(&mut inner);
            let left = deadline.left();
            if left.is_zero() || inner.ended {
                return None;
            }
            let waited = self.added.wait_timeout(inner, left.min(LONGEST_SLEEP));
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Calls back the next client's events, up to `limit`; how many there were, 0 when the time is
    /// over before there is one.
    pub fn dispatch(&self, limit: usize, timeout: Option<Duration>) -> Result<usize> {
        let count = |consumer: &Consumer| Ok(Some(consumer.dispatch(limit)?).filter(|n| *n > 0));
        Ok(self.next(timeout, count)?.map_or(0, |(_, count)| count))
    }

    /// Takes the next client's events, up to `limit`, and its tag; an empty batch when the time is over
    /// before there is one.
    pub fn fetch(&self, limit: usize, timeout: Option<Duration>) -> Result<(Batch, usize)> {
        let some = |consumer: &Consumer| Ok(Some(consumer.fetch(limit)?).filter(|b| !b.is_empty()));
        let given = self.next(timeout, some)?;
        Ok(given.map_or_else(Default::default, |(consumer, batch)| (batch, consumer.tag())))
    }

    /// What the next client with something to give gives; None when the time is over before.
    pub fn next<T>(
        &self,
        timeout: Option<Duration>,
        ask: impl Fn(&Consumer) -> Result<Option<T>>,
    ) -> Result<Option<(Arc<Consumer>, T)>> {
        self.check_process()?;
        let deadline = Deadline::after(timeout);
        while let Some(consumer) = self.pop(deadline) {
            let given = ask(&consumer);
            Self::settle(&mut self.lock());
            match given {
                Ok(Some(given)) => return Ok(Some((consumer, given))),
                // Another thread is busy with it, and announces what it leaves.
                Err(error) if error.status() == Status::State && !consumer.turn.is_mine() => {}
                Ok(None) => {}
                Err(error) => return Err(error),
            }
        }
        if self.lock().ended {
            return Err(Error::new(
                Status::Closed,
                "it has been freed, and has nothing more to give",
            ));
        }
        Ok(None)
    }

    /// What becomes readable when there is something to ask for. It belongs to the list.
    pub fn descriptor(&self) -> Result<isize> {
        self.check_process()?;
        let mut inner = self.lock();
        if inner.descriptor.is_none() {
            let made = Descriptor::new().map_err(|error| {
                Error::new(Status::System, format!("no descriptor could be made: {error}"))
            })?;
            if inner.told {
                made.set();
            }
            inner.descriptor = Some(made);
        }
        Ok(inner.descriptor.as_ref().map_or(-1, Descriptor::number))
    }

    /// Sets what is called when there is something to ask for, after there was nothing; or that nothing
    /// is. Called at once where there is something already. The one before is called no more when this
    /// returns, unless this is called by itself.
    pub fn set_wakeup(&self, wakeup: Option<Wakeup>) -> Result<()> {
        self.check_process()?;
        let mut inner = self.lock();
        let before = std::mem::replace(&mut inner.wakeup, wakeup.map(Arc::new));
        if inner.waking.contains(&thread::current().id()) {
            // Inside of a wake-up, which is telling just now: once is enough.
            drop(inner);
            drop(before);
            return Ok(());
        }
        // Told anew.
        inner.told = false;
        self.wait_for_wakeups(inner);
        drop(before);
        let mut inner = self.lock();
        if inner.ready.is_empty() {
            // The descriptor may have been readable.
            inner.told = true;
            Self::settle(&mut inner);
        }
        self.tell(inner);
        Ok(())
    }

    /// Nobody is told of anything any more, and nobody waits.
    pub fn end(&self) {
        let mut inner = self.lock();
        inner.ended = true;
        let wakeup = inner.wakeup.take();
        self.added.notify_all();
        self.wait_for_wakeups(inner);
        drop(wakeup);
    }

    /// Waits for other threads' wake-ups to return, as long as they do not wait for this one.
    fn wait_for_wakeups<'a>(&'a self, mut inner: MutexGuard<'a, Inner>) {
        let me = thread::current().id();
        while let Some(other) = inner.waking.iter().copied().find(|thread| *thread != me) {
            let Some(_announced) = Wait::announce(me, other) else { return };
            inner = self.wakeup_over.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub fn check_not_ended(&self) -> Result<()> {
        if self.lock().ended {
            let text =
                "the shared queue has been freed; nobody could ask it for the client's events";
            return Err(Error::new(Status::State, text));
        }
        Ok(())
    }

    pub fn check_process(&self) -> Result<()> {
        if self.forks == fork::count() {
            return Ok(());
        }
        let text = "this queue was made before a fork and belongs to the parent process; make a \
                    new one in the child";
        Err(Error::new(Status::Forked, text))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::engine::signals::spawn_blocked;

    #[test]
    fn a_wakeup_that_panics_holds_nobody_up() {
        let list = Arc::new(ReadyList::default());
        list.set_wakeup(Some(Box::new(|| panic!("as ordered")))).unwrap();
        let telling = Arc::clone(&list);
        let told = spawn_blocked("tells", move || telling.add(Weak::new())).unwrap().join();
        assert!(told.is_err(), "it panicked");
        let (ended, end) = mpsc::channel();
        spawn_blocked("ends", move || {
            list.end();
            ended.send(()).unwrap();
        })
        .unwrap();
        end.recv_timeout(Duration::from_secs(30)).expect("nothing to wait for");
    }
}
