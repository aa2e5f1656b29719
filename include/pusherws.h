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
 *   pusher_client_wait, pusher_client_close and pusher_client_free. pusher_last_error tells what was
 *   wrong and what to do.
 * - Connect, subscribe, publish and ping are requests: they return at once, and how they ended
 *   comes as an event of kind PUSHER_EVENT_COMPLETED with the request's number, exactly once.
 * - Any function may be called from any thread and from any callback.
 * - Callbacks of a client run on one thread of its own, one at a time, in order, and with no lock of
 *   the library held. A callback must not throw, and should return soon: later events wait for it.
 * - What you pass is copied before the call returns. What you are given is borrowed, and its comment
 *   says until when; what you have to free has a function whose name ends in _free.
 * - Output is written only on success. Freeing NULL is fine. A handle that was freed is an error
 *   (PUSHER_ERR_HANDLE), not a crash.
 * - Text is UTF-8. Times are milliseconds, lengths are bytes without the NUL.
 * - Nothing is started by loading the library. It installs no signal handler, reads no configuration
 *   and writes to no file. After fork, a client made before it answers PUSHER_ERR_FORKED in the child.
 * - Secrets and auth strings appear in no message and no event.
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
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
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
     * The request was given up: by a close, a disconnect, or an unsubscribe that overtook it.
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
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_status pusher_status;
#else
typedef int32_t pusher_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What an event is about: the `kind` of a `pusher_event`. Later versions add kinds: ignore those
 * that you do not know.
 *
 * Each kind lists the fields that it fills beside `name`; all others are 0 or NULL.
 *
 * Since 0.1.0.
 */
enum pusher_event_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Somebody published an event. `name`, `channel`, `data`, `data_format`; `user_id` says who, on
     * client events of presence channels.
     */
    PUSHER_EVENT_MESSAGE = 1,
    /**
     * The connection changed its state, or plans its next try. Named `pusher:state_change`.
     * `state`, `previous_state`; `retry_in_ms` until the next try, or -1; and why: `status`, `code`,
     * `data`.
     */
    PUSHER_EVENT_STATE_CHANGE = 2,
    /**
     * The server or the network reported an error. Named `pusher:error`. For your information: the
     * client recovers by itself where it can, and the state says whether it has given up. `status`,
     * `code`, `data`, and `channel` where it is known.
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
     * `status`, `code`, and `data` where it failed; `channel` where it had one; `value` is a ping's
     * round trip in microseconds.
     */
    PUSHER_EVENT_COMPLETED = 10,
    /**
     * A frame of the protocol which this version does not interpret, as it came.
     */
    PUSHER_EVENT_PROTOCOL = 11,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_event_kind pusher_event_kind;
#else
typedef int32_t pusher_event_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The states of a connection.
 *
 * Since 0.1.0.
 */
enum pusher_connection_state
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
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
     * The server refused for good (close codes 4001 to 4099): only another `pusher_client_connect`
     * will try again.
     */
    PUSHER_STATE_FAILED = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_connection_state pusher_connection_state;
#else
typedef int32_t pusher_connection_state;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The states of a channel.
 *
 * Since 0.1.0.
 */
enum pusher_channel_state
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
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
     * The server has been asked, and has not answered yet.
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
    PUSHER_CHANNEL_STATE_REFUSED = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_channel_state pusher_channel_state;
#else
typedef int32_t pusher_channel_state;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The kinds of channel. A channel's whole name begins with its kind's prefix.
 *
 * Since 0.1.0.
 */
enum pusher_channel_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
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
     * `private-encrypted-`: not supported by this version.
     */
    PUSHER_CHANNEL_PRIVATE_ENCRYPTED = 6,
    /**
     * `private-encrypted-cache-`: not supported by this version.
     */
    PUSHER_CHANNEL_PRIVATE_ENCRYPTED_CACHE = 7,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_channel_kind pusher_channel_kind;
