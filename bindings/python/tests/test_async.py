"""`AsyncPusher` against the embedded server, on a loop that watches descriptors and on one that cannot."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import Any

import pytest

import pusherws
from pusherws import AsyncPusher, _aio_delivery, _calls

from loops import Blind, connected, in_thread, on_a_loop
from servers import PATIENCE, Answering, DevServer


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
