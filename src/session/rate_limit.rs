//! So many in a second, and so many at once: a token bucket.

use std::time::Duration;

use crate::session::time::Time;

/// Kept as the moment at which the bucket will be full again, so that no token is ever counted.
#[derive(Debug)]
pub struct RateLimit {
    /// Between two tokens; zero is without limit.
    interval: Duration,
    /// What a full bucket allows beyond one.
    burst: Duration,
    full_at: Time,
}

impl RateLimit {
    /// `per_second` is also what may come at once; 0 is without limit.
    pub fn new(per_second: u32) -> RateLimit {
        let interval = Duration::from_secs(1).checked_div(per_second).unwrap_or_default();
        let burst = interval.saturating_mul(per_second.saturating_sub(1));
        RateLimit { interval, burst, full_at: Time::default() }
    }

    /// Takes a token, where there is one.
    pub fn take(&mut self, now: Time) -> bool {
        if now < self.next_turn() {
            return false;
        }
        self.full_at = self.full_at.max(now) + self.interval;
        true
    }

    /// When there is a token.
    pub fn next_turn(&self) -> Time {
        Time::since_origin(self.full_at.as_duration().saturating_sub(self.burst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_at_once_and_ten_in_a_second() {
        let mut limit = RateLimit::new(10);
        let mut now = Time::since_origin(Duration::from_secs(50));
        assert_eq!((0..100).filter(|_| limit.take(now)).count(), 10);
        for _ in 0..20 {
            now = now + Duration::from_millis(100);
            assert!(limit.take(now) && !limit.take(now));
        }
        now = now + Duration::from_secs(3600);
        assert_eq!((0..100).filter(|_| limit.take(now)).count(), 10, "no more are saved up");
        assert_eq!(limit.next_turn(), now + Duration::from_millis(100));
    }

    #[test]
    fn zero_is_without_limit() {
        let mut limit = RateLimit::new(0);
        assert!((0..1000).all(|_| limit.take(Time::default())));
    }
}
