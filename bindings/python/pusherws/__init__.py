"""A client for the Pusher Channels protocol, and for every server of it: soketi, Laravel Reverb, Sockudo.

    from pusherws import Pusher

    with Pusher("app-key", cluster="eu") as pusher:
        pusher.subscribe("orders").bind("created", print)
        pusher.run()

`Pusher` is for programs with threads, `AsyncPusher` for asyncio, `pusherws.server` for those who authorise others.
"""

from __future__ import annotations

from ._calls import BatchEvent
from ._routing import Binding
from ._streams import Stream
from ._version import VERSION as __version__
from .aio import AsyncChannel, AsyncPusher
from .auth import (
    AuthEndpoint,
    AuthRequest,
    ChannelAuth,
    Prepared,
    PrepareRequest,
    UserAuth,
    UserAuthRequest,
)
from .channel import Channel
from .client import Pusher
from .enums import (
    Cause,
    ChannelKind,
    ChannelState,
    ConnectionState,
    DataFormat,
    EventKind,
    Limits,
    LogLevel,
    OverLimit,
    Phase,
    QueuePolicy,
    Status,
    TlsVersion,
)
from .errors import (
    ArgumentError,
    AuthError,
    CancelledError,
    ChannelNameError,
    ClosedError,
    DecryptionError,
    ForbiddenError,
    ForkedError,
    HandleError,
    InternalError,
    NetworkError,
    NotConnectedError,
    NotFoundError,
    NotSubscribedError,
    ProtocolError,
    PusherError,
    QueueFullError,
    RateLimitedError,
    RefusedError,
    ResourceError,
    StateError,
    TlsError,
    TooLargeError,
    UnsupportedError,
    WouldDeadlockError,
)
from .errors import TimeoutError as TimeoutError  # not in __all__, where it would hide Python's own
from .event import Details, Event
from .members import Member, Members
from .metrics import ChannelMetrics, Metrics
from .options import Delivery, NameLimits, Network, Proxy, Publishing, Reconnect, Timeouts, Tls
from .request import Request

__all__ = [
    "ArgumentError",
    "AsyncChannel",
    "AsyncPusher",
    "AuthEndpoint",
    "AuthError",
    "AuthRequest",
    "BatchEvent",
    "Binding",
    "CancelledError",
    "Cause",
    "Channel",
    "ChannelAuth",
    "ChannelKind",
    "ChannelMetrics",
    "ChannelNameError",
    "ChannelState",
    "ClosedError",
    "ConnectionState",
    "DataFormat",
    "DecryptionError",
    "Delivery",
    "Details",
    "Event",
    "EventKind",
    "ForbiddenError",
    "ForkedError",
    "HandleError",
    "InternalError",
    "Limits",
    "LogLevel",
    "Member",
    "Members",
    "Metrics",
    "NameLimits",
    "Network",
    "NetworkError",
    "NotConnectedError",
    "NotFoundError",
    "NotSubscribedError",
    "OverLimit",
    "Phase",
    "PrepareRequest",
    "Prepared",
    "ProtocolError",
    "Proxy",
    "Publishing",
    "Pusher",
    "PusherError",
    "QueueFullError",
    "QueuePolicy",
    "RateLimitedError",
    "Reconnect",
    "RefusedError",
    "Request",
    "ResourceError",
    "StateError",
    "Status",
    "Stream",
    "Timeouts",
    "Tls",
    "TlsError",
    "TlsVersion",
    "TooLargeError",
    "UnsupportedError",
    "UserAuth",
    "UserAuthRequest",
    "WouldDeadlockError",
    "__version__",
]
