"""Events, and how a batch of them becomes Python objects."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from .enums import ConnectionState, DataFormat, EventKind, Status


class Details(NamedTuple):
    """What only some kinds of event have; `EventKind` says which."""

    #: OK, or what went wrong.
    status: Status | int = Status.OK
    #: Pusher's code (4000 to 4399), a WebSocket close code or an HTTP status; 0 for none.
    code: int = 0
    #: The number of the request that is done or asked, or 0.
    request: int = 0
    #: A number; the kind says which.
    value: int = 0
    #: The connection's state, for a change of state.
    state: ConnectionState | int = ConnectionState.INITIALIZED
    #: The state before it.
    previous_state: ConnectionState | int = ConnectionState.INITIALIZED
    #: Seconds until the next try to connect, or None where none is planned.
    retry_in: float | None = None
    #: The socket id that an authorisation is for.
    socket_id: str | None = None


_PLAIN = Details()


class _Fields(NamedTuple):
    kind: EventKind | int
    name: str
    channel: str | None
    data: str | None
    user_id: str | None
    data_format: DataFormat | int
    details: Details | None


class Event(_Fields):
    """Something that happened. Does not change, and may be kept and passed between threads and processes.

    `kind` says what it is about; `name` is its name; `channel` the channel's whole name, or None; `data` what was sent, as text,
    or a sentence about an error, or None; `user_id` a user id, or None. Use the names: later versions may append fields.
    """

    __slots__ = ()

    def json(self) -> Any:
        """The data read as JSON; None where there is no data.

        Raises ValueError where it is not JSON, as servers may send any text.
        """
        return None if self.data is None else json.loads(self.data)

    @property
    def status(self) -> Status | int:
        """OK, or what went wrong."""
        return (self.details or _PLAIN).status

    @property
    def code(self) -> int:
        """Pusher's code (4000 to 4399), a WebSocket close code or an HTTP status; 0 for none."""
        return (self.details or _PLAIN).code

    @property
    def request(self) -> int:
        """The number of the request that is done, or 0."""
        return (self.details or _PLAIN).request

    @property
    def value(self) -> int:
        """A number; the kind says which: members, connections, missing milliseconds, dropped messages."""
        return (self.details or _PLAIN).value

    @property
    def state(self) -> ConnectionState | int:
        """The connection's state, for a change of state."""
        return (self.details or _PLAIN).state

    @property
    def previous_state(self) -> ConnectionState | int:
        """The state before it, for a change of state."""
        return (self.details or _PLAIN).previous_state

    @property
    def retry_in(self) -> float | None:
        """Seconds until the next try to connect, for a change of state; None where none is planned."""
        return (self.details or _PLAIN).retry_in

    @property
    def socket_id(self) -> str | None:
        """The socket id that an authorisation is for."""
        return (self.details or _PLAIN).socket_id

    def __repr__(self) -> str:
        parts = [getattr(self.kind, "name", str(self.kind)), repr(self.name)]
        if self.channel is not None:
            parts.append(f"channel={self.channel!r}")
        if self.user_id is not None:
            parts.append(f"user_id={self.user_id!r}")
        for field, default in _PLAIN._asdict().items():
            found = getattr(self, field)
            if found != default:
                parts.append(f"{field}={getattr(found, 'name', repr(found))}")
        if self.data is not None:
            data = self.data if len(self.data) <= 80 else self.data[:79] + "…"
            parts.append(f"data={data!r}")
        return f"<Event {' '.join(parts)}>"
