//! Which callbacks want which events.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::batch::Delivered;
use crate::error::{Error, Result, Status};

/// What an application hands over to be called. Dropped after its last call has returned.
pub type Callback = Box<dyn Fn(&Delivered<'_>) + Send + Sync>;

pub type BindingId = u64;

/// One callback and what it wants: None means any.
pub struct Binding {
    id: BindingId,
    channel: Option<Box<str>>,
    event: Option<Box<str>>,
    callback: Callback,
    /// False from the moment of unbinding: a call that has not begun does not begin any more.
    active: AtomicBool,
}

impl Binding {
    /// Calls it, if it wants the event and has not been unbound.
    pub fn offer(&self, event: &Delivered<'_>) {
        let wants = self.event.as_deref().is_none_or(|name| name == event.name());
        if wants && self.active.load(Ordering::Acquire) {
            (self.callback)(event);
        }
    }
}

/// All bindings of a client at one moment. Never changed: a change makes a new table, so that a
/// dispatcher can walk one without holding a lock.
#[derive(Clone, Default)]
pub struct Table {
    any_channel: Vec<Arc<Binding>>,
    /// By channel, so that a binding to another channel costs an event nothing.
    by_channel: HashMap<Box<str>, Vec<Arc<Binding>>>,
}

impl Table {
    /// Offers the event to all that may want it, in the order in which they were bound.
    pub fn offer(&self, event: &Delivered<'_>) {
        let mut any = self.any_channel.iter().peekable();
        let own = event.channel().and_then(|channel| self.by_channel.get(channel));
        for binding in own.into_iter().flatten() {
            while let Some(earlier) = any.next_if(|earlier| earlier.id < binding.id) {
                earlier.offer(event);
            }
            binding.offer(event);
        }
        any.for_each(|binding| binding.offer(event));
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Binding>> {
        self.any_channel.iter().chain(self.by_channel.values().flatten())
    }

    fn add(&mut self, binding: Arc<Binding>) {
        match &binding.channel {
            None => self.any_channel.push(binding),
            Some(channel) => self.by_channel.entry(channel.clone()).or_default().push(binding),
        }
    }

    fn remove(&mut self, binding: &Binding) {
        let Some(channel) = &binding.channel else {
            return self.any_channel.retain(|other| other.id != binding.id);
        };
        if let Some(list) = self.by_channel.get_mut(channel) {
            list.retain(|other| other.id != binding.id);
            if list.is_empty() {
                self.by_channel.remove(channel);
            }
        }
    }
}

/// The bindings of one client, changed from any thread.
#[derive(Default)]
pub struct Bindings {
    inner: Mutex<Inner>,
    /// Counts changes: a dispatcher asks for the table again only when it differs.
    version: AtomicU64,
}

#[derive(Default)]
struct Inner {
    table: Arc<Table>,
    last_id: BindingId,
    ended: bool,
}

impl Bindings {
    pub fn add(
        &self,
        channel: Option<&str>,
        event: Option<&str>,
        callback: Callback,
    ) -> Result<BindingId> {
        let mut inner = self.lock();
        if inner.ended {
            drop(inner);
            // `callback` is dropped here, outside of the lock: it may call back into this client.
            return Err(Error::new(Status::Closed, "the client has been freed"));
        }
        inner.last_id += 1;
        let id = inner.last_id;
        let binding = Arc::new(Binding {
            id,
            channel: channel.map(Box::from),
            event: event.map(Box::from),
            callback,
            active: AtomicBool::new(true),
        });
        let mut table = Table::clone(&inner.table);
        table.add(binding);
        let old = self.replace(&mut inner, table);
        drop(inner);
        drop(old);
        Ok(id)
    }

    /// From here on the callback is not called any more; a call under way may still be running on
    /// the delivery thread.
    pub fn remove(&self, id: BindingId) -> Result<()> {
        let mut inner = self.lock();
        let found = inner.table.all().find(|binding| binding.id == id).cloned();
        let Some(binding) = found else {
            return Err(Error::new(
                Status::NotFound,
                format!("there is no binding {id}; it may have been unbound already"),
            ));
        };
        binding.active.store(false, Ordering::Release);
        let mut table = Table::clone(&inner.table);
        table.remove(&binding);
        let old = self.replace(&mut inner, table);
        drop(inner);
        // Dropping the last reference runs the application's code: not under the lock.
        drop((old, binding));
        Ok(())
    }

    /// Unbinds everything, for good.
    pub fn end(&self) {
        let mut inner = self.lock();
        inner.ended = true;
        for binding in inner.table.all() {
            binding.active.store(false, Ordering::Release);
        }
        let old = self.replace(&mut inner, Table::default());
        drop(inner);
        drop(old);
    }

    pub fn table(&self) -> Arc<Table> {
        Arc::clone(&self.lock().table)
    }

    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    fn replace(&self, inner: &mut Inner, table: Table) -> Arc<Table> {
        self.version.fetch_add(1, Ordering::Release);
        std::mem::replace(&mut inner.table, Arc::new(table))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
