//! The network thread that all clients share: `pusherws-io`.

use std::cell::Cell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::engine::clock::JumpWatch;
use crate::engine::fork::ForkMutex;
use crate::engine::{fork, signals};
use crate::error::{Error, Result, Status};

/// A thread with a tokio runtime. Started with the first client, ended with the last: a host that
/// has freed its clients has none of our threads left.
pub struct Network {
    handle: Handle,
    sleepers: Arc<Sleepers>,
    forks: u32,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How long a jump of the clock may go unnoticed.
const LOOK: Duration = Duration::from_secs(5);

/// The clients that have to know of a jump of the clock.
#[derive(Default)]
struct Sleepers(Mutex<Vec<Wake>>);

type Wake = Box<dyn Fn(bool) -> bool + Send>;

impl Sleepers {
    fn lock(&self) -> MutexGuard<'_, Vec<Wake>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

static SHARED: ForkMutex<Weak<Network>> = ForkMutex::new(Weak::new());

thread_local! {
    static IS_NETWORK: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is the network thread, inside a callback that is delivered inline: it must not wait for
/// what only it can do.
pub fn is_current_thread() -> bool {
    IS_NETWORK.get()
}

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
        let sleepers = Arc::new(Sleepers::default());
        let watched = Arc::clone(&sleepers);
        let thread = signals::spawn_blocked("pusherws-io", move || {
            IS_NETWORK.set(true);
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = watch_clock(&watched) => {}
                }
            });
            // Not a plain drop, which would wait for a DNS query that nobody wants any more.
            runtime.shutdown_background();
        })?;
        Ok(Network {
            handle,
            sleepers,
            forks: fork::count(),
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Wakes a client whenever the machine has slept, or its clock was set. `wake` is called with
    /// false, too, and answers false when the client is no more.
    pub fn on_clock_jump(&self, wake: impl Fn(bool) -> bool + Send + 'static) {
        self.sleepers.lock().push(Box::new(wake));
    }
}

/// While the machine sleeps the timers stand still, and none of them fires when it wakes: so one
/// look every few seconds, for all clients of the process.
async fn watch_clock(sleepers: &Sleepers) {
    let mut clock = JumpWatch::start();
    loop {
        tokio::time::sleep(LOOK).await;
        let jumped = clock.has_jumped();
        sleepers.lock().retain(|wake| wake(jumped));
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
