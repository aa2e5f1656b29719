"""`AsyncPusher`: the client for asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

from . import _calls, _convert
from ._aio_delivery import LoopDelivery
from ._aio_http import AsyncHttpApi
from ._base import ClientBase
from ._calls import Call
from ._convert import Data
from ._requests import Outcome
from ._routing import Binding, Handler
from ._streams import Stream, Streams
from .auth import ChannelAuth
from .channel import ChannelBase
from .enums import ChannelKind
from .errors import ClosedError, PusherError, ResourceError, TimeoutError
from .event import Event

T = TypeVar("T")

#: How long coroutine functions that are cancelled at the end may take for it, in seconds.
_PATIENCE = 0.5


class AsyncPusher(ClientBase, AsyncHttpApi):
    """A connection whose events arrive on the running event loop.

    Handlers run on the loop, one after another; a coroutine function is started as a task. Functions that authorise may be coroutine
    functions. Use it on one loop only, as all of asyncio. As an async context manager it connects and closes.
    """

    def _prepare_delivery(self) -> Callable[[Callable[[], None]], None]:
        self._channels: dict[str, AsyncChannel] = {}
        self._delivery = LoopDelivery(self)
        delivery = self._delivery
        self._streams = Streams(self._router, lambda: delivery.loop, delivery.resume, weakref.ref(self))
        # Those of coroutine functions, and whether they are handlers.
        self._tasks: dict[asyncio.Task[Any], bool] = {}
        return self._delivery.forgotten()

    # Connecting.

    async def connect(self, timeout: float | None = None) -> None:
        """Connects, and stays connected: what is lost is tried again until you disconnect or close, the server refuses for good, or
        your `Reconnect` ends the tries. Returns when the server has given a socket id.

        Raises RefusedError with the close code where the server refused for good. A network that is down is tried again without end;
        after `timeout` seconds TimeoutError is raised, and it goes on.
        """
        await self._request(_calls.connect(), timeout)

    async def disconnect(self) -> None:
        """Disconnects. What is subscribed stays wanted, and is subscribed again by the next connect."""
        await self._request(_calls.disconnect())

    async def ping(self, timeout: float | None = None) -> float:
        """Pings the server, and returns the round trip in seconds. Raises NotConnectedError, TimeoutError."""
        return await self._request(_calls.ping(), timeout)

    async def retry(self, delay: float | None) -> None:
        """Decides about the try to connect that is being waited for: in so many seconds, or None for not at all. Raises StateError
        where none is waited for."""
        await self._request(_calls.retry(delay))

    async def network_changed(self) -> None:
        """Tells that the machine has another network now: the connection is probed, or tried at once."""
        await self._request(_calls.network_changed())

    async def sign_in(self, timeout: float | None = None) -> None:
        """Signs the user in, now and after every reconnect. Needs `user` with a secret, or `user_auth`. Raises AuthError, or
        TimeoutError where the server knows no users."""
        await self._request(_calls.sign_in(), timeout)

    # Channels.

    def channel(self, name: str, kind: ChannelKind | None = None) -> AsyncChannel:
        """A channel by its whole name, or by kind and bare name. Subscribes to nothing.

        Raises ChannelNameError where the name does not fit the kind.
        """
        whole = name if kind is None else _convert.channel_name(kind, name)
        found = self._channels.get(whole)
        if found is None:
            found = self._channels[whole] = AsyncChannel(self, whole)
        return found

    async def subscribe(
        self,
        name: str,
        *,
        kind: ChannelKind | None = None,
        user: Any = None,
        auth: ChannelAuth | None = None,
        timeout: float | None = None,
    ) -> AsyncChannel:
        """Subscribes to a channel, now and after every reconnect, until you unsubscribe. Returns when the server has confirmed; while
        there is no connection it waits for one. Messages are kept for `async for` from here on.

        `user` is the presence user of this channel, {"user_id": …, "user_info": …}; `auth` a ready-made permission, which is good for the
        present connection only.

        Raises ChannelNameError where the name breaks a rule; AuthError, RefusedError where it was refused, and `code` says why; after
        `timeout` seconds TimeoutError, and it goes on.
        """
        self._check()
        channel = self.channel(name, kind)
        call = _calls.subscribe(channel.name, user, auth)
        self._streams.keep(channel.name)
        try:
            await self._request(call, timeout)
        finally:
            self._streams.settle_soon(channel.name)
        return channel

    async def unsubscribe(self, name: str) -> None:
        """Unsubscribes, and ends iterations over the channel. Raises NotSubscribedError where the channel was not wanted."""
        await self._request(_calls.unsubscribe(name))
        self._streams.end(name)
        # Who still has it can use it; a program that goes through many names does not collect them.
        self._channels.pop(name, None)

    async def unsubscribe_all(self) -> None:
        """Unsubscribes from all channels."""
        names = list(self.channel_states())
        await self._request(_calls.unsubscribe_all())
        for name in names:
            self._streams.end(name)
            self._channels.pop(name, None)

    async def publish(self, channel: str, event: str, data: Data = None, *, timeout: float | None = None) -> None:
        """Publishes a client event on a private or presence channel: the other subscribers receive it. "client-" is put before the name
        where it is missing. What is no text is sent as JSON. On a public channel it goes through the HTTP API, where app id and secret
        are set.

        It waits while the channel is being subscribed, and for its turn within the limit on the rate (`Publishing`). Returns when it has
        been handed to the connection; the protocol has no confirmation. Raises ForbiddenError where the protocol has no client events;
        NotSubscribedError, TimeoutError, QueueFullError, RateLimitedError.
        """
        await self._request(_calls.publish(channel, event, data), timeout)

    # Events.

    def listen(self, event: str | None = None, *, channel: str | None = None, glob: bool = False) -> Stream:
        """A stream of messages from now on: with this name (None is any), on this channel (None is any). With `glob`, both are
        patterns, as for `bind`."""
        return self._streams.listen(channel, event, glob)

    def __aiter__(self) -> AsyncIterator[Event]:
        """All messages of all channels, from here on."""
        return self._streams.primary(None)

    # The end.

    async def close(self, timeout: float = 2.0) -> None:
        """Closes politely, and waits at most so many seconds: what was given to the connection is sent, everything else, such as
        calls of the HTTP API under way, fails with CancelledError (wait for those that matter), and the handlers get all events. Then
        nothing of this client runs any more. Twice is fine.

        Coroutine functions that authorise or decide are cancelled then, and those that are handlers when the time is over; cancelled
        ones get half a second to end. A coroutine handler that closes its own client is neither waited for nor cancelled. In the child of
        a fork it does nothing: the client is the parent's.
        """
        if not self._release.alive or self._is_in_child():
            return
        self._closed = True
        deadline = asyncio.get_running_loop().time() + timeout
        this = asyncio.current_task()
        if this is not None:
            # It would wait for itself, and two of them for each other.
            self._tasks.pop(this, None)
        try:
            self._delivery.begin_closing()
        except ResourceError:
            # It never began, and cannot now: there is nothing to be polite about.
            self._end()
            return
        try:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._delivery.ended(), timeout)
            self._end()
            await self._handlers_ended(deadline)
        finally:
            # Also where somebody gave up waiting for this.
            self._end()
            left = list(self._tasks)
            for task in left:
                task.cancel()
        if left:
            await asyncio.wait(left, timeout=_PATIENCE)

    async def __aenter__(self) -> AsyncPusher:
        try:
            if self._open_timeout is None:
                self._start(_calls.connect())
            else:
                await self.connect(self._open_timeout)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # How it works.

    def _end(self) -> None:
        """Nothing runs any more from here on."""
        self._closed = True
        self._router.close()
        # Before the descriptor ends, which goes with the client.
        self._delivery.stop()
        self._free()
        self._requests.close()
        self._streams.end()
        for task, is_handler in list(self._tasks.items()):
            if not is_handler:
                # Nobody needs its answer any more.
                task.cancel()

    async def _handlers_ended(self, deadline: float) -> None:
        """Waits for the coroutine handlers that run."""
        handlers = [task for task, is_handler in self._tasks.items() if is_handler]
        if handlers:
            await asyncio.wait(handlers, timeout=max(0.0, deadline - self._delivery.loop.time()))

    def _start(self, call: Call[T]) -> asyncio.Future[T]:
        self._check()
        self._delivery.start()
        pending = _Pending(call, self._delivery.loop)
        self._requests.start(self._handle, call, pending)
        return pending.future

    async def _request(self, call: Call[T], timeout: float | None = None) -> T:
        future = self._start(call)
        # While somebody waits for an answer, events are fetched whatever else waits: the answer is behind them.
        self._delivery.resume()
        done, _ = await asyncio.wait((future,), timeout=timeout)
        if not done:
            raise TimeoutError(f"{call.name} is not done within {timeout} s; it goes on")
        return future.result()

    def _spawn(self, work: Coroutine[Any, Any, Any], event: Event | None) -> None:
        """Runs a coroutine of the program's, which nobody awaits."""
        task = self._delivery.loop.create_task(work)
        self._tasks[task] = event is not None

        def ended(task: asyncio.Task[Any]) -> None:
            self._tasks.pop(task, None)
            error = None if task.cancelled() else task.exception()
            if error is not None:
                self._tell(error, "a handler failed" if event else "a function failed", event)

        task.add_done_callback(ended)

    def _adapt(self, handler: Handler) -> Handler:
        if not _is_async(handler):
            return handler
        return lambda event: self._spawn(handler(event), event)

    def _consult(self, function: Callable[[Any], Any], question: Any, answer: Callable[[Any], None]) -> None:
        async def ask() -> None:
            try:
                result = function(question)
                if inspect.isawaitable(result):
                    result = await result
            except Exception as error:
                result = error
            answer(result)

        self._spawn(ask(), None)

    def _handler_failed(self, error: BaseException, event: Event, binding: Binding) -> None:
        self._tell(error, "a handler failed", event)

    def _function_failed(self, what: str, error: BaseException) -> None:
        self._tell(error, f"{what} failed", None)

    def _tell(self, error: BaseException, what: str, event: Event | None) -> None:
        if self._on_error is not None:
            try:
                self._on_error(error, event)
                return
            except Exception as another:
                error = another
        context: dict[str, Any] = {"message": f"pusherws: {what}", "exception": error, "pusher": self}
        if event is not None:
            context["event"] = event
        self._delivery.loop.call_exception_handler(context)


