//! The facade: a client as Rust programs use it, and as `ffi` does.

mod dump;
pub mod metrics;
mod prometheus;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::engine::batch::Batch;
pub use crate::engine::bindings::BindOptions;
use crate::engine::bindings::{BindingId, Bindings, Callback};
use crate::engine::clock::Deadline;
use crate::engine::consumer::Consumer;
use crate::engine::delivery::DeliveryQueue;
use crate::engine::dispatcher::Dispatcher;
use crate::engine::driver::{self, CommandSender};
use crate::engine::fork;
use crate::engine::network::{self, Network};
use crate::engine::shared::{Receiver, Shared};
use crate::error::{Error, Result, Status};
use crate::protocol::api::{Api, Trigger};
use crate::protocol::authorization::{ChannelAuth, UserAuth};
use crate::protocol::channel::{ChannelKind, ChannelName};
use crate::protocol::client_event::ClientEvent;
use crate::protocol::encrypted::MasterKey;
use crate::protocol::limits::Limits;
use crate::protocol::presence::{self, Members};
use crate::session::{
    AuthAnswer, AuthId, ChannelState, Command, ConnectionState, Counters, RequestId, Session,
};

pub use crate::config::Config;
pub use crate::engine::batch::Delivered;
pub use crate::engine::consumer::Delivery;
pub use crate::engine::ready_list::{ReadyList, Wakeup};

/// Commands on their way to the network thread; more than this means that it does not keep up.
const MAX_COMMANDS: usize = 10_000;

/// Bytes of frames that wait for the network; more than this means that the server does not read.
const MAX_UNSENT: usize = 16 * 1024 * 1024;

/// How long freeing a client waits for the network thread before it stops caring. The network
/// thread never blocks, so this is only ever reached when the machine itself stands still.
const FREE_PATIENCE: Duration = Duration::from_secs(30);

/// One connection to a Pusher-protocol server, and what is subscribed over it.
///
/// Every method may be called from any thread and from any callback. Requests return at once with
/// a number; how they ended comes as an event with that number, and [`Client::wait`] waits for it.
pub struct Client {
    shared: Arc<Shared>,
    counters: Arc<Counters>,
    bindings: Arc<Bindings>,
    /// Some until it is dropped.
    commands: Option<CommandSender>,
    last_request: AtomicU64,
    consumer: Arc<Consumer>,
    /// Where the client has a thread of its own for its callbacks.
    dispatcher: Mutex<Option<Dispatcher>>,
    shares_list: bool,
    network: Mutex<Option<Arc<Network>>>,
    closing: AtomicBool,
    forks: u32,
    limits: Limits,
    api: Option<Api>,
    api_timeout: Duration,
    master_key: Option<MasterKey>,
}

impl Client {
    /// Makes a client, with its threads, and connects nothing yet.
    pub fn new(config: &Config) -> Result<Client> {
        let session = config.session()?;
        let api = config.api()?;
        let options = config.connect_options()?;
        fork::watch();
        let queue = Arc::new(DeliveryQueue::new(
            config.queue_events,
            config.queue_bytes,
            config.queue_policy,
        ));
        let bindings = Arc::new(Bindings::default());
        let shared = Arc::new(Shared::new(queue));
        let list = match &config.delivery {
            Delivery::Thread | Delivery::Inline => None,
            Delivery::Poll => Some(Arc::default()),
            Delivery::Shared(list) => {
                list.check_process()?;
                list.check_not_ended()?;
                Some(Arc::clone(list))
            }
        };
        let consumer = Consumer::new(Arc::clone(&shared), Arc::clone(&bindings), list);
        let network = Network::shared(config.network_threads)?;
        let mut dispatcher = None;
        // Nobody else sets it.
        let _ = match &config.delivery {
            Delivery::Thread => {
                dispatcher = Some(Dispatcher::start(Arc::clone(&consumer))?);
                Ok(())
            }
            Delivery::Poll | Delivery::Shared(_) => {
                shared.receiver.set(Receiver::Polled(Arc::downgrade(&consumer)))
            }
            Delivery::Inline => shared.receiver.set(Receiver::Inline(Arc::downgrade(&consumer))),
        };
        let session = Session::new(session, fastrand::u64(..));
        let counters = session.counters();
        let commands = driver::spawn(&network, session, options, Arc::clone(&shared));
        Ok(Client {
            shared,
            counters,
            bindings,
            commands: Some(commands),
            last_request: AtomicU64::new(0),
            consumer,
            dispatcher: Mutex::new(dispatcher),
            shares_list: matches!(config.delivery, Delivery::Shared(_)),
            network: Mutex::new(Some(network)),
            closing: AtomicBool::new(false),
            forks: fork::count(),
            limits: config.limits.clone(),
            api,
            api_timeout: config.api_timeout,
            master_key: config.master_key.clone(),
        })
    }

