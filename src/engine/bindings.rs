//! Which callbacks want which events.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use globset::{Glob, GlobMatcher};

use crate::engine::batch::{CText, Delivered};
use crate::error::{Error, Result, Status};
use crate::session::EventKind;

/// What an application hands over to be called. Dropped after its last call has returned.
pub type Callback = Box<dyn Fn(&Delivered<'_>) + Send + Sync>;

pub type BindingId = u64;

/// How a binding differs from the usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BindOptions {
    /// Called for one event only.
    pub once: bool,
    /// Channel and event are patterns: `*`, `?`, `[a-z]`, `{a,b}`.
    pub glob: bool,
}

/// What a name has to be.
enum Wanted {
    Any,
    Name(Box<str>),
    Pattern(GlobMatcher),
}

impl Wanted {
    fn new(what: &str, name: Option<&str>, glob: bool) -> Result<Wanted> {
        match name {
            None => Ok(Wanted::Any),
            Some(name) if !glob || !name.contains(['*', '?', '[', '{', '\\']) => {
                Ok(Wanted::Name(name.into()))
            }
            Some(pattern) => {
                let glob = Glob::new(pattern).map_err(|error| {
                    let text = format!("the pattern for the {what} is not valid: {}", error.kind());
                    Error::new(Status::Argument, text)
                })?;
                Ok(Wanted::Pattern(glob.compile_matcher()))
            }
        }
    }

    fn fits(&self, name: Option<CText<'_>>) -> bool {
        match (self, name) {
            (Wanted::Any, _) => true,
            (Wanted::Name(wanted), Some(name)) => *wanted.as_bytes() == *name.as_bytes(),
            (Wanted::Pattern(pattern), Some(name)) => {
                std::str::from_utf8(name.as_bytes()).is_ok_and(|name| pattern.is_match(name))
            }
            (_, None) => false,
        }
    }
}

/// One callback and what it wants.
pub struct Binding {
    id: BindingId,
    channel: Wanted,
    event: Wanted,
    once: bool,
    callback: Callback,
    /// False from the moment of unbinding: a call that has not begun does not begin any more.
    active: AtomicBool,
}

impl Binding {
    /// Calls it, if it wants the event and has not been unbound. True where that was its last call.
    fn offer(&self, event: &Delivered<'_>) -> bool {
        self.channel.fits(event.c_channel()) && self.offer_of_channel(event)
    }

    /// The same where it is known to want the channel.
    #[inline]
    fn offer_of_channel(&self, event: &Delivered<'_>) -> bool {
        if !self.event.fits(Some(event.c_name())) {
            return false;
        }
        // A line of the log is for those who ask for lines of the log.
        if event.kind() == EventKind::Log && !matches!(self.event, Wanted::Name(_)) {
            return false;
        }
        let call = match self.once {
            true => self.active.swap(false, Ordering::AcqRel),
            false => self.active.load(Ordering::Acquire),
        };
        if call {
            // A panic in a callback written in Rust must not cost the others their events.
            let _ = catch_unwind(AssertUnwindSafe(|| (self.callback)(event)));
        }
        call && self.once
    }
}

/// All bindings of a client at one moment. A dispatcher walks one without holding a lock; a change
/// meanwhile makes a new one.
#[derive(Clone, Default)]
pub struct Table {
    /// Those for any channel, and for patterns.
    any_channel: Vec<Arc<Binding>>,
    /// By channel, so that a binding to another channel costs an event nothing.
    by_channel: HashMap<Arc<str>, Arc<Vec<Arc<Binding>>>>,
}

impl Table {
    /// Offers the event to all that may want it, in the order in which they were bound. True where
    /// one of them is spent. `last` is what was found for the event before, of the same table.
    pub fn offer<'t>(&'t self, event: &Delivered<'_>, last: &mut Last<'t>) -> bool {
        let own = self.of_channel(event, last);
        let mut spent = false;
        if self.any_channel.is_empty() {
            for binding in own {
                spent |= binding.offer_of_channel(event);
            }
            return spent;
        }
        let mut any = self.any_channel.iter().peekable();
        for binding in own {
            while let Some(earlier) = any.next_if(|earlier| earlier.id < binding.id) {
                spent |= earlier.offer(event);
            }
            spent |= binding.offer_of_channel(event);
        }
        for binding in any {
            spent |= binding.offer(event);
        }
        spent
    }

    /// Comparing with the channel of the event before costs a sixth of looking one up.
    fn of_channel<'t>(&'t self, event: &Delivered<'_>, last: &mut Last<'t>) -> &'t [Arc<Binding>] {
        let Some(channel) = event.c_channel() else { return &[] };
        if let Some((name, list)) = *last
            && *name.as_bytes() == *channel.as_bytes()
        {
            return list;
        }
        let found = event.channel().and_then(|channel| self.by_channel.get_key_value(channel));
        let Some((name, list)) = found else { return &[] };
        *last = Some((name, list));
        list
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Binding>> {
        self.any_channel.iter().chain(self.by_channel.values().flat_map(|list| list.iter()))
    }

    fn add(&mut self, binding: Arc<Binding>) {
        match &binding.channel {
            Wanted::Name(channel) => match self.by_channel.get_mut(&**channel) {
                Some(list) => Arc::make_mut(list).push(binding),
                None => {
                    let channel = Arc::from(&**channel);
                    self.by_channel.insert(channel, Arc::new(vec![binding]));
                }
            },
            Wanted::Any | Wanted::Pattern(_) => self.any_channel.push(binding),
        }
    }

    fn keep(&mut self, kept: impl Fn(&Binding) -> bool) {
        self.any_channel.retain(|binding| kept(binding));
        self.by_channel.retain(|_, list| {
            if list.iter().any(|binding| !kept(binding)) {
                Arc::make_mut(list).retain(|binding| kept(binding));
            }
            !list.is_empty()
        });
    }
}

