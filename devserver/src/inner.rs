//! Applications and connections: what the hub's mutex guards.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use crate::config::{App, Config};
use crate::faults::Faults;
use crate::frames;
use crate::outbox::{Item, Outbox};
use crate::state::{AuthRequest, ChannelState, ConnectRequest, ConnectionState, State};
use crate::subscriptions::Channel;
use crate::users::SignedIn;

/// Ended connections and auth requests beyond this many are forgotten.
const HISTORY: usize = 1000;

#[derive(Default)]
pub(crate) struct Counters {
    pub accepted: u64,
    pub tls_failures: u64,
    pub upgrades: u64,
    pub upgrades_refused: u64,
    pub api_requests: u64,
}

pub(crate) struct AppState {
    pub app: App,
    pub channels: BTreeMap<String, Channel>,
    /// The users who are signed in, with their connections.
    pub users: BTreeMap<String, BTreeSet<u64>>,
}

impl AppState {
    fn new(app: App) -> AppState {
        AppState { app, channels: BTreeMap::new(), users: BTreeMap::new() }
    }
}

pub(crate) struct Inner {
    pub config: Config,
    pub apps: Vec<AppState>,
    pub connections: BTreeMap<u64, Connection>,
    pub faults: Faults,
    pub auth_requests: VecDeque<AuthRequest>,
    pub counters: Counters,
    socket_base: u32,
    last_id: u64,
}

pub(crate) struct Connection {
    pub socket_id: String,
    /// The application, once it is known that it may connect.
    pub app: Option<usize>,
    pub request: Arc<ConnectRequest>,
    pub outbox: Arc<Outbox>,
    pub open: bool,
    pub established: bool,
    /// A close is queued: nothing may follow it.
    pub closing: bool,
    /// Has signed in or subscribed with a signature.
    pub authorized: bool,
    pub rejected: Option<u16>,
    pub channels: BTreeSet<String>,
    pub user: Option<SignedIn>,
    /// The second in which client events are counted, and their number.
    pub client_events: (Instant, u32),
    received: VecDeque<Arc<str>>,
    received_count: u64,
    pub binary_received: u64,
    pub pings: u64,
    pub pongs: u64,
    pub ws_pings: u64,
    pub ws_pongs: u64,
    pub close_received: Option<(Option<u16>, String)>,
    sent_count: u64,
}

impl Connection {
    fn snapshot(&self) -> ConnectionState {
        ConnectionState {
            socket_id: self.socket_id.clone(),
            open: self.open,
            established: self.established,
            rejected: self.rejected,
            request: self.request.clone(),
            channels: self.channels.iter().cloned().collect(),
            user_id: self.user.as_ref().map(|user| user.id.clone()),
            received: self.received.iter().cloned().collect(),
            received_count: self.received_count,
            binary_received: self.binary_received,
            pings: self.pings,
            pongs: self.pongs,
            ws_pings: self.ws_pings,
            ws_pongs: self.ws_pongs,
            close_received: self.close_received.clone(),
            sent_count: self.sent_count,
            queued_bytes: self.outbox.bytes(),
        }
    }
}

impl Inner {
    pub fn new(config: Config) -> Inner {
        Inner {
            apps: config.apps.iter().cloned().map(AppState::new).collect(),
            config,
            connections: BTreeMap::new(),
            faults: Faults::default(),
            auth_requests: VecDeque::new(),
            counters: Counters::default(),
            // Different from run to run: an auth answer for an old server must not fit.
            socket_base: fastrand::u32(100_000..u32::MAX),
            last_id: 0,
        }
    }

