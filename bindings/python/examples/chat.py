"""A chat on a presence channel, with asyncio: what you type goes to the others, and who comes and goes is told.

    python chat.py NAME [ROOM]

Uses PUSHER_KEY, PUSHER_SECRET, and PUSHER_CLUSTER or PUSHER_HOST, PUSHER_PORT and PUSHER_TLS, as the examples in C do. Needs a terminal
or a pipe of POSIX.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from pusherws import AsyncChannel, AsyncPusher, Event


def options() -> dict[str, Any]:
    """Where to, from the environment."""
    found: dict[str, Any] = {"secret": os.environ["PUSHER_SECRET"], "tls": os.environ.get("PUSHER_TLS") != "0"}
    if "PUSHER_HOST" in os.environ:
        found["host"] = os.environ["PUSHER_HOST"]
        if "PUSHER_PORT" in os.environ:
            found["port"] = int(os.environ["PUSHER_PORT"])
    else:
        found["cluster"] = os.environ.get("PUSHER_CLUSTER", "mt1")
    return found


async def hear(room: AsyncChannel) -> None:
    """Shows what the others say."""
    async for event in room:
        if event.name == "client-line":
            print(f"{event.user_id}: {event.json()['text']}", flush=True)


async def speak(room: AsyncChannel) -> None:
    """Sends what is typed, until the end of the input."""
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        await room.publish("line", {"text": line.decode().rstrip()})


async def main(name: str, room_name: str) -> None:
    async with AsyncPusher(os.environ["PUSHER_KEY"], presence_user=name, **options()) as pusher:
        room = pusher.channel(f"presence-{room_name}")

        @room.on("pusher:member_added")
        @room.on("pusher:member_removed")
        def come_and_go(event: Event) -> None:
            how = "comes" if event.name.endswith("added") else "goes"
            print(f"* {event.user_id} {how}; here: {', '.join(room.members)}", flush=True)

        await room.subscribe()
        print(f"* here: {', '.join(room.members)}", flush=True)
        hearing = asyncio.ensure_future(hear(room))
        await speak(room)
        hearing.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "lobby"))
