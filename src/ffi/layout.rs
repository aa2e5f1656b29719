//! Writes what the Rust compiler made of the header's structs and numbers into `tests/c/layout.c`, as
//! assertions for the C compiler: the two have to agree on every size, place and constant.
//!
//! `PUSHERWS_UPDATE_HEADER=1 cargo test --lib layout` writes it anew.

use std::any::type_name;
use std::fmt::Write as _;
use std::mem::{offset_of, size_of};
use std::path::Path;
use std::{env, fs};

use crate::ffi::library::pusher_abi_version;
use crate::ffi::numbers::*;
use crate::ffi::types::*;

const POINTER: usize = size_of::<*const u8>();

struct Enum {
    name: &'static str,
    constants: Vec<(&'static str, i32)>,
}

struct Struct {
    name: &'static str,
    size: usize,
    fields: Vec<Field>,
}

struct Field {
    name: &'static str,
    offset: usize,
    size: usize,
    /// A pointer or a `size_t`, whose size is the platform's.
    pointer: bool,
}

/// All constants: the match does not compile where one is missing.
macro_rules! enums {
    ($($name:ident { $($constant:ident),+ $(,)? })+) => {
        vec![$({
            let _all = |it: $name| match it {
                $($name::$constant => (),)+
            };
            Enum {
                name: stringify!($name),
                constants: vec![$((stringify!($constant), $name::$constant as i32)),+],
            }
        }),+]
    };
}

/// All fields: the pattern does not compile where one is missing.
macro_rules! structs {
    ($($name:ident { $($field:ident),+ $(,)? })+) => {
        vec![$({
            let _all = |it: &$name| {
                let $name { $($field: _),+ } = it;
            };
            Struct {
                name: stringify!($name),
                size: size_of::<$name>(),
                fields: vec![$(Field::new(
                    stringify!($field),
                    offset_of!($name, $field),
                    |it: &$name| &it.$field,
                )),+],
            }
        }),+]
    };
}

fn all_enums() -> Vec<Enum> {
    enums! {
        pusher_status {
            PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE, PUSHER_ERR_STATE, PUSHER_ERR_TIMEOUT,
            PUSHER_ERR_CANCELLED, PUSHER_ERR_WOULD_DEADLOCK, PUSHER_ERR_QUEUE_FULL,
            PUSHER_ERR_NOT_CONNECTED, PUSHER_ERR_NOT_SUBSCRIBED, PUSHER_ERR_CHANNEL,
            PUSHER_ERR_FORBIDDEN, PUSHER_ERR_AUTH, PUSHER_ERR_REFUSED, PUSHER_ERR_NETWORK,
            PUSHER_ERR_TLS, PUSHER_ERR_PROTOCOL, PUSHER_ERR_TOO_LARGE, PUSHER_ERR_UNSUPPORTED,
            PUSHER_ERR_FORKED, PUSHER_ERR_PANIC, PUSHER_ERR_CLOSED, PUSHER_ERR_NOT_FOUND,
            PUSHER_ERR_SYSTEM, PUSHER_ERR_DECRYPTION, PUSHER_ERR_RATE_LIMITED,
        }
        pusher_event_kind {
            PUSHER_EVENT_MESSAGE, PUSHER_EVENT_STATE_CHANGE, PUSHER_EVENT_ERROR,
            PUSHER_EVENT_SUBSCRIBED, PUSHER_EVENT_SUBSCRIPTION_ERROR, PUSHER_EVENT_MEMBER_ADDED,
            PUSHER_EVENT_MEMBER_REMOVED, PUSHER_EVENT_SUBSCRIPTION_COUNT, PUSHER_EVENT_CACHE_MISS,
            PUSHER_EVENT_COMPLETED, PUSHER_EVENT_PROTOCOL, PUSHER_EVENT_AUTHORIZE,
            PUSHER_EVENT_AUTHORIZE_USER, PUSHER_EVENT_PREPARE_AUTHORIZATION,
            PUSHER_EVENT_DECRYPTION_ERROR, PUSHER_EVENT_SIGNED_IN, PUSHER_EVENT_SIGN_IN_ERROR,
            PUSHER_EVENT_WATCHLIST, PUSHER_EVENT_GAP, PUSHER_EVENT_DROPPED, PUSHER_EVENT_LOG,
        }
        pusher_connection_state {
            PUSHER_STATE_INITIALIZED, PUSHER_STATE_CONNECTING, PUSHER_STATE_CONNECTED,
            PUSHER_STATE_UNAVAILABLE, PUSHER_STATE_DISCONNECTED, PUSHER_STATE_FAILED,
        }
        pusher_channel_state {
            PUSHER_CHANNEL_STATE_NONE, PUSHER_CHANNEL_STATE_WAITING, PUSHER_CHANNEL_STATE_PENDING,
            PUSHER_CHANNEL_STATE_SUBSCRIBED, PUSHER_CHANNEL_STATE_REFUSED,
        }
        pusher_channel_kind {
            PUSHER_CHANNEL_PUBLIC, PUSHER_CHANNEL_PRIVATE, PUSHER_CHANNEL_PRESENCE,
            PUSHER_CHANNEL_CACHE, PUSHER_CHANNEL_PRIVATE_CACHE, PUSHER_CHANNEL_PRESENCE_CACHE,
            PUSHER_CHANNEL_PRIVATE_ENCRYPTED, PUSHER_CHANNEL_PRIVATE_ENCRYPTED_CACHE,
        }
        pusher_over_limit {
            PUSHER_OVER_LIMIT_WAIT, PUSHER_OVER_LIMIT_REFUSE, PUSHER_OVER_LIMIT_KEEP_LATEST,
        }
        pusher_limits {
            PUSHER_LIMITS_COMMON, PUSHER_LIMITS_PUSHER, PUSHER_LIMITS_SOKETI, PUSHER_LIMITS_REVERB,
            PUSHER_LIMITS_SOCKUDO,
        }
        pusher_bind_flags {
            PUSHER_BIND_ONCE, PUSHER_BIND_GLOB,
        }
        pusher_delivery {
            PUSHER_DELIVER_THREAD, PUSHER_DELIVER_POLL, PUSHER_DELIVER_INLINE,
        }
        pusher_queue_policy {
            PUSHER_QUEUE_BLOCK, PUSHER_QUEUE_DROP_OLDEST, PUSHER_QUEUE_DROP_NEWEST,
        }
        pusher_tls_version {
            PUSHER_TLS_1_2, PUSHER_TLS_1_3,
        }
        pusher_connect_phase {
            PUSHER_PHASE_DNS, PUSHER_PHASE_TCP, PUSHER_PHASE_PROXY, PUSHER_PHASE_TLS,
            PUSHER_PHASE_WEBSOCKET,
        }
        pusher_data_format {
            PUSHER_DATA_NONE, PUSHER_DATA_TEXT, PUSHER_DATA_JSON,
        }
        pusher_log_level {
            PUSHER_LOG_OFF, PUSHER_LOG_ERROR, PUSHER_LOG_WARN, PUSHER_LOG_INFO, PUSHER_LOG_DEBUG,
            PUSHER_LOG_TRACE,
        }
        pusher_cause {
            PUSHER_CAUSE_NETWORK, PUSHER_CAUSE_TIMEOUT, PUSHER_CAUSE_TLS, PUSHER_CAUSE_PROTOCOL,
            PUSHER_CAUSE_REFUSED, PUSHER_CAUSE_CLOSE_TLS_ONLY, PUSHER_CAUSE_CLOSE_FATAL,
            PUSHER_CAUSE_CLOSE_BACK_OFF, PUSHER_CAUSE_CLOSE_RECONNECT, PUSHER_CAUSE_CLOSE_OTHER,
            PUSHER_CAUSE_APPLICATION,
        }
    }
}

fn all_structs() -> Vec<Struct> {
    structs! {
        pusher_event {
            size, kind, status, code, request, value, state, previous_state, retry_in_ms,
            data_format, reserved, name, name_len, channel, channel_len, data, data_len, user_id,
            user_id_len, socket_id, socket_id_len, client,
        }
        pusher_callback {
            call, drop, user_data,
        }
        pusher_wakeup {
            call, drop, user_data,
        }
        pusher_member {
            size, is_me, user_id, user_id_len, user_info, user_info_len,
        }
        pusher_totals {
            size, state, connected_since_ms, events, messages, dropped, frames_in, bytes_in,
            frames_out, bytes_out, unsent_bytes, queue_depth, queue_bytes, queue_high_water, tries,
            connects, losses, failed_tries, pongs, ping_last_us, ping_min_us, ping_max_us,
            ping_p50_us, ping_p90_us, ping_p99_us,
        }
        pusher_channel_metrics {
            size, state, messages, bytes, last_ms, name, name_len,
        }
    }
}

impl Field {
    fn new<S, T>(name: &'static str, offset: usize, _: fn(&S) -> &T) -> Self {
        let kind = type_name::<T>();
        let pointer = kind == "usize" || kind.starts_with('*') || kind.contains("::Option<");
        assert!(!pointer || size_of::<T>() == POINTER, "{name}: {kind} is no pointer");
        Self { name, offset, size: size_of::<T>(), pointer }
    }
}

/// As C says it for every size of pointer.
fn bytes(fixed: usize, pointers: usize) -> String {
    match (fixed, pointers) {
        (fixed, 0) => fixed.to_string(),
        (0, 1) => "sizeof(void *)".to_owned(),
        (0, pointers) => format!("{pointers} * sizeof(void *)"),
        (fixed, 1) => format!("{fixed} + sizeof(void *)"),
        (fixed, pointers) => format!("{fixed} + {pointers} * sizeof(void *)"),
    }
}

const HEAD: &str = "\
/*
 * What the Rust compiler made of the header's structs and numbers; the C compiler has to agree.
 *
 * Written by src/ffi/layout.rs: PUSHERWS_UPDATE_HEADER=1 cargo test --lib layout
 */
#include <pusherws.h>

#if defined(__cplusplus)
#  define ASSERT(condition) static_assert(condition, #condition)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#  define ASSERT(condition) _Static_assert(condition, #condition)
#else
/* C89 and C99 have none: an array of negative size does not compile. */
#  define JOIN_(a, b) a##b
#  define JOIN(a, b) JOIN_(a, b)
#  define ASSERT(condition) typedef char JOIN(assertion_, __LINE__)[(condition) ? 1 : -1]
#endif
#define FIELD_SIZE(type, field) sizeof(((type *)0)->field)

/* A struct with numbers of 64 bits ends where another could begin, which is not at eight bytes everywhere. */
struct aligned {
    uint64_t number;
    char end;
};
#define ALIGNMENT (sizeof(struct aligned) - sizeof(uint64_t))
#define WHOLE(size) (((size) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)
";

/// One line.
fn assert_that(text: &mut String, what: &str, value: &str) {
    writeln!(text, "ASSERT({what} == {value});").expect("a String takes it");
}

fn render() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n/* The version. */\n");
    assert_that(&mut text, "PUSHER_VERSION_MAJOR", env!("CARGO_PKG_VERSION_MAJOR"));
    assert_that(&mut text, "PUSHER_VERSION_MINOR", env!("CARGO_PKG_VERSION_MINOR"));
    assert_that(&mut text, "PUSHER_VERSION_PATCH", env!("CARGO_PKG_VERSION_PATCH"));
    let with_nul = env!("CARGO_PKG_VERSION").len() + 1;
    assert_that(&mut text, "sizeof(PUSHER_VERSION)", &with_nul.to_string());
    assert_that(&mut text, "PUSHER_ABI_VERSION", &pusher_abi_version().to_string());

