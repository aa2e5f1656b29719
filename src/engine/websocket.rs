//! An open WebSocket: frames out, frames in, and the goodbye.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{Sink, SinkExt, Stream as _, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error as WsError, Message, Utf8Bytes};

use crate::engine::stream::Transport;
use crate::error::{Error, Status};
use crate::session::Ended;

/// How long a goodbye may take before the connection is just dropped.
const GOODBYE: Duration = Duration::from_secs(2);

/// A close frame without a code.
const NO_CODE: u16 = 1005;
/// No close frame at all.
const NO_CLOSE: u16 = 1006;

/// What came in.
pub enum Incoming {
    Text(Utf8Bytes),
    Binary,
    /// A WebSocket ping or pong; pings are answered by tungstenite.
    Control,
    Ended(Ended),
}

/// Over TCP or TLS; what it makes of a server's bytes does not depend on it.
pub struct Socket<T = Transport> {
    stream: WebSocketStream<T>,
    outgoing: VecDeque<Message>,
    /// Bytes in `outgoing`.
    unsent: usize,
    flushed: bool,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Socket<T> {
    pub fn new(stream: WebSocketStream<T>) -> Socket<T> {
        Socket { stream, outgoing: VecDeque::new(), unsent: 0, flushed: true }
    }

    pub fn send(&mut self, frame: String) {
        self.unsent += frame.len();
        self.outgoing.push_back(Message::text(frame));
    }

    /// Bytes of frames that wait for the network.
    pub fn unsent(&self) -> usize {
        self.unsent
    }

    /// Moves frames towards the network, as many as fit into one write. Ready when all are gone.
    pub fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Ended>> {
        while !self.outgoing.is_empty() {
            ready!(Pin::new(&mut self.stream).poll_ready(cx)).map_err(ended)?;
            if let Some(message) = self.outgoing.pop_front() {
                self.unsent -= message.len();
                self.flushed = false;
                Pin::new(&mut self.stream).start_send(message).map_err(ended)?;
            }
        }
        if !self.flushed {
            ready!(Pin::new(&mut self.stream).poll_flush(cx)).map_err(ended)?;
            self.flushed = true;
        }
        Poll::Ready(Ok(()))
    }

    pub fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Incoming> {
        Poll::Ready(match ready!(Pin::new(&mut self.stream).poll_next(cx)) {
            Some(Ok(Message::Text(text))) => Incoming::Text(text),
            Some(Ok(Message::Binary(_))) => Incoming::Binary,
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                // A ping's answer is queued inside tungstenite, and goes out with the next flush.
                self.flushed = false;
                Incoming::Control
            }
            Some(Ok(Message::Close(frame))) => Incoming::Ended(closed(frame)),
            Some(Err(error)) => Incoming::Ended(ended(error)),
            None => Incoming::Ended(Ended::with_code(NO_CLOSE, "")),
        })
    }

    /// Sends what is left and a close frame, and waits for the server's, for a while.
    pub async fn goodbye(mut self, code: u16) {
        let frame = CloseFrame { code: CloseCode::from(code), reason: Utf8Bytes::from_static("") };
        let farewell = async {
            for message in std::mem::take(&mut self.outgoing) {
                self.stream.feed(message).await?;
            }
            self.stream.close(Some(frame)).await?;
            while let Some(message) = self.stream.next().await {
                message?;
            }
            Ok::<(), WsError>(())
        };
        // Whatever goes wrong now, the connection is over, as was wanted.
        let _ = tokio::time::timeout(GOODBYE, farewell).await;
    }

    /// The server has closed: answers its close frame, as the protocol of WebSockets asks.
    pub async fn acknowledge(mut self) {
        let _ = tokio::time::timeout(GOODBYE, self.stream.flush()).await;
    }
}

fn closed(frame: Option<CloseFrame>) -> Ended {
    match frame {
        Some(frame) => Ended::with_code(u16::from(frame.code), &frame.reason),
        None => Ended::with_code(NO_CODE, ""),
    }
}

fn ended(error: WsError) -> Ended {
    match error {
        WsError::ConnectionClosed | WsError::AlreadyClosed => Ended::with_code(NO_CLOSE, ""),
        WsError::Io(error) => Ended::with_code(NO_CLOSE, &error.to_string()),
        // The peer vanished without a close frame; tungstenite calls that a protocol error.
        WsError::Protocol(
            tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        ) => Ended::with_code(NO_CLOSE, ""),
        WsError::Capacity(error) => Ended::failed(Error::new(
            Status::TooLarge,
            format!("the server sent a message beyond the configured limit: {error}"),
        )),
        other => Ended::failed(Error::new(
            Status::Protocol,
            format!("the server broke the WebSocket protocol: {other}"),
        )),
    }
}
