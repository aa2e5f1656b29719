//! What a session is, wants and waits for, as JSON for people. No secret is in it.
//!
//! Lists are cut, so that a dump has an end whatever the application asked for; what is left out is
//! counted.

use std::time::Duration;

use serde_json::{Value, json};

use crate::protocol::endpoint::Endpoint;
use crate::protocol::http::without_secrets;
use crate::protocol::redact;
use crate::session::authorizing::{Pending, Step, Subject};
use crate::session::config::{AuthEndpoint, Authorizer, SessionConfig};
use crate::session::lifecycle::Phase;
use crate::session::subscriptions::Subscription;
use crate::session::time::Time;
use crate::session::{RequestId, Session};

/// How much of each list is told.
const MANY: usize = 1000;

impl Session {
    /// Times are in milliseconds: how long ago, or how long still.
    pub fn dump(&self, now: Time) -> Value {
        json!({
            "config": self.config.dump(),
            "connection": self.dump_connection(now),
            "reading_paused": self.paused,
            "closed": self.closed,
            "timers_in_ms": self.dump_timers(now),
            "pending": self.dump_pending(now),
            "sign_in": {
                "wanted": self.sign_in.wanted,
                "step": self.sign_in.name(),
                "user_id": self.sign_in.user_id(),
            },
            "channels": self.dump_channels(now),
        })
    }

    /// Takes out of all texts what is known to be a secret, and what looks like one.
    pub fn redact(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                self.erase_secrets(text);
                *text = redact::text(text);
            }
            Value::Array(list) => list.iter_mut().for_each(|value| self.redact(value)),
            Value::Object(map) => map.values_mut().for_each(|value| self.redact(value)),
            _ => {}
        }
    }

    fn erase_secrets(&self, text: &mut String) {
        self.config.authorizer.erase_secrets(text);
        for pending in self.authorizations.pending.values() {
            for (_, value) in pending.headers.iter().chain(&pending.params) {
                redact::erase_value(text, value);
            }
        }
    }

    fn dump_connection(&self, now: Time) -> Value {
        let lifecycle = &self.lifecycle;
        let ago = |then: Time| ms(now.since(then));
        let (phase, since) = match lifecycle.phase {
            Phase::Idle => ("idle", None),
            Phase::Waiting { .. } => ("waiting", None),
            Phase::Opening { since, opened: false, .. } => ("opening", Some(since)),
            Phase::Opening { since, .. } => ("websocket_open", Some(since)),
            Phase::Open { since } => ("established", Some(since)),
        };
        let endpoint = &lifecycle.endpoints[lifecycle.current];
        json!({
            "state": lifecycle.state().name(),
            "phase": phase,
            "for_ms": since.map(ago),
            "socket_id": lifecycle.socket_id(),
            "server": address(endpoint),
            "failed_tries": lifecycle.tries,
            "last_heard_ms_ago": self.is_connected().then(|| ago(self.heartbeat.last_heard)),
            "activity_timeout_ms": self.is_connected().then(|| ms(self.heartbeat.interval)),
        })
    }

    /// What `poll_timeout` is made of.
    fn dump_timers(&self, now: Time) -> Value {
        let left = |due: Option<Time>| due.map(|due| ms(due.since(now)));
        let connected = self.lifecycle.is_connected();
        let heartbeat = connected.then(|| self.heartbeat.next_timeout(self.paused)).flatten();
        let no_pong = self.heartbeat.dead_at.filter(|_| connected && !self.paused);
        json!({
            "connection": left(self.lifecycle.next_timeout()),
            "ping_or_pong": left(heartbeat),
            "counts_as_dead": left(no_pong),
            "authorization": left(self.authorizations.next_timeout()),
            "http_call": left(self.calls.next_timeout()),
            "subscription": left(self.subscriptions.deadlines.next()),
            "presence_grace": left(self.subscriptions.grace.next()),
            "sign_in": left(self.sign_in.next_timeout()),
            "publish": left(self.outbox.next_timeout()),
        })
    }

    /// Requests by their numbers, and for what they wait.
    fn dump_pending(&self, now: Time) -> Value {
        let pings = &self.heartbeat.unanswered;
        let asked: Vec<RequestId> = pings.iter().filter_map(|ping| ping.request).collect();
        let publishes = self.outbox.kept.iter().take(MANY).map(|kept| {
            json!({
                "request": kept.request,
                "channel": kept.event.channel.as_str(),
                "event": kept.event.name,
                "bytes": kept.event.frame.len(),
                "gives_up_in_ms": ms(kept.due.since(now)),
            })
        });
        let authorizations = self.authorizations.pending.iter().take(MANY);
        let authorizations = authorizations.map(|(id, pending)| authorization(*id, pending, now));
        let calls: Vec<RequestId> = self.calls.requests().collect();
        json!({
            "connects": numbers(&self.lifecycle.connecting),
            "pings": numbers(&asked),
            "unanswered_pings": pings.len(),
            "oldest_ping_ms_ago": pings.front().map(|ping| ms(now.since(ping.sent))),
            "publishes": publishes.collect::<Vec<_>>(),
            "publishes_left_out": self.outbox.kept.len().saturating_sub(MANY),
            "authorizations": authorizations.collect::<Vec<_>>(),
            "authorizations_left_out": self.authorizations.pending.len().saturating_sub(MANY),
            "sign_ins": numbers(&self.sign_in.waiting),
            "http_calls": numbers(&calls),
        })
    }

    fn dump_channels(&self, now: Time) -> Value {
        let mut all: Vec<&Subscription> =
            self.subscriptions.wanted.values().map(AsRef::as_ref).collect();
        all.sort_unstable_by_key(|subscription| subscription.order);
        let left_out = all.len().saturating_sub(MANY);
        let told = all.into_iter().take(MANY).map(|subscription| {
            json!({
                "name": subscription.name.as_str(),
                "state": subscription.state.name(),
                "authorizing": subscription.authorizing,
                "members": subscription.members.as_ref().map(|members| members.len()),
                "members_gone_in_ms": subscription.gone_at.map(|at| ms(at.since(now))),
                "has_gap": subscription.gap.is_some(),
                "has_key": subscription.encryption.key.is_some(),
                "requests": numbers(&subscription.waiting),
                "messages": subscription.counters.messages.get(),
                "bytes": subscription.counters.bytes.get(),
                "last_message_at_ms": subscription.counters.last.get(),
            })
        });
        json!({ "list": told.collect::<Vec<_>>(), "left_out": left_out })
    }
}

