//! What a client's driver and its handle both see.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;

use crate::engine::batch::Batch;
use crate::engine::completions::Completions;
use crate::engine::consumer::Consumer;
use crate::engine::delivery::DeliveryQueue;
use crate::engine::past_errors::PastErrors;
use crate::engine::watched::Watched;
use crate::error::{Error, Status};
use crate::protocol::channel::ChannelName;
use crate::protocol::presence::Members;
use crate::session::counters::ByKind;
use crate::session::{
    ChannelCounters, ChannelState, ConnectionState, Event, EventKind, Sink, View,
};

/// The name of an event at which the delivery thread panics.
#[cfg(feature = "planted-faults")]
pub const PLANTED: &str = "pusherws:planted_panic";

/// Shared by the driver on the network thread and the client's handle on any other.
pub struct Shared {
    pub queue: Arc<DeliveryQueue>,
    pub completions: Completions,
    pub lookup: Lookup,
    /// Events that were told, those included that were dropped behind it.
    pub events: ByKind,
    pub errors: PastErrors,
    /// What the driver works with; set by it.
    pub watched: OnceLock<Arc<Watched>>,
    /// Commands that the driver has not seen yet.
    pub commands: AtomicUsize,
    /// Bytes that they carry, and those that the driver has taken but not told among the unsent yet.
    pub queued: AtomicUsize,
    /// Bytes of frames that the socket has not taken yet.
    pub unsent: AtomicUsize,
    /// Ends a goodbye that is still waiting for the server.
    pub abort: Notify,
    /// Tells the driver of a bug elsewhere that ends the client.
    pub broken: Notify,
    pub driver: DriverState,
    /// Set where events are not for a thread that waits at the queue.
    pub receiver: OnceLock<Receiver>,
}

/// Who is told of events, beside a thread that waits at the queue.
pub enum Receiver {
    /// Is announced, to be asked.
    Polled(Weak<Consumer>),
    /// Is given them at once; they do not go through the queue.
    Inline(Weak<Consumer>),
}

impl Shared {
    pub fn new(queue: Arc<DeliveryQueue>) -> Shared {
        Shared {
            queue,
            completions: Completions::default(),
            lookup: Lookup::default(),
            events: ByKind::default(),
            errors: PastErrors::default(),
            watched: OnceLock::new(),
            commands: AtomicUsize::new(0),
            queued: AtomicUsize::new(0),
            unsent: AtomicUsize::new(0),
            abort: Notify::new(),
            broken: Notify::new(),
            driver: DriverState::default(),
            receiver: OnceLock::new(),
        }
    }

    /// Hands over all of `batch`, leaving it empty.
    pub fn hand_over(&self, batch: &mut Batch) {
        if batch.is_empty() {
            return;
        }
        match self.receiver.get() {
            None => self.queue.push(batch),
            Some(Receiver::Polled(consumer)) => {
                self.queue.push(batch);
                if let Some(consumer) = consumer.upgrade().filter(|_| self.queue.has_waiting()) {
                    consumer.announce();
                }
            }
            Some(Receiver::Inline(consumer)) => match consumer.upgrade() {
                Some(consumer) => consumer.deliver_inline(batch),
                None => batch.clear(),
            },
        }
    }

    /// The driver is no more.
    pub fn driver_ended(&self) {
        let consumer = match self.receiver.get() {
            None => None,
            Some(Receiver::Polled(consumer) | Receiver::Inline(consumer)) => consumer.upgrade(),
        };
        // Before it is told: whoever frees the client waits for that, and may then take away what its
        // callbacks stand on. One that is freed later drops them itself.
        if let Some(consumer) = &consumer {
            consumer.drop_if_freed();
        }
        self.driver.end();
        if let Some(consumer) = consumer {
            // Whoever asks for events finds out.
            consumer.announce();
        }
    }

    pub fn command_seen(&self) {
        self.commands.fetch_sub(1, Ordering::AcqRel);
    }

    /// What commands carried is not under way to the driver any more.
    pub fn bytes_seen(&self, bytes: usize) {
        self.queued.fetch_sub(bytes, Ordering::AcqRel);
    }
}

/// What an application can look up at any time.
#[derive(Default)]
pub struct Lookup(Mutex<Facts>);

