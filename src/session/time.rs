//! The session's clock: time as an argument.

use std::ops::Add;
use std::time::Duration;

/// A moment on a clock that only goes forward, measured from an origin that the caller chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Time(Duration);

impl Time {
    pub fn since_origin(elapsed: Duration) -> Time {
        Time(elapsed)
    }

    pub fn as_duration(self) -> Duration {
        self.0
    }

    /// How long ago `earlier` was; zero where it lies ahead.
    pub fn since(self, earlier: Time) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    fn add(self, later: Duration) -> Time {
        Time(self.0.saturating_add(later))
    }
}
