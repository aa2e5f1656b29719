//! What a session has to know. The values have been checked by whoever made them.

use std::time::Duration;

use crate::protocol::endpoint::Endpoint;
use crate::protocol::signature::Credentials;

#[derive(Clone, Debug)]
pub struct SessionConfig {
    pub key: String,
    pub endpoint: Endpoint,
    /// Signs subscriptions, where the application holds the secret itself.
    pub credentials: Option<Credentials>,
    /// The presence user: `channel_data` for presence channels that bring none of their own.
    pub channel_data: Option<String>,
    /// What the client calls itself in the URL.
    pub client_name: String,
    pub client_version: String,
    /// From the first DNS query to `pusher:connection_established`.
    pub connect_timeout: Duration,
    /// Silence after which the server is pinged; the server may ask for less.
    pub activity_timeout: Duration,
    /// How long a pong may take.
    pub pong_timeout: Duration,
    /// How long a server may take to answer a subscription.
    pub subscribe_timeout: Duration,
    /// The first delay of the exponential back-off, and the longest.
    pub backoff_min: Duration,
    pub backoff_max: Duration,
    /// Not being connected for so long, while trying, is called `unavailable`.
    pub unavailable_after: Duration,
    /// Client events kept for a channel that is not subscribed yet: how many and for how long.
    pub publish_queue: usize,
    pub publish_ttl: Duration,
}

impl SessionConfig {
    pub fn new(key: impl Into<String>, endpoint: Endpoint) -> SessionConfig {
        SessionConfig {
            key: key.into(),
            endpoint,
            credentials: None,
            channel_data: None,
            client_name: "pusherws".into(),
            client_version: env!("CARGO_PKG_VERSION").into(),
            connect_timeout: Duration::from_secs(20),
            activity_timeout: Duration::from_secs(120),
            pong_timeout: Duration::from_secs(30),
            subscribe_timeout: Duration::from_secs(20),
            backoff_min: Duration::from_secs(1),
            backoff_max: Duration::from_secs(30),
            unavailable_after: Duration::from_secs(10),
            publish_queue: 1000,
            publish_ttl: Duration::from_secs(30),
        }
    }
}
