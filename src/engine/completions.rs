//! Which requests are pending, and how those that are not ended: for waiting.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::engine::clock::Deadline;
use crate::error::{Error, Result, Status};
use crate::session::RequestId;

/// How many results are kept for somebody who waits late.
const KEPT: usize = 4096;

/// Longer waits are made of several.
const LONGEST_SLEEP: Duration = Duration::from_secs(3600);

#[derive(Default)]
pub struct Completions {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    pending: HashSet<RequestId>,
    results: HashMap<RequestId, Result<i64>>,
    /// The keys of `results` that may be forgotten, oldest first.
    order: VecDeque<RequestId>,
    /// How many wait for a request. What somebody waits for is not forgotten.
    waited: HashMap<RequestId, usize>,
}

impl Inner {
    fn may_forget(&mut self, request: RequestId) {
        self.order.push_back(request);
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.results.remove(&oldest);
        }
    }

    fn stop_waiting(&mut self, request: RequestId) {
        let Some(count) = self.waited.get_mut(&request) else { return };
        *count -= 1;
        if *count > 0 {
            return;
        }
        self.waited.remove(&request);
        // It came in while it was waited for, and is not in the order yet.
        if self.results.contains_key(&request) && !self.order.contains(&request) {
            self.may_forget(request);
        }
    }
}

impl Completions {
    pub fn start(&self, request: RequestId) {
        self.lock().pending.insert(request);
    }

    /// The request never reached the session.
    pub fn forget(&self, request: RequestId) {
        self.lock().pending.remove(&request);
    }

    pub fn finish(&self, request: RequestId, result: Result<i64>) {
        let mut inner = self.lock();
        if !inner.pending.remove(&request) {
            return;
        }
        inner.results.insert(request, result);
        if inner.waited.contains_key(&request) {
            self.changed.notify_all();
        } else {
            inner.may_forget(request);
        }
    }

    pub fn pending(&self) -> Vec<RequestId> {
        let mut pending: Vec<_> = self.lock().pending.iter().copied().collect();
        pending.sort_unstable();
        pending
    }

    /// Blocks until the request is done: its value, or how it failed. None waits without end.
    pub fn wait(&self, request: RequestId, timeout: Option<Duration>) -> Result<i64> {
        let deadline = Deadline::after(timeout);
        let mut inner = self.lock();
        *inner.waited.entry(request).or_default() += 1;
        let result = loop {
            if let Some(result) = inner.results.get(&request) {
                break result.clone();
            }
            if !inner.pending.contains(&request) {
                let text = format!(
                    "there is no request {request}: it was never made on this client, or was done \
                     so long ago that its result is no longer kept"
                );
                break Err(Error::new(Status::NotFound, text));
            }
            let left = deadline.left();
            if left.is_zero() {
                let text = format!("request {request} was not done in time; it goes on");
                break Err(Error::new(Status::Timeout, text));
            }
            // Without end is more than some platforms can wait in one go.
            let waited = self.changed.wait_timeout(inner, left.min(LONGEST_SLEEP));
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        };
        inner.stop_waiting(request);
        result
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Option<Duration> = Some(Duration::ZERO);

    #[test]
    fn a_result_can_be_fetched_late_and_more_than_once() {
        let completions = Completions::default();
        completions.start(1);
        assert_eq!(completions.wait(1, NOW).unwrap_err().status(), Status::Timeout);
        completions.finish(1, Ok(7));
        completions.finish(1, Ok(8));
        assert_eq!(completions.wait(1, NOW), Ok(7));
        assert_eq!(completions.wait(1, None), Ok(7));
        assert_eq!(completions.wait(2, None).unwrap_err().status(), Status::NotFound);
    }

    #[test]
    fn what_nobody_fetches_does_not_pile_up() {
        let completions = Completions::default();
        for request in 0..10 * KEPT as u64 {
            completions.start(request);
            completions.finish(request, Ok(0));
        }
        let inner = completions.lock();
        assert_eq!((inner.results.len(), inner.order.len(), inner.pending.len()), (KEPT, KEPT, 0));
    }

    #[test]
    fn what_somebody_waits_for_outlives_a_flood_of_others() {
        let completions = Completions::default();
        completions.start(0);
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| completions.wait(0, Some(Duration::from_secs(60))));
            while completions.lock().waited.is_empty() {
                std::thread::yield_now();
            }
            for request in 1..3 * KEPT as u64 {
                completions.start(request);
            }
            for request in 0..3 * KEPT as u64 {
                completions.finish(request, Ok(7));
            }
            assert_eq!(waiter.join().unwrap(), Ok(7));
        });
        let inner = completions.lock();
        assert_eq!((inner.results.len(), inner.order.len(), inner.waited.len()), (KEPT, KEPT, 0));
    }

    #[test]
    fn a_waiter_is_woken() {
        let completions = Completions::default();
        completions.start(5);
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| completions.wait(5, Some(Duration::from_secs(60))));
            completions.finish(5, Err(Error::new(Status::Cancelled, "gone")));
            assert_eq!(waiter.join().unwrap().unwrap_err().status(), Status::Cancelled);
        });
    }
}