#else
typedef int32_t pusher_channel_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How the server wrote an event's data.
 *
 * Since 0.1.0.
 */
enum pusher_data_format
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
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
    PUSHER_DATA_JSON = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_data_format pusher_data_format;
#else
typedef int32_t pusher_data_format;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

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
 * The members of a presence channel at one moment. Does not change; free it with
 * `pusher_members_free`.
 *
 * Since 0.1.0.
 */
typedef struct pusher_members pusher_members;

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
 * it. To keep one longer, `pusher_event_clone` it. Text is UTF-8, is followed by a NUL byte which
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
     * The request that is done, or 0.
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
     * Milliseconds until the next try to connect, or -1 where none is planned.
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
} pusher_event;

/**
 * Receives events. `event` dies when this returns; `user_data` is what was bound.
 *
 * Must not let a C++ exception, a `longjmp` or a language's own exception leave it.
 *
 * Since 0.1.0.
 */
typedef void (*pusher_event_callback)(const struct pusher_event *event, void *user_data);

/**
 * Ends a callback's `user_data`.
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

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

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
 * platform's trust store; on Linux that is the package ca-certificates, or the file that the
 * environment variable SSL_CERT_FILE names.
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
 * itself. For programs whose users may know the secret: services, tools, your own machines. It is
 * never logged, and overwritten when it is dropped.
 *
 * @param secret  copied
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0. Pusher: "Generating authentication signatures".
 */
PUSHER_API int32_t pusher_config_set_secret(struct pusher_config *config, const char *secret);

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
 * Sets how long to wait before connecting again. The n-th delay is drawn at random between nothing
 * and first * 2^n, and never longer than the longest. Default: 1000 ms and 30000 ms.
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
 * Sets how many events may wait for your callbacks. When so many wait, the client stops reading
 * from the server until half of them are delivered: nothing is lost, and memory stays bounded.
 * Meanwhile it keeps the connection alive with pings of its own. Default: 8192.
 *
 * @param events  16 to 16777216
 * @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_config_set_queue_capacity(struct pusher_config *config, size_t events);

/**
 * Makes a client and its threads. Connects nothing: bind callbacks and subscribe first, or after
 * `pusher_client_connect`, as you like.
 *
 * All clients share one network thread; each has one more on which its callbacks run, one at a
 * time and in order. Signals are blocked on both.
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
 * disconnect, close, or the server refuses for good.
 *
 * Completed with PUSHER_OK when the server has given a socket id (at once where it has already);
 * with PUSHER_ERR_REFUSED and the close code where the server refused for good; with
 * PUSHER_ERR_CANCELLED by a disconnect or close. A network that is down is none of these: it is
 * tried again, and errors and changes of state tell how it goes.
 *
 * @param request  receives the request's number; may be NULL
 * @return PUSHER_OK, PUSHER_ERR_HANDLE, PUSHER_ERR_CLOSED, PUSHER_ERR_QUEUE_FULL,
 *         PUSHER_ERR_FORKED
 *
 * Since 0.1.0. Pusher Channels protocol: "Connecting", "Connection closure".
 */
PUSHER_API int32_t pusher_client_connect(struct pusher_client *client, pusher_request *request);

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
 * PUSHER_ERR_TIMEOUT where no pong comes within the pong timeout.
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
 * Blocks until a request is done, and returns how it ended. For scripts and console programs;
 * others use the completed event. The event arrives all the same, before or after this returns.
 *
 * @param request     a number that a call on this client gave
 * @param timeout_ms  how long to wait; 0 only looks; -1 waits without end
 * @return the request's own status, with the reason in `pusher_last_error`; or
 *         PUSHER_ERR_TIMEOUT where it is not done yet (it goes on; a request that itself timed out
 *         has the same status, so choose a longer time than its own);
 *         PUSHER_ERR_WOULD_DEADLOCK inside one of this client's callbacks; PUSHER_ERR_NOT_FOUND
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
 * Calls a function for every event that fits: of this channel and with this name. Callbacks run on
 * the client's own thread, one at a time, in the order in which they were bound; while one runs,
 * the others and all later events wait.
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
 * Undoes a bind. No call of it begins after this returns; one that is under way on the client's
 * thread may still be running. Its `drop` tells when it is over.
 *
 * @param binding  the number that bind gave
 * @return PUSHER_OK; PUSHER_ERR_NOT_FOUND where it is not bound (any more); PUSHER_ERR_HANDLE;
 *         PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_client_unbind(struct pusher_client *client, pusher_binding binding);

