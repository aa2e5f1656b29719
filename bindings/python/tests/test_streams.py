"""`async for`: messages in order, bounded, and ended."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import pusherws
from pusherws import AsyncPusher, EventKind
from pusherws._routing import Router
from pusherws._streams import FRESH, FRESH_FOR, MOST, Stream, Streams

from loops import connected, in_thread, on_a_loop
from servers import PATIENCE, DevServer


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
