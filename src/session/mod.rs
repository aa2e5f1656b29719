//! The session: every rule about connecting, authorising, subscribing and recovering, as a state
//! machine without I/O.
//!
//! Time, randomness and bytes come in as arguments. The session is told what happened
//! ([`Session::command`], [`Session::handle_text`], [`Session::handle_closed`],
//! [`Session::handle_timeout`], …) and says what to do: [`Session::poll_action`] for the network,
//! [`Session::poll_timeout`] for the clock. What the application should hear goes to the
//! [`Sink`] that each call brings along, at once and in order.
//!
//! So every rule is tested with a false clock and no socket.

mod auth_endpoint;
pub mod authorizing;
pub mod backoff;
mod calls;
pub mod config;
pub mod counters;
pub mod deadlines;
mod dump;
mod encryption;
pub mod event;
mod gap;
mod heartbeat;
mod lifecycle;
pub mod log;
mod members;
mod publish;
pub mod rate_limit;
pub mod round_trips;
mod sign_in;
mod subscriptions;
pub mod time;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result, Status};
use crate::protocol::authorization::ChannelAuth;
use crate::protocol::channel::{ChannelKind, ChannelName, shown};
use crate::protocol::client_event::ClientEvent;
use crate::protocol::envelope::Envelope;
use crate::protocol::http::{HttpRequest, HttpResponse};
use crate::protocol::scan::{Scratch, scan};

pub use authorizing::{AuthAnswer, AuthId};
pub use config::SessionConfig;
pub use counters::{Cause, ChannelCounters, Counters};
pub use event::{ChannelState, ConnectionState, DataFormat, Event, EventKind, Sink, View};
pub use lifecycle::Ended;
pub use log::LogLevel;
pub use time::Time;

use authorizing::Authorizations;
use calls::Calls;
use gap::WallClock;
use heartbeat::Heartbeat;
use lifecycle::Lifecycle;
use log::{Log, Note};
use publish::Outbox;
use sign_in::SignIn;
use subscriptions::Subscriptions;

/// The number of a request; every request is completed by exactly one event that carries it.
pub type RequestId = u64;

/// The number of an HTTP request under way.
pub type HttpId = u64;

/// What the application asks for.
#[derive(Debug)]
pub enum Command {
    Connect,
    Disconnect,
    /// `channel_data` overrides the configured presence user.
    /// `auth` is good for the present connection only.
    Subscribe {
        channel: ChannelName,
        channel_data: Option<String>,
        auth: Option<ChannelAuth>,
    },
    Unsubscribe {
        channel: ChannelName,
    },
    UnsubscribeAll,
    SignIn,
    /// The application's answer to an authorisation that was asked of it. Completes nothing.
    Authorize {
        id: AuthId,
        answer: AuthAnswer,
    },
    /// A call of the HTTP API. Needs no connection.
    Call {
        request: HttpRequest,
        timeout: Duration,
    },
    Publish(ClientEvent),
    Ping,
    /// The application's decision about the next try: after this delay, or none at all.
    Retry {
        delay: Option<Duration>,
    },
    /// The machine has another network now, or woke from sleep.
    NetworkChanged,
    /// Ends the session: everything pending is completed as cancelled, and nothing follows, not
    /// even a completion of its own.
    Close,
    /// A bug, for the tests of what one must not do.
    #[cfg(feature = "planted-faults")]
    Panic,
}

impl Command {
    /// Of what it carries, where that may be much.
    pub fn bytes(&self) -> usize {
        match self {
            Command::Publish(event) => event.frame.len(),
            Command::Call { request, .. } => request.body.len(),
            _ => 0,
        }
    }
}

/// What the session wants done on the network.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a connection to this URL. The answer is `handle_text` with the first frame, or
    /// `handle_closed`.
    Open { url: String },
    /// Send a text frame.
    Send(String),
    /// Say goodbye with this close code, and forget the connection: nothing about it is to be
    /// reported any more.
    Close { code: u16 },
    /// Drop the connection, or the attempt to make one, at once; report nothing more about it.
    Abandon,
    /// Send an HTTP request; answer with `handle_http`.
    Http { id: HttpId, request: HttpRequest, timeout: Duration },
    /// Nobody waits for this one any more.
    CancelHttp { id: HttpId },
}

