//! The socket under a connection, plain or TLS, and the ways to end it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::faults::How;

/// How long the last bytes may take to be read by the client once we have ended our side.
const LINGER: Duration = Duration::from_millis(250);

pub(crate) enum Net {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Net {
    fn into_tcp(self) -> TcpStream {
        match self {
            Net::Plain(tcp) => tcp,
            Net::Tls(tls) => tls.into_inner().0,
        }
    }

    /// Ends as a well-behaved server does, over TLS with a close_notify.
    pub async fn end(mut self) {
        // An error means that the client has gone already.
        let _ = self.shutdown().await;
        drain(self.into_tcp()).await;
    }

    /// Ends as a crash or a broken network does: without a word of WebSocket or TLS.
    pub async fn drop_tcp(self, how: How) {
        drop_tcp(self.into_tcp(), how).await;
    }
}

pub(crate) async fn drop_tcp(mut tcp: TcpStream, how: How) {
    match how {
        How::Rst => {
            let _ = tcp.set_zero_linger();
        }
        How::Fin => {
            let _ = tcp.shutdown().await;
            drain(tcp).await;
        }
    }
}

/// Reads what still comes in: closing a socket with unread bytes sends a RST, and that can throw
/// away at the client what we have just sent.
async fn drain(mut tcp: TcpStream) {
    let mut buffer = [0; 4096];
    let read_all = async { while matches!(tcp.read(&mut buffer).await, Ok(1..)) {} };
    let _ = tokio::time::timeout(LINGER, read_all).await;
}

impl AsyncRead for Net {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Net::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Net::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Net {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Net::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Net::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Net::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Net::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Net::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Net::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}
