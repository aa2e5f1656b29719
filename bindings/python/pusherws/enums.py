"""The numbers of the C API, under their names.

A number that a later version of the library adds stays a plain int: compare with ==, and have an else.
"""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """How a call or a request ended."""

    OK = 0
    ARGUMENT = -1
    HANDLE = -2
    STATE = -3
    TIMEOUT = -4
    CANCELLED = -5
    WOULD_DEADLOCK = -6
    QUEUE_FULL = -7
    NOT_CONNECTED = -8
    NOT_SUBSCRIBED = -9
    CHANNEL = -10
    FORBIDDEN = -11
    AUTH = -12
    REFUSED = -13
    NETWORK = -14
    TLS = -15
    PROTOCOL = -16
    TOO_LARGE = -17
    UNSUPPORTED = -18
    FORKED = -19
    PANIC = -20
    CLOSED = -21
    NOT_FOUND = -22
    SYSTEM = -23
    DECRYPTION = -24
    RATE_LIMITED = -25


class EventKind(IntEnum):
    """What an event is about."""

    #: Somebody published an event.
    MESSAGE = 1
    #: The connection changed its state, or plans its next try.
    STATE_CHANGE = 2
    #: The server or the network reported an error; the client recovers by itself where it can.
    ERROR = 3
    #: A channel is subscribed, for the first time or again.
    SUBSCRIBED = 4
    #: A subscription was refused, or not answered in time.
    SUBSCRIPTION_ERROR = 5
    #: A member joined a presence channel.
    MEMBER_ADDED = 6
    #: A member left a presence channel.
    MEMBER_REMOVED = 7
    #: How many connections are subscribed to a channel, in `value`.
    SUBSCRIPTION_COUNT = 8
    #: A cache channel has nothing cached.
    CACHE_MISS = 9
    #: A request is done. Handlers see it only where they ask for it by name.
    COMPLETED = 10
    #: A frame of the protocol that the library does not interpret.
    PROTOCOL = 11
    #: A subscription is to be authorised; the package answers it with your authoriser.
    AUTHORIZE = 12
    #: A sign-in is to be authorised; the package answers it with your authoriser.
    AUTHORIZE_USER = 13
    #: A request to an endpoint is to be prepared; the package answers it with your function.
    PREPARE_AUTHORIZATION = 14
    #: An event on an encrypted channel could not be decrypted, and is lost.
    DECRYPTION_ERROR = 15
    #: The user is signed in.
    SIGNED_IN = 16
    #: The sign-in failed.
    SIGN_IN_ERROR = 17
    #: Users on the watchlist went online or offline.
    WATCHLIST = 18
    #: What was published while the connection was lost is missing here; `value` is its length in milliseconds.
    GAP = 19
    #: Your handlers did not keep up, and `value` messages were dropped at this place.
    DROPPED = 20
    #: A line of the library's log, see `log_level`; it goes to the logger "pusherws.library".
    LOG = 21


class ConnectionState(IntEnum):
    """The states of a connection."""

    #: Nothing has been asked for yet.
    INITIALIZED = 0
    #: Trying to connect, for the first time or again.
    CONNECTING = 1
    #: Connected: there is a socket id.
    CONNECTED = 2
    #: Still trying, without success for 10 seconds or more.
    UNAVAILABLE = 3
    #: Not connected, because you disconnected or closed.
    DISCONNECTED = 4
    #: The server refused for good, or the tries have ended: only another connect will try again.
    FAILED = 5


class ChannelState(IntEnum):
    """The states of a channel."""

    #: Not wanted: never subscribed, or unsubscribed.
    NONE = 0
    #: Wanted; will be subscribed as soon as there is a connection.
    WAITING = 1
    #: The server has been asked, and has not answered yet.
    PENDING = 2
    #: Subscribed.
    SUBSCRIBED = 3
    #: Refused, or not answered in time; tried again with the next connection.
    REFUSED = 4


class ChannelKind(IntEnum):
    """The kinds of channel. A channel's whole name begins with its kind's prefix."""

    PUBLIC = 0
    PRIVATE = 1
    PRESENCE = 2
    CACHE = 3
    PRIVATE_CACHE = 4
    PRESENCE_CACHE = 5
    PRIVATE_ENCRYPTED = 6
    PRIVATE_ENCRYPTED_CACHE = 7


