//! What a client tells in the end, in the same words as the programs in other languages.

use std::time::{Duration, Instant};

use crate::load::{BEGIN, END};
use crate::payload::EVENT;

/// Counts events, and the processor's time from `begin` to `end`.
#[derive(Default)]
pub struct Meter {
    events: u64,
    /// Of data, and what was read of it: proof that the handler has looked at it.
    bytes: u64,
    sum: u64,
    begun: Option<(Instant, Duration, Duration)>,
}

impl Meter {
    /// Returns whether that was the last event. Then the result has been printed.
    pub fn event(&mut self, name: &str, data: &[u8]) -> bool {
        match name {
            EVENT => {
                self.events += 1;
                self.bytes += data.len() as u64;
                if let (Some(first), Some(last)) = (data.first(), data.last()) {
                    self.sum += u64::from(first ^ last);
                }
                false
            }
            BEGIN => {
                let (user, system) = used();
                *self = Self { begun: Some((Instant::now(), user, system)), ..Self::default() };
                false
            }
            END => {
                self.print();
                true
            }
            _ => false,
        }
    }

    fn print(&self) {
        let (now_user, now_system) = used();
        let (since, user, system) = self.begun.expect("`begin` comes before `end`");
        println!(
            "events={} bytes={} sum={} user_us={} system_us={} wall_us={}",
            self.events,
            self.bytes,
            self.sum,
            (now_user - user).as_micros(),
            (now_system - system).as_micros(),
            since.elapsed().as_micros()
        );
    }
}

/// The processor's time that this process has used, in itself and in the system.
fn used() -> (Duration, Duration) {
    // SAFETY: a struct of numbers, which the call fills.
    let usage = unsafe {
        let mut usage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_SELF, &raw mut usage), 0);
        usage
    };
    let duration = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec as u64) + Duration::from_micros(time.tv_usec as u64)
    };
    (duration(usage.ru_utime), duration(usage.ru_stime))
}

/// Round trips, one after the other.
pub struct Trips {
    took: Vec<Duration>,
    since: Instant,
}

impl Trips {
    pub fn new(count: usize) -> Self {
        Self { took: Vec::with_capacity(count), since: Instant::now() }
    }

    pub fn begin(&mut self) {
        self.since = Instant::now();
    }

    pub fn end(&mut self) {
        self.took.push(self.since.elapsed());
    }

    /// The first tenth warms up, and is left out.
    pub fn print(mut self) {
        let mut took = self.took.split_off(self.took.len() / 10);
        took.sort_unstable();
        let at = |percent: usize| took[took.len() * percent / 100].as_nanos();
        println!("trips={} p50_ns={} p99_ns={}", took.len(), at(50), at(99));
    }
}
