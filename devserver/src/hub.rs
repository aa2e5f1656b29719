//! The state of the server: plain values behind one mutex, changed by plain functions.
//!
//! Nothing here waits. What has to reach a client goes into the queue of its connection
//! ([`Outbox`]); what a test may wait for is told by [`Hub::with`] after each change.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::config::Config;
use crate::faults::{Fault, Faults};
use crate::inner::Inner;
use crate::state::{State, TimedOut};

pub(crate) struct Hub {
    inner: Mutex<Inner>,
    /// So that the writers need not lock anything while no fault is on order.
    faulty: AtomicBool,
    fault_changes: watch::Sender<u64>,
    changes: watch::Sender<u64>,
    generation: Mutex<u64>,
    changed: Condvar,
}

impl Hub {
    pub fn new(config: Config) -> Hub {
        Hub {
            inner: Mutex::new(Inner::new(config)),
            faulty: AtomicBool::new(false),
            fault_changes: watch::Sender::new(0),
            changes: watch::Sender::new(0),
            generation: Mutex::new(0),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the state.
    pub fn read<R>(&self, look: impl FnOnce(&Inner) -> R) -> R {
        look(&self.lock())
    }

    /// Changes the state and wakes those who wait for a change.
    pub fn with<R>(&self, change: impl FnOnce(&mut Inner) -> R) -> R {
        let result = change(&mut self.lock());
        self.changes.send_modify(|n| *n += 1);
        *self.generation.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_all();
        result
    }

    /// Changes the orders and wakes the connections which they may concern.
    pub fn with_faults<R>(&self, change: impl FnOnce(&mut Faults) -> R) -> R {
        let result = self.with(|inner| {
            let result = change(&mut inner.faults);
            self.faulty.store(!inner.faults.is_empty(), Ordering::Release);
            result
        });
        self.fault_changes.send_modify(|n| *n += 1);
        result
    }

    /// Whether any fault is on order.
    pub fn is_faulty(&self) -> bool {
        self.faulty.load(Ordering::Acquire)
    }

    pub fn fault_changes(&self) -> watch::Receiver<u64> {
        self.fault_changes.subscribe()
    }

    /// Carries out one occasion of a fault.
    pub fn take_fault<T>(
        &self,
        socket_id: Option<&str>,
        pick: impl Fn(&Fault) -> Option<T>,
    ) -> Option<T> {
        if !self.is_faulty() {
            return None;
        }
        self.with(|inner| inner.faults.take(socket_id, pick))
    }

    /// Whether a lasting condition holds for a connection.
    pub fn holds(&self, socket_id: &str, condition: &Fault) -> bool {
        self.is_faulty() && self.read(|inner| inner.faults.holds(socket_id, condition))
    }

    pub fn snapshot(&self) -> State {
        self.read(Inner::snapshot)
    }

    /// Waits for a condition; the last state seen is the answer in both cases.
    pub async fn wait_until(
        &self,
        timeout: Duration,
        mut condition: impl FnMut(&State) -> bool,
    ) -> Result<State, TimedOut> {
        let deadline = tokio::time::Instant::now() + timeout;
        let mut changes = self.changes.subscribe();
        loop {
            changes.mark_unchanged();
            let state = self.snapshot();
            if condition(&state) {
                return Ok(state);
            }
            match tokio::time::timeout_at(deadline, changes.changed()).await {
                Ok(Ok(())) => {}
                _ => return Err(TimedOut(Box::new(state))),
            }
        }
    }

    /// The same for a thread outside of the runtime.
    pub fn wait_until_blocking(
        &self,
        timeout: Duration,
        mut condition: impl FnMut(&State) -> bool,
    ) -> Result<State, TimedOut> {
        let deadline = Instant::now() + timeout;
        let generation = || self.generation.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let seen = *generation();
            let state = self.snapshot();
            if condition(&state) {
                return Ok(state);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let (_guard, result) = self
                .changed
                .wait_timeout_while(generation(), left, |now| *now == seen)
                .unwrap_or_else(PoisonError::into_inner);
            if result.timed_out() {
                return Err(TimedOut(Box::new(state)));
            }
        }
    }
}
