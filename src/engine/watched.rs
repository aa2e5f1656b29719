//! What a driver works with, for those who look at it from another thread.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use tokio::time::Instant;

use crate::engine::clock::Deadline;
use crate::engine::connector::ConnectOptions;
use crate::session::{Session, Time};

/// A turn of the driver is a fraction of a millisecond. One that takes longer has hung, and is not
/// waited for.
const PATIENCE: Duration = Duration::from_millis(200);
const LOOK_AGAIN: Duration = Duration::from_micros(200);

/// The driver holds the session for each of its turns. No callback runs meanwhile, so that who looks
/// waits for a moment, wherever he is.
pub struct Watched {
    session: Mutex<Session>,
    pub options: ConnectOptions,
    /// From which the session's time is counted.
    pub origin: Instant,
}

impl Watched {
    #[allow(clippy::disallowed_methods)] // The engine's clock.
    pub fn new(session: Session, options: ConnectOptions) -> Watched {
        Watched { session: Mutex::new(session), options, origin: Instant::now() }
    }

    /// For the driver. A panic of its own has left it as it is, and only to be looked at.
    pub fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn now(&self) -> Time {
        Time::since_origin(self.origin.elapsed())
    }

    /// Has a look at the session. None where the driver hangs.
    pub fn look<T>(&self, look: impl FnOnce(&Session, Time) -> T) -> Option<T> {
        let deadline = Deadline::after(Some(PATIENCE));
        loop {
            match self.session.try_lock() {
                Ok(session) => return Some(look(&session, self.now())),
                Err(TryLockError::Poisoned(session)) => {
                    return Some(look(&session.into_inner(), self.now()));
                }
                Err(TryLockError::WouldBlock) if deadline.left().is_zero() => return None,
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK_AGAIN),
            }
        }
    }
}
