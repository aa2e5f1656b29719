//! What can be configured, and the checks that make it a valid whole.

mod authorization;
mod transport;

use std::time::Duration;

use crate::engine::connector::ConnectOptions;
use crate::error::{Error, Result, Status};
use crate::protocol::api::Api;
use crate::protocol::auth_request::AuthRequests;
use crate::protocol::encrypted::MasterKey;
use crate::protocol::endpoint::Endpoint;
use crate::protocol::limits::Limits;
use crate::protocol::signature::Credentials;
use crate::session::SessionConfig;
use crate::session::config::{AuthEndpoint, Authorizer, OverLimit};

pub use crate::engine::consumer::Delivery;
pub use crate::engine::delivery::QueuePolicy;
use crate::engine::network;
pub use crate::engine::tls::TlsVersion;
pub use crate::session::log::LogLevel;
pub use transport::ConnectPhase;
use transport::TransportConfig;

/// The longest time that can be set: nothing that is waited for takes longer, and sums stay small.
const MAX_TIME: Duration = Duration::from_secs(24 * 3600);

/// Hosts that can be added to the first one.
const MAX_HOSTS: usize = 15;

/// A client's configuration. Setters check their own value; [`crate::client::Client::new`] checks
/// the whole.
#[derive(Clone, Debug)]
pub struct Config {
    key: String,
    cluster: Option<String>,
    host: Option<String>,
    /// Tried in turn where the host cannot be reached; a port of None is the host's.
    further_hosts: Vec<(String, Option<u16>)>,
    port: Option<u16>,
    path: String,
    transport: TransportConfig,
    tls: bool,
    secret: Option<Credentials>,
    pub(crate) master_key: Option<MasterKey>,
    auth: AuthRequests,
    auth_batches: bool,
    auth_prepared: bool,
    auth_timeout: Option<Duration>,
    /// The application itself authorises; many channels at once, if true.
    application: Option<bool>,
    user_data: Option<String>,
    app_id: Option<String>,
    api_host: Option<(String, Option<u16>)>,
    channel_data: Option<String>,
    publish_rate: Option<(u32, OverLimit)>,
    publish_queue: Option<(usize, Duration)>,
    presence_grace: Option<Duration>,
    log_level: Option<LogLevel>,
    client_name: Option<String>,
    client_version: Option<String>,
    connect_timeout: Option<Duration>,
    activity_timeout: Option<Duration>,
    pong_timeout: Option<Duration>,
    subscribe_timeout: Option<Duration>,
    backoff: Option<(Duration, Duration)>,
    max_tries: u32,
    retry_patience: Duration,
    /// Events, and bytes of them, that may wait for the application before reading pauses.
    pub(crate) queue_events: usize,
    pub(crate) queue_bytes: usize,
    pub(crate) queue_policy: QueuePolicy,
    pub(crate) delivery: Delivery,
    pub(crate) network_threads: usize,
    pub(crate) limits: Limits,
    pub(crate) api_timeout: Duration,
}

