//! An open WebSocket: frames out, frames in, and the goodbye.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use crate::engine::random;
use crate::engine::read_buffer::ReadBuffer;
use crate::engine::stream::Transport;
use crate::error::{Error, Status};
use crate::protocol::frames::{self, Broken, Message, Outgoing, Reader};
use crate::session::Ended;

/// How long a goodbye waits for the other side, to read on or to close, before the connection is just
/// dropped.
const GOODBYE: Duration = Duration::from_secs(2);

/// A close frame without a code.
const NO_CODE: u16 = 1005;
/// No close frame at all.
const NO_CLOSE: u16 = 1006;

/// Memory that grew larger than this for one burst is given back afterwards.
const KEPT_BYTES: usize = 4 * 1024;

/// Bytes that are gone and would still be kept: fewer are not worth moving the others for.
const KEPT_GONE: usize = 64 * 1024;

/// What came in.
pub enum Incoming<'a> {
    Text(&'a str),
    Binary,
    /// A WebSocket ping or pong; pings are answered here.
    Control,
    Ended(Ended),
}

/// Over TCP or TLS; what it makes of a server's bytes does not depend on it.
pub struct Socket<T = Transport> {
    stream: T,
    buffer: ReadBuffer,
    reader: Reader,
    outbox: Outbox,
}

/// Frames on their way out.
#[derive(Default)]
struct Outbox {
    bytes: Vec<u8>,
    /// How many of them are gone.
    gone: usize,
    /// There may be something that the stream still holds.
    unflushed: bool,
    /// What the last ping said. The others' answers are not owed any more (RFC 6455, 5.5.3).
    owed_pong: Option<Vec<u8>>,
    /// A close frame is among them: nothing comes after it.
    closed: bool,
}

impl Outbox {
    fn add(&mut self, message: Outgoing<'_>) {
        if !self.closed {
            frames::write(&mut self.bytes, message, random::mask());
        }
    }

    fn close(&mut self, code: Option<u16>) {
        self.add(Outgoing::Close(code));
        self.closed = true;
    }

    /// The server has broken the protocol of WebSockets, and is told so.
    fn refuse(&mut self, broken: Broken) -> Ended {
        self.close(Some(broken.close_code()));
        Ended::failed(match broken {
            Broken::TooLarge(_) => Error::new(
                Status::TooLarge,
                format!("the server broke a limit: {broken} (pusher_config_set_max_message_size)"),
            ),
            Broken::Protocol(_) | Broken::Utf8 => Error::new(
                Status::Protocol,
                format!("the server broke the WebSocket protocol: {broken}"),
            ),
        })
    }

    /// Lets go of what is gone also where something always waits: else all that was ever sent would
    /// be kept. Never more bytes are moved than were sent since the last time.
    fn let_go(&mut self) {
        if self.gone >= KEPT_GONE && self.gone >= self.bytes.len() / 2 {
            self.bytes.drain(..self.gone);
            self.gone = 0;
        }
    }

