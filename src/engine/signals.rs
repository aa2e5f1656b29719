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
    let blocked = Blocked::all_but_faults();
    let programs = blocked.programs_mask();
    let thread = Builder::new().name(name.to_owned()).spawn(move || {
        programs.remember();
        run()
    });
    drop(blocked);
    thread
}

#[cfg(unix)]
use unix::Blocked;
#[cfg(unix)]
pub use unix::for_child_of_fork;

#[cfg(unix)]
mod unix {
    use std::cell::Cell;
    use std::mem::MaybeUninit;

    const FAULTS: [libc::c_int; 6] =
        [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGSYS];

    thread_local! {
        /// On a thread with blocked signals: what the program itself has blocked.
        static PROGRAMS: Cell<Option<Mask>> = const { Cell::new(None) };
    }

    #[derive(Clone, Copy)]
    pub struct Mask(libc::sigset_t);

    impl Mask {
        pub fn remember(self) {
            PROGRAMS.set(Some(self));
        }

        fn set(&self) {
            // SAFETY: the set was filled by pthread_sigmask.
            #[allow(unsafe_code)]
            unsafe {
                libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, std::ptr::null_mut());
            }
        }
    }

    /// Until it is dropped.
    pub struct Blocked {
        before: Mask,
    }

    impl Blocked {
        pub fn all_but_faults() -> Blocked {
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
                Blocked { before: Mask(before.assume_init()) }
            }
        }

        /// Where a callback starts a thread, too, by making a client.
        pub fn programs_mask(&self) -> Mask {
            PROGRAMS.get().unwrap_or(self.before)
        }
    }

    impl Drop for Blocked {
        fn drop(&mut self) {
            self.before.set();
        }
    }

    /// A callback may fork. Its child is the program's, and so is whatever that becomes by exec: it gets
    /// the program's mask, or it could never be ended by SIGTERM. Safe in a signal handler.
    pub fn for_child_of_fork() {
        if let Ok(Some(programs)) = PROGRAMS.try_with(Cell::take) {
            programs.set();
        }
    }

    #[cfg(test)]
    mod tests {
        use super::super::spawn_blocked;
        use super::*;

        /// The signals that this thread has blocked.
        fn blocked() -> Vec<libc::c_int> {
            let now = Blocked::all_but_faults();
            // SAFETY: the set was filled by pthread_sigmask.
            #[allow(unsafe_code)]
            (1..32).filter(|n| unsafe { libc::sigismember(&now.before.0, *n) } == 1).collect()
        }

        #[test]
        fn the_child_of_a_fork_gets_the_programs_mask() {
            let programs = blocked();
            let inner = || {
                let before = blocked();
                for_child_of_fork();
                (before, blocked())
            };
            // The inner one is started by a thread that has everything blocked itself.
            let outer = move || (spawn_blocked("inner", inner).unwrap().join().unwrap(), inner());
            let (inner, outer) = spawn_blocked("outer", outer).unwrap().join().unwrap();
            for (before, after) in [inner, outer] {
                assert!(before.contains(&libc::SIGTERM) && !before.contains(&libc::SIGSEGV));
                assert_eq!(after, programs);
            }
            for_child_of_fork();
            assert_eq!(blocked(), programs, "a thread of the program's own keeps what it has");
        }
    }
}

#[cfg(not(unix))]
use elsewhere::Blocked;

#[cfg(not(unix))]
mod elsewhere {
    pub struct Blocked;
    pub struct Mask;

    impl Blocked {
        pub fn all_but_faults() -> Blocked {
            Blocked
        }

        pub fn programs_mask(&self) -> Mask {
            Mask
        }
    }

    impl Drop for Blocked {
        fn drop(&mut self) {}
    }

    impl Mask {
        pub fn remember(self) {}
    }
}