impl Config {
    pub fn new(key: &str) -> Result<Config> {
        if key.is_empty() {
            return Err(argument(
                "the key is empty; it is shown with the keys of your application",
            ));
        }
        if key.len() > 200 || key.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(argument("the key holds spaces or control characters, or is too long"));
        }
        // In a URL they would not be names.
        if matches!(key, "." | "..") {
            return Err(argument("the key is no more than dots"));
        }
        Ok(Config {
            key: key.to_owned(),
            cluster: None,
            host: None,
            further_hosts: Vec::new(),
            transport: TransportConfig::default(),
            port: None,
            path: String::new(),
            tls: true,
            secret: None,
            master_key: None,
            auth: AuthRequests::default(),
            auth_batches: false,
            auth_prepared: false,
            auth_timeout: None,
            application: None,
            user_data: None,
            app_id: None,
            api_host: None,
            channel_data: None,
            publish_rate: None,
            publish_queue: None,
            presence_grace: None,
            log_level: None,
            limits: Limits::COMMON,
            api_timeout: Duration::from_secs(30),
            client_name: None,
            client_version: None,
            connect_timeout: None,
            activity_timeout: None,
            pong_timeout: None,
            subscribe_timeout: None,
            backoff: None,
            max_tries: 0,
            retry_patience: Duration::ZERO,
            queue_events: 8192,
            queue_bytes: 32 * 1024 * 1024,
            queue_policy: QueuePolicy::Block,
            delivery: Delivery::Thread,
            network_threads: 1,
        })
    }

    pub fn set_cluster(&mut self, cluster: &str) -> Result<()> {
        Endpoint::cluster(cluster)?;
        self.cluster = Some(cluster.to_owned());
        Ok(())
    }

    pub fn set_host(&mut self, host: &str) -> Result<()> {
        Endpoint::host(host)?;
        self.host = Some(host.to_owned());
        Ok(())
    }

    /// One more host, tried when those before it cannot be reached. Port 0 is the first host's.
    pub fn add_host(&mut self, host: &str, port: i32) -> Result<()> {
        Endpoint::host(host)?;
        if self.further_hosts.len() >= MAX_HOSTS {
            return Err(argument(format!("at most {MAX_HOSTS} further hosts can be added")));
        }
        let port = u16::try_from(port).map_err(|_| {
            argument("the further host's port has to be 1 to 65535, or 0 for the first host's")
        })?;
        self.further_hosts.push((host.to_owned(), Some(port).filter(|port| *port != 0)));
        Ok(())
    }

    pub fn set_port(&mut self, port: i32) -> Result<()> {
        self.port = Some(u16::try_from(port).ok().filter(|port| *port != 0).ok_or_else(|| {
            argument(format!("port {port} is not a port number; it has to be 1 to 65535"))
        })?);
        Ok(())
    }

    pub fn set_path(&mut self, path: &str) -> Result<()> {
        Endpoint::host("localhost")?.with_path(path)?;
        self.path = path.to_owned();
        Ok(())
    }

    pub fn set_tls(&mut self, tls: bool) {
        self.tls = tls;
    }

    pub fn set_app_id(&mut self, app_id: &str) -> Result<()> {
        if app_id.is_empty() || app_id.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(argument("the app id is empty, or holds spaces or control characters"));
        }
        self.app_id = Some(app_id.to_owned());
        Ok(())
    }

    /// The HTTP API's own host, where it is not the WebSocket's. Port 0 is the usual one.
    pub fn set_api_host(&mut self, host: &str, port: i32) -> Result<()> {
        Endpoint::host(host)?;
        let port = u16::try_from(port).map_err(|_| argument("the API's port is not a port"))?;
        self.api_host = Some((host.to_owned(), Some(port).filter(|port| *port != 0)));
        Ok(())
    }

    pub fn set_api_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.api_timeout = checked("the API's timeout", timeout)?;
        Ok(())
    }

    /// Client events in a second, and at once; 0 is without limit.
    pub fn set_publish_rate(&mut self, per_second: u32, over_limit: OverLimit) {
        self.publish_rate = Some((per_second, over_limit));
    }

    /// How many client events may wait, and for how long.
    pub fn set_publish_queue(&mut self, events: usize, ttl: Duration) -> Result<()> {
        if events > 1_000_000 {
            return Err(argument("at most 1000000 client events can wait"));
        }
        self.publish_queue = Some((events, checked("the time a client event may wait", ttl)?));
        Ok(())
    }

    /// How long members who are missing after a reconnect may take to come back. Zero is allowed.
    pub fn set_presence_grace(&mut self, grace: Duration) -> Result<()> {
        if grace > MAX_TIME {
            return Err(argument("the presence grace time has to be at most 24 hours"));
        }
        self.presence_grace = Some(grace);
        Ok(())
    }

    pub fn set_limits(&mut self, limits: Limits) -> Result<()> {
        for (what, limit) in
            [("channel_name", limits.channel_name), ("event_name", limits.event_name)]
        {
            if limit == 0 {
                return Err(argument(format!("the limit {what} is 0, and would allow no name")));
            }
        }
        self.limits = limits;
        Ok(())
    }

    pub fn set_client_name(&mut self, name: &str, version: &str) -> Result<()> {
        let valid = |text: &str| {
            !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_graphic())
        };
        if !valid(name) || !valid(version) {
            return Err(argument(
                "the client's name and version have to be 1 to 64 printable ASCII characters \
                 without spaces, such as my-app and 1.0.0",
            ));
        }
        self.client_name = Some(name.to_owned());
        self.client_version = Some(version.to_owned());
        Ok(())
    }

    pub fn set_connect_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.connect_timeout = Some(checked("the connect timeout", timeout)?);
        Ok(())
    }

    pub fn set_activity_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.activity_timeout = Some(checked("the activity timeout", timeout)?);
        Ok(())
    }

    pub fn set_pong_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.pong_timeout = Some(checked("the pong timeout", timeout)?);
        Ok(())
    }

    pub fn set_subscribe_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.subscribe_timeout = Some(checked("the subscribe timeout", timeout)?);
        Ok(())
    }

    pub fn set_backoff(&mut self, first: Duration, longest: Duration) -> Result<()> {
        let first = checked("the first back-off", first)?;
        let longest = checked("the longest back-off", longest)?;
        if longest < first {
            return Err(argument("the longest back-off is shorter than the first"));
        }
        self.backoff = Some((first, longest));
        Ok(())
    }

    /// Failed tries in a row after which the client gives up; 0 is never.
    pub fn set_max_tries(&mut self, tries: u32) {
        self.max_tries = tries;
    }

    /// How long a try waits for the application's decision about it; zero asks for none.
    pub fn set_retry_patience(&mut self, patience: Duration) -> Result<()> {
        if patience > MAX_TIME {
            return Err(argument("the patience before a try has to be at most 24 hours"));
        }
        self.retry_patience = patience;
        Ok(())
    }

    /// On which thread events are delivered.
    pub fn set_delivery(&mut self, delivery: Delivery) {
        self.delivery = delivery;
    }

    /// Among how many network threads clients are spread.
    pub fn set_network_threads(&mut self, threads: usize) -> Result<()> {
        if !(1..=network::MAX_THREADS).contains(&threads) {
            return Err(argument("there can be between 1 and 64 network threads"));
        }
        self.network_threads = threads;
        Ok(())
    }

    /// How much is told of everything that a client does, as events named `pusher:log`.
    pub fn set_log_level(&mut self, level: Option<LogLevel>) {
        self.log_level = level;
    }

    /// What happens to events when the queue is full.
    pub fn set_queue_policy(&mut self, policy: QueuePolicy) {
        self.queue_policy = policy;
    }

    pub fn set_queue(&mut self, events: usize) -> Result<()> {
        if !(16..=16_777_216).contains(&events) {
            return Err(argument("the delivery queue has to hold between 16 and 16777216 events"));
        }
        self.queue_events = events;
        Ok(())
    }

    /// How connections are made, for the hosts of this configuration.
    pub(crate) fn connect_options(&self) -> Result<ConnectOptions> {
        let mut hosts: Vec<String> = self.endpoints()?.iter().map(Endpoint::host_name).collect();
        hosts.extend(self.api_endpoint()?.iter().map(Endpoint::host_name));
        Ok(self.transport.options(hosts))
    }

    /// Every address of the server, in the order in which they are tried.
    fn endpoints(&self) -> Result<Vec<Endpoint>> {
        let first = match (&self.cluster, &self.host) {
            (Some(_), Some(_)) => {
                return Err(argument("both a cluster and a host are set; set one of them"));
            }
            (None, None) => {
                return Err(argument(
                    "neither a cluster nor a host is set; set the cluster of your Pusher \
                     application (such as eu), or the host of your own server",
                ));
            }
            (Some(cluster), None) => Endpoint::cluster(cluster)?,
            (None, Some(host)) => Endpoint::host(host)?,
        };
        let mut all = vec![first.with_port(self.port)];
        for (host, port) in &self.further_hosts {
            all.push(Endpoint::host(host)?.with_port(port.or(self.port)));
        }
        all.into_iter().map(|one| one.with_tls(self.tls).with_path(&self.path)).collect()
    }

    /// Checks the whole, and makes what a session needs of it.
    pub(crate) fn session(&self) -> Result<SessionConfig> {
        let endpoints = self.endpoints()?;
        let first = endpoints[0].clone();
        let mut session = SessionConfig::new(&self.key, first);
        session.endpoints = endpoints;
        session.max_tries = self.max_tries;
        session.retry_patience = self.retry_patience;
        session.authorizer = self.authorizer()?;
        session.user_data = self.user_data.clone();
        set(&mut session.auth_timeout, self.auth_timeout);
        set(&mut session.presence_grace, self.presence_grace);
        session.log_level = self.log_level;
        if let Some((rate, over_limit)) = self.publish_rate {
            (session.publish_rate, session.over_limit) = (rate, over_limit);
        }
        if let Some((events, ttl)) = self.publish_queue {
            (session.publish_queue, session.publish_ttl) = (events, ttl);
        }
        session.channel_data = self.channel_data.clone();
        set(&mut session.client_name, self.client_name.clone());
        set(&mut session.client_version, self.client_version.clone());
        set(&mut session.connect_timeout, self.connect_timeout);
        set(&mut session.activity_timeout, self.activity_timeout);
        set(&mut session.pong_timeout, self.pong_timeout);
        set(&mut session.subscribe_timeout, self.subscribe_timeout);
        set(&mut session.backoff_min, self.backoff.map(|(first, _)| first));
        set(&mut session.backoff_max, self.backoff.map(|(_, longest)| longest));
        Ok(session)
    }
}

