"""`AsyncPusher` against the embedded server, on a loop that watches descriptors and on one that cannot."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import json
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

import pusherws
from pusherws import AsyncPusher, EventKind, _aio_delivery, _calls
from pusherws._routing import Router
from pusherws._streams import FRESH, FRESH_FOR, MOST, Stream, Streams

from servers import PATIENCE, Answering, DevServer


class Blind(asyncio.SelectorEventLoop):
    """As the Proactor loop of Windows: watches no descriptors of others."""

    def add_reader(self, *_: Any) -> Any:
        raise NotImplementedError


LOOPS = [asyncio.SelectorEventLoop, Blind]


def on_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Any:
    """Runs a coroutine function as a test, in asyncio's debug mode, on both kinds of loop."""

    @pytest.mark.parametrize("kind", LOOPS, ids=["watching", "blind"])
    @functools.wraps(test)
    def run(kind: type[asyncio.AbstractEventLoop], **fixtures: Any) -> None:
        loop = kind()
        loop.set_debug(True)
        loop.slow_callback_duration = PATIENCE
        try:
            loop.run_until_complete(asyncio.wait_for(test(**fixtures), PATIENCE * 2))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    del run.__wrapped__  # pytest would ask for the arguments of the coroutine function only
    import inspect

    kept = list(inspect.signature(test).parameters.values())
    first = inspect.Parameter("kind", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    run.__signature__ = inspect.Signature([first, *kept])  # type: ignore[attr-defined]
    return run


@contextlib.asynccontextmanager
async def connected(server: DevServer, **options: Any) -> AsyncIterator[AsyncPusher]:
    async with AsyncPusher(server.key, **server.options(**options)) as pusher:
        yield pusher


async def in_thread(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(None, functools.partial(function, *arguments, **named))


@on_a_loop
async def test_the_first_program(server: DevServer) -> None:
    async with connected(server) as pusher:
        channel = await pusher.subscribe("news")
        for number in range(3):
            await pusher.trigger("news", "tick", {"n": number})
        found = []
        async for event in channel:
            found.append(event.json()["n"])
            if len(found) == 3:
                break
        assert found == [0, 1, 2]
        assert 0 < await pusher.ping() < PATIENCE
        assert channel.subscribed and "news" in repr(channel)
    assert pusher.closed
    await in_thread(server.wait, connections=0)


@on_a_loop
async def test_a_flood_arrives_whole_and_in_order_however_slow_the_task(server: DevServer) -> None:
    async with connected(server) as pusher:
        channel = await pusher.subscribe("news")
        stream = channel.__aiter__()
        await in_thread(server.flood, "news", 30_000)
        most = 0
        for number in range(30_000):
            event = await stream.get()
            assert event.data == str(number)
            most = max(most, len(stream._buffer.events))
            if number % 1000 == 0:
                await asyncio.sleep(0)
        # Not all of it was fetched at once: the task being behind, the rest waited in the library.
        assert most < 2 * MOST
        assert stream.get_nowait() is None


@on_a_loop
async def test_awaiting_an_answer_amid_a_flood_does_not_stand_still(server: DevServer) -> None:
    async with connected(server, delivery=pusherws.Delivery(capacity=4096)) as pusher:
        stream = (await pusher.subscribe("news")).__aiter__()
        await in_thread(server.flood, "news", 20_000)
        count = 0
        async for _ in stream:
            count += 1
            if count % 5000 == 1:
                await pusher.ping(PATIENCE)
            if count == 20_000:
                break
        assert pusher.dropped == 0


@on_a_loop
async def test_an_iteration_that_ends_and_begins_anew_misses_nothing(server: DevServer) -> None:
    async with connected(server) as pusher:
        channel = await pusher.subscribe("news")
        await in_thread(server.flood, "news", 600)
        found: list[str | None] = []
        while len(found) < 600:
            async for event in channel:
                found.append(event.data)
                if len(found) % 50 == 0:
                    break
        assert found == [str(number) for number in range(600)]


@on_a_loop
async def test_what_comes_while_nobody_iterates_is_bounded_and_told(server: DevServer) -> None:
    async with connected(server) as pusher:
        channel = await pusher.subscribe("news")
        # Somebody has iterated, and left.
        channel.__aiter__().close()
        ended = asyncio.Event()
        pusher.bind("end", lambda event: ended.set())
        await in_thread(server.flood, "news", 5000)
        await in_thread(server.publish, "news", "end")
        await ended.wait()
        stream = channel.__aiter__()
        first = await stream.get()
        assert (first.kind, first.value) == (EventKind.DROPPED, 5001 - MOST)
        assert (await stream.get()).data == str(5001 - MOST)


@on_a_loop
async def test_a_burst_right_after_subscribing_is_kept_for_the_first_iteration(server: DevServer) -> None:
    async with connected(server) as pusher:
        ended = asyncio.Event()
        pusher.bind("end", lambda event: ended.set())
        channel = await pusher.subscribe("news")
        await in_thread(server.flood, "news", 10_000)
        await in_thread(server.publish, "news", "end")
        await ended.wait()
        stream = channel.__aiter__()
        for number in range(10_000):
            assert (await stream.get()).data == str(number)


def test_a_channel_over_which_nobody_iterates_is_soon_like_others() -> None:
    router = Router()
    timers: list[Any] = []

    class Loop:
        def call_later(self, seconds: float, function: Any) -> None:
            assert seconds == FRESH_FOR
            timers.append(function)

    streams = Streams(router, lambda: Loop(), lambda: None, lambda: None)  # type: ignore[arg-type, return-value]
    streams.keep("news")
    [binding] = router.find(EventKind.MESSAGE, "tick", "news")
    for number in range(FRESH + 10):
        binding.call(pusherws.Event(EventKind.MESSAGE, "tick", "news", str(number), None, 1, None))
    [buffer] = streams._buffers
    assert (len(buffer.events), buffer.dropped) == (FRESH, 10)
    streams.settle_soon("news")
    timers.pop()()
    assert (len(buffer.events), buffer.dropped) == (MOST, FRESH + 10 - MOST)
    streams.settle_soon("news")
    assert timers == []


@on_a_loop
async def test_two_iterations_at_once_get_everything(server: DevServer) -> None:
    async with connected(server) as pusher:
        channel = await pusher.subscribe("news")

        async def collect() -> list[str | None]:
            found = []
            async for event in channel:
                if event.name == "end":
                    return found
                found.append(event.data)
            return found

        tasks = [asyncio.ensure_future(collect()) for _ in range(3)]
        streams = [channel.listen("tick"), pusher.listen("t*", channel="n*", glob=True)]
        everything = pusher.__aiter__()
        await asyncio.sleep(0)
        await in_thread(server.flood, "news", 100)
        await in_thread(server.publish, "news", "end")
        expected = [str(number) for number in range(100)]
        assert await asyncio.gather(*tasks) == [expected] * 3
        for stream in [*streams, everything]:
            assert [(await stream.__anext__()).data for _ in range(100)] == expected
        streams[0].close()
        assert [event async for event in streams[0]] == []


@on_a_loop
async def test_unsubscribing_and_closing_end_iterations(server: DevServer) -> None:
    async with connected(server) as pusher:
        news, other = await pusher.subscribe("news"), await pusher.subscribe("other")

        async def count(channel: pusherws.AsyncChannel) -> int:
            return len([event async for event in channel])

        one, two = asyncio.ensure_future(count(news)), asyncio.ensure_future(count(other))
        arrived = [asyncio.Event(), asyncio.Event()]
        for channel, event in zip((news, other), arrived):
            channel.bind("tick", lambda _, event=event: event.set())  # type: ignore[misc]
        await pusher.trigger(["news", "other"], "tick")
        for event in arrived:
            await event.wait()
        await news.unsubscribe()
        assert await one == 1
        with pytest.raises(pusherws.NotSubscribedError):
            await news.unsubscribe()
        await pusher.unsubscribe_all()
        assert await two == 1
        again = await news.subscribe()
        task = asyncio.ensure_future(count(again))
        await asyncio.sleep(0)
    assert await task == 0
    with pytest.raises(pusherws.ClosedError):
        await pusher.ping()


@on_a_loop
async def test_the_last_message_is_there_at_the_first_iteration(server: DevServer) -> None:
    async with connected(server) as pusher:
        await pusher.trigger("cache-a", "tick", "kept")
        channel = await pusher.subscribe("cache-a")
        async for event in channel:
            assert event.data == "kept"
            break


@on_a_loop
async def test_members_come_and_go(server: DevServer) -> None:
    async with connected(server, presence_user=("ann", {"name": "Ann"})) as ann:
        room = await ann.subscribe("presence-room")
        changed = asyncio.Event()
        for name in ("pusher:member_added", "pusher:member_removed"):
            room.bind(name, lambda event: changed.set())
        async with connected(server, presence_user="bob") as bob:
            await bob.subscribe("presence-room")
            await changed.wait()
            assert sorted(room.members) == ["ann", "bob"]
            stream = room.__aiter__()
            await bob.publish("presence-room", "hello", {"x": 1})
            event = await stream.get()
            assert (event.name, event.user_id, event.json()) == ("client-hello", "bob", {"x": 1})
            changed.clear()
        await changed.wait()
        assert list(room.members) == ["ann"]


@on_a_loop
async def test_coroutine_functions_authorise(server: DevServer) -> None:
    asked: list[Any] = []

    async def authorise(request: pusherws.AuthRequest) -> Any:
        asked.append(request)
        await asyncio.sleep(0)
        if request.channel == "private-no":
            raise pusherws.AuthError("not this one")
        if request.channel == "private-bug":
            raise KeyError("token=hush")
        return json.loads(signed(server, request.socket_id, request.channel))

    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    async with connected(server, secret=None, auth=authorise) as pusher:
        await pusher.subscribe("private-yes")
        assert asked[0].socket_id == pusher.socket_id and asked[0].channels == ("private-yes",)
        with pytest.raises(pusherws.AuthError, match="not this one"):
            await pusher.subscribe("private-no")
        assert told == []
        with pytest.raises(pusherws.AuthError) as caught:
            await pusher.subscribe("private-bug")
        assert "hush" not in str(caught.value) and "KeyError" in str(caught.value)
        assert isinstance(told[0]["exception"], KeyError)
        with pytest.raises(pusherws.AuthError, match="user_auth"):
            await pusher.sign_in()


def signed(server: DevServer, socket_id: str, channel: str) -> str:
    import hashlib
    import hmac

    signature = hmac.new(server.secret.encode(), f"{socket_id}:{channel}".encode(), hashlib.sha256).hexdigest()
    return json.dumps({"auth": f"{server.key}:{signature}"})


@on_a_loop
async def test_handlers_may_be_coroutine_functions_and_what_they_raise_reaches_the_loop(server: DevServer) -> None:
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.put_nowait(context))
    async with connected(server) as pusher:
        channel = await pusher.subscribe("news")
        seen: asyncio.Queue[str | None] = asyncio.Queue()

        @channel.on("tick")
        async def later(event: pusherws.Event) -> None:
            await asyncio.sleep(0)
            seen.put_nowait(event.data)
            raise ValueError(event.data)

        channel.bind("tick", lambda event: 1 / 0)
        await pusher.trigger("news", "tick", "1")
        await pusher.trigger("news", "tick", "2")
        assert [await seen.get(), await seen.get()] == ["1", "2"]
        errors = [(await told.get())["exception"] for _ in range(4)]
        assert sorted(type(error).__name__ for error in errors) == ["ValueError"] * 2 + ["ZeroDivisionError"] * 2
        assert channel.unbind("tick", later) == 1


@on_a_loop
async def test_waits_can_be_cancelled_and_end_in_time(server: DevServer) -> None:
    async with connected(server) as pusher:
        channel = await pusher.subscribe("news")
        stream = channel.__aiter__()
        for _ in range(3):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(stream.get(), 0.01)
        await in_thread(server.order, "faults", fault="ignore_pings")
        with pytest.raises(TimeoutError):
            await pusher.ping(timeout=0.01)
        task = asyncio.ensure_future(pusher.ping())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await in_thread(server.order, "clear")
        await pusher.trigger("news", "tick", "1")
        assert (await stream.get()).data == "1"
        waiting = asyncio.ensure_future(stream.get())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="another task"):
            await stream.get()
        waiting.cancel()


