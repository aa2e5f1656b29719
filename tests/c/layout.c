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

/* The version. */
ASSERT(PUSHER_VERSION_MAJOR == 0);
ASSERT(PUSHER_VERSION_MINOR == 1);
ASSERT(PUSHER_VERSION_PATCH == 0);
ASSERT(sizeof(PUSHER_VERSION) == 6);
ASSERT(PUSHER_ABI_VERSION == 0);

/* What crosses the boundary as a number has one width, whatever C makes of an enum. */
ASSERT(sizeof(pusher_request) == 8);
ASSERT(sizeof(pusher_binding) == 8);

ASSERT(sizeof(pusher_status) == 4);
ASSERT(PUSHER_OK == 0);
ASSERT(PUSHER_ERR_ARGUMENT == -1);
ASSERT(PUSHER_ERR_HANDLE == -2);
ASSERT(PUSHER_ERR_STATE == -3);
ASSERT(PUSHER_ERR_TIMEOUT == -4);
ASSERT(PUSHER_ERR_CANCELLED == -5);
ASSERT(PUSHER_ERR_WOULD_DEADLOCK == -6);
ASSERT(PUSHER_ERR_QUEUE_FULL == -7);
ASSERT(PUSHER_ERR_NOT_CONNECTED == -8);
ASSERT(PUSHER_ERR_NOT_SUBSCRIBED == -9);
ASSERT(PUSHER_ERR_CHANNEL == -10);
ASSERT(PUSHER_ERR_FORBIDDEN == -11);
ASSERT(PUSHER_ERR_AUTH == -12);
ASSERT(PUSHER_ERR_REFUSED == -13);
ASSERT(PUSHER_ERR_NETWORK == -14);
ASSERT(PUSHER_ERR_TLS == -15);
ASSERT(PUSHER_ERR_PROTOCOL == -16);
ASSERT(PUSHER_ERR_TOO_LARGE == -17);
ASSERT(PUSHER_ERR_UNSUPPORTED == -18);
ASSERT(PUSHER_ERR_FORKED == -19);
ASSERT(PUSHER_ERR_PANIC == -20);
ASSERT(PUSHER_ERR_CLOSED == -21);
ASSERT(PUSHER_ERR_NOT_FOUND == -22);
ASSERT(PUSHER_ERR_SYSTEM == -23);
ASSERT(PUSHER_ERR_DECRYPTION == -24);
ASSERT(PUSHER_ERR_RATE_LIMITED == -25);

ASSERT(sizeof(pusher_event_kind) == 4);
ASSERT(PUSHER_EVENT_MESSAGE == 1);
ASSERT(PUSHER_EVENT_STATE_CHANGE == 2);
ASSERT(PUSHER_EVENT_ERROR == 3);
ASSERT(PUSHER_EVENT_SUBSCRIBED == 4);
ASSERT(PUSHER_EVENT_SUBSCRIPTION_ERROR == 5);
ASSERT(PUSHER_EVENT_MEMBER_ADDED == 6);
ASSERT(PUSHER_EVENT_MEMBER_REMOVED == 7);
ASSERT(PUSHER_EVENT_SUBSCRIPTION_COUNT == 8);
ASSERT(PUSHER_EVENT_CACHE_MISS == 9);
ASSERT(PUSHER_EVENT_COMPLETED == 10);
ASSERT(PUSHER_EVENT_PROTOCOL == 11);
ASSERT(PUSHER_EVENT_AUTHORIZE == 12);
ASSERT(PUSHER_EVENT_AUTHORIZE_USER == 13);
ASSERT(PUSHER_EVENT_PREPARE_AUTHORIZATION == 14);
ASSERT(PUSHER_EVENT_DECRYPTION_ERROR == 15);
ASSERT(PUSHER_EVENT_SIGNED_IN == 16);
ASSERT(PUSHER_EVENT_SIGN_IN_ERROR == 17);
ASSERT(PUSHER_EVENT_WATCHLIST == 18);
ASSERT(PUSHER_EVENT_GAP == 19);
ASSERT(PUSHER_EVENT_DROPPED == 20);
ASSERT(PUSHER_EVENT_LOG == 21);

