/*
 * pusherws: a client for the Pusher Channels WebSocket protocol, version 7.
 *
 * Speaks to Pusher itself and to every server of the same protocol: soketi, Laravel Reverb, Sockudo.
 *
 *     pusher_config *config = pusher_config_new("app-key");
 *     pusher_config_set_cluster(config, "eu");
 *
 *     pusher_client *client = NULL;
 *     if (pusher_client_new(config, &client) != PUSHER_OK) { ... pusher_last_error ... }
 *     pusher_config_free(config);
 *
 *     pusher_callback callback = { on_event, NULL, my_data };
 *     pusher_client_bind(client, "orders", NULL, &callback, NULL);
 *     pusher_client_subscribe(client, "orders", NULL, NULL);
 *     pusher_client_connect(client, NULL);
 *     ...
 *     pusher_client_close(client, 2000);
 *     pusher_client_free(client);
 *
 * The rules that hold everywhere, unless a function's own comment says otherwise:
 *
 * - Calls return 0 (PUSHER_OK) or a negative PUSHER_ERR_... at once; none blocks but
 *   pusher_client_wait, pusher_client_close and pusher_client_free, and those that ask for events and
 *   take a time to wait. pusher_last_error tells what was wrong and what to do.
 * - Functions that give a pusher_request are requests: they return at once, and how they ended
 *   comes as an event of kind PUSHER_EVENT_COMPLETED with the request's number, exactly once. That
 *   event can reach your callback before the call that made the request has returned.
 * - Any function may be called from any thread and from any callback.
 * - Callbacks of a client run one at a time, in order, and with no lock of the library held: on one
 *   thread of its own; or, with pusher_config_set_delivery, inside of pusher_client_dispatch on
 *   yours, or on the network thread. A callback must not throw, and should return soon: later events
 *   wait for it.
 * - What you pass is copied before the call returns. What you are given is borrowed, and its comment
 *   says until when; what you have to free has a function whose name ends in _free.
 * - Output is written only on success. Freeing NULL is fine. A handle that was freed is an error
 *   (PUSHER_ERR_HANDLE), not a crash.
 * - Text is UTF-8. Times are milliseconds, lengths are bytes without the NUL.
 * - Nothing is started by loading the library. It installs no signal handler, writes to no file, and
 *   reads of the environment only where the trust store and the proxies are. After fork, a client made before it answers PUSHER_ERR_FORKED in the child.
 * - The library puts no secret and no auth string into a message; signatures in what a server says
 *   are blacked out.
 *
 * Written by build.rs from the sources in src/ffi: change the comments there.
 */


#ifndef PUSHERWS_H
#define PUSHERWS_H

#include <stddef.h>
#include <stdint.h>

/**
 * The version of this header. `pusher_version` tells the library's.
 */
#define PUSHER_VERSION "0.1.0"
#define PUSHER_VERSION_MAJOR 0
#define PUSHER_VERSION_MINOR 1
#define PUSHER_VERSION_PATCH 0

/**
 * The version of the binary interface that this header describes. See `pusher_abi_version`.
 */
#define PUSHER_ABI_VERSION 0

/**
 * How the functions are declared. Define PUSHERWS_STATIC before including this header where you link
 * the static library on Windows.
 */
#if !defined(PUSHER_API)
#  if defined(_WIN32) && !defined(PUSHERWS_STATIC)
#    define PUSHER_API __declspec(dllimport)
#  else
#    define PUSHER_API
#  endif
#endif

/**
 * How a call or a request ended: `PUSHER_OK`, or what went wrong.
 *
 * Functions return these as `int32_t`. `pusher_last_error` tells more about a failed call, and the
 * `data` of an event about a failed request.
 *
 * Since 0.1.0.
 */
enum pusher_status
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
  : int32_t
#endif /* defined(__cplusplus) || __STDC_VERSION__ >= 202311L */
 {
    /**
     * Nothing went wrong.
     */
    PUSHER_OK = 0,
    /**
     * An argument is NULL, not UTF-8, malformed or out of its range.
     */
    PUSHER_ERR_ARGUMENT = -1,
    /**
     * The handle is NULL, was never given out, or has been freed.
     */
    PUSHER_ERR_HANDLE = -2,
    /**
     * The call is not possible in the present state.
     */
    PUSHER_ERR_STATE = -3,
    /**
     * The time allowed has passed.
     */
    PUSHER_ERR_TIMEOUT = -4,
    /**
     * The request was given up: by a close, a disconnect, an unsubscribe that overtook it, or your
     * decision against another try.
     */
    PUSHER_ERR_CANCELLED = -5,
    /**
     * Waiting inside a callback would stop the client that is to be waited for.
     */
    PUSHER_ERR_WOULD_DEADLOCK = -6,
    /**
     * A bounded queue has no room: the network, or the application's callbacks, do not keep up.
     */
    PUSHER_ERR_QUEUE_FULL = -7,
    /**
     * There is no connection at the moment.
     */
    PUSHER_ERR_NOT_CONNECTED = -8,
    /**
     * The channel is not subscribed.
     */
    PUSHER_ERR_NOT_SUBSCRIBED = -9,
    /**
     * The channel name breaks a rule of the protocol.
     */
    PUSHER_ERR_CHANNEL = -10,
    /**
     * The protocol forbids it, such as a client event on a public channel.
     */
    PUSHER_ERR_FORBIDDEN = -11,
    /**
     * Nothing is configured that could authorise, or the authorisation was refused.
     */
    PUSHER_ERR_AUTH = -12,
    /**
     * The server said no.
     */
    PUSHER_ERR_REFUSED = -13,
    /**
     * DNS, TCP, or the connection itself failed.
     */
    PUSHER_ERR_NETWORK = -14,
    /**
     * The TLS handshake failed, or the server's certificate is not trusted.
     */
    PUSHER_ERR_TLS = -15,
    /**
     * The server said something that the protocol does not allow.
     */
    PUSHER_ERR_PROTOCOL = -16,
    /**
     * A limit on size was exceeded.
     */
    PUSHER_ERR_TOO_LARGE = -17,
    /**
     * This version of the library cannot do it.
     */
    PUSHER_ERR_UNSUPPORTED = -18,
    /**
     * The client was made before a fork and belongs to the parent process.
     */
    PUSHER_ERR_FORKED = -19,
    /**
     * A bug in the library was caught; please report it.
     */
    PUSHER_ERR_PANIC = -20,
    /**
     * The client has been closed.
     */
    PUSHER_ERR_CLOSED = -21,
    /**
     * There is no such request, binding or member.
     */
    PUSHER_ERR_NOT_FOUND = -22,
    /**
     * The operating system refused a thread or another resource.
     */
    PUSHER_ERR_SYSTEM = -23,
    /**
     * An event on an encrypted channel could not be decrypted.
     */
    PUSHER_ERR_DECRYPTION = -24,
    /**
     * More client events than the limit allows.
     */
    PUSHER_ERR_RATE_LIMITED = -25
};
#ifndef __cplusplus
#if (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
typedef enum pusher_status pusher_status;
#else
typedef int32_t pusher_status;
#endif /* __STDC_VERSION__ >= 202311L */
#endif /* __cplusplus */

/**
 * What an event is about: the `kind` of a `pusher_event`. Later versions add kinds: ignore those
 * that you do not know.
 *
 * Each kind lists the fields that it fills beside `name`; all others are 0 or NULL, but for
 * `retry_in_ms`, which is -1.
 *
 * Since 0.1.0.
 */
enum pusher_event_kind
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
  : int32_t
#endif /* defined(__cplusplus) || __STDC_VERSION__ >= 202311L */
 {
    /**
     * Somebody published an event. `name`, `channel`, `data`, `data_format`; `user_id` says who, on
     * client events of presence channels.
     */
    PUSHER_EVENT_MESSAGE = 1,
    /**
     * The connection changed its state, or plans its next try. Named `pusher:state_change`.
     * `state`, `previous_state`; `retry_in_ms` until the next try, or -1; `value` is the number of
     * failed tries since the last connection; and why: `status`, `code`, `data`.
     */
    PUSHER_EVENT_STATE_CHANGE = 2,
    /**
     * The server or the network reported an error. Named `pusher:error`. For your information: the
     * client recovers by itself where it can, and the state says whether it has given up. `status`,
     * `code`, `data` (like every text of an error at most 2 KiB, whatever the server said), and
     * `channel` where it is known. Where the server complains about a client
     * event (43xx) and it can only be one, `request` is the number of its publish.
     */
    PUSHER_EVENT_ERROR = 3,
    /**
     * A channel is subscribed: for the first time, or again after a reconnect. Named
     * `pusher:subscription_succeeded`. `channel`, `data` as the server sent it; `value` is the
     * number of members of a presence channel.
     */
    PUSHER_EVENT_SUBSCRIBED = 4,
    /**
     * A subscription was refused, or not answered in time. Named `pusher:subscription_error`.
     * `channel`, `status`, `code` (an HTTP status or one of Pusher's codes), `data`. It is tried
     * again with the next connection, or when you subscribe again.
     */
    PUSHER_EVENT_SUBSCRIPTION_ERROR = 5,
    /**
     * A member joined a presence channel. Named `pusher:member_added`. `channel`, `user_id`, `data`
     * is the member's info as JSON or NULL, `value` the number of members now.
     */
    PUSHER_EVENT_MEMBER_ADDED = 6,
    /**
     * A member left a presence channel. Named `pusher:member_removed`. Fields as above.
     */
    PUSHER_EVENT_MEMBER_REMOVED = 7,
    /**
     * How many connections are subscribed to a channel. Named `pusher:subscription_count`.
     * `channel`, `value`.
     */
    PUSHER_EVENT_SUBSCRIPTION_COUNT = 8,
    /**
     * A cache channel has nothing cached. Named `pusher:cache_miss`. `channel`.
     */
    PUSHER_EVENT_CACHE_MISS = 9,
    /**
     * A request is done; each one gets exactly one such event. Named `pusher:completed`. `request`,
     * `status`, `code`; `data`: why it failed, or the answer of the HTTP API; `channel` where it had one;
     * `value` is a ping's round trip in microseconds.
     */
    PUSHER_EVENT_COMPLETED = 10,
    /**
     * A frame of the protocol which this version does not interpret, as it came.
     */
    PUSHER_EVENT_PROTOCOL = 11,
    /**
     * You are asked to authorise a subscription (`pusher_config_set_authorizer`). Named
     * `pusher:authorize`. `request` is the number to answer with `pusher_client_authorize` or
     * `pusher_client_refuse`; `socket_id`, `channel`. In a batch `channel` is NULL, and `data` has
     * the channels' names, one on each line.
     */
    PUSHER_EVENT_AUTHORIZE = 12,
    /**
     * You are asked to authorise a sign-in. Named `pusher:authorize_user`. `request` is the number to
     * answer with `pusher_client_authorize_user` or `pusher_client_refuse`; `socket_id`.
     */
    PUSHER_EVENT_AUTHORIZE_USER = 13,
    /**
     * You are asked for headers and parameters for one request to your authorisation endpoint.
     * Named `pusher:prepare_authorization`. `request` is the number to answer with
     * `pusher_client_prepare`; `socket_id`; `channel`, or NULL for a sign-in or a batch, whose
     * channels are in `data`. `value` is 1 where the endpoint has just refused (401 or 403), and a
     * fresh token may help; else 0.
     */
    PUSHER_EVENT_PREPARE_AUTHORIZATION = 14,
    /**
     * An event on an encrypted channel could not be decrypted, and is lost. Named
     * `pusher:decryption_error`. `channel`, `status`, `data`.
     */
    PUSHER_EVENT_DECRYPTION_ERROR = 15,
    /**
     * The user is signed in: after `pusher_client_sign_in`, and after every reconnect. Named
     * `pusher:signin_success`. `user_id`, `data` is the user's data as JSON.
     */
    PUSHER_EVENT_SIGNED_IN = 16,
    /**
     * The sign-in failed. Named `pusher:signin_error`. `status`, `code`, `data`.
     */
    PUSHER_EVENT_SIGN_IN_ERROR = 17,
    /**
     * Users on your watchlist went online or offline. Named `online` or `offline`. `data` is a JSON
     * array of their ids, `value` their number.
     */
    PUSHER_EVENT_WATCHLIST = 18,
    /**
     * A channel is subscribed again after the connection was lost, and whatever was published in
     * between is missing. Comes after `PUSHER_EVENT_SUBSCRIBED`; not after a disconnect of your own.
     * Named `pusher:gap`. `channel`; `value` is its length in milliseconds; `status` and `code` say
     * how the connection was lost; `data` is JSON: `from` (the last frame before the loss) and `to`
     * in milliseconds since 1970, `reason`, `code`, and `tries`, how many it took to connect.
     */
    PUSHER_EVENT_GAP = 19,
    /**
     * Your callbacks did not keep up, and messages were dropped at this place
     * (`pusher_config_set_queue_policy`). Named `pusher:dropped`. `value` is their number, `status`
     * PUSHER_ERR_QUEUE_FULL, `data`.
     */
    PUSHER_EVENT_DROPPED = 20,
    /**
     * A line of the log, where `pusher_config_set_log_level` asks for one. Named `pusher:log`. Only
     * bindings that ask for this very name are called for it. `value` is a `pusher_log_level`, `data`
     * the line, `channel` where it is about one.
     */
    PUSHER_EVENT_LOG = 21
};
#ifndef __cplusplus
#if (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
typedef enum pusher_event_kind pusher_event_kind;
#else
typedef int32_t pusher_event_kind;
#endif /* __STDC_VERSION__ >= 202311L */
#endif /* __cplusplus */

/**
 * The states of a connection.
 *
 * Since 0.1.0.
 */
enum pusher_connection_state
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
  : int32_t
#endif /* defined(__cplusplus) || __STDC_VERSION__ >= 202311L */
 {
    /**
     * Nothing has been asked for yet.
     */
    PUSHER_STATE_INITIALIZED = 0,
    /**
     * Trying to connect, for the first time or again.
     */
    PUSHER_STATE_CONNECTING = 1,
    /**
     * Connected: there is a socket id.
     */
    PUSHER_STATE_CONNECTED = 2,
    /**
     * Still trying, without success for 10 seconds or more.
     */
    PUSHER_STATE_UNAVAILABLE = 3,
    /**
     * Not connected, because you disconnected or closed the client.
     */
    PUSHER_STATE_DISCONNECTED = 4,
    /**
     * The server refused for good (close codes 4001 to 4099, and 4000 over TLS), or the limit on tries
     * or your own `pusher_client_retry` ended them: only another `pusher_client_connect` will try again.
     */
    PUSHER_STATE_FAILED = 5
};
#ifndef __cplusplus
#if (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
typedef enum pusher_connection_state pusher_connection_state;
#else
typedef int32_t pusher_connection_state;
#endif /* __STDC_VERSION__ >= 202311L */
#endif /* __cplusplus */