def a_stream() -> tuple[Stream, Callable[[str], None]]:
    """One without a client, and what puts a message into it."""
    router = Router()
    stream = Streams(router, asyncio.get_running_loop, lambda: None, lambda: None).listen("news", None, False)
    [binding] = router.find(EventKind.MESSAGE, "tick", "news")
    return stream, lambda data: binding.call(pusherws.Event(EventKind.MESSAGE, "tick", "news", data, None, 1, None))


@on_a_loop
async def test_a_stream_can_be_asked_again_right_after_a_wait_was_cancelled() -> None:
    stream, put = a_stream()
    first = asyncio.ensure_future(stream.get())
    await asyncio.sleep(0)
    first.cancel()
    # The first has not run since.
    asyncio.get_running_loop().call_soon(put, "1")
    assert (await stream.get()).data == "1"
    assert first.cancelled()


@on_a_loop
async def test_a_wait_that_ends_takes_no_other_along() -> None:
    stream, put = a_stream()
    first = asyncio.ensure_future(stream.get())
    await asyncio.sleep(0)
    put("1")
    # The first has been woken, and does not run before this waits.
    assert (await stream.get()).data == "1"
    first.cancel()
    asyncio.get_running_loop().call_soon(put, "2")
    assert (await stream.get()).data == "2"
    assert first.cancelled()


