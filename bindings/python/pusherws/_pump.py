"""From a batch of the library to calls of handlers.

The library is always asked (PUSHER_DELIVER_POLL): none of its threads ever enters the interpreter, and while one of Python's waits for
events, the interpreter's lock is free. A batch is copied by two calls, its records and its text.
"""

from __future__ import annotations

import ctypes
import operator
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from . import _raw
from ._routing import Binding, Cache, Router
from ._structs import pusher_event, pusher_events
from .enums import ConnectionState, DataFormat, EventKind, Status
from .errors import check
from .event import Details, Event

_MESSAGE = EventKind.MESSAGE
#: Where in a record the lowest byte of a number is, and where its others are beside it.
_LOW, _HIGH = (0, (1, 2, 3)) if sys.byteorder == "little" else (3, (-1, -2, -3))
_KIND = pusher_event.kind.offset + _LOW
_FORMAT = pusher_event.data_format.offset + _LOW
_CHANNEL_LEN = pusher_event.channel_len.offset + (0 if sys.byteorder == "little" else pusher_event.channel_len.size - 1)
#: For fewer events it is not worth it to look whether they are usual.
_WORTH_IT = 4
_lib = _raw.lib
_new = tuple.__new__


def _reader() -> struct.Struct:
    """Reads a record at once, which is cheaper than field by field."""
    codes: dict[Any, str] = {ctypes.c_int32: "i", ctypes.c_uint32: "I", ctypes.c_int64: "q", ctypes.c_uint64: "Q"}
    address = "Q" if ctypes.sizeof(ctypes.c_void_p) == 8 else "I"
    form, at = "=", 0
    for entry in pusher_event._fields_:
        field = getattr(pusher_event, entry[0])
        form += f"{field.offset - at}x{codes.get(entry[1], address)}"
        at = field.offset + field.size
    return struct.Struct(form)


_RECORD = _reader()


class _Known(dict[int, Any]):
    """Numbers to members; a number of a later version stays itself."""

    def __missing__(self, number: int) -> int:
        return number


