"""For programs that authorise others: signing, webhooks, encrypting. Without a connection and without a client.

    signer = Signer("app-key", "app-secret")

    @app.post("/pusher/auth")                                   # Flask
    def auth():
        socket_id, channel = request.form["socket_id"], request.form["channel_name"]
        ...                                                     # check first that they may
        return signer.authorize_channel(socket_id, channel), {"Content-Type": "application/json"}

To publish as a server does, use `trigger` of a `Pusher` or `AsyncPusher` with `app_id` and `secret`, which need no connection for it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import _raw
from ._config import Config
from ._convert import Data, data, json_text, read_text, text
from .errors import AuthError, check


@dataclass(frozen=True)
class WebhookEvent:
    """One event of a webhook."""

    #: Such as "channel_occupied" or "member_added".
    name: str
    #: The channel's whole name.
    channel: str
    #: All that the server sent.
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Webhook:
    """A genuine webhook."""

    #: When the server made it, in milliseconds since 1970.
    time_ms: int
    events: tuple[WebhookEvent, ...]


class Signer:
    """Makes the answers of authorisation endpoints, verifies webhooks, and encrypts. May be used by many threads."""

    def __init__(self, key: str, secret: str, *, encryption_master_key: str | None = None) -> None:
        """`encryption_master_key` is the base64 of 32 bytes, for encrypted channels. Raises ArgumentError."""
        self._key = key
        self._config = Config(key)
        self._config.set_text("secret", secret)
        self._config.set_text("encryption_master_key", encryption_master_key)
        # The one type of the library with such a rule: not on two threads at the same time.
        self._lock = threading.Lock()

    def authorize_channel(self, socket_id: str, channel: str, user: str | Mapping[str, Any] | None = None) -> str:
        """The JSON that permits one connection to subscribe to one channel. For a presence channel, `user` is
        {"user_id": …, "user_info": …}. Check first that they may.

        Raises ArgumentError where something is missing or malformed, ChannelNameError.
        """
        arguments = (
            text(socket_id, "socket_id"),
            text(channel, "channel"),
            None if user is None else text(json_text(user, "user"), "user"),
        )
        return self._made("authorize_channel", *arguments)

    def authorize_user(self, socket_id: str, user: str | Mapping[str, Any]) -> str:
        """The JSON that permits one connection to sign in as a user: {"id": …, "user_info": …, "watchlist": […]}.

        Raises ArgumentError where something is missing or malformed.
        """
        return self._made("authorize_user", text(socket_id, "socket_id"), text(json_text(user, "user"), "user"))

    def verify_webhook(self, key: str | None, signature: str | None, body: bytes | str) -> Webhook:
        """A webhook, where it really comes from the server: from its headers X-Pusher-Key and X-Pusher-Signature, and its body, byte
        for byte. The signatures are compared in constant time.

        Raises AuthError where it is not genuine.
        """
        if not key or not signature:
            raise AuthError("the webhook has no X-Pusher-Key or no X-Pusher-Signature")
        raw = body.encode() if isinstance(body, str) else bytes(body)
        with self._lock:
            status = _raw.lib.pusher_verify_webhook(self._config.handle, text(key, "key"), text(signature, "signature"), raw, len(raw))
        check(status)
        found = json.loads(raw)
        events = tuple(WebhookEvent(event.get("name", ""), event.get("channel", ""), event) for event in found.get("events", ()))
        return Webhook(int(found.get("time_ms", 0)), events)

    def encrypt(self, channel: str, content: Data) -> str:
        """An event's data encrypted for an encrypted channel, {"nonce": …, "ciphertext": …}; `trigger` does so by itself.

        Raises ArgumentError where the channel is not encrypted or the master key is missing.
        """
        sent = data(content)
        return self._made("encrypt", text(channel, "channel"), sent, len(sent), capacity=len(sent) * 4 // 3 + 128)

    def _made(self, name: str, *arguments: Any, capacity: int = 512) -> str:
        function = getattr(_raw.lib, f"pusher_{name}")
        with self._lock:
            return read_text(lambda *out: int(function(self._config.handle, *arguments, *out)), capacity)

    def __repr__(self) -> str:
        return f"<Signer key={self._key!r}>"
