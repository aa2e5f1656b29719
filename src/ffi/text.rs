//! Strings from C and to C.

use std::ffi::{CStr, c_char};

use crate::engine::batch::CText;
use crate::error::{Error, Result, Status};

/// A NUL-terminated string that has to be there.
///
/// # Safety
/// `text` is NULL or points to a NUL-terminated string that outlives the result.
pub unsafe fn required<'a>(what: &str, text: *const c_char) -> Result<&'a str> {
    // SAFETY: the caller's promise.
    unsafe { optional(what, text) }?
        .ok_or_else(|| Error::new(Status::Argument, format!("{what} is NULL")))
}

/// A NUL-terminated string; NULL is None.
///
/// # Safety
/// As for [`required`].
pub unsafe fn optional<'a>(what: &str, text: *const c_char) -> Result<Option<&'a str>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, and NUL-terminated by the caller's promise.
    let bytes = unsafe { CStr::from_ptr(text) };
    bytes.to_str().map(Some).map_err(|_| not_utf8(what))
}

/// A string with a length; NULL is empty where the length is 0.
///
/// # Safety
/// `text` is NULL or points to `len` readable bytes that outlive the result.
pub unsafe fn sized<'a>(what: &str, text: *const c_char, len: usize) -> Result<&'a str> {
    if text.is_null() {
        if len == 0 {
            return Ok("");
        }
        let message = format!("{what} is NULL, and its length is {len}");
        return Err(Error::new(Status::Argument, message));
    }
    if isize::try_from(len).is_err() {
        let message = format!("the length of {what} is beyond all memory; is it negative?");
        return Err(Error::new(Status::Argument, message));
    }
    // SAFETY: not NULL, and `len` bytes readable by the caller's promise.
    let bytes = unsafe { std::slice::from_raw_parts(text.cast::<u8>(), len) };
    std::str::from_utf8(bytes).map_err(|_| not_utf8(what))
}

fn not_utf8(what: &str) -> Error {
    Error::new(Status::Argument, format!("{what} is not UTF-8"))
}

/// Copies as much of `text` as fits, always NUL-terminated where there is any room, never cutting a
/// character in two. Returns the length of all of it, without the NUL.
///
/// # Safety
/// `buffer` is NULL or points to `capacity` writable bytes.
pub unsafe fn copy_out(text: &str, buffer: *mut c_char, capacity: usize) -> usize {
    if !buffer.is_null() && capacity > 0 {
        let mut end = text.len().min(capacity - 1);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        // SAFETY: `end < capacity`, and the buffer is the caller's own.
        unsafe {
            std::ptr::copy_nonoverlapping(text.as_ptr(), buffer.cast::<u8>(), end);
            *buffer.add(end) = 0;
        }
    }
    text.len()
}

/// A pointer and a length for C; NULL and 0 for None.
pub fn raw(text: Option<CText<'_>>) -> (*const c_char, usize) {
    match text {
        None => (std::ptr::null(), 0),
        Some(text) => {
            let bytes = text.as_bytes_with_nul();
            (bytes.as_ptr().cast(), bytes.len() - 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(text: &str, capacity: usize) -> (String, usize) {
        let mut buffer = vec![0x7f_u8; capacity + 1];
        // SAFETY: the buffer is large enough.
        let len = unsafe { copy_out(text, buffer.as_mut_ptr().cast(), capacity) };
        assert_eq!(buffer[capacity], 0x7f, "nothing is written behind the buffer");
        let copied = CStr::from_bytes_until_nul(&buffer).unwrap().to_str().unwrap();
        (copied.to_owned(), len)
    }

    #[test]
    fn text_is_cut_between_characters_and_always_terminated() {
        assert_eq!(copied("abc", 10), ("abc".into(), 3));
        assert_eq!(copied("abc", 4), ("abc".into(), 3));
        assert_eq!(copied("abc", 3), ("ab".into(), 3));
        assert_eq!(copied("aß", 3), ("a".into(), 3));
        assert_eq!(copied("abc", 1), (String::new(), 3));
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { copy_out("abc", std::ptr::null_mut(), 0) }, 3);
    }

    #[test]
    fn null_is_empty_only_without_a_length() {
        // SAFETY: NULL is allowed.
        unsafe {
            assert_eq!(sized("data", std::ptr::null(), 0).unwrap(), "");
            assert!(sized("data", std::ptr::null(), 1).is_err());
            assert!(sized("data", c"x".as_ptr(), usize::MAX).is_err());
            assert!(required("name", std::ptr::null()).unwrap_err().message().contains("name"));
            assert!(required("name", c"\xff".as_ptr()).unwrap_err().message().contains("UTF-8"));
        }
    }
}
