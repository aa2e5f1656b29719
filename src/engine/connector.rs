//! The WebSocket's opening handshake, over whatever the dialer opens.

use std::sync::Arc;

use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::header::{HeaderName, USER_AGENT};
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use url::Url;

use crate::engine::dialer::{Dialer, within};
use crate::engine::stream::Transport;
use crate::engine::tls;
use crate::engine::websocket::Socket;
use crate::engine::whole_head::WholeHead;
use crate::error::{Error, Result, Status};

/// For the handshake alone: what is behind its answer is read by [`Socket`].
const READ_BUFFER: usize = 1024;

/// How to connect, beside the URL.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    pub dialer: Arc<Dialer>,
    /// Beside those of the handshake itself; `Origin`, for example.
    pub headers: HeaderMap,
    /// The largest message, and the largest frame, that is accepted, in bytes.
    pub max_message: usize,
}

impl ConnectOptions {
    /// For a dump: without what may be secret.
    pub fn describe(&self) -> serde_json::Value {
        let dialer = &self.dialer;
        serde_json::json!({
            "proxy": dialer.proxy.name(),
            "tls": dialer.tls.options().describe(),
            "headers": self.headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(),
            "max_message": self.max_message,
            "bound_to_an_address": dialer.bind_v4.is_some() || dialer.bind_v6.is_some(),
            "keepalive_s": dialer.keepalive.map(|keepalive| keepalive.as_secs()),
            "timeouts": format!("{:?}", dialer.timeouts),
        })
    }
}

/// Headers that the handshake sets itself.
pub fn is_reserved(name: &HeaderName) -> bool {
    let name = name.as_str();
    matches!(name, "host" | "connection" | "upgrade" | "content-length" | "transfer-encoding")
        || name.starts_with("sec-websocket-")
}

/// Opens a WebSocket. The caller sets the deadline for the whole.
pub async fn connect(url: String, options: ConnectOptions) -> Result<Socket> {
    let target = Url::parse(&url).map_err(|error| {
        Error::new(Status::Argument, format!("the URL of the server is not valid: {error}"))
    })?;
    let transport = options.dialer.open(&target).await?;
    let mut request = url.as_str().into_client_request().map_err(handshake_error)?;
    let agent = concat!("pusherws/", env!("CARGO_PKG_VERSION"));
    request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(agent));
    request.headers_mut().extend(options.headers);
    let handshake = async {
        let (transport, rest) = shake_hands(request, transport).await?;
        Ok(Socket::new(transport, rest, options.max_message))
    };
    within(options.dialer.timeouts.websocket, "the WebSocket handshake", handshake).await
}

/// What of the server's frames came with its answer is returned, too.
async fn shake_hands(request: Request, transport: Transport) -> Result<(Transport, Vec<u8>)> {
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
    let whole = WholeHead::new(transport);
    let opened = tokio_tungstenite::client_async_with_config(request, whole, Some(config)).await;
    let (stream, _response) = opened.map_err(handshake_error)?;
    // It was given the answer's head, and nothing after that; so it holds nothing back.
    let (mut transport, rest) = stream.into_inner().into_parts();
    transport.forgive_no_more();
    Ok((transport, rest))
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
        WsError::Io(error) => match tls::objection(&error) {
            Some(error) => error,
            None => {
                let text = format!("the connection ended during the WebSocket handshake: {error}");
                Error::new(Status::Network, text)
            }
        },
        WsError::Protocol(ProtocolError::HandshakeIncomplete) => Error::new(
            Status::Network,
            "the connection ended during the WebSocket handshake; the server, or a proxy before \
             it, may be restarting",
        ),
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
