"""What each command does."""

from __future__ import annotations

import argparse
import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from ..client import Pusher
from ..enums import EventKind
from ..errors import ForbiddenError, PusherError
from ..event import Event
from .auth_server import serve
from .demo import Demo
from .output import Output
from .settings import SettingsError, options, settings

_LOUD = frozenset((EventKind.ERROR, EventKind.SUBSCRIPTION_ERROR, EventKind.DECRYPTION_ERROR, EventKind.GAP, EventKind.DROPPED))


@contextlib.contextmanager
def client(chosen: argparse.Namespace, output: Output, *, connects: bool = True) -> Iterator[Pusher]:
    """A client with the settings, connected."""
    with contextlib.ExitStack() as stack:
        if chosen.demo:
            found: dict[str, Any] = stack.enter_context(Demo(output)).options(chosen)
        else:
            found = options(chosen, settings(chosen))
        pusher = Pusher(found.pop("key"), **found)
        if connects:
            yield stack.enter_context(pusher)
        else:
            stack.callback(pusher.close)
            yield pusher


def tail(chosen: argparse.Namespace, output: Output) -> int:
    """Prints what comes, until it is interrupted or has counted."""
    channels = chosen.channels or (list(Demo.CHANNELS) if chosen.demo else [])
    if not channels:
        raise SettingsError("which channels? Name one or more, such as: pusherws tail orders")
    left = [chosen.count]

    with client(chosen, output, connects=False) as pusher:

        def show(event: Event) -> None:
            if left[0] == 0:
                return
            try:
                output.event(event)
            except BrokenPipeError:
                left[0] = 0
                pusher.close()
                return
            if left[0] is not None:
                left[0] -= 1
                if left[0] == 0:
                    pusher.close()

        def tell(event: Event) -> None:
            if event.kind in _LOUD:
                output.error(f"{event.channel + ': ' if event.channel else ''}{event.data}")
            elif event.kind == EventKind.STATE_CHANGE:
                again = f", next try in {event.retry_in:.1f} s" if event.retry_in is not None else ""
                output.say(f"{getattr(event.state, 'name', event.state)}{again}".lower())
            elif event.kind == EventKind.SUBSCRIBED:
                output.say(f"subscribed to {event.channel}")

        kind = None if chosen.all else EventKind.MESSAGE
        pusher.bind(chosen.event, show, glob=chosen.event is not None, kind=kind)
        if not chosen.all:
            pusher.bind(None, tell)
        asked = [pusher.subscribe(name) for name in channels]
        with pusher:
            if pusher.run(0):
                return 0
            failed = 0
            for channel in asked:
                try:
                    channel.wait(chosen.timeout)
                except PusherError:
                    # It has been told.
                    failed += 1
            if failed == len(asked) and left[0] != 0:
                return 1
            pusher.run()
    return 0


def publish(chosen: argparse.Namespace, output: Output) -> int:
    """Subscribes, which client events need, and publishes one."""
    data = _data(chosen.data)
    with client(chosen, output) as pusher:
        name = chosen.channel
        if not name.startswith(("private-", "presence-")):
            raise ForbiddenError(f"client events are for private and presence channels; use: pusherws trigger {name}")
        channel = pusher.subscribe(name).wait(chosen.timeout)
        channel.publish(chosen.event, data).wait(chosen.timeout)
    _done(output, "published", channel=name, event=chosen.event)
    return 0


def trigger(chosen: argparse.Namespace, output: Output) -> int:
    """Publishes through the HTTP API."""
    data = _data(chosen.data)
    with client(chosen, output, connects=False) as pusher:
        channels = chosen.channel.split(",")
        pusher.trigger(channels, chosen.event, data, socket_id=chosen.socket_id).wait(chosen.timeout)
    _done(output, "triggered", channel=chosen.channel, event=chosen.event)
    return 0


def ping(chosen: argparse.Namespace, output: Output) -> int:
    """Pings, and shows the round trips."""
    times: list[float] = []
    lost = 0
    pause = threading.Event()
    with client(chosen, output) as pusher:
        while chosen.count is None or len(times) + lost < chosen.count:
            if times or lost:
                pause.wait(chosen.interval)
            try:
                times.append(pusher.ping().wait(chosen.timeout) * 1000)
            except PusherError as error:
                lost += 1
                output.error(str(error))
                continue
            if output.json:
                output.record(ping=len(times), milliseconds=round(times[-1], 3))
            else:
                now = output.paint("green", f"{times[-1]:.2f} ms")
                output.live(
                    f"ping {len(times)}: {now}   least {min(times):.2f}   mean {sum(times) / len(times):.2f}   most {max(times):.2f}"
                )
    output.finish()
    return 0 if times else 1


def auth_server(chosen: argparse.Namespace, output: Output) -> int:
    """Authorises everybody."""
    found = {"key": Demo.KEY, "secret": Demo.SECRET} if chosen.demo else settings(chosen)
    for name in ("key", "secret"):
        if name not in found:
            raise SettingsError(f"an authorisation server needs the {name}: give PUSHER_{name.upper()}")
    return serve(chosen, found, output)


def _data(text: str) -> str:
    return sys.stdin.read() if text == "-" else text


def _done(output: Output, what: str, **fields: str) -> None:
    if output.json:
        output.record(done=what, **fields)
    else:
        output.say(f"{what} {fields['event']} on {fields['channel']}")


COMMANDS: dict[str, Callable[[argparse.Namespace, Output], int]] = {
    "tail": tail,
    "publish": publish,
    "trigger": trigger,
    "ping": ping,
    "auth-server": auth_server,
}
