"""`Pusher` without a thread of its own, and clients that end in all kinds of places."""

from __future__ import annotations

import gc
import queue
import select
import sys
import threading
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import pusherws
from pusherws import Delivery, Pusher, _raw, client
from pusherws._structs import pusher_events

from conftest import Collected
from servers import PATIENCE, DevServer

Make = Callable[..., Pusher]
MANUAL = Delivery(threaded=False)


def listening(new_pusher: Make) -> Pusher:
    pusher = new_pusher(delivery=MANUAL)
    pusher.connect().wait(PATIENCE)
    pusher.subscribe("news").wait(PATIENCE)
    return pusher


def test_handlers_run_on_the_thread_that_dispatches(new_pusher: Make, server: DevServer, collected: Collected) -> None:
    pusher = listening(new_pusher)
    pusher.channel("news").bind("tick", collected)
    server.flood("news", 100)
    seen = 0
    while seen < 100:
        count = pusher.dispatch(PATIENCE, max_events=7)
        assert 1 <= count <= 7
        seen += count
    assert [event.data for event in collected.take(100)] == [str(number) for number in range(100)]
    assert collected.threads == {threading.current_thread().name}
    assert pusher.dispatch() == 0 and pusher.dispatch(0.01) == 0
    assert pusher._thread is None


def test_no_limit_is_all_that_waits_and_loses_nothing(new_pusher: Make, server: DevServer) -> None:
    pusher = listening(new_pusher)
    seen: list[str | None] = []
    pusher.channel("news").bind("tick", lambda event: seen.append(event.data))
    server.flood("news", 100)
    done = pusher.ping()
    while len(seen) < 10:
        assert pusher.dispatch(PATIENCE, max_events=10) >= 1
    # What is loaded by now, and what comes later.
    while len(seen) < 100 or not done.done:
        assert pusher.dispatch(PATIENCE, max_events=0) >= 1
    assert seen == [str(number) for number in range(100)]
    assert pusher.dispatch(max_events=0) == 0
    with pytest.raises(pusherws.ArgumentError, match="max_events"):
        pusher.dispatch(max_events=-1)


def test_the_descriptor_says_when_to_dispatch(new_pusher: Make, server: DevServer, collected: Collected) -> None:
    pusher = listening(new_pusher)
    pusher.channel("news").bind("tick", collected)
    while pusher.dispatch():
        pass
    assert select.select([pusher], [], [], 0)[0] == []
    server.publish("news", "tick")
    assert select.select([pusher], [], [], PATIENCE)[0] == [pusher]
    while pusher.dispatch():
        pass
    collected.next()
    assert select.select([pusher], [], [], 0)[0] == []


def test_run_ends_when_a_handler_closes(new_pusher: Make, server: DevServer) -> None:
    pusher = listening(new_pusher)
    seen = []

    def end(event: pusherws.Event) -> None:
        seen.append(event.data)
        pusher.close()

    assert not pusher.run(0.01)
    pusher.bind("tick", end, once=True)
    server.publish("news", "tick", "7")
    assert pusher.run(PATIENCE) and pusher.closed and seen == ["7"]
    with pytest.raises(pusherws.ClosedError):
        pusher.dispatch()
    assert pusher.run()


def test_waiting_and_dispatching_inside_a_handler_are_refused(new_pusher: Make, server: DevServer) -> None:
    for delivery in (MANUAL, None):
        pusher = new_pusher(delivery=delivery)
        pusher.connect().wait(PATIENCE)
        caught: queue.SimpleQueue[type] = queue.SimpleQueue()

        def handler(_event: pusherws.Event) -> None:
            for call in (lambda: pusher.ping().wait(1), pusher.dispatch, lambda: pusher.run(1)):
                try:
                    call()
                except pusherws.PusherError as error:
                    caught.put(type(error))

        pusher.subscribe("news").wait(PATIENCE).bind("tick", handler)
        server.publish("news", "tick")
        done = pusher.ping()
        done.wait(PATIENCE)
        found = [caught.get(timeout=PATIENCE) for _ in range(3)]
        assert found[:2] == [pusherws.WouldDeadlockError, pusherws.StateError]
        assert found[2] in (pusherws.WouldDeadlockError, pusherws.StateError)


def test_ctrl_c_inside_a_handler_loses_nothing(new_pusher: Make, server: DevServer) -> None:
    pusher = listening(new_pusher)
    seen: list[str | None] = []

    def handler(event: pusherws.Event) -> None:
        seen.append(event.data)
        if len(seen) % 10 == 0:
            raise KeyboardInterrupt

    pusher.channel("news").bind("tick", handler)
    server.flood("news", 100)
    interrupts = 0
    while len(seen) < 100:
        try:
            pusher.dispatch(PATIENCE)
        except KeyboardInterrupt:
            interrupts += 1
    assert interrupts == 10 and seen == [str(number) for number in range(100)]


