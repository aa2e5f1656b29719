//! The connection's life: connecting, established, lost, tried again, given up.

mod retrying;

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Status};
use crate::protocol::close_code::Advice;
use crate::protocol::endpoint::Endpoint;
use crate::protocol::envelope::Envelope;
use crate::protocol::incoming::{Established, ServerError};
use crate::session::backoff::Backoff;
use crate::session::config::SessionConfig;
use crate::session::counters::Cause;
use crate::session::dump::address;
use crate::session::event::{ConnectionState, Event, EventKind, Sink, View};
use crate::session::gap::Loss;
use crate::session::log::{LogLevel, took};
use crate::session::time::Time;
use crate::session::{Action, RequestId, Session, earliest};

/// A connection that ends without a close code is judged by a `pusher:error` this shortly before.
const ERROR_EXPLAINS_CLOSE: Duration = Duration::from_secs(2);

/// Connects that wait for the same connection; more are the application's mistake.
const MAX_CONNECTING: usize = 1000;

/// Frames before `pusher:connection_established`. A server that sends more, and not that, is not one
/// of this protocol; and as long as there is no connection, the socket is read however little the
/// application keeps up.
const MAX_EARLY: u32 = 16;

/// A normal close: the client wants to.
const CLOSE_NORMAL: u16 = 1000;

/// How a connection, or the attempt to make one, ended.
#[derive(Debug)]
pub struct Ended {
    pub advice: Advice,
    pub error: Error,
    /// The session decided so itself: the socket is still there, and has to be dropped.
    pub abandon: bool,
}

impl Ended {
    /// The server closed with this code; 1005 where its close frame had none, 1006 where the
    /// connection just ended.
    pub fn with_code(code: u16, reason: &str) -> Ended {
        let advice = Advice::of(code);
        let status = match advice {
            Advice::GiveUp | Advice::UseTls => Status::Refused,
            _ => Status::Network,
        };
        let explained = Advice::explain(code);
        let said = reason.escape_debug();
        let text = match (explained.is_empty(), reason.is_empty()) {
            (true, true) => format!("the server closed the connection (code {code})"),
            (true, false) => format!("the server closed the connection (code {code}: {said})"),
            (false, true) => format!("{explained} (code {code})"),
            (false, false) => format!("{explained} (code {code}: {said})"),
        };
        let error = Error::new(status, text).with_code(i32::from(code));
        Ended { advice, error, abandon: false }
    }

    /// There is no connection because of the network, TLS or the WebSocket handshake.
    pub fn failed(error: Error) -> Ended {
        Ended { advice: Advice::Retry, error, abandon: false }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing is wanted.
    Idle,
    /// Waiting to try again.
    Waiting { until: Time },
    /// From the first DNS query to `connection_established`.
    Opening { since: Time, deadline: Time, opened: bool, early: u32 },
    /// Established.
    Open { since: Time },
}

#[derive(Debug)]
pub(super) struct Lifecycle {
    pub(super) phase: Phase,
    state: ConnectionState,
    pub(super) endpoints: Vec<Endpoint>,
    /// The endpoint of the present connection, or of the next try.
    pub(super) current: usize,
    /// How many have failed in this round.
    round: usize,
    /// Failed tries since the last connection, or since it was wanted.
    pub(super) tries: u32,
    /// How the last established connection was lost, for the gaps that it left.
    pub(super) loss: Option<Arc<Loss>>,
    backoff: Backoff,
    socket_id: Option<String>,
    /// Requests that are done when the connection is.
    pub(super) connecting: Vec<RequestId>,
    /// Since when there has been no connection although one is wanted.
    trying_since: Option<Time>,
    last_error: Option<(Time, ServerError)>,
    connect_timeout: Duration,
    unavailable_after: Duration,
}

impl Lifecycle {
    pub fn new(config: &SessionConfig, seed: u64) -> Lifecycle {
        Lifecycle {
            phase: Phase::Idle,
            state: ConnectionState::Initialized,
            endpoints: config.endpoints.clone(),
            current: 0,
            round: 0,
            tries: 0,
            loss: None,
            backoff: Backoff::new(config.backoff_min, config.backoff_max, seed),
            socket_id: None,
            connecting: Vec::new(),
            trying_since: None,
            last_error: None,
            connect_timeout: config.connect_timeout,
            unavailable_after: config.unavailable_after,
        }
    }

