//! Threads that leave the host's signals alone.

use std::io;
use std::thread::{Builder, JoinHandle};

/// Starts a thread on which every signal is blocked, so that the host's handlers run on the host's
/// own threads. Threads that it starts inherit the mask.
#[allow(clippy::disallowed_methods)] // The one place where the engine starts threads.
pub fn spawn_blocked<F, T>(name: &str, run: F) -> io::Result<JoinHandle<T>>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    // The new thread inherits the mask of the one that makes it; there is no moment in which a
    // signal could reach it.
    let restore = block_all();
    let thread = Builder::new().name(name.to_owned()).spawn(run);
    drop(restore);
    thread
}

#[cfg(unix)]
fn block_all() -> impl Drop {
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

    let mut all = MaybeUninit::uninit();
    let mut before = MaybeUninit::uninit();
    // SAFETY: both sets are written before they are read; SIG_SETMASK with valid sets cannot fail.
    #[allow(unsafe_code)]
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
        Restore(before.assume_init())
    }
}

#[cfg(not(unix))]
fn block_all() {}
