"""From a batch of the library to calls of handlers.

The library is always asked (PUSHER_DELIVER_POLL): none of its threads ever enters the interpreter, and while one of Python's waits for
events, the interpreter's lock is free. A batch is copied by two calls, its records and its text, and read by `struct`.
"""

from __future__ import annotations

import ctypes
import functools
import operator
import struct
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from . import _raw
from ._routing import Binding, Router
from ._structs import pusher_event, pusher_events
from .enums import ConnectionState, DataFormat, EventKind, Status
from .errors import check
from .event import Details, Event

_MESSAGE = EventKind.MESSAGE
_lib = _raw.lib
_new = tuple.__new__


class _Known(dict[int, Any]):
    """Numbers to members; a number of a later version stays itself."""

    def __missing__(self, number: int) -> int:
        return number


_KINDS = _Known({int(kind): kind for kind in EventKind})
_FORMATS = _Known({int(form): form for form in DataFormat})
_STATUSES = _Known({int(status): status for status in Status})
_STATES = _Known({int(state): state for state in ConnectionState})

_ADDRESS = "Q" if ctypes.sizeof(ctypes.c_void_p) == 8 else "I"
#: What an ordinary message needs. Every number that is read costs, so the others are skipped.
_HOT = ("kind", "data_format", "name", "name_len", "channel", "channel_len", "data", "data_len", "user_id", "user_id_len")


@functools.lru_cache(maxsize=4)
def layout(stride: int, fields: tuple[str, ...] = _HOT) -> struct.Struct:
    """Reads these fields of a record; later versions append to it, so `stride` is its size."""
    kinds: dict[str, Any] = {entry[0]: entry[1] for entry in pusher_event._fields_}
    codes: dict[Any, str] = {ctypes.c_int32: "i", ctypes.c_uint32: "I", ctypes.c_int64: "q", ctypes.c_uint64: "Q"}
    form, at = "=", 0
    for name in fields:
        field = getattr(pusher_event, name)
        form += f"{field.offset - at}x{codes.get(kinds[name], _ADDRESS)}"
        at = field.offset + field.size
    return struct.Struct(f"{form}{stride - at}x")


def fetch(client: Any, timeout_ms: int, events: pusher_events) -> int:
    """Takes what waits; `events` is written on success, and then belongs to `Pump.load`. The status."""
    return int(_lib.pusher_client_next_batch(client, 0, timeout_ms, ctypes.byref(events)))


def descriptor(client: Any) -> int:
    """What is readable while there is something to fetch."""
    number = ctypes.c_ssize_t(-1)
    check(_lib.pusher_client_descriptor(client, ctypes.byref(number)))
    return number.value


