"""The main job against soketi, a server that nobody of this project wrote."""

from __future__ import annotations

import asyncio

import pytest

import pusherws
from pusherws import AsyncPusher, ChannelKind, Pusher

from conftest import Collected
from servers import PATIENCE, Soketi

KEY = "b1mqZ3iYxlnDsXN6nmnmRQxt4nKlpRKBdEwuGcYFAj8="


def test_the_main_job(soketi: Soketi, collected: Collected) -> None:
    options = soketi.options(encryption_master_key=KEY)
    with Pusher(soketi.key, **options, presence_user=("ann", {"name": "Ann"}), user="ann") as ann:
        for kind in ChannelKind:
            ann.subscribe("room", kind=kind).wait(PATIENCE).bind("tick", collected)
        assert 0 < ann.ping().wait(PATIENCE) < PATIENCE
        for kind in ChannelKind:
            name = ann.channel("room", kind).name
            ann.trigger(name, "tick", {"channel": name}).wait(PATIENCE)
            event = collected.next()
            assert event.channel == name and event.json() == {"channel": name}
        room = ann.channel("presence-room")
        room.bind("client-hello", collected)
        room.bind("pusher:member_added", collected)
        with Pusher(soketi.key, **options, presence_user="bob") as bob:
            bob.subscribe("presence-room").wait(PATIENCE)
            assert collected.next().user_id == "bob"
            assert sorted(room.members) == ["ann", "bob"] and room.members["ann"].info == {"name": "Ann"}
            bob.publish("presence-room", "hello", [1, 2]).wait(PATIENCE)
            event = collected.next()
            assert (event.user_id, event.json()) == ("bob", [1, 2])
        ann.sign_in().wait(PATIENCE)
        assert "presence-room" in ann.get_channels("presence-").wait(PATIENCE)["channels"]
        assert ann.get_users("presence-room").wait(PATIENCE)["users"]


def test_a_wrong_key_and_a_wrong_secret_are_refused(soketi: Soketi) -> None:
    with pytest.raises(pusherws.RefusedError), Pusher("wrong", **soketi.options()):
        pass
    with Pusher(soketi.key, **soketi.options(secret="wrong")) as pusher:
        with pytest.raises(pusherws.PusherError):
            pusher.subscribe("private-a").wait(PATIENCE)
        with pytest.raises(pusherws.AuthError):
            pusher.trigger("news", "tick").wait(PATIENCE)


def test_asyncio(soketi: Soketi) -> None:
    async def main() -> list[int]:
        async with AsyncPusher(soketi.key, **soketi.options()) as pusher:
            channel = await pusher.subscribe("news")
            await pusher.trigger_batch([("news", "tick", {"n": number}) for number in range(10)])
            found: list[int] = []
            async for event in channel:
                found.append(event.json()["n"])
                if len(found) == 10:
                    break
            return found

    assert asyncio.run(asyncio.wait_for(main(), PATIENCE)) == list(range(10))