/// One client's state. See the module's documentation.
pub struct Session {
    config: SessionConfig,
    lifecycle: Lifecycle,
    heartbeat: Heartbeat,
    subscriptions: Subscriptions,
    authorizations: Authorizations,
    sign_in: SignIn,
    outbox: Outbox,
    calls: Calls,
    clock: WallClock,
    counters: Arc<Counters>,
    /// Some where there is a log.
    log: Option<Arc<Log>>,
    notes: Vec<Note>,
    actions: VecDeque<Action>,
    scratch: Scratch,
    /// The application does not keep up, and the socket is not being read.
    paused: bool,
    closed: bool,
}

impl Session {
    /// `seed` decides the jitter of the back-off, and nothing else.
    pub fn new(config: SessionConfig, seed: u64) -> Session {
        Session {
            lifecycle: Lifecycle::new(&config, seed),
            heartbeat: Heartbeat::new(&config),
            subscriptions: Subscriptions::default(),
            authorizations: Authorizations::default(),
            sign_in: SignIn::default(),
            calls: Calls::default(),
            outbox: Outbox::new(&config),
            clock: WallClock::default(),
            counters: Arc::default(),
            log: config.log_level.map(|level| Log::new(level, &config.authorizer)),
            notes: Vec::new(),
            actions: VecDeque::new(),
            scratch: Scratch::default(),
            paused: false,
            closed: false,
            config,
        }
    }

    /// Carries out a request of the application, or keeps it until it can be.
    pub fn command(
        &mut self,
        now: Time,
        request: RequestId,
        command: Command,
        sink: &mut dyn Sink,
    ) {
        self.logged(sink, |session, sink| session.obey(now, request, command, sink));
    }

    fn obey(&mut self, now: Time, request: RequestId, command: Command, sink: &mut dyn Sink) {
        if let Command::Authorize { id, answer } = command {
            if !self.closed {
                self.handle_auth_answer(now, id, answer, sink);
            }
            return;
        }
        if self.closed {
            if matches!(command, Command::Close) {
                return;
            }
            let error = Error::new(Status::Closed, "the client has been closed");
            sink.event(&Event::completed(request, Err(&error)));
            return;
        }
        match command {
            Command::Connect => self.connect(now, request, sink),
            Command::Disconnect => self.disconnect(request, sink),
            Command::Subscribe { channel, channel_data, auth } => {
                self.subscribe(now, request, channel, channel_data, auth, sink);
            }
            Command::Unsubscribe { channel } => self.unsubscribe(now, request, &channel, sink),
            Command::UnsubscribeAll => self.unsubscribe_all(now, request, sink),
            Command::SignIn => self.sign_in(now, request, sink),
            Command::Authorize { .. } => {}
            Command::Call { request: call, timeout } => {
                self.call(now, request, call, timeout, sink);
            }
            Command::Publish(event) => self.publish(now, request, event, sink),
            Command::Ping => self.ping(now, request, sink),
            Command::Retry { delay } => self.decide_retry(now, request, delay, sink),
            Command::NetworkChanged => {
                self.network_changed(now);
                // 0: the machine noticed by itself, and nobody asked.
                if request != 0 {
                    sink.event(&Event::completed(request, Ok(0)));
                }
            }
            Command::Close => self.close(sink),
            #[cfg(feature = "planted-faults")]
            Command::Panic => panic!("planted in the driver"),
        }
    }

    /// A text frame came in.
    pub fn handle_text(&mut self, now: Time, frame: &str, sink: &mut dyn Sink) {
        if self.closed {
            return;
        }
        self.heard(now);
        self.counters.frames_in.add(1);
        self.counters.bytes_in.add(frame.len() as u64);
        if self.log.is_none() {
            return self.text(now, frame, sink);
        }
        self.logged_text(now, frame, sink);
    }

    #[cold]
    fn logged_text(&mut self, now: Time, frame: &str, sink: &mut dyn Sink) {
        self.note_frame("received", frame);
        self.logged(sink, |session, sink| session.text(now, frame, sink));
    }