    text.push_str("\n/* What crosses the boundary as a number has one width, whatever C makes of an enum. */\n");
    assert_that(&mut text, "sizeof(pusher_request)", &size_of::<pusher_request>().to_string());
    assert_that(&mut text, "sizeof(pusher_binding)", &size_of::<pusher_binding>().to_string());
    for Enum { name, constants } in all_enums() {
        text.push('\n');
        assert_that(&mut text, &format!("sizeof({name})"), &size_of::<i32>().to_string());
        for (constant, value) in constants {
            assert_that(&mut text, constant, &value.to_string());
        }
    }
    for it in all_structs() {
        text.push('\n');
        render_struct(&mut text, &it);
    }
    text
}

fn render_struct(text: &mut String, it: &Struct) {
    let name = it.name;
    let (mut fixed, mut pointers) = (0, 0);
    for field in &it.fields {
        // Without holes, all platforms agree on the places.
        let no_hole = field.offset == fixed + pointers * POINTER;
        assert!(no_hole, "{name} has a hole before {}: fill it with a reserved field", field.name);
        assert_that(text, &format!("offsetof({name}, {})", field.name), &bytes(fixed, pointers));
        let size = if field.pointer { bytes(0, 1) } else { bytes(field.size, 0) };
        assert_that(text, &format!("FIELD_SIZE({name}, {})", field.name), &size);
        if field.pointer {
            pointers += 1;
        } else {
            fixed += field.size;
        }
    }
    let mut whole = bytes(fixed, pointers);
    if pointers > 0 && it.fields.iter().any(|field| !field.pointer && field.size == 8) {
        whole = format!("WHOLE({whole})");
    }
    let end = fixed + pointers * POINTER;
    assert!(it.size >= end && it.size < end + 8, "{name} has a hole at its end");
    assert_that(text, &format!("sizeof({name})"), &whole);
}

