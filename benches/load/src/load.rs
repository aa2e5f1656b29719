//! A load: what a channel's name asks the server for, and the bytes that answer it.

use crate::payload::{EVENT, envelope, payload};

/// What separates the events that are counted from those before, which warm the client up.
pub const BEGIN: &str = "begin";
pub const END: &str = "end";

/// Large enough that writing costs little, small enough to stay in the processor's cache.
const BLOCK: usize = 256 * 1024;

/// The channel `load-PAYLOAD-COUNT` asks for so many events on it, and `spread-PAYLOAD-COUNT` for as
/// many on all channels of the connection in turn.
pub struct Load {
    payload: String,
    pub count: usize,
    pub spread: bool,
}

impl Load {
    pub fn of(channel: &str) -> Option<Self> {
        let (kind, rest) = channel.split_once('-')?;
        let (name, count) = rest.split_once('-')?;
        let spread = match kind {
            "load" => false,
            "spread" => true,
            _ => return None,
        };
        Some(Self { payload: payload(name)?, count: count.parse().ok()?, spread })
    }

    /// The frames of a block, on these channels in turn.
    pub fn block(&self, channels: &[String]) -> Block {
        let mut block = Block { bytes: Vec::new(), ends: Vec::new() };
        while block.bytes.len() < BLOCK || block.ends.len() < channels.len() {
            let channel = &channels[block.ends.len() % channels.len()];
            push_frame(&mut block.bytes, &envelope(EVENT, channel, &self.payload));
            block.ends.push(block.bytes.len());
        }
        block
    }

    /// The frame that tells a client to begin or to end.
    pub fn mark(event: &str, channel: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        push_frame(&mut bytes, &envelope(event, channel, "{}"));
        bytes
    }
}

/// Encoded once, and written again and again.
pub struct Block {
    bytes: Vec<u8>,
    /// Where each frame ends.
    ends: Vec<usize>,
}

impl Block {
    /// What to write for so many events: whole blocks, and a part of one.
    pub fn writes(&self, events: usize) -> impl Iterator<Item = &[u8]> {
        let rest = events % self.ends.len();
        let part = if rest == 0 { 0 } else { self.ends[rest - 1] };
        let whole = std::iter::repeat_n(&self.bytes[..], events / self.ends.len());
        whole.chain(std::iter::once(&self.bytes[..part]))
    }
}

/// A text frame as servers send it, not masked.
fn push_frame(bytes: &mut Vec<u8>, text: &str) {
    const FINAL_TEXT: u8 = 0x81;
    bytes.push(FINAL_TEXT);
    match text.len() {
        length @ 0..=125 => bytes.push(length as u8),
        length @ 126..=0xffff => {
            bytes.push(126);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            bytes.push(127);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(text.as_bytes());
}
