"""The requests of the C API: for each, the function, its arguments, and how its answer is read.

`Pusher` and `AsyncPusher` start the same ones, and differ in how they wait.
"""

from __future__ import annotations

import ctypes
import json
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from . import _raw
from ._convert import Data, data, json_text, milliseconds, optional, text, texts
from .auth import ChannelAuth
from .errors import ArgumentError, check
from .event import Event

T = TypeVar("T")


class Call(Generic[T]):
    """A request that has not been made yet."""

    __slots__ = ("answer", "arguments", "function", "name")

    def __init__(self, name: str, arguments: Sequence[Any], answer: Callable[[Event], T]) -> None:
        #: What it is called in messages.
        self.name = name
        self.function = getattr(_raw.lib, f"pusher_client_{name.split()[0]}")
        self.arguments = arguments
        self.answer = answer


class BatchEvent(NamedTuple):
    """One event of `trigger_batch`."""

    channel: str
    event: str
    data: Data = None
    #: The connection that is not to receive it.
    socket_id: str | None = None
    #: What to tell about the channel, such as "subscription_count".
    info: str | None = None


def _nothing(_event: Event) -> None:
    return None


def _json(event: Event) -> Any:
    """The server's answer, as text where it cannot be read; servers say little where they have nothing to say."""
    try:
        return json.loads(event.data) if event.data else {}
    except (ValueError, RecursionError):
        # What is nested deeper than Python reads is valid, and no less text.
        return event.data


def _seconds(event: Event) -> float:
    return event.value / 1_000_000


def connect() -> Call[None]:
    return Call("connect", (), _nothing)


def disconnect() -> Call[None]:
    return Call("disconnect", (), _nothing)


def ping() -> Call[float]:
    return Call("ping", (), _seconds)


def retry(delay: float | None) -> Call[None]:
    delay_ms = -1 if delay is None else milliseconds(delay, "delay")
    return Call("retry", (delay_ms,), _nothing)


def network_changed() -> Call[None]:
    return Call("network_changed", (), _nothing)


def sign_in() -> Call[None]:
    return Call("sign_in", (), _nothing)


def subscribe(channel: str, user: Any = None, auth: ChannelAuth | None = None) -> Call[None]:
    name = text(channel, "channel")
    user_text = None if user is None else text(json_text(user, "user"), "user")
    if auth is None:
        return Call(f"subscribe {channel}", (name, user_text), _nothing)
    if user is not None:
        raise ArgumentError("user and auth are given together; a ready-made auth has the user in its channel_data")
    permission = (
        text(auth.auth, "auth"),
        optional(auth.channel_data, "channel_data"),
        optional(auth.shared_secret, "shared_secret"),
    )
    return Call(f"subscribe_with_auth {channel}", (name, *permission), _nothing)


def unsubscribe(channel: str) -> Call[None]:
    return Call(f"unsubscribe {channel}", (text(channel, "channel"),), _nothing)


def unsubscribe_all() -> Call[None]:
    return Call("unsubscribe_all", (), _nothing)


def publish(channel: str, event: str, content: Data) -> Call[None]:
    sent = data(content)
    arguments = (text(channel, "channel"), text(event, "event"), sent, len(sent))
    return Call(f"publish {channel}", arguments, _nothing)


def trigger(channels: str | Iterable[str], event: str, content: Data, socket_id: str | None, info: str | None) -> Call[Any]:
    names = [channels] if isinstance(channels, str) else list(channels)
    sent = data(content)
    arguments = (
        texts(names, "channels"),
        len(names),
        text(event, "event"),
        sent,
        len(sent),
        optional(socket_id, "socket_id"),
        optional(info, "info"),
    )
    return Call("trigger", arguments, _json)


class _Batch:
    """A `pusher_batch` that is freed when it is no more needed."""

    def __init__(self, events: Iterable[BatchEvent | tuple[Any, ...]]) -> None:
        self.handle = _raw.lib.pusher_batch_new()
        weakref.finalize(self, _raw.lib.pusher_batch_free, self.handle)
        for each in events:
            event = BatchEvent(*each)
            sent = data(event.data)
            status = _raw.lib.pusher_batch_add(
                self.handle,
                text(event.channel, "channel"),
                text(event.event, "event"),
                sent,
                len(sent),
                optional(event.socket_id, "socket_id"),
                optional(event.info, "info"),
            )
            check(status)

    @property
    def _as_parameter_(self) -> Any:
        return self.handle


def trigger_batch(events: Iterable[BatchEvent | tuple[Any, ...]]) -> Call[Any]:
    return Call("trigger_batch", (_Batch(events),), _json)


def get_channels(prefix: str | None, info: str | None) -> Call[Any]:
    return Call("get_channels", (optional(prefix, "prefix"), optional(info, "info")), _json)


def get_channel(channel: str, info: str | None) -> Call[Any]:
    return Call(f"get_channel {channel}", (text(channel, "channel"), optional(info, "info")), _json)


def get_users(channel: str) -> Call[Any]:
    return Call(f"get_users {channel}", (text(channel, "channel"),), _json)


def terminate_user(user_id: str) -> Call[Any]:
    return Call("terminate_user", (text(user_id, "user_id"),), _json)


def send_to_user(user_id: str, event: str, content: Data) -> Call[Any]:
    sent = data(content)
    arguments = (text(user_id, "user_id"), text(event, "event"), sent, len(sent))
    return Call("send_to_user", arguments, _json)


def start(client: Any, call: Call[Any]) -> int:
    """Makes the request; its number. Raises what is wrong with it at once."""
    number = ctypes.c_uint64(0)
    check(call.function(client, *call.arguments, ctypes.byref(number)))
    return number.value
