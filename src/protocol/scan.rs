//! The way of an ordinary frame: one pass that checks it, finds its fields, and unescapes them into
//! memory that is used again.
//!
//! A scan that succeeds gives what `Envelope::parse` would give, since it knows only a part of JSON,
//! of which nothing is in doubt: one flat object; keys without escapes, none of ours twice; values
//! that are strings, whole numbers, `true`, `false` or null; no control character and no lone
//! surrogate in a string. At anything else, right or wrong, it gives up, and serde_json reads the
//! frame from its beginning. So nothing is ever refused here, and no error is described twice.

mod chunk;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::protocol::envelope::{Data, Envelope};
use chunk::{CHUNK, Escapes, Lowest, escapes, special};

/// What grew larger than this for one frame is given back with the next.
const KEPT_BYTES: usize = 64 * 1024;

/// Digits of a number that fits into every type a reader may choose.
const MAX_DIGITS: usize = 18;

/// Memory for unescaped text, used again for every frame.
#[derive(Debug, Default)]
pub struct Scratch(Vec<u8>);

impl Scratch {
    /// As much as a frame can need: nothing becomes longer by being unescaped, and whole chunks are
    /// written, of which the last may reach beyond the text.
    fn for_frame(&mut self, frame: &str) -> &mut [u8] {
        let needed = frame.len() + WINDOW;
        if self.0.len() > KEPT_BYTES && needed <= KEPT_BYTES {
            self.0.truncate(KEPT_BYTES);
            self.0.shrink_to_fit();
        }
        if self.0.len() < needed {
            self.0.resize(needed, 0);
        }
        &mut self.0
    }
}

/// The envelope of an ordinary frame; None where serde_json has to look at it.
pub fn scan<'a>(frame: &'a str, scratch: &'a mut Scratch) -> Option<Envelope<'a>> {
    // So that places fit into four bytes.
    u32::try_from(frame.len()).ok()?;
    let memory = scratch.for_frame(frame);
    let scanner = Scanner { frame: frame.as_bytes(), at: 0, memory, used: 0 };
    let ([event, channel, data, user_id, _], used) = scanner.object()?;
    // Text was cut at ASCII characters only, so this succeeds. It makes a str of the bytes without
    // `unsafe`, and costs little.
    let unescaped = simdutf8::basic::from_utf8(memory.get(..used)?).ok()?;
    let text = |value: Value| {
        let whole = if value.kind == Kind::Unescaped { unescaped } else { frame };
        whole.get(value.start as usize..value.end as usize)
    };
    Some(Envelope {
        event: match event.kind {
            Kind::Plain | Kind::Unescaped => Cow::Borrowed(text(event)?),
            Kind::Missing | Kind::Null | Kind::Other => return None,
        },
        channel: match channel.kind {
            Kind::Missing | Kind::Null => None,
            Kind::Plain | Kind::Unescaped => Some(Cow::Borrowed(text(channel)?)),
            Kind::Other => return None,
        },
        data: match data.kind {
            Kind::Missing | Kind::Null => Data::Absent,
            Kind::Plain | Kind::Unescaped => Data::Text(Cow::Borrowed(text(data)?)),
            Kind::Other => Data::Json(text(data)?),
        },
        user_id: match user_id.kind {
            Kind::Missing | Kind::Null => None,
            Kind::Plain | Kind::Unescaped | Kind::Other => Some(Cow::Borrowed(text(user_id)?)),
        },
    })
}

/// What a field was, and where its text stands.
#[derive(Clone, Copy, Default)]
struct Value {
    kind: Kind,
    start: u32,
    end: u32,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Missing,
    Null,
    /// A string without escapes, in the frame.
    Plain,
    /// A string with escapes, in the memory.
    Unescaped,
    /// A number, `true` or `false`, in the frame.
    Other,
}

impl Value {
    /// Both places lie within a frame whose length fits.
    #[allow(clippy::cast_possible_truncation)]
    #[inline(always)]
    fn new(kind: Kind, start: usize, end: usize) -> Value {
        Value { kind, start: start as u32, end: end as u32 }
    }
}

/// Our fields' places among those that are found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Event,
    Channel,
    Data,
    UserId,
    Other,
}

/// By key; the last of those that are none of ours stands at the end.
type Fields = [Value; 5];

/// What each one-letter escape stands for; 0 for the others.
const ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table[b'/' as usize] = b'/';
    table[b'b' as usize] = 0x08;
    table[b'f' as usize] = 0x0c;
    table[b'n' as usize] = b'\n';
    table[b'r' as usize] = b'\r';
    table[b't' as usize] = b'\t';
    table
};

struct Scanner<'f, 'm> {
    frame: &'f [u8],
    /// How far the frame has been read.
    at: usize,
    memory: &'m mut [u8],
    /// How much of the memory holds unescaped text.
    used: usize,
}

