"""What the tests share."""

from __future__ import annotations

import faulthandler
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from servers import PATIENCE, ROOT, DevServer, Soketi

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
# What scripts/test-python.sh says, for those who run one test by hand.
os.environ.setdefault("PUSHERWS_LIBRARY", str(ROOT / "target/debug/libpusherws.so"))

from pusherws import Event, Pusher

# In the background of a shell Ctrl-C is ignored, and would be by the programs that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def watched() -> Iterator[None]:
    """A test that hangs says where, and ends."""
    faulthandler.dump_traceback_later(10 * PATIENCE, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(scope="session")
def devserver() -> Iterator[DevServer]:
    server = DevServer()
    yield server
    server.close()


@pytest.fixture
def server(devserver: DevServer) -> DevServer:
    """The embedded server, as new."""
    devserver.reset()
    return devserver


@pytest.fixture(scope="session")
def soketi() -> Iterator[Soketi]:
    server = Soketi()
    yield server
    server.close()


@pytest.fixture
def new_pusher(server: DevServer) -> Iterator[Callable[..., Pusher]]:
    """Makes clients of the embedded server, and closes them."""
    made: list[Pusher] = []

    def make(**options: Any) -> Pusher:
        pusher = Pusher(server.key, **server.options(**options))
        made.append(pusher)
        return pusher

    yield make
    for pusher in made:
        pusher.close(PATIENCE)


class Collected:
    """A handler that keeps what it is given."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.threads: set[str] = set()

    def __call__(self, event: Event) -> None:
        self.threads.add(threading.current_thread().name)
        self._events.put(event)

    def next(self) -> Event:
        return self._events.get(timeout=PATIENCE)

    def take(self, count: int) -> list[Event]:
        return [self.next() for _ in range(count)]

    def empty(self) -> bool:
        return self._events.empty()


@pytest.fixture
def collected() -> Collected:
    return Collected()


@pytest.fixture
def hooked(monkeypatch: pytest.MonkeyPatch) -> queue.SimpleQueue[BaseException]:
    """What reaches threading.excepthook."""
    seen: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
    monkeypatch.setattr(threading, "excepthook", lambda arguments: seen.put(arguments.exc_value))
    return seen


@pytest.fixture
def run_program(server: DevServer) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a Python program in a process of its own, with a client `pusher` that is connected and subscribed to news."""
    prelude = f"""
import faulthandler, sys
faulthandler.enable()
sys.path[:0] = {sys.path!r}
import pusherws
options = {server.options()!r}
def connected(**more):
    pusher = pusherws.Pusher({server.key!r}, **options, **more)
    pusher.connect().wait({PATIENCE})
    pusher.subscribe("news").wait({PATIENCE})
    return pusher
"""

    def run(program: str, *, status: int | None = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-c", prelude + program],
            capture_output=True,
            text=True,
            timeout=PATIENCE * 4,
            env={**os.environ, "PYTHONWARNINGS": "default"},
            check=False,
        )
        assert status is None or done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    return run