class Pump:
    """Delivers batches, one event after the other, for one thread at a time."""

    def __init__(
        self,
        router: Router,
        special: Callable[[Event], None],
        failed: Callable[[BaseException, Event, Binding], None],
    ) -> None:
        self._router = router
        self._special = special
        self._failed = failed
        self._records: Iterator[tuple[Any, ...]] = iter(())
        self._raw = b""
        self._count = 0
        self._stride = 1
        self._base = 0
        self._text = b""
        self._source: str | bytes = ""
        self._thread: int | None = None
        self._fetched = pusher_events()

    def take(self, client: Any, timeout_ms: int) -> int:
        """Fetches and loads what waits. The status."""
        status = fetch(client, timeout_ms, self._fetched)
        if status == 0:
            self.load(self._fetched)
        return status

    def load(self, events: pusher_events) -> None:
        """Copies a batch, and frees it. What was loaded before has to be delivered."""
        self._count = _lib.pusher_events_count(events)
        length = ctypes.c_size_t(0)
        base = _lib.pusher_events_text(events, ctypes.byref(length))
        first = _lib.pusher_events_at(events, 0)
        if self._count and first:
            self._stride = first.contents.size
            self._raw = ctypes.string_at(first, self._stride * self._count)
            self._base = base or 0
            self._text = ctypes.string_at(base, length.value) if base else b""
            # Where all is ASCII, decoding the whole at once saves decoding each text.
            self._source = self._text.decode("ascii") if self._text.isascii() else self._text
            self._records = layout(self._stride).iter_unpack(self._raw)
        # Last: where Ctrl-C interrupts this, `deliver` begins it anew, and nothing is lost.
        _lib.pusher_events_free(events)
        events.value = None

    def has_backlog(self) -> bool:
        """Whether something is loaded that is not delivered yet."""
        return operator.length_hint(self._records) > 0

    def is_inside(self) -> bool:
        """Whether the caller is a handler."""
        return self._thread == threading.get_ident()

    def deliver(self, limit: int | None = None) -> int:
        """Calls the handlers for what is loaded, up to `limit` events; how many there were.

        Only what is no Exception leaves it (KeyboardInterrupt, SystemExit), and what was not delivered yet stays loaded.
        """
        if self._fetched.value:
            self.load(self._fetched)
        before = operator.length_hint(self._records)
        if not before:
            return 0
        self._thread = threading.get_ident()
        try:
            self._deliver(self._records if limit is None else islice(self._records, limit))
        finally:
            self._thread = None
        return before - operator.length_hint(self._records)

    def _deliver(self, records: Iterator[tuple[Any, ...]]) -> None:
        router, base, source, new, formats = self._router, self._base, self._source, _new, _FORMATS
        plain = isinstance(source, str)
        for kind, data_format, name, name_len, channel, channel_len, data, data_len, user_id, user_id_len in records:
            if kind != 1:
                self._unusual()
                continue
            # Before the bindings are looked at, see `Router.cache`.
            cache = router.cache
            start = name - base
            if channel - name == name_len + 1:
                # Name and channel lie side by side, as they do where there is a channel: one text for both.
                key = source[start : start + name_len + 1 + channel_len]
                entry = cache.get(key)
                if entry is None or entry[0] != name_len:
                    entry = router.remember(cache, key, self._read(name, name_len), self._read(channel, channel_len), name_len)
            else:
                entry = router.remember(cache, None, self._read(name, name_len), self._optional(channel, channel_len), name_len)
            bindings = entry[3]
            if not bindings:
                continue
            text: Any = None
            if data:
                start = data - base
                text = source[start : start + data_len]
                if not plain:
                    text = text.decode()
            user = self._read(user_id, user_id_len) if user_id else None
            event = new(Event, (_MESSAGE, entry[1], entry[2], text, user, formats[data_format], None))
            for binding in bindings:
                # One that was unbound by another for this same event is not called.
                if binding.active:
                    try:
                        binding.call(event)
                    except Exception as error:
                        self._failed(error, event, binding)

    def _unusual(self) -> None:
        """Delivers the record that has just been read, of any kind."""
        index = self._count - operator.length_hint(self._records) - 1
        record = pusher_event.from_buffer_copy(self._raw, index * self._stride)
        details = Details(
            status=_STATUSES[record.status],
            code=record.code,
            request=record.request,
            value=record.value,
            state=_STATES[record.state],
            previous_state=_STATES[record.previous_state],
            retry_in=None if record.retry_in_ms < 0 else record.retry_in_ms / 1000,
            socket_id=self._optional(record.socket_id, record.socket_id_len),
        )
        event = Event(
            kind=_KINDS[record.kind],
            name=self._read(record.name, record.name_len),
            channel=self._optional(record.channel, record.channel_len),
            data=self._optional(record.data, record.data_len),
            user_id=self._optional(record.user_id, record.user_id_len),
            data_format=_FORMATS[record.data_format],
            details=details,
        )
        self._special(event)
        for binding in self._router.find(event.kind, event.name, event.channel):
            if binding.active:
                try:
                    binding.call(event)
                except Exception as error:
                    self._failed(error, event, binding)

    def _read(self, address: int, length: int) -> str:
        start = address - self._base
        return self._text[start : start + length].decode()

    def _optional(self, address: int | None, length: int) -> str | None:
        return self._read(address, length) if address else None
