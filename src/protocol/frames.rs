//! WebSocket frames, as a client reads and writes them (RFC 6455, section 5): read in place, out of
//! whatever memory they lie in.
//!
//! tungstenite makes the opening handshake. Its frames cost a copy and two allocations for each
//! message, as much as all the rest of an event's way; and a buffer for each connection, as much as all
//! else that an idle one keeps.

use std::fmt;

/// What a server sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Message<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
    Ping(&'a [u8]),
    Pong(&'a [u8]),
    /// The code, if there is one, and the reason.
    Close(Option<u16>, &'a str),
}

/// What a server did that ends the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It does not follow the protocol; what it did.
    Protocol(&'static str),
    /// Its text is not UTF-8.
    Utf8,
    /// Its message has more bytes than are accepted, which is the number here.
    TooLarge(usize),
}

impl Broken {
    /// What it is told: the code for a close frame.
    pub fn close_code(self) -> u16 {
        match self {
            Broken::Protocol(_) => 1002,
            Broken::Utf8 => 1007,
            Broken::TooLarge(_) => 1009,
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::Protocol(what) => f.write_str(what),
            Broken::Utf8 => f.write_str("its text is not UTF-8"),
            Broken::TooLarge(limit) => {
                write!(f, "its message is larger than the {limit} bytes that are accepted")
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    fn is_control(self) -> bool {
        matches!(self, Opcode::Close | Opcode::Ping | Opcode::Pong)
    }
}

/// The head of a frame, which has been checked.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    last: bool,
    opcode: Opcode,
    /// Bytes of the head itself.
    size: usize,
    payload: usize,
}

impl Head {
    /// Bytes of the whole frame.
    pub fn frame_size(&self) -> usize {
        self.size + self.payload
    }

    fn payload<'a>(&self, frame: &'a [u8]) -> &'a [u8] {
        &frame[self.size..self.frame_size()]
    }
}

/// Makes messages of frames. A frame in one piece is read where it lies.
#[derive(Debug)]
pub struct Reader {
    max_message: usize,
    /// What the fragments of a message say so far, and what it is to become.
    fragments: Vec<u8>,
    opcode: Option<Opcode>,
    /// How many bytes of a text's fragments are whole characters.
    checked: usize,
}

impl Reader {
    pub fn new(max_message: usize) -> Reader {
        Reader { max_message, fragments: Vec::new(), opcode: None, checked: 0 }
    }

    /// The head of the frame at the beginning of `bytes`; None where not all of it is there yet.
    pub fn head(&self, bytes: &[u8]) -> Result<Option<Head>, Broken> {
        let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
        if first & 0x70 != 0 {
            return Err(Broken::Protocol("it sets reserved bits, without an extension"));
        }
        let opcode = match first & 0x0f {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            _ => return Err(Broken::Protocol("it sends a frame of a reserved kind")),
        };
        let last = first & 0x80 != 0;
        if second & 0x80 != 0 {
            return Err(Broken::Protocol("it masks its frames, as only clients do"));
        }
        let (size, payload) = match second {
            126 => match *rest {
                [a, b, ..] => (4, u64::from(u16::from_be_bytes([a, b]))),
                _ => return Ok(None),
            },
            127 => match *rest {
                [a, b, c, d, e, f, g, h, ..] => (10, u64::from_be_bytes([a, b, c, d, e, f, g, h])),
                _ => return Ok(None),
            },
            short => (2, u64::from(short)),
        };
        let open = if opcode.is_control() {
            if !last || payload > 125 {
                return Err(Broken::Protocol("it sends a control frame in parts, or a long one"));
            }
            0
        } else {
            if (opcode == Opcode::Continuation) != self.opcode.is_some() {
                return Err(Broken::Protocol("it mixes up the fragments of its messages"));
            }
            // Else they are of a message that is over.
            if opcode == Opcode::Continuation { self.fragments.len() } else { 0 }
        };
        // A control frame is short, whatever the limit on messages is.
        let room = if opcode.is_control() { 125 } else { self.max_message.saturating_sub(open) };
        match usize::try_from(payload) {
            Ok(payload) if payload <= room => Ok(Some(Head { last, opcode, size, payload })),
            _ => Err(Broken::TooLarge(self.max_message)),
        }
    }

    /// Whether a frame completes a message. One that does not is to be [`kept`](Self::keep).
    pub fn completes(&self, head: &Head) -> bool {
        head.last
    }

    /// Keeps a fragment until the last one comes. What cannot become UTF-8 any more is refused at once.
    pub fn keep(&mut self, head: &Head, frame: &[u8]) -> Result<(), Broken> {
        if head.opcode != Opcode::Continuation {
            self.fragments.clear();
            self.opcode = Some(head.opcode);
            self.checked = 0;
        }
        self.fragments.extend_from_slice(head.payload(frame));
        if self.opcode == Some(Opcode::Text) {
            self.checked += match simdutf8::compat::from_utf8(&self.fragments[self.checked..]) {
                Ok(whole) => whole.len(),
                Err(error) if error.error_len().is_none() => error.valid_up_to(),
                Err(_) => return Err(Broken::Utf8),
            };
        }
        Ok(())
    }

    /// The message that a frame completes.
    pub fn message<'a>(&'a mut self, head: &Head, frame: &'a [u8]) -> Result<Message<'a>, Broken> {
        let payload = head.payload(frame);
        match head.opcode {
            Opcode::Text => Ok(Message::Text(text(payload)?)),
            Opcode::Binary => Ok(Message::Binary(payload)),
            Opcode::Ping => Ok(Message::Ping(payload)),
            Opcode::Pong => Ok(Message::Pong(payload)),
            Opcode::Close => close(payload),
            Opcode::Continuation => {
                self.fragments.extend_from_slice(payload);
                match self.opcode.take() {
                    Some(Opcode::Text) => Ok(Message::Text(text(&self.fragments)?)),
                    _ => Ok(Message::Binary(&self.fragments)),
                }
            }
        }
    }

    /// Gives memory back, where no message is under way.
    pub fn settle(&mut self) {
        if self.opcode.is_none() {
            self.fragments = Vec::new();
        }
    }
}

fn text(bytes: &[u8]) -> Result<&str, Broken> {
    simdutf8::basic::from_utf8(bytes).map_err(|_| Broken::Utf8)
}

fn close(payload: &[u8]) -> Result<Message<'_>, Broken> {
    match *payload {
        [] => Ok(Message::Close(None, "")),
        [_] => Err(Broken::Protocol("it closes with half a code")),
        [high, low, ref reason @ ..] => {
            let code = u16::from_be_bytes([high, low]);
            // Those that are defined and may be sent, and those that are free for all.
            if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
                return Err(Broken::Protocol("it closes with a code that must not be sent"));
            }
            Ok(Message::Close(Some(code), text(reason)?))
        }
    }
}

/// What a client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outgoing<'a> {
    Text(&'a str),
    Pong(&'a [u8]),
    /// None where the other side gave no code either.
    Close(Option<u16>),
}

/// Adds a frame to `out`. `mask` has to be one that nobody can foresee (RFC 6455, section 10.3).
pub fn write(out: &mut Vec<u8>, message: Outgoing<'_>, mask: [u8; 4]) {
    let code;
    let (opcode, payload) = match message {
        Outgoing::Text(text) => (1, text.as_bytes()),
        Outgoing::Pong(payload) => (10, payload),
        Outgoing::Close(Some(number)) => {
            code = number.to_be_bytes();
            (8, code.as_slice())
        }
        Outgoing::Close(None) => (8, [].as_slice()),
    };
    out.reserve(14 + payload.len());
    out.push(0x80 | opcode);
    match payload.len() {
        short @ 0..=125 => out.push(0x80 | short as u8),
        middle @ 126..=0xffff => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(middle as u16).to_be_bytes());
        }
        long => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&mask);
    let start = out.len();
    out.extend_from_slice(payload);
    for four in out[start..].chunks_mut(4) {
        for (byte, mask) in four.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
}