    // Every frame goes through here: without a log it costs no call of its own.
    #[inline(always)]
    fn text(&mut self, now: Time, frame: &str, sink: &mut dyn Sink) {
        // Taken out, since the envelope borrows from it while the session works.
        let mut scratch = std::mem::take(&mut self.scratch);
        match scan(frame, &mut scratch) {
            Some(envelope) => self.handle_frame(now, &envelope, sink),
            None => match Envelope::parse(frame) {
                Ok(envelope) => self.handle_frame(now, &envelope, sink),
                Err(error) if self.count_early(now, sink) => sink.event(&Event::error(&error)),
                Err(_) => {}
            },
        }
        self.scratch = scratch;
    }

    fn handle_frame(&mut self, now: Time, envelope: &Envelope<'_>, sink: &mut dyn Sink) {
        // Next to all frames: what begins otherwise is none of the protocol's own.
        if self.is_connected() && !envelope.event.starts_with("pusher") {
            self.message(now, envelope, sink);
        } else if envelope.event == "pusher:connection_established" {
            self.established(now, envelope, sink);
        } else if self.count_early(now, sink) {
            self.handle_envelope(now, envelope, sink);
        }
    }

    fn heard(&mut self, now: Time) {
        self.heartbeat.heard(now);
        self.clock.heard();
    }

    /// A frame came in that is a sign of life and nothing more: a WebSocket ping or pong.
    pub fn handle_control(&mut self, now: Time) {
        self.heard(now);
    }

    /// A frame came in that the protocol does not know: binary.
    pub fn handle_binary(&mut self, now: Time, sink: &mut dyn Sink) {
        self.heard(now);
        if self.closed || !self.count_early(now, sink) {
            return;
        }
        let error = Error::new(
            Status::Protocol,
            "the server sent a binary frame, and the protocol has none; the frame was dropped",
        );
        self.logged(sink, |_, sink| sink.event(&Event::error(&error)));
    }

    fn handle_envelope(&mut self, now: Time, envelope: &Envelope<'_>, sink: &mut dyn Sink) {
        match envelope.event.as_ref() {
            "pusher:error" => self.server_error(now, envelope, sink),
            "pusher:ping" => self.pong(now),
            "pusher:pong" => self.handle_pong(now, sink),
            // Nothing is subscribed yet.
            name if !self.is_connected() => {
                let text = format!(
                    "the server sent '{}' before pusher:connection_established; it was dropped",
                    shown(name)
                );
                sink.event(&Event::error(&Error::new(Status::Protocol, text)));
            }
            "pusher_internal:subscription_succeeded" => {
                self.subscription_succeeded(now, envelope, sink);
            }
            "pusher:subscription_error" | "pusher_internal:subscription_error" => {
                self.subscription_refused(envelope, sink);
            }
            "pusher_internal:member_added" => self.member_added(envelope, sink),
            "pusher_internal:member_removed" => self.member_removed(envelope, sink),
            "pusher_internal:subscription_count" => self.subscription_count(envelope, sink),
            "pusher:cache_miss" => self.cache_miss(envelope, sink),
            "pusher:signin_success" => self.signed_in(now, envelope, sink),
            "pusher_internal:watchlist_events" => self.watchlist(&envelope.data, None, sink),
            name if name.starts_with("pusher:") || name.starts_with("pusher_internal:") => {
                sink.event(&Event::frame(EventKind::Protocol, envelope));
            }
            _ => self.message(now, envelope, sink),
        }
    }

    /// An event that somebody published. Events of a channel which is no longer wanted were under
    /// way when it was unsubscribed; the application has said that it does not want them.
    fn message(&mut self, now: Time, envelope: &Envelope<'_>, sink: &mut dyn Sink) {
        let Some(channel) = envelope.channel.as_deref() else {
            return self.message_without_channel(envelope, sink);
        };
        if let Some(counters) = self.subscriptions.passing(channel) {
            let event = Event::frame(EventKind::Message, envelope);
            counters.message(event.data, self.clock.now());
            sink.event(&event);
        } else if channel.starts_with('#') {
            sink.event(&Event::frame(EventKind::Message, envelope));
        } else if ChannelKind::of(channel).is_encrypted()
            && let Some(subscription) = self.subscriptions.get_mut(channel)
        {
            subscription.counters.message(envelope.data.as_text(), self.clock.now());
            let channel = subscription.name.clone();
            self.encrypted_message(now, &channel, envelope, sink);
        }
    }

