//! Sixteen bytes of a JSON string, looked at together: where plain text stops, at a quote, at a backslash,
//! or at a control character, which JSON does not allow in a string; and which escapes there are.

use wide::u8x16;

/// How much is looked at in one step.
pub const CHUNK: usize = 16;

/// The place of the first byte that is not plain text; None where all are.
#[inline(always)]
pub fn special(chunk: &[u8; CHUNK]) -> Option<usize> {
    let bytes = u8x16::new(*chunk);
    // With its second bit turned over a quote (0x22) is 0x20, a space is not any more, and what was
    // below 0x20 still is: one comparison finds both.
    let turned = bytes ^ u8x16::splat(0x02);
    let quotes_and_controls = turned.min(u8x16::splat(0x20)).cmp_eq(turned);
    let mask = mask(quotes_and_controls | bytes.cmp_eq(u8x16::splat(b'\\')));
    // `%` tells the compiler that it is a place in the chunk.
    (mask != 0).then(|| mask.trailing_zeros() as usize % CHUNK)
}

/// The lowest byte of each place in all chunks so far.
pub struct Lowest(u8x16);

impl Default for Lowest {
    fn default() -> Lowest {
        Lowest(u8x16::splat(0xff))
    }
}

impl Lowest {
    /// Whether there was a control character. It may have stood behind the end of the string, too: then
    /// the frame is unusual, and no more than that.
    #[inline(always)]
    pub fn is_control(&self) -> bool {
        mask(self.0.min(u8x16::splat(0x1f)).cmp_eq(self.0)) != 0
    }
}

/// What there is to unescape in a chunk that begins with plain text or with an escape. A bit for each
/// byte, the first byte's the lowest.
#[derive(Debug, PartialEq, Eq)]
pub struct Escapes {
    /// Backslashes that escape something. They only have to be taken out where that stands for itself,
    /// as quotes and other backslashes do.
    pub backslashes: u32,
    /// Where the text stops: a quote that is not escaped, or a backslash that escapes something else.
    pub stops: u32,
}

#[inline(always)]
pub fn escapes(chunk: &[u8; CHUNK], lowest: &mut Lowest) -> Escapes {
    /// A backslash behind an uneven number of others is escaped. Taken away from these bits, a run that
    /// begins at an even place carries to its end, and leaves every second bit; one that begins at an
    /// uneven place leaves the others.
    const UNEVEN: u32 = 0xaaaa_aaaa;
    const WHOLE: u32 = (1 << CHUNK) - 1;

    let bytes = u8x16::new(*chunk);
    lowest.0 = lowest.0.min(bytes);
    let quotes = mask(bytes.cmp_eq(u8x16::splat(b'"')));
    let backslashes = mask(bytes.cmp_eq(u8x16::splat(b'\\')));

    let behind = ((backslashes << 1 | UNEVEN) - backslashes) ^ UNEVEN;
    let (escaped, escaping) = (behind ^ backslashes, behind & backslashes);
    let others = (escaped & WHOLE & !(quotes | backslashes)) >> 1;
    Escapes { backslashes: escaping, stops: quotes & !escaped | others }
}

#[inline(always)]
fn mask(bytes: u8x16) -> u32 {
    bytes.move_mask() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_special(byte: u8) -> bool {
        byte == b'"' || byte == b'\\' || byte < 0x20
    }

    #[test]
    fn every_byte_is_told_apart_at_every_place_whatever_follows() {
        for byte in 0..=255 {
            for place in 0..CHUNK {
                for after in [b'a', b' ', b'#', b']', b'"', b'\\', 0, 0x1f, 0x80, 0xff] {
                    let mut chunk = [b'!'; CHUNK];
                    chunk[place] = byte;
                    chunk[place + 1..].fill(after);
                    let first = chunk.iter().position(|byte| is_special(*byte));
                    assert_eq!(special(&chunk), first, "{chunk:?}");
                }
            }
        }
    }

    /// One byte after another, up to the first stop.
    fn escapes_slowly(chunk: &[u8; CHUNK]) -> (Option<usize>, Vec<usize>) {
        let (mut place, mut backslashes) = (0, Vec::new());
        while place < CHUNK {
            match (chunk[place], chunk.get(place + 1)) {
                (b'"', _) => return (Some(place), backslashes),
                (b'\\', None | Some(b'"' | b'\\')) => {
                    backslashes.push(place);
                    place += 2;
                }
                (b'\\', Some(_)) => return (Some(place), backslashes),
                _ => place += 1,
            }
        }
        (None, backslashes)
    }

    #[test]
    fn escapes_are_told_from_what_they_escape_in_every_arrangement() {
        const PLACES: u32 = 10;
        for number in 0..3_u32.pow(PLACES) {
            for first in [0, CHUNK - PLACES as usize] {
                let mut chunk = [b'n'; CHUNK];
                for place in 0..PLACES {
                    let which = number / 3_u32.pow(place) % 3;
                    chunk[first + place as usize] = b"n\\\""[which as usize];
                }
                let found = escapes(&chunk, &mut Lowest::default());
                let (stop, backslashes) = escapes_slowly(&chunk);
                let found_stop = (found.stops != 0).then(|| found.stops.trailing_zeros() as usize);
                assert_eq!(found_stop, stop, "{}", chunk.escape_ascii());
                let end = stop.unwrap_or(CHUNK);
                let found: Vec<_> =
                    (0..end).filter(|place| found.backslashes >> place & 1 != 0).collect();
                assert_eq!(found, backslashes, "{}", chunk.escape_ascii());
            }
        }
    }

    #[test]
    fn a_control_character_is_seen_in_any_chunk_at_any_place() {
        for place in 0..2 * CHUNK {
            for byte in 0..=255 {
                let mut lowest = Lowest::default();
                for number in 0..2 {
                    let mut chunk = [b' '; CHUNK];
                    if place / CHUNK == number {
                        chunk[place % CHUNK] = byte;
                    }
                    escapes(&chunk, &mut lowest);
                }
                assert_eq!(lowest.is_control(), byte < 0x20, "{byte} at {place}");
            }
        }
    }
}