impl Scanner<'_, '_> {
    /// The whole frame. An empty object is none of ours.
    #[inline(always)]
    fn object(mut self) -> Option<(Fields, usize)> {
        let mut fields = Fields::default();
        self.expect(b'{')?;
        loop {
            self.expect(b'"')?;
            let key = self.key()?;
            self.expect(b':')?;
            let value = self.value()?;
            let field = &mut fields[key as usize];
            if field.kind != Kind::Missing && key != Key::Other {
                return None;
            }
            *field = value;
            match self.next()? {
                b',' => {}
                b'}' => break,
                _ => return None,
            }
        }
        self.is_at_end().then_some((fields, self.used))
    }

    /// A key, of which the opening quote has been read.
    #[inline(always)]
    fn key(&mut self) -> Option<Key> {
        let rest = self.frame.get(self.at..)?;
        let keys: [(&[u8], Key); 4] = [
            (b"event\"", Key::Event),
            (b"channel\"", Key::Channel),
            (b"data\"", Key::Data),
            (b"user_id\"", Key::UserId),
        ];
        for (text, key) in keys {
            if rest.starts_with(text) {
                self.at += text.len();
                return Some(key);
            }
        }
        // With an escape it may be any, of ours too.
        (self.string()?.kind == Kind::Plain).then_some(Key::Other)
    }

    /// The next byte that is not space, which is read.
    #[inline(always)]
    fn next(&mut self) -> Option<u8> {
        let byte = *self.frame.get(self.at)?;
        self.at += 1;
        if byte > b' ' { Some(byte) } else { self.next_behind_space(byte) }
    }

    /// Few servers send any.
    #[cold]
    fn next_behind_space(&mut self, first: u8) -> Option<u8> {
        let mut byte = first;
        while is_space(byte) {
            byte = *self.frame.get(self.at)?;
            self.at += 1;
        }
        Some(byte)
    }

    #[inline(always)]
    fn expect(&mut self, wanted: u8) -> Option<()> {
        (self.next()? == wanted).then_some(())
    }

    fn is_at_end(&self) -> bool {
        self.frame.get(self.at..).is_some_and(|rest| rest.iter().all(|byte| is_space(*byte)))
    }

    #[inline(always)]
    fn value(&mut self) -> Option<Value> {
        match self.next()? {
            b'"' => self.string(),
            _ => {
                let start = self.at - 1;
                let (kind, length) = literal(self.frame.get(start..)?)?;
                self.at = start + length;
                Some(Value::new(kind, start, self.at))
            }
        }
    }

    /// A string, of which the opening quote has been read.
    #[inline(always)]
    fn string(&mut self) -> Option<Value> {
        let start = self.at;
        let end = start + plain(self.frame.get(start..)?);
        match *self.frame.get(end)? {
            b'"' => {
                self.at = end + 1;
                Some(Value::new(Kind::Plain, start, end))
            }
            b'\\' => self.escaped_string(),
            _ => None,
        }
    }

    /// A string that has to be unescaped, from its beginning.
    #[inline(always)]
    fn escaped_string(&mut self) -> Option<Value> {
        let memory = self.memory.get_mut(self.used..)?;
        let (behind, written) = unescape(self.frame, self.at, memory)?;
        let start = self.used;
        self.at = behind;
        self.used += written;
        Some(Value::new(Kind::Unescaped, start, self.used))
    }
}

/// The length of the plain text that `text` begins with. Where it ends with it, what follows is not
/// there to be looked at, and the caller gives up.
#[inline(always)]
fn plain(text: &[u8]) -> usize {
    let mut rest = text;
    while let Some((chunk, after)) = rest.split_first_chunk() {
        if let Some(place) = special(chunk) {
            return text.len() - rest.len() + place;
        }
        rest = after;
    }
    let place = special(&with_zeros::<CHUNK>(rest)).unwrap_or(CHUNK);
    text.len() - rest.len() + place
}

/// The last bytes of a frame, and zeros behind them: control characters, at which every string ends.
#[inline(always)]
fn with_zeros<const N: usize>(rest: &[u8]) -> [u8; N] {
    let mut padded = [0; N];
    if let Some(to) = padded.get_mut(..rest.len()) {
        to.copy_from_slice(rest);
    }
    padded
}

/// A chunk, and as much as is copied from behind a place in it in one step.
const WINDOW: usize = 2 * CHUNK;