    /// Enters a connection whose upgrade was answered; see `admission` for what happens next.
    pub fn enter(&mut self, request: ConnectRequest, outbox: Arc<Outbox>) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        let connection = Connection {
            socket_id: format!(
                "{}.{}",
                self.socket_base,
                fastrand::u32(1000..1_000_000) as u64 + id * 1_000_000
            ),
            app: None,
            request: Arc::new(request),
            outbox,
            open: true,
            established: false,
            closing: false,
            authorized: false,
            rejected: None,
            channels: BTreeSet::new(),
            user: None,
            client_events: (Instant::now(), 0),
            received: VecDeque::new(),
            received_count: 0,
            binary_received: 0,
            pings: 0,
            pongs: 0,
            ws_pings: 0,
            ws_pongs: 0,
            close_received: None,
            sent_count: 0,
        };
        self.connections.insert(id, connection);
        id
    }

    /// A connection has ended, in whatever way.
    pub fn leave(&mut self, id: u64) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.open = false;
        connection.outbox.close();
        let channels: Vec<String> = connection.channels.iter().cloned().collect();
        for channel in channels {
            self.unsubscribe(id, &channel);
        }
        self.sign_out(id);
        let ended = self.connections.values().filter(|c| !c.open).count();
        if ended > HISTORY
            && let Some(oldest) = self.connections.iter().find(|(_, c)| !c.open).map(|(id, _)| *id)
        {
            self.connections.remove(&oldest);
        }
    }

    /// Logs a text frame from a client.
    pub fn log(&mut self, id: u64, text: &str) {
        let max = self.config.limits.logged_frames;
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.received_count += 1;
        connection.received.push_back(text.into());
        if connection.received.len() > max {
            connection.received.pop_front();
        }
    }

    /// Logs a request to an authorisation endpoint and gives it a number.
    pub fn log_auth(&mut self, mut request: AuthRequest) -> u64 {
        request.id = self.auth_requests.back().map_or(1, |last| last.id + 1);
        let id = request.id;
        self.auth_requests.push_back(request);
        if self.auth_requests.len() > HISTORY {
            self.auth_requests.pop_front();
        }
        id
    }

    pub fn log_auth_status(&mut self, id: u64, status: u16) {
        if let Some(request) = self.auth_requests.iter_mut().find(|request| request.id == id) {
            request.status = status;
        }
    }

    /// Forgets what has ended and what was logged and cached.
    pub fn forget(&mut self) {
        self.connections.retain(|_, connection| connection.open);
        for connection in self.connections.values_mut() {
            connection.received.clear();
        }
        for app in &mut self.apps {
            app.channels.retain(|_, channel| {
                channel.cached = None;
                !channel.subscribers.is_empty()
            });
        }
        self.auth_requests.clear();
    }

    /// The application of a connection.
    pub fn app_of(&self, id: u64) -> Option<usize> {
        self.connections.get(&id)?.app
    }

    /// The connections a test addresses: one by its socket id, or all which are open.
    pub fn targets(&self, socket_id: Option<&str>) -> Vec<u64> {
        self.connections
            .iter()
            .filter(|(_, c)| c.open && socket_id.is_none_or(|wanted| c.socket_id == wanted))
            .map(|(id, _)| *id)
            .collect()
    }

    /// Queues the text of a frame for one connection.
    pub fn send(&mut self, id: u64, text: &str) {
        let frame = self.encode(text);
        self.send_frame(id, &frame);
    }

    /// Queues the same frame for several connections; it is encoded once.
    pub fn send_all(&mut self, ids: &[u64], text: &str) {
        let frame = self.encode(text);
        for id in ids {
            self.send_frame(*id, &frame);
        }
    }

    pub fn encode(&self, text: &str) -> bytes::Bytes {
        if self.config.quirks.newline {
            frames::text_frame(&format!("{text}\n"))
        } else {
            frames::text_frame(text)
        }
    }

    fn send_frame(&mut self, id: u64, frame: &bytes::Bytes) {
        let max = self.config.limits.queue_bytes;
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if connection.closing {
            return;
        }
        connection.sent_count += 1;
        if connection.outbox.push(Item::Frames(frame.clone())) > max {
            // As Sockudo does with a slow consumer: memory stays bounded, the client is told.
            self.close(id, Some(4100), "Connection is too slow");
        }
    }

    /// Counts frames which went into a queue by another way.
    pub fn count_sent(&mut self, ids: &[u64], frames: u64) {
        for id in ids {
            if let Some(connection) = self.connections.get_mut(id) {
                connection.sent_count += frames;
            }
        }
    }

    /// Queues an instruction for the writer of one connection.
    pub fn instruct(&mut self, id: u64, item: Item) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.closing |= !matches!(item, Item::Frames(_) | Item::Bytes(_));
            connection.outbox.push(item);
        }
    }

    /// Sends `pusher:error` without closing.
    pub fn send_error(&mut self, id: u64, code: Option<u16>, message: &str) {
        let text = frames::error(code, message, &self.config.quirks);
        self.send(id, &text);
    }

    /// Closes with a close frame.
    pub fn close(&mut self, id: u64, code: Option<u16>, reason: &str) {
        self.instruct(id, Item::Close(code, reason.to_owned()));
    }

    /// Sends `pusher:error`, then closes with the same code.
    pub fn error_and_close(&mut self, id: u64, code: u16, message: &str) {
        self.send_error(id, Some(code), message);
        self.close(id, Some(code), message);
    }

    pub fn snapshot(&self) -> State {
        State {
            accepted: self.counters.accepted,
            tls_failures: self.counters.tls_failures,
            upgrades: self.counters.upgrades,
            upgrades_refused: self.counters.upgrades_refused,
            connections: self.connections.values().map(Connection::snapshot).collect(),
            channels: self
                .apps
                .iter()
                .flat_map(|app| {
                    app.channels.iter().map(|(name, channel)| ChannelState {
                        app: app.app.id.clone(),
                        name: name.clone(),
                        subscriptions: channel.subscribers.len(),
                        members: channel.members.keys().cloned().collect(),
                        cached: channel.cached.is_some(),
                    })
                })
                .collect(),
            auth_requests: self.auth_requests.iter().cloned().collect(),
            api_requests: self.counters.api_requests,
            faults: self.faults.list(),
        }
    }
}
