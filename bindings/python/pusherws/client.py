"""`Pusher`: the client for programs with threads."""

from __future__ import annotations

import contextlib
import select
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, Literal, TypeVar

from . import _calls, _convert, _exit, _raw
from ._base import ClientBase
from ._calls import Call
from ._convert import Data
from ._http import HttpApi
from ._pump import Pump, descriptor, fetch
from ._routing import Binding
from ._structs import pusher_events
from ._workers import Workers, hook
from .auth import ChannelAuth
from .channel import Channel
from .enums import ChannelKind, Status
from .errors import ArgumentError, ClosedError, StateError, WouldDeadlockError, check
from .event import Event
from .request import Request

T = TypeVar("T")

#: Where waiting for a lock cannot be interrupted, Ctrl-C has to wait for the end of a slice.
_SLICE = 0.05 if sys.platform == "win32" else None


class Pusher(ClientBase, HttpApi):
    """A connection with handlers that run on one thread of its own, one after another; or, with `Delivery(threaded=False)`, only inside
    of `dispatch`, `run` and waits, on the thread that calls them.

    Any method may be called from any thread and from any handler. Requests return at once; `wait` for one where its end matters. As a
    context manager it connects and closes.
    """

    def _prepare_delivery(self) -> None:
        self._threaded = self._options.delivery is None or self._options.delivery.threaded
        self._channels: dict[str, Channel] = {}
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._workers = Workers("pusherws-auth")
        # Taken by the thread that delivers; only where the client has none of its own are there several.
        self._turn = threading.Lock()

    # Connecting.

    def connect(self) -> Request[None]:
        """Connects, and stays connected: what is lost is tried again until you disconnect or close, the server refuses for good, or
        your `Reconnect` ends the tries.

        Done when the server has given a socket id. Fails with RefusedError and the close code where the server refused for good. A
        network that is down is tried again, without end.
        """
        return self._start(_calls.connect())

    def disconnect(self) -> Request[None]:
        """Disconnects. What is subscribed stays wanted, and is subscribed again by the next connect."""
        return self._start(_calls.disconnect())

    def ping(self) -> Request[float]:
        """Pings the server. The answer is the round trip in seconds; fails with NotConnectedError or TimeoutError."""
        return self._start(_calls.ping())

    def retry(self, delay: float | None) -> Request[None]:
        """Decides about the try to connect that is being waited for: in so many seconds, or None for not at all. Fails with StateError
        where none is waited for."""
        return self._start(_calls.retry(delay))

    def network_changed(self) -> Request[None]:
        """Tells that the machine has another network now: the connection is probed, or tried at once."""
        return self._start(_calls.network_changed())

    def sign_in(self) -> Request[None]:
        """Signs the user in, now and after every reconnect. Needs `user` with a secret, or `user_auth`. Fails with AuthError, or with
        TimeoutError where the server knows no users."""
        return self._start(_calls.sign_in())

    # Channels.

    def channel(self, name: str, kind: ChannelKind | None = None) -> Channel:
        """A channel by its whole name, or by kind and bare name. Subscribes to nothing.

        Raises ChannelNameError where the name does not fit the kind.
        """
        whole = name if kind is None else _convert.channel_name(kind, name)
        with self._lock:
            found = self._channels.get(whole)
            if found is None:
                found = self._channels[whole] = Channel(self, whole)
            return found

    def subscribe(self, name: str, *, kind: ChannelKind | None = None, user: Any = None, auth: ChannelAuth | None = None) -> Channel:
        """Subscribes to a channel, now and after every reconnect, until you unsubscribe; also before there is a connection. Returns at
        once: `wait` on the channel for the server's answer.

        `user` is the presence user of this channel, {"user_id": …, "user_info": …}; `auth` a ready-made permission, which is good for the
        present connection only.

        Raises ChannelNameError where the name breaks a rule, AuthError where `auth` is malformed.
        """
        self._check()
        channel = self.channel(name, kind)
        channel._asked = self._start(_calls.subscribe(channel.name, user, auth))
        return channel

    def unsubscribe(self, name: str) -> Request[None]:
        """Unsubscribes. Fails with NotSubscribedError where the channel was not wanted."""
        request = self._start(_calls.unsubscribe(name))
        with self._lock:
            # Who still has it can use it; a program that goes through many names does not collect them.
            self._channels.pop(name, None)
        return request

    def unsubscribe_all(self) -> Request[None]:
        """Unsubscribes from all channels."""
        request = self._start(_calls.unsubscribe_all())
        with self._lock:
            self._channels.clear()
        return request

    def publish(self, channel: str, event: str, data: Data = None) -> Request[None]:
        """Publishes a client event on a private or presence channel: the other subscribers receive it. "client-" is put before the name
        where it is missing. What is no text is sent as JSON. On a public channel it goes through the HTTP API, where app id and secret
        are set: under its name as it is, and to you, too.

        It waits while the channel is being subscribed, and for its turn within the limit on the rate (`Publishing`). Done when it has
        been handed to the connection; the protocol has no confirmation. Raises ForbiddenError where the protocol has no client events;
        fails with NotSubscribedError, TimeoutError, QueueFullError, RateLimitedError.
        """
        return self._start(_calls.publish(channel, event, data))

    # Delivery.

    def dispatch(self, timeout: float | None = 0.0, max_events: int | None = None) -> int:
        """Calls the handlers for events that wait, on this thread; waits for the first at most so many seconds, None without end.
        Returns how many events there were, 0 where there was none. `max_events` is the most of them; None or 0 is all that wait.

        KeyboardInterrupt ends it at once, and what was not delivered waits for the next call. Raises StateError where the client has a
        thread of its own and inside a handler, ArgumentError where `max_events` is negative, and ClosedError where it is closed and has
        told everything.
        """
        if max_events is not None and max_events < 0:
            raise ArgumentError(f"max_events is {max_events}; it has to be 0 or more, where 0 is all that wait")
        if self._threaded:
            raise StateError("this client has a thread of its own that delivers; make it with Delivery(threaded=False)")
        # Before the turn, which a thread that is not here may have.
        self._check_process()
        if self._pump.is_inside():
            raise StateError("dispatch was called by a handler that it has called; return first")
        deadline = None if timeout is None else time.monotonic() + timeout
        if not _acquire(self._turn, deadline):
            return 0
        try:
            return self._pump_once(deadline, max_events or None)
        finally:
            self._turn.release()

    def run(self, timeout: float | None = None) -> bool:
        """Delivers until the client is closed, at most so many seconds: on this thread, or, where the client has one of its own, by
        waiting for it. True where it was closed."""
        deadline = None if timeout is None else time.monotonic() + timeout
        if self._threaded:
            return self._wait(self._ended, timeout)
        while True:
            with contextlib.suppress(ClosedError):
                self.dispatch(None if deadline is None else max(0.0, deadline - time.monotonic()))
            if self._ended.is_set():
                return True
            if deadline is not None and time.monotonic() >= deadline:
                return False

    def fileno(self) -> int:
        """A descriptor that is readable while there are events to dispatch, for select, poll and event loops, where the client has no
        thread of its own. Do not read or close it; it ends with the client."""
        self._check()
        return descriptor(self._handle)

    def close(self, timeout: float = 2.0) -> None:
        """Closes politely, and waits at most so many seconds: what was given to the connection is sent, everything else, such as
        calls of the HTTP API under way, fails with CancelledError (wait for those that matter), and the handlers get all events. Then no
        function of yours is called any more. Twice is fine.

        It waits for a handler that is running, but cannot end one: where the time is over, it returns without it. A function that
        authorises, or decides about a try to connect, may run to its end on its thread, and its answer goes nowhere. Inside a handler it
        begins to close, and waits for nothing. In the child of a fork it does nothing: the client is the parent's.
        """
        if not self._release.alive or self._is_in_child():
            return
        self._closed = True
        deadline = time.monotonic() + timeout
        _raw.lib.pusher_client_close(self._handle, 0)
        if self._pump.is_inside():
            return
        try:
            if not self._threaded:
                while not self._ended.is_set() and time.monotonic() < deadline:
                    with contextlib.suppress(ClosedError):
                        self.dispatch(max(0.0, deadline - time.monotonic()))
            elif self._thread is not None:
                self._wait(self._ended, timeout)
        finally:
            self._end()
            if self._thread is not None and self._thread is not threading.current_thread():
                self._thread.join(max(0.0, deadline - time.monotonic()))

    def __enter__(self) -> Pusher:
        connected = self.connect()
        if self._open_timeout is not None:
            try:
                connected.wait(self._open_timeout)
            except BaseException:
                self.close()
                raise
        return self

    def __exit__(self, *_: object) -> Literal[False]:
        self.close()
        return False

    # How it works.

    def _start(self, call: Call[T]) -> Request[T]:
        self._check()
        request = Request(call, self._wait)
        self._requests.start(self._handle, call, request)
        if self._threaded and self._thread is None:
            self._start_thread()
        return request

    def _start_thread(self) -> None:
        with self._lock:
            if self._thread is None and self._release.alive:
                what = (self._handle, weakref.ref(self), weakref.ref(self._pump), self._ended)
                thread = threading.Thread(target=_deliver, args=what, name="pusherws", daemon=True)
                thread.start()
                self._thread = thread
                _exit.add(self._handle, thread)

    def _wait(self, done: threading.Event, timeout: float | None) -> bool:
        """Waits, and delivers meanwhile where nobody else does."""
        # Its thread is not here, and its locks may be held for ever.
        self._check_process()
        if self._pump.is_inside():
            raise WouldDeadlockError(
                "waiting inside a handler would stop the delivery that is waited for; return, or wait on another thread"
            )
        deadline = None if timeout is None else time.monotonic() + timeout
        while not done.is_set():
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            if self._threaded or self._ended.is_set():
                _wait_slice(done, left, _SLICE)
            elif self._turn.acquire(blocking=False):
                try:
                    with contextlib.suppress(ClosedError):
                        self._pump_once(deadline, None)
                finally:
                    self._turn.release()
            else:
                # Another thread delivers, and may stop doing so.
                _wait_slice(done, left, 0.05)
        return True

    def _pump_once(self, deadline: float | None, max_events: int | None) -> int:
        """Delivers what waits, on this thread, which has the turn."""
        while True:
            delivered = self._pump.deliver(max_events)
            # What is loaded is delivered before more is, which would take its place.
            if delivered or self._pump.has_backlog():
                return delivered
            status = self._pump.take(self._handle, 0)
            if status == Status.OK:
                continue
            if status != Status.TIMEOUT:
                closed = status in (Status.CLOSED, Status.HANDLE)
                if closed:
                    self._end()
                    raise ClosedError("this client is closed, and has told everything")
                check(status)
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return 0
            self._wait_for_events(left)

    def _wait_for_events(self, left: float | None) -> None:
        """Waits on the descriptor, which Ctrl-C interrupts, where a wait inside the library would not hear of it.

        Not for long: a client that another thread frees meanwhile takes its descriptor along, without a word.
        """
        left = 1.0 if left is None else min(left, 1.0)
        if sys.platform == "win32" or not hasattr(select, "poll"):
            select.select([self.fileno()], [], [], min(left, 0.05))
            return
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        poll.poll(left * 1000)

    def _end(self) -> None:
        """Nothing runs any more from here on."""
        self._closed = True
        self._router.close()
        self._free()
        self._requests.close()
        self._ended.set()

    def _handler_failed(self, error: BaseException, event: Event, binding: Binding) -> None:
        if self._on_error is not None:
            try:
                self._on_error(error, event)
                return
            except Exception as another:
                error = another
        hook(error)

    def _function_failed(self, what: str, error: BaseException) -> None:
        if self._on_error is not None:
            try:
                self._on_error(error, None)
                return
            except Exception as another:
                error = another
        hook(error)

    def _consult(self, function: Callable[[Any], Any], question: Any, answer: Callable[[Any], None]) -> None:
        def ask() -> None:
            if not self._release.alive:
                # It waited for a thread, and nobody needs the answer any more.
                return
            try:
                result = function(question)
            except Exception as error:
                result = error
            answer(result)

        if not self._threaded:
            ask()
            return
        try:
            self._workers.run(ask)
        except RuntimeError as error:
            # There is no thread for it. Who waits for the answer is told so now, and not when its time is over.
            answer(error)


