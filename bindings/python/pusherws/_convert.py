"""From Python values to what the C API takes, and back, with errors that name the argument."""

from __future__ import annotations

import ctypes
import json
import math
from collections.abc import Callable
from typing import Any, Union

from . import _raw
from .enums import Status
from .errors import ArgumentError, check

#: What may be sent as an event's data: text as it is, bytes of UTF-8, or anything that json.dumps takes.
Data = Union[str, bytes, bytearray, dict[str, Any], list[Any], tuple[Any, ...], int, float, bool, None]

_LONGEST_MS = 2**31 - 1


def text(value: str, what: str) -> bytes:
    """A text for C, which ends at a NUL: one inside would cut it."""
    if not isinstance(value, str):
        raise TypeError(f"{what} has to be a str, and is {type(value).__name__}")
    if "\0" in value:
        raise ArgumentError(f"{what} holds a NUL character; leave it out")
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise ArgumentError(f"{what} cannot be written as UTF-8: {error.reason}") from error


def optional(value: str | None, what: str) -> bytes | None:
    """The same, where None is NULL."""
    return None if value is None else text(value, what)


def milliseconds(seconds: float, what: str) -> int:
    """Whole milliseconds, at least one where it is more than nothing."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"{what} has to be a number of seconds, and is {type(seconds).__name__}")
    if not seconds >= 0 or math.isinf(seconds):
        raise ArgumentError(f"{what} is {seconds}; it has to be a number of seconds, not negative")
    return min(math.ceil(seconds * 1000), _LONGEST_MS)


def json_text(value: Any, what: str) -> str:
    """JSON in its shortest form; a text is taken for JSON already."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{what} cannot be written as JSON: {error}") from error


def data(value: Data) -> bytes:
    """An event's data as UTF-8; None is the empty text."""
    if value is None:
        return b""
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    try:
        return json_text(value, "data").encode()
    except UnicodeEncodeError as error:
        raise ArgumentError(f"data cannot be written as UTF-8: {error.reason}") from error


def texts(values: list[str], what: str) -> Any:
    """An array of texts for C, ended by NULL."""
    array = (ctypes.c_char_p * (len(values) + 1))()
    for index, value in enumerate(values):
        array[index] = text(value, what)
    return array


def read_text(call: Callable[[Any, int, Any], int], capacity: int) -> str:
    """What a function writes into a buffer, with a larger one where the first was too small."""
    length = ctypes.c_size_t(0)
    while True:
        buffer = ctypes.create_string_buffer(capacity)
        status = call(buffer, capacity, ctypes.byref(length))
        if status == Status.TOO_LARGE and length.value >= capacity:
            # And a little more, for what grows meanwhile.
            capacity = length.value + 1024
            continue
        check(status)
        return buffer.raw[: length.value].decode()


def channel_name(kind: int, name: str) -> str:
    """A channel's whole name: the prefix of its kind and the bare name.

    Raises ChannelNameError where the result breaks a rule, or is of another kind.
    """
    bare = text(name, "name")
    return read_text(lambda *out: int(_raw.lib.pusher_channel_name(int(kind), bare, *out)), 256)