#[derive(Default)]
pub struct Facts {
    pub state: ConnectionState,
    pub socket_id: Option<String>,
    pub channels: HashMap<ChannelName, ChannelFacts>,
}

pub struct ChannelFacts {
    pub state: ChannelState,
    pub members: Option<Arc<Members>>,
    pub counters: Arc<ChannelCounters>,
}

impl Facts {
    /// Copies the list only where somebody holds it who looked it up.
    fn members_mut(&mut self, channel: &ChannelName) -> Option<&mut Members> {
        self.channels.get_mut(channel)?.members.as_mut().map(Arc::make_mut)
    }
}

impl Lookup {
    pub fn lock(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the driver has ended.
#[derive(Default)]
pub struct DriverState {
    ended: Mutex<bool>,
    changed: Condvar,
}

impl DriverState {
    pub fn end(&self) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    pub fn has_ended(&self) -> bool {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// False when the time is over before.
    pub fn wait_ended(&self, timeout: Duration) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(ended, timeout, |ended| !*ended);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Where a session's events and changes go: into the driver's batch, the lookup, the completions.
pub struct Outlet<'a> {
    pub batch: &'a mut Batch,
    pub shared: &'a Shared,
}

impl Sink for Outlet<'_> {
    fn event(&mut self, event: &Event<'_>) {
        // First: who has waited for a request finds it counted.
        self.shared.events.count(event.kind);
        if event.status != Status::Ok {
            self.shared.errors.note(event);
        }
        if event.kind == EventKind::Completed {
            let result = match event.status {
                Status::Ok => Ok(event.value),
                status => {
                    Err(Error::new(status, event.data.unwrap_or_default()).with_code(event.code))
                }
            };
            self.shared.completions.finish(event.request, result);
        }
        self.batch.push(event);
    }

    fn view(&mut self, view: View<'_>) {
        let mut facts = self.shared.lookup.lock();
        match view {
            View::Connection { state, socket_id } => {
                facts.state = state;
                facts.socket_id = socket_id.map(str::to_owned);
            }
            View::Channel { name, state, counters } => match facts.channels.get_mut(name) {
                Some(channel) => channel.state = state,
                None => {
                    let counters = Arc::clone(counters);
                    let channel = ChannelFacts { state, members: None, counters };
                    facts.channels.insert(name.clone(), channel);
                }
            },
            View::ChannelGone { name } => {
                facts.channels.remove(name);
            }
            View::Members { name, members } => {
                if let Some(channel) = facts.channels.get_mut(name) {
                    channel.members = Some(members);
                }
            }
            View::MemberAdded { name, member } => {
                if let Some(members) = facts.members_mut(name) {
                    members.add(member.clone());
                }
            }
            View::MemberRemoved { name, id } => {
                if let Some(members) = facts.members_mut(name) {
                    members.remove(id);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::delivery::QueuePolicy;
    use crate::protocol::presence::Member;

    #[test]
    fn a_presence_member_who_comes_or_goes_costs_no_copy() {
        let shared = Shared::new(Arc::new(DeliveryQueue::new(16, 1 << 20, QueuePolicy::Block)));
        let mut batch = Batch::default();
        let mut outlet = Outlet { batch: &mut batch, shared: &shared };
        let name = ChannelName::new("presence-a").unwrap();
        let members = || {
            let facts = shared.lookup.lock();
            Arc::clone(facts.channels["presence-a"].members.as_ref().unwrap())
        };
        let counters = &Arc::default();
        outlet.view(View::Channel { name: &name, state: ChannelState::Pending, counters });
        outlet.view(View::Members { name: &name, members: Arc::default() });
        outlet.view(View::Channel { name: &name, state: ChannelState::Subscribed, counters });
        let first = Arc::as_ptr(&members());
        let member = |id: usize| Member { id: id.to_string(), info: None };
        for id in 0..1000 {
            outlet.view(View::MemberAdded { name: &name, member: &member(id) });
        }
        outlet.view(View::MemberRemoved { name: &name, id: "7" });
        let looked_up = members();
        assert_eq!((looked_up.len(), Arc::as_ptr(&looked_up)), (999, first));
        // Who holds a list keeps it as it was.
        outlet.view(View::MemberRemoved { name: &name, id: "8" });
        assert!(looked_up.contains("8") && !members().contains("8"));
    }
}
