//! What a server's bytes make of a WebSocket, and what is made of its end: two bytes are a close
//! code, one says in how large pieces the rest arrives, and the rest is what a server sends after
//! the handshake.
#![no_main]

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::task::noop_waker_ref;
use libfuzzer_sys::fuzz_target;
use pusherws::engine::websocket::{Incoming, Socket};
use pusherws::error::Status;
use pusherws::protocol::close_code::Advice;
use pusherws::session::Ended;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Small, so that messages beyond it are found.
const MAX_MESSAGE: usize = 1024;

/// The server's bytes, in pieces, and then the end.
struct Wire {
    bytes: Vec<u8>,
    read: usize,
    piece: usize,
    /// Every other read has to wait.
    ready: bool,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.ready = !self.ready;
        if !self.ready {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let end = self.bytes.len().min(self.read + self.piece.min(buf.remaining()));
        buf.put_slice(&self.bytes[self.read..end]);
        self.read = end;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn socket(bytes: &[u8], piece: usize) -> Socket<Wire> {
    let wire = Wire { bytes: bytes.to_vec(), read: 0, piece: piece.max(1), ready: false };
    Socket::new(wire, Vec::new(), MAX_MESSAGE)
}

/// Reads until the end, as the driver does.
fn read_all(socket: &mut Socket<Wire>, bytes: usize) -> Ended {
    let mut cx = Context::from_waker(noop_waker_ref());
    for turn in 0..2 * bytes + 100 {
        if turn % 3 == 0 {
            socket.send(&format!("frame {turn}"));
        }
        if let Poll::Ready(Err(ended)) = socket.poll_write(&mut cx) {
            return ended;
        }
        match socket.poll_read(&mut cx) {
            Poll::Pending | Poll::Ready(Incoming::Binary | Incoming::Control) => {}
            Poll::Ready(Incoming::Text(text)) => assert!(text.len() <= MAX_MESSAGE),
            Poll::Ready(Incoming::Ended(ended)) => return ended,
        }
    }
    panic!("the WebSocket does not end with its bytes");
}

fn check_end(ended: &Ended) {
    let text = ended.error.message();
    assert!(!text.is_empty() && text.len() < 4096);
    assert!(!text.chars().any(char::is_control), "{text:?}");
    assert_ne!(ended.error.status(), Status::Ok);
}

thread_local! {
    static RUNTIME: RefCell<tokio::runtime::Runtime> = RefCell::new(
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime"),
    );
}

fuzz_target!(|bytes: &[u8]| {
    let Some((head, rest)) = bytes.split_first_chunk::<3>() else { return };
    let code = u16::from_le_bytes([head[0], head[1]]);
    let ended = Ended::with_code(code, &String::from_utf8_lossy(rest));
    assert_eq!((ended.advice, ended.error.code()), (Advice::of(code), i32::from(code)));
    check_end(&ended);

    let piece = usize::from(head[2]);
    let mut first = socket(rest, piece);
    let ended = read_all(&mut first, rest.len());
    check_end(&ended);
    // In how large pieces they come makes no difference.
    let other = read_all(&mut socket(rest, 4096), rest.len());
    assert_eq!(ended.error.message(), other.error.message());
    RUNTIME.with_borrow(|runtime| {
        runtime.block_on(first.acknowledge());
        // A goodbye in the midst of whatever comes: ends by itself, since the bytes do.
        runtime.block_on(socket(rest, piece).goodbye(1000));
    });
});
