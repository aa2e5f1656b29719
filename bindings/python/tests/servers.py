"""Servers for the tests: the embedded one, which misbehaves on order, and soketi."""

from __future__ import annotations

import http.server
import json
import os
import socket
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]

#: How long anything may take on a loaded machine, in seconds.
PATIENCE = 30.0

#: Never through a proxy: the servers are on this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class DevServer:
    """The embedded server, in a process of its own that ends with this one."""

    key, secret, app_id, host = "app-key", "app-secret", "app-id", "127.0.0.1"

    def __init__(self, *arguments: str) -> None:
        binary = os.environ.get("PUSHERWS_DEVSERVER") or ROOT / "target/debug/pusherws-devserver"
        if not Path(binary).is_file():
            raise RuntimeError(f"there is no {binary}; run scripts/test-python.sh, which builds it")
        self._process = subprocess.Popen(
            [binary, "--exit-with-stdin", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self.port = int(line.rsplit(":", 1)[1])
        # It must never wait for somebody to read what else it says.
        self._reader = threading.Thread(target=self._process.stdout.read, daemon=True)
        self._reader.start()

    def options(self, **more: Any) -> dict[str, Any]:
        """For a client that knows the secret."""
        return {"host": self.host, "port": self.port, "tls": False, "secret": self.secret, "app_id": self.app_id, **more}

    def order(self, what: str, **body: Any) -> Any:
        """Asks the control endpoint. Raises where the answer is an error."""
        url = f"http://{self.host}:{self.port}/_dev/{what}"
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with _OPENER.open(request, timeout=PATIENCE * 2) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{what} {body}: {error.code} {error.read().decode()}") from None
        return json.loads(text) if text else None

    def state(self) -> Any:
        with _OPENER.open(f"http://{self.host}:{self.port}/_dev/state", timeout=PATIENCE) as answer:
            return json.loads(answer.read())

    def wait(self, **what: Any) -> None:
        """Waits until it holds, see devserver/README.md."""
        self.order("wait", timeout_ms=int(PATIENCE * 1000), **what)

    def publish(self, channel: str, event: str, data: Any = "") -> None:
        self.order("publish", channel=channel, event=event, data=data)

    def flood(self, channel: str, count: int, data: str = "{n}", event: str = "tick") -> None:
        self.order("flood", channel=channel, event=event, data=data, count=count, numbered=True)

    def reset(self) -> None:
        """As new: no connections, faults, logs."""
        self.order("reset")
        self.order("auth")
        self.order("quirks")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()


class Answering:
    """An HTTP server that gives one answer to everything."""

    host = "127.0.0.1"

    def __init__(self, body: bytes) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.HTTPServer((self.host, 0), Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Answering:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(PATIENCE)
        self._server.server_close()


class Soketi:
    """One soketi process, on ports of its own."""

    app_id, key, secret, host = "2", "key2", "secret2", "127.0.0.1"

    def __init__(self) -> None:
        self._home = ROOT / ".tools/soketi"
        if not (self._home / "installed").exists():
            raise RuntimeError("soketi is not installed; run scripts/install-soketi.sh")
        # Between the choice of a port and its use another process can take it: try again.
        for _ in range(5):
            if self._start():
                return
        raise RuntimeError("soketi does not start; run tests/conformance/soketi/run.js by hand to see why")

    def _start(self) -> bool:
        self.port = free_port()
        app = {
            "id": self.app_id,
            "key": self.key,
            "secret": self.secret,
            "enabled": True,
            "enableClientMessages": True,
            "enableUserAuthentication": True,
            "maxConnections": -1,
            "maxBackendEventsPerSecond": -1,
            "maxClientEventsPerSecond": -1,
            "maxReadRequestsPerSecond": -1,
            "webhooks": [],
        }
        config = {
            "host": self.host,
            "port": self.port,
            "metrics.enabled": False,
            "metrics.host": self.host,
            "metrics.port": free_port(),
            "shutdownGracePeriod": 200,
            "cluster.address": self.host,
            "cluster.unicast": self.host,
            "cluster.port": free_port(),
            "appManager.array.apps": [app],
        }
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name) / "soketi.json"
        path.write_text(json.dumps(config))
        self._process = subprocess.Popen(
            ["node", str(ROOT / "tests/conformance/soketi/run.js"), str(path), str(self._home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "up and running" in line:
                self._reader = threading.Thread(target=self._process.stdout.read, daemon=True)
                self._reader.start()
                return True
        self._process.wait(PATIENCE)
        self._folder.cleanup()
        return False

    def options(self, **more: Any) -> dict[str, Any]:
        return {"host": self.host, "port": self.port, "tls": False, "secret": self.secret, "app_id": self.app_id, **more}

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._folder.cleanup()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
