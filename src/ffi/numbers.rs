//! The numbers of the header: statuses, kinds, states, flags.

use crate::config::{ConnectPhase, Delivery, QueuePolicy, TlsVersion};
use crate::error::Status;
use crate::protocol::channel::ChannelKind;
use crate::session::{Cause, ChannelState, ConnectionState, DataFormat, EventKind, LogLevel};

/// How a call or a request ended: `PUSHER_OK`, or what went wrong.
///
/// Functions return these as `int32_t`. `pusher_last_error` tells more about a failed call, and the
/// `data` of an event about a failed request.
///
/// Since 0.1.0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_status {
    /// Nothing went wrong.
    PUSHER_OK = 0,
    /// An argument is NULL, not UTF-8, malformed or out of its range.
    PUSHER_ERR_ARGUMENT = -1,
    /// The handle is NULL, was never given out, or has been freed.
    PUSHER_ERR_HANDLE = -2,
    /// The call is not possible in the present state.
    PUSHER_ERR_STATE = -3,
    /// The time allowed has passed.
    PUSHER_ERR_TIMEOUT = -4,
    /// The request was given up: by a close, a disconnect, an unsubscribe that overtook it, or your
    /// decision against another try.
    PUSHER_ERR_CANCELLED = -5,
    /// Waiting inside a callback would stop the client that is to be waited for.
    PUSHER_ERR_WOULD_DEADLOCK = -6,
    /// A bounded queue has no room: the network, or the application's callbacks, do not keep up.
    PUSHER_ERR_QUEUE_FULL = -7,
    /// There is no connection at the moment.
    PUSHER_ERR_NOT_CONNECTED = -8,
    /// The channel is not subscribed.
    PUSHER_ERR_NOT_SUBSCRIBED = -9,
    /// The channel name breaks a rule of the protocol.
    PUSHER_ERR_CHANNEL = -10,
    /// The protocol forbids it, such as a client event on a public channel.
    PUSHER_ERR_FORBIDDEN = -11,
    /// Nothing is configured that could authorise, or the authorisation was refused.
    PUSHER_ERR_AUTH = -12,
    /// The server said no.
    PUSHER_ERR_REFUSED = -13,
    /// DNS, TCP, or the connection itself failed.
    PUSHER_ERR_NETWORK = -14,
    /// The TLS handshake failed, or the server's certificate is not trusted.
    PUSHER_ERR_TLS = -15,
    /// The server said something that the protocol does not allow.
    PUSHER_ERR_PROTOCOL = -16,
    /// A limit on size was exceeded.
    PUSHER_ERR_TOO_LARGE = -17,
    /// This version of the library cannot do it.
    PUSHER_ERR_UNSUPPORTED = -18,
    /// The client was made before a fork and belongs to the parent process.
    PUSHER_ERR_FORKED = -19,
    /// A bug in the library was caught; please report it.
    PUSHER_ERR_PANIC = -20,
    /// The client has been closed.
    PUSHER_ERR_CLOSED = -21,
    /// There is no such request, binding or member.
    PUSHER_ERR_NOT_FOUND = -22,
    /// The operating system refused a thread or another resource.
    PUSHER_ERR_SYSTEM = -23,
    /// An event on an encrypted channel could not be decrypted.
    PUSHER_ERR_DECRYPTION = -24,
    /// More client events than the limit allows.
    PUSHER_ERR_RATE_LIMITED = -25,
}

use pusher_status::*;

