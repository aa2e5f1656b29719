"""The examples do what they say."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from servers import PATIENCE, DevServer

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def test_the_asgi_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUSHER_KEY", DevServer.key)
    monkeypatch.setenv("PUSHER_SECRET", DevServer.secret)
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import auth_asgi

    def ask(path: str, body: str, user: str | None) -> tuple[int, str]:
        sent: list[dict[str, Any]] = []
        pieces = [{"body": body[:5].encode(), "more_body": True}, {"body": body[5:].encode()}]
        headers = [(b"x-user", user.encode())] if user else []
        scope = {"type": "http", "method": "POST", "path": path, "headers": headers}

        async def receive() -> dict[str, Any]:
            return pieces.pop(0)

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        asyncio.run(auth_asgi.app(scope, receive, send))
        return sent[0]["status"], sent[1]["body"].decode()

    form = "socket_id=1.2&channel_name="
    status, text = ask("/pusher/auth", form + "private-ann", "ann")
    assert status == 200 and json.loads(text)["auth"].startswith(f"{DevServer.key}:")
    status, text = ask("/pusher/auth", form + "presence-room", "ann")
    assert json.loads(json.loads(text)["channel_data"]) == {"user_id": "ann"}
    for path, body, user, expected in (
        ("/pusher/auth", form + "private-bob", "ann", 403),
        ("/pusher/auth", form + "private-ann", None, 403),
        ("/pusher/auth", "socket_id=x&channel_name=private-ann", "ann", 400),
        ("/pusher/auth", "channel_name=private-ann", "ann", 400),
        ("/other", "", "ann", 404),
    ):
        assert ask(path, body, user)[0] == expected


@pytest.mark.skipif(sys.platform == "win32", reason="reads the standard input as POSIX has it")
def test_two_chat(server: DevServer) -> None:
    env = {
        **os.environ,
        "PYTHONPATH": str(EXAMPLES.parent),
        "PUSHER_KEY": server.key,
        "PUSHER_SECRET": server.secret,
        "PUSHER_HOST": server.host,
        "PUSHER_PORT": str(server.port),
        "PUSHER_TLS": "0",
    }

    def start(name: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(EXAMPLES / "chat.py"), name],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    with start("ann") as ann:
        assert ann.stdin is not None and ann.stdout is not None
        assert ann.stdout.readline() == "* here: ann\n"
        with start("bob") as bob:
            assert bob.stdin is not None and bob.stdout is not None
            assert bob.stdout.readline() == "* here: ann, bob\n"
            assert ann.stdout.readline() == "* bob comes; here: ann, bob\n"
            bob.stdin.write("hello\n")
            bob.stdin.flush()
            assert ann.stdout.readline() == "bob: hello\n"
            bob.stdin.close()
            assert bob.wait(PATIENCE) == 0
        assert ann.stdout.readline() == "* bob goes; here: ann\n"
        ann.stdin.close()
        assert ann.wait(PATIENCE) == 0