ASSERT(sizeof(pusher_connection_state) == 4);
ASSERT(PUSHER_STATE_INITIALIZED == 0);
ASSERT(PUSHER_STATE_CONNECTING == 1);
ASSERT(PUSHER_STATE_CONNECTED == 2);
ASSERT(PUSHER_STATE_UNAVAILABLE == 3);
ASSERT(PUSHER_STATE_DISCONNECTED == 4);
ASSERT(PUSHER_STATE_FAILED == 5);

ASSERT(sizeof(pusher_channel_state) == 4);
ASSERT(PUSHER_CHANNEL_STATE_NONE == 0);
ASSERT(PUSHER_CHANNEL_STATE_WAITING == 1);
ASSERT(PUSHER_CHANNEL_STATE_PENDING == 2);
ASSERT(PUSHER_CHANNEL_STATE_SUBSCRIBED == 3);
ASSERT(PUSHER_CHANNEL_STATE_REFUSED == 4);

ASSERT(sizeof(pusher_channel_kind) == 4);
ASSERT(PUSHER_CHANNEL_PUBLIC == 0);
ASSERT(PUSHER_CHANNEL_PRIVATE == 1);
ASSERT(PUSHER_CHANNEL_PRESENCE == 2);
ASSERT(PUSHER_CHANNEL_CACHE == 3);
ASSERT(PUSHER_CHANNEL_PRIVATE_CACHE == 4);
ASSERT(PUSHER_CHANNEL_PRESENCE_CACHE == 5);
ASSERT(PUSHER_CHANNEL_PRIVATE_ENCRYPTED == 6);
ASSERT(PUSHER_CHANNEL_PRIVATE_ENCRYPTED_CACHE == 7);

ASSERT(sizeof(pusher_over_limit) == 4);
ASSERT(PUSHER_OVER_LIMIT_WAIT == 0);
ASSERT(PUSHER_OVER_LIMIT_REFUSE == 1);
ASSERT(PUSHER_OVER_LIMIT_KEEP_LATEST == 2);

ASSERT(sizeof(pusher_limits) == 4);
ASSERT(PUSHER_LIMITS_COMMON == 0);
ASSERT(PUSHER_LIMITS_PUSHER == 1);
ASSERT(PUSHER_LIMITS_SOKETI == 2);
ASSERT(PUSHER_LIMITS_REVERB == 3);
ASSERT(PUSHER_LIMITS_SOCKUDO == 4);

ASSERT(sizeof(pusher_bind_flags) == 4);
ASSERT(PUSHER_BIND_ONCE == 1);
ASSERT(PUSHER_BIND_GLOB == 2);

ASSERT(sizeof(pusher_delivery) == 4);
ASSERT(PUSHER_DELIVER_THREAD == 0);
ASSERT(PUSHER_DELIVER_POLL == 1);
ASSERT(PUSHER_DELIVER_INLINE == 2);

ASSERT(sizeof(pusher_queue_policy) == 4);
ASSERT(PUSHER_QUEUE_BLOCK == 0);
ASSERT(PUSHER_QUEUE_DROP_OLDEST == 1);
ASSERT(PUSHER_QUEUE_DROP_NEWEST == 2);

ASSERT(sizeof(pusher_tls_version) == 4);
ASSERT(PUSHER_TLS_1_2 == 12);
ASSERT(PUSHER_TLS_1_3 == 13);

ASSERT(sizeof(pusher_connect_phase) == 4);
ASSERT(PUSHER_PHASE_DNS == 0);
ASSERT(PUSHER_PHASE_TCP == 1);
ASSERT(PUSHER_PHASE_PROXY == 2);
ASSERT(PUSHER_PHASE_TLS == 3);
ASSERT(PUSHER_PHASE_WEBSOCKET == 4);

ASSERT(sizeof(pusher_data_format) == 4);
ASSERT(PUSHER_DATA_NONE == 0);
ASSERT(PUSHER_DATA_TEXT == 1);
ASSERT(PUSHER_DATA_JSON == 2);