impl From<Status> for pusher_status {
    fn from(status: Status) -> Self {
        match status {
            Status::Ok => PUSHER_OK,
            Status::Argument => PUSHER_ERR_ARGUMENT,
            Status::Handle => PUSHER_ERR_HANDLE,
            Status::State => PUSHER_ERR_STATE,
            Status::Timeout => PUSHER_ERR_TIMEOUT,
            Status::Cancelled => PUSHER_ERR_CANCELLED,
            Status::WouldDeadlock => PUSHER_ERR_WOULD_DEADLOCK,
            Status::QueueFull => PUSHER_ERR_QUEUE_FULL,
            Status::NotConnected => PUSHER_ERR_NOT_CONNECTED,
            Status::NotSubscribed => PUSHER_ERR_NOT_SUBSCRIBED,
            Status::Channel => PUSHER_ERR_CHANNEL,
            Status::Forbidden => PUSHER_ERR_FORBIDDEN,
            Status::Auth => PUSHER_ERR_AUTH,
            Status::Refused => PUSHER_ERR_REFUSED,
            Status::Network => PUSHER_ERR_NETWORK,
            Status::Tls => PUSHER_ERR_TLS,
            Status::Protocol => PUSHER_ERR_PROTOCOL,
            Status::TooLarge => PUSHER_ERR_TOO_LARGE,
            Status::Unsupported => PUSHER_ERR_UNSUPPORTED,
            Status::Forked => PUSHER_ERR_FORKED,
            Status::Panic => PUSHER_ERR_PANIC,
            Status::Closed => PUSHER_ERR_CLOSED,
            Status::NotFound => PUSHER_ERR_NOT_FOUND,
            Status::System => PUSHER_ERR_SYSTEM,
            Status::Decryption => PUSHER_ERR_DECRYPTION,
            Status::RateLimited => PUSHER_ERR_RATE_LIMITED,
        }
    }
}

impl pusher_status {
    pub fn of(status: Status) -> i32 {
        pusher_status::from(status) as i32
    }
}

