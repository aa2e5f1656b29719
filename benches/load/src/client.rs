//! A WebSocket client by hand: it blocks, and knows nothing but unbroken text frames.

use std::io::{self, Read, Write};
use std::net::TcpStream;

/// What a read can bring at most, and a frame can have.
const CAPACITY: usize = 128 * 1024;
/// So many bytes of anything follow a text: whoever looks at sixteen bytes at a time need not look
/// where it ends.
pub const SLACK: usize = 32;

pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Client {
    pub fn connect(port: u16) -> io::Result<Self> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.write_all(
            b"GET /app/key?protocol=7 HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n\
              Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
              Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        )?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            answer.push(byte[0]);
        }
        if !answer.starts_with(b"HTTP/1.1 101 ") {
            return Err(io::Error::other("the server refused the WebSocket"));
        }
        Ok(Self { stream, buffer: vec![0; CAPACITY + SLACK], start: 0, end: 0 })
    }

    /// Sends a text frame. Its mask is zero, so that masking is nothing to do.
    pub fn send(&mut self, text: &str) -> io::Result<()> {
        const MASKED: u8 = 0x80;
        let mut frame = vec![0x81];
        match text.len() {
            length @ 0..=125 => frame.push(MASKED | length as u8),
            length => {
                let length = u16::try_from(length).map_err(io::Error::other)?;
                frame.push(MASKED | 126);
                frame.extend_from_slice(&length.to_be_bytes());
            }
        }
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(text.as_bytes());
        self.stream.write_all(&frame)
    }

    pub fn subscribe(&mut self, channel: &str) -> io::Result<()> {
        self.send(&format!(r#"{{"event":"pusher:subscribe","data":{{"channel":"{channel}"}}}}"#))
    }

    /// The next frame's text, followed by `SLACK` bytes of anything.
    #[inline]
    pub fn text(&mut self) -> io::Result<&[u8]> {
        loop {
            let ready = &self.buffer[self.start..self.end];
            if let Some((header, length)) = head(ready)?
                && ready.len() >= header + length
            {
                let text = self.start + header;
                self.start = text + length;
                return Ok(&self.buffer[text..self.start + SLACK]);
            }
            self.fill()?;
        }
    }

    #[cold]
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == CAPACITY {
            return Err(io::Error::other("a frame is larger than the buffer"));
        }
        match self.stream.read(&mut self.buffer[self.end..CAPACITY])? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.end += count;
                Ok(())
            }
        }
    }
}

/// The length of a frame's header, and that of its text, where the header is complete.
#[inline]
fn head(bytes: &[u8]) -> io::Result<Option<(usize, usize)>> {
    let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
    if first != 0x81 {
        return Err(io::Error::other("not an unbroken text frame"));
    }
    Ok(match second {
        0..=125 => Some((2, usize::from(second))),
        126 => rest.first_chunk().map(|&length| (4, usize::from(u16::from_be_bytes(length)))),
        _ => return Err(io::Error::other("a frame is masked or too large")),
    })
}