ASSERT(sizeof(pusher_log_level) == 4);
ASSERT(PUSHER_LOG_OFF == 0);
ASSERT(PUSHER_LOG_ERROR == 1);
ASSERT(PUSHER_LOG_WARN == 2);
ASSERT(PUSHER_LOG_INFO == 3);
ASSERT(PUSHER_LOG_DEBUG == 4);
ASSERT(PUSHER_LOG_TRACE == 5);

ASSERT(sizeof(pusher_cause) == 4);
ASSERT(PUSHER_CAUSE_NETWORK == 0);
ASSERT(PUSHER_CAUSE_TIMEOUT == 1);
ASSERT(PUSHER_CAUSE_TLS == 2);
ASSERT(PUSHER_CAUSE_PROTOCOL == 3);
ASSERT(PUSHER_CAUSE_REFUSED == 4);
ASSERT(PUSHER_CAUSE_CLOSE_TLS_ONLY == 5);
ASSERT(PUSHER_CAUSE_CLOSE_FATAL == 6);
ASSERT(PUSHER_CAUSE_CLOSE_BACK_OFF == 7);
ASSERT(PUSHER_CAUSE_CLOSE_RECONNECT == 8);
ASSERT(PUSHER_CAUSE_CLOSE_OTHER == 9);
ASSERT(PUSHER_CAUSE_APPLICATION == 10);

ASSERT(offsetof(pusher_event, size) == 0);
ASSERT(FIELD_SIZE(pusher_event, size) == 4);
ASSERT(offsetof(pusher_event, kind) == 4);
ASSERT(FIELD_SIZE(pusher_event, kind) == 4);
ASSERT(offsetof(pusher_event, status) == 8);
ASSERT(FIELD_SIZE(pusher_event, status) == 4);
ASSERT(offsetof(pusher_event, code) == 12);
ASSERT(FIELD_SIZE(pusher_event, code) == 4);
ASSERT(offsetof(pusher_event, request) == 16);
ASSERT(FIELD_SIZE(pusher_event, request) == 8);
ASSERT(offsetof(pusher_event, value) == 24);
ASSERT(FIELD_SIZE(pusher_event, value) == 8);
ASSERT(offsetof(pusher_event, state) == 32);
ASSERT(FIELD_SIZE(pusher_event, state) == 4);
ASSERT(offsetof(pusher_event, previous_state) == 36);
ASSERT(FIELD_SIZE(pusher_event, previous_state) == 4);
ASSERT(offsetof(pusher_event, retry_in_ms) == 40);
ASSERT(FIELD_SIZE(pusher_event, retry_in_ms) == 8);
ASSERT(offsetof(pusher_event, data_format) == 48);
ASSERT(FIELD_SIZE(pusher_event, data_format) == 4);
ASSERT(offsetof(pusher_event, reserved) == 52);
ASSERT(FIELD_SIZE(pusher_event, reserved) == 4);
ASSERT(offsetof(pusher_event, name) == 56);
ASSERT(FIELD_SIZE(pusher_event, name) == sizeof(void *));
ASSERT(offsetof(pusher_event, name_len) == 56 + sizeof(void *));
ASSERT(FIELD_SIZE(pusher_event, name_len) == sizeof(void *));
ASSERT(offsetof(pusher_event, channel) == 56 + 2 * sizeof(void *));
ASSERT(FIELD_SIZE(pusher_event, channel) == sizeof(void *));
ASSERT(offsetof(pusher_event, channel_len) == 56 + 3 * sizeof(void *));
ASSERT(FIELD_SIZE(pusher_event, channel_len) == sizeof(void *));
ASSERT(offsetof(pusher_event, data) == 56 + 4 * sizeof(void *));
ASSERT(FIELD_SIZE(pusher_event, data) == sizeof(void *));
ASSERT(offsetof(pusher_event, data_len) == 56 + 5 * sizeof(void *));
ASSERT(FIELD_SIZE(pusher_event, data_len) == sizeof(void *));
ASSERT(offsetof(pusher_event, user_id) == 56 + 6 * sizeof(void *));
ASSERT(FIELD_SIZE(pusher_event, user_id) == sizeof(void *));
ASSERT(offsetof(pusher_event, user_id_len) == 56 + 7 * sizeof(void *));
ASSERT(FIELD_SIZE(pusher_event, user_id_len) == sizeof(void *));
ASSERT(offsetof(pusher_event, socket_id) == 56 + 8 * sizeof(void *));
ASSERT(FIELD_SIZE(pusher_event, socket_id) == sizeof(void *));
ASSERT(offsetof(pusher_event, socket_id_len) == 56 + 9 * sizeof(void *));
ASSERT(FIELD_SIZE(pusher_event, socket_id_len) == sizeof(void *));
ASSERT(offsetof(pusher_event, client) == 56 + 10 * sizeof(void *));
ASSERT(FIELD_SIZE(pusher_event, client) == sizeof(void *));
ASSERT(sizeof(pusher_event) == WHOLE(56 + 11 * sizeof(void *)));

