"""`Pusher` against the embedded server: connecting, handlers, requests, and what the program is told."""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

import pytest

import pusherws
from pusherws import ConnectionState, Delivery, EventKind, Pusher

from conftest import Collected
from servers import PATIENCE, DevServer

Make = Callable[..., Pusher]


def connected(new_pusher: Make, **options: Any) -> Pusher:
    pusher = new_pusher(**options)
    pusher.connect().wait(PATIENCE)
    return pusher


def test_the_first_program(server: DevServer, collected: Collected) -> None:
    with Pusher(server.key, **server.options()) as pusher:
        assert pusher.state == ConnectionState.CONNECTED
        assert pusher.socket_id
        pusher.subscribe("orders").wait(PATIENCE).bind("created", collected)
        server.publish("orders", "created", {"id": 1})
        event = collected.next()
        assert (event.kind, event.name, event.channel) == (EventKind.MESSAGE, "created", "orders")
        assert event.json() == {"id": 1}
        assert collected.threads == {"pusherws"}
    assert pusher.closed
    server.wait(connections=0)


def test_events_of_every_kind_of_text_arrive_in_order(new_pusher: Make, server: DevServer, collected: Collected) -> None:
    pusher = connected(new_pusher)
    pusher.subscribe("news").wait(PATIENCE).bind(None, collected)
    texts = ["plain", "", "äöü €", "🦀" * 10, "a\0b", '"', "\\", "x" * 70_000, "{}", "null"]
    for text in texts:
        server.publish("news", "tick", text)
    assert [event.data for event in collected.take(len(texts))] == texts
    for data in ({"a": [1, None]}, [1], 7, True):
        server.publish("news", "tick", data)
        event = collected.next()
        assert event.json() == data
        assert event.data_format == pusherws.DataFormat.JSON
    server.order("publish", channel="news", event="tick")
    event = collected.next()
    assert event.data is None and event.json() is None and event.data_format == pusherws.DataFormat.NONE


def test_names_with_a_nul_are_not_taken_for_others(new_pusher: Make, server: DevServer, collected: Collected) -> None:
    pusher = connected(new_pusher)
    pusher.subscribe("news").wait(PATIENCE).bind(None, collected)
    pusher.bind("a\0b", collected)
    names = ["a", "a\0b", "a\0news", "", "\0", "ä\0"]
    server.order("faults", fault="delay_frames", ms=1)
    server.order("clear")
    for _ in range(2):
        for name in names:
            server.publish("news", name, "x")
    found = [event.name for event in collected.take(14)]
    assert found == ["a", "a\0b", "a\0b", "a\0news", "", "\0", "ä\0"] * 2


def test_a_flood_is_delivered_whole_and_in_order(new_pusher: Make, server: DevServer) -> None:
    pusher = connected(new_pusher)
    seen: list[str | None] = []
    done = threading.Event()

    def count(event: pusherws.Event) -> None:
        seen.append(event.data)
        if len(seen) == 50_000:
            done.set()

    pusher.subscribe("news").wait(PATIENCE).bind("tick", count)
    server.flood("news", 50_000)
    assert done.wait(PATIENCE)
    assert seen == [str(number) for number in range(50_000)]
    assert pusher.dropped == 0


def test_handlers_are_called_by_name_channel_pattern_kind_and_once(new_pusher: Make, server: DevServer) -> None:
    pusher = connected(new_pusher)
    calls: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()

    def note(who: str) -> Callable[[pusherws.Event], None]:
        return lambda event: calls.put((who, event.name))

    news = pusher.subscribe("news").wait(PATIENCE)
    pusher.subscribe("other").wait(PATIENCE)
    pusher.bind(None, note("any message"), kind=EventKind.MESSAGE)
    news.bind("a", note("a on news"))
    news.bind("a", note("once"), once=True)
    pusher.bind("{a,b}*", note("pattern"), channel="n?ws", glob=True)
    news.on("b")(note("decorated"))
    server.publish("news", "a")
    server.publish("news", "a")
    server.publish("news", "b")
    server.publish("other", "a")
    server.publish("news", "end")
    expected = [
        *[("any message", "a"), ("a on news", "a"), ("once", "a"), ("pattern", "a")],
        *[("any message", "a"), ("a on news", "a"), ("pattern", "a")],
        *[("any message", "b"), ("pattern", "b"), ("decorated", "b")],
        *[("any message", "a"), ("any message", "end")],
    ]
    assert [calls.get(timeout=PATIENCE) for _ in expected] == expected