/**
 * The states of a channel.
 *
 * Since 0.1.0.
 */
enum pusher_channel_state
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
  : int32_t
#endif /* defined(__cplusplus) || __STDC_VERSION__ >= 202311L */
 {
    /**
     * Not wanted: never subscribed, or unsubscribed.
     */
    PUSHER_CHANNEL_STATE_NONE = 0,
    /**
     * Wanted; will be subscribed as soon as there is a connection.
     */
    PUSHER_CHANNEL_STATE_WAITING = 1,
    /**
     * It is being authorised, or the server has been asked and has not answered yet.
     */
    PUSHER_CHANNEL_STATE_PENDING = 2,
    /**
     * Subscribed.
     */
    PUSHER_CHANNEL_STATE_SUBSCRIBED = 3,
    /**
     * Refused, or not answered in time. Tried again with the next connection, or when you
     * subscribe again.
     */
    PUSHER_CHANNEL_STATE_REFUSED = 4
};
#ifndef __cplusplus
#if (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
typedef enum pusher_channel_state pusher_channel_state;
#else
typedef int32_t pusher_channel_state;
#endif /* __STDC_VERSION__ >= 202311L */
#endif /* __cplusplus */

/**
 * The kinds of channel. A channel's whole name begins with its kind's prefix.
 *
 * Since 0.1.0.
 */
enum pusher_channel_kind
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
  : int32_t
#endif /* defined(__cplusplus) || __STDC_VERSION__ >= 202311L */
 {
    /**
     * No prefix: anybody may subscribe.
     */
    PUSHER_CHANNEL_PUBLIC = 0,
    /**
     * `private-`: needs authorisation; client events allowed.
     */
    PUSHER_CHANNEL_PRIVATE = 1,
    /**
     * `presence-`: like private, and everybody sees who is there.
     */
    PUSHER_CHANNEL_PRESENCE = 2,
    /**
     * `cache-`: public, and begins with the last event.
     */
    PUSHER_CHANNEL_CACHE = 3,
    /**
     * `private-cache-`
     */
    PUSHER_CHANNEL_PRIVATE_CACHE = 4,
    /**
     * `presence-cache-`
     */
    PUSHER_CHANNEL_PRESENCE_CACHE = 5,
    /**
     * `private-encrypted-`: the server cannot read the data; no client events.
     */
    PUSHER_CHANNEL_PRIVATE_ENCRYPTED = 6,
    /**
     * `private-encrypted-cache-`
     */
    PUSHER_CHANNEL_PRIVATE_ENCRYPTED_CACHE = 7
};
#ifndef __cplusplus
#if (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
typedef enum pusher_channel_kind pusher_channel_kind;
#else
typedef int32_t pusher_channel_kind;
#endif /* __STDC_VERSION__ >= 202311L */
#endif /* __cplusplus */

/**
 * How the server wrote an event's data.
 *
 * Since 0.1.0.
 */
enum pusher_data_format
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
  : int32_t
#endif /* defined(__cplusplus) || __STDC_VERSION__ >= 202311L */
 {
    /**
     * There is no data, or it is null: `data` is NULL.
     */
    PUSHER_DATA_NONE = 0,
    /**
     * A string, and `data` is what it holds: most often JSON itself, since most servers encode
     * the data twice.
     */
    PUSHER_DATA_TEXT = 1,
    /**
     * An object, array, number or boolean: `data` is that JSON as the server wrote it.
     */
    PUSHER_DATA_JSON = 2
};
#ifndef __cplusplus
#if (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
typedef enum pusher_data_format pusher_data_format;
#else
typedef int32_t pusher_data_format;
#endif /* __STDC_VERSION__ >= 202311L */
#endif /* __cplusplus */

/**
 * What happens to client events beyond the limit on their rate.
 *
 * Since 0.1.0.
 */
enum pusher_over_limit
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
  : int32_t
#endif /* defined(__cplusplus) || __STDC_VERSION__ >= 202311L */
 {
    /**
     * They wait for their turn.
     */
    PUSHER_OVER_LIMIT_WAIT = 0,
    /**
     * They complete with PUSHER_ERR_RATE_LIMITED.
     */
    PUSHER_OVER_LIMIT_REFUSE = 1,
    /**
     * They wait, and a later one with the same name and channel takes the place of an earlier,
     * which completes with PUSHER_ERR_CANCELLED: for positions and other things that only matter
     * when they are new.
     */
    PUSHER_OVER_LIMIT_KEEP_LATEST = 2
};
#ifndef __cplusplus
#if (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
typedef enum pusher_over_limit pusher_over_limit;
#else
typedef int32_t pusher_over_limit;
#endif /* __STDC_VERSION__ >= 202311L */
#endif /* __cplusplus */

/**
 * Whose limits names and data are checked by.
 *
 * Since 0.1.0.
 */
enum pusher_limits
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
  : int32_t
#endif /* defined(__cplusplus) || __STDC_VERSION__ >= 202311L */
 {
    /**
     * What all servers have in common: names of 200 bytes; the size of data is left to the server.
     */
    PUSHER_LIMITS_COMMON = 0,
    /**
     * Pusher: channel names of 164 bytes, data of 10 KB.
     */
    PUSHER_LIMITS_PUSHER = 1,
    /**
     * soketi: data of 100 KB.
     */
    PUSHER_LIMITS_SOKETI = 2,
    /**
     * Laravel Reverb: data of 10000 bytes, and client events of as many, with their names and escapes.
     */
    PUSHER_LIMITS_REVERB = 3,
    /**
     * Sockudo: as common.
     */
    PUSHER_LIMITS_SOCKUDO = 4
};
#ifndef __cplusplus
#if (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
typedef enum pusher_limits pusher_limits;
#else
typedef int32_t pusher_limits;
#endif /* __STDC_VERSION__ >= 202311L */
#endif /* __cplusplus */

/**
 * How a binding differs from the usual: flags for `pusher_client_bind_with`.
 *
 * Since 0.1.0.
 */
enum pusher_bind_flags
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
  : int32_t
#endif /* defined(__cplusplus) || __STDC_VERSION__ >= 202311L */
 {
    /**
     * Called for one event only, and unbound by it.
     */
    PUSHER_BIND_ONCE = 1,
    /**
     * Channel and event are patterns: `*` for any text, `?` for any character, `[a-z]` for one of
     * these, `{a,b}` for one of those.
     */
    PUSHER_BIND_GLOB = 2
};
#ifndef __cplusplus
#if (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
typedef enum pusher_bind_flags pusher_bind_flags;
#else
typedef int32_t pusher_bind_flags;
#endif /* __STDC_VERSION__ >= 202311L */
#endif /* __cplusplus */

/**
 * On which thread a client's callbacks run. docs/threads.md compares them.
 *
 * Since 0.1.0.
 */
enum pusher_delivery
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
  : int32_t
#endif /* defined(__cplusplus) || __STDC_VERSION__ >= 202311L */
 {
    /**
     * On a thread of the client's own: they may take their time.
     */
    PUSHER_DELIVER_THREAD = 0,
    /**
     * On yours, inside of `pusher_client_dispatch`; or there are none, and you take the events with
     * `pusher_client_next`: for the loops of windows, games and servers.
     */
    PUSHER_DELIVER_POLL = 1,
    /**
     * On the network thread, straight out of the receive path: the lowest latency and cost. They
     * must not block, since all connections of the process wait for them.
     */
    PUSHER_DELIVER_INLINE = 2
};
#ifndef __cplusplus
#if (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
typedef enum pusher_delivery pusher_delivery;
#else
typedef int32_t pusher_delivery;
#endif /* __STDC_VERSION__ >= 202311L */
#endif /* __cplusplus */

/**
 * What happens to messages when your callbacks do not keep up.
 *
 * Since 0.1.0.
 */
enum pusher_queue_policy
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
  : int32_t
#endif /* defined(__cplusplus) || __STDC_VERSION__ >= 202311L */
 {
    /**
     * The client stops reading from the server until there is room: nothing is lost, and the
     * server's own patience is the limit.
     */
    PUSHER_QUEUE_BLOCK = 0,
    /**
     * The messages that have waited longest are dropped, counted and told.
     */
    PUSHER_QUEUE_DROP_OLDEST = 1,
    /**
     * The messages that come are dropped, counted and told.
     */
    PUSHER_QUEUE_DROP_NEWEST = 2
};
#ifndef __cplusplus
#if (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
typedef enum pusher_queue_policy pusher_queue_policy;
#else
typedef int32_t pusher_queue_policy;
#endif /* __STDC_VERSION__ >= 202311L */
#endif /* __cplusplus */

/**
 * The versions of TLS.
 *
 * Since 0.1.0.
 */
enum pusher_tls_version
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
  : int32_t
#endif /* defined(__cplusplus) || __STDC_VERSION__ >= 202311L */
 {
    /**
     * TLS 1.2
     */
    PUSHER_TLS_1_2 = 12,
    /**
     * TLS 1.3
     */
    PUSHER_TLS_1_3 = 13
};
#ifndef __cplusplus
#if (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
typedef enum pusher_tls_version pusher_tls_version;
#else
typedef int32_t pusher_tls_version;
#endif /* __STDC_VERSION__ >= 202311L */
#endif /* __cplusplus */

/**
 * The steps of connecting, each with a time limit of its own.
 *
 * Since 0.1.0.
 */
enum pusher_connect_phase
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
  : int32_t
#endif /* defined(__cplusplus) || __STDC_VERSION__ >= 202311L */
 {
    /**
     * Finding the host's addresses.
     */
    PUSHER_PHASE_DNS = 0,
    /**
     * Connecting to one of them.
     */
    PUSHER_PHASE_TCP = 1,
    /**
     * The whole way to the host through a proxy, from the first step towards the proxy.
     */
    PUSHER_PHASE_PROXY = 2,
    /**
     * The TLS handshake.
     */
    PUSHER_PHASE_TLS = 3,
    /**
     * The opening handshake of the WebSocket.
     */
    PUSHER_PHASE_WEBSOCKET = 4
};
#ifndef __cplusplus
#if (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
typedef enum pusher_connect_phase pusher_connect_phase;
#else
typedef int32_t pusher_connect_phase;
#endif /* __STDC_VERSION__ >= 202311L */
#endif /* __cplusplus */

/**
 * How a connection, or a try to make one, came to its end.
 *
 * Since 0.1.0.
 */
enum pusher_cause
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
  : int32_t
#endif /* defined(__cplusplus) || __STDC_VERSION__ >= 202311L */
 {
    /**
     * DNS or TCP failed, or the connection just ended.
     */
    PUSHER_CAUSE_NETWORK = 0,
    /**
     * The server was silent and did not answer a ping, or a step of connecting took too long.
     */
    PUSHER_CAUSE_TIMEOUT = 1,
    /**
     * The TLS handshake failed, or the server's certificate is not trusted.
     */
    PUSHER_CAUSE_TLS = 2,
    /**
     * The server broke the protocol, or sent more than `pusher_config_set_max_message_size` allows.
     */
    PUSHER_CAUSE_PROTOCOL = 3,
    /**
     * The server or a proxy refused before there was a WebSocket, as with an HTTP status.
     */
    PUSHER_CAUSE_REFUSED = 4,
    /**
     * Close code 4000: with TLS only. The next try uses it.
     */
    PUSHER_CAUSE_CLOSE_TLS_ONLY = 5,
    /**
     * Close codes 4001 to 4099: not again.
     */
    PUSHER_CAUSE_CLOSE_FATAL = 6,
    /**
     * Close codes 4100 to 4199, and 4300 to 4399: the server is over capacity; later.
     */
    PUSHER_CAUSE_CLOSE_BACK_OFF = 7,
    /**
     * Close codes 4200 to 4299: again, at once.
     */
    PUSHER_CAUSE_CLOSE_RECONNECT = 8,
    /**
     * Another close code, such as 1001 of a server that is going away.
     */
    PUSHER_CAUSE_CLOSE_OTHER = 9,
    /**
     * You disconnected or closed the client, or said that the network is another.
     */
    PUSHER_CAUSE_APPLICATION = 10
};
#ifndef __cplusplus
#if (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
typedef enum pusher_cause pusher_cause;
#else
typedef int32_t pusher_cause;
#endif /* __STDC_VERSION__ >= 202311L */
#endif /* __cplusplus */

/**
 * How much the log tells. Each level includes those before it.
 *
 * Since 0.1.0.
 */
enum pusher_log_level
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
  : int32_t
#endif /* defined(__cplusplus) || __STDC_VERSION__ >= 202311L */
 {
    /**
     * Nothing.
     */
    PUSHER_LOG_OFF = 0,
    /**
     * What the client has given up.
     */
    PUSHER_LOG_ERROR = 1,
    /**
     * What went wrong, and is tried again.
     */
    PUSHER_LOG_WARN = 2,
    /**
     * Connecting, changes of state, subscriptions.
     */
    PUSHER_LOG_INFO = 3,
    /**
     * Every decision, request, ping and authorisation.
     */
    PUSHER_LOG_DEBUG = 4,
    /**
     * Every frame.
     */
    PUSHER_LOG_TRACE = 5
};
#ifndef __cplusplus
#if (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
typedef enum pusher_log_level pusher_log_level;
#else
typedef int32_t pusher_log_level;
#endif /* __STDC_VERSION__ >= 202311L */
#endif /* __cplusplus */

/**
 * Events to be published together. Free it with `pusher_batch_free`.
 *
 * Since 0.1.0.
 */
typedef struct pusher_batch pusher_batch;

/**
 * The channels that a client wants, at one moment. Does not change; free it with
 * `pusher_channels_free`.
 *
 * Since 0.1.0.
 */
typedef struct pusher_channels pusher_channels;

/**
 * One connection to a server, what is subscribed over it, and the callbacks for its events.
 *
 * The pointer is a ticket, not an address: a freed or invented one is refused with
 * `PUSHER_ERR_HANDLE` and never followed. Any function on it may be called from any thread, and
 * from any callback, unless its own comment says otherwise.
 *
 * Since 0.1.0.
 */
typedef struct pusher_client pusher_client;

/**
 * Options for clients. Make one, set options, make any number of clients from it, free it. Setting
 * an option later does not change clients that exist.
 *
 * Functions on one config must not run on two threads at the same time; this is the only type with
 * such a rule.
 *
 * Since 0.1.0.
 */
