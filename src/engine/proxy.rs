//! HTTP CONNECT and SOCKS5 proxies: from the environment, or as configured.

use std::error::Error as _;
use std::fmt;
use std::future::{Ready, ready};
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::{Either, select};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use hyper::{Request, Uri};
use hyper_util::client::legacy::connect::proxy::SocksV5;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use once_cell::race::OnceBox;
use tokio::net::TcpStream;
use tower_service::Service;
use url::{Host, Url};

use crate::engine::dialer::Dialer;
use crate::error::{Error, Result, Status};

/// Which proxy to go through.
#[derive(Clone, Debug)]
pub enum Proxy {
    /// HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY.
    Environment,
    /// None, whatever the environment says.
    Direct,
    Configured(Arc<Matcher>),
}

impl Proxy {
    pub fn name(&self) -> &'static str {
        match self {
            Proxy::Environment => "environment",
            Proxy::Direct => "none",
            Proxy::Configured(_) => "configured",
        }
    }

    /// `url` names the proxy, with user and password where it wants them; `except` lists the hosts
    /// that need none, as NO_PROXY does.
    pub fn configured(url: &str, except: Option<&str>) -> Result<Proxy> {
        // The URL is not shown: it may hold a password.
        let refused = |what: &str| {
            let text = format!(
                "the proxy's URL {what}; it is something like http://user:password@host:3128 or \
                 socks5://host:1080"
            );
            Err(Error::new(Status::Argument, text))
        };
        let parsed = match Url::parse(url) {
            Ok(parsed) => parsed,
            Err(error) => return refused(&format!("cannot be read: {error}")),
        };
        if !matches!(parsed.scheme(), "http" | "socks5" | "socks5h") {
            return refused("has to begin with http://, socks5:// or socks5h://");
        }
        if parsed.host_str().is_none_or(str::is_empty) {
            return refused("has no host");
        }
        // As the URL's own rules write it: the matcher knows other rules, and what it cannot read
        // is no proxy at all to it.
        let probe = Uri::from_static("http://host.invalid");
        if Matcher::builder().all(parsed.as_str()).build().intercept(&probe).is_none() {
            return refused("is not one that can be used");
        }
        let except = except.unwrap_or_default();
        if let Some(range) = except.split(',').map(str::trim).find(|one| is_no_range(one)) {
            // The matcher would pass it over, and with it all hosts that were meant.
            let text = format!(
                "the proxy's exception '{}' is no range of addresses; one is something like \
                 10.0.0.0/8 or fd00::/8",
                range.escape_debug()
            );
            return Err(Error::new(Status::Argument, text));
        }
        if excepts_all(except) {
            return Ok(Proxy::Direct);
        }
        let matcher = Matcher::builder().all(parsed.as_str()).no(except).build();
        Ok(Proxy::Configured(Arc::new(matcher)))
    }

    /// The proxy for an address, if it needs one.
    pub fn intercept(&self, address: &Uri) -> Option<Hop> {
        match self {
            Proxy::Direct => None,
            Proxy::Environment => environment()?.intercept(address),
            Proxy::Configured(matcher) => matcher.intercept(address),
        }
        .map(Hop)
    }
}

/// Kept from its first reading: the environment of a program with threads is not to be read while it may
/// be changed. Nobody waits for one who reads it, and who after a fork would be missing.
fn environment() -> Option<&'static Matcher> {
    static PROXIES: OnceBox<Option<Matcher>> = OnceBox::new();
    let read = || {
        let except = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy"));
        Box::new((!excepts_all(&except.unwrap_or_default())).then(Matcher::from_env))
    };
    PROXIES.get_or_init(read).as_ref()
}

/// Whether a list of excepted hosts is, or holds, `*`: the matcher would take that for all names,
/// and not for addresses.
fn excepts_all(except: &str) -> bool {
    except.split(',').any(|one| one.trim() == "*")
}

/// Whether it is written as a range of addresses, and is none.
fn is_no_range(except: &str) -> bool {
    let Some((address, prefix)) = except.split_once('/') else { return false };
    let longest = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return true,
    };
    prefix.parse::<u8>().map_or(true, |prefix| prefix > longest)
}

/// A proxy on the way to an address. Its user and password are never shown.
pub struct Hop(Intercept);

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host(), self.port())
    }
}

impl Hop {
    fn scheme(&self) -> &str {
        self.0.uri().scheme_str().unwrap_or_default()
    }

    /// IPv6 with its brackets.
    fn host(&self) -> &str {
        self.0.uri().host().unwrap_or("?")
    }

    fn port(&self) -> u16 {
        let usual = if self.scheme().starts_with("socks") { 1080 } else { 80 };
        self.0.uri().port_u16().unwrap_or(usual)
    }