@on_a_loop
async def test_a_request_ends_whatever_goes_wrong_with_its_answer(server: DevServer) -> None:
    deep = "[" * 100_000
    with Answering(deep.encode()) as api:
        pusher = AsyncPusher(server.key, **server.options(api_host=api.host, api_port=api.port))
        assert await pusher.get_channels() == deep

    def fail(_event: pusherws.Event) -> None:
        raise LookupError("wrong")

    with pytest.raises(pusherws.ProtocolError, match="connect: .*LookupError"):
        await pusher._request(_calls.Call("connect", (), fail))
    await pusher.close()


@on_a_loop
async def test_a_refusal_for_good_is_raised_where_it_connects(server: DevServer) -> None:
    pusher = AsyncPusher("wrong", **server.options())
    with pytest.raises(pusherws.RefusedError) as caught:
        async with pusher:
            pass
    assert caught.value.code == 4001 and pusher.closed


@on_a_loop
async def test_closing_cancels_what_is_pending_and_is_polite(server: DevServer) -> None:
    await in_thread(server.order, "faults", fault="ignore_subscribe", channel="slow")
    async with connected(server) as pusher:
        pending = asyncio.ensure_future(pusher.subscribe("slow"))
        await asyncio.sleep(0)
    with pytest.raises(pusherws.CancelledError):
        await pending
    await pusher.close()
    unused = AsyncPusher(server.key, **server.options())
    await unused.close()
    async with connected(server, open_timeout=None) as quick:
        await quick.subscribe("news")


