//! Asking for events, where the client has no thread that delivers them by itself.

use std::time::Duration;

use super::{Client, ReadyList, Wakeup};
use crate::engine::batch::Batch;
use crate::engine::consumer::Consumer;
use crate::error::{Error, Result, Status};

impl Client {
    /// What tells this client's events from others' in a queue that it shares.
    pub fn set_tag(&self, tag: usize) {
        self.consumer.set_tag(tag);
    }

    /// Where its events are asked for, if it has a list of its own.
    fn own_list(&self) -> Result<&ReadyList> {
        self.check_process()?;
        match self.consumer.list() {
            Some(list) if !self.shares_list => Ok(list),
            Some(_) => Err(Error::new(
                Status::State,
                "this client's events go into a queue that it shares; ask that queue",
            )),
            None => Err(Error::new(
                Status::State,
                "this client delivers its events by itself; only with delivery by polling can they \
                 be asked for",
            )),
        }
    }

    /// Calls back events that wait, up to `limit`, on this thread. Waits for the first; how many there
    /// were, and 0 when the time is over before there is one. None waits without end.
    pub fn dispatch(&self, limit: usize, timeout: Option<Duration>) -> Result<usize> {
        let count = |consumer: &Consumer| Ok(Some(consumer.dispatch(limit)?).filter(|n| *n > 0));
        Ok(self.ask(timeout, count)?.unwrap_or(0))
    }

    /// Takes events that wait, up to `limit`, without calling anybody; an empty batch when the time is
    /// over before there is one.
    pub fn fetch(&self, limit: usize, timeout: Option<Duration>) -> Result<Batch> {
        let some = |consumer: &Consumer| Ok(Some(consumer.fetch(limit)?).filter(|b| !b.is_empty()));
        Ok(self.ask(timeout, some)?.unwrap_or_default())
    }

    fn ask<T>(
        &self,
        timeout: Option<Duration>,
        give: impl Fn(&Consumer) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let list = self.own_list()?;
        self.consumer.check_not_inside()?;
        let over = || Error::new(Status::Closed, "the client has been closed, and all is told");
        let given = match self.consumer.is_over() {
            true => Err(over()),
            false => list.next(timeout, |consumer| match give(consumer)? {
                None if consumer.is_over() => Err(over()),
                given => Ok(given),
            }),
        };
        if self.consumer.is_over() {
            // For good: the descriptor stays readable, and all who wait find out, one after another.
            self.consumer.announce();
        }
        Ok(given?.map(|(_, given)| given))
    }

    /// What becomes readable when there are events to ask for. It belongs to the client.
    pub fn descriptor(&self) -> Result<isize> {
        self.own_list()?.descriptor()
    }

    /// Sets what is called, on whichever thread finds out, when there are events to ask for again.
    pub fn set_wakeup(&self, wakeup: Option<Wakeup>) -> Result<()> {
        self.own_list()?.set_wakeup(wakeup)
    }
}
