//! From a URL to a WebSocket: DNS, TCP, TLS and the opening handshake.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::proxy::matcher::Matcher;
use once_cell::sync::OnceCell;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::USER_AGENT;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, error::CapacityError};
use tower_service::Service;
use url::{Host, Url};

use crate::error::{Error, Result, Status};

/// One buffer for each connection: a connection that is idle keeps it. 16 KiB costs a tenth more
/// time for an event than 128, and a ninth of the memory.
const READ_BUFFER: usize = 16 * 1024;

/// How to connect, beside the URL.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// The largest message, and the largest frame, that is accepted, in bytes.
    pub max_message: usize,
}

pub type Stream = WebSocketStream<Transport>;

/// Opens a WebSocket. The caller sets the deadline.
pub async fn connect(url: String, options: ConnectOptions) -> Result<Stream> {
    let target = Url::parse(&url).map_err(|error| {
        Error::new(Status::Argument, format!("the URL of the server is not valid: {error}"))
    })?;
    let transport = open_transport(&target).await?;
    let mut request = url.as_str().into_client_request().map_err(handshake_error)?;
    let agent = concat!("pusherws/", env!("CARGO_PKG_VERSION"));
    request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(agent));
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(options.max_message))
        .max_frame_size(Some(options.max_message));
    let opened =
        tokio_tungstenite::client_async_with_config(request, transport, Some(config)).await;
    opened.map(|(stream, _response)| stream).map_err(handshake_error)
}

/// TCP, and TLS where the scheme asks for it.
pub async fn open_transport(target: &Url) -> Result<Transport> {
    let tls = matches!(target.scheme(), "wss" | "https");
    let port = target.port_or_known_default().unwrap_or(if tls { 443 } else { 80 });
    let host = target.host().map(|host| host.to_owned());
    let host = host.ok_or_else(|| Error::new(Status::Argument, "the URL has no host"))?;
    let tcp = PlainWrites(open_tcp(tls, &host, port).await?);
    if !tls {
        return Ok(Transport::Plain(tcp));
    }
    let name = match &host {
        Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_| {
            Error::new(Status::Tls, format!("'{name}' is not a name that a certificate can have"))
        })?,
        Host::Ipv4(address) => ServerName::from(std::net::IpAddr::V4(*address)),
        Host::Ipv6(address) => ServerName::from(std::net::IpAddr::V6(*address)),
    };
    let stream = tls_connector().await?.connect(name, tcp).await.map_err(|error| {
        // rustls's own errors are about trust and protocol, the others about the wire.
        let is_tls = error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
        let status = if is_tls { Status::Tls } else { Status::Network };
        let rustls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let hint = match rustls {
            Some(rustls::Error::InvalidMessage(_)) => "; is this a port without TLS?",
            Some(rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer)) => {
                "; its authority is not in the trust store"
            }
            _ => "",
        };
        Error::new(status, format!("the TLS handshake with {host} failed: {error}{hint}"))
    })?;
    Ok(Transport::Tls(Box::new(stream)))
}

/// TCP to the host, or through the proxy that the environment names for it. Of a host's addresses a
/// slow one is overtaken by the next ("happy eyeballs").
async fn open_tcp(tls: bool, host: &Host, port: u16) -> Result<TcpStream> {
    let scheme = if tls { "https" } else { "http" };
    let address: Uri = format!("{scheme}://{host}:{port}").parse().map_err(|error| {
        Error::new(Status::Argument, format!("the server's address is not valid: {error}"))
    })?;
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    // A client event is one small write; waiting to fill a segment would only delay it.
    connector.set_nodelay(true);
    let Some(proxy) = proxies().intercept(&address) else {
        let tcp = connector.call(address).await.map_err(|error| {
            let text = format!("cannot connect to {host} port {port}: {}", innermost(&error));
            Error::new(Status::Network, text)
        })?;
        return Ok(tcp.into_inner());
    };
    // Never with its user and password.
    let shown =
        format!("{}:{}", proxy.uri().host().unwrap_or("?"), proxy.uri().port_u16().unwrap_or(0));
    let failed = |error: &dyn std::error::Error| {
        let text = format!(
            "cannot connect to {host} port {port} through the proxy {shown}: {}",
            innermost(error)
        );
        Error::new(Status::Network, text)
    };
    let scheme = proxy.uri().scheme_str().unwrap_or_default();
    let tcp = match scheme {
        "http" => {
            let mut tunnel = Tunnel::new(proxy.uri().clone(), connector);
            if let Some(auth) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(auth.clone());
            }
            tunnel.call(address).await.map_err(|error| failed(&error))?
        }
        "socks5" | "socks5h" => {
            let mut socks = SocksV5::new(proxy.uri().clone(), connector);
            socks = socks.local_dns(scheme == "socks5");
            if let Some((user, password)) = proxy.raw_auth() {
                socks = socks.with_auth(user.to_owned(), password.to_owned());
            }
            socks.call(address).await.map_err(|error| failed(&error))?
        }
        other => {
            let text = format!("the proxy {shown} is of the kind '{other}', which is not known");
            return Err(Error::new(Status::Unsupported, text));
        }
    };
    Ok(tcp.into_inner())
}

/// HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, read once: the environment of a program with
/// threads is not to be read while it may be changed.
fn proxies() -> &'static Matcher {
    static PROXIES: OnceCell<Matcher> = OnceCell::new();
    PROXIES.get_or_init(Matcher::from_env)
}

/// What lies at the bottom of an error: "connection refused", not "tcp connect error".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}

/// The trust store is read once for each process, by a helper thread: it may be large, and the
/// network thread has other connections to look after.
async fn tls_connector() -> Result<TlsConnector> {
    static CONFIG: OnceCell<Arc<rustls::ClientConfig>> = OnceCell::new();
    if let Some(config) = CONFIG.get() {
        return Ok(TlsConnector::from(Arc::clone(config)));
    }
    let config = tokio::task::spawn_blocking(|| CONFIG.get_or_try_init(tls_config).cloned()).await;
    let config = config.map_err(|error| {
        Error::new(Status::Tls, format!("reading the trust store failed: {error}"))
    })??;
    Ok(TlsConnector::from(config))
}

fn tls_config() -> Result<Arc<rustls::ClientConfig>> {
    let untrusting = |error: rustls::Error| {
        let text = format!(
            "the platform's trust store cannot be used: {error}; on Linux, install the package \
             ca-certificates or name a file in SSL_CERT_FILE"
        );
        Error::new(Status::Tls, text)
    };
    // The provider is named: where two are compiled in, rustls's default panics.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    // No ALPN: some servers would choose h2, which has no WebSocket upgrade.
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(untrusting)?
        .with_platform_verifier()
        .map_err(untrusting)?
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn handshake_error(error: WsError) -> Error {
    match error {
        WsError::Http(response) => {
            let status = response.status();
            let hint = match status.as_u16() {
                301..=308 => "; it redirects, so check TLS and the host",
                401 | 403 => "; it forbids the connection",
                404 => "; check host and path: this may not be a Pusher-protocol server",
                429 | 500..=599 => "; the server or a proxy before it is not ready",
                _ => "",
            };
            let text = format!("the server answered the WebSocket handshake with {status}{hint}");
            Error::new(Status::Protocol, text).with_code(i32::from(status.as_u16()))
        }
        WsError::Io(error) => {
            let text = format!("the connection ended during the WebSocket handshake: {error}");
            Error::new(Status::Network, text)
        }
        WsError::Capacity(CapacityError::MessageTooLong { .. }) => {
            Error::new(Status::TooLarge, "the answer to the WebSocket handshake is too long")
        }
        WsError::HttpFormat(_) | WsError::Protocol(_) => Error::new(
            Status::Protocol,
            format!(
                "the WebSocket handshake failed: {error}; is this a WebSocket server, and should \
                 TLS be switched on?"
            ),
        ),
        other => Error::new(Status::Protocol, format!("the WebSocket handshake failed: {other}")),
    }
}

/// What a WebSocket runs over.
pub enum Transport {
    Plain(PlainWrites<TcpStream>),
    // Boxed: a TLS session is a kilobyte that plain connections should not pay for.
    Tls(Box<TlsStream<PlainWrites<TcpStream>>>),
}

impl AsyncRead for Transport {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Transport::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Transport::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Transport::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Transport::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Transport::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Transport::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Transport::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Transport::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// A stream that never writes vectored. The standard library sends a plain write with
/// MSG_NOSIGNAL, but a vectored one without: over a connection that the server has dropped, that
/// would be a SIGPIPE, and the end of a host process which does not ignore it.
pub struct PlainWrites<S>(S);

impl<S: AsyncRead + Unpin> AsyncRead for PlainWrites<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PlainWrites<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    // `poll_write_vectored` and `is_write_vectored` stay the trait's own: the first buffer, plainly.

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
