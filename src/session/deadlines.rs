//! Deadlines that all allow the same time, so that the first set is the first due.

use std::collections::VecDeque;

use crate::session::time::Time;

/// A queue of what becomes due, in order.
#[derive(Debug)]
pub struct Deadlines<T> {
    queue: VecDeque<(Time, T)>,
}

impl<T> Default for Deadlines<T> {
    fn default() -> Self {
        Deadlines { queue: VecDeque::new() }
    }
}

impl<T> Deadlines<T> {
    /// Never due before what was set earlier (whose deadline may have been extended).
    pub fn push(&mut self, due: Time, what: T) {
        let due = self.queue.back().map_or(due, |(last, _)| due.max(*last));
        self.queue.push_back((due, what));
    }

    pub fn next(&self) -> Option<Time> {
        self.queue.front().map(|(due, _)| *due)
    }

    pub fn pop_due(&mut self, now: Time) -> Option<T> {
        self.next().filter(|due| *due <= now)?;
        self.queue.pop_front().map(|(_, what)| what)
    }

    /// Nothing becomes due before `earliest`.
    pub fn extend(&mut self, earliest: Time) {
        for (due, _) in &mut self.queue {
            *due = (*due).max(earliest);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    pub fn clear(&mut self) {
        self.queue.clear();
    }
}
