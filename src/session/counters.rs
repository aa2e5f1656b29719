//! What is counted while the session works: written by whoever drives it, read from any thread.
//!
//! A counter has one writer, so that adding is a plain load and a store: an event hardly costs more for
//! being counted, and who reads waits for nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Status};
use crate::session::Session;
use crate::session::event::EventKind;
use crate::session::lifecycle::Phase;
use crate::session::round_trips::RoundTrips;

/// A number that one thread changes, and any may read.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    #[inline]
    pub fn add(&self, more: u64) {
        self.set(self.get().wrapping_add(more));
    }

    #[inline]
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    #[inline]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How a connection, or a try to make one, came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// DNS or TCP failed, or the connection just ended.
    Network,
    /// The server was silent, or a step of connecting took too long.
    Timeout,
    /// The TLS handshake failed.
    Tls,
    /// The server broke the protocol, or sent more than is allowed.
    Protocol,
    /// The server or a proxy refused before there was a WebSocket.
    Refused,
    /// Close code 4000: with TLS only.
    CloseTlsOnly,
    /// 4001 to 4099: not again.
    CloseFatal,
    /// 4100 to 4199, and 43xx: later.
    CloseBackOff,
    /// 4200 to 4299: at once.
    CloseReconnect,
    /// Another close code.
    CloseOther,
    /// The application disconnected or closed, or said that the network is another.
    Application,
}

impl Cause {
    pub const ALL: [Cause; 11] = [
        Cause::Network,
        Cause::Timeout,
        Cause::Tls,
        Cause::Protocol,
        Cause::Refused,
        Cause::CloseTlsOnly,
        Cause::CloseFatal,
        Cause::CloseBackOff,
        Cause::CloseReconnect,
        Cause::CloseOther,
        Cause::Application,
    ];

    pub fn of(error: &Error) -> Cause {
        match error.code() {
            4000 => return Cause::CloseTlsOnly,
            4001..=4099 => return Cause::CloseFatal,
            4100..=4199 | 4300..=4399 => return Cause::CloseBackOff,
            4200..=4299 => return Cause::CloseReconnect,
            // An HTTP status in the place of a WebSocket.
            100..=599 => return Cause::Refused,
            // No close frame at all.
            1006 => {}
            1000..=4999 => return Cause::CloseOther,
            _ => {}
        }
        match error.status() {
            Status::Timeout => Cause::Timeout,
            Status::Tls => Cause::Tls,
            Status::Protocol | Status::TooLarge => Cause::Protocol,
            Status::Refused | Status::Auth => Cause::Refused,
            _ => Cause::Network,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Cause::Network => "network",
            Cause::Timeout => "timeout",
            Cause::Tls => "tls",
            Cause::Protocol => "protocol",
            Cause::Refused => "refused",
            Cause::CloseTlsOnly => "close_tls_only",
            Cause::CloseFatal => "close_fatal",
            Cause::CloseBackOff => "close_back_off",
            Cause::CloseReconnect => "close_reconnect",
            Cause::CloseOther => "close_other",
            Cause::Application => "application",
        }
    }
}

/// One number for each cause.
#[derive(Debug, Default)]
pub struct ByCause([Counter; Cause::ALL.len()]);

impl ByCause {
    pub fn count(&self, cause: Cause) {
        self.0[cause as usize].add(1);
    }

    /// In the order of [`Cause::ALL`].
    pub fn get(&self) -> [u64; Cause::ALL.len()] {
        std::array::from_fn(|place| self.0[place].get())
    }
}

/// One number for each kind of event.
#[derive(Debug, Default)]
pub struct ByKind([Counter; EventKind::ALL.len()]);

impl ByKind {
    #[inline]
    pub fn count(&self, kind: EventKind) {
        self.0[kind as usize].add(1);
    }

    /// In the order of [`EventKind::ALL`].
    pub fn get(&self) -> [u64; EventKind::ALL.len()] {
        std::array::from_fn(|place| self.0[place].get())
    }
}

/// What a session counts of its connections. Bytes are those of what frames carry.
#[derive(Debug, Default)]
pub struct Counters {
    pub frames_in: Counter,
    pub bytes_in: Counter,
    pub frames_out: Counter,
    pub bytes_out: Counter,
    /// Connections that were begun, and those of them that were established.
    pub tries: Counter,
    pub connects: Counter,
    /// When the present connection was established, in milliseconds since 1970; 0 without one.
    pub connected_since: Counter,
    /// How established connections ended.
    pub losses: ByCause,
    /// How tries ended that came to none.
    pub failed_tries: ByCause,
    pub round_trips: RoundTrips,
}

/// What is counted of a channel, from its subscribe to its unsubscribe, over every reconnect.
#[derive(Debug, Default)]
pub struct ChannelCounters {
    pub messages: Counter,
    /// Of the messages' data.
    pub bytes: Counter,
    /// When the last one came, in milliseconds since 1970; 0 where there was none.
    pub last: Counter,
}

impl ChannelCounters {
    #[inline]
    pub(super) fn message(&self, data: Option<&str>, unix_ms: u64) {
        self.messages.add(1);
        self.bytes.add(data.map_or(0, str::len) as u64);
        self.last.set(unix_ms);
    }
}

impl Session {
    /// What is counted, for whoever wants to look at it while the session works.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// The connection, or the try to make one, is at its end.
    pub(super) fn count_end(&self, phase: Phase, cause: Cause) {
        match phase {
            Phase::Open { .. } => self.counters.losses.count(cause),
            Phase::Opening { .. } => self.counters.failed_tries.count(cause),
            Phase::Idle | Phase::Waiting { .. } => {}
        }
        self.counters.connected_since.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_own_place() {
        for (place, cause) in Cause::ALL.into_iter().enumerate() {
            assert_eq!(cause as usize, place);
        }
        for (place, kind) in EventKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
        }
    }

    #[test]
    fn a_close_code_says_more_than_a_status() {
        let cause = |status, code| Cause::of(&Error::new(status, "").with_code(code));
        assert_eq!(cause(Status::Refused, 4000), Cause::CloseTlsOnly);
        assert_eq!(cause(Status::Refused, 4001), Cause::CloseFatal);
        assert_eq!(cause(Status::Network, 4100), Cause::CloseBackOff);
        assert_eq!(cause(Status::Network, 4299), Cause::CloseReconnect);
        assert_eq!(cause(Status::Network, 4301), Cause::CloseBackOff);
        assert_eq!(cause(Status::Network, 1005), Cause::CloseOther);
        assert_eq!(cause(Status::Network, 4999), Cause::CloseOther);
        assert_eq!(cause(Status::Network, 1006), Cause::Network);
        assert_eq!(cause(Status::Network, 0), Cause::Network);
        assert_eq!(cause(Status::System, 0), Cause::Network);
        assert_eq!(cause(Status::Timeout, 0), Cause::Timeout);
        assert_eq!(cause(Status::Tls, 0), Cause::Tls);
        assert_eq!(cause(Status::TooLarge, 0), Cause::Protocol);
        assert_eq!(cause(Status::Protocol, 503), Cause::Refused);
    }
}
