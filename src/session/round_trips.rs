//! How long pings take: a histogram of fixed size, however many there are.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::session::counters::Counter;

/// Each doubling of the time is cut into so many buckets: what a percentile says is off by 6 % at most.
const PARTS: u64 = 8;
/// Up to here buckets are all of one width.
const LINEAR: u64 = 64;
const WIDTH: u64 = LINEAR / PARTS;
/// Doublings beyond `LINEAR`: up to a minute. What takes longer is in the last bucket.
const DOUBLINGS: usize = 20;
const BUCKETS: usize = (1 + DOUBLINGS) * PARTS as usize;

/// Microseconds between pings and their pongs.
#[derive(Debug)]
pub struct RoundTrips {
    count: Counter,
    sum: Counter,
    last: Counter,
    min: Counter,
    max: Counter,
    buckets: [AtomicU32; BUCKETS],
}

impl Default for RoundTrips {
    fn default() -> RoundTrips {
        RoundTrips {
            count: Counter::default(),
            sum: Counter::default(),
            last: Counter::default(),
            min: Counter::default(),
            max: Counter::default(),
            buckets: [const { AtomicU32::new(0) }; BUCKETS],
        }
    }
}

/// The same at one moment, in microseconds; all 0 where there was no pong yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundTripTimes {
    pub count: u64,
    pub sum: u64,
    pub last: u64,
    pub min: u64,
    pub max: u64,
    pub p50: u64,
    pub p90: u64,
    pub p99: u64,
}

impl RoundTrips {
    pub(super) fn record(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let first = self.count.get() == 0;
        self.last.set(micros);
        self.sum.add(micros);
        self.min.set(if first { micros } else { self.min.get().min(micros) });
        self.max.set(self.max.get().max(micros));
        let bucket = &self.buckets[bucket(micros)];
        bucket.store(bucket.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
        self.count.add(1);
    }

    pub fn get(&self) -> RoundTripTimes {
        let buckets: Vec<u64> =
            self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed).into()).collect();
        let (min, max) = (self.min.get(), self.max.get());
        // While a ping is being counted these may be one apart.
        let total: u64 = buckets.iter().sum();
        let percentile = |percent: u64| {
            let rank = (total * percent).div_ceil(100).max(1);
            let mut seen = 0;
            let place = buckets.iter().position(|count| {
                seen += count;
                seen >= rank
            });
            place.map_or(0, |place| middle(place).clamp(min, max.max(min)))
        };
        RoundTripTimes {
            count: self.count.get(),
            sum: self.sum.get(),
            last: self.last.get(),
            min,
            max,
            p50: percentile(50),
            p90: percentile(90),
            p99: percentile(99),
        }
    }
}

fn bucket(micros: u64) -> usize {
    if micros < LINEAR {
        return (micros / WIDTH) as usize;
    }
    let doubling = (micros / LINEAR).ilog2();
    let part = (micros >> doubling) / WIDTH - PARTS;
    let place = (u64::from(doubling) + 1) * PARTS + part;
    (place as usize).min(BUCKETS - 1)
}

/// The time that a bucket stands for.
fn middle(bucket: usize) -> u64 {
    let (row, part) = (bucket as u64 / PARTS, bucket as u64 % PARTS);
    match row.checked_sub(1) {
        None => part * WIDTH + WIDTH / 2,
        Some(doubling) => ((PARTS + part) * WIDTH + WIDTH / 2) << doubling,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(micros: impl IntoIterator<Item = u64>) -> RoundTripTimes {
        let trips = RoundTrips::default();
        micros.into_iter().for_each(|micros| trips.record(Duration::from_micros(micros)));
        trips.get()
    }

    #[test]
    fn every_time_has_a_bucket_that_stands_for_it() {
        for micros in (0..100_000).chain((1..60_000).map(|ms| ms * 1000)) {
            let off = middle(bucket(micros)).abs_diff(micros);
            assert!(off <= (micros / 16).max(WIDTH / 2), "{micros}");
        }
        for micros in 1..100_000 {
            let step = bucket(micros) - bucket(micros - 1);
            assert!(step <= 1, "no bucket is left out");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_of_a_known_thousand() {
        let times = recorded(1..=1000);
        assert_eq!((times.count, times.sum, times.last), (1000, 500_500, 1000));
        assert_eq!((times.min, times.max), (1, 1000));
        assert!(times.p50.abs_diff(500) <= 32, "{}", times.p50);
        assert!(times.p90.abs_diff(900) <= 57, "{}", times.p90);
        assert!(times.p99.abs_diff(990) <= 62, "{}", times.p99);
    }

    #[test]
    fn none_and_one_and_one_beyond_all_buckets() {
        assert_eq!(recorded([]), RoundTripTimes::default());
        let one = recorded([777]);
        assert_eq!([one.last, one.min, one.max, one.p50, one.p90, one.p99], [777; 6]);
        let slow = recorded([u64::MAX / 2]);
        assert_eq!(slow.p99, u64::MAX / 2);
    }
}