/// What an event is about: the `kind` of a `pusher_event`. Later versions add kinds: ignore those
/// that you do not know.
///
/// Each kind lists the fields that it fills beside `name`; all others are 0 or NULL, but for
/// `retry_in_ms`, which is -1.
///
/// Since 0.1.0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_event_kind {
    /// Somebody published an event. `name`, `channel`, `data`, `data_format`; `user_id` says who, on
    /// client events of presence channels.
    PUSHER_EVENT_MESSAGE = 1,
    /// The connection changed its state, or plans its next try. Named `pusher:state_change`.
    /// `state`, `previous_state`; `retry_in_ms` until the next try, or -1; `value` is the number of
    /// failed tries since the last connection; and why: `status`, `code`, `data`.
    PUSHER_EVENT_STATE_CHANGE = 2,
    /// The server or the network reported an error. Named `pusher:error`. For your information: the
    /// client recovers by itself where it can, and the state says whether it has given up. `status`,
    /// `code`, `data` (like every text of an error at most 2 KiB, whatever the server said), and
    /// `channel` where it is known. Where the server complains about a client
    /// event (43xx) and it can only be one, `request` is the number of its publish.
    PUSHER_EVENT_ERROR = 3,
    /// A channel is subscribed: for the first time, or again after a reconnect. Named
    /// `pusher:subscription_succeeded`. `channel`, `data` as the server sent it; `value` is the
    /// number of members of a presence channel.
    PUSHER_EVENT_SUBSCRIBED = 4,
    /// A subscription was refused, or not answered in time. Named `pusher:subscription_error`.
    /// `channel`, `status`, `code` (an HTTP status or one of Pusher's codes), `data`. It is tried
    /// again with the next connection, or when you subscribe again.
    PUSHER_EVENT_SUBSCRIPTION_ERROR = 5,
    /// A member joined a presence channel. Named `pusher:member_added`. `channel`, `user_id`, `data`
    /// is the member's info as JSON or NULL, `value` the number of members now.
    PUSHER_EVENT_MEMBER_ADDED = 6,
    /// A member left a presence channel. Named `pusher:member_removed`. Fields as above.
    PUSHER_EVENT_MEMBER_REMOVED = 7,
    /// How many connections are subscribed to a channel. Named `pusher:subscription_count`.
    /// `channel`, `value`.
    PUSHER_EVENT_SUBSCRIPTION_COUNT = 8,
    /// A cache channel has nothing cached. Named `pusher:cache_miss`. `channel`.
    PUSHER_EVENT_CACHE_MISS = 9,
    /// A request is done; each one gets exactly one such event. Named `pusher:completed`. `request`,
    /// `status`, `code`; `data`: why it failed, or the answer of the HTTP API; `channel` where it had one;
    /// `value` is a ping's round trip in microseconds.
    PUSHER_EVENT_COMPLETED = 10,
    /// A frame of the protocol which this version does not interpret, as it came.
    PUSHER_EVENT_PROTOCOL = 11,
    /// You are asked to authorise a subscription (`pusher_config_set_authorizer`). Named
    /// `pusher:authorize`. `request` is the number to answer with `pusher_client_authorize` or
    /// `pusher_client_refuse`; `socket_id`, `channel`. In a batch `channel` is NULL, and `data` has
    /// the channels' names, one on each line.
    PUSHER_EVENT_AUTHORIZE = 12,
    /// You are asked to authorise a sign-in. Named `pusher:authorize_user`. `request` is the number to
    /// answer with `pusher_client_authorize_user` or `pusher_client_refuse`; `socket_id`.
    PUSHER_EVENT_AUTHORIZE_USER = 13,
    /// You are asked for headers and parameters for one request to your authorisation endpoint.
    /// Named `pusher:prepare_authorization`. `request` is the number to answer with
    /// `pusher_client_prepare`; `socket_id`; `channel`, or NULL for a sign-in or a batch, whose
    /// channels are in `data`. `value` is 1 where the endpoint has just refused (401 or 403), and a
    /// fresh token may help; else 0.
    PUSHER_EVENT_PREPARE_AUTHORIZATION = 14,
    /// An event on an encrypted channel could not be decrypted, and is lost. Named
    /// `pusher:decryption_error`. `channel`, `status`, `data`.
    PUSHER_EVENT_DECRYPTION_ERROR = 15,
    /// The user is signed in: after `pusher_client_sign_in`, and after every reconnect. Named
    /// `pusher:signin_success`. `user_id`, `data` is the user's data as JSON.
    PUSHER_EVENT_SIGNED_IN = 16,
    /// The sign-in failed. Named `pusher:signin_error`. `status`, `code`, `data`.
    PUSHER_EVENT_SIGN_IN_ERROR = 17,
    /// Users on your watchlist went online or offline. Named `online` or `offline`. `data` is a JSON
    /// array of their ids, `value` their number.
    PUSHER_EVENT_WATCHLIST = 18,
    /// A channel is subscribed again after the connection was lost, and whatever was published in
    /// between is missing. Comes after `PUSHER_EVENT_SUBSCRIBED`; not after a disconnect of your own.
    /// Named `pusher:gap`. `channel`; `value` is its length in milliseconds; `status` and `code` say
    /// how the connection was lost; `data` is JSON: `from` (the last frame before the loss) and `to`
    /// in milliseconds since 1970, `reason`, `code`, and `tries`, how many it took to connect.
    PUSHER_EVENT_GAP = 19,
    /// Your callbacks did not keep up, and messages were dropped at this place
    /// (`pusher_config_set_queue_policy`). Named `pusher:dropped`. `value` is their number, `status`
    /// PUSHER_ERR_QUEUE_FULL, `data`.
    PUSHER_EVENT_DROPPED = 20,
    /// A line of the log, where `pusher_config_set_log_level` asks for one. Named `pusher:log`. Only
    /// bindings that ask for this very name are called for it. `value` is a `pusher_log_level`, `data`
    /// the line, `channel` where it is about one.
    PUSHER_EVENT_LOG = 21,
}

use pusher_event_kind::*;

