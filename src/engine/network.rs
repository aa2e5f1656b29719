//! The network thread that all clients share, `pusherws-io`; or a few, where that is asked for.

use std::cell::Cell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::{Semaphore, oneshot};

use crate::engine::clock::JumpWatch;
use crate::engine::fork::ForkMutex;
use crate::engine::{fork, signals};
use crate::error::{Error, Result, Status};

/// A thread with a tokio runtime. Started with the first client, ended with the last: a host that
/// has freed its clients has none of our threads left.
pub struct Network {
    handle: Handle,
    sleepers: Arc<Sleepers>,
    /// For clients that are connecting, see [`opening`].
    openings: Arc<Semaphore>,
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

/// The most network threads there can be.
pub const MAX_THREADS: usize = 64;

/// The first, the second, and so on.
static SHARED: ForkMutex<Vec<Weak<Network>>> = ForkMutex::new(Vec::new());

/// The most helper threads of each, for DNS and the trust store; they end when they are idle.
const HELPERS: usize = 16;

/// So many clients of a thread open a connection at the same time. What it takes to open one is several
/// times what an open one keeps, and a server takes only so many at a time.
const OPENINGS: usize = 256;

/// After so long a client that is opening makes way for another: who waits for a host that is down does
/// not hold up those whose host is there.
const SLOW: Duration = Duration::from_secs(1);

/// Opens a connection when it is its turn.
pub async fn opening<T>(openings: Arc<Semaphore>, open: impl AsyncFnOnce() -> T) -> T {
    // Closed never; and without a permit it would only be unfair.
    let permit = openings.acquire_owned().await;
    // Not before, since many may wait.
    let mut opened = Box::pin(open());
    if let Ok(opened) = tokio::time::timeout(SLOW, &mut opened).await {
        return opened;
    }
    drop(permit);
    opened.await
}

thread_local! {
    /// The forks that there had been when this became a network thread, and one more; 0 for others. In
    /// the child of a fork it is none any more.
    static IS_NETWORK: Cell<u32> = const { Cell::new(0) };
}

/// Whether this is a network thread, inside a callback that is delivered inline: it must not wait for
/// what only it can do.
pub fn is_current_thread() -> bool {
    IS_NETWORK.get() == fork::count().wrapping_add(1)
}

impl Network {
    /// Of the first `threads` network threads the one with the fewest clients, which is started where
    /// it is not there yet.
    pub fn shared(threads: usize) -> Result<Arc<Network>> {
        let mut shared = SHARED.lock();
        let threads = threads.clamp(1, MAX_THREADS);
        if shared.len() < threads {
            shared.resize_with(threads, Weak::new);
        }
        // After a fork the parent's thread is not here, although its handle is.
        let living = |network: &Weak<Network>| {
            network.upgrade().filter(|network| network.forks == fork::count())
        };
        let clients = |place: &usize| living(&shared[*place]).map_or(0, |n| Arc::strong_count(&n));
        let place = (0..threads).min_by_key(clients).unwrap_or(0);
        if let Some(network) = living(&shared[place]) {
            return Ok(network);
        }
        let network = Arc::new(Network::start(place).map_err(|error| {
            Error::new(Status::System, format!("the network thread did not start: {error}"))
        })?);
        shared[place] = Arc::downgrade(&network);
        Ok(network)
    }

    fn start(place: usize) -> std::io::Result<Network> {
        let name = match place {
            0 => "pusherws-io".to_owned(),
            _ => format!("pusherws-io-{}", place + 1),
        };
        // Its helper threads (DNS) are made by the network thread, and inherit its signal mask.
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .thread_name("pusherws-dns")
            .max_blocking_threads(HELPERS)
            .build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let sleepers = Arc::new(Sleepers::default());
        let watched = Arc::clone(&sleepers);
        let thread = signals::spawn_blocked(&name, move || {
            IS_NETWORK.set(fork::count().wrapping_add(1));
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
            openings: Arc::new(Semaphore::new(OPENINGS)),
            forks: fork::count(),
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub fn openings(&self) -> Arc<Semaphore> {
        Arc::clone(&self.openings)
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
        // Not on a network thread, this one or another, where two might wait for each other: it ends
        // by itself.
        if !is_current_thread() {
            let _ = thread.join();
        }
    }
}
