"""Events that wait for `async for`."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Callable
from typing import Optional

from ._routing import Binding, Router
from .enums import DataFormat, EventKind, Status
from .event import Details, Event

#: How many events may wait for a task that iterates, before no more are fetched from the library, whose own queue is behind; and how many
#: are kept for a channel over which nobody iterates (yet, or again).
MOST = 1024
#: How few there have to be again.
FEW = MOST // 2
#: How many are kept for a channel that has just been subscribed, and for how many seconds: its messages may come faster than whoever
#: subscribed gets to iterate.
FRESH = 16 * MOST
FRESH_FOR = 1.0


class Buffer:
    """Events of one binding, in order. Filled by the loop, emptied by a `Stream`."""

    __slots__ = ("_full", "_owner", "dropped", "ended", "events", "most", "plain", "used", "waiter")

    def __init__(self, owner: Streams) -> None:
        #: Whether an event can simply be taken: nothing is to be told before it, and nobody waits for room.
        self.plain = True
        self.events: deque[Event] = deque()
        #: How many are missing before the first one.
        self.dropped = 0
        self.ended = False
        self.waiter: asyncio.Future[None] | None = None
        #: Whether somebody iterates.
        self.used = False
        #: How many are kept.
        self.most = MOST
        self._owner = owner
        self._full = False

    def put(self, event: Event) -> None:
        events = self.events
        events.append(event)
        if self.waiter is not None:
            self.wake()
        elif len(events) > self.most:
            self._over()

    def _over(self) -> None:
        if not self.used:
            self.events.popleft()
            self.dropped += 1
            self.plain = False
        elif not self._full:
            self._full = True
            self.plain = False
            self._owner.full.add(self)

    def end(self) -> None:
        self.ended = True
        self.wake()
        self._has_room()

    def wake(self) -> None:
        waiter, self.waiter = self.waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def take(self) -> Event | None:
        """The next event; what was dropped in its place is told first."""
        if self.dropped:
            count, self.dropped = self.dropped, 0
            self.plain = not self._full
            return _dropped(count)
        if not self.events:
            return None
        if self._full and len(self.events) <= FEW:
            self._has_room()
        return self.events.popleft()

    def use(self) -> None:
        """Somebody iterates."""
        self.used = True
        self.most = MOST

    def left(self) -> None:
        """Nobody iterates any more."""
        self.used = False
        self.settle()

    def settle(self) -> None:
        """It is as usual: keeps no more than the usual, unless somebody iterates."""
        if self.used:
            return
        self.most = MOST
        while len(self.events) > MOST:
            self.events.popleft()
            self.dropped += 1
            self.plain = False
        self._has_room()

    def _has_room(self) -> None:
        if self._full:
            self._full = False
            self.plain = not self.dropped
            self._owner.full.discard(self)
            if not self._owner.full:
                self._owner.on_room()


def _dropped(count: int) -> Event:
    text = f"{count} messages came while nobody iterated, and are not kept"
    details = Details(status=Status.QUEUE_FULL, value=count)
    return Event(EventKind.DROPPED, "pusher:dropped", None, text, None, DataFormat.NONE, details)


class Stream:
    """Messages, for `async for`, or one at a time by `get`. Ends when the channel is unsubscribed or the client closed.

    Nothing is lost while it lives: a task that is behind has the client stop reading, see `Delivery`. The client lives as long.
    """

    __slots__ = ("__weakref__", "_buffer", "_client", "_closed", "_finalizer", "_loop")

    def __init__(self, buffer: Buffer, loop: Callable[[], asyncio.AbstractEventLoop], on_end: Callable[[], None], client: object) -> None:
        self._buffer = buffer
        # Only kept: where nobody has it any more, no message comes.
        self._client = client
        self._loop = loop
        self._closed = False
        buffer.use()
        self._finalizer = weakref.finalize(self, on_end)
        self._finalizer.atexit = False

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> Event:
        buffer = self._buffer
        if buffer.events and buffer.plain and not self._closed:
            return buffer.events.popleft()
        while not self._closed:
            event = buffer.take()
            if event is not None:
                return event
            if buffer.ended:
                break
            # One that is done is of a task that was cancelled, or has been woken, and has not run since.
            if buffer.waiter is not None and not buffer.waiter.done():
                raise RuntimeError("another task waits for this stream; make one for each with listen()")
            waiter = buffer.waiter = self._loop().create_future()
            try:
                await waiter
            finally:
                # Another may have begun to wait meanwhile.
                if buffer.waiter is waiter:
                    buffer.waiter = None
        raise StopAsyncIteration

    async def get(self) -> Event:
        """The next message. Raises StopAsyncIteration at the end."""
        return await self.__anext__()

    def get_nowait(self) -> Event | None:
        """The next message where one waits, else None."""
        return None if self._closed else self._buffer.take()

    def close(self) -> None:
        """Ends it, as a break out of its iteration does."""
        self._closed = True
        self._buffer.wake()
        self._finalizer()

    def __repr__(self) -> str:
        return f"<Stream with {len(self._buffer.events)} waiting{' (ended)' if self._closed or self._buffer.ended else ''}>"


class Streams:
    """The streams of one client."""

    def __init__(
        self,
        router: Router,
        loop: Callable[[], asyncio.AbstractEventLoop],
        on_room: Callable[[], None],
        client: Callable[[], object],
    ) -> None:
        #: Those of tasks that are so far behind that no more should be fetched.
        self.full: set[Buffer] = set()
        #: Called when there are none any more.
        self.on_room = on_room
        self._router = router
        self._loop = loop
        # Weak: the client has this.
        self._client = client
        self._buffers: dict[Buffer, Binding] = {}
        self._primary: dict[Optional[str], Buffer] = {}
        self._ended = False

    def keep(self, channel: str) -> None:
        """Keeps a channel's messages from now on, for whoever will iterate."""
        if channel not in self._primary:
            self._primary[channel] = self._new(channel, None, False)
            self._primary[channel].most = FRESH

    def settle_soon(self, channel: str) -> None:
        """It has been subscribed; in a while it is a channel like others."""
        buffer = self._primary.get(channel)
        if buffer is not None and buffer.most > MOST:
            self._loop().call_later(FRESH_FOR, buffer.settle)

    def primary(self, channel: str | None) -> Stream:
        """Over a channel's messages, or all: those that were kept first. Beside one that is iterated over already, another one."""
        buffer = self._primary.get(channel)
        if buffer is None:
            buffer = self._primary[channel] = self._new(channel, None, False)
        elif buffer.used:
            return self.listen(channel, None, False)
        return Stream(buffer, self._loop, buffer.left, self._client())

    def listen(self, channel: str | None, event: str | None, glob: bool) -> Stream:
        """A stream of its own, from now on."""
        buffer = self._new(channel, event, glob)
        return Stream(buffer, self._loop, lambda: self._forget(buffer), self._client())

    def end(self, channel: str | None = None) -> None:
        """Ends those of a channel, or all of them for good."""
        if channel is None:
            self._ended = True
        for buffer, binding in list(self._buffers.items()):
            if channel is None or (binding.channel == channel and not binding.is_pattern):
                self._forget(buffer)

    def _new(self, channel: str | None, event: str | None, glob: bool) -> Buffer:
        buffer = Buffer(self)
        if self._ended:
            buffer.ended = True
            return buffer
        kind = EventKind.MESSAGE
        self._buffers[buffer] = self._router.add(buffer.put, channel=channel, event=event, glob=glob, kind=kind, internal=True)
        return buffer

    def _forget(self, buffer: Buffer) -> None:
        binding = self._buffers.pop(buffer, None)
        if binding is None:
            return
        binding.unbind()
        if self._primary.get(binding.channel) is buffer:
            del self._primary[binding.channel]
        buffer.end()