/**
 * Closes politely: sends what has been handed over, says goodbye to the server, completes what is
 * pending as PUSHER_ERR_CANCELLED, and waits until your callbacks have had all events. A closed
 * client is good for nothing but `pusher_client_free`.
 *
 * Inside one of this client's callbacks it begins to close, and waits for nothing.
 *
 * @param timeout_ms  how long to wait at most; 0 waits for nothing; negative is an error
 * @return PUSHER_OK; PUSHER_ERR_TIMEOUT where it takes longer, and goes on; PUSHER_ERR_ARGUMENT;
 *         PUSHER_ERR_HANDLE; PUSHER_ERR_FORKED
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_client_close(struct pusher_client *client, int32_t timeout_ms);

/**
 * Frees a client at once. When this returns, none of its callbacks is running or ever will, and
 * all have been dropped. Events that were not delivered yet are not delivered any more, so close
 * first where they matter.
 *
 * It waits for a callback that is running: do not hold a lock that this callback wants. Inside one
 * of this client's own callbacks it does not wait, and the same is true as soon as that callback
 * returns; nor does it where it would wait for itself, because callbacks of two clients free
 * each other's. A thread that waits in `pusher_client_wait` returns with PUSHER_ERR_CANCELLED.
 *
 * @param client  NULL is fine
 * @return PUSHER_OK; PUSHER_ERR_HANDLE where it has been freed before
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_client_free(struct pusher_client *client);

/**
 * Makes a channel's whole name: the prefix of its kind, and the bare name. A name which has that
 * prefix already is taken as it is.
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
 * with PUSHER_ERR_TIMEOUT where the server did not answer; with PUSHER_ERR_CANCELLED by an
 * unsubscribe or close. While there is no connection it waits for one.
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
 * Publishes a client event on a private or presence channel: the other subscribers receive it, you
 * do not. The server or the dashboard has to allow client events.
 *
 * On a channel that is being subscribed it waits for that, up to 30 seconds and up to 1000 events.
 *
 * Completed with PUSHER_OK when the event has been handed to the connection (the protocol has no
 * confirmation); with PUSHER_ERR_NOT_SUBSCRIBED where the channel is not subscribed; with
 * PUSHER_ERR_TIMEOUT or PUSHER_ERR_QUEUE_FULL where waiting for the subscription was in vain.
 *
 * @param channel  the channel's whole name; copied
 * @param event    the event's name; "client-" is put before it where it is missing; copied
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
 * The members of a presence channel as of now, your own user included. May be ahead of the events
 * that your callbacks have seen.
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
 * Copies an event, so that it outlives the callback: to hand it to another thread, for example.
 *
 * @param event  the event that a callback was given, while it runs; or a copy made by this
 * @return a copy to be freed with `pusher_event_free`; NULL where event is NULL
 *
 * Since 0.1.0.
 */
PUSHER_API struct pusher_event *pusher_event_clone(const struct pusher_event *event);

/**
 * Frees a copy of an event.
 *
 * @param event  what `pusher_event_clone` returned; NULL is fine
 * @return PUSHER_OK; PUSHER_ERR_HANDLE where it is no copy, or has been freed before
 *
 * Since 0.1.0.
 */
PUSHER_API int32_t pusher_event_free(struct pusher_event *event);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* PUSHERWS_H */
