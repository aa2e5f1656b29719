"""Channels of every kind, presence, client events, users and the HTTP API, with `Pusher` against the embedded server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pusherws
from pusherws import ChannelKind, ChannelState, ConnectionState, EventKind, Pusher, _calls

from conftest import Collected
from servers import PATIENCE, Answering, DevServer

Make = Callable[..., Pusher]


def connected(new_pusher: Make, **options: Any) -> Pusher:
    pusher = new_pusher(**options)
    pusher.connect().wait(PATIENCE)
    return pusher


def test_every_kind_of_channel_can_be_subscribed(new_pusher: Make) -> None:
    key = "b1mqZ3iYxlnDsXN6nmnmRQxt4nKlpRKBdEwuGcYFAj8="
    pusher = connected(new_pusher, presence_user=("1", {"name": "Ann"}), encryption_master_key=key)
    for kind in ChannelKind:
        channel = pusher.subscribe("room", kind=kind).wait(PATIENCE)
        assert channel.subscribed
    assert set(pusher.channel_states().values()) == {ChannelState.SUBSCRIBED}
    assert len(pusher.channel_states()) == len(ChannelKind)
    pusher.unsubscribe_all().wait(PATIENCE)
    assert pusher.channel_states() == {}


def test_an_encrypted_event_is_published_and_read(new_pusher: Make, collected: Collected) -> None:
    key = "b1mqZ3iYxlnDsXN6nmnmRQxt4nKlpRKBdEwuGcYFAj8="
    pusher = connected(new_pusher, encryption_master_key=key)
    pusher.subscribe("private-encrypted-a").wait(PATIENCE).bind("secret", collected)
    pusher.trigger("private-encrypted-a", "secret", {"x": 1}).wait(PATIENCE)
    assert collected.next().json() == {"x": 1}


def test_a_cache_channel_tells_that_it_has_nothing(new_pusher: Make, server: DevServer, collected: Collected) -> None:
    pusher = new_pusher()
    cache = pusher.channel("cache-a")
    cache.bind("pusher:cache_miss", collected)
    cache.bind("tick", collected)
    cache.subscribe()
    pusher.connect()
    assert collected.next().kind == EventKind.CACHE_MISS
    server.publish("cache-a", "tick", "1")
    assert collected.next().data == "1"


def test_client_events_reach_the_others(new_pusher: Make, collected: Collected) -> None:
    ann = connected(new_pusher, presence_user="ann")
    bob = connected(new_pusher, presence_user="bob")
    bob.subscribe("presence-room").wait(PATIENCE).bind("client-typing", collected)
    ann.subscribe("presence-room").wait(PATIENCE).publish("typing", {"on": True}).wait(PATIENCE)
    event = collected.next()
    assert (event.json(), event.user_id) == ({"on": True}, "ann")
    with pytest.raises(pusherws.NotSubscribedError):
        ann.publish("private-other", "x").wait(PATIENCE)
    with pytest.raises(pusherws.ForbiddenError):
        ann.publish("private-encrypted-x", "x")


def test_members_are_those_of_now(new_pusher: Make, collected: Collected) -> None:
    ann = connected(new_pusher, presence_user=("ann", {"name": "Ann"}))
    room = ann.channel("presence-room")
    assert len(room.members) == 0 and dict(room.members) == {}
    room.subscribe().wait(PATIENCE)
    assert room.members.me is not None and room.members.me.info == {"name": "Ann"}
    room.bind("pusher:member_added", collected)
    room.bind("pusher:member_removed", collected)
    bob = connected(new_pusher, presence_user="bob")
    bob.subscribe("presence-room").wait(PATIENCE)
    event = collected.next()
    assert (event.kind, event.user_id, event.value) == (EventKind.MEMBER_ADDED, "bob", 2)
    assert list(room.members) == ["ann", "bob"] and "bob" in room.members and "x" not in room.members
    assert not room.members["bob"].is_me and room.members["bob"].info is None
    with pytest.raises(KeyError):
        room.members["x"]
    bob.close(PATIENCE)
    assert collected.next().kind == EventKind.MEMBER_REMOVED
    assert list(room.members) == ["ann"]
    with pytest.raises(pusherws.ArgumentError):
        len(ann.channel("news").members)


def test_a_refused_subscription_raises_with_its_code(new_pusher: Make, server: DevServer) -> None:
    server.order("faults", fault="auth_status", status=403)
    url = f"http://{server.host}:{server.port}/pusher/auth"
    pusher = connected(new_pusher, secret=None, auth=url)
    with pytest.raises(pusherws.AuthError) as caught:
        pusher.subscribe("private-a").wait(PATIENCE)
    assert caught.value.code == 403
    assert pusher.channel("private-a").state == ChannelState.REFUSED


def test_the_http_api(new_pusher: Make, collected: Collected) -> None:
    pusher = connected(new_pusher, presence_user="ann")
    pusher.subscribe("presence-room").wait(PATIENCE).bind("tick", collected)
    pusher.subscribe("news").wait(PATIENCE).bind("tick", collected)
    pusher.trigger(["presence-room", "news"], "tick", {"n": 1}).wait(PATIENCE)
    assert {event.channel for event in collected.take(2)} == {"presence-room", "news"}
    pusher.trigger_batch([("news", "tick", "2"), pusherws.BatchEvent("news", "tick", [3])]).wait(PATIENCE)
    assert [event.data for event in collected.take(2)] == ["2", "[3]"]
    channels = pusher.get_channels("presence-", "user_count").wait(PATIENCE)["channels"]
    assert channels == {"presence-room": {"user_count": 1}}
    assert pusher.get_channel("news", "subscription_count").wait(PATIENCE)["occupied"] is True
    assert pusher.get_users("presence-room").wait(PATIENCE) == {"users": [{"id": "ann"}]}
    pusher.publish("news", "tick", "by publish").wait(PATIENCE)
    assert collected.next().data == "by publish"
    pusher.trigger("news", "tick", "not to me", socket_id=pusher.socket_id).wait(PATIENCE)
    pusher.trigger("news", "tick", "end").wait(PATIENCE)
    assert collected.next().data == "end"
    poor = new_pusher(app_id=None)
    with pytest.raises(pusherws.AuthError):
        poor.trigger("news", "tick")


def test_signing_in(new_pusher: Make, server: DevServer, collected: Collected) -> None:
    pusher = connected(new_pusher, user={"id": "7", "watchlist": ["8"]})
    pusher.sign_in().wait(PATIENCE)
    pusher.bind(None, collected, channel="#server-to-user-7")
    pusher.send_to_user("7", "hello", {"x": 1}).wait(PATIENCE)
    assert collected.next().json() == {"x": 1}
    pusher.bind(None, collected, kind=EventKind.WATCHLIST)
    other = connected(new_pusher, user="8")
    other.sign_in().wait(PATIENCE)
    event = collected.next()
    assert (event.name, event.json()) == ("online", ["8"])
    pusher.bind("pusher:state_change", collected)
    pusher.terminate_user("7").wait(PATIENCE)
    assert collected.next().state == ConnectionState.FAILED


def test_a_gap_is_told_after_a_loss(new_pusher: Make, server: DevServer, collected: Collected) -> None:
    pusher = connected(new_pusher, reconnect=pusherws.Reconnect(first=0.01, longest=0.05))
    pusher.subscribe("news").wait(PATIENCE).bind("pusher:gap", collected)
    server.order("drop", how="rst")
    event = collected.next()
    assert event.kind == EventKind.GAP and event.channel == "news" and event.json()["tries"] >= 1
    states = Collected()
    pusher.bind("pusher:state_change", states)
    pusher.network_changed().wait(PATIENCE)
    with pytest.raises(pusherws.StateError):
        pusher.retry(0).wait(PATIENCE)


def test_what_was_counted(new_pusher: Make, server: DevServer, collected: Collected) -> None:
    pusher = connected(new_pusher, reconnect=pusherws.Reconnect(first=0.01, longest=0.05))
    pusher.subscribe("news").wait(PATIENCE).bind("tick", collected)
    pusher.bind("pusher:gap", collected)
    server.publish("news", "tick", "1234")
    collected.next()
    pusher.ping().wait(PATIENCE)
    server.order("close", code=4200)
    collected.next()
    found = pusher.metrics()
    assert (found.state, found.connects, found.messages, found.dropped) == (ConnectionState.CONNECTED, 2, 1, 0)
    assert found.losses == {pusherws.Cause.CLOSE_RECONNECT: 1}
    assert found.events[EventKind.MESSAGE] == 1 and EventKind.DROPPED not in found.events
    assert found.ping_last is not None and 0 < found.ping_last < PATIENCE and found.pongs >= 1
    assert found.connected_since is not None and found.frames_in > found.messages
    news = found.channels["news"]
    assert (news.state, news.messages, news.bytes) == (ChannelState.SUBSCRIBED, 1, 4) and news.last is not None
    text = pusher.prometheus("mine")
    assert "# TYPE" in text and 'client="mine"' in text and "news" in text
    many = [f"channel-{number}" for number in range(100)]
    for channel in [pusher.subscribe(name) for name in many]:
        channel.wait(PATIENCE)
    assert all(name in pusher.prometheus() for name in many)


def test_the_librarys_log_and_the_dump(new_pusher: Make, server: DevServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1, logger="pusherws.library")
    pusher = connected(new_pusher, log_level=pusherws.LogLevel.TRACE)
    everything = Collected()
    pusher.bind(None, everything)
    pusher.subscribe("private-a").wait(PATIENCE)
    pusher.ping().wait(PATIENCE)
    levels = {record.levelname for record in caplog.records if record.name == "pusherws.library"}
    assert {"INFO", "DEBUG", "Level 5"} <= levels
    assert server.secret not in caplog.text
    while not everything.empty():
        assert everything.next().kind != EventKind.LOG
    dump = pusher.dump()
    assert "private-a" in str(dump) and server.secret not in str(dump)


DEEP = "[" * 100_000


def test_an_answer_that_python_cannot_read_is_given_as_text(new_pusher: Make) -> None:
    with Answering(DEEP.encode()) as api:
        assert new_pusher(api_host=api.host, api_port=api.port).get_channels().wait(PATIENCE) == DEEP


def test_a_request_ends_whatever_goes_wrong_with_its_answer(new_pusher: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_event: pusherws.Event) -> float:
        raise LookupError("wrong")

    monkeypatch.setattr(_calls, "_seconds", fail)
    with pytest.raises(pusherws.ProtocolError, match="ping: .*LookupError"):
        connected(new_pusher).ping().wait(PATIENCE)
