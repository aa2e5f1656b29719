//! Threads that leave the host's signals alone.

use std::io;
use std::thread::{Builder, JoinHandle};

/// Starts a thread on which signals are blocked, so that the host's handlers run on the host's own
/// threads. Threads that it starts inherit the mask.
///
/// Faults are not blocked: they are the thread's own doing, and where they are blocked the system ends
/// the process without asking anybody. A callback may be of a language that makes exceptions of
/// them, as Pascal does of a division by zero, and Java of a null reference.
#[allow(clippy::disallowed_methods)] // The one place where the engine starts threads.
pub fn spawn_blocked<F, T>(name: &str, run: F) -> io::Result<JoinHandle<T>>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    // The new thread inherits the mask of the one that makes it; there is no moment in which a
    // signal could reach it.
    let restore = block_all_but_faults();
    let thread = Builder::new().name(name.to_owned()).spawn(run);
    drop(restore);
    thread
}

#[cfg(unix)]
fn block_all_but_faults() -> impl Drop {
    use std::mem::MaybeUninit;

    struct Restore(libc::sigset_t);

    impl Drop for Restore {
        fn drop(&mut self) {
            // SAFETY: the set was filled by pthread_sigmask below.
            #[allow(unsafe_code)]
            unsafe {
                libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, std::ptr::null_mut());
            }
        }
    }

    const FAULTS: [libc::c_int; 6] =
        [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGSYS];
    let mut set = MaybeUninit::uninit();
    let mut before = MaybeUninit::uninit();
    // SAFETY: both sets are written before they are read; SIG_BLOCK with valid sets cannot fail.
    #[allow(unsafe_code)]
    unsafe {
        libc::sigfillset(set.as_mut_ptr());
        for fault in FAULTS {
            libc::sigdelset(set.as_mut_ptr(), fault);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), before.as_mut_ptr());
        Restore(before.assume_init())
    }
}

#[cfg(not(unix))]
fn block_all_but_faults() -> impl Drop {
    struct Nothing;

    impl Drop for Nothing {
        fn drop(&mut self) {}
    }

    Nothing
}