impl SessionConfig {
    fn dump(&self) -> Value {
        json!({
            "key": self.key,
            "servers": self.endpoints.iter().map(address).collect::<Vec<_>>(),
            "client": format!("{} {}", self.client_name, self.client_version),
            "authorization": match &self.authorizer {
                Authorizer::None => json!("none"),
                Authorizer::Secret { master_key, .. } => json!({
                    "by": "secret", "master_key": master_key.is_some(),
                }),
                Authorizer::Endpoint(endpoint) => endpoint.dump(),
                Authorizer::Application { batches } => json!({
                    "by": "application", "batches": batches,
                }),
            },
            "has_presence_user": self.channel_data.is_some(),
            "has_user": self.user_data.is_some(),
            "auth_timeout_ms": ms(self.auth_timeout),
            "connect_timeout_ms": ms(self.connect_timeout),
            "activity_timeout_ms": ms(self.activity_timeout),
            "pong_timeout_ms": ms(self.pong_timeout),
            "subscribe_timeout_ms": ms(self.subscribe_timeout),
            "backoff_ms": [ms(self.backoff_min), ms(self.backoff_max)],
            "max_tries": self.max_tries,
            "retry_patience_ms": ms(self.retry_patience),
            "publish_queue": self.publish_queue,
            "publish_ttl_ms": ms(self.publish_ttl),
            "publish_rate": self.publish_rate,
            "over_limit": format!("{:?}", self.over_limit),
            "presence_grace_ms": ms(self.presence_grace),
            "log_level": self.log_level.map(|level| format!("{level:?}")),
        })
    }
}

impl AuthEndpoint {
    /// Of headers and parameters the names.
    fn dump(&self) -> Value {
        let requests = &self.requests;
        let names = |list: &[(String, String)]| -> Vec<String> {
            list.iter().map(|(name, _)| name.clone()).collect()
        };
        let url = |url: &Option<String>| url.as_deref().map(without_secrets);
        json!({
            "by": "endpoint",
            "channel_url": url(&requests.channel_url),
            "user_url": url(&requests.user_url),
            "json": requests.json,
            "headers": names(&requests.headers),
            "params": names(&requests.params),
            "batches": self.batches,
            "ask_for_headers": self.ask_for_headers,
            "timeout_ms": ms(self.timeout),
            "tries": self.tries,
            "parallel": self.parallel,
        })
    }
}

fn authorization(id: u64, pending: &Pending, now: Time) -> Value {
    let subject = match &pending.subject {
        Subject::User => json!("user"),
        Subject::Key(channel) => json!({ "key_of": channel.as_str() }),
        Subject::Channels(channels) => {
            json!(channels.iter().map(|channel| channel.as_str()).collect::<Vec<_>>())
        }
    };
    let step = match pending.step {
        Step::Application => "application",
        Step::Queued => "queued",
        Step::Http(_) => "http",
        Step::Answered => "answered",
        Step::RetryAt(_) => "retry",
    };
    json!({
        "id": id,
        "for": subject,
        "step": step,
        "failed_tries": pending.tries,
        "gives_up_in_ms": pending.deadline.map(|deadline| ms(deadline.since(now))),
    })
}

/// The first of them, and how many there are.
fn numbers(requests: &[RequestId]) -> Value {
    let first = &requests[..requests.len().min(MANY)];
    json!({ "count": requests.len(), "requests": first })
}

pub(super) fn address(endpoint: &Endpoint) -> String {
    let scheme = if endpoint.is_tls() { "wss" } else { "ws" };
    format!("{scheme}://{}:{}", endpoint.host_name(), endpoint.port())
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