    pub fn state(&self) -> ConnectionState {
        self.state
    }

    pub fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Open { .. })
    }

    pub fn socket_id(&self) -> Option<&str> {
        self.socket_id.as_deref()
    }

    pub fn next_timeout(&self) -> Option<Time> {
        let phase = match self.phase {
            Phase::Idle | Phase::Open { .. } => None,
            Phase::Waiting { until } => Some(until),
            Phase::Opening { deadline, .. } => Some(deadline),
        };
        earliest(phase, self.unavailable_at())
    }

    fn endpoint(&self) -> &Endpoint {
        &self.endpoints[self.current]
    }

    /// Moves on to the next endpoint. False where that begins a new round, or there is only one.
    fn next_endpoint(&mut self) -> bool {
        self.current = (self.current + 1) % self.endpoints.len();
        self.round = (self.round + 1) % self.endpoints.len();
        self.round != 0
    }

    pub(super) fn failed_tries(&self) -> u32 {
        self.tries
    }

    fn unavailable_at(&self) -> Option<Time> {
        match self.state {
            ConnectionState::Connecting => Some(self.trying_since? + self.unavailable_after),
            _ => None,
        }
    }

    /// The change of state to tell, where it is one or a new try is planned.
    fn enter(
        &mut self,
        state: ConnectionState,
        reason: Option<&Error>,
        retry_in: Option<Duration>,
        sink: &mut dyn Sink,
    ) {
        let previous_state = std::mem::replace(&mut self.state, state);
        sink.view(View::Connection { state, socket_id: self.socket_id.as_deref() });
        if previous_state == state && retry_in.is_none() {
            return;
        }
        let event = Event::new(EventKind::StateChange, "pusher:state_change");
        let value = i64::from(self.tries);
        let event = Event { state, previous_state, retry_in, value, ..event };
        sink.event(&match reason {
            Some(error) => Event {
                status: error.status(),
                code: error.code(),
                ..event.with_text(error.message())
            },
            None => event,
        });
    }
}

impl Session {
    pub(super) fn connect(&mut self, now: Time, request: RequestId, sink: &mut dyn Sink) {
        match self.lifecycle.phase {
            Phase::Open { .. } => sink.event(&Event::completed(request, Ok(0))),
            _ if self.lifecycle.connecting.len() >= MAX_CONNECTING => {
                let text = format!("{MAX_CONNECTING} connects are waiting already");
                let error = Error::new(Status::QueueFull, text);
                sink.event(&Event::completed(request, Err(&error)));
            }
            Phase::Opening { .. } => self.lifecycle.connecting.push(request),
            Phase::Waiting { .. } => {
                self.lifecycle.connecting.push(request);
                self.open(now);
            }
            Phase::Idle => {
                self.lifecycle.connecting.push(request);
                self.lifecycle.trying_since = Some(now);
                self.lifecycle.tries = 0;
                self.lifecycle.enter(ConnectionState::Connecting, None, None, sink);
                self.open(now);
            }
        }
    }

    fn open(&mut self, now: Time) {
        let url = self.lifecycle.endpoint().websocket_url(
            &self.config.key,
            &self.config.client_name,
            &self.config.client_version,
        );
        self.lifecycle.last_error = None;
        let deadline = now + self.lifecycle.connect_timeout;
        self.lifecycle.phase = Phase::Opening { since: now, deadline, opened: false, early: 0 };
        self.note(LogLevel::Info, |session| {
            let lifecycle = &session.lifecycle;
            let (place, all) = (lifecycle.current + 1, lifecycle.endpoints.len());
            let to = address(lifecycle.endpoint());
            format!(
                "connecting to {to} (server {place} of {all}), after {} failed tries",
                lifecycle.tries
            )
        });
        self.actions.push_back(Action::Open { url });
    }

    pub(super) fn disconnect(&mut self, request: RequestId, sink: &mut dyn Sink) {
        let error = Error::new(Status::NotConnected, "the client was disconnected");
        self.hang_up(&error, sink);
        sink.event(&Event::completed(request, Ok(0)));
    }

    pub(super) fn close(&mut self, sink: &mut dyn Sink) {
        let error = Error::new(Status::Cancelled, "the client was closed");
        self.hang_up(&error, sink);
        self.cancel_subscriptions(&error, sink);
        self.cancel_sign_in(&error, sink);
        self.cancel_calls(&error, sink);
        self.closed = true;
    }

