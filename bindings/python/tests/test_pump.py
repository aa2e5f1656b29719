"""Batches of every form come out as what went in, by the quick way where it is right, and by the other where it is not."""

from __future__ import annotations

import ctypes
import random
import threading
from typing import Any, Optional

import pytest

from pusherws import DataFormat, Event, EventKind, Pusher
from pusherws._pump import Pump
from pusherws._routing import Router
from pusherws._structs import pusher_event

from servers import PATIENCE, DevServer

BASE = 0x7FFF_0000_1000
Texts = tuple[str, Optional[str], Optional[str], Optional[str]]


def pack(batch: list[Texts], kind: int = EventKind.MESSAGE, longer: int = 0) -> tuple[bytes, int, bytes, int]:
    """A batch as the library lays it."""
    text = bytearray()
    records = bytearray()
    stride = ctypes.sizeof(pusher_event) + longer
    for texts in batch:
        record = pusher_event(size=stride, kind=kind, data_format=DataFormat.TEXT if texts[2] is not None else DataFormat.NONE)
        for name, value in zip(("name", "channel", "data", "user_id"), texts):
            if value is not None:
                encoded = value.encode()
                setattr(record, name, BASE + len(text))
                setattr(record, f"{name}_len", len(encoded))
                text += encoded + b"\0"
        records += bytes(record) + bytes(longer)
    return bytes(records), stride, bytes(text), BASE


def delivered(batch: list[Texts], limit: int | None = None, **form: Any) -> tuple[list[Texts], bool]:
    """What a handler sees, and whether it went the quick way."""
    router = Router()
    seen: list[Event] = []
    router.add(seen.append)

    def failed(error: BaseException, *_: Any) -> None:
        raise error

    pump = Pump(router, lambda event: None, failed)
    pump.keep(*pack(batch, **form))
    quick = pump._usual is not None
    while pump.has_backlog():
        assert pump.deliver(limit) == min(limit or len(batch), len(batch))
        if limit:
            batch = batch[limit:]
    assert pump.deliver() == 0
    return [(event.name, event.channel, event.data, event.user_id) for event in seen], quick


USUAL: list[Texts] = [("tick", "news", f"ä {number} 🦀", None) for number in range(8)]


def test_usual_batches_go_the_quick_way() -> None:
    assert delivered(USUAL) == (USUAL, True)
    assert delivered(USUAL, limit=4) == (USUAL, True)
    assert delivered([("", "n", "", None)] * 8) == ([("", "n", "", None)] * 8, True)
    assert delivered(USUAL[:2]) == (USUAL[:2], False)


def test_a_later_version_may_have_longer_records() -> None:
    for longer in (8, 64):
        assert delivered(USUAL, longer=longer) == (USUAL, True)
        assert delivered([*USUAL, ("a", None, None, None)], longer=longer)[0] == [*USUAL, ("a", None, None, None)]


@pytest.mark.parametrize(
    "odd",
    [
        ("a", None, "data", None),
        ("a", "c", None, None),
        ("a", "c", "data", "user"),
        ("a", "c", "data", ""),
        ("a", "", "data", None),
        ("a\0b", "c", "data", None),
        ("a", "c\0", "data", None),
        ("a", "c", "\0", None),
        ("a", "c" * 256, "data", None),
    ],
)
def test_what_is_unusual_in_any_way_is_delivered_too(odd: Texts) -> None:
    batch = [*USUAL, odd, *USUAL]
    assert delivered(batch) == (batch, False)
    # What one has too few of, another may have too many of.
    for other in (("a", None, "data", None), ("a", "c", None, None), ("a", "c", "x\0y", None), ("a", "c", "data", "user")):
        batch = [*USUAL, odd, other, *USUAL]
        assert delivered(batch) == (batch, False)


def test_kinds_are_not_taken_for_messages() -> None:
    for kind in (EventKind.MEMBER_ADDED, 256 + 1, 2**24 + 1):
        assert delivered(USUAL, kind=kind) == (USUAL, False)


def test_any_batch_comes_out_as_it_went_in() -> None:
    chance = random.Random(7)
    pieces = ["", "a", "ä", "\0", "news", "🦀", "x" * 300]

    def text(maybe: bool) -> str | None:
        return None if maybe and chance.random() < 0.1 else "".join(chance.choices(pieces, k=chance.randrange(3)))

    for _ in range(2000):
        batch = [(text(False) or "", text(True), text(True), None if chance.random() < 0.9 else text(True)) for _ in range(6)]
        assert delivered(batch)[0] == batch


def test_a_flood_from_the_library_goes_the_quick_way(server: DevServer, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = []
    deliver = Pump._deliver_usual
    monkeypatch.setattr(Pump, "_deliver_usual", lambda pump, texts: quick.append(1) or deliver(pump, texts))  # type: ignore[func-returns-value]
    done = threading.Event()
    with Pusher(server.key, **server.options()) as pusher:
        pusher.bind("tick", lambda event: done.set() if event.data == "4999" else None)
        pusher.subscribe("news").wait(PATIENCE)
        server.flood("news", 5000)
        assert done.wait(PATIENCE)
    assert quick
