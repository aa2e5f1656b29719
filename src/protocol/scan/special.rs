//! Where, in sixteen bytes, a JSON string stops being plain text: at a quote, at a backslash, or at a
//! control character, which JSON does not allow in a string.

use wide::u8x16;

/// How much is looked at in one step.
pub const CHUNK: usize = 16;

/// A bit for each byte that is not plain text, the first byte's the lowest.
#[inline(always)]
pub fn specials(chunk: &[u8; CHUNK]) -> u32 {
    let bytes = u8x16::new(*chunk);
    // With its second bit turned over a quote (0x22) is 0x20, a space is not any more, and what was
    // below 0x20 still is: one comparison finds both.
    let turned = bytes ^ u8x16::splat(0x02);
    let quotes_and_controls = turned.min(u8x16::splat(0x20)).cmp_eq(turned);
    (quotes_and_controls | bytes.cmp_eq(u8x16::splat(b'\\'))).move_mask() as u32
}

/// The place of the first byte that is not plain text; None where all are.
#[inline(always)]
pub fn special(chunk: &[u8; CHUNK]) -> Option<usize> {
    let mask = specials(chunk);
    // `%` tells the compiler that it is a place in the chunk.
    (mask != 0).then(|| mask.trailing_zeros() as usize % CHUNK)
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
}
