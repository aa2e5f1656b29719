"""The exceptions, one class for each status of the C API.

All are `PusherError`, and carry `status`, `code` (Pusher's own 4000 to 4399, a WebSocket close code or an HTTP status; 0 for
none) and `message`, which says what was wrong and what to do about it. Those with a counterpart among Python's own are that,
too: `except TimeoutError` catches `pusherws.TimeoutError`.
"""

from __future__ import annotations

import builtins
import ctypes
from typing import Any

from . import _raw
from .enums import Status


class PusherError(Exception):
    """What all exceptions of this package are."""

    status: Status | int = Status.OK

    def __init__(self, message: str, *, code: int = 0, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        if status is not None:
            self.status = _known(status)

    def __str__(self) -> str:
        return f"{self.message} (code {self.code})" if self.code else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions cross processes, and pickle knows nothing of keyword arguments.
        return _rebuild, (type(self), self.message, self.code, int(self.status))


def _rebuild(kind: type[PusherError], message: str, code: int, status: int) -> PusherError:
    return kind(message, code=code, status=status)


def _known(status: int) -> Status | int:
    try:
        return Status(status)
    except ValueError:
        return status


class ArgumentError(PusherError, ValueError):
    """An argument is malformed or out of its range."""

    status = Status.ARGUMENT


class HandleError(PusherError):
    """The object has been freed."""

    status = Status.HANDLE


class StateError(PusherError):
    """The call is not possible in the present state."""

    status = Status.STATE


class TimeoutError(PusherError, builtins.TimeoutError):
    """The time allowed has passed."""

    status = Status.TIMEOUT


class CancelledError(PusherError):
    """The request was given up: by a close, a disconnect, or an unsubscribe that overtook it."""

    status = Status.CANCELLED


class WouldDeadlockError(PusherError):
    """Waiting inside a handler would stop the delivery that is waited for."""

    status = Status.WOULD_DEADLOCK


class QueueFullError(PusherError):
    """A bounded queue has no room: the network, or your handlers, do not keep up."""

    status = Status.QUEUE_FULL


class NotConnectedError(PusherError, ConnectionError):
    """There is no connection at the moment."""

    status = Status.NOT_CONNECTED


class NotSubscribedError(PusherError):
    """The channel is not subscribed."""

    status = Status.NOT_SUBSCRIBED


class ChannelNameError(ArgumentError):
    """The channel name breaks a rule of the protocol."""

    status = Status.CHANNEL


class ForbiddenError(PusherError):
    """The protocol forbids it, such as a client event on a public channel."""

    status = Status.FORBIDDEN


class AuthError(PusherError):
    """Nothing is configured that could authorise, or the authorisation was refused."""

    status = Status.AUTH


class RefusedError(PusherError):
    """The server said no; `code` is what it said."""

    status = Status.REFUSED


class NetworkError(PusherError, ConnectionError):
    """DNS, TCP, or the connection itself failed."""

    status = Status.NETWORK


class TlsError(NetworkError):
    """The TLS handshake failed, or the server's certificate is not trusted."""

    status = Status.TLS


class ProtocolError(PusherError):
    """The server said something that the protocol does not allow."""

    status = Status.PROTOCOL


class TooLargeError(PusherError, ValueError):
    """A limit on size was exceeded."""

    status = Status.TOO_LARGE


class UnsupportedError(PusherError):
    """This version of the library cannot do it."""

    status = Status.UNSUPPORTED


class ForkedError(PusherError):
    """The client was made before a fork and belongs to the parent process; make a new one in the child."""

    status = Status.FORKED


class InternalError(PusherError):
    """A bug in the library was caught; please report it."""

    status = Status.PANIC


class ClosedError(PusherError):
    """The client has been closed."""

    status = Status.CLOSED


class NotFoundError(PusherError, LookupError):
    """There is no such request, binding or member."""

    status = Status.NOT_FOUND


class ResourceError(PusherError, OSError):
    """The operating system refused a thread or another resource."""

    status = Status.SYSTEM


class DecryptionError(PusherError):
    """An event on an encrypted channel could not be decrypted."""

    status = Status.DECRYPTION


class RateLimitedError(PusherError):
    """More client events than the limit allows."""

    status = Status.RATE_LIMITED


#: The exception for each status.
BY_STATUS: dict[int, type[PusherError]] = {
    int(kind.status): kind
    for kind in (
        ArgumentError,
        HandleError,
        StateError,
        TimeoutError,
        CancelledError,
        WouldDeadlockError,
        QueueFullError,
        NotConnectedError,
        NotSubscribedError,
        ChannelNameError,
        ForbiddenError,
        AuthError,
        RefusedError,
        NetworkError,
        TlsError,
        ProtocolError,
        TooLargeError,
        UnsupportedError,
        ForkedError,
        InternalError,
        ClosedError,
        NotFoundError,
        ResourceError,
        DecryptionError,
        RateLimitedError,
    )
}


def error_for(status: int, message: str | None, code: int = 0) -> PusherError:
    """The exception for a status, with what was said about it."""
    if not message:
        name = _raw.lib.pusher_status_name(status)
        message = name.decode() if name else f"status {status}"
    return BY_STATUS.get(status, PusherError)(message, code=code, status=status)


def last_error() -> str:
    """What the last failed call of this thread had to say."""
    length = _raw.lib.pusher_last_error(None, 0)
    buffer = ctypes.create_string_buffer(length + 1)
    _raw.lib.pusher_last_error(buffer, length + 1)
    return buffer.value.decode("utf-8", "replace")


def check(status: int) -> None:
    """Raises the exception for the status of a call that has just failed."""
    if status < 0:
        raise error_for(status, last_error())
