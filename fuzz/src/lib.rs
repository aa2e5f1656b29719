//! What the targets share.

use std::sync::OnceLock;

/// Whether a fault is planted, which the fuzzer has to find: `scripts/fuzz.sh --prove`.
pub fn planted() -> bool {
    static PLANTED: OnceLock<bool> = OnceLock::new();
    *PLANTED.get_or_init(|| std::env::var_os("PUSHERWS_FUZZ_PLANTED").is_some())
}

/// The text of an input: what came over the wire has been checked to be UTF-8.
pub fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
