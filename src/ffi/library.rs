//! The library itself: version and errors.

use std::ffi::{CStr, c_char};

use crate::ffi::guard::last_error;
use crate::ffi::numbers::pusher_status;
use crate::ffi::text::copy_out;

/// Raised when a program compiled against an older header can no longer use the library.
const ABI_VERSION: u32 = 0;

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => unreachable!(),
    };

/// The library's version, such as "0.1.0". Compare it with `PUSHER_VERSION`, the header's.
///
/// Returns static text, never NULL. Never fails.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_version() -> *const c_char {
    VERSION.as_ptr()
}

/// The version of the binary interface: a program can use the library when this equals
/// `PUSHER_ABI_VERSION` of the header it was compiled with. While it is 0, it may change with every
/// minor version.
///
/// Never fails.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_abi_version() -> u32 {
    ABI_VERSION
}

/// Copies what the last failed call of this thread had to say: what was wrong, and what to do about
/// it. Meant for people; branch on the status instead.
///
/// Each thread has its own. A call that succeeds does not change it.
///
/// @param buffer    receives UTF-8 text, cut to fit and NUL-terminated; may be NULL to ask for the
///                  length
/// @param capacity  the size of buffer, in bytes
/// @return the length of the whole message without the NUL; 0 where no call has failed
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_last_error(buffer: *mut c_char, capacity: usize) -> usize {
    // SAFETY: `buffer` is NULL or has `capacity` bytes, by contract.
    unsafe { copy_out(&last_error(), buffer, capacity) }
}

/// The name of a status as in this header, such as "PUSHER_ERR_TIMEOUT".
///
/// Returns static text, never NULL; "unknown status" for other numbers. Never fails.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_status_name(status: i32) -> *const c_char {
    use pusher_status::*;
    const ALL: [(pusher_status, &CStr); 26] = [
        (PUSHER_OK, c"PUSHER_OK"),
        (PUSHER_ERR_ARGUMENT, c"PUSHER_ERR_ARGUMENT"),
        (PUSHER_ERR_HANDLE, c"PUSHER_ERR_HANDLE"),
        (PUSHER_ERR_STATE, c"PUSHER_ERR_STATE"),
        (PUSHER_ERR_TIMEOUT, c"PUSHER_ERR_TIMEOUT"),
        (PUSHER_ERR_CANCELLED, c"PUSHER_ERR_CANCELLED"),
        (PUSHER_ERR_WOULD_DEADLOCK, c"PUSHER_ERR_WOULD_DEADLOCK"),
        (PUSHER_ERR_QUEUE_FULL, c"PUSHER_ERR_QUEUE_FULL"),
        (PUSHER_ERR_NOT_CONNECTED, c"PUSHER_ERR_NOT_CONNECTED"),
        (PUSHER_ERR_NOT_SUBSCRIBED, c"PUSHER_ERR_NOT_SUBSCRIBED"),
        (PUSHER_ERR_CHANNEL, c"PUSHER_ERR_CHANNEL"),
        (PUSHER_ERR_FORBIDDEN, c"PUSHER_ERR_FORBIDDEN"),
        (PUSHER_ERR_AUTH, c"PUSHER_ERR_AUTH"),
        (PUSHER_ERR_REFUSED, c"PUSHER_ERR_REFUSED"),
        (PUSHER_ERR_NETWORK, c"PUSHER_ERR_NETWORK"),
        (PUSHER_ERR_TLS, c"PUSHER_ERR_TLS"),
        (PUSHER_ERR_PROTOCOL, c"PUSHER_ERR_PROTOCOL"),
        (PUSHER_ERR_TOO_LARGE, c"PUSHER_ERR_TOO_LARGE"),
        (PUSHER_ERR_UNSUPPORTED, c"PUSHER_ERR_UNSUPPORTED"),
        (PUSHER_ERR_FORKED, c"PUSHER_ERR_FORKED"),
        (PUSHER_ERR_PANIC, c"PUSHER_ERR_PANIC"),
        (PUSHER_ERR_CLOSED, c"PUSHER_ERR_CLOSED"),
        (PUSHER_ERR_NOT_FOUND, c"PUSHER_ERR_NOT_FOUND"),
        (PUSHER_ERR_SYSTEM, c"PUSHER_ERR_SYSTEM"),
        (PUSHER_ERR_DECRYPTION, c"PUSHER_ERR_DECRYPTION"),
        (PUSHER_ERR_RATE_LIMITED, c"PUSHER_ERR_RATE_LIMITED"),
    ];
    let found = ALL.iter().find(|(known, _)| *known as i32 == status);
    found.map_or(c"unknown status", |(_, name)| name).as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_name() {
        for status in -25..=0 {
            // SAFETY: static text.
            let name = unsafe { CStr::from_ptr(pusher_status_name(status)) }.to_str().unwrap();
            assert!(name.starts_with("PUSHER_"), "{status}: {name}");
        }
        for status in [-26, 1, i32::MIN, i32::MAX] {
            // SAFETY: static text.
            assert_eq!(unsafe { CStr::from_ptr(pusher_status_name(status)) }, c"unknown status");
        }
    }
}
