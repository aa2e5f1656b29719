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

/// Milliseconds since 1970.
#[allow(clippy::disallowed_methods)] // The engine's clock.
pub fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis().try_into().unwrap_or(u64::MAX)
}

/// Notices that the machine slept, or that its clock was set: the time of day and the monotonic
/// clock then disagree about how much time has passed.
pub struct JumpWatch {
    monotonic: Instant,
    time_of_day: SystemTime,
}

/// More than this is a jump; less, a clock being adjusted.
const JUMP: Duration = Duration::from_secs(5);

impl JumpWatch {
    #[allow(clippy::disallowed_methods)] // The engine's clock.
    pub fn start() -> JumpWatch {
        JumpWatch { monotonic: Instant::now(), time_of_day: SystemTime::now() }
    }

    /// Whether there was a jump since the last look.
    #[allow(clippy::disallowed_methods)] // The engine's clock.
    pub fn has_jumped(&mut self) -> bool {
        self.jumped_by(Instant::now(), SystemTime::now())
    }

    fn jumped_by(&mut self, monotonic: Instant, time_of_day: SystemTime) -> bool {
        let passed = monotonic.saturating_duration_since(self.monotonic);
        let told = time_of_day.duration_since(self.time_of_day);
        // Set back is a jump, too: nobody knows how long it really was.
        let difference = told.map_or_else(|back| back.duration() + passed, |t| t.abs_diff(passed));
        (self.monotonic, self.time_of_day) = (monotonic, time_of_day);
        difference > JUMP
    }
}

/// Seconds since 1970, for signatures that carry their time.
#[allow(clippy::disallowed_methods)] // The engine's clock.
pub fn unix_time() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_sleep_and_a_clock_that_is_set_are_jumps_and_nothing_else_is() {
        let mut watch = JumpWatch::start();
        let (mut monotonic, mut time_of_day) = (watch.monotonic, watch.time_of_day);
        let mut look = |passed: Duration, forward: Duration, back: Duration| {
            monotonic += passed;
            time_of_day = time_of_day + forward - back;
            watch.jumped_by(monotonic, time_of_day)
        };
        assert!(!look(5 * SECOND, 5 * SECOND, Duration::ZERO));
        assert!(!look(5 * SECOND, 8 * SECOND, Duration::ZERO), "adjusted a little");
        assert!(look(5 * SECOND, 3600 * SECOND, Duration::ZERO), "slept for an hour");
        assert!(!look(5 * SECOND, 5 * SECOND, Duration::ZERO), "told only once");
        assert!(look(5 * SECOND, Duration::ZERO, 3600 * SECOND), "set back");
        assert!(!look(600 * SECOND, 600 * SECOND, Duration::ZERO), "a look that came late");
    }
}