@on_a_loop
async def test_closing_waits_for_coroutine_handlers(server: DevServer) -> None:
    pusher = AsyncPusher(server.key, **server.options())
    await pusher.connect()
    channel = await pusher.subscribe("news")
    inside, ended = asyncio.Event(), []

    async def handler(event: pusherws.Event) -> None:
        inside.set()
        # Until the client is gone, and somewhat longer.
        while pusher._release.alive:
            await asyncio.sleep(0.001)
        for _ in range(100):
            await asyncio.sleep(0)
        ended.append(event.data)

    channel.bind("tick", handler)
    await in_thread(server.publish, "news", "tick", "1")
    await inside.wait()
    await pusher.close(PATIENCE)
    assert ended == ["1"] and not pusher._tasks


@on_a_loop
async def test_closing_cancels_coroutine_functions_that_do_not_end(server: DevServer) -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    running: asyncio.Queue[str] = asyncio.Queue()
    ended: list[str] = []

    async def never(what: str) -> None:
        running.put_nowait(what)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(what)

    async def handler(_event: pusherws.Event) -> None:
        await never("handler")

    async def authorise(_request: pusherws.AuthRequest) -> None:
        await never("authoriser")

    for timeout, has_handler in ((0.05, True), (PATIENCE, False)):
        ended.clear()
        pusher = AsyncPusher(server.key, **server.options(secret=None, auth=authorise))
        await pusher.connect()
        expected = ["authoriser"]
        if has_handler:
            (await pusher.subscribe("news")).bind("tick", handler)
            await in_thread(server.publish, "news", "tick")
            assert await running.get() == "handler"
            expected.append("handler")
        pending = asyncio.ensure_future(pusher.subscribe("private-a"))
        assert await running.get() == "authoriser"
        # An authoriser, whose answer nobody needs, is not waited for.
        await asyncio.wait_for(pusher.close(timeout), PATIENCE / 2)
        assert sorted(ended) == expected and not pusher._tasks
        with pytest.raises(pusherws.PusherError):
            await pending
    assert told == []


