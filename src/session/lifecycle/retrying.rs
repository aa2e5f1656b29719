//! After a connection, or a try to make one: whether there is another, when, and where.

use std::time::Duration;

use super::{Ended, Phase};
use crate::error::{Error, Status};
use crate::protocol::close_code::Advice;
use crate::session::backoff::STABLE;
use crate::session::counters::Cause;
use crate::session::event::{ConnectionState, Event, Sink};
use crate::session::log::LogLevel;
use crate::session::time::Time;
use crate::session::{Action, RequestId, Session};

/// A try that began so shortly before a change of the network is let go on.
const FRESH_TRY: Duration = Duration::from_secs(2);

impl Session {
    /// Draws the consequences of a lost connection.
    pub(in crate::session) fn end_connection(
        &mut self,
        now: Time,
        ended: Ended,
        sink: &mut dyn Sink,
    ) {
        let Ended { mut advice, error, abandon } = ended;
        if abandon {
            self.actions.push_back(Action::Abandon);
        }
        self.count_end(self.lifecycle.phase, Cause::of(&error));
        let failed_try = matches!(self.lifecycle.phase, Phase::Opening { .. });
        if failed_try {
            self.lifecycle.tries = self.lifecycle.tries.saturating_add(1);
        }
        if let Phase::Open { since } = self.lifecycle.phase {
            self.lifecycle.trying_since = Some(now);
            self.lifecycle.tries = 0;
            self.lifecycle.loss = Some(self.loss(&error));
            // Not with every greeting: hosts that greet and then send away, each to the next, would
            // be gone round without a pause.
            if now.since(since) >= STABLE {
                self.lifecycle.backoff.reset();
                self.lifecycle.round = 0;
            }
        }
        // Frames for this connection must not reach the next one.
        self.actions.retain(|action| !matches!(action, Action::Send(_)));
        let lost = Error::new(Status::NotConnected, error.message()).with_code(error.code());
        self.connection_gone(&lost, sink);
        sink.event(&Event::error(&error));
        if advice == Advice::UseTls {
            let endpoint = &mut self.lifecycle.endpoints[self.lifecycle.current];
            match endpoint.is_tls() {
                true => advice = Advice::GiveUp,
                false => *endpoint = endpoint.clone().with_tls(true),
            }
        }
        if advice == Advice::GiveUp {
            return self.give_up(&error, sink);
        }
        let limit = self.config.max_tries;
        if limit > 0 && self.lifecycle.tries >= limit {
            let text = format!("gave up after {limit} tries; the last: {}", error.message());
            let error = Error::new(error.status(), text).with_code(error.code());
            return self.give_up(&error, sink);
        }
        let moved_on = match advice {
            // Whoever sends a try away, if only for now, is not worth waiting for.
            Advice::Retry | Advice::RetryNow => failed_try && self.lifecycle.next_endpoint(),
            Advice::BackOff => self.lifecycle.next_endpoint(),
            _ => false,
        };
        // A host that has not been tried yet is not made to wait for the others.
        let planned = match moved_on {
            true => Duration::ZERO,
            false => self.lifecycle.backoff.next_delay(advice),
        };
        // Where the application decides it is told the plan, which it can agree to.
        let delay = planned.max(self.config.retry_patience);
        let state = match self.lifecycle.state {
            ConnectionState::Unavailable => ConnectionState::Unavailable,
            _ => ConnectionState::Connecting,
        };
        self.lifecycle.phase = Phase::Waiting { until: now + delay };
        self.lifecycle.enter(state, Some(&error), Some(planned), sink);
        if delay.is_zero() {
            self.open(now);
        }
    }

    /// The application decides about the next try.
    pub(in crate::session) fn decide_retry(
        &mut self,
        now: Time,
        request: RequestId,
        delay: Option<Duration>,
        sink: &mut dyn Sink,
    ) {
        let Phase::Waiting { .. } = self.lifecycle.phase else {
            let text = "no try to connect is being waited for; it has begun, or is not wanted";
            let error = Error::new(Status::State, text);
            return sink.event(&Event::completed(request, Err(&error)));
        };
        match delay {
            // Not told by a change of state: a callback that decides about each would be asked again.
            Some(delay) => {
                self.note(LogLevel::Debug, |_| {
                    format!("the program wants the next try in {} ms", delay.as_millis())
                });
                self.lifecycle.phase = Phase::Waiting { until: now + delay };
                if delay.is_zero() {
                    self.open(now);
                }
            }
            None => {
                let text = "the application decided against another try";
                self.give_up(&Error::new(Status::Cancelled, text), sink);
            }
        }
        sink.event(&Event::completed(request, Ok(0)));
    }

    /// The machine has another network, or its clock jumped, as after a sleep: what is waited for
    /// may never come, and what has just failed may work now.
    pub fn network_changed(&mut self, now: Time) {
        self.note(LogLevel::Info, |_| "another network, or the machine has slept".to_owned());
        match self.lifecycle.phase {
            Phase::Idle => {}
            Phase::Waiting { .. } => {
                self.lifecycle.backoff.reset();
                self.open(now);
            }
            // It may hang in a network that is no more. One that has just begun does not.
            Phase::Opening { since, .. } if now.since(since) >= FRESH_TRY => {
                self.count_end(self.lifecycle.phase, Cause::Application);
                self.actions.push_back(Action::Abandon);
                self.open(now);
            }
            Phase::Opening { .. } => {}
            Phase::Open { .. } => self.probe(now),
        }
    }

    /// The server refused for good. What is subscribed stays wanted, for a later connect.
    fn give_up(&mut self, error: &Error, sink: &mut dyn Sink) {
        self.lifecycle.phase = Phase::Idle;
        self.lifecycle.trying_since = None;
        self.lifecycle.backoff.reset();
        self.lifecycle.enter(ConnectionState::Failed, Some(error), None, sink);
        self.complete_connects(Err(error), sink);
        self.cancel_subscriptions(error, sink);
        self.cancel_sign_in(error, sink);
        self.fail_publishes(error, sink);
    }
}
