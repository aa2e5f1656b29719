//! What a session has to know. The values have been checked by whoever made them.

use std::time::Duration;

use crate::protocol::auth_request::AuthRequests;
use crate::protocol::encrypted::MasterKey;
use crate::protocol::endpoint::Endpoint;
use crate::protocol::signature::Credentials;
use crate::session::log::LogLevel;

/// Who gives permission to subscribe and to sign in.
#[derive(Clone, Debug, Default)]
pub enum Authorizer {
    #[default]
    None,
    /// The session itself signs. The master key is for encrypted channels.
    Secret {
        credentials: Credentials,
        master_key: Option<MasterKey>,
    },
    Endpoint(AuthEndpoint),
    /// The application is asked by an event and answers later; many channels at once, if it likes.
    Application {
        batches: bool,
    },
}

impl Authorizer {
    /// Takes what it knows to be secret out of a text that is to be seen.
    pub(super) fn erase_secrets(&self, text: &mut String) {
        match self {
            Authorizer::Secret { credentials, master_key } => {
                credentials.erase_from(text);
                if let Some(key) = master_key {
                    key.erase_from(text);
                }
            }
            Authorizer::Endpoint(endpoint) => endpoint.requests.erase_from(text),
            Authorizer::None | Authorizer::Application { .. } => {}
        }
    }

    pub fn takes_batches(&self) -> bool {
        match self {
            Authorizer::Application { batches } => *batches,
            Authorizer::Endpoint(endpoint) => endpoint.batches,
            _ => false,
        }
    }
}

/// The wait before an endpoint that has failed is asked again; then doubled.
const RETRY_FIRST: Duration = Duration::from_millis(500);

/// An application's HTTP endpoint.
#[derive(Clone, Debug)]
pub struct AuthEndpoint {
    pub requests: AuthRequests,
    /// Many channels in one request.
    pub batches: bool,
    /// Before each request the application is asked for headers and parameters.
    pub ask_for_headers: bool,
    /// For one request.
    pub timeout: Duration,
    /// How often it is asked in all, where the answer is no verdict.
    pub tries: u32,
    /// Requests under way at the same time.
    pub parallel: usize,
}

impl AuthEndpoint {
    pub fn new(requests: AuthRequests) -> AuthEndpoint {
        AuthEndpoint {
            requests,
            batches: false,
            ask_for_headers: false,
            timeout: Duration::from_secs(10),
            tries: 3,
            parallel: 8,
        }
    }

    /// For all tries together, with the waits between them and room for the application's answers.
    pub(super) fn total_timeout(&self) -> Duration {
        let waits = (1..self.tries).map(AuthEndpoint::retry_delay).sum();
        self.timeout.saturating_mul(self.tries + 2).saturating_add(waits)
    }

    /// The wait after so many tries have failed.
    pub(super) fn retry_delay(failed: u32) -> Duration {
        RETRY_FIRST.saturating_mul(1 << failed.saturating_sub(1).min(6))
    }
}

/// What happens to client events beyond the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OverLimit {
    /// They wait for their turn.
    #[default]
    Wait,
    /// They are refused.
    Refuse,
    /// They wait, and a later one of the same name and channel takes the place of an earlier.
    KeepLatest,
}

#[derive(Clone, Debug)]
pub struct SessionConfig {
    pub key: String,
    /// The addresses of the server, tried in turn; at least one.
    pub endpoints: Vec<Endpoint>,
    pub authorizer: Authorizer,
    /// How long the application may take to authorise.
    pub auth_timeout: Duration,
    /// The user to sign in as, as JSON, where the session itself signs.
    pub user_data: Option<String>,
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
    /// Failed tries after which the client gives up; 0 is never.
    pub max_tries: u32,
    /// How long a try waits for the application's decision; zero asks for none.
    pub retry_patience: Duration,
    /// Not being connected for so long, while trying, is called `unavailable`.
    pub unavailable_after: Duration,
    /// Client events kept for a channel that is not subscribed yet: how many and for how long.
    pub publish_queue: usize,
    pub publish_ttl: Duration,
    /// Client events in a second, and at once; 0 is without limit.
    pub publish_rate: u32,
    pub over_limit: OverLimit,
    /// After a reconnect, members who are missing are given so long to come back themselves.
    pub presence_grace: Duration,
    /// What is told of everything that the client does; None for nothing.
    pub log_level: Option<LogLevel>,
}

impl SessionConfig {
    pub fn new(key: impl Into<String>, endpoint: Endpoint) -> SessionConfig {
        SessionConfig {
            key: key.into(),
            endpoints: vec![endpoint],
            authorizer: Authorizer::None,
            auth_timeout: Duration::from_secs(30),
            user_data: None,
            channel_data: None,
            client_name: "pusherws".into(),
            client_version: env!("CARGO_PKG_VERSION").into(),
            connect_timeout: Duration::from_secs(20),
            activity_timeout: Duration::from_secs(120),
            pong_timeout: Duration::from_secs(30),
            subscribe_timeout: Duration::from_secs(20),
            backoff_min: Duration::from_secs(1),
            backoff_max: Duration::from_secs(30),
            max_tries: 0,
            retry_patience: Duration::ZERO,
            unavailable_after: Duration::from_secs(10),
            publish_queue: 1000,
            publish_ttl: Duration::from_secs(30),
            publish_rate: 10,
            over_limit: OverLimit::Wait,
            presence_grace: Duration::from_secs(3),
            log_level: None,
        }
    }
}
