//! The delivering end of a client: events out of the queue, into the bindings or to whoever asks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::engine::batch::{Batch, Delivered};
use crate::engine::bindings::{Bindings, Last, Table};
use crate::engine::ready_list::ReadyList;
use crate::engine::shared::Shared;
use crate::engine::turn::Turn;
use crate::error::{Error, Result, Status};

/// On which thread a client's events are delivered.
#[derive(Clone, Debug, Default)]
pub enum Delivery {
    /// One of the client's own.
    #[default]
    Thread,
    /// Whichever asks for them.
    Poll,
    /// Whichever asks for the events of all clients that share this list.
    Shared(Arc<ReadyList>),
    /// The network's, straight out of the receive path.
    Inline,
}

pub struct Consumer {
    me: Weak<Consumer>,
    shared: Arc<Shared>,
    bindings: Arc<Bindings>,
    pub turn: Turn,
    /// Only touched by the thread whose turn it is.
    current: Mutex<Current>,
    /// Where it is announced that there is something to ask for; None where nobody has to ask.
    list: Option<Arc<ReadyList>>,
    listed: AtomicBool,
    /// What the application knows it by.
    tag: AtomicUsize,
}

/// The batch that is being delivered, and how many of its events are or have been.
#[derive(Default)]
struct Current {
    batch: Batch,
    begun: usize,
}

impl Current {
    fn is_done(&self) -> bool {
        self.begun == self.batch.len()
    }
}

impl Consumer {
    pub fn new(
        shared: Arc<Shared>,
        bindings: Arc<Bindings>,
        list: Option<Arc<ReadyList>>,
    ) -> Arc<Consumer> {
        Arc::new_cyclic(|me| Consumer {
            me: Weak::clone(me),
            shared,
            bindings,
            turn: Turn::default(),
            current: Mutex::default(),
            list,
            listed: AtomicBool::new(false),
            tag: AtomicUsize::new(0),
        })
    }

    pub fn set_tag(&self, tag: usize) {
        self.tag.store(tag, Ordering::Relaxed);
    }

    pub fn tag(&self) -> usize {
        self.tag.load(Ordering::Relaxed)
    }

    /// The list that it is announced in, where it is.
    pub fn list(&self) -> Option<&Arc<ReadyList>> {
        self.list.as_ref()
    }

    /// Delivers whatever comes until the client is freed, for a thread that does nothing else.
    pub fn run(&self) {
        let Some(_mine) = self.turn.take() else { return };
        let mut current = self.current();
        while self.shared.queue.take(&mut current.batch) {
            self.deliver(&mut current, usize::MAX);
            if self.shared.queue.has_ended() {
                break;
            }
        }
        drop(current);
        self.bindings.clear();
    }

    /// Delivers a batch that never was in the queue, on the network thread.
    pub fn deliver_inline(&self, batch: &mut Batch) {
        let Some(_mine) = self.turn.take() else { return };
        let mut begun = 0;
        let mut rest = || self.offer_rest(batch, &mut begun, usize::MAX, || {});
        while catch_unwind(AssertUnwindSafe(&mut rest)).is_err() {
            self.shared.broken.notify_one();
        }
        batch.clear();
    }

    /// Delivers what is there, up to `limit` events; how many there were.
    pub fn dispatch(&self, limit: usize) -> Result<usize> {
        self.in_turn(|current| self.deliver(current, limit))
    }

    /// Takes what is there, up to `limit` events, without calling anybody.
    pub fn fetch(&self, limit: usize) -> Result<Batch> {
        self.in_turn(|current| {
            let mut taken = Batch::default();
            if current.begun == 0 && current.batch.len() <= limit {
                std::mem::swap(&mut taken, &mut current.batch);
                self.shared.queue.delivered(taken.len());
                self.shared.queue.finished(taken.bytes());
                return taken;
            }
            for event in current.batch.iter_from(current.begun).take(limit) {
                taken.copy(&event);
            }
            current.begun += taken.len();
            self.shared.queue.delivered(taken.len());
            if current.is_done() {
                self.finish(current);
            }
            taken
        })
    }