class _Pending:
    """A request that a future stands for."""

    def __init__(self, call: Call[T], loop: asyncio.AbstractEventLoop) -> None:
        self._outcome = Outcome(call)
        self.future: asyncio.Future[Any] = loop.create_future()
        # Whoever gave up waiting has been told so; asyncio need not tell it again.
        self.future.add_done_callback(_look)

    def settle(self, event: Event | None, error: PusherError | None) -> None:
        if self.future.done():
            return
        try:
            self.future.set_result(self._outcome.read(event, error))
        except PusherError as failure:
            self.future.set_exception(failure)


def _look(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


def _is_async(handler: Any) -> bool:
    # Also an object whose call is one.
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(type(handler).__call__)


class AsyncChannel(ChannelBase[AsyncPusher]):
    """A channel of an `AsyncPusher`.

    `async for event in channel` goes over its messages, from the subscription on. Where one iteration ends by a break, the next goes on
    there: up to 1024 messages are kept meanwhile (16384 in the first second), and what is not kept is told by an event of kind DROPPED.
    A second iteration at the same time gets all messages, too, from its beginning on.
    """

    async def subscribe(self, *, user: Any = None, auth: ChannelAuth | None = None, timeout: float | None = None) -> AsyncChannel:
        """Subscribes, now and after every reconnect, until you unsubscribe. See `subscribe` of the client."""
        return await self._client.subscribe(self.name, user=user, auth=auth, timeout=timeout)

    async def unsubscribe(self) -> None:
        """Unsubscribes, and ends iterations over this channel."""
        await self._client.unsubscribe(self.name)

    async def publish(self, event: str, data: Data = None, *, timeout: float | None = None) -> None:
        """Publishes a client event to the other subscribers. See `publish` of the client."""
        await self._client.publish(self.name, event, data, timeout=timeout)

    def listen(self, event: str | None = None) -> Stream:
        """A stream of its own over this channel's messages with this name (None is any), from now on."""
        return self._client.listen(event, channel=self.name)

    def __aiter__(self) -> Stream:
        if self._client.closed:
            raise ClosedError("this client is closed; make a new one")
        return self._client._streams.primary(self.name)
