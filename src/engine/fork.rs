//! Forked processes: the child has the parent's memory and none of its threads.
//!
//! A client that was made before a fork must not be used in the child: its threads are gone, and
//! its socket belongs to the parent. So each client remembers the fork count of its birth.
//!
//! A lock that another thread held at the moment of the fork would stay locked in the child for
//! ever. So the few locks that belong to the process, and not to a client, are [`ForkMutex`]es,
//! which are held over the fork and let go on both sides. And what the process makes once, such as
//! its trust store, is kept in a `once_cell::race::OnceBox`, which waits for nobody: one that has others
//! wait for the maker would have them wait for ever, where the maker is a thread of the parent's.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

static FORKS: AtomicU32 = AtomicU32::new(0);

/// How many forks lie between this process and the one that loaded the library.
pub fn count() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// A lock of the whole process that survives a fork.
pub struct ForkMutex<T: 'static> {
    inner: Mutex<T>,
    registered: AtomicBool,
}

impl<T: Send> ForkMutex<T> {
    pub const fn new(value: T) -> ForkMutex<T> {
        ForkMutex { inner: Mutex::new(value), registered: AtomicBool::new(false) }
    }

    pub fn lock(&'static self) -> MutexGuard<'static, T> {
        if !self.registered.load(Ordering::Acquire) {
            handlers::register(self);
        }
        self.lock_only()
    }

    fn lock_only(&'static self) -> MutexGuard<'static, T> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts counting; called before the first client is made, so that merely loading the library
/// installs nothing.
pub fn watch() {
    handlers::watch();
}

#[cfg(unix)]
mod handlers {
    use std::any::Any;
    use std::cell::RefCell;

    use super::*;
    use crate::engine::signals;

    trait Lock: Sync {
        /// Locks it; dropping the result lets go.
        fn hold(&'static self) -> Box<dyn Any>;
    }

    impl<T: Send> Lock for ForkMutex<T> {
        fn hold(&'static self) -> Box<dyn Any> {
            Box::new(self.lock_only())
        }
    }

    #[derive(Default)]
    struct Watched {
        installed: bool,
        locks: Vec<&'static dyn Lock>,
    }

    static WATCHED: Mutex<Watched> = Mutex::new(Watched { installed: false, locks: Vec::new() });

    thread_local! {
        /// What the thread that forks holds meanwhile.
        static HELD: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
    }

    fn watched() -> MutexGuard<'static, Watched> {
        WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn watch() {
        install(&mut watched());
    }

    pub fn register<T: Send>(lock: &'static ForkMutex<T>) {
        let mut watched = watched();
        if !lock.registered.swap(true, Ordering::AcqRel) {
            watched.locks.push(lock);
            install(&mut watched);
        }
    }

    fn install(watched: &mut Watched) {
        if std::mem::replace(&mut watched.installed, true) {
            return;
        }
        // SAFETY: the handlers lock and unlock mutexes, add to an atomic and set the thread's mask, and
        // the library is never unloaded (nodelete), so their addresses stay valid.
        #[allow(unsafe_code)]
        unsafe {
            libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child));
        }
    }

    extern "C" fn before() {
        let watched = watched();
        let mut held: Vec<Box<dyn Any>> = watched.locks.iter().map(|lock| lock.hold()).collect();
        held.push(Box::new(watched));
        let _ = HELD.try_with(|all| all.replace(held));
    }

    extern "C" fn in_parent() {
        let _ = HELD.try_with(|all| drop(all.take()));
    }

    extern "C" fn in_child() {
        FORKS.fetch_add(1, Ordering::Relaxed);
        in_parent();
        signals::for_child_of_fork();
    }
}

#[cfg(not(unix))]
mod handlers {
    use super::*;

    pub fn watch() {}

    pub fn register<T: Send>(lock: &'static ForkMutex<T>) {
        lock.registered.store(true, Ordering::Release);
    }
}
