"""What the command prints: for people with colours, or JSON for pipes."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from typing import Any, TextIO

from ..enums import EventKind
from ..event import Event

_COLORS = {"dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35", "cyan": "36"}


class Output:
    """Lines on the standard output, what is said about them on the standard error."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self.json: bool = chosen.json
        self._color = chosen.color
        # Handlers run on a thread of their own.
        self._lock = threading.RLock()
        self._live = False

    def event(self, event: Event) -> None:
        """An event, on one line."""
        if self.json:
            self.record(
                time=_now(),
                kind=_name(event.kind),
                channel=event.channel,
                event=event.name,
                data=event.data,
                user_id=event.user_id,
                state=_name(event.state) if event.kind == EventKind.STATE_CHANGE else None,
                retry_in=event.retry_in,
                code=event.code or None,
                value=event.value or None,
            )
            return
        color = "yellow" if event.kind == EventKind.MESSAGE else "magenta"
        parts = [
            self.paint("dim", time.strftime("%H:%M:%S")),
            self.paint("cyan", printable(event.channel or "-")),
            self.paint(color, printable(event.name)),
        ]
        if event.user_id is not None:
            parts.append(self.paint("green", printable(event.user_id)))
        parts.append(printable(event.data or ""))
        self.line("  ".join(parts).rstrip())

    def record(self, **fields: Any) -> None:
        """A JSON line, without what is not there."""
        present = {name: value for name, value in fields.items() if value is not None}
        self.line(json.dumps(present, ensure_ascii=False))

    def line(self, text: str) -> None:
        with self._lock:
            self.finish()
            print(text, file=sys.stdout, flush=True)

    def live(self, text: str) -> None:
        """A line that the next one takes the place of, on a terminal; else a line."""
        with self._lock:
            if sys.stdout.isatty():
                print(f"\r\x1b[K{text}", end="", file=sys.stdout, flush=True)
                self._live = True
            else:
                print(text, file=sys.stdout, flush=True)

    def finish(self) -> None:
        """Ends a live line."""
        with self._lock:
            if self._live:
                self._live = False
                print(file=sys.stdout, flush=True)

    def say(self, text: str) -> None:
        """About what is going on, for people."""
        with self._lock:
            self.finish()
            print(self.paint("dim", printable(text), sys.stderr), file=sys.stderr, flush=True)

    def error(self, text: str) -> None:
        with self._lock:
            self.finish()
            print(f"{self.paint('red', 'pusherws:', sys.stderr)} {printable(text)}", file=sys.stderr, flush=True)

    def paint(self, color: str, text: str, where: TextIO | None = None) -> str:
        where = where or sys.stdout
        wanted = self._color == "always" or (
            self._color == "auto" and where.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        )
        return f"\x1b[{_COLORS[color]}m{text}\x1b[0m" if wanted else text


def _name(number: int) -> str:
    return str(getattr(number, "name", number)).lower()


def printable(text: str) -> str:
    """On one line, and without what would move a terminal's cursor: it comes from others."""
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    return " " if character in "\r\n\t" else f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"


def _now() -> str:
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"