    /// Has the proxy connect to the host.
    pub async fn connect(&self, dialer: &Dialer, host: &Host, port: u16) -> Result<TcpStream> {
        let what = format!("cannot connect to {host} port {port} through the proxy {self}");
        if !matches!(self.scheme(), "http" | "socks5" | "socks5h") {
            let kind = self.scheme();
            let text = format!(
                "{what}: it is of the kind '{kind}', which is not known; http, socks5 and socks5h \
                 are"
            );
            return Err(Error::new(Status::Unsupported, text));
        }
        let address: Uri = format!("http://{self}").parse().map_err(|_| {
            Error::new(Status::Argument, format!("{what}: the proxy's address is not valid"))
        })?;
        let unreached = format!("{what}: the proxy cannot be reached");
        let stream = dialer.dial(address, &unreached).await?;
        if self.scheme() == "http" {
            let target = format!("{host}:{port}");
            let opened = tunnel(stream, &target, self.0.basic_auth()).await;
            return opened.map_err(|refusal| refusal.told(&what));
        }
        let target = match host {
            // Looked up here and not by the SOCKS client, which would hold up its thread.
            Host::Domain(name) if self.scheme() == "socks5" => {
                match dialer.look_up(name, &what).await? {
                    IpAddr::V4(address) => Host::Ipv4(address),
                    IpAddr::V6(address) => Host::Ipv6(address),
                }
            }
            as_it_is => as_it_is.clone(),
        };
        let target: Uri = format!("http://{target}:{port}").parse().map_err(|error| {
            Error::new(Status::Argument, format!("{what}: the address is not valid: {error}"))
        })?;
        let mut socks = SocksV5::new(self.0.uri().clone(), Given(Some(TokioIo::new(stream))));
        if let Some((user, password)) = self.0.raw_auth() {
            socks = socks.with_auth(user.to_owned(), password.to_owned());
        }
        let stream = socks.call(target).await;
        let stream =
            stream.map_err(|error| Error::new(Status::Network, format!("{what}: {error}")))?;
        Ok(stream.into_inner())
    }
}

/// A connection that is there already, for a client that would open one.
struct Given(Option<TokioIo<TcpStream>>);

impl Service<Uri> for Given {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Ready<io::Result<TokioIo<TcpStream>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(self.0.take().ok_or_else(|| io::Error::other("the connection is used already")))
    }
}

/// What an HTTP proxy did instead of connecting.
enum Refusal {
    Status(u16),
    NotHttp,
    Ended,
    /// The target is none that HTTP knows.
    Address,
    Other(hyper::Error),
}

impl From<hyper::Error> for Refusal {
    fn from(error: hyper::Error) -> Refusal {
        match error {
            error if error.is_parse() => Refusal::NotHttp,
            error if error.is_incomplete_message() || error.is_closed() => Refusal::Ended,
            error => Refusal::Other(error),
        }
    }
}

impl Refusal {
    fn told(&self, what: &str) -> Error {
        let (code, why) = match self {
            Refusal::Status(407) => (
                407,
                "it answered 407: it asks for a user and password, which belong into its URL, or \
                 those that are there are wrong"
                    .into(),
            ),
            Refusal::Status(403) => {
                (403, "it answered 403: it does not allow CONNECT to this host and port".into())
            }
            Refusal::Status(code @ (502..=504)) => {
                (*code, format!("it answered {code}: it cannot reach the host itself"))
            }
            Refusal::Status(code) => (*code, format!("it answered {code}")),
            Refusal::NotHttp => (0, "its answer is not HTTP; is it a SOCKS proxy?".into()),
            Refusal::Ended => (0, "it ended the connection without an answer".into()),
            Refusal::Address => (0, "the address is not one that HTTP knows".into()),
            Refusal::Other(error) => {
                (0, error.source().map_or(error.to_string(), ToString::to_string))
            }
        };
        Error::new(Status::Network, format!("{what}: {why}")).with_code(i32::from(code))
    }
}

/// Asks an HTTP proxy for a tunnel to `target`. Not by hyper-util's own `Tunnel`, which keeps to itself
/// with which status a proxy refused.
async fn tunnel(
    stream: TcpStream,
    target: &str,
    auth: Option<&HeaderValue>,
) -> Result<TcpStream, Refusal> {
    // Written as everybody writes them: there are proxies that know headers by their capitals.
    let hands = http1::Builder::new().title_case_headers(true).handshake(TokioIo::new(stream));
    let (mut sender, connection) = hands.await?;
    let mut request = Request::connect(target).header(HOST, target);
    if let Some(auth) = auth {
        request = request.header(PROXY_AUTHORIZATION, auth.clone());
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(|_| Refusal::Address)?;
    let asked = async move {
        let answer = sender.send_request(request).await?;
        if !answer.status().is_success() {
            return Err(Refusal::Status(answer.status().as_u16()));
        }
        Ok(hyper::upgrade::on(answer).await?)
    };
    // The connection is what carries the question and its answer.
    let upgraded = match select(pin!(asked), pin!(connection.with_upgrades())).await {
        Either::Left((answer, _)) => answer?,
        Either::Right((Ok(()), asked)) => asked.await?,
        Either::Right((Err(error), _)) => return Err(error.into()),
    };
    match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) if parts.read_buf.is_empty() => Ok(parts.io.into_inner()),
        // Nothing can follow before the client has spoken.
        _ => Err(Refusal::NotHttp),
    }
}