typedef struct pusher_config pusher_config;

/**
 * Events that were taken together. Does not change; free it with `pusher_events_free`.
 *
 * Since 0.1.0.
 */
typedef struct pusher_events pusher_events;

/**
 * The members of a presence channel at one moment. Does not change; free it with
 * `pusher_members_free`.
 *
 * Since 0.1.0.
 */
typedef struct pusher_members pusher_members;

/**
 * What a client has counted, at one moment. Does not change; free it with `pusher_metrics_free`.
 *
 * Since 0.1.0.
 */
typedef struct pusher_metrics pusher_metrics;

/**
 * A place to ask for the events of many clients.
 *
 * The pointer is a ticket, as a client's is. Any function on it may be called from any thread, and
 * from any callback.
 *
 * Since 0.1.0.
 */
typedef struct pusher_queue pusher_queue;

/**
 * The number of a request: never 0, never used twice by a client.
 *
 * Since 0.1.0.
 */
typedef uint64_t pusher_request;

/**
 * Something that happened. Made by the library only.
 *
 * An event belongs to the library and lives until the callback returns, and so does all text in
 * it. To keep one longer, `pusher_event_clone` it. One that you took yourself lives until you free
 * it, or the `pusher_events` it is in. Text is UTF-8, is followed by a NUL byte which
 * its length does not count, and may hold NUL bytes itself; where there is none, it is NULL and
 * its length 0.
 *
 * Later versions append fields: `size` says how many bytes of the struct are there.
 *
 * Since 0.1.0.
 */
typedef struct pusher_event {
    /**
     * The size of this struct in the library that made it, in bytes.
     */
    uint32_t size;
    /**
     * A `pusher_event_kind`.
     */
    int32_t kind;
    /**
     * A `pusher_status`: `PUSHER_OK`, or what went wrong.
     */
    int32_t status;
    /**
     * Pusher's code (4000 to 4399), a WebSocket close code or an HTTP status; 0 for none.
     */
    int32_t code;
    /**
     * The request that is done or, in an error, that it is about; where you are asked something, the
     * number to answer with, which is of another series; or 0.
     */
    uint64_t request;
    /**
     * A number; the kind says which.
     */
    int64_t value;
    /**
     * A `pusher_connection_state`, for a change of state.
     */
    int32_t state;
    /**
     * The `pusher_connection_state` before it.
     */
    int32_t previous_state;
    /**
     * Milliseconds until the next try to connect, or -1 where none is planned; with
     * `pusher_config_set_retry_patience` what the client proposes.
     */
    int64_t retry_in_ms;
    /**
     * A `pusher_data_format`.
     */
    int32_t data_format;
    /**
     * 0; keeps the pointers aligned the same way everywhere.
     */
    int32_t reserved;
    /**
     * The event's name; never NULL.
     */
    const char *name;
    size_t name_len;
    /**
     * The channel's whole name, or NULL.
     */
    const char *channel;
    size_t channel_len;
    /**
     * What was sent, or a sentence about an error, or NULL.
     */
    const char *data;
    size_t data_len;
    /**
     * A user id, or NULL.
     */
    const char *user_id;
    size_t user_id_len;
    /**
     * The socket id that an authorisation is for, or NULL.
     */
    const char *socket_id;
    size_t socket_id_len;
    /**
     * The client that it happened to.
     */
    struct pusher_client *client;
} pusher_event;

/**
 * Receives events. `event` dies when this returns; `user_data` is what was bound.
 *
 * Must not let a C++ exception, a `longjmp` or a language's own exception leave it: between here
 * and your code are the library's own frames, which know nothing of it. Leaving through them ends
 * the process at once, or, which is worse, skips what they still had to do. Catch all before it
 * returns.
 *
 * Since 0.1.0.
 */
typedef void (*pusher_event_callback)(const struct pusher_event *event, void *user_data);

/**
 * Ends a callback's `user_data`. No exception and no `longjmp` may leave it either, see
 * `pusher_event_callback`.
 *
 * Since 0.1.0.
 */
typedef void (*pusher_drop_callback)(void *user_data);

/**
 * A callback and what belongs to it. Handing one over hands over `user_data`, even where the call
 * fails: from then on it is the library's to drop.
 *
 * Since 0.1.0.
 */
typedef struct pusher_callback {
    /**
     * Called for each event. Not NULL.
     */
    pusher_event_callback call;
    /**
     * Called exactly once, after the last `call` has returned, on any thread; or NULL.
     */
    pusher_drop_callback drop;
    /**
     * Passed to both; the library does not look at it. May be NULL.
     */
    void *user_data;
} pusher_callback;

/**
 * The number of a binding: never 0, never used twice by a client.
 *
 * Since 0.1.0.
 */
typedef uint64_t pusher_binding;

/**
 * Says that there are events to ask for; see `pusher_client_set_wakeup`. No exception and no
 * `longjmp` may leave it, see `pusher_event_callback`.
 *
 * Since 0.1.0.
 */
typedef void (*pusher_wakeup_callback)(void *user_data);

/**
 * A wake-up and what belongs to it. Handing one over hands over `user_data`, even where the call
 * fails: from then on it is the library's to drop.
 *
 * Since 0.1.0.
 */
typedef struct pusher_wakeup {
    /**
     * Called when there is something to ask for. Not NULL.
     */
    pusher_wakeup_callback call;
    /**
     * Called exactly once, after the last `call` has returned, on any thread; or NULL.
     */
    pusher_drop_callback drop;
    /**
     * Passed to both; the library does not look at it. May be NULL.
     */
    void *user_data;
} pusher_wakeup;

/**
 * One member of a presence channel. Belongs to the `pusher_members` it came from, and lives as
 * long, its text included. UTF-8, NUL-terminated.
 *
 * Later versions append fields: `size` says how many bytes of the struct are there.
 *
 * Since 0.1.0.
 */
typedef struct pusher_member {
    /**
     * The size of this struct in the library that made it, in bytes.
     */
    uint32_t size;
    /**
     * 1 where it is this client's own user, else 0.
     */
    int32_t is_me;
    /**
     * The member's user id; never NULL.
     */
    const char *user_id;
    size_t user_id_len;
    /**
     * The member's info as JSON, or NULL where the server gave none.
     */
    const char *user_info;
    size_t user_info_len;
} pusher_member;

/**
 * What a client has counted since it was made: numbers that only grow, but for those that say how
 * something is at the moment. Belongs to the `pusher_metrics` it came from, and lives as long. Made by
 * the library only.
 *
 * Later versions append fields: `size` says how many bytes of the struct are there.
 *
 * Since 0.1.0.
 */
typedef struct pusher_totals {
    /**
     * The size of this struct in the library that made it, in bytes.
     */
    uint32_t size;
    /**
     * The `pusher_connection_state` at this moment.
     */
    int32_t state;
    /**
     * When the present connection was established, in milliseconds since 1970; 0 without one.
     */
    uint64_t connected_since_ms;
    /**
     * Events that were told, of all kinds; `pusher_metrics_events` has them by kind.
     */
    uint64_t events;
    /**
     * PUSHER_EVENT_MESSAGE of them; those that were dropped are among them.
     */
    uint64_t messages;
    /**
     * Messages that were dropped because your callbacks did not keep up.
     */
    uint64_t dropped;
    /**
     * Text frames that came, and the bytes that they carried: JSON, without the frames' headers, and
     * without TLS.
     */
    uint64_t frames_in;
    uint64_t bytes_in;
    /**
     * Text frames that were sent, and the bytes that they carried.
     */
    uint64_t frames_out;
    uint64_t bytes_out;
    /**
     * Bytes of frames that wait for the network at this moment.
     */
    uint64_t unsent_bytes;
    /**
     * Events that wait for your callbacks at this moment, and the bytes of their text. Always 0 with
     * PUSHER_DELIVER_INLINE, where none wait.
     */
    uint64_t queue_depth;
    uint64_t queue_bytes;
    /**
     * The most events that ever waited at the same time.
     */
    uint64_t queue_high_water;
    /**
     * Connections that were begun, and those of them that were established.
     */
    uint64_t tries;
    uint64_t connects;
    /**
     * Established connections that ended; `pusher_metrics_losses` has them by cause.
     */
    uint64_t losses;
    /**
     * Tries that ended before; `pusher_metrics_failed_tries` has them by cause.
     */
    uint64_t failed_tries;
    /**
     * Pings that were answered, the client's own and yours. Not counted are those whose answer lay
     * unread for a while because your callbacks did not keep up.
     */
    uint64_t pongs;
    /**
     * How long the last of them took, the fastest and the slowest, in microseconds; 0 where there was
     * none.
     */
    uint64_t ping_last_us;
    uint64_t ping_min_us;
    uint64_t ping_max_us;
    /**
     * So long or less took 50, 90 and 99 of a hundred, in microseconds and within 7 %.
     */
    uint64_t ping_p50_us;
    uint64_t ping_p90_us;
    uint64_t ping_p99_us;
} pusher_totals;

/**
 * What is counted of one channel, from its subscribe to its unsubscribe, over every reconnect. Belongs
 * to the `pusher_metrics` it came from, and lives as long, its text included. Made by the library only.
 *
 * Later versions append fields: `size` says how many bytes of the struct are there.
 *
 * Since 0.1.0.
 */
typedef struct pusher_channel_metrics {
    /**
     * The size of this struct in the library that made it, in bytes.
     */
    uint32_t size;
    /**
     * The `pusher_channel_state` at this moment.
     */
    int32_t state;
    /**
     * Messages that came on it, those included that were dropped or could not be decrypted.
     */
    uint64_t messages;
    /**
     * The bytes of their data.
     */
    uint64_t bytes;
    /**
     * When the last of them came, in milliseconds since 1970; 0 where there was none.
     */
    uint64_t last_ms;
    /**
     * The channel's whole name, NUL-terminated; never NULL.
     */
    const char *name;
    size_t name_len;
} pusher_channel_metrics;