class DataFormat(IntEnum):
    """How the server wrote an event's data."""

    #: There is no data.
    NONE = 0
    #: A string, most often JSON itself.
    TEXT = 1
    #: An object, array, number or boolean; `data` is its JSON.
    JSON = 2


class OverLimit(IntEnum):
    """What happens to client events beyond the limit on their rate."""

    #: They wait for their turn.
    WAIT = 0
    #: They fail with RateLimitedError.
    REFUSE = 1
    #: They wait, and a later one with the same name and channel takes the place of an earlier, which is cancelled.
    KEEP_LATEST = 2


class Limits(IntEnum):
    """Whose limits names and data are checked by, before a server is asked."""

    #: What all servers have in common.
    COMMON = 0
    PUSHER = 1
    SOKETI = 2
    REVERB = 3
    SOCKUDO = 4


class QueuePolicy(IntEnum):
    """What happens to messages when your handlers do not keep up."""

    #: The client stops reading from the server until there is room: nothing is lost.
    BLOCK = 0
    #: The messages that have waited longest are dropped, counted and told.
    DROP_OLDEST = 1
    #: The messages that come are dropped, counted and told.
    DROP_NEWEST = 2


class TlsVersion(IntEnum):
    """The versions of TLS."""

    TLS_1_2 = 12
    TLS_1_3 = 13


class Phase(IntEnum):
    """The steps of connecting, each with a time limit of its own."""

    DNS = 0
    TCP = 1
    PROXY = 2
    TLS = 3
    WEBSOCKET = 4


class Cause(IntEnum):
    """How a connection, or a try to make one, came to its end."""

    #: DNS or TCP failed, or the connection just ended.
    NETWORK = 0
    #: The server was silent, or a step of connecting took too long.
    TIMEOUT = 1
    #: The TLS handshake failed, or the server's certificate is not trusted.
    TLS = 2
    #: The server broke the protocol, or sent too large a message.
    PROTOCOL = 3
    #: The server or a proxy refused before there was a WebSocket.
    REFUSED = 4
    #: Close code 4000: with TLS only.
    CLOSE_TLS_ONLY = 5
    #: Close codes 4001 to 4099: not again.
    CLOSE_FATAL = 6
    #: Close codes 4100 to 4199, and 4300 to 4399: later.
    CLOSE_BACK_OFF = 7
    #: Close codes 4200 to 4299: again, at once.
    CLOSE_RECONNECT = 8
    #: Another close code.
    CLOSE_OTHER = 9
    #: You disconnected or closed, or said that the network is another.
    APPLICATION = 10


class LogLevel(IntEnum):
    """How much the library tells in its log."""

    #: Nothing.
    OFF = 0
    #: What the client has given up.
    ERROR = 1
    #: What went wrong, and is tried again.
    WARN = 2
    #: Connecting, changes of state, subscriptions.
    INFO = 3
    #: Every decision, request, ping and authorisation.
    DEBUG = 4
    #: Every frame.
    TRACE = 5


class _Delivery(IntEnum):
    """Who asks for events. This package always polls: no thread of the library ever enters the interpreter."""

    THREAD = 0
    POLL = 1
    INLINE = 2


class _BindFlags(IntEnum):
    """Flags of native bindings, which this package does not use: it binds in Python."""

    ONCE = 1
    GLOB = 2


#: The C prefix of each enumeration's names, for the comparison with the header.
C_PREFIXES: dict[type[IntEnum], str] = {
    Status: "PUSHER_ERR_",
    EventKind: "PUSHER_EVENT_",
    ConnectionState: "PUSHER_STATE_",
    ChannelState: "PUSHER_CHANNEL_STATE_",
    ChannelKind: "PUSHER_CHANNEL_",
    DataFormat: "PUSHER_DATA_",
    OverLimit: "PUSHER_OVER_LIMIT_",
    Limits: "PUSHER_LIMITS_",
    QueuePolicy: "PUSHER_QUEUE_",
    TlsVersion: "PUSHER_",
    Phase: "PUSHER_PHASE_",
    Cause: "PUSHER_CAUSE_",
    LogLevel: "PUSHER_LOG_",
    _Delivery: "PUSHER_DELIVER_",
    _BindFlags: "PUSHER_BIND_",
}
