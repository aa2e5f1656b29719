//! A client's state as JSON, for a support ticket. No secret is in it.

use serde_json::{Value, json};

use crate::client::Client;
use crate::client::metrics::Metrics;
use crate::engine::clock;
use crate::engine::past_errors::PastError;
use crate::error::Result;
use crate::session::EventKind;
use crate::session::counters::Cause;

/// How many numbers of requests are told.
const MANY: usize = 1000;

impl Client {
    /// Everything there is to know about the client at this moment, as JSON.
    pub fn dump(&self) -> Result<String> {
        let metrics = self.metrics()?;
        let errors = self.shared.errors.all();
        let watched = self.shared.watched.get();
        // What errors quote can be cleaned only by who knows the secrets.
        let looked = watched.and_then(|watched| {
            watched.look(|session, now| {
                let mut told: Vec<Value> =
                    errors.iter().map(|error| past_error(error, true)).collect();
                told.iter_mut().for_each(|error| session.redact(error));
                let mut state = session.dump(now);
                session.redact(&mut state);
                (state, told)
            })
        });
        let (session, errors) = looked.unwrap_or_else(|| {
            let told = errors.iter().map(|error| past_error(error, false)).collect();
            (json!("the network thread is busy, or hangs"), told)
        });
        let pending = self.shared.completions.pending();
        let dump = json!({
            "library": {
                "name": "pusherws",
                "version": env!("CARGO_PKG_VERSION"),
                "os": std::env::consts::OS,
                "architecture": std::env::consts::ARCH,
                "debug_build": cfg!(debug_assertions),
            },
            "at_ms": clock::unix_ms(),
            "state": metrics.state.name(),
            "closing": self.closing.load(std::sync::atomic::Ordering::Relaxed),
            "driver_ended": self.shared.driver.has_ended(),
            "delivery": {
                "by": self.delivery_name(),
                "bindings": self.bindings.count(),
            },
            "transport": watched.map(|watched| watched.options.describe()),
            "queue": self.shared.queue.describe(),
            "commands_waiting": self.shared.commands.load(std::sync::atomic::Ordering::Relaxed),
            "requests_pending": {
                "count": pending.len(),
                "requests": &pending[..pending.len().min(MANY)],
            },
            "session": session,
            "metrics": numbers(&metrics),
            "last_errors": errors,
        });
        Ok(format!("{dump:#}"))
    }

    fn delivery_name(&self) -> &'static str {
        match (self.consumer.list().is_some(), self.shares_list) {
            (_, true) => "shared_queue",
            (true, _) => "poll",
            _ if self.shared.receiver.get().is_some() => "inline",
            _ => "thread",
        }
    }
}

fn past_error(error: &PastError, with_text: bool) -> Value {
    json!({
        "at_ms": error.at,
        "kind": error.kind.name(),
        "status": format!("{:?}", error.status),
        "code": error.code,
        "request": error.request,
        "channel": error.channel,
        "text": with_text.then_some(&error.text),
    })
}

/// Channels are in the session's part.
fn numbers(metrics: &Metrics) -> Value {
    let kinds = EventKind::ALL.into_iter().filter(|kind| metrics.events(*kind) > 0);
    let kinds = kinds.map(|kind| (kind.name().to_owned(), json!(metrics.events(kind))));
    let by_cause = |count: &dyn Fn(Cause) -> u64| -> Value {
        let causes = Cause::ALL.into_iter().filter(|cause| count(*cause) > 0);
        causes.map(|cause| (cause.name().to_owned(), json!(count(cause)))).collect()
    };
    let times = &metrics.round_trips;
    json!({
        "connected_since_ms": metrics.connected_since,
        "events": kinds.collect::<Value>(),
        "frames_in": metrics.frames_in,
        "bytes_in": metrics.bytes_in,
        "frames_out": metrics.frames_out,
        "bytes_out": metrics.bytes_out,
        "unsent_bytes": metrics.unsent_bytes,
        "tries": metrics.tries,
        "connects": metrics.connects,
        "losses": by_cause(&|cause| metrics.losses(cause)),
        "failed_tries": by_cause(&|cause| metrics.failed_tries(cause)),
        "ping_us": {
            "count": times.count,
            "last": times.last,
            "min": times.min,
            "max": times.max,
            "p50": times.p50,
            "p90": times.p90,
            "p99": times.p99,
        },
    })
}
