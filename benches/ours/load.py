"""The library in Python, in each way its binding delivers: to a handler on the client's own thread, to one inside of `dispatch`, and
to `async for`.

    python load.py thread|dispatch|handler|async PORT CHANNEL

`handler` is a handler on an event loop. Measures as ../load/src/measure.rs does.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import threading
import time
from typing import Any

import pusherws

OPTIONS: dict[str, Any] = {"host": "127.0.0.1", "tls": False, "proxy": False}


class Meter:
    """Counts what it sees between `begin` and `end`, and what that took."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.begin()

    def begin(self, _event: object = None) -> None:
        self.events = 0
        self.characters = 0
        self.sum = 0
        self.used = resource.getrusage(resource.RUSAGE_SELF)
        self.since = time.monotonic()

    def event(self, event: pusherws.Event) -> None:
        data = event.data or ""
        self.events += 1
        self.characters += len(data)
        self.sum += ord(data[0]) ^ ord(data[-1])

    def end(self, _event: object = None) -> None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(
            f"events={self.events} characters={self.characters} sum={self.sum}"
            f" user_us={(used.ru_utime - self.used.ru_utime) * 1e6:.0f}"
            f" system_us={(used.ru_stime - self.used.ru_stime) * 1e6:.0f}"
            f" wall_us={(time.monotonic() - self.since) * 1e6:.0f}",
            flush=True,
        )
        self.done.set()

    def bind(self, client: pusherws.Pusher | pusherws.AsyncPusher) -> None:
        client.bind("begin", self.begin)
        client.bind("price-changed", self.event)
        client.bind("end", self.end)


def with_threads(mode: str, port: int, channel: str) -> None:
    meter = Meter()
    delivery = pusherws.Delivery(threaded=mode == "thread")
    with pusherws.Pusher("key", port=port, delivery=delivery, **OPTIONS) as pusher:
        meter.bind(pusher)
        pusher.subscribe(channel)
        if mode == "thread":
            meter.done.wait()
        while not meter.done.is_set():
            pusher.dispatch(None)


async def with_asyncio(mode: str, port: int, channel: str) -> None:
    meter = Meter()
    async with pusherws.AsyncPusher("key", port=port, **OPTIONS) as pusher:
        if mode == "handler":
            meter.bind(pusher)
            ended = asyncio.Event()
            pusher.bind("end", lambda event: ended.set())
            await pusher.subscribe(channel)
            await ended.wait()
            return
        async for event in await pusher.subscribe(channel):
            if event.name == "price-changed":
                meter.event(event)
            elif event.name == "begin":
                meter.begin()
            elif event.name == "end":
                meter.end()
                break
            else:
                raise RuntimeError(f"unexpected: {event}")


def main() -> None:
    mode, port, channel = sys.argv[1:]
    if mode in ("thread", "dispatch"):
        with_threads(mode, int(port), channel)
    else:
        asyncio.run(with_asyncio(mode, int(port), channel))


main()
