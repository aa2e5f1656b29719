//! HTTP CONNECT and SOCKS5 proxies: from the environment, or as configured.

use std::sync::Arc;

use hyper::Uri;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use once_cell::sync::OnceCell;
use tokio::net::TcpStream;
use tower_service::Service;
use url::Url;

use crate::engine::dialer::{TcpConnector, failed};
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
        let Ok(parsed) = Url::parse(url) else { return refused("is not a URL") };
        if !matches!(parsed.scheme(), "http" | "socks5" | "socks5h") {
            return refused("has to begin with http://, socks5:// or socks5h://");
        }
        if parsed.host_str().is_none_or(str::is_empty) {
            return refused("has no host");
        }
        let matcher = Matcher::builder().all(url).no(except.unwrap_or_default()).build();
        Ok(Proxy::Configured(Arc::new(matcher)))
    }

    /// The proxy for an address, if it needs one.
    pub fn intercept(&self, address: &Uri) -> Option<Hop> {
        match self {
            Proxy::Direct => None,
            Proxy::Environment => environment().intercept(address),
            Proxy::Configured(matcher) => matcher.intercept(address),
        }
        .map(Hop)
    }
}

/// Read once: the environment of a program with threads is not to be read while it may be changed.
fn environment() -> &'static Matcher {
    static PROXIES: OnceCell<Matcher> = OnceCell::new();
    PROXIES.get_or_init(Matcher::from_env)
}

/// A proxy on the way to an address.
pub struct Hop(Intercept);

impl Hop {
    /// `shown` is what the address is called in errors.
    pub async fn connect(&self, tcp: TcpConnector, address: Uri, shown: &str) -> Result<TcpStream> {
        let uri = self.0.uri();
        // Never with its user and password.
        let (host, scheme) =
            (uri.host().unwrap_or("?"), uri.scheme_str().unwrap_or_default().to_owned());
        let proxy = match uri.port_u16() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let what = format!("cannot connect to {shown} through the proxy {proxy}");
        let stream = match scheme.as_str() {
            "http" => {
                let mut tunnel = Tunnel::new(uri.clone(), tcp);
                if let Some(auth) = self.0.basic_auth() {
                    tunnel = tunnel.with_auth(auth.clone());
                }
                tunnel.call(address).await.map_err(|error| failed(&what, &error))?
            }
            "socks5" | "socks5h" => {
                let mut socks = SocksV5::new(uri.clone(), tcp).local_dns(scheme == "socks5");
                if let Some((user, password)) = self.0.raw_auth() {
                    socks = socks.with_auth(user.to_owned(), password.to_owned());
                }
                socks.call(address).await.map_err(|error| failed(&what, &error))?
            }
            other => {
                let text = format!("{what}: it is of the kind '{other}', which is not known");
                return Err(Error::new(Status::Unsupported, text));
            }
        };
        Ok(stream.into_inner())
    }
}
