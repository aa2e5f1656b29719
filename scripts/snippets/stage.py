"""Where programs are run as they are printed: they connect to wss://ws-eu.pusher.com and meet the embedded server.

Two variables of the environment do it, which every client of this library honours: HTTPS_PROXY names a proxy that leads whatever
host is asked for to the embedded server, and SSL_CERT_FILE an authority that has signed certificates for these hosts.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import pty
import select
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

PATIENCE = 30.0
REMINDER = 5.0
NAMES = ["*.pusher.com", "example.com", "*.example.com"]


class Failed(Exception):
    pass


class Stage:
    def __init__(self, devserver: str, work: Path) -> None:
        self.work = work
        port_file = work / "port"
        self._server = subprocess.Popen(
            [devserver, "--port", "0", "--port-file", str(port_file), "--exit-with-stdin", "--quiet"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        end = time.monotonic() + PATIENCE
        while not port_file.exists() or not port_file.read_text():
            if self._server.poll() is not None or time.monotonic() > end:
                raise Failed("the embedded server does not start")
            time.sleep(0.02)
        self.port = int(port_file.read_text())
        self.certificate_files = make_certificates(work)
        self._proxy = Proxy(self.port, *self.certificate_files[1:])
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.upper().endswith("_PROXY") and not name.startswith("PUSHER_")
            },
            "HTTPS_PROXY": f"http://127.0.0.1:{self._proxy.port}",
            "NO_PROXY": "127.0.0.1,localhost",
            "SSL_CERT_FILE": str(self.certificate_files[0]),
            "PUSHER_PORT": str(self.port),
            "RUST_BACKTRACE": "0",
            "TERM": "dumb",
        }

    def close(self) -> None:
        self._proxy.close()
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(PATIENCE)

    def control(self, call: str, body: object) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/_dev/{call}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=PATIENCE + 5) as answer:
                answer.read()
        except urllib.error.HTTPError as error:
            raise Failed(f"{call} {json.dumps(body)}: the embedded server says {error.code}") from error

    def _publish(self, published: tuple[str, str, str] | None) -> None:
        if published is not None:
            channel, event, data = published
            self.control("publish", {"channel": channel, "event": event, "data": data})

    def play(self, command: list[str], steps: list[tuple[str, str]], folder: Path, environment: dict[str, str]) -> None:
        """Runs a program through its steps; raises Failed with its output where it does not keep to them."""
        self.control("reset", {})
        with Running(command, folder, {**self.environment, **environment}) as program:
            try:
                published: tuple[str, str, str] | None = None
                for name, value in steps:
                    if name == "expect":
                        # Some bind after they have subscribed, and a busy machine may come between: then it is published again.
                        program.expect(value, functools.partial(self._publish, published))
                    elif name == "anywhere":
                        program.expect_anywhere(value)
                    elif name == "publish":
                        channel, event, data = value.split(" ", 2)
                        published = (channel, event, data)
                        self.control("wait", {"channel": channel, "timeout_ms": int(PATIENCE * 1000)})
                        self._publish(published)
                    elif name == "input":
                        program.type(value + "\n")
                    elif name == "interrupt":
                        program.interrupt()
                program.end(interrupted=("interrupt", "") in steps)
            except Failed as failure:
                raise Failed(f"{failure}; its output:\n{program.output}") from failure


class Running:
    """A program, with a terminal for its output: then it writes lines when it has them."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self._terminal = ours
        self.output = ""
        self._seen = 0

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._terminal)
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def _read(self, seconds: float) -> bool:
        """False at the end of the output."""
        if not select.select([self._terminal], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self._terminal, 65536)
        except OSError:  # nobody has the other end any more
            return False
        self.output += piece.decode(errors="replace").replace("\r\n", "\n")
        return bool(piece)

    def expect(self, text: str, remind: Callable[[], None]) -> None:
        self._seen = self._find(text, self._seen, remind) + len(text)

    def expect_anywhere(self, text: str) -> None:
        self._find(text, 0, lambda: None)

    def _find(self, text: str, start: int, remind: Callable[[], None]) -> int:
        end = time.monotonic() + PATIENCE
        reminder = time.monotonic() + REMINDER
        while (found := self.output.find(text, start)) < 0:
            if not self._read(0.1) or time.monotonic() > end:
                raise Failed(f"{text!r} does not appear")
            if time.monotonic() > reminder:
                remind()
                reminder = time.monotonic() + REMINDER
        return found

    def type(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())
        self._process.stdin.flush()

    def interrupt(self) -> None:
        os.killpg(self._process.pid, signal.SIGINT)

    def end(self, interrupted: bool) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        end = time.monotonic() + PATIENCE
        while self._process.poll() is None:
            self._read(0.05)
            if time.monotonic() > end:
                raise Failed("it does not end")
        while self._read(0):
            if not select.select([self._terminal], [], [], 0)[0]:
                break
        if self._process.returncode not in ([0, 130, -signal.SIGINT] if interrupted else [0]):
            raise Failed(f"its exit status is {self._process.returncode}")


class Proxy:
    """Says yes to every CONNECT, ends the TLS, and goes on to the embedded server."""

    def __init__(self, server_port: int, certificate: Path, key: Path) -> None:
        self._server_port = server_port
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=[self._listener.accept()[0]], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                piece = client.recv(1)
                if not piece:
                    return
                head += piece
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with (
                self._tls.wrap_socket(client, server_side=True) as inside,
                socket.create_connection(("127.0.0.1", self._server_port)) as server,
            ):
                while True:
                    readable = [inside] if inside.pending() else select.select([inside, server], [], [])[0]
                    for source in readable:
                        piece = source.recv(65536)
                        if not piece:
                            return
                        (server if source is inside else inside).sendall(piece)


def make_certificates(work: Path) -> tuple[Path, Path, Path]:
    """An authority, a certificate for NAMES, and its key; for a day."""
    ca, ca_key = work / "ca.pem", work / "ca-key.pem"
    request, certificate, key = work / "request.pem", work / "certificate.pem", work / "key.pem"
    extensions = work / "extensions"
    extensions.write_text("subjectAltName=" + ",".join(f"DNS:{name}" for name in NAMES) + "\n")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for command in (
        ["req", "-x509", *curve, "-days", "1", "-subj", "/CN=an authority for snippets", "-keyout", ca_key, "-out", ca],
        ["req", "-new", *curve, "-subj", "/CN=snippets", "-keyout", key, "-out", request],
        [
            "x509",
            "-req",
            "-in",
            request,
            "-CA",
            ca,
            "-CAkey",
            ca_key,
            "-set_serial",
            "1",
            "-days",
            "1",
            "-extfile",
            extensions,
            "-out",
            certificate,
        ],
    ):
        done = subprocess.run(["openssl", *map(str, command)], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"openssl {command[0]}: {done.stderr}")
    return ca, certificate, key
