"""The HTTP API: publishing as a server does, and asking what is going on. Needs `app_id` and `secret`, and no connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from . import _calls
from ._calls import BatchEvent, Call
from ._convert import Data
from .request import Request

T = TypeVar("T")


class HttpApi:
    """The part of `Pusher` that calls the HTTP API.

    Requests fail with AuthError, TooLargeError or RefusedError and the server's `code`; with NetworkError or TimeoutError where the server
    could not be asked. They raise AuthError at once where app id or secret are missing.
    """

    def _start(self, call: Call[T]) -> Request[T]:
        raise NotImplementedError

    def trigger(
        self,
        channels: str | Iterable[str],
        event: str,
        data: Data = None,
        *,
        socket_id: str | None = None,
        info: str | None = None,
    ) -> Request[Any]:
        """Publishes an event on one to a hundred channels, of any kind, to everybody but the connection `socket_id`. On an encrypted
        channel, one only, it is encrypted first. `info` asks about the channels, such as "subscription_count"; the answer is the
        server's."""
        return self._start(_calls.trigger(channels, event, data, socket_id, info))

    def trigger_batch(self, events: Iterable[BatchEvent | tuple[Any, ...]]) -> Request[Any]:
        """Publishes one to ten events in one call: tuples of channel, event, data, and what else a `BatchEvent` has."""
        return self._start(_calls.trigger_batch(events))

    def get_channels(self, prefix: str | None = None, info: str | None = None) -> Request[Any]:
        """Which channels are in use: {"channels": {"presence-room": {"user_count": 2}}}."""
        return self._start(_calls.get_channels(prefix, info))

    def get_channel(self, channel: str, info: str | None = None) -> Request[Any]:
        """About one channel: {"occupied": True, "subscription_count": 3}."""
        return self._start(_calls.get_channel(channel, info))

    def get_users(self, channel: str) -> Request[Any]:
        """Who is on a presence channel, as the server sees it: {"users": [{"id": "1"}]}."""
        return self._start(_calls.get_users(channel))

    def terminate_user(self, user_id: str) -> Request[Any]:
        """Has the server end all connections of a signed-in user."""
        return self._start(_calls.terminate_user(user_id))

    def send_to_user(self, user_id: str, event: str, data: Data = None) -> Request[Any]:
        """Publishes an event to one signed-in user, on all connections."""
        return self._start(_calls.send_to_user(user_id, event, data))