    /// A callback cannot ask for the events that come behind its own.
    pub fn check_not_inside(&self) -> Result<()> {
        if self.turn.is_mine() { Err(busy()) } else { Ok(()) }
    }

    /// With the oldest batch, for one thread at a time.
    fn in_turn<T>(&self, work: impl FnOnce(&mut Current) -> T) -> Result<T> {
        let Some(mine) = self.turn.take() else { return Err(busy()) };
        let mut current = self.current();
        if current.is_done() {
            self.shared.queue.take_now(&mut current.batch);
        }
        let done = work(&mut current);
        let unfinished = !current.is_done();
        drop(current);
        let freed = self.shared.queue.has_ended();
        if freed {
            // Inside of a callback, which has now returned, or by another thread, which waits.
            self.bindings.clear();
        }
        drop(mine);
        // Only now: who came meanwhile, and found it busy, has gone again.
        if !freed && (unfinished || self.shared.queue.has_waiting()) {
            self.announce();
        }
        Ok(done)
    }

    fn deliver(&self, current: &mut Current, limit: usize) -> usize {
        let before = current.begun;
        let until = before.saturating_add(limit).min(current.batch.len());
        let queue = &self.shared.queue;
        let Current { batch, begun } = &mut *current;
        let mut rest = || self.offer_rest(batch, begun, until, || queue.delivered(1));
        while catch_unwind(AssertUnwindSafe(&mut rest)).is_err() {
            // A bug in here ends this client, as one in the driver does. It costs one event: the
            // others are delivered, and so is what the driver has to tell about it.
            queue.delivered(1);
            self.shared.broken.notify_one();
        }
        let count = current.begun - before;
        if current.is_done() {
            self.finish(current);
        }
        count
    }

    fn finish(&self, current: &mut Current) {
        let bytes = current.batch.bytes();
        current.batch.clear();
        current.begun = 0;
        self.shared.queue.finished(bytes);
    }

    /// Offers what has not begun yet. It does not keep the table, which may hold the last reference
    /// to an unbound callback.
    fn offer_rest(&self, batch: &Batch, begun: &mut usize, until: usize, after_each: impl Fn()) {
        let mut events = batch.iter_from(*begun).take(until.saturating_sub(*begun));
        let mut next = events.next();
        while next.is_some() {
            // The version first: a change after it is seen with the next event.
            let version = self.bindings.version();
            let table = self.bindings.table();
            let mut last = None;
            while let Some(event) = next
                && self.bindings.version() == version
            {
                if self.shared.queue.has_ended() {
                    return;
                }
                *begun += 1;
                self.offer(&table, &event, &mut last);
                after_each();
                next = events.next();
            }
        }
    }

    fn offer<'t>(&self, table: &'t Table, event: &Delivered<'_>, last: &mut Last<'t>) {
        #[cfg(feature = "planted-faults")]
        assert_ne!(event.name(), crate::engine::shared::PLANTED, "planted in the delivery");
        if table.offer(event, last) {
            self.bindings.sweep();
        }
    }

    /// The driver is ending, and with it what is delivered on its thread.
    pub fn drop_if_freed(&self) {
        if self.list.is_none() && self.shared.queue.has_ended() {
            self.bindings.clear();
        }
    }

    /// Says that there is something to ask for. A freed client has nothing.
    pub fn announce(&self) {
        if let Some(list) = &self.list
            && !self.shared.queue.has_ended()
            && !self.listed.swap(true, Ordering::AcqRel)
        {
            list.add(Weak::clone(&self.me));
        }
    }

    /// It has been taken off the list, and what comes from here on is announced anew.
    pub fn unlisted(&self) {
        self.listed.store(false, Ordering::Release);
    }

    /// True when nothing will come any more, and nothing is left.
    pub fn is_over(&self) -> bool {
        let queue = &self.shared.queue;
        queue.has_ended()
            || (self.shared.driver.has_ended() && queue.depth() == 0 && !queue.has_waiting())
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn busy() -> Error {
    let text = "this client's events are being delivered just now, by another thread or by a callback \
                that asks for more; let that return first";
    Error::new(Status::State, text)
}
