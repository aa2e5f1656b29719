"""A request of `Pusher`, which is under way while your program goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from ._calls import Call
from ._requests import Outcome, warn
from .errors import CancelledError, ClosedError, PusherError, StateError, TimeoutError
from .event import Event

T = TypeVar("T")

_log = logging.getLogger("pusherws")


class Request(Generic[T]):
    """A request that has been made. `wait` for it, or let it go on by itself.

    One that fails while nobody waits for it is logged as a warning.
    """

    def __init__(self, call: Call[T], wait: Callable[[threading.Event, float | None], bool]) -> None:
        self._outcome = Outcome(call)
        self._wait = wait
        self._done = threading.Event()
        self._event: Event | None = None
        self._error: PusherError | None = None
        self._value: T | None = None
        self._watched = False
        self._callbacks: list[Callable[[Request[T]], object]] = []
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        """What was asked for, such as "publish private-orders"."""
        return self._outcome.name

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._done.is_set()

    def wait(self, timeout: float | None = None) -> T:
        """Blocks until it is done, at most so many seconds, and returns its answer.

        Raises the PusherError that it ended with; TimeoutError where it is not done yet, and goes on; WouldDeadlockError inside a
        handler, which would wait for itself.
        """
        self._watched = True
        if not self._done.is_set() and not self._wait(self._done, timeout):
            raise TimeoutError(f"{self.name} is not done within {timeout} s; it goes on")
        return self.result()

    def result(self) -> T:
        """Its answer, without waiting.

        Raises what it ended with; StateError where it is not done.
        """
        self._watched = True
        if not self._done.is_set():
            raise StateError(f"{self.name} is not done yet; wait for it")
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]

    def exception(self) -> PusherError | None:
        """What it failed with; None where it did well or is not done."""
        self._watched = True
        return self._error

    def add_done_callback(self, callback: Callable[[Request[T]], object]) -> None:
        """Calls a function with this request when it is done, where handlers run; at once where it is done already."""
        self._watched = True
        with self._lock:
            if not self._done.is_set():
                self._callbacks.append(callback)
                return
        callback(self)

    def settle(self, event: Event | None, error: PusherError | None) -> None:
        """The request is done. Called by the client."""
        try:
            self._value = self._outcome.read(event, error)
        except PusherError as failure:
            self._error = failure
            if not self._watched and not isinstance(failure, (CancelledError, ClosedError)):
                warn(failure)
        with self._lock:
            self._done.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            try:
                callback(self)
            except Exception:
                _log.exception("a callback for the end of %s failed", self.name)

    def __repr__(self) -> str:
        how = "done" if self._error is None else f"failed: {self._error}"
        if not self._done.is_set():
            how = "under way"
        return f"<Request {self.name} ({how})>"