ASSERT(offsetof(pusher_callback, call) == 0);
ASSERT(FIELD_SIZE(pusher_callback, call) == sizeof(void *));
ASSERT(offsetof(pusher_callback, drop) == sizeof(void *));
ASSERT(FIELD_SIZE(pusher_callback, drop) == sizeof(void *));
ASSERT(offsetof(pusher_callback, user_data) == 2 * sizeof(void *));
ASSERT(FIELD_SIZE(pusher_callback, user_data) == sizeof(void *));
ASSERT(sizeof(pusher_callback) == 3 * sizeof(void *));

ASSERT(offsetof(pusher_wakeup, call) == 0);
ASSERT(FIELD_SIZE(pusher_wakeup, call) == sizeof(void *));
ASSERT(offsetof(pusher_wakeup, drop) == sizeof(void *));
ASSERT(FIELD_SIZE(pusher_wakeup, drop) == sizeof(void *));
ASSERT(offsetof(pusher_wakeup, user_data) == 2 * sizeof(void *));
ASSERT(FIELD_SIZE(pusher_wakeup, user_data) == sizeof(void *));
ASSERT(sizeof(pusher_wakeup) == 3 * sizeof(void *));

ASSERT(offsetof(pusher_member, size) == 0);
ASSERT(FIELD_SIZE(pusher_member, size) == 4);
ASSERT(offsetof(pusher_member, is_me) == 4);
ASSERT(FIELD_SIZE(pusher_member, is_me) == 4);
ASSERT(offsetof(pusher_member, user_id) == 8);
ASSERT(FIELD_SIZE(pusher_member, user_id) == sizeof(void *));
ASSERT(offsetof(pusher_member, user_id_len) == 8 + sizeof(void *));
ASSERT(FIELD_SIZE(pusher_member, user_id_len) == sizeof(void *));
ASSERT(offsetof(pusher_member, user_info) == 8 + 2 * sizeof(void *));
ASSERT(FIELD_SIZE(pusher_member, user_info) == sizeof(void *));
ASSERT(offsetof(pusher_member, user_info_len) == 8 + 3 * sizeof(void *));
ASSERT(FIELD_SIZE(pusher_member, user_info_len) == sizeof(void *));
ASSERT(sizeof(pusher_member) == 8 + 4 * sizeof(void *));

