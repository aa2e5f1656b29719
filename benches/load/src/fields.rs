//! An envelope's fields, found and unescaped in one pass, sixteen bytes at a time.
//!
//! Knows what the load server sends: an object without spaces, whose values are strings. It checks
//! what a JSON parser would, so that it is no cheaper than something that could be used; but nothing
//! that it knows already, and so it reads and writes by pointers.

use crate::client::SLACK;

const CHUNK: usize = 16;

#[derive(Default)]
pub struct Fields<'a> {
    pub event: &'a [u8],
    pub channel: &'a [u8],
    pub data: &'a [u8],
}

/// Scans an envelope of `length` bytes, followed by `SLACK` more of anything. `memory` is where the
/// data is unescaped to, and is used again and again.
#[inline]
pub fn scan<'a>(bytes: &'a [u8], length: usize, memory: &'a mut Vec<u8>) -> Option<Fields<'a>> {
    assert!(bytes.len() >= length + SLACK);
    if memory.len() < length + SLACK {
        memory.resize(length + SLACK, 0);
    }
    let mut fields = Fields::default();
    let start = bytes.as_ptr();
    // SAFETY: nothing is looked at that begins more than one byte behind the text, and sixteen bytes
    // from there are within the slack; what is written is no longer than what was read.
    unsafe {
        let end = start.add(length);
        let mut data = (memory.as_ptr(), 0);
        let mut at = start;
        let mut before = b'{';
        while at < end && *at == before {
            before = b',';
            let (key, after) = string(at.add(1), end)?;
            if *after != b':' {
                return None;
            }
            let value = after.add(1);
            at = match key {
                b"data" => {
                    let (count, after) = unescape(value, end, memory.as_mut_ptr())?;
                    data.1 = count;
                    after
                }
                _ => {
                    let (value, after) = string(value, end)?;
                    match key {
                        b"event" => fields.event = value,
                        b"channel" => fields.channel = value,
                        _ => {}
                    }
                    after
                }
            };
        }
        if at.offset_from(end) != -1 || *at != b'}' {
            return None;
        }
        fields.data = std::slice::from_raw_parts(data.0, data.1);
    }
    Some(fields)
}

/// A string without escapes that begins at `at`, and where it ends.
///
/// # Safety
///
/// `at` is at most `end`, and followed by the slack.
#[inline(always)]
unsafe fn string<'a>(at: *const u8, end: *const u8) -> Option<(&'a [u8], *const u8)> {
    unsafe {
        if *at != b'"' {
            return None;
        }
        let start = at.add(1);
        let mut at = start;
        while at < end {
            let mask = special(at);
            if mask != 0 {
                at = at.add(mask.trailing_zeros() as usize);
                let text = std::slice::from_raw_parts(start, at.offset_from(start) as usize);
                return (at < end && *at == b'"').then(|| (text, at.add(1)));
            }
            at = at.add(CHUNK);
        }
        None
    }
}

/// Copies the string that begins at `at` to `out`, without its escapes: the length of the copy, and
/// where the string ends.
///
/// One look tells all escapes of sixteen bytes: what the next step waits for is a shift, and not a
/// load and a comparison.
///
/// # Safety
///
/// As for `string`; and at `out` there is room for all up to `end`, and the slack.
#[inline(always)]
unsafe fn unescape(at: *const u8, end: *const u8, out: *mut u8) -> Option<(usize, *const u8)> {
    unsafe {
        if *at != b'"' {
            return None;
        }
        let start = out;
        let (mut at, mut out) = (at.add(1), out);
        while at < end {
            let base = at;
            let mut mask = special(base);
            copy_chunk(at, out);
            while mask != 0 {
                let escape = base.add(mask.trailing_zeros() as usize);
                out = out.offset(escape.offset_from(at));
                if *escape != b'\\' {
                    let good = *escape == b'"' && escape < end;
                    return good.then(|| (out.offset_from(start) as usize, escape.add(1)));
                }
                let plain = ESCAPED[usize::from(*escape.add(1))];
                if plain == 0 {
                    return None;
                }
                *out = plain;
                (at, out) = (escape.add(2), out.add(1));
                copy_chunk(at, out);
                mask &= u32::MAX << at.offset_from(base);
            }
            // An escape may have reached into the next sixteen.
            let next = at.max(base.add(CHUNK));
            (at, out) = (next, out.offset(next.offset_from(at)));
        }
        None
    }
}

/// What follows a backslash, and what it stands for; 0 for what the load server does not send.
static ESCAPED: [u8; 256] = {
    let mut table = [0; 256];
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table[b'/' as usize] = b'/';
    table[b'b' as usize] = 8;
    table[b'f' as usize] = 12;
    table[b'n' as usize] = b'\n';
    table[b'r' as usize] = b'\r';
    table[b't' as usize] = b'\t';
    table
};

/// Sixteen bytes, of which those up to the next escape are meant.
#[inline(always)]
unsafe fn copy_chunk(at: *const u8, out: *mut u8) {
    unsafe { out.cast::<[u8; CHUNK]>().write(at.cast::<[u8; CHUNK]>().read()) }
}

/// A bit for each of sixteen bytes that is a quote, a backslash or a control character.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn special(at: *const u8) -> u32 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
        _mm_set1_epi8,
    };
    // SSE2 is part of x86-64.
    unsafe {
        let chunk = _mm_loadu_si128(at.cast());
        let quote = _mm_cmpeq_epi8(chunk, _mm_set1_epi8(b'"' as i8));
        let backslash = _mm_cmpeq_epi8(chunk, _mm_set1_epi8(b'\\' as i8));
        let control = _mm_cmpeq_epi8(_mm_min_epu8(chunk, _mm_set1_epi8(0x1f)), chunk);
        _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), control)) as u32
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
unsafe fn special(at: *const u8) -> u32 {
    let chunk = unsafe { at.cast::<[u8; CHUNK]>().read() };
    let bit = |byte: u8| u32::from(matches!(byte, b'"' | b'\\' | 0..=0x1f));
    chunk.iter().rev().fold(0, |mask, &byte| mask << 1 | bit(byte))
}
