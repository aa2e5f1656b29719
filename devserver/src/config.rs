//! What a server is started with.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::quirks::Quirks;

/// An application: who may connect and what they may do.
#[derive(Clone, Debug)]
pub struct App {
    /// The id in the paths of the HTTP API.
    pub id: String,
    /// The key in the path of the WebSocket.
    pub key: String,
    /// The secret that signs.
    pub secret: String,
    /// Whether client events are taken. Default: yes.
    pub client_events: bool,
    /// Whether `pusher:signin` is taken. Default: yes.
    pub user_authentication: bool,
    /// Whether `subscription_count` frames are sent. Default: no, as with Pusher.
    pub subscription_count: bool,
    /// A disabled application answers 4003. Default: enabled.
    pub enabled: bool,
    /// Connections beyond this number are turned away with 4004.
    pub max_connections: Option<usize>,
}

impl App {
    /// An enabled application without a connection limit.
    pub fn new(id: &str, key: &str, secret: &str) -> App {
        App {
            id: id.to_owned(),
            key: key.to_owned(),
            secret: secret.to_owned(),
            client_events: true,
            user_authentication: true,
            subscription_count: false,
            enabled: true,
            max_connections: None,
        }
    }
}

impl Default for App {
    fn default() -> App {
        App::new("app-id", "app-key", "app-secret")
    }
}

/// When the server pings with `pusher:ping`, and for how long it waits.
#[derive(Clone, Copy, Debug)]
pub struct Pings {
    /// Ping after this long without a text frame from the client. A WebSocket-level pong does not
    /// count, as with Sockudo.
    pub every: Duration,
    /// Close with 4201 when no text frame followed within this time.
    pub timeout: Duration,
}

/// Sizes and rates which are enforced.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The longest channel name. Pusher documents 164, its server libraries enforce 200.
    pub channel_name: usize,
    /// The data of one event over the HTTP API, in bytes: more is 413.
    pub event_bytes: usize,
    /// The data of one client event, in bytes: more is a `pusher:error` 4301.
    pub client_event_bytes: usize,
    /// Client events of one connection in one second: more is a `pusher:error` 4301. Off by
    /// default; Pusher allows 10.
    pub client_events_per_second: Option<u32>,
    /// One WebSocket message from a client: more closes with 1009.
    pub message_bytes: usize,
    /// Members of one presence channel.
    pub presence_members: usize,
    /// The user object of a presence member, in bytes.
    pub presence_user_bytes: usize,
    /// What may wait for a slow connection before it is closed with 4100.
    pub queue_bytes: usize,
    /// How many frames of each connection are kept for tests to look at.
    pub logged_frames: usize,
    /// How long the last event of a cache channel is kept.
    pub cache_ttl: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            channel_name: 200,
            event_bytes: 10 * 1024,
            client_event_bytes: 10 * 1024,
            client_events_per_second: None,
            message_bytes: 1024 * 1024,
            presence_members: 100,
            presence_user_bytes: 1024,
            queue_bytes: 8 * 1024 * 1024,
            logged_frames: 10_000,
            cache_ttl: Duration::from_secs(30 * 60),
        }
    }
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsVersion {
    /// TLS 1.2
    Tls12,
    /// TLS 1.3
    Tls13,
}

/// TLS with a certificate made for this server alone.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The names and addresses in the certificate.
    pub names: Vec<String>,
    /// Make a certificate which ended years ago.
    pub expired: bool,
    /// Sign the server's certificate with its own key, and not with the CA's.
    pub self_signed: bool,
    /// Speak this version only. Default: both.
    pub only: Option<TlsVersion>,
    /// Ask clients for a certificate and refuse those without one: see
    /// [`Certificates::client_cert_pem`](crate::Certificates::client_cert_pem).
    pub client_certificate: bool,
    /// The protocols accepted by ALPN; empty turns ALPN off.
    pub alpn: Vec<String>,
}

impl Default for Tls {
    fn default() -> Tls {
        Tls {
            names: vec!["localhost".into(), "127.0.0.1".into(), "::1".into()],
            expired: false,
            self_signed: false,
            only: None,
            client_certificate: false,
            alpn: vec!["http/1.1".into()],
        }
    }
}

/// What the authorisation endpoints (`/pusher/auth`, `/pusher/user-auth`) ask of a request.
#[derive(Clone, Debug)]
pub struct AuthEndpoint {
    /// A header which has to be there with this value, or the answer is 403.
    pub required_header: Option<(String, String)>,
    /// A parameter which has to be there with this value, or the answer is 403.
    pub required_param: Option<(String, String)>,
    /// The master key from which the keys of encrypted channels are made.
    pub master_key: [u8; 32],
}

impl Default for AuthEndpoint {
    fn default() -> AuthEndpoint {
        AuthEndpoint {
            required_header: None,
            required_param: None,
            master_key: *b"devserver-master-key-of-32-bytes",
        }
    }
}

/// Everything a server is started with. `Config::default()` is one application `app-id`,
/// `app-key`, `app-secret` on a free port of 127.0.0.1.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port to listen on; 0 lets the system choose.
    pub port: u16,
    /// The applications served.
    pub apps: Vec<App>,
    /// The `activity_timeout` told to clients, in seconds.
    pub activity_timeout: u64,
    /// Whether and when the server pings. Default: never.
    pub pings: Option<Pings>,
    /// Close with 4201 a connection from which no text frame came for this long.
    pub idle_timeout: Option<Duration>,
    /// Close with 4009 a connection which has neither signed in nor subscribed to a private or
    /// presence channel by then.
    pub authorization_timeout: Option<Duration>,
    /// Sizes and rates.
    pub limits: Limits,
    /// Departures from the documentation.
    pub quirks: Quirks,
    /// TLS, if wanted. The HTTP endpoints are then behind TLS as well.
    pub tls: Option<Tls>,
    /// With TLS: whether connections without it are served, too, on the same port.
    pub accept_plain: bool,
    /// The authorisation endpoints.
    pub auth: AuthEndpoint,
    /// Whether `/_dev/…` is served.
    pub control: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            apps: vec![App::default()],
            activity_timeout: 120,
            pings: None,
            idle_timeout: None,
            authorization_timeout: None,
            limits: Limits::default(),
            quirks: Quirks::default(),
            tls: None,
            accept_plain: false,
            auth: AuthEndpoint::default(),
            control: true,
        }
    }
}
