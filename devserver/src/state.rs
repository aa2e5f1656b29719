//! What tests may look at: a copy of the server's state at one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::faults::FaultState;

/// The request with which a WebSocket was opened.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ConnectRequest {
    /// The path, such as `/app/app-key`.
    pub path: String,
    /// The application key in the path; empty if the path has none.
    pub key: String,
    /// The parameters of the query.
    pub query: BTreeMap<String, String>,
    /// The headers, with lowercase names.
    pub headers: BTreeMap<String, String>,
    /// The address of the client.
    pub peer: String,
}

/// A connection, open or ended.
#[derive(Clone, Debug, Serialize)]
pub struct ConnectionState {
    /// The socket id; one turned away has one too, though the client was never told.
    pub socket_id: String,
    /// Whether the connection is still there.
    pub open: bool,
    /// Whether `connection_established` was sent.
    pub established: bool,
    /// The code with which it was turned away.
    pub rejected: Option<u16>,
    /// The request which opened it.
    pub request: Arc<ConnectRequest>,
    /// The channels it is subscribed to.
    pub channels: Vec<String>,
    /// The user it is signed in as.
    pub user_id: Option<String>,
    /// The text frames received, in order.
    pub received: Vec<Arc<str>>,
    /// How many text frames were received, also those no longer kept in `received`.
    pub received_count: u64,
    /// How many binary frames were received.
    pub binary_received: u64,
    /// How many `pusher:ping` were received.
    pub pings: u64,
    /// How many `pusher:pong` were received.
    pub pongs: u64,
    /// How many WebSocket pings were received.
    pub ws_pings: u64,
    /// How many WebSocket pongs were received.
    pub ws_pongs: u64,
    /// The close frame the client sent: its code, if it had one, and reason. An answer to the
    /// server's own close frame is one too.
    pub close_received: Option<(Option<u16>, String)>,
    /// How many frames were queued for the client.
    pub sent_count: u64,
    /// The bytes which wait to be written.
    pub queued_bytes: usize,
}

impl ConnectionState {
    /// The frames received, parsed; those which are not JSON are left out.
    pub fn frames(&self) -> impl Iterator<Item = Value> + '_ {
        self.received.iter().filter_map(|text| serde_json::from_str(text).ok())
    }

    /// The frames received with this event name.
    pub fn events<'a>(&'a self, event: &'a str) -> impl Iterator<Item = Value> + 'a {
        self.frames().filter(move |frame| frame["event"] == event)
    }

    /// Whether it is subscribed to a channel.
    pub fn is_subscribed(&self, channel: &str) -> bool {
        self.channels.iter().any(|name| name == channel)
    }
}

/// A channel somebody is subscribed to, or with a cached event.
#[derive(Clone, Debug, Serialize)]
pub struct ChannelState {
    /// The id of the application.
    pub app: String,
    /// The name of the channel.
    pub name: String,
    /// How many connections are subscribed.
    pub subscriptions: usize,
    /// The ids of the members of a presence channel.
    pub members: Vec<String>,
    /// Whether an event is cached.
    pub cached: bool,
}

/// A request to an authorisation endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct AuthRequest {
    /// Its number, from 1.
    pub id: u64,
    /// The path: `/pusher/auth` or `/pusher/user-auth`.
    pub path: String,
    /// The headers, with lowercase names.
    pub headers: BTreeMap<String, String>,
    /// The parameters, from the query and from a form or JSON body.
    pub params: BTreeMap<String, String>,
    /// The status of the answer; 0 while there is none.
    pub status: u16,
}

/// Everything, at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct State {
    /// TCP connections accepted, of any kind.
    pub accepted: u64,
    /// TLS handshakes which failed.
    pub tls_failures: u64,
    /// WebSocket upgrades asked for, also those refused.
    pub upgrades: u64,
    /// WebSocket upgrades which were refused, dropped or left without an answer.
    pub upgrades_refused: u64,
    /// Connections in the order in which they came, also those which have ended.
    pub connections: Vec<ConnectionState>,
    /// The channels in use.
    pub channels: Vec<ChannelState>,
    /// The requests to the authorisation endpoints.
    pub auth_requests: Vec<AuthRequest>,
    /// How many requests came to the HTTP API.
    pub api_requests: u64,
    /// The faults on order.
    pub faults: Vec<FaultState>,
}

impl State {
    /// The connections which are established and open.
    pub fn open(&self) -> impl Iterator<Item = &ConnectionState> {
        self.connections.iter().filter(|c| c.open && c.established)
    }

    /// How many connections are established and open.
    pub fn open_count(&self) -> usize {
        self.open().count()
    }

    /// The connection with this socket id.
    pub fn connection(&self, socket_id: &str) -> Option<&ConnectionState> {
        self.connections.iter().find(|c| c.socket_id == socket_id)
    }

    /// The connection which came last.
    pub fn last(&self) -> Option<&ConnectionState> {
        self.connections.last()
    }

    /// The channel of this name, if it is in use.
    pub fn channel(&self, name: &str) -> Option<&ChannelState> {
        self.channels.iter().find(|c| c.name == name)
    }

    /// How many connections are subscribed to a channel.
    pub fn subscriptions(&self, channel: &str) -> usize {
        self.channel(channel).map_or(0, |c| c.subscriptions)
    }

    /// How often the frames with this event name were received, over all connections.
    pub fn received(&self, event: &str) -> usize {
        self.connections.iter().map(|c| c.events(event).count()).sum()
    }

    /// How often a fault has happened.
    pub fn fired(&self, fault: u64) -> u64 {
        self.faults.iter().find(|f| f.id == fault).map_or(0, |f| f.fired)
    }
}

/// A condition did not come true in time.
#[derive(Debug)]
pub struct TimedOut(
    /// The state at the end of the time.
    pub Box<State>,
);

impl std::fmt::Display for TimedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let State { upgrades, connections, .. } = &*self.0;
        let open = self.0.open_count();
        let seen = connections.len();
        write!(
            f,
            "it did not come true in time; {upgrades} upgrades, {seen} connections, {open} open"
        )
    }
}

impl std::error::Error for TimedOut {}
