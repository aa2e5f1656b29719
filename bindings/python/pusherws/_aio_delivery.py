"""Events onto an event loop.

The loop watches the library's descriptor. Where it cannot (the Proactor loop of Windows watches no descriptors), a thread waits in its
place, fetches a batch, and hands it to the loop, one at a time.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import _exit, _raw
from ._pump import Pump, descriptor, fetch
from ._structs import pusher_events
from .enums import Status

if TYPE_CHECKING:
    from .aio import AsyncPusher

#: How many events are delivered before other tasks have their turn: about a millisecond's worth.
_CHUNK = 1024


class LoopDelivery:
    """Delivers on the loop on which it was started. Fetches no more while a task that iterates is behind, except while somebody waits for
    an answer, which comes behind the events, and at the end: what the library has then is bounded by its queue."""

    def __init__(self, client: AsyncPusher) -> None:
        self._client = weakref.ref(client)
        self._pump: Pump = client._pump
        self._handle = client._handle
        self._loop: asyncio.AbstractEventLoop | None = None
        self._descriptor: int | None = None
        self._watching = False
        self._paused = False
        self._scheduled: asyncio.Handle | None = None
        self._waiter: Waiter | None = None
        self._stopped = False
        self._ended: asyncio.Future[None] | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The client's loop; the running one, where it has none yet."""
        return self._loop or asyncio.get_running_loop()

    def start(self) -> None:
        """Begins on the running loop, unless it has begun."""
        running = asyncio.get_running_loop()
        if self._loop is running:
            return
        if self._loop is not None:
            raise RuntimeError("this client belongs to another event loop; make one for each")
        number = descriptor(self._handle)
        try:
            self._watch(running, number)
            self._descriptor = number
        except NotImplementedError:
            waiter = Waiter(self, running)
            waiter.thread.start()
            self._waiter = waiter
            _exit.add(self._handle, waiter.thread)
        self._ended = running.create_future()
        # Last: where the system refuses one of these, the next call begins anew.
        self._loop = running

    def begin_closing(self) -> None:
        """What waits is delivered, and then it ends."""
        self.start()
        _raw.lib.pusher_client_close(self._handle, 0)
        self.resume()

    async def ended(self) -> None:
        """Returns when all has been delivered."""
        assert self._ended is not None
        await asyncio.shield(self._ended)

    def stop(self) -> None:
        """Fetches and delivers nothing any more. Before the client is freed, and its descriptor with it."""
        self._stopped = True
        self._unwatch()
        if self._scheduled is not None:
            self._scheduled.cancel()
        if self._waiter is not None:
            self._waiter.stop()
        if self._ended is not None and not self._ended.done() and self._loop and not self._loop.is_closed():
            self._ended.set_result(None)

    def forgotten(self) -> Callable[[Callable[[], None]], None]:
        """What frees a client that nobody has any more: not before the loop has forgotten the descriptor."""
        state = self._at_loop = _AtLoop()
        return state.release

    def resume(self) -> None:
        """Goes on, where it was paused."""
        if self._paused and not self._stopped and self._loop is not None:
            self._paused = False
            self._soon()

    def wake(self) -> None:
        """There is something to fetch."""
        if not self._paused and not self._stopped:
            self._deliver()

    def _soon(self) -> None:
        if self._scheduled is None and self._loop is not None:
            self._scheduled = self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._scheduled = None
        self.wake()

    def _watch(self, loop: asyncio.AbstractEventLoop | None, number: int | None) -> None:
        if not self._watching and loop is not None and number is not None:
            # Weak: what the loop watches must not keep a client that nobody has any more.
            loop.add_reader(number, wake_weakly, weakref.ref(self))
            self._watching = True
            self._at_loop.set(loop, number)

    def _unwatch(self) -> None:
        if self._watching and self._descriptor is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._descriptor)
        self._watching = False
        self._at_loop.set(None, None)

    def _deliver(self) -> None:
        """Delivers what waits, up to a chunk, and says when to come again."""
        client = self._client()
        if client is None:
            return
        status: int = Status.OK
        try:
            left = _CHUNK
            while left > 0 and status == Status.OK:
                left -= self._pump.deliver(left)
                if not self._pump.has_backlog():
                    # Until there is nothing more, and the descriptor learns it.
                    status = self._take()
        finally:
            # Also where an exception ends the loop: what was not delivered waits for another run of it.
            if self._stopped:
                pass
            elif status not in (Status.OK, Status.TIMEOUT):
                client._end()
            elif client._streams.full and not client._requests and not client._closed:
                self._paused = True
                self._unwatch()
            else:
                self._watch(self._loop, self._descriptor)
                if self._pump.has_backlog():
                    self._soon()

    def _take(self) -> int:
        """Loads the next batch. The status."""
        if self._waiter is not None:
            return self._waiter.take(self._pump)
        return self._pump.take(self._handle, 0)


def wake_weakly(delivery: weakref.ref[LoopDelivery]) -> None:
    """Wakes it, where it still lives."""
    found = delivery()
    if found is not None:
        found.wake()


class _AtLoop:
    """What a loop watches for a client, apart from the client, so that it can be undone when that is gone."""

    def __init__(self) -> None:
        self._watched: tuple[asyncio.AbstractEventLoop, int] | None = None

    def set(self, loop: asyncio.AbstractEventLoop | None, number: int | None) -> None:
        self._watched = (loop, number) if loop is not None and number is not None else None

    def release(self, free: Callable[[], None]) -> None:
        watched, self._watched = self._watched, None
        if watched is None:
            return free()
        loop, number = watched

        def undo() -> None:
            loop.remove_reader(number)
            free()

        try:
            # This is the garbage collector, on whichever thread.
            loop.call_soon_threadsafe(undo)
        except RuntimeError:
            # The loop is closed, and watches nothing.
            free()


class Waiter:
    """Waits for events on a thread, for a loop that watches no descriptors."""

    def __init__(self, delivery: LoopDelivery, loop: asyncio.AbstractEventLoop) -> None:
        self._delivery = weakref.ref(delivery)
        self._handle = delivery._handle
        self._loop = loop
        self._lock = threading.Lock()
        self._taken = threading.Event()
        self._batch: pusher_events | None = None
        self._status: int = Status.TIMEOUT
        self._over = False
        self.thread: threading.Thread = threading.Thread(target=self._run, name="pusherws", daemon=True)

    def stop(self) -> None:
        """Ends the thread; a batch that was fetched is not delivered any more."""
        self._over = True
        self._taken.set()

    def take(self, pump: Pump) -> int:
        """On the loop: loads the batch that was fetched. The status."""
        with self._lock:
            batch, self._batch = self._batch, None
        if batch is None:
            return self._status
        pump.load(batch)
        self._taken.set()
        return Status.OK

    def _run(self) -> None:
        while not self._over:
            events = pusher_events()
            status = fetch(self._handle, -1, events)
            self._taken.clear()
            if status == Status.OK:
                with self._lock:
                    self._batch = events
            else:
                self._status, self._over = status, True
            try:
                self._loop.call_soon_threadsafe(wake_weakly, self._delivery)
            except RuntimeError:
                # The loop is closed.
                break
            # A stop between the two would have to be seen.
            if not self._over:
                self._taken.wait()
        with self._lock:
            if self._batch is not None:
                _raw.lib.pusher_events_free(self._batch)
                self._batch = None