def test_several_threads_may_dispatch_and_wait(new_pusher: Make, server: DevServer, collected: Collected) -> None:
    pusher = listening(new_pusher)
    pusher.channel("news").bind("tick", collected)
    threads = [threading.Thread(target=pusher.run) for _ in range(4)]
    for thread in threads:
        thread.start()
    server.flood("news", 2000)
    pings = [pusher.ping() for _ in range(20)]
    for ping in pings:
        ping.wait(PATIENCE)
    assert [event.data for event in collected.take(2000)] == [str(number) for number in range(2000)]
    pusher.close(PATIENCE)
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_closing_inside_a_handler_ends_the_thread_and_cancels_requests(new_pusher: Make, server: DevServer) -> None:
    pusher = new_pusher()
    pusher.connect().wait(PATIENCE)
    server.order("faults", fault="ignore_subscribe", channel="slow")
    pending = pusher.subscribe("slow")
    pusher.subscribe("news").wait(PATIENCE).bind("tick", lambda event: pusher.close())
    server.publish("news", "tick")
    assert pusher.run(PATIENCE)
    with pytest.raises(pusherws.CancelledError):
        pending.wait(PATIENCE)
    assert pusher._thread is not None
    pusher._thread.join(PATIENCE)
    assert not pusher._thread.is_alive()


def test_what_waits_is_delivered_before_it_is_closed(new_pusher: Make, server: DevServer) -> None:
    for delivery in (MANUAL, None):
        pusher = new_pusher(delivery=delivery)
        pusher.connect().wait(PATIENCE)
        seen: list[str | None] = []
        pusher.subscribe("news").wait(PATIENCE).bind("tick", lambda event: seen.append(event.data))
        server.flood("news", 3000)
        pusher.ping().wait(PATIENCE)
        pusher.close(PATIENCE)
        assert len(seen) == 3000
        server.reset()


def test_closing_keeps_its_time_while_a_handler_does_not_return(new_pusher: Make, server: DevServer) -> None:
    pusher = new_pusher()
    pusher.connect().wait(PATIENCE)
    inside, go_on = threading.Event(), threading.Event()
    seen = []

    def handler(event: pusherws.Event) -> None:
        seen.append(event.data)
        inside.set()
        go_on.wait(PATIENCE)

    pusher.subscribe("news").wait(PATIENCE).bind("tick", handler)
    server.flood("news", 10)
    assert inside.wait(PATIENCE)
    pusher.close(0.05)
    go_on.set()
    assert pusher._thread is not None
    pusher._thread.join(PATIENCE)
    # The one that was running, and none after it.
    assert seen == ["0"] and not pusher._thread.is_alive()


def test_a_client_that_is_forgotten_is_closed_and_said_to_be(server: DevServer) -> None:
    threads = set(threading.enumerate())

    def forget(delivery: Delivery | None) -> weakref.ref[Pusher]:
        pusher = Pusher(server.key, **server.options(delivery=delivery))
        pusher.connect().wait(PATIENCE)
        # A handler that knows its client is no reason to live.
        pusher.subscribe("news").wait(PATIENCE).bind("tick", lambda event: pusher.ping())
        return weakref.ref(pusher)

    for delivery in (MANUAL, None):
        found = forget(delivery)
        with pytest.warns(ResourceWarning, match="never closed"):
            while found() is not None:
                gc.collect()
        server.wait(connections=0)
    for thread in set(threading.enumerate()) - threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.mark.parametrize("delivery", [MANUAL, None], ids=["manual", "threaded"])
def test_a_client_that_is_forgotten_is_closed_where_warnings_are_errors(
    server: DevServer, monkeypatch: pytest.MonkeyPatch, delivery: Delivery | None
) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: told.append(what.exc_type))
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: told.append(kind))
    pusher = Pusher(server.key, **server.options(delivery=delivery))
    pusher.connect().wait(PATIENCE)
    found = weakref.ref(pusher)
    del pusher
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        while found() is not None:
            gc.collect()
    server.wait(connections=0)
    assert told == [ResourceWarning]


def test_a_batch_for_a_client_that_is_gone_is_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    freed: list[object] = []

    def fetch(_handle: object, _timeout_ms: int, events: pusher_events) -> int:
        events.value = 7
        return 0

    monkeypatch.setattr(client, "fetch", fetch)
    monkeypatch.setattr(_raw.lib, "pusher_events_free", lambda events: freed.append(events.value))
    ended = threading.Event()
    nobody: Any = lambda: None  # noqa: E731
    client._deliver(None, nobody, nobody, ended)
    assert freed == [7] and ended.is_set()


def test_collecting_garbage_while_handlers_run(new_pusher: Make, server: DevServer) -> None:
    pusher = new_pusher()
    pusher.connect().wait(PATIENCE)
    ended = threading.Event()
    count = [0]

    def handler(event: pusherws.Event) -> None:
        count[0] += 1
        cycle: list[object] = [event]
        cycle.append(cycle)
        if count[0] % 100 == 0:
            gc.collect()
        if count[0] == 2000:
            ended.set()

    pusher.subscribe("news").wait(PATIENCE).bind("tick", handler)
    server.flood("news", 2000)
    while not ended.wait(0.001):
        gc.collect()
    assert count[0] == 2000


def test_a_thread_that_dispatches_ends_when_another_frees_the_client(new_pusher: Make, server: DevServer) -> None:
    pusher = listening(new_pusher)
    inside = threading.Event()
    pusher.bind("tick", lambda event: inside.set())
    thread = threading.Thread(target=pusher.run)
    thread.start()
    server.publish("news", "tick")
    assert inside.wait(PATIENCE)
    pusher.close(0)
    thread.join(PATIENCE)
    assert not thread.is_alive()