impl From<EventKind> for pusher_event_kind {
    fn from(kind: EventKind) -> Self {
        match kind {
            EventKind::Message => PUSHER_EVENT_MESSAGE,
            EventKind::StateChange => PUSHER_EVENT_STATE_CHANGE,
            EventKind::Error => PUSHER_EVENT_ERROR,
            EventKind::Subscribed => PUSHER_EVENT_SUBSCRIBED,
            EventKind::SubscriptionError => PUSHER_EVENT_SUBSCRIPTION_ERROR,
            EventKind::MemberAdded => PUSHER_EVENT_MEMBER_ADDED,
            EventKind::MemberRemoved => PUSHER_EVENT_MEMBER_REMOVED,
            EventKind::SubscriptionCount => PUSHER_EVENT_SUBSCRIPTION_COUNT,
            EventKind::CacheMiss => PUSHER_EVENT_CACHE_MISS,
            EventKind::Completed => PUSHER_EVENT_COMPLETED,
            EventKind::Protocol => PUSHER_EVENT_PROTOCOL,
            EventKind::Authorize => PUSHER_EVENT_AUTHORIZE,
            EventKind::AuthorizeUser => PUSHER_EVENT_AUTHORIZE_USER,
            EventKind::PrepareAuthorization => PUSHER_EVENT_PREPARE_AUTHORIZATION,
            EventKind::DecryptionError => PUSHER_EVENT_DECRYPTION_ERROR,
            EventKind::SignedIn => PUSHER_EVENT_SIGNED_IN,
            EventKind::SignInError => PUSHER_EVENT_SIGN_IN_ERROR,
            EventKind::Watchlist => PUSHER_EVENT_WATCHLIST,
            EventKind::Gap => PUSHER_EVENT_GAP,
            EventKind::Dropped => PUSHER_EVENT_DROPPED,
            EventKind::Log => PUSHER_EVENT_LOG,
        }
    }
}

/// The states of a connection.
///
/// Since 0.1.0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_connection_state {
    /// Nothing has been asked for yet.
    PUSHER_STATE_INITIALIZED = 0,
    /// Trying to connect, for the first time or again.
    PUSHER_STATE_CONNECTING = 1,
    /// Connected: there is a socket id.
    PUSHER_STATE_CONNECTED = 2,
    /// Still trying, without success for 10 seconds or more.
    PUSHER_STATE_UNAVAILABLE = 3,
    /// Not connected, because you disconnected or closed the client.
    PUSHER_STATE_DISCONNECTED = 4,
    /// The server refused for good (close codes 4001 to 4099, and 4000 over TLS), or the limit on tries
    /// or your own `pusher_client_retry` ended them: only another `pusher_client_connect` will try again.
    PUSHER_STATE_FAILED = 5,
}

impl From<ConnectionState> for pusher_connection_state {
    fn from(state: ConnectionState) -> Self {
        match state {
            ConnectionState::Initialized => pusher_connection_state::PUSHER_STATE_INITIALIZED,
            ConnectionState::Connecting => pusher_connection_state::PUSHER_STATE_CONNECTING,
            ConnectionState::Connected => pusher_connection_state::PUSHER_STATE_CONNECTED,
            ConnectionState::Unavailable => pusher_connection_state::PUSHER_STATE_UNAVAILABLE,
            ConnectionState::Disconnected => pusher_connection_state::PUSHER_STATE_DISCONNECTED,
            ConnectionState::Failed => pusher_connection_state::PUSHER_STATE_FAILED,
        }
    }
}

/// The states of a channel.
///
/// Since 0.1.0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_channel_state {
    /// Not wanted: never subscribed, or unsubscribed.
    PUSHER_CHANNEL_STATE_NONE = 0,
    /// Wanted; will be subscribed as soon as there is a connection.
    PUSHER_CHANNEL_STATE_WAITING = 1,
    /// It is being authorised, or the server has been asked and has not answered yet.
    PUSHER_CHANNEL_STATE_PENDING = 2,
    /// Subscribed.
    PUSHER_CHANNEL_STATE_SUBSCRIBED = 3,
    /// Refused, or not answered in time. Tried again with the next connection, or when you
    /// subscribe again.
    PUSHER_CHANNEL_STATE_REFUSED = 4,
}

