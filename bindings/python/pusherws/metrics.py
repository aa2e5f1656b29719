"""What a client has counted."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeVar

from . import _raw
from ._structs import pusher_metrics, pusher_totals
from .enums import Cause, ChannelState, ConnectionState, EventKind, Status
from .errors import check

K = TypeVar("K", bound=IntEnum)


@dataclass(frozen=True)
class ChannelMetrics:
    """What was counted of one channel, from its subscribe to its unsubscribe, over every reconnect."""

    state: ChannelState
    #: Messages that came on it, dropped ones included.
    messages: int
    #: The bytes of their data.
    bytes: int
    #: When the last of them came, in seconds since 1970; None where there was none.
    last: float | None


@dataclass(frozen=True)
class Metrics:
    """What a client has counted since it was made. Numbers that only grow, but for those that say how something is at the moment.

    Times are seconds. docs/observing.md says what the numbers are good for.
    """

    state: ConnectionState
    #: When the present connection was established, in seconds since 1970; None without one.
    connected_since: float | None
    #: Events that were told, by kind.
    events: Mapping[EventKind, int]
    messages: int
    #: Messages that were dropped because the handlers did not keep up.
    dropped: int
    #: Text frames and the bytes they carried, both ways.
    frames_in: int
    bytes_in: int
    frames_out: int
    bytes_out: int
    #: Bytes that wait for the network, and events that wait for this package, at this moment.
    unsent_bytes: int
    queue_depth: int
    queue_bytes: int
    #: The most events that ever waited at the same time.
    queue_high_water: int
    #: Connections that were begun, and those of them that were established.
    tries: int
    connects: int
    #: Established connections that ended, and tries that ended before, by cause.
    losses: Mapping[Cause, int]
    failed_tries: Mapping[Cause, int]
    #: Pings that were answered, and how long they took: None where there was none.
    pongs: int
    ping_last: float | None
    ping_min: float | None
    ping_max: float | None
    #: So long or less took 50, 90 and 99 of a hundred.
    ping_p50: float | None
    ping_p90: float | None
    ping_p99: float | None
    #: The channels that are wanted, by name.
    channels: Mapping[str, ChannelMetrics]


def read(client: Any) -> Metrics:
    """A client's metrics, as of now."""
    handle = pusher_metrics()
    check(_raw.lib.pusher_client_metrics(client, ctypes.byref(handle)))
    try:
        return _read(handle)
    finally:
        _raw.lib.pusher_metrics_free(handle)


#: What is taken as it is.
_PLAIN = (
    *("messages", "dropped", "frames_in", "bytes_in", "frames_out", "bytes_out", "unsent_bytes"),
    *("queue_depth", "queue_bytes", "queue_high_water", "tries", "connects", "pongs"),
)
_PINGS = ("last", "min", "max", "p50", "p90", "p99")


def _read(handle: pusher_metrics) -> Metrics:
    totals: pusher_totals = _raw.lib.pusher_metrics_totals(handle).contents
    plain: dict[str, Any] = {name: getattr(totals, name) for name in _PLAIN}
    pings: dict[str, Any] = {f"ping_{name}": (getattr(totals, f"ping_{name}_us") / 1e6) or None for name in _PINGS}
    channels = {}
    for index in range(_raw.lib.pusher_metrics_channel_count(handle)):
        found = _raw.lib.pusher_metrics_channel_at(handle, index).contents
        name = ctypes.string_at(found.name, found.name_len).decode()
        last = found.last_ms / 1000 if found.last_ms else None
        channels[name] = ChannelMetrics(ChannelState(found.state), found.messages, found.bytes, last)
    return Metrics(
        state=ConnectionState(totals.state),
        connected_since=totals.connected_since_ms / 1000 if totals.connected_since_ms else None,
        events=_counts(handle, _raw.lib.pusher_metrics_events, EventKind),
        losses=_counts(handle, _raw.lib.pusher_metrics_losses, Cause),
        failed_tries=_counts(handle, _raw.lib.pusher_metrics_failed_tries, Cause),
        channels=channels,
        **plain,
        **pings,
    )


def _counts(handle: pusher_metrics, ask: Callable[..., int], kinds: type[K]) -> dict[K, int]:
    """Those that were counted at all."""
    found = {}
    count = ctypes.c_uint64(0)
    for kind in kinds:
        # Of PUSHER_EVENT_DROPPED there is no count, and it says so.
        status = ask(handle, int(kind), ctypes.byref(count))
        if status != Status.ARGUMENT:
            check(status)
            if count.value:
                found[kind] = count.value
        count.value = 0
    return found
