//! Where to connect: host, port, path and query of the WebSocket.

use url::{Host, Url};

use crate::error::{Error, Result, Status};

/// The highest protocol version this client speaks.
const PROTOCOL_VERSION: &str = "7";

/// A server's address, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    tls: bool,
    host: Host<String>,
    /// None: the usual port of the scheme, which changes when TLS is switched on.
    port: Option<u16>,
    path: Vec<String>,
}

impl Endpoint {
    /// Pusher's own host for a cluster, such as `eu` or `mt1`.
    pub fn cluster(cluster: &str) -> Result<Endpoint> {
        let valid = !cluster.is_empty()
            && cluster.len() <= 32
            && cluster.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !valid {
            return Err(argument(format!(
                "cluster '{}' is not a cluster name; it is a short word such as eu or mt1, shown \
                 with the keys of your application",
                cluster.escape_debug()
            )));
        }
        Endpoint::host(&format!("ws-{cluster}.pusher.com"))
    }

    /// A server of one's own: a host name or an IP address, without scheme, port or path.
    pub fn host(host: &str) -> Result<Endpoint> {
        let refused = || {
            argument(format!(
                "host '{}' is not a host name or IP address; pass it without scheme, port or \
                 path, such as ws.example.com or 127.0.0.1",
                host.escape_debug()
            ))
        };
        if host.is_empty() {
            return Err(refused());
        }
        // A bare IPv6 address is what people type; the parser wants its brackets.
        let parsed = if host.parse::<std::net::Ipv6Addr>().is_ok() {
            Host::parse(&format!("[{host}]"))
        } else {
            Host::parse(host)
        };
        let host = parsed.map_err(|_| refused())?;
        Ok(Endpoint { tls: true, host, port: None, path: Vec::new() })
    }

    pub fn with_tls(mut self, tls: bool) -> Endpoint {
        self.tls = tls;
        self
    }

    pub fn with_port(mut self, port: Option<u16>) -> Endpoint {
        self.port = port;
        self
    }

    /// A path that goes before `/app/KEY`, for servers behind a reverse proxy.
    pub fn with_path(mut self, path: &str) -> Result<Endpoint> {
        if path.contains(|c: char| matches!(c, '?' | '#') || c.is_control()) {
            return Err(argument(format!(
                "path '{}' holds a '?', a '#' or a control character; pass the path alone, such as \
                 /realtime",
                path.escape_debug()
            )));
        }
        let parts = path.split('/').filter(|part| !part.is_empty());
        if parts.clone().any(|part| matches!(part, "." | "..")) {
            return Err(argument(format!(
                "path '{}' goes by way of '.' or '..'; pass it as it is in the end",
                path.escape_debug()
            )));
        }
        self.path = parts.map(str::to_owned).collect();
        Ok(self)
    }

    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// The host as URLs write it: IPv6 with its brackets.
    pub fn host_name(&self) -> String {
        self.host.to_string()
    }

    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.tls { 443 } else { 80 })
    }

    /// `http[s]://host:port`, for the HTTP API.
    pub fn http_base(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.host, self.port())
    }

    /// `[ws|wss]://host:port[/prefix]/app/KEY?protocol=7&client=…&version=…`
    pub fn websocket_url(&self, key: &str, client: &str, version: &str) -> String {
        let scheme = if self.tls { "wss" } else { "ws" };
        let mut url = Url::parse(&format!("{scheme}://{}:{}", self.host, self.port()))
            .expect("a checked host and a port make a URL");
        url.path_segments_mut()
            .expect("ws URLs have a path")
            .clear()
            .extend(&self.path)
            .push("app")
            .push(key);
        url.query_pairs_mut()
            .append_pair("protocol", PROTOCOL_VERSION)
            .append_pair("client", client)
            .append_pair("version", version);
        url.into()
    }
}

fn argument(message: String) -> Error {
    Error::new(Status::Argument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_names_pushers_host() {
        let url = Endpoint::cluster("eu").unwrap().websocket_url("abc", "pusherws", "0.1.0");
        assert_eq!(url, "wss://ws-eu.pusher.com/app/abc?protocol=7&client=pusherws&version=0.1.0");
    }

    #[test]
    fn host_port_path_and_tls_make_the_address() {
        let url = Endpoint::host("127.0.0.1")
            .unwrap()
            .with_tls(false)
            .with_port(Some(6001))
            .with_path("/a/b/")
            .unwrap()
            .websocket_url("k/1?x", "my app", "1.0");
        assert_eq!(
            url,
            "ws://127.0.0.1:6001/a/b/app/k%2F1%3Fx?protocol=7&client=my+app&version=1.0"
        );
    }

    #[test]
    fn the_usual_port_follows_tls() {
        let endpoint = Endpoint::host("example.com").unwrap();
        assert_eq!(endpoint.port(), 443);
        assert_eq!(endpoint.clone().with_tls(false).port(), 80);
        assert_eq!(endpoint.with_tls(false).with_port(Some(8080)).port(), 8080);
    }

    #[test]
    fn ipv6_is_taken_with_and_without_brackets() {
        for host in ["::1", "[::1]"] {
            let endpoint = Endpoint::host(host).unwrap();
            assert!(endpoint.websocket_url("k", "c", "1").starts_with("wss://[::1]/app/k?"));
        }
    }

    #[test]
    fn what_is_not_a_host_is_refused_with_an_example() {
        for host in ["", "wss://example.com", "example.com/app", "exa mple", "host:80", "a?b"] {
            let error = Endpoint::host(host).unwrap_err();
            assert!(error.message().contains("ws.example.com"), "{host}: {error}");
        }
        assert!(Endpoint::cluster("").is_err());
        assert!(Endpoint::cluster("eu.evil.com/").is_err());
        assert!(Endpoint::host("h").unwrap().with_path("/a?b").is_err());
        assert!(Endpoint::host("h").unwrap().with_path("/a\r\nHost: b").is_err());
        assert!(Endpoint::host("h").unwrap().with_path("/a/../b").is_err());
        assert!(Endpoint::host("h").unwrap().with_path("/a/.b/..c").is_ok());
    }
}
