"""The embedded server, for trying things without an account."""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from ..client import Pusher
from ..errors import PusherError
from .output import Output
from .settings import SettingsError

_NAME = "pusherws-devserver" + (".exe" if sys.platform == "win32" else "")
_PACKAGE = Path(__file__).resolve().parents[1]


class Demo:
    """A server in a process of its own, and somebody who publishes on it. Both end with the `with`."""

    KEY, SECRET, APP_ID = "app-key", "app-secret", "app-id"
    CHANNELS = ("prices", "private-orders", "presence-room")

    def __init__(self, output: Output) -> None:
        self._output = output
        self._over = threading.Event()
        self._publisher = threading.Thread(target=self._publish, name="pusherws-demo", daemon=True)

    def __enter__(self) -> Demo:
        # It ends with its standard input, and so with this process, however that ends.
        self._process = subprocess.Popen(
            [find_server(), "--exit-with-stdin", "--quiet"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            raise SettingsError(f"the embedded server ended at once, with status {self._process.returncode}")
        self._port = int(line.rsplit(":", 1)[1])
        self._output.say(f"an embedded server listens on 127.0.0.1:{self._port}: key {self.KEY}, secret {self.SECRET}")
        self._publisher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._publisher.join()
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def options(self, chosen: argparse.Namespace) -> dict[str, Any]:
        """The options of a client of it."""
        user = (chosen.user_id or "you", chosen.user_info or {"name": "You"})
        return {**self._server(), "key": self.KEY, "presence_user": user, "open_timeout": chosen.timeout}

    def _server(self) -> dict[str, Any]:
        return {
            "host": "127.0.0.1",
            "port": self._port,
            "tls": False,
            "proxy": False,
            "secret": self.SECRET,
            "app_id": self.APP_ID,
        }

    def _publish(self) -> None:
        """Publishes something now and then, and comes and goes in the room."""
        server = {**self._server(), "presence_user": ("ann", {"name": "Ann"})}
        number = 0
        with contextlib.suppress(PusherError), Pusher(self.KEY, **server) as ann:
            room = ann.channel("presence-room")
            while not self._over.wait(0.4):
                number += 1
                price = {"name": random.choice(("APX", "BRN", "CTO")), "price": round(random.uniform(10, 99), 2)}
                ann.trigger("prices", "changed", price)
                if number % 3 == 0:
                    ann.trigger("private-orders", "created", {"id": number // 3, "total": round(random.uniform(5, 500), 2)})
                if number % 10 == 5:
                    room.subscribe()
                    room.publish("hello", {"text": "hello, everybody"})
                elif number % 10 == 0:
                    room.unsubscribe()


def find_server() -> str:
    """Where the embedded server is. Raises SettingsError with what to do where it is not."""
    chosen = os.environ.get("PUSHERWS_DEVSERVER")
    if chosen:
        return chosen
    packaged = _PACKAGE / _NAME
    built = [_PACKAGE.parents[2] / "target" / profile / _NAME for profile in ("release", "debug")]
    for path in (packaged, *built):
        if path.is_file():
            return str(path)
    found = shutil.which(_NAME)
    if found is None:
        raise SettingsError(
            "this installation has no embedded server; build it (cargo build --release -p pusherws-devserver) and let "
            "PUSHERWS_DEVSERVER name it"
        )
    return found
