//! One WebSocket: a reader, a writer and its clocks, in one task.
//!
//! Reading is tungstenite's. Writing is not: the writer takes bytes from the [`Outbox`], so that a
//! frame for many clients is encoded once, and so that half a frame is as easy as a whole one.
//! What tungstenite itself wants to write, pongs and close replies, it puts into the same queue.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf, ReadHalf, WriteHalf};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::faults::{Fault, How};
use crate::frames::{self, Data};
use crate::hub::Hub;
use crate::net::Net;
use crate::outbox::{Item, Outbox};
use crate::state::ConnectRequest;

/// How much is taken from the queue at a time, and how much is put into one write.
const BATCH: usize = 256 * 1024;
const WRITE: usize = 64 * 1024;
/// How long a client may take to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Runs a connection from the end of its upgrade to its own.
pub(crate) async fn run(hub: Arc<Hub>, net: Net, rest: Bytes, request: ConnectRequest) {
    let outbox = Arc::new(Outbox::default());
    let (id, socket_id, message_bytes) = hub.with(|inner| {
        let id = inner.enter(request, outbox.clone());
        inner.admit(id);
        let socket_id = inner.connections[&id].socket_id.clone();
        (id, socket_id, inner.config.limits.message_bytes)
    });
    let connection = Connection {
        hub,
        id,
        socket_id,
        outbox,
        last_text: Mutex::new(Instant::now()),
        client_closed: Notify::new(),
    };
    let (read_half, mut write_half) = tokio::io::split(net);
    let read_side = ReadSide { half: read_half, outbox: connection.outbox.clone(), mute: false };
    let config = WebSocketConfig::default()
        .max_message_size(Some(message_bytes))
        .max_frame_size(Some(message_bytes));
    let mut socket =
        WebSocketStream::from_partially_read(read_side, rest.to_vec(), Role::Server, Some(config))
            .await;
    let ending = connection.converse(&mut socket, &mut write_half).await;
    let net = socket.into_inner().half.unsplit(write_half);
    // Told before the last bytes are waited for: the connection is over for everybody else.
    drop(connection);
    match ending {
        Ending::Polite => net.end().await,
        Ending::Drop(how) => net.drop_tcp(how).await,
    }
}

enum Ending {
    Polite,
    Drop(How),
}

enum ReadEnd {
    /// The client did what the WebSocket protocol forbids; a close frame is queued.
    Violation,
    /// The socket ended or failed.
    Lost,
}

struct Connection {
    hub: Arc<Hub>,
    id: u64,
    socket_id: String,
    outbox: Arc<Outbox>,
    last_text: Mutex<Instant>,
    /// Told when the client has sent a close frame, and will get an answer or has just given one.
    client_closed: Notify,
}

impl Drop for Connection {
    /// Also runs when the task is aborted.
    fn drop(&mut self) {
        self.hub.with(|inner| inner.leave(self.id));
    }
}

impl Connection {
    async fn converse(
        &self,
        socket: &mut WebSocketStream<ReadSide>,
        write_half: &mut WriteHalf<Net>,
    ) -> Ending {
        let reader = self.read(socket);
        let writer = self.write(write_half);
        let clocks = self.watch_clocks();
        let aborted = self.outbox.aborted();
        tokio::pin!(reader, writer, clocks, aborted);
        let mut reading = true;
        let ending = loop {
            tokio::select! {
                biased;
                how = &mut aborted => return Ending::Drop(how),
                end = &mut reader, if reading => match end {
                    ReadEnd::Lost => return Ending::Drop(How::Fin),
                    ReadEnd::Violation => reading = false,
                },
                ending = &mut writer => break ending,
                () = &mut clocks => {}
            }
        };
        if reading && matches!(ending, Ending::Polite) {
            // The close frame is out; what follows is the client's answer, or nothing.
            tokio::select! {
                how = &mut aborted => return Ending::Drop(how),
                _ = &mut reader => {}
                _ = timeout(CLOSE_TIMEOUT, self.client_closed.notified()) => {}
            }
        }
        ending
    }

