"""Requests that are under way, by number."""

from __future__ import annotations

import logging
import threading
from typing import Any, Generic, Protocol, TypeVar

from ._calls import Call, start
from .errors import ClosedError, ProtocolError, PusherError, error_for
from .event import Event

T = TypeVar("T")

_log = logging.getLogger("pusherws")


class Pending(Protocol):
    """Whoever waits for a request."""

    def settle(self, event: Event | None, error: PusherError | None) -> None:
        """The request is done: with an event, or with the error that took its place."""


class Outcome(Generic[T]):
    """Reads how a request ended."""

    def __init__(self, call: Call[T]) -> None:
        self.name = call.name
        self._answer = call.answer

    def read(self, event: Event | None, error: PusherError | None) -> T:
        """The answer; raises what the request failed with, always a PusherError."""
        if error is not None:
            raise error
        assert event is not None
        if event.status != 0:
            message = f"{self.name}: {event.data}" if event.data else None
            raise error_for(int(event.status), message, event.code)
        try:
            return self._answer(event)
        except Exception as error:
            # Whatever it is, who waits has to hear of it: this was the request's only end.
            raise ProtocolError(f"{self.name}: the server's answer cannot be read ({type(error).__name__})") from error


class Requests:
    """Those of one client."""

    def __init__(self) -> None:
        # The same thread may come here again, out of a signal's handler.
        self._lock = threading.RLock()
        self._open: dict[int, Pending] = {}

    def start(self, client: Any, call: Call[Any], pending: Pending) -> int:
        """Makes a request. Its end cannot be seen before its number is known."""
        with self._lock:
            number = start(client, call)
            self._open[number] = pending
        return number

    def settle(self, event: Event) -> None:
        """A request is done."""
        with self._lock:
            pending = self._open.pop(event.request, None)
        if pending is not None:
            pending.settle(event, None)

    def close(self) -> None:
        """Nothing will be told any more."""
        with self._lock:
            left, self._open = self._open, {}
        for pending in left.values():
            pending.settle(None, ClosedError("the client was closed before the request was done"))

    def __len__(self) -> int:
        return len(self._open)


def warn(error: PusherError) -> None:
    """A request failed, and nobody waits for it."""
    _log.warning("%s", error)
