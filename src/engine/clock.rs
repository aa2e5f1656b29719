//! How much of a time allowed is left.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A moment until which something may take, or no such moment.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// None, and a time beyond all clocks, is without end.
    #[allow(clippy::disallowed_methods)] // The engine's clock.
    pub fn after(timeout: Option<Duration>) -> Deadline {
        Deadline(timeout.and_then(|timeout| Instant::now().checked_add(timeout)))
    }

    /// What is left of it; zero once it has passed, `Duration::MAX` without end.
    #[allow(clippy::disallowed_methods)] // The engine's clock.
    pub fn left(self) -> Duration {
        self.0.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()))
    }
}

/// Seconds since 1970, for signatures that carry their time.
#[allow(clippy::disallowed_methods)] // The engine's clock.
pub fn unix_time() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