    fn message_without_channel(&mut self, envelope: &Envelope<'_>, sink: &mut dyn Sink) {
        let name = envelope.event.as_ref();
        // Some servers tell the watchlist before they confirm the sign-in.
        if self.sign_in.has_been_asked() && matches!(name, "online" | "offline") {
            return self.watchlist(&envelope.data, Some(name), sink);
        }
        sink.event(&Event::frame(EventKind::Message, envelope));
    }

    /// An HTTP request is done.
    pub fn handle_http(
        &mut self,
        now: Time,
        id: HttpId,
        result: Result<HttpResponse>,
        sink: &mut dyn Sink,
    ) {
        self.logged(sink, |session, sink| {
            if !session.closed && !session.handle_auth_response(now, id, &result, sink) {
                session.call_answered(now, id, result, sink);
            }
        });
    }

    /// What there is to do on the network; ask until it answers None.
    pub fn poll_action(&mut self) -> Option<Action> {
        let action = self.actions.pop_front()?;
        match &action {
            Action::Open { .. } => self.counters.tries.add(1),
            Action::Send(frame) => {
                self.counters.frames_out.add(1);
                self.counters.bytes_out.add(frame.len() as u64);
            }
            _ => {}
        }
        Some(action)
    }

    /// When [`Session::handle_timeout`] has to be called; ask again after every other call.
    pub fn poll_timeout(&self) -> Option<Time> {
        if self.closed {
            return None;
        }
        let mut next = self.lifecycle.next_timeout();
        if self.lifecycle.is_connected() {
            next = earliest(next, self.heartbeat.next_timeout(self.paused));
        }
        next = earliest(next, self.authorizations.next_timeout());
        next = earliest(next, self.calls.next_timeout());
        if !self.paused {
            next = earliest(next, self.subscriptions.next_timeout());
            next = earliest(next, self.sign_in.next_timeout());
        }
        earliest(next, self.outbox.next_timeout())
    }

    /// Does what has become due.
    pub fn handle_timeout(&mut self, now: Time, sink: &mut dyn Sink) {
        if !self.closed {
            self.logged(sink, |session, sink| session.timeout(now, sink));
        }
    }

    fn timeout(&mut self, now: Time, sink: &mut dyn Sink) {
        self.lifecycle_timeout(now, sink);
        self.heartbeat_timeout(now, sink);
        self.authorization_timeouts(now, sink);
        self.call_timeouts(now, sink);
        if !self.paused {
            self.subscription_timeouts(now, sink);
            self.sign_in_timeout(now, sink);
        }
        self.publish_timeouts(now, sink);
    }

    /// The socket is no longer read, because the application does not keep up; or it is again.
    ///
    /// While paused the client goes on sending pings of its own, so that the server keeps the
    /// connection, and does not judge the server's silence: its answers lie unread in the socket.
    pub fn set_paused(&mut self, now: Time, paused: bool, sink: &mut dyn Sink) {
        if self.paused == paused {
            return;
        }
        self.note(LogLevel::Warn, |_| match paused {
            true => "reading is paused, since the program does not keep up".to_owned(),
            false => "reading goes on".to_owned(),
        });
        self.logged(sink, |_, _| {});
        self.paused = paused;
        self.heartbeat.set_paused(now, paused);
        if !paused {
            let patience = now + self.config.pong_timeout;
            self.subscriptions.deadlines.extend(patience);
            // Those who came back meanwhile are in what has not been read yet.
            self.subscriptions.grace.extend(now + self.config.presence_grace);
            self.sign_in.extend_deadline(patience);
        }
    }

    /// The state of the connection, as the application knows it.
    pub fn state(&self) -> ConnectionState {
        self.lifecycle.state()
    }

    /// True after [`Command::Close`]: nothing will happen any more.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// True while frames can be sent: established, and not lost yet.
    pub fn is_connected(&self) -> bool {
        self.lifecycle.is_connected()
    }

    fn send(&mut self, frame: impl Into<String>) {
        let frame = frame.into();
        self.note_frame("sending", &frame);
        self.actions.push_back(Action::Send(frame));
    }
}

fn earliest(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
