//! How connections are made: TLS, proxy, headers, addresses and deadlines.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio_tungstenite::tungstenite::http::header::{HeaderName, ORIGIN};
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderValue};

use super::{Config, argument, check_header, checked};
use crate::engine::connector::{ConnectOptions, is_reserved};
use crate::engine::dialer::{Dialer, PhaseTimeouts};
use crate::engine::proxy::Proxy;
use crate::engine::tls::{Tls, TlsOptions, TlsVersion};
use crate::error::Result;

/// A file of certificates that is larger than this is none.
const MAX_PEM: u64 = 16 * 1024 * 1024;

/// What a client's connections have in common.
#[derive(Clone, Debug)]
pub(super) struct TransportConfig {
    dialer: Dialer,
    headers: HeaderMap,
    max_message: usize,
}

impl Default for TransportConfig {
    fn default() -> TransportConfig {
        TransportConfig {
            dialer: Dialer::default(),
            headers: HeaderMap::new(),
            max_message: 4 * 1024 * 1024,
        }
    }
}

impl TransportConfig {
    /// `hosts` are the server's: pinned keys are for them.
    pub fn options(&self, hosts: Vec<String>) -> ConnectOptions {
        let dialer = Dialer { pinned_hosts: hosts, ..self.dialer.clone() };
        ConnectOptions {
            dialer: Arc::new(dialer),
            headers: self.headers.clone(),
            max_message: self.max_message,
        }
    }
}

/// One step of connecting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectPhase {
    Dns,
    Tcp,
    Proxy,
    Tls,
    WebSocket,
}

impl Config {
    /// Trusts the authorities of a PEM file, beside the platform's. Read now.
    pub fn add_ca_file(&mut self, path: &str) -> Result<()> {
        let pem = read_pem("the file of certificate authorities", path)?;
        self.change_tls(|tls| tls.add_roots(&pem))
            .map_err(|error| argument(format!("'{path}': {}", error.message())))
    }

    /// The same from memory.
    pub fn add_ca_pem(&mut self, pem: &str) -> Result<()> {
        self.change_tls(|tls| tls.add_roots(pem.as_bytes()))
    }

    /// Presents a certificate to servers that ask for one; both are PEM.
    pub fn set_client_certificate(&mut self, chain: &str, key: &str) -> Result<()> {
        self.change_tls(|tls| tls.set_identity(chain.as_bytes(), key.as_bytes()))
    }

    /// The same from files, read now.
    pub fn set_client_certificate_files(&mut self, chain: &str, key: &str) -> Result<()> {
        let chain = read_pem("the client certificate", chain)?;
        let key = zeroize::Zeroizing::new(read_pem("the client certificate's key", key)?);
        self.change_tls(|tls| tls.set_identity(&chain, &key))
    }

    /// Accepts only servers with this key, or another that is pinned: `sha256/` and base64.
    pub fn add_pinned_key(&mut self, pin: &str) -> Result<()> {
        self.change_tls(|tls| tls.add_pin(pin))
    }

    /// Accepts any certificate: whoever is on the way can read and change everything.
    pub fn set_insecure_skip_verify(&mut self, skip: bool) {
        // Cannot fail: it is only noted.
        let _ = self.change_tls(|tls| {
            tls.set_unverified(skip);
            Ok(())
        });
    }

    pub fn set_tls_versions(&mut self, oldest: TlsVersion, newest: TlsVersion) -> Result<()> {
        self.change_tls(|tls| tls.set_versions(oldest, newest))
    }

    fn change_tls(&mut self, change: impl FnOnce(&mut TlsOptions) -> Result<()>) -> Result<()> {
        let mut options = self.transport.dialer.tls.options().clone();
        change(&mut options)?;
        self.transport.dialer.tls = Arc::new(Tls::new(options));
        Ok(())
    }

    /// Goes through this proxy, whatever the environment says. `except` is written as NO_PROXY is.
    pub fn set_proxy(&mut self, url: &str, except: Option<&str>) -> Result<()> {
        self.transport.dialer.proxy = Proxy::configured(url, except)?;
        Ok(())
    }

    /// Goes through no proxy, whatever the environment says.
    pub fn set_no_proxy(&mut self) {
        self.transport.dialer.proxy = Proxy::Direct;
    }

    /// One more header for the WebSocket handshake.
    pub fn add_header(&mut self, name: &str, value: &str) -> Result<()> {
        check_header(name, value)?;
        let invalid = || argument(format!("the header {name} is not one that HTTP allows"));
        let header = HeaderName::try_from(name).map_err(|_| invalid())?;
        if is_reserved(&header) {
            return Err(argument(format!("the WebSocket handshake itself sets the header {name}")));
        }
        let mut value = HeaderValue::try_from(value).map_err(|_| invalid())?;
        // It may be a token: never shown.
        value.set_sensitive(true);
        self.transport.headers.append(header, value);
        Ok(())
    }

    /// The Origin of the WebSocket handshake; some servers let in only those that they know.
    pub fn set_origin(&mut self, origin: &str) -> Result<()> {
        let value = HeaderValue::try_from(origin).ok().filter(|_| !origin.is_empty());
        let value =
            value.ok_or_else(|| argument("the origin is empty, or not a header's value"))?;
        self.transport.headers.insert(ORIGIN, value);
        Ok(())
    }

    /// Connects from this address of the machine. One of each family can be set.
    pub fn set_bind_address(&mut self, address: &str) -> Result<()> {
        let parsed: IpAddr = address.parse().map_err(|_| {
            argument(format!("'{}' is not an IP address to bind to", address.escape_debug()))
        })?;
        self.transport.dialer.bind(parsed);
        Ok(())
    }

