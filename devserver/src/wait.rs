//! Conditions in JSON, so that tests in other languages need not sleep either.

use serde::Deserialize;

use crate::state::State;

/// All which are given have to hold at the same time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wait {
    #[serde(default = "five_seconds")]
    pub timeout_ms: u64,
    /// Exactly so many connections are established and open.
    connections: Option<usize>,
    /// At least so many WebSocket upgrades were asked for since the start.
    upgrades: Option<u64>,
    /// The channel is subscribed to by exactly `subscriptions` connections, or at least by one.
    channel: Option<String>,
    subscriptions: Option<usize>,
    /// Frames with this event name (or, with `contains`, with this text in them) were received by
    /// at least `count` (1), on all connections or on the one with `socket_id`.
    event: Option<String>,
    contains: Option<String>,
    count: Option<usize>,
    socket_id: Option<String>,
    /// This user is signed in.
    user: Option<String>,
    /// At least so many requests came to the authorisation endpoints.
    auth_requests: Option<usize>,
    /// The fault of this number has happened at least `fired` (1) times.
    fault: Option<u64>,
    fired: Option<u64>,
}

fn five_seconds() -> u64 {
    5000
}

impl Wait {
    pub fn holds(&self, state: &State) -> bool {
        self.connections.is_none_or(|n| state.open_count() == n)
            && self.upgrades.is_none_or(|n| state.upgrades >= n)
            && self.channel.as_deref().is_none_or(|name| {
                let now = state.subscriptions(name);
                self.subscriptions.map_or(now > 0, |wanted| now == wanted)
            })
            && self.received(state)
            && self
                .user
                .as_deref()
                .is_none_or(|id| state.open().any(|c| c.user_id.as_deref() == Some(id)))
            && self
                .auth_requests
                .is_none_or(|n| state.auth_requests.last().map_or(0, |last| last.id) >= n as u64)
            && self.fault.is_none_or(|id| state.fired(id) >= self.fired.unwrap_or(1))
    }

    fn received(&self, state: &State) -> bool {
        if self.event.is_none() && self.contains.is_none() && self.count.is_none() {
            return self.socket_id.as_deref().is_none_or(|id| state.connection(id).is_some());
        }
        let found = state
            .connections
            .iter()
            .filter(|c| self.socket_id.as_ref().is_none_or(|id| c.socket_id == *id))
            .flat_map(|c| &c.received)
            .filter(|text| self.contains.as_ref().is_none_or(|part| text.contains(part.as_str())))
            .filter(|text| {
                self.event.as_deref().is_none_or(|event| {
                    serde_json::from_str::<serde_json::Value>(text)
                        .is_ok_and(|frame| frame["event"] == event)
                })
            })
            .count();
        found >= self.count.unwrap_or(1)
    }
}