    /// Ends the connection because the application wants to.
    fn hang_up(&mut self, error: &Error, sink: &mut dyn Sink) {
        match self.lifecycle.phase {
            Phase::Idle | Phase::Waiting { .. } => {}
            Phase::Opening { .. } => self.actions.push_back(Action::Abandon),
            Phase::Open { .. } => self.actions.push_back(Action::Close { code: CLOSE_NORMAL }),
        }
        self.count_end(self.lifecycle.phase, Cause::Application);
        let was_idle = self.lifecycle.phase == Phase::Idle;
        // What is missed from here on is missed on purpose.
        self.lifecycle.loss = None;
        self.connection_gone(error, sink);
        for subscription in self.subscriptions.all_mut() {
            subscription.gap = None;
        }
        self.fail_publishes(error, sink);
        self.lifecycle.phase = Phase::Idle;
        self.lifecycle.trying_since = None;
        self.lifecycle.backoff.reset();
        if !was_idle {
            self.lifecycle.enter(ConnectionState::Disconnected, None, None, sink);
        }
        let cancelled = Error::new(Status::Cancelled, error.message());
        self.complete_connects(Err(&cancelled), sink);
    }

    /// `pusher:connection_established`
    pub(super) fn established(&mut self, now: Time, envelope: &Envelope<'_>, sink: &mut dyn Sink) {
        if !matches!(self.lifecycle.phase, Phase::Opening { .. }) {
            let text =
                "the server sent pusher:connection_established twice; the second was ignored";
            return sink.event(&Event::error(&Error::new(Status::Protocol, text)));
        }
        let established = match Established::parse(&envelope.data) {
            Ok(established) => established,
            Err(error) => {
                let ended = Ended { advice: Advice::Retry, error, abandon: true };
                return self.end_connection(now, ended, sink);
            }
        };
        self.lifecycle.phase = Phase::Open { since: now };
        self.lifecycle.trying_since = None;
        self.lifecycle.last_error = None;
        self.note(LogLevel::Info, |_| {
            format!("connected, with socket id {}", established.socket_id)
        });
        self.lifecycle.socket_id = Some(established.socket_id);
        self.heartbeat.start(now, established.activity_timeout);
        self.counters.connects.add(1);
        self.counters.connected_since.set(self.clock.now());
        self.lifecycle.enter(ConnectionState::Connected, None, None, sink);
        self.complete_connects(Ok(0), sink);
        // First, since presence channels may take their user from it.
        self.sign_in_again(now, sink);
        self.subscribe_all(now, sink);
    }

    /// Counts the frames before `pusher:connection_established`. False where this one is one too many,
    /// and the connection has been given up.
    pub(super) fn count_early(&mut self, now: Time, sink: &mut dyn Sink) -> bool {
        let Phase::Opening { early, .. } = &mut self.lifecycle.phase else { return true };
        *early += 1;
        if *early <= MAX_EARLY {
            return true;
        }
        let text = format!(
            "the server sent {MAX_EARLY} frames, and no pusher:connection_established; is it one of \
             the Pusher protocol?"
        );
        let error = Error::new(Status::Protocol, text);
        let ended = self.explained_by_error(now).unwrap_or(Ended::failed(error));
        self.end_connection(now, Ended { abandon: true, ..ended }, sink);
        false
    }

    /// `pusher:error`: an event, which never ends a connection by itself. If the server drops it
    /// right after, without a code, this says why.
    pub(super) fn server_error(&mut self, now: Time, envelope: &Envelope<'_>, sink: &mut dyn Sink) {
        let said = ServerError::parse(&envelope.data);
        let code = said.code.map_or(0, i32::from);
        let text = match Advice::explain(said.code.unwrap_or(0)) {
            _ if !said.message.is_empty() => said.message.clone(),
            "" => "the server reported an error without saying which".to_owned(),
            explained => explained.to_owned(),
        };
        let error = Error::new(Status::Refused, text).with_code(code);
        self.lifecycle.last_error = Some((now, said));
        if let Phase::Opening { deadline, .. } = &mut self.lifecycle.phase {
            // The close should follow; some servers leave the connection open, and useless.
            *deadline = (*deadline).min(now + ERROR_EXPLAINS_CLOSE);
        }
        let attributed = self.attribute_to_sign_in(now, &error, sink)
            || self.attribute_refusal(now, &error, sink);
        let mut event = Event { channel: envelope.channel.as_deref(), ..Event::error(&error) };
        // 43xx is about a client event, where it is about nothing else.
        let about = self.outbox.complained_about(now);
        let about = about.filter(|_| !attributed && matches!(code, 4300..=4399));
        if let Some((request, channel)) = about {
            event.request = request;
            event.channel = event.channel.or(Some(channel.as_str()));
        }
        sink.event(&event);
    }