@on_a_loop
async def test_coroutine_handlers_may_close_their_client(server: DevServer) -> None:
    pusher = AsyncPusher(server.key, **server.options())
    await pusher.connect()
    channel = await pusher.subscribe("news")
    ended: asyncio.Queue[int] = asyncio.Queue()

    async def handler(number: int) -> None:
        await pusher.close(PATIENCE)
        ended.put_nowait(number)

    for number in range(3):
        channel.bind("tick", lambda event, number=number: pusher._spawn(handler(number), event))  # type: ignore[misc]
    await in_thread(server.publish, "news", "tick")
    found = [await asyncio.wait_for(ended.get(), PATIENCE / 2) for _ in range(3)]
    assert sorted(found) == [0, 1, 2] and pusher.closed


@on_a_loop
async def test_what_the_system_refuses_at_first_begins_anew(server: DevServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> int:
        raise pusherws.ResourceError("no descriptors are left")

    def refuse_to_watch(*_: Any) -> None:
        # The one kind of loop watches, and the other needs a thread for it.
        raise OSError("no descriptors are left")

    loop = asyncio.get_running_loop()
    pusher = AsyncPusher(server.key, **server.options())
    for place, name, refusal in (
        (_aio_delivery, "descriptor", refuse),
        (_aio_delivery.threading.Thread, "start", refuse_to_watch) if isinstance(loop, Blind) else (loop, "add_reader", refuse_to_watch),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, refusal)
            for _ in range(2):
                with pytest.raises(OSError, match="descriptors"):
                    await asyncio.wait_for(pusher.connect(), PATIENCE)
    await pusher.connect(PATIENCE)
    await pusher.close()
    # One that never began can be closed.
    unused = AsyncPusher(server.key, **server.options())
    with monkeypatch.context() as patch:
        patch.setattr(_aio_delivery, "descriptor", refuse)
        await unused.close()
    assert unused.closed and not unused._release.alive


@on_a_loop
async def test_closing_while_a_stream_is_full_delivers_everything_and_is_quick(server: DevServer) -> None:
    pusher = AsyncPusher(server.key, **server.options())
    await pusher.connect()
    channel = await pusher.subscribe("news")
    seen: list[str | None] = []
    channel.bind("tick", lambda event: seen.append(event.data))
    stream = channel.__aiter__()
    flood = asyncio.ensure_future(in_thread(server.flood, "news", 6000))
    # Until it fetches no more, and the library has all.
    while not pusher._delivery._paused or pusher.metrics().messages < 6000:
        await asyncio.sleep(0.001)
    await flood
    fetched = len(seen)
    started = asyncio.get_running_loop().time()
    await pusher.close(PATIENCE)
    assert asyncio.get_running_loop().time() - started < PATIENCE / 2
    assert fetched < len(seen) and seen == [str(number) for number in range(6000)]
    assert [event.data async for event in stream] == seen


@on_a_loop
async def test_a_client_that_is_forgotten_is_closed_and_said_to_be(server: DevServer) -> None:
    await AsyncPusher(server.key, **server.options()).close()

    async def forget() -> None:
        pusher = AsyncPusher(server.key, **server.options())
        await pusher.connect()
        await pusher.subscribe("news")

    await forget()
    with pytest.warns(ResourceWarning, match="never closed"):
        gc.collect()
    await in_thread(server.wait, connections=0)
    # The descriptor's number is free for others.
    async with connected(server) as pusher:
        await pusher.ping()


@on_a_loop
async def test_a_stream_keeps_its_client(server: DevServer) -> None:
    async def forget() -> tuple[weakref.ref[AsyncPusher], list[Stream]]:
        pusher = AsyncPusher(server.key, **server.options())
        await pusher.connect()
        channel = await pusher.subscribe("news")
        return weakref.ref(pusher), [channel.__aiter__(), channel.listen()]

    client, streams = await forget()
    gc.collect()
    await in_thread(server.publish, "news", "tick", "1")
    for stream in streams:
        assert (await stream.get()).data == "1"
    pusher = client()
    assert pusher is not None
    await pusher.close()
    del pusher, stream, streams
    gc.collect()
    assert client() is None


def test_a_client_belongs_to_one_loop(server: DevServer) -> None:
    pusher = AsyncPusher(server.key, **server.options())
    loop = asyncio.new_event_loop()
    loop.run_until_complete(pusher.connect())

    async def elsewhere() -> None:
        with pytest.raises(RuntimeError, match="another event loop"):
            await pusher.ping()

    asyncio.run(elsewhere())
    loop.run_until_complete(pusher.close())
    loop.close()
