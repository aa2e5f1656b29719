//! The head of an HTTP answer in one piece.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const END: &[u8] = b"\r\n\r\n";

/// A head that is longer is given as it comes, for whoever reads it to complain.
const MAX_HEAD: usize = 64 * 1024;

/// Gives the head of an answer when all of it is there. tungstenite parses a head anew with each
/// piece, and takes one in many small pieces for an attack; a slow network makes such pieces, too.
pub struct WholeHead<S> {
    stream: S,
    /// What has been read, and how much of it has been given.
    read: Vec<u8>,
    given: usize,
    /// Where the head ends.
    end: Option<usize>,
}

impl<S> WholeHead<S> {
    pub fn new(stream: S) -> WholeHead<S> {
        WholeHead { stream, read: Vec::new(), given: 0, end: None }
    }

    /// The stream, and what came after the head.
    pub fn into_parts(mut self) -> (S, Vec<u8>) {
        let rest = self.read.split_off(self.given);
        (self.stream, rest)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WholeHead<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let end = loop {
            if let Some(end) = this.end {
                break end;
            }
            let mut piece = [0; 1024];
            let mut piece = ReadBuf::new(&mut piece);
            ready!(Pin::new(&mut this.stream).poll_read(cx, &mut piece))?;
            let searched = this.read.len().saturating_sub(END.len() - 1);
            this.read.extend_from_slice(piece.filled());
            let found = this.read[searched..].windows(END.len()).position(|four| four == END);
            let ended = piece.filled().is_empty() || this.read.len() > MAX_HEAD;
            this.end = match found {
                Some(place) => Some(searched + place + END.len()),
                None => ended.then_some(this.read.len()),
            };
        };
        // Once the head has been given, what came with it, and then what comes.
        let until = if this.given < end { end } else { this.read.len() };
        if this.given == until {
            return Pin::new(&mut this.stream).poll_read(cx, buf);
        }
        let piece = &this.read[this.given..until];
        let piece = &piece[..piece.len().min(buf.remaining())];
        buf.put_slice(piece);
        this.given += piece.len();
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WholeHead<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// Each piece is a read of its own.
    struct Pieces(VecDeque<Vec<u8>>);

    impl AsyncRead for Pieces {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if let Some(piece) = self.0.pop_front() {
                buf.put_slice(&piece);
            }
            Poll::Ready(Ok(()))
        }
    }

    fn read(stream: &mut WholeHead<Pieces>) -> String {
        let mut space = [0; 4096];
        let mut buf = ReadBuf::new(&mut space);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(Pin::new(stream).poll_read(&mut cx, &mut buf).is_ready());
        String::from_utf8_lossy(buf.filled()).into_owned()
    }

    fn pieces(text: &str, size: usize) -> WholeHead<Pieces> {
        WholeHead::new(Pieces(text.as_bytes().chunks(size).map(<[u8]>::to_vec).collect()))
    }

    #[test]
    fn the_head_comes_whole_and_what_follows_is_kept() {
        for size in 1..50 {
            let mut stream = pieces("HTTP/1.1 101 Yes\r\nA: b\r\n\r\nframes", size);
            assert_eq!(read(&mut stream), "HTTP/1.1 101 Yes\r\nA: b\r\n\r\n", "{size}");
            let (rest_of_stream, mut rest) = stream.into_parts();
            rest.extend(rest_of_stream.0.into_iter().flatten());
            assert_eq!(rest, b"frames", "{size}");
        }
    }

    #[test]
    fn an_end_before_the_head_is_an_end() {
        let mut stream = pieces("HTTP/1.1 101", 5);
        assert_eq!(read(&mut stream), "HTTP/1.1 101");
        assert_eq!(read(&mut stream), "");
    }

    #[test]
    fn a_head_without_end_is_not_gathered_for_ever() {
        let mut stream = pieces(&"x".repeat(100_000), 1000);
        assert_eq!(read(&mut stream).len(), 4096);
    }
}
