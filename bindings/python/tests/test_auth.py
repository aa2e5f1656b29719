"""Permission: by an endpoint, by a function, ready-made; and signing in."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from typing import Any

import pytest

import pusherws
from pusherws import AuthEndpoint, ChannelAuth, Delivery, Prepared, Pusher, Reconnect, UserAuth
from pusherws.server import Signer

from servers import PATIENCE, DevServer

Make = Callable[..., Pusher]
KEY = "b1mqZ3iYxlnDsXN6nmnmRQxt4nKlpRKBdEwuGcYFAj8="
SIGNER = Signer(DevServer.key, DevServer.secret, encryption_master_key=KEY)


def asking(new_pusher: Make, **options: Any) -> Pusher:
    """A client that does not know the secret."""
    pusher = new_pusher(secret=None, **options)
    pusher.connect().wait(PATIENCE)
    return pusher


@pytest.mark.parametrize("as_json", [False, True])
def test_an_endpoint_with_headers_and_parameters(new_pusher: Make, server: DevServer, as_json: bool) -> None:
    server.order("auth", required_header=["X-Token", "t"], required_param=["room", "7"])
    url = f"http://{server.host}:{server.port}/pusher/auth"
    pusher = asking(new_pusher, auth=AuthEndpoint(url, {"X-Token": "t"}, {"room": "7", "user_id": "ann"}, json=as_json))
    pusher.subscribe("private-a").wait(PATIENCE)
    assert pusher.subscribe("presence-a").wait(PATIENCE).members.me is not None
    poor = asking(new_pusher, auth=url)
    with pytest.raises(pusherws.AuthError) as caught:
        poor.subscribe("private-a").wait(PATIENCE)
    assert caught.value.code == 403


def test_a_fresh_token_is_asked_for_where_the_endpoint_refuses(new_pusher: Make, server: DevServer) -> None:
    server.order("auth", required_header=["Authorization", "Bearer fresh"])
    asked: list[pusherws.PrepareRequest] = []

    def prepare(request: pusherws.PrepareRequest) -> dict[str, str]:
        asked.append(request)
        return {"Authorization": "Bearer fresh" if request.refused else "Bearer stale"}

    url = f"http://{server.host}:{server.port}/pusher"
    endpoint = AuthEndpoint(f"{url}/auth", prepare=prepare)
    users = AuthEndpoint(f"{url}/user-auth", prepare=lambda _: Prepared({"Authorization": "Bearer fresh"}, {"user_id": "7"}))
    pusher = asking(new_pusher, auth=endpoint, user_auth=users)
    pusher.subscribe("private-a").wait(PATIENCE)
    assert [(request.channels, request.refused) for request in asked] == [(("private-a",), False), (("private-a",), True)]
    assert asked[0].socket_id == pusher.socket_id
    pusher.sign_in().wait(PATIENCE)


@pytest.mark.parametrize("delivery", [Delivery(), Delivery(threaded=False)], ids=["threaded", "manual"])
def test_a_function_authorises_every_kind(new_pusher: Make, delivery: Delivery) -> None:
    threads = set()

    def authorise(request: pusherws.AuthRequest) -> Any:
        threads.add(threading.current_thread().name)
        user = {"user_id": "1"} if request.channel.startswith("presence-") else None
        answer = SIGNER.authorize_channel(request.socket_id, request.channel, user)
        # What an endpoint answers is taken as it is, and read or not.
        found = json.loads(answer)
        return {"private-a": answer, "presence-a": found}.get(request.channel) or ChannelAuth(**found)

    def authorise_user(request: pusherws.UserAuthRequest) -> Any:
        return json.loads(SIGNER.authorize_user(request.socket_id, {"id": "1"}))

    pusher = asking(new_pusher, auth=authorise, user_auth=authorise_user, delivery=delivery)
    for name in ("private-a", "presence-a", "private-encrypted-a"):
        pusher.subscribe(name).wait(PATIENCE)
    pusher.sign_in().wait(PATIENCE)
    # Never on the thread that delivers, where there is one.
    assert threads == ({"pusherws-auth"} if delivery.threaded else {threading.current_thread().name})


def test_a_slow_authoriser_holds_up_nobody(new_pusher: Make, server: DevServer) -> None:
    go_on = threading.Event()

    def authorise(request: pusherws.AuthRequest) -> str:
        assert go_on.wait(PATIENCE)
        return SIGNER.authorize_channel(request.socket_id, request.channel)

    pusher = asking(new_pusher, auth=authorise)
    channels = [pusher.subscribe(f"private-{number}") for number in range(40)]
    pusher.ping().wait(PATIENCE)
    assert not any(channel.subscribed for channel in channels)
    go_on.set()
    for channel in channels:
        channel.wait(PATIENCE)


def test_batches_are_answered_by_channel(new_pusher: Make, server: DevServer) -> None:
    asked: list[tuple[str, ...]] = []

    def authorise(request: pusherws.AuthRequest) -> dict[str, Any]:
        asked.append(request.channels)
        wanted = [name for name in request.channels if name != "private-no"]
        return {name: SIGNER.authorize_channel(request.socket_id, name) for name in wanted}

    pusher = new_pusher(secret=None, auth=authorise, auth_batches=True)
    good = [pusher.subscribe(f"private-{number}") for number in range(3)]
    bad = pusher.subscribe("private-no")
    pusher.connect()
    for channel in good:
        channel.wait(PATIENCE)
    with pytest.raises(pusherws.AuthError, match="does not have this channel"):
        bad.wait(PATIENCE)
    assert sorted(name for batch in asked for name in batch) == ["private-0", "private-1", "private-2", "private-no"]
    assert len(asked) == 1


@pytest.mark.parametrize("bad", [{"auth": b"bytes"}, ChannelAuth("a\0b"), 7], ids=["bytes", "nul", "number"])
def test_a_bad_answer_in_a_batch_refuses_its_channel_at_once(new_pusher: Make, bad: Any) -> None:
    failures: queue.SimpleQueue[BaseException] = queue.SimpleQueue()

    def authorise(request: pusherws.AuthRequest) -> Any:
        if len(request.channels) == 1:
            return SIGNER.authorize_channel(request.socket_id, request.channel)
        good = {name: SIGNER.authorize_channel(request.socket_id, name) for name in request.channels}
        return {**good, "private-bad": bad}

    # Longer than anybody here waits.
    timeouts = pusherws.Timeouts(auth=10 * PATIENCE)
    pusher = new_pusher(
        secret=None, auth=authorise, auth_batches=True, timeouts=timeouts, on_error=lambda error, event: failures.put(error)
    )
    wrong, right = pusher.subscribe("private-bad"), pusher.subscribe("private-good")
    pusher.connect()
    right.wait(PATIENCE)
    with pytest.raises(pusherws.AuthError, match="none that can be used"):
        wrong.wait(PATIENCE)
    if bad != 7:
        assert isinstance(failures.get(timeout=PATIENCE), (TypeError, pusherws.ArgumentError))
    assert failures.empty()
    # And the next is asked for, too.
    pusher.subscribe("private-later").wait(PATIENCE)


def test_where_there_is_no_thread_to_ask_the_channel_is_refused_at_once(new_pusher: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    failures: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
    pusher = asking(
        new_pusher,
        auth=lambda request: SIGNER.authorize_channel(request.socket_id, request.channel),
        timeouts=pusherws.Timeouts(auth=10 * PATIENCE),
        on_error=lambda error, event: failures.put(error),
    )

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(pusherws.AuthError, match="RuntimeError"):
            pusher.subscribe("private-a").wait(PATIENCE)
    assert isinstance(failures.get(timeout=PATIENCE), RuntimeError)
    pusher.subscribe("private-a").wait(PATIENCE)


def test_a_refusal_that_is_no_text_for_c_is_a_refusal(new_pusher: Make) -> None:
    def authorise(request: pusherws.AuthRequest) -> None:
        raise pusherws.AuthError("no \0 \ud800")

    pusher = asking(new_pusher, auth=authorise, timeouts=pusherws.Timeouts(auth=10 * PATIENCE))
    with pytest.raises(pusherws.AuthError, match="no"):
        pusher.subscribe("private-a").wait(PATIENCE)


@pytest.mark.parametrize("batches", [False, True], ids=["single", "batch"])
def test_an_answer_that_comes_when_the_client_is_gone_goes_nowhere(new_pusher: Make, batches: bool) -> None:
    failures: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
    asked, go_on, calls = threading.Semaphore(0), threading.Event(), []

    def authorise(request: pusherws.AuthRequest) -> Any:
        calls.append(request)
        asked.release()
        assert go_on.wait(PATIENCE)
        good = {name: SIGNER.authorize_channel(request.socket_id, name) for name in request.channels}
        return good if len(good) > 1 else good[request.channel]

    pusher = new_pusher(secret=None, auth=authorise, auth_batches=batches, on_error=lambda error, event: failures.put(error))
    for number in range(20):
        pusher.subscribe(f"private-{number}")
    pusher.connect().wait(PATIENCE)
    for _ in range(1 if batches else 8):
        assert asked.acquire(timeout=PATIENCE)
    pusher.close(PATIENCE)
    workers = [thread for thread in threading.enumerate() if thread.name == "pusherws-auth"]
    begun = len(calls)
    go_on.set()
    for thread in workers:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    # Nor are those asked that waited for a thread.
    assert failures.empty() and len(calls) == begun


@pytest.mark.parametrize(
    "answer,message",
    [
        (None, "NoneType"),
        (7, "int"),
        ("no json", "not JSON"),
        ({}, 'no "auth"'),
        ({"auth": "malformed"}, "auth"),
        (ChannelAuth("a\0b"), "ArgumentError"),
    ],
)
def test_answers_that_are_none_are_refusals_that_say_why(new_pusher: Make, answer: Any, message: str) -> None:
    pusher = asking(new_pusher, auth=lambda request: answer, on_error=lambda error, event: None)
    with pytest.raises(pusherws.AuthError, match=message):
        pusher.subscribe("private-a").wait(PATIENCE)


def test_what_an_authoriser_raises_reaches_the_hook_and_no_message(new_pusher: Make, hooked: queue.SimpleQueue[BaseException]) -> None:
    def authorise(request: pusherws.AuthRequest) -> None:
        raise LookupError("token=hush")

    pusher = asking(new_pusher, auth=authorise)
    with pytest.raises(pusherws.AuthError) as caught:
        pusher.subscribe("private-a").wait(PATIENCE)
    assert "LookupError" in str(caught.value) and "hush" not in str(caught.value)
    assert isinstance(hooked.get(timeout=PATIENCE), LookupError)


def test_after_a_reconnect_everything_is_authorised_anew(new_pusher: Make, server: DevServer) -> None:
    sockets: queue.SimpleQueue[str] = queue.SimpleQueue()

    def authorise(request: pusherws.AuthRequest) -> str:
        sockets.put(request.socket_id)
        return SIGNER.authorize_channel(request.socket_id, request.channel)

    pusher = asking(new_pusher, auth=authorise, reconnect=Reconnect(first=0.01, longest=0.05))
    channel = pusher.subscribe("private-a").wait(PATIENCE)
    again = threading.Event()
    channel.bind("pusher:subscription_succeeded", lambda event: again.set())
    first = sockets.get(timeout=PATIENCE)
    server.order("drop", how="rst")
    assert again.wait(PATIENCE)
    second = sockets.get(timeout=PATIENCE)
    assert first != second == pusher.socket_id


def test_a_ready_made_permission(new_pusher: Make) -> None:
    pusher = asking(new_pusher)
    assert pusher.socket_id
    found = json.loads(SIGNER.authorize_channel(pusher.socket_id, "presence-a", {"user_id": "9"}))
    channel = pusher.subscribe("presence-a", auth=ChannelAuth(**found)).wait(PATIENCE)
    assert list(channel.members) == ["9"]
    with pytest.raises(pusherws.AuthError):
        pusher.subscribe("private-b", auth=ChannelAuth("malformed"))
    with pytest.raises(pusherws.AuthError):
        pusher.subscribe("private-b").wait(PATIENCE)
    with pytest.raises(pusherws.ArgumentError, match="together"):
        pusher.subscribe("presence-a", user={"user_id": "1"}, auth=ChannelAuth(**found))


def test_a_user_for_one_channel(new_pusher: Make) -> None:
    pusher = new_pusher(presence_user="everywhere")
    pusher.connect().wait(PATIENCE)
    here = pusher.subscribe("presence-a", user={"user_id": "here", "user_info": {"x": 1}}).wait(PATIENCE)
    assert here.members.me is not None and here.members.me.user_id == "here"
    there = pusher.subscribe("presence-b").wait(PATIENCE)
    assert list(there.members) == ["everywhere"]


def test_two_ways_at_once_are_an_error() -> None:
    with pytest.raises(pusherws.ArgumentError, match="two endpoints or two functions"):
        Pusher("key", cluster="eu", auth="https://example.com/auth", user_auth=lambda request: UserAuth("a:b", "{}"))
