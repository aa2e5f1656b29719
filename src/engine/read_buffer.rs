//! The memory that a connection reads into: one piece for all connections of a network thread, as long
//! as each of them has read all that it was given.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

/// Half of it costs a twentieth more time for an event, and twice as much gains nothing.
const SIZE: usize = 64 * 1024;

/// The beginning of a frame that is no longer is kept in memory of its own size.
const SMALL: usize = 4 * 1024;

thread_local! {
    /// Between two reads, nobody's.
    static SPARE: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

/// Bytes that have been read and not been used yet.
#[derive(Default)]
pub struct ReadBuffer {
    memory: Box<[u8]>,
    start: usize,
    end: usize,
}

impl ReadBuffer {
    /// With what has been read already.
    pub fn new(read: Vec<u8>) -> ReadBuffer {
        let end = read.len();
        ReadBuffer { memory: read.into_boxed_slice(), start: 0, end }
    }

    pub fn filled(&self) -> &[u8] {
        &self.memory[self.start..self.end]
    }

    /// The first `count` bytes have been used. They still lie there until the next read.
    pub fn take(&mut self, count: usize) -> &[u8] {
        let taken = self.start..self.start + count;
        self.start = taken.end;
        &self.memory[taken]
    }

    /// Reads more. 0 at the end of the stream.
    pub fn poll_fill(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        self.make_room();
        let mut space = ReadBuf::new(&mut self.memory[self.end..]);
        let read = Pin::new(stream).poll_read(cx, &mut space);
        let count = space.filled().len();
        self.end += count;
        match read {
            Poll::Pending => {
                self.settle();
                Poll::Pending
            }
            Poll::Ready(result) => Poll::Ready(result.map(|()| count)),
        }
    }

    fn make_room(&mut self) {
        let filled = self.end - self.start;
        if self.memory.len() < SIZE {
            let mut memory = SPARE.take().unwrap_or_else(|| vec![0; SIZE].into_boxed_slice());
            memory[..filled].copy_from_slice(self.filled());
            self.memory = memory;
        } else if filled == self.memory.len() {
            // A frame that is larger. It grows with what has really come, and not with what its
            // head claims.
            let mut memory = vec![0; 2 * filled].into_boxed_slice();
            memory[..filled].copy_from_slice(self.filled());
            self.memory = memory;
        } else if self.start > 0 {
            self.memory.copy_within(self.start..self.end, 0);
        } else {
            return;
        }
        (self.start, self.end) = (0, filled);
    }

    /// There is nothing more to read at the moment: the memory is for others.
    fn settle(&mut self) {
        let filled = self.filled();
        if filled.len() > SMALL {
            return;
        }
        let kept = filled.to_vec().into_boxed_slice();
        (self.start, self.end) = (0, kept.len());
        let memory = std::mem::replace(&mut self.memory, kept);
        if memory.len() == SIZE {
            SPARE.set(Some(memory));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many bytes at a time, and then nothing.
    struct Source {
        left: usize,
        piece: usize,
        next: u8,
    }

    impl AsyncRead for Source {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if self.left == 0 {
                return Poll::Pending;
            }
            let count = self.piece.min(self.left).min(buf.remaining());
            for _ in 0..count {
                buf.put_slice(&[self.next]);
                self.next = self.next.wrapping_add(1);
            }
            self.left -= count;
            Poll::Ready(Ok(()))
        }
    }

    /// Reads all of it, using up what `used` says of what is there.
    fn read(
        source: &mut Source,
        buffer: &mut ReadBuffer,
        used: impl Fn(usize) -> usize,
    ) -> Vec<u8> {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let mut all = Vec::new();
        while let Poll::Ready(count) = buffer.poll_fill(source, &mut cx) {
            assert!(count.unwrap() > 0);
            let used = used(buffer.filled().len());
            all.extend_from_slice(buffer.take(used));
        }
        all
    }

    #[test]
    fn what_is_read_comes_out_in_order_whatever_is_left_over() {
        for piece in [1, 100, 5000, SIZE, 3 * SIZE] {
            for keep in [0, 1, 17, SMALL, SMALL + 1, SIZE - 1, SIZE + 5] {
                let total = 5 * SIZE + 11;
                let mut source = Source { left: total, piece, next: 0 };
                let mut buffer = ReadBuffer::new(vec![255]);
                let mut all = read(&mut source, &mut buffer, |there| there.saturating_sub(keep));
                all.extend_from_slice(buffer.filled());
                assert_eq!(all.len(), total + 1, "{piece} {keep}");
                let expected = |place: usize| (place as u8).wrapping_sub(1);
                assert!(all.iter().enumerate().all(|(place, byte)| *byte == expected(place)));
            }
        }
    }

    #[test]
    fn who_has_used_all_keeps_nothing() {
        SPARE.take();
        let mut source = Source { left: 100, piece: 100, next: 0 };
        let mut buffer = ReadBuffer::default();
        assert_eq!(read(&mut source, &mut buffer, |there| there).len(), 100);
        assert_eq!(buffer.memory.len(), 0);
        let spare = SPARE.take().expect("given back");
        let place = spare.as_ptr();
        SPARE.set(Some(spare));
        // The next one uses it, too.
        source.left = 10;
        let mut other = ReadBuffer::default();
        assert_eq!(read(&mut source, &mut other, |there| there - 3).len(), 7);
        assert_eq!(other.memory.len(), 3, "the beginning of a frame, and no more");
        let spare = SPARE.take().expect("given back again");
        assert_eq!(spare.as_ptr(), place);
    }

    #[test]
    fn memory_for_a_large_frame_is_not_kept() {
        let mut source = Source { left: 3 * SIZE, piece: SIZE, next: 0 };
        let mut buffer = ReadBuffer::default();
        let all = |there| if there == 3 * SIZE { there } else { 0 };
        assert_eq!(read(&mut source, &mut buffer, all).len(), 3 * SIZE);
        assert_eq!(buffer.memory.len(), 0);
    }
}
