/**
 * The numbers of the C API as enum classes, each with its name as text.
 *
 * The comments beside the numbers are in pusherws.h. A later library may give numbers that are not listed here:
 * they keep their value, and `name_of` says "unknown".
 */
#ifndef PUSHERWS_ENUMS_HPP
#define PUSHERWS_ENUMS_HPP

#include "base.hpp"

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {

/** How a call or a request ended: `ok`, or what went wrong. */
enum class status : std::int32_t {
    ok = PUSHER_OK,
    argument = PUSHER_ERR_ARGUMENT,
    handle = PUSHER_ERR_HANDLE,
    state = PUSHER_ERR_STATE,
    timeout = PUSHER_ERR_TIMEOUT,
    cancelled = PUSHER_ERR_CANCELLED,
    would_deadlock = PUSHER_ERR_WOULD_DEADLOCK,
    queue_full = PUSHER_ERR_QUEUE_FULL,
    not_connected = PUSHER_ERR_NOT_CONNECTED,
    not_subscribed = PUSHER_ERR_NOT_SUBSCRIBED,
    channel = PUSHER_ERR_CHANNEL,
    forbidden = PUSHER_ERR_FORBIDDEN,
    auth = PUSHER_ERR_AUTH,
    refused = PUSHER_ERR_REFUSED,
    network = PUSHER_ERR_NETWORK,
    tls = PUSHER_ERR_TLS,
    protocol = PUSHER_ERR_PROTOCOL,
    too_large = PUSHER_ERR_TOO_LARGE,
    unsupported = PUSHER_ERR_UNSUPPORTED,
    forked = PUSHER_ERR_FORKED,
    panic = PUSHER_ERR_PANIC,
    closed = PUSHER_ERR_CLOSED,
    not_found = PUSHER_ERR_NOT_FOUND,
    system = PUSHER_ERR_SYSTEM,
    decryption = PUSHER_ERR_DECRYPTION,
    rate_limited = PUSHER_ERR_RATE_LIMITED,
};

/** What an event is about; pusherws.h says which fields each kind fills. */
enum class event_kind : std::int32_t {
    message = PUSHER_EVENT_MESSAGE,
    state_change = PUSHER_EVENT_STATE_CHANGE,
    error = PUSHER_EVENT_ERROR,
    subscribed = PUSHER_EVENT_SUBSCRIBED,
    subscription_error = PUSHER_EVENT_SUBSCRIPTION_ERROR,
    member_added = PUSHER_EVENT_MEMBER_ADDED,
    member_removed = PUSHER_EVENT_MEMBER_REMOVED,
    subscription_count = PUSHER_EVENT_SUBSCRIPTION_COUNT,
    cache_miss = PUSHER_EVENT_CACHE_MISS,
    completed = PUSHER_EVENT_COMPLETED,
    protocol = PUSHER_EVENT_PROTOCOL,
    authorize = PUSHER_EVENT_AUTHORIZE,
    authorize_user = PUSHER_EVENT_AUTHORIZE_USER,
    prepare_authorization = PUSHER_EVENT_PREPARE_AUTHORIZATION,
    decryption_error = PUSHER_EVENT_DECRYPTION_ERROR,
    signed_in = PUSHER_EVENT_SIGNED_IN,
    sign_in_error = PUSHER_EVENT_SIGN_IN_ERROR,
    watchlist = PUSHER_EVENT_WATCHLIST,
    gap = PUSHER_EVENT_GAP,
    dropped = PUSHER_EVENT_DROPPED,
    log = PUSHER_EVENT_LOG,
};

/** The states of a connection. */
enum class connection_state : std::int32_t {
    initialized = PUSHER_STATE_INITIALIZED,
    connecting = PUSHER_STATE_CONNECTING,
    connected = PUSHER_STATE_CONNECTED,
    unavailable = PUSHER_STATE_UNAVAILABLE,
    disconnected = PUSHER_STATE_DISCONNECTED,
    failed = PUSHER_STATE_FAILED,
};

/** The states of a channel. */
enum class channel_state : std::int32_t {
    none = PUSHER_CHANNEL_STATE_NONE,
    waiting = PUSHER_CHANNEL_STATE_WAITING,
    pending = PUSHER_CHANNEL_STATE_PENDING,
    subscribed = PUSHER_CHANNEL_STATE_SUBSCRIBED,
    refused = PUSHER_CHANNEL_STATE_REFUSED,
};

/** The kinds of channel: a whole name begins with its kind's prefix. */
enum class channel_kind : std::int32_t {
    public_ = PUSHER_CHANNEL_PUBLIC,
    private_ = PUSHER_CHANNEL_PRIVATE,
    presence = PUSHER_CHANNEL_PRESENCE,
    cache = PUSHER_CHANNEL_CACHE,
    private_cache = PUSHER_CHANNEL_PRIVATE_CACHE,
    presence_cache = PUSHER_CHANNEL_PRESENCE_CACHE,
    private_encrypted = PUSHER_CHANNEL_PRIVATE_ENCRYPTED,
    private_encrypted_cache = PUSHER_CHANNEL_PRIVATE_ENCRYPTED_CACHE,
};

/** How the server wrote an event's data. */
enum class data_format : std::int32_t {
    none = PUSHER_DATA_NONE,
    text = PUSHER_DATA_TEXT,
    json = PUSHER_DATA_JSON,
};

/** What happens to client events beyond the limit on their rate. */
enum class over_limit : std::int32_t {
    wait = PUSHER_OVER_LIMIT_WAIT,
    refuse = PUSHER_OVER_LIMIT_REFUSE,
    keep_latest = PUSHER_OVER_LIMIT_KEEP_LATEST,
};

/** Whose limits names and data are checked by. */
enum class limits : std::int32_t {
    common = PUSHER_LIMITS_COMMON,
    pusher = PUSHER_LIMITS_PUSHER,
    soketi = PUSHER_LIMITS_SOKETI,
    reverb = PUSHER_LIMITS_REVERB,
    sockudo = PUSHER_LIMITS_SOCKUDO,
};

/** How a binding differs from the usual; `|` adds them up. */
enum class bind_flags : std::int32_t {
    none = 0,
    once = PUSHER_BIND_ONCE,
    glob = PUSHER_BIND_GLOB,
};

/** On which thread handlers run; docs/threads.md compares them. */
enum class delivery : std::int32_t {
    thread = PUSHER_DELIVER_THREAD,
    poll = PUSHER_DELIVER_POLL,
    inline_ = PUSHER_DELIVER_INLINE,
};

/** What happens to messages when the handlers do not keep up. */
enum class queue_policy : std::int32_t {
    block = PUSHER_QUEUE_BLOCK,
    drop_oldest = PUSHER_QUEUE_DROP_OLDEST,
    drop_newest = PUSHER_QUEUE_DROP_NEWEST,
};

/** The versions of TLS. */
enum class tls_version : std::int32_t {
    tls_1_2 = PUSHER_TLS_1_2,
    tls_1_3 = PUSHER_TLS_1_3,
};

/** The steps of connecting, each with a time limit of its own. */
enum class connect_phase : std::int32_t {
    dns = PUSHER_PHASE_DNS,
    tcp = PUSHER_PHASE_TCP,
    proxy = PUSHER_PHASE_PROXY,
    tls = PUSHER_PHASE_TLS,
    websocket = PUSHER_PHASE_WEBSOCKET,
};

/** How a connection, or a try to make one, came to its end. */
enum class cause : std::int32_t {
    network = PUSHER_CAUSE_NETWORK,
    timeout = PUSHER_CAUSE_TIMEOUT,
    tls = PUSHER_CAUSE_TLS,
    protocol = PUSHER_CAUSE_PROTOCOL,
    refused = PUSHER_CAUSE_REFUSED,
    close_tls_only = PUSHER_CAUSE_CLOSE_TLS_ONLY,
    close_fatal = PUSHER_CAUSE_CLOSE_FATAL,
    close_back_off = PUSHER_CAUSE_CLOSE_BACK_OFF,
    close_reconnect = PUSHER_CAUSE_CLOSE_RECONNECT,
    close_other = PUSHER_CAUSE_CLOSE_OTHER,
    application = PUSHER_CAUSE_APPLICATION,
};

/** How much the log tells; each level includes those before it. */
enum class log_level : std::int32_t {
    off = PUSHER_LOG_OFF,
    error = PUSHER_LOG_ERROR,
    warn = PUSHER_LOG_WARN,
    info = PUSHER_LOG_INFO,
    debug = PUSHER_LOG_DEBUG,
    trace = PUSHER_LOG_TRACE,
};

/** Adds flags up. */
constexpr bind_flags operator|(bind_flags a, bind_flags b) noexcept
{
    return static_cast<bind_flags>(static_cast<std::int32_t>(a) | static_cast<std::int32_t>(b));
}

/** The name as in pusherws.h, such as "PUSHER_ERR_TIMEOUT": what to search for. */
inline std::string_view name_of(status value) noexcept
{
    return pusher_status_name(static_cast<std::int32_t>(value));
}

/** The name as in this header, without an underscore at its end. */
constexpr std::string_view name_of(event_kind value) noexcept
{
    switch (value) {
    case event_kind::message: return "message";
    case event_kind::state_change: return "state_change";
    case event_kind::error: return "error";
    case event_kind::subscribed: return "subscribed";
    case event_kind::subscription_error: return "subscription_error";
    case event_kind::member_added: return "member_added";
    case event_kind::member_removed: return "member_removed";
    case event_kind::subscription_count: return "subscription_count";
    case event_kind::cache_miss: return "cache_miss";
    case event_kind::completed: return "completed";
    case event_kind::protocol: return "protocol";
    case event_kind::authorize: return "authorize";
    case event_kind::authorize_user: return "authorize_user";
    case event_kind::prepare_authorization: return "prepare_authorization";
    case event_kind::decryption_error: return "decryption_error";
    case event_kind::signed_in: return "signed_in";
    case event_kind::sign_in_error: return "sign_in_error";
    case event_kind::watchlist: return "watchlist";
    case event_kind::gap: return "gap";
    case event_kind::dropped: return "dropped";
    case event_kind::log: return "log";
    }
    return "unknown";
}

/** The name as in this header, without an underscore at its end. */
constexpr std::string_view name_of(connection_state value) noexcept
{
    switch (value) {
    case connection_state::initialized: return "initialized";
    case connection_state::connecting: return "connecting";
    case connection_state::connected: return "connected";
    case connection_state::unavailable: return "unavailable";
    case connection_state::disconnected: return "disconnected";
    case connection_state::failed: return "failed";
    }
    return "unknown";
}

/** The name as in this header, without an underscore at its end. */
constexpr std::string_view name_of(channel_state value) noexcept
{
    switch (value) {
    case channel_state::none: return "none";
    case channel_state::waiting: return "waiting";
    case channel_state::pending: return "pending";
    case channel_state::subscribed: return "subscribed";
    case channel_state::refused: return "refused";
    }
    return "unknown";
}

/** The name as in this header, without an underscore at its end. */
constexpr std::string_view name_of(channel_kind value) noexcept
{
    switch (value) {
    case channel_kind::public_: return "public";
    case channel_kind::private_: return "private";
    case channel_kind::presence: return "presence";
    case channel_kind::cache: return "cache";
    case channel_kind::private_cache: return "private_cache";
    case channel_kind::presence_cache: return "presence_cache";
    case channel_kind::private_encrypted: return "private_encrypted";
    case channel_kind::private_encrypted_cache: return "private_encrypted_cache";
    }
    return "unknown";
}

/** The name as in this header, without an underscore at its end. */
constexpr std::string_view name_of(data_format value) noexcept
{
    switch (value) {
    case data_format::none: return "none";
    case data_format::text: return "text";
    case data_format::json: return "json";
    }
    return "unknown";
}

/** The name as in this header, without an underscore at its end. */
constexpr std::string_view name_of(over_limit value) noexcept
{
    switch (value) {
    case over_limit::wait: return "wait";
    case over_limit::refuse: return "refuse";
    case over_limit::keep_latest: return "keep_latest";
    }
    return "unknown";
}

/** The name as in this header, without an underscore at its end. */
constexpr std::string_view name_of(limits value) noexcept
{
    switch (value) {
    case limits::common: return "common";
    case limits::pusher: return "pusher";
    case limits::soketi: return "soketi";
    case limits::reverb: return "reverb";
    case limits::sockudo: return "sockudo";
    }
    return "unknown";
}

/** The name as in this header, without an underscore at its end. */
constexpr std::string_view name_of(delivery value) noexcept
{
    switch (value) {
    case delivery::thread: return "thread";
    case delivery::poll: return "poll";
    case delivery::inline_: return "inline";
    }
    return "unknown";
}

/** The name as in this header, without an underscore at its end. */
constexpr std::string_view name_of(queue_policy value) noexcept
{
    switch (value) {
    case queue_policy::block: return "block";
    case queue_policy::drop_oldest: return "drop_oldest";
    case queue_policy::drop_newest: return "drop_newest";
    }
    return "unknown";
}

/** The name as in this header, without an underscore at its end. */
constexpr std::string_view name_of(tls_version value) noexcept
{
    switch (value) {
    case tls_version::tls_1_2: return "tls_1_2";
    case tls_version::tls_1_3: return "tls_1_3";
    }
    return "unknown";
}

/** The name as in this header, without an underscore at its end. */
constexpr std::string_view name_of(connect_phase value) noexcept
{
    switch (value) {
    case connect_phase::dns: return "dns";
    case connect_phase::tcp: return "tcp";
    case connect_phase::proxy: return "proxy";
    case connect_phase::tls: return "tls";
    case connect_phase::websocket: return "websocket";
    }
    return "unknown";
}

/** The name as in this header, without an underscore at its end. */
constexpr std::string_view name_of(cause value) noexcept
{
    switch (value) {
    case cause::network: return "network";
    case cause::timeout: return "timeout";
    case cause::tls: return "tls";
    case cause::protocol: return "protocol";
    case cause::refused: return "refused";
    case cause::close_tls_only: return "close_tls_only";
    case cause::close_fatal: return "close_fatal";
    case cause::close_back_off: return "close_back_off";
    case cause::close_reconnect: return "close_reconnect";
    case cause::close_other: return "close_other";
    case cause::application: return "application";
    }
    return "unknown";
}

/** The name as in this header, without an underscore at its end. */
constexpr std::string_view name_of(log_level value) noexcept
{
    switch (value) {
    case log_level::off: return "off";
    case log_level::error: return "error";
    case log_level::warn: return "warn";
    case log_level::info: return "info";
    case log_level::debug: return "debug";
    case log_level::trace: return "trace";
    }
    return "unknown";
}

} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