impl From<Option<ChannelState>> for pusher_channel_state {
    fn from(state: Option<ChannelState>) -> Self {
        match state {
            None => pusher_channel_state::PUSHER_CHANNEL_STATE_NONE,
            Some(ChannelState::Waiting) => pusher_channel_state::PUSHER_CHANNEL_STATE_WAITING,
            Some(ChannelState::Pending) => pusher_channel_state::PUSHER_CHANNEL_STATE_PENDING,
            Some(ChannelState::Subscribed) => pusher_channel_state::PUSHER_CHANNEL_STATE_SUBSCRIBED,
            Some(ChannelState::Refused) => pusher_channel_state::PUSHER_CHANNEL_STATE_REFUSED,
        }
    }
}

/// The kinds of channel. A channel's whole name begins with its kind's prefix.
///
/// Since 0.1.0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_channel_kind {
    /// No prefix: anybody may subscribe.
    PUSHER_CHANNEL_PUBLIC = 0,
    /// `private-`: needs authorisation; client events allowed.
    PUSHER_CHANNEL_PRIVATE = 1,
    /// `presence-`: like private, and everybody sees who is there.
    PUSHER_CHANNEL_PRESENCE = 2,
    /// `cache-`: public, and begins with the last event.
    PUSHER_CHANNEL_CACHE = 3,
    /// `private-cache-`
    PUSHER_CHANNEL_PRIVATE_CACHE = 4,
    /// `presence-cache-`
    PUSHER_CHANNEL_PRESENCE_CACHE = 5,
    /// `private-encrypted-`: the server cannot read the data; no client events.
    PUSHER_CHANNEL_PRIVATE_ENCRYPTED = 6,
    /// `private-encrypted-cache-`
    PUSHER_CHANNEL_PRIVATE_ENCRYPTED_CACHE = 7,
}

/// The kind for a number from C, which may be any.
pub fn channel_kind(number: i32) -> Option<ChannelKind> {
    Some(match number {
        0 => ChannelKind::Public,
        1 => ChannelKind::Private,
        2 => ChannelKind::Presence,
        3 => ChannelKind::Cache,
        4 => ChannelKind::PrivateCache,
        5 => ChannelKind::PresenceCache,
        6 => ChannelKind::PrivateEncrypted,
        7 => ChannelKind::PrivateEncryptedCache,
        _ => return None,
    })
}

/// What happens to client events beyond the limit on their rate.
///
/// Since 0.1.0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_over_limit {
    /// They wait for their turn.
    PUSHER_OVER_LIMIT_WAIT = 0,
    /// They complete with PUSHER_ERR_RATE_LIMITED.
    PUSHER_OVER_LIMIT_REFUSE = 1,
    /// They wait, and a later one with the same name and channel takes the place of an earlier,
    /// which completes with PUSHER_ERR_CANCELLED: for positions and other things that only matter
    /// when they are new.
    PUSHER_OVER_LIMIT_KEEP_LATEST = 2,
}

/// Whose limits names and data are checked by.
///
/// Since 0.1.0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_limits {
    /// What all servers have in common: names of 200 bytes; the size of data is left to the server.
    PUSHER_LIMITS_COMMON = 0,
    /// Pusher: channel names of 164 bytes, data of 10 KB.
    PUSHER_LIMITS_PUSHER = 1,
    /// soketi: data of 100 KB.
    PUSHER_LIMITS_SOKETI = 2,
    /// Laravel Reverb: data of 10000 bytes, and client events of as many, with their names and escapes.
    PUSHER_LIMITS_REVERB = 3,
    /// Sockudo: as common.
    PUSHER_LIMITS_SOCKUDO = 4,
}

/// How a binding differs from the usual: flags for `pusher_client_bind_with`.
///
/// Since 0.1.0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_bind_flags {
    /// Called for one event only, and unbound by it.
    PUSHER_BIND_ONCE = 1,
    /// Channel and event are patterns: `*` for any text, `?` for any character, `[a-z]` for one of
    /// these, `{a,b}` for one of those.
    PUSHER_BIND_GLOB = 2,
}

