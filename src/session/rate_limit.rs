//! So many in a second, whichever second a server may count in.

use std::collections::VecDeque;
use std::time::Duration;

use crate::session::time::Time;

/// A second, and what the network may push together of what was sent apart.
const WINDOW: Duration = Duration::from_millis(1050);

/// No window holds more than the limit. A bucket that fills up again would let nearly twice as many
/// out in its first second, and servers count in windows.
#[derive(Debug)]
pub struct RateLimit {
    /// 0 is without limit.
    per_second: usize,
    /// Those within the window, oldest first; never more than the limit.
    taken: VecDeque<Time>,
}

impl RateLimit {
    /// `per_second` is also what may come at once; 0 is without limit.
    pub fn new(per_second: u32) -> RateLimit {
        let per_second = usize::try_from(per_second).unwrap_or(usize::MAX);
        RateLimit { per_second, taken: VecDeque::new() }
    }

    /// Takes a turn, where there is one.
    pub fn take(&mut self, now: Time) -> bool {
        if self.per_second == 0 {
            return true;
        }
        while self.taken.front().is_some_and(|first| *first + WINDOW <= now) {
            self.taken.pop_front();
        }
        if self.taken.len() >= self.per_second {
            return false;
        }
        self.taken.push_back(now);
        true
    }

    /// When there is a turn.
    pub fn next_turn(&self) -> Time {
        match self.taken.front() {
            Some(first) if self.taken.len() >= self.per_second => *first + WINDOW,
            _ => Time::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_at_once_and_ten_in_any_second() {
        let mut limit = RateLimit::new(10);
        let mut now = Time::since_origin(Duration::from_secs(50));
        let begun = now;
        assert_eq!((0..100).filter(|_| limit.take(now)).count(), 10);
        assert_eq!(limit.next_turn(), begun + WINDOW);
        let mut taken = vec![begun; 10];
        for _ in 0..5000 {
            now = now + Duration::from_millis(1);
            assert_eq!(limit.next_turn() <= now, limit.take(now), "the next turn is told");
            if limit.taken.back() == Some(&now) {
                taken.push(now);
            }
        }
        for (place, first) in taken.iter().enumerate() {
            let within = taken[place..].iter().filter(|at| at.since(*first).as_secs() == 0);
            assert!(within.count() <= 10);
        }
        assert_eq!(taken.len(), 50, "and no fewer than in a second and a bit");
        now = now + Duration::from_secs(3600);
        assert_eq!((0..100).filter(|_| limit.take(now)).count(), 10, "no more are saved up");
    }

    #[test]
    fn zero_is_without_limit() {
        let mut limit = RateLimit::new(0);
        assert!((0..1000).all(|_| limit.take(Time::default())));
        assert!(limit.taken.is_empty());
    }
}
