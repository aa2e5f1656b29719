//! The bytes below WebSocket and HTTP: plain TCP, or TLS over it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// What WebSocket and HTTP run over.
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
///
/// At first it also passes over writes that fail because the other side is gone. A server that
/// refuses says why and closes, while the client may still be writing; what it said lies there to be
/// read, and reading tells of the end in any case.
pub struct PlainWrites<S> {
    stream: S,
    forgiving: bool,
}

impl<S> PlainWrites<S> {
    pub fn new(stream: S) -> PlainWrites<S> {
        PlainWrites { stream, forgiving: true }
    }
}

impl Transport {
    /// From here on a write that fails is an error: it may be long until something is read.
    pub fn forgive_no_more(&mut self) {
        match self {
            Transport::Plain(stream) => stream.forgiving = false,
            Transport::Tls(stream) => stream.get_mut().0.forgiving = false,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PlainWrites<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PlainWrites<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        match ready!(Pin::new(&mut self.stream).poll_write(cx, buf)) {
            Err(error)
                if self.forgiving
                    && matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset) =>
            {
                Poll::Ready(Ok(buf.len()))
            }
            result => Poll::Ready(result),
        }
    }

    // `poll_write_vectored` and `is_write_vectored` stay the trait's own: the first buffer, plainly.

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The other side has gone.
    struct Gone;

    impl AsyncWrite for Gone {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn a_write_to_one_who_has_gone_is_forgiven_at_first_only() {
        let mut stream = PlainWrites::new(Gone);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let mut write =
            |stream: &mut PlainWrites<Gone>| match Pin::new(stream).poll_write(&mut cx, b"abc") {
                Poll::Ready(result) => result.map_err(|error| error.kind()),
                Poll::Pending => panic!("it never waits"),
            };
        assert_eq!(write(&mut stream), Ok(3));
        stream.forgiving = false;
        assert_eq!(write(&mut stream), Err(io::ErrorKind::BrokenPipe));
    }
}