/// A channel and the bindings to it.
pub type Last<'t> = Option<(&'t str, &'t [Arc<Binding>])>;

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
        options: BindOptions,
        callback: Callback,
    ) -> Result<BindingId> {
        let channel = Wanted::new("channel", channel, options.glob)?;
        let event = Wanted::new("event", event, options.glob)?;
        let mut inner = self.lock();
        if inner.ended {
            drop(inner);
            // `callback` is dropped here, outside of the lock: it may call back into this client.
            return Err(Error::new(Status::Closed, "the client has been freed"));
        }
        inner.last_id += 1;
        let id = inner.last_id;
        let active = AtomicBool::new(true);
        let binding =
            Arc::new(Binding { id, channel, event, once: options.once, callback, active });
        // In place, unless the dispatcher is walking the table just now.
        Arc::make_mut(&mut inner.table).add(binding);
        self.version.fetch_add(1, Ordering::Release);
        Ok(id)
    }

    /// From here on no call of it begins, apart from one that is on its way at this very moment.
    pub fn remove(&self, id: BindingId) -> Result<()> {
        let mut inner = self.lock();
        let found = inner.table.all().find(|binding| binding.id == id).cloned();
        let Some(binding) = found.filter(|binding| binding.active.load(Ordering::Acquire)) else {
            return Err(Error::new(
                Status::NotFound,
                format!("there is no binding {id}; it may have been unbound already"),
            ));
        };
        binding.active.store(false, Ordering::Release);
        Arc::make_mut(&mut inner.table).keep(|other| other.id != id);
        self.version.fetch_add(1, Ordering::Release);
        drop(inner);
        // Dropping the last reference runs the application's code: not under the lock.
        drop(binding);
        Ok(())
    }

    /// Forgets those that have had their only call.
    pub fn sweep(&self) {
        let mut inner = self.lock();
        let inactive = |binding: &&Arc<Binding>| !binding.active.load(Ordering::Acquire);
        let spent: Vec<_> = inner.table.all().filter(inactive).cloned().collect();
        Arc::make_mut(&mut inner.table).keep(|binding| binding.active.load(Ordering::Acquire));
        self.version.fetch_add(1, Ordering::Release);
        drop(inner);
        drop(spent);
    }

    pub fn count(&self) -> usize {
        self.lock().table.all().count()
    }

    /// No call begins any more, and none is bound. The callbacks themselves stay, until `clear`.
    pub fn end(&self) {
        let mut inner = self.lock();
        inner.ended = true;
        for binding in inner.table.all() {
            binding.active.store(false, Ordering::Release);
        }
    }

    /// Drops all callbacks, none of which is running any more.
    pub fn clear(&self) {
        let mut inner = self.lock();
        let table = std::mem::take(&mut inner.table);
        drop(inner);
        drop(table);
    }

    pub fn table(&self) -> Arc<Table> {
        Arc::clone(&self.lock().table)
    }

    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::batch::Batch;
    use crate::session::{Event, EventKind};

    #[derive(Clone, Default)]
    struct Calls(Arc<Mutex<Vec<u32>>>);

    impl Calls {
        fn callback(&self, number: u32) -> Callback {
            let calls = self.clone();
            Box::new(move |_| calls.0.lock().unwrap().push(number))
        }

        fn of(&self, bindings: &Bindings, channel: Option<&str>, name: &str) -> Vec<u32> {
            self.of_kind(bindings, EventKind::Message, channel, name)
        }

        fn of_kind(
            &self,
            bindings: &Bindings,
            kind: EventKind,
            channel: Option<&str>,
            name: &str,
        ) -> Vec<u32> {
            let mut batch = Batch::default();
            batch.push(&Event { channel, ..Event::new(kind, name) });
            let table = bindings.table();
            let event = batch.iter().next().unwrap();
            let spent = table.offer(&event, &mut None);
            drop(table);
            if spent {
                bindings.sweep();
            }
            std::mem::take(&mut self.0.lock().unwrap())
        }
    }

    #[test]
    fn a_line_of_the_log_is_for_those_who_name_it() {
        let (bindings, calls) = (Bindings::default(), Calls::default());
        let wants = [
            (1, None, Some("pusher:log"), PLAIN),
            (2, None, None, PLAIN),
            (3, None, Some("pusher:*"), GLOB),
            (4, Some("a"), Some("pusher:log"), PLAIN),
            (5, None, Some("pusher:log"), GLOB),
        ];
        for (number, channel, event, options) in wants {
            bindings.add(channel, event, options, calls.callback(number)).unwrap();
        }
        assert_eq!(calls.of_kind(&bindings, EventKind::Log, Some("a"), "pusher:log"), [1, 4, 5]);
        // Published by somebody under this name, it is a message.
        assert_eq!(calls.of(&bindings, None, "pusher:log"), [1, 2, 3, 5]);
    }

    const PLAIN: BindOptions = BindOptions { once: false, glob: false };
    const GLOB: BindOptions = BindOptions { once: false, glob: true };
    const ONCE: BindOptions = BindOptions { once: true, glob: false };

    #[test]
    fn none_is_any_and_all_that_fit_are_called_in_the_order_of_binding() {
        let (bindings, calls) = (Bindings::default(), Calls::default());
        let wants = [
            (Some("a"), Some("x")),
            (None, None),
            (Some("a"), None),
            (None, Some("x")),
            (Some("b"), Some("x")),
        ];
        for (number, (channel, event)) in (0..).zip(wants) {
            bindings.add(channel, event, PLAIN, calls.callback(number)).unwrap();
        }
        assert_eq!(calls.of(&bindings, Some("a"), "x"), [0, 1, 2, 3]);
        assert_eq!(calls.of(&bindings, Some("a"), "y"), [1, 2]);
        assert_eq!(calls.of(&bindings, Some("b"), "x"), [1, 3, 4]);
        assert_eq!(calls.of(&bindings, None, "x"), [1, 3]);
    }

    #[test]
    fn patterns_match_and_keep_the_order() {
        let (bindings, calls) = (Bindings::default(), Calls::default());
        let wants = [
            (Some("private-*"), Some("client-*")),
            (Some("private-a"), Some("client-x")),
            (Some("*-{a,b}"), Some("?lient-x")),
            (Some("private-[0-9]"), None),
        ];
        for (number, (channel, event)) in (0..).zip(wants) {
            bindings.add(channel, event, GLOB, calls.callback(number)).unwrap();
        }
        assert_eq!(calls.of(&bindings, Some("private-a"), "client-x"), [0, 1, 2]);
        assert_eq!(calls.of(&bindings, Some("private-7"), "other"), [3]);
        assert!(calls.of(&bindings, None, "client-x").is_empty());
        let error = bindings.add(Some("[a"), None, GLOB, calls.callback(9)).unwrap_err();
        assert_eq!(error.status(), Status::Argument);
        // Without the option a star is a star.
        bindings.add(None, Some("*"), PLAIN, calls.callback(8)).unwrap();
        assert_eq!(calls.of(&bindings, None, "*"), [8]);
    }

    #[test]
    fn once_is_once_and_is_gone_afterwards() {
        let (bindings, calls) = (Bindings::default(), Calls::default());
        let id = bindings.add(None, Some("x"), ONCE, calls.callback(1)).unwrap();
        assert!(calls.of(&bindings, None, "y").is_empty());
        assert_eq!(calls.of(&bindings, None, "x"), [1]);
        assert!(calls.of(&bindings, None, "x").is_empty());
        assert_eq!(bindings.remove(id).unwrap_err().status(), Status::NotFound);
        assert_eq!(bindings.table().all().count(), 0);
    }

    #[test]
    fn a_callback_that_fails_does_not_stop_the_others() {
        let (bindings, calls) = (Bindings::default(), Calls::default());
        bindings.add(None, None, PLAIN, Box::new(|_| panic!("on purpose"))).unwrap();
        bindings.add(None, None, PLAIN, calls.callback(2)).unwrap();
        assert_eq!(calls.of(&bindings, None, "x"), [2]);
    }

    #[test]
    fn unbinding_and_ending() {
        let (bindings, calls) = (Bindings::default(), Calls::default());
        let first = bindings.add(Some("a"), None, PLAIN, calls.callback(1)).unwrap();
        bindings.add(Some("a"), None, PLAIN, calls.callback(2)).unwrap();
        let walking = bindings.table();
        bindings.remove(first).unwrap();
        assert!(bindings.remove(first).is_err());
        assert_eq!(calls.of(&bindings, Some("a"), "x"), [2]);
        assert_eq!(walking.all().count(), 2, "a table that is being walked does not change");
        bindings.end();
        assert!(calls.of(&bindings, Some("a"), "x").is_empty());
        assert!(bindings.add(None, None, PLAIN, calls.callback(3)).is_err());
        drop(walking);
        bindings.clear();
        assert_eq!(Arc::strong_count(&calls.0), 1, "every callback has been dropped");
    }
}