/// On which thread a client's callbacks run. docs/threads.md compares them.
///
/// Since 0.1.0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_delivery {
    /// On a thread of the client's own: they may take their time.
    PUSHER_DELIVER_THREAD = 0,
    /// On yours, inside of `pusher_client_dispatch`; or there are none, and you take the events with
    /// `pusher_client_next`: for the loops of windows, games and servers.
    PUSHER_DELIVER_POLL = 1,
    /// On the network thread, straight out of the receive path: the lowest latency and cost. They
    /// must not block, since all connections of the process wait for them.
    PUSHER_DELIVER_INLINE = 2,
}

/// What happens to messages when your callbacks do not keep up.
///
/// Since 0.1.0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_queue_policy {
    /// The client stops reading from the server until there is room: nothing is lost, and the
    /// server's own patience is the limit.
    PUSHER_QUEUE_BLOCK = 0,
    /// The messages that have waited longest are dropped, counted and told.
    PUSHER_QUEUE_DROP_OLDEST = 1,
    /// The messages that come are dropped, counted and told.
    PUSHER_QUEUE_DROP_NEWEST = 2,
}

/// The versions of TLS.
///
/// Since 0.1.0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_tls_version {
    /// TLS 1.2
    PUSHER_TLS_1_2 = 12,
    /// TLS 1.3
    PUSHER_TLS_1_3 = 13,
}

/// The steps of connecting, each with a time limit of its own.
///
/// Since 0.1.0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_connect_phase {
    /// Finding the host's addresses.
    PUSHER_PHASE_DNS = 0,
    /// Connecting to one of them.
    PUSHER_PHASE_TCP = 1,
    /// The whole way to the host through a proxy, from the first step towards the proxy.
    PUSHER_PHASE_PROXY = 2,
    /// The TLS handshake.
    PUSHER_PHASE_TLS = 3,
    /// The opening handshake of the WebSocket.
    PUSHER_PHASE_WEBSOCKET = 4,
}

/// How the server wrote an event's data.
///
/// Since 0.1.0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_data_format {
    /// There is no data, or it is null: `data` is NULL.
    PUSHER_DATA_NONE = 0,
    /// A string, and `data` is what it holds: most often JSON itself, since most servers encode
    /// the data twice.
    PUSHER_DATA_TEXT = 1,
    /// An object, array, number or boolean: `data` is that JSON as the server wrote it.
    PUSHER_DATA_JSON = 2,
}

impl From<DataFormat> for pusher_data_format {
    fn from(format: DataFormat) -> Self {
        match format {
            DataFormat::None => pusher_data_format::PUSHER_DATA_NONE,
            DataFormat::Text => pusher_data_format::PUSHER_DATA_TEXT,
            DataFormat::Json => pusher_data_format::PUSHER_DATA_JSON,
        }
    }
}

/// How much the log tells. Each level includes those before it.
///
/// Since 0.1.0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_log_level {
    /// Nothing.
    PUSHER_LOG_OFF = 0,
    /// What the client has given up.
    PUSHER_LOG_ERROR = 1,
    /// What went wrong, and is tried again.
    PUSHER_LOG_WARN = 2,
    /// Connecting, changes of state, subscriptions.
    PUSHER_LOG_INFO = 3,
    /// Every decision, request, ping and authorisation.
    PUSHER_LOG_DEBUG = 4,
    /// Every frame.
    PUSHER_LOG_TRACE = 5,
}

/// The level for a number from C, which may be any; the inner None is for no log.
pub fn log_level(number: i32) -> Option<Option<LogLevel>> {
    Some(match number {
        0 => None,
        1 => Some(LogLevel::Error),
        2 => Some(LogLevel::Warn),
        3 => Some(LogLevel::Info),
        4 => Some(LogLevel::Debug),
        5 => Some(LogLevel::Trace),
        _ => return None,
    })
}