    fn poll_write(
        &mut self,
        stream: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Ended>> {
        if let Some(said) = self.owed_pong.take() {
            self.add(Outgoing::Pong(&said));
        }
        self.let_go();
        while self.gone < self.bytes.len() {
            let written = Pin::new(&mut *stream).poll_write(cx, &self.bytes[self.gone..]);
            match ready!(written).map_err(lost)? {
                0 => return Poll::Ready(Err(Ended::with_code(NO_CLOSE, ""))),
                count => self.gone += count,
            }
            self.unflushed = true;
        }
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
        self.gone = 0;
        if self.unflushed {
            ready!(Pin::new(stream).poll_flush(cx)).map_err(lost)?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Socket<T> {
    /// `read` is what came right behind the handshake.
    pub fn new(stream: T, read: Vec<u8>, max_message: usize) -> Socket<T> {
        let (buffer, reader) = (ReadBuffer::new(read), Reader::new(max_message));
        Socket { stream, buffer, reader, outbox: Outbox::default() }
    }

    pub fn send(&mut self, frame: &str) {
        self.outbox.add(Outgoing::Text(frame));
    }

    /// Bytes of frames that wait for the network.
    pub fn unsent(&self) -> usize {
        self.outbox.bytes.len() - self.outbox.gone
    }

    /// Moves frames towards the network, all that wait in one write. Ready when all are gone.
    pub fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Ended>> {
        self.outbox.poll_write(&mut self.stream, cx)
    }

    pub fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Incoming<'_>> {
        let head = loop {
            let bytes = self.buffer.filled();
            match self.reader.head(bytes) {
                Ok(Some(head)) if bytes.len() >= head.frame_size() => {
                    if self.reader.completes(&head) {
                        break head;
                    }
                    if let Err(broken) = self.reader.keep(&head, bytes) {
                        return Poll::Ready(Incoming::Ended(self.outbox.refuse(broken)));
                    }
                    self.buffer.take(head.frame_size());
                    continue;
                }
                Ok(_) => {}
                Err(broken) => return Poll::Ready(Incoming::Ended(self.outbox.refuse(broken))),
            }
            self.reader.settle();
            match ready!(self.buffer.poll_fill(&mut self.stream, cx)) {
                Ok(0) => {
                    return Poll::Ready(Incoming::Ended(Ended::with_code(NO_CLOSE, "")));
                }
                Ok(_) => {}
                Err(error) => return Poll::Ready(Incoming::Ended(lost(error))),
            }
        };
        let frame = self.buffer.take(head.frame_size());
        Poll::Ready(match self.reader.message(&head, frame) {
            Ok(Message::Text(text)) => Incoming::Text(text),
            Ok(Message::Binary(_)) => Incoming::Binary,
            Ok(Message::Pong(_)) => Incoming::Control,
            Ok(Message::Ping(said)) => {
                self.outbox.owed_pong = Some(said.to_vec());
                Incoming::Control
            }
            Ok(Message::Close(code, reason)) => {
                let ended = Ended::with_code(code.unwrap_or(NO_CODE), reason);
                self.outbox.close(code);
                Incoming::Ended(ended)
            }
            Err(broken) => Incoming::Ended(self.outbox.refuse(broken)),
        })
    }

    /// Sends what is left and a close frame, however long it takes as long as the server reads on, and
    /// waits for the server's close frame, for a while.
    pub async fn goodbye(mut self, code: u16) {
        self.outbox.close(Some(code));
        if self.send_all().await.is_none() {
            return;
        }
        let farewell = async {
            loop {
                let next = |cx: &mut Context<'_>| {
                    self.poll_read(cx).map(|incoming| matches!(incoming, Incoming::Ended(_)))
                };
                if std::future::poll_fn(next).await {
                    return self.stream.shutdown().await.ok();
                }
            }
        };
        // Whatever goes wrong now, the connection is over, as was wanted.
        let _ = tokio::time::timeout(GOODBYE, farewell).await;
    }

    /// None where the connection failed, or nothing has moved for a while.
    async fn send_all(&mut self) -> Option<()> {
        loop {
            let before = self.unsent();
            let some = std::future::poll_fn(|cx| match self.poll_write(cx) {
                Poll::Pending if self.unsent() < before => Poll::Ready(Ok(false)),
                written => written.map_ok(|()| true),
            });
            if tokio::time::timeout(GOODBYE, some).await.ok()?.ok()? {
                return Some(());
            }
        }
    }

    /// The server has closed, or has broken the protocol: sends the close frame that it is owed.
    pub async fn acknowledge(mut self) {
        let farewell = async {
            std::future::poll_fn(|cx| self.poll_write(cx)).await.ok()?;
            self.stream.shutdown().await.ok()
        };
        let _ = tokio::time::timeout(GOODBYE, farewell).await;
    }
}

/// The connection itself has failed.
fn lost(error: std::io::Error) -> Ended {
    Ended::with_code(NO_CLOSE, &error.to_string())
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// Takes so many bytes, and then none until it is given leave anew.
    struct Narrow {
        room: usize,
        taken: Vec<u8>,
    }

    impl AsyncWrite for Narrow {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let count = bytes.len().min(self.room);
            if count == 0 {
                return Poll::Pending;
            }
            self.room -= count;
            self.taken.extend_from_slice(&bytes[..count]);
            Poll::Ready(Ok(count))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn what_is_sent_is_let_go_of_while_something_always_waits() {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let mut stream = Narrow { room: 0, taken: Vec::new() };
        let mut outbox = Outbox::default();
        let (mut expected, mut written) = (Vec::new(), 0);
        let mut send = |outbox: &mut Outbox| {
            let from = outbox.bytes.len();
            outbox.add(Outgoing::Text(&format!("{written:01000}")));
            written += 1;
            expected.extend_from_slice(&outbox.bytes[from..]);
            outbox.bytes.len() - from
        };
        for _ in 0..100 {
            send(&mut outbox);
        }
        let waiting = outbox.bytes.len();
        for _ in 0..10_000 {
            // As fast as it is filled it empties, and never down to the end.
            stream.room = send(&mut outbox);
            assert!(outbox.poll_write(&mut stream, &mut cx).is_pending());
            assert_eq!(outbox.bytes.len() - outbox.gone, waiting);
            let kept = outbox.bytes.len();
            assert!(kept <= 2 * waiting + KEPT_GONE, "{kept} bytes where {waiting} wait");
        }
        assert!(outbox.bytes.capacity() < 1 << 20, "{} bytes", outbox.bytes.capacity());
        stream.room = usize::MAX;
        assert!(outbox.poll_write(&mut stream, &mut cx).is_ready());
        assert!(stream.taken == expected, "all of it, and in order");
        assert!(outbox.bytes.capacity() <= KEPT_BYTES);
    }
}