def test_unbinding_inside_a_handler_counts_at_once(new_pusher: Make, server: DevServer, collected: Collected) -> None:
    pusher = connected(new_pusher)
    news = pusher.subscribe("news").wait(PATIENCE)
    never = Collected()

    def first(_event: pusherws.Event) -> None:
        second.unbind()
        news.unbind("tick", first)

    news.bind("tick", first)
    second = news.bind("tick", never)
    news.bind("end", collected)
    server.publish("news", "tick")
    server.publish("news", "tick")
    server.publish("news", "end")
    collected.next()
    assert never.empty() and not second.active
    assert news.unbind("tick") == 0 and news.unbind() == 1


def test_requests_tell_how_they_ended(new_pusher: Make, server: DevServer) -> None:
    pusher = new_pusher()
    with pytest.raises(pusherws.NotConnectedError):
        pusher.ping().wait(PATIENCE)
    pusher.connect().wait(PATIENCE)
    request = pusher.ping()
    assert 0 < request.wait(PATIENCE) < PATIENCE
    assert request.done and request.exception() is None and "done" in repr(request)
    called = threading.Event()
    request.add_done_callback(lambda _: called.set())
    assert called.is_set()
    server.order("faults", fault="ignore_pings")
    slow = pusher.ping()
    with pytest.raises(TimeoutError):
        slow.wait(0.01)
    with pytest.raises(pusherws.StateError):
        slow.result()
    pusher.disconnect().wait(PATIENCE)
    with pytest.raises(pusherws.NotConnectedError):
        slow.wait(PATIENCE)
    assert "failed" in repr(slow)


def test_a_wrong_key_is_refused_for_good(server: DevServer) -> None:
    pusher = Pusher("wrong", **server.options())
    with pytest.raises(pusherws.RefusedError) as caught, pusher:
        pass
    assert caught.value.code == 4001
    assert pusher.closed


def test_mistakes_say_what_is_wrong(new_pusher: Make, server: DevServer) -> None:
    with pytest.raises(pusherws.ArgumentError, match="cluster"):
        Pusher("key")
    with pytest.raises(pusherws.ArgumentError):
        Pusher("", cluster="eu")
    with pytest.raises(pusherws.ArgumentError, match="port"):
        Pusher("key", host="x", port=-1)
    with pytest.raises(pusherws.ArgumentError, match="NUL"):
        Pusher("key", host="x\0y")
    with pytest.raises(TypeError, match="auth"):
        Pusher("key", cluster="eu", auth=7)  # type: ignore[arg-type]
    pusher = new_pusher()
    with pytest.raises(pusherws.ChannelNameError):
        pusher.subscribe("no spaces")
    with pytest.raises(pusherws.ArgumentError, match="JSON"):
        pusher.publish("private-a", "x", {"x": object()})
    with pytest.raises(TypeError):
        pusher.bind("x", "not callable")  # type: ignore[arg-type]
    with pytest.raises(pusherws.ArgumentError, match="pattern"):
        pusher.bind("{a", print, glob=True)
    with pytest.raises(pusherws.StateError):
        pusher.channel("x").wait(0)
    with pytest.raises(pusherws.StateError):
        pusher.dispatch()
    pusher.close()
    with pytest.raises(pusherws.ClosedError):
        pusher.connect()
    with pytest.raises(pusherws.ClosedError):
        print(pusher.state)


def test_nothing_secret_is_shown(server: DevServer) -> None:
    pusher = Pusher(server.key, **server.options(secret="hush-secret", proxy="http://user:hush-password@127.0.0.1:1"))
    shown = [repr(pusher), repr(pusher._options), repr(pusherws.Proxy("http://u:hush-password@x"))]
    shown.append(repr(pusherws.ChannelAuth("k:hush", shared_secret="hush")))
    shown.append(repr(pusherws.AuthEndpoint("https://x", headers={"Authorization": "hush"})))
    assert "hush" not in " ".join(shown)
    pusher.close()


def test_an_exception_in_a_handler_reaches_the_hook_and_stops_nothing(
    new_pusher: Make, server: DevServer, collected: Collected, hooked: queue.SimpleQueue[BaseException]
) -> None:
    pusher = connected(new_pusher)
    news = pusher.subscribe("news").wait(PATIENCE)

    def fail(event: pusherws.Event) -> None:
        raise {"exit": SystemExit, "value": ValueError}[event.data or ""](event.data)

    news.bind("tick", fail)
    news.bind("tick", collected)
    for text in ("value", "exit", "value"):
        server.publish("news", "tick", text)
    assert [type(hooked.get(timeout=PATIENCE)) for _ in range(3)] == [ValueError, SystemExit, ValueError]
    # What ends a thread is not passed on to the other handlers of its event.
    assert [event.data for event in collected.take(2)] == ["value", "value"]


