//! From a URL to a stream of bytes: DNS, TCP, proxy and TLS, each with a deadline of its own. The
//! WebSocket and HTTP share it.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tokio::net::TcpStream;
use tokio::time::error::Elapsed;
use tower_service::Service;
use url::{Host, Url};

use crate::engine::proxy::Proxy;
use crate::engine::stream::{PlainWrites, Transport};
use crate::engine::tls::Tls;
use crate::error::{Error, Result, Status};

/// How long each step of connecting may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhaseTimeouts {
    pub dns: Duration,
    /// For all addresses of the host together.
    pub tcp: Duration,
    /// From the first step towards the proxy to its answer.
    pub proxy: Duration,
    pub tls: Duration,
    pub websocket: Duration,
}

impl Default for PhaseTimeouts {
    fn default() -> PhaseTimeouts {
        let each = Duration::from_secs(10);
        PhaseTimeouts { dns: each, tcp: each, proxy: each, tls: each, websocket: each }
    }
}

/// Opens connections.
#[derive(Clone, Debug)]
pub struct Dialer {
    pub tls: Arc<Tls>,
    /// The hosts that pinned keys are for; an authorisation endpoint elsewhere has its own key.
    pub pinned_hosts: Vec<String>,
    pub proxy: Proxy,
    pub bind_v4: Option<Ipv4Addr>,
    pub bind_v6: Option<Ipv6Addr>,
    /// A silence after which TCP asks whether the other side is there. None: never.
    pub keepalive: Option<Duration>,
    pub nodelay: bool,
    pub timeouts: PhaseTimeouts,
}

impl Default for Dialer {
    fn default() -> Dialer {
        Dialer {
            tls: Arc::default(),
            pinned_hosts: Vec::new(),
            proxy: Proxy::Environment,
            bind_v4: None,
            bind_v6: None,
            keepalive: Some(Duration::from_secs(60)),
            // A client event is one small write; waiting to fill a segment would only delay it.
            nodelay: true,
            timeouts: PhaseTimeouts::default(),
        }
    }
}

impl Dialer {
    pub fn bind(&mut self, address: IpAddr) {
        match address {
            IpAddr::V4(address) => self.bind_v4 = Some(address),
            IpAddr::V6(address) => self.bind_v6 = Some(address),
        }
    }

    /// TCP, and TLS where the scheme asks for it.
    pub async fn open(&self, target: &Url) -> Result<Transport> {
        let tls = matches!(target.scheme(), "wss" | "https");
        let port = target.port_or_known_default().unwrap_or(if tls { 443 } else { 80 });
        let host = target.host().map(|host| host.to_owned());
        let host = host.ok_or_else(|| Error::new(Status::Argument, "the URL has no host"))?;
        let tcp = PlainWrites::new(self.open_tcp(tls, &host, port).await?);
        if !tls {
            return Ok(Transport::Plain(tcp));
        }
        let shown = host.to_string();
        let pinned = self.pinned_hosts.contains(&shown);
        let shaken = self.tls.handshake(&host, pinned, tcp);
        let what = format!("the TLS handshake with {shown}");
        let stream = within(self.timeouts.tls, &what, shaken).await?;
        Ok(Transport::Tls(Box::new(stream)))
    }

    /// TCP to the host, directly or through a proxy. Of a host's addresses a slow one is overtaken
    /// by the next ("happy eyeballs").
    async fn open_tcp(&self, tls: bool, host: &Host, port: u16) -> Result<TcpStream> {
        let scheme = if tls { "https" } else { "http" };
        let address: Uri = format!("{scheme}://{host}:{port}").parse().map_err(|error| {
            Error::new(Status::Argument, format!("the server's address is not valid: {error}"))
        })?;
        let shown = format!("{host} port {port}");
        if let Some(proxy) = self.proxy.intercept(&address) {
            let what = format!("the way to {shown} through the proxy {proxy}");
            return within(self.timeouts.proxy, &what, proxy.connect(self, host, port)).await;
        }
        self.dial(address, &format!("cannot connect to {shown}")).await
    }

    /// TCP to an address, and nothing else. `what` begins the error.
    pub async fn dial(&self, address: Uri, what: &str) -> Result<TcpStream> {
        self.dial_with(self.resolver(), address, what).await
    }

    async fn dial_with<R>(&self, resolver: Resolver<R>, at: Uri, what: &str) -> Result<TcpStream>
    where
        R: Lookup,
    {
        let tcp = self.tcp_connector(resolver).call(at).await;
        Ok(tcp.map_err(|error| self.failed(what, &error))?.into_inner())
    }

    /// The first address of a name.
    pub async fn look_up(&self, name: &str, what: &str) -> Result<IpAddr> {
        let name: Name = name.parse().map_err(|_| {
            Error::new(Status::Argument, format!("{what}: the host's name is not valid"))
        })?;
        let found = self.resolver().call(name).await.map(|mut addresses| addresses.next());
        match found {
            Ok(Some(address)) => Ok(address.ip()),
            Ok(None) => Err(Error::new(Status::Network, format!("{what}: it has no address"))),
            Err(error) => Err(self.failed(what, &error)),
        }
    }

