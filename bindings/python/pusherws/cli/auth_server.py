"""An authorisation endpoint that permits everything, for development."""

from __future__ import annotations

import argparse
import json
import re
import urllib.parse
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ..errors import PusherError
from ..server import Signer
from .output import Output
from .settings import SettingsError

#: What a browser or a client sends is small.
_MOST = 1 << 20


def serve(chosen: argparse.Namespace, found: Mapping[str, Any], output: Output) -> int:
    """Serves until it is interrupted."""
    host, colon, port = chosen.listen.rpartition(":")
    if not colon or not port.isdigit():
        raise SettingsError(f"--listen is {chosen.listen!r}; it has to be HOST:PORT, such as 127.0.0.1:8000")
    signer = Signer(found["key"], found["secret"], encryption_master_key=found.get("encryption_master_key"))

    class Handler(_Handler):
        pass

    Handler.signer, Handler.output, Handler.origin = signer, output, chosen.origin
    with ThreadingHTTPServer((host.strip("[]"), int(port)), Handler) as server:
        server.daemon_threads = True
        address = f"http://{server.server_address[0]!s}:{server.server_address[1]}"
        output.say("permits everybody everything: for development only")
        if output.json:
            output.record(auth=f"{address}/pusher/auth", user_auth=f"{address}/pusher/user-auth")
        else:
            output.line(f"auth endpoint       {address}/pusher/auth")
            output.line(f"user auth endpoint  {address}/pusher/user-auth")
        server.serve_forever()
    return 0


class _Handler(BaseHTTPRequestHandler):
    signer: Signer
    output: Output
    origin: str | None

    def do_POST(self) -> None:
        try:
            length = int(self.headers.get("Content-Length", "0"))
            if not 0 <= length <= _MOST:
                return self._answer(413, "the body is too large")
            answer = self._authorise(fields(self.headers.get("Content-Type", ""), self.rfile.read(length)))
        except (PusherError, ValueError, KeyError) as error:
            return self._answer(400, f"missing: {error.args[0]}" if isinstance(error, KeyError) else str(error))
        if answer is None:
            return self._answer(404, "here are only /pusher/auth and /pusher/user-auth")
        self._answer(200, answer, "application/json")

    def do_OPTIONS(self) -> None:
        self._answer(204, "")

    def _authorise(self, sent: Mapping[str, Any]) -> str | None:
        path = urllib.parse.urlsplit(self.path).path
        socket_id = sent["socket_id"] if path.startswith("/pusher/") else ""
        user_id = sent.get("user_id") or f"user-{socket_id}"
        info = sent.get("user_info")
        if path == "/pusher/auth":
            user: dict[str, Any] = {"user_id": user_id}
            if info:
                user["user_info"] = json.loads(info) if isinstance(info, str) else info
            names = sent["channel_name"]
            if isinstance(names, str):
                return self._channel(socket_id, names, user)
            return json.dumps({name: json.loads(self._channel(socket_id, name, user)) for name in names})
        if path == "/pusher/user-auth":
            return self.signer.authorize_user(socket_id, {"id": user_id, "user_info": {"name": user_id}})
        return None

    def _channel(self, socket_id: str, name: str, user: Mapping[str, Any]) -> str:
        return self.signer.authorize_channel(socket_id, name, user if name.startswith("presence-") else None)

    def _answer(self, status: int, text: str, kind: str = "text/plain; charset=utf-8") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.origin:
            self.send_header("Access-Control-Allow-Origin", self.origin)
            self.send_header("Access-Control-Allow-Credentials", "true")
            self.send_header("Access-Control-Allow-Headers", "Content-Type, Authorization, X-CSRF-Token")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        self.output.say(f"{self.address_string()} {format % arguments}")


def fields(kind: str, body: bytes) -> dict[str, Any]:
    """What a client sent, as a form or as JSON; `channel_name` is a list where it asks for many."""
    if kind.startswith("application/json"):
        found = json.loads(body)
        if not isinstance(found, dict):
            raise ValueError("the body is not a JSON object")
        return dict(found)
    form: dict[str, Any] = {}
    names = []
    for name, value in urllib.parse.parse_qsl(body.decode(), keep_blank_values=True):
        if re.fullmatch(r"channel_name\[\d*\]", name):
            names.append(value)
        else:
            form[name] = value
    if names:
        form["channel_name"] = names
    return form