_KINDS = _Known({int(kind): kind for kind in EventKind})
_FORMATS = _Known({int(form): form for form in DataFormat})
#: By number: quicker than a mapping, for those that are in every batch.
_USUAL_FORMATS = list(DataFormat)
_STATUSES = _Known({int(status): status for status in Status})
_STATES = _Known({int(state): state for state in ConnectionState})


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
        self._fetched = pusher_events()
        self._thread: int | None = None
        # What is loaded: records and text, and where the text was.
        self._raw = b""
        self._text = b""
        self._base = 0
        self._stride = 1
        # What of it is not delivered yet: its places, and, where all are messages of the usual form, their texts beside them.
        self._places: Iterator[int] = iter(())
        self._usual: Iterator[tuple[bytes, bytes, str, int]] | None = None

    def take(self, client: Any, timeout_ms: int) -> int:
        """Fetches and loads what waits. The status."""
        status = fetch(client, timeout_ms, self._fetched)
        if status == 0:
            self.load(self._fetched)
        return status

    def load(self, events: pusher_events) -> None:
        """Copies a batch, and frees it. What was loaded before has to be delivered."""
        count = _lib.pusher_events_count(events)
        length = ctypes.c_size_t(0)
        base = _lib.pusher_events_text(events, ctypes.byref(length))
        first = _lib.pusher_events_at(events, 0)
        if count and first:
            stride = first.contents.size
            text = ctypes.string_at(base, length.value) if base else b""
            self.keep(ctypes.string_at(first, stride * count), stride, text, base or 0)
        # Last: where Ctrl-C interrupts this, `deliver` begins it anew, and nothing is lost.
        _lib.pusher_events_free(events)
        events.value = None

    def keep(self, raw: bytes, stride: int, text: bytes, base: int) -> None:
        """Takes records, each of `stride` bytes, and the text that lay at `base`."""
        self._raw, self._stride, self._text, self._base = raw, stride, text, base
        count = len(raw) // stride
        formats = raw[_FORMAT::stride]
        self._usual = None
        self._places = iter(range(count))
        if count >= _WORTH_IT and self._may_be_usual(formats):
            # Before they are decoded, which costs the less, the less one character beyond ASCII widens.
            texts = text.split(b"\0")
            if len(texts) == 3 * count + 1:
                self._places = iter(formats)
                each = iter(texts)
                self._usual = zip(each, each, map(bytes.decode, each), self._places)

    def has_backlog(self) -> bool:
        """Whether something is loaded that is not delivered yet."""
        return operator.length_hint(self._places) > 0

    def is_inside(self) -> bool:
        """Whether the caller is a handler."""
        return self._thread == threading.get_ident()

    def deliver(self, limit: int | None = None) -> int:
        """Calls the handlers for what is loaded, up to `limit` events; how many there were.

        Only what is no Exception leaves it (KeyboardInterrupt, SystemExit), and what was not delivered yet stays loaded.
        """
        if self._fetched.value:
            self.load(self._fetched)
        before = operator.length_hint(self._places)
        if not before:
            return 0
        self._thread = threading.get_ident()
        try:
            if self._usual is not None:
                self._deliver_usual(self._usual if limit is None else islice(self._usual, limit))
            else:
                for place in self._places if limit is None else islice(self._places, limit):
                    self._deliver_one(place)
        finally:
            self._thread = None
        return before - operator.length_hint(self._places)

    def _may_be_usual(self, formats: bytes) -> bool:
        """Whether all are messages, and all have a name, a channel and data.

        The texts lie in the order of the records and of their fields, each with a NUL behind it. Where each record has these three at
        least, and there are three times as many NULs as records, no record has another text, and no text a NUL. Then the texts can be
        split at the NULs, which is far cheaper than to cut out each by its address.
        """
        raw, stride, count = self._raw, self._stride, len(formats)
        return (
            raw[_KIND::stride].count(_MESSAGE) == count
            and all(raw[_KIND + byte :: stride].count(0) == count for byte in _HIGH)
            and formats.count(DataFormat.TEXT) + formats.count(DataFormat.JSON) == count
            # A channel of 256 bytes counts as none, too, and is delivered in the other way.
            and raw[_CHANNEL_LEN::stride].count(0) == 0
        )

    def _deliver_usual(self, texts: Iterator[tuple[bytes, bytes, str, int]]) -> None:
        router, new, formats, message = self._router, _new, _USUAL_FORMATS, _MESSAGE
        cache: Cache | None = None
        bindings: tuple[Binding, ...] = ()
        last_name: bytes | None = None
        last_channel: bytes | None = None
        known_name: str = ""
        known_channel: str | None = None
        call: Any = None
        for name, channel, data, data_format in texts:
            if name != last_name or channel != last_channel or cache is not router.cache:
                # Before the bindings are looked at, see `Router.cache`.
                cache = router.cache
                last_name, last_channel = name, channel
                known_name, known_channel, bindings = router.entry_of_bytes(cache, name, channel)
                call = bindings[0].call if len(bindings) == 1 else None
            if call is not None:
                event = new(Event, (message, known_name, known_channel, data, None, formats[data_format], None))
                try:
                    call(event)
                except Exception as error:
                    self._failed(error, event, bindings[0])
            elif bindings:
                self._offer(bindings, new(Event, (message, known_name, known_channel, data, None, formats[data_format], None)))

    def _deliver_one(self, place: int) -> None:
        """Delivers one of any kind."""
        record = _RECORD.unpack_from(self._raw, place * self._stride)
        _, number, status, code, request, value, state, previous, retry_in_ms, data_format, _ = record[:11]
        name, channel, data, user_id, socket_id = map(self._read, record[11:21:2], record[12:21:2])
        kind, data_format = _KINDS[number], _FORMATS[data_format]
        if kind == _MESSAGE:
            known_name, known_channel, bindings = self._router.entry(self._router.cache, name or "", channel)
            if bindings:
                self._offer(bindings, Event(kind, known_name, known_channel, data, user_id, data_format, None))
            return
        retry_in = None if retry_in_ms < 0 else retry_in_ms / 1000
        details = Details(_STATUSES[status], code, request, value, _STATES[state], _STATES[previous], retry_in, socket_id)
        event = Event(kind, name or "", channel, data, user_id, data_format, details)
        self._special(event)
        self._offer(self._router.find(kind, event.name, channel), event)

    def _offer(self, bindings: tuple[Binding, ...], event: Event) -> None:
        for binding in bindings:
            # One that another unbound for this same event is not called.
            if binding.active:
                try:
                    binding.call(event)
                except Exception as error:
                    self._failed(error, event, binding)

    def _read(self, address: int, length: int) -> str | None:
        if not address:
            return None
        start = address - self._base
        return self._text[start : start + length].decode()
