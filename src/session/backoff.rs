//! How long to wait before the next try.

use std::time::Duration;

use crate::protocol::close_code::Advice;

/// A connection that lasted so long was a success: what went wrong before it no longer counts.
pub const STABLE: Duration = Duration::from_secs(10);

/// "Reconnect immediately" is obeyed at once, the first time. A server that is shutting down says
/// it to every new connection; without this floor a client would come back a hundred times a second.
const REPEATED_NOW: Duration = Duration::from_millis(500);

/// "Over capacity" asks for a second at least.
const OVER_CAPACITY: Duration = Duration::from_secs(1);

/// Exponential back-off with full jitter: the n-th delay is drawn between nothing and
/// `min * 2^n`, so that a thousand clients of a restarted server do not come back together.
#[derive(Debug)]
pub struct Backoff {
    min: Duration,
    max: Duration,
    failures: u32,
    immediate: u32,
    random: fastrand::Rng,
}

impl Backoff {
    pub fn new(min: Duration, max: Duration, seed: u64) -> Backoff {
        let random = fastrand::Rng::with_seed(seed);
        Backoff { min, max: max.max(min), failures: 0, immediate: 0, random }
    }

    /// Forgets the failures, after a connection that lasted.
    pub fn reset(&mut self) {
        self.failures = 0;
        self.immediate = 0;
    }

    /// The delay before the next try, counting this failure.
    pub fn next_delay(&mut self, advice: Advice) -> Duration {
        match advice {
            Advice::RetryNow | Advice::UseTls => {
                self.immediate = self.immediate.saturating_add(1);
                match self.immediate {
                    1 => Duration::ZERO,
                    again => {
                        let ceiling = self.grown(REPEATED_NOW, again - 1);
                        self.between(ceiling / 2, ceiling).max(REPEATED_NOW / 2)
                    }
                }
            }
            Advice::BackOff => OVER_CAPACITY + self.full_jitter(),
            Advice::Retry | Advice::GiveUp => self.full_jitter(),
        }
    }

    fn full_jitter(&mut self) -> Duration {
        let ceiling = self.grown(self.min, self.failures);
        self.failures = self.failures.saturating_add(1);
        self.between(Duration::ZERO, ceiling)
    }

    fn grown(&self, first: Duration, doublings: u32) -> Duration {
        first.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX)).min(self.max)
    }

    fn between(&mut self, low: Duration, high: Duration) -> Duration {
        low + high.saturating_sub(low).mul_f64(self.random.f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn backoff(seed: u64) -> Backoff {
        Backoff::new(SECOND, 30 * SECOND, seed)
    }

    #[test]
    fn delays_grow_to_the_ceiling_and_are_spread_over_all_of_it() {
        for failures in 0..40_u32 {
            let ceiling = SECOND.saturating_mul(1 << failures.min(5)).min(30 * SECOND);
            let delays: Vec<Duration> = (0..200)
                .map(|seed| {
                    let mut backoff = backoff(seed);
                    for _ in 0..failures {
                        let _ = backoff.next_delay(Advice::Retry);
                    }
                    backoff.next_delay(Advice::Retry)
                })
                .collect();
            assert!(delays.iter().all(|delay| *delay <= ceiling), "{failures}");
            assert!(delays.iter().any(|delay| *delay > ceiling / 2), "{failures}");
            assert!(delays.iter().any(|delay| *delay < ceiling / 4), "{failures}");
        }
    }

    #[test]
    fn immediately_means_at_once_only_the_first_time() {
        let mut backoff = backoff(7);
        assert_eq!(backoff.next_delay(Advice::RetryNow), Duration::ZERO);
        let mut total = Duration::ZERO;
        for _ in 0..10 {
            let delay = backoff.next_delay(Advice::RetryNow);
            assert!(delay >= REPEATED_NOW / 2);
            total += delay;
        }
        assert!(total > 60 * SECOND, "ten repeats took only {total:?}");
        backoff.reset();
        assert_eq!(backoff.next_delay(Advice::RetryNow), Duration::ZERO);
    }

    #[test]
    fn over_capacity_waits_a_second_at_least() {
        for seed in 0..100 {
            assert!(backoff(seed).next_delay(Advice::BackOff) >= SECOND);
        }
    }

    #[test]
    fn nothing_overflows_after_years_of_failures() {
        let mut backoff = backoff(1);
        for _ in 0..100_000 {
            assert!(backoff.next_delay(Advice::Retry) <= 30 * SECOND);
            assert!(backoff.next_delay(Advice::RetryNow) <= 30 * SECOND);
        }
    }
}
