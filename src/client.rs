//! The facade: a client as Rust programs use it, and as `ffi` does.

mod closing;
mod dump;
mod lookups;
pub mod metrics;
mod polling;
mod prometheus;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub use crate::engine::bindings::BindOptions;
use crate::engine::bindings::{BindingId, Bindings, Callback};
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
use crate::protocol::presence;
use crate::session::{AuthAnswer, AuthId, Command, Counters, RequestId, Session};

pub use crate::config::Config;
pub use crate::engine::batch::Delivered;
pub use crate::engine::consumer::Delivery;
pub use crate::engine::ready_list::{ReadyList, Wakeup};

/// Commands on their way to the network thread; more than this means that it does not keep up.
const MAX_COMMANDS: usize = 10_000;

/// Bytes that wait for the network, on their way to its thread or behind it; more than this means that
/// it does not keep up, or that the server does not read.
const MAX_UNSENT: usize = 16 * 1024 * 1024;

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
        self.request(Command::Publish(ClientEvent::new(channel, event, data, &self.limits)?))
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

    /// A panic of the driver, in the middle of its work.
    #[cfg(feature = "planted-faults")]
    pub(crate) fn plant_in_driver(&self) -> Result<RequestId> {
        self.request(Command::Panic)
    }

    /// A panic where events are delivered, behind those that wait already.
    #[cfg(feature = "planted-faults")]
    pub(crate) fn plant_in_delivery(&self) -> Result<()> {
        use crate::engine::batch::Batch;
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
        self.admit(&command)?;
        let (request, bytes) = (self.next_request(), command.bytes());
        self.shared.completions.start(request);
        if self.send(request, command).is_none() {
            self.shared.command_seen();
            self.shared.bytes_seen(bytes);
            self.shared.completions.forget(request);
            return Err(Error::new(Status::Closed, "the client has been closed"));
        }
        Ok(request)
    }

    /// Counts a command as under way to the network thread, unless too many are, or too large ones.
    fn admit(&self, command: &Command) -> Result<()> {
        let (shared, bytes) = (&self.shared, command.bytes());
        let commands = shared.commands.fetch_add(1, Ordering::AcqRel);
        // Counted first, and the unsent looked at then: what the driver takes becomes the other.
        let queued = shared.queued.fetch_add(bytes, Ordering::AcqRel);
        let unsent = match command {
            Command::Publish(_) => shared.unsent.load(Ordering::Acquire),
            _ => 0,
        };
        let text = if commands >= MAX_COMMANDS {
            "too many requests are waiting for the network thread; try again later"
        } else if bytes > 0 && queued + unsent > MAX_UNSENT {
            "too many bytes are waiting for the network thread, or for the server to read them; try \
             again later"
        } else {
            return Ok(());
        };
        shared.command_seen();
        shared.bytes_seen(bytes);
        Err(Error::new(Status::QueueFull, text))
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