ASSERT(offsetof(pusher_totals, size) == 0);
ASSERT(FIELD_SIZE(pusher_totals, size) == 4);
ASSERT(offsetof(pusher_totals, state) == 4);
ASSERT(FIELD_SIZE(pusher_totals, state) == 4);
ASSERT(offsetof(pusher_totals, connected_since_ms) == 8);
ASSERT(FIELD_SIZE(pusher_totals, connected_since_ms) == 8);
ASSERT(offsetof(pusher_totals, events) == 16);
ASSERT(FIELD_SIZE(pusher_totals, events) == 8);
ASSERT(offsetof(pusher_totals, messages) == 24);
ASSERT(FIELD_SIZE(pusher_totals, messages) == 8);
ASSERT(offsetof(pusher_totals, dropped) == 32);
ASSERT(FIELD_SIZE(pusher_totals, dropped) == 8);
ASSERT(offsetof(pusher_totals, frames_in) == 40);
ASSERT(FIELD_SIZE(pusher_totals, frames_in) == 8);
ASSERT(offsetof(pusher_totals, bytes_in) == 48);
ASSERT(FIELD_SIZE(pusher_totals, bytes_in) == 8);
ASSERT(offsetof(pusher_totals, frames_out) == 56);
ASSERT(FIELD_SIZE(pusher_totals, frames_out) == 8);
ASSERT(offsetof(pusher_totals, bytes_out) == 64);
ASSERT(FIELD_SIZE(pusher_totals, bytes_out) == 8);
ASSERT(offsetof(pusher_totals, unsent_bytes) == 72);
ASSERT(FIELD_SIZE(pusher_totals, unsent_bytes) == 8);
ASSERT(offsetof(pusher_totals, queue_depth) == 80);
ASSERT(FIELD_SIZE(pusher_totals, queue_depth) == 8);
ASSERT(offsetof(pusher_totals, queue_bytes) == 88);
ASSERT(FIELD_SIZE(pusher_totals, queue_bytes) == 8);
ASSERT(offsetof(pusher_totals, queue_high_water) == 96);
ASSERT(FIELD_SIZE(pusher_totals, queue_high_water) == 8);
ASSERT(offsetof(pusher_totals, tries) == 104);
ASSERT(FIELD_SIZE(pusher_totals, tries) == 8);
ASSERT(offsetof(pusher_totals, connects) == 112);
ASSERT(FIELD_SIZE(pusher_totals, connects) == 8);
ASSERT(offsetof(pusher_totals, losses) == 120);
ASSERT(FIELD_SIZE(pusher_totals, losses) == 8);
ASSERT(offsetof(pusher_totals, failed_tries) == 128);
ASSERT(FIELD_SIZE(pusher_totals, failed_tries) == 8);
ASSERT(offsetof(pusher_totals, pongs) == 136);
ASSERT(FIELD_SIZE(pusher_totals, pongs) == 8);
ASSERT(offsetof(pusher_totals, ping_last_us) == 144);
ASSERT(FIELD_SIZE(pusher_totals, ping_last_us) == 8);
ASSERT(offsetof(pusher_totals, ping_min_us) == 152);
ASSERT(FIELD_SIZE(pusher_totals, ping_min_us) == 8);
ASSERT(offsetof(pusher_totals, ping_max_us) == 160);
ASSERT(FIELD_SIZE(pusher_totals, ping_max_us) == 8);
ASSERT(offsetof(pusher_totals, ping_p50_us) == 168);
ASSERT(FIELD_SIZE(pusher_totals, ping_p50_us) == 8);
ASSERT(offsetof(pusher_totals, ping_p90_us) == 176);
ASSERT(FIELD_SIZE(pusher_totals, ping_p90_us) == 8);
ASSERT(offsetof(pusher_totals, ping_p99_us) == 184);
ASSERT(FIELD_SIZE(pusher_totals, ping_p99_us) == 8);
ASSERT(sizeof(pusher_totals) == 192);

ASSERT(offsetof(pusher_channel_metrics, size) == 0);
ASSERT(FIELD_SIZE(pusher_channel_metrics, size) == 4);
ASSERT(offsetof(pusher_channel_metrics, state) == 4);
ASSERT(FIELD_SIZE(pusher_channel_metrics, state) == 4);
ASSERT(offsetof(pusher_channel_metrics, messages) == 8);
ASSERT(FIELD_SIZE(pusher_channel_metrics, messages) == 8);
ASSERT(offsetof(pusher_channel_metrics, bytes) == 16);
ASSERT(FIELD_SIZE(pusher_channel_metrics, bytes) == 8);
ASSERT(offsetof(pusher_channel_metrics, last_ms) == 24);
ASSERT(FIELD_SIZE(pusher_channel_metrics, last_ms) == 8);
ASSERT(offsetof(pusher_channel_metrics, name) == 32);
ASSERT(FIELD_SIZE(pusher_channel_metrics, name) == sizeof(void *));
ASSERT(offsetof(pusher_channel_metrics, name_len) == 32 + sizeof(void *));
ASSERT(FIELD_SIZE(pusher_channel_metrics, name_len) == sizeof(void *));
ASSERT(sizeof(pusher_channel_metrics) == WHOLE(32 + 2 * sizeof(void *)));