    /// After how long a silence TCP asks whether the other side is there. Zero: never.
    pub fn set_tcp_keepalive(&mut self, idle: Duration) -> Result<()> {
        self.transport.dialer.keepalive = match idle.is_zero() {
            true => None,
            // The system counts in seconds.
            false => Some(checked("the keep-alive time", idle)?.max(Duration::from_secs(1))),
        };
        Ok(())
    }

    pub fn set_tcp_nodelay(&mut self, nodelay: bool) {
        self.transport.dialer.nodelay = nodelay;
    }

    pub fn set_phase_timeout(&mut self, phase: ConnectPhase, limit: Duration) -> Result<()> {
        let limit = checked("the time for a step of connecting", limit)?;
        let PhaseTimeouts { dns, tcp, proxy, tls, websocket } = &mut self.transport.dialer.timeouts;
        *match phase {
            ConnectPhase::Dns => dns,
            ConnectPhase::Tcp => tcp,
            ConnectPhase::Proxy => proxy,
            ConnectPhase::Tls => tls,
            ConnectPhase::WebSocket => websocket,
        } = limit;
        Ok(())
    }

    pub fn set_max_message(&mut self, bytes: usize) -> Result<()> {
        if !(1024..=256 * 1024 * 1024).contains(&bytes) {
            return Err(argument("the largest message has to be between 1 KiB and 256 MiB"));
        }
        self.transport.max_message = bytes;
        Ok(())
    }
}

fn read_pem(what: &str, path: &str) -> Result<Vec<u8>> {
    let failed = |error: String| argument(format!("{what}, '{path}', cannot be read: {error}"));
    let length = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if length > MAX_PEM {
        return Err(failed("it is too large to be one".into()));
    }
    std::fs::read(path).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;

    fn config() -> Config {
        Config::new("key").unwrap()
    }

    #[track_caller]
    fn refused(result: Result<()>, says: &str) {
        let error = result.unwrap_err();
        assert_eq!(error.status(), Status::Argument);
        assert!(error.message().contains(says), "{error}");
    }

    #[test]
    fn what_is_no_certificate_is_refused_when_it_is_set() {
        let mut config = config();
        refused(config.add_ca_pem("hello"), "no certificate");
        let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        refused(config.add_ca_pem(empty), "cannot be used");
        refused(config.add_ca_file("/nowhere/ca.pem"), "'/nowhere/ca.pem'");
        refused(config.set_client_certificate(empty, "no key"), "no private key");
    }

    #[test]
    fn pins_are_a_sha256_in_base64() {
        let mut config = config();
        let digest = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        config.add_pinned_key(&format!("sha256/{digest}")).unwrap();
        for wrong in [digest, "sha256/", "sha256/AAAA", "sha1/AAAA", ""] {
            refused(config.add_pinned_key(wrong), "sha256/");
        }
    }

    #[test]
    fn a_proxy_has_a_known_scheme_and_a_host_and_its_password_is_not_shown() {
        let mut config = config();
        for good in ["http://proxy:3128", "socks5://u:p@127.0.0.1:1080", "socks5h://[::1]:1"] {
            config.set_proxy(good, Some("localhost,.internal")).unwrap();
        }
        for wrong in ["proxy:3128", "ftp://u:hush@proxy", "https://u:hush@proxy", "http://", ""] {
            let error = config.set_proxy(wrong, None).unwrap_err();
            assert!(error.message().contains("socks5://"), "{wrong}: {error}");
            assert!(!error.message().contains("hush"), "{error}");
        }
    }

    #[test]
    fn an_exception_that_is_no_range_is_refused_and_a_port_that_is_none_is_told() {
        let mut config = config();
        for good in ["10.0.0.0/8", "fd00::/8, .internal,localhost", "*", "127.0.0.1", ""] {
            config.set_proxy("http://proxy:1", Some(good)).unwrap();
        }
        for wrong in ["10.0.0.0/33", "localhost,10.0.0.0/", "fd00::/129", "a/8"] {
            refused(config.set_proxy("http://proxy:1", Some(wrong)), "range of addresses");
        }
        refused(config.set_proxy("http://proxy:99999", None), "port");
    }

    #[test]
    fn headers_of_the_handshake_itself_are_not_to_be_set() {
        let mut config = config();
        config.add_header("X-Tenant", "a").unwrap();
        config.set_origin("https://example.com").unwrap();
        for name in ["Host", "Upgrade", "Sec-WebSocket-Key", "connection"] {
            refused(config.add_header(name, "x"), "handshake itself");
        }
        refused(config.add_header("X", "a\r\nY: b"), "control characters");
        refused(config.set_origin(""), "origin");
    }

    #[test]
    fn addresses_to_bind_and_times_are_checked() {
        let mut config = config();
        config.set_bind_address("127.0.0.1").unwrap();
        config.set_bind_address("::1").unwrap();
        refused(config.set_bind_address("localhost"), "IP address");
        config.set_tcp_keepalive(Duration::ZERO).unwrap();
        refused(config.set_phase_timeout(ConnectPhase::Tls, Duration::ZERO), "between 1 ms");
        refused(config.set_tls_versions(TlsVersion::Tls13, TlsVersion::Tls12), "newer");
    }

    #[test]
    fn what_is_secret_is_not_in_the_debug_form() {
        let mut config = config();
        config.add_header("Authorization", "Bearer hush").unwrap();
        config.set_proxy("http://user:hush@proxy:1", None).unwrap();
        config.set_secret("hush").unwrap();
        let shown = format!("{config:?}");
        assert!(!shown.contains("hush"), "{shown}");
    }
}