/// Unescapes the string that begins at `start`, up to its closing quote: where the frame goes on behind
/// it, and how much was written.
#[inline(never)]
fn unescape(frame: &[u8], start: usize, memory: &mut [u8]) -> Option<(usize, usize)> {
    let size = memory.len();
    let mut rest = frame.get(start..)?;
    let mut room = memory;
    let mut lowest = Lowest::default();
    loop {
        (rest, room) = unescape_chunks(rest, room, &mut lowest)?;
        if rest.len() < WINDOW {
            // The last window of the frame, and quotes behind it, at which every string ends.
            let mut last = [b'"'; 2 * WINDOW];
            match frame.last_chunk::<WINDOW>() {
                Some(window) => last[..WINDOW].copy_from_slice(window),
                None => last.get_mut(WINDOW - frame.len()..WINDOW)?.copy_from_slice(frame),
            }
            let text = last.get(WINDOW - rest.len()..)?;
            let (left, after) = unescape_chunks(text, room, &mut lowest)?;
            rest = rest.get(text.len() - left.len()..)?;
            room = after;
        }
        let written;
        (rest, written) = match rest {
            [b'"', ..] if lowest.is_control() => return None,
            [b'"', ..] => return Some((frame.len() - rest.len() + 1, size - room.len())),
            [b'\\', b'u', ..] => {
                let (c, length) = escaped_char(rest)?;
                (rest.get(length..)?, c.encode_utf8(room.first_chunk_mut::<4>()?).len())
            }
            [b'\\', letter, after @ ..] => {
                let byte = ESCAPES[usize::from(*letter)];
                *room.first_mut()? = byte;
                (after, usize::from(byte != 0))
            }
            _ => return None,
        };
        if written == 0 {
            return None;
        }
        room = room.get_mut(written..)?;
    }
}

/// Unescapes up to a closing quote or to an escape that does not stand for its own letter, or to where
/// less than a window is left: what is left of both.
///
/// Each chunk is looked at once, for everything in it. It is copied as a whole, and once more from behind
/// each backslash, to where that was: what is too much is written over by what comes next. No step has
/// to wait for the one before.
#[inline(always)]
fn unescape_chunks<'t, 'm>(
    mut rest: &'t [u8],
    mut room: &'m mut [u8],
    lowest: &mut Lowest,
) -> Option<(&'t [u8], &'m mut [u8])> {
    while let Some(window) = rest.first_chunk::<WINDOW>() {
        let to = room.first_chunk_mut::<WINDOW>()?;
        let Escapes { backslashes, stops } = escapes(window.first_chunk::<CHUNK>()?, lowest);
        if stops != 0 {
            let end = stops.trailing_zeros() as usize % CHUNK;
            let gone = without(backslashes & ((1 << end) - 1), window, to);
            return Some((&rest[end..], &mut room[end - gone..]));
        }
        // What the last byte escapes is in the next chunk, and with it the backslash.
        let end = CHUNK - (backslashes >> (CHUNK - 1)) as usize;
        let gone = without(backslashes & ((1 << (CHUNK - 1)) - 1), window, to);
        rest = &rest[end..];
        room = &mut room[end - gone..];
    }
    Some((rest, room))
}

/// Copies a chunk without these of its bytes, of which the last is none; how many they are.
#[inline(always)]
fn without(mut bytes: u32, window: &[u8; WINDOW], to: &mut [u8; WINDOW]) -> usize {
    copy_chunk(window, 0, to, 0);
    let mut gone = 0;
    while bytes != 0 {
        let place = bytes.trailing_zeros() as usize;
        copy_chunk(window, place + 1, to, place.wrapping_sub(gone));
        gone += 1;
        bytes &= bytes - 1;
    }
    gone
}

/// Both places are in the first chunk; `%` tells the compiler so.
#[inline(always)]
fn copy_chunk(from: &[u8; WINDOW], read: usize, to: &mut [u8; WINDOW], written: usize) {
    let (read, written) = (read % CHUNK, written % CHUNK);
    to[written..written + CHUNK].copy_from_slice(&from[read..read + CHUNK]);
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Null, `true`, `false` or a whole number, and its length. What follows is looked at by the caller:
/// only a comma, a brace or space may.
#[inline(never)]
fn literal(text: &[u8]) -> Option<(Kind, usize)> {
    match text {
        [b'n', b'u', b'l', b'l', ..] => Some((Kind::Null, 4)),
        [b't', b'r', b'u', b'e', ..] => Some((Kind::Other, 4)),
        [b'f', b'a', b'l', b's', b'e', ..] => Some((Kind::Other, 5)),
        _ => whole_number(text).map(|length| (Kind::Other, length)),
    }
}

/// The length of a number without fraction and exponent.
fn whole_number(text: &[u8]) -> Option<usize> {
    let sign = usize::from(text.first() == Some(&b'-'));
    let digits = text.get(sign..)?;
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let leading_zero = count > 1 && digits.first() == Some(&b'0');
    ((1..=MAX_DIGITS).contains(&count) && !leading_zero).then_some(sign + count)
}

/// `\uXXXX`, or two of them for a character beyond the first plane; how long it was.
#[inline(never)]
fn escaped_char(text: &[u8]) -> Option<(char, usize)> {
    let first = code_unit(text)?;
    match first {
        0xd800..=0xdbff => {
            let second = code_unit(text.get(6..)?)?;
            let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
            let c = char::from_u32(0x10000 + ((first - 0xd800) << 10) + low)?;
            Some((c, 12))
        }
        // None for the second half of a pair.
        _ => char::from_u32(first).map(|c| (c, 6)),
    }
}

fn code_unit(text: &[u8]) -> Option<u32> {
    let [b'\\', b'u', digits @ ..] = text.first_chunk::<6>()? else { return None };
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}