    /// The whole name of a channel, checked by the configured limits.
    pub fn channel(&self, name: &str) -> Result<ChannelName> {
        ChannelName::within(name, &self.limits)
    }

    /// The same from a kind and a bare name.
    pub fn channel_of_kind(&self, kind: ChannelKind, bare: &str) -> Result<ChannelName> {
        ChannelName::with_kind(kind, bare, &self.limits)
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn http_api(&self) -> Option<&Api> {
        self.api.as_ref()
    }

    pub(crate) fn master_key(&self) -> Option<&MasterKey> {
        self.master_key.as_ref()
    }

    pub(crate) fn api_timeout(&self) -> Duration {
        self.api_timeout
    }

    /// Connects, and stays connected: whatever is lost is tried again until [`Client::disconnect`].
    /// Done when the server has given a socket id, or has refused for good.
    pub fn connect(&self) -> Result<RequestId> {
        self.request(Command::Connect)
    }

    /// Ends the connection. What is subscribed stays wanted for the next connect.
    pub fn disconnect(&self) -> Result<RequestId> {
        self.request(Command::Disconnect)
    }

    /// Wants a channel, now and after every reconnect. Done when the server has answered.
    ///
    /// `channel_data` is a presence channel's user as JSON; None takes the configured one.
    pub fn subscribe(
        &self,
        channel: &ChannelName,
        channel_data: Option<&str>,
    ) -> Result<RequestId> {
        self.subscribe_with(channel, channel_data, None)
    }

    /// The same with a ready-made permission. It is for the present socket id, and so for the
    /// present connection: after a reconnect the configured authorisation takes its place.
    pub fn subscribe_with_auth(
        &self,
        channel: &ChannelName,
        auth: ChannelAuth,
    ) -> Result<RequestId> {
        if !channel.kind().needs_auth() {
            return Err(Error::new(
                Status::Argument,
                format!("'{channel}' is {}, and needs no permission", channel.kind().describe()),
            ));
        }
        self.subscribe_with(channel, auth.channel_data.clone().as_deref(), Some(auth))
    }

    fn subscribe_with(
        &self,
        channel: &ChannelName,
        channel_data: Option<&str>,
        auth: Option<ChannelAuth>,
    ) -> Result<RequestId> {
        if let Some(data) = channel_data {
            if !channel.kind().is_presence() {
                return Err(Error::new(
                    Status::Argument,
                    format!("'{channel}' is no presence channel, and takes no channel_data"),
                ));
            }
            presence::user_id(data)?;
        }
        let channel_data = channel_data.map(str::to_owned);
        self.request(Command::Subscribe { channel: channel.clone(), channel_data, auth })
    }

    /// Wants no channel any more.
    pub fn unsubscribe_all(&self) -> Result<RequestId> {
        self.request(Command::UnsubscribeAll)
    }

    /// Signs the configured user in, now and after every reconnect.
    pub fn sign_in(&self) -> Result<RequestId> {
        self.request(Command::SignIn)
    }

    /// Answers an authorisation that was asked by an event. `channel` is needed in a batch only.
    pub fn authorize(
        &self,
        id: AuthId,
        channel: Option<ChannelName>,
        answer: Result<ChannelAuth>,
    ) -> Result<()> {
        self.answer(id, AuthAnswer::Channel { channel, answer })
    }

    /// Answers an authorisation of a sign-in.
    pub fn authorize_user(&self, id: AuthId, answer: Result<UserAuth>) -> Result<()> {
        self.answer(id, AuthAnswer::User(answer))
    }

    /// Refuses whatever this number asks for: all of a batch, or a sign-in.
    pub fn refuse_authorization(&self, id: AuthId, reason: &str) -> Result<()> {
        let error = Error::new(Status::Auth, reason);
        self.answer(id, AuthAnswer::Refused(error))
    }

    /// Supplies headers and parameters for one request to the authorisation endpoint.
    pub fn prepare_authorization(
        &self,
        id: AuthId,
        headers: Vec<(String, String)>,
        params: Vec<(String, String)>,
    ) -> Result<()> {
        for (name, value) in &headers {
            crate::config::check_header(name, value)?;
        }
        for (name, _) in &params {
            crate::config::check_param(name)?;
        }
        self.answer(id, AuthAnswer::Prepared { headers, params })
    }

    fn answer(&self, id: AuthId, answer: AuthAnswer) -> Result<()> {
        self.check_process()?;
        self.check_open()?;
        self.shared.commands.fetch_add(1, Ordering::AcqRel);
        self.send(0, Command::Authorize { id, answer }).ok_or_else(|| {
            self.shared.command_seen();
            Error::new(Status::Closed, "the client has been closed")
        })
    }

    /// Wants a channel no more.
    pub fn unsubscribe(&self, channel: &ChannelName) -> Result<RequestId> {
        self.request(Command::Unsubscribe { channel: channel.clone() })
    }

    /// Publishes a client event. Done when it has been given to the connection.
    pub fn publish(&self, channel: &ChannelName, event: &str, data: &str) -> Result<RequestId> {
        self.limits.check_event_data(data)?;
        let kind = channel.kind();
        if !kind.allows_client_events() && !kind.is_encrypted() && self.api.is_some() {
            let channels = vec![channel.as_str()];
            let info = None;
            return self.trigger(&Trigger { name: event, channels, data, socket_id: None, info });
        }
        let event = ClientEvent::new(channel, event, data, &self.limits)?;
        if self.shared.unsent.load(Ordering::Acquire) > MAX_UNSENT {
            return Err(Error::new(
                Status::QueueFull,
                "the server does not read what is sent; try again later",
            ));
        }
        self.request(Command::Publish(event))
    }

    /// Asks the server for a sign of life. Its value is the round trip in microseconds.
    pub fn ping(&self) -> Result<RequestId> {
        self.request(Command::Ping)
    }

    /// Decides about the try to connect that is being waited for: after this delay, or, with None,
    /// not at all.
    pub fn retry(&self, delay: Option<Duration>) -> Result<RequestId> {
        self.request(Command::Retry { delay })
    }

    /// Says that the machine has another network now: the connection is probed, or tried, at once.
    pub fn network_changed(&self) -> Result<RequestId> {
        self.request(Command::NetworkChanged)
    }

    /// How many messages have been dropped because the callbacks did not keep up.
    pub fn dropped(&self) -> Result<u64> {
        self.check_process()?;
        Ok(self.shared.queue.dropped())
    }

    /// Calls `callback` for every event of this channel and this name; None means any.
    pub fn bind(
        &self,
        channel: Option<&str>,
        event: Option<&str>,
        callback: Callback,
    ) -> Result<BindingId> {
        self.bind_with(channel, event, BindOptions::default(), callback)
    }

    /// The same for one event only, or with patterns in place of names.
    pub fn bind_with(
        &self,
        channel: Option<&str>,
        event: Option<&str>,
        options: BindOptions,
        callback: Callback,
    ) -> Result<BindingId> {
        self.check_process()?;
        self.check_open()?;
        self.bindings.add(channel, event, options, callback)
    }

    pub fn unbind(&self, binding: BindingId) -> Result<()> {
        self.check_process()?;
        self.bindings.remove(binding)
    }

    /// Blocks until a request is done. None waits without end.
    pub fn wait(&self, request: RequestId, timeout: Option<Duration>) -> Result<i64> {
        self.check_process()?;
        if self.must_not_wait() {
            return Err(Error::new(
                Status::WouldDeadlock,
                "waiting inside a callback would stop this client's events; note the request's \
                 number and go on when its completed event arrives",
            ));
        }
        self.shared.completions.wait(request, timeout)
    }

    pub fn state(&self) -> Result<ConnectionState> {
        self.check_process()?;
        Ok(self.shared.lookup.lock().state)
    }

    /// The server's name for this connection; None while there is none.
    pub fn socket_id(&self) -> Result<Option<String>> {
        self.check_process()?;
        Ok(self.shared.lookup.lock().socket_id.clone())
    }

    /// None where the channel is not wanted.
    pub fn channel_state(&self, channel: &str) -> Result<Option<ChannelState>> {
        self.check_process()?;
        Ok(self.shared.lookup.lock().channels.get(channel).map(|facts| facts.state))
    }

    /// Every wanted channel and its state, ordered by name.
    pub fn channels(&self) -> Result<BTreeMap<ChannelName, ChannelState>> {
        self.check_process()?;
        let facts = self.shared.lookup.lock();
        Ok(facts.channels.iter().map(|(name, facts)| (name.clone(), facts.state)).collect())
    }

    /// The members of a presence channel as of now.
    pub fn members(&self, channel: &ChannelName) -> Result<Arc<Members>> {
        self.check_process()?;
        if !channel.kind().is_presence() {
            let text = format!("'{channel}' is no presence channel, and has no members");
            return Err(Error::new(Status::Argument, text));
        }
        let facts = self.shared.lookup.lock();
        let subscribed = facts.channels.get(channel.as_str());
        // The list of a lost connection is kept for the difference, and is nobody's present.
        let subscribed = subscribed.filter(|facts| facts.state == ChannelState::Subscribed);
        let members = subscribed.and_then(|facts| facts.members.clone());
        members.ok_or_else(|| {
            let text = format!("'{channel}' is not subscribed (yet), so its members are unknown");
            Error::new(Status::NotSubscribed, text)
        })
    }

    /// Ends the connection politely, completes what is pending as cancelled, and waits until the
    /// application has been told everything. Inside a callback it waits for nothing.
    pub fn close(&self, timeout: Duration) -> Result<()> {
        self.check_process()?;
        let deadline = Deadline::after(Some(timeout));
        self.begin_closing();
        if self.must_not_wait() {
            return Ok(());
        }
        // Who asks for events by himself may be the one who waits here.
        let done = self.shared.driver.wait_ended(deadline.left())
            && (self.consumer.list().is_some() || self.shared.queue.wait_drained(deadline.left()));
        if done {
            return Ok(());
        }
        Err(Error::new(
            Status::Timeout,
            "closing took longer than the time allowed; it goes on, and freeing the client ends it",
        ))
    }

    fn begin_closing(&self) {
        if !self.closing.swap(true, Ordering::AcqRel) {
            self.shared.commands.fetch_add(1, Ordering::AcqRel);
            // Nobody left to receive it means that the driver has ended by itself: closed enough.
            let _ = self.send(0, Command::Close);
        }
    }

    /// Ends everything at once: when this returns, no callback runs or ever will, and all have been
    /// dropped. Inside a callback the same is true as soon as that callback has returned.
    pub fn free(&self) {
        if self.check_process().is_err() {
            // The threads are the parent's. What the locks protect may be half changed, so nothing
            // is touched; the memory is the child's to keep.
            return;
        }
        self.shared.queue.end();
        // No call begins from here on; inside a callback that goes for the other bindings to the
        // same event, too. The dispatcher still holds those that it is about to pass over.
        self.bindings.end();
        self.begin_closing();
        self.shared.abort.notify_one();
        if !network::is_current_thread() {
            self.shared.driver.wait_ended(FREE_PATIENCE);
        }
        self.end_delivery();
        let dispatcher = self.dispatcher.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Its thread drops the callbacks at its end, so that none is dropped while another runs.
        if let Some(dispatcher) = dispatcher
            && !network::is_current_thread()
        {
            dispatcher.join();
        }
        let network = self.network.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(network);
    }

    /// Where no thread of the client's own does so: waits until no callback runs any more, and drops
    /// them all. Inside of one that is done when it has returned.
    fn end_delivery(&self) {
        if let Some(list) = self.consumer.list().filter(|_| !self.shares_list) {
            // Whoever waits for events finds out, and no wake-up comes any more.
            list.end();
        }
        if self.shared.receiver.get().is_none() {
            return;
        }
        if network::is_current_thread() {
            // Whoever is delivering at the moment drops them when it has ended.
            if let Some(_mine) = self.consumer.turn.take() {
                self.bindings.clear();
            }
            return;
        }
        self.consumer.turn.wait_until_over();
        if !self.consumer.turn.is_mine() && self.shared.driver.has_ended() {
            self.bindings.clear();
        }
    }

    /// A panic of the driver, in the middle of its work.
    #[cfg(feature = "planted-faults")]
    pub(crate) fn plant_in_driver(&self) -> Result<RequestId> {
        self.request(Command::Panic)
    }

    /// A panic where events are delivered, behind those that wait already.
    #[cfg(feature = "planted-faults")]
    pub(crate) fn plant_in_delivery(&self) -> Result<()> {
        use crate::engine::shared::PLANTED;
        use crate::session::{Event, EventKind};

        self.check_process()?;
        let mut batch = Batch::default();
        batch.push(&Event::new(EventKind::Protocol, PLANTED));
        self.shared.hand_over(&mut batch);
        Ok(())
    }

    pub(crate) fn request(&self, command: Command) -> Result<RequestId> {
        self.check_process()?;
        self.check_open()?;
        // What makes less of it is always let through.
        let relief = matches!(
            command,
            Command::Disconnect | Command::Unsubscribe { .. } | Command::UnsubscribeAll
        );
        if self.shared.queue.is_overfull() && !relief {
            return Err(Error::new(
                Status::QueueFull,
                "the callbacks do not keep up with the events; let them return sooner, or make \
                 fewer requests",
            ));
        }
        if self.shared.commands.fetch_add(1, Ordering::AcqRel) >= MAX_COMMANDS {
            self.shared.command_seen();
            let text = "too many requests are waiting for the network thread; try again later";
            return Err(Error::new(Status::QueueFull, text));
        }
        let request = self.next_request();
        self.shared.completions.start(request);
        if self.send(request, command).is_none() {
            self.shared.command_seen();
            self.shared.completions.forget(request);
            return Err(Error::new(Status::Closed, "the client has been closed"));
        }
        Ok(request)
    }

    /// None where nobody is left to receive it.
    fn send(&self, request: RequestId, command: Command) -> Option<()> {
        self.commands.as_ref()?.send(request, command)
    }

    fn check_open(&self) -> Result<()> {
        if self.closing.load(Ordering::Acquire) {
            return Err(Error::new(Status::Closed, "the client has been closed"));
        }
        Ok(())
    }

    fn next_request(&self) -> RequestId {
        self.last_request.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Inside of a callback: of this client, which would stop its events, or of any that is delivered
    /// inline, which would stop the network.
    fn must_not_wait(&self) -> bool {
        self.consumer.turn.is_mine() || network::is_current_thread()
    }

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

    pub(crate) fn check_process(&self) -> Result<()> {
        if self.forks == fork::count() {
            return Ok(());
        }
        Err(Error::new(
            Status::Forked,
            "this client was made before a fork and belongs to the parent process; make a new one \
             in the child",
        ))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.check_process().is_ok() {
            return self.free();
        }
        // The threads are the parent's. Even letting go of them would touch what is not ours: a
        // detached thread id may be that of one of the child's own, and the last sender wakes a
        // task that is not here. So the child just keeps the memory.
        let dispatcher = self.dispatcher.get_mut().unwrap_or_else(PoisonError::into_inner);
        std::mem::forget(dispatcher.take());
        std::mem::forget(self.commands.take());
        let network = self.network.get_mut().unwrap_or_else(PoisonError::into_inner);
        std::mem::forget(network.take());
    }
}