    /// The connection is gone, or could not be made.
    pub fn handle_closed(&mut self, now: Time, ended: Ended, sink: &mut dyn Sink) {
        if self.closed || matches!(self.lifecycle.phase, Phase::Idle | Phase::Waiting { .. }) {
            return;
        }
        let unexplained = matches!(ended.error.code(), 1005 | 1006);
        let ended = self.explained_by_error(now).filter(|_| unexplained).unwrap_or(ended);
        self.logged(sink, |session, sink| session.end_connection(now, ended, sink));
    }

    /// Lets the last `pusher:error` explain an end without a code (1005, 1006): some servers send
    /// the error and then just drop the connection, or leave it open and useless.
    fn explained_by_error(&self, now: Time) -> Option<Ended> {
        let (when, ServerError { code, message }) = self.lifecycle.last_error.as_ref()?;
        let code = (*code)?;
        // Once established, errors are also sent about a single subscription or event (4000, 4009,
        // 43xx), with the connection left open; such a one must not give up the connection when
        // the network fails a moment later. Those about the URL cannot follow a greeting.
        let explains = match self.lifecycle.phase {
            Phase::Open { .. } => {
                now.since(*when) <= ERROR_EXPLAINS_CLOSE
                    && matches!(code, 4003 | 4004 | 4100..=4299)
            }
            _ => true,
        };
        explains.then(|| Ended::with_code(code, message))
    }

    /// The WebSocket is open; the server's first frame is awaited.
    pub fn handle_opened(&mut self, now: Time, sink: &mut dyn Sink) {
        if let Phase::Opening { opened, since, .. } = &mut self.lifecycle.phase {
            *opened = true;
            let after = now.since(*since);
            self.note(LogLevel::Debug, |_| format!("the WebSocket is open after {}", took(after)));
            self.logged(sink, |_, _| {});
        }
    }

    /// Forgets what belonged to the connection that was.
    fn connection_gone(&mut self, error: &Error, sink: &mut dyn Sink) {
        self.lifecycle.socket_id = None;
        self.paused = false;
        self.fail_pings(error, sink);
        self.forget_authorizations();
        self.signed_out_by_loss();
        self.fail_waiting_for_keys(error, sink);
        self.unsubscribed_by_loss(sink);
        self.publishing_interrupted();
    }

    fn complete_connects(&mut self, result: Result<i64, &Error>, sink: &mut dyn Sink) {
        for request in std::mem::take(&mut self.lifecycle.connecting) {
            sink.event(&Event::completed(request, result));
        }
    }

    pub(super) fn lifecycle_timeout(&mut self, now: Time, sink: &mut dyn Sink) {
        match self.lifecycle.phase {
            Phase::Waiting { until } if until <= now => self.open(now),
            Phase::Opening { deadline, opened, .. } if deadline <= now => {
                let seconds = self.lifecycle.connect_timeout.as_secs_f32();
                let text = match opened {
                    false => {
                        format!("no connection within {seconds} s; check host, port and firewall")
                    }
                    true => format!(
                        "the server opened the WebSocket, and then sent no \
                         pusher:connection_established within {seconds} s; is it one of the \
                         Pusher protocol?"
                    ),
                };
                let error = Error::new(Status::Timeout, text);
                let ended = self.explained_by_error(now).unwrap_or(Ended::failed(error));
                self.end_connection(now, Ended { abandon: true, ..ended }, sink);
            }
            _ => {}
        }
        if self.lifecycle.unavailable_at().is_some_and(|at| at <= now) {
            let retry_in = match self.lifecycle.phase {
                Phase::Waiting { until } => Some(until.since(now)),
                _ => None,
            };
            self.lifecycle.enter(ConnectionState::Unavailable, None, retry_in, sink);
        }
    }
}