def test_a_hook_of_the_programs_own_gets_the_event_too(
    new_pusher: Make, server: DevServer, hooked: queue.SimpleQueue[BaseException]
) -> None:
    seen: queue.SimpleQueue[Any] = queue.SimpleQueue()
    pusher = connected(new_pusher, on_error=lambda error, event: seen.put((error, event)))
    pusher.subscribe("news").wait(PATIENCE).bind("tick", lambda event: 1 / 0)
    server.publish("news", "tick", "7")
    error, event = seen.get(timeout=PATIENCE)
    assert isinstance(error, ZeroDivisionError) and event.data == "7"
    assert hooked.empty()


def test_what_happens_is_logged(new_pusher: Make, server: DevServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="pusherws")
    pusher = connected(new_pusher)
    request = pusher.publish("private-nowhere", "x")
    done = threading.Event()
    pusher.bind("pusher:completed", lambda event: done.set())
    pusher.ping().wait(PATIENCE)
    assert done.wait(PATIENCE) and request.done
    server.order("error", code=4301, message="slow down")
    pusher.ping().wait(PATIENCE)
    assert "connected" in caplog.messages
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert any("private-nowhere" in message for message in warnings)
    assert any("slow down" in message for message in warnings)
    assert server.secret not in caplog.text


def test_the_program_decides_about_each_try(server: DevServer) -> None:
    asked: list[int] = []

    def decide(event: pusherws.Event) -> float | None:
        asked.append(event.value)
        return 0.0 if len(asked) < 3 else None

    server.order("faults", fault="refuse_upgrade", status=503)
    pusher = Pusher(server.key, **server.options(reconnect=pusherws.Reconnect(decide=decide)))
    with pytest.raises(pusherws.CancelledError):
        pusher.connect().wait(PATIENCE)
    assert asked == [1, 2, 3] and pusher.state == ConnectionState.FAILED
    pusher.close()


@pytest.mark.parametrize("delivery", [Delivery(), Delivery(threaded=False)], ids=["threaded", "manual"])
def test_a_decision_that_is_none_is_told_and_the_next_is_asked_for(server: DevServer, delivery: Delivery) -> None:
    failures: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
    answers: list[Any] = [-2.0, "soon"]
    reconnect = pusherws.Reconnect(decide=lambda event: answers.pop(0) if answers else None, first=0.01, longest=0.01, patience=0.1)
    server.order("faults", fault="refuse_upgrade", status=503)
    pusher = Pusher(server.key, **server.options(reconnect=reconnect, delivery=delivery, on_error=lambda error, event: failures.put(error)))
    with pytest.raises(pusherws.CancelledError):
        pusher.connect().wait(PATIENCE)
    assert [type(failures.get(timeout=PATIENCE)) for _ in range(2)] == [pusherws.ArgumentError, TypeError]
    assert answers == [] and pusher.state == ConnectionState.FAILED
    pusher.close()


def test_a_slow_handler_loses_what_the_policy_says_and_is_told(server: DevServer, new_pusher: Make) -> None:
    delivery = Delivery(capacity=64, policy=pusherws.QueuePolicy.DROP_OLDEST)
    pusher = connected(new_pusher, delivery=delivery)
    go_on = threading.Event()
    pusher.subscribe("news").wait(PATIENCE)
    seen, dropped, ended = [], [], threading.Event()
    pusher.bind("pusher:dropped", lambda event: dropped.append(event.value))
    pusher.bind("end", lambda event: ended.set())
    pusher.bind("tick", lambda event: (go_on.wait(PATIENCE), seen.append(event.data)))
    server.flood("news", 5000)
    # The answer comes behind the flood, so all has been received.
    server.wait(connections=1)
    while pusher.dropped == 0:
        threading.Event().wait(0.005)
    go_on.set()
    server.publish("news", "end")
    assert ended.wait(PATIENCE)
    assert len(seen) + sum(dropped) == 5000 and pusher.dropped == sum(dropped)


def test_events_can_be_pickled(new_pusher: Make, server: DevServer, collected: Collected) -> None:
    import pickle

    pusher = connected(new_pusher)
    pusher.subscribe("news").wait(PATIENCE).bind("tick", collected)
    server.publish("news", "tick", json.dumps({"x": 1}))
    event = collected.next()
    copy = pickle.loads(pickle.dumps(event))
    assert copy == event and type(copy) is pusherws.Event and copy.json() == {"x": 1}
    assert "tick" in repr(event) and "news" in repr(event)
