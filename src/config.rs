//! What can be configured, and the checks that make it a valid whole.

use std::time::Duration;

use crate::error::{Error, Result, Status};
use crate::protocol::endpoint::Endpoint;
use crate::protocol::presence;
use crate::protocol::signature::Credentials;
use crate::session::SessionConfig;

/// The longest time that can be set: nothing that is waited for takes longer, and sums stay small.
const MAX_TIME: Duration = Duration::from_secs(24 * 3600);

/// A client's configuration. Setters check their own value; [`crate::client::Client::new`] checks
/// the whole.
#[derive(Clone, Debug)]
pub struct Config {
    key: String,
    cluster: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    path: String,
    tls: bool,
    secret: Option<Credentials>,
    channel_data: Option<String>,
    client_name: Option<String>,
    client_version: Option<String>,
    connect_timeout: Option<Duration>,
    activity_timeout: Option<Duration>,
    pong_timeout: Option<Duration>,
    subscribe_timeout: Option<Duration>,
    backoff: Option<(Duration, Duration)>,
    /// The largest message accepted, in bytes.
    pub(crate) max_message: usize,
    /// Events, and bytes of them, that may wait for the application before reading pauses.
    pub(crate) queue_events: usize,
    pub(crate) queue_bytes: usize,
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
        Ok(Config {
            key: key.to_owned(),
            cluster: None,
            host: None,
            port: None,
            path: String::new(),
            tls: true,
            secret: None,
            channel_data: None,
            client_name: None,
            client_version: None,
            connect_timeout: None,
            activity_timeout: None,
            pong_timeout: None,
            subscribe_timeout: None,
            backoff: None,
            max_message: 4 * 1024 * 1024,
            queue_events: 8192,
            queue_bytes: 32 * 1024 * 1024,
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

    pub fn set_secret(&mut self, secret: &str) -> Result<()> {
        if secret.is_empty() {
            return Err(argument("the secret is empty"));
        }
        self.secret = Some(Credentials::new(&self.key, secret));
        Ok(())
    }

    /// The user that presence channels are subscribed as; `user_info` is JSON.
    pub fn set_presence_user(&mut self, user_id: &str, user_info: Option<&str>) -> Result<()> {
        self.channel_data = Some(presence::channel_data(user_id, user_info)?);
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

    pub fn set_max_message(&mut self, bytes: usize) -> Result<()> {
        if !(1024..=256 * 1024 * 1024).contains(&bytes) {
            return Err(argument("the largest message has to be between 1 KiB and 256 MiB"));
        }
        self.max_message = bytes;
        Ok(())
    }

    pub fn set_queue(&mut self, events: usize) -> Result<()> {
        if !(16..=16_777_216).contains(&events) {
            return Err(argument("the delivery queue has to hold between 16 and 16777216 events"));
        }
        self.queue_events = events;
        Ok(())
    }

    /// Checks the whole, and makes what a session needs of it.
    pub(crate) fn session(&self) -> Result<SessionConfig> {
        let endpoint = match (&self.cluster, &self.host) {
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
        let endpoint = endpoint.with_tls(self.tls).with_port(self.port).with_path(&self.path)?;
        let mut session = SessionConfig::new(&self.key, endpoint);
        session.credentials = self.secret.clone();
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