#[test]
fn layout_for_the_c_compiler_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c/layout.c");
    let rendered = render();
    if env::var_os("PUSHERWS_UPDATE_HEADER").is_some() {
        fs::write(&path, rendered).expect("tests/c/layout.c can be written");
        return;
    }
    let committed = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        rendered == committed,
        "tests/c/layout.c is not what src/ffi makes of it; write it anew with\n    \
         PUSHERWS_UPDATE_HEADER=1 cargo test --lib layout"
    );
}

/// The lists above are of all that `numbers.rs` and `types.rs` declare.
#[test]
fn layout_leaves_nothing_out() {
    fn declared(source: &str, keyword: &str) -> Vec<String> {
        let name = |line: &str| Some(line.strip_prefix(keyword)?.strip_suffix(" {")?.to_owned());
        source.lines().filter_map(name).collect()
    }
    let enums: Vec<_> = all_enums().iter().map(|it| it.name.to_owned()).collect();
    assert_eq!(declared(include_str!("numbers.rs"), "pub enum "), enums);
    let types = include_str!("types.rs");
    let opaque = types.matches("    _opaque: [u8; 0],\n").count();
    let structs: Vec<_> = all_structs().iter().map(|it| it.name.to_owned()).collect();
    assert_eq!(declared(types, "pub struct ")[opaque..], structs);
}