/// How a connection, or a try to make one, came to its end.
///
/// Since 0.1.0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_cause {
    /// DNS or TCP failed, or the connection just ended.
    PUSHER_CAUSE_NETWORK = 0,
    /// The server was silent and did not answer a ping, or a step of connecting took too long.
    PUSHER_CAUSE_TIMEOUT = 1,
    /// The TLS handshake failed, or the server's certificate is not trusted.
    PUSHER_CAUSE_TLS = 2,
    /// The server broke the protocol, or sent more than `pusher_config_set_max_message_size` allows.
    PUSHER_CAUSE_PROTOCOL = 3,
    /// The server or a proxy refused before there was a WebSocket, as with an HTTP status.
    PUSHER_CAUSE_REFUSED = 4,
    /// Close code 4000: with TLS only. The next try uses it.
    PUSHER_CAUSE_CLOSE_TLS_ONLY = 5,
    /// Close codes 4001 to 4099: not again.
    PUSHER_CAUSE_CLOSE_FATAL = 6,
    /// Close codes 4100 to 4199, and 4300 to 4399: the server is over capacity; later.
    PUSHER_CAUSE_CLOSE_BACK_OFF = 7,
    /// Close codes 4200 to 4299: again, at once.
    PUSHER_CAUSE_CLOSE_RECONNECT = 8,
    /// Another close code, such as 1001 of a server that is going away.
    PUSHER_CAUSE_CLOSE_OTHER = 9,
    /// You disconnected or closed the client, or said that the network is another.
    PUSHER_CAUSE_APPLICATION = 10,
}

/// The cause for a number from C, which may be any.
pub fn cause(number: i32) -> Option<Cause> {
    let is_it = |cause: &Cause| pusher_cause::from(*cause) as i32 == number;
    Cause::ALL.into_iter().find(is_it)
}

impl From<Cause> for pusher_cause {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Network => pusher_cause::PUSHER_CAUSE_NETWORK,
            Cause::Timeout => pusher_cause::PUSHER_CAUSE_TIMEOUT,
            Cause::Tls => pusher_cause::PUSHER_CAUSE_TLS,
            Cause::Protocol => pusher_cause::PUSHER_CAUSE_PROTOCOL,
            Cause::Refused => pusher_cause::PUSHER_CAUSE_REFUSED,
            Cause::CloseTlsOnly => pusher_cause::PUSHER_CAUSE_CLOSE_TLS_ONLY,
            Cause::CloseFatal => pusher_cause::PUSHER_CAUSE_CLOSE_FATAL,
            Cause::CloseBackOff => pusher_cause::PUSHER_CAUSE_CLOSE_BACK_OFF,
            Cause::CloseReconnect => pusher_cause::PUSHER_CAUSE_CLOSE_RECONNECT,
            Cause::CloseOther => pusher_cause::PUSHER_CAUSE_CLOSE_OTHER,
            Cause::Application => pusher_cause::PUSHER_CAUSE_APPLICATION,
        }
    }
}

/// The kind of event for a number from C, which may be any.
pub fn event_kind(number: i32) -> Option<EventKind> {
    let is_it = |kind: &EventKind| pusher_event_kind::from(*kind) as i32 == number;
    EventKind::ALL.into_iter().find(is_it)
}

/// The delivery for a number from C, which may be any.
pub fn delivery(number: i32) -> Option<Delivery> {
    Some(match number {
        0 => Delivery::Thread,
        1 => Delivery::Poll,
        2 => Delivery::Inline,
        _ => return None,
    })
}

/// The policy for a number from C, which may be any.
pub fn queue_policy(number: i32) -> Option<QueuePolicy> {
    Some(match number {
        0 => QueuePolicy::Block,
        1 => QueuePolicy::DropOldest,
        2 => QueuePolicy::DropNewest,
        _ => return None,
    })
}

/// The version for a number from C, which may be any.
pub fn tls_version(number: i32) -> Option<TlsVersion> {
    Some(match number {
        12 => TlsVersion::Tls12,
        13 => TlsVersion::Tls13,
        _ => return None,
    })
}

/// The step for a number from C, which may be any.
pub fn connect_phase(number: i32) -> Option<ConnectPhase> {
    Some(match number {
        0 => ConnectPhase::Dns,
        1 => ConnectPhase::Tcp,
        2 => ConnectPhase::Proxy,
        3 => ConnectPhase::Tls,
        4 => ConnectPhase::WebSocket,
        _ => return None,
    })
}
