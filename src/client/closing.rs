//! The end of a client: politely, at once, or in a process that only inherited it.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Client;
use crate::engine::clock::Deadline;
use crate::engine::network;
use crate::error::{Error, Result, Status};
use crate::session::Command;

/// How long freeing a client waits for the network thread before it stops caring. The network
/// thread never blocks, so this is only ever reached when the machine itself stands still.
const FREE_PATIENCE: Duration = Duration::from_secs(30);

impl Client {
    /// Ends the connection politely, completes what is pending as cancelled, and waits until the
    /// application has been told everything. Inside a callback it waits for nothing.
    pub fn close(&self, timeout: Duration) -> Result<()> {
        self.check_process()?;
        let deadline = Deadline::after(Some(timeout));
        self.begin_closing();
        if self.must_not_wait() {
            return Ok(());
        }
        // Who asks for events by himself may be the one who waits here.
        let done = self.shared.driver.wait_ended(deadline.left())
            && (self.consumer.list().is_some() || self.shared.queue.wait_drained(deadline.left()));
        if done {
            return Ok(());
        }
        Err(Error::new(
            Status::Timeout,
            "closing took longer than the time allowed; it goes on, and freeing the client ends it",
        ))
    }

    fn begin_closing(&self) {
        if !self.closing.swap(true, Ordering::AcqRel) {
            self.shared.commands.fetch_add(1, Ordering::AcqRel);
            // Nobody left to receive it means that the driver has ended by itself: closed enough.
            let _ = self.send(0, Command::Close);
        }
    }

    /// Ends everything at once: when this returns, no callback runs or ever will, and all have been
    /// dropped. Inside a callback the same is true as soon as that callback has returned.
    pub fn free(&self) {
        if self.check_process().is_err() {
            // The threads are the parent's. What the locks protect may be half changed, so nothing
            // is touched; the memory is the child's to keep.
            return;
        }
        self.shared.queue.end();
        // No call begins from here on; inside a callback that goes for the other bindings to the
        // same event, too. The dispatcher still holds those that it is about to pass over.
        self.bindings.end();
        self.begin_closing();
        self.shared.abort.notify_one();
        if !network::is_current_thread() {
            self.shared.driver.wait_ended(FREE_PATIENCE);
        }
        self.end_delivery();
        let dispatcher = self.dispatcher.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Its thread drops the callbacks at its end, so that none is dropped while another runs.
        if let Some(dispatcher) = dispatcher
            && !network::is_current_thread()
        {
            dispatcher.join();
        }
        let network = self.network.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(network);
    }

    /// Where no thread of the client's own does so: waits until no callback runs any more, and drops
    /// them all. Inside of one that is done when it has returned.
    fn end_delivery(&self) {
        if let Some(list) = self.consumer.list().filter(|_| !self.shares_list) {
            // Whoever waits for events finds out, and no wake-up comes any more.
            list.end();
        }
        if self.shared.receiver.get().is_none() {
            return;
        }
        if network::is_current_thread() {
            // Whoever is delivering at the moment drops them when it has ended.
            if let Some(_mine) = self.consumer.turn.take() {
                self.bindings.clear();
            }
            return;
        }
        self.consumer.turn.wait_until_over();
        if !self.consumer.turn.is_mine() && self.shared.driver.has_ended() {
            self.bindings.clear();
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.check_process().is_ok() {
            return self.free();
        }
        // The threads are the parent's. Even letting go of them would touch what is not ours: a
        // detached thread id may be that of one of the child's own, and the last sender wakes a
        // task that is not here. So the child just keeps the memory.
        let dispatcher = self.dispatcher.get_mut().unwrap_or_else(PoisonError::into_inner);
        std::mem::forget(dispatcher.take());
        std::mem::forget(self.commands.take());
        let network = self.network.get_mut().unwrap_or_else(PoisonError::into_inner);
        std::mem::forget(network.take());
    }
}
