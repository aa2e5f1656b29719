//! What a client has counted, at one moment.

use crate::client::Client;
use crate::error::Result;
use crate::protocol::channel::ChannelName;
use crate::session::counters::Cause;
use crate::session::round_trips::RoundTripTimes;
use crate::session::{ChannelState, ConnectionState, EventKind};

/// Everything is counted from the making of the client on, and never set back.
#[derive(Clone, Debug)]
pub struct Metrics {
    pub state: ConnectionState,
    /// In milliseconds since 1970; 0 without a connection.
    pub connected_since: u64,
    events: [u64; EventKind::ALL.len()],
    /// What text frames carried, as JSON and unpacked: neither their headers nor TLS.
    pub frames_in: u64,
    pub bytes_in: u64,
    pub frames_out: u64,
    pub bytes_out: u64,
    /// Messages that were dropped because the application did not keep up.
    pub dropped: u64,
    /// Events that wait for the application, and their bytes; the most that ever waited.
    pub queue_depth: u64,
    pub queue_bytes: u64,
    pub queue_high_water: u64,
    /// Bytes of frames that wait for the network.
    pub unsent_bytes: u64,
    /// Connections that were begun, and those of them that were established.
    pub tries: u64,
    pub connects: u64,
    losses: [u64; Cause::ALL.len()],
    failed_tries: [u64; Cause::ALL.len()],
    pub round_trips: RoundTripTimes,
    /// Those that are wanted, ordered by name.
    pub channels: Vec<ChannelMetrics>,
}

/// Counted from a channel's subscribe to its unsubscribe, over every reconnect.
#[derive(Clone, Debug)]
pub struct ChannelMetrics {
    pub name: ChannelName,
    pub state: ChannelState,
    pub messages: u64,
    /// Of the messages' data.
    pub bytes: u64,
    /// When the last message came, in milliseconds since 1970; 0 where there was none.
    pub last: u64,
}

impl Metrics {
    pub fn events(&self, kind: EventKind) -> u64 {
        self.events[kind as usize]
    }

    pub fn all_events(&self) -> u64 {
        self.events.iter().sum()
    }

    /// Established connections that ended so.
    pub fn losses(&self, cause: Cause) -> u64 {
        self.losses[cause as usize]
    }

    pub fn all_losses(&self) -> u64 {
        self.losses.iter().sum()
    }

    /// Tries to connect that ended so.
    pub fn failed_tries(&self, cause: Cause) -> u64 {
        self.failed_tries[cause as usize]
    }

    pub fn all_failed_tries(&self) -> u64 {
        self.failed_tries.iter().sum()
    }
}

impl Client {
    /// What has been counted so far. Waits for nobody, whatever the client is doing.
    pub fn metrics(&self) -> Result<Metrics> {
        self.check_process()?;
        let (shared, counters) = (&self.shared, &self.counters);
        let facts = shared.lookup.lock();
        let state = facts.state;
        let mut channels: Vec<_> = facts
            .channels
            .iter()
            .map(|(name, facts)| ChannelMetrics {
                name: name.clone(),
                state: facts.state,
                messages: facts.counters.messages.get(),
                bytes: facts.counters.bytes.get(),
                last: facts.counters.last.get(),
            })
            .collect();
        drop(facts);
        channels.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(Metrics {
            state,
            connected_since: counters.connected_since.get(),
            events: shared.events.get(),
            frames_in: counters.frames_in.get(),
            bytes_in: counters.bytes_in.get(),
            frames_out: counters.frames_out.get(),
            bytes_out: counters.bytes_out.get(),
            dropped: shared.queue.dropped(),
            queue_depth: shared.queue.depth() as u64,
            queue_bytes: shared.queue.bytes() as u64,
            queue_high_water: shared.queue.high_water() as u64,
            unsent_bytes: shared.unsent.load(std::sync::atomic::Ordering::Relaxed) as u64,
            tries: counters.tries.get(),
            connects: counters.connects.get(),
            losses: counters.losses.get(),
            failed_tries: counters.failed_tries.get(),
            round_trips: counters.round_trips.get(),
            channels,
        })
    }
}