impl Config {
    fn authorizer(&self) -> Result<Authorizer> {
        let endpoint = self.auth.channel_url.is_some() || self.auth.user_url.is_some();
        if let Some(batches) = self.application {
            if endpoint {
                return Err(argument(
                    "both an authorisation endpoint and an authoriser of the program's own are \
                     set; set one of them",
                ));
            }
            return Ok(Authorizer::Application { batches });
        }
        if endpoint {
            let mut endpoint = AuthEndpoint::new(self.auth.clone());
            endpoint.batches = self.auth_batches;
            endpoint.ask_for_headers = self.auth_prepared;
            set(&mut endpoint.timeout, self.auth_timeout);
            return Ok(Authorizer::Endpoint(endpoint));
        }
        Ok(match &self.secret {
            None => Authorizer::None,
            Some(credentials) => Authorizer::Secret {
                credentials: credentials.clone(),
                master_key: self.master_key.clone(),
            },
        })
    }

    /// Where the HTTP API is, if an app id and a secret are set.
    pub(crate) fn api(&self) -> Result<Option<Api>> {
        let (Some(app_id), Some(credentials)) = (&self.app_id, &self.secret) else {
            return Ok(None);
        };
        Ok(self.api_endpoint()?.map(|endpoint| Api {
            base: endpoint.http_base(),
            app_id: app_id.clone(),
            credentials: credentials.clone(),
            limits: self.limits.clone(),
        }))
    }