    fn resolver(&self) -> Resolver<GaiResolver> {
        Resolver { inner: GaiResolver::new(), timeout: self.timeouts.dns }
    }

    fn tcp_connector<R: Clone>(&self, resolver: Resolver<R>) -> HttpConnector<Resolver<R>> {
        let mut connector = HttpConnector::new_with_resolver(resolver);
        connector.enforce_http(false);
        connector.set_nodelay(self.nodelay);
        connector.set_keepalive(self.keepalive);
        connector.set_keepalive_interval(self.keepalive.map(|idle| idle / 4));
        connector.set_connect_timeout(Some(self.timeouts.tcp));
        match (self.bind_v4, self.bind_v6) {
            (Some(v4), Some(v6)) => connector.set_local_addresses(v4, v6),
            (v4, v6) => {
                connector.set_local_address(v4.map(IpAddr::V4).or(v6.map(IpAddr::V6)));
            }
        }
        connector
    }

    /// What a connector said: what lies at the bottom ("connection refused", not "tcp connect
    /// error").
    fn failed(&self, what: &str, error: &(dyn std::error::Error + 'static)) -> Error {
        let (kind, innermost) = at_the_bottom(error);
        if innermost.is::<Elapsed>() {
            let seconds = self.timeouts.tcp.as_secs_f32();
            let text = format!(
                "{what}: no answer to TCP within {seconds} s; check host, port and firewall"
            );
            return Error::new(Status::Timeout, text);
        }
        if let Some(slow) = innermost.downcast_ref::<SlowLookup>() {
            return Error::new(Status::Timeout, format!("{what}: {slow}"));
        }
        let bound = match (self.bind_v4, self.bind_v6) {
            (None, None) => None,
            (Some(v4), None) => Some(v4.to_string()),
            (None, Some(v6)) => Some(v6.to_string()),
            (Some(v4), Some(v6)) => Some(format!("{v4} or {v6}")),
        };
        let text = match (kind, bound) {
            // The connector's own word for a list of addresses none of which could be tried.
            (Some(io::ErrorKind::NotConnected), Some(bound)) => format!(
                "{what}: it has no address of the same family (IPv4, IPv6) as {bound}, which is \
                 set as the address to bind to"
            ),
            (Some(io::ErrorKind::AddrNotAvailable), Some(bound)) => format!(
                "{what} from {bound}, which is set as the address to bind to: {innermost}; is it \
                 one of this machine?"
            ),
            _ => format!("{what}: {innermost}"),
        };
        Error::new(Status::Network, text)
    }
}

/// Waits for a step of connecting no longer than it may take.
pub async fn within<T>(
    limit: Duration,
    what: &str,
    step: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::time::timeout(limit, step).await.unwrap_or_else(|_| {
        let text = format!("{what} took longer than {} s", limit.as_secs_f32());
        Err(Error::new(Status::Timeout, text))
    })
}

/// The innermost cause of an error, and of which kind of I/O error it is a part.
fn at_the_bottom<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> (Option<io::ErrorKind>, &'e (dyn std::error::Error + 'static)) {
    let (mut kind, mut found) = (None, error);
    loop {
        let io = found.downcast_ref::<io::Error>();
        kind = io.map(io::Error::kind).or(kind);
        // An I/O error passes over the error that it was made of: its source is that one's.
        let held =
            io.and_then(io::Error::get_ref).map(|held| held as &(dyn std::error::Error + 'static));
        match held.or_else(|| found.source()) {
            Some(cause) => found = cause,
            None => return (kind, found),
        }
    }
}

/// What finds a name's addresses: the system, or a test.
trait Lookup:
    Service<Name, Response: Iterator<Item = SocketAddr>, Error = io::Error, Future: Send + 'static>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<R> Lookup for R where
    R: Service<
            Name,
            Response: Iterator<Item = SocketAddr>,
            Error = io::Error,
            Future: Send + 'static,
        > + Clone
        + Send
        + Sync
        + 'static
{
}

/// The system's resolver, with a deadline: it can take minutes to say that nobody answers.
#[derive(Clone)]
struct Resolver<R> {
    inner: R,
    timeout: Duration,
}

impl<R> Service<Name> for Resolver<R>
where
    R: Service<Name, Error = io::Error, Future: Send + 'static>,
{
    type Response = R::Response;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<R::Response>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (lookup, limit) = (self.inner.call(name), self.timeout);
        Box::pin(async move {
            tokio::time::timeout(limit, lookup)
                .await
                .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, SlowLookup(limit))))
        })
    }
}

#[derive(Debug)]
struct SlowLookup(Duration);

impl std::fmt::Display for SlowLookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DNS did not answer within {} s", self.0.as_secs_f32())
    }
}

impl std::error::Error for SlowLookup {}

#[cfg(test)]
mod tests;