    async fn read(&self, socket: &mut WebSocketStream<ReadSide>) -> ReadEnd {
        let mut faults = self.hub.fault_changes();
        loop {
            faults.mark_unchanged();
            if self.holds(&Fault::StopReading {}) {
                let _ = faults.changed().await;
                continue;
            }
            let message = tokio::select! {
                biased;
                _ = faults.changed() => continue,
                message = socket.next() => message,
            };
            if message.is_some() {
                socket.get_mut().mute = false;
            }
            match message {
                Some(Ok(Message::Text(text))) => {
                    *self.last_text.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
                    self.hub.with(|inner| inner.receive(self.id, &text));
                }
                Some(Ok(Message::Binary(_))) => self.count(|c| c.binary_received += 1),
                Some(Ok(Message::Ping(_))) => {
                    // The pong is written at the start of the next read.
                    let ignored = self.hub.with(|inner| {
                        inner.change(self.id, |c| c.ws_pings += 1);
                        inner.ignores_ping(self.id)
                    });
                    socket.get_mut().mute = ignored;
                }
                Some(Ok(Message::Pong(_))) => self.count(|c| c.ws_pongs += 1),
                Some(Ok(Message::Close(frame))) => {
                    let frame = frame
                        .map(|frame| (Some(frame.code.into()), frame.reason.to_string()))
                        .unwrap_or_default();
                    self.count(|c| c.close_received = Some(frame));
                    // A silent server does not even answer that.
                    socket.get_mut().mute = self.holds(&Fault::Silent {});
                }
                Some(Ok(Message::Frame(_))) => {}
                None => {
                    // tungstenite has just put its reply into the queue, or was mute.
                    if !socket.get_ref().mute {
                        self.client_closed.notify_one();
                        self.hub.with(|inner| inner.instruct(self.id, Item::End));
                    }
                    // The writer may be stalled or slow: the client's patience ends it as well.
                    socket.get_mut().until_eof().await;
                    return ReadEnd::Lost;
                }
                Some(Err(error)) => {
                    let (code, reason) = match error {
                        Error::Capacity(error) => (1009, error.to_string()),
                        Error::Utf8(error) => (1007, error.to_string()),
                        Error::Protocol(error) if !is_reset(&error) => (1002, error.to_string()),
                        _ => return ReadEnd::Lost,
                    };
                    self.hub.with(|inner| inner.close(self.id, Some(code), &reason));
                    return ReadEnd::Violation;
                }
            }
        }
    }

    fn count(&self, count: impl FnOnce(&mut crate::inner::Connection)) {
        self.hub.with(|inner| inner.change(self.id, count));
    }

    fn holds(&self, condition: &Fault) -> bool {
        self.hub.holds(&self.socket_id, condition)
    }

    async fn write(&self, socket: &mut WriteHalf<Net>) -> Ending {
        let mut batch = Vec::new();
        let mut buffer = Vec::with_capacity(WRITE);
        loop {
            self.outbox.take(BATCH, &mut batch).await;
            for (at, item) in batch.drain(..) {
                let result = match item {
                    Item::Frames(bytes) => {
                        if self.holds(&Fault::Silent {}) {
                            continue;
                        }
                        match self.delay() {
                            Some(delay) => {
                                let early = send(socket, &mut buffer).await;
                                sleep_until(at + delay).await;
                                early.and(append(socket, &mut buffer, &bytes).await)
                            }
                            None => append(socket, &mut buffer, &bytes).await,
                        }
                    }
                    Item::Bytes(bytes) => append(socket, &mut buffer, &bytes).await,
                    Item::Close(code, reason) => {
                        buffer.extend_from_slice(&frames::close_frame(code, &reason));
                        return ending_after(send(socket, &mut buffer).await, Ending::Polite);
                    }
                    Item::End => {
                        return ending_after(send(socket, &mut buffer).await, Ending::Polite);
                    }
                    Item::Drop(how) => {
                        return ending_after(send(socket, &mut buffer).await, Ending::Drop(how));
                    }
                    Item::Stall => {
                        let result = send(socket, &mut buffer).await;
                        if result.is_ok() {
                            std::future::pending::<()>().await;
                        }
                        result
                    }
                };
                if result.is_err() {
                    return Ending::Drop(How::Fin);
                }
            }
            if send(socket, &mut buffer).await.is_err() {
                return Ending::Drop(How::Fin);
            }
        }
    }