    fn api_endpoint(&self) -> Result<Option<Endpoint>> {
        let endpoint = match (&self.api_host, &self.cluster, &self.host) {
            (Some((host, port)), ..) => Endpoint::host(host)?.with_port(*port),
            (None, Some(cluster), _) => {
                Endpoint::host(&format!("api-{cluster}.pusher.com"))?.with_port(self.port)
            }
            (None, None, Some(host)) => Endpoint::host(host)?.with_port(self.port),
            (None, None, None) => return Ok(None),
        };
        Ok(Some(endpoint.with_tls(self.tls)))
    }

    /// What signs and verifies for others.
    pub fn server_keys(&self) -> Result<(&Credentials, Option<&MasterKey>)> {
        let secret = self.secret.as_ref();
        let credentials = secret.ok_or_else(|| argument("this needs the secret; set it first"))?;
        Ok((credentials, self.master_key.as_ref()))
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}

fn http_url(what: &str, url: &str) -> Result<String> {
    let parsed = url::Url::parse(url).ok();
    let valid = parsed.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    valid.map(|url| url.to_string()).ok_or_else(|| {
        argument(format!("{what} has to be a whole URL, such as https://example.com/pusher/auth"))
    })
}

/// The value is not shown: it may be a token.
pub(crate) fn check_header(name: &str, value: &str) -> Result<()> {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(token) {
        let text = format!("'{}' is not the name of a header", name.escape_debug());
        return Err(argument(text));
    }
    if value.chars().any(char::is_control) {
        return Err(argument(format!("the value of the header {name} holds control characters")));
    }
    Ok(())
}

pub(crate) fn check_param(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(argument("the name of a parameter is empty"));
    }
    Ok(())
}

fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

fn checked(what: &str, time: Duration) -> Result<Duration> {
    if time.is_zero() || time > MAX_TIME {
        return Err(argument(format!("{what} has to be between 1 ms and 24 hours")));
    }
    Ok(time)
}

fn argument(message: impl Into<String>) -> Error {
    Error::new(Status::Argument, message)
}
