//! Forked processes: the child has the parent's memory and none of its threads.
//!
//! A client that was made before a fork must not be used in the child: its threads are gone, and
//! its socket belongs to the parent. So each client remembers the fork count of its birth.

use std::sync::atomic::{AtomicU32, Ordering};

static FORKS: AtomicU32 = AtomicU32::new(0);

/// How many forks lie between this process and the one that loaded the library.
pub fn count() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// Starts counting; called before the first client is made, so that merely loading the library
/// installs nothing.
#[cfg(unix)]
pub fn watch() {
    use std::sync::Once;
    static WATCH: Once = Once::new();

    extern "C" fn in_child() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }

    WATCH.call_once(|| {
        // SAFETY: the handler only adds to an atomic, which is safe in a forked child, and the
        // library is never unloaded (nodelete), so the address stays valid.
        #[allow(unsafe_code)]
        unsafe {
            libc::pthread_atfork(None, None, Some(in_child));
        }
    });
}

#[cfg(not(unix))]
pub fn watch() {}