    fn delay(&self) -> Option<Duration> {
        self.hub.take_fault(Some(&self.socket_id), |fault| match fault {
            Fault::DelayFrames { ms } => Some(Duration::from_millis(*ms)),
            _ => None,
        })
    }

    /// Pings, and closes what is idle or unauthorised for too long. Ends when nothing is left to
    /// watch.
    async fn watch_clocks(&self) {
        let (pings, idle, authorization) = self.hub.read(|inner| {
            let config = &inner.config;
            (config.pings, config.idle_timeout, config.authorization_timeout)
        });
        let last = || *self.last_text.lock().unwrap_or_else(PoisonError::into_inner);
        let fail = |code, message: &str| {
            self.hub.with(|inner| inner.error_and_close(self.id, code, message));
        };
        let ping = async {
            let Some(pings) = pings else { return };
            loop {
                let seen = last();
                sleep_until(seen + pings.every).await;
                if last() > seen {
                    continue;
                }
                let sent = Instant::now();
                self.hub.with(|inner| {
                    let data = match inner.config.quirks.ping_without_data {
                        true => Data::None,
                        false => Data::Text("{}".to_owned()),
                    };
                    inner.send(self.id, &frames::event("pusher:ping", None, &data, None));
                });
                sleep_until(sent + pings.timeout).await;
                if last() <= sent {
                    return fail(4201, "Pong reply not received");
                }
            }
        };
        let idle = async {
            let Some(idle) = idle else { return };
            loop {
                let seen = last();
                sleep_until(seen + idle).await;
                if last() <= seen {
                    return fail(4201, "The connection was idle for too long");
                }
            }
        };
        let authorization = async {
            let Some(limit) = authorization else { return };
            sleep_until(Instant::now() + limit).await;
            let authorized = self
                .hub
                .read(|inner| inner.connections.get(&self.id).is_some_and(|c| c.authorized));
            if !authorized {
                fail(4009, "Connection not authorized within timeout.");
            }
        };
        tokio::join!(ping, idle, authorization);
        std::future::pending().await
    }
}

fn is_reset(error: &tokio_tungstenite::tungstenite::error::ProtocolError) -> bool {
    use tokio_tungstenite::tungstenite::error::ProtocolError;
    matches!(error, ProtocolError::ResetWithoutClosingHandshake)
}

fn ending_after(result: io::Result<()>, ending: Ending) -> Ending {
    match result {
        Ok(()) => ending,
        Err(_) => Ending::Drop(How::Fin),
    }
}

async fn append(socket: &mut WriteHalf<Net>, buffer: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
    if buffer.len() + bytes.len() > WRITE {
        send(socket, buffer).await?;
    }
    if bytes.len() > WRITE / 4 {
        return socket.write_all(bytes).await;
    }
    buffer.extend_from_slice(bytes);
    Ok(())
}

async fn send(socket: &mut WriteHalf<Net>, buffer: &mut Vec<u8>) -> io::Result<()> {
    if !buffer.is_empty() {
        socket.write_all(buffer).await?;
        buffer.clear();
    }
    socket.flush().await
}

/// What tungstenite sees as its socket: reads come from there, writes go into the queue.
struct ReadSide {
    half: ReadHalf<Net>,
    outbox: Arc<Outbox>,
    /// Throw away what tungstenite writes.
    mute: bool,
}

impl ReadSide {
    async fn until_eof(&mut self) {
        use tokio::io::AsyncReadExt;
        let mut buffer = [0; 4096];
        while matches!(self.half.read(&mut buffer).await, Ok(1..)) {}
    }
}

impl AsyncRead for ReadSide {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.half).poll_read(cx, buf)
    }
}

impl AsyncWrite for ReadSide {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.mute {
            self.outbox.push(Item::Frames(Bytes::copy_from_slice(buf)));
        }
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
