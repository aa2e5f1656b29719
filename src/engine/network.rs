//! The network thread that all clients share: `pusherws-io`.

use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::engine::fork::ForkMutex;
use crate::engine::{fork, signals};
use crate::error::{Error, Result, Status};

/// A thread with a tokio runtime. Started with the first client, ended with the last: a host that
/// has freed its clients has none of our threads left.
pub struct Network {
    handle: Handle,
    forks: u32,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

static SHARED: ForkMutex<Weak<Network>> = ForkMutex::new(Weak::new());

impl Network {
    pub fn shared() -> Result<Arc<Network>> {
        let mut shared = SHARED.lock();
        // After a fork the parent's thread is not here, although its handle is.
        if let Some(network) = shared.upgrade()
            && network.forks == fork::count()
        {
            return Ok(network);
        }
        let network = Arc::new(Network::start().map_err(|error| {
            Error::new(Status::System, format!("the network thread did not start: {error}"))
        })?);
        *shared = Arc::downgrade(&network);
        Ok(network)
    }

    fn start() -> std::io::Result<Network> {
        // Its helper threads (DNS) are made by the network thread, and inherit its signal mask.
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .thread_name("pusherws-dns")
            .build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = signals::spawn_blocked("pusherws-io", move || {
            let _ = runtime.block_on(stopped);
            // Not a plain drop, which would wait for a DNS query that nobody wants any more.
            runtime.shutdown_background();
        })?;
        Ok(Network { handle, forks: fork::count(), stop: Some(stop), thread: Some(thread) })
    }

    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        if self.forks != fork::count() {
            // The parent's: there is nothing to stop, and nothing to join.
            std::mem::forget(self.stop.take());
            std::mem::forget(thread);
            return;
        }
        drop(self.stop.take());
        if thread.thread().id() != thread::current().id() {
            let _ = thread.join();
        }
    }
}
