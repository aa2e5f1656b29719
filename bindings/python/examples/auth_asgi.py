"""An authorisation endpoint as an ASGI application, without a framework.

    PUSHER_KEY=… PUSHER_SECRET=… uvicorn auth_asgi:app

pusher-js finds it by `channelAuthorization: {endpoint: "/pusher/auth"}`. Whom it permits what is yours to say, in `user_of` and `may`.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from pusherws import PusherError
from pusherws.server import Signer

signer = Signer(os.environ["PUSHER_KEY"], os.environ["PUSHER_SECRET"])


def user_of(headers: Mapping[bytes, bytes]) -> str | None:
    """Who asks; here, whoever they say they are. Look at your session's cookie instead."""
    found = headers.get(b"x-user")
    return found.decode() if found else None


def may(user: str, channel: str) -> bool:
    """Whether they may subscribe; here, to what is theirs, and to every room."""
    return channel == f"private-{user}" or channel.startswith("presence-")


async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Callable[..., Awaitable[None]]) -> None:
    """Answers POST /pusher/auth."""
    if scope["type"] != "http" or (scope["method"], scope["path"]) != ("POST", "/pusher/auth"):
        return await answer(send, 404, "")
    form = parse_qs((await body(receive)).decode())
    user = user_of(dict(scope["headers"]))
    try:
        socket_id, channel = form["socket_id"][0], form["channel_name"][0]
        if user is None or not may(user, channel):
            return await answer(send, 403, "")
        shown = {"user_id": user} if channel.startswith("presence-") else None
        await answer(send, 200, signer.authorize_channel(socket_id, channel, shown))
    except (KeyError, PusherError):
        await answer(send, 400, "")


async def body(receive: Callable[[], Awaitable[dict[str, Any]]]) -> bytes:
    """All of a request's body."""
    found = b""
    while True:
        message = await receive()
        found += message.get("body", b"")
        if not message.get("more_body"):
            return found


async def answer(send: Callable[..., Awaitable[None]], status: int, text: str) -> None:
    """Sends an answer."""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