#ifdef __cplusplus
extern "C" {
#endif /* __cplusplus */

/**
 * The library's version, such as "0.1.0". Compare it with `PUSHER_VERSION`, the header's.
 *
 * Returns static text, never NULL. Never fails.
 *
 * Since 0.1.0.
 */
PUSHER_API const char *pusher_version(void);

/**
 * The version of the binary interface: a program can use the library when this equals
 * `PUSHER_ABI_VERSION` of the header it was compiled with. While it is 0, it may change with every
 * minor version.
 *
 * Never fails.
 *
 * Since 0.1.0.
 */
PUSHER_API uint32_t pusher_abi_version(void);

/**
 * Copies what the last failed call of this thread had to say: what was wrong, and what to do about
 * it. Meant for people; branch on the status instead.
 *
 * Each thread has its own. A call that succeeds does not change it.
 *
 * @param buffer    receives UTF-8 text, cut to fit and NUL-terminated; may be NULL to ask for the
 *                  length
 * @param capacity  the size of buffer, in bytes
 * @return the length of the whole message without the NUL; 0 where no call has failed
 *
 * Since 0.1.0.
 */
PUSHER_API size_t pusher_last_error(char *buffer, size_t capacity);

/**
 * The name of a status as in this header, such as "PUSHER_ERR_TIMEOUT".
 *
 * Returns static text, never NULL; "unknown status" for other numbers. Never fails.
 *
 * Since 0.1.0.
 */
PUSHER_API const char *pusher_status_name(int32_t status);

/**
 * Makes a config for an application's key. Set a cluster or a host before you make a client of it.
 *
 * @param key  the application's key, as the dashboard or the server's configuration shows it
 * @return a config to be freed with `pusher_config_free`, or NULL where the key is not valid
 *         (`pusher_last_error` says why)
 *
 * Since 0.1.0.
 */
PUSHER_API struct pusher_config *pusher_config_new(const char *key);

/**
 * Frees a config. Clients made from it keep what they were given.
 *
 * @param config  NULL is fine
 * @return PUSHER_OK, or PUSHER_ERR_HANDLE where it has been freed before
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_free(struct pusher_config *config);

/**
 * Connects to a cluster of Pusher's own: "eu" means ws-eu.pusher.com. Either this or a host.
 *
 * @param cluster  the cluster's short name; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_cluster(struct pusher_config *config, const char *cluster);

/**
 * Connects to a server of your own (soketi, Laravel Reverb, Sockudo, ...). Either this or a cluster.
 *
 * @param host  a host name or an IP address, without scheme, port and path; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_host(struct pusher_config *config,
                               const char *host);

/**
 * Sets the port. Default: 443 with TLS, 80 without.
 *
 * @param port  1 to 65535
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_port(struct pusher_config *config, int32_t port);

/**
 * Sets a path that goes before /app/KEY, for servers behind a reverse proxy. Default: none.
 *
 * @param path  such as "/realtime"; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_path(struct pusher_config *config, const char *path);

/**
 * Switches TLS (wss) on or off. Default: on. The server's certificate is checked against the
 * platform's trust store; on Linux that is the package ca-certificates, or what the environment
 * variables SSL_CERT_FILE and SSL_CERT_DIR name.
 *
 * A server that takes TLS only (close code 4000) switches it on by itself.
 *
 * @param tls  0 for off, anything else for on
 * @return PUSHER_OK, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_tls(struct pusher_config *config, int32_t tls);

/**
 * Sets the application's secret: private and presence channels are then authorised by the client
 * itself, unless an endpoint or an authoriser is set: then that gives all permissions, and the secret
 * signs calls of the HTTP API only. For programs whose users may know the secret: services, tools, your
 * own machines. It is never logged, and overwritten when it is dropped.
 *
 * @param secret  copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0. Pusher: "Generating authentication signatures".
 */
PUSHER_API
int32_t pusher_config_set_secret(struct pusher_config *config,
                                 const char *secret);

/**
 * Sets the user that presence channels are subscribed as. A subscribe can bring another one.
 *
 * @param user_id    unique for each user; Pusher allows 128 characters; copied
 * @param user_info  what the other members see, as JSON, such as {"name":"Ann"}; Pusher allows
 *                   1 KB; NULL for none; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_presence_user(struct pusher_config *config,
                                        const char *user_id,
                                        const char *user_info);

/**
 * Sets what the client calls itself in the URL it connects to. Default: "pusherws" and its version.
 *
 * @param name     1 to 64 printable ASCII characters without spaces; copied
 * @param version  the same; servers expect something like "1.0.0"; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_client_name(struct pusher_config *config,
                                      const char *name,
                                      const char *version);

/**
 * Sets how long a try to connect may take, from the DNS query to the server's socket id.
 * Default: 20000 ms.
 *
 * @param timeout_ms  1 to 86400000
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_connect_timeout(struct pusher_config *config,
                                          int32_t timeout_ms);

/**
 * Sets after how long a silence the server is pinged. The server may ask for less, and gets it.
 * Default: 120000 ms.
 *
 * @param timeout_ms  1 to 86400000
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0. Pusher Channels protocol: "Ping and pong messages".
 */
PUSHER_API
int32_t pusher_config_set_activity_timeout(struct pusher_config *config,
                                           int32_t timeout_ms);

/**
 * Sets how long the answer to a ping may take, before the connection counts as lost and is made
 * anew. Default: 30000 ms.
 *
 * @param timeout_ms  1 to 86400000
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0. Pusher Channels protocol: "Ping and pong messages".
 */
PUSHER_API int32_t pusher_config_set_pong_timeout(struct pusher_config *config, int32_t timeout_ms);

/**
 * Sets how long the server may take to answer a subscription, before it counts as refused. Some
 * servers refuse in silence. Default: 20000 ms.
 *
 * @param timeout_ms  1 to 86400000
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_subscribe_timeout(struct pusher_config *config,
                                            int32_t timeout_ms);

/**
 * Sets how long to wait before connecting again. The first delay is drawn at random between nothing
 * and first_ms, the next between nothing and twice that, and so on, up to longest_ms. A server that
 * is over capacity is given a second more. Default: 1000 ms and 30000 ms.
 *
 * @param first_ms    1 to 86400000
 * @param longest_ms  first_ms to 86400000
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_backoff(struct pusher_config *config,
                                  int32_t first_ms,
                                  int32_t longest_ms);

/**
 * Sets the largest message that is accepted from the server. A larger one ends the connection,
 * which is then made anew. Default: 4 MiB.
 *
 * @param bytes  1024 to 268435456
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_max_message_size(struct pusher_config *config, size_t bytes);

/**
 * Sets how many events may wait for your callbacks. When so many wait, or 32 MiB of their text, the
 * client stops reading from the server until half of them are delivered: nothing is lost, and memory
 * stays bounded. Meanwhile it keeps the connection alive with pings of its own. Default: 8192.
 *
 * What the client itself has to tell (completions, changes of state) always finds room; but when
 * 10000 events more than this wait, new requests are refused with PUSHER_ERR_QUEUE_FULL, apart from
 * those that make less work: disconnect, unsubscribe, close.
 *
 * @param events  16 to 16777216
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_queue_capacity(struct pusher_config *config,
                                         size_t events);

/**
 * Sets on which thread callbacks run. Default: PUSHER_DELIVER_THREAD.
 *
 * PUSHER_DELIVER_INLINE has no queue: `pusher_config_set_queue_capacity` and
 * `pusher_config_set_queue_policy` do nothing then, and a callback that takes long is what stops
 * reading, for all clients of the process.
 *
 * @param delivery  a `pusher_delivery`
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_delivery(struct pusher_config *config, int32_t delivery);

/**
 * Sets how much is told of everything that a client does: lines for people, as events of the kind
 * PUSHER_EVENT_LOG. They come with all other events, in their place among them, to the bindings that
 * ask for the name "pusher:log", to no others, and to `pusher_client_next`. Default: PUSHER_LOG_OFF,
 * which costs nothing.
 *
 *     pusher_config_set_log_level(config, PUSHER_LOG_DEBUG);
 *     ...
 *     pusher_client_bind(client, NULL, "pusher:log", &print_line, NULL);
 *
 * No secret, auth string, shared secret or token is in a line: what goes by such a name in JSON, what
 * looks like one, and what the configuration knows to be one is replaced by "[redacted]". What your
 * messages hold beside is in the frames of PUSHER_LOG_TRACE.
 *
 * With PUSHER_LOG_TRACE an event costs many times what it does otherwise, and each frame makes one
 * more event: lines are never dropped, and fill the queue as messages do.
 *
 * @param level  a `pusher_log_level`
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_log_level(struct pusher_config *config,
                                    int32_t level);

/**
 * Sets a queue that clients share: their events are asked for there, with `pusher_queue_dispatch` or
 * `pusher_queue_next`. The delivery is then PUSHER_DELIVER_POLL; `pusher_config_set_delivery` undoes
 * it.
 *
 * @param queue  the queue, which has to live as long as the clients
 * @return PUSHER_OK, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_shared_queue(struct pusher_config *config,
                                       struct pusher_queue *queue);

/**
 * Sets among how many network threads the clients of this config are spread. Default: 1, which is enough
 * for some hundred thousand events a second, or for thousands of quiet connections.
 *
 * The threads belong to the process: clients that ask for 1 share the first, those that ask for 4 share
 * the first four. A client stays on the one it was made on, which is the one with the fewest clients.
 * With PUSHER_DELIVER_INLINE callbacks of clients on different threads run at the same time.
 *
 * @param threads  1 to 64
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_network_threads(struct pusher_config *config,
                                          uint32_t threads);

/**
 * Has private and presence channels authorised by your application's HTTP endpoint, as pusher-js
 * does: it is asked with POST, `socket_id` and `channel_name`, and answers with
 * {"auth":"KEY:SIGNATURE"}, with "channel_data" for presence and "shared_secret" for encrypted
 * channels. Answers that are no verdict (no connection, 408, 429, 5xx) are asked for again, twice;
 * at most 8 requests are under way together.
 *
 * User and password in the URL, before its host, are sent by HTTP Basic, unless a header Authorization of
 * yours is sent; neither is in a message, the log or a dump.
 *
 * It gives all permissions, in place of the secret; sign-ins have an endpoint of their own
 * (`pusher_config_set_user_auth_endpoint`), and where you set that alone, private channels have none.
 *
 * @param url  a whole http or https URL; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0. Pusher Channels: "Authorizing users".
 */
PUSHER_API
int32_t pusher_config_set_auth_endpoint(struct pusher_config *config,
                                        const char *url);

/**
 * Has sign-ins authorised by your application's HTTP endpoint: it is asked with POST and
 * `socket_id`, and answers with {"auth":"KEY:SIGNATURE","user_data":"{...}"}. User and password in the
 * URL are sent as for `pusher_config_set_auth_endpoint`.
 *
 * @param url  a whole http or https URL; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0. Pusher Channels: "Authenticating users".
 */
PUSHER_API
int32_t pusher_config_set_user_auth_endpoint(struct pusher_config *config,
                                             const char *url);

/**
 * Sends the endpoints a JSON body instead of a form. Default: a form.
 *
 * @param json  0 for a form, anything else for JSON
 * @return PUSHER_OK, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_auth_json(struct pusher_config *config, int32_t json);

/**
 * Asks the endpoint for many channels in one request where many are wanted at once, as after a
 * reconnect: `channel_name[0]`, `channel_name[1]` and so on in a form, an array in JSON. It answers
 * with an object from channel to what the answer for it alone would be. Default: one by one.
 *
 * @param batches  0 for one by one, anything else for many at once
 * @return PUSHER_OK, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_auth_batches(struct pusher_config *config, int32_t batches);

/**
 * Asks you for headers and parameters before each request to an endpoint, by an event of kind
 * PUSHER_EVENT_PREPARE_AUTHORIZATION; and once more where it answers 401 or 403, so that you can
 * supply a fresh token. Default: off.
 *
 * @param prepared  0 for off, anything else for on
 * @return PUSHER_OK, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_auth_prepared(struct pusher_config *config, int32_t prepared);

/**
 * Adds a header to every request to the endpoints. Never logged.
 *
 * @param name   the header's name; copied
 * @param value  its value, without control characters; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_add_auth_header(struct pusher_config *config,
                                      const char *name,
                                      const char *value);

/**
 * Adds a parameter to the body of every request to the endpoints.
 *
 * @param name   the parameter's name; copied
 * @param value  its value; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_add_auth_param(struct pusher_config *config,
                                     const char *name,
                                     const char *value);

/**
 * Sets how long an authorisation may take: one request to an endpoint (default: 10000 ms), or your
 * own answer (default: 30000 ms). An endpoint that gives no verdict is asked again, and all of it
 * may take five times as long and 1500 ms; waiting for a turn there does not count.
 *
 * @param timeout_ms  1 to 86400000
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_auth_timeout(struct pusher_config *config, int32_t timeout_ms);

/**
 * Asks you to authorise, by events of kind PUSHER_EVENT_AUTHORIZE and PUSHER_EVENT_AUTHORIZE_USER.
 * Answer at once or later, from any thread, with `pusher_client_authorize`,
 * `pusher_client_authorize_user` or `pusher_client_refuse`.
 *
 * @param batches  0: one event for each channel; anything else: one event for many channels where
 *                 many are wanted at once, as after a reconnect
 * @return PUSHER_OK, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_authorizer(struct pusher_config *config, int32_t batches);

/**
 * Sets the key of which the keys of encrypted channels are made. Beside the secret, for programs
 * that may know both. It is never logged, and overwritten when it is dropped.
 *
 * @param base64  the base64 of 32 bytes; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0. Pusher Channels: "Encrypted channels".
 */
PUSHER_API
int32_t pusher_config_set_encryption_master_key(struct pusher_config *config,
                                                const char *base64);

/**
 * Sets the user to sign in as, where the secret is set. With an endpoint or an authoriser of your
 * own, that says who the user is.
 *
 * @param user_data  JSON with an id, such as {"id":"1","user_info":{"name":"Ann"},
 *                   "watchlist":["2"]}; signed and sent byte for byte; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0. Pusher Channels: "User authentication".
 */
PUSHER_API int32_t pusher_config_set_user(struct pusher_config *config, const char *user_data);

/**
 * Sets the application's id, which the HTTP API needs beside the secret. Where both are set,
 * publishing on a public channel goes through the HTTP API.
 *
 * @param app_id  copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0. Pusher Channels: "HTTP API".
 */
PUSHER_API int32_t pusher_config_set_app_id(struct pusher_config *config, const char *app_id);

/**
 * Sets the HTTP API's host, where it is not the usual one: api-CLUSTER.pusher.com, or the
 * WebSocket's own host and port.
 *
 * @param host  a host name or an IP address; copied
 * @param port  1 to 65535; 0 is 443 with TLS, and 80 without
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_api_host(struct pusher_config *config,
                                   const char *host,
                                   int32_t port);

/**
 * Sets how long a call of the HTTP API may take, its waiting for earlier ones included. Default:
 * 30000 ms.
 *
 * @param timeout_ms  1 to 86400000
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_api_timeout(struct pusher_config *config, int32_t timeout_ms);

/**
 * Sets how many client events may be published in a second, and what happens to more. Default: 10,
 * which is what servers allow, and PUSHER_OVER_LIMIT_WAIT.
 *
 * @param per_second  also what may be published at once; 0 is without limit
 * @param over_limit  a `pusher_over_limit`
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0. Pusher Channels: "Client events".
 */
PUSHER_API
int32_t pusher_config_set_publish_rate(struct pusher_config *config,
                                       uint32_t per_second,
                                       int32_t over_limit);

/**
 * Sets how many client events may wait for their channel's subscription, for a reconnect or for
 * their turn, and for how long; never more than 16 MiB of them. Default: 1000, and 30000 ms.
 *
 * @param events  0 to 1000000
 * @param ttl_ms  1 to 86400000
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_publish_queue(struct pusher_config *config,
                                        size_t events,
                                        int32_t ttl_ms);

/**
 * Sets how long presence members who are missing after a reconnect may take to come back before
 * they count as gone: when a server restarts, all of its members come back one by one.
 * Default: 3000 ms.
 *
 * @param grace_ms  0 to 86400000
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_presence_grace(struct pusher_config *config, int32_t grace_ms);

/**
 * Sets whose limits names and data are checked by, before a server is asked. Default:
 * PUSHER_LIMITS_COMMON, and strict.
 *
 * @param profile  a `pusher_limits`
 * @param lenient  0: channel names hold letters, digits and _ - = @ , . ; only, as documented;
 *                 anything else: whatever the server takes
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_limits(struct pusher_config *config,
                                 int32_t profile,
                                 int32_t lenient);

/**
 * Sets limits of your own, in place of a profile's.
 *
 * @param channel_name  bytes of a channel's whole name; not 0
 * @param event_name    bytes of an event's name; not 0
 * @param event_data    bytes of an event's data; 0 leaves it to the server
 * @param lenient       as for `pusher_config_set_limits`
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_custom_limits(struct pusher_config *config,
                                        size_t channel_name,
                                        size_t event_name,
                                        size_t event_data,
                                        int32_t lenient);

/**
 * Adds a host that is tried when those before it cannot be reached; up to 15. A host that has not
 * been tried in a round is tried at once; after a round in which all failed the client waits as
 * `pusher_config_set_backoff` says. A connection that is lost is first tried again where it was.
 *
 * @param host  a host name or an IP address, as for `pusher_config_set_host`; copied
 * @param port  1 to 65535; 0 for the port of the first host
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_add_host(struct pusher_config *config,
                               const char *host,
                               int32_t port);

/**
 * Trusts the certificate authorities of a file, beside those of the platform: for a server with a
 * certificate of your own authority. The file is read now.
 *
 * @param path  a file with one or more certificates in PEM; copied
 * @return PUSHER_OK; PUSHER_ERR_ARGUMENT where it cannot be read, or holds no certificate;
 *         PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_add_ca_file(struct pusher_config *config, const char *path);

/**
 * Trusts the certificate authorities of a PEM text, beside those of the platform.
 *
 * @param pem  one or more certificates; copied
 * @return PUSHER_OK; PUSHER_ERR_ARGUMENT where it holds no certificate; PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_add_ca_pem(struct pusher_config *config, const char *pem);

/**
 * Sets the certificate that is presented to servers which ask for one.
 *
 * @param chain_pem  the certificate, and those between it and the authority, in PEM; copied
 * @param key_pem    its private key in PEM (PKCS#8, PKCS#1 or SEC1), not encrypted; copied, never
 *                   logged
 * @return PUSHER_OK; PUSHER_ERR_ARGUMENT where one of them cannot be used, or they do not belong
 *         together; PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_client_certificate(struct pusher_config *config,
                                             const char *chain_pem,
                                             const char *key_pem);

/**
 * The same from two files, which are read now.
 *
 * @param chain_path  the certificate's file; copied
 * @param key_path    the private key's file; copied
 * @return PUSHER_OK; PUSHER_ERR_ARGUMENT where one of them cannot be read or used;
 *         PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_client_certificate_files(struct pusher_config *config,
                                                   const char *chain_path,
                                                   const char *key_path);

/**
 * Pins a public key: a server is accepted only where its own certificate has this key, or another
 * that is pinned. The certificate is checked against the trust store all the same, unless
 * `pusher_config_set_insecure_skip_verify` has switched that off.
 *
 * Counts for the hosts of this config and for the HTTP API's host; not for an authorisation endpoint
 * on another host, which has a key of its own.
 *
 * @param key  "sha256/" and the base64 of the SHA-256 of the certificate's SubjectPublicKeyInfo, as
 *             curl's --pinnedpubkey has it after "sha256//"; a refusal's error shows the server's;
 *             copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0. RFC 7469, section 2.4.
 */
PUSHER_API
int32_t pusher_config_add_pinned_key(struct pusher_config *config,
                                     const char *key);

/**
 * INSECURE. Accepts any certificate, expired, for another name or made by anybody: whoever is on
 * the way can read and change everything, the secret's signatures included. For experiments; to
 * trust a server of your own, use `pusher_config_add_ca_file`, or pin its key. Default: off.
 *
 * Pinned keys still count: with one, this is a secure way to a server with a self-signed
 * certificate.
 *
 * @param skip  0 for the usual checks, anything else to skip them
 * @return PUSHER_OK, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_insecure_skip_verify(struct pusher_config *config,
                                               int32_t skip);

/**
 * Sets the versions of TLS that are spoken. Default: PUSHER_TLS_1_2 to PUSHER_TLS_1_3.
 *
 * @param oldest  a `pusher_tls_version`
 * @param newest  a `pusher_tls_version`, not older
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_tls_versions(struct pusher_config *config,
                                       int32_t oldest,
                                       int32_t newest);

/**
 * Goes through a proxy, for the WebSocket and for HTTP. Default: what the environment variables
 * HTTPS_PROXY (HTTP_PROXY without TLS), ALL_PROXY and NO_PROXY say when the process first connects.
 *
 * @param url     http://HOST:PORT for a proxy with CONNECT; socks5:// where this machine finds the
 *                server's address, socks5h:// where the proxy does; user and password, where it
 *                wants them, stand before HOST as in every URL; NULL for no proxy, whatever the
 *                environment says; copied, the password is never logged
 * @param except  hosts that are connected to directly, written as NO_PROXY is: names, domains and
 *                address ranges, separated by commas; NULL for none; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_proxy(struct pusher_config *config,
                                const char *url,
                                const char *except);

/**
 * Adds a header to the WebSocket's opening handshake. Not to requests of the authorisation
 * endpoint, which have `pusher_config_add_auth_header`.
 *
 * @param name   a header that the handshake does not set itself; copied
 * @param value  copied; never logged
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_add_header(struct pusher_config *config,
                                 const char *name,
                                 const char *value);

/**
 * Sets the Origin of the WebSocket's opening handshake, for servers that let in only origins which
 * they know. Default: none.
 *
 * @param origin  such as "https://example.com"; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_origin(struct pusher_config *config, const char *origin);

/**
 * Connects from one of the machine's addresses. Call it twice to set one of each family. Default:
 * the system chooses.
 *
 * @param address  an IPv4 or IPv6 address; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_bind_address(struct pusher_config *config,
                                       const char *address);

/**
 * Sets after how long a silence TCP itself asks whether the other side is there (SO_KEEPALIVE).
 * Default: 60000 ms. The protocol's own pings do so, too.
 *
 * @param idle_ms  0 for never; up to 86400000, in whole seconds, at least one
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_tcp_keepalive(struct pusher_config *config, int32_t idle_ms);

/**
 * Sends small frames at once (TCP_NODELAY), instead of waiting for more. Default: on.
 *
 * @param nodelay  0 for off, anything else for on
 * @return PUSHER_OK, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_tcp_nodelay(struct pusher_config *config, int32_t nodelay);

/**
 * Sets how long one step of connecting may take; its error says which step it was. The whole is
 * limited by `pusher_config_set_connect_timeout` as well. Default: 10000 ms each.
 *
 * @param phase       a `pusher_connect_phase`
 * @param timeout_ms  1 to 86400000
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_phase_timeout(struct pusher_config *config,
                                        int32_t phase,
                                        int32_t timeout_ms);

/**
 * Sets after how many failed tries in a row the client gives up: its state is then
 * PUSHER_STATE_FAILED, and a pending connect completes with the last error. Default: 0, never.
 *
 * @param tries  0 for no limit
 * @return PUSHER_OK, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_max_tries(struct pusher_config *config, uint32_t tries);

/**
 * Lets your program decide about each try to connect again: none begins before you have answered
 * the PUSHER_EVENT_STATE_CHANGE that announces it with `pusher_client_retry`, or this much time is
 * over. Its `retry_in_ms` is then the delay that the client would choose, for you to agree to; a try
 * that you do not answer begins when both that delay and the patience are over. Default: 0, and tries
 * begin by themselves.
 *
 * @param patience_ms  0 to 86400000
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_retry_patience(struct pusher_config *config,
                                         int32_t patience_ms);

/**
 * Sets what happens to messages when your callbacks do not keep up, and as many wait as
 * `pusher_config_set_queue_capacity` allows. Default: PUSHER_QUEUE_BLOCK.
 *
 * Only messages are dropped, never what the client itself has to tell. PUSHER_EVENT_DROPPED says how
 * many and where, and `pusher_client_dropped` counts them. PUSHER_QUEUE_DROP_OLDEST drops an eighth
 * of the queue at a time.
 *
 * @param policy  a `pusher_queue_policy`
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_config_set_queue_policy(struct pusher_config *config,
                                       int32_t policy);

/**
 * Makes a client and its threads. Connects nothing: bind callbacks and subscribe first, or after
 * `pusher_client_connect`, as you like.
 *
 * Clients share one network thread, or as many as `pusher_config_set_network_threads` says. With
 * PUSHER_DELIVER_THREAD, which is the default, each has one more on which its callbacks run, one at a
 * time and in order. Signals are blocked on both, but for faults.
 *
 * @param config  read now, and not needed afterwards
 * @param client  receives the client, to be freed with `pusher_client_free`; written only on
 *                success
 * @return PUSHER_OK; PUSHER_ERR_ARGUMENT where the options do not fit together, or client is NULL;
 *         PUSHER_ERR_HANDLE; PUSHER_ERR_SYSTEM where no thread could be started
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_new(const struct pusher_config *config,
                          struct pusher_client **client);

/**
 * Connects, and stays connected: what is lost is tried again, with growing delays, until you
 * disconnect or close, the server refuses for good, or your own limit or decision ends the tries.
 *
 * Completed with PUSHER_OK when the server has given a socket id (at once where it has already);
 * with PUSHER_ERR_REFUSED and the close code where the server refused for good; with
 * PUSHER_ERR_CANCELLED by a disconnect or close, or where `pusher_client_retry` decided against
 * another try; with the last error where `pusher_config_set_max_tries` ends them; with
 * PUSHER_ERR_QUEUE_FULL where a thousand such requests wait already. A network that is down is none of
 * these: it is tried again, and errors and changes of state tell how it goes.
 *
 * @param request  receives the request's number; may be NULL
 * @return PUSHER_OK, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_QUEUE_FULL,
 *         PUSHER_ERR_FORKED
 *
 * Since 0.1.0. Pusher Channels protocol: "Connecting", "Connection closure".
 */
PUSHER_API
int32_t pusher_client_connect(struct pusher_client *client,
                              pusher_request *request);

/**
 * Disconnects. What is subscribed stays wanted, and is subscribed again by the next connect; client
 * events that still wait fail with PUSHER_ERR_NOT_CONNECTED.
 *
 * Completed with PUSHER_OK at once; the goodbye to the server goes on behind it.
 *
 * @param request  receives the request's number; may be NULL
 * @return PUSHER_OK, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_QUEUE_FULL,
 *         PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_client_disconnect(struct pusher_client *client, pusher_request *request);

/**
 * Sends a ping. Completed by the pong, with the round trip in microseconds as the event's `value`;
 * with PUSHER_ERR_NOT_CONNECTED where there is no connection, or it is lost meanwhile; with
 * PUSHER_ERR_TIMEOUT where no pong comes within the pong timeout; with PUSHER_ERR_QUEUE_FULL where
 * 64 pings are waiting for their pongs already.
 *
 * Not needed to keep a connection alive: the client does that by itself.
 *
 * @param request  receives the request's number; may be NULL
 * @return PUSHER_OK, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_QUEUE_FULL,
 *         PUSHER_ERR_FORKED
 *
 * Since 0.1.0. Pusher Channels protocol: "Ping and pong messages".
 */
PUSHER_API int32_t pusher_client_ping(struct pusher_client *client, pusher_request *request);

/**
 * Decides about the try to connect that is being waited for, which a PUSHER_EVENT_STATE_CHANGE with
 * a `retry_in_ms` has announced. To be asked before each try, see
 * `pusher_config_set_retry_patience`.
 *
 * Completed with PUSHER_OK; with PUSHER_ERR_STATE where no try is being waited for (it has begun
 * already, or there is a connection).
 *
 * @param delay_ms  the try begins in so many milliseconds from now; 0 at once; -1 not at all: the
 *                  state is then PUSHER_STATE_FAILED until another `pusher_client_connect`
 * @param request   receives the request's number; may be NULL
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT where delay_ms is below -1, PUSHER_ERR_HANDLE,
 *         PUSHER_ERR_CLOSED, PUSHER_ERR_QUEUE_FULL, PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_retry(struct pusher_client *client,
                            int32_t delay_ms,
                            pusher_request *request);

/**
 * Tells the client that the machine has another network now (a cable, a Wi-Fi, a VPN): a connection
 * is probed with a ping that has to be answered within 5 seconds, and a try that is being waited for
 * begins at once. The client notices a sleep of the machine by itself, within 5 seconds.
 *
 * Completed with PUSHER_OK at once.
 *
 * @param request  receives the request's number; may be NULL
 * @return PUSHER_OK, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_QUEUE_FULL,
 *         PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_network_changed(struct pusher_client *client,
                                      pusher_request *request);

/**
 * How many messages have been dropped because the callbacks did not keep up; 0 where
 * `pusher_config_set_queue_policy` has not been used.
 *
 * @param count  receives the number
 * @return PUSHER_OK; PUSHER_ERR_ARGUMENT where count is NULL; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_client_dropped(const struct pusher_client *client, uint64_t *count);

/**
 * Blocks until a request is done, and returns how it ended. For scripts and console programs;
 * others use the completed event. The event arrives all the same, before or after this returns.
 *
 * No callback runs meanwhile on this thread, with PUSHER_DELIVER_POLL neither: who waits for what a
 * callback of his own has to answer waits in vain.
 *
 * @param request     a number that a call on this client gave
 * @param timeout_ms  how long to wait; 0 only looks; -1 waits without end
 * @return the request's own status, with the reason in `pusher_last_error`; or
 *         PUSHER_ERR_TIMEOUT where it is not done yet (it goes on; a request that itself timed out
 *         has the same status, so choose a longer time than its own);
 *         PUSHER_ERR_ARGUMENT where timeout_ms is below -1;
 *         PUSHER_ERR_WOULD_DEADLOCK inside one of this client's callbacks, and inside any with
 *         PUSHER_DELIVER_INLINE; PUSHER_ERR_NOT_FOUND
 *         where there is no such request, or it was done more than 4096 requests ago;
 *         PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_wait(struct pusher_client *client,
                           pusher_request request,
                           int32_t timeout_ms);

/**
 * The state of the connection.
 *
 * @return a `pusher_connection_state`; or PUSHER_ERR_HANDLE, PUSHER_ERR_FORKED, which are negative
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_client_state(const struct pusher_client *client);

/**
 * The socket id: the server's name for this connection, which every new connection changes.
 *
 * @param buffer    receives the id, NUL-terminated; 70 bytes are always enough
 * @param capacity  the size of buffer, in bytes
 * @param length    receives the id's length without the NUL; may be NULL
 * @return PUSHER_OK; PUSHER_ERR_NOT_CONNECTED where there is none at the moment;
 *         PUSHER_ERR_TOO_LARGE where it does not fit, and length says what would;
 *         PUSHER_ERR_ARGUMENT where buffer is NULL; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_socket_id(const struct pusher_client *client,
                                char *buffer,
                                size_t capacity,
                                size_t *length);

/**
 * Calls a function for every event that fits: of this channel and with this name. Callbacks run one
 * at a time, in the order in which they were bound, on the thread that `pusher_config_set_delivery`
 * has chosen; while one runs, the others and all later events wait.
 *
 * A callback may call any function, except that waiting in it is refused, and closing does not
 * wait. Binding needs no subscription, and subscribing needs no binding.
 *
 * @param channel   a channel's whole name; NULL for any, and for events without a channel; copied
 * @param event     an event's name, such as "price", "client-typing" or
 *                  "pusher:subscription_succeeded"; NULL for any; copied
 * @param callback  what to call, copied; its user_data belongs to the library from here on, also
 *                  where this fails
 * @param binding   receives a number for `pusher_client_unbind`; may be NULL
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_bind(struct pusher_client *client,
                           const char *channel,
                           const char *event,
                           const struct pusher_callback *callback,
                           pusher_binding *binding);

/**
 * Binds like `pusher_client_bind`, for one event only, or with patterns in place of names. All
 * bindings that fit are called, names and patterns alike, in the order in which they were bound.
 *
 * @param channel   a channel's whole name or a pattern; NULL for any; copied
 * @param event     an event's name or a pattern; NULL for any; copied
 * @param flags     `pusher_bind_flags`, added up; 0 is `pusher_client_bind`
 * @param callback  as for `pusher_client_bind`
 * @param binding   receives a number for `pusher_client_unbind`; may be NULL
 * @return as for `pusher_client_bind`; PUSHER_ERR_ARGUMENT also where a pattern is not valid
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_bind_with(struct pusher_client *client,
                                const char *channel,
                                const char *event,
                                int32_t flags,
                                const struct pusher_callback *callback,
                                pusher_binding *binding);

/**
 * Undoes a bind. It gets no further events; one call may just be under way on another thread.
 * Its `drop` tells when it is over.
 *
 * @param binding  the number that bind gave
 * @return PUSHER_OK; PUSHER_ERR_NOT_FOUND where it is not bound (any more); PUSHER_ERR_HANDLE;
 *         PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_client_unbind(struct pusher_client *client, pusher_binding binding);

/**
 * Closes politely: sends what has been given to the connection, says goodbye to the server, and
 * completes everything else as PUSHER_ERR_CANCELLED: calls of the HTTP API under way, and client events
 * that wait for their channel or their turn. Wait first for those that matter. Then it waits until your
 * callbacks have had all events. A closed client is good for nothing but `pusher_client_free`.
 *
 * With PUSHER_DELIVER_POLL it does not wait for your callbacks, since it may be you who has to ask: ask
 * until PUSHER_ERR_CLOSED. Inside one of this client's callbacks, and inside any with
 * PUSHER_DELIVER_INLINE, it begins to close, and waits for nothing.
 *
 * @param timeout_ms  how long to wait at most; 0 waits for nothing; negative is an error
 * @return PUSHER_OK; PUSHER_ERR_TIMEOUT where it takes longer, and goes on; PUSHER_ERR_ARGUMENT;
 *         PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_close(struct pusher_client *client,
                            int32_t timeout_ms);

/**
 * Frees a client at once. When this returns, none of its callbacks is running or ever will, and
 * all have been dropped. Events that were not delivered yet are not delivered any more, so close
 * first where they matter.
 *
 * It waits for a callback that is running: do not hold a lock that this callback wants. Inside one
 * of this client's own callbacks it does not wait, and the same is true as soon as that callback
 * returns; nor does it where it would wait for itself, because callbacks of two clients free
 * each other's. Inside any callback with PUSHER_DELIVER_INLINE it does not wait either: a callback of
 * the freed client that another thread is in runs to its end, and is dropped then. A thread that waits in `pusher_client_wait` returns with PUSHER_ERR_CANCELLED, one
 * that waits for events with PUSHER_ERR_CLOSED.
 *
 * @param client  NULL is fine
 * @return PUSHER_OK; PUSHER_ERR_HANDLE where it has been freed before
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_free(struct pusher_client *client);

/**
 * Calls your callbacks for events that wait, on this thread, and returns when they have returned.
 * Waits for the first event as long as you say, and for no other.
 *
 * Several threads may ask at the same time: a client's callbacks still run one at a time and in
 * order, and who finds another thread busy with them waits as if there were nothing.
 *
 * @param max_events  deliver at most so many; 0 all that wait
 * @param timeout_ms  how long to wait for the first; 0 only looks; -1 waits without end
 * @param count       receives how many events were delivered; may be NULL
 * @return PUSHER_OK where there was at least one; PUSHER_ERR_TIMEOUT where there was none;
 *         PUSHER_ERR_CLOSED where the client has been closed and has told everything, or is freed
 *         meanwhile; PUSHER_ERR_STATE where the config did not say PUSHER_DELIVER_POLL, where the
 *         client uses a shared queue (ask that), and inside of one of this client's callbacks;
 *         PUSHER_ERR_ARGUMENT where timeout_ms is below -1; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_dispatch(struct pusher_client *client,
                               uint32_t max_events,
                               int32_t timeout_ms,
                               uint32_t *count);

/**
 * Takes the next event, without calling anybody: for programs with a loop of their own. No callback
 * sees it.
 *
 * @param timeout_ms  how long to wait for it; 0 only looks; -1 waits without end
 * @param event       receives the event, to be freed with `pusher_event_free`; written only on
 *                    success
 * @return as for `pusher_client_dispatch`; PUSHER_ERR_ARGUMENT also where event is NULL
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_next(struct pusher_client *client,
                           int32_t timeout_ms,
                           struct pusher_event **event);

/**
 * Takes events that wait, many in one call, without calling anybody: the cheapest way for other
 * languages. No callback sees them.
 *
 * @param max_events  take at most so many; 0 all that wait
 * @param timeout_ms  how long to wait for the first; 0 only looks; -1 waits without end
 * @param events      receives them, to be freed with `pusher_events_free`; written only on success
 * @return as for `pusher_client_dispatch`; PUSHER_ERR_ARGUMENT also where events is NULL
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_next_batch(struct pusher_client *client,
                                 uint32_t max_events,
                                 int32_t timeout_ms,
                                 struct pusher_events **events);

/**
 * Something to wait for beside your own descriptors: it is readable while there are events to ask
 * for. Give it to epoll, poll, select, kqueue or an event loop, and when it is readable ask until
 * PUSHER_ERR_TIMEOUT. Do not read, write or close it; it ends with the client.
 *
 * On Linux it is an eventfd, elsewhere a socket. On Windows it is a SOCKET and not an event, since select,
 * WSAPoll and the loops built on them wait for nothing else, and WSAEventSelect makes an event of it
 * for WaitForMultipleObjects.
 *
 * @param descriptor  receives it
 * @return PUSHER_OK; PUSHER_ERR_SYSTEM where none could be made; PUSHER_ERR_ARGUMENT where descriptor
 *         is NULL; PUSHER_ERR_STATE as for `pusher_client_dispatch`; PUSHER_ERR_HANDLE;
 *         PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_descriptor(struct pusher_client *client,
                                 ptrdiff_t *descriptor);

/**
 * Has a function called when there are events to ask for, after there were none: to post a message
 * to a window, to wake a game loop. It is called once for any number of events, and not again until
 * you have asked until PUSHER_ERR_TIMEOUT; at once where some wait already.
 *
 * It runs on a thread of the library, at the end of a call that asks, or inside of this function where
 * events wait already; and has to return soon: the network waits for it. It should not ask for the
 * events itself. When this function returns, the one set before is not running and will not be called
 * again, except where it is the one that calls this.
 *
 * @param wakeup  what to call, copied; its user_data belongs to the library from here on, also where
 *                this fails; NULL for nothing
 * @return PUSHER_OK; PUSHER_ERR_ARGUMENT where its call is NULL; PUSHER_ERR_STATE as for
 *         `pusher_client_dispatch`; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_set_wakeup(struct pusher_client *client,
                                 const struct pusher_wakeup *wakeup);

/**
 * Makes a queue which many clients can share, so that one thread of yours, or a few, serve them all.
 * Give it to their configs with `pusher_config_set_shared_queue`.
 *
 * Each client keeps its own order and its own limit on what may wait. The clients take turns, and so
 * none starves. Several threads may ask at the same time: they serve different clients.
 *
 * @param queue  receives the queue, to be freed with `pusher_queue_free`; written only on success
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_queue_new(struct pusher_queue **queue);

/**
 * Calls the callbacks of the client that has waited longest, for its events that wait, on this
 * thread; see `pusher_client_dispatch`. Ask until PUSHER_ERR_TIMEOUT to serve all clients.
 *
 * @param max_events  deliver at most so many; 0 all that wait for this client
 * @param timeout_ms  how long to wait for the first; 0 only looks; -1 waits without end
 * @param count       receives how many events were delivered; may be NULL
 * @return PUSHER_OK where there was at least one; PUSHER_ERR_TIMEOUT where there was none;
 *         PUSHER_ERR_CLOSED where the queue is freed meanwhile; PUSHER_ERR_STATE inside of a
 *         callback, where the next events are of that callback's client; PUSHER_ERR_ARGUMENT where
 *         timeout_ms is below -1; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_queue_dispatch(struct pusher_queue *queue,
                              uint32_t max_events,
                              int32_t timeout_ms,
                              uint32_t *count);

/**
 * Takes the next event of the client that has waited longest, without calling anybody. Its `client`
 * says whose it is.
 *
 * @param timeout_ms  how long to wait for it; 0 only looks; -1 waits without end
 * @param event       receives the event, to be freed with `pusher_event_free`; written only on
 *                    success
 * @return as for `pusher_queue_dispatch`; PUSHER_ERR_ARGUMENT also where event is NULL
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_queue_next(struct pusher_queue *queue,
                          int32_t timeout_ms,
                          struct pusher_event **event);

/**
 * Takes events of the client that has waited longest, many in one call, without calling anybody.
 * Their `client` says whose they are: all are of one.
 *
 * @param max_events  take at most so many; 0 all that wait for this client
 * @param timeout_ms  how long to wait for the first; 0 only looks; -1 waits without end
 * @param events      receives them, to be freed with `pusher_events_free`; written only on success
 * @return as for `pusher_queue_dispatch`; PUSHER_ERR_ARGUMENT also where events is NULL
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_queue_next_batch(struct pusher_queue *queue,
                                uint32_t max_events,
                                int32_t timeout_ms,
                                struct pusher_events **events);

/**
 * Something to wait for, readable while any client of this queue has events; see
 * `pusher_client_descriptor`. It ends with the queue.
 *
 * @param descriptor  receives it
 * @return PUSHER_OK; PUSHER_ERR_SYSTEM where none could be made; PUSHER_ERR_ARGUMENT where descriptor
 *         is NULL; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_queue_descriptor(struct pusher_queue *queue,
                                ptrdiff_t *descriptor);

/**
 * Has a function called when any client of this queue has events, after none had; the same rules as
 * for `pusher_client_set_wakeup`.
 *
 * @param wakeup  what to call, copied; its user_data belongs to the library from here on, also where
 *                this fails; NULL for nothing
 * @return PUSHER_OK; PUSHER_ERR_ARGUMENT where its call is NULL; PUSHER_ERR_HANDLE;
 *         PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_queue_set_wakeup(struct pusher_queue *queue,
                                const struct pusher_wakeup *wakeup);

/**
 * Frees a queue. Who waits for it returns with PUSHER_ERR_CLOSED, and its wake-up is called no more.
 *
 * Free its clients first: their events cannot be asked for from here on. No client can be made on a
 * freed queue (PUSHER_ERR_STATE).
 *
 * @param queue  NULL is fine
 * @return PUSHER_OK; PUSHER_ERR_HANDLE where it has been freed before
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_queue_free(struct pusher_queue *queue);

/**
 * Makes a channel's whole name: the prefix of its kind, and the bare name. A name which has that
 * prefix already is taken as it is. The result has to be of that kind: PUSHER_CHANNEL_PUBLIC and
 * "private-x", or PUSHER_CHANNEL_PRIVATE and "cache-x", are errors.
 *
 * @param kind      a `pusher_channel_kind`
 * @param name      the bare name, such as "orders"
 * @param buffer    receives the whole name, such as "private-orders", NUL-terminated; 201 bytes
 *                  are always enough
 * @param capacity  the size of buffer, in bytes
 * @param length    receives the name's length without the NUL; may be NULL
 * @return PUSHER_OK; PUSHER_ERR_CHANNEL where the name breaks a rule; PUSHER_ERR_TOO_LARGE where it
 *         does not fit; PUSHER_ERR_ARGUMENT
 *
 * Since 0.1.0. Pusher Channels: "Channel naming conventions".
 */
PUSHER_API
int32_t pusher_channel_name(int32_t kind,
                            const char *name,
                            char *buffer,
                            size_t capacity,
                            size_t *length);

/**
 * Subscribes to a channel, now and after every reconnect, until you unsubscribe. May be called at
 * any time, also before connecting. Subscribing twice is one subscription.
 *
 * Completed with PUSHER_OK when the server has confirmed (at once where it has already); with
 * PUSHER_ERR_AUTH or PUSHER_ERR_REFUSED where it was refused, and `code` says what the server said;
 * with PUSHER_ERR_TIMEOUT where the server did not answer; with PUSHER_ERR_NETWORK or PUSHER_ERR_TLS
 * where the endpoint that authorises cannot be reached; with PUSHER_ERR_CANCELLED by an unsubscribe or
 * close; with PUSHER_ERR_QUEUE_FULL where a thousand such requests wait already. While there is no
 * connection it waits for one.
 *
 * @param channel       the channel's whole name, such as "private-orders"; copied
 * @param channel_data  for a presence channel: the user as JSON, such as
 *                      {"user_id":"1","user_info":{"name":"Ann"}}, signed and sent byte for byte;
 *                      NULL takes the config's presence user. NULL for other channels. Copied
 * @param request       receives the request's number; may be NULL
 * @return PUSHER_OK; PUSHER_ERR_CHANNEL where the name breaks a rule; PUSHER_ERR_ARGUMENT;
 *         PUSHER_ERR_HANDLE; PUSHER_ERR_CLOSED; PUSHER_ERR_QUEUE_FULL; PUSHER_ERR_FORKED
 *
 * Since 0.1.0. Pusher Channels protocol: "pusher:subscribe".
 */
PUSHER_API
int32_t pusher_client_subscribe(struct pusher_client *client,
                                const char *channel,
                                const char *channel_data,
                                pusher_request *request);

/**
 * Subscribes by kind and bare name: PUSHER_CHANNEL_PRIVATE and "orders" is "private-orders". All
 * else as for `pusher_client_subscribe`.
 *
 * @param kind          a `pusher_channel_kind`
 * @param name          the bare name; copied
 * @param channel_data  as for `pusher_client_subscribe`
 * @param request       receives the request's number; may be NULL
 * @return as for `pusher_client_subscribe`
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_subscribe_kind(struct pusher_client *client,
                                     int32_t kind,
                                     const char *name,
                                     const char *channel_data,
                                     pusher_request *request);

/**
 * Unsubscribes from a channel. Events that have been received already may still be delivered, but
 * none after this request's completed event. A subscribe that the server has not answered yet
 * completes with PUSHER_ERR_CANCELLED.
 *
 * Completed with PUSHER_OK without asking the server (the protocol has no confirmation); with
 * PUSHER_ERR_NOT_SUBSCRIBED where the channel was not wanted.
 *
 * @param channel  the channel's whole name
 * @param request  receives the request's number; may be NULL
 * @return as for `pusher_client_subscribe`
 *
 * Since 0.1.0. Pusher Channels protocol: "pusher:unsubscribe".
 */
PUSHER_API
int32_t pusher_client_unsubscribe(struct pusher_client *client,
                                  const char *channel,
                                  pusher_request *request);

/**
 * Unsubscribes from all channels.
 *
 * Completed with PUSHER_OK.
 *
 * @param request  receives the request's number; may be NULL
 * @return as for `pusher_client_subscribe`
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_unsubscribe_all(struct pusher_client *client,
                                      pusher_request *request);

/**
 * Publishes a client event on a private or presence channel: the other subscribers receive it, you
 * do not. The server or the dashboard has to allow client events.
 *
 * It waits while its channel is being subscribed, also over a reconnect, and for its turn where
 * more are published in a second than the limit allows (`pusher_config_set_publish_rate`,
 * `pusher_config_set_publish_queue`).
 *
 * On a public channel it goes through the HTTP API, as `pusher_client_trigger` does, where the app
 * id and the secret are set: under its name as it is, and to you, too. Else it is refused.
 *
 * Completed with PUSHER_OK when the event has been handed to the connection (the protocol has no
 * confirmation); with PUSHER_ERR_NOT_SUBSCRIBED where the channel is not subscribed; with
 * PUSHER_ERR_TIMEOUT or PUSHER_ERR_QUEUE_FULL where waiting was in vain; with
 * PUSHER_ERR_RATE_LIMITED or PUSHER_ERR_CANCELLED by the limit, as configured; with
 * PUSHER_ERR_NOT_CONNECTED by a disconnect, PUSHER_ERR_CANCELLED by an unsubscribe or close, and with
 * the error of its channel's subscription where that is refused.
 *
 * @param channel  the channel's whole name; copied
 * @param event    the event's name; on a private or presence channel "client-" is put before it where
 *                 it is missing; copied
 * @param data     UTF-8 text: a JSON object or array is sent as such, anything else as a JSON
 *                 string; copied; NULL is empty where data_len is 0
 * @param data_len the length of data in bytes
 * @param request  receives the request's number; may be NULL
 * @return PUSHER_OK; PUSHER_ERR_FORBIDDEN where the protocol has no client events, as on public and
 *         encrypted channels; PUSHER_ERR_CHANNEL; PUSHER_ERR_ARGUMENT; PUSHER_ERR_TOO_LARGE where the
 *         name is too long; PUSHER_ERR_HANDLE; PUSHER_ERR_CLOSED; PUSHER_ERR_QUEUE_FULL;
 *         PUSHER_ERR_FORKED
 *
 * Since 0.1.0. Pusher Channels protocol: "Triggering channel client events".
 */
PUSHER_API
int32_t pusher_client_publish(struct pusher_client *client,
                              const char *channel,
                              const char *event,
                              const char *data,
                              size_t data_len,
                              pusher_request *request);

/**
 * How far the subscription of a channel is.
 *
 * A subscribe or unsubscribe that has just returned may not show yet: the client takes it up on its own
 * thread, a moment later. Its completed event tells when it is done.
 *
 * @param channel  the channel's whole name
 * @return a `pusher_channel_state`; or PUSHER_ERR_HANDLE, PUSHER_ERR_ARGUMENT, PUSHER_ERR_FORKED,
 *         which are negative
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_channel_state(const struct pusher_client *client,
                                    const char *channel);

/**
 * The channels that are wanted, with their states, as of now: as for `pusher_client_channel_state`.
 *
 * @param channels  receives a list, ordered by name, to be freed with `pusher_channels_free`;
 *                  written only on success
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE, PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_channels(const struct pusher_client *client,
                               struct pusher_channels **channels);

/**
 * How many channels a list has; 0 for NULL and for a freed list.
 *
 * Since 0.1.0.
 */
PUSHER_API size_t pusher_channels_count(const struct pusher_channels *channels);

/**
 * The name of the channel at a place.
 *
 * @param index  0 to `pusher_channels_count` - 1
 * @return text that lives as long as the list; NULL where there is none at this place
 *
 * Since 0.1.0.
 */
PUSHER_API const char *pusher_channels_name(const struct pusher_channels *channels, size_t index);

/**
 * The state of the channel at a place.
 *
 * @param index  0 to `pusher_channels_count` - 1
 * @return a `pusher_channel_state`; or PUSHER_ERR_NOT_FOUND, PUSHER_ERR_HANDLE, which are negative
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_channels_state(const struct pusher_channels *channels, size_t index);

/**
 * Frees a list of channels, and with it every name taken from it.
 *
 * @param channels  NULL is fine
 * @return PUSHER_OK; PUSHER_ERR_HANDLE where it has been freed before
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_channels_free(struct pusher_channels *channels);

/**
 * The members of a presence channel as of now, your own user included. May be ahead of the events
 * that your callbacks have seen.
 *
 * Of one channel 100000 members are kept, and 64 MiB of their ids and infos. Members beyond that are
 * neither listed nor told of by events; that they exist is told once for each list the server sends,
 * by a PUSHER_EVENT_ERROR with the channel and PUSHER_ERR_TOO_LARGE.
 *
 * @param channel  the channel's whole name
 * @param members  receives a list, ordered by user id, to be freed with `pusher_members_free`;
 *                 written only on success
 * @return PUSHER_OK; PUSHER_ERR_NOT_SUBSCRIBED where the channel is not subscribed yet;
 *         PUSHER_ERR_ARGUMENT where it is no presence channel; PUSHER_ERR_CHANNEL;
 *         PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
 *
 * Since 0.1.0. Pusher Channels: "Presence channels".
 */
PUSHER_API
int32_t pusher_client_members(const struct pusher_client *client,
                              const char *channel,
                              struct pusher_members **members);

/**
 * How many members a list has; 0 for NULL and for a freed list.
 *
 * Since 0.1.0.
 */
PUSHER_API size_t pusher_members_count(const struct pusher_members *members);

/**
 * The member at a place.
 *
 * @param index  0 to `pusher_members_count` - 1
 * @return a member that lives as long as the list; NULL where there is none at this place
 *
 * Since 0.1.0.
 */
PUSHER_API
const struct pusher_member *pusher_members_at(const struct pusher_members *members,
                                              size_t index);

/**
 * The member with a user id.
 *
 * @param user_id  NUL-terminated
 * @return a member that lives as long as the list; NULL where there is none with this id
 *
 * Since 0.1.0.
 */
PUSHER_API
const struct pusher_member *pusher_members_find(const struct pusher_members *members,
                                                const char *user_id);

/**
 * This client's own member.
 *
 * @return a member that lives as long as the list; NULL where the server's list does not have it
 *
 * Since 0.1.0.
 */
PUSHER_API const struct pusher_member *pusher_members_me(const struct pusher_members *members);

/**
 * Frees a list of members, and with it every member taken from it.
 *
 * @param members  NULL is fine
 * @return PUSHER_OK; PUSHER_ERR_HANDLE where it has been freed before
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_members_free(struct pusher_members *members);

/**
 * Subscribes with a ready-made permission, for programs that got one elsewhere. It was made for the
 * present socket id, and so is good for the present connection only: after a reconnect the
 * configured authorisation takes its place, and without one the subscription is refused with
 * PUSHER_ERR_AUTH. All else as for `pusher_client_subscribe`.
 *
 * @param channel        the channel's whole name; copied
 * @param auth           "KEY:SIGNATURE"; copied
 * @param channel_data   for a presence channel: the signed user, byte for byte; else NULL; copied
 * @param shared_secret  for an encrypted channel: the base64 of its key; else NULL; copied
 * @param request        receives the request's number; may be NULL
 * @return as for `pusher_client_subscribe`; PUSHER_ERR_AUTH where auth or shared_secret are malformed
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_subscribe_with_auth(struct pusher_client *client,
                                          const char *channel,
                                          const char *auth,
                                          const char *channel_data,
                                          const char *shared_secret,
                                          pusher_request *request);

/**
 * Answers an event of kind PUSHER_EVENT_AUTHORIZE. At once or later, from any thread. An answer
 * that comes too late, twice, or for a connection that is no more, is dropped.
 *
 * @param number         the event's `request`
 * @param channel        which channel of a batch is answered; NULL where the event was for one
 * @param auth           "KEY:SIGNATURE", made for the event's socket id; copied
 * @param channel_data   for a presence channel: the signed user, byte for byte; else NULL; copied
 * @param shared_secret  for an encrypted channel: the base64 of its key; else NULL; copied
 * @return PUSHER_OK; PUSHER_ERR_AUTH where auth or shared_secret are malformed, and the
 *         authorisation goes on waiting; PUSHER_ERR_CHANNEL; PUSHER_ERR_ARGUMENT;
 *         PUSHER_ERR_HANDLE; PUSHER_ERR_CLOSED; PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_authorize(struct pusher_client *client,
                                pusher_request number,
                                const char *channel,
                                const char *auth,
                                const char *channel_data,
                                const char *shared_secret);

/**
 * Answers an event of kind PUSHER_EVENT_AUTHORIZE_USER. All else as for `pusher_client_authorize`.
 *
 * @param number     the event's `request`
 * @param auth       "KEY:SIGNATURE", made for the event's socket id; copied
 * @param user_data  the signed user, JSON with an id, byte for byte; copied
 * @return PUSHER_OK; PUSHER_ERR_AUTH, PUSHER_ERR_ARGUMENT where one of them is malformed;
 *         PUSHER_ERR_HANDLE; PUSHER_ERR_CLOSED; PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_authorize_user(struct pusher_client *client,
                                     pusher_request number,
                                     const char *auth,
                                     const char *user_data);

/**
 * Refuses what an event of kind PUSHER_EVENT_AUTHORIZE, PUSHER_EVENT_AUTHORIZE_USER or
 * PUSHER_EVENT_PREPARE_AUTHORIZATION asks for; of a batch, all that is not answered yet. The
 * subscriptions, or the sign-in, end with PUSHER_ERR_AUTH.
 *
 * @param number  the event's `request`
 * @param reason  told with the error; NULL for none; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_refuse(struct pusher_client *client,
                             pusher_request number,
                             const char *reason);

/**
 * Answers an event of kind PUSHER_EVENT_PREPARE_AUTHORIZATION: supplies headers and parameters for
 * this one request to the endpoint. They win over those of the config.
 *
 * @param number   the event's `request`
 * @param headers  names and values in turn, ended by a NULL name; NULL for none; copied
 * @param params   the same for the body's parameters; NULL for none; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_prepare(struct pusher_client *client,
                              pusher_request number,
                              const char *const *headers,
                              const char *const *params);

/**
 * Signs the user in, now and after every reconnect. Events to this user then arrive on the channel
 * `#server-to-user-ID`, and those of the watchlist as PUSHER_EVENT_WATCHLIST.
 *
 * Completed with PUSHER_OK when the server has confirmed; with PUSHER_ERR_AUTH where it was refused;
 * with PUSHER_ERR_TIMEOUT where the server did not answer, as servers do that know no users; with
 * PUSHER_ERR_NETWORK or PUSHER_ERR_TLS where the endpoint that authorises cannot be reached; with
 * PUSHER_ERR_QUEUE_FULL where a thousand such requests wait already.
 *
 * @param request  receives the request's number; may be NULL
 * @return PUSHER_OK, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_QUEUE_FULL,
 *         PUSHER_ERR_FORKED
 *
 * Since 0.1.0. Pusher Channels protocol: "pusher:signin".
 */
PUSHER_API
int32_t pusher_client_sign_in(struct pusher_client *client,
                              pusher_request *request);

/**
 * Publishes an event as a server would, through the HTTP API: on any channel, to everybody. Needs
 * the app id and the secret, and no connection. On an encrypted channel the data is encrypted
 * first, with the master key.
 *
 * Completed with PUSHER_OK and the server's answer as `data`; with PUSHER_ERR_AUTH,
 * PUSHER_ERR_TOO_LARGE or PUSHER_ERR_REFUSED and the server's `code`, also where a server hides an
 * error in an answer with status 200; with PUSHER_ERR_NETWORK, PUSHER_ERR_TLS or
 * PUSHER_ERR_TIMEOUT where the server could not be asked; with PUSHER_ERR_QUEUE_FULL where too many
 * calls wait. Of all calls of the HTTP API 16 are under way together, and the others wait for their
 * turn, in order.
 *
 * @param channels   whole names; 1 to 100, and 1 where it is encrypted; copied
 * @param count      how many they are
 * @param event      the event's name; copied
 * @param data       UTF-8 text, usually JSON; copied; NULL is empty where data_len is 0
 * @param data_len   the length of data in bytes
 * @param socket_id  the connection that is not to receive it; NULL for none; copied
 * @param info       what to tell about the channels, such as "subscription_count"; NULL for nothing
 * @param request    receives the request's number; may be NULL
 * @return PUSHER_OK; PUSHER_ERR_AUTH where app id, secret or master key are missing;
 *         PUSHER_ERR_CHANNEL; PUSHER_ERR_ARGUMENT; PUSHER_ERR_TOO_LARGE; PUSHER_ERR_HANDLE;
 *         PUSHER_ERR_CLOSED; PUSHER_ERR_QUEUE_FULL; PUSHER_ERR_FORKED
 *
 * Since 0.1.0. Pusher HTTP API: "POST /apps/[app_id]/events".
 */
PUSHER_API
int32_t pusher_client_trigger(struct pusher_client *client,
                              const char *const *channels,
                              size_t count,
                              const char *event,
                              const char *data,
                              size_t data_len,
                              const char *socket_id,
                              const char *info,
                              pusher_request *request);

/**
 * Makes an empty batch of events for `pusher_client_trigger_batch`.
 *
 * @return a batch to be freed with `pusher_batch_free`; never NULL where there is memory
 *
 * Since 0.1.0.
 */
PUSHER_API struct pusher_batch *pusher_batch_new(void);

/**
 * Frees a batch.
 *
 * @param batch  NULL is fine
 * @return PUSHER_OK; PUSHER_ERR_HANDLE where it has been freed before
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_batch_free(struct pusher_batch *batch);

/**
 * Adds an event to a batch.
 *
 * @param channel    one whole name; copied
 * @param event      the event's name; copied
 * @param data       UTF-8 text, usually JSON; copied; NULL is empty where data_len is 0
 * @param data_len   the length of data in bytes
 * @param socket_id  the connection that is not to receive it; NULL for none; copied
 * @param info       what to tell about the channel; NULL for nothing; copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_batch_add(struct pusher_batch *batch,
                         const char *channel,
                         const char *event,
                         const char *data,
                         size_t data_len,
                         const char *socket_id,
                         const char *info);

/**
 * Publishes all events of a batch in one call of the HTTP API. All else as for
 * `pusher_client_trigger`.
 *
 * @param batch    1 to 10 events; read now, still yours to free
 * @param request  receives the request's number; may be NULL
 * @return as for `pusher_client_trigger`
 *
 * Since 0.1.0. Pusher HTTP API: "POST /apps/[app_id]/batch_events".
 */
PUSHER_API
int32_t pusher_client_trigger_batch(struct pusher_client *client,
                                    const struct pusher_batch *batch,
                                    pusher_request *request);

/**
 * Asks the HTTP API which channels are in use. The completed event's `data` is the server's answer:
 * {"channels":{"presence-room":{"user_count":2}}}.
 *
 * @param prefix   only those whose names begin so, such as "presence-"; NULL for all; copied
 * @param info     such as "user_count" (with the prefix "presence-"); NULL for nothing; copied
 * @param request  receives the request's number; may be NULL
 * @return as for `pusher_client_trigger`
 *
 * Since 0.1.0. Pusher HTTP API: "GET /apps/[app_id]/channels".
 */
PUSHER_API
int32_t pusher_client_get_channels(struct pusher_client *client,
                                   const char *prefix,
                                   const char *info,
                                   pusher_request *request);

/**
 * Asks the HTTP API about one channel. The completed event's `data` is the server's answer:
 * {"occupied":true,"subscription_count":3}.
 *
 * @param channel  the channel's whole name; copied
 * @param info     such as "subscription_count,user_count,cache"; NULL for nothing; copied
 * @param request  receives the request's number; may be NULL
 * @return as for `pusher_client_trigger`
 *
 * Since 0.1.0. Pusher HTTP API: "GET /apps/[app_id]/channels/[channel_name]".
 */
PUSHER_API
int32_t pusher_client_get_channel(struct pusher_client *client,
                                  const char *channel,
                                  const char *info,
                                  pusher_request *request);

/**
 * Asks the HTTP API who is on a presence channel, as the server sees it. The completed event's
 * `data` is the server's answer: {"users":[{"id":"1"}]}. For a channel that you are subscribed to,
 * `pusher_client_members` knows more, and without asking.
 *
 * @param channel  a presence channel's whole name; copied
 * @param request  receives the request's number; may be NULL
 * @return as for `pusher_client_trigger`
 *
 * Since 0.1.0. Pusher HTTP API: "GET /apps/[app_id]/channels/[channel_name]/users".
 */
PUSHER_API
int32_t pusher_client_get_users(struct pusher_client *client,
                                const char *channel,
                                pusher_request *request);

/**
 * Has the server end all connections of a signed-in user.
 *
 * @param user_id  copied
 * @param request  receives the request's number; may be NULL
 * @return as for `pusher_client_trigger`
 *
 * Since 0.1.0. Pusher HTTP API: "POST /apps/[app_id]/users/[user_id]/terminate_connections".
 */
PUSHER_API
int32_t pusher_client_terminate_user(struct pusher_client *client,
                                     const char *user_id,
                                     pusher_request *request);

/**
 * Publishes an event to one signed-in user, on all of that user's connections.
 *
 * @param user_id   copied
 * @param event     the event's name; copied
 * @param data      UTF-8 text, usually JSON; copied; NULL is empty where data_len is 0
 * @param data_len  the length of data in bytes
 * @param request   receives the request's number; may be NULL
 * @return as for `pusher_client_trigger`
 *
 * Since 0.1.0. Pusher Channels: "Sending events to authenticated users".
 */
PUSHER_API
int32_t pusher_client_send_to_user(struct pusher_client *client,
                                   const char *user_id,
                                   const char *event,
                                   const char *data,
                                   size_t data_len,
                                   pusher_request *request);

/**
 * Makes the answer of an authorisation endpoint: the JSON that permits one connection to subscribe
 * to one channel. For programs that authorise others. Check first that they may.
 *
 * @param config        has the key and the secret, and the master key for encrypted channels
 * @param socket_id     as the client sent it
 * @param channel       as the client sent it
 * @param channel_data  for a presence channel: the user as JSON with a user_id; else NULL
 * @param buffer        receives the JSON, NUL-terminated
 * @param capacity      the size of buffer, in bytes
 * @param length        receives the JSON's length without the NUL; may be NULL
 * @return PUSHER_OK; PUSHER_ERR_TOO_LARGE where it does not fit, and length says what would;
 *         PUSHER_ERR_ARGUMENT where something is missing or malformed; PUSHER_ERR_CHANNEL;
 *         PUSHER_ERR_HANDLE
 *
 * Since 0.1.0. Pusher Channels: "Generating authentication signatures".
 */
PUSHER_API
int32_t pusher_authorize_channel(const struct pusher_config *config,
                                 const char *socket_id,
                                 const char *channel,
                                 const char *channel_data,
                                 char *buffer,
                                 size_t capacity,
                                 size_t *length);

/**
 * Makes the answer of a user authorisation endpoint: the JSON that permits one connection to sign
 * in as this user.
 *
 * @param config     has the key and the secret
 * @param socket_id  as the client sent it
 * @param user_data  the user as JSON with an id
 * @param buffer     receives the JSON, NUL-terminated
 * @param capacity   the size of buffer, in bytes
 * @param length     receives the JSON's length without the NUL; may be NULL
 * @return as for `pusher_authorize_channel`
 *
 * Since 0.1.0. Pusher Channels: "Generating authentication signatures".
 */
PUSHER_API
int32_t pusher_authorize_user(const struct pusher_config *config,
                              const char *socket_id,
                              const char *user_data,
                              char *buffer,
                              size_t capacity,
                              size_t *length);

/**
 * Tells whether a webhook really comes from the server: compares the signature in constant time.
 *
 * @param config     has the key and the secret
 * @param key        the request's header X-Pusher-Key
 * @param signature  the request's header X-Pusher-Signature
 * @param body       the request's body, byte for byte
 * @param body_len   its length in bytes
 * @return PUSHER_OK; PUSHER_ERR_AUTH where it is not genuine; PUSHER_ERR_ARGUMENT;
 *         PUSHER_ERR_HANDLE
 *
 * Since 0.1.0. Pusher Channels: "Webhooks".
 */
PUSHER_API
int32_t pusher_verify_webhook(const struct pusher_config *config,
                              const char *key,
                              const char *signature,
                              const char *body,
                              size_t body_len);

/**
 * Encrypts an event's data for an encrypted channel, for programs that publish by other means than
 * `pusher_client_trigger`, which encrypts by itself. Each call uses a new random nonce.
 *
 * @param config    has the master key, and the secret
 * @param channel   an encrypted channel's whole name
 * @param data      UTF-8 text; NULL is empty where data_len is 0
 * @param data_len  the length of data in bytes
 * @param buffer    receives JSON: {"nonce":"...","ciphertext":"..."}, NUL-terminated
 * @param capacity  the size of buffer, in bytes; 4/3 of data_len and 100 are enough
 * @param length    receives the JSON's length without the NUL; may be NULL
 * @return PUSHER_OK; PUSHER_ERR_TOO_LARGE where it does not fit, and length says what would;
 *         PUSHER_ERR_ARGUMENT where the channel is not encrypted or the key is missing;
 *         PUSHER_ERR_CHANNEL; PUSHER_ERR_SYSTEM where the system gives no random numbers;
 *         PUSHER_ERR_HANDLE
 *
 * Since 0.1.0. Pusher Channels: "Encrypted channels".
 */
PUSHER_API
int32_t pusher_encrypt(const struct pusher_config *config,
                       const char *channel,
                       const char *data,
                       size_t data_len,
                       char *buffer,
                       size_t capacity,
                       size_t *length);

/**
 * Copies an event, so that it outlives the callback: to hand it to another thread, for example.
 *
 * @param event  the event that a callback was given, while it runs; or any other that still lives
 * @return a copy to be freed with `pusher_event_free`; NULL where event is NULL
 *
 * Since 0.1.0.
 */
PUSHER_API struct pusher_event *pusher_event_clone(const struct pusher_event *event);

/**
 * Frees an event of your own.
 *
 * @param event  what `pusher_event_clone`, `pusher_client_next` or `pusher_queue_next` gave; NULL is
 *               fine
 * @return PUSHER_OK; PUSHER_ERR_HANDLE where it is none of these, or has been freed before
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_event_free(struct pusher_event *event);

/**
 * How many events there are; 0 for NULL and for freed ones.
 *
 * Since 0.1.0.
 */
PUSHER_API size_t pusher_events_count(const struct pusher_events *events);

/**
 * The event at a place. They lie one after another in memory: the next one begins `size` bytes behind
 * this one, and so one call is enough for all.
 *
 * @param index  0 to `pusher_events_count` - 1
 * @return an event that lives as long as `events`, and is not to be freed; NULL where there is none
 *         at this place
 *
 * Since 0.1.0.
 */
PUSHER_API
const struct pusher_event *pusher_events_at(const struct pusher_events *events,
                                            size_t index);

/**
 * The block of memory in which all text of these events lies: for languages that copy it as a whole,
 * and find each text by how far its pointer is from this one.
 *
 * The texts lie in the order of the events, and for each event in the order name, channel, data, user id,
 * socket id, as far as it has them; each is followed by a NUL byte, and there is nothing else.
 *
 * @param length  receives the size of the block, in bytes; may be NULL
 * @return where the block begins, for as long as `events` lives; NULL for NULL and for freed ones
 *
 * Since 0.1.0.
 */
PUSHER_API
const char *pusher_events_text(const struct pusher_events *events,
                               size_t *length);

/**
 * Frees events that were taken together.
 *
 * @param events  what `pusher_client_next_batch` or `pusher_queue_next_batch` gave; NULL is fine
 * @return PUSHER_OK; PUSHER_ERR_HANDLE where they have been freed before
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_events_free(struct pusher_events *events);

/**
 * What a client has counted since it was made, as of now. docs/observing.md says what the numbers are
 * good for. Counting costs an event next to nothing, and asking waits for nobody, so it may be done as
 * often as you like; on a closed client, too.
 *
 * @param metrics  receives a snapshot, to be freed with `pusher_metrics_free`; written only on success
 * @return PUSHER_OK; PUSHER_ERR_ARGUMENT where metrics is NULL; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_metrics(const struct pusher_client *client,
                              struct pusher_metrics **metrics);

/**
 * The numbers of a snapshot that are one for the whole client.
 *
 * @return a struct that lives as long as the snapshot, and is not to be freed; NULL for NULL and for a
 *         freed snapshot
 *
 * Since 0.1.0.
 */
PUSHER_API
const struct pusher_totals *pusher_metrics_totals(const struct pusher_metrics *metrics);

/**
 * How many events of one kind the client has told. PUSHER_EVENT_DROPPED is not among them: `dropped`
 * of `pusher_totals` counts what is missing.
 *
 * @param kind   a `pusher_event_kind`
 * @param count  receives the number; written only on success
 * @return PUSHER_OK; PUSHER_ERR_ARGUMENT where there is no such kind, or count is NULL;
 *         PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_metrics_events(const struct pusher_metrics *metrics,
                              int32_t kind,
                              uint64_t *count);

/**
 * How many established connections ended for one cause. Unless the cause is your own, or a close code
 * that is final, a reconnect followed each.
 *
 * @param cause  a `pusher_cause`
 * @param count  receives the number; written only on success
 * @return PUSHER_OK; PUSHER_ERR_ARGUMENT where there is no such cause, or count is NULL;
 *         PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_metrics_losses(const struct pusher_metrics *metrics,
                              int32_t cause,
                              uint64_t *count);

/**
 * How many tries to connect ended for one cause before there was a connection.
 *
 * @param cause  a `pusher_cause`
 * @param count  receives the number; written only on success
 * @return PUSHER_OK; PUSHER_ERR_ARGUMENT where there is no such cause, or count is NULL;
 *         PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_metrics_failed_tries(const struct pusher_metrics *metrics,
                                    int32_t cause,
                                    uint64_t *count);

/**
 * How many channels a snapshot has: those that were wanted; 0 for NULL and for a freed snapshot.
 *
 * Since 0.1.0.
 */
PUSHER_API size_t pusher_metrics_channel_count(const struct pusher_metrics *metrics);

/**
 * The channel at a place; they are ordered by name. They lie one after another in memory: the next one
 * begins `size` bytes behind this one, and so one call is enough for all.
 *
 * @param index  0 to `pusher_metrics_channel_count` - 1
 * @return a struct that lives as long as the snapshot, and is not to be freed; NULL where there is none
 *         at this place
 *
 * Since 0.1.0.
 */
PUSHER_API
const struct pusher_channel_metrics *pusher_metrics_channel_at(const struct pusher_metrics *metrics,
                                                               size_t index);

/**
 * The channel with a name.
 *
 * @param channel  the channel's whole name, NUL-terminated
 * @return a struct that lives as long as the snapshot, and is not to be freed; NULL where it was not
 *         wanted
 *
 * Since 0.1.0.
 */
PUSHER_API
const struct pusher_channel_metrics *pusher_metrics_channel(const struct pusher_metrics *metrics,
                                                            const char *channel);

/**
 * Frees a snapshot of metrics, and with it all that was taken from it.
 *
 * @param metrics  NULL is fine
 * @return PUSHER_OK; PUSHER_ERR_HANDLE where it has been freed before
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_metrics_free(struct pusher_metrics *metrics);

/**
 * What a client has counted, as text that Prometheus and its like read: to be answered to a GET of
 * /metrics with the type "text/plain; version=0.0.4". docs/observing.md lists the names.
 *
 * The text grows with the channels, by about 400 bytes each. To learn how long it is now, call with a
 * capacity of 0; it may have grown by the next call, so go on until it fits:
 *
 *     size_t length = 0, capacity = 0;
 *     char *text = NULL;
 *     while (pusher_client_prometheus(client, NULL, text, capacity, &length) == PUSHER_ERR_TOO_LARGE) {
 *         capacity = length + 1024;
 *         text = realloc(text, capacity);
 *     }
 *
 * @param name      tells this client from others of the process: the label `client` of each line; NULL
 *                  for none; 200 bytes at most, without control characters
 * @param buffer    receives the text, NUL-terminated; may be NULL where capacity is 0
 * @param capacity  the size of buffer, in bytes
 * @param length    receives the text's length without the NUL; may be NULL
 * @return PUSHER_OK; PUSHER_ERR_TOO_LARGE where it does not fit, and length says what would;
 *         PUSHER_ERR_ARGUMENT; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_prometheus(const struct pusher_client *client,
                                 const char *name,
                                 char *buffer,
                                 size_t capacity,
                                 size_t *length);

/**
 * A client's state as JSON, for a support ticket: version and platform, configuration, connection,
 * channels, what is pending and when it is due, queue, numbers, and the last 20 errors.
 *
 * It holds no secret, auth string, shared secret or token, and of headers and parameters only the
 * names. What it holds beside: host and channel names, the app key, the signed-in user's id, and what
 * errors say. It is meant for people: later versions may name its parts otherwise.
 *
 * The network thread is asked for a moment of its time, some microseconds; where it does not answer
 * within 200 ms the dump says so, and has the rest. To learn how long the text is, see
 * `pusher_client_prometheus`.
 *
 * @param buffer    receives the text, NUL-terminated; may be NULL where capacity is 0
 * @param capacity  the size of buffer, in bytes; 16 KiB are enough for 20 channels
 * @param length    receives the text's length without the NUL; may be NULL
 * @return PUSHER_OK; PUSHER_ERR_TOO_LARGE where it does not fit, and length says what would;
 *         PUSHER_ERR_ARGUMENT; PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API
int32_t pusher_client_dump(const struct pusher_client *client,
                           char *buffer,
                           size_t capacity,
                           size_t *length);

#ifdef __cplusplus
} /* extern "C" */
#endif /* __cplusplus */

#endif  /* PUSHERWS_H */
