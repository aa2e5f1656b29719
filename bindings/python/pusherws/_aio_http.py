"""The HTTP API for asyncio; see `_http`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from . import _calls
from ._calls import BatchEvent, Call
from ._convert import Data

T = TypeVar("T")


class AsyncHttpApi:
    """The part of `AsyncPusher` that calls the HTTP API.

    All raise AuthError where app id or secret are missing or wrong; TooLargeError or RefusedError with the server's `code`; NetworkError
    or TimeoutError where the server could not be asked.
    """

    async def _request(self, call: Call[T], timeout: float | None = None) -> T:
        raise NotImplementedError

    async def trigger(
        self,
        channels: str | Iterable[str],
        event: str,
        data: Data = None,
        *,
        socket_id: str | None = None,
        info: str | None = None,
    ) -> Any:
        """Publishes an event on one to a hundred channels, of any kind, to everybody but the connection `socket_id`. On an encrypted
        channel, one only, it is encrypted first. `info` asks about the channels, such as "subscription_count"; the answer is the
        server's."""
        return await self._request(_calls.trigger(channels, event, data, socket_id, info))

    async def trigger_batch(self, events: Iterable[BatchEvent | tuple[Any, ...]]) -> Any:
        """Publishes one to ten events in one call: tuples of channel, event, data, and what else a `BatchEvent` has."""
        return await self._request(_calls.trigger_batch(events))

    async def get_channels(self, prefix: str | None = None, info: str | None = None) -> Any:
        """Which channels are in use: {"channels": {"presence-room": {"user_count": 2}}}."""
        return await self._request(_calls.get_channels(prefix, info))

    async def get_channel(self, channel: str, info: str | None = None) -> Any:
        """About one channel: {"occupied": True, "subscription_count": 3}."""
        return await self._request(_calls.get_channel(channel, info))

    async def get_users(self, channel: str) -> Any:
        """Who is on a presence channel, as the server sees it: {"users": [{"id": "1"}]}."""
        return await self._request(_calls.get_users(channel))

    async def terminate_user(self, user_id: str) -> Any:
        """Has the server end all connections of a signed-in user."""
        return await self._request(_calls.terminate_user(user_id))

    async def send_to_user(self, user_id: str, event: str, data: Data = None) -> Any:
        """Publishes an event to one signed-in user, on all connections."""
        return await self._request(_calls.send_to_user(user_id, event, data))