def _deliver(handle: Any, owner: weakref.ref[Pusher], pump: weakref.ref[Pump], ended: threading.Event) -> None:
    """Delivers until the client has told everything, or is freed, on a thread of its own."""
    # Only while there is something to deliver does it keep more than the ticket, so that a client which nobody has any more can end.
    events = pusher_events()
    while True:
        status = fetch(handle, -1, events)
        found = pump()
        if status != Status.OK:
            break
        if found is None:
            # Nobody has the client any more, and this batch reaches no handler.
            _raw.lib.pusher_events_free(events)
            break
        found.load(events)
        while found.has_backlog():
            try:
                found.deliver()
            except BaseException as error:
                # A sys.exit() in a handler ends a thread, but not this one: others rely on it.
                hook(error)
        del found
    client = owner()
    if client is not None:
        client._end()
    ended.set()


def _acquire(lock: threading.Lock, deadline: float | None) -> bool:
    while True:
        left = -1 if deadline is None else max(0.0, deadline - time.monotonic())
        slice_ = left if _SLICE is None else (_SLICE if left < 0 else min(left, _SLICE))
        if lock.acquire(timeout=slice_):
            return True
        if left >= 0 and time.monotonic() >= (deadline or 0.0):
            return False


def _wait_slice(done: threading.Event, left: float | None, longest: float | None) -> None:
    if longest is not None:
        left = longest if left is None else min(left, longest)
    done.wait(left)
